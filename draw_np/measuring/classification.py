"""How often a classifier errs: its answers on a split, and the interval of a share."""

import numpy as np

from draw_np import glimpse
from draw_np.data.dataset import classes
from draw_np.machine import backend, parallel

Z_95 = 1.959964  # 95 % of a normal distribution lie within so many standard deviations


def labels(split, indices, K=None):
    """The classes of some images of a split.

    Parameters
    ----------
    split : a split of a data set
    indices : array of int or slice
    K : int, optional
        How many classes there may be.

    Returns
    -------
    array of int64, shape (M,)

    Raises
    ------
    ValueError
        If the split has no labels, or one of these is no class, or is K or more.
    """
    if getattr(split, "labels", None) is None:
        raise ValueError("the data set has no labels to learn from: choose another with --data")
    found = classes(split.labels[indices], "the data set")
    if K is not None and len(found) and found.max() >= K:
        raise ValueError(
            f"the data set has a class {found.max()}, and the network only 0 to {K - 1}: choose "
            "other data, or a network with more classes"
        )
    return found


def beside(split, indices, K):
    """What a network of K classes takes beside images of a split, by name: nothing without."""
    return {} if K is None else {"labels": labels(split, indices, K)}


def judge(params, config, split, seed=0, batch_size=100):
    """Every image of a split classified.

    Parameters
    ----------
    params : dict of arrays
    config : GlimpseConfig
    split : a split of a data set, with labels
    seed : int
        Of whatever is random about the images.
    batch_size : int

    Returns
    -------
    glimpse.Terms
        Fields of shape (n,).

    Raises
    ------
    ValueError
        If a label is none of the network's classes.
    """
    rng, known = np.random.default_rng(seed), labels(split, slice(None), config.K)

    def images():
        for start in range(0, len(split), batch_size):
            indices = np.arange(start, min(start + batch_size, len(split)))
            yield split.batch(indices, rng), known[indices]

    def judged(batch):
        x, y = backend.alongside(params, batch)
        return backend.to_host(glimpse.terms(params, x, y, config))

    found = parallel.world().mapped(judged, images())
    return glimpse.Terms(*(np.concatenate(field) for field in zip(*found, strict=True)))


def wilson(share, n):
    """The 95 % confidence interval of a share measured on n images (Wilson 1927).

    Unlike share +- 2 sqrt(share (1 - share) / n) it stays between 0 and 1, and it has a
    width where not one image was wrong.

    Returns
    -------
    low, high : float
    """
    z2 = Z_95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z_95 / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    return max(0.0, float(centre - reach)), min(1.0, float(centre + reach))


def summary(found):
    """Error, its interval and cross-entropy from ``judge``."""
    n, wrong = len(found.error), int(found.error.sum())
    return {
        "images": n,
        "wrong": wrong,
        "error": wrong / n,
        "interval": wilson(wrong / n, n),
        "cross_entropy": float(found.cross_entropy.mean()),
    }


class Fresh:
    """A composed split with other surroundings: those that ``rng`` draws."""

    def __init__(self, split):
        if not hasattr(split, "drawn"):
            raise ValueError("these images are not composed: leave --fresh out")
        self.split, self.labels = split, split.labels

    def __len__(self):
        return len(self.split)

    def batch(self, indices, rng):
        """Images ``indices`` among new clutter."""
        return self.split.drawn(indices, rng)
