"""Finite differences, a network that learns by the tape, and the figures of the second chapter."""

import numpy as np
from matplotlib.patches import FancyBboxPatch

from draw_np import gradcheck, nn
from draw_np.book import notebook, tape
from draw_np.manual import nn as blocks
from draw_np.pictures.plot import INK, LINES, figure, shades, style

RIGHT, WRONG = LINES[0], LINES[1]
GREY = "#777777"

# ---------------------------------------------------------------- differences


def forward_difference(f, v, h):
    """(f(v + h) - f(v)) / h."""
    return (f(v + h) - f(v)) / h


def central_difference(f, v, h):
    """(f(v + h) - f(v - h)) / 2h."""
    return (f(v + h) - f(v - h)) / (2 * h)


def five_points(f, v, h):
    """The package's formula, for a function of one number."""
    there = np.array([v])
    return gradcheck.derivative(lambda: f(there[0]), there, 0, h)


FORMULAS = {
    "forward": (forward_difference, "-"),
    "central": (central_difference, "--"),
    "five points": (five_points, "-."),
}


def errors(formula, dtype, steps, v=1.0):
    """Relative errors of a formula for softplus' slope at v, in a dtype, for every step."""
    kind = np.dtype(dtype).type
    exact = nn.sigmoid(v)
    slopes = [formula(nn.softplus, kind(v), kind(h)) for h in steps]
    return np.abs(np.array(slopes, float) - exact) / exact


STEPS = np.logspace(-16, 0.3, 164)


def worst_of_seven(error):
    """The largest of seven neighbouring errors each: single ones may be tiny by chance."""
    return np.array([error[i : i + 7].max() for i in range(len(error) - 6)])


def best_step(formula, dtype):
    """The step at which a formula's error is lowest, and that error, the worst of seven steps."""
    worst = worst_of_seven(errors(formula, dtype, STEPS))
    return STEPS[worst.argmin() + 3], worst.min()


def slopes(v):
    """The first five derivatives of softplus at v, from s = sigmoid(v)."""
    s = nn.sigmoid(v)
    second = s * (1 - s)
    fourth = second * (1 - 6 * s + 6 * s**2)
    fifth = second * (1 - 2 * s) * (1 - 12 * s + 12 * s**2)
    return s, second, second * (1 - 2 * s), fourth, fifth


def table_of_errors(v=1.0):
    """A table: three formulas at two steps, their errors, and the term of Taylor's series."""
    f1, f2, f3, _, f5 = slopes(v)
    rows = []
    for h in (0.1, 0.05):
        terms = h / 2 * f2, h**2 / 6 * f3, -(h**4) / 30 * f5
        for (name, (formula, _)), term in zip(FORMULAS.items(), terms, strict=True):
            found = formula(nn.softplus, v, h)
            rows.append((h, name, f"{found:.8f}", f"{found - f1:+.1e}", f"{term:+.1e}"))
    notebook.table(["$h$", "formula", "slope", "error", "first term of the error"], rows)


def table_of_best_steps():
    """A table: the best step of each formula in each precision, measured and expected."""
    rows = []
    for dtype in ("float64", "float32"):
        eps = float(np.finfo(dtype).eps)
        for (name, (formula, _)), k in zip(FORMULAS.items(), (1, 2, 4), strict=True):
            numbers = [*best_step(formula, dtype), eps ** (1 / (k + 1)), eps ** (k / (k + 1))]
            h, low, step, error = (f"{v:.0e}" for v in numbers)
            rows.append((dtype, name, h, step, low, error))
    expected = r"$\mathrm{eps}^{1/(k+1)}$", r"$\mathrm{eps}^{k/(k+1)}$"
    header = ["", "formula", "best step", expected[0], "error there", expected[1]]
    notebook.table(header, rows)


# ---------------------------------------------------------------- a network that learns


def curve():
    """40 points of sin 2x: what the network is to learn. Two arrays of shape (40, 1)."""
    x = np.linspace(-3, 3, 40)[:, None]
    return x, np.sin(2 * x)


def start(seed):
    """Parameters of a network with one input, eight units and one output."""
    rng = np.random.default_rng(seed)
    return {
        "W1": rng.standard_normal((1, 8)),
        "b1": rng.standard_normal(8),
        "W2": rng.standard_normal((8, 1)) / 8**0.5,
        "b2": np.zeros(1),
    }


