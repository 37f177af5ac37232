"""The trained network taken in hand: its loop with parts prescribed, and its chapter's figures."""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from draw_np import attention as attn
from draw_np import model
from draw_np.attention import Attention
from draw_np.book.without_attention import signed
from draw_np.latent import sample
from draw_np.lstm import lstm
from draw_np.nn import affine, sigmoid
from draw_np.pictures import layouts, plot
from draw_np.pictures.plot import LINES, READ, WRITE, figure, show_mosaic, style

PART_X, PART_Z = LINES[0], LINES[4]

# ---------------------------------------------------------------- the loop, taken in hand


def prescribed(params, x, eps, config, z=None, reading=None, writing=None):
    """The loop of Eqs. 3-8 with attention, where some of its choices are made for it.

    Parameters
    ----------
    params : dict of arrays
    x : array, shape (M, C, B, A)
    eps : array, shape (T, M, Z)
    config : Config
        With attention.
    z : dict of arrays, optional
        Step, from 1, to the latents (M, Z) that it has to take.
    reading, writing : Attention, optional
        Windows that it has to use, fields of shape (T, M).

    Returns
    -------
    model.Terms
        L^x, (M,), and the KL of the posterior of every step, (T, M), whether its latents
        were taken or not; in nats.
    """
    dtype, N_read, N_write = params["c_0"].dtype, config.N_read, config.N_write
    x, eps, z = x.astype(dtype), eps.astype(dtype), z or {}
    state, looks = model.initial_state(params, len(x)), []
    for t, eps_t in enumerate(eps, start=1):
        x_hat = x - sigmoid(state.c)  # (3)
        look = window_of(reading, t) or model.head(params, "read", state.h_dec, config, N_read)
        h_enc, s_enc = model.encode(params, attn.read(x, x_hat, look, N_read), state)  # (4), (5)
        mu, log_sigma = model.posterior(params, h_enc)  # (1), (2)
        z_t = z.get(t, sample(mu, log_sigma, eps_t)).astype(dtype)  # (6)
        h_dec, s_dec = lstm(z_t, state.h_dec, state.s_dec, params["dec.W"], params["dec.b"])  # (7)
        pen = window_of(writing, t) or model.head(params, "write", h_dec, config, N_write)
        c = state.c + stroke(params, h_dec, pen, config)  # (8)
        state = model.State(c, h_enc, s_enc, h_dec, s_dec)
        looks.append(model.Looked(mu, log_sigma, z_t, look, pen))
    return model.Terms(model.reconstruction(x, [state]), model.step_kl(looks))


def stroke(params, h_dec, pen, config):
    """What the decoder writes through a given window, (M, C, B, A) (Eqs. 28, 29)."""
    w = affine(h_dec, params["patch.W"], params["patch.b"])
    patch = np.reshape(w, (len(h_dec), config.C, config.N_write, config.N_write))
    return attn.write(patch, pen, config.A, config.B)


def window_of(att, t):
    """The windows of step t, from 1, of an Attention over time; None of None."""
    return None if att is None else Attention(*(field[t - 1] for field in att))


def middle(att):
    """Every image's window replaced by the median of all: fields (T, M) stay (T, M)."""
    return Attention(*(np.broadcast_to(np.median(f, axis=1, keepdims=True), f.shape) for f in att))


def exchanged(att):
    """Every image's window replaced by that of the image before it."""
    return Attention(*(np.roll(field, 1, axis=1) for field in att))


# ---------------------------------------------------------------- training


def growing(images, labels):
    """What a network draws from the same latents as it learns, a row a training step.

    Parameters
    ----------
    images : array, shape (rows, columns, C, B, A)
    labels : sequence of str
    """
    title = "The same latents, drawn by a network that learns"
    fig = plot.mosaic_figure(images, title, scale=0.026)
    return layouts.label_rows(fig, labels, *images.shape[:-3:-1])


# ---------------------------------------------------------------- what a step is good for


def thrown(lost, answered, paid):
    """What it costs to throw one step's latent anew, if nobody notices and if the loop goes on.

    Parameters
    ----------
    lost : array, shape (T,)
        By which L^x rises if all other latents stay.
    answered, paid : array, shape (T,)
        By which L^x, and what the other steps pay, rise if the encoder sees what came of it.
    """
    t = np.arange(1, len(lost) + 1)
    with style():
        fig = figure(9.5, 3.2)
        left, right = fig.subplots(1, 2)
        left.bar(t, lost, color=PART_X, width=0.7)
        for step in (0, len(lost) - 1):
            left.text(t[step], lost[step] + 5, f"{lost[step]:.0f}", ha="center", fontsize=9)
        left.set_title("The others stay: $L^x$ rises")
        right.bar(t - 0.2, answered, color=PART_X, width=0.4, label="$L^x$")
        right.bar(t + 0.2, paid, color=PART_Z, width=0.4, hatch="//", label="KL of the others")
        right.axhline(0, color=plot.INK, lw=0.8)
        right.set_title("The loop answers: hardly anything")
        right.legend()
        for ax in (left, right):
            ax.set(xlabel="the step $t$ whose latent is thrown anew", ylabel="change, nats")
            ax.set_axisbelow(True)
            ax.grid(False, axis="x")
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return fig


