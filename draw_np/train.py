"""Train a network: ``python -m draw_np.train --small``."""

from collections.abc import Sequence
from pathlib import Path

from draw_np import cli, networks
from draw_np.config import Config
from draw_np.data.dataset import Dataset
from draw_np.machine import backend, parallel
from draw_np.measuring import bounds
from draw_np.pictures import results
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

A run writes a folder (runs/TIME-PRESET, or --out): config.json, log.csv, checkpoint.npz,
best.npz (lowest validation bound), samples.png, drawing.png, drawing.gif and curves.png.
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
        "--preset", action=cli.Once, metavar="NAME", help=f"one of: {', '.join(presets.PRESETS)}"
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
    return running.run_command(args, COMMAND)


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
        log = logbook.read(folder / "log.csv")
        title = f"{run.preset}, {dataset.name}, seed {run.seed}: test bound {found.mean:.1f} nats"
        if len(log["step"]):  # it may have been deleted
            paths.append(results.save_curves(log, folder, title))
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


COMMAND = running.Command(PROG, tasks.DRAW, presets.PRESETS, SIZES, described, finish)


if __name__ == "__main__":
    cli.run(main, PROG)
