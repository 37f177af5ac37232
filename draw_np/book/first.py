"""What the first chapter shows: pictures printed and drawn, outlines, strokes, beginnings."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from draw_np.pictures import diagram, plot
from draw_np.pictures.plot import LINES, WRITE, figure, shades, show_mosaic, style

QUIET = "#999999"

# ---------------------------------------------------------------- outlines and details


def halved(image):
    """The mean of every square of 2 x 2 pixels: shape (..., B, A) to (..., B / 2, A / 2)."""
    return (
        image[..., ::2, ::2]
        + image[..., 1::2, ::2]
        + image[..., ::2, 1::2]
        + image[..., 1::2, 1::2]
    ) / 4


def doubled(image):
    """Every pixel as a square of 2 x 2: shape (..., B, A) to (..., 2 B, 2 A)."""
    return np.repeat(np.repeat(image, 2, axis=-2), 2, axis=-1)


def pyramid(image, levels):
    """A picture as an outline and the details that it lacks, the finest last.

    Parameters
    ----------
    image : array, shape (..., B, A)
        Both sides divisible by 2 as often as there are levels.
    levels : int

    Returns
    -------
    outline : array, shape (..., B / 2^levels, A / 2^levels)
    details : list of arrays
        Each twice as large as the one before.

    Raises
    ------
    ValueError
        If a side cannot be halved so often.
    """
    if any(side % 2**levels for side in image.shape[-2:]):
        raise ValueError(
            f"{image.shape[-2]} x {image.shape[-1]} pixels cannot be halved {levels} times: both "
            f"sides must be divisible by {2**levels}"
        )
    details = []
    for _ in range(levels):
        outline = halved(image)
        details.insert(0, image - doubled(outline))
        image = outline
    return image, details


def rebuilt(outline, details):
    """The picture again: the outline enlarged, and detail after detail added."""
    for detail in details:
        outline = doubled(outline) + detail
    return outline


def touched(canvases, share=0.9):
    """How much of the picture a step changes.

    Parameters
    ----------
    canvases : array, shape (T + 1, M, C, B, A)
        Intensities sigmoid(c_0) .. sigmoid(c_T).
    share : float

    Returns
    -------
    array, shape (T, M)
        The smallest share of the pixels that makes up ``share`` of the step's change.
    """
    change = np.abs(np.diff(canvases, axis=0)).reshape(len(canvases) - 1, canvases.shape[1], -1)
    largest_first = -np.sort(-change, axis=-1)
    reached = np.cumsum(largest_first, axis=-1) / largest_first.sum(axis=-1, keepdims=True)
    return (np.sum(reached < share, axis=-1) + 1) / change.shape[-1]


# ---------------------------------------------------------------- figures


def three_ways(once, parts, windows, outlines, steps):
    """All at once, part by part, outline first: all from the same kind of start.

    Parameters
    ----------
    once : array, shape (K, C, B, A)
        The start, and pictures that were made of it in one step each.
    parts, outlines : array, shape (T + 1, R, C, B, A)
    windows : list
        As ``plot.attention_windows`` gives them, for the columns of ``parts``.
    steps : sequence of int, length K
        Which canvases are shown.
    """
    labels = ["start" if t == 0 else f"t = {t}" for t in steps]
    R = parts.shape[1]
    with style():
        fig = figure(9.5, 1.9 + (2 * R + 1) * 1.0)
        top, middle, bottom = fig.subplots(3, 1, height_ratios=(1, R, R))
        show_mosaic(top, once[None], labels=["start"] + ["t = 1"] * (len(once) - 1))
        top.set_title("All at once: one step each, and it is done", pad=16)
        show_mosaic(middle, np.swapaxes(parts[steps], 0, 1), windows, labels)
        middle.set_title("Part by part: a step changes what lies in and around its window", pad=16)
        show_mosaic(bottom, np.swapaxes(outlines[steps], 0, 1), labels=labels)
        bottom.set_title("Outline first, then detail: a step may change all of it", pad=16)
    return fig


def levels(image, outline, details):
    """A picture, its outline, its details, and the picture rebuilt level by level."""
    stages = [rebuilt(outline, details[:n]) for n in range(len(details) + 1)]
    n = len(details)
    with style():
        fig = figure(9.5, 4.9)
        axes = fig.subplots(2, n + 2)
        for ax in axes.flat:
            ax.axis("off")
        show_mosaic(axes[0, 0], image[None, None])
        axes[0, 0].set_title("the picture")
        for k, stage in enumerate(stages):
            show_mosaic(axes[1, k + 1], stage[None, None])
            axes[1, k + 1].set_title(size(stage) if k else f"the outline, {size(stage)}")
        for k, detail in enumerate(details):
            show_mosaic(axes[0, k + 2], 0.5 + detail[None, None] / 2)
            axes[0, k + 2].set_title(f"+ detail, {size(detail)}")
        show_mosaic(axes[0, 1], outline[None, None])
        axes[0, 1].set_title(f"outline, {size(outline)}")
        axes[1, 0].text(0.5, 0.5, "added up,\nfrom left\nto right:", ha="center", va="center",
                        transform=axes[1, 0].transAxes)  # fmt: skip
    return fig


def size(image):
    """Rows and columns in words."""
    return f"{image.shape[-2]} × {image.shape[-1]}"


def reach_of_steps(named):
    """The share of the picture that each step changes, over the steps.

    Parameters
    ----------
    named : dict of arrays
        Name to ``touched``, (T, M).
    """
    with style():
        fig = figure(6.5, 2.9)
        ax = fig.subplots()
        for (name, share), line, colour in zip(named.items(), ("-", "--"), LINES, strict=False):
            t = np.arange(1, len(share) + 1)
            ax.plot(t, 100 * share.mean(axis=1), line, marker="o", ms=4, color=colour, label=name)
        ax.set(xlabel="step $t$", ylabel="% of the pixels", ylim=(0, None))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_title("How much of the picture makes up nine tenths of a step's change")
        ax.legend()
    return fig


def stroke(canvases, logits, windows, t):
    """One step: the canvas before, what is added, the canvas after, and where in the row it is.

    Parameters
    ----------
    canvases : array, shape (T + 1, C, B, A)
        Intensities of one picture.
    logits : array, shape (T, C, B, A)
        What every step adds to the canvas.
    windows : list of (box, width)
        The write window of every step.
    t : int
        From 1.
    """
    B, A = canvases.shape[-2:]
    box, width = windows[t - 1]
    with style():
        fig = figure(9.5, 4.6)
        axes = fig.subplot_mosaic([["before", "added", "after"], ["all"] * 3], height_ratios=(3, 1))
        show_mosaic(axes["before"], canvases[t - 1][None, None])
        axes["before"].set_title(f"the canvas after step {t - 1}, and the window")
        axes["before"].add_patch(plot.window_patch(box, width, WRITE))
        picture = axes["added"].imshow(
            logits[t - 1, 0],
            cmap=shades("gray"),
            vmin=-4,
            vmax=4,
            extent=(0.5, A + 0.5, B + 0.5, 0.5),
        )
        axes["added"].axis("off")
        axes["added"].set_title(f"stroke {t}: light adds, dark takes away")
        fig.colorbar(picture, ax=axes["added"], shrink=0.8, label="change of the canvas")
        show_mosaic(axes["after"], canvases[t][None, None])
        axes["after"].set_title(f"the canvas after step {t}")
        whole = (t, (0.5, 0.5, A + 0.5, B + 0.5), 2, WRITE)
        show_mosaic(axes["all"], canvases[None], [(0, *whole)], range(len(canvases)))
    return fig


def endings(images, kept, spread):
    """Pictures that share their first latents: a row for how many, a column for each ending.

    Parameters
    ----------
    images : array, shape (R, K, C, B, A)
    kept : sequence of int, length R
        How many steps are shared.
    spread : array, shape (T + 1,)
        How much the endings differ, for 0 .. T shared steps.
    """
    with style():
        fig = figure(9.5, 3.9)
        left, right = fig.subplots(1, 2, width_ratios=[2.1, 1])
        show_mosaic(left, images)
        B = images.shape[-2]
        for row, k in enumerate(kept):
            words = "nothing shared" if k == 0 else f"{k} of {len(spread) - 1} shared"
            left.text(-2, row * (B + plot.GAP) + B / 2, words, ha="right", va="center", fontsize=8)
        left.set_title("Same beginning, eight endings")
        right.plot(range(len(spread)), spread, "o-", ms=4, color=LINES[0])
        right.set(xlabel="steps shared", ylabel="spread of a pixel", ylim=(0, None))
        right.xaxis.set_major_locator(MaxNLocator(integer=True))
        right.set_title("What is still open")
    return fig


# ---------------------------------------------------------------- three networks


def side_by_side():
    """Autoencoder, variational autoencoder and two steps of DRAW, as drawings."""
    with style():
        fig = figure(10, 6.2)
        ax = fig.subplots()
        ax.set(xlim=(-1.1, 14.6), ylim=(-1.1, 9.2), aspect="equal")
        ax.axis("off")
        plain(ax, 0)
        diagram.autoencoder(ax, 2.6)
        first, second = 7.3, 10.9
        diagram.step(ax, first, "t", "t-1")
        diagram.step(ax, second, "t+1", "t")
        diagram.onward(ax, first - 3.0, first)
        diagram.onward(ax, first, second)
        diagram.ending(ax, second + diagram.WIDTH / 2, 13.3)
        for x, name in ((0, "autoencoder"), (2.6, "VAE"), (9.1, "DRAW")):
            ax.text(x, 8.8, name, ha="center", fontsize=10, weight="bold")
        for x in (1.3, 4.0):
            ax.plot([x, x], [-0.4, 9], color=QUIET, lw=0.8)
        diagram.legend(ax)
    return fig


def plain(ax, x):
    """An autoencoder in the column ``x``: nothing in it is random."""
    rows = diagram.ROWS
    for row, text, colour in (
        ("image", "$x$", diagram.PLAIN),
        ("enc", "encoder\nfeed-forward", diagram.NETWORK),
        ("z", "$z$", diagram.PLAIN),
        ("dec", "decoder\nfeed-forward", diagram.NETWORK),
    ):
        diagram.box(ax, x, rows[row], text, colour)
    diagram.box(ax, x, rows["c"] + 1, "$x$ again", diagram.PLAIN)
    for low, high in (("image", "enc"), ("enc", "z"), ("z", "dec")):
        diagram.up(ax, x, low, high)
    half = diagram.HEIGHT / 2
    diagram.arrow(ax, (x, rows["dec"] + half), (x, rows["c"] + 1 - half))
