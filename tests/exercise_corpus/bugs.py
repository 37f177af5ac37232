import math

import numpy as np

from draw_np.practice.contents import EXERCISES
from exercise_corpus import kept_near, right, wrong

# 14.0 ------------------------------------------------------------------

right("14.0", lambda F: abs(1 - F.sum(axis=-1)))
right("14.0", lambda F: np.sqrt((np.einsum("mna->mn", F) - 1) ** 2))
wrong("14.0", "value", "sign-kept", lambda F: F.sum(axis=2) - 1)
wrong("14.0", "value", "sum-alone", lambda F: F.sum(axis=2))
wrong("14.0", "value", "squared", lambda F: (1 - F.sum(axis=2)) ** 2)
wrong("14.0", "shape", "", lambda F: abs(F.sum(axis=1) - 1))

# 14.1 -----------------------------------------------------------------


def measured(mu, log_sigma, eps):
    z = mu + np.exp(log_sigma) * eps
    ratio = np.sum((z**2 - eps**2) / 2 - log_sigma, axis=2)
    return ratio.mean(axis=0), ratio.std(axis=0, ddof=1) / np.sqrt(len(eps)).astype(mu.dtype)


def measured_by_loop(mu, log_sigma, eps):
    K, M, Z = eps.shape
    means, errors = np.empty_like(mu[:, 0]), np.empty_like(mu[:, 0])
    for m in range(M):
        draws = []
        for k in range(K):
            total = 0.0
            for j in range(Z):
                sigma = math.exp(log_sigma[m, j])
                z = mu[m, j] + sigma * eps[k, m, j]
                log_q = -0.5 * ((z - mu[m, j]) ** 2 / sigma**2 + math.log(2 * math.pi * sigma**2))
                total += log_q + 0.5 * (z * z + math.log(2 * math.pi))
            draws.append(total)
        means[m] = sum(draws) / K
        squares = sum((d - means[m]) ** 2 for d in draws)
        errors[m] = math.sqrt(squares / (K * (K - 1)))
    return means, errors


def cost(spread=lambda r: r.std(axis=0, ddof=1) / len(r) ** 0.5, q=1.0, sums=np.sum):
    def answer(mu, log_sigma, eps):
        z = mu + np.exp(log_sigma) * eps
        ratio = sums((z**2 - q * eps**2) / 2 - log_sigma, axis=2)
        return ratio.mean(axis=0), spread(ratio)

    return answer


def by_log_variance(mu, log_sigma, eps):
    z = mu + np.exp(log_sigma / 2) * eps
    q = (z - mu) ** 2 / np.exp(log_sigma) + log_sigma
    ratio = np.sum(z**2 - q, axis=2) / 2
    return ratio.mean(axis=0), ratio.std(axis=0, ddof=1) / len(eps) ** 0.5


def closed(mu, log_sigma, eps):
    kl = 0.5 * np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=1)
    return kl, cost()(mu, log_sigma, eps)[1]


def one_error_for_all(mu, log_sigma, eps):
    kl, error = cost()(mu, log_sigma, eps)
    return kl, np.full_like(error, error.mean())


def by_parts(
    draw=lambda mu, s, e: mu + np.exp(s) * e,
    variance=lambda s: np.exp(2 * s),
    of_error=lambda q, p: q - p,
):
    def answer(mu, log_sigma, eps):
        z = draw(mu, log_sigma, eps)
        log_q = np.sum(-((z - mu) ** 2) / variance(log_sigma) / 2 - log_sigma, axis=2)
        log_p = np.sum(-(z**2) / 2, axis=2)
        spread = np.std(of_error(log_q, log_p), axis=0, ddof=1)
        return np.mean(log_q - log_p, axis=0), spread / len(eps) ** 0.5

    return answer


def drawn_by_variance(mu, log_sigma, eps):
    z = mu + np.exp(2 * log_sigma) * eps
    ratio = np.sum((z**2 - eps**2) / 2 - log_sigma, axis=2)
    return ratio.mean(axis=0), ratio.std(axis=0, ddof=1) / len(eps) ** 0.5


def densities_multiplied(mu, log_sigma, eps):
    sigma, root = np.exp(log_sigma), float(np.sqrt(2 * np.pi))
    z = mu + sigma * eps
    q = np.prod(np.exp(-(((z - mu) / sigma) ** 2) / 2) / (sigma * root), axis=2)
    p = np.prod(np.exp(-(z**2) / 2) / root, axis=2)
    ratio = np.log(q / p)
    return ratio.mean(axis=0), ratio.std(axis=0, ddof=1) / len(eps) ** 0.5


