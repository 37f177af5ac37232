"""Is an answer right? If not, what a teacher would say first.

The order is: does it run, what does it return, shapes, dtype, NaN, values, and whether it
left its arguments alone; float64 before float32. After the first thing that is wrong come
the details: entries, the largest error, a property that broke, and the known mistake that
the answer behaves like.
"""

import copy
import dataclasses
import traceback
import warnings

import numpy as np

from draw_np.practice import compare
from draw_np.practice.exercise import Verdict

SINGLE_TO_DOUBLE = (
    "NumPy computes in float64 as soon as one float64 or int64 array takes part, or a number "
    "of NumPy's such as np.log(2 * np.pi): give new arrays the dtype of an argument, as in "
    "np.arange(1, N + 1, dtype=mu.dtype), and make such a number Python's own by float(...)"
)


class Problem(Exception):
    """The first thing that is wrong with an answer."""

    def __init__(self, kind, says, details=(), status="wrong", mistake="", raised=""):
        super().__init__(says)
        self.kind, self.says, self.details = kind, says, tuple(details)
        self.status, self.mistake, self.raised = status, mistake, raised


class NotStarted(Exception):
    """The answer is still its stub."""


def verdict(exercise, *functions):
    """The verdict on the reader's function, or on property and mended function.

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
        if exercise.suspect:
            judge_property(exercise, functions[0])
            judge_mended(exercise, functions[1])
        else:
            judge_answer(exercise, functions[0])
    except NotStarted:
        return Verdict(exercise.number, "waits")
    except Problem as p:
        return Verdict(exercise.number, p.status, p.kind, p.says, p.details, p.mistake)
    return Verdict(exercise.number, "passed")


# ---------------------------------------------------------------- calling


def call(exercise, f, arguments, refusals=()):
    """What the reader's function returns; whatever else happens is a Problem.

    ``refusals`` are the exceptions that count as a result, False.
    """
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return f(*arguments)
    except NotImplementedError as e:
        if str(e).startswith(f"Exercise {exercise.number}:"):
            raise NotStarted from None
        raise failure(f, e) from None
    except KeyboardInterrupt:
        raise
    except refusals:
        return False
    except SystemExit:
        says = "it ends the program (sys.exit, exit or quit): return the result instead"
        raise Problem("exit", says, status="error") from None
    except BaseException as e:
        raise failure(f, e) from None


def failure(f, e):
    """An exception as a Problem, with the line of the reader's file that it came from."""
    file = getattr(getattr(f, "__code__", None), "co_filename", None)
    frames = [s for s in traceback.extract_tb(e.__traceback__) if s.filename == file]
    text, kind = " ".join(str(e).split())[:200], type(e).__name__
    says = f"raises {kind}: {text}" if text else f"raises {kind}"
    if frames:
        says = f"line {frames[-1].lineno} (`{frames[-1].line[:70]}`) {says}"
    return Problem("raises", says, status="error", raised=kind)


