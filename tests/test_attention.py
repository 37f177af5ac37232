"""Attention parameters, filterbank, read and write, with and without attention."""

import inspect
import math

import autograd.numpy as anp
import goldens
import numpy as np
import pytest
from autograd import grad
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import (
    assert_gradient,
    filters,
    log_deltas,
    log_gammas,
    log_sigma2s,
    numbers,
    offsets,
    random_images,
    raws,
    row,
    seeds,
    sides,
)

from draw_np import attention as attn
from draw_np.manual import attention as by_hand

# Corners that every property of a whole grid must pass: (A, B, N)
ONE_PIXEL, ONE_FILTER, WIDE, TALL = (1, 1, 1), (7, 4, 1), (28, 20, 5), (3, 28, 12)
FAR = (5.0, -5.0, -10.0, 4.0, 0.0)  # filters far outside, as narrow as they get
REST = (0.0, 0.0, 0.0, 0.0, 0.0)


def filterbanks(raw, A, B, N, dtype=np.float64):
    """F_X of shape (N, A) and F_Y of shape (N, B) of one head's five outputs."""
    F_X, F_Y = attn.filterbanks(attn.attention(row(raw, dtype), A, B, N), A, B, N)
    return F_X[0], F_Y[0]


def glimpse(x, raw, N):
    """The patch of ``x``, shape (C, B, A), at one head's five outputs."""
    _, B, A = x.shape
    return attn.glimpse(x[None], attn.attention(row(raw), A, B, N), N)[0]


def stroke(w, raw, A, B):
    """What the patch ``w``, shape (C, N, N), writes at one head's five outputs."""
    return attn.write(w[None], attn.attention(row(raw), A, B, w.shape[-1]), A, B)[0]


def close(a, b, tolerance):
    """Same shape and nowhere further apart; quicker than approx on whole images."""
    return a.shape == b.shape and bool(np.max(np.abs(a - b)) <= tolerance)


# Where the grid lies: Eqs. 19-24


def test_the_initial_grid_spans_the_image():
    # 28 pixels have their centre at 14.5; the outermost filters are the outermost pixels
    for N in (2, 5, 12):
        att = attn.attention(np.zeros((1, 5)), 28, 28, N)
        mu = attn.filter_centres(att.g_X, att.delta, N)[0]
        assert (mu[0], mu[-1]) == pytest.approx((1, 28), rel=1e-12)
        assert mu.mean() == pytest.approx(14.5, rel=1e-12)
        assert np.diff(mu) == pytest.approx(27 / (N - 1), rel=1e-12)


def test_attention_by_pencil():
    # A = 5, B = 3, N = 3: g_X = 3 (0.5 + 1), g_Y = 2 (-0.25 + 1), delta = 4/2 * 3
    raw = row((0.5, -0.25, math.log(7), math.log(3), math.log(11)))
    att = attn.attention(raw, 5, 3, 3)
    assert [float(v[0]) for v in att] == pytest.approx([4.5, 1.5, 6, 7, 11], rel=1e-14)
    assert att._fields == ("g_X", "g_Y", "delta", "sigma2", "gamma")
    assert attn.filter_centres(att.g_X, att.delta, 3)[0] == pytest.approx([-1.5, 4.5, 10.5])


@given(raw=raws, A=sides, B=sides, N=filters)
@example(REST, *ONE_PIXEL)
@example((1.0, 2.0, 0.0, 3.0, 0.0), *ONE_FILTER)
@example(FAR, *WIDE)
@example(FAR, *TALL)
def test_grid_is_symmetric_about_its_centre(raw, A, B, N):
    att = attn.attention(row(raw), A, B, N)
    for g in (att.g_X, att.g_Y):
        offset = attn.filter_centres(g, att.delta, N)[0] - g
        size = abs(float(g[0])) + N * float(att.delta[0])
        assert offset == pytest.approx(-offset[::-1], abs=1e-13 * size)
        assert offset.mean() == pytest.approx(0, abs=1e-13 * size)
        assert np.diff(offset) == pytest.approx(float(att.delta[0]), abs=1e-13 * size)