right("14.1", measured)
right("14.1", measured_by_loop)
right("14.1", cost())
wrong(
    "14.1",
    "value",
    "known mistake K-in-the-denominator",
    cost(lambda r: r.std(axis=0) / len(r) ** 0.5),
)
wrong("14.1", "value", "known mistake spread-of-one-draw", cost(lambda r: r.std(axis=0, ddof=1)))
wrong(
    "14.1",
    "value",
    "known mistake variance-for-deviation",
    cost(lambda r: r.var(axis=0, ddof=1) / len(r)),
)
wrong("14.1", "value", "known mistake averaged-over-components", cost(sums=np.mean))
wrong("14.1", "value", "known mistake closed-form", closed)
wrong("14.1", "value", "KL and error are 0; here they are", cost(q=0.0))
wrong("14.1", "value", "known mistake log-variance-throughout", by_log_variance)
wrong("14.1", "value", "error is wrong, for 5 samples, 2 images", one_error_for_all)
wrong("14.1", "value", "error is what KL should be", lambda *a: measured(*a)[::-1])
wrong("14.1", "value", "known mistake spread-of-log-q", by_parts(of_error=lambda q, p: q))
wrong("14.1", "value", "known mistake spread-of-log-p", by_parts(of_error=lambda q, p: p))
wrong("14.1", "value", "known mistake deviation-for-variance", by_parts(variance=np.exp))
wrong(
    "14.1",
    "value",
    "known mistake sample-by-variance",
    by_parts(lambda mu, s, e: mu + np.exp(2 * s) * e),
)
wrong("14.1", "value", "known mistake sample-by-variance-alone", drawn_by_variance)
wrong("14.1", "not finite", "known mistake density-rounded-to-0", densities_multiplied)

# 14.2 -----------------------------------------------------------------


def loss(nll, kl):
    return np.mean(nll + np.sum(kl, axis=0))


def loss_by_hand(nll, kl):
    return (nll.sum() + kl.sum()) / len(nll)


def loss_summed(nll, kl):
    return nll.sum() + kl.sum()


def halves(f):
    nll, kl = np.ones(4), np.full((2, 4), 3.0)
    return f(nll[:2], kl[:, :2]) == f(nll, kl)


def per_image(f):
    assert np.isclose(f(np.full(7, 10.0), np.full((3, 7), 1.0)), 13)
    return True


def right_for_one(f):
    return bool(np.isclose(f(np.array([10.0]), np.ones((3, 1))), 13))


def ignores_the_steps(f):
    nll, kl = np.ones(4), np.full((2, 4), 3.0)
    return bool(np.isclose(f(nll, np.tile(kl, (2, 1))), f(nll, kl)))


def of_lists(f):
    return bool(np.isclose(f([10, 21], [[1, 3], [2, 5], [0, 1]]), 21.5))


def kl_of_half_the_images(f):
    return f(np.ones(10), np.ones((3, 5))) == 4


right("14.2", halves, loss)
right("14.2", of_lists, loss)
right("14.2", per_image, loss_by_hand)
wrong("14.2", "property", "holds for suspect_loss as handed out", right_for_one, loss)
wrong("14.2", "property", "does not hold for a right function", ignores_the_steps, loss)
wrong("14.2", "unfixed", "Now fix suspect_loss", halves, loss_summed)
wrong("14.2", "value", "kl-averaged-over-steps", halves, lambda nll, kl: nll.mean() + kl.mean())
wrong("14.2", "value", "only-L^x-is-a-mean", per_image, lambda nll, kl: nll.mean() + kl.sum())
wrong(
    "14.2",
    "value",
    "divided-by-the-steps",
    per_image,
    lambda nll, kl: (nll.sum() + kl.sum()) / len(kl),
)
wrong("14.2", "value", "L is T times too small", halves, lambda nll, kl: loss(nll, kl) / len(kl))
wrong(
    "14.2",
    "raises",
    "raises ValueError: loss was given nll of 10 images and kl of 5",
    kl_of_half_the_images,
    loss,
)

# 14.3 -----------------------------------------------------------------


