"""Affine maps, two nonlinearities and the initialisers: the smallest blocks.

Parameters are a flat dict of arrays. The two arrays of a linear map share a
name: ``mu.W`` and ``mu.b`` are the weight and the bias of the map called ``mu``.

Axes: ``M`` images in a minibatch, ``D`` inputs, ``K`` outputs.
"""

import autograd.numpy as np
from autograd.extend import notrace_primitive

from draw_np.arrays import Array, Generator, Params


def affine(x: Array, W: Array, b: Array) -> Array:
    """``x W + b``, the paper's "linear map" W(.) (with a bias, as in arXiv v2).

    Parameters
    ----------
    x : array, shape (M, D)
    W : array, shape (D, K)
    b : array, shape (K,)

    Returns
    -------
    array, shape (M, K)
    """
    return np.dot(x, W) + b


def sigmoid(x: Array) -> Array:
    """The logistic function ``1 / (1 + exp(-x))``, of any shape.

    Written as ``(1 + tanh(x / 2)) / 2``, which is the same number and cannot
    overflow.
    """
    return 0.5 * np.tanh(0.5 * x) + 0.5


def softplus(x: Array) -> Array:
    """``log(1 + exp(x))``, of any shape; finite for every finite ``x``."""
    return np.logaddexp(0.0, x)


@notrace_primitive
def counting(n: int, like: Array) -> Array:
    """1, 2, .. n in the array library and dtype of the array ``like``: a constant for autograd."""
    return np.arange(1, n + 1, dtype=like.dtype, like=like)


def scaled_normal(rng: Generator, D: int, K: int, scale: float = 1.0) -> Array:
    """A weight matrix whose map keeps the variance of its input.

    The paper does not say how it initialises. Entries are N(0, scale^2 / D), so
    that D inputs of variance 1 give outputs of variance scale^2.

    Parameters
    ----------
    rng : numpy.random.Generator
    D, K : int
        Number of inputs and of outputs.
    scale : float

    Returns
    -------
    array, shape (D, K), float64
    """
    return rng.standard_normal((D, K)) * (scale / D**0.5)


def linear_map(rng: Generator, name: str, D: int, K: int, scale: float = 1.0) -> Params:
    """The two arrays of a new affine map, with a bias of zeros.

    Returns
    -------
    dict
        ``{name}.W`` of shape (D, K) and ``{name}.b`` of shape (K,), float64.
    """
    return {f"{name}.W": scaled_normal(rng, D, K, scale), f"{name}.b": np.zeros(K)}
