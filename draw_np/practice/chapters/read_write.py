"""Exercises of chapter 9: reading, writing, and both backwards."""

import numpy as np

from draw_np import attention as plain
from draw_np.manual import attention as by_hand
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect

rng = np.random.default_rng(9)
SIZES = (  # M, C, N, A, B: M is not C at first, so that a lost channel axis is an error there
    (3, 2, 4, 6, 5), (3, 1, 2, 2, 3), (1, 3, 1, 4, 2), (2, 1, 3, 3, 3), (2, 2, 3, 5, 4),
)  # fmt: skip
CHANNEL_AXIS = (
    "channel-axis-forgotten",
    "A filterbank (M, N, A) has no channels, and @ pairs axes from behind: NumPy pairs its images "
    "with the channels of x. Insert an axis: F_X[:, None] is (M, 1, N, A).",
)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


def positive(*shape):
    """Numbers of order 1 above 0."""
    return np.exp(0.4 * normal(*shape))


def banks(M, N, A, B):
    """F_X, F_Y and gamma."""
    F_X = plain.filterbank(1 + (A - 1) * rng.random((M, N)), 0.5 + rng.random(M), A)
    F_Y = plain.filterbank(1 + (B - 1) * rng.random((M, N)), 0.5 + rng.random(M), B)
    return F_X, F_Y, positive(M)


def cases(kinds):
    """A case for each of ``SIZES``, with arguments of these kinds."""
    found = []
    for M, C, N, A, B in SIZES:
        about = f"for {M} image{'s' * (M > 1)}, {C} channel{'s' * (C > 1)}, A = {A}, B = {B}"
        sizes = {"M": M, "C": C, "N": N, "A": A, "B": B}
        arguments = tuple(v for kind in kinds for v in arguments_of(kind, **sizes))
        found.append(Case(f"{about}, N = {N}", arguments, sizes))
    if kinds.endswith("f"):
        last = len(found[0].arguments) - 1
        found.append(found[0].but("gamma from 0.001 to 50", last, np.array([0.001, 1.0, 50.0])))
    return tuple(found)


def arguments_of(kind, M, C, N, A, B):
    """x an image, p a patch, r a flat one of two, f filterbanks and gamma, a a grid, N itself."""
    if kind == "N":
        return (N,)
    if kind == "f":
        return banks(M, N, A, B)
    if kind == "a":
        g_X, g_Y = (A + 1) / 2 + 0.5 * normal(M), (B + 1) / 2 + 0.5 * normal(M)
        return (plain.Attention(g_X, g_Y, positive(M), positive(M), positive(M)),)
    return (normal(*{"x": (M, C, B, A), "p": (M, C, N, N), "r": (M, 2 * C * N * N)}[kind]),)


def wide(v):
    """One number an image, ready to multiply images."""
    return v[:, None, None, None]


# ---------------------------------------------------------------- 9.1


def glimpse(x, F_X, F_Y, gamma):
    """The right answer."""
    return wide(gamma) * (F_Y[:, None] @ x @ plain.transpose(F_X)[:, None])


def linear_in_gamma(read):
    """Twice the intensity, twice the patch."""
    x, F_X, F_Y, gamma = GLIMPSE_CASES[0].arguments
    if not np.allclose(read(x, F_X, F_Y, 2 * gamma), 2 * read(x, F_X, F_Y, gamma)):
        return "the patch is proportional to gamma; with twice the gamma it should be doubled"
    return None


def upright_patch(read):
    """A bright pixel's place."""
    x, F = np.zeros((1, 1, 3, 3)), np.eye(3)[None]
    x[0, 0, 1, 0] = 1.0
    patch = read(x, F, F, np.ones(1))
    if patch.shape == x.shape and not np.allclose(patch, x):
        place = [int(i) + 1 for i in np.unravel_index(np.argmax(np.abs(patch)), patch.shape)[2:]]
        return (
            "filters that look at one pixel each read the image as it is; a bright pixel in row "
            f"2, column 1 shows in row {place[0]}, column {place[1]}"
        )
    return None


