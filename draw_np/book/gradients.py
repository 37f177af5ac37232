"""Finite differences, and the figures of the chapter on gradients."""

import numpy as np

from draw_np import gradcheck, nn
from draw_np.pictures.plot import INK, LINES, figure, shades, style

RIGHT, WRONG = LINES[0], LINES[1]
GREY = "#777777"
CLEAR = {"fc": "white", "ec": "none", "pad": 0.8}  # behind words that an arrow may cross

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


# ---------------------------------------------------------------- figures


STEPS = np.logspace(-16, 0.3, 164)


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
    reach = max(1.1 * np.max(np.abs(seen)), 2 * exact)
    ax.set(xlabel="(distance from $v$) / $h$", ylabel="rise / $h$", ylim=(-reach, reach))
    ax.legend(loc="upper left")


def u_curves(ax, dtype, marked=None):
    """Error against step of the three formulas, in a dtype; ``marked`` is a step."""
    for (name, (formula, line)), colour in zip(FORMULAS.items(), LINES, strict=False):
        ax.loglog(STEPS, np.maximum(errors(formula, dtype, STEPS), 1e-17), line, color=colour,
                  linewidth=1.1, label=name)  # fmt: skip
    if marked is not None:
        ax.axvline(marked, color=INK, linewidth=0.9)
        error = errors(central_difference, dtype, [marked])
        ax.plot([marked], np.maximum(error, 1e-17), "o", ms=7, color=WRONG, mec="white")
    ax.set(xlabel="step $h$", ylabel="relative error", xlim=(1e-16, 2), ylim=(4e-17, 300))
    ax.legend(loc="upper center", ncols=3, fontsize=7.5, handlelength=2.2, columnspacing=1)


def step_explorer(log10_h, dtype):
    """A difference under the magnifying glass, and where its step lies on the U curve.

    Parameters
    ----------
    log10_h : float
        Logarithm of the step to base 10.
    dtype : str
        "float64" or "float32".
    """
    h = 10.0**log10_h
    with style():
        fig = figure(9.5, 3.3)
        left, right = fig.subplots(1, 2, width_ratios=(1, 1.35))
        secant(left, h, dtype)
        error = errors(central_difference, dtype, [h])[0]
        left.set_title(f"$h$ = {h:.0e}: the difference is off by {error:.0e}")
        u_curves(right, dtype, h)
        right.set_title(f"Too large a step bends, too small a step rounds ({dtype})")
    return fig


def both_precisions():
    """The U curves in float64 and in float32, on one scale."""
    with style():
        fig = figure(9.5, 3.2)
        for ax, dtype in zip(fig.subplots(1, 2, sharey=True), ("float64", "float32"), strict=True):
            u_curves(ax, dtype)
            best = {n: errors(f, dtype, STEPS).min() for n, (f, _) in FORMULAS.items()}
            ax.axhline(np.finfo(dtype).eps, color=GREY, linewidth=0.9, linestyle=":")
            ax.text(1.4e-16, 1.5 * np.finfo(dtype).eps, "eps", color=GREY, fontsize=8)
            ax.set_title(f"{dtype}: central comes to {best['central']:.0e} at its best")
    return fig


def jacobians(pairs):
    """Jacobians as pictures: red raises, blue lowers, white has no influence.

    Parameters
    ----------
    pairs : list of (title, matrix)
        Each (outputs, inputs).
    """
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


def computation(rows):
    """A computation as a row of boxes: values above, derivatives below.

    Parameters
    ----------
    rows : list of (x, y, name, value, derivative, names of its parents)
        Places in inches; value and derivative are texts.
    """
    places = {name: (x, y) for x, y, name, *_ in rows}
    with style():
        fig = figure(9.5, 3.1)
        ax = fig.subplots()
        for x, y, name, value, derivative, parents in rows:
            for parent in parents:
                arrow(ax, places[parent], (x, y))
            ax.text(x, y, name, ha="center", va="center", fontsize=10, zorder=3,
                    bbox={"boxstyle": "round,pad=0.35", "fc": "white", "ec": INK})  # fmt: skip
            words = {"ha": "center", "fontsize": 8.5, "zorder": 2, "bbox": CLEAR}
            ax.text(x, y + 0.33, value, color=RIGHT, va="bottom", **words)
            ax.text(x, y - 0.33, derivative, color=WRONG, va="top", **words)
        ax.set(xlim=(-0.2, 9.4), ylim=(-0.35, 2.85), aspect="equal")
        ax.axis("off")
        ax.set_title("Values run to the right (above, blue), derivatives back (below, orange)")
    return fig


def arrow(ax, start, end):
    """An arrow between two boxes."""
    ax.annotate("", end, start, zorder=1, arrowprops={"arrowstyle": "-|>", "color": GREY,
                "shrinkA": 22, "shrinkB": 22, "linewidth": 1})  # fmt: skip


def lies(hidden, tolerance, distances, kinked, scales, resting):
    """Three ways to be misled: a projection, a kink, a resting point.

    Parameters
    ----------
    hidden : array, shape (K,)
        Relative errors of a wrong gradient along K random directions.
    tolerance : float
        What would pass.
    distances, kinked : arrays, shape (n,)
        Distance to the kink in steps, and the error that is found for a right gradient.
    scales, resting : arrays, shape (n,)
        Size of the weights, and the relative error that is found for a wrong gradient.
    """
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
