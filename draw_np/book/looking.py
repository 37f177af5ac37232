"""The classifier that looks, asked more than its answer, and the figures of its chapter.

Axes: ``T`` glimpses, ``M`` images, ``C`` channels, ``N`` filters along one side of a
glimpse, ``K`` classes.
"""

from math import comb

import numpy as np

from draw_np import attention as attn
from draw_np import glimpse
from draw_np.data.cluttered import PIECE
from draw_np.data.compose import add_anywhere, black, random_crops
from draw_np.lstm import lstm
from draw_np.measuring.classification import Z_95
from draw_np.model import over_time
from draw_np.nn import affine
from draw_np.pictures import plot
from draw_np.pictures.layouts import GLIMPSE, titled
from draw_np.pictures.plot import INK, LINES, figure, show_mosaic, style

QUIET = "#BBBBBB"

# ---------------------------------------------------------------- the images


def stages(source, which, rng, size, pieces):
    """``data.cluttered.compose`` with every canvas on the way, before sums are cut off.

    Parameters
    ----------
    source, which, rng, size, pieces
        As there; the same generator draws the same images.

    Returns
    -------
    array of uint16, shape (pieces + 2, M, size, size)
        Black, with one piece, with two, ..., with the digit.
    """
    canvas = black(len(which), size)
    found = [canvas.copy()]
    for _ in range(pieces):
        others = rng.integers(len(source), size=len(which))
        add_anywhere(canvas, random_crops(source[others], PIECE, rng), rng)
        found.append(canvas.copy())
    add_anywhere(canvas, source[which], rng)
    return np.stack([*found, canvas])


def shown(canvas):
    """Canvases of sums (..., B, A) as images in [0, 1] with a channel, (..., 1, B, A)."""
    return np.minimum(canvas, 255)[..., None, :, :] / 255


def centre_of_ink(ink):
    """Mean column and row of ink (M, B, A), weighted by it: (M, 2), in pixels from 1."""
    share = ink / np.sum(ink, axis=(1, 2), keepdims=True)
    B, A = ink.shape[1:]
    x = np.sum(share * np.arange(1, A + 1), axis=(1, 2))
    y = np.sum(share * np.arange(1, B + 1)[:, None], axis=(1, 2))
    return np.stack([x, y], axis=1)


# ---------------------------------------------------------------- asking the network


def states(params, x, config):
    """What the network remembers before the first glimpse and after each.

    Parameters
    ----------
    params : dict of arrays
    x : array, shape (M, C, B, A)
    config : GlimpseConfig

    Returns
    -------
    list of (array, array)
        T + 1 pairs h, s, each array of shape (M, H).
    list of Attention
        T of them, with fields of shape (M,).
    """
    h, s = (np.broadcast_to(params[name], (len(x), config.H)) for name in ("h_0", "s_0"))
    remembered, looks = [(h, s)], []
    for _ in range(config.T):
        h, s, att = glimpse.step(params, x, h, s, config)
        remembered.append((h, s))
        looks.append(att)
    return remembered, looks


def probabilities(params, h):
    """The softmax layer put after any output of the LSTM: (M, H) to (M, K)."""
    return np.exp(glimpse.log_softmax(affine(h, params["classes.W"], params["classes.b"])))


def looked(params, x, config):
    """Where the network looks, what it sees there, and what it would answer then.

    Parameters
    ----------
    params, x, config
        As in ``states``.

    Returns
    -------
    att : Attention
        Fields of shape (T, M).
    patches : array, shape (T, M, C, N, N)
        What the LSTM reads, gamma and all.
    p : array, shape (T, M, K)
        Probabilities of the classes after each glimpse.
    """
    remembered, looks = states(params, x, config)
    patches = np.stack([attn.glimpse(x, att, config.N) for att in looks])
    p = np.stack([probabilities(params, h) for h, _ in remembered[1:]])
    return over_time(looks), patches, p