GLIMPSE_CASES = cases("xf")
GLIMPSE_MISTAKES = (
    Known("read-without-gamma", "The intensity gamma is missing.",
          lambda x, F_X, F_Y, g: glimpse(x, F_X, F_Y, g**0)),
    Known("read-with-gamma-squared", "gamma is multiplied twice, once for each filterbank.",
          lambda x, F_X, F_Y, g: glimpse(x, F_X, F_Y, g**2)),
    Known("read-divided-by-gamma", "The patch read is times gamma; it is writing that divides.",
          lambda x, F_X, F_Y, g: glimpse(x, F_X, F_Y, 1 / g)),
    Known("patch-transposed", "The patch lies on its side: rows and columns are exchanged, as "
          "F_X x^T F_Y^T gives them.",
          lambda x, F_X, F_Y, gamma: np.swapaxes(glimpse(x, F_X, F_Y, gamma), 2, 3)),
    Known(*CHANNEL_AXIS,
          lambda x, F_X, F_Y, g: wide(g) * (F_Y @ x @ plain.transpose(F_X))),
    Known("channels-summed", "The channels are added up; each has its own patch.",
          lambda x, F_X, F_Y, g: 0 * glimpse(x, F_X, F_Y, g)
          + glimpse(x, F_X, F_Y, g).sum(axis=1, keepdims=True)),
    Known("filters-of-the-first-image", "All images are read by the first one's filters.",
          lambda x, F_X, F_Y, g: glimpse(x, F_X[:1], F_Y[:1], g)),
    Known("gamma-of-the-first-image", "All images have the first one's gamma.",
          lambda x, F_X, F_Y, g: glimpse(x, F_X, F_Y, 0 * g + g[0])),
)  # fmt: skip

GLIMPSE = Exercise(
    "9.1",
    "glimpse",
    glimpse,
    gives=("patch",),
    cases=GLIMPSE_CASES,
    known=GLIMPSE_MISTAKES,
    properties=(upright_patch, linear_in_gamma),
    hints=("Shapes on every factor: (N, B) (B, A) (A, N) for F_Y, x and F_X^T. So F_Y stands on "
           "the left.",
           "@ multiplies the last two axes and keeps the others. F_Y[:, None] has a channel axis "
           "of 1, which NumPy spreads over the C channels of x.",
           "The transpose of the last two axes is F_X.swapaxes(1, 2), and gamma needs three new "
           "axes: gamma[:, None, None, None]."),
    solution=(plain.glimpse, plain.transpose),
)  # fmt: skip

# ---------------------------------------------------------------- 9.2, 9.3


def adjoint(p, F_X, F_Y, gamma):
    """gamma F_Y^T p F_X."""
    return wide(gamma) * (plain.transpose(F_Y)[:, None] @ p @ F_X[:, None])


def write_with_gamma(w, F_X, F_Y, gamma):
    """What is handed out in 9.9: gamma multiplies, and should divide."""
    return adjoint(w, F_X, F_Y, gamma)


def write(w, F_X, F_Y, gamma):
    """The right answer."""
    return adjoint(w, F_X, F_Y, 1 / gamma)


def sideways(p):
    """A patch with rows and columns exchanged."""
    return np.swapaxes(p, 2, 3)


WRITE_MISTAKES = (
    Known("write-with-gamma", "Eq. 29 has 1/gamma; here gamma multiplies.", adjoint),
    Known("write-without-gamma", "1/gamma is missing.",
          lambda w, F_X, F_Y, g: adjoint(w, F_X, F_Y, g**0)),
    Known("write-by-gamma-squared", "It is divided by gamma twice, once for each filterbank.",
          lambda w, F_X, F_Y, g: adjoint(w, F_X, F_Y, g**-2)),
    Known("patch-transposed", "The patch lies on its side: its rows belong to F_Y.",
          lambda w, F_X, F_Y, g: write(sideways(w), F_X, F_Y, g)),
    Known(*CHANNEL_AXIS, lambda w, F_X, F_Y, g: plain.transpose(F_Y) @ w @ F_X / wide(g)),
    Known("filters-of-the-first-image", "All images are written by the first one's filters.",
          lambda w, F_X, F_Y, g: write(w, F_X[:1], F_Y[:1], g)),
    Known("gamma-plus-epsilon", "1e-4 is added to gamma, which is an exponential and never 0.",
          lambda w, F_X, F_Y, g: write(w, F_X, F_Y, g + 1e-4)),
    Known("filters-normalised-over-pixels-again", "The strokes are averaged over the filters.",
          lambda w, F_X, F_Y, g: write(w, F_X, F_Y, g) / F_X.shape[1] ** 2),
)  # fmt: skip


