"""The Bernoulli term from logits."""

import math

import goldens
import numpy as np
import pytest
from autograd import elementwise_grad
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import random_images, seeds

from draw_np import gradcheck, likelihood, nn


def images(values):
    return np.array(values, dtype=float).reshape(1, 1, 1, -1)


def test_nll_by_pencil():
    # p = 3/4: a 1 costs -log(3/4), a 0 costs -log(1/4); at p = 1/2 every pixel costs log 2
    c = images([math.log(3), math.log(3), 0, 0])
    nll = likelihood.bernoulli_nll(images([1, 0, 1, 0]), c)
    assert nll == pytest.approx([math.log(4 / 3) + math.log(4) + 2 * math.log(2)], rel=1e-14)


def test_nll_is_a_sum_over_pixels_and_channels():
    for shape in [(1, 1, 1), (1, 28, 28), (3, 5, 4)]:
        x = (random_images(0, 2, *shape) > 0).astype(float)
        nll = likelihood.bernoulli_nll(x, np.zeros((2, *shape)))
        assert nll == pytest.approx([math.prod(shape) * math.log(2)] * 2, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nll_at_logits_of_50(dtype):
    """A sure pixel costs nothing when right and 50 nats when wrong."""
    x, c = images([1, 0, 1, 0]).astype(dtype), images([50, -50, -50, 50]).astype(dtype)
    nll = likelihood.bernoulli_nll(x, c)
    assert nll.dtype == dtype
    assert nll == pytest.approx([100], rel=1e-6)
    assert likelihood.bernoulli_nll(x[..., :2], c[..., :2]) == pytest.approx([0], abs=1e-6)
    assert likelihood.bernoulli_nll(x[..., 2:], 20 * c[..., 2:]) == pytest.approx([2000], rel=1e-6)


@given(M=st.integers(1, 2), C=st.integers(1, 3), A=st.integers(1, 4), B=st.integers(1, 3), s=seeds)
@example(M=1, C=1, A=1, B=1, s=0)
def test_nll_is_minus_the_log_of_the_probability(M, C, A, B, s):
    rng = np.random.default_rng(s)
    x, c = rng.integers(0, 2, (M, C, B, A)).astype(float), 3 * rng.standard_normal((M, C, B, A))
    nll = likelihood.bernoulli_nll(x, c)
    assert nll.shape == (M,)
    for m in range(M):
        assert nll[m] == pytest.approx(goldens.bernoulli(x[m].tolist(), c[m].tolist()), rel=1e-10)


def test_gradient_is_sigmoid_minus_x():
    x, c = (random_images(0, 2, 3, 4, 5) > 0).astype(float), random_images(1, 2, 3, 4, 5)
    slope = elementwise_grad(lambda c: likelihood.bernoulli_nll(x, c))(c)
    assert slope == pytest.approx(nn.sigmoid(c) - x, rel=1e-12, abs=1e-14)
    verdict = gradcheck.check(lambda p: likelihood.bernoulli_nll(x, p["c"]).sum(), {"c": c})
    assert verdict.ok, verdict
