"""What a run's ``config.json`` says: all that would be needed to repeat it."""

import platform
from dataclasses import asdict

from draw_np.machine import backend, parallel
from draw_np.training import tasks
from draw_np.training.device import drawn_on_device


def record(k):
    """What ``config.json`` says of a run: what would be needed to repeat it."""
    packages = ("numpy", "autograd", "matplotlib", "pillow")
    return {
        "task": tasks.of(k.config).name,
        "preset": k.preset,
        "seed": k.seed,
        "data": k.variant,
        "config": asdict(k.config),
        "recipe": asdict(k.recipe),
        "parameters": count(k),
        "versions": {"python": platform.python_version(), **versions(packages)},
        "device": backend.described(backend.library_of(k.params)),
        "noise": "device" if drawn_on_device(k) else "host",
        "threads": backend.blas()[1],
        "processes": parallel.world().size,
    }


def count(k):
    """Number of values in all parameters of a run's network."""
    return sum(p.size for p in k.params.values())


def versions(packages):
    """Installed versions by name."""
    from importlib.metadata import version

    return {name: version(name) for name in ("draw-np", *packages)}
