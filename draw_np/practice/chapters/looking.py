"""Exercises of chapter 12: clutter, cross-entropy, windows, and an interval."""

import numpy as np

from draw_np.book.looking import wald
from draw_np.data import cluttered, compose
from draw_np.manual import glimpse as manual
from draw_np.measuring import classification
from draw_np.pictures import plot
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect

rng = np.random.default_rng(12)
Z = classification.Z_95


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


# ---------------------------------------------------------------- 12.1


def added(image, part, patch):
    """A patch added to its part of an image."""
    image[part] += patch


def pasted(image, part, patch):
    """A patch in the place of what was there."""
    image[part] = patch


def brighter(image, part, patch):
    """Of patch and image the brighter."""
    image[part] = np.maximum(image[part], patch)


def from_corner(row, column, h, w):
    """The part of an image whose upper left pixel is (row, column), counted from 1."""
    return slice(row - 1, row - 1 + h), slice(column - 1, column - 1 + w)


def composed_by(put=added, part=from_corner, start=np.copy, end=lambda image: np.minimum(image, 1)):
    """An image with clutter, with some of its parts exchanged."""

    def composed(canvas, patches, places):
        image = start(canvas)
        for patch, place in zip(patches, places, strict=True):
            put(image, part(*place, *patch.shape), patch)
        return end(image)

    return composed


def clipped_before_the_last(canvas, patches, places):
    """The last patch is added to what was cut off."""
    image = solutions.composed(canvas, patches[:-1], places[:-1])
    return composed_by(end=lambda image: image)(image, patches[-1:], places[-1:])


def last_patch_only(canvas, patches, places):
    """Every patch begins anew with the canvas."""
    return solutions.composed(canvas, patches[-1:], places[-1:])


def in_any_order(f):
    """Adding does not mind the order."""
    canvas = np.zeros((4, 5))
    patches = np.full((2, 2), 0.75), np.full((3, 3), 0.5)
    places = (1, 1), (2, 2)
    forth = np.asarray(f(canvas.copy(), patches, places))
    back = np.asarray(f(canvas.copy(), patches[::-1], places[::-1]))
    if not np.allclose(forth, back):
        return "the order in which patches are added must not matter, and it does"
    if np.max(forth) > 1:
        return f"no pixel is brighter than 1; here one is {np.max(forth):.4g}"
    return None


def clutter_case(B, A, shapes, places, ground=0.0):
    """A canvas, patches of these shapes, and their places."""
    canvas = ground * rng.random((B, A))
    patches = tuple(rng.random(shape) for shape in shapes)
    about = f"for {len(shapes)} patches on {B} x {A} pixels" + (", not black" if ground else "")
    return Case(about, (canvas, patches, tuple(places)), {"B": B, "A": A})


