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
import builtins
import gc
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 30  # of processor time, above twice what the tests take without a mutant
EXAMPLES = 25  # of Hypothesis a test, an eighth of the usual: what they miss is said to live
PARTS = {  # files of the package, and the test files that hold them
    "blocks": ("nn lstm attention latent likelihood", "nn lstm attention latent likelihood"),
    "model": (
        "model config parameters glimpse pyramid",
        "model config parameters glimpse pyramid labels",
    ),
    "manual": ("manual/*", "manual manual_glimpse manual_loss attention pyramid labels"),
    "fast": ("fast/*", "manual_loss ladder labels helpers engines device"),
    "measuring": (
        "measuring/*",
        "bounds measuring paper_tables recognise samples studies glimpse",
    ),
    "optimiser": ("training/optim training/schedules", "optim stretches"),
    "checkpoint": (
        "training/checkpoint training/folder training/resuming training/record training/streams "
        "networks/file networks/network networks/recipe",
        "checkpoint networks stretches presets commands pyramid_command",
    ),
    "training": (
        "training/*",
        "training wiring stretches presets checkpoint optim classify networks helpers "
        "pyramid_command",
    ),
    "data": (
        "data/*",
        "data data_own data_mnist data_composed data_colour data_download data_damaged",
    ),
    "commands": (
        "cli train sample evaluate classify exercises",
        "commands wiring classify labels samples exercises_command",
    ),
    "pictures": ("pictures/* figures", "plot pictures figures"),
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
    while above in parents and not isinstance(above := parents[above], ast.FunctionDef):
        pass
    if not isinstance(above, ast.FunctionDef):
        return set()
    head = range(statement.lineno, body[0].lineno if body else statement.end_lineno + 1)
    return {*head, *range(changed.lineno, changed.end_lineno + 1)}


class Reporting(ast.NodeTransformer):
    """Let every statement of a file's functions say first that it is run: ``ran(name, line)``."""

    def __init__(self, name):
        self.name = name

    def generic_visit(self, node):
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            found = getattr(node, field, None)
            if isinstance(found, list) and not isinstance(node, (ast.Module, ast.ClassDef)):
                pairs = [(self.report(statement), statement) for statement in found]
                setattr(node, field, [one for pair in pairs for one in pair])
        return node

    def report(self, statement):
        call = ast.parse(f"ran({self.name!r}, {statement.lineno})").body[0]
        return ast.fix_missing_locations(ast.copy_location(call, statement))


def short(text):
    """The first line of a text, which is said of a mutant."""
    first, *more = text.split("\n")
    return f"{first} ..." if more else first


# ---------------------------------------------------------------- the tests


class Tests:
    """A plugin of pytest that notes what each test runs, how long it takes, and what fails.

    Where there is ``then``, pytest collects the tests and runs ``then(items)`` in their place.
    """

    def __init__(self, watched=(), wanted=None, then=None):
        self.watched = {str(Path(path).absolute()): str(path) for path in watched}
        self.wanted, self.then = wanted, then
        self.lines, self.seconds, self.failed = {}, {}, None
        self.now = self.lines[""] = set()  # what the imports run

    def pytest_configure(self, config):
        from hypothesis import Phase, settings

        phases = [Phase.explicit, Phase.generate]  # a failure is one, however large
        usual = settings.get_profile("draw")
        settings.register_profile("mutants", usual, phases=phases, max_examples=EXAMPLES)
        settings.load_profile("mutants")

    def follow(self, frame, event, argument):
        name = self.watched.get(frame.f_code.co_filename)
        if event == "call":
            return self.follow if name else None
        self.now.add(f"{name}:{frame.f_lineno}")
        return self.follow

    def starts_a_process(self, event, arguments):
        if event in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
            self.now.add("everything")

    def pytest_runtestloop(self, session):
        sys.settrace(None)
        items = {item.nodeid: item for item in session.items}
        if self.then:
            self.then(items)
        else:
            self.run([items[name] for name in self.wanted if name in items])
        return True

    def run(self, items, patience=None):
        """Run tests one by one, till one fails, or takes much more seconds than it took: then die.

        A thread that was hit can leave others waiting for ever.
        """
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        for item, after in zip(items, [*items[1:], None], strict=True):
            signal.alarm(20 + int(10 * patience[item.nodeid]) if patience else 0)
            self.now = self.lines[item.nodeid] = set()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                break

    def watch(self):
        """From now on note what is run: by the statements themselves, and of processes."""
        sys.addaudithook(self.starts_a_process)
        builtins.ran = lambda name, line: self.now.add(f"{name}:{line}")
        for path in self.watched.values():
            importlib.import_module(
                path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            )
            source = Path(path).read_text()
            exchange(Path(path), source, Reporting(path).visit(ast.parse(source)))

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0) + report.duration
        if report.failed and self.failed is None:
            self.failed = report.nodeid

    def pytest_collectreport(self, report):
        if report.failed:
            self.failed = f"the import of {report.nodeid}"


def pytest_main(names, plugin):
    """Let pytest collect the tests of some files, and do with them what the plugin does."""
    import pytest

    files = [f"tests/{name}.py" for name in names]
    options = ["-q", "-s", "-p", "no:cacheprovider", f"--basetemp={Path('temp').absolute()}"]
    pytest.main([*options, *files], plugins=[plugin])


