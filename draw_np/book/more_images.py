"""Two digits, colour, grey values and a set of one's own: what their chapter measures and shows."""

import numpy as np

from draw_np.nn import softplus
from draw_np.pictures import plot
from draw_np.pictures.layouts import titled
from draw_np.pictures.plot import INK, LINES, WRITE, figure, show_mosaic, style

QUIET = "#BBBBBB"
CHANNELS = ("red", "green", "blue")
FORMS = ("ring", "cross", "bar")

# ---------------------------------------------------------------- two digits


def apart(pool, M, rng, size=30):
    """Images with one digit in the left half and one in the right, which do not touch.

    Parameters
    ----------
    pool : array of uint8, shape (n, b, a)
        Digits, at most half as wide as the image.
    M : int
    rng : numpy.random.Generator
    size : int
        Width and height of an image.

    Returns
    -------
    array, shape (M, 1, size, size)
        Binary, float32.
    """
    b, a = pool.shape[1:]
    x = np.zeros((M, size, size))
    for image in x:
        for left in (0, size // 2):
            row = rng.integers(size - b + 1)
            column = left + rng.integers(size // 2 - a + 1)
            image[row : row + b, column : column + a] = pool[rng.integers(len(pool))] / 255
    return (rng.random(x.shape) < x).astype(np.float32)[:, None]


def busier_half(means):
    """Which half of an image each step changes more, and how much of the change is there.

    Parameters
    ----------
    means : array, shape (T + 1, M, C, B, A)
        sigmoid(c_0) .. sigmoid(c_T).

    Returns
    -------
    right : array of bool, shape (T, M)
        Whether it is the right half.
    share : array, shape (T, M)
        1 if nothing changes in the other half, 0.5 if both change alike.
    """
    change = np.abs(np.diff(means, axis=0)).sum(axis=(2, 3))  # (T, M, A)
    middle = change.shape[-1] // 2
    left, right = change[..., :middle].sum(axis=-1), change[..., middle:].sum(axis=-1)
    return right > left, np.maximum(left, right) / (left + right)


def halves(share, smallest):
    """How much of a step's change lies in the busier half, over the steps.

    Parameters
    ----------
    share : array, shape (T, M)
    smallest : array, shape (T,)
        Median of the shorter side of the window, in pixels.
    """
    t = np.arange(1, len(share) + 1)
    with style():
        fig = figure(8.6, 3.2)
        left, right = fig.subplots(1, 2)
        low, high = np.percentile(share, (10, 90), axis=1)
        left.fill_between(t, 100 * low, 100 * high, color=LINES[0], alpha=0.18, lw=0,
                          label="four images of five")  # fmt: skip
        middle = 100 * np.median(share, axis=1)
        left.plot(t, middle, "o-", ms=3.5, color=LINES[0], label="median")
        left.legend(loc="upper left")
        left.set(xlabel="step $t$", ylabel="change in the busier half, %", ylim=(49, 101))
        left.set_title("both digits at once (50), or one (100)")
        right.plot(t, smallest, "s-", ms=3.5, color=WRITE)
        right.axhline(14, color=INK, lw=0.9, ls=":")
        right.text(1, 14.4, "a digit", fontsize=8)
        right.set(xlabel="step $t$", ylabel="pixels", ylim=(0, None))
        right.set_title("side of the write window")
    return titled(fig, "It begins with both digits and ends with one")


# ---------------------------------------------------------------- colour


def two_sets(first, second):
    """Sequences of two networks, one below the other, with their write windows.

    Parameters
    ----------
    first, second : (means, writing, N)
        Means of shape (T + 1, M, C, B, A); Attention with fields of shape (T, M).
    """
    with style():
        fig = figure(9.5, 6.0)
        names = ("Two digits on 30 x 30", "Digits in colour: three channels, one window")
        for ax, name, (means, writing, N) in zip(
            fig.subplots(2, 1), names, (first, second), strict=True
        ):
            sequence(ax, means, writing, N)
            ax.set_title(name, pad=14)
    return fig


def sequence(ax, means, writing, N, columns=12):
    """Images being drawn on given axes: a row an image, a column a step."""
    T, M, (B, A) = len(means) - 1, means.shape[1], means.shape[-2:]
    steps = plot.shown_steps(T, columns)
    windows = plot.attention_windows(writing, N, A, B, WRITE, steps, range(M))
    shown = np.swapaxes(means[steps], 0, 1)
    show_mosaic(ax, shown, windows, [f"t = {t}" for t in steps])


@plot.style()
def channels(means, title):
    """One image being drawn, in colour and channel by channel.

    Parameters
    ----------
    means : array, shape (columns, 3, B, A)
    title : str
    """
    grey = np.repeat(means[:, :, None], 3, axis=2)  # (columns, 3, 3, B, A): each channel as grey
    rows = np.concatenate([means[None], np.swapaxes(grey, 0, 1)])
    fig = plot.mosaic_figure(rows, title, scale=0.026)
    B = means.shape[-2]
    for r, name in enumerate(("canvas", *CHANNELS)):
        fig.axes[0].text(-2, r * (B + plot.GAP) + B / 2, name, ha="right", va="center", fontsize=8)
    return fig


# ---------------------------------------------------------------- grey values


def cost(x, c):
    """What a pixel of value x costs at the logit c: softplus(c) - x c, in nats."""
    return softplus(c) - x * c


def entropy(x):
    """The entropy of a coin that shows 1 with probability x, in nats: 0 at x = 0 and 1."""
    inside = np.clip(x, 1e-12, 1 - 1e-12)
    return -inside * np.log(inside) - (1 - inside) * np.log(1 - inside)


def grey_costs(greys):
    """A pixel's cost against its logit for some grey values, and the floor under it."""
    c, x = np.linspace(-6, 6, 241), np.linspace(0, 1, 201)
    with style():
        fig = figure(9.5, 3.3)
        left, right = fig.subplots(1, 2)
        for value, line, colour in zip(greys, ("-", "--", "-.", ":"), LINES, strict=False):
            left.plot(c, cost(value, c), line, color=colour, label=f"$x$ = {value:g}")
            if 0 < value < 1:
                best = np.log(value / (1 - value))
                left.plot(best, cost(value, best), "o", color=colour, ms=6)
                right.plot(value, entropy(value), "o", color=colour, ms=6)
        left.set(xlabel="logit $c$", ylabel="nats", ylim=(0, 4))
        left.set_title("the cost, with its lowest point")
        left.legend()
        right.plot(x, entropy(x), color=INK, zorder=1)
        right.axhline(np.log(2), color=QUIET, lw=1, ls=":")
        right.set(xlabel="grey value $x$", ylabel="nats", ylim=(0, 0.8))
        right.set_title("the floor: no logit makes $x$ cheaper")
    return titled(fig, "A grey pixel has a price even if the network knows it exactly")


def masses(c):
    """What probabilities exp(-cost) of all grey values would add up to, at the logit c.

    Returns
    -------
    of_bytes : float
        The sum over the 256 values 0, 1/255, ..., 1; a distribution has 1.
    of_line : float
        The integral over 0 .. 1, which is tanh(c / 2) / c; a density has 1.
    """
    of_bytes = float(np.sum(np.exp(-cost(np.arange(256) / 255, c))))
    return of_bytes, 0.5 if c == 0 else float(np.tanh(c / 2) / c)


def price(rows):
    """Costs above their floor, as bars.

    Parameters
    ----------
    rows : list of (name, floor, rest of L^x, L^z)
        In nats per image.
    """
    with style():
        fig = figure(8.6, 0.55 * len(rows) + 1.4)
        ax = fig.subplots()
        names, *parts = zip(*rows, strict=True)
        start = np.zeros(len(rows))
        looks = ((QUIET, "////"), (LINES[0], None), (LINES[4], None))
        labels = ("floor: entropy of the grey values", "the rest of $L^x$", "$L^z$")
        for part, (colour, hatch), label in zip(parts, looks, labels, strict=True):
            ax.barh(names, part, left=start, color=colour, hatch=hatch, edgecolor="white",
                    height=0.6, label=label)  # fmt: skip
            start = start + part
        for y, total in enumerate(start):
            ax.text(total + 12, y, f"{total:.0f}", va="center", fontsize=9)
        ax.invert_yaxis()
        ax.set_axisbelow(True)
        ax.grid(False, axis="y")
        ax.set(xlabel="nats per image", xlim=(0, 1.12 * start.max()))
        fig.legend(loc="outside lower center", ncols=3, fontsize=8)
    return titled(fig, "Most of the number is floor")


# ---------------------------------------------------------------- one's own images


def drawn(form, g_X, g_Y, size, A=16):
    """A ring, a cross or a bar as bytes, (A, A), with soft edges.

    Parameters
    ----------
    form : str
        One of ``FORMS``.
    g_X, g_Y : float
        Its centre, in pixels from 1.
    size : float
        Its radius, in pixels.
    A : int
    """
    x, y = np.meshgrid(np.arange(1, A + 1) - g_X, np.arange(1, A + 1) - g_Y)
    within = np.maximum(np.abs(x), np.abs(y)) - size  # negative inside a square
    distance = {
        "ring": np.abs(np.hypot(x, y) - size),
        "cross": np.maximum(np.minimum(np.abs(x), np.abs(y)), within),
        "bar": np.maximum(np.abs(y), within),
    }[form]  # from the middle of the stroke
    return np.round(255 * np.clip(1.5 - distance, 0, 1)).astype(np.uint8)


def some_forms(n, rng, A=16):
    """n random forms at random places: bytes of shape (n, A, A)."""
    made = []
    for form in rng.choice(FORMS, size=n):
        size = rng.uniform(3, 5)
        g_X, g_Y = rng.uniform(size + 2, A - size - 1, size=2)
        made.append(drawn(form, g_X, g_Y, size, A))
    return np.stack(made)


def mine(images, means):
    """Images that were given, and images that a network draws after it has seen them.

    Parameters
    ----------
    images, means : array, shape (rows, columns, C, B, A)
    """
    with style():
        fig = figure(9.5, 2.9)
        for ax, sheet, name in zip(
            fig.subplots(1, 2), (images, means), ("some of the files", "drawn by the network"),
            strict=True,
        ):  # fmt: skip
            show_mosaic(ax, sheet)
            ax.set_title(name)
    return fig