CLUTTER = Exercise(
    "12.1",
    "composed",
    solutions.composed,
    gives=("image",),
    cases=(
        clutter_case(7, 9, [(3, 3), (3, 3), (4, 4)], [(2, 4), (4, 2), (3, 3)]),
        clutter_case(8, 8, [(2, 3), (3, 2)], [(3, 2), (4, 3)], ground=0.8),
        clutter_case(6, 10, [(2, 2), (2, 2), (2, 2), (3, 5)],
                     [(2, 2), (3, 3), (2, 3), (3, 4)]),
        clutter_case(5, 6, [(2, 2), (3, 3)], [(1, 1), (1, 2)]),
    ),
    known=(
        Known("counted-from-0", "Rows and columns of places count from 1, and indices of an array "
              "from 0: everything is one pixel too low and too far to the right.",
              composed_by(part=lambda row, column, h, w:
                          (slice(row, row + h), slice(column, column + w)))),
        Known("row-and-column-exchanged", "A place is (row, column), and the image's first axis "
              "are its rows.",
              composed_by(part=lambda row, column, h, w: from_corner(column, row, h, w))),
        Known("place-is-the-middle", "A place is that of the patch's upper left pixel, and not of "
              "its middle.",
              composed_by(part=lambda row, column, h, w:
                          from_corner(row - h // 2, column - w // 2, h, w))),
        Known("pasted", "A patch is put in the place of what was there, and should be added to "
              "it.", composed_by(pasted)),
        Known("brighter-of-both", "Where patches overlap it takes the brighter; they are to be "
              "added.", composed_by(brighter)),
        Known("not-clipped", "Sums above 1 are not cut off.", composed_by(end=lambda image: image)),
        Known("clipped-before-the-last", "It cuts off at 1 before the last patch is added, and "
              "not after it.", clipped_before_the_last),
        Known("scaled-to-1", "It divides the image by its largest sum; sums above 1 are cut off, "
              "and all others stay.",
              composed_by(end=lambda image: image / max(1, np.max(image)))),
        Known("wraps-around", "Sums above 1 begin at 0 again, as bytes do above 255.",
              composed_by(end=lambda image: np.where(image > 1, image - np.floor(image), image))),
        Known("last-patch-only", "Every patch is added to the canvas as it was at first, so that "
              "only the last one stays.", last_patch_only),
        Known("canvas-forgotten", "It begins with a black image, and not with the canvas.",
              composed_by(start=np.zeros_like)),
    ),
    properties=(in_any_order,),
    hints=(
        "A loop over zip(patches, places). Copy the canvas first: += writes into the array that "
        "it is given.",
        "Pixel (row, column), counted from 1, is image[row - 1, column - 1]. From there the patch "
        "reaches h rows down and w columns to the right.",
        "image[row - 1 : row - 1 + h, column - 1 : column - 1 + w] += patch, and in the end "
        "np.minimum(image, 1).",
    ),
    solution=(solutions.composed, cluttered.compose, compose.add_anywhere),
)  # fmt: skip

# ---------------------------------------------------------------- 12.2


def cross_entropy(logits, labels):
    """The right answer, by the package: loss and dlogits."""
    (cost, _), cache = manual.cross_entropy_forward(logits, labels)
    share = np.full_like(cost, 1 / len(cost))  # what each image's cost has in the mean
    return np.mean(cost), manual.cross_entropy_backward(share, cache)


def largest(logits):
    """Of every row."""
    return np.max(logits, axis=1, keepdims=True)


def softmax(logits, shift=largest, axis=1):
    """p of every class."""
    e = np.exp(logits - shift(logits))
    return e / np.sum(e, axis=axis, keepdims=True)


def cost_by(p):
    """Loss and gradient by way of p, which may be 0."""

    def cost(logits, labels):
        q = p(logits)
        right = np.eye(q.shape[1], dtype=q.dtype)[labels]
        return np.mean(-np.log(np.sum(right * q, axis=1))), (q - right) / len(q)

    return cost


def smallest(logits):
    """Of every row."""
    return np.min(logits, axis=1, keepdims=True)


def average(logits):
    """Of every row."""
    return np.mean(logits, axis=1, keepdims=True)


def nothing(logits):
    """No shift."""
    return 0


def log_p_by(inside=largest, outside=largest):
    """Loss and gradient by way of log p, with the shifts of the sum and of what is beside it."""

    def cost(logits, labels):
        total = np.sum(np.exp(logits - inside(logits)), axis=1, keepdims=True)
        log_p = logits - outside(logits) - np.log(total)
        right = np.eye(logits.shape[1], dtype=logits.dtype)[labels]
        loss = -np.mean(log_p[np.arange(len(labels)), labels])
        return loss, (np.exp(log_p) - right) / len(labels)

    return cost


def columns_for_entries(logits, labels):
    """[:, labels] in the place of [np.arange(M), labels], in the loss and in the gradient."""
    p = softmax(logits)
    dlogits = p.copy()
    dlogits[:, labels] -= 1
    log_p = logits - largest(logits)
    log_p = log_p - np.log(np.sum(np.exp(log_p), axis=1, keepdims=True))
    return -np.mean(log_p[:, labels]), dlogits / len(p)


def epsilon_in_the_logarithm(epsilon):
    """-log(p + epsilon)."""
    return loss_by(lambda loss, a, y:
                   -np.mean(np.log(softmax(a)[np.arange(len(y)), y] + epsilon)))  # fmt: skip


def gradient_by(slope=np.subtract, share=len):
    """The right loss, with another gradient."""

    def cost(logits, labels):
        q = softmax(logits)
        right = np.eye(q.shape[1], dtype=q.dtype)[labels]
        return cross_entropy(logits, labels)[0], slope(q, right) / share(q)

    return cost


def loss_by(change):
    """The right gradient, with another loss."""

    def cost(logits, labels):
        loss, dlogits = cross_entropy(logits, labels)
        return change(loss, logits, labels), dlogits

    return cost


def minus_p(logits, labels):
    """The logarithm is forgotten."""
    return -np.mean(softmax(logits)[np.arange(len(labels)), labels])


def shifts_change_nothing(f):
    """All logits 7 higher: the same cost, and so a gradient that sums to 0 in every row."""
    logits, labels = np.array([[2.0, 1.0, 0.0], [0.0, -1.0, 1.0]]), np.array([1, 0])
    (loss, dlogits), (higher, _) = f(logits.copy(), labels), f(logits + 7, labels)
    if not np.isclose(loss, higher):
        return f"with all logits 7 higher the loss stays; it goes from {loss:.4g} to {higher:.4g}"
    if not np.allclose(np.sum(dlogits, axis=1), 0):
        return (
            "a shift of all logits changes nothing, so every row of dlogits sums to 0; the first "
            f"sums to {np.sum(dlogits[0]):.4g}"
        )
    return None


def sure_mistakes_cost_much(f):
    """A small number in the logarithm puts a bound on the cost."""
    loss, _ = f(np.array([[1000.0, 0.0]]), np.array([1]))
    if 10 < loss < 990:
        return (
            "a sure mistake, logits 1000 and 0 and the class 1, costs 1000 nats; here it is "
            f"{loss:.4g}: is something added in the logarithm, or p kept above something?"
        )
    return None


FAR = np.array([[1000.0, 0.0, -1000.0], [0.5, -1.0, 1.0], [-2000.0, -1990.0, -2001.0],
                [800.0, 0.0, 0.0]])  # fmt: skip

SHIFTS = {  # what is taken away from the logits in the place of the largest
    "overflows": ("exp(1000) overflows: subtract the largest logit of each row first.", nothing),
    "shift-by-the-smallest": ("The smallest logit of each row is subtracted, and exp(2000) "
                              "overflows: subtract the largest.", smallest),
    "shift-by-the-mean": ("The mean of each row is subtracted, and exp(1000) overflows: subtract "
                          "the largest.", average),
}  # fmt: skip

CROSS_ENTROPY = Exercise(
    "12.2",
    "cross_entropy",
    cross_entropy,
    gives=("loss", "dlogits"),
    cases=(
        *(Case(f"for {M} images and {K} classes", (normal(M, K), rng.integers(1, K, M)),
               {"M": M, "K": K}) for M, K in [(4, 3), (2, 5)]),
        Case("for 1 image and 4 classes", (normal(1, 4), np.array([0])), {"M": 1, "K": 4}),
        Case("for logits up to 1000 and below -1000", (FAR, np.array([2, 0, 1, 0])), {"M": 4},
             ("float64",)),  # in float32 the spacing of numbers near 1000 is 0.00006
    ),
    known=(
        Known("mean-forgotten-on-the-way-back", "The loss is a mean over the images, so dlogits "
              "is divided by M.", gradient_by(share=lambda p: 1)),
        Known("sum-over-the-images", "The loss is the mean over the images; this is their sum.",
              lambda a, y: tuple(v * len(a) for v in cross_entropy(a, y))),
        Known("divided-by-the-classes-too", "The mean is over the M images alone: dlogits is "
              "divided by M, and not by M K.", gradient_by(share=np.size)),
        Known("softmax-over-the-images", "The softmax goes along the wrong axis: the classes of "
              "one image sum to 1.",
              cost_by(lambda a: softmax(a, lambda a: np.max(a, axis=0), 0))),
        Known("sign-of-the-gradient", "It is p minus one-hot: this climbs.",
              gradient_by(lambda p, right: right - p)),
        Known("one-hot-forgotten", "dlogits is p alone: the 1 at the right class must be taken "
              "away.", gradient_by(lambda p, right: p)),
        Known("right-class-only", "Only the right class has a gradient here. The other logits "
              "stand in the sum, and have p_k.",
              gradient_by(lambda p, right: right * (p - 1))),
        Known("slope-of-the-softmax", "p - onehot is the derivative by the logits already; p(1 - "
              "p) does not come on top.",
              gradient_by(lambda p, right: (p - right) * p * (1 - p))),
        Known("labels-from-1", "Classes count from 0: class y is column y.",
              lambda a, y: cross_entropy(a, (y - 1) % a.shape[1])),
        Known("columns-for-entries", "[:, labels] takes the columns of all labels in every row. "
              "One entry in each row is meant: [np.arange(M), labels].", columns_for_entries),
        *(Known(name, "A small number in the logarithm bounds the cost of a sure mistake. From "
                "logits none is needed: log sum exp minus the logit.",
                epsilon_in_the_logarithm(epsilon))
          for name, epsilon in {"epsilon-in-the-logarithm": 1e-8,
                                "epsilon-in-the-logarithm-of-1e-12": 1e-12}.items()),
        Known("bits-for-nats", "The cost is in bits; nats take the natural logarithm.",
              loss_by(lambda loss, a, y: loss / np.log(2))),
        Known("shift-used-once", "The largest logit is taken away in the sum, and not from the "
              "right class's logit: take it away from both.",
              loss_by(lambda loss, a, y: loss - np.mean(largest(a)))),
        Known("logarithm-forgotten", "The cost is -log p, and not -p.",
              loss_by(lambda loss, a, y: minus_p(a, y))),
        Known("shift-used-once-in-log-p", "The largest logit is taken away in the sum, and not "
              "from the logits beside it: take it away from both.", log_p_by(outside=nothing)),
        Known("shift-beside-the-sum-only", "The largest logit is taken away from the logits, and "
              "not in the sum, where exp(1000) overflows: take it away from both.",
              log_p_by(inside=nothing)),
        *(Known(name + by, says, cost)
          for name, (says, shift) in SHIFTS.items()
          for by, cost in {"": cost_by(lambda a, shift=shift: softmax(a, shift)),
                           "-in-log-p": log_p_by(shift, shift)}.items()),
        Known("one-shift-for-all-images", "The largest logit of all is subtracted from every row. "
              "A row far below it is left with 0/0: each needs its own.",
              cost_by(lambda a: softmax(a, np.max))),
        Known("probability-of-0", "The probability rounds to 0, and its logarithm is infinite: "
              "take log sum exp minus the logit.", cost_by(softmax)),
    ),
    properties=(shifts_change_nothing, sure_mistakes_cost_much),
    hints=(
        "-log p_y = log sum_j exp(l_j) - l_y. Subtract every row's largest logit first; nothing "
        "changes, and nothing overflows.",
        "logits[np.arange(M), labels] are the logits of the right classes. For the gradient, make "
        "p, and take 1 away at the same places.",
        "With a = logits - logits.max(axis=1, keepdims=True) and e = np.exp(a): the loss is the "
        "mean of np.log(e.sum(axis=1)) - a[np.arange(M), labels].",
        "p = e / e.sum(axis=1, keepdims=True); p[np.arange(M), labels] -= 1; dlogits = p / M.",
    ),
    solution=(manual.cross_entropy_forward, manual.cross_entropy_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 12.3


def window(g_X, g_Y, delta, N, A, B):
    """The right answer, by the package, for M windows."""
    boxes = [plot.window(*grid, N, A, B) for grid in zip(g_X, g_Y, delta, strict=True)]
    return tuple(np.array(boxes, g_X.dtype).T)


def corners_by(reach=lambda delta, N: delta * (N - 1) / 2 + 0.5, limits=lambda A: (0.5, A + 0.5),
               cut=np.clip, sizes=lambda A, B: (A, B), order=(0, 1, 2, 3)):  # fmt: skip
    """The corners with some of their parts exchanged."""

    def corners(g_X, g_Y, delta, N, A, B):
        r, (across, down) = reach(delta, N), sizes(A, B)
        left, right = (cut(g_X + side, *limits(across)) for side in (-r, r))
        top, bottom = (cut(g_Y + side, *limits(down)) for side in (-r, r))
        found = left, top, right, bottom
        return tuple(found[k] for k in order)

    return corners


def pushed_inside(g_X, g_Y, delta, N, A, B):
    """What reaches out of the image is moved, and not cut."""
    r = delta * (N - 1) / 2 + 0.5
    x, y = (np.maximum(np.minimum(g, size + 0.5 - r), 0.5 + r) for g, size in ((g_X, A), (g_Y, B)))
    return x - r, y - r, x + r, y + r


def extent(g_X, g_Y, delta, N, A, B):
    """Width and height in the place of right and bottom."""
    left, top, right, bottom = window(g_X, g_Y, delta, N, A, B)
    return left, top, right - left, bottom - top


def frames_its_pixels(f):
    """Well inside an image, from the outer edge of the first pixel to that of the last."""
    middle, stride = np.array([10.0]), np.array([3.0])
    found = [np.asarray(v).item() for v in f(middle, middle, stride, 5, 30, 30)]
    if not np.allclose(found, [3.5, 3.5, 16.5, 16.5]):
        said = ", ".join(f"{v:.4g}" for v in found)
        return (
            "5 filters at the pixels 4, 7, 10, 13, 16 along x and y have the window 3.5, 3.5, "
            f"16.5, 16.5; it says {said}"
        )
    return None


WINDOWS = Exercise(
    "12.3",
    "window",
    window,
    gives=("left", "top", "right", "bottom"),
    cases=tuple(
        Case(f"for {about}, N = {N}, A = {A}, B = {B}",
             (*map(np.array, grids), N, A, B), {"M": len(grids[0])})
        for about, grids, N, A, B in [
            ("two windows inside", ([20.0, 31.5], [12.0, 9.25], [1.5, 0.3]), 5, 60, 40),
            ("three windows, two of them partly outside",
             ([3.0, 58.0, 30.0], [14.0, 37.5, 20.0], [2.0, 4.0, 1.0]), 8, 60, 40),
            ("one window larger than the image", ([4.0], [6.0], [9.0]), 4, 7, 12),
            ("one filter alone", ([4.25], [6.0], [2.0]), 1, 9, 9),
        ]
    ),
    known=(
        Known("N-strides", "N filters have N - 1 gaps between them. From the middle to the last "
              "it is (N - 1)/2 strides, and then half a pixel.",
              corners_by(lambda delta, N: delta * N / 2)),
        Known("N-strides-and-a-half-pixel", "N filters have N - 1 gaps between them.",
              corners_by(lambda delta, N: delta * N / 2 + 0.5)),
        Known("half-a-pixel-forgotten", "It ends at the centres of the outermost filters; the "
              "pixels under them reach half a pixel further.",
              corners_by(lambda delta, N: delta * (N - 1) / 2)),
        Known("whole-pixel-too-far", "Beyond the outermost centre is half a pixel, and not a "
              "whole one.", corners_by(lambda delta, N: delta * (N - 1) / 2 + 1)),
        Known("half-forgotten", "g is the middle: to either side it is half of (N - 1) delta.",
              corners_by(lambda delta, N: delta * (N - 1) + 0.5)),
        Known("not-cut-off", "What lies outside the image is not cut off.",
              corners_by(cut=lambda v, low, high: v)),
        Known("cut-at-pixel-centres", "The image reaches from 0.5 to A + 0.5, half a pixel beyond "
              "the centres of its outermost pixels.", corners_by(limits=lambda A: (1, A))),
        Known("counted-from-0", "Pixels count from 1: the image reaches from 0.5 to A + 0.5, and "
              "not from 0 to A.", corners_by(limits=lambda A: (0, A))),
        Known("counted-from-0-centres", "Pixels count from 1: the image reaches from 0.5 to A + "
              "0.5, and not from -0.5 to A - 0.5.",
              corners_by(limits=lambda A: (-0.5, A - 0.5))),
        Known("A-and-B-exchanged", "A is the image's width, along x; B its height, along y.",
              corners_by(sizes=lambda A, B: (B, A))),
        Known("pushed-inside", "A window that reaches out of the image is moved into it; it is to "
              "be cut off.", pushed_inside),
        Known("upside-down", "Row 1 is the uppermost: y grows downwards, and top is the smaller.",
              corners_by(order=(0, 3, 2, 1))),
        Known("order-x-x-y-y", "The order is left, top, right, bottom.",
              corners_by(order=(0, 2, 1, 3))),
        Known("x-and-y-exchanged", "left and right come from g_X, top and bottom from g_Y.",
              corners_by(order=(1, 0, 3, 2))),
        Known("width-and-height", "The last two are places, and not the width and the height.",
              extent),
    ),
    properties=(frames_its_pixels,),
    hints=(
        "Where is the last filter, i = N? How far is that from g? And how much further does the "
        "pixel under it reach?",
        "The window reaches delta (N - 1)/2 + 0.5 to either side of g. The image reaches from "
        "0.5 to A + 0.5, and from 0.5 to B + 0.5.",
        "left = np.clip(g_X - reach, 0.5, A + 0.5), and the other three alike.",
    ),
    solution=(plot.window,),
)  # fmt: skip

# ---------------------------------------------------------------- 12.4


def wilson(share, n):
    """The right answer: the package's formula, for one share or an array of them."""
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return np.maximum(centre - reach, 0), np.minimum(centre + reach, 1)


def wilson_by_roots(share, n):
    """A right one, written otherwise: both solutions of a p^2 + b p + c = 0."""
    a, b, c = 1 + Z**2 / n, -(2 * share + Z**2 / n), share**2
    root = np.sqrt(b * b - 4 * a * c)
    return np.maximum((-b - root) / (2 * a), 0), np.minimum((-b + root) / (2 * a), 1)


def interval_by(centre=lambda share, n: share + Z**2 / (2 * n),
                root=lambda share, n: share * (1 - share) / n + Z**2 / (4 * n**2),
                shrinks=(1, 1), z=Z, ends=(-1, 1)):  # fmt: skip
    """Wilson's interval with some of its parts exchanged."""

    def interval(share, n):
        m = centre(share, n) / (1 + shrinks[0] * Z**2 / n)
        reach = z * np.sqrt(root(share, n)) / (1 + shrinks[1] * Z**2 / n)
        return tuple(m + end * reach for end in ends)

    return interval


def share_as_it_is(share, n):
    """The centre of Wald's interval."""
    return share


def variance_of_the_share(share, n):
    """What Wald has under the root."""
    return share * (1 - share) / n


def wald_cut_off(share, n):
    """Within 0 and 1, and still 0 to 0 for no error."""
    return tuple(np.clip(end, 0, 1) for end in wald(share, n))


def about_the_new_centre(share, n):
    """Wald's interval about the centre of Wilson's, as if there were z^2 images more."""
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z * np.sqrt(centre * (1 - centre) / (n + Z**2))
    return centre - reach, centre + reach


INTERVAL = Exercise(
    "12.4",
    "never_certain",
    wilson,
    gives=("low", "high"),
    cases=tuple(
        Case(f"for {errors} errors of {n}", (np.float64(errors / n), n))
        for errors, n in [(13, 200), (0, 50), (1, 10), (20, 20)]
    ),
    known=(
        Known("cut-off-only", "To cut the ends off at 0 and 1 does not help: with no error it is "
              "0 to 0 still.", wald_cut_off),
        Known("centre-only", "The centre is moved, and under the root z^2 / (4 n^2) is missing.",
              interval_by(root=variance_of_the_share)),
        Known("root-only", "The centre must move too, to (share + z^2/(2n)) / (1 + z^2/n).",
              interval_by(share_as_it_is, shrinks=(0, 1))),
        Known("division-forgotten", "Both are to be divided by 1 + z^2/n, the coefficient of p^2.",
              interval_by(shrinks=(0, 0))),
        Known("reach-not-divided", "The root is to be divided by 1 + z^2/n as well.",
              interval_by(shrinks=(1, 0))),
        Known("centre-not-divided", "The centre is to be divided by 1 + z^2/n as well.",
              interval_by(shrinks=(0, 1))),
        Known("half-forgotten", "Half of the middle coefficient is share + z^2/(2n): the 2 is "
              "missing.", interval_by(lambda share, n: share + Z**2 / n)),
        Known("quarter-forgotten", "Under the root it is z^2 / (4 n^2): the 4 is missing.",
              interval_by(root=lambda share, n: share * (1 - share) / n + Z**2 / n**2)),
        Known("n-not-squared", "Under the root it is z^2 / (4 n^2), with the square of n.",
              interval_by(root=lambda share, n: share * (1 - share) / n + Z**2 / (4 * n))),
        Known("z-forgotten", "The root is to be multiplied by z.", interval_by(z=1)),
        Known("ends-exchanged", "low comes first, and then high.", interval_by(ends=(1, -1))),
        Known("wald-about-the-new-centre", "Near, but not Wilson's: it is Wald's with z^2 images "
              "more, of which half are errors (Agresti and Coull).", about_the_new_centre),
    ),
    suspect=Suspect("suspect_interval", wald, (wilson, wilson_by_roots),
                    advice="it need not be symmetric about the share; what holds for every share "
                    "from 0 to 1, at 0 and 1 as well?"),
    hints=(
        "Call it with a share of 0. Can one be certain, after 100 images, that there will never "
        "be an error?",
        "For the property: low, high = interval(0.0, 100), and high must be larger than low. "
        "To mend it, take the framed equation of Section 12.5.",
        "centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n), and "
        "reach = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n).",
    ),
    solution=(solutions.never_certain, classification.wilson),
)  # fmt: skip

EXERCISES = (CLUTTER, CROSS_ENTROPY, WINDOWS, INTERVAL)
