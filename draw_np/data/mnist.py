"""MNIST: handwritten digits, LeCun, Cortes and Burges, from IDX files."""

import hashlib

import numpy as np

from draw_np.data import idx
from draw_np.data.dataset import BINARISATIONS, ONCE_SEED, Dataset, binarised
from draw_np.data.download import Remote, fetch
from draw_np.data.files import need

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",  # TensorFlow Datasets'
    "https://ossci-datasets.s3.amazonaws.com/mnist/",  # torchvision's
    "http://yann.lecun.com/exdb/mnist/",  # the authors'
)

# SHA-256 of the four files as TensorFlow Datasets publishes them, in
# tensorflow_datasets/url_checksums/mnist.txt, and of the same four unpacked, computed
# from files that have the former.
HASHES = {
    "train-images-idx3-ubyte": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "train-labels-idx1-ubyte": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "t10k-images-idx3-ubyte": (
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "t10k-labels-idx1-ubyte": (
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}


def raw_file(name, data_dir, dimensions):
    """The unpacked bytes of one of the four files, and the path they came from."""
    if data_dir is None:
        mirrors = tuple(f"{mirror}{name}.gz" for mirror in MIRRORS)
        path = fetch(Remote(f"{name}.gz", HASHES[name][0], mirrors), "mnist")
    else:
        dotted = name.replace("-idx", ".idx")  # as some copies are called
        path = need(data_dir, (f"{name}.gz", name, f"{dotted}.gz", dotted), "MNIST's file")
    return idx.read(path, dimensions), path


def pair(part, data_dir):
    """Images (n, 1, B, A) and labels (n,) of "train" or "t10k", and whether they are MNIST's."""
    images_name, labels_name = f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"
    raw_images, images_path = raw_file(images_name, data_dir, 3)
    raw_labels, labels_path = raw_file(labels_name, data_dir, 1)
    images = idx.parse(raw_images, images_path, 3)[:, None]
    labels = idx.parse(raw_labels, labels_path, 1)
    if len(images) != len(labels):
        raise ValueError(
            f"{images_path} holds {len(images)} images and {labels_path} {len(labels)} labels: "
            "they should be as many; get both from one place"
        )
    known = all(
        hashlib.sha256(raw).hexdigest() == HASHES[name][1]
        for raw, name in ((raw_images, images_name), (raw_labels, labels_name))
    )
    return images, labels, known


def parts(data_dir=None):
    """Images and labels of the splits, and what to call them.

    The official 60,000 training images are divided into the first 50,000 for training
    and the last 10,000 for validation; any other number in the same proportion.

    Parameters
    ----------
    data_dir : path, optional
        A folder with the four IDX files, gzipped or not; without it they are downloaded.

    Returns
    -------
    dict
        By split, images as bytes of shape (n, 1, B, A) and labels of shape (n,).
    str
        "MNIST" if the files are the published ones.

    Raises
    ------
    ValueError
        If a file is missing, damaged, or does not fit the others.
    """
    images, labels, known = pair("train", data_dir)
    test_images, test_labels, test_known = pair("t10k", data_dir)
    too_few = min(len(images) // 6, len(test_images)) < 1
    if images.shape[1:] != test_images.shape[1:] or too_few or 0 in images.shape:
        raise ValueError(
            f"the training images in {data_dir} have shape {images.shape} and the test images "
            f"{test_images.shape}: both should be of one size, and at least 6 and 1 in number"
        )
    n = len(images) - len(images) // 6
    splits = {
        "train": (images[:n], labels[:n]),
        "valid": (images[n:], labels[n:]),
        "test": (test_images, test_labels),
    }
    return splits, "MNIST" if known and test_known else "IDX files other than MNIST's"


def load(binarise="fresh", data_dir=None):
    """The data set "mnist", split as ``parts`` says.

    Only ``binarized_mnist`` is comparable with the paper's figures: its pixels are fixed.

    Parameters
    ----------
    binarise : str
        One of ``dataset.BINARISATIONS``.
    data_dir : path, optional
        As for ``parts``.

    Returns
    -------
    Dataset
    """
    splits, what = parts(data_dir)
    rng = np.random.default_rng(ONCE_SEED)
    splits = {name: binarised(*part, binarise, rng) for name, part in splits.items()}
    return Dataset("mnist", f"{what}, {BINARISATIONS[binarise]}", **splits)
