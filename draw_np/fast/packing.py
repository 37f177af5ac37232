"""The weights as the products want them: maps that share an input side by side, with biases.

A ``Map`` is one matrix V made of several parameters, and [x, 1] V is one product for all
of them. The factors 2 and 1/2 by which the kept numbers differ from the equations' (the
table in ``workspace``) are multiplied into V: both are exact in floating point.
"""

from typing import NamedTuple

import numpy

from draw_np.machine.backend import can_fuse


class Piece(NamedTuple):
    """Where part of a parameter stands in a packed map, and times what.

    The one table for both directions: V[place] = scale W[source] on the way in, and
    dW[source] = scale dV[place] on the way out. ``scale`` is a number, or one a column.
    """

    name: str
    source: tuple
    place: tuple
    scale: object


def linear_pieces(name, rows, columns, D, scale=1.0):
    """The pieces of ``{name}.W`` (its input is 2h, hence half of W) and of ``{name}.b``."""
    return [
        Piece(f"{name}.W", (), (rows, columns), scale / 2),
        Piece(f"{name}.b", (), (D, columns), scale),
    ]


def lstm_pieces(name, skip, R, D, H):
    """The pieces of one cell: half of what a sigmoid takes, all of what the tanh of g takes.

    ``skip`` rows of W are left out, the next R see the cell's input, all others 2h.
    """
    half = numpy.repeat([0.5, 0.5, 1.0, 0.5], H)  # columns i, f, g, o
    first, rest = slice(skip, skip + R), slice(skip + R, None)
    return [
        Piece(f"{name}.W", (first,), (slice(0, R),), half),
        Piece(f"{name}.W", (rest,), (slice(R, D),), half / 2),
        Piece(f"{name}.b", (), (D,), half),
    ]


def image_pieces(P, H):
    """Without attention, the rows of enc.W that see x: the same product at every step."""
    return lstm_pieces("enc", 0, P, P, H)[:1]


def window_pieces(windows, H):
    """Columns g~_X, g~_Y, -log sigma^2, log delta~, +-log gamma, each for all n windows.

    With these signs one ``exp`` gives 1 / sigma^2, delta~, and the factor of the patch:
    gamma of the read, 1 / gamma of the write.
    """
    n, pieces = len(windows), []
    for j, name in enumerate(windows):
        signs = numpy.array([1.0, 1, -1, 1, -1 if name == "write" else 1])
        pieces += linear_pieces(name, slice(0, H), slice(j, 5 * n, n), H, signs)
    return pieces


class Map:
    """The product [x, 1] V of several affine maps side by side, forward and backward.

    ``manual.nn.affine_forward`` and ``affine_backward``, for all steps.
    """

    def __init__(self, xp, D, K, pieces, dtype, bias=1):
        self.xp, self.D = xp, D
        self.pieces = [
            piece._replace(scale=xp.asarray(numpy.asarray(piece.scale, dtype))) for piece in pieces
        ]
        self.V = padded(xp, (D + bias, K), dtype)
        self.V_T = padded(xp, (K, D), dtype)  # without the bias: x gets dy V^T
        self.dV = padded(xp, (D + bias, K), dtype)

    def pack(self, params):
        """Take this call's parameters, and make the copy that the backward pass multiplies by."""
        for name, source, place, scale in self.pieces:
            self.xp.multiply(params[name][source], scale, out=self.V[(*place, ...)])
        self.V_T[...] = self.V[: self.D].T

    def unpack(self, gradient):
        """Write dV into the parameters' gradient."""
        for name, source, place, scale in self.pieces:
            self.xp.multiply(self.dV[place], scale, out=gradient[name][(*source, ...)])

    def weigh(self, x, dy, add, block, blocks):
        """One of so many column blocks of dV = x^T dy, over all steps and images.

        Added to what is there, if ``add``.
        """
        K = dy.shape[-1]
        columns = slice(K * block // blocks, K * (block + 1) // blocks)
        x, dy = (v.reshape(-1, v.shape[-1]) for v in (x, dy))
        if add:
            self.dV[:, columns] += x.T @ dy[:, columns]
        else:
            self.xp.matmul(x.T, dy[:, columns], out=self.dV[:, columns])


def rows_apart(xp, shape, dtype):
    """An empty array that is longer than asked for: in NumPy an odd number of 64-byte lines.

    Rows of 4096 bytes would all compete for the same few lines of the cache. On a GPU they
    do not, and CuPy would copy what has gaps before every product: there nothing is added.
    """
    if can_fuse(xp):
        return xp.empty(shape, dtype)
    line = 64 // dtype.itemsize
    lines = -(-shape[-1] // line) | 1
    return xp.empty((*shape[:-1], lines * line), dtype)


def padded(xp, shape, dtype):
    """An empty array of this shape, whose rows lie apart (``rows_apart``)."""
    return rows_apart(xp, shape, dtype)[..., : shape[-1]]
