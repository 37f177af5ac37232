import numpy as np

from exercise_corpus import right, wrong

# 2.0 ------------------------------------------------------------------

right("2.0", lambda f, x, h: (f(x + h) - f(x - h)) / h / 2)
right("2.0", lambda f, x, h: ((f(x + h) - f(x)) / h + (f(x) - f(x - h)) / h) / 2)
wrong("2.0", "value", "one-sided", lambda f, x, h: (f(x + h) - f(x)) / h)
wrong("2.0", "value", "divided-by-h", lambda f, x, h: (f(x + h) - f(x - h)) / h)
wrong("2.0", "value", "multiplied-by-h", lambda f, x, h: (f(x + h) - f(x - h)) / 2 * h)
wrong("2.0", "value", "sign-turned", lambda f, x, h: -(f(x + h) - f(x - h)) / (2 * h))

# 2.1 ------------------------------------------------------------------


def by_copies(f, x, h):
    g = np.empty(x.shape, x.dtype)
    for i in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[i], down[i] = x[i] + h, x[i] - h
        g[i] = (f(up) - f(down)) / (h + h)
    return g


def put_back(f, x, h):
    x, g = x + 0, np.zeros_like(x)
    for i in np.ndindex(x.shape):
        there = x[i]
        x[i] = there + h
        g[i] = f(x) / (2 * h)
        x[i] = there - h
        g[i] -= f(x) / (2 * h)
        x[i] = there
    return g


def by_identity(f, x, h):
    steps = h * np.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)
    return np.array([(f(x + s) - f(x - s)) / (2 * h) for s in steps], x.dtype).reshape(x.shape)


def in_place(f, x, h):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        g[i] = (up - f(x)) / (2 * h)
        x[i] += h
        x[i] += 1e-3 * h  # not quite where it was
        x[i] -= 1e-3 * h
    x += 1
    return g


def aliased(f, x, h):
    g, start = np.zeros_like(x), x.copy()
    for i in np.ndindex(x.shape):
        up = down = start.copy()
        up[i] += h
        down[i] -= h
        g[i] = (f(up) - f(down)) / (2 * h)
    return g


def one_sided(f, x, h):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up = x.copy()
        up[i] += h
        g[i] = (f(up) - f(x)) / h
    return g


def finer_step(f, x, h):
    return by_copies(f, x, h / 100)


def moved_in_place(f, x, h, first=1.0, back=2.0, last=1.0):
    """x + first h, minus back h, plus last h: what is left over stays."""
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += first * h
        one = f(x)
        x[i] -= back * h
        g[i] = (one - f(x)) / (2 * h) * first
        x[i] += last * h
    return g


def whole_rows(f, x, h):
    g = np.zeros_like(x)
    for k in range(len(x)):
        up, down = x.copy(), x.copy()
        up[k] += h
        down[k] -= h
        g[k] = (f(up) - f(down)) / (2 * h)
    return g


right("2.1", by_copies)
right("2.1", put_back)
right("2.1", by_identity)
wrong("2.1", "gradient", "forward-difference", one_sided)
wrong("2.1", "gradient", "one-step-for-two", lambda f, x, h: 2 * by_copies(f, x, h))
wrong(
    "2.1",
    "gradient",
    "all-entries-at-once",
    lambda f, x, h: np.full_like(x, (f(x + h) - f(x - h)) / (2 * h)),
)
wrong("2.1", "gradient", "is 0 everywhere", aliased)
wrong("2.1", "gradient", "f is asked at points up to 0.0025 from x", finer_step)
wrong(
    "2.1",
    "gradient",
    "f is asked at points up to 1e-05 from x",
    lambda f, x, h: by_copies(f, x, x.dtype.type(1e-5)),
)
wrong("2.1", "gradient", "halved-and-multiplied", lambda f, x, h: h * h * by_identity(f, x, h))
wrong("2.1", "gradient", "not-put-back", lambda *a: moved_in_place(*a, last=0.0))
wrong(
    "2.1",
    "gradient",
    "not-put-back-from-above",
    lambda *a: moved_in_place(*a, first=-1.0, back=-2.0, last=0.0),
)
wrong("2.1", "gradient", "second-point-at-x", lambda *a: moved_in_place(*a, back=1.0, last=0.0))
wrong("2.1", "damage", "was changed", moved_in_place)
wrong("2.1", "gradient", "sign turned", lambda f, x, h: -by_identity(f, x, h))
wrong("2.1", "gradient", "rows-at-once", whole_rows)
wrong("2.1", "damage", "was changed", in_place)
wrong("2.1", "dtype", "float64 for float32", lambda f, x, h: by_copies(f, x, h).astype(float))

