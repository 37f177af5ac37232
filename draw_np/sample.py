"""Draw new images with a trained network: ``python -m draw_np.sample NETWORK``."""

from pathlib import Path

import numpy as np

from draw_np import cli, networks
from draw_np.pictures import results

ROOM = 2**30  # bytes of canvases
PROG = "python -m draw_np.sample"
ABOUT = """\
Let a trained network draw new images.

  python -m draw_np.sample small                       a network that comes with the package
  python -m draw_np.sample runs/NAME                   100 images, 10 of them step by step
  python -m draw_np.sample runs/NAME --seed 7 --n 400  others, and more

Writes samples.png (a grid), drawing.png (rows of canvases with the write window) and
drawing.gif into a folder of their own. The images are the first n of the seed, unselected,
and show the means sigmoid(c_T), not binary draws.
"""


def parser():
    """The command line."""
    p = cli.Parser(prog=PROG, description=ABOUT)
    p.add_argument("network", help=networks.HELP)
    p.add_argument("--n", type=cli.size, default=100, help="images in the grid (100)")
    p.add_argument("--rows", type=cli.size, default=10, help="images in drawing.png (10)")
    p.add_argument("--moving", type=cli.size, default=10, help="images in drawing.gif (10)")
    p.add_argument("--seed", type=cli.count, default=0, help="of the latents (0)")
    p.add_argument("--out", type=Path, metavar="DIR",
                   help="where to write (samples-SEED beside the network)")  # fmt: skip
    cli.add_device_option(p)
    return p


def main(argv=None):
    """Sample as the arguments say; returns the exit code."""
    args = parser().parse_args(argv)
    with cli.user_errors(networks.NetworkError):
        k = networks.load(args.network, networks.DRAW)
    k.on(cli.array_library(args))
    expect_room(k.config, max(args.n, args.rows, args.moving))
    folder = args.out or beside(k, Path(args.network)) / f"samples-{args.seed}"
    rng = np.random.default_rng(args.seed)
    with cli.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path in results.save_generated(
            k.params, k.config, folder, rng, args.n, args.rows, args.moving
        ):
            print(path)
    return 0


def expect_room(config, n):
    """UserError if n images being drawn, all canvases of them, do not fit into the memory."""
    most = ROOM // (4 * (config.T + 1) * config.pixels)
    if n > most:
        raise cli.UserError(f"{n:,} images at once take too much memory: ask for at most {most:,}")


def beside(network, path):
    """Where drawings go by default: a run's folder, or runs/NAME for a packaged network."""
    if network.name:
        return Path("runs") / network.name
    return path if path.is_dir() else path.parent


if __name__ == "__main__":
    cli.run(main, PROG)
