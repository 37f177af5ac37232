"""The static site of the book: all of it, in order, and nothing from a network.

A default run tests how the pages are gathered. ``python -m pytest -m slow tests/test_site.py``
builds the site, and opens it in Chromium, where Sphinx and Chromium are there.
"""

import html
import importlib.util
import inspect
import re
import shutil
from pathlib import Path

import nbformat
import pytest

import draw_np.manual
from draw_np import cli
from draw_np.practice import contents

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "chapters"


def load(path):
    spec = importlib.util.spec_from_file_location("chapters_site_build", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


site = load(BOOK / "site" / "build.py")


README = (BOOK / "README.md").read_text(encoding="utf-8")
NAMES = [path.stem for path in site.chapters(BOOK)]

# ---------------------------------------------------------------- what the pages are made of


def test_the_readme_becomes_pages():
    pages = site.pages(README, NAMES)
    assert set(pages) == {"index.md", "notation.md", "course.md"}
    assert pages["notation.md"].startswith("# Notation\n")
    assert pages["course.md"].startswith("# A course of eight weeks\n")
    assert "| $\\gamma$ |" in pages["notation.md"] and "| $\\gamma$ |" not in pages["index.md"]
    assert "pictures/08_filterbank.png" in pages["index.md"]


def test_the_navigation_has_every_chapter_in_order():
    index = site.pages(README, NAMES)["index.md"]
    trees = re.findall(r"```{toctree}\n(?::.*\n)+\n([^`]*)```", index)
    assert trees[0].split() == ["pad"]
    assert trees[1].split() == NAMES
    assert trees[2].split() == site.WHOLE and set(site.WHOLE) >= {"notation", "equations", "code"}


def test_a_readme_without_a_section_is_named():
    with pytest.raises(ValueError, match=r'has 0 sections "## Notation\.\.\."'):
        site.pages(README.replace("## Notation", "## Symbols"), NAMES)


@pytest.mark.parametrize(
    "name, before, after",
    [
        ("08_a.ipynb", "[a](README.md#notation)", "[a](notation.md)"),
        ("index.md", "[a](#notation) [b](README.md)", "[a](notation.md) [b](index.md)"),
        ("exercises/README.md", "[b](../README.md#notation)", "[b](../notation.md)"),
        ("exercises/README.md", "[b](../README.md)", "[b](../index.md)"),
        ("index.md", "[a](exercises/README.md)", "[a](exercises/README.md)"),
        ("09_b.ipynb", "[a](08_a.ipynb#chapter)", "[a](08_a.ipynb#chapter)"),
        ("09_b.ipynb", "see [a](../benchmarks/README.md).", "see a."),
        ("09_b.ipynb", '"source": ["[a](../README.md)."]', '"source": ["a."]'),
        (
            "exercises/README.md",
            "see [a](../../README.md), [b](../08_a.ipynb)",
            "see a, [b](../08_a.ipynb)",
        ),
    ],
)
def test_links_lead_somewhere_on_the_site(name, before, after):
    assert site.linked(before, name) == after


def test_a_chapter_without_stored_outputs_is_refused(tmp_path):
    path = tmp_path / "08_filterbank.ipynb"
    shutil.copy(BOOK / path.name, path)
    assert site.stored(path) == path.read_text(encoding="utf-8")
    cells = [nbformat.v4.new_code_cell("1 + 1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    with pytest.raises(ValueError, match=r"08_filterbank\.ipynb has no stored outputs: run"):
        site.stored(path)


def figure(alt):
    data, metadata = {"image/png": "aGVsbG8="}, {"image/png": {"alt": alt, "width": 100}}
    return nbformat.v4.new_output("display_data", data, metadata=metadata)


def test_each_figure_of_a_cell_keeps_its_own_words():
    words = [nbformat.v4.new_output("stream", name="stdout", text=t) for t in "abc"]
    outputs = [words[0], figure("one"), words[1], figure("two"), figure("three"), words[2]]
    cell = nbformat.v4.new_code_cell("draw()", outputs=outputs)
    apart = site.figures_apart(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])))
    cells = nbformat.reads(apart, as_version=4).cells
    assert [c.source for c in cells] == ["draw()", "...", "..."]  # an empty cell would be dropped
    assert [c.metadata["mystnb"]["image"]["alt"] for c in cells] == ["one", "two", "three"]
    assert [c.metadata.get("tags", []) for c in cells] == [[], ["remove-input"], ["remove-input"]]
    assert [out for c in cells for out in c.outputs] == outputs
    assert [len(c.outputs) for c in cells] == [3, 1, 2]


