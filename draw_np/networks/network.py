"""A trained network: what it is, how it was trained, and what can be done with it."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from draw_np import data, glimpse, model, parameters, pyramid
from draw_np.arrays import Array, Generator, Params, Shape
from draw_np.config import Config
from draw_np.data.fingerprint import fingerprint
from draw_np.machine import backend
from draw_np.measuring import bounds
from draw_np.networks import file
from draw_np.networks.file import NetworkError, PathLike
from draw_np.networks.recipe import Recipe, Stretch, whole

FOLDER = Path(__file__).parent
HELP = "a run folder (its best checkpoint), a file, or a packaged network such as small"
SEEN = ("best.npz", "checkpoint.npz")  # what a run folder stands for, the first that is there


class Kind(NamedTuple):
    """A kind of network: DRAW, a classifier, or a pyramid."""

    name: str  #: in a file
    about: str  #: in a sentence
    command: str  #: which trains it
    config: type[Any]  #: of its sizes
    shapes: Callable[[Any], dict[str, Shape]]  #: config -> the shapes of its parameters, by name
    code: Any  #: the module of its equations
    needed: Callable[[Any], dict[str, Shape]]  #: those parameters that a packaged one keeps


DRAW = Kind(
    "draw",
    "a network that draws",
    "python -m draw_np.train",
    Config,
    parameters.shapes,
    model,
    parameters.shapes,
)
GLIMPSE = Kind(
    "glimpse",
    "a classifier",
    "python -m draw_np.classify train",
    glimpse.GlimpseConfig,
    glimpse.shapes,
    glimpse,
    glimpse.shapes,
)
PYRAMID = Kind(
    "pyramid",
    "a pyramid of adversarial networks",
    "python -m draw_np.train --preset small-pyramid",
    pyramid.PyramidConfig,
    pyramid.shapes,
    pyramid,
    pyramid.drawing_shapes,
)
KINDS = {kind.name: kind for kind in (DRAW, GLIMPSE, PYRAMID)}


def kind_of(config: Any) -> Kind:
    """The kind of network that has sizes of this type."""
    return next(kind for kind in KINDS.values() if isinstance(config, kind.config))


@dataclass(kw_only=True)
class Network:
    """A network and where it comes from. Checkpoints are networks with what training needs.

    ``load`` reads one; ``draw``, ``redraw`` and ``bound`` use it.
    """

    preset: str  #: name of the preset that its run began with
    variant: str  #: which data exactly it was trained on
    seed: int  #: of the run
    step: int  #: training steps made
    seconds: float  #: spent training
    config: Any  #: sizes, of the type that its kind has, ``Config`` for DRAW
    recipe: Recipe  #: how it was trained, at the end
    params: Params  #: arrays by name
    past: tuple[Stretch, ...] = ()  #: earlier stretches, in which something was different
    first: int = 0  #: training steps made before the last stretch
    weights: str | None = None  #: whose weights the last stretch began with, alone
    fingerprint: str | None = None  #: of the data, ``data.fingerprint``; None where not recorded
    command: str | None = None  #: what trained it, for a packaged one
    result: dict[str, Any] = field(default_factory=dict)  #: measured of a packaged one's weights
    log: Params = field(default_factory=dict)  #: of its training, every tenth row, likewise
    name: str = ""  #: of a packaged one

    @property
    def kind(self) -> Kind:
        """Whether it is ``DRAW``, a classifier (``GLIMPSE``) or a ``PYRAMID``."""
        return kind_of(self.config)

    @property
    def count(self) -> int:
        """Number of values in all parameters."""
        return sum(value.size for value in self.params.values())

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """All stretches of its training, in order."""
        return (*self.past, Stretch(self.first, self.config.T, self.recipe, self.weights))

    @property
    def given_weights(self) -> bool:
        """Whether its run began with the weights of a trained network, not with new ones."""
        return any(stretch.weights is not None for stretch in self.stretches)

    @property
    def origin(self) -> int:
        """The step from which its schedule counts: 0, or where it was given weights last."""
        return max((s.first for s in self.stretches if s.weights is not None), default=0)

    def seen(self, weigh: Callable[[Stretch], int] = lambda stretch: 1) -> int:
        """Images that were trained on, each counted ``weigh(stretch)`` times."""
        ends = [*(s.first for s in self.stretches[1:]), self.step]
        return sum(
            (end - s.first) * s.recipe.batch_size * weigh(s)
            for s, end in zip(self.stretches, ends, strict=True)
        )

    def on(self, xp: Any) -> "Network":
        """Move the parameters to the array library ``xp``; returns this network."""
        self.params.update(backend.to_library(xp, self.params))
        return self

    def dataset(self, data_dir: PathLike | None = None) -> data.dataset.Dataset:
        """The data it was trained on, loaded afresh, and held to what it was then.

        Parameters
        ----------
        data_dir : path, optional
            The folder of its original files, where that is another than in training.

        Returns
        -------
        data.dataset.Dataset

        Raises
        ------
        ValueError
            If it is missing, or other data than the network was trained on.
        """
        folder = data_dir or self.recipe.data_dir
        loaded = data.load(self.recipe.data, self.recipe.binarise, folder)
        self.expect_data(loaded)
        return loaded

    def expect_data(self, dataset: data.dataset.Dataset) -> None:
        """ValueError unless a data set is the one that this network was trained on."""
        same = dataset.image_shape == self.config.image_shape
        if self.fingerprint is not None:  # the first edition kept none
            same = self.fingerprint == fingerprint(dataset)
        if not same:
            raise ValueError(
                f"the network was trained on other images ({self.variant}) than those of "
                f"{dataset.name} now ({dataset.variant}): name the folder of the same files "
                "(data_dir, or --data-dir in a command), or train another network on these"
            )

    def draw(self, n: int, seed: int = 0, labels: ArrayLike | None = None) -> model.Drawing:
        """Draw new images (Eqs. 13-16; of a pyramid from coarse to fine).

        Parameters
        ----------
        n : int
            How many; image m is made of latents that do not depend on n.
        seed : int
            Of the latents.
        labels : int or array of int, shape (n,), optional
            What is to be drawn: one class for all, or one an image. A network with
            classes that is not told draws them in turn.

        Returns
        -------
        model.Drawing
            Canvases c over time, logits of shape (T + 1, n, C, B, A), the writing
            windows, and as ``means`` what the canvases look like, in [0, 1]. Of a pyramid
            ``pyramid.Pictures``. The images are ``means[-1]`` of both.
        """
        self.must_draw(DRAW, PYRAMID)
        z = latents(whole("n", n, 1), self.config, generator(seed))
        if self.kind is PYRAMID:
            if labels is not None:
                raise ValueError("a pyramid has no classes to ask for: leave labels out")
            return backend.to_host(pyramid.generate(self.params, self.alongside(z), self.config))
        asked = in_turn(n, self.config) if labels is None else self.labels(labels, n)
        z, asked = self.alongside((z, asked))
        return backend.to_host(model.generate(self.params, z, self.config, asked))

    def redraw(
        self, images: ArrayLike, seed: int = 0, labels: ArrayLike | None = None
    ) -> model.Drawing:
        """Look at images and draw them again (Eqs. 3-8).

        Parameters
        ----------
        images : array, shape (M, C, B, A) or (C, B, A); grey ones also (M, B, A) or (B, A)
            Values in [0, 1].
        seed : int
            Of the noise.
        labels : int or array of int, shape (M,), optional
            The class of every image, where the network has classes.

        Returns
        -------
        model.Drawing
            As ``draw``, with the reading windows and the KL of every step, (T, M).
        """
        self.must_draw()
        x = self.images(images)
        eps = latents(len(x), self.config, generator(seed))
        x, eps, known = self.alongside((x, eps, self.labels(labels, len(x))))
        return backend.to_host(model.reconstruct(self.params, x, eps, self.config, known))

    def bound(
        self, images: ArrayLike, samples: int = 10, seed: int = 0, labels: ArrayLike | None = None
    ) -> bounds.Bound:
        """How many nats the network needs for images, or for images given their labels (Eq. 12).

        Parameters
        ----------
        images : array
            As ``redraw`` takes them. Only images of 0 and 1 give a code length.
        samples : int
            Draws of the noise an image.
        seed : int
            Of the noise.
        labels : int or array of int, shape (M,), optional
            As ``redraw`` takes them.

        Returns
        -------
        measuring.bounds.Bound
            With ``mean``, its standard ``error``, ``importance_weighted``, and more.
        """
        self.must_draw()
        x = self.images(images)
        split = data.dataset.Images(x, self.labels(labels, len(x)))
        K, seed = whole("samples", samples, 1), whole("seed", seed, 0)
        return bounds.bound(self.params, self.config, split, K, seed)

    def must_draw(self, *kinds: Kind) -> None:
        """ValueError unless this is of one of the kinds; without any, DRAW."""
        if self.kind not in (kinds or (DRAW,)):
            lacks = "has no bound and cannot redraw" if self.kind is PYRAMID else "does not draw"
            raise ValueError(f"this is {self.kind.about}, and {lacks}: load {DRAW.about}")

    def alongside(self, arrays: Any) -> Any:
        """An array, or some of them, on the device of the parameters."""
        return backend.alongside(self.params, arrays)

    def labels(self, labels: ArrayLike | None, M: int) -> Array | None:
        """Labels of M images as an array, (M,), or None; ValueError if they do not fit."""
        if labels is not None:
            labels = np.asarray(labels)
            labels = np.full(M, labels) if labels.ndim == 0 else labels
        model.expect_labels(labels, M, self.config.K)
        return labels

    def images(self, images: ArrayLike) -> Array:
        """Images as (M, C, B, A), float32; ValueError if they do not fit the network."""
        x = np.asarray(images)
        if x.dtype.kind not in "fuib":
            raise ValueError(f"images are of the type {x.dtype}: give numbers in [0, 1]")
        C, *sides = self.config.image_shape
        shapes = [(C, *sides), tuple(sides)] if C == 1 else [(C, *sides)]
        if not x.size or not any(shape in (x.shape, x.shape[1:]) for shape in shapes):
            raise ValueError(
                f"images have the shape {x.shape}: expected (number of images, "
                f"{', '.join(map(str, self.config.image_shape))}): channels, rows, columns"
            )
        if not (np.min(x) >= 0 and np.max(x) <= 1):
            raise ValueError(
                f"images have values from {np.min(x)} to {np.max(x)}: they must lie in [0, 1]; "
                "divide bytes by 255"
            )
        return x.reshape(-1, *self.config.image_shape).astype(np.float32)

    def meta(self) -> dict[str, Any]:
        """All but the arrays, as JSON can hold it; ``described`` reads it back."""
        plain = "preset variant seed step seconds first weights fingerprint command result".split()
        return {
            **{name: getattr(self, name) for name in plain},
            "task": self.kind.name,
            "config": asdict(self.config),
            "recipe": asdict(self.recipe),
            "past": [stretch.to_json() for stretch in self.past],
        }

    def save(self, path: PathLike) -> None:
        """Write this network alone, in half precision, and its log; raises OSError.

        What is read back is rounded: measure it, and not what was saved. Of a pyramid the
        discriminators are left out.
        """
        needed = self.kind.needed(self.config)
        params = backend.to_host({name: self.params[name] for name in needed})
        arrays: dict[str, Any] = {f"params/{name}": np.float16(v) for name, v in params.items()}
        arrays |= {f"log/{n}": np.float32(v) for n, v in self.log.items()}
        file.write(path, self.meta(), arrays, compressed=True)


def generator(seed: int) -> Generator:
    """A generator of the seed, which must be a whole number: no run without one."""
    return np.random.default_rng(whole("seed", seed, 0))


def latents(n: int, config: Config, rng: Generator) -> Array:
    """Standard normal draws for n images, (T, n, Z): those of image m do not depend on n."""
    z = rng.standard_normal((n, config.T, config.Z), dtype=np.float32)
    return np.swapaxes(z, 0, 1)


def in_turn(n: int, config: Config) -> Array | None:
    """Labels of n images, (n,): class after class, over and over; None without classes."""
    return None if config.K is None else np.arange(n) % config.K


# ---------------------------------------------------------------- reading


def names() -> list[str]:
    """The networks that come with the package, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.npz"))


