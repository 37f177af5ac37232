"""How long a chapter takes, and what of it is in view."""

import nbformat
import pytest

from draw_np.book import reading

v4 = nbformat.v4


def markdown(text, source=False):
    metadata = {"draw_np": {"source": ["module:name"]}} if source else {}
    return v4.new_output("display_data", data={"text/markdown": text}, metadata=metadata)


def folded(cell):
    cell.metadata.update(tags=["hide-input"], jupyter={"source_hidden": True})
    return cell


def chapter():
    """Nine words in view, five lines of code in view, two folded."""
    notebook = v4.new_notebook(
        cells=[
            v4.new_markdown_cell(f"# Chapter 3: Small\n\n{reading.PROMISE} soon."),  # 3 words
            folded(v4.new_code_cell("import numpy as np\nassert np")),
            v4.new_code_cell("a = 1\n\nb = 2", outputs=[markdown("The sum is 3.")]),  # 4 words
            v4.new_code_cell(
                "c = 3", outputs=[markdown("From `f.py`:\n\n```python\nx\n\ny\n```", 1)]
            ),
            v4.new_markdown_cell(
                "Two words.\n\n- |\n\n<details><summary>Answer</summary>\n\nOut of view\n</details>"
            ),
        ]
    )
    reading.promised(notebook)
    return notebook


def test_words_and_code_in_view_are_counted():
    assert reading.words(chapter()) == 9
    assert reading.code(chapter()) == 5


def test_minutes_are_words_by_200_and_lines_by_10():
    notebook = chapter()
    notebook.cells.append(v4.new_markdown_cell("word " * 391))
    assert reading.minutes(notebook) == round(400 / 200 + 5 / 10) == 2
    notebook.cells.append(v4.new_code_cell("a\n" * 95))
    assert reading.minutes(notebook) == 400 / 200 + 100 / 10


def test_the_promise_is_todays():
    notebook = chapter()
    said = "**Reading time:** about 1 minutes, and twice that with a pencil "
    said += "(9 words and 5 lines of code in view)."
    assert said in notebook.cells[0].source.splitlines()
    assert reading.problems(notebook, 3) == []
    notebook.cells[-1].source += " More words."
    assert "the first cell does not say" in reading.problems(notebook, 3)[0]
    reading.promised(notebook)
    assert "(11 words" in notebook.cells[0].source and reading.problems(notebook, 3) == []


def test_a_chapter_without_a_promise_gets_none():
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# Chapter 1: A")])
    reading.promised(notebook)
    assert notebook.cells[0].source == "# Chapter 1: A"


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (v4.new_markdown_cell("word " * 2500), "2509 words in view, at most 2500"),
        (v4.new_code_cell("a\n" * 116), "121 lines of code in view, at most 120"),
        (v4.new_code_cell("if a:\n    assert b"), "cell 6: an import, an assert"),
        (v4.new_code_cell("import os"), "cell 6: an import, an assert"),
        (v4.new_code_cell("from os import path"), "cell 6: an import, an assert"),
        (v4.new_code_cell("show(a, 'words')"), "cell 6: an import, an assert or a call of show"),
        (folded(v4.new_code_cell("a\n" * 11)), "cell 6: 11 folded lines, at most 10"),
        (v4.new_code_cell("a", metadata={"tags": ["hide-input"]}), "both"),
        (v4.new_code_cell("a", metadata={"jupyter": {"source_hidden": True}}), "both"),
    ],
)
def test_what_should_not_be_in_view_is_found(cell, problem):
    notebook = chapter()
    notebook.cells.append(cell)
    reading.promised(notebook)
    (found,) = reading.problems(notebook, 3)
    assert problem in found


def test_the_filterbank_may_show_more_code():
    notebook = chapter()
    notebook.cells.append(v4.new_code_cell("a\n" * 145))
    reading.promised(notebook)
    assert reading.problems(notebook, 8) == [] != reading.problems(notebook, 9)


def test_at_the_limits_nothing_is_found():
    notebook = chapter()
    notebook.cells += [v4.new_markdown_cell("word " * 2491), v4.new_code_cell("a\n" * 115)]
    notebook.cells.append(folded(v4.new_code_cell("a\n" * 10)))
    reading.promised(notebook)
    assert reading.problems(notebook, 3) == []
