"""All exercises, and what their stubs say of them."""

import re
from pathlib import Path
from typing import NamedTuple

from draw_np.practice import texts
from draw_np.practice.chapters import (
    backward,
    bound,
    bugs,
    canvas,
    elsewhere,
    filterbank,
    first,
    gradients,
    images,
    latent,
    looking,
    lstm,
    read_write,
    training,
    vae,
)

STUBS = Path(__file__).parent / "stubs"
EXERCISES = {}
for chapter in (
    first,
    gradients,
    lstm,
    latent,
    bound,
    vae,
    canvas,
    filterbank,
    read_write,
    training,
    backward,
    looking,
    images,
    bugs,
    elsewhere,
):
    name = chapter.__name__.rpartition(".")[2]
    EXERCISES = texts.completed(name, chapter.EXERCISES, EXERCISES)
FILES = {int(path.name[:2]): path.name for path in sorted(STUBS.glob("[0-9][0-9]_*.py"))}
FIRST_LINE = re.compile(
    r'"""Exercise (?P<number>\d+\.\d+): (?P<title>.+) '
    r"\((?P<difficulty>easy|medium|hard), (?P<minutes>\d+) minutes, about (?P<lines>\d+) lines?\)\."
)


class Label(NamedTuple):
    """The first line of a stub."""

    title: str
    difficulty: str
    minutes: int
    lines: int


def labels():
    """Number to Label of every stub."""
    found = {}
    for name in FILES.values():
        for m in FIRST_LINE.finditer((STUBS / name).read_text(encoding="utf-8")):
            found[m["number"]] = Label(
                m["title"], m["difficulty"], int(m["minutes"]), int(m["lines"])
            )
    return found


LABELS = labels()


def in_order(numbers):
    """Numbers of exercises as a reader counts: 8.2 before 8.10."""
    return sorted(numbers, key=lambda number: tuple(map(int, number.split("."))))
