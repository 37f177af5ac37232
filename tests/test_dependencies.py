"""What is imported is declared, and the oldest of it that is allowed is in a list."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
IMPORTED_AS = {
    "PIL": "pillow",
    "IPython": "ipython",
    "jupyter_client": "jupyter-client",
    "cupy": "cupy-cuda12x",
    "ipykernel": "ipykernel",
}
OWN = {
    "draw_np",
    "benchmarks",
    "tests",
    *(p.stem for p in (ROOT / "tests").iterdir()),
    *(p.stem for p in (ROOT / "benchmarks").iterdir()),
    *(p.stem for p in (ROOT / "chapters" / "site").iterdir()),
}


def names(requirements):
    """The packages that some requirements name, without versions and extras."""
    return {re.match(r"[\w.-]+", r)[0].lower() for r in requirements}


def imported(folder):
    """Packages that files of a folder import and that neither Python nor the project has."""
    found = {}
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
            for module in (m.partition(".")[0] for m in modules):
                if module not in sys.stdlib_module_names and module not in OWN:
                    found[IMPORTED_AS.get(module, module).lower()] = path.name
    return found


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        ("draw_np", ("data", "notebooks", "cuda12", "mpi")),
        ("chapters", ("notebooks", "site", "test")),
        ("benchmarks", ("bench", "cuda12", "mpi", "data")),
        ("tests", ("test", "data", "site", "mpi")),
    ],
)
def test_what_is_imported_is_declared(folder, extras):
    declared = names(PROJECT["dependencies"]).union(*(names(EXTRAS[e]) for e in extras))
    missing = {
        package: file for package, file in imported(folder).items() if package not in declared
    }
    assert missing == {}


def test_the_list_has_the_oldest_that_is_allowed():
    allowed = [*PROJECT["dependencies"], *EXTRAS["data"], *EXTRAS["test"]]
    minima = dict(
        re.fullmatch(r"([\w-]+)>=([\d.]+)", r).groups()
        for r in allowed
        if not r.startswith("draw-np")
    )
    lines = (ROOT / ".ci" / "oldest.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pinned == minima
    assert PROJECT["requires-python"] == ">=3.11"
