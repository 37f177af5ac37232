"""Is an answer right? If not, what a teacher would say first.

The order is: does it run, what does it return, shapes, dtype, NaN, values, and whether it
left its arguments alone; float64 before float32. After the first thing that is wrong come
the details: entries, the largest error, a property that broke, and the known mistake that
the answer behaves like.
"""

import dataclasses
import dis
import inspect
import types
import warnings

import numpy as np

from draw_np.practice import compare, contents
from draw_np.practice.calling import (
    NotStarted,
    Problem,
    call,
    cast,
    expected,
    named_arguments,
    results,
)
from draw_np.practice.diagnose import broken, name_mistake, relations, same
from draw_np.practice.exercise import Verdict

SINGLE_TO_DOUBLE = (
    "NumPy computes in float64 as soon as one float64 or int64 array takes part, or a number "
    "of NumPy's such as np.log(2 * np.pi), or a mean of truths: give new arrays the dtype of an "
    "argument, as in np.arange(n, dtype=x.dtype) for an argument x, make a number Python's own "
    "by float(...), or end with .astype(x.dtype)"
)
EXACT = (
    "if it compares numbers by == or np.array_equal: two right results may differ by rounding, "
    "which np.allclose allows for"
)


def verdict(exercise, *functions):
    """The verdict on the reader's function, or on property and fixed function.

    Parameters
    ----------
    exercise : Exercise
    functions : callables
        In the order of ``exercise.functions``.

    Returns
    -------
    Verdict
    """
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):  # whatever the reader has set
            warnings.simplefilter("ignore")
            judge_all(exercise, functions)
    except NotStarted:
        return Verdict(exercise.number, "waits")
    except Problem as p:
        return Verdict(exercise.number, p.status, p.kind, p.says, p.details, p.mistake)
    return Verdict(exercise.number, "passed")


def judge_all(exercise, functions):
    """Return if all functions are right, else raise the first Problem."""
    if exercise.suspect:
        judge_property(exercise, functions[0])
        judge_fixed(exercise, functions[1])
        judge_both(exercise, *functions)
    else:
        judge_answer(exercise, functions[0])


# ---------------------------------------------------------------- an answer


def judge_answer(exercise, f):
    """Return if the answer is right in every case, else raise the first Problem."""
    if not callable(f):
        raise Problem("type", f"it is {compare.structure(f)} and not a function", status="error")
    for dtype in ("float64", "float32"):
        for case in exercise.cases:
            if dtype in case.floats:
                judge_case(exercise, f, case, dtype)
    if exercise.gradient:
        judge_case(exercise, f, with_large_derivatives(exercise), "float64")
    judge_again(exercise, f)
    lacks = broken(exercise.demands, f)
    if lacks:
        raise Problem("property", f"right in all cases that were tried, and yet: {lacks}")


def with_large_derivatives(exercise):
    """The first case with what has come back times 1000: results are linear in it, uncut."""

    def scaled(name, value):
        back = name.startswith("d") and not name.startswith("delta")
        return 1000 * value if back and isinstance(value, np.ndarray) else value

    case = exercise.cases[0]
    names = inspect.signature(exercise.right).parameters
    arguments = tuple(map(scaled, names, case.arguments))
    about = f"{case.about}, derivatives of about 1000"
    return dataclasses.replace(case, about=about, arguments=arguments)


def judge_case(exercise, f, case, dtype):
    """Hold one result against the right one."""
    arguments, untouched = cast(case.arguments, dtype), cast(case.arguments, dtype)
    want = expected(exercise, case, dtype)
    try:
        got = call(exercise, f, arguments)
    except Problem as p:
        p.says += f", {case.about}"
        name_mistake(exercise, f, p)
        raise
    judge_structure(exercise, got, want)
    pairs = list(zip(exercise.gives, compare.flat(got), compare.flat(want), strict=True))
    judge_shapes(pairs, case)
    asked = dtype if any(dtype == v.dtype for v in arrays_of(arguments)) else ""
    for name, g, w in pairs:
        judge_dtype(name, g, w, asked, pairs)
    for name, g, _ in pairs:
        judge_finite(exercise, f, name, np.asarray(g), case, dtype)
    if not all(compare.close(g, w, dtype) for _, g, w in pairs):
        raise wrong_values(exercise, f, pairs, case, dtype)
    judge_arguments(exercise, arguments, untouched)


