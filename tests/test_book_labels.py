"""Chapter 17, "The digit that one asks for": what it claims, by its sections."""

import numpy as np
import pytest

import draw_np
from draw_np import model, parameters
from draw_np.book import labels as book
from draw_np.likelihood import bernoulli_nll
from draw_np.measuring import bounds, recognise
from draw_np.training.presets import PRESETS


@pytest.fixture(scope="module")
def network():
    return draw_np.load("small-labelled")


@pytest.fixture(scope="module")
def of_digits(network):
    """log p(x | y) of forty test digits, as in Section 17.2, and their labels."""
    test = network.dataset().test
    x = test.batch(np.arange(40), np.random.default_rng(0))
    return book.estimated(network, x), test.labels[:40]


@pytest.fixture(scope="module")
def toy():
    return book.exactly(*book.toy())


# ---------------------------------------------------------------- 17.1


def test_the_cost_of_labels(network):
    start = 784 + 4 * 128
    assert start == 1296 and network.count == 240_067 + 10 * start == 253_027
    assert parameters.count(PRESETS["small"].config) == 240_067 + start


# ---------------------------------------------------------------- 17.2


def test_the_toy_s_probabilities_are_by_hand(toy):
    """One image, one class: a plain sum over a fine grid of z, the step written out."""
    params, config = book.toy()
    z = np.linspace(-9, 9, 20_001)
    c = model.generate(params, z.reshape(1, -1, 1), config, np.full(len(z), 2)).c[-1]
    x = np.broadcast_to(book.all_images()[6], c.shape)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    p = np.sum(np.exp(-bernoulli_nll(x, c)) * density) * (z[1] - z[0])
    assert toy[6, 2] == pytest.approx(np.log(p), abs=1e-6)
    np.testing.assert_allclose(np.exp(toy).sum(axis=0), 1, rtol=1e-12)
    assert len(np.unique(book.all_images().reshape(16, 4), axis=0)) == 16


def test_bayes_by_hand():
    p = np.array([[0.2, 0.6], [0.1, 0.1]])
    np.testing.assert_allclose(book.mixture(np.log(p)), np.log([0.4, 0.1]))
    np.testing.assert_allclose(book.worth(np.log(p)), np.log([[0.5, 1.5], [1, 1]]), atol=1e-12)
    np.testing.assert_allclose(book.shares(np.log(p)), [[0.25, 0.75], [0.5, 0.5]])


def test_a_label_is_worth_log_K_at_most_and_on_average_the_mutual_information(toy):
    worth, joint = book.worth(toy), np.exp(toy) / 3
    assert worth.max() < np.log(3) and worth.min() < -1
    by_entropies = sum(
        -np.sum(p * np.log(p)) for p in (joint.sum(axis=0), joint.sum(axis=1))
    ) + np.sum(joint * np.log(joint))
    assert 0 < np.sum(joint * worth) == pytest.approx(by_entropies, rel=1e-9)
    assert np.sum(joint * worth) < np.log(3)
    np.testing.assert_allclose(worth, np.log(3) + np.log(book.shares(toy)), atol=1e-12)


def test_the_bound_given_the_label_is_above_the_exact_cost_for_every_image(toy):
    """With many draws, and near it by importance weighting."""
    params, config = book.toy()
    x = book.all_images()
    rng = np.random.default_rng(0)
    for y in range(3):
        labels = np.full(16, y)
        losses = [
            model.terms(params, x, rng.standard_normal((1, 16, 1)), config, labels)
            for _ in range(2000)
        ]
        each = np.mean([t.L_x + t.L_z.sum(axis=0) for t in losses], axis=0)
        assert np.all(each > -toy[:, y] - 0.02)


