"""The loop of DRAW, two steps unrolled, with the numbers of the two-pixel example on its wires.

The example is that of chapter 7: an image of two pixels, one unit in each LSTM cell, one
component of the latent, and weights with which one can calculate.
"""

import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from draw_np import model, parameters
from draw_np.book import notebook
from draw_np.config import Config
from draw_np.latent import kl_to_prior
from draw_np.likelihood import bernoulli_nll
from draw_np.nn import sigmoid
from draw_np.pictures import plot

X, EPS = np.reshape([1.0, 0.0], (1, 1, 1, 2)), np.reshape([-0.5, 0.0], (2, 1, 1))


def two_pixels():
    """Parameters and sizes of the smallest network.

    Returns
    -------
    params : dict of arrays
        All 0, but for a candidate x_hat[1] - x_hat[2] in the encoder and z in the decoder,
        mu = 6 h_enc, sigma = 1/2, and strokes (10 h_dec, -10 h_dec).
    config : Config
        Two pixels, T = 2, H = Z = 1, without attention.
    """
    config = Config(A=2, B=1, C=1, T=2, H=1, Z=1, N_read=None, N_write=None)
    params = {name: np.zeros(shape) for name, shape in parameters.shapes(config).items()}
    params["enc.W"][[2, 3], 2] = [1.0, -1.0]  # rows x[1], x[2], x_hat[1], x_hat[2], h_dec, h_enc
    params["mu.W"][0, 0], params["log_sigma.b"][0] = 6.0, -np.log(2)
    params["dec.W"][0, 2] = 1.0  # rows z, h_dec; column of the candidate
    params["patch.W"][0] = [10.0, -10.0]
    return params, config


def numbers(t):
    """What step t of the example computes.

    Parameters
    ----------
    t : int
        1 or 2.

    Returns
    -------
    dict of arrays
        The fields of ``State``, and ``x_hat``, ``mu``, ``z``, ``stroke``, ``means`` (sigmoid of
        the canvas), ``kl`` (cost of the latent) and ``L_x`` (cost of the image with this canvas).
    """
    params, config = two_pixels()
    states, looks = model.unroll(params, X, EPS, config)
    old, new = states[t - 1], states[t]
    values = {"x_hat": X - sigmoid(old.c), "stroke": new.c - old.c, **new._asdict()}
    values |= {"mu": looks[t - 1].mu, "z": looks[t - 1].z, "means": sigmoid(new.c)}
    values["kl"] = kl_to_prior(looks[t - 1].mu, looks[t - 1].log_sigma)
    values["L_x"] = bernoulli_nll(X, new.c)
    return {name: np.ravel(value) for name, value in values.items()}


# ---------------------------------------------------------------- the drawing

PARTS = {  # what can be lit, from bottom to top: its row, its colour
    "error": (1.3, "#F7DCCB"),
    "read": (2.6, "#F7DCCB"),
    "encoder": (3.9, "#D6E6F2"),
    "latent": (5.2, "#F5E3B5"),
    "decoder": (6.5, "#D6E6F2"),
    "write": (7.8, "#D9EBD3"),
    "canvas": (9.2, "#FFFFFF"),
}
ROW = {"x": 0.0} | {part: row for part, (row, _) in PARTS.items()}
BEFORE, COLUMNS, AFTER = -0.2, (4.2, 9.8), 13.8  # along x: the start, the steps, the end
HALF, HIGH = 1.25, 0.36  # half the width and height of a box
PALE, NUMBER = "#BBBBBB", "#00598c"
ALT = (
    "Two columns, step 1 and step 2, each from bottom to top: image x, error image, read, encoder, "
    "latent z, decoder, write, canvas. Canvas, encoder state and decoder state go to the right. "
    "From the decoder a dashed wire leads to the next step's read and encoder, from the canvas a "
    "dotted one to its error image. Numbers stand on the wires: the canvas goes from one half and "
    "one half to 0.839 and 0.161, then to 0.985 and 0.015. Lit: {}."
)


