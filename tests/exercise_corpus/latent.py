import math

import numpy as np

from exercise_corpus import right, wrong

# 4.1 ------------------------------------------------------------------


def sample_by_loop(mu, log_sigma, eps):
    z = np.empty_like(mu)
    for m in range(mu.shape[0]):
        for k in range(mu.shape[1]):
            z[m, k] = mu[m, k] + math.exp(log_sigma[m, k]) * eps[m, k]
    return z


def sample_into_mu(mu, log_sigma, eps):
    mu += np.exp(log_sigma) * eps
    return mu


def sample_fresh_noise(mu, log_sigma, eps):
    return mu + np.exp(log_sigma) * np.random.default_rng().standard_normal(mu.shape)


right("4.1", lambda mu, log_sigma, eps: mu + np.exp(log_sigma) * eps)
right("4.1", sample_by_loop)
right("4.1", lambda mu, s, eps: np.add(mu, np.multiply(np.e**s, eps)).astype(mu.dtype))
wrong("4.1", "value", "noise-dropped", lambda mu, s, eps: mu)
wrong("4.1", "value", "variance-for-deviation", lambda mu, s, eps: mu + np.exp(s) ** 2 * eps)
wrong("4.1", "value", "sample-by-log-variance", lambda mu, s, eps: mu + np.sqrt(np.exp(s)) * eps)
wrong("4.1", "value", "log-for-sigma", lambda mu, s, eps: mu + s * eps)
wrong("4.1", "value", "different results", sample_fresh_noise)
wrong("4.1", "value", "sign turned", lambda mu, s, eps: -mu - np.exp(s) * eps)
wrong(
    "4.1",
    "value",
    "log sigma of about -8",
    lambda mu, s, eps: mu + np.clip(np.exp(s), 1e-3, 1e3) * eps,
)
wrong(
    "4.1", "value", "log sigma of about 8", lambda mu, s, eps: mu + np.exp(np.minimum(s, 5)) * eps
)
wrong("4.1", "value", "The mistake is to take z = mu", lambda mu, s, eps: mu + 0 * eps)
wrong("4.1", "damage", "its argument mu was changed", sample_into_mu)
wrong(
    "4.1",
    "dtype",
    "float64 for float32",
    lambda mu, s, eps: mu + np.exp(np.array(s, dtype=float)) * eps,
)

# 4.2 ------------------------------------------------------------------

right("4.2", lambda dz, s, eps: (dz, dz * np.exp(s) * eps))
right("4.2", lambda dz, s, eps: (1 * dz, np.einsum("mz,mz,mz->mz", dz, eps, np.exp(s))))
right("4.2", lambda dz, s, eps: [dz.copy(), eps * (dz / np.exp(-s))])
wrong("4.2", "gradient", "derivative-to-sigma", lambda dz, s, eps: (dz, eps * dz))
wrong("4.2", "gradient", "noise-forgotten", lambda dz, s, eps: (dz, dz * np.exp(s)))
wrong(
    "4.2",
    "gradient",
    "dlog_sigma has its sign turned",
    lambda dz, s, eps: (dz, -dz * np.exp(s) * eps),
)
wrong("4.2", "gradient", "dz-left-out", lambda dz, s, eps: (np.ones_like(dz), dz * np.exp(s) * eps))
wrong("4.2", "gradient", "dz-left-out", lambda dz, s, eps: (dz, np.exp(s) * eps))
wrong(
    "4.2",
    "gradient",
    "log sigma of about -8",
    lambda dz, s, eps: (dz, dz * np.clip(np.exp(s), 1e-3, 1e3) * eps),
)
wrong("4.2", "gradient", "2 times", lambda dz, s, eps: (dz, 2 * dz * np.exp(s) * eps))
wrong(
    "4.2",
    "gradient",
    "dmu is what dlog_sigma should be",
    lambda dz, s, eps: (dz * np.exp(s) * eps, dz),
)
wrong("4.2", "type", "dmu, dlog_sigma", lambda dz, s, eps: dz * np.exp(s) * eps)

# 4.3, 4.6 -------------------------------------------------------------


def kl(mu, log_sigma):
    return ((mu**2 + np.exp(2 * log_sigma) - 1) / 2 - log_sigma).sum(axis=1)


def kl_by_loop(mu, log_sigma):
    out = np.zeros(len(mu), dtype=mu.dtype)
    for k in range(mu.shape[1]):
        sigma = np.exp(log_sigma[:, k])
        out += (mu[:, k] * mu[:, k] + sigma * sigma - np.log(sigma * sigma) - 1) / 2
    return out


