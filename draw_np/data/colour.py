"""The embedded digits in colour on coloured ground: three channels without a download."""

import numpy as np

from draw_np.data import digits
from draw_np.data.compose import splits
from draw_np.data.dataset import BINARISATIONS, Dataset

GROUND, INK = (0, 112), (144, 256)  # ranges of bytes for each channel of a colour


def compose(source, which, rng):
    """Digit ``which`` in a bright random colour on a dark random one.

    Parameters
    ----------
    source : array of uint8, shape (n, B, A)
    which : array of int, shape (M,)
    rng : numpy.random.Generator
        Draws both colours, every channel uniformly from its range.

    Returns
    -------
    array of uint8, shape (M, 3, B, A)
    """
    M = len(which)
    ground = rng.integers(*GROUND, size=(M, 3, 1, 1)).astype(np.float32)
    ink = rng.integers(*INK, size=(M, 3, 1, 1)).astype(np.float32)
    share = source[which][:, None] / np.float32(255)  # (M, 1, B, A): how much of it is ink
    return np.rint(ground + share * (ink - ground)).astype(np.uint8)


def load_small(binarise="none"):
    """The data set "colour-small": 28 x 28 pixels, colours drawn for every batch."""
    variant = (
        f"embedded digits in colours drawn anew for every batch, {BINARISATIONS[binarise]}; "
        "validation and test images fixed by a seed"
    )
    return Dataset("colour-small", variant, **splits(digits.parts(), compose, binarise))