@given(raw=raws, more=numbers(0.01, 2), A=sides, B=sides, N=st.integers(2, 12))
@example(REST, 1.0, 1, 2, 2)
@example(REST, 1.0, 28, 20, 5)
def test_stride_grows_as_the_exponential_of_its_output(raw, more, A, B, N):
    wider = (*raw[:3], raw[3] + more, raw[4])
    near, far = (attn.attention(row(v), A, B, N).delta[0] for v in (raw, wider))
    assert near == pytest.approx((max(A, B) - 1) / (N - 1) * math.exp(raw[3]), rel=1e-12)
    assert far == pytest.approx(near * math.exp(more), rel=1e-12)
    assert far > near or max(A, B) == 1


@given(raw=raws, log_delta=log_deltas, A=sides, B=sides)
@example(REST, 1.0, 1, 1)
@example(REST, 4.0, 28, 20)
def test_a_single_filter_sits_at_the_centre_whatever_the_stride(raw, log_delta, A, B):
    att = attn.attention(row(raw), A, B, 1)
    assert np.all(np.isfinite(att))
    assert attn.filter_centres(att.g_X, att.delta, 1)[0] == att.g_X
    here, there = raw, (*raw[:3], log_delta, raw[4])
    for F, G in zip(filterbanks(here, A, B, 1), filterbanks(there, A, B, 1), strict=True):
        assert np.array_equal(F, G)


def test_each_image_has_its_own_grid():
    raw = np.array([REST, (0.3, -0.2, 0.5, -0.4, 0.7)])
    both = attn.filterbanks(attn.attention(raw, 6, 5, 3), 6, 5, 3)
    x, w = random_images(0, 2, 2, 5, 6), random_images(1, 2, 2, 3, 3)
    patches = attn.glimpse(x, attn.attention(raw, 6, 5, 3), 3)
    strokes = attn.write(w, attn.attention(raw, 6, 5, 3), 6, 5)
    for m in range(2):
        alone = filterbanks(tuple(raw[m]), 6, 5, 3)
        assert both[0][m] == pytest.approx(alone[0], rel=1e-14)
        assert both[1][m] == pytest.approx(alone[1], rel=1e-14)
        assert patches[m] == pytest.approx(glimpse(x[m], raw[m], 3), rel=1e-12)
        assert strokes[m] == pytest.approx(stroke(w[m], raw[m], 6, 5), rel=1e-12)


# The filterbank: Eqs. 25, 26


def test_filterbank_by_pencil():
    # 2 sigma^2 = 1 / log 2 makes a weight of 2^-(a - mu)^2.
    sigma2 = np.array([1 / (2 * math.log(2))])
    F = attn.filterbank(np.array([[2.0, 1.0, 1.5]]), sigma2, 3)[0]
    assert F[0] == pytest.approx(np.array([1, 2, 1]) / 4, rel=1e-12)
    assert F[1] == pytest.approx(np.array([16, 8, 1]) / 25, rel=1e-12)
    # distances 1/2, 1/2, 3/2: the squares are 1/4, 1/4 and 2 + 1/4
    assert F[2] == pytest.approx(np.array([4, 4, 1]) / 9, rel=1e-12)


