"""Several processes for the gradient of a small network: each takes its share of the minibatch.

Between the products of a step lie a thousand short operations, and of several threads Python
lets one at a time begin one. Processes wait for each other only twice in a training step. So
the training run of a small network hires helpers, one for each further core; for a gradient by
itself starting one takes too long. While the block lasts, the work is shared:

    with helpers.hired(params, M, config):
        terms, gradient = helpers.terms_and_gradient(params, x, eps, config)

A helper is a Python of its own, with one thread of BLAS. Weights, images, noise and gradient
lie in memory that both have (``common``); a message through a pipe says that the former are
there, an answer that the latter is. Where the pipe ends the helper ends, so that none outlives
the first process, however that ends. If a helper ends before, the first does its share from
then on, and the numbers stay the same to the bit: they depend on how many share the minibatch
and not on who does what. ``machine.parallel`` shares by MPI, also over many machines.
"""

import mmap
import os
import pickle
import subprocess
import sys
from contextlib import contextmanager, suppress
from math import prod
from multiprocessing import connection

import numpy

from draw_np.fast import driver
from draw_np.fast.workspace import rows_of_parts
from draw_np.machine.backend import array_module, blas, shares
from draw_np.model import Terms

LEAST = 2_000  # rows times units of an LSTM that are worth a process of their own
PATIENCE = 120.0  # seconds after which a helper that does not answer is given up
LOST = (
    "a process that helped with the gradient has ended: this one goes on with the same numbers, "
    "but more slowly"
)

_hired: list = []  # the helpers at present


def rows_of_processes(xp, M, H):
    """The minibatch's rows cut for processes, as many as BLAS has threads; or in one piece.

    In one piece where threads pay, and where a share is not worth a process.
    """
    rows, threads = shares(xp, M), rows_of_parts(xp, M, H)
    able = hasattr(os, "memfd_create") and sys.executable  # Linux: memory without a name
    pays = len(threads) == 1 and LEAST * len(rows) <= M * H
    return rows if able and pays else [slice(0, M)]


@contextmanager
def hired(params, M, config, segments=1):
    """Within the block others help with gradients of M images, where that pays and is possible.

    Parameters
    ----------
    params : dict of arrays
        Of the shapes and the dtype of those to come.
    M, config, segments
        As in ``driver.terms_and_gradient``.
    """
    call = M, config, segments, params["c_0"].dtype
    rows = rows_of_processes(array_module(params["c_0"]), M, config.H)
    found = []
    try:
        with suppress(OSError):  # no process to be had: this one works alone
            for own in rows[1:]:
                found.append(Helper(params, own, call))
            _hired[:] = found if all(helper.answer() for helper in found) else []
        with blas()[0].limit(limits=1 if _hired else None):
            yield
    finally:
        _hired.clear()
        for helper in found:
            helper.end()


def processes():
    """How many share the minibatch at present."""
    return 1 + len(_hired)


def terms_and_gradient(params, x, eps, config, labels=None, segments=1, clock=None):
    """``driver.terms_and_gradient``, shared with the helpers that were hired for such calls."""
    if not _hired or _hired[0].call != (len(x), config, segments, params["c_0"].dtype):
        return driver.terms_and_gradient(params, x, eps, config, labels, segments, clock)
    driver.expect(params, x, eps, config, labels)

    def share(rows, clock=None):
        own = None if labels is None else labels[rows]
        return driver.terms_and_gradient(
            params, x[rows], eps[:, rows], config, own, segments, clock
        )

    rows = [slice(0, _hired[0].rows.start), *(helper.rows for helper in _hired)]
    for helper in _hired:
        helper.ask(params, x, eps, labels)
    found = [share(rows[0], clock)]
    found += [helper.result() or share(helper.rows) for helper in _hired]
    whole = together(found, [(r.stop - r.start) / len(x) for r in rows])
    if clock is not None:
        clock.lap("other processes")
    return whole


