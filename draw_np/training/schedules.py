"""Learning-rate schedules: the rate of a step, from its number, all steps and the full rate."""

import math

WARM = 100  # steps of a warm-up
DECAY = 0.1  # share of all steps in which a stable rate goes down


def constant(step, steps, lr):
    """The same rate at every step."""
    return lr


def cosine(step, steps, lr):
    """From ``lr`` down to 0 along half a cosine (Loshchilov & Hutter 2017).

    ``step`` counts from 0 to ``steps`` - 1; beyond that the rate is 0.
    """
    return lr * 0.5 * (1 + math.cos(math.pi * min(step / steps, 1)))


def warm_cosine(step, steps, lr):
    """``cosine`` after a linear rise over the first ``WARM`` steps."""
    return cosine(step, steps, lr) * warm_up(step)


def stable(step, steps, lr):
    """``lr`` after a warm-up, then down to 0 in a straight line over the last ``DECAY`` of all.

    "Warmup-stable-decay" (Hu et al. 2024). Until the decay nothing depends on ``steps``. So
    a run can be made longer at any time, and a copy of it be given fewer steps and finished.
    """
    return lr * warm_up(step) * min(max(steps - step, 0) / (DECAY * steps), 1)


def warm_up(step):
    """From 0 to 1 in a straight line over the first ``WARM`` steps, then 1."""
    return min((step + 1) / WARM, 1)


SCHEDULES = {"constant": constant, "cosine": cosine, "warm-cosine": warm_cosine, "stable": stable}


def find(name):
    """The schedule of that name; ValueError if there is none."""
    if name not in SCHEDULES:
        raise ValueError(f"there is no schedule {name!r}: choose one of {', '.join(SCHEDULES)}")
    return SCHEDULES[name]


def rate(network):
    """The learning rate of the next step of a network in training.

    A run that began with others' weights has a fresh Adam, whose averages say little at
    first: so its steps are counted from there, and it warms up whatever its schedule.
    """
    recipe, step = network.recipe, network.step - network.origin
    full = find(recipe.schedule)(step, recipe.steps - network.origin, recipe.lr)
    return full * (warm_up(step) if network.given_weights else 1)
