"""Runs one of the reader's files: started by ``runner``, as a process of its own.

It reads a request from standard input, JSON: a file's path and text, the numbers of the exercises
and the lines of statements to leave out; or the pieces of a network, for ``own``. It writes a
line of JSON before every statement and every exercise, so that the runner knows where it
hangs or dies, and one for each result. What the reader's code prints goes nowhere else than
into the verdict.
"""

import ast
import contextlib
import dataclasses
import io
import json
import linecache
import os
import sys
import types
import warnings
from pathlib import Path

import numpy

from draw_np.practice import contents, files, judge
from draw_np.practice.exercise import Verdict

KEPT = 1000  # characters of what an exercise prints


class Limited(io.TextIOBase):
    """Standard output that keeps the beginning and forgets the rest."""

    def __init__(self):
        self.text = ""

    def writable(self):
        """It takes all."""
        return True

    def write(self, text):
        """Keep what still fits."""
        self.text += str(text)[: KEPT - len(self.text)]
        return len(text)


def load(path, text, skip, tell):
    """Run a text, as that of a file, statement by statement: one that fails stops no others.

    Returns
    -------
    dict
        The module's names.
    list of (line, sentence)
        What failed outside the exercises.
    dict
        Function name to the sentence on why it is not there.
    """
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    linecache.cache[str(path)] = len(text), None, text.splitlines(keepends=True), str(path)
    sys.modules[path.stem] = module
    notes, broken = [], {}
    for piece in files.pieces(text):
        if piece.error:
            broken |= dict.fromkeys(piece.names, f"line {piece.line}: {piece.error}")
            notes += [] if piece.names else [(piece.line, piece.error)]
        for node in piece.nodes:
            if node.lineno not in skip:
                tell({"begin": "statement", "line": node.lineno})
                said = execute(node, path, module.__dict__)
                if said:
                    notes.append((node.lineno, said))
    return module.__dict__, notes, broken


def execute(node, path, names):
    """Run one statement; what went wrong, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(ast.Module([node], []), str(path), "exec"), names)
    except SystemExit:
        return "it ends the program; the line is left out"
    except BaseException as e:
        return f"{type(e).__name__}: {' '.join(str(e).split())[:200]}"


def judged(number, names, broken, notes, untouched):
    """The verdict on one exercise of a file that has been run."""
    exercise = contents.EXERCISES[number]
    for name in exercise.functions:
        if name in broken:
            return Verdict(number, "error", "syntax", f"{name} is not Python, {broken[name]}")
        if name not in names:
            gone = not any(n in names or n in broken for n in exercise.functions)
            says = f"there is no function {name} in its file: reset {number} brings the stub back"
            return Verdict(number, "absent" if gone else "error", "missing", says)
    verdict = judge.verdict(exercise, *(names[name] for name in exercise.functions))
    if verdict.status == "passed":
        return dataclasses.replace(verdict, says=borrowed(exercise, names))
    if verdict.status == "waits" and number not in untouched:
        says = f"`raise NotImplementedError` still stands in it: take that line out ({number})"
        return Verdict(number, "error", "unfinished", says)
    needed = called_and_not_right(exercise, names) if verdict.status != "waits" else []
    if needed:
        listed = " and ".join(f"{e.function} (exercise {e.number})" for e in needed)
        first = f"it calls {listed}, which does not pass: see to that first"
        return dataclasses.replace(verdict, details=(first, *verdict.details))
    if verdict.kind == "raises" and "NameError" in verdict.says and notes:
        more = f"line {notes[0][0]} of the file failed: {notes[0][1]}"
        return dataclasses.replace(verdict, details=(*verdict.details, more))
    return verdict


def words_of(exercise, names):
    """The names that the reader's functions use, and functions inside these."""
    codes = [getattr(names[name], "__code__", None) for name in exercise.functions]
    return {word for code in codes if code for word in words_in(code)}


def words_in(code):
    """Names, modules that are imported, and the names of modules as text."""
    found = {*code.co_names, *(c for c in code.co_consts if isinstance(c, str) and len(c) < 80)}
    inside = (c for c in code.co_consts if isinstance(c, types.CodeType))
    return found.union(*map(words_in, inside))


def called_and_not_right(exercise, names):
    """Other exercises of the file whose function an answer calls, and that do not pass."""
    used = words_of(exercise, names)
    others = [contents.EXERCISES[number] for number in contents.of_chapter(exercise.chapter)]
    others = [e for e in others if e is not exercise and not e.suspect]
    called = [e for e in others if e.function in used and e.function in names]
    return [e for e in called if judge.verdict(e, names[e.function]).status != "passed"]


