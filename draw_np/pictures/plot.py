"""Every picture of the project, in one style.

Pictures take arrays and know no model. Images are intensities in [0, 1] of shape
(..., C, B, A); a pixel (a, b), counted from 1, fills the square a - 0.5 .. a + 0.5,
so that positions of the attention can be drawn as they are.

Colours are Okabe and Ito's, which colour-blind readers can tell apart, and the two
windows differ in lightness too: what is written is vermilion, what is read is sky blue.
"""

from contextlib import contextmanager
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import cbook
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator
from PIL import Image

WRITE, READ = "#D55E00", "#56B4E9"
INK = "#222222"
LINES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
GAP = 2  # pixels between the images of a mosaic

# parameters that say where and how to show pictures, and not how they look
OF_THE_READER = """
    backend backend_fallback interactive toolbar timezone date.epoch docstring.hardcopy
    figure.max_open_warning figure.raise_window savefig.directory tk.window_focus
    webagg.address webagg.open_in_browser webagg.port webagg.port_retries
""".split()
STYLE = {
    **{k: v for k, v in matplotlib.rcParamsDefault.items() if k not in OF_THE_READER},
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": matplotlib.cycler(color=LINES),  # type: ignore[attr-defined]
    "axes.grid": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.dpi": 150,
}


def portrait():
    """Commodore Grace M. Hopper, U.S. Navy, by James S. Davis, 1984: a public-domain photograph.

    Returns
    -------
    Pillow image
        In colour; it comes with Matplotlib.
    """
    return Image.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))


@contextmanager
def style():
    """The project's look for everything that is drawn inside the block, or in a function.

    Nothing of the reader's own settings is left, so that a picture is the same for all:
    matplotlib's defaults, and on them ``STYLE``. All that makes, changes or saves a figure
    has to be inside: a text takes its colour when it is made, a line its joints when it is
    drawn.
    """
    with matplotlib.rc_context(STYLE):
        yield


def figure(width, height):
    """An empty figure, in inches, that needs no display and no global state."""
    fig = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(fig)
    return fig


def save(fig, path):
    """Write a figure to ``path``; the suffix says how. Returns the path."""
    with style():
        fig.savefig(path)
    return Path(path)


def shades(name):
    """One of matplotlib's colour maps, in 256 colours: a reader's ``image.lut`` may leave fewer."""
    return matplotlib.colormaps[name].resampled(256)


# ---------------------------------------------------------------- windows


def window(g_X, g_Y, delta, N, A, B):
    """The rectangle that an N x N grid of filters covers, inside the image or not.

    It reaches from the outer edge of the pixel under the first filter to that of the
    pixel under the last: half a pixel beyond the outermost centres of Eqs. 19 and 20.
    The default grid, from 1 to A, gives exactly the frame of the image.

    Parameters
    ----------
    g_X, g_Y, delta : float
        Centre and stride, in pixels.
    N : int
        Filters along one side.
    A, B : int
        Width and height of the image.

    Returns
    -------
    left, top, right, bottom : float
        In pixels, at most the size of the image away from it: a frame that ends there is out
        of sight.
    """
    reach = delta * (N - 1) / 2 + 0.5
    x = np.clip([g_X - reach, g_X + reach], 0.5 - A, 2 * A + 0.5)
    y = np.clip([g_Y - reach, g_Y + reach], 0.5 - B, 2 * B + 0.5)
    return float(x[0]), float(y[0]), float(x[1]), float(y[1])


def border(sigma2):
    """Width in pixels of a window's border: sigma, but never too thin to see.

    A blurred window has a thick border and a sharp one a thin border, as in the
    paper's Figures 1, 3, 5 and 10.
    """
    return max(0.3, float(sigma2) ** 0.5)


def window_patch(box, width, colour, shift=(0, 0)):
    """A frame of ``width`` pixels along the inside of ``box``, to put on axes in pixels."""
    left, top, right, bottom = np.add(box, [shift[0], shift[1]] * 2)
    w = min(width, (right - left) / 2, (bottom - top) / 2)
    rings = [
        rectangle(left, top, right, bottom),
        rectangle(left + w, top + w, right - w, bottom - w)[::-1],  # the hole runs backwards
    ]
    codes = [Outline.MOVETO, *[Outline.LINETO] * 3, Outline.CLOSEPOLY]
    path = Outline(np.concatenate(rings), codes * 2)
    return PathPatch(path, facecolor=colour, edgecolor="none", alpha=0.85)


