"""The names that signatures give to arrays: for readers and for type checkers.

CuPy's arrays and autograd's boxes around an array behave as NumPy's, and are meant wherever
``Array`` stands. Shapes and units are told by each docstring.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.random import Generator

Array: TypeAlias = np.ndarray
Scalar: TypeAlias = Any  # a loss: a number of NumPy's, or a box around one
Params: TypeAlias = dict[str, Array]  # of a network, by name
Shape: TypeAlias = tuple[int, ...]

__all__ = ["Array", "Generator", "Params", "Scalar", "Shape"]
