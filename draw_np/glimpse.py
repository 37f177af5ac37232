"""The attention as a classifier: a few glimpses at a cluttered image, then a digit (Section 4.1).

One LSTM looks through the selective read once a step, each time where its last output
says, and after T glimpses a softmax layer names the class. There is no error image, no
latent and nothing is written: of DRAW's blocks it takes the glimpse and the LSTM.

Axes: ``T`` glimpses, ``M`` images in a minibatch, ``C`` channels, ``B`` rows (height),
``A`` columns (width), ``N`` filters along one side, ``H`` LSTM units, ``K`` classes.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import autograd.numpy as np

from draw_np import attention as attn
from draw_np.arrays import Array, Generator, Params, Scalar, Shape
from draw_np.attention import Attention
from draw_np.config import settle_sizes
from draw_np.lstm import lstm
from draw_np.model import expect_classes, expect_images, over_time
from draw_np.nn import affine
from draw_np.parameters import Maps, Start, map_shapes, new_maps


@dataclass(frozen=True)
class GlimpseConfig:
    """Sizes of an attentive classifier; the defaults are the paper's (Table 3).

    With one glimpse of many filters it is a classifier that reads the whole image,
    downsampled, at once: the baseline.

    Parameters
    ----------
    A, B, C : int
        Width, height and channels of the images.
    T : int
        Glimpses.
    H : int
        LSTM units.
    N : int
        Filters along one side of a glimpse.
    K : int
        Classes.

    Raises
    ------
    ValueError
        If a size is not a whole number of at least 1.
    """

    A: int = 100
    B: int = 100
    C: int = 1
    T: int = 8
    H: int = 256
    N: int = 12
    K: int = 10

    def __post_init__(self) -> None:
        settle_sizes(self)

    @property
    def image_shape(self) -> Shape:
        """Shape (C, B, A) of one image: channels, rows, columns."""
        return (self.C, self.B, self.A)


class Terms(NamedTuple):
    """How well classes were named: image by image, or means over a minibatch."""

    cross_entropy: Array  #: -log p(class), in nats
    error: Array  #: 1 where the likeliest class is the wrong one, else 0


# ---------------------------------------------------------------- parameters


def initialise(
    rng: Generator, config: GlimpseConfig, start: Start = Start(), dtype: Any = np.float32
) -> Params:
    """All parameters of a classifier, as a flat dict of arrays.

    Parameters
    ----------
    rng : numpy.random.Generator
    config : GlimpseConfig
    start : parameters.Start
        As for DRAW: the first glimpse is about the whole image.
    dtype : numpy dtype

    Returns
    -------
    dict
        ``rnn`` (the LSTM), ``read`` (where to look next) and ``classes`` (the softmax
        layer), each with ``.W`` and ``.b``; and the learned ``h_0`` and ``s_0``.
    """
    params = {
        **new_maps(rng, maps(config), config, {"read": config.N}, start),
        **{name: np.zeros(config.H) for name in ("h_0", "s_0")},
    }
    return {name: value.astype(dtype) for name, value in params.items()}


def maps(config: GlimpseConfig) -> Maps:
    """The affine maps of a classifier, by name: the numbers of their inputs and outputs."""
    k = config
    return {"rnn": (k.C * k.N**2 + k.H, 4 * k.H), "read": (k.H, 5), "classes": (k.H, k.K)}


def shapes(config: GlimpseConfig) -> dict[str, Shape]:
    """The shape of every parameter, without making one: a dict of tuples."""
    return {**map_shapes(maps(config)), "h_0": (config.H,), "s_0": (config.H,)}


# ---------------------------------------------------------------- the network


def look(params: Params, x: Array, h: Array, config: GlimpseConfig) -> tuple[Array, Attention]:
    """The glimpse, shape (M, C N N), at the place that the last output ``h`` says (Eqs. 21-27)."""
    raw = affine(h, params["read.W"], params["read.b"])  # (M, 5)
    att = attn.attention(raw, config.A, config.B, config.N)
    patch = attn.glimpse(x, att, config.N)  # (M, C, N, N)
    return np.reshape(patch, (x.shape[0], -1)), att


def step(
    params: Params, x: Array, h: Array, s: Array, config: GlimpseConfig
) -> tuple[Array, Array, Attention]:
    """One glimpse: the new h and s, each (M, H), and the Attention that was used."""
    g, att = look(params, x, h, config)
    h, s = lstm(g, h, s, params["rnn.W"], params["rnn.b"])
    return h, s, att


def unroll(params: Params, x: Array, config: GlimpseConfig) -> tuple[Array, list[Attention]]:
    """All T glimpses at a minibatch.

    Parameters
    ----------
    params : dict of arrays
    x : array, shape (M, C, B, A)
        Cast to the dtype of the parameters.
    config : GlimpseConfig

    Returns
    -------
    array, shape (M, K)
        Logits of the classes, after the last glimpse.
    list of Attention
        T of them, with fields of shape (M,).

    Raises
    ------
    ValueError
        If the images are of another shape, or pixels are not from 0 to 1.
    """
    expect_images(x, config)
    M, x = x.shape[0], x.astype(params["h_0"].dtype)
    h, s = (np.broadcast_to(params[name][None], (M, config.H)) for name in ("h_0", "s_0"))
    looks = []
    for _ in range(config.T):
        h, s, att = step(params, x, h, s, config)
        looks.append(att)
    return affine(h, params["classes.W"], params["classes.b"]), looks


def log_softmax(logits: Array) -> Array:
    """log p of every class, (M, K): logits minus the logarithm of their summed exponentials."""
    shifted = logits - np.max(logits, axis=1, keepdims=True)  # the largest is 0: no overflow
    return shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))


def terms(params: Params, x: Array, labels: Array, config: GlimpseConfig) -> Terms:
    """Cross-entropy and error of every image.

    Parameters
    ----------
    params : dict of arrays
    x : array, shape (M, C, B, A)
    labels : array of int, shape (M,)
        Classes, 0 to K - 1.
    config : GlimpseConfig

    Returns
    -------
    Terms
        Fields of shape (M,).

    Raises
    ------
    ValueError
        As ``unroll``, and if a label is none of the classes.
    """
    logits, _ = unroll(params, x, config)
    expect_classes(labels, len(x), config.K)
    return judged(logits, labels)


def judged(logits: Array, labels: Array) -> Terms:
    """``Terms`` of every image from the logits (M, K) and the right classes (M,)."""
    right = one_hot(labels, logits)
    cross_entropy = -np.sum(right * log_softmax(logits), axis=1)
    return Terms(cross_entropy, wrong(logits, labels).astype(logits.dtype))


def one_hot(labels: Array, logits: Array) -> Array:
    """1 at each image's class and 0 elsewhere, in the shape and dtype of ``logits``."""
    return (labels[:, None] == np.arange(logits.shape[1], like=labels)).astype(logits.dtype)


