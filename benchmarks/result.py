"""Time to a result: from the start of a process to a trained network of the preset ``small``.

That is what a user waits for: imports, the data, compilation where there is any, and all
steps. Every contender has a process of its own, which starts with nothing imported and with
no compiled code kept from earlier runs, and gets the same first weights, minibatches, noise,
learning rates and clipping, from the seed. The bound of its network on the test split is
measured afterwards, by the same function for all, and takes no part in the time.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

SEED = 0
NAMES = ("manual", "autograd", "torch", "torch-compile", "jax")
STEPS = 3000  #: of the preset
COMPILE_LIMIT = 300.0  #: seconds that torch.compile may take before the whole loop's first step


class Failed(Exception):
    """A contender ended without a network; its text is one line."""


class Result(NamedTuple):
    """What one contender took, in seconds from the start of its process, and what it reached."""

    label: str
    first: float  #: until the first step was taken
    trained: float  #: until the last step was taken
    step: float  #: seconds of a step after the first, on average
    bound: float  #: nats an image on the test split
    error: float  #: its standard error


# ---------------------------------------------------------------- in the contender's process


def learn(name, steps, threads, path, compiled):
    """Train, say so on standard output, and leave the weights in ``path``."""
    from dataclasses import replace

    import numpy as np

    from draw_np import data
    from draw_np.training import loop, presets

    preset, dataset = presets.PRESETS["small"], data.load("digits")
    recipe = replace(preset.recipe, steps=steps)
    k = loop.begin("small", preset.config, recipe, dataset, SEED)
    step, weights = pupil(name, k, dataset, threads, compiled)
    with loop.helped(k) if name == "manual" else contextlib.nullcontext():
        for t in range(steps):
            step()
            if t == 0:
                print("first", flush=True)
    print("trained", flush=True)
    np.savez(path, **weights())


def pupil(name, k, dataset, threads, compiled):
    """A function that takes the next training step, and one that gives the weights so far."""
    from dataclasses import replace

    from benchmarks.contenders import PEERS
    from draw_np.training import loop, schedules

    if name not in PEERS:
        k.recipe = replace(k.recipe, engine=name)
        return (lambda: loop.advance(k, dataset)), (lambda: k.params)
    if name == "jax":
        from benchmarks import peer_jax

        step, weights = peer_jax.pupil(k.config, k.params, k.recipe.clip)
    else:
        from benchmarks import peer_torch

        peer_torch.torch.set_num_threads(threads)
        step, weights = peer_torch.pupil(k.config, k.params, k.recipe.clip, compiled)

    def take():
        x, beside = loop.draw_batch(k, dataset)
        lr = schedules.rate(k)
        k.step += 1
        return step(x, beside["eps"], lr)

    return take, weights


# ---------------------------------------------------------------- in the one that measures


def measure(names, steps, threads, say):
    """The ``Result`` of every contender, one after the other.

    Those that fail are told of and left out.
    """
    found = []
    for name in names:
        say(f"{name} trains", passing=True)
        try:
            found.append(one(name, steps, threads, say))
        except Failed as e:
            say(f"{name} is left out: {e}")
    return found


def one(name, steps, threads, say):
    """One contender's ``Result``; torch.compile gets the whole loop first, then one step t."""
    if name != "torch-compile":
        return timed(name, steps, threads)
    try:
        return timed(name, steps, threads, "whole", COMPILE_LIMIT)
    except Failed as e:
        say(f"torch-compile: the whole loop: {e}; one step t instead, from a new start")
        return timed(name, steps, threads, "step")


def timed(name, steps, threads, compiled=None, limit=None):
    """Start a process, note when it says what, and judge its network."""
    with tempfile.TemporaryDirectory() as folder:
        path, errors = Path(folder) / "weights.npz", Path(folder) / "errors.txt"
        command = [sys.executable, "-m", "benchmarks.result", name, str(steps), str(threads)]
        began = time.perf_counter()
        with errors.open("w") as stderr:
            process = subprocess.Popen(
                [*command, str(path), compiled or ""],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
                env=os.environ | {"TORCHINDUCTOR_CACHE_DIR": folder},
            )
        times = listened(process, began, limit)
        if process.returncode or "trained" not in times:
            raise Failed(why(times, limit, errors.read_text().strip().splitlines()))
        mean, error = judged(path)
    label = {"whole": f"{name} (whole loop)", "step": f"{name} (per step t)"}.get(compiled, name)
    each = (times["trained"] - times["first"]) / max(steps - 1, 1)
    return Result(label, times["first"], times["trained"], each, mean, error)


def listened(process, began, limit):
    """Seconds at which the process said each word; ended if the first takes too long."""
    times, timer = {}, threading.Timer(limit or threading.TIMEOUT_MAX, end, [process])
    timer.daemon = True
    timer.start()
    try:
        for line in process.stdout:
            times[line.strip()] = time.perf_counter() - began
            timer.cancel()
        process.wait()
    finally:
        timer.cancel()
        end(process)
        process.stdout.close()
    return times


def end(process):
    """End a process and those it started, such as compilers."""
    if process.poll() is None and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def why(times, limit, errors):
    """One line on a process that ended without a network."""
    if limit and "first" not in times and not errors:
        return f"takes more than {limit:.0f} s to compile"
    return errors[-1] if errors else "its process ended and did not say why"


def judged(path):
    """Mean and standard error of the bound on the test split, of weights in a file."""
    import numpy as np

    from draw_np import data
    from draw_np.measuring import bounds
    from draw_np.training import presets

    with np.load(path) as saved:
        params = dict(saved)
    found = bounds.bound(params, presets.PRESETS["small"].config, data.load("digits").test)
    return found.mean, found.error


if __name__ == "__main__":
    name, steps, threads, path, compiled = sys.argv[1:]
    learn(name, int(steps), int(threads), path, compiled or None)
