"""What can be measured of drawn images where there is no bound.

``energy_distance`` compares two sets of images, ``spread`` finds out whether one of them has
collapsed, ``nearest`` finds copies.

Axes: ``n``, ``m`` images, of any shape.
"""

from typing import NamedTuple

import numpy as np

SURE = 0.9  #: a probability above which an image counts as named


class Named(NamedTuple):
    """What a classifier makes of drawn images."""

    sure: float  #: share of the images that have a class of a probability above ``SURE``
    shares: np.ndarray  #: of every class, by its likeliest name, (K,)


def distances(x, y):
    """Euclidean distances between all images of two sets, (n, m), in float64."""
    x, y = (np.reshape(v, (len(v), -1)).astype(np.float64) for v in (x, y))
    squares = np.sum(x * x, axis=1)[:, None] + np.sum(y * y, axis=1) - 2 * x @ y.T
    return np.sqrt(np.maximum(squares, 0))


def apart(x):
    """The mean distance of two different images of a set of two or more."""
    n = len(x)
    return float(distances(x, x).sum() / (n * (n - 1)))


def energy_distance(x, y):
    """2 E|x - y| - E|x - x'| - E|y - y'|: 0 for one distribution, more for two (Szekely 2003).

    Both blurred images and images that are all alike cost. Of finite sets it is a little off
    0, up or down.

    Parameters
    ----------
    x, y : array, shapes (n, ...) and (m, ...)

    Returns
    -------
    float
    """
    return float(2 * distances(x, y).mean()) - apart(x) - apart(y)


def spread(drawn, real):
    """How far drawn images are from each other, in units of how far real ones are."""
    return apart(drawn) / apart(real)


def nearest(drawn, training):
    """The nearest training image of every drawn one: which it is, and its distance, (n,) each."""
    d = distances(drawn, training)
    found = d.argmin(axis=1)
    return found, d[np.arange(len(d)), found]


def named(probabilities):
    """``Named`` of images from the probabilities of their classes, (n, K)."""
    n, K = probabilities.shape
    shares = np.bincount(probabilities.argmax(axis=1), minlength=K) / n
    return Named(float((probabilities.max(axis=1) > SURE).mean()), shares)
