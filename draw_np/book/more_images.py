"""Two digits, colour, grey values and a set of one's own: what their chapter measures and shows."""

import io
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from PIL import Image

import draw_np
from draw_np import data, model, parameters
from draw_np.attention import Attention
from draw_np.book.notebook import picture, say, table
from draw_np.data import digits, two_digits
from draw_np.measuring import bounds, studies
from draw_np.nn import sigmoid, softplus
from draw_np.pictures import layouts, plot, results
from draw_np.pictures.layouts import titled
from draw_np.pictures.plot import INK, LINES, WRITE, figure, show_mosaic
from draw_np.training import presets

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


PARTS = {"1-3": slice(3), "4-8": slice(3, 8), "9-10": slice(8, 10), "11-16": slice(10, 16)}


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


class Pairs(NamedTuple):
    """Images of two digits, apart, and how a network draws them again."""

    x: np.ndarray  #: (M, 1, B, A)
    means: np.ndarray  #: sigmoid(c_0) .. sigmoid(c_T), (T + 1, M, 1, B, A)
    writing: Attention  #: fields of shape (T, M)
    side: np.ndarray  #: of the write window, in pixels, (T, M)


def pairs(network, M=200, seed=4):
    """Pairs of test digits, one in each half, reconstructed by a network."""
    rng, k = np.random.default_rng(seed), network.config
    x = apart(digits.parts(two_digits.SMALL_DIGIT)["test"][0][:, 0], M, rng)
    return reconstructed(network, x, rng.standard_normal((k.T, M, k.Z), dtype=np.float32))


def reconstructed(network, x, eps):
    """``Pairs`` of some images."""
    seen = model.reconstruct(network.params, x, eps, network.config)
    side = 1 + (network.config.N_write - 1) * seen.writing.delta
    return Pairs(x, sigmoid(seen.c), seen.writing, side)


@picture(
    "Left: the share of the busier half rises from 56 per cent in step 1 to 100 in step 4, falls "
    "to 72 in step 9, and is 100 again from step 11 on. Right: the side of the write window falls "
    "from 32 pixels to 9 in steps 7 and 8, below the 14 of a digit; it is 12 in step 10, and then "
    "falls to 6."
)
def halves(found):
    """How much of a step's change lies in the busier half, and how large the window is."""
    _, share = busier_half(found.means)
    t = np.arange(1, len(share) + 1)
    fig = figure(8.6, 3.2)
    left, right = fig.subplots(1, 2)
    low, high = np.percentile(share, (10, 90), axis=1)
    left.fill_between(
        t, 100 * low, 100 * high, color=LINES[0], alpha=0.18, lw=0, label="four images of five"
    )
    left.plot(t, 100 * np.median(share, axis=1), "o-", ms=3.5, color=LINES[0], label="median")
    left.legend(loc="lower right")
    left.set(xlabel="step $t$", ylabel="change in the busier half, %", ylim=(49, 101))
    left.set_title("both digits at once (50), or one (100)")
    right.plot(t, np.median(found.side, axis=1), "s-", ms=3.5, color=WRITE)
    right.axhline(14, color=INK, lw=0.9, ls=":")
    right.text(1, 14.4, "a digit", fontsize=8)
    right.set(xlabel="step $t$", ylabel="pixels", ylim=(0, None))
    right.set_title("side of the write window, median")
    return titled(fig, "First one digit, then the other; in step 9 the window moves over")


def one_or_both(found):
    """Display how much of the change is made when and where, and which digit comes first."""
    right, share = busier_half(found.means)
    ink = np.abs(np.diff(found.means, axis=0)).sum(axis=(1, 2, 3, 4))
    rows = [
        (
            name,
            f"{np.median(share[s]):.0%}",
            f"{right[s].mean():.0%}",
            f"{np.median(found.side[s]):.0f} pixels",
            f"{ink[s].sum() / ink.sum():.0%}",
        )
        for name, s in PARTS.items()
    ]
    table(
        [
            "steps",
            "in the busier half, median",
            "busier on the right",
            "side of the window, median",
            "part of all change",
        ],
        rows,
    )
    first, then = (right[PARTS[name]] for name in ("4-8", "11-16"))
    order = np.mean(~first.any(axis=0) & then.all(axis=0))
    say(
        f"In {order:.0%} of the images all of steps 4 to 8 are busier on the left, and all of "
        "steps 11 to 16 on the right."
    )


