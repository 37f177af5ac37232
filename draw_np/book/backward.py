"""What the chapter on the gradient by hand measures and draws.

Everything is computed by the blocks of ``draw_np.manual``: here they are held to autograd,
taken apart by the ways that a derivative comes back on, and counted.
"""

import inspect
from dataclasses import dataclass, field
from typing import NamedTuple
from unittest import mock

import numpy as np
from autograd import grad
from matplotlib.patches import Rectangle

from draw_np import attention, data, model, parameters
from draw_np.book.attention import digit, show_image, show_window
from draw_np.book.notebook import picture, say, table
from draw_np.config import Config
from draw_np.fast import driver, ladder
from draw_np.manual import attention as by_hand
from draw_np.manual import lstm as cell
from draw_np.manual import model as manual
from draw_np.manual.likelihood import bernoulli_backward
from draw_np.manual.lstm import lstm_backward
from draw_np.manual.nn import affine_backward, sigmoid_backward
from draw_np.model import State
from draw_np.pictures import diagram
from draw_np.pictures.plot import INK, LINES, WRITE, figure

QUIET = "#888888"

# ---------------------------------------------------------------- held to autograd


def distances(loss, point, ours):
    """How far derivatives by hand are from autograd's, name by name.

    Parameters
    ----------
    loss : callable
        Takes a dict of arrays and gives a number, on ``autograd.numpy``.
    point : dict of arrays
    ours : dict of arrays
        Our derivatives of ``loss`` at ``point``, of the names that are to be compared.

    Returns
    -------
    dict of float
        The largest difference of an entry, relative to autograd's largest entry.
    """
    theirs = grad(loss)({name: np.array(v) for name, v in point.items()})
    return {name: distance(v, theirs[name]) for name, v in ours.items()}


def distance(ours, theirs):
    """The largest difference of two arrays, relative to the second's largest entry."""
    if np.shape(ours) != np.shape(theirs):
        raise ValueError(f"the shapes are {np.shape(ours)} and {np.shape(theirs)}")
    largest = np.max(np.abs(theirs))
    return float(np.max(np.abs(ours - theirs)) / (largest if largest else 1.0))


ATTENTION = Config(A=7, B=6, C=2, T=4, H=5, Z=3, N_read=3, N_write=2)
PLAIN = Config(A=5, B=4, T=3, H=4, Z=2, N_read=None, N_write=None)


def random_problem(config, M=3, seed=11):
    """Parameters in double precision, none of them 0 by accident; images; noise; the sizes."""
    rng = np.random.default_rng(seed)
    params = parameters.initialise(rng, config, dtype=np.float64)
    params = {name: v + 0.3 * rng.standard_normal(v.shape) for name, v in params.items()}
    x, eps = rng.random((M, *config.image_shape)), rng.standard_normal((config.T, M, config.Z))
    return params, x, eps, config


def by_pencil(params, x, eps, config):
    """The gradient of the whole loss by ``manual``, and how far each array is from autograd's."""
    _, cache = manual.loss_forward(params, x, eps, config)
    gradient = manual.loss_backward(1.0, cache)
    return gradient, distances(lambda p: model.loss(p, x, eps, config), params, gradient)


def held():
    """Say how far the gradients of two networks are from autograd's, array by array."""
    found = [by_pencil(*random_problem(config))[1] for config in (ATTENTION, PLAIN)]
    worst = max(max(f.values()) for f in found)
    bound = next(n for n in (10, 8, 6) if worst < 10.0**-n)
    many = [len(f) for f in found]
    say(
        f"All {many[0]} derivatives of a network with attention, and all {many[1]} of one "
        f"without, are within $10^{{-{bound}}}$ of autograd's."
    )


# ---------------------------------------------------------------- one row, and one window


def from_far_away():
    """Say what single precision makes of a filter far outside, with and without a*."""
    plainly, nearest = errors_from_far_away()
    say(
        f"Relative error of $d\\sigma^2$ in single precision: {plainly:.0e} from $\\mu$, "
        f"{nearest:.0e} from the nearest pixel."
    )


