"""The chapter on other images: what it measures is what it says it measures."""

import numpy as np
import pytest

import draw_np
from draw_np import data, parameters, train
from draw_np.book import more_images as book
from draw_np.likelihood import bernoulli_nll
from draw_np.measuring import bounds
from draw_np.nn import sigmoid
from draw_np.pictures import plot
from draw_np.training import presets


def test_one_digit_in_each_half_and_none_across():
    pool = np.full((3, 4, 5), 255, np.uint8)
    x = book.apart(pool, 20, np.random.default_rng(0), size=12)
    assert x.shape == (20, 1, 12, 12) and set(np.unique(x)) == {0, 1}
    assert np.all(x[..., :6].sum(axis=(1, 2, 3)) == 20)
    assert np.all(x[..., 6:].sum(axis=(1, 2, 3)) == 20)


def test_the_busier_half_is_where_the_canvas_changes():
    means = np.zeros((3, 1, 1, 4, 6))
    means[1, 0, 0, 0, 5] = 0.9  # step 1: all of it on the right
    means[2] = means[1]
    means[2, 0, 0, :, 0] = 0.3  # step 2: 1.2 on the left, 0.4 taken away on the right
    means[2, 0, 0, 0, 5] = 0.5
    right, share = book.busier_half(means)
    assert right.tolist() == [[True], [False]]
    assert np.allclose(share, [[1], [0.75]])


def test_the_floor_is_the_lowest_cost_of_a_grey_value():
    c = np.linspace(-8, 8, 100_001)
    for x in (0.02, 0.3, 0.5, 0.9):
        assert np.isclose(book.cost(x, c).min(), book.entropy(x), atol=1e-7)
    assert np.allclose(book.entropy(np.array([0.0, 1.0])), 0, atol=1e-9)
    image = np.full((1, 3, 2, 2), 0.3)
    assert np.isclose(bernoulli_nll(image, 0 * image + 1.7)[0], 12 * book.cost(0.3, 1.7))


@pytest.mark.parametrize("c", [0.0, -0.8, 4.0])
def test_masses_are_sums_over_greys(c):
    fine = (np.arange(100_000) + 0.5) / 100_000
    of_bytes, of_line = book.masses(c)
    assert np.isclose(of_line, np.exp(-book.cost(fine, c)).mean(), rtol=1e-8)
    assert np.isclose(of_bytes, sum(np.exp(-book.cost(b / 255, c)) for b in range(256)))


def test_forms_are_whole_and_lie_where_they_are_put():
    for form in book.FORMS:
        image = book.drawn(form, 9, 7, 4).astype(float)
        a = np.arange(1, 17)
        assert np.isclose((image.sum(axis=0) * a).sum() / image.sum(), 9)
        assert np.isclose((image.sum(axis=1) * a).sum() / image.sum(), 7)
        assert image.max() == 255
    ring, cross = (book.drawn(form, 8, 8, 4) for form in ("ring", "cross"))
    assert ring[7, 7] == 0 and cross[7, 7] == 255  # hollow, and not
    made = book.some_forms(30, np.random.default_rng(0))
    edge = made[:, [0, -1]].max(), made[:, :, [0, -1]].max()
    assert made.shape == (30, 16, 16) and max(edge) < 128  # soft edges at most


# ---------------------------------------------------------------- what chapter 13 says


@pytest.fixture(scope="module")
def two():
    return draw_np.load("small-two-digit")


@pytest.fixture(scope="module")
def tinted():
    return draw_np.load("small-colour")


def drawn(figure, *args):
    with plot.style():
        found = figure.__wrapped__(*args)
    return found[0] if isinstance(found, tuple) else found


def test_13_1_two_digits_cost_far_less_than_independent_pixels(two):
    dataset = two.dataset()
    found = bounds.bound(two.params, two.config, dataset.test)
    coins = bounds.independent_pixels(dataset.train.mean(), dataset.test)
    assert np.isclose(found.mean, two.result["bound"], rtol=1e-3)
    assert found.mean < 0.4 * coins.mean()
    assert round(found.L_z.sum(axis=0).mean()) == 32


def test_13_1_it_draws_one_digit_and_then_the_other(two):
    found = book.pairs(two)
    right, share = book.busier_half(found.means)
    own = np.median(share, axis=1)
    assert own[0] < 0.6 and own[3:7].min() > 0.99 and own[8] < 0.8 and own[10:].min() > 0.99
    assert not right[3:8].any() and right[10:].all()  # the left one first, in all images
    side = np.median(found.side, axis=1)
    assert side[0] > 30 and side[3:8].max() < 14 < 30 and side[7] < side[9] > side[-1]
    for figure in (book.halves, book.redrawn):
        assert drawn(figure, found).axes


def test_13_1_of_two_one_above_the_other_the_lower_comes_first(two):
    x = book.placed(*book.PLACES[2])[None]
    eps = np.random.default_rng(0).standard_normal((16, 4, 16), dtype=np.float32)[:, 2:3]
    change = np.abs(np.diff(book.reconstructed(two, x, eps).means, axis=0))[:, 0, 0]
    upper, lower = change[:, :15].sum(axis=(1, 2)), change[:, 15:].sum(axis=(1, 2))
    assert np.all(upper[4:8] < lower[4:8]) and np.all(upper[10:] > lower[10:])


def test_13_1_a_placed_pair_lies_where_it_is_put():
    alone, pair = book.placed(1, 7, 16, 16)[0], book.placed(3, 7, 16, 16)[0]
    assert np.array_equal(alone[16:, 16:], pair[16:, 16:]) and alone[:14, :14].any()
    assert not alone[14:16].any()