def read(line, raw_g, delta, sigma2, N, centre=lambda A, g: (A + 1) / 2 * (g + 1), first=1):
    A = line.shape[1]
    i, a = np.arange(1, N + 1), np.arange(first, A + first)
    mu = (centre(A, raw_g)[:, None] + delta[:, None] * (i - N / 2 - 0.5)).astype(line.dtype)
    e = np.exp(-((a - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None])).astype(line.dtype)
    return np.einsum("mna,ma->mn", e / e.sum(axis=2, keepdims=True), line)


def read_by_loop(line, raw_g, delta, sigma2, N):
    M, A = line.shape
    patch = np.empty((M, N), line.dtype)
    for m in range(M):
        for n in range(N):
            at = (A + 1) / 2 + (A + 1) / 2 * raw_g[m] + delta[m] * (n - (N - 1) / 2)
            weights = [math.exp(-((a + 1 - at) ** 2) / (2 * sigma2[m])) for a in range(A)]
            patch[m, n] = sum(w * v for w, v in zip(weights, line[m], strict=True)) / sum(weights)
    return patch


def read_where(centre, first=1):
    return lambda *arguments: read(*arguments, centre, first)


LINE = np.array([[0.2, 0.9, 0.1, 0.7, 0.3, 0.0]])
ONE = np.ones(1)


def mirrored(f):
    there = f(LINE, 0.2 * ONE, ONE, ONE, 2)
    return np.allclose(f(LINE[:, ::-1], -0.2 * ONE, ONE, ONE, 2), there[:, ::-1])


def symmetric_at_rest(f):
    patch = f(np.array([[1.0, 2.0, 5.0, 2.0, 1.0]]), 0 * ONE, ONE, ONE, 3)
    return bool(np.isclose(patch[0, 0], patch[0, 2]))


def mean_of_a_ramp(f):
    ramp = np.arange(1.0, 102.0)[None]
    return bool(np.isclose(f(ramp, 0 * ONE, 3 * ONE, 4 * ONE, 5).mean(), 51))


def turned_without_g(f):
    there = f(LINE, 0.2 * ONE, ONE, ONE, 2)
    return np.allclose(f(LINE[:, ::-1], 0.2 * ONE, ONE, ONE, 2), there[:, ::-1])


def sums_to_one(f):
    return np.allclose(f(np.ones((1, 8)), 0.1 * ONE, ONE, ONE, 3), 1)


right("14.3", mirrored, read)
right("14.3", symmetric_at_rest, read_by_loop)
right("14.3", mean_of_a_ramp, read_where(lambda A, g: (A + 1) / 2 * (g + 1) - 1, 0))
wrong("14.3", "property", "holds for suspect_read as handed out", sums_to_one, read)
wrong("14.3", "property", "does not hold for a right function", turned_without_g, read)
wrong("14.3", "unfixed", "Now fix suspect_read", mirrored, read_where(lambda A, g: A / 2 * (g + 1)))
wrong(
    "14.3", "value", "half-a-pixel-added", mirrored, read_where(lambda A, g: A / 2 * (g + 1) + 0.5)
)
wrong(
    "14.3",
    "value",
    "half-the-pixels-less-one",
    mirrored,
    read_where(lambda A, g: (A - 1) / 2 * (g + 1)),
)
wrong(
    "14.3",
    "value",
    "range-of-the-pixels",
    mirrored,
    read_where(lambda A, g: (A - 1) / 2 * (g + 1), 0),
)
wrong(
    "14.3",
    "value",
    "half-a-pixel-to-the-other-side",
    mirrored,
    read_where(lambda A, g: A / 2 * (g + 1), 0),
)
wrong(
    "14.3",
    "value",
    "turned round along its last axis",
    mirrored,
    lambda *arguments: read(*arguments)[:, ::-1],
)
wrong(
    "14.3",
    "dtype",
    "right in float64, but patch is float64",
    mirrored,
    lambda *arguments: 1.0 * read(*arguments).astype(float),
)

# 14.4 -----------------------------------------------------------------


def table(f, eps):
    rows = []
    for t in range(len(eps)):
        noise = eps.copy()
        noise[t] = np.nan
        rows.append(np.isnan(f(noise)).any(axis=1))
    return np.array(rows).astype(eps.dtype)


def table_by_sums(f, eps):
    T = len(eps)
    found = np.zeros((T, T), eps.dtype)
    for t in range(T):
        noise = np.where(np.arange(T)[:, None] == t, np.nan, eps).astype(eps.dtype)
        for k, result in enumerate(f(noise)):
            found[t, k] = 1.0 if math.isnan(sum(result)) else 0.0
    return found


