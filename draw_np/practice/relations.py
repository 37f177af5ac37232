"""How a wrong result is related to the right one: by a factor, a shift, another order."""

import math
from itertools import combinations_with_replacement, product
from typing import NamedTuple

import numpy as np

from draw_np.practice.compare import close

NEAR = 1e-3  # a factor as near to 1 is no slip in a formula, but a small number in it
LITTLE = 1e-4  # of the largest entry: the same
SMALL = "is there an epsilon, a rounded constant or float32 in it?"
LETTERS = 4  # at most so many in a product of sizes


class Setting(NamedTuple):
    """What a wrong factor may be made of, in one case."""

    sizes: dict  #: letter to length: "M": 2
    scales: dict  #: argument to a positive number, or to one for each image
    dtype: str = "float64"  #: of what is compared


def relation(got, want, settings):
    """How a wrong result is related to the right one, over all cases, or None.

    Parameters
    ----------
    got, want : lists of arrays, a pair for each case
    settings : list of Setting

    Returns
    -------
    str or None
        What comes after the result's name: "has its sign turned".
    """
    if any(
        np.shape(g) != np.shape(w) or not np.all(np.isfinite(g))
        for g, w in zip(got, want, strict=True)
    ):
        return None
    pairs = [(np.asarray(g, float), np.asarray(w, float)) for g, w in zip(got, want, strict=True)]
    if all(not np.any(g) for g, _ in pairs):
        return "is 0 everywhere"
    for find in FINDERS:
        said = find(pairs, settings)
        if said:
            return said
    return None


# ---------------------------------------------------------------- factors


def ratio(g, w):
    """The number k with g = k w in every entry, or None."""
    scale = float(np.sum(w * w))
    k = float(np.sum(g * w)) / scale if scale else 0.0
    fits = np.allclose(g, k * w, rtol=1e-6, atol=1e-9 * np.max(np.abs(g), initial=0.0))
    return k if scale and k and fits else None


def factor(pairs, settings):
    """One factor for all cases."""
    found = [ratio(g, w) for g, w in pairs]
    if None in found or not np.allclose(found, found[0], rtol=1e-6):
        return None
    if abs(found[0] - 1) < NEAR:
        return factor_near_1(pairs, found[0] - 1)
    if np.isclose(found[0], -1):
        return "has its sign turned"
    return f"is {found[0]:.5g} times what is expected, everywhere"


def factor_near_1(pairs, more):
    """A factor of 1 and a little more, or less, if that is the same everywhere."""
    for g, w in pairs:
        if not np.allclose(g - w, more * w, rtol=0.1, atol=0.01 * abs(more) * np.max(np.abs(w))):
            return None
    how = "large by a factor of 1 +" if more > 0 else "small by a factor of 1 -"
    return f"is too {how} {abs(more):.2g}: {SMALL}"


def sized_factor(pairs, settings):
    """A factor that is a product of sizes: a mean for a sum, or a sum for a mean."""
    found = [ratio(g, w) for g, w in pairs]
    if None in found:
        return None
    for letters in products(settings[0].sizes):
        name = " ".join(letters)
        values = np.array([math.prod(s.sizes.get(k, np.nan) for k in letters) for s in settings])
        if np.ptp(values) == 0:
            continue
        if np.allclose(found, values, rtol=1e-6):
            return f"is {name} times too large, in every case: it is summed once too often?"
        if np.allclose(found, 1 / values, rtol=1e-6):
            return f"is {name} times too small, in every case: a mean where a sum should be?"
    return None


def products(sizes):
    """The letters of sizes: each alone, then two, and so on; one may come twice."""
    for count in range(1, LETTERS + 1):
        yield from combinations_with_replacement(sizes, count)


def power(pairs, settings):
    """A factor that is a power of an argument, of every image's own."""
    for c, p, name in product(
        (1, -1, 2, 0.5, -2, -0.5), (1, -1, 2, -2, 0.5, -0.5), settings[0].scales
    ):
        scales = [s.scales.get(name) for s in settings]
        if varied(scales) and all(
            is_times(g, c * scale**p, w) for (g, w), scale in zip(pairs, scales, strict=True)
        ):
            return f"is {power_in_words(c, name, p)} times what is expected, in every case"
    return None


def varied(scales):
    """Whether an argument is a scale in every case, and not always the same."""
    return all(scale is not None for scale in scales) and np.ptp(np.concatenate(scales, None)) > 0


