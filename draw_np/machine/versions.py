"""Which versions a number was computed with: this project's, said here alone, and others'."""

import platform
from importlib.metadata import version

__version__ = "0.1.0"


def versions(packages):
    """Versions by name: of Python, of this project, and of installed packages."""
    own = {"python": platform.python_version(), "draw-np": __version__}
    return own | {name: version(name) for name in packages}
