"""What the first chapter shows: pictures printed and drawn, coarse ones, strokes, beginnings."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Circle, Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from draw_np import model
from draw_np.book import alive, notebook
from draw_np.data.dataset import bernoulli
from draw_np.measuring import bounds, studies
from draw_np.nn import sigmoid
from draw_np.pictures import diagram, layouts, plot
from draw_np.pictures.plot import GAP, INK, LINES, WRITE, figure, shades, show_mosaic, style

QUIET = "#999999"

# ---------------------------------------------------------------- coarse pictures and details


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
    """A picture as a coarse one and the details that it lacks, the finest last.

    Parameters
    ----------
    image : array, shape (..., B, A)
        Both sides divisible by 2 as often as there are levels.
    levels : int

    Returns
    -------
    coarse : array, shape (..., B / 2^levels, A / 2^levels)
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
        coarse = halved(image)
        details.insert(0, image - doubled(coarse))
        image = coarse
    return image, details


def rebuilt(coarse, details):
    """The picture again: the coarse one enlarged, and detail after detail added."""
    for detail in details:
        coarse = doubled(coarse) + detail
    return coarse


def to_go(canvases):
    """What coarse picture and details still lack after every step.

    Parameters
    ----------
    canvases : array, shape (T + 1, M, C, B, A)

    Returns
    -------
    coarse, detail : array, shape (T + 1,)
        Squared differences from the last canvas, as shares of those of the first. The
        coarse picture is two levels down, the detail is all the rest.
    """
    coarse, _ = pyramid(canvases, levels=2)
    detail = canvases - doubled(doubled(coarse))
    missing = [np.sum((part - part[-1]) ** 2, axis=(1, 2, 3, 4)) for part in (coarse, detail)]
    return [m / m[0] for m in missing]


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


# ---------------------------------------------------------------- measured on networks


def distances(images, split):
    """Root mean square difference of each image from the nearest of a split, pixel by pixel."""
    _, found = studies.nearest(images, split)
    return np.sqrt(np.mean((images - found) ** 2, axis=(1, 2, 3)))


def labels(images, split, k=5):
    """Which digit each image shows, by the vote of its k nearest neighbours in a split.

    Parameters
    ----------
    images : array, shape (n, C, B, A)
    split : a split of a data set with labels
    k : int

    Returns
    -------
    array of int, shape (n,)
    """
    known = split.batch(np.arange(len(split)), np.random.default_rng(0)).reshape(len(split), -1)
    flat = images.reshape(len(images), -1)
    distance = np.sum(known**2, axis=1) - 2 * flat @ known.T  # without the image's own square
    nearest = np.argpartition(distance, k, axis=1)[:, :k]  # (n, k)
    votes = split.labels[nearest][..., None] == np.arange(10)  # (n, k, 10)
    return votes.sum(axis=1).argmax(axis=1)


def endings(network, z, k, K, rng):
    """K drawings for each beginning that share its first k latents.

    Parameters
    ----------
    network : Network
    z : array, shape (T, n, Z)
        Latents of n drawings.
    k, K : int
    rng : numpy.random.Generator
        Of all latents after the first k.

    Returns
    -------
    array, shape (n, K, C, B, A)
    """
    again = np.repeat(z, K, axis=1)
    again[k:] = rng.standard_normal(again[k:].shape)
    c_T = model.generate(network.params, again, network.config).c[-1]
    return sigmoid(c_T).reshape(-1, K, *c_T.shape[1:])


def agreement(found):
    """How often two endings of one beginning show the same digit: for each beginning, (n,).

    Parameters
    ----------
    found : array of int, shape (n, K)
        Labels of K endings of n beginnings.
    """
    K = found.shape[1]
    counts = np.sum(found[..., None] == np.arange(10), axis=1)  # (n, 10)
    return np.sum(counts * (counts - 1), axis=1) / (K * (K - 1))


