"""The parts of the book's pages that live, in a notebook: the same component under a still.

A part is made of scripts that lie beside the chapters, in ``chapters/site/live/``. In a
notebook its output is a still, of which the text speaks, and a frame with the part in it that
shows itself once its script has run. So a front end that runs no scripts shows the still.
"""

from html import escape
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


ELSEWHERE = (
    "(Under this figure a part can be moved on the book's site: `python chapters/site/build.py` "
    "makes it from a checkout.)"
)


class Part(NamedTuple):
    """What lives under a still."""

    name: str  #: of chapters/site/live/start.js
    network: str | None = None  #: one that comes with the package, whose weights it needs

    def place(self):
        """The element of a page that the part fills."""
        weights = f' data-network="{escape(self.network)}"' if self.network else ""
        return f'<div class="live" data-live="{escape(self.name)}"{weights}></div>'


def site_folder():
    """Where the parts' scripts are: beside the notebook, or in the checkout; None if nowhere."""
    beside = (Path.cwd() / "site", ROOT / "chapters" / "site")
    return next((folder for folder in beside if (folder / "bundle.py").is_file()), None)


def framed(part, still, folder):
    """HTML for the output of a cell: the still, and under it the frame, hidden at first.

    Parameters
    ----------
    part : Part
    still : str
        HTML of an image with alternative text.
    folder : Path
        As ``site_folder`` finds it.

    Returns
    -------
    str
    """
    return (
        f'{still}<iframe title="{escape(part.name)}" srcdoc="{escape(page(part, folder))}" '
        'style="display: none; width: 100%; border: 0"></iframe>'
    )


SHOWN = """
const frame = window.frameElement;
const fit = () => (frame.style.height = `${document.body.scrollHeight + 8}px`);
frame.style.display = "block";
new ResizeObserver(fit).observe(document.body);
"""


def page(part, folder):
    """A page with nothing but the part, complete: style, weights, digits, scripts.

    The frame is shown before the part is made, which measures the room that it has.
    """
    bundle = bundler(folder)
    style = (folder / "static" / "live.css").read_text("utf-8")
    scripts = [SHOWN, bundle.digits_script(), bundle.joined("start.js")]
    if part.network:
        scripts.insert(1, bundle.network_script(part.network))
    return (
        f'<!doctype html><meta charset="utf-8"><style>{style}</style>'
        f'<body class="live-alone">{part.place()}'
        + "".join(f"<script>{script}</script>" for script in scripts)
    )


def bundler(folder):
    """The module ``bundle.py`` of the site, which joins scripts."""
    spec = spec_from_file_location("draw_np_site_bundle", folder / "bundle.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
