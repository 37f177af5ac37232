"""Exercises of chapter 1: the nearest picture, printers, how far steps reach, outlines."""

import numpy as np

from draw_np.book import first
from draw_np.measuring import studies
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect

rng = np.random.default_rng(1)

# ---------------------------------------------------------------- 1.1


def searched_by(prepare=lambda v: v / 255, apart=lambda d: d**2, choose=np.argmin,
                length=lambda far, D: np.sqrt(far / D)):  # fmt: skip
    """A search with some of its parts exchanged: ``apart`` says what a difference counts."""

    def nearest(images, train):
        wanted, seen = (prepare(v).reshape(len(v), -1) for v in (images, train))
        far = np.array([[np.sum(apart(a - b)) for b in seen] for a in wanted])
        index = np.array([choose(row) for row in far])
        return index, length(far[np.arange(len(far)), index] * 1.0, wanted.shape[1])

    return nearest


def as_stored(v):
    """Bytes, which wrap around."""
    return v


def wrapped_before_the_square(images, train):
    """Bytes are subtracted, and only their difference is a float."""
    return searched_by(as_stored, lambda d: (d / 255) ** 2)(images, train)


def reversed_search(images, train):
    """The same with training picture minus image, which wraps around otherwise."""
    bytewise = (train - images[:, None]) / 255
    far = np.mean(bytewise**2, axis=(2, 3, 4))
    return np.argmin(far, axis=1), np.sqrt(np.min(far, axis=1))


def one_for_all(images, train):
    """The picture with the smallest sum of squares over all images."""
    far = squares(images, train)
    i = np.argmin(np.sum(far, axis=0))
    return np.full(len(images), i), np.sqrt(far[:, i])


def squares(images, train):
    """Mean squared differences, (M, n)."""
    return np.mean((images[:, None] / 255 - train / 255) ** 2, axis=(2, 3, 4))


def smallest_angle(images, train):
    """The picture with the largest cosine."""
    a, b = (v.reshape(len(v), -1) / 255 for v in (images, train))
    index = np.argmax(a @ (b / np.linalg.norm(b, axis=1, keepdims=True)).T, axis=1)
    return index, np.sqrt(np.mean((a - b[index]) ** 2, axis=1))


def at_the_same_place(images, train):
    """Image m is held against training pictures 0 .. m only, as a loop with one best does."""
    far, index, best = squares(images, train), [], np.inf
    for row in far:
        if row.min() < best or not index:
            best, i = row.min(), int(np.argmin(row))
        index.append(i)
    index = np.array(index)
    return index, np.sqrt(far[np.arange(len(far)), index])


def first_only(images, train, batch=3):
    """Only the first pictures are searched."""
    return solutions.nearest(images, train[:batch])


def distance_of_another(images, train):
    """The right pictures, and one distance, that of the nearest pair, for all."""
    index, distance = solutions.nearest(images, train)
    return index, np.full_like(distance, distance.min())


def itself_left_out(images, train):
    """The nearest of those that differ from the image."""
    far = squares(images, train)
    far[far == 0] = np.inf
    return np.argmin(far, axis=1), np.sqrt(np.min(far, axis=1))


