import numpy as np

from draw_np.manual.attention import filterbanks_backward, filterbanks_forward
from draw_np.practice.contents import EXERCISES
from exercise_corpus import kept_near, right, wrong


def each(v):
    return v.reshape(-1, 1, 1, 1)


def turn(a):
    return a.swapaxes(-1, -2)


# 9.0 ------------------------------------------------------------------

right("9.0", lambda line, F: np.sum(F * line, axis=1))
right("9.0", lambda line, F: np.array([np.dot(row, line) for row in F]))
wrong("9.0", "value", "mean-for-sum", lambda line, F: np.mean(F * line, axis=1))
wrong("9.0", "value", "largest-alone", lambda line, F: np.max(F * line, axis=1))
wrong("9.0", "value", "filters-turned-round", lambda line, F: F @ line[::-1])
wrong("9.0", "shape", "it is one number", lambda line, F: np.sum(F * line))

# 9.1, 9.8 -------------------------------------------------------------


def read(x, F_X, F_Y, gamma):
    return np.einsum("m,mjb,mcba,mia->mcji", gamma, F_Y, x, F_X)


def read_by_loop(x, F_X, F_Y, gamma):
    M, C, N = x.shape[0], x.shape[1], F_X.shape[1]
    patch = np.empty((M, C, N, N), dtype=x.dtype)
    for m in range(M):
        for c in range(C):
            patch[m, c] = gamma[m] * (F_Y[m] @ x[m, c] @ F_X[m].T)
    return patch


def read_column_by_column(x, F_X, F_Y, gamma):
    M, C, B, A = x.shape
    return read(turn(x.reshape(M, C, A, B)), F_X, F_Y, gamma)


def read_x_by_both(x, F_X, F_Y, gamma):
    """F_X on both sides, where it fits."""
    return read(x, F_X, F_X if x.shape[2] == x.shape[3] else F_Y, gamma)


right("9.1", read)
right("9.1", read_by_loop)
wrong("9.1", "value", "read-without-gamma", lambda x, F_X, F_Y, g: read(x, F_X, F_Y, 0 * g + 1))
wrong("9.1", "value", "read-with-gamma-squared", lambda x, F_X, F_Y, g: read(x, F_X, F_Y, g * g))
wrong("9.1", "value", "read-divided-by-gamma", lambda x, F_X, F_Y, g: read(x, F_X, F_Y, 1 / g))
wrong("9.1", "value", "patch-transposed", lambda *a: turn(read(*a)))
wrong("9.1", "value", "last axis but one", lambda *a: read(*a)[:, :, ::-1])
wrong("9.1", "value", "patch is wrong", read_column_by_column)
wrong("9.1", "value", "A = 3, B = 3", read_x_by_both)
wrong("9.1", "value", "for 3 images, 2 channels", lambda *a: read(*a)[:, ::-1])
wrong(
    "9.1",
    "raises",
    "channel-axis-forgotten",
    lambda x, F_X, F_Y, g: g[:, None, None, None] * (F_Y @ x @ turn(F_X)),
)
wrong(
    "9.1",
    "value",
    "for 2 images, 2 channels",
    lambda x, F_X, F_Y, g: (
        each(g) * (F_Y @ x @ turn(F_X)) if x.shape[0] == x.shape[1] else read(x, F_X, F_Y, g)
    ),
)
wrong("9.1", "value", "sign turned", lambda x, *a: read(-x, *a))


def bright_pixel(f):
    x = np.zeros((1, 1, 4, 4))
    x[0, 0, 3, 0] = 2.0
    patch = f(x, np.eye(4)[None], np.eye(4)[None], np.ones(1))
    return bool(patch[0, 0, 3, 0] == 2.0)


def rows_stay_rows(f):
    """An image with rows of one colour each gives such a patch."""
    x = np.arange(3.0)[None, None, :, None] + np.zeros((1, 1, 3, 3))
    F = np.eye(3)[None]
    patch = f(x, F, F, np.ones(1))
    assert np.allclose(np.ptp(patch, axis=3), 0)
    return True