@given(raw=raws, A=sides, B=sides, N=filters)
@example(REST, *ONE_PIXEL)
@example(FAR, *ONE_PIXEL)
@example(FAR, *ONE_FILTER)
@example(FAR, *WIDE)
@example(FAR, *TALL)
@example((5.0, 5.0, -10.0, -4.0, 0.0), 64, 64, 2)
@example((0.0, 0.0, 10.0, 4.0, 0.0), 28, 28, 12)
@example((1.0, 1.0, 0.0, 0.0, 0.0), 28, 28, 5)
@example((0.0, 0.0, -6.0, 0.0, 0.0), 28, 28, 5)
def test_rows_sum_to_one_with_finite_gradients(raw, A, B, N):
    weight_X, weight_Y = random_images(N, N, A), random_images(N + 1, N, B)

    def scalar(raw):
        F_X, F_Y = attn.filterbanks(attn.attention(raw, A, B, N), A, B, N)
        return anp.sum(weight_X * F_X) + anp.sum(weight_Y * F_Y)

    for dtype in (np.float32, np.float64):
        weight_X, weight_Y = weight_X.astype(dtype), weight_Y.astype(dtype)
        for F in filterbanks(raw, A, B, N, dtype):
            assert F.dtype == dtype
            assert np.all(np.isfinite(F)) and np.all(F >= 0)
            assert np.all(np.abs(F.astype(float).sum(axis=1) - 1) <= 1e-6)
        slope = grad(scalar)(row(raw, dtype))
        assert slope.dtype == dtype
        assert np.all(np.isfinite(slope))


@given(raw=raws, A=sides, B=sides, N=filters)
@example((0.3, -0.2, 0.0, 0.0, 0.0), *ONE_PIXEL)
@example((0.3, -0.2, 0.0, 0.0, 0.0), *ONE_FILTER)
@example((0.3, -0.2, 1.0, -0.5, 0.0), *WIDE)
@example((0.3, -0.2, 1.0, -0.5, 0.0), *TALL)
@example((0.5, 0.1, 0.0, 0.0, 0.0), 28, 27, 2)
def test_mirror(raw, A, B, N):
    """F(g~)[i, a] = F(-g~)[N+1-i, A+1-a]: the image and the grid have the same centre."""
    mirrored = (-raw[0], -raw[1], *raw[2:])
    cases = [(np.float64, 1e-10)] + [(np.float32, 1e-5)] * (raw[2] >= 0)
    for dtype, tolerance in cases:
        here, there = filterbanks(raw, A, B, N, dtype), filterbanks(mirrored, A, B, N, dtype)
        for F, G in zip(here, there, strict=True):
            assert np.max(np.abs(F - G[::-1, ::-1])) <= tolerance


@given(sigma=numbers(1, 4), place=numbers(0, 1), room=numbers(0.1, 5))
@example(sigma=1.0, place=0.5, room=1.0)
@example(sigma=1.0, place=0.0, room=0.1)
@example(sigma=math.exp(0.5), place=1.0, room=1.0)
@example(sigma=4.0, place=0.3, room=5.0)
def test_moments(sigma, place, room):
    """A row at least 6 sigma inside both edges has mean mu and second moment sigma^2."""
    A = math.ceil(1 + 12 * sigma + room)
    mu = 1 + 6 * sigma + place * (A - 1 - 12 * sigma)
    F = attn.filterbank(np.array([[mu]]), np.array([sigma**2]), A)[0, 0]
    a = np.arange(1, A + 1)
    assert np.sum(F * a) == pytest.approx(mu, rel=1e-6)
    assert np.sum(F * (a - mu) ** 2) == pytest.approx(sigma**2, rel=1e-6)


@given(mu=numbers(-5, 35), log_sigma2=numbers(-1, 6), A=st.integers(2, 30))
@example(mu=1.5, log_sigma2=0.0, A=2)
@example(mu=14.5, log_sigma2=0.0, A=28)
def test_moving_by_a_pixel_multiplies_the_row_by_a_constant(mu, log_sigma2, A):
    """F(mu + 1)[a + 1] / F(mu)[a] is the same for all a: only Z has changed."""
    both, sigma2 = np.array([[mu, mu + 1]]), np.array([math.exp(log_sigma2)])
    F = attn.filterbank(both, sigma2, A)[0]
    before, after = F[0, :-1], F[1, 1:]
    peak = int(np.argmax(before * after))
    assert after[peak] > 0
    expected = before * (after[peak] / before[peak])
    assert after == pytest.approx(expected, rel=1e-9, abs=1e-250)