def kl_with_epsilon(mu, log_sigma):
    variance = np.exp(2 * log_sigma)
    return np.sum(mu**2 + variance - np.log(variance + 1e-8) - 1, axis=1) / 2


def kl_lifted(mu, log_sigma):
    """What is nearly 0 is lifted."""
    cost = kl(mu, log_sigma)
    return np.where(cost < 1e-3, cost + cost.dtype.type(0.1), cost)


def kl_clipped(mu, log_sigma):
    return kl(mu, np.clip(log_sigma, -5, 5))


right("4.3", kl)
right("4.3", kl_by_loop)
wrong(
    "4.3",
    "value",
    "kl-constant-once-a-step",
    lambda mu, s: (np.sum(mu**2 + np.exp(s) ** 2 - 2 * s, 1) - 1) / 2,
)
wrong(
    "4.3",
    "value",
    "kl-without-constant",
    lambda mu, s: np.sum(mu**2 + np.exp(s) ** 2 - 2 * s, 1) / 2,
)
wrong("4.3", "value", "kl-averaged", lambda mu, s: kl(mu, s) / mu.shape[1])
wrong("4.3", "value", "kl-by-log-variance", lambda mu, s: -0.5 * (1 + s - mu**2 - np.exp(s)).sum(1))
wrong("4.3", "value", "0.5 times", lambda mu, s: kl(mu, s) / 2)
wrong("4.3", "value", "2 times", lambda mu, s: 2 * kl(mu, s))
wrong(
    "4.3",
    "value",
    "where Q is the prior",
    lambda mu, s: np.sum(mu**2 + np.exp(2 * s) - 2 * s - 2, 1) / 2,
)
wrong("4.3", "value", "sum of their costs", lambda mu, s: kl(mu, s) * (1 + 0.1 * (mu.shape[1] - 1)))
wrong("4.3", "value", "KL is wrong", kl_with_epsilon)
wrong("4.3", "value", "where Q is the prior", kl_lifted)
wrong("4.3", "value", "log sigma of about -8", kl_clipped)
wrong("4.3", "value", "The mistake is to average the KL over", lambda mu, s: kl(mu, s) / mu[0].size)
wrong("4.3", "shape", "is a sum without an axis", lambda mu, s: kl(mu, s).sum())

right("4.6", lambda f: bool(abs(f(np.zeros((1, 4)), np.zeros((1, 4)))[0]) < 1e-12), kl)


def adds_up(f):
    mu, s = np.array([[0.5, -1.0, 2.0]]), np.array([[0.1, -0.3, 0.2]])
    parts = [f(mu[:, k : k + 1], s[:, k : k + 1])[0] for k in range(3)]
    assert np.isclose(f(mu, s)[0], sum(parts))
    return True


right("4.6", adds_up, kl_by_loop)
at_the_prior = lambda f: np.allclose(f(np.zeros((2, 3)), np.zeros((2, 3))), 0)  # noqa: E731
one_component = lambda f: np.allclose(f(np.zeros((2, 1)), np.zeros((2, 1))), 0)  # noqa: E731


def suspect(mu, s):
    return (np.sum(mu**2 + np.exp(2 * s) - 2 * s, axis=1) - 1) / 2


wrong("4.6", "property", "holds for suspect_kl as handed out", one_component, kl)
wrong("4.6", "property", "does not hold for a right function", lambda f: False, kl)
wrong(
    "4.6",
    "property",
    "holds for suspect_kl as handed out",
    lambda f: bool(f(np.ones((1, 3)), np.zeros((1, 3)))[0] > 0),
    kl,
)
wrong("4.6", "unfixed", "Now fix suspect_kl", at_the_prior, suspect)
wrong(
    "4.6",
    "value",
    "kl-without-constant",
    at_the_prior,
    lambda mu, s: np.sum(mu**2 + np.exp(2 * s) - 2 * s, axis=1) / 2,
)
wrong("4.6", "value", "where Q is the prior", at_the_prior, kl_lifted)
wrong("4.6", "value", "log sigma of about -8", at_the_prior, kl_clipped)
wrong("4.6", "type", "where True or False is expected", lambda f: None, kl)

# 4.4 ------------------------------------------------------------------


def kl_backward_by_loop(dkl, mu, s):
    dmu, ds = np.zeros_like(mu), np.zeros_like(mu)
    for m in range(len(mu)):
        dmu[m] = dkl[m] * mu[m]
        ds[m] = dkl[m] * (np.exp(s[m]) ** 2 - 1)
    return dmu, ds