@picture(
    "Five rows of sixteen steps. The window is the whole image at first. In step 3 it lies around "
    "the left digit, which is drawn up to step 8. Then it moves over, a little larger again, and "
    "the right digit is drawn."
)
def redrawn(found):
    """Five pairs being drawn again, with the write windows."""
    title = "Five pairs drawn again: the left digit, and then the right one"
    few = Attention(*(v[:, :5] for v in found.writing))
    return plot.drawing(found.means[:, :5], few, 5, title, columns=16)


PLACES = ((1, 7, 15, 13), (3, 8, 16, 0), (9, 9, 4, 16), (12, 20, 8, 6))  #: digits; columns, rows


def placed(first, second, across, down):
    """An image with a digit in the upper left corner and another so far away, (1, 30, 30)."""
    pool = digits.parts(two_digits.SMALL_DIGIT)["test"][0][:, 0] / 255
    x = np.zeros((1, 30, 30), np.float32)
    x[0, :14, :14] += pool[first]
    x[0, down : down + 14, across : across + 14] += pool[second]
    return np.round(np.minimum(x, 1))


@picture(
    "Four rows: an image of two digits and twelve steps in which it is drawn again. One digit is "
    "drawn first and then the other, each can be told; of two that stand one above the other it is "
    "the lower one that comes first."
)
def at_four_places(network):
    """Pairs at chosen places, and how they are drawn again."""
    x, k = np.stack([placed(*row) for row in PLACES]), network.config
    eps = np.random.default_rng(0).standard_normal((k.T, len(x), k.Z), dtype=np.float32)
    found, steps = reconstructed(network, x, eps), plot.shown_steps(k.T, 12)
    sheet = np.concatenate([x[:, None], found.means[steps].swapaxes(0, 1)], axis=1)
    windows = plot.attention_windows(
        found.writing, k.N_write, k.A, k.B, WRITE, steps, range(len(x))
    )
    windows = [(r, column + 1, *rest) for r, column, *rest in windows]
    title = "The image, and twelve of the sixteen steps in which it is drawn again"
    return plot.mosaic_figure(sheet, title, windows, ["image", *(f"t = {t}" for t in steps)])


def paid(network):
    """Say what a network's test images cost, and what independent pixels would."""
    dataset = network.dataset()
    found = bounds.bound(network.params, network.config, dataset.test)
    coins = bounds.independent_pixels(dataset.train.mean(), dataset.test)
    say(
        f"`{network.command}` gives {found.mean:.1f} ({found.error:.1f}) nats an image on the test "
        f"images, of which the latents take {found.L_z.sum(axis=0).mean():.1f}; independent pixels "
        f"would cost {coins.mean():.1f}."
    )


@picture(
    "Forty generated images. Most have two shapes of a digit's size, apart, touching or one over "
    "the other. Many can be read, such as 2, 6, 8 and 9; where two overlap, often neither can."
)
def figure_8(network):
    """A page of generated images."""
    means, _ = results.generated(network.params, network.config, 40, np.random.default_rng(0))
    return plot.grid(means[-1], "Figure 8, small: generated images of two digits")


# ---------------------------------------------------------------- colour


@picture(
    "Two blocks of three rows each, time from left to right. Above, one digit is drawn out "
    "of a grey blur, and then the window, small by now, goes on to the other. Below, a grey shape "
    "in the middle turns into a digit in colour on a coloured ground."
)
def two_sets(two, tinted):
    """Sequences of two networks, one below the other, with their write windows."""
    fig = figure(9.5, 6.0)
    names = ("Two digits on 30 x 30", "Digits in colour: three channels, one window")
    sets = zip(fig.subplots(2, 1), names, (two, tinted), ([5, 8, 21], [2, 4, 5]), strict=True)
    for ax, name, network, chosen in sets:
        rng = np.random.default_rng(0)
        means, writing = results.generated(network.params, network.config, max(chosen) + 1, rng)
        writing = Attention(*(v[:, chosen] for v in writing))
        sequence(ax, means[:, chosen], writing, network.config.N_write)
        ax.set_title(name, pad=14)
    return fig


