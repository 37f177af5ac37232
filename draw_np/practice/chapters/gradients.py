"""Exercises of chapter 2: differences, the chain rule on arrays, and checks that lie."""

import numpy as np

from draw_np.book import tape
from draw_np.manual import nn as blocks
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect

rng = np.random.default_rng(2)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


# ---------------------------------------------------------------- 2.1


def cubic(x):
    """A number that depends on every entry of x in its own way, and on all of them together."""
    weights = np.arange(1, x.size + 1, dtype=x.dtype).reshape(x.shape)
    return np.sum(weights * x**3) + np.sum(x) ** 2


def waves(x):
    """A smooth function that is no polynomial."""
    return np.sum(np.sin(x)) + np.prod(np.cos(0.5 * x))


def slopes(one):
    """The gradient of which ``one(f, x, i, h)`` gives entry i."""

    def gradient(f, x, h):
        g = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            g[i] = one(f, x, i, h)
        return g

    return gradient


def unit(x, i):
    """1 at entry i, 0 elsewhere."""
    e = np.zeros_like(x)
    e[i] = 1
    return e


def rows_at_once(f, x, i, h):
    """The whole row x[i[0]] is moved."""
    e = unit(x, i[:1])
    return (f(x + h * e) - f(x - h * e)) / (2 * h)


def not_put_back(step):
    """After an entry was moved by h and by -h it stays there while the next ones are."""

    def gradient(f, x, h):
        x, g = x.copy(), np.zeros_like(x)
        for i in np.ndindex(x.shape):
            x[i] += step * h
            one = f(x)
            x[i] -= 2 * step * h
            g[i] = step * (one - f(x)) / (2 * h)
        return g

    return gradient


def steps_by_h(gradient):
    """f is asked at points that are h = 0.25 away."""
    x, steps = np.array([1.0, -0.5]), []

    def f(moved):
        steps.append(np.max(np.abs(moved - x)))
        return np.sum(moved**2)

    gradient(f, x.copy(), np.float64(0.25))
    if not np.isclose(max(steps), 0.25):
        return f"h = 0.25 is given, and f is asked at points up to {max(steps):.2g} from x"
    return None


DIFFERENCES = Exercise(
    "2.1",
    "central_gradient",
    solutions.central_gradient,
    gives=("gradient",),
    gradient=True,
    cases=(
        Case("for an array of 3 and h = 0.25", (cubic, normal(3), np.float64(0.25))),
        Case("for an array of 2 x 3 and h = 0.25", (cubic, normal(2, 3), np.float64(0.25))),
        Case("for an array of 2 x 3 and h = 0.5", (waves, normal(2, 3), np.float64(0.5))),
        Case("for an array of 2 x 1 x 2 and h = 0.5", (waves, normal(2, 1, 2), np.float64(0.5))),
        Case("for an array of 4 and h = 0.001", (waves, normal(4), np.float64(1e-3)), {},
             ("float64",)),
    ),
    known=(
        Known("forward-difference", "It takes (f(x + h) - f(x)) / h, the forward difference.",
              slopes(lambda f, x, i, h: (f(x + h * unit(x, i)) - f(x)) / h)),
        Known("backward-difference", "It takes (f(x) - f(x - h)) / h, the backward difference.",
              slopes(lambda f, x, i, h: (f(x) - f(x - h * unit(x, i))) / h)),
        Known("one-step-for-two", "The two points are 2h apart, and it divides by h.",
              slopes(lambda f, x, i, h: (f(x + h * unit(x, i)) - f(x - h * unit(x, i))) / h)),
        Known("all-entries-at-once", "It moves all entries together, and gets the sum of all "
              "derivatives everywhere: move one at a time.",
              slopes(lambda f, x, i, h: (f(x + h) - f(x - h)) / (2 * h))),
        Known("rows-at-once", "x[i] is a whole row where x has two axes: np.ndindex(x.shape) goes "
              "through the entries.", slopes(rows_at_once)),
        Known("not-put-back", "An entry that was moved is not put back before the next is.",
              not_put_back(1)),
        Known("not-put-back-from-above", "An entry that was moved stays at x + h while the next "
              "ones are moved: put it back.", not_put_back(-1)),
        Known("halved-and-multiplied", "a / 2 * h is (a / 2) h: the product 2h that divides needs "
              "brackets.",
              slopes(lambda f, x, i, h: (f(x + h * unit(x, i)) - f(x - h * unit(x, i))) / 2 * h)),
        Known("second-point-at-x", "The second point is x where it should be x - h, half as far "
              "away: after x + h, go back by 2h.",
              slopes(lambda f, x, i, h: (f(x + h * unit(x, i)) - f(x)) / (2 * h))),
    ),
    properties=(steps_by_h,),
    hints=(
        "Move one entry at a time. for i in np.ndindex(x.shape): goes through all, whatever the "
        "shape is; i is a tuple, so x[i] is a number.",
        "Add to x an array that is h at i and 0 elsewhere, and subtract it. So x itself stays "
        "as it is.",
        "g[i] = (f(x + step) - f(x - step)) / (2 * h), with step = np.zeros_like(x); step[i] = h.",
    ),
    solution=(solutions.central_gradient,),
)  # fmt: skip

