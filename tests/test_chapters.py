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
        "with plot.style():\n    notebook.show(plot.figure(1, 1), 'nothing')"
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
            if said and "source" in said:
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
        (
            "display({'application/vnd.jupyter.widget-view+json': {'model_id': '0'}}, raw=True)",
            "stored widget",
        ),
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


# ---------------------------------------------------------------- what goes wrong on the way


def command(monkeypatch, tmp_path, raw):
    """Run ``01_small`` with these contents in a folder of its own; the exit code."""
    (tmp_path / "01_small.ipynb").write_bytes(raw)
    monkeypatch.setattr(run, "HERE", tmp_path)
    monkeypatch.setattr(run, "PICTURES", tmp_path / "pictures")
    return run.main([])


def small(*code):
    return run.as_text(small_notebook(*code)).encode()


DAMAGED = {
    "nothing": b"",
    "no JSON": b"hello",
    "cut": small()[:-40],
    "no text": b"\xff\xfe" + small(),
    "no notebook": b"{}",
    "a list": b"[1, 2]",
    "deep": b"[" * 100_000,
    "another version": small().replace(b'"nbformat": 4', b'"nbformat": 99'),
    "a number for cells": b'{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "no cells": b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "odd cells": b'{"cells": [{}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "code without outputs": small().replace(b'"outputs": []', b'"outputs": 7'),
}


@pytest.mark.filterwarnings("ignore")  # nbformat warns of what it refuses a line later
@pytest.mark.parametrize("raw", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_notebook_is_named_and_left_alone(tmp_path, monkeypatch, capsys, raw):
    assert command(monkeypatch, tmp_path, raw) == 1
    said = capsys.readouterr().err
    assert "01_small.ipynb is damaged or not a notebook: get it again" in said
    assert said.count("\n") == 1
    assert (tmp_path / "01_small.ipynb").read_bytes() == raw


@pytest.mark.filterwarnings("ignore")
def test_a_folder_in_the_place_of_a_notebook_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "HERE", tmp_path)
    (tmp_path / "01_small.ipynb").mkdir()
    assert run.main([]) == 1
    assert "01_small.ipynb cannot be read: Is a directory" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import time; time.sleep(60)", "it takes more than 3 s"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the kernel died"),
        ("import os; os._exit(0)", "the kernel died"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_chapter_and_cell_are_named_and_nothing_is_stored(
    tmp_path, monkeypatch, capsys, code, words
):
    monkeypatch.setattr(run, "SECONDS", 3)
    raw = small("print(1)", code, "print(2)")
    cell = nbformat.reads(raw.decode(), 4).cells[3]
    assert command(monkeypatch, tmp_path, raw) == 1
    said = capsys.readouterr().err
    assert f"01_small.ipynb, cell 4 (id {cell.id}):" in said and words in said
    assert "Traceback" not in said.split(words)[0]
    assert [path.name for path in tmp_path.iterdir()] == ["01_small.ipynb"]
    assert (tmp_path / "01_small.ipynb").read_bytes() == raw


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["write_bytes", "replace", "save"])
def test_a_chapter_is_stored_whole_or_not_at_all(tmp_path, monkeypatch, capsys, moment):
    """The disk is full when the chapter, or its picture, is written."""

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    raw = small()
    owner = {"write_bytes": run.Path, "replace": run.os, "save": run.Image.Image}[moment]
    path = tmp_path / "01_small.ipynb"
    path.write_bytes(raw)
    notebook = run.execute(path)
    monkeypatch.setattr(run, "PICTURES", tmp_path / "pictures")
    with monkeypatch.context() as m:
        m.setattr(owner, moment, full)
        with pytest.raises((RuntimeError, OSError), match=r"cannot be stored|No space left"):
            run.store(notebook, path)
    assert path.read_bytes() == raw
    assert [p.name for p in (tmp_path / "pictures").iterdir()] == []
    run.store(notebook, path)
    assert path.read_bytes() != raw and (tmp_path / "pictures" / "01_small.png").exists()
    assert len(list(tmp_path.iterdir())) == 2
