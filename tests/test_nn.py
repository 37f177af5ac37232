"""Affine maps, the two nonlinearities, the initialisers."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import numbers, random_images, seeds

from draw_np import gradcheck, nn


@given(M=st.integers(1, 3), D=st.integers(1, 4), K=st.integers(1, 4), seed=seeds)
@example(M=1, D=1, K=1, seed=0)
def test_affine_is_x_W_plus_b(M, D, K, seed):
    x, W, b = random_images(seed, M, D), random_images(seed, D, K), random_images(seed, K)
    y = nn.affine(x, W, b)
    assert y.shape == (M, K)
    for m in range(M):
        for k in range(K):
            slow = b[k] + math.fsum(x[m, d] * W[d, k] for d in range(D))
            assert y[m, k] == pytest.approx(slow, rel=1e-12, abs=1e-12)


def test_sigmoid_by_pencil():
    # odds of 1, 3 and 1/3
    c = np.array([0.0, math.log(3), -math.log(3)])
    assert nn.sigmoid(c) == pytest.approx([1 / 2, 3 / 4, 1 / 4], rel=1e-14)


@given(v=numbers(-700, 700))
@example(v=0.0)
def test_sigmoid_is_the_logistic_function(v):
    x = np.array([v])
    assert nn.sigmoid(x)[0] == pytest.approx(1 / (1 + math.exp(-v)), rel=1e-12, abs=1e-15)
    assert nn.sigmoid(x) + nn.sigmoid(-x) == pytest.approx(1, rel=1e-14)


def test_softplus_by_pencil():
    # log(1 + e^0) = log 2, log(1 + 3) and log(1 + 1/3)
    x = np.array([0.0, math.log(3), -math.log(3)])
    assert nn.softplus(x) == pytest.approx([math.log(2), math.log(4), math.log(4 / 3)], rel=1e-14)


@given(v=numbers(-700, 700))
@example(v=0.0)
def test_softplus_is_log_one_plus_exp(v):
    x = np.array([v])
    assert nn.softplus(x)[0] == pytest.approx(math.log1p(math.exp(v)), rel=1e-12)
    assert nn.softplus(x) - nn.softplus(-x) == pytest.approx(x, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_nonlinearities_neither_overflow_nor_change_dtype(dtype):
    x = np.array([-1e4, -50, 0, 50, 1e4], dtype)
    with np.errstate(over="raise", invalid="raise"):
        low, high = nn.sigmoid(x), nn.softplus(x)
    assert low.dtype == high.dtype == dtype
    assert low == pytest.approx([0, 0, 0.5, 1, 1], abs=1e-6)
    assert high == pytest.approx([0, 0, math.log(2), 50, 1e4], rel=1e-6, abs=1e-6)


def test_gradients():
    point = {"x": random_images(1, 2, 3), "W": random_images(2, 3, 4), "b": random_images(3, 4)}
    weight = random_images(4, 2, 4)
    for f in (lambda v: v, nn.sigmoid, nn.softplus):
        verdict = gradcheck.check(
            lambda p, f=f: (weight * f(nn.affine(p["x"], p["W"], p["b"]))).sum(), point
        )
        assert verdict.ok, verdict


def test_scaled_normal_keeps_the_variance_of_its_input():
    rng = np.random.default_rng(0)
    for D, scale in [(4, 1.0), (100, 1.0), (100, 0.05)]:
        W = nn.scaled_normal(rng, D, 20_000 // D, scale)
        # 20,000 draws: the standard deviation is known to half a per cent
        assert W.std() == pytest.approx(scale / math.sqrt(D), rel=0.03)
        assert abs(W.mean()) < 5 * scale / math.sqrt(D * 20_000)


def test_a_new_linear_map_has_two_arrays_and_no_bias():
    new = nn.linear_map(np.random.default_rng(0), "name", 3, 2)
    assert {name: value.shape for name, value in new.items()} == {"name.W": (3, 2), "name.b": (2,)}
    assert not new["name.b"].any()
    assert np.unique(new["name.W"]).size == 6  # no two weights the same
