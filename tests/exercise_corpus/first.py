import math
from fractions import Fraction

import numpy as np

from exercise_corpus import right, wrong

# 1.0 ------------------------------------------------------------------

right("1.0", lambda v: sum(v) / len(v))
right("1.0", lambda v: np.einsum("kba->ba", v) / len(v))
wrong("1.0", "value", "sum-for-mean", lambda v: v.sum(axis=0))
wrong("1.0", "value", "rounded", lambda v: (v.mean(axis=0) > 0.5).astype(v.dtype))
wrong("1.0", "value", "dark-for-light", lambda v: (v == 0).mean(axis=0).astype(v.dtype))
wrong("1.0", "dtype", "float64 for float32", lambda v: np.mean(v == 1, axis=0))
wrong("1.0", "shape", "is a sum without an axis", lambda v: np.mean(v))

# 1.1 ------------------------------------------------------------------


def nearest(images, train):
    d = images[:, None] / 255.0 - train[None] / 255.0
    far = np.sqrt((d**2).mean(axis=(2, 3, 4)))
    return far.argmin(axis=1), far.min(axis=1)


def nearest_in_whole_numbers(images, train):
    index, distance = [], []
    for image in images.astype(int):
        sums = [int(((image - other) ** 2).sum()) for other in train.astype(int)]
        index.append(sums.index(min(sums)))
        distance.append(math.sqrt(min(sums) / image.size) / 255)
    return np.array(index), np.array(distance)


def nearest_by_products(images, train):
    a, b = (v.reshape(len(v), -1).astype(np.float64) for v in (images, train))
    far = np.einsum("md,md->m", a, a)[:, None] - 2 * a @ b.T + np.einsum("nd,nd->n", b, b)
    return np.argmin(far, axis=1), np.sqrt(far.min(axis=1) / a.shape[1]) / 255


def wrapped(images, train):
    index = np.empty(len(images), int)
    distance = np.empty(len(images))
    for m in range(len(images)):
        far = np.sqrt((((images[m] - train) / 255) ** 2).mean(axis=(1, 2, 3)))
        index[m], distance[m] = far.argmin(), far.min()
    return index, distance


def wrapped_whole(images, train):
    far = ((images[:, None] - train) ** 2).mean(axis=(2, 3, 4))
    return far.argmin(axis=1), np.sqrt(far.min(axis=1)) / 255


def wrapped_the_other_way(images, train):
    d = (train[None] - images[:, None]) / 255
    far = np.sqrt((d**2).mean(axis=(2, 3, 4)))
    return far.argmin(axis=1), far.min(axis=1)


def searched_along_the_images(images, train):
    far = np.sqrt(((images[:, None] / 255 - train / 255) ** 2).mean(axis=(2, 3, 4)))
    return far.argmin(axis=0), far.min(axis=0)


def same_for_all(images, train):
    far = np.sqrt(((images[:, None] / 255 - train / 255) ** 2).mean(axis=(2, 3, 4)))
    best = (far**2).sum(axis=0).argmin()
    return np.full(len(images), best), far[:, best]


def by_brightness(images, train):
    light = images.mean(axis=(1, 2, 3)) / 255, train.mean(axis=(1, 2, 3)) / 255
    far = np.abs(light[0][:, None] - light[1])
    return far.argmin(axis=1), far.min(axis=1)


def in_bytes(images, train):
    return nearest(images, train)[0], 255 * nearest(images, train)[1]


