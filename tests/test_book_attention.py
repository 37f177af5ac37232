"""Chapter 8, the filterbank: every claim of its text, and what its figures show."""

import re
from pathlib import Path

import autograd.numpy as np
import nbformat
import pytest
from autograd import grad
from matplotlib.patches import Circle

from draw_np import attention, mistakes, parameters
from draw_np.book import attention as figures
from draw_np.book.attention import one
from draw_np.config import Config
from draw_np.pictures import plot

pytestmark = pytest.mark.usefixtures("in_style")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def x():
    """The handwritten 2 of chapters 8 and 9."""
    return figures.digit(25)


@pytest.fixture(scope="module")
def chapter():
    return nbformat.read(ROOT / "chapters" / "08_filterbank.ipynb", as_version=4)


def look(mu, sigma2, line):
    F = attention.filterbank(np.reshape(mu, (1, 1)), np.array([sigma2]), len(line))
    return np.sum(F * line)


# ---------------------------------------------------------------- 8.1, 8.2: one filter


def test_8_1_the_look_has_a_slope_to_follow_and_the_crop_has_none(x):
    line = x[0, 0, 21]
    fig = figures.crop_or_look.__wrapped__(look, line)
    _, middle, bottom = fig.axes
    cropped, looked = (curve.get_ydata() for curve in middle.lines)
    places, slope = bottom.lines[1].get_data()
    nudged = [(look(m + 1e-5, 1.0, line) - look(m - 1e-5, 1.0, line)) / 2e-5 for m in places]
    assert np.allclose(slope, nudged, atol=1e-8) and np.abs(slope).max() > 0.1
    assert set(cropped) <= set(line) and np.allclose(looked, [look(m, 1.0, line) for m in places])


def test_8_2_the_five_pixels_by_hand(chapter):
    w = np.exp(-np.array([1, 0, 1, 4, 9]) / 2)
    assert [round(float(v), 2) for v in w[[2, 3, 4]]] == [0.61, 0.14, 0.01]  # 1, 2, 3 sigma away
    ours = attention.filterbank(np.array([[2.0]]), np.array([1.0]), 5)[0, 0]
    assert np.allclose(w / w.sum(), ours, rtol=1e-14)
    said = "\n".join(
        out.data["text/markdown"] for out in outputs(chapter, "by-hand", "text/markdown")
    )
    for v in (*w, w.sum(), *ours):
        assert f"{v:.4f}" in said


def test_8_2_a_filter_of_a_pixel_or_more_has_the_mean_and_the_variance_that_it_says():
    found = {asked: figures.mean_and_variance(*asked) for asked in figures.WIDTHS}
    for asked in ((14.3, 4.0), (14.3, 1.0)):
        assert np.allclose(found[asked], asked, rtol=1e-6)
    assert abs(found[14.3, 0.01][0] - 14) < 1e-6 and found[1.0, 4.0][0] > 2
    assert abs(found[14.3, 1e6][0] - (28 + 1) / 2) < 1e-3
    assert not np.allclose(found[14.3, 0.25], (14.3, 0.25), rtol=1e-3)


# ---------------------------------------------------------------- 8.3, 8.4: grids


@pytest.mark.parametrize("N", [1, 2, 3, 5, 12])
def test_8_3_the_offsets_are_symmetric_and_their_middle_is_g(N):
    centres = attention.filter_centres(np.array([10.0]), np.array([3.0]), N)[0]
    offset = (centres - 10) / 3
    assert np.allclose(offset, -offset[::-1]) and centres.mean() == pytest.approx(10)
    if N in (1, 2, 3):
        assert offset.tolist() == {1: [0], 2: [-0.5, 0.5], 3: [-1, 0, 1]}[N]


def test_8_3_one_product_reads_with_all_filters(x):
    line, mu = x[0, 0, 21], attention.filter_centres(np.array([14.5]), np.array([4.0]), 5)
    F_X = attention.filterbank(mu, np.array([2.0]), 28)[0]
    fig = figures.bank_on_a_line.__wrapped__(F_X, mu[0], 2.0, line)
    bells, matrix, below = fig.axes
    slow = [sum(F_X[i, a] * line[a] for a in range(28)) for i in range(5)]
    assert np.allclose(below.lines[0].get_ydata(), slow)
    assert np.allclose(below.lines[0].get_xdata(), [6.5, 10.5, 14.5, 18.5, 22.5])
    assert np.allclose(matrix.images[0].get_array(), F_X) and np.allclose(F_X.sum(axis=1), 1)
    assert [t.get_text() for t in bells.texts] == [f"$i={i}$" for i in range(1, 6)]


