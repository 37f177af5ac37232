"""Trained networks: the file that each is kept in, and those that come with the package.

``recipe`` (how a network was trained), ``file`` (arrays and one JSON text in an ``.npz``),
``network`` (a network that draws, redraws and tells its bound), ``cards`` (what is said of
one). Beside them lie the packaged networks, ``NAME.npz``, each with its card ``NAME.md``.
"""

from draw_np.data.fingerprint import fingerprint
from draw_np.networks.file import NetworkError
from draw_np.networks.network import DRAW, GLIMPSE, HELP, PYRAMID, Network, find, load, names
from draw_np.networks.recipe import Recipe, Stretch

__all__ = ["DRAW", "GLIMPSE", "HELP", "PYRAMID", "Network", "NetworkError", "Recipe", "Stretch"]
__all__ += ["find", "fingerprint", "load", "names"]
