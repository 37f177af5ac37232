"""Which array library an array belongs to, and how a minibatch is spread over cores.

There is no switch. A function asks the arrays that it is given, so that the
library (NumPy, or CuPy swapped in), like the dtype, follows the arguments. Nothing
else imports CuPy.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from itertools import pairwise

import numpy
from threadpoolctl import ThreadpoolController

FEWEST_ROWS = 16  # images that are worth a thread of their own


def array_module(x):
    """The module whose functions take ``x``: ``cupy`` for its arrays, else ``numpy``.

    Where there is a CuPy array, CuPy is already imported.
    """
    owner = type(x).__module__.partition(".")[0]
    return sys.modules["cupy"] if owner == "cupy" else numpy


@cache
def blas():
    """A handle on NumPy's BLAS, and the number of threads that it was given."""
    controller = ThreadpoolController().select(user_api="blas")
    threads = max((library["num_threads"] for library in controller.info()), default=1)
    return controller, threads


@cache
def pool():
    """The threads that work beside the calling one; they sleep when there is no work."""
    return ThreadPoolExecutor(blas()[1], thread_name_prefix="draw_np")


if hasattr(os, "register_at_fork"):  # a forked process has none of its parent's threads
    os.register_at_fork(after_in_child=pool.cache_clear)


def shares(xp, M):
    """The minibatch's M rows cut for the threads: one slice of rows for each.

    As many threads as BLAS was given (``OPENBLAS_NUM_THREADS`` sets both), but none
    with fewer than ``FEWEST_ROWS`` images. A GPU takes all rows at once.
    """
    threads = 1 if xp is not numpy else max(1, min(blas()[1], M // FEWEST_ROWS))
    ends = [M * k // threads for k in range(threads + 1)]
    return [slice(*pair) for pair in pairwise(ends)]


def in_parallel(f, items):
    """``f`` of every item, at the same time, each on one core; returns when all are done.

    While they run, BLAS uses one thread in each: two halves of a minibatch side by side
    cost less than both cores meeting at the end of every product. NumPy lets go of the
    interpreter during array work, which is what makes Python threads of use here.
    """
    if len(items) == 1:
        return [f(items[0])]
    with blas()[0].limit(limits=1):
        others = [pool().submit(f, item) for item in items[1:]]
        try:
            first = f(items[0])
        finally:
            wait(others)
        return [first, *(other.result() for other in others)]
