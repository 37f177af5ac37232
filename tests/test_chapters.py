"""The book: every chapter is stored as a clean run left it, and runs.

A default run executes the fastest two and looks at what is stored of the rest;
``python -m pytest -m slow tests/test_chapters.py`` executes the rest.
"""

import importlib
import importlib.util
import re
import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import nbformat
import pytest

from draw_np.book import notebook as shown

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "chapters"
FASTEST = ("04_latent", "09_read_write")


def load_run():
    spec = importlib.util.spec_from_file_location("chapters_run", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


run = load_run()
CHAPTERS = run.chapters()
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=[p.stem for p in CHAPTERS])


def small_notebook(*code):
    """A well-formed chapter of these cells, not executed."""
    v4 = nbformat.v4
    first = "# Chapter 1: Small\n\nA promise.\n\nWhat you will learn: a\n\nWhat you need: b"
    figure = (
        "from draw_np.book import notebook\nfrom draw_np.pictures import plot\n"
        "notebook.show(plot.figure(1, 1), 'nothing')"
    )
    cells = [v4.new_markdown_cell(first), v4.new_code_cell(figure), *map(v4.new_code_cell, code)]
    cells[1].metadata["tags"] = ["cover"]
    end = "".join(f"{name}\n\nwords\n\n" for name in run.SECTIONS)
    cells.append(v4.new_markdown_cell(end + "<details><summary>a</summary>b</details>"))
    return v4.new_notebook(cells=cells)


def written(folder, *code):
    path = folder / "01_small.ipynb"
    path.write_text(run.as_text(small_notebook(*code)), encoding="utf-8")
    return path


# ---------------------------------------------------------------- what is stored


@every_chapter
def test_stored_as_a_clean_run_leaves_it(path):
    assert run.problems(nbformat.read(path, as_version=4), path) == []
    assert path.stat().st_size <= run.LARGEST
    assert (run.PICTURES / f"{path.stem}.png").exists()


@every_chapter
def test_cell_ids_are_stable_and_metadata_plain(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert run.as_text(run.cleaned(notebook)) == path.read_text(encoding="utf-8")


@every_chapter
def test_source_shown_is_todays_source(path):
    for cell in run.code_cells(nbformat.read(path, as_version=4)):
        for out in cell.outputs:
            said = out.get("metadata", {}).get("draw_np")
            if said:
                functions = [function_called(name) for name in said["source"]]
                today = shown.source_text(*functions, whole=said["whole"])
                assert out.data["text/markdown"] == today, (
                    f"{path.name} shows an old {said['source']}: run chapters/run.py {path.stem}"
                )


def function_called(name):
    module, _, path = name.partition(":")
    return attrgetter(path)(importlib.import_module(module))  # also of a method


@every_chapter
def test_no_chapter_points_forward_or_to_one_that_is_not_there(path):
    numbers = {int(p.name[:2]) for p in CHAPTERS}
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    for named in map(int, re.findall(r"[Cc]hapter (\d+)", text)):
        assert named in numbers and named <= int(path.name[:2]), f"chapter {named} is named"
    for target in re.findall(r"\]\(([\w./]+)(?:#[\w-]*)?\)", text):
        assert (FOLDER / target).exists(), target


def test_the_table_of_contents_lists_the_chapters_that_exist():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\d\d_\w+)\.ipynb\)", text) == [p.stem for p in CHAPTERS]
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (FOLDER / target).exists(), target


# ---------------------------------------------------------------- executing


@pytest.mark.parametrize("path", [p for p in CHAPTERS if p.stem in FASTEST], ids=lambda p: p.stem)
def test_the_fastest_execute(path):
    execute_in_a_process_of_its_own(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [p for p in CHAPTERS if p.stem not in FASTEST], ids=lambda p: p.stem
)
def test_the_others_execute(path):
    execute_in_a_process_of_its_own(path)


def execute_in_a_process_of_its_own(path):
    done = subprocess.run(
        [sys.executable, FOLDER / "run.py", "--check", path.stem], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- the command


@pytest.mark.slow
def test_an_execution_stores_outputs_and_nothing_that_changes(tmp_path):
    path = written(tmp_path, "print(1 + 1)")
    first, second = (run.as_text(run.execute(path)) for _ in range(2))
    assert first == second and '"2\\n"' in first
    assert run.problems(nbformat.reads(first, 4), path) == []


@pytest.mark.slow
def test_the_first_error_names_chapter_and_cell(tmp_path):
    path = written(tmp_path, "1 / 0", "print('not reached')")
    third = nbformat.read(path, as_version=4).cells[2]
    with pytest.raises(RuntimeError, match=rf"01_small.ipynb, cell 3 \(id {third.id}\)"):
        run.execute(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "code, problem",
    [
        ("import warnings; warnings.warn('look out')", "stored warning"),
        ("import os; print(os.path.expanduser('/home/somebody'))", "path of a machine"),
        ("print('x\\n' * 500_001)", "larger than"),
        ("display({'image/png': 'iVBORw0KGgo='}, raw=True)", "figure without alternative text"),
        ("import ipywidgets; display(ipywidgets.IntSlider())", "stored widget"),
    ],
)
def test_what_must_not_be_stored_is_found(tmp_path, code, problem):
    path = written(tmp_path, code)
    found = run.problems(run.execute(path), path)
    assert any(problem in p for p in found), found


@pytest.mark.slow
def test_what_is_missing_is_found(tmp_path):
    path = written(tmp_path, "print(1)")
    notebook = nbformat.read(path, as_version=4)
    assert "execution counts" in "\n".join(run.problems(notebook, path))
    notebook = run.execute(path)
    notebook.cells[0].source = "# Small"
    notebook.cells[-1].source = "The end."
    notebook.cells[1].metadata["tags"] = []
    notebook.cells[2].execution_count = 7
    found = "\n".join(run.problems(notebook, path))
    for word in ("Chapter 1", "learn", "need", "plain words", "<details>", "cover", "counts"):
        assert word in found


def test_a_chapter_that_does_not_exist_is_refused(capsys):
    assert run.main(["99_nothing"]) == 2
    assert "there is no chapter 99_nothing" in capsys.readouterr().err
