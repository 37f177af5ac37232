"""Train a network: ``python -m draw_np.train --small``."""

import json
import platform
import shlex
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from draw_np import bounds, checkpoint, cli, data, parameters, pictures, presets, streams, training
from draw_np.data.dataset import BINARISATIONS
from draw_np.engines import ENGINES
from draw_np.listing import listed
from draw_np.optim import SCHEDULES
from draw_np.progress import Progress, duration

PROG = "python -m draw_np.train"
ABOUT = """\
Train DRAW and watch it learn to draw.

  python -m draw_np.train --small              real digits, no network needed, a few minutes
  python -m draw_np.train --small --steps 300  a first look in less than one
  python -m draw_np.train --resume runs/NAME   go on where a run stopped, bit for bit

A run writes a folder (runs/TIME-PRESET, or --out): config.json, log.csv, checkpoint.npz,
best.npz (lowest validation bound), samples.png, drawing.png, drawing.gif and curves.png.
Ctrl-C saves a checkpoint and prints the line that resumes it.
"""
MODEL_OPTIONS = ("T", "H", "Z", "N_read", "N_write")
RECIPE_OPTIONS = (
    "data", "binarise", "data_dir", "steps", "batch_size", "lr", "schedule", "clip", "engine",
)  # fmt: skip
CHANGEABLE = ("steps", "engine", "data_dir")  # what a resumed run may do differently


def parser():
    """The command line."""
    p = cli.Parser(prog=PROG, description=ABOUT, argument_default=...)
    what = p.add_argument_group("what to train")
    what.add_argument("--small", action="store_const", const="small", dest="preset",
                      help="the preset to begin with; the same as --preset small")  # fmt: skip
    what.add_argument("--preset", metavar="NAME", help=f"one of: {', '.join(presets.PRESETS)}")
    what.add_argument("--list", action="store_true", default=False,
                      help="print all presets, their sizes and an estimated time")  # fmt: skip
    what.add_argument("--data", metavar="NAME",
                      help=f"{', '.join(data.LOADERS)}; an .npz; a folder of PNGs")  # fmt: skip
    what.add_argument("--data-dir", metavar="DIR",
                      help="a folder with the original files, in place of a download")  # fmt: skip
    what.add_argument("--binarise", choices=BINARISATIONS,
                      help="; ".join(f"{k}: {v}" for k, v in BINARISATIONS.items()))  # fmt: skip
    model = p.add_argument_group("the network's sizes, in the paper's letters")
    model.add_argument("--T", type=cli.size, help="drawing steps, the paper's glimpses")
    model.add_argument("--H", type=cli.size, help="LSTM units")
    model.add_argument("--Z", type=cli.size, help="latent components of a step")
    for name, does in (("read", "read"), ("write", "written")):
        model.add_argument(f"--N-{name}", type=cli.filters, metavar="N",
                           help=f"N x N filters of the patch that is {does}; "
                           "'none': no attention")  # fmt: skip
    how = p.add_argument_group("how to train (the paper says only: Adam)")
    how.add_argument("--steps", type=cli.size, help="training steps; the schedule ends there")
    how.add_argument("--batch-size", type=cli.size, metavar="M", help="images a step")
    how.add_argument("--lr", type=cli.positive, help="learning rate")
    how.add_argument("--schedule", choices=SCHEDULES, help="of the learning rate")
    how.add_argument("--clip", type=cli.positive, help="largest norm of a gradient")
    how.add_argument("--seed", type=cli.count, default=0, help="a run is a function of it (0)")
    how.add_argument("--engine", choices=ENGINES, help="which way to the gradient")
    run = p.add_argument_group("the run")
    run.add_argument("--out", metavar="DIR", type=Path, help="a new or empty folder for the run")
    run.add_argument("--resume", metavar="RUN", type=Path, help="a run folder or its checkpoint")
    run.add_argument("--stop-after", metavar="N", type=cli.size,
                     help="stop with a checkpoint after N more steps")  # fmt: skip
    return p


def main(argv=None):
    """Train as the arguments say; returns the exit code."""
    args = parser().parse_args(argv)
    if args.list:
        print(listed())
        return 0
    k, dataset, folder = fresh(args) if args.resume is ... else resumed(args)
    with cli.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(record(k), indent=2) + "\n")
    sitting = k.recipe.steps if args.stop_after is ... else args.stop_after
    last_step = min(k.recipe.steps, k.step + sitting)
    announce(k, dataset, folder, last_step)
    with cli.writing(folder), Progress(k, last_step) as progress:
        try:
            finished = training.train(k, dataset, folder, last_step, progress)
        except training.NotFinite as e:
            progress.close()
            print(
                f"{e}.\nThe state before that step is in {folder / 'checkpoint.npz'}; a lower --lr "
                "or --clip usually helps.",
                file=sys.stderr,
            )
            return 1
    if not finished or k.step < k.recipe.steps:
        print(
            f"stopped after step {k.step} of {k.recipe.steps}; to go on:\n"
            f"  {PROG} --resume {shlex.quote(str(folder))}"
        )
        return 0 if finished else 130
    finish(k, dataset, folder)
    return 0


# ---------------------------------------------------------------- before


def overrides(args, names):
    """The options among ``names`` that the user gave; ``...`` stands for not given."""
    return {name: getattr(args, name) for name in names if getattr(args, name) is not ...}


