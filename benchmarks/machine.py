"""What the figures were measured on."""

import os
import platform
from pathlib import Path


def processors():
    """Logical processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor():
    """The processor's name and, where the system tells, its widest vector instructions."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(map(str.strip, line.split(":", 1)) for line in lines if ":" in line)
    flags = fields.get("flags", "").split()
    widest = next((v for v in ("avx512f", "avx2", "avx") if v in flags), None)
    name = fields.get("model name", platform.machine())
    return f"{name}, {widest.removesuffix('f').upper()}" if widest else name


def load():
    """Processes that wanted to run during the last minute, on average, or None."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def describe(threads):
    """A dict for the report."""
    return {
        "processor": processor(),
        "processors": processors(),
        "threads": threads,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": load(),
    }
