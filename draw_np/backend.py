"""Which array library an array belongs to: NumPy, or CuPy swapped in.

There is no switch. A function asks the arrays that it is given, so that the
library, like the dtype, follows the arguments. Nothing else imports CuPy.
"""

import sys

import numpy


def array_module(x):
    """The module whose functions take ``x``: ``cupy`` for its arrays, else ``numpy``.

    Where there is a CuPy array, CuPy is already imported.
    """
    owner = type(x).__module__.partition(".")[0]
    return sys.modules["cupy"] if owner == "cupy" else numpy
