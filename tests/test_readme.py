"""What the README claims holds."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EQUATIONS = (ROOT / "chapters" / "equations.md").read_text(encoding="utf-8")


def blocks(language):
    every = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
    return [text for name, text in every if name == language]


def test_two_lines_do_everything():
    begin = "python3 -m venv .venv && . .venv/bin/activate && pip install "
    lines = [line for line in README.splitlines() if line.startswith(begin)]
    assert len(lines) == 2
    assert lines[0].endswith("&& python -m draw_np.train --small")
    assert lines[1].endswith("&& python -m pytest")


def test_windows_lines_say_the_same():
    ends = ("python -m draw_np.train --small", "python -m pytest")
    for line, end in zip(blocks("powershell")[0].splitlines(), ends, strict=True):
        assert "Activate.ps1; pip install" in line and line.endswith(end)


def test_the_example_runs_and_learns():
    (code,) = blocks("python")
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["images"].shape == (16, 1, 28, 28)
    assert 100 < names["terms"].L_x + names["terms"].L_z.sum() < 200
    assert names["drawing"].means.shape == (13, 16, 1, 28, 28)
    assert 70 < names["nats"] < 90 and names["again"].L_z.shape == (12, 100)


ROWS = re.findall(r"^\| ([\d, -]+) \| .*? \| `([\w.]+)` \| `([\w.]+)::(\w+)` \|$", EQUATIONS, re.M)


def test_every_equation_has_its_row():
    numbers = set()
    for equations, *_ in ROWS:
        for part in equations.split(", "):
            first, _, last = part.partition("-")
            numbers |= set(range(int(first), int(last or first) + 1))
    assert numbers == set(range(1, 30))


def test_what_is_beyond_the_paper_is_there():
    beyond = EQUATIONS.partition("## Beyond the paper")[2].partition("\n## ")[0]
    functions = re.findall(r"`((?:\w+\.)+)(\w+)`(?!:)", re.sub(r"`test_[^`]*`", "", beyond))
    tests = re.findall(r"`(test_\w+\.py)::(\w+)`", beyond)
    assert len(functions) == 8 and len(tests) == 6
    for module, name in functions:
        assert callable(getattr(importlib.import_module(f"draw_np.{module[:-1]}"), name))
    for file, test in tests:
        assert f"\ndef {test}(" in (ROOT / "tests" / file).read_text()


@pytest.mark.parametrize("equations, function, file, test", ROWS, ids=[r[0] for r in ROWS])
def test_the_functions_and_tests_named_exist(equations, function, file, test):
    module, name = function.split(".")
    function = getattr(importlib.import_module(f"draw_np.{module}"), name)
    assert "Eq" in function.__doc__ or module == "lstm"
    assert f"\ndef {test}(" in (ROOT / "tests" / file).read_text()


def test_files_named_exist():
    tree = next(b for b in blocks("") if b.startswith("draw_np/"))
    for line in tree.splitlines():
        if not line.startswith(" "):
            assert (ROOT / line.split()[0]).exists(), line
    inside = [w for line in tree.splitlines() if line.startswith("  ") for w in line.split()]
    for name in (w for w in inside if w.endswith((".py", "/"))):
        assert (ROOT / "draw_np" / name).exists() or (ROOT / "tests" / name).exists(), name


@pytest.mark.parametrize("page", ["README.md", "chapters/equations.md", "chapters/machines.md"])
def test_links_lead_somewhere(page):
    place = (ROOT / page).parent
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text(encoding="utf-8")):
        assert (place / target).exists(), target


def test_a_reader_is_not_kept_long():
    """Without code and tables' bars: what it is, for whom and what to do first on one screen."""
    prose = re.sub(r"^```.*?^```$", "", README, flags=re.DOTALL | re.MULTILINE)
    assert len(prose.split()) <= 900
    assert README.index("## Three things to do first") < 1700
