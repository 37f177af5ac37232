"""What the mathematics runs on.

``backend`` (NumPy, or CuPy swapped in), ``autograd_cupy`` (autograd taught CuPy's arrays) and
``parallel`` (several processes). Nothing outside this folder imports CuPy or mpi4py.
"""
