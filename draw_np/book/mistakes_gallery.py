"""Figures and measurements of the chapter on mistakes.

The mistakes themselves are those of ``draw_np.mistakes``; here is what shows them.
"""

import ast
from functools import wraps
from pathlib import Path

import numpy as np
from matplotlib.ticker import FuncFormatter

from draw_np import attention, mistakes, model
from draw_np.book.attention import bare, heading, show_image, show_matrix
from draw_np.nn import sigmoid
from draw_np.pictures import plot
from draw_np.pictures.plot import INK, LINES, READ, WRITE

ROOT = Path(__file__).parents[2]
SAME = 0.05  # nats: what rounding does to a bound of 80 is far less
NOTICED = 10.0  # nats above the right bound that nobody overlooks
VERDICTS = {
    "better": "the number looks better",
    "same": "no change at all",
    "near": f"worse by less than {NOTICED:g} nats",
    "worse": "worse, for all to see",
}
COLOURS = {"better": LINES[1], "same": LINES[4], "near": LINES[5], "worse": "#999999"}
TICKS = (-100, -10, -1, 0, 1, 10, 100, 1000, 10_000, 1_000_000)
MARKS = {"better": "<", "same": "D", "near": ">", "worse": "o"}


# ---------------------------------------------------------------- the catalogue


def has_test(check, root=ROOT):
    """Whether a test called as in ``Mistake.check`` is defined in the checkout.

    Parameters
    ----------
    check : str
        "tests/test_x.py::test_y".
    root : Path

    Returns
    -------
    bool
    """
    path, _, name = check.partition("::")
    if not (root / path).is_file():
        return False
    tree = ast.parse((root / path).read_text(encoding="utf-8"))
    return name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def label(number, name):
    """A gallery's label for a mistake, in Markdown: what it does, how it looks, its test."""
    e = mistakes.CATALOGUE[name]
    does = e.does.replace("~", r"\~")
    symptom = (e.symptom[0].upper() + e.symptom[1:]).replace("~", r"\~")
    return (
        f"**{number}. `{name}`** puts a wrong `{e.where}` in place. {does}\n\n"
        f"*Symptom:* {symptom}.\n\n*Caught by* `{e.check}`."
    )


def terms_with(name, params, x, eps, config):
    """L^x and L^z, means over the images, with a mistake put in (None: with none)."""
    if name is None:
        mean = model.mean_terms(model.terms(params, x, eps, config))
        return float(mean.L_x), float(np.sum(mean.L_z))
    with mistakes.made(name):
        return terms_with(None, params, x, eps, config)


def verdict(change):
    """What somebody who looks at the bound alone would say: a key of ``VERDICTS``."""
    if abs(change) < SAME:
        return "same"
    if change < 0:
        return "better"
    return "near" if change < NOTICED else "worse"


# ---------------------------------------------------------------- undone by other weights


def made_up_for(params, name, config):
    """Weights with which a network that makes a mistake does what it did without.

    For mistakes that only change the coordinates in which a head speaks: the same
    function is there, under other weights.

    Parameters
    ----------
    params : dict of arrays
    name : str
        A key of ``REMEDIES``.
    config : Config
        With attention.

    Returns
    -------
    dict of arrays
    """
    changed = {n: v.copy() for n, v in params.items()}
    REMEDIES[name](changed, config)
    return changed


def both_heads(change):
    """A remedy that does the same to the affine maps of both heads."""

    @wraps(change)  # so that a chapter can show its source
    def remedy(params, config):
        for head, N in (("read", config.N_read), ("write", config.N_write)):
            change(params[f"{head}.W"], params[f"{head}.b"], config, N)

    return remedy


@both_heads
def move_centres(W, b, config, N):
    """A/2 (g' + 1) = (A + 1)/2 (g + 1), and so along y."""
    for k, size in ((0, config.A), (1, config.B)):
        W[:, k] *= (size + 1) / size
        b[k] = (size + 1) / size * (b[k] + 1) - 1


@both_heads
def stretch_stride(W, b, config, N):
    """Add log(N / (N - 1)) to log delta~."""
    b[3] += np.log(N / (N - 1))