def table_by_differences(change):
    def by_change(f, eps):
        found = np.zeros((len(eps), len(eps)), eps.dtype)
        for t in range(len(eps)):
            other = eps.copy()
            other[t] = change(eps[t])
            found[t] = np.any(f(other) != f(eps), axis=1)
        return found

    return by_change


def no_nan_at_all(f, eps):
    return np.array([np.isnan(f(eps)).any(axis=1) for _ in eps], eps.dtype)


def nan_in_rows(rows):
    def by_rows(f, eps):
        found = np.zeros((len(eps), len(eps)), eps.dtype)
        for t in range(len(eps)):
            noise = eps.copy()
            noise[rows(t)] = np.nan
            found[t] = np.isnan(f(noise)).any(axis=1)
        return found

    return by_rows


def writes_into_the_noise(f, eps):
    found = []
    for t in range(len(eps)):
        old = eps[t].copy()
        eps[t] = np.nan
        found.append(np.isnan(f(eps)).any(axis=1))
        eps[t] = old
    eps *= 0
    return np.array(found, eps.dtype)


def equal_to_nan(f, eps):
    noise = [np.where(np.arange(len(eps))[:, None] == t, np.nan, eps) for t in range(len(eps))]
    return np.array([(f(n) == np.nan).any(axis=1) for n in noise], eps.dtype)


def left_in(f, eps):
    noise, found = eps.copy(), []
    for t in range(len(eps)):
        noise[t] = np.nan
        found.append(np.isnan(f(noise)).any(axis=1))
    return np.array(found, eps.dtype)


def own_step_only(f, eps):
    return table(f, eps) * np.eye(len(eps), dtype=eps.dtype)


def counted(f, eps):
    found = np.zeros((len(eps), len(eps)), eps.dtype)
    for t in range(len(eps)):
        noise = eps.copy()
        noise[t] = np.nan
        found[t] = np.isnan(f(noise)).sum(axis=1)
    return found


right("14.4", table)
right("14.4", table_by_sums)
wrong("14.4", "value", "known mistake transposed", lambda f, eps: table(f, eps).T)
wrong("14.4", "value", "known mistake nan-left-in", left_in)
wrong(
    "14.4",
    "value",
    "put NaN into row t alone, and not into all rows up to t",
    nan_in_rows(lambda t: slice(t + 1)),
)
wrong("14.4", "value", "known mistake later-noise-too", nan_in_rows(lambda t: slice(t, None)))
wrong("14.4", "value", "And is it found by np.isnan? NaN is equal to nothing", equal_to_nan)
wrong("14.4", "value", "is f called after the NaN is put in", no_nan_at_all)
for change in (np.zeros_like, lambda e: e + 1, lambda e: -e, lambda e: e + 1000):
    wrong("14.4", "value", "known mistake values-compared", table_by_differences(change))
wrong("14.4", "value", "known mistake finite-for-nan", lambda f, eps: 1 - table(f, eps))
wrong("14.4", "value", "known mistake own-step-only", own_step_only)
wrong("14.4", "value", "twice its own noise the table has 1 on its diagonal", counted)
wrong("14.4", "damage", "was changed", writes_into_the_noise)
wrong("14.4", "dtype", "table is bool", lambda f, eps: table(f, eps).astype(bool))

# 14.5 -----------------------------------------------------------------


def log_weight(nll, z, mu, log_sigma):
    eps = (z - mu) * np.exp(-log_sigma)
    return np.sum(log_sigma + (eps**2 - z**2) / 2, axis=1) - nll


def log_weight_by_densities(nll, z, mu, log_sigma):
    constant = math.log(2 * math.pi)
    log_p = -(z**2 + constant).sum(axis=1) / 2
    standardised = (z - mu) / np.exp(log_sigma)
    log_q = -(standardised**2 + constant + 2 * log_sigma).sum(axis=1) / 2
    return log_p - log_q - nll


def log_weight_closed(nll, z, mu, log_sigma):
    return -nll - 0.5 * np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=1)


def integral_of_p(f):
    z = np.linspace(-12, 12, 2401)[:, None]
    mu, log_sigma = np.full_like(z, 0.5), np.full_like(z, 0.2)
    sigma = np.exp(0.2)
    q = np.exp(-(((z - 0.5) / sigma) ** 2) / 2)[:, 0] / (sigma * np.sqrt(2 * np.pi))
    return bool(np.isclose(np.sum(q * np.exp(f(0 * q, z, mu, log_sigma))) * 0.01, 1))


