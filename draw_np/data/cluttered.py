"""Cluttered translated digits: one whole digit among pieces of others.

The task of Table 1, made as in Mnih et al. 2014 ("Recurrent Models of Visual Attention"):
8 pieces of 8 x 8 pixels on 100 x 100, or 4 on 60 x 60. The paper gives no protocol of its
own; this is that of DeepMind's generator, google-deepmind/mnist-cluttered.
"""

from functools import partial

from draw_np.data import digits, mnist
from draw_np.data.compose import (
    add_anywhere,
    black,
    check_fit,
    clipped,
    random_crops,
    splits,
)
from draw_np.data.dataset import BINARISATIONS, Dataset

PIECE = 8  # width and height of a piece
FORMS = {"cluttered": (100, 8), "cluttered-60": (60, 4), "cluttered-small": (60, 4)}


def compose(source, which, rng, size, pieces):
    """Digit ``which`` at a uniform place, over pieces of random digits at uniform places.

    Pieces are cut anywhere out of any example, so that some are black. Everything is
    added and cut off at 1; doing so after the pieces and again after the digit, as the
    original does, comes to the same.

    Parameters
    ----------
    source : array of uint8, shape (n, B, A)
    which : array of int, shape (M,)
    rng : numpy.random.Generator
        Draws whose pieces they are, where they are cut, and all places.
    size, pieces : int
        Width and height of the canvas, and number of pieces.

    Returns
    -------
    array of uint8, shape (M, 1, size, size)
    """
    canvas = black(len(which), size)
    for _ in range(pieces):
        others = rng.integers(len(source), size=len(which))
        add_anywhere(canvas, random_crops(source[others], PIECE, rng), rng)
    add_anywhere(canvas, source[which], rng)
    return clipped(canvas)


def dataset(name, parts, what, binarise):
    """Cluttered digits out of ``parts``, called ``what``, in one of ``FORMS``."""
    size, pieces = FORMS[name]
    pixels = BINARISATIONS[binarise].partition(", each")[0]  # a classifier codes nothing
    variant = (
        f"a digit of {what} among {pieces} pieces of {PIECE} x {PIECE} on {size} x {size}, "
        f"composed anew for every batch, {pixels}; "
        "validation and test images fixed by a seed"
    )
    check_fit(parts, f"the digits of {what}", PIECE, size)
    made = splits(parts, partial(compose, size=size, pieces=pieces), binarise)
    return Dataset(name, variant, **made)


def load(binarise="none", data_dir=None, name="cluttered"):
    """The data set "cluttered" or "cluttered-60"; ``data_dir`` as for ``mnist.parts``."""
    return dataset(name, *mnist.parts(data_dir), binarise)


def load_small(binarise="none"):
    """The data set "cluttered-small": embedded digits among 4 pieces, on 60 x 60."""
    return dataset("cluttered-small", digits.parts(), "the embedded set", binarise)
