"""Types: the public face and the model's files say them, and a type checker is shown them.

What the checker (mypy, a stage of .ci/run) finds in ``as_a_user.py`` is not tested here.
"""

import ast
import inspect
import re
import tomllib
import typing
from pathlib import Path

import pytest

import draw_np

ROOT = Path(__file__).parent.parent
MYPY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
MODEL = "nn lstm attention latent likelihood config parameters model glimpse gradcheck".split()


def strict_modules():
    """The modules in which the checker wants a type for every argument."""
    (strict,) = [o for o in MYPY["overrides"] if o.get("disallow_untyped_defs")]
    return strict["module"]


def untyped(function):
    """The arguments of a function that have no type, and "return"."""
    signature = inspect.signature(function)
    without = [n for n, p in signature.parameters.items() if p.annotation is p.empty]
    without += ["return"] if signature.return_annotation is signature.empty else []
    return [name for name in without if name not in ("self", "cls")]


def functions_of(public):
    """A function itself, or the public methods and properties of a class."""
    if not inspect.isclass(public):
        return [public] if callable(public) else []
    found = [v for n, v in vars(public).items() if not n.startswith("_")]
    found = [v.fget if isinstance(v, property) else getattr(v, "__func__", v) for v in found]
    return [v for v in found if inspect.isfunction(v) and v.__module__ == public.__module__]


@pytest.mark.parametrize("name", draw_np.__all__)
def test_a_public_name_says_the_types_it_takes_and_returns(name):
    public = getattr(draw_np, name)
    for function in functions_of(public):
        assert untyped(function) == [], function.__qualname__
        assert typing.get_type_hints(function)  # its names are there


def test_the_search_sees_what_has_no_type():
    def some(a: int, b, *c, d: int = 0): ...

    class Public:
        def method(self, a: int): ...

        @property
        def of(self): ...

        @classmethod
        def made(cls): ...

    assert untyped(some) == ["b", "c", "return"]
    assert [untyped(f) for f in functions_of(Public)] == [["return"]] * 3


def test_the_checker_is_strict_with_the_model_and_what_is_public():
    strict = strict_modules()
    assert {f"draw_np.{name}" for name in MODEL} <= set(strict)
    for public in (draw_np.load, draw_np.Network, draw_np.loss, draw_np.initialise):
        module = public.__module__
        assert module in strict or f"{module.rpartition('.')[0]}.*" in strict, module


def test_the_names_for_type_checkers_are_those_for_everybody():
    stub = ast.parse((ROOT / "draw_np" / "__init__.pyi").read_text(encoding="utf-8"))
    said = {
        (node.module.removeprefix("draw_np."), alias.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name  # or it would be private
    }
    assert said == {(place, name) for place, names in draw_np.PLACES.items() for name in names}


def test_the_package_says_that_it_has_types():
    assert (ROOT / "draw_np" / "py.typed").read_bytes() == b""


def test_continuous_integration_runs_the_checker_on_what_users_write():
    assert re.search(r"^mypy$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    assert MYPY["files"] == ["draw_np", "tests/as_a_user.py"] and MYPY["warn_unused_ignores"]
