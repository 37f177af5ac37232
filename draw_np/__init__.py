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

PLACES = {  # a module, and those of its names that are offered here
    "networks": ("load", "names", "Network", "NetworkError"),
    "config": ("Config",),
    "glimpse": ("GlimpseConfig",),
    "parameters": ("initialise",),
    "model": ("loss", "reconstruct", "generate", "Drawing"),
    "training.optim": ("Adam",),
    "machine.versions": ("__version__",),
}
__all__ = [name for names in PLACES.values() for name in names]


def __getattr__(name):
    """One of the public names, from the module that it lies in."""
    for module, names in PLACES.items():
        if name in names:
            return getattr(import_module(f"draw_np.{module}"), name)
    raise AttributeError(f"draw_np has no {name!r}: its public names are {', '.join(__all__)}")


def __dir__():
    """The public names, and the submodules imported so far."""
    return sorted({*globals(), *__all__})
