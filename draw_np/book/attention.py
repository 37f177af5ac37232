"""Figures of the chapters on the filterbank and on reading and writing.

They take arrays and the package's own ``Attention``; every number drawn was computed
by ``draw_np.attention``. A pixel (a, b), counted from 1, fills the square a - 0.5 .. a + 0.5.
"""

import matplotlib.image
import numpy as np
from matplotlib import cbook
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image

from draw_np import attention, data
from draw_np.pictures import plot
from draw_np.pictures.plot import INK, LINES, READ, WRITE

GREY = plot.shades("gray")
WEIGHTS = LinearSegmentedColormap.from_list("weights", ["white", "#56B4E9", "#0B2545"])
SIGNED = LinearSegmentedColormap.from_list(  # less is darker, so that it reads in grey too
    "signed", ["#3B0F00", "#B5551D", "#A9A9A9", "#DDE6EC", "white"]
)


# ---------------------------------------------------------------- things to look at


def one(g_X, g_Y, delta, sigma2, gamma=1.0):
    """The grid with these five parameters, for a single image, in float64."""
    values = (g_X, g_Y, delta, sigma2, gamma)
    return attention.Attention(*(np.array([float(v)]) for v in values))


def digit(index):
    """A digit of the embedded test split, intensities in float64, (1, 1, 28, 28)."""
    test = data.load("digits", binarise="none").test
    return test.batch(np.array([index]), np.random.default_rng(0)).astype(np.float64)


def photograph(A=100, B=75):
    """A public-domain photograph that Matplotlib ships, cropped to A x B, (1, 3, B, A).

    The official portrait of Commodore Grace M. Hopper, United States Navy, by James
    S. Davis, 1984.
    """
    with cbook.get_sample_data("grace_hopper.jpg") as f:
        portrait = Image.fromarray(np.asarray(matplotlib.image.imread(f)))
    height = round(portrait.width * B / A)
    landscape = portrait.crop((0, 30, portrait.width, 30 + height))
    small = landscape.resize((A, B), Image.Resampling.LANCZOS)
    return np.moveaxis(np.asarray(small, dtype=np.float64) / 255, -1, 0)[None]


# ---------------------------------------------------------------- pieces of figures


def sheet(width, height):
    """An empty figure in inches whose axes are placed by hand, with ``place``."""
    fig = plot.figure(width, height)
    fig.set_layout_engine("none")
    return fig


def place(fig, left, top, width, height):
    """Axes with this upper left corner and size, in inches from the figure's upper left."""
    W, H = fig.get_size_inches()
    return fig.add_axes((left / W, 1 - (top + height) / H, width / W, height / H))


def heading(ax, text, size=9, **options):
    """A title over axes, left, without bold face."""
    ax.set_title(text, fontsize=size, loc="left", pad=4, **options)


def bare(ax, ticks=False):
    """No grid, a thin frame, and no ticks unless asked for."""
    ax.grid(False)
    if not ticks:
        ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, linewidth=0.6, color="#888888")


def show_image(ax, image, low=0.0, high=1.0, cmap=GREY, ticks=False):
    """An image (C, B, A) on axes whose coordinates are the paper's pixels."""
    B, A = image.shape[-2:]
    extent = (0.5, A + 0.5, B + 0.5, 0.5)
    if len(image) == 3:
        pixels = np.clip((np.moveaxis(image, 0, -1) - low) / (high - low), 0, 1)
        ax.imshow(pixels, extent=extent, interpolation="nearest")
    else:
        ax.imshow(image[0], cmap, vmin=low, vmax=high, extent=extent, interpolation="nearest")
    bare(ax, ticks)
    ax.set(xlim=(0.5, A + 0.5), ylim=(B + 0.5, 0.5))
    if ticks:
        label_pixels(ax.xaxis, A)
        label_pixels(ax.yaxis, B)


def label_pixels(axis, size):
    """Ticks at the first and last pixel and at the centre of the image."""
    centre = (size + 1) / 2
    axis.set_ticks([1, centre, size], ["1", f"{centre:g}", f"{size}"])
    axis.set_tick_params(labelsize=7, length=2)


