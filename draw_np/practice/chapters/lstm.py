"""Exercises of chapter 3: the LSTM cell, forwards, backwards and through time."""

import numpy as np

from draw_np import lstm as plain
from draw_np import nn
from draw_np.manual import lstm as by_hand
from draw_np.manual import nn as blocks
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers, sized

rng, normal = numbers(3)


# ---------------------------------------------------------------- 3.1


def affine_backward(dy, x, W):
    """The right answer, by the package."""
    return blocks.affine_backward(dy, (x, W))


@sized("for {M:image}, {D} inputs and {K} outputs")
def affine_case(M, D, K):
    """dy, x and W."""
    return normal(M, K), normal(M, D), normal(D, K)


LINEAR = Exercise(
    "3.1",
    affine_backward,
    cases=affine_case.each((2, 3, 4), (5, 4, 2), (1, 2, 3), (3, 3, 3)),
    solution=(blocks.affine_forward, blocks.affine_backward),
)

# ---------------------------------------------------------------- 3.2


@sized("{about}")
def cell_case(about, M, D, H, scale=1.0):
    """Arguments of the cell."""
    x, h, s = normal(M, D), normal(M, H), normal(M, H)
    return x, h, s, scale * normal(D + H, 4 * H), normal(4 * H)


def gates(xh, W, b):
    """i, f, g, o."""
    a_i, a_f, a_g, a_o = np.split(xh @ W + b, 4, axis=1)
    return nn.sigmoid(a_i), nn.sigmoid(a_f), np.tanh(a_g), nn.sigmoid(a_o)


def half_bounded(cell):
    """|h'| < 1."""
    zero, b = np.zeros((1, 1)), np.full(4, 9.0)
    h, _ = cell(zero, zero, zero + 9, np.zeros((2, 4)), b)
    assert np.max(np.abs(h)) <= 1, (
        f"an output lies between -1 and 1; from s = 9 with all gates open it is {h[0, 0]:.3g}"
    )


@sized("for states of 3 to 12 and open gates")
def open_case(M=2, D=3, H=4):
    """States far outside of -1 and 1, with all gates open: h' must stay inside."""
    x, h, _, W, _ = cell_case("", M, D, H).arguments
    s = np.array([[9.0, -9, 5, -5], [-7, 7, 12, -3]])
    return x, h, s, 0.1 * W, np.full(16, 9.0)


CELL_CASES = (
    cell_case("for 2 images, 3 inputs and 4 units", 2, 3, 4),
    cell_case("for 3 images, 2 inputs and 2 units", 3, 2, 2),
    cell_case("for one image and one unit", 1, 2, 1),
    cell_case("for pre-activations of some hundred", 2, 3, 2, scale=200),
    open_case(),
)

CELL = Exercise(
    "3.2",
    plain.lstm,
    cases=CELL_CASES,
    properties=(half_bounded,),
    solution=(plain.lstm, nn.affine, nn.sigmoid),
)

# ---------------------------------------------------------------- 3.3


def cell_backward(dh_new, ds_new, i, f, g, o, s, s_new):
    """da and ds: back through h_new = o tanh(s_new), then through s_new = f s + i g.

    s_new reaches the loss directly and through h_new, whose slope in it is o (1 - tanh^2): ds
    is the sum of both. Then each gate gets ds times what it is multiplied with, and from the
    gate to its pre-activation it is the slope of sigmoid, y (1 - y), or of tanh, 1 - y^2.
    """
    tanh_s = np.tanh(s_new)
    ds = ds_new + dh_new * o * (1 - tanh_s * tanh_s)
    da = np.concatenate(
        [
            ds * g * i * (1 - i),
            ds * s * f * (1 - f),
            ds * i * (1 - g * g),
            dh_new * tanh_s * o * (1 - o),
        ],
        axis=1,
    )
    return da, ds * f


@sized("{about}")
def gate_case(about, M, H):
    """Arguments of ``cell_backward`` that belong together."""
    i, f, o = (nn.sigmoid(normal(M, H)) for _ in range(3))
    g, s = np.tanh(normal(M, H)), normal(M, H)
    return normal(M, H), normal(M, H), i, f, g, o, s, f * s + i * g


