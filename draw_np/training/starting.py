"""A new run: from a preset, or from the weights of a trained network."""

from dataclasses import replace

from draw_np import cli, data, networks
from draw_np.networks import NetworkError
from draw_np.training import folder as places
from draw_np.training import loop, presets
from draw_np.training.estimate import expect_room
from draw_np.training.options import RECIPE_OPTIONS, overrides


def fresh(args, command):
    """A new run: its state, data and folder, and that the folder is to be made."""
    source = None
    if getattr(args, "source", ...) is not ...:
        with cli.user_errors(NetworkError):
            source = networks.load(args.source, command.task.kind)
    if args.preset is ... and source is None:
        raise cli.UserError(
            f"say what to train: --small, or --preset with one of {', '.join(command.presets)}"
        )
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


def load_data(recipe):
    """The data set of a recipe; what is wrong with it is the user's to correct."""
    with cli.user_errors(ValueError, OSError):
        return data.load(recipe.data, recipe.binarise, recipe.data_dir)