def test_8_4_a_round_filter_is_a_column_times_a_row(x):
    att = one(g_X=14.5, g_Y=9, delta=3.0, sigma2=2.0)
    F_X, F_Y = (F[0] for F in attention.filterbanks(att, 28, 28, 5))
    mu_X, mu_Y = (attention.filter_centres(v, att.delta, 5)[0] for v in (att.g_X, att.g_Y))
    a, b = np.arange(1, 29), np.arange(1, 29)[:, None]
    spot = np.exp(-((a - mu_X[2]) ** 2 + (b - mu_Y[0]) ** 2) / (2 * 2.0))
    assert np.allclose(np.outer(F_Y[0], F_X[2]), spot / spot.sum())
    read = np.sum(np.outer(F_Y[0], F_X[2]) * x[0, 0])
    assert np.isclose(read, attention.glimpse(x, att, 5)[0, 0, 0, 2]) and round(read, 3) == 0.393
    fig = figures.outer.__wrapped__(x[0, 0], F_X, F_Y, 3, 1)
    assert "0.393" in fig.axes[3].get_title(loc="left")


def test_8_4_the_patch_of_a_rectangle_and_the_order_that_does_not_fit(chapter):
    """The cell's own check is True; the other order is refused; gamma is 1."""
    assert outputs(chapter, "rectangle", "text/plain")[0].data["text/plain"] == "True"
    wide, grid = np.random.default_rng(8).random((3, 5)), one(3.2, 1.9, 1.5, 0.8)
    F_X, F_Y = (F[0] for F in attention.filterbanks(grid, A=5, B=3, N=2))
    assert np.allclose(F_Y @ wide @ F_X.T, attention.glimpse(wide[None, None], grid, 2)[0, 0])
    with pytest.raises(ValueError, match="matmul"):
        F_X @ wide @ F_Y.T


def test_8_4_the_page_shows_the_matrices_beside_the_columns_and_rows_that_they_read(x):
    att = one(13, 9, 2.2, 1.0)
    fig = figures.page.__wrapped__(x, att, 5, "title")
    F_X, F_Y = (F[0] for F in attention.filterbanks(att, 28, 28, 5))
    above, beside, image, patch, back = fig.axes
    assert np.allclose(above.images[0].get_array(), F_X)
    assert np.allclose(beside.images[0].get_array(), F_Y.T)
    read = attention.glimpse(x, att, 5)
    assert np.allclose(patch.images[0].get_array(), read[0, 0])
    assert np.allclose(back.images[0].get_array(), attention.write(read, att, 28, 28)[0, 0])
    places = [ax.get_position() for ax in (above, beside, image)]
    assert (places[0].x0, places[0].x1) == pytest.approx((places[2].x0, places[2].x1))
    assert (places[1].y0, places[1].y1) == pytest.approx((places[2].y0, places[2].y1))


# ---------------------------------------------------------------- 8.5, 8.6: five numbers


def test_8_5_the_five_numbers_by_hand():
    raw = np.array([[0.5, -0.25, np.log(2.0), np.log(0.3), np.log(1.5)]])
    att = attention.attention(raw, A=28, B=28, N=5)
    assert np.allclose([v[0] for v in att], [21.75, 10.875, 2.025, 2.0, 1.5])


def test_8_5_with_one_filter_the_stride_has_no_effect(x):
    def read_one(raw):
        return np.sum(attention.glimpse(x, attention.attention(raw, 28, 28, 1), 1))

    raw = np.array([[0.1, 0, 1.0, 0.7, 0]])
    att = attention.attention(raw, 28, 28, 1)
    assert attention.filter_centres(att.g_X, att.delta, 1)[0, 0] == att.g_X[0]
    slopes = grad(read_one)(raw)[0]
    assert slopes[3] == 0 and np.all(slopes[[0, 1, 2, 4]] != 0)


