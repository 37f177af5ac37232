"""Exercises for chapter 10: the whole network, trained.

theta are parameters, g their gradient; m and v are Adam's two running means. Results have
the dtype of the arguments, and arguments stay as they are. Check your answers with
`python -m draw_np.exercises check 10`.
"""

import numpy as np


def descend(theta, g, lr):
    """Exercise 10.0: one step downhill (easy, 5 minutes, about 1 line).

    The plainest step there is: theta <- theta - lr g. Adam does the same with a better step.

    theta, g: any shape, the same; lr: a number.    Returns the new theta.
    """
    raise NotImplementedError("Exercise 10.0: one step downhill")


def adam(theta, g, m, v, n, lr):
    """Exercise 10.1: one update of Adam (easy, 15 minutes, about 5 lines).

    m <- 0.9 m + 0.1 g,    v <- 0.999 v + 0.001 g^2,    and with the new m and v
    theta <- theta - lr (m / (1 - 0.9^n)) / (sqrt(v / (1 - 0.999^n)) + 1e-8)

    n counts the updates: it is 1 for the first.

    theta, g, m, v: any shape, the same; n: a whole number; lr: a number.
    Returns the new theta, m and v.
    """
    raise NotImplementedError("Exercise 10.1: one update of Adam")


def clip_by_global_norm(gradient, limit):
    """Exercise 10.2: a gradient that is too long (easy, 10 minutes, about 4 lines).

    If the norm of all arrays of the gradient together, as one long vector, is larger
    than the limit, scale all of them by one factor, so that it is the limit.

    gradient: a tuple of any number of arrays, of any shapes; limit: a number.
    Returns a tuple of as many arrays, and the norm before clipping: (g1, g2, ...), norm.
    A gradient of zeros has the norm 0.
    """
    raise NotImplementedError("Exercise 10.2: a gradient that is too long")


def training_step(gradient_of, theta, m, v, n, lr, limit):
    """Exercise 10.3: one step of training (medium, 15 minutes, about 3 lines).

    The gradient at theta, clipped to the limit, then Adam. n is the number of updates that
    were made before this one. You may call your adam (10.1) and clip_by_global_norm (10.2).

    gradient_of: a function, gives the gradient for theta, of its shape.
    theta, m, v: (D,).    Returns the new theta, m and v: (D,) each.
    """
    raise NotImplementedError("Exercise 10.3: one step of training")


def first_step_is_lr(adam):
    """Exercise 10.4: find the bug in an optimiser (medium, 15 minutes, about 5 lines).

    `suspect_adam` below claims to be 10.1. Networks train with it, though the first steps
    are wild. First write here a property that every right Adam has and this one lacks:
    return True if the function `adam`, with the arguments of suspect_adam, has it, else
    False. (How long is the first step?) Then fix suspect_adam.
    """
    raise NotImplementedError("Exercise 10.4: a property that suspect_adam lacks")


def suspect_adam(theta, g, m, v, n, lr):
    """The new theta, m and v, wrong in one respect: fix it (exercise 10.4)."""
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    return theta - lr * m / (np.sqrt(v) + 1e-8), m, v
