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
STUB = re.compile(
    r"^def (?P<function>\w+)\(.*\):\s+"
    r'"""(?:Exercise (?P<number>\d+\.\d+): (?P<title>.+) '
    r"\((?P<difficulty>easy|medium|hard), (?P<minutes>\d+) minutes, "
    r"about (?P<lines>\d+) lines?\)\.)?",
    re.MULTILINE,
)


class Label(NamedTuple):
    """What a stub says of its exercise."""

    functions: list  #: names of what the reader writes or mends
    title: str
    difficulty: str
    minutes: int
    lines: int


def labels():
    """Number to Label of every stub."""
    found = {}
    for name in FILES.values():
        for m in STUB.finditer((STUBS / name).read_text(encoding="utf-8")):
            if m["number"]:
                label = Label([], m["title"], m["difficulty"], int(m["minutes"]), int(m["lines"]))
                found[m["number"]] = label
            label.functions.append(m["function"])  # without a number it is the suspect
    return found


LABELS = labels()
SHOWS = Path(__file__).with_name("shows.py").read_text(encoding="utf-8")
SHOWN = {f"{c}.{k}" for c, k in re.findall(r"^def shows_(\d+)_(\d+)", SHOWS, re.MULTILINE)}


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
            functions = {number: LABELS[number].functions for number in of_chapter(chapter)}
            self.chapters[chapter] = texts.completed(module, functions, self)
        return self.chapters[chapter][number]

    def __iter__(self):
        return iter(LABELS)

    def __len__(self):
        return len(LABELS)


EXERCISES = Catalogue()
