"""What a data set is to the rest of the package, and the ways to binarise one.

A split has a length and ``batch(indices, rng)``, which returns float32 images in
[0, 1] of shape (M, C, B, A). Whatever is random about a batch comes from ``rng``.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from draw_np.arrays import Array, Generator, Shape

BINARISATIONS = {
    "fresh": "binarised afresh for every batch, pixel by pixel with its intensity as probability",
    "once": "binarised once by a fixed seed, with the intensity as probability",
    "threshold": "thresholded at 0.5",
    "none": "intensities as they are, each taken for a probability: not a code length",
}
LARGEST_CLASS = 2**31 - 1  # far more than there are
ONCE_SEED = 20150213  # fixes "once": the same binary images for every run


class Split(Protocol):
    """What every split has."""

    def __len__(self) -> int: ...

    def batch(self, indices: Array, rng: Generator, /) -> Array:
        """Images by their places."""
        ...


@dataclass(frozen=True)
class Images:
    """A split that lies in memory.

    Parameters
    ----------
    images : array, shape (n, C, B, A)
        Intensities: bytes 0..255, or floats in [0, 1].
    labels : array, shape (n,), optional
    fresh : bool
        Whether every batch is binarised anew.
    """

    images: np.ndarray
    labels: np.ndarray | None = None
    fresh: bool = False

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, indices: Array, rng: Generator) -> Array:
        """Images ``indices``, float32 of shape (M, C, B, A)."""
        x = intensities(self.images[indices])
        return bernoulli(x, rng) if self.fresh else x

    def mean(self) -> Array:
        """The mean image, shape (C, B, A): the training mean where this is the training split."""
        total: Any = np.sum(self.images, axis=0, dtype=np.float64)
        return total / len(self) / white(self.images)


@dataclass(frozen=True)
class Dataset:
    """Three splits and what to call them in a report."""

    name: str  #: how it is asked for, such as "digits"
    variant: str  #: which pixels exactly: every report names it
    train: Any  #: a split that has a ``mean()``, too
    valid: Any
    test: Any

    @property
    def image_shape(self) -> Shape:
        """Shape (C, B, A) of one image."""
        return self.train.batch(np.arange(1), np.random.default_rng(0)).shape[1:]

    def split(self, name: str) -> Any:
        """One of the splits "train", "valid" and "test"; ValueError for any other."""
        if name not in ("train", "valid", "test"):
            raise ValueError(f"there is no split {name!r}: choose train, valid or test")
        return getattr(self, name)


def intensities(images):
    """Float32 in [0, 1] from bytes 0..255; floats are taken to be in [0, 1] already."""
    scale, x = white(images), images.astype(np.float32)
    return x if scale == 1 else x / np.float32(scale)


def white(images):
    """The brightest that a pixel can be: 255 in bytes, 1 in floats and booleans.

    ValueError for other integers, of which nobody says whether 1 is white.
    """
    if images.dtype.kind in "iu" and images.dtype != np.uint8:
        raise ValueError(f"images are {images.dtype}: make them uint8 in 0..255 or float in 0..1")
    return 255 if images.dtype == np.uint8 else 1


def bernoulli(x, rng):
    """1 with probability ``x``, else 0, for every pixel by itself; float32."""
    return (rng.random(x.shape, dtype=np.float32) < x).astype(np.float32)


def binarised(images, labels, how, rng):
    """A split of ``images`` after the binarisation ``how``, one of ``BINARISATIONS``.

    Parameters
    ----------
    images : array, shape (n, C, B, A)
    labels : array, shape (n,), or None
    how : str
    rng : numpy.random.Generator
        Used by "once" only.

    Returns
    -------
    Images
    """
    return Images(made_binary(images, how, rng), labels, fresh=how == "fresh")


def made_binary(images, how, rng):
    """The images that "once" and "threshold" make, in bytes; others come back as they are."""
    check_binarisation(how)
    if how == "once":
        return (bernoulli(intensities(images), rng) * 255).astype(np.uint8)
    if how == "threshold":
        return np.where(intensities(images) > 0.5, 255, 0).astype(np.uint8)
    return images


def classes(labels, what):
    """Class labels as integers: whole numbers of 0 or more, one an image.

    How many classes there are is the network's affair, and is checked where it is judged.

    Parameters
    ----------
    labels : array, shape (n,)
        Integers, or floats without a fraction.
    what : str
        Whose labels they are, for the message.

    Returns
    -------
    array of int64, shape (n,)

    Raises
    ------
    ValueError
        If a label is no number, is not whole, or is below 0.
    """
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iuf":
        raise ValueError(
            f"the labels of {what} are {labels.dtype} and should be whole numbers: "
            "number the classes 0, 1, 2, ..."
        )
    number = labels.astype(np.float64)
    fine = (number >= 0) & (number <= LARGEST_CLASS) & (number == np.floor(number))  # no NaN
    if not fine.all():
        raise ValueError(
            f"the labels of {what} hold {labels[~fine][0]}, which is no class: they should be "
            f"whole numbers from 0 to {LARGEST_CLASS}"
        )
    return labels.astype(np.int64)


def check_binarisation(how, possible=tuple(BINARISATIONS)):
    """ValueError unless ``how`` is one of the possible binarisations."""
    if how not in possible:
        raise ValueError(
            f"there is no binarisation {how!r} here: choose one of {', '.join(possible)}"
        )