def swapped_axes(f):
    """x^T with the filters exchanged gives patch^T; it holds for the suspect too."""
    x, F, G = np.arange(9.0).reshape(1, 1, 3, 3), np.eye(3)[None], np.eye(3)[None, ::-1]
    return np.allclose(f(turn(x), G, F, np.ones(1)), turn(f(x, F, G, np.ones(1))))


def symmetric_image(f):
    x = np.eye(3)[None, None]
    return np.allclose(f(x, np.eye(3)[None], np.eye(3)[None], np.ones(1)), x)


def lying(*a):
    return turn(read(*a))


right("9.8", bright_pixel, read)
right("9.8", rows_stay_rows, read_by_loop)
wrong("9.8", "property", "as handed out", swapped_axes, read)
wrong("9.8", "property", "as handed out", symmetric_image, read)
wrong("9.8", "property", "does not hold for a right", lambda f: not bright_pixel(f), read)
wrong("9.8", "unfixed", "Now fix suspect_read", bright_pixel, lying)
wrong("9.8", "value", "as fixed", bright_pixel, lambda *a: read(*a)[..., ::-1])
wrong(
    "9.8",
    "value",
    "read-without-gamma",
    rows_stay_rows,
    lambda x, F_X, F_Y, g: read(x, F_X, F_Y, g**0),
)

# 9.2, 9.3, 9.9 --------------------------------------------------------


def spread(w, F_X, F_Y, k):
    return np.einsum("m,mjb,mcji,mia->mcba", k, F_Y, w, F_X)


def write(w, F_X, F_Y, gamma):
    return spread(w, F_X, F_Y, 1 / gamma)


def write_by_loop(w, F_X, F_Y, gamma):
    return np.stack([[F_Y[m].T @ p @ F_X[m] / gamma[m] for p in w[m]] for m in range(len(w))])


def write_inverse(w, F_X, F_Y, gamma):
    """A pseudo-inverse where the transpose is meant."""
    out = np.linalg.pinv(F_Y)[:, None] @ w @ turn(np.linalg.pinv(F_X))[:, None]
    return out / each(gamma)


right("9.2", write)
right("9.2", write_by_loop)
wrong("9.2", "value", "write-with-gamma", spread)
wrong("9.2", "value", "write-without-gamma", lambda w, X, Y, g: spread(w, X, Y, g**0))
wrong("9.2", "value", "patch-transposed", lambda w, *a: write(turn(w), *a))
wrong("9.2", "value", "1/gamma", lambda w, X, Y, g: spread(w, X, Y, 1 / np.sqrt(g)))
wrong("9.2", "value", "stroke is wrong", write_inverse)
wrong("9.2", "value", "gamma-plus-epsilon", lambda w, X, Y, g: spread(w, X, Y, 1 / (g + 1e-4)))
wrong("9.2", "value", "is turned round", lambda *a: write(*a)[..., ::-1])
wrong(
    "9.2",
    "value",
    "filters-of-the-first-image",
    lambda w, X, Y, g: write(w, 0 * X + X[:1], 0 * Y + Y[:1], g),
)

wrong("9.2", "raises", "channel-axis-forgotten", lambda w, X, Y, g: (turn(Y) @ w @ X) / each(g))

right("9.3", spread)
right("9.3", lambda p, X, Y, g: write_by_loop(p, X, Y, 1 / g))
wrong("9.3", "value", "write-for-adjoint", write)
wrong("9.3", "value", "gamma-left-out", lambda p, X, Y, g: spread(p, X, Y, g**0))
wrong("9.3", "value", "inverse-for-adjoint", write_inverse)
wrong("9.3", "value", "sum(glimpse(x) p)", lambda p, X, Y, g: spread(p, X, Y, g + 1))
wrong("9.3", "value", "gamma-squared", lambda p, X, Y, g: spread(p, X, Y, g**2))
wrong("9.3", "value", "patch-transposed", lambda p, X, Y, g: spread(turn(p), X, Y, g))
wrong("9.3", "value", "image is wrong", lambda p, X, Y, g: write_inverse(p, X, Y, 1 / g))
wrong("9.3", "raises", "channel-axis-forgotten", lambda p, X, Y, g: each(g) * (turn(Y) @ p @ X))


