"""Checks the reader's files, each in a process of its own, with a limit on time."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from draw_np.practice import contents, files
from draw_np.practice.exercise import Verdict

SECONDS = 10  # for one exercise, or for one statement outside of them
STARTING = 120  # for Python and NumPy to start, on a slow machine
ROOT = Path(__file__).parent.parent.parent
SPARE = []  # workers that were started ahead


class Note(NamedTuple):
    """Something wrong in a file outside its exercises."""

    file: str  #: its name
    line: int  #: where
    says: str  #: what

    def __str__(self):
        return f"{self.file}, line {self.line}: {self.says}"


class Checked(NamedTuple):
    """What came out of a check."""

    verdicts: dict  #: number to Verdict, in order
    notes: list  #: of Note

    def having(self, *statuses):
        """The numbers with one of these statuses."""
        return [number for number, v in self.verdicts.items() if v.status in statuses]

    @property
    def exit_code(self):
        """0 if all passed, 1 if something is wrong, 3 if nothing is but some are not begun."""
        if self.having("wrong", "error") or self.notes:
            return 1
        return 3 if self.having("waits", "absent") else 0


def check(folder, numbers=tuple(contents.LABELS), seconds=SECONDS, progress=iter, pictures=None):
    """Check exercises in the reader's folder.

    Parameters
    ----------
    folder : Path
    numbers : sequence of str
    seconds : float
        Limit for each exercise.
    progress : callable
        Wraps the list of the chapters' numbers, to show how far it is.
    pictures : dict, optional
        Number to the file for a picture of what a right answer makes.

    Returns
    -------
    Checked
    """
    verdicts, notes = {}, []
    for chapter in progress(sorted(set(map(contents.chapter_of, numbers)))):
        wanted = [n for n in numbers if contents.chapter_of(n) == chapter]
        found, more = check_file(folder / contents.FILES[chapter], wanted, seconds, pictures)
        verdicts |= found
        notes += more
    return Checked({n: verdicts[n] for n in contents.in_order(verdicts)}, notes)


def check_file(path, numbers, seconds, pictures=None):
    """Verdicts by number, and notes, on one file; a process that hangs or dies is replaced."""
    try:
        text = files.read(path)  # once: it may be another, or gone, a moment later
        files.expect_python(path, text)
    except ValueError as e:
        status = "error" if path.exists() else "absent"
        return {n: Verdict(n, status, "file", str(e)) for n in numbers}, []
    if text == files.stub_text(int(path.name[:2])):
        return {n: Verdict(n, "waits") for n in numbers}, []
    verdicts, notes, skip = {}, {}, []
    while left := [n for n in numbers if n not in verdicts]:
        request = {"path": str(path.resolve()), "text": text, "numbers": left, "skip": skip}
        request["pictures"] = {n: str(place.resolve()) for n, place in (pictures or {}).items()}
        at, how = run(request, seconds, verdicts, notes)
        if at is None:
            break
        if at.get("number") in verdicts:  # it was judged, but left NumPy damaged, or has no picture
            continue
        if "number" in at:
            number = at["number"]
            verdicts[number] = Verdict(number, "error", *said_of(how, seconds))
        else:
            skip.append(at["line"])
            notes[at["line"]] = f"{said_of(how, seconds)[1]}; the line is left out"
    for n, v in verdicts.items():
        if v.picture:
            verdicts[n] = replace(v, picture=f"{pictures[n]}: {v.picture}")
    return verdicts, [Note(path.name, line, notes[line]) for line in sorted(notes)]


def train(folder, checked, request):
    """Train a network with a reader's functions: what the worker says, message for message.

    Parameters
    ----------
    folder : Path
    checked : Checked
        Of the pieces.
    request : dict
        For ``own.train``, and ``pieces``: numbers of answers that pass.

    Yields
    ------
    dict
        Last is ``done`` or ``broken``, where all goes well. One of the worker's end is made up.
    """
    found = {}
    for number in request["pieces"]:
        path = folder / contents.FILES[contents.chapter_of(number)]
        lines = [note.line for note in checked.notes if note.file == path.name]
        found[path.name] = {"path": str(path.resolve()), "text": files.read(path), "skip": lines}
    with conversation(request | {"files": list(found.values())}) as (process, hear):
        try:
            while message := hear(STARTING):
                yield message
        except queue.Empty:
            yield {"broken": None, "says": said_of(None, STARTING)[1]}
        else:
            yield {"broken": None, "says": said_of(process.wait(), STARTING)[1]}


def said_of(end, seconds):
    """Kind and sentence for a process that ended otherwise than it should."""
    if end is None:
        return "time", f"it takes longer than {seconds:g} seconds: is there an endless loop?"
    how = f"signal {-end}" if end < 0 else f"exit code {end}"
    return "crash", f"it brings Python itself to an end ({how})"


def run(request, seconds, verdicts, notes):
    """One process, as far as it comes.

    Fills ``verdicts`` and ``notes``. Returns where it stopped, the last thing that it
    began, or None if it got to the end; and how: its exit code, or None for the limit.
    """
    at = None
    with conversation(request) as (process, hear):
        try:
            while message := hear(limit(at, seconds)):
                if "done" in message:
                    return None, 0
                if "begin" in message or "ready" in message:
                    at = message
                elif "note" in message:
                    notes[message["line"]] = message["note"]
                elif "verdict" in message:
                    v = message["verdict"]
                    verdicts[v["number"]] = Verdict(**v | {"details": tuple(v["details"])})
                elif "picture" in message:
                    number = message["number"]
                    verdicts[number] = replace(verdicts[number], picture=message["picture"])
        except queue.Empty:
            if "line" in (at or {}) or "number" in (at or {}):
                return at, None
            raise RuntimeError("the checker did not start") from None
        if "line" in (at or {}) or "number" in (at or {}):
            return at, process.wait()
        raise RuntimeError(f"the checker did not start (exit code {process.wait()})")


def limit(at, seconds):
    """Seconds for what the process has begun: an answer has few, imports and pictures have more."""
    return seconds if at and at.get("begin") != "picture" else STARTING


@contextlib.contextmanager
def conversation(request):
    """A worker with a request, for the block, and ``hear(limit)``: what it says next.

    That is None at its end, and queue.Empty at the limit. What is left of it then is ended.
    """
    process, messages = SPARE.pop() if SPARE else start(), queue.Queue()
    listener = threading.Thread(target=listen, args=(process, request, messages), daemon=True)
    listener.start()
    try:
        yield process, partial(messages.get, True)
    finally:
        end(process)
        listener.join(timeout=1)
        if not listener.is_alive():  # else a process that got away holds the pipe: leave it
            process.stdout.close()


@contextlib.contextmanager
def warm():
    """Within the block a function that starts a worker ahead, so that a check need not wait."""
    try:
        yield lambda: SPARE or SPARE.append(start("warm"))
    finally:
        while SPARE:
            process = SPARE.pop()
            end(process)
            process.stdin.close()
            process.stdout.close()


def end(process):
    """End a worker, and whatever it has started."""
    with contextlib.suppress(AttributeError, ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own
    process.kill()
    process.wait()


def start(*how):
    """A worker process that waits for its request; a "warm" one has imported all by then."""
    path = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH")) if p)
    environment = os.environ | {
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONOPTIMIZE": "",  # properties are assertions
        "MPLBACKEND": "Agg",
        "OPENBLAS_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "draw_np.practice.worker", *how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def listen(process, request, messages):
    """Hand a worker its request, and pass on what it says; None at the end."""
    with contextlib.suppress(OSError, ValueError):
        process.stdin.write(json.dumps(request).encode())
        process.stdin.close()
        for line in process.stdout:
            with contextlib.suppress(json.JSONDecodeError):
                messages.put(json.loads(line))
    messages.put(None)
