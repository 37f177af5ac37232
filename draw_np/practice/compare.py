"""Two arrays that should be equal: are they, and if not, how does one differ?"""

import numpy as np

TOLERANCE = {"float64": 1e-10, "float32": 5e-4}
SHOWN = 5  # entries
NAMES = 6  # in a list of names
MOST = 17  # digits that a float64 has


def flat(result):
    """The arrays in nested tuples, in order."""
    if isinstance(result, (tuple, list)):
        return [a for part in result for a in flat(part)]
    return [result]


def structure(result):
    """What a result is, in words: "an array", "a tuple of 3 (array, array, None)"."""
    kind = kind_of(result)
    article = "" if result is None else "an " if kind[0] in "aeiouAEIOU" else "a "
    return article + kind + contents(result)


def kind_of(result):
    """The name of a type; whatever NumPy has is an array."""
    if isinstance(result, (np.ndarray, np.generic)):
        return "array"
    return "None" if result is None else type(result).__name__


def contents(result):
    """What a tuple or a list holds: " of 2 arrays", " of 2 (tuple of 2 arrays, array)"."""
    if not isinstance(result, (tuple, list)):
        return ""
    kinds, n = [kind_of(part) for part in result], len(result)
    if len(set(kinds)) == 1 and result[0] is not None:
        return f" of {n} {kinds[0]}{'s' * (n > 1)}"
    inside = [kind + contents(part) for kind, part in zip(kinds, result, strict=True)]
    more = ", ..." if n > NAMES else ""
    return f" of {n} ({', '.join(inside[:NAMES])}{more})" if n else " of nothing"


def nested(names, want):
    """Names of results, in brackets as the results are nested: "(g1, g2), norm"."""
    names = iter(names)

    def inside(value):
        return f"({joined(value)})" if isinstance(value, tuple) else next(names)

    def joined(values):
        return ", ".join(map(inside, values))

    return joined(want) if isinstance(want, tuple) else inside(want)


def listed(names):
    """Names in a sentence: "dx, dW and db", and of very many the first."""
    names = list(names)
    if len(names) > NAMES:
        names = [*names[: NAMES - 1], f"{len(names) - NAMES + 1} more"]
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


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
    """Whether two arrays are equal up to rounding; NaN is equal to NaN, and to nothing else."""
    if np.shape(got) != np.shape(want):
        return False
    got, want = np.asarray(got, np.float64), np.asarray(want, np.float64)
    finite = np.isfinite(want)
    if not np.array_equal(np.isfinite(got), finite):
        return False
    if not np.array_equal(got[~finite], want[~finite], equal_nan=True):
        return False
    errors = relative_error(got[finite], want[finite])
    return bool(np.all(errors <= TOLERANCE[dtype]))


def number(value, other, digits=4):
    """A number with at least so many digits, and so many that it looks unlike another."""
    while f"{value:.{digits}g}" == f"{other:.{digits}g}" and digits < MOST:
        digits += 1
    return f"{value:.{digits}g}"


def entries(name, got, want, dtype):
    """Lines with the first few entries of the first row that is wrong, got and expected."""
    got, want = (np.atleast_1d(np.asarray(a, np.float64)) for a in (got, want))
    errors = relative_error(got, want)
    wrong = ~(errors <= TOLERANCE[dtype])
    *row, column = map(int, np.argwhere(wrong)[0])
    digits, shown = digits_and_entries(got[*row], want[*row], wrong[*row], column)
    place = ", ".join([*map(str, row), f"{shown.start}:{shown.stop}"])
    texts = [" ".join(f"{v:>{digits + 6}.{digits}g}" for v in a[*row][shown]) for a in (got, want)]
    worst = np.unravel_index(np.nanargmax(errors), errors.shape)
    return [
        f"{name}[{place}]   got      {texts[0]}",
        f"{' ' * len(name)} {' ' * len(place)}    expected {texts[1]}",
        f"largest relative error {errors[worst]:.2g}, at {name}{[int(i) for i in worst]}; "
        f"{int(wrong.sum())} of {wrong.size} entries are wrong",
    ]


def digits_and_entries(got, want, wrong, column):
    """How many digits tell wrong entries of a row apart, and which entries then fit in a line."""
    digits, near = 5, np.flatnonzero(wrong[column : column + SHOWN]) + column
    while digits < MOST and any(f"{got[k]:.{digits}g}" == f"{want[k]:.{digits}g}" for k in near):
        digits += 1
    count = SHOWN * 12 // (digits + 7)
    start = 0 if column < count else column
    return digits, slice(start, min(start + count, len(got)))
