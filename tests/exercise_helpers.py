"""What the tests of the exercises share."""

import dataclasses
import shutil
from pathlib import Path

import exercise_corpus
import pytest

from draw_np.practice import contents, diagnose, files, judge

ROOT = Path(__file__).parent.parent
READERS = ROOT / "chapters" / "exercises"
EXERCISES = contents.EXERCISES
RIGHT, WRONG = exercise_corpus.read()
SAMPLE = "return mu + np.exp(log_sigma) * eps"
every_exercise = pytest.mark.parametrize("number", EXERCISES)


def remembered(results):
    """``results``, of right answers and known mistakes computed once: wrong ones ask for all."""
    found = {}

    def once(exercise, f, dtype="float64"):
        if f is not exercise.right and all(f is not known.function for known in exercise.known):
            return results(exercise, f, dtype)
        key = f, id(exercise.cases), dtype
        if key not in found:
            found[key] = exercise.cases, results(exercise, f, dtype)  # these cases stay alive
        return found[key][1]

    return once


diagnose.results = remembered(diagnose.results)


def verdict(number, *functions):
    return judge.verdict(EXERCISES[number], *functions)


def stub_functions(chapter):
    names = {}
    exec(compile(files.stub_text(chapter), contents.FILES[chapter], "exec"), names)
    return names


def right_of(number):
    return EXERCISES[number].right


def changed(number, place, change):
    """A right answer with one of its results changed: a function of it and the arguments."""

    def answer(*arguments):
        found = list(right_of(number)(*arguments))
        found[place] = change(found[place], *arguments)
        return tuple(found)

    return answer


def not_knowing(number, name):
    """An exercise as if one of its mistakes were not known."""
    exercise = EXERCISES[number]
    return dataclasses.replace(exercise, known=tuple(k for k in exercise.known if k.name != name))


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "checkout" / "chapters" / "exercises"
    shutil.copytree(contents.STUBS, place, ignore=shutil.ignore_patterns("__pycache__"))
    return place


def write_answers(folder, name, **bodies):
    """Put bodies in the place of stubs."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    for function, body in bodies.items():
        first, last = files.span(text, function)
        lines = text.splitlines()
        at = next(k for k in range(first, last) if lines[k].startswith(f"def {function}("))
        text = "\n".join([*lines[: at + 1], f"    {body}", *lines[last:]]) + "\n"
    path.write_text(text, encoding="utf-8")
