"""Two digits on one black canvas (section 4.3 of the paper)."""

from functools import partial

from draw_np.data import digits, mnist
from draw_np.data.compose import add_anywhere, black, check_fit, clipped, splits
from draw_np.data.dataset import BINARISATIONS, Dataset

SIZE = 60
SMALL_DIGIT, SMALL_SIZE = 14, 30  # half the size, for a quick run


def compose(source, first, rng, size=SIZE):
    """Digit ``first`` and another at uniform places, added and cut off at 1.

    Parameters
    ----------
    source : array of uint8, shape (n, B, A)
    first : array of int, shape (M,)
    rng : numpy.random.Generator
        Draws the second digit, from all of ``source``, and both places.
    size : int
        Width and height of the canvas.

    Returns
    -------
    array of uint8, shape (M, 1, size, size)
    """
    canvas = black(len(first), size)
    second = rng.integers(len(source), size=len(first))
    for which in (first, second):
        add_anywhere(canvas, source[which], rng)
    return clipped(canvas)


def dataset(name, parts, what, size, binarise):
    """Two digits out of ``parts``, called ``what``, on ``size`` x ``size`` pixels."""
    variant = (
        f"two digits of {what} on {size} x {size}, composed anew for every batch, "
        f"{BINARISATIONS[binarise]}; validation and test images fixed by a seed"
    )
    check_fit(parts, f"the digits of {what}", 1, size)
    made = splits(parts, partial(compose, size=size), binarise, labelled=False)
    return Dataset(name, variant, **made)


def load(binarise="fresh", data_dir=None):
    """The data set "two-digits": MNIST's, on 60 x 60; ``data_dir`` as for ``mnist.parts``."""
    parts, what = mnist.parts(data_dir)
    return dataset("two-digits", parts, what, SIZE, binarise)


def load_small(binarise="fresh"):
    """The data set "two-digits-small": embedded digits of 14 x 14, on 30 x 30."""
    parts = digits.parts(SMALL_DIGIT)
    return dataset("two-digits-small", parts, "the embedded set", SMALL_SIZE, binarise)