def together(found, weights):
    """Means over the minibatch, from those over its parts and each part's share. Spoils these."""
    terms = [Terms(*(v * w for v in t)) for (t, _), w in zip(found, weights, strict=True)]
    for (_, gradient), weight in zip(found, weights, strict=True):
        for g in gradient.values():
            g *= weight
    first, *others = (gradient for _, gradient in found)
    for gradient in others:
        for name, g in first.items():
            g += gradient[name]
    return Terms(*map(sum, zip(*terms, strict=True))), first


def sizes(shapes):
    """Entries of every array of some kinds: kind to name to shape."""
    return [prod(shape) for own in shapes.values() for shape in own.values()]


def common(fd, shapes, dtype):
    """These arrays, by kind and name, behind one another in memory that two processes have."""
    flat = numpy.frombuffer(mmap.mmap(fd, 0), dtype)
    pieces = iter(numpy.split(flat, numpy.cumsum(sizes(shapes))[:-1]))
    return {
        kind: {name: next(pieces).reshape(shape) for name, shape in own.items()}
        for kind, own in shapes.items()
    }


class Helper:
    """Another process, seen from the first: it takes some rows of every minibatch."""

    def __init__(self, params, rows, call):
        (_, config, segments, dtype), M = call, rows.stop - rows.start
        self.rows, self.call = rows, call
        self.owes, self.lost = True, False  # its first answer is that it is ready
        weights = {name: v.shape for name, v in params.items()}
        given = {"x": (M, *config.image_shape), "eps": (config.T, M, config.Z)}
        shapes = {"params": weights, "given": given, "gradient": weights}
        fd = os.memfd_create("draw_np")
        try:
            os.truncate(fd, sum(sizes(shapes)) * dtype.itemsize)
            self.common = common(fd, shapes, dtype)
            self.process = start(fd)
        finally:
            os.close(fd)
        self.say((fd, shapes, dtype, config, segments))

    def end(self):
        """End the process, which has nothing to lose."""
        self.process.kill()
        self.process.communicate()

    def say(self, message):
        """Send a message; that nobody reads it is seen when no answer comes."""
        with suppress(OSError):
            pickle.dump(message, self.process.stdin)
            self.process.stdin.flush()

    def answer(self):
        """Its next answer; None if it does not come, and from then on."""
        pipe, self.owes, found = self.process.stdout, False, None
        with suppress(EOFError, pickle.UnpicklingError):
            if not self.lost and connection.wait([pipe], PATIENCE):
                found = pickle.load(pipe)
        self.lost = found is None
        return found

    def ask(self, params, x, eps, labels):
        """Let it begin with its rows of this minibatch."""
        if self.owes:  # the call before was broken off
            self.answer()
        if self.lost:
            return
        given = {"x": x[self.rows], "eps": eps[:, self.rows]}
        for kind, own in (("params", params), ("given", given)):
            copy(own, self.common[kind])
        self.owes = True
        self.say(None if labels is None else labels[self.rows])

    def result(self):
        """Terms and gradient of its rows, or None if it has ended."""
        if self.lost:
            return None
        terms = self.answer()
        if self.lost:
            print(LOST, file=sys.stderr)
        return None if self.lost else (terms, self.common["gradient"])


def copy(values, arrays):
    """Write values into the arrays of the same names."""
    for name, value in values.items():
        arrays[name][...] = value


def start(fd):
    """A Python that helps; Ctrl-C is for the first process alone."""
    path = os.pathsep.join(place or os.getcwd() for place in sys.path)
    return subprocess.Popen(
        [sys.executable, "-P", "-c", "from draw_np.fast import helpers; helpers.give_help()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[fd],
        start_new_session=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": path},
    )


def give_help():
    """What a helper does: a gradient for every message, until the pipe ends."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    fd, shapes, dtype, config, segments = pickle.load(asked)
    shared, answer = common(fd, shapes, dtype), True
    problem = shared["params"], *shared["given"].values(), config
    with blas()[0].limit(limits=1), numpy.errstate(all="ignore"), suppress(EOFError, OSError):
        while True:
            pickle.dump(answer, answers)
            answers.flush()
            answer, gradient = driver.terms_and_gradient(*problem, pickle.load(asked), segments)
            copy(gradient, shared["gradient"])
