"""How the modules lean on each other: imports run one way, and autograd sees all it must."""

import ast
import functools
from pathlib import Path

import pytest

import draw_np

PACKAGE = Path(draw_np.__file__).parent
READABLE = ["nn", "lstm", "attention", "latent", "likelihood", "model"]  # in the order to read
TYPES = ["arrays", "config"]  # what their signatures name besides
STOREYS = [  # from the ground up: what stands on one floor leans on lower floors only, or on itself
    ["arrays"],
    ["machine", "data", "config", "gradcheck"],
    ["nn"],
    ["lstm", "attention", "latent", "likelihood"],
    ["parameters", "model", "cli"],
    ["glimpse", "pyramid", "mistakes"],
    ["manual"],
    ["fast"],
    ["measuring"],
    ["networks"],
    ["pictures", "training"],
    ["book"],
    ["practice"],
    ["classify", "train", "sample", "evaluate", "exercises"],
    ["figures"],
]


def modules():
    """Every module of the package: dotted name inside it to its file."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


@functools.cache
def imports(path):
    """All that a file imports, at the top or inside functions: (module, name or None)."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: say the whole name, not a relative one"
            found += [(node.module, alias.name) for alias in node.names]
    return found


@functools.cache
def leans_on():
    """Module to the modules of the package that it imports, as names inside it."""
    known = modules()
    graph = {}
    for name, path in known.items():
        used = set()
        for module, attribute in imports(path):
            inside = module.removeprefix("draw_np").removeprefix(".")
            candidates = [f"{inside}.{attribute}".removeprefix("."), inside, f"{inside}.__init__"]
            if module.split(".")[0] == "draw_np":
                used |= set([m for m in candidates if m in known][:1])
        graph[name] = used - {name}
    return graph


def reached_from(name, graph):
    reached, waiting = set(), [name]
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += graph[here]
    return reached


def test_what_autograd_traces_imports_its_numpy_and_no_other():
    """Plain numpy on traced values is right but thousands of times slower."""
    graph = leans_on()
    assert reached_from("model", graph) == {*READABLE, *TYPES}
    assert graph["config"] <= {"arrays"} and not graph["arrays"]
    for name in READABLE:
        found = imports(modules()[name])
        assert ("autograd.numpy", None) in found, name
        assert not [m for m, _ in found if m.split(".")[0] in ("numpy", "scipy")], name


def test_the_classifier_is_made_of_the_readable_blocks():
    """Beside them it takes sizes and new parameters, which nobody differentiates."""
    graph = leans_on()
    assert graph["glimpse"] <= {*READABLE, *TYPES, "parameters"}
    assert ("autograd.numpy", None) in imports(modules()["glimpse"])


def test_no_module_mixes_the_two_numpys():
    for name, path in modules().items():
        used = {module for module, _ in imports(path)} & {"numpy", "autograd.numpy"}
        assert len(used) < 2, name


def test_imports_run_one_way():
    graph = leans_on()
    for later, name in enumerate(READABLE):
        assert graph[name] <= {*READABLE[:later], *TYPES}, name
    for name in graph:
        for used in graph[name]:
            assert name not in reached_from(used, graph), f"{name} and {used} import each other"


def room(name):
    """The folder or the top-level file that a module belongs to."""
    return name.split(".")[0]


def test_every_room_stands_on_lower_ones():
    floor = {place: number for number, storey in enumerate(STOREYS) for place in storey}
    graph = leans_on()
    assert {room(name) for name in graph} - {"__init__"} == set(floor)
    for name, used in graph.items():
        for other in used:
            assert room(name) == room(other) or floor[room(other)] < floor[room(name)], (
                f"{name} imports {other}, which stands no lower"
            )


DRAWN = ["pictures.plot", "pictures.layouts", "pictures.diagram"]


def test_plot_and_data_know_no_model():
    graph = leans_on()
    forbidden = {"model", "lstm", "latent", "likelihood", "parameters"}
    for name in graph:
        if name in DRAWN or room(name) == "data":
            assert not reached_from(name, graph) & forbidden, name


def test_no_block_knows_the_hand_derived_ones():
    graph = leans_on()
    for name in [*READABLE, "config", "parameters", "gradcheck"]:
        by_hand = {m for m in reached_from(name, graph) if room(m) in ("manual", "fast")}
        assert not by_hand, name


@pytest.mark.parametrize(
    "package, user", [("cupy", "backend"), ("cupyx", "backend"), ("mpi4py", "parallel")]
)
def test_only_the_machine_imports_cupy_and_mpi(package, user):
    users = {
        n for n, path in modules().items() if package in {m.split(".")[0] for m, _ in imports(path)}
    }
    assert users <= {f"machine.{user}"}


def test_what_teaches_autograd_cupy_stands_alone():
    """Anybody may take that file away and use it."""
    assert not leans_on()["machine.autograd_cupy"]
