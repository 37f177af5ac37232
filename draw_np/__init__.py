"""DRAW (Gregor et al., ICML 2015) in NumPy, from scratch.

>>> import draw_np
>>> network = draw_np.load("small")  # a trained network that comes with the package
>>> network.draw(16, seed=0).means.shape  # sixteen new digits being drawn: T + 1 canvases
(13, 16, 1, 28, 28)

Read the modules in this order: ``nn``, ``lstm``, ``attention``, ``latent``,
``likelihood``, ``model``. The names below are what most users need; nothing behind them is
imported before it is asked for.
"""

from importlib import import_module

__version__ = "0.1.0"

PLACES = {  # name: the module that it lies in
    "load": "networks",
    "names": "networks",
    "Network": "networks",
    "NetworkError": "networks",
    "Config": "config",
    "GlimpseConfig": "glimpse",
    "initialise": "parameters",
    "loss": "model",
    "reconstruct": "model",
    "generate": "model",
    "Drawing": "model",
    "Adam": "training.optim",
}
__all__ = ["__version__", *PLACES]


def __getattr__(name):
    """One of the public names, from the module that it lies in."""
    if name not in PLACES:
        raise AttributeError(f"draw_np has no {name!r}: its public names are {', '.join(PLACES)}")
    return getattr(import_module(f"draw_np.{PLACES[name]}"), name)


def __dir__():
    """The public names, and the submodules imported so far."""
    return sorted({*globals(), *PLACES})
