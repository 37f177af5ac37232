"""Where everything is kept: nothing is allocated in the loop.

A ``Workspace`` holds every array of all steps, and the backward pass overwrites what the
forward pass left. A ``Part`` is one thread's share of it.

**What is kept in place of what.** One function, tanh, serves all gates and the canvas, for
sigmoid(a) = (1 + tanh(a/2)) / 2; the factors of 2 that this leaves are hidden in the copy of
the weights (``packing``):

    here               holds                     in ``manual``, in the equations
    -----------------  ------------------------  --------------------------------------------
    h_enc, h_dec       2h                        h
    gates i, f, o      1 + tanh(a/2), in (0, 2)  sigmoid(a), half of it
    gate g             tanh(a)                   the same
    s_enc, s_dec       s                         the same
    c                  c/2                       c
    tanh_c             tanh(c/2)                 sigmoid(c) = (1 + tanh_c) / 2
    centres            g~ + 1                    g~
    scales             1 / sigma^2, delta~       log sigma^2, log delta~
    gamma              gamma of the read,        log gamma
                       1 / gamma of the write
    patch              w/2, then w / (2 gamma)   w
    scale              -1 / (2 sigma^2)          sigma^2, one for every row of a filterbank
    shift              2 (a* - mu)               mu, from the pixel a* that is nearest

and, as the backward pass goes, in the same memory the derivatives:

    gates of step t+1  da of step t, in rows (M, 4H)
    mu_log_sigma       dmu, dlog sigma
    y_heads            the derivatives of all that h_dec decides

Derivatives are those of what is kept: dc is that of c/2, and dh that of 2h. Only where they
leave, in the gradient of the initial state, is that put right (``driver.collect``).

Axes: as in ``manual.model``; ``K`` outputs of the maps that share h_dec (``y_heads``), ``n``
windows (0, 1 or 2), ``G`` rows of all their filterbanks, X and Y, and ``L`` the longer side
of the image.
"""

from threading import Lock
from types import SimpleNamespace

import numpy

from draw_np.attention import WIDTHS, default_stride
from draw_np.fast.packing import (
    Map,
    image_pieces,
    linear_pieces,
    lstm_pieces,
    padded,
    rows_apart,
    window_pieces,
)
from draw_np.machine.backend import can_fuse, shares

LEAST_SHARE = 12_500  # rows times units of an LSTM that are worth a thread of their own