# 2.2 ------------------------------------------------------------------


def fold_by_loop(d, shape):
    while d.ndim > len(shape):
        d = d.sum(axis=0)
    for k, n in enumerate(shape):
        if n == 1:
            d = d.sum(axis=k, keepdims=True)
    return d


def fold_by_addition(d, shape):
    out = np.zeros(shape, d.dtype)
    padded = (1,) * (d.ndim - len(shape)) + tuple(shape)
    for i in np.ndindex(d.shape):
        j = tuple(0 if n == 1 else k for k, n in zip(i, padded, strict=True))
        out[j[d.ndim - len(shape) :]] += d[i]
    return out


def fold_by_mean(d, shape):
    return fold_by_loop(d, shape) * (np.prod(shape, dtype=d.dtype) / d.dtype.type(d.size))


right("2.2", fold_by_loop)
right("2.2", fold_by_addition)
wrong("2.2", "gradient", "mean-over-copies", fold_by_mean)
wrong(
    "2.2",
    "gradient",
    "first-copy-only",
    lambda d, shape: d[
        tuple(slice(0, 1) if n == 1 else slice(None) for n in (1,) * (d.ndim - len(shape)) + shape)
    ].reshape(shape),
)
wrong("2.2", "gradient", "everything-summed", lambda d, shape: np.zeros(shape, d.dtype) + d.sum())
wrong("2.2", "gradient", "sign turned", lambda d, shape: -fold_by_loop(d, shape))
wrong("2.2", "gradient", "2 times", lambda d, shape: 2 * fold_by_addition(d, shape))
wrong("2.2", "gradient", "folded d is wrong", lambda d, shape: np.flip(fold_by_loop(d, shape)))
wrong("2.2", "shape", "(3,) is expected", lambda d, shape: d)

# 2.3 ------------------------------------------------------------------


def unit_by_jacobian(dy, x):
    dx = np.zeros_like(x)
    for m, (row, d) in enumerate(zip(x, dy, strict=True)):
        r = np.sqrt(row @ row)
        J = np.eye(len(row), dtype=x.dtype) / r - np.outer(row, row) / r**3
        dx[m] = J.T @ d
    return dx


def unit_in_two_shares(dy, x):
    r = np.linalg.norm(x, axis=1)
    dr = -np.einsum("md,md->m", dy, x) / r**2
    return dy / r[:, None] + x * (dr / r)[:, None]


def unit_with_floor(dy, x, floor):
    length = np.maximum(r(x), x.dtype.type(floor))
    y = x / length
    return (dy - y * np.sum(y * dy, axis=1, keepdims=True)) / length


def r(x):
    return np.linalg.norm(x, axis=1, keepdims=True)


right("2.3", unit_by_jacobian)
right("2.3", unit_in_two_shares)
right("2.3", lambda dy, x: unit_with_floor(dy, x, 1e-12))
wrong("2.3", "gradient", "length-held-fixed", lambda dy, x: dy / r(x))
wrong("2.3", "gradient", "division-forgotten", lambda dy, x: unit_by_jacobian(dy, x) * r(x))
wrong(
    "2.3", "gradient", "x-for-y", lambda dy, x: (dy - x * np.sum(x * dy, 1, keepdims=True)) / r(x)
)
wrong("2.3", "gradient", "no part along x", lambda dy, x: dy * (1 - (x / r(x)) ** 2) / r(x))
wrong(
    "2.3",
    "gradient",
    "one-sum-for-all-rows",
    lambda dy, x: (dy - x / r(x) * np.sum(x / r(x) * dy)) / r(x),
)
wrong("2.3", "gradient", "dx is wrong", lambda dy, x: unit_by_jacobian(dy, x) / r(x))
wrong("2.3", "gradient", "sign turned", lambda dy, x: -unit_in_two_shares(dy, x))
wrong("2.3", "gradient", "dx of x / 1000", lambda dy, x: unit_with_floor(dy, x, 0.1))
wrong("2.3", "gradient", "dx of x / 1000", lambda dy, x: unit_with_floor(dy, x, 1e-2))
wrong("2.3", "shape", "is a sum without an axis", lambda dy, x: unit_by_jacobian(dy, x).sum())