def cast(value, dtype):
    """A fresh copy of arguments, with all float arrays in the dtype."""
    if isinstance(value, tuple):
        parts = [cast(v, dtype) for v in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    floating = isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"
    return value.astype(dtype) if floating else copy.copy(value)


def expected(exercise, case, dtype):
    """The right results of a case, nested as they should be returned."""
    with np.errstate(all="ignore"):
        return exercise.right(*cast(case.arguments, dtype))


# ---------------------------------------------------------------- an answer


def judge_answer(exercise, f):
    """Return if the answer is right in every case, else raise the first Problem."""
    if not callable(f):
        raise Problem("type", f"it is {compare.structure(f)} and not a function", status="error")
    for dtype in ("float64", "float32"):
        for case in exercise.cases:
            if dtype in case.floats:
                judge_case(exercise, f, case, dtype)


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
    for name, g, w in pairs:
        judge_shape(name, g, w, case)
    for name, g, w in pairs:
        judge_dtype(name, np.asarray(g), np.asarray(w), dtype, isinstance(g, float))
    for name, g, _ in pairs:
        judge_finite(exercise, f, name, np.asarray(g), case, dtype)
    if not all(compare.close(g, w, dtype) for _, g, w in pairs):
        raise wrong_values(exercise, f, pairs, case, dtype)
    judge_arguments(arguments, untouched)


def judge_structure(exercise, got, want):
    """One array, or a tuple of so many."""
    if compare.same_structure(got, want):
        return
    names = ", ".join(exercise.gives)
    one = len(exercise.gives) == 1
    shall = f"the array {names}" if one else f"{compare.structure(want)}: {names}"
    says = f"it returns {compare.structure(got)} where {shall} is expected"
    if got is None:
        says += "; is a `return` missing?"
    if one and isinstance(got, (tuple, list)):
        says += "; np.array(...) or np.stack(...) makes an array of a list"
    raise Problem("type", says)


def judge_shape(name, g, w, case):
    """The shape, with a word on a transposed or a forgotten axis."""
    if np.shape(g) == np.shape(w):
        return
    got, want = np.shape(g), np.shape(w)
    details = []
    if sorted(got) == sorted(want):
        details.append("the axes are all there, in another order: is something transposed?")
    elif len(got) == len(want) - 1 and got:
        details.append("an axis is gone: keepdims=True keeps it, and [:, None] brings it back")
    elif not got:
        details.append("everything is summed: give sum an axis")
    letters = compare.letters(got, case.sizes), compare.letters(want, case.sizes)
    if all(letters):
        details.append(f"that looks like {letters[0]} in the place of {letters[1]}")
    says = f"shape: {name} has {got} where {want} is expected, {case.about}"
    raise Problem("shape", says, details)


def judge_dtype(name, g, w, dtype, is_number):
    """float32 in, float32 out."""
    if g.dtype == w.dtype or (is_number and g.ndim == 0):
        return
    details = [SINGLE_TO_DOUBLE] if g.dtype == np.float64 else []
    before = "right in float64, but " if dtype == "float32" else ""
    says = f"dtype: {before}{name} is {g.dtype} for {dtype} arguments"
    raise Problem("dtype", says, details)


def judge_finite(exercise, f, name, g, case, dtype):
    """No NaN and no infinity."""
    bad = ~np.isfinite(g)
    if not bad.any():
        return
    what = "NaN" if np.isnan(g).any() else "infinite"
    says = f"{int(bad.sum())} of {g.size} entries of {name} are {what}, {case.about} in {dtype}"
    raise name_mistake(exercise, f, Problem("not finite", says))


def judge_arguments(arguments, untouched):
    """An answer must not write into what it was given."""
    for position, (a, b) in enumerate(
        zip(compare.flat(arguments), compare.flat(untouched), strict=True), start=1
    ):
        if isinstance(a, np.ndarray) and not np.array_equal(a, b):
            says = f"the result is right, but array {position} of its arguments was changed"
            details = ["+= and [...] = write into an array: write x = x + y, or copy first"]
            raise Problem("damage", says, details)


# ---------------------------------------------------------------- what is wrong with values


def wrong_values(exercise, f, pairs, case, dtype):
    """The Problem with everything that can be said about wrong values."""
    wrong = [p for p in pairs if not compare.close(p[1], p[2], dtype)]
    right = [name for name, g, w in pairs if compare.close(g, w, dtype)]
    kind = "gradient" if exercise.gradient else "value"
    names = " and ".join(name for name, *_ in wrong)
    says = f"{kind}: {names} {'is' if len(wrong) == 1 else 'are'} wrong, {case.about}"
    says += f" in {dtype}" if dtype == "float32" else ""
    says += f"; {', '.join(right)} right" if right else ""
    name, g, w = wrong[0]
    details = compare.entries(name, g, w, dtype)
    problem = name_mistake(exercise, f, Problem(kind, says, details))
    details = [] if problem.mistake else relations(exercise, f, dtype)
    details += broken_properties(exercise, f)
    again = call(exercise, f, cast(case.arguments, dtype))
    if not all(map(np.array_equal, compare.flat(again), [g for _, g, _ in pairs])):
        details.append("two calls with the same arguments give different results")
    problem.details += tuple(details)
    return problem


def results(exercise, f, dtype="float64"):
    """The results of all cases of a dtype: a list of arrays, or how the call failed."""
    found = []
    for case in exercise.cases:
        if dtype in case.floats:
            try:
                result = call(exercise, f, cast(case.arguments, dtype))
                found.append([np.array(a) for a in compare.flat(result)])
            except Problem as p:
                found.append(p.raised or p.kind)
            except (NotStarted, ValueError, TypeError):
                found.append("no array")
    return found


def known_mistake(exercise, f):
    """The known mistake that an answer equals, in every case or in its wrong results."""
    got = results(exercise, f)
    right = results(exercise, exercise.right)
    if all(matches(g, w, w, True) for g, w in zip(got, right, strict=True)):
        return None  # it is wrong in float32 alone
    for whole in (True, False):
        for known in exercise.known:
            theirs = results(exercise, known.function)
            if all(matches(g, t, w, whole) for g, t, w in zip(got, theirs, right, strict=True)):
                return known
    return None


def matches(got, theirs, right, whole):
    """Whether one case's results are a mistake's: all of them, or those that are wrong."""
    if isinstance(got, str) or isinstance(theirs, str):
        return got == theirs
    if len(got) != len(right):
        return False
    same = [compare.close(g, t) for g, t in zip(got, theirs, strict=True)]
    fine = [compare.close(g, w) for g, w in zip(got, right, strict=True)]
    return all(same) if whole else all(s or r for s, r in zip(same, fine, strict=True))


def name_mistake(exercise, f, problem):
    """The problem, with the known mistake that the answer behaves like, if there is one."""
    known = known_mistake(exercise, f)
    if known:
        said = f"it behaves like the known mistake {known.name}: {known.says}"
        problem.mistake, problem.details = known.name, (*problem.details, said)
    return problem


def relations(exercise, f, dtype):
    """How the wrong results are related to the right ones."""
    got, want = results(exercise, f, dtype), results(exercise, exercise.right, dtype)
    if any(isinstance(g, str) or len(g) != len(w) for g, w in zip(got, want, strict=True)):
        return []
    sizes = [case.sizes for case in exercise.cases if dtype in case.floats]
    columns = zip(*got, strict=True), zip(*want, strict=True)
    by_name = list(zip(exercise.gives, *columns, strict=True))
    lines = []
    for name, g, w in by_name:
        if not all(compare.close(a, b, dtype) for a, b in zip(g, w, strict=True)):
            parts = wrong_parts(exercise, name, g, w, dtype, sizes)
            said = exchanged(name, g, by_name, dtype)
            said = said or (not parts and compare.relation(name, g, w, sizes))
            lines += [said] if said else parts
    return lines + right_cases(exercise, got, want, dtype)


def wrong_parts(exercise, name, got, want, dtype, sizes):
    """Which parts of a result are wrong, where it is put together from several."""
    names = exercise.parts.get(name, ())
    if not names or any(np.shape(g) != np.shape(w) for g, w in zip(got, want, strict=True)):
        return []
    cut = [[np.split(a, len(names), axis=-1) for a in arrays] for arrays in (got, want)]
    columns = (zip(*side, strict=True) for side in cut)
    by_name = list(zip((f"the part of {part}" for part in names), *columns, strict=True))
    wrong, lines = [], []
    for part, (called, g, w) in zip(names, by_name, strict=True):
        if not all(compare.close(a, b, dtype) for a, b in zip(g, w, strict=True)):
            wrong.append(part)
            said = exchanged(called, g, by_name, dtype) or compare.relation(called, g, w, sizes)
            lines += [said] if said else []
    right = [part for part in names if part not in wrong]
    if not right:
        return []
    says = f"in {name} the part of {', '.join(wrong)} is wrong, that of {', '.join(right)} right"
    return [says, *lines]


def right_cases(exercise, got, want, dtype):
    """A line on the cases in which a wrong answer is right."""
    cases = [case for case in exercise.cases if dtype in case.floats]
    fine = [
        case.about
        for case, g, w in zip(cases, got, want, strict=True)
        if all(compare.close(a, b, dtype) for a, b in zip(g, w, strict=True))
    ]
    return [f"it is right {'; '.join(fine)}"] if fine else []


def exchanged(name, got, by_name, dtype):
    """Whether a result is what another one should be."""
    for other, _, want in by_name:
        if other != name and all(
            compare.close(a, b, dtype) for a, b in zip(got, want, strict=True)
        ):
            return f"{name} is what {other} should be"
    return None


def broken_properties(exercise, f):
    """A line on the first property of a right answer that this one lacks."""
    for holds in exercise.properties:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                said = holds(f)
        except Exception:  # a wrong answer may fail anywhere; its values have been judged
            said = None
        if said:
            return [f"property: {said}"]
    return []


# ---------------------------------------------------------------- find the bug


def judge_property(exercise, holds):
    """The reader's property: true of right functions, and false of the suspect."""
    suspect = exercise.suspect
    for variant in suspect.variants:
        if not truth(exercise, holds, variant):
            says = f"the property {exercise.function} does not hold for a right function either"
            details = ["compare up to rounding, as np.allclose does"]
            raise Problem("property", says, details)
    if truth(exercise, holds, suspect.wrong):
        says = f"the property {exercise.function} holds for {suspect.name} as handed out, too"
        details = ["it is true, but does not expose the bug: what else must hold?"]
        raise Problem("property", says, details)


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


def judge_mended(exercise, f):
    """The suspect, which should be mended by now."""
    name = exercise.suspect.name
    plain = dataclasses.replace(exercise, function=name, suspect=None)
    try:
        judge_answer(plain, f)
    except Problem as p:
        got, as_it_was = results(plain, f), results(plain, exercise.suspect.wrong)
        if all(matches(a, b, b, True) for a, b in zip(got, as_it_was, strict=True)):
            says = f"the property exposes the bug: well done. Now mend {name}"
            raise Problem("unmended", says) from None
        says = f"the property exposes the bug. {name}, as mended: {p.says}"
        raise Problem(p.kind, says, p.details, p.status, p.mistake) from None
