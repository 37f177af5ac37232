"""Exercises of chapter 9: reading, writing, and both backwards."""

import numpy as np

from draw_np import attention as plain
from draw_np.manual import attention as by_hand
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers, sized

rng, normal = numbers(9)
SIZES = (  # M, C, N, A, B: M is not C at first, so that a lost channel axis is an error there
    (3, 2, 4, 6, 5),
    (3, 1, 2, 2, 3),
    (1, 3, 1, 4, 2),
    (2, 1, 3, 3, 3),
    (2, 2, 3, 5, 4),
)


BEYOND = plain.Attention(
    np.array([-3.0, 9.5, 2.0]),
    np.array([8.0, -2.5, 3.0]),
    np.array([1.5, 7.0, 0.3]),
    np.array([2.0, 20.0, 0.5]),
    np.array([0.001, 1.0, 50.0]),
)


def positive(*shape):
    """Numbers of order 1 above 0."""
    return np.exp(0.4 * normal(*shape))


def banks(M, N, A, B):
    """F_X, F_Y and gamma."""
    F_X = plain.filterbank(1 + (A - 1) * rng.random((M, N)), 0.5 + rng.random(M), A)
    F_Y = plain.filterbank(1 + (B - 1) * rng.random((M, N)), 0.5 + rng.random(M), B)
    return F_X, F_Y, positive(M)


@sized("for {M:image}, {C:channel}, A = {A}, B = {B}, N = {N}")
def case(kinds, M, C, N, A, B):
    """Arguments of these kinds."""
    return tuple(v for kind in kinds for v in arguments_of(kind, M, C, N, A, B))


def cases(kinds):
    """A case for each of ``SIZES``, and the first with other filters, and with large numbers."""
    found, more = case.each(*((kinds, *sizes) for sizes in SIZES)), []
    first = found[0].arguments
    if kinds.endswith("f"):
        more = [("gamma from 0.001 to 50", len(first) - 1, np.array([0.001, 1.0, 50.0]))]
    if "a" in kinds:
        more = [("grids beyond the edges, gamma from 0.001 to 50", kinds.index("a"), BEYOND)]
    last = len(kinds.rstrip("Nfa")) - 1
    more.append(("numbers of about 1000", last, 1000 * first[last]))
    return *found, *(found[0].but(*other) for other in more)


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
    assert np.allclose(read(x, F_X, F_Y, 2 * gamma), 2 * read(x, F_X, F_Y, gamma)), (
        "the patch is proportional to gamma; with twice the gamma it should be doubled"
    )


def upright_patch(read):
    """A bright pixel's place."""
    x, F = np.zeros((1, 1, 3, 3)), np.eye(3)[None]
    x[0, 0, 1, 0] = 1.0
    patch = read(x, F, F, np.ones(1))
    place = [int(i) + 1 for i in np.unravel_index(np.argmax(np.abs(patch)), patch.shape)[2:]]
    assert np.allclose(patch, x), (
        "filters that look at one pixel each read the image as it is; a bright pixel in row "
        f"2, column 1 shows in row {place[0]}, column {place[1]}"
    )


GLIMPSE_CASES = cases("xf")
GLIMPSE = Exercise(
    "9.1",
    glimpse,
    cases=GLIMPSE_CASES,
    properties=(upright_patch, linear_in_gamma),
    solution=(plain.glimpse, plain.transpose),
)

# ---------------------------------------------------------------- 9.2, 9.3


def adjoint(p, F_X, F_Y, gamma):
    """gamma F_Y^T p F_X: what x_ba is multiplied with in sum(glimpse(x) p).

    That sum is sum_ji p_ji gamma sum_ba F_Y[j, b] x_ba F_X[i, a], for every channel. With the
    sums in the other order x_ba meets gamma sum_ji F_Y[j, b] p_ji F_X[i, a].
    """
    return wide(gamma) * (plain.transpose(F_Y)[:, None] @ p @ F_X[:, None])


def write(w, F_X, F_Y, gamma):
    """The right answer."""
    return plain.transpose(F_Y)[:, None] @ w @ F_X[:, None] / wide(gamma)


def sideways(p):
    """A patch with rows and columns exchanged."""
    return np.swapaxes(p, 2, 3)


def inverse_in_gamma(f):
    """Twice the gamma, half the stroke."""
    w, F_X, F_Y, gamma = WRITE_CASES[0].arguments
    assert np.allclose(f(w, F_X, F_Y, 2 * gamma), f(w, F_X, F_Y, gamma) / 2), (
        "a stroke is proportional to 1/gamma; with twice the gamma it should be halved"
    )


WRITE_CASES = cases("pf")

WRITE = Exercise(
    "9.2",
    write,
    cases=WRITE_CASES,
    properties=(inverse_in_gamma,),
    solution=(plain.write, plain.transpose),
)