# ---------------------------------------------------------------- 2.2


def folded_by(leading, stretched):
    """A wrong fold from what is done over the axes in front and over those of length 1."""

    def fold(d, shape):
        for _ in range(d.ndim - len(shape)):
            d = leading(d, axis=0)
        for axis, n in enumerate(shape):
            if n == 1 and d.shape[axis] > 1:
                d = np.expand_dims(stretched(d, axis=axis), axis)
        return d

    return fold


def first(d, axis):
    """The first of the copies."""
    return np.take(d, 0, axis)


BROADCAST = Exercise(
    "2.2",
    "fold",
    tape.fold,
    gives=("the folded d",),
    gradient=True,
    cases=tuple(
        Case(f"for d of shape {d} and an array of shape {a}", (normal(*d), a))
        for d, a in [((5, 3), (3,)), ((5, 3), (1, 3)), ((5, 3), (5, 1)), ((5, 3), (5, 3)),
                     ((2, 5, 3), (5, 1)), ((2, 5, 3), (1, 1)), ((4, 4), (4,)), ((5, 3), ())]
    ),
    known=(
        Known("mean-over-copies", "It averages over the copies. Each of them acts on the loss, "
              "and their derivatives add up.", folded_by(np.mean, np.mean)),
        Known("mean-over-stretched", "Along the axes of length 1 it averages where it should sum.",
              folded_by(np.sum, np.mean)),
        Known("mean-over-leading", "Along the axes in front it averages where it should sum.",
              folded_by(np.mean, np.sum)),
        Known("first-copy-only", "It takes the derivative of the first copy and forgets the "
              "others.", folded_by(first, first)),
        Known("everything-summed", "All of d is summed into every entry; only copies of the same "
              "entry belong together.",
              lambda d, shape: np.full(shape, np.sum(d), dtype=d.dtype)),
    ),
    hints=(
        "NumPy lines shapes up from the right. Axes that d has more are in front: sum over those.",
        "Then an axis of length 1 in `shape` was stretched to d's length: sum over it, with "
        "keepdims=True, so that it stays.",
        "d = d.sum(axis=tuple(range(d.ndim - len(shape)))); then, for every k with shape[k] == 1, "
        "d = d.sum(axis=k, keepdims=True).",
    ),
    solution=(tape.fold,),
)  # fmt: skip

# ---------------------------------------------------------------- 2.3


def lengths(x):
    """|x| of every row, (M, 1)."""
    return np.sqrt(np.sum(x * x, axis=1, keepdims=True))


def projected(dy, y, **along):
    """dy without its part along y, by a sum over these axes."""
    return dy - y * np.sum(dy * y, keepdims=True, **along)


def no_slope_along_x(backward):
    """A longer x has the same direction."""
    x, dy = np.array([[3.0, 4.0]]), np.array([[1.0, -0.5]])
    along = np.sum(np.asarray(backward(dy, x)) * x)
    if abs(along) > 1e-9:
        return (
            "a longer x has the same direction, so dx has no part along x: the sum of dx x must "
            f"be 0; for x = (3, 4) it is {along:.4g}"
        )
    return None


def short_rows_have_steep_slopes(backward):
    """A thousandth of the length, a thousand times the slope."""
    x, dy = np.array([[3.0, 4.0]]), np.array([[1.0, -0.5]])
    long, short = backward(dy, x), backward(dy, x / 1000)
    if not np.allclose(short, 1000 * long):
        return (
            "dx of x / 1000 is 1000 times dx of x, as a short row turns more easily; for x = "
            f"(3, 4) it is {np.linalg.norm(short) / np.linalg.norm(long):.4g} times as large"
        )
    return None


