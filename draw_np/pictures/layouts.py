"""The paper's figures in the paper's layout, and what else one wants to see of a network.

As in ``plot``, pictures take arrays and know no model. The simplest of the paper's
figures need nothing from here: Figures 1, 7 and 10 are ``plot.drawing``, Figure 8 is
``plot.grid``.
"""

import numpy as np
from matplotlib.patches import Circle
from matplotlib.ticker import MaxNLocator

from draw_np import attention as attn
from draw_np.attention import Attention
from draw_np.pictures import plot

GLIMPSE = "#009E73"  # the green of the paper's Figures 3 and 5, Okabe and Ito's
HIDDEN = 0.5  # grey of pixels that are not known
VALIDATION = {"color": plot.LINES[1], "ms": 4, "lw": 1.2, "label": "validation"}


@plot.style()
def titled(fig, title):
    """The figure with its title over its left edge; returns it."""
    fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    return fig


def show_image(ax, image):
    """One image (C, B, A) on axes, with pixels counted from 1 and no frame."""
    plot.show_mosaic(ax, image[None, None])


def frame(att, N, A, B):
    """Box and border of the first grid of ``att``, whose fields are of shape (M,)."""
    box = plot.window(att.g_X[0], att.g_Y[0], att.delta[0], N, A, B)
    return box, plot.border(att.sigma2[0])


def grid_of(g_X, g_Y, delta, sigma, gamma=1.0):
    """An Attention of one image from five plain numbers; sigma, not its square."""
    numbers = (g_X, g_Y, delta, sigma**2, gamma)
    return Attention(*(np.array([float(v)]) for v in numbers))


# ---------------------------------------------------------------- Figure 3


def filter_grid(image, patches, title):
    """Figure 3: a 3 x 3 grid with delta, g_X and g_Y marked; three patches of 12 x 12.

    Parameters
    ----------
    image : array, shape (1, B, A)
    patches : list of (str, Attention)
        A name and a grid (fields of shape (1,)) for each row on the right.
    title : str
    """
    with plot.style():
        fig = plot.figure(8.2, 4.6)
        axes = fig.add_gridspec(len(patches), 3, width_ratios=(len(patches) + 0.2, 1, 1))
        mark_grid(fig.add_subplot(axes[:, 0]), image)
        for row, (name, att) in enumerate(patches):
            whole, patch = (fig.add_subplot(axes[row, k]) for k in (1, 2))
            show_image(whole, image)
            box, width = frame(att, 12, *image.shape[:0:-1])
            whole.add_patch(plot.window_patch(box, width, GLIMPSE))
            show_image(patch, attn.glimpse(image[None], att, 12)[0])
            numbers = f"$\\delta$ = {att.delta[0]:.3g}, $\\sigma^2$ = {att.sigma2[0]:.3g}"
            whole.set_title(f"{name}\n{numbers}", fontsize=8.5)
            patch.set_title("its patch", fontsize=8.5)
    return titled(fig, title)


def mark_grid(ax, image, N=3):
    """A 3 x 3 grid of filters on an image, with its centre, its stride and its sigma marked."""
    B, A = image.shape[1:]
    g_X, g_Y, delta, sigma = 0.52 * A, 0.46 * B, 0.21 * A, 0.055 * A
    x, y = (attn.filter_centres(np.array([g]), np.array([delta]), N)[0] for g in (g_X, g_Y))
    show_image(ax, image)
    for centre in np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2):
        ring = Circle(centre, sigma, fill=False, color=GLIMPSE, lw=1.6)
        ax.add_patch(ring)
        ax.plot(*centre, "o", ms=4, color=GLIMPSE, mec="white", mew=0.6)
    mark = {"color": plot.LINES[4], "lw": 1.6, "solid_capstyle": "butt"}
    dashed = {"color": "#999999", "lw": 1, "ls": (0, (4, 3)), "clip_on": False, "zorder": 1.5}
    ax.plot([g_X, g_X], [0.5, B + 2.2], **dashed)
    ax.plot([-1.2, A + 0.5], [g_Y, g_Y], **dashed)
    ax.text(g_X, B + 2.4, "$g_X$", ha="center", va="top", fontsize=13)
    ax.text(-1.4, g_Y, "$g_Y$", ha="right", va="center", fontsize=13)
    beside = x[2] + 2 * sigma
    for centre in y[1:]:
        ax.plot([x[2] + 0.5, beside + 0.4], [centre, centre], **mark | {"lw": 0.8})
    double = {"arrowstyle": "<->", "color": mark["color"], "lw": 1.6, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (beside, y[1]), (beside, y[2]), arrowprops=double)
    letter = {"va": "center", "color": mark["color"], "fontsize": 15}
    ax.text(beside + 0.5, y[1:].mean(), r"$\delta$", **letter)
    ax.plot([x[0] - sigma, x[0]], [y[2], y[2]], **mark)
    ax.text(x[0] - sigma - 0.3, y[2], r"$\sigma$", ha="right", **letter)


