"""A DRAW of the reader's own, put together from the functions of the exercises.

Every piece is called as its exercise has it. Where the reader's function passes it is the
reader's, and else the package's, so that a network trains from the first piece on; with all of
them nothing is the package's but the order in which they are called, which stands here.

Axes: ``T`` steps, ``M`` images, ``C`` channels, ``B`` rows, ``A`` columns, ``N`` filters along
one side of a patch, ``P`` = C B A.
"""

import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from draw_np import data, mistakes
from draw_np.measuring import bounds
from draw_np.practice import contents
from draw_np.practice.calling import NotStarted, Problem, call
from draw_np.practice.compare import flat
from draw_np.training import loop, presets, schedules

PRESET = "small"
PIECES = (  # in the order of the book
    *("3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "4.4", "5.3", "5.4", "7.3", "7.4", "7.5"),
    *("8.1", "8.2", "8.4", "8.5", "8.6", "8.7", "8.8", "9.1", "9.2", "9.4", "9.5"),
    *("10.1", "10.2", "10.3", "11.2"),
)
WARM = 2  # steps until the time of one is taken, over as many


class Broken(Exception):
    """A piece that passed its check, and fails in the network."""

    def __init__(self, number, says):
        super().__init__(says)
        self.number, self.says = number, says


class Pieces:
    """The functions of a network, by number: ``pieces["3.2"]`` is a cell.

    Parameters
    ----------
    mine : dict
        Number to the reader's function; all others are the package's.
    """

    def __init__(self, mine):
        self.mine = {n: self.watched(contents.EXERCISES[n], f) for n, f in mine.items()}
        self.broken = None

    def __getitem__(self, number):
        return self.mine.get(number) or contents.EXERCISES[number].right

    def watched(self, exercise, f):
        """A function that says so where it fails, or makes NaN or infinity of numbers."""

        def piece(*arguments):
            try:
                result = call(exercise, f, arguments)
            except (Problem, NotStarted) as p:  # maybe of a piece that this one has called
                self.broken = self.broken or Broken(exercise.number, str(p))
                raise self.broken from None
            if not finite(result) and finite(arguments):
                self.broken = Broken(exercise.number, "makes NaN or infinity of finite numbers")
                raise self.broken
            return result

        return piece

    @contextmanager
    def in_place(self):
        """Within the block the package's larger functions call the reader's smaller ones."""
        with ExitStack() as stack, np.errstate(all="ignore"):
            for number, piece in self.mine.items():
                right = contents.EXERCISES[number].right
                if right.__module__.startswith("draw_np.practice"):  # the package stays as it is
                    stack.enter_context(mistakes.swapped(right, piece))
            yield


def finite(values):
    """Whether all numbers in nested tuples of arrays are finite; what is no array is."""
    arrays = (v for v in flat(values) if isinstance(v, (np.ndarray, np.generic)))
    return all(np.all(np.isfinite(v)) for v in arrays if v.dtype.kind == "f")


# ---------------------------------------------------------------- the network


class Grid(NamedTuple):
    """Where a head looks or writes, and what the way back needs of it."""

    h: object  #: what the head was given, (M, H)
    raw: object  #: its five outputs, (M, 5)
    mu_X: object  #: centres along x, (M, N)
    mu_Y: object  #: centres along y, (M, N)
    five: tuple  #: g_X, g_Y, delta, sigma2, gamma, each (M,)
    banks: tuple  #: F_X, (M, N, A), F_Y, (M, N, B), and gamma, (M,)


class Network:
    """DRAW with attention, forward and backward, of ``pieces``; parameters as the package's."""

    def __init__(self, pieces, params, config):
        self.pieces, self.params, self.config = pieces, params, config

    def affine(self, name, x):
        """x W + b of the map called ``name``."""
        return x @ self.params[f"{name}.W"] + self.params[f"{name}.b"]

    def affine_back(self, name, dy, x, gradient):
        """dx; what W and b contribute is added to the gradient."""
        dx, dW, db = self.pieces["3.1"](dy, x, self.params[f"{name}.W"])
        add(gradient, {f"{name}.W": dW, f"{name}.b": db})
        return dx

    def cell(self, name, x, h, s):
        """One step of the LSTM called ``name``."""
        return self.pieces["3.2"](x, h, s, self.params[f"{name}.W"], self.params[f"{name}.b"])

    def cell_back(self, name, dh, ds, arguments, gradient):
        """dx, dh and ds before the step."""
        W, b = self.params[f"{name}.W"], self.params[f"{name}.b"]
        *back, dW, db = self.pieces["3.4"](dh, ds, *arguments, W, b)
        add(gradient, {f"{name}.W": dW, f"{name}.b": db})
        return back

    def grid(self, name, h, N):
        """The grid of the head ``read`` or ``write``."""
        p, (A, B), raw = self.pieces, (self.config.A, self.config.B), self.affine(name, h)
        g_X, g_Y, delta, sigma2, gamma = five = p["8.2"](raw, A, B, N)
        mu_X, mu_Y = p["8.1"](g_X, delta, N), p["8.1"](g_Y, delta, N)
        banks = p["8.4"](mu_X, sigma2, A), p["8.4"](mu_Y, sigma2, B), gamma
        return Grid(h, raw, mu_X, mu_Y, tuple(five), banks)

    def grid_back(self, name, dF_X, dF_Y, dgamma, grid, gradient):
        """dh of the head."""
        p, (F_X, F_Y, _), sigma2 = self.pieces, grid.banks, grid.five[3]
        dmu_X, dsigma2_X = p["8.6"](dF_X, F_X, grid.mu_X, sigma2)
        dmu_Y, dsigma2_Y = p["8.6"](dF_Y, F_Y, grid.mu_Y, sigma2)
        (dg_X, ddelta_X), (dg_Y, ddelta_Y) = p["8.7"](dmu_X), p["8.7"](dmu_Y)
        sums = ddelta_X + ddelta_Y, dsigma2_X + dsigma2_Y
        sizes = self.config.A, self.config.B, F_X.shape[1]
        draw = p["8.8"](dg_X, dg_Y, *sums, dgamma, grid.raw, *sizes)
        return self.affine_back(name, draw, grid.h, gradient)

    def read(self, x, x_hat, h_dec):
        """r_t, flat, the two images side by side, and the grid."""
        grid, both = (
            self.grid("read", h_dec, self.config.N_read),
            np.concatenate([x, x_hat], axis=1),
        )
        return self.pieces["9.1"](both, *grid.banks).reshape(len(x), -1), both, grid

    def write(self, h_dec):
        """The stroke, the patch that it is made of, and the grid."""
        k, grid = self.config, self.grid("write", h_dec, self.config.N_write)
        w = self.affine("patch", h_dec).reshape(len(h_dec), k.C, k.N_write, k.N_write)
        return self.pieces["9.2"](w, *grid.banks), w, grid

    def start(self, M):
        """c, h_enc, s_enc, h_dec and s_dec before the first step."""
        return [
            np.repeat(self.params[f"{name}_0"][None], M, axis=0)
            for name in ("c", "h_enc", "s_enc", "h_dec", "s_dec")
        ]

    def step(self, x, eps, state):
        """The next state, the cost of z_t, and what the way back needs."""
        p, (c, h_enc, s_enc, h_dec, s_dec) = self.pieces, state
        r, both, reading = self.read(x, p["7.3"](x, c), h_dec)
        encoder = np.concatenate([r, h_dec], axis=1), h_enc, s_enc
        h_enc, s_enc = self.cell("enc", *encoder)
        mu, log_sigma = self.affine("mu", h_enc), self.affine("log_sigma", h_enc)
        z = p["4.1"](mu, log_sigma, eps)
        decoder = z, h_dec, s_dec
        h_dec, s_dec = self.cell("dec", *decoder)
        stroke, w, writing = self.write(h_dec)
        kept = c, both, reading, encoder, (h_enc, mu, log_sigma, eps), decoder, (h_dec, w, writing)
        return [c + stroke, h_enc, s_enc, h_dec, s_dec], p["4.3"](mu, log_sigma), kept

    def step_back(self, dstate, dL, kept, gradient):
        """The derivatives of the state before: ``step`` from its last line to its first."""
        p, (dc, dh_enc, ds_enc, dh_dec, ds_dec) = self.pieces, dstate
        c, both, reading, encoder, (h_enc, mu, log_sigma, eps), decoder, (h_dec, w, writing) = kept
        M = len(c)
        dw, *dbanks = p["9.5"](dc, w, *writing.banks)
        dh_dec = dh_dec + self.affine_back("patch", dw.reshape(M, -1), h_dec, gradient)
        dh_dec = dh_dec + self.grid_back("write", *dbanks, writing, gradient)
        dz, dh_dec, ds_dec = self.cell_back("dec", dh_dec, ds_dec, decoder, gradient)
        draws, prices = p["4.2"](dz, log_sigma, eps), p["4.4"](dL, mu, log_sigma)
        for name, draw, price in zip(("mu", "log_sigma"), draws, prices, strict=True):
            dh_enc = dh_enc + self.affine_back(name, draw + price, h_enc, gradient)
        dv, dh_enc, ds_enc = self.cell_back("enc", dh_enc, ds_enc, encoder, gradient)
        R = dv.shape[1] - dh_dec.shape[1]
        N = self.config.N_read
        dboth, *dbanks = p["9.4"](dv[:, :R].reshape(M, -1, N, N), both, *reading.banks)
        dh_dec = dh_dec + self.grid_back("read", *dbanks, reading, gradient)
        dv = np.concatenate([dboth.reshape(M, -1), dv[:, R:]], axis=1)
        dc, dh_dec = p["11.2"](dc.reshape(M, -1), dh_dec, dv, c.reshape(M, -1))
        return [dc.reshape(c.shape), dh_enc, ds_enc, dh_dec, ds_dec]

    def loss_and_gradient(self, x, eps):
        """The bound, a number in nats per image, and its gradient, by name."""
        M, state, L_z, steps = len(x), self.start(len(x)), 0, []
        for eps_t in eps:
            state, cost, kept = self.step(x, eps_t, state)
            L_z, steps = L_z + cost, [*steps, kept]
        loss = float(np.mean(self.pieces["5.3"](x, state[0]) + L_z))
        dL, gradient = np.full_like(state[1][:, 0], 1 / M), {}
        dstate = [self.pieces["5.4"](dL, x, state[0]), *(np.zeros_like(v) for v in state[1:])]
        for kept in reversed(steps):
            dstate = self.step_back(dstate, dL, kept, gradient)
        for name, dv in zip(("c", "h_enc", "s_enc", "h_dec", "s_dec"), dstate, strict=True):
            gradient[f"{name}_0"] = dv.sum(axis=0)
        return loss, gradient

    # ------------------------------------------------------------ the loop of chapter 7

    def parts(self, M, grids=None):
        """c_0, h_enc, h_dec, rnn_enc, posterior, rnn_dec and write, as 7.4 takes them.

        What a cell remembers is all in its h there: h and s side by side. ``grids`` is a list
        that the grids of the writes are added to.
        """
        c_0, h_enc, s_enc, h_dec, s_dec = self.start(M)
        shape, P = (M, *self.config.image_shape), self.config.pixels

        def both(h, s):
            return np.concatenate([h, s], axis=1)

        def rnn_enc(memory, v):
            (h, s), (h_dec, _) = np.split(memory, 2, axis=1), np.split(v[:, 2 * P :], 2, axis=1)
            x, x_hat = v[:, :P].reshape(shape), v[:, P : 2 * P].reshape(shape)
            r, _, _ = self.read(x, x_hat, h_dec)
            return both(*self.cell("enc", np.concatenate([r, h_dec], axis=1), h, s))

        def posterior(memory):
            h, _ = np.split(memory, 2, axis=1)
            return self.affine("mu", h), self.affine("log_sigma", h)

        def rnn_dec(memory, z):
            return both(*self.cell("dec", z, *np.split(memory, 2, axis=1)))

        def write(memory):
            stroke, _, grid = self.write(np.split(memory, 2, axis=1)[0])
            if grids is not None:
                grids.append(grid.five)
            return stroke

        return c_0, both(h_enc, s_enc), both(h_dec, s_dec), rnn_enc, posterior, rnn_dec, write

    def redraw(self, x, eps):
        """All canvases, (T + 1, M, C, B, A), and the bound of every image, (M,), by 7.4 and 5.3."""
        c, L_z = self.pieces["7.4"](x, eps, *self.parts(len(x)))
        return c, self.pieces["5.3"](x, c[-1]) + L_z

    def draw(self, z):
        """New images by 7.5: means from the first step on, (T, M, C, B, A), and their grids.

        7.5 gives the last picture only: so it is asked for one step, for two, and so on.
        """
        means = []
        for t in range(1, len(z) + 1):
            c_0, _, h_dec, _, _, rnn_dec, write = self.parts(z.shape[1], grids := [])
            means.append(self.pieces["7.5"](z[:t], c_0, h_dec, rnn_dec, write))
        return np.stack(means), np.array(grids)


def add(gradient, more):
    """Add derivatives by name to a gradient, in place."""
    for name, value in more.items():
        gradient[name] = gradient[name] + value if name in gradient else value


# ---------------------------------------------------------------- training


def begin(steps, seed=0):
    """A run of the small network on the embedded digits before its first step, and the digits."""
    preset = presets.find(PRESET)
    dataset, recipe = data.load(preset.recipe.data), replace(preset.recipe, steps=steps)
    return loop.begin(PRESET, preset.config, recipe, dataset, seed), dataset


class Training:
    """The reader's run: parameters in one row of numbers, as 10.3 takes them."""

    def __init__(self, pieces, steps, seed):
        self.pieces, self.losses = pieces, []
        self.run, self.dataset = begin(steps, seed)
        self.theta = np.concatenate([v.ravel() for v in self.run.params.values()])
        self.m, self.v = np.zeros_like(self.theta), np.zeros_like(self.theta)

    def network(self, theta):
        """The network with these parameters."""
        params, at = {}, 0
        for name, value in self.run.params.items():
            params[name] = theta[at : at + value.size].reshape(value.shape)
            at += value.size
        return Network(self.pieces, params, self.run.config)

    def advance(self):
        """One step; a loss that is not finite, and no piece's, is a ``Broken`` of none."""
        x, beside = loop.draw_batch(self.run, self.dataset)
        eps = beside["eps"]

        def gradient_of(theta):
            loss, gradient = self.network(theta).loss_and_gradient(x, eps)
            if not np.isfinite(loss):
                says = f"its loss is {loss}, and no piece is to blame: try another --seed"
                self.pieces.broken = Broken(None, says)
                raise self.pieces.broken
            self.losses.append(loss)
            return np.concatenate([gradient[name].ravel() for name in self.run.params])

        numbers = np.float32(schedules.rate(self.run)), np.float32(self.run.recipe.clip)
        state = self.theta, self.m, self.v, self.run.step
        self.theta, self.m, self.v = self.pieces["10.3"](gradient_of, *state, *numbers)
        self.run.step += 1

    def results(self, rows=40):
        """What is shown at the end: arrays by name."""
        network, test = self.network(self.theta), self.dataset.test
        redrawn = [network.redraw(x, *eps) for x, eps, _ in bounds.draws(self.run.config, test)]
        z = np.random.default_rng(self.run.seed).standard_normal(
            (self.run.config.T, rows, self.run.config.Z), dtype=np.float32
        )
        means, grids = network.draw(z)
        return {
            "losses": np.array(self.losses),
            "bound": np.concatenate([each for _, each in redrawn]),
            "redrawn": redrawn[0][0][-1, :10],
            "means": means,
            "grids": grids,
            **{f"param {name}": value for name, value in network.params.items()},
        }


def train(mine, request, tell):
    """Train with the reader's functions, and tell of it; the results go to a file.

    Parameters
    ----------
    mine : dict
        Number to function.
    request : dict
        ``steps``, or None for as many as fit into ``seconds``, of which one of the package's
        steps takes ``beside``; ``seed``; and ``out``, the file.
    tell : callable
        Takes a message.
    """
    pieces = Pieces(mine)
    with pieces.in_place():
        try:
            steps = request["steps"] or fitting(pieces, request)
            training = Training(pieces, steps, request["seed"])
            tell({"steps": steps})
            for _ in range(steps):
                training.advance()
                tell({"loss": training.losses[-1]})
            np.savez(request["out"], **training.results())
        except Broken as b:
            tell({"broken": b.number, "says": b.says})


def fitting(pieces, request):
    """How many steps fit into the time, after a few that are made for it."""
    trial = Training(pieces, presets.find(PRESET).recipe.steps, request["seed"])
    each = seconds_of_a_step(trial.advance) + request["beside"]
    return max(1, min(trial.run.recipe.steps, int(request["seconds"] / each)))


def seconds_of_a_step(advance):
    """What a step takes, after a few to get warm."""
    for _ in range(WARM):
        advance()
    began = time.perf_counter()
    for _ in range(WARM):
        advance()
    return (time.perf_counter() - began) / WARM
