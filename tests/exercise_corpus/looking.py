import math

import numpy as np

from draw_np.measuring import classification
from draw_np.practice.contents import EXERCISES
from exercise_corpus import right, wrong

# 12.0 -----------------------------------------------------------------

right("12.0", lambda v, row, column, h, w: v[row - 1 :, column - 1 :][:h, :w].copy())
right(
    "12.0",
    lambda v, row, column, h, w: v[
        np.ix_(range(row - 1, row + h - 1), range(column - 1, column + w - 1))
    ],
)
right(
    "12.0",
    lambda v, row, column, h, w: np.array(
        [[v[row - 1 + j, column - 1 + i] for i in range(w)] for j in range(h)]
    ),
)
wrong("12.0", "value", "counted-from-0", lambda v, r, c, h, w: v[r : r + h, c : c + w])
wrong(
    "12.0",
    "value",
    "row-and-column-exchanged",
    lambda v, r, c, h, w: v[c - 1 : c - 1 + h, r - 1 : r - 1 + w],
)
wrong("12.0", "value", "place-is-the-end", lambda v, r, c, h, w: v[r - h : r, c - w : c])
wrong(
    "12.0",
    "value",
    "piece is wrong",
    lambda v, r, c, h, w: np.clip(v[r - 1 : r - 1 + h, c - 1 : c - 1 + w], 0, 1),
)
wrong("12.0", "value", "turned round", lambda v, r, c, h, w: v[r - 1 :, c - 1 :][:h, :w][::-1])
wrong(
    "12.0",
    "shape",
    "h is one too small",
    lambda v, r, c, h, w: v[r - 1 : r + h - 2, c - 1 : c - 1 + w],
)

# 12.1 -----------------------------------------------------------------


def composed(canvas, patches, places):
    image = np.array(canvas)
    for patch, (row, column) in zip(patches, places, strict=True):
        h, w = patch.shape
        image[row - 1 : row + h - 1, column - 1 : column + w - 1] += patch
    return np.clip(image, 0, 1)


def pixel_by_pixel(canvas, patches, places):
    image = canvas.copy()
    for k, patch in enumerate(patches):
        row, column = places[k]
        for i, j in np.ndindex(patch.shape):
            b, a = row - 1 + i, column - 1 + j
            image[b, a] = min(1, image[b, a] + patch[i, j])
    return image


def padded(canvas, patches, places):
    B, A = canvas.shape
    layers = [canvas]
    for patch, (row, column) in zip(patches, places, strict=True):
        h, w = patch.shape
        layers.append(np.pad(patch, ((row - 1, B - h - row + 1), (column - 1, A - w - column + 1))))
    return np.minimum(sum(layers), 1)


def from_zero(canvas, patches, places):
    return composed(canvas, patches, [(row + 1, column + 1) for row, column in places])


def x_before_y(canvas, patches, places):
    return composed(canvas, patches, [(column, row) for row, column in places])


def overwritten(canvas, patches, places):
    image = canvas.copy()
    for patch, (row, column) in zip(patches, places, strict=True):
        h, w = patch.shape
        image[row - 1 : row + h - 1, column - 1 : column + w - 1] = patch
    return np.minimum(image, 1)


def unclipped(canvas, patches, places):
    return 4 * composed(canvas / 4, tuple(p / 4 for p in patches), places)


def normalised(canvas, patches, places):
    image = unclipped(canvas, patches, places)
    return image / image.max() if image.max() > 1 else image


def patches_clipped(canvas, patches, places):
    return unclipped(np.minimum(canvas, 1), tuple(np.minimum(p, 1) for p in patches), places)


def last_first(canvas, patches, places):
    return composed(canvas, patches[::-1], places)


def half_hidden(canvas, patches, places):
    return composed(canvas, tuple(p / 2 for p in patches), places)