@pytest.mark.parametrize("N", [2, 5, 12])
def test_8_5_the_first_grid_spans_the_image_only_if_filters_count_from_1(N):
    right, wrong = figures.at_rest(N), figures.from_0(N)
    assert np.allclose([right[0], right[-1]], [1, 28])
    assert np.allclose(wrong, right - 27 / (N - 1))
    if N == 2:
        assert np.allclose(right.mean() - wrong.mean(), 27)


def test_8_5_both_grids_are_drawn_where_they_are(x):
    fig = figures.grids_at_rest.__wrapped__(x[0])
    for n, ax in enumerate(fig.axes):
        row, N = n // 3, (2, 5, 12)[n % 3]
        centres = (figures.at_rest, figures.from_0)[row](N)
        drawn = ax.collections[0].get_offsets()
        assert len(drawn) == N * N and np.allclose(np.unique(drawn.round(9)), centres)
        low, high = ax.get_xlim()
        assert low < centres[0] and high > centres[-1]  # nothing that lies outside is lost
    assert len({ax.get_xlim() for ax in fig.axes}) == 1  # one scale for all


@pytest.mark.parametrize("N", [2, 5, 12])
def test_8_5_a_new_head_spans_the_image_with_filters_half_a_stride_wide(N):
    rng, config = np.random.default_rng(8), Config(N_read=N, N_write=N)
    head = parameters.head_parameters(rng, "read", config, N, parameters.Start())
    assert np.all(head["read.b"][[0, 1, 3, 4]] == 0) and np.abs(head["read.W"]).max() < 0.1
    att = attention.attention(head["read.b"][None].astype(float), 28, 28, N)
    delta = 27 / (N - 1)
    assert np.allclose([v[0] for v in att], [14.5, 14.5, delta, (delta / 2) ** 2, 1], rtol=1e-6)
    if N == 5:
        new = figures.numbers("an untrained network")
        assert np.allclose(
            [new[name] for name in ("g_X", "g_Y", "delta", "sigma2")], np.ravel(att[:4])
        )


def test_8_5_filters_of_one_pixel_would_leave_gaps():
    def weights(sigma2):
        F = attention.filterbanks(one(14.5, 14.5, 27 / 4, sigma2), 28, 28, 5)
        return np.outer(F[1][0].sum(axis=0), F[0][0].sum(axis=0))  # what each pixel counts for

    narrow, wide = weights(1.0), weights((27 / 8) ** 2)
    assert round(100 * np.mean(narrow < narrow.mean() / 10)) == 40
    assert wide.min() > wide.mean() / 2


def test_8_6_half_the_stride_shows_it_twice_as_large_and_twice_as_blurred():
    i = np.arange(1, 13)
    for delta in (0.95, 1.9):
        F_X = attention.filterbanks(one(14.5, 14.5, delta, 1.0), 28, 28, 12)[0][0]
        places, spreads = [], []
        for a in (13, 15):  # pixels; what each filter reads of a line that is light in one of them
            share = F_X[:, a - 1] / F_X[:, a - 1].sum()
            places.append(share @ i)
            spreads.append((share @ (i - share @ i) ** 2) ** 0.5)
        assert places[1] - places[0] == pytest.approx(2 / delta, rel=0.02)
        assert np.allclose(spreads, 1 / delta, rtol=0.03)


def test_8_6_the_middle_column_has_one_window_which_the_title_names(x):
    fig = figures.plate.__wrapped__(x)
    middle = [ax.images[0].get_array() for ax in fig.axes[3::6]]
    assert len(middle) == 5 and all(np.array_equal(patch, middle[0]) for patch in middle)
    values = [figures.PLATE[name][2] for name in figures.BASE]
    assert [v[1] for v in values] == list(figures.BASE.values())
    assert figures.PLATE["delta"][2][0] == figures.BASE["delta"] / 2  # the halving of the text


def test_8_6_what_each_parameter_does(x):
    fig = figures.plate.__wrapped__(x)
    patches = [ax.images[0].get_array() for ax in fig.axes[1::2]]
    low, middle, high = patches[12:]
    assert np.allclose(low, 0.4 * middle) and np.allclose(high, 2.5 * middle)  # gamma scales
    spread = [patch.std() for patch in patches[9:12]]
    assert spread[0] > spread[1] > spread[2]  # a wider filter levels what it reads


