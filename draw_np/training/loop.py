"""Training: one step, and the loop around it that never loses a run."""

import signal
import time
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from threading import current_thread, main_thread
from typing import NamedTuple

import numpy as np

from draw_np.data.fingerprint import fingerprint
from draw_np.fast import helpers
from draw_np.machine import backend, parallel
from draw_np.networks import PYRAMID
from draw_np.networks.recipe import whole
from draw_np.training import checkpoint, optim, schedules, streams, tasks
from draw_np.training.logbook import Log

STOPS = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


class Measured(NamedTuple):
    """What one training step measured, before its update."""

    step: int  #: the step, from 1
    seconds: float  #: since the run began, sittings added up
    lr: float  #: learning rate
    norm: float  #: global norm of the gradient before clipping
    numbers: dict  #: by name, first what is minimised: ``tasks.Drawing.numbers``

    @property
    def objective(self):
        """What is minimised; for DRAW the bound, nats per image."""
        return next(iter(self.numbers.values()))


class NotFinite(ArithmeticError):
    """A loss or a gradient turned NaN or infinite; the state is that before the step."""

    def __init__(self, step, numbers, gradient):
        name, value = next(iter(numbers.items()))
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
    config : Config, GlimpseConfig or PyramidConfig
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
    task.expect(dataset, config)
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
        adam=optim.Adam.for_parameters(params, **task.adam(config)),
        streams=rngs,
        waiting=np.zeros(0, dtype=np.int64),
    )


def begin_with(source, preset, config, recipe, dataset, seed):
    """The state of a run that begins with the weights of a trained network, and with nothing else.

    Adam is fresh, the rate warms up, and the steps are counted on from those of the network.

    Parameters
    ----------
    source : networks.Network
        Its sizes must be those of ``config``, but T may be another: no parameter of DRAW and of
        the classifier depends on it.
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
    goes_on(source, config, recipe)
    run = begin(preset, config, recipe, dataset, seed)
    past = (*source.past, source.stretches[-1]) if source.step else ()
    return replace(
        run,
        params={
            name: value.astype(run.params[name].dtype) for name, value in source.params.items()
        },
        past=past,
        first=source.step,
        step=source.step,
        seconds=source.seconds,
        weights=source.name or f"{source.preset}, seed {source.seed}",
    )


def goes_on(source, config, recipe):
    """ValueError unless a network's weights are all there and fit, and steps are left to train."""
    had, wanted = asdict(source.config), asdict(config)
    free = () if source.kind is PYRAMID else ("T",)
    others = [name for name in wanted if name not in free and wanted[name] != had.get(name)]
    if others:
        sizes = ", ".join(f"{name} = {had.get(name)} and not {wanted[name]}" for name in others)
        may = "only T may be another" if free else "no size may be another"
        raise ValueError(f"the weights are of a network with {sizes}: {may}")
    lacking = source.kind.shapes(source.config).keys() - source.params.keys()
    if lacking:
        raise ValueError(
            f"the weights are of what draws, and training takes {', '.join(sorted(lacking))} too: "
            "begin a new run without --from, or from a run folder"
        )
    if recipe.steps <= source.step:
        raise ValueError(
            f"the weights have been trained for {source.step} steps, and all steps are counted: "
            f"--steps must be more than that, and not {recipe.steps}"
        )


def fits(config, recipe, dataset):
    """ValueError unless images, batch, schedule and engine fit what is to be trained."""
    schedules.find(recipe.schedule)
    tasks.of(config).engine(recipe.engine)
    if dataset.image_shape != config.image_shape:
        raise ValueError(
            f"the data set {dataset.name} has images of shape {dataset.image_shape} (channels, "
            f"rows, columns), and the network is made for {config.image_shape}: give it these C, B "
            "and A, or other data"
        )
    if recipe.batch_size > len(dataset.train):
        raise ValueError(
            f"a batch of {recipe.batch_size} is larger than the {len(dataset.train)} training "
            f"images: give --batch-size {len(dataset.train)} or less"
        )


def draw_batch(run, dataset):
    """The next minibatch and what the step takes beside it, from the run's streams.

    Returns
    -------
    x : array, shape (M, C, B, A), float32
    beside : dict of arrays
        DRAW: ``eps``, the noise, (T, M, Z), float32; a pyramid: ``z``, likewise. ``labels``,
        (M,), of the classifier and of a network with classes.
    """
    order = streams.Order(len(dataset.train), run.streams["order"], run.waiting)
    indices = order.take(run.recipe.batch_size)
    run.waiting = order.waiting
    x = dataset.train.batch(indices, run.streams["binarisation"])
    return x, run.task.beside(dataset.train, indices, run.config, run.streams["noise"])


def mean_gradient(run, x, beside, clock=None):
    """What a step measures and the gradient: means over the minibatch.

    Of several processes (``parallel``) each takes its share of the batch. Where the parameters
    are on a device, batch and noise go there, and what is logged comes back.

    Returns
    -------
    dict of floats
        By name, first what is minimised.
    dict of arrays
        In the shapes of the parameters.
    """
    world, engine = parallel.world(), run.task.engine(run.recipe.engine)
    rows = world.share(len(x))
    mine, given = backend.alongside(run.params, (x[rows], run.task.rows(beside, rows)))
    terms, gradient = engine.terms_and_gradient(
        run.params, mine, config=run.config, **given, **engine_options(run.recipe, clock)
    )
    numbers = run.task.numbers(backend.to_host(terms))
    return world.mean(numbers, gradient, len(x[rows]) / len(x))


