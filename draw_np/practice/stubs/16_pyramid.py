"""Exercises for chapter 16: a coarse picture first, and two players.

Results have the dtype of the arguments, and arguments stay as they are. Check your answers
with `python -m draw_np.exercises check 16`.
"""

import numpy as np  # noqa: F401, you will


def halved_row(row):
    """Exercise 16.1: a row of half the pixels (easy, 15 minutes, about 5 lines).

    New pixel i = 1 ... n/2 is a weighted mean of the old pixels 2i - 2, 2i - 1, 2i, 2i + 1
    (counted from 1) with the weights 1/8, 3/8, 3/8, 1/8. Beyond its two ends the row goes on
    with copies of its first and its last pixel.

    row: (n,), n even, n >= 2.    Returns: (n/2,).
    """
    raise NotImplementedError("Exercise 16.1: a row of half the pixels")


def put_together(details, halvings):
    """Exercise 16.2: from coarse to fine (easy, 10 minutes, about 4 lines).

    details[k] is h_k, the details of level k; the last one is the coarsest picture itself.
    I_k = u(I_{k+1}) + h_k, and u doubles the sides of a picture: u(I_{k+1}) = 4 R^T I_{k+1} R
    with R = halvings[k]. Pictures are square.

    details: a tuple of T arrays (n / 2^k, n / 2^k), k = 0 ... T - 1, T at least 1;
    halvings: a tuple of T - 1 arrays, halvings[k] of shape (n / 2^(k+1), n / 2^k).
    Returns the image I_0: (n, n).
    """
    raise NotImplementedError("Exercise 16.2: from coarse to fine")


def energy_distance(x, y):
    """Exercise 16.3: how far two sets of images are apart (medium, 20 minutes, about 7 lines).

    2 E|x - y| - E|x - x'| - E|y - y'|, where |.| is the Euclidean distance, x and x' are two
    different images of the one set, y and y' two different ones of the other, and E is the
    mean over all such pairs.

    x: (n, D), y: (m, D), n and m at least 2.    Returns one number.
    """
    raise NotImplementedError("Exercise 16.3: how far two sets of images are apart")


def costs(real, invented):
    """Exercise 16.4: two players' costs, and their slopes (medium, 25 minutes, about 8 lines).

    real and invented are the discriminator's logits. It is to name real ones with a
    probability of 0.9 and invented ones with 0; its cost is its cross-entropy on both. The
    generator's cost is -log of the probability that an invented one is taken for real. Both
    costs are means over the images. Logits may be as large as 1000.

    real, invented: (M,).
    Returns D: one number; G: one number; d_real, d_invented: (M,), the derivatives of D by
    the two logits; g_invented: (M,), the derivative of G by invented.
    """
    raise NotImplementedError("Exercise 16.4: two players' costs, and their slopes")


def slopes(w, b, psi, chi, x, z):
    """Exercise 16.5: a game of four numbers, by hand (hard, 35 minutes, about 10 lines).

    The generator makes g = w z + b of noise z. The discriminator's logit is psi v + chi for a
    number v. Its cost is D = mean of softplus(-(psi x + chi)) + mean of softplus(psi g + chi);
    the generator's is G = mean of softplus(-(psi g + chi)). Every player follows its own
    cost, while the other's numbers stand still.

    w, b, psi, chi: (1,) each; x: (M,), real numbers; z: (M,).
    Returns dw, db: (1,) each, the derivatives of G; dpsi, dchi: (1,) each, those of D.
    """
    raise NotImplementedError("Exercise 16.5: a game of four numbers, by hand")
