import math

import numpy as np

from draw_np.practice.contents import EXERCISES
from exercise_corpus import right, wrong

# 7.0 ------------------------------------------------------------------


def stroke_by_stroke(c_0, strokes):
    c, found = c_0, []
    for stroke in strokes:
        c = c + stroke
        found.append(c)
    return np.array(found)


def one_canvas(c_0, strokes):
    c, found = c_0.copy(), []
    for stroke in strokes:
        c += stroke
        found.append(c)
    return np.array(found)


def on_the_strokes(c_0, strokes):
    strokes[0] += c_0
    for t in range(1, len(strokes)):
        strokes[t] += strokes[t - 1]
    return strokes


right("7.0", stroke_by_stroke)
right("7.0", lambda c_0, s: np.tensordot(np.tri(len(s), dtype=s.dtype), s, 1) + c_0)
right("7.0", lambda c_0, s: np.cumsum(np.concatenate([c_0[None], s]), axis=0)[1:])
wrong("7.0", "value", "start-forgotten", lambda c_0, s: np.cumsum(s, axis=0))
wrong("7.0", "value", "each-stroke-by-itself", lambda c_0, s: c_0 + s)
wrong("7.0", "value", "a-step-late", lambda c_0, s: c_0 + np.cumsum(s, 0) - s)
wrong("7.0", "value", "last-canvas-for-all", one_canvas)
wrong("7.0", "value", "start-in-every-step", lambda c_0, s: np.cumsum(c_0 + s, axis=0))
wrong("7.0", "value", "some hundred", lambda c_0, s: np.clip(stroke_by_stroke(c_0, s), -20, 20))
wrong("7.0", "value", "some hundred", lambda c_0, s: stroke_by_stroke(c_0, np.clip(s, -10, 10)))
wrong("7.0", "damage", "its argument strokes was changed", on_the_strokes)
wrong("7.0", "shape", "the first axis is gone", lambda c_0, s: c_0 + s.sum(axis=0))

# 7.1 ------------------------------------------------------------------


def painted(p, w):
    c = np.log(p) - np.log1p(-p) + w
    return 0.5 * np.tanh(0.5 * c) + 0.5


def by_odds_against(p, w):
    return p / (p + (1 - p) * np.exp(-w))


def pixel_by_pixel(p, w):
    new = np.empty_like(p)
    for i in np.ndindex(p.shape):
        c = math.log(p[i] / (1 - p[i])) + w[i]
        new[i] = 1 / (1 + math.exp(-c)) if c > 0 else math.exp(c) / (1 + math.exp(c))
    return new


def odds_only(p, w):
    return p / (1 - p) * np.exp(w)


def in_place(p, w):
    w += np.log(p / (1 - p))
    return 0.5 * np.tanh(0.5 * w) + 0.5


def sigmoid_without_half(p, w):
    return 0.5 * np.tanh(np.log(p / (1 - p)) + w) + 0.5


def cut_off(p, w, least=1e-6):
    return painted(np.clip(p, least, 1 - least), w)


def small_strokes(p, w):
    return painted(p, np.clip(w, -30, 30))


def sure_at_once(p, w):
    return np.where(w > 30, np.ones_like(p), painted(p, np.minimum(w, 30)))


def never_log_0(p, w):
    return sigmoid(np.log(p / (1 - p) + 1e-12) + w)


def a_little_more(p, w):
    return painted(p, w + 0.0001)


def odds_a_little_too_large(p, w):
    return 1.00003 * painted(p, w)


