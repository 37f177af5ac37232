"""Workers driven from outside: check that all compute the same, then time in rounds."""

import contextlib
import multiprocessing
import os
import random
import signal
from dataclasses import asdict
from typing import NamedTuple

import numpy as np

from benchmarks import contenders, worker
from benchmarks.problem import CONFIGURATIONS

#: what tells each library how many threads to use; read when it is imported
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "PJRT_NPROC",
)
#: what makes glibc's malloc ask for huge pages; see README.md
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
COMPILE_LIMIT = 300.0  #: seconds that torch.compile may take for the whole loop
TURN = 0.3  #: a turn takes steps for at least this many seconds
MOST_STEPS = 20  #: and no more than this many steps

#: largest relative distance to the float64 gradient of autograd, by the dtype compared:
#: of the loss, of the whole gradient, of the worst parameter, of the last training loss
TOLERANCE = {
    "float32": {"loss": 1e-6, "gradient": 1e-5, "parameter": 1e-4, "trained": 1e-5},
    "float64": {"loss": 1e-13, "gradient": 1e-11, "parameter": 1e-10, "trained": 1e-9},
}


class Failed(Exception):
    """A worker could not do what it was asked; its text is one line."""


class Disagreement(Exception):
    """A contender does not compute what the reference computes."""


class Worker:
    """The process of one contender; ``ask`` it for ``start``, ``gradient`` and ``turn``."""

    def __init__(self, name, config, M, dtype, threads, compiled=None):
        self.name, self.compiled = name, compiled
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        arguments = (theirs, name, config, M, dtype, threads, compiled)
        self.process = context.Process(target=worker.main, args=arguments)
        self.process.start()
        theirs.close()
        self.versions = None

    def ready(self):
        """Wait until its imports are done."""
        if self.versions is None:
            self.versions = self.answer()
        return self

    def ask(self, request, *arguments, limit=None):
        """The worker's answer; TimeoutError after ``limit`` seconds, Failed on an error."""
        self.ready()
        try:
            self.connection.send((request, *arguments))
        except OSError:
            raise Failed("its process died") from None
        return self.answer(limit)

    def answer(self, limit=None):
        if not self.connection.poll(limit):
            raise TimeoutError
        try:
            state, value, *_ = self.connection.recv()
        except (EOFError, OSError):
            raise Failed("its process died") from None
        if state == "failed":
            raise Failed(value)
        return value

    def end(self):
        """End the process and those it started."""
        self.connection.close()
        if self.process.is_alive() and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()


class Distance(NamedTuple):
    """How far a contender is from the reference; all relative."""

    loss: float
    gradient: float  #: of the whole gradient's norm
    parameter: float  #: of the norm of the parameter that is worst
    worst: str  #: that parameter's name
    trained: float  #: loss after three training steps

    def within(self, tolerance):
        return all(getattr(self, key) <= limit for key, limit in tolerance.items())


def distance(found, reference):
    """The Distance of two pairs (losses of training, (loss, gradient))."""
    (losses, (loss, g)), (losses0, (loss0, g0)) = found, reference
    if set(g) != set(g0):
        raise Disagreement(f"its gradient has entries {sorted(g)}, not {sorted(g0)}")
    error = {n: float(np.linalg.norm(np.float64(g[n]) - g0[n])) for n in g0}
    norm = {n: float(np.linalg.norm(g0[n])) for n in g0}
    whole = float(np.hypot.reduce(list(norm.values())))
    # nan is worst of all
    each = {n: error[n] / (norm[n] + 1e-9 * whole) for n in g0}
    worst = max(each, key=lambda n: np.inf if np.isnan(each[n]) else each[n])
    return Distance(
        loss=abs(loss / loss0 - 1),
        gradient=float(np.hypot.reduce(list(error.values())) / whole),
        parameter=each[worst],
        worst=worst,
        trained=abs(losses[-1] / losses0[-1] - 1),
    )


def checked(name, found, dtype):
    """``found``, or Disagreement if it is beyond the tolerance."""
    if not found.within(TOLERANCE[dtype]):
        raise Disagreement(f"{name} disagrees with autograd in {dtype}: {found}")
    return found


def computed(name, config, M, threads):
    """Training losses and (loss, gradient) in float64, from a process that then ends."""
    w = Worker(name, config, M, "float64", threads)
    try:
        return w.ask("start")["losses"], w.ask("gradient")
    finally:
        w.end()


