"""The reader's files: what stands in them, whatever that is, and putting a stub back."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

from draw_np.practice import contents

PLACE = Path("chapters") / "exercises"
PICTURES = "pictures"  # the folder beside the files for what right answers make
OLD = "old"  # the folder beside the files that keeps what a reset replaced
BOUNDARY = re.compile(r"^(?:def|async def|class)\b|^@")
DEFINES = re.compile(r"^(?:async )?def (\w+)", re.MULTILINE)


class Piece(NamedTuple):
    """A part of a file that parses, or does not, by itself."""

    nodes: list  #: its statements
    names: tuple  #: the functions that it defines
    line: int  #: where it begins, or where its error is
    error: str  #: what keeps it from being Python, or ""


def find(start):
    """The folder ``chapters/exercises`` of the checkout that ``start`` lies in, or None."""
    return next((at / PLACE for at in (start, *start.parents) if (at / PLACE).is_dir()), None)


def pictures(folder, numbers):
    """Number to the file for its picture, of the exercises that have one."""
    shown = set(numbers) & contents.SHOWN
    return {number: folder / PICTURES / f"{number}.png" for number in contents.in_order(shown)}


def begun(folder):
    """Whether any file of a chapter is in a folder."""
    return any((folder / name).exists() for name in contents.FILES.values())


def start(folder, numbers):
    """Hand out exercises: their stubs, in files that are not there yet.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    numbers : sequence of str

    Returns
    -------
    list of str
        The names of the files that were written. What was there is never touched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    asked, written = set(numbers), []
    for chapter, name in contents.FILES.items():
        if (folder / name).exists() or not asked & set(contents.of_chapter(chapter)):
            continue
        here = [contents.EXERCISES[number] for number in contents.of_chapter(chapter)]
        text = stub_text(chapter)
        for function in (f for e in here if e.number not in asked for f in e.functions):
            text = without(text, function)
        (folder / name).write_text(text, encoding="utf-8")
        written.append(name)
    return written


def without(text, name):
    """A text without one of its functions."""
    first, last = span(text, name)
    lines = text.splitlines()
    while last < len(lines) and not lines[last].strip():
        last += 1
    return "\n".join([*lines[:first], *lines[last:]]).rstrip("\n") + "\n"


