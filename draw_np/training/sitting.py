"""A sitting: a run is begun or resumed, trained for a while, and finished or left to go on.

``train`` and ``classify`` differ in their presets, in the sizes that can be set, and in
what they say before and after: in their ``Command``.
"""

import json
import shlex
import sys
import time
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from draw_np import cli, data
from draw_np.fast.unrolled import Clock
from draw_np.machine import backend, parallel
from draw_np.training import checkpoint, loop, presets, tasks
from draw_np.training.device import put_on_device, where
from draw_np.training.estimate import step_seconds
from draw_np.training.options import CHANGEABLE, RECIPE_OPTIONS, check_options, overrides
from draw_np.training.progress import Progress, duration, profile
from draw_np.training.record import count, record


class Command(NamedTuple):
    """A command that trains."""

    prog: str  #: as the user calls it
    task: tasks.Task
    presets: dict  #: presets.Preset by name
    sizes: tuple  #: options of the network's sizes, fields of the task's configuration
    described: object  #: configuration -> its sizes in one line
    finish: object  #: (k, dataset, folder): what is done with a trained network


def sit(args, command):
    """Train as the arguments say, from the beginning or from a checkpoint; the exit code."""
    k, dataset, folder = (fresh if args.resume is ... else resumed)(args, command)
    xp = put_on_device(k, args)
    clock = Clock(partial(backend.synchronise, xp)) if args.profile else None
    check_options(k, clock, command)
    world = parallel.world()
    folder = world.same(folder)  # of the same name, and after all have seen that it is empty
    with cli.user_errors(ValueError):
        world.share(k.recipe.batch_size)
    seconds = step_seconds(k, dataset)
    with cli.writing(folder):
        if world.rank == 0:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "config.json").write_text(json.dumps(record(k), indent=2) + "\n")
    sitting = k.recipe.steps if args.stop_after is ... else args.stop_after
    last_step = min(k.recipe.steps, k.step + sitting)
    announce(k, dataset, folder, last_step, seconds, command)
    with cli.writing(folder), Progress(k, last_step) as progress:
        try:
            finished = loop.train(k, dataset, folder, last_step, progress, clock)
        except loop.NotFinite as e:
            progress.close()
            print(
                f"{e}.\nThe state before that step is in {folder / 'checkpoint.npz'}; a lower --lr "
                "or --clip usually helps.",
                file=sys.stderr,
            )
            return 1
    if clock:
        print(profile(clock))
    if not finished or k.step < k.recipe.steps:
        print(
            f"stopped after step {k.step} of {k.recipe.steps}; to go on:\n"
            f"  {command.prog} --resume {shlex.quote(str(folder))}"
        )
        return 0 if finished else 130
    world.same(None)  # the first has written what all will read
    command.finish(k, dataset, folder)
    return 0


def fresh(args, command):
    """A new run: its state, data and folder."""
    if args.preset is ...:
        raise cli.UserError(f"say what to train: --small, or --preset with one of "
                            f"{', '.join(command.presets)}")  # fmt: skip
    with cli.user_errors(ValueError):
        preset = presets.find(args.preset, command.presets)
        recipe = replace(preset.recipe, **overrides(args, RECIPE_OPTIONS))
        dataset = load_data(recipe)
        C, B, A = dataset.image_shape
        config = replace(preset.config, A=A, B=B, C=C, **overrides(args, command.sizes))
        k = loop.begin(args.preset, config, recipe, dataset, args.seed)
    folder = (
        args.out
        if args.out is not ...
        else Path("runs") / f"{time.strftime('%Y%m%d-%H%M%S')}-{args.preset}"
    )
    with cli.writing(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise cli.UserError(f"{folder} is not an empty folder: nothing is overwritten; choose "
                                "another --out, or --resume the run in it")  # fmt: skip
    return k, dataset, folder


def resumed(args, command):
    """A run to go on with: its state, data and folder."""
    with cli.user_errors(checkpoint.CheckpointError, ValueError):
        k = checkpoint.load(args.resume, command.task)
        wanted = {**overrides(args, command.sizes), **overrides(args, RECIPE_OPTIONS)}
        had = {**asdict(k.config), **asdict(k.recipe), "preset": k.preset}
        if args.preset is not ...:
            wanted["preset"] = args.preset
        for name, value in wanted.items():
            if name not in CHANGEABLE and had[name] != value:
                raise cli.UserError(
                    f"the checkpoint has {name} = {had[name]} and you ask for {value}: leave that "
                    "option out to go on with the run, or begin a new run without --resume"
                )
        if args.out is not ...:
            raise cli.UserError("a resumed run stays in its folder: leave --out out")
        recipe = {name: value for name, value in wanted.items() if name in CHANGEABLE}
        k.recipe = replace(k.recipe, **recipe)
    if k.recipe.steps < k.step:
        raise cli.UserError(f"the checkpoint is at step {k.step} already: --steps must be at least "
                            "that")  # fmt: skip
    folder = args.resume if args.resume.is_dir() else args.resume.parent
    return k, load_data(k.recipe), folder


def load_data(recipe):
    """The data set of a recipe; what is wrong with it is the user's to mend."""
    with cli.user_errors(ValueError, OSError):
        return data.load(recipe.data, recipe.binarise, recipe.data_dir)


def announce(k, dataset, folder, last_step, seconds, command):
    """Say what is going to happen, how long it will take and what to hope for."""
    c, r = k.config, k.recipe
    print(
        f"{command.described(c)}\n"
        f"  preset {k.preset}, {count(k):,} parameters, engine {r.engine}, seed {k.seed}"
        f"{where(k)}\n"
        f"  data: {dataset.variant};\n  {len(dataset.train):,} training, {len(dataset.valid):,} "
        f"validation and {len(dataset.test):,} test images"
    )
    processes = parallel.world().size
    if processes > 1:
        print(f"  {processes} processes, each with its share of every minibatch")
    print(
        f"  steps {k.step + 1} to {last_step} of {r.batch_size} images, {1000 * seconds:.0f} ms "
        f"each: about {duration(seconds * (last_step - k.step))}"
    )
    good = command.presets[k.preset].good if k.preset in command.presets else ""
    if good:
        print(f"  {good}")
    print(f"  writing to {folder}", flush=True)
