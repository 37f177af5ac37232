"""Which array library an array belongs to, and how a minibatch is spread over cores.

There is no switch. A function asks the arrays that it is given, so that the
library (NumPy, or CuPy swapped in), like the dtype, follows the arguments. A command
puts the parameters where they are wanted (``library``), and minibatches follow them
(``alongside``). Nothing else imports CuPy.
"""

import gc
import os
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache, partial, wraps
from itertools import pairwise
from threading import RLock

import numpy
from threadpoolctl import ThreadpoolController

FEWEST_ROWS = 16  # images that are worth a thread of their own
DEVICES = ("cpu", "gpu")
EXTRAS = 'pip install -e ".[cuda12]", or ".[cuda13]" where nvidia-smi names CUDA 13'
NO_DEVICE, OLD_DRIVER = 100, 35  # cudaErrorNoDevice, cudaErrorInsufficientDriver


# ---------------------------------------------------------------- which library


class NoDevice(RuntimeError):
    """A GPU was asked for and cannot be used; one sentence says what is missing."""


def library(device):
    """The array library of a device, ready for use by both engines.

    Parameters
    ----------
    device : str
        ``"cpu"`` or ``"gpu"``.

    Returns
    -------
    module
        ``numpy``, or ``cupy`` with autograd taught its arrays.

    Raises
    ------
    ValueError
        If there is no such device.
    NoDevice
        If there is no CuPy, no driver, no GPU, or no CUDA for it.
    """
    if device not in DEVICES:
        raise ValueError(f"the device {device!r} is not known: give one of {', '.join(DEVICES)}")
    if device == "cpu":
        return numpy
    cupy = imported()
    expect_a_device(cupy)
    expect_libraries(cupy)
    try:
        from draw_np.machine import autograd_cupy
    except (ImportError, AttributeError, StopIteration) as e:
        raise NoDevice(
            'a GPU needs a newer autograd: pip install "autograd>=1.9.1", or choose --device cpu'
        ) from e
    autograd_cupy.register(cupy)
    return cupy


def imported():
    """The module CuPy, or NoDevice."""
    try:
        import cupy
    except ModuleNotFoundError as e:
        if e.name != "cupy":
            raise
        raise NoDevice(
            f"a GPU needs CuPy, which is not installed: {EXTRAS}, or choose --device cpu"
        ) from e
    except ImportError as e:
        raise NoDevice(
            "CuPy is installed but cannot be loaded, because it does not fit this machine's "
            f"driver or CUDA: uninstall it, then {EXTRAS}, or choose --device cpu"
        ) from e
    return cupy


def expect_a_device(cupy):
    """NoDevice unless there is a driver and a GPU."""
    try:
        found, status = cupy.cuda.runtime.getDeviceCount(), NO_DEVICE
    except cupy.cuda.runtime.CUDARuntimeError as e:
        found, status = 0, e.status
    if found:
        return
    if status == NO_DEVICE:
        raise NoDevice(
            "CuPy finds no GPU: see that nvidia-smi lists one and that CUDA_VISIBLE_DEVICES does "
            "not hide it, or choose --device cpu"
        )
    if status == OLD_DRIVER:
        raise NoDevice(
            "there is no NVIDIA driver, or one that is too old for this CuPy: install a newer "
            f"driver, or the CuPy that fits it ({EXTRAS}), or choose --device cpu"
        )
    raise unusable(status)


def expect_libraries(cupy):
    """NoDevice unless CUDA's compiler and its cuBLAS are there: CuPy looks when it needs them."""
    try:
        v = cupy.ones((2, 2))
        cupy.matmul(v, v + v)
    except cupy.cuda.runtime.CUDARuntimeError as e:
        raise unusable(e.status) from e
    except (ImportError, RuntimeError) as e:
        raise NoDevice(
            "CuPy finds the GPU, but not the libraries of CUDA that it computes with: "
            f"{EXTRAS}, which bring them, or choose --device cpu"
        ) from e


def unusable(status):
    """A NoDevice for an error of CUDA that says little by itself."""
    return NoDevice(
        f"the GPU cannot be used (CUDA's error {status}): see whether nvidia-smi works, or choose "
        "--device cpu"
    )


def array_module(x):
    """The module whose functions take ``x``: ``cupy`` for its arrays, else ``numpy``.

    Where there is a CuPy array, CuPy is already imported.
    """
    owner = type(x).__module__.partition(".")[0]
    return sys.modules["cupy"] if owner == "cupy" else numpy


def library_of(params):
    """``array_module`` of the arrays of a dict, which all lie in one place."""
    if not params:
        raise ValueError("there are no arrays: give at least one, by name")
    return array_module(next(iter(params.values())))


def described(xp):
    """Where the arrays of a library are: ``cpu``, or ``gpu`` with its name."""
    if xp is numpy:
        return "cpu"
    name = xp.cuda.runtime.getDeviceProperties(xp.cuda.Device().id)["name"]
    return f"gpu, {name.decode() if isinstance(name, bytes) else name}"


# ---------------------------------------------------------------- fewer kernels


def can_fuse(xp):
    """Whether a library makes kernels of functions, and is therefore on a device."""
    return xp is not numpy and hasattr(xp, "fuse")