def test_8_6_the_states_of_the_figure_are_the_buttons_of_the_page():
    source = (ROOT / "chapters/site/live/explorer.js").read_text(encoding="utf-8")
    assert javascript(source, "START = {", "};") == {**figures.START, "gamma": 1}
    block = source[source.index("export const STATES") :].split("};")[0]
    lines = re.findall(r'^  (?:"([^"]+)"|(\w+)): \{(.*)\},$', block, re.MULTILINE)
    found = {quoted or plain: fields(values) for quoted, plain, values in lines}
    assert list(found) == list(figures.STATES)
    for name, values in figures.STATES.items():
        assert found[name] == pytest.approx(values), name


def test_8_6_the_figure_of_the_states_lives(chapter):
    (still,) = outputs(chapter, "states", "image/png")
    assert still.metadata["draw_np"]["live"]["name"] == "filterbank"


def javascript(source, begin, end):
    return fields(source[source.index(begin) + len(begin) :].split(end)[0])


def fields(text):
    """Numbers of an object literal, of which some are quotients: 27 / 11."""
    found = {}
    for name, top, _, below in re.findall(r"(\w+): (-?[\d.]+)( / (\d+))?", text):
        found[name] = float(top) / float(below or 1)
    return found


def test_8_6_every_state_that_the_text_speaks_of_is_a_button(chapter):
    text = "\n".join(c.source for c in chapter.cells if c.cell_type == "markdown")
    section = text[text.index("## 8.6") : text.index("## 8.7")]
    named = set(re.findall(r"\*\*([^*]+)\*\*", section)) - {"move", "zooms", "blurs", "scales"}
    assert named <= set(figures.STATES) and len(named) >= 6
    later = text[text.index("## 8.9") : text.index("## 8.10")]
    assert "**outside, narrow**" in later and "**outside, wide**" in later
    script = (ROOT / "chapters/site/live/mistakes.js").read_text(encoding="utf-8")
    assert "**no normalisation**" in text and 'text: "no normalisation"' in script


def test_8_6_the_windows_are_drawn_also_outside_and_say_what_is_said_of_them(x):
    fig = figures.states.__wrapped__(x)
    pairs = list(zip(fig.axes[::2], fig.axes[1::2], strict=True))
    shown = {image.get_title(loc="left"): (image, patch) for image, patch in pairs}
    assert list(shown) == list(figures.STATES)[:9]
    image, patch = shown["partly outside"]
    box = image.patches[0].get_path().get_extents()
    assert box.x0 == pytest.approx(5.5 - 4 * 2.6 - 0.5) and image.get_xlim()[0] <= box.x0
    columns = attention.filter_centres(np.array([5.5]), np.array([2.6]), 9)[0]
    assert np.sum(columns < 1) == 3  # three columns of filters are left of pixel 1
    assert np.all(patch.images[0].get_array()[:, :3] < 0.01)  # they read the black edge
    reads = {name: patch.images[0].get_array() for name, (_, patch) in shown.items()}
    assert reads["large δ, small σ"].std() > 1.5 * reads["small δ, large σ"].std()
    assert reads["large δ, small σ"].std() > 1.5 * reads["both large"].std()
    assert reads["N = 1"].shape == (1, 1)


# ---------------------------------------------------------------- 8.7, 8.8: sums of rows


def test_8_7_the_exponential_is_rounded_to_0_beyond_14_sigma():
    smallest = np.finfo(np.float32).smallest_subnormal  # half of it is rounded to 0
    exponent = -np.log(float(smallest) / 2)
    assert np.exp(np.float32(-exponent - 0.01)) == 0 < np.exp(np.float32(-exponent + 0.01))
    assert round(exponent, 1) == 104.0 and round((2 * exponent) ** 0.5, 1) == 14.4


def test_8_7_what_rows_sum_to_with_each_remedy():
    assert np.isnan(figures.sums(1.0, mistake="nothing-against-0-over-0")).sum() == 1
    assert np.isnan(figures.sums(3.0, mistake="nothing-against-0-over-0")).all()
    for name in list(figures.REMEDIES)[1:]:
        assert np.all(np.abs(figures.sums(3.0, mistake=name)) < 1e-6)  # all five filters dead
    at_the_edge = figures.sums(0.0, mistake="rows-normalised-on-paper")[0]
    assert round(float(at_the_edge), 3) == 0.699
    for tilde in (0.0, 1.0, 2.0, 3.0):
        assert np.abs(figures.sums(tilde) - 1).max() < 1e-6