@notebook.picture()
def unrolled(lit=tuple(PARTS), title="Two steps of the loop, with the numbers of two pixels"):
    """Two steps of DRAW, from image to canvas, with what goes from one to the next.

    Parameters
    ----------
    lit : sequence of str
        The parts of ``PARTS`` that are spoken of; the others are pale.
    title : str

    Raises
    ------
    ValueError
        If the loop has no such part.
    """
    if unknown := set(lit) - set(PARTS):
        raise ValueError(f"the loop has no part {min(unknown)!r}: choose among {', '.join(PARTS)}")
    fig = plot.figure(9.5, 6.9)
    ax = fig.subplots()
    ax.set(xlim=(-1.2, 15.0), ylim=(-0.6, 10.2), aspect="equal")
    ax.axis("off")
    ax.set_title(title, loc="left")
    start = {"h_enc": [0], "s_enc": [0], "h_dec": [0], "s_dec": [0], "means": [0.5, 0.5]}
    steps = [start, numbers(1), numbers(2)]
    pixels(ax, BEFORE, "canvas", start["means"], "$c_0$", "canvas" in lit)
    for t, x in enumerate(COLUMNS, 1):
        one_step(ax, x, t, steps[t], lit)
        onward(ax, [BEFORE, *COLUMNS][t - 1] + HALF, x - HALF, steps[t - 1], lit)
    ending(ax, steps[2], lit)
    return fig, ALT.format(", ".join(lit) if len(lit) < len(PARTS) else "all parts")


def one_step(ax, x, t, found, lit):
    """One column: its boxes, the wires up between them, and the numbers on these."""
    names = {
        "error": rf"$\hat x_{t} = x - \mathrm{{sigmoid}}(c_{t - 1})$",
        "read": f"read $\\to r_{t}$",
        "encoder": f"encoder $\\to h^{{enc}}_{t}$",
        "latent": rf"$z_{t} = \mu_{t} + \sigma_{t}\,\epsilon_{t}$",
        "decoder": f"decoder $\\to h^{{dec}}_{t}$",
        "write": "write",
    }
    for part, text in names.items():
        box(ax, x, part, text, part in lit)
    pixels(ax, x, "x", (1, 0), "$x$", {"error", "read"} & set(lit))
    pixels(ax, x, "canvas", found["means"], f"$c_{t}$", "canvas" in lit)
    on_wires = {
        "x": "",
        "error": written(found["x_hat"]),
        "read": "1, 0, " + written(found["x_hat"]),
        "encoder": written(found["h_enc"]),
        "latent": written(found["z"]),
        "decoder": written(found["h_dec"]),
        "write": "+ (" + written(found["stroke"]) + ")",
    }
    for low, high in zip(ROW, list(ROW)[1:], strict=False):
        lights = low in lit or high in lit
        wire(ax, [(x, ROW[low] + HIGH), (x, ROW[high] - HIGH)], lights)
        number(ax, x + 0.12, (ROW[low] + ROW[high]) / 2, on_wires[low], lights)
    right = x + HALF + 0.3
    around = [(x + 0.5, 0), (right, 0), (right, ROW["read"]), (x + HALF, ROW["read"])]
    wire(ax, around, {"error", "read"} & set(lit))


