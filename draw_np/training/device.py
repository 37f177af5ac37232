"""Where a run computes: its arrays and its noise, moved to the device that was asked for."""

import numpy as np

from draw_np import cli
from draw_np.machine import backend, parallel


def put_on_device(run, args):
    """Move a run to the device that the arguments name; returns its array library."""
    xp = cli.array_library(args)
    if xp is np and getattr(args, "noise", "host") == "device":
        raise cli.UserError("--noise device needs --device gpu: leave it out, or add that")
    if xp is not np and parallel.world().size > 1:
        raise cli.UserError(
            "several processes share a network on the CPU only: leave out --device gpu, or mpiexec"
        )
    run.on(xp)
    if getattr(args, "noise", "host") == "device":
        run.streams["noise"] = backend.DeviceStream(run.streams["noise"], xp)
    return xp


def drawn_on_device(run):
    """Whether the noise of a run is drawn by the device."""
    return isinstance(run.streams["noise"], backend.DeviceStream)


def where(run):
    """Which device a run is on, if it is not the CPU, as the end of a line."""
    device = backend.described(backend.library_of(run.params))
    noise = ", noise drawn there" if drawn_on_device(run) else ""
    return "" if device == "cpu" else f", on the {device}{noise}"