def show_window(ax, att, N, A, B, colour=READ, dots=True):
    """A grid's window, its border as wide as sigma, and the centres of its filters."""
    values = [float(v[0]) for v in att[:3]]
    box = plot.window(*values, N, A, B)
    ax.add_patch(plot.window_patch(box, plot.border(att.sigma2[0]), colour))
    if dots:
        x = attention.filter_centres(att.g_X, att.delta, N)[0]
        y = attention.filter_centres(att.g_Y, att.delta, N)[0]
        x, y = (v.ravel() for v in np.meshgrid(x, y))
        inside = (x >= 0.5) & (x <= A + 0.5) & (y >= 0.5) & (y <= B + 0.5)
        size = np.clip(150 / N**2, 2.5, 16)
        ax.scatter(
            x[inside], y[inside], size, color=colour, edgecolor="black", linewidth=0.5, zorder=3
        )


def show_matrix(ax, F, upright=False, high=None):
    """A filterbank (N, A) as a heat map; ``upright`` draws its transpose, pixels downward."""
    N, A = F.shape
    high = F.max() if high is None else high
    if upright:
        ax.imshow(
            F.T, WEIGHTS, vmin=0, vmax=high, aspect="auto", extent=(0.5, N + 0.5, A + 0.5, 0.5),
            interpolation="nearest",
        )  # fmt: skip
        ax.set(xticks=sorted({1, N}), yticks=[])
    else:
        ax.imshow(
            F, WEIGHTS, vmin=0, vmax=high, aspect="auto", extent=(0.5, A + 0.5, N + 0.5, 0.5),
            interpolation="nearest",
        )  # fmt: skip
        ax.set(xticks=[], yticks=sorted({1, N}))
    ax.tick_params(labelsize=7, length=2)
    bare(ax, ticks=True)


def arrow(fig, left, top, text=""):
    """A short arrow to the right on a sheet, with words above it."""
    W, H = fig.get_size_inches()
    y = 1 - top / H
    fig.add_artist(
        matplotlib.patches.FancyArrowPatch(
            (left / W, y), ((left + 0.34) / W, y), arrowstyle="-|>", mutation_scale=11, color=INK
        )
    )
    fig.text((left + 0.16) / W, y + 0.08 / H, text, ha="center", va="bottom", fontsize=8)


def bell(distance, sigma2):
    """exp(-distance^2 / (2 sigma^2)), for drawing curves between the pixels."""
    return np.exp(-(distance**2) / (2 * sigma2))


# ---------------------------------------------------------------- one Gaussian on a line


def crop_or_look(line, places, cropped, looked, slope):
    """A hard crop jumps and has no slope; a Gaussian look is smooth.

    Parameters
    ----------
    line : array, shape (A,)
    places, cropped, looked, slope : array, shape (n,)
        Where one looks, the pixel nearest to it, the Gaussian's reading, its derivative.
    """
    A = len(line)
    with plot.style():
        fig = plot.figure(8.2, 3.5)
        top, middle, bottom = fig.subplots(3, 1, sharex=True, height_ratios=(0.35, 1.2, 1))
        top.imshow(line[None], GREY, vmin=0, vmax=1, aspect="auto", extent=(0.5, A + 0.5, 0, 1))
        top.set_yticks([])
        bare(top, ticks=True)
        heading(top, "One row of pixels, the line that is looked at")
        middle.plot(places, cropped, ":", color=INK, linewidth=1.2, label="crop: nearest pixel")
        middle.plot(places, looked, color=LINES[0], linewidth=1.8, label="look: Gaussian weights")
        middle.set(ylabel="what is read", ylim=(-0.05, 1.15))
        middle.legend(loc="upper right", fontsize=8)
        bottom.axhline(0, color=INK, linewidth=0.6)
        bottom.plot(places, slope, color=LINES[0], linewidth=1.8)
        bottom.set(xlabel="place $\\mu$, in pixels", ylabel="its slope", xlim=(0.5, A + 0.5))
        bottom.set_title("The slope of the look: which way to move (the crop's is 0)", fontsize=9)
    return fig


