"""IDX, the format of MNIST's files: a header of big-endian sizes, then the bytes."""

from math import prod

import numpy as np

from draw_np.data.files import start, unpacked

UNSIGNED_BYTE = 8  # the third byte of the header says what a value is


def read(path, dimensions):
    """The bytes of an IDX file, gzipped or not, not many more than its header promises.

    Raises
    ------
    ValueError
        If it cannot be read, is no such file, or promises more than is read.
    """
    what = "the original file"
    shape = header(start(path, 4 + 4 * dimensions, what), path, dimensions)
    return unpacked(path, 4 + 4 * dimensions + prod(shape), what)


def header(raw, path, dimensions):
    """The shape that the first bytes of an IDX file promise, a tuple; ValueError if none."""
    if len(raw) < 4 + 4 * dimensions or raw[:4] != bytes([0, 0, UNSIGNED_BYTE, dimensions]):
        raise ValueError(
            f"{path} is not an IDX file of bytes with {dimensions} "
            f"dimension{'s' if dimensions > 1 else ''}: its first four bytes should be "
            f"0, 0, {UNSIGNED_BYTE}, {dimensions}; get the original file"
        )
    return tuple(int(size) for size in np.frombuffer(raw, ">u4", dimensions, 4))


def parse(raw, path, dimensions):
    """The array in the bytes of an IDX file.

    Parameters
    ----------
    raw : bytes
    path : path
        For messages.
    dimensions : int
        How many axes it must have: 3 for images, 1 for labels.

    Returns
    -------
    array of uint8

    Raises
    ------
    ValueError
        If it is not such a file, or is longer or shorter than its header says.
    """
    shape = header(raw, path, dimensions)
    begin = 4 + 4 * dimensions
    if len(raw) != begin + prod(shape):
        follow = f"{len(raw) - begin}" if len(raw) < begin + prod(shape) else "more"
        raise ValueError(
            f"{path} is damaged: its header promises {prod(shape)} values and {follow} "
            "follow; get it again"
        )
    return np.frombuffer(raw, np.uint8, offset=begin).reshape(shape)
