"""The trained networks that the chapters show: small files in ``chapters/weights/``.

    python -m draw_np.train --preset vae --H 64 --out runs/vae
    python -m draw_np.book.weights runs/vae vae "python -m draw_np.train --preset vae --H 64"

stores what the first line trained as ``vae``, and with it the command that trained it.

Weights are rounded to half precision, a quarter of a checkpoint's size and less, without
the optimiser's moments. What the rounded network reaches on its test images is measured
when it is stored, and stands in the file: it is of these weights, not of those before.
"""

import argparse
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from draw_np import cli, data
from draw_np.measuring import bounds, judging
from draw_np.training import checkpoint, loop, tasks
from draw_np.training.presets import Recipe

PROG = "python -m draw_np.book.weights"
FOLDER = Path(__file__).parents[2] / "chapters" / "weights"
FORMAT = "draw-np weights 1"
LOG_EVERY = 10  # of the log's rows, one in so many is kept


@dataclass(frozen=True)
class Trained:
    """A trained network of the book."""

    name: str  #: what the book calls it
    preset: str  #: what it was trained from
    variant: str  #: on which data exactly
    seed: int  #: of the run
    step: int  #: after which these weights were kept: the lowest validation bound
    command: str  #: what trained it
    config: object  #: sizes of the network
    recipe: Recipe  #: how it was trained
    result: dict  #: measured on the test images: ``bound``, ``error``, ``images``; see ``measure``
    params: dict  #: float32 arrays by name, rounded to half precision
    log: dict  #: of the training, as ``loop.read_log`` gives it, every tenth row

    @property
    def task(self):
        """Which kind of network it is."""
        return tasks.of(self.config)


def names():
    """What is stored, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.npz"))


def load(name):
    """A stored network.

    Parameters
    ----------
    name : str
        One of ``names()``.

    Returns
    -------
    Trained

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name not in names():
        raise ValueError(f"no network {name!r} is stored: choose one of {', '.join(names())}")
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as f:
        arrays = dict(f)
    meta = json.loads(arrays["meta"].tobytes())
    config = tasks.TASKS[meta.pop("task")].config(**meta.pop("config"))
    recipe = Recipe.from_json(meta.pop("recipe"))
    params = {n: v.astype(np.float32) for n, v in checkpoint.group(arrays, "params").items()}
    del meta["format"]
    log = checkpoint.group(arrays, "log")
    return Trained(name=name, config=config, recipe=recipe, params=params, log=log, **meta)


def dataset(trained):
    """The data that it was trained on, loaded afresh."""
    return data.load(trained.recipe.data, trained.recipe.binarise, trained.recipe.data_dir)


def measure(params, config, split):
    """What a network reaches on a split.

    Returns
    -------
    dict
        Of DRAW ``bound`` in nats per image and its standard error ``error``; of the
        classifier the share of images misclassified, ``error``. Both with ``images``.
    """
    if tasks.of(config) is tasks.DRAW:
        found = bounds.bound(params, config, split)
        return {"bound": found.mean, "error": found.error, "images": len(split)}
    errors = judging.judge(params, config, split).error
    return {"error": float(np.mean(errors)), "images": len(split)}


def store(run, name, command, folder=FOLDER):
    """Keep the best weights of a run as ``name``.

    Parameters
    ----------
    run : path
        A run folder, of ``draw_np.train`` or of ``draw_np.classify train``.
    name, command : str
        What the book calls it, and what trained it.
    folder : path

    Returns
    -------
    Path
        The file.
    """
    run = Path(run)
    k = checkpoint.load_best(run, task=None)
    rounded = {n: v.astype(np.float16) for n, v in k.params.items()}
    again = {n: v.astype(np.float32) for n, v in rounded.items()}
    meta = {
        "format": FORMAT,
        **{field: getattr(k, field) for field in ("preset", "variant", "seed", "step")},
        "task": tasks.of(k.config).name,
        "command": command,
        "config": asdict(k.config),
        "recipe": asdict(k.recipe),
        "result": measure(again, k.config, dataset(k).test),
    }
    arrays = {
        "meta": np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8),
        **{f"params/{n}": v for n, v in rounded.items()},
        **{f"log/{n}": v for n, v in thinned(loop.read_log(run / "log.csv")).items()},
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    folder.mkdir(exist_ok=True)
    path = Path(folder) / f"{name}.npz"
    path.write_bytes(buffer.getvalue())
    return path


def thinned(log):
    """A log with one row in ``LOG_EVERY``, the first among them; validations are all kept."""
    return {
        name: v.astype(np.float32)
        if name.startswith("valid")
        else v[::LOG_EVERY].astype(np.float32)
        for name, v in log.items()
    }


def main(argv=None):
    """Store a run; returns the exit code."""
    p = argparse.ArgumentParser(prog=PROG, description="Keep a trained network for the chapters.")
    p.add_argument("run", type=Path, help="a run folder")
    p.add_argument("name", help="what the chapters call it")
    p.add_argument("command", help="what trained it, in quotes")
    args = p.parse_args(argv)
    with cli.user_errors(checkpoint.CheckpointError, OSError):
        path = store(args.run, args.name, args.command)
    trained = load(args.name)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB, {trained.result}")
    return 0


if __name__ == "__main__":
    cli.run(main, PROG)
