"""Figures of the chapter on reading and writing.

They take arrays and the package's own ``Attention``; every number drawn was computed
by ``draw_np.attention``. A pixel (a, b), counted from 1, fills the square a - 0.5 .. a + 0.5.
"""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from draw_np import attention
from draw_np.book import alive, notebook
from draw_np.book.attention import (
    GREY,
    arrow,
    heading,
    heading_of_page,
    one,
    place,
    sheet,
    show_image,
    show_matrix,
    show_window,
)
from draw_np.nn import sigmoid
from draw_np.pictures import plot
from draw_np.pictures.plot import LINES, READ, WRITE

SIGNED = LinearSegmentedColormap.from_list(  # less is darker, so that it reads in grey too
    "signed", ["#24083A", "#6B4A86", "#999999", "#CCCCCC", "white"]
)

# ---------------------------------------------------------------- both as products


@notebook.picture(
    "Upper row: F_Y, 5 by 28, times the image, 28 by 28, times F_X transposed, 28 by 5, is the "
    "patch, 5 by 5. Lower row: F_Y transposed, 28 by 5, times the patch, times F_X, 5 by 28, is a "
    "blurred part of the image, 28 by 28."
)
def products(x, att, N):
    """Reading and writing as matrix products, drawn to scale with the shape under each factor.

    Parameters
    ----------
    x : array, shape (1, 1, B, A)
    att : Attention
    N : int
    """
    fig = sheet(8.3, 5.7)
    read, write = factors(x, att, N)
    chain(fig, 1.6, "read", read)
    chain(fig, 4.25, "write", write)
    title = "Reading squeezes an image into a patch; writing turns every factor round"
    heading_of_page(fig, title)
    return fig


def factors(x, att, N):
    """What ``chain`` draws: name, shape, width, height and a way to draw, of every factor."""
    B, A = x.shape[2:]
    F_X, F_Y = (F[0] for F in attention.filterbanks(att, A, B, N))
    patch = attention.glimpse(x, att, N)[0]
    back = attention.write(patch[None], att, A, B)[0]
    wide, high = 1.9 * A / max(A, B), 1.9 * B / max(A, B)
    thin = 6 * 1.9 / max(A, B) * N / 5  # a filter's side, or it could not be seen
    small = ("patch", f"{N} × {N}", thin, thin, lambda ax: show_image(ax, patch))
    read = [
        ("$F_Y$", f"{N} × {B}", high, thin, lambda ax: show_matrix(ax, F_Y)),
        ("$x$", f"{B} × {A}", wide, high, lambda ax: show_image(ax, x[0])),
        ("$F_X^T$", f"{A} × {N}", thin, wide, lambda ax: show_matrix(ax, F_X, upright=True)),
        small,
    ]
    write = [
        ("$F_Y^T$", f"{B} × {N}", thin, high, lambda ax: show_matrix(ax, F_Y, upright=True)),
        small,
        ("$F_X$", f"{N} × {A}", wide, thin, lambda ax: show_matrix(ax, F_X)),
        ("written back", f"{B} × {A}", wide, high, lambda ax: show_image(ax, back, 0, back.max())),
    ]
    return read, write


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
            x, y = (left + gap / 2) / W, 1 - middle / H
            fig.text(x, y, sign, fontsize=15, ha="center", va="center")
        left += gap


@notebook.picture(
    "A strip of three pictures. A 2 of 28 by 28 pixels, with F_Y transposed beside its rows. An "
    "arrow, average rows, to the same 2 squeezed to 5 rows of 28 pixels, with F_X above its "
    "columns. An arrow, average columns, to the patch of 5 by 5.",
    alive.Part("moves"),
)
def two_moves(x, att, N):
    """Reading in two moves: rows are averaged by F_Y, then columns by F_X.

    Parameters
    ----------
    x : array, shape (1, 1, B, A)
    att : Attention
    N : int
    """
    B, A = x.shape[2:]
    F_X, F_Y = (F[0] for F in attention.filterbanks(att, A, B, N))
    half = F_Y @ x[0, 0]
    fig = sheet(8.3, 3.4)
    ax = place(fig, 0.15, 0.75, 0.42, 2.4)
    show_matrix(ax, F_Y, upright=True)
    heading(ax, "$F_Y^T$")
    ax = place(fig, 0.68, 0.75, 2.4 * A / B, 2.4)
    show_image(ax, x[0])
    show_window(ax, att, N, A, B)
    heading(ax, f"$x$, {B} × {A}")
    arrow(fig, 3.3, 1.95, "average\nrows")
    ax = place(fig, 3.9, 0.75, 2.4, 0.5)
    show_matrix(ax, F_X)
    heading(ax, "$F_X$")
    ax = place(fig, 3.9, 1.52, 2.4, 0.86)
    show_image(ax, half[None])
    ax.set_aspect("auto")
    heading(ax, f"$F_Y\\,x$, {N} × {A}")
    arrow(fig, 6.5, 1.95, "average\ncolumns")
    ax = place(fig, 7.1, 1.52, 0.86, 0.86)
    show_image(ax, (half @ F_X.T)[None])
    heading(ax, f"$F_Y\\,x\\,F_X^T$, {N} × {N}", 8)
    heading_of_page(fig, "Reading in two moves: rows first, then columns")
    return fig


