"""The whole loss by hand, plain and arranged for speed, against autograd and finite differences."""

import gc
import importlib
import inspect
import re
import threading
import weakref
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import batch, lively, numbers, seeds

from draw_np import gradcheck, model
from draw_np.config import Config
from draw_np.fast import driver, elementwise, step, workspace
from draw_np.machine import backend
from draw_np.manual import model as plain
from draw_np.training.engines import ENGINES

autograd_gradient = ENGINES["autograd"].terms_and_gradient


def plain_terms_and_gradient(params, x, eps, config):
    terms, cache = plain.loss_forward(params, x, eps, config)
    return terms, plain.loss_backward(1.0, cache)


BY_HAND = {"plain": plain_terms_and_gradient, "fast": driver.terms_and_gradient}
both = pytest.mark.parametrize("by_hand", BY_HAND)

configs = st.builds(
    Config,
    A=st.integers(1, 6),
    B=st.integers(1, 6),
    C=st.sampled_from([1, 3]),
    T=st.integers(1, 3),
    H=st.integers(1, 5),
    Z=st.integers(1, 3),
    N_read=st.none() | st.integers(1, 4),
    N_write=st.none() | st.integers(1, 4),
)


class Problem(NamedTuple):
    """A network, images and noise."""

    params: dict
    x: object
    eps: object
    config: Config


@st.composite
def problems(draw, raw=1.0, dtype=np.float64):
    """Any config, with the heads' five outputs in [-raw, raw] whatever h_dec is."""
    config = draw(configs)
    params = lively(config, draw(seeds))
    params["h_dec_0"] = np.tanh(params["h_dec_0"])
    for name in ("read", "write"):
        if f"{name}.W" in params:
            W = params[f"{name}.W"]
            W *= 0.25 * raw / np.abs(W).sum(axis=0)  # |h_dec| <= 1, so |h W| <= raw / 4
            bias = draw(st.tuples(*[numbers(-1, 1)] * 5))
            params[f"{name}.b"] = 0.75 * raw * np.array(bias)
    params = {name: value.astype(dtype) for name, value in params.items()}
    return Problem(params, *batch(config, draw(st.integers(1, 4)), draw(seeds)), config)


def norm(gradient):
    return np.sqrt(sum(np.sum(np.square(v, dtype=np.float64)) for v in gradient.values()))


def assert_equal(mine, theirs, rtol=1e-10):
    """||a - b|| <= 1e-10 ||a|| + 1e-13 of the whole gradient's norm, group by group."""
    assert mine.keys() == theirs.keys()
    whole = norm(theirs)
    for name, a in theirs.items():
        b = mine[name]
        assert b.shape == a.shape and b.dtype == a.dtype, name
        assert np.linalg.norm(a - b) <= rtol * np.linalg.norm(a) + 1e-13 * whole, name


def assert_same_terms(mine, theirs, rtol=1e-12):
    np.testing.assert_allclose(mine.L_x, theirs.L_x, rtol=rtol)
    np.testing.assert_allclose(mine.L_z, theirs.L_z, rtol=rtol, atol=rtol)


@both
@settings(max_examples=60)
@given(problem=problems())
def test_equal_to_autograd(by_hand, problem):
    theirs, a = autograd_gradient(*problem)
    mine, b = BY_HAND[by_hand](*problem)
    assert_same_terms(mine, theirs)
    assert_equal(b, a)


@both
@settings(max_examples=3)
@given(problem=problems())
def test_equal_to_finite_differences(by_hand, problem):
    _, gradient = BY_HAND[by_hand](*problem)
    verdict = gradcheck.check(
        lambda p: model.loss(p, *problem[1:]), problem.params, gradient, entries=4
    )
    assert verdict.ok, str(verdict)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@both
@settings(max_examples=25)
@given(data=st.data())
def test_finite_beyond(by_hand, dtype, data):
    """Raw attention parameters up to 5 in size: filters outside, razor-thin or flat."""
    problem = data.draw(problems(raw=5.0, dtype=dtype))
    terms, gradient = BY_HAND[by_hand](*problem)
    assert all(np.all(np.isfinite(v)) for v in (*terms, *gradient.values()))
    assert {v.dtype for v in (*terms, *gradient.values())} == {np.dtype(dtype)}


