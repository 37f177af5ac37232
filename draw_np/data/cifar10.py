"""CIFAR-10 in its binary version (Krizhevsky 2009): 32 x 32 photographs in colour."""

from math import prod
from pathlib import Path

import numpy as np

from draw_np.data.dataset import BINARISATIONS, ONCE_SEED, Dataset, binarised
from draw_np.data.download import Remote, fetch
from draw_np.data.files import find, need, tar_members, unpacked

# SHA-256: TensorFlow Datasets, tensorflow_datasets/url_checksums/cifar10.txt
ARCHIVE = Remote(
    "cifar-10-binary.tar.gz",
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
)
WHAT = "the archive of CIFAR-10's binary version"
FOLDER = "cifar-10-batches-bin"  # inside the archive
TRAIN = tuple(f"data_batch_{k}.bin" for k in range(1, 6))
TEST = ("test_batch.bin",)
RECORDS = 10_000  # in a file
SHAPE = (3, 32, 32)  # red, green and blue planes, row by row
RECORD = 1 + prod(SHAPE)  # bytes: a label stands before an image
CLASSES = 10


def records(raw, path):
    """Images and labels from the bytes of a file: a label, then the three planes, each time.

    Returns
    -------
    array of uint8, shape (n, 3, 32, 32)
    array of uint8, shape (n,)

    Raises
    ------
    ValueError
        If the length is not that of ``RECORDS`` records or a label is no class.
    """
    length = RECORDS * RECORD
    if len(raw) != length:
        has = f"{len(raw)} bytes" if len(raw) < length else f"more than {length} bytes"
        raise ValueError(
            f"{path} has {has} and should have {length}: it is cut short, "
            "or not of CIFAR-10's binary version; get it again"
        )
    rows = np.frombuffer(raw, np.uint8).reshape(RECORDS, -1)
    if rows[:, 0].max() >= CLASSES:
        raise ValueError(
            f"{path} has labels above {CLASSES - 1}: it is not of CIFAR-10's binary version; "
            "get it again"
        )
    return rows[:, 1:].reshape(-1, *SHAPE), rows[:, 0]


def from_archive(path):
    """The bytes of all files in the archive, by name."""
    found = dict(tar_members(path, TRAIN + TEST, RECORDS * RECORD, WHAT))
    if missing := [name for name in TRAIN + TEST if name not in found]:
        raise ValueError(f"{path} holds no {missing[0]}: it is not {WHAT}; get that again")
    return found


def raw_files(data_dir):
    """The bytes of all files, by name, from a folder, an archive in it, or the network."""
    if data_dir is None:
        return from_archive(fetch(ARCHIVE, "cifar10"))
    if find(data_dir, (f"{FOLDER}/{TRAIN[0]}",)):
        data_dir = Path(data_dir, FOLDER)
    elif not find(data_dir, TRAIN[:1]) and (archive := find(data_dir, (ARCHIVE.name,))):
        return from_archive(archive)
    paths = {name: need(data_dir, (name,), "CIFAR-10's file") for name in TRAIN + TEST}
    return {
        name: unpacked(path, RECORDS * RECORD, "the original file") for name, path in paths.items()
    }


def load(binarise="none", data_dir=None):
    """The data set "cifar10": 45,000 training, 5,000 validation and 10,000 test images.

    Validation is the last tenth of the 50,000 training images. Intensities are taken for
    probabilities, channel by channel, as in the paper.

    Parameters
    ----------
    binarise : str
        One of ``dataset.BINARISATIONS``.
    data_dir : path, optional
        A folder with the ``.bin`` files or the archive; without it that is downloaded.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If a file is missing or damaged.
    """
    read = {name: records(raw, name) for name, raw in raw_files(data_dir).items()}
    images, labels = (np.concatenate(a) for a in zip(*(read[name] for name in TRAIN), strict=True))
    n = len(images) - len(images) // 10
    parts = {
        "train": (images[:n], labels[:n]),
        "valid": (images[n:], labels[n:]),
        "test": read[TEST[0]],
    }
    rng = np.random.default_rng(ONCE_SEED)
    splits = {name: binarised(*part, binarise, rng) for name, part in parts.items()}
    return Dataset("cifar10", f"CIFAR-10, {BINARISATIONS[binarise]}", **splits)