def into_the_canvas(canvas, patches, places):
    for patch, (row, column) in zip(patches, places, strict=True):
        h, w = patch.shape
        canvas[row - 1 : row + h - 1, column - 1 : column + w - 1] += patch
    return np.minimum(canvas, 1)


right("12.1", composed)
right("12.1", pixel_by_pixel)
right("12.1", padded)
wrong("12.1", "value", "counted-from-0", from_zero)
wrong("12.1", "value", "row-and-column-exchanged", x_before_y)
wrong("12.1", "value", "pasted", overwritten)
wrong("12.1", "value", "not-clipped", unclipped)
wrong("12.1", "value", "scaled-to-1", normalised)
wrong("12.1", "value", "not-clipped", patches_clipped)
wrong("12.1", "value", "image is wrong", half_hidden)
wrong("12.1", "value", "canvas-forgotten", lambda canvas, *rest: composed(0 * canvas, *rest))
wrong("12.1", "damage", "was changed", into_the_canvas)
wrong(
    "12.1",
    "value",
    "last-patch-only",
    lambda canvas, patches, places: composed(canvas, patches[-1:], places[-1:]),
)

# 12.2 -----------------------------------------------------------------


def cross_entropy(logits, labels):
    M = len(logits)
    a = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(a)
    Z = e.sum(axis=1, keepdims=True)
    loss = (np.log(Z[:, 0]) - a[np.arange(M), labels]).mean()
    p = e / Z
    p[np.arange(M), labels] -= 1
    return loss, p / M


def by_logaddexp(logits, labels):
    M, K = logits.shape
    one_hot = (labels[:, None] == np.arange(K)).astype(logits.dtype)
    log_p = logits - np.logaddexp.reduce(logits, axis=1)[:, None]
    return float(-(one_hot * log_p).sum() / M), (np.exp(log_p) - one_hot) / M


def image_by_image(logits, labels):
    dlogits, costs = np.empty_like(logits), []
    for m, y in enumerate(labels):
        most = max(logits[m])
        e = [math.exp(v - most) for v in logits[m]]
        costs.append(math.log(sum(e)) + most - logits[m, y])
        for k, v in enumerate(e):
            dlogits[m, k] = (v / sum(e) - (k == y)) / len(labels)
    return float(sum(costs)) / len(labels), dlogits


def summed_gradient(logits, labels):
    loss, d = cross_entropy(logits, labels)
    return loss, d * len(logits)


def both_summed(logits, labels):
    loss, d = cross_entropy(logits, labels)
    return loss * len(logits), d * len(logits)


def mean_of_everything(logits, labels):
    loss, d = cross_entropy(logits, labels)
    return loss, d / logits.shape[1]


def climbing(logits, labels):
    loss, d = cross_entropy(logits, labels)
    return loss, -d


def without_one_hot(logits, labels):
    loss, d = cross_entropy(logits, labels)
    M = len(logits)
    d[np.arange(M), labels] += 1 / M
    return loss, d


def only_at_y(logits, labels):
    loss, d = cross_entropy(logits, labels)
    one_hot = np.eye(logits.shape[1], dtype=d.dtype)[labels]
    return loss, one_hot * d


def with_epsilon(logits, labels):
    _, d = cross_entropy(logits, labels)
    M = len(logits)
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(M), labels] + 1e-8).mean(), d


def unshifted(logits, labels):
    M = len(logits)
    e = np.exp(logits)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(M), labels]).mean()
    p[np.arange(M), labels] -= 1
    return loss, p / M


def log_softmax(logits, labels, inside, outside):
    """By log p, with one shift in the sum and another beside it."""
    M = len(logits)
    log_p = (logits - outside) - np.log(np.exp(logits - inside).sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[np.arange(M), labels] -= 1
    return -log_p[np.arange(M), labels].mean(), d / M


def shifted_by(shift, inside=True, outside=True):
    def cost(logits, labels):
        most = shift(logits)
        return log_softmax(logits, labels, most * inside, most * outside)

    return cost


def rows_most(logits):
    return logits.max(axis=1, keepdims=True)


def tiny_in_the_logarithm(tiny):
    def cost(logits, labels):
        M, e = len(logits), np.exp(logits - rows_most(logits))
        p = e / e.sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(M), labels] + tiny).mean(), cross_entropy(logits, labels)[1]

    return cost


