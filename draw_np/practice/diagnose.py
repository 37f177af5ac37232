"""Why an answer is wrong: a known mistake, a relation to the right results, a broken property."""

import traceback
import warnings

import numpy as np

from draw_np.practice import compare
from draw_np.practice.calling import cast, named_arguments, results
from draw_np.practice.relations import Setting, relation

# ---------------------------------------------------------------- known mistakes


def name_mistake(exercise, f, problem):
    """The problem, with the known mistake that the answer behaves like, if there is one."""
    known, where = known_mistake(exercise, f)
    if known:
        said = f"{where}it behaves like the known mistake {known.name}: {known.says}"
        problem.mistake, problem.details = known.name, (*problem.details, said)
    return problem


def known_mistake(exercise, f):
    """The known mistake whose results an answer has, and where: all of them, or all that are wrong.

    Without one, None and nothing.
    """
    got, right = results(exercise, f), results(exercise, exercise.right)
    if same(got, right):
        return None, ""  # it is wrong in float32 alone
    theirs = [(known, results(exercise, known.function)) for known in exercise.known]
    for fits, where in ((same, ""), (same_where_wrong, "where it is wrong, ")):
        for known, found in theirs:
            if fits(got, found, right):
                return known, where
    return None, ""


def same(got, theirs, right=None):
    """Whether all results of all cases are equal, or failed alike."""
    return all(
        g == t
        if isinstance(g, str) or isinstance(t, str)
        else len(g) == len(t) and all(map(compare.close, g, t))
        for g, t in zip(got, theirs, strict=True)
    )


def same_where_wrong(got, theirs, right):
    """Whether the results that are wrong in some case are a mistake's, in all cases.

    That both are NaN proves nothing: there are many ways to it. Some of the wrong numbers
    must be numbers.
    """
    if any(isinstance(r, str) or len(r) != len(right[0]) for side in (got, theirs) for r in side):
        return False
    columns = [
        (g, t, w)
        for g, t, w in zip(*(zip(*side, strict=True) for side in (got, theirs, right)), strict=True)
        if not all(map(compare.close, g, w))
    ]
    return all(all(map(compare.close, g, t)) for g, t, _ in columns) and any(
        wrong_number(g, w) for gs, _, ws in columns for g, w in zip(gs, ws, strict=True)
    )


def wrong_number(g, w):
    """Whether there is a finite entry that is wrong."""
    finite = np.isfinite(g)
    if g.shape != w.shape:
        return bool(finite.any())
    return not compare.close(g[finite], w[finite])


# ---------------------------------------------------------------- relations


def relations(exercise, f, dtype):
    """How the wrong results are related to the right ones."""
    got, want = results(exercise, f, dtype), results(exercise, exercise.right, dtype)
    if any(isinstance(g, str) or len(g) != len(w) for g, w in zip(got, want, strict=True)):
        return []
    settings = [setting(exercise, case, dtype) for case in exercise.cases if dtype in case.floats]
    columns = zip(*got, strict=True), zip(*want, strict=True)
    by_name = list(zip(exercise.gives, *columns, strict=True))
    lines, found = [], {}
    for name, g, w in by_name:
        if not all_close(g, w, dtype):
            parts = wrong_parts(exercise, name, g, w, dtype, settings)
            said = exchanged(name, g, by_name, dtype)
            said = said or (not parts and relation(g, w, settings))
            lines += [] if said else parts
            if said:
                found.setdefault(said, []).append(name)
    return (
        [of_each(*item) for item in found.items()] + lines + right_cases(exercise, got, want, dtype)
    )


def of_each(said, names):
    """A relation that several results may have."""
    return f"{names[0]} {said}" if len(names) == 1 else f"each of {compare.listed(names)} {said}"


def all_close(got, want, dtype):
    """In all cases."""
    return all(compare.close(g, w, dtype) for g, w in zip(got, want, strict=True))


def setting(exercise, case, dtype="float64"):
    """The sizes of a case, and those of its arguments that may be a factor."""
    scales = {}
    for name, value in named_arguments(exercise, cast(case.arguments, "float64")):
        kind = getattr(np.asarray(value), "dtype", np.dtype(object)).kind
        if kind in "if" and np.ndim(value) < 2 and np.all(np.asarray(value) > 0):
            scales[name] = np.asarray(value, np.float64)
    return Setting(case.sizes, scales, dtype)


def wrong_parts(exercise, name, got, want, dtype, settings):
    """Which parts of a result are wrong, where it is put together from several."""
    names = exercise.parts.get(name, ())
    if not names or any(np.shape(g) != np.shape(w) for g, w in zip(got, want, strict=True)):
        return []
    cut = [[np.split(a, len(names), axis=-1) for a in arrays] for arrays in (got, want)]
    columns = (zip(*side, strict=True) for side in cut)
    by_name = list(zip((f"the part of {part}" for part in names), *columns, strict=True))
    wrong, lines = [], []
    for part, (called, g, w) in zip(names, by_name, strict=True):
        if not all_close(g, w, dtype):
            wrong.append(part)
            said = exchanged(called, g, by_name, dtype) or relation(g, w, settings)
            lines += [f"{called} {said}"] if said else []
    right = [part for part in names if part not in wrong]
    if not right:
        return []
    says = f"in {name} the part of {compare.listed(wrong)} is wrong"
    return [f"{says}; correct: {compare.listed(right)}", *lines]


def right_cases(exercise, got, want, dtype):
    """A line on the cases in which a wrong answer is right."""
    cases = [case for case in exercise.cases if dtype in case.floats]
    fine = [
        case.about for case, g, w in zip(cases, got, want, strict=True) if all_close(g, w, dtype)
    ]
    return [f"it is right {'; '.join(fine)}"] if fine else []


def exchanged(name, got, by_name, dtype):
    """Whether a result is what another one should be."""
    for other, _, want in by_name:
        if other != name and all_close(got, want, dtype):
            return f"is what {other} should be"
    return None


# ---------------------------------------------------------------- properties


def broken(properties, f):
    """What the first property of a right answer says that this one lacks, or None."""
    if not __debug__:
        raise RuntimeError("properties are assertions: run Python without -O")
    for holds in properties:
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                holds(f)
        except Exception as e:  # a wrong answer may fail anywhere; its values have been judged
            *_, (frame, _) = traceback.walk_tb(e.__traceback__)
            if isinstance(e, AssertionError) and frame.f_code is holds.__code__:
                return str(e)
    return None