WHOLE = {
    "attention": Config(A=14, B=12, T=6, H=24, Z=5, N_read=3, N_write=5),
    "mnist filters": Config(T=8, H=32, Z=10, N_read=2, N_write=5),
    "no attention": Config(A=14, B=12, T=6, H=24, Z=5, N_read=None, N_write=None),
    "three channels": Config(A=9, B=12, C=3, T=5, H=24, Z=5, N_read=4, N_write=4),
}


@both
@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_float32_is_as_near_to_float64_as_autograd_s(by_hand, name, seed):
    config = WHOLE[name]
    x, eps = batch(config, 20, seed)
    single = lively(config, seed, np.float32)
    eps = eps.astype(np.float32)  # one problem, in both precisions the same
    double = {key: value.astype(float) for key, value in single.items()}
    _, truth = autograd_gradient(double, x, eps, config)

    def distance(engine):
        _, gradient = engine(single, x, eps, config)
        return norm({key: gradient[key] - truth[key] for key in truth})

    assert distance(BY_HAND[by_hand]) <= 2 * distance(autograd_gradient)


def test_manual_is_the_default():
    assert next(iter(ENGINES)) == "manual"


def small(seed=1, dtype=np.float64):
    config = Config(A=5, B=4, T=3, H=4, Z=2, N_read=2, N_write=3)
    return Problem(lively(config, seed, dtype), *batch(config, 3), config)


def test_results_are_not_touched_by_the_next_call():
    first, second = small(), small()._replace(params=small(seed=2).params)
    terms, gradient = driver.terms_and_gradient(*first)
    kept = [np.copy(v) for v in (*terms, *gradient.values())]
    driver.terms_and_gradient(*second)
    for before, now in zip(kept, (*terms, *gradient.values()), strict=True):
        np.testing.assert_array_equal(before, now)


def test_inputs_are_left_alone():
    problem = small()
    kept = [np.copy(v) for v in (*problem.params.values(), problem.x, problem.eps)]
    driver.terms_and_gradient(*problem)
    for before, now in zip(kept, (*problem.params.values(), *problem[1:3]), strict=True):
        np.testing.assert_array_equal(before, now)


def test_two_threads_at_once():
    first, second = small(), small()._replace(params=small(seed=2).params)

    expected = [driver.terms_and_gradient(*p)[1] for p in (first, second)]
    found = [None, None]

    def work(j):
        for _ in range(20):
            found[j] = driver.terms_and_gradient(*(first, second)[j])[1]

    threads = [threading.Thread(target=work, args=(j,)) for j in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine, theirs in zip(found, expected, strict=True):
        assert_equal(mine, theirs)


def test_calls_that_overlap_leave_blas_as_it_was():
    """The second one once found one thread, put that back, and it stayed."""

    def threads():
        return [library["num_threads"] for library in backend.blas()[0].info()]

    def in_a_thread(f):  # of its own: threadpoolctl lets a thread that has ended be overruled
        one = threading.Thread(target=f)
        one.start()
        one.join(20)

    def call(began, leave):
        def work(item):
            if item:
                began.set()
                assert leave.wait(10)
                within.extend(threads())

        backend.in_parallel(work, [1, 0])

    within, limits, before = [], [], threads()
    in_a_thread(lambda: limits.append(backend.blas()[0].limit(limits=3)))
    events = [(threading.Event(), threading.Event()) for _ in range(2)]
    calls = [threading.Thread(target=call, args=pair) for pair in events]
    for one, (began, _) in zip(calls, events, strict=True):
        one.start()
        began.wait(1)  # the second waits for the first
    for one, (_, leave) in zip(calls, events, strict=True):
        leave.set()
        one.join(20)
    left = threads()
    in_a_thread(limits[0].restore_original_limits)
    assert left == [3] * len(before) and set(within) <= {1}
    assert threads() == before


@settings(max_examples=20)
@given(problem=problems(), segments=st.integers(1, 3))
def test_recomputed_segments_give_the_same(problem, segments):
    segments = min(segments, problem.config.T)
    terms, gradient = driver.terms_and_gradient(*problem, segments=segments)
    kept_terms, kept = driver.terms_and_gradient(*problem)
    assert_same_terms(terms, kept_terms)
    assert_equal(gradient, kept)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["attention", "no attention", "three channels"])