def comes_back(r, w, gamma=2.0):
    x, F, g = np.arange(4.0).reshape(1, 1, 2, 2), np.eye(2)[None], np.full(1, gamma)
    return np.allclose(w(r(x, F, F, g), F, F, g), x)


def independent_of_gamma(r, w):
    x, F = np.ones((1, 1, 3, 3)), np.full((1, 2, 3), 1 / 3)
    one, two = (w(r(x, F, F, g), F, F, g) for g in (np.ones(1), 4 * np.ones(1)))
    return np.allclose(one, two)


def adjoint_pair(r, w):
    """True of the suspect only."""
    rng = np.random.default_rng(1)
    x, p, F = rng.random((1, 1, 3, 3)), rng.random((1, 1, 2, 2)), rng.random((1, 2, 3))
    g = np.full(1, 3.0)
    return np.isclose(np.sum(r(x, F, F, g) * p), np.sum(x * w(p, F, F, g)))


right("9.9", comes_back, write)
right("9.9", independent_of_gamma, write_by_loop)
wrong("9.9", "property", "as handed out", lambda r, w: comes_back(r, w, gamma=1.0), write)
wrong("9.9", "property", "does not hold for a right", adjoint_pair, write)
wrong(
    "9.9",
    "property",
    "as handed out",
    lambda r, w: (
        w(np.ones((1, 1, 2, 2)), np.ones((1, 2, 3)), np.ones((1, 2, 3)), np.ones(1)).shape
        == (1, 1, 3, 3)
    ),
    write,
)
wrong("9.9", "unfixed", "Now fix suspect_write", comes_back, spread)
wrong("9.9", "value", "as fixed", comes_back, lambda w, X, Y, g: write(turn(w), X, Y, g))
wrong(
    "9.9",
    "value",
    "write-without-gamma",
    independent_of_gamma,
    lambda w, X, Y, g: spread(w, X, Y, 0 * g + 1),
)

# 9.4 ------------------------------------------------------------------


def read_back(d, x, F_X, F_Y, gamma, flaw=None):
    """All four at once, by index."""
    dx = np.einsum("m,mcji,mjb,mia->mcba", gamma, d, F_Y, F_X)
    dX = np.einsum("m,mcji,mjb,mcba->mia", gamma, d, F_Y, x)
    dY = np.einsum("m,mcji,mia,mcba->mjb", gamma, d, F_X, x)
    dg = np.einsum("mcji,mjb,mcba,mia->m", d, F_Y, x, F_X)
    g = gamma[:, None, None]
    if flaw == "no gamma":
        dx, dX, dY = dx / each(gamma), dX / g, dY / g
    if flaw == "dX without gamma":
        dX = dX / g
    if flaw == "dY without gamma":
        dY = dY / g
    if flaw == "dX and dY without gamma":
        dX, dY = dX / g, dY / g
    if flaw == "dx without gamma":
        dx = dx / each(gamma)
    if flaw == "dgamma":
        dg = dg * gamma
    if flaw == "channels":
        dX, dY = dX / x.shape[1], dY / x.shape[1]
    if flaw == "dX lying":
        dX = np.einsum("m,mcij,mjb,mcba->mia", gamma, d, F_Y, x)
    if flaw == "write":
        dx = dx / each(gamma**2)
    if flaw == "dX without F_Y":
        dX = dX * 2
    if flaw == "filters for banks":
        dY = np.einsum("mcji,mia,mcba->mjb", d, F_X, x)
    if flaw == "dgamma per channel":
        dg = dg / x.shape[1]
    if flaw == "gamma squared":
        dx = dx * each(gamma)
    return dx, dX, dY, dg


def read_back_by_products(d, x, F_X, F_Y, gamma):
    X, Y, g = F_X[:, None], F_Y[:, None], each(gamma)
    right_part = x @ turn(X)
    dP = d * g
    dx = turn(Y) @ dP @ X
    dY = (dP @ turn(right_part)).sum(1)
    dX = (turn(dP) @ (Y @ x)).sum(1)
    return dx, dX, dY, ((Y @ right_part) * d).sum((1, 2, 3))


