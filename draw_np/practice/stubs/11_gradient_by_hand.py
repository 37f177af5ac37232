"""Exercises for chapter 11: the gradient by hand.

T steps, M images, P pixels, D inputs, K outputs, H units. `d...` is the derivative of the
final loss with respect to `...`, and has its shape. Results have the dtype of the arguments.
Check your answers with `python -m draw_np.exercises check 11`.
"""

import numpy as np  # noqa: F401 (for the answers)


def used_twice(dy, dz, u, v):
    """Exercise 11.0: two ways back (easy, 5 minutes, about 2 lines).

    y = u v and z = u + v, entry by entry, so that u and v are used twice. dy and dz have come
    back. What do u and v get?

    dy, dz, u, v: any shape, the same.    Returns du, dv: the same shape.
    """
    raise NotImplementedError("Exercise 11.0: two ways back")


def weight_gradient(x, dy):
    """Exercise 11.1: the weights of all steps at once (easy, 10 minutes, about 3 lines).

    In every step y_t = x_t W + b, with the same W and b. From the inputs of all steps and
    the derivatives of all outputs, find what W and b contribute. It can be one product (a
    loop over the steps is right, too, but slow).

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


def whole_gradient(params, x, eps):
    """Exercise 11.3: the whole network backward (hard, 120 minutes, about 50 lines).

    DRAW without attention, all T steps, its loss and the derivative by every parameter.
    For t = 1 .. T, with c_0, h_0 and s_0 of both cells the same for all images,

    x_hat = x - sigmoid(c_{t-1})                                              (Eq. 3)
    h_t^enc, s_t^enc = LSTM([x, x_hat, h_{t-1}^dec], h_{t-1}^enc, s_{t-1}^enc)  (Eqs. 4, 5, 17)
    mu = h_t^enc W_mu + b_mu, log sigma = h_t^enc W_log_sigma + b_log_sigma   (Eqs. 1, 2)
    z = mu + exp(log sigma) eps_t                                             (Eq. 6)
    h_t^dec, s_t^dec = LSTM(z, h_{t-1}^dec, s_{t-1}^dec)                      (Eq. 7)
    c_t = c_{t-1} + h_t^dec W_patch + b_patch                                 (Eqs. 8, 18)

    and the loss is the mean over images of
    sum over pixels of softplus(c_T) - x c_T, plus sum over t and components of
    (mu^2 + sigma^2 - 1) / 2 - log sigma                                      (Eqs. 9-12).

    You may use draw_np.manual.nn, .lstm, .latent and .likelihood, whose functions come in
    pairs, y, cache = f_forward(...) and f_backward(dy, cache), or what you wrote before.
    The 4 H columns of a cell are those of i, f, g and o. What .likelihood takes are images,
    (M, C, B, A): reshape to (M, 1, 1, P) and back, or write its one line yourself. The first
    case of the check is one step of one image.

    params: a tuple, in this order: enc_W: (2 P + 2 H, 4 H), enc_b: (4 H,), mu_W: (H, Z),
    mu_b: (Z,), log_sigma_W: (H, Z), log_sigma_b: (Z,), dec_W: (Z + H, 4 H), dec_b: (4 H,),
    patch_W: (H, P), patch_b: (P,), c_0: (P,), h_enc_0, s_enc_0, h_dec_0, s_dec_0: (H,).
    x: (M, P), eps: (T, M, Z).    Returns a tuple of derivatives, in order and shapes of params.
    """
    raise NotImplementedError("Exercise 11.3: the whole network backward")