# 2.4 ------------------------------------------------------------------


def relative_by_where(a, n, floor):
    larger = np.where(np.abs(a) > np.abs(n), np.abs(a), np.abs(n))
    return np.abs(n - a) / np.where(larger > floor, larger, floor)


def relative_by_loop(a, n, floor):
    out = np.zeros_like(a)
    for i in np.ndindex(a.shape):
        out[i] = abs(a[i] - n[i]) / max(abs(a[i]), abs(n[i]), floor)
    return out


right("2.4", relative_by_where)
right("2.4", relative_by_loop)
wrong("2.4", "value", "absolute-error", lambda a, n, floor: np.sqrt((a - n) ** 2))
wrong(
    "2.4",
    "value",
    "relative-to-the-numeric",
    lambda a, n, floor: np.abs(a / np.maximum(np.abs(n), floor) - n / np.maximum(np.abs(n), floor)),
)
wrong("2.4", "value", "signed", lambda a, n, floor: relative_by_loop(a, n, floor) * np.sign(a - n))
wrong(
    "2.4",
    "value",
    "signed-size",
    lambda a, n, floor: np.abs(a - n) / np.maximum(np.maximum(a, n), floor),
)
wrong(
    "2.4",
    "value",
    "sum-of-sizes",
    lambda a, n, floor: np.abs(a - n) / np.maximum(np.abs(a) + np.abs(n), floor),
)
wrong(
    "2.4",
    "value",
    "wrong, for tiny and zero entries",
    lambda a, n, floor: np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor / 10),
)
wrong(
    "2.4",
    "value",
    "error is wrong",
    lambda a, n, floor: np.minimum(relative_by_loop(a, n, floor), 1),
)
wrong(
    "2.4",
    "not finite",
    "no-floor",
    lambda a, n, floor: np.abs(a - n) / np.maximum(np.abs(a), np.abs(n)),
)

# 2.5 ------------------------------------------------------------------


def network_by_image(x, target, W1, b1, W2, b2):
    gradients = [np.zeros_like(p) for p in (W1, b1, W2, b2)]
    for row, wanted in zip(x, target, strict=True):
        h = np.tanh(row @ W1 + b1)
        e = (h @ W2 + b2 - wanted) / x.dtype.type(len(x))
        da = (W2 @ e) / np.cosh(row @ W1 + b1) ** 2
        for g, share in zip(gradients, (np.outer(row, da), da, np.outer(h, e), e), strict=True):
            g += share
    return tuple(gradients)


def network_by_einsum(x, target, W1, b1, W2, b2):
    h = np.tanh(np.einsum("md,dh->mh", x, W1) + b1)
    e = np.einsum("mh,hk->mk", h, W2) + b2 - target
    da = np.einsum("mk,hk,mh->mh", e, W2, 1 - h**2)
    sums = (np.einsum("md,mh->dh", x, da), da.sum(0), np.einsum("mh,mk->hk", h, e), e.sum(0))
    return tuple(s / x.shape[0] for s in sums)


def scaled(*factors):
    def backward(*a):
        return tuple(f * g for f, g in zip(factors, network_by_einsum(*a), strict=True))

    return backward


def sigmoid_slope(x, target, W1, b1, W2, b2):
    h = np.tanh(x @ W1 + b1)
    e = (h @ W2 + b2 - target) / len(x)
    da = e @ W2.T * h * (1 - h)
    return x.T @ da, da.sum(0), h.T @ e, e.sum(0)


def slope_of_a(x, target, W1, b1, W2, b2):
    a = x @ W1 + b1
    h = np.tanh(a)
    e = (h @ W2 + b2 - target) / len(x)
    da = e @ W2.T * (1 - a**2)
    return x.T @ da, da.sum(0), h.T @ e, e.sum(0)


def squashed_twice(x, target, W1, b1, W2, b2):
    h = np.tanh(x @ W1 + b1)
    e = (np.tanh(h @ W2 + b2) - target) / len(x)
    da = e @ W2.T * (1 - h**2)
    return x.T @ da, da.sum(0), h.T @ e, e.sum(0)


