"""Two arrays that should be equal: are they, and if not, how does one differ?"""

import numpy as np

TOLERANCE = {"float64": 1e-10, "float32": 5e-4}
SHOWN = 5  # entries


def flat(result):
    """The arrays in nested tuples, in order."""
    if isinstance(result, (tuple, list)):
        return [a for part in result for a in flat(part)]
    return [result]


def structure(result):
    """What a result is, in words: "an array", "a tuple of 3 (array, array, None)"."""
    if isinstance(result, (tuple, list)):
        inside = ", ".join(structure(r).removeprefix("an ").removeprefix("a ") for r in result)
        return f"a {type(result).__name__} of {len(result)} ({inside})"
    if isinstance(result, (np.ndarray, np.generic)):
        return "an array"
    if result is None:
        return "None"
    kind = type(result).__name__
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def same_structure(got, want):
    """Whether tuples are nested alike, and hold arrays (or numbers for 0-d ones)."""
    if isinstance(want, tuple):
        if not isinstance(got, (tuple, list)) or len(got) != len(want):
            return False
        return all(map(same_structure, got, want))
    if isinstance(got, float) and np.ndim(want) == 0:
        return True
    return isinstance(got, (np.ndarray, np.generic))


def letters(shape, sizes):
    """A shape in letters, "(M, N)", where every length belongs to one letter only; or ""."""
    found = [[letter for letter, size in sizes.items() if size == length] for length in shape]
    if not found or any(len(fitting) != 1 for fitting in found):
        return ""
    return f"({', '.join(fitting[0] for fitting in found)}{',' if len(found) == 1 else ''})"


def relative_error(got, want):
    """Error of every entry, relative to it, or to a hundredth of the largest (at least 1)."""
    floor = 1e-2 * max(np.max(np.abs(want), initial=0.0), 1.0)
    return np.abs(got - want) / np.maximum(np.abs(want), floor)


def close(got, want, dtype="float64"):
    """Whether two arrays are equal up to rounding; NaN is equal to NaN."""
    if np.shape(got) != np.shape(want):
        return False
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    if not np.array_equal(np.isfinite(got), np.isfinite(want)):
        return False
    finite = np.isfinite(want)
    errors = relative_error(got[finite], want[finite])
    return bool(np.all(errors <= TOLERANCE[dtype]))


def entries(name, got, want, dtype):
    """Lines with the first few entries of the first row that is wrong, got and expected."""
    got, want = np.atleast_1d(got), np.atleast_1d(want)
    wrong = ~(relative_error(got, want) <= TOLERANCE[dtype])
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    row, column = first[:-1], first[-1]
    start = 0 if column < SHOWN else column
    stop = min(start + SHOWN, got.shape[-1])
    place = ", ".join([*map(str, row), f"{start}:{stop}"])
    shown = [" ".join(f"{v:>11.5g}" for v in a[row][start:stop]) for a in (got, want)]
    errors = relative_error(got, want)
    worst = np.unravel_index(np.nanargmax(errors), errors.shape)
    return [
        f"{name}[{place}]   got      {shown[0]}",
        f"{' ' * len(name)} {' ' * len(place)}    expected {shown[1]}",
        f"largest relative error {errors[worst]:.2g}, at {name}{[int(i) for i in worst]}; "
        f"{int(wrong.sum())} of {wrong.size} entries are wrong",
    ]


def relation(name, got, want, sizes):
    """How a wrong result is related to the right one, over all cases, or None.

    Parameters
    ----------
    name : str
    got, want : lists of arrays, a pair for each case
    sizes : list of dicts
        The letters of each case: "M": 2.
    """
    if any(
        np.shape(g) != np.shape(w) or not np.all(np.isfinite(g))
        for g, w in zip(got, want, strict=True)
    ):
        return None
    pairs = [(np.asarray(g, float), np.asarray(w, float)) for g, w in zip(got, want, strict=True)]
    if all(not np.any(g) for g, _ in pairs):
        return f"{name} is 0 everywhere"
    for find in (factor, sized_factor, offset, rearranged, function_of, one_image):
        said = find(pairs, sizes)
        if said:
            return f"{name} {said}"
    return None


def ratio(g, w):
    """The number k with g = k w in every entry, or None."""
    scale = float(np.sum(w * w))
    k = float(np.sum(g * w)) / scale if scale else 0.0
    fits = np.allclose(g, k * w, rtol=1e-6, atol=1e-9 * np.max(np.abs(g), initial=0.0))
    return k if scale and k and fits else None


def factor(pairs, sizes):
    """One factor for all cases."""
    found = [ratio(g, w) for g, w in pairs]
    if None in found or not np.allclose(found, found[0], rtol=1e-6):
        return None
    if np.isclose(found[0], -1):
        return "has its sign turned"
    return f"is {found[0]:.5g} times what is expected, everywhere"


def sized_factor(pairs, sizes):
    """A factor that is one of the sizes: a mean for a sum, or a sum for a mean."""
    found = [ratio(g, w) for g, w in pairs]
    if None in found:
        return None
    for letter in sizes[0]:
        values = [s.get(letter, np.nan) for s in sizes]
        if np.allclose(found, values):
            return f"is {letter} times too large, in every case: it is summed once too often?"
        if np.allclose(found, 1 / np.array(values)):
            return f"is {letter} times too small, in every case: a mean where a sum should be?"
    return None


def offset(pairs, sizes):
    """One number added everywhere."""
    found = [g - w for g, w in pairs]
    k = float(found[0].flat[0])
    if all(np.allclose(d, k, rtol=1e-6, atol=1e-9) for d in found):
        return f"is {k:+.5g} off, everywhere alike"
    return None


MOVES = {  # words: how many axes it takes, and what it does
    "is transposed: its last two axes are swapped": (2, lambda w: np.swapaxes(w, -1, -2)),
    "is turned round along its last axis": (1, lambda w: w[..., ::-1]),
    "is turned round along its last axis but one": (2, lambda w: w[..., ::-1, :]),
}


def rearranged(pairs, sizes):
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


def function_of(pairs, sizes):
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


def one_image(pairs, sizes):
    """Images, or channels, mixed up: the first is right and no other."""
    for axis, name in enumerate(("first", "second")):
        several = [(g, w) for g, w in pairs if g.ndim > axis and g.shape[axis] > 1]
        firsts = [(np.take(g, [0], axis), np.take(w, [0], axis)) for g, w in several]
        wrong = [g for g, w in several if not close(g, w)]
        if wrong and all(close(g, w) for g, w in firsts):
            if all(close(g, np.broadcast_to(f, g.shape))
                   for (g, _), (f, _) in zip(several, firsts, strict=True)):  # fmt: skip
                return f"is the same along its {name} axis: all get what index 0 should"
            return f"is right at index 0 of its {name} axis, and not at all others"
    return None
