"""Train a network: ``python -m draw_np.train --small``."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from draw_np import cli, networks
from draw_np.config import Config
from draw_np.data.dataset import Dataset
from draw_np.machine import backend, parallel
from draw_np.measuring import bounds, samples
from draw_np.networks import NetworkError, network
from draw_np.pictures import layouts, plot, results
from draw_np.pyramid import PyramidConfig
from draw_np.training import logbook, options, presets, running, streams, tasks
from draw_np.training.engines import ENGINES
from draw_np.training.listing import listed

PROG = "python -m draw_np.train"
GIVEN = " given their labels"
ABOUT = """\
Train DRAW and watch it learn to draw.

  python -m draw_np.train --small              real digits, no network needed, a few minutes
  python -m draw_np.train --small --steps 300  a first look in less than one
  python -m draw_np.train --resume runs/NAME   go on where a run stopped, bit for bit
  python -m draw_np.train --preset small-pyramid    a pyramid of adversarial networks instead

A run writes a folder (runs/TIME-PRESET, or --out): config.json, log.csv, checkpoint.npz,
best.npz (lowest validation bound), samples.png, drawing.png, drawing.gif and curves.png; of a
pyramid pyramid.png in the place of drawings, and best.npz has the lowest energy distance.
Ctrl-C saves a checkpoint and prints the line that resumes it.
"""
SIZES = ("T", "H", "Z", "N_read", "N_write", "K")


def parser() -> cli.Parser:
    """The command line."""
    p = cli.Parser(prog=PROG, description=ABOUT, argument_default=...)
    what = p.add_argument_group("what to train")
    what.add_argument(
        "--small",
        action=cli.Once,
        nargs=0,
        const="small",
        dest="preset",
        help="the preset to begin with; the same as --preset small",
    )
    what.add_argument(
        "--preset", action=cli.Once, metavar="NAME", help=f"one of: {', '.join(presets.DRAWING)}"
    )
    what.add_argument(
        "--list",
        action="store_true",
        default=False,
        help="print all presets, their sizes and an estimated time",
    )
    options.add_data_options(what)
    model = p.add_argument_group("the network's sizes, in the paper's letters")
    model.add_argument("--T", type=cli.size, help="drawing steps, the paper's glimpses")
    model.add_argument("--H", type=cli.size, help="LSTM units")
    model.add_argument("--Z", type=cli.size, help="latent components of a step")
    for name, does in (("read", "read"), ("write", "written")):
        model.add_argument(
            f"--N-{name}",
            type=cli.filters,
            metavar="N",
            help=f"N x N filters of the patch that is {does}; 'none': no attention",
        )
    model.add_argument(
        "--K",
        type=cli.filters,
        help="classes, where the data's labels say what is drawn; 'none': no labels",
    )
    options.add_training_options(p, ENGINES)
    p.add_argument(
        "--noise",
        choices=("host", "device"),
        default="host",
        help="where the noise is drawn: by NumPy, the same on every device (host), or "
        "by the GPU, other numbers (device)",
    )
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Train as the arguments say; returns the exit code."""
    args = parser().parse_args(argv)
    if args.list:
        print(listed())
        return 0
    return running.run_command(args, command_for(args))


def command_for(args: argparse.Namespace) -> running.Command:
    """How to train what the arguments ask for: DRAW, or a pyramid; UserError for its options."""
    if kind_wanted(args) is not networks.PYRAMID:
        return COMMAND
    for name in set(SIZES) - set(PYRAMID.sizes):
        if getattr(args, name) is not ...:
            option = f"--{name.replace('_', '-')}"
            raise cli.UserError(f"{option} is a size of DRAW, and a pyramid has none: leave it out")
    return PYRAMID


def kind_wanted(args: argparse.Namespace) -> network.Kind:
    """The kind of network that the arguments name: by a run, by weights or by a preset."""
    for given, seen in ((args.resume, ("checkpoint.npz",)), (args.source, network.SEEN)):
        if given is not ...:
            try:
                return network.kind_in(given, seen)
            except NetworkError:  # will be told where the file is read
                return networks.DRAW
    return networks.PYRAMID if args.preset in presets.PYRAMIDS else networks.DRAW


def described(c: Config) -> str:
    """The sizes of a network in one line."""
    read, write = ("the whole image" if N is None else f"{N} x {N}" for N in (c.N_read, c.N_write))
    return (
        f"DRAW: images {c.A} x {c.B}{'' if c.C == 1 else f' x {c.C} channels'}, T = {c.T} steps, "
        f"H = {c.H}, Z = {c.Z}, read {read}, write {write}"
        + ("" if c.K is None else f", {c.K} classes")
    )


