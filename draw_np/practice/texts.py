"""What stands beside a chapter's exercises, as text: hints, and the mistakes that they know.

A text has a part for each exercise::

    # 3.1 affine_backward

    - A hint.
    - The next one, which says more.

    weight-not-transposed: What is wrong, said to the reader.
        dx = dy @ W.T => dx = dy @ W
    forget-gate-missing
    as 3.2

A mistake is its name, what is said of it, and edits of the right answer, each a line: right
words, => and wrong ones. The right words stand in the exercise's right function, or else in
the first function of its ``solution`` or ``source`` that has them, and only once in it. A name
alone is one of ``draw_np.mistakes``, and "as 3.2" stands for all mistakes of 3.2. What no edit
can say is a function, in the exercise's ``otherwise``.
"""

import dataclasses
import functools
import re
from collections import ChainMap
from contextlib import ExitStack
from pathlib import Path

from draw_np import mistakes
from draw_np.practice.exercise import Known

FOLDER = Path(__file__).parent / "chapters"
PART = re.compile(r"^# (?P<number>\d+\.\d+) \w+$", re.MULTILINE)
ARROW = re.compile(r" +=>(?: +|$)")


def completed(chapter, exercises, before):
    """Exercises with the hints and the mistakes of their chapter's text.

    Parameters
    ----------
    chapter : str
        Name of the text, without its ending.
    exercises : sequence of Exercise
    before : mapping
        Number to Exercise of the other chapters, whose mistakes may come again.

    Returns
    -------
    dict
        Number to Exercise.
    """
    path, found = FOLDER / f"{chapter}.txt", {}
    parts = parts_of(path.read_text(encoding="utf-8")) if path.exists() else {}
    for exercise in exercises:
        if exercise.number in parts:
            exercise = with_text(exercise, parts[exercise.number], ChainMap(found, before))
        found[exercise.number] = exercise
    return found


def parts_of(text):
    """Number of an exercise to its lines, without empty ones."""
    _, *pieces = PART.split(text)
    bodies = ([line for line in body.splitlines() if line.strip()] for body in pieces[1::2])
    return dict(zip(pieces[::2], bodies, strict=True))


def with_text(exercise, lines, before):
    """An exercise with what its part of the text says; ``before``: those that came first."""
    hints = tuple(line.removeprefix("- ") for line in lines if line.startswith("- "))
    known = []
    for entry in entries(line for line in lines if not line.startswith("- ")):
        known += understood(exercise, *entry, before)
    suspect = exercise.suspect
    if suspect and not callable(suspect.wrong):
        wrong = handed_out(exercise, suspect, {k.name: k.function for k in known})
        suspect = dataclasses.replace(suspect, wrong=wrong)
    return dataclasses.replace(exercise, hints=hints, known=tuple(known), suspect=suspect)


def handed_out(exercise, suspect, known):
    """The wrong function of a "find the bug", from the name of its mistake, or from an edit."""
    if isinstance(suspect.wrong, str):
        return known[suspect.wrong]
    return spoiled(exercise.right, exercise.sources, [suspect.wrong], suspect.name)


def entries(lines):
    """First line of each mistake, with the lines of its edits."""
    found = []
    for line in lines:
        if line.startswith(" "):
            found[-1][1].append(line.strip())
        else:
            found.append((line, []))
    return found


def understood(exercise, line, edits, before):
    """The mistakes that one entry stands for."""
    if line.startswith("as "):
        other = before[line.removeprefix("as ")]
        return [again(exercise, other, known) for known in other.known]
    name, _, says = line.partition(": ")
    if name in exercise.otherwise:
        return [Known(name, says, exercise.otherwise[name])]
    edits, sources = [pair(exercise, line) for line in edits], exercise.sources
    if not says:
        entry = mistakes.CATALOGUE[name]
        says = f"The mistake is {infinitive(entry.does)} Symptom: {entry.symptom}."
        if not edits:
            edits, sources = entry.edits, [entry.right]
    if not edits:
        raise ValueError(f"exercise {exercise.number}: the mistake {name} has no edit")
    return [Known(name, says, spoiled(exercise.right, sources, edits, name), tuple(edits))]


def pair(exercise, line):
    """Right and wrong words."""
    words = ARROW.split(line)
    if len(words) != 2:
        raise ValueError(f"exercise {exercise.number}: this is no edit, right => wrong: {line}")
    return tuple(words)


def again(exercise, other, known):
    """A mistake of another exercise, whose right answer this one calls, or asks for again."""
    if exercise.right is other.right:
        return known
    wrong = spoiled(exercise.right, other.sources, known.edits, known.name)
    return dataclasses.replace(known, function=wrong)


def spoiled(right, sources, edits, name):
    """The right answer with edits in one of the sources; they are made when it is called."""
    by_function = functools.cache(lambda: edited_functions(sources, edits, name))

    @functools.wraps(right)
    def answer(*arguments, **named):
        with ExitStack() as stack:
            for function, wrong in by_function().items():
                stack.enter_context(mistakes.swapped(function, wrong))
            return by_function().get(right, right)(*arguments, **named)

    return answer


def edited_functions(sources, edits, name):
    """Function to the same as its edits make it."""
    found = {}
    for edit in edits:
        function = next((f for f in sources if mistakes.has(f, edit[0])), sources[0])
        found.setdefault(function, []).append(edit)
    return {f: mistakes.edited(f, some, name) for f, some in found.items()}


def infinitive(does):
    """What a mistake does, "Average the KL.", so that it cannot be read as advice.

    It becomes "to average the KL."; "Do not divide" becomes "not to divide", and a symbol
    such as KL keeps its capitals.
    """
    for begins, to in (("Do not ", "not to "), ("Never ", "never to ")):
        if does.startswith(begins):
            return to + does.removeprefix(begins)
    symbol = not does[1:2].islower()
    return f"to {does if symbol else does[0].lower() + does[1:]}"
