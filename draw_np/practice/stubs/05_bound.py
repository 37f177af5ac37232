"""Exercises for chapter 5: the bound.

M images, C channels, B rows and A columns of pixels, Z latent components. `d...` is the
derivative of the final loss with respect to `...`, and has its shape. Results have the
dtype of the arguments. Check your answers with `python -m draw_np.exercises check 5`.
"""

import numpy as np


def spent(f, g):
    """Exercise 5.0: the length of a code (easy, 5 minutes, about 1 line).

    Letters arrive with the probabilities f. Their code was made for other ones, g, so that
    letter k takes -log2 g_k bits (Section 5.1). How many bits does a letter take on average?

    f, g: (K,), each with the sum 1; g is nowhere 0.    Returns the bits: one number.
    """
    raise NotImplementedError("Exercise 5.0: the length of a code")


def softplus(v):
    """Exercise 5.1: a softplus that never overflows (easy, 10 minutes, about 1 line).

    softplus(v) = log(1 + exp(v)), for v = 1000 too: exp(1000) is infinite in floating
    point, but the result is about 1000.

    v: any shape.    Returns an array of the same shape.
    """
    raise NotImplementedError("Exercise 5.1: a softplus that never overflows")


def softplus_backward(dy, v):
    """Exercise 5.2: the softplus, backwards (easy, 5 minutes, about 1 line).

    y = log(1 + exp(v)). Its derivative is a function that you know; it must be finite
    for v = 1000 and for v = -1000.

    dy, v: any shape, the same.    Returns dv: the same shape.
    """
    raise NotImplementedError("Exercise 5.2: the softplus, backwards")


def bernoulli_nll(x, c):
    """Exercise 5.3: what a picture costs (easy, 10 minutes, about 1 line).

    -log D(x | c): every pixel is a coin with mean p = sigmoid(c), and costs
    -x log p - (1 - x) log(1 - p). Bring it into a form without a logarithm of p, by
    -log p = softplus(-c) and -log(1 - p) = softplus(c). It must be right for
    c = 50 and for c = -1000 too.                                            (Eq. 9)

    x, c: (M, C, B, A).    Returns the sum over an image, in nats: (M,).
    """
    raise NotImplementedError("Exercise 5.3: what a picture costs")


def bernoulli_backward(dnll, x, c):
    """Exercise 5.4: the picture's cost, backwards (easy, 10 minutes, about 2 lines).

    The derivative of 5.3 with respect to the logits. It is short: mean and pixel.

    dnll: (M,), x, c: (M, C, B, A).    Returns dc: (M, C, B, A).
    """
    raise NotImplementedError("Exercise 5.4: the picture's cost, backwards")


def log_weight(nll, z, mu, log_sigma):
    """Exercise 5.5: the weight of one sample (medium, 15 minutes, about 3 lines).

    log w = log p(x | z) + log p(z) - log q(z | x) for the z that was sampled, where
    -log p(x | z) is given as nll, p(z) is N(0, 1) in every component and q(z | x) is
    N(mu, sigma^2). It must also be right for a z that is 40 sigma from mu, where q itself
    is 0 in floating point. If you need log(2 pi), write it as a Python number,
    math.log(2 * math.pi) or float(...): NumPy's own np.log(...) would turn float32 into
    float64.

    nll: (M,), z, mu, log_sigma: (M, Z).    Returns log w, in nats: (M,).
    """
    raise NotImplementedError("Exercise 5.5: the weight of one sample")


def importance_weighted(log_w):
    """Exercise 5.6: a tighter bound (medium, 15 minutes, about 2 lines).

    -log( (1/K) sum_k w_k ) for every image, from K samples each. The log weights are
    about -100 and -1000: exp of them is 0 in floating point, and log 0 is no answer.

    log_w: (K, M).    Returns the bound in nats: (M,).
    """
    raise NotImplementedError("Exercise 5.6: a tighter bound")


def charges_for_errors(nll):
    """Exercise 5.7: find the bug in a picture's cost (medium, 15 minutes, about 5 lines).

    `suspect_nll` below claims to be the cost of 5.3. At ordinary logits nobody notices
    anything. First write here a property that every right cost has and this one lacks:
    return True if the function `nll`, with the arguments of suspect_nll, has it, else
    False. (What does one pixel cost that is black, x = 0, where the network is sure of
    white? How does it grow?) Then fix suspect_nll.
    """
    raise NotImplementedError("Exercise 5.7: a property that suspect_nll lacks")


def suspect_nll(x, c):
    """-log D(x | c), (M,), wrong in one respect: fix it (exercise 5.7)."""
    p = np.tanh(c / 2) / 2 + 0.5
    cost = -x * np.log(p + 1e-8) - (1 - x) * np.log(1 - p + 1e-8)
    return np.sum(cost, axis=(1, 2, 3))
