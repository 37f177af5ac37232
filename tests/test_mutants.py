"""The tool that puts mistakes in (``mutants.py``): what it changes, and how functions get it."""

import ast
import importlib.util

import mutants
import pytest

SOURCE = '''\
"""A file."""

LIMIT = 3  # no more


def halved(values, by=2):
    """Half of them: the words 1 < 2 stay."""
    found = [v / by for v in values if v < LIMIT]  # all that are small
    return f"{len(found) + 1} of {by}" if not found else found


class Holder:
    def add(self, v: "int | None") -> "int | None":
        def one(w):
            return w + 1

        self.kept = one
        return one(v)
'''


def every(source):
    return [mutants.mutated(source, site) for site in mutants.sites(ast.parse(source))]


def test_one_expression_is_changed_and_all_else_is_as_it_was():
    lines = SOURCE.split("\n")
    for changed, what, _ in every(SOURCE):
        ast.parse(changed)
        where = int(what.split(":")[0])
        after = changed.split("\n")
        assert [n for n, line in enumerate(lines, 1) if after[n - 1] != line] == [where]


@pytest.mark.parametrize(
    "what",
    [
        "8: v < LIMIT  ->  v <= LIMIT",
        "8: v / by  ->  v * by",
        "3: 3  ->  2",
        "6: 2  ->  3",
        "9: 1  ->  2",
        "9: not found  ->  not not found",
        "9: len(found) + 1  ->  len(found) - 1",
        "18: return one(v)  ->  return None",
        "17: self.kept = one  ->  pass",
    ],
)
def test_what_is_tried(what):
    assert what in [words for _, words, _ in every(SOURCE)]


def test_types_and_words_are_left_alone():
    assert not [what for _, what, _ in every(SOURCE) if what.startswith(("1:", "7:", "13:"))]


@pytest.mark.parametrize(
    ("what", "lines"),
    [
        ("3: 3  ->  2", []),
        ("6: 2  ->  3", []),
        ("15: 1  ->  2", [15]),
        ("8: v / by  ->  v * by", [8]),
    ],
)
def test_where_a_mutant_is_run(what, lines):
    assert [sorted(found) for _, words, found in every(SOURCE) if words == what] == [lines]


def test_living_functions_get_the_code(tmp_path):
    path = tmp_path / "living.py"
    path.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("living", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    halved, holder = module.halved, module.Holder()
    assert (halved([1, 2, 3]), holder.add(1)) == ([0.5, 1.0], 2)
    changed = {what: source for source, what, _ in every(SOURCE)}
    assert mutants.exchange(path, SOURCE, changed["8: v < LIMIT  ->  v <= LIMIT"])
    assert halved([1, 2, 3]) == [0.5, 1.0, 1.5]


def whole(**lines):
    seconds = {"a.py::quick": 0.1, "a.py::other": 0.01, "b.py::slow": 3.0, "c.py::none": 0.1}
    return {"seconds": seconds, "lines": {"": [], **{name: [] for name in seconds}, **lines}}


def test_the_tests_that_run_a_line_come_first_and_other_files_not_at_all(tmp_path):
    ran = {"a.py::quick": ["f.py:7"], "b.py::slow": ["f.py:7", "f.py:9"]}
    found = mutants.chosen(whole(**ran), "f.py", range(7, 8))
    assert found == ["a.py::quick", "b.py::slow", "a.py::other"]
    assert mutants.chosen(whole(**ran), "f.py", range(8, 9)) == []
    for imported in ((whole(**ran), ()), (whole(**{"": ["f.py:8"]}), range(8, 9))):
        assert set(mutants.chosen(imported[0], "f.py", imported[1])) == set(whole()["seconds"])
    ran = {"c.py::none": ["everything"]}  # it starts a process
    assert mutants.chosen(whole(**ran), "f.py", range(8, 9)) == ["c.py::none"]
