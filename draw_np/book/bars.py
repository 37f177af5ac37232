"""A model small enough to know the truth: pictures of a bar, and one latent number (chapter 5)."""

from functools import cache

import numpy as np

from draw_np import latent, likelihood
from draw_np.measuring import bounds

A, B = 9, 3  # width and height of the pictures
ROWS = ("....#.#..", ".....##..", ".....##..")
x = np.array([[p == "#" for p in row] for row in ROWS], dtype=float).reshape(1, 1, B, A)

GUESSES = {  # mu and log sigma of a normal q
    "good": (0.93, -1.52),
    "too wide": (0.94, -0.3),
    "too narrow": (1.25, -2.3),
}


def decoder(z, column=lambda z: 5 + 1.5 * z):
    """Logits of a bar whose column moves with z: shapes (M, 1) to (M, 1, B, A)."""
    row = 3.5 * np.exp(-((np.arange(1, A + 1) - column(z)) ** 2) / 2) - 2  # (M, A)
    return np.broadcast_to(row[:, None, None, :], (len(z), 1, B, A))


def two_bars(z):
    """The decoder to which z and -z are the same: its bar is in column 2 + 2.25 z^2."""
    return decoder(z, column=lambda z: 2 + 2.25 * z**2)


z = np.linspace(-8, 8, 3201)[:, None]  #: a grid over the latent, (grid, 1)
dz = z[1, 0] - z[0, 0]
prior = np.exp(latent.log_prior(z))  #: density of the prior, (grid,)


@cache
def nll(decoder=decoder):
    """-log D(x | z) at every point of the grid, (grid,)."""
    return likelihood.bernoulli_nll(x, decoder(z))


@cache
def probability(decoder=decoder):
    """p(x): the sum over the grid."""
    return np.sum(prior * np.exp(-nll(decoder))) * dz


@cache
def posterior(decoder=decoder):
    """The exact density of the latents that made x, (grid,)."""
    return prior * np.exp(-nll(decoder)) / probability(decoder)


def log_density(mu, log_sigma):
    """log q of one normal q on the grid, (grid,)."""
    return latent.log_posterior(z, np.array([[mu]]), np.array([[log_sigma]]))


def density(mu, log_sigma):
    """q on the grid, (grid,)."""
    return np.exp(log_density(mu, log_sigma))


def two_parts(mu, log_sigma, decoder=decoder):
    """L^x and L^z of one normal q, the first by a sum over the grid."""
    L_x = np.sum(density(mu, log_sigma) * nll(decoder)) * dz
    return L_x, latent.kl_to_prior(np.array([[mu]]), np.array([[log_sigma]]))[0]


def kl_to_posterior(mu, log_sigma):
    """KL of one normal q from the exact posterior, by a sum over the grid."""
    log_posterior = latent.log_prior(z) - nll() - np.log(probability())
    return np.sum(density(mu, log_sigma) * (log_density(mu, log_sigma) - log_posterior)) * dz


def gaps(mus, log_sigmas):
    """By how much the bound is too large for every normal q, (log_sigmas, mus), in nats."""
    found = [[sum(two_parts(m, v)) for m in mus] for v in log_sigmas]
    return np.array(found) + np.log(probability())


def best_of_two_humps():
    """The normal q with the lowest bound for ``two_bars``, of a fine grid: gap, mu, log sigma."""
    pairs = [(m, v) for m in np.linspace(1, 1.8, 41) for v in np.linspace(-3.5, -1.5, 41)]
    L, m, v = min((sum(two_parts(m, v, two_bars)), m, v) for m, v in pairs)
    return L + np.log(probability(two_bars)), m, v


def exact_gap(ratio, q, K):
    """L_K + log p(x) in nats, by the single integral of the chapter's appendix.

    Parameters
    ----------
    ratio : array, shape (n,)
        The weights w / p(x) that a draw may have.
    q : array, shape (n,)
        Their probabilities.
    K : int
        Draws.
    """
    u = np.arange(-40, 250, 0.05)  # the logarithm of the variable that is integrated over
    phi = np.exp(-np.exp(u)[:, None] / K * ratio) @ q
    return -np.sum(np.exp(-np.exp(u)) - phi**K) * 0.05


def exact_gap_of(mu, log_sigma, K):
    """``exact_gap`` of one normal q: a quarter of the grid is fine enough."""
    q, every = density(mu, log_sigma), slice(None, None, 4)
    w = posterior() / np.maximum(q, 1e-100)  # where q proposes nothing, w does not count
    return exact_gap(w[every], q[every] * 4 * dz, K)


def drawn_gap(mu, log_sigma, K, rng, repeats=400):
    """The same from draws: mean and standard error over so many repetitions."""
    at = np.full((K * repeats, 1), mu), np.full((K * repeats, 1), log_sigma)
    draws = latent.sample(*at, rng.standard_normal(at[0].shape))
    log_w = latent.log_prior(draws) - latent.log_posterior(draws, *at)
    log_w = (log_w - likelihood.bernoulli_nll(x, decoder(draws))).reshape(K, repeats)
    L_K = bounds.Bound(None, None, log_w).importance_weighted_each
    return L_K.mean() + np.log(probability()), bounds.standard_error(L_K)


def closed_form_limit(mu, log_sigma):
    """Where L_K goes for large K if the closed-form KL stands for the drawn log ratio, in nats."""
    return (
        -np.log(np.sum(density(mu, log_sigma) * np.exp(-nll())) * dz) + two_parts(mu, log_sigma)[1]
    )
