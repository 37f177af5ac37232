"""The judge of drawn digits: right on real ones, sure as often as it is right, always the same."""

import numpy as np
import pytest

from draw_np.data import digits
from draw_np.data.dataset import bernoulli, intensities
from draw_np.measuring import recognise


def real(split="test"):
    """Real digits that the judge was not taught, as intensities, and their labels."""
    images, labels = digits.parts()[split]
    return intensities(images), labels


@pytest.mark.parametrize("split", ["test", "valid"])
@pytest.mark.parametrize("binary", [False, True])
def test_it_is_right_on_97_of_100_real_digits_that_it_was_not_taught(split, binary):
    images, labels = real(split)
    if binary:
        images = bernoulli(images, np.random.default_rng(0))
    assert np.mean(recognise.recogniser().named(images) == labels) >= 0.97


def test_it_is_as_sure_as_it_is_right():
    """Its mean confidence is its hit rate, and real digits cost it a tenth of a nat."""
    images, labels = real()
    p = recognise.recogniser().probabilities(images)
    assert p.shape == (200, 10)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    assert abs(p.max(axis=1).mean() - np.mean(p.argmax(axis=1) == labels)) < 0.02
    assert -np.log(p[np.arange(200), labels]).mean() < 0.12


def test_it_is_not_sure_of_what_is_no_digit():
    noise = np.random.default_rng(0).random((200, 1, 28, 28))
    p = recognise.recogniser().probabilities(np.concatenate([noise, np.full_like(noise, 0.5)]))
    assert np.mean(p.max(axis=1) > 0.9) < 0.5


def test_it_is_taught_the_training_images_and_no_others(monkeypatch):
    """Asked for any other split, this stand-in fails."""
    taught = {"train": digits.parts()["train"]}
    monkeypatch.setattr(recognise.digits, "parts", lambda: taught)
    monkeypatch.setattr(recognise, "STEPS", 3)
    again = [recognise.recogniser.__wrapped__().params for _ in range(2)]
    for name, value in again[0].items():
        np.testing.assert_array_equal(value, again[1][name])


def test_it_is_trained_once_in_a_process():
    assert recognise.recogniser() is recognise.recogniser()


def test_its_slope_is_that_of_the_cross_entropy():
    rng = np.random.default_rng(0)
    params = recognise.initialise(rng, 6)
    params = {
        name: v.astype(float) + 0.1 * rng.standard_normal(v.shape) for name, v in params.items()
    }
    x, labels = rng.standard_normal((5, 6)), np.array([0, 3, 3, 9, 1])
    gradient = recognise.slope(params, x, labels)

    def cost():
        logits = recognise.forward(params, x)[0]
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(5), labels]).mean()

    for name, value in params.items():
        for place in list(np.ndindex(value.shape))[:: max(1, value.size // 7)]:
            kept, ends = value[place], []
            for step in (1e-5, -1e-5):
                value[place] = kept + step
                ends.append(cost())
            value[place] = kept
            slope = (ends[0] - ends[1]) / 2e-5
            assert gradient[name][place] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_training_images_are_moved_by_two_pixels_at_most():
    one = np.zeros((1, 1, 28, 28), np.float32)
    one[0, 0, 10:12, 20:22] = 1
    x = recognise.seen(np.repeat(one, 400, axis=0), np.random.default_rng(0))
    y, x = np.nonzero(x.reshape(400, 14, 14).mean(axis=0) > -0.5)
    assert (y.min(), y.max(), x.min(), x.max()) == (4, 6, 9, 11)


def test_an_image_is_seen_as_means_of_four_pixels():
    image = np.arange(16.0).reshape(1, 1, 4, 4) / 16
    np.testing.assert_allclose(
        recognise.flat(image)[0], np.array([2.5, 4.5, 10.5, 12.5]) / 16 - 0.5
    )


NO_IMAGES = [
    (np.zeros((2, 1, 8, 8)), "the shape"),
    (np.zeros(784), "the shape"),
    (np.full((1, 1, 28, 28), 255), "go from 255"),
    (np.full((1, 28, 28), np.nan), "go from nan"),
    (np.full((1, 28, 28), -0.1), "go from -0.1 to -0.1"),
]


@pytest.mark.parametrize("images, said", NO_IMAGES)
def test_what_is_no_image_of_its_size_is_told(images, said):
    with pytest.raises(ValueError, match=said):
        recognise.recogniser().probabilities(images)
