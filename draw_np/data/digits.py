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


def enlarge(image):
    """One 8 x 8 image of integers 0..16 as 28 x 28 intensities in [0, 1].

    Padded by one pixel, enlarged by bicubic interpolation, and sharpened about 1/2,
    so that strokes end within about a pixel, as MNIST's do. Without the sharpening
    the binarisation of the soft edges alone would cost 150 nats an image, and with
    it 43 (the mean entropy of the pixels' Bernoullis): the rest is about digits.
    """
    padded = np.pad(image.astype(np.float32) / 16, 1)
    smooth = Image.fromarray(padded).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    return np.clip(CONTRAST * (np.asarray(smooth) - 0.5) + 0.5, 0, 1)


@cache
def enlarged():
    """All images as bytes, (1797, 1, 28, 28)."""
    return np.stack([np.round(255 * enlarge(i)).astype(np.uint8)[None] for i in originals()[0]])


def load(binarise="fresh"):
    """The data set "digits": 1397 training, 200 validation and 200 test images.

    The split is a fixed random one, so that a writer can be in more than one part.

    Parameters
    ----------
    binarise : str
        One of ``dataset.BINARISATIONS``.

    Returns
    -------
    Dataset
    """
    images, labels = enlarged(), originals()[1]
    order = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    parts = np.split(order, [N_TEST, N_TEST + N_VALID])
    rng = np.random.default_rng(ONCE_SEED)
    test, valid, train = (binarised(images[i], labels[i], binarise, rng) for i in parts)
    return Dataset("digits", f"embedded digits, {BINARISATIONS[binarise]}", train, valid, test)
