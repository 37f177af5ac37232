"""The attentive classifier by hand: one glimpse, and the whole loss, with their derivatives.

Everything but the softmax is put together from blocks that DRAW has too.

Axes: ``T`` glimpses, ``M`` images, ``C`` channels, ``N`` filters along one side,
``H`` LSTM units, ``K`` classes.
"""

from draw_np.glimpse import Terms
from draw_np.machine.backend import array_module, in_parallel, shares
from draw_np.manual.attention import glimpse_backward, glimpse_forward
from draw_np.manual.lstm import lstm_backward, lstm_forward
from draw_np.manual.model import (
    accumulate,
    head_backward,
    head_forward,
    named_backward,
    named_forward,
)
from draw_np.model import expect_classes, expect_images


def cross_entropy_forward(logits, labels):
    """-log p(class) and whether the likeliest class is wrong, from logits (M, K); each (M,)."""
    xp = array_module(logits)
    right = (labels[:, None] == xp.arange(logits.shape[1])).astype(logits.dtype)  # (M, K)
    shifted = logits - logits.max(axis=1, keepdims=True)
    p = xp.exp(shifted)
    Z = p.sum(axis=1, keepdims=True)
    cross_entropy = xp.log(Z[:, 0]) - (right * shifted).sum(axis=1)
    error = (logits.argmax(axis=1) != labels).astype(logits.dtype)
    return (cross_entropy, error), (p / Z, right)


def cross_entropy_backward(dcross_entropy, cache):
    """dlogits, shape (M, K), from dcross_entropy, shape (M,).

    For one image of class y it is log sum_k exp(a_k) - a_y. The first term's derivative
    by a_k is p_k, the second's is 1 at y:

        da_k = dcross_entropy (p_k - 1[k = y])

    The error is a step: its derivative is 0 wherever it has one.
    """
    p, right = cache
    return dcross_entropy[:, None] * (p - right)


def step_forward(params, x, h, s, config):
    """One glimpse, at the place that the last output ``h`` says: the new h and s."""
    att, heading = head_forward(params, "read", h, config, config.N)
    patch, looking = glimpse_forward(x, att, config.N)  # (M, C, N, N)
    flat = patch.reshape(len(x), -1)
    (h, s), rnn = lstm_forward(flat, h, s, params["rnn.W"], params["rnn.b"])
    return (h, s), (heading, looking, patch.shape, rnn)


def step_backward(dh, ds, cache):
    """dh and ds of the step before, and the derivatives of the parameters.

    h_{t-1} goes two ways, into the cell and into the next place to look: a sum of two.
    """
    heading, looking, shape, rnn = cache
    dflat, dh_rnn, ds, dW, db = lstm_backward(dh, ds, rnn)
    _, datt = glimpse_backward(dflat.reshape(shape), looking)
    dh_read, dparams = head_backward("read", datt, heading)
    return dh_rnn + dh_read, ds, dparams | {"rnn.W": dW, "rnn.b": db}


def loss_forward(params, x, labels, config):
    """Cross-entropy and error of a minibatch.

    Parameters
    ----------
    params, x, labels, config
        As in ``draw_np.glimpse.loss``.

    Returns
    -------
    glimpse.Terms
        Means over the minibatch: scalars.
    cache : tuple
    """
    expect_images(x, config)
    expect_classes(labels, len(x), config.K)
    xp, M, x = array_module(x), len(x), x.astype(params["h_0"].dtype)
    h, s = (xp.broadcast_to(params[name], (M, config.H)) for name in ("h_0", "s_0"))
    steps = []
    for _ in range(config.T):
        (h, s), cache = step_forward(params, x, h, s, config)
        steps.append(cache)
    logits, linear = named_forward(params, "classes", h)  # (M, K)
    (cross_entropy, error), softmax = cross_entropy_forward(logits, labels)
    mean = Terms(cross_entropy.sum() * (1 / M), error.sum() * (1 / M))
    return mean, (steps, linear, softmax)


def loss_backward(dloss, cache):
    """The derivatives of all parameters, a dict, from dloss, a number.

    Every image has the weight 1/M. Then the glimpses from the last to the first; the
    initial state was repeated for M images, so its derivatives are summed over them.
    """
    steps, linear, (p, right) = cache
    xp, M = array_module(p), len(p)
    dcross_entropy = xp.full(M, dloss / M, dtype=p.dtype)
    dlogits = cross_entropy_backward(dcross_entropy, (p, right))
    dh, gradient = named_backward("classes", dlogits, linear)
    ds = xp.zeros_like(dh)
    for step in reversed(steps):
        dh, ds, dparams = step_backward(dh, ds, step)
        accumulate(gradient, dparams)
    return gradient | {"h_0": dh.sum(axis=0), "s_0": ds.sum(axis=0)}


def terms_and_gradient(params, x, labels, config):
    """``glimpse.Terms``, means over the minibatch, and the gradient of the loss.

    Each thread takes its share of the images; a mean over all is the sum of the shares'
    means, each times its part of the whole.
    """
    M = len(x)

    def part(rows):
        mean, cache = loss_forward(params, x[rows], labels[rows], config)
        weight = (rows.stop - rows.start) / M
        return Terms(*(weight * v for v in mean)), loss_backward(weight, cache)

    means, gradients = zip(*in_parallel(part, shares(array_module(x), M)), strict=True)
    gradient = {}
    for some in gradients:
        accumulate(gradient, some)
    return Terms(*map(sum, zip(*means, strict=True))), gradient
