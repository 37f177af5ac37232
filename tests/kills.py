"""Runs that are killed again and again, and end as if nothing had happened.

    python tests/kills.py 150    # by hand: some 300 kills, at random moments and at chosen points

Every trial trains a tiny network in a child process, kills it, resumes what it left until it
is finished, and compares checkpoint, log and pictures with those of a run that was left alone.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from draw_np import networks, train
from draw_np.data import digits
from draw_np.pictures import results
from draw_np.training import logbook, presets

STEPS = 24
OPTIONS = f"--small --T 2 --H 6 --Z 2 --batch-size 8 --steps {STEPS}".split()
CALLS = ["replace", "fsync", "unlink", "mkdir"]  # of os, where a file changes its state
UNTOLD = {"config.json"}  # says when and where, not what


def quick_checks():
    """Let the preset write a checkpoint every few steps."""
    small = presets.PRESETS["small"]
    presets.PRESETS["small"] = replace(small, recipe=replace(small.recipe, check_every=4))


def warm_up(run, folder):
    """Do here, once, what every child would have to do first: import, and learn the fonts."""
    folder.mkdir()
    digits.enlarged()
    network = networks.load(run)
    results.save_generated(network.params, network.config, folder, np.random.default_rng(0))
    results.save_curves(logbook.read(run / "log.csv"), folder, "")


def child(arguments, prepare=lambda: None):
    """Start ``draw_np.train`` in a child; returns its process number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        prepare()
        os._exit(train.main(arguments))
    except BaseException:  # whatever it is, the parent sees that the child failed
        os._exit(99)


def ended(pid):
    """Wait for a child; its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killer(call, n, before):
    """What makes this process kill itself at the n-th call of a function of ``os``."""

    def prepare():
        real, seen = getattr(os, call), [0]

        def counted(*arguments, **options):
            seen[0] += 1
            if seen[0] == n and before:
                os.kill(os.getpid(), signal.SIGKILL)
            done = real(*arguments, **options)
            if seen[0] == n:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        setattr(os, call, counted)

    return prepare


def arguments_for(folder):
    """How to go on with what is in a folder: from nothing, or from its checkpoint."""
    if not (folder / "checkpoint.npz").exists():
        shutil.rmtree(folder, ignore_errors=True)  # as its user would, told that it is no run
        return [*OPTIONS, "--out", str(folder)]
    return ["--resume", str(folder)]


def trial(folder, rng, whole_takes):
    """Kill a run at one to three moments, then finish it; returns how it was killed."""
    told = []
    for _ in range(rng.integers(1, 4)):
        if rng.random() < 0.5:
            pid, moment = child(arguments_for(folder)), rng.random() * whole_takes
            time.sleep(moment)
            os.kill(pid, signal.SIGKILL)
            told.append(f"after {moment:.3f} s")
        else:
            call, n = str(rng.choice(CALLS)), int(rng.integers(1, 12))
            pid = child(arguments_for(folder), killer(call, n, bool(rng.integers(2))))
            told.append(f"at {call} {n}")
        ended(pid)
    code = ended(child(arguments_for(folder)))
    return f"{', '.join(told)}; then exit {code}", code == 0


def differences(folder, expected):
    """What differs between two finished runs: texts, none if nothing does."""
    found = []
    names = {p.name for p in folder.iterdir()}
    if names != {p.name for p in expected.iterdir()}:
        found.append(f"files {sorted(names)}")
    for name in ("checkpoint.npz", "best.npz"):
        with np.load(folder / name) as a, np.load(expected / name) as b:
            found += [
                f"{name}: {key}"
                for key in b.files
                if key != "meta" and not np.array_equal(a[key], b[key])
            ]
    log, right = (logbook.read(p / "log.csv") for p in (folder, expected))
    for key in ("step", "bound", "lr", "kl", "valid_step", "valid_bound"):
        if not np.array_equal(log[key], right[key]):
            found.append(f"log: {key}")
    for picture in ("samples.png", "drawing.png", "drawing.gif"):
        if (folder / picture).read_bytes() != (expected / picture).read_bytes():
            found.append(picture)
    return found


def main(kills, seed=0):
    """So many trials; prints what went wrong and returns how many did."""
    quick_checks()
    rng, bad = np.random.default_rng(seed), 0
    with tempfile.TemporaryDirectory() as place:
        expected = Path(place) / "whole"
        assert ended(child(arguments_for(expected))) == 0
        warm_up(expected, Path(place) / "warm")
        began = time.perf_counter()
        assert ended(child(arguments_for(Path(place) / "timed"))) == 0
        takes = time.perf_counter() - began
        for n in range(kills):
            folder = Path(place) / "run"
            told, finished = trial(folder, rng, takes)
            found = differences(folder, expected) if finished else ["not finished"]
            if found:
                bad += 1
                print(f"trial {n}, killed {told}: {'; '.join(found)}", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{kills} trials, {bad} not as if nothing had happened")
    return bad


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)))
