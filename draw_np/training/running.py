"""A run, from a command to its end: begun or resumed, announced, trained, finished or left.

``train`` and ``classify`` differ in their presets, in the sizes that can be set, and in
what they say before and after: in their ``Command``.
"""

import json
import shlex
import sys
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from draw_np import cli
from draw_np.fast import helpers
from draw_np.fast.driver import Clock
from draw_np.machine import backend, parallel
from draw_np.training import folder as places
from draw_np.training import logbook, loop, tasks
from draw_np.training.device import put_on_device, where
from draw_np.training.estimate import step_seconds
from draw_np.training.options import check_options
from draw_np.training.progress import Progress, duration, profile
from draw_np.training.record import record
from draw_np.training.resuming import resumed
from draw_np.training.starting import fresh


class Command(NamedTuple):
    """A command that trains."""

    prog: str  #: as the user calls it
    task: object  #: one of ``tasks.TASKS``
    presets: dict  #: presets.Preset by name
    sizes: tuple  #: options of the network's sizes, fields of the task's configuration
    described: object  #: configuration -> its sizes in one line
    finish: object  #: (run, dataset, folder): what is done with a trained network


def run_command(args, command):
    """Train as the arguments say, from the beginning or from a checkpoint; the exit code."""
    with ExitStack() as stack:  # it lets go of the run's folder at the end
        found = fresh(args, command) if args.resume is ... else resumed(args, command, stack)
        run, dataset, folder, new = found
        clock = ready(run, args, command)
        helping = stack.enter_context(ExitStack())
        helping.enter_context(loop.helped(run))
        seconds = step_seconds(run, dataset)
        if new:
            folder = moved_in(run, folder, args, stack)
        with cli.writing(folder):
            if parallel.writes():
                (folder / "config.json").write_text(json.dumps(record(run), indent=2) + "\n")
        more = run.recipe.steps if args.stop_after is ... else args.stop_after
        last_step = min(run.recipe.steps, run.step + more)
        announce(run, dataset, folder, last_step, seconds, command)
        code = trained(run, dataset, folder, last_step, clock, command)
        helping.close()
        if clock:
            print(profile(clock))
        if code or run.step < run.recipe.steps:
            return code
        parallel.world().same(None)  # the first has written what all will read
        command.finish(run, dataset, folder)
        return 0


def ready(run, args, command):
    """Put a run where it is to compute, hold its options to that; a clock if one is asked for."""
    xp = put_on_device(run, args)
    clock = Clock(partial(backend.synchronise, xp)) if args.profile else None
    check_options(run, clock, command)
    with cli.user_errors(ValueError):
        parallel.world().share(run.recipe.batch_size)
    return clock


def moved_in(run, folder, args, stack):
    """Make a new run's folder and hold it; from here on the run can be resumed."""
    with cli.writing(folder):
        folder = parallel.world().same(places.made(folder, args.out is not ...))
        stack.enter_context(places.held(folder))
        loop.keep(folder / "checkpoint.npz", run)
        if args.resume is not ... and parallel.writes():
            logbook.copy(args.resume, folder)
    return folder


def trained(run, dataset, folder, last_step, clock, command):
    """Train up to ``last_step`` and say how to go on if that is not the end; the exit code."""
    with cli.writing(folder), Progress(run, last_step) as progress:
        try:
            finished = loop.train(run, dataset, folder, last_step, progress, clock)
        except (loop.NotFinite, tasks.Collapsed) as e:
            progress.close()
            print(f"{e}.\n{more_carefully(run, folder, command)}", file=sys.stderr)
            return 1
    if run.step < run.recipe.steps:
        print(
            f"stopped after step {run.step} of {run.recipe.steps}; to go on:\n"
            f"  {command.prog} --resume {shlex.quote(str(folder))}"
        )
    return 0 if finished else 130


def more_carefully(run, folder, command):
    """What to do about a run that came to a number that is not finite, or has collapsed."""
    lower, place = f"--lr {run.recipe.lr / 3:.1g}", shlex.quote(str(folder / "best.npz"))
    if (folder / "best.npz").exists():
        return (
            "Go on from the best state with a lower rate, or a lower --clip:\n"
            f"  {command.prog} --resume {place} {lower}"
        )
    return f"Begin again with a lower rate, {lower}, or a lower --clip, and another --out."


def announce(run, dataset, folder, last_step, seconds, command):
    """Say what is going to happen, how long it will take and what to hope for."""
    c, r = run.config, run.recipe
    print(
        f"{command.described(c)}\n"
        f"  preset {run.preset}, {run.count:,} parameters, engine {r.engine}, seed {run.seed}"
        f"{where(run)}\n"
        f"  data: {dataset.variant};\n  {len(dataset.train):,} training, {len(dataset.valid):,} "
        f"validation and {len(dataset.test):,} test images"
    )
    processes = max(parallel.world().size, helpers.processes())
    if processes > 1:
        print(f"  {processes} processes, each with its share of every minibatch")
    print(
        f"  steps {run.step + 1} to {last_step} of {r.batch_size} images, {1000 * seconds:.0f} ms "
        f"each: about {duration(seconds * (last_step - run.step))}"
    )
    good = command.presets[run.preset].good if run.preset in command.presets else ""
    if good:
        print(f"  {good}")
    print(f"  writing to {folder}", flush=True)
