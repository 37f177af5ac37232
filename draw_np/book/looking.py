"""The classifier that looks, asked more than its answer, and the figures of its chapter.

Axes: ``T`` glimpses, ``M`` images, ``C`` channels, ``N`` filters along one side of a
glimpse, ``K`` classes.
"""

from dataclasses import replace
from itertools import product
from math import comb
from typing import NamedTuple

import numpy as np

import draw_np
from draw_np import attention as attn
from draw_np import glimpse, gradcheck
from draw_np.attention import Attention
from draw_np.book import alive, fixed_places
from draw_np.book.notebook import picture, say, table
from draw_np.data.cluttered import PIECE
from draw_np.data.compose import add_anywhere, black, random_crops
from draw_np.data.digits import parts
from draw_np.glimpse import GlimpseConfig
from draw_np.lstm import lstm
from draw_np.manual import glimpse as manual
from draw_np.measuring.classification import Z_95, wilson
from draw_np.measuring.paper_tables import TABLE_1
from draw_np.model import over_time
from draw_np.nn import affine
from draw_np.pictures import layouts, plot
from draw_np.pictures.layouts import GLIMPSE, titled
from draw_np.pictures.plot import INK, LINES, figure, show_mosaic

QUIET = "#BBBBBB"
PAPER = GlimpseConfig()  # Table 3: 8 glimpses of 12 x 12 at 100 x 100 pixels, H = 256
SIX = (0, 1, 3, 7, 8, 2)  #: test images of Figure 5: the last is named wrongly
WRONG = (2, 18, 26, 64)  #: test images that the network names wrongly

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


class Composed(NamedTuple):
    """The 200 test digits among clutter, put together before our eyes."""

    canvases: np.ndarray  #: (pieces + 2, M, B, A), before sums are cut off
    names: np.ndarray  #: the classes, (M,)

    @property
    def digit(self):
        """The ink of the digit alone, (M, B, A)."""
        return self.canvases[-1].astype(float) - self.canvases[-2]


def composed(size=60, pieces=4, seed=12):
    """Every test digit in clutter of our own, so that we know where it is."""
    images, names = parts()["test"]
    which, rng = np.arange(len(names)), np.random.default_rng(seed)
    return Composed(stages(images[:, 0], which, rng, size, pieces), names.astype(int))


@picture(
    "An image being composed, from left to right: black; a white square; a scrap at the left edge "
    "is added; a bit of a stroke; a piece that happens to be black, so that nothing changes; and "
    "last a whole digit 5."
)
def composing(made):
    """The first cluttered image as it is put together."""
    names = ["black", "1 piece", "2 pieces", "3 pieces", "4 pieces", "and the digit"]
    fig = figure(9.5, 1.9)
    show_mosaic(fig.subplots(), shown(made.canvases[:, 0])[None], labels=names)
    return fig


def clutter_in_numbers(made):
    """How much of the ink is the digit's, and how often it lies on a piece, in a sentence."""
    before, digit = made.canvases[-2].astype(float), made.digit
    share = digit.sum() / made.canvases[-1].astype(float).sum()
    touched = np.mean([np.any((b > 0) & (d > 0)) for b, d in zip(before, digit, strict=True)])
    added = np.diff(made.canvases[:-1].astype(float), axis=0).sum(axis=(2, 3))  # (pieces, M)
    say(
        f"In these 200 images the digit has {share:.0%} of the ink. On {touched:.0%} of them it "
        f"lies on a piece, and {np.mean(added == 0):.0%} of the pieces are black."
    )


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


class Asked(NamedTuple):
    """A trained classifier and what it makes of the test images."""

    params: dict
    config: GlimpseConfig
    x: np.ndarray  #: (M, C, B, A)
    y: np.ndarray  #: classes, (M,)
    att: Attention  #: fields of shape (T, M)
    patches: np.ndarray  #: (T, M, C, N, N)
    p: np.ndarray  #: (T, M, K)

    @property
    def wrong(self):
        """Which images are named wrongly after the last glimpse, (M,)."""
        return self.p[-1].argmax(axis=1) != self.y


