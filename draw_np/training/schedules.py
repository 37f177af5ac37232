"""Learning-rate schedules: the rate of a step, from its number, all steps and the first rate."""

import math


def constant(step, steps, lr):
    """The same rate at every step."""
    return lr


def cosine(step, steps, lr):
    """From ``lr`` down to 0 along half a cosine (Loshchilov & Hutter 2017).

    ``step`` counts from 0 to ``steps`` - 1; beyond that the rate is 0.
    """
    return lr * 0.5 * (1 + math.cos(math.pi * min(step / steps, 1)))


def warm_cosine(step, steps, lr, warm=100):
    """``cosine`` after a linear rise over the first ``warm`` steps."""
    return cosine(step, steps, lr) * min((step + 1) / warm, 1)


SCHEDULES = {"constant": constant, "cosine": cosine, "warm-cosine": warm_cosine}
