"""Chapter 9, reading and writing: every claim of its text, and what its figures show."""

import re
from pathlib import Path

import autograd.numpy as np
import nbformat
import pytest
from autograd import grad
from hypothesis import given
from hypothesis import strategies as st

from draw_np import attention, mistakes
from draw_np.book import read_write as figures
from draw_np.book.attention import digit, one
from draw_np.nn import sigmoid
from draw_np.parameters import Start

pytestmark = pytest.mark.usefixtures("in_style")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def x():
    """The handwritten 2 of the chapter."""
    return digit(25)


@pytest.fixture(scope="module")
def by_hand():
    """What the cells that calculate by hand leave."""
    stored = nbformat.read(ROOT / "chapters" / "09_read_write.ipynb", as_version=4)
    cells = {cell.get("id"): cell.source for cell in stored.cells}
    names = {}
    for cell in ("imports", "read-by-hand", "stamp-code", "adjoint"):
        exec(compile(cells[cell], cell, "exec"), names)
    return names


def pixels(ax):
    return np.asarray(ax.images[0].get_array())


# ---------------------------------------------------------------- 9.1, 9.2: reading


def test_9_1_the_two_rows_of_both_filterbanks_by_hand(by_hand):
    """The package, given the five outputs of a head, builds the same two matrices."""
    raw = np.array([[0, 0, -np.log(2 * np.log(2)), np.log(1 / 2), 0]])
    att = attention.attention(raw, A=5, B=3, N=2)
    F_X, F_Y = attention.filterbanks(att, A=5, B=3, N=2)
    assert np.allclose([att.g_X[0], att.g_Y[0], att.delta[0], att.gamma[0]], [3, 2, 2, 1])
    assert np.allclose(F_X[0], by_hand["F_X"] / 1057, rtol=1e-13)
    assert np.allclose(F_Y[0], by_hand["F_Y"] / 25, rtol=1e-13)
    strokes = by_hand["strokes"].astype(float)
    read = attention.glimpse(strokes[None, None], att, N=2)[0, 0]
    assert np.allclose(read, by_hand["patch"] / 26425, rtol=1e-13)
    assert by_hand["half"][0, 1] == 16 + 8
    assert by_hand["patch"][0, 0] == 24 * 512 + 9 * 32 == 12576
    assert by_hand["patch"][0, 0] == by_hand["patch"][1, 1] > by_hand["patch"][0, 1]


def test_9_1_rows_first_or_columns_first_is_the_same(x):
    att = one(14, 14.5, 5, 4)
    F_X, F_Y = (F[0] for F in attention.filterbanks(att, 28, 28, 5))
    fig = figures.two_moves.__wrapped__(x, att, 5)
    rows, image, columns, half, patch = (pixels(ax) for ax in fig.axes)
    assert np.allclose(rows, F_Y.T) and np.allclose(columns, F_X)
    assert np.allclose(image, x[0, 0]) and half.shape == (5, 28) and patch.shape == (5, 5)
    assert np.allclose(half, F_Y @ x[0, 0]) and np.allclose(patch, F_Y @ (x[0, 0] @ F_X.T))
    assert np.allclose(patch, attention.glimpse(x, att, 5)[0, 0])


def test_9_1_the_figure_lives_and_has_the_buttons_that_are_named():
    stored = nbformat.read(ROOT / "chapters" / "09_read_write.ipynb", as_version=4)
    cells = {cell.get("id"): cell for cell in stored.cells}
    assert cells["two-moves"].outputs[0].metadata["draw_np"]["live"]["name"] == "moves"
    script = (ROOT / "chapters/site/live/moves.js").read_text(encoding="utf-8")
    named = re.findall(r"\*\*([^*]+)\*\*", cells["reading"].source.replace("\n", " "))
    assert len(named) == 5
    for name in named:
        assert f'"{name}": {{' in script
    assert "one(14.5, 10, 3.2, 2.56), N=5" in cells["two-moves"].source
    assert "START = { g_X: 14.5, g_Y: 10, delta: 3.2, sigma2: 2.56, gamma: 1, N: 5 }" in script


def test_9_1_every_factor_is_drawn_with_its_shape(x):
    fig = figures.products.__wrapped__(x, one(14, 9.5, 3.2, 2.56), 5)
    for ax in fig.axes:
        shape = " × ".join(map(str, pixels(ax).shape))
        assert ax.get_xlabel() == shape
    F_Y, image, F_XT, patch = (pixels(ax) for ax in fig.axes[:4])
    assert np.allclose(F_Y @ image @ F_XT, patch)
    F_YT, patch, F_X, back = (pixels(ax) for ax in fig.axes[4:])
    assert np.allclose(F_YT @ patch @ F_X, back)


