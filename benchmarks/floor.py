"""The floor: the dense products of a training step and nothing else, in NumPy.

An engine that computes in dense float32 products on this BLAS has at least these to do.
Maps that share an input are one product: mu and log sigma of h_enc; the patch and the
two heads of h_dec. There are two floors, for there are two ways to use several cores:
``floor`` leaves it to BLAS, which splits every product; ``floor-split`` gives each
thread its share of the images with products of its own, as the manual engine does, and
leaves only the weight gradients to BLAS. On a GPU there is one, ``floor-gpu``: the same
products by cuBLAS.
"""

from typing import NamedTuple

import numpy as np

from benchmarks.problem import Contender
from draw_np.machine.backend import (
    array_module,
    in_parallel,
    library,
    shares,
    synchronise,
    to_library,
)


class Product(NamedTuple):
    """One affine map of every step t, with room for what its products give."""

    x: np.ndarray  #: inputs of all steps, (T, M, D)
    W: np.ndarray  #: (D, K)
    a: np.ndarray  #: outputs of all steps, (T, M, K); the backward pass takes them for da
    dx: np.ndarray  #: (M, D)
    dW: np.ndarray  #: (D, K)


def sizes(config):
    """Inputs and outputs (D, K) of the maps of one step, in the order of the step."""
    H, Z = config.H, config.Z
    heads = 5 * ((config.N_read is not None) + (config.N_write is not None))
    return [
        (config.read_size + 2 * H, 4 * H),  # encoder: [r, h_dec, h_enc]
        (H, 2 * Z),  # mu and log sigma
        (Z + H, 4 * H),  # decoder: [z, h_dec]
        (H, config.write_size + heads),  # patch and heads
    ]


def products(config, M, dtype):
    """The Products of a step, filled with numbers."""
    rng = np.random.default_rng(0)

    def array(*shape):
        return rng.standard_normal(shape, dtype=np.float32).astype(dtype)

    T = config.T
    return [
        Product(array(T, M, D), array(D, K), array(T, M, K), array(M, D), array(D, K))
        for D, K in sizes(config)
    ]


def forward_and_input_gradients(maps, rows):
    """The products of all steps t that some rows of the minibatch need."""
    xp = array_module(maps[0].x)
    steps = range(maps[0].x.shape[0])
    for t in steps:
        for m in maps:
            xp.matmul(m.x[t, rows], m.W, out=m.a[t, rows])
    for t in reversed(steps):
        for m in reversed(maps):
            xp.matmul(m.a[t, rows], m.W.T, out=m.dx[rows])


def weight_gradients(maps):
    """One product a weight over all steps and images."""
    for m in maps:
        x, da = (v.reshape(-1, v.shape[-1]) for v in (m.x, m.a))  # (TM, D), (TM, K)
        array_module(x).matmul(x.T, da, out=m.dW)


def build(problem, split=False, device="cpu"):
    """The products, with the minibatch in one piece or split over the threads."""
    M, xp = problem.x.shape[0], library(device)
    maps = to_library(xp, products(problem.config, M, problem.x.dtype))
    pieces = shares(np, M) if split else [slice(None)]

    def step():
        in_parallel(lambda rows: forward_and_input_gradients(maps, rows), pieces)
        weight_gradients(maps)
        synchronise(xp)
        return 0.0

    return Contender(None, step)