def one_row(F, mu, sigma2, title):
    """One filter on a line: the bell between the pixels, its weight on every pixel.

    Parameters
    ----------
    F : array, shape (A,)
    mu, sigma2 : float
    title : str
    """
    A = len(F)
    a, fine = np.arange(1, A + 1), np.linspace(0.5, A + 0.5, 400)
    with plot.style():
        fig = plot.figure(8.2, 2.4)
        ax = fig.subplots()
        Z = bell(a - mu, sigma2).sum()
        ax.plot(fine, bell(fine - mu, sigma2) / Z, color=LINES[0], linewidth=1, alpha=0.6)
        ax.bar(a, F, 0.55, color=READ, edgecolor=LINES[0], linewidth=0.8)
        for pixel, weight in zip(a, F, strict=True):
            ax.text(pixel, weight + 0.02, f"{weight:.3f}", ha="center", fontsize=8)
        ax.axvline(mu, ymax=0.97 / 1.25, color=WRITE, linestyle="--", linewidth=1)
        ax.set_axisbelow(True)
        ax.set(xlabel="pixel $a$", ylabel="weight $F[a]$", xticks=a, xlim=(0.5, A + 0.5))
        ax.set_ylim(0, 1.25 * F.max())
        ax.set_title(title, fontsize=9)
    return fig


# ---------------------------------------------------------------- N of them


def bank_on_a_line(F, mu, sigma2, line, read, title):
    """N filters on a line: their bells, the matrix F, the line and what is read of it.

    Parameters
    ----------
    F : array, shape (N, A)
    mu : array, shape (N,)
    sigma2 : float
    line : array, shape (A,)
    read : array, shape (N,)
        F @ line.
    title : str
    """
    N, A = F.shape
    fine = np.linspace(0.5, A + 0.5, 1200)
    with plot.style():
        fig = plot.figure(8.2, 4.3)
        bells, matrix, below = fig.subplots(3, 1, sharex=True, height_ratios=(1, 0.9, 1.1))
        for i in range(N):
            colour = LINES[i % len(LINES)]
            bells.fill_between(fine, bell(fine - mu[i], sigma2), color=colour, alpha=0.18, lw=0)
            bells.plot(fine, bell(fine - mu[i], sigma2), color=colour, linewidth=1.2)
            if 0.5 <= mu[i] <= A + 0.5:
                bells.text(mu[i], 1.04, f"$i={i + 1}$", ha="center", fontsize=8, color=INK)
        bells.set(ylim=(0, 1.25), yticks=[0, 1], ylabel="$w(a)$")
        bells.set_title(title, fontsize=9)
        matrix.imshow(
            F, WEIGHTS, vmin=0, aspect="auto", extent=(0.5, A + 0.5, N + 0.5, 0.5),
            interpolation="nearest",
        )  # fmt: skip
        bare(matrix, ticks=True)
        matrix.set(yticks=range(1, N + 1), ylabel="filter $i$")
        matrix.set_title(
            f"Each divided by its sum: a matrix $F_X$, {N} rows of {A} pixels; dark is heavy",
            fontsize=9,
        )
        below.bar(np.arange(1, A + 1), line, 0.9, color="#BBBBBB", label="line of pixels")
        below.plot(mu, read, "o", color=LINES[1], ms=7, mec="black", mew=0.6,
                   label="$F_X$ times the line")  # fmt: skip
        below.set(xlim=(0.5, A + 0.5), ylim=(-0.05, 1.3), xlabel="pixel $a$", yticks=[0, 1])
        below.set_title("The line, and the number that each filter reads of it", fontsize=9)
        below.legend(loc="upper right", ncols=2, fontsize=8)
    return fig


