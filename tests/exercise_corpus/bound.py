import math

import numpy as np

from exercise_corpus import right, wrong

# 5.0 ------------------------------------------------------------------

right("5.0", lambda f, g: f @ np.log2(1 / g))
right("5.0", lambda f, g: -sum(a * math.log(b) for a, b in zip(f, g, strict=True)) / math.log(2))
right("5.0", lambda f, g: np.sum(f * np.log(g)) / -math.log(2))
wrong("5.0", "value", "nats-for-bits", lambda f, g: f @ -np.log(g))
wrong("5.0", "value", "letters-alike", lambda f, g: np.mean(np.log2(1 / g)))
wrong("5.0", "value", "not-weighed", lambda f, g: np.sum(np.log2(1 / g)))
wrong("5.0", "value", "divided-by-K", lambda f, g: -np.mean(f * np.log2(g)))
wrong("5.0", "value", "shares-and-code-exchanged", lambda f, g: -np.sum(g * np.log2(f)))
wrong("5.0", "value", "whole-bits", lambda f, g: f @ np.ceil(-np.log2(g)))
wrong("5.0", "value", "not expected", lambda f, g: -np.log2(np.prod(g**f)) + (f == 0).any())
wrong("5.0", "value", "hardly expected", lambda f, g: -np.sum(f * np.log2(np.maximum(g, 1e-6))))
wrong("5.0", "value", "is there an epsilon", lambda f, g: -np.sum(f * np.log2(g + 1e-8)))
wrong("5.0", "shape", "bits has (3,)", lambda f, g: -f * np.log2(g))

# 5.1, 5.2 -------------------------------------------------------------


def softplus(v):
    return np.maximum(v, 0) + np.log1p(np.exp(-np.abs(v)))


def logistic(v):
    return (np.tanh(v / 2) + 1) / 2


def logistic_by_sign(v):
    e = np.exp(-np.abs(v))
    return np.where(v >= 0, 1 / (1 + e), e / (1 + e))


def softplus_with_threshold(v, threshold):
    return np.where(v > threshold, v, np.log1p(np.exp(np.minimum(v, threshold))))


right("5.1", softplus)
right("5.1", lambda v: np.logaddexp(v, v.dtype.type(0)))
right("5.1", lambda v: softplus_with_threshold(v, 20))
wrong("5.1", "not finite", "overflow", lambda v: np.log(np.exp(v) + 1))
wrong("5.1", "value", "rectified", lambda v: v * (v > 0))
wrong("5.1", "value", "clipped", lambda v: np.log(1 + np.exp(np.clip(v, -30, 30))))
wrong("5.1", "value", "between -1000 and 1000", lambda v: np.log1p(np.exp(np.minimum(v, 700))))
wrong("5.1", "value", "sigmoid-for-softplus", logistic)
wrong("5.1", "value", "y has its sign turned", lambda v: -softplus(v))
wrong("5.1", "value", "1.4427 times", lambda v: softplus(v) / math.log(2))
wrong("5.1", "value", "half-fixed", lambda v: np.log(1 + np.exp(-np.abs(v))))
wrong("5.1", "value", "linear too soon: at 5", lambda v: softplus_with_threshold(v, 4))
wrong("5.1", "value", "linear too soon: at 8", lambda v: softplus_with_threshold(v, 6))
wrong("5.1", "value", "linear too soon: at 12", lambda v: softplus_with_threshold(v, 10))
wrong("5.1", "value", "0 too soon: at -8", lambda v: np.where(v < -5, 0 * v, softplus(v)))

