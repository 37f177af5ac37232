"""From ``manual.model`` to the engine that trains, one trick a rung.

The first rungs put other functions in the place of some of ``manual``'s. The later ones are
the engine itself with tricks taken out of it, the last the engine as it is. So there is no
second copy of either, and each rung is what it changes. A rung stands on all below it:

    ladder.gradient("only tanh")(params, x, eps, config)

gives terms and gradient by ``manual.model`` with all that is replaced up to that rung.
While it computes, the functions are replaced for everybody: use it from one thread.
"""

from contextlib import ExitStack, contextmanager
from typing import NamedTuple
from unittest import mock

import numpy

from draw_np.attention import Attention
from draw_np.fast import driver, packing, workspace
from draw_np.manual import attention, lstm, model
from draw_np.manual.attention import attention_backward, attention_forward, filter_centres_forward
from draw_np.manual.nn import affine_forward

# --- Weight gradients wait -----------------------------------------------------------


class Waiting:
    """What the weight gradients are made of, by weight: inputs and dy of all steps."""

    def __init__(self, params=None):
        self.params, self.inputs, self.douts, self.copies = params, {}, {}, {}

    def copy_of(self, names, make):
        """A copy of some weights for this call, made once: (names, W, b, factor of W and b)."""
        if names not in self.copies:
            self.copies[names] = (names, *make())
        return self.copies[names][1:3]

    def affine_backward(self, dy, cache):
        """``manual.nn.affine_backward``, but dW and db are left for later."""
        x, W = cache
        self.inputs.setdefault(id(W), []).append(x)
        self.douts.setdefault(id(W), []).append(dy)
        return dy @ W.T, 0, 0

    def finish(self, gradient):
        """All steps behind one another: dW = x^T dy is one product."""
        params = self.params
        owners = {id(W): (names, factor) for names, W, _, factor in self.copies.values()}
        own = {id(v): ((name[:-2],), 1) for name, v in params.items() if name.endswith(".W")}
        for key, xs in self.inputs.items():
            names, factor = (owners | own)[key]
            x, dy = numpy.concatenate(xs), numpy.concatenate(self.douts[key]) * factor
            dW, db = x.T @ dy, dy.sum(axis=0)
            ends = numpy.cumsum([params[f"{name}.b"].size for name in names])[:-1]
            for name, W, b in zip(
                names, numpy.split(dW, ends, axis=1), numpy.split(db, ends), strict=True
            ):
                gradient[f"{name}.W"], gradient[f"{name}.b"] = W, b


waiting = Waiting()  # that of the call that is being made


def affine_backward(dy, cache):
    """See ``Waiting.affine_backward``."""
    return waiting.affine_backward(dy, cache)


# --- Maps that share an input share a product ----------------------------------------


def side_by_side(params, names):
    """The weights and biases of several maps as those of one."""

    def make():
        W, b = ([params[f"{name}.{part}"] for name in names] for part in "Wb")
        return numpy.concatenate(W, axis=1), numpy.concatenate(b), 1

    return waiting.copy_of(names, make)


def latent_forward(params, h_enc, eps):
    """``manual.model.latent_forward``: mu and log sigma by one product."""
    y, linear = affine_forward(h_enc, *side_by_side(params, ("mu", "log_sigma")))
    mu, log_sigma = numpy.split(y, 2, axis=1)
    z, sample = model.sample_forward(mu, log_sigma, eps)
    L_z, kl = model.kl_forward(mu, log_sigma)
    return (z, L_z), (linear, sample, kl)


def latent_backward(dz, dL_z, cache):
    """``manual.model.latent_backward``: the product adds up both ways by itself."""
    linear, sample, kl = cache
    dys = zip(model.sample_backward(dz, sample), model.kl_backward(dL_z, kl), strict=True)
    return affine_backward(numpy.concatenate([a + b for a, b in dys], axis=1), linear)[0], {}


def draw_forward(params, h_dec, config):
    """``manual.model.draw_forward``: patch and window by one product."""
    N = config.N_write
    if N is None:
        return ON_THE_GROUND["draw_forward"](params, h_dec, config)
    y, linear = affine_forward(h_dec, *side_by_side(params, ("patch", "write")))
    att, heading = attention_forward(y[:, -5:], config.A, config.B, N)
    w = y[:, :-5].reshape(len(y), config.C, N, N)
    stroke, writing = attention.write_forward(w, att, config.A, config.B)
    return stroke, (linear, heading, writing)


