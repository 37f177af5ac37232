"""A tiny network and a tiny run, for tests of everything around the model."""

import numpy as np

from draw_np.config import Config
from draw_np.data.dataset import Dataset, Images
from draw_np.training import loop
from draw_np.training.presets import Recipe

CONFIG = Config(A=6, B=5, C=1, T=3, H=4, Z=2, N_read=2, N_write=3)
RECIPE = Recipe(steps=8, batch_size=4, check_every=3, lr=0.01)


def dataset(n=10, config=CONFIG, fresh=True, seed=0):
    """Random intensities in the shapes of ``config``: n training images and a few others.

    With classes, image i is of class i mod K.
    """
    rng = np.random.default_rng(seed)
    parts = (
        Images(
            rng.integers(0, 256, (m, *config.image_shape)).astype(np.uint8),
            np.arange(m) % config.K if getattr(config, "K", None) else None,
            fresh,
        )
        for m in (n, 5, 6)
    )
    return Dataset("tiny", "random pixels", *parts)


def begin(seed=0, config=CONFIG, recipe=RECIPE, data=None):
    """The state of a tiny run before its first step."""
    return loop.begin("tiny", config, recipe, data or dataset(config=config), seed)


def nothing(measured, valid):
    """A report that reports nothing."""


def everything(k):
    """All that a checkpoint holds, flat, so that two can be compared bit for bit."""
    flat = {f"params/{n}": a for n, a in k.params.items()}
    flat |= {f"m/{n}": a for n, a in k.adam.m.items()}
    flat |= {f"v/{n}": a for n, a in k.adam.v.items()}
    state = {n: repr(s.bit_generator.state) for n, s in k.streams.items()}
    return flat, (k.step, k.adam.t, k.seed, k.waiting.tolist(), k.best, state, k.config, k.recipe)


def assert_same(a, b):
    """Two checkpoints are equal bit for bit, their clocks apart."""
    (arrays_a, rest_a), (arrays_b, rest_b) = everything(a), everything(b)
    assert rest_a == rest_b
    assert arrays_a.keys() == arrays_b.keys()
    for name in arrays_a:
        assert arrays_a[name].dtype == arrays_b[name].dtype
        np.testing.assert_array_equal(arrays_a[name], arrays_b[name], err_msg=name)
