"""Figures of the chapter on DRAW without attention, and what they measure."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from draw_np import model
from draw_np.book import alive, notebook
from draw_np.measuring import bounds
from draw_np.nn import sigmoid
from draw_np.pictures import layouts, plot, results
from draw_np.pictures.plot import INK, LINES, figure, show_mosaic

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


@notebook.picture(
    "Four rows and eight columns for steps 1 to 12. First row, the canvas: a grey blur that "
    "becomes a 3. Second row, the error image: first the whole 3, light with dark smears round it, "
    "in the end only its ragged edge on grey. Third row, the strokes, all over the image: faint at "
    "first, later like the 3. Last row, the canvas after the stroke.",
    alive.Part("unrolled", "small-noattention"),
)
def at_work(x, logits, steps=(1, 2, 3, 4, 6, 8, 10, 12)):
    """One image being drawn: what is there, what is missing, what is added, what is there then.

    Parameters
    ----------
    x : array, shape (1, C, B, A)
    logits : array, shape (T + 1, 1, C, B, A)
        The canvases c_0 .. c_T.
    steps : sequence of int
        Which of the steps 1 .. T.
    """
    steps, canvases = np.asarray(steps), sigmoid(logits)
    title = "A 3 being drawn again: what is there, what is missing, what is added"
    strokes = np.diff(logits, axis=0)[steps - 1, 0]
    rows = np.stack(
        [
            canvases[steps - 1, 0],
            signed(x - canvases[steps - 1, 0], 1.0),
            signed(strokes, np.abs(strokes).max()),
            canvases[steps, 0],
        ]
    )
    words = ["canvas before", "error image $\\hat x_t$", "stroke added", "canvas after"]
    labels = [f"t = {t}" for t in steps]
    fig = plot.mosaic_figure(rows, title, labels=labels, scale=0.031)
    return layouts.label_rows(fig, words, *x.shape[:1:-1])


@notebook.picture(
    "Two rows. Upper: the ten masks that count most in a 3, grainy images in shades of grey, each "
    "as light or dark as it enters. Lower: the 3 mixed of the constant part alone, a grey blur, "
    "then of the 4, 16, 32, 64 and all 128 masks that count most: it becomes a 3 only with many."
)
def out_of_masks(params, c_T, h_sum):
    """A finished canvas mixed of more and more masks, those that count most first.

    Parameters
    ----------
    params : dict of arrays
    c_T : array, shape (C, B, A)
    h_sum : array, shape (H,)
        The sum of the decoder's outputs over all steps.
    """
    parts, order = weighted_masks(params, h_sum)
    constant = np.ravel(c_T) - parts.sum(axis=0)
    numbers = (0, 4, 16, 32, 64, len(parts))
    mixed = [constant + parts[order[:n]].sum(axis=0) for n in numbers]
    fig = figure(9.5, 3.1)
    top, bottom = fig.subplots(2, 1, height_ratios=[1, 1.5])
    show_mosaic(top, signed(parts[order[:10]].reshape(1, 10, *c_T.shape)))
    top.set_title("The ten masks that count most in this 3, as they enter: grey is 0")
    show_mosaic(
        bottom,
        sigmoid(np.reshape(mixed, (1, -1, *c_T.shape))),
        labels=["the constant", *(f"+ {n} masks" for n in numbers[1:])],
    )
    return fig


def weighted_masks(params, h_sum):
    """What every mask adds to a finished canvas, (H, C B A), and the order of how much it is."""
    parts = h_sum[:, None] * params["patch.W"]
    return parts, np.argsort(-np.linalg.norm(parts, axis=1))


@notebook.picture(
    "Left, bars for 0 to 12 steps: the picture's cost falls from about 198 to 60 nats while the "
    "nats paid for latents grow to about 22; their sum falls all the way. Right, the KL of each "
    "step falls steadily from about 3.2 nats in the first step to 0.7 in the last."
)
def stopping(L_x, kl):
    """What a drawing costs that ends early, and what the latent of each step costs.

    Parameters
    ----------
    L_x : array, shape (T + 1,)
        What the picture costs with the canvases c_0 .. c_T.
    kl : array, shape (T,)
        KL of the steps 1 .. T.
    """
    t, paid = np.arange(len(L_x)), np.concatenate([[0], np.cumsum(kl)])
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


def tampered(found):
    """A table of bounds under wrong error images, and what each adds, image by image.

    Parameters
    ----------
    found : dict of (array, array), each of shape (M,)
        Name to L^x and L^z of every image; the first is the true error image.
    """
    true, rows = sum(next(iter(found.values()))), []
    for name, (L_x, L_z) in found.items():
        more = L_x + L_z - true
        added = f"{more.mean():+.0f} ± {bounds.standard_error(more):.0f}" if rows else ""
        cells = [f"{v.mean():.1f}" for v in (L_x, L_z, L_x + L_z)]
        rows.append([name, *cells, added])
    notebook.table(["error image", "$L^x$", "$L^z$", "bound", "more, nats"], rows)


@notebook.picture(
    "Ten rows, a digit each, and twelve columns, a step each. All rows begin with nearly the same "
    "grey blur. After three or four steps there are different, blurred shapes, and over the rest "
    "of the steps they become sharp. Most of them can be read as digits."
)
def new_digits(params, config):
    """The paper's Figure 7: new digits, unselected, and every step of each."""
    title = "Figure 7: new digits drawn without attention"
    return plot.drawing(sampled(params, config)[:, :10], None, None, title, 10, 12)


