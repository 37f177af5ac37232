"""``python -m benchmarks``: time one training step of DRAW in several frameworks."""

import os
import signal
import sys
from pathlib import Path

from benchmarks import machine
from draw_np import cli

ABOUT = """\
Times one training step (forward, backward, clipping by the global norm, Adam) of the same
network at the same sizes in this project's engines and, where they are installed, in PyTorch
and JAX, and beside them the floor: the step's dense products alone. All are checked to give
the same loss and gradients first. Without --quick this takes 10 to 20 minutes, most of it
spent by torch.compile; leave the machine alone meanwhile. --ladder and --to-result time other
things in its place: the tricks of the fast engine one by one, and a whole training.
"""


def arguments(argv=None):
    from benchmarks.contenders import names
    from benchmarks.problem import CONFIGURATIONS

    parser = cli.Parser(prog="python -m benchmarks", description=ABOUT)
    who, which = ", ".join(names()), ", ".join(CONFIGURATIONS)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="under two minutes: fewer rounds, no float64 comparison, no torch.compile",
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=names(), help=f"of {who}")
    parser.add_argument(
        "--config", nargs="+", metavar="NAME", choices=list(CONFIGURATIONS), help=f"of {which}"
    )
    parser.add_argument(
        "--gpu",
        action="store_true",
        help="beside the manual engine on the processor, time it, PyTorch and the products on "
        "a GPU, and nothing else",
    )
    parser.add_argument(
        "--ladder",
        action="store_true",
        help="the tricks that lead from the readable blocks to the fast engine, one a rung, each "
        "timed beside the one below",
    )
    parser.add_argument(
        "--to-result",
        action="store_true",
        help="time a whole training of the preset small in place of a step: from the start of "
        "the process, imports and compilation counted, with the bound that was reached",
    )
    parser.add_argument(
        "--steps", type=cli.size, metavar="N", help="of --to-result (default: 3000)"
    )
    parser.add_argument(
        "--images",
        nargs="+",
        type=cli.size,
        metavar="M",
        help="images in a minibatch, in place of each configuration's own",
    )
    parser.add_argument(
        "--threads",
        type=cli.size,
        default=machine.processors(),
        metavar="N",
        help="threads of every contender (default: all %(default)s)",
    )
    parser.add_argument("--rounds", type=cli.size, metavar="N", help="default: 20, --quick 3")
    parser.add_argument(
        "--huge-pages",
        action="store_true",
        help="have glibc take huge pages, for every contender: see benchmarks/README.md",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="for benchmarks.json and .png")
    return parser.parse_args(argv)


def say(line, passing=False):
    """Print a line; one that is only passing goes to a terminal and is overwritten."""
    terminal = sys.stdout.isatty()
    if passing and not terminal:
        return
    clear = "\r\033[K" if terminal else ""
    print(f"{clear}{line}", end="" if passing else "\n", flush=True)


def chosen(options):
    """The contenders that were asked for and can work here."""
    from benchmarks.contenders import ON_GPU, missing, names, rungs

    if options.ladder:
        return rungs()
    usual = ["manual", *ON_GPU] if options.gpu else [n for n in names() if n not in ON_GPU]
    asked = [n for n in names() if n in (options.only or usual)]
    if options.quick and not options.only and "torch-compile" in asked:
        asked.remove("torch-compile")
    lacks = {n: missing(n) for n in asked}
    for n in asked:
        if lacks[n]:
            say(f"{n} is left out: {lacks[n]}")
    present = [n for n in asked if not lacks[n]]
    if not present:
        raise cli.UserError("none of the contenders asked for can work here")
    return present


def check_options(options):
    """UserError where options do not go together."""
    if options.steps and not options.to_result:
        raise cli.UserError("--steps counts the steps of --to-result: give both, or neither")
    if options.ladder and (options.only or options.gpu):
        odd = "--only" if options.only else "--gpu"
        raise cli.UserError(f"--ladder has rungs of its own, on the processor: leave {odd} away")
    if not options.to_result:
        return
    from benchmarks.result import NAMES

    for option in ("ladder", "gpu", "images", "config", "rounds", "quick", "out"):
        if getattr(options, option):
            raise cli.UserError(
                f"--{option} does not go with --to-result, which trains the preset small once"
            )
    odd = [name for name in options.only or () if name not in NAMES]
    if odd:
        raise cli.UserError(f"{odd[0]} trains no network: choose of {', '.join(NAMES)}")


def environment(options):
    """Set what libraries read when they are imported; workers inherit it."""
    from benchmarks.run import HUGE_PAGES, THREAD_VARIABLES

    os.environ |= dict.fromkeys(THREAD_VARIABLES, str(options.threads))
    if options.huge_pages:
        os.environ |= HUGE_PAGES


def wanted(options):
    """Pairs of a configuration and a number of images."""
    from benchmarks.problem import CONFIGURATIONS

    asked = options.config or (["paper"] if options.gpu else CONFIGURATIONS)
    return [(name, M) for name in asked for M in options.images or [CONFIGURATIONS[name][1]]]


def to_result(options, names):
    """Time whole trainings, and print the table; the exit code."""
    from benchmarks import report, result

    steps = options.steps or result.STEPS
    try:
        found = result.measure([n for n in names if n in result.NAMES], steps, options.threads, say)
    except KeyboardInterrupt:
        say("stopped")
        return 130
    if found:
        say(report.to_result(found, steps))
    return 0 if found else 1


def main(argv=None):
    from benchmarks import report, run

    options = arguments(argv)
    if options.threads > machine.processors():
        raise cli.UserError(
            f"--threads {options.threads}: this machine has {machine.processors()} processors"
        )
    check_options(options)
    if options.out:
        with cli.writing(options.out):
            options.out.mkdir(parents=True, exist_ok=True)
    names = chosen(options)
    environment(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that workers are ended, too
    here, results = machine.describe(options.threads), {}
    if here["load"] and here["load"] > 0.5:
        say(f"this machine is busy (load {here['load']:.1f}): the figures will be too high")
    if options.to_result:
        return to_result(options, names)
    for name, M in wanted(options):
        rounds = options.rounds or (3 if options.quick else 20)
        try:
            found = run.measure(name, M, names, options.threads, rounds, not options.quick, say)
        except (run.Disagreement, run.Failed) as e:
            say(f"{name}: {e}; nothing was timed")
            return 1
        except KeyboardInterrupt:
            say(f"{name}: stopped")
            return 130
        key = f"{name}, {M} images" if options.images else name
        results[key] = found
        say((report.ladder if options.ladder else report.table)(key, found) + "\n")
    say(report.heading(here, results))
    if options.out:
        with cli.writing(options.out):
            paths = report.write(
                options.out, here, results, vars(options) | {"out": str(options.out)}
            )
        say("wrote\n" + "\n".join(f"  {path}" for path in paths))
    return 0


if __name__ == "__main__":
    cli.run(main, "python -m benchmarks")
