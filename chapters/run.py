"""Execute the chapters and store their outputs, or only check that they execute.

    python chapters/run.py                       # all chapters, outputs and pictures stored
    python chapters/run.py 08_filterbank         # one of them
    python chapters/run.py --check 08_filterbank # execute, store nothing

Every chapter is executed top to bottom in a fresh kernel. What is stored depends on the
chapter and the package alone: no times, no machine, no widgets that only a kernel could
move. The picture of the table of contents is the last figure of the cell tagged "cover".
The first error ends the run and names chapter and cell; nothing of that chapter is stored.
"""

import argparse
import base64
import io
import os
import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from PIL import Image

from draw_np.book import reading

HERE = Path(__file__).resolve().parent
PICTURES = HERE / "pictures"
LARGEST = 1_000_000  # bytes of a stored chapter
COVER = 480  # pixels, width of the picture in the table of contents
SECONDS = 300  # that one cell may take
WIDGET = "application/vnd.jupyter.widget-view+json"
SECTIONS = ("## In plain words", "## Questions to test yourself", "## Further reading")


def chapters():
    """The files of all chapters, in order."""
    return sorted(HERE.glob("[0-9][0-9]_*.ipynb"))


def execute(path):
    """A chapter, executed in a fresh kernel.

    Parameters
    ----------
    path : Path

    Returns
    -------
    notebook
        As it is to be stored.

    Raises
    ------
    RuntimeError
        If the file is no notebook, a cell fails or takes too long, or the kernel dies; the
        message names chapter and cell.
    """
    notebook = read(path)
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    started = []
    client = NotebookClient(
        notebook,
        on_cell_start=lambda cell, cell_index: started.append(
            f"cell {cell_index + 1} (id {cell.id})"
        ),
        timeout=SECONDS,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # a kernel warns that it is not encrypted
        resources={"metadata": {"path": str(HERE)}},
    )
    try:
        client.execute()
    except CellExecutionError as e:
        plain = re.sub(r"\x1b\[[\d;]*m", "", str(e))  # the kernel colours its tracebacks
        raise RuntimeError(f"{path.name}, {failed_cell(notebook)}:\n{plain}") from None
    except (CellTimeoutError, DeadKernelError) as e:
        slow, where = isinstance(e, CellTimeoutError), (started or ["before the first cell"])[-1]
        what = f"it takes more than {SECONDS} s" if slow else "the kernel died"
        raise RuntimeError(f"{path.name}, {where}: {what}") from None
    return cleaned(notebook)


def read(path):
    """The notebook in a file; a RuntimeError that names it if there is none."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        if not notebook.cells:
            raise ValueError("no cells")
    except OSError as e:
        raise RuntimeError(f"{path.name} cannot be read: {e.strerror}") from e
    except Exception as e:  # damaged JSON leads nbformat to errors of any type
        raise RuntimeError(
            f"{path.name} is damaged or not a notebook: get it again, or mend it by hand"
        ) from e
    return notebook


def code_cells(notebook):
    """The cells that are executed: code that is not empty."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def failed_cell(notebook):
    """Which cell has the error among its outputs: its number among all cells, and its id."""
    for number, cell in enumerate(notebook.cells, start=1):
        if any(out.output_type == "error" for out in cell.get("outputs", ())):
            return f"cell {number} (id {cell.id})"
    return "before the end of a cell"


def cleaned(notebook):
    """The same notebook without what another run or machine would change."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"file_extension": ".py", "name": "python"},
        }
    )
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
            describe_for_sphinx(cell)
    reading.promised(notebook)
    return notebook


def joined(outputs):
    """Outputs with printed text in one piece: a kernel cuts it as its clock will have it."""
    whole = []
    for out in outputs:
        before = whole[-1] if whole else None
        if before and before.output_type == out.output_type == "stream" and before.name == out.name:
            before.text += out.text
        else:
            whole.append(out)
    return whole


def describe_for_sphinx(cell):
    """Repeat the alternative text of a cell's figure where myst-nb looks for it."""
    cell.metadata.pop("mystnb", None)
    alts = [image_metadata(out).get("alt", "") for out in images(cell)]
    if alts:
        cell.metadata["mystnb"] = {"image": {"alt": " ".join(alts)}}


def images(cell):
    """The outputs of a cell that are pictures."""
    return [out for out in cell.get("outputs", ()) if "image/png" in out.get("data", {})]


def image_metadata(output):
    """What is stored beside a picture: its alternative text and its width."""
    return output.get("metadata", {}).get("image/png", {})


# ---------------------------------------------------------------- what a chapter must be


def problems(notebook, path):
    """What is wrong with a chapter as it is stored; an empty list if nothing is.

    Parameters
    ----------
    notebook : notebook
    path : Path

    Returns
    -------
    list of str
    """
    return [
        *problems_of_form(notebook, path),
        *problems_of_outputs(notebook),
        *(reading.problems(notebook, int(path.name[:2])) if revised(notebook) else ()),
        *(f"cell {n}: {p}" for n, c in enumerate(notebook.cells, 1) for p in cell_problems(c)),
    ]