def ask(network):
    """Show a classifier the test images of its data."""
    test = network.dataset().test
    x = test.batch(np.arange(len(test)), np.random.default_rng(0))
    found = looked(network.params, x, network.config)
    return Asked(network.params, network.config, x, test.labels.astype(int), *found)


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


def interval(wrong):
    """The share of True, and Wilson's interval."""
    share = float(np.mean(wrong))
    return (share, *wilson(share, len(wrong)))


# ---------------------------------------------------------------- the network's parts


def count(config):
    """Parameters of a classifier."""
    return sum(int(np.prod(shape)) for shape in glimpse.shapes(config).values())


def sizes(config):
    """Display the shapes of the weights, here and in the paper."""
    here, there = glimpse.shapes(config), glimpse.shapes(PAPER)
    rows = [
        ("`read.W`", "from $h$ to the five numbers", here["read.W"], there["read.W"]),
        ("`rnn.W`", "from $(r_t, h_{t-1})$ to four gates", here["rnn.W"], there["rnn.W"]),
        ("`classes.W`", "from $h_T$ to logits", here["classes.W"], there["classes.W"]),
        ("all parameters", "", f"{count(config):,}", f"{count(PAPER):,}"),
        ("pixels of an image", "", f"{config.A * config.B:,}", f"{PAPER.A * PAPER.B:,}"),
        ("numbers seen", "$T N^2$", config.T * config.N**2, PAPER.T * PAPER.N**2),
    ]
    table(["", "", "here", "the paper's"], rows)


def gradient_check():
    """A tiny classifier's gradient by hand, beside finite differences."""
    tiny, rng = GlimpseConfig(A=9, B=8, T=3, H=4, N=3, K=3), np.random.default_rng(5)
    params = glimpse.initialise(rng, tiny, dtype=np.float64)
    params = {name: v + 0.2 * rng.normal(size=v.shape) for name, v in params.items()}
    x, y = rng.random((4, 1, 8, 9)), np.array([0, 2, 1, 1])
    _, gradient = manual.terms_and_gradient(params, x, y, tiny)
    return gradcheck.check(lambda p: glimpse.loss(p, x, y, tiny), params, gradient)


# ---------------------------------------------------------------- what a trained one looks at


def first_window(ax, image, att, N, t=0, m=0):
    """An image (C, B, A) with the window of glimpse ``t`` at image ``m`` on it."""
    B, A = image.shape[-2:]
    windows = plot.attention_windows(att, N, A, B, GLIMPSE, [t + 1], [m])
    show_mosaic(ax, image[None, None], windows)


@picture(part=alive.Part("glimpses", "cluttered-small"))
def page(asked, m):
    """One image: where each glimpse looks, what it sees, and what would be answered then."""
    T, N, y = asked.config.T, asked.config.N, asked.y[m]
    fig = figure(2.15 * T + 0.6, 5.2)
    axes = fig.subplots(3, T, height_ratios=[1.25, 1, 0.75])
    for t in range(T):
        first_window(axes[0, t], asked.x[m], asked.att, N, t, m)
        axes[0, t].set_title(f"glimpse {t + 1}")
        show_mosaic(axes[1, t], loudest(asked.patches[t, m])[None, None])
        bars(axes[2, t], asked.p[t, m], y, labelled=t == 0)
    for ax, text in zip(axes[:, 0], ("looks here", "sees this", "would say"), strict=True):
        ax.text(-0.16, 0.5, text, transform=ax.transAxes, rotation=90, va="center", ha="right")
    said = asked.p[-1, m].argmax()
    return titled(fig, f"A {y} among scraps of others: {T} looks, and it is named {said}"), (
        f"Columns, one a glimpse, for an image of a {y}. Above, the image with a window: nearly "
        "the whole image at first, then smaller and about the digit. In the middle, the patch "
        "that is seen: a blur at first, a clear digit in the end. Below, the probabilities of the "
        "ten classes: nearly even after three glimpses, decided after the fourth."
    )


def loudest(patch):
    """A patch with its largest number at 1."""
    return patch / patch.max()


def bars(ax, p, y, labelled=True):
    """Probabilities of the classes; the right one is green, the others grey."""
    colours = [GLIMPSE if k == y else QUIET for k in range(len(p))]
    ax.bar(np.arange(len(p)), p, color=colours, width=0.85)
    ax.set(xticks=np.arange(len(p)), ylim=(0, 1.05), yticks=[0, 0.5, 1])
    ax.set_yticklabels(["0", "", "1"] if labelled else [])
    ax.tick_params(labelsize=7, length=2)
    ax.set_axisbelow(True)
    ax.grid(False, axis="x")