def errors_from_far_away():
    """The relative errors of dsigma^2 in single precision: without a*, and with it."""
    mu, sigma2, a = np.float32([[-3000.0]]), np.float32([2000.0]), np.arange(1, 10)
    dF = np.random.default_rng(11).standard_normal((1, 1, 9))
    true, near = (
        by_hand.filterbank_backward(
            dF.astype(t), by_hand.filterbank_forward(mu.astype(t), sigma2.astype(t), 9)[1]
        )[1][0]
        for t in (np.float64, np.float32)
    )
    return [abs(v / true - 1) for v in (without_nearest(dF[0, 0], a, mu[0, 0], sigma2[0]), near)]


def without_nearest(dF, a, mu, sigma2):
    """dsigma^2 with e_a = -(a - mu)^2 / (2 sigma^2) as it stands, in single precision."""
    a, dF = a.astype(np.float32), dF.astype(np.float32)
    e = -((a - mu) ** 2) / (2 * sigma2)
    F = np.exp(e - e.max()) / np.exp(e - e.max()).sum()
    return float(-(F * (dF - (F * dF).sum()) * e / sigma2).sum())


def descent(raw, x, target, N, steps=300, rate=0.01):
    """Move a window against our five derivatives until it reads ``target``."""
    losses = []
    for _ in range(steps):
        att, heading = by_hand.attention_forward(raw, *x.shape[:-3:-1], N)
        patch, cache = by_hand.glimpse_forward(x, att, N)
        _, datt = by_hand.glimpse_backward(patch - target, cache)
        raw = raw - rate * by_hand.attention_backward(datt, heading)
        losses.append(0.5 * np.sum((patch - target) ** 2))
    return raw, losses


# ---------------------------------------------------------------- a trained network


class Problem(NamedTuple):
    """A trained network in double precision, images, noise."""

    params: dict
    x: np.ndarray  #: (M, C, B, A)
    eps: np.ndarray  #: (T, M, Z)
    config: Config

    def cache(self):
        """What ``manual.model.loss_forward`` keeps, made anew."""
        return manual.loss_forward(*self)[1]


def problem(network, M=64):
    """A trained network with test digits."""
    k, params = network.config, {n: v.astype(np.float64) for n, v in network.params.items()}
    x = data.load("digits").test.batch(np.arange(M), np.random.default_rng(1)).astype(np.float64)
    return Problem(params, x, np.random.default_rng(2).standard_normal((k.T, M, k.Z)), k)


def of_the_fast_engine(problem):
    """Say how far the fast engine's gradient is from the one by hand."""
    _, fast = driver.terms_and_gradient(*problem)
    error = apart(fast, manual.loss_backward(1.0, problem.cache()))
    bound = next(n for n in (12, 10, 8) if error < 10.0**-n)
    say(f"The two gradients differ by less than $10^{{-{bound}}}$ of their length.")


# ---------------------------------------------------------------- way by way

WAYS = {  # by which dh_t^dec comes together
    "patch": "the patch that is written",
    "write grid": "the grid it is written through",
    "decoder": "the decoder, one step on",
    "encoder": "the encoder, one step on",
    "read grid": "the grid that is read through, one step on",
}


def by_ways(cache, without=()):
    """The whole loop backward, with the ways of dh^dec apart, and some of them left out.

    Parameters
    ----------
    cache : tuple
        From ``manual.model.loss_forward``, of a network with attention.
    without : sequence of str
        Ways of ``WAYS`` that are forgotten.

    Returns
    -------
    gradient : dict of arrays
    ways : list of dict
        For t = T, ..., 1 what came back to h_t^dec by each way, shape (M, H).
    states : list of State
        The derivatives of the states T, ..., 0, each whole.
    """
    steps, likelihood, last, _ = cache
    M, none = len(last.c), np.zeros_like(last.h_dec)
    dL = np.full(M, 1 / M, dtype=last.c.dtype)
    later = {"decoder": none, "encoder": none, "read grid": none}
    dstate = State(bernoulli_backward(dL, likelihood), none, none, none, none)
    gradient, ways, states = {}, [], []
    for step in reversed(steps):
        drawing = step[-1]
        here, dparams = draw_by_ways(dstate.c, drawing)
        found = {w: 0 * v if w in without else v for w, v in (here | later).items()}
        ways.append(found)
        states.append(dstate._replace(h_dec=sum(found.values())))
        dstate, later, more = step_by_ways(states[-1], dL, step)
        manual.accumulate(gradient, dparams)
        manual.accumulate(gradient, more)
    start = dstate._replace(h_dec=sum(v for w, v in later.items() if w not in without))
    states.append(start)
    return gradient | {f"{n}_0": v.sum(axis=0) for n, v in start._asdict().items()}, ways, states


