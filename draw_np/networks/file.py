"""A network's file: one ``.npz`` without pickle, written whole or not at all.

Inside are arrays, named ``params/...`` and the like, and one JSON text, ``meta``. Nothing is
unpacked before its size is known and expected, so that a damaged or hostile file costs no
more memory than the network that it says it holds.
"""

import json
import os
import zipfile
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from draw_np.arrays import Array, Shape

FORMAT = "draw-np network 2"  #: the text ``format`` of the JSON
FIRST = "draw-np checkpoint 1"  #: the first edition's checkpoints, which are still read
PathLike: TypeAlias = str | os.PathLike[str]
META_LIMIT = 4_000_000  # bytes of JSON


class NetworkError(ValueError):
    """A file that cannot be used as a network, with one sentence that says why."""


def write(
    path: PathLike, meta: dict[str, Any], arrays: dict[str, Any], compressed: bool = False
) -> None:
    """Write a file so that ``path`` holds either the old one or the whole new one.

    Parameters
    ----------
    path : path
    meta : dict
        What JSON can hold; the format is added.
    arrays : dict of arrays
    compressed : bool
        Smaller, and slower to write.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    path, save = Path(path), np.savez_compressed if compressed else np.savez
    text = json.dumps({"format": FORMAT, **meta}).encode()
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        with open(unfinished, "wb") as f:
            save(f, meta=np.frombuffer(text, dtype=np.uint8), **arrays)
            f.flush()
            os.fsync(f.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


class Reader:
    """A file that is open for reading: its JSON, and its arrays one by one.

    Whatever is wrong with the file, within the ``with`` block, is a NetworkError.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)

    def __enter__(self) -> "Reader":
        try:
            if self.path.exists() and not self.path.is_file():  # a pipe would be waited for
                raise NetworkError(f"{self.path} is no file: give the .npz of a network")
            self.archive = zipfile.ZipFile(self.path)
            self.meta = self.read_meta()
        except Exception as e:
            self.__exit__(type(e), e, None)
            raise
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if archive := getattr(self, "archive", None):
            archive.close()
        if isinstance(error, FileNotFoundError):
            raise NetworkError(
                f"there is no file {self.path}: give a run folder, or the .npz of a network"
            ) from error
        if isinstance(error, OSError):
            raise NetworkError(
                f"{self.path} cannot be read ({error.strerror or error}): see who may read it"
            ) from error
        if isinstance(error, Exception) and not isinstance(error, (NetworkError, MemoryError)):
            raise NetworkError(  # NumPy, zipfile and JSON raise a dozen kinds on what is damaged
                f"{self.path} is not a whole network file: it is damaged, cut short or another "
                "kind of file; use an undamaged copy, or train again"
            ) from error

    def read_meta(self) -> dict[str, Any]:
        """The JSON of the file; of a later format, or of another project's, a NetworkError."""
        names = self.archive.namelist()
        if "meta.npy" not in names:
            raise NetworkError(f"{self.path} holds no network: give a file that draw_np wrote")
        shape, dtype = self.header("meta")
        if len(shape) != 1 or dtype != np.uint8 or shape[0] > META_LIMIT:
            raise ValueError("meta is not text")
        meta = json.loads(self.array("meta", shape).tobytes())
        if meta["format"] not in (FORMAT, FIRST):
            raise NetworkError(
                f"{self.path} has the format {str(meta['format'])[:60]!r}, and this version reads "
                f"{FORMAT!r} and {FIRST!r}: install the version that wrote it"
            )
        return meta

    def names(self, group: str) -> list[str]:
        """The arrays of a group such as ``params``, without that prefix."""
        found = (n.removesuffix(".npy") for n in self.archive.namelist())
        return [n.removeprefix(f"{group}/") for n in found if n.startswith(f"{group}/")]

    def header(self, name: str) -> tuple[Shape, np.dtype]:
        """Shape and dtype of an array, before it is unpacked."""
        with self.archive.open(f"{name}.npy") as f:
            if np.lib.format.read_magic(f) != (1, 0):  # NumPy's for headers below 64 kB
                raise ValueError(f"{name} is none of our arrays")
            shape, _, dtype = np.lib.format.read_array_header_1_0(f)
        return shape, dtype

    def array(self, name: str, shape: Shape, kinds: str = "fui") -> Array:
        """The array ``name``, if it has the shape that is expected of it."""
        found, dtype = self.header(name)
        if found != tuple(shape):
            raise NetworkError(
                f"{self.path} does not have the shapes of its own configuration: {name} is "
                f"{found}, and {tuple(shape)} was expected; use an undamaged copy"
            )
        if dtype.kind not in kinds:
            raise ValueError(f"{name} is of the type {dtype}")
        with self.archive.open(f"{name}.npy") as f:
            return np.lib.format.read_array(f, allow_pickle=False)
