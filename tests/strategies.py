"""What the tests draw on: networks small enough to check, and Hypothesis strategies."""

import numpy as np
from autograd import grad
from hypothesis import strategies as st

from draw_np import glimpse, gradcheck, model, parameters, pyramid
from draw_np.config import Config
from draw_np.glimpse import GlimpseConfig
from draw_np.pyramid import PyramidConfig

# Every way the model can be put together, as small as it goes and with A != B.
CONFIGS = {
    "attention": Config(A=6, B=5, C=1, T=2, H=4, Z=3, N_read=2, N_write=3),
    "no attention": Config(A=4, B=3, C=1, T=2, H=4, Z=3, N_read=None, N_write=None),
    "read only": Config(A=4, B=3, C=1, T=2, H=4, Z=3, N_read=2, N_write=None),
    "write only": Config(A=4, B=3, C=1, T=2, H=4, Z=3, N_read=None, N_write=2),
    "three channels": Config(A=3, B=5, C=3, T=2, H=3, Z=2, N_read=2, N_write=2),
    "one filter": Config(A=4, B=5, C=1, T=2, H=4, Z=2, N_read=1, N_write=1),
    "one step": Config(A=5, B=4, C=1, T=1, H=4, Z=3, N_read=3, N_write=2),
    "one step, no attention": Config(A=4, B=4, C=1, T=1, H=4, Z=3, N_read=None, N_write=None),
    "one pixel": Config(A=1, B=1, C=1, T=2, H=3, Z=2, N_read=2, N_write=1),
}

# Seeds of ``lively`` at which every derivative that should be of order 1 is
SEEDS = {
    "attention": 41,
    "no attention": 27,
    "read only": 15,
    "write only": 29,
    "three channels": 13,
    "one filter": 62,
    "one step": 28,
    "one step, no attention": 61,
    "one pixel": 67,
}


def lively(config, seed, dtype=np.float64):
    """Parameters at which hardly any derivative of the loss is small.

    A new network is nearly linear and its heads hardly move: derivatives of 1e-5
    beside a loss of 20 check nothing. Large weights and open windows do.
    """
    rng = np.random.default_rng(seed)
    params = {name: rng.standard_normal(s) for name, s in parameters.shapes(config).items()}
    for name, value in params.items():
        value *= 2 / value.shape[0] ** 0.5 if name.endswith(".W") else 0.3
    for name, log_gamma in [("read", 1.0), ("write", -1.0)]:
        if f"{name}.W" in params:
            params[f"{name}.W"] *= 0.2
            params[f"{name}.b"][:] = [0.1, -0.2, 0.5, -0.3, log_gamma]
    return {name: value.astype(dtype) for name, value in params.items()}


def batch(config, M=2, seed=11):
    """Binary images and noise: x of shape (M, C, B, A), eps of shape (T, M, Z)."""
    rng = np.random.default_rng(seed)
    x = (rng.random((M, *config.image_shape)) < 0.4).astype(float)
    return x, rng.standard_normal((config.T, M, config.Z))


def problem(name, M=2):
    """Config, parameters, images and noise of one of ``CONFIGS``."""
    config = CONFIGS[name]
    return config, lively(config, SEEDS[name]), *batch(config, M)


def look(params, x, eps, config):
    """Every step of ``model.step`` by hand: states (T + 1) and looks (T)."""
    states, looks = [model.initial_state(params, x.shape[0])], []
    for eps_t in eps:
        state, seen = model.step(params, x, eps_t, states[-1], config)
        states.append(state)
        looks.append(seen)
    return states, looks


def assert_gradient(f, point, still=(), entries=1000):
    """autograd against finite differences, where every group's gradient is of order 1.

    A derivative that is small everywhere would agree with anything. Groups named in
    ``still`` have no effect at all: exactly 0.
    """
    slopes = grad(f)(point)
    for name, slope in slopes.items():
        largest = np.max(np.abs(slope))
        assert largest == 0 if name in still else 0.05 < largest < 100, (name, largest)
    verdict = gradcheck.check(f, point, slopes, entries)
    assert verdict.ok, str(verdict)


def numbers(low, high):
    return st.floats(low, high, allow_nan=False, allow_subnormal=False, width=64)


seeds = st.integers(0, 2**32 - 1)
sides = st.integers(1, 30)  # of an image, in pixels
filters = st.integers(1, 12)  # along one side of a patch
offsets = numbers(-5, 5)  # g~
log_sigma2s = numbers(-10, 10)
log_deltas = numbers(-4, 4)
log_gammas = numbers(-3, 3)
# g~_X, g~_Y, log sigma^2, log delta~, log gamma: the whole range the filters must bear
raws = st.tuples(offsets, offsets, log_sigma2s, log_deltas, log_gammas)


def row(raw, dtype=np.float64):
    """One head's five outputs as an array of shape (1, 5)."""
    return np.array([raw], dtype=dtype)


def random_images(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def glimpse_problem(seed=3, dtype=np.float64):
    """A small classifier at a point where no derivative is small, images and labels.

    Returns
    -------
    GlimpseConfig, dict of arrays, array (M, C, B, A), array of int (M,)
    """
    config = GlimpseConfig(A=7, B=6, C=2, T=3, H=5, N=3, K=4)
    rng = np.random.default_rng(seed)
    params = glimpse.initialise(rng, config, dtype=np.float64)
    for name, value in params.items():
        if name.endswith(".W"):
            value[...] = 2 * rng.standard_normal(value.shape) / value.shape[0] ** 0.5
        else:
            value += 0.3 * rng.standard_normal(value.shape)
    params["read.W"] *= 0.3
    params["read.b"][:] = [0.1, -0.2, 0.5, -0.3, 0.5]
    x, labels = rng.random((5, *config.image_shape)), rng.integers(config.K, size=5)
    return config, {name: v.astype(dtype) for name, v in params.items()}, x.astype(dtype), labels


def pyramid_problem(T=3, seed=5, M=3, dtype=np.float64):
    """A small pyramid at a point where no derivative is small, images and noise.

    Returns
    -------
    PyramidConfig, dict of arrays, array (M, C, B, A), array (T, M, Z)
    """
    config = PyramidConfig(A=8, B=4, C=2, T=T, H=8, Z=3)
    rng = np.random.default_rng(seed)
    params = {
        name: rng.standard_normal(s) * (1.5 / s[0] ** 0.5 if name.endswith(".W") else 0.3)
        for name, s in pyramid.shapes(config).items()
    }
    x = rng.random((M, *config.image_shape))
    z = rng.standard_normal((T, M, config.Z))
    return config, {n: v.astype(dtype) for n, v in params.items()}, x, z
