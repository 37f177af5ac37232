"""Build the static site of the book, which a browser can read without a network.

    pip install -e ".[site]"
    python chapters/site/build.py              # into site/, to be opened at site/index.html
    python chapters/site/build.py --out DIR    # into another folder

Nothing is executed: the outputs shown are those that chapters/run.py has stored. Every
warning of Sphinx is an error, and so is a page that would load a script, a style, a font or
an image from the network, or one that is not in the build.
"""

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import bundle
import reference

from draw_np.book.alive import Part

HERE = Path(__file__).resolve().parent
BOOK = HERE.parent
OUT = BOOK.parent / "site"
NEEDED = ("sphinx", "myst_nb", "furo", "sphinx-mathjax-offline")  # the extra "site"
MODEL = [  # the files that a reader of the model reads
    f"{name}.py"
    for name in "nn lstm attention latent likelihood config parameters model glimpse".split()
]
MARK = ".draw-np-site"  # a file that lists what this command has put into its folder

WHOLE = "notation equations exercises/README course code api/index commands machines".split()

# ---------------------------------------------------------------- what the site is made of


def gather(book, folder):
    """Copy a book's files into ``folder``, arranged as the pages of the site.

    Parameters
    ----------
    book : Path
        With README.md, chapters, pictures/ and exercises/.
    folder : Path
        Empty.

    Raises
    ------
    ValueError
        If a chapter has no stored outputs, or the README lacks a section.
    """
    shutil.copytree(book / "pictures", folder / "pictures")
    for name in ("exercises", "api"):
        (folder / name).mkdir()
    found = {path.name: figures_apart(stored(path)) for path in chapters(book)}
    found |= pages((book / "README.md").read_text("utf-8"), [path.stem for path in chapters(book)])
    found |= {"pad.md": (HERE / "pad.md").read_text("utf-8"), "code.md": code()}
    found |= reference.pages(MODEL)
    for name in ("exercises/README.md", "equations.md", "machines.md"):
        found[name] = (book / name).read_text("utf-8")
    for name, text in found.items():
        (folder / name).write_text(linked(text, name), encoding="utf-8")


def chapters(book):
    """The files of all chapters, in order."""
    return sorted(book.glob("[0-9][0-9]_*.ipynb"))


def stored(path):
    """The text of a chapter, if chapters/run.py has stored its outputs."""
    text = path.read_text("utf-8")
    if re.search(r'"execution_count": \d', text) is None:
        raise ValueError(
            f"{path.name} has no stored outputs: run python chapters/run.py {path.stem} first"
        )
    return text


def pages(readme, names):
    """The pages that the book's README becomes: file name to text.

    Parameters
    ----------
    readme : str
    names : list of str
        Of the chapters, in order.

    Raises
    ------
    ValueError
        If the README lacks a section that is a page of the site.
    """
    parts = sections(readme)
    wanted = {"course.md": "A course", "notation.md": "Notation"}
    front = (HERE / "front.md").read_text("utf-8")
    index = [front, section(parts, "Chapters"), section(parts, "Reading with a kernel")]
    alone = {name: section(parts, heading) for name, heading in wanted.items()}
    return {"index.md": "\n".join([*index, tree(names)])} | {
        name: re.sub("^#", "", text, flags=re.MULTILINE) for name, text in alone.items()
    }


def code():
    """The page with the files of the model, in the order in which they are to be read."""
    parts = [
        f"## {name}\n\n```python\n{(BOOK.parent / 'draw_np' / name).read_text('utf-8')}```\n"
        for name in MODEL
    ]
    words = "The files of `draw_np/` that are the model, in the order in which to read them."
    return "\n".join(["# The code", words, *parts])


def sections(text):
    """Markdown cut at its headings of the second level: heading to text; "" to what is before."""
    first, *rest = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return {"": first} | {part.splitlines()[0].removeprefix("## "): part for part in rest}


def section(parts, heading):
    """The one section whose heading begins so."""
    found = [text for name, text in parts.items() if name.startswith(heading)]
    if len(found) != 1:
        raise ValueError(
            f'chapters/README.md has {len(found)} sections "## {heading}...", and the site '
            "needs exactly one: write it, or change chapters/site/build.py"
        )
    return found[0]


