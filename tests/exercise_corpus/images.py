import math

import numpy as np

from exercise_corpus import right, wrong

# 13.0 -----------------------------------------------------------------


def on_the_first(first, second):
    first += second
    first[first > 1] = 1
    return first


right("13.0", lambda a, b: np.clip(a + b, 0, 1))
right("13.0", lambda a, b: a + np.where(b < 1 - a, b, 1 - a))
right("13.0", lambda a, b: np.min([a + b, np.ones_like(a)], axis=0))
wrong("13.0", "value", "not-cut-off", lambda a, b: a + b)
wrong("13.0", "value", "brighter-of-both", lambda a, b: np.maximum(a, b))
wrong("13.0", "value", "pasted", lambda a, b: b + a * (b == 0))
wrong("13.0", "value", "scaled-to-1", lambda a, b: (a + b) / max(1, np.max(a + b)))
wrong("13.0", "value", "at-least-1", lambda a, b: np.maximum(a + b, 1))
wrong("13.0", "value", "x is wrong", lambda a, b: np.minimum(a + b, 0.99))
wrong("13.0", "damage", "its argument first was changed", on_the_first)
wrong("13.0", "shape", "it is one number", lambda a, b: np.min(a + b))

# 13.1 -----------------------------------------------------------------


def coloured(share, ground, ink):
    s = share[:, np.newaxis, :, :]
    return (1 - s) * ground[:, :, np.newaxis, np.newaxis] + s * ink[:, :, np.newaxis, np.newaxis]


def by_einsum(share, ground, ink):
    return np.einsum("mba,mc->mcba", share, ink) + np.einsum("mba,mc->mcba", 1 - share, ground)


def channel_by_channel(share, ground, ink):
    images = []
    for s, g, i in zip(share, ground, ink, strict=True):
        images.append(np.stack([s * i[c] + (1 - s) * g[c] for c in range(3)]))
    return np.stack(images)


def channels_last(share, ground, ink):
    return np.moveaxis(coloured(share, ground, ink), 1, 3)


def axes_exchanged(share, ground, ink):
    s, g, i = share[:, None], ground.T[:, :, None, None], ink.T[:, :, None, None]
    return g + s * (i - g)


def one_colour(share, ground, ink):
    g, i = ground[0][:, None, None], ink[0][:, None, None]
    return g + share[:, None] * (i - g)


def brighter(share, ground, ink):
    s = share[:, None]
    return np.maximum(s * ink[:, :, None, None], ground[:, :, None, None])


def half_of_each(share, ground, ink):
    return coloured(0 * share + 0.5, ground, ink)


def into_ink(share, ground, ink):
    ink -= ground
    return ground[:, :, None, None] + share[:, None] * ink[:, :, None, None]


right("13.1", coloured)
right("13.1", by_einsum)
right("13.1", channel_by_channel)
wrong("13.1", "value", "colours-exchanged", lambda s, g, i: coloured(s, i, g))
wrong("13.1", "value", "on-black", lambda s, g, i: coloured(s, 0 * g, i))
wrong("13.1", "value", "ink-added", lambda s, g, i: coloured(s, g, i + g))
wrong("13.1", "value", "image-and-channel-exchanged", axes_exchanged)
wrong("13.1", "value", "colours-of-the-first-image", one_colour)
wrong("13.1", "value", "hard-edges", lambda s, g, i: coloured(np.rint(s), g, i))
wrong("13.1", "value", "A = 2, ink or ground alone", lambda s, g, i: coloured(s**2, g, i))
wrong("13.1", "value", "brighter-of-both", brighter)
wrong("13.1", "value", "a pixel with the share 0 is the ground", half_of_each)
wrong(
    "13.1",
    "value",
    "in the first image, channel 0, it is 0.1; here it is 0.100003",
    lambda s, g, i: 1.00003 * coloured(s, g, i),
)
wrong("13.1", "damage", "its argument ink was changed", into_ink)
wrong("13.1", "shape", "in another order", channels_last)

# 13.2 -----------------------------------------------------------------


def floor_and_rest(x, c):
    inside = (x > 0) & (x < 1)
    p = x[inside]
    H = np.zeros_like(x)
    H[inside] = -p * np.log(p) - (1 - p) * np.log1p(-p)
    floor = H.sum(axis=(1, 2, 3))
    return floor, (np.logaddexp(0, c) - x * c).sum(axis=(1, 2, 3)) - floor


