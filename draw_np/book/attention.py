"""Figures of the chapter on the filterbank, and the pieces that other chapters draw grids with.

They take arrays and the package's own ``Attention``; every number drawn was computed
by ``draw_np.attention``. A pixel (a, b), counted from 1, fills the square a - 0.5 .. a + 0.5.
"""

import autograd.numpy as np
import matplotlib.image
from autograd import grad
from matplotlib import cbook
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Circle
from PIL import Image

from draw_np import attention, data, mistakes
from draw_np.book import alive, notebook
from draw_np.pictures import layouts, plot
from draw_np.pictures.plot import INK, LINES, READ, WRITE

GREY = plot.shades("gray")
OUTSIDE = "#E4E4E4"  # what is not the image
WEIGHTS = LinearSegmentedColormap.from_list("weights", ["white", "#56B4E9", "#0B2545"])

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


def heading_of_page(fig, title):
    """The sentence at the upper left of a sheet."""
    fig.text(0.1 / fig.get_figwidth(), 1 - 0.2 / fig.get_figheight(), title, fontsize=10)


def bare(ax, ticks=False):
    """No grid, a thin frame, and no ticks unless asked for."""
    ax.grid(False)
    if not ticks:
        ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=True, linewidth=0.6, color="#888888")


def show_image(ax, image, low=0.0, high=1.0, cmap=GREY, ticks=False, around=0):
    """An image (C, B, A) on axes in the paper's pixels, with so many pixels of room around it."""
    B, A = image.shape[-2:]
    extent = (0.5, A + 0.5, B + 0.5, 0.5)
    if len(image) == 3:
        pixels = np.clip((np.moveaxis(image, 0, -1) - low) / (high - low), 0, 1)
        ax.imshow(pixels, extent=extent, interpolation="nearest")
    else:
        ax.imshow(image[0], cmap, vmin=low, vmax=high, extent=extent, interpolation="nearest")
    bare(ax, ticks)
    ax.set_facecolor(OUTSIDE)
    ax.set(xlim=(0.5 - around, A + 0.5 + around), ylim=(B + 0.5 + around, 0.5 - around))
    if ticks:
        label_pixels(ax.xaxis, A)
        label_pixels(ax.yaxis, B)


def label_pixels(axis, size):
    """Ticks at the first and last pixel and at the centre of the image."""
    centre = (size + 1) / 2
    axis.set_ticks([1, centre, size], ["1", f"{centre:g}", f"{size}"])
    axis.set_tick_params(labelsize=7, length=2)


def show_window(ax, att, N, A, B, colour=READ, dots=True):
    """A grid's window, its border as wide as sigma, and the centres of its filters.

    What lies outside the image is drawn as far as the axes have room around it.
    """
    values = [float(v[0]) for v in att[:3]]
    box = plot.window(*values, N, A, B)
    ax.add_patch(plot.window_patch(box, plot.border(att.sigma2[0]), colour))
    if dots:
        x = attention.filter_centres(att.g_X, att.delta, N)[0]
        y = attention.filter_centres(att.g_Y, att.delta, N)[0]
        x, y = (v.ravel() for v in np.meshgrid(x, y))
        size = np.clip(150 / N**2, 2.5, 16)
        ax.scatter(x, y, size, color=colour, edgecolor="black", linewidth=0.5, zorder=3)


def show_matrix(ax, F, upright=False, high=None):
    """A filterbank (N, A) as a heat map; ``upright`` draws its transpose, pixels downward."""
    N, A = F.shape
    high = F.max() if high is None else high
    matrix, right, bottom = (F.T, N, A) if upright else (F, A, N)
    ax.imshow(
        matrix,
        WEIGHTS,
        vmin=0,
        vmax=high,
        aspect="auto",
        extent=(0.5, right + 0.5, bottom + 0.5, 0.5),
        interpolation="nearest",
    )
    numbered = sorted({1, N})
    ax.set(xticks=numbered if upright else [], yticks=[] if upright else numbered)
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


@notebook.picture(
    "Left: a grid of three by three round filters on a handwritten 2, with its centre g_X, g_Y, "
    "the stride delta between filters and their radius sigma marked. Right: three windows on the "
    "same digit and the 12 by 12 patch that each reads: a blurred detail, a sharp small copy, a "
    "blurred small copy."
)
def figure_3(x):
    """The paper's Figure 3, on an image (1, 1, 28, 28): windows and their patches."""
    names = ("small δ, large σ", "large δ, small σ", "both large")
    patches = [(name, one(**numbers(name))) for name in names]
    title = "Four numbers place the grid: two for its centre, a stride, a width"
    return layouts.filter_grid(x[0], patches, title)