# ---------------------------------------------------------------- Figure 4


def zooming(photograph, att, N, title):
    """Figure 4: a photograph, its patch, what the transposed filters give back, two filters.

    Parameters
    ----------
    photograph : array, shape (3, B, A)
    att : Attention
        Fields of shape (1,). gamma is set here, so that what is given back is as bright as
        what was read.
    N : int
    title : str
    """
    B, A = photograph.shape[1:]
    patch = attn.glimpse(photograph[None], att, N)  # (1, 3, N, N)
    # neighbouring filters overlap: their sum is 1 / delta along each axis
    back = attn.write(patch, att._replace(gamma=att.delta**-2), A, B)
    F_X, F_Y = attn.filterbanks(att, A, B, N)
    first, last = (F_Y[0, i][:, None] * F_X[0, i] for i in (0, -1))  # (B, A)
    box, width = frame(att, N, A, B)
    shown = [
        (f"the photograph, {A} × {B}", photograph),
        (f"the patch, {N} × {N}", patch[0]),
        ("given back by the transposed filters", back[0]),
        ("the first filter: the patch's top left", (first / first.max())[None]),
        ("the last filter: the patch's bottom right", (last / last.max())[None]),
    ]
    with plot.style():
        fig = plot.figure(9, 5.2)
        for ax, (name, image) in zip(fig.subplots(2, 3).flat, shown, strict=False):
            show_image(ax, image)
            ax.set_title(name, fontsize=9)
            ax.set_anchor("N")  # a flat photograph and a square patch have their titles in line
            if image.shape[1:] == (B, A):
                ax.add_patch(plot.window_patch(box, width, GLIMPSE))
        fig.axes[-1].axis("off")
        words(fig.axes[-1], att, N)
    return titled(fig, title)


def words(ax, att, N):
    """What the grid of a figure is, in numbers."""
    lines = [
        rf"$N = {N}$: ${N * N}$ filters",
        rf"$g_X = {att.g_X[0]:.1f}$, $g_Y = {att.g_Y[0]:.1f}$ pixels",
        rf"stride $\delta = {att.delta[0]:.2f}$ pixels",
        rf"$\sigma = {att.sigma2[0] ** 0.5:.2f}$ pixels",
    ]
    ax.text(0.06, 0.5, "\n".join(lines), transform=ax.transAxes, va="center", linespacing=1.7)


# ---------------------------------------------------------------- Figure 5


def glimpses(images, att, N, title, notes=(), columns=4):
    """Figure 5: what a classifier looks at, a row an image and a column a glimpse.

    Parameters
    ----------
    images : array, shape (M, C, B, A)
    att : Attention
        Of the read, fields of shape (T, M).
    N : int
    title : str
    notes : sequence of str
        What stands to the right of each row.
    columns : int
        At most so many glimpses, the first and the last among them.
    """
    steps = plot.shown_steps(len(att.g_X), columns)
    B, A = images.shape[-2:]
    windows = plot.attention_windows(att, N, A, B, GLIMPSE, steps, range(len(images)))
    repeated = np.repeat(images[:, None], len(steps), axis=1)  # (M, columns, C, B, A)
    labels = [f"glimpse {t}" for t in steps]
    fig = plot.mosaic_figure(repeated, title, windows, labels, scale=0.9 / A)
    return label_rows(fig, notes, A, B, len(steps))


