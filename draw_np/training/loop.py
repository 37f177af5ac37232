"""Training: one step, and the loop around it that never loses a run."""

import csv
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from threading import current_thread, main_thread
from typing import NamedTuple

import numpy as np

from draw_np.data.fingerprint import fingerprint
from draw_np.machine import backend, parallel
from draw_np.networks.recipe import whole
from draw_np.training import checkpoint, optim, schedules, streams, tasks

STOPS = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


class Measured(NamedTuple):
    """What one training step measured, before its update."""

    step: int  #: the step, from 1
    seconds: float  #: since the run began, sittings added up
    lr: float  #: learning rate
    norm: float  #: global norm of the gradient before clipping
    numbers: dict  #: by name, first what is minimised: ``tasks.Task.numbers``

    @property
    def objective(self):
        """What is minimised; for DRAW the bound, nats per image."""
        return next(iter(self.numbers.values()))


class NotFinite(ArithmeticError):
    """A loss or a gradient turned NaN or infinite; the state is that before the step."""

    def __init__(self, step, name, value, gradient):
        bad = [group for group, g in gradient.items() if not np.all(np.isfinite(g))]
        first = f"the gradient of {bad[0]}" if bad else f"the {name} itself"
        others = f" (and of {len(bad) - 1} more)" if len(bad) > 1 else ""
        super().__init__(f"step {step}: the {name} is {value}, first not finite: {first}{others}")
        self.step, self.groups = step, bad


