"""Reading files that can be missing, damaged, hostile or something else.

Sizes are read in headers and compared with what is needed before anything is unpacked, so
that memory is bounded: a loader takes at most about four times ``largest()`` bytes.
"""

import gzip
import os
import stat
import tarfile
import warnings
import zipfile
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from math import prod
from pathlib import Path

import numpy as np
from PIL import Image

GIGABYTES = 1.0  # that the data of one file, or of one folder of images, may take
VARIABLE = "DRAW_NP_DATA_GB"  # in the environment, where more is wanted
PIECE = 1 << 20  # bytes that are read at a time
ZEROS = 512  # bytes
LONGEST_HEADER = 10_000  # bytes of an array's, as NumPy has it
LARGEST_PICTURE = 1 << 24  # pixels


class Refusal(ValueError):
    """A sentence about a file that is to be told as it is."""


def largest():
    """Bytes that the data of one file may take: ``GIGABYTES``, or what ``VARIABLE`` says."""
    said = os.environ.get(VARIABLE) or GIGABYTES
    try:
        limit = float(said) * 1e9
    except ValueError:
        limit = 0
    if not 0 < limit < float("inf"):
        raise Refusal(f"{VARIABLE} is {said!r} and should be a number of gigabytes, such as 4")
    return int(limit)


def check_size(size, path, most=None):
    """A ``Refusal`` where ``size`` bytes are more than ``most``, or than ``largest()``."""
    if most is not None and size > most:
        raise Refusal(
            f"{path} holds more than the {most:,} bytes that were expected: it is damaged or "
            "another file; get the original"
        )
    if size > largest():
        raise Refusal(
            f"{path} unpacks to {size / 1e9:.1f} GB, and {largest() / 1e9:g} GB is the most that "
            f"is read: use fewer or smaller images, or set {VARIABLE} to more gigabytes"
        )


# ---------------------------------------------------------------- finding and opening


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
    return next((Path(folder, name) for name in names if os.path.exists(Path(folder, name))), None)


def need(folder, names, what):
    """As ``find``, but a ValueError if there is none; ``what`` says what the file holds."""
    path = find(folder, names)
    if path is None:
        raise ValueError(
            f"{what} not found in {folder}: it should hold {' or '.join(names)}; "
            "name another folder with --data-dir, or leave that out to download"
        )
    return path