@notebook.picture(
    "Three panels over the pixels 1 to 28. A strip shows one row of a digit. Below, the nearest "
    "pixel as a dotted staircase and the Gaussian reading as a smooth curve. At the bottom the "
    "smooth curve's slope, which is not zero wherever brightness changes."
)
def crop_or_look(look, line):
    """A hard crop jumps and has no slope; a Gaussian look is smooth.

    Parameters
    ----------
    look : callable
        Of a place mu, a variance and a line: what is read there, in autograd's reach.
    line : array, shape (A,)
    """
    A = len(line)
    places = np.linspace(0.6, A + 0.4, 500)
    fig = plot.figure(8.2, 3.5)
    top, middle, bottom = fig.subplots(3, 1, sharex=True, height_ratios=(0.35, 1.2, 1))
    top.imshow(line[None], GREY, vmin=0, vmax=1, aspect="auto", extent=(0.5, A + 0.5, 0, 1))
    top.set_yticks([])
    bare(top, ticks=True)
    heading(top, "One row of pixels, the line that is looked at")
    cropped = line[np.round(places).astype(int) - 1]  # pixel 1 is line[0]
    middle.plot(places, cropped, ":", color=INK, linewidth=1.2, label="crop: nearest pixel")
    looked = [look(mu, 1.0, line) for mu in places]
    middle.plot(places, looked, color=LINES[0], linewidth=1.8, label="look: Gaussian weights")
    middle.set(ylabel="what is read", ylim=(-0.05, 1.15))
    middle.legend(loc="upper right", fontsize=8)
    bottom.axhline(0, color=INK, linewidth=0.6)
    slope = [grad(look)(mu, 1.0, line) for mu in places]
    bottom.plot(places, slope, color=LINES[0], linewidth=1.8)
    bottom.set(xlabel="place $\\mu$, in pixels", ylabel="its slope", xlim=(0.5, A + 0.5))
    bottom.set_title("The slope of the look: which way to move (the crop's is 0)", fontsize=9)
    return fig


@notebook.picture(
    "A bar for each of five pixels with its weight, under a bell curve centred at pixel 2."
)
def one_row(squares, w, F):
    """A table of a filter at pixel 2 with variance 1; its bell between the pixels, its weights.

    Parameters
    ----------
    squares, w, F : array, shape (A,)
        Squared distances, weights before and after the normalisation.
    """
    A = len(F)
    notebook.table(
        ["pixel $a$", *range(1, A + 1), "sum"],
        [
            ["$(a - 2)^2$", *squares, ""],
            ["$w(a)$", *(f"{v:.4f}" for v in w), f"$Z$ = {w.sum():.4f}"],
            ["$F[a]$", *(f"{v:.4f}" for v in F), f"{F.sum():.4f}"],
        ],
    )
    a, fine = np.arange(1, A + 1), np.linspace(0.5, A + 0.5, 400)
    fig = plot.figure(8.2, 2.4)
    ax = fig.subplots()
    ax.plot(fine, bell(fine - 2, 1) / w.sum(), color=LINES[0], linewidth=1, alpha=0.6)
    ax.bar(a, F, 0.55, color=READ, edgecolor=LINES[0], linewidth=0.8)
    for pixel, weight in zip(a, F, strict=True):
        ax.text(pixel, weight + 0.02, f"{weight:.3f}", ha="center", fontsize=8)
    ax.axvline(2, ymax=0.97 / 1.25, color=WRITE, linestyle="--", linewidth=1)
    ax.set_axisbelow(True)
    ax.set(xlabel="pixel $a$", ylabel="weight $F[a]$", xticks=a, xlim=(0.5, A + 0.5))
    ax.set_ylim(0, 1.25 * F.max())
    ax.set_title("A filter on five pixels: a bell, read off at the pixels", fontsize=9)
    return fig


WIDTHS = {  # centre and variance that are asked for, and what comes of them on 28 pixels
    (14.3, 4.0): "true to the numbers",
    (14.3, 1.0): "still true",
    (14.3, 0.25): "begins to snap",
    (14.3, 0.01): "picks pixel 14",
    (1.0, 4.0): "cut at the edge",
    (14.3, 1e6): "the mean of the line",
}


