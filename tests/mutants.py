"""Would the tests notice? Small mistakes put into a file one at a time, and its tests run.

    python tests/mutants.py draw_np/data --n 40 --seed 0

Each mutant is one change of one expression: another comparison, operator, number, slice or
branch, two arguments exchanged, a statement left out. It is made in a copy of the checkout,
where the tests that ``TESTS`` names for the file are run till the first fails. What survives is
printed, for a person to judge: a gap in the tests, or a change that changes nothing.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 300  # a mutant that hangs is noticed
TESTS = {  # by the beginning of a path, the longest first
    "draw_np/data/digits": "test_data",
    "draw_np/data/dataset": "test_data test_data_own test_data_mnist test_glimpse",
    "draw_np/data/own": "test_data_own test_data_damaged",
    "draw_np/data/files": "test_data_damaged test_data_own test_data_mnist test_data_colour",
    "draw_np/data/download": "test_data_download test_data_damaged",
    "draw_np/data/svhn": "test_data_colour test_data_damaged",
    "draw_np/data/cifar": "test_data_colour test_data_damaged",
    "draw_np/data/mnist": "test_data_mnist test_data_damaged test_data_download",
    "draw_np/data/binarized": "test_data_mnist test_data_damaged test_data_download",
    "draw_np/data/idx": "test_data_mnist test_data_damaged",
    "draw_np/data/__init__": "test_data test_data_own test_data_damaged test_data_mnist",
    "draw_np/data": "test_data_composed test_data test_data_damaged",
    "draw_np/pictures": "test_plot test_pictures test_figures test_surroundings",
    "draw_np/measuring/bounds": "test_bounds test_measuring",
    "draw_np/measuring/classification": "test_glimpse test_measuring test_classify",
    "draw_np/measuring/paper": "test_paper_tables",
    "draw_np/measuring/recognise": "test_recognise",
    "draw_np/measuring/studies": "test_studies test_measuring",
    "draw_np/machine/parallel": "test_parallel",
    "draw_np/machine/backend": "test_device test_parallel test_cupy_without_gpu test_training",
    "draw_np/machine": "test_device",
    "draw_np/training/optim": "test_optim",
    "draw_np/attention": "test_attention test_manual",
    "draw_np/manual/attention": "test_attention test_manual",
    "draw_np/pyramid": "test_pyramid test_pyramid_command",
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
    docs = {
        id(n.value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
    }
    return [
        (i, k)
        for i, node in enumerate(ast.walk(tree))
        if id(node) not in docs and hasattr(node, "lineno")
        for k in range(len(changes(node)))
    ]


def mutated(source, site):
    """The source with one mistake, and what it is, in words."""
    tree = ast.parse(source)
    node = list(ast.walk(tree))[site[0]]
    before, change = ast.unparse(node), changes(node)[site[1]]
    if change == "leave out":
        for parent in ast.walk(tree):
            for body in (getattr(parent, name, None) for name in ("body", "orelse", "finalbody")):
                if isinstance(body, list) and node in body:
                    body[body.index(node)] = ast.Pass(lineno=node.lineno, col_offset=0)
        after = "pass"
    else:
        change(node)
        after = ast.unparse(ast.fix_missing_locations(node))
    return ast.unparse(ast.fix_missing_locations(tree)), f"{node.lineno}: {before}  ->  {after}"


def survives(copy_of, path, source, tests):
    """Whether the tests pass in the copy with this source in the place of a file."""
    whole = (copy_of / path).read_text()
    (copy_of / path).write_text(source)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        *(f"tests/{name}.py" for name in tests),
    ]
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(copy_of),
        "HYPOTHESIS_PROFILE": "draw",
    }
    try:
        done = subprocess.run(
            command, cwd=copy_of, env=environment, capture_output=True, timeout=SECONDS, check=False
        )
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        (copy_of / path).write_text(whole)


def tests_of(path):
    """The names of the test files that are there for a file of the package."""
    first = max((p for p in TESTS if str(path).startswith(p)), key=len)
    return [name for name in TESTS[first].split() if (ROOT / "tests" / f"{name}.py").exists()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", help="a folder or a file of the package")
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    given = Path(args.part)
    files = [given] if given.suffix == ".py" else sorted(given.glob("*.py"))
    every = [(path, site) for path in files for site in sites(ast.parse(path.read_text()))]
    rows = np.random.default_rng(args.seed).permutation(len(every))[: args.n]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "copy")
        shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(".git", "runs", "*.ipynb"))
        left = 0
        for row in sorted(rows):
            path, site = every[row]
            source, what = mutated(path.read_text(), site)
            lives = survives(place, path, source, tests_of(path))
            left += lives
            print(f"{'SURVIVES' if lives else 'noticed '} {path}:{what}", flush=True)
    print(f"{args.part}: {args.n - left} of {args.n} noticed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
