"""Exercises of chapter 3: the LSTM cell, forwards, backwards and through time."""

import numpy as np

from draw_np import lstm as plain
from draw_np import nn
from draw_np.manual import lstm as by_hand
from draw_np.manual import nn as blocks
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect, catalogued

rng = np.random.default_rng(3)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


# ---------------------------------------------------------------- 3.1


def affine_backward(dy, x, W):
    """The right answer, by the package."""
    return blocks.affine_backward(dy, (x, W))


LINEAR = Exercise(
    "3.1",
    "affine_backward",
    affine_backward,
    gives=("dx", "dW", "db"),
    gradient=True,
    cases=tuple(
        Case(f"for {M} image{'s' * (M > 1)}, {D} inputs and {K} outputs",
             (normal(M, K), normal(M, D), normal(D, K)), {"M": M, "D": D, "K": K})
        for M, D, K in [(2, 3, 4), (5, 4, 2), (1, 2, 3), (3, 3, 3)]
    ),
    known=(
        Known("mean-over-images", "The bias's derivative is averaged over the images, where "
              "every image adds its own.",
              lambda dy, x, W: (dy @ W.T, x.T @ dy, dy.mean(axis=0))),
        Known("gradient-averaged", "A sum over the images is divided by their number. The mean "
              "belongs to the loss: where it has one, dy already holds the 1/M.",
              lambda dy, x, W: (dy @ W.T, x.T @ dy / len(x), dy.mean(axis=0))),
        Known("weight-not-transposed", "dx is dy W: the sum runs over the inputs and not over "
              "the outputs. It shows only where W is square.",
              lambda dy, x, W: (dy @ (W if len(W) == W.shape[1] else W.T), x.T @ dy,
                                dy.sum(axis=0))),
    ),
    hints=(
        "W_dk appears in y_mk for every image m. So dW_dk = sum_m dy_mk times what W_dk is "
        "multiplied with.",
        "dW_dk = sum_m x_md dy_mk. A sum over the first index of both is a matrix product "
        "with one of the two transposed. Shapes tell which.",
        "dx = dy W^T, dW = x^T dy, and db sums dy over the images: dy.sum(axis=0).",
    ),
    solution=(blocks.affine_forward, blocks.affine_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 3.2


def cell_case(about, M, D, H, scale=1.0):
    """Arguments of the cell."""
    arguments = (normal(M, D), normal(M, H), normal(M, H), scale * normal(D + H, 4 * H),
                 normal(4 * H))  # fmt: skip
    return Case(about, arguments, {"M": M, "D": D, "H": H})


def gates(x, h, W, b):
    """i, f, g, o."""
    a_i, a_f, a_g, a_o = np.split(np.concatenate([x, h], axis=1) @ W + b, 4, axis=1)
    return nn.sigmoid(a_i), nn.sigmoid(a_f), np.tanh(a_g), nn.sigmoid(a_o)


def gates_ifog(x, h, s, W, b):
    """The columns of a read in the order i, f, o, g."""
    i, f, o, g = np.split(np.concatenate([x, h], axis=1) @ W + b, 4, axis=1)
    s = nn.sigmoid(f) * s + nn.sigmoid(i) * np.tanh(g)
    return nn.sigmoid(o) * np.tanh(s), s


def input_and_forget_swapped(x, h, s, W, b):
    """f on the candidate and i on the state."""
    i, f, g, o = gates(x, h, W, b)
    s = i * s + f * g
    return o * np.tanh(s), s


def old_state_shown(x, h, s, W, b):
    """The output shows the state before."""
    i, f, g, o = gates(x, h, W, b)
    return o * np.tanh(s), f * s + i * g


def candidate_by_sigmoid(x, h, s, W, b):
    """A sigmoid where g has a tanh."""
    i, f, g, o = gates(x, h, W, b)
    s = f * s + i * nn.sigmoid(np.arctanh(g))
    return o * np.tanh(s), s


def h_before_x(x, h, s, W, b):
    """[h, x] where [x, h] is meant."""
    D = x.shape[1]
    return plain.lstm(x, h, s, np.concatenate([W[-D:], W[:-D]]), b)


CELL_MISTAKES = (
    catalogued("forget-gate-missing"),
    catalogued("cell-shown-raw"),
    Known("gates-in-another-order", "The columns are taken in the order i, f, o, g; here they "
          "are i, f, g, o.", gates_ifog),
    Known("input-and-forget-swapped", "The forget gate multiplies the candidate and the input "
          "gate the state.", input_and_forget_swapped),
    Known("old-state-shown", "h' shows the state before this step: it must be o tanh(s'), with "
          "the new one.", old_state_shown),
    Known("candidate-by-sigmoid", "g goes through a sigmoid; it is a tanh, so that the state can "
          "also fall.", candidate_by_sigmoid),
    Known("bias-left-out", "The bias b is not added.",
          lambda x, h, s, W, b: plain.lstm(x, h, s, W, 0 * b)),
    Known("h-before-x", "The rows of W take x first and then h.", h_before_x),
    Known("outputs-swapped", "It returns s', h' where h', s' is asked for.",
          lambda *arguments: plain.lstm(*arguments)[::-1]),
)  # fmt: skip


def half_bounded(cell):
    """|h'| < 1."""
    h, _ = cell(np.zeros((1, 1)), np.zeros((1, 1)), 9 * np.ones((1, 1)), np.zeros((2, 4)),
                np.full(4, 9.0))  # fmt: skip
    if np.max(np.abs(h)) > 1:
        return (
            f"an output lies between -1 and 1; from s = 9 with all gates open it is {h[0, 0]:.3g}"
        )
    return None


def open_case():
    """States far outside of -1 and 1, with all gates open: h' must stay inside."""
    x, h, _, W, _ = cell_case("", 2, 3, 4).arguments
    s = np.array([[9.0, -9, 5, -5], [-7, 7, 12, -3]])
    return Case("for states of 3 to 12 and open gates", (x, h, s, 0.1 * W, np.full(16, 9.0)),
                {"M": 2, "D": 3, "H": 4})  # fmt: skip


CELL_CASES = (
    cell_case("for 2 images, 3 inputs and 4 units", 2, 3, 4),
    cell_case("for 3 images, 2 inputs and 2 units", 3, 2, 2),
    cell_case("for one image and one unit", 1, 2, 1),
    cell_case("for pre-activations of some hundred", 2, 3, 2, scale=200),
    open_case(),
)

CELL = Exercise(
    "3.2",
    "lstm",
    plain.lstm,
    gives=("h'", "s'"),
    cases=CELL_CASES,
    known=CELL_MISTAKES,
    properties=(half_bounded,),
    hints=(
        "One matrix product does all four gates: np.concatenate([x, h], axis=1) @ W + b.",
        "np.split(a, 4, axis=1) cuts it into a_i, a_f, a_g, a_o. Three take a sigmoid, one a tanh.",
        "s' first, from the old s; then h' from s'. * is elementwise.",
    ),
    solution=(plain.lstm, nn.affine, nn.sigmoid),
)

# ---------------------------------------------------------------- 3.3


def cell_backward(dh_new, ds_new, i, f, g, o, s, s_new):
    """The right answer: ``lstm_backward`` of the package, up to the linear map."""
    tanh_s = np.tanh(s_new)
    ds = ds_new + dh_new * o * (1 - tanh_s * tanh_s)
    da = np.concatenate([ds * g * i * (1 - i), ds * s * f * (1 - f), ds * i * (1 - g * g),
                         dh_new * tanh_s * o * (1 - o)], axis=1)  # fmt: skip
    return da, ds * f


def gate_case(about, M, H):
    """Arguments of ``cell_backward`` that belong together."""
    i, f, o = (nn.sigmoid(normal(M, H)) for _ in range(3))
    g, s = np.tanh(normal(M, H)), normal(M, H)
    return Case(about, (normal(M, H), normal(M, H), i, f, g, o, s, f * s + i * g),
                {"M": M, "H": H})  # fmt: skip


def only_direct(dh_new, ds_new, i, f, g, o, s, s_new):
    """The way of s' through h' left out."""
    da, ds = cell_backward(0 * dh_new, ds_new, i, f, g, o, s, s_new)
    da_o = cell_backward(dh_new, ds_new, i, f, g, o, s, s_new)[0][:, -i.shape[1] :]
    return np.concatenate([da[:, : -i.shape[1]], da_o], axis=1), ds


def only_through_h(dh_new, ds_new, i, f, g, o, s, s_new):
    """The direct way of s' left out."""
    return cell_backward(dh_new, 0 * ds_new, i, f, g, o, s, s_new)


def slope_of_the_state_missing(dh_new, ds_new, i, f, g, o, s, s_new):
    """dh' o for dh' o (1 - tanh(s')^2); the part of o is not touched."""
    H, slope = i.shape[1], 1 - np.tanh(s_new) ** 2
    da, _ = cell_backward(dh_new, ds_new, i, f, g, o, s, s_new)
    steep, ds = cell_backward(dh_new / slope, ds_new, i, f, g, o, s, s_new)
    return np.concatenate([steep[:, : 3 * H], da[:, 3 * H :]], axis=1), ds


def ds_from_ds_new_only(dh_new, ds_new, i, f, g, o, s, s_new):
    """ds = ds_new f."""
    return cell_backward(dh_new, ds_new, i, f, g, o, s, s_new)[0], ds_new * f


def without_f(dh_new, ds_new, i, f, g, o, s, s_new):
    """ds without its factor of f."""
    da, ds = cell_backward(dh_new, ds_new, i, f, g, o, s, s_new)
    return da, ds / f


def state_for_its_tanh(dh_new, ds_new, i, f, g, o, s, s_new):
    """1 - s'^2 for the slope of tanh(s'); the part of o is not touched."""
    H, slope = i.shape[1], (1 - s_new**2) / (1 - np.tanh(s_new) ** 2)
    da, _ = cell_backward(dh_new, ds_new, i, f, g, o, s, s_new)
    steep, ds = cell_backward(dh_new * slope, ds_new, i, f, g, o, s, s_new)
    return np.concatenate([steep[:, : 3 * H], da[:, 3 * H :]], axis=1), ds


def new_state_for_old(dh_new, ds_new, i, f, g, o, s, s_new):
    """df = ds s'."""
    da, ds = cell_backward(dh_new, ds_new, i, f, g, o, s_new, s_new)
    return da, ds


def tanh_missing(dh_new, ds_new, i, f, g, o, s, s_new):
    """do = dh s'."""
    da, ds = cell_backward(dh_new, ds_new, i, f, g, o, s, s_new)
    H = i.shape[1]
    return np.concatenate([da[:, : 3 * H], dh_new * s_new * o * (1 - o)], axis=1), ds


def gate_slopes_missing(dh_new, ds_new, i, f, g, o, s, s_new):
    """Derivatives of the gates, not of the pre-activations."""
    tanh_s = np.tanh(s_new)
    ds = ds_new + dh_new * o * (1 - tanh_s**2)
    return np.concatenate([ds * g, ds * s, ds * i, dh_new * tanh_s], axis=1), ds * f


def sigmoid_slope_for_g(dh_new, ds_new, i, f, g, o, s, s_new):
    """g (1 - g) for the slope of tanh."""
    da, ds = cell_backward(dh_new, ds_new, i, f, g, o, s, s_new)
    H, total = i.shape[1], ds / f
    da[:, 2 * H : 3 * H] = total * i * g * (1 - g)
    return da, ds


GATES_BACK = Exercise(
    "3.3",
    "cell_backward",
    cell_backward,
    gives=("da", "ds"),
    gradient=True,
    parts={"da": ("i", "f", "g", "o")},
    cases=(
        gate_case("for 2 images and 3 units", 2, 3),
        gate_case("for 3 images and 1 unit", 3, 1),
        gate_case("for one image and 4 units", 1, 4),
    ),
    known=(
        Known("only-the-direct-way", "s' also reaches the loss through h' = o tanh(s'), and that "
              "way is left out.", only_direct),
        Known("only-through-h", "s' also reaches the loss directly, into the next step: ds_new "
              "is left out.", only_through_h),
        Known("slope-of-the-state-missing", "h' = o tanh(s'): the way back through h' has a factor "
              "1 - tanh(s')^2, which is left out.", slope_of_the_state_missing),
        Known("old-state-by-the-direct-way-only", "ds takes f times ds_new; it should be f times "
              "all that arrives at s', including what came through h'.", ds_from_ds_new_only),
        Known("new-state-for-old", "The forget gate multiplied the old state s; its derivative "
              "uses the new one.", new_state_for_old),
        Known("tanh-of-the-state-missing", "h' = o tanh(s'), so that do = dh' tanh(s') and not "
              "dh' s'.", tanh_missing),
        Known("slopes-of-the-gates-missing", "These are derivatives of i, f, g, o. Those of a_i, "
              "a_f, a_g, a_o have a factor more: y (1 - y), or 1 - y^2.", gate_slopes_missing),
        Known("sigmoid-slope-for-g", "g is a tanh, whose slope is 1 - g^2, and not g (1 - g).",
              sigmoid_slope_for_g),
        Known("state-for-its-tanh", "The slope of tanh(s') is 1 - tanh(s')^2, and not 1 - s'^2: "
              "1 - y^2 holds for tanh's result y.", state_for_its_tanh),
        Known("old-state-in-the-tanh", "h' = o tanh(s') shows the new state s_new, and tanh of "
              "the old s is taken.", lambda dh_new, ds_new, i, f, g, o, s, s_new:
              cell_backward(dh_new, ds_new, i, f, g, o, s, s)),
        Known("forget-gate-left-out-of-ds", "s' = f s + i g: what arrives at s' reaches the old s "
              "times f, and f is missing in ds.", without_f),
        Known("dh-and-ds-exchanged", "dh_new and ds_new have changed places.",
              lambda dh_new, ds_new, *rest: cell_backward(ds_new, dh_new, *rest)),
    ),
    hints=(
        "Add up first what arrives at s': ds_new, and what comes through h' = o tanh(s').",
        "What arrives there is ds = ds_new + dh_new o (1 - tanh(s')^2). From s' = f s + i g: "
        "di = ds g, df = ds s, dg = ds i, and the old state gets ds f.",
        "do = dh_new tanh(s'). Then a factor of i (1 - i), f (1 - f), 1 - g^2, o (1 - o), and "
        "np.concatenate([...], axis=1) in the order i, f, g, o.",
    ),
    solution=(by_hand.lstm_backward, blocks.sigmoid_backward, blocks.tanh_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 3.4


def lstm_backward(dh_new, ds_new, x, h, s, W, b):
    """The right answer, by the package."""
    _, cache = by_hand.lstm_forward(x, h, s, W, b)
    return by_hand.lstm_backward(dh_new, ds_new, cache)


def whole_case(about, M, D, H):
    """Arguments of ``lstm_backward``."""
    x, h, s, W, b = cell_case(about, M, D, H).arguments
    return Case(about, (normal(M, H), normal(M, H), x, h, s, 0.5 * W, b),
                {"M": M, "D": D, "H": H})  # fmt: skip


def whole_by(back):
    """``lstm_backward`` with another way through the gates."""

    def backward(dh_new, ds_new, x, h, s, W, b):
        i, f, g, o = gates(x, h, W, b)
        da, ds = back(dh_new, ds_new, i, f, g, o, s, f * s + i * g)
        xh, D = np.concatenate([x, h], axis=1), x.shape[1]
        dxh = da @ W.T
        return dxh[:, :D], dxh[:, D:], ds, xh.T @ da, da.sum(axis=0)

    return backward


def h_joined_first(dh_new, ds_new, x, h, s, W, b):
    """[h, x] W, forwards and backwards."""
    dh, dx, *rest = lstm_backward(dh_new, ds_new, h, x, s, W, b)
    return dx, dh, *rest


def cut_at_units(dh_new, ds_new, x, h, s, W, b):
    """[dx, dh] cut as if h came first."""
    dx, dh, ds, dW, db = lstm_backward(dh_new, ds_new, x, h, s, W, b)
    both, H = np.concatenate([dx, dh], axis=1), h.shape[1]
    return both[:, H:], both[:, :H], ds, dW, db


WHOLE_BACK = Exercise(
    "3.4",
    "lstm_backward",
    lstm_backward,
    gives=("dx", "dh", "ds", "dW", "db"),
    gradient=True,
    parts={"dW": ("i", "f", "g", "o"), "db": ("i", "f", "g", "o")},
    cases=(
        whole_case("for 2 images, 3 inputs and 4 units", 2, 3, 4),
        whole_case("for 3 images, 4 inputs and 2 units", 3, 4, 2),
        whole_case("for one image, 2 inputs and 2 units", 1, 2, 2),
    ),
    known=(
        *(Known(known.name, known.says, whole_by(known.function)) for known in GATES_BACK.known),
        Known("cut-in-the-wrong-place", "The derivative of [x, h] is cut as if h came first.",
              cut_at_units),
        Known("h-joined-before-x", "The cell's input is [x, h], and [h, x] is multiplied by W.",
              h_joined_first),
        Known("bias-left-out", "The gates are computed without b.",
              lambda *a: lstm_backward(*a[:6], 0 * a[6])),
        Known("bias-averaged", "db is averaged over the images, where every image adds its own.",
              lambda *a: (*lstm_backward(*a)[:4], lstm_backward(*a)[4] / len(a[0]))),
    ),
    hints=(
        "Write the forward pass again (3.2) and keep i, f, g, o and s'. Then call 3.3.",
        "a = [x, h] W + b is 3.1 with [x, h] in the place of x and da in the place of dy.",
        "3.1 gives the derivative of [x, h]; its first D columns are dx and the others dh.",
    ),
    solution=(by_hand.lstm_forward, by_hand.lstm_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 3.5


def time_case(about, T, M, D, H):
    """Arguments of ``lstm_through_time``."""
    arguments = (normal(T, M, H), normal(T, M, D), normal(M, H), normal(M, H),
                 0.7 * normal(D + H, 4 * H), normal(4 * H))  # fmt: skip
    return Case(about, arguments, {"T": T, "M": M, "D": D, "H": H})


def last_to_first(T):
    """The steps in the right order."""
    return range(T - 1, -1, -1)


def before(t, T):
    """The right state of step t among h_0, h_1, ..., h_T, counted from 0."""
    return t


def through_time(carry_h=1, carry_s=1, direct=lambda t, T: 1, order=last_to_first, starts_at=before,
                 begin=0, late=0, last_only=False):  # fmt: skip
    """``lstm_through_time`` with one of its parts exchanged.

    ``begin`` times the last direct derivative is there before the first round, and ``late``
    times a step's is added after its backward pass.
    """

    def backward(dh_out, x, h_0, s_0, W, b):
        T, states = len(x), [(h_0, s_0)]
        for x_t in x:
            states.append(plain.lstm(x_t, *states[-1], W, b))
        dh, ds = begin * dh_out[-1], np.zeros_like(s_0)
        dW, db = np.zeros_like(W), np.zeros_like(b)
        for t in order(T):
            arrives = direct(t, T) * dh_out[t] + carry_h * dh
            _, dh, ds, dW_t, db_t = lstm_backward(
                arrives, carry_s * ds, x[t], *states[starts_at(t, T)], W, b
            )
            dh = dh + late * dh_out[t]
            dW, db = (dW_t, db_t) if last_only else (dW + dW_t, db + db_t)
        return dh, ds, dW, db

    return backward


THROUGH_TIME = Exercise(
    "3.5",
    "lstm_through_time",
    solutions.lstm_through_time,
    gives=("dh_0", "ds_0", "dW", "db"),
    gradient=True,
    parts={"dW": ("i", "f", "g", "o"), "db": ("i", "f", "g", "o")},
    cases=(
        time_case("for 3 steps of 2 images", 3, 2, 5, 4),
        time_case("for one step", 1, 2, 2, 2),
        time_case("for 6 steps of one image", 6, 1, 2, 3),
    ),
    known=(
        Known("output-not-carried", "h_t also goes into step t + 1, and what comes back from "
              "there is left out.", through_time(carry_h=0)),
        Known("state-not-carried", "s_t goes into step t + 1, and what comes back from there is "
              "left out.", through_time(carry_s=0)),
        Known("steps-cut-apart", "Nothing is carried from one step to the one before: this is the "
              "sum of T separate steps.", through_time(carry_h=0, carry_s=0)),
        Known("last-output-only", "Only the last h_t's own derivative is used: dh_out[t] must be "
              "added at every step.", through_time(direct=lambda t, T: t == T - 1)),
        Known("first-to-last", "It goes through the steps from the first to the last; backwards "
              "is from the last to the first.", through_time(order=range)),
        Known("one-step-of-the-weights", "dW and db are those of one step; the same W works in "
              "all, so they are sums.", through_time(last_only=True)),
        Known("states-after-the-step", "Step t starts from the states before it, h_{t-1} and "
              "s_{t-1}; those after it are used. In a list that begins with h_0 they stand at t, "
              "counted from 0.", through_time(starts_at=lambda t, T: t + 1)),
        Known("direct-derivative-too-late", "dh_out[t] is added after the step's backward pass: "
              "it belongs to h_t, which the step gives, and must go in.",
              through_time(direct=lambda t, T: 0, late=1)),
        Known("last-output-twice", "It starts with dh = dh_out[-1], and adds it once more at the "
              "last step: start with zeros.", through_time(begin=1)),
        Known("last-step-left-out", "The last step is missing: the first round is the one of "
              "t = T - 1, counted from 0.", through_time(order=lambda T: range(T - 2, -1, -1))),
        Known("index-minus-one", "In a list without h_0, hs[t - 1] at t = 0 is hs[-1], the last "
              "state: the first step starts from h_0 and s_0.",
              through_time(starts_at=lambda t, T: t or T)),
    ),
    hints=(
        "First forwards through all steps, keeping each step's arguments in a list.",
        "Then backwards, with two carried arrays that start at 0: dh and ds, what step t + 1 "
        "gave back. At step t: lstm_backward(dh_out[t] + dh, ds, ...).",
        "dW and db grow by one step's in each round. dh and ds of the first step are dh_0 and "
        "ds_0.",
    ),
    solution=(solutions.lstm_through_time, by_hand.lstm_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 3.6


def cell_by_parts(x, h, s, W, b):
    """A right cell, written otherwise."""
    i, f, g, o = gates(x, h, W, b)
    s_new = i * g + s * f
    return np.tanh(s_new) * o, s_new


STALE = Exercise(
    "3.6",
    "keeps_its_memory",
    plain.lstm,
    gives=("h'", "s'"),
    cases=CELL_CASES,
    known=CELL_MISTAKES,
    suspect=Suspect("suspect_cell", old_state_shown, (plain.lstm, cell_by_parts)),
    hints=(
        "Call cell(x, h, s, W, b) with W full of zeros. A bias of +50 opens a gate (its sigmoid "
        "is 1), one of -50 closes it. b holds H numbers for each of i, f, g, o.",
        "Start from s = 0 with all gates open and g = tanh(1). What is s' then? What is h'?",
        "A right cell has h' = o tanh(s') with the s' that it returns; check that with "
        "np.allclose.",
    ),
    solution=(solutions.keeps_its_memory, plain.lstm),
)

EXERCISES = (LINEAR, CELL, GATES_BACK, WHOLE_BACK, THROUGH_TIME, STALE)