GATES_BACK = Exercise(
    "3.3",
    cell_backward,
    cases=(
        gate_case("for 2 images and 3 units", 2, 3),
        gate_case("for 3 images and 1 unit", 3, 1),
        gate_case("for one image and 4 units", 1, 4),
    ),
    solution=(cell_backward, blocks.sigmoid_backward, blocks.tanh_backward),
)

# ---------------------------------------------------------------- 3.4


def lstm_backward(dh_new, ds_new, x, h, s, W, b):
    """The right answer: 3.3, and 3.1 with [x, h] in the place of x."""
    xh, D = np.concatenate([x, h], axis=1), x.shape[1]
    i, f, g, o = gates(xh, W, b)
    da, ds = cell_backward(dh_new, ds_new, i, f, g, o, s, f * s + i * g)
    dxh, dW, db = affine_backward(da, xh, W)
    return dxh[:, :D], dxh[:, D:], ds, dW, db


@sized("{about}")
def whole_case(about, M, D, H):
    """Arguments of ``lstm_backward``."""
    x, h, s, W, b = cell_case(about, M, D, H).arguments
    return normal(M, H), normal(M, H), x, h, s, 0.5 * W, b


WHOLE_CASES = (
    whole_case("for 2 images, 3 inputs and 4 units", 2, 3, 4),
    whole_case("for 3 images, 4 inputs and 2 units", 3, 4, 2),
    whole_case("for one image, 2 inputs and 2 units", 1, 2, 2),
)

WHOLE_BACK = Exercise(
    "3.4",
    lstm_backward,
    cases=(*WHOLE_CASES, WHOLE_CASES[2].but("states of 9 and -12", 4, np.array([[9.0, -12.0]]))),
    solution=(by_hand.lstm_forward, by_hand.lstm_backward),
)

# ---------------------------------------------------------------- 3.5


@sized("{about}")
def time_case(about, T, M, D, H):
    """Arguments of ``lstm_through_time``."""
    dh_out, x, h_0, s_0 = normal(T, M, H), normal(T, M, D), normal(M, H), normal(M, H)
    return dh_out, x, h_0, s_0, 0.7 * normal(D + H, 4 * H), normal(4 * H)


THROUGH_TIME = Exercise(
    "3.5",
    solutions.lstm_through_time,
    cases=(
        time_case("for 3 steps of 2 images", 3, 2, 5, 4),
        time_case("for one step", 1, 2, 2, 2),
        time_case("for 6 steps of one image", 6, 1, 2, 3),
    ),
    solution=(solutions.lstm_through_time, by_hand.lstm_backward),
)

# ---------------------------------------------------------------- 3.6


def cell_by_parts(x, h, s, W, b):
    """A right cell, written otherwise."""
    i, f, g, o = gates(np.concatenate([x, h], axis=1), W, b)
    s_new = i * g + s * f
    return np.tanh(s_new) * o, s_new


STALE = Exercise("3.6", plain.lstm, cases=CELL_CASES, suspect=Suspect(cell_by_parts))

# ---------------------------------------------------------------- 3.0


def slope_over_steps(w, h):
    """The right answer."""
    return np.prod(w * (1 - h * h))


FORGETS = Exercise(
    "3.0",
    slope_over_steps,
    cases=tuple(
        Case(f"for {about} with w = {w:g}", (np.float64(w), np.array(h)), {"T": len(h)})
        for about, w, h in [
            ("3 steps", 0.8, [0.3, -0.6, 0.5]),
            ("5 steps", -1.5, [0.9, -0.2, 0.4, 0.1, -0.7]),
            ("one step", 2.5, [0.6]),
            ("4 steps, outputs of 0 and nearly -1", 1.1, [0.0, -0.999, 0.0, 0.2]),
            ("12 steps", 3.0, [0.98, -0.97, 0.96] * 4),
        ]
    ),
)
