"""Exercises for chapter 8: the filterbank.

M images, A pixels along a line, N filters. Pixels and filters count from 1. `d...` is the
derivative of the final loss with respect to `...`, and has its shape. Results have the
dtype of the arguments. Check your answers with `python -m draw_np.exercises check 8`.
"""

import numpy as np


def cropped(line, mu):
    """Exercise 8.0: the nearest pixel (easy, 5 minutes, about 1 line).

    To crop is to read the one pixel that is nearest to a place. Read a line at N places.
    Pixels count from 1, so that pixel a is line[a - 1].

    line: (A,); mu: (N,), places above 0.5 and below A + 0.5, none of them halfway between two
    pixels.    Returns what is read: (N,). np.rint rounds, and astype(int) makes an index.
    """
    raise NotImplementedError("Exercise 8.0: the nearest pixel")


def filter_centres(g, delta, N):
    """Exercise 8.1: where the filters stand (easy, 10 minutes, about 2 lines).

    mu^i = g + delta (i - N/2 - 0.5) for i = 1 .. N                     (Eqs. 19, 20)

    g, delta: (M,), in pixels; N: a whole number.    Returns mu: (M, N).
    """
    raise NotImplementedError("Exercise 8.1: where the filters stand")


def attention(raw, A, B, N):
    """Exercise 8.2: five numbers from a head (easy, 15 minutes, about 8 lines).

    The columns of raw are g~_X, g~_Y, log sigma^2, log delta~, log gamma.
    g_X = (A+1)/2 (g~_X + 1), g_Y = (B+1)/2 (g~_Y + 1),                 (Eqs. 22, 23)
    delta = (max(A, B) - 1) / (N - 1) delta~                                 (Eq. 24)
    With N = 1 the last divides by 0; divide by 1 then.

    raw: (M, 5); A, B, N: whole numbers.
    Returns g_X, g_Y, delta, sigma2, gamma, in this order: (M,) each.
    """
    raise NotImplementedError("Exercise 8.2: five numbers from a head")


def filter_row(mu, sigma2, A):
    """Exercise 8.3: one filter (easy, 10 minutes, about 3 lines).

    F_a = exp(-(a - mu)^2 / (2 sigma^2)) / Z for the pixels a = 1 .. A, with Z such that
    the row sums to 1                                                         (Eq. 25)
    No epsilon: where mu is outside, Z itself may be as small as 1e-26.

    mu, sigma2: one number each (NumPy scalars); A: a whole number.    Returns F: (A,).
    """
    raise NotImplementedError("Exercise 8.3: one filter")


def filterbank(mu, sigma2, A):
    """Exercise 8.4: a bank of filters that never breaks (medium, 25 minutes, about 6 lines).

    The rows of 8.3 for every image and filter, without a loop:
    F[m, i, a] = exp(-(a - mu_mi)^2 / (2 sigma^2_m)) / Z_mi                   (Eq. 25)
    Far outside the image all numerators are 0 in floating point, and 0/0 is NaN. Take
    away from each row's exponents their largest: that changes Z and all numerators by the
    same factor, and F not at all. Z is then at least 1: no epsilon, however small (one of
    1e-10 or less the check cannot tell from rounding), and no clipping of mu.

    mu: (M, N), sigma2: (M,); A: a whole number.    Returns F: (M, N, A).
    """
    raise NotImplementedError("Exercise 8.4: a bank of filters that never breaks")


def normalise_backward(dF, F):
    """Exercise 8.5: back through the normalisation (medium, 20 minutes, about 2 lines).

    A row is F_a = exp(e_a) / sum_k exp(e_k). Every e_a changes every F_k of its row: the
    derivative of F_k with respect to e_a is F_k (1[k = a] - F_a), where 1[k = a] is 1 if
    k = a and else 0. dF is given, the derivative of the loss.

    dF, F: (M, N, A).    Returns de: (M, N, A).
    """
    raise NotImplementedError("Exercise 8.5: back through the normalisation")


def filterbank_backward(dF, F, mu, sigma2):
    """Exercise 8.6: the filterbank, backwards (hard, 25 minutes, about 7 lines).

    F as in 8.4, a softmax over pixels of e_a = -(a - mu)^2 / (2 sigma^2). Go back
    through the normalisation (8.5), then from e_a to mu and to sigma^2. All filters of
    an image share its sigma^2.

    dF, F: (M, N, A), mu: (M, N), sigma2: (M,).
    Returns dmu: (M, N), dsigma2: (M,).
    """
    raise NotImplementedError("Exercise 8.6: the filterbank, backwards")


def filter_centres_backward(dmu):
    """Exercise 8.7: the centres, backwards (easy, 10 minutes, about 3 lines).

    mu^i = g + delta (i - N/2 - 0.5) for i = 1 .. N: every filter moves with g, and by
    its own offset with delta.

    dmu: (M, N).    Returns dg, ddelta: (M,) each.
    """
    raise NotImplementedError("Exercise 8.7: the centres, backwards")


def attention_backward(dg_X, dg_Y, ddelta, dsigma2, dgamma, raw, A, B, N):
    """Exercise 8.8: back to the head (medium, 15 minutes, about 8 lines).

    The derivatives of 8.2, collected into that of raw, whose columns are
    g~_X, g~_Y, log sigma^2, log delta~, log gamma. If v = k exp(u), then dv/du = v.

    dg_X, dg_Y, ddelta, dsigma2, dgamma: (M,) each, raw: (M, 5); A, B, N: whole numbers.
    Returns draw: (M, 5).
    """
    raise NotImplementedError("Exercise 8.8: back to the head")


def grid_is_sound(centres):
    """Exercise 8.9: find the bug in a grid (easy, 15 minutes, about 4 lines).

    `suspect_centres` below claims to be 8.1; something like it stands in many public
    programs. First write here a property that every right grid has and this one lacks:
    return True if the function `centres`, with the arguments of suspect_centres, has
    it, else False. (Where is the middle of the grid?) Then fix suspect_centres.
    """
    raise NotImplementedError("Exercise 8.9: a property that suspect_centres lacks")


def suspect_centres(g, delta, N):
    """Centres of the filters, (M, N), wrong in one respect: fix it (exercise 8.9)."""
    i = np.arange(N, dtype=g.dtype)
    return g[:, None] + delta[:, None] * (i - N / 2 - 0.5)


def width_is_sound(bank):
    """Exercise 8.10: find the bug in a filterbank (medium, 20 minutes, about 6 lines).

    `suspect_bank` below claims to be 8.4. Its rows sum to 1, are symmetric about their
    centres, and at sigma^2 = 1 it is right. First write here a property that every right
    filterbank has and this one lacks: return True if the function `bank`, with the
    arguments of suspect_bank, has it, else False. (A row is a distribution over pixels.
    What is its variance, well inside the image?) Then fix suspect_bank.
    """
    raise NotImplementedError("Exercise 8.10: a property that suspect_bank lacks")


def suspect_bank(mu, sigma2, A):
    """A filterbank, (M, N, A), wrong in one respect: fix it (exercise 8.10)."""
    a = np.arange(1, A + 1, dtype=mu.dtype)
    e = -(((a - mu[:, :, None]) / sigma2[:, None, None]) ** 2) / 2
    e = e - e.max(axis=2, keepdims=True)
    return np.exp(e) / np.exp(e).sum(axis=2, keepdims=True)
