"""Training: one step, and the loop around it that never loses a run."""

import csv
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from draw_np import bounds, checkpoint, optim, parameters, streams
from draw_np.engines import ENGINES


class Measured(NamedTuple):
    """What one training step measured, before its update."""

    step: int  #: the step, from 1
    seconds: float  #: since the run began, sittings added up
    lr: float  #: learning rate
    norm: float  #: global norm of the gradient before clipping
    L_x: float  #: nats per image
    L_z: np.ndarray  #: KL of every step t, nats per image, (T,)

    @property
    def bound(self):
        """L^x + L^z, nats per image."""
        return self.L_x + float(self.L_z.sum())


class NotFinite(ArithmeticError):
    """A loss or a gradient turned NaN or infinite; the state is that before the step."""

    def __init__(self, step, bound, gradient):
        bad = [name for name, g in gradient.items() if not np.all(np.isfinite(g))]
        first = f"the gradient of {bad[0]}" if bad else "the bound itself"
        others = f" (and of {len(bad) - 1} more)" if len(bad) > 1 else ""
        super().__init__(f"step {step}: the bound is {bound}, first not finite: {first}{others}")
        self.step, self.groups = step, bad


def begin(preset, config, recipe, dataset, seed):
    """The state of a run before its first step.

    Parameters
    ----------
    preset : str
        Name, for the record.
    config : Config
    recipe : presets.Recipe
    dataset : data.dataset.Dataset
    seed : int

    Returns
    -------
    checkpoint.Checkpoint

    Raises
    ------
    ValueError
        If the images do not fit the configuration, or a batch is larger than the data.
    """
    if dataset.image_shape != config.image_shape:
        raise ValueError(
            f"the data set {dataset.name} has images of shape {dataset.image_shape} (channels, "
            f"rows, columns), and the network is made for {config.image_shape}"
        )
    if recipe.batch_size > len(dataset.train):
        raise ValueError(
            f"a batch of {recipe.batch_size} is larger than the {len(dataset.train)} training "
            f"images: give --batch-size {len(dataset.train)} or less"
        )
    rngs = streams.streams(seed)
    params = parameters.initialise(
        rngs["initialisation"], config, recipe.start, dataset.train.mean()
    )
    return checkpoint.Checkpoint(
        preset=preset,
        variant=dataset.variant,
        seed=seed,
        step=0,
        seconds=0.0,
        config=config,
        recipe=recipe,
        params=params,
        adam=optim.Adam.for_parameters(params),
        streams=rngs,
        waiting=np.zeros(0, dtype=np.int64),
    )


def draw_batch(k, dataset):
    """The next minibatch and its noise, from the run's streams.

    Returns
    -------
    x : array, shape (M, C, B, A), float32
    eps : array, shape (T, M, Z), float32
    """
    M, c = k.recipe.batch_size, k.config
    order = streams.Order(len(dataset.train), k.streams["order"], k.waiting)
    x = dataset.train.batch(order.take(M), k.streams["binarisation"])
    k.waiting = order.waiting
    eps = k.streams["noise"].standard_normal((c.T, M, c.Z), dtype=np.float32)
    return x, eps


def advance(k, dataset):
    """One training step: batch, gradient, clipping, Adam. Changes ``k`` in place.

    Returns
    -------
    Measured

    Raises
    ------
    NotFinite
        Before anything but the random streams has changed.
    """
    began, recipe = time.perf_counter(), k.recipe
    before = streams.states(k.streams), k.waiting
    x, eps = draw_batch(k, dataset)
    engine = ENGINES[recipe.engine]
    terms, gradient = engine.terms_and_gradient(k.params, x, eps, k.config)
    clipped, norm = optim.clip_by_global_norm(gradient, recipe.clip)
    bound = float(terms.L_x + np.sum(terms.L_z))
    if not np.isfinite(bound + norm):
        k.streams, k.waiting = streams.restored(before[0]), before[1]
        raise NotFinite(k.step + 1, bound, gradient)
    lr = optim.SCHEDULES[recipe.schedule](k.step, recipe.steps, recipe.lr)
    k.adam.update(k.params, clipped, lr)
    k.step += 1
    k.seconds += time.perf_counter() - began
    return Measured(k.step, k.seconds, lr, norm, float(terms.L_x), np.asarray(terms.L_z))