def rectangle(left, top, right, bottom):
    """The five points of a closed rectangle, (5, 2)."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])


# ---------------------------------------------------------------- mosaics


def mosaic(images, ground=0.5):
    """Rows and columns of images on one sheet, ``GAP`` pixels apart.

    Parameters
    ----------
    images : array, shape (rows, columns, C, B, A)
    ground : float
        Grey of the gaps.

    Returns
    -------
    array, shape (height, width, 3)
    """
    R, K, _, B, A = images.shape
    sheet = np.full((R * (B + GAP) - GAP, K * (A + GAP) - GAP, 3), ground)
    for r, k in np.ndindex(R, K):
        top, left = r * (B + GAP), k * (A + GAP)
        pixels = np.clip(np.moveaxis(images[r, k], 0, -1), 0, 1)  # (B, A, C)
        sheet[top : top + B, left : left + A] = pixels  # grey spreads over the three colours
    return sheet


def show_mosaic(ax, images, windows=(), labels=()):
    """Put a mosaic on axes, with windows on its images and labels over its columns.

    A window that reaches beyond its image is cut there, and not closed.

    Parameters
    ----------
    ax : matplotlib axes
    images : array, shape (rows, columns, C, B, A)
    windows : iterable
        Of (row, column, box, border width, colour), boxes as from ``window``.
    labels : sequence of str
        One a column, or none.
    """
    sheet = mosaic(images)
    B, A = images.shape[-2:]
    height, width = sheet.shape[:2]
    ax.imshow(sheet, extent=(0.5, width + 0.5, height + 0.5, 0.5), interpolation="nearest")
    for r, k, box, thickness, colour in windows:
        left, top = k * (A + GAP), r * (B + GAP)
        frame = ax.add_patch(window_patch(box, thickness, colour, (left, top)))
        frame.set_clip_path(Rectangle((left + 0.5, top + 0.5), A, B, transform=ax.transData))
    for k, label in enumerate(labels):
        ax.text(k * (A + GAP) + A / 2, -1, label, ha="center", va="bottom", fontsize=8)
    ax.axis("off")


def mosaic_figure(images, title, windows=(), labels=(), scale=0.022):
    """A figure of one mosaic under a title; ``scale`` is inches a pixel."""
    R, K, _, B, A = images.shape
    width, height = K * (A + GAP) * scale, R * (B + GAP) * scale
    with style():
        fig = figure(max(width, 3.5) + 0.2, height + 0.65)
        ax = fig.subplots()
        show_mosaic(ax, images, windows, labels)
        fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    return fig


def grid(images, title, columns=10):
    """Images in reading order, ``columns`` a row; blanks fill the last row.

    Parameters
    ----------
    images : array, shape (n, C, B, A)
    """
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    blank = np.full((rows * columns - len(images), *images.shape[1:]), 0.5)
    filled = np.concatenate([images, blank])
    return mosaic_figure(filled.reshape(rows, columns, *images.shape[1:]), title, scale=0.03)


# ---------------------------------------------------------------- drawing over time


def shown_steps(T, columns=11):
    """At most ``columns`` of the steps 1..T, evenly spread, the first and last among them."""
    return np.unique(np.linspace(1, T, min(columns, T)).round().astype(int))


def attention_windows(att, N, A, B, colour, steps, images):
    """Windows for a mosaic with a row an image and a column a step.

    Parameters
    ----------
    att : Attention or None
        With fields of shape (T, M); None gives no windows.
    N : int
        Filters along one side.
    A, B : int
        Width and height of the image.
    colour : str
    steps, images : sequences of int
        Which steps (from 1) and which images (from 0).

    Returns
    -------
    list of (row, column, box, border width, colour)
    """
    if att is None:
        return []
    places = [(r, k, (t - 1, m)) for r, m in enumerate(images) for k, t in enumerate(steps)]
    return [
        (
            r,
            k,
            window(att.g_X[at], att.g_Y[at], att.delta[at], N, A, B),
            border(att.sigma2[at]),
            colour,
        )
        for r, k, at in places
    ]


def drawing(canvases, att, N, title, rows=10, columns=11):
    """Digits being drawn: a row an image, time from left to right (the paper's Figures 1, 7, 10).

    Parameters
    ----------
    canvases : array, shape (T + 1, M, C, B, A)
        sigmoid(c_0) .. sigmoid(c_T).
    att : Attention or None
        Of the write, fields of shape (T, M): its window is drawn on the canvas that the
        step left behind.
    N : int or None
        Filters along one side.
    title : str
    rows, columns : int
        At most so many images and steps.
    """
    T, M = len(canvases) - 1, canvases.shape[1]
    B, A = canvases.shape[-2:]
    steps, images = shown_steps(T, columns), range(min(rows, M))
    chosen = np.swapaxes(canvases[steps][:, : len(images)], 0, 1)  # (rows, columns, C, B, A)
    windows = attention_windows(att, N, A, B, WRITE, steps, images)
    return mosaic_figure(chosen, title, windows, [f"t = {t}" for t in steps])


def animation(path, canvases, att, N, title, columns=5, seconds=4.0):
    """A GIF of images being drawn, the write window moving over them.

    Parameters
    ----------
    path : path
    canvases, att, N, title
        As in ``drawing``; every image is shown.
    columns : int
        Images in a row.
    seconds : float
        Time from c_0 to c_T; the last canvas then stands for 1.5 seconds.

    Returns
    -------
    Path
    """
    T = len(canvases) - 1
    frames = [frame(canvases[t], att, N, f"{title}, t = {t}", t, columns) for t in range(T + 1)]
    durations = [max(20, int(1000 * seconds / T))] * T + [1500]
    # one palette for all frames, from the last, so that colours do not flicker
    palette = frames[-1].quantize(128)
    indexed = [f.quantize(128, palette=palette, dither=Image.Dither.NONE) for f in frames]
    indexed[0].save(path, save_all=True, append_images=indexed[1:], duration=durations, loop=0)
    return Path(path)


def frame(images, att, N, title, t, columns):
    """One picture of an animation: all images at step t, a Pillow image."""
    M, (B, A) = len(images), images.shape[-2:]
    columns = min(columns, M)
    rows = -(-M // columns)
    blank = np.full((rows * columns - M, *images.shape[1:]), 0.5)
    sheet = np.concatenate([images, blank]).reshape(rows, columns, *images.shape[1:])
    one_step = attention_windows(att, N, A, B, WRITE, [t], range(M)) if t else []
    placed = [(r // columns, r % columns, *rest) for r, _, *rest in one_step]
    fig = mosaic_figure(sheet, title, placed, scale=0.03)
    fig.set_dpi(100)
    with style():
        fig.canvas.draw()
    return Image.fromarray(np.asarray(fig.canvas.buffer_rgba())).convert("RGB")


# ---------------------------------------------------------------- curves


def curves(log, title):
    """How training went: the bound and its parts, and the KL of every step.

    Parameters
    ----------
    log : dict of arrays
        Columns ``step``, ``bound``, ``L_x``, ``L_z``, ``kl`` (steps trained, T), and
        ``valid_step``, ``valid_bound`` (empty where nothing was validated).
    title : str
    """
    with style():
        fig = figure(9.5, 3.4)
        left, right = fig.subplots(1, 2)
        parts(left, log)
        kl_over_training(right, log, fig)
        fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    return fig


def parts(ax, log):
    """The bound, Lx and Lz against training steps, with the validation bound."""
    for name, label, line in (
        ("bound", "bound", "-"),
        ("L_x", "$L^x$ reconstruction", "--"),
        ("L_z", "$L^z$ latents", ":"),
    ):
        ax.plot(log["step"], log[name], line, label=label, linewidth=1.3)
    if len(log["valid_step"]):
        ax.plot(log["valid_step"], log["valid_bound"], "o", ms=3, label="bound, validation")
    top = np.nanpercentile(log["bound"], 98) if len(log["bound"]) > 50 else None
    ax.set(xlabel="training step", ylabel="nats per image", ylim=(0, top and 1.1 * top))
    ax.set_title("The bound and its two parts")
    ax.legend()


def kl_over_training(ax, log, fig):
    """A heat map: how many nats each drawing step spends, as training goes on."""
    kl, step = log["kl"], log["step"]
    extent = (step[0] - 0.5, step[-1] + 0.5, 0.5, kl.shape[1] + 0.5)
    picture = ax.imshow(
        kl.T, origin="lower", aspect="auto", extent=extent, cmap="cividis", interpolation="nearest"
    )
    ax.grid(False)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="training step", ylabel="drawing step t")
    ax.set_title("Where the latents spend their nats: KL of every step")
    fig.colorbar(picture, ax=ax, label="nats")