def nearest_case(M, n, C, B, A, dark=0, seen=False):
    """Bytes at random; ``dark`` makes the training pictures darker.

    ``seen``: an image is a training picture, too. It is black and white, in which
    |a|^2 + |b|^2 - 2 ab has no rounding, so that this way to the distance is as good as any.
    """
    images = rng.integers(0, 256, (M, C, B, A), dtype=np.uint8)
    train = rng.integers(0, 256 - dark, (n, C, B, A), dtype=np.uint8)
    if seen:
        images[0] = train[n // 2] = 255 * rng.integers(0, 2, (C, B, A))
    about = f"for {M} image{'s' * (M > 1)}, {n} training pictures, {C} x {B} x {A} pixels"
    return Case(about + (", an image being among these" if seen else ""),
                (images, train), {"M": M, "n": n, "C": C, "B": B, "A": A})  # fmt: skip


NEAREST = Exercise(
    "1.1",
    "nearest",
    solutions.nearest,
    gives=("index", "distance"),
    cases=(nearest_case(5, 5, 1, 2, 3), nearest_case(4, 9, 3, 2, 2, dark=90),
           nearest_case(1, 7, 1, 4, 3), nearest_case(6, 4, 2, 1, 5),
           nearest_case(3, 6, 1, 3, 4, seen=True)),
    known=(
        Known("bytes-wrap-around", "Bytes wrap around: 3 - 5 is 254 in uint8, and 16 squared is 0. "
              "Divide by 255 first; that gives floats.",
              searched_by(as_stored, lambda d: d**2,
                          length=lambda far, D: np.sqrt(far / D) / 255)),
        Known("differences-wrap-around", "The difference of two bytes is taken in uint8, where 3 - "
              "5 is 254. Divide by 255 before you subtract.", wrapped_before_the_square),
        Known("reverse-differences-wrap", "The difference of two bytes is taken in uint8, where 3 "
              "- 5 is 254. Divide by 255 before you subtract.",
              reversed_search),
        Known("squares-overflow", "A square of up to 255^2 does not fit into int16. Divide by 255 "
              "first; that gives floats.",
              searched_by(lambda v: v.astype(np.int16),
                          length=lambda far, D: np.sqrt(far / D) / 255)),
        Known("index-never-kept", "The index is that of the last training picture, always: keep it "
              "together with the smallest distance.",
              lambda images, train: (np.full(len(images), len(train) - 1),
                                     solutions.nearest(images, train)[1])),
        Known("nearest-by-angle", "These are the pictures whose vectors of pixels point most the "
              "same way. A darker copy would do; the distance of the pixels is asked.",
              smallest_angle),
        Known("one-for-all-images", "All images get the same training picture: the sum must not "
              "go over the images.", one_for_all),
        Known("best-not-begun-anew", "The smallest distance so far is kept from one image to the "
              "next: begin anew for each image.", at_the_same_place),
        Known("first-pictures-only", "Only the first training pictures are searched.", first_only),
        Known("itself-left-out", "An image that is in train itself has its nearest picture there, "
              "at the distance 0; here it is left out.", itself_left_out),
        Known("images-for-training-pictures", "For each training picture it finds the nearest "
              "image: exchange the two.", lambda images, train: solutions.nearest(train, images)),
        Known("farthest", "These are the pictures that differ most.",
              searched_by(choose=np.argmax)),
        Known("absolute-differences", "The absolute differences are averaged; they are to be "
              "squared, and the root taken in the end.",
              searched_by(apart=np.abs, length=lambda far, D: far / D)),
        Known("differences-cancel", "Differences of both signs are added, so that they cancel: "
              "square each first.",
              searched_by(apart=lambda d: d, choose=lambda row: np.argmin(np.abs(row)),
                          length=lambda far, D: np.abs(far) / D)),
        Known("most-negative-difference", "The smallest sum of the differences is the most "
              "negative one: square each difference first.",
              searched_by(apart=lambda d: d, length=lambda far, D: far / D)),
        Known("largest-difference", "The distance is a mean over all pixels, and not the largest "
              "difference.",
              searched_by(apart=lambda d: np.max(np.abs(d)), length=lambda far, D: far)),
        Known("root-forgotten", "The root of the mean is missing in the distance.",
              searched_by(length=lambda far, D: far / D)),
        Known("sum-for-mean", "The distance takes the mean over the pixels; this is the root of "
              "the sum.", searched_by(length=lambda far, D: np.sqrt(far))),
        Known("not-divided-by-255", "The distance is in bytes, 0 to 255, and not in intensities, "
              "0 to 1.", searched_by(prepare=lambda v: v * 1.0)),
        Known("one-distance-for-all", "The distances are all that of the nearest pair: each image "
              "has its own.", distance_of_another),
    ),
    hints=(
        "Look at np.uint8(3) - np.uint8(5) before anything else. Then try one image: its "
        "differences to all of train come from broadcasting.",
        "images[:, None] has the shape (M, 1, C, B, A); minus train, (n, C, B, A), it gives "
        "(M, n, C, B, A). A loop over the images takes less memory, and does as well.",
        "far = np.mean((image / 255 - train / 255) ** 2, axis=(1, 2, 3)) has n numbers; then "
        "np.argmin(far), and the root of the smallest.",
    ),
    solution=(solutions.nearest, studies.nearest),
)  # fmt: skip

# ---------------------------------------------------------------- 1.2


def coins(pictures):
    """The probability of every printed pixel to be as in the picture: (K, B, A)."""
    p = np.mean(pictures, axis=0)
    return np.where(pictures == 1, p, 1 - p)


def one_bias(pictures):
    """All pixels have the mean brightness of all."""
    p = np.mean(pictures)
    return np.sum(np.prod(np.where(pictures == 1, p, 1 - p), axis=(1, 2)))


def fair_printer(pictures):
    """All 2^pixels pictures are equally frequent."""
    kind = pictures.dtype.type
    return kind(len(pictures) / 2 ** pictures[0].size)


def of_each(pictures):
    """The probability of each kind."""
    return np.prod(coins(pictures), axis=(1, 2))


def through_logarithms(pictures, least=0.0):
    """The logarithms of ``coins``, NaN where a bias is 0 or 1, if ``least`` does not clip it."""
    p = np.clip(np.mean(pictures, axis=0), least, 1 - least)
    return pictures * np.log(p) + (1 - pictures) * np.log(1 - p)


def certain_in_all(f):
    """With one kind only, nothing is left to chance."""
    chance = float(f(np.array([[[1.0, 0.0], [0.0, 1.0]]])))
    if not np.isclose(chance, 1, rtol=1e-10, atol=0):
        return (
            "with one kind of picture every coin is certain, and the printer is right always; "
            f"the probability comes out as {chance:.10g}"
            f"{': are the biases clipped?' if np.isclose(chance, 1, rtol=0.1) else ''}"
        )
    return None


def kinds_case(about, rows):
    """Pictures from rows of strings of 0 and 1, a picture being rows with / between."""
    pictures = [[[float(v) for v in row] for row in picture.split("/")] for picture in rows]
    pictures = np.array(pictures)
    K, B, A = pictures.shape
    return Case(f"for {about}", (pictures,), {"K": K, "B": B, "A": A, "pixels": A * B})


PRINTED = Exercise(
    "1.2",
    "printed_right",
    solutions.printed_right,
    gives=("probability",),
    cases=(
        kinds_case("a stroke on the left and one on the right", ["10/10/10", "01/01/01"]),
        kinds_case("the three kinds of question 1", ["10/10/10", "01/01/01", "11/11/11"]),
        kinds_case("five kinds of 2 x 3 pixels", ["110/010", "100/111", "000/001", "101/100",
                                                  "111/110"]),
        kinds_case("four kinds with a pixel that is light in all", ["1011", "1100", "1010",
                                                                    "1001"]),
    ),
    known=(
        Known("fair-coins", "A printer's coins have the biases of this world's pixels; here all "
              "are fair.", fair_printer),
        Known("one-bias-for-all-pixels", "Every pixel has a bias of its own: the mean over the "
              "kinds, and not over the pixels too.", one_bias),
        Known("light-pixels-only", "A picture is right if its dark pixels come out dark, too: "
              "they have the probability 1 - p.",
              lambda v: np.sum(np.prod(np.where(v == 1, np.mean(v, axis=0), 1), axis=(1, 2)))),
        Known("mean-over-the-kinds", "Each of the K is right: their probabilities are added, and "
              "not averaged.", lambda v: np.mean(of_each(v))),
        Known("all-kinds-at-once", "The probabilities of the kinds are to be added: it prints one "
              "of them or another.", lambda v: np.prod(of_each(v))),
        Known("first-kind-only", "This is the probability of one kind, the first.",
              lambda v: of_each(v)[0]),
        Known("first-kind-for-all", "The kinds are not equally easy to print: this is K times the "
              "probability of the first.", lambda v: len(v) * of_each(v)[0]),
        Known("biases-clipped", "The biases are clipped. A pixel that is light in all comes out "
              "light always: multiply the probabilities themselves, and nothing needs a clip.",
              lambda v: np.sum(np.exp(np.sum(through_logarithms(v, 0.001), axis=(1, 2))))),
        Known("light-and-dark-exchanged", "p belongs to the light pixels and 1 - p to the dark.",
              lambda v: np.sum(np.prod(1 - coins(v), axis=(1, 2)))),
        Known("added-over-pixels", "All pixels have to be right at once: their probabilities are "
              "multiplied.", lambda v: np.sum(coins(v))),
        Known("mean-of-pixels", "This is how often one pixel is right on average; a picture needs "
              "all of them at once.", lambda v: np.mean(coins(v))),
        Known("logarithm-of-0", "By way of logarithms, 0 times the logarithm of 0 is no number: "
              "multiply the probabilities themselves.",
              lambda v: np.sum(np.exp(np.sum(through_logarithms(v), axis=(1, 2))))),
        Known("as-if-together", "1 minus the product of the (1 - P) is for things that may happen "
              "together. Only one picture is printed: the P are added.",
              lambda v: 1 - np.prod(1 - of_each(v))),
        Known("likeliest-kind-only", "This is the probability of the likeliest kind; the others "
              "are right, too.", lambda v: np.max(of_each(v))),
    ),
    properties=(certain_in_all,),
    hints=(
        "Do question 1 with a pencil: the biases, then the probability of one kind, then all "
        "three.",
        "p = pictures.mean(axis=0). A light pixel comes out right with p, a dark one with 1 - p; "
        "np.where chooses between the two.",
        "Multiply over the pixels of a picture (np.prod with axis=(1, 2)), and add over the K.",
    ),
    solution=(solutions.printed_right,),
)  # fmt: skip

# ---------------------------------------------------------------- 1.3


def per_pixel(x, p):
    """Bits of every pixel."""
    return -(x * np.log2(p) + (1 - x) * np.log2(1 - p))


def bits_by(pixel=per_pixel, together=lambda bits: np.sum(bits, axis=(1, 2, 3))):
    """The length of a picture, with a part exchanged."""
    return lambda x, p: together(pixel(x, p))


def fair_coins_take_a_bit(f):
    """784 fair coins take 784 bits."""
    x = np.array([[[[1.0, 0.0, 1.0]]], [[[0.0, 0.0, 0.0]]]])
    bits = np.asarray(f(x, np.full((1, 1, 3), 0.5)))
    if not np.allclose(bits, 3):
        said = ", ".join(f"{v:.4g}" for v in np.ravel(bits)[:2])
        return f"3 pixels that are fair coins take 3 bits, light or dark; here they take {said}"
    return None


def sure_coins_cost(f):
    """However sure: the probability is not clipped."""
    bits = float(np.ravel(f(np.array([[[[1.0]]]]), np.array([[[1e-7]]])))[0])
    if not np.isclose(bits, -np.log2(1e-7)):
        return (
            "a pixel that is light with probability 1e-7 takes 23.25 bits if it is light; here it "
            f"takes {bits:.4g}: is p clipped?"
        )
    return None


def clipped_at(least):
    """The lengths with p clipped."""
    return bits_by(lambda x, p: per_pixel(x, np.clip(p, least, 1 - least)))


def of_the_product(x, p):
    """The logarithm of the whole picture's probability, which is 0 in floats."""
    return -np.log2(np.prod(np.where(x == 1, p, 1 - p), axis=(1, 2, 3)))


def bits_case(M, C, B, A, sure="", least=(0.001, 0.001), floats=("float64", "float32")):
    """Pixels, and their probabilities; ``sure`` ones have ``least`` or 1 - ``least``.

    In float32, 1 - |x - p| is not exact where p is 1e-7, and is no worse an answer for that:
    so sure coins come in float64 alone.
    """
    p = rng.uniform(0.05, 0.95, (C, B, A))
    p = np.where(p < 0.5, least[0], 1 - least[1]) if sure else p
    x = (rng.random((M, C, B, A)) < 0.5).astype(float)
    about = f"for {M} image{'s' * (M > 1)} of {C} x {B} x {A}" + (f", {sure}" if sure else "")
    return Case(about, (x, p), {"M": M, "C": C, "B": B, "A": A, "pixels": C * B * A}, floats)


BITS = Exercise(
    "1.3",
    "printer_bits",
    solutions.printer_bits,
    gives=("bits",),
    cases=(bits_case(2, 1, 3, 4), bits_case(3, 3, 2, 5), bits_case(2, 2, 2, 3, "sure coins"),
           bits_case(1, 1, 4, 2),
           bits_case(2, 1, 3, 5, "very sure coins", (1e-7, 1e-6), floats=("float64",)),
           bits_case(2, 1, 28, 28, "sure coins")),
    known=(
        Known("nats-for-bits", "The natural logarithm gives nats; bits take the logarithm to base "
              "2.", bits_by(lambda x, p: per_pixel(x, p) * np.log(2.0).astype(x.dtype))),
        Known("base-10", "The logarithm is to base 10; bits take base 2.",
              bits_by(lambda x, p: per_pixel(x, p) * np.log10(2.0).astype(x.dtype))),
        Known("light-pixels-only", "A dark pixel takes bits too: -log2(1 - p).",
              bits_by(lambda x, p: -x * np.log2(p))),
        Known("light-and-dark-exchanged", "p is the probability of light, and 1 - p that of dark.",
              bits_by(lambda x, p: per_pixel(1 - x, p))),
        Known("dark-as-light", "A dark pixel has the probability 1 - p, and not p.",
              bits_by(lambda x, p: -np.log2(p) + 0 * x)),
        Known("p-minus-1", "The probability of dark is 1 - p; p - 1 is below 0, and has no "
              "logarithm.", bits_by(lambda x, p: -x * np.log2(p) - (1 - x) * np.log2(p - 1))),
        Known("sign-forgotten", "Logarithms of probabilities are below 0; a length is above.",
              bits_by(lambda x, p: -per_pixel(x, p))),
        Known("expected-length", "This is the length that the printer expects on average, whatever "
              "the picture. What does this picture take?",
              bits_by(lambda x, p: per_pixel(p + 0 * x, p))),
        Known("mean-over-pixels", "The bits of the pixels are averaged; they add up.",
              bits_by(together=lambda bits: np.mean(bits, axis=(1, 2, 3)))),
        Known("mean-over-images", "Each picture has a length of its own; here all get the mean.",
              bits_by(together=lambda bits: np.full_like(bits[:, 0, 0, 0],
                                                         np.sum(bits) / len(bits)))),
        Known("probability-for-bits", "These are the probabilities of the pictures' pixels, added; "
              "a length is minus their logarithm.",
              bits_by(lambda x, p: x * p + (1 - x) * (1 - p))),
        Known("epsilon-in-the-logarithm", "A small number in the logarithm changes the lengths: p "
              "is above 0 and below 1, and needs none.",
              bits_by(lambda x, p: -(x * np.log2(p + 1e-6) + (1 - x) * np.log2(1 - p + 1e-6)))),
        Known("p-clipped", "p is clipped: a sure coin that is wrong costs more.",
              clipped_at(0.001)),
        Known("p-clipped-at-1e-6", "p is clipped: a sure coin that is wrong costs more.",
              clipped_at(1e-6)),
        Known("product-for-sum", "The product of 784 probabilities is too small for a float: add "
              "the logarithms.", of_the_product),
        Known("rounded-up", "The bits of a pixel are rounded up. They are fractions, and add up "
              "as such.", bits_by(lambda x, p: np.ceil(per_pixel(x, p)))),
    ),
    properties=(fair_coins_take_a_bit, sure_coins_cost),
    hints=(
        "The printer stands in Section 1.2, for the mean over many pictures. Here each picture "
        "has its own number.",
        "x * np.log2(p) is the light pixels' share, since x is 0 for the dark ones. What picks "
        "out the dark ones?",
        "Minus the sum, over the last three axes, of x * np.log2(p) + (1 - x) * np.log2(1 - p).",
    ),
    solution=(solutions.printer_bits,),
)  # fmt: skip

# ---------------------------------------------------------------- 1.4


def touched_by(change=lambda c: np.abs(np.diff(c, axis=0)), order=lambda v: -np.sort(-v, axis=-1),
               count=lambda reached: np.sum(reached < 0.9, axis=-1) + 1,
               share=lambda count, D: count / D):  # fmt: skip
    """How far steps reach, with some of their parts exchanged."""

    def reach(canvases):
        v = change(canvases)
        v = order(v.reshape(*v.shape[:2], -1))
        reached = np.cumsum(v, axis=-1) / np.sum(v, axis=-1, keepdims=True)
        return share(count(reached), v.shape[-1]).astype(canvases.dtype)

    return reach


def compared_by(count, change):
    """The running sums are compared with nine tenths of the whole; both may have signs."""

    def reach(canvases):
        v = change(canvases)
        v = -np.sort(-v.reshape(*v.shape[:2], -1), axis=-1)
        running = np.cumsum(v, axis=-1)
        found = count(running, 0.9 * np.sum(v, axis=-1, keepdims=True))
        return (found / v.shape[-1]).astype(canvases.dtype)

    return reach


def first_enough(running, limit):
    """The place of the first sum that is enough, from 1."""
    return np.argmax(running >= limit, axis=-1) + 1


def not_enough(running, limit):
    """The number of sums that are not enough, and one more."""
    return np.sum(running < limit, axis=-1) + 1


def with_signs(name, says, change):
    """Known mistakes by changes that have signs, which tell three ways to count apart."""
    return (
        Known(name, says, touched_by(change=change)),
        Known(f"{name}-first-enough", says, compared_by(first_enough, change)),
        Known(f"{name}-not-enough", says, compared_by(not_enough, change)),
    )


def strongly_changed(canvases):
    """Pixels that are changed by more than a tenth of the largest change."""
    v = np.abs(np.diff(canvases, axis=0)).reshape(len(canvases) - 1, canvases.shape[1], -1)
    found = np.mean(v > 0.1 * np.max(v, axis=-1, keepdims=True), axis=-1)
    return found.astype(canvases.dtype)


def batch_together(canvases):
    """The images of a step in one heap."""
    T, M = len(canvases) - 1, canvases.shape[1]
    heap = canvases.reshape(T + 1, 1, M, 1, -1)
    return np.repeat(solutions.touched(heap), M, axis=1)


def any_change(canvases):
    """Pixels that are changed at all."""
    v = np.diff(canvases, axis=0)
    return np.mean(v != 0, axis=(2, 3, 4)).astype(canvases.dtype)


def does_not_mind_the_sign(f):
    """Darker counts as much as lighter."""
    canvas = np.zeros((2, 2, 1, 2, 5))
    canvas[1, 0, 0, 0] = 10.0, 5, 4, 0.25, 0.25
    canvas[1, 1] = -canvas[1, 0]
    up, down = np.ravel(np.asarray(f(canvas)))[:2]
    if not np.allclose([up, down], 0.3):
        return (
            "changes of 10, 5, 4 and twice 0.25 in 10 pixels: three pixels make up nine tenths, a "
            f"share of 0.3, lighter or darker; it says {up:.4g} for lighter, {down:.4g} for darker"
        )
    return None


def canvases_case(T, M, C, B, A, few=False):
    """Canvases of T steps, whose changes differ much in size; ``few``: some pixels only.

    Nowhere are nine tenths reached exactly: 0.9 is no float, and there right answers differ
    by rounding, 1 - 0.9 being less than 0.1.
    """
    change = rng.standard_normal((T, M, C, B, A)) ** 3
    if few:
        change *= rng.random(change.shape) < 0.3
        change[0] = 0
        change[0, :, 0, 0, 0] = -0.5  # one pixel, and darker
    canvas = np.cumsum(np.concatenate([rng.random((1, M, C, B, A)), change]), axis=0)
    about = f"for {T} step{'s' * (T > 1)}, {M} image{'s' * (M > 1)} of {C} x {B} x {A}"
    return Case(about + (", few pixels changed" if few else ""), (canvas,),
                {"T": T, "M": M, "C": C, "B": B, "A": A})  # fmt: skip


REACH = Exercise(
    "1.4",
    "touched",
    solutions.touched,
    gives=("share",),
    cases=(canvases_case(2, 4, 1, 5, 6), canvases_case(2, 3, 3, 3, 2),
           canvases_case(4, 2, 1, 5, 4, few=True), canvases_case(1, 1, 2, 3, 3)),
    known=(
        *with_signs("signs-kept", "A pixel that becomes darker is changed as well: take the "
                    "absolute change.", lambda c: np.diff(c, axis=0)),
        *with_signs("sizes-of-canvases", "np.abs is around the canvases, and belongs around their "
                    "differences: np.abs(np.diff(canvases, axis=0)).",
                    lambda c: np.diff(np.abs(c), axis=0)),
        Known("increases-only", "A pixel that becomes darker is changed as well: here only those "
              "that become lighter count.",
              touched_by(change=lambda c: np.maximum(np.diff(c, axis=0), 0))),
        Known("least-changed-first", "The pixels that are changed most come first; np.sort begins "
              "with the smallest.", touched_by(order=lambda v: np.sort(v, axis=-1))),
        Known("not-sorted", "The pixels are taken as they lie: sort them by how much they are "
              "changed.", touched_by(order=lambda v: v)),
        Known("sorted-over-the-images", "It sorts along the images: np.sort is to go along the "
              "pixels, the last axis.", touched_by(order=lambda v: -np.sort(-v, axis=1))),
        Known("one-pixel-too-few", "The pixel that brings the sum to nine tenths counts, too.",
              touched_by(count=lambda reached: np.sum(reached < 0.9, axis=-1))),
        Known("one-pixel-too-many", "It stops one pixel too late.",
              touched_by(count=lambda reached: np.sum(reached < 0.9, axis=-1) + 2)),
        Known("one-tenth", "It stops at one tenth of the change, and not at nine.",
              touched_by(count=lambda reached: np.sum(reached < 0.1, axis=-1) + 1)),
        Known("the-rest", "This is the share of the pixels that are left.",
              touched_by(share=lambda count, D: 1 - count / D)),
        Known("number-for-share", "This is the number of pixels: divide by how many there are.",
              touched_by(share=lambda count, D: count)),
        Known("changes-squared", "The changes are squared; their sizes are to be added.",
              touched_by(change=lambda c: np.diff(c, axis=0) ** 2)),
        Known("from-the-first-canvas", "The change of a step is that from the canvas before it, "
              "and not from the first canvas.", touched_by(change=lambda c: np.abs(c[1:] - c[0]))),
        Known("channels-not-counted", "Channels count as pixels of their own.",
              touched_by(change=lambda c: np.sum(np.abs(np.diff(c, axis=0)), axis=2))),
        Known("images-together", "Each image has its own order, and its own nine tenths.",
              batch_together),
        Known("a-tenth-of-the-largest", "This is the share of pixels that change by more than a "
              "tenth of the largest change. What part of the whole change do they make up?",
              strongly_changed),
        Known("changed-at-all", "This is the share of pixels that are changed at all.",
              any_change),
    ),
    properties=(does_not_mind_the_sign,),
    hints=(
        "Four things in a row: the sizes of the changes; sorted, the largest first; added up one "
        "after the other; and counted. NumPy has np.diff, np.sort and np.cumsum.",
        "Bring the pixels of an image onto one axis: reshape(T, M, -1). np.sort begins with the "
        "smallest; -np.sort(-v) with the largest.",
        "With the running sum divided by the whole, (reached < 0.9).sum(axis=-1) pixels are not "
        "enough, and one more is. In the end .astype(canvases.dtype).",
    ),
    solution=(solutions.touched, first.touched),
)  # fmt: skip

# ---------------------------------------------------------------- 1.5


def diagonal(image):
    """The suspect: two of the four pixels."""
    outline = (image[..., ::2, ::2] + image[..., 1::2, 1::2]) / 2
    return outline, image - first.doubled(outline)


def apart_by(shrink=first.halved, enlarge=first.doubled, rest=np.subtract):
    """Outline and detail with some of their parts exchanged."""

    def apart(image):
        outline = shrink(image)
        return outline, rest(image, enlarge(outline))

    return apart


def squares_by_shape(image):
    """The mean of every square, by means of two more axes."""
    *leading, B, A = image.shape
    return image.reshape(*leading, B // 2, 2, A // 2, 2).mean(axis=(-3, -1))


def tiled(outline):
    """The outline four times, as tiles."""
    return np.concatenate([np.concatenate([outline] * 2, axis=-1)] * 2, axis=-2)


def puts_together_again(f):
    """Outline enlarged plus detail."""
    image = np.array([[9.0, 7.0, 1.0, 0.0], [3.0, 2.0, 4.0, 8.0]])
    outline, detail = (np.asarray(part) for part in f(image.copy()))
    again = np.repeat(np.repeat(outline, 2, axis=0), 2, axis=1) + detail
    if not np.allclose(again, image):
        row, back = (", ".join(f"{v:.4g}" for v in r) for r in (image[0], again[0]))
        return (
            "outline enlarged plus detail is the picture again, whatever the outline; here the "
            f"row {row} comes back as {back}"
        )
    return None


def apart_case(*shape):
    """A picture, or several."""
    return Case(f"for a picture of {' x '.join(map(str, shape))}", (rng.random(shape),))


OUTLINE = Exercise(
    "1.5",
    "keeps_the_light",
    solutions.apart,
    gives=("outline", "detail"),
    cases=(apart_case(4, 6), apart_case(2, 2), apart_case(3, 1, 6, 4), apart_case(2, 3, 2, 8)),
    known=(
        Known("upper-left-pixel", "The outline takes one pixel of each square; it is the mean of "
              "all four.", apart_by(lambda v: v[..., ::2, ::2])),
        Known("other-diagonal", "The other diagonal alone is no better: it takes all four "
              "pixels.", apart_by(lambda v: (v[..., 1::2, ::2] + v[..., ::2, 1::2]) / 2)),
        Known("upper-pair", "Only the upper two pixels of each square are averaged.",
              apart_by(lambda v: (v[..., ::2, ::2] + v[..., ::2, 1::2]) / 2)),
        Known("left-pair", "Only the left two pixels of each square are averaged.",
              apart_by(lambda v: (v[..., ::2, ::2] + v[..., 1::2, ::2]) / 2)),
        Known("sum-for-mean", "The four pixels are added; divide by 4.",
              apart_by(lambda v: 4 * first.halved(v))),
        Known("divided-by-two", "There are four pixels in a square now: divide by 4.",
              apart_by(lambda v: 2 * first.halved(v))),
        Known("brightest-of-four", "The outline is the mean of four pixels, and not the brightest.",
              apart_by(lambda v: np.maximum(
                  np.maximum(v[..., ::2, ::2], v[..., 1::2, ::2]),
                  np.maximum(v[..., ::2, 1::2], v[..., 1::2, 1::2])))),
        Known("halves-for-neighbours", "The four pixels of a square are neighbours, and do not "
              "come from the four quarters of the picture: use steps of 2.",
              apart_by(lambda v: sum(
                  part for rows in np.split(v, 2, axis=-2)
                  for part in np.split(rows, 2, axis=-1)) / 4)),
        Known("tiled", "Enlarging makes a square of each pixel; this lays four copies of the "
              "outline side by side.", apart_by(enlarge=tiled)),
        Known("detail-turned", "The detail is picture minus outline, and not the reverse.",
              apart_by(rest=lambda image, enlarged: enlarged - image)),
    ),
    properties=(puts_together_again,),
    suspect=Suspect("suspect_apart", diagonal, (solutions.apart, apart_by(squares_by_shape)),
                    advice="it is the mean of the outline, not its sum, that is equal to the "
                    "picture's; it is so for every picture of even sides. Use the argument apart, "
                    "not suspect_apart"),
    hints=(
        "That everything can be put together again is true of any outline: the detail takes care "
        "of it. So look at the outline alone, of a picture with four different pixels.",
        "All four pixels count alike in a mean. So the outline as a whole is exactly as light as "
        "the picture, and the detail, summed over a square, is 0.",
        "np.isclose(outline.mean(), image.mean()), for a picture whose pixels follow no pattern. "
        "Section 1.4 has the four parts that a right outline adds.",
    ),
    solution=(solutions.keeps_the_light, solutions.apart, first.halved, first.doubled),
)  # fmt: skip

EXERCISES = (NEAREST, PRINTED, BITS, REACH, OUTLINE)
