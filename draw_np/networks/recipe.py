"""How a network is trained: a recipe, and the stretches of a training that changed it."""

import operator
from dataclasses import asdict, dataclass, field
from os import fspath
from typing import Any

from draw_np.parameters import Start


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Parameters
    ----------
    data, binarise, data_dir : str, str or None, str or None
        The data set, its binarisation (None: what suits the set) and the folder of its
        original files (None: downloaded), as ``draw_np.data.load`` takes them.
    steps : int
        Training steps of the whole run; the schedule ends there.
    batch_size : int
        Images a step.
    lr : float
        Largest learning rate.
    schedule : str
        One of ``training.schedules.SCHEDULES``.
    clip : float
        Largest global norm of a gradient.
    start : parameters.Start
        Where learning starts.
    check_every : int
        Steps between two checkpoints, each with a validation.
    engine : str
        Which way to the gradient, one of ``training.engines.ENGINES``.
    segments : int
        In how many pieces the T steps are kept for the backward pass; with more than 1
        they are computed again, which saves memory and costs time.

    Raises
    ------
    ValueError
        If a number makes no sense.
    """

    data: str = "digits"
    binarise: str | None = None
    data_dir: str | None = None
    steps: int = 3000
    batch_size: int = 64
    lr: float = 3e-3
    schedule: str = "cosine"
    clip: float = 10.0
    start: Start = field(default_factory=Start)
    check_every: int = 250
    engine: str = "manual"
    segments: int = 1

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "check_every", "segments"):
            self.settle(name, whole(name, getattr(self, name), least=1))
        for name in ("lr", "clip"):
            self.settle(name, positive(name, getattr(self, name)))
        for name in ("data", "data_dir"):  # a pathlib.Path will do, but JSON knows only text
            value = getattr(self, name)
            self.settle(name, value if value is None else fspath(value))

    def settle(self, name: str, value: Any) -> None:
        """Set a field of this frozen record, while it is made."""
        object.__setattr__(self, name, value)

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> "Recipe":
        """The recipe from its ``dataclasses.asdict`` form."""
        return cls(**{**saved, "start": Start(**saved["start"])})


@dataclass(frozen=True)
class Stretch:
    """A part of a training in which nothing about it was changed."""

    first: int  #: training steps made before it
    T: int  #: drawing steps of the network, or glimpses
    recipe: Recipe
    weights: str | None = None  #: whose weights it began with, alone; None: it went on, or was new

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> "Stretch":
        """The stretch from its ``dataclasses.asdict`` form."""
        return cls(**{**saved, "recipe": Recipe.from_json(saved["recipe"])})

    def to_json(self) -> dict[str, Any]:
        """The stretch as JSON can hold it."""
        return asdict(self)


def whole(name: str, value: Any, least: int) -> int:
    """``value`` as an int of at least ``least``; a number of NumPy's will do.

    Raises
    ------
    ValueError
        If it is none; the sentence begins with ``name``.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} = {value!r}: it must be a whole number") from None
    if number < least:
        raise ValueError(f"{name} = {number}: it must be at least {least}")
    return number


def positive(name: str, value: Any) -> float:
    """``value`` as a finite float above 0; ValueError if it is none."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0.0
    if isinstance(value, str) or not 0 < number < float("inf"):
        raise ValueError(f"{name} = {value}: it must be positive, and a number")
    return number
