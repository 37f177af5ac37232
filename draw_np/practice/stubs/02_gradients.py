"""Exercises for chapter 2: gradients you can trust.

M images, D inputs, K outputs; `d...` is the derivative of the final loss with respect
to `...`, and has its shape. Results have the dtype of the arguments. Check your answers
with `python -m draw_np.exercises check 2`.
"""

import numpy as np


def slope(f, x, h):
    """Exercise 2.0: a slope by two values (easy, 5 minutes, about 1 line).

    The central difference of a function of one number: how much f rises from h before x to
    h after it, divided by how far that is.

    f: a function of one number; x, h: numbers, h > 0.    Returns the slope: one number.
    """
    raise NotImplementedError("Exercise 2.0: a slope by two values")


def central_gradient(f, x, h):
    """Exercise 2.1: a gradient by central differences (easy, 15 minutes, about 5 lines).

    For every entry i of x, moved by itself:
        (f(x with x_i + h) - f(x with x_i - h)) / 2h
    f takes an array like x and returns a number. x may have any shape; np.ndindex(x.shape)
    goes through all entries. Leave x as it was, to the last bit: in floating point
    x + h - 2h + h is not always x, so keep the old value or change a copy. (float32 is
    tried with large steps, at which rounding does not matter.)

    x: any shape, h: a number.    Returns the gradient: the shape and the dtype of x.
    """
    raise NotImplementedError("Exercise 2.1: a gradient by central differences")


def fold(d, shape):
    """Exercise 2.2: undo a broadcast (medium, 15 minutes, about 4 lines).

    An array of `shape` was broadcast to the shape of d: repeated along new axes in front,
    and along its own axes of length 1. d is the derivative with respect to the result.
    What was copied forward is summed backward.

    d: for example (M, K).    Returns the derivative for the array before: `shape`, for
    example (K,), (1, K), (M, 1) or ().
    """
    raise NotImplementedError("Exercise 2.2: undo a broadcast")


def unit_backward(dy, x):
    """Exercise 2.3: the direction of a vector, backwards (medium, 20 minutes, about 3 lines).

    For every row, y = x / r with its length r = sqrt(sum_k x_k^2). Do as Section 2.3 does
    for the softmax: write down the derivative of y_k with respect to x_q, multiply by
    dy_k, and sum over k.

    dy, x: (M, D).    Returns dx: (M, D).
    """
    raise NotImplementedError("Exercise 2.3: the direction of a vector, backwards")


def relative_error(a, n, floor):
    """Exercise 2.4: a relative error that is never 0/0 (easy, 5 minutes, about 1 line).

    |a - n| / max(|a|, |n|, floor), for every entry of an analytic gradient a and a
    numeric one n.

    a, n: any shape, floor: a number > 0.    Returns the errors: the shape of a.
    """
    raise NotImplementedError("Exercise 2.4: a relative error that is never 0/0")


def network_backward(x, target, W1, b1, W2, b2):
    """Exercise 2.5: a network of two layers, backwards (medium, 30 minutes, about 8 lines).

    h = tanh(x W1 + b1),  y = h W2 + b2,  and the loss is a mean over the images:
        L = (1/M) sum_m 1/2 sum_k (y_mk - target_mk)^2

    x: (M, D), target: (M, K), W1: (D, H), b1: (H,), W2: (H, K), b2: (K,).
    Returns dW1, db1, dW2, db2, of the shapes of W1, b1, W2 and b2.
    """
    raise NotImplementedError("Exercise 2.5: a network of two layers, backwards")


def notices_small_slips(error):
    """Exercise 2.6: find the bug in a check (medium, 15 minutes, about 4 lines).

    `suspect_error` below claims to be the largest relative error |a - n| / max(|a|, |n|)
    among all entries. Checks that use it pass nearly always. First write here a property
    that every right one has and this one lacks: return True if the function `error`,
    with the arguments of suspect_error, has it, else False. Then fix suspect_error.
    (No entry is nan here; what nan does to a check is question 5 of the chapter.)
    """
    raise NotImplementedError("Exercise 2.6: a property that suspect_error lacks")


def suspect_error(analytic, numeric):
    """The largest relative error of a gradient, a number, wrong: fix it (exercise 2.6)."""
    largest = max(np.linalg.norm(analytic), np.linalg.norm(numeric))
    return np.linalg.norm(analytic - numeric) / largest