def flawed(function, flaw):
    return lambda *a: function(*a, flaw=flaw)


def read_back_without_channel_axis(d, x, F_X, F_Y, gamma):
    R = F_Y @ x
    dP = each(gamma) * d
    dR = dP @ F_X
    dX, dY = (turn(dP) @ R).sum(1), (dR @ turn(x)).sum(1)
    return turn(F_Y) @ dR, dX, dY, (d * (R @ turn(F_X))).sum((1, 2, 3))


right("9.4", read_back)
right("9.4", read_back_by_products)
wrong("9.4", "gradient", "missing in what is wrong", flawed(read_back, "dX without gamma"))
wrong("9.4", "gradient", "missing in what is wrong", flawed(read_back, "dY without gamma"))
wrong("9.4", "gradient", "missing in what is wrong", flawed(read_back, "dX and dY without gamma"))
wrong("9.4", "gradient", "missing in what is wrong", flawed(read_back, "dx without gamma"))
wrong("9.4", "gradient", "gamma-forgotten", flawed(read_back, "no gamma"))
wrong("9.4", "gradient", "gamma-forgotten", flawed(read_back, "dX without gamma"))
wrong("9.4", "gradient", "gamma-in-dgamma", flawed(read_back, "dgamma"))
wrong("9.4", "gradient", "channels-averaged", flawed(read_back, "channels"))
wrong("9.4", "gradient", "patch-transposed-in-dF_X", flawed(read_back, "dX lying"))
wrong("9.4", "gradient", "write-for-adjoint", flawed(read_back, "write"))
wrong("9.4", "gradient", "dF_X is 2 times", flawed(read_back, "dX without F_Y"))
wrong("9.4", "gradient", "correct: dx, dF_X and dgamma", flawed(read_back, "filters for banks"))
wrong("9.4", "gradient", "C times too small", flawed(read_back, "dgamma per channel"))
wrong("9.4", "gradient", "dx is wrong", flawed(read_back, "gamma squared"))
wrong("9.4", "raises", "channel-axis-forgotten", read_back_without_channel_axis)

# 9.5 ------------------------------------------------------------------


def write_back(d, w, F_X, F_Y, gamma, flaw=None):
    k = 1 / gamma
    dw = np.einsum("m,mcba,mjb,mia->mcji", k, d, F_Y, F_X)
    dX = np.einsum("m,mcba,mjb,mcji->mia", k, d, F_Y, w)
    dY = np.einsum("m,mcba,mia,mcji->mjb", k, d, F_X, w)
    total = np.einsum("mcba,mjb,mcji,mia->m", d, F_Y, w, F_X)
    dg = -total * k * k
    if flaw == "sign":
        dg = -dg
    if flaw == "as read":
        dg = total
    if flaw == "once":
        dg = -total * k
    if flaw == "no gamma":
        dw, dX, dY = dw * each(gamma), dX * gamma[:, None, None], dY * gamma[:, None, None]
    if flaw == "dX without gamma":
        dX = dX * gamma[:, None, None]
    if flaw == "dX as read":
        dX = dX * gamma[:, None, None] ** 2
    if flaw == "dw lying":
        dw = turn(dw)
    if flaw == "first channel":
        dX = np.einsum("m,mba,mjb,mji->mia", k, d[:, 0], F_Y, w[:, 0])
    if flaw == "dX sign":
        dX = -dX
    if flaw == "half":
        dY = dY / 2
    return dw, dX, dY, dg


def write_back_by_products(d, w, F_X, F_Y, gamma):
    X, Y, g = F_X[:, None], F_Y[:, None], each(gamma)
    dS = d / g
    rows = w @ X
    dX = (turn(w) @ (Y @ dS)).sum(1)
    dY = (rows @ turn(dS)).sum(1)
    return Y @ dS @ turn(X), dX, dY, -(dS * (turn(Y) @ rows)).sum((1, 2, 3)) / gamma


def write_back_summed_over_images(d, w, F_X, F_Y, gamma):
    X, Y, dS = F_X[:, None], F_Y[:, None], d / each(gamma)
    dX, dY = (turn(turn(Y) @ w) @ dS).sum(0), (w @ turn(dS @ turn(X))).sum(0)
    dw, _, _, dg = write_back(d, w, F_X, F_Y, gamma)
    return dw, dX, dY, dg