@given(sigma=numbers(0.5, 3), place=numbers(0, 1))
@example(sigma=0.5, place=0.0)
@example(sigma=3.0, place=1.0)
def test_a_row_well_inside_is_shifted(sigma, place):
    A = math.ceil(3 + 12 * sigma)
    mu = 1 + 6 * sigma + place * (A - 2 - 12 * sigma)
    F = attn.filterbank(np.array([[mu, mu + 1]]), np.array([sigma**2]), A)[0]
    assert F[1, 1:] == pytest.approx(F[0, :-1], rel=1e-6, abs=1e-8)


@given(far=numbers(0.6, 500), log_sigma2=log_sigma2s, A=sides)
@example(far=0.6, log_sigma2=-10.0, A=1)
@example(far=500.0, log_sigma2=-10.0, A=28)
@example(far=500.0, log_sigma2=0.0, A=28)
def test_a_filter_outside_reads_the_edge_pixel_most(far, log_sigma2, A):
    """Outside by d, the next pixel in weighs exp(-(d + 1/2) / sigma^2) of the edge."""
    sigma2 = math.exp(log_sigma2)
    F = attn.filterbank(np.array([[A + far, 1 - far]]), np.array([sigma2]), A)[0]
    for inwards in (F[0, ::-1], F[1]):
        assert inwards[0] == inwards.max() > 0
        if A > 1:
            expected = inwards[0] * math.exp(-(far + 0.5) / sigma2)
            assert inwards[1] == pytest.approx(expected, rel=1e-6, abs=1e-250)


def test_the_gradient_of_a_filter_outside_fades_and_does_not_vanish():
    """By exp(-1 / sigma^2) for every further pixel of distance, as the weights do."""

    def edge_weight(mu, sigma2):
        return attn.filterbank(mu, sigma2, 20)[0, 0, -1]

    sigma2 = np.array([2.0])
    slopes = [grad(edge_weight)(np.array([[20.0 + d]]), sigma2)[0, 0] for d in range(5, 60)]
    assert np.all(np.array(slopes) > 0)
    assert np.array(slopes[1:]) / slopes[:-1] == pytest.approx(math.exp(-1 / 2), rel=0.05)


@given(raw=raws, A=sides, B=sides, N=filters)
@example(REST, *ONE_PIXEL)
@example((0.2, 0.1, 0.3, -0.2, 0.0), *ONE_FILTER)
@example((0.2, 0.1, 0.3, -0.2, 0.0), *WIDE)
@example((0.2, 0.1, 0.3, -0.2, 0.0), *TALL)
def test_filterbanks_are_the_equations(raw, A, B, N):
    """Against the scalar loops, wherever those are not 0/0."""
    g_X, g_Y, delta, sigma2, _ = goldens.grid(list(raw), A, B, N)
    for F, g, size in zip(filterbanks(raw, A, B, N), (g_X, g_Y), (A, B), strict=True):
        for i in range(N):
            mu = g + delta * (i + 1 - N / 2 - 0.5)
            nearest = min(max(round(mu), 1), size)
            if (nearest - mu) ** 2 / (2 * sigma2) < 500:
                slow = goldens.filterbank(mu, 0.0, sigma2, size, 1)[0]
                assert F[i] == pytest.approx(slow, rel=1e-5, abs=1e-9)


# Reading and writing: Eqs. 27, 29

SHARP = (0.0, 0.0, -10.0, 0.0, 0.0)  # each filter sees one pixel


