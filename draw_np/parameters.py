"""A new network's parameters: names, shapes and where learning starts.

The paper says that c_0, h_0^enc and h_0^dec are learned, and nothing on how
anything is initialised. What we chose, and why, stands at each function.
"""

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from draw_np.arrays import Array, Generator, Params, Shape
from draw_np.attention import default_stride
from draw_np.config import Config
from draw_np.lstm import lstm_parameters
from draw_np.nn import linear_map

LSTMS = ("enc", "dec", "rnn")  # DRAW's two, and the classifier's
STATES = ("h_enc_0", "s_enc_0", "h_dec_0", "s_dec_0")  # learned, beside c_0

Maps: TypeAlias = dict[str, tuple[int, int]]  # inputs and outputs of affine maps, by name


@dataclass(frozen=True)
class Start:
    """Where learning starts; the paper leaves all of it open.

    Parameters
    ----------
    sigma_per_stride : float
        Initial standard deviation of the filters, in units of the initial stride.
        The first patch then "roughly covers" the image (Eq. 24): filters
        much narrower than the stride would see only the pixels at the grid points.
    head_scale : float
        Factor on the initial weights of the two attention heads: a small one lets
        every image begin with the same wide window.
    forget_bias : float
        Initial bias of the forget gates.

    Raises
    ------
    ValueError
        If ``sigma_per_stride`` is not positive or ``head_scale`` is negative.
    """

    sigma_per_stride: float = 0.5
    head_scale: float = 0.05
    forget_bias: float = 1.0

    def __post_init__(self) -> None:
        if not self.sigma_per_stride > 0:
            raise ValueError(f"sigma_per_stride = {self.sigma_per_stride}: it must be positive")
        if not self.head_scale >= 0:
            raise ValueError(f"head_scale = {self.head_scale}: it must not be negative")


def initialise(
    rng: Generator,
    config: Config,
    start: Start = Start(),
    mean_image: Array | None = None,
    dtype: Any = np.float32,
) -> Params:
    """All parameters of a network, as a flat dict of arrays.

    Parameters
    ----------
    rng : numpy.random.Generator
    config : Config
    start : Start
    mean_image : array, shape (C, B, A), optional
        Mean of the training images; c_0 starts at its logit, so that the first
        canvas is already the best one that ignores the image. Without it, c_0 is 0.
    dtype : numpy dtype

    Returns
    -------
    dict
        ``enc``, ``dec`` (the LSTMs), ``mu``, ``log_sigma``, ``patch``, and where
        there is attention ``read`` and ``write``, each with ``.W`` and ``.b``; and
        the learned initial states ``c_0``, ``h_enc_0``, ``s_enc_0``, ``h_dec_0``,
        ``s_dec_0``. With classes, these five have a row for each.

    Raises
    ------
    ValueError
        If ``mean_image`` has another shape, or pixels that are not from 0 to 1.
    """
    filters = {"read": config.N_read, "write": config.N_write}
    params = {
        **new_maps(rng, maps(config), config, filters, start),
        "c_0": for_each_class(initial_canvas(config, mean_image), config.K),
        **{name: for_each_class(np.zeros(config.H), config.K) for name in STATES},
    }
    return {name: value.astype(dtype) for name, value in params.items()}


def maps(config: Config) -> Maps:
    """The affine maps of a network, by name: the numbers of their inputs and outputs."""
    k = config
    return {
        "enc": (k.read_size + 2 * k.H, 4 * k.H),
        "mu": (k.H, k.Z),
        "log_sigma": (k.H, k.Z),
        "dec": (k.Z + k.H, 4 * k.H),
        "patch": (k.H, k.write_size),
        **({"read": (k.H, 5)} if k.N_read else {}),
        **({"write": (k.H, 5)} if k.N_write else {}),
    }