def tree(names):
    """Sphinx's tables of contents: what stands in the navigation, in which order."""
    return "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(lines) + "\n```\n"
        for caption, lines in (
            ("To try", ["pad"]),
            ("Chapters", names),
            ("For the whole book", WHOLE),
        )
    )


def linked(text, name):
    """A page's text with links that lead somewhere on the site.

    Links into the book's README lead to the pages made of it. Of links to files outside
    the book, which is not on the site, the words stay.
    """
    outside = re.escape("../" * (name.count("/") + 1))
    text = re.sub(rf"\[([^][]*)\]\({outside}[^)]*\)", r"\1", text)
    text = re.sub(r"\]\(#notation\)", "](notation.md)", text)
    text = re.sub(r"\]\((\.\./)?README\.md#notation\)", r"](\1notation.md)", text)
    return re.sub(r"\]\((\.\./)?README\.md(#[\w-]+)?\)", r"](\1index.md)", text)


def figures_apart(text):
    """A notebook in which no cell has two figures: myst-nb knows one alternative text a cell.

    Parameters
    ----------
    text : str
        Of a notebook.

    Returns
    -------
    str
        Of one that looks the same: the outputs of a cell with several figures are dealt out
        to cells without source that follow it.
    """
    import nbformat

    notebook = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        if "outputs" in cell:
            cell.outputs = [part for out in cell.outputs for part in with_its_part(out)]
    notebook.cells = [part for cell in notebook.cells for part in parts_of_cell(cell)]
    return nbformat.writes(notebook)


def with_its_part(output):
    """An output, and after it the element for what lives under it, if something does."""
    live = output.get("metadata", {}).get("draw_np", {}).get("live")
    if not live:
        return [output]
    import nbformat

    data = {"text/html": Part(**live).place()}
    return [output, nbformat.v4.new_output("display_data", data=data)]


def parts_of_cell(cell):
    """The cell, if it has one figure at most; otherwise a cell for each of its figures."""
    alts = [alt for out in cell.get("outputs", ()) if (alt := alternative(out))]
    if len(alts) < 2:
        return [cell]
    outputs, cell.outputs = cell.outputs, []
    parts = [cell, *(unseen() for _ in alts[1:])]
    figures = [bool(alternative(out)) for out in outputs]
    for n, out in enumerate(outputs, start=1):
        parts[max(sum(figures[:n]) - 1, 0)].outputs.append(out)
    for part, alt in zip(parts, alts, strict=True):
        part.metadata["mystnb"] = {"image": {"alt": alt}}
    return parts


def unseen():
    """A cell whose source no page shows; one without any source is left out with its outputs."""
    import nbformat

    return nbformat.v4.new_code_cell("...", metadata={"tags": ["remove-input"]})


def alternative(output):
    """The alternative text of an output that is a figure, else an empty one."""
    return output.get("metadata", {}).get("image/png", {}).get("alt", "")


# ---------------------------------------------------------------- what a page loads


class Loaded(HTMLParser):
    """What a page loads by itself, in ``addresses``; links to be clicked are not among it."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.inside = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        """Collect the addresses in an element's attributes."""
        self.inside = tag
        for name, value in attributes:
            if name in ("src", "poster", "data") or (name.endswith("href") and tag in HREF_LOADS):
                self.addresses.append(value or "")
            elif name == "srcset":
                self.addresses += [part.split()[0] for part in value.split(",")]
            elif name == "style":
                self.addresses += loaded_by_style(value or "")

    handle_startendtag = handle_starttag

    def handle_data(self, text):
        """Collect the addresses in a style that stands in the page."""
        if self.inside == "style":
            self.addresses += loaded_by_style(text)


HREF_LOADS = {"link", "use", "image", "base"}  #: elements that load what their href names


def loaded_by_style(text):
    """The addresses that a style sheet loads."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = re.findall(r"""url\(\s*["']?([^"')]*)|@import\s+["']([^"']*)""", text)
    return [first or second for first, second in found]


def missing(folder):
    """What pages and styles load that is not in the build.

    Parameters
    ----------
    folder : Path
        Of the site.

    Returns
    -------
    list of str
        "page: address" for each; empty if a browser needs no network.
    """
    found = []
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.css")]):
        text = path.read_text(encoding="utf-8")
        page = path.suffix == ".html"
        for address in Loaded(text).addresses if page else loaded_by_style(text):
            if not in_build(address, path.parent):
                found.append(f"{path.relative_to(folder).as_posix()}: {address[:100]}")
    return found


def in_build(address, folder):
    """Whether an address, seen from ``folder``, is part of the page or a file beside it."""
    if address.startswith(("data:", "#")):
        return True
    return ":" not in address and (folder / unquote(re.split("[?#]", address)[0])).is_file()


# ---------------------------------------------------------------- building


def build(out, book=BOOK):
    """Build the site of a book in ``out``; what an earlier build left there is replaced.

    Parameters
    ----------
    out : Path
    book : Path
        Another folder like that of the chapters.

    Raises
    ------
    FileNotFoundError
        If a package is not installed.
    FileExistsError
        If ``out`` holds something that is not such a site.
    ValueError
        If the book is not as it should be.
    RuntimeError
        If Sphinx warns, or a page would load what is not in the build.
    """
    refuse_to_begin(out)
    with tempfile.TemporaryDirectory() as scratch:
        pages_from, built = Path(scratch) / "chapters", Path(scratch) / "site"
        pages_from.mkdir()
        gather(book, pages_from)
        sphinx(pages_from, built)
        scripts(built / "_static")
        if found := missing(built):
            raise RuntimeError("\n  ".join(["pages load what is not in the build:", *found]))
        clear(out)
        files = sorted(f.relative_to(built).as_posix() for f in built.rglob("*") if f.is_file())
        (built / MARK).write_text("\n".join(files) + "\n", encoding="utf-8")
        shutil.copytree(built, out, dirs_exist_ok=True)


def clear(out):
    """Remove what an earlier build left, by its own list, and nothing that was put beside it."""
    mark = out / MARK
    if not mark.is_file():
        return
    for name in mark.read_text("utf-8").splitlines():
        path = out / name
        if not path.resolve().is_relative_to(out.resolve()):
            continue  # a list that somebody has changed
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == out or any(folder.iterdir()):
                break
            folder.rmdir()


def refuse_to_begin(out):
    """Raise what ``build`` raises if it cannot work or would delete what is not its own."""
    if absent := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        names = ", ".join(absent)
        raise FileNotFoundError(
            f'the site needs {names}, not installed here: run pip install -e ".[site]"'
        )
    if out.exists() and not (out / MARK).exists() and (out.is_file() or any(out.iterdir())):
        raise FileExistsError(
            f"{out} is there and is no site that this command has built: remove it, or name "
            "another folder by --out"
        )


def sphinx(pages_from, out):
    """Run Sphinx, as strict as it can be."""
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going", "-b", "html"]
    command += ["-d", f"{out}-state", "-c", HERE, pages_from, out]
    done = subprocess.run(command, capture_output=True, text=True)
    said = (done.stdout + done.stderr).strip().replace(f"{pages_from}", BOOK.name)
    if done.returncode or said:
        raise RuntimeError(f"Sphinx is not content:\n{said}")


def scripts(folder):
    """Write what moves on the pages: the modules in one script, and the data that they need."""
    live = bundle.digits_script() + bundle.joined("start.js")
    (folder / "live.js").write_text(live, encoding="utf-8")
    for name in networks(folder.parent):
        (folder / f"network-{name}.js").write_text(bundle.network_script(name), encoding="utf-8")


def networks(folder):
    """The networks whose weights the pages in a folder ask for."""
    texts = (page.read_text("utf-8") for page in folder.rglob("*.html"))
    return sorted({name for text in texts for name in re.findall(r'data-network="([\w-]+)"', text)})


def main(argv=None):
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(description="Build the static site of the book.")
    parser.add_argument("--out", metavar="DIR", type=Path, default=OUT, help="default: site/")
    args = parser.parse_args(argv)
    try:
        build(args.out)
    except (RuntimeError, OSError, ValueError) as e:
        print(f"chapters/site/build.py: {e}", file=sys.stderr)
        return 1 if isinstance(e, RuntimeError) else 2
    pages = len(list(args.out.rglob("*.html")))
    index = os.path.relpath(args.out / "index.html")
    print(f"{pages} pages, which load nothing from a network; the first is {index}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
