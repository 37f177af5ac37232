"""A run's folder: new and empty, or a run's own, and held by one process at a time."""

import os
import time
from contextlib import contextmanager
from pathlib import Path

from draw_np import cli
from draw_np.machine import parallel

try:
    import fcntl
except ImportError:  # Windows, where a folder cannot be locked: two runs in one are not noticed
    fcntl = None  # type: ignore[assignment]

UNFINISHED = (  # what a run that is killed may leave half written, as glob patterns
    "checkpoint.npz.[0-9]*.unfinished",
    "best.npz.[0-9]*.unfinished",
    "log.csv.unfinished",
)


def expect_empty(folder):
    """UserError unless a new run may be written to ``folder``."""
    with cli.writing(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise cli.UserError(
                f"{folder} is not an empty folder: nothing is overwritten; choose another --out, "
                "or --resume the run in it"
            )


def named(preset):
    """A folder for a run that was given none: runs/TIME-PRESET, with a number if it is taken."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{preset}"
    tried = [Path("runs") / f"{name}{n}" for n in ("", *(f"-{i}" for i in range(2, 1000)))]
    return next(path for path in tried if not path.exists())


def made(folder, chosen):
    """Make the folder of a new run; of several that start at once, each gets its own.

    Parameters
    ----------
    folder : Path
    chosen : bool
        Whether the user named it: then it is taken as it is, or refused.

    Returns
    -------
    Path
        The folder, or one with a number at its end if another run was quicker.
    """
    if not parallel.writes():
        return folder
    if chosen:
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    for n in range(2, 1000):
        try:
            folder.mkdir()
            break
        except FileExistsError:
            folder = folder.with_name(f"{folder.name.removesuffix(f'-{n - 1}')}-{n}")
    return folder


@contextmanager
def held(folder):
    """Hold a folder for this process within the block; UserError if another one does.

    The system lets go of it when the process ends, however that happens.
    """
    if fcntl is None or not parallel.writes():
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise cli.UserError(
                f"another process is training in {folder}: wait until it has ended, or begin a "
                "run in another folder with --out"
            ) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)


def sweep(folder):
    """Delete what a killed process left half written in the folder of a run, and nothing else."""
    if parallel.writes():
        for left in (path for pattern in UNFINISHED for path in folder.glob(pattern)):
            left.unlink(missing_ok=True)
