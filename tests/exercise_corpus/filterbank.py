import numpy as np

from exercise_corpus import kept_near, right, wrong

# 8.0 ------------------------------------------------------------------


def by_distance(line, mu):
    a = np.arange(1, len(line) + 1)
    return np.array([line[np.argmin(np.abs(a - m))] for m in mu])


right("8.0", by_distance)
right("8.0", lambda line, mu: np.take(line, np.floor(mu - 0.5).astype(int)))
right("8.0", lambda line, mu: np.array([line[round(float(m)) - 1] for m in mu]))
wrong("8.0", "value", "pixels-from-zero", lambda line, mu: line[np.rint(mu).astype(int)])
wrong("8.0", "value", "rounded-down:", lambda line, mu: line[mu.astype(int) - 1])
wrong("8.0", "value", "rounded-down-from-zero", lambda line, mu: line[mu.astype(int)])
wrong("8.0", "value", "number-of-the-pixel", lambda line, mu: np.round(mu))
wrong(
    "8.0", "value", "at both ends", lambda v, mu: v[np.clip(np.rint(mu), 2, None).astype(int) - 1]
)
wrong(
    "8.0", "value", "at both ends", lambda v, mu: v[np.rint(mu).clip(1, len(v) - 1).astype(int) - 1]
)
wrong("8.0", "value", "twice", lambda v, mu: by_distance(v, mu) * (np.diff(mu, prepend=0) != 0))
wrong("8.0", "shape", "it is one number", lambda line, mu: line[round(float(mu[0])) - 1])

# 8.1, 8.9 -------------------------------------------------------------


def centres(g, d, N, first=1.0, middle=None):
    middle = N / 2 + 0.5 if middle is None else middle
    return np.stack([g + d * (i + first - middle) for i in range(N)], axis=1)


def centres_from_the_left(g, d, N):
    left = g - d * (N - 1) / 2
    return left[:, None] + np.arange(N, dtype=g.dtype) * d[:, None]


