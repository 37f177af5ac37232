"""Exercises for chapter 9: reading and writing.

M images, C channels, B rows and A columns of pixels, N filters along each side of a patch;
`F_X` (M, N, A) and `F_Y` (M, N, B) are filterbanks, the same for all channels. `d...` is
the derivative of the final loss with respect to `...`, and has its shape. Results have the
dtype of the arguments. Check your answers with `python -m draw_np.exercises check 9`.
"""

import numpy as np

from draw_np.manual.attention import (  # noqa: F401  (given, for 9.6 and 9.7)
    filterbanks_backward,
    filterbanks_forward,
)


def seen(line, F):
    """Exercise 9.0: what filters see of a line (easy, 5 minutes, about 1 line).

    A filter is a row of weights, one for each pixel. What it sees of a line of pixels is the
    sum of weight times pixel. A glimpse is nothing else, along y and along x.

    line: (A,), F: (N, A), a filter a row.    Returns what each filter sees: (N,).
    """
    raise NotImplementedError("Exercise 9.0: what filters see of a line")


def glimpse(x, F_X, F_Y, gamma):
    """Exercise 9.1: the patch that is read (easy, 15 minutes, about 2 lines).

    gamma F_Y x F_X^T for every image and channel                            (Eq. 27)

    x: (M, C, B, A), F_X: (M, N, A), F_Y: (M, N, B), gamma: (M,).
    Returns the patch: (M, C, N, N), row j for filter j along y.
    """
    raise NotImplementedError("Exercise 9.1: the patch that is read")


def write(w, F_X, F_Y, gamma):
    """Exercise 9.2: the stroke that is written (easy, 10 minutes, about 2 lines).

    (1/gamma) F_Y^T w F_X for every image and channel                        (Eq. 29)

    w: (M, C, N, N), F_X: (M, N, A), F_Y: (M, N, B), gamma: (M,).
    Returns the stroke: (M, C, B, A).
    """
    raise NotImplementedError("Exercise 9.2: the stroke that is written")


def glimpse_adjoint(p, F_X, F_Y, gamma):
    """Exercise 9.3: the adjoint of reading (medium, 15 minutes, about 2 lines).

    The linear map that goes the other way, from patches to images, with
    sum(glimpse(x) p) = sum(x glimpse_adjoint(p)) for every image x and every patch p.
    Compare it with `write`: they are the same except for a power of gamma.

    p: (M, C, N, N), F_X: (M, N, A), F_Y: (M, N, B), gamma: (M,).
    Returns (M, C, B, A).
    """
    raise NotImplementedError("Exercise 9.3: the adjoint of reading")


def glimpse_backward(dpatch, x, F_X, F_Y, gamma):
    """Exercise 9.4: reading, backwards (hard, 30 minutes, about 8 lines).

    patch = gamma F_Y x F_X^T as in 9.1. Go one product at a time: R = F_Y x, P = R F_X^T,
    patch = gamma P. The channels share the filters.

    dpatch: (M, C, N, N), x: (M, C, B, A), F_X: (M, N, A), F_Y: (M, N, B), gamma: (M,).
    Returns dx, dF_X, dF_Y, dgamma, of the shapes of x, F_X, F_Y and gamma.
    """
    raise NotImplementedError("Exercise 9.4: reading, backwards")


def write_backward(dout, w, F_X, F_Y, gamma):
    """Exercise 9.5: writing, backwards (hard, 25 minutes, about 8 lines).

    out = (1/gamma) F_Y^T w F_X as in 9.2. Go one product at a time: Q = F_Y^T w,
    S = Q F_X, out = S / gamma. The channels share the filters.

    dout: (M, C, B, A), w: (M, C, N, N), F_X: (M, N, A), F_Y: (M, N, B), gamma: (M,).
    Returns dw, dF_X, dF_Y, dgamma, of the shapes of w, F_X, F_Y and gamma.
    """
    raise NotImplementedError("Exercise 9.5: writing, backwards")


def read_backward(dr, x, x_hat, att, N):
    """Exercise 9.6: the whole read operation, backwards (hard, 30 minutes, about 12 lines).

    r = [patch of x, patch of x_hat], flattened for each image, with one grid for both
    (Eq. 27). att is the five-tuple g_X, g_Y, delta, sigma2, gamma. Given to you:
        (F_X, F_Y), cache = filterbanks_forward(att, A, B, N)
        datt = filterbanks_backward(dF_X, dF_Y, cache)    the same five, with dgamma = 0
    Join x and x_hat along the channels, then it is 9.4. datt._replace(gamma=...) gives
    a copy with another gamma.

    dr: (M, 2 C N N), x, x_hat: (M, C, B, A).
    Returns dx, dx_hat, datt: (M, C, B, A) twice, and the tuple of five (M,).
    """
    raise NotImplementedError("Exercise 9.6: the whole read operation, backwards")


def write_all_backward(dout, w, att):
    """Exercise 9.7: the whole write operation, backwards (hard, 20 minutes, about 8 lines).

    out = (1/gamma) F_Y^T w F_X with the filterbanks of att, the five-tuple g_X, g_Y,
    delta, sigma2, gamma (Eq. 29). A, B and N are in the shapes. filterbanks_forward and
    filterbanks_backward are given to you as in 9.6; the rest is 9.5.

    dout: (M, C, B, A), w: (M, C, N, N).
    Returns dw, datt: (M, C, N, N), and the tuple of five (M,).
    """
    raise NotImplementedError("Exercise 9.7: the whole write operation, backwards")


def upright(read):
    """Exercise 9.8: find the bug in a read (medium, 20 minutes, about 8 lines).

    `suspect_read` below claims to be 9.1. A patch is square, so no shape gives it away,
    and networks train with it. First write here a property that every right read has and
    this one lacks: return True if the function `read`, with the arguments of
    suspect_read, has it, else False. (Put one bright pixel into a dark image, and
    filters that look at one pixel each. Where must it show in the patch?) Then fix
    suspect_read.
    """
    raise NotImplementedError("Exercise 9.8: a property that suspect_read lacks")


def suspect_read(x, F_X, F_Y, gamma):
    """The patch that is read, (M, C, N, N), wrong in one respect: fix it (exercise 9.8)."""
    return gamma[:, None, None, None] * np.einsum("mib,mcba,mja->mcji", F_Y, x, F_X)


def gives_back(read, write):
    """Exercise 9.9: find the bug in a pair (medium, 20 minutes, about 6 lines).

    `suspect_write` below claims to be 9.2; a network can learn with it, by turning the
    sign of log gamma. First write here a property that a right read (9.1) and a right
    write have together and that suspect_write lacks: return True if the two functions
    have it, else False. (Read at strength gamma, then write: what becomes of gamma?)
    Then fix suspect_write.
    """
    raise NotImplementedError("Exercise 9.9: a property that suspect_write lacks")


def suspect_write(w, F_X, F_Y, gamma):
    """The stroke that is written, (M, C, B, A), wrong in one respect: fix it (9.9)."""
    return gamma[:, None, None, None] * np.einsum("mjb,mcji,mia->mcba", F_Y, w, F_X)
