"""A sitting: a run is begun or resumed, trained for a while, and finished or left to go on.

``train`` and ``classify`` differ in their presets, in the sizes that can be set, and in
what they say before and after: in their ``Command``.
"""

import json
import shlex
import sys
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from typing import NamedTuple

from draw_np import cli, data, networks
from draw_np.data.fingerprint import fingerprint
from draw_np.fast.unrolled import Clock
from draw_np.machine import backend, parallel
from draw_np.networks import NetworkError
from draw_np.training import checkpoint, logbook, loop, presets, schedules
from draw_np.training import folder as places
from draw_np.training.device import put_on_device, where
from draw_np.training.estimate import expect_room, step_seconds
from draw_np.training.options import CHANGEABLE, LEARNING, RECIPE_OPTIONS, check_options, overrides
from draw_np.training.progress import Progress, duration, profile
from draw_np.training.record import record


class Command(NamedTuple):
    """A command that trains."""

    prog: str  #: as the user calls it
    task: object  #: ``tasks.DRAW`` or ``tasks.GLIMPSE``
    presets: dict  #: presets.Preset by name
    sizes: tuple  #: options of the network's sizes, fields of the task's configuration
    described: object  #: configuration -> its sizes in one line
    finish: object  #: (run, dataset, folder): what is done with a trained network


def sit(args, command):
    """Train as the arguments say, from the beginning or from a checkpoint; the exit code."""
    with ExitStack() as stack:
        return sit_holding(args, command, stack)


def sit_holding(args, command, stack):
    """``sit``, where ``stack`` lets go of the run's folder at the end."""
    run, dataset, folder, new = (fresh if args.resume is ... else resumed)(args, command, stack)
    xp = put_on_device(run, args)
    clock = Clock(partial(backend.synchronise, xp)) if args.profile else None
    check_options(run, clock, command)
    world = parallel.world()
    with cli.user_errors(ValueError):
        world.share(run.recipe.batch_size)
    seconds = step_seconds(run, dataset)
    with cli.writing(folder):
        if new:
            folder = world.same(places.made(folder, args.out is not ...))
            stack.enter_context(places.held(folder))
        if new:
            loop.keep(folder / "checkpoint.npz", run)  # from here on the run can be resumed
        if parallel.writes():
            (folder / "config.json").write_text(json.dumps(record(run), indent=2) + "\n")
            if args.resume is not ... and new:
                logbook.copy(args.resume, folder)
    sitting = run.recipe.steps if args.stop_after is ... else args.stop_after
    last_step = min(run.recipe.steps, run.step + sitting)
    announce(run, dataset, folder, last_step, seconds, command)
    with cli.writing(folder), Progress(run, last_step) as progress:
        try:
            finished = loop.train(run, dataset, folder, last_step, progress, clock)
        except loop.NotFinite as e:
            progress.close()
            print(f"{e}.\n{more_carefully(run, folder, command)}", file=sys.stderr)
            return 1
    if clock:
        print(profile(clock))
    if not finished or run.step < run.recipe.steps:
        print(
            f"stopped after step {run.step} of {run.recipe.steps}; to go on:\n"
            f"  {command.prog} --resume {shlex.quote(str(folder))}"
        )
        return 0 if finished else 130
    world.same(None)  # the first has written what all will read
    command.finish(run, dataset, folder)
    return 0


def more_carefully(run, folder, command):
    """What to do about a run that came to a number that is not finite."""
    lower, place = f"--lr {run.recipe.lr / 3:.1g}", shlex.quote(str(folder / "best.npz"))
    if (folder / "best.npz").exists():
        return (
            "Go on from the best state with a lower rate, or a lower --clip:\n"
            f"  {command.prog} --resume {place} {lower}"
        )
    return f"Begin again with a lower rate, {lower}, or a lower --clip, and another --out."