def still_open(network, split, beginnings=100, K=10):
    """What the first k latents decide, for k = 0 .. T.

    Parameters
    ----------
    network : Network
    split : a split of a data set with labels
    beginnings, K : int
        So many drawings, and so many endings of each.

    Returns
    -------
    same, error : array, shape (T + 1,)
        How often two endings show the same digit, and the standard error over beginnings.
    spread : array, shape (T + 1,)
        Standard deviation of a pixel over the endings, mean over pixels and beginnings.
    """
    rng, config = np.random.default_rng(7), network.config
    z = rng.standard_normal((config.T, beginnings, config.Z))
    rows = []
    for k in range(config.T + 1):
        images = endings(network, z, k, K, rng)
        found = labels(images.reshape(-1, *images.shape[2:]), split).reshape(-1, K)
        each = agreement(found)
        rows.append((each.mean(), bounds.standard_error(each), images.std(axis=1).mean()))
    return np.array(rows).T


def bits(nets, dataset):
    """A table: the bits of a test picture by models that know more and more.

    Parameters
    ----------
    nets : dict of Network
        What is said of a network, to the network.
    dataset : Dataset
        In black and white.
    """
    per_nat = 1 / np.log(2)
    printer = bounds.independent_pixels(dataset.train.mean(), dataset.test)
    rows = [
        (
            "the printer: a biased coin for each pixel",
            printer.mean(),
            bounds.standard_error(printer),
        )
    ]
    rows += [(name, n.result["bound"], n.result["error"]) for name, n in nets.items()]
    fair = ["fair coins, no model at all", "784", "0"]
    coded = [[name, f"{b * per_nat:.1f}", f"{e * per_nat:.1f}"] for name, b, e in rows]
    notebook.table(["model", "bits for a picture", "standard error"], [fair, *coded])


def order(named):
    """A table: how much of coarse picture and details is missing after some of the steps.

    Parameters
    ----------
    named : dict of arrays
        Name to canvases, (T + 1, M, C, B, A).
    """
    shown = range(0, 13, 3)
    rows = [
        [f"{name}: {part}", *(f"{v[t]:.0%}" for t in shown)]
        for name, canvases in named.items()
        for part, v in zip(("coarse picture", "details"), to_go(canvases), strict=True)
    ]
    notebook.table(["still missing after step", *map(str, shown)], rows)


# ---------------------------------------------------------------- figures


def outlined(ax, att, N, at, corner, shape, clipped=True):
    """The window of one step as a thin line, on an image whose corner is at a point.

    Parameters
    ----------
    ax : matplotlib axes
    att : Attention
        Fields of shape (T, M).
    N : int
    at : (int, int)
        Step, from 0, and image.
    corner : (float, float)
        Where the image's upper left corner lies on the axes, in pixels.
    shape : (int, int)
        B, A.
    clipped : bool
        Whether what lies outside of the image is left out; no line closes it there.
    """
    reach = att.delta[at] * (N - 1) / 2 + 0.5
    x, y = att.g_X[at] - 0.5 + corner[0], att.g_Y[at] - 0.5 + corner[1]
    frame = Rectangle((x - reach, y - reach), 2 * reach, 2 * reach, fill=False, ec=WRITE, lw=1.3)
    ax.add_patch(frame)
    if clipped:
        frame.set_clip_path(Rectangle(corner, shape[1], shape[0], transform=ax.transData))


def outlined_rows(ax, images, att, N, steps, names):
    """A row an image and a column a step, with the window of each step as a thin line.

    Parameters
    ----------
    ax : matplotlib axes
    images : array, shape (T + 1, M, C, B, A)
    att : Attention or None
        Fields of shape (T, more than M); there is no window at the start.
    N : int or None
    steps : sequence of int
        From 0, the start.
    names : sequence of str
        Over the columns.
    """
    B, A = images.shape[-2:]
    show_mosaic(ax, np.swapaxes(images[list(steps)], 0, 1), labels=names)
    for k, t in enumerate(steps if att is not None else ()):
        for m in range(images.shape[1] if t else 0):
            corner = k * (A + GAP) + 0.5, m * (B + GAP) + 0.5
            outlined(ax, att, N, (t - 1, m), corner, (B, A))


