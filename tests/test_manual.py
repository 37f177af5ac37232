"""Every block by hand against the readable block: value, autograd's VJP, finite differences."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st

from draw_np import attention, gradcheck, latent, likelihood, lstm, nn
from draw_np.attention import Attention
from draw_np.manual import attention as manual_attention
from draw_np.manual import latent as manual_latent
from draw_np.manual import likelihood as manual_likelihood
from draw_np.manual import lstm as manual_lstm
from draw_np.manual import nn as manual_nn

M, C, B, A, N, H, Z = 2, 2, 5, 4, 3, 3, 2
GRID = dict.fromkeys(Attention._fields, (M,))

# name: the readable block, the module of the one by hand, shapes of its inputs in
# their order, the sizes that follow them
BLOCKS = {
    "affine": (nn.affine, manual_nn, {"x": (M, C), "W": (C, N), "b": (N,)}, ()),
    "sigmoid": (nn.sigmoid, manual_nn, {"x": (M, N)}, ()),
    "tanh": (anp.tanh, manual_nn, {"x": (M, N)}, ()),
    "softplus": (nn.softplus, manual_nn, {"x": (M, N)}, ()),
    "lstm": (
        lstm.lstm,
        manual_lstm,
        {"x": (M, C), "h": (M, H), "s": (M, H), "W": (C + H, 4 * H), "b": (4 * H,)},
        (),
    ),
    "sample": (
        latent.sample,
        manual_latent,
        {"mu": (M, Z), "log_sigma": (M, Z), "eps": (M, Z)},
        (),
    ),
    "kl": (latent.kl_to_prior, manual_latent, {"mu": (M, Z), "log_sigma": (M, Z)}, ()),
    "bernoulli": (
        likelihood.bernoulli_nll,
        manual_likelihood,
        {"x": (M, C, B, A), "c": (M, C, B, A)},
        (),
    ),
    "attention": (attention.attention, manual_attention, {"raw": (M, 5)}, (A, B, N)),
    "filter_centres": (
        attention.filter_centres,
        manual_attention,
        {"g": (M,), "delta": (M,)},
        (N,),
    ),
    "filterbank": (
        attention.filterbank,
        manual_attention,
        {"mu": (M, N), "sigma2": (M,)},
        (A,),
    ),
    "filterbanks": (attention.filterbanks, manual_attention, {"att": GRID}, (A, B, N)),
    "glimpse": (
        attention.glimpse,
        manual_attention,
        {"x": (M, C, B, A), "att": GRID},
        (N,),
    ),
    "read": (
        attention.read,
        manual_attention,
        {"x": (M, C, B, A), "x_hat": (M, C, B, A), "att": GRID},
        (N,),
    ),
    "read_all": (
        attention.read_all,
        manual_attention,
        {"x": (M, C, B, A), "x_hat": (M, C, B, A)},
        (),
    ),
    "write": (
        attention.write,
        manual_attention,
        {"w": (M, C, N, N), "att": GRID},
        (A, B),
    ),
}
GIVEN = {"sample": {"eps"}, "bernoulli": {"x"}}  # inputs whose derivative nobody asks for


def draw(rng, name, shape, dtype=np.float64):
    """Values at which derivatives are of order 1: positive, or inside the image, if need be."""
    if name in ("sigma2", "delta", "gamma"):
        return rng.uniform(0.6, 2, shape).astype(dtype)
    if name in ("g_X", "g_Y", "mu"):
        return rng.uniform(0.5, A, shape).astype(dtype)
    return rng.uniform(-1, 1, shape).astype(dtype)


class Block:
    """One block at one point. Inputs are kept flat: a grid's five numbers by their names."""

    def __init__(self, name, seed=0, dtype=np.float64):
        self.plain, module, self.shapes, self.sizes = BLOCKS[name]
        self.asked = [k for k in self.shapes if k not in GIVEN.get(name, ())]
        self.forward = getattr(module, f"{name}_forward")
        self.backward = getattr(module, f"{name}_backward")
        self.rng = np.random.default_rng(seed)
        self.point = {k: draw(self.rng, k, s, dtype) for k, s in self.flat(self.shapes).items()}

    @staticmethod
    def flat(values):
        others = {k: v for k, v in values.items() if k != "att"}
        att = values.get("att")
        return others | (att if isinstance(att, dict) else att._asdict() if att else {})

    def arguments(self, point):
        att = [Attention(*(point[k] for k in Attention._fields))] if "att" in self.shapes else []
        return [*(point[k] for k in self.shapes if k != "att"), *att, *self.sizes]

    def run(self):
        """The outputs, as a tuple, and the cache."""
        out, cache = self.forward(*self.arguments(self.point))
        return out if isinstance(out, tuple) else (out,), cache

    def derivatives(self, d, cache):
        """From d of the outputs, by name."""
        if self.plain is attention.attention:
            return {"raw": self.backward(Attention(*d), cache)}
        found = self.backward(*d, cache)
        found = found if type(found) is tuple else (found,)
        return self.flat(dict(zip(self.asked, found, strict=True)))

    def scalar(self, d):
        """sum d out of the readable block, as a function of some of the inputs."""

        def f(some):
            out = self.plain(*self.arguments({**self.point, **some}))
            out = out if isinstance(out, tuple) else (out,)
            return sum(anp.sum(dv * v) for dv, v in zip(d, out, strict=True))

        return f


