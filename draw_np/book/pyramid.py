"""What the chapter on the pyramid computes and draws: a small game, and three ways to draw."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from draw_np import data, networks, pyramid
from draw_np.book import alive
from draw_np.book.notebook import picture, table
from draw_np.data.dataset import Dataset, Images
from draw_np.measuring import samples
from draw_np.nn import sigmoid
from draw_np.pictures import layouts, plot
from draw_np.pictures.plot import INK, LINES
from draw_np.training import loop
from draw_np.training.presets import Recipe

# ---------------------------------------------------------------- two players, by hand


def slopes(w, b, psi, chi, x, z):
    """dw and db of the generator's cost, dpsi and dchi of the discriminator's.

    The generator makes g = w z + b; the discriminator's logits are r = psi x + chi of real
    numbers and f = psi g + chi of made ones. softplus has the slope sigmoid, so that

        dG/dg = -sigmoid(-f) psi,   dD/dr = -sigmoid(-r),   dD/df = sigmoid(f),

    and each is multiplied by what its logit was made of. All costs are means.
    """
    g = w * z + b
    r, f = psi * x + chi, psi * g + chi
    dg = -sigmoid(-f) * psi
    dw, db = np.mean(dg * z), np.mean(dg)
    dpsi = np.mean(-sigmoid(-r) * x) + np.mean(sigmoid(f) * g)
    dchi = np.mean(-sigmoid(-r)) + np.mean(sigmoid(f))
    return tuple(np.full_like(w, v) for v in (dw, db, dpsi, dchi))


def orbit(b, psi, rate, steps, spread=0.0, pace=1.0):
    """A game of two numbers: real ones lie at -spread and spread, the generator makes b.

    The discriminator's logit of v is psi v. Both step at the same time.

    Parameters
    ----------
    b, psi : float
        Where the players begin.
    rate : float
        Of the discriminator; the generator's is ``pace`` times as large.
    steps : int
    spread, pace : float

    Returns
    -------
    array, shape (steps + 1, 2)
        b and psi after every step.
    """
    x, zero, path = np.array([-spread, spread]), np.zeros(1), [(b, psi)]
    for _ in range(steps):
        here = np.array([b]), np.array([psi])
        _, db, dpsi, _ = slopes(zero, *here, zero, x, zero)
        b, psi = b - pace * rate * float(db[0]), psi - rate * float(dpsi[0])
        path.append((b, psi))
    return np.array(path)


@picture(
    "Three paths in the plane of b and psi. With all real numbers at 0, one begins near the middle "
    "and spirals outwards, one begins far out and spirals inwards, and both end on the same ring "
    "round the middle. With real numbers spread about 0 the path winds into the middle.",
    alive.Part("game"),
)
def orbits(paths):
    """Paths of two players; ``paths`` maps a title to an ``orbit``."""
    fig = plot.figure(9, 3.2)
    for ax, (title, path), colour in zip(
        fig.subplots(1, len(paths)), paths.items(), LINES, strict=False
    ):
        ax.plot(*path.T, "-", color=colour, lw=0.9)
        ax.plot(*path[0], "o", color=INK, ms=5)
        ax.plot(0, 0, "+", color=INK, ms=9)
        ax.set(xlabel="what the generator makes, $b$", aspect="equal", title=title)
        ax.set(xlim=(-1.8, 1.8), ylim=(-1.8, 1.8))
    fig.axes[0].set(ylabel=r"the discriminator's slope, $\psi$")
    return fig


# ---------------------------------------------------------------- a collapse, on one pixel


def much_faster(name):
    """A pace at which the generator learns 25 times as fast as the discriminator."""
    return 5.0 if name.startswith("G") else 0.2


PIXEL = pyramid.PyramidConfig(A=1, B=1, T=1, H=16, Z=2)
RECIPE = Recipe(steps=600, batch_size=64, lr=4e-3, clip=100.0, engine="autograd")


def two_greys(n=400):
    """A data set of one pixel: half dark, half bright, 0.25 and 0.75, a little spread."""
    rng = np.random.default_rng(0)
    grey = np.where(np.arange(n) % 2, 0.75, 0.25) + 0.03 * rng.standard_normal(n)
    split = Images(grey.reshape(-1, 1, 1, 1))
    return Dataset("two greys", "one pixel, dark or bright", split, split, split)


def one_pixel(constants, seed=0, every=10, n=60):
    """What a generator of one pixel draws while it learns two greys.

    Parameters
    ----------
    constants : dict
        Constants of Adam: ``beta1`` and ``pace``, others than a pyramid's.
    seed, every, n : int
        Of the run; steps between two looks; pixels a look.

    Returns
    -------
    array, shape (looks,)
        Steps.
    array, shape (looks, n)
        Greys.
    """
    pixels = two_greys()
    run = loop.begin("one pixel", PIXEL, RECIPE, pixels, seed)
    run.adam = replace(run.adam, **constants)
    steps, greys = [], []
    for step in range(RECIPE.steps):
        if step % every == 0:
            steps.append(step)
            greys.append(run.draw(n).means[-1].ravel())
        loop.advance(run, pixels)
    return np.array(steps), np.array(greys)


@picture(
    "Two plots of sixty drawn greys against training steps. On the left, with a fast generator, "
    "all sixty lie close together and jump between dark and bright. On the right, with a slow one, "
    "they part into two bands, at 0.25 and at 0.75, and stay there."
)
def hopping(runs):
    """Greys that two generators drew while they learned; ``runs`` maps a title to ``one_pixel``."""
    fig = plot.figure(9, 2.8)
    for ax, (title, (steps, greys)) in zip(fig.subplots(1, 2), runs.items(), strict=True):
        ax.axhspan(0.22, 0.28, color=LINES[1], alpha=0.25, lw=0)
        ax.axhspan(0.72, 0.78, color=LINES[1], alpha=0.25, lw=0)
        ax.plot(np.repeat(steps, greys.shape[1]), greys.ravel(), ".", ms=1.5, color=LINES[0])
        ax.set(xlabel="training step", ylim=(0, 1), title=title)
    fig.axes[0].set(ylabel="grey that is drawn")
    return fig


# ---------------------------------------------------------------- the pyramid


@picture(
    "A row for each of three real digits: 7 by 7 pixels, the same enlarged, the details that it "
    "lacks, 14 by 14, the same enlarged, the finest details, and the image of 28 by 28. The "
    "details are grey with bright and dark edges."
)
def taken_apart(x, T=3):
    """Real images (M, C, B, A) from their coarse pictures to themselves."""
    levels = pyramid.take_apart(x, T)[::-1]
    coarse, details = zip(*levels, strict=True)
    return layouts.from_coarse(list(coarse), list(details), "Real digits, taken apart")


@picture(
    "Six drawn digits, a row each: 7 by 7 pixels, enlarged, with invented details, 14 by 14, "
    "enlarged again, with finer details, and the finished digit of 28 by 28."
)
def drawn(pictures, n=6):
    """How the first n of ``pyramid.Pictures`` came about."""
    coarse, details = ([p[:n] for p in part] for part in pictures)
    return layouts.from_coarse(coarse, details, "Invented digits, from coarse to fine")


def only_coarse(x, k, T=3):
    """Images without the details finer than level k: I_k, enlarged to full size, in [0, 1]."""
    h = [details for _, details in pyramid.take_apart(x, T)]
    return np.clip(pyramid.put_together([*(0 * v for v in h[:k]), *h[k:]]), 0, 1)


def detailed(params, x, z, k, config):
    """Real images down to level k, and from there on invented details."""
    h = [details for _, details in pyramid.take_apart(x, config.T)]
    picture = pyramid.put_together(h[k:])
    for j in range(k - 1, -1, -1):
        l_j = pyramid.expand(picture)
        picture = l_j + pyramid.generate_details(params, j, z[j], l_j, config)
    return np.clip(picture, 0, 1)


# ---------------------------------------------------------------- three ways


WAYS = {  # packaged networks that draw, by what they do
    "all at once": "vae",
    "part by part": "small",
    "coarse, then detail": "small-pyramid",
}


class Reached(NamedTuple):
    """What a network reached in a given time; measured of ``draw(1000, seed=5)``."""

    options: str  #: of ``python -m draw_np.train``; one thread, seed 0
    seconds: int  #: of a processor, the whole command
    sure: float  #: the share named with p > 0.9
    smallest: float  #: share of a class
    largest: float
    energy: float  #: distance to the test images
    nearest: float  #: the smallest distance of any to a training image


EQUAL_TIME = {
    way: Reached(*reached)
    for way, reached in {
        "all at once": (
            "--preset vae --H 64 --lr 3e-3 --steps 12000",
            89,
            0.536,
            0.066,
            0.146,
            0.093,
            1.91,
        ),
        "part by part": ("--preset small --steps 2800", 83, 0.661, 0.075, 0.131, 0.046, 2.41),
        "coarse, then detail": ("--preset small-pyramid", 86, 0.786, 0.07, 0.131, 0.077, 2.2),
        "one level of 28 x 28": (
            "--preset small-pyramid --T 1 --steps 6800",
            77,
            0.895,
            0.038,
            0.146,
            0.142,
            2.18,
        ),
    }.items()
}


def equal_time():
    """``EQUAL_TIME`` as a table."""
    table(
        [
            "",
            "seconds",
            "p > 0.9",
            "rarest to commonest class",
            "energy distance",
            "nearest training image of any",
        ],
        [
            (
                way,
                r.seconds,
                f"{r.sure:.1%}",
                f"{r.smallest:.1%} to {r.largest:.1%}",
                f"{r.energy:.2f}",
                f"{r.nearest:.2f}",
            )
            for way, r in EQUAL_TIME.items()
        ],
    )


def ways():
    """The networks of ``WAYS``, by what they do."""
    return {way: networks.load(name) for way, name in WAYS.items()}


@picture(
    "Three blocks of thirty drawn digits. Those of the autoencoder are soft, those of DRAW "
    "smoother and whole, those of the pyramid are sharp, with some broken strokes."
)
def side_by_side(found, columns=10, rows=3):
    """The first images of each way; ``found`` maps a way to images (n, C, B, A)."""
    fig = plot.figure(9, 3.1)
    for ax, (way, images) in zip(fig.subplots(1, 3), found.items(), strict=True):
        sheet = images[: columns * rows].reshape(columns // 2, 2 * rows, *images.shape[1:])
        plot.show_mosaic(ax, sheet)
        ax.set_title(way)
    return fig


def measured(images, judge, training, test):
    """What can be measured of drawn images.

    Parameters
    ----------
    images : array, shape (n, C, B, A)
    judge : measuring.recognise.Recogniser
    training, test : array
        Real images.

    Returns
    -------
    dict
        ``sure``, a share; ``shares`` of the classes; ``energy``, the distance to ``test``;
        ``nearest``, the smallest distance of any to a training image.
    """
    named = samples.named(judge.probabilities(images))
    return {
        "sure": named.sure,
        "shares": named.shares,
        "energy": samples.energy_distance(images, test),
        "nearest": float(samples.nearest(images, training)[1].min()),
    }


def digits(split):
    """All embedded digits of a split, as intensities, (n, 1, 28, 28)."""
    part = data.load("digits", "none").split(split)
    return part.batch(np.arange(len(part)), np.random.default_rng(0))