def inverse_in_gamma(f):
    """Twice the gamma, half the stroke."""
    w, F_X, F_Y, gamma = WRITE_CASES[0].arguments
    if not np.allclose(f(w, F_X, F_Y, 2 * gamma), f(w, F_X, F_Y, gamma) / 2):
        return "a stroke is proportional to 1/gamma; with twice the gamma it should be halved"
    return None


WRITE_CASES = cases("pf")

WRITE = Exercise(
    "9.2",
    "write",
    write,
    gives=("stroke",),
    cases=WRITE_CASES,
    known=WRITE_MISTAKES,
    properties=(inverse_in_gamma,),
    hints=("Shapes on every factor: (B, N) (N, N) (N, A) for F_Y^T, w and F_X.",
           "F_Y.swapaxes(1, 2) is the transpose. [:, None] gives a filterbank a channel axis.",
           "Divide by gamma[:, None, None, None] at the end."),
    solution=(plain.write, plain.transpose),
)  # fmt: skip


def is_adjoint(f):
    """<read x, p> = <x, f p>."""
    p, F_X, F_Y, gamma = ADJOINT_CASES[0].arguments
    shape = (*p.shape[:2], F_Y.shape[2], F_X.shape[2])
    x = np.linspace(-1, 1, np.prod(shape)).reshape(shape)
    one, other = np.sum(glimpse(x, F_X, F_Y, gamma) * p), np.sum(x * f(p, F_X, F_Y, gamma))
    if not np.isclose(one, other):
        return (
            "sum(glimpse(x) p) = sum(x glimpse_adjoint(p)); "
            f"for a certain x and p they are {one:.5g} and {other:.5g}"
        )
    return None


ADJOINT_CASES = cases("pf")