def test_8_7_a_dead_row_has_no_derivative_and_ours_has():
    dead, alive = figures.pulls()
    assert dead == 0 != alive and f"{alive:.1e}" == "2.5e-07"


def test_8_7_an_epsilon_kills_narrow_filters_inside():
    row = figures.sums(0.0, -6.0, "epsilon-added-to-the-sum")
    assert row.min() < 1e-6 and np.abs(figures.sums(0.0, -6.0) - 1).max() < 1e-6
    nearest = 2 * np.exp(-(0.5**2) / (2 * np.exp(-6)))  # Z, half way between two pixels
    assert np.isclose(nearest, 2 * np.exp(-50), rtol=0.6)


def test_8_7_the_curves_are_the_sums():
    ours, added, kept, integral = figures.row_sums.__wrapped__().axes[0].lines
    assert np.abs(ours.get_ydata() - 1).max() < 1e-6
    assert added.get_ydata()[0] == kept.get_ydata()[0] == 0  # far outside, both leave nothing
    half = np.interp(0.5, integral.get_xdata(), integral.get_ydata())
    assert abs(half - 0.5) < 0.02  # half of a bell at the edge


def test_8_8_any_reference_pixel_gives_the_same_filter(chapter):
    numerator = np.exp(-np.array([0, 5 / 4, 3]))
    F = numerator / numerator.sum()
    ours = attention.filterbank(np.array([[-1.0]]), np.array([2.0]), 3)[0, 0]
    assert np.allclose(F, ours, rtol=1e-14)
    printed = np.exp(-((np.arange(1, 4) + 1.0) ** 2) / 4)  # Eq. 25: nothing underflows here
    assert np.allclose(F, printed / printed.sum(), rtol=1e-14)
    for star in (1, 2, 3):
        e = (np.arange(1, 4) - star) * (np.arange(1, 4) + star + 2) / 4
        assert np.allclose(F, np.exp(-e) / np.exp(-e).sum(), rtol=1e-14)


def test_8_8_the_difference_of_squares_loses_digits_and_the_product_does_not():
    mu, a = np.float32(-4000.3), np.float32(2)
    product = (a - 1) * (a + 1 - 2 * mu) / np.float32(1600)
    squares = ((a - mu) ** 2 - (1 - mu) ** 2) / np.float32(1600)
    exact = (2 - 1) * (2 + 1 - 2 * float(mu)) / 1600
    assert abs(product - exact) < 1e-6 < abs(squares - exact)


def test_8_8_the_head_never_makes_a_variance_of_0():
    raw = np.array([[0, 0, -104.0, 0, 0]], dtype=np.float32)
    att = attention.attention(raw, 28, 28, 5)
    assert att.sigma2[0] > 0
    for F in attention.filterbanks(att, 28, 28, 5):
        assert np.abs(F.sum(axis=2) - 1).max() < 1e-6


# ---------------------------------------------------------------- 8.9, 8.10


@pytest.mark.parametrize("sigma2", [0.5, 1.0, 4.0, 16.0])
def test_8_9_the_slope_is_the_covariance_and_fades_as_derived(sigma2):
    step, d = np.array([0.0] + [1.0] * 27), np.arange(0.0, 41.0)
    slopes = figures.slope_outside(d, sigma2)
    by_autograd = [grad(look)(1 - v, sigma2, step) for v in d[:12]]
    assert np.allclose(slopes[:12], by_autograd, rtol=1e-9)
    derived = np.exp(-(d + 0.5) / sigma2) / sigma2
    if sigma2 < 16:
        at = 39 if sigma2 > 1 else 9
        assert np.isclose(slopes[at + 1] / slopes[at], np.exp(-1 / sigma2), rtol=1e-2)
        assert np.isclose(slopes[10], derived[10], rtol=0.1)
    else:  # below the line, by less than a fifth
        ratio = slopes[10:] / derived[10:]
        assert np.all(ratio > 0.8) and np.all(ratio < 1)
    assert round(float(np.log(1000)), 1) == 6.9


