"""The pyramid: a coarse picture first, then its details (Denton et al. 2015).

An image is taken apart into a small coarse one and what is missing at every doubling of its
sides. At each level k a generator G_k learns to invent what is missing, and a discriminator
D_k to tell inventions from the real thing. They are two players with a cost each. No cost
of theirs is a bound on -log p(x).

Axes: ``T`` levels, ``M`` images in a minibatch, ``C`` channels, ``B`` rows (height), ``A``
columns (width), ``H`` hidden units, ``Z`` noise components. Level k = 0 is the finest, and
k = T - 1 the coarsest.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import autograd.numpy as np
from autograd.extend import notrace_primitive

from draw_np.arrays import Array, Generator, Params, Scalar, Shape
from draw_np.config import settle_sizes
from draw_np.model import expect, expect_images
from draw_np.nn import affine, counting, linear_map, sigmoid, softplus
from draw_np.parameters import Maps, expect_mean_image, map_shapes

REAL = 0.9  #: how sure D_k is to be of the real thing: asked for 1, its logits grow without end
LEAK = 0.2  #: slope of the rectifier below 0; with 0 a unit may fall silent forever


@dataclass(frozen=True)
class PyramidConfig:
    """Sizes of a pyramid of adversarial networks; all of them are this project's choice.

    Parameters
    ----------
    A, B, C : int
        Width, height and channels of the images.
    T : int
        Levels: pictures from the coarsest to the finest, each with twice the sides.
    H : int
        Units of each of the two hidden layers of the coarsest generator. At every finer level,
        which is given more, there are half as many; a discriminator has twice its generator's.
    Z : int
        Noise components of a level.

    Raises
    ------
    ValueError
        If a size is not a whole number of at least 1, or a side cannot be halved T - 1 times.
    """

    A: int = 28
    B: int = 28
    C: int = 1
    T: int = 3
    H: int = 128
    Z: int = 8

    def __post_init__(self) -> None:
        settle_sizes(self)
        multiple = 2 ** (self.T - 1)
        if self.A % multiple or self.B % multiple:
            raise ValueError(
                f"a pyramid of {self.T} levels needs images whose sides are multiples of "
                f"{multiple}, and these are {self.A} x {self.B}: crop them, or give a smaller T"
            )

    @property
    def image_shape(self) -> Shape:
        """Shape (C, B, A) of one image: channels, rows, columns."""
        return (self.C, self.B, self.A)

    @property
    def pixels(self) -> int:
        """Number of values in one image, C B A."""
        return self.C * self.B * self.A

    def shape_at(self, k: int) -> Shape:
        """Shape of one picture of level k: (C, B / 2^k, A / 2^k)."""
        return (self.C, self.B // 2**k, self.A // 2**k)

    def units(self, k: int) -> int:
        """Hidden units of the generator of level k."""
        return max(1, self.H // 2 ** (self.T - 1 - k))


class Terms(NamedTuple):
    """Every player's cost, in nats: image by image, or means over a minibatch."""

    D: Any  #: of the discriminators, level by level: (T, M), or (T,)
    G: Any  #: of the generators, likewise


class Pictures(NamedTuple):
    """Drawings from coarse to fine: T arrays each, (M, C, B / 2^k, A / 2^k), k = T - 1 .. 0."""

    coarse: list[Array]  #: l_k, the picture before, enlarged; at first black
    details: list[Array]  #: h_k, what was invented

    @property
    def means(self) -> list[Array]:
        """I_k = l_k + h_k, the pictures themselves, in [0, 1]; the last one is the image."""
        return [l_k + h_k for l_k, h_k in zip(self.coarse, self.details, strict=True)]


# ---------------------------------------------------------------- taking apart, putting together


