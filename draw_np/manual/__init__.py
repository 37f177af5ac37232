"""The same blocks with every derivative worked by hand, file for file.

Each block is a pair: ``X_forward(...) -> (out, cache)`` and
``X_backward(dout, cache)``, which returns the derivatives of the loss with respect
to the inputs, in their order. ``dv`` always stands for dL/dv and has the shape of
``v``. The derivation is in the docstring of each ``backward``.

The blocks are written to be followed with a pencil. ``draw_np.fast`` is the same
loss once more, arranged for speed; it is the one that trains.

Functions take their array module from their arguments (``backend.array_module``).
"""
