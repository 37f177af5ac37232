"""Exercises for chapter 17: a start for every class, its gradient, and what a label is worth.

M images, K classes, H numbers of a state; labels are whole numbers from 0 to K - 1. Results
have the dtype of the other arguments, and arguments stay as they are. Check your answers
with `python -m draw_np.exercises check 17`.
"""

import numpy as np  # noqa: F401 (for the answers)


def begun(table, labels):
    """Exercise 17.1: every image its start (easy, 5 minutes, about 1 line).

    Row k of the table is where an image of class k begins. Give every image its own.

    table: (K, H); labels: (M,), whole numbers.    Returns v: (M, H).
    """
    raise NotImplementedError("Exercise 17.1: every image its start")


def table_backward(dv, labels, K):
    """Exercise 17.2: the gradient of a looked-up row (medium, 15 minutes, about 2 lines).

    Back from what exercise 17.1 gives to the table. Some rows were taken by several images,
    and some by none.

    dv: (M, H), derivatives of v; labels: (M,), whole numbers; K: how many rows there are.
    Returns dtable: (K, H).
    """
    raise NotImplementedError("Exercise 17.2: the gradient of a looked-up row")


def label_worth(log_p, labels):
    """Exercise 17.3: what a label is worth (medium, 15 minutes, about 5 lines).

    A network says log p(x | y) of every image for every class, and all classes are equally
    likely. How many nats does it save to know the image's own label, log p(x | y) - log p(x)?
    And how likely is each class once the image is known, p(y | x)? Images may cost a
    thousand nats, and some classes a thousand more than others.

    log_p: (M, K); labels: (M,), whole numbers.    Returns worth: (M,), and p: (M, K).
    """
    raise NotImplementedError("Exercise 17.3: what a label is worth")