def halving(n: int, like: Array) -> Array:
    """The matrix R, (n / 2, n), that halves n pixels, in the library and dtype of ``like``.

    Row i is a triangle, four pixels wide, whose centre 2 i - 1/2 (counted from 1) lies between
    two pixels. What of it is outside of the image is given to the border, so that rows sum to
    1 and columns to 1/2.
    """
    i, a = counting(n // 2, like)[:, None], counting(n, like)[None]
    R = np.maximum(0, 2 - abs(a - (2 * i - 0.5))) / 4
    R[0, 0] += 1 / 8
    R[-1, -1] += 1 / 8
    return R


def reduce(picture: Array) -> Array:
    """d(I): blurred and halved, R_Y I R_X^T; its pixels are means of those that were there."""
    R_Y, R_X = halving(picture.shape[-2], picture), halving(picture.shape[-1], picture)
    return np.matmul(np.matmul(R_Y, picture), R_X.T)


def expand(picture: Array) -> Array:
    """u(I): doubled and smoothed, 4 R_Y^T I R_X: between the pixels that it has, straight lines."""
    R_Y, R_X = halving(2 * picture.shape[-2], picture), halving(2 * picture.shape[-1], picture)
    return 4 * np.matmul(np.matmul(R_Y.T, picture), R_X)


def take_apart(x: Array, T: int) -> list[tuple[Array, Array]]:
    """The coarse pictures and the details of images, level by level.

    Parameters
    ----------
    x : array, shape (M, C, B, A)
    T : int

    Returns
    -------
    list of (array, array)
        l_k = u(d(I_k)) and h_k = I_k - l_k for k = 0 .. T - 1, with I_0 = x and
        I_{k+1} = d(I_k); but l_{T-1} = 0, so that h_{T-1} is the coarsest picture itself.
    """
    levels, I_k = [], x
    for _ in range(T - 1):
        smaller = reduce(I_k)  # I_{k+1} = d(I_k)
        l_k = expand(smaller)  # l_k = u(I_{k+1})
        levels.append((l_k, I_k - l_k))  # h_k = I_k - l_k
        I_k = smaller
    return [*levels, (0 * I_k, I_k)]  # h_K = I_K


def put_together(details: list[Array]) -> Array:
    """The image, (M, C, B, A), from its details h_0 .. h_{T-1}: ``take_apart`` undone."""
    I_k = details[-1]
    for h_k in details[-2::-1]:
        I_k = expand(I_k) + h_k  # I_k = u(I_{k+1}) + h_k
    return I_k


# ---------------------------------------------------------------- parameters


def maps(config: PyramidConfig) -> Maps:
    """The affine maps of all networks, by name: the numbers of their inputs and outputs."""
    found: Maps = {}
    for k in range(config.T):
        pixels = config.pixels // 4**k
        given = pixels if k < config.T - 1 else 0  # at the coarsest level l_k is black: left out
        H = config.units(k)
        sizes = {
            f"G_{k}": (2 * config.Z + given, H, H, pixels),
            f"D_{k}": (pixels + given, 2 * H, 2 * H, 1),
        }
        for name, n in sizes.items():
            found |= {f"{name}.{j}": (n[j - 1], n[j]) for j in (1, 2, 3)}
    return found


def shapes(config: PyramidConfig) -> dict[str, Shape]:
    """The shape of every parameter, without making one: a dict of tuples."""
    return map_shapes(maps(config))


def drawing_shapes(config: PyramidConfig) -> dict[str, Shape]:
    """The shapes of what drawing takes: the generators'; discriminators are for training alone."""
    return {name: shape for name, shape in shapes(config).items() if name.startswith("G")}


def initialise(
    rng: Generator, config: PyramidConfig, mean_image: Array | None = None, dtype: Any = np.float32
) -> Params:
    """All parameters of a pyramid, as a flat dict of arrays.

    Parameters
    ----------
    rng : numpy.random.Generator
    config : PyramidConfig
    mean_image : array, shape (C, B, A), optional
        Mean of the training images: the first coarse pictures are near it.
    dtype : numpy dtype

    Returns
    -------
    dict
        For every level k the generator's maps ``G_k.1``, ``G_k.2``, ``G_k.3`` and the
        discriminator's ``D_k.1``, ``D_k.2``, ``D_k.3``, each with ``.W`` and ``.b``.

    Raises
    ------
    ValueError
        As ``parameters.initialise``.
    """
    params: Params = {}
    coarsest = config.T - 1
    for name, (D, K) in maps(config).items():  # at first no player says much
        params |= linear_map(rng, name, D, K, 0.1 if name.endswith("3") else 2**0.5)
    params[f"G_{coarsest}.3.W"] *= 10  # but not one picture for all noise
    if mean_image is not None:
        expect_mean_image(mean_image, config)
        for _ in range(coarsest):
            mean_image = reduce(mean_image)
        params[f"G_{coarsest}.3.b"][:] = np.ravel(logit(mean_image))
    return {name: value.astype(dtype) for name, value in params.items()}


# ---------------------------------------------------------------- the networks


def network(params: Params, name: str, v: Array) -> Array:
    """The outputs of the network ``name``, (M, K): two layers of leaky rectifiers, one affine."""
    for j in (1, 2):
        a = affine(v, params[f"{name}.{j}.W"], params[f"{name}.{j}.b"])
        v = np.maximum(a, LEAK * a)
    return affine(v, params[f"{name}.3.W"], params[f"{name}.3.b"])


def flat(*pictures: Array) -> Array:
    """Pictures of a level side by side in a row of numbers between -2 and 2, (M, D)."""
    return np.concatenate([4 * (np.reshape(p, (len(p), -1)) - 0.5) for p in pictures], axis=1)


def with_signs(z_k: Array) -> Array:
    """Noise and its signs, (M, 2 Z): a net is continuous in z, and jumps where a sign does.

    Without jumps it would have to draw all that lies between a 3 and a 1.
    """
    return np.concatenate([z_k, np.sign(z_k)], axis=1)


def logit(p: Array, margin: float = 0.01) -> Array:
    """log p / (1 - p) of intensities, after keeping them ``margin`` away from 0 and 1."""
    p = np.clip(p, margin, 1 - margin)
    return np.log(p / (1 - p))


def generate_details(
    params: Params, k: int, z_k: Array, l_k: Array, config: PyramidConfig
) -> Array:
    """h_k = G_k(z_k, l_k): what a generator invents, so that l_k + h_k lies between 0 and 1.

    Like DRAW's canvas, the picture is made of logits: G_k adds to those of l_k.
    """
    if k == config.T - 1:  # nothing is given
        return np.reshape(sigmoid(network(params, f"G_{k}", with_signs(z_k))), l_k.shape)
    added = network(params, f"G_{k}", np.concatenate([with_signs(z_k), flat(l_k)], axis=1))
    return sigmoid(logit(l_k) + np.reshape(added, l_k.shape)) - l_k


def discriminate(params: Params, k: int, h_k: Array, l_k: Array, config: PyramidConfig) -> Array:
    """D_k(l_k + h_k, l_k): the logit that the details h_k of l_k are real ones, (M,)."""
    given = () if k == config.T - 1 else (l_k,)
    return network(params, f"D_{k}", flat(l_k + h_k, *given))[:, 0]


# ---------------------------------------------------------------- the game


@notrace_primitive
def held(array: Array) -> Array:
    """The same numbers, as a constant: no derivative goes back through them."""
    return array


def cost_of_telling(real: Array, invented: Array) -> Array:
    """The cost of D_k: its cross-entropy at real details and at invented ones, (M,), in nats.

    ``real`` and ``invented`` are its logits. The right answer is ``REAL`` for the one, 0 for
    the other.
    """
    return softplus(real) - REAL * real + softplus(invented)


def cost_of_being_found_out(invented: Array) -> Array:
    """The cost of G_k: -log of the probability that D_k takes an invention for real, (M,), in nats.

    Its slope is steepest where D_k is sure; that of log(1 - D), of D's own cost, is 0 there.
    """
    return softplus(-invented)


def terms(params: Params, x: Array, z: Array, config: PyramidConfig) -> Terms:
    """The cost of every player for every image.

    A player's cost is a function of its own parameters alone: what the other did is ``held``.

    Parameters
    ----------
    params : dict of arrays
    x : array, shape (M, C, B, A)
        Pixels in [0, 1].
    z : array, shape (T, M, Z)
        Standard normal noise.
    config : PyramidConfig

    Returns
    -------
    Terms
        Fields of shape (T, M).

    Raises
    ------
    ValueError
        If x or z has another shape, or pixels are not in [0, 1].
    """
    expect_images(x, config)
    expect("z", z, (config.T, len(x), config.Z))
    dtype = params["G_0.1.W"].dtype
    x, z = x.astype(dtype), z.astype(dtype)
    others = {name: held(value) for name, value in params.items()}
    D, G = [], []
    for k, (l_k, h_k) in enumerate(take_apart(x, config.T)):
        invented = generate_details(params, k, z[k], l_k, config)
        real_logit = discriminate(params, k, h_k, l_k, config)
        D.append(cost_of_telling(real_logit, discriminate(params, k, held(invented), l_k, config)))
        G.append(cost_of_being_found_out(discriminate(others, k, invented, l_k, config)))
    return Terms(np.stack(D), np.stack(G))


def mean_terms(each: Terms) -> Terms:
    """Every player's cost as a mean over the minibatch: fields of shape (T,)."""
    M = each.D.shape[1]
    return Terms(*(np.sum(cost, axis=1) * (1 / M) for cost in each))


def total(mean: Terms) -> Scalar:
    """The sum of all costs: its gradient has for each parameter the slope of its player's own."""
    return np.sum(mean.D) + np.sum(mean.G)


def loss(params: Params, x: Array, z: Array, config: PyramidConfig) -> Scalar:
    """All players' costs in one scalar, in nats: made for its gradient.

    The number itself is no measure of anything: one player's gain is another's loss.
    """
    return total(mean_terms(terms(params, x, z, config)))


# ---------------------------------------------------------------- drawing


def generate(params: Params, z: Array, config: PyramidConfig) -> Pictures:
    """Draw new images from noise: from the coarsest level to the finest.

    Parameters
    ----------
    params : dict of arrays
    z : array, shape (T, M, Z)
        Standard normal draws; z[k] is level k's.
    config : PyramidConfig

    Returns
    -------
    Pictures
    """
    expect("z", z, (config.T, "M", config.Z))
    z, coarsest = z.astype(params["G_0.1.W"].dtype), config.T - 1
    l_k = np.zeros_like(z, shape=(z.shape[1], *config.shape_at(coarsest)))
    coarse, details = [], []
    for k in range(coarsest, -1, -1):
        h_k = generate_details(params, k, z[k], l_k, config)
        coarse.append(l_k)
        details.append(h_k)
        l_k = expand(l_k + h_k) if k else None
    return Pictures(coarse, details)