right("5.2", lambda dy, v: dy * logistic(v))
right("5.2", lambda dy, v: dy * logistic_by_sign(v))
right("5.2", lambda dy, v: dy / (1 + np.exp(-v)))
right("5.2", lambda dy, v: dy * np.where(v > 24, 1, logistic_by_sign(v)))
wrong("5.2", "gradient", "1 too soon: at 12", lambda dy, v: dy * np.where(v > 10, 1, logistic(v)))
wrong("5.2", "gradient", "0 too soon: at -8", lambda dy, v: dy * np.where(v < -5, 0, logistic(v)))
wrong("5.2", "gradient", "dy-ignored", lambda dy, v: logistic(v))
wrong("5.2", "gradient", "slope-of-the-sigmoid", lambda dy, v: dy * logistic(v) * (1 - logistic(v)))
wrong("5.2", "gradient", "sigmoid-of-minus-v", lambda dy, v: dy * logistic(-v))
wrong("5.2", "gradient", "slope-of-max", lambda dy, v: np.where(v > 0, dy, 0))
wrong("5.2", "gradient", "0.5 times", lambda dy, v: dy * (np.tanh(v / 2) + 1) / 4)
wrong("5.2", "gradient", "dv is wrong", lambda dy, v: dy * (np.tanh(v) + 1) / 2)
wrong("5.2", "gradient", "dv is wrong", lambda dy, v: dy + logistic(v))
wrong("5.2", "not finite", "overflow", lambda dy, v: dy * np.exp(v) / (np.exp(v) + 1))

# 5.3, 5.7 -------------------------------------------------------------


def nll(x, c):
    return (softplus(c) - x * c).reshape(len(x), -1).sum(axis=1)


def nll_by_loop(x, c):
    found = [(a * softplus(-v) + (1 - a) * softplus(v)).sum() for a, v in zip(x, c, strict=True)]
    return np.array(found, dtype=c.dtype)


def nll_with_epsilon(x, c, epsilon=1e-8):
    p = logistic(c)
    return -(x * np.log(p + epsilon) + (1 - x) * np.log(1 - p + epsilon)).sum(axis=(1, 2, 3))


def nll_overflowing(x, c):
    return np.sum(x * np.log(1 + np.exp(-c)) + (1 - x) * np.log(1 + np.exp(c)), axis=(1, 2, 3))


def nll_clipped(x, c):
    return nll(x, np.clip(c, -30, 30))


right("5.3", nll)
right("5.3", nll_by_loop)
wrong("5.3", "value", "mean-over-pixels", lambda x, c: nll(x, c) / x[0].size)
wrong("5.3", "value", "probability-plus-epsilon", nll_with_epsilon)
wrong("5.3", "value", "logits of +-50", nll_clipped)
wrong("5.3", "value", "log-likelihood", lambda x, c: -nll(x, c))
wrong("5.3", "value", "logit-turned", lambda x, c: (softplus(-c) + x * c).sum(axis=(1, 2, 3)))
wrong(
    "5.3",
    "value",
    "for 3 pictures of 2 channels",
    lambda x, c: (softplus(c) - x * c)[:, 0].sum(axis=(1, 2)),
)
wrong(
    "5.3",
    "value",
    "for 3 pictures of 2 channels",
    lambda x, c: (softplus(c) - x * c).sum(axis=(2, 3)).mean(axis=1),
)
wrong("5.3", "value", "1.4427 times", lambda x, c: nll(x, c) / math.log(2))
wrong("5.3", "value", "for grey pixels", lambda x, c: nll(np.round(x), c))
wrong("5.3", "value", "pixel costs log 2", lambda x, c: (softplus(c) - x * c - 1).sum((1, 2, 3)))
wrong("5.3", "value", "plus-for-minus", lambda x, c: (softplus(c) + x * c).sum(axis=(1, 2, 3)))
wrong(
    "5.3",
    "value",
    "for logits of +-8",
    lambda x, c: (softplus_with_threshold(c, 7) - x * c).sum(axis=(1, 2, 3)),
)
wrong("5.3", "value", "a pixel costs log 2", lambda x, c: nll(x, c) + np.all(c == 0, (1, 2, 3)))
wrong("5.3", "not finite", "overflow-on-both-sides: exp(c) and exp(-c) overflow", nll_overflowing)


def grows_by_ten(f):
    one = np.ones((1, 1, 1, 1))
    cost = [f(0 * one, k * one)[0] for k in (30.0, 40.0)]
    return abs(cost[1] - cost[0] - 10) < 1e-3