@pytest.mark.parametrize("segments", [2, 3, 4, 5, 7])
def test_many_segments_give_what_one_gives(name, segments, dtype):
    """Pieces of equal and unequal lengths, and one a step: with noise and a state of their own."""
    config = replace(WHOLE[name], T=7)
    problem = Problem(lively(config, 2, dtype), *batch(config, 5), config)
    terms, gradient = driver.terms_and_gradient(*problem, segments=segments)
    kept_terms, kept = driver.terms_and_gradient(*problem)
    close = 1e-12 if dtype == np.float64 else 1e-5
    assert_same_terms(terms, kept_terms, close)
    assert_equal(gradient, kept, close)


@pytest.mark.parametrize("segments", [0, 4, -1, 10**9])
def test_segments_are_at_least_one_and_no_more_than_the_steps(segments):
    said = f"segments = {segments}: the 3 steps go into 1 to 3, so give a number between these"
    with pytest.raises(ValueError, match=re.escape(said)):
        driver.terms_and_gradient(*small(), segments=segments)


@pytest.mark.parametrize("name", ["attention", "mnist filters", "three channels"])
@pytest.mark.parametrize("log_sigma2", [-44, -60, -90, -110, -1000, 110])
def test_float32_is_finite_however_thin_or_wide_the_filters(name, log_sigma2):
    """Beyond e^-30 a filter is one pixel, so that nothing changes any more."""
    config = WHOLE[name]
    x, eps = batch(config, 3)

    def at(log_sigma2):
        params = lively(config, 4, np.float32)
        for head in ("read", "write"):
            params[f"{head}.W"][:, 2], params[f"{head}.b"][2] = 0, log_sigma2
        return driver.terms_and_gradient(params, x, eps, config)

    terms, gradient = at(log_sigma2)
    same_terms, same = at(np.copysign(30, log_sigma2))
    assert all(np.all(np.isfinite(v)) for v in (*terms, *gradient.values()))
    assert_same_terms(terms, same_terms, 1e-6)
    assert_equal(gradient, same, 1e-5)


@both
@pytest.mark.parametrize("far", [-50, 50])
def test_a_width_beyond_its_limits_is_held_as_in_the_model(by_hand, far):
    params, x, eps, config = small()
    for head in ("read", "write"):
        params[f"{head}.b"][2] = far
    theirs, a = autograd_gradient(params, x, eps, config)
    mine, b = BY_HAND[by_hand](params, x, eps, config)
    assert_same_terms(mine, theirs)
    assert_equal(b, a)
    assert not np.any(b["read.W"][:, 2]) and not np.any(b["write.b"][2])


@pytest.mark.parametrize("number", [3, 4])
def test_a_stride_or_a_gamma_that_overflows_is_seen(number):
    """As in the model: a run that diverges must not go on with numbers that look sound."""
    params, x, eps, config = small(dtype=np.float32)
    params["read.W"][:, number], params["read.b"][number] = 0, 95
    with np.errstate(over="ignore", invalid="ignore"):
        terms, gradient = driver.terms_and_gradient(params, x, eps, config)
        theirs = model.loss(params, x, eps, config)
    assert not np.isfinite(theirs)
    assert not all(np.all(np.isfinite(v)) for v in (*terms, *gradient.values()))