def train(k, dataset, folder, last_step, report):
    """Train from ``k.step`` to ``last_step``, leaving checkpoints and a log in ``folder``.

    Every ``check_every`` steps, and at the end, the validation bound is measured and
    ``checkpoint.npz`` written; ``best.npz`` is the one with the lowest validation
    bound. A signal to stop (Ctrl-C) ends the loop after the step in hand, with a
    checkpoint.

    Parameters
    ----------
    k : checkpoint.Checkpoint
        Changed in place.
    dataset : data.dataset.Dataset
    folder : Path
        Exists.
    last_step : int
    report : callable
        Called with ``Measured`` and the validation bound or None after every step.

    Returns
    -------
    bool
        Whether it came to ``last_step``: False after a signal.

    Raises
    ------
    NotFinite
        After the last good state was written to ``checkpoint.npz``.
    """
    with Log(folder / "log.csv", k) as log, stop_signals() as stopped:
        try:
            while k.step < last_step and not stopped:
                measured = advance(k, dataset)
                due = k.step % k.recipe.check_every == 0 or k.step == last_step
                valid = validate(k, dataset, folder) if due else None
                log.write(measured, valid)
                report(measured, valid)
        finally:
            checkpoint.save(folder / "checkpoint.npz", k)
    return k.step >= last_step


def validate(k, dataset, folder):
    """The validation bound; writes ``checkpoint.npz``, and ``best.npz`` if it is the lowest."""
    valid = bounds.bound(k.params, k.config, dataset.valid).mean
    if k.best is None or valid < k.best:
        k.best = valid
        checkpoint.save(folder / "best.npz", k)
    checkpoint.save(folder / "checkpoint.npz", k)
    return valid


@contextmanager
def stop_signals():
    """Within the block Ctrl-C and SIGTERM only fill the list that it gives."""
    received = []
    handled = [signal.SIGINT, signal.SIGTERM]
    before = [signal.signal(s, lambda number, _: received.append(number)) for s in handled]
    try:
        yield received
    finally:
        for s, handler in zip(handled, before, strict=True):
            signal.signal(s, handler)


class Log:
    """``log.csv``: a row a training step, kept in step with the checkpoint on resume."""

    def __init__(self, path, k):
        names = [f"kl_{t}" for t in range(1, k.config.T + 1)]
        self.header = ["step", "seconds", "lr", "norm", "bound", "L_x", "L_z", "valid", *names]
        kept = [row for row in read_rows(path) if int(row[0]) <= k.step]
        rewritten = path.with_name(path.name + ".unfinished")
        with open(rewritten, "w", newline="") as f:
            csv.writer(f).writerows([self.header, *kept])
        os.replace(rewritten, path)
        self.file = open(path, "a", newline="")  # noqa: SIM115, closed by __exit__
        self.rows = csv.writer(self.file)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.file.close()

    def write(self, m, valid):
        """Add the row of one step; ``valid`` is empty where nothing was validated."""
        numbers = [m.seconds, m.lr, m.norm, m.bound, m.L_x, float(m.L_z.sum())]
        row = [m.step, *(f"{v:.6g}" for v in numbers)]
        row.append("" if valid is None else f"{valid:.6g}")
        self.rows.writerow(row + [f"{v:.5g}" for v in m.L_z])
        if valid is not None:  # a checkpoint was written: the log is to be no older
            self.file.flush()


def read_rows(path):
    """The whole rows of a log without its header; a row cut short by a crash is left out."""
    if not Path(path).exists():
        return []
    with open(path, newline="") as f:
        header, *rows = list(csv.reader(f)) or [[]]
    return [row for row in rows if len(row) == len(header)]


def read_log(path):
    """A log as arrays, in the form that ``plot.curves`` takes.

    Returns
    -------
    dict
        ``step``, ``seconds``, ``bound``, ``L_x``, ``L_z`` of shape (n,), ``kl`` of
        shape (n, T), and ``valid_step``, ``valid_bound`` of the validated steps.
    """
    rows = read_rows(path)
    values = np.array([[float(v) if v else np.nan for v in row] for row in rows])
    step, seconds, _, _, bound, L_x, L_z, valid = values[:, :8].T
    seen = ~np.isnan(valid)
    return {
        "step": step,
        "seconds": seconds,
        "bound": bound,
        "L_x": L_x,
        "L_z": L_z,
        "kl": values[:, 8:],
        "valid_step": step[seen],
        "valid_bound": valid[seen],
    }
