"""Randomness: one seed a run, one stream a purpose, all drawn by NumPy.

With a stream of its own for every purpose, drawing more of one thing (another
batch size, another binarisation) leaves the others as they were.
"""

import numpy as np

# who takes which: ``loop.begin``, ``loop.draw_batch`` and the pictures of a finished run
PURPOSES = ("initialisation", "order", "binarisation", "noise", "sampling")


def streams(seed):
    """A fresh generator for every purpose: a dict of numpy.random.Generator."""
    children = np.random.SeedSequence(seed).spawn(len(PURPOSES))
    return {
        name: np.random.default_rng(child) for name, child in zip(PURPOSES, children, strict=True)
    }


def states(generators):
    """The generators' states, as JSON can hold them."""
    return {name: rng.bit_generator.state for name, rng in generators.items()}


def put_back(generators, saved):
    """Give generators the ``states`` that were saved, in place."""
    for name, state in saved.items():
        generators[name].bit_generator.state = state


def restored(saved):
    """New generators in the ``states`` that were saved."""
    generators = streams(0)
    put_back(generators, saved)
    return generators


class Order:
    """The order in which training images come: one shuffle an epoch, end to end.

    Parameters
    ----------
    n : int
        Number of training images.
    rng : numpy.random.Generator
    waiting : array of int, optional
        What is left of shuffles drawn before, from a checkpoint.
    """

    def __init__(self, n, rng, waiting=()):
        self.n, self.rng = n, rng
        self.waiting = np.asarray(waiting, dtype=np.int64)

    def take(self, M):
        """The next M indices; a batch may reach over the end of an epoch."""
        while len(self.waiting) < M:
            self.waiting = np.concatenate([self.waiting, self.rng.permutation(self.n)])
        taken, self.waiting = self.waiting[:M], self.waiting[M:]
        return taken
