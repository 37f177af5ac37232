"""How long a training step will take here, and whether its batch fits into the memory."""

import math
import os
import time

import numpy as np

from draw_np import cli
from draw_np.machine import backend, parallel
from draw_np.training import loop


def expect_room(config, shapes):
    """UserError unless a network of these sizes can be trained in the memory of this machine.

    Parameters
    ----------
    config : Config or GlimpseConfig
    shapes : callable
        config -> the shapes of its parameters, by name.
    """
    side, sizes = max(config.A, config.B), vars(config)
    for name in ("N", "N_read", "N_write"):
        if (sizes.get(name) or 0) > side:
            raise cli.UserError(
                f"{name} = {sizes[name]}: more filters along a side than the {side} pixels of the "
                f"images; give at most {side}"
            )
    numbers = sum(math.prod(shape) for shape in shapes(config).values())
    if 16 * numbers > memory():  # float32: the parameters, their gradient, Adam's two moments
        raise cli.UserError(
            f"a network of these sizes has {numbers:,} parameters, and training it takes "
            f"{16 * numbers / 2**30:,.1f} GiB, more than this machine has: ask for smaller sizes"
        )


def memory():
    """Bytes of main memory; infinity where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return float("inf")


def step_seconds(run, dataset):
    """Seconds of one training step here: the fastest of three gradients, the run untouched.

    Raises
    ------
    cli.UserError
        If a batch does not fit into the memory; it names one that does.
    """
    M = run.recipe.batch_size
    try:
        taken = gradient_seconds(run, dataset, M)
    except MemoryError:
        taken = None
    if taken is None:  # outside the handler, which keeps what the failed gradient held
        fits = largest_batch(run, dataset, M // 2)
        least = "one image" if parallel.world().size == 1 else "one image in each process"
        less = f"--batch-size {fits} fits" if fits else f"not even {least} does"
        raise cli.UserError(
            f"a batch of {M} does not fit into the memory, {less}; --segments 4 keeps less of it, "
            "--device cpu uses the main memory"
        )
    return 1.15 * taken  # Adam, validation and the pictures come on top


def largest_batch(run, dataset, M):
    """The largest of M, M/2, M/4, .. of which a gradient fits into the memory; 0 if none.

    Several processes share a batch, so that it has an image for each.
    """
    least = parallel.world().size
    while least <= M:
        backend.release(backend.library_of(run.params))
        try:
            gradient_seconds(run, dataset, M, times=1)
            break
        except MemoryError:
            M //= 2
    return M if least <= M else 0


def gradient_seconds(run, dataset, M, times=3):
    """Seconds of a gradient of M images, the fastest of some."""
    rng, taken, indices = np.random.default_rng(0), [], np.arange(M)
    x = dataset.train.batch(indices, rng)
    beside = run.task.beside(dataset.train, indices, run.config, rng)
    for _ in range(times):
        began = time.perf_counter()
        loop.mean_gradient(run, x, beside)
        backend.synchronise(backend.library_of(run.params))
        taken.append(time.perf_counter() - began)
    return min(taken)