def advance(run, dataset, clock=None):
    """One training step: batch, gradient, clipping, Adam. Changes ``run`` in place.

    Whatever is raised before the update leaves the run as it was; within the update, ``torn``.

    Parameters
    ----------
    run : checkpoint.Checkpoint
    dataset : data.dataset.Dataset
    clock : fast.driver.Clock, optional
        Where the seconds of every part of the step are added up; for an engine that
        can do so.

    Returns
    -------
    Measured

    Raises
    ------
    NotFinite
        Before the update.
    """
    began, lap = time.perf_counter(), laps(clock)
    with streams_put_back(run):
        x, beside = draw_batch(run, dataset)
        lap("batch and noise")
        numbers, gradient = mean_gradient(run, x, beside, clock)
        clipped, norm = optim.clip_by_global_norm(gradient, run.recipe.clip)
        if not np.isfinite(norm + next(iter(numbers.values()))):
            raise NotFinite(run.step + 1, numbers, gradient)
        lr = schedules.rate(run)
        lap("clipping")
    run.torn = True
    run.adam.update(run.params, clipped, lr)
    run.step, run.torn = run.step + 1, False
    lap("Adam")
    run.seconds += time.perf_counter() - began
    return Measured(run.step, run.seconds, lr, norm, numbers)


@contextmanager
def streams_put_back(run):
    """Whatever is raised within the block, the run's random streams are as they were before it."""
    states, waiting = streams.states(run.streams), run.waiting
    try:
        yield
    except BaseException:
        streams.put_back(run.streams, states)
        run.waiting = waiting
        raise


def laps(clock):
    """``lap`` of a clock that begins to count, or what does nothing if there is none."""
    if clock is None:
        return lambda name: None
    clock.start()
    return clock.lap


def helped(run):
    """A context in which other processes help with a run's gradients, where that pays.

    With several processes already (``parallel``) or on a GPU it does not; and only one engine can.
    """
    r = run.recipe
    if run.task is not tasks.DRAW or r.engine != "manual" or parallel.world().size > 1:
        return nullcontext()
    return helpers.hired(run.params, r.batch_size, run.config, r.segments)


def engine_options(recipe, clock):
    """What an engine is asked for besides the gradient, by name."""
    segments = {"segments": recipe.segments} if recipe.segments > 1 else {}
    return {**segments, **({"clock": clock} if clock else {})}


def train(run, dataset, folder, last_step, report, clock=None):
    """Train from ``run.step`` to ``last_step``, leaving checkpoints and a log in ``folder``.

    Every ``check_every`` steps, and at the end, the validation bound is measured and
    ``checkpoint.npz`` written; ``best.npz`` is the one with the lowest validation
    bound. A signal to stop (Ctrl-C) ends the loop after the step in hand, with a
    checkpoint.

    Parameters
    ----------
    run : checkpoint.Checkpoint
        Changed in place.
    dataset : data.dataset.Dataset
    folder : Path
        Exists.
    last_step : int
    report : callable
        Called with ``Measured`` and the validation bound or None after every step.
    clock : fast.driver.Clock, optional
        As ``advance`` takes it.

    Returns
    -------
    bool
        Whether it came to ``last_step``: False after a signal.

    Raises
    ------
    NotFinite
        After the last good state was written to ``checkpoint.npz``, as for everything that
        is raised between two updates.
    tasks.Collapsed
        At a validation; the best state before lies in ``best.npz``.
    """
    quiet = np.errstate(over="ignore", invalid="ignore")  # ``advance`` looks at what comes of it
    with Log(folder / "log.csv", run) as log, stop_signals(folder) as stopped, quiet:
        try:
            while run.step < last_step and not parallel.world().any(stopped):
                measured = advance(run, dataset, clock)
                due = run.step % run.recipe.check_every == 0 or run.step == last_step
                valid = validation(run, dataset) if due else None
                log.write(measured, valid)
                if due:  # after the log, which is to be no older than a checkpoint
                    keep_both(folder, run, valid)
                report(measured, valid)
        finally:
            keep(folder / "checkpoint.npz", run)
    return run.step >= last_step


def keep(path, run):
    """Write a checkpoint of whole steps; of several processes one does so."""
    if parallel.writes() and not run.torn:
        run.save(path)


def validation(run, dataset):
    """What is to be low on the validation split: of DRAW the bound, in nats."""
    return float(run.task.validate(run.params, run.config, dataset.valid))


def keep_both(folder, run, valid):
    """Write ``checkpoint.npz``, and before it ``best.npz`` if this validation is the lowest.

    One that is NaN is not: nothing is lower than NaN, and it would stay.
    """
    lowest = run.best is None or not valid >= run.best  # than a NaN of old, everything is lower
    if lowest and not np.isnan(valid):
        run.best = valid
        keep(folder / "best.npz", run)
    keep(folder / "checkpoint.npz", run)


@contextmanager
def stop_signals(folder):
    """Within the block Ctrl-C, SIGTERM and a terminal that closes only fill the list it gives.

    Where several processes work and one has died, the step in hand never ends: then it is
    said at once how to go on from ``folder``.
    """

    def farewell():
        whole = (folder / "checkpoint.npz").exists()
        then = f"go on from the last checkpoint in {folder}" if whole else "begin again"
        return f"told to stop, or a process has ended: {then}"

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