def grids_at_rest(right, wrong, A, x):
    """Where the filters of untrained heads are: counted from 1, and counted from 0.

    Parameters
    ----------
    right, wrong : dict of arrays
        N to the centres (N,) along one side.
    A : int
    x : array, shape (1, A, A)
        A square image to draw them on.
    """
    counts = list(right)
    with plot.style():
        fig = sheet(8.2, 4.15)
        for row, (centres, name) in enumerate(((right, "from 1"), (wrong, "from 0"))):
            for k, N in enumerate(counts):
                ax = place(fig, 0.95 + 2.45 * k, 0.5 + 1.85 * row, 2.2, 1.72)
                show_image(ax, x * 0.6)
                least = min(0, wrong[N].min()) - 1.5
                ax.set(xlim=(least, A + 1.5), ylim=(A + 1.5, least))
                mu_x, mu_y = (v.ravel() for v in np.meshgrid(centres[N], centres[N]))
                ax.scatter(mu_x, mu_y, 13, color=READ if row == 0 else WRITE, edgecolor="black",
                           linewidth=0.5, zorder=3)  # fmt: skip
                ax.axis("off")
                if row == 0:
                    heading(ax, f"N = {N}")
            fig.text(0.02, 1 - (1.35 + 1.85 * row) / 4.15, f"counted\n{name}", fontsize=9)
        fig.text(0.02, 0.955, "The first grid covers the image only if filters count from 1",
                 fontsize=10)  # fmt: skip
    return fig


# ---------------------------------------------------------------- the grid on an image


def page(x, att, N, title):
    """A reading page: image and window, F_X and F_Y beside it, the patch, what it draws back.

    F_X stands over the image, column under column, and F_Y, turned, beside it, row by row.

    Parameters
    ----------
    x : array, shape (1, C, B, A)
    att : Attention
        For one image.
    N : int
    title : str
    """
    B, A = x.shape[2:]
    F_X, F_Y = (F[0] for F in attention.filterbanks(att, A, B, N))
    patch = attention.glimpse(x, att, N)
    back = attention.write(patch, att, A, B)
    width, height = (2.7, 2.7 * B / A) if A >= B else (2.7 * A / B, 2.7)
    with plot.style():
        fig = sheet(8.3, 1.75 + height)
        top = 1.35
        heading_of_page(fig, title)
        ax = place(fig, 1.1, 0.62, width, 0.66)
        show_matrix(ax, F_X)
        ax.yaxis.tick_right()
        ax.yaxis.set_label_position("right")
        ax.set_ylabel("$i$", fontsize=8, rotation=0, labelpad=6)
        heading(ax, f"$F_X$, {N} × {A}: one filter a row")
        ax = place(fig, 0.42, top, 0.58, height)
        show_matrix(ax, F_Y, upright=True)
        label_pixels(ax.yaxis, B)
        ax.set_xlabel("$j$", fontsize=8, labelpad=1)
        heading(ax, f"$F_Y^T$, {B} × {N}")
        ax = place(fig, 1.1, top, width, height)
        show_image(ax, x[0], ticks=True)
        ax.set_yticks([])
        show_window(ax, att, N, A, B)
        left = 1.1 + width
        arrow(fig, left + 0.06, top + height / 2, "read")
        small = min(1.62, height)
        ax = place(fig, left + 0.5, top + (height - small) / 2, small, small)
        show_image(ax, patch[0])
        heading(ax, f"patch read, {N} × {N}")
        ax.set_xlabel(five(att), fontsize=8, loc="left")
        arrow(fig, left + 0.56 + small, top + height / 2, "write")
        shown = 8.3 - left - small - 1.12
        ax = place(
            fig, left + 1.0 + small, top + (height - shown * B / A) / 2, shown, shown * B / A
        )
        show_image(ax, back[0], 0, max(back.max(), 1e-9))
        heading(ax, "written back")
        ax.set_xlabel(f"white is {back.max():.2g}", fontsize=8, loc="left")
    return fig


def heading_of_page(fig, title):
    """The sentence at the upper left of a sheet."""
    fig.text(0.1 / fig.get_figwidth(), 1 - 0.2 / fig.get_figheight(), title, fontsize=10)


def five(att):
    """The five parameters in words for a caption."""
    g_X, g_Y, delta, sigma2, gamma = (float(v[0]) for v in att)
    return (
        f"$g_X$ = {g_X:.1f}, $g_Y$ = {g_Y:.1f}\n$\\delta$ = {delta:.2f}, "
        f"$\\sigma^2$ = {sigma2:.2f}\n$\\gamma$ = {gamma:.2f}"
    )