right("7.1", painted)
right("7.1", by_odds_against)
right("7.1", pixel_by_pixel)
right("7.1", lambda p, w: 0.5 - 0.5 * np.tanh(0.5 * (np.log(1 / p - 1) - w)))
wrong("7.1", "value", "probability-multiplied", lambda p, w: np.e**w * p)
wrong("7.1", "value", "added-to-the-probability", lambda p, w: np.minimum(np.maximum(p + w, 0), 1))
wrong("7.1", "value", "probability-as-logit", lambda p, w: 1 / (1 + np.exp(-p - w)))
wrong("7.1", "value", "logit-returned", lambda p, w: np.log(p / (1 - p)) + w)
wrong("7.1", "value", "logarithm-of-p", lambda p, w: 1 / (1 + np.exp(-np.log(p) - w)))
wrong("7.1", "value", "together a stroke of 1", lambda p, w: np.clip(p * np.exp(w), 0, 1))
wrong("7.1", "value", "together a stroke of 1", sigmoid_without_half)
wrong("7.1", "value", "p = 1e-4, 1e-9, 1e-30 and 0.999, with strokes that lead", cut_off)
wrong("7.1", "value", "p = 1e-4, 1e-9", lambda p, w: cut_off(p, w, 1e-3))
wrong("7.1", "value", "p = 1e-300 and 0.99999", lambda p, w: painted(np.minimum(p, 1 - 1e-4), w))
wrong("7.1", "value", "p = 1e-4, 1e-9", small_strokes)
wrong("7.1", "value", "p = 1e-4, 1e-9", sure_at_once)
wrong("7.1", "value", "p = 1e-4, 1e-9", never_log_0)
wrong("7.1", "value", "they lead to 0.7311, and the one stroke to 0.73108", a_little_more)
wrong("7.1", "value", "lead to 0.91585, and the one stroke to 0.9158", odds_a_little_too_large)
wrong("7.1", "damage", "its argument w was changed", in_place)
wrong("7.1", "not finite", "overflows", lambda p, w: p * np.exp(w) / (1 - p + p * np.exp(w)))

# 7.2 ------------------------------------------------------------------


def finished(c_0, h, W, b):
    T, M, _ = h.shape
    return c_0[None] + (h.sum(axis=0) @ W + b * T).reshape(M, *c_0.shape)


def by_einsum(c_0, h, W, b):
    masks = W.reshape(-1, *c_0.shape)
    c = np.einsum("tmh,hcba->mcba", h, masks)
    return c + len(h) * b.reshape(c_0.shape) + c_0


def step_by_step(c_0, h, W, b):
    c = np.stack([c_0] * h.shape[1])
    for h_t in h:
        c = c + np.dot(h_t, W).reshape(c.shape) + b.reshape(c_0.shape)
    return c


def without_time(c_0, h, W, b):
    return c_0 + (h.sum(axis=0) @ W + b).reshape(h.shape[1], *c_0.shape)


def channels_last(c_0, h, W, b):
    C, B, A = c_0.shape
    w = (h.sum(axis=0) @ W + len(h) * b).reshape(-1, B, A, C)
    return c_0 + w.transpose(0, 3, 1, 2)


def product_of_states(c_0, h, W, b):
    return c_0 + (h.prod(axis=0) @ W + len(h) * b).reshape(h.shape[1], *c_0.shape)


def summed_over_images(c_0, h, W, b):
    return c_0 + (h.sum(axis=1) @ W + len(h) * b).reshape(len(h), *c_0.shape)


right("7.2", finished)
right("7.2", by_einsum)
right("7.2", step_by_step)
wrong("7.2", "value", "bias-once", without_time)
wrong("7.2", "value", "channels-inside", channels_last)
wrong(
    "7.2",
    "value",
    "everything-averaged",
    lambda c_0, h, W, b: c_0 + ((h @ W + b).mean(axis=0)).reshape(-1, *c_0.shape),
)
wrong("7.2", "value", "start-forgotten", lambda c_0, *rest: finished(c_0, *rest) - c_0)
wrong("7.2", "value", "last-stroke-only", lambda c_0, h, W, b: finished(c_0, h[-1:], W, b))
wrong("7.2", "value", "bias-forgotten", lambda c_0, h, W, b: finished(c_0, h, W, 0 * b))
wrong("7.2", "value", "it is right for T = 1, M = 1", product_of_states)
wrong(
    "7.2",
    "value",
    "start-in-every-step",
    lambda c_0, h, W, b: sum(finished(c_0, h[t : t + 1], W, b) for t in range(len(h))),
)
wrong("7.2", "shape", "c_T has (3,", summed_over_images)