@both_heads
def halve_log_variance(W, b, config, N):
    """2 (sigma'^2)^2 = sigma^2, so log sigma'^2 = (log sigma^2 - log 2) / 2."""
    W[:, 2] /= 2
    b[2] = (b[2] - np.log(2)) / 2


def turn_log_gamma(params, config):
    """Change the sign of the write head's log gamma."""
    params["write.W"][:, 4] *= -1
    params["write.b"][4] *= -1


def turn_encoder(params, config):
    """Let the encoder's weights take the entries of a patch column by column."""
    N, size = config.N_read, config.read_size
    order = np.arange(size).reshape(-1, N, N).swapaxes(1, 2).ravel()
    params["enc.W"][:size] = params["enc.W"][:size][order]


REMEDIES = {
    "centre-at-half-the-width": move_centres,
    "stride-over-n-filters": stretch_stride,
    "whole-fraction-squared": halve_log_variance,
    "write-with-gamma": turn_log_gamma,
    "patch-transposed": turn_encoder,
}


# ---------------------------------------------------------------- the bound's verdict


def verdicts(changes):
    """By how much each mistake moves the bound of one trained network.

    Parameters
    ----------
    changes : dict of float
        The name of a mistake to the bound with it minus the bound without, in nats.
    """
    order = sorted(changes, key=lambda name: (changes[name] if name else 0, name))
    with plot.style():
        fig = plot.figure(8.2, 0.9 + 0.142 * len(order))
        ax = fig.subplots()
        ax.axvspan(-SAME, SAME, color="#EEEEEE", zorder=0)
        for row, name in enumerate(order):
            kind = verdict(changes[name])
            ax.plot([0, changes[name]], [row, row], color=COLOURS[kind], linewidth=0.9)
            ax.plot(changes[name], row, MARKS[kind], color=COLOURS[kind], mec=INK, mew=0.5, ms=5)
        for kind, words in VERDICTS.items():
            count = sum(verdict(v) == kind for v in changes.values())
            ax.plot(
                [],
                [],
                MARKS[kind],
                color=COLOURS[kind],
                mec=INK,
                mew=0.5,
                ms=5,
                label=f"{words}: {count}",
            )
        ax.set_xscale("symlog", linthresh=1, linscale=0.6)
        ax.set_xticks([v for v in TICKS if v <= 10 * max(changes.values())])
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:+,.0f}" if v else "0"))
        ax.set_yticks(range(len(order)), order, fontsize=6.8)
        ax.set(ylim=(len(order) - 0.3, -0.7), xlabel="change of the bound, nats an image")
        ax.legend(loc="upper right", fontsize=8.5)
        ax.grid(axis="y", visible=False)
        best = sum(verdict(v) in ("better", "same") for v in changes.values())
        title = f"{len(order)} mistakes in one trained network: the loss likes or overlooks {best}"
        fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    return fig


# ---------------------------------------------------------------- latent and bound


def kl_three_ways(right, wrong, drawn, error):
    """The KL of every step: in closed form, as a mistake has it, and measured by drawing.

    Parameters
    ----------
    right, wrong, drawn, error : array, shape (T,)
        In nats; the last two are a mean over draws and its standard error.
    """
    t = np.arange(1, len(right) + 1)
    with plot.style():
        fig = plot.figure(8.2, 2.9)
        ax = fig.subplots()
        ax.plot(t, right, color=LINES[0], label="closed form")
        ax.plot(t, wrong, "--", color=WRITE, label="closed form, by log variance")
        ax.errorbar(
            t,
            drawn,
            2 * error,
            fmt="o",
            ms=4,
            color=INK,
            linewidth=1,
            label="measured from draws, ± 2 standard errors",
        )
        ax.set(xlabel="drawing step t", ylabel="KL, nats", ylim=(0, None), xticks=t)
        ax.set_title("What is drawn costs what the right formula says, and more than the wrong one")
        ax.legend(fontsize=8)
    return fig