def test_digits_leave_hardly_a_doubt(of_digits):
    log_p, y = of_digits
    own = np.arange(40), y
    worth = book.worth(log_p)
    assert np.all(worth <= np.log(10) + 1e-9)
    assert 2.2 < worth[own].mean() <= np.log(10)
    assert np.sum(log_p.argmax(axis=1) == y) >= 39
    lost = log_p[own][:, None] - log_p
    assert lost.sum() / (40 * 9) > 100  # "minus the hundred nats and more of the text"


def test_the_ceiling_holds_for_any_numbers():
    guess = 50 * np.random.default_rng(0).standard_normal((1000, 10))
    assert np.all(book.worth(guess) <= np.log(10) + 1e-12)


# ---------------------------------------------------------------- 17.3


def test_two_networks_differ_by_less_than_a_label_is_worth(network, of_digits):
    """And as a model of unlabelled digits the one with labels is the worse of the two."""
    small = draw_np.load("small")
    test = network.dataset().test
    saved = (
        bounds.bound(small.params, small.config, test, 2).each
        - bounds.bound(network.params, network.config, test, 2).each
    )
    error = bounds.standard_error(saved)
    assert saved.mean() + 2 * error < np.log(10)
    log_p, y = of_digits
    assert book.worth(log_p)[np.arange(40), y].mean() > saved.mean() + 2 * error


# ---------------------------------------------------------------- 17.4


def test_marks_by_hand():
    image = np.zeros((1, 5, 5))
    image[0, [0, 2, 4], [1, 2, 3]] = 1  # one to the right for two down
    found = book.marks(image)
    assert found["ink"] == pytest.approx(3 / 25)
    assert found["middle"] == pytest.approx(2) and found["slant"] == pytest.approx(0.5)
    assert book.marks(image[..., ::-1])["slant"] == pytest.approx(-0.5)


def test_the_digits_of_a_noise_are_alike(network):
    images = book.in_every_class(network, 60)
    assert images.shape == (60, 10, 1, 28, 28)
    np.testing.assert_array_equal(images[:, 3], network.draw(60, seed=0, labels=3).means[-1])
    assert min(book.alike(images).values()) > 0.6
    shuffled = images.copy()
    for k in range(10):  # other noises for every class: nothing is left
        shuffled[:, k] = images[np.random.default_rng(k).permutation(60), k]
    assert max(map(abs, book.alike(shuffled).values())) < 0.15


# ---------------------------------------------------------------- 17.5


def test_the_label_is_in_the_decoder(network):
    found = book.carried(network)
    assert found["all five"][0] > 0.97 and found["h and s of the decoder"][0] > 0.97
    assert found["the canvas c_0"][0] < 0.03 < 0.97 < found["the canvas c_0"][1]
    assert found["h of the decoder"][0] < 0.9 and found["s of the decoder"][0] < 0.5


def test_what_is_exchanged_is_exchanged(network):
    old, new = np.array([3, 1]), np.array([7, 4])
    whole = book.exchanged(network, book.STARTS, old, new, seed=6)
    np.testing.assert_array_equal(whole, network.draw(2, seed=6, labels=new).means[-1])
    nothing = book.exchanged(network, (), old, new, seed=6)
    np.testing.assert_array_equal(nothing, network.draw(2, seed=6, labels=old).means[-1])
    blind = book.exchanged(network, ("h_enc_0", "s_enc_0"), old, new, seed=6)
    np.testing.assert_array_equal(blind, nothing)


# ---------------------------------------------------------------- the picture of the chapter


def test_nearly_every_digit_is_the_one_that_was_asked_for(network):
    """The bar: of 100 drawings a class, the first of the seed, 95 are recognised."""
    asked = np.arange(1000) % 10
    drawn = network.draw(1000, seed=0, labels=asked).means[-1]
    right = (recognise.recogniser().named(drawn) == asked).reshape(100, 10).mean(axis=0)
    assert right.min() >= 0.95
    assert right.mean() == pytest.approx(network.result["recognised"]["share"], abs=0.002)
    assert right.min() == pytest.approx(network.result["recognised"]["worst_share"], abs=0.01)