def new_maps(
    rng: Generator, maps: Maps, config: Any, filters: dict[str, Any], start: Start
) -> Params:
    """New affine maps: LSTMs, attention heads and others, each where its learning starts well.

    Parameters
    ----------
    rng : numpy.random.Generator
    maps : dict of (int, int)
        Inputs and outputs, by name.
    config : Config or GlimpseConfig
    filters : dict of int
        By the name of each attention head: filters along one side of its grid.
    start : Start

    Returns
    -------
    dict of arrays, float64
    """
    new: Params = {}
    for name, (D, K) in maps.items():
        if name in LSTMS:
            new |= lstm_parameters(rng, name, D - config.H, config.H, start.forget_bias)
        elif name in filters:
            new |= head_parameters(rng, name, config, filters[name], start)
        else:
            new |= linear_map(rng, name, D, K)
    return new


def head_parameters(rng: Generator, name: str, config: Any, N: int, start: Start) -> Params:
    """The five-output head of Eq. 21.

    All biases are 0 (centre, full stride, gamma = 1) but that of log sigma^2, which
    makes the first filters ``start.sigma_per_stride`` strides wide.
    """
    linear = linear_map(rng, name, config.H, 5, start.head_scale)
    # one pixel wide where there is no stride to measure by (a 1 x 1 image)
    stride = default_stride(config.A, config.B, N) or 1.0
    linear[f"{name}.b"][2] = 2 * np.log(start.sigma_per_stride * stride)
    return linear


def initial_canvas(config: Config, mean_image: Array | None = None, margin: float = 0.01) -> Array:
    """c_0 at the logit of the mean image, kept ``margin`` away from 0 and 1."""
    if mean_image is None:
        return np.zeros(config.image_shape)
    expect_mean_image(mean_image, config)
    p = np.clip(np.asarray(mean_image, dtype=np.float64), margin, 1 - margin)
    return np.log(p / (1 - p))


def expect_mean_image(mean_image: Array, config: Any) -> None:
    """ValueError unless a mean image has a network's image shape, and pixels from 0 to 1."""
    mean = np.asarray(mean_image)
    if mean.shape != config.image_shape:
        raise ValueError(
            f"mean_image has the shape {mean.shape}: expected {config.image_shape}, channels, "
            "rows and columns"
        )
    if not (mean.min() >= 0 and mean.max() <= 1):
        raise ValueError(
            f"mean_image has pixels from {mean.min()} to {mean.max()}: expected intensities from "
            "0 to 1"
        )


def for_each_class(start: Array, K: int | None) -> Array:
    """An initial state, once for each of K classes, which all begin alike; without, as it is."""
    return start if K is None else np.repeat(start[None], K, axis=0)


def shapes(config: Config) -> dict[str, Shape]:
    """The shape of every parameter of a network, without making one: a dict of tuples."""
    rows = () if config.K is None else (config.K,)
    states = {"c_0": config.image_shape, **dict.fromkeys(STATES, (config.H,))}
    return {**map_shapes(maps(config)), **{name: rows + shape for name, shape in states.items()}}


def expect(params: Params, config: Config) -> None:
    """ValueError unless these are all parameters of a network of these sizes, and no others."""
    wanted = shapes(config)
    lacking, unknown = wanted.keys() - params.keys(), params.keys() - wanted.keys()
    if lacking or unknown:
        said = [f"lack {', '.join(sorted(lacking))}"] if lacking else []
        said += [f"have {', '.join(sorted(unknown))} besides"] if unknown else []
        raise ValueError(f"the parameters {' and '.join(said)}: give those of a network like this")
    for name, shape in wanted.items():
        if params[name].shape != shape:
            raise ValueError(
                f"{name} has the shape {params[name].shape}, and a network of these sizes has "
                f"{shape}: give its own configuration with it"
            )


def map_shapes(maps: Maps) -> dict[str, Shape]:
    """The shapes of the two arrays of every affine map, W and b."""
    return {
        f"{name}.{part}": s
        for name, (D, K) in maps.items()
        for part, s in (("W", (D, K)), ("b", (K,)))
    }


def count(config: Config) -> int:
    """Number of values in all parameters of a network together."""
    return sum(math.prod(shape) for shape in shapes(config).values())