def cost_of_black(f, c):
    return f(np.zeros((1, 1, 1, 1)), np.full((1, 1, 1, 1), c))[0]


def symmetric(f):
    """Black for white and c for -c: the same cost."""
    x, c = np.ones((1, 1, 1, 1)), np.full((1, 1, 1, 1), 2.0)
    return np.allclose(f(x, c), f(1 - x, -c))


right("5.7", grows_by_ten, nll)
right(
    "5.7",
    lambda f: bool(f(np.ones((1, 1, 2, 2)), np.full((1, 1, 2, 2), -60.0))[0] > 200),
    nll_by_loop,
)
wrong("5.7", "property", "as handed out", symmetric, nll)
wrong("5.7", "property", "as handed out", lambda f: cost_of_black(f, 9.0) > 8.9, nll)
wrong(
    "5.7",
    "property",
    "does not hold for a right",
    lambda f: f(np.zeros((1, 1, 1, 1)), np.full((1, 1, 1, 1), 5.0))[0] == 5.0,
    nll,
)
wrong("5.7", "unfixed", "Now fix suspect_nll", grows_by_ten, nll_with_epsilon)
wrong("5.7", "value", "as fixed", grows_by_ten, lambda x, c: nll_with_epsilon(x, c, 1e-15))
wrong("5.7", "value", "as fixed", grows_by_ten, lambda x, c: nll(x, np.clip(c, -45, 45)))
wrong(
    "5.7",
    "not finite",
    "overflow: exp(c) overflows: use a softplus",
    grows_by_ten,
    lambda x, c: (np.log(1 + np.exp(c)) - x * c).sum(axis=(1, 2, 3)),
)

# 5.4 ------------------------------------------------------------------


def each(d):
    return d.reshape(-1, 1, 1, 1)


def nll_back(d, x, c, f=lambda x, p: p - x):
    return each(d) * f(x, logistic(c))


right("5.4", nll_back)
right("5.4", lambda d, x, c: np.einsum("m,mcba->mcba", d, logistic_by_sign(c) - x))
wrong("5.4", "gradient", "error-image", lambda d, x, c: nll_back(d, x, c, lambda x, p: x - p))
wrong("5.4", "gradient", "dnll-ignored", lambda d, x, c: logistic(c) - x)
wrong("5.4", "gradient", "logit-for-mean", lambda d, x, c: each(d) * (c - x))
wrong(
    "5.4",
    "gradient",
    "slope-of-the-sigmoid-too",
    lambda d, x, c: nll_back(d, x, c, lambda x, p: (p - x) * p * (1 - p)),
)
wrong("5.4", "gradient", "mean-over-pixels", lambda d, x, c: nll_back(d, x, c) / x[0].size)
wrong("5.4", "gradient", "is right at index 0", lambda d, x, c: d[0] * (logistic(c) - x))
wrong("5.4", "gradient", "2 times", lambda d, x, c: 2 * nll_back(d, x, c))
wrong("5.4", "not finite", "overflow", lambda d, x, c: each(d) * (np.exp(c) / (np.exp(c) + 1) - x))
wrong(
    "5.4",
    "gradient",
    "for logits of 0",
    lambda d, x, c: each(d) * (np.where(c == 0, 1, logistic(c)) - x),
)

# 5.5 ------------------------------------------------------------------

log_2pi = math.log(2 * math.pi)


def log_normal(z, mu, s):
    return -0.5 * (((z - mu) / np.exp(s)) ** 2 + 2 * s + log_2pi).sum(1)


def weight(n, z, mu, s):
    return -n + log_normal(z, 0 * z, 0 * z) - log_normal(z, mu, s)