def sequence(ax, means, writing, N, columns=12):
    """Images being drawn on given axes: a row an image, a column a step."""
    T, M, (B, A) = len(means) - 1, means.shape[1], means.shape[-2:]
    steps = plot.shown_steps(T, columns)
    windows = plot.attention_windows(writing, N, A, B, WRITE, steps, range(M))
    shown = np.swapaxes(means[steps], 0, 1)
    show_mosaic(ax, shown, windows, [f"t = {t}" for t in steps])


@picture(
    "A digit 0 being drawn. The top row in colour: grey at first, then white ink on dark cyan. "
    "Below, the red, green and blue channels in grey: the shape is the same in all, the ground is "
    "black in red and brighter in green and blue."
)
def channels(network):
    """One image being drawn, in colour and channel by channel."""
    k = network.config
    means, _ = results.generated(network.params, k, 5, np.random.default_rng(0))
    steps = [0, *plot.shown_steps(k.T, 11)]
    some = means[steps, 2]  # (columns, 3, B, A)
    grey = np.repeat(some[:, :, None], 3, axis=2)  # (columns, 3, 3, B, A): each channel as grey
    rows = np.concatenate([some[None], np.swapaxes(grey, 0, 1)])
    title = "One canvas is three: the same shape, at three brightnesses"
    fig = plot.mosaic_figure(rows, title, labels=[f"t = {t}" for t in steps], scale=0.026)
    for r, name in enumerate(("canvas", *CHANNELS)):
        at = r * (k.B + plot.GAP) + k.B / 2
        fig.axes[0].text(-2, at, name, ha="right", va="center", fontsize=8)
    return fig


def sizes(tinted):
    """Display which weights grow with the number of channels."""
    grey, rgb = presets.find("small").config, tinted.config
    shapes = [parameters.shapes(k) for k in (grey, rgb)]
    rows = [
        (f"`{name}`", what, *(s[name] for s in shapes))
        for name, what in (
            ("enc.W", "encoder: $2CN^2$, $h^{dec}$ and $h^{enc}$ to four gates"),
            ("patch.W", "$h^{dec}$ to the patch, $CN^2$"),
            ("c_0", "the first canvas"),
            ("read.W", "$h^{dec}$ to the five numbers"),
        )
    ]
    rows.append(("all", "", f"{parameters.count(grey):,}", f"{parameters.count(rgb):,}"))
    table(["parameter", "what it does", "$C = 1$", "$C = 3$"], rows)


@picture(
    "Forty generated digits in many colours, some crisp, some blurred; apart on the right, for the "
    "last of each row, the nearest training image: similar in colour, and in part in shape."
)
def neighbours(network):
    """Generated images, and the nearest training image of each row's last."""
    images, nearest = with_nearest(network)
    distance = np.sqrt(np.mean((images[:, -1] - nearest) ** 2, axis=(1, 2, 3)))
    title = (
        f"Generated, and the nearest training image, {distance.min():.2f} to "
        f"{distance.max():.2f} away (root mean square)"
    )
    return layouts.with_neighbours(images, nearest, title)


def with_nearest(network):
    """Generated images (4, 10, C, B, A), and the nearest training image of each row's last."""
    means, _ = results.generated(network.params, network.config, 40, np.random.default_rng(1))
    images = means[-1].reshape(4, 10, *network.config.image_shape)
    return images, studies.nearest(images[:, -1], network.dataset().train)[1]


# ---------------------------------------------------------------- grey values


def cost(x, c):
    """What a pixel of value x costs at the logit c: softplus(c) - x c, in nats."""
    return softplus(c) - x * c


def entropy(x):
    """The entropy of a coin that shows 1 with probability x, in nats: 0 at x = 0 and 1."""
    inside = np.clip(x, 1e-12, 1 - 1e-12)
    return -inside * np.log(inside) - (1 - inside) * np.log(1 - inside)


