"""What the chapter on the gradient by hand measures and draws.

Everything is computed by the blocks of ``draw_np.manual``: here they are held to autograd,
taken apart by the ways that a derivative comes back on, and counted.
"""

from dataclasses import dataclass, field
from unittest import mock

import numpy as np
from autograd import grad
from matplotlib.patches import Rectangle

from draw_np.fast import driver
from draw_np.manual import attention as by_hand
from draw_np.manual import lstm as cell
from draw_np.manual import model as manual
from draw_np.manual.likelihood import bernoulli_backward
from draw_np.manual.lstm import lstm_backward
from draw_np.manual.nn import affine_backward, sigmoid_backward
from draw_np.model import State
from draw_np.pictures import diagram
from draw_np.pictures.plot import INK, LINES, WRITE, figure, style

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
    dw, datt = by_hand.write_backward(dstroke, writing)
    patch, dparams = manual.named_backward("patch", dw.reshape(len(dw), -1), linear)
    grid, dhead = manual.head_backward("write", datt, heading)
    return {"patch": patch, "write grid": grid}, dparams | dhead


def step_by_ways(dstate, dL_z, cache):
    """The rest of ``manual.model.step_backward``, with the three ways to h_{t-1}^dec apart."""
    p, R, looking, enc, latent, dec, _ = cache
    dz, decoder, ds_dec, dW, db = lstm_backward(dstate.h_dec, dstate.s_dec, dec)
    dparams = {"dec.W": dW, "dec.b": db}
    dh_latent, dlatent = manual.latent_backward(dz, dL_z, latent)
    dv, dh_enc, ds_enc, dW, db = lstm_backward(dstate.h_enc + dh_latent, dstate.s_enc, enc)
    dx_hat, read_grid, dlook = manual.look_backward(dv[:, :R], looking)
    dc = dstate.c - sigmoid_backward(dx_hat, p)
    later = {"decoder": decoder, "encoder": dv[:, R:], "read grid": read_grid}
    dparams |= dlatent | {"enc.W": dW, "enc.b": db} | dlook
    return State(dc, dh_enc, ds_enc, None, ds_dec), later, dparams


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


# ---------------------------------------------------------------- figures


def way_back():
    """Two unrolled steps of DRAW with the derivatives' arrows, which run backward."""
    left, right = 2.6, 8.4
    with style():
        fig = figure(9.5, 6.9)
        ax = fig.subplots()
        ax.set(xlim=(-0.6, 12.4), ylim=(-1.15, 8.55), aspect="equal")
        ax.axis("off")
        for x, t in ((left, "t"), (right, "t+1")):
            step_back(ax, x, t)
        for x, to in ((right, left), (left, left - 5.8)):
            between(ax, x, to)
        diagram.box(ax, 11.5, 7.6, "$L^x$", diagram.RANDOM, 1.2)
        back(ax, [(10.9, 7.6), (right + 0.75, 7.6)], LINES[0])
        for y in (5.0, 2.1):
            ax.text(right + 1.05, y, "0 after the last step", fontsize=8, color=QUIET, va="center")
        legend_back(ax)
    return fig


ROWS = {"read": 0.6, "enc": 2.1, "latent": 3.55, "dec": 5.0, "write": 6.3, "c": 7.6}


def step_back(ax, x, t):
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
            ax.text(x + shift + 0.1 * side, (top + bottom) / 2, words, fontsize=8, color=colour,
                    ha="left" if side > 0 else "right", va="center")  # fmt: skip

    down("c", "write", 0, LINES[0])
    down("write", "dec", -0.3, WRITE, "1 patch", -1)
    down("write", "dec", 0.3, WRITE, "2 grid")
    down("dec", "latent", 0, INK)
    down("latent", "enc", -0.3, LINES[2], "by $\\mu$", -1)
    down("latent", "enc", 0.3, LINES[2], "by $\\log\\sigma$")
    down("enc", "read", 0, INK)
    ax.text(x - 1.75, ROWS["latent"], "$L^z$", ha="center", va="center", fontsize=10)
    back(ax, [(x - 1.5, ROWS["latent"]), (x - 0.75, ROWS["latent"])], INK)


def between(ax, x, to):
    """What the step in the column ``x`` gives back to the one in the column ``to``."""
    first = max(to + 0.95, -0.45)  # where the arrows to a step that is not drawn end
    drawn = to > 0
    lane = [x - 2.9, x - 2.45, x - 3.35] if drawn else [None] * 3
    c_end = to + 0.75 if drawn else first
    back(ax, [(x - 0.75, ROWS["c"]), (c_end, ROWS["c"])], LINES[0])
    back(ax, [(x - 0.95, ROWS["dec"]), (first, ROWS["dec"])], WRITE)
    back(ax, [(x - 0.95, ROWS["enc"]), (first, ROWS["enc"])], LINES[2])
    if not drawn:
        return
    y = ROWS["dec"]
    back(ax, [(x - 0.95, 2.3), (lane[0], 2.3), (lane[0], y - 0.12), (first, y - 0.12)], WRITE)
    back(ax, [(x - 0.75, 0.7), (lane[2], 0.7), (lane[2], y - 0.24), (first, y - 0.24)], WRITE)
    c_lane = [(x - 0.75, 0.5), (lane[1], 0.5), (lane[1], ROWS["c"] - 0.16)]
    back(ax, [*c_lane, (c_end, ROWS["c"] - 0.16)], LINES[0], ":")
    for text, place in (("3", (x - 1.5, y + 0.15)), ("4", (x - 1.5, 2.45)), ("5", (x - 1.5, 0.85))):
        ax.text(*place, text, fontsize=8, color=WRITE, ha="center", va="center")
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