def mean_and_variance(mu, sigma2, A=28):
    """Mean and variance of the place of a pixel drawn with the weights of a filter."""
    F = attention.filterbank(np.array([[mu]]), np.array([sigma2]), A)[0, 0]
    a = np.arange(1, A + 1)
    mean = np.sum(F * a)
    return mean, np.sum(F * (a - mean) ** 2)


def widths():
    """A table: the mean and the variance that a filter is asked for, and those that it has."""
    rows = []
    for (mu, sigma2), remark in WIDTHS.items():
        mean, variance = mean_and_variance(mu, sigma2)
        rows.append((mu, f"{sigma2:g}", f"{mean:.4f}", f"{variance:.4f}", remark))
    notebook.table(["$\\mu$ asked", "$\\sigma^2$ asked", "mean place", "its variance", ""], rows)


# ---------------------------------------------------------------- N of them


@notebook.picture(
    "Upper panel: five bell curves centred at pixels 6.5, 10.5, 14.5, 18.5 and 22.5. Middle: the "
    "same as a matrix of 5 rows and 28 columns, a dark diagonal. Lower: a row of pixels as bars "
    "and the five numbers read as dots."
)
def bank_on_a_line(F, mu, sigma2, line):
    """N filters on a line: their bells, the matrix F, the line and what is read of it.

    Parameters
    ----------
    F : array, shape (N, A)
    mu : array, shape (N,)
    sigma2 : float
    line : array, shape (A,)
    """
    fig = plot.figure(8.2, 4.3)
    bells, matrix, below = fig.subplots(3, 1, sharex=True, height_ratios=(1, 0.9, 1.1))
    show_bells(bells, mu, sigma2, F.shape[1])
    show_rows(matrix, F)
    a = np.arange(1, F.shape[1] + 1)
    below.bar(a, line, 0.9, color="#BBBBBB", label="line of pixels")
    below.plot(
        mu, F @ line, "o", color=LINES[1], ms=7, mec="black", mew=0.6, label="$F_X$ times the line"
    )
    below.set(xlim=(0.5, len(a) + 0.5), ylim=(-0.05, 1.3), xlabel="pixel $a$", yticks=[0, 1])
    below.set_title("The line, and the number that each filter reads of it", fontsize=9)
    below.legend(loc="upper right", ncols=2, fontsize=8)
    return fig


def show_bells(ax, mu, sigma2, A):
    """The bells of filters with these centres, numbered, between the pixels of a line."""
    fine = np.linspace(0.5, A + 0.5, 1200)
    for i, centre in enumerate(mu):
        colour = LINES[i % len(LINES)]
        ax.fill_between(fine, bell(fine - centre, sigma2), color=colour, alpha=0.18, lw=0)
        ax.plot(fine, bell(fine - centre, sigma2), color=colour, linewidth=1.2)
        ax.text(centre, 1.04, f"$i={i + 1}$", ha="center", fontsize=8, color=INK)
    ax.set(ylim=(0, 1.25), yticks=[0, 1], ylabel="$w(a)$")
    ax.set_title(f"{len(mu)} bells, {mu[1] - mu[0]:g} pixels apart", fontsize=9)


def show_rows(ax, F):
    """The matrix (N, A) of filters as a heat map whose columns are pixels."""
    N, A = F.shape
    extent = (0.5, A + 0.5, N + 0.5, 0.5)
    ax.imshow(F, WEIGHTS, vmin=0, aspect="auto", extent=extent, interpolation="nearest")
    bare(ax, ticks=True)
    ax.set(yticks=range(1, N + 1), ylabel="filter $i$")
    title = f"Each divided by its sum: a matrix $F_X$, {N} rows of {A} pixels; dark is heavy"
    ax.set_title(title, fontsize=9)


# ---------------------------------------------------------------- the grid on an image