def pixel_by_pixel(x, c):
    both = np.zeros((2, len(x)), x.dtype)
    for m, *place in np.ndindex(x.shape):
        v, u = float(x[(m, *place)]), float(c[(m, *place)])
        H = -sum(p * math.log(p) for p in (v, 1 - v) if p > 0)
        cost = max(u, 0) + math.log1p(math.exp(-abs(u))) - v * u
        both[:, m] += (H, cost - H)
    return tuple(both)


def by_nan_to_num(x, c):
    floor = -np.nan_to_num(x * np.log(x)) - np.nan_to_num((1 - x) * np.log(1 - x))
    rest = np.logaddexp(0, c) - x * c - floor
    return np.sum(floor, axis=(1, 2, 3)), np.sum(rest, axis=(1, 2, 3))


def as_printed(x, c):
    H = -x * np.log(x) - (1 - x) * np.log(1 - x)
    return H.sum(axis=(1, 2, 3)), (np.logaddexp(0, c) - x * c - H).sum(axis=(1, 2, 3))


def with_epsilon(x, c, small=1e-8):
    H = -x * np.log(x + small) - (1 - x) * np.log(1 - x + small)
    return H.sum(axis=(1, 2, 3)), (np.logaddexp(0, c) - x * c - H).sum(axis=(1, 2, 3))


def with_clip(x, c):
    p = np.clip(x, 1e-7, 1 - 1e-7)
    H = -p * np.log(p) - (1 - p) * np.log(1 - p)
    return H.sum(axis=(1, 2, 3)), (np.logaddexp(0, c) - x * c - H).sum(axis=(1, 2, 3))


def one_side(x, c):
    H = -np.nan_to_num(x * np.log(x)).sum(axis=(1, 2, 3))
    return H, sum(floor_and_rest(x, c)) - H


def of_the_canvas(x, c):
    p = 0.5 * np.tanh(c / 2) + 0.5
    H = floor_and_rest(p, c)[0]
    return H, sum(floor_and_rest(x, c)) - H


def never_negative(x, c):
    floor, rest = floor_and_rest(x, c)
    return floor, np.abs(rest - floor)


def one_minus_log(x, c):
    H = -np.nan_to_num(x * np.log(x)) - np.nan_to_num((1 - x) * (1 - np.log(x)), posinf=0)
    return H.sum(axis=(1, 2, 3)), (np.logaddexp(0, c) - x * c - H).sum(axis=(1, 2, 3))


def with_floor(under, cost=lambda x, c: np.logaddexp(0, c) - x * c):
    """H is 0 where a pixel is black or white, or as good as that."""

    def answer(x, c):
        p = np.where(under(x), 0.5, x).astype(x.dtype)
        H = np.where(under(x), 0, -p * np.log(p) - (1 - p) * np.log(1 - p)).astype(x.dtype)
        return H.sum(axis=(1, 2, 3)), (cost(x, c) - H).sum(axis=(1, 2, 3))

    return answer


def nearer_than(t):
    return with_floor(lambda x: (x <= t) | (x >= 1 - t))


def is_close(x):
    return np.isclose(x, 0) | np.isclose(x, 1)


def with_softplus(softplus):
    return with_floor(lambda x: (x == 0) | (x == 1), lambda x, c: softplus(c) - x * c)


def linear_from(limit):
    return lambda c: np.where(c > limit, c, np.log1p(np.exp(np.minimum(c, limit))))


def nothing_below(c):
    return np.where(c < -12, 0, np.logaddexp(0, c)).astype(c.dtype)


def never_sure(x, c):
    return floor_and_rest(x, c)[0], floor_and_rest(x, np.clip(c, -10, 10))[1]


def rounded_to_no_0(x, c):
    """With 5.6e-17 for a floor of 0; it is the rest that is wrong."""
    floor, rest = floor_and_rest(x, c)
    return 3 * (floor + 0.1) - 0.3, rest + 0.5


right("13.2", floor_and_rest)
right("13.2", pixel_by_pixel)
right("13.2", by_nan_to_num)
wrong("13.2", "not finite", "where x is 0, and where 1 - x is", as_printed)
wrong("13.2", "value", "epsilon-in-the-logarithm", with_epsilon)
wrong("13.2", "value", "has the floor 0, exactly", with_clip)
wrong("13.2", "value", "half-of-the-entropy", one_side)
wrong("13.2", "value", "floor-of-the-canvas", of_the_canvas)
wrong(
    "13.2",
    "value",
    "whole-cost-for-the-rest",
    lambda x, c: (floor_and_rest(x, c)[0], sum(floor_and_rest(x, c))),
)
wrong("13.2", "value", "correct: floor", never_negative)
wrong("13.2", "value", "floor and rest are wrong", one_minus_log)
for near in (1e-8, 1e-6, 1e-4, 1e-3, 3e-2):
    wrong("13.2", "value", "nearly black is not black", nearer_than(near))
