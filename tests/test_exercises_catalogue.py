"""The catalogue of exercises: stubs, hints, solutions, and mistakes that are known by name."""

import inspect
import re

from exercise_helpers import (
    EXERCISES,
    READERS,
    RIGHT,
    WRONG,
    every_exercise,
    stub_functions,
    verdict,
)

from draw_np import exercises, mistakes
from draw_np.practice import catalogue, compare, files, judge
from draw_np.practice.chapters import solutions


@every_exercise
def test_a_stub_waits(number):
    exercise = EXERCISES[number]
    names = stub_functions(exercise.chapter)
    found = verdict(number, *(names[name] for name in exercise.functions))
    assert found.status == "waits"


@every_exercise
def test_a_stub_says_what_is_asked(number):
    exercise, label = EXERCISES[number], catalogue.LABELS[number]
    text = inspect.cleandoc(stub_functions(exercise.chapter)[exercise.function].__doc__)
    assert f"Exercise {number}: {label.title} ({label.difficulty}, {label.minutes} min" in text
    assert 5 <= label.minutes <= 120 and 1 <= label.lines <= 50  # the whole network backward
    assert exercise.suspect or "Returns" in text
    code = inspect.signature(stub_functions(exercise.chapter)[exercise.function])
    solved = getattr(solutions, exercise.function) if exercise.suspect else exercise.right
    wanted = inspect.signature(solved).parameters
    assert [p for p in wanted if wanted[p].default is inspect.Parameter.empty] == list(
        code.parameters
    )


def test_no_stub_is_stray_and_none_is_missing():
    found = []
    for name in catalogue.FILES.values():
        found += re.findall(r'Error\("Exercise ([\d.]+):', (catalogue.STUBS / name).read_text())
    assert found == catalogue.in_order(EXERCISES) == catalogue.in_order(catalogue.LABELS)
    assert set(RIGHT) == set(WRONG) == set(EXERCISES)


@every_exercise
def test_hints_come_in_layers(number):
    hints = EXERCISES[number].hints
    assert 2 <= len(hints) <= 4 and len(set(hints)) == len(hints)
    assert all(len(hint) > 20 for hint in hints)


@every_exercise
def test_the_solution_passes(number):
    exercise = EXERCISES[number]
    if exercise.suspect:
        assert exercise.solution[0] is getattr(solutions, exercise.function)
        found = verdict(number, exercise.solution[0], exercise.right)
    else:
        found = verdict(number, exercise.right)
    assert found.status == "passed", found
    for function in exercise.solution:
        assert '"""' in exercises.source_of(function)


@every_exercise
def test_a_mistake_that_is_known_is_named(number):
    exercise = EXERCISES[number]
    names = [known.name for known in exercise.known]
    assert len(names) == len(set(names)) and len(names) >= 4 - (number == "3.1")
    for known in exercise.known if not exercise.suspect else ():
        found = verdict(number, known.function)
        assert found.status in ("wrong", "error") and found.mistake == known.name, found


def test_mistakes_of_the_catalogue_keep_their_names():
    used = {known.name for e in EXERCISES.values() for known in e.known}
    assert len(used & set(mistakes.CATALOGUE)) >= 25


@every_exercise
def test_what_the_suspect_does_is_what_is_handed_out(number):
    exercise = EXERCISES[number]
    if exercise.suspect:
        handed_out = stub_functions(exercise.chapter)[exercise.suspect.name]
        names = list(inspect.signature(handed_out).parameters)
        for f in (exercise.suspect.wrong, *exercise.suspect.variants):  # they may be called by name
            assert list(inspect.signature(f).parameters)[: len(names)] == names
        plain = judge.results(exercise, exercise.suspect.wrong)
        for a, b in zip(judge.results(exercise, handed_out), plain, strict=True):
            assert all(map(compare.close, a, b))


def test_the_readers_files_begin_as_the_stubs():
    """A file may be solved in part: what still waits has the text of its stub."""
    for chapter, name in catalogue.FILES.items():
        text, stub = (READERS / name).read_text(encoding="utf-8"), files.stub_text(chapter)
        waiting = set(files.waiting(text))
        for exercise in EXERCISES.values():
            if exercise.chapter == chapter and exercise.number in waiting:
                a, b = (
                    t.splitlines()[slice(*files.span(t, exercise.function))] for t in (text, stub)
                )
                assert a == b, exercise.number
