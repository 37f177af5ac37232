"""Is a gradient right? Finite differences and a verdict that can be read.

Every parameter group is checked by itself and entry by entry: a single random
projection of the whole gradient hides a small component behind a large one.
Work in float64; in float32 the difference of two losses is mostly rounding.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from autograd import grad

from draw_np.arrays import Array, Generator, Params, Shape


class Entry(NamedTuple):
    """The worst entry that was checked in one parameter group."""

    name: str  #: the parameter
    index: Shape  # type: ignore[assignment]  #: the entry, not tuple's method
    analytic: float  #: derivative from the gradient under test
    numeric: float  #: derivative from finite differences
    error: float  #: relative error
    checked: int  #: number of entries of this group that were compared


class Verdict(NamedTuple):
    """The outcome of a check; ``print`` it, or ask ``verdict.ok``."""

    entries: list[Entry]  #: one Entry a parameter group
    tolerance: float  #: largest relative error that passes

    @property
    def ok(self) -> bool:
        """Whether every group passes."""
        return all(entry.error <= self.tolerance for entry in self.entries)

    def __str__(self) -> str:
        rows = [f"{'parameter':<24}{'analytic':>14}{'numeric':>14}{'rel. error':>12}"]
        for e in self.entries:
            place = e.name + (str(list(map(int, e.index))) if e.index else "")
            mark = "ok" if e.error <= self.tolerance else "WRONG"
            rows.append(f"{place:<24}{e.analytic:>14.6g}{e.numeric:>14.6g}{e.error:>12.1e}  {mark}")
        wrong = [e.name for e in self.entries if not e.error <= self.tolerance]
        rows.append("all gradients agree" if not wrong else "WRONG: " + ", ".join(wrong))
        return "\n".join(rows)


def derivative(f: Callable[[], Any], array: Array, index: Shape, h: float) -> float:
    """d f / d array[index] by the five-point formula, error of order h^4.

    ``f`` takes no argument and sees ``array``, which is changed in place and put
    back as it was, whatever ``f`` raises.
    """
    there = array[index]

    def at(offset: float) -> float:
        array[index] = there + offset
        return float(f())

    try:
        return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    finally:
        array[index] = there


def chosen(rng: Generator, gradient: Array, entries: int) -> list[Shape]:
    """Indices to check: the largest entries of a gradient, then random others."""
    if entries < 1 or not gradient.size:
        raise ValueError(
            f"{entries} entries of an array of shape {gradient.shape}: there is nothing to check; "
            "ask for at least 1, of arrays that are not empty"
        )
    flat = np.abs(gradient).ravel()
    largest = np.argsort(-flat, kind="stable")[: (entries + 1) // 2]
    others = rng.permutation(np.setdiff1d(np.arange(flat.size), largest))
    picked = np.concatenate([largest, others[: entries // 2]])
    return [tuple(map(int, np.unravel_index(i, gradient.shape))) for i in picked]


def check(
    f: Callable[[Params], Any],
    params: Params,
    analytic: Params | None = None,
    entries: int = 12,
    h: float = 1e-3,
    tolerance: float = 1e-6,
    seed: int = 0,
) -> Verdict:
    """Hold a gradient against finite differences, parameter group by group.

    Parameters
    ----------
    f : callable
        Takes ``params`` and returns a scalar.
    params : dict of float64 arrays
        The point. Choose one where the derivatives are of order 1.
    analytic : dict of arrays, optional
        The gradient under test; autograd's of ``f`` if left out.
    entries : int
        How many entries of each group are compared: the largest by the analytic
        gradient, and as many at random.
    h : float
        Step of the differences. Their rounding error is about ``eps |f| / h``, and no
        difference smaller than ten times that counts as an error.
    tolerance : float
        Largest relative error that passes. 0 against 0 is equal.
    seed : int

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        If a parameter is not float64, or the gradient lacks one or has another shape.
    """
    point = {name: np.array(value) for name, value in params.items()}
    for name, value in point.items():
        if value.dtype != np.float64:
            raise ValueError(f"{name} is {value.dtype}: finite differences need float64")
    analytic = grad(f)(point) if analytic is None else analytic
    rng = np.random.default_rng(seed)
    noise = 10 * np.finfo(float).eps * max(abs(float(f(point))), 1.0) / h
    worst = []
    for name, value in point.items():
        if name not in analytic or np.shape(analytic[name]) != value.shape:
            raise ValueError(f"the gradient has no entry {name} of shape {value.shape}")
        g = np.asarray(analytic[name])
        found = []
        for index in chosen(rng, g, entries):
            n, a = derivative(lambda: f(point), value, index, h), float(g[index])
            error = abs(a - n) / max(abs(a), abs(n), noise / tolerance)
            found.append((np.nan_to_num(error, nan=np.inf), index, a, n))
        error, index, a, n = max(found)
        worst.append(Entry(name, index, a, n, float(error), len(found)))
    return Verdict(worst, tolerance)
