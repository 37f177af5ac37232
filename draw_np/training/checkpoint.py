"""Checkpoints: one ``.npz`` a moment of training, without pickle, written atomically.

Inside, arrays are named ``params/...``, ``adam_m/...``, ``adam_v/...`` and
``order/waiting``; everything else is the JSON text ``meta``. All are NumPy's, wherever the
network was trained, and go wherever it is wanted (``Checkpoint.on``).
"""

import json
import os
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from draw_np.machine import backend
from draw_np.training import tasks
from draw_np.training.optim import Adam
from draw_np.training.presets import Recipe
from draw_np.training.streams import restored, states

FORMAT = "draw-np checkpoint 1"


class CheckpointError(ValueError):
    """A file that cannot be used as a checkpoint, with one sentence that says why."""


@dataclass
class Checkpoint:
    """Everything that training needs to go on bit for bit."""

    preset: str  #: name of the preset the run began with
    variant: str  #: which data exactly it was trained on
    seed: int  #: of the run
    step: int  #: training steps made
    seconds: float  #: spent training so far
    config: object  #: sizes of the network; its type says which kind it is (``tasks.of``)
    recipe: Recipe  #: how it is trained
    params: dict  #: arrays by name
    adam: Adam  #: with its two moments
    streams: dict  #: a numpy.random.Generator a purpose
    waiting: np.ndarray  #: indices of training images shuffled but not used yet
    best: float | None = None  #: lowest validation bound so far, in nats

    def on(self, xp):
        """Move parameters and moments to the array library ``xp``; returns this checkpoint."""
        for values in (self.params, self.adam.m, self.adam.v):
            values.update(backend.to_library(xp, values))
        return self


def save(path, checkpoint):
    """Write a checkpoint so that ``path`` holds either the old file or the whole new one.

    Parameters
    ----------
    path : path
    checkpoint : Checkpoint

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    path = Path(path)
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with open(unfinished, "wb") as f:
            np.savez(f, **packed(checkpoint))
            f.flush()
            os.fsync(f.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def packed(k):
    """The arrays of the file, by name."""
    meta = {
        "format": FORMAT,
        **{name: getattr(k, name) for name in ("preset", "variant", "seed", "step", "seconds")},
        "best": k.best,
        "task": tasks.of(k.config).name,
        "config": asdict(k.config),
        "recipe": asdict(k.recipe),
        "adam_t": k.adam.t,
        "streams": states(k.streams),
    }
    return {
        "meta": np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8),
        "order/waiting": k.waiting,
        **{
            f"{group}/{name}": value
            for group, values in (("params", k.params), ("adam_m", k.adam.m), ("adam_v", k.adam.v))
            for name, value in backend.to_host(values).items()
        },
    }


def load(path, task=tasks.DRAW):
    """Read a checkpoint.

    Parameters
    ----------
    path : path
        A file, or a run folder that holds ``checkpoint.npz``.
    task : tasks.Task or None
        Which kind of network it must hold; None for any.

    Returns
    -------
    Checkpoint

    Raises
    ------
    CheckpointError
        If there is no such file, or it is cut short or damaged, or not a checkpoint
        of this project, or holds another kind of network, or its arrays do not fit its
        own configuration.
    """
    path = Path(path)
    path = path / "checkpoint.npz" if path.is_dir() else path
    arrays = read_arrays(path)
    try:
        k = unpacked(arrays)
    except (KeyError, ValueError, TypeError, AttributeError) as e:
        raise CheckpointError(
            f"{path} is not a checkpoint of this version ({FORMAT}): give a checkpoint.npz that "
            "draw_np.train wrote"
        ) from e
    hold_to_configuration(path, k)
    found = tasks.of(k.config)
    if task is not None and found is not task:
        raise CheckpointError(
            f"{path} holds {found.about}, and {task.about} is wanted here: give a run of "
            f"{task.command}"
        )
    return k


def load_best(path, task=tasks.DRAW):
    """``load``, but a run folder stands for its ``best.npz``: the lowest validation bound."""
    best = Path(path) / "best.npz"
    return load(best if best.exists() else path, task)


def unpacked(arrays):
    """The Checkpoint of the arrays of a file; the inverse of ``packed``."""
    meta = json.loads(arrays["meta"].tobytes())
    if meta["format"] != FORMAT:
        raise ValueError(meta["format"])
    return Checkpoint(
        **{name: meta[name] for name in ("preset", "variant", "seed", "step", "seconds", "best")},
        config=tasks.TASKS[meta.get("task", "draw")].config(**meta["config"]),
        recipe=Recipe.from_json(meta["recipe"]),
        params=group(arrays, "params"),
        adam=Adam(group(arrays, "adam_m"), group(arrays, "adam_v"), meta["adam_t"]),
        streams=restored(meta["streams"]),
        waiting=arrays["order/waiting"],
    )


def read_arrays(path):
    """All arrays of the file at ``path``, or a CheckpointError."""
    if not path.exists():
        raise CheckpointError(
            f"there is no checkpoint {path}: give a run folder or its checkpoint.npz"
        )
    try:
        with open(path, "rb") as f:
            return dict(np.load(f, allow_pickle=False))  # a lone .npy is a ValueError or TypeError
    except OSError as e:
        raise CheckpointError(f"{path} cannot be read ({e.strerror or e})") from e
    except (ValueError, TypeError, EOFError, zipfile.BadZipFile, NotImplementedError) as e:
        raise CheckpointError(
            f"{path} is not a whole checkpoint: it is damaged, cut short or another kind of file; "
            "use an undamaged copy, or train again"
        ) from e


def group(arrays, name):
    """The arrays under ``name/``, without that prefix."""
    return {key[len(name) + 1 :]: a for key, a in arrays.items() if key.startswith(name + "/")}


def hold_to_configuration(path, k):
    """CheckpointError unless all parameters are there in the shapes of the configuration."""
    expected = tasks.of(k.config).shapes(k.config)
    for found in (k.params, k.adam.m, k.adam.v):
        if {name: a.shape for name, a in found.items()} != expected:
            raise CheckpointError(
                f"the arrays in {path} do not have the shapes of its own configuration "
                f"{k.config}: the file was changed; use an undamaged copy"
            )
