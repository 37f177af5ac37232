"""Who is timed: a name, what it needs installed, and how its step is built."""

import importlib
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec

from draw_np.machine.backend import NoDevice, described, library

#: name: package needed
PEERS = {"torch": "torch", "torch-compile": "torch", "jax": "jax", "torch-gpu": "torch"}
#: name: whether the minibatch is split
FLOORS = {"floor": False, "floor-split": True, "floor-gpu": False}
#: on a GPU, where one is asked for
ON_GPU = ("manual-gpu", "torch-gpu", "floor-gpu")


def names():
    """All names in the order of the tables: our engines, the peers, the floors; then a GPU's."""
    from draw_np.training.engines import ENGINES

    ours = sorted(ENGINES, key=lambda name: name != "manual")
    return [*(n for n in (*ours, *PEERS, *FLOORS) if n not in ON_GPU), *ON_GPU]


def rungs():
    """The rungs from the blocks to the fast engine, from the ground up: ``--ladder``."""
    from draw_np.fast.ladder import RUNGS

    return [rung.name for rung in RUNGS]


def missing(name):
    """What this contender needs and what is not here, in words, or None."""
    package = PEERS.get(name)
    if package and find_spec(package) is None:
        return f"{package} is not installed; the bench extra brings it, see benchmarks/README.md"
    if name not in ON_GPU:
        return None
    return without_gpu(package)


def without_gpu(package):
    """Why a contender of that package finds no GPU to work on, or None."""
    if package == "torch":
        import torch

        return None if torch.cuda.is_available() else "this PyTorch finds no GPU"
    try:
        library("gpu")
    except NoDevice as e:
        return str(e)
    return None


def versions(name):
    """Versions of what a contender computes with."""
    if name in ON_GPU and name not in PEERS:
        cupy = library("gpu")
        return {"cupy": cupy.__version__, "gpu": described(cupy)}
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
    where = {"device": "gpu"} if name in ON_GPU else {}
    if name in FLOORS:
        floor = importlib.import_module("benchmarks.floor")
        return partial(floor.build, split=FLOORS[name], **where)
    if name == "jax":
        peer = importlib.import_module("benchmarks.peer_jax")
        peer.jax.devices()  # starts XLA, so that its own memory counts as imported
        return peer.build
    if name not in PEERS:
        engine = name.removesuffix("-gpu")
        return partial(importlib.import_module("benchmarks.ours").build, engine=engine, **where)
    peer = importlib.import_module("benchmarks.peer_torch")
    peer.torch.set_num_threads(threads)
    if compiled:
        importlib.import_module("torch._inductor.compile_fx")  # counts as imported
    where = {"device": "cuda"} if name in ON_GPU else {}
    return partial(peer.build, compiled=compiled, **where)
