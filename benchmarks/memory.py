"""How much memory this process has taken, as the system counts it."""

import ctypes
import sys
from pathlib import Path

SELF = Path("/proc/self")


def field(name):
    """A memory field of Linux's /proc/self/status in bytes, or None elsewhere."""
    try:
        lines = (SELF / "status").read_text().splitlines()
    except OSError:
        return None
    kilobytes = (line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return next((1024 * int(k) for k in kilobytes), None)


def resident():
    """Memory that is resident now, in bytes; its peak so far where only that is known."""
    return field("VmRSS") or peak()


def peak():
    """Largest resident memory since the start or since ``forget_peak``, in bytes, or None.

    From Linux's VmHWM; elsewhere from ``ru_maxrss``, where the system has that.
    """
    high = field("VmHWM")
    if high is not None:
        return high
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def forget_peak():
    """Give freed memory back and count the peak from now; False where that can't be done.

    So a compiler's memory is not charged to the code that it compiled.
    """
    try:
        ctypes.CDLL(None).malloc_trim(0)
        (SELF / "clear_refs").write_text("5")
    except (OSError, AttributeError, TypeError):
        return False
    return True