def slipped_tanh(a):
    """tanh of a Node, with a slip on the way back: 1 - y where 1 - y^2 belongs."""
    y = np.tanh(a.value)
    return tape.Node(y, [(a, lambda d: d * (1 - y))])


def train(squash, seed, steps=1000, rate=0.3):
    """The losses of a network that learns the curve by the tape's gradient, and what it learned."""
    x, target = map(tape.Node, curve())
    p, losses, minus = start(seed), [], tape.Node(-1.0)
    for _ in range(steps):
        n = {name: tape.Node(value) for name, value in p.items()}
        y = squash(x @ n["W1"] + n["b1"]) @ n["W2"] + n["b2"]
        miss = y + minus * target
        loss = tape.total(miss * miss * tape.Node(0.5 / len(x.value)))
        d = tape.backward(loss)
        p = {name: value - rate * d[n[name]] for name, value in p.items()}
        losses.append(float(loss.value))
    return np.array(losses), p


def network():
    """Five images of three numbers, two targets each, and parameters, all at random."""
    rng = np.random.default_rng(21)
    images, target = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    params = {
        "in.W": rng.standard_normal((3, 4)),
        "in.b": 0.3 * rng.standard_normal(4),
        "out.W": rng.standard_normal((4, 2)),
        "out.b": 0.3 * rng.standard_normal(2),
    }
    return params, images, target


def loss(p, images, target):
    """A mean over the images of half the squared distance of two layers' output to a target."""
    hidden = np.tanh(images @ p["in.W"] + p["in.b"])
    miss = hidden @ p["out.W"] + p["out.b"] - target
    return 0.5 * np.sum(miss**2) / len(images)


def by_hand(p, images, target, tanh_back=blocks.tanh_backward):
    """The gradient of ``loss``, backwards: block by block, from the last to the first."""
    a, first = blocks.affine_forward(images, p["in.W"], p["in.b"])
    hidden, squash = blocks.tanh_forward(a)
    y, second = blocks.affine_forward(hidden, p["out.W"], p["out.b"])
    dy = (y - target) / len(images)  # the mean over the images
    dhidden, dW_out, db_out = blocks.affine_backward(dy, second)
    _, dW_in, db_in = blocks.affine_backward(tanh_back(dhidden, squash), first)
    return {"in.W": dW_in, "in.b": db_in, "out.W": dW_out, "out.b": db_out}


def slip(dy, y):
    """tanh backwards, wrong: 1 - y where 1 - y^2 belongs."""
    return dy * (1 - y)


# ---------------------------------------------------------------- checks that lie


def largest_error(h, dtype):
    """Largest relative error, as the checker's, of the numeric derivatives of in.W, in a dtype."""
    params, images, target = network()
    exact = by_hand(params, images, target)["in.W"]
    point = {name: a.astype(dtype) for name, a in params.items()}
    data = images.astype(dtype), target.astype(dtype)
    found = [
        gradcheck.derivative(lambda: loss(point, *data), point["in.W"], i, h)
        for i in np.ndindex(exact.shape)
    ]
    exact = exact.ravel()
    return np.max(np.abs(found - exact) / np.maximum(np.abs(exact), np.abs(found)))


def table_of_lies():
    """A table: a right gradient, held against differences of six steps in two precisions."""
    rows = []
    for h in (1.0, 1e-1, 1e-2, 1e-4, 1e-6, 1e-12):
        double, single = (largest_error(h, dtype) for dtype in ("float64", "float32"))
        verdict = "passes" if double < 1e-6 else "refused"
        rows.append((f"{h:.0e}", f"{double:.0e}", verdict, f"{single:.0e}"))
    header = ["step $h$", "error in `float64`", "at a tolerance of 1e-6", "error in `float32`"]
    notebook.table(header, rows)


def along_directions(K=2000):
    """Relative errors, along K random directions, of a gradient one entry of which is wrong.

    A hundred derivatives are about 1, and one of 1e-6 is wrong by a factor of 2.

    Returns
    -------
    errors : array, shape (K,)
    by_length : float
        Length of the difference of the two gradients, relative to theirs.
    """
    rng = np.random.default_rng(21)
    true = np.append(rng.standard_normal(100), 1e-6)
    wrong = true * np.append(np.ones(100), 2.0)
    directions = rng.standard_normal((K, 101))
    along, claimed = directions @ true, directions @ wrong
    found = np.abs(claimed - along) / np.maximum(np.abs(claimed), np.abs(along))
    return found, np.linalg.norm(wrong - true) / np.linalg.norm(true)


