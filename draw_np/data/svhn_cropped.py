"""Street View House Numbers, single digits cut out to 32 x 32 (Netzer et al. 2011)."""

import os
import zlib

import numpy as np

from draw_np.data.dataset import BINARISATIONS, ONCE_SEED, Dataset, binarised, classes
from draw_np.data.download import Remote, fetch
from draw_np.data.files import PIECE, check_size, need, optional, reading

MIRROR = "http://ufldl.stanford.edu/housenumbers/"
SHAPE = (32, 32, 3)
CLASSES = 10
PACKED = 15  # what MATLAB 5 calls a part that zlib has packed
ORDERS = {b"IM": "little", b"MI": "big"}  # of the bytes of a number

# SHA-256: TensorFlow Datasets, tensorflow_datasets/url_checksums/svhn_cropped.txt
HASHES = {
    "train": "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
    "test": "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
}


def read_mat(path):
    """Images and labels from a MATLAB file, X of shape (32, 32, 3, n) and y of (n, 1).

    Returns
    -------
    array of uint8, shape (n, 3, 32, 32)
    array of uint8, shape (n,)
        The digits; the file says 10 for 0.

    Raises
    ------
    ValueError
        If SciPy is missing, or the file is damaged or holds something else.
    """
    loadmat = optional("scipy.io", path).loadmat
    with reading(path, "a MATLAB file with X and y, as the original is") as file:
        check_unpacked(file, path)
        file.seek(0)
        stored = loadmat(file, variable_names=("X", "y"))
        X, y = np.asarray(stored["X"]), np.asarray(stored["y"])
    if X.dtype != np.uint8 or X.ndim != 4 or X.shape[:3] != SHAPE:
        raise ValueError(
            f"X in {path} is {X.dtype} of shape {X.shape} and should be uint8 of shape "
            f"(32, 32, 3, n): get the file of cropped digits again"
        )
    if X.shape[3] != y.size:
        raise ValueError(
            f"{path} holds {X.shape[3]} images and {y.size} labels: they should be as many; "
            "get it again"
        )
    y = classes(y.ravel(), f"{path}")
    if not ((y >= 1) & (y <= CLASSES)).all():
        raise ValueError(
            f"the labels of {path} go from {y.min()} to {y.max()} and should go from 1 to "
            f"{CLASSES}, which stands for the digit 0: get the original file"
        )
    return np.ascontiguousarray(X.transpose(3, 2, 0, 1)), (y % CLASSES).astype(np.uint8)


def check_unpacked(file, path):
    """A ``Refusal`` where an open MATLAB 5 file unpacks to more than is read.

    A packed part does not say how large it is: it is unpacked, piece by piece, and thrown
    away.

    Raises
    ------
    ValueError
        If it is no MATLAB 5 file.
    """
    head, total = file.read(128), os.fstat(file.fileno()).st_size
    if not head.startswith(b"MATLAB 5.0") or head[126:128] not in ORDERS:
        raise ValueError("no MATLAB 5 file")
    check_size(total, path)
    while len(tag := file.read(8)) == 8:
        kind, length = (int.from_bytes(part, ORDERS[head[126:128]]) for part in (tag[:4], tag[4:]))
        if kind != PACKED:
            file.seek(length, os.SEEK_CUR)
            continue
        for piece in inflated(file, length):
            check_size(total := total + len(piece), path)


def inflated(file, length):
    """What comes out of the next ``length`` bytes of an open file, in pieces."""
    inflate = zlib.decompressobj()
    while length > 0 and (packed := file.read(min(length, PIECE))):
        length -= len(packed)
        while packed and not inflate.eof:
            yield inflate.decompress(packed, PIECE)
            packed = inflate.unconsumed_tail


def load(binarise="none", data_dir=None):
    """The data set "svhn-cropped": 65,932 training, 7,325 validation, 26,032 test images.

    Validation is the last tenth of the 73,257 training images: digits of one house number
    follow each other, so that a part at the end shares next to none with the rest. The
    531,131 images of the set's easier part, "extra", are not used.

    Parameters
    ----------
    binarise : str
        One of ``dataset.BINARISATIONS``.
    data_dir : path, optional
        A folder with ``train_32x32.mat`` and ``test_32x32.mat``; without it they are
        downloaded.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If a file is missing or damaged, or SciPy is.
    """
    read = {}
    for part, digest in HASHES.items():
        name = f"{part}_32x32.mat"
        if data_dir is None:
            read[part] = read_mat(fetch(Remote(name, digest, (MIRROR + name,)), "svhn"))
        else:
            read[part] = read_mat(need(data_dir, (name,), "SVHN's file of cropped digits"))
    images, labels = read["train"]
    if len(images) < 10 or not len(read["test"][0]):
        raise ValueError(
            f"train_32x32.mat holds {len(images)} images and test_32x32.mat "
            f"{len(read['test'][0])}: at least 10 and 1 are needed; get both files again"
        )
    n = len(images) - len(images) // 10
    parts = {
        "train": (images[:n], labels[:n]),
        "valid": (images[n:], labels[n:]),
        "test": read["test"],
    }
    rng = np.random.default_rng(ONCE_SEED)
    splits = {name: binarised(*part, binarise, rng) for name, part in parts.items()}
    return Dataset(
        "svhn-cropped", f"SVHN, cropped digits 32 x 32, {BINARISATIONS[binarise]}", **splits
    )