def rows_of_parts(xp, M, H):
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
        rows = rows_of_parts(xp, M, k.H)
        self.R = k.pixels if k.N_read is None else k.read_size  # r_t, or x_hat alone
        N = {"write": k.N_write, "read": k.N_read}
        self.windows = {name: N[name] for name in N if N[name] is not None}
        self.make_maps()
        self.make_cells()
        self.make_steps(len(rows))
        self.make_window_constants()
        self.parts = [Part(self, j, r) for j, r in enumerate(rows)]
        self.maps_of_parts = [self.maps[j :: len(rows)] for j in range(len(rows))]
        for one, beside in zip(self.parts[0::2], self.parts[1::2], strict=False):
            beside.turn = one.turn
        self.segments = [slice(t, min(t + steps, k.T)) for t in range(0, k.T, steps)]

    def make_maps(self):
        """The products of a step: maps that share an input share one.

        ``latent`` gives mu and log sigma from h_enc; ``heads`` gives, from h_dec, the write
        window of this step, the read window of the next, and the patch.
        """
        k, H, Z, n = self.config, self.config.H, self.config.Z, len(self.windows)
        D_enc, D_dec, K = self.R + 2 * H, Z + H, 5 * n + k.write_size
        skip = k.pixels if k.N_read is None else 0
        all_h = slice(0, H)
        latent = linear_pieces("mu", all_h, slice(0, Z), H)
        latent += linear_pieces("log_sigma", all_h, slice(Z, 2 * Z), H)
        heads = window_pieces(self.windows, H)
        heads += linear_pieces("patch", all_h, slice(5 * n, K), H, 0.5)  # c is c/2

        def new(D, K, pieces, bias=1):
            return Map(self.xp, D, K, pieces, self.dtype, bias)

        self.enc = new(D_enc, 4 * H, lstm_pieces("enc", skip, self.R, D_enc, H))
        self.dec = new(D_dec, 4 * H, lstm_pieces("dec", 0, Z, D_dec, H))
        self.latent, self.heads = new(H, 2 * Z, latent), new(H, K, heads)
        self.maps = [self.enc, self.dec, self.latent, self.heads]
        if k.N_read is None:
            self.image = new(k.pixels, 4 * H, image_pieces(k.pixels, H), bias=0)
            self.maps.append(self.image)

    def make_cells(self):
        """Inputs, gates and states of both cells, for all steps and images.

        Row t of an input belongs to step t + 1; the last row holds only the outputs
        h of the last step, which the maps after the cell take from there. ``x_latent`` and
        ``x_heads`` are the inputs of these maps, [2h, 1].
        """
        k, M, T, H = self.config, self.M, self.steps, self.config.H

        def new(*shape):
            return padded(self.xp, shape, self.dtype)

        self.x_enc, self.x_dec = new(T + 1, M, self.enc.D + 1), new(T + 1, M, self.dec.D + 1)
        self.x_enc[..., -1] = self.x_dec[..., -1] = 1
        self.x_latent, self.x_heads = self.x_enc[..., self.R + H :], self.x_dec[..., k.Z :]
        if can_fuse(self.xp):  # a copy in rows of its own, which products take as it is
            self.x_latent, self.x_heads = (
                self.xp.ones((T + 1, M, H + 1), self.dtype) for _ in range(2)
            )
        self.gates_enc, self.gates_dec = (
            rows_apart(self.xp, (T + 1, M, 4 * H), self.dtype) for _ in range(2)
        )
        self.da_enc, self.da_dec = (v[1:, :, : 4 * H] for v in (self.gates_enc, self.gates_dec))
        self.s_enc, self.s_dec = (self.xp.empty((T + 1, M, H), self.dtype) for _ in range(2))
        if k.N_read is None:
            self.da_of_image = self.xp.empty((M, 4 * H), self.dtype)

    def make_steps(self, parts):
        """What every step keeps besides: latent, what h_dec decides, canvas, patches."""
        k, M, T = self.config, self.M, self.steps

        def new(*shape):
            return self.xp.empty(shape, self.dtype)

        self.mu_log_sigma = padded(self.xp, (T, M, 2 * k.Z), self.dtype)
        self.sigma, self.noise = new(T, M, k.Z), new(T, M, k.Z)
        self.y_heads = padded(self.xp, (T + 1, M, self.heads.V.shape[1]), self.dtype)
        self.tanh_c = new(T, M, *k.image_shape)
        self.L_z = new(k.T, parts)
        if self.windows:
            G, L = 2 * sum(self.windows.values()), max(k.A, k.B)
            self.F = new(T + 1, M, G, L)
            self.mu_and_scale = new(T + 1, M, 2 * G)
            self.nearest_and_shift = new(T + 1, 2, M, G)
            self.free = self.xp.empty((T + 1, M, 3 * len(self.windows)), bool)
        if k.N_read is not None:
            self.rows_read = new(T, M, 2 * k.C, k.N_read, k.A)
        if k.N_write is not None:
            self.rows_written = new(T, M, k.C, k.N_write, k.A)

    def make_window_constants(self):
        """Eqs. 19, 20, 22-24 as one matrix: [g~ + 1, 1 / sigma^2, delta~] @ ``place``.

        Gives every row of the filterbanks its mu, and then its window's -1 / (2 sigma^2):
        (M, 4n) becomes (M, 2G). ``beyond`` is 0 for the pixels of a row's side and -inf
        beyond its end.
        """
        k, n = self.config, len(self.windows)
        centres, spread, last = [], [], []
        for j, N in enumerate(self.windows.values()):
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
        highest = numpy.repeat([WIDTHS, numpy.inf, numpy.inf], n)
        self.limits = constant(-highest), constant(highest)


