"""Exercises for chapter 1: draw, don't print.

NumPy is all that they take. M images, C channels, B rows and A columns of pixels. Results
have the dtype of the arguments, where nothing else is said: float32 in, float32 out.
Arguments stay as they are. Check your answers with
`python -m draw_np.exercises check 1`.
"""

import numpy as np


def lightness(pictures):
    """Exercise 1.0: how often a pixel is light (easy, 5 minutes, about 1 line).

    Pictures of zeros and ones lie on top of each other. For every pixel, in what share of
    the pictures is it light? It is what a printer of Section 1.2 knows of a pixel.

    pictures: (K, B, A), 1 where a pixel is light, 0 where it is dark.
    Returns the shares: (B, A), between 0 and 1.
    """
    raise NotImplementedError("Exercise 1.0: how often a pixel is light")


def nearest(images, train):
    """Exercise 1.1: the nearest of all pictures (easy, 15 minutes, about 6 lines).

    For each image, the one of all training pictures that is nearest to it. The distance
    of two pictures is the root of the mean, over all their pixels and channels, of the
    squared difference of their intensities. A picture is stored in bytes, from 0 (black)
    to 255 (white); the intensity of a byte v is v / 255. An image may be in train itself:
    that is then the nearest, at the distance 0 up to rounding.

    images: (M, C, B, A), train: (n, C, B, A), both of the dtype uint8.
    Returns index: (M,), whole numbers from 0 to n - 1, places in train; and the distances
    to the pictures found: (M,), float64.
    """
    raise NotImplementedError("Exercise 1.1: the nearest of all pictures")


def printed_right(pictures):
    """Exercise 1.2: how often a printer is right (easy, 15 minutes, about 3 lines).

    A world has K kinds of pictures, all different and equally frequent. A printer tosses a
    coin for each pixel, independently of all others, and with the bias that this pixel has
    in this world. What is the probability that the printed picture is one of the K? A pixel
    may be light in all of them.

    pictures: (K, B, A), 1 where a pixel is light, 0 where it is dark.
    Returns the probability: one number.
    """
    raise NotImplementedError("Exercise 1.2: how often a printer is right")


def printer_bits(x, p):
    """Exercise 1.3: the length of a printed picture (easy, 10 minutes, about 2 lines).

    A pixel that is light with probability q takes -log2(q) bits where it is light, and
    -log2(1 - q) where it is dark. A printer that knows the probability p of every pixel
    stores the pixels of a picture one after the other: their bits add up.

    x: (M, C, B, A), 0 or 1; p: (C, B, A), between 0 and 1, and as near to them as 1e-7.
    Returns the bits of each picture: (M,).
    """
    raise NotImplementedError("Exercise 1.3: the length of a printed picture")


def touched(canvases):
    """Exercise 1.4: how far a step reaches (medium, 20 minutes, about 6 lines).

    A step changes every pixel by some amount, up or down. Take the pixels in the order of
    how much it changed them, the most changed first, and stop as soon as they make up nine
    tenths of the whole change. How large a share of the pixels is that? Channels of a pixel
    count as pixels of their own. Every step changes something.

    canvases: (T + 1, M, C, B, A), before the first step and after each.
    Returns the share for every step and image: (T, M), of the dtype of canvases.
    """
    raise NotImplementedError("Exercise 1.4: how far a step reaches")


def keeps_the_light(apart):
    """Exercise 1.5: find the bug in a coarse picture (medium, 20 minutes, about 5 lines).

    `suspect_apart` below claims to take a picture apart into a coarse one of half the size
    and the detail that it lacks, as Section 1.4 does. The example there comes out right,
    and the coarse one enlarged plus the detail gives every picture again. First write here
    a property that every right function has and this one lacks: return True if the function
    `apart`, with the arguments of suspect_apart, has it, else False. It is called with right
    functions and with this one: choose a picture on which they differ, unlike that of
    Section 1.4. (A coarse picture is made of means. What does it share with the picture?)
    Then fix suspect_apart.
    """
    raise NotImplementedError("Exercise 1.5: a property that suspect_apart lacks")


def suspect_apart(image):
    """Coarse picture (..., B / 2, A / 2) and detail (..., B, A), wrong: fix it (exercise 1.5)."""
    coarse = (image[..., ::2, ::2] + image[..., 1::2, 1::2]) / 2
    enlarged = np.repeat(np.repeat(coarse, 2, axis=-2), 2, axis=-1)
    return coarse, image - enlarged