def plate(x, rows, N):
    """What each parameter does: a row a parameter, the image with its window and the patch.

    Parameters
    ----------
    x : array, shape (1, C, B, A)
    rows : list of (str, list of (str, Attention))
        Name of the parameter; three settings, each with its label.
    N : int
    """
    B, A = x.shape[2:]
    with plot.style():
        fig = sheet(8.2, 0.5 + 1.62 * len(rows))
        for r, (name, settings) in enumerate(rows):
            top = 0.62 + 1.62 * r
            fig.text(
                0.1 / 8.2, 1 - (top + 0.6) / fig.get_figheight(), name, fontsize=9, va="center"
            )
            for k, (label, att) in enumerate(settings):
                left = 1.35 + 2.32 * k
                ax = place(fig, left, top, 1.28, 1.28 * B / A)
                show_image(ax, x[0])
                show_window(ax, att, N, A, B, dots=False)
                heading(ax, label, 8)
                ax = place(fig, left + 1.35, top + 0.23, 0.82, 0.82)
                show_image(ax, attention.glimpse(x, att, N)[0])
        heading_of_page(
            fig, "One parameter at a time: the window on the image, and the patch it reads"
        )
    return fig


def outer(x, F_X, F_Y, i, j):
    """A round filter is a column times a row, and a patch's entry is what it weighs.

    Parameters
    ----------
    x : array, shape (B, A)
    F_X, F_Y : array, shapes (N, A) and (N, B)
    i, j : int
        Column and row in the patch, from 1.
    """
    B, A = x.shape
    both = np.outer(F_Y[j - 1], F_X[i - 1])
    with plot.style():
        fig = sheet(8.2, 2.75)
        ax = place(fig, 0.45, 0.8, 0.3, 1.75)
        show_matrix(ax, F_Y[j - 1 : j], upright=True)
        ax.set(xticks=[], yticks=[1, B])
        heading(ax, f"$F_Y[{j}, b]$", 9)
        ax = place(fig, 1.25, 1.5, 1.75, 0.3)
        show_matrix(ax, F_X[i - 1 : i])
        ax.set(yticks=[], xticks=[1, A])
        heading(ax, f"$F_X[{i}, a]$", 9)
        ax = place(fig, 3.65, 0.8, 1.75, 1.75)
        ax.imshow(both, WEIGHTS, vmin=0, extent=(0.5, A + 0.5, B + 0.5, 0.5))
        bare(ax, ticks=True)
        label_pixels(ax.xaxis, A)
        label_pixels(ax.yaxis, B)
        heading(ax, "weight of each pixel", 9)
        ax = place(fig, 6.05, 0.8, 1.75, 1.75)
        show_image(ax, x[None] * both / both.max())
        heading(ax, f"weight × image; sum {np.sum(x * both):.3f}", 9)
        for left, sign in ((0.93, "×"), (3.1, "="), (5.6, "→")):
            fig.text(left / 8.2, 0.37, sign, fontsize=15)
        heading_of_page(fig, "One round filter is the product of a column and a row")
    return fig


# ---------------------------------------------------------------- what breaks


def row_sums(places, sums, A):
    """What a row of the filterbank sums to as the filter moves, for several ways to divide.

    Parameters
    ----------
    places : array, shape (n,)
    sums : list of (str, array of shape (n,))
    A : int
    """
    styles = ["-", "--", ":", "-."]
    with plot.style():
        fig = plot.figure(8.2, 3.0)
        ax = fig.subplots()
        ax.axvspan(1, A, color="#EEEEEE", zorder=0)
        ax.text((A + 1) / 2, 1.135, "the image", ha="center", fontsize=8)
        for k, (name, values) in enumerate(sums):
            colour, width = (INK, 2.4) if k == 0 else (LINES[k - 1], 1.6)
            ax.plot(places, values, styles[k % 4], color=colour, linewidth=width, label=name)
        ax.set(xlabel="centre $\\mu$ of the filter, in pixels", ylabel="sum of the row")
        ax.set(xlim=(places[0], places[-1]), ylim=(-0.05, 1.22))
        ax.legend(loc="lower center", fontsize=8)
        ax.set_title("A row that is divided by its own sum is whole everywhere", fontsize=9)
    return fig


