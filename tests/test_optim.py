"""Adam, clipping and schedules against numbers worked by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from draw_np.training import optim, schedules


def test_adam_by_hand():
    """Two updates with g = 1 and then g = -3, lr 0.1, worked with a pencil.

    t = 1: m = 0.1, v = 0.001; unbiased 1 and 1; step 0.1.
    t = 2: m = 0.09 - 0.3 = -0.21, v = 0.000999 + 0.009 = 0.009999; unbiased by
    1 - 0.81 = 0.19 and 1 - 0.998001 = 0.001999: -1.1052631..., 5.0020010...
    """
    params = {"a": np.array([1.0])}
    adam = optim.Adam.for_parameters(params)
    adam.update(params, {"a": np.array([1.0])}, 0.1)
    assert params["a"][0] == pytest.approx(0.9, abs=1e-8)
    adam.update(params, {"a": np.array([-3.0])}, 0.1)
    step = 0.1 * (0.21 / 0.19) / math.sqrt(0.009999 / 0.001999)
    assert params["a"][0] == pytest.approx(0.9 + step, abs=1e-8)
    assert adam.t == 2


def test_adam_keeps_the_dtype_and_finds_a_minimum():
    params = {"a": np.array([3.0, -2.0], np.float32)}
    adam = optim.Adam.for_parameters(params)
    for _ in range(500):
        adam.update(params, {"a": 2 * params["a"]}, 0.05)
    assert params["a"].dtype == adam.m["a"].dtype == np.float32
    assert np.all(np.abs(params["a"]) < 1e-2)


def test_epsilon_is_added_to_the_root():
    """A gradient as small as epsilon: half a step. Within the root it would be none of that."""
    for size, step in ((1e-8, 0.1 / 2), (3e-8, 0.1 * 3 / 4)):
        params = {"a": np.zeros(1)}
        optim.Adam.for_parameters(params).update(params, {"a": np.array([size])}, 0.1)
        assert params["a"][0] == pytest.approx(-step, rel=1e-6)


def test_other_constants_and_a_pace_for_each_parameter():
    """beta1 = 0: the step is lr, whatever came before; "slow" goes a quarter of the way."""
    params = {"a": np.zeros(1), "slow": np.zeros(1)}
    adam = optim.Adam.for_parameters(
        params, beta1=0.0, beta2=0.0, pace=lambda name: 0.25 if name == "slow" else 1.0
    )
    for g in (5.0, -2.0, -0.1):
        adam.update(params, {name: np.array([g]) for name in params}, 0.1)
    assert params["a"][0] == pytest.approx(0.1) and params["slow"][0] == pytest.approx(0.025)


vectors = st.lists(st.floats(-100, 100), min_size=1, max_size=5)


@given(vectors, vectors, st.floats(0.1, 50))
def test_clipping_keeps_the_direction_and_bounds_the_norm(a, b, limit):
    g = {"a": np.array(a), "b": np.array(b)}
    clipped, norm = optim.clip_by_global_norm(g, limit)
    assert norm == pytest.approx(math.sqrt(sum(v * v for v in a + b)))
    if norm <= limit:
        assert clipped is g
    else:
        assert optim.global_norm(clipped) == pytest.approx(limit)
        for name in g:
            np.testing.assert_allclose(clipped[name], g[name] * limit / norm)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clipping_reports_a_gradient_that_is_not_finite_and_leaves_it(wrong, dtype):
    """What is wrong must be found in the gradient itself: zeroed, it names the wrong culprit."""
    gradient = {"a": np.array([1.0, 2.0], dtype), "b": np.array([wrong, 1.0], dtype)}
    clipped, norm = optim.clip_by_global_norm(gradient, 10)
    assert not np.isfinite(norm)
    assert clipped is gradient


@pytest.mark.parametrize(
    ("dtype", "size"),
    [(np.float32, s) for s in (1e18, 2e19, 1e25, 3e38)] + [(np.float64, s) for s in (1e155, 1e300)],
)
def test_huge_gradients_are_clipped_in_their_own_direction(dtype, size):
    """Their squares are beyond the precision: the norm is not, and nothing becomes 0 or NaN."""
    parts = {"a": np.array([3.0, 0.0]), "b": np.array([[0.0], [-4.0]]), "c": np.zeros((0, 2))}
    gradient = {name: (v / 4 * size).astype(dtype) for name, v in parts.items()}
    clipped, norm = optim.clip_by_global_norm(gradient, 5.0)
    assert norm == pytest.approx(5 / 4 * size, rel=1e-5)
    for name, v in parts.items():
        assert clipped[name].dtype == dtype and clipped[name] == pytest.approx(v, rel=1e-5)


def test_clipping_keeps_float32():
    clipped, _ = optim.clip_by_global_norm({"a": np.full(3, 100, np.float32)}, 1.0)
    assert clipped["a"].dtype == np.float32


def test_a_gradient_of_other_names_is_refused():
    adam, p = optim.Adam.for_parameters({"a": np.ones(2)}), {"a": np.ones(2)}
    for gradient in ({}, {"b": np.ones(2)}, {"a": np.ones(2), "b": np.ones(2)}):
        with pytest.raises(ValueError, match="have different names: give those of one network"):
            adam.update(p, gradient, 0.1)
    assert adam.t == 0 and p["a"].tolist() == [1, 1]
    with pytest.raises(ValueError, match="there are no arrays"):
        optim.clip_by_global_norm({}, 1.0)


def test_schedules():
    assert schedules.constant(77, 100, 0.3) == 0.3
    cosine = [schedules.cosine(s, 100, 2.0) for s in (0, 25, 50, 100, 130)]
    assert cosine == pytest.approx([2.0, 1 + math.sqrt(0.5), 1.0, 0.0, 0.0])
    assert schedules.warm_cosine(0, 1000, 1.0) == pytest.approx(0.01)
    assert schedules.warm_cosine(500, 1000, 1.0) == schedules.cosine(500, 1000, 1.0)


def test_stable_warms_up_stays_and_goes_down_over_the_last_tenth():
    rate = [schedules.stable(s, 2000, 2.0) for s in range(2001)]
    assert rate[0] == pytest.approx(0.02) and rate[49] == pytest.approx(1.0)
    assert rate[99:1801] == [2.0] * 1702
    assert rate[1900] == pytest.approx(1.0) and rate[1999] == pytest.approx(2.0 / 200)
    assert rate[2000] == 0 and schedules.stable(2300, 2000, 2.0) == 0


def test_stable_does_not_know_where_it_ends_until_it_goes_down():
    for steps in (2000, 3000, 150_000):
        assert [schedules.stable(s, steps, 1.0) for s in range(1800)] == [
            schedules.stable(s, 2000, 1.0) for s in range(1800)
        ]


def test_a_schedule_is_found_by_its_name():
    assert {name: schedules.find(name) for name in schedules.SCHEDULES} == schedules.SCHEDULES
    with pytest.raises(ValueError, match="no schedule 'steps': choose one of constant, cosine"):
        schedules.find("steps")


@pytest.mark.parametrize(
    ("given_weights", "rate"),
    [(False, 2 * 0.5 * (1 + math.cos(math.pi * 20 / 400))), (True, 2 * 0.21 * 0.9938441702975689)],
)
def test_a_run_with_others_weights_counts_from_there_and_warms_up(given_weights, rate):
    """At step 120 of 500 of a cosine of rate 2 that began at 100: step 20 of 400, the 21st."""
    recipe = SimpleNamespace(schedule="cosine", steps=500, lr=2.0)
    run = SimpleNamespace(recipe=recipe, step=120, origin=100, given_weights=given_weights)
    assert schedules.rate(run) == pytest.approx(rate)
