"""How Sphinx makes the pages of the site; build.py gathers what they are made of."""

import re
from html import escape
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes

project = html_title = "DRAW, equation by equation"
language = "en"
root_doc = "index"
extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

# ---------------------------------------------------------------- chapters

nb_execution_mode = "off"  # what is shown is what chapters/run.py has stored
nb_render_markdown_format = "myst"  # mathematics and tables in computed text
nb_code_prompt_show, nb_code_prompt_hide = "Show the code", "Hide the code"
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3

# ---------------------------------------------------------------- mathematics

# MathJax comes in the package sphinx-mathjax-offline. The script taken draws glyphs as
# outlines that it carries itself; some browsers refuse fonts in files of their own to a page
# that is opened from a folder.
mathjax = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static/mathjax"
mathjax_path = "tex-svg-full.js"
mathjax3_config = {
    "options": {"enableMenu": False},  # its entries need more files
    "tex": {"packages": {"[-]": ["noundefined"]}},  # an unknown command is an error, not red text
}

# ---------------------------------------------------------------- docstrings

napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_member_order = "bysource"
add_module_names = False
python_maximum_signature_line_length = 80
nitpick_ignore_regex = [("py:.*", ".*")]  # "array, shape (M, D)" is a type for readers, and no link

# ---------------------------------------------------------------- pages

html_theme = "furo"
html_static_path = ["static", str(mathjax / mathjax_path)]
html_css_files = ["book.css", "live.css"]
html_js_files = [("page.js", {"defer": "defer"})]
html_favicon = "static/favicon.svg"
html_search_scorer = str(Path(__file__).with_name("search.js"))
html_copy_source = html_use_index = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00598c", "color-brand-content": "#00598c"},
    "dark_css_variables": {"color-brand-primary": "#8cc8f0", "color-brand-content": "#8cc8f0"},
}


def no_break_before_punctuation(app, doctree, docname):
    """Keep an equation in a line together with the full stop or the like that follows it."""
    for equation in list(doctree.findall(nodes.math)):
        after = equation.next_node(descend=False, siblings=True)
        marks = re.match(r"[^\s\w]+", after) if isinstance(after, nodes.Text) else None
        if marks:
            after.parent.replace(after, nodes.Text(after[marks.end() :]))
            together = nodes.inline(classes=["together"])
            equation.replace_self(together)
            together += [equation, nodes.Text(marks[0])]


def scripts_of_live_parts(app, pagename, templatename, context, doctree):
    """A page on which something lives loads its script, and the networks that it names."""
    places = re.findall(r'data-live="[\w-]+"(?: data-network="([\w-]+)")?', context.get("body", ""))
    for name in sorted(filter(None, set(places))):
        app.add_js_file(f"network-{name}.js", loading_method="defer")
    if places:
        app.add_js_file("live.js", loading_method="defer")


def description(app, pagename, templatename, context, doctree):
    """What a page says of itself to whoever finds it elsewhere: its first paragraph."""
    first = doctree and doctree.next_node(nodes.paragraph)
    if not first:
        return
    words = escape(" ".join(first.astext().split())[:300], quote=True)
    title = escape(doctree.next_node(nodes.title).astext(), quote=True)
    context["metatags"] += (
        f'<meta name="description" content="{words}">'
        f'<meta property="og:title" content="{title}">'
        f'<meta property="og:description" content="{words}">'
    )


def equations_as_they_are_written(app, what, name, obj, options, lines):
    """Keep the lines of a docstring's indented paragraphs: equations, one below another."""
    text = re.sub(r"((?:^|\n)\S[^\n]*)\n\n(?= {4})", r"\1\n\n::\n\n", "\n".join(lines))
    lines[:] = text.split("\n")


def setup(app):
    """Sphinx calls this once."""
    app.connect("autodoc-process-docstring", equations_as_they_are_written, priority=400)
    app.connect("html-page-context", description)
    app.connect("html-page-context", scripts_of_live_parts)
    app.connect("doctree-resolved", no_break_before_punctuation)