def begin(preset, config, recipe, dataset, seed):
    """The state of a run before its first step.

    Parameters
    ----------
    preset : str
        Name, for the record.
    config : Config or GlimpseConfig
        Its type says what is trained.
    recipe : presets.Recipe
    dataset : data.dataset.Dataset
    seed : int

    Returns
    -------
    checkpoint.Checkpoint

    Raises
    ------
    ValueError
        If the images do not fit the configuration, a batch is larger than the data, or
        a classifier is given no labels.
    """
    seed = whole("seed", seed, least=0)
    rngs, task = streams.streams(seed), tasks.of(config)
    fits(config, recipe, dataset)
    params = task.initialise(rngs["initialisation"], config, recipe.start, dataset.train)
    return checkpoint.Checkpoint(
        preset=preset,
        variant=dataset.variant,
        fingerprint=fingerprint(dataset),
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


def begin_with(source, preset, config, recipe, dataset, seed):
    """The state of a run that begins with the weights of a trained network, and with nothing else.

    Adam is fresh, the rate warms up, and the steps are counted on from those of the network.

    Parameters
    ----------
    source : networks.Network
        Its sizes must be those of ``config``, but T may be another: no parameter depends on it.
    preset, config, recipe, dataset, seed
        As ``begin`` takes them.

    Returns
    -------
    checkpoint.Checkpoint

    Raises
    ------
    ValueError
        As ``begin``, and if the sizes are others, or there are no steps left to train.
    """
    had, wanted = asdict(source.config), asdict(config)
    others = [name for name in wanted if name != "T" and wanted[name] != had.get(name)]
    if others:
        sizes = ", ".join(f"{name} = {had.get(name)} and not {wanted[name]}" for name in others)
        raise ValueError(f"the weights are of a network with {sizes}: only T may be another")
    if recipe.steps <= source.step:
        raise ValueError(
            f"the weights have been trained for {source.step} steps, and all steps are counted: "
            f"--steps must be more than that, and not {recipe.steps}"
        )
    k = begin(preset, config, recipe, dataset, seed)
    past = (*source.past, source.stretches[-1]) if source.step else ()
    return replace(
        k,
        params={name: value.astype(k.params[name].dtype) for name, value in source.params.items()},
        past=past,
        first=source.step,
        step=source.step,
        seconds=source.seconds,
        weights=source.name or f"{source.preset}, seed {source.seed}",
    )


def fits(config, recipe, dataset):
    """ValueError unless images, batch and schedule fit what is to be trained."""
    schedules.find(recipe.schedule)
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


def draw_batch(k, dataset):
    """The next minibatch and what the step takes beside it, from the run's streams.

    Returns
    -------
    x : array, shape (M, C, B, A), float32
    beside : array
        DRAW: the noise, (T, M, Z), float32. The classifier: the labels, (M,).
    """
    order = streams.Order(len(dataset.train), k.streams["order"], k.waiting)
    indices = order.take(k.recipe.batch_size)
    k.waiting = order.waiting
    x = dataset.train.batch(indices, k.streams["binarisation"])
    return x, tasks.of(k.config).beside(dataset.train, indices, k.config, k.streams["noise"])


def advance(k, dataset, clock=None):
    """One training step: batch, gradient, clipping, Adam. Changes ``k`` in place.

    Of several processes (``parallel``) each takes its share of the batch. Where the parameters
    are on a device, batch and noise go there, and what is logged comes back.

    Parameters
    ----------
    k : checkpoint.Checkpoint
    dataset : data.dataset.Dataset
    clock : manual.unrolled.Clock, optional
        Where the seconds of every part of the step are added up; for an engine that
        can do so.

    Returns
    -------
    Measured

    Raises
    ------
    NotFinite
        Before anything but the random streams has changed.
    """
    began, recipe, task = time.perf_counter(), k.recipe, tasks.of(k.config)
    before = streams.states(k.streams), k.waiting
    lap = clock.lap if clock else lambda name: None
    if clock:
        clock.start()
    x, beside = draw_batch(k, dataset)
    lap("batch and noise")
    world, engine = parallel.world(), task.engines[recipe.engine]
    rows = world.share(len(x))
    mine = backend.alongside(k.params, (x[rows], task.rows(beside, rows)))
    terms, gradient = engine.terms_and_gradient(
        k.params, *mine, k.config, **engine_options(recipe, clock)
    )
    numbers = task.numbers(backend.to_host(terms))
    numbers, gradient = world.mean(numbers, gradient, len(x[rows]) / len(x))
    clipped, norm = optim.clip_by_global_norm(gradient, recipe.clip)
    name, value = next(iter(numbers.items()))
    if not np.isfinite(value + norm):
        k.streams, k.waiting = streams.restored(before[0]), before[1]
        raise NotFinite(k.step + 1, name, value, gradient)
    lr = schedules.rate(k)
    lap("clipping")
    k.adam.update(k.params, clipped, lr)
    lap("Adam")
    k.step += 1
    k.seconds += time.perf_counter() - began
    return Measured(k.step, k.seconds, lr, norm, numbers)


def engine_options(recipe, clock):
    """What an engine is asked for besides the gradient, by name."""
    segments = {"segments": recipe.segments} if recipe.segments > 1 else {}
    return {**segments, **({"clock": clock} if clock else {})}


def train(k, dataset, folder, last_step, report, clock=None):
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
    clock : manual.unrolled.Clock, optional
        As ``advance`` takes it.

    Returns
    -------
    bool
        Whether it came to ``last_step``: False after a signal.

    Raises
    ------
    NotFinite
        After the last good state was written to ``checkpoint.npz``.
    """

    def farewell():
        whole = (folder / "checkpoint.npz").exists()
        then = f"go on from the last checkpoint in {folder}" if whole else "begin again"
        return f"told to stop, or a process has ended: {then}"

    quiet = np.errstate(over="ignore", invalid="ignore")  # ``advance`` looks at what comes of it
    with Log(folder / "log.csv", k) as log, stop_signals(farewell) as stopped, quiet:
        try:
            while k.step < last_step and not parallel.world().any(stopped):
                measured = advance(k, dataset, clock)
                due = k.step % k.recipe.check_every == 0 or k.step == last_step
                valid = validation(k, dataset) if due else None
                log.write(measured, valid)
                if due:  # after the log, which is to be no older than a checkpoint
                    keep_both(folder, k, valid)
                report(measured, valid)
        finally:
            keep(folder / "checkpoint.npz", k)
    return k.step >= last_step


def keep(path, k):
    """Write a checkpoint; of several processes the first does so."""
    if parallel.world().rank == 0:
        k.save(path)


def validation(k, dataset):
    """What is to be low on the validation split: of DRAW the bound, in nats."""
    return float(tasks.of(k.config).validate(k.params, k.config, dataset.valid))


def keep_both(folder, k, valid):
    """Write ``checkpoint.npz``, and before it ``best.npz`` if this validation is the lowest."""
    if k.best is None or valid < k.best:
        k.best = valid
        keep(folder / "best.npz", k)
    keep(folder / "checkpoint.npz", k)


@contextmanager
def stop_signals(farewell):
    """Within the block Ctrl-C, SIGTERM and a terminal that closes only fill the list it gives.

    Where several processes work and one has died, the step in hand never ends: then
    ``farewell`` is said at once.
    """
    received = []
    if current_thread() is not main_thread():  # where Python allows no handlers
        yield received
        return
    handled = [getattr(signal, name) for name in STOPS if hasattr(signal, name)]
    before = [signal.signal(s, lambda number, _: received.append(number)) for s in handled]
    try:
        with parallel.last_words(farewell):
            yield received
    finally:
        for s, handler in zip(handled, before, strict=True):
            signal.signal(s, handler)


class Log:
    """``log.csv``: a row a training step, kept in step with the checkpoint on resume.

    A step's own columns, then ``valid`` (empty where nothing was validated), then the
    numbers of the task. Which they are is known at the first row.
    """

    def __init__(self, path, k):
        self.path, self.rows = path, None
        self.kept = [row for row in read_rows(path) if int(row["step"]) <= k.step]
        self.file = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.file is not None:
            self.file.close()

    def begin(self, names):
        """Write the header and what is kept of the log before, then stay open for more."""
        rewritten = self.path.with_name(self.path.name + ".unfinished")
        with open(rewritten, "w", newline="") as f:
            rows = csv.DictWriter(f, names, restval="", extrasaction="ignore")
            rows.writeheader()
            rows.writerows(self.kept)
        os.replace(rewritten, self.path)
        self.file = open(self.path, "a", newline="")  # noqa: SIM115, closed by __exit__
        self.rows = csv.DictWriter(self.file, names)

    def write(self, m, valid):
        """Add the row of one step; of several processes the first does so."""
        if parallel.world().rank:
            return
        own = {"seconds": m.seconds, "lr": m.lr, "norm": m.norm, **m.numbers}
        row = {"step": m.step, **{name: f"{v:.6g}" for name, v in own.items()}}
        row["valid"] = "" if valid is None else f"{valid:.6g}"
        if self.rows is None:
            self.begin(list(row))
        self.rows.writerow(row)
        if valid is not None:  # a checkpoint will be written: the log is to be no older
            self.file.flush()


def copy_log(run, folder):
    """Give a run that goes on in another folder the log that it has so far."""
    log = (run if run.is_dir() else run.parent) / "log.csv"
    if log.exists():
        (folder / "log.csv").write_bytes(log.read_bytes())


def read_rows(path):
    """The whole rows of a log, dicts by column; what a crash or an editor spoiled is left out."""
    if not Path(path).exists():
        return []
    with open(path, newline="", encoding="utf-8", errors="replace") as f:
        lines = (line.replace("\0", "") for line in f)
        return [row for row in csv.DictReader(lines) if is_whole(row)]


def is_whole(row):
    """Whether a row of a log has a number in every column, but for ``valid``, and none besides."""
    try:
        numbers = [float(v) for name, v in row.items() if name != "valid" or v]
        return "valid" in row and int(row["step"]) > 0 and len(numbers) > 0
    except (TypeError, ValueError, KeyError):
        return False


def read_log(path):
    """A log as arrays, in the form that ``plot.curves`` takes.

    Returns
    -------
    dict
        Its columns by name, of shape (n,): for DRAW among others ``step``, ``seconds``,
        ``bound``, ``L_x``, ``L_z``; ``kl`` of shape (n, T); and ``valid_step``,
        ``valid_bound`` of the validated steps.
    """
    rows = read_rows(path)
    columns = {
        name: np.array([float(row[name]) if row[name] else np.nan for row in rows])
        for name in (rows[0] if rows else ())
    }
    if not rows:  # it was deleted, or never written
        return {name: np.zeros(0) for name in ("step", "valid_step", "valid_bound")}
    valid = columns.pop("valid")
    seen = ~np.isnan(valid)
    kl = [columns.pop(name) for name in list(columns) if name.startswith("kl_")]
    return {
        **columns,
        **({"kl": np.stack(kl, axis=1)} if kl else {}),
        "valid_step": columns["step"][seen],
        "valid_bound": valid[seen],
    }