def is_adjoint(f):
    """<read x, p> = <x, f p>."""
    p, F_X, F_Y, gamma = ADJOINT_CASES[0].arguments
    shape = (*p.shape[:2], F_Y.shape[2], F_X.shape[2])
    x = np.linspace(-1, 1, np.prod(shape)).reshape(shape)
    one, other = np.sum(glimpse(x, F_X, F_Y, gamma) * p), np.sum(x * f(p, F_X, F_Y, gamma))
    assert np.isclose(one, other), (
        "sum(glimpse(x) p) = sum(x glimpse_adjoint(p)); "
        f"for a certain x and p they are {one:.5g} and {other:.5g}"
    )


ADJOINT_CASES = cases("pf")

ADJOINT = Exercise("9.3", adjoint, cases=ADJOINT_CASES, properties=(is_adjoint,))

# ---------------------------------------------------------------- 9.4


def glimpse_backward(dpatch, x, F_X, F_Y, gamma):
    """The right answer: the package's, one product at a time."""
    F_X, F_Y = F_X[:, None], F_Y[:, None]
    dP = wide(gamma) * dpatch
    R = F_Y @ x
    P = R @ plain.transpose(F_X)
    dR = dP @ F_X
    dF_X = (sideways(dP) @ R).sum(axis=1)
    dF_Y = (dR @ plain.transpose(x)).sum(axis=1)
    dx = plain.transpose(F_Y) @ dR
    return dx, dF_X, dF_Y, (dpatch * P).sum(axis=(1, 2, 3))


GLIMPSE_BACK = Exercise(
    "9.4",
    glimpse_backward,
    cases=cases("pxf"),
    solution=(by_hand.glimpse_forward, by_hand.glimpse_backward),
)

# ---------------------------------------------------------------- 9.5


def write_backward(dout, w, F_X, F_Y, gamma):
    """The right answer: the package's, one product at a time."""
    F_X, F_Y = F_X[:, None], F_Y[:, None]
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
    write_backward,
    cases=cases("xpf"),
    solution=(by_hand.write_forward, by_hand.write_backward),
)

# ---------------------------------------------------------------- 9.6, 9.7


def read_backward(dr, x, x_hat, att, N):
    """The right answer: the package's."""
    both = np.concatenate([x, x_hat], axis=1)
    M, C, B, A = x.shape
    (F_X, F_Y), cache = by_hand.filterbanks_forward(att, A, B, N)
    dpatch = dr.reshape(M, 2 * C, N, N)
    dboth, dF_X, dF_Y, dgamma = glimpse_backward(dpatch, both, F_X, F_Y, att.gamma)
    datt = by_hand.filterbanks_backward(dF_X, dF_Y, cache)._replace(gamma=dgamma)
    return dboth[:, :C], dboth[:, C:], datt


READ_BACK = Exercise(
    "9.6",
    read_backward,
    cases=cases("rxxaN"),
    solution=(by_hand.read_forward, by_hand.read_backward, by_hand.glimpse_backward),
)


def write_all_backward(dout, w, att):
    """The right answer: the package's."""
    B, A = dout.shape[2:]
    (F_X, F_Y), cache = by_hand.filterbanks_forward(att, A, B, w.shape[-1])
    dw, dF_X, dF_Y, dgamma = write_backward(dout, w, F_X, F_Y, att.gamma)
    datt = by_hand.filterbanks_backward(dF_X, dF_Y, cache)._replace(gamma=dgamma)
    return dw, datt


WRITE_ALL_BACK = Exercise(
    "9.7",
    write_all_backward,
    cases=cases("xpa"),
    solution=(by_hand.write_forward, by_hand.write_backward),
)

# ---------------------------------------------------------------- 9.8, 9.9


def glimpse_by_einsum(x, F_X, F_Y, gamma):
    """A right read, written otherwise."""
    return wide(gamma) * np.einsum("mjb,mcba,mia->mcji", F_Y, x, F_X)


def write_by_einsum(w, F_X, F_Y, gamma):
    """A right write, written otherwise."""
    return np.einsum("mjb,mcji,mia->mcba", F_Y, w, F_X) / wide(gamma)


UPRIGHT = Exercise(
    "9.8",
    glimpse,
    cases=GLIMPSE_CASES,
    suspect=Suspect(glimpse_by_einsum),
    solution=(plain.glimpse,),
)

PAIR = Exercise(
    "9.9",
    write,
    cases=WRITE_CASES,
    suspect=Suspect(write_by_einsum, asks=lambda f: (glimpse_by_einsum, f)),
    solution=(plain.write,),
)

# ---------------------------------------------------------------- 9.0


def seen(line, F):
    """The right answer."""
    return F @ line


@sized("for {N:filter} on {A} pixels")
def line_case(N, A):
    """A line, and filters."""
    return normal(A), plain.filterbank(A * rng.random((1, N)), np.ones(1), A)[0]


SEEN = Exercise(
    "9.0",
    seen,
    cases=(
        *line_case.each((3, 5), (4, 4), (2, 6), (1, 3)),
        Case(
            "for a line of some hundred",
            (np.array([-150.0, 300.0, 0.0, 7.0]), np.tri(3, 4)),
            {"N": 3, "A": 4},
        ),
    ),
)