def wrong(logits: Array, labels: Array) -> Array:
    """Whether the class with the largest logit is not the right one, (M,)."""
    return np.argmax(logits, axis=1) != labels


def mean_terms(each: Terms) -> Terms:
    """Cross-entropy and error as means over the minibatch: scalars."""
    M = each.error.shape[0]
    return Terms(np.sum(each.cross_entropy) * (1 / M), np.sum(each.error) * (1 / M))


def total(mean: Terms) -> Scalar:
    """What is made small: the cross-entropy, in nats."""
    return mean.cross_entropy


def loss(params: Params, x: Array, labels: Array, config: GlimpseConfig) -> Scalar:
    """The mean cross-entropy of a minibatch: one scalar, in nats per image.

    Parameters
    ----------
    params, x, labels, config
        As in ``terms``.

    Returns
    -------
    scalar
    """
    return total(mean_terms(terms(params, x, labels, config)))


def classify(params: Params, x: Array, config: GlimpseConfig) -> tuple[Array, Attention]:
    """The probability of every class, and where the network looked.

    Returns
    -------
    array, shape (M, K)
    Attention
        Of every glimpse, fields of shape (T, M).
    """
    logits, looks = unroll(params, x, config)
    return np.exp(log_softmax(logits)), over_time(looks)