def short_row():
    """A row of length 1e-3 before others, where a floor under r would show."""
    x = normal(3, 4)
    x[0] *= 1e-3 / np.linalg.norm(x[0])
    return Case("for 3 rows of 4, the first of length 0.001", (normal(3, 4), x), {"M": 3, "D": 4})


DIRECTION = Exercise(
    "2.3",
    "unit_backward",
    solutions.unit_backward,
    gives=("dx",),
    gradient=True,
    cases=(
        *(Case(f"for {M} row{'s' * (M > 1)} of {D}", (normal(M, D), normal(M, D)),
               {"M": M, "D": D}) for M, D in [(2, 3), (4, 2), (3, 3), (1, 5)]),
        short_row(),
    ),
    known=(
        Known("length-held-fixed", "dx = dy / r: that r depends on x as well is forgotten.",
              lambda dy, x: dy / lengths(x)),
        Known("division-forgotten", "dy without its part along y is right; it must still be "
              "divided by r.", lambda dy, x: projected(dy, x / lengths(x), axis=1)),
        Known("x-for-y", "The part along y is x sum(x dy): x is longer than 1, y is not.",
              lambda dy, x: projected(dy, x, axis=1) / lengths(x)),
        Known("summed-over-images", "The sum runs over the rows; it belongs to the entries of "
              "each row.", lambda dy, x: projected(dy, x / lengths(x), axis=0) / lengths(x)),
        Known("one-sum-for-all-rows", "One sum over everything is used for all rows: each has its "
              "own.", lambda dy, x: projected(dy, x / lengths(x), axis=None) / lengths(x)),
        Known("sign-of-the-part-along-y", "The part along y is added where it is taken away.",
              lambda dy, x: 2 * dy / lengths(x) - projected(dy, x / lengths(x), axis=1)
              / lengths(x)),
    ),
    properties=(no_slope_along_x, short_rows_have_steep_slopes),
    hints=(
        "x stands in y = x / r twice: once above, and once in r. The two shares add up.",
        "From r^2 = sum_k x_k^2 follows dr/dx_q = x_q / r = y_q. And dr gets the share "
        "-sum_k dy_k x_k / r^2 = -sum_k dy_k y_k / r.",
        "dx = (dy - y s) / r with s = np.sum(y * dy, axis=1, keepdims=True).",
    ),
    solution=(solutions.unit_backward,),
)  # fmt: skip

# ---------------------------------------------------------------- 2.4


def size(a, n):
    """The larger of |a| and |n|."""
    return np.maximum(np.abs(a), np.abs(n))


def zero_against_zero(error):
    """Two derivatives that are 0 agree."""
    found = np.asarray(error(np.zeros(2), np.zeros(2), np.float64(1e-8)))
    if not np.array_equal(found, np.zeros(2)):
        return f"two derivatives that are 0 agree: their error is 0; it is {found}"
    return None


def symmetric(error):
    """Neither is the measure of the other."""
    a, n = np.array([1.0, -2.0]), np.array([2.0, -3.0])
    if not np.allclose(error(a, n, np.float64(1e-8)), error(n, a, np.float64(1e-8))):
        return "exchanging a and n must not change the error, and it does"
    return None


GRADIENTS = {
    "for ordinary entries":
        (np.array([1.0, -2.0, 0.5, 1e-3]), np.array([1.1, -2.0, -0.5, 1.5e-3])),
    "for tiny and zero entries":
        (np.array([0.0, 0.0, -3e-9, 1.0]), np.array([0.0, 2e-9, 1e-9, 0.0])),
    "for gradients of shape (2, 2)":
        (np.array([[-4.0, 2.0], [3.0, -1.0]]), np.array([[-1.0, 2.5], [-3.0, -8.0]])),
}  # fmt: skip