def test_13_2_what_grows_with_the_channels(tinted):
    grey, rgb = presets.find("small").config, tinted.config
    shapes = {k.C: parameters.shapes(k) for k in (grey, rgb)}
    assert (grey.C, rgb.C) == (1, 3) and (grey.H, grey.N_read) == (rgb.H, rgb.N_read)
    assert shapes[3]["enc.W"][0] - shapes[1]["enc.W"][0] == 2 * 2 * 5**2
    assert shapes[1]["read.W"] == shapes[3]["read.W"] == (128, 5)
    assert 2 * 3 * 12**2 == 864 and 3 * 12**2 == 432  # answer 2


def test_13_2_the_colours_come_with_the_strokes(tinted):
    means, _ = book.results.generated(tinted.params, tinted.config, 5, np.random.default_rng(0))
    first, last = (float(np.ptp(v.mean(axis=(1, 2)))) for v in (means[0, 2], means[-1, 2]))
    assert first < 0.02 < 0.1 < last


def test_13_2_what_is_generated_is_no_copy(tinted):
    images, nearest = book.with_nearest(tinted)
    distance = np.sqrt(np.mean((images[:, -1] - nearest) ** 2, axis=(1, 2, 3)))
    assert distance.min() > 0.02


def test_13_3_a_grey_pixel_by_pencil():
    x, c = 0.3, np.log(0.3 / 0.7)
    lowest = bernoulli_nll(np.full((1, 1, 1, 1), x), np.full((1, 1, 1, 1), c))[0]
    assert np.isclose(lowest, book.cost(x, c)) and np.isclose(lowest, book.entropy(x))
    assert round(c, 4) == -0.8473 and round(lowest, 4) == 0.6109
    assert round(book.cost(x, 0.0) - lowest, 4) == 0.0823
    q = sigmoid(1.7)
    kl = x * np.log(x / q) + (1 - x) * np.log((1 - x) / (1 - q))
    assert np.isclose(book.cost(x, 1.7) - book.entropy(x), kl)
    flips = (np.random.default_rng(0).random(200_000) < x).astype(float)
    assert abs(book.cost(flips, 1.7).mean() - book.cost(x, 1.7)) < 0.01
    assert book.masses(0.0)[0] == 128


def test_13_3_most_of_the_number_is_floor(tinted):
    p = book.costs(tinted)
    total = p.L_x + p.L_z
    assert np.isclose(total, tinted.result["bound"], rtol=1e-3)
    assert 0.9 < p.floor / total < 1 and total - p.floor < 0.4 * (p.coins - p.floor)
    assert drawn(book.cost_bars, p).axes


def test_13_3_the_noise_of_the_curve_and_its_height_are_floor(tinted):
    found = book.jumps(tinted)
    assert found.spread > 10 and found.expected > 0.7 * found.spread
    assert found.valid < found.last and found.valid_floor < found.train_floor
    assert found.valid - found.valid_floor >= found.last - found.train_floor
    assert np.all(np.diff(tinted.log["valid_bound"]) < 3)


@pytest.mark.slow
def test_13_4_a_folder_of_pngs_is_trained_on(capsys):
    own = book.trained_on_own(train.main)
    assert [len(v) for v in (own.dataset.train, own.dataset.valid, own.dataset.test)] == [
        240,
        30,
        30,
    ]
    assert own.dataset.image_shape == own.network.config.image_shape == (1, 16, 16)
    found = bounds.bound(own.network.params, own.network.config, own.dataset.test)
    coins = bounds.independent_pixels(own.dataset.train.mean(), own.dataset.test)
    assert found.mean < 0.75 * coins.mean()
    book.told(own)
    assert "240 training, 30 validation and 30 test images" in capsys.readouterr().out


def test_13_4_what_does_not_fit_is_refused(capsys):
    book.refused(book.some_forms(2, np.random.default_rng(0)))
    first, second = capsys.readouterr().out.strip().split("\n\n")
    assert "bring all to one size" in first and "bytes divided by 255" in second


def test_13_4_a_file_of_arrays_is_the_same_set_as_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    forms = book.some_forms(30, np.random.default_rng(3))
    (tmp_path / "forms").mkdir()
    for i, form in enumerate(forms):
        book.Image.fromarray(form).save(f"forms/{i:03}.png")
    np.savez("forms.npz", images=forms)
    folder, file = data.load("forms"), data.load("forms.npz")
    assert np.array_equal(folder.test.images, file.test.images)


def test_13_answers():
    half = np.full((1, 1, 28, 28), 0.5)
    assert np.isclose(bernoulli_nll(half, np.zeros_like(half))[0], 784 * np.log(2))
    assert round(784 * np.log(2), 1) == 543.4
    drawing = np.array([0, 255], np.uint8).reshape(2, 1, 1, 1)
    flipped = data.dataset.Images(drawing, fresh=True).batch(np.arange(2), np.random.default_rng(0))
    assert flipped.ravel().tolist() == [0, 1]


def test_the_other_figures_are_drawn(two, tinted):
    for figure, *args in (
        (book.two_sets, two, tinted),
        (book.at_four_places, two),
        (book.figure_8, two),
        (book.channels, tinted),
        (book.grey_costs,),
        (book.figure_11, tinted),
        (book.neighbours, tinted),
    ):
        assert drawn(figure, *args).axes