wrong("13.2", "value", "nearly black is not black", with_floor(is_close))
wrong("13.2", "value", "logits of 6, 12 and 21", with_softplus(linear_from(10.0)))
wrong("13.2", "value", "logits of 6, 12 and 21", with_softplus(linear_from(20.0)))
wrong("13.2", "value", "logits of 6, 12 and 21", with_softplus(nothing_below))
wrong("13.2", "value", "the rest is 0; at x = (0, 1) it is 9.08e-05", never_sure)
wrong("13.2", "value", "the rest is 0; at x = (0, 1) it is 0.5", rounded_to_no_0)
wrong("13.2", "value", "rest-first", lambda x, c: floor_and_rest(x, c)[::-1])
wrong(
    "13.2",
    "value",
    "bits-for-nats",
    lambda x, c: (
        floor_and_rest(x, c)[0] / np.log(2).astype(x.dtype),
        sum(floor_and_rest(x, c)) - floor_and_rest(x, c)[0] / np.log(2).astype(x.dtype),
    ),
)

# 13.3 -----------------------------------------------------------------


def continuous_nll(x, c):
    safe = np.where(np.abs(c) < 1e-3, np.ones_like(c), c)
    log_integral = np.log(np.where(np.abs(c) < 1e-3, 0.5 - c**2 / 24, np.tanh(safe / 2) / safe))
    return (np.logaddexp(0, c) - x * c + log_integral).sum(axis=(1, 2, 3))


def by_loop(x, c):
    cost = np.zeros(len(x), x.dtype)
    for m, *place in np.ndindex(x.shape):
        u = float(c[(m, *place)])
        area = math.tanh(u / 2) / u if u else 0.5
        softplus = max(u, 0) + math.log1p(math.exp(-abs(u)))
        cost[m] += softplus - float(x[(m, *place)]) * u + math.log(area)
    return cost


def by_expm1(x, c):
    u = np.abs(c)
    area = -np.expm1(-u) / (1 + np.exp(-u)) / np.where(u == 0, 1, u)
    area = np.where(u == 0, 0.5, area).astype(c.dtype)
    return np.sum(np.logaddexp(0, c) - x * c + np.log(area), axis=(1, 2, 3))


def divided(x, c):
    """The density itself, first, and then its logarithm: it becomes 0."""
    area = np.where(c == 0, 0.5, np.tanh(c / 2) / np.where(c == 0, 1, c))
    return -np.sum(np.log(np.exp(x * c - np.logaddexp(0, c)) / area), axis=(1, 2, 3))


def with_small_number(x, c):
    cost = np.logaddexp(0, c) - x * c
    return np.sum(cost + np.log(np.tanh(c / 2) / (c + 1e-8)), axis=(1, 2, 3))


def near_0_by_powers(x, c):
    u = np.clip(c, -80, 80)
    area = np.where(c == 0, 0.5, (np.exp(u) - 1) / (np.exp(u) + 1) / np.where(c == 0, 1, c))
    return np.sum(np.logaddexp(0, c) - x * c + np.log(area), axis=(1, 2, 3))


def subtracted(x, c):
    bernoulli = np.sum(np.logaddexp(0, c) - x * c, axis=(1, 2, 3))
    return 2 * bernoulli - continuous_nll(x, c)


def by_the_mean(x, c):
    """The integral by 2 arctanh(1 - 2 p)/(1 - 2 p), which belongs to the other side."""
    p = np.clip(0.5 * np.tanh(c / 2) + 0.5, 1e-6, 1 - 1e-6)
    q = np.where(np.abs(1 - 2 * p) < 1e-6, 1e-6, 1 - 2 * p)
    return np.sum(np.logaddexp(0, c) - x * c - np.log(2 * np.arctanh(q) / q), axis=(1, 2, 3))


def area_of(c):
    other = np.where(c == 0, np.ones_like(c), c)
    return np.where(c == 0, np.full_like(c, 0.5), np.tanh(other / 2) / other)


def cost_of(x, c):
    return np.logaddexp(0, c) - x * c


