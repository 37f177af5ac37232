"""Exercises for chapter 12: looking instead of drawing.

Results have the dtype of the arguments, and arguments stay as they are. Check your answers
with `python -m draw_np.exercises check 12`.
"""

import numpy as np

Z = 1.959964  # 95 % of a normal distribution lie within so many standard deviations


def piece(image, row, column, h, w):
    """Exercise 12.0: a piece of an image (easy, 5 minutes, about 1 line).

    Clutter is made of pieces that are cut out of digits. Cut out h rows and w columns: the
    upper left pixel of the piece is the one in this row and column, counted from 1.

    image: (B, A); row, column, h, w: whole numbers. All of the piece is inside the image.
    Returns the piece: (h, w).
    """
    raise NotImplementedError("Exercise 12.0: a piece of an image")


def composed(canvas, patches, places):
    """Exercise 12.1: an image with clutter (easy, 10 minutes, about 6 lines).

    Patches are added to a canvas, each at its place; in the end, sums above 1 are cut off
    at 1. A place is the row and the column of the pixel that the patch's upper left pixel
    is added to, counted from 1. All patches are wholly inside.

    canvas: (B, A); patches: a tuple of arrays (h, w), each with its own h and w; places: a
    tuple of as many pairs (row, column), whole numbers.    Returns the image: (B, A).
    """
    raise NotImplementedError("Exercise 12.1: an image with clutter")


def cross_entropy(logits, labels):
    """Exercise 12.2: the cost of a wrong name (medium, 20 minutes, about 7 lines).

    With p = softmax(logits), every row by itself, and y the class of the image:
    loss = the mean of -log p_y over the images. Logits may be as large as 1000.

    logits: (M, K); labels: (M,), whole numbers from 0 to K - 1.
    Returns loss: one number, in nats per image; and its gradient dlogits: (M, K).
    """
    raise NotImplementedError("Exercise 12.2: the cost of a wrong name")


def window(g_X, g_Y, delta, N, A, B):
    """Exercise 12.3: the corners of a window (easy, 15 minutes, about 5 lines).

    A window is drawn from half a pixel before the centre of the first filter to half a pixel
    beyond that of the last, along x and along y; centres are not rounded, and what lies
    outside the image is cut off. Filter i is at g + (i - N/2 - 0.5) delta, i = 1 ... N, and
    pixel a reaches from a - 0.5 to a + 0.5, a = 1 ... A along x and 1 ... B along y. Row 1 is
    the uppermost.

    g_X, g_Y, delta: (M,), in pixels, delta > 0; N, A, B: whole numbers.
    Returns left, top, right, bottom: (M,) each, in pixels.
    """
    raise NotImplementedError("Exercise 12.3: the corners of a window")


def never_certain(interval):
    """Exercise 12.4: find the bug in an interval (medium, 20 minutes, about 6 lines).

    `suspect_interval` below claims to hold the true error in 95 of 100 cases, whatever it
    is. First write here a property that every right one has and this one lacks: return
    True if the function `interval`, with the arguments of suspect_interval, has it, else
    False. (What does it say when no image was wrong?) Then fix suspect_interval: make it
    Wilson's interval. The number z = 1.959964 stands above, as Z.
    """
    raise NotImplementedError("Exercise 12.4: a property that suspect_interval lacks")


def suspect_interval(share, n):
    """low and high for a share of errors of n images, wrong: fix it (exercise 12.4)."""
    reach = Z * np.sqrt(share * (1 - share) / n)
    return share - reach, share + reach
