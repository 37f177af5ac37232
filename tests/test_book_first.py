"""Chapter 1: coarse pictures and details, strokes, endings, its figures, and what it says of them.

The networks are small and quick; a claim that takes many drawings is made on fewer here, and on
all of them in a slow test.
"""

import itertools
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

import draw_np
from draw_np import data, model
from draw_np.book import first
from draw_np.measuring import bounds
from draw_np.networks.network import latents
from draw_np.nn import sigmoid
from draw_np.pictures import plot


@cache
def drawn(name="small", seed=1):
    return draw_np.load(name).draw(200, seed=seed)


@cache
def digits():
    return data.load("digits", "none")


# ---------------------------------------------------------------- what is computed


def test_a_picture_is_its_coarse_picture_and_its_details():
    image = np.random.default_rng(0).random((3, 1, 12, 20))
    coarse, details = first.pyramid(image, levels=2)
    assert coarse.shape == (3, 1, 3, 5)
    assert [d.shape for d in details] == [(3, 1, 6, 10), (3, 1, 12, 20)]
    assert np.allclose(first.rebuilt(coarse, details), image)
    for detail in details:  # a detail moves light about inside its squares, and adds none
        assert np.allclose(first.halved(detail), 0)


def test_the_coarse_picture_is_the_mean_of_its_square():
    image = np.arange(16.0).reshape(4, 4)
    coarse, _ = first.pyramid(image, levels=2)
    assert coarse == [[7.5]]
    assert np.array_equal(first.halved(image), [[2.5, 4.5], [10.5, 12.5]])


def test_chapter_1_section_4_four_pixels():
    four = np.array([[9.0, 7.0], [3.0, 1.0]])
    coarse, (detail,) = first.pyramid(four, levels=1)
    assert coarse == [[5]] and np.array_equal(detail, [[4, 2], [-2, -4]])
    assert np.array_equal(first.rebuilt(coarse, [detail]), four)


def test_a_picture_that_cannot_be_halved_is_refused():
    with pytest.raises(ValueError, match=r"12 x 10 pixels cannot be halved 2 times: .* by 4"):
        first.pyramid(np.zeros((12, 10)), levels=2)


def test_what_is_to_go_is_counted_apart_for_coarse_picture_and_details():
    canvases = np.zeros((3, 1, 1, 4, 4))
    canvases[1:] = 1  # the coarse picture at the first step
    canvases[2, ..., 0, 0] += 1
    canvases[2, ..., 0, 1] -= 1  # a detail that leaves it as it is at the second
    coarse, detail = first.to_go(canvases)
    assert coarse.tolist() == [1, 0, 0] and detail.tolist() == [1, 1, 0]


def test_touched_counts_the_pixels_that_make_up_a_change():
    canvases = np.zeros((3, 1, 1, 2, 5))
    canvases[1, 0, 0, 0, 0] = 1  # one pixel of ten
    canvases[2] = canvases[1]
    canvases[2, 0, 0, 1] -= [5, 3, 1, 0.5, 0.5]  # 9 of 10 in three pixels
    assert np.allclose(first.touched(canvases, share=0.85), [[0.1], [0.3]])


def test_agreement_is_the_share_of_pairs_with_one_label():
    found = np.array([[3, 3, 3, 3], [1, 1, 2, 2], [0, 1, 2, 3], [7, 7, 7, 5]])
    assert np.allclose(first.agreement(found), [1, 2 / 6, 0, 3 / 6])


def test_labels_are_a_vote_of_the_nearest():
    images = np.zeros((6, 1, 2, 2), np.uint8)
    images[3:] = 255  # three dark ones and three light ones
    split = data.dataset.Images(images, np.array([4, 4, 9, 8, 8, 8]))
    assert first.labels(np.full((1, 1, 2, 2), 0.1), split, k=3).tolist() == [4]
    assert first.labels(np.full((1, 1, 2, 2), 0.9), split, k=3).tolist() == [8]


def test_endings_share_their_first_latents():
    network, rng = draw_np.load("small"), np.random.default_rng(0)
    z = latents(2, network.config, rng)
    assert np.ptp(first.endings(network, z, 12, 3, rng), axis=1).max() < 1e-5
    assert np.ptp(first.endings(network, z, 11, 3, rng), axis=1).max() > 0.1
    same = first.endings(network, z, 12, 1, rng)[:, 0]
    assert np.allclose(same, model.generate(network.params, z, network.config).means[-1])


# ---------------------------------------------------------------- what the chapter says


