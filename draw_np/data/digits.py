"""The embedded digits: 1797 real handwritten ones that need no network.

UCI's Optical Recognition of Handwritten Digits as scikit-learn ships them; source
and licence stand in ``digits.LICENSE.md``.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from PIL import Image

from draw_np.data.dataset import BINARISATIONS, ONCE_SEED, Dataset, binarised

SIZE = 28  # width and height after enlarging, as MNIST's
CONTRAST = 3.0
SPLIT_SEED = 1
N_VALID = N_TEST = 200


@cache
def originals():
    """The stored images, (1797, 8, 8) with integers 0..16, and the labels, (1797,)."""
    with files("draw_np.data").joinpath("digits.npz").open("rb") as f, np.load(f) as stored:
        return stored["images"], stored["labels"]


def enlarge(image, size=SIZE):
    """One 8 x 8 image of integers 0..16 as ``size`` x ``size`` intensities in [0, 1].

    Padded by one pixel, enlarged by bicubic interpolation, and sharpened about 1/2,
    so that strokes end within about a pixel, as MNIST's do. Without the sharpening
    the binarisation of the soft edges alone would cost 150 nats an image of 28 x 28,
    and with it 43 (the mean entropy of the pixels' Bernoullis): the rest is about digits.
    """
    padded = np.pad(image.astype(np.float32) / 16, 1)
    smooth = Image.fromarray(padded).resize((size, size), Image.Resampling.BICUBIC)
    return np.clip(CONTRAST * (np.asarray(smooth) - 0.5) + 0.5, 0, 1)


@cache
def enlarged(size=SIZE):
    """All images as bytes, (1797, 1, size, size)."""
    pixels = np.stack([enlarge(image, size)[None] for image in originals()[0]])
    return np.round(255 * pixels).astype(np.uint8)


def parts(size=SIZE):
    """Images and labels of the splits: 200 test, 200 validation and 1397 training images.

    The split is a fixed random one, so that a writer can be in more than one part.

    Returns
    -------
    dict
        By split, images as bytes of shape (n, 1, size, size) and labels of shape (n,).
    """
    images, labels = enlarged(size), originals()[1]
    order = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    rows = np.split(order, [N_TEST, N_TEST + N_VALID])
    return {
        name: (images[i], labels[i])
        for name, i in zip(("test", "valid", "train"), rows, strict=True)
    }


def load(binarise="fresh"):
    """The data set "digits", split as ``parts`` says.

    Parameters
    ----------
    binarise : str
        One of ``dataset.BINARISATIONS``.

    Returns
    -------
    Dataset
    """
    rng = np.random.default_rng(ONCE_SEED)
    splits = {name: binarised(*part, binarise, rng) for name, part in parts().items()}
    return Dataset("digits", f"embedded digits, {BINARISATIONS[binarise]}", **splits)