def beside_a_kink(distance, h=1e-3):
    """Error of the slope of max(0, v), which is 1, at so many steps from 0."""
    at = np.array([distance * h])
    return abs(gradcheck.derivative(lambda: np.maximum(at[0], 0), at, 0, h) - 1)


def at_rest(scale):
    """The verdict on the slip in a network whose last layer's weights are small."""
    params, images, target = network()
    small = params | {"out.W": scale * params["out.W"]}
    wrong = by_hand(small, images, target, slip)
    return gradcheck.check(lambda p: loss(p, images, target), small, wrong)


# ---------------------------------------------------------------- figures


@notebook.picture(
    "Left: loss against training step, logarithmic, from five starts each. All fall at first. With "
    "the right gradient they go on falling, to about 0.01. With the slipped one they jump up and "
    "down, most of them near 0.3. Right: 40 points of a wave; the curve learned by the right "
    "gradient follows them but at the two ends, the other is near 0 but for a bend in the middle."
)
def learned(shown=2, seeds=range(5)):
    """Losses of training with the right and with the slipped tanh, and what came of one start."""
    x, target = curve()
    fine = np.linspace(-3, 3, 200)[:, None]
    ways = (("right", tape.tanh, RIGHT, "-"), ("slipped", slipped_tanh, WRONG, "--"))
    with style():
        fig = figure(9.5, 3.1)
        left, right = fig.subplots(1, 2, width_ratios=(1.2, 1))
        right.plot(x, target, "o", ms=3.5, color=GREY, label="to be learned")
        for name, squash, colour, line in ways:
            for seed in seeds:
                losses, p = train(squash, seed)
                thick = seed == shown
                left.semilogy(
                    losses,
                    color=colour,
                    lw=1.8 if thick else 0.6,
                    alpha=1 if thick else 0.5,
                    label=f"{name} gradient" if thick else None,
                )
                if thick:
                    y = np.tanh(fine * p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
                    right.plot(fine, y, line, color=colour, label=name)
        left.set(xlabel="training step", ylabel="loss")
        left.set_title("Both fall at first: five starts each")
        left.legend(loc="lower left")
        right.set(xlabel="$x$", ylabel="$y$", ylim=(-1.3, 2.1))
        right.set_title("What was learned from one start (thick)")
        right.legend(loc="upper center", ncols=3)
    return fig


def secant(ax, h, dtype, v=1.0):
    """What a central difference sees: softplus between v - 2h and v + 2h, in a dtype."""
    kind = np.dtype(dtype).type
    u = np.linspace(-2, 2, 801)
    seen = [float(nn.softplus(kind(v) + kind(h * x)) - nn.softplus(kind(v))) / h for x in u]
    ends = [float(nn.softplus(kind(v) + kind(h * x)) - nn.softplus(kind(v))) / h for x in (-1, 1)]
    exact = nn.sigmoid(v)
    ax.plot(u, exact * u, color=GREY, linewidth=2.5, alpha=0.45, label="tangent")
    ax.plot(u, seen, color=RIGHT, linewidth=1.2, label="softplus")
    ax.plot([-1, 1], ends, "o--", ms=5, color=WRONG, linewidth=1.2, label="difference")
    reach = 2.6 * exact
    ax.set(xlabel="(distance from $v$) / $h$", ylabel="rise / $h$", ylim=(-reach, reach))


def v_curves(ax, dtype):
    """Error against step of the three formulas, in a dtype."""
    for (name, (formula, line)), colour in zip(FORMULAS.items(), LINES, strict=False):
        ax.loglog(
            STEPS,
            np.maximum(errors(formula, dtype, STEPS), 1e-17),
            line,
            color=colour,
            linewidth=1.1,
            label=name,
        )
    ax.set(xlabel="step $h$", ylabel="relative error", xlim=(1e-16, 2), ylim=(4e-17, 300))
    ax.legend(loc="upper center", ncols=3, fontsize=7.5, handlelength=2.2, columnspacing=1)


@notebook.picture(
    "Three panels with softplus near v = 1 and its tangent, both axes divided by the step. h = 1: "
    "the function bends away from the tangent, and the line between the two points is too steep or "
    "too flat. h = 1e-5: function, tangent and line are one. h = 1e-15: the function is a coarse "
    "staircase, and the line connects two of its stairs."
)
def magnified(steps=(1.0, 1e-5, 1e-15)):
    """A central difference under the magnifying glass, at steps too large, right and too small."""
    with style():
        fig = figure(9.5, 2.9)
        for ax, h in zip(fig.subplots(1, len(steps), sharey=True), steps, strict=True):
            secant(ax, h, "float64")
            error = errors(central_difference, "float64", [h])[0]
            ax.set_title(f"$h$ = {h:.0e}: off by {error:.0e}")
            ax.label_outer()
        fig.axes[0].legend(loc="upper left", fontsize=8)
    return fig


@notebook.picture(
    "Two panels, relative error against the step h, both logarithmic. Left, float64: three curves "
    "shaped like a V. The forward difference is best near 1e-8, with an error of about 1e-8; "
    "central reaches 1e-11 and five points 1e-13, at larger steps. Right, float32: the same, but "
    "no curve comes below 1e-7, and below a step of 1e-8 all is lost."
)
def both_precisions():
    """The V of each formula in float64 and in float32, on one scale."""
    with style():
        fig = figure(9.5, 3.2)
        for ax, dtype in zip(fig.subplots(1, 2, sharey=True), ("float64", "float32"), strict=True):
            v_curves(ax, dtype)
            best = best_step(central_difference, dtype)[1]
            ax.axhline(np.finfo(dtype).eps, color=GREY, linewidth=0.9, linestyle=":")
            ax.text(1.4e-16, 1.5 * np.finfo(dtype).eps, "eps", color=GREY, fontsize=8)
            ax.set_title(f"{dtype}: central comes down to {best:.0e}")
    return fig


def softmax(v):
    """exp(v) along each row, divided by its sum."""
    e = np.exp(v)
    return e / e.sum(axis=1, keepdims=True)


def four_jacobians():
    """Jacobians of four small blocks, outputs x inputs, for three images of four numbers."""
    rng = np.random.default_rng(2)
    v, W = rng.standard_normal((3, 4)), rng.standard_normal((4, 4))
    blocks_ = np.zeros((12, 12))
    for m, p in enumerate(softmax(v)):
        blocks_[4 * m : 4 * m + 4, 4 * m : 4 * m + 4] = np.diag(p) - np.outer(p, p)
    return {
        "tanh": np.diag(1 - np.tanh(v).ravel() ** 2),
        "$xW$, from $x$": np.kron(np.eye(3), W.T),
        "$+ b$, from $b$": np.tile(np.eye(4), (3, 1)),
        "softmax": blocks_,
    }


@notebook.picture(
    "Four matrices. tanh: only the diagonal. x W from x: three equal blocks of 4 by 4 along the "
    "diagonal. Plus b from b: 12 by 4, three identity matrices on top of one another. Softmax: "
    "three different blocks, positive on the diagonal and negative beside it."
)
def jacobians():
    """Jacobians as pictures: red raises, blue lowers, white has no influence."""
    pairs = four_jacobians().items()
    with style():
        fig = figure(9.5, 2.9)
        axes = fig.subplots(1, len(pairs), width_ratios=[J.shape[1] + 3 for _, J in pairs])
        for ax, (title, J) in zip(axes, pairs, strict=True):
            top = np.abs(J).max()
            ax.imshow(J, cmap=shades("RdBu_r"), vmin=-top, vmax=top, interpolation="nearest")
            ax.set_xticks(np.arange(-0.5, J.shape[1]), [])
            ax.set_yticks(np.arange(-0.5, J.shape[0]), [])
            ax.tick_params(length=0)
            ax.grid(True, color="#BBBBBB", linewidth=0.5)
            ax.set_xlabel(f"{J.shape[1]} inputs")
            ax.set_ylabel(f"{J.shape[0]} outputs")
            ax.set_title(title)
    return fig


def trace(x, W, b):
    """The tape of L = sum of tanh(x W + b)^2: nodes by name, and their derivatives."""
    n = {"$x$": tape.Node(x), "$W$": tape.Node(W), "$b$": tape.Node(b)}
    n["$xW$"] = n["$x$"] @ n["$W$"]
    n["$+\\,b$"] = n["$xW$"] + n["$b$"]
    n["tanh"] = tape.tanh(n["$+\\,b$"])
    n["square"] = n["tanh"] * n["tanh"]
    n["sum"] = tape.total(n["square"])
    return n, tape.backward(n["sum"])


PLACES = {  # in inches, and what each was made from
    "$x$": (0.5, 2.0, ()),
    "$W$": (0.5, 0.55, ()),
    "$xW$": (2.3, 1.35, ("$x$", "$W$")),
    "$b$": (2.3, 0.1, ()),
    "$+\\,b$": (4.1, 1.35, ("$xW$", "$b$")),
    "tanh": (5.8, 1.35, ("$+\\,b$",)),
    "square": (7.4, 1.35, ("tanh",)),
    "sum": (8.9, 1.35, ("square",)),
}


@notebook.picture(
    "A computation as boxes with arrows: x and W to x W; with b to plus b; then tanh, square, sum. "
    "Above each box its value, below it the derivative of the sum with respect to it, which is 1 "
    "at the last box."
)
def computation(x, W, b):
    """A computation as a row of boxes: values above, derivatives below."""
    nodes, d = trace(x, W, b)
    with style():
        fig = figure(9.5, 2.75)
        ax = fig.subplots()
        for name, (left, y, parents) in PLACES.items():
            for parent in parents:
                arrow(ax, PLACES[parent][:2], (left, y))
            box(ax, left, y, name, nodes[name].value, d[nodes[name]])
        ax.set(xlim=(-0.2, 9.5), ylim=(-0.5, 2.7), aspect="equal")
        ax.axis("off")
        ax.set_title("Values run to the right (above, blue), derivatives back (below, orange)")
    return fig


WIDE, HIGH = 0.72, 0.36  # of a box, in inches


def box(ax, x, y, name, value, derivative):
    """A box of the computation, its value above and its derivative below."""
    ax.add_patch(
        FancyBboxPatch(
            (x - WIDE / 2, y - HIGH / 2),
            WIDE,
            HIGH,
            fc="white",
            ec=INK,
            boxstyle="round,pad=0,rounding_size=0.08",
        )
    )
    ax.text(x, y, name, ha="center", va="center", fontsize=10)
    words = {"ha": "center", "fontsize": 8.5}
    ax.text(x, y + 0.24, in_words(value), color=RIGHT, va="bottom", **words)
    ax.text(x, y - 0.24, in_words(derivative), color=WRONG, va="top", **words)


def in_words(a):
    """A small array, a row a line."""
    rows = np.atleast_2d(a) if a.ndim != 1 else a[None]
    return "\n".join(", ".join(f"{v:.2f}".rstrip("0").rstrip(".") for v in row) for row in rows)


def arrow(ax, start, end):
    """An arrow from the right side of one box to the left side of another."""
    start, end = (start[0] + WIDE / 2, start[1]), (end[0] - WIDE / 2, end[1])
    style_ = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 0, "shrinkB": 0, "linewidth": 1}
    ax.annotate("", end, start, arrowprops=style_)