right("9.5", write_back)
right("9.5", write_back_by_products)
wrong("9.5", "shape", "(C, N, A) in the place of (M, N, A)", write_back_summed_over_images)
wrong("9.5", "gradient", "missing in what is wrong", flawed(write_back, "dX without gamma"))
wrong("9.5", "gradient", "gamma-as-in-reading", flawed(write_back, "dX as read"))
wrong("9.5", "gradient", "dgamma-turned", flawed(write_back, "sign"))
wrong("9.5", "gradient", "dgamma-of-gamma", flawed(write_back, "as read"))
wrong("9.5", "gradient", "dgamma-once", flawed(write_back, "once"))
wrong("9.5", "gradient", "gamma-forgotten", flawed(write_back, "no gamma"))
wrong("9.5", "gradient", "patch-transposed", flawed(write_back, "dw lying"))
wrong("9.5", "gradient", "dF_X is wrong", flawed(write_back, "first channel"))
wrong("9.5", "gradient", "dF_X has its sign turned", flawed(write_back, "dX sign"))
wrong("9.5", "gradient", "dF_Y is 0.5 times", flawed(write_back, "half"))

# 9.6, 9.7 -------------------------------------------------------------


def whole_read_back(dr, x, x_hat, att, N, flaw=None):
    M, C, B, A = x.shape
    (F_X, F_Y), cache = filterbanks_forward(att, A, B, N)
    d = dr.reshape(M, 2, C, N, N)
    if flaw == "lying":
        d = turn(d)
    inner = flaw if flaw in ("no gamma", "dgamma", "write") else None
    one = read_back(d[:, 0], x, F_X, F_Y, att.gamma, inner)
    two = read_back(d[:, 1], x_hat, F_X, F_Y, att.gamma, inner)
    both = [p + q for p, q in zip(one[1:], two[1:], strict=True)]
    if flaw == "image only":
        both = list(one[1:])
    if flaw == "averaged":
        both = [v / 2 for v in both]
    if flaw == "exchanged":
        two, one = one, two
    if flaw == "minus":
        both = [p - q for p, q in zip(one[1:], two[1:], strict=True)]
    datt = filterbanks_backward(both[0], both[1], cache)
    if flaw != "no dgamma":
        datt = datt._replace(gamma=both[2])
    if flaw == "stride of x":
        alone = filterbanks_backward(both[0], 0 * both[1], cache)
        datt = datt._replace(delta=alone.delta)
    return one[0], two[0], datt


def whole_read_back_joined(dr, x, x_hat, att, N):
    both = np.concatenate([x, x_hat], axis=1)
    (F_X, F_Y), cache = filterbanks_forward(att, *x.shape[:1:-1], N)
    d = dr.reshape(len(x), both.shape[1], N, N)
    dboth, dX, dY, dg = read_back_by_products(d, both, F_X, F_Y, att.gamma)
    g_X, g_Y, delta, sigma2, _ = filterbanks_backward(dX, dY, cache)
    dx, dx_hat = np.split(dboth, 2, axis=1)
    return dx, dx_hat, (g_X, g_Y, delta, sigma2, dg)


def whole_read_back_x_hat_first(dr, x, x_hat, att, N):
    both = np.concatenate([x_hat, x], axis=1)
    (F_X, F_Y), cache = filterbanks_forward(att, *x.shape[:1:-1], N)
    d = dr.reshape(len(x), both.shape[1], N, N)
    dboth, dX, dY, dg = read_back_by_products(d, both, F_X, F_Y, att.gamma)
    dx_hat, dx = np.split(dboth, 2, axis=1)
    return dx, dx_hat, filterbanks_backward(dX, dY, cache)._replace(gamma=dg)


