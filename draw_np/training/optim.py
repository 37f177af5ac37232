"""Adam (Kingma & Ba 2015), clipping by the global norm.

The paper uses Adam "throughout" and says nothing of rates, clipping or schedules.
Parameters and gradients are dicts of arrays with the same names.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from draw_np.arrays import Params
from draw_np.machine.backend import fused, library_of, to_host


@dataclass
class Adam:
    """Adam's two moments and its clock; ``update`` changes parameters in place.

    Parameters
    ----------
    m, v : dict of arrays
        Running means of the gradient and of its square, in the shapes of the
        parameters; zeros at the start.
    t : int
        Number of updates made.
    beta1, beta2, epsilon : float
        Of the paper by Kingma and Ba, with their defaults.
    pace : callable, optional
        The name of a parameter -> the factor on its learning rate; without, 1 for all.
    """

    m: dict
    v: dict
    t: int = 0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    pace: Callable[[str], float] | None = None

    @classmethod
    def for_parameters(cls, params: Params, **constants: Any) -> "Adam":
        """A fresh Adam for these parameters; ``constants`` are others than the defaults."""
        return cls(
            m={name: np.zeros_like(p) for name, p in params.items()},
            v={name: np.zeros_like(p) for name, p in params.items()},
            **constants,
        )

    def update(self, params: Params, gradient: Params, lr: float) -> None:
        """One step of Adam on every parameter, in place (their Algorithm 1).

        Parameters
        ----------
        params, gradient : dict of arrays
        lr : float
            Learning rate alpha.

        Raises
        ------
        ValueError
            If they have other names than this Adam.
        """
        if not self.m.keys() == params.keys() == gradient.keys():
            raise ValueError(
                "Adam, the parameters and the gradient have different names: give those of one "
                "network"
            )
        self.t += 1
        xp, new1, new2 = library_of(gradient), 1 - self.beta1, 1 - self.beta2
        rate, correction = lr / (1 - self.beta1**self.t), 1 / (1 - self.beta2**self.t)
        for name, g in gradient.items():
            m, v, own = self.m[name], self.v[name], rate * (self.pace(name) if self.pace else 1)
            adam_step(xp, params[name], m, v, g, new1, new2, own, correction, self.epsilon)


@fused
def adam_step(xp, theta, m, v, g, new1, new2, rate, correction, epsilon):
    """One parameter's step, in place: ``new1`` is 1 - beta1, and ``new2`` is 1 - beta2.

    ``rate`` is lr / (1 - beta1^t) and ``correction`` 1 / (1 - beta2^t): m and v start at 0,
    and are too small at first by just these factors.
    """
    m += new1 * (g - m)
    v += new2 * (g * g - v)
    theta -= rate * m / (xp.sqrt(v * correction) + epsilon)


def global_norm(gradient: Params) -> float:
    """Euclidean norm of all arrays of a gradient together; a float.

    Single precision has no square above 1e38, which entries of 1e19 reach: a sum that is
    not finite is taken once more of entries divided by the largest. So the norm is
    infinite or NaN only where an entry is.
    """
    norm = root_of_squares(gradient)
    if math.isfinite(norm):
        return norm
    largest = max(float(abs(g).max()) for g in gradient.values() if g.size)
    if not math.isfinite(largest):
        return norm
    return largest * root_of_squares({name: g / largest for name, g in gradient.items()})


def root_of_squares(gradient: Params) -> float:
    """The root of the sum of all squares, in the precision of the arrays; a float."""
    xp = library_of(gradient)
    squares = xp.stack([xp.vdot(g, g) for g in gradient.values()])
    return math.sqrt(sum(to_host(squares).tolist()))  # one copy from a device, not one an array


def clip_by_global_norm(gradient: Params, limit: float) -> tuple[Params, float]:
    """Scale a gradient down to the norm ``limit`` if it is longer.

    Returns
    -------
    dict of arrays
        The gradient, of the same direction; as it was where an entry is not finite.
    float
        Its norm before clipping.
    """
    norm = global_norm(gradient)
    if norm <= limit or not math.isfinite(norm):
        return gradient, norm
    return {name: g * (limit / norm) for name, g in gradient.items()}, norm