def one_row(F, dF, de, mu):
    """What a row of the filterbank passes on of the derivative that arrives.

    Parameters
    ----------
    F, dF, de : arrays, shape (A,)
    mu : float
        Centre of the filter.
    """
    a = np.arange(1, len(F) + 1)
    mean = np.sum(F * dF)
    with style():
        fig = figure(9.5, 2.9)
        axes = fig.subplots(1, 3, sharex=True)
        axes[0].bar(a, F, color=LINES[5])
        axes[0].set_title("A row of the filterbank, $F$")
        axes[1].bar(a, dF, color=[INK if weight > 0.01 else "#CCCCCC" for weight in F])
        axes[1].axhline(mean, color=WRITE, linestyle="--")
        words = {"color": WRITE, "fontsize": 8, "ha": "right", "va": "top"}
        axes[1].text(a[-1] + 0.5, mean - 0.04 * np.ptp(dF), "mean under $F$", **words)
        axes[1].set_title("What arrives, $dF$; dark where $F > 0.01$")
        axes[2].bar(a, de, color=WRITE)
        axes[2].axhline(0, color=INK, linewidth=0.6)
        axes[2].set_title("What is passed on, $de$: its sum is 0")
        for ax in axes:
            ax.axvline(mu, color=QUIET, linestyle=":", linewidth=1)
            ax.set(xlabel="pixel $a$", xlim=(0.5, len(F) + 0.5), axisbelow=True)
    return fig


def pushed(x, before, after, N, losses):
    """A window before and after steps against the gradient of its five numbers.

    Parameters
    ----------
    x : array, shape (1, 1, B, A)
    before, after : Attention
        Of one image.
    N : int
    losses : array
        Of every step.
    """
    from draw_np.book.attention import show_image, show_window

    B, A = x.shape[2:]
    with style():
        fig = figure(9.5, 3.2)
        axes = fig.subplots(1, 3, width_ratios=[1, 1, 1.5])
        for ax, att, title in zip(axes, (before, after), ("Before", "After"), strict=False):
            show_image(ax, x[0])
            show_window(ax, att, N, A, B)
            ax.set_title(title)
        axes[2].plot(losses, color=LINES[0])
        axes[2].set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, len(losses) - 1))
        axes[2].set_title("Five derivatives move the window where it is wanted")
    return fig


def lengths(ways, states):
    """How long the derivatives are at every step: h^dec by its ways, and the five states.

    Parameters
    ----------
    ways : list of dict
        For t = T, ..., 1, from ``by_ways``.
    states : list of State
        For t = T, ..., 0.
    """
    T = len(ways)
    t = np.arange(T, 0, -1)
    dashes = ["-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1))]
    with style():
        fig = figure(9.5, 3.4)
        left, right = fig.subplots(1, 2)
        for (way, words), line, colour in zip(WAYS.items(), dashes, LINES, strict=False):
            curve = np.array([norm(found[way]) for found in ways])
            curve[curve == 0] = np.nan
            left.plot(t, curve, linestyle=line, color=colour, marker="o", ms=2.5, label=words)
        left.set(xlabel="step $t$", ylabel="length", yscale="log", ylim=(None, None))
        left.set_title("What comes back to $h^{dec}_t$, way by way")
        left.legend(fontsize=7, loc="lower left")
        names = {"c": "$c_t$", "h_dec": "$h^{dec}_t$", "s_dec": "$s^{dec}_t$",
                 "h_enc": "$h^{enc}_t$", "s_enc": "$s^{enc}_t$"}  # fmt: skip
        for (name, words), line, colour in zip(names.items(), dashes, LINES, strict=False):
            curve = np.array([norm(getattr(state, name)) for state in states])
            curve[curve == 0] = np.nan
            right.plot(np.arange(T, -1, -1), curve, linestyle=line, color=colour, label=words)
        right.set(xlabel="step $t$", yscale="log")
        right.set_title("The canvas keeps its gradient through all steps")
        right.legend(fontsize=8, ncols=2, loc="lower left")
    return fig


def one_product(T=4):
    """The weight gradients of T steps as T products and a sum, and as one product."""
    with style():
        fig = figure(9.5, 2.6)
        ax = fig.subplots()
        ax.set(xlim=(-0.2, 15.4), ylim=(-1.15, 3.1), aspect="equal")
        ax.axis("off")
        shades = ["#CDE4F2", "#9CC9E3", "#6AADD3", "#3E8DBB"]
        for t in range(T):
            x = 1.95 * t
            block(ax, x, 0.4, 0.4, 1.5, shades[t], f"$x_{t + 1}^T$")
            block(ax, x + 0.5, 1.5, 1.0, 0.4, shades[t], f"$dy_{t + 1}$")
            if t < T - 1:
                ax.text(x + 1.68, 1.15, "+", ha="center", va="center", fontsize=12)
        ax.text(3.6, 2.75, f"step by step: {T} products, each added to the last sum", ha="center")
        ax.text(8.35, 1.15, "=", ha="center", va="center", fontsize=14)
        for t in range(T):
            block(ax, 9.3 + 0.4 * t, 0.4, 0.4, 1.5, shades[t], "")
            block(ax, 11.4, 1.9 - 0.4 * (t + 1), 1.0, 0.4, shades[t], "")
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