right("5.5", weight)
right("5.5", lambda n, z, mu, s: ((z - mu) ** 2 / np.exp(2 * s) - z**2 + 2 * s).sum(1) / 2 - n)
wrong(
    "5.5",
    "value",
    "weights-by-closed-form",
    lambda n, z, mu, s: -n - (mu**2 + np.exp(2 * s) - 2 * s - 1).sum(1) / 2,
)
wrong("5.5", "value", "nll-added", lambda n, z, mu, s: weight(-n, z, mu, s))
wrong("5.5", "value", "prior-forgotten", lambda n, z, mu, s: -n - log_normal(z, mu, s))
wrong("5.5", "value", "posterior-forgotten", lambda n, z, mu, s: -n + log_normal(z, 0 * z, 0 * z))
wrong("5.5", "value", "log-weight-turned", lambda n, z, mu, s: -weight(n, z, mu, s))
wrong("5.5", "value", "log w is wrong", lambda n, z, mu, s: np.exp(weight(n, z, mu, s)))
wrong("5.5", "value", "log w is wrong", lambda n, z, mu, s: weight(n, mu, mu, s))
wrong(
    "5.5",
    "value",
    "log w is wrong",
    lambda n, z, mu, s: -n + log_normal(z, 0 * z, 0 * z) - log_normal(z, mu, -s),
)
wrong(
    "5.5",
    "value",
    "log-variance-for-log-sigma",
    lambda n, z, mu, s: -n + log_normal(z, 0 * z, 0 * z) - log_normal(z, mu, s / 2),
)
wrong(
    "5.5",
    "value",
    "log-sigma-once",
    lambda n, z, mu, s: ((z - mu) ** 2 / np.exp(2 * s) - z**2 + s).sum(1) / 2 - n,
)
wrong(
    "5.5",
    "value",
    "two-pi-in-q-only",
    lambda n, z, mu, s: -n - (z * z).sum(1) / 2 - log_normal(z, mu, s),
)
wrong(
    "5.5",
    "value",
    "two-pi-in-p-only",
    lambda n, z, mu, s: (
        -n + log_normal(z, 0 * z, 0 * z) + (((z - mu) / np.exp(s)) ** 2 / 2 + s).sum(1)
    ),
)
wrong(
    "5.5",
    "value",
    "posterior-added",
    lambda n, z, mu, s: -n + log_normal(z, 0 * z, 0 * z) + log_normal(z, mu, s),
)
wrong(
    "5.5", "value", "log sigma of about -8", lambda n, z, mu, s: weight(n, z, mu, np.clip(s, -5, 5))
)
wrong(
    "5.5",
    "not finite",
    "density-rounded-to-0",
    lambda n, z, mu, s: (
        -n + np.log(np.exp(log_normal(z, 0 * z, 0 * z)) / np.exp(log_normal(z, mu, s)))
    ),
)

# 5.6 ------------------------------------------------------------------


def tighter(w):
    top = np.max(w, axis=0, keepdims=True)
    return -(top[0] + np.log(np.exp(w - top).sum(axis=0) / w.dtype.type(len(w))))


def tighter_by_pairs(w):
    total = w[0]
    for row in w[1:]:
        total = np.logaddexp(total, row)
    return math.log(len(w)) - total


right("5.6", tighter)
right("5.6", tighter_by_pairs)
wrong("5.6", "value", "mean-of-the-logarithms", lambda w: -w.mean(0))
wrong("5.6", "value", "sum-for-mean", lambda w: tighter(w) - np.log(len(w)).astype(w.dtype))
wrong("5.6", "value", "sign-forgotten", lambda w: -tighter(w))
wrong("5.6", "value", "best-draw-only", lambda w: (-w).min(0))
wrong("5.6", "value", "maximum-not-given-back", lambda w: -np.log(np.exp(w - w.max(0)).mean(0)))
wrong("5.6", "value", "bound is wrong", lambda w: tighter(w) + np.log(len(w)).astype(w.dtype))
wrong(
    "5.6",
    "value",
    "maximum-given-back-with-the-wrong-sign",
    lambda w: -np.log(np.exp(w - w.max(0)).mean(0)) + w.max(0),
)
wrong(
    "5.6",
    "value",
    "four equal weights",
    lambda w: tighter(w) + (len(w) > 1) * np.all(w == w[0], 0).astype(w.dtype),
)
wrong("5.6", "not finite", "underflow", lambda w: -np.log(np.exp(w).mean(0)))
