"""Exercises for chapter 4: sampling a latent.

M images, Z latent components; sigma is a standard deviation. `d...` is the derivative of
the final loss with respect to `...`, and has its shape. Results have the dtype of the
arguments. Check your answers with `python -m draw_np.exercises check 4`.
"""

import numpy as np


def sample(mu, log_sigma, eps):
    """Exercise 4.1: a sample with a derivative (easy, 5 minutes, about 1 line).

    z = mu + sigma eps, where log_sigma = log sigma                          (Eq. 6)

    mu, log_sigma, eps: (M, Z).    Returns z: (M, Z).
    """
    raise NotImplementedError("Exercise 4.1: a sample with a derivative")


def sample_backward(dz, log_sigma, eps):
    """Exercise 4.2: the sample, backwards (easy, 10 minutes, about 1 line).

    With eps held fixed, z = mu + sigma eps is an ordinary function of mu and log_sigma.

    dz, log_sigma, eps: (M, Z).    Returns dmu, dlog_sigma: (M, Z) each.
    """
    raise NotImplementedError("Exercise 4.2: the sample, backwards")


def kl_to_prior(mu, log_sigma):
    """Exercise 4.3: what the latent costs (easy, 10 minutes, about 2 lines).

    KL(Q || P) for Q = N(mu, sigma^2), one component beside the other, and P = N(0, 1)
    for each: a sum over the components of 1/2 (mu^2 + sigma^2 - 2 log sigma - 1).
    It is not what Eq. 11 prints: that has the wrong constant.

    mu, log_sigma: (M, Z).    Returns the KL in nats: (M,).
    """
    raise NotImplementedError("Exercise 4.3: what the latent costs")


def kl_backward(dkl, mu, log_sigma):
    """Exercise 4.4: the cost, backwards (medium, 10 minutes, about 3 lines).

    Differentiate 4.3 with respect to mu and to log_sigma (not to sigma).

    dkl: (M,), mu, log_sigma: (M, Z).    Returns dmu, dlog_sigma: (M, Z) each.
    """
    raise NotImplementedError("Exercise 4.4: the cost, backwards")


def log_posterior(z, mu, log_sigma):
    """Exercise 4.5: the log density of a sample (medium, 10 minutes, about 2 lines).

    log Q(z) of the diagonal Gaussian with means mu and standard deviations sigma: a sum
    over components of -1/2 ((z - mu)^2 / sigma^2 + log(2 pi sigma^2)). It must also be right
    for a z that is 40 sigma from mu, where Q(z) itself is 0 in floating point. Write
    log(2 pi) as a Python number, math.log(2 * math.pi) or float(...): NumPy's own
    np.log(...) would turn float32 into float64.

    z, mu, log_sigma: (M, Z).    Returns log Q(z) in nats: (M,).
    """
    raise NotImplementedError("Exercise 4.5: the log density of a sample")


def costs_what_it_should(kl):
    """Exercise 4.6: find the bug in a cost (medium, 15 minutes, about 4 lines).

    `suspect_kl` below claims to be the KL of 4.3. Networks train with it, and with one
    component (Z = 1) it is even right. First write here a property that every right KL
    to the prior has and this one lacks: return True if the function `kl`, with the
    arguments of suspect_kl, has it, else False. (For which Q must the cost be 0?) Then
    fix suspect_kl.
    """
    raise NotImplementedError("Exercise 4.6: a property that suspect_kl lacks")


def suspect_kl(mu, log_sigma):
    """KL(Q || P), (M,), wrong in one respect: fix it (exercise 4.6)."""
    return 0.5 * (np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma, axis=1) - 1)