def judge_again(exercise, f):
    """The first case once more: nothing may stay from call to call."""
    case = exercise.cases[0]
    got = compare.flat(call(exercise, f, cast(case.arguments, "float64")))
    if not all(map(compare.close, got, compare.flat(expected(exercise, case, "float64")))):
        says = f"right at first, and wrong when it is called again, {case.about}"
        details = ["does something stay from call to call, made outside or as a default argument?"]
        raise Problem("state", says, details)


def judge_structure(exercise, got, want):
    """One array, or a tuple of so many."""
    if compare.same_structure(got, want):
        return
    names, one = compare.nested(exercise.gives, want), len(exercise.gives) == 1
    wanted = f"the array {names}" if one else f"{compare.structure(want)}: {names}"
    says = f"it returns {compare.structure(got)} where {wanted} is expected"
    if got is None:
        says += "; is a `return` missing?"
    if one and isinstance(got, (tuple, list)):
        says += "; np.array(...) or np.stack(...) makes an array of a list"
    raise Problem("type", says)


def judge_shapes(pairs, case):
    """All shapes; of results that are all there in another order, that alone is said."""
    for name, g, w in pairs:
        got, want = np.shape(g), np.shape(w)
        if got != want:
            says = f"shape: {name} has {got} where {want} is expected, {case.about}"
            details = in_another_order(pairs) or on_shape(got, want, case.sizes)
            raise Problem("shape", says, details)


def in_another_order(pairs):
    """A line on results that are all there, in another order; or none."""
    names = names_as_returned(pairs)
    if not names or names == [name for name, *_ in pairs]:
        return []
    return [f"the results have the shapes of {', '.join(names)}: is the order wrong?"]


def names_as_returned(pairs):
    """The names of results in the order in which they came, by value or else by shape; or None."""
    left, found = {name: w for name, _, w in pairs}, []
    for _, g, _ in pairs:
        fits = [name for name, w in left.items() if np.shape(w) == np.shape(g)]
        if not fits:
            return None
        number = np.asarray(g).dtype.kind in "fiub"
        equal = [name for name in fits if number and compare.close(g, left[name])]
        found.append((equal or fits)[0])
        del left[found[-1]]
    return found


def on_shape(got, want, sizes):
    """Lines on a wrong shape: a transposed or a forgotten axis, and both in letters."""
    lines = []
    if sorted(got) == sorted(want):
        lines.append("the axes are all there, in another order: is something transposed?")
    elif not got:
        one = "image" if "M" in sizes else "entry"
        lines.append(
            f"it is one number: is a sum without an axis, or the index of one {one}, in it?"
        )
    elif 0 in got:
        lines.append("it is empty: does a slice end before it begins?")
    elif got == want[1:]:
        lines.append("the first axis is gone: is one of several returned, or their sum?")
    elif len(got) == len(want) - 1:
        lines.append("an axis is gone: keepdims=True keeps it, and [:, None] brings it back")
    return lines + in_letters(got, want, sizes)


def in_letters(got, want, sizes):
    """A line on both shapes in letters, or on one length that is 1 too small or too large."""
    found, expected = compare.letters(got, sizes), compare.letters(want, sizes)
    names = found.strip("(,)").split(", ")
    off = [(k, g - w) for k, (g, w) in enumerate(zip(got, want, strict=False)) if g != w]
    by_one = len(got) == len(want) and len(off) == 1 and abs(off[0][1]) == 1
    if found and expected and not (by_one and len(set(names)) < len(names)):
        return [f"that looks like {found} in the place of {expected}"]
    if not by_one:
        return []
    axis, more = off[0]
    length = expected.strip("(,)").split(", ")[axis] if expected else f"the length of axis {axis}"
    size, entries = ("large", "many") if more > 0 else ("small", "few")
    return [f"{length} is one too {size}: one entry too {entries}, at the beginning or the end?"]


def arrays_of(arguments):
    """All arrays among arguments, and NumPy's numbers."""
    return [v for v in compare.flat(arguments) if isinstance(v, (np.ndarray, np.generic))]