def find(which: PathLike, seen: tuple[str, ...] = SEEN) -> Path:
    """The file that a path, a run folder or the name of a packaged network stands for.

    Parameters
    ----------
    which : str or path
    seen : tuple of str
        What a run folder stands for: the first of these files that is in it.

    Returns
    -------
    Path

    Raises
    ------
    NetworkError
        If there is none; the names that there are are listed.
    """
    path, packaged = Path(which), str(which) in names()
    is_run = any((path / name).exists() for name in SEEN)
    if packaged and (not path.exists() or (path.is_dir() and not is_run)):
        return FOLDER / f"{which}.npz"
    if path.is_dir():
        return next((path / name for name in seen if (path / name).exists()), path / seen[-1])
    if not path.exists():
        raise NetworkError(
            f"there is no network {str(which)!r}: give a run folder, an .npz file, or one of "
            f"{', '.join(names())}"
        )
    return path


def kind_in(which: PathLike, seen: tuple[str, ...] = SEEN) -> Kind:
    """The kind of the network in a file, as ``find`` finds it; raises NetworkError."""
    with file.Reader(find(which, seen)) as reader:
        return KINDS[reader.meta.get("task", "draw")]


def load(which: PathLike, kind: Kind | None = None) -> Network:
    """A trained network.

    Parameters
    ----------
    which : str or path
        The name of a network that comes with the package, an ``.npz`` file, or a run
        folder, which stands for its best checkpoint.
    kind : Kind, optional
        ``DRAW``, ``GLIMPSE`` or ``PYRAMID``, where only one of them will do.

    Returns
    -------
    Network

    Raises
    ------
    NetworkError
        If there is none of that name; or the file is cut short, damaged, of a later
        version, something else or of another kind; or its arrays do not fit its own
        configuration.
    """
    path = find(which)
    with file.Reader(path) as reader:
        network = Network(**described(reader), params=read_params(reader), log=read_log(reader))
    network.name = path.stem if path.parent == FOLDER else ""
    return held_to(kind, network, path)


