"""Figures of the chapter on the LSTM cell."""

import numpy as np
from matplotlib.patches import Rectangle

from draw_np.pictures.plot import INK, LINES, WRITE, figure, style

GATE, MAP, PALE = "#CDE4F2", "#EEEEEE", "#777777"
DASHES = ["-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1))]


def cell_diagram():
    """The LSTM cell as a drawing: the state on its line, the four gates, the way back."""
    with style():
        fig = figure(9.5, 3.8)
        ax = fig.subplots()
        ax.set(xlim=(0, 10), ylim=(0.1, 4.1), aspect="equal")
        ax.axis("off")
        flow(ax, [(0.5, 3.2), (9.5, 3.2)], width=3)
        flow(ax, [(3.0, 1.37), (3.0, 3.08)])  # f
        flow(ax, [(4.2, 1.37), (4.2, 2.2), (4.68, 2.2)])  # i
        flow(ax, [(5.4, 1.37), (5.4, 2.2), (4.92, 2.2)])  # g
        flow(ax, [(4.8, 2.32), (4.8, 3.08)])
        flow(ax, [(7.8, 3.2), (7.8, 2.12)])
        flow(ax, [(6.7, 1.37), (6.7, 2.0), (7.68, 2.0)])  # o
        flow(ax, [(7.92, 2.0), (9.5, 2.0)])
        flow(ax, [(0.9, 0.5), (2.3, 0.5)])
        for x in (3.0, 4.2, 5.4, 6.7):
            flow(ax, [(x, 0.74), (x, 1.1)])
        gates(ax)
        back = {"arrowstyle": "->", "color": WRITE, "linestyle": "--", "linewidth": 1.8}
        ax.annotate("", (0.6, 3.62), (9.4, 3.62), arrowprops=back)
        ax.text(5, 3.72, "the gradient of the state goes back this way, times $f$ at each step",
                color=WRITE, ha="center", va="bottom")  # fmt: skip
    return fig


def flow(ax, points, width=1.3):
    """A line through some points, with an arrow at its end."""
    x, y = zip(*points, strict=True)
    ax.plot(x[:-1], y[:-1], color=INK, linewidth=width, solid_capstyle="butt")
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", points[-1], points[-2], arrowprops=arrow)


def gates(ax):
    """The labels of the diagram: gates, products, the sum, inputs and outputs."""
    box = {"boxstyle": "round,pad=0.32", "facecolor": GATE, "edgecolor": INK}
    wide = {"boxstyle": "round,pad=0.3", "facecolor": MAP, "edgecolor": INK}
    dot = {"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": INK}
    centred = {"ha": "center", "va": "center"}
    for x, name in ((3.0, "$f$: forget"), (4.2, "$i$: input"), (6.7, "$o$: output")):
        ax.text(x, 1.24, name, bbox=box, fontsize=8.5, **centred)
    ax.text(5.4, 1.24, "$g$: new", bbox=box | {"facecolor": "#FBE3D0"}, fontsize=8.5, **centred)
    products = [(3.0, 3.2), (4.8, 2.2), (7.8, 2.0)]
    for x, y in products:
        ax.text(x, y, "×", bbox=dot, fontsize=11, **centred)
    ax.text(4.8, 3.2, "+", bbox=dot, fontsize=11, **centred)
    ax.text(7.8, 2.65, "tanh", bbox=wide, fontsize=8.5, **centred)
    ax.add_patch(Rectangle((2.3, 0.26), 5.1, 0.48, facecolor=MAP, edgecolor=INK))
    ax.text(4.85, 0.5, "$a = [x, h]\\,W + b$,  cut into four parts", **centred)
    for x, y, name in (
        (0.3, 3.2, "$s_{t-1}$"),
        (9.75, 3.2, "$s_t$"),
        (9.75, 2.0, "$h_t$"),
        (0.35, 0.5, "$x_t,\\,h_{t-1}$"),
    ):
        ax.text(x, y, name, fontsize=12, **centred)


def what_is_left(gates, steps):
    """What 64 steps leave of one write, for several constant forget gates.

    Parameters
    ----------
    gates : array
        Values of f.
    steps : int
    """
    t = np.arange(steps + 1)
    with style():
        fig = figure(9.5, 3.0)
        left, right = fig.subplots(1, 2)
        for f, line, colour in zip(gates, DASHES, LINES, strict=False):
            for ax in (left, right):
                ax.plot(t, f**t, color=colour, linestyle=line, label=f"$f = {f:.3f}$")
        left.set(xlabel="steps", ylabel="share that is left", ylim=(-0.03, 1.05), xlim=(0, steps))
        left.set_title("What is left of one write")
        right.set(xlabel="steps", yscale="log", ylim=(1e-20, 10), xlim=(0, steps))
        right.set_title("The same on a logarithmic axis")
        right.legend(loc="lower left")
    return fig


def gradient_back(whole, direct, gates):
    """How long the gradient of the last state is, step by step on its way back.

    Parameters
    ----------
    whole, direct : dict of arrays, shape (T + 1,)
        By the forget gates' bias: the whole gradient, and the part that stays on the
        state's line; both begin at 1.
    gates : dict
        By the bias, the mean of the forget gates.
    """
    with style():
        fig = figure(9.5, 3.2)
        axes = fig.subplots(1, 2, sharey=True)
        named = [(direct, "Along the state alone: the product of the gates"),
                 (whole, "All paths together, as $lstm\\_backward$ gives it")]  # fmt: skip
        for ax, (curves, title) in zip(axes, named, strict=True):
            for (bias, curve), line, colour in zip(curves.items(), DASHES, LINES, strict=False):
                label = f"bias {bias:g} (mean $f$ = {gates[bias]:.3f})"
                ax.plot(curve, color=colour, linestyle=line, label=label)
            ax.set(xlabel="steps back", yscale="log", ylim=(1e-20, 1e3), xlim=(0, len(curve) - 1))
            ax.set_title(title)
        axes[0].set_ylabel("length of the gradient")
        axes[0].legend(loc="lower left", fontsize=8)
    return fig


def bit_losses(losses):
    """Bits lost on the remembered bit against training steps, for several biases.

    Parameters
    ----------
    losses : dict of arrays
        By the forget gates' bias.
    """
    with style():
        fig = figure(6.5, 2.9)
        ax = fig.subplots()
        for (bias, loss), line, colour in zip(losses.items(), DASHES, LINES, strict=False):
            ax.plot(np.arange(1, len(loss) + 1), loss, color=colour, linestyle=line,
                    label=f"forget bias {bias:g}")  # fmt: skip
        ax.axhline(1, color=PALE, linewidth=0.8)
        ax.text(len(loss), 1.03, "guessing: 1 bit ", ha="right", fontsize=8, color=PALE)
        ax.set(xlabel="training step", ylabel="bits", ylim=(-0.05, 1.4), xlim=(0, len(loss)))
        ax.set_title("Remembering one bit for 64 steps: who starts open learns it")
        ax.legend(loc="center right")
    return fig