@notebook.picture(
    "Six rows and thirteen columns. On the left the same grey smear in every row; to the right a "
    "thin frame becomes smaller and moves down over the picture, and a readable digit appears in "
    "most rows."
)
def drawings(network, drawing, rows=6):
    """Digits being drawn, from the common start, with their windows."""
    T = network.config.T
    with style():
        fig = figure(9.5, 0.35 + 0.715 * rows)
        names = ["start", *(f"t = {t}" for t in range(1, T + 1))]
        ax = fig.subplots()
        outlined_rows(
            ax,
            drawing.means[:, :rows],
            drawing.writing,
            network.config.N_write,
            range(T + 1),
            names,
        )
    return fig


@notebook.picture(
    "Two rows of ten: the drawings, and below each the nearest training picture. Most pairs show "
    "the same digit, but not the same strokes."
)
def beside_nearest(drawn, split):
    """Drawings (M, C, B, A), and below each the picture of a split that is nearest to it."""
    _, nearest = studies.nearest(drawn, split)
    sheet = np.stack([drawn, nearest])
    fig = plot.mosaic_figure(sheet, "What it drew, and the nearest that it has seen", scale=0.026)
    return layouts.label_rows(fig, ["drawn", "nearest"], *drawn.shape[-2:], len(drawn))


@notebook.picture(
    "Three rows of ten black and white pictures: handwritten digits, clouds of light pixels "
    "without any shape, and the drawings of the network, ragged like the handwritten ones."
)
def printed(written, mean, drawn):
    """Black and white pictures: written by hand, printed pixel by pixel, drawn by the network.

    Parameters
    ----------
    written, drawn : array, shape (M, C, B, A)
    mean : array, shape (C, B, A)
        How light every pixel is on average.
    """
    rng = np.random.default_rng(2)
    means = written, np.broadcast_to(mean, written.shape), drawn
    sheet = np.stack([bernoulli(m, rng) for m in means])
    title = "Every pixel by itself is as light as it should be"
    fig = plot.mosaic_figure(sheet, title, scale=0.026)
    return layouts.label_rows(fig, ["written by hand", "printed", "drawn"], *mean.shape[-2:], 10)


@notebook.picture(
    "Three groups. All at once: a smear, and beside it eight finished pictures, most of them "
    "digits. Part by part: two rows, in which a frame becomes smaller and moves while a digit "
    "takes shape. Coarse first: two rows, in which the whole smear becomes sharper."
)
def three_ways(once, parts, coarse, N, steps=(0, 1, 2, 3, 4, 6, 8, 10, 12)):
    """All at once, part by part, coarse picture first.

    Parameters
    ----------
    once, parts, coarse : model.Drawing
        Of a VAE, of DRAW with attention, and of DRAW without.
    N : int
        Filters along one side of the window of ``parts``.
    steps : sequence of int
        Which canvases are shown.
    """
    names = ["start" if t == 0 else f"t = {t}" for t in steps]
    K = len(steps) - 1
    with style():
        fig = figure(9.5, 6.9)
        top, middle, bottom = fig.subplots(3, 1, height_ratios=(1, 2, 2))
        finished = np.concatenate([once.means[0, :1], once.means[1, :K]])
        show_mosaic(top, finished[None], labels=["start", *(f"picture {m + 1}" for m in range(K))])
        top.set_title("All at once: eight pictures, each in a single step", pad=16)
        outlined_rows(middle, parts.means[:, :2], parts.writing, N, steps, names)
        middle.set_title("Part by part: a step changes what lies in and around its window", pad=16)
        outlined_rows(bottom, coarse.means[:, :2], None, None, steps, names)
        bottom.set_title("Coarse picture first: a step may change all of it", pad=16)
    return fig