def read(path):
    """The text of a file, without a byte-order mark; raises ValueError, in a sentence."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValueError(f"{path.name} is missing: start {int(path.name[:2])} makes it") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path.name} is not text in UTF-8") from None
    except OSError as e:
        raise ValueError(f"{path.name} cannot be read ({e.strerror})") from None


def pieces(text):
    """A text in pieces: one if it is Python, else one a function, so that one error is one.

    Where the whole does not parse it is cut at every line that begins a function or a
    class, and the parts are parsed by themselves.
    """
    whole, lines = piece(text, 1), text.splitlines(keepends=True)
    starts = [k for k, line in enumerate(lines) if BOUNDARY.match(line)]
    if not whole.error or not starts:
        return [whole]
    starts = [k for k in starts if k == 0 or not lines[k - 1].startswith("@")]
    spans = [(0, starts[0]), *zip(starts, [*starts[1:], len(lines)], strict=True)]
    return [piece("".join(lines[a:b]), a + 1) for a, b in spans if b > a]


def expect_python(path, text):
    """ValueError, in a sentence, if nothing in a text is Python."""
    first, *others = pieces(text)
    if first.error and not others and not first.names:
        raise ValueError(f"{path.name} is not Python: line {first.line}: {first.error}")


def piece(text, first):
    """One piece, which begins at line ``first`` of its file."""
    names = tuple(DEFINES.findall(text))
    try:
        return Piece(ast.parse("\n" * (first - 1) + text).body, names, first, "")
    except SyntaxError as e:
        return Piece([], names, e.lineno or first, f"{type(e).__name__}: {e.msg}")
    except (ValueError, RecursionError, MemoryError) as e:  # a NUL byte, endless brackets
        return Piece([], names, first, f"{type(e).__name__}: {e}")


def waiting(text):
    """Numbers of the exercises whose function is still its stub."""
    found = []
    for part in pieces(text):
        for node in part.nodes:
            if isinstance(node, ast.FunctionDef):
                statements = node.body[ast.get_docstring(node) is not None :]
                said = refusal(statements[0]) if len(statements) == 1 else None
                found += [said] if said else []
    return found


def refusal(statement):
    """The number in ``raise NotImplementedError("Exercise 8.2: ...")``, or None."""
    match statement:
        case ast.Raise(
            exc=ast.Call(func=ast.Name(id="NotImplementedError"), args=[ast.Constant(value=str(s))])
        ):
            number = re.match(r"Exercise (\d+\.\d+):", s)
            return number[1] if number else None
    return None


def count_waiting(folder):
    """How many exercises are not started, without running anything; all, where no file is."""
    if not begun(folder):
        return len(contents.LABELS)
    total = 0
    for name in contents.FILES.values():
        try:
            total += len(set(waiting(read(folder / name))) & set(contents.LABELS))
        except ValueError:
            continue
    return total


def touched(chapter, old, new):
    """Numbers of a chapter's exercises whose functions are others in two texts."""

    def functions(text):
        lines = text.splitlines()
        return {name: lines[slice(*place)] for name in names if (place := span(text, name))}

    owners = {f: n for n in contents.of_chapter(chapter) for f in contents.EXERCISES[n].functions}
    names = list(owners)
    before, after = functions(old), functions(new)
    return contents.in_order({owners[f] for f in names if before.get(f) != after.get(f)})


# ---------------------------------------------------------------- reset


def stub_text(chapter):
    """The file of a chapter as it is handed out."""
    return (contents.STUBS / contents.FILES[chapter]).read_text(encoding="utf-8")


def span(text, name):
    """First line and the line after the last of a function, counted from 0, or None."""
    for part in pieces(text):
        for node in part.nodes:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1, (
                    node.end_lineno
                )
    lines = text.splitlines()
    starts = [k for k, line in enumerate(lines) if re.match(rf"def {name}\b", line)]
    if not starts:
        return None
    after = (k for k in range(starts[0] + 1, len(lines)) if BOUNDARY.match(lines[k]))
    end = next(after, len(lines))
    while end > starts[0] + 1 and not lines[end - 1].strip():
        end -= 1
    return starts[0], end


def reset(folder, exercise):
    """Put the stub of an exercise back; the file as it was is kept.

    Returns
    -------
    Path or None
        Where the old text is now; None if there was no file.
    """
    path, stub = folder / contents.FILES[exercise.chapter], stub_text(exercise.chapter)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(stub, encoding="utf-8")
        return None
    kept = keep(path, exercise.number)
    try:
        text = read(path)
    except ValueError:  # not text at all
        path.write_text(stub, encoding="utf-8")
        return kept
    for name in exercise.functions:
        text = replaced(text, name, stub)
    path.write_text(text, encoding="utf-8")
    return kept


def replaced(text, name, stub):
    """``text`` with the function ``name`` as in ``stub``; at the end if it had none."""
    first, last = span(stub, name)
    fresh = stub.splitlines()[first:last]
    lines, place = text.splitlines(), span(text, name)
    if place is None:
        return "\n".join([*lines, "", "", *fresh]) + "\n"
    return "\n".join([*lines[: place[0]], *fresh, *lines[place[1] :]]) + "\n"


def keep(path, number):
    """A copy of a file under a name that was free."""
    folder = path.parent / OLD
    folder.mkdir(exist_ok=True)
    n = 1
    while (kept := folder / f"{path.stem}.before-reset-of-{number}.{n}.txt").exists():
        n += 1
    kept.write_bytes(path.read_bytes())
    return kept