# 7.3 ------------------------------------------------------------------


def sure_mistake(error):
    one = np.ones((1, 1, 1, 1))
    return np.allclose(error(one, -30 * one), 1) and np.allclose(error(0 * one, 30 * one), -1)


def slope(error):
    x, c = np.array([[[[0.0, 1.0, 1.0]]]]), np.array([[[[0.3, -1.2, 6.0]]]])

    def cost(c):
        return np.logaddexp(0, c) - x * c

    return bool(abs(error(x, c) + (cost(c + 1e-4) - cost(c - 1e-4)) / 2e-4).max() < 1e-5)


def must_be_seen(error):
    one = np.ones((2, 3, 4, 5))
    assert np.all(error(one, -40 * one) > 0.9)
    return True


def signs_only(error):
    x = np.array([1.0, 0.0]).reshape(1, 1, 1, 2)
    e = error(x, np.zeros_like(x)).ravel()
    return bool(e[0] > 0 > e[1])


def nothing_to_do(error):
    one = np.ones((1, 1, 1, 1))
    return np.allclose(error(one, 50 * one), 0)


def exactly_one(error):
    one = np.ones((1, 1, 1, 1))
    return bool(np.all(error(one, -one) == 1))


def error(x, c):
    return x - 1 / (1 + np.exp(-c))


def kept_p(x, c):
    p = 0.5 * np.tanh(0.5 * c) + 0.5
    return (x - p) * p


right("7.3", sure_mistake, error)
right("7.3", slope, lambda x, c: x - 0.5 * (1 + np.tanh(c / 2)))
right(
    "7.3",
    must_be_seen,
    lambda x, c: np.where(c > 0, x - 1 / (1 + np.exp(-c)), x - 1 + 1 / (1 + np.exp(c))),
)
wrong("7.3", "property", "does not expose the bug", signs_only, error)
wrong("7.3", "property", "does not expose the bug", nothing_to_do, error)
wrong("7.3", "property", "does not hold for a right function", exactly_one, error)
wrong(
    "7.3",
    "unfixed",
    "Now fix suspect_error",
    sure_mistake,
    lambda x, c: kept_p(x, c) * (0.5 - 0.5 * np.tanh(0.5 * c)),
)
wrong("7.3", "value", "factor-p-left", sure_mistake, kept_p)
wrong("7.3", "value", "error-from-logits", slope, lambda x, c: x - c)
wrong("7.3", "value", "canvas-minus-image", slope, lambda x, c: -error(x, c))
wrong("7.3", "value", "x_hat is 2 times what is expected", slope, lambda x, c: 2 * error(x, c))
wrong(
    "7.3",
    "type",
    "where True or False is expected",
    lambda f: f(np.ones((1, 1, 1, 2)), np.ones((1, 1, 1, 2))),
    error,
)

# 7.4 ------------------------------------------------------------------


def sigmoid(v):
    return 0.5 * np.tanh(0.5 * v) + 0.5


def kl(mu, log_sigma):
    return 0.5 * np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=1)


def draw_again(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec, write):
    T, M = eps.shape[:2]
    c = np.empty((T + 1, *x.shape), x.dtype)
    c[0], L_z = c_0, np.zeros(M, x.dtype)
    for t in range(T):
        r = np.stack([x, x - sigmoid(c[t])], axis=1).reshape(M, -1)
        h_enc = rnn_enc(h_enc, np.hstack([r, h_dec]))
        mu, log_sigma = posterior(h_enc)
        h_dec = rnn_dec(h_dec, mu + np.exp(log_sigma) * eps[t])
        c[t + 1] = c[t] + write(h_dec)
        L_z += kl(mu, log_sigma)
    return c, L_z


