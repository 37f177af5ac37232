"""The mathematics of ``manual`` arranged for speed: this is what trains.

``unrolled`` is the whole loss and its gradient, ``elementwise`` what lies between its
products. Tests hold both to ``manual`` and to autograd, in float64 to 1e-10.
"""