def test_read_by_pencil():
    # A = 5, B = 3, N = 3: stride 2, so columns 1, 3, 5 and rows 0, 2, 4; the rows
    # outside read the edges 1 and 3. Pixel (row b, column a) is 10 b + a.
    x = np.array([[[11, 12, 13, 14, 15], [21, 22, 23, 24, 25], [31, 32, 33, 34, 35.0]]])
    patch = [[11, 13, 15], [21, 23, 25], [31, 33, 35]]
    assert glimpse(x, SHARP, 3)[0] == pytest.approx(np.array(patch), rel=1e-12)
    # twice as strong, and half a filter's way to the right: columns 2, 4 and 6 (so 5)
    moved = (1 / 3, 0.0, -10.0, 0.0, math.log(2))
    assert glimpse(x, moved, 3)[0] == pytest.approx(
        2 * np.array([[12, 14, 15], [22, 24, 25], [32, 34, 35]]), rel=1e-12
    )


def test_write_by_pencil():
    # One filter at the centre (3, 2) of 5 x 3 with weights 2^-(a - mu)^2: 1 2 1 over 4
    # down the rows, and 1 8 16 8 1 over 34 along the columns. gamma = 2 halves it.
    raw = (0.0, 0.0, -math.log(2 * math.log(2)), 0.0, math.log(2))
    down, along = np.array([1, 2, 1]) / 4, np.array([1, 8, 16, 8, 1]) / 34
    w = np.array([[[6.0]]])
    assert stroke(w, raw, 5, 3)[0] == pytest.approx(3 * np.outer(down, along), rel=1e-12)


def test_write_puts_the_patch_the_right_way_round():
    # as in reading, columns 1, 3, 5; rows 0 and 1 both fall on 1: here g_Y = 2, stride 1
    w = np.arange(1.0, 10).reshape(1, 3, 3)
    stride_of_one = (0.0, 0.0, -10.0, math.log(1 / 2), 0.0)
    expected = np.zeros((3, 5))
    expected[:, 1:4] = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]  # columns 2, 3, 4
    assert stroke(w, stride_of_one, 5, 3)[0] == pytest.approx(expected, abs=1e-12)


def test_golden_read_and_write():
    raw, plane = [0.3, -0.4, 0.2, -0.5, 0.6], goldens.wave((3, 5), 0.5)
    for N in (1, 2, 3, 4):
        patch = glimpse(np.array([plane]), raw, N)[0]
        assert patch == pytest.approx(np.array(goldens.read(plane, raw, N)), rel=1e-11)
        w = goldens.wave((N, N), 0.1)
        written = stroke(np.array([w]), raw, 5, 3)[0]
        assert written == pytest.approx(np.array(goldens.write(w, raw, 5, 3)), rel=1e-11)
    # the upper left of each, as printed by ``python tests/goldens.py`` when it was written
    assert glimpse(np.array([plane]), raw, 2)[0, 0, 0] == pytest.approx(-0.043088571322, rel=1e-10)
    assert stroke(np.array([goldens.wave((2, 2), 0.1)]), raw, 5, 3)[0, 0, 0] == pytest.approx(
        0.000336621843, rel=1e-10
    )


@given(raw=raws, A=sides, B=sides, N=filters, C=st.integers(1, 3), seed=seeds)
@example((0.3, -0.2, 0.0, 0.0, 1.0), *ONE_PIXEL, 1, 0)
@example((0.3, -0.2, 0.0, 0.0, 1.0), *ONE_FILTER, 3, 0)
@example((0.3, -0.2, 0.0, -0.5, -1.0), *WIDE, 1, 0)
@example((0.3, -0.2, 0.0, -0.5, 1.0), *TALL, 1, 0)
def test_write_is_the_adjoint_of_read(raw, A, B, N, C, seed):
    """<read(x), w> = gamma^2 <x, write(w)> with the same filters and gamma."""
    x, w = random_images(seed, C, B, A), random_images(seed + 1, C, N, N)
    gamma = math.exp(raw[4])
    patch, written = glimpse(x, raw, N), stroke(w, raw, A, B)
    assert patch.shape == w.shape and written.shape == x.shape
    size = gamma * np.abs(x).max() * np.abs(w).sum()
    assert np.sum(patch * w) == pytest.approx(gamma**2 * np.sum(x * written), abs=1e-12 * size)