@picture(
    "Two curves over 5000 minibatches. The cross-entropy stays near 2.3 nats for some 250, falls "
    "steeply to below 0.5, then slowly. The error falls from 90 per cent to a few."
)
def learned(network):
    """How the classifier learned."""
    return layouts.learning(network.log, "Flat at first, then it falls within a few hundred steps")


@picture(
    "Six cluttered images, a row each, with the windows of four glimpses in green: the first is "
    "nearly the whole image with a thick border, the fourth a small sharp frame on the digit. Five "
    "are named rightly, the last is not."
)
def figure_5(asked):
    """Six images with their windows and what the network says."""
    six, last = list(SIX), asked.p[-1]
    said = last.argmax(axis=1)
    notes = [f"a {asked.y[m]}\nnamed {said[m]}\n({last[m, said[m]]:.0%})" for m in six]
    att = Attention(*(v[:, six] for v in asked.att))
    title = "An overview first, then the digit, then its strokes"
    return layouts.glimpses(asked.x[six], att, asked.config.N, title, notes)


@picture(
    "Four panels with the centres of the windows for 200 images. Glimpse 1: one single point. "
    "Glimpses 2 to 4: spread over the middle of the image, as digits are. The stride falls from "
    "7.6 to 2.8 pixels, sigma from 3.8 to 1.0."
)
def windows_over_images(asked):
    """The centres that every glimpse chooses, for every image, with mean stride and sigma."""
    att, A = asked.att, asked.config.A
    fig = figure(9.5, 3.4)
    axes = fig.subplots(1, asked.config.T, sharex=True, sharey=True)
    for t, ax in enumerate(axes):
        ax.plot(att.g_X[t], att.g_Y[t], "o", ms=3, alpha=0.5, color=GLIMPSE, mew=0)
        ax.set(xlim=(0.5, A + 0.5), ylim=(A + 0.5, 0.5), aspect="equal", xlabel="$g_X$, pixels")
        five = [f"{v[t].mean():.1f} ({v[t].std():.1f})" for v in (att.delta, att.sigma2**0.5)]
        ax.set_title(f"glimpse {t + 1}\n$\\delta$ = {five[0]}, $\\sigma$ = {five[1]}", fontsize=9)
    axes[0].set(ylabel="$g_Y$, pixels")
    return titled(
        fig,
        "One plan for the zoom, a place for every image "
        "(mean over 200 images, standard deviation in brackets)",
    )


def distances(asked, made):
    """How far every window is from the digit, (T, M), and which images are named wrongly."""
    centre = centre_of_ink(made.digit)  # (M, 2)
    x = shown(made.canvases[-1]).astype(np.float32)
    att, _, p = looked(asked.params, x, asked.config)
    off = np.hypot(att.g_X - centre[:, 0], att.g_Y - centre[:, 1])
    return off, p[-1].argmax(axis=1) != made.names


def found_it(asked, made):
    """Display how far the windows are from the digit, and whether that makes the errors."""
    off, wrong = distances(asked, made)
    rows = [(t, f"{np.median(d):.1f}", f"{d.max():.1f}") for t, d in enumerate(off, 1)]
    table(["glimpse", "median distance from the digit's centre, pixels", "largest"], rows)
    usual = np.quantile(off[-1, ~wrong], 0.95)
    say(
        f"It names {wrong.sum()} of these 200 wrongly. Its last window is within {usual:.1f} pixels"
        f" for 95 % of the right ones, and for {np.sum(off[-1, wrong] <= usual)} of the "
        f"{wrong.sum()} wrong ones."
    )


def costs_beside(asked, at, images=100):
    """Mean cross-entropy with the last glimpse moved: rows over y, columns over x."""
    few = asked.params, asked.x[:images], asked.y[:images], asked.config
    costs = [np.mean(beside(*few, d_X, d_Y)) for d_Y, d_X in product(at, at)]
    return np.reshape(costs, (len(at), len(at)))


