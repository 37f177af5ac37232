"""Would the tests notice? Small mistakes put into a part one at a time, and its tests run.

    python tests/mutants.py optimiser                  # a part, 40 mutants, seed 0
    python tests/mutants.py draw_np/data/idx.py --n 10  # a file or a folder
    python tests/mutants.py optimiser --sites 12 31     # these again, by their numbers

Each mutant is one change of one expression: another comparison, operator, number, slice or
branch, two arguments exchanged, a statement left out. It is made in a copy of the checkout.
There the part's tests run once and whole, and it is noted which lines each of them runs. Then
every mutant meets the test files that run its line, the tests that run it first, the shortest
before the longer, till one fails. What survives is printed, for a person to judge: a gap in
the tests, or a change that changes nothing. ``mutants.md`` keeps what was found.
"""

import argparse
import ast
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 30  # of processor time, above twice what the tests take without a mutant
FUNCTIONS = ast.FunctionDef, ast.Lambda
PARTS = {  # files of the package, and the test files that hold them
    "blocks": (
        "nn lstm attention latent likelihood",
        "nn lstm attention latent likelihood manual",
    ),
    "model": (
        "model config parameters glimpse pyramid",
        "model config parameters glimpse pyramid labels",
    ),
    "manual": ("manual/*", "manual manual_glimpse manual_loss attention pyramid labels"),
    "fast": ("fast/*", "manual_loss ladder labels device cupy_without_gpu"),
    "measuring": (
        "measuring/*",
        "bounds measuring paper_tables recognise samples studies glimpse classify labels wiring",
    ),
    "optimiser": ("training/optim training/schedules", "optim stretches training wiring"),
    "checkpoint": (
        "training/checkpoint training/folder training/resuming training/record training/streams "
        "networks/file networks/network networks/recipe",
        "checkpoint networks stretches training wiring commands labels",
    ),
    "training": (
        "training/*",
        "training wiring stretches presets checkpoint optim commands classify parallel "
        "pyramid_command labels device",
    ),
    "data": (
        "data/*",
        "data data_own data_mnist data_composed data_colour data_download data_damaged stretches",
    ),
    "commands": (
        "cli train sample evaluate classify exercises",
        "commands wiring classify labels samples pyramid_command stretches exercises_command "
        "presets settings",
    ),
    "pictures": ("pictures/* figures", "plot pictures figures surroundings settings commands"),
    "practice": (
        "practice/*",
        "exercises_command exercises_contents exercises_files exercises_own exercises_shows "
        "exercises_verdicts exercises_watch",
    ),
}
COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
               ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
               ast.Is: ast.IsNot, ast.IsNot: ast.Is}  # fmt: skip
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
             ast.FloorDiv: ast.Div, ast.Mod: ast.Add, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd,
             ast.BitAnd: ast.BitOr, ast.LShift: ast.RShift, ast.MatMult: ast.Mult}  # fmt: skip


def changes(node):
    """What can be wrong with one node: functions that change it in place."""
    found = []

    def put(field, value):
        found.append(lambda n: setattr(n, field, value(getattr(n, field))))

    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        put("ops", lambda ops: [COMPARISONS[type(ops[0])](), *ops[1:]])
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in OPERATORS:
        put("op", lambda op: OPERATORS[type(op)]())
    elif isinstance(node, ast.BoolOp):
        put("op", lambda op: ast.And() if isinstance(op, ast.Or) else ast.Or())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        put("op", lambda op: ast.UAdd())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        put("operand", lambda operand: ast.UnaryOp(ast.Not(), operand))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        put("value", lambda v: not v)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        put("value", lambda v: v + 1)
        put("value", lambda v: v - 1 if isinstance(v, int) else v * 2)
    elif isinstance(node, (ast.If, ast.IfExp)):
        put("test", lambda t: ast.UnaryOp(ast.Not(), t))
        put("test", lambda t: ast.Constant(False))
    elif isinstance(node, ast.Call) and len(node.args) > 1:
        put("args", lambda args: [args[1], args[0], *args[2:]])
    elif isinstance(node, ast.Call) and node.keywords:
        put("keywords", lambda keywords: keywords[:-1])
    elif isinstance(node, ast.Slice) and node.upper and node.lower:
        put("lower", lambda v: None)
    elif isinstance(node, ast.Return) and node.value is not None:
        put("value", lambda v: ast.Constant(None))
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.Raise)) and not (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ):
        found.append("leave out")
    return found


def sites(tree):
    """Every place of a file where something can be wrong: (number of the node, of the change)."""
    nodes, left_alone = list(ast.walk(tree)), set()
    for n in nodes:  # texts of documentation, and types, which nothing acts on
        doc = isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
        types = (getattr(n, name, None) for name in ("annotation", "returns"))
        for part in (n if doc else None, *types):
            left_alone |= {id(inside) for inside in ast.walk(part)} if part else set()
    return [
        (i, k)
        for i, node in enumerate(nodes)
        if id(node) not in left_alone and hasattr(node, "lineno")
        for k in range(len(changes(node)))
    ]


