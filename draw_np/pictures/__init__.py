"""Every picture: ``plot`` has the one style, and knows no model.

``layouts`` are the paper's figures, ``diagram`` its Figure 2, ``results`` the pictures of a
trained network and of its run.
"""

import os
import sys
from contextlib import suppress
from importlib import import_module


def import_matplotlib():
    """Import matplotlib whatever backend or settings file the reader has chosen.

    It ends in an error where MPLBACKEND names nothing that it knows, or where a matplotlibrc
    is not text. No picture here needs either. A backend that it knows stays chosen.
    """
    if "matplotlib" in sys.modules:
        return
    asked = os.environ.pop("MPLBACKEND", None)
    try:
        import_module("matplotlib")
    except (UnicodeError, OSError):  # of a matplotlibrc
        os.environ["MATPLOTLIBRC"] = os.devnull
        for name in [name for name in sys.modules if name.startswith("matplotlib.")]:
            del sys.modules[name]  # half of it was imported
        import_module("matplotlib")
    if asked is not None:
        os.environ["MPLBACKEND"] = asked
        with suppress(ValueError):
            sys.modules["matplotlib"].rcParams["backend"] = asked


import_matplotlib()
