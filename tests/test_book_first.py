"""What the first chapter shows: outlines and details, how far a step reaches, its figures."""

import numpy as np
import pytest

from draw_np.book import first
from draw_np.pictures import plot


def test_a_picture_is_its_outline_and_its_details():
    image = np.random.default_rng(0).random((3, 1, 12, 20))
    outline, details = first.pyramid(image, levels=2)
    assert outline.shape == (3, 1, 3, 5)
    assert [d.shape for d in details] == [(3, 1, 6, 10), (3, 1, 12, 20)]
    assert np.allclose(first.rebuilt(outline, details), image)
    for detail in details:  # a detail moves light about inside its squares, and adds none
        assert np.allclose(first.halved(detail), 0)


def test_the_outline_is_the_mean_of_its_square():
    image = np.arange(16.0).reshape(4, 4)
    outline, _ = first.pyramid(image, levels=2)
    assert outline == [[7.5]]
    assert np.array_equal(first.halved(image), [[2.5, 4.5], [10.5, 12.5]])


def test_a_picture_that_cannot_be_halved_is_refused():
    with pytest.raises(ValueError, match=r"12 x 10 pixels cannot be halved 2 times: .* by 4"):
        first.pyramid(np.zeros((12, 10)), levels=2)


def test_touched_counts_the_pixels_that_make_up_a_change():
    canvases = np.zeros((3, 1, 1, 2, 5))
    canvases[1, 0, 0, 0, 0] = 1  # one pixel of ten
    canvases[2] = canvases[1]
    canvases[2, 0, 0, 1] -= [5, 3, 1, 0.5, 0.5]  # 9 of 10 in three pixels
    assert np.allclose(first.touched(canvases, share=0.85), [[0.1], [0.3]])


def test_a_step_is_shown_between_the_canvas_before_and_after():
    canvases = np.linspace(0, 1, 4)[:, None, None, None] * np.ones((4, 1, 6, 6))
    logits = np.arange(3)[:, None, None, None] * np.ones((3, 1, 6, 6))
    boxes = [((0.5 + t, 0.5, 3.5 + t, 3.5), 0.5) for t in range(3)]
    fig = first.stroke(canvases, logits, boxes, 2)
    before, added, after, row = fig.axes[:4]
    titles = [ax.get_title(loc="left") for ax in (before, after)]
    assert "after step 1" in titles[0] and "after step 2" in titles[1]
    assert np.allclose(before.images[0].get_array(), canvases[1, 0, 0, 0])
    assert np.allclose(added.images[0].get_array(), 1)
    assert np.allclose(after.images[0].get_array(), canvases[2, 0, 0, 0])
    (window,), (mark,) = before.patches, row.patches
    assert window.get_path().vertices[:, 0].min() == 1.5  # of the second step
    assert mark.get_path().vertices[:, 0].min() == 0.5 + 2 * (6 + plot.GAP)


def test_three_ways_show_the_chosen_steps():
    parts = np.arange(5)[:, None, None, None, None] / 4 * np.ones((5, 2, 1, 4, 4))
    fig = first.three_ways(np.zeros((3, 1, 4, 4)), parts, [], 1 - parts, [0, 2, 4])
    _, middle, bottom = fig.axes
    sheet = middle.images[0].get_array()[..., 0]
    assert sheet[0, [0, 6, 12]].tolist() == [0, 0.5, 1]
    assert bottom.images[0].get_array()[0, [0, 6, 12], 0].tolist() == [1, 0.5, 0]
    assert [t.get_text() for t in middle.texts] == ["start", "t = 2", "t = 4"]


def test_levels_end_with_the_picture():
    image = np.random.default_rng(1).random((1, 8, 8))
    outline, details = first.pyramid(image, levels=2)
    fig = first.levels(image, outline, details)
    last = [ax for ax in fig.axes if ax.get_title(loc="left") == "8 × 8"][-1]
    assert np.allclose(last.images[0].get_array()[..., 0], image[0])


def test_endings_say_how_much_is_shared():
    fig = first.endings(np.zeros((2, 3, 1, 4, 4)), [0, 2], np.array([3.0, 2, 1, 0]))
    words = [t.get_text() for t in fig.axes[0].texts]
    assert words == ["nothing shared", "2 of 3 shared"]
    assert fig.axes[1].lines[0].get_ydata().tolist() == [3, 2, 1, 0]


def test_three_networks_side_by_side():
    words = [t.get_text() for t in first.side_by_side().axes[0].texts]
    assert [name for name in words if name in ("autoencoder", "VAE", "DRAW")] == [
        "autoencoder",
        "VAE",
        "DRAW",
    ]
    assert words.count("read") == 2 and words.count("$z$") == 2 and "$c_T$" in words


def test_reach_of_steps_is_in_per_cent():
    fig = first.reach_of_steps({"a": np.full((4, 3), 0.25)})
    assert np.allclose(fig.axes[0].lines[0].get_ydata(), 25)