RELATIVE = Exercise(
    "2.4",
    "relative_error",
    solutions.relative_error,
    gives=("error",),
    cases=(
        *(Case(about, (a, n, np.float64(1e-8))) for about, (a, n) in GRADIENTS.items()),
        Case("for a floor of 0.5", (np.array([0.1, -0.4, 2.0]), np.array([0.2, -0.1, 1.0]),
                                    np.float64(0.5))),
    ),
    known=(
        Known("another-floor", "The floor is an argument, and need not be 1e-8.",
              lambda a, n, floor: np.abs(a - n) / np.maximum(size(a, n), 1e-8)),
        Known("no-floor", "Without the floor 0 against 0 is 0/0, and two derivatives of "
              "1e-9 that differ by rounding are an error.",
              lambda a, n, floor: np.abs(a - n) / size(a, n)),
        Known("absolute-error", "This is |a - n|, which calls everything small a success.",
              lambda a, n, floor: np.abs(a - n)),
        Known("relative-to-the-numeric", "It divides by |n| alone: where n is small by mistake, "
              "and a is not, all depends on the floor.",
              lambda a, n, floor: np.abs(a - n) / np.maximum(np.abs(n), floor)),
        Known("relative-to-the-analytic", "It divides by |a| alone.",
              lambda a, n, floor: np.abs(a - n) / np.maximum(np.abs(a), floor)),
        Known("signed", "a - n may be negative, and a negative error is below every tolerance.",
              lambda a, n, floor: (a - n) / np.maximum(size(a, n), floor)),
        Known("signed-size", "The larger of a and n, without their absolute values, is the "
              "smaller in size where both are negative.",
              lambda a, n, floor: np.abs(a - n) / np.maximum(np.maximum(a, n), floor)),
        Known("floor-added", "The floor is added, where it should only hold the size up.",
              lambda a, n, floor: np.abs(a - n) / (size(a, n) + floor)),
        Known("sum-of-sizes", "It divides by |a| + |n|, and not by the larger.",
              lambda a, n, floor: np.abs(a - n) / np.maximum(np.abs(a) + np.abs(n), floor)),
    ),
    properties=(zero_against_zero, symmetric),
    hints=(
        "np.maximum takes the larger of two arrays, entry by entry. It is not np.max.",
        "There are three in the denominator: |a|, |n| and the floor. Two calls of np.maximum.",
        "np.abs(a - n) / np.maximum(np.maximum(np.abs(a), np.abs(n)), floor)",
    ),
    solution=(solutions.relative_error,),
)  # fmt: skip

# ---------------------------------------------------------------- 2.5


def network_by(squash_back, mean=len, output=lambda y, target: y - target, back_W=lambda W: W.T):
    """The network's gradient with some of its parts exchanged."""

    def backward(x, target, W1, b1, W2, b2):
        a = x @ W1 + b1
        hidden = np.tanh(a)
        dy = output(hidden @ W2 + b2, target) / mean(x)
        da = squash_back(dy @ back_W(W2), a, hidden)
        return x.T @ da, da.sum(axis=0), hidden.T @ dy, dy.sum(axis=0)

    return backward


def right_slope(d, a, hidden):
    """Of tanh."""
    return d * (1 - hidden * hidden)