def assert_equal(mine, theirs):
    """||a - b|| <= 1e-10 ||a|| + 1e-13 of the whole gradient's norm, group by group."""
    assert set(mine) == set(theirs)
    whole = np.sqrt(sum(np.sum(a**2) for a in theirs.values()))
    for name, a in theirs.items():
        b = mine[name]
        assert b.shape == a.shape and b.dtype == a.dtype, name
        assert np.linalg.norm(a - b) <= 1e-10 * np.linalg.norm(a) + 1e-13 * whole, name


@pytest.mark.parametrize("name", BLOCKS)
@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_block(name, seed):
    block = Block(name, seed)
    out, cache = block.run()
    plain = block.plain(*block.arguments(block.point))
    for mine, theirs in zip(out, plain if isinstance(plain, tuple) else (plain,), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-13, atol=1e-14)
    d = [block.rng.standard_normal(v.shape) for v in out]
    mine = block.derivatives(d, cache)
    asked = {key: block.point[key] for key in mine}
    assert_equal(mine, grad(block.scalar(d))(asked))
    verdict = gradcheck.check(block.scalar(d), asked, mine, entries=4)
    assert verdict.ok, str(verdict)


@pytest.mark.parametrize("name", BLOCKS)
def test_float32_stays(name):
    block = Block(name, dtype=np.float32)
    out, cache = block.run()
    derivatives = block.derivatives([np.ones_like(v) for v in out], cache)
    assert {v.dtype for v in (*out, *derivatives.values())} == {np.dtype(np.float32)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_patch_far_outside_has_finite_derivatives(dtype):
    """At all corners of g~ in [-5, 5], log sigma^2 in [-10, 10], log delta~ in [-4, 4]."""
    corners = np.meshgrid([-5, 5], [-5, 5], [-10, 10], [-4, 4], [-3, 3])
    raw = np.stack([v.ravel() for v in corners], axis=1).astype(dtype)  # (32, 5)
    x = np.random.default_rng(0).random((len(raw), 1, 9, 7)).astype(dtype)
    att, grid = manual_attention.attention_forward(raw, 7, 9, 4)
    patch, reading = manual_attention.glimpse_forward(x, att, 4)
    stroke, writing = manual_attention.write_forward(patch, att, 7, 9)
    dpatch, datt_write = manual_attention.write_backward(np.ones_like(stroke), writing)
    dx, datt_read = manual_attention.glimpse_backward(dpatch, reading)
    draw = [manual_attention.attention_backward(v, grid) for v in (datt_write, datt_read)]
    assert all(np.all(np.isfinite(v)) for v in (patch, stroke, dx, *draw))
