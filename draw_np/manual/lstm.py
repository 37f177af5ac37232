"""The LSTM cell and its derivative.

Axes: ``M`` images, ``D`` inputs, ``H`` units.
"""

from draw_np.machine.backend import array_module
from draw_np.manual.nn import (
    affine_backward,
    affine_forward,
    sigmoid_backward,
    sigmoid_forward,
    tanh_backward,
)


def lstm_forward(x, h, s, W, b):
    """One step of the cell, as ``draw_np.lstm.lstm`` (Eqs. 5, 7).

        a = [x, h] W + b      i, f, o = sigmoid(a_i, a_f, a_o)      g = tanh(a_g)
        s' = f s + i g        h' = o tanh(s')

    Returns
    -------
    (h', s') : arrays, shape (M, H)
    cache : tuple
    """
    xp = array_module(x)
    a, product = affine_forward(xp.concatenate([x, h], axis=1), W, b)  # (M, 4H)
    a_i, a_f, a_g, a_o = xp.split(a, 4, axis=1)
    i, f, o = (sigmoid_forward(v)[0] for v in (a_i, a_f, a_o))  # (M, H)
    g = xp.tanh(a_g)
    s_new = f * s + i * g
    tanh_s = xp.tanh(s_new)
    return (o * tanh_s, s_new), (product, i, f, g, o, s, tanh_s, x.shape[1])


def lstm_backward(dh, ds, cache):
    """dx, dh, ds, dW and db from dh_new and ds_new, each of shape (M, H).

    The new state s' reaches the loss twice: directly, and through h' = o tanh(s').

        do  = dh' tanh(s')
        ds' = ds' + dh' o (1 - tanh(s')^2)

    From s' = f s + i g:

        di = ds' g      df = ds' s      dg = ds' i      ds = ds' f

    Then the nonlinearities, da = (di i (1 - i), df f (1 - f), dg (1 - g^2),
    do o (1 - o)), and one affine map, whose input [x, h] is cut apart again.
    """
    product, i, f, g, o, s, tanh_s, D = cache
    do = dh * tanh_s
    ds = ds + tanh_backward(dh * o, tanh_s)
    da = array_module(dh).concatenate(  # (M, 4H)
        [
            sigmoid_backward(ds * g, i),
            sigmoid_backward(ds * s, f),
            tanh_backward(ds * i, g),
            sigmoid_backward(do, o),
        ],
        axis=1,
    )
    dxh, dW, db = affine_backward(da, product)
    return dxh[:, :D], dxh[:, D:], ds * f, dW, db
