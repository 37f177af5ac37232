"""Exercises of chapter 12: clutter, cross-entropy, windows, and an interval."""

import numpy as np

from draw_np.book.looking import wald  # noqa: F401, what is handed out in 12.4 calls it
from draw_np.data import cluttered, compose
from draw_np.manual import glimpse as manual
from draw_np.measuring import classification
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers, sized

rng, normal = numbers(12)
Z = classification.Z_95


# ---------------------------------------------------------------- 12.1


def in_any_order(f):
    """Adding does not mind the order."""
    canvas = np.zeros((4, 5))
    patches = np.full((2, 2), 0.75), np.full((3, 3), 0.5)
    places = (1, 1), (2, 2)
    forth = np.asarray(f(canvas.copy(), patches, places))
    back = np.asarray(f(canvas.copy(), patches[::-1], places[::-1]))
    assert np.allclose(forth, back), (
        "the order in which patches are added must not matter, and it does"
    )
    assert np.max(forth) <= 1, f"no pixel is brighter than 1; here one is {np.max(forth):.4g}"


def clutter_case(B, A, shapes, places, ground=0.0):
    """A canvas, patches of these shapes, and their places."""
    canvas = ground * rng.random((B, A))
    patches = tuple(rng.random(shape) for shape in shapes)
    about = f"for {len(shapes)} patches on {B} x {A} pixels" + (", not black" if ground else "")
    return Case(about, (canvas, patches, tuple(places)), {"B": B, "A": A})


CLUTTER = Exercise(
    "12.1",
    solutions.composed,
    cases=(
        clutter_case(7, 9, [(3, 3), (3, 3), (4, 4)], [(2, 4), (4, 2), (3, 3)]),
        clutter_case(8, 8, [(2, 3), (3, 2)], [(3, 2), (4, 3)], ground=0.8),
        clutter_case(6, 10, [(2, 2), (2, 2), (2, 2), (3, 5)], [(2, 2), (3, 3), (2, 3), (3, 4)]),
        clutter_case(5, 6, [(2, 2), (3, 3)], [(1, 1), (1, 2)]),
    ),
    properties=(in_any_order,),
    solution=(solutions.composed, cluttered.compose, compose.add_anywhere),
)

# ---------------------------------------------------------------- 12.2


