"""The attentive classifier: ``python -m draw_np.classify train --small``."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from draw_np import cli, glimpse, networks
from draw_np.data.dataset import Dataset, Split
from draw_np.machine import backend, parallel
from draw_np.measuring import classification, paper_tables
from draw_np.pictures import layouts, plot
from draw_np.training import logbook, options, presets, running, tasks

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # a reader's backend may end its import: see pictures

PROG = "python -m draw_np.classify"
ABOUT = """\
Train and judge a classifier that looks at a cluttered image a few times (Section 4.1).

  python -m draw_np.classify train --small            digits in clutter, about two minutes
  python -m draw_np.classify train --preset cluttered the paper's, on MNIST in 100 x 100 clutter
  python -m draw_np.classify train --resume runs/NAME go on where a run stopped, bit for bit
  python -m draw_np.classify evaluate runs/NAME       its error, in the paper's Table 1

The presets that end in -whole are the baseline: about as many parameters, and one look at the
whole image, downsampled.
"""
SIZES = ("T", "H", "N")


def parser() -> cli.Parser:
    """The command line."""
    p = cli.Parser(prog=PROG, description=ABOUT)
    commands = p.add_subparsers(dest="what", required=True, metavar="{train,evaluate}")
    add_train(commands)
    add_evaluate(commands)
    return p


def add_train(commands: Any) -> None:
    """The options of ``train``."""
    p = commands.add_parser(
        "train", help="train a classifier", description=ABOUT, argument_default=...
    )
    what = p.add_argument_group("what to train")
    what.add_argument(
        "--small",
        action=cli.Once,
        nargs=0,
        const="cluttered-small",
        dest="preset",
        help="the same as --preset cluttered-small",
    )
    what.add_argument(
        "--preset",
        action=cli.Once,
        metavar="NAME",
        help=f"one of: {', '.join(presets.CLASSIFIERS)}",
    )
    options.add_data_options(what)
    sizes = p.add_argument_group("the network's sizes, in the paper's letters")
    sizes.add_argument("--T", type=cli.size, help="glimpses")
    sizes.add_argument("--H", type=cli.size, help="LSTM units")
    sizes.add_argument("--N", type=cli.size, help="N x N filters of a glimpse")
    options.add_training_options(p, tasks.GLIMPSE.engines)


def add_evaluate(commands: Any) -> None:
    """The options of ``evaluate``."""
    p = commands.add_parser("evaluate", help="measure the error of one or more", description=ABOUT)
    p.add_argument("network", nargs="+", help=networks.HELP)
    p.add_argument("--data-dir", metavar="DIR", help="a folder with the data's original files")
    p.add_argument(
        "--split", choices=("train", "valid", "test"), default="test", help="which images (test)"
    )
    p.add_argument(
        "--fresh",
        type=cli.count,
        metavar="SEED",
        help="put the digits among clutter that this seed draws anew",
    )
    cli.add_json_option(p)
    cli.add_device_option(p)


def main(argv: Sequence[str] | None = None) -> int:
    """Train or evaluate as the arguments say; returns the exit code."""
    args = parser().parse_args(argv)
    return running.run_command(args, COMMAND) if args.what == "train" else evaluate(args)


def described(c: glimpse.GlimpseConfig) -> str:
    """The sizes of a classifier in one line."""
    return (
        f"attentive classifier: images {c.A} x {c.B}{'' if c.C == 1 else f' x {c.C} channels'}, "
        f"{c.T} {'glimpse' if c.T == 1 else 'glimpses'} of {c.N} x {c.N}, H = {c.H}"
    )


# ---------------------------------------------------------------- judging


def report(path: Path, args: Namespace, xp: Any) -> dict[str, Any]:
    """What an evaluation of one checkpoint measured, with arrays of the library ``xp``; a dict."""
    with cli.user_errors(ValueError, OSError):
        run = networks.load(path, networks.GLIMPSE).on(xp)
        dataset = run.dataset(args.data_dir)
        split = dataset.split(args.split)
        split = split if args.fresh is None else classification.Fresh(split)
        found = classification.judge(run.params, run.config, split, args.fresh or 0)
    return {
        "checkpoint": str(path),
        "name": f"{run.preset}, {run.config.T} x {run.config.N} x {run.config.N}, step {run.step}",
        "preset": run.preset,
        "step": run.step,
        "parameters": run.count,
        "dataset": dataset.name,
        "data": dataset.variant,
        "split": args.split,
        "fresh": args.fresh,
        **classification.summary(found),
    }


def said(r: dict[str, Any]) -> str:
    """A report as a person reads it."""
    low, high = r["interval"]
    fresh = "" if r["fresh"] is None else f", among clutter of seed {r['fresh']}"
    return (
        f"{r['checkpoint']}, preset {r['preset']}, step {r['step']}, "
        f"{r['parameters']:,} parameters\n"
        f"{r['split']} split{fresh}, {r['images']:,} images: {r['data']}\n"
        f"  error {r['error']:.2%} ({r['wrong']} wrong), 95 % interval {low:.2%} to {high:.2%}\n"
        f"  cross-entropy {r['cross_entropy']:.4f} nats per image"
    )


def evaluate(args: Namespace) -> int:
    """The error of every checkpoint given; returns the exit code."""
    xp = cli.array_library(args)
    reports = [report(path, args, xp) for path in args.network]
    texts = [*map(said, reports), paper_tables.table_1(reports)]
    cli.present("\n\n".join(texts), reports, args.json)
    return 0


# ---------------------------------------------------------------- after training


def finish(run: networks.Network, dataset: Dataset, folder: Path) -> None:
    """Judge the trained classifier on the test split, show where it looks, say where things are."""
    args = parser().parse_args(["evaluate", str(folder)])
    xp = backend.library_of(run.params)
    r = report(folder, args, xp)
    if not parallel.writes():
        return  # the first process tells and draws
    print(f"\n{said(r)}\n\n{paper_tables.table_1([r])}")
    title = f"{run.preset}, {dataset.name}, seed {run.seed}: test error {r['error']:.1%}"
    best = networks.load(folder, networks.GLIMPSE).on(xp)
    log = logbook.read(folder / "log.csv", ("cross_entropy", "error"))
    with cli.writing(folder):
        paths = [plot.save(glimpses(best, dataset.test), folder / "glimpses.png")]
        if len(log["step"]):  # it may have been deleted
            paths.append(plot.save(layouts.learning(log, title), folder / "curves.png"))
    print("\nwrote")
    for path in (*paths, *(folder / n for n in ("checkpoint.npz", "best.npz", "log.csv"))):
        print(f"  {path}")


def glimpses(run: networks.Network, split: Split, seed: int = 0, rows: int = 6) -> "Figure":
    """The paper's Figure 5 of a trained classifier, on the first images of a split."""
    indices = np.arange(min(rows, len(split)))
    x = split.batch(indices, np.random.default_rng(seed))
    found = glimpse.classify(run.params, backend.alongside(run.params, x), run.config)
    p, att = backend.to_host(found)
    answers, right = p.argmax(axis=1), classification.labels(split, indices)
    notes = [
        f"a {y}\nnamed {a}\n({p[m, a]:.0%})"
        for m, (a, y) in enumerate(zip(answers, right, strict=True))
    ]
    title = f"Figure 5. Where the classifier looks, {run.config.N} x {run.config.N} filters"
    return layouts.glimpses(x, att, run.config.N, title, notes)


COMMAND = running.Command(
    f"{PROG} train", tasks.GLIMPSE, presets.CLASSIFIERS, SIZES, described, finish
)


if __name__ == "__main__":
    cli.run(main, PROG)
