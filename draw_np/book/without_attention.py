"""Figures of the chapter on DRAW without attention, and one measurement."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from draw_np.pictures import layouts, plot
from draw_np.pictures.plot import INK, LINES, figure, show_mosaic, style

PART_X, PART_Z = LINES[0], LINES[4]


def undecided(means):
    """How undecided an image's pixels are: the mean entropy of its coins, in bits a pixel.

    Parameters
    ----------
    means : array, shape (..., C, B, A)
        Probabilities of light, in [0, 1].

    Returns
    -------
    array, shape (...)
        1 where every coin is fair, 0 where every pixel is certain.
    """
    p = np.clip(means, 1e-7, 1 - 1e-7).astype(float)  # in float32, 1 - 1e-7 is still below 1
    bits = -p * np.log2(p) - (1 - p) * np.log2(1 - p)
    return bits.mean(axis=(-3, -2, -1))


def alike(a, b):
    """The correlation of two sets of images, over all their pixels: a number in [-1, 1]."""
    return float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1])


def signed(images, reach=None):
    """Positive and negative numbers as greys: 0 is middle grey, +-``reach`` white and black."""
    reach = np.abs(images).max() if reach is None else reach
    return 0.5 + 0.5 * images / reach


def at_work(x, canvases, logits, steps, title):
    """One image being drawn: what is there, what is missing, what is added, what is there then.

    Parameters
    ----------
    x : array, shape (1, C, B, A)
    canvases, logits : array, shape (T + 1, 1, C, B, A)
        sigmoid(c_t) and c_t.
    steps : sequence of int
        Which of the steps 1 .. T.
    title : str
    """
    steps = np.asarray(steps)
    strokes = np.diff(logits, axis=0)[steps - 1, 0]
    rows = np.stack([
        canvases[steps - 1, 0],
        signed(x - canvases[steps - 1, 0], 1.0),
        signed(strokes, np.abs(strokes).max()),
        canvases[steps, 0],
    ])  # fmt: skip
    words = ["canvas before", "error image $\\hat x_t$", "stroke added", "canvas after"]
    labels = [f"t = {t}" for t in steps]
    fig = plot.mosaic_figure(rows, title, labels=labels, scale=0.031)
    return layouts.label_rows(fig, words, *x.shape[:1:-1])


def masks(W, image_shape, number, title):
    """The longest rows of the writing matrix as images: what each unit of h_dec adds.

    Parameters
    ----------
    W : array, shape (H, C B A)
    image_shape : (C, B, A)
    number : int
        How many of the H rows are shown.
    title : str
    """
    longest = np.argsort(-np.linalg.norm(W, axis=1))[:number]
    images = signed(np.reshape(W[longest], (2, number // 2, *image_shape)))
    return plot.mosaic_figure(images, title, scale=0.03)


def stopping(L_x, kl):
    """What a drawing costs that ends early, and what the latent of each step costs.

    Parameters
    ----------
    L_x : array, shape (T + 1,)
        Reconstruction loss of the canvases c_0 .. c_T.
    kl : array, shape (T,)
        KL of the steps 1 .. T.
    """
    t, paid = np.arange(len(L_x)), np.concatenate([[0], np.cumsum(kl)])
    with style():
        fig = figure(9.5, 3.2)
        left, right = fig.subplots(1, 2, width_ratios=[1.3, 1])
        left.bar(t, L_x, color=PART_X, width=0.7, label="$L^x$ of canvas $c_t$")
        left.bar(t, paid, bottom=L_x, color=PART_Z, width=0.7, hatch="//", label="KL paid so far")
        for when in (0, len(kl)):
            total = L_x[when] + paid[when]
            left.text(when, total + 3, f"{total:.0f}", ha="center", fontsize=9)
        left.set(xlabel="steps drawn $t$", ylabel="nats per image", ylim=(0, 1.15 * L_x[0]))
        left.set_title("What the picture costs if the drawing ends here")
        left.legend()
        right.bar(t[1:], kl, color=PART_Z, width=0.7, hatch="//")
        right.set(xlabel="step $t$", ylabel="nats per image")
        right.set_title("What each step's latent costs")
        for ax in (left, right):
            ax.set_axisbelow(True)
            ax.grid(False, axis="x")
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return fig


def sharpening(bits, to_error, to_canvas):
    """How canvases become decided, and what strokes resemble.

    Parameters
    ----------
    bits : array, shape (T + 1,)
        Entropy of the canvases in bits a pixel.
    to_error, to_canvas : array, shape (T,)
        Correlation of each stroke with the error image and with the canvas before it.
    """
    t = np.arange(len(bits))
    with style():
        fig = figure(9.5, 3.0)
        left, right = fig.subplots(1, 2)
        left.plot(t, bits, "o-", color=INK, ms=4)
        left.set(xlabel="steps drawn $t$", ylabel="bits a pixel", ylim=(0, None))
        left.set_title("The canvas makes up its mind")
        right.plot(t[1:], to_error, "o-", color=LINES[0], ms=4)
        right.plot(t[1:], to_canvas, "s--", color=LINES[1], ms=4)
        right.text(t[-1] + 0.2, to_error[-1], "error\nimage", color=LINES[0], va="center")
        right.text(t[-1] + 0.2, to_canvas[-1], "canvas\nbefore", color=LINES[1], va="center")
        right.set(xlabel="step $t$", ylabel="correlation", xlim=(0.5, t[-1] + 2.4))
        right.set(ylim=(-0.08, 1.05))
        right.set_title("What a stroke resembles")
        for ax in (left, right):
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return fig


def kept(first, at_t, others, k):
    """A drawing, its canvas after k steps, and drawings that share these k steps with it.

    Parameters
    ----------
    first, at_t : array, shape (C, B, A)
        The finished drawing, and its canvas after ``k`` steps.
    others : array, shape (rows, columns, C, B, A)
    k : int
    """
    with style():
        fig = figure(9.5, 2.15)
        left, middle, right = fig.subplots(1, 3, width_ratios=[1, 1, 3.1])
        show_mosaic(left, first[None, None])
        left.set_title("the drawing")
        show_mosaic(middle, at_t[None, None])
        middle.set_title(f"its canvas $c_{{{k}}}$")
        show_mosaic(right, others)
        right.set_title(f"the first {k} latents kept, the others thrown anew")
    return fig
