"""Answers to the exercises, right and wrong, each wrong one with what must be said of it.

``RIGHT`` and ``WRONG`` map an exercise's number to a list of answers; ``read`` fills them.
An answer is a tuple of functions: one, or for "find the bug" the property and the fixed
function. Beside a wrong one stand the kind of its verdict and words that must be in it.
"""

from importlib import import_module

import numpy as np

from draw_np.practice.contents import EXERCISES

RIGHT, WRONG = {}, {}


def right(number, *functions):
    RIGHT.setdefault(number, []).append(functions)


def wrong(number, kind, words, *functions):
    WRONG.setdefault(number, []).append((kind, words, functions))


def kept_near(number, place, least=None, most=None):
    """A right answer whose argument at a place is cut off first."""

    def answer(*a):
        cut = np.clip(a[place], least, most)
        return EXERCISES[number].right(*a[:place], cut, *a[place + 1 :])

    return answer


def read():
    """Fill both, once."""
    for name in (
        "first",
        "gradients",
        "lstm",
        "latent",
        "bound",
        "vae",
        "canvas",
        "filterbank",
        "read_write",
        "training",
        "backward",
        "looking",
        "images",
        "bugs",
        "elsewhere",
        "pyramid",
        "labelled",
    ):
        import_module(f"exercise_corpus.{name}")
    return RIGHT, WRONG
