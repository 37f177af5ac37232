"""What a run's ``config.json`` says: all that would be needed to repeat it."""

from dataclasses import asdict

from draw_np.machine import backend, parallel
from draw_np.machine.versions import versions
from draw_np.training.device import drawn_on_device


def record(run):
    """What ``config.json`` says of a run: what would be needed to repeat it."""
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
        "versions": versions(packages),
        "device": backend.described(backend.library_of(run.params)),
        "noise": "device" if drawn_on_device(run) else "host",
        "threads": backend.blas()[1],
        "processes": parallel.world().size,
    }