def span(node, lines):
    """Where a node stands in the bytes of a file whose lines begin at ``lines``."""
    return lines[node.lineno - 1] + node.col_offset, lines[
        node.end_lineno - 1
    ] + node.end_col_offset


def mutated(source, site):
    """A source with one mistake: the text, what was changed, and the lines that it is in.

    Only the expression is written anew: comments, layout and texts that tests know by their
    words stay as they are.
    """
    tree = ast.parse(source)
    nodes, parents = list(ast.walk(tree)), {}
    for parent in nodes:
        parents |= dict.fromkeys(ast.iter_child_nodes(parent), parent)
    node, at = nodes[site[0]], nodes[site[0]]
    while at in parents:  # what is in an f-string has no place of its own
        at = parents[at]
        node = at if isinstance(at, ast.JoinedStr) else node
    changed, change = nodes[site[0]], changes(nodes[site[0]])[site[1]]
    raw, before = source.encode(), ast.unparse(changed)
    part = {ast.If: "test", ast.Return: "value"}.get(type(node)) if change != "leave out" else None
    at = getattr(node, part) if part else node
    first, last = span(at, [0, *(i + 1 for i, letter in enumerate(raw) if letter == 10)])
    if change == "leave out":
        after = new = "pass"
    else:
        change(changed)
        after = ast.unparse(ast.fix_missing_locations(changed))
        new = ast.unparse(getattr(node, part) if part else node)
        new = f"({new})" if isinstance(at, ast.expr) and not isinstance(at, ast.Slice) else new
    while not isinstance(at, ast.stmt):
        at = parents[at]
    words = (f"{changed.lineno}: {short(before)}", short(after))
    source = (raw[:first] + new.encode() + raw[last:]).decode()
    return source, "  ->  ".join(words), lines_of(changed, at, parents)


def lines_of(changed, statement, parents):
    """The lines one of which is run when a mutant is; () for what is run at the import."""
    body, above = getattr(statement, "body", None), statement
    while above in parents and not isinstance(above := parents[above], FUNCTIONS):
        pass
    if not isinstance(above, FUNCTIONS):
        return ()
    head = range(statement.lineno, body[0].lineno if body else statement.end_lineno + 1)
    return head if changed.lineno in head else range(changed.lineno, changed.end_lineno + 1)


def short(text):
    """The first line of a text, which is said of a mutant."""
    first, *more = text.split("\n")
    return f"{first} ..." if more else first


# ---------------------------------------------------------------- the tests, in a child process


class Observer:
    """A plugin of pytest that notes what each test runs, how long it takes, and what fails."""

    def __init__(self, watched=(), wanted=None):
        self.watched = {str(Path(path).absolute()): str(path) for path in watched}
        self.wanted, self.lines, self.seconds, self.failed = wanted, {}, {}, None
        self.now = self.lines[""] = set()  # what the imports run

    def pytest_configure(self, config):
        from hypothesis import Phase, settings

        phases = [Phase.explicit, Phase.generate]  # a failure is one, however large
        settings.register_profile("mutants", settings.get_profile("draw"), phases=phases)
        settings.load_profile("mutants")

    def follow(self, frame, event, argument):
        name = self.watched.get(frame.f_code.co_filename)
        if event == "call":
            return self.follow if name else None
        self.now.add(f"{name}:{frame.f_lineno}")
        return self.follow

    def pytest_collection_modifyitems(self, items):
        if self.wanted is not None:
            found = {item.nodeid: item for item in items}
            items[:] = [found[name] for name in self.wanted if name in found]

    def pytest_runtest_protocol(self, item):
        self.now = self.lines[item.nodeid] = set()
        if self.watched:
            sys.settrace(self.follow)

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if report.failed and self.failed is None:
            self.failed = report.nodeid

    def starts_a_process(self, event, arguments):
        if event in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
            self.now.add("everything")


def run_tests(names, observer):
    """Run pytest here, in the copy, and say no word."""
    import pytest

    if observer.watched:
        sys.addaudithook(observer.starts_a_process)
        threading.settrace(observer.follow)
        sys.settrace(observer.follow)
    files = [f"tests/{name}.py" for name in names]
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files], plugins=[observer]))


def in_a_child(names, seconds, **observed):
    """What ``run_tests`` says and sees, in a child with so much processor time: a dict."""
    told = Path("told.json")
    told.unlink(missing_ok=True)
    pid = os.fork()
    if not pid:
        os.setpgid(0, 0)
        output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        observer = Observer(**observed)
        code = run_tests(names, observer)
        lines = {name: sorted(lines) for name, lines in observer.lines.items()}
        found = {"code": code, "failed": observer.failed, "seconds": observer.seconds}
        told.write_text(json.dumps(found | {"lines": lines}))
        os._exit(0)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(pid, signal.SIGKILL))
    signal.alarm(int(4 * seconds))  # one that only waits
    os.waitpid(pid, 0)
    signal.alarm(0)
    ended = {"code": -1, "failed": "it does not end, or ends Python"}
    return json.loads(told.read_text()) if told.exists() else ended


