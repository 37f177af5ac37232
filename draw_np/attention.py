"""Selective attention: an N x N grid of Gaussian filters on the image (Eqs. 19-29).

Everything counts from 1 as in the paper: pixel centres are 1..A along x and
1..B along y, filters are i = 1..N, and the centre of the image is (A+1)/2.

Axes: ``M`` images, ``C`` channels, ``B`` rows (height, y), ``A`` columns
(width, x), ``N`` filters along one side of the patch.
"""

from typing import NamedTuple

import autograd.numpy as np
from autograd.extend import notrace_primitive

from draw_np.arrays import Array
from draw_np.nn import counting

WIDTHS = 40.0  # log sigma^2 stays within +-40: float32 holds sigma^4 and its inverse up to e^87


class Attention(NamedTuple):
    """Where a head looks or writes: five numbers an image, each of shape (M,)."""

    g_X: Array  #: centre of the grid along x, in pixels
    g_Y: Array  #: centre of the grid along y, in pixels
    delta: Array  #: stride, the distance of neighbouring filters, in pixels
    sigma2: Array  #: variance of every filter, in pixels squared
    gamma: (
        Array  #: intensity, which multiplies a patch that is read and divides one that is written
    )


def default_stride(A: int, B: int, N: int) -> float:
    """The stride at delta~ = 1, at which N filters span the longer side (Eq. 24).

    For N = 1 the paper's formula is 0/0. We take max(A, B) - 1, and the stride
    then has no effect, because the only filter sits at the centre.
    """
    return (max(A, B) - 1) / max(N - 1, 1)


def attention(raw: Array, A: int, B: int, N: int) -> Attention:
    """The five parameters of the grid from the five outputs of a head (Eqs. 21-24).

    Parameters
    ----------
    raw : array, shape (M, 5)
        g~_X, g~_Y, log sigma^2, log delta~, log gamma: Eq. 21, ``affine`` of h_dec. log sigma^2
        is held within +-40, far beyond a filter of a single pixel and one that is even over the
        image: there single precision has room for the square of sigma^2 and of its inverse.
    A, B : int
        Width and height of the image, in pixels.
    N : int
        Filters along one side.

    Returns
    -------
    Attention
    """
    columns = np.split(raw, 5, axis=1)  # five of (M, 1)
    g_X, g_Y, log_sigma2, log_delta, log_gamma = (np.reshape(v, -1) for v in columns)
    return Attention(
        g_X=(A + 1) / 2 * (g_X + 1),  # (22)
        g_Y=(B + 1) / 2 * (g_Y + 1),  # (23)
        delta=default_stride(A, B, N) * np.exp(log_delta),  # (24)
        sigma2=np.exp(np.clip(log_sigma2, -WIDTHS, WIDTHS)),
        gamma=np.exp(log_gamma),
    )


def filter_centres(g: Array, delta: Array, N: int) -> Array:
    """Centres mu^i = g + delta (i - N/2 - 0.5) of the filters i = 1..N (Eqs. 19, 20).

    Parameters
    ----------
    g, delta : array, shape (M,), in pixels
    N : int

    Returns
    -------
    array, shape (M, N), in pixels
    """
    i = counting(N, g)  # (N,)
    return np.expand_dims(g, 1) + np.expand_dims(delta, 1) * (i - N / 2 - 0.5)


def filterbank(mu: Array, sigma2: Array, A: int) -> Array:
    """N Gaussian filters on a line of A pixels, each row summing to 1 (Eqs. 25, 26).

    F[i, a] = exp(-(a - mu_i)^2 / (2 sigma^2)) / Z_i, with Z_i the sum of row i.
    A filter far outside the image would be 0/0 in floating point. So the exponent
    is measured from its largest value, that of the pixel a* nearest to mu:
    (a - mu)^2 - (a* - mu)^2 = (a - a*)(a + a* - 2 mu). Numerator and Z are divided
    by the same number, the nearest pixel's numerator is exactly 1, hence Z >= 1,
    and no epsilon is needed. A filter outside reads the edge pixel.

    Parameters
    ----------
    mu : array, shape (M, N), in pixels
    sigma2 : array, shape (M,), in pixels squared
    A : int
        Number of pixels.

    Returns
    -------
    array, shape (M, N, A)
    """
    a = counting(A, mu)  # (A,)
    mu = np.expand_dims(mu, 2)  # (M, N, 1)
    sigma2 = np.expand_dims(sigma2, (1, 2))  # (M, 1, 1)
    nearest = nearest_pixel(mu, A)  # (M, N, 1)
    exponent = (a - nearest) * (a + nearest - 2 * mu) / (2 * sigma2)
    numerator = np.exp(-exponent)  # (M, N, A)
    return numerator / np.sum(numerator, axis=2, keepdims=True)