# ---------------------------------------------------------------- a patch that wandered off


def fading(d, measured, predicted, title):
    """How a gradient fades with distance: measured points on predicted lines, log scale.

    Parameters
    ----------
    d : array, shape (n,)
    measured, predicted : list of (float, array of shape (n,))
        sigma^2 and the size of the gradient at every distance.
    title : str
    """
    marks = ["o", "s", "^", "D"]
    with plot.style():
        fig = plot.figure(8.2, 3.3)
        ax = fig.subplots()
        for k, ((sigma2, points), (_, line)) in enumerate(zip(measured, predicted, strict=True)):
            seen = points > 0
            ax.plot(d, line, color=LINES[k], linewidth=1)
            ax.plot(
                d[seen], points[seen], marks[k], color=LINES[k], ms=4.5, mec="white", mew=0.4,
                label=f"$\\sigma^2$ = {sigma2:g}",
            )  # fmt: skip
        ax.set(yscale="log", ylim=(1e-12, 10), ylabel="size of the gradient")
        ax.set(xlabel="distance $d$ from the nearest pixel, in pixels")
        ax.legend(fontsize=8, title="points measured, lines derived", title_fontsize=8)
        ax.set_title(title, fontsize=9)
    return fig


def called_back(paths, target, A):
    """Where a patch is while gradient descent calls it back, for several variances.

    Parameters
    ----------
    paths : list of (str, array of shape (steps + 1,))
    target : float
    A : int
    """
    styles = ["-", "--", "-.", ":"]
    with plot.style():
        fig = plot.figure(8.2, 2.9)
        ax = fig.subplots()
        ax.axhspan(1, A, color="#EEEEEE", zorder=0)
        ax.axhline(target, color=INK, linewidth=0.8)
        ax.text(0, target + 0.5, "where it belongs", fontsize=8)
        for k, (name, path) in enumerate(paths):
            ax.plot(path, styles[k % 4], color=LINES[k], linewidth=1.7, label=name)
        ax.set(xlabel="step of gradient descent", ylabel="$g_X$, in pixels")
        ax.legend(fontsize=8, loc="center right", bbox_to_anchor=(1, 0.47), ncols=2)
        ax.set_title("Grey is the image: a wide window finds its way back, a narrow one does not",
                     fontsize=9)  # fmt: skip
    return fig


# ---------------------------------------------------------------- reading and writing


def products(x, att, N):
    """Reading and writing as matrix products, drawn to scale with the shape under each factor.

    Parameters
    ----------
    x : array, shape (1, 1, B, A)
    att : Attention
    N : int
    """
    B, A = x.shape[2:]
    F_X, F_Y = (F[0] for F in attention.filterbanks(att, A, B, N))
    patch = attention.glimpse(x, att, N)[0]
    back = attention.write(patch[None], att, A, B)[0]
    unit = 1.9 / max(A, B)  # inches a pixel
    thin = 6 * unit * N / 5  # a filter's side, or it could not be seen
    with plot.style():
        fig = sheet(8.3, 5.7)
        read = [
            ("$F_Y$", f"{N} × {B}", B * unit, thin, lambda ax: show_matrix(ax, F_Y)),
            ("$x$", f"{B} × {A}", A * unit, B * unit, lambda ax: show_image(ax, x[0])),
            (
                "$F_X^T$", f"{A} × {N}", thin, A * unit,
                lambda ax: show_matrix(ax, F_X, upright=True),
            ),
            ("patch", f"{N} × {N}", thin, thin, lambda ax: show_image(ax, patch)),
        ]  # fmt: skip
        write = [
            (
                "$F_Y^T$", f"{B} × {N}", thin, B * unit,
                lambda ax: show_matrix(ax, F_Y, upright=True),
            ),
            ("patch", f"{N} × {N}", thin, thin, lambda ax: show_image(ax, patch)),
            ("$F_X$", f"{N} × {A}", A * unit, thin, lambda ax: show_matrix(ax, F_X)),
            (
                "written back", f"{B} × {A}", A * unit, B * unit,
                lambda ax: show_image(ax, back, 0, back.max()),
            ),
        ]  # fmt: skip
        chain(fig, 1.6, "read", read)
        chain(fig, 4.25, "write", write)
        heading_of_page(
            fig, "Reading squeezes an image into a patch; writing turns every factor round"
        )
    return fig


