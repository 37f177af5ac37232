"""Exercises of chapter 2: differences, the chain rule on arrays, and checks that lie."""

import numpy as np

from draw_np.book import tape
from draw_np.manual import nn as blocks
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers, sized

rng, normal = numbers(2)


# ---------------------------------------------------------------- 2.1


def cubic(x):
    """A number that depends on every entry of x in its own way, and on all of them together."""
    weights = np.arange(1, x.size + 1, dtype=x.dtype).reshape(x.shape)
    return np.sum(weights * x**3) + np.sum(x) ** 2


def waves(x):
    """A smooth function that is no polynomial."""
    return np.sum(np.sin(x)) + np.prod(np.cos(0.5 * x))


def steps_by_h(gradient):
    """f is asked at points that are h = 0.25 away."""
    x, steps = np.array([1.0, -0.5]), []

    def f(moved):
        steps.append(np.max(np.abs(moved - x)))
        return np.sum(moved**2)

    gradient(f, x.copy(), np.float64(0.25))
    assert np.isclose(max(steps), 0.25), (
        f"h = 0.25 is given, and f is asked at points up to {max(steps):.2g} from x"
    )


DIFFERENCES = Exercise(
    "2.1",
    solutions.central_gradient,
    cases=(
        Case("for an array of 3 and h = 0.25", (cubic, normal(3), np.float64(0.25))),
        Case("for an array of 2 x 3 and h = 0.25", (cubic, normal(2, 3), np.float64(0.25))),
        Case("for an array of 2 x 3 and h = 0.5", (waves, normal(2, 3), np.float64(0.5))),
        Case("for an array of 2 x 1 x 2 and h = 0.5", (waves, normal(2, 1, 2), np.float64(0.5))),
        Case(
            "for an array of 4 and h = 0.001",
            (waves, normal(4), np.float64(1e-3)),
            {},
            ("float64",),
        ),
    ),
    properties=(steps_by_h,),
)

# ---------------------------------------------------------------- 2.2


BROADCAST = Exercise(
    "2.2",
    tape.fold,
    cases=tuple(
        Case(f"for d of shape {d} and an array of shape {a}", (normal(*d), a))
        for d, a in [
            ((5, 3), (3,)),
            ((5, 3), (1, 3)),
            ((5, 3), (5, 1)),
            ((5, 3), (5, 3)),
            ((2, 5, 3), (5, 1)),
            ((2, 5, 3), (1, 1)),
            ((4, 4), (4,)),
            ((5, 3), ()),
        ]
    ),
)

# ---------------------------------------------------------------- 2.3


def no_slope_along_x(backward):
    """A longer x has the same direction."""
    x, dy = np.array([[3.0, 4.0]]), np.array([[1.0, -0.5]])
    along = np.sum(np.asarray(backward(dy, x)) * x)
    assert abs(along) <= 1e-9, (
        "a longer x has the same direction, so dx has no part along x: the sum of dx x must "
        f"be 0; for x = (3, 4) it is {along:.4g}"
    )


def short_rows_have_steep_slopes(backward):
    """A thousandth of the length, a thousand times the slope."""
    x, dy = np.array([[3.0, 4.0]]), np.array([[1.0, -0.5]])
    long, short = backward(dy, x), backward(dy, x / 1000)
    assert np.allclose(short, 1000 * long), (
        "dx of x / 1000 is 1000 times dx of x, as a short row turns more easily; for x = "
        f"(3, 4) it is {np.linalg.norm(short) / np.linalg.norm(long):.4g} times as large"
    )


@sized("for {M:row} of {D}")
def rows_case(M, D):
    """dy and x."""
    return normal(M, D), normal(M, D)


def short_row():
    """A row of length 1e-3 before others, where a floor under r would show."""
    x = normal(3, 4)
    x[0] *= 1e-3 / np.linalg.norm(x[0])
    return Case("for 3 rows of 4, the first of length 0.001", (normal(3, 4), x), {"M": 3, "D": 4})


DIRECTION = Exercise(
    "2.3",
    solutions.unit_backward,
    cases=(
        *rows_case.each((2, 3), (4, 2), (3, 3), (1, 5)),
        short_row(),
    ),
    properties=(no_slope_along_x, short_rows_have_steep_slopes),
)

# ---------------------------------------------------------------- 2.4


def size(a, n):
    """The larger of |a| and |n|."""
    return np.maximum(np.abs(a), np.abs(n))