def is_times(g, scale, w):
    """Whether g is w with every image multiplied by its own number."""
    if scale.ndim and (not w.ndim or w.shape[0] != len(scale)):
        return False
    scale = scale.reshape(scale.shape + (1,) * (w.ndim - scale.ndim))
    return np.allclose(g, scale * w, rtol=1e-6, atol=1e-9 * np.max(np.abs(g), initial=0.0))


def power_in_words(c, name, p):
    """A number times a power: "-1/(2 gamma^2)"."""
    sign, c = "-" * (c < 0), abs(c)
    base = {0.5: f"sqrt({name})", 1: name, 2: f"{name}^2"}[abs(p)]
    if p > 0:
        return sign + {1: base, 2: f"2 {base}", 0.5: f"{base}/2"}[c]
    return sign + {1: f"1/{base}", 2: f"2/{base}", 0.5: f"1/(2 {base})"}[c]


# ---------------------------------------------------------------- other relations


def offset(pairs, settings):
    """One number added everywhere."""
    found = [g - w for g, w in pairs]
    k = float(found[0].flat[0])
    if k and all(np.allclose(d, k, rtol=1e-6, atol=0) for d in found):
        return f"is {k:+.5g} off, everywhere alike"
    return None


def nearly(pairs, settings):
    """Something small, in all cases."""
    off = [share_off(g, w) for g, w in pairs]
    if max(off) > LITTLE:
        return None
    most = 10.0 ** np.ceil(np.log10(max(off)))
    return f"is off by less than {most:.0e} of its largest entry: {SMALL}"


def at_first_nearly(pairs, settings):
    """Something small where it is wrong first, and more elsewhere."""
    dtype = settings[0].dtype
    off = next((share_off(g, w) for g, w in pairs if not close(g, w, dtype)), 1)
    says = f"is off by little in the first case that is wrong: {SMALL}"
    return says if off < LITTLE / 10 else None


def share_off(g, w):
    """The largest error as a share of the largest entry."""
    error, most = np.max(np.abs(g - w), initial=0.0), np.max(np.abs(w), initial=0.0)
    return error / most if most else float(error > 0)


MOVES = {  # words: how many axes it takes, and what it does
    "is transposed: its last two axes are swapped": (2, lambda w: np.swapaxes(w, -1, -2)),
    "is turned round along its last axis": (1, lambda w: w[..., ::-1]),
    "is turned round along its last axis but one": (2, lambda w: w[..., ::-1, :]),
}


def rearranged(pairs, settings):
    """The right numbers in other places."""
    for words, (axes, move) in MOVES.items():
        if all(w.ndim >= axes and close(g, move(w)) for g, w in pairs):
            return words
    if all(g.ndim and g.shape[-1] > 2 for g, _ in pairs):
        if all(close(g[..., 1:], w[..., :-1]) for g, w in pairs):
            return "has the right entries one place too late along its last axis"
        if all(close(g[..., :-1], w[..., 1:]) for g, w in pairs):
            return "has the right entries one place too early along its last axis"
    if all(g.ndim and close(np.sort(g, axis=None), np.sort(w, axis=None)) for g, w in pairs):
        return "has the right numbers in the wrong places"
    return None


def function_of(pairs, settings):
    """A function of the right result."""
    for words, f in {
        "is the logarithm of what is expected": np.log,
        "is the exponential of what is expected": np.exp,
        "is the square of what is expected": np.square,
        "is the square root of what is expected": np.sqrt,
        "is one over what is expected": lambda w: 1 / w,
    }.items():
        with np.errstate(all="ignore"):
            if all(np.all(np.isfinite(f(w))) and close(g, f(w)) for g, w in pairs):
                return words
    return None


def one_image(pairs, settings):
    """Images, or channels, mixed up: the first is right, and not all others are."""
    for axis, name in enumerate(("first", "second")):
        if any(w.ndim <= axis or not w.size for _, w in pairs):
            continue
        firsts = [(np.take(g, [0], axis), np.take(w, [0], axis)) for g, w in pairs]
        wrong = [not close(g, w) for g, w in pairs]
        empty = [bad and not np.any(w) for bad, (_, w) in zip(wrong, firsts, strict=True)]
        if any(empty) or not all(close(*first) for first in firsts):
            continue
        if all(
            close(g, np.broadcast_to(f, g.shape))
            for (g, _), (f, _) in zip(pairs, firsts, strict=True)
        ):
            return f"is the same along its {name} axis: all get what index 0 should"
        return f"is right at index 0 of its {name} axis, wrong at some of the others"
    return None


FINDERS = (
    factor,
    sized_factor,
    power,
    offset,
    nearly,
    rearranged,
    function_of,
    one_image,
    at_first_nearly,
)