def fresh(args, command, stack):
    """A new run: its state, data and folder, and that the folder is to be made."""
    source = None
    if getattr(args, "source", ...) is not ...:
        with cli.user_errors(NetworkError):
            source = networks.load(args.source, command.task.kind)
    if args.preset is ... and source is None:
        raise cli.UserError(f"say what to train: --small, or --preset with one of "
                            f"{', '.join(command.presets)}")  # fmt: skip
    seed = 0 if args.seed is ... else args.seed
    with cli.user_errors(ValueError):
        name, config, recipe = base(args, command, source)
        recipe = replace(recipe, **overrides(args, RECIPE_OPTIONS))
        dataset = load_data(recipe)
        C, B, A = dataset.image_shape
        config = replace(config, A=A, B=B, C=C, **overrides(args, command.sizes))
        expect_room(config, command.task.kind.shapes)
        if source is None:
            run = loop.begin(name, config, recipe, dataset, seed)
        else:
            run = loop.begin_with(source, name, config, recipe, dataset, seed)
    folder = places.named(name) if args.out is ... else args.out
    places.expect_empty(folder)
    return run, dataset, folder, True


def base(args, command, source):
    """Name, sizes and recipe that the options change: a preset's, or those of ``source``."""
    if args.preset is ...:
        return source.preset, source.config, source.recipe
    preset = presets.find(args.preset, command.presets)
    return args.preset, preset.config, preset.recipe


def resumed(args, command, stack):
    """A run to go on with: its state, data and folder, and whether that is a new one."""
    new, folder = args.out is not ..., args.resume if args.resume.is_dir() else args.resume.parent
    if new:
        places.expect_empty(args.out)
    elif folder.is_dir():
        with cli.writing(folder):
            stack.enter_context(places.held(folder))
    with cli.user_errors(NetworkError, ValueError):
        run = checkpoint.load(args.resume, command.task.kind)
        changed = asked_anew(run, args, command)
        if changed.get("steps", run.recipe.steps) < run.step:
            raise cli.UserError(
                f"the checkpoint is at step {run.step} already: --steps must be at least that"
            )
        change(run, changed)
        dataset = load_data(run.recipe)
        run.expect_data(dataset)
        run.fingerprint = fingerprint(dataset)
    if new or not (folder / "best.npz").exists():
        run.best = None  # what was best does not lie in this folder
    return run, dataset, args.out if new else folder, new


def asked_anew(run, args, command):
    """What the options ask of a resumed run that it had not, by name; UserError if it cannot be."""
    if getattr(args, "source", ...) is not ...:
        raise cli.UserError("--from begins a new run and --resume goes on with one: choose one")
    wanted = {**overrides(args, command.sizes), **overrides(args, (*RECIPE_OPTIONS, "preset"))}
    had = {**asdict(run.config), **asdict(run.recipe), "preset": run.preset, "seed": run.seed}
    wanted |= overrides(args, ("seed",))
    changed = {name: value for name, value in wanted.items() if had[name] != value}
    for name, value in changed.items():
        moved = name == "data" and {value, had[name]}.isdisjoint(data.LOADERS)
        if name not in CHANGEABLE and not moved:
            raise cli.UserError(
                f"the checkpoint has {name} = {had[name]} and you ask for {value}: leave that "
                "option out to go on with the run, or begin a new run without --resume"
            )
    return changed


def change(run, changed):
    """Give a resumed run another recipe, and begin a new stretch if it will learn otherwise."""
    learning = {name: value for name, value in changed.items() if name in LEARNING}
    before, rate = run.recipe, schedules.rate(run)
    if learning and run.step > run.first:
        run.past, run.first, run.weights = run.stretches, run.step, None
    run.recipe = replace(before, **changed)
    if learning and parallel.writes():
        said = ", ".join(f"{n} {getattr(before, n)} -> {v}" for n, v in learning.items())
        print(f"from step {run.step + 1} on: {said}; the rate goes from {rate:.3g} to "
              f"{schedules.rate(run):.3g}")  # fmt: skip


def load_data(recipe):
    """The data set of a recipe; what is wrong with it is the user's to mend."""
    with cli.user_errors(ValueError, OSError):
        return data.load(recipe.data, recipe.binarise, recipe.data_dir)


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
    processes = parallel.world().size
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