def test_chapter_1_section_1_all_drawings_move_their_window_along_one_path():
    """33 pixels wide, then 13; the centres differ by 0.3 and 0.6, and at most by 1.6."""
    drawing = drawn()
    assert np.all(drawing.c[0] == drawing.c[0, :1])
    size = (4 * drawing.writing.delta + 1).mean(axis=1)
    assert round(size[0]) == 33 and round(size[-1]) == 13
    ends = (size[0] - 1) / 2 + 0.5  # from the centre of the window at t = 1 to its sides
    for g in (drawing.writing.g_X[0], drawing.writing.g_Y[0]):
        assert np.mean((g - ends < 0.5) & (g + ends > 28.5)) > 0.9  # nearly all of it is outside
    x, y = drawing.writing.g_X.std(axis=1), drawing.writing.g_Y.std(axis=1)
    assert (round(x[-1], 1), round(y[-1], 1)) == (0.3, 0.6) and max(x.max(), y.max()) < 1.6
    assert drawing.writing.g_X[-1].mean() < 14.5 < drawing.writing.g_Y[-1].mean()  # lower left


def test_chapter_1_section_1_no_nearer_to_the_training_pictures_than_handwriting():
    drawings = first.distances(drawn().means[-1], digits().train)
    handwriting = first.distances(digits().test.images / 255, digits().train)
    assert (round(drawings.mean(), 2), round(handwriting.mean(), 2)) == (0.17, 0.14)
    assert len(digits().train) == 1397 and len(handwriting) == 200


def test_chapter_1_section_2_six_pixels():
    """Two of 64 printed pictures are right; question 1: 80 of 729, about 11 per cent."""
    left, right = np.array([[1, 0]] * 3), np.array([[0, 1]] * 3)
    possible = [np.reshape(p, (3, 2)) for p in itertools.product((0, 1), repeat=6)]
    good = [p for p in possible if np.array_equal(p, left) or np.array_equal(p, right)]
    assert (len(good), len(possible)) == (2, 64) and np.all((left + right) / 2 == 0.5)
    light = Fraction(2, 3)
    right_ones = 2 * light**3 * (1 - light) ** 3 + light**6
    assert right_ones == Fraction(80, 729) and round(float(right_ones), 2) == 0.11


def test_chapter_1_section_2_the_printer():
    """194.1 nats, which are 280 bits."""
    binary = data.load("digits")
    nats = bounds.independent_pixels(binary.train.mean(), binary.test).mean()
    assert round(nats, 1) == 194.1 and round(nats / np.log(2)) == 280


@pytest.mark.slow
def test_chapter_1_section_2_the_difference_of_two_networks_picture_by_picture():
    """2.1 bits with a standard error of 0.6, in favour of the window, from ten samples each."""
    split = data.load("digits").test
    plain, window = (
        bounds.bound(net.params, net.config, split, K=10).each / np.log(2)
        for net in map(draw_np.load, ("small-noattention", "small"))
    )
    difference = plain - window
    assert round(difference.mean(), 1) == 2.1
    assert round(bounds.standard_error(difference), 1) == 0.6


def test_chapter_1_section_3_how_far_steps_reach():
    """54 per cent against 30 at first, then less; 7 at last, half as many as without."""
    window = first.touched(drawn().means).mean(axis=1)
    without = first.touched(drawn("small-noattention", 3).means).mean(axis=1)
    assert (round(100 * window[0]), round(100 * window[-1])) == (54, 7)
    assert round(100 * without[0]) == 30 and 0.4 < window[-1] / without[-1] < 0.5
    assert np.all(window[1:] < without[1:])


@pytest.mark.parametrize(("name", "seed"), [("small", 1), ("small-noattention", 3)])
def test_chapter_1_section_4_the_coarse_picture_is_ahead(name, seed):
    coarse, detail = first.to_go(drawn(name, seed).means)
    assert np.all(coarse[1:12] < detail[1:12])
    assert coarse[0] == detail[0] == 1 and coarse[-1] == detail[-1] == 0


def test_chapter_1_section_5_strokes_add_up_and_take_away():
    """9 per cent of the pixels are raised by more than a half, 32 per cent lowered."""
    strokes = np.diff(drawn().c, axis=0)
    assert (round(100 * np.mean(strokes > 0.5)), round(100 * np.mean(strokes < -0.5))) == (9, 32)
    network = draw_np.load("small")
    state, total = model.initial_state(network.params, 10), 0
    for z_t in latents(10, network.config, np.random.default_rng(1)):
        state, _ = model.decode(network.params, z_t, state, network.config)
        total = total + model.write(network.params, state.h_dec, network.config)[0]
    assert np.allclose(network.params["c_0"] + total, drawn().c[-1, :10], atol=1e-4)
    assert sigmoid(2.0 - 4.0) < 0.12 and 7**2 + 14**2 + 28**2 == 1029  # questions 2 and 3


def test_chapter_1_section_6_early_latents_decide_more():
    found = first.labels(digits().test.images / 255, digits().train)
    assert round(np.mean(found == digits().test.labels), 2) == 0.98
    same, _, spread = first.still_open(draw_np.load("small"), digits().train, 10, 5)
    assert np.all(np.diff(spread) < 0) and np.isclose(spread[-1], 0, atol=1e-6) and same[-1] == 1
    assert same[0] < 0.25 and same[6] > same[0] + 0.4