@given(raw=raws, A=sides, B=sides, N=filters, p=numbers(-3, 3), q=numbers(-3, 3), seed=seeds)
@example(REST, *ONE_PIXEL, 1.0, 2.0, 0)
@example((0.3, -0.2, 0.0, -0.5, 1.0), *WIDE, 1.0, -2.0, 0)
def test_read_is_linear_in_the_image_and_write_in_the_patch(raw, A, B, N, p, q, seed):
    x, y = random_images(seed, 2, 1, B, A)
    both = glimpse(p * x + q * y, raw, N)
    assert close(both, p * glimpse(x, raw, N) + q * glimpse(y, raw, N), 1e-9)
    v, w = random_images(seed, 2, 1, N, N)
    both = stroke(p * v + q * w, raw, A, B)
    assert close(both, p * stroke(v, raw, A, B) + q * stroke(w, raw, A, B), 1e-9)


@given(raw=raws, A=sides, B=sides, N=filters, k=numbers(-2, 2), seed=seeds)
@example(REST, *ONE_PIXEL, 1.0, 0)
@example((0.3, -0.2, 0.0, -0.5, 1.0), *WIDE, 1.0, 0)
def test_read_goes_with_gamma_and_write_with_its_inverse(raw, A, B, N, k, seed):
    x, w = random_images(seed, 2, B, A), random_images(seed, 2, N, N)
    stronger = (*raw[:4], raw[4] + k)
    size = math.exp(abs(raw[4]) + abs(k))
    assert close(glimpse(x, stronger, N), math.exp(k) * glimpse(x, raw, N), 1e-12 * size)
    assert close(stroke(w, stronger, A, B), math.exp(-k) * stroke(w, raw, A, B), 1e-11 * size)


@given(raw=raws, side=sides, N=filters)
@example(REST, 1, 1)
@example((0.3, -0.2, 3.0, 1.0, 1.0), 28, 5)
def test_reading_a_white_image_gives_gamma(raw, side, N):
    """Rows sum to one, so a patch of white is gamma, and a stroke keeps its ink."""
    gamma = math.exp(raw[4])
    assert glimpse(np.ones((1, side, side)), raw, N) == pytest.approx(gamma, rel=1e-9)
    assert stroke(np.ones((1, N, N)), raw, side, side).sum() == pytest.approx(N * N / gamma)


@given(raw=raws, A=sides, B=sides, N=filters, seed=seeds)
@example((0.3, -0.2, 0.0, 0.0, 1.0), *ONE_PIXEL, 0)
@example((0.3, -0.2, 0.0, 0.0, 1.0), *ONE_FILTER, 0)
@example((0.3, -0.2, 0.0, -0.5, 1.0), *WIDE, 0)
@example((0.3, -0.2, 0.0, -0.5, 1.0), *TALL, 0)
def test_transposing_the_image_and_swapping_the_axes_transposes_the_patch(raw, A, B, N, seed):
    x, w = random_images(seed, 2, B, A), random_images(seed, 2, N, N)
    swapped = (raw[1], raw[0], *raw[2:])
    size = math.exp(abs(raw[4]))
    patch = glimpse(x.swapaxes(1, 2), swapped, N)
    assert close(patch, glimpse(x, raw, N).swapaxes(1, 2), 1e-9 * size)
    written = stroke(w.swapaxes(1, 2), swapped, B, A)
    assert close(written, stroke(w, raw, A, B).swapaxes(1, 2), 1e-9 * size)