def finish(run: networks.Network, dataset: Dataset, folder: Path) -> None:
    """Judge the trained network on the test split, draw with it, say where things are."""
    run = networks.load(folder, networks.DRAW).on(backend.library_of(run.params))
    found = bounds.bound(run.params, run.config, dataset.test)
    if not parallel.writes():
        return  # the first process tells and draws
    coins = bounds.independent_pixels(dataset.train.mean(), dataset.test)
    mean, error = coins.mean(), bounds.standard_error(coins)
    parts = f"Lx {found.L_x.mean():.1f} + Lz {found.L_z.sum(axis=0).mean():.1f}"
    rows = [
        ("independent pixels at the training means", mean, error, "computed"),
        *recorded_rows(run),
        ("this run", found.mean, found.error, parts),
    ]
    print(
        f"\nbound on the {len(dataset.test):,} test images{'' if run.config.K is None else GIVEN}, "
        "nats per image (standard error), "
        f"at step {run.step},\nwhich had the lowest validation bound:"
    )
    for name, mean, error, remark in rows:
        print(f"  {name:<42}{mean:7.1f} ({error:.1f})  {remark}")
    with cli.writing(folder):
        paths = results.save_generated(
            run.params, run.config, folder, streams.streams(run.seed)["sampling"]
        )
        log = logbook.read(folder / "log.csv", ("bound", "L_x", "L_z", "kl"))
        title = f"{run.preset}, {dataset.name}, seed {run.seed}: test bound {found.mean:.1f} nats"
        if len(log["step"]):  # it may have been deleted
            paths.append(results.save_curves(log, folder, title))
    wrote(folder, paths)


def wrote(folder: Path, paths: Sequence[Path]) -> None:
    """Say which files a finished run has written."""
    print("\nwrote")
    for path in (*paths, *(folder / n for n in ("checkpoint.npz", "best.npz", "log.csv"))):
        print(f"  {path}")


def recorded_rows(run: networks.Network) -> list[tuple[str, float, float, str]]:
    """The VAE's recorded result, where it was measured on the same data."""
    vae = presets.PRESETS["vae"]
    r = vae.recorded
    if r is None or r.variant != run.variant or run.preset == "vae":
        return []
    return [("a VAE of one step (preset vae)", r.bound, r.error, f"recorded: {r.command}")]


# ---------------------------------------------------------------- the pyramid


def described_pyramid(c: PyramidConfig) -> str:
    """The sizes of a pyramid in one line."""
    pictures = ", ".join(f"{c.A >> k} x {c.B >> k}" for k in range(c.T - 1, -1, -1))
    return (
        f"pyramid of adversarial networks: {pictures}{'' if c.C == 1 else f', {c.C} channels'}; "
        f"H = {c.H}, Z = {c.Z}"
    )


def finish_pyramid(run: networks.Network, dataset: Dataset, folder: Path) -> None:
    """Compare what the pyramid draws with the test split, and say where things are."""
    run = networks.load(folder, networks.PYRAMID).on(backend.library_of(run.params))
    if not parallel.writes():
        return
    test, training = (
        split.batch(np.arange(min(len(split), 1000)), np.random.default_rng(run.seed))
        for split in (dataset.test, dataset.train)
    )
    drawn = run.draw(1000, run.seed).means[-1]
    energy = samples.energy_distance(drawn, test)
    print(
        "\nan adversarial network has no bound; 1,000 drawn images at step "
        f"{run.step}, which had the lowest validation:\n"
        f"  energy distance to the test images  {energy:8.3f}  (training images: "
        f"{samples.energy_distance(training, test):.3f})\n"
        f"  spread, real images being 1         {samples.spread(drawn, test):8.3f}"
    )
    with cli.writing(folder):
        paths = results.save_pyramid(
            run.params, run.config, folder, streams.streams(run.seed)["sampling"]
        )
        players = [f"{name}_{k}" for name in "DG" for k in range(run.config.T)]
        log = logbook.read(folder / "log.csv", players)
        title = f"{run.preset}, {dataset.name}, seed {run.seed}: energy distance {energy:.2f}"
        if len(log["step"]):
            paths.append(plot.save(layouts.players(log, title), folder / "curves.png"))
    wrote(folder, paths)


COMMAND = running.Command(PROG, tasks.DRAW, presets.DRAWING, SIZES, described, finish)
PYRAMID = running.Command(
    PROG, tasks.PYRAMID, presets.DRAWING, ("T", "H", "Z"), described_pyramid, finish_pyramid
)


if __name__ == "__main__":
    cli.run(main, PROG)
