import math

import autograd.numpy as anp
import numpy as np
from autograd import grad

from exercise_corpus import right, wrong


def sigmoid(v):
    return 0.5 * (1 + np.tanh(v / 2))


# 6.0 ------------------------------------------------------------------

right("6.0", lambda x, m, s: x / s - m / s)
right("6.0", lambda x, m, s: np.stack([(row - m) / s for row in x]))
wrong("6.0", "value", "brackets-forgotten", lambda x, m, s: x - m / s)
wrong("6.0", "value", "multiplied-by-the-scale", lambda x, m, s: (x - m) * s)
wrong("6.0", "value", "scale-forgotten", lambda x, m, s: x - m)
wrong("6.0", "value", "mean-added", lambda x, m, s: (x + m) / s)

# 6.1 ------------------------------------------------------------------


def folded(W, b, m, s, h):
    D = len(m)
    V = (W[:D].T / s).T
    return V, b - (m / s) @ W[:D] + h @ W[D:]


def by_probing(W, b, m, s, h):
    """a for a picture of zeros is the bias; each pixel alone gives a row."""

    def a(x):
        return np.concatenate([(x - m) / s, h]) @ W + b

    v = a(np.zeros_like(m))
    V = np.array([a(one) - v for one in np.eye(len(m), dtype=m.dtype)])
    return V, v


def by_loops(W, b, m, s, h):
    D, K = len(m), len(b)
    V, v = np.zeros((D, K), W.dtype), b.copy()
    for k in range(K):
        for d in range(D):
            V[d, k] = W[d, k] / s[d]
            v[k] -= m[d] * W[d, k] / s[d]
        for j in range(len(h)):
            v[k] += h[j] * W[D + j, k]
    return V, v


def centred_only(W, b, m, s, h):
    D = len(m)
    return W[:D] / s[:, None], b - m @ W[:D] + h @ W[D:]


def state_as_a_picture(W, b, m, s, h):
    D = len(m)
    return W[:D] / s[:, None], b - (m / s) @ W[:D] + (h - h.mean()) @ W[D:]


def whole_matrix(W, b, m, s, h):
    V, v = folded(W, b, m, s, h)
    return np.concatenate([V, W[len(m) :]]), v


def in_place(W, b, m, s, h):
    W[: len(m)] /= s[:, None]
    return W[: len(m)].copy(), b - m @ W[: len(m)] + h @ W[len(m) :]


def with_scales(change):
    return lambda W, b, m, s, h: folded(W, b, m, change(s).astype(s.dtype), h)


right("6.1", folded)
right("6.1", by_probing)
right("6.1", by_loops)
wrong("6.1", "value", "shift-not-scaled", centred_only)
wrong("6.1", "value", "state-forgotten", lambda W, b, m, s, h: folded(W, b, m, s, 0 * h))
wrong("6.1", "value", "shift-added", lambda W, b, m, s, h: folded(W, b, -m, s, h))
wrong(
    "6.1",
    "value",
    "multiplied-by-the-scale",
    lambda W, b, m, s, h: (
        W[: len(m)] * s[:, None],
        b - m @ (W[: len(m)] * s[:, None]) + h @ W[len(m) :],
    ),
)
wrong(
    "6.1",
    "value",
    "columns-scaled",
    lambda W, b, m, s, h: (W[: len(m)] / s, b - m @ (W[: len(m)] / s) + h @ W[len(m) :]),
)
wrong("6.1", "value", "for a picture of zeros it is -0.75, -2.5 and not", state_as_a_picture)
wrong("6.1", "value", "by 1e+06; here it is by 10:", with_scales(lambda s: np.maximum(s, 0.1)))
wrong("6.1", "value", "here it is by 100:", with_scales(lambda s: np.maximum(s, 1e-2)))
wrong("6.1", "value", "here it is by 1000:", with_scales(lambda s: np.maximum(s, 1e-3)))
wrong("6.1", "value", "is something added to s", with_scales(lambda s: s + 1e-12))
wrong(
    "6.1",
    "value",
    "rows-exchanged",
    lambda W, b, m, s, h: folded(np.roll(W, len(m), axis=0), b, m, s, h),
)
wrong("6.1", "shape", "W_new has (6, 3) where (3, 3)", whole_matrix)
wrong("6.1", "damage", "was changed", in_place)