@pytest.mark.slow
def test_chapter_1_section_6_how_often_two_endings_show_the_same_digit():
    """11, 51, 67, 82 and 92 per cent; the first two steps bring 40 points, the last two 7."""
    same, error, _ = first.still_open(draw_np.load("small"), digits().train)
    assert np.allclose(same[[0, 2, 4, 6, 9]], [0.11, 0.51, 0.67, 0.82, 0.92], atol=0.006)
    assert np.allclose([same[2] - same[0], 1 - same[10]], [0.40, 0.07], atol=0.006)
    assert error[1:11].max() < 0.03


def test_chapter_1_question_4_late_latents_alone_say_little():
    """0.04 if the first six steps are shared; 0.14 if the last six are, or if none is."""
    network, rng = draw_np.load("small"), np.random.default_rng(7)
    z = latents(10, network.config, np.random.default_rng(1))[:, [0, 2, 5, 7]]
    late = np.repeat(z, 20, axis=1)
    late[:6] = rng.standard_normal(late[:6].shape)
    c_T = model.generate(network.params, late, network.config).c[-1]
    last_six = sigmoid(c_T).reshape(4, 20, -1).std(axis=1).mean()
    first_six, none = (first.endings(network, z, k, 20, rng).std(axis=1).mean() for k in (6, 0))
    assert [round(v, 2) for v in (first_six, last_six)] == [0.04, 0.14]
    assert abs(last_six / none - 1) < 0.1


# ---------------------------------------------------------------- its figures


def test_a_window_is_not_closed_where_it_leaves_the_image():
    fig = first.drawings.__wrapped__(draw_np.load("small"), drawn(), rows=2)
    frames = fig.axes[0].patches
    assert len(frames) == 24  # none at the start
    assert frames[0].get_width() > 28 and frames[0].get_clip_box() is not None
    assert not frames[0].get_fill()
    names = [t.get_text() for t in fig.axes[0].texts]
    assert names[:2] == ["start", "t = 1"] and len(names) == 13


def test_three_ways_show_the_chosen_steps():
    once, whole = draw_np.load("vae").draw(8), draw_np.load("small-noattention").draw(2)
    drawing = draw_np.load("small").draw(2)
    fig = first.three_ways.__wrapped__(once, drawing, whole, 5, steps=(0, 6, 12))
    top, middle, bottom = fig.axes
    sheet, step = bottom.images[0].get_array()[..., 0], 28 + plot.GAP
    assert np.allclose(sheet[:28, step : step + 28], whole.means[6, 0, 0])
    assert [t.get_text() for t in middle.texts] == ["start", "t = 6", "t = 12"]
    assert [t.get_text() for t in top.texts] == ["start", "picture 1", "picture 2"]


def test_one_drawing_unrolled_shows_all_canvases_strokes_and_windows():
    network, drawing = draw_np.load("small"), draw_np.load("small").draw(2, seed=1)
    ax = first.unrolled.__wrapped__(network, drawing, m=1).axes[0]
    assert len(ax.images) == 13 + 12
    assert np.allclose(ax.images[12].get_array(), drawing.means[12, 1, 0])
    stroke = drawing.c[12, 1, 0] - drawing.c[11, 1, 0]
    assert np.allclose(ax.images[-1].get_array(), stroke, atol=1e-5)
    dots = [p for p in ax.patches if getattr(p, "radius", None) == 0.5]
    assert len(dots) == 12 * 25
    att = drawing.writing
    left = 12 * first.PITCH + att.g_X[-1, 1] - 0.5 - 2 * att.delta[-1, 1]
    assert dots[-25].center[0] == pytest.approx(left)


def test_levels_end_with_the_picture():
    image = np.random.default_rng(1).random((1, 8, 8))
    fig = first.levels.__wrapped__(image, *first.pyramid(image, levels=2))
    last = [ax for ax in fig.axes if ax.get_title(loc="left") == "8 × 8"][-1]
    assert np.allclose(last.images[0].get_array()[..., 0], image[0])


def test_endings_say_how_much_is_shared():
    network = draw_np.load("small")
    z, opened = latents(1, network.config, np.random.default_rng(0)), np.linspace(1, 0, 39)
    fig = first.endings_of.__wrapped__(network, z, opened.reshape(3, 13), kept=(0, 2))
    assert [t.get_text() for t in fig.axes[0].texts] == ["nothing shared", "2 of 12 shared"]


def test_three_networks_side_by_side():
    words = [t.get_text() for t in first.side_by_side.__wrapped__().axes[0].texts]
    assert [name for name in words if name in ("autoencoder", "VAE", "DRAW")] == [
        "autoencoder",
        "VAE",
        "DRAW",
    ]
    assert words.count("read") == 2 and words.count("$z$") == 2 and "$c_T$" in words


def test_reach_of_steps_is_in_per_cent():
    canvases = np.cumsum(np.ones((5, 3, 1, 2, 2)), axis=0)  # every step changes all alike
    fig = first.reach_of_steps.__wrapped__({"a": canvases})
    assert np.allclose(fig.axes[0].lines[0].get_ydata(), 100)
