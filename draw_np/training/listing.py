"""The presets as a table, with a guess at their time on this machine."""

import math
import time

import numpy as np

from draw_np.networks.network import kind_of
from draw_np.training import presets
from draw_np.training.progress import duration


def listed():
    """All presets as a table, with the time that each would take here, estimated."""
    rate = products_per_second()
    lines = [
        f"{'preset':<20}{'T':>4}{'H':>5}{'Z':>5}{'read':>6}{'write':>6}{'parameters':>12}"
        f"{'GFLOP/step':>12}{'steps':>9}{'estimate':>14}"
    ]
    for name, p in presets.DRAWING.items():
        c, flops = p.config, presets.step_flops(p.config, p.recipe.batch_size)
        time_left = 2 * flops * p.recipe.steps / rate
        lines.append(
            f"{name:<20}{c.T:>4}{c.H:>5}{c.Z:>5}{filters(c, 'N_read'):>6}{filters(c, 'N_write'):>6}"
            f"{count(c):>12,}{flops / 1e9:>12.1f}{p.recipe.steps:>9,}"
            f"{duration(time_left):>14}\n    {p.about}"
        )
    lines.append(
        "The time is an estimate: twice what the dense products of all steps would take at the\n"
        f"{rate / 1e9:.0f} GFLOP/s of one matrix product timed just now."
    )
    return "\n".join(lines)


def filters(config, name):
    """N of a preset's attention, "all" without one, and nothing of a pyramid."""
    return getattr(config, name, "") or ("all" if hasattr(config, name) else "")


def count(config):
    """Number of values in all parameters of a network of these sizes."""
    return sum(math.prod(shape) for shape in kind_of(config).shapes(config).values())


def products_per_second(M=100, D=512, K=1024):
    """Floating-point operations a second of a float32 matrix product, the best of ten."""
    a, b = np.ones((M, D), np.float32), np.ones((D, K), np.float32)
    taken = []
    for _ in range(10):
        began = time.perf_counter()
        a @ b
        taken.append(time.perf_counter() - began)
    return 2 * M * D * K / min(taken)