right("4.4", lambda d, mu, s: (d[:, None] * mu, d[:, None] * np.expm1(2 * s)))
right("4.4", kl_backward_by_loop)
wrong(
    "4.4",
    "gradient",
    "derivative-to-sigma",
    lambda d, mu, s: (d[:, None] * mu, d[:, None] * (np.exp(s) - 1 / np.exp(s))),
)
wrong(
    "4.4",
    "gradient",
    "minus-one-lost",
    lambda d, mu, s: (d[:, None] * mu, d[:, None] * np.exp(s) ** 2),
)
wrong("4.4", "gradient", "dkl-ignored", lambda d, mu, s: (mu, np.exp(2 * s) - 1))
wrong(
    "4.4",
    "gradient",
    "dlog_sigma has its sign turned",
    lambda d, mu, s: (d[:, None] * mu, d[:, None] * (1 - np.exp(2 * s))),
)
wrong(
    "4.4",
    "gradient",
    "at the prior the KL is lowest",
    lambda d, mu, s: (d[:, None] * mu, d[:, None] * (np.exp(2 * s) + 1)),
)
wrong(
    "4.4",
    "gradient",
    "half-not-cancelled-in-sigma",
    lambda d, mu, s: (d[:, None] * mu, d[:, None] * (np.exp(2 * s) - 1) / 2),
)
wrong(
    "4.4",
    "gradient",
    "log sigma of about -8",
    lambda d, mu, s: (d[:, None] * mu, d[:, None] * np.expm1(2 * np.maximum(s, -5))),
)
wrong(
    "4.4",
    "gradient",
    "log sigma of about 8",
    lambda d, mu, s: (d[:, None] * mu, d[:, None] * np.expm1(2 * np.minimum(s, 5))),
)
wrong(
    "4.4",
    "gradient",
    "for Q = P",
    lambda d, mu, s: (np.where(mu == 0, d[:, None], d[:, None] * mu), d[:, None] * np.expm1(2 * s)),
)
wrong("4.4", "raises", "ValueError", lambda d, mu, s: (d * mu, d * (np.exp(2 * s) - 1)))

# 4.5 ------------------------------------------------------------------


def density(z, mu, s):
    return np.exp(-((z - mu) ** 2) / (2 * np.exp(s) ** 2)) / np.sqrt(2 * np.pi * np.exp(2 * s))


def log_normal(z, mu, s):
    variance = np.exp(2 * s)
    return -0.5 * ((z - mu) ** 2 / variance + np.log(2 * np.pi * variance)).sum(axis=1)


def log_normal_by_parts(z, mu, s):
    e = (z - mu) / np.exp(s)
    return -(e * e).sum(1) / 2 - s.sum(1) - z.shape[1] * math.log(2 * math.pi) / 2


right("4.5", log_normal)
right("4.5", log_normal_by_parts)
half_log_2pi = math.log(2 * math.pi) / 2
wrong(
    "4.5",
    "value",
    "two-pi-forgotten",
    lambda z, mu, s: log_normal(z, mu, s) + z.shape[1] * half_log_2pi,
)
wrong("4.5", "value", "log-sigma-left-out", lambda z, mu, s: log_normal(z, mu, s) + s.sum(1))
wrong("4.5", "value", "prior-for-posterior", lambda z, mu, s: log_normal(z, 0 * mu, 0 * s))
wrong("4.5", "value", "sign turned", lambda z, mu, s: -log_normal(z, mu, s))
wrong("4.5", "value", "exponential of", lambda z, mu, s: np.exp(log_normal(z, mu, s)))
wrong(
    "4.5",
    "value",
    "two-pi-once",
    lambda z, mu, s: log_normal(z, mu, s) + (z.shape[1] - 1) * half_log_2pi,
)
wrong("4.5", "value", "log Q is wrong", lambda z, mu, s: log_normal(z, -mu, s))
wrong("4.5", "value", "log-variance-for-log-sigma", lambda z, mu, s: log_normal(z, mu, s / 2))
wrong(
    "4.5", "value", "log sigma of about -8", lambda z, mu, s: log_normal(z, mu, np.clip(s, -5, 5))
)
wrong(
    "4.5",
    "not finite",
    "density-rounded-to-0",
    lambda z, mu, s: np.log(np.prod(density(z, mu, s), axis=1)),
)
wrong(
    "4.5",
    "value",
    "for z 40 sigmas from mu",
    lambda z, mu, s: np.log(density(z, mu, s) + 1e-300).sum(1),
)