def held_to(kind: Kind | None, network: Network, path: Path) -> Network:
    """The network itself, or a NetworkError if it is not of that kind."""
    if kind is not None and network.kind is not kind:
        raise NetworkError(
            f"{path} holds {network.kind.about}, and {kind.about} is wanted here: give a run of "
            f"{kind.command}"
        )
    return network


def described(reader: file.Reader) -> dict[str, Any]:
    """The fields of ``Network`` that are no arrays, from the JSON of a file."""
    meta = reader.meta
    config = KINDS[meta.get("task", "draw")].config(**meta["config"])
    fields = {
        **{name: text(meta[name]) for name in ("preset", "variant")},
        **{name: whole(name, meta[name], 0) for name in ("seed", "step")},
        "seconds": float(meta["seconds"]),
        "config": config,
        "recipe": Recipe.from_json(meta["recipe"]),
    }
    if meta["format"] == file.FIRST:
        return fields
    return {
        **fields,
        "past": tuple(Stretch.from_json(saved) for saved in meta["past"]),
        "first": whole("first", meta["first"], 0),
        **{name: meta[name] and text(meta[name]) for name in ("weights", "fingerprint", "command")},
        "result": dict(meta["result"]),
    }


def text(value: Any) -> str:
    """A text of the JSON; TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def read_params(reader: file.Reader, group: str = "params") -> Params:
    """The parameters, or what has their shapes: all of them, finite, half precision widened."""
    config = KINDS[reader.meta.get("task", "draw")].config(**reader.meta["config"])
    kind, names = kind_of(config), set(reader.names(group))
    shapes = kind.shapes(config)
    if group == "params" and names == set(kind.needed(config)):
        shapes = kind.needed(config)
    if names != set(shapes):
        raise NetworkError(
            f"{reader.path} does not have the shapes of its own configuration {config}: "
            f"arrays are missing or too many under {group}; use an undamaged copy"
        )
    arrays = {name: reader.array(f"{group}/{name}", s, "f") for name, s in shapes.items()}
    if not all(np.isfinite(a).all() for a in arrays.values()):
        raise NetworkError(f"{reader.path} holds values that are not finite: train it again")
    return {n: a.astype(np.float32) if a.dtype == np.float16 else a for n, a in arrays.items()}


def read_log(reader: file.Reader) -> Params:
    """The log of a packaged network's training; empty in a checkpoint."""
    rows = reader.meta["step"] + reader.meta["recipe"]["steps"]
    log = {}
    for name in reader.names("log"):
        shape, _ = reader.header(f"log/{name}")
        if len(shape) > 2 or math.prod(shape) > rows * (reader.meta["config"]["T"] + 1):
            raise ValueError(f"log/{name} is too large")
        log[name] = reader.array(f"log/{name}", shape)
    if len({len(log[name]) for name in log if not name.startswith("valid")}) > 1:
        raise ValueError("the columns of its log have different lengths")
    return log
