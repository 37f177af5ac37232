"""Two digits, clutter and colour: held to their protocols by their statistics."""

import hashlib

import numpy as np
import pytest
from data_files import rng, write_mnist
from numpy.lib.stride_tricks import sliding_window_view

from draw_np import data
from draw_np.data import cluttered, colour, compose, digits, two_digits

COMPOSED = ["two-digits-small", "cluttered-small", "colour-small"]
GOLDEN = "bba01b5bd6a1"


def flat(values, size=28):
    """One even image for each of several byte values: (n, size, size)."""
    return np.repeat(np.array(values, np.uint8), size * size).reshape(-1, size, size)


def corner_marked(n, size=28):
    """Black images, but for one white pixel at the top left of the first."""
    images = flat(np.zeros(n), size)
    images[0, 0, 0] = 255
    return images


def assert_uniform(values, n):
    """A chi-square test that integers 0..n-1 are equally likely: within five deviations."""
    expected = len(values) / n
    assert expected >= 5  # else the test says nothing
    counts = np.bincount(np.asarray(values, dtype=np.int64), minlength=n)
    assert len(counts) == n
    chi2 = ((counts - expected) ** 2 / expected).sum()
    assert abs(chi2 - (n - 1)) < 5 * np.sqrt(2 * (n - 1))