def judge_dtype(name, g, w, asked, pairs):
    """float32 in, float32 out; any whole numbers where whole numbers are asked for.

    ``asked`` is the dtype of the arguments, if it is theirs that counts. Of results that are all
    there in another order, that alone is said.
    """
    number, g, w = isinstance(g, float), np.asarray(g), np.asarray(w)
    whole = w.dtype.kind in "iu"
    if g.dtype == w.dtype or (number and g.ndim == 0) or (whole and g.dtype.kind in "iu"):
        return
    if whole:
        says = f"dtype: {name} is {g.dtype} where whole numbers are expected"
        details = ["// divides whole numbers to whole numbers, and astype(int) makes some"]
    elif asked:
        before = "right in float64, but " if asked == "float32" else ""
        says = f"dtype: {before}{name} is {g.dtype} for {asked} arguments"
        details = [SINGLE_TO_DOUBLE] if g.dtype == np.float64 else []
    else:
        says, details = f"dtype: {name} is {g.dtype} where {w.dtype} is expected", []
    raise Problem("dtype", says, in_another_order(pairs) or details)


def judge_finite(exercise, f, name, g, case, dtype):
    """No NaN and no infinity."""
    bad = ~np.isfinite(g)
    if not bad.any():
        return
    what = "NaN" if np.isnan(g).any() else "infinite"
    says = f"{int(bad.sum())} of {g.size} entries of {name} are {what}, {case.about} in {dtype}"
    raise name_mistake(exercise, f, Problem("not finite", says))


def judge_arguments(exercise, arguments, untouched):
    """An answer must not write into what it was given."""
    named = named_arguments(exercise, arguments)
    for (name, a), b in zip(named, compare.flat(untouched), strict=True):
        if isinstance(a, np.ndarray) and not np.array_equal(a, b):
            says = f"the result is right, but its argument {name} was changed"
            details = ["+= and [...] = write into an array: write x = x + y, or copy first"]
            raise Problem("damage", says, details)


# ---------------------------------------------------------------- what is wrong with values


def wrong_values(exercise, f, pairs, case, dtype):
    """The Problem with everything that can be said about wrong values."""
    wrong = [p for p in pairs if not compare.close(p[1], p[2], dtype)]
    kind = "gradient" if exercise.gradient else "value"
    names = compare.listed(name for name, *_ in wrong)
    if len(wrong) == len(pairs) > compare.NAMES:
        names = f"all {len(pairs)}"
    says = f"{kind}: {names} {'is' if len(wrong) == 1 else 'are'} wrong, {case.about}"
    says += (f" in {dtype}" if dtype == "float32" else "") + correct(pairs, dtype)
    name, g, w = wrong[0]
    details = compare.entries(name, g, w, dtype)
    problem = name_mistake(exercise, f, Problem(kind, says, details))
    details = [] if problem.mistake else relations(exercise, f, dtype)
    lacks = broken(exercise.demands + exercise.properties, f)
    details += [f"property: {lacks}"] if lacks else []
    again = call(exercise, f, cast(case.arguments, dtype))
    if not all(map(np.array_equal, compare.flat(again), [g for _, g, _ in pairs])):
        details.append("two calls with the same arguments give different results")
    problem.details += tuple(details)
    return problem


def correct(pairs, dtype):
    """A remark with the results that are as they should be."""
    names = [name for name, g, w in pairs if compare.close(g, w, dtype)]
    return f"; correct: {compare.listed(names)}" if names else ""


# ---------------------------------------------------------------- find the bug


def judge_property(exercise, holds):
    """The reader's property: true of right functions, and false of the suspect."""
    named, name = exercise.functions
    rights = exercise.right, exercise.suspect.otherwise
    of_right = [truth(exercise, holds, right) for right in rights]
    if not all(of_right):
        raise lacking(exercise, holds, any(of_right))
    if truth(exercise, holds, exercise.suspect.wrong):
        says = f"the property {named} holds for {name} as handed out, too"
        details = uncalled(exercise, holds) or [
            "it is true, but does not expose the bug: what else must hold, or for which numbers?"
        ]
        raise Problem("property", says, details)