@picture(
    "Left: the cost of a pixel against its logit for four grey values. For black it falls to 0; "
    "for the others it has a lowest point, marked. Right: the height of that point against the "
    "grey value, an arch from 0 over log 2 at one half back to 0."
)
def grey_costs(greys=(0, 0.1, 0.3, 0.5)):
    """A pixel's cost against its logit for some grey values, and the floor under it."""
    c, x = np.linspace(-6, 6, 241), np.linspace(0, 1, 201)
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
    return titled(fig, "A grey pixel has a cost even if the network knows it exactly")


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


def no_code():
    """Display what the probabilities of all grey values would add up to."""
    rows = [
        (f"{c:.4g}", *(f"{v:.{n}f}" for v, n in zip(masses(c), (1, 4), strict=True)))
        for c in (0.0, np.log(0.3 / 0.7), 4.0)
    ]
    table(["logit $c$", "sum over 256 greys (should be 1)", "integral (should be 1)"], rows)


class Costs(NamedTuple):
    """What the test images of a network in colour cost, in nats an image."""

    floor: float  #: entropy of the grey values
    coins: float  #: independent pixels
    L_x: float
    L_z: float


def floors(images):
    """The floor of every image, (M,)."""
    return entropy(images.astype(float)).sum(axis=(1, 2, 3))


def fixed(split):
    """The images of a split whose colours are fixed by a seed."""
    return split.batch(np.arange(len(split)), np.random.default_rng(0))


def costs(network):
    """The parts of a network's cost on its test images."""
    dataset = network.dataset()
    found = bounds.bound(network.params, network.config, dataset.test)
    coins = bounds.independent_pixels(dataset.train.mean(), dataset.test)
    parts = floors(fixed(dataset.test)), coins, found.L_x, found.L_z.sum(axis=0)
    return Costs(*(float(v.mean()) for v in parts))


@picture(
    "Two bars. Independent pixels and DRAW both begin with the same long hatched floor, and differ "
    "in what comes after it, which is a sixth of the bar for the one and a twentieth for the other."
)
def cost_bars(p):
    """Costs above their floor, as bars."""
    fig = figure(8.6, 2.5)
    ax = fig.subplots()
    names = [
        f"independent pixels\n{p.coins - p.floor:.0f} above the floor",
        f"DRAW, small-colour\n{p.L_x + p.L_z - p.floor:.0f} above the floor",
    ]
    parts = [(p.floor, p.floor), (p.coins - p.floor, p.L_x - p.floor), (0.0, p.L_z)]
    looks = ((QUIET, "////"), (LINES[0], None), (LINES[4], None))
    labels = (f"floor, entropy of the grey values: {p.floor:.0f}", "the rest of $L^x$", "$L^z$")
    start = np.zeros(2)
    for part, (colour, hatch), label in zip(parts, looks, labels, strict=True):
        ax.barh(
            names,
            part,
            left=start,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            height=0.6,
            label=label,
        )
        start = start + part
    for y, total in enumerate(start):
        ax.text(total + 12, y, f"{total:.0f}", va="center", fontsize=9)
    ax.invert_yaxis()
    ax.set_axisbelow(True)
    ax.grid(False, axis="y")
    ax.set(xlabel="nats per image", xlim=(0, 1.12 * start.max()))
    fig.legend(loc="outside lower center", ncols=3, fontsize=8)
    return titled(fig, "Most of the number is floor")


@picture(
    "The cost against minibatches: it falls from about 1300 nats to about 1200; the training's "
    "running mean jumps by tens of nats, the validation's falls smoothly."
)
def figure_11(network):
    """The cost in training."""
    return layouts.cost(network.log, "Figure 11, small: the cost in training, small-colour")


class Jumps(NamedTuple):
    """What the training curve of a network in colour does at its end, in nats."""

    last: float  #: the last 100 minibatches, their mean
    spread: float  #: and their standard deviation
    valid: float  #: the last validation
    expected: float  #: of a minibatch's floor
    train_floor: float
    valid_floor: float


