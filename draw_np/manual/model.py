"""DRAW by hand: one step, and the whole unrolled loss, with their derivatives.

Nothing is kept in place and nothing is fused: every step runs the blocks forward,
keeps their caches, and runs them backward in the opposite order. A value that is
used twice receives the sum of two derivatives; that is all there is to
backpropagation through time.

Axes: ``T`` steps, ``M`` images in a minibatch, ``C`` channels, ``B`` rows (height),
``A`` columns (width), ``H`` LSTM units, ``Z`` latent components.
"""

from draw_np.machine.backend import array_module
from draw_np.manual.attention import (
    attention_backward,
    attention_forward,
    read_all_backward,
    read_all_forward,
    read_backward,
    read_forward,
    write_backward,
    write_forward,
)
from draw_np.manual.latent import kl_backward, kl_forward, sample_backward, sample_forward
from draw_np.manual.likelihood import bernoulli_backward, bernoulli_forward
from draw_np.manual.lstm import lstm_backward, lstm_forward
from draw_np.manual.nn import affine_backward, affine_forward, sigmoid_backward, sigmoid_forward
from draw_np.model import State, Terms, expect_inputs


def accumulate(total, part):
    """Add the derivatives ``part`` to ``total``, a dict by parameter name, in place."""
    for name, value in part.items():
        total[name] = total[name] + value if name in total else value
    return total


def initial_state(params, M, labels=None):
    """The learned initial state, repeated for M images; see the end of ``loss_backward``.

    With labels, of every image the row of its class.
    """

    def repeat(bias):
        if labels is not None:
            return bias[labels]
        return array_module(bias).broadcast_to(bias, (M, *bias.shape))

    return State(*(repeat(params[f"{name}_0"]) for name in State._fields))


def one_hot(labels, K, dtype):
    """1 at each image's class and 0 elsewhere, (M, K); None without labels."""
    if labels is None:
        return None
    return (labels[:, None] == array_module(labels).arange(K)).astype(dtype)


def rows_backward(dv, chosen):
    """The derivative of a table from those of the rows that were looked up in it, (M, ...).

    Image m took row k where its class is k, so that for ``chosen``, the one-hot labels (M, K),

        v_m = sum_k chosen_mk v_k      dv_k = sum_m chosen_mk dv_m

    A row that no image took gets exactly 0.
    """
    return (chosen.T @ dv.reshape(len(dv), -1)).reshape(-1, *dv.shape[1:])


def named_forward(params, name, x):
    """The affine map called ``name``."""
    return affine_forward(x, params[f"{name}.W"], params[f"{name}.b"])


def named_backward(name, dy, cache):
    """dx and the derivatives of the map's two parameters."""
    dx, dW, db = affine_backward(dy, cache)
    return dx, {f"{name}.W": dW, f"{name}.b": db}


def head_forward(params, name, h_dec, config, N):
    """The attention of the head ``read`` or ``write``, from h_dec (Eqs. 21-24)."""
    raw, linear = named_forward(params, name, h_dec)  # (M, 5)
    att, grid = attention_forward(raw, config.A, config.B, N)
    return att, (linear, grid)


def head_backward(name, datt, cache):
    """dh_dec and the derivatives of the head's parameters."""
    linear, grid = cache
    return named_backward(name, attention_backward(datt, grid), linear)


def look_forward(params, x, x_hat, h_dec, config):
    """r_t from the *previous* h_dec (Eq. 4)."""
    if config.N_read is None:
        r, reading = read_all_forward(x, x_hat)
        return r, (reading, None)
    att, heading = head_forward(params, "read", h_dec, config, config.N_read)
    r, reading = read_forward(x, x_hat, att, config.N_read)
    return r, (reading, heading)


def look_backward(dr, cache):
    """dx_hat, dh_dec (0 without attention) and the derivatives of the parameters.

    The image itself is given: its derivative is not asked for.
    """
    reading, heading = cache
    if heading is None:
        return read_all_backward(dr, reading)[1], 0, {}
    _, dx_hat, datt = read_backward(dr, reading)
    return dx_hat, *head_backward("read", datt, heading)


def draw_forward(params, h_dec, config):
    """What is added to the canvas, from the *new* h_dec (Eq. 8)."""
    M, C, N = h_dec.shape[0], config.C, config.N_write
    w, linear = named_forward(params, "patch", h_dec)  # (28), or (18)
    if N is None:
        return w.reshape(M, *config.image_shape), (linear, None, None)
    att, heading = head_forward(params, "write", h_dec, config, N)
    stroke, writing = write_forward(w.reshape(M, C, N, N), att, config.A, config.B)
    return stroke, (linear, heading, writing)


def draw_backward(dstroke, cache):
    """dh_dec and the derivatives of the parameters.

    h_dec gives both the patch and the grid: its derivative is a sum of two.
    """
    linear, heading, writing = cache
    if heading is None:
        return named_backward("patch", dstroke.reshape(len(dstroke), -1), linear)
    dw, datt = write_backward(dstroke, writing)
    dh_patch, dparams = named_backward("patch", dw.reshape(len(dw), -1), linear)
    dh_head, dhead = head_backward("write", datt, heading)
    return dh_patch + dh_head, dparams | dhead


def latent_forward(params, h_enc, eps):
    """z_t, shape (M, Z), and its cost in nats, shape (M,) (Eqs. 1, 2, 6, 10, 11)."""
    mu, mu_linear = named_forward(params, "mu", h_enc)  # (1)
    log_sigma, log_sigma_linear = named_forward(params, "log_sigma", h_enc)  # (2)
    z, sample = sample_forward(mu, log_sigma, eps)
    L_z, kl = kl_forward(mu, log_sigma)
    return (z, L_z), (mu_linear, log_sigma_linear, sample, kl)


