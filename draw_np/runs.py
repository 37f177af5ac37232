"""What the commands that train share: a run begun or resumed, its record, its sitting.

``train`` and ``classify`` differ in their presets, in the sizes that can be set, and in
what they say before and after.
"""

import json
import platform
import shlex
import sys
import time
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from draw_np import backend, checkpoint, cli, data, parallel, presets, tasks, training
from draw_np.data.dataset import BINARISATIONS
from draw_np.manual.unrolled import Clock
from draw_np.optim import SCHEDULES
from draw_np.progress import Progress, duration, profile

RECIPE_OPTIONS = (
    "data", "binarise", "data_dir", "steps", "batch_size", "lr", "schedule", "clip", "engine",
    "segments",
)  # fmt: skip
CHANGEABLE = ("steps", "engine", "segments", "data_dir")  # what a resumed run may do differently


class Command(NamedTuple):
    """A command that trains."""

    prog: str  #: as the user calls it
    task: tasks.Task
    presets: dict  #: presets.Preset by name
    sizes: tuple  #: options of the network's sizes, fields of the task's configuration
    described: object  #: configuration -> its sizes in one line
    finish: object  #: (k, dataset, folder): what is done with a trained network


# ---------------------------------------------------------------- options


def add_data_options(group):
    """``--data``, ``--data-dir`` and ``--binarise``."""
    group.add_argument("--data", metavar="NAME",
                       help=f"{', '.join(data.LOADERS)}; an .npz; a folder of PNGs")  # fmt: skip
    group.add_argument("--data-dir", metavar="DIR",
                       help="a folder with the original files, in place of a download")  # fmt: skip
    group.add_argument("--binarise", choices=BINARISATIONS,
                       help="; ".join(f"{k}: {v}" for k, v in BINARISATIONS.items()))  # fmt: skip


def add_training_options(p, engines):
    """How to train, and where."""
    how = p.add_argument_group("how to train (the paper says only: Adam)")
    how.add_argument("--steps", type=cli.size, help="training steps; the schedule ends there")
    how.add_argument("--batch-size", type=cli.size, metavar="M", help="images a step")
    how.add_argument("--lr", type=cli.positive, help="learning rate")
    how.add_argument("--schedule", choices=SCHEDULES, help="of the learning rate")
    how.add_argument("--clip", type=cli.positive, help="largest norm of a gradient")
    how.add_argument("--seed", type=cli.count, default=0, help="a run is a function of it (0)")
    how.add_argument("--engine", choices=engines, help="which way to the gradient")
    how.add_argument("--segments", type=cli.size, metavar="K",
                     help="keep the T steps in K pieces and compute each again for the backward "
                     "pass: less memory, more time (1)")  # fmt: skip
    run = p.add_argument_group("the run")
    run.add_argument("--out", metavar="DIR", type=Path, help="a new or empty folder for the run")
    run.add_argument("--resume", metavar="RUN", type=Path, help="a run folder or its checkpoint")
    run.add_argument("--stop-after", metavar="N", type=cli.size,
                     help="stop with a checkpoint after N more steps")  # fmt: skip
    cli.add_device_option(run)
    run.add_argument("--profile", action="store_true", default=False,
                     help="say at the end where the time of the training steps went")  # fmt: skip


# ---------------------------------------------------------------- a sitting


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
            finished = training.train(k, dataset, folder, last_step, progress, clock)
        except training.NotFinite as e:
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


# ---------------------------------------------------------------- before


def overrides(args, names):
    """The options among ``names`` that the user gave; ``...`` stands for not given."""
    return {name: getattr(args, name) for name in names if getattr(args, name) is not ...}


def load_data(recipe):
    """The data set of a recipe; what is wrong with it is the user's to mend."""
    with cli.user_errors(ValueError, OSError):
        return data.load(recipe.data, recipe.binarise, recipe.data_dir)


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
        k = training.begin(args.preset, config, recipe, dataset, args.seed)
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