@notebook.picture(
    "A column of weights times a row of weights gives a round spot on a 28 by 28 image, drawn over "
    "the dim digit; the spot times the image leaves the part of the digit under it, whose sum is "
    "the number read, 0.393."
)
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
    fig = sheet(8.2, 2.75)
    ax = place(fig, 0.45, 0.8, 0.3, 1.75)
    show_matrix(ax, F_Y[j - 1 : j], upright=True)
    ax.set(xticks=[], yticks=[1, B])
    heading(ax, f"$F_Y[{j}, b]$")
    ax = place(fig, 1.25, 1.5, 1.75, 0.3)
    show_matrix(ax, F_X[i - 1 : i])
    ax.set(yticks=[], xticks=[1, A])
    heading(ax, f"$F_X[{i}, a]$")
    ax = place(fig, 3.65, 0.8, 1.75, 1.75)
    weighed = WEIGHTS(both / both.max())[..., :3]
    show_image(ax, np.moveaxis(weighed * (1 - 0.3 * x[..., None]), -1, 0), ticks=True)
    heading(ax, "weight of each pixel")
    ax = place(fig, 6.05, 0.8, 1.75, 1.75)
    show_image(ax, x[None] * (0.2 + 0.8 * both / both.max()))
    heading(ax, f"weight × image; sum {np.sum(x * both):.3f}")
    for left, sign in ((0.93, "×"), (3.1, "="), (5.6, "→")):
        fig.text(left / 8.2, 0.37, sign, fontsize=15)
    heading_of_page(fig, "One round filter is the product of a column and a row")
    return fig


@notebook.picture(
    "A handwritten 2 with a window on its head. Above it the matrix F_X and to its left F_Y "
    "transposed, aligned with columns and rows. To the right the 5 by 5 patch that is read, and "
    "the patch written back onto an empty image, a blurred head of the 2."
)
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
    patch = attention.glimpse(x, att, N)
    fig = sheet(8.3, 1.75 + 2.7 * B / A)
    heading_of_page(fig, title)
    show_banks(fig, x, att, N, (2.7, 2.7 * B / A))
    middle = 1.35 + 1.35 * B / A
    arrow(fig, 3.86, middle, "read")
    ax = place(fig, 4.3, middle - 0.81, 1.62, 1.62)
    show_image(ax, patch[0])
    heading(ax, f"patch read, {N} × {N}")
    ax.set_xlabel(five(att), fontsize=8, loc="left")
    arrow(fig, 5.98, middle, "write")
    back = attention.write(patch, att, A, B)
    ax = place(fig, 6.42, middle - 0.88 * B / A, 1.76, 1.76 * B / A)
    show_image(ax, back[0], 0, max(back.max(), 1e-9))
    heading(ax, "written back")
    ax.set_xlabel(f"white is {back.max():.2g}", fontsize=8, loc="left")
    return fig


def show_banks(fig, x, att, N, size):
    """The left half of a page: an image of this size with its window, F_X above and F_Y beside."""
    (width, height), (B, A) = size, x.shape[2:]
    F_X, F_Y = (F[0] for F in attention.filterbanks(att, A, B, N))
    ax = place(fig, 1.1, 0.62, width, 0.66)
    show_matrix(ax, F_X)
    ax.yaxis.tick_right()
    ax.yaxis.set_label_position("right")
    ax.set_ylabel("$i$", fontsize=8, rotation=0, labelpad=6)
    heading(ax, f"$F_X$, {N} × {A}: one filter a row")
    ax = place(fig, 0.42, 1.35, 0.58, height)
    show_matrix(ax, F_Y, upright=True)
    label_pixels(ax.yaxis, B)
    ax.set_xlabel("$j$", fontsize=8, labelpad=1)
    heading(ax, f"$F_Y^T$, {B} × {N}")
    ax = place(fig, 1.1, 1.35, width, height)
    show_image(ax, x[0], ticks=True)
    ax.set_yticks([])
    show_window(ax, att, N, A, B)


def five(att):
    """The five parameters in words for a caption."""
    g_X, g_Y, delta, sigma2, gamma = (float(v[0]) for v in att)
    return (
        f"$g_X$ = {g_X:.1f}, $g_Y$ = {g_Y:.1f}\n$\\delta$ = {delta:.2f}, "
        f"$\\sigma^2$ = {sigma2:.2f}\n$\\gamma$ = {gamma:.2f}"
    )


# ---------------------------------------------------------------- the five numbers

PLATE = {  # a parameter: what it does, how it is written, three values of it
    "g_X": ("centre along x:\nmoves it", "$g_X$ = {}", (9, 14.5, 20)),
    "g_Y": ("centre along y:\nmoves it", "$g_Y$ = {}", (9, 14.5, 20)),
    "delta": ("stride:\nzooms", "$\\delta$ = {}", (0.95, 1.9, 2.45)),
    "sigma2": ("variance:\nblurs", "$\\sigma^2$ = {}", (0.05, 1.0, 9.0)),
    "gamma": ("intensity:\nscales", "$\\gamma$ = {}", (0.4, 1.0, 2.5)),
}
BASE = {"g_X": 14.5, "g_Y": 14.5, "delta": 1.9, "sigma2": 1.0, "gamma": 1.0}