def sampled(params, config, number=200):
    """Canvases of new drawings over time, sigmoid(c_0) .. sigmoid(c_T), always the same ones."""
    return results.generated(params, config, number, np.random.default_rng(0))[0]


def resembles(x, logits):
    """The correlation of every stroke with the error image and with the canvas before it.

    Parameters
    ----------
    x : array, shape (M, C, B, A)
    logits : array, shape (T + 1, M, C, B, A)
        The canvases of their reconstructions.

    Returns
    -------
    array, shape (2, T)
    """
    pairs = zip(np.diff(logits, axis=0), logits[:-1], strict=True)
    return np.transpose([(alike(w, x - sigmoid(c)), alike(w, c)) for w, c in pairs])


@notebook.picture(
    "Left: entropy of the canvas falls steadily from about 0.39 to 0.12 bits a pixel. Right: the "
    "correlation of strokes with the error image is about 0.35 at first and falls to nearly 0, "
    "that with the canvas before rises to about 0.9."
)
def sharpening(params, config, x, logits):
    """How new drawings become decided, and what the strokes of reconstructions resemble.

    Parameters
    ----------
    params : dict of arrays
    config : Config
    x : array, shape (M, C, B, A)
    logits : array, shape (T + 1, M, C, B, A)
        The canvases of their reconstructions.
    """
    bits = undecided(sampled(params, config)).mean(axis=1)
    to_error, to_canvas = resembles(x, logits)
    t = np.arange(len(bits))
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
    right.set(ylim=(-0.08, 1.05), xticks=t[2::2])
    right.set_title("What a stroke resembles")
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    return fig


KEPT = (0, 2, 4, 6, 9)


@notebook.picture(
    "Five rows, for 0, 2, 4, 6 and 9 latents kept of a drawing of a 6. In each its canvas at that "
    "time and twelve endings. With 0 kept they are different digits, with 4 a 6, a 5 or neither, "
    "from 6 on nearly all the same 6."
)
def endings(params, config):
    """One drawing begun again and again: its first k latents kept, the others sampled anew."""
    own, anew = one_and_twelve(config)
    whole = sigmoid(model.generate(params, own, config).c[:, 0])
    rows = [[whole[k], *with_kept(params, config, own, anew, k)] for k in KEPT]
    fig = figure(9.8, 4.1)
    ax = fig.subplots()
    show_mosaic(ax, np.array(rows), labels=["canvas $c_k$"])
    ax.set_xlim(-22, None)
    ax.text(15 * 14, -1, "twelve endings from there", ha="center", va="bottom", fontsize=8)
    for row, k in enumerate(KEPT):
        ax.text(-4, row * (28 + plot.GAP) + 14, f"$k = {k}$", ha="right", va="center")
    return fig


def one_and_twelve(config):
    """The latents of one drawing, a clear 6, (T, 1, Z), and of twelve others, (T, 12, Z)."""
    own = np.random.default_rng(15).standard_normal((config.T, 1, config.Z))
    return own, np.random.default_rng(7).standard_normal((config.T, 12, config.Z))


def with_kept(params, config, own, anew, k):
    """Means of drawings that share the first k latents with the one, (12, C, B, A)."""
    z = np.concatenate([np.repeat(own[:k], anew.shape[1], axis=1), anew[k:]])
    return sigmoid(model.generate(params, z, config).c[-1])