wrong("9.6", "gradient", "x comes first in r", whole_read_back_x_hat_first)
right("9.6", whole_read_back)
right("9.6", whole_read_back_joined)
wrong("9.6", "gradient", "gamma-forgotten", flawed(whole_read_back, "no gamma"))
wrong("9.6", "gradient", "gamma-in-dgamma", flawed(whole_read_back, "dgamma"))
wrong("9.6", "gradient", "image-only", flawed(whole_read_back, "image only"))
wrong("9.6", "gradient", "halves-swapped", flawed(whole_read_back, "exchanged"))
wrong("9.6", "gradient", "patch-transposed", flawed(whole_read_back, "lying"))
wrong("9.6", "gradient", "dgamma-left-at-0", flawed(whole_read_back, "no dgamma"))
wrong("9.6", "gradient", "0.5 times", flawed(whole_read_back, "averaged"))
wrong("9.6", "gradient", "ddelta is wrong", flawed(whole_read_back, "stride of x"))
wrong("9.6", "gradient", "correct: dx and dx_hat", flawed(whole_read_back, "minus"))


def whole_write_back(d, w, att, flaw=None):
    (F_X, F_Y), cache = filterbanks_forward(att, d.shape[3], d.shape[2], w.shape[3])
    dw, dX, dY, dg = write_back(d, w, F_X, F_Y, att.gamma, flaw)
    if flaw == "exchanged filters":
        both = filterbanks_backward(dX, dY, cache)
        return dw, both._replace(g_X=both.g_Y, g_Y=both.g_X, gamma=dg)
    if flaw == "x only":
        both = filterbanks_backward(dX, 0 * dY, cache)
        return dw, both._replace(gamma=dg)
    both = filterbanks_backward(dX, dY, cache)
    return dw, both if flaw == "no dgamma" else both._replace(gamma=dg)


def whole_write_back_as_tuple(d, w, att):
    (F_X, F_Y), cache = filterbanks_forward(att, *d.shape[:1:-1], w.shape[-1])
    dw, dX, dY, dg = write_back_by_products(d, w, F_X, F_Y, att.gamma)
    return dw, (*filterbanks_backward(dX, dY, cache)[:4], dg)


right("9.7", whole_write_back)
right("9.7", whole_write_back_as_tuple)
wrong("9.7", "gradient", "dgamma-turned", flawed(whole_write_back, "sign"))
wrong("9.7", "gradient", "gamma-forgotten", flawed(whole_write_back, "no gamma"))
wrong("9.7", "gradient", "dgamma-left-at-0", flawed(whole_write_back, "no dgamma"))
wrong("9.7", "gradient", "filterbanks-exchanged", flawed(whole_write_back, "exchanged filters"))
wrong("9.7", "gradient", "correct: dw, dg_X and dgamma", flawed(whole_write_back, "x only"))
wrong("9.7", "gradient", "dgamma-of-gamma", flawed(whole_write_back, "as read"))
wrong("9.7", "gradient", "patch-transposed", flawed(whole_write_back, "dw lying"))

# a small gamma is no zero -----------------------------------------------

for number, place in (("9.1", 3), ("9.2", 3), ("9.5", 4)):
    kind = "gradient" if number == "9.5" else "value"
    wrong(
        number,
        kind,
        "gamma from 0.001 to 50",
        lambda *a, f=EXERCISES[number].right, k=place: f(
            *a[:k], np.maximum(a[k], 0.3), *a[k + 1 :]
        ),
    )

# cut off, kept from 0, or kept inside ---------------------------------

for number, kind, place in (
    ("9.1", "value", 0),
    ("9.2", "value", 0),
    ("9.3", "value", 0),
    ("9.4", "gradient", 1),
    ("9.5", "gradient", 1),
):
    wrong(number, kind, "numbers of about 1000", kept_near(number, place, -20, 20))
for number in ("9.6", "9.7"):
    for name, low, high in (("g_X", 1, 6), ("delta", 0, 5), ("sigma2", 0, 10), ("gamma", 0.01, 20)):
        wrong(
            number,
            "gradient",
            "wrong, for 3 images",
            lambda *a, n=number, name=name, low=low, high=high: EXERCISES[n].right(
                *(
                    v._replace(**{name: np.clip(getattr(v, name), low, high)})
                    if hasattr(v, "_replace")
                    else v
                    for v in a
                )
            ),
        )