def test_a_cell_with_one_figure_stays_as_it_is():
    text = (BOOK / "08_filterbank.ipynb").read_text(encoding="utf-8")
    cells = nbformat.reads(text, as_version=4).cells
    alone = [c for c in cells if sum(map(bool, map(site.alternative, c.get("outputs", ())))) == 1]
    assert alone and all(site.parts_of_cell(cell) == [cell] for cell in alone)


# ---------------------------------------------------------------- the reference


def test_every_public_name_and_every_file_of_the_model_has_its_place():
    pages = site.reference.pages(site.MODEL)
    index = pages["api/index.md"]
    for name in set(draw_np.__all__) - {"__version__"}:
        assert re.search(rf"^- {{py:obj}}`{name} <draw_np[\w.]*\.{name}>`: \w", index, re.MULTILINE)
    for name in site.MODEL:
        page = f"api/{name.removesuffix('.py')}"
        assert f"automodule:: draw_np.{name[:-3]}\n" in pages[f"{page}.md"]
        assert f"\n{page[4:]}\n" in index
    by_hand = {p.stem for p in Path(draw_np.manual.__file__).parent.glob("[!_]*.py")}
    assert set(re.findall(r"draw_np\.manual\.(\w+)", pages["api/manual.md"])) == by_hand


def test_what_is_said_of_a_field_has_no_colon():
    """Sphinx would take what stands before it for the field's type."""
    files = {ROOT / "draw_np" / name for name in site.MODEL} | {
        Path(inspect.getsourcefile(getattr(draw_np, name)))
        for name in ("Network", "Adam", "Drawing")
    }
    said = [line for path in files for line in re.findall(r"#: (.*)", path.read_text("utf-8"))]
    assert len(said) > 30 and not [line for line in said if ": " in line]


def test_the_page_of_the_commands_is_what_they_say(capsys):
    page = site.reference.commands()
    for name in cli.COMMANDS:
        assert f"\n## draw-np {name}\n" in page
    assert "\n## draw-np classify evaluate\n" in page and "--N-read N" in page
    listings = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    assert max(len(line) for text in listings for line in text.splitlines()) <= 100


# ---------------------------------------------------------------- what a page loads

NETWORK = [
    '<script src="https://cdn.example/mathjax.js"></script>',
    '<script src="//cdn.example/mathjax.js"></script>',
    '<link rel="stylesheet" href="http://fonts.example/css">',
    '<img src="https://example/picture.png" alt="">',
    '<img srcset="here.png 1x, https://example/picture.png 2x" alt="">',
    '<iframe src="https://example/"></iframe>',
    "<style>@font-face { src: url('https://example/a.woff2') }</style>",
    '<style>@import "https://example/a.css";</style>',
    '<p style="background: url(https://example/a.png)">a</p>',
    '<svg><image href="https://example/a.png"/></svg>',
    '<script src="not-there.js"></script>',
]


@pytest.mark.parametrize("text", NETWORK)
def test_an_address_outside_the_build_is_found(text, tmp_path):
    (tmp_path / "here.png").touch()
    (tmp_path / "page.html").write_text(f"<html><body>{text}</body></html>")
    assert len(site.missing(tmp_path)) == 1


def test_an_address_in_a_style_sheet_is_found(tmp_path):
    (tmp_path / "a.css").write_text("/* url(https://no) */ p { src: url(https://example/f.woff) }")
    assert site.missing(tmp_path) == ["a.css: https://example/f.woff"]


def test_what_is_in_the_build_and_links_to_click_are_fine(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "a b.js").touch()
    (tmp_path / "page.html").write_text(
        '<script src="_static/a%20b.js?v=1"></script><a href="https://arxiv.org/abs/1502.04623">x</a>'
        '<img src="data:image/png;base64,aGVsbG8=" alt="x"><svg><use href="#glyph"/></svg>'
    )
    assert site.missing(tmp_path) == []