def chain(fig, middle, word, factors):
    """A product of pictures in a row: factor, factor, factor = result, shapes below."""
    W, H = fig.get_size_inches()
    fig.text(0.1 / W, 1 - middle / H, word, fontsize=10, va="center")
    gap = (W - 0.75 - sum(width for _, _, width, _, _ in factors)) / len(factors)
    left = 0.75
    for k, (name, shape, width, height, draw) in enumerate(factors):
        ax = place(fig, left, middle - height / 2, width, height)
        draw(ax)
        ax.set(xticks=[], yticks=[])
        ax.set_title(name, fontsize=9, loc="center", pad=4)
        ax.set_xlabel(shape, fontsize=8, labelpad=3)
        left += width
        if k < 3:
            sign = "=" if k == 2 else "·"
            fig.text(
                (left + gap / 2) / W, 1 - middle / H, sign, fontsize=15, ha="center", va="center"
            )
        left += gap


def stamps(patches, att, A, B, labels):
    """Patches and what they write: an entry is a spot, and spots add up.

    Parameters
    ----------
    patches : list of arrays, shape (N, N)
    att : Attention
    A, B : int
    labels : list of str
    """
    with plot.style():
        fig = sheet(8.2, 3.85)
        for k, (w, label) in enumerate(zip(patches, labels, strict=True)):
            left, N = 0.75 + 1.9 * k, len(w)
            ax = place(fig, left + 0.35, 0.75, 1.0, 1.0)
            show_image(ax, w[None], -1, 1, SIGNED)
            heading(ax, label, 8)
            canvas = attention.write(w[None, None], att, A, B)[0]
            ax = place(fig, left, 1.95, 1.7, 1.7 * B / A)
            top = np.abs(canvas).max()
            show_image(ax, canvas, -top, top, SIGNED)
            show_window(ax, att, N, A, B, WRITE)
        fig.text(0.1 / 8.2, 1 - 1.25 / 3.85, "patch $w$\n(grey is 0)", fontsize=9, va="center")
        fig.text(0.1 / 8.2, 1 - 2.8 / 3.85, "written", fontsize=9)
        heading_of_page(
            fig, "An entry of the patch draws its own filter; entries add up, and may erase"
        )
    return fig


def both_images(x, canvas, x_hat, att, N):
    """Image, canvas and error image, and the two patches that one grid reads.

    Parameters
    ----------
    x, canvas, x_hat : array, shape (1, 1, B, A)
        ``canvas`` as probabilities.
    att : Attention
    N : int
    """
    B, A = x.shape[2:]
    with plot.style():
        fig = sheet(8.2, 3.6)
        columns = [
            ("image $x$", x, 0, 1, GREY, True),
            ("canvas, sigmoid$(c)$", canvas, 0, 1, GREY, False),
            ("error image $\\hat x$, grey is 0", x_hat, -1, 1, SIGNED, True),
        ]
        for k, (name, image, low, high, cmap, looked_at) in enumerate(columns):
            left = 0.15 + 2.75 * k
            ax = place(fig, left, 0.62, 1.75, 1.75 * B / A)
            show_image(ax, image[0], low, high, cmap)
            heading(ax, name)
            if looked_at:
                show_window(ax, att, N, A, B)
                ax = place(fig, left + 0.45, 2.5, 0.85, 0.85)
                show_image(ax, attention.glimpse(image, att, N)[0], low, high, cmap)
                fig.text((left + 1.4) / 8.2, 1 - 2.9 / 3.6, f"its patch,\n{N} × {N}", fontsize=8)
        heading_of_page(fig, "One grid reads both: what is there, and what the canvas still lacks")
    return fig


