"""Reading files that can be missing, damaged or something else."""

import gzip
import zipfile
import zlib
from pathlib import Path

import numpy as np


def find(folder, names):
    """The first of several file names, or None, that exists in a folder.

    Parameters
    ----------
    folder : path
    names : sequence of str
        Paths below the folder.

    Returns
    -------
    Path or None
    """
    return next((Path(folder, name) for name in names if Path(folder, name).exists()), None)


def need(folder, names, what):
    """As ``find``, but a ValueError if there is none; ``what`` says what the file holds."""
    path = find(folder, names)
    if path is None:
        raise ValueError(
            f"{what} not found in {folder}: it should hold {' or '.join(names)}; "
            "name another folder with --data-dir, or leave that out to download"
        )
    return path


def unpacked(path):
    """The bytes of a file, unpacked if it is gzipped, whatever it is called.

    Raises
    ------
    ValueError
        If the file cannot be read or its gzip is damaged.
    """
    try:
        raw = Path(path).read_bytes()
        return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path} is a damaged gzip file: get it again") from error
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error


def read_npz(path):
    """All arrays of an .npz file by name.

    Raises
    ------
    ValueError
        If it cannot be read, is damaged, or holds pickled objects.
    """
    try:
        with open(path, "rb") as file, np.load(file) as stored:
            return {name: stored[name] for name in stored.files}
    except (
        TypeError,  # of a single array, which is no context
        ValueError,
        EOFError,
        AttributeError,
        KeyError,
        zlib.error,
        zipfile.BadZipFile,
    ) as error:
        raise ValueError(
            f"{path} is damaged or not an .npz file of plain arrays, as numpy.savez writes it"
        ) from error
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
