"""How long a chapter takes to read, and what of it is in view.

Out of view is what a reader has to unfold: answers and appendices in ``<details>``, and the
source of cells that are folded. A folded cell is tagged ``hide-input`` for the site and has
``source_hidden`` for Jupyter. A code host shows it all the same, so it is short.
"""

import re

WORDS_A_MINUTE, LINES_A_MINUTE = 200, 10
MOST_WORDS = 2500
MOST_LINES = {8: 150}  #: of code in view, by chapter
MOST_LINES_ELSEWHERE = 120
MOST_FOLDED = 10  #: lines of a folded cell
PROMISE = "**Reading time:**"
PLUMBING = r"^\s*(assert|import|from)\b|\bshow\("  #: what no cell in view has


def folded(cell):
    """Whether the source of a code cell is out of view."""
    return "hide-input" in cell.metadata.get("tags", ())


def words(notebook):
    """Words in view, of the text and of what cells compute.

    Parameters
    ----------
    notebook : notebook
        Of nbformat.

    Returns
    -------
    int
    """
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    texts += [out.data["text/markdown"] for out in computed(notebook) if not is_source(out)]
    text = re.sub(r"<details>.*?</details>", "", "\n".join(texts), flags=re.DOTALL)
    kept = [line for line in text.splitlines() if not line.startswith(PROMISE)]
    return sum(bool(re.search(r"\w", word)) for line in kept for word in line.split())


def code(notebook):
    """Lines of code in view, without blank ones: of cells, and of the package's source.

    Parameters
    ----------
    notebook : notebook

    Returns
    -------
    int
    """
    cells = [c.source for c in notebook.cells if c.cell_type == "code" and not folded(c)]
    sources = [out.data["text/markdown"] for out in computed(notebook) if is_source(out)]
    shown = [part for s in sources for part in re.findall(r"```python\n(.*?)```", s, re.DOTALL)]
    return sum(bool(line.strip()) for text in [*cells, *shown] for line in text.splitlines())


def computed(notebook):
    """The outputs that are Markdown."""
    outputs = (out for cell in notebook.cells for out in cell.get("outputs", ()))
    return [out for out in outputs if "text/markdown" in out.get("data", {})]


def is_source(output):
    """Whether an output is the package's own source."""
    return "source" in output.get("metadata", {}).get("draw_np", {})


def minutes(notebook):
    """How long a chapter takes to read: an estimate from the words and the code in view."""
    return round(words(notebook) / WORDS_A_MINUTE + code(notebook) / LINES_A_MINUTE)


def promise(notebook):
    """The line at the head of a chapter that says how long it takes."""
    return (
        f"{PROMISE} about {minutes(notebook)} minutes, and twice that with a pencil "
        f"({words(notebook):,} words and {code(notebook)} lines of code in view)."
    )


def promised(notebook):
    """Put today's promise in the place of the one at the head, if there is one; in place."""
    head = notebook.cells[0]
    old = rf"^{re.escape(PROMISE)}.*$"
    head.source = re.sub(old, lambda _: promise(notebook), head.source, flags=re.MULTILINE)


def problems(notebook, number):
    """What a chapter shows that it should not; an empty list if nothing.

    Parameters
    ----------
    notebook : notebook
    number : int
        Of the chapter.

    Returns
    -------
    list of str
    """
    most = MOST_LINES.get(number, MOST_LINES_ELSEWHERE)
    found = []
    if promise(notebook) not in notebook.cells[0].source.splitlines():
        found.append(f'the first cell does not say "{promise(notebook)}"')
    if words(notebook) > MOST_WORDS:
        found.append(f"{words(notebook)} words in view, at most {MOST_WORDS}: fold a derivation")
    if code(notebook) > most:
        found.append(f"{code(notebook)} lines of code in view, at most {most}: fold a cell")
    numbered = [(n, c) for n, c in enumerate(notebook.cells, 1) if c.cell_type == "code"]
    return found + [f"cell {n}: {p}" for n, c in numbered for p in cell_problems(c)]


def cell_problems(cell):
    """Whether a cell shows plumbing, or folds it for one reader and not for the other."""
    found = []
    if folded(cell) != bool(cell.metadata.get("jupyter", {}).get("source_hidden")):
        found.append("a folded cell has the tag hide-input and source_hidden, both")
    length = sum(bool(line.strip()) for line in cell.source.splitlines())
    if folded(cell) and length > MOST_FOLDED:
        found.append(f"{length} folded lines, at most {MOST_FOLDED}: a code host folds nothing")
    if not folded(cell) and re.search(PLUMBING, cell.source, re.MULTILINE):
        found.append("an import, an assert or a call of show in view: fold it, or move it")
    return found
