"""A run that goes on from its checkpoint: what may be changed, and how that is recorded."""

from dataclasses import asdict, replace

from draw_np import cli, data
from draw_np.data.fingerprint import fingerprint
from draw_np.machine import parallel
from draw_np.networks import NetworkError
from draw_np.training import checkpoint, schedules
from draw_np.training import folder as places
from draw_np.training.options import CHANGEABLE, LEARNING, RECIPE_OPTIONS, overrides
from draw_np.training.starting import load_data


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
        least = max(run.step, run.origin + 1)  # a run that began with weights has a step of its own
        if changed.get("steps", run.recipe.steps) < least:
            raise cli.UserError(
                f"the checkpoint is at step {run.step} already: --steps must be at least {least}"
            )
        change(run, changed)
        dataset = load_data(run.recipe)
        run.expect_data(dataset)
        run.fingerprint = run.fingerprint or fingerprint(dataset)  # the first edition kept none
    if not new:
        with cli.writing(folder):
            places.sweep(folder)
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
        print(
            f"from step {run.step + 1} on: {said}; the rate goes from {rate:.3g} to "
            f"{schedules.rate(run):.3g}"
        )