def all_rows_at_the_labels(logits, labels):
    loss, d = cross_entropy(logits, labels)
    M = len(logits)
    p = d * M
    p[np.arange(M), labels] += 1
    p[:, labels] -= 1
    return loss, p / M


def all_logs_at_the_labels(logits, labels):
    log_p = logits - np.logaddexp.reduce(logits, axis=1)[:, None]
    return -log_p[:, labels].mean(), cross_entropy(logits, labels)[1]


def in_bits(logits, labels):
    loss, d = cross_entropy(logits, labels)
    return loss / math.log(2), d


def bits_and_their_gradient(logits, labels):
    loss, d = cross_entropy(logits, labels)
    return loss / math.log(2), d / np.float32(math.log(2)).astype(d.dtype)


def wrong_axis(logits, labels):
    M = len(logits)
    e = np.exp(logits - logits.max(axis=0))
    p = e / e.sum(axis=0)
    loss = -np.log(p[np.arange(M), labels]).mean()
    p[np.arange(M), labels] -= 1
    return loss, p / M


def margin(logits, labels):
    M = len(logits)
    loss = (logits.max(axis=1) - logits[np.arange(M), labels]).mean()
    return loss, cross_entropy(logits, labels)[1]


def shifted_in_the_sum_only(logits, labels):
    a = logits - logits.max(axis=1, keepdims=True)
    right_class = logits[np.arange(len(labels)), labels]
    loss = (np.log(np.exp(a).sum(axis=1)) - right_class).mean()
    return loss, cross_entropy(logits, labels)[1]


def shifted_in_place(logits, labels):
    logits -= logits.max(axis=1, keepdims=True)
    return cross_entropy(logits, labels)


right("12.2", cross_entropy)
right("12.2", by_logaddexp)
right("12.2", image_by_image)
wrong("12.2", "value", "mean-forgotten-on-the-way-back", summed_gradient)
wrong("12.2", "value", "sum-over-the-images", both_summed)
wrong("12.2", "value", "divided-by-the-classes-too", mean_of_everything)
wrong("12.2", "value", "sign-of-the-gradient", climbing)
wrong("12.2", "value", "one-hot-forgotten", without_one_hot)
wrong("12.2", "value", "right-class-only", only_at_y)
wrong("12.2", "value", "epsilon-in-the-logarithm", with_epsilon)
wrong("12.2", "not finite", "exp(1000) overflows", unshifted)
wrong("12.2", "value", "shift-used-once", shifted_by(rows_most, outside=False))
wrong("12.2", "value", "shift-beside-the-sum-only", shifted_by(rows_most, inside=False))
for tiny in (1e-12, 1e-30):
    wrong("12.2", "value", "costs 1000 nats", tiny_in_the_logarithm(tiny))
wrong("12.2", "value", "epsilon-in-the-logarithm", tiny_in_the_logarithm(1e-12))
wrong("12.2", "value", "columns-for-entries", all_rows_at_the_labels)
wrong("12.2", "value", "columns-for-entries", all_logs_at_the_labels)
wrong("12.2", "value", "bits-for-nats", in_bits)
wrong(
    "12.2",
    "value",
    "each of loss and dlogits is 1.4427 times what is expected",
    bits_and_their_gradient,
)
wrong("12.2", "value", "softmax-over-the-images", wrong_axis)
wrong("12.2", "value", "loss is wrong, for 4 images", margin)
wrong("12.2", "value", "shift-used-once", shifted_in_the_sum_only)
wrong("12.2", "damage", "was changed", shifted_in_place)
wrong("12.2", "value", "labels-from-1", lambda logits, labels: cross_entropy(logits, labels - 1))

