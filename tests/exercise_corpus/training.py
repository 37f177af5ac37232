import math

import numpy as np

from draw_np.practice.contents import EXERCISES
from draw_np.training import optim
from exercise_corpus import kept_near, right, wrong

# 10.0 ------------------------------------------------------------------

right("10.0", lambda theta, g, lr: theta + -lr * g)
right("10.0", lambda theta, g, lr: np.subtract(theta, np.multiply(g, lr)))
wrong("10.0", "value", "uphill", lambda theta, g, lr: theta + lr * g)
wrong("10.0", "value", "rate-forgotten", lambda theta, g, lr: theta - g)
wrong("10.0", "value", "step-alone", lambda theta, g, lr: -lr * g)
wrong("10.0", "value", "length-one", lambda theta, g, lr: theta - lr * g / np.linalg.norm(g))

# 10.1, 10.4 -----------------------------------------------------------


def adam(theta, g, m, v, n, lr):
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    m_hat, v_hat = m / (1 - 0.9**n), v / (1 - 0.999**n)
    return theta - lr * m_hat / (np.sqrt(v_hat) + 1e-8), m, v


def adam_by_loop(theta, g, m, v, n, lr):
    new = [np.empty_like(theta) for _ in range(3)]
    for i in np.ndindex(theta.shape):
        m_i = m[i] + 0.1 * (g[i] - m[i])
        v_i = v[i] + 0.001 * (g[i] * g[i] - v[i])
        rate = lr * math.sqrt(1 - 0.999**n) / (1 - 0.9**n)
        small = 1e-8 * math.sqrt(1 - 0.999**n)  # the same epsilon, after the correction
        new[0][i] = theta[i] - rate * m_i / (math.sqrt(v_i) + small)
        new[1][i], new[2][i] = m_i, v_i
    return tuple(new)


def in_place(theta, g, m, v, n, lr):
    m *= 0.9
    m += 0.1 * g
    v *= 0.999
    v += 0.001 * g * g
    return theta - lr * m / (1 - 0.9**n) / (np.sqrt(v / (1 - 0.999**n)) + 1e-8), m, v


def by_the_package(theta, g, m, v, n, lr):
    params = {"theta": theta.copy()}
    state = optim.Adam({"theta": m.copy()}, {"theta": v.copy()}, n - 1)
    state.update(params, {"theta": g}, lr)
    return params["theta"], state.m["theta"], state.v["theta"]


def without_correction(theta, g, m, v, n, lr):
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    return theta - lr * m / (np.sqrt(v) + 1e-8), m, v


def corrected_kept(theta, g, m, v, n, lr):
    m = (0.9 * m + 0.1 * g) / (1 - 0.9**n)
    v = (0.999 * v + 0.001 * g * g) / (1 - 0.999**n)
    return theta - lr * m / (np.sqrt(v) + 1e-8), m, v


def epsilon_inside(theta, g, m, v, n, lr):
    _, m, v = adam(theta, g, m, v, n, lr)
    return theta - lr * (m / (1 - 0.9**n)) / np.sqrt(v / (1 - 0.999**n) + 1e-8), m, v


def epsilon_before_the_correction(theta, g, m, v, n, lr):
    _, m, v = adam(theta, g, m, v, n, lr)
    rate = lr * np.sqrt(1 - 0.999**n).astype(theta.dtype) / (1 - 0.9**n)
    return theta - rate * m / (np.sqrt(v) + 1e-8), m, v


def counted_from_zero(theta, g, m, v, n, lr):
    return adam(theta, g, m, v, n + 1, lr)


def one_behind(theta, g, m, v, n, lr):
    return adam(theta, g, m, v, n - 1, lr)


def second_corrected(theta, g, m, v, n, lr):
    _, m, v = adam(theta, g, m, v, n, lr)
    return theta - lr * m / (np.sqrt(v / (1 - 0.999**n)) + 1e-8), m, v


def momentum(theta, g, m, v, n, lr):
    _, m, v = adam(theta, g, m, v, n, lr)
    return theta - lr * m / (1 - 0.9**n), m, v


right("10.1", adam)
right("10.1", adam_by_loop)
right("10.1", by_the_package)
wrong("10.1", "value", "no-bias-correction", without_correction)
wrong("10.1", "value", "corrected-means-kept", corrected_kept)
wrong("10.1", "value", "epsilon-in-the-root", epsilon_inside)
wrong("10.1", "value", "clock-ahead", counted_from_zero)
wrong("10.1", "value", "epsilon-before-the-correction", epsilon_before_the_correction)
wrong("10.1", "value", "does not depend on the gradient's scale", momentum)
wrong(
    "10.1",
    "value",
    "climbs",
    lambda theta, *a: (2 * theta - adam(theta, *a)[0], *adam(theta, *a)[1:]),
)
wrong("10.1", "value", "m is what v should be", lambda *a: tuple(adam(*a)[k] for k in (0, 2, 1)))
wrong("10.1", "damage", "was changed", in_place)
wrong("10.1", "not finite", "1 - beta^0 = 0", one_behind)
wrong("10.1", "value", "first-mean-not-corrected", second_corrected)