def weighted(K, right, wrong):
    """The importance-weighted bound against the number of draws.

    Parameters
    ----------
    K : sequence of int
    right, wrong : sequence of float
        In nats.
    """
    with plot.style():
        fig = plot.figure(8.2, 2.9)
        ax = fig.subplots()
        ax.plot(K, right, "o-", color=LINES[0], ms=4, label="weights of the z that was drawn")
        ax.plot(K, wrong, "s--", color=WRITE, ms=4, label="weights by the closed-form KL")
        ax.set_xscale("log")
        ax.set_xticks(K, [f"{k}" for k in K])
        ax.minorticks_off()
        ax.set(xlabel="draws K", ylabel="nats an image")
        ax.set_title("Alike at K = 1; then only one of them is still a bound")
        ax.legend(fontsize=8)
    return fig


# ---------------------------------------------------------------- training


def two_runs(losses, moved):
    """Two trainings side by side: their losses, and how far their heads have come.

    Parameters
    ----------
    losses, moved : dict of arrays
        What a run is called to a number for each step.
    """
    lines = {name: (LINES[k], ("-", "--")[k]) for k, name in enumerate(losses)}
    with plot.style():
        fig = plot.figure(8.2, 2.9)
        left, right = fig.subplots(1, 2)
        for name, (colour, dash) in lines.items():
            left.plot(losses[name], dash, color=colour, linewidth=1.3, label=name)
            right.plot(moved[name], dash, color=colour, linewidth=1.6, label=name)
        left.set(xlabel="training step", ylabel="nats an image")
        left.set_title("Both learn")
        left.legend(fontsize=8)
        right.set(xlabel="training step", ylabel="distance from the start")
        right.set_title("Only one learns where to look: its heads' weights")
    return fig


def sure_and_wrong(c, costs, slopes):
    """What a pixel x = 1 costs at the logit c, and how hard the loss pulls at it.

    Parameters
    ----------
    c : array, shape (n,)
    costs, slopes : dict of arrays, shape (n,)
        What a way of computing is called to its cost in nats and its derivative.
    """
    with plot.style():
        fig = plot.figure(8.2, 2.7)
        axes = fig.subplots(1, 2)
        for ax, curves, title in zip(
            axes, (costs, slopes), ("Its cost, in nats", "The pull on its logit"), strict=True
        ):
            for (name, y), colour, dash in zip(curves.items(), LINES, ("-", "--"), strict=False):
                ax.plot(c, y, dash, color=colour, linewidth=1.6, label=name)
            ax.set(xlabel="logit $c$ of a pixel that should be white")
            ax.set_title(title)
        axes[0].legend(fontsize=8)
    return fig


# ---------------------------------------------------------------- filterbank


def at_rest(x, N, rows):
    """First grids on an image and what they read, one way of computing them a column.

    Parameters
    ----------
    x : array, shape (1, 1, B, A)
    N : sequence of int
        One for each row.
    rows : dict of lists
        A column's title to its grids, one for each row: centres along x and along y,
        each (N,), and the patch (1, N, N).
    """
    B, A = x.shape[-2:]
    low = [min(np.min(grids[r][0]) for grids in rows.values()) - 1.5 for r in range(len(N))]
    with plot.style():
        fig = plot.figure(8.2, 0.35 + 1.75 * len(N))
        axes = np.atleast_2d(fig.subplots(len(N), 2 * len(rows), width_ratios=[1.9, 1] * len(rows)))
        for k, (title, grids) in enumerate(rows.items()):
            for row, (mu_X, mu_Y, patch) in enumerate(grids):
                image, seen = axes[row, 2 * k], axes[row, 2 * k + 1]
                show_image(image, 0.75 * x[0])
                u, v = (w.ravel() for w in np.meshgrid(mu_X, mu_Y))
                image.scatter(
                    u, v, 16, color=WRITE if k else READ, edgecolor="white", linewidth=0.5, zorder=3
                )
                image.set(xlim=(low[row], A + 1.5), ylim=(B + 1.5, low[row]))
                image.axis("off")
                show_image(seen, patch)
                heading(seen, f"N = {N[row]}", 8)
                if row == 0:
                    heading(image, title)
    return fig