def uncalled(exercise, holds):
    """A line on a property that does not use what it is given; or none."""
    calls = []

    def counted(f):
        def counting(*arguments, **named):
            calls.append(f)
            return f(*arguments, **named)

        return counting

    given = exercise.suspect.asks(exercise.right)
    call(exercise, holds, [counted(f) for f in given], refusals=(Exception,))
    said = "it never calls what it is given: test the argument, and not"
    return [] if calls else [f"{said} {exercise.functions[1]} by that name"]


def lacking(exercise, holds, in_part):
    """The Problem with a property that a right function lacks, if not all of them do."""
    suspect = exercise.suspect
    what = "function" if len(suspect.asks(suspect.wrong)) == 1 else "pair"
    says = f"the property {exercise.function} does not hold for a right {what}"
    if in_part:
        says += ", though it does for another that is written otherwise"
        details = ["two right results may differ by rounding: np.allclose allows for that"]
    elif truth(exercise, holds, suspect.wrong):
        says += f", and does for {exercise.functions[1]} as handed out"
        details = ["it is the other way round: it should be True where all is well"]
    else:
        says += " either: it is False for both"
        exactly = compares_exactly(getattr(holds, "__code__", None)) and not only_copies(exercise)
        details = [own(exercise)] + [EXACT] * exactly
    details = uncalled(exercise, holds) or details + [suspect.advice] * bool(suspect.advice)
    return Problem("property", says, details)


def own(exercise):
    """A line on a right function of the reader's to try a property on."""
    for number in contents.of_chapter(exercise.chapter):
        e = contents.EXERCISES[number]
        if e.right is exercise.right and not e.suspect:
            return f"try it on a function that passes: your {e.function}, once {number} is done"
    return f"try it on {exercise.functions[1]} as you have fixed it: what does it see there?"


def only_copies(exercise):
    """Whether right results hold nothing but entries of the arguments: then nothing is rounded."""
    for case in exercise.cases:
        arrays = [a for a in compare.flat(case.arguments) if isinstance(a, np.ndarray)]
        given = np.concatenate([np.empty(0), *map(np.ravel, arrays)])
        right = compare.flat(expected(exercise, case, "float64"))
        if not all(np.isin(r, given).all() for r in right):
            return False
    return True


def compares_exactly(code):
    """Whether a function, or one inside it, has == or np.array_equal in it."""
    if not isinstance(code, types.CodeType):
        return False
    steps = dis.get_instructions(code)
    return (
        any(s.opname == "COMPARE_OP" and "==" in s.argrepr for s in steps)
        or "array_equal" in code.co_names
        or any(map(compares_exactly, code.co_consts))
    )


def truth(exercise, holds, function):
    """What the reader's property says of a function; a failed assertion is a no."""
    try:
        answer = call(exercise, holds, exercise.suspect.asks(function), refusals=(AssertionError,))
    except Problem as p:
        raise Problem(p.kind, f"{exercise.function}: {p.says}", status=p.status) from None
    if isinstance(answer, np.ndarray) and answer.size == 1:
        answer = answer.flat[0]
    if not isinstance(answer, (bool, np.bool_)):
        says = f"the property {exercise.function} returns {compare.structure(answer)}"
        details = ["np.all and np.allclose make one truth of an array of them"]
        raise Problem("type", f"{says} where True or False is expected", details)
    return bool(answer)


def judge_fixed(exercise, f):
    """The suspect, which should be fixed by now."""
    name, plain = exercise.functions[1], dataclasses.replace(exercise, suspect=None)
    try:
        judge_answer(plain, f)
    except Problem as p:
        got, as_it_was = results(plain, f), results(plain, exercise.suspect.wrong)
        if same(got, as_it_was):
            says = f"the property exposes the bug. Now fix {name}"
            raise Problem("unfixed", says) from None
        says = f"the property exposes the bug. {name}, as fixed: {p.says}"
        raise Problem(p.kind, says, p.details, p.status, p.mistake) from None


def judge_both(exercise, holds, fixed):
    """The reader's property, of the reader's own fixed function."""
    if not truth(exercise, holds, fixed):
        named, name = exercise.functions
        says = f"{name} is right in all cases that were tried, but your own property {named}"
        details = [f"try {named}({name}): is it rounding, or something else?"]
        raise Problem("property", f"{says} does not hold for it", details)