def test_where_a_part_lives_the_page_has_it_under_the_still():
    live = {"live": {"name": "glimpses", "network": "cluttered-small"}}
    image = {"image/png": {"alt": 'a "still"', "width": 300}}
    metadata = image | {"draw_np": live}
    out = nbformat.v4.new_output("display_data", {"image/png": "aGk=\n"}, metadata=metadata)
    cell = nbformat.v4.new_code_cell("glimpses()", outputs=[out])
    notebook = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_markdown_cell("words")])
    made = nbformat.reads(site.figures_apart(nbformat.writes(notebook)), as_version=4)
    still, part = made.cells[0].outputs
    assert still == out and part.data["text/html"] == (
        '<div class="live" data-live="glimpses" data-network="cluttered-small"></div>'
    )


def test_the_networks_that_pages_ask_for_are_found(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.html").write_text('<div data-live="pad" data-network="small"></div>')
    (tmp_path / "sub" / "b.html").write_text('<i data-network="vae"></i><i data-live="moves"></i>')
    (tmp_path / "c.html").write_text('<div data-live="front" data-network="small"></div>')
    assert site.networks(tmp_path) == ["small", "vae"]


# ---------------------------------------------------------------- the command


def test_a_folder_of_somebody_else_is_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(site, "NEEDED", ())
    (tmp_path / "thesis.txt").write_text("mine")
    assert site.main(["--out", str(tmp_path)]) == 2
    assert "is no site that this command has built" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_what_is_cleared_is_what_was_built_and_no_more(tmp_path):
    out = tmp_path / "site"
    for name in ("page.html", "sub/a.html", "sub/mine.txt", "gone/b.html", "../outside.txt"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("x")
    listed = ["page.html", "sub/a.html", "gone/b.html", "not there.html", "../outside.txt"]
    (out / site.MARK).write_text("\n".join(listed))
    site.clear(out)
    left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*"))
    assert left == ["outside.txt", "site", f"site/{site.MARK}", "site/sub", "site/sub/mine.txt"]


def test_what_is_not_installed_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(site, "NEEDED", ("re", "package_that_nobody_has"))
    assert site.main(["--out", str(tmp_path / "site")]) == 2
    said = capsys.readouterr().err
    assert "package_that_nobody_has, not installed here" in said and '".[site]"' in said


# ---------------------------------------------------------------- the course


def course_rows():
    rows = re.findall(r"^\| \d.*", site.pages(README, NAMES)["course.md"], re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows]


def exercises_of(row):
    """Numbers of the exercises of a week: "3.1 to 3.3, 3.6" names four."""
    numbers = []
    for part in row[2].split(", ") if row[2] else ():
        first, _, last = part.partition(" to ")
        chapter, begin = first.split(".")
        end = (last or first).split(".")[1]
        numbers += [f"{chapter}.{n}" for n in range(int(begin), int(end) + 1)]
    return numbers


def test_the_course_has_every_chapter_once():
    taught = [int(n) for row in course_rows() for n in row[1].split(", ")]
    assert sorted(taught) == [n for n in range(1, 18) if n != 15]


def test_the_exercises_of_the_course_exist_and_come_after_their_chapters():
    named, read = [], set()
    for row in course_rows():
        named += exercises_of(row)
        read |= set(row[1].split(", "))
        assert {number.split(".")[0] for number in named} <= read
    assert len(named) == len(set(named)) and set(named) <= set(contents.EXERCISES)


def test_a_week_has_the_hours_for_its_chapters_and_exercises():
    """An hour a chapter, the minutes of the exercises, three hours for reading and project."""
    for row in course_rows():
        minutes = sum(contents.LABELS[number].minutes for number in exercises_of(row))
        assert len(row[1].split(", ")) + minutes / 60 + 3 <= int(row[5]), f"week {row[0]}"


# ---------------------------------------------------------------- the site itself


@pytest.mark.slow
def test_every_page_is_built_and_loads_nothing_from_a_network(built):
    names = [*NAMES, "index", "pad", "notation", "course", "code", "exercises/README"]
    assert all((built / f"{name}.html").is_file() for name in names)
    assert site.missing(built) == []


@pytest.mark.slow
def test_the_reference_is_made_of_the_docstrings(built):
    """Each public function, with its first line, its types and a link from the first page."""
    page = (built / "api" / "model.html").read_text(encoding="utf-8")
    for name in ("Drawing", "Drawing.means", "step", "loss", "reconstruct", "generate"):
        assert f'id="draw_np.model.{name}"' in page
    words = html.unescape(re.sub("<[^>]+>", "", page))
    assert "The bound L = <L^x + L^z>: one scalar, in nats per image (Eq. 12)." in words
    assert re.search(r"loss\(\s*params: dict\[str, ndarray\],", words)
    manual = (built / "api" / "manual.html").read_text(encoding="utf-8")
    listings = [
        re.sub("<[^>]+>", "", text) for text in re.findall("<pre>(.*?)</pre>", manual, re.S)
    ]
    assert any("dW = x^T dy\n" in text for text in listings)  # equations keep their lines
    index = (built / "api" / "index.html").read_text(encoding="utf-8")
    assert 'href="model.html#draw_np.model.loss"' in index and 'id="draw_np.Network.draw"' in index
    assert 'href="api/index.html"' in (built / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_navigation_of_a_page_is_in_the_books_order(built):
    text = (built / "notation.html").read_text(encoding="utf-8")
    links = re.findall(r'toctree-l1[^"]*"><a class="[^"]*" href="([^"]+)"', text)
    last = ["#", *(f"{name}.html" for name in site.WHOLE[1:])]
    assert links == ["pad.html", *(f"{name}.html" for name in NAMES), *last]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_its_chapters_figures_source_and_answers(built, name):
    notebook = nbformat.read(BOOK / f"{name}.ipynb", as_version=4)
    page = (built / f"{name}.html").read_text(encoding="utf-8")
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    alts = [alt for alt in map(site.alternative, outputs) if alt]
    assert [html.unescape(alt) for alt in re.findall(r'<img alt="([^"]*)"', page)] == alts
    pieces = re.findall("<pre>(.*?)</pre>", page, re.DOTALL)  # set in a typewriter's letters
    listings = {html.unescape(re.sub("<[^>]+>", "", piece)).strip() for piece in pieces}
    for out in outputs:
        if "source" in out.get("metadata", {}).get("draw_np", {}):
            code = re.search("```python\n(.*)```", out.data["text/markdown"], re.DOTALL)[1]
            assert code.strip() in listings
    text = "".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    text += "".join(out.get("data", {}).get("text/markdown", "") for out in outputs)
    assert page.count("<details>") == text.count("<details>")  # folded code has a class of its own


@pytest.mark.slow
def test_a_warning_fails_the_build_and_names_the_place(built, tmp_path):
    book = tmp_path / "chapters"
    shutil.copytree(BOOK, book)
    path = book / f"{NAMES[-1]}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += "\n\nSee [a page](nowhere.md)."
    nbformat.write(notebook, path)
    with pytest.raises(RuntimeError, match=rf"chapters/{NAMES[-1]}.ipynb.*'nowhere.md'"):
        site.build(tmp_path / "site", book)
    assert not (tmp_path / "site").exists()


@pytest.mark.slow
def test_an_earlier_build_is_replaced_and_what_lies_beside_it_stays(built):
    (built / "mine.html").write_text("mine")
    (built / "old.html").write_text("old")
    with (built / site.MARK).open("a", encoding="utf-8") as listed:
        listed.write("old.html\n")
    site.build(built)
    assert not (built / "old.html").exists() and (built / "index.html").exists()
    assert (built / "mine.html").read_text() == "mine"
    (built / "mine.html").unlink()


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES, "notation"])
def test_without_a_network_every_equation_is_typeset(built, browser, name):
    path = built / f"{name}.html"
    equations = len(re.findall(r'class="math notranslate', path.read_text(encoding="utf-8")))
    browser.open(path.as_uri())
    browser.until("window.MathJax && MathJax.startup && MathJax.startup.promise && true")
    browser.run("MathJax.startup.promise.then(() => 0)")
    seen = browser.run("document.documentElement.outerHTML")
    assert equations and seen.count("<mjx-container") == equations
    assert not re.search('<g [^>]*data-mml-node="merror"', seen)  # TeX not understood