# 12.3 -----------------------------------------------------------------


def corners(g_X, g_Y, delta, N, A, B):
    reach = delta * (N - 1) / 2 + 0.5
    left, right = np.clip([g_X - reach, g_X + reach], 0.5, A + 0.5)
    top, bottom = np.clip([g_Y - reach, g_Y + reach], 0.5, B + 0.5)
    return left, top, right, bottom


def from_the_filters(g_X, g_Y, delta, N, A, B):
    offsets = np.arange(1, N + 1, dtype=delta.dtype) - N / 2 - 0.5
    x, y = (g[:, None] + offsets * delta[:, None] for g in (g_X, g_Y))
    low = [np.minimum(np.maximum(c.min(axis=1) - 0.5, 0.5), n + 0.5) for c, n in ((x, A), (y, B))]
    high = [np.maximum(np.minimum(c.max(axis=1) + 0.5, n + 0.5), 0.5) for c, n in ((x, A), (y, B))]
    return *low, *high


def corners_by(reach, low=0.5, beyond=0.5):
    def f(g_X, g_Y, delta, N, A, B):
        r = reach(delta, N)
        limits = (low, A + beyond), (low, B + beyond)
        (left, right), (top, bottom) = (
            (np.clip(g - r, *ends), np.clip(g + r, *ends))
            for g, ends in zip((g_X, g_Y), limits, strict=True)
        )
        return left, top, right, bottom

    return f


def half(delta, N):
    return delta * (N - 1) / 2 + 0.5


def one_limit_each(g_X, g_Y, delta, N, A, B):
    r = half(delta, N)
    return (
        np.maximum(g_X - r, 0.5),
        np.maximum(g_Y - r, 0.5),
        np.minimum(g_X + r, A + 0.5) + 0,
        np.minimum(g_Y + r, A + 0.5),
    )


def reordered(*order):
    return lambda *a: tuple(corners(*a)[k] for k in order)


right("12.3", corners)
right("12.3", from_the_filters)
wrong("12.3", "value", "N-strides", corners_by(lambda delta, N: N * delta / 2))
wrong("12.3", "value", "half-a-pixel-forgotten", corners_by(lambda delta, N: delta * (N - 1) / 2))
wrong("12.3", "value", "half-forgotten", corners_by(lambda delta, N: delta * (N - 1) + 0.5))
wrong("12.3", "value", "cut-at-pixel-centres", corners_by(half, 1, 0))
wrong("12.3", "value", "counted-from-0", corners_by(half, 0, 0))
wrong("12.3", "value", "not-cut-off", corners_by(half, -1e9, 1e9))
wrong("12.3", "value", "x-and-y-exchanged", reordered(1, 0, 3, 2))
wrong("12.3", "value", "order-x-x-y-y", reordered(0, 2, 1, 3))
wrong(
    "12.3",
    "value",
    "A-and-B-exchanged",
    lambda g_X, g_Y, delta, N, A, B: corners(g_X, g_Y, delta, N, B, A),
)
wrong("12.3", "value", "bottom is wrong", one_limit_each)
wrong(
    "12.3",
    "value",
    "4, 7, 10, 13, 16 along x and y have the window",
    corners_by(lambda delta, N: delta * N / 2 - 0.5),
)
wrong("12.3", "type", "left, top, right, bottom", lambda *a: np.stack(corners(*a), axis=1))

# 12.4 -----------------------------------------------------------------

Z = 1.959964


def wilson(share, n):
    k = Z * Z / n
    middle = (share + k / 2) / (1 + k)
    reach = np.sqrt(k * share * (1 - share) + k * k / 4) / (1 + k)
    return middle - reach, middle + reach