def precise(names, config, M, threads, expected):
    """Distances in float64 of those that compute in it soon: all but torch.compile."""
    left_out = {"autograd", "torch-compile", *contenders.FLOORS}
    return {
        n: checked(n, distance(computed(n, config, M, threads), expected), "float64")
        for n in names
        if n not in left_out
    }


def started(w, spawn, say):
    """A worker that has taken its first steps, and what ``start`` answered.

    torch.compile gets the whole loop over t, and if that fails or takes too long, one
    step t at a time; then the worker is another one.
    """
    if w.compiled != "whole":
        return w, w.ask("start")
    try:
        return w, w.ask("start", limit=COMPILE_LIMIT)
    except TimeoutError:
        why = f"takes more than {COMPILE_LIMIT:.0f} s to compile"
    except Failed as e:
        why = f"does not compile ({e})"
    w.end()
    say(f"torch-compile: the whole loop {why}; one step t instead")
    w = spawn(w.name, "step")
    return w, w.ask("start")


def begin(workers, spawn, say):
    """Have all workers take their first steps, one after the other.

    Changes ``workers``: a peer that fails is left out. Returns the answers by name.
    """
    start = {}
    for name in list(workers):
        say(f"{name} builds and compiles", passing=True)
        try:
            workers[name], start[name] = started(workers[name], spawn, say)
        except Failed as e:
            if name not in contenders.PEERS:
                raise
            workers.pop(name).end()
            say(f"{name} is left out: {e}")
    return start


def turns(workers, start, rounds, say, seed=0):
    """Times of interleaved rounds: in each, every worker has one turn, in random order.

    Returns
    -------
    times : dict of lists
        Seconds of one step, a number a round: the median of the turn's steps.
    idle : dict
        Processor seconds that a worker spent while others had their turn: its worst round.
    """
    order, shuffle = list(workers), random.Random(seed)
    steps = {n: int(np.clip(np.ceil(TURN / start[n]["step"]), 1, MOST_STEPS)) for n in order}
    times, idle = {name: [] for name in order}, dict.fromkeys(order, 0.0)
    for r in range(rounds):
        say(f"round {r + 1} of {rounds}", passing=True)
        shuffle.shuffle(order)
        for name in order:
            seconds, busy = workers[name].ask("turn", steps[name])
            times[name].append(float(np.median(seconds)))
            if r:  # the first time it has waited for others to build, not for their turns
                idle[name] = max(idle[name], busy)
    return times, idle


def measure(name, M, names, threads, rounds, float64, say):
    """Everything about one configuration: agreement, memory, times.

    Parameters
    ----------
    name : str
        One of ``problem.CONFIGURATIONS``.
    M : int
        Images in the minibatch.
    names : list of str
        Contenders.
    threads, rounds : int
    float64 : bool
        Whether they are compared in float64, too.
    say : callable
        Takes a line for the terminal; ``passing=True`` where it may be overwritten.

    Returns
    -------
    dict
        For ``report``, ready for JSON.

    Raises
    ------
    Disagreement
        If a contender computes something else. Nothing has been timed then.
    Failed
        If an engine of ours can't compute.
    """
    config, _ = CONFIGURATIONS[name]
    say(f"{name}: gradients in float64, to compare with", passing=True)
    expected = computed("autograd", config, M, threads)
    found = {"float64": precise(names, config, M, threads, expected) if float64 else {}}

    def spawn(n, compiled=None):
        return Worker(n, config, M, "float32", threads, compiled)

    workers = {n: spawn(n, "whole" if n == "torch-compile" else None) for n in names}
    try:
        start = begin(workers, spawn, say)
        found["float32"] = {
            n: checked(n, distance((start[n]["losses"], w.ask("gradient")), expected), "float32")
            for n, w in workers.items()
            if n not in contenders.FLOORS
        }
        times, idle = turns(workers, start, rounds, say)
        each = {
            n: {"compiled": w.compiled, "versions": w.versions, "seconds": times[n]}
            | {"idle": idle[n], **start[n]}
            | {dtype: d[n]._asdict() for dtype, d in found.items() if n in d}
            for n, w in workers.items()
        }
        return {"config": asdict(config) | {"M": M}, "contenders": each}
    finally:
        for w in workers.values():
            w.end()
