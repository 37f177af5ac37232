"""The digit that one asks for: what a label is worth, and where a network keeps it."""

from dataclasses import replace

import numpy as np

from draw_np import model, parameters
from draw_np.book import alive, notebook
from draw_np.config import Config
from draw_np.likelihood import bernoulli_nll
from draw_np.measuring import recognise
from draw_np.networks.network import latents
from draw_np.pictures import layouts, plot

STARTS = ("c_0", *parameters.STATES)
PARTS = {  # of what a label looks up: the parts that can be exchanged
    "all five": STARTS,
    "h and s of the decoder": ("h_dec_0", "s_dec_0"),
    "h of the decoder": ("h_dec_0",),
    "s of the decoder": ("s_dec_0",),
    "the canvas c_0": ("c_0",),
    "h and s of the encoder": ("h_enc_0", "s_enc_0"),
}


# ---------------------------------------------------------------- what a label is worth


def toy(seed=4):
    """A network of 2 x 2 pixels and three classes that is small enough to be computed exactly.

    Returns
    -------
    params : dict of arrays
        Drawn at random: it has learned nothing.
    config : Config
        T = 1, Z = 1, without attention.
    """
    config = Config(A=2, B=2, T=1, H=2, Z=1, N_read=None, N_write=None, K=3)
    rng = np.random.default_rng(seed)
    params = {name: 2 * rng.standard_normal(s) for name, s in parameters.shapes(config).items()}
    return params, config


def all_images():
    """Every black and white image of 2 x 2 pixels: (16, 1, 2, 2)."""
    return (np.arange(16)[:, None] >> np.arange(4) & 1).reshape(16, 1, 2, 2).astype(float)


def exactly(params, config, nodes=80):
    """log p(x | y) of all images of 2 x 2 pixels under a network with one latent number.

    The integral over z by Gauss-Hermite quadrature.

    Returns
    -------
    array, shape (16, K), in nats
    """
    z, weight = np.polynomial.hermite_e.hermegauss(nodes)
    x, found = all_images(), []
    for y in range(config.K):
        labels = np.full(nodes, y)
        c = model.generate(params, z.reshape(1, nodes, 1), config, labels).c[-1]
        log_p = -np.stack([bernoulli_nll(np.broadcast_to(one, c.shape), c) for one in x])
        found.append(np.log(np.exp(log_p) @ weight / (2 * np.pi) ** 0.5))
    return np.stack(found, axis=1)


def estimated(network, images, samples=5, seed=1):
    """log p(x | y) of images under every class, by the importance-weighted bound.

    Parameters
    ----------
    network : Network
        With classes.
    images : array, shape (n, C, B, A)
    samples, seed : int
        Draws of the noise, the same for all classes.

    Returns
    -------
    array, shape (n, K), in nats
        Bounds from below.
    """
    found = [network.bound(images, samples, seed, y) for y in range(network.config.K)]
    return -np.stack([bound.importance_weighted_each for bound in found], axis=1)


def mixture(log_p):
    """log p(x) of a network whose classes are equally likely, from log p(x | y), (n, K)."""
    return np.logaddexp.reduce(log_p, axis=1) - np.log(log_p.shape[1])


@notebook.picture()
def worths(of_toy, of_network, truth):
    """log p(x | y) - log p(x) against p(y | x), of the toy and of a trained network.

    Parameters
    ----------
    of_toy, of_network : array, shape (n, K)
        log p(x | y).
    truth : array of int, shape (n,)
        The labels that the images of ``of_network`` have.
    """
    fig = plot.figure(9.5, 3.6)
    left, right = fig.subplots(1, 2)
    on_the_curve(left, of_toy, "the toy: all images, all labels, exactly")
    on_the_curve(
        right, of_network, "small-labelled: test images, worths above \N{MINUS SIGN}25 nats"
    )
    own = np.arange(len(truth)), truth
    right.plot(
        shares(of_network)[own],
        worth(of_network)[own],
        "o",
        color=plot.WRITE,
        ms=5,
        label="with their own label",
    )
    right.set(xlim=(1e-12, 3), ylim=(-25, 5))
    right.legend(loc="lower right")
    return fig, (
        "Two panels with what a label is worth against the share p(y | x). In both all points lie "
        "on one curve, log K + log p(y | x), which ends at a dashed ceiling, log 3 on the left "
        "and log 10 on the right. On the right nearly all images with their own label lie there."
    )


def worth(log_p):
    """log p(x | y) - log p(x), (n, K): what knowing y saves."""
    return log_p - mixture(log_p)[:, None]


def shares(log_p):
    """p(y | x), (n, K): how likely each class is, once the image is known."""
    return np.exp(worth(log_p)) / log_p.shape[1]


def on_the_curve(ax, log_p, title):
    """Points, the curve log K + log p(y | x), and the ceiling."""
    K, p = log_p.shape[1], np.geomspace(1e-12, 1, 200)
    ax.plot(p, np.log(K) + np.log(p), color=plot.LINES[0], lw=1)
    ax.axhline(np.log(K), color=plot.INK, lw=0.9, ls="--")
    ax.text(1.3e-12 if K > 3 else 0.006, np.log(K) + 0.05, f"log {K}", va="bottom", fontsize=9)
    ax.plot(shares(log_p).ravel(), worth(log_p).ravel(), ".", color=plot.LINES[0], ms=4)
    ax.set(xscale="log", xlabel="$p(y\\,|\\,x)$", ylabel="what the label is worth, nats")
    if K == 3:
        ax.set(xlim=(0.005, 1.3), ylim=(-4.4, 1.6))
    ax.set_title(title, loc="left")