def from_strokes(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec, write):
    M, strokes, costs = len(x), [c_0], []
    for eps_t in eps:
        p = 1 / (1 + np.exp(-sum(strokes)))
        v = np.concatenate([x.reshape(M, -1), (x - p).reshape(M, -1), h_dec], axis=1)
        h_enc = rnn_enc(h_enc, v)
        mu, s = posterior(h_enc)
        costs.append(((mu**2 + np.exp(s) ** 2 - 1) / 2 - s).sum(axis=1))
        h_dec = rnn_dec(h_dec, mu + eps_t * np.exp(s))
        strokes.append(write(h_dec))
    return np.cumsum(strokes, axis=0), np.sum(costs, axis=0)


def image_by_image(x, eps, c_0, h_enc, h_dec, *net):
    parts = [
        draw_again(
            x[m : m + 1],
            eps[:, m : m + 1],
            c_0[m : m + 1],
            h_enc[m : m + 1],
            h_dec[m : m + 1],
            *net,
        )
        for m in range(len(x))
    ]
    return np.concatenate([c for c, _ in parts], axis=1), np.concatenate([k for _, k in parts])


def loop(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec, write, slip=""):
    c, canvases, L_z, x_hat = c_0.copy(), [], 0, x - sigmoid(c_0)
    canvases.append(c)
    heard = h_dec
    for t, eps_t in enumerate(eps):
        if slip not in ("error outside the loop", "error at the end"):
            x_hat = x - sigmoid(c)
        if slip == "noise before":
            eps_t = eps[t - 1]
        joined = [x, x_hat] if slip != "error only" else [x_hat, x_hat]
        r = np.concatenate(joined, axis=2 if slip == "axis 2" else 1).reshape(len(x), -1)
        if slip == "by pixel":
            r = np.stack(joined, axis=-1).reshape(len(x), -1)
        if slip != "hears late":
            heard = h_dec
        h_new = rnn_enc(h_enc, np.concatenate([r, heard], axis=1))
        heard = h_dec
        mu, log_sigma = posterior(h_enc if slip == "old h_enc" else h_new)
        sigma = np.exp(log_sigma) ** 2 if slip == "variance" else np.exp(log_sigma)
        if slip != "no memory":
            h_enc = h_new
        h_dec = rnn_dec(h_dec, mu + sigma * eps_t)
        if slip == "error at the end":
            x_hat = x - sigmoid(c)
        if slip == "in place":
            c += write(h_dec)
        else:
            c = c + write(h_dec)
        canvases.append(c)
        L_z = kl(mu, log_sigma) if slip == "last cost" else L_z + kl(mu, log_sigma)
    return np.stack(canvases), L_z


def slipped(slip):
    def answer(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec, write):
        return loop(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec, write, slip)

    return answer


def priced(cost):
    def answer(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec, write):
        found = []

        def noted(h):
            found.append(posterior(h))
            return found[-1]

        c, _ = draw_again(x, eps, c_0, h_enc, h_dec, rnn_enc, noted, rnn_dec, write)
        return c, sum(cost(*q, e) for q, e in zip(found, eps, strict=True))

    return answer


def seen_by(squash):
    def answer(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec, write):
        c, L_z = [c_0], 0
        for eps_t in eps:
            r = np.concatenate([x, x - squash(c[-1])], axis=1).reshape(len(x), -1)
            h_enc = rnn_enc(h_enc, np.concatenate([r, h_dec], axis=1))
            mu, log_sigma = posterior(h_enc)
            h_dec = rnn_dec(h_dec, mu + np.exp(log_sigma) * eps_t)
            c.append(c[-1] + write(h_dec))
            L_z = L_z + kl(mu, log_sigma)
        return np.stack(c), L_z

    return answer


def into_c_0(x, eps, c_0, *rest):
    c, L_z = draw_again(x, eps, c_0, *rest)
    c_0 += c[-1] - c_0
    return c, L_z


def last_only(*arguments):
    c, L_z = draw_again(*arguments)
    return c[-1], L_z


def without_the_first(*arguments):
    c, L_z = draw_again(*arguments)
    return c[1:], L_z


