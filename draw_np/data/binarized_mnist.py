"""The fixed binarisation of MNIST that the paper reports on.

Every pixel was drawn once, with its intensity as probability (Salakhutdinov and Murray,
2008), and H. Larochelle gave the result out as three text files. The test split is sorted
by class, 980 zeros first: its first rows are no fair sample, so judge on all of them or
on rows chosen at random. Training and validation rows are not in MNIST's order, and
there are no labels.
"""

import hashlib

import numpy as np

from draw_np.data.dataset import Dataset, Images
from draw_np.data.download import Remote, fetch
from draw_np.data.files import find, need, read_npz, unpacked

SIZE = 28
ROWS = {"train": 50_000, "valid": 10_000, "test": 10_000}
MIRROR = "http://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist/"

# SHA-256 of the text files: TensorFlow Datasets,
# tensorflow_datasets/url_checksums/binarized_mnist.txt
HASHES = {
    "train": "ad693b29f94c14277b095f5238ddefbbdaaae0939789dd2f4f0205278cee3e4d",
    "valid": "1de3d397c40fe8eeb33dafd4099a1f665ec01e96d9be234aaeeac8a34930e2e2",
    "test": "e6687bfea3f820c174f33b7865140b2a2dd2930ef786f35d45795fc193b5ab2c",
}
PACKED = "binarized_mnist.npz"
LONGEST = 3 * SIZE**2 * max(ROWS.values())  # bytes of a text file; the original has 2 a pixel


def text_name(split):
    """What the original text file of a split is called."""
    return f"binarized_mnist_{split}.amat"


def read_text(path):
    """Rows of 0 and 1 from a text file of 784 values a line, uint8 of shape (n, 784)."""
    raw = unpacked(path, LONGEST, "the original text file")
    text = raw.translate(None, b" \t\r\n")
    values = np.frombuffer(text, np.uint8) - np.uint8(ord("0"))  # whatever is less becomes large
    if len(raw) > LONGEST or values.size % SIZE**2 or values.max(initial=0) > 1:
        raise ValueError(
            f"{path} is not a text file of {SIZE**2} values 0 or 1 a line, as the original is: "
            "get it again"
        )
    return values.reshape(-1, SIZE**2)


def as_text(rows):
    """The bytes of the original text file: values with spaces between them, one row a line."""
    text = np.full((len(rows), 2 * SIZE**2), ord(" "), np.uint8)
    text[:, ::2] = rows + ord("0")
    text[:, -1] = ord("\n")
    return text.tobytes()


def read_packed(path):
    """Rows of 0 and 1 by split from an .npz with eight pixels a byte (``numpy.packbits``)."""
    stored = read_npz(path, most=sum(ROWS.values()) * SIZE**2)
    if not set(ROWS) <= set(stored):
        raise ValueError(
            f"{path} has arrays {', '.join(stored) or 'none'}: it should have {', '.join(ROWS)}"
        )
    packed = {split: stored[split] for split in ROWS}
    for split, rows in packed.items():
        if rows.dtype != np.uint8 or rows.shape[1:] != (SIZE**2 // 8,):
            raise ValueError(
                f"{split!r} in {path} is {rows.dtype} of shape {rows.shape}: it should be uint8 "
                f"of shape (n, {SIZE**2 // 8}), packed by numpy.packbits along axis 1"
            )
    return {split: np.unpackbits(rows, axis=1) for split, rows in packed.items()}


def rows_by_split(data_dir):
    """Rows of 0 and 1, uint8 of shape (n, 784), by split."""
    if data_dir is None:
        paths = {
            split: fetch(Remote(text_name(split), digest, (MIRROR + text_name(split),)), "mnist")
            for split, digest in HASHES.items()
        }
    elif packed := find(data_dir, (PACKED,)):
        return read_packed(packed)
    else:
        paths = {
            split: need(data_dir, (text_name(split), PACKED), "binarised MNIST") for split in ROWS
        }
    return {split: read_text(path) for split, path in paths.items()}


def load(data_dir=None):
    """The data set "binarized-mnist": 50,000, 10,000 and 10,000 images of exactly 0 and 1.

    Parameters
    ----------
    data_dir : path, optional
        A folder with the three text files or with ``binarized_mnist.npz``; without it the
        text files are downloaded.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If a file is missing or damaged, or its images are not as many as in the original.
    """
    rows = rows_by_split(data_dir)
    for split, n in ROWS.items():
        if len(rows[split]) != n:
            raise ValueError(
                f"the {split} split of binarised MNIST has {len(rows[split])} images and should "
                f"have {n}: a file in {data_dir} is cut short or another set's; get it again"
            )
    original = all(
        hashlib.sha256(as_text(rows[split])).hexdigest() == HASHES[split] for split in ROWS
    )
    variant = (
        "MNIST, fixed binarisation of Salakhutdinov and Murray (Larochelle's files)"
        if original
        else "binary images other than Larochelle's files of binarised MNIST"
    )
    splits = {s: Images(255 * rows[s].reshape(-1, 1, SIZE, SIZE)) for s in ROWS}
    return Dataset("binarized-mnist", variant, **splits)
