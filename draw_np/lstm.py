"""The LSTM cell with forget gates (Gers et al. 2000), the paper's RNN^enc and RNN^dec.

Axes: ``M`` images, ``D`` inputs, ``H`` units. The cell state is called ``s``
because ``c`` is the canvas.
"""

import autograd.numpy as np

from draw_np.arrays import Array, Generator, Params
from draw_np.nn import affine, linear_map, sigmoid


def lstm(x: Array, h: Array, s: Array, W: Array, b: Array) -> tuple[Array, Array]:
    """One step of the cell: Eq. 5 for the encoder, Eq. 7 for the decoder.

    Parameters
    ----------
    x : array, shape (M, D)
        Input of this step.
    h, s : array, shape (M, H)
        Output and cell state of the step before.
    W : array, shape (D + H, 4 H)
        One matrix for all gates; the rows take x and then h, the columns give
        i, f, g and o.
    b : array, shape (4 H,)

    Returns
    -------
    h, s : array, shape (M, H)
    """
    a = affine(np.concatenate([x, h], axis=1), W, b)  # (M, 4H)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    i = sigmoid(a_i)  # (M, H) how much of the candidate enters
    f = sigmoid(a_f)  # (M, H) how much of the state stays
    g = np.tanh(a_g)  # (M, H) the candidate
    o = sigmoid(a_o)  # (M, H) how much of the state shows
    s = f * s + i * g
    h = o * np.tanh(s)
    return h, s


def lstm_parameters(rng: Generator, name: str, D: int, H: int, forget_bias: float = 1.0) -> Params:
    """Weights of a new cell: ``{name}.W`` and ``{name}.b``, float64.

    The paper does not give the forget gate's bias. With 1 the gate starts mostly
    open (sigmoid(1) = 0.73), so gradients reach back over many steps from the
    beginning (Gers et al. 2000; Jozefowicz et al. 2015).
    """
    cell = linear_map(rng, name, D + H, 4 * H)
    cell[f"{name}.b"][H : 2 * H] = forget_bias
    return cell