def latent_backward(dz, dL_z, cache):
    """dh_enc and the derivatives of the parameters.

    mu and log sigma reach the loss through z and through the cost.
    """
    mu_linear, log_sigma_linear, sample, kl = cache
    dmu, dlog_sigma = map(sum, zip(sample_backward(dz, sample), kl_backward(dL_z, kl), strict=True))
    dh_mu, dparams = named_backward("mu", dmu, mu_linear)
    dh_log_sigma, dlog = named_backward("log_sigma", dlog_sigma, log_sigma_linear)
    return dh_mu + dh_log_sigma, dparams | dlog


def step_forward(params, x, eps, state, config):
    """One step t of inference (Eqs. 3-8).

    Parameters
    ----------
    params : dict of arrays
    x : array, shape (M, C, B, A)
    eps : array, shape (M, Z)
    state : State
    config : Config

    Returns
    -------
    (State, L_z) : the next state, and the cost of z_t, shape (M,)
    cache : tuple
    """
    p = sigmoid_forward(state.c)[0]
    r, looking = look_forward(params, x, x - p, state.h_dec, config)  # (3), (4)
    v = array_module(r).concatenate([r, state.h_dec], axis=1)
    (h_enc, s_enc), enc = lstm_forward(
        v, state.h_enc, state.s_enc, params["enc.W"], params["enc.b"]
    )  # (5)
    (z, L_z), latent = latent_forward(params, h_enc, eps)  # (1), (2), (6)
    (h_dec, s_dec), dec = lstm_forward(
        z, state.h_dec, state.s_dec, params["dec.W"], params["dec.b"]
    )  # (7)
    stroke, drawing = draw_forward(params, h_dec, config)
    state = State(state.c + stroke, h_enc, s_enc, h_dec, s_dec)  # (8)
    return (state, L_z), (p, r.shape[1], looking, enc, latent, dec, drawing)


def step_backward(dstate, dL_z, cache):
    """The derivatives of the state before and of the parameters.

    Read ``step_forward`` from its last line to its first. Three values go several
    ways, and collect as many derivatives:

    - c_{t-1}, into c_t (unchanged: the derivative passes on) and, through
      x_hat = x - sigmoid(c), into the read;
    - h_t^dec, into the next step and into the stroke;
    - h_{t-1}^dec, into the decoder, the encoder and the read.
    """
    p, R, looking, enc, latent, dec, drawing = cache
    dh_stroke, dparams = draw_backward(dstate.c, drawing)
    dz, dh_dec, ds_dec, dW, db = lstm_backward(dstate.h_dec + dh_stroke, dstate.s_dec, dec)
    accumulate(dparams, {"dec.W": dW, "dec.b": db})
    dh_latent, dlatent = latent_backward(dz, dL_z, latent)
    accumulate(dparams, dlatent)
    dv, dh_enc, ds_enc, dW, db = lstm_backward(dstate.h_enc + dh_latent, dstate.s_enc, enc)
    accumulate(dparams, {"enc.W": dW, "enc.b": db})
    dx_hat, dh_read, dlook = look_backward(dv[:, :R], looking)
    accumulate(dparams, dlook)
    dc = dstate.c - sigmoid_backward(dx_hat, p)
    return State(dc, dh_enc, ds_enc, dh_dec + dv[:, R:] + dh_read, ds_dec), dparams


def loss_forward(params, x, eps, config, labels=None):
    """The two terms of the bound, means over the minibatch (Eqs. 9-12).

    Parameters
    ----------
    params, x, eps, config, labels
        As in ``draw_np.model.loss``.

    Returns
    -------
    Terms
        L_x, a scalar, and the KL of every step, shape (T,), in nats. The loss is
        L_x plus the sum of L_z.
    cache : tuple
    """
    expect_inputs(x, eps, config, labels)
    M, dtype = len(x), params["c_0"].dtype
    x, eps = x.astype(dtype), eps.astype(dtype)
    state, L_z, steps = initial_state(params, M, labels), [], []
    for eps_t in eps:
        (state, L_z_t), cache = step_forward(params, x, eps_t, state, config)
        L_z.append(L_z_t.sum() * (1 / M))
        steps.append(cache)
    L_x, likelihood = bernoulli_forward(x, state.c)
    return Terms(L_x.sum() * (1 / M), array_module(x).stack(L_z)), (
        steps,
        likelihood,
        state,
        one_hot(labels, config.K, dtype),
    )


def loss_backward(dloss, cache):
    """The derivatives of all parameters, a dict, from dloss, a number.

    Every image has the weight 1/M, in L_x and in the cost of every step. Then the
    steps from the last to the first, and the initial state at the end: it was
    repeated for M images, so its derivatives are summed over them (with labels, over those
    of each class).
    """
    steps, likelihood, last, chosen = cache
    zeros, M = array_module(last.c).zeros_like, len(last.c)
    dL = zeros(last.c, shape=M) + last.c.dtype.type(dloss / M)  # (M,)
    dc = bernoulli_backward(dL, likelihood)
    dstate, gradient = State(dc, *(zeros(last.h_dec) for _ in range(4))), {}
    for step in reversed(steps):
        dstate, dparams = step_backward(dstate, dL, step)
        accumulate(gradient, dparams)
    for name, dv in dstate._asdict().items():
        gradient[f"{name}_0"] = dv.sum(axis=0) if chosen is None else rows_backward(dv, chosen)
    return gradient