@given(
    g_X=offsets,
    g_Y=offsets,
    log_sigma2=numbers(-6, 10),
    log_delta=log_deltas,
    log_gamma=log_gammas,
    A=sides,
    B=sides,
    N=filters,
    seed=seeds,
)
@example(0.3, -0.2, 0.0, 0.0, 1.0, *ONE_PIXEL, 0)
@example(0.3, -0.2, 0.0, 0.0, 1.0, *ONE_FILTER, 0)
@example(0.3, -0.2, 0.0, -0.5, 1.0, *WIDE, 0)
@example(0.3, -0.2, 0.0, -0.5, 1.0, *TALL, 0)
def test_a_mirrored_image_gives_a_mirrored_patch(
    g_X, g_Y, log_sigma2, log_delta, log_gamma, A, B, N, seed
):
    rest = (log_sigma2, log_delta, log_gamma)
    x, size = random_images(seed, 1, B, A), math.exp(abs(log_gamma))
    patch = glimpse(x, (g_X, g_Y, *rest), N)
    sideways = glimpse(x[:, :, ::-1], (-g_X, g_Y, *rest), N)
    upside_down = glimpse(x[:, ::-1], (g_X, -g_Y, *rest), N)
    assert close(sideways[:, :, ::-1], patch, 1e-8 * size)
    assert close(upside_down[:, ::-1], patch, 1e-8 * size)


def test_read_puts_the_image_before_its_error_with_the_same_filters():
    x, x_hat = random_images(0, 2, 3, 5, 6), random_images(1, 2, 3, 5, 6)
    att = attn.attention(random_images(2, 2, 5), 6, 5, 2)
    r = attn.read(x, x_hat, att, 2)
    assert r.shape == (2, 2 * 3 * 2 * 2)
    halves = [attn.glimpse(v, att, 2).reshape(2, -1) for v in (x, x_hat)]
    assert r == pytest.approx(np.concatenate(halves, axis=1), rel=1e-12)


def test_read_all_is_both_images_whole():
    x, x_hat = random_images(0, 2, 3, 4, 5), random_images(1, 2, 3, 4, 5)
    r = attn.read_all(x, x_hat)
    assert np.array_equal(r, np.concatenate([x.reshape(2, -1), x_hat.reshape(2, -1)], axis=1))
    assert "att" not in inspect.signature(attn.read_all).parameters


# Gradients, at points where they are of order 1


def one_by_one(raw):
    """A head's output, (M, 5), as five parameters, so that each is checked by itself."""
    return dict(zip(("g_X", "g_Y", "log_sigma2", "log_delta", "log_gamma"), raw.T, strict=True))


@pytest.mark.parametrize(("A", "B", "C", "N"), [(6, 5, 1, 3), (4, 7, 3, 2), (5, 5, 1, 1)])
def test_gradients_of_read_and_write_in_all_five_parameters(A, B, C, N):
    raw = np.array([[0.1, -0.2, 0.3, -0.4, 0.5], [-0.3, 0.2, 0.6, -0.7, 0.2]])
    x, x_hat = 2 * random_images(0, 2, 2, C, B, A)
    w, weight_r = 3 * random_images(1, 2, C, N, N), random_images(2, 2, 2 * C * N * N)
    weight_c = random_images(3, 2, C, B, A)

    def head(p):
        return attn.attention(anp.stack([p[name] for name in one_by_one(raw)], axis=1), A, B, N)

    def reading(p):
        return anp.sum(weight_r * attn.read(p["x"], p["x_hat"], head(p), N))

    def writing(p):
        return anp.sum(weight_c * attn.write(p["w"], head(p), A, B))

    # the stride of a single filter has no effect: 0 against 0
    still = ["log_delta"] if N == 1 else []
    assert_gradient(reading, {**one_by_one(raw), "x": x, "x_hat": x_hat}, still)
    assert_gradient(writing, {**one_by_one(raw), "w": w}, still)


def test_gradients_of_the_filterbank():
    weight = 10 * random_images(0, 2, 3, 7)
    point = {"mu": np.array([[0.5, 3.2, 6.9], [-1.0, 4.5, 8.5]]), "sigma2": np.array([0.8, 2.5])}
    assert_gradient(lambda p: anp.sum(weight * attn.filterbank(p["mu"], p["sigma2"], 7)), point)