@contextmanager
def reading(path, what):
    """A file, open to be read; whatever goes wrong with it in the block is one sentence.

    Parameters
    ----------
    path : path
        Of a plain file: a pipe would be waited for, and a device never ends.
    what : str
        What it should be, with its article.

    Raises
    ------
    ValueError
        If it cannot be read, or the block finds that it is damaged: damaged bytes lead
        readers to errors of any type.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode) and not os.path.isdir(path):
            raise Refusal(f"{path} is a pipe or a device and not a file: get {what}")
        with open(path, "rb") as file:
            yield file
    except Refusal:
        raise
    except MemoryError as error:
        raise ValueError(f"{path} is damaged, or takes more memory than there is") from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise ValueError(f"cannot read {path}: {error.strerror}") from error
        raise ValueError(f"{path} is damaged or not {what}: get it again") from error


def read_at_most(file, n):
    """Up to ``n`` bytes, piece by piece: memory follows what there is, not what is asked for."""
    pieces = []
    while n > 0 and (piece := file.read(min(n, PIECE))):
        pieces.append(piece)
        n -= len(piece)
    return b"".join(pieces)


def optional(module, path):
    """A module of the extra ``data``; ValueError that says what to install to read ``path``."""
    try:
        return import_module(module)
    except ImportError as error:
        package = {"scipy": "SciPy"}.get(module.partition(".")[0], module)
        raise ValueError(
            f"reading {path} needs {package}: install it with pip install 'draw-np[data]'"
        ) from error


# ---------------------------------------------------------------- bytes


def inside(file):
    """What is in an open file: its contents, unpacked if they are gzipped.

    Zeros after a gzip would be read one at a time, and there can be gigabytes of them at no
    price: a file that ends so is taken for damaged.
    """
    packed = file.read(2) == b"\x1f\x8b"
    if packed and file.seek(0, os.SEEK_END) > ZEROS:
        file.seek(-ZEROS, os.SEEK_END)
        if not any(file.read(ZEROS)):
            raise ValueError("zeros after the end")
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if packed else file


def start(path, n, what):
    """The first ``n`` bytes, or fewer, of a file that may be gzipped."""
    with reading(path, what) as file:
        return read_at_most(inside(file), n)


def unpacked(path, most, what):
    """The bytes of a file, unpacked if it is gzipped, whatever it is called.

    Parameters
    ----------
    path : path
    most : int
        A longer one is not read to its end: ``most`` + 1 bytes come back.
    what : str
        What it should be.

    Raises
    ------
    ValueError
        If the file cannot be read, is damaged, or is larger than is read.
    """
    check_size(most, path)
    with reading(path, what) as file:
        packed = os.fstat(file.fileno()).st_size  # packing never adds a hundredth
        check_size(packed, path, most + most // 100 + PIECE)
        return read_at_most(inside(file), most + 1)


# ---------------------------------------------------------------- archives


class Sparing:
    """An open file of which nobody gets more than a ``PIECE`` at once: headers can lie."""

    def __init__(self, file):
        self.file, self.seek, self.tell = file, file.seek, file.tell

    def read(self, n):
        """``n`` bytes, or what is left."""
        if not 0 <= n <= PIECE:
            raise ValueError(f"{n} bytes at once")
        return read_at_most(self.file, n)


def tar_members(path, wanted, most, what):
    """Names without folders, and bytes, of the plain files in ``wanted`` that a tar has.

    Parameters
    ----------
    path : path
        Of a .tar, gzipped or not.
    wanted : container of str
    most : int
        Bytes that one of them may have.
    what : str
        What the archive should be.
    """
    with (
        reading(path, what) as file,
        tarfile.open(fileobj=Sparing(inside(file)), mode="r:") as archive,
    ):
        for member in archive:
            name = member.name.rpartition("/")[2]
            if member.isfile() and name in wanted:
                check_size(member.size, f"{name} in {path}", most)
                raw = read_at_most(archive.extractfile(member), member.size)
                if len(raw) != member.size:
                    raise EOFError
                yield name, raw


# ---------------------------------------------------------------- arrays


def promised(file):
    """How many bytes the array of an open .npy file takes, from its header alone.

    Raises
    ------
    ValueError
        If it is none of plain values. The length of the header is looked at first, too.
    """
    head = file.read(12)
    version, wide = head[6:7], 2 if head[6:7] == b"\x01" else 4
    length = int.from_bytes(head[8 : 8 + wide], "little")
    if head[:6] != np.lib.format.MAGIC_PREFIX or length > LONGEST_HEADER:
        raise ValueError("no .npy file")
    readers = {
        b"\x01": np.lib.format.read_array_header_1_0,
        b"\x02": np.lib.format.read_array_header_2_0,
    }
    shape, _, dtype = readers[version](BytesIO(head[8:] + file.read(length)))
    if dtype.hasobject or any(n < 0 for n in shape):
        raise ValueError("no plain array")
    return prod(shape) * dtype.itemsize


def read_npz(path, most=None):
    """All arrays of an .npz file by name.

    Parameters
    ----------
    path : path
    most : int, optional
        Bytes that the arrays may take together; by default ``largest()``.

    Raises
    ------
    ValueError
        If it cannot be read, is damaged, is too large, or holds anything but plain arrays.
    """
    what = "an .npz file of plain arrays, as numpy.savez writes it"
    with reading(path, what) as file, zipfile.ZipFile(file) as archive:
        members = {m.filename.removesuffix(".npy"): m for m in archive.infolist()}
        size = 0
        for member in members.values():
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("NumPy does not pack so")
            with archive.open(member) as stored:
                size += promised(stored)
        check_size(size, path, most)
        found = {}
        for name, member in members.items():
            with archive.open(member) as stored:
                found[name] = np.lib.format.read_array(stored, allow_pickle=False)
        return found


# ---------------------------------------------------------------- pictures


@contextmanager
def picture(path, file=None, formats=("PNG",)):
    """An open picture whose size is known to be moderate and whose pixels are not yet unpacked.

    Parameters
    ----------
    path : path
        For messages; and to be opened, where no ``file`` is given.
    file : bytes, optional
        What is in it.
    formats : sequence of str
        What it may be. No other is tried: there are some for which Pillow starts other programs.

    Raises
    ------
    ValueError
        If it is nothing of that, is damaged or is too large.
    """
    what = f"a {' or '.join(formats)} image"
    if file is None:
        with reading(path, what) as opened:
            size = os.fstat(opened.fileno()).st_size
            check_size(size, path, 8 * LARGEST_PICTURE)
            file = opened.read()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # size is checked here
            image = Image.open(BytesIO(file), formats=formats)
        if image.width * image.height > LARGEST_PICTURE:
            raise Refusal(
                f"{path} is {image.width} x {image.height} pixels, more than {LARGEST_PICTURE:,}: "
                "make it smaller"
            )
        with image:
            yield image
    except Refusal:
        raise
    except Exception as error:
        raise ValueError(
            f"{path} is damaged or not {what}: get it again, or do without it"
        ) from error