@notebook.picture(
    "Three panels. Left: a histogram of relative errors along random directions, 92 per cent of "
    "them left of the tolerance. Middle: the error of the difference against the distance from the "
    "kink, half at 0, up to a twelfth between one and two steps, 0 beyond. Right: the error that "
    "is found against the size of the last layer's weights: constant down to 1e-5, then falling, "
    "below the tolerance for less than about 1e-12."
)
def lies(tolerance=1e-6):
    """Three ways to be misled: a projection, a kink, a resting point."""
    hidden, _ = along_directions()
    distances, scales = np.linspace(0.01, 3, 300), np.logspace(-15, 0, 31)
    kinked = [beside_a_kink(distance) for distance in distances]
    resting = [max(e.error for e in at_rest(scale).entries) for scale in scales]
    with style():
        fig = figure(9.5, 3.0)
        left, middle, right = fig.subplots(1, 3)
        bins = np.logspace(-9, 0.5, 39)
        left.hist(hidden, bins, color=RIGHT, alpha=0.75)
        left.set(xscale="log", xlabel="relative error along $r$", ylabel="directions")
        left.axvline(tolerance, color=INK, linestyle="--", linewidth=1)
        left.text(tolerance * 1.4, left.get_ylim()[1] * 0.97, "tolerance", fontsize=8, va="top")
        left.set_title("Projection: wrong, and passes")
        middle.plot(distances, kinked, color=RIGHT)
        middle.set(xlabel="distance from the kink, in steps $h$", ylabel="error of the difference")
        middle.set_title("Kink: right, and is refused")
        right.loglog(scales, resting, color=RIGHT)
        right.axhline(tolerance, color=INK, linestyle="--", linewidth=1)
        right.text(scales.min(), tolerance * 1.5, "tolerance", fontsize=8)
        right.set(xlabel="size of the last layer's weights", ylabel="relative error found")
        right.set_title("Resting point: wrong, and passes")
    return fig