def answers_to_z(f):
    zero = np.zeros((2, 3))
    first, second = f(np.zeros(2), np.array([[0.0] * 3, [1.0] * 3]), zero + 1, zero)
    return not np.isclose(first, second)


def mean_is_minus_the_kl(f):
    z = 1 + 0.5 * np.random.default_rng(1).standard_normal((100_000, 1))
    mu, log_sigma = np.ones_like(z), np.full_like(z, np.log(0.5))
    mean = np.mean(f(np.zeros(len(z)), z, mu, log_sigma))
    return bool(abs(mean + (1 + 0.25 + 2 * np.log(2) - 1) / 2) < 0.02)


def all_weights_are_one(f):
    return np.allclose(f(np.zeros(2), np.ones((2, 1)), np.ones((2, 1)), np.zeros((2, 1))), 0)


def without_log_sigma(nll, z, mu, log_sigma):
    eps = (z - mu) * np.exp(-log_sigma)
    return np.sum((eps**2 - z**2) / 2, axis=1) - nll


def mean_weight(log_sigma, K, tolerance):
    def near_1(f):
        mu, s = np.full((K, 1), 0.3), np.full((K, 1), log_sigma)
        z = mu + np.exp(s) * np.random.default_rng(2).standard_normal(mu.shape)
        return bool(abs(np.mean(np.exp(f(np.zeros(K), z, mu, s))) - 1) < tolerance)

    return near_1


def deviation_for_variance(nll, z, mu, log_sigma):
    square = (z - mu) ** 2 / np.exp(log_sigma)
    return np.sum(log_sigma + (square - z**2) / 2, axis=1) - nll


right("14.5", integral_of_p, log_weight)
right("14.5", mean_weight(0.2, 20_000, 0.03), log_weight)
right("14.5", answers_to_z, log_weight_by_densities)
wrong(
    "14.5",
    "property",
    "holds for suspect_log_weight as handed out",
    mean_is_minus_the_kl,
    log_weight,
)
wrong("14.5", "property", "does not hold for a right function", all_weights_are_one, log_weight)
wrong(
    "14.5",
    "property",
    "the mean of K samples is off by about s / sqrt(K)",
    mean_weight(0.2, 1000, 1e-4),
    log_weight,
)
wrong(
    "14.5",
    "property",
    "(sigma below 0.7) have no finite variance",
    mean_weight(-2, 1000, 0.1),
    log_weight,
)
wrong("14.5", "value", "known mistake deviation-for-variance", answers_to_z, deviation_for_variance)
wrong("14.5", "unfixed", "Now fix suspect_log_weight", integral_of_p, log_weight_closed)
wrong("14.5", "value", "known mistake log-sigma-left-out", answers_to_z, without_log_sigma)
wrong(
    "14.5",
    "value",
    "known mistake ratio-turned",
    answers_to_z,
    lambda nll, *a: -log_weight(nll, *a) - 2 * nll,
)
wrong(
    "14.5", "value", "known mistake nll-added", integral_of_p, lambda nll, *a: log_weight(-nll, *a)
)
wrong(
    "14.5",
    "value",
    "log w is the exponential of what is expected",
    integral_of_p,
    lambda *a: np.exp(log_weight(*a)),
)
wrong("14.5", "raises", "raises TypeError", lambda f: f(np.zeros(2)) == 0, log_weight)

# 14.6 -----------------------------------------------------------------


def made_up(W, b, A, B):
    W, b = W.copy(), b.copy()
    W[:, 2], b[2] = W[:, 2] / 2, b[2] / 2
    W[:, 3], b[3] = -W[:, 3], -b[3]
    b[0] -= 2 / (A + 1)
    b[1] -= 2 / (B + 1)
    return W, b


def made_up_by_matrix(W, b, A, B):
    change = np.diag([1, 1, 1 / 2, -1, 1]).astype(W.dtype)
    shift = np.array([2 / (A + 1), 2 / (B + 1), 0, 0, 0], W.dtype)
    return np.matmul(W, change), np.matmul(b, change) - shift


def in_place(W, b, A, B):
    new = made_up(W, b, A, B)
    W[:, 2:4] *= [0.5, -1]
    return new


def bias_alone(W, b, A, B):
    return W.copy(), made_up(W, b, A, B)[1]