def revised(notebook):
    """Whether the chapter says how long it takes."""
    return reading.PROMISE in notebook.cells[0].source


def problems_of_form(notebook, path):
    """The first cell, the sections at the end, the size."""
    first = notebook.cells[0]
    number = int(path.name[:2])
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    wanted = {
        "the first cell is not text": first.cell_type == "markdown",
        f'the first line is not "# Chapter {number}: ..."': re.match(
            rf"# Chapter {number}: \S", first.source
        ),
        'the first cell has no "What you will learn"': "What you will learn" in first.source,
        'the first cell has no "What you need"': "What you need" in first.source,
        "no answers are folded away in <details>": "<details>" in text,
        f"larger than {LARGEST} bytes": len(as_text(notebook).encode()) <= LARGEST,
        "no cell with a figure is tagged cover": cover(notebook) is not None,
    }
    missing = [f'no section "{name}"' for name in SECTIONS if f"\n{name}" not in f"\n{text}"]
    return [problem for problem, fine in wanted.items() if not fine] + missing


def problems_of_outputs(notebook):
    """Whether the stored outputs are those of one clean run from top to bottom."""
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        return [f"the execution counts are not 1, 2, 3, ...: {counts}"]
    if not any(cell.outputs for cell in code_cells(notebook)):
        return ["no outputs are stored"]
    return []


def cell_problems(cell):
    """Errors, warnings, dead widgets, figures without words, traces of a machine."""
    found = []
    for out in cell.get("outputs", ()):
        data = out.get("data", {})
        if out.output_type == "error":
            found.append(f"stored error {out.ename}")
        if out.get("name") == "stderr":
            found.append(f"stored warning: {out.text[:80]}")
        if WIDGET in data:
            found.append("stored widget, which is dead without a kernel")
        if "image/png" in data and not image_metadata(out).get("alt"):
            found.append("figure without alternative text")
        words = out.get("text", "") + data.get("text/plain", "") + data.get("text/markdown", "")
        if re.search(r"/(home|Users|root|tmp|work|usr)/", words):
            found.append("output with the path of a machine")
    if "execution" in cell.metadata:
        found.append("times of an execution in the metadata")
    return found


# ---------------------------------------------------------------- storing


def as_text(notebook):
    """The text of the file."""
    return nbformat.writes(notebook) + "\n"


def cover(notebook):
    """The picture for the table of contents: last figure of the cell tagged ``cover``."""
    tagged = [c for c in notebook.cells if "cover" in c.metadata.get("tags", ())]
    found = [out for cell in tagged for out in images(cell)]
    return base64.b64decode(found[-1].data["image/png"]) if found else None


def store(notebook, path):
    """Write the chapter and its picture, each whole or not at all; returns the size in bytes."""
    picture = Image.open(io.BytesIO(cover(notebook))).convert("RGB")
    height = round(picture.height * COVER / picture.width)
    small = picture.resize((COVER, height), Image.Resampling.LANCZOS)
    PICTURES.mkdir(exist_ok=True)
    png = io.BytesIO()
    small.quantize(64).save(png, "png", optimize=True)
    replace(PICTURES / f"{path.stem}.png", png.getvalue())
    replace(path, as_text(notebook).encode())
    return path.stat().st_size


def replace(path, raw):
    """Put ``raw`` in the place of a file; whoever ends this half way leaves the old one."""
    beside = path.with_name(f".{path.name}.unfinished")
    try:
        beside.write_bytes(raw)
        os.replace(beside, path)
    except OSError as e:
        raise RuntimeError(f"{path.name} cannot be stored: {e.strerror}") from e
    finally:
        beside.unlink(missing_ok=True)


def chosen(names):
    """The files of the chapters called so ("08_filterbank", with .ipynb or a path), or all."""
    paths = [HERE / f"{Path(name).name.removesuffix('.ipynb')}.ipynb" for name in names]
    for path in paths:
        if path not in chapters():
            known = ", ".join(p.stem for p in chapters())
            raise FileNotFoundError(f"there is no chapter {path.stem}: choose among {known}")
    return paths or chapters()


def main(argv=None):
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        description="Execute the chapters and store their outputs, or only check that they execute."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="chapters; all if none is named")
    parser.add_argument("--check", action="store_true", help="execute, but store nothing")
    args = parser.parse_args(argv)
    try:
        for path in chosen(args.names):
            began = time.perf_counter()
            notebook = execute(path)
            if found := problems(notebook, path):
                raise RuntimeError("\n  ".join([f"{path.name} has executed, but:", *found]))
            size = len(as_text(notebook)) if args.check else store(notebook, path)
            print(f"{path.stem}: {time.perf_counter() - began:.0f} s, {size / 1000:.0f} kB")
    except (RuntimeError, FileNotFoundError) as e:
        print(f"chapters/run.py: {e}", file=sys.stderr)
        return 1 if isinstance(e, RuntimeError) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