def first_half(images, train):
    return nearest(images, train[: (len(train) + 1) // 2])


def counted_from_one(images, train):
    index, distance = nearest(images, train)
    return index + 1, distance


def city_block(images, train):
    far = np.abs(images[:, None] / 255 - train / 255).mean(axis=(2, 3, 4))
    return far.argmin(axis=1), far.min(axis=1)


def by_products_clipped(images, train):
    a, b = (v.reshape(len(v), -1) / 255 for v in (images, train))
    far = np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0)
    return far.argmin(axis=1), np.sqrt(far.min(axis=1) / a.shape[1])


def other_than_itself(images, train):
    d = np.sqrt(((images[:, None] / 255 - train / 255) ** 2).mean(axis=(2, 3, 4)))
    d[d == 0] = np.inf
    return d.argmin(axis=1), d.min(axis=1)


right("1.1", nearest)
right("1.1", nearest_in_whole_numbers)
right("1.1", nearest_by_products)
right("1.1", by_products_clipped)
wrong("1.1", "value", "itself-left-out", other_than_itself)
wrong("1.1", "value", "differences-wrap-around", wrapped)
wrong("1.1", "value", "bytes-wrap-around", wrapped_whole)
wrong("1.1", "value", "reverse-differences-wrap", wrapped_the_other_way)
wrong("1.1", "value", "one-for-all-images", same_for_all)
wrong("1.1", "value", "differences-cancel", by_brightness)
wrong("1.1", "value", "not-divided-by-255", in_bytes)
wrong("1.1", "value", "absolute-differences", city_block)
wrong("1.1", "value", "index is wrong", counted_from_one)
wrong("1.1", "value", "index and distance are wrong", first_half)
wrong("1.1", "value", "images-for-training-pictures", searched_along_the_images)
wrong("1.1", "type", "where a tuple of 2", lambda images, train: nearest(images, train)[0])

# 1.2 ------------------------------------------------------------------


def printed_right(pictures):
    p = pictures.mean(axis=0)
    return np.prod(p**pictures * (1 - p) ** (1 - pictures), axis=(1, 2)).sum()


def with_fractions(pictures):
    K = len(pictures)
    total = Fraction(0)
    for picture in pictures:
        chance = Fraction(1)
        for b, a in np.ndindex(picture.shape):
            alike = sum(1 for other in pictures if other[b, a] == picture[b, a])
            chance *= Fraction(alike, K)
        total += chance
    return float(total)


def over_all_possible(pictures):
    p = pictures.mean(axis=0).ravel()
    wanted = {tuple(picture.ravel()) for picture in pictures}
    total = 0.0
    for k in range(2**p.size):
        bits = [(k >> i) & 1 for i in range(p.size)]
        if tuple(map(float, bits)) in wanted:
            total += math.prod(q if bit else 1 - q for q, bit in zip(p, bits, strict=True))
    return float(total)


def by_logarithms(pictures):
    p = pictures.mean(axis=0)
    log_p = pictures * np.log(p) + (1 - pictures) * np.log(1 - p)
    return np.exp(log_p.sum(axis=(1, 2))).sum()


def where_light(pictures):
    p = pictures.mean(axis=0)
    return sum(p[picture == 1].prod() for picture in pictures)


def rows_for_pictures(pictures):
    p = pictures.mean(axis=0)
    return np.where(pictures == 1, p, 1 - p).prod(axis=2).sum()


def product_with_the_pixels(pictures):
    p = pictures.mean(axis=0)
    return np.prod(pictures * p, axis=(1, 2)).sum()


def clipped_biases(least):
    def answer(pictures):
        p = np.clip(pictures.mean(axis=0), least, 1 - least)
        log_p = pictures * np.log(p) + (1 - pictures) * np.log(1 - p)
        return np.exp(log_p.sum(axis=(1, 2))).sum()

    return answer


def first_times_all(pictures):
    p = pictures.mean(axis=0)
    return len(pictures) * np.where(pictures[0] == 1, p, 1 - p).prod()


right("1.2", printed_right)
right("1.2", with_fractions)
right("1.2", over_all_possible)
wrong("1.2", "value", "fair-coins", lambda v: np.asarray(len(v) * 0.5 ** v[0].size, v.dtype)[()])
wrong(
    "1.2",
    "value",
    "one-bias-for-all-pixels",
    lambda v: np.prod(np.where(v > 0, v.mean(), 1 - v.mean()), axis=(1, 2)).sum(),
)
wrong("1.2", "value", "light-pixels-only", where_light)
wrong("1.2", "value", "mean-over-the-kinds", lambda v: printed_right(v) / len(v))
wrong("1.2", "value", "first-kind-for-all", first_times_all)
wrong("1.2", "value", "biases-clipped", clipped_biases(0.001))
wrong("1.2", "value", "comes out as 0.999996: are the biases clipped?", clipped_biases(1e-6))
wrong("1.2", "value", "the probability comes out as 0.9999999996", clipped_biases(1e-10))
wrong("1.2", "value", "probability is wrong", rows_for_pictures)
wrong("1.2", "value", "the printer is right always", product_with_the_pixels)
wrong("1.2", "value", "the printer is right always", lambda v: 1 - printed_right(v))
wrong("1.2", "not finite", "logarithm-of-0", by_logarithms)

# 1.3 ------------------------------------------------------------------


def printer_bits(x, p):
    q = np.where(x == 1, p, 1 - p)
    return -np.log2(q).sum(axis=(1, 2, 3))


def pixel_by_pixel(x, p):
    bits = np.zeros(len(x), x.dtype)
    for m, c, b, a in np.ndindex(x.shape):
        bits[m] -= math.log(p[c, b, a] if x[m, c, b, a] else 1 - p[c, b, a]) / math.log(2)
    return bits


def by_einsum(x, p):
    light, dark = np.log2(p), np.log2(1 - p)
    return -np.einsum("mcba,cba->m", x, light - dark) - dark.sum()


def in_nats(x, p):
    return -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(axis=(1, 2, 3))


def expected(x, p):
    return np.full(len(x), -(p * np.log2(p) + (1 - p) * np.log2(1 - p)).sum())


def of_all_pictures(x, p):
    return np.full(len(x), printer_bits(x, p).sum(), x.dtype)


def multiplied_first(x, p):
    q = x * p + (1 - x) * (1 - p)
    return -np.log2(q.sum(axis=(1, 2, 3)))


def by_distance(x, p):
    """1 - |x - p| is the probability of what the pixel is, up to rounding."""
    return -np.log2(1 - np.abs(x - p)).sum(axis=(1, 2, 3))


def of_the_product(x, p):
    return -np.log2(np.prod(np.where(x == 1, p, 1 - p), axis=(1, 2, 3)))


def clipped(least):
    return lambda x, p: printer_bits(x, np.clip(p, least, 1 - least))


right("1.3", printer_bits)
right("1.3", pixel_by_pixel)
right("1.3", by_einsum)
right("1.3", by_distance)
wrong("1.3", "value", "nats-for-bits", in_nats)
wrong("1.3", "value", "light-pixels-only", lambda x, p: -(x * np.log2(p)).sum(axis=(1, 2, 3)))
wrong("1.3", "value", "light-and-dark-exchanged", lambda x, p: printer_bits(1 - x, p))
wrong("1.3", "value", "sign-forgotten", lambda x, p: -printer_bits(x, p))
wrong("1.3", "value", "expected-length", expected)
wrong("1.3", "value", "mean-over-pixels", lambda x, p: printer_bits(x, p) / p.size)
wrong("1.3", "value", "take 3 bits", of_all_pictures)
wrong("1.3", "value", "take 3 bits", multiplied_first)
wrong("1.3", "value", "p-clipped", clipped(0.001))
wrong("1.3", "value", "p-clipped-at-1e-6", clipped(1e-6))
wrong("1.3", "value", "23.25 bits if it is light; here it takes 16.61", clipped(1e-5))
wrong("1.3", "not finite", "add the logarithms", of_the_product)

# 1.4 ------------------------------------------------------------------


def touched(canvases):
    change = np.abs(canvases[1:] - canvases[:-1])
    change = np.sort(change.reshape(*change.shape[:2], -1), axis=-1)[:, :, ::-1]
    enough = np.cumsum(change, axis=-1) >= 0.9 * change.sum(axis=-1, keepdims=True)
    return ((enough.argmax(axis=-1) + 1) / change.shape[-1]).astype(canvases.dtype)


def by_loop(canvases):
    steps, M = len(canvases) - 1, canvases.shape[1]
    shares = np.zeros((steps, M), canvases.dtype)
    for t in range(steps):
        for m in range(M):
            sizes = sorted(map(abs, (canvases[t + 1, m] - canvases[t, m]).ravel()), reverse=True)
            total = n = 0
            while total < 0.9 * sum(sizes):
                total, n = total + sizes[n], n + 1
            shares[t, m] = n / len(sizes)
    return shares


def from_behind(canvases):
    change = np.abs(np.diff(canvases, axis=0))
    change = np.sort(change.reshape(*change.shape[:2], -1), axis=-1)
    rest = np.cumsum(change, axis=-1) <= 0.1 * change.sum(axis=-1, keepdims=True)
    return np.mean(~rest, axis=-1).astype(canvases.dtype)


def only_lighter(canvases):
    change = np.maximum(np.diff(canvases, axis=0), 0)
    return touched(np.concatenate([canvases[:1] * 0, np.cumsum(change, axis=0)]))


def smallest_first(canvases):
    change = np.abs(np.diff(canvases, axis=0))
    change = np.sort(change.reshape(*change.shape[:2], -1), axis=-1)
    reached = np.cumsum(change, axis=-1) / change.sum(axis=-1, keepdims=True)
    return ((np.sum(reached < 0.9, axis=-1) + 1) / change.shape[-1]).astype(canvases.dtype)


def quantile(canvases):
    change = np.abs(np.diff(canvases, axis=0))
    change = change.reshape(*change.shape[:2], -1)
    limit = np.quantile(change, 0.9, axis=-1, keepdims=True)
    return np.mean(change >= limit, axis=-1).astype(canvases.dtype)


def above_a_threshold(canvases):
    change = np.abs(np.diff(canvases, axis=0))
    most = change.max(axis=(2, 3, 4), keepdims=True)
    return np.mean(change > 0.1 * most, axis=(2, 3, 4)).astype(canvases.dtype)


def counted(canvases):
    return touched(canvases) * canvases[0, 0].size


def one_short(canvases):
    return touched(canvases) - 1 / canvases[0, 0].size


def in_float64(canvases):
    return touched(canvases).astype(np.float64)


def reached_by(change, count):
    """The running sum of the changes is compared with nine tenths of their sum."""

    def answer(canvases):
        v = change(canvases)
        v = np.sort(v.reshape(*v.shape[:2], -1), axis=-1)[..., ::-1]
        n = count(np.cumsum(v, axis=-1), 0.9 * np.sum(v, axis=-1, keepdims=True))
        return (n / v.shape[-1]).astype(canvases.dtype)

    return answer


def differences(canvases):
    return canvases[1:] - canvases[:-1]


def of_absolute_canvases(canvases):
    return np.diff(np.abs(canvases), axis=0)


def by_argmax(running, limit):
    return (running >= limit).argmax(axis=-1) + 1


def by_sum(running, limit):
    return (running < limit).sum(axis=-1) + 1


def by_shares(running, limit):
    return (running / running[..., -1:] < 0.9).sum(axis=-1) + 1


def past_nine_tenths(running, limit):
    """Exactly nine tenths are not enough for it."""
    return (running <= limit).sum(axis=-1) + 1


def by_the_rest(running, limit):
    """1 - 0.9 is less than 0.1: no matter where nine tenths are reached by one such change."""
    total = running[..., -1:]
    return (total - running > (1 - 0.9) * total).sum(axis=-1) + 1


def searched(canvases):
    v = np.abs(differences(canvases))
    v = np.sort(v.reshape(*v.shape[:2], -1), axis=-1)[..., ::-1]
    reached = np.cumsum(v, axis=-1) / v.sum(axis=-1, keepdims=True)
    n = [[np.searchsorted(row, 0.9) + 1 for row in rows] for rows in reached]
    return (np.array(n) / v.shape[-1]).astype(canvases.dtype)


def from_image_to_image(canvases):
    v = np.abs(np.diff(canvases, axis=1))
    return touched(np.cumsum(np.concatenate([0 * v[:1], v]), axis=0))


right("1.4", touched)
right("1.4", by_loop)
right("1.4", from_behind)
right("1.4", searched)
wrong(
    "1.4",
    "value",
    "known mistake more-than-nine-tenths",
    reached_by(lambda c: np.abs(differences(c)), past_nine_tenths),
)
for count in (by_sum, by_the_rest):
    right("1.4", reached_by(lambda c: np.abs(differences(c)), count))
wrong("1.4", "value", "known mistake increases-only", only_lighter)
wrong("1.4", "value", "known mistake signs-kept:", reached_by(differences, by_shares))
for name, count in (("signs-kept-first-enough", by_argmax), ("signs-kept-not-enough", by_sum)):
    wrong("1.4", "value", f"known mistake {name}:", reached_by(differences, count))
for count in (by_shares, by_argmax, by_sum):
    wrong("1.4", "value", "sizes-of-canvases", reached_by(of_absolute_canvases, count))
wrong("1.4", "value", "least-changed-first", smallest_first)
wrong("1.4", "value", "a-tenth-of-the-largest", above_a_threshold)
wrong("1.4", "value", "number-for-share", counted)
wrong(
    "1.4", "value", "one-pixel-too-few", lambda c: (touched(c) - 1 / c[0, 0].size).astype(c.dtype)
)
wrong("1.4", "value", "the-rest", lambda c: 1 - touched(c))
wrong(
    "1.4",
    "value",
    "changes-squared",
    lambda c: touched(np.cumsum(np.diff(c, axis=0, prepend=0 * c[:1]) ** 2, axis=0)),
)
wrong("1.4", "value", "three pixels make up nine tenths", quantile)
wrong("1.4", "dtype", "share is float64", in_float64)
wrong("1.4", "shape", "share has (3, 3) where (2, 4) is expected", from_image_to_image)

# 1.5 ------------------------------------------------------------------


def apart(image):
    coarse = (image[..., ::2, :] + image[..., 1::2, :]) / 2
    coarse = (coarse[..., ::2] + coarse[..., 1::2]) / 2
    return coarse, image - coarse.repeat(2, axis=-1).repeat(2, axis=-2)


def square_by_square(image):
    B, A = image.shape[-2:]
    coarse, detail = np.zeros_like(image[..., : B // 2, : A // 2]), image.copy()
    for b in range(B // 2):
        for a in range(A // 2):
            square = (..., slice(2 * b, 2 * b + 2), slice(2 * a, 2 * a + 2))
            coarse[..., b, a] = image[square].mean(axis=(-2, -1))
            detail[square] -= coarse[..., b, a, None, None]
    return coarse, detail


def by_kron(image):
    """A right one by matrices: P averages pairs, and 2 P^T enlarges."""
    B, A = image.shape[-2:]
    down, across = (
        np.kron(np.eye(n // 2), np.full((1, 2), 0.5)).astype(image.dtype) for n in (B, A)
    )
    coarse = down @ image @ across.T
    return coarse, image - 4 * down.T @ coarse @ across


def with_diagonal(image):
    coarse = (image[..., ::2, ::2] + image[..., 1::2, 1::2]) / 2
    return coarse, image - coarse.repeat(2, axis=-1).repeat(2, axis=-2)


def one_of_four(image):
    coarse = image[..., ::2, ::2]
    return coarse, image - coarse.repeat(2, axis=-1).repeat(2, axis=-2)


def in_tiles(image):
    coarse = apart(image)[0]
    leading = (1,) * (image.ndim - 2)
    return coarse, image - np.tile(coarse, (*leading, 2, 2))


def divided_by_two(image):
    coarse = 2 * apart(image)[0]
    return coarse, image - coarse.repeat(2, axis=-1).repeat(2, axis=-2)


def median(image):
    B, A = image.shape[-2:]
    squares = image.reshape(*image.shape[:-2], B // 2, 2, A // 2, 2)
    coarse = np.median(squares, axis=(-3, -1))
    return coarse, image - coarse.repeat(2, axis=-1).repeat(2, axis=-2)


def fixed_coarse_only(image):
    return apart(image)[0], with_diagonal(image)[1]


def keeps_the_mean(f):
    image = np.arange(24.0).reshape(4, 6) ** 2
    return bool(np.isclose(f(image)[0].mean(), image.mean()))


def details_cancel(f):
    _, detail = f(np.random.default_rng(0).random((6, 8)))
    return all(
        abs(detail[b : b + 2, a : a + 2].sum()) < 1e-9 for b in (0, 2, 4) for a in (0, 2, 4, 6)
    )


def sees_every_pixel(f):
    corner = np.zeros((2, 2))
    corner[0, 1] = 1.0
    return bool(f(corner)[0][0, 0] == 0.25)


def puts_together(f):
    image = np.random.default_rng(1).random((4, 4))
    coarse, detail = f(image)
    return np.allclose(coarse.repeat(2, axis=0).repeat(2, axis=1) + detail, image)


def example_of_the_chapter(f):
    coarse, detail = f(np.array([[9.0, 7.0], [3.0, 1.0]]))
    return bool(coarse == 5 and np.array_equal(detail, [[4, 2], [-2, -4]]))


def as_bright_at_most(f):
    image = np.random.default_rng(2).random((4, 4))
    return bool(np.isclose(f(image)[0].max(), image.max()))


def keeps_the_sum(f):
    image = np.random.default_rng(3).random((4, 4))
    return bool(np.isclose(f(image)[0].sum(), image.sum()))


right("1.5", keeps_the_mean, apart)
right("1.5", details_cancel, square_by_square)
right("1.5", sees_every_pixel, by_kron)
wrong("1.5", "property", "holds for suspect_apart as handed out", puts_together, apart)
wrong("1.5", "property", "holds for suspect_apart as handed out", example_of_the_chapter, apart)
wrong("1.5", "property", "does not hold for a right function", as_bright_at_most, apart)
wrong("1.5", "property", "the mean of the coarse picture, not its sum", keeps_the_sum, apart)
wrong("1.5", "unfixed", "Now fix suspect_apart", keeps_the_mean, with_diagonal)
wrong("1.5", "value", "upper-left-pixel", keeps_the_mean, one_of_four)
wrong("1.5", "value", "tiled", details_cancel, in_tiles)
wrong("1.5", "value", "divided-by-two", keeps_the_mean, divided_by_two)
wrong("1.5", "value", "coarse and detail are wrong", keeps_the_mean, median)
wrong("1.5", "value", "coarse picture enlarged plus detail", keeps_the_mean, fixed_coarse_only)
wrong("1.5", "type", "where True or False is expected", lambda f: f(np.ones((2, 2)))[0], apart)