def exchanged(W, b, A, B):
    return made_up(W, b, B, A)


def squared_variance(W, b, A, B):
    new_W, new_b = made_up(W, b, A, B)
    new_W[:, 2], new_b[2] = 2 * W[:, 2], 2 * b[2]
    return new_W, new_b


def shifted_by_a_pixel(W, b, A, B):
    new_W, new_b = made_up(W, b, A, B)
    return new_W, np.concatenate([b[:2] - 1, new_b[2:]])


def stretched(W, b, A, B):
    new_W, new_b = made_up(W, b, A, B)
    new_W[:, 0] *= (A + 1) / A
    new_W[:, 1] *= (B + 1) / B
    return new_W, new_b


def slip(of_W=(1, 1, 0.5, -1, 1), of_b=(1, 1, 0.5, -1, 1), added=0):
    def answer(W, b, A, B):
        shift = np.array([2 / (A + 1), 2 / (B + 1), -added, 0, 0], b.dtype)
        return W * np.array(of_W, W.dtype), b * np.array(of_b, b.dtype) - shift

    return answer


def divided_by_itself(W, b, A, B):
    new_W, new_b = made_up(W, b, A, B)
    new_W[:, 3], new_b[3] = 1 / W[:, 3], 1 / b[3]
    return new_W, new_b


right("14.6", made_up)
right("14.6", made_up_by_matrix)
wrong("14.6", "value", "known mistake W-forgotten", bias_alone)
wrong("14.6", "value", "known mistake width-and-height-exchanged", exchanged)
wrong("14.6", "value", "known mistake variance-doubled", squared_variance)
wrong("14.6", "value", "known mistake shift-in-pixels", shifted_by_a_pixel)
wrong("14.6", "value", "in W' the part of g~_X and g~_Y is wrong", stretched)
wrong(
    "14.6", "value", "in b' the part of log delta~ is wrong; correct: g~_X, g~_Y", divided_by_itself
)
wrong(
    "14.6",
    "value",
    "in b' the part of g~_X and g~_Y is wrong",
    lambda W, b, A, B: (
        made_up(W, b, A, B)[0],
        made_up(W, b, A, B)[1] - np.array([1, 1, 0, 0, 0], b.dtype),
    ),
)
wrong("14.6", "value", "known mistake half-of-b-only", slip(of_W=(1, 1, 1, -1, 1)))
wrong("14.6", "value", "known mistake half-of-W-only", slip(of_b=(1, 1, 1, -1, 1)))
wrong("14.6", "value", "known mistake sign-of-b-only", slip(of_W=(1, 1, 0.5, 1, 1)))
wrong("14.6", "value", "known mistake sign-of-W-only", slip(of_b=(1, 1, 0.5, 1, 1)))
wrong("14.6", "value", "known mistake log-2-with-the-half", slip(added=-math.log(2) / 2))
wrong(
    "14.6", "value", "known mistake variance-not-halved", slip((1, 1, 1, -1, 1), (1, 1, 1, -1, 1))
)
wrong("14.6", "damage", "its argument W was changed", in_place)

wrong(
    "14.4",
    "value",
    "earlier-results-not-looked-at",
    lambda f, eps: np.triu(EXERCISES["14.4"].right(f, eps)),
)
wrong(
    "14.1",
    "value",
    "log sigma from -4 to 3",
    lambda mu, s, eps: EXERCISES["14.1"].right(mu, np.clip(s, -2, 2), eps),
)

# cut off, kept from 0, or kept inside ---------------------------------

wrong("14.0", "value", "0.98 and 70", lambda F: np.minimum(np.abs(F.sum(axis=2) - 1), 1))
wrong("14.1", "value", "log sigma from -11 to 11", kept_near("14.1", 1, -5, 5))
wrong(
    "14.2",
    "value",
    "from next to nothing to some hundred nats",
    EXERCISES["14.2"].solution[0],
    lambda nll, kl: np.mean(nll) + np.sum(np.maximum(np.mean(kl, axis=1), 0.5)),
)
wrong(
    "14.3",
    "value",
    "filters at both ends",
    EXERCISES["14.3"].solution[0],
    lambda line, g, *rest: EXERCISES["14.3"].right(line, np.clip(g, -1, 1), *rest),
)
wrong(
    "14.6",
    "value",
    "weights of about 200",
    lambda W, b, A, B: tuple(np.clip(v, -20, 20) for v in EXERCISES["14.6"].right(W, b, A, B)),
)
