"""What a chapter needs beside the package: source to read, figures to see, computed words.

A chapter is read in three places: on a code host, where nothing runs, on a page of the
site, and in Jupyter. So that it reads well in all three, figures are stored as PNG with
alternative text; what moves under some of them (``alive``) is never stored.
"""

import ast
import base64
import copy
import functools
import inspect
import io
import sys
import textwrap
from html import escape
from itertools import accumulate
from pathlib import Path

from PIL import Image

from draw_np.book import alive
from draw_np.pictures import plot

PIXELS_PER_INCH = 96  # at which a figure is shown; it is stored finer, by plot.STYLE
ROOT = Path(__file__).parents[2]


# ---------------------------------------------------------------- source


def source(*functions, whole=False):
    """Show the package's own source of functions or classes, with highlighting.

    Parameters
    ----------
    functions : functions or classes of the package
    whole : bool
        Show whole docstrings; otherwise their first lines only.
    """
    from IPython.display import display

    names = [f"{origin(f).__module__}:{origin(f).__qualname__}" for f in functions]
    text = source_text(*functions, whole=whole)
    bundle = {"text/markdown": text, "text/plain": text}
    display(bundle, raw=True, metadata={"draw_np": {"source": names, "whole": whole}})


def source_text(*functions, whole=False):
    """Markdown with the source of functions of one module, under the name of its file."""
    files = {Path(inspect.getsourcefile(origin(f))).resolve() for f in functions}
    if len(files) != 1:
        raise ValueError(f"source shows functions of one file at a time, not of {len(files)}")
    name = files.pop().relative_to(ROOT).as_posix()
    code = "\n\n".join(one_source(f, whole) for f in functions)
    return f"From `{name}`:\n\n```python\n{code}\n```"


def origin(function):
    """The function as it was written: autograd's ``primitive`` wraps it without a trace."""
    cells = [c.cell_contents for c in getattr(function, "__closure__", None) or ()]
    raw = [c for c in cells if getattr(c, "__name__", None) == function.__name__]
    return inspect.unwrap(raw[0] if raw else function)


def one_source(function, whole):
    """The source of one function or class, its docstring cut to one line unless ``whole``."""
    text = without_types(textwrap.dedent(inspect.getsource(origin(function))).rstrip())
    lines, body = text.splitlines(), ast.parse(text).body[0].body
    if not whole and ast.get_docstring(ast.parse(text).body[0]):
        first, last = body[0].lineno, body[0].end_lineno
        if last > first:
            lines[first - 1 : last] = [lines[first - 1].rstrip() + '"""']
    return "\n".join(lines)


def without_types(text):
    """Source whose signatures name the arguments alone: pages are narrower than editors."""
    raw = text.encode()  # places in ast are counted in bytes
    starts = [0, *accumulate(map(len, raw.splitlines(keepends=True)))]
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef)]
    for f in sorted(functions, key=lambda f: f.lineno, reverse=True):
        said = [n for n in (*ast.walk(f.args), f.returns) if isinstance(n, (ast.arg, ast.expr))]
        if f.returns or any(getattr(n, "annotation", None) for n in said):
            begin = starts[f.lineno - 1] + f.col_offset
            last = max([begin, *(starts[n.end_lineno - 1] + n.end_col_offset for n in said)])
            end = raw.index(b":", last)
            raw = raw[:begin] + f"def {f.name}({bare(f.args, text)})".encode() + raw[end:]
    return raw.decode()


def bare(arguments, text):
    """The names and the defaults of a function's arguments, as they are written in ``text``."""
    args = copy.deepcopy(arguments)
    for arg in ast.walk(args):
        if isinstance(arg, ast.arg):
            arg.annotation = None
    for defaults in (args.defaults, args.kw_defaults):
        defaults[:] = [d and ast.Name(ast.get_source_segment(text, d)) for d in defaults]
    return ast.unparse(args)


# ---------------------------------------------------------------- figures


def show(fig, alt, part=None):
    """Display a figure as PNG with alternative text.

    Parameters
    ----------
    fig : matplotlib Figure
    alt : str
        What somebody who cannot see the figure should know of it.
    part : alive.Part, optional
        What lives in its place on the site.
    """
    from IPython.display import display

    if not alt.strip():
        raise ValueError("a figure needs alternative text: say in a sentence what it shows")
    encoded = base64.b64encode(png(fig)).decode()
    width = round(fig.get_figwidth() * PIXELS_PER_INCH)
    display(
        {"image/png": encoded, "text/plain": f"[figure: {alt}]"},
        raw=True,
        metadata={"image/png": {"alt": alt, "width": width}}
        | ({"draw_np": {"live": part._asdict()}} if part else {}),
    )


def picture(alt=None, part=None):
    """Make of a function that draws a figure one that displays it, in the book's style.

    So that a cell which calls for a figure is one line. The drawing function itself is
    ``__wrapped__``.

    Parameters
    ----------
    alt : str, optional
        Alternative text; without one, the function returns figure and text.
    part : alive.Part, optional
        What lives in the figure's place, where a person sits and scripts run.

    Returns
    -------
    decorator
    """

    def decorator(draw):
        @functools.wraps(draw)
        def displayed(*args, **kwargs):
            with plot.style():
                drawn = draw(*args, **kwargs)
            fig, words = (drawn, alt) if alt else drawn
            if not part or not somebody_is_there():
                return show(fig, words, part)
            if folder := alive.site_folder():
                return show_html(alive.framed(part, image(fig, words), folder), words)
            show(fig, words, part)
            return say(alive.ELSEWHERE)

        return displayed

    return decorator


def show_html(html, alt):
    """Display HTML, with words for where none is shown."""
    from IPython.display import display

    display({"text/html": html, "text/plain": f"[figure: {alt}]"}, raw=True)


def png(fig):
    """A figure as the bytes of a PNG file, the same for the same figure."""
    drawn, stored = io.BytesIO(), io.BytesIO()
    with plot.style():
        fig.savefig(drawn, format="png", metadata={"Software": None})
    # a palette of 256 colours takes a third of the space, and a chapter has a dozen figures
    picture = Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(stored, format="png", optimize=True)
    return stored.getvalue()


# ---------------------------------------------------------------- computed words


def say(text):
    """Display Markdown: a sentence with numbers that the cell has computed."""
    from IPython.display import display

    display({"text/markdown": text, "text/plain": text}, raw=True)


def table(header, rows):
    """Display a table of computed numbers.

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequences
        As many entries each; numbers are written as they come, so format them.
    """
    lines = [header, ["---"] * len(header), *rows]
    say("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines))


# ---------------------------------------------------------------- where a person sits


def somebody_is_there():
    """Whether the cell that runs was sent by a front end at which a person sits.

    Every request to a kernel says whether its sender could answer a question
    (``allow_stdin`` in Jupyter's messages). Jupyter and editors can; nbclient, which
    executes notebooks without a reader, cannot.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if not hasattr(shell, "get_parent"):
        return False
    return bool(shell.get_parent().get("content", {}).get("allow_stdin", False))


def image(fig, alt):
    """A figure as HTML, with its words."""
    encoded = base64.b64encode(png(fig)).decode()
    width = round(fig.get_figwidth() * PIXELS_PER_INCH)
    return (
        f'<img alt="{escape(alt)}" src="data:image/png;base64,{encoded}" '
        f'style="width: {width}px; max-width: 100%">'
    )
