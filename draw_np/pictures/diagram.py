"""Figure 2 as a drawing: a variational autoencoder beside two unrolled steps of DRAW."""

from itertools import pairwise

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from draw_np.pictures import plot

PLAIN, RANDOM, NETWORK = "#FFFFFF", "#F5E3B5", "#D6E6F2"  # lightness differs: grey print
WIDTH, HEIGHT = 1.5, 0.62
ROWS = {"image": 0, "read": 1, "enc": 2, "Q": 3, "z": 4, "dec": 5, "write": 6, "c": 7}


def box(ax, x, y, text, colour=PLAIN, width=WIDTH):
    """A box with words round the point (x, y)."""
    ax.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - HEIGHT / 2),
            width,
            HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=colour,
            edgecolor=plot.INK,
            linewidth=1,
        )
    )
    ax.text(x, y, text, ha="center", va="center", fontsize=9)


def arrow(ax, start, end, colour=plot.INK, label=None):
    """A straight arrow from point to point, with a word beside it."""
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>,head_width=2.6,head_length=5",
            shrinkA=0,
            shrinkB=0,
            linewidth=1.1,
            color=colour,
        )
    )
    if label:
        beside = (start[0] + end[0]) / 2 + 0.12, (start[1] + end[1]) / 2
        ax.text(*beside, label, fontsize=8, ha="left", va="center", style="italic")


def up(ax, x, low, high, label=None):
    """An arrow from the box of one row to that of another, in the column ``x``."""
    y = ROWS[low] + HEIGHT / 2, ROWS[high] - HEIGHT / 2
    arrow(ax, (x, y[0]), (x, y[1]), label=label)


def autoencoder(ax, x=0.0):
    """The left half: one pass up."""
    box(ax, x, ROWS["image"], "$x$")
    box(ax, x, ROWS["enc"], "encoder\nfeed-forward", NETWORK)
    box(ax, x, ROWS["Q"], "$Q(z|x)$", RANDOM)
    box(ax, x, ROWS["z"], "$z$")
    box(ax, x, ROWS["dec"], "decoder\nfeed-forward", NETWORK)
    box(ax, x, ROWS["c"] + 1, "$P(x|z)$", RANDOM)
    for low, high in (("image", "enc"), ("enc", "Q"), ("z", "dec")):
        up(ax, x, low, high)
    up(ax, x, "Q", "z", "sample")
    arrow(ax, (x, ROWS["dec"] + HEIGHT / 2), (x, ROWS["c"] + 1 - HEIGHT / 2))


def step(ax, x, t, before):
    """One step of DRAW in the column ``x``."""
    box(ax, x, ROWS["image"], "$x$")
    box(ax, x, ROWS["read"], "read", PLAIN)
    box(ax, x, ROWS["enc"], "encoder RNN", NETWORK)
    box(ax, x, ROWS["Q"], f"$Q(z_{{{t}}}|x, z_{{1:{before}}})$", RANDOM, 1.9)
    box(ax, x, ROWS["z"], f"$z_{{{t}}}$")
    box(ax, x, ROWS["dec"], "decoder RNN", NETWORK)
    box(ax, x, ROWS["write"], "write", PLAIN)
    box(ax, x, ROWS["c"], f"$c_{{{t}}}$")
    for way in ("image read enc Q", "z dec write c"):
        for low, high in pairwise(way.split()):
            up(ax, x, low, high)
    up(ax, x, "Q", "z", "sample")


def onward(ax, x, to):
    """What one step hands to the next: from the column ``x`` to the column ``to``."""
    left, right = x + WIDTH / 2, to - WIDTH / 2
    for row in ("enc", "dec", "c"):
        arrow(ax, (left, ROWS[row]), (right, ROWS[row]))
    lane(ax, right - 0.9, "dec", {"enc": 0.17, "read": 0.12}, right, plot.LINES[1], "--")
    lane(ax, right - 0.45, "c", {"read": -0.12}, right, plot.LINES[0], ":")


def lane(ax, x, source, goals, right, colour, line):
    """Down the column ``x`` from an arrow of the row ``source``, and right to the goals."""
    ax.plot(x, ROWS[source], "o", ms=4, color=colour)
    for row, above in goals.items():
        y = ROWS[row] + above
        ax.plot([x, x], [ROWS[source], y], line, color=colour, lw=1.3)
        ax.plot([x, right - 0.15], [y, y], line, color=colour, lw=1.3)
        arrow(ax, (right - 0.16, y), (right, y), colour)


def figure_2(title):
    """Figure 2: the autoencoder on the left, DRAW on the right, encoding below decoding."""
    with plot.style():
        fig = plot.figure(9, 6.2)
        ax = fig.subplots()
        ax.set(xlim=(-1.5, 11.9), ylim=(-1.1, 8.5), aspect="equal")
        ax.axis("off")
        ax.plot([-1.2, 11.6], [3.5, 3.5], "--", color="#999999", lw=0.8, zorder=0)
        ax.plot([1.35, 1.35], [-0.4, 8.4], color="#999999", lw=0.8)
        autoencoder(ax)
        step(ax, 4.6, "t", "t-1")
        step(ax, 8.2, "t+1", "t")
        onward(ax, 4.6 - 3.0, 4.6)
        onward(ax, 4.6, 8.2)
        ending(ax, 8.2 + WIDTH / 2, 10.6)
        for x in (-1.3, 11.75):
            ax.text(x, 1.6, "encoding: inference", rotation=90, va="center", ha="center")
            ax.text(x, 6.0, "decoding: generation", rotation=90, va="center", ha="center")
        legend(ax)
        fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    return fig


def ending(ax, left, x):
    """After the last step: the sigmoid of c_T gives the distribution of the image."""
    for row in ("enc", "dec", "c"):
        arrow(ax, (left, ROWS[row]), (left + 0.5, ROWS[row]))
        ax.text(left + 0.6, ROWS[row], r"$\cdots$", ha="left", va="center", fontsize=12)
    box(ax, x, ROWS["c"], "$c_T$", width=1)
    arrow(ax, (left + 0.95, ROWS["c"]), (x - 0.5, ROWS["c"]))
    box(ax, x, ROWS["c"] + 1, "$P(x|z_{1:T})$", RANDOM)
    arrow(ax, (x, ROWS["c"] + HEIGHT / 2), (x, ROWS["c"] + 1 - HEIGHT / 2), label="sigmoid")


def legend(ax):
    """What the two kinds of bowed arrows carry."""
    for x, text, colour, line in (
        (2.2, "decoder output $h^{dec}$ of the step before", plot.LINES[1], "--"),
        (7.4, "canvas, for the error image", plot.LINES[0], ":"),
    ):
        ax.plot([x, x + 0.7], [-0.85, -0.85], line, color=colour, lw=1.3)
        ax.text(x + 0.85, -0.85, text, va="center", fontsize=8)
