"""The reconstruction term: a Bernoulli for every pixel and channel, from logits."""

import autograd.numpy as np

from draw_np.arrays import Array
from draw_np.nn import softplus


def bernoulli_nll(x: Array, c: Array) -> Array:
    """-log D(x | c) with means sigmoid(c), summed over an image (Eq. 9).

    -x log sigmoid(c) - (1 - x) log(1 - sigmoid(c)) = softplus(c) - x c, which never
    takes the logarithm of a rounded 0.

    Parameters
    ----------
    x : array, shape (M, C, B, A)
        Pixels in [0, 1]; 0 or 1 where the number is to be a code length.
    c : array, shape (M, C, B, A)
        Logits: the last canvas.

    Returns
    -------
    array, shape (M,), in nats
    """
    return np.sum(softplus(c) - x * c, axis=(1, 2, 3))