def pens(sizes, shares):
    """How strokes change over the steps, of several networks.

    Parameters
    ----------
    sizes, shares : dict of arrays, shape (T,)
        Name of a network to the mean size of its strokes, in logits, and to the share of
        pixels that they move.
    """
    with style():
        fig = figure(9.5, 3.0)
        left, right = fig.subplots(1, 2)
        for ax, values in ((left, sizes), (right, shares)):
            for (name, v), line, colour in zip(
                values.items(), ("o-", "s--"), (WRITE, LINES[0]), strict=True
            ):
                ax.plot(np.arange(1, len(v) + 1), v, line, color=colour, ms=4, label=name)
            ax.set(xlabel="step $t$", ylim=(0, None))
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        left.set(ylabel="logits a pixel")
        left.set_title("Mean size of a stroke")
        right.set(ylabel="share of pixels", ylim=(0, 1.05))
        right.set_title("Pixels that it moves by more than 0.1")
        left.legend()
    return fig


# ---------------------------------------------------------------- where it looks and writes


def paths(image, reading, writing, N_read, N_write):
    """The median window of every step, over an image: reading on the left, writing on the right.

    Parameters
    ----------
    image : array, shape (C, B, A)
    reading, writing : Attention
        Fields of shape (T, M).
    N_read, N_write : int
    """
    with style():
        fig = figure(9.0, 4.4)
        for ax, (name, att, N, colour) in zip(
            fig.subplots(1, 2),
            (("reads", reading, N_read, READ), ("writes", writing, N_write, WRITE)),
            strict=True,
        ):
            show_mosaic(ax, 0.45 * image[None, None])
            nested(ax, att, N, colour, *image.shape[:-3:-1])
            ax.set_title(f"Where it {name}, $t = 1 \\dots {len(att.g_X)}$ (medians)")
    return fig


def nested(ax, att, N, colour, A, B):
    """Outlines of the median windows, thin for the first step, thick for the last; centres."""
    g_X, g_Y, delta = (np.median(getattr(att, name), axis=1) for name in ("g_X", "g_Y", "delta"))
    T = len(g_X)
    for t in range(T):
        left, top, right, bottom = plot.window(g_X[t], g_Y[t], delta[t], N, A, B)
        share = t / max(1, T - 1)
        box = Rectangle((left, top), right - left, bottom - top, fill=False, ec=colour,
                        lw=0.6 + 1.8 * share, alpha=0.35 + 0.65 * share)  # fmt: skip
        ax.add_patch(box)
    ax.plot(g_X, g_Y, "-", color="white", lw=1)
    ax.scatter(g_X, g_Y, s=14, color="white", zorder=3)
    for t, shift in ((0, (-11, -3)), (T - 1, (5, -3))):
        ax.annotate(f"{t + 1}", (g_X[t], g_Y[t]), shift, textcoords="offset points",
                    color="white", fontsize=9)  # fmt: skip


def closely(t, x, before, after, added, reading, writing, patches, w, cost):
    """One step from near: above what is read, below what is written.

    Parameters
    ----------
    t : int
    x, before, after, added : array, shape (1, C, B, A)
        Image, canvases sigmoid(c_{t-1}) and sigmoid(c_t), stroke in logits.
    reading, writing : Attention
        Fields of shape (1,).
    patches : array, shape (2, C, N, N)
        What was read of the image and of the error image.
    w : array, shape (C, N, N)
        What was written, divided by gamma.
    cost : float
        KL of the step, in nats.
    """
    B, A = x.shape[-2:]
    n_read, n_write = patches.shape[-1], w.shape[-1]
    look, pen = (layouts.frame(a, n, A, B) for a, n in ((reading, n_read), (writing, n_write)))
    upper = [
        ("image $x$", x[0], look, READ),
        (r"error image $\hat x_t$", signed(x - before, 1.0)[0], look, READ),
        ("patch read of $x$", signed(patches[0]), None, None),
        (r"patch read of $\hat x_t$", signed(patches[1]), None, None),
    ]
    lower = [
        ("canvas before", before[0], None, None),
        ("patch written", signed(w), None, None),
        ("stroke", signed(added)[0], pen, WRITE),
        ("canvas after", after[0], pen, WRITE),
    ]
    with style():
        fig = figure(9.0, 4.9)
        axes = fig.subplots(2, 4)
        for ax, (name, image, frame, colour) in zip(axes.flat, upper + lower, strict=True):
            show_mosaic(ax, image[None, None])
            ax.set_title(name)
            if frame:
                ax.add_patch(plot.window_patch(*frame, colour))
    return layouts.titled(fig, f"Step $t$ = {t}: its latent costs {cost:.2f} nats")