def load_data(recipe):
    """The data set of a recipe; what is wrong with it is the user's to mend."""
    with cli.user_errors(ValueError, OSError):
        return data.load(recipe.data, recipe.binarise, recipe.data_dir)


def fresh(args):
    """A new run: its state, data and folder."""
    if args.preset is ...:
        raise cli.UserError(f"say what to train: --small, or --preset with one of "
                            f"{', '.join(presets.PRESETS)}")  # fmt: skip
    with cli.user_errors(ValueError):
        preset = presets.find(args.preset)
        recipe = replace(preset.recipe, **overrides(args, RECIPE_OPTIONS))
        dataset = load_data(recipe)
        C, B, A = dataset.image_shape
        config = replace(preset.config, A=A, B=B, C=C, **overrides(args, MODEL_OPTIONS))
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


def resumed(args):
    """A run to go on with: its state, data and folder."""
    with cli.user_errors(checkpoint.CheckpointError, ValueError):
        k = checkpoint.load(args.resume)
        wanted = {**overrides(args, MODEL_OPTIONS), **overrides(args, RECIPE_OPTIONS)}
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


def record(k):
    """What ``config.json`` says of a run: what would be needed to repeat it."""
    packages = ("numpy", "autograd", "matplotlib", "pillow")
    return {
        "preset": k.preset,
        "seed": k.seed,
        "data": k.variant,
        "config": asdict(k.config),
        "recipe": asdict(k.recipe),
        "parameters": parameters.count(k.config),
        "versions": {"python": platform.python_version(), **versions(packages)},
        "threads": cli.blas_threads(),
    }


def versions(packages):
    """Installed versions by name."""
    from importlib.metadata import version

    return {name: version(name) for name in ("draw-np", *packages)}


def announce(k, dataset, folder, last_step):
    """Say what is going to happen, how long it will take and what to hope for."""
    c, r = k.config, k.recipe
    print(
        f"DRAW, preset {k.preset}: {described(c)}\n"
        f"  {parameters.count(c):,} parameters, engine {r.engine}, seed {k.seed}\n"
        f"  data: {dataset.variant};\n  {len(dataset.train):,} training, {len(dataset.valid):,} "
        f"validation and {len(dataset.test):,} test images"
    )
    seconds = step_seconds(k, dataset)
    print(
        f"  steps {k.step + 1} to {last_step} of {r.batch_size} images, {1000 * seconds:.0f} ms "
        f"each: about {duration(seconds * (last_step - k.step))}"
    )
    good = presets.PRESETS[k.preset].good if k.preset in presets.PRESETS else ""
    if good:
        print(f"  {good}")
    print(f"  writing to {folder}", flush=True)


def described(c):
    """The sizes of a network in one line."""
    read, write = ("the whole image" if N is None else f"{N} x {N}" for N in (c.N_read, c.N_write))
    return (
        f"images {c.A} x {c.B}{'' if c.C == 1 else f' x {c.C} channels'}, T = {c.T} steps, "
        f"H = {c.H}, Z = {c.Z}, read {read}, write {write}"
    )


def step_seconds(k, dataset):
    """Seconds of one training step here: the fastest of three gradients, the run untouched."""
    rng, c, M = np.random.default_rng(0), k.config, k.recipe.batch_size
    x = dataset.train.batch(np.arange(M), rng)
    eps = rng.standard_normal((c.T, M, c.Z), dtype=np.float32)
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        ENGINES[k.recipe.engine].terms_and_gradient(k.params, x, eps, c)
        taken.append(time.perf_counter() - began)
    return 1.15 * min(taken)  # Adam, validation and the pictures come on top


# ---------------------------------------------------------------- after


def finish(k, dataset, folder):
    """Judge the trained network on the test split, draw with it, say where things are."""
    k = checkpoint.load(folder / "best.npz")
    found = bounds.bound(k.params, k.config, dataset.test)
    coins = bounds.independent_pixels(dataset.train.mean(), dataset.test)
    rows = [
        ("independent pixels at the training means", coins.mean(), bounds.standard_error(coins),
         "computed"),
        *recorded_rows(k),
        ("this run", found.mean, found.error,
         f"Lx {found.L_x.mean():.1f} + Lz {found.L_z.sum(axis=0).mean():.1f}"),
    ]  # fmt: skip
    print(
        f"\nbound on the {len(dataset.test):,} test images, nats per image (standard error), "
        f"at step {k.step},\nwhich had the lowest validation bound:"
    )
    for name, mean, error, remark in rows:
        print(f"  {name:<42}{mean:7.1f} ({error:.1f})  {remark}")
    with cli.writing(folder):
        paths = pictures.save_generated(
            k.params, k.config, folder, streams.streams(k.seed)["sampling"]
        )
        log = training.read_log(folder / "log.csv")
        title = f"{k.preset}, {dataset.name}, seed {k.seed}: test bound {found.mean:.1f} nats"
        paths.append(pictures.save_curves(log, folder, title))
    print("\nwrote")
    for path in (*paths, *(folder / n for n in ("checkpoint.npz", "best.npz", "log.csv"))):
        print(f"  {path}")


def recorded_rows(k):
    """The VAE's recorded result, where it was measured on the same data."""
    vae = presets.PRESETS["vae"]
    r = vae.recorded
    if r is None or r.variant != k.variant or k.preset == "vae":
        return []
    return [("a VAE of one step (preset vae)", r.bound, r.error, f"recorded: {r.command}")]


if __name__ == "__main__":
    cli.run(main, PROG)