ADJOINT = Exercise(
    "9.3",
    "glimpse_adjoint",
    adjoint,
    gives=("image",),
    cases=ADJOINT_CASES,
    known=(
        Known("write-for-adjoint", "This is write, with 1/gamma. Reading multiplies by gamma, and "
              "so does its adjoint.", write),
        Known(*CHANNEL_AXIS, lambda p, F_X, F_Y, g: wide(g) * (plain.transpose(F_Y) @ p @ F_X)),
        Known("gamma-left-out", "gamma stands in sum(glimpse(x) p), so it must stand on the other "
              "side as well.", lambda p, F_X, F_Y, g: adjoint(p, F_X, F_Y, g**0)),
        Known("gamma-squared", "gamma stands in sum(glimpse(x) p) once.",
              lambda p, F_X, F_Y, g: adjoint(p, F_X, F_Y, g**2)),
        Known("patch-transposed", "The patch lies on its side.",
              lambda p, F_X, F_Y, g: adjoint(sideways(p), F_X, F_Y, g)),
        Known("inverse-for-adjoint", "This undoes the reading by a pseudo-inverse. The adjoint is "
              "another thing: a transpose.",
              lambda p, F_X, F_Y, g: np.linalg.pinv(F_Y)[:, None] @ p
              @ plain.transpose(np.linalg.pinv(F_X))[:, None] / wide(g)),
        Known("first-image-only", "All images are treated with the first one's filters.",
              lambda p, F_X, F_Y, g: adjoint(p, F_X[:1], F_Y[:1], g)),
    ),
    properties=(is_adjoint,),
    hints=("Write sum(glimpse(x) p) out with all indices, and collect what x_ba is multiplied "
           "with.",
           "x_ba meets gamma sum_ji F_Y[j, b] p_ji F_X[i, a]: two sums over filters, which are "
           "matrix products.",
           "gamma F_Y^T p F_X: your write, with gamma in the place of 1/gamma."),
    solution=(plain.write, by_hand.glimpse_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 9.4


def glimpse_backward(dpatch, x, F_X, F_Y, gamma):
    """The right answer: the package's, one product at a time."""
    return glimpse_products(dpatch, x, F_X[:, None], F_Y[:, None], gamma)


def glimpse_products(dpatch, x, F_X, F_Y, gamma):
    """The products of ``glimpse_backward``; the filterbanks should have a channel axis."""
    dP = wide(gamma) * dpatch
    R = F_Y @ x
    P = R @ plain.transpose(F_X)
    dR = dP @ F_X
    dF_X = (sideways(dP) @ R).sum(axis=1)
    dF_Y = (dR @ plain.transpose(x)).sum(axis=1)
    dx = plain.transpose(F_Y) @ dR
    return dx, dF_X, dF_Y, (dpatch * P).sum(axis=(1, 2, 3))


def after(right, **changes):
    """``right`` with some results changed: a function of result and arguments for each."""
    places = {"d0": 0, "dF_X": 1, "dF_Y": 2, "dgamma": 3}

    def wrong(*arguments):
        found = list(right(*arguments))
        for name, change in changes.items():
            found[places[name]] = change(found[places[name]], *arguments)
        return tuple(found)

    return wrong


GLIMPSE_BACK = Exercise(
    "9.4",
    "glimpse_backward",
    glimpse_backward,
    gives=("dx", "dF_X", "dF_Y", "dgamma"),
    gradient=True,
    cases=cases("pxf"),
    known=(
        Known(*CHANNEL_AXIS, glimpse_products),
        Known("gamma-forgotten", "dx, dF_X and dF_Y are made of dP = gamma dpatch, and gamma is "
              "missing in what is wrong here.",
              after(glimpse_backward, d0=lambda v, *a: v / wide(a[4]),
                    dF_X=lambda v, *a: v / a[4][:, None, None],
                    dF_Y=lambda v, *a: v / a[4][:, None, None])),
        Known("gamma-in-dgamma", "dgamma = sum dpatch P, with the P before gamma is multiplied.",
              after(glimpse_backward, dgamma=lambda v, *a: v * a[4])),
        Known("channels-averaged", "The channels share the filters; what they contribute to dF_X "
              "and dF_Y is added, not averaged.",
              after(glimpse_backward, dF_X=lambda v, *a: v / a[1].shape[1],
                    dF_Y=lambda v, *a: v / a[1].shape[1])),
        Known("first-channel-only", "Only the first channel contributes to dF_X and dF_Y.",
              lambda dp, x, F_X, F_Y, g: (
                  glimpse_backward(dp, x, F_X, F_Y, g)[0],
                  *glimpse_backward(dp[:, :1], x[:, :1], F_X, F_Y, g)[1:3],
                  glimpse_backward(dp, x, F_X, F_Y, g)[3])),
        Known("patch-transposed", "dpatch lies on its side: its rows belong to F_Y.",
              lambda dp, *a: glimpse_backward(sideways(dp), *a)),
        Known("patch-transposed-in-dF_X", "dF_X = dP^T R: the transpose is missing.",
              after(glimpse_backward, dF_X=lambda v, dp, x, F_X, F_Y, g:
                    glimpse_backward(sideways(dp), x, F_X, F_Y, g)[1] * 0
                    + (wide(g) * dp @ (F_Y[:, None] @ x)).sum(axis=1))),
        Known("write-for-adjoint", "dx goes back with gamma, not with 1/gamma: it is the adjoint "
              "and not write.", after(glimpse_backward, d0=lambda v, *a: v / wide(a[4]) ** 2)),
    ),
    hints=("Forwards: R = F_Y x (M, C, N, A), P = R F_X^T (M, C, N, N), patch = gamma P. Backwards "
           "in the opposite order: gamma and P from patch, then R and F_X from P, then.",
           "For Y = U V it is dU = dY V^T and dV = U^T dY (3.1, without a bias). With "
           "P = R F_X^T: dR = dP F_X and dF_X = dP^T R.",
           "dx = F_Y^T dR and dF_Y = dR x^T. dF_X and dF_Y are summed over the channels, axis 1, "
           "and dgamma = sum of dpatch P over the axes (1, 2, 3)."),
    solution=(by_hand.glimpse_forward, by_hand.glimpse_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 9.5


def write_backward(dout, w, F_X, F_Y, gamma):
    """The right answer: the package's, one product at a time."""
    return write_products(dout, w, F_X[:, None], F_Y[:, None], gamma)


def write_products(dout, w, F_X, F_Y, gamma):
    """The products of ``write_backward``; the filterbanks should have a channel axis."""
    Q = plain.transpose(F_Y) @ w
    S = Q @ F_X
    dS = dout / wide(gamma)
    dQ = dS @ plain.transpose(F_X)
    dF_X = (sideways(Q) @ dS).sum(axis=1)
    dF_Y = (w @ plain.transpose(dQ)).sum(axis=1)
    dgamma = -(dout * S).sum(axis=(1, 2, 3)) / gamma**2
    return F_Y @ dQ, dF_X, dF_Y, dgamma


WRITE_BACK = Exercise(
    "9.5",
    "write_backward",
    write_backward,
    gives=("dw", "dF_X", "dF_Y", "dgamma"),
    gradient=True,
    cases=cases("xpf"),
    known=(
        Known(*CHANNEL_AXIS, write_products),
        Known("gamma-forgotten", "dw, dF_X and dF_Y are made of dS = dout / gamma, and dividing by "
              "gamma is missing in what is wrong here.",
              after(write_backward, d0=lambda v, *a: v * wide(a[4]),
                    dF_X=lambda v, *a: v * a[4][:, None, None],
                    dF_Y=lambda v, *a: v * a[4][:, None, None])),
        Known("gamma-as-in-reading", "It multiplies by gamma where writing divides.",
              after(write_backward, d0=lambda v, *a: v * wide(a[4]) ** 2,
                    dF_X=lambda v, *a: v * a[4][:, None, None] ** 2,
                    dF_Y=lambda v, *a: v * a[4][:, None, None] ** 2)),
        Known("dgamma-turned", "The derivative of 1/gamma is -1/gamma^2: the sign is missing.",
              after(write_backward, dgamma=lambda v, *a: -v)),
        Known("dgamma-once", "The derivative of 1/gamma is -1/gamma^2: it is divided by gamma only "
              "once.", after(write_backward, dgamma=lambda v, *a: v * a[4])),
        Known("dgamma-of-gamma", "dgamma = sum dout S would be right if S were multiplied by "
              "gamma; it is divided.",
              after(write_backward, dgamma=lambda v, *a: -v * a[4] ** 2)),
        Known("channels-averaged", "The channels share the filters; what they contribute to dF_X "
              "and dF_Y is added, not averaged.",
              after(write_backward, dF_X=lambda v, *a: v / a[1].shape[1],
                    dF_Y=lambda v, *a: v / a[1].shape[1])),
        Known("patch-transposed", "dw lies on its side: its rows belong to F_Y.",
              after(write_backward, d0=lambda v, *a: sideways(v))),
    ),
    hints=("Forwards: Q = F_Y^T w (M, C, B, N), S = Q F_X (M, C, B, A), out = S / gamma. Backwards "
           "in the opposite order.",
           "dS = dout / gamma; dQ = dS F_X^T and dF_X = Q^T dS; dw = F_Y dQ and dF_Y = w dQ^T.",
           "dF_X and dF_Y are summed over the channels, axis 1. d(1/gamma)/dgamma = -1/gamma^2."),
    solution=(by_hand.write_forward, by_hand.write_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 9.6, 9.7


def read_backward(dr, x, x_hat, att, N, back=glimpse_backward):
    """The right answer: the package's, with another way back through the glimpse if asked."""
    both = np.concatenate([x, x_hat], axis=1)
    M, C, B, A = x.shape
    (F_X, F_Y), cache = by_hand.filterbanks_forward(att, A, B, N)
    dpatch = dr.reshape(M, 2 * C, N, N)
    dboth, dF_X, dF_Y, dgamma = back(dpatch, both, F_X, F_Y, att.gamma)
    datt = by_hand.filterbanks_backward(dF_X, dF_Y, cache)._replace(gamma=dgamma)
    return dboth[:, :C], dboth[:, C:], datt


def halves_alternating(dr, x, x_hat, att, N):
    """r taken as x and x_hat by turns."""
    M, C = x.shape[:2]
    turned = dr.reshape(M, C, 2, N, N).swapaxes(1, 2).reshape(M, -1)
    return read_backward(turned, x, x_hat, att, N)


def x_hat_first(dr, x, x_hat, att, N):
    """r taken as [patch of x_hat, patch of x]."""
    turned = np.roll(dr, dr.shape[1] // 2, axis=1)
    return read_backward(turned, x, x_hat, att, N)


def image_only(dr, x, x_hat, att, N):
    """The grid's derivative from x alone."""
    dx, dx_hat, _ = read_backward(dr, x, x_hat, att, N)
    half = dr.reshape(len(dr), 2, -1) * np.array([1, 0])[:, None]
    return dx, dx_hat, read_backward(half.reshape(dr.shape), x, x_hat, att, N)[2]


def read_by(name):
    """A mistake of 9.4 in the whole read."""
    known = next(k for k in GLIMPSE_BACK.known if k.name == name)
    return Known(name, known.says,
                 lambda dr, x, x_hat, att, N: read_backward(dr, x, x_hat, att, N,
                                                            known.function))  # fmt: skip


def axes_exchanged(datt):
    """g_X for g_Y."""
    return datt._replace(g_X=datt.g_Y, g_Y=datt.g_X)


GRID_NAMES = ("dg_X", "dg_Y", "ddelta", "dsigma2", "dgamma")

READ_BACK = Exercise(
    "9.6",
    "read_backward",
    read_backward,
    gives=("dx", "dx_hat", *GRID_NAMES),
    gradient=True,
    cases=cases("rxxaN"),
    known=(
        read_by("gamma-forgotten"),
        read_by("gamma-in-dgamma"),
        read_by("channels-averaged"),
        read_by("patch-transposed"),
        read_by("write-for-adjoint"),
        Known("dgamma-left-at-0", "filterbanks_backward cannot know gamma and gives 0 for it; "
              "your own dgamma must be put in.",
              lambda *a: (*read_backward(*a)[:2],
                          read_backward(*a)[2]._replace(gamma=0 * a[3].gamma))),
        Known("image-only", "Both x and x_hat are read through the grid, so both contribute to "
              "its derivative.", image_only),
        Known("x-hat-first", "x_hat and x are joined in the wrong order: x comes first in r.",
              x_hat_first),
        Known("halves-swapped", "x comes first in r and x_hat second.",
              lambda *a: (read_backward(*a)[1], read_backward(*a)[0], read_backward(*a)[2])),
        Known("halves-alternating", "r holds all channels of x and then all of x_hat.",
              halves_alternating),
        Known("filterbanks-exchanged", "dF_X and dF_Y have changed places.",
              lambda *a: (*read_backward(*a)[:2], axes_exchanged(read_backward(*a)[2]))),
    ),
    hints=("np.concatenate([x, x_hat], axis=1) is one image with 2 C channels, and "
           "dr.reshape(M, 2 * C, N, N) its patch's derivative.",
           "Call filterbanks_forward for F_X and F_Y, your 9.4 with att.gamma, and then "
           "filterbanks_backward.",
           "datt = filterbanks_backward(dF_X, dF_Y, cache)._replace(gamma=dgamma); the first C "
           "channels of dboth are dx."),
    solution=(by_hand.read_forward, by_hand.read_backward, by_hand.glimpse_backward),
)  # fmt: skip


def write_all_backward(dout, w, att, back=write_backward):
    """The right answer: the package's."""
    B, A = dout.shape[2:]
    (F_X, F_Y), cache = by_hand.filterbanks_forward(att, A, B, w.shape[-1])
    dw, dF_X, dF_Y, dgamma = back(dout, w, F_X, F_Y, att.gamma)
    return dw, by_hand.filterbanks_backward(dF_X, dF_Y, cache)._replace(gamma=dgamma)


WRITE_ALL_BACK = Exercise(
    "9.7",
    "write_all_backward",
    write_all_backward,
    gives=("dw", *GRID_NAMES),
    gradient=True,
    cases=cases("xpa"),
    known=(
        *(Known(k.name, k.says,
                lambda dout, w, att, back=k.function: write_all_backward(dout, w, att, back))
          for k in WRITE_BACK.known),
        Known("dgamma-left-at-0", "filterbanks_backward cannot know gamma and gives 0 for it; "
              "your own dgamma must be put in.",
              lambda *a: (write_all_backward(*a)[0],
                          write_all_backward(*a)[1]._replace(gamma=0 * a[2].gamma))),
        Known("filterbanks-exchanged", "dF_X and dF_Y have changed places.",
              lambda *a: (write_all_backward(*a)[0], axes_exchanged(write_all_backward(*a)[1]))),
    ),
    hints=("A and B are the last two lengths of dout, A the last; N is the last length of w.",
           "filterbanks_forward gives F_X and F_Y; then your 9.5 with att.gamma.",
           "filterbanks_backward(dF_X, dF_Y, cache)._replace(gamma=dgamma)"),
    solution=(by_hand.write_forward, by_hand.write_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 9.8, 9.9


def glimpse_by_einsum(x, F_X, F_Y, gamma):
    """A right read, written otherwise."""
    return wide(gamma) * np.einsum("mjb,mcba,mia->mcji", F_Y, x, F_X)


def write_by_einsum(w, F_X, F_Y, gamma):
    """A right write, written otherwise."""
    return np.einsum("mjb,mcji,mia->mcba", F_Y, w, F_X) / wide(gamma)


UPRIGHT = Exercise(
    "9.8",
    "upright",
    glimpse,
    gives=("patch",),
    cases=GLIMPSE_CASES,
    known=GLIMPSE_MISTAKES,
    suspect=Suspect("suspect_read", GLIMPSE_MISTAKES[3].function, (glimpse, glimpse_by_einsum),
                    advice="does it also hold for filters wider than a pixel, or for another "
                    "gamma? With np.eye for filters and gamma = 1 the patch is the image"),
    hints=("np.eye(3)[None] is a filterbank for one image of width 3: filter i looks at pixel i "
           "alone. Take it for F_X and F_Y, and gamma = np.ones(1).",
           "With these filters the patch is the image, as it is: not turned, not mirrored.",
           "Use an image that is not its own transpose: x of shape (1, 1, 3, 3) with one bright "
           "pixel off the diagonal."),
    solution=(solutions.upright, plain.glimpse),
)  # fmt: skip

PAIR = Exercise(
    "9.9",
    "gives_back",
    write,
    gives=("stroke",),
    cases=WRITE_CASES,
    known=WRITE_MISTAKES,
    suspect=Suspect("suspect_write", write_with_gamma, (write, write_by_einsum),
                    asks=lambda f: (glimpse_by_einsum, f),
                    advice="reading and writing do not give x back, in general: with filters "
                    "wider than a pixel only gamma cancels"),
    hints=("np.eye(3)[None] is a filterbank for one image of width 3, whose filter i looks at "
           "pixel i alone. Read with it, and write what was read.",
           "Reading multiplies by gamma and writing divides: the image comes back, for every "
           "gamma. So try a gamma other than 1.",
           "np.allclose(write(read(x, F, F, gamma), F, F, gamma), x) with gamma = "
           "np.array([3.0])."),
    solution=(solutions.gives_back, plain.write),
)  # fmt: skip

EXERCISES = (GLIMPSE, WRITE, ADJOINT, GLIMPSE_BACK, WRITE_BACK, READ_BACK, WRITE_ALL_BACK, UPRIGHT,
             PAIR)  # fmt: skip