def test_a_gradient_is_the_same_to_the_bit_on_the_same_number_of_threads(monkeypatch):
    """Cut elsewhere, a sum over the minibatch is rounded elsewhere: then it is only close."""
    config = WHOLE["attention"]
    problem = Problem(lively(config, 1, np.float32), *batch(config, 9), config)

    def gradient(cut):
        monkeypatch.setattr(workspace, "rows_of_parts", lambda xp, M, H: cut)
        monkeypatch.setattr(driver, "_idle", [])
        return driver.terms_and_gradient(*problem)[1]

    halves = [slice(0, 5), slice(5, 9)]
    whole, once, again = gradient([slice(0, 9)]), gradient(halves), gradient(halves)
    assert all(np.array_equal(once[name], again[name]) for name in once)
    assert any(not np.array_equal(once[name], whole[name]) for name in once)
    assert_equal(once, whole, 1e-5)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("segments", [1, 3])
def test_any_number_of_threads_gives_the_same(monkeypatch, name, segments):
    config = WHOLE[name]
    problem = Problem(lively(config, 1), *batch(config, 7), config)
    monkeypatch.setattr(driver, "_idle", [])
    terms, one = driver.terms_and_gradient(*problem, segments=segments)
    monkeypatch.setattr(driver, "_idle", [])
    cut = [slice(0, 3), slice(3, 5), slice(5, 7)]
    monkeypatch.setattr(workspace, "rows_of_parts", lambda xp, M, H: cut)
    three_terms, three = driver.terms_and_gradient(*problem, segments=segments)
    assert len(driver._idle[0].parts) == 3
    assert_same_terms(three_terms, terms)
    assert_equal(three, one)


def test_a_workspace_is_lent_once_at_a_time_and_again():
    params, x, _, config = small()
    lend = partial(driver.lent, params, x, config, 1)
    with lend() as first:
        pass
    with lend() as one, lend() as other:
        assert one is first and other is not one


def test_a_workspace_of_other_sizes_is_not_kept():
    """Without waiting for the garbage collector: it may hold gigabytes."""
    driver.terms_and_gradient(*small())
    kept = weakref.ref(driver._idle[0])
    params, x, eps, config = small()
    gc.disable()
    try:
        driver.terms_and_gradient(params, x[:2], eps[:, :2], config)
        assert kept() is None
    finally:
        gc.enable()


def test_shares_cover_the_minibatch(monkeypatch):
    monkeypatch.setattr(backend, "blas", lambda: (None, 4))
    for M in (1, 31, 32, 63, 64, 100, 1000):
        rows = backend.shares(np, M)
        assert np.concatenate([np.arange(M)[r] for r in rows]).tolist() == list(range(M))
        assert len(rows) == max(1, min(4, M // backend.FEWEST_ROWS))


def test_only_large_networks_go_in_shares(monkeypatch):
    monkeypatch.setattr(backend, "blas", lambda: (None, 2))
    assert workspace.rows_of_parts(np, 100, 256) == backend.shares(np, 100) != [slice(0, 100)]
    assert workspace.rows_of_parts(np, 64, 128) == [slice(0, 64)]  # the preset small
    assert workspace.rows_of_parts(np, 128, 128) == [slice(0, 128)]
    assert workspace.rows_of_parts(np, 8, 4096) == [slice(0, 8)]  # too few images


def test_the_clock_accounts_for_the_whole_call():
    clock = driver.Clock()
    driver.terms_and_gradient(*small(), clock=clock)
    driver.terms_and_gradient(*small(), clock=clock)
    assert {"encoder", "encoder backward", "weight gradients"} <= clock.seconds.keys()
    assert min(clock.seconds.values()) > 0


HELPERS = {"product", "sum_rows", "merge_channels"}  # of no equation


@pytest.mark.parametrize("module", [step, elementwise])
def test_every_function_names_the_one_whose_mathematics_it_is(module):
    """So that whoever reads the fast engine finds the derivation."""
    own = {
        name: f
        for name, f in vars(module).items()
        if inspect.isfunction(f) and f.__module__ == module.__name__
    }
    assert own.keys() & HELPERS == (HELPERS if module is step else set())
    for name in own.keys() - HELPERS:
        named = re.findall(r"``(manual\.\w+)\.(\w+)``", own[name].__doc__)
        assert named, name
        for place, function in named:
            assert hasattr(importlib.import_module(f"draw_np.{place}"), function), (name, function)