@picture()
def displaced(asked):
    """What the last glimpse costs beside the place that was chosen."""
    at, stride = np.arange(-12, 13, 2), float(np.median(asked.att.delta[-1]))
    cost, n = costs_beside(asked, at), len(at)
    fig = figure(9.5, 3.6)
    left, right = fig.subplots(1, 2, width_ratios=[1, 1.5])
    edge = (at[0] - 1, at[-1] + 1, at[-1] + 1, at[0] - 1)
    colours = left.imshow(cost, extent=edge, cmap="cividis_r", interpolation="nearest")
    left.plot(0, 0, "+", ms=12, mew=2, color="#D55E00")
    left.grid(False)
    left.set(xlabel="moved along x, pixels", ylabel="moved along y, pixels", title="moved anywhere")
    fig.colorbar(colours, ax=left, label="cross-entropy, nats")
    right.axvspan(-stride, stride, color=QUIET, alpha=0.4, lw=0, label="one stride")
    right.plot(at, cost[n // 2], "o-", ms=3, color=LINES[0], label="moved along x")
    right.plot(at, cost[:, n // 2], "s--", ms=3, color=LINES[1], label="moved along y")
    right.axhline(np.log(10), color=INK, lw=0.9, ls=":")
    right.text(at[-1], np.log(10), "knowing nothing: log 10", ha="right", va="bottom", fontsize=8)
    right.set(xlabel="pixels", ylabel="cross-entropy, nats", ylim=(0, None))
    right.set_title("moved along an axis")
    right.legend(loc="lower right", fontsize=8)
    title = f"A narrow valley: {cost[n // 2, n // 2]:.2f} nats in place, more everywhere beside it"
    return titled(fig, title), (
        "Left, a map of the cost with the displacement along x and y: low within two or three "
        "pixels of the middle, high outside. Right, two cuts through it: they rise from 0.2 nats "
        "and pass 2.3 nats, which is knowing nothing, about two strides from the middle."
    )


@picture(
    "Four images that are named wrongly, a row each: the image with its last window, the four "
    "patches that were seen, and the probabilities in the end. The digit is in the last patch."
)
def named_wrongly(asked):
    """Four errors side by side: the last window, the patches, the answer."""
    fig = figure(9.5, 5.4)
    axes = fig.subplots(len(WRONG), asked.config.T + 2, width_ratios=[1, 1, 1, 1, 1, 1.9])
    for m, row in zip(WRONG, axes, strict=True):
        first_window(row[0], asked.x[m], asked.att, asked.config.N, asked.config.T - 1, m)
        for t, ax in enumerate(row[1:-1]):
            show_mosaic(ax, loudest(asked.patches[t, m])[None, None])
            if m == WRONG[0]:
                ax.set_title(f"glimpse {t + 1}", fontsize=9)
        bars(row[-1], asked.p[-1, m], asked.y[m])
        said = asked.p[-1, m].argmax()
        row[-1].set_title(f"a {asked.y[m]}, named {said}", fontsize=9)
    axes[0, 0].set_title("last window", fontsize=9)
    return titled(fig, "Four of its errors: the right class is green")


# ---------------------------------------------------------------- intervals


def intervals(asked):
    """Display both intervals for three counts of errors."""
    n, k, rows = len(asked.y), int(asked.wrong.sum()), []
    for some in (0, k, 4 * k):
        both = wald(some / n, n), wilson(some / n, n)
        rows.append((some, *(f"{100 * a:.2f} % to {100 * b:.2f} %" for a, b in both)))
    table([f"errors of {n}", "Wald", "Wilson"], rows)


@picture()
def coverages(n=200):
    """How often intervals hold the true error."""
    p = np.linspace(0.002, 0.3, 300)
    fig = figure(8.2, 3.2)
    ax = fig.subplots()
    for name, method, line, colour in (
        ("Wilson", wilson, "-", LINES[0]),
        ("Wald", wald, "--", LINES[1]),
    ):
        held = np.array([coverage(method, n, q) for q in p])
        least = held[p > 0.01].min()
        ax.plot(
            100 * p,
            100 * held,
            line,
            color=colour,
            lw=1.3,
            label=f"{name}: at least {least:.1%} beyond 1 %",
        )
    ax.axhline(95, color=INK, lw=0.9, ls=":")
    ax.text(30, 92.5, "95 % are promised", ha="right", va="top", fontsize=8)
    ax.set(xlabel="true error, %", ylabel="held, %", ylim=(60, 100.5), xlim=(0, 30))
    ax.set_title(f"How often an interval from {n} images holds the true error")
    ax.legend(loc="lower right")
    return fig, (
        "The share of cases in which each interval holds the true error, against that error. "
        "Wilson's stays near the promised 95 per cent. Wald's falls far below it where the error "
        "is small: under 90 per cent often below 4 per cent, and to 60 per cent and less near 0."
    )


# ---------------------------------------------------------------- rivals


@picture(
    "Three images. Beside each: the one look of the baseline at 16 by 16, where the digit takes up "
    "six or seven columns; and the four glimpses of 8 by 8, in the last of which the digit fills "
    "the patch."
)
def one_look(asked, whole):
    """What the baseline sees of three images, and what four glimpses see."""
    T, N = asked.config.T, asked.config.N
    fig = figure(9.5, 5)
    axes = fig.subplots(3, T + 2)
    for m, row in zip((0, 3, 7), axes, strict=True):
        first_window(row[0], asked.x[m], asked.att, N, T - 1, m)
        for ax, seen in zip(row[1:], (whole.patches[0, m], *asked.patches[:, m]), strict=True):
            show_mosaic(ax, loudest(seen)[None, None])
    titles = ["image", f"one look, {whole.config.N} x {whole.config.N}"]
    titles += [f"glimpse {t + 1}, {N} x {N}" for t in range(T)]
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title, fontsize=9)
    return titled(fig, "As many numbers, seen at once and looked for")


@picture(
    "One image four times, with the filters of each rival as dots: one grid over the whole image; "
    "the same cut into four quarters; a finer one in four quarters; and a fine window on the digit."
)
def rivals(asked, m=7):
    """The grids of filters that the rivals put on an image."""
    d = asked.att.delta[-1, m]
    coarse, fine = (
        [np.linspace(1, asked.config.A, n)] * 2 for n in (fixed_places.COARSE, fixed_places.FINE)
    )
    chosen = [g[-1, m] + d * (np.arange(8) - 3.5) for g in (asked.att.g_X, asked.att.g_Y)]
    names = ("one look", "fixed-coarse", "fixed-fine", "last glimpse")
    fig = figure(9.5, 2.75)
    for ax, name, centres in zip(
        fig.subplots(1, 4), names, (coarse, coarse, fine, chosen), strict=True
    ):
        show_mosaic(ax, 0.8 * asked.x[m][None, None])
        ax.scatter(*np.meshgrid(*centres), s=2.5, color=GLIMPSE)
        if name.startswith("fixed"):
            ax.axhline(30.5, color=GLIMPSE, lw=1)
            ax.axvline(30.5, color=GLIMPSE, lw=1)
        ax.set(xlim=(0.5, 60.5), ylim=(60.5, 0.5))
        ax.set_title(f"{name}: stride {np.diff(centres[0])[0]:.1f} pixels", fontsize=9)
    return titled(fig, "Four ways to see 60 × 60 pixels: dots are the centres of filters")


def of_fixed(name, n=200):
    """Which test images a classifier of ``fixed_places`` named wrongly, (n,)."""
    return np.isin(np.arange(n), fixed_places.stored()[name]["wrong"])


def compared(asked, whole):
    """Display the error of the glimpses and of their rivals."""
    stored = fixed_places.stored()
    rows = [("one look", "fixed", 3.9, 256, count(whole.config), whole.wrong)]
    for name, stride, numbers in (("fixed-coarse", 3.9, 256), ("fixed-fine", 2.6, 576)):
        rows.append(
            (f"`{name}`", "fixed", stride, numbers, stored[name]["parameters"], of_fixed(name))
        )
    rows.append(("four glimpses", "chosen", 2.8, 256, count(asked.config), asked.wrong))
    table(
        ["", "places", "finest stride", "numbers seen", "parameters", "error, %, with 95 %"],
        [(*row[:4], f"{row[4]:,}", per_cent(*interval(row[5]))) for row in rows],
    )


def paired(a, b):
    """The difference of two error rates on the same images, in points, and its standard error."""
    apart = 100 * (a.astype(float) - b)
    return apart.mean(), apart.std(ddof=1) / len(apart) ** 0.5


def what_each_buys(asked, whole):
    """What each difference between the rivals takes away, in points of error, in a table."""
    coarse, fine = (of_fixed(name) for name in fixed_places.NETWORKS)
    pairs = (
        ("four looks for one", whole.wrong, coarse),
        ("a finer stride", coarse, fine),
        ("choosing the places", fine, asked.wrong),
    )
    rows = [(name, "{:.1f} ± {:.1f}".format(*paired(a, b))) for name, a, b in pairs]
    table(["what changes", "points of error less (± standard error, same images)"], rows)


# ---------------------------------------------------------------- how many glimpses


def stopped(asked, taken):
    """The error after so many glimpses, with its interval, for each number in ``taken``."""
    for T in taken:
        config = replace(asked.config, T=T)
        yield interval(glimpse.terms(asked.params, asked.x, asked.y, config).error)


def trained_for(asked):
    """The error of networks that were trained for 1, 2 and 4 glimpses, with its interval."""
    others = {T: interval(ask(draw_np.load(f"cluttered-small-{T}")).wrong) for T in (1, 2)}
    return others | {4: interval(asked.wrong)}


@picture(
    "The test error against the number of glimpses. The network that was trained for four is "
    "little better than guessing after one or two, falls to 6.5 per cent at exactly four, and gets "
    "worse again with more. Networks trained for one, two and four: 43, 12 and 6.5 per cent. The "
    "one look at all is at 35 per cent."
)
def against_glimpses(asked, whole):
    """The error against the number of glimpses: of one network stopped, and of networks trained."""
    taken, at_once = list(range(1, 9)), interval(whole.wrong)
    fig = figure(8.6, 3.6)
    ax = fig.subplots()
    ax.axhspan(*(100 * v for v in at_once[1:]), color=QUIET, alpha=0.45, lw=0)
    ax.axhline(100 * at_once[0], color="#666666", lw=1, ls=":")
    ax.text(8.45, 100 * at_once[0] + 0.5, "one look at all", ha="right", va="bottom", fontsize=8)
    points(
        ax,
        taken,
        list(stopped(asked, taken)),
        "o-",
        LINES[0],
        "trained for 4, stopped after this many",
    )
    trained = trained_for(asked)
    points(ax, list(trained), list(trained.values()), "D", LINES[1], "trained for this many")
    for T, (share, _, _) in trained.items():
        ax.annotate(
            f"{100 * share:.1f}", (T, 100 * share), (7, -3), textcoords="offset points", fontsize=8
        )
    ax.axhline(90, color=QUIET, lw=1)
    ax.text(8.45, 91, "guessing", ha="right", va="bottom", fontsize=8)
    ax.set(
        xlabel="glimpses taken",
        ylabel="test error, %",
        ylim=(0, 100),
        xticks=taken,
        xlim=(0.5, 8.5),
    )
    ax.legend(loc="lower right")
    return titled(fig, "More glimpses help if they were trained for, and at no other number")


def points(ax, at, measured, form, colour, name):
    """Shares with their intervals, in per cent."""
    share, low, high = (100 * np.array(v) for v in zip(*measured, strict=True))
    bars = np.clip([share - low, high - share], 0, None)
    ax.errorbar(
        at,
        share,
        bars,
        fmt=form,
        ms=5,
        color=colour,
        elinewidth=1.2,
        capsize=2.5,
        lw=1.2,
        label=name,
    )


def table_1(asked, whole):
    """Display the paper's Table 1 with our rows below it."""
    rows = [(name, f"{error:.2f}", "MNIST, 100 x 100") for name, error in TABLE_1]
    trained, here = trained_for(asked), "embedded digits, 60 x 60"
    for name, found in (
        ("ours: one look at all, 16 x 16", interval(whole.wrong)),
        ("ours: 2 glimpses, 8 x 8", trained[2]),
        ("ours: 4 glimpses, 8 x 8", trained[4]),
    ):
        rows.append((name, per_cent(*found), here))
    table(["model", "error, % (ours with 95 %)", "in clutter"], rows)