def draw_by_ways(dstroke, cache):
    """``manual.model.draw_backward`` with the two ways to h_t^dec apart."""
    linear, heading, writing = cache
    dw, datt = by_hand.write_backward(dstroke, writing)  # blue, from the canvas into write
    patch, dparams = manual.named_backward("patch", dw.reshape(len(dw), -1), linear)  # 1
    grid, dhead = manual.head_backward("write", datt, heading)  # 2
    return {"patch": patch, "write grid": grid}, dparams | dhead


def step_by_ways(dstate, dL_z, cache):
    """The rest of ``manual.model.step_backward``, with the three ways to h_{t-1}^dec apart."""
    p, R, looking, enc, latent, dec, _ = cache
    dz, decoder, ds_dec, *dec_Wb = lstm_backward(dstate.h_dec, dstate.s_dec, dec)  # 3, and to z
    dh_latent, dparams = manual.latent_backward(dz, dL_z, latent)  # green, by mu and log sigma
    dh_enc = dstate.h_enc + dh_latent  # and green, from the next step
    dv, dh_enc, ds_enc, *enc_Wb = lstm_backward(dh_enc, dstate.s_enc, enc)  # to read
    encoder = dv[:, R:]  # 4
    dx_hat, read_grid, dlook = manual.look_backward(dv[:, :R], looking)  # 5
    dc = dstate.c - sigmoid_backward(dx_hat, p)  # blue, straight on, and dotted, by x_hat
    later = {"decoder": decoder, "encoder": encoder, "read grid": read_grid}
    dparams |= zip(("dec.W", "dec.b", "enc.W", "enc.b"), (*dec_Wb, *enc_Wb), strict=True)
    return State(dc, dh_enc, ds_enc, None, ds_dec), later, dparams | dlook


def errors_of_the_forgetful(cache):
    """For every way of ``WAYS``: the error of the gradient without it, and the cosine with it."""
    right = by_ways(cache)[0]
    for way in WAYS:
        wrong = by_ways(cache, without=(way,))[0]
        inner = sum(np.sum(wrong[n] * right[n]) for n in right)
        yield way, apart(wrong, right), inner / (norm(wrong) * norm(right))


def norm(v):
    """The length of all numbers of an array, or of a dict of arrays, taken as one vector."""
    parts = v.values() if isinstance(v, dict) else [v]
    return float(np.sqrt(sum(np.sum(np.square(part)) for part in parts)))


def apart(ours, theirs):
    """How far one gradient, a dict, is from another, relative to the other's length."""
    return norm({name: ours[name] - theirs[name] for name in theirs}) / norm(theirs)


# ---------------------------------------------------------------- counting


@dataclass
class Tally:
    """What a computation has cost, in things that can be counted."""

    dense: list = field(default_factory=list)  #: rows, inner, columns: of two plain matrices
    stacked: int = 0  #: products of stacks of small matrices, or with a vector
    others: int = 0  #: all other operations on arrays
    arrays: int = 0  #: new arrays that were made for a result
    numbers: int = 0  #: entries of these