def long_as_lr(f):
    theta = np.zeros(2)
    return bool(abs(f(theta, np.array([0.3, -7.0]), theta, theta, 1, 0.5)[0][1] - 0.5) < 1e-6)


def scale_free(f):
    zero, g = np.zeros(1), np.ones(1)
    twice = [zero, zero, zero]
    for n in (1, 2):
        twice = f(twice[0], g, twice[1], twice[2], n, 0.01)
    return bool(np.isclose(twice[0][0], -0.02))


def goes_down(f):
    zero, g = np.zeros(1), np.ones(1)
    return bool(f(zero, g, zero, zero, 1, 0.1)[0][0] < 0)


def of_one_number(f):
    """With NumPy's scalars."""
    zero = np.float64(0)
    return bool(np.isclose(f(np.float64(1), np.float64(3), zero, zero, 1, 0.1)[0], 0.9))


def of_python_numbers(f):
    return abs(float(f(1.0, -3.0, 0.0, 0.0, 1, 0.1)[0]) - 1.1) < 1e-6


def of_whole_numbers(f):
    theta, g, zero = np.array([1, 2]), np.array([3, -4]), np.zeros(2, int)
    return np.allclose(f(theta, g, zero, zero, 1, 0.5)[0], [0.5, 2.5])


def with_means_of_0(f):
    """Arrays, and one 0 for all of m and v."""
    return np.allclose(f(np.ones(2), np.array([3.0, -4.0]), 0, 0, 1, 0.5)[0], [0.5, 1.5])


right("10.4", long_as_lr, adam)
right("10.4", scale_free, adam_by_loop)
right("10.4", long_as_lr, by_the_package)
right("10.4", of_one_number, adam)
wrong("10.4", "property", "your own property", of_one_number, by_the_package)
right("10.4", of_python_numbers, adam)
right("10.4", of_whole_numbers, adam)
right("10.4", with_means_of_0, adam)
wrong("10.4", "property", "holds for suspect_adam as handed out", goes_down, adam)
wrong("10.4", "property", "does not hold for a right function", lambda f: not long_as_lr(f), adam)
wrong("10.4", "unfixed", "Now fix suspect_adam", long_as_lr, without_correction)
wrong("10.4", "value", "epsilon-in-the-root", long_as_lr, epsilon_inside)
wrong("10.4", "value", "clock-ahead", scale_free, counted_from_zero)
wrong("10.4", "type", "where True or False is expected", lambda f: 1.0, adam)

# 10.2 -----------------------------------------------------------------


def clip(gradient, limit):
    norm = np.sqrt(sum((g**2).sum() for g in gradient))
    factor = min(1, limit / norm) if norm > 0 else 1
    return tuple(g * factor for g in gradient), norm


def clip_flat(gradient, limit):
    flat = np.concatenate([g.ravel() for g in gradient])
    norm = np.linalg.norm(flat)
    if norm <= limit:
        return list(gradient), float(norm)
    return [g / (norm / limit) for g in gradient], float(norm)


def clip_each(gradient, limit):
    norm = np.sqrt(sum((g**2).sum() for g in gradient))
    lengths = [max(np.linalg.norm(g), 1e-30) for g in gradient]
    return tuple(g * min(1, limit / n) for g, n in zip(gradient, lengths, strict=True)), norm


def clip_if_shorter(gradient, limit):
    norm = np.sqrt(sum((g**2).sum() for g in gradient))
    return tuple(g * (limit / norm if 0 < norm < limit else 1) for g in gradient), norm


def scaled_in_place(gradient, limit):
    clipped, norm = clip(gradient, limit)
    for g, c in zip(gradient, clipped, strict=True):
        g[...] = c
    return gradient, norm


def clip_two(gradient, limit):
    a, b = gradient
    norm = np.sqrt((a**2).sum() + (b**2).sum())
    factor = min(1, limit / norm) if norm > 0 else 1
    return (a * factor, b * factor), norm


def as_torch_does(gradient, limit):
    norm = clip(gradient, limit)[1]
    factor = min(1, limit / (norm + 1e-6))
    return tuple(g * factor for g in gradient), norm


def only_if_not_one(gradient, limit):
    """Wrong for values, and for one array alone."""
    a, b, *rest = gradient
    return (a, 2 * b, *rest), clip(gradient, limit)[1]