def widths(logs, right, wrong):
    """Filters of three widths as heat maps: as they should be, and with a mistake.

    Parameters
    ----------
    logs : sequence of float
        log sigma^2, one for each column.
    right, wrong : list of arrays, shape (N, A)
    """
    with plot.style():
        fig = plot.figure(8.2, 2.35)
        axes = fig.subplots(2, len(logs), sharex=True)
        for k, (log_sigma2, *pair) in enumerate(zip(logs, right, wrong, strict=True)):
            high = max(F.max() for F in pair)
            for row, F in enumerate(pair):
                show_matrix(axes[row, k], F, high=high)
                axes[row, k].set_xticks([1, F.shape[1]])
            heading(axes[0, k], f"$\\log\\sigma^2$ = {log_sigma2:g}")
        for row, word in enumerate(("right", "whole fraction\nsquared")):
            axes[row, 0].set_ylabel(word, fontsize=8)
    return fig


def outside(places, readings, pulls, A):
    """A filter on its way out of an image: what it reads, and the slope that calls it back.

    Parameters
    ----------
    places : array, shape (n,)
        Pixels of the filter's centre.
    readings, pulls : dict of arrays, shape (n,)
    A : int
        Width of the image.
    """
    with plot.style():
        fig = plot.figure(8.2, 2.8)
        axes = fig.subplots(1, 2)
        for ax, curves, title in zip(
            axes,
            (readings, pulls),
            ("What it reads of an image of ones", "Its slope in a picture with a white edge"),
            strict=True,
        ):
            for k, (name, y) in enumerate(curves.items()):
                ax.plot(places, y, ("-", "--")[k], color=LINES[k], linewidth=1.7, label=name)
            ax.axvspan(A + 0.5, places[-1], color="#EEEEEE", zorder=0)
            ax.set(
                xlabel=f"centre of the filter; the image ends at {A + 0.5:g}",
                xlim=(places[0], places[-1]),
            )
            ax.set_title(title)
        axes[1].set_yscale("log")
        axes[1].set_ylim(1e-18, 10)
        axes[0].legend(fontsize=8, loc="lower left")
    return fig


# ---------------------------------------------------------------- pictures


def drawn(rows, title, labels=(), windows=()):
    """Rows of pictures, each with its name at the left.

    Parameters
    ----------
    rows : dict of arrays, shape (columns, C, B, A)
        Intensities.
    title : str
    labels : sequence of str
        One a column, or none.
    windows : sequence
        As for ``plot.show_mosaic``.
    """
    images = np.stack(list(rows.values()))
    R, K, _, B, A = images.shape
    with plot.style():
        side = (8.2 - 1.75) / K
        fig = plot.figure(8.2, R * side * B / A + 0.62)
        ax = fig.subplots()
        plot.show_mosaic(ax, images, windows, labels)
        for r, name in enumerate(rows):
            ax.text(-3, r * (B + plot.GAP) + B / 2, name, ha="right", va="center", fontsize=8)
        fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    return fig


def window_marks(row, att, m, N, config, steps, colour=WRITE):
    """Windows of one image over time, for a row of ``drawn`` with a column for each step."""
    fields = [np.asarray(f)[:, m : m + 1] for f in (att.g_X, att.g_Y, att.delta, att.sigma2)]
    found = plot.attention_windows(
        attention.Attention(*fields, gamma=None), N, config.A, config.B, colour, steps, [0]
    )
    return [(row, *rest) for _, *rest in found]


def patches(x, right, wrong, lying):
    """An image, its patch, the patch that a mistake makes of it, and an image to compare.

    Parameters
    ----------
    x, lying : array, shape (1, 1, B, A)
        The image, and the same lying down.
    right, wrong : array, shape (1, 1, N, N)
    """
    titles = ("the image", "its patch", "with the mistake", "the patch of this image")
    with plot.style():
        fig = plot.figure(8.2, 2.2)
        for ax, image, title in zip(
            fig.subplots(1, 4), (x, right, wrong, lying), titles, strict=True
        ):
            show_image(ax, image[0])
            bare(ax)
            heading(ax, title)
    return fig


def canvases(drawing):
    """What can be seen of a drawing: sigmoid(c_0) .. sigmoid(c_T), (T + 1, M, C, B, A)."""
    return sigmoid(np.asarray(drawing.c, dtype=np.float64))