@notebook.picture(
    "Upper row: a 3 of 28 by 28 pixels; its coarse picture of 7 by 7; and two details, grey where "
    "nothing is to be changed, light and dark along the edges. Lower row: the coarse picture, with "
    "the first detail added, and with both, which is the 3 again."
)
def levels(image, coarse, details):
    """A picture, its coarse picture, its details, and the picture rebuilt level by level."""
    stages = [rebuilt(coarse, details[:n]) for n in range(len(details) + 1)]
    with style():
        fig = figure(7.6, 4.0)
        axes = fig.subplots(2, len(details) + 2)
        for ax in axes.flat:
            ax.axis("off")
        upper = [(image, "the picture"), (coarse, f"coarse, {size(coarse)}")]
        upper += [(0.5 + d / 2, f"+ detail, {size(d)}") for d in details]
        lower = [(stage, size(stage)) for stage in stages]
        for ax, (shown, title) in zip([*axes[0], *axes[1, 1:]], upper + lower, strict=True):
            show_mosaic(ax, shown[None, None])
            ax.set_title(title)
        axes[1, 0].text(
            0.5,
            0.5,
            "added up,\nfrom left\nto right:",
            ha="center",
            va="center",
            transform=axes[1, 0].transAxes,
        )
    return fig


def size(image):
    """Rows and columns in words."""
    return f"{image.shape[-2]} × {image.shape[-1]}"


@notebook.picture(
    "Two falling curves over twelve steps. With attention from about 54 to 7 per cent of the "
    "pixels; without from about 30 to 14 per cent."
)
def reach_of_steps(named):
    """The share of the picture that each step changes, over the steps.

    Parameters
    ----------
    named : dict of arrays
        Name to canvases, (T + 1, M, C, B, A).
    """
    with style():
        fig = figure(6.5, 2.9)
        ax = fig.subplots()
        for (name, canvases), line, colour in zip(named.items(), ("-", "--"), LINES, strict=False):
            share = touched(canvases).mean(axis=1)
            t = np.arange(1, len(share) + 1)
            ax.plot(t, 100 * share, line, marker="o", ms=4, color=colour, label=name)
        ax.set(xlabel="step $t$", ylabel="% of the pixels", ylim=(0, None))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_title("How much of the picture makes up nine tenths of a step's change")
        ax.legend()
    return fig


# ---------------------------------------------------------------- one drawing, unrolled

PITCH, MOST = 37, 4.0  # pixels from image to image; logits that are shown at full strength


@notebook.picture(
    "Three rows over twelve steps. Canvases: a grey smear becomes a 5, the coarse picture first. "
    "Strokes: at first wide and faint over the whole picture, later small marks, red where they "
    "add and blue where they take away, side by side. Windows: a square of five by five points, at "
    "first larger than the picture; it shrinks and moves to the lower left, and so do the circles "
    "of blur round its points.",
    alive.Part("unrolled", "small"),
)
def unrolled(network, drawing, m=0):
    """One drawing: canvases, strokes and windows of all its steps, in three rows.

    Parameters
    ----------
    network : Network
    drawing : model.Drawing
    m : int
        Which of its pictures.
    """
    T, N = network.config.T, network.config.N_write
    canvases, strokes = drawing.means[:, m], np.diff(drawing.c[:, m], axis=0)
    B, A = canvases.shape[-2:]
    with style():
        fig = figure(10.5, 2.75)
        ax = fig.subplots()
        ax.set(xlim=(-4, (T + 1) * PITCH), ylim=(3 * PITCH, -9), aspect="equal")
        ax.axis("off")
        for t in range(T + 1):
            put(ax, canvases[t, 0], t, 0, "gray", 0, 1)
            name = "start" if t == 0 else f"t = {t}"
            ax.text(t * PITCH + A / 2, -3, name, ha="center", va="bottom", fontsize=8)
        for t in range(1, T + 1):
            put(ax, strokes[t - 1, 0], t, 1, "RdBu_r", -MOST, MOST)
            points(ax, drawing.writing, N, (t - 1, m), (t * PITCH, 2 * PITCH), (B, A))
        for row, words in ((1, "stroke"), (2, "window")):
            ax.text(PITCH - 6, row * PITCH + B / 2, words, ha="right", va="center", fontsize=9)
        scale = ScalarMappable(Normalize(-MOST, MOST), shades("RdBu_r"))
        fig.colorbar(scale, ax=ax, shrink=0.55, pad=0.01, aspect=14, label="added to the canvas")
    return fig