# 6.2 ------------------------------------------------------------------


def linear_vae(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    mu, log_sigma = x @ W_mu + b_mu, x @ W_s + b_s
    sigma = np.exp(log_sigma)
    c = (mu + sigma * eps) @ W + b
    L_x = np.where(x == 1, np.logaddexp(0, -c), np.logaddexp(0, c)).sum(axis=1)
    return L_x, (0.5 * (mu**2 + sigma**2 - 1) - log_sigma).sum(axis=1)


def image_by_image(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    L_x, L_z = np.zeros(len(x), x.dtype), np.zeros(len(x), x.dtype)
    for i in range(len(x)):
        mu, s = W_mu.T @ x[i] + b_mu, W_s.T @ x[i] + b_s
        c = W.T @ (mu + np.exp(s) * eps[i]) + b
        for pixel, logit in zip(x[i], c, strict=True):
            L_x[i] += max(logit, 0) + math.log1p(math.exp(-abs(logit))) - pixel * logit
        for k in range(len(mu)):
            L_z[i] += (mu[k] ** 2 + math.exp(2 * s[k]) - 2 * s[k] - 1) / 2
    return L_x, L_z


def changed(*changes):
    """linear_vae with some arguments changed: pairs of a position and a function."""
    changes = dict(changes)

    def f(*arguments):
        return linear_vae(*(changes.get(k, lambda v: v)(v) for k, v in enumerate(arguments)))

    return f


def with_one_over_e(x, eps, *parameters):
    L_x, L_z = linear_vae(x, eps, *parameters)
    return L_x / x.shape[1], L_z / eps.shape[1]


def halves_forgotten(*arguments):
    L_x, L_z = linear_vae(*arguments)
    return L_x, 2 * L_z


def clipped_logits(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    mu, log_sigma = x @ W_mu + b_mu, x @ W_s + b_s
    c = np.clip((mu + np.exp(log_sigma) * eps) @ W + b, -30, 30)
    L_x = (np.log1p(np.exp(c)) - x * c).sum(axis=1)
    return L_x, linear_vae(x, eps, W_mu, b_mu, W_s, b_s, W, b)[1]


def decoder_without_bias(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    return linear_vae(x, eps, W_mu, b_mu, W_s, b_s, W, 0 * b)


def sampled_price(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    """log Q - log P at the z that was drawn: right on average only."""
    L_x, _ = linear_vae(x, eps, W_mu, b_mu, W_s, b_s, W, b)
    mu, s = x @ W_mu + b_mu, x @ W_s + b_s
    z = mu + np.exp(s) * eps
    return L_x, (0.5 * (z**2 - eps**2) - s).sum(axis=1)


def naive_softplus(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    mu, s = x @ W_mu + b_mu, x @ W_s + b_s
    c = (mu + np.exp(s) * eps) @ W + b
    L_z = 0.5 * (mu**2 + np.exp(s) ** 2 - 2 * s - 1).sum(1)
    return (np.log(1 + np.exp(c)) - x * c).sum(1), L_z


def vae_with(
    pixels=lambda x, c: np.logaddexp(0, c) - x * c,
    price=lambda mu, s: 0.5 * (mu**2 + np.exp(2 * s) - 2 * s - 1),
    sigma=np.exp,
):
    def f(x, eps, W_mu, b_mu, W_s, b_s, W, b):
        mu, s = x @ W_mu + b_mu, x @ W_s + b_s
        c = (mu + sigma(s) * eps) @ W + b
        return pixels(x, c).sum(1), price(mu, s).sum(1)

    return f


right("6.2", linear_vae)
right("6.2", image_by_image)
wrong("6.2", "value", "noise-dropped", changed((1, lambda eps: 0 * eps)))
wrong("6.2", "value", "noise-shared-by-the-images", changed((1, lambda eps: eps[:1] + 0 * eps)))
wrong("6.2", "value", "decoder-without-bias", decoder_without_bias)
wrong("6.2", "value", "it says 0.69315 and 0", with_one_over_e)
wrong("6.2", "value", "L_z is 2 times what is expected", halves_forgotten)
wrong("6.2", "value", "average only; exercise 4.3 has it exactly", sampled_price)
wrong(
    "6.2",
    "value",
    "log-variance",
    vae_with(sigma=lambda s: np.exp(s / 2), price=lambda mu, s: 0.5 * (mu**2 + np.exp(s) - s - 1)),
)
wrong("6.2", "value", "mean-without-bias", changed((3, lambda b_mu: 0 * b_mu)))
wrong("6.2", "value", "log-sigma-without-bias", changed((5, lambda b_s: 0 * b_s)))
wrong(
    "6.2",
    "value",
    "encoder-without-biases",
    changed((3, lambda b_mu: 0 * b_mu), (5, lambda b_s: 0 * b_s)),
)
wrong("6.2", "value", "logit-added", vae_with(pixels=lambda x, c: np.logaddexp(0, c) + x * c))
wrong(
    "6.2",
    "value",
    "log-sigma-added",
    vae_with(price=lambda mu, s: 0.5 * (mu**2 + np.exp(2 * s) + 2 * s - 1)),
)
wrong(
    "6.2",
    "value",
    "kl-reversed",
    vae_with(price=lambda mu, s: 0.5 * ((1 + mu**2) / np.exp(2 * s) + 2 * s - 1)),
)
wrong("6.2", "value", "relu-for-softplus", vae_with(pixels=lambda x, c: np.maximum(c, 0) - x * c))
wrong("6.2", "value", "it is right for 3 images, 4 pixels, 2 components;", clipped_logits)
wrong("6.2", "not finite", "overflow", naive_softplus)

# 6.3 ------------------------------------------------------------------


def linear_vae_backward(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    M = len(x)
    mu, sigma = x @ W_mu + b_mu, np.exp(x @ W_s + b_s)
    z = mu + sigma * eps
    dc = (sigmoid(z @ W + b) - x) / M
    dz = dc @ W.T
    dmu = dz + mu / M
    ds = dz * sigma * eps + (sigma**2 - 1) / M
    return x.T @ dmu, dmu.sum(0), x.T @ ds, ds.sum(0), z.T @ dc, dc.sum(0)


def added_image_by_image(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    found = [np.zeros_like(p) for p in (W_mu, b_mu, W_s, b_s, W, b)]
    for v, e in zip(x, eps, strict=True):
        mu, sigma = v @ W_mu + b_mu, np.exp(v @ W_s + b_s)
        z = mu + sigma * e
        dc = sigmoid(z @ W + b) - v
        dz = W @ dc
        dmu, ds = dz + mu, (sigma - 1) * (sigma + 1) + dz * (z - mu)
        parts = np.outer(v, dmu), dmu, np.outer(v, ds), ds, np.outer(z, dc), dc
        for total, part in zip(found, parts, strict=True):
            total += part / len(x)
    return tuple(found)


def by_autograd(x, eps, *parameters):
    def loss(parameters):
        W_mu, b_mu, W_s, b_s, W, b = parameters
        mu, s = anp.dot(x, W_mu) + b_mu, anp.dot(x, W_s) + b_s
        c = anp.dot(mu + anp.exp(s) * eps, W) + b
        L_x = anp.sum(anp.logaddexp(0, c) - x * c, axis=1)
        return anp.mean(L_x + anp.sum(0.5 * (mu**2 + anp.exp(2 * s) - 1) - s, axis=1))

    return tuple(grad(loss)(parameters))


def backward_with(
    dc=lambda p, x, M: (p - x) / M,
    dmu=lambda dz, mu, M: dz + mu / M,
    ds=lambda dz, sigma, eps, M: dz * sigma * eps + (sigma**2 - 1) / M,
):
    def f(x, eps, W_mu, b_mu, W_s, b_s, W, b):
        M = len(x)
        mu, sigma = x @ W_mu + b_mu, np.exp(x @ W_s + b_s)
        z = mu + sigma * eps
        dc_ = dc(sigmoid(z @ W + b), x, M)
        dz = dc_ @ W.T
        dmu_, ds_ = dmu(dz, mu, M), ds(dz, sigma, eps, M)
        return x.T @ dmu_, dmu_.sum(0), x.T @ ds_, ds_.sum(0), z.T @ dc_, dc_.sum(0)

    return f


def prior_noise(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    """The decoder's gradient at z = eps."""
    found = linear_vae_backward(x, eps, W_mu, b_mu, W_s, b_s, W, b)
    dc = (sigmoid(eps @ W + b) - x) / len(x)
    return (*found[:4], eps.T @ dc, dc.sum(0))


def encoder_saw_the_error(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    """x - 1/2 in the place of x, on the way back only."""
    found = list(linear_vae_backward(x, eps, W_mu, b_mu, W_s, b_s, W, b))
    found[0] = found[0] - 0.5 * found[1]
    found[2] = found[2] - 0.5 * found[3]
    return tuple(found)


def mean_over_pixels_too(*arguments):
    return tuple(v / arguments[0].shape[1] for v in linear_vae_backward(*arguments))


def times_the_draw(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    found = linear_vae_backward(x, eps, W_mu, b_mu, W_s, b_s, W, b)
    mu, sigma = x @ W_mu + b_mu, np.exp(x @ W_s + b_s)
    z = mu + sigma * eps
    ds = (sigmoid(z @ W + b) - x) @ W.T * z + sigma**2 - 1
    return (*found[:2], x.T @ ds / len(x), ds.mean(0), *found[4:])


right("6.3", linear_vae_backward)
right("6.3", added_image_by_image)
right("6.3", by_autograd)
wrong(
    "6.3",
    "gradient",
    "sum-over-images",
    lambda *a: tuple(len(a[0]) * v for v in linear_vae_backward(*a)),
)
wrong(
    "6.3",
    "gradient",
    "mean-in-the-pixels-only",
    backward_with(
        dmu=lambda dz, mu, M: dz + mu, ds=lambda dz, sigma, eps, M: dz * sigma * eps + sigma**2 - 1
    ),
)
wrong("6.3", "gradient", "price-of-mu-forgotten", backward_with(dmu=lambda dz, mu, M: dz))
wrong(
    "6.3",
    "gradient",
    "derivative-to-sigma",
    backward_with(ds=lambda dz, sigma, eps, M: dz * eps + (sigma**2 - 1) / M),
)
wrong(
    "6.3",
    "gradient",
    "all-by-sigma",
    backward_with(ds=lambda dz, sigma, eps, M: dz * eps + (sigma - 1 / sigma) / M),
)
wrong(
    "6.3",
    "gradient",
    "half-forgotten",
    backward_with(ds=lambda dz, sigma, eps, M: dz * sigma * eps + (2 * sigma**2 - 2) / M),
)
wrong("6.3", "gradient", "draw-for-noise", times_the_draw)
wrong("6.3", "gradient", "climbs", backward_with(dc=lambda p, x, M: (x - p) / M))
wrong(
    "6.3",
    "gradient",
    "one-slope-too-many",
    backward_with(dc=lambda p, x, M: (p - x) * p * (1 - p) / M),
)
wrong("6.3", "gradient", "dW and db are wrong", prior_noise)
wrong("6.3", "gradient", "dW_mu and dW_s are wrong", encoder_saw_the_error)
wrong("6.3", "gradient", "D times too small", mean_over_pixels_too)
wrong(
    "6.3",
    "gradient",
    "price-turned",
    backward_with(ds=lambda dz, sigma, eps, M: dz * sigma * eps + (1 - sigma**2) / M),
)
wrong(
    "6.3",
    "shape",
    "another order",
    lambda *a: (
        *linear_vae_backward(*a)[:4],
        linear_vae_backward(*a)[4].T,
        linear_vae_backward(*a)[5],
    ),
)

# 6.4 ------------------------------------------------------------------


def told_and_wasted(mu, log_sigma):
    m = mu.mean(axis=0)
    v = mu.var(axis=0) + np.exp(2 * log_sigma).mean(axis=0)
    return 0.5 * np.log(v) - log_sigma.mean(axis=0), 0.5 * (m**2 + v - 1 - np.log(v))


def component_by_component(mu, log_sigma):
    M, Z = mu.shape
    told, wasted = np.zeros(Z, mu.dtype), np.zeros(Z, mu.dtype)
    for k in range(Z):
        m = sum(mu[:, k]) / M
        square = (
            sum(a * a + math.exp(2 * s) for a, s in zip(mu[:, k], log_sigma[:, k], strict=True)) / M
        )
        price = (square - 1) / 2 - sum(log_sigma[:, k]) / M
        wasted[k] = (square - math.log(square - m * m) - 1) / 2
        told[k] = price - wasted[k]
    return told, wasted


def as_kl_between_gaussians(mu, log_sigma):
    """told is also the mean KL of the answers to N(m, v)."""
    m = mu.mean(axis=0)
    v = ((mu - m) ** 2 + np.exp(2 * log_sigma)).mean(axis=0)
    each = 0.5 * (((mu - m) ** 2 + np.exp(2 * log_sigma)) / v - 2 * log_sigma + np.log(v) - 1)
    return each.mean(axis=0), 0.5 * (m**2 + v - np.log(v) - 1)


def without_noise(mu, log_sigma):
    m, v = mu.mean(axis=0), mu.var(axis=0) + 1e-12
    wasted = 0.5 * (m**2 + v - np.log(v) - 1)
    price = 0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1).mean(axis=0)
    return price - wasted, wasted


def waste_with(
    m=lambda mu: mu.mean(0),
    v=lambda mu, s: mu.var(0) + np.exp(2 * s).mean(0),
    kl=lambda m, v: 0.5 * (m**2 + v - np.log(v) - 1),
):
    def f(mu, log_sigma):
        wasted = kl(m(mu), v(mu, log_sigma))
        price = 0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1).mean(axis=0)
        return price - wasted, wasted

    return f


def by_entropy_of_the_mean(mu, log_sigma):
    _, wasted = told_and_wasted(mu, log_sigma)
    v = mu.var(axis=0) + np.exp(2 * log_sigma).mean(axis=0)
    return 0.5 * np.log(v) - 0.5 * np.log(np.exp(2 * log_sigma).mean(axis=0)), wasted


def price_without_constant(mu, log_sigma):
    told, wasted = told_and_wasted(mu, log_sigma)
    return told + 0.5, wasted


def over_components(mu, log_sigma):
    told, wasted = told_and_wasted(mu.T, log_sigma.T)
    return told, wasted


def price_by_log_variance(mu, log_sigma):
    _, wasted = told_and_wasted(mu, log_sigma)
    return 0.5 * (mu**2 + np.exp(log_sigma) - log_sigma - 1).mean(axis=0) - wasted, wasted


right("6.4", told_and_wasted)
right("6.4", component_by_component)
right("6.4", as_kl_between_gaussians)
wrong("6.4", "value", "told comes out as -12.75", without_noise)
wrong("6.4", "value", "noise-only", waste_with(v=lambda mu, s: np.exp(2 * s).mean(0)))
wrong(
    "6.4",
    "value",
    "mean-not-subtracted",
    waste_with(v=lambda mu, s: (mu**2 + np.exp(2 * s)).mean(0)),
)
wrong("6.4", "value", "mean-forgotten-in-the-waste", waste_with(m=lambda mu: 0 * mu[0]))
wrong(
    "6.4",
    "value",
    "variance-taken-for-deviation",
    waste_with(kl=lambda m, v: 0.5 * (m**2 + v**2 - 2 * np.log(v) - 1)),
)
wrong(
    "6.4",
    "value",
    "square-of-the-mean-sigma",
    waste_with(v=lambda mu, s: mu.var(0) + np.exp(s).mean(0) ** 2),
)
wrong(
    "6.4",
    "value",
    "divide by M, and not by M - 1",
    waste_with(v=lambda mu, s: mu.var(0, ddof=1) + np.exp(2 * s).mean(0)),
)
wrong("6.4", "value", "price-by-log-variance", price_by_log_variance)
wrong("6.4", "value", "log-variance", lambda mu, s: told_and_wasted(mu, s / 2))
wrong("6.4", "value", "told is +0.5 off", price_without_constant)
wrong("6.4", "value", "log-of-the-mean", by_entropy_of_the_mean)
wrong("6.4", "value", "parts-exchanged", lambda *a: told_and_wasted(*a)[::-1])
wrong(
    "6.4",
    "value",
    "told and wasted are wrong",
    waste_with(kl=lambda m, v: 0.5 * (m**2 + v - np.log(v))),
)
wrong("6.4", "shape", "in the place of", over_components)

# 6.5 ------------------------------------------------------------------


def loss(x, c, mu, log_sigma):
    L_x = np.sum(np.logaddexp(0, c) - x * c, axis=1)
    kl = 0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1)
    return np.mean(L_x + np.sum(kl, axis=1))


def divided_in_the_end(x, c, mu, log_sigma):
    pixels = np.where(x == 1, np.logaddexp(0, -c), np.logaddexp(0, c))
    total = pixels.sum() + (0.5 * (mu**2 + np.exp(2 * log_sigma) - 1) - log_sigma).sum()
    return float(total) / len(x)


def suspect(x, c, mu, log_sigma):
    L_x = np.sum(np.logaddexp(0, c) - x * c, axis=1)
    kl = 0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1)
    return np.mean(L_x) + np.mean(np.sum(kl, axis=0))


def averaged(x, c, mu, log_sigma):
    return np.mean(np.logaddexp(0, c) - x * c) * x.shape[1] + np.mean(
        0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1)
    )


def summed(x, c, mu, log_sigma):
    L_x = np.sum(np.logaddexp(0, c) - x * c, axis=1)
    return np.mean(L_x) + np.sum(0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1))


def one_number_each(x, c, mu, log_sigma):
    L_x = np.sum(np.logaddexp(0, c) - x * c, axis=1)
    return L_x + np.sum(0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1), axis=1)


def constant_once(x, c, mu, log_sigma):
    return loss(x, c, mu, log_sigma) + (mu.shape[1] - 1) / 2


def arguments(M=3, D=2, Z=2):
    rng = np.random.default_rng(0)
    return (rng.random((M, D)) < 0.5) * 1.0, *(rng.standard_normal((M, n)) for n in (D, Z, Z))


def copies(f):
    once = arguments()
    return np.isclose(f(*once), f(*(np.repeat(v, 3, axis=0) for v in once)))


def unused_component(f):
    x, c, mu, log_sigma = arguments()
    more = np.zeros((len(x), 1))
    return bool(
        np.isclose(
            f(x, c, mu, log_sigma), f(x, c, np.hstack([mu, more]), np.hstack([log_sigma, more]))
        )
    )


def mean_of_single_images(f):
    a = arguments()
    alone = [f(*(v[m : m + 1] for v in a)) for m in range(len(a[0]))]
    return bool(np.isclose(np.mean(alone), f(*a)))


def order_of_images(f):
    a = arguments()
    return bool(np.isclose(f(*a), f(*(v[::-1] for v in a))))


def not_below_zero(f):
    return bool(f(*arguments()) >= 0)


def adds_up_over_images(f):
    a = arguments()
    return bool(np.isclose(f(*a), sum(f(*(v[m : m + 1] for v in a)) for m in range(len(a[0])))))


def twice_the_columns(f):
    x, c, mu, log_sigma = (np.concatenate([v, v], axis=1) for v in arguments())
    return bool(np.isclose(f(x, c, mu, log_sigma), f(*arguments())))


right("6.5", copies, loss)
right("6.5", unused_component, divided_in_the_end)
right("6.5", mean_of_single_images, loss)
wrong("6.5", "property", "holds for suspect_loss as handed out", order_of_images, loss)
wrong("6.5", "property", "holds for suspect_loss as handed out", not_below_zero, loss)
wrong("6.5", "property", "does not hold for a right function", adds_up_over_images, loss)
wrong("6.5", "property", "double the images (axis 0), not the columns", twice_the_columns, loss)
wrong("6.5", "unfixed", "Now fix suspect_loss", copies, suspect)
wrong("6.5", "value", "kl-averaged", copies, averaged)
wrong("6.5", "value", "kl-summed-over-all", unused_component, summed)
wrong("6.5", "value", "kl-constant-once-a-step", copies, constant_once)
wrong("6.5", "shape", "loss has (3,)", copies, one_number_each)