def test_8_9_a_black_border_makes_it_fade_faster(x):
    line = x[0, 0, 21]
    k = int(np.argmax(line > 0))  # steps from pixel 1 to the first that is not black
    slopes = [grad(look)(1 - v, 4.0, line) for v in (10.0, 11.0)]
    assert k == 10 and np.isclose(slopes[0] / slopes[1], np.exp(k / 4), rtol=0.05)
    assert round(float(np.exp(10 / 4)), 1) == 12.2


def test_8_9_a_wide_window_comes_back_and_a_narrow_one_stays(x):
    fig = figures.called_back.__wrapped__(x)
    paths = [line.get_ydata() for line in fig.axes[0].lines[1:]]
    ends = [path[-1] for path in paths]
    assert abs(ends[0] + 2) < 1e-3  # narrow: stays
    assert abs(ends[1] - 13) < 0.1 and abs(ends[2] - 13) < 0.1  # come back
    assert ends[3] < -10  # too far, even for a wide one
    assert abs(paths[2][40] - 13) < 1 and abs(paths[1][120] - 13) < 1 and paths[1][90] < 1
    narrow, wide = fig.axes[1:]
    for ax, end in ((narrow, -2), (wide, 13)):
        start, last = (patch.get_path().get_extents() for patch in ax.patches)
        assert start.x0 == pytest.approx(-2 - 4.5) and last.x0 == pytest.approx(end - 4.5, abs=0.1)
        assert ax.get_xlim()[0] < start.x0  # what lies outside is drawn


def test_8_10_all_colours_are_read_by_the_same_filters():
    photo = figures.photograph()
    F_X, F_Y = attention.filterbanks(figures.ZOOM, A=100, B=75, N=12)
    assert photo.shape == (1, 3, 75, 100) and F_X.shape == (1, 12, 100) and F_Y.shape == (1, 12, 75)
    patch = attention.glimpse(photo, figures.ZOOM, 12)
    assert patch.shape == (1, 3, 12, 12)
    assert np.allclose(patch[0, 1], F_Y[0] @ photo[0, 1] @ F_X[0].T)  # green, by itself


def test_the_answers_of_chapter_8():
    att = attention.attention(np.zeros((1, 5)), 60, 60, 5)
    centres = attention.filter_centres(att.g_X, att.delta, 5)[0]
    assert np.allclose(centres, [1, 15.75, 30.5, 45.25, 60])
    with mistakes.made("one-sum-for-all-rows"):
        faint = attention.glimpse(np.ones((1, 1, 28, 28)), one(14.5, 14.5, 3, 1), 5)
    assert np.allclose(faint, 1 / 25) and 145 < np.exp(5) < 150


def test_8_6_rings_are_drawn_where_they_leave_the_frame_free(x):
    axes = figures.states.__wrapped__(x).axes[::2]  # the others are patches
    rings = {
        ax.get_title(loc="left"): sum(isinstance(p, Circle) for p in ax.patches) for ax in axes
    }
    drawn = {name: n for name, n in rings.items() if n}
    assert drawn == {"gaps between filters": 25, "N = 1": 1}


def test_8_10_the_titles_of_a_row_stand_at_one_height():
    fig = figures.figure_4.__wrapped__()
    fig.canvas.draw()
    heights = [ax.get_position().y1 for ax in fig.axes[:3]]
    assert np.ptp(heights) < 1e-3


# ---------------------------------------------------------------- pieces


def test_a_window_is_drawn_with_all_its_filters(x):
    ax = plot.figure(2, 2).subplots()
    figures.show_image(ax, x[0], around=8)
    figures.show_window(ax, one(-2, 9, 2, 1), 5, 28, 28)
    assert len(ax.collections[0].get_offsets()) == 25
    box = ax.patches[0].get_path().get_extents()
    assert (box.x0, box.x1, box.y0, box.y1) == pytest.approx((-6.5, 2.5, 4.5, 13.5))
    assert ax.get_xlim() == (-7.5, 36.5) and ax.get_ylim() == (36.5, -7.5)


def outputs(chapter, cell, kind):
    """The outputs of a cell, by its id, that have a kind."""
    (found,) = (c for c in chapter.cells if c.get("id") == cell)
    return [out for out in found.outputs if kind in out.get("data", {})]