right("2.5", network_by_image)
right("2.5", network_by_einsum)
wrong(
    "2.5",
    "gradient",
    "mean-forgotten",
    lambda x, *rest: tuple(len(x) * g for g in network_by_einsum(x, *rest)),
)
wrong("2.5", "gradient", "target-minus-output", scaled(-1, -1, -1, -1))
wrong("2.5", "gradient", "half-forgotten", scaled(2, 2, 2, 2))
wrong("2.5", "gradient", "slope-of-the-logistic", sigmoid_slope)
wrong("2.5", "gradient", "slope-at-the-wrong-place", slope_of_a)
wrong("2.5", "gradient", "correct: dW1, dW2 and db2", scaled(1, 3, 1, 1))
wrong("2.5", "gradient", "dW1, db1, dW2 and db2 are wrong", squashed_twice)
wrong("2.5", "shape", "transposed", lambda *a: tuple(g.T for g in network_by_einsum(*a)))

# 2.6 ------------------------------------------------------------------


def worst(analytic, numeric):
    larger = np.maximum(np.abs(analytic), np.abs(numeric))
    return (np.abs(analytic - numeric) / np.where(larger > 0, larger, 1)).max()


def worst_by_loop(analytic, numeric):
    found = analytic.dtype.type(0)
    for a, n in zip(analytic.flat, numeric.flat, strict=True):
        if a != n:
            found = max(found, abs(a - n) / max(abs(a), abs(n)))
    return found


def with_floor(analytic, numeric, floor):
    larger = np.maximum(np.abs(analytic), np.abs(numeric))
    return np.max(np.abs(analytic - numeric) / np.maximum(larger, analytic.dtype.type(floor)))


def length(analytic, numeric):
    norm = np.linalg.norm
    return norm(analytic - numeric) / max(norm(analytic), norm(numeric))


def half_of_the_small_one(error):
    return bool(error(np.array([100.0, 1e-3]), np.array([100.0, 2e-3])) > 0.4)


def one_of_many(error):
    a, n = np.ones(1000), np.ones(1000)
    n[17] = 3.0
    assert abs(error(a, n) - 2 / 3) < 1e-6
    return True


right("2.6", half_of_the_small_one, worst)
right("2.6", one_of_many, worst_by_loop)
right("2.6", half_of_the_small_one, lambda a, n: with_floor(a, n, 1e-8))
wrong(
    "2.6",
    "property",
    "holds for suspect_error as handed out",
    lambda error: bool(error(np.ones(3), np.ones(3)) == 0),
    worst,
)
wrong(
    "2.6",
    "property",
    "holds for suspect_error as handed out",
    lambda error: bool(error(np.ones(3), 2 * np.ones(3)) == 0.5),
    worst,
)
wrong(
    "2.6",
    "property",
    "does not hold for a right function",
    lambda error: bool(error(np.array([1.0, 2e-4]), np.array([1.0, 1e-4])) > 0.9),
    worst,
)
wrong("2.6", "unfixed", "Now fix suspect_error", half_of_the_small_one, length)
wrong("2.6", "value", "absolute-error", half_of_the_small_one, lambda a, n: np.abs(a - n).max())
wrong(
    "2.6",
    "value",
    "mean-error",
    one_of_many,
    lambda a, n: np.mean(np.abs(a - n) / np.maximum(np.abs(a), np.abs(n))),
)
wrong(
    "2.6",
    "value",
    "signed",
    half_of_the_small_one,
    lambda a, n: np.max((a - n) / np.maximum(np.abs(a), np.abs(n))),
)
wrong(
    "2.6",
    "value",
    "is there a floor that hides it",
    half_of_the_small_one,
    lambda a, n: with_floor(a, n, 1e-3),
)
wrong(
    "2.6",
    "value",
    "is there a floor that hides it",
    half_of_the_small_one,
    lambda a, n: with_floor(a, n, 1e-4),
)
wrong(
    "2.6",
    "value",
    "sum-of-sizes",
    half_of_the_small_one,
    lambda a, n: np.max(np.abs(a - n) / (np.abs(a) + np.abs(n))),
)
wrong(
    "2.6",
    "value",
    "relative-to-the-analytic",
    half_of_the_small_one,
    lambda a, n: np.max(np.abs((a - n) / a)),
)
wrong(
    "2.6",
    "type",
    "where True or False is expected",
    lambda error: error(np.ones(2), np.ones(2)),
    worst,
)
wrong(
    "2.4",
    "value",
    "another-floor",
    lambda a, n, floor: np.abs(a - n) / np.maximum(np.maximum(abs(a), abs(n)), 1e-8),
)