def by_area(area, softplus=lambda c: np.logaddexp(0, c)):
    def answer(x, c):
        v = np.where(c == 0, 0.5, area(np.where(c == 0, 1, c).astype(c.dtype))).astype(c.dtype)
        return np.sum(softplus(c) - x * c + np.log(v), axis=(1, 2, 3))

    return answer


def product_of_areas(x, c):
    return cost_of(x, c).sum(axis=(1, 2, 3)) + np.log(np.prod(area_of(c), axis=(1, 2, 3)))


def one_half_near_0(limit):
    return by_area(lambda c: np.where(np.abs(c) < limit, 0.5, np.tanh(c / 2) / c))


right("13.3", continuous_nll)
right("13.3", by_loop)
right("13.3", by_expm1)
wrong(
    "13.3", "value", "not-divided", lambda x, c: np.sum(np.logaddexp(0, c) - x * c, axis=(1, 2, 3))
)
wrong("13.3", "value", "multiplied-for-divided", subtracted)
wrong("13.3", "not finite", "logarithm of a product: it underflows", product_of_areas)
wrong("13.3", "value", "epsilon-in-the-denominator", with_small_number)
wrong("13.3", "value", "logits of 0 and near it", near_0_by_powers)
wrong("13.3", "value", "logits up to 1000", by_the_mean)
wrong("13.3", "value", "mean-over-pixels", lambda x, c: continuous_nll(x, c) / x[0].size)
wrong("13.3", "value", "cost is 2 times", lambda x, c: 2 * continuous_nll(x, c))
wrong(
    "13.3",
    "value",
    "digits-lost-near-0",
    by_area(lambda c: (1 - np.exp(-abs(c))) / (1 + np.exp(-abs(c))) / abs(c)),
)
wrong(
    "13.3", "value", "digits-lost-in-the-sigmoid", by_area(lambda c: (np.tanh(c / 2) + 1 - 1) / c)
)
wrong(
    "13.3",
    "value",
    "1 - e^-|c| and 2 sigmoid(c) - 1 lose",
    by_area(lambda c: (2 / (1 + np.exp(-c)) - 1) / c),
)
wrong("13.3", "value", "logits of 5e-4 and -5e-5", one_half_near_0(1e-3))
wrong("13.3", "value", "logits of 5e-4 and -5e-5", one_half_near_0(1e-4))
wrong(
    "13.3",
    "value",
    "logits of 6, 12 and 21",
    by_area(lambda c: np.tanh(c / 2) / c, linear_from(10.0)),
)
wrong(
    "13.3",
    "value",
    "logits of 6, 12 and 21",
    by_area(lambda c: np.tanh(c / 2) / c, linear_from(20.0)),
)
wrong(
    "13.3", "value", "logits of 6, 12 and 21", by_area(lambda c: np.tanh(c / 2) / c, nothing_below)
)
wrong(
    "13.3",
    "value",
    "half-forgotten",
    lambda x, c: np.sum(
        np.logaddexp(0, c)
        - x * c
        + np.log(np.where(c == 0, 0.5, np.tanh(c) / np.where(c == 0, 1, c))),
        axis=(1, 2, 3),
    ),
)

# 13.4 -----------------------------------------------------------------


def loaded(images):
    return np.transpose(images, (0, 3, 1, 2)) / 255


def plane_by_plane(images):
    return np.stack([images[..., k] / 255 for k in range(images.shape[3])], axis=1)


def swapped_twice(images):
    return images.swapaxes(2, 3).swapaxes(1, 2) * np.array(1 / 255, images.dtype)


def reshaped(images):
    n, B, A, C = images.shape
    return images.reshape(n, C, B, A) / 255


def turned(images):
    return images.transpose(0, 3, 2, 1) / 255


def upside_down(images):
    return loaded(images[:, ::-1])


def scaled_in_place(images):
    images /= 255
    return images.transpose(0, 3, 1, 2)


right("13.4", loaded)
right("13.4", plane_by_plane)
right("13.4", swapped_twice)
wrong("13.4", "value", "reshaped", reshaped)
wrong(
    "13.4",
    "value",
    "reshaped",
    lambda v: v.ravel().reshape(len(v), v.shape[3], *v.shape[1:3]) / 255,
)
wrong("13.4", "value", "scaled-twice", lambda v: loaded(v) / 255)
wrong("13.4", "value", "not-scaled", lambda v: 255 * loaded(v))
wrong("13.4", "value", "brightest-is-1", lambda v: loaded(v) * 255 / v.max())
wrong("13.4", "value", "blue-first", lambda v: loaded(v)[:, ::-1])
wrong("13.4", "value", "turned round along its last axis but one", upside_down)
wrong("13.4", "value", "is 65025 times", lambda v: 255 * 255 * loaded(v))
wrong(
    "13.4",
    "value",
    "channel 0 of a pixel is 0.0039216, and channel 1 is 0.0039218",
    lambda v: loaded(v) * np.linspace(1, 1.0001, v.shape[3], dtype=v.dtype).reshape(-1, 1, 1),
)
wrong("13.4", "damage", "was changed", scaled_in_place)
wrong("13.4", "shape", "in another order", turned)