def in_a_child(seconds, work):
    """What ``work()`` gives in a child that has so much processor time; JSON can hold it.

    A child that does not end, or ends Python, has failed.
    """
    told = Path("told.json")
    told.unlink(missing_ok=True)
    pid = os.fork()
    if not pid:
        os.setpgid(0, 0)
        output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        told.write_text(json.dumps(work()))
        os._exit(0)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(pid, signal.SIGKILL))
    signal.alarm(int(4 * seconds))  # one that only waits
    os.waitpid(pid, 0)
    signal.alarm(0)
    return json.loads(told.read_text()) if told.exists() else {"failed": "it does not end"}


# ---------------------------------------------------------------- a mutant meets them


def chosen(whole, path, lines):
    """The tests that a mutant meets, in their order: of all files that run one of its lines."""
    spoilt = {f"{path}:{n}" for n in lines} | {"everything"}
    everywhere = at_import(whole, path, lines)
    runs = {
        name: everywhere or not spoilt.isdisjoint(whole["lines"][name]) for name in whole["seconds"]
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


def at_import(whole, path, lines):
    """Whether a mutant is run when its file is imported, or tests are collected."""
    return not lines or not {f"{path}:{n}" for n in lines}.isdisjoint(whole["lines"][""])


def exchange(path, before, after):
    """Give all functions of a file the code that they have after a change; False if one cannot."""
    table, name = {}, str(path.absolute())

    def pair(old, new):
        inside = [[c for c in code.co_consts if isinstance(c, CodeType)] for code in (old, new)]
        if len(inside[0]) == len(inside[1]):
            for a, b in zip(*inside, strict=True):
                table[a] = b
                pair(a, b)

    pair(compile(before, name, "exec"), compile(after, name, "exec"))
    found = [
        f
        for f in gc.get_objects()
        if isinstance(f, FunctionType) and f.__code__.co_filename == name and f.__code__ in table
    ]
    try:
        for f in found:
            f.__code__ = table[f.__code__]
    except ValueError:  # it takes another number of variables from outside
        return False
    return bool(found)


def forget_the_package():
    """Import all that lies in the copy anew."""
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(os.getcwd()):
            del sys.modules[name]


def met(wanted, items, tests, exchanged, whole):
    """In a child: what notices a mutant whose source is in its file."""
    if exchanged and exchanged():
        tests.run([items[name] for name in wanted], whole["seconds"])
        return {"failed": tests.failed}
    forget_the_package()
    anew = Tests(wanted=wanted)
    pytest_main(sorted({Path(name.split("::")[0]).stem for name in wanted}), anew)
    return {"failed": anew.failed}


def try_one(path, site, whole, items, tests):
    """What notices a mutant: the name of a test, or None; and the mutant in words."""
    kept, times = path.read_text(), path.stat()
    source, what, lines = mutated(kept, site)
    wanted = chosen(whole, path, lines)
    if not wanted:
        return None, what + "   (no test runs it)"
    quick = None if at_import(whole, path, lines) else partial(exchange, path, kept, source)
    seconds = 2 * sum(whole["seconds"].values()) + SECONDS
    try:
        path.write_text(source)  # where other processes find it
        by = in_a_child(seconds, lambda: met(wanted, items, tests, quick, whole))["failed"]
    finally:
        path.write_text(kept)
        os.utime(path, (times.st_atime, times.st_mtime))  # what is compiled of it still holds
    return by, what


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
    """Go into a copy of the checkout."""
    left_out = shutil.ignore_patterns(*".git runs __pycache__".split())
    shutil.copytree(ROOT, place, ignore=left_out)
    os.chdir(place)
    sys.path[:1] = [str(place)]
    os.environ |= {"PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "HYPOTHESIS_PROFILE": "draw"}


def try_all(files, rows, items, tests):
    """Try the mutants of some files; returns how many live."""

    def unspoilt():
        tests.watch()
        tests.run(list(items.values()))
        lines = {name: sorted(lines) for name, lines in tests.lines.items()}
        return {"failed": tests.failed, "seconds": tests.seconds, "lines": lines}

    every = [(path, site) for path in files for site in sites(ast.parse(path.read_text()))]
    whole = in_a_child(3600, unspoilt)
    if whole["failed"]:
        sys.exit(f"without a mutant: {whole['failed']} fails\n{Path('output.txt').read_text()}")
    took = sum(whole["seconds"].values())
    print(f"{len(every)} mutants; {len(items)} tests take {took:.0f} s", flush=True)
    lives = 0
    for row in rows(len(every)):
        began, (path, site) = time.perf_counter(), every[row]
        by, what = try_one(path, site, whole, items, tests)
        lives += by is None
        told = f"{row:5} {time.perf_counter() - began:4.0f} s  {path}:{what}"
        print(f"noticed  {told}   [{by}]" if by else f"SURVIVES {told}", flush=True)
    return lives


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", help=f"{', '.join(PARTS)}; or a folder or a file of the package")
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sites", nargs="*", type=int, help="these mutants, by their numbers")
    parser.add_argument("--tests", nargs="*", help="other test files than the part's")
    args = parser.parse_args()

    def rows(n):
        drawn = np.random.default_rng(args.seed).permutation(n)[: args.n]
        return args.sites or sorted(int(row) for row in drawn)

    def go(items):
        lives = try_all(files, rows, items, tests)
        n = len(args.sites or range(args.n))
        print(f"{args.part}: {n - lives} of {n} noticed", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder).resolve() / "copy")
        files = files_of(args.part)
        tests = Tests(watched=files, then=go)
        sys.settrace(tests.follow)
        pytest_main(args.tests or tests_of(args.part, files), tests)
    return 0


if __name__ == "__main__":
    sys.exit(main())
