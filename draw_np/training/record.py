"""What a run's ``config.json`` says: all that would be needed to repeat it."""

import platform
from dataclasses import asdict

import numpy as np

from draw_np.machine import backend, parallel
from draw_np.machine.versions import versions
from draw_np.training.device import drawn_on_device


def record(run):
    """What ``config.json`` says of a run: what would be needed to repeat it.

    To the last bit, that is more than one would think: BLAS chooses its products by the
    processor.
    """
    xp = backend.library_of(run.params)
    cupy = {} if xp is np else {"cupy": xp.__version__}
    packages = ("numpy", "autograd", "matplotlib", "pillow")
    return {
        "task": run.kind.name,
        "preset": run.preset,
        "seed": run.seed,
        "data": run.variant,
        "config": asdict(run.config),
        "recipe": asdict(run.recipe),
        "stretches": [stretch.to_json() for stretch in run.stretches],
        "parameters": run.count,
        "versions": versions(packages) | cupy,
        "processor": platform.processor() or platform.machine(),
        "blas": [
            {name: library.get(name) for name in ("internal_api", "version", "architecture")}
            for library in backend.blas()[0].info()
        ],
        "device": backend.described(xp),
        "noise": "device" if drawn_on_device(run) else "host",
        "threads": backend.blas()[1],
        "processes": parallel.world().size,
    }
