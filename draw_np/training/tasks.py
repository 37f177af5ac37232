"""What the training loop must know of a network: DRAW itself, and the attentive classifier.

Both are trained by the same loop (``loop``) and kept in the same checkpoints; what
differs stands here, and which one it is follows from the type of the configuration.
"""

from typing import NamedTuple

import numpy as np

from draw_np import glimpse, parameters
from draw_np.manual import glimpse as manual_glimpse
from draw_np.measuring import bounds, judging
from draw_np.networks import network
from draw_np.training import engines


class Task(NamedTuple):
    """A kind of network and how it is trained."""

    kind: network.Kind  #: of network that it trains
    initialise: object  #: (rng, config, start, training split) -> parameters
    beside: object  #: (split, indices, config, rng) -> what a step takes beside the images
    rows: object  #: (that, slice of the images) -> what belongs to these images
    engines: dict  #: name -> engines.Engine
    numbers: object  #: terms of a step -> a dict of floats for the log, first what is minimised
    text: object  #: those numbers -> how a line about a step says them
    validate: object  #: (params, config, split) -> the number that is to be low
    decimals: int  #: worth showing of it


# ---------------------------------------------------------------- DRAW


def draw_start(rng, config, start, split):
    """New parameters; the canvas starts at the training mean."""
    return parameters.initialise(rng, config, start, split.mean())


def noise(split, indices, config, rng):
    """Standard normal noise for every step and image, (T, M, Z), float32."""
    return rng.standard_normal((config.T, len(indices), config.Z), dtype=np.float32)


def bound_and_parts(terms):
    """The bound, its two parts and the KL of every step, in nats per image."""
    L_x, kl = float(terms.L_x), np.asarray(terms.L_z)
    steps = {f"kl_{t}": float(v) for t, v in enumerate(kl, start=1)}
    return {"bound": L_x + float(kl.sum()), "L_x": L_x, "L_z": float(kl.sum()), **steps}


def bound_text(n):
    """The numbers of a step in words."""
    return f"bound {n['bound']:6.1f} = Lx {n['L_x']:6.1f} + Lz {n['L_z']:5.1f} nats"


def bound_of(params, config, split):
    """The bound on a split, in nats per image."""
    return bounds.bound(params, config, split).mean


DRAW = Task(
    kind=network.DRAW,
    initialise=draw_start,
    beside=noise,
    rows=lambda eps, rows: eps[:, rows],
    engines=engines.ENGINES,
    numbers=bound_and_parts,
    text=bound_text,
    validate=bound_of,
    decimals=1,
)


# ---------------------------------------------------------------- the classifier


def glimpse_start(rng, config, start, split):
    """New parameters; a split without labels, or with more classes, is refused."""
    most = np.max(judging.labels(split, slice(None)))
    if most >= config.K:
        raise ValueError(f"the data has a class {most}, and the network only 0 to {config.K - 1}")
    return glimpse.initialise(rng, config, start)


def named(split, indices, config, rng):
    """The classes of the images, (M,)."""
    return judging.labels(split, indices)


def both(terms):
    """Cross-entropy, in nats per image, and error, a share."""
    return {"cross_entropy": float(terms.cross_entropy), "error": float(terms.error)}


def both_text(n):
    """The numbers of a step in words."""
    return f"cross-entropy {n['cross_entropy']:.3f} nats, error {n['error']:6.1%}"


def cross_entropy_of(params, config, split):
    """The cross-entropy on a split, in nats per image."""
    return judging.judge(params, config, split).cross_entropy.mean()


GLIMPSE = Task(
    kind=network.GLIMPSE,
    initialise=glimpse_start,
    beside=named,
    rows=lambda named, rows: named[rows],
    engines={
        "manual": engines.Engine(manual_glimpse.loss, manual_glimpse.terms_and_gradient),
        "autograd": engines.Engine(glimpse.loss, engines.by_autograd(glimpse)),
    },
    numbers=both,
    text=both_text,
    validate=cross_entropy_of,
    decimals=3,
)


def of(config):
    """The task whose network ``config`` describes."""
    return DRAW if isinstance(config, DRAW.kind.config) else GLIMPSE
