"""What a run's ``config.json`` says: all that would be needed to repeat it."""

from dataclasses import asdict

from draw_np.machine import backend, parallel
from draw_np.machine.versions import versions
from draw_np.training.device import drawn_on_device


def record(k):
    """What ``config.json`` says of a run: what would be needed to repeat it."""
    packages = ("numpy", "autograd", "matplotlib", "pillow")
    return {
        "task": k.kind.name,
        "preset": k.preset,
        "seed": k.seed,
        "data": k.variant,
        "config": asdict(k.config),
        "recipe": asdict(k.recipe),
        "stretches": [stretch.to_json() for stretch in k.stretches],
        "parameters": k.count,
        "versions": versions(packages),
        "device": backend.described(backend.library_of(k.params)),
        "noise": "device" if drawn_on_device(k) else "host",
        "threads": backend.blas()[1],
        "processes": parallel.world().size,
    }
