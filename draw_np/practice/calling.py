"""Calls the reader's functions: whatever they do, it is a result or a Problem."""

import copy
import inspect
import traceback
import warnings

import numpy as np

from draw_np.practice import compare


class Problem(Exception):
    """The first thing that is wrong with an answer."""

    def __init__(self, kind, says, details=(), status="wrong", mistake="", raised=""):
        super().__init__(says)
        self.kind, self.says, self.details = kind, says, tuple(details)
        self.status, self.mistake, self.raised = status, mistake, raised


class NotStarted(Exception):
    """The answer is still its stub."""


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
    """An exception as a Problem, with the lines of the reader's file that it came from."""
    file = getattr(getattr(f, "__code__", None), "co_filename", None)
    lines = [
        f"line {frame.lineno} (`{frame.line[:70]}`)"
        for frame in traceback.extract_tb(e.__traceback__)
        if frame.filename == file
    ]
    text, kind = " ".join(str(e).split())[:200], type(e).__name__
    says = f"raises {kind}: {text}" if text else f"raises {kind}"
    if lines:
        says = f"{lines[-1]} {says}"
    if len(set(lines)) > 1:
        says += f"; it was called from {lines[0]}"
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


def named_arguments(exercise, arguments):
    """Every array and number of the arguments with its name: "raw", "gradient[0]", "att.delta"."""
    names = inspect.signature(exercise.right).parameters
    named = zip(names, arguments, strict=False)  # the right function may have more
    return [pair for argument in named for pair in named_parts(*argument)]


def named_parts(name, value):
    """An argument, or the parts of one that is a tuple."""
    if not isinstance(value, (tuple, list)):
        return [(name, value)]
    fields = getattr(value, "_fields", None)
    names = [f"{name}.{field}" for field in fields or ()]
    names = names or [f"{name}[{k}]" for k in range(len(value))]
    return [pair for part in zip(names, value, strict=True) for pair in named_parts(*part)]
