"""Measure a trained network's bound: ``python -m draw_np.evaluate CHECKPOINT``."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from draw_np import cli, networks
from draw_np.machine import backend
from draw_np.measuring import bounds, paper_tables

PROG = "python -m draw_np.evaluate"
ABOUT = """\
Measure how many nats a trained network needs for an image.

  python -m draw_np.evaluate runs/NAME                 the bound on the test split
  python -m draw_np.evaluate runs/NAME --samples 50    and the importance-weighted bound at 50

The bound is L = Lx + Lz, an upper bound on -log p(x), in nats per image, with its standard
error over images. The importance-weighted bound comes closer the more samples it has.
"""


def parser() -> cli.Parser:
    """The command line."""
    p = cli.Parser(prog=PROG, description=ABOUT)
    p.add_argument("network", help=networks.HELP)
    p.add_argument("--data-dir", metavar="DIR", help="a folder with the data's original files")
    p.add_argument(
        "--split", choices=("train", "valid", "test"), default="test", help="which images (test)"
    )
    p.add_argument(
        "--samples", type=cli.size, default=1, metavar="K", help="noise draws an image (1)"
    )
    p.add_argument(
        "--images",
        type=cli.size,
        metavar="n",
        help="judge a random n of the split's images instead of all",
    )
    p.add_argument("--seed", type=cli.count, default=0, help="of noise, binarisation, choice (0)")
    cli.add_json_option(p)
    cli.add_device_option(p)
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Evaluate as the arguments say; returns the exit code."""
    args = parser().parse_args(argv)
    with cli.user_errors(networks.NetworkError):
        k = networks.load(args.network, networks.DRAW)
    xp = cli.array_library(args)
    k.on(xp)
    with cli.user_errors(ValueError, OSError):
        dataset = k.dataset(args.data_dir)
        whole = dataset.split(args.split)
        split = bounds.chosen(whole, args.images, args.seed)
    found = bounds.bound(k.params, k.config, split, args.samples, args.seed)
    coins = bounds.independent_pixels(dataset.train.mean(), split, args.seed)
    report = {
        "checkpoint": args.network,
        "preset": k.preset,
        "step": k.step,
        "dataset": dataset.name,
        "data": dataset.variant,
        "split": args.split,
        "images": len(split),
        "images_of_split": len(whole),
        "classes": k.config.K,
        "seed": args.seed,
        "samples": args.samples,
        "threads": backend.blas()[1],
        "device": backend.described(xp),
        "independent_pixels": float(coins.mean()),
        **summary(found),
    }
    beside = [paper_tables.table_2(report)] if "mnist" in dataset.name else []
    cli.present("\n\n".join([table(report), *beside]), report, args.json)
    return 0


def summary(found: bounds.Bound) -> dict[str, Any]:
    """The numbers of a ``bounds.Bound`` that a report gives, in nats per image."""
    return {
        "bound": found.mean,
        "bound_error": found.error,
        "L_x": float(found.L_x.mean()),
        "L_z": float(found.L_z.sum(axis=0).mean()),
        "L_z_of_every_step": [float(v) for v in found.L_z.mean(axis=1)],
        "importance_weighted": found.importance_weighted,
        "importance_weighted_error": bounds.standard_error(found.importance_weighted_each),
    }


def table(r: dict[str, Any]) -> str:
    """A report as a person reads it."""
    given = "" if r["classes"] is None else ", given y"
    rows = [
        (f"bound L = Lx + Lz{given}", r["bound"], r["bound_error"]),
        ("  reconstruction Lx", r["L_x"], None),
        ("  latents Lz", r["L_z"], None),
        (
            f"importance-weighted, K = {r['samples']}",
            r["importance_weighted"],
            r["importance_weighted_error"],
        ),
        ("independent pixels", r["independent_pixels"], None),
        ("the bound in bits", r["bound"] / np.log(2), None),
    ]
    lines = [
        f"  {name:<32}{value:8.2f}" + (f" ({error:.2f})" if error is not None else "")
        for name, value, error in rows
    ]
    return "\n".join(
        [
            f"{r['checkpoint']}, preset {r['preset']}, step {r['step']}",
            f"{r['split']} split, {r['images']:,} images: {r['data']}",
            f"seed {r['seed']}, samples an image: {r['samples']}, threads: {r['threads']}, "
            f"device: {r['device']}",
            "nats per image (standard error over images):",
            *(
                []
                if not given
                else [
                    f"bounds on -log p(x | y), y the label; y itself costs "
                    f"log {r['classes']} = {np.log(r['classes']):.2f} more"
                ]
            ),
            *lines,
        ]
    )


if __name__ == "__main__":
    cli.run(main, PROG)
