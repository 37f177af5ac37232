"""The whole loss and its gradient, arranged for speed: the engine that trains.

The mathematics is that of ``manual.model``, block for block; read that first. What
differs is only where numbers are kept and when they are multiplied:

- **Nothing is allocated in the loop.** A ``Workspace`` holds every array of all steps,
  and the backward pass overwrites what the forward pass left.
- **Weight gradients wait.** The inputs of a map lie in one array for all steps, and so
  do the derivatives of its outputs: dW = sum_t x_t^T dy_t is one product at the end.
- **Maps that share an input share a product**: h_enc gives mu and log sigma, h_dec the
  patch, the write grid of this step and the read grid of the next.
- **Between the products lies element-wise work** (``elementwise``), in pieces that
  are one kernel each on a GPU.
- **A bias is one more row of the weights**, met by an input that is always 1.
- **Only tanh.** sigmoid(a) = (1 + tanh(a/2)) / 2, so one function serves all four gates.
  The factors 2 and 1/2, exact in floating point, hide in a copy of the weights: here
  ``h`` is 2h, ``c`` is c/2, ``p`` is tanh(c/2), and the gates i, f, o lie in (0, 2).
- **Rows start an odd number of cache lines apart** (``padded``): rows of 4096 bytes
  would all compete for the same few lines of the cache. On a GPU they do not, and CuPy
  would copy such an array before every product.
- **All filterbanks that h_dec decides are one array** (M, G, L): G rows for X and Y
  of both grids, L the longer side of the image.
- **Images are independent** up to the weight gradients: each thread takes its share of
  the minibatch through all steps, forward and backward (``backend.in_parallel``). A small
  network's minibatch stays whole, and BLAS spreads its products (``parts_of``).

Axes: as in ``manual.model``; ``K`` outputs of the maps that share h_dec, ``n`` grids
(0, 1 or 2), ``G`` and ``L`` as above.
"""

from contextlib import contextmanager
from threading import Lock
from time import perf_counter
from types import SimpleNamespace
from typing import NamedTuple

import numpy
from autograd.builtins import dict as traced_dict
from autograd.extend import defvjp, primitive
from autograd.tracer import isbox

from draw_np.attention import default_stride
from draw_np.fast import elementwise
from draw_np.machine.backend import array_module, can_fuse, in_parallel, shares
from draw_np.model import State, Terms

LEAST_SHARE = 12_500  # rows times units of an LSTM that are worth a thread of their own

# --- The weights, as the products want them ------------------------------------------


class Piece(NamedTuple):
    """Where part of a parameter stands in a packed map, and times what.

    The one table for both directions: V[place] = scale W[source] on the way in, and
    dW[source] = scale dV[place] on the way out. ``scale`` is a number, or one a column.
    """

    name: str
    source: tuple
    place: tuple
    scale: object


def linear(name, rows, columns, D, scale=1.0):
    """The pieces of ``{name}.W`` (input: 2h, hence half of W) and of ``{name}.b``."""
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


def head_pieces(heads, H):
    """Columns g~_X, g~_Y, -log sigma^2, log delta~, +-log gamma, each for all n grids.

    With these signs one ``exp`` gives 1 / sigma^2, delta~, and the factor of the patch:
    gamma of the read, 1 / gamma of the write.
    """
    n, found = len(heads), []
    for j, name in enumerate(heads):
        signs = numpy.array([1.0, 1, -1, 1, -1 if name == "write" else 1])
        found += linear(name, slice(0, H), slice(j, 5 * n, n), H, signs)
    return found


