"""Who is timed: a name, what it needs installed, and how its step is built."""

import importlib
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec

PEERS = {"torch": "torch", "torch-compile": "torch", "jax": "jax"}  #: name: package needed
FLOORS = {"floor": False, "floor-split": True}  #: name: whether the minibatch is split


def names():
    """All names in the order of the tables: our engines, the peers, the floors."""
    from draw_np.engines import ENGINES

    return [*sorted(ENGINES, key=lambda name: name != "manual"), *PEERS, *FLOORS]


def missing(name):
    """The package that this contender needs and that is not installed, or None."""
    package = PEERS.get(name)
    return package if package and find_spec(package) is None else None


def versions(name):
    """Versions of what a contender computes with."""
    if name in PEERS:
        package = PEERS[name]
        return {p: version(p) for p in ([package, "jaxlib"] if package == "jax" else [package])}
    import numpy as np

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {"numpy": np.__version__, blas["name"]: blas["version"], "autograd": version("autograd")}


def load(name, threads, compiled=None):
    """Import what a contender needs and return its ``build``, a function of the problem.

    Parameters
    ----------
    name : str
        One of ``names()``.
    threads : int
        Threads to compute with; the environment has already set those of NumPy's BLAS
        and of XLA, which can only be set before their import.
    compiled : str, optional
        For ``torch-compile``: "whole" or "step".
    """
    if name in FLOORS:
        return partial(importlib.import_module("benchmarks.floor").build, split=FLOORS[name])
    if name == "jax":
        peer = importlib.import_module("benchmarks.peer_jax")
        peer.jax.devices()  # starts XLA, so that its own memory counts as imported
        return peer.build
    if name not in PEERS:
        return partial(importlib.import_module("benchmarks.ours").build, engine=name)
    peer = importlib.import_module("benchmarks.peer_torch")
    peer.torch.set_num_threads(threads)
    if compiled:
        importlib.import_module("torch._inductor.compile_fx")  # counts as imported
    return partial(peer.build, compiled=compiled)