# ---------------------------------------------------------------- one hand


def in_every_class(network, n, seed=0):
    """The same noise with every label: images of shape (n, K, C, B, A)."""
    z, K = latents(n, network.config, np.random.default_rng(seed)), network.config.K
    drawn = [
        model.generate(network.params, z, network.config, np.full(n, y)).means[-1] for y in range(K)
    ]
    return np.stack(drawn, axis=1)


@notebook.picture(part=alive.Part("asked", "small-labelled"))
def hands(network, rows=6, seed=0):
    """A row a noise, a column a label."""
    images = in_every_class(network, rows, seed)
    fig = plot.mosaic_figure(images, "A row: one noise, ten labels", labels=range(10), scale=0.026)
    return fig, (
        f"A table of digits: {rows} rows and ten columns. In column k every digit is a k. The "
        "digits of a row are alike in width and slant: in some rows all are thin, in others bold."
    )


@notebook.picture(part=alive.Part("asked", "small-labelled"))
def written(network, text="2026", hands=3, seed=9):
    """A number in several hands: a row a hand, which is one noise for all its digits."""
    number = [int(digit) for digit in text]
    images = in_every_class(network, hands, seed)[:, number]
    fig = plot.mosaic_figure(images, f"{text} in {hands} hands", scale=0.04)
    return fig, (
        f"{text}, drawn {hands} times, a row each. Within a row the digits are alike: upright "
        "or slanted, thin or bold. Equal digits of a row are the same."
    )


def marks(images):
    """What marks a hand: ink, where its middle is across, and slant, each (...,).

    Parameters
    ----------
    images : array, shape (..., C, B, A)

    Returns
    -------
    dict of arrays
    """
    x = images.sum(axis=-3)
    x = x / x.sum(axis=(-2, -1), keepdims=True)
    b, a = np.mgrid[: x.shape[-2], : x.shape[-1]]
    right, down = (np.sum(x * v, axis=(-2, -1)) for v in (a, b))
    across, along = a - right[..., None, None], b - down[..., None, None]
    slant = np.sum(x * across * along, axis=(-2, -1)) / np.sum(x * along**2, axis=(-2, -1))
    return {"ink": images.mean(axis=(-3, -2, -1)), "middle": right, "slant": slant}


def alike(images):
    """How alike the digits of one noise are: by mark, the mean correlation between two classes.

    Parameters
    ----------
    images : array, shape (n, K, C, B, A)
    """
    pairs = np.triu_indices(images.shape[1], 1)
    return {name: float(np.corrcoef(v.T)[pairs].mean()) for name, v in marks(images).items()}


# ---------------------------------------------------------------- where the label is kept


def exchanged(network, names, old, new, seed=0):
    """Drawings of which some starts are those of other classes.

    Parameters
    ----------
    network : Network
    names : sequence of str
        The starts to be exchanged, of ``STARTS``.
    old, new : array of int, shape (n,)
        Classes of all other starts, and of these.
    seed : int
        Of the noise.

    Returns
    -------
    array, shape (n, C, B, A)
    """
    n = len(old)
    rows = {s: network.params[s][new if s in names else old] for s in STARTS}
    every = replace(network.config, K=n)  # a class for every image
    z = latents(n, network.config, np.random.default_rng(seed))
    return model.generate(network.params | rows, z, every, np.arange(n)).means[-1]


def carried(network, each=4, seed=0):
    """For each of ``PARTS``: how often its class is recognised, and how often that of the rest.

    Over all pairs of classes, ``each`` noises a pair.

    Returns
    -------
    dict of (float, float)
    """
    K = network.config.K
    old, new = np.array([(a, b) for a in range(K) for b in range(K) if a != b] * each).T
    found = {}
    for part, names in PARTS.items():
        named = recognise.recogniser().named(exchanged(network, names, old, new, seed))
        found[part] = float(np.mean(named == new)), float(np.mean(named == old))
    return found


def carried_table(network):
    """``carried`` as a table."""
    rows = [
        (part, f"{100 * new:.0f} %", f"{100 * old:.0f} %")
        for part, (new, old) in carried(network).items()
    ]
    notebook.table(("exchanged", "named as what was put in", "named as what was there"), rows)


@notebook.picture()
def exchanges(network, first=3, seed=5):
    """A 3 of which some starts are those of other classes: a row a part, a column a class."""
    K, parts = network.config.K, ("all five", "h and s of the decoder", "the canvas c_0")
    z = latents(1, network.config, np.random.default_rng(seed))
    rows = []
    for part in parts:
        kept = {
            s: np.repeat(network.params[s][first : first + 1], K, axis=0)
            for s in STARTS
            if s not in PARTS[part]
        }
        drawn = model.generate(
            network.params | kept, np.repeat(z, K, axis=1), network.config, np.arange(K)
        )
        rows.append(drawn.means[-1])
    images = np.stack(rows)
    fig = plot.mosaic_figure(
        images, f"A {first}, with parts of other classes", labels=range(K), scale=0.026
    )
    fig = layouts.label_rows(fig, parts, *images.shape[:-3:-1])
    return fig, (
        "Three rows of ten digits of one noise. With all five starts exchanged, and with those of "
        "the decoder alone, the columns show 0 to 9. With the canvas alone exchanged, all ten are "
        f"a {first}."
    )