def test_9_2_the_pair_of_patches(x):
    c, att = figures.half_drawn(x), one(14, 18, 3.4, 2.5)
    x_hat = x - sigmoid(c)
    r = attention.read(x, x_hat, att, N=5)
    assert r.shape == (1, 2 * 5 * 5)
    F_X, F_Y = (F[0] for F in attention.filterbanks(att, 28, 28, 5))
    first, second = np.reshape(r, (2, 5, 5))
    assert np.allclose(first, F_Y @ x[0, 0] @ F_X.T)
    assert np.allclose(second, F_Y @ x_hat[0, 0] @ F_X.T)
    # the upper half is right and sure, the lower half is missing
    assert np.abs(x_hat[0, 0, :13]).max() < 0.07 and x_hat[0, 0, 13:].max() > 0.9
    fig = figures.both_images.__wrapped__(x, c, att, 5)
    assert np.allclose(pixels(fig.axes[1]), first) and np.allclose(pixels(fig.axes[4]), second)
    loud = attention.read(x, x_hat, att._replace(gamma=np.array([3.0])), 5)
    assert np.allclose(loud, 3 * r)  # gamma is a factor on all that is read


# ---------------------------------------------------------------- 9.3: writing


def test_9_3_stamp_by_stamp():
    fig = figures.stamps.__wrapped__()
    F_X, F_Y = (F[0] for F in attention.filterbanks(figures.PEN, 28, 28, 5))
    scales = set()
    for k, w in enumerate(figures.stamps_to_print().values()):
        slow = np.zeros((28, 28))
        for j, i in np.ndindex(5, 5):
            slow = slow + w[j, i] * np.outer(F_Y[j], F_X[i])
        patch, canvas = fig.axes[2 * k : 2 * k + 2]
        assert np.allclose(pixels(patch), w) and np.allclose(pixels(canvas), slow)
        scales.add(canvas.images[0].get_clim())
    assert len(scales) == 1  # half as strong is half as bright


def test_9_3_a_stamp_by_hand(by_hand):
    raw = np.array([[0, 0, -np.log(2 * np.log(2)), np.log(1 / 2), 0]])
    att = attention.attention(raw, A=5, B=3, N=2)
    w = np.array([[1.0, 0], [0, 0]])
    written = attention.write(w[None, None], att, A=5, B=3)[0, 0]
    assert np.allclose(written, by_hand["stamp"] / 26425, rtol=1e-13)
    assert by_hand["stamp"].sum() == 26425 == 25 * 1057


grids = st.tuples(
    *(st.floats(low, high) for low, high in ((-40, 60), (-40, 60), (0.01, 9), (0.01, 60), (0.1, 8)))
)


@given(grids)
def test_9_3_ink_is_neither_made_nor_lost(numbers):
    w, grid = np.random.default_rng(9).uniform(-1, 1, (5, 5)), one(*numbers)
    total = attention.write(w[None, None], grid, 28, 28).sum()
    assert np.isclose(total * grid.gamma[0], w.sum(), rtol=1e-9)


def test_9_3_gamma_cancels_and_its_inverse_is_a_convention(x):
    plain, w = one(14, 18, 3.4, 2.5), np.random.default_rng(1).normal(size=(1, 1, 5, 5))
    loud = plain._replace(gamma=np.array([3.0]))
    there_and_back = [attention.write(attention.glimpse(x, g, 5), g, 28, 28) for g in (plain, loud)]
    assert np.allclose(*there_and_back)
    quiet = loud._replace(gamma=1 / loud.gamma)  # what the head puts out changes its sign
    right = attention.write(w, loud, 28, 28)
    with mistakes.made("write-with-gamma"):
        assert np.allclose(attention.write(w, quiet, 28, 28), right)


# ---------------------------------------------------------------- 9.4: the adjoint


@given(st.integers(0, 10_000))
def test_9_4_writing_is_the_adjoint_of_reading(seed):
    rng = np.random.default_rng(seed)
    A, B, N = (int(v) for v in rng.integers(2, 9, size=3))
    grid = attention.attention(rng.normal(size=(1, 5)), A, B, N)
    image, w = rng.normal(size=(1, 3, B, A)), rng.normal(size=(1, 3, N, N))
    left = np.sum(attention.glimpse(image, grid, N) * w)
    right = grid.gamma[0] ** 2 * np.sum(image * attention.write(w, grid, A, B))
    assert np.isclose(left, right, rtol=1e-9, atol=1e-11)


def test_9_4_the_check_of_the_chapter_finds_the_mistake(by_hand):
    assert np.isclose(by_hand["left"], by_hand["right"], rtol=1e-9)
    assert not np.isclose(by_hand["left"], by_hand["wrong"], rtol=1e-3)


def test_9_4_the_gradient_of_reading_is_writing(x):
    grid, rng = one(12, 15, 2.5, 1.8, gamma=1.7), np.random.default_rng(9)
    v, u = rng.normal(size=(1, 1, 5, 5)), rng.normal(size=(1, 1, 28, 28))
    by_autograd = grad(lambda image: np.sum(v * attention.glimpse(image, grid, 5)))(x)
    by_writing = 1.7**2 * attention.write(v, grid, 28, 28)
    assert np.allclose(by_autograd, by_writing, rtol=1e-12, atol=1e-14)
    by_autograd = grad(lambda w: np.sum(u * attention.write(w, grid, 28, 28)))(v)
    by_reading = attention.glimpse(u, grid, 5) / 1.7**2
    assert np.allclose(by_autograd, by_reading, rtol=1e-12, atol=1e-14)