def draw_backward(dstroke, cache):
    """``manual.model.draw_backward``."""
    linear, heading, writing = cache
    if heading is None:
        return ON_THE_GROUND["draw_backward"](dstroke, cache)
    dw, datt = attention.write_backward(dstroke, writing)
    dy = numpy.concatenate([dw.reshape(len(dw), -1), attention_backward(datt, heading)], axis=1)
    return affine_backward(dy, linear)[0], {}


ON_THE_GROUND = {name: getattr(model, name) for name in ("draw_forward", "draw_backward")}

# --- Only tanh -----------------------------------------------------------------------


def halved(W, b):
    """The cell's weights with half of what the three sigmoids take."""
    factor = numpy.repeat(numpy.array([0.5, 0.5, 1, 0.5], W.dtype), len(b) // 4)
    return W * factor, b * factor, factor


def lstm_forward(x, h, s, W, b):
    """``manual.lstm.lstm_forward`` with one tanh for four gates; i, f and o are doubled."""
    name = "enc" if W is waiting.params["enc.W"] else "dec"
    W, b = waiting.copy_of((name,), lambda: halved(W, b))
    a, product = affine_forward(numpy.concatenate([x, h], axis=1), W, b)
    i, f, g, o = numpy.split(numpy.tanh(a), 4, axis=1)  # (M, H) each
    i, f, o = i + 1, f + 1, o + 1
    s_new = (f * s + i * g) * 0.5
    tanh_s = numpy.tanh(s_new)
    return (o * tanh_s * 0.5, s_new), (product, i, f, g, o, s, tanh_s, x.shape[1])


def lstm_backward(dh, ds, cache):
    """``manual.lstm.lstm_backward``: i is 1 + tanh, so that its slope is i (2 - i)."""
    product, i, f, g, o, s, tanh_s, D = cache
    dh = dh * 0.5
    ds = (ds + dh * o * (1 - tanh_s * tanh_s)) * 0.5
    da = [ds * g * i * (2 - i), ds * s * f * (2 - f), ds * i * (1 - g * g)]
    da.append(dh * tanh_s * o * (2 - o))
    dxh, dW, db = affine_backward(numpy.concatenate(da, axis=1), product)
    return dxh[:, :D], dxh[:, D:], ds * f, dW, db


# --- Filterbanks as one array --------------------------------------------------------


def filterbanks_forward(att, A, B, N):
    """``manual.attention.filterbanks_forward``: X and Y as (M, 2N, L), L the longer side."""
    centres = [filter_centres_forward(g, att.delta, N) for g in (att.g_X, att.g_Y)]
    mu, offset = numpy.concatenate([c for c, _ in centres], axis=1)[:, :, None], centres[0][1]
    a = numpy.arange(1, max(A, B) + 1, dtype=mu.dtype)
    side = numpy.repeat(numpy.array([A, B], mu.dtype), N)[:, None]  # (2N, 1)
    nearest = numpy.clip(numpy.round(mu), 1, side)
    distance, sigma2 = a - nearest, att.sigma2[:, None, None]
    exponent = distance * (a + nearest - 2 * mu) / (2 * sigma2)
    numerator = numpy.exp(-exponent)
    if A != B:
        numerator[:, a > side] = 0
    F = numerator / numerator.sum(axis=2, keepdims=True)
    return (F[:, :N, :A], F[:, N:, :B]), (F, distance, exponent, sigma2, offset)


def filterbanks_backward(dF_X, dF_Y, cache):
    """``manual.attention.filterbanks_backward``."""
    F, distance, exponent, sigma2, offset = cache
    N, dF = dF_X.shape[1], numpy.zeros_like(F)
    dF[:, :N, : dF_X.shape[2]], dF[:, N:, : dF_Y.shape[2]] = dF_X, dF_Y
    de = F * (dF - (F * dF).sum(axis=2, keepdims=True))
    dmu = (de * distance / sigma2).sum(axis=2)  # (M, 2N)
    dsigma2 = (de * exponent / sigma2).sum(axis=(1, 2))
    dg_X, dg_Y = dmu[:, :N].sum(axis=1), dmu[:, N:].sum(axis=1)
    return Attention(dg_X, dg_Y, (dmu[:, :N] + dmu[:, N:]) @ offset, dsigma2, 0 * dsigma2)


# --- The engine, with tricks taken out -----------------------------------------------


def rows_together(xp, shape, dtype):
    """``packing.rows_apart``, but not apart."""
    return xp.empty(shape, dtype)


def in_columns(v, parts, width):
    """``workspace.without_gaps``, with gaps: the gates as columns of (M, 4H)."""
    return workspace.columns(v[:, : parts * width], parts)


def in_one_piece(xp, M, H):
    """``workspace.rows_of_parts``, uncut."""
    return [slice(0, M)]


# --- The ladder ----------------------------------------------------------------------


class Rung(NamedTuple):
    """A trick, and what makes it: functions in the place of others, by module and name."""

    name: str
    about: str
    functions: tuple = ()  #: (module, name, function) of ``manual``, for this rung and all above
    helpers: tuple = ()  #: what these functions are made of besides
    without: tuple = ()  #: the same of ``fast``, for this rung alone


APART = [(packing, "rows_apart", rows_together), (workspace, "rows_apart", rows_together)]
GAPS, WHOLE = (workspace, "without_gaps", in_columns), (workspace, "rows_of_parts", in_one_piece)

RUNGS = (
    Rung("manual.model", "the blocks, step by step"),
    Rung(
        "weight gradients wait",
        "dW of all steps is one product at the end",
        ((model, "affine_backward", affine_backward), (lstm, "affine_backward", affine_backward)),
        helpers=(Waiting,),
    ),
    Rung(
        "shared products",
        "mu and log sigma are one map, patch and write window another",
        tuple(
            (model, f.__name__, f)
            for f in (latent_forward, latent_backward, draw_forward, draw_backward)
        ),
        helpers=(side_by_side,),
    ),
    Rung(
        "only tanh",
        "one tanh for the four gates, the halves in a copy of the weights",
        ((model, "lstm_forward", lstm_forward), (model, "lstm_backward", lstm_backward)),
        helpers=(halved,),
    ),
    Rung(
        "filterbanks as one array",
        "rows for X and Y together",
        tuple((attention, f.__name__, f) for f in (filterbanks_forward, filterbanks_backward)),
    ),
    Rung(
        "nothing allocated",
        "the fast engine: all arrays of all steps in a workspace, biases as rows of the weights",
        without=(*APART, GAPS, WHOLE),
    ),
    Rung(
        "rows apart",
        "rows of large arrays start an odd number of cache lines apart",
        without=(GAPS, WHOLE),
    ),
    Rung("gates without gaps", "what element-wise work goes over lies together", without=(WHOLE,)),
    Rung("threads", "each takes its images through all steps: the engine that trains"),
)


def by_blocks(params, *problem):
    """Terms and gradient by ``manual.model``, as it is now; weights that wait are fetched."""
    global waiting
    waiting = Waiting(params)
    terms, cache = model.loss_forward(params, *problem)
    gradient = model.loss_backward(1.0, cache)
    waiting.finish(gradient)
    return terms, gradient


@contextmanager
def replaced(functions):
    """Functions in the place of others, (module, name, function), for the time being."""
    with ExitStack() as stack:
        for module, name, function in functions:
            stack.enter_context(mock.patch.object(module, name, function))
        yield


def gradient(name):
    """The terms and the gradient as the rung of that name computes them.

    Returns
    -------
    callable
        (params, x, eps, config, labels=None), NumPy's arrays, -> ``Terms`` and the gradient,
        a dict.

    Raises
    ------
    ValueError
        If there is no such rung.
    """
    names = [rung.name for rung in RUNGS]
    if name not in names:
        raise ValueError(f"there is no rung {name!r}: choose one of {', '.join(names)}")
    place = names.index(name)
    of_fast = place >= names.index("nothing allocated")
    below = [f for rung in RUNGS[: place + 1] for f in rung.functions]
    functions, compute = (RUNGS[place].without, by_fast()) if of_fast else (below, by_blocks)

    def terms_and_gradient(*problem):
        with replaced(functions):
            return compute(*problem)

    return terms_and_gradient


def by_fast():
    """The fast engine with a workspace of its own, which it keeps from call to call."""
    idle = []

    def terms_and_gradient(*problem):
        with replaced([(driver, "_idle", idle)]):
            return driver.terms_and_gradient(*problem)

    return terms_and_gradient
