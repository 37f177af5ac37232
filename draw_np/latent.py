"""The latent: reparameterised sampling, and what a sample costs in nats.

The posterior Q is a diagonal Gaussian with mean ``mu`` and standard deviation
``exp(log_sigma)`` (Eqs. 1, 2); the prior P is N(0, I). Here ``sigma`` is a
standard deviation; the variance of the attention's filters is ``sigma2``.

Axes: ``M`` images, ``Z`` latent components.
"""

import autograd.numpy as np

from draw_np.arrays import Array

LOG_2PI = float(np.log(2 * np.pi))


def sample(mu: Array, log_sigma: Array, eps: Array) -> Array:
    """A draw z = mu + sigma * eps from Q, as a function of the noise (Eq. 6).

    Parameters
    ----------
    mu, log_sigma : array, shape (M, Z)
    eps : array, shape (M, Z)
        Standard normal noise, fresh for every image and every step.

    Returns
    -------
    array, shape (M, Z)
    """
    return mu + np.exp(log_sigma) * eps


def kl_to_prior(mu: Array, log_sigma: Array) -> Array:
    """KL(Q || P) of one step, exact, summed over the components (Eqs. 10, 11).

    Eq. 11 prints the constant of all steps as T/2, which is right only for Z = 1:
    every component of every step contributes its own 1/2.

    Returns
    -------
    array, shape (M,), in nats
    """
    return 0.5 * np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=1)


def log_prior(z: Array) -> Array:
    """log P(z) of the standard normal: shape (M, Z) to (M,), in nats."""
    return -0.5 * np.sum(z**2 + LOG_2PI, axis=1)


def log_posterior(z: Array, mu: Array, log_sigma: Array) -> Array:
    """log Q(z) of the diagonal Gaussian: shapes (M, Z) to (M,), in nats."""
    standardised = (z - mu) * np.exp(-log_sigma)
    return -0.5 * np.sum(standardised**2 + 2 * log_sigma + LOG_2PI, axis=1)