@notebook.picture(
    "Five rows of three windows on a digit and their 12 by 12 patches. The centre moves the window "
    "right and down, also beyond the image, the stride zooms out, the variance blurs the patch and "
    "thickens the border, the intensity makes the patch brighter and leaves the window alone. The "
    "middle column has the same window in every row."
)
def plate(x, N=12, around=4):
    """What each parameter does: a row a parameter, the image with its window and the patch.

    Parameters
    ----------
    x : array, shape (1, C, B, A)
    N : int
    around : int
        Pixels of room around the image.
    """
    B, A = x.shape[2:]
    fig = sheet(8.2, 0.5 + 1.62 * len(PLATE))
    for r, (parameter, (name, label, values)) in enumerate(PLATE.items()):
        top = 0.62 + 1.62 * r
        fig.text(0.1 / 8.2, 1 - (top + 0.6) / fig.get_figheight(), name, fontsize=9, va="center")
        for k, value in enumerate(values):
            att, left = one(**{**BASE, parameter: value}), 1.35 + 2.32 * k
            ax = place(fig, left, top, 1.28, 1.28)
            show_image(ax, x[0], around=around)
            show_window(ax, att, N, A, B, dots=False)
            heading(ax, label.format(value), 8)
            ax = place(fig, left + 1.35, top + 0.23, 0.82, 0.82)
            show_image(ax, attention.glimpse(x, att, N)[0])
    others = ", ".join(f"{PLATE[name][1].format(v)}" for name, v in BASE.items())
    heading_of_page(fig, f"One parameter at a time. In the middle column: {others}; N = {N}")
    return fig


START = {"g_X": 14.5, "g_Y": 14.0, "delta": 2.6, "sigma2": 1.7, "N": 9}
STATES = {  # what differs from the start: the states that the page's buttons set, by their names
    "start": {},
    "the head of the 2": {"g_X": 13, "g_Y": 9, "delta": 2.2, "sigma2": 1, "N": 5},
    "small δ, large σ": {"g_X": 14, "g_Y": 9, "delta": 0.7, "sigma2": 4, "N": 12},
    "large δ, small σ": {"g_Y": 14.5, "delta": 27 / 11, "sigma2": 0.1, "N": 12},
    "both large": {"g_Y": 14.5, "delta": 27 / 11, "sigma2": 6, "N": 12},
    "gaps between filters": {"g_Y": 14.5, "delta": 5, "sigma2": 0.1, "N": 5},
    "an untrained network": {"g_Y": 14.5, "delta": 27 / 4, "sigma2": 729 / 64, "N": 5},
    "partly outside": {"g_X": 5.5},
    "N = 1": {"g_X": 14, "g_Y": 9, "delta": 27, "sigma2": 9, "N": 1},
    "outside, narrow": {"g_X": -2, "g_Y": 9, "delta": 2, "sigma2": 1, "N": 5},
    "outside, wide": {"g_X": -2, "g_Y": 9, "delta": 2, "sigma2": 16, "N": 5},
}


def numbers(state):
    """The grid of a state, without N: what ``one`` takes."""
    return {name: v for name, v in {**START, **STATES[state]}.items() if name != "N"}


@notebook.picture(
    "Nine windows on a handwritten 2, each with the patch that it reads: nine by nine filters over "
    "the digit; five by five on its head; a blurred detail; a sharp small copy; a blurred small "
    "copy; sharp filters with gaps between them, which see hardly a 2; the grid of an untrained "
    "network, from edge to edge; a window partly outside the image, whose patch is black at the "
    "left; one single wide filter.",
    alive.Part("filterbank"),
)
def states(x, around=6):
    """Windows side by side, as the buttons of the page set them, and what each reads.

    Parameters
    ----------
    x : array, shape (1, 1, B, A)
    around : int
        Pixels of room around the image.
    """
    B, A = x.shape[2:]
    fig = sheet(8.3, 6.75)
    for n, name in enumerate(list(STATES)[:9]):
        N, att = {**START, **STATES[name]}["N"], one(**numbers(name))
        left, top = 0.1 + 2.75 * (n % 3), 0.62 + 2.07 * (n // 3)
        ax = place(fig, left, top, 1.72, 1.72)
        show_image(ax, x[0], around=around)
        show_window(ax, att, N, A, B)
        if N <= 5 and att.delta[0] > 3 * att.sigma2[0] ** 0.5:  # closer rings hide the frame
            show_rings(ax, att, N)
        heading(ax, name)
        ax = place(fig, left + 1.79, top + 0.3, 0.84, 0.84)
        show_image(ax, attention.glimpse(x, att, N)[0])
        ax.set_xlabel(three(att, N), fontsize=7, loc="left", labelpad=3)
    heading_of_page(fig, "Nine windows on one digit, and the patch that each reads")
    return fig


def show_rings(ax, att, N):
    """A ring of radius sigma about every one of N x N filters."""
    x, y = (attention.filter_centres(g, att.delta, N)[0] for g in (att.g_X, att.g_Y))
    for centre in np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2):
        ax.add_patch(Circle(centre, float(att.sigma2[0]) ** 0.5, fill=False, color=READ, lw=0.9))