def check_options(k, clock, command):
    """UserError if the run asks its engine for what that cannot do."""
    engine = command.task.engines[k.recipe.engine]
    for name in training.engine_options(k.recipe, clock):
        if name not in engine.options:
            option = {"clock": "--profile", "segments": "--segments"}[name]
            raise cli.UserError(
                f"the engine {k.recipe.engine} of {command.task.about} has no {option}: leave it "
                "out, or train with python -m draw_np.train --engine manual"
            )


def record(k):
    """What ``config.json`` says of a run: what would be needed to repeat it."""
    packages = ("numpy", "autograd", "matplotlib", "pillow")
    return {
        "task": tasks.of(k.config).name,
        "preset": k.preset,
        "seed": k.seed,
        "data": k.variant,
        "config": asdict(k.config),
        "recipe": asdict(k.recipe),
        "parameters": count(k),
        "versions": {"python": platform.python_version(), **versions(packages)},
        "device": backend.described(backend.library_of(k.params)),
        "noise": "device" if drawn_on_device(k) else "host",
        "threads": backend.blas()[1],
        "processes": parallel.world().size,
    }


def count(k):
    """Number of values in all parameters of a run's network."""
    return sum(p.size for p in k.params.values())


def versions(packages):
    """Installed versions by name."""
    from importlib.metadata import version

    return {name: version(name) for name in ("draw-np", *packages)}


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


def where(k):
    """Which device a run is on, if it is not the CPU, as the end of a line."""
    device = backend.described(backend.library_of(k.params))
    noise = ", noise drawn there" if drawn_on_device(k) else ""
    return "" if device == "cpu" else f", on the {device}{noise}"


def drawn_on_device(k):
    """Whether the noise of a run is drawn by the device."""
    return isinstance(k.streams["noise"], backend.DeviceStream)


# ---------------------------------------------------------------- the device


def put_on_device(k, args):
    """Move a run to the device that the arguments name; returns its array library."""
    xp = cli.array_library(args)
    if xp is np and getattr(args, "noise", "host") == "device":
        raise cli.UserError("--noise device needs --device gpu: leave it out, or add that")
    if xp is not np and parallel.world().size > 1:
        raise cli.UserError(
            "several processes share a network on the CPU only: leave out --device gpu, or mpiexec"
        )
    k.on(xp)
    if getattr(args, "noise", "host") == "device":
        k.streams["noise"] = backend.DeviceStream(k.streams["noise"], xp)
    return xp


def step_seconds(k, dataset):
    """Seconds of one training step here: the fastest of three gradients, the run untouched.

    Raises
    ------
    cli.UserError
        If a batch does not fit into the memory; it names one that does.
    """
    M = k.recipe.batch_size
    try:
        taken = gradient_seconds(k, dataset, M)
    except MemoryError:
        taken = None
    if taken is None:  # outside the handler, which keeps what the failed gradient held
        fits = largest_batch(k, dataset, M // 2)
        less = f"--batch-size {fits} fits" if fits else "not even one image does"
        raise cli.UserError(
            f"a batch of {M} does not fit into the memory, {less}; --segments 4 keeps less of it, "
            "--device cpu uses the main memory"
        )
    return 1.15 * taken  # Adam, validation and the pictures come on top


def largest_batch(k, dataset, M):
    """The largest of M, M/2, M/4, .. of which a gradient fits into the memory; 0 if none."""
    while M:
        backend.release(backend.library_of(k.params))
        try:
            gradient_seconds(k, dataset, M, times=1)
            break
        except MemoryError:
            M //= 2
    return M


def gradient_seconds(k, dataset, M, times=3):
    """Seconds of a gradient of M images, the fastest of some."""
    rng, task = np.random.default_rng(0), tasks.of(k.config)
    indices = np.arange(M)[parallel.world().share(M)]
    x = dataset.train.batch(indices, rng)
    x, beside = backend.alongside(k.params, (x, task.beside(dataset.train, indices, k.config, rng)))
    engine, taken = task.engines[k.recipe.engine], []
    for _ in range(times):
        began = time.perf_counter()
        engine.terms_and_gradient(
            k.params, x, beside, k.config, **training.engine_options(k.recipe, None)
        )
        backend.synchronise(backend.library_of(k.params))
        taken.append(time.perf_counter() - began)
    return min(taken)
