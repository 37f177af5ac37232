"""The options that the commands which train share, and what is asked of an engine by them."""

from pathlib import Path

from draw_np import cli, data
from draw_np.data.dataset import BINARISATIONS
from draw_np.training import loop
from draw_np.training.schedules import SCHEDULES

RECIPE_OPTIONS = (
    *("data", "binarise", "data_dir", "steps", "batch_size"),
    *("lr", "schedule", "clip", "engine", "segments"),
)
LEARNING = ("steps", "schedule", "lr", "clip")  # with another of these a new stretch begins
CHANGEABLE = (*LEARNING, "engine", "segments", "data_dir")  # what a resumed run may do differently


def add_data_options(group):
    """``--data``, ``--data-dir`` and ``--binarise``."""
    group.add_argument(
        "--data", metavar="NAME", help=f"{', '.join(data.LOADERS)}; an .npz; a folder of PNGs"
    )
    group.add_argument(
        "--data-dir", metavar="DIR", help="a folder with the original files, in place of a download"
    )
    ways = "; ".join(f"{name}: {does}" for name, does in BINARISATIONS.items())
    group.add_argument("--binarise", choices=BINARISATIONS, help=ways)


def add_training_options(p, engines):
    """How to train, and where."""
    how = p.add_argument_group("how to train (the paper says only: Adam)")
    how.add_argument(
        "--steps",
        type=cli.size,
        help="training steps in all; the schedule ends there, so that the rate of a "
        "cosine jumps where a resumed run is given more",
    )
    how.add_argument("--batch-size", type=cli.size, metavar="M", help="images a step")
    how.add_argument("--lr", type=cli.rate, help="learning rate")
    how.add_argument(
        "--schedule",
        choices=SCHEDULES,
        help="of the learning rate; stable: the same until the last tenth, then down to 0",
    )
    how.add_argument("--clip", type=cli.positive, help="largest norm of a gradient")
    how.add_argument("--seed", type=cli.count, help="a run is a function of it (0)")
    how.add_argument("--engine", choices=engines, help="which way to the gradient")
    how.add_argument(
        "--segments",
        type=cli.size,
        metavar="K",
        help="keep the T steps in K pieces and compute each again for the backward "
        "pass: less memory, more time (1)",
    )
    add_run_options(p)


def add_run_options(p):
    """Where a run is written, and from where it goes on."""
    a_run = p.add_argument_group("the run")
    a_run.add_argument("--out", metavar="DIR", type=Path, help="a new or empty folder for the run")
    a_run.add_argument(
        "--resume",
        metavar="RUN",
        type=Path,
        help="a run folder or its checkpoint, to go on with; with --out in another "
        "folder, and the run itself stays as it is",
    )
    a_run.add_argument(
        "--from",
        metavar="NETWORK",
        dest="source",
        help="begin with the weights of a network: a file, a run folder or the name "
        "of one that comes with the package; T may be another",
    )
    a_run.add_argument(
        "--stop-after", metavar="N", type=cli.size, help="stop with a checkpoint after N more steps"
    )
    cli.add_device_option(a_run)
    a_run.add_argument(
        "--profile",
        action="store_true",
        default=False,
        help="say at the end where the time of the training steps went",
    )


def overrides(args, names):
    """The options among ``names`` that the user gave; ``...`` stands for not given."""
    return {name: getattr(args, name) for name in names if getattr(args, name) is not ...}


def check_options(run, clock, command):
    """UserError if the run asks its engine for what that cannot do."""
    with cli.user_errors(ValueError):
        engine = command.task.engine(run.recipe.engine)
    if run.recipe.segments > run.config.T:
        raise cli.UserError(
            f"--segments {run.recipe.segments} asks for more pieces than there are steps: give at "
            f"most T = {run.config.T}"
        )
    for name in loop.engine_options(run.recipe, clock):
        if name not in engine.options:
            option = {"clock": "--profile", "segments": "--segments"}[name]
            raise cli.UserError(
                f"the engine {run.recipe.engine} of {command.task.kind.about} has no {option}: "
                "leave it out, or train with python -m draw_np.train --engine manual"
            )