def three(att, N):
    """Size, stride and variance of a grid, in two lines."""
    delta, sigma2 = float(att.delta[0]), float(att.sigma2[0])
    return f"{N} × {N}, $\\delta$ = {delta:.3g}\n$\\sigma^2$ = {sigma2:.3g}"


# ---------------------------------------------------------------- counting from 0


def at_rest(N, A=28):
    """Centres of the filters, along one side, of a network that puts out five zeros, (N,)."""
    att = attention.attention(np.zeros((1, 5)), A, A, N)
    return attention.filter_centres(att.g_X, att.delta, N)[0]


@notebook.picture(
    "Two rows of three pictures, for 2, 5 and 12 filters a side. Upper row: grids that cover a "
    "digit from edge to edge. Lower row: the same grids moved to the upper left by one stride, for "
    "two filters so far that three of the four are outside the image."
)
def grids_at_rest(x, counts=(2, 5, 12)):
    """Where the filters of untrained heads are: counted from 1, and counted from 0.

    Parameters
    ----------
    x : array, shape (1, A, A)
        A square image to draw them on.
    counts : sequence of int
        Filters a side.
    """
    A = x.shape[-1]
    fig = sheet(8.2, 4.75)
    for row, (name, colour) in enumerate((("from 1", READ), ("from 0", WRITE))):
        for k, N in enumerate(counts):
            ax = place(fig, 1.0 + 2.15 * k, 0.5 + 2.12 * row, 2.05, 2.05)
            show_image(ax, x * 0.6)
            ax.set(xlim=(-28, A + 2), ylim=(A + 2, -28))
            centres = at_rest(N) if row == 0 else from_0(N)
            mu_x, mu_y = (v.ravel() for v in np.meshgrid(centres, centres))
            ax.scatter(mu_x, mu_y, 11, color=colour, edgecolor="black", linewidth=0.5, zorder=3)
            ax.text(-26, A, f"N = {N}", fontsize=8)
        fig.text(0.02, 1 - (1.5 + 2.12 * row) / 4.75, f"counted\n{name}", fontsize=9)
    heading_of_page(fig, "The first grid covers the image only if filters count from 1")
    return fig


def from_0(N):
    """The centres of ``at_rest``, by the mistake of counting filters from 0."""
    with mistakes.made("zero-based-grid"):
        return at_rest(N)


# ---------------------------------------------------------------- what breaks

REMEDIES = {
    "nothing-against-0-over-0": "Eq. 25 as printed",
    "epsilon-added-to-the-sum": "$w / (Z + 10^{-4})$",
    "sum-kept-above-epsilon": "$w / \\max(Z, 10^{-8})$",
    "rows-normalised-on-paper": "$w / \\sqrt{2\\pi\\sigma^2}$",
}


def sums(tilde, log_sigma2=0.0, mistake=None):
    """Sums of the five rows of F_X for a grid at g~_X = tilde, in float32, by a mistake or none."""
    if mistake is not None:
        with mistakes.made(mistake):
            return sums(tilde, log_sigma2)
    raw = np.array([[tilde, 0, log_sigma2, 0, 0]], dtype=np.float32)
    with np.errstate(all="ignore"):
        att = attention.attention(raw, 28, 28, 5)
        return attention.filterbanks(att, 28, 28, 5)[0][0].sum(axis=1)


def in_words(row):
    """Sums of rows for a table."""
    said = ["NaN" if v != v else f"{v:.2g}" for v in row]
    return f"all {said[0]}" if len(set(said)) == 1 else ", ".join(said)


