"""Figures and measurements of the chapter on DRAW without attention."""

import numpy as np

from draw_np.book import without_attention as figures

RNG = np.random.default_rng(0)


def test_undecided_is_one_for_fair_coins_and_zero_for_certain_pixels():
    fair, sure = np.full((1, 2, 3), 0.5), np.array([[[0.0, 1.0]]])
    assert figures.undecided(fair) == 1 and figures.undecided(sure.astype(np.float32)) < 1e-5
    one_in_four = figures.undecided(np.full((5, 1, 2, 2), 0.25))
    assert one_in_four.shape == (5,) and np.allclose(one_in_four, 2 - 0.75 * np.log2(3))


def test_alike_knows_only_direction():
    a = RNG.standard_normal((3, 4))
    assert np.isclose(figures.alike(a, 5 * a + 2), 1) and np.isclose(figures.alike(a, -a), -1)


def test_signed_numbers_have_their_zero_in_the_middle():
    grey = figures.signed(np.array([-2.0, 0.0, 1.0]))
    assert grey.tolist() == [0, 0.5, 0.75]
    assert figures.signed(np.array([0.5]), reach=1.0).tolist() == [0.75]


def test_a_column_goes_from_canvas_to_canvas():
    logits = RNG.standard_normal((5, 1, 1, 4, 6))
    canvases, x = 1 / (1 + np.exp(-logits)), np.ones((1, 1, 4, 6))
    fig = figures.at_work(x, canvases, logits, [2, 4], "title")
    sheet = fig.axes[0].images[0].get_array()[..., 0]
    before, error, stroke, after = (sheet[6 * r : 6 * r + 4, :6] for r in range(4))
    assert np.allclose(before, canvases[1, 0, 0]) and np.allclose(after, canvases[2, 0, 0])
    assert np.allclose(error, 0.5 + 0.5 * (1 - canvases[1, 0, 0]))
    shown = np.diff(logits, axis=0)[[1, 3]]
    assert np.allclose(stroke, 0.5 + 0.5 * shown[0, 0, 0] / np.abs(shown).max())


def test_masks_are_the_longest_first():
    W = np.array([[1.0, 0], [0, 4], [2, 0], [0, -3]])
    sheet = figures.masks(W, (1, 1, 2), 4, "title").axes[0].images[0].get_array()[..., 0]
    assert sheet[0, 1] == 1 and sheet[0, 5] == 0.5 - 3 / 8  # rows 2 and 4, 2 pixels apart


def test_a_drawing_that_ends_early_pays_for_what_was_said():
    fig = figures.stopping(np.array([20.0, 12, 9]), np.array([3.0, 1]))
    left, right = fig.axes
    tops = [bar.get_y() + bar.get_height() for bar in left.patches[3:]]
    assert tops == [20, 15, 13] and [t.get_text() for t in left.texts] == ["20", "13"]
    assert [bar.get_height() for bar in right.patches] == [3, 1]


def test_sharpening_and_kept_show_what_they_are_given():
    fig = figures.sharpening(np.array([0.4, 0.3, 0.2]), [0.5, 0.1], [0.2, 0.9])
    assert fig.axes[0].lines[0].get_ydata().tolist() == [0.4, 0.3, 0.2]
    assert [line.get_ydata().tolist() for line in fig.axes[1].lines] == [[0.5, 0.1], [0.2, 0.9]]
    image = np.zeros((1, 4, 4))
    fig = figures.kept(image, image, np.zeros((2, 3, 1, 4, 4)), 5)
    assert "first 5 latents kept" in fig.axes[2].get_title(loc="left")
