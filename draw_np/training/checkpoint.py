"""Checkpoints: a network's file with all that training needs to go on, bit for bit.

Beside what ``networks`` keeps, the arrays ``adam_m/...``, ``adam_v/...`` and ``order/waiting``.
All are NumPy's, wherever the network was trained, and go wherever it is wanted
(``Checkpoint.on``).
"""

from dataclasses import dataclass

import numpy as np

from draw_np import networks
from draw_np.machine import backend
from draw_np.networks import NetworkError, file, network
from draw_np.training import tasks
from draw_np.training.optim import Adam
from draw_np.training.streams import restored, states


@dataclass(kw_only=True)
class Checkpoint(networks.Network):
    """A network in training, with everything that is needed to go on bit for bit."""

    adam: Adam  #: with its two moments
    streams: dict  #: a numpy.random.Generator a purpose
    waiting: np.ndarray  #: indices of training images shuffled but not used yet
    best: float | None = None  #: lowest ``valid`` so far
    torn: bool = False  #: an update has begun and not ended: this is the state of no step

    @property
    def task(self):
        """What is trained: one of ``tasks.TASKS``."""
        return tasks.of(self.config)

    def on(self, xp):
        """Move parameters and moments to the array library ``xp``; returns this checkpoint."""
        for values in (self.params, self.adam.m, self.adam.v):
            values.update(backend.to_library(xp, values))
        return self

    def save(self, path):
        """Write this checkpoint, whole or not at all; raises OSError."""
        meta = {
            **self.meta(),
            "best": self.best,
            "adam_t": self.adam.t,
            "streams": states(self.streams),
        }
        groups = {"params": self.params, "adam_m": self.adam.m, "adam_v": self.adam.v}
        arrays = {
            f"{group}/{name}": value
            for group, values in groups.items()
            for name, value in backend.to_host(values).items()
        }
        file.write(path, meta, arrays | {"order/waiting": self.waiting})


def load(which, kind=None):
    """Read a checkpoint.

    Parameters
    ----------
    which : str or path
        A file, or a run folder that holds ``checkpoint.npz``.
    kind : networks.network.Kind, optional
        Which kind of network it must hold.

    Returns
    -------
    Checkpoint

    Raises
    ------
    networks.NetworkError
        As ``networks.load`` does, and if the file holds a network without its optimiser.
    """
    path = networks.find(which, seen=("checkpoint.npz",))
    with file.Reader(path) as reader:
        if not reader.names("adam_m"):
            raise NetworkError(
                f"{which} holds a network without its optimiser, which cannot be resumed: begin "
                f"a run with its weights by --from {which}"
            )
        read = {group: network.read_params(reader, group) for group in ("params", *MOMENTS)}
        meta, fields = reader.meta, network.described(reader)
        config, clock = fields["config"], network.whole("t", meta["adam_t"], 0)
        run = Checkpoint(
            **fields,
            params=read["params"],
            adam=Adam(*(read[name] for name in MOMENTS), clock, **tasks.of(config).adam(config)),
            streams=restored(meta["streams"]),
            waiting=read_waiting(reader),
            best=None if meta["best"] is None else float(meta["best"]),
        )
    return network.held_to(kind, run, path)


MOMENTS = ("adam_m", "adam_v")


def read_waiting(reader, most=100_000_000):
    """The indices of images that wait; ValueError for anything else."""
    shape, _ = reader.header("order/waiting")
    if len(shape) != 1 or shape[0] > most:
        raise ValueError("order/waiting is no list of indices")
    waiting = reader.array("order/waiting", shape, "i")
    if np.any(waiting < 0):
        raise ValueError("order/waiting has negative indices")
    return waiting