class Map:
    """The product [x, 1] V of several affine maps side by side, forward and backward."""

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

    def weigh(self, x, dy, again, share, shares):
        """One of ``shares`` column blocks of dV = x^T dy, over all steps and images.

        Added to what is there, where ``again``.
        """
        K = dy.shape[-1]
        block = slice(K * share // shares, K * (share + 1) // shares)
        x, dy = (v.reshape(-1, v.shape[-1]) for v in (x, dy))
        if again:
            self.dV[:, block] += x.T @ dy[:, block]
        else:
            self.xp.matmul(x.T, dy[:, block], out=self.dV[:, block])


def padded(xp, shape, dtype):
    """An empty array whose rows start, in NumPy, an odd number of 64-byte lines apart."""
    if can_fuse(xp):
        return xp.empty(shape, dtype)
    line = 64 // dtype.itemsize
    lines = -(-shape[-1] // line) | 1
    return xp.empty((*shape[:-1], lines * line), dtype)[..., : shape[-1]]


# --- Where everything is kept --------------------------------------------------------


def parts_of(xp, M, H):
    """The minibatch's rows cut for the threads, or in one piece where that is faster.

    A share of few rows times few units costs each thread more in packing the weights
    and in waiting for the interpreter than the other saves: on two threads M = 64 and
    H = 128 take 1.4 times as long in shares, M = 100 and H = 256 at T = 64 0.85 times.
    """
    rows = shares(xp, M)
    return rows if LEAST_SHARE * len(rows) <= M * H else [slice(0, M)]


class Workspace:
    """All arrays of one training step, for one config, minibatch size and dtype.

    Parameters
    ----------
    xp : module
        NumPy or CuPy.
    config : Config
    M : int
        Images in the minibatch.
    steps : int
        Steps that are kept at a time: T, or the length of a segment.
    dtype : numpy dtype
    """

    def __init__(self, xp, config, M, steps, dtype):
        k = config
        self.xp, self.config, self.M, self.steps, self.dtype = xp, config, M, steps, dtype
        self.sizes = (xp, config, M, steps, dtype)
        self.shares = parts_of(xp, M, k.H)
        self.R = k.pixels if k.N_read is None else k.read_size  # r_t, or x_hat alone
        sizes = {"write": k.N_write, "read": k.N_read}
        self.heads = {name: N for name, N in sizes.items() if N is not None}
        self.make_maps()
        self.make_arrays()
        self.make_grid_constants()
        self.parts = [Part(self, j, rows) for j, rows in enumerate(self.shares)]
        self.map_shares = [self.maps[j :: len(self.parts)] for j in range(len(self.parts))]
        for one, other in zip(self.parts[0::2], self.parts[1::2], strict=False):
            other.turn = one.turn
        self.segments = [slice(t, min(t + steps, k.T)) for t in range(0, k.T, steps)]

    def make_maps(self):
        """The products of a step."""
        k, H, Z, n = self.config, self.config.H, self.config.Z, len(self.heads)
        D_enc, D_dec, K = self.R + 2 * H, Z + H, 5 * n + k.write_size
        skip = k.pixels if k.N_read is None else 0
        all_h = slice(0, H)
        latent = linear("mu", all_h, slice(0, Z), H)
        latent += linear("log_sigma", all_h, slice(Z, 2 * Z), H)
        out = head_pieces(self.heads, H)
        out += linear("patch", all_h, slice(5 * n, K), H, 0.5)  # c is c/2

        def new(D, K, pieces, bias=1):
            return Map(self.xp, D, K, pieces, self.dtype, bias)

        self.enc = new(D_enc, 4 * H, lstm_pieces("enc", skip, self.R, D_enc, H))
        self.dec = new(D_dec, 4 * H, lstm_pieces("dec", 0, Z, D_dec, H))
        self.latent, self.out = new(H, 2 * Z, latent), new(H, K, out)
        self.maps = [self.enc, self.dec, self.latent, self.out]
        if k.N_read is None:
            self.image = new(k.pixels, 4 * H, image_pieces(k.pixels, H), bias=0)
            self.maps.append(self.image)

    def make_arrays(self):
        """What every step keeps for the backward pass, for all steps and images.

        Row t of an input belongs to step t + 1; the last row holds only the outputs
        h of the last step, which the maps after the cell take from there.
        """
        k, M, T, H = self.config, self.M, self.steps, self.config.H

        def new(*shape):
            return padded(self.xp, shape, self.dtype)

        self.x_enc, self.x_dec = new(T + 1, M, self.enc.D + 1), new(T + 1, M, self.dec.D + 1)
        self.x_enc[..., -1] = self.x_dec[..., -1] = 1
        self.h_enc_1, self.h_dec_1 = self.x_enc[..., self.R + H :], self.x_dec[..., k.Z :]
        if can_fuse(self.xp):  # a copy in rows of its own, which products take as it is
            self.h_enc_1, self.h_dec_1 = (self.xp.ones((T + 1, M, H + 1), self.dtype) for _ in "ed")
        self.a_enc, self.a_dec = new(T, M, 4 * H), new(T, M, 4 * H)
        self.s_enc, self.s_dec = (self.xp.empty((T + 1, M, H), self.dtype) for _ in range(2))
        self.q = new(T, M, 2 * k.Z)
        self.sigma, self.noise = (self.xp.empty((T, M, k.Z), self.dtype) for _ in range(2))
        self.u = new(T + 1, M, self.out.V.shape[1])
        self.p = self.xp.empty((T, M, *k.image_shape), self.dtype)
        self.L_z = self.xp.empty((k.T, len(self.shares)), self.dtype)
        if self.heads:
            G, L = 2 * sum(self.heads.values()), max(k.A, k.B)
            self.F = self.xp.empty((T + 1, M, G, L), self.dtype)
            self.placed = self.xp.empty((T + 1, M, 2 * G), self.dtype)
            self.located = self.xp.empty((T + 1, 2, M, G), self.dtype)
        if k.N_read is None:
            self.da_x = self.xp.empty((M, 4 * H), self.dtype)
        else:
            self.rows = self.xp.empty((T, M, 2 * k.C, k.N_read, k.A), self.dtype)
        if k.N_write is not None:
            self.strokes = self.xp.empty((T, M, k.C, k.N_write, k.A), self.dtype)

    def make_grid_constants(self):
        """Eqs. 19, 20, 22-24 as one matrix: [g~ + 1, 1 / sigma^2, delta~] @ ``place``.

        Gives every row of the filterbanks its mu, and then its grid's -1 / (2 sigma^2):
        (M, 4n) becomes (M, 2G). ``beyond`` is 0 for the pixels of a row's side and -inf
        beyond its end.
        """
        k, n = self.config, len(self.heads)
        centres, spread, last = [], [], []
        for j, N in enumerate(self.heads.values()):
            for axis, side in enumerate((k.A, k.B)):
                for i in range(1, N + 1):
                    offset = default_stride(k.A, k.B, N) * (i - N / 2 - 0.5)
                    row = numpy.zeros(4 * n)
                    row[axis * n + j], row[3 * n + j] = (side + 1) / 2, offset
                    centres.append(row)
                    spread.append(-0.5 * (numpy.arange(4 * n) == 2 * n + j))
                    last.append(side)
        if not n:
            return
        pixels, last = numpy.arange(1, max(k.A, k.B) + 1), numpy.array(last)
        beyond = numpy.where(pixels > last[:, None], -numpy.inf, 0)

        def constant(v):
            return self.xp.asarray(numpy.ascontiguousarray(v).astype(self.dtype))

        centres, spread = numpy.array(centres), numpy.array(spread)  # (G, 4n) each
        self.place = constant(numpy.concatenate([centres, spread]).T)
        self.place_T = constant(numpy.concatenate([-2 * centres, spread]))  # of -dmu / 2
        self.pixels, self.last = constant(pixels), constant(last)
        self.beyond = constant(beyond) if k.A != k.B else None
        self.ones = constant(numpy.ones(len(pixels)))


class Part:
    """One thread's share of a workspace: its rows of every array, and scratch of its own.

    ``steps[t]`` and ``grids[t]`` hold the arrays of one step, and of what h_t^dec
    decides, by name: the functions below read like their equations.
    """

    def __init__(self, ws, index, rows):
        self.ws, self.xp, self.config, self.rows = ws, ws.xp, ws.config, rows
        self.M, self.L_z = rows.stop - rows.start, ws.L_z[:, index]
        self.clock, self.turn = None, Lock()
        self.make_scratch()
        self.grids = [self.grid_views(t) for t in range(ws.steps + 1)]
        self.steps = [self.step_views(t) for t in range(ws.steps)]

    def lap(self, name):
        """Book the time since the last call on ``name``, where somebody asked for it."""
        if self.clock is not None:
            self.clock.lap(name)

    def make_scratch(self):
        """Arrays that live for a step at most, and the derivatives that go from step to step."""
        ws, k, H = self.ws, self.config, self.config.H

        def new(*shape):
            return self.xp.empty((self.M, *shape), ws.dtype)

        self.c, self.dc, self.image, self.image_2 = (new(*k.image_shape) for _ in range(4))
        self.h_1, self.h_2, self.h_3 = new(H), new(H), new(H)
        self.z_1, self.gates = new(k.Z), padded(self.xp, (self.M, 4 * H), ws.dtype)
        self.gates_apart = columns(self.gates, 4)
        self.cost = self.xp.empty((ws.steps, self.M, k.Z), ws.dtype)
        self.dh_enc, self.dh_dec, self.ds_enc, self.ds_dec = (new(H) for _ in range(4))
        self.dh_new = new(H)
        self.dx_enc, self.dx_dec = new(ws.enc.D), new(ws.dec.D)
        if k.N_read is None:
            self.a_x, self.da_x = new(4 * H), ws.da_x[self.rows]
        if ws.heads:
            G, L = ws.F.shape[2:]
            self.bank, self.dF = new(G, L), new(G, L)
            self.dF[...] = 0  # beyond the end of a shorter side, where F is 0, nothing is written
            self.of_placed, self.of_numbers = new(2 * G), new(4 * len(ws.heads))
            self.of_mu, self.of_scale = columns(self.of_placed, 2)
            self.of_centre, self.of_scales = columns(self.of_numbers, 2)
            self.sum, self.sum_2 = new(G), new(G)
            self.sum_1 = self.sum[..., None]
            self.dbanks = self.bank_views(self.dF)

    def cell_views(self, x, a, s, h, copies, t):
        """One LSTM at step t: its input, gates, and cell state, and the places of 2h."""
        a = a[t, self.rows]
        return SimpleNamespace(
            x=x[t, self.rows],
            a=a,
            gates=columns(a, 4),  # i, f, g, o
            old=s[t, self.rows],
            s=s[t + 1, self.rows],
            h=h,
            copies=copies,
            given=None,
        )

    def step_views(self, t):
        """The arrays of step t + 1."""
        ws, k, rows = self.ws, self.config, self.rows
        R, H, Z = ws.R, k.H, k.Z
        after = ws.x_enc[t + 1, rows]
        h_enc, h_dec = after[:, R + H : R + 2 * H], self.grids[t + 1].h
        h_enc_1, h_dec_1 = ws.h_enc_1[t + 1, rows], ws.h_dec_1[t + 1, rows]  # [2h, 1]
        apart = can_fuse(self.xp)
        enc_copies = [h_enc_1[:, :H]] if apart else []
        dec_copies = [after[:, R : R + H]] + ([h_dec_1[:, :H]] if apart else [])
        view = SimpleNamespace(
            enc=self.cell_views(ws.x_enc, ws.a_enc, ws.s_enc, h_enc, enc_copies, t),
            dec=self.cell_views(ws.x_dec, ws.a_dec, ws.s_dec, h_dec, dec_copies, t),
            h_enc_1=h_enc_1,
            q=ws.q[t, rows],
            mu=ws.q[t, rows, :Z],
            log_sigma=ws.q[t, rows, Z:],
            sigma=ws.sigma[t, rows],
            noise=ws.noise[t, rows],
            z=ws.x_dec[t, rows, :Z],
            p=ws.p[t, rows],
            r=ws.x_enc[t, rows, :R].reshape(self.patch_shape(2, k.N_read)),
        )
        if k.N_read is None:
            view.enc.given = self.a_x
        else:
            view.rows = ws.rows[t, rows]
            view.rows_merged = merge_channels(view.rows)
            view.r_x, view.r_x_hat = view.r[:, : k.C], view.r[:, k.C :]
        if k.N_write is not None:
            view.strokes = ws.strokes[t, rows]
            view.strokes_merged = merge_channels(view.strokes)
        return view

    def patch_shape(self, copies, N):
        """Of what is read or written: without attention an image, once."""
        k = self.config
        return (self.M, *k.image_shape) if N is None else (self.M, copies * k.C, N, N)

    def bank_views(self, F):
        """X (M, N, A) and Y (M, N, B) of every grid, from (M, G, L)."""
        k, start, views = self.config, 0, {}
        for name, N in self.ws.heads.items():
            X, Y = F[:, start : start + N, : k.A], F[:, start + N : start + 2 * N, : k.B]
            views[name] = SimpleNamespace(
                X=X,
                Y=Y,
                X_T=X.swapaxes(1, 2),
                Y_all=Y[:, None],  # the same for all channels
                Y_T_all=Y[:, None].swapaxes(2, 3),
            )
            start += 2 * N
        return views

    def grid_views(self, t):
        """What h_t^dec decides: the outputs of its maps, the grids, the patch."""
        ws, k, n = self.ws, self.config, len(self.ws.heads)
        u, x = ws.u[t, self.rows], ws.x_dec[t, self.rows]
        view = SimpleNamespace(h=x[:, k.Z : -1], h_1=ws.h_dec_1[t, self.rows], u=u)
        view.patch = u[:, 5 * n :].reshape(self.patch_shape(1, k.N_write))
        view.centre, view.scales = u[:, : 2 * n], u[:, 2 * n : 4 * n]
        view.numbers, view.exp = u[:, : 4 * n], u[:, 2 * n : 5 * n]
        view.gamma = {name: u[:, 4 * n + j] for j, name in enumerate(ws.heads)}
        view.gamma_all = {name: v[:, None, None, None] for name, v in view.gamma.items()}
        if k.N_write is not None:
            view.patch_merged = merge_channels(view.patch)
        if ws.heads:
            view.F, view.placed = ws.F[t, self.rows], ws.placed[t, self.rows]
            view.mu, view.scale = columns(view.placed, 2)
            view.nearest, view.shift = ws.located[t, :, self.rows]
            view.nearest_1, view.shift_1 = view.nearest[..., None], view.shift[..., None]
            view.scale_1 = view.scale[..., None]
            view.banks = self.bank_views(view.F)
        return view


def columns(v, parts):
    """Views of the columns of (M, K), cut into parts of equal width."""
    width = v.shape[1] // parts
    return [v[:, q * width : (q + 1) * width] for q in range(parts)]


def merge_channels(v):
    """(M, C, N, K) as (M, C N, K): one matrix an image, all of whose rows a product takes."""
    return v.reshape(v.shape[0], -1, v.shape[3])


# --- Forward -------------------------------------------------------------------------


def product(part, x, V, out):
    """x V: a product large enough to let the thread beside this one have its turn.

    Python runs one thread at a time, and two threads that do short operations side by
    side wait for it 2800 times in a training step. If one does them while the other
    multiplies, it is 300 times (measured at the paper's sizes).
    """
    part.turn.release()
    try:
        return part.xp.matmul(x, V, out=out)
    finally:
        part.turn.acquire()


def lstm_forward(part, cell, V):
    """``manual.lstm``."""
    product(part, cell.x, V, out=part.gates)
    if cell.given is not None:
        part.gates += cell.given
    elementwise.cell_forward(
        part.xp, *part.gates_apart, *cell.gates, cell.old, cell.s, part.h_1, cell.h, *cell.copies
    )


def decide(part, grid):
    """All that h_t^dec decides: patch, grids, filterbanks (Eqs. 19-26, 28)."""
    xp, ws = part.xp, part.ws
    product(part, grid.h_1, ws.out.V, out=grid.u)
    if not ws.heads:
        return
    xp.exp(grid.exp, out=grid.exp)
    xp.matmul(grid.numbers, ws.place, out=grid.placed)
    elementwise.locate(xp, grid.mu, ws.last, grid.nearest, grid.shift)
    elementwise.exponential(
        xp, ws.pixels, grid.nearest_1, grid.shift_1, grid.scale_1, ws.beyond, part.bank, grid.F
    )
    sum_rows(part, grid.F, out=part.sum)
    grid.F /= part.sum_1


def sum_rows(part, F, out):
    """The sum of every row of (M, G, L), as one product with a vector of ones."""
    part.xp.matmul(F.reshape(-1, F.shape[2]), part.ws.ones, out=out.reshape(-1))


def read_forward(part, step, grid):
    """r_t, from x, c_{t-1} and the grid of h_{t-1}^dec (Eqs. 3, 4).

    With x_hat = x - 1/2 - p/2 and rows of F that sum to 1, the patch of x_hat is that
    of x, less 1/2, less half that of p.
    """
    xp, k = part.xp, part.config
    if k.N_read is None:
        elementwise.read_whole(xp, part.c, part.x_half, step.p, step.r)
        return
    xp.tanh(part.c, out=step.p)
    bank, C = grid.banks["read"], k.C
    xp.matmul(bank.Y_all, part.x, out=step.rows[:, :C])  # (M, C, N, A)
    xp.matmul(bank.Y_all, step.p, out=step.rows[:, C:])
    patch = xp.matmul(step.rows_merged, bank.X_T).reshape(step.r.shape)  # (M, 2C, N, N)
    gamma = grid.gamma_all["read"]
    elementwise.read_patches(xp, patch[:, :C], patch[:, C:], gamma, step.r_x, step.r_x_hat)


def latent_forward(part, step, eps):
    """z_t (Eqs. 1, 2, 6)."""
    product(part, step.h_enc_1, part.ws.latent.V, out=step.q)
    elementwise.draw(part.xp, step.mu, step.log_sigma, eps, step.sigma, step.noise, step.z)


def cost(part, n, L_z):
    """Twice the cost of n steps, summed over the images, to ``L_z`` (Eq. 11).

    Leaves its derivatives, mu / M and (sigma^2 - 1) / M, in the place of mu and log sigma.
    """
    ws, Z, weight, cost = part.ws, part.config.Z, 1 / part.ws.M, part.cost[:n]
    mu, log_sigma = ws.q[:n, part.rows, :Z], ws.q[:n, part.rows, Z:]
    sigma2 = ws.sigma[:n, part.rows]
    sigma2 *= sigma2
    part.xp.multiply(mu, mu, out=cost)
    cost -= log_sigma
    cost -= log_sigma
    part.xp.subtract(sigma2, 1, out=log_sigma)
    cost += log_sigma
    cost.sum(axis=(1, 2), out=L_z)
    log_sigma *= weight
    mu *= weight


def write_forward(part, step, grid):
    """Add the stroke of h_t^dec to the canvas (Eqs. 8, 29)."""
    xp = part.xp
    if part.config.N_write is None:
        part.c += grid.patch
        return
    bank = grid.banks["write"]
    elementwise.scale_patch(xp, grid.patch, grid.gamma_all["write"])
    xp.matmul(grid.patch_merged, bank.X, out=step.strokes_merged)  # (M, C N, A)
    xp.matmul(bank.Y_T_all, step.strokes, out=part.image)
    part.c += part.image


def step_forward(part, t, eps):
    """Step t + 1 of the segment, with ``lap`` naming what has just been done."""
    step, before, after = part.steps[t], part.grids[t], part.grids[t + 1]
    read_forward(part, step, before)
    part.lap("read")
    lstm_forward(part, step.enc, part.ws.enc.V)
    part.lap("encoder")
    latent_forward(part, step, eps)
    part.lap("latent")
    lstm_forward(part, step.dec, part.ws.dec.V)
    part.lap("decoder")
    decide(part, after)
    part.lap("filterbanks")
    write_forward(part, step, after)
    part.lap("write")


# --- Backward ------------------------------------------------------------------------


def lstm_backward(part, cell, dh, ds, V_T, dx):
    """``manual.lstm``: da in the place of the gates, ds of the step before in that of ds.

    To dh comes what the map after the cell has left in ``part.dh_new``.
    """
    spare = part.h_1, part.h_2, part.h_3
    elementwise.cell_backward(part.xp, dh, part.dh_new, ds, *cell.gates, cell.old, cell.s, *spare)
    product(part, cell.a, V_T, out=dx)


def write_backward(part, step, grid):
    """Leave the derivatives of patch and grid of h_t^dec; that of the canvas passes on."""
    xp = part.xp
    if part.config.N_write is None:
        grid.patch[...] = part.dc
        return
    bank, dbank = grid.banks["write"], part.dbanks["write"]
    drows = xp.matmul(bank.Y_all, part.dc)  # (M, C, N, A)
    sum_over_channels(part, step.strokes, part.dc, dbank.Y)
    merged = merge_channels(drows)  # (M, C N, A)
    xp.matmul(grid.patch_merged.swapaxes(1, 2), merged, out=dbank.X)
    dpatch = xp.matmul(merged, bank.X_T).reshape(grid.patch.shape)  # (M, C, N, N)
    of_gamma = xp.empty(dpatch.shape, dpatch.dtype)
    elementwise.write_patch_backward(xp, dpatch, grid.gamma_all["write"], grid.patch, of_gamma)
    of_gamma.reshape(part.M, -1).sum(axis=1, out=grid.gamma["write"])


def sum_over_channels(part, rows, images, dY, more=False):
    """dF_Y = sum_c rows_c image_c^T, (M, N, B); added to what is there, if ``more``."""
    for c in range(rows.shape[1]):
        if more or c:
            dY += part.xp.matmul(rows[:, c], images[:, c].swapaxes(1, 2))
        else:
            part.xp.matmul(rows[:, c], images[:, c].swapaxes(1, 2), out=dY)


def decide_backward(part, grid):
    """From dF, and what ``read_backward`` and ``write_backward`` left: dh_dec.

    With d = a - a* and q = d (d + 2 (a* - mu)), a row is the softmax of -q / (2 sigma^2).
    Sums of de over a row are 0, so with dmu = sum de (a - mu) / sigma^2 any
    pixel may be the origin, and q changes with mu by the same for all pixels.
    """
    xp, ws = part.xp, part.ws
    if ws.heads:
        part.dF *= grid.F
        sum_rows(part, part.dF, out=part.sum)
        elementwise.weighted(xp, grid.F, part.sum_1, ws.pixels, grid.nearest_1, part.dF, part.bank)
        sum_rows(part, part.dF, out=part.sum)  # sum de d
        sum_rows(part, part.bank, out=part.sum_2)  # sum de d^2
        elementwise.moments(
            xp, part.sum, part.sum_2, grid.shift, grid.scale, part.of_mu, part.of_scale
        )
        xp.matmul(part.of_placed, ws.place_T, out=part.of_numbers)
        elementwise.numbers_backward(xp, part.of_centre, part.of_scales, grid.centre, grid.scales)
    product(part, grid.u, ws.out.V_T, out=part.dh_new)


def latent_backward(part, step, dz):
    """``manual.latent``, each image with its weight 1/M; leaves dh_enc in ``dh_new``."""
    elementwise.draw_backward(part.xp, dz, step.noise, step.mu, step.log_sigma, part.z_1)
    product(part, step.q, part.ws.latent.V_T, out=part.dh_new)


def read_backward(part, step, grid, dr):
    """From dr to the canvas, by p, and to the grid of h_{t-1}^dec."""
    xp, k, dp = part.xp, part.config, part.image
    if k.N_read is None:
        xp.multiply(dr, -0.5, out=dp)
    else:
        patch_backward(part, step, grid, dr, dp)
    elementwise.error_backward(xp, dp, step.p, part.dc)


def patch_backward(part, step, grid, dr, dp):
    """The derivatives of ``read_forward`` with attention; leaves dp and the grid's."""
    xp, C = part.xp, part.config.C
    bank, dbank = grid.banks["read"], part.dbanks["read"]
    dpatch, of_gamma = xp.empty(dr.shape, dr.dtype), xp.empty(step.r_x.shape, dr.dtype)
    elementwise.read_patches_backward(
        xp, dr[:, :C], dr[:, C:], step.r_x, step.r_x_hat, grid.gamma_all["read"],
        dpatch[:, :C], dpatch[:, C:], of_gamma,
    )  # fmt: skip
    of_gamma.reshape(part.M, -1).sum(axis=1, out=grid.gamma["read"])
    dpatch = merge_channels(dpatch)  # (M, 2C N, N)
    xp.matmul(dpatch.swapaxes(1, 2), step.rows_merged, out=dbank.X)
    drows = xp.matmul(dpatch, bank.X).reshape(step.rows.shape)  # (M, 2C, N, A)
    sum_over_channels(part, drows[:, :C], part.x, dbank.Y)
    sum_over_channels(part, drows[:, C:], step.p, dbank.Y, more=True)
    xp.matmul(bank.Y_T_all, drows[:, C:], out=dp)


def step_backward(part, t):
    """``step_forward``, from its last line to its first."""
    ws, k = part.ws, part.config
    step, before, after = part.steps[t], part.grids[t], part.grids[t + 1]
    R, H, Z = ws.R, k.H, k.Z
    write_backward(part, step, after)
    part.lap("write backward")
    decide_backward(part, after)
    part.lap("filterbanks backward")
    lstm_backward(part, step.dec, part.dh_dec, part.ds_dec, ws.dec.V_T, part.dx_dec)
    part.lap("decoder backward")
    latent_backward(part, step, part.dx_dec[:, :Z])
    part.lap("latent backward")
    lstm_backward(part, step.enc, part.dh_enc, part.ds_enc, ws.enc.V_T, part.dx_enc)
    if k.N_read is None:
        part.da_x += step.enc.a
    dr, dh_dec, dh_enc = part.dx_enc[:, :R], part.dx_enc[:, R : R + H], part.dx_enc[:, R + H :]
    elementwise.pass_back(part.xp, dh_enc, dh_dec, part.dx_dec[:, Z:], part.dh_enc, part.dh_dec)
    part.lap("encoder backward")
    read_backward(part, step, before, dr.reshape(step.r.shape))
    part.lap("read backward")


# --- The loss ------------------------------------------------------------------------


def begin(part, state):
    """Set a segment's first state (of ``State``, by images, with c/2 and 2h)."""
    k, R = part.config, part.ws.R
    first = part.steps[0]
    part.c[...] = state.c
    first.enc.x[:, R + k.H : -1] = state.h_enc
    first.enc.x[:, R : R + k.H] = state.h_dec
    part.grids[0].h[...] = part.grids[0].h_1[:, :-1] = state.h_dec
    first.enc.old[...], first.dec.old[...] = state.s_enc, state.s_dec
    decide(part, part.grids[0])


def end(part, length):
    """The state after ``length`` steps, as a copy: what recomputing starts from."""
    last = part.steps[length - 1]
    kept = State(part.c, last.enc.h, last.enc.s, last.dec.h, last.dec.s)
    return State(*(value.copy() for value in kept))


def segment_forward(part, state, eps, L_z):
    """Some steps from ``state``; their costs, summed over the images, go to ``L_z``."""
    begin(part, state)
    for t, eps_t in enumerate(eps):
        step_forward(part, t, eps_t[part.rows])
    cost(part, len(eps), L_z)
    part.lap("latent")


def segment_backward(part, n):
    """The same steps backward. Of the last h^dec no read was made, of the first no stroke."""
    last = part.grids[n]
    if "read" in part.ws.heads:
        part.dbanks["read"].X[...] = part.dbanks["read"].Y[...] = 0
        last.gamma["read"][...] = 0
    for t in reversed(range(n)):
        step_backward(part, t)
    first = part.grids[0]
    first.patch[...] = 0
    if "write" in part.ws.heads:
        part.dbanks["write"].X[...] = part.dbanks["write"].Y[...] = 0
        first.gamma["write"][...] = 0
    decide_backward(part, first)
    part.dh_dec += part.dh_new


def likelihood(part):
    """L_x summed over the images, and dc (of c/2) with the weight 1/M (Eq. 9)."""
    weight, nll = 1 / part.ws.M, part.image_2
    elementwise.likelihood(part.xp, part.x, part.c, weight, nll, part.dc, part.image)
    return nll.sum()


def initial_state(params):
    """The learned initial state, the same for all images, with c/2 and 2h."""
    state = State(*(params[f"{name}_0"] for name in State._fields))
    return state._replace(c=state.c * 0.5, h_enc=state.h_enc * 2, h_dec=state.h_dec * 2)


def run(ws, params, x, eps, gradient=True, clock=None):
    """The terms of the bound, means over the minibatch, and its gradient if asked for."""
    ws.x, ws.eps = x.astype(ws.dtype), eps.astype(ws.dtype)
    ws.parts[0].clock = clock
    lay_out(ws, params)
    last = len(ws.segments) - 1

    def share(part):
        with part.turn:
            L_x = part_forward(part, params)
            if gradient:
                part_backward(part, last)
        return L_x

    L_x = sum(in_parallel(share, ws.parts))
    terms = Terms(L_x * (1 / ws.M), ws.L_z.sum(axis=1) * (0.5 / ws.M))
    return terms, further_back(ws, params) if gradient else None


def lay_out(ws, params):
    """This call's weights, as the products want them."""

    def share(maps):
        for product in maps:
            product.pack(params)

    in_parallel(share, ws.map_shares)
    ws.out.V[-1, : 2 * len(ws.heads)] += 1  # g~ + 1
    ws.parts[0].lap("weights laid out")


def part_forward(part, params):
    """All segments forward; L_x summed over the images."""
    ws = part.ws
    take_images(part, ws.x)
    part.states = [initial_state(params)]
    for segment in ws.segments:
        segment_forward(part, part.states[-1], ws.eps[segment], part.L_z[segment])
        part.states.append(end(part, segment.stop - segment.start))
    return likelihood(part)


def take_images(part, x):
    """A part's images; without attention, also what they add to the encoder's gates."""
    part.x = x[part.rows]
    if part.config.N_read is None:
        part.x_half = part.x - 0.5
        part.xp.matmul(part.x.reshape(part.M, -1), part.ws.image.V, out=part.a_x)


def part_backward(part, index):
    """One segment backward: the last from what the forward pass left, others run again."""
    ws, segment = part.ws, part.ws.segments[index]
    if segment.stop < ws.config.T:
        segment_forward(part, part.states[index], ws.eps[segment], part.L_z[segment])
    else:
        begin_backward(part)
    segment_backward(part, segment.stop - segment.start)


def begin_backward(part):
    """Nothing is asked of the last state but its canvas."""
    part.lap("likelihood")
    for derivative in (part.dh_enc, part.dh_dec, part.ds_enc, part.ds_dec):
        derivative[...] = 0
    if part.config.N_read is None:
        part.da_x[...] = 0


def further_back(ws, params):
    """The gradient, as new arrays, where the last segment has been run backward."""
    for index in reversed(range(len(ws.segments))):

        def share(part, index=index):
            with part.turn:
                part_backward(part, index)

        segment, is_last = ws.segments[index], index == len(ws.segments) - 1
        if not is_last:
            in_parallel(share, ws.parts)
        weigh(ws, segment.stop - segment.start, again=not is_last)
    gradient = collect(ws, params)
    ws.parts[0].lap("weight gradients")
    return gradient


def weigh(ws, n, again):
    """The weight gradients of n steps, each one product over all steps and images."""
    shares = len(ws.parts)

    def share(j):
        ws.enc.weigh(ws.x_enc[:n], ws.a_enc[:n], again, j, shares)
        ws.dec.weigh(ws.x_dec[:n], ws.a_dec[:n], again, j, shares)
        ws.latent.weigh(ws.h_enc_1[1 : n + 1], ws.q[:n], again, j, shares)
        ws.out.weigh(ws.h_dec_1[: n + 1], ws.u[: n + 1], again, j, shares)

    in_parallel(share, range(shares))


def collect(ws, params):
    """The gradient by parameter name: weights unpacked, initial states summed over images."""
    if ws.config.N_read is None:
        ws.image.weigh(ws.x.reshape(ws.M, -1), ws.da_x, False, 0, 1)
    gradient = {name: ws.xp.empty_like(value) for name, value in params.items()}

    def share(maps):
        for product in maps:
            product.unpack(gradient)

    in_parallel(share, ws.map_shares)
    for name, factor in [("c", 0.5), ("h_enc", 2), ("s_enc", 1), ("h_dec", 2), ("s_dec", 1)]:
        whole = sum(getattr(part, f"d{name}").sum(axis=0) for part in ws.parts)
        gradient[f"{name}_0"] = whole * factor
    return gradient


# --- What others call ----------------------------------------------------------------

_idle = []  # the workspace of the last call, for the next one of the same sizes


@contextmanager
def workspace(params, x, config, segments):
    """A workspace that nobody else uses for the time being; kept for the next call.

    Two calls at once, or one inside another, get two. One that fails keeps none.
    """
    xp, dtype, steps = array_module(params["c_0"]), params["c_0"].dtype, -(-config.T // segments)
    sizes = (xp, config, len(x), steps, dtype)
    try:
        ws = _idle.pop()
    except IndexError:
        ws = None
    if ws is not None and ws.sizes != sizes:
        ws.parts = None  # parts and workspace know each other: cut, or both stay
        ws = None
    if ws is None:
        ws = Workspace(*sizes)
    yield ws
    _idle[:] = [ws]


def terms_and_gradient(params, x, eps, config, segments=1, clock=None):
    """The bound's terms and its gradient.

    Parameters
    ----------
    params, x, eps, config
        As in ``draw_np.model.loss``; NumPy's arrays or CuPy's.
    segments : int
        In how many pieces the T steps are kept. 1 keeps everything. With more, only
        the state at the start of each piece is kept, and the piece is run again when
        the backward pass comes to it. That takes one more forward pass and less
        memory: at the paper's sizes 4 segments take 57 MB in place of 157, and 1.4
        times as long.
    clock : Clock, optional
        Where the seconds of each block are added up.

    Returns
    -------
    Terms
        L_x, a scalar, and L_z, shape (T,): means over the minibatch, in nats.
    dict
        The gradient of the loss, in the shapes and dtype of ``params``; new arrays.

    Raises
    ------
    ValueError
        If ``segments`` is not in 1..T.
    """
    if not 1 <= segments <= config.T:
        raise ValueError(f"segments = {segments}: the {config.T} steps go into 1 to {config.T}")
    if clock is not None:
        clock.start()
    with workspace(params, x, config, segments) as ws:
        return run(ws, params, x, eps, clock=clock)


def loss(params, x, eps, config):
    """The bound in nats per image, as ``draw_np.model.loss``, for autograd by hand.

    ``autograd.value_and_grad(loss)`` differentiates it with respect to ``params``.
    """
    params = traced_dict(params)  # of which autograd follows all, or some, or none
    return bound(params, x, eps, config, isbox(params), [])


@primitive
def bound(params, x, eps, config, wanted, kept):
    """The loss as one step of autograd's, which does not look inside.

    The gradient, if ``wanted``, goes to ``kept``, a list made for this call.
    """
    with workspace(params, x, config, segments=1) as ws:
        terms, gradient = run(ws, params, x, eps, gradient=wanted)
    kept.append(gradient)
    return terms.L_x + terms.L_z.sum()


def bound_vjp(ans, params, x, eps, config, wanted, kept):
    """The vector-Jacobian product: the cotangent d, which autograd makes float64, times it."""
    return lambda d: {name: v * array_module(v).asarray(d, v.dtype) for name, v in kept[0].items()}


defvjp(bound, bound_vjp, argnums=(0,))


class Clock:
    """Seconds by block, added up over steps and calls: ``clock.seconds``.

    With several threads, of the first, which is as long as the wall clock's: the
    threads do the same work at the same time.

    Parameters
    ----------
    wait : callable, optional
        Called before every look at the clock: a GPU works on while Python goes ahead.
    """

    def __init__(self, wait=None):
        self.seconds, self.last, self.wait = {}, None, wait or (lambda: None)

    def start(self):
        """Begin to count."""
        self.wait()
        self.last = perf_counter()

    def lap(self, name):
        """Book the time since the last lap on ``name``."""
        self.wait()
        now = perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.last = now
