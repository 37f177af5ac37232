"""What every contender is given: the same network, weights, minibatch and noise."""

from typing import NamedTuple

import numpy as np

from draw_np.config import Config
from draw_np.parameters import Start, initialise

LR = 1e-3  #: learning rate
CLIP = 1.0  #: largest global norm of a gradient; so small that every step is clipped
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  #: Adam's

#: name: the network and M, images in a minibatch
CONFIGURATIONS = {
    "paper": (Config(T=64, H=256, Z=100, N_read=2, N_write=5), 100),
    "ten": (Config(T=10, H=256, Z=10, N_read=5, N_write=5), 100),
    "small": (Config(T=12, H=128, Z=16, N_read=5, N_write=5), 64),
}


class Problem(NamedTuple):
    """One training step, in NumPy arrays that no contender may change."""

    config: Config
    params: dict
    x: np.ndarray  #: binary images, (M, C, B, A)
    eps: np.ndarray  #: noise, (T, M, Z)


class Contender(NamedTuple):
    """One way to take the step; ``gradient`` is None for the floors, which have none."""

    gradient: object  #: () -> loss and gradient at the problem's weights, a float and a dict
    step: object  #: () -> loss before the update; returns when the step is complete
    buffers: int | None = None  #: bytes of all arrays by the library's own count, if it has one


def problem(config, M, dtype=np.float32, seed=0):
    """Weights, images and noise of a seed; float64 holds the same numbers as float32.

    Biases and initial states are moved off zero and the heads have full-size weights,
    so that no derivative is small by symmetry. The images are random pixels with the
    ink of MNIST: what is drawn makes no difference to the time.
    """
    rng = np.random.default_rng(seed)
    params = initialise(rng, config, Start(head_scale=1.0))
    for name, value in params.items():
        if value.ndim == 1 or name == "c_0":
            value += 0.1 * rng.standard_normal(value.shape, dtype=np.float32)
    x = rng.random((M, *config.image_shape)) < 0.13
    eps = rng.standard_normal((config.T, M, config.Z), dtype=np.float32)
    params = {name: value.astype(dtype) for name, value in params.items()}
    return Problem(config, params, x.astype(dtype), eps.astype(dtype))


def copied(params):
    """The same weights in arrays of their own."""
    return {name: value.copy() for name, value in params.items()}
