"""Exercises for chapter 11: the gradient by hand.

T steps, M images, P pixels, D inputs, K outputs, H units. `d...` is the derivative of the
final loss with respect to `...`, and has its shape. Results have the dtype of the arguments.
Check your answers with `python -m draw_np.exercises check 11`.
"""

import numpy as np  # noqa: F401 (for the answers)


def weight_gradient(x, dy):
    """Exercise 11.1: the weights of all steps at once (easy, 10 minutes, about 3 lines).

    In every step y_t = x_t W + b, with the same W and b. From the inputs of all steps and
    the derivatives of all outputs, find what W and b contribute: one product, no loop.

    x: (T, M, D), dy: (T, M, K).    Returns dW: (D, K), db: (K,).
    """
    raise NotImplementedError("Exercise 11.1: the weights of all steps at once")


def given_back(dc_t, dh_decoder, dv, c):
    """Exercise 11.2: what a step gives back (medium, 20 minutes, about 5 lines).

    One step without attention, in pieces. With c = c_{t-1} and h = h_{t-1}^dec,

    x_hat = x - sigmoid(c), v = [x, x_hat, h], which the encoder takes    (Eqs. 3, 5, 17)
    c_t = c + stroke                                                      (Eq. 8)

    and h also goes into the decoder, from where dh_decoder has come back. dv is what has
    come back from the encoder. Find all that comes back to c and to h.

    dc_t, c: (M, P), dh_decoder: (M, H), dv: (M, 2 P + H).
    Returns dc: (M, P), dh: (M, H). sigmoid(v) = (1 + tanh(v / 2)) / 2.
    """
    raise NotImplementedError("Exercise 11.2: what a step gives back")