right("10.2", clip)
right("10.2", clip_flat)
wrong("10.2", "raises", "too many values to unpack", clip_two)
wrong("10.2", "value", "there may be any number of arrays", only_if_not_one)
wrong("10.2", "value", "epsilon-added-to-the-norm", as_torch_does)
wrong("10.2", "value", "each-array-by-itself", clip_each)
wrong(
    "10.2",
    "value",
    "every-entry-clipped",
    lambda gradient, limit: (
        tuple(np.minimum(np.maximum(g, -limit), limit) for g in gradient),
        clip(gradient, limit)[1],
    ),
)
wrong(
    "10.2",
    "value",
    "norm-after-clipping",
    lambda gradient, limit: (clip(gradient, limit)[0], min(clip(gradient, limit)[1], limit)),
)
wrong(
    "10.2",
    "value",
    "norms-added",
    lambda gradient, limit: (
        tuple(
            g * min(1, limit / max(sum(map(np.linalg.norm, map(np.ravel, gradient))), 1e-30))
            for g in gradient
        ),
        sum(map(np.linalg.norm, map(np.ravel, gradient))),
    ),
)
wrong("10.2", "value", "never-clipped", lambda gradient, limit: (gradient, clip(gradient, 1)[1]))
wrong("10.2", "value", "for the gradient (3, 4), (12), (84)", clip_if_shorter)
wrong("10.2", "damage", "was changed", scaled_in_place)

# 10.3 -----------------------------------------------------------------


def step(gradient_of, theta, m, v, n, lr, limit):
    (g,), _ = clip((gradient_of(theta),), limit)
    return adam(theta, g, m, v, n + 1, lr)


def step_by_hand(gradient_of, theta, m, v, n, lr, limit):
    g = np.array(gradient_of(theta))
    length = np.linalg.norm(g)
    if length > limit:
        g *= limit / length
    return adam_by_loop(theta, g, m, v, n + 1, lr)


def clipped_after(gradient_of, theta, m, v, n, lr, limit):
    new, m, v = adam(theta, gradient_of(theta), m, v, n + 1, lr)
    (moved,), _ = clip((new - theta,), limit)
    return theta + moved, m, v


def without_momentum(gradient_of, theta, m, v, n, lr, limit):
    (g,), _ = clip((gradient_of(theta),), limit)
    return theta - lr * g, *adam(theta, g, m, v, n + 1, lr)[1:]


def two_steps(gradient_of, theta, m, v, n, lr, limit):
    once = step(gradient_of, theta, m, v, n, lr, limit)
    return step(gradient_of, *once, n + 1, lr, limit)


def gradient_at_zero(gradient_of, theta, *rest):
    return step(lambda _: gradient_of(0 * theta), theta, *rest)


right("10.3", step)
right("10.3", step_by_hand)
wrong(
    "10.3",
    "value",
    "not-clipped",
    lambda f, theta, m, v, n, lr, limit: adam(theta, f(theta), m, v, n + 1, lr),
)
wrong("10.3", "value", "update-clipped", clipped_after)
wrong(
    "10.3",
    "value",
    "clock-ahead",
    lambda f, theta, m, v, n, *rest: step(f, theta, m, v, n + 1, *rest),
)
wrong("10.3", "value", "plain-descent", without_momentum)
wrong(
    "10.3",
    "value",
    "every-entry-clipped",
    lambda f, theta, m, v, n, lr, limit: adam(
        theta, np.clip(f(theta), -limit, limit), m, v, n + 1, lr
    ),
)
wrong("10.3", "value", "theta, m and v are wrong", two_steps)
wrong("10.3", "value", "m", gradient_at_zero)
wrong(
    "10.3",
    "value",
    "clock-behind",
    lambda f, theta, m, v, n, *rest: step(f, theta, m, v, n - 1, *rest),
)
wrong("10.3", "raises", "TypeError", lambda f, theta: theta)

# cut off, kept from 0, or kept inside ---------------------------------

wrong("10.0", "value", "numbers of some hundred", kept_near("10.0", 1, -100, 100))


def step_at_most_lr(theta, g, m, v, n, lr):
    new, m, v = EXERCISES["10.1"].right(theta, g, m, v, n, lr)
    return np.clip(new, theta - lr, theta + lr), m, v


wrong("10.1", "value", "of some thousand", step_at_most_lr)
wrong(
    "10.2",
    "value",
    "limit 2000",
    lambda gradient, limit: EXERCISES["10.2"].right(
        tuple(np.clip(g, -100, 100) for g in gradient), limit
    ),
)
wrong("10.3", "value", "after 0 updates", kept_near("10.3", 4, 1))
wrong("10.3", "value", "limit 300", kept_near("10.3", 6, None, 100))
