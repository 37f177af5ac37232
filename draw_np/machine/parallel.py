"""One network trained by several processes, on one machine or many: data parallelism over MPI.

    mpiexec -n 2 python -m draw_np.train --small

Every process (rank) holds the whole network and draws the same random streams. Of each
minibatch it takes its share of the images; the gradient of the mean is the sum of the
shares' gradients, each times its part of the whole, and that sum is one ``Allreduce``
of one flat array. All ranks then make the same update. So K processes give what one
gives, to rounding, and a run can go on with another number of them. Only the first
rank (0) writes and speaks.

Without ``mpiexec`` none of this happens, and mpi4py is not imported.
"""

import os
import signal
import sys
import time
from contextlib import contextmanager
from functools import cache
from threading import Thread

import numpy as np

from draw_np.machine import backend

# under these names launchers tell a process its rank and the number of processes
LAUNCHERS = (
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),  # Open MPI
    ("PMI_RANK", "PMI_SIZE"),  # MPICH, Intel MPI
    ("PMIX_RANK", "SLURM_NTASKS"),  # srun
)
PATIENCE = 5.0  # seconds that other ranks leave the first one to say what is wrong


class NoMPI(RuntimeError):
    """Several processes were started, but mpi4py or its MPI library is missing."""


def launched():
    """This process's rank, and how many were started together: (0, 1) without a launcher."""
    for rank, size in LAUNCHERS:
        said = os.environ.get(rank, ""), os.environ.get(size, "")
        if all(number.isdecimal() for number in said):
            return int(said[0]), int(said[1])
    return 0, 1


@cache
def world():
    """The processes that work on this together.

    Raises
    ------
    NoMPI
        If a launcher started several and mpi4py is not there to connect them.
    """
    if launched()[1] == 1:
        return Alone()
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as e:
        raise NoMPI(
            f"{launched()[1]} processes were started together, and mpi4py, which connects them, "
            'cannot be used: install it with pip install -e ".[mpi]", or leave mpiexec out'
        ) from e
    return World(MPI)


def writes():
    """Whether this process is the one that writes files and tells results."""
    return world().rank == 0


class Alone:
    """One process: what ``World`` does, with nobody else."""

    rank, size = 0, 1

    def share(self, M):
        """The rows of a minibatch of M that this process takes, a slice."""
        return slice(0, M)

    def mean(self, numbers, gradient, part):
        """Means over the whole minibatch, from those over this process's part of it."""
        return numbers, gradient

    def mapped(self, f, items):
        """``[f(item) for item in items]``, each computed by one process, known to all."""
        return [f(item) for item in items]

    def any(self, flag):
        """Whether ``flag`` is true in any process."""
        return bool(flag)

    def same(self, value):
        """The first process's ``value``, in all; they wait for each other."""
        return value


class World:
    """All processes that ``mpiexec`` started, seen from one of them.

    Parameters
    ----------
    MPI : module
        ``mpi4py.MPI``.
    """

    def __init__(self, MPI):
        self.MPI, self.all = MPI, MPI.COMM_WORLD
        self.rank, self.size = self.all.rank, self.all.size

    def share(self, M):
        """The rows of a minibatch of M that this process takes, a slice; none may be empty.

        Raises
        ------
        ValueError
            If there are fewer images than processes.
        """
        if self.size > M:
            raise ValueError(
                f"{self.size} processes share a minibatch of {M} images, and each needs one: start "
                f"at most {M} processes, or give --batch-size {self.size} or more"
            )
        return backend.cut(M, self.size)[self.rank]

    def mean(self, numbers, gradient, part):
        """Means over the whole minibatch, from those over this process's part of it.

        Parameters
        ----------
        numbers : dict of floats
        gradient : dict of arrays
        part : float
            This process's images as a share of all; over the processes they sum to 1.

        Returns
        -------
        dict, dict
            As given, but of the whole minibatch.
        """
        arrays = [np.array(list(numbers.values())), *gradient.values()]
        flat = np.concatenate([v.ravel() for v in arrays], dtype=arrays[-1].dtype)
        flat *= part
        self.all.Allreduce(self.MPI.IN_PLACE, flat)
        values, *pieces = np.split(flat, np.cumsum([v.size for v in arrays])[:-1])
        whole = {
            name: piece.reshape(g.shape)
            for (name, g), piece in zip(gradient.items(), pieces, strict=True)
        }
        return dict(zip(numbers, values.tolist(), strict=True)), whole

    def mapped(self, f, items):
        """``[f(item) for item in items]``, each computed by one process, known to all.

        Every process goes through all items, so that what they draw from random streams
        is the same however many share the work.
        """
        own = [f(item) for n, item in enumerate(items) if n % self.size == self.rank]
        every = self.all.allgather(own)
        return [every[n % self.size][n // self.size] for n in range(sum(map(len, every)))]

    def any(self, flag):
        """Whether ``flag`` is true in any process."""
        return self.all.allreduce(bool(flag), op=self.MPI.LOR)

    def same(self, value):
        """The first process's ``value``, in all; they wait for each other."""
        return self.all.bcast(value)


def only_first_speaks():
    """Silence this process if it is not the first: every line would come several times.

    What goes wrong in it alone is still told: by ``failed``.
    """
    if launched()[0]:
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115, until the process ends


def failed(why, code):
    """Say why this process fails, end the others, and return the exit code.

    A mistake that all processes make is told by the first, which ends the others before
    their patience ends. What happened to another process alone is told by that one.
    """
    rank = launched()[0]
    if rank:
        time.sleep(PATIENCE)
        print(f"process {rank}: {why}", file=sys.__stderr__, flush=True)
    else:
        print(why, file=sys.stderr, flush=True)
    leave(code)
    return code


@contextmanager
def last_words(text):
    """Within the block, say ``text()`` as soon as a signal comes; nothing where one works alone.

    When a process dies, its launcher ends the others, which wait for it inside MPI where no
    signal handler of Python's is run. So a thread waits for the byte that Python's
    own handler writes to a pipe (``signal.set_wakeup_fd``).
    """
    if world().size == 1:
        yield
        return
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write)

    def wait():
        if os.read(read, 1):  # nothing to read: the other end was closed
            print(text(), file=sys.stderr, flush=True)
        os.close(read)

    Thread(target=wait, daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(write)


def leave(code):
    """End this process and with it the others, which would wait for it forever.

    Does nothing for a process that works alone.
    """
    if launched()[1] == 1 or "mpi4py.MPI" not in sys.modules:
        return
    world().all.Abort(code)