# ---------------------------------------------------------------- what DRAW reads


def half_drawn(x):
    """Logits of a canvas that has the upper 13 rows of an image already, and is sure of them."""
    drawn = np.where(np.arange(x.shape[2])[:, None] < 13, x, 0)
    means = 0.02 + 0.92 * drawn
    return np.log(means / (1 - means))


@notebook.picture(
    "A digit with a window on its middle, a canvas with its upper half, and the error image, light "
    "where strokes are missing and grey elsewhere; below, the two 5 by 5 patches of the image and "
    "of the error."
)
def both_images(x, c, att, N):
    """Image, canvas and error image, and the two patches that one grid reads.

    Parameters
    ----------
    x, c : array, shape (1, 1, B, A)
        Intensities and logits.
    att : Attention
    N : int
    """
    B, A = x.shape[2:]
    fig = sheet(8.2, 3.6)
    columns = [
        ("image $x$", x, 0, 1, GREY, True),
        ("canvas, sigmoid$(c)$", sigmoid(c), 0, 1, GREY, False),
        ("error image $\\hat x$; grey is 0", x - sigmoid(c), -1, 1, SIGNED, True),
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


# ---------------------------------------------------------------- writing

PEN = one(16, 12, 3.2, 1.5)


def stamps_to_print():
    """Patches (5, 5) by name: one entry, two, three negative ones besides, and a random one."""
    w1 = np.zeros((5, 5))
    w1[0, 1] = 1.0
    w2 = w1.copy()
    w2[3, 3] = 0.5
    w3 = w2.copy()
    w3[2, 1:4] = -1.0
    w4 = np.random.default_rng(9).uniform(-1, 1, (5, 5))
    return {
        "one entry": w1,
        "another, half as strong": w2,
        "three negative": w3,
        "25 at random": w4,
    }


@notebook.picture(
    "Four patches of five by five and what they write. One positive entry writes one light spot, a "
    "second one of half the size a fainter spot, negative entries write a dark bar, and a random "
    "patch a mixture of light and dark spots."
)
def stamps(A=28, B=28):
    """Patches and what they write: an entry is a spot, and spots add up."""
    patches = stamps_to_print()
    written = {name: attention.write(w[None, None], PEN, A, B)[0] for name, w in patches.items()}
    top = max(np.abs(canvas).max() for canvas in written.values())
    fig = sheet(8.2, 3.85)
    for k, (name, w) in enumerate(patches.items()):
        left = 0.75 + 1.9 * k
        ax = place(fig, left + 0.35, 0.75, 1.0, 1.0)
        show_image(ax, w[None], -1, 1, SIGNED)
        heading(ax, name, 8)
        ax = place(fig, left, 1.95, 1.7, 1.7 * B / A)
        show_image(ax, written[name], -top, top, SIGNED)
        show_window(ax, PEN._replace(sigma2=np.array([0.01])), len(w), A, B, WRITE)
    fig.text(0.1 / 8.2, 1 - 1.25 / 3.85, "patch $w$\n(grey is 0)", fontsize=9, va="center")
    fig.text(0.1 / 8.2, 1 - 2.8 / 3.85, "written", fontsize=9)
    heading_of_page(
        fig, "An entry of the patch draws its own filter; entries add up, and may erase"
    )
    return fig


# ---------------------------------------------------------------- what is lost


def there_and_back(x, N):
    """What a grid that spans the image, sigma half a stride, leaves of an image (B, A).

    Returns
    -------
    patch : array, shape (N, N)
    back : array, shape (B, A)
        The patch written by the transposes, as bright as comes nearest to the image.
    best : array, shape (B, A)
        The nearest image that the same filters can draw.
    """
    delta = 27 / (N - 1)
    grid = one(14.5, 14.5, delta, (delta / 2) ** 2)
    F_X, F_Y = (F[0] for F in attention.filterbanks(grid, 28, 28, N))  # (N, 28), (N, 28)
    patch = F_Y @ x @ F_X.T
    back = F_Y.T @ patch @ F_X
    back = back * np.sum(back * x) / np.sum(back**2)  # least squares in one number
    return patch, back, np.linalg.pinv(F_Y) @ patch @ np.linalg.pinv(F_X).T


def error(x, y):
    """How far y is from x, of the size of x."""
    return np.linalg.norm(x - y) / np.linalg.norm(x)


@notebook.picture(
    "For 3, 5, 9 and 14 filters a side: the patch read from a digit 2, the image written back by "
    "the transposes, blurred, and the best image that the same filters can draw, which is sharper. "
    "Errors fall from 0.85 to 0.34 for the one and from 0.73 to 0.21 for the other. With 14 "
    "filters the digit is clear."
)
def losses(x, counts=(3, 5, 9, 14)):
    """What reading and writing back leave of an image (B, A), for several N."""
    fig = sheet(8.2, 5.15)
    for k, N in enumerate(counts):
        patch, back, best = there_and_back(x, N)
        words = (f"N = {N}", f"error {error(x, back):.2f}", f"error {error(x, best):.2f}")
        for r, (image, label) in enumerate(zip((patch, back, best), words, strict=True)):
            ax = place(fig, 1.25 + 1.75 * k, 0.72 + 1.5 * r, 1.25, 1.25)
            show_image(ax, image[None])
            heading(ax, label, 8)
    names = ("patch read", "written back,\nbrightness\nadjusted", "the best that\nfilters can draw")
    for r, name in enumerate(names):
        fig.text(0.1 / 8.2, 1 - (1.4 + 1.5 * r) / 5.15, name, fontsize=9, va="center")
    heading_of_page(fig, "Writing back is not undoing: blur stays, though the patch knows more")
    return fig


def even_tone(ratio, delta=4.0, A=60, N=11):
    """What N ones write along a line of A pixels, times the stride, for sigma / delta = ratio."""
    centres = attention.filter_centres(np.array([A / 2]), np.array([delta]), N)
    return delta * attention.filterbank(centres, np.array([(ratio * delta) ** 2]), A)[0].sum(axis=0)


def ripple(tone):
    """Half the difference of light and dark in the middle of what ``even_tone`` gives."""
    return np.ptp(tone[19:40]) / 2


@notebook.picture(
    "What a patch of ones writes along a line. With sigma a fifth of the stride it jumps between "
    "nearly 0 and 2 times its mean; with sigma half of the stride it is an even tone that falls "
    "off at both ends."
)
def ripples(ratios=(0.2, 0.3, 0.4, 0.5)):
    """What a patch of ones writes along a line, for several ratios of sigma to the stride."""
    styles = ["-", "--", "-.", ":"]
    fig = plot.figure(8.2, 2.9)
    ax = fig.subplots()
    for k, ratio in enumerate(ratios):
        tone = even_tone(ratio)
        label = f"$\\sigma/\\delta$ = {ratio:g}: ripple {ripple(tone):.1%}"
        ax.plot(np.arange(1, 61), tone, styles[k], color=LINES[k], linewidth=1.5, label=label)
    ax.set(xlabel="pixel $a$", ylabel="written × stride", ylim=(0, 3.2), xlim=(0, 61))
    legend = {"title": "ripple, measured: half of the way from trough to peak", "title_fontsize": 8}
    ax.legend(fontsize=8, loc="upper center", ncols=2, **legend)
    title = "Filters 4 pixels apart: narrow ones leave gaps, wide ones an even tone"
    ax.set_title(title, fontsize=9)
    return fig


# ---------------------------------------------------------------- read here, write there

EYE = one(13, 9, 1.5, 0.5625)
PENS = {  # windows of 9 x 9 filters that write what is read through EYE
    "moved": one(18, 20, 1.5, 0.5625),
    "enlarged": one(14.5, 14.5, 3.0, 2.25),
    "softened": one(13, 9, 1.5, 6.0),
}


@notebook.picture(
    "A window on the head of a handwritten 2, the 9 by 9 patch that is read through it, and three "
    "canvases on which the same patch is written: at the lower right, over the whole canvas, and "
    "in its old place with wider filters, blurred."
)
def read_here_write_there(x):
    """One patch read, and written through three other windows."""
    B, A = x.shape[2:]
    patch = attention.glimpse(x, EYE, 9)
    fig = sheet(8.6, 2.7)
    ax = place(fig, 0.1, 0.7, 1.7, 1.7)
    show_image(ax, x[0])
    show_window(ax, EYE, 9, A, B, READ, dots=False)
    heading(ax, "read here")
    arrow(fig, 1.87, 1.55)
    ax = place(fig, 2.3, 1.1, 0.9, 0.9)
    show_image(ax, patch[0])
    heading(ax, "patch, 9 × 9", 8)
    arrow(fig, 3.27, 1.55)
    for k, (name, pen) in enumerate(PENS.items()):
        canvas = attention.write(patch, pen, A, B)[0]
        ax = place(fig, 3.7 + 1.6 * k, 0.8, 1.5, 1.5)
        show_image(ax, canvas, 0, canvas.max())
        thin = pen._replace(sigma2=np.array([0.01]))
        show_window(ax, thin, 9, A, B, WRITE, dots=False)
        heading(ax, name)
        ax.set_xlabel(f"white is {canvas.max():.2g}", fontsize=8, loc="left")
    heading_of_page(fig, "What is read through one window can be written through another")
    return fig