# 13.5 -----------------------------------------------------------------


def all_there(split):
    images, order = np.arange(50.0), np.random.default_rng(1).permutation(50)
    return sorted(v for part in split(images, order) for v in part) == list(range(50))


def nothing_in_common(split):
    order = np.arange(30)[::-1]
    train, valid, test = split(np.arange(30), order)
    return not (set(train) & set(valid) or set(train) & set(test) or set(valid) & set(test))


def no_image_is_twice(split):
    images = np.arange(60.0).reshape(20, 3)
    together = np.concatenate(split(images, np.roll(np.arange(20), 7)))
    assert len(np.unique(together, axis=0)) == 20
    return True


def right_lengths(split):
    return [len(part) for part in split(np.zeros((50, 2)), np.arange(50))] == [40, 5, 5]


def valid_is_not_test(split):
    _, valid, test = split(np.arange(50), np.random.default_rng(0).permutation(50))
    return not set(valid) & set(test)


def unshuffled(split):
    train, valid, test = split(np.arange(50), np.arange(50))
    return sorted([*train, *valid, *test]) == list(range(50))


def starts_with_the_rest(split):
    train, valid, test = split(np.arange(20), np.arange(20))
    return np.array_equal(np.concatenate([train, valid, test]), np.arange(20))


def split(images, order):
    size = max(1, len(images) // 10)
    held_out = order[: 2 * size]
    return np.delete(images, held_out, axis=0), images[held_out[:size]], images[held_out[size:]]


def by_a_set(images, order):
    size = max(1, len(images) // 10)
    held_out = set(order[: 2 * size].tolist())
    train = np.stack([v for k, v in enumerate(images) if k not in held_out])
    return train, images[order[:size]], images[order[size : 2 * size]]


def as_shuffled(images, order):
    _, valid, test = split(images, order)
    size = len(valid)
    return images[order[2 * size :]], valid, test


def not_shuffled(images, order):
    size = max(1, len(images) // 10)
    return images[2 * size :], images[:size], images[size : 2 * size]


def sorted_parts(images, order):
    size = max(1, len(images) // 10)
    valid, test, train = (np.sort(v) for v in np.split(order, [size, 2 * size]))
    return images[train], images[valid], images[test]


def handed_out(images, order):
    size = max(1, len(images) // 10)
    return images[2 * size :], *split(images, order)[1:]


def by_value(images, order):
    _, valid, test = split(images, order)
    held_out = [v.tobytes() for part in (valid, test) for v in part]
    return np.stack([v for v in images if v.tobytes() not in held_out]), valid, test


def valid_as_it_lies(images, order):
    train, valid, test = split(images, order)
    return train, images[: len(valid)], test


right("13.5", all_there, split)
right("13.5", nothing_in_common, by_a_set)
right("13.5", no_image_is_twice, split)
wrong("13.5", "property", "does not expose the bug", right_lengths, split)
wrong("13.5", "property", "does not expose the bug", valid_is_not_test, split)
wrong("13.5", "property", "does not expose the bug", unshuffled, split)
wrong("13.5", "property", "does not hold for a right function", starts_with_the_rest, split)
wrong("13.5", "unfixed", "Now fix suspect_split", all_there, handed_out)
wrong("13.5", "value", "train-in-the-shuffled-order", all_there, as_shuffled)
wrong("13.5", "value", "order-forgotten", all_there, not_shuffled)
wrong("13.5", "value", "test has the right numbers in the wrong places", all_there, sorted_parts)
wrong(
    "13.5",
    "value",
    "valid-and-test-exchanged",
    nothing_in_common,
    lambda images, order: tuple(split(images, order)[k] for k in (0, 2, 1)),
)
wrong("13.5", "value", "order-forgotten: The order is not used", all_there, valid_as_it_lies)
wrong("13.5", "shape", "of which two are equal", all_there, by_value)
