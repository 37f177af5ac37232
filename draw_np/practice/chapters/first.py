"""Exercises of chapter 1: the nearest picture, printers, how far steps reach, coarse pictures."""

import numpy as np

from draw_np.book import first
from draw_np.measuring import studies
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect, sized

rng = np.random.default_rng(1)

# ---------------------------------------------------------------- 1.1


@sized("for {M:image}, {n} training pictures, {C} x {B} x {A} pixels{seen}")
def nearest_case(M, n, C, B, A, dark=0, seen=""):
    """Bytes at random; ``dark`` makes the training pictures darker.

    ``seen``: an image is a training picture, too. It is black and white, in which
    |a|^2 + |b|^2 - 2 ab has no rounding, so that this way to the distance is as good as any.
    """
    images = rng.integers(0, 256, (M, C, B, A), dtype=np.uint8)
    train = rng.integers(0, 256 - dark, (n, C, B, A), dtype=np.uint8)
    if seen:
        images[0] = train[n // 2] = 255 * rng.integers(0, 2, (C, B, A))
    return images, train


NEAREST = Exercise(
    "1.1",
    solutions.nearest,
    cases=(
        nearest_case(5, 5, 1, 2, 3),
        nearest_case(4, 9, 3, 2, 2, dark=90),
        nearest_case(1, 7, 1, 4, 3),
        nearest_case(6, 4, 2, 1, 5),
        nearest_case(3, 6, 1, 3, 4, seen=", an image being among these"),
    ),
    solution=(solutions.nearest, studies.nearest),
)

# ---------------------------------------------------------------- 1.2


def certain_in_all(f):
    """With one kind only, nothing is left to chance."""
    chance = float(f(np.array([[[1.0, 0.0], [0.0, 1.0]]])))
    assert np.isclose(chance, 1, rtol=1e-10, atol=0), (
        "with one kind of picture every coin is certain, and the printer is right always; "
        f"the probability comes out as {chance:.10g}"
        f"{': are the biases clipped?' if np.isclose(chance, 1, rtol=0.1) else ''}"
    )


def kinds_case(about, rows):
    """Pictures from rows of strings of 0 and 1, a picture being rows with / between."""
    pictures = [[[float(v) for v in row] for row in picture.split("/")] for picture in rows]
    pictures = np.array(pictures)
    K, B, A = pictures.shape
    return Case(f"for {about}", (pictures,), {"K": K, "B": B, "A": A, "pixels": A * B})


PRINTED = Exercise(
    "1.2",
    solutions.printed_right,
    cases=(
        kinds_case("a stroke on the left and one on the right", ["10/10/10", "01/01/01"]),
        kinds_case("the three kinds of question 1", ["10/10/10", "01/01/01", "11/11/11"]),
        kinds_case(
            "five kinds of 2 x 3 pixels", ["110/010", "100/111", "000/001", "101/100", "111/110"]
        ),
        kinds_case(
            "four kinds with a pixel that is light in all", ["1011", "1100", "1010", "1001"]
        ),
    ),
    properties=(certain_in_all,),
)

# ---------------------------------------------------------------- 1.3


def fair_coins_take_a_bit(f):
    """784 fair coins take 784 bits."""
    x = np.array([[[[1.0, 0.0, 1.0]]], [[[0.0, 0.0, 0.0]]]])
    bits = np.asarray(f(x, np.full((1, 1, 3), 0.5)))
    said = ", ".join(f"{v:.4g}" for v in np.ravel(bits)[:2])
    assert np.allclose(bits, 3), (
        f"3 pixels that are fair coins take 3 bits, light or dark; here they take {said}"
    )


def sure_coins_cost(f):
    """However sure: the probability is not clipped."""
    bits = float(np.ravel(f(np.array([[[[1.0]]]]), np.array([[[1e-7]]])))[0])
    assert np.isclose(bits, -np.log2(1e-7)), (
        "a pixel that is light with probability 1e-7 takes 23.25 bits if it is light; here it "
        f"takes {bits:.4g}: is p clipped?"
    )


@sized("for {M:image} of {C} x {B} x {A}{sure}", pixels="CBA")
def bits_case(M, C, B, A, sure="", least=(0.001, 0.001)):
    """Pixels, and their probabilities; ``sure`` ones have ``least`` or 1 - ``least``.

    In float32, 1 - |x - p| is not exact where p is 1e-7, and is no worse an answer for that:
    so sure coins come in float64 alone.
    """
    p = rng.uniform(0.05, 0.95, (C, B, A))
    p = np.where(p < 0.5, least[0], 1 - least[1]) if sure else p
    x = (rng.random((M, C, B, A)) < 0.5).astype(float)
    return x, p


BITS = Exercise(
    "1.3",
    solutions.printer_bits,
    cases=(
        bits_case(2, 1, 3, 4),
        bits_case(3, 3, 2, 5),
        bits_case(2, 2, 2, 3, ", sure coins"),
        bits_case(1, 1, 4, 2),
        bits_case(2, 1, 3, 5, ", very sure coins", (1e-7, 1e-6), floats=("float64",)),
        bits_case(2, 1, 28, 28, ", sure coins"),
    ),
    properties=(fair_coins_take_a_bit, sure_coins_cost),
)

# ---------------------------------------------------------------- 1.4


def touched(canvases):
    """The share that every step changes, in the dtype of the canvases.

    Of the sorted changes, those whose running sum is below nine tenths are not enough, and
    one more is. A number of pixels is a whole number, and a share of them float64: the cast
    in the end brings back the dtype.
    """
    return first.touched(canvases, share=0.9).astype(canvases.dtype)


def does_not_mind_the_sign(f):
    """Darker counts as much as lighter."""
    canvas = np.zeros((2, 2, 1, 2, 5))
    canvas[1, 0, 0, 0] = 10.0, 5, 4, 0.25, 0.25
    canvas[1, 1] = -canvas[1, 0]
    up, down = np.ravel(np.asarray(f(canvas)))[:2]
    assert np.allclose([up, down], 0.3), (
        "changes of 10, 5, 4 and twice 0.25 in 10 pixels: three pixels make up nine tenths, a "
        f"share of 0.3, lighter or darker; it says {up:.4g} for lighter, {down:.4g} for darker"
    )


@sized("for {T:step}, {M:image} of {C} x {B} x {A}{few}")
def canvases_case(T, M, C, B, A, few=""):
    """Canvases of T steps, whose changes differ much in size; ``few``: some pixels only.

    Nowhere are nine tenths reached exactly: after a sum, right answers differ by rounding.
    """
    change = rng.standard_normal((T, M, C, B, A)) ** 3
    if few:
        change *= rng.random(change.shape) < 0.3
        change[0] = 0
        change[0, :, 0, 0, 0] = -0.5  # one pixel, and darker
    return (np.cumsum(np.concatenate([rng.random((1, M, C, B, A)), change]), axis=0),)


REACH = Exercise(
    "1.4",
    touched,
    cases=(
        canvases_case(2, 4, 1, 5, 6),
        canvases_case(2, 3, 3, 3, 2),
        canvases_case(4, 2, 1, 5, 4, few=", few pixels changed"),
        canvases_case(1, 1, 2, 3, 3),
        Case(
            "for changes of exactly nine tenths by one pixel",
            (np.array([[0.0, 0, 0, 0], [0.9, 1 - 0.9, 0, 0]]).reshape(2, 1, 1, 2, 2),),
            {"T": 1, "M": 1, "C": 1, "B": 2, "A": 2},
            ("float64",),  # however it is compared, by the rest of 1 - 0.9 too
        ),
    ),
    properties=(does_not_mind_the_sign,),
    solution=(touched, first.touched),
)

# ---------------------------------------------------------------- 1.5


def apart(image):
    """Coarse picture and detail: one level of the pyramid."""
    coarse, (detail,) = first.pyramid(image, levels=1)
    return coarse, detail


def apart_by_shape(image):
    """A right one, written otherwise: the mean of every square, by means of two more axes."""
    *leading, B, A = image.shape
    coarse = image.reshape(*leading, B // 2, 2, A // 2, 2).mean(axis=(-3, -1))
    return coarse, image - first.doubled(coarse)


def puts_together_again(f):
    """Coarse picture enlarged plus detail."""
    image = np.array([[9.0, 7.0, 1.0, 0.0], [3.0, 2.0, 4.0, 8.0]])
    coarse, detail = (np.asarray(part) for part in f(image.copy()))
    again = np.repeat(np.repeat(coarse, 2, axis=0), 2, axis=1) + detail
    row, back = (", ".join(f"{v:.4g}" for v in r) for r in (image[0], again[0]))
    assert np.allclose(again, image), (
        "coarse picture enlarged plus detail is the picture again, whatever the first; here "
        f"the row {row} comes back as {back}"
    )


def apart_case(*shape):
    """A picture, or several."""
    return Case(f"for a picture of {' x '.join(map(str, shape))}", (rng.random(shape),))


OUTLINE = Exercise(
    "1.5",
    apart,
    cases=(apart_case(4, 6), apart_case(2, 2), apart_case(3, 1, 6, 4), apart_case(2, 3, 2, 8)),
    properties=(puts_together_again,),
    suspect=Suspect(apart_by_shape),
    solution=(apart, first.halved, first.doubled),
    source=(first.pyramid,),
)

# ---------------------------------------------------------------- 1.0


def lightness(pictures):
    """The right answer."""
    return np.mean(pictures, axis=0)


@sized("for {K:picture} of {B} x {A}")
def pictures_case(K, B, A):
    """Black and white ones."""
    return (rng.integers(0, 2, (K, B, A)).astype(float),)


LIGHTNESS = Exercise(
    "1.0", lightness, cases=pictures_case.each((5, 3, 4), (4, 4, 4), (3, 2, 5), (1, 2, 2))
)