def remedies():
    """A table: what rows sum to when the grid wanders off, for several ways to divide."""
    places = (0.0, 1.0, 3.0)
    shown = {m: name for m, name in REMEDIES.items() if m != "sum-kept-above-epsilon"}
    rows = [[name, *(in_words(sums(v, mistake=m)) for v in places)] for m, name in shown.items()]
    rows.append(["**this package**", *(in_words(sums(v)) for v in places)])
    notebook.table(["rows sum to, for $\\tilde g_X$ =", *(f"{v:g}" for v in places)], rows)


def sum_of_row(mu, mistake=None, sigma2=1.5):
    """Sums of single filters at mu, (n,), in float32, by the right function or a wrong one."""
    bank = attention.filterbank if mistake is None else mistakes.CATALOGUE[mistake].replacement
    with np.errstate(all="ignore"):
        row = np.asarray(mu, dtype=np.float32)[None]
        return bank(row, np.array([sigma2], dtype=np.float32), 28)[0].sum(axis=1)


@notebook.picture(
    "Sum of a filter's row as its centre moves from far left of the image to far right. Divided by "
    "its own sum it is 1 everywhere. With an epsilon it drops to 0 a few pixels outside; divided "
    "by the integral it is one half at the edge."
)
def row_sums():
    """What a row of the filterbank sums to as the filter moves, for several ways to divide."""
    places, styles = np.linspace(-20, 49, 700), ["-", "--", ":", "-."]
    ways = [(None, "divided by its sum, as here"), *list(REMEDIES.items())[1:]]
    fig = plot.figure(8.2, 3.0)
    ax = fig.subplots()
    ax.axvspan(1, 28, color="#EEEEEE", zorder=0)
    ax.text(14.5, 1.135, "the image", ha="center", fontsize=8)
    for k, (mistake, name) in enumerate(ways):
        colour, width = (INK, 2.4) if k == 0 else (LINES[k - 1], 1.6)
        values = sum_of_row(places, mistake)
        ax.plot(places, values, styles[k], color=colour, linewidth=width, label=name)
    ax.set(xlabel="centre $\\mu$ of the filter, in pixels", ylabel="sum of the row")
    ax.set(xlim=(places[0], places[-1]), ylim=(-0.05, 1.22))
    ax.legend(loc="lower center", fontsize=8)
    ax.set_title("A filter of variance 1.5 moves over the image: only the black line stays at 1")
    return fig


def read_speckled(tilde):
    """Sum of what a 5 x 5 grid at g~_X = tilde reads of an image of random greys, in float32."""
    speckled = np.random.default_rng(8).random((1, 1, 28, 28)).astype(np.float32)
    raw = np.zeros((1, 5), dtype=np.float32)
    att = attention.attention(raw, 28, 28, 5)
    return np.sum(attention.glimpse(speckled, att._replace(g_X=14.5 * (tilde + 1)), 5))


def pulls():
    """The derivative of what is read at g~_X = 3, with an epsilon and with this package."""
    far = np.array([3.0], dtype=np.float32)
    with mistakes.made("epsilon-added-to-the-sum"):
        dead = grad(read_speckled)(far)[0]
    return dead, grad(read_speckled)(far)[0]


# ---------------------------------------------------------------- a window that wandered off


def slope_outside(d, sigma2):
    """Slopes of the reading of a filter d pixels left of pixel 1, black before white, (n,)."""
    step = np.array([0.0] + [1.0] * 27)
    F = attention.filterbank(1 - np.asarray(d, float)[None], np.array([sigma2]), 28)[0]  # (n, 28)
    a = np.arange(1, 29)
    return ((a - (F @ a)[:, None]) * F) @ step / sigma2  # covariance / sigma^2