NETWORK = Exercise(
    "2.5",
    "network_backward",
    solutions.network_backward,
    gives=("dW1", "db1", "dW2", "db2"),
    gradient=True,
    cases=tuple(
        Case(f"for {M} image{'s' * (M > 1)} of {D}, {H} units and {K} outputs",
             (normal(M, D), normal(M, K), normal(D, H), normal(H), normal(H, K), normal(K)),
             {"M": M, "D": D, "H": H, "K": K})
        for M, D, H, K in [(2, 3, 4, 5), (5, 2, 3, 3), (1, 4, 2, 3)]
    ),
    known=(
        Known("mean-forgotten", "The loss is a mean over the images: its 1/M is missing.",
              network_by(right_slope, mean=lambda x: 1)),
        Known("tanh-forgotten", "The way back does not go through tanh.",
              network_by(lambda d, a, hidden: d)),
        Known("slope-without-the-square", "tanh has the slope 1 - tanh^2: the square is missing.",
              network_by(lambda d, a, hidden: d * (1 - hidden))),
        Known("slope-at-the-wrong-place", "1 - tanh^2 needs tanh's value, and not what went into "
              "it.", network_by(lambda d, a, hidden: d * (1 - a * a))),
        Known("slope-of-the-logistic", "h (1 - h) is the slope of the logistic function; tanh's "
              "is 1 - h^2.", network_by(lambda d, a, hidden: d * hidden * (1 - hidden))),
        Known("half-not-cancelled", "The 1/2 in the loss meets the 2 of the square: it goes.",
              network_by(right_slope, output=lambda y, target: (y - target) / 2)),
        Known("half-forgotten", "The 1/2 in the loss cancels the 2 of the square: there is none "
              "in dy.", network_by(right_slope, output=lambda y, target: 2 * (y - target))),
        Known("target-minus-output", "dy is the output minus the target: this climbs.",
              network_by(right_slope, output=lambda y, target: target - y)),
    ),
    hints=(
        "Compute a = x W1 + b1, h = tanh(a) and y = h W2 + b2 first, and keep them. Then go back "
        "from y.",
        "dy = (y - target) / M. Section 2.3 has dW2, db2 and dh from dy; then da = dh (1 - h^2).",
        "dW1 = x^T da and db1 = da.sum(axis=0), as for the last layer with other letters.",
    ),
    solution=(solutions.network_backward, blocks.affine_backward, blocks.tanh_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 2.6

TINY = 1e-30  # so that 0 against 0 is 0


def largest_error(analytic, numeric):
    """The largest |a - n| / max(|a|, |n|)."""
    return np.max(np.abs(analytic - numeric) / np.maximum(size(analytic, numeric), TINY))


def largest_by_loop(analytic, numeric):
    """A right one, written otherwise."""
    pairs = zip(np.ravel(analytic), np.ravel(numeric), strict=True)
    return max(abs(a - n) / max(abs(a), abs(n), TINY) for a, n in pairs)


def by_length(analytic, numeric):
    """The suspect: one length for everything."""
    return np.linalg.norm(analytic - numeric) / max(
        np.linalg.norm(analytic), np.linalg.norm(numeric)
    )


def sees_tiny_entries(error):
    """1e-6 for 2e-6 is off by a half, beside whatever."""
    found = error(np.array([1.0, 1e-6]), np.array([1.0, 2e-6]))
    if found < 0.3:
        return (
            f"1e-6 where 2e-6 is right is an error of a half, and it is {found:.2g} here: "
            "is there a floor that hides it?"
        )
    return None


CHECKS = {
    "for gradients of 5 entries": (normal(5), normal(5)),
    "for a small entry beside 1": (np.array([1.0, 2e-3]), np.array([1.0, 1e-3])),
    "for gradients of shape (2, 2)":
        (np.array([[3.0, -1.0], [-2e-2, 4.0]]), np.array([[3.1, -1.2], [-1e-2, 4.0]])),
    "for an entry of 1e-6 beside 1": (np.array([1.0, 1e-6]), np.array([1.0, 2e-6])),
}  # fmt: skip

HIDDEN = Exercise(
    "2.6",
    "notices_small_slips",
    largest_error,
    gives=("error",),
    cases=tuple(Case(about, pair) for about, pair in CHECKS.items()),
    known=(
        Known("absolute-error", "The difference is not divided by anything: it is the largest "
              "absolute error.", lambda a, n: np.max(np.abs(a - n))),
        Known("relative-to-the-largest", "Every difference is divided by the largest entry, which "
              "hides small ones again.", lambda a, n: np.max(np.abs(a - n)) / np.max(size(a, n))),
        Known("mean-error", "The mean of the relative errors hides one wrong entry among many "
              "right ones.", lambda a, n: np.mean(np.abs(a - n) / size(a, n))),
        Known("signed", "Without absolute values negative errors never count.",
              lambda a, n: np.max((a - n) / size(a, n))),
        Known("relative-to-the-numeric", "It divides by |n| alone, and not by the larger of both.",
              lambda a, n: np.max(np.abs(a - n) / np.abs(n))),
        Known("floor-of-one", "A floor of 1 makes the error absolute for all small entries.",
              lambda a, n: np.max(np.abs(a - n) / np.maximum(size(a, n), 1))),
        Known("relative-to-the-analytic", "It divides by |a| alone, and not by the larger of "
              "both.", lambda a, n: np.max(np.abs(a - n) / np.abs(a))),
        Known("sum-of-sizes", "It divides by |a| + |n|, and not by the larger.",
              lambda a, n: np.max(np.abs(a - n) / (np.abs(a) + np.abs(n)))),
    ),
    properties=(sees_tiny_entries,),
    suspect=Suspect("suspect_error", by_length, (largest_error, largest_by_loop)),
    hints=(
        "Section 2.6, the third lie: give it two gradients with one large entry, which is right, "
        "and a small one, which is not.",
        "analytic = np.array([1.0, 2e-4]), numeric = np.array([1.0, 1e-4]): the second entry is "
        "off by a half. What does suspect_error say?",
        "return error(analytic, numeric) > 0.1; then mend it entry by entry: np.abs, np.maximum, "
        "and np.max at the end.",
    ),
    solution=(solutions.notices_small_slips, largest_error),
)  # fmt: skip

EXERCISES = (DIFFERENCES, BROADCAST, DIRECTION, RELATIVE, NETWORK, HIDDEN)
