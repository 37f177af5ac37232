"""The catalogue of exercises: stubs, hints, solutions, and mistakes that are known by name."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from exercise_helpers import (
    EXERCISES,
    RIGHT,
    WRONG,
    every_exercise,
    right_of,
    stub_functions,
    verdict,
)

from draw_np import exercises, mistakes
from draw_np.measuring.bounds import Bound
from draw_np.practice import compare, contents, judge, texts
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Exercise, Suspect, sized


@every_exercise
def test_a_stub_waits(number):
    exercise = EXERCISES[number]
    names = stub_functions(exercise.chapter)
    found = verdict(number, *(names[name] for name in exercise.functions))
    assert found.status == "waits"


@every_exercise
def test_a_stub_says_what_is_asked(number):
    exercise, label = EXERCISES[number], contents.LABELS[number]
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
    for name in contents.FILES.values():
        found += re.findall(r'Error\("Exercise ([\d.]+):', (contents.STUBS / name).read_text())
    assert found == contents.in_order(EXERCISES) == contents.in_order(contents.LABELS)
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
        handed_out, suspect = (
            stub_functions(exercise.chapter)[exercise.functions[1]],
            exercise.suspect,
        )
        names = list(inspect.signature(handed_out).parameters)
        for f in (suspect.wrong, exercise.right, suspect.otherwise):  # they may be called by name
            assert list(inspect.signature(f).parameters)[: len(names)] == names
        plain = judge.results(exercise, suspect.wrong)
        for a, b in zip(judge.results(exercise, handed_out), plain, strict=True):
            assert all(map(compare.close, a, b))


@every_exercise
def test_a_property_asserts(number):
    for holds in EXERCISES[number].properties + EXERCISES[number].demands:
        source = inspect.getsource(holds)
        assert "    assert " in source and not re.search("^    return|yield", source, re.MULTILINE)


# ---------------------------------------------------------------- the texts


def exercise_of(text, **more):
    """An exercise of one cosine, with a text."""
    exercise = Exercise("1.1", cosine, (), **more)
    results = "" if text.startswith("derivatives") else "results: y\n\n"
    (lines,) = texts.parts_of(f"# 1.1 f\n\n{results}{text}\n").values()
    return texts.with_text(exercise, lines, {})


def cosine(x):
    """The right answer."""
    return np.cos(x) + rest(x)


def rest(x):
    """What it calls."""
    return 0 * x


def test_a_mistake_is_an_edit_of_the_right_answer_or_of_what_it_calls():
    said = "- A hint.\n\nsine: It is a sine.\n    np.cos => np.sin\n    0 * x => 1 + 0 * x\n"
    exercise = exercise_of(said, source=(rest,))
    assert exercise.hints == ("A hint.",)
    (known,) = exercise.known
    assert (known.name, known.says) == ("sine", "It is a sine.")
    assert texts.spoiled(cosine, [cosine], [("np.cos", "np.sin")], "sine")(0.5) == np.sin(0.5)
    assert cosine(0.5) == np.cos(0.5)


@pytest.mark.parametrize(
    "edit, words",
    [
        ("np.cosh => np.sin", "`np.cosh`, which stands 0 times in cosine"),
        ("x => y", "`x`, which stands 2 times in cosine"),
        ("np.cos np.sin", "exercise 1.1: this is no edit"),
        ("", "the mistake sine has no edit"),
    ],
)
def test_an_edit_that_cannot_be_made_is_an_error(edit, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        exercise_of(f"sine: It is a sine.\n    {edit}").known[0].function(0.5)


def test_results_are_named_and_may_be_derivatives_with_parts():
    exercise = exercise_of("derivatives: da, ds\nparts of da: i, f, g, o")
    assert (exercise.gives, exercise.gradient) == (("da", "ds"), True)
    assert exercise.parts == {"da": ("i", "f", "g", "o")}
    with pytest.raises(ValueError, match=re.escape("exercise 1.1: its text names no results")):
        texts.with_text(Exercise("1.1", cosine, ()), ["- A hint."], {})


def test_a_bug_is_a_known_mistake_or_an_edit_that_the_text_names():
    text = "handed out: sine\nadvice: Look twice.\nsine: It is a sine.\n    np.cos => np.sin"
    suspect = exercise_of(text, suspect=Suspect(cosine)).suspect
    assert (suspect.wrong(0.5), suspect.advice) == (np.sin(0.5), "Look twice.")
    text = "handed out\n    np.cos => np.tan"
    bug = exercise_of(text, suspect=Suspect(cosine), functions=("holds", "f")).suspect.wrong
    assert bug(0.5) == np.tan(0.5)


def test_cases_of_some_sizes():
    @sized("for {M:image} and {n:class}{more}", pixels="Mn")
    def case(M, n, more="", scale=2):
        return np.zeros(M), n * scale

    one, two = case.each((1, 2), (3, 1, ", and more"))
    assert [c.about for c in (one, two)] == [
        "for 1 image and 2 classes",
        "for 3 images and 1 class, and more",
    ]
    assert two.sizes == {"M": 3, "n": 1, "pixels": 3} and two.arguments[1] == 2
    assert case(1, 1, floats=("float64",)).floats == ("float64",)


def test_what_no_edit_can_say_is_a_function():
    exercise = exercise_of("other: It is another.", otherwise={"other": np.tan})
    assert exercise.known[0].function is np.tan


def test_every_part_of_a_text_is_that_of_an_exercise_with_its_function():
    for path in Path(solutions.__file__).parent.glob("*.txt"):
        heads = re.findall(r"^# (\S+) (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert heads == [(number, EXERCISES[number].function) for number, _ in heads]
    assert all(exercise.hints for exercise in EXERCISES.values())


def test_a_solution_does_not_show_a_later_exercise():
    numbers = list(EXERCISES)
    for k, number in enumerate(numbers):
        later = {EXERCISES[n].function for n in numbers[k + 1 :]} - {EXERCISES[number].function}
        shown = {function.__name__ for function in EXERCISES[number].solution}
        assert not shown & later, number
    names = [f.__name__ for n in ("7.3", "7.4", "11.2") for f in EXERCISES[n].solution]
    assert not {"step", "unroll", "step_backward"} & set(names)


def test_a_bound_is_that_of_the_package():
    log_w = np.random.default_rng(0).standard_normal((4, 3)) - 700
    assert np.allclose(right_of("5.6")(log_w), Bound(None, None, log_w).importance_weighted_each)
