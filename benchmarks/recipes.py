"""How fast to learn: learning rates and batches compared, over seeds, on the fixed binarised MNIST.

    python -m benchmarks.recipes --data-dir DIR --out recipes.csv   # about 40 minutes of one thread

The network of the preset ``mnist`` with T = 16, and 80,000 images for every training: so smaller
batches take more steps. The rate is the same until the last tenth of the steps and falls to 0
there (``schedules.stable``). Each pair is trained with three seeds. The validation bound is
measured before the rate falls and after, of the weights and of their running average
(Polyak & Juditsky 1992; an exponential one, over about a twentieth of the steps).

A training that stands in the file already is not made again.
"""

import argparse
import csv
import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from draw_np import data
from draw_np.measuring import bounds
from draw_np.training import loop, presets, schedules

T, IMAGES, SEEDS = 16, 80_000, (0, 1, 2)
PAIRS = tuple((lr, M) for M in (50, 100) for lr in (0.001, 0.003, 0.006))


class Row(NamedTuple):
    """One training: the pair, the seed, and the validation bounds in nats."""

    lr: float
    batch: int
    seed: int
    seconds: float
    before: float  #: the rate falls
    before_average: float
    after: float
    after_average: float


def average(mean, params, share):
    """Move the running average towards the parameters by ``share`` of the way, in place."""
    for name, value in params.items():
        mean[name] += share * (value - mean[name])


def trained(dataset, lr, batch, seed, images=IMAGES):
    """Train once and measure; a ``Row``."""
    preset, steps = presets.find("mnist"), images // batch
    recipe = replace(preset.recipe, steps=steps, lr=lr, batch_size=batch, schedule="stable")
    run = loop.begin("mnist", replace(preset.config, T=T), recipe, dataset, seed)
    mean = {name: value.copy() for name, value in run.params.items()}
    bound = lambda params: bounds.bound(params, run.config, dataset.valid).mean  # noqa: E731
    found = []
    for end in (round(steps * (1 - schedules.DECAY)), steps):
        while run.step < end:
            loop.advance(run, dataset)
            average(mean, run.params, 20 / steps)
        found += [bound(run.params), bound(mean)]
    return Row(lr, batch, seed, round(run.seconds, 1), *(round(value, 2) for value in found))


def rows(path):
    """The trainings that a file tells of; none if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [
            Row(float(r[0]), int(r[1]), int(r[2]), *map(float, r[3:]))
            for r in list(csv.reader(file))[1:]
        ]


def table(found):
    """Lines of a table: every pair's mean over its seeds, and how far the seeds lie apart."""
    yield "| batch | rate | seeds | before the fall | its average | after | its average |"
    yield "|---|---|---|---|---|---|---|"
    for lr, batch in PAIRS:
        own = [row[4:] for row in found if (row.lr, row.batch) == (lr, batch)]
        if own:
            cells = [f"{np.mean(c):.1f} ({np.ptp(c):.1f})" for c in zip(*own, strict=True)]
            yield f"| {batch} | {lr} | {len(own)} | {' | '.join(cells)} |"


def main(argv=None):
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recipes",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data-dir", help="a folder with the original files")
    parser.add_argument("--out", type=Path, default=Path("recipes.csv"), help="a row a training")
    asked = parser.parse_args(argv)
    found, dataset = rows(asked.out), data.load("binarized-mnist", data_dir=asked.data_dir)
    done = {row[:3] for row in found}
    for seed in SEEDS:
        for lr, batch in PAIRS:
            if (lr, batch, seed) not in done:
                found.append(trained(dataset, lr, batch, seed))
                with asked.out.open("w", newline="") as file:
                    csv.writer(file).writerows([Row._fields, *found])
                print(*found[-1], flush=True)
    print(*table(found), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