def assert_places_uniform(images, places):
    """Every one of ``places`` x ``places`` positions of the brightest pixel, equally likely."""
    M, _, B, A = images.shape
    y, x = np.unravel_index(images.reshape(M, -1).argmax(1), (B, A))
    assert y.max() == x.max() == places - 1 and y.min() == x.min() == 0
    assert_uniform(y, places)
    assert_uniform(x, places)
    coarse = 6  # and both at once, in 6 x 6 fields of equal size
    inside = (y < places // coarse * coarse) & (x < places // coarse * coarse)
    fields = y // (places // coarse) * coarse + x // (places // coarse)
    assert_uniform(fields[inside], coarse**2)


# ------------------------------------------------ where pieces lie


@pytest.mark.parametrize(("size", "patch"), [(100, 8), (60, 28), (30, 14), (60, 8)])
def test_every_place_wholly_inside_is_equally_likely(size, patch):
    canvas = compose.black(20_000 if size < 100 else 30_000, size)
    patches = np.full((len(canvas), patch, patch), 1, np.uint8)
    patches[:, 0, 0] = 9
    compose.add_anywhere(canvas, patches, rng(1))
    assert (canvas.sum((1, 2)) == patch**2 + 8).all()  # nothing fell over an edge
    assert_places_uniform(canvas[:, None], size - patch + 1)


def test_crops_are_cut_anywhere():
    code = np.arange(28, dtype=np.uint8)
    rows, columns = np.broadcast_arrays(code[:, None], code[None, :])
    M = 20_000
    y = compose.random_crops(np.broadcast_to(rows, (M, 28, 28)), 8, rng(2))
    x = compose.random_crops(np.broadcast_to(columns, (M, 28, 28)), 8, rng(3))
    assert y.shape == (M, 8, 8)
    assert (y - y[:, :1, :1] == np.arange(8)[:, None]).all()  # whole and in order
    assert (x - x[:, :1, :1] == np.arange(8)).all()
    assert_uniform(y[:, 0, 0], 21)  # offsets 0..20, both ends included
    assert_uniform(x[:, 0, 0], 21)


@pytest.mark.parametrize(("size", "pieces"), [(100, 8), (60, 4)])
def test_the_digit_lies_anywhere_in_the_clutter(size, pieces):
    source = corner_marked(5000)  # the mark gets into a piece once in 10^5
    images = cluttered.compose(source, np.zeros(10_000, int), rng(4), size, pieces)
    assert_places_uniform(images, size - 28 + 1)


def test_both_of_two_digits_lie_anywhere():
    source = corner_marked(2)  # the second digit is drawn: half of the time the black one
    images = two_digits.compose(source, np.zeros(20_000, int), rng(5))
    one = images[(images == 255).sum((1, 2, 3)) == 1]
    assert abs(len(one) - 10_000) < 500
    assert_places_uniform(one, 33)
    images = two_digits.compose(source, np.ones(20_000, int), rng(6))  # the first one is black
    one = images[(images == 255).any((1, 2, 3))]
    assert_places_uniform(one, 33)


# ------------------------------------------------ what is added


@pytest.mark.parametrize(("size", "pieces"), [(100, 8), (60, 4)])
def test_clutter_is_so_many_pieces_of_64_pixels_and_a_digit(size, pieces):
    images = cluttered.compose(flat([10, 10]), np.array([0, 1] * 50), rng(7), size, pieces)
    assert images.shape == (100, 1, size, size) and images.dtype == np.uint8
    assert (images.sum((1, 2, 3)) == 10 * (64 * pieces + 784)).all()  # too dim to be cut off
    assert images.max() >= 20  # where they overlap, they add


def test_pieces_come_from_any_example():
    source = flat(1 + np.arange(10))
    images = cluttered.compose(source, np.zeros(5000, int), rng(8), 100, 1)
    which = (images.sum((1, 2, 3)) - 784) // 64 - 1
    assert_uniform(which, 10)


def test_the_second_digit_is_any_and_the_first_is_as_asked():
    source, first = flat(1 + np.arange(10)), np.arange(5000) % 10
    images = two_digits.compose(source, first, rng(9))
    second = images.sum((1, 2, 3), dtype=int) // 784 - (1 + first) - 1
    assert_uniform(second, 10)
    assert images.shape == (5000, 1, 60, 60)


def test_sums_are_cut_off_at_white():
    on_top = two_digits.compose(flat([100]), np.zeros(3, int), rng(), size=28)
    assert (on_top == 200).all()
    on_top = two_digits.compose(flat([150]), np.zeros(3, int), rng(), size=28)
    assert (on_top == 255).all()
    full = cluttered.compose(flat([255]), np.zeros(50, int), rng(), 28, 8)  # 9 x 255 at most
    assert (full == 255).all()


def test_cutting_off_once_is_cutting_off_twice():
    """The original cuts off after the pieces and again after the digit."""
    source = rng(1).integers(256, size=(20, 28, 28), dtype=np.uint8)
    which = np.arange(20)
    r = rng(10)
    canvas = compose.black(20, 40)
    for _ in range(8):
        others = r.integers(20, size=20)
        compose.add_anywhere(canvas, compose.random_crops(source[others], 8, r), r)
    canvas = np.minimum(canvas, 255)
    compose.add_anywhere(canvas, source[which], r)
    twice = np.minimum(canvas, 255)
    assert (cluttered.compose(source, which, rng(10), 40, 8)[:, 0] == twice).all()
    assert twice.max() == 255


@pytest.mark.parametrize("name", ["cluttered-small", "two-digits-small"])
def test_the_whole_digit_is_in_the_image(name):
    split, source = data.load(name, "none").train, data.load(name, "none").train.digits
    x = np.rint(255 * split.batch(np.arange(20), rng()))[:, 0]
    size = source.shape[1]
    for image, digit in zip(x, source, strict=False):
        windows = sliding_window_view(image, (size, size))
        assert (windows >= digit).all((2, 3)).any()


def test_labels_are_those_of_the_digits():
    d, parts = data.load("cluttered-small"), digits.parts()
    for name in ("train", "valid", "test"):
        assert (d.split(name).labels == parts[name][1]).all()
        assert (d.split(name).digits == parts[name][0][:, 0]).all()


# ------------------------------------------------ colour


def test_colours_are_drawn_for_each_image_and_channel():
    source = np.zeros((1, 1, 2), np.uint8)
    source[0, 0, 1] = 255  # ground on the left, ink on the right
    images = colour.compose(source, np.zeros(20_000, int), rng(11))
    assert images.shape == (20_000, 3, 1, 2)
    for channel in range(3):
        assert_uniform(images[:, channel, 0, 0].astype(int), 112)
        assert_uniform(images[:, channel, 0, 1].astype(int) - 144, 112)
    corner = images.reshape(20_000, 6).astype(float)
    correlation = np.corrcoef(corner.T) - np.eye(6)
    assert abs(correlation).max() < 5 / np.sqrt(20_000)


def test_colour_shades_between_ground_and_ink():
    source = np.array([0, 51, 255], np.uint8).reshape(1, 1, 3)
    images = colour.compose(source, np.zeros(100, int), rng(12)).astype(float)
    ground, shade, ink = images[..., 0], images[..., 1], images[..., 2]
    assert abs(shade - (0.8 * ground + 0.2 * ink)).max() <= 0.5


# ------------------------------------------------ splits


@pytest.mark.parametrize("name", COMPOSED)
def test_training_images_follow_the_generator(name):
    split, i = data.load(name).train, np.arange(8)
    assert (split.batch(i, rng(1)) == split.batch(i, rng(1))).all()
    r = rng(1)
    assert (split.batch(i, r) != split.batch(i, r)).any((1, 2, 3)).all()


@pytest.mark.parametrize("how", ["none", "fresh"])
@pytest.mark.parametrize("name", COMPOSED)
def test_other_images_follow_their_index_alone(name, how):
    d, again = data.load(name, how), data.load(name, how)
    some = np.array([5, 180, 3])
    for split in ("valid", "test"):
        x = d.split(split).batch(some, rng(1))
        d.train.batch(np.arange(9), rng(2))
        assert (again.split(split).batch(some[::-1], rng(3)) == x[::-1]).all()
        assert (again.split(split).batch(some[:1], rng(4)) == x[:1]).all()
    assert (d.valid.batch(some, rng()) != d.test.batch(some, rng())).any((1, 2, 3)).all()


def test_fixed_images_are_the_same_everywhere():
    source = rng(0).integers(256, size=(1100, 28, 28), dtype=np.uint8)
    parts = {"test": (source[:, None], None)}
    made = compose.splits(
        parts, lambda s, i, r: cluttered.compose(s, i, r, 60, 4), "none", labelled=False
    )["test"]
    assert hashlib.sha256(made.fixed.images.tobytes()).hexdigest()[:12] == GOLDEN
    assert made.batch(np.array([1099]), rng()).shape == (1, 1, 60, 60)


@pytest.mark.parametrize("how", ["fresh", "once", "threshold"])
@pytest.mark.parametrize("name", COMPOSED[:2])
def test_binarised_pixels_are_exactly_0_and_1(name, how):
    """M16: a Bernoulli likelihood is a code length for binary pixels only."""
    d = data.load(name, how)
    for split in (d.train, d.valid, d.test):
        x = split.batch(np.arange(100), rng())
        assert x.dtype == np.float32 and set(np.unique(x)) == {0.0, 1.0}


@pytest.mark.parametrize("name", COMPOSED)
def test_intensities_are_float32_in_0_to_1(name):
    d = data.load(name, "none")
    for split in (d.train, d.valid, d.test):
        x = split.batch(np.arange(100), rng())
        assert x.dtype == np.float32 and x.shape[1:] == d.image_shape
        assert x.min() >= 0 and x.max() <= 1
        assert ((x > 0.2) & (x < 0.8)).any()


def test_the_training_mean_is_the_expectation():
    parts = {"train": (flat([20, 40])[:, None], None)}  # too dim to be cut off
    split = compose.splits(parts, two_digits.compose, "none", labelled=False)["train"]
    mean = split.mean()
    assert mean.shape == (1, 60, 60)
    axis = np.minimum(np.minimum(np.arange(60) + 1, 60 - np.arange(60)), 28) / 33  # of covering
    expected = 2 * 30 / 255 * axis[:, None] * axis
    # the deviation of a pixel is less than 2 * 40 / 255, its mean's a hundredth of that
    assert abs(mean[0] - expected).max() < 5 * 2 * 40 / 255 / 100
    assert abs(mean.mean() - 2 * 30 / 255 * (28 / 60) ** 2) < 0.001
    assert (split.mean() == mean).all()


def test_the_mean_of_a_fixed_split_is_its_images():
    split = data.load("two-digits-small", "once").test
    x = split.batch(np.arange(len(split)), rng())
    np.testing.assert_allclose(split.mean(), x.mean(0, dtype=float), atol=1e-7)


def test_variants_tell_sets_and_binarisations_apart():
    made = [data.load(name, how).variant for name in COMPOSED for how in ("none", "fresh", "once")]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    ("name", "size", "pieces"),
    [("cluttered", 100, 8), ("cluttered-60", 60, 4), ("cluttered-small", 60, 4)],
)
def test_each_set_has_its_own_canvas_and_number_of_pieces(tmp_path, name, size, pieces):
    """White digits whose every piece shows: sums of 255 and of none are all there is to count."""
    folder = None if name == "cluttered-small" else tmp_path
    if folder:
        write_mnist(folder)
    d = data.load(name, data_dir=folder)
    assert f"among {pieces} pieces of 8 x 8 on {size} x {size}" in d.variant
    for split in (d.train, d.valid, d.test):
        assert split.compose.keywords == {"size": size, "pieces": pieces}
        assert split.batch(np.arange(2), rng()).shape == (2, 1, size, size)


def test_splits_are_fixed_by_seeds_of_their_own():
    d = data.load("two-digits-small")
    assert (d.train.seed, d.valid.seed, d.test.seed) == (None, 5, 6)
    assert d.train.labels is None and d.train.fresh
    assert not np.array_equal(*(s.batch(np.arange(9), rng()) for s in (d.valid, d.test)))


@pytest.mark.parametrize("K", [2, 12])
def test_too_few_and_too_many_clutter_pieces_would_be_counted(K):
    """One white pixel a piece: as many pixels are lit as pieces, where none meet."""
    source = np.full((3, 8, 8), 1, np.uint8)
    x = cluttered.compose(source, np.zeros(200, int), rng(), 300, K)
    lit = x.reshape(200, -1).sum(axis=1)
    assert np.all(lit == 64 * (K + 1))