def put(ax, image, column, row, colours, low, high):
    """One image (B, A) at its place among the unrolled ones."""
    (B, A), left, top = image.shape, column * PITCH, row * PITCH
    ax.imshow(
        image,
        cmap=shades(colours),
        vmin=low,
        vmax=high,
        interpolation="nearest",
        extent=(left, left + A, top + B, top),
    )
    ax.add_patch(Rectangle((left, top), A, B, fill=False, ec=QUIET, lw=0.5))


def points(ax, att, N, at, corner, shape):
    """The window with its N x N points, each in a circle as wide as its blur, on an empty image."""
    ax.add_patch(Rectangle(corner, shape[1], shape[0], fc="#EEEEEE", ec=QUIET, lw=0.5))
    outlined(ax, att, N, at, corner, shape, clipped=False)
    offsets = (np.arange(N) - (N - 1) / 2) * att.delta[at]
    sigma = att.sigma2[at] ** 0.5
    for dx in offsets:
        for dy in offsets:
            centre = corner[0] + att.g_X[at] - 0.5 + dx, corner[1] + att.g_Y[at] - 0.5 + dy
            ax.add_patch(Circle(centre, sigma, color=WRITE, alpha=0.12, lw=0))
            ax.add_patch(Circle(centre, 0.5, color=INK, lw=0))


# ---------------------------------------------------------------- beginnings and endings


@notebook.picture(
    "Five rows of eight pictures. With nothing shared all kinds of digits; the more steps are "
    "shared, the more alike they are, and with nine shared, all eight are nearly the same. On the "
    "right, two curves over the number of shared steps: how often two endings show the same digit "
    "rises from 10 to 100 per cent, and the spread of a pixel falls from 100 per cent to 0."
)
def endings_of(network, z, opened, kept=(0, 2, 4, 6, 9)):
    """Endings of one beginning, a row for how many steps are shared; and what is decided when.

    Parameters
    ----------
    network : Network
    z : array, shape (T, 1, Z)
        The beginning, and how it went on.
    opened : three arrays, shape (T + 1,)
        As ``still_open`` gives them.
    kept : sequence of int
    """
    rng, (same, error, spread) = np.random.default_rng(7), opened
    images = np.stack([endings(network, z, k, 8, rng)[0] for k in kept])
    B, T, shared = images.shape[-2], len(same) - 1, np.arange(len(same))
    with style():
        fig = figure(9.5, 3.9)
        left, right = fig.subplots(1, 2, width_ratios=[1.8, 1])
        show_mosaic(left, images)
        for row, k in enumerate(kept):
            words = "nothing shared" if k == 0 else f"{k} of {T} shared"
            left.text(-2, row * (B + GAP) + B / 2, words, ha="right", va="center", fontsize=8)
        left.set_title("One beginning, eight endings")
        right.errorbar(shared, 100 * same, 100 * error, marker="o", ms=4, label="same digit")
        right.plot(shared, 100 * spread / spread[0], "s--", ms=4, label="spread of a pixel")
        right.set(xlabel="latents shared, of 12 steps", ylim=(0, 104))
        right.yaxis.set_major_formatter(PercentFormatter())
        right.xaxis.set_major_locator(MaxNLocator(integer=True))
        right.set_title("What is decided when")
        right.legend(loc="center right")
    return fig


# ---------------------------------------------------------------- three networks


@notebook.picture(
    "Three columns of boxes, read from below. Autoencoder: x, encoder, z, decoder, x again. VAE: "
    "x, encoder, the distribution Q(z|x), a sample z, decoder, the distribution P(x|z). DRAW: this "
    "column twice, for steps t and t+1, with read below the encoder and write above the decoder. "
    "Arrows lead from each step to the next between encoders, decoders and canvases, and from "
    "decoder and canvas back down to the next read."
)
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
