"""All exercises, and what their stubs say of them."""

import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

STUBS = Path(__file__).parent / "stubs"
FILES = {int(path.name[:2]): path.name for path in sorted(STUBS.glob("[0-9][0-9]_*.py"))}
MODULES = "first gradients lstm latent bound vae canvas filterbank read_write training backward"
MODULES = f"{MODULES} looking images bugs elsewhere pyramid labelled"
MODULES = dict(zip(FILES, MODULES.split(), strict=True))
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
SHOWS = Path(__file__).with_name("shows.py").read_text(encoding="utf-8")
SHOWN = set(re.findall(r'^@shows\("([\d.]+)"\)', SHOWS, re.MULTILINE))  # not imported for it


def chapter_of(number):
    """8 for "8.2"."""
    return int(number.partition(".")[0])


def of_chapter(chapter):
    """The numbers of a chapter's exercises."""
    return [number for number in LABELS if chapter_of(number) == chapter]


def in_order(numbers):
    """Numbers of exercises as a reader counts: 8.2 before 8.10."""
    return sorted(numbers, key=lambda number: tuple(map(int, number.split("."))))


class Catalogue(Mapping):
    """Number to Exercise; a chapter is imported when one of its exercises is asked for.

    So a check waits for no other chapter's cases, nor for what these import.
    """

    def __init__(self):
        self.chapters = {}

    def __getitem__(self, number):
        if number not in LABELS:
            raise KeyError(number)
        chapter = chapter_of(number)
        if chapter not in self.chapters:
            from draw_np.practice import texts

            module = import_module(f"draw_np.practice.chapters.{MODULES[chapter]}")
            self.chapters[chapter] = texts.completed(MODULES[chapter], module.EXERCISES, self)
        return self.chapters[chapter][number]

    def __iter__(self):
        return iter(LABELS)

    def __len__(self):
        return len(LABELS)


EXERCISES = Catalogue()
