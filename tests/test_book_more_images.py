"""The chapter on other images: what it measures is what it says it measures."""

import numpy as np
import pytest

from draw_np.book import more_images as book
from draw_np.likelihood import bernoulli_nll


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