@plot.style()
def label_rows(fig, notes, A, B, columns=None):
    """A word to the right of every row of a mosaic of ``columns``, or to its left without.

    The figure becomes wider by what the words need; it is returned.
    """
    x, side = (-2, "right") if columns is None else (columns * (A + plot.GAP) + 1, "left")
    for r, note in enumerate(notes):
        y = r * (B + plot.GAP) + B / 2
        fig.axes[0].text(x, y, note, ha=side, va="center", fontsize=8)
    longest = max((len(line) for note in notes for line in note.splitlines()), default=0)
    fig.set_figwidth(fig.get_figwidth() + 0.08 * longest + 0.2)
    return fig


# ---------------------------------------------------------------- Figures 6, 9, 12


def with_neighbours(images, neighbours, title):
    """Figures 6, 9, 12: a grid of generated images and, apart, the nearest training images.

    Parameters
    ----------
    images : array, shape (rows, columns, C, B, A)
    neighbours : array, shape (rows, C, B, A)
        Of the images of the last column.
    title : str
    """
    R, K, _, B, A = images.shape
    scale = 0.03 if A < 40 else 0.016
    width, height = (K + 1.5) * (A + plot.GAP) * scale, R * (B + plot.GAP) * scale
    with plot.style():
        fig = plot.figure(width + 0.2, height + 0.7)
        ratios = (K * (A + plot.GAP) - plot.GAP, A)
        left, right = fig.subplots(1, 2, width_ratios=ratios, gridspec_kw={"wspace": 0.04})
        plot.show_mosaic(left, images, labels=[""] * (K - 1) + ["generated"])
        plot.show_mosaic(right, neighbours[:, None], labels=["nearest in training"])
    return titled(fig, title)


# ---------------------------------------------------------------- Figure 11