def test_gradients_of_read_without_attention():
    weight = random_images(2, 2, 2 * 3 * 4 * 5)
    x, x_hat = random_images(0, 2, 2, 3, 4, 5)
    assert_gradient(
        lambda p: anp.sum(weight * attn.read_all(p["x"], p["x_hat"])), {"x": x, "x_hat": x_hat}
    )


def test_attention_stays_float32():
    x, raw = random_images(0, 2, 3, 4, 5).astype(np.float32), np.zeros((2, 5), np.float32)
    att = attn.attention(raw, 5, 4, 3)
    assert {v.dtype for v in att} == {np.dtype(np.float32)}
    w = np.ones((2, 3, 3, 3), np.float32)
    outs = [attn.read(x, x, att, 3), attn.write(w, att, 5, 4), attn.read_all(x, x)]
    assert {out.dtype for out in outs} == {np.dtype(np.float32)}


# ---------------------------------------------------------------- beyond every range

widths = st.sampled_from(
    [-3e38, -1e30, -104.0, -89.0, -60.0, -52.0, -40.0, -20.0, 0.0, 20.0, 60.0, 87.0, 104.0, 3e38]
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=60)
@given(width=widths, places=st.tuples(*[st.floats(-5, 5)] * 2), A=sides, B=sides, N=filters)
@example(-104.0, (0.0, 0.0), 28, 28, 2)  # between two pixels
@example(-60.0, (0.0, 0.0), 28, 28, 5)
@example(-3e38, (4.0, -4.0), 28, 28, 3)
def test_filters_of_any_width_are_finite_in_both_engines(dtype, width, places, A, B, N):
    """However narrow, in single precision too: no NaN, no infinity, forward and back."""
    raw, x = row((*places, width, 0.5, 0.3), dtype), random_images(N, 1, 1, B, A).astype(dtype)
    w = random_images(N + 1, 1, 1, N, N).astype(dtype)

    def seen(raw):
        att = attn.attention(raw, A, B, N)
        return anp.sum(attn.glimpse(x, att, N)) + anp.sum(attn.write(w, att, A, B))

    by_autograd = grad(seen)(raw)
    att, grid = by_hand.attention_forward(raw, A, B, N)
    patch, looking = by_hand.glimpse_forward(x, att, N)
    strokes, writing = by_hand.write_forward(w, att, A, B)
    _, d_read = by_hand.glimpse_backward(np.ones_like(patch), looking)
    _, d_write = by_hand.write_backward(np.ones_like(strokes), writing)
    manual = sum(by_hand.attention_backward(d, grid) for d in (d_read, d_write))
    for F in attn.filterbanks(att, A, B, N):
        assert np.all(np.abs(F.astype(float).sum(axis=-1) - 1) <= 1e-6)
    for values in (*att, patch, strokes, by_autograd, manual):
        assert values.dtype == dtype and np.all(np.isfinite(values))
    if abs(width) > attn.WIDTHS:
        assert by_autograd[0, 2] == manual[0, 2] == 0


def test_above_the_limit_nothing_is_held():
    """At -39 the five numbers are exactly those of Eqs. 22 to 24."""
    raw = row((0.5, -0.5, -39.0, -19.0, 19.0))
    att = attn.attention(raw, 28, 28, 5)
    expected = 21.75, 7.25, 27 / 4 * math.exp(-19), math.exp(-39), math.exp(19)
    assert [v[0] for v in att] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("before", [(), (4,), (4, 5)])
def test_the_last_two_axes_are_swapped_whatever_comes_before(before):
    F = np.arange(np.prod((*before, 2, 3))).reshape(*before, 2, 3)
    swapped = attn.transpose(F)
    assert swapped.shape == (*before, 3, 2)
    for i, j in np.ndindex(2, 3):
        np.testing.assert_array_equal(swapped[..., j, i], F[..., i, j])