def counting(tally):
    """A class of arrays that write into ``tally`` whatever is done with them.

    NumPy hands every operation on a subclass to its ``__array_ufunc__`` or
    ``__array_function__``; results are of the class again, so that all is counted that
    follows from one such array.
    """

    class Counted(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
            given = out is not None and out[0] is not None
            if given:
                options["out"] = tuple(map(plain, out))
            inputs = [plain(v) for v in inputs]
            result = getattr(ufunc, method)(*inputs, **options)
            if ufunc is np.matmul and [np.ndim(v) for v in inputs] == [2, 2]:
                tally.dense.append((*inputs[0].shape, inputs[1].shape[1]))
            elif ufunc is np.matmul:
                tally.stacked += 1
            else:
                tally.others += 1
            return out[0] if given else self.made(result)

        def __array_function__(self, function, types, inputs, options):
            tally.others += 1
            return self.made(function(*plain(inputs), **plain(options)))

        def made(self, result):
            """A result as one of the class; booked if it has memory of its own."""
            if isinstance(result, (list, tuple)):
                return type(result)(map(self.made, result))
            if not isinstance(result, np.ndarray):
                return result
            if result.base is None:
                tally.arrays += 1
                tally.numbers += result.size
            return result.view(Counted)

    def plain(v):
        if isinstance(v, Counted):
            return v.view(np.ndarray)
        if isinstance(v, (list, tuple)):
            return type(v)(map(plain, v))
        if isinstance(v, dict):
            return {name: plain(value) for name, value in v.items()}
        return v

    return Counted


def cost_of_blocks(params, x, eps, config):
    """The ``Tally`` of one gradient by ``manual.model``."""
    tally = Tally()
    Counted = counting(tally)
    params = {name: v.view(Counted) for name, v in params.items()}
    _, cache = manual.loss_forward(params, x.view(Counted), eps.view(Counted), config)
    manual.loss_backward(1.0, cache)
    return tally


def cost_of_unrolled(params, x, eps, config):
    """The ``Tally`` of one gradient by ``fast.driver``, and its workspace's numbers.

    The workspace is made by a first call, which is not counted; training makes thousands.
    """
    tally = Tally()
    Counted = counting(tally)

    class Module:
        """NumPy, whose new arrays are counted."""

        def __getattr__(self, name):
            return getattr(np, name)

        def empty(self, *arguments):
            return np.empty(*arguments).view(Counted)

        def asarray(self, v):
            return np.asarray(v).view(Counted)

    module, kept = Module(), []
    params = {name: v.view(Counted) for name, v in params.items()}
    with mock.patch.multiple(driver, array_module=lambda v: module, _idle=kept):
        driver.terms_and_gradient(params, x, eps, config)
        vars(tally).update(vars(Tally()))
        driver.terms_and_gradient(params, x, eps, config)
        ws = kept[0]
    return tally, numbers_kept(ws)


def numbers_kept(ws):
    """Numbers in the arrays of a workspace and of its parts, each piece of memory once."""
    owners = [ws, *ws.maps, *ws.parts]
    arrays = [v for owner in owners for v in vars(owner).values() if isinstance(v, np.ndarray)]
    bases = {}
    for v in arrays:
        while v.base is not None and isinstance(v.base, np.ndarray):
            v = v.base
        bases[id(v)] = v.size
    return sum(bases.values())


def linear_inputs(cache):
    """What the weight gradient of the decoder's cell is made of, step by step.

    Runs the loop backward as ``manual.model.loss_backward`` does, and keeps at every step
    the input [z, h] of the decoder's linear map and the derivative of its output.

    Returns
    -------
    inputs, douts : arrays, shapes (T, M, Z + H) and (T, M, 4 H)
    """
    found = []

    def recording(dy, product):
        found.append((product[0], dy))
        return affine_backward(dy, product)

    with mock.patch.object(cell, "affine_backward", recording):
        manual.loss_backward(1.0, cache)
    decoder = found[0::2][::-1]  # in every step backward, first the decoder, then the encoder
    inputs, douts = zip(*decoder, strict=True)
    return np.stack(inputs), np.stack(douts)


def one_product_of(problem):
    """Say the sizes of the product that is the gradient of the decoder's weights."""
    inputs, douts = linear_inputs(problem.cache())
    T, M = inputs.shape[:2]
    one = all_steps_at_once(inputs, douts)
    say(
        f"The decoder's cell: inputs {inputs.shape}, derivatives {douts.shape}. One product over "
        f"{T * M} rows gives its gradient, {one.shape}."
    )


def all_steps_at_once(inputs, douts):
    """The gradient of a linear map's weights, from (T, M, n_in) and (T, M, n_out)."""
    rows = inputs.shape[0] * inputs.shape[1]
    return inputs.reshape(rows, -1).T @ douts.reshape(rows, -1)


# ---------------------------------------------------------------- the ladder


def tallies(problem):
    """What one gradient costs on the rungs 0 to 5, and the numbers of the workspace."""

    def cost(rung):
        tally = Tally()
        Counted = counting(tally)
        views = {name: v.view(Counted) for name, v in problem.params.items()}
        x, eps = problem.x.view(Counted), problem.eps.view(Counted)
        ladder.gradient(rung.name)(views, x, eps, problem.config)
        return tally

    engine, kept = cost_of_unrolled(*problem)
    return [cost(rung) for rung in ladder.RUNGS[:5]] + [engine], kept


def lines(rung):
    """Lines of the functions that a rung puts in the place of others, and of what they call."""
    functions = {f for _, _, f in rung.functions} | set(rung.helpers)
    return sum(len(inspect.getsource(f).splitlines()) for f in functions)


def weight_gradients(tally, T, M):
    """The plain products whose inner length is the images, or the images of all steps."""
    return [shape for shape in tally.dense if shape[1] == M or shape[1] >= T * M]


def counted(problem):
    """Display what one gradient costs, rung by rung."""
    T, M = problem.eps.shape[:2]
    found, kept = tallies(problem)
    rows = [
        (
            j,
            rung.name,
            lines(rung) if 0 < j < 5 else "",
            len(t.dense),
            len(weight_gradients(t, T, M)),
            t.stacked,
            f"{t.others:,}",
            f"{t.arrays:,}",
        )
        for j, (rung, t) in enumerate(zip(ladder.RUNGS, found, strict=False))
    ]
    table(
        [
            "",
            "rung",
            "lines of code",
            "plain products",
            "of these, weight gradients",
            "small products",
            "other operations",
            "new arrays",
        ],
        rows,
    )
    say(
        f"The workspace of rung 5, made once, holds {kept:,} numbers. The rungs above it do the "
        "same operations."
    )


MEASURED = {  #: ms a training step on a machine with two processors, rungs 0 to 8
    "paper (T = 64)": (627, 565, 497, 545, 536, 393, 381, 381, 291),
    "ten (T = 10)": (94.9, 97.6, 83.6, 97.4, 88.6, 70.1, 65.7, 62.9, 62.1),
    "small (T = 12)": (38.0, 36.7, 36.4, 36.7, 36.7, 25.1, 24.2, 22.5, 22.6),
}


@picture()
def climbed():
    """The time of a training step on every rung, for three presets."""
    names = [f"{j} {rung.name}" for j, rung in enumerate(ladder.RUNGS)]
    fig = figure(9.5, 3.1)
    for ax, (preset, ms) in zip(fig.subplots(1, 3, sharey=True), MEASURED.items(), strict=True):
        ax.barh(range(len(ms)), ms, color=[LINES[5]] * 5 + [LINES[0]] * 4, height=0.7)
        for row, value in enumerate(ms):
            ax.text(value, row, f" {value:g}", va="center", fontsize=8)
        ax.set(ylim=(len(ms) - 0.5, -0.5), xlim=(0, 1.2 * max(ms)), xlabel="ms a training step")
        ax.set_yticks(range(len(ms)), names, fontsize=8)
        ax.set_title(preset)
        ax.grid(False, axis="y")
    return fig, (
        "Bars of the time of a training step on the nine rungs, for three presets: "
        + "; ".join(f"{p}: {', '.join(f'{v:g}' for v in ms)} ms" for p, ms in MEASURED.items())
    )


# ---------------------------------------------------------------- figures

WAY_BACK = (
    "Two columns of boxes, step t and step t+1: canvas, write, decoder, latent, encoder, read from "
    "top to bottom. Arrows run downward in each column and from right to left between them. Five "
    "numbered arrows end at the decoder of step t: two from its own write, by patch and by grid, "
    "and three from the decoder, the encoder and the read of step t+1. Two end at the canvas of "
    "step t: one straight from the next canvas, one from the next read. Three end at its encoder."
)


@picture()
def way_back():
    """Two unrolled steps of DRAW with the derivatives' arrows, which run backward."""
    return two_steps(), WAY_BACK


@picture()
def forgotten(problem):
    """The same, with the error of the gradient if one of the five numbered arrows is cut."""
    found = list(errors_of_the_forgetful(problem.cache()))
    errors = {way: f"cut: {error:.0%}" for way, error, _ in found}
    cosines = ", ".join(f"{cosine:.2f}" for *_, cosine in found)
    said = "; ".join(f"arrow {j} {words}" for j, words in enumerate(errors.values(), 1))
    title = f"An arrow cut: length of the error, in % of the right gradient's; cosines: {cosines}"
    return two_steps(errors, title), f"The figure at the head of the chapter. {said}."


def two_steps(errors=None, title=""):
    """The boxes and arrows of ``way_back``, with words at the numbered arrows."""
    left, right = 2.6, 8.4
    fig = figure(9.5, 6.9)
    ax = fig.subplots()
    ax.set(xlim=(-0.6, 12.4), ylim=(-1.15, 8.55), aspect="equal")
    ax.axis("off")
    ax.set_title(title)
    for x, t in ((left, "t"), (right, "t+1")):
        step_back(ax, x, t, errors or {})
    for x, to in ((right, left), (left, left - 5.8)):
        between(ax, x, to, errors or {})
    diagram.box(ax, 11.5, 7.6, "$L^x$", diagram.RANDOM, 1.2)
    back(ax, [(10.9, 7.6), (right + 0.75, 7.6)], LINES[0])
    for y in (5.0, 2.1):
        ax.text(right + 1.05, y, "0 after the last step", fontsize=8, color=QUIET, va="center")
    legend_back(ax)
    return fig


ROWS = {"read": 0.6, "enc": 2.1, "latent": 3.55, "dec": 5.0, "write": 6.3, "c": 7.6}


def step_back(ax, x, t, errors):
    """The boxes of one step, and the arrows that run inside it."""
    words = {"read": "read", "enc": rf"encoder, $h^{{enc}}_{{{t}}}$", "write": "write"}
    words |= {
        "latent": f"$z_{{{t}}}$",
        "dec": rf"decoder, $h^{{dec}}_{{{t}}}$",
        "c": f"$c_{{{t}}}$",
    }
    for row, text in words.items():
        colour = {"enc": diagram.NETWORK, "dec": diagram.NETWORK, "latent": diagram.RANDOM}
        width = 1.9 if row in ("enc", "dec") else 1.5
        diagram.box(ax, x, ROWS[row], text, colour.get(row, diagram.PLAIN), width)
    ax.text(x, 8.25, f"step ${t}$", ha="center", fontsize=10)
    half = diagram.HEIGHT / 2

    def down(high, low, shift, colour, words="", side=1):
        top, bottom = ROWS[high] - half, ROWS[low] + half
        back(ax, [(x + shift, top), (x + shift, bottom)], colour)
        if words:
            ax.text(
                x + shift + 0.1 * side,
                (top + bottom) / 2,
                words,
                fontsize=8,
                color=colour,
                ha="left" if side > 0 else "right",
                va="center",
            )

    down("c", "write", 0, LINES[0])
    shown = errors if t == "t" else {}
    down("write", "dec", -0.3, WRITE, f"1 patch\n{shown.get('patch', '')}".strip(), -1)
    down("write", "dec", 0.3, WRITE, f"2 grid\n{shown.get('write grid', '')}".strip())
    down("dec", "latent", 0, INK)
    down("latent", "enc", -0.3, LINES[2], "by $\\mu$", -1)
    down("latent", "enc", 0.3, LINES[2], "by $\\log\\sigma$")
    down("enc", "read", 0, INK)
    ax.text(x - 1.75, ROWS["latent"], "$L^z$", ha="center", va="center", fontsize=10)
    back(ax, [(x - 1.5, ROWS["latent"]), (x - 0.75, ROWS["latent"])], INK)


def between(ax, x, to, errors):
    """What the step in the column ``x`` gives back to the one in the column ``to``."""
    first = max(to + 0.95, -0.45)  # where the arrows to a step that is not drawn end
    drawn = to > 0
    lane = [x - 2.9, x - 2.45, x - 3.35] if drawn else [None] * 3
    c_end = to + 0.75 if drawn else first
    back(ax, [(x - 0.75, ROWS["c"]), (c_end, ROWS["c"])], LINES[0])
    back(ax, [(x - 0.95, ROWS["dec"]), (first, ROWS["dec"])], WRITE)
    back(ax, [(x - 0.95, ROWS["enc"]), (first, ROWS["enc"])], LINES[2])
    if not drawn:  # the other three ways to the step before, as far as they are on the page
        back(ax, [(x - 0.95, 2.3), (first, 2.3)], WRITE)
        back(ax, [(x - 0.75, 0.7), (first, 0.7)], WRITE)
        back(ax, [(x - 0.75, 0.5), (first, 0.5)], LINES[0], ":")
        return
    y = ROWS["dec"]
    back(ax, [(x - 0.95, 2.3), (lane[0], 2.3), (lane[0], y - 0.12), (first, y - 0.12)], WRITE)
    back(ax, [(x - 0.75, 0.7), (lane[2], 0.7), (lane[2], y - 0.24), (first, y - 0.24)], WRITE)
    c_lane = [(x - 0.75, 0.5), (lane[1], 0.5), (lane[1], ROWS["c"] - 0.16)]
    back(ax, [*c_lane, (c_end, ROWS["c"] - 0.16)], LINES[0], ":")
    for number, way, height in ((3, "decoder", y), (4, "encoder", 2.3), (5, "read grid", 0.7)):
        words = f"{number} {errors.get(way, '')}".strip()
        ax.text(x - 1.6, height + 0.15, words, fontsize=8, color=WRITE, ha="center", va="center")
    ax.text(lane[1] + 0.1, 6.0, "by $\\hat{x}$", fontsize=8, color=LINES[0])


def back(ax, points, colour, line="-"):
    """An arrow along some points."""
    x, y = zip(*points, strict=True)
    ax.plot(x, y, line, color=colour, lw=1.5, solid_capstyle="butt", zorder=1)
    (x_1, y_1), (x_2, y_2) = points[-2:]
    length = max(abs(x_2 - x_1), abs(y_2 - y_1))
    start = (x_2 - (x_2 - x_1) * 0.12 / length, y_2 - (y_2 - y_1) * 0.12 / length)
    diagram.arrow(ax, start, points[-1], colour)


def legend_back(ax):
    """Which derivative has which colour."""
    for x, text, colour in (
        (0.0, "$dh^{dec}$: five ways, numbered", WRITE),
        (4.6, "$dc$: the canvas", LINES[0]),
        (7.6, "$dh^{enc}$: three ways", LINES[2]),
    ):
        ax.plot([x, x + 0.6], [-0.75, -0.75], color=colour, lw=1.8)
        ax.text(x + 0.75, -0.75, text, va="center", fontsize=8.5)


@picture(
    "Three bar charts over 28 pixels. Left: a bell around pixel 11. Middle: an arriving derivative "
    "that rises from left to right and wiggles; only the bars under the bell are dark, and a line "
    "marks their weighted mean. Right: what is passed on, negative left of the centre, positive "
    "right of it, zero away from the bell."
)
def one_row(A=28, mu=11.3, sigma2=6.0):
    """What a row of the filterbank passes on of a derivative that arrives."""
    F, _ = by_hand.filterbank_forward(np.array([[mu]]), np.array([sigma2]), A)
    a, F = np.arange(1, A + 1), F[0, 0]
    dF = np.tanh((a - 12) / 2) + 0.5 * np.sin(a)
    mean = np.sum(F * dF)
    fig = figure(9.5, 2.9)
    axes = fig.subplots(1, 3, sharex=True)
    axes[0].bar(a, F, color=LINES[5])
    axes[0].set_title("A row of the filterbank, $F$")
    axes[1].bar(a, dF, color=[INK if weight > 0.01 else "#CCCCCC" for weight in F])
    axes[1].axhline(mean, color=WRITE, linestyle="--")
    words = {"color": WRITE, "fontsize": 8, "ha": "right", "va": "top"}
    axes[1].text(a[-1] + 0.5, mean - 0.04 * np.ptp(dF), "mean under $F$", **words)
    axes[1].set_title("What arrives, $dF$; dark where $F > 0.01$")
    axes[2].bar(a, F * (dF - mean), color=WRITE)
    axes[2].axhline(0, color=INK, linewidth=0.6)
    axes[2].set_title("What is passed on, $de$: its sum is 0")
    for ax in axes:
        ax.axvline(mu, color=QUIET, linestyle=":", linewidth=1)
        ax.set(xlabel="pixel $a$", xlim=(0.5, A + 0.5), axisbelow=True)
    return fig


@picture(
    "Left, a digit 2 with a window that is too large and off to the upper right. Middle, the same "
    "after the descent, smaller and on the digit's head. Right, the loss: it falls."
)
def pushed(N=9):
    """A window before and after 300 steps against the gradient of its five numbers."""
    x, place = digit(25), np.array([[-0.1, -0.15, 1.2, -0.7, 0.0]])
    target = attention.glimpse(x, attention.attention(place, 28, 28, N), N)
    start = place + np.array([[0.25, -0.2, 0.6, 0.35, -0.3]])
    end, losses = descent(start, x, target, N)
    fig = figure(9.5, 3.2)
    axes = fig.subplots(1, 3, width_ratios=[1, 1, 1.5])
    for ax, raw, title in zip(axes, (start, end), ("Before", "After 300 steps"), strict=False):
        show_image(ax, x[0])
        show_window(ax, attention.attention(raw, 28, 28, N), N, 28, 28)
        ax.set_title(title)
    axes[2].plot(losses, color=LINES[0])
    axes[2].set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, len(losses) - 1))
    axes[2].set_title(f"The loss: from {losses[0]:.2f} to {losses[-1]:.4f}")
    return fig


