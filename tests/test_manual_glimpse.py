"""The classifier by hand against the readable one: value, autograd's gradient, differences."""

import itertools

import numpy as np
import pytest
from autograd import value_and_grad
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import glimpse_problem

from draw_np import glimpse, gradcheck
from draw_np.glimpse import GlimpseConfig
from draw_np.manual import glimpse as by_hand
from draw_np.training import tasks

configs = st.builds(
    GlimpseConfig,
    A=st.integers(1, 7),
    B=st.integers(1, 7),
    C=st.sampled_from([1, 3]),
    T=st.integers(1, 4),
    H=st.integers(1, 5),
    N=st.integers(1, 4),
    K=st.integers(1, 4),
)


def assert_equal(mine, theirs):
    """||a - b|| <= 1e-10 ||a|| + 1e-13 of the whole gradient's norm, group by group."""
    assert mine.keys() == theirs.keys()
    whole = np.sqrt(sum(np.sum(a**2) for a in theirs.values()))
    for name, a in theirs.items():
        b = mine[name]
        assert b.shape == a.shape and b.dtype == a.dtype, name
        assert np.linalg.norm(a - b) <= 1e-10 * np.linalg.norm(a) + 1e-13 * whole, name


@settings(max_examples=40)
@given(configs, st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_any_classifier(config, M, seed):
    rng = np.random.default_rng(seed)
    params = glimpse.initialise(rng, config, dtype=np.float64)
    params = {name: v + 0.3 * rng.standard_normal(v.shape) for name, v in params.items()}
    x, labels = rng.random((M, *config.image_shape)), rng.integers(config.K, size=M)
    loss, theirs = value_and_grad(glimpse.loss)(params, x, labels, config)
    terms, mine = by_hand.terms_and_gradient(params, x, labels, config)
    assert terms.cross_entropy == pytest.approx(loss, rel=1e-12, abs=1e-14)
    assert terms.error == pytest.approx(glimpse.terms(params, x, labels, config).error.mean())
    assert_equal(mine, theirs)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_number_of_threads(threads, monkeypatch):
    config, params, x, labels = glimpse_problem()
    ends = np.linspace(0, len(x), threads + 1).astype(int)
    rows = [slice(a, b) for a, b in itertools.pairwise(ends)]
    monkeypatch.setattr(by_hand, "shares", lambda xp, M: rows)
    terms, mine = by_hand.terms_and_gradient(params, x, labels, config)
    loss, theirs = value_and_grad(glimpse.loss)(params, x, labels, config)
    assert terms.cross_entropy == pytest.approx(loss, rel=1e-12)
    assert terms.error == pytest.approx(glimpse.terms(params, x, labels, config).error.mean())
    assert_equal(mine, theirs)


def test_by_finite_differences():
    config, params, x, labels = glimpse_problem()
    _, mine = by_hand.terms_and_gradient(params, x, labels, config)

    def loss(p):
        return by_hand.terms_and_gradient(p, x, labels, config)[0].cross_entropy

    verdict = gradcheck.check(loss, params, mine)
    assert verdict.ok, str(verdict)


def test_cross_entropy_block_alone():
    rng = np.random.default_rng(0)
    logits, labels, d = 3 * rng.standard_normal((6, 4)), rng.integers(4, size=6), rng.random(6)
    (cross_entropy, error), cache = by_hand.cross_entropy_forward(logits, labels)
    plain = glimpse.judged(logits, labels)
    np.testing.assert_allclose(cross_entropy, plain.cross_entropy, rtol=1e-13)
    np.testing.assert_array_equal(error, plain.error)

    def scalar(point):
        return (d * glimpse.judged(point["logits"], labels).cross_entropy).sum()

    mine = {"logits": by_hand.cross_entropy_backward(d, cache)}
    verdict = gradcheck.check(scalar, {"logits": logits}, mine)
    assert verdict.ok, str(verdict)


@pytest.mark.parametrize("name", ["manual", "autograd"])
def test_both_engines_are_one_call(name):
    config, params, x, labels = glimpse_problem()
    engine = tasks.GLIMPSE.engines[name]
    loss, slopes = value_and_grad(lambda p: glimpse.loss(p, x, labels, config))(params)
    terms, gradient = engine.terms_and_gradient(params, x, labels, config)
    assert terms.cross_entropy == pytest.approx(loss, rel=1e-12)
    assert_equal(slopes, gradient)


def test_float32_stays_and_is_close():
    config, params, x, labels = glimpse_problem()
    single = {name: v.astype(np.float32) for name, v in params.items()}
    terms, rough = by_hand.terms_and_gradient(single, x, labels, config)
    _, fine = by_hand.terms_and_gradient(params, x, labels, config)
    assert {v.dtype for v in (terms.cross_entropy, *rough.values())} == {np.dtype(np.float32)}
    for name, slope in fine.items():
        assert rough[name] == pytest.approx(slope, abs=1e-4 * np.abs(slope).max()), name
