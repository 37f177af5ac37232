"""Both engines on an array library that is not NumPy, and what goes over to it and back.

Most of it runs on a stand-in that follows CuPy's rules (``strict_cupy``) and needs no GPU.
The tests marked ``gpu`` repeat it with CuPy where there is one.
"""

import sys

import numpy as np
import pytest
import strict_cupy
from autograd import grad
from strategies import CONFIGS, glimpse_problem, problem

from draw_np import backend, engines, glimpse, model, tasks
from draw_np.manual import model as plain
from draw_np.manual import unrolled


@pytest.fixture
def cupy(monkeypatch):
    """The stand-in in the place of CuPy, ready for both engines."""
    monkeypatch.setitem(sys.modules, "cupy", strict_cupy.module())
    monkeypatch.setattr(unrolled, "_idle", [])
    xp = backend.library("gpu")
    strict_cupy.TRANSFERS.clear()
    return xp


@pytest.fixture
def gpu():
    """CuPy itself; tests that ask for it are marked and skipped where there is no GPU."""
    unrolled._idle.clear()
    yield backend.library("gpu")
    unrolled._idle.clear()


def by_blocks(params, x, eps, config):
    """The hand-derived blocks, not arranged for speed."""
    terms, cache = plain.loss_forward(params, x, eps, config)
    return terms, plain.loss_backward(1.0, cache)


DRAW_ENGINES = {
    "blocks": by_blocks,
    **{name: engine.terms_and_gradient for name, engine in engines.ENGINES.items()},
}
every_engine = pytest.mark.parametrize("engine", DRAW_ENGINES)


def assert_agree(xp, engine, config, params, x, beside, rtol, atol):
    """An engine's terms and gradient in the library ``xp`` are those in NumPy."""
    here, gradient = engine(params, x, beside, config)
    moved = backend.to_library(xp, (params, x, beside))
    there, gradient_there = engine(*moved, config)
    for mine in (*there, *gradient_there.values()):
        assert type(mine) is xp.ndarray
    there, gradient_there = backend.to_host((there, gradient_there))
    assert gradient_there.keys() == gradient.keys()
    for name, expected in {**gradient, **here._asdict()}.items():
        mine = {**gradient_there, **there._asdict()}[name]
        assert mine.dtype == expected.dtype and mine.shape == np.shape(expected)
        np.testing.assert_allclose(mine, expected, rtol=rtol, atol=atol, err_msg=name)


# ---------------------------------------------------------------- on the stand-in


@every_engine
@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_terms_and_gradient_there_are_those_here(cupy, engine, name):
    config, params, x, eps = problem(name)
    assert_agree(cupy, DRAW_ENGINES[engine], config, params, x, eps, 1e-10, 1e-12)


@pytest.mark.parametrize("engine", sorted(tasks.GLIMPSE.engines))
def test_a_classifier_learns_there_too(cupy, engine):
    config, params, x, labels = glimpse_problem()
    engine = tasks.GLIMPSE.engines[engine].terms_and_gradient
    assert_agree(cupy, engine, config, params, x, labels, 1e-10, 1e-12)


def test_both_engines_losses_can_be_differentiated_there(cupy):
    config, params, x, eps = problem("attention")
    there = backend.to_library(cupy, (params, x, eps))
    for engine in engines.ENGINES.values():
        mine = grad(engine.loss)(*there, config)
        for name, expected in grad(engine.loss)(params, x, eps, config).items():
            np.testing.assert_allclose(backend.to_host(mine[name]), expected, 1e-10, 1e-12)
    config, params, x, labels = glimpse_problem()
    there = backend.to_library(cupy, (params, x, labels))
    for engine in tasks.GLIMPSE.engines.values():
        mine = grad(engine.loss)(*there, config)
        for name, expected in grad(engine.loss)(params, x, labels, config).items():
            np.testing.assert_allclose(backend.to_host(mine[name]), expected, 1e-10, 1e-12)


def test_what_a_network_is_asked_for_is_computed_there(cupy):
    config, params, x, eps = problem("attention")
    p_there, x_there, eps_there = backend.to_library(cupy, (params, x, eps))
    drawn = model.reconstruct(p_there, x_there, eps_there, config)
    dreamt = model.generate(p_there, eps_there, config)
    for here, there in (
        (model.reconstruct(params, x, eps, config), drawn),
        (model.generate(params, eps, config), dreamt),
    ):
        np.testing.assert_allclose(backend.to_host(there.c), here.c, 1e-10)
        for a, b in zip(backend.to_host(there.writing), here.writing, strict=True):
            np.testing.assert_allclose(a, b, 1e-10)
    config, params, x, _ = glimpse_problem()
    p, _ = glimpse.classify(*backend.to_library(cupy, (params, x)), config)
    np.testing.assert_allclose(backend.to_host(p), glimpse.classify(params, x, config)[0], 1e-10)