def jumps(network):
    """How much of the training curve's noise, and of its height, is floor."""
    dataset = network.dataset()
    each = floors(fixed(dataset.train))
    expected = each.std() / np.sqrt(network.recipe.batch_size)
    last, valid = network.log["bound"][-100:], network.log["valid_bound"][-1]
    found = last.mean(), last.std(), valid, expected, each.mean()
    return Jumps(*map(float, (*found, floors(fixed(dataset.valid)).mean())))


def said_of_jumps(network):
    """The same in words."""
    found = jumps(network)
    say(
        f"The last 100 minibatches of the log cost {found.last:.0f} nats, with a standard "
        f"deviation of {found.spread:.0f}. The *floor* of a minibatch alone, by the colours that "
        f"are drawn, varies by {found.expected:.0f}. The validation images are fixed; they cost "
        f"{found.valid:.0f}, and their floor is {found.valid_floor:.0f}. That of the training "
        f"images is {found.train_floor:.0f}."
    )


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


COMMAND = (
    "--preset small --data forms --T 6 --H 64 --Z 8 --N-read 4 --N-write 4 "
    "--steps 600 --batch-size 32 --out run"
)


class Own(NamedTuple):
    """A set of one's own, and the network that was trained on it."""

    forms: np.ndarray  #: bytes, (n, 16, 16)
    dataset: object
    network: object
    said: str  #: what the command printed


def trained_on_own(train, n=300):
    """Write PNGs into a folder, and run the training command there.

    Parameters
    ----------
    train : callable
        ``draw_np.train.main``, which stands above the book.
    n : int
        Images.

    Returns
    -------
    Own
    """
    forms, said = some_forms(n, np.random.default_rng(3)), io.StringIO()
    with TemporaryDirectory() as folder, chdir(folder):
        Path("forms").mkdir()
        for i, form in enumerate(forms):
            Image.fromarray(form).save(f"forms/{i:03}.png")
        with redirect_stdout(said), redirect_stderr(said):
            train(COMMAND.split())  # the same as: python -m draw_np.train ...
        return Own(forms, data.load("forms"), draw_np.load("run"), said.getvalue())


def told(own):
    """Print the command and the first lines of what it said."""
    wanted = ("DRAW", "  data", f"  {len(own.dataset.train)}")
    lines = [line for line in own.said.splitlines() if line.startswith(wanted)]
    print(f"$ python -m draw_np.train {COMMAND}", *lines, "...", sep="\n")


@picture()
def mine(own):
    """Images that were given, and images that a network draws after it has seen them."""
    k, size = own.network.config, (3, 7, 1, 16, 16)
    means, _ = results.generated(own.network.params, k, 21, np.random.default_rng(0))
    found = bounds.bound(own.network.params, k, own.dataset.test)
    coins = bounds.independent_pixels(own.dataset.train.mean(), own.dataset.test)
    fig = figure(9.5, 3.1)
    sheets = {"some of the files": own.forms[:21] / 255, "drawn by the network": means[-1]}
    for ax, (name, sheet) in zip(fig.subplots(1, 2), sheets.items(), strict=True):
        show_mosaic(ax, sheet.reshape(size))
        ax.set_title(name)
    title = (
        f"After 600 steps: {found.mean:.0f} nats ({found.error:.0f}) on {len(found.each)} test "
        f"images, where independent pixels cost {coins.mean():.0f}"
    )
    return titled(fig, title), (
        "Left, 21 of the small images: rings, crosses and bars with soft edges, at different "
        "places and sizes. Right, 21 that the network has drawn: bars and crosses, a few rings, "
        "and some forms between them."
    )


def refused(forms):
    """Print what the reader of one's own images says of two sets that do not fit."""
    with TemporaryDirectory() as folder, chdir(folder):
        Path("mixed").mkdir()
        Image.fromarray(forms[0]).save("mixed/a.png")
        Image.fromarray(forms[1][:, :12]).save("mixed/b.png")
        np.savez("mine.npz", images=255.0 * (forms > 127))
        print(*map(refusal, ("mixed", "mine.npz")), sep="\n\n")


def refusal(name):
    """The sentence with which a set of one's own is refused."""
    try:
        data.load(name)
    except ValueError as e:
        return str(e)
    raise AssertionError(f"{name} is not refused")