def fused(function):
    """``function(xp, *arguments)``, all of whose ufuncs are one kernel where that is possible.

    NumPy runs the function as it stands. CuPy makes one kernel of it (``cupy.fuse``), when
    it is first called with these dtypes; on a GPU the host has then one thing to start
    where there were ten.

    Parameters
    ----------
    function : callable
        Takes an array library, then its arrays, numbers or None. Writes into some of the
        arrays by ufuncs, operators and ``v[...] =``, does nothing else, and returns nothing.
        What it writes has the shape of all arguments together.
    """

    @cache
    def kernel(xp):
        return xp.fuse(kernel_name=function.__name__)(partial(function, xp))

    @wraps(function)
    def call(xp, *arguments):
        if can_fuse(xp):
            kernel(xp)(*arguments)
        else:
            function(xp, *arguments)

    return call


# ---------------------------------------------------------------- there and back


def moved(move, tree):
    """``move`` of every array in dicts, lists and (named) tuples; None stays None."""
    if isinstance(tree, dict):
        return {name: moved(move, value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        values = [moved(move, value) for value in tree]
        return type(tree)(*values) if hasattr(tree, "_fields") else type(tree)(values)
    return tree if tree is None else move(tree)


def to_library(xp, tree):
    """All arrays of ``tree`` in the library ``xp``; those that are there are not copied."""
    return to_host(tree) if xp is numpy else moved(xp.asarray, tree)


def to_host(tree):
    """All arrays of ``tree`` as NumPy's. From a device this waits until they are computed."""
    return moved(lambda v: v if array_module(v) is numpy else v.get(), tree)


def alongside(params, tree):
    """All arrays of ``tree`` in the library of ``params``, a dict of arrays."""
    xp = library_of(params)
    return tree if xp is numpy else to_library(xp, tree)


def synchronise(xp):
    """Wait until a device has done all that it was told to; NumPy is never behind."""
    if xp is not numpy:
        xp.cuda.Device().synchronize()


def release(xp):
    """Give memory back that no array uses; after a MemoryError some is held by cycles."""
    gc.collect()
    if xp is not numpy:
        xp.get_default_memory_pool().free_all_blocks()


class DeviceStream:
    """A run's random stream whose normal draws are made on the device.

    For each of them the run's own stream gives a seed, so that a run on the same device
    with the same version of CuPy still is a function of its seed and can be resumed. The
    numbers are not NumPy's, and other versions of CuPy may draw others.

    Parameters
    ----------
    rng : numpy.random.Generator
    cupy : module
    """

    def __init__(self, rng, cupy):
        self.rng, self.cupy = rng, cupy

    @property
    def bit_generator(self):
        """That of the run's own stream, which is what a checkpoint keeps."""
        return self.rng.bit_generator

    def standard_normal(self, shape, dtype):
        """Standard normal numbers, an array of the device."""
        random = self.cupy.random
        seed = int(self.rng.integers(2**32))
        return random.Generator(random.Philox4x3210(seed)).standard_normal(shape, dtype=dtype)


# ---------------------------------------------------------------- cores


@cache
def blas():
    """A handle on NumPy's BLAS, and the number of threads that it was given.

    Given before the first gradient: what is set later changes BLAS, but not into how many
    shares a minibatch is cut.
    """
    controller = ThreadpoolController().select(user_api="blas")
    threads = max((library["num_threads"] for library in controller.info()), default=1)
    return controller, threads


@cache
def pool():
    """The threads that work beside the calling one; they sleep when there is no work."""
    return ThreadPoolExecutor(blas()[1], thread_name_prefix="draw_np")


@cache
def turn():
    """The lock of the call that BLAS's threads are set for: they are those of the process."""
    return RLock()


if hasattr(os, "register_at_fork"):  # a forked process has none of its parent's threads
    os.register_at_fork(after_in_child=pool.cache_clear)
    os.register_at_fork(after_in_child=turn.cache_clear)


def shares(xp, M):
    """The minibatch's M rows cut for the threads: one slice of rows for each.

    As many threads as BLAS was given (``OPENBLAS_NUM_THREADS`` sets both), but none
    with fewer than ``FEWEST_ROWS`` images. A GPU takes all rows at once.
    """
    threads = 1 if xp is not numpy else max(1, min(blas()[1], M // FEWEST_ROWS))
    return cut(M, threads)


def cut(M, parts):
    """M rows in so many parts, in order and as equal as they can be: a slice for each."""
    return [slice(*ends) for ends in pairwise(M * k // parts for k in range(parts + 1))]


def in_parallel(f, items):
    """``f`` of every item, at the same time, each on one core; returns when all are done.

    While they run, BLAS uses one thread in each: two halves of a minibatch side by side
    cost less than both cores meeting at the end of every product. NumPy lets go of the
    interpreter during array work, which is what makes Python threads of use here.

    Calls from several threads take turns: two at once would each put back the other's number
    of BLAS's threads.
    """
    if len(items) == 1:
        return [f(items[0])]
    with turn(), blas()[0].limit(limits=1):
        others = [pool().submit(f, item) for item in items[1:]]
        try:
            first = f(items[0])
        finally:
            wait(others)
        return [first, *(other.result() for other in others)]
