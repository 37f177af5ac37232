"""IDX, the format of MNIST's files: a header of big-endian sizes, then the bytes."""

from math import prod

import numpy as np

UNSIGNED_BYTE = 8  # the third byte of the header says what a value is


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
    start = 4 + 4 * dimensions
    if len(raw) < start or raw[:4] != bytes([0, 0, UNSIGNED_BYTE, dimensions]):
        raise ValueError(
            f"{path} is not an IDX file of bytes with {dimensions} "
            f"dimension{'s' if dimensions > 1 else ''}: its first four bytes should be "
            f"0, 0, {UNSIGNED_BYTE}, {dimensions}; get the original file"
        )
    shape = [int(size) for size in np.frombuffer(raw, ">u4", dimensions, 4)]
    if len(raw) != start + prod(shape):
        raise ValueError(
            f"{path} is damaged: its header promises {prod(shape)} values and {len(raw) - start} "
            "follow; get it again"
        )
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)