right("8.1", centres)
right("8.1", centres_from_the_left)
right("8.1", lambda g, d, N: (g + np.outer(np.linspace(1 - N, N - 1, N) / 2, d)).T.astype(g.dtype))
wrong("8.1", "value", "zero-based-grid", lambda g, d, N: centres(g, d, N, first=0))
wrong("8.1", "value", "half-forgotten", lambda g, d, N: centres(g, d, N, middle=N / 2))
wrong("8.1", "value", "whole-division", lambda g, d, N: centres(g, d, N, middle=N // 2 + 0.5))
wrong("8.1", "value", "not-centred", lambda g, d, N: centres(g, d, N, first=0, middle=0))
wrong("8.1", "value", "turned round", lambda g, d, N: centres(g, -d, N))
wrong(
    "8.1",
    "value",
    "delta apart",
    lambda g, d, N: g[:, None] + np.linspace(-1, 1, N) * d[:, None] * (N > 1),
)
wrong("8.1", "value", "the middle of the grid is g", lambda g, d, N: centres(g + 1, d, N))
wrong("8.1", "value", "-1 off", lambda g, d, N: centres(g - 1, d, N))
wrong(
    "8.1",
    "value",
    "images-counted-for-filters",
    lambda g, d, N: centres(g, d, N, middle=len(g) / 2 + 0.5),
)
wrong(
    "8.1",
    "dtype",
    "np.arange(n, dtype=x.dtype)",
    lambda g, d, N: g[:, None] + d[:, None] * (np.arange(1, N + 1) - N / 2 - 0.5),
)


def middle_is_g(f):
    mu = f(np.array([10.0]), np.array([4.0]), 2)
    return np.allclose(mu, [[8, 12]])


def mirrored(f):
    one, other = f(np.zeros(1), np.array([1.5]), 5), f(np.zeros(1), np.array([-1.5]), 5)
    return np.allclose(one, other[:, ::-1])


def apart(f):
    return np.allclose(np.diff(f(np.zeros(1), np.array([1.5]), 5)), 1.5)


def zero_based(g, d, N):
    return centres(g, d, N, first=0)


right("8.9", middle_is_g, centres)
right("8.9", mirrored, centres_from_the_left)
wrong("8.9", "property", "as handed out", apart, centres)
wrong("8.9", "property", "does not hold for a right", lambda f: not mirrored(f), centres)
wrong(
    "8.9",
    "property",
    "does not hold for a right",
    lambda f: f(np.ones(1), np.ones(1), 4)[0, 0] == 0,
    centres,
)
wrong("8.9", "unfixed", "Now fix suspect_centres", mirrored, zero_based)
wrong("8.9", "value", "as fixed", mirrored, lambda g, d, N: centres(g, d, N, middle=N / 2))
wrong("8.9", "value", "as fixed", middle_is_g, lambda g, d, N: centres(g, d, 2)[:, [0] * N])

# 8.2 ------------------------------------------------------------------


def head(raw, A, B, N, flaw=None):
    gx, gy, v, d, k = np.exp(raw).T if flaw == "all exp" else raw.T
    if flaw == "order":
        d, v = v, d
    side = {"min": min(A, B), "A": A, "B": B}.get(flaw, max(A, B))
    stride = (side - 1) / (N - 1) if N > 1 else side - 1
    if flaw == "N":
        stride = (side - 1) / N
    if flaw == "side":
        stride = side / (N - 1) if N > 1 else side
    x_c, y_c = ((A + 1) / 2, (B + 1) / 2) if flaw != "xy" else ((B + 1) / 2, (A + 1) / 2)
    if flaw == "half":
        x_c, y_c = A / 2, B / 2
    if flaw == "corner":
        gx, gy = gx - 1, gy - 1
    return (
        x_c * (gx + 1),
        y_c * (gy + 1),
        stride * np.exp(-d if flaw == "divide" else d),
        np.exp(v),
        np.exp(k),
    )


def head_by_columns(raw, A, B, N):
    half = np.array([A + 1, B + 1], dtype=raw.dtype) / 2
    places, scales = half * raw[:, :2] + half, np.exp(raw[:, 2:])
    stride = (max(A, B) - 1) / max(N - 1, 1)
    return [places[:, 0], places[:, 1], scales[:, 1] * stride, scales[:, 0], scales[:, 2]]


def flawed(function, flaw):
    return lambda *a: function(*a, flaw=flaw)


right("8.2", head)
right("8.2", head_by_columns)
wrong("8.2", "value", "columns-in-the-order-of-the-results", flawed(head, "order"))
wrong("8.2", "value", "stride-by-the-shorter-side", flawed(head, "min"))
wrong("8.2", "value", "stride-by-the-width", flawed(head, "A"))
wrong("8.2", "value", "delta is wrong", flawed(head, "B"))
wrong("8.2", "value", "stride-over-n-filters", flawed(head, "N"))
wrong("8.2", "value", "width-and-height-swapped", flawed(head, "xy"))
wrong("8.2", "value", "centre-at-half-the-width", flawed(head, "half"))
wrong("8.2", "value", "stride-divided", flawed(head, "divide"))
wrong("8.2", "value", "have the stride 4", flawed(head, "side"))
wrong("8.2", "value", "in the middle of the image", flawed(head, "corner"))
wrong("8.2", "value", "g_X, g_Y, delta, sigma2 and gamma are wrong", flawed(head, "all exp"))
wrong(
    "8.2",
    "raises",
    "stride-of-a-single-filter",
    lambda raw, A, B, N: (
        *head(raw, A, B, N)[:2],
        (max(A, B) - 1) / (N - 1) * np.exp(raw[:, 3]),
        *head(raw, A, B, N)[3:],
    ),
)

# 8.3 ------------------------------------------------------------------


def row(mu, v, A, first=1, power=2, norm=np.sum):
    a = np.arange(first, A + first).astype(np.asarray(mu).dtype)
    e = np.exp(-(np.abs(a - mu) ** power) / (2 * v))
    return e / norm(e)


def row_by_loop(mu, v, A):
    e = [np.exp(-((a - mu) ** 2) / (2 * v)) for a in range(1, A + 1)]
    return np.array([k / sum(e) for k in e], dtype=np.asarray(mu).dtype)


right("8.3", row)
right("8.3", row_by_loop)
wrong("8.3", "value", "pixels-from-zero", lambda mu, v, A: row(mu, v, A, first=0))
wrong("8.3", "value", "exponent-without-2", lambda mu, v, A: row(mu, v / 2, A))
wrong("8.3", "value", "variance-as-deviation", lambda mu, v, A: row(mu, v * v, A))
wrong("8.3", "value", "a row sums to 1", lambda mu, v, A: row(mu, v, A, norm=np.max))
wrong("8.3", "value", "a row sums to 1", lambda mu, v, A: row(mu, v, A, norm=np.mean))
wrong("8.3", "value", "not-squared", lambda mu, v, A: row(mu, v, A, power=1))
wrong("8.3", "value", "mirror images", lambda mu, v, A: row(mu, v * (1 + mu / 100), A))
wrong("8.3", "value", "turned round", lambda mu, v, A: row(mu, v, A)[::-1])
wrong("8.3", "value", "one place too early", lambda mu, v, A: np.roll(row(mu, v, A), -1))
wrong("8.3", "value", "root-of-the-variance", lambda mu, v, A: row(mu, np.sqrt(v), A))
wrong("8.3", "value", "multiplied-by-the-variance", lambda mu, v, A: row(mu, 1 / v, A))
wrong("8.3", "value", "minus-forgotten", lambda mu, v, A: row(mu, -v, A))
for epsilon in (1e-3, 1e-8, 1e-12, 1e-30):
    wrong(
        "8.3",
        "value",
        "something is added to Z",
        lambda mu, v, A, k=epsilon: row(mu, v, A, norm=lambda e: e.sum() + k),
    )

# 8.4, 8.10 ------------------------------------------------------------


def bank(mu, v, A, axis=2, norm=None, first=1):
    a = np.arange(first, A + first).astype(mu.dtype)
    e = -((a - mu[:, :, None]) ** 2) / (2 * v[:, None, None])
    e = np.exp(e - e.max(axis=2, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def bank_by_loop(mu, v, A):
    M, N = mu.shape
    F = np.zeros((M, N, A), dtype=mu.dtype)
    for m in range(M):
        for i in range(N):
            e = [-((a - mu[m, i]) ** 2) / (2 * v[m]) for a in range(1, A + 1)]
            weights = [np.exp(k - max(e)) for k in e]
            F[m, i] = np.array(weights) / sum(weights)
    return F


def plain_bank(mu, v, A, epsilon=0.0):
    a = np.arange(1, A + 1)
    e = np.exp(-((a - mu[:, :, None]) ** 2) / (2 * v[:, None, None]))
    return (e / (e.sum(axis=2, keepdims=True) + epsilon)).astype(mu.dtype)


def bank_and_epsilon(mu, v, A, epsilon):
    """The largest taken away, and an epsilon all the same."""
    e = -((np.arange(1, A + 1, dtype=mu.dtype) - mu[..., None]) ** 2) / (2 * v[:, None, None])
    e = np.exp(e - e.max(axis=2, keepdims=True))
    return e / (e.sum(axis=2, keepdims=True) + epsilon)


def one_pixel_outside(mu, v, A):
    """Where Z is 0, all weight to the nearest pixel."""
    a = np.arange(1, A + 1, dtype=mu.dtype)
    w = np.exp(-((a - mu[:, :, None]) ** 2) / (2 * v[:, None, None]))
    Z = w.sum(axis=2, keepdims=True)
    near = a == np.clip(np.round(mu), 1, A)[:, :, None]
    return np.where(Z > 0, w / Z, near).astype(mu.dtype)


def less_than_of_the_largest_filter(mu, v, A):
    a = np.arange(1, A + 1, dtype=mu.dtype)
    e = -((a - mu[:, :, None]) ** 2) / (2 * v[:, None, None])
    e = np.exp(e - e.max(axis=1, keepdims=True))
    return e / e.sum(axis=2, keepdims=True)


def bank_with_one_maximum(mu, v, A):
    a = np.arange(1, A + 1, dtype=mu.dtype)
    e = -((a - mu[:, :, None]) ** 2) / (2 * v[:, None, None])
    e = np.exp(e - e.max())
    return e / np.maximum(e.sum(axis=2, keepdims=True), 1e-300)


right("8.4", bank)
right("8.4", bank_by_loop)
wrong("8.4", "not finite", "nothing-against-0-over-0", plain_bank)
wrong("8.4", "value", "far outside", lambda mu, v, A: plain_bank(mu, v, A, 1e-30))
wrong("8.4", "value", "dead-outside", lambda mu, v, A: np.nan_to_num(plain_bank(mu, v, A)))
wrong("8.4", "value", "far outside", bank_with_one_maximum)
wrong("8.4", "value", "spread-of-the-first-image", lambda mu, v, A: bank(mu, v[:1], A))
wrong("8.4", "value", "centres-clipped", lambda mu, v, A: bank(np.clip(mu, 1, A), v, A))
wrong("8.4", "value", "pixels-from-zero", lambda mu, v, A: bank(mu, v, A, first=0))
wrong("8.4", "value", "every row sums to 1", lambda mu, v, A: bank(mu, v, A, axis=(1, 2)))
wrong("8.4", "value", "variance-as-deviation", lambda mu, v, A: bank(mu, v**2, A))
wrong("8.4", "value", "mirror images", lambda mu, v, A: bank(mu + 0.5, v, A))
wrong("8.4", "value", "one-pixel-outside", one_pixel_outside)
wrong("8.4", "value", "shares its weight", one_pixel_outside)
wrong("8.4", "value", "shares its weight", lambda mu, v, A: bank(np.clip(mu, -100, A + 100), v, A))
wrong("8.4", "value", "shares its weight", lambda mu, v, A: bank(np.clip(mu, -350, 355), v, A))
wrong("8.4", "value", "maximum-over-the-filters", less_than_of_the_largest_filter)
wrong("8.4", "value", "root-of-the-variance", lambda mu, v, A: bank(mu, v**0.5, A))
for epsilon in (1e-3, 1e-6, 1e-8, 1e-10):
    wrong(
        "8.4",
        "value",
        "something is added to Z",
        lambda mu, v, A, k=epsilon: plain_bank(mu, v, A, k),
    )
for epsilon in (1e-3, 1e-6, 1e-8):
    wrong(
        "8.4",
        "value",
        "something is added to Z",
        lambda mu, v, A, k=epsilon: bank_and_epsilon(mu, v, A, k),
    )
wrong("8.4", "value", "far outside a row is 0", lambda mu, v, A: plain_bank(mu, v, A, 1e-100))
wrong("8.4", "value", "dead-outside", lambda mu, v, A: plain_bank(mu, v, A, 1e-100))


def second_moment(f):
    mu, a = np.array([[30.4]]), np.arange(1, 61)
    F = f(mu, np.array([3.0]), 60)[0, 0]
    return bool(abs(np.sum(F * (a - 30.4) ** 2) - 3.0) < 0.01)


def neighbours(f):
    """One pixel from the centre the weight is exp(-1 / (2 sigma^2)) of the largest."""
    F = f(np.array([[8.0]]), np.array([2.0]), 15)[0, 0]
    return np.isclose(F[8] / F[7], np.exp(-0.25))


def sums(f):
    return np.allclose(f(np.array([[8.0]]), np.array([2.0]), 15).sum(), 1)


def by_deviation(mu, v, A):
    return bank(mu, v**2, A)


right("8.10", second_moment, bank)
right("8.10", neighbours, bank_by_loop)
wrong("8.10", "property", "as handed out", sums, bank)
wrong(
    "8.10",
    "property",
    "as handed out",
    lambda f: np.isclose(
        f(np.array([[8.0]]), np.ones(1), 15)[0, 0, 8]
        / f(np.array([[8.0]]), np.ones(1), 15)[0, 0, 7],
        np.exp(-0.5),
    ),
    bank,
)
wrong(
    "8.10",
    "property",
    "does not hold for a right",
    lambda f: (
        float(
            np.sum(f(np.array([[30.0]]), np.array([3.0]), 60)[0, 0] * (np.arange(60) - 30.0) ** 2)
        )
        < 3.5
    ),
    bank,
)
wrong("8.10", "unfixed", "Now fix suspect_bank", neighbours, by_deviation)
wrong("8.10", "value", "exponent-without-2", neighbours, lambda mu, v, A: bank(mu, v / 2, A))
wrong("8.10", "value", "as fixed", second_moment, lambda mu, v, A: bank(mu, v**0.5, A))

# 8.5, 8.6 -------------------------------------------------------------


def softmax_back(dF, F, flaw=None):
    S = (F * dF).sum(axis=2)[:, :, None]
    if flaw == "own only":
        return dF * F - dF * F * F
    if flaw == "constant Z":
        return dF * F
    if flaw == "plain mean":
        return F * (dF - dF.mean(axis=2, keepdims=True))
    if flaw == "F twice":
        return F * (F * dF - S)
    if flaw == "all":
        return F * (dF - (F * dF).sum(axis=(1, 2), keepdims=True))
    if flaw == "everything":
        return F * (dF - np.sum(F * dF))
    if flaw == "minus":
        return F * (S - dF)
    if flaw == "no F":
        return dF - S
    return F * dF - F * S


def softmax_back_by_matrix(dF, F):
    J = np.einsum("mia,ab->miab", F, np.eye(F.shape[2], dtype=F.dtype))
    return np.einsum("mia,miab->mib", dF, J - F[..., None] * F[..., None, :])


right("8.5", softmax_back)
right("8.5", softmax_back_by_matrix)
wrong("8.5", "gradient", "own-entry-only", flawed(softmax_back, "own only"))
wrong("8.5", "gradient", "normalisation-ignored", flawed(softmax_back, "constant Z"))
wrong("8.5", "gradient", "sums to 0 over a row", flawed(softmax_back, "plain mean"))
wrong("8.5", "gradient", "sums to 0 over a row", flawed(softmax_back, "F twice"))
wrong("8.5", "gradient", "de is wrong", flawed(softmax_back, "all"))
wrong("8.5", "gradient", "summed-over-everything", flawed(softmax_back, "everything"))
wrong("8.5", "gradient", "sign turned", flawed(softmax_back, "minus"))
wrong("8.5", "gradient", "sums to 0 over a row", flawed(softmax_back, "no F"))


def bank_back(dF, F, mu, v, flaw=None):
    a = np.arange(1 - (flaw == "from 0"), F.shape[2] + 1 - (flaw == "from 0")).astype(mu.dtype)
    d, w = a - mu[..., None], v[:, None, None]
    soft = flaw if flaw in ("own only", "constant Z", "no F", "everything") else None
    de = dF if flaw == "dF for de" else softmax_back(dF, F, soft)
    dmu, dv = (de * d / w).sum(2), (de * d * d / w / w / 2).sum((1, 2))
    changed = {
        "log": (dmu, dv * v),
        "two": (dmu, 2 * dv),
        "sign": (-dmu, dv),
        "v once": (dmu, dv * v * 2),
        "dv sign": (dmu, -dv),
        "first filter": (dmu, (de * d * d / w / w / 2).sum(2)[:, 0]),
        "mean": (dmu, dv / F.shape[1]),
        "by sigma": (dmu * np.sqrt(v)[:, None], dv),
        "mu averaged": (dmu / F.shape[2], dv),
    }
    return changed.get(flaw, (dmu, dv))


def bank_back_directly(dF, F, mu, v):
    """By the quotient rule: means of (a - mu)^k under each row."""
    a = np.arange(1, F.shape[2] + 1).astype(mu.dtype)
    d = a - mu[..., None]
    mean = (F * d).sum(2, keepdims=True)
    square = (F * d**2).sum(2, keepdims=True)
    dmu = (dF * F * (d - mean)).sum(2) / v[:, None]
    return dmu, (dF * F * (d**2 - square)).sum((1, 2)) / (2 * v**2)


right("8.6", bank_back)
right("8.6", bank_back_directly)
wrong("8.6", "gradient", "derivative-to-log-sigma2", flawed(bank_back, "log"))
wrong("8.6", "gradient", "two-forgotten-in-sigma2", flawed(bank_back, "two"))
wrong("8.6", "gradient", "mu-turned", flawed(bank_back, "sign"))
wrong("8.6", "gradient", "sigma2-turned", flawed(bank_back, "dv sign"))
wrong("8.6", "gradient", "normalisation-ignored", flawed(bank_back, "constant Z"))
wrong("8.6", "gradient", "pixels-from-zero", flawed(bank_back, "from 0"))
wrong("8.6", "gradient", "dsigma2 is wrong", flawed(bank_back, "first filter"))
wrong("8.6", "gradient", "dsigma2 is wrong", flawed(bank_back, "v once"))
wrong("8.6", "gradient", "correct: dsigma2", flawed(bank_back, "by sigma"))
wrong("8.6", "gradient", "A times too small", flawed(bank_back, "mu averaged"))
wrong("8.6", "gradient", "own-entry-only", flawed(bank_back, "own only"))
wrong("8.6", "gradient", "normalisation-skipped", flawed(bank_back, "dF for de"))
wrong("8.6", "gradient", "summed-over-everything", flawed(bank_back, "everything"))

# 8.7 ------------------------------------------------------------------


def centres_back(dmu, offset=None):
    N = dmu.shape[1]
    k = np.linspace(-(N - 1) / 2, (N - 1) / 2, N) if offset is None else offset(N)
    return np.sum(dmu, axis=1), np.sum(dmu * k.astype(dmu.dtype), axis=1)


def centres_back_by_loop(dmu):
    M, N = dmu.shape
    dg, dd = np.zeros(M, dtype=dmu.dtype), np.zeros(M, dtype=dmu.dtype)
    for i in range(1, N + 1):
        dg += dmu[:, i - 1]
        dd += dmu[:, i - 1] * (i - N / 2 - 0.5)
    return dg, dd


right("8.7", centres_back)
right("8.7", centres_back_by_loop)
wrong(
    "8.7",
    "gradient",
    "zero-based-grid",
    lambda d: centres_back(d, lambda N: np.arange(N) - N / 2 - 0.5),
)
wrong("8.7", "gradient", "index-for-offset", lambda d: centres_back(d, lambda N: np.arange(N) + 1))
wrong("8.7", "gradient", "correct: dg", lambda d: centres_back(d, lambda N: np.arange(N) + 0))
wrong("8.7", "gradient", "mean-for-sum", lambda d: (d.sum(1), centres_back(d)[1] / d.shape[1]))
wrong("8.7", "gradient", "centre-averaged", lambda d: (d.mean(1), centres_back(d)[1]))
wrong("8.7", "gradient", "offsets-turned", lambda d: (d.sum(1), -centres_back(d)[1]))
wrong("8.7", "gradient", "dg is what ddelta should be", lambda d: centres_back(d)[::-1])
wrong(
    "8.7",
    "gradient",
    "images-counted-for-filters",
    lambda d: centres_back(d, lambda N: np.arange(1, N + 1) - len(d) / 2 - 0.5),
)
wrong("8.7", "shape", "dg has (5,)", lambda d: (d.sum(0), centres_back(d)[1]))

# 8.8 ------------------------------------------------------------------


def head_back(dx, dy, dd, dv, dk, raw, A, B, N, flaw=None):
    v, stride, k = np.exp(raw[:, 2]), np.exp(raw[:, 3]) * (max(A, B) - 1), np.exp(raw[:, 4])
    stride = stride / (N - 1) if N > 1 else stride
    columns = [dx * (A + 1) / 2, dy * (B + 1) / 2, dv * v, dd * stride, dk * k]
    if flaw == "order":
        columns[2], columns[3] = columns[3], columns[2]
    if flaw == "raw":
        columns[2:] = [dv * raw[:, 2], dd * raw[:, 3], dk * raw[:, 4]]
    if flaw == "log":
        columns[2:] = [dv, dd, dk]
    if flaw == "divide":
        columns[2:] = [dv / v, dd / stride, dk / k]
    if flaw == "unit":
        columns[3] = dd * np.exp(raw[:, 3])
    if flaw == "value":
        columns[:2] = [dx * (A + 1) / 2 * (raw[:, 0] + 1), dy * (B + 1) / 2 * (raw[:, 1] + 1)]
    if flaw == "xy":
        columns[:2] = [dx * (B + 1) / 2, dy * (A + 1) / 2]
    if flaw == "minus":
        columns[3] = -columns[3]
    if flaw == "exchanged":
        columns[0], columns[1] = columns[1], columns[0]
    return np.array(columns) if flaw == "rows" else np.stack(columns, axis=1)


def head_back_in_place(dx, dy, dd, dv, dk, raw, A, B, N):
    out = np.empty_like(raw)
    out[:, 0], out[:, 1] = dx * ((A + 1) / 2), dy * ((B + 1) / 2)
    out[:, 2:] = np.exp(raw[:, 2:]) * np.transpose([dv, dd, dk])
    out[:, 3] *= (max(A, B) - 1) / max(N - 1, 1)
    return out


right("8.8", head_back)
right("8.8", head_back_in_place)
wrong("8.8", "gradient", "columns-in-the-order-of-the-results", flawed(head_back, "order"))
wrong("8.8", "gradient", "draw is wrong", flawed(head_back, "raw"))
wrong("8.8", "gradient", "draw is wrong", flawed(head_back, "log"))
wrong("8.8", "gradient", "draw is wrong", flawed(head_back, "divide"))
wrong("8.8", "gradient", "default-stride-forgotten", flawed(head_back, "unit"))
wrong("8.8", "gradient", "draw is wrong", flawed(head_back, "value"))
wrong("8.8", "gradient", "width-and-height-swapped", flawed(head_back, "xy"))
wrong("8.8", "gradient", "draw is wrong", flawed(head_back, "minus"))
wrong("8.8", "gradient", "g~_X is what the part of g~_Y", flawed(head_back, "exchanged"))
wrong("8.8", "shape", "in another order", flawed(head_back, "rows"))

# guards against what a head may ask for ---------------------------------


wrong("8.2", "value", "logarithms up to 8", kept_near("8.2", 0, -3, 3))
wrong("8.3", "value", "narrow filter between two", kept_near("8.3", 1, 0.1))
wrong("8.4", "value", "a hair off the middle", kept_near("8.4", 1, 0.001))
wrong("8.6", "gradient", "narrow filters between", kept_near("8.6", 3, 0.3))
wrong("8.8", "gradient", "logarithms up to 8", kept_near("8.8", 5, -3, 3))
wrong("8.1", "value", "wide grids", kept_near("8.1", 1, None, 10))
wrong("8.2", "value", "logarithms up to 21", kept_near("8.2", 0, -10, 10))
wrong("8.6", "gradient", "beyond the edges", kept_near("8.6", 2, 0.5, 6.5))
wrong("8.6", "gradient", "beyond the edges", kept_near("8.6", 3, None, 20))
wrong("8.8", "gradient", "logarithms up to 21", kept_near("8.8", 5, -20, 20))
