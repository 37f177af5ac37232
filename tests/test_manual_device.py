"""The gradients by hand on an array library that is not NumPy.

There need be no GPU for this: ``Device`` stands in for CuPy's array. It refuses, as CuPy
does, to meet NumPy's arrays, and also every way back to the host, which CuPy would
allow but which makes a GPU wait.
"""

import sys
import types

import numpy as np
import pytest
from strategies import CONFIGS, problem

from draw_np.backend import array_module
from draw_np.manual import model as plain
from draw_np.manual import unrolled


class Device(np.ndarray):
    """An array that works with its own kind and with Python's numbers only."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **kwargs):
        for v in (*inputs, *out):
            if isinstance(v, np.ndarray) and not isinstance(v, Device):
                raise TypeError(f"{ufunc.__name__}: an array of the host among the device's")
        out = tuple(map(on_host, out))
        kwargs |= {"out": out} if out else {}
        return on_device(getattr(ufunc, method)(*map(on_host, inputs), **kwargs))

    def __array_function__(self, function, kinds, args, kwargs):
        raise TypeError(f"numpy.{function.__name__} was called on an array of the device")

    def to_host(self, *_):
        raise TypeError("a value of the device was asked for on the host")

    __float__ = __int__ = __bool__ = item = tolist = to_host

    def sum(self, axis=None, out=None, keepdims=False):
        out = None if out is None else on_host(out)
        return on_device(on_host(self).sum(axis=axis, out=out, keepdims=keepdims))


Device.__module__ = "cupy"


def on_host(v):
    return v.view(np.ndarray) if isinstance(v, Device) else v


def on_device(v):
    return np.asarray(v).view(Device) if isinstance(v, np.ndarray | np.generic) else v


def cupy():
    """A module with the functions that the blocks use, by CuPy's names."""
    module = types.ModuleType("cupy")

    def wrapped(function):
        def call(first, *args, **kwargs):
            listed = isinstance(first, list | tuple)
            first = type(first)(map(on_host, first)) if listed else on_host(first)
            found = function(first, *map(on_host, args), **kwargs)
            return list(map(on_device, found)) if isinstance(found, list) else on_device(found)

        return call

    ufuncs = "add subtract multiply divide negative matmul tanh exp log abs rint maximum minimum"
    others = "empty ones zeros empty_like zeros_like asarray arange stack concatenate split"
    others += " broadcast_to round clip"
    for name in [*ufuncs.split(), "logaddexp"]:
        setattr(module, name, getattr(np, name))
    for name in others.split():
        setattr(module, name, wrapped(getattr(np, name)))
    return module


@pytest.fixture
def device(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", cupy())
    monkeypatch.setattr(unrolled, "_idle", [])
    return on_device


def plain_terms_and_gradient(params, x, eps, config):
    terms, cache = plain.loss_forward(params, x, eps, config)
    return terms, plain.loss_backward(1.0, cache)


@pytest.mark.parametrize("name", sorted(CONFIGS))
@pytest.mark.parametrize("engine", [plain_terms_and_gradient, unrolled.terms_and_gradient])
def test_terms_and_gradient_stay_on_the_device(device, engine, name):
    config, params, x, eps = problem(name)
    terms, gradient = engine(params, x, eps, config)
    there = {key: device(value.copy()) for key, value in params.items()}
    terms_there, gradient_there = engine(there, device(x), device(eps), config)
    assert gradient.keys() == gradient_there.keys()
    expected = dict(gradient, L_x=terms.L_x, L_z=terms.L_z)
    for key, mine in dict(gradient_there, L_x=terms_there.L_x, L_z=terms_there.L_z).items():
        assert type(mine) is Device, key
        np.testing.assert_allclose(on_host(mine), expected[key], rtol=1e-10, atol=1e-12)


def test_the_stand_in_stands_apart(device):
    """Were it to let everything pass, the test above would show nothing."""
    v = device(np.ones(3))
    assert array_module(v) is sys.modules["cupy"] and array_module(np.ones(3)) is np
    for host in (
        lambda: v + np.ones(3),
        lambda: np.add(np.ones(3), 1, out=v),
        lambda: np.concatenate([v, v]),
        lambda: float(v.sum()),
    ):
        with pytest.raises(TypeError):
            host()
