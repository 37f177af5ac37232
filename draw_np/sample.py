"""Draw new images with a trained network: ``python -m draw_np.sample NETWORK``."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from draw_np import cli, networks
from draw_np.config import Config
from draw_np.pictures import results

ROOM = 2**30  # bytes of canvases
LONGEST = 40  # digits that --write takes
PROG = "python -m draw_np.sample"
ABOUT = """\
Let a trained network draw new images.

  python -m draw_np.sample small                       a network that comes with the package
  python -m draw_np.sample runs/NAME                   100 images, 10 of them step by step
  python -m draw_np.sample runs/NAME --seed 7 --n 400  others, and more
  python -m draw_np.sample small-labelled --write 2026 the digits that one asks for

Writes samples.png (a grid), drawing.png (rows of canvases with the write window) and
drawing.gif into a folder of their own. The images are the first n of the seed, unselected,
and show the means sigmoid(c_T), not binary draws. With --write it is written.png,
drawing.png and drawing.gif, and the digits stand side by side. Of a pyramid of adversarial
networks it is samples.png and pyramid.png: coarse picture, details and sums.
"""


def parser() -> cli.Parser:
    """The command line."""
    p = cli.Parser(prog=PROG, description=ABOUT)
    p.add_argument("network", help=networks.HELP)
    p.add_argument("--n", type=cli.size, help="images in the grid (100)")
    p.add_argument("--rows", type=cli.size, help="images in drawing.png (10)")
    p.add_argument("--moving", type=cli.size, help="images in drawing.gif (10)")
    p.add_argument(
        "--write",
        type=digits,
        metavar="DIGITS",
        help="what to draw, of a network with classes: 2026",
    )
    p.add_argument("--seed", type=cli.count, default=0, help="of the latents (0)")
    p.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where to write (samples-SEED, DIGITS-SEED beside it)",
    )
    cli.add_device_option(p)
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Sample as the arguments say; returns the exit code."""
    args = parser().parse_args(argv)
    with cli.user_errors(networks.NetworkError):
        k = networks.load(args.network)
    if k.kind is networks.GLIMPSE:
        raise cli.UserError(
            f"{args.network} holds {k.kind.about}, and {networks.DRAW.about} is wanted here: give "
            f"a run of {networks.DRAW.command}"
        )
    k.on(cli.array_library(args))
    counts: tuple[int, ...] = (args.n or 100, args.rows or 10, args.moving or 10)
    save: Callable[..., list[Path]] = results.save_generated
    wanted: tuple[Any, ...] = counts
    if k.kind is networks.PYRAMID:
        save, wanted = results.save_pyramid, counts[:2]
    if args.write:
        expect_known(args, k.config)
        save, wanted, counts = results.save_written, (np.array(args.write),), (len(args.write),)
    expect_room(k.config, max(counts))
    name = "".join(map(str, args.write)) if args.write else "samples"
    folder = args.out or beside(k, Path(args.network)) / f"{name}-{args.seed}"
    rng = np.random.default_rng(args.seed)
    with cli.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path in save(k.params, k.config, folder, rng, *wanted):
            print(path)
    return 0


def digits(text: str) -> list[int]:
    """An argument of digits, each a class to be drawn: a list of int."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(
            f"{cli.shortened(text)!r} is not made of the digits 0 to 9 alone"
        )
    if len(text) > LONGEST:
        raise argparse.ArgumentTypeError(
            f"{cli.shortened(text)} has {len(text)} digits: ask for at most {LONGEST}"
        )
    return [int(digit) for digit in text]


def expect_known(args: argparse.Namespace, config: Config) -> None:
    """UserError unless the network has the classes that ``--write`` asks for, and nothing else."""
    if args.n or args.rows or args.moving:
        raise cli.UserError("--write says how many images: leave out --n, --rows and --moving")
    K = getattr(config, "K", None)
    if K is None:
        raise cli.UserError(
            f"{args.network} has no classes to ask for: give small-labelled, or a run of "
            "python -m draw_np.train --preset small-labelled"
        )
    if max(args.write) >= K:
        raise cli.UserError(
            f"--write asks for {max(args.write)}, and {args.network} knows the classes 0 to "
            f"{K - 1} only"
        )


def expect_room(config: Config, n: int) -> None:
    """UserError if n images being drawn, all canvases of them, do not fit into the memory."""
    most = ROOM // (4 * (config.T + 1) * config.pixels)
    if n > most:
        raise cli.UserError(f"{n:,} images at once take too much memory: ask for at most {most:,}")


def beside(network: networks.Network, path: Path) -> Path:
    """Where drawings go by default: a run's folder, or runs/NAME for a packaged network."""
    if network.name:
        return Path("runs") / network.name
    return path if path.is_dir() else path.parent


if __name__ == "__main__":
    cli.run(main, PROG)