# ---------------------------------------------------------------- 9.5, 9.6: what is lost


def test_9_5_there_and_back_blurs_twice_and_darkens_by_the_stride():
    delta, sigma2, A, N = 2.0, 2.25, 60, 21
    centres = attention.filter_centres(np.array([30.0]), np.array([delta]), N)
    F = attention.filterbank(centres, np.array([sigma2]), A)[0]
    both, a = F.T @ F, np.arange(1, A + 1)
    share = both[:, 29] / both[:, 29].sum()  # what becomes of pixel 30
    place = np.sum(share * a)
    assert np.isclose(place, 30)
    assert np.isclose(np.sum(share * (a - place) ** 2), 2 * sigma2, rtol=1e-3)
    assert np.isclose((both @ np.ones(A))[29], 1 / delta, rtol=1e-3)


def test_9_5_the_best_is_better_and_no_other_patch_does_better(x):
    image, rng, errors = x[0, 0], np.random.default_rng(9), []
    for N in (3, 5, 9, 14):
        delta = 27 / (N - 1)
        grid = one(14.5, 14.5, delta, (delta / 2) ** 2)
        F_X, F_Y = (F[0] for F in attention.filterbanks(grid, 28, 28, N))
        _, back, best = figures.there_and_back(image, N)
        errors.append([figures.error(image, back), figures.error(image, best)])
        inverse = np.linalg.pinv(F_X)
        assert np.allclose(inverse, F_X.T @ np.linalg.inv(F_X @ F_X.T))
        projected = np.linalg.pinv(F_Y) @ F_Y @ image @ (inverse @ F_X).T
        assert np.allclose(best, projected)
        w = np.linalg.pinv(F_Y).T @ best @ inverse
        assert np.allclose(F_Y.T @ w @ F_X, best)
        for _ in range(5):
            other = F_Y.T @ (w + 0.1 * rng.normal(size=(N, N))) @ F_X
            assert figures.error(image, other) > errors[-1][1]
    assert all(best < back for back, best in errors)
    assert np.all(np.diff(errors, axis=0) < 0)  # more filters are better
    shown = [ax.get_title(loc="left") for ax in figures.losses.__wrapped__(image).axes]
    assert shown[1::3] == [f"error {back:.2f}" for back, _ in errors]
    assert shown[2::3] == [f"error {best:.2f}" for _, best in errors]


def test_9_6_the_ripple_is_as_derived():
    for ratio in (0.2, 0.3, 0.4, 0.5):
        tone = figures.even_tone(ratio)
        derived = 2 * np.exp(-2 * np.pi**2 * ratio**2)
        assert np.isclose(figures.ripple(tone), derived, rtol=0.02)
        assert np.isclose(tone[19:39].mean(), 1, rtol=1e-3)  # the even tone, times the stride
    assert f"{figures.ripple(figures.even_tone(0.5)):.1%}" == "1.4%"
    assert Start().sigma_per_stride == 0.5  # where a new network begins
    for line, ratio in zip(figures.ripples.__wrapped__().axes[0].lines, (0.2, 0.3), strict=False):
        assert np.allclose(line.get_ydata(), figures.even_tone(ratio))


# ---------------------------------------------------------------- 9.7, questions


def test_9_7_what_is_written_lies_where_the_window_says(x):
    patch = attention.glimpse(x, figures.EYE, 9)[0, 0]
    fig = figures.read_here_write_there.__wrapped__(x)
    i_mean = np.sum(patch * np.arange(1, 10)) / patch.sum()
    for ax, (name, pen) in zip(fig.axes[2:], figures.PENS.items(), strict=True):
        canvas = pixels(ax)
        assert ax.get_title(loc="left") == name and np.isclose(canvas.sum(), patch.sum())
        a_mean = np.sum(canvas * np.arange(1, 29)) / canvas.sum()
        expected = pen.g_X[0] + pen.delta[0] * (i_mean - 9 / 2 - 0.5)  # (19)
        assert abs(a_mean - expected) < 0.4  # a little ink is held back by the edge
    moved, enlarged, softened = (pixels(ax).max() for ax in fig.axes[2:])
    assert enlarged < softened < moved  # the more it is spread, the fainter


def test_the_answers_of_chapter_9(x):
    colour = np.zeros((1, 3, 54, 54))
    assert attention.read(colour, colour, one(27.5, 27.5, 4, 1), 12).shape == (1, 864)
    F_X, F_Y = (F[0] for F in attention.filterbanks(one(50, 38, 6, 9), 100, 75, 12))
    assert F_Y.shape == (12, 75) and F_X.shape == (12, 100)
    tone = attention.write(np.ones((1, 1, 5, 5)), one(50, 50, 4, 4, gamma=2.0), 100, 100)[0, 0]
    assert np.isclose(tone.sum(), 12.5) and np.isclose(tone[49, 49], 1 / 32, rtol=0.05)
    grid = one(14.5, 14.5, 27 / 13, 1.0)
    assert np.sum(x * attention.write(attention.glimpse(x, grid, 14), grid, 28, 28)) >= 0