right("7.4", draw_again)
right("7.4", from_strokes)
right("7.4", image_by_image)
right("7.4", slipped(""))
wrong("7.4", "value", "error-frozen", slipped("error outside the loop"))
wrong("7.4", "value", "error-a-step-late", slipped("error at the end"))
wrong("7.4", "value", "decoder-heard-a-step-late", slipped("hears late"))
wrong("7.4", "value", "noise-a-step-late", slipped("noise before"))
wrong("7.4", "value", "channels-interleaved", slipped("axis 2"))
wrong("7.4", "value", "one-array-for-all-canvases", slipped("in place"))
wrong("7.4", "value", "encoder-without-memory", slipped("no memory"))
wrong("7.4", "value", "last-step-paid", slipped("last cost"))
wrong("7.4", "value", "here it is rnn_enc([0.2], [0.5 -0.5 0.5 -0.5 0.1])", slipped("error only"))
wrong("7.4", "value", "posterior-from-the-state-before", slipped("old h_enc"))
wrong("7.4", "value", "call 3 is rnn_dec([0.1]", slipped("variance"))
wrong("7.4", "value", "rnn_enc([0.2], [1 0.5 0 -0.5 0.1])", slipped("by pixel"))
wrong(
    "7.4",
    "value",
    "kl-averaged-over-steps",
    lambda x, eps, *rest: (draw_again(x, eps, *rest)[0], draw_again(x, eps, *rest)[1] / len(eps)),
)
wrong(
    "7.4",
    "value",
    "correct: c",
    lambda x, eps, *rest: (draw_again(x, eps, *rest)[0], 2 * draw_again(x, eps, *rest)[1]),
)
wrong(
    "7.4",
    "value",
    "kl-constant-once-a-step",
    priced(lambda mu, s, eps: 0.5 * np.sum(mu**2 + np.exp(2 * s) - 2 * s, axis=1) - 0.5),
)
wrong(
    "7.4",
    "value",
    "price-of-one-draw",
    priced(lambda mu, s, e: 0.5 * np.sum((mu + np.exp(s) * e) ** 2 - e**2 - 2 * s, axis=1)),
)
wrong("7.4", "value", "off by less than", seen_by(lambda c: sigmoid(np.clip(c, -10, 10))))
wrong("7.4", "value", "off by less than", seen_by(lambda c: np.clip(sigmoid(c), 1e-6, 1 - 1e-6)))
wrong(
    "7.4",
    "value",
    "canvases are 0.5, 1.5, 2.5, 3.5; here 0.5, 1.50003, 2.5001, 3.5001",
    lambda *a: draw_again(*a[:-1], lambda h: 1.00003 * a[-1](h)),
)
wrong("7.4", "damage", "its argument c_0 was changed", into_c_0)
wrong("7.4", "shape", "the first axis is gone", last_only)

# 7.5 ------------------------------------------------------------------


def draw_new(z, c_0, h_dec, rnn_dec, write):
    c = np.array(c_0)
    for t in range(len(z)):
        h_dec = rnn_dec(h_dec, z[t])
        c += write(h_dec)
    return 1 / (1 + np.exp(-c))


def all_states_first(z, c_0, h_dec, rnn_dec, write):
    states = [h_dec]
    for z_t in z:
        states.append(rnn_dec(states[-1], z_t))
    return sigmoid(c_0 + np.sum([write(h) for h in states[1:]], axis=0))


def one_step_short(z, *rest):
    return draw_new(z[: len(z) - 1], *rest)


def earlier_latents(z, *rest):
    return draw_new(z[np.arange(len(z)) - 1], *rest)


def start_painted_too(z, c_0, h_dec, rnn_dec, write):
    return draw_new(z, c_0 + write(h_dec), h_dec, rnn_dec, write)


def painted_before(z, c_0, h_dec, rnn_dec, write):
    c = c_0
    for z_t in z:
        c = c + write(h_dec)
        h_dec = rnn_dec(h_dec, z_t)
    return sigmoid(c)