def beside(params, x, y, config, d_X, d_Y):
    """The cross-entropy, had the last glimpse been taken beside the place that was chosen.

    Only the centre is moved; stride, sigma and gamma stay what the network chose.

    Parameters
    ----------
    params : dict of arrays
    x : array, shape (M, C, B, A)
    y : array of int, shape (M,)
        Classes.
    config : GlimpseConfig
    d_X, d_Y : float
        How far, in pixels.

    Returns
    -------
    array, shape (M,)
        In nats.
    """
    remembered, looks = states(params, x, config)
    (h, s), att = remembered[-2], looks[-1]
    moved = att._replace(g_X=att.g_X + d_X, g_Y=att.g_Y + d_Y)
    patch = attn.glimpse(x, moved, config.N).reshape(len(x), -1)  # (M, C N N)
    h, _ = lstm(patch, h, s, params["rnn.W"], params["rnn.b"])
    return glimpse.judged(affine(h, params["classes.W"], params["classes.b"]), y).cross_entropy


# ---------------------------------------------------------------- how sure one can be


def wald(share, n, z=Z_95):
    """The interval that one finds in most reports: share +- z sqrt(share (1 - share) / n)."""
    reach = z * np.sqrt(share * (1 - share) / n)
    return share - reach, share + reach


def per_cent(share, low, high):
    """A share with its interval, in per cent, as text: "6.5 (3.8 to 10.8)"."""
    return f"{100 * share:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def coverage(interval, n, p):
    """How often an interval holds the true error p, exactly: a sum over all counts.

    Parameters
    ----------
    interval : callable
        From a share and n to low and high.
    n : int
        Images.
    p : float
        The true probability of an error.

    Returns
    -------
    float
        The probability that p lies within, over what n images may happen to give.
    """
    ends = [interval(k / n, n) for k in range(n + 1)]
    chance = [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    return sum(c for c, (low, high) in zip(chance, ends, strict=True) if low <= p <= high)


# ---------------------------------------------------------------- figures


def composing(stages, names):
    """A cluttered image as it is put together.

    Parameters
    ----------
    stages : array, shape (columns, 1, B, A)
        In [0, 1].
    names : sequence of str
    """
    with style():
        fig = figure(9.5, 1.9)
        show_mosaic(fig.subplots(), stages[None], labels=names)
    return fig


def first_window(ax, image, att, N, t=0, m=0):
    """An image (C, B, A) with the window of glimpse ``t`` at image ``m`` on it."""
    B, A = image.shape[-2:]
    windows = plot.attention_windows(att, N, A, B, GLIMPSE, [t + 1], [m])
    show_mosaic(ax, image[None, None], windows)


def page(image, att, patches, p, y):
    """One image: where each glimpse looks, what it sees, and what would be answered then.

    Parameters
    ----------
    image : array, shape (C, B, A)
    att : Attention
        Fields of shape (T, 1).
    patches : array, shape (T, 1, C, N, N)
    p : array, shape (T, 1, K)
    y : int
        The class of the image.
    """
    T, N = len(patches), patches.shape[-1]
    with style():
        fig = figure(2.15 * T + 0.6, 5.2)
        axes = fig.subplots(3, T, height_ratios=[1.25, 1, 0.75])
        for t in range(T):
            first_window(axes[0, t], image, att, N, t)
            axes[0, t].set_title(f"glimpse {t + 1}")
            seen = patches[t, 0] / patches[t, 0].max()
            show_mosaic(axes[1, t], seen[None, None])
            bars(axes[2, t], p[t, 0], y, labelled=t == 0)
        for ax, text in zip(axes[:, 0], ("looks here", "sees this", "would say"), strict=True):
            ax.text(-0.16, 0.5, text, transform=ax.transAxes, rotation=90, va="center",
                    ha="right")  # fmt: skip
    said = p[-1, 0].argmax()
    return titled(fig, f"A {y} among scraps of others: {T} looks, and it is named {said}")


def bars(ax, p, y, labelled=True):
    """Probabilities of the classes; the right one is dark, the others grey."""
    colours = [GLIMPSE if k == y else QUIET for k in range(len(p))]
    ax.bar(np.arange(len(p)), p, color=colours, width=0.85)
    ax.set(xticks=np.arange(len(p)), ylim=(0, 1.05), yticks=[0, 0.5, 1])
    ax.set_yticklabels(["0", "", "1"] if labelled else [])
    ax.tick_params(labelsize=7, length=2)
    ax.set_axisbelow(True)
    ax.grid(False, axis="x")


def windows_over_images(att, A):
    """What every glimpse chooses: centres for every image, and stride, sigma and gamma.

    Parameters
    ----------
    att : Attention
        Fields of shape (T, M).
    A : int
        Width and height of the images.
    """
    T = len(att.g_X)
    with style():
        fig = figure(9.5, 3.3)
        axes = fig.subplots(1, T, sharex=True, sharey=True)
        for t, ax in enumerate(axes):
            ax.plot(att.g_X[t], att.g_Y[t], "o", ms=3, alpha=0.5, color=GLIMPSE, mew=0)
            ax.set(xlim=(0.5, A + 0.5), ylim=(A + 0.5, 0.5), aspect="equal", xlabel="$g_X$")
            stride, sigma = np.median(att.delta[t]), np.median(att.sigma2[t]) ** 0.5
            ax.set_title(f"glimpse {t + 1}\n$\\delta$ = {stride:.1f}, $\\sigma$ = {sigma:.1f}")
        axes[0].set(ylabel="$g_Y$")
    return titled(fig, "One plan for the zoom, a place for every image")


def displaced(at, cost, stride):
    """What the last glimpse costs beside the place that was chosen.

    Parameters
    ----------
    at : array, shape (n,)
        Displacements along x and along y, in pixels, with 0 in the middle.
    cost : array, shape (n, n)
        Mean cross-entropy in nats; rows over y, columns over x.
    stride : float
        Of the last glimpse, in pixels.
    """
    n, half = len(at), (at[1] - at[0]) / 2
    edge = (at[0] - half, at[-1] + half, at[-1] + half, at[0] - half)
    with style():
        fig = figure(9.5, 3.6)
        left, right = fig.subplots(1, 2, width_ratios=[1, 1.5])
        picture = left.imshow(cost, extent=edge, cmap="cividis_r", interpolation="nearest")
        left.plot(0, 0, "+", ms=12, mew=2, color="white")
        left.grid(False)
        left.set(xlabel="moved along x, pixels", ylabel="moved along y, pixels")
        left.set_title("moved anywhere")
        fig.colorbar(picture, ax=left, label="nats")
        right.axvspan(-stride, stride, color=QUIET, alpha=0.4, lw=0, label="one stride")
        right.plot(at, cost[n // 2], "o-", ms=3, color=LINES[0], label="moved along x")
        right.plot(at, cost[:, n // 2], "s--", ms=3, color=LINES[1], label="moved along y")
        right.axhline(np.log(10), color=INK, lw=0.9, ls=":")
        right.text(at[-1], np.log(10), "knowing nothing", ha="right", va="bottom", fontsize=8)
        right.set(xlabel="pixels", ylabel="cross-entropy, nats", ylim=(0, None))
        right.set_title("moved along an axis")
        right.legend(loc="lower right", fontsize=8)
    return titled(fig, "A narrow valley: what it costs to look beside the digit")


def coverages(p, curves, n):
    """How often intervals hold the true error.

    Parameters
    ----------
    p : array, shape (points,)
        True errors.
    curves : dict of arrays, each of shape (points,)
        By name.
    n : int
        Images.
    """
    with style():
        fig = figure(8.2, 3.2)
        ax = fig.subplots()
        for (name, values), line, colour in zip(
            curves.items(), ("-", "--"), (LINES[0], LINES[1]), strict=True
        ):
            ax.plot(100 * p, 100 * values, line, color=colour, lw=1.3, label=name)
        ax.axhline(95, color=INK, lw=0.9, ls=":")
        ax.text(100 * p[-1], 92.5, "95 % are promised", ha="right", va="top", fontsize=8)
        ax.set(xlabel="true error, %", ylabel="held, %", ylim=(60, 100.5), xlim=(0, 100 * p[-1]))
        ax.set_title(f"How often an interval from {n} images holds the true error")
        ax.legend(loc="lower right")
    return fig


def one_look(x, whole, patches, att, N):
    """What the baseline sees of some images, and what four glimpses see.

    Parameters
    ----------
    x : array, shape (M, C, B, A)
    whole : array, shape (M, C, N', N')
        The one look of the baseline.
    patches : array, shape (T, M, C, N, N)
    att : Attention
        Of the glimpses, fields of shape (T, M).
    N : int
    """
    M, T, (B, A) = len(x), len(patches), x.shape[-2:]
    with style():
        fig = figure(9.5, 1.58 * M + 0.25)
        axes = fig.subplots(M, T + 2, squeeze=False)
        for m, row in enumerate(axes):
            windows = plot.attention_windows(att, N, A, B, GLIMPSE, [T], [m])
            show_mosaic(row[0], x[m][None, None], windows)
            for ax, seen in zip(row[1:], (whole[m], *patches[:, m]), strict=True):
                show_mosaic(ax, (seen / seen.max())[None, None])
        axes[0, 0].set_title("image", fontsize=9)
        axes[0, 1].set_title(f"one look, {whole.shape[-1]} x {whole.shape[-1]}", fontsize=9)
        for t in range(T):
            axes[0, t + 2].set_title(f"glimpse {t + 1}, {N} x {N}", fontsize=9)
    return titled(fig, "The same count of numbers, seen at once and looked for")


def against_glimpses(taken, stopped, trained, whole):
    """The error against the number of glimpses: of one network stopped, and of networks trained.

    Parameters
    ----------
    taken : sequence of int
        Numbers of glimpses at which the network was stopped.
    stopped : list of (share, low, high)
        Its error and interval for each.
    trained : dict of (share, low, high)
        By number of glimpses, of networks that were trained for it.
    whole : (share, low, high)
        Of the baseline.
    """
    with style():
        fig = figure(8.6, 3.6)
        ax = fig.subplots()
        ax.axhspan(*(100 * v for v in whole[1:]), color=QUIET, alpha=0.45, lw=0)
        ax.axhline(100 * whole[0], color="#666666", lw=1, ls=":")
        ax.text(taken[0] + 0.5, 100 * whole[0] + 0.5, "one look at all", va="bottom", fontsize=8)
        points(ax, taken, stopped, "o-", LINES[0], "trained for 4, stopped after so many")
        points(ax, list(trained), list(trained.values()), "D", LINES[1], "trained for so many")
        ax.axhline(90, color=QUIET, lw=1)
        ax.text(taken[-1] + 0.45, 91, "guessing", ha="right", va="bottom", fontsize=8)
        ax.set(xlabel="glimpses taken", ylabel="test error, %", ylim=(0, 100), xticks=taken)
        ax.set(xlim=(taken[0] - 0.5, taken[-1] + 0.5))
        ax.legend(loc="lower right")
    return titled(fig, "More glimpses help if they were trained for, and at no other number")


def points(ax, at, measured, form, colour, name):
    """Shares with their intervals, in per cent."""
    share, low, high = (100 * np.array(v) for v in zip(*measured, strict=True))
    bars = np.clip([share - low, high - share], 0, None)
    ax.errorbar(at, share, bars, fmt=form, ms=5, color=colour, elinewidth=1.2, capsize=2.5,
                lw=1.2, label=name)  # fmt: skip