def losses(x, rows, error):
    """What reading and writing back leave of an image, for several N.

    Parameters
    ----------
    x : array, shape (1, 1, B, A)
    rows : list of (int, array (N, N), array (B, A), array (B, A))
        N, patch, written back and rescaled, best that can be made of the patch.
    error : list of (float, float)
        Relative errors of the two.
    """
    B, A = x.shape[2:]
    with plot.style():
        fig = sheet(8.2, 5.15)
        for k, ((N, patch, back, best), (plain, least)) in enumerate(zip(rows, error, strict=True)):
            left = 1.25 + 1.75 * k
            for r, (image, label) in enumerate(
                ((patch, f"N = {N}"), (back, f"error {plain:.2f}"), (best, f"error {least:.2f}"))
            ):
                ax = place(fig, left, 0.72 + 1.5 * r, 1.25, 1.25 * B / A)
                show_image(ax, image[None])
                heading(ax, label, 8)
        words = (
            "patch read",
            "written back,\nbrightness\nadjusted",
            "the best that\nfilters can draw",
        )
        for r, word in enumerate(words):
            fig.text(0.1 / 8.2, 1 - (1.4 + 1.5 * r) / 5.15, word, fontsize=9, va="center")
        heading_of_page(fig, "Writing back is not undoing: blur stays, though the patch knows more")
    return fig


def ripples(places, curves, delta):
    """What a patch of ones writes along a line, for several ratios of sigma to the stride.

    Parameters
    ----------
    places : array, shape (A,)
    curves : list of (float, array of shape (A,))
        sigma / delta and the values, times the stride.
    delta : float
    """
    styles = ["-", "--", "-.", ":"]
    with plot.style():
        fig = plot.figure(8.2, 2.9)
        ax = fig.subplots()
        for k, (ratio, values) in enumerate(curves):
            ax.plot(places, values, styles[k % 4], color=LINES[k], linewidth=1.5,
                    label=f"$\\sigma/\\delta$ = {ratio:g}")  # fmt: skip
        ax.set(
            xlabel="pixel $a$", ylabel="written × stride", ylim=(0, 2.6), xlim=(0, len(places) + 1)
        )
        ax.legend(fontsize=8, loc="upper center", ncols=4)
        ax.set_title(
            f"Filters {delta:g} pixels apart: narrow ones leave gaps, wide ones an even tone",
            fontsize=9,
        )
    return fig


def moved(x, reading, writing, N, title):
    """Read with one grid and write with another: the patch is moved and resized.

    Parameters
    ----------
    x : array, shape (1, C, B, A)
    reading, writing : Attention
    N : int
    title : str
    """
    B, A = x.shape[2:]
    patch = attention.glimpse(x, reading, N)
    canvas = attention.write(patch, writing, A, B)[0]
    side = 2.6
    with plot.style():
        fig = sheet(8.3, 3.75)
        ax = place(fig, 0.15, 0.65, side, side * B / A)
        show_image(ax, x[0])
        show_window(ax, reading, N, A, B, READ)
        heading(ax, "image, and where it is read")
        ax.set_xlabel(in_a_line(reading), fontsize=8, loc="left")
        arrow(fig, 2.85, 0.65 + side / 2, "read")
        ax = place(fig, 3.32, 1.15, 1.6, 1.6)
        show_image(ax, patch[0])
        heading(ax, f"patch, {N} × {N}")
        arrow(fig, 5.02, 0.65 + side / 2, "write")
        ax = place(fig, 5.52, 0.65, side, side * B / A)
        show_image(ax, canvas, 0, max(canvas.max(), 1e-9))
        show_window(ax, writing, N, A, B, WRITE, dots=False)
        heading(ax, f"written; white is {canvas.max():.2g}")
        ax.set_xlabel(in_a_line(writing), fontsize=8, loc="left")
        heading_of_page(fig, title)
    return fig


def in_a_line(att):
    """The five parameters in one line."""
    g_X, g_Y, delta, sigma2, gamma = (float(v[0]) for v in att)
    return (
        f"g = ({g_X:.1f}, {g_Y:.1f}), $\\delta$ = {delta:.1f}, $\\sigma^2$ = {sigma2:.1f}, "
        f"$\\gamma$ = {gamma:.1f}"
    )