def chosen(whole, path, lines):
    """The tests that a mutant meets, in their order: of all files that run one of its lines."""
    spoilt = {f"{path}:{n}" for n in lines} | {"everything"}
    at_import = not lines or not spoilt.isdisjoint(whole["lines"][""])
    runs = {
        name: at_import or not spoilt.isdisjoint(whole["lines"][name]) for name in whole["seconds"]
    }
    files = {}
    for name, took in whole["seconds"].items():
        file = name.split("::")[0]
        files[file] = files.get(file, 0) + took * runs[name]
    concerned = {name.split("::")[0] for name, does in runs.items() if does}

    def order(name):
        file = name.split("::")[0]
        return not runs[name], files[file], file, whole["seconds"][name]

    return sorted((n for n in runs if n.split("::")[0] in concerned), key=order)


def try_one(path, site, whole):
    """What notices a mutant: the name of a test, or None; and the mutant in words."""
    kept, times = path.read_text(), path.stat()
    source, what, lines = mutated(kept, site)
    wanted = chosen(whole, path, lines)
    if not wanted:
        return None, what + "   (no test runs it)"
    try:
        path.write_text(source)
        names = sorted({Path(name.split("::")[0]).stem for name in wanted})
        found = in_a_child(names, 2 * whole["took"] + SECONDS, wanted=wanted)
    finally:
        path.write_text(kept)
        os.utime(path, (times.st_atime, times.st_mtime))  # what is compiled of it still holds
    return (found["failed"] or "at the import") if found["code"] not in (0, 5) else None, what


# ---------------------------------------------------------------- a part


def files_of(part):
    """The files of a part, of a folder, or the one file."""
    if part in PARTS:
        names = [Path("draw_np", f"{name}.py") for name in PARTS[part][0].split()]
        return sorted({p for name in names for p in Path().glob(str(name))})
    return [Path(part)] if part.endswith(".py") else sorted(Path(part).glob("*.py"))


def tests_of(part, files):
    """The test files of a part: of all parts that one of the files is in."""
    parts = [part] if part in PARTS else [p for p in PARTS if set(files) & set(files_of(p))]
    names = {f"test_{name}" for p in parts for name in PARTS[p][1].split()}
    return sorted(name for name in names if Path("tests", f"{name}.py").exists())


def prepare(place):
    """Go into a copy of the checkout, and import what is the same for every mutant."""
    shutil.copytree(
        ROOT, place, ignore=shutil.ignore_patterns(*".git runs *.ipynb __pycache__".split())
    )
    os.chdir(place)
    sys.path[:1] = [str(place)]
    os.environ |= {"PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.dont_write_bytecode = False  # once, for all children
    for name in "pytest hypothesis autograd.numpy matplotlib.pyplot PIL.Image tqdm".split():
        importlib.import_module(name)


def try_all(part, n, seed, numbers, names):
    """Try the mutants of a part; returns how many were tried, and how many live."""
    files = files_of(part)
    every = [(path, site) for path in files for site in sites(ast.parse(path.read_text()))]
    rows = np.random.default_rng(seed).permutation(len(every))[:n]
    names = names or tests_of(part, files)
    whole = in_a_child(names, 3600, watched=files)
    if whole["code"]:
        sys.exit(f"without a mutant: {whole['failed']} fails\n{Path('output.txt').read_text()}")
    whole["took"] = sum(whole["seconds"].values())
    sys.dont_write_bytecode = True
    print(
        f"{len(every)} mutants; {len(whole['seconds'])} tests take {whole['took']:.0f} s",
        flush=True,
    )
    lives = 0
    for row in numbers or sorted(rows):
        began, (path, site) = time.perf_counter(), every[row]
        by, what = try_one(path, site, whole)
        lives += by is None
        told = f"{row:5} {time.perf_counter() - began:4.0f} s  {path}:{what}"
        print(f"noticed  {told}   [{by}]" if by else f"SURVIVES {told}", flush=True)
    return len(numbers or rows), lives


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", help=f"{', '.join(PARTS)}; or a folder or a file of the package")
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sites", nargs="*", type=int, help="these mutants, by their numbers")
    parser.add_argument("--tests", nargs="*", help="other test files than the part's")
    args = parser.parse_args()
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "HYPOTHESIS_PROFILE": "draw"}
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder, "copy"))
        tried, lives = try_all(args.part, args.n, args.seed, args.sites, args.tests)
    print(f"{args.part}: {tried - lives} of {tried} noticed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