def forgetful(z, c_0, h_dec, rnn_dec, write):
    return sigmoid(c_0 + sum(write(rnn_dec(h_dec, z_t)) for z_t in z))


def logits(z, c_0, h_dec, rnn_dec, write):
    for z_t in z:
        h_dec = rnn_dec(h_dec, z_t)
        c_0 = c_0 + write(h_dec)
    return c_0


def squashed(z, c_0, h_dec, rnn_dec, write):
    c = c_0
    for z_t in z:
        h_dec = rnn_dec(h_dec, z_t)
        c = sigmoid(c + write(h_dec))
    return c


def probabilities_added(z, c_0, h_dec, rnn_dec, write):
    p = sigmoid(c_0)
    for z_t in z:
        h_dec = rnn_dec(h_dec, z_t)
        p = np.clip(p + write(h_dec), 0, 1)
    return p


def on_the_canvas_given(z, c_0, h_dec, rnn_dec, write):
    for z_t in z:
        h_dec = rnn_dec(h_dec, z_t)
        c_0 += write(h_dec)
    return sigmoid(c_0)


def thrown(z, *rest):
    p = draw_new(z, *rest)
    return (np.random.default_rng(0).random(p.shape) < p).astype(p.dtype)


right("7.5", draw_new)
right("7.5", all_states_first)
wrong("7.5", "value", "last-canvas-lost", one_step_short)
wrong("7.5", "value", "write-from-the-state-before", painted_before)
wrong("7.5", "value", "decoder-without-memory", forgetful)
wrong("7.5", "value", "sigmoid-at-every-step", squashed)
wrong("7.5", "value", "intensities-added", probabilities_added)
wrong("7.5", "value", "here it is write([0.1])", start_painted_too)
wrong("7.5", "value", "logits-returned", logits)
wrong("7.5", "value", "last-step-first", lambda z, *rest: draw_new(z[::-1], *rest))
wrong("7.5", "value", "latents-a-step-late", earlier_latents)
wrong("7.5", "value", "rounded: The means are wanted", lambda *a: np.rint(draw_new(*a)))
wrong("7.5", "value", "the means are wanted, not a sample", thrown)
wrong(
    "7.5",
    "value",
    "its sigmoid 0.9241; here the picture is 0.9242",
    lambda *a: 1.00003 * draw_new(*a),
)
wrong("7.5", "damage", "its argument c_0 was changed", on_the_canvas_given)
wrong(
    "7.5",
    "shape",
    "means has (4,",
    lambda z, c_0, h_dec, rnn_dec, write: np.stack(
        [draw_new(z[:t], c_0, h_dec, rnn_dec, write) for t in range(len(z) + 1)]
    ),
)

wrong(
    "7.4",
    "value",
    "grey images",
    lambda x, *a: EXERCISES["7.4"].right((x > 0.5).astype(x.dtype), *a),
)

# cut off, kept from 0, or kept inside ---------------------------------

wrong(
    "7.2",
    "value",
    "thousand",
    lambda c_0, h, W, b: (
        c_0 + (np.clip(h.sum(axis=0), -10, 10) @ W + len(h) * b).reshape(-1, *c_0.shape)
    ),
)


def posterior_cut(limit, part):
    def answer(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, *net):
        def cut(h):
            found = list(posterior(h))
            found[part] = np.clip(found[part], -limit, limit)
            return found

        return draw_again(x, eps, c_0, h_enc, h_dec, rnn_enc, cut, *net)

    return answer


def free_bits(x, eps, c_0, h_enc, h_dec, rnn_enc, posterior, *net):
    kls = []

    def noted(h):
        kls.append(kl(*posterior(h)))
        return posterior(h)

    c, _ = draw_again(x, eps, c_0, h_enc, h_dec, rnn_enc, noted, *net)
    return c, np.maximum(kls, 0.5).sum(axis=0).astype(x.dtype)


wrong("7.4", "value", "with large mu", posterior_cut(5, 1))
wrong("7.4", "value", "with large mu", posterior_cut(10, 0))
wrong("7.4", "value", "posterior near the prior", free_bits)