def cross_entropy(logits, labels):
    """The right answer: loss and dlogits."""
    rows = np.arange(len(labels))
    a = logits - largest(logits)
    log_p = a - np.log(np.sum(np.exp(a), axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[rows, labels] -= 1
    return -np.mean(log_p[rows, labels]), dlogits / len(labels)


def largest(logits):
    """Of every row."""
    return np.max(logits, axis=1, keepdims=True)


def shifts_change_nothing(f):
    """All logits 7 higher: the same cost, and so a gradient that sums to 0 in every row."""
    logits, labels = np.array([[2.0, 1.0, 0.0], [0.0, -1.0, 1.0]]), np.array([1, 0])
    (loss, dlogits), (higher, _) = f(logits.copy(), labels), f(logits + 7, labels)
    assert np.isclose(loss, higher), (
        f"with all logits 7 higher the loss stays; it goes from {loss:.4g} to {higher:.4g}"
    )
    assert np.allclose(np.sum(dlogits, axis=1), 0), (
        "a shift of all logits changes nothing, so every row of dlogits sums to 0; the first "
        f"sums to {np.sum(dlogits[0]):.4g}"
    )


def sure_mistakes_cost_much(f):
    """A small number in the logarithm puts a bound on the cost."""
    loss, _ = f(np.array([[1000.0, 0.0]]), np.array([1]))
    assert not 10 < loss < 990 or np.isclose(loss, 1000 / np.log(10)), (
        "a sure mistake, logits 1000 and 0 and the class 1, costs 1000 nats; here it is "
        f"{loss:.4g}: is something added in the logarithm, or p kept above something?"
    )


FAR = np.array(
    [[1000.0, 0.0, -1000.0], [0.5, -1.0, 1.0], [-2000.0, -1990.0, -2001.0], [800.0, 0.0, 0.0]]
)


@sized("for {M} images and {K} classes")
def classes_case(M, K):
    """Logits and labels."""
    return normal(M, K), rng.integers(1, K, M)


CROSS_ENTROPY = Exercise(
    "12.2",
    cross_entropy,
    cases=(
        *classes_case.each((4, 3), (2, 5)),
        Case("for 1 image and 4 classes", (normal(1, 4), np.array([0])), {"M": 1, "K": 4}),
        Case(
            "for logits up to 1000 and below -1000",
            (FAR, np.array([2, 0, 1, 0])),
            {"M": 4},
            ("float64",),
        ),  # in float32 the spacing of numbers near 1000 is 0.00006
    ),
    properties=(shifts_change_nothing, sure_mistakes_cost_much),
    solution=(manual.cross_entropy_forward, manual.cross_entropy_backward),
)

# ---------------------------------------------------------------- 12.3


def window(g_X, g_Y, delta, N, A, B):
    """The window of M grids, half a pixel beyond the outermost centres, clipped to the image."""
    reach = delta * (N - 1) / 2 + 0.5
    left, right = (np.clip(g_X + side, 0.5, A + 0.5) for side in (-reach, reach))
    top, bottom = (np.clip(g_Y + side, 0.5, B + 0.5) for side in (-reach, reach))
    return left, top, right, bottom


def frames_its_pixels(f):
    """Well inside an image, from the outer edge of the first pixel to that of the last."""
    middle, stride = np.array([10.0]), np.array([3.0])
    found = [np.asarray(v).item() for v in f(middle, middle, stride, 5, 30, 30)]
    said = ", ".join(f"{v:.4g}" for v in found)
    assert np.allclose(found, [3.5, 3.5, 16.5, 16.5]), (
        "5 filters at the pixels 4, 7, 10, 13, 16 along x and y have the window 3.5, 3.5, "
        f"16.5, 16.5; it says {said}"
    )


WINDOWS = Exercise(
    "12.3",
    window,
    cases=tuple(
        Case(
            f"for {about}, N = {N}, A = {A}, B = {B}",
            (*map(np.array, grids), N, A, B),
            {"M": len(grids[0])},
        )
        for about, grids, N, A, B in [
            ("two windows inside", ([20.0, 31.5], [12.0, 9.25], [1.5, 0.3]), 5, 60, 40),
            (
                "three windows, two of them partly outside",
                ([3.0, 58.0, 30.0], [14.0, 37.5, 20.0], [2.0, 4.0, 1.0]),
                8,
                60,
                40,
            ),
            ("one window larger than the image", ([4.0], [6.0], [9.0]), 4, 7, 12),
            (
                "two windows whose centres are outside",
                ([-3.0, 66.0], [42.0, -1.5], [4.0, 12.0]),
                3,
                60,
                40,
            ),
            ("one filter alone", ([4.25], [6.0], [2.0]), 1, 9, 9),
        ]
    ),
    properties=(frames_its_pixels,),
)

# ---------------------------------------------------------------- 12.4


def wilson(share, n):
    """The right answer: the package's formula, for one share or an array of them."""
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    low, high = centre - reach, centre + reach
    return np.maximum(low, 0), np.minimum(high, 1)


def wilson_by_roots(share, n):
    """A right one, written otherwise: both solutions of a p^2 + b p + c = 0."""
    a, b, c = 1 + Z**2 / n, -(2 * share + Z**2 / n), share**2
    root = np.sqrt(b * b - 4 * a * c)
    return np.maximum((-b - root) / (2 * a), 0), np.minimum((-b + root) / (2 * a), 1)


INTERVAL = Exercise(
    "12.4",
    wilson,
    cases=tuple(
        Case(f"for {errors} errors of {n}", (np.float64(errors / n), n))
        for errors, n in [(13, 200), (0, 50), (1, 10), (20, 20)]
    ),
    suspect=Suspect(wilson_by_roots),
    solution=(classification.wilson,),
)

# ---------------------------------------------------------------- 12.0


def piece(image, row, column, h, w):
    """The right answer."""
    return image[row - 1 : row - 1 + h, column - 1 : column - 1 + w]


@sized("for {h} x {w} of {B} x {A} pixels, row {row}, column {column}")
def piece_case(B, A, row, column, h, w):
    """An image, a place and a size."""
    return normal(B, A), row, column, h, w


PIECE = Exercise(
    "12.0",
    piece,
    cases=piece_case.each(
        (8, 9, 4, 3, 3, 2),
        (9, 7, 3, 4, 3, 3),
        (5, 6, 1, 1, 2, 3),
        (4, 6, 3, 4, 2, 3),
        (3, 4, 1, 1, 3, 4),
        (3, 4, 2, 3, 1, 1),
    ),
)