def borrowed(exercise, names):
    """A remark where a right answer calls the package for it."""
    used = set()
    for word in {*words_of(exercise, names), *exercise.functions}:
        value = names.get(word)
        owner = getattr(value, "__module__", None) or getattr(value, "__name__", "")
        if "draw_np" in (str(owner).split(".")[0], word.split(".")[0]):
            used.add(word)
    used -= given(exercise)
    return f"with the package's own {', '.join(sorted(used))}" if used else ""


def given(exercise):
    """Names that the file imports as it is handed out."""
    tree = ast.parse(files.stub_text(exercise.chapter))
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports for alias in node.names}


def serve(request, tell):
    """Do what a request asks for, and tell it all."""
    path, text = Path(request["path"]), request["text"]
    untouched = files.waiting(text)
    names, notes, broken = load(path, text, request["skip"], tell)
    for line, said in notes:
        tell({"note": said, "line": line})
    for number in request["numbers"]:
        tell({"begin": "exercise", "number": number})
        printed = sys.stdout = sys.stderr = Limited()
        with contextlib.suppress(Exception):  # whatever the reader's code left behind
            os.chdir(path.parent)
        verdict, clean = judged_safely(number, names, broken, notes, untouched)
        tell({"verdict": dataclasses.replace(verdict, printed=printed.text).as_dict()})
        if not clean:
            return  # the runner starts another process for the rest
        if verdict.status == "passed" and number in request["pictures"]:
            draw(number, names, Path(request["pictures"][number]), tell)
    tell({"done": True})


def draw(number, names, path, tell):
    """A picture of what a right answer makes."""
    from draw_np.practice import shows  # matplotlib comes with it, and takes its time

    tell({"begin": "picture", "number": number})
    with contextlib.suppress(Exception):  # of an answer that passes, and fails elsewhere
        shows.save(number, names[contents.EXERCISES[number].functions[-1]], path)
        tell({"picture": shows.title(number), "number": number})


def train(request, tell):
    """Train a network with the functions of several files."""
    from draw_np.practice import own

    mine = {}
    for file in request["files"]:
        path = Path(file["path"])
        names, _, _ = load(path, file["text"], file["skip"], tell)
        for number in request["pieces"]:
            if contents.FILES[contents.chapter_of(number)] == path.name:
                mine[number] = names[contents.EXERCISES[number].functions[-1]]
    own.train(mine, request, tell)
    tell({"done": True})


def judged_safely(number, *of_the_file):
    """The verdict, and whether NumPy is still what it was."""
    before = dict(vars(numpy))
    try:
        verdict = judged(number, *of_the_file)
    except Exception:  # of the check itself
        if not replaced(before):
            raise
    changed = replaced(before)
    if changed:
        says = f"it replaces np.{changed[0]}, NumPy's own, which all others need too"
        verdict = Verdict(number, "error", "damage", says)
    return verdict, not changed


def replaced(before):
    """Names in NumPy that are not what they were."""
    return [name for name, value in before.items() if vars(numpy).get(name) is not value]


def limit(gigabytes=8, processes=64):
    """No answer needs more, where the system can hold to it; and none starts a process."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (gigabytes * 2**30,) * 2)
        running = sum(1 for p in Path("/proc").glob("[0-9]*/task/*") if owned(p))
        resource.setrlimit(resource.RLIMIT_NPROC, (running + processes,) * 2)
    sys.addaudithook(refuse_processes)


def owned(path):
    """Whether something in /proc, which may be gone by now, is this user's."""
    try:
        return path.stat().st_uid == os.getuid()
    except OSError:
        return False


STARTS = ("os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "os.exec")


def refuse_processes(event, _):
    """An audit hook: nobody would end what an answer starts in every case that is tried."""
    if event in STARTS or event == "subprocess.Popen":
        raise PermissionError("an answer starts no other process")


def main():
    """Serve one request."""
    if "warm" in sys.argv:
        from draw_np.practice import shows  # noqa: F401, what takes its time

        list(contents.EXERCISES.values())
    request = json.loads(sys.stdin.read())
    for number in request.get("numbers", ()):
        contents.EXERCISES[number]
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    sys.stdin, sys.stdout, sys.stderr = io.StringIO(), Limited(), Limited()
    for file in request.get("files") or [request]:
        sys.path.append(str(Path(file["path"]).parent))
    limit()

    def tell(message, write=channel.write, flush=channel.flush, dumps=json.dumps):
        write(dumps(message) + "\n")
        flush()

    tell({"ready": True})
    (train if "pieces" in request else serve)(request, tell)
    os._exit(0)  # whatever threads the reader's code has started


if __name__ == "__main__":
    main()