def zero_against_zero(error):
    """Two derivatives that are 0 agree."""
    found = np.asarray(error(np.zeros(2), np.zeros(2), np.float64(1e-8)))
    assert np.array_equal(found, np.zeros(2)), (
        f"two derivatives that are 0 agree: their error is 0; it is {found}"
    )


def symmetric(error):
    """Neither is the measure of the other."""
    a, n = np.array([1.0, -2.0]), np.array([2.0, -3.0])
    assert np.allclose(error(a, n, np.float64(1e-8)), error(n, a, np.float64(1e-8))), (
        "exchanging a and n must not change the error, and it does"
    )


GRADIENTS = {
    "for ordinary entries": (np.array([1.0, -2.0, 0.5, 1e-3]), np.array([1.1, -2.0, -0.5, 1.5e-3])),
    "for tiny and zero entries": (
        np.array([0.0, 0.0, -3e-9, 1.0]),
        np.array([0.0, 2e-9, 1e-9, 0.0]),
    ),
    "for gradients of shape (2, 2)": (
        np.array([[-4.0, 2.0], [3.0, -1.0]]),
        np.array([[-1.0, 2.5], [-3.0, -8.0]]),
    ),
    "for large entries": (np.array([1e4, -3e4, 20.0]), np.array([2e4, -3e4, 1e4])),
}

RELATIVE = Exercise(
    "2.4",
    solutions.relative_error,
    cases=(
        *(Case(about, (a, n, np.float64(1e-8))) for about, (a, n) in GRADIENTS.items()),
        Case(
            "for a floor of 0.5",
            (np.array([0.1, -0.4, 2.0]), np.array([0.2, -0.1, 1.0]), np.float64(0.5)),
        ),
    ),
    properties=(zero_against_zero, symmetric),
)

# ---------------------------------------------------------------- 2.5


@sized("for {M:image} of {D}, {H} units and {K} outputs")
def network_case(M, D, H, K):
    """x, target, W1, b1, W2 and b2."""
    return normal(M, D), normal(M, K), normal(D, H), normal(H), normal(H, K), normal(K)


NETWORK = Exercise(
    "2.5",
    solutions.network_backward,
    cases=network_case.each((2, 3, 4, 5), (5, 2, 3, 3), (1, 4, 2, 3)),
    solution=(solutions.network_backward, blocks.tanh_backward),
)

# ---------------------------------------------------------------- 2.6

TINY = 1e-30  # so that 0 against 0 is 0


def largest_error(analytic, numeric):
    """The largest |a - n| / max(|a|, |n|)."""
    return np.max(np.abs(analytic - numeric) / np.maximum(size(analytic, numeric), TINY))


def largest_by_loop(analytic, numeric):
    """A right one, written otherwise."""
    pairs = zip(np.ravel(analytic), np.ravel(numeric), strict=True)
    return max(abs(a - n) / max(abs(a), abs(n), TINY) for a, n in pairs)


def sees_tiny_entries(error):
    """1e-6 for 2e-6 is off by a half, beside whatever."""
    found = error(np.array([1.0, 1e-6]), np.array([1.0, 2e-6]))
    assert not found < 0.3, (
        f"1e-6 where 2e-6 is right is an error of a half, and it is {found:.2g} here: "
        "is there a floor that hides it?"
    )


CHECKS = {
    "for gradients of 5 entries": (normal(5), normal(5)),
    "for a small entry beside 1": (np.array([1.0, 2e-3]), np.array([1.0, 1e-3])),
    "for gradients of shape (2, 2)": (
        np.array([[3.0, -1.0], [-2e-2, 4.0]]),
        np.array([[3.1, -1.2], [-1e-2, 4.0]]),
    ),
    "for an entry of 1e-6 beside 1": (np.array([1.0, 1e-6]), np.array([1.0, 2e-6])),
}

HIDDEN = Exercise(
    "2.6",
    largest_error,
    cases=tuple(Case(about, pair) for about, pair in CHECKS.items()),
    properties=(sees_tiny_entries,),
    suspect=Suspect(largest_by_loop),
)

# ---------------------------------------------------------------- 2.0


def cube(x):
    """A function of one number."""
    return x**3


def slope(f, x, h):
    """The right answer."""
    return (f(x + h) - f(x - h)) / (2 * h)


SLOPE = Exercise(
    "2.0",
    slope,
    cases=tuple(
        Case(f"for {about} at x = {x:g} with h = {h:g}", (f, np.float64(x), np.float64(h)))
        for about, f, x, h in [
            ("x^3", cube, 0.7, 0.25),
            ("the sine", np.sin, -0.4, 0.5),
            ("exp", np.exp, -1.5, 0.25),
        ]
    ),
)