def cost(log, title):
    """Figure 11: training and validation cost against minibatches.

    Every minibatch is a thin line, their running mean (over a fiftieth of the run) a
    thick one. The axis leaves out the first fall, as the paper's does.

    Parameters
    ----------
    log : dict of arrays
        As ``training.logbook.read`` gives it.
    title : str
    """
    thousands = log["step"][-1] >= 5000
    unit = 1000 if thousands else 1
    n = max(1, len(log["step"]) // 50)
    smooth = np.convolve(log["bound"], np.ones(n) / n, mode="valid")
    middle = log["step"][n - 1 :] - (n - 1) / 2
    with plot.style():
        fig = plot.figure(6.5, 4)
        ax = fig.subplots()
        ax.plot(log["step"] / unit, log["bound"], color=plot.LINES[0], lw=0.5, alpha=0.3)
        ax.plot(middle / unit, smooth, color=plot.LINES[0], lw=1.6, label="training, running mean")
        ax.plot(log["valid_step"] / unit, log["valid_bound"], "--s", **VALIDATION)
        seen = np.concatenate([smooth[len(smooth) // 12 :], log["valid_bound"]])
        low, high = seen.min(), seen.max()
        ax.set(ylim=(low - 0.1 * (high - low), high + 0.05 * (high - low)))
        ax.set(xlabel=f"minibatches{' (thousands)' if thousands else ''}")
        ax.set(ylabel="cost: nats per image")
        ax.legend()
    return titled(fig, title)


def learning(log, title):
    """How a classifier learned: cross-entropy and error against minibatches.

    Parameters
    ----------
    log : dict of arrays
        As ``training.logbook.read`` gives it.
    title : str
    """
    n = max(1, len(log["step"]) // 50)
    middle = log["step"][n - 1 :] - (n - 1) / 2
    with plot.style():
        fig = plot.figure(9, 3.2)
        left, right = fig.subplots(1, 2)
        for ax, name, factor in ((left, "cross_entropy", 1), (right, "error", 100)):
            ax.plot(log["step"], factor * log[name], color=plot.LINES[0], lw=0.5, alpha=0.3)
            smooth = np.convolve(factor * log[name], np.ones(n) / n, mode="valid")
            ax.plot(middle, smooth, color=plot.LINES[0], lw=1.6, label="training, running mean")
            ax.set(xlabel="minibatches", ylim=(0, None))
        left.plot(log["valid_step"], log["valid_bound"], "--s", **VALIDATION)
        left.set(ylabel="cross-entropy, nats per image")
        right.set(ylabel="error, %")
        left.legend()
    return titled(fig, title)


# ---------------------------------------------------------------- coarse to fine


def from_coarse(coarse, details, title):
    """Images from coarse to fine, a row an image: enlarged picture, details, their sum, and on.

    Parameters
    ----------
    coarse, details : list of array
        Of every level, the coarsest first, (M, C, B / 2^k, A / 2^k); shown with large pixels.
        Of details, which have a sign, 0 is grey. The first ``coarse`` is black and left out.
    title : str
    """
    B, A = details[-1].shape[-2:]
    columns, labels = [details[0]], ["{} x {}".format(*details[0].shape[:1:-1])]
    for l_k, h_k in zip(coarse[1:], details[1:], strict=True):
        columns += [l_k, 0.5 + 0.5 * h_k, l_k + h_k]
        labels += ["enlarged", "+ details", "= {} x {}".format(*h_k.shape[:1:-1])]
    shown = [np.kron(p, np.ones((B // p.shape[-2], A // p.shape[-1]))) for p in columns]
    return plot.mosaic_figure(np.stack(shown, axis=1), title, labels=labels, scale=0.032)


def players(log, title):
    """The costs of the two players of every level while they learned, and the energy distance.

    Parameters
    ----------
    log : dict of arrays
        As ``training.logbook.read`` gives it: ``D_k``, ``G_k``, and the validations.
    title : str
    """
    n = max(1, len(log["step"]) // 50)
    middle = log["step"][n - 1 :] - (n - 1) / 2
    T = sum(name.startswith("D_") for name in log)
    with plot.style():
        fig = plot.figure(9, 3.2)
        left, right = fig.subplots(1, 2)
        for k, colour in zip(range(T), plot.LINES, strict=False):
            for name, line in ((f"D_{k}", "-"), (f"G_{k}", "--")):
                smooth = np.convolve(log[name], np.ones(n) / n, mode="valid")
                left.plot(middle, smooth, line, color=colour, lw=1.3, label=f"${name}$")
        left.set(xlabel="minibatches", ylabel="cost of each player, nats", ylim=(0, None))
        left.legend(ncols=T)
        right.plot(log["valid_step"], log["valid_bound"], "s-", color=plot.LINES[1], ms=4)
        right.set(xlabel="minibatches", ylabel="energy distance to the validation images")
        right.set(ylim=(0, None))
    return titled(fig, title)


# ---------------------------------------------------------------- beyond the paper


def trajectories(reading, writing, title):
    """g_X, g_Y, delta, sigma and gamma of the two windows over the steps.

    Parameters
    ----------
    reading, writing : Attention or None
        Fields of shape (T, M), of the same images.
    title : str

    Notes
    -----
    A thin line an image, a thick one their median.
    """
    heads = [("read", reading, plot.READ, "--"), ("write", writing, plot.WRITE, "-")]
    names = [
        ("g_X", "$g_X$: centre along x", "pixels"),
        ("g_Y", "$g_Y$: centre along y", "pixels"),
        ("delta", r"$\delta$: stride", "pixels"),
        ("sigma2", r"$\sigma$: width of a filter", "pixels"),
        ("gamma", r"$\gamma$: intensity", ""),
    ]
    with plot.style():
        fig = plot.figure(9, 4.8)
        axes = fig.subplots(2, 3, sharex=True).flat
        for ax, (field, name, unit) in zip(axes, names, strict=False):
            for head, att, colour, line in heads:
                if att is not None:
                    values = getattr(att, field) ** (0.5 if field == "sigma2" else 1)
                    over_steps(ax, values, colour, line, head)
            ax.set_title(name)
            ax.set(ylabel=unit, xlabel="step $t$")
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
            ax.xaxis.set_tick_params(labelbottom=True)
            if field == "gamma":
                ax.set_yscale("log")
        fig.axes[-1].axis("off")
        lines = [line for line in fig.axes[0].lines if not line.get_label().startswith("_")]
        fig.axes[-1].legend(handles=lines, loc="center", title="a line an image; thick: median")
    return titled(fig, title)


def over_steps(ax, values, colour, line, name):
    """One number of every image over the steps, (T, M), and the median."""
    t = np.arange(1, len(values) + 1)
    ax.plot(t, values, color=colour, lw=0.6, alpha=0.45)
    ax.plot(t, np.median(values, axis=1), line, color=colour, lw=2.4, label=name)


def both_windows(x, canvases, reading, writing, N_read, N_write, title, columns=12):
    """An image being drawn again: where it is read, and under that where is written.

    Parameters
    ----------
    x : array, shape (M, C, B, A)
    canvases : array, shape (T + 1, M, C, B, A)
    reading, writing : Attention or None
        Fields of shape (T, M).
    N_read, N_write : int or None
    title : str
    columns : int
        At most so many steps.
    """
    M, (B, A) = len(x), x.shape[-2:]
    steps = plot.shown_steps(len(canvases) - 1, columns)
    above = np.repeat(x[:, None], len(steps), axis=1)  # (M, columns, C, B, A)
    below = np.swapaxes(canvases[steps], 0, 1)
    rows = np.stack([above, below], axis=1).reshape(2 * M, *above.shape[1:])
    windows = [
        (2 * r + place, *rest)
        for place, att, N, colour in (
            (0, reading, N_read, plot.READ),
            (1, writing, N_write, plot.WRITE),
        )
        for r, *rest in plot.attention_windows(att, N, A, B, colour, steps, range(M))
    ]
    fig = plot.mosaic_figure(rows, title, windows, [f"t = {t}" for t in steps])
    return label_rows(fig, ["image, read", "canvas, written"] * M, A, B)


def kl_of_steps(log, title):
    """The KL of every step over training, and what each step spends at the end.

    Parameters
    ----------
    log : dict of arrays
        As ``training.logbook.read`` gives it.
    title : str
    """
    last = max(1, len(log["step"]) // 20)
    spent = log["kl"][-last:].mean(axis=0)
    with plot.style():
        fig = plot.figure(9, 3.8)
        left, right = fig.subplots(1, 2, width_ratios=(3, 1))
        plot.kl_over_training(left, {"step": log["step"], "kl": in_blocks(log["kl"])}, fig)
        right.set_axisbelow(True)
        right.barh(np.arange(1, len(spent) + 1), spent, color=plot.LINES[0])
        right.set(ylim=left.get_ylim(), xlabel="nats", ylabel="drawing step t")
        right.yaxis.set_major_locator(MaxNLocator(integer=True))
        right.set_title(f"In the end: {spent.sum():.1f} nats")
    return titled(fig, title)


def in_blocks(values, n=200):
    """At most ``n`` rows, each the mean of neighbouring rows of ``values``."""
    return np.stack([part.mean(axis=0) for part in np.array_split(values, min(n, len(values)))])


def interpolation(images, title):
    """Images between two latents, a row a pair, the two ends framed.

    Parameters
    ----------
    images : array, shape (pairs, columns, C, B, A)
    title : str
    """
    R, K, _, B, A = images.shape
    box = (0.5, 0.5, A + 0.5, B + 0.5)
    ends = [(r, k, box, 0.8, plot.LINES[4]) for r in range(R) for k in (0, K - 1)]
    labels = [f"{share:.0%}" for share in np.linspace(0, 1, K)]
    return plot.mosaic_figure(images, title, ends, labels)


def completion(x, known, rounds, title, shown=(1, 2, 3, 5, 10, 20, 50)):
    """Half-hidden images and what the network makes of the hidden half, round by round.

    Parameters
    ----------
    x : array, shape (M, C, B, A)
    known : array of bool, shape (M, 1, B, A)
    rounds : array, shape (rounds + 1, M, C, B, A)
        As ``studies.complete`` gives them.
    title : str
    shown : sequence of int
        Which rounds.
    """
    shown = [r for r in shown if r < len(rounds)]
    given = np.where(known, x, HIDDEN)
    sheet = np.stack([x, given, *(rounds[r] for r in shown)], axis=1)
    labels = ["image", "known", *(f"round {r}" for r in shown)]
    return plot.mosaic_figure(sheet, title, labels=labels, scale=0.026)
