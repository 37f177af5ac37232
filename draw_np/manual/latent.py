"""Sampling the latent, and its cost, with their derivatives.

Axes: ``M`` images, ``Z`` latent components.
"""

from draw_np.machine.backend import array_module


def sample_forward(mu, log_sigma, eps):
    """z = mu + sigma eps with sigma = exp(log_sigma): shapes (M, Z) (Eq. 6)."""
    noise = array_module(mu).exp(log_sigma) * eps
    return mu + noise, noise


def sample_backward(dz, cache):
    """dmu and dlog_sigma from dz: dz/dmu = 1 and dz/dlog_sigma = sigma eps."""
    noise = cache
    return dz, dz * noise


def kl_forward(mu, log_sigma):
    """KL(Q || P) = 1/2 sum_k (mu_k^2 + sigma_k^2 - 2 log sigma_k - 1), shape (M,) (Eq. 11)."""
    sigma2 = array_module(mu).exp(2 * log_sigma)  # (M, Z)
    return 0.5 * (mu * mu + sigma2 - 2 * log_sigma - 1).sum(axis=1), (mu, sigma2)


def kl_backward(dkl, cache):
    """dmu and dlog_sigma from dkl, shape (M,).

    dKL/dmu_k = mu_k, and dKL/dlog sigma_k = 1/2 (2 sigma_k^2 - 2) = sigma_k^2 - 1:
    both are 0 where Q is the prior.
    """
    mu, sigma2 = cache
    return dkl[:, None] * mu, dkl[:, None] * (sigma2 - 1)
