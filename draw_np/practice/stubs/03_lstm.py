"""Exercises for chapter 3: a cell that remembers.

M images, D inputs, H units. `d...` is the derivative of the final loss with respect to
`...`, and has its shape. Results have the dtype of the arguments. Check your answers with
`python -m draw_np.exercises check 3`.
"""

import numpy as np


def slope_over_steps(w, h):
    """Exercise 3.0: how fast a simple network forgets (easy, 5 minutes, about 1 line).

    h_t = tanh(w h_{t-1} + v x_t) for t = 1 ... T, one unit (Section 3.1). How strongly does the
    last output depend on the start? Every step is a factor w (1 - h_t^2) of dh_T/dh_0.

    w: a number; h: (T,), the outputs h_1 ... h_T, without h_0.    Returns dh_T/dh_0: one number.
    """
    raise NotImplementedError("Exercise 3.0: how fast a simple network forgets")


def affine_backward(dy, x, W):
    """Exercise 3.1: the derivative of a linear map (easy, 10 minutes, about 1 line).

    y = x W + b, that is y_mk = sum_d x_md W_dk + b_k. From dy, find what x, W and b
    contribute to the loss. Write out one sum first, for example dW_dk.

    dy: (M, K), x: (M, D), W: (D, K).    Returns dx: (M, D), dW: (D, K), db: (K,).
    """
    raise NotImplementedError("Exercise 3.1: the derivative of a linear map")


def lstm(x, h, s, W, b):
    """Exercise 3.2: one step of the cell (medium, 15 minutes, about 8 lines).

    a = [x, h] W + b, cut into a_i, a_f, a_g, a_o, each (M, H), in this order;
    i, f, o = sigmoid of theirs, g = tanh(a_g);
    s' = f s + i g (elementwise), h' = o tanh(s')                        (Eqs. 5, 7)

    x: (M, D), h: (M, H), s: (M, H), W: (D + H, 4 H), b: (4 H,).
    Returns h', s': (M, H) each. sigmoid(v) = (1 + tanh(v / 2)) / 2.
    """
    raise NotImplementedError("Exercise 3.2: one step of the cell")


def cell_backward(dh_new, ds_new, i, f, g, o, s, s_new):
    """Exercise 3.3: back through the gates (medium, 25 minutes, about 8 lines).

    s_new = f s + i g and h_new = o tanh(s_new), where i, f, o = sigmoid(a_i, a_f, a_o)
    and g = tanh(a_g). dh_new and ds_new come from what follows; s_new reaches the loss
    in two ways, directly and through h_new. The derivative of y = sigmoid(a) is
    y (1 - y), that of y = tanh(a) is 1 - y^2.

    All arguments: (M, H).    Returns da: (M, 4 H), the derivatives of a_i, a_f, a_g, a_o
    side by side; and ds: (M, H), that of the old state s.
    """
    raise NotImplementedError("Exercise 3.3: back through the gates")


def lstm_backward(dh_new, ds_new, x, h, s, W, b):
    """Exercise 3.4: the whole cell, backwards (hard, 25 minutes, about 12 lines).

    For one step h_new, s_new = lstm(x, h, s, W, b), as in 3.2. Compute the gates again,
    go back through them (3.3), then through the linear map (3.1), whose input is
    [x, h]. You may call your own functions above.

    dh_new, ds_new, h, s: (M, H), x: (M, D), W: (D + H, 4 H), b: (4 H,).
    Returns dx, dh, ds, dW, db, of the shapes of x, h, s, W and b.
    """
    raise NotImplementedError("Exercise 3.4: the whole cell, backwards")


def lstm_through_time(dh_out, x, h_0, s_0, W, b):
    """Exercise 3.5: back through time (hard, 30 minutes, about 15 lines).

    The cell runs T steps, h_t, s_t = lstm(x_t, h_{t-1}, s_{t-1}, W, b). The loss sees
    every h_t: dh_out[t] is its derivative by that direct way only. h_t and s_t also go
    into step t + 1. The last state s_T goes nowhere.

    dh_out: (T, M, H), x: (T, M, D), h_0, s_0: (M, H), W: (D + H, 4 H), b: (4 H,).
    Returns dh_0, ds_0: (M, H), dW: (D + H, 4 H), db: (4 H,). You may call your own
    functions above, or `lstm` and `lstm_backward` of this file once they pass.
    """
    raise NotImplementedError("Exercise 3.5: back through time")


def shows_its_new_state(cell):
    """Exercise 3.6: find the bug in a cell (medium, 20 minutes, about 8 lines).

    `suspect_cell` below claims to be the cell of 3.2. It runs, and has the right shapes.
    First write here a property that every right cell has and this one lacks: return True
    if the function `cell`, with the arguments of suspect_cell, has it, else False. (With
    weights of 0, the biases alone set the gates. What must h' be then, where s' differs
    from s?) Then fix suspect_cell.
    """
    raise NotImplementedError("Exercise 3.6: a property that suspect_cell lacks")


def suspect_cell(x, h, s, W, b):
    """One step of the LSTM, wrong in one respect: fix it (exercise 3.6)."""
    a = np.concatenate([x, h], axis=1) @ W + b  # (M, 4H)
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    i, f, o = (np.tanh(v / 2) / 2 + 0.5 for v in (a_i, a_f, a_o))
    g = np.tanh(a_g)
    h_new = o * np.tanh(s)
    s_new = f * s + i * g
    return h_new, s_new
