"""DRAW (Gregor et al., ICML 2015) in NumPy, from scratch.

Read the modules in this order: ``nn``, ``lstm``, ``attention``, ``latent``,
``likelihood``, ``model``.
"""

__version__ = "0.1.0"