def by_the_roots(share, n):
    a, b, c = 1 + Z**2 / n, -(2 * float(share) + Z**2 / n), float(share) ** 2
    root = math.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def wald(share, n):
    reach = Z * np.sqrt(share * (1 - share) / n)
    return share - reach, share + reach


def wald_from_0_to_1(share, n):
    low, high = wald(share, n)
    return np.maximum(low, 0), np.minimum(high, 1)


def agresti_coull(share, n):
    more = n + Z**2
    p = (share * n + Z**2 / 2) / more
    reach = Z * np.sqrt(p * (1 - p) / more)
    return p - reach, p + reach


def undivided(share, n):
    k = Z * Z / n
    reach = np.sqrt(k * share * (1 - share) + k * k / 4)
    return share + k / 2 - reach, share + k / 2 + reach


def with_99_per_cent(share, n):
    k = 2.575829**2 / n
    middle = (share + k / 2) / (1 + k)
    reach = np.sqrt(k * share * (1 - share) + k * k / 4) / (1 + k)
    return middle - reach, middle + reach


def rule_of_three(share, n):
    low, high = wald(share, n)
    return (low, high + 3 / n) if share == 0 else (low, high)


def has_width(interval):
    low, high = interval(0, 50)
    return bool(high - low > 0.001)


def within_0_and_1(interval):
    low, high = interval(0.01, 100)
    return bool(low >= 0 and high <= 1)


def ends_solve_the_equation(interval):
    share, n = 0.1, 40
    return all(np.isclose(abs(share - p), Z * np.sqrt(p * (1 - p) / n)) for p in interval(share, n))


def holds_the_share(interval):
    low, high = interval(0.3, 40)
    return bool(low < 0.3 < high)


def symmetric(interval):
    low, high = interval(0.1, 40)
    return bool(np.isclose(low + high, 0.2))


def has_width_everywhere(interval):
    """With many shares at once."""
    low, high = interval(np.array([0.0, 0.5, 1.0]), 100)
    return bool(np.all(high > low))


def narrower_with_more(interval):
    """Many shares and many numbers of images."""
    low, high = interval(np.zeros(3), np.array([10, 100, 1000]))
    return bool(np.all(np.diff(high - low) < 0))


def stays_within_0_and_1(interval):
    return all(low >= 0 and high <= 1 for low, high in (interval(k / 20, 20) for k in range(21)))


right("12.4", has_width_everywhere, wilson)
right("12.4", narrower_with_more, wilson)
right("12.4", stays_within_0_and_1, classification.wilson)
wrong("12.4", "property", "is it rounding, or something else?", stays_within_0_and_1, wilson)
right("12.4", has_width, classification.wilson)
right("12.4", has_width, wilson)
right("12.4", within_0_and_1, by_the_roots)
right("12.4", ends_solve_the_equation, wilson)
wrong("12.4", "property", "holds for suspect_interval as handed out", holds_the_share, wilson)
wrong("12.4", "property", "does not hold for a right function", symmetric, wilson)
wrong("12.4", "unfixed", "Now fix suspect_interval", has_width, wald)
wrong("12.4", "value", "cut-off-only", within_0_and_1, wald_from_0_to_1)
wrong("12.4", "value", "wald-about-the-new-centre", has_width, agresti_coull)
wrong("12.4", "value", "division-forgotten", has_width, undivided)
wrong("12.4", "value", "low and high are wrong", has_width, with_99_per_cent)
wrong("12.4", "value", "low", has_width, rule_of_three)
wrong("12.4", "value", "ends-exchanged", has_width, lambda *a: wilson(*a)[::-1])
wrong("12.4", "type", "where True or False is expected", lambda f: f(0, 50), wilson)

# cut off, kept from 0, or kept inside ---------------------------------

wrong(
    "12.3",
    "value",
    "whose centres are outside",
    lambda g_X, g_Y, *rest: EXERCISES["12.3"].right(np.maximum(g_X, 0), np.maximum(g_Y, 0), *rest),
)