@notebook.picture(
    "Size of the slope on a logarithmic scale against the distance outside the image, 0 to 40 "
    "pixels, for four variances. Measured points lie on straight lines, steep for small variances "
    "and flat for 16."
)
def fading():
    """How the slope fades with distance: measured points on derived lines, log scale."""
    d, marks = np.arange(0.0, 41.0), ["o", "s", "^", "D"]
    fig = plot.figure(8.2, 3.3)
    ax = fig.subplots()
    for k, sigma2 in enumerate((0.5, 1.0, 4.0, 16.0)):
        points = slope_outside(d, sigma2)
        seen = points > 0
        ax.plot(d, np.exp(-(d + 0.5) / sigma2) / sigma2, color=LINES[k], linewidth=1)
        ax.plot(
            d[seen],
            points[seen],
            marks[k],
            color=LINES[k],
            ms=4.5,
            mec="white",
            mew=0.4,
            label=f"$\\sigma^2$ = {sigma2:g}",
        )
    ax.set(yscale="log", ylim=(1e-12, 10), ylabel="size of the slope")
    ax.set(xlabel="distance $d$ from the nearest pixel, in pixels")
    ax.legend(fontsize=8, title="points measured, lines derived", title_fontsize=8)
    ax.set_title("Outside the image the slope fades like $e^{-d/\\sigma^2}$", fontsize=9)
    return fig


TARGET, RATE, STEPS = 13.0, 4.0, 300


def descend(x, start, sigma2):
    """g_X in every step of gradient descent on the squared error of the patch, (steps + 1,).

    The grid of 5 x 5 filters belongs at ``TARGET``, where its patch is the one that is wanted.
    """
    grid = one(0, 9, 2, sigma2)

    def error(g_X):
        return 0.5 * np.sum((attention.glimpse(x, grid._replace(g_X=g_X), 5) - wanted) ** 2)

    wanted = attention.glimpse(x, grid._replace(g_X=np.array([TARGET])), 5)
    slope, path = grad(error), [np.array([float(start)])]
    for _ in range(STEPS):
        path.append(path[-1] - RATE * slope(path[-1]))
    return np.concatenate(path)


RUNS = ((-2, 1), (-2, 4), (-2, 16), (-12, 16))  # where a window starts, and its variance


@notebook.picture(
    "Place of the window against steps of gradient descent. From -2 a window with variance 16 is "
    "back within 40 steps and one with variance 4 after about 115; one with variance 1 does not "
    "move. From -12 even variance 16 has hardly moved after 300 steps. Beside it two of the "
    "windows, thin where they start, outside the image: the narrow one is still there, the wide "
    "one has arrived on the head of the 2."
)
def called_back(x):
    """Where a window is while gradient descent calls it back, for several variances."""
    styles = ["-", "--", "-.", ":"]
    fig = sheet(8.3, 3.1)
    ax = place(fig, 0.6, 0.5, 4.6, 2.1)
    ax.axhspan(1, 28, color="#EEEEEE", zorder=0)
    ax.axhline(TARGET, color=INK, linewidth=0.8)
    ax.text(300, TARGET + 1, "where it belongs", fontsize=8, ha="right")
    for k, (start, sigma2) in enumerate(RUNS):
        path = descend(x, start, sigma2)
        name = f"from {start}, $\\sigma^2$ = {sigma2}"
        ax.plot(path, styles[k], color=LINES[k], linewidth=1.7, label=name)
        if k in (0, 2):
            show_way(place(fig, 5.45 + 0.72 * k, 0.75, 1.35, 1.35), x, path, sigma2)
    ax.set(xlabel="step of gradient descent", ylabel="$g_X$, in pixels", ylim=(-14, 29))
    ax.legend(fontsize=7.5, loc="upper right", ncols=2)
    heading_of_page(fig, "A wide window finds its way back to the image (grey), a narrow one stays")
    return fig


def show_way(ax, x, path, sigma2):
    """The window at the beginning of a path, thin, and at its end."""
    show_image(ax, x[0], around=8)
    for g_X, dots in ((path[0], False), (path[-1], True)):
        show_window(ax, one(g_X, 9, 2, 0.6 if dots else 0.01), 5, 28, 28, dots=dots)
    heading(ax, f"$\\sigma^2$ = {sigma2}", 8)
    ax.set_xlabel(f"from {path[0]:g} to {path[-1]:.1f}", fontsize=8, loc="left")


# ---------------------------------------------------------------- the paper's Figure 4

ZOOM = one(g_X=54, g_Y=40, delta=3.0, sigma2=2.25)


@notebook.picture(
    "A portrait of 100 by 75 pixels with a window around the face; the 12 by 12 patch; the face "
    "written back, blurred, on black; and two of the filters as small white spots, the first at "
    "the upper left corner of the window and the last at its lower right."
)
def figure_4():
    """The paper's Figure 4, with a photograph in the public domain."""
    title = "Zooming: a small window sees a part in detail"
    return layouts.zooming(photograph()[0], ZOOM, 12, title)
