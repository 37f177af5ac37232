"""Images put together from digits by chance, anew for every training batch.

Pieces are added in whole bytes and cut off at 255, which is adding intensities and
cutting off at 1, without rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from draw_np.data.dataset import ONCE_SEED, Images, bernoulli, intensities, made_binary

MEAN_SEED, MEAN_IMAGES = 4, 10_000  # the training mean is estimated from these
FIXED_SEEDS = {"train": None, "valid": 5, "test": 6}
BLOCK = 500  # images composed at once for a fixed split


@dataclass(frozen=True)
class Composed:
    """A split whose image i shows digit i in surroundings drawn at random.

    Parameters
    ----------
    digits : array of uint8, shape (n, B, A)
        What the images are composed of.
    labels : array, shape (n,), or None
    compose : callable
        From ``digits``, the indices (M,) and a generator to images as bytes (M, C, B', A').
    fresh : bool
        Whether the images are binarised, pixel by pixel.
    seed : int, optional
        With a seed, image i is always the same one; without, every batch is another.
    """

    digits: np.ndarray
    labels: np.ndarray | None
    compose: Callable
    fresh: bool = False
    seed: int | None = None

    def __len__(self):
        return len(self.digits)

    def drawn(self, indices, rng):
        """Images of digits ``indices``, float32 of shape (M, C, B', A'), all chance from rng."""
        x = intensities(self.compose(self.digits, indices, rng))
        return bernoulli(x, rng) if self.fresh else x

    @cached_property
    def fixed(self):
        """All images of a split with a seed, composed at the first use."""
        rng = np.random.default_rng(self.seed)
        blocks = np.array_split(np.arange(len(self)), -(-len(self) // BLOCK))
        images = [np.rint(255 * self.drawn(block, rng)).astype(np.uint8) for block in blocks]
        return Images(np.concatenate(images), self.labels)

    def batch(self, indices, rng):
        """Images ``indices``, float32 of shape (M, C, B', A')."""
        if self.seed is None:
            return self.drawn(indices, rng)
        return self.fixed.batch(indices, rng)

    def mean(self):
        """The mean image, shape (C, B', A'), estimated from ``MEAN_IMAGES`` without a seed."""
        if self.seed is not None:
            return self.fixed.mean()
        rng = np.random.default_rng(MEAN_SEED)
        blocks = rng.integers(len(self), size=(MEAN_IMAGES // BLOCK, BLOCK))
        total = sum(self.compose(self.digits, b, rng).sum(0, dtype=np.float64) for b in blocks)
        return total / blocks.size / 255


def splits(parts, compose, how, labelled=True):
    """Training, validation and test splits composed of digits.

    "once" and "threshold" are done to the digits, before they are composed; "fresh" is
    done to the whole image.

    Parameters
    ----------
    parts : dict
        By split, digits as bytes of shape (n, 1, B, A) and labels of shape (n,).
    compose : callable
        As for ``Composed``.
    how : str
        One of ``dataset.BINARISATIONS``.
    labelled : bool
        Whether an image has its digit's label.

    Returns
    -------
    dict
        By split, a ``Composed``; only the training split has no seed.
    """
    rng = np.random.default_rng(ONCE_SEED)
    return {
        name: Composed(
            made_binary(images, how, rng)[:, 0],
            labels if labelled else None,
            compose,
            fresh=how == "fresh",
            seed=FIXED_SEEDS[name],
        )
        for name, (images, labels) in parts.items()
    }


def check_fit(parts, what, least, most):
    """ValueError unless the digits of all splits are ``least`` to ``most`` pixels wide and high."""
    for images, _ in parts.values():
        if not all(least <= side <= most for side in images.shape[2:]):
            B, A = images.shape[2:]
            raise ValueError(
                f"{what} are {A} x {B} pixels: to be composed they should be at least {least} and "
                f"at most {most} wide and high"
            )


def black(M, size):
    """Canvases to add bytes to: (M, size, size), wide enough for a sum of 257."""
    return np.zeros((M, size, size), np.uint16)


def add_anywhere(canvas, patches, rng):
    """Add patch m to canvas m, in place, wholly inside, every place equally likely.

    Parameters
    ----------
    canvas : array of uint16, shape (M, B, A)
    patches : array of uint8, shape (M, h, w)
    rng : numpy.random.Generator
    """
    M, h, w = patches.shape
    windows = sliding_window_view(canvas, (h, w), axis=(1, 2), writeable=True)
    y = rng.integers(windows.shape[1], size=M)
    x = rng.integers(windows.shape[2], size=M)
    windows[np.arange(M), y, x] += patches


def random_crops(images, size, rng):
    """A square of each image, (M, size, size), every place equally likely."""
    windows = sliding_window_view(images, (size, size), axis=(1, 2))
    y = rng.integers(windows.shape[1], size=len(images))
    x = rng.integers(windows.shape[2], size=len(images))
    return windows[np.arange(len(images)), y, x]


def clipped(canvas):
    """Sums cut off at 255, as images of one channel: uint8 of shape (M, 1, B, A)."""
    return np.minimum(canvas, 255).astype(np.uint8)[:, None]
