"""What stands beside a chapter's exercises, as text: all that is said of answers to them.

A text has a part for each exercise::

    # 3.1 affine_backward

    derivatives: dx, dW, db

    - A hint.
    - The next one, which says more.

    weight-not-transposed: What is wrong, said to the reader.
        dx = dy @ W.T => dx = dy @ W
    forget-gate-missing
    as 3.2

Names of results come first, after "derivatives" if they are that, else after "results". Where a
result is several parts of equal length side by side, a line "parts of da: i, f, g, o" names them.
To find a bug, "handed out" names the mistake that the reader gets, or stands above its edits;
"advice" is for a reader whose property does not hold for a right function.

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
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Exercise, Known

PART = re.compile(r"^# (?P<number>\d+\.\d+) \w+$", re.MULTILINE)
SAID = re.compile(r"(results|derivatives|parts of [^:]+|handed out|advice)(?:: (.*))?$")
ARROW = re.compile(r" +=>(?: +|$)")


def completed(module, functions, before):
    """The exercises of a module, with what their stubs and their chapter's text say.

    Parameters
    ----------
    module : module
        Has the exercises, under whatever names; the text stands beside it.
    functions : dict
        Number of an exercise to the names of the reader's functions, in order.
    before : mapping
        Number to Exercise of the other chapters, whose mistakes may come again.

    Returns
    -------
    dict
        Number to Exercise.
    """
    parts = parts_of(Path(module.__file__).with_suffix(".txt").read_text(encoding="utf-8"))
    exercises = {e.number: e for e in vars(module).values() if isinstance(e, Exercise)}
    found = {}
    for number, named in functions.items():
        exercise = dataclasses.replace(exercises[number], functions=tuple(named))
        exercise = with_text(exercise, parts[number], ChainMap(found, before))
        found[number] = with_solution(exercise)
    return found


def with_solution(exercise):
    """An exercise whose solution is there: else its right answer; a property always is."""
    shown = exercise.solution or (exercise.right,)
    if exercise.suspect:
        shown = (getattr(solutions, exercise.function), *shown)
    return dataclasses.replace(exercise, solution=shown)


def parts_of(text):
    """Number of an exercise to its lines, without empty ones."""
    _, *pieces = PART.split(text)
    bodies = ([line for line in body.splitlines() if line.strip()] for body in pieces[1::2])
    return dict(zip(pieces[::2], bodies, strict=True))


def with_text(exercise, lines, before):
    """An exercise with what its part of the text says; ``before``: those that came first."""
    hints = tuple(line.removeprefix("- ") for line in lines if line.startswith("- "))
    said, known = {}, []
    for line, edits in entries(line for line in lines if not line.startswith("- ")):
        if m := SAID.match(line):
            said[m[1]] = edits or m[2]
        else:
            known += understood(exercise, line, edits, before)
    if not said.keys() & {"results", "derivatives"}:
        raise ValueError(f"exercise {exercise.number}: its text names no results")
    return dataclasses.replace(
        exercise,
        gives=names(said.get("derivatives") or said["results"]),
        parts={w.removeprefix("parts of "): names(v) for w, v in said.items() if w[:5] == "parts"},
        gradient="derivatives" in said,
        hints=hints,
        known=tuple(known),
        suspect=exercise.suspect and with_bug(exercise, said, known),
    )


def names(text):
    """What commas part."""
    return tuple(text.split(", "))


def with_bug(exercise, said, known):
    """The suspect, with the wrong function that is handed out: a known mistake, or by edits."""
    bug = said["handed out"]
    if isinstance(bug, str):
        (wrong,) = (k.function for k in known if k.name == bug)
    else:
        edits = [pair(exercise, line) for line in bug]
        wrong = spoiled(exercise.right, exercise.sources, edits, exercise.functions[1])
    return dataclasses.replace(exercise.suspect, wrong=wrong, advice=said.get("advice", ""))


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