class Part:
    """One thread's share of a workspace: its rows of every array, and scratch of its own.

    ``steps[t]`` holds the arrays of step t + 1 and ``decided[t]`` those of what h_t^dec
    decides, by name: the functions of ``step`` read like their equations.
    """

    def __init__(self, ws, index, rows):
        self.ws, self.xp, self.config, self.rows = ws, ws.xp, ws.config, rows
        self.M, self.L_z = rows.stop - rows.start, ws.L_z[:, index]
        self.clock, self.turn = None, Lock()
        self.make_scratch()
        if ws.windows:
            self.make_window_scratch()
        self.decided = [self.decided_views(t) for t in range(ws.steps + 1)]
        self.steps = [self.step_views(t) for t in range(ws.steps)]

    def lap(self, name):
        """Book the time since the last call on ``name``, where somebody asked for it."""
        if self.clock is not None:
            self.clock.lap(name)

    def new(self, *shape):
        """An empty array with a row for each image of this part."""
        return self.xp.empty((self.M, *shape), self.ws.dtype)

    def make_scratch(self):
        """Arrays that live for a step at most, and the derivatives that go from step to step."""
        ws, k, H, new = self.ws, self.config, self.config.H, self.new
        self.c, self.dc = new(*k.image_shape), new(*k.image_shape)
        self.spare_image, self.pixel_costs = new(*k.image_shape), new(*k.image_shape)
        self.spare_h = [new(H) for _ in range(3)]
        self.spare_z = new(k.Z)
        self.a = padded(self.xp, (self.M, 4 * H), ws.dtype)  # before the gates' tanh
        self.a_by_gate = columns(self.a, 4)
        self.costs = self.xp.empty((ws.steps, self.M, k.Z), ws.dtype)
        self.dh_enc, self.dh_dec, self.ds_enc, self.ds_dec = (new(H) for _ in range(4))
        self.dh_by_maps = new(H)  # what the maps after a cell give back to its h
        self.dx_enc, self.dx_dec = new(ws.enc.D), new(ws.dec.D)
        if k.N_read is None:
            self.a_of_image, self.da_of_image = new(4 * H), ws.da_of_image[self.rows]

    def make_window_scratch(self):
        """The same for the filterbanks: their derivatives, and those of what places them."""
        G, L = self.ws.F.shape[2:]
        self.spare_F, self.dF = self.new(G, L), self.new(G, L)
        self.dF[...] = 0  # beyond the end of a shorter side, where F is 0, nothing is written
        self.dmu_and_dscale = self.new(2 * G)
        self.dmu, self.dscale = columns(self.dmu_and_dscale, 2)
        self.dnumbers = self.new(4 * len(self.ws.windows))
        self.dcentres, self.dscales = columns(self.dnumbers, 2)
        self.row_sum, self.row_sum_2 = self.new(G), self.new(G)
        self.spare_logarithms = self.new(3 * len(self.ws.windows))
        self.dbanks = self.bank_views(self.dF)

    def cell_views(self, x, gates, da, s, h, copies, t):
        """One LSTM at step t + 1: input, gates, cell states, and the places of 2h."""
        return SimpleNamespace(
            x=x[t, self.rows],
            gates=without_gaps(gates[t, self.rows], 4, self.config.H),  # i, f, g, o
            da=da[t, self.rows],
            da_by_gate=columns(da[t, self.rows], 4),
            s_before=s[t, self.rows],
            s=s[t + 1, self.rows],
            h=h,
            copies=copies,
            a_of_image=None,
        )

    def step_views(self, t):
        """The arrays of step t + 1."""
        ws, k, rows = self.ws, self.config, self.rows
        view = SimpleNamespace(
            x_latent=ws.x_latent[t + 1, rows],
            mu_log_sigma=ws.mu_log_sigma[t, rows],
            mu=ws.mu_log_sigma[t, rows, : k.Z],
            log_sigma=ws.mu_log_sigma[t, rows, k.Z :],
            sigma=ws.sigma[t, rows],
            noise=ws.noise[t, rows],
            z=ws.x_dec[t, rows, : k.Z],
            tanh_c=ws.tanh_c[t, rows],
            r=ws.x_enc[t, rows, : ws.R].reshape(self.patch_shape(2, k.N_read)),
        )
        view.enc, view.dec = self.both_cells(t)
        if k.N_read is not None:
            view.rows_read = ws.rows_read[t, rows]
            view.r_x, view.r_x_hat = view.r[:, : k.C], view.r[:, k.C :]
        if k.N_write is not None:
            view.rows_written = ws.rows_written[t, rows]
        return view

    def both_cells(self, t):
        """Encoder and decoder at step t + 1; h goes into the next inputs, where it is used."""
        ws, R, H = self.ws, self.ws.R, self.config.H
        x_after = ws.x_enc[t + 1, self.rows]
        apart = can_fuse(self.xp)
        copies = [ws.x_latent[t + 1, self.rows][:, :H]] if apart else []
        h = x_after[:, R + H : R + 2 * H]
        enc = self.cell_views(ws.x_enc, ws.gates_enc, ws.da_enc, ws.s_enc, h, copies, t)
        if self.config.N_read is None:
            enc.a_of_image = self.a_of_image
        copies = [x_after[:, R : R + H]]
        copies += [ws.x_heads[t + 1, self.rows][:, :H]] if apart else []
        h = self.decided[t + 1].h
        return enc, self.cell_views(ws.x_dec, ws.gates_dec, ws.da_dec, ws.s_dec, h, copies, t)

    def patch_shape(self, copies, N):
        """Of what is read or written: without attention an image, once."""
        k = self.config
        return (self.M, *k.image_shape) if N is None else (self.M, copies * k.C, N, N)

    def bank_views(self, F):
        """X (M, N, A) and Y (M, N, B) of every window, from (M, G, L)."""
        k, start, views = self.config, 0, {}
        for name, N in self.ws.windows.items():
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

    def decided_views(self, t):
        """What h_t^dec decides: the outputs of its maps, the windows, the patch."""
        ws, k, n = self.ws, self.config, len(self.ws.windows)
        y, x = ws.y_heads[t, self.rows], ws.x_dec[t, self.rows]
        view = SimpleNamespace(y=y, h=x[:, k.Z : -1], x_heads=ws.x_heads[t, self.rows])
        view.patch = y[:, 5 * n :].reshape(self.patch_shape(1, k.N_write))
        view.numbers, view.logarithms = y[:, : 4 * n], y[:, 2 * n : 5 * n]
        view.centres, view.scales = y[:, : 2 * n], y[:, 2 * n : 4 * n]
        view.gamma = {name: y[:, 4 * n + j] for j, name in enumerate(ws.windows)}
        view.gamma_all = {name: v[:, None, None, None] for name, v in view.gamma.items()}
        if ws.windows:
            view.F, view.mu_and_scale = ws.F[t, self.rows], ws.mu_and_scale[t, self.rows]
            view.mu, view.scale = columns(view.mu_and_scale, 2)
            view.nearest, view.shift = ws.nearest_and_shift[t, :, self.rows]
            view.banks = self.bank_views(view.F)
            view.free = ws.free[t, self.rows]
            view.free_scales = view.free[:, : 2 * n]
        return view


def without_gaps(v, parts, width):
    """Views, each without gaps, of so many arrays (M, width) one behind the other in ``v``.

    Element-wise work on them takes half the time that it takes on columns of v, (M, K).
    """
    M = v.shape[0]
    return v.reshape(-1)[: parts * M * width].reshape(parts, M, width)


def columns(v, parts):
    """Views of the columns of (M, K), cut into parts of equal width."""
    width = v.shape[1] // parts
    return [v[:, q * width : (q + 1) * width] for q in range(parts)]
