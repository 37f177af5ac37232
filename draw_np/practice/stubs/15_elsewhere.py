"""Exercises for chapter 15: the same code elsewhere.

M images, K processes (ranks), which count from 0, as rows of an array do. Results have the
dtype of the arguments, and arguments stay as they are. Check your answers with
`python -m draw_np.exercises check 15`.
"""

import numpy as np


def together(gradients):
    """Exercise 15.0: a gradient from equal shares (easy, 5 minutes, about 1 line).

    K processes have equal shares of a minibatch, and each has the mean gradient over its own
    images. What is the mean gradient over all images? Exercise 15.3 has unequal shares.

    gradients: (K, D), one of a process a row.    Returns the gradient: (D,).
    """
    raise NotImplementedError("Exercise 15.0: a gradient from equal shares")


def gates(squash, a):
    """Exercise 15.1: four gates in one launch (easy, 15 minutes, about 5 lines).

    a holds a_i, a_f, a_g, a_o side by side. Wanted are sigmoid of a_i, a_f, a_o and tanh of
    a_g, in the same places. The device has one kernel for this, squash: its own tanh of
    every entry of an array, coarser than NumPy's. Use no other, and launch it once: a
    second call raises an error.                        sigmoid(v) = (1 + tanh(v / 2)) / 2

    squash: a function, gives an array of the same shape and dtype.    a: (M, 4 H).
    Returns the gates: (M, 4 H).
    """
    raise NotImplementedError("Exercise 15.1: four gates in one launch")


def cut(M, K):
    """Exercise 15.2: shares of a minibatch (easy, 10 minutes, about 2 lines).

    M images are cut into K shares, in order, as equal as they can be: share k begins at
    row M k / K, rounded down, and ends where the next one begins, the last at row M.

    M, K: whole numbers, M >= K >= 1.    Returns the first row of every share, and how many
    rows it has: two arrays of whole numbers, (K,) each.
    """
    raise NotImplementedError("Exercise 15.2: shares of a minibatch")


def is_that_of_one(mean):
    """Exercise 15.3: find the bug in a mean of means (easy, 15 minutes, about 5 lines).

    `suspect_mean` below claims to make the gradient of a whole minibatch from the mean
    gradients of its shares. First write here a property that every right one has and this
    one lacks: return True if the function `mean`, with the arguments of suspect_mean, has
    it, else False. (What would one process have computed?) Then fix suspect_mean.
    """
    raise NotImplementedError("Exercise 15.3: a property that suspect_mean lacks")


def suspect_mean(means, sizes):
    """The mean over all images, (D,), from those over K shares, (K, D), of sizes[k] images
    each, (K,), whole numbers: wrong in one respect, fix it (exercise 15.3)."""
    return np.sum(means / len(means), axis=0)


def draws_what_one_draws(noise):
    """Exercise 15.4: find the bug in the noise of a share (medium, 15 minutes, about 5 lines).

    `suspect_noise` below claims to give a process the noise of its images. All processes
    have the same seed. First write here a property that every right one has and this one
    lacks: return True if the function `noise`, with the arguments of suspect_noise, has it,
    else False. (What has one process that takes all the images?) Then fix suspect_noise:
    the whole minibatch's noise is one call, rng.standard_normal((T, M, Z)), the first of a
    new generator.
    """
    raise NotImplementedError("Exercise 15.4: a property that suspect_noise lacks")


def suspect_noise(seed, T, M, Z, start, stop):
    """The noise of T steps for the images start up to, not including, stop, counted from 0,
    of M: (T, stop - start, Z), float64. It is wrong: fix it (exercise 15.4)."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((T, stop - start, Z))


def most_processes(tau, G, b, share):
    """Exercise 15.5: how many processes are worth it (medium, 15 minutes, about 1 line).

    By the model of Section 15.4, K processes are S(K) times as fast as one, so that each is
    worth S(K) / K of one that works alone. Find the largest K for which this is still at
    least `share`. Solve for K on paper first.

    tau: seconds of a step of one process; G: bytes of the gradient; share: 0 < share < 1;
    b: (L,), bytes a second of L links.    Returns the largest K for each link: (L,), whole
    numbers in the dtype of b.
    """
    raise NotImplementedError("Exercise 15.5: how many processes are worth it")


def ring(held):
    """Exercise 15.6: a sum over a ring (hard, 30 minutes, about 10 lines).

    K ranks have an array each, cut into K pieces: held[r, p] is piece p of rank r. There
    are 2 (K - 1) exchanges, s = 0, 1, 2, ... In exchange s every rank r sends its piece
    (r - s) mod K, as it was before the exchange, to rank (r + 1) mod K, all at the same
    time. In the first K - 1 exchanges the receiver adds what arrives to its own piece of
    that number; in the others it puts it in the place of its own.

    held: (K, K, n).    Returns what all ranks hold at first and after every exchange:
    (2 K - 1, K, K, n). In the end every rank has all sums.
    """
    raise NotImplementedError("Exercise 15.6: a sum over a ring")
