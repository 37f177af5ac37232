"""Figures of the chapter on reading and writing.

They take arrays and the package's own ``Attention``; every number drawn was computed
by ``draw_np.attention``. A pixel (a, b), counted from 1, fills the square a - 0.5 .. a + 0.5.
"""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from draw_np import attention
from draw_np.book.attention import (  # noqa: F401
    GREY,
    arrow,
    digit,
    heading,
    heading_of_page,
    one,
    place,
    sheet,
    show_image,
    show_matrix,
    show_window,
)
from draw_np.pictures import plot
from draw_np.pictures.plot import LINES, READ, WRITE

SIGNED = LinearSegmentedColormap.from_list(  # less is darker, so that it reads in grey too
    "signed", ["#3B0F00", "#B5551D", "#A9A9A9", "#DDE6EC", "white"]
)


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