def onward(ax, left, right, found, lit):
    """What a step hands to the next: canvas and two states, and the two wires that lead down."""
    for part, h, s in (("encoder", "h_enc", "s_enc"), ("decoder", "h_dec", "s_dec")):
        wire(ax, [(left, ROW[part]), (right, ROW[part])], part in lit)
        states = f"h = {written(found[h])}\ns = {written(found[s])}"
        number(ax, left + 0.12, ROW[part] + 0.38, states, part in lit)
    canvas = ROW["canvas"]
    wire(ax, [(left - HALF + 0.55, canvas), (right + HALF - 0.55, canvas)], "canvas" in lit)
    lights, x = {"read", "encoder"} & set(lit), right - 0.95
    for part in ("encoder", "read"):
        y = ROW[part] - 0.16
        wire(ax, [(x, ROW["decoder"]), (x, y), (right, y)], lights, "--", plot.LINES[1])
    number(ax, x - 0.1, ROW["read"] + 0.1, written(found["h_dec"]), lights, "right")
    x = right - 0.42
    down = [(x, canvas), (x, ROW["error"]), (right, ROW["error"])]
    wire(ax, down, "error" in lit, ":", plot.LINES[0])
    number(ax, x - 0.1, ROW["error"] + 0.2, written(found["means"]), "error" in lit, "right")


def ending(ax, found, lit):
    """What is right of the last step: the cost of the image with the last canvas."""
    x, left = AFTER, COLUMNS[-1]
    wire(ax, [(left + 0.55, ROW["canvas"]), (x - 0.75, ROW["canvas"])], "canvas" in lit)
    cost = f"$L^x = {found['L_x'][0]:.3f}$\nnats"
    words(ax, x, "canvas", cost, lit)
    kl = " + ".join(f"{numbers(t)['kl'][0]:.3f}" for t in (1, 2))
    wire(ax, [(left + HALF, ROW["latent"]), (x - 1.15, ROW["latent"])], "latent" in lit)
    words(ax, x, "latent", f"$L^z = ${kl}\nnats", lit)


def box(ax, x, part, text, lit):
    """A box with words, in the colour of its part if it is lit."""
    corner, edge = (x - HALF, ROW[part] - HIGH), plot.INK if lit else PALE
    style = {"boxstyle": "round,pad=0,rounding_size=0.12", "edgecolor": edge}
    face = PARTS[part][1] if lit else "white"
    ax.add_patch(FancyBboxPatch(corner, 2 * HALF, 2 * HIGH, facecolor=face, **style))
    words(ax, x, part, text, [part] * lit)


def words(ax, x, part, text, lit):
    """Words in the row of a part, pale if it is not lit."""
    colour = plot.INK if part in lit else PALE
    ax.text(x, ROW[part], text, ha="center", va="center", fontsize=9, color=colour)


def pixels(ax, x, row, values, name, lit):
    """An image of two pixels, and its name."""
    for k, value in enumerate(values):
        corner, grey = (x + 0.5 * (k - 1), ROW[row] - 0.25), f"{value:.3f}"
        edge = plot.INK if lit else PALE
        ax.add_patch(
            Rectangle(corner, 0.5, 0.5, facecolor=grey, edgecolor=edge, alpha=1 if lit else 0.35)
        )
    ax.text(
        x,
        ROW[row] + (0.52 if row == "canvas" else -0.5),
        name,
        ha="center",
        va="center",
        fontsize=10,
    )


def wire(ax, points, lit, dash="-", colour=plot.INK):
    """A line with corners that ends in the head of an arrow."""
    colour = colour if lit else PALE
    ax.plot(*zip(*points, strict=True), dash, color=colour, lw=1.2, zorder=0)
    (x, y), (x_end, y_end) = points[-2:]
    near = (x_end - 0.01 * (x_end - x), y_end - 0.01 * (y_end - y))
    head = {"arrowstyle": "-|>,head_width=2.4,head_length=4.5", "shrinkA": 0, "shrinkB": 0}
    ax.add_patch(FancyArrowPatch(near, points[-1], color=colour, lw=0.8, **head))


def number(ax, x, y, text, lit, side="left"):
    """Numbers beside a wire."""
    ax.text(x, y, text, ha=side, va="center", fontsize=7.5, color=NUMBER if lit else PALE)


def written(values):
    """Numbers as they stand on a wire."""
    return ", ".join(f"{v:.3g}" if v in (0, 0.5, -0.5) else f"{v:.3f}" for v in values).replace(
        "-", "\N{MINUS SIGN}"
    )
