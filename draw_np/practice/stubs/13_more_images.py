"""Exercises for chapter 13: two digits, colour, one's own images.

M images, C channels, B rows and A columns of pixels; x between 0 and 1, c logits. Results
have the dtype of the arguments, and arguments stay as they are. Check your answers with
`python -m draw_np.exercises check 13`.
"""

import numpy as np


def overlaid(first, second):
    """Exercise 13.0: two digits on one image (easy, 5 minutes, about 1 line).

    Where two digits overlap, their intensities are added, and sums above 1 are cut off at 1.

    first, second: (M, B, A), a digit each, intensities from 0 to 1.    Returns x: (M, B, A).
    """
    raise NotImplementedError("Exercise 13.0: two digits on one image")


def coloured(share, ground, ink):
    """Exercise 13.1: digits in colour (easy, 10 minutes, about 3 lines).

    A grey digit says of every pixel how much of it is ink; the rest of it is ground. Every
    image has a colour of its own for each. A channel of a pixel is the mixture of ground
    and ink in these shares.

    share: (M, B, A), 0 for ground alone and 1 for ink alone; ground, ink: (M, 3), colours.
    Returns x: (M, 3, B, A).
    """
    raise NotImplementedError("Exercise 13.1: digits in colour")


def floor_and_rest(x, c):
    """Exercise 13.2: a floor, and what is above it (medium, 15 minutes, about 5 lines).

    The cost of an image, sum of softplus(c) - x c, in two parts: the floor, sum of H(x) =
    -x log x - (1 - x) log(1 - x), and the rest, all of it above the floor. At 0 and at 1
    H is 0, exactly: 0 log 0 counts as 0, and no small number is added in a logarithm.

    x: (M, C, B, A), from 0 to 1, both allowed; c: the same shape, from -1000 to 1000.
    Returns floor and rest, sums over an image, in nats: (M,) each.
    """
    raise NotImplementedError("Exercise 13.2: a floor, and what is above it")


def continuous_nll(x, c):
    """Exercise 13.3: a density for grey values (medium, 20 minutes, about 4 lines).

    exp(-(softplus(c) - x c)), as a function of x, has the integral tanh(c/2)/c over 0 ... 1,
    at c = 0 the limit 1/2. Divided by it, it is a density (the continuous Bernoulli). Give
    minus its logarithm, summed over an image. It may be negative.

    x: (M, C, B, A), from 0 to 1; c: the same shape, anything from -1000 to 1000, such as 0
    or 1e-9.    Returns the sum over an image, in nats: (M,).
    """
    raise NotImplementedError("Exercise 13.3: a density for grey values")


def loaded(images):
    """Exercise 13.4: pictures as files have them (easy, 5 minutes, about 1 line).

    In a PNG the three numbers of a pixel stand side by side, and go from 0 to 255. The
    network wants a channel after the other, and numbers from 0 to 1, 1 for 255.

    images: (n, B, A, C): image, row, column, channel; already floats. C is 3, or 1 for grey.
    Returns x: (n, C, B, A).
    """
    raise NotImplementedError("Exercise 13.4: pictures as files have them")


def no_image_twice(split):
    """Exercise 13.5: find the bug in a split (medium, 15 minutes, about 6 lines).

    `suspect_split` below parts images: a tenth for validation, a tenth for test, the rest
    for training. Its lengths are right, and test bounds come out better than anybody's.
    First write here a property that every right split has and this one lacks: return True
    if the function `split`, with the arguments of suspect_split, has it, else False. Then
    fix suspect_split, so that train has its images in the order in which they stand in
    `images`.
    """
    raise NotImplementedError("Exercise 13.5: a property that suspect_split lacks")


def suspect_split(images, order):
    """train, valid and test, wrong in one respect: fix it (exercise 13.5).

    images: (n, ...), n at least 3, some of which may be equal; order: (n,), the numbers
    0 ... n - 1, shuffled: image order[0] comes first. valid are the first images in this
    order, and test those that come next; both stay in it.
    """
    size = max(1, len(images) // 10)
    valid, test, _ = np.split(images[order], [size, 2 * size])
    train = images[2 * size :]
    return train, valid, test