@picture(
    "Two plots over the steps 1 to 12, logarithmic. Left: the five ways to the decoder's output. "
    "Patch and write grid are largest in the late steps, the three ways from the next step grow "
    "towards the first. Right: the derivatives of the states. That of the canvas is a level line, "
    "those of the cells' states are small at the last steps and larger at the first."
)
def lengths(problem):
    """How long the derivatives are at every step: h^dec by its ways, and the five states."""
    _, ways, states = by_ways(problem.cache())
    T = len(ways)
    dashes = ["-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1))]
    fig = figure(9.5, 3.4)
    left, right = fig.subplots(1, 2)
    for j, (way, words) in enumerate(WAYS.items()):
        curve = [norm(found[way]) or np.nan for found in ways]
        left.plot(
            np.arange(T, 0, -1),
            curve,
            linestyle=dashes[j],
            color=LINES[j],
            marker="o",
            ms=2.5,
            label=f"{j + 1} {words}",
        )
    left.set(xlabel="step $t$", ylabel="length", yscale="log")
    left.set_title("What comes back to $h^{dec}_t$, arrow by arrow")
    left.legend(fontsize=7, loc="lower left")
    names = {
        "c": "$c_t$",
        "h_dec": "$h^{dec}_t$",
        "s_dec": "$s^{dec}_t$",
        "h_enc": "$h^{enc}_t$",
        "s_enc": "$s^{enc}_t$",
    }
    for (name, words), line, colour in zip(names.items(), dashes, LINES, strict=False):
        curve = [norm(getattr(state, name)) or np.nan for state in states]
        right.plot(np.arange(T, -1, -1), curve, linestyle=line, color=colour, label=words)
    right.set(xlabel="step $t$", ylabel="length", yscale="log")
    right.set_title("The canvas keeps its gradient through all steps")
    right.legend(fontsize=8, ncols=2, loc="lower left")
    return fig


@picture(
    "Left, four narrow matrices, each times a flat one, with plus signs between them. Right, the "
    "four narrow ones side by side as one wide matrix, times the four flat ones on top of each "
    "other, equal to one matrix dW."
)
def one_product(T=4):
    """The weight gradients of T steps as T products and a sum, and as one product."""
    fig = figure(9.5, 2.6)
    ax = fig.subplots()
    ax.set(xlim=(-0.2, 15.4), ylim=(-1.15, 3.1), aspect="equal")
    ax.axis("off")
    shades = ["#CDE4F2", "#9CC9E3", "#6AADD3", "#3E8DBB"]
    for t in range(T):
        x = 1.95 * t
        block(ax, x, 0.4, 0.4, 1.5, shades[t], f"$x_{t + 1}^T$")
        block(ax, x + 0.5, 1.5, 1.0, 0.4, shades[t], f"$dy_{t + 1}$")
        block(ax, 9.3 + 0.4 * t, 0.4, 0.4, 1.5, shades[t], "")
        block(ax, 11.4, 1.9 - 0.4 * (t + 1), 1.0, 0.4, shades[t], "")
        if t < T - 1:
            ax.text(x + 1.68, 1.15, "+", ha="center", va="center", fontsize=12)
    ax.text(3.6, 2.75, f"step by step: {T} products, each added to the last sum", ha="center")
    ax.text(8.35, 1.15, "=", ha="center", va="center", fontsize=14)
    ax.text(12.0, 2.75, "all steps behind one another: one product", ha="center")
    block(ax, 13.6, 0.4, 1.0, 1.5, "#EEEEEE", "$dW$")
    ax.text(13.0, 1.15, "=", ha="center", va="center", fontsize=14)
    ax.text(10.1, 0.1, "$T M$ wide", ha="center", va="top", fontsize=8)
    ax.text(11.9, 0.1, "$T M$ high", ha="center", va="top", fontsize=8)
    return fig


def block(ax, x, y, width, height, colour, text):
    """A matrix as a rectangle, to scale."""
    ax.add_patch(Rectangle((x, y), width, height, facecolor=colour, edgecolor=INK, linewidth=0.8))
    ax.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=8)