@notrace_primitive
def nearest_pixel(mu: Array, A: int) -> Array:
    """The pixel among 1..A nearest to ``mu``, in the shape of ``mu``.

    F does not depend on it (it only rescales numerator and Z), so that no gradient
    passes through: autograd takes it for a constant.
    """
    return np.clip(np.round(mu), 1, A)


def filterbanks(att: Attention, A: int, B: int, N: int) -> tuple[Array, Array]:
    """Both filterbanks of a grid: F_X, shape (M, N, A), and F_Y, shape (M, N, B)."""
    F_X = filterbank(filter_centres(att.g_X, att.delta, N), att.sigma2, A)
    F_Y = filterbank(filter_centres(att.g_Y, att.delta, N), att.sigma2, B)
    return F_X, F_Y


def transpose(F: Array) -> Array:
    """Swap the last two axes: a filterbank of shape (..., N, A) to (..., A, N)."""
    return np.swapaxes(F, -1, -2)


def glimpse(x: Array, att: Attention, N: int) -> Array:
    """The patch gamma F_Y x F_X^T that the grid sees of one image (Eq. 27).

    Parameters
    ----------
    x : array, shape (M, C, B, A)
    att : Attention
    N : int

    Returns
    -------
    array, shape (M, C, N, N)
        Row j, column i is the filter centred at (mu_X^i, mu_Y^j). All channels
        share the filters.
    """
    B, A = x.shape[2:]
    F_X, F_Y = filterbanks(att, A, B, N)
    F_X, F_Y = np.expand_dims(F_X, 1), np.expand_dims(F_Y, 1)  # the same for all channels
    patch = np.matmul(np.matmul(F_Y, x), transpose(F_X))  # (M, C, N, N)
    return np.expand_dims(att.gamma, (1, 2, 3)) * patch


def read(x: Array, x_hat: Array, att: Attention, N: int) -> Array:
    """Read with attention: patches of image and error image, same filters (Eq. 27).

    Parameters
    ----------
    x, x_hat : array, shape (M, C, B, A)
        Image and error image.
    att : Attention
        From h_dec of the step before.
    N : int

    Returns
    -------
    array, shape (M, 2 C N N)
        The input of the encoder, flat.
    """
    both = np.concatenate([x, x_hat], axis=1)  # (M, 2C, B, A)
    return np.reshape(glimpse(both, att, N), (x.shape[0], -1))


def read_all(x: Array, x_hat: Array) -> Array:
    """Read without attention: the whole of both, [x, x_hat] (Eq. 17).

    Returns
    -------
    array, shape (M, 2 C B A)
    """
    return np.reshape(np.concatenate([x, x_hat], axis=1), (x.shape[0], -1))


def write(w: Array, att: Attention, A: int, B: int) -> Array:
    """Write with attention: (1/gamma) F_Y^T w F_X (Eq. 29).

    The transposed filters spread the patch over the image; the intensity is
    inverted, so that what is read at strength gamma is written back by 1/gamma.

    Parameters
    ----------
    w : array, shape (M, C, N, N)
        The writing patch of Eq. 28.
    att : Attention
        From the new h_dec, by a head of its own.
    A, B : int
        Width and height of the canvas.

    Returns
    -------
    array, shape (M, C, B, A)
    """
    F_X, F_Y = filterbanks(att, A, B, w.shape[-1])
    F_X, F_Y = np.expand_dims(F_X, 1), np.expand_dims(F_Y, 1)  # the same for all channels
    strokes = np.matmul(np.matmul(transpose(F_Y), w), F_X)  # (M, C, B, A)
    return strokes / np.expand_dims(att.gamma, (1, 2, 3))
