"""Exercises of chapter 8: the grid, the filterbank, and the way back to the head."""

import numpy as np

from draw_np import attention as plain
from draw_np.manual import attention as by_hand
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers, sized

rng, normal = numbers(8)


def positive(*shape):
    """Numbers of order 1 above 0."""
    return np.exp(0.5 * normal(*shape))


# ---------------------------------------------------------------- 8.1


@sized("for {M:image} and {N:filter}")
def centres_case(M, N):
    """Arguments of ``filter_centres``."""
    return 5 + normal(M), positive(M), N


def around_g(centres):
    """The mean of the centres is g."""
    mu = centres(np.array([3.0]), np.array([1.0]), 4)
    assert np.isclose(mu.mean(), 3), (
        f"the middle of the grid is g; for g = 3, delta = 1, N = 4 it is {mu.mean():.4g}"
    )


def evenly_spaced(centres):
    """Neighbours are delta apart."""
    steps = np.diff(centres(np.array([3.0]), np.array([2.0]), 4))
    assert np.allclose(steps, 2), (
        f"neighbouring filters are delta apart; for delta = 2 they are {steps[0]} apart"
    )


CENTRES_CASES = (
    *centres_case.each((2, 3), (4, 2), (1, 1), (2, 5)),
    Case(
        "for 3 images and 4 filters, on both sides of the image's edge",
        (np.array([-2.5, 0.25, 40.0]), np.array([0.5, 3.0, 2.0]), 4),
        {"M": 3, "N": 4},
    ),
    Case(
        "for 2 wide grids around places far away",
        (np.array([-150.0, 250.0]), np.array([30.0, 120.0]), 3),
        {"M": 2, "N": 3},
    ),
)

CENTRES = Exercise(
    "8.1", plain.filter_centres, cases=CENTRES_CASES, properties=(around_g, evenly_spaced)
)

# ---------------------------------------------------------------- 8.2


#: heads for two images whose logarithms are far from 0
FAR_HEADS = np.array([[0.2, -0.5, 8.0, -8.0, 6.0], [-0.1, 0.4, -8.0, 4.0, -7.0]])
FARTHER_HEADS = np.array([[30.0, -2.5, 21.0, -12.0, 11.0], [-3.0, -40.0, -11.0, 12.0, 21.0]])


@sized("for {M:image} of width {A} and height {B}, N = {N}")
def head_case(M, A, B, N):
    """Arguments of ``attention``."""
    return 0.7 * normal(M, 5), A, B, N


def five(raw, A, B, N):
    """The right answer as a tuple."""
    return tuple(plain.attention(raw, A, B, N))


def in_the_middle(attention):
    """Rest."""
    g_X, g_Y, delta, *_ = attention(np.zeros((1, 5)), 9, 5, 3)
    assert np.isclose(g_X[0], 5) and np.isclose(g_Y[0], 3), (
        "where the head gives 0, the grid is in the middle of the image: (5, 3) for 9 by 5 "
        f"pixels; here it is ({g_X[0]:.4g}, {g_Y[0]:.4g})"
    )
    assert np.isclose(delta[0], 4), (
        "where the head gives 0, the N filters span the longer side: N = 3 on 9 pixels have "
        f"the stride 4; here it is {delta[0]:.4g}"
    )


HEAD = Exercise(
    "8.2",
    five,
    cases=(
        *head_case.each((2, 7, 4, 3), (3, 4, 6, 2), (2, 5, 5, 1)),
        head_case(2, 7, 4, 3).but("logarithms up to 8", 0, FAR_HEADS),
        head_case(2, 9, 6, 4).but("places up to 40 and logarithms up to 21", 0, FARTHER_HEADS),
    ),
    properties=(in_the_middle,),
    solution=(plain.default_stride, plain.attention),
)

# ---------------------------------------------------------------- 8.3


def row(mu, sigma2, A):
    """The right answer: one row of the package's filterbank."""
    return plain.filterbank(np.reshape(mu, (1, 1)), np.reshape(sigma2, 1), A)[0, 0]


@sized("{about}")
def row_case(about, mu, sigma2, A):
    """Arguments of ``filter_row``."""
    return np.float64(mu), np.float64(sigma2), A


def row_sums_to_one(filter_row):
    """The weights of a row, inside and where Z is as small as 1e-26."""
    inside = np.sum(filter_row(np.float64(1.5), np.float64(2.0), 6))
    outside = np.sum(filter_row(np.float64(-59.0), np.float64(30.0), 6))
    assert np.isclose(inside, 1, atol=0.01), (
        f"a row sums to 1; for mu = 1.5, sigma^2 = 2, A = 6 it sums to {inside:.4g}"
    )
    assert max(1 - inside, 1 - outside) <= 1e-12, (
        f"a row sums to 1; for mu = 1.5, sigma^2 = 2, A = 6 it lacks {1 - inside:.2g}, and for "
        f"mu = -59, sigma^2 = 30, where Z is 1e-26, {1 - outside:.2g}: something is added to Z"
    )


def row_is_symmetric(filter_row):
    """mu and A + 1 - mu mirror each other."""
    left = filter_row(np.float64(2.2), np.float64(1.5), 7)
    right = filter_row(np.float64(5.8), np.float64(1.5), 7)
    assert np.allclose(left, right[::-1]), (
        "symmetry: a filter at mu and one at A + 1 - mu are mirror images; "
        "for mu = 2.2, A = 7 they are not"
    )


ROW = Exercise(
    "8.3",
    row,
    cases=(
        row_case("for mu = 2.7, sigma^2 = 1.7 and 5 pixels", 2.7, 1.7, 5),
        row_case("for mu = 4, sigma^2 = 0.6 and 7 pixels", 4.0, 0.6, 7),
        row_case("for a centre just outside the image", -0.4, 2.5, 6),
        row_case("for a wide filter", 3.1, 30.0, 4),
        row_case("for a wide filter whose centre is outside", -40.0, 30.0, 6),
        row_case("for a wide filter whose centre is far outside", -59.0, 30.0, 6),
        row_case("for a narrow filter between two pixels", 3.49, 0.02, 6),
    ),
    properties=(row_is_symmetric, row_sums_to_one),
    solution=(solutions.filter_row,),
    source=(plain.filterbank,),
)


# ---------------------------------------------------------------- 8.4


@sized("{about}")
def bank_case(about, M, N, A, mu=None, sigma2=None):
    """Arguments of ``filterbank``."""
    mu = 1 + (A - 1) * rng.random((M, N)) if mu is None else np.array(mu)
    sigma2 = 1 + 2 * rng.random(M) if sigma2 is None else np.array(sigma2)
    return mu, sigma2, A


BANK_CASES = (
    bank_case("for 2 images and 3 filters on 5 pixels", 2, 3, 5),
    bank_case("for 3 images and 4 filters on 4 pixels", 3, 4, 4),
    bank_case("for one filter on 6 pixels", 1, 1, 6),
    bank_case("for filters near and beyond the edge", 2, 2, 5, [[-1.3, 0.7], [5.6, 8.2]]),
    bank_case("for filters far outside the image", 2, 2, 5, [[-300.2, 2.2], [4.1, 200.3]]),
    bank_case("for filters all far outside the image", 1, 2, 5, [[-300.2, -70.1]]),
    bank_case("for very narrow filters between pixels", 1, 3, 5, [[2.4, 3.45, 4.6]], [0.0001]),
    bank_case("for wide filters outside the image", 1, 2, 6, [[-40.0, 66.0]], [30.0]),
    *(
        bank_case(about, 1, N, 5, mu, sigma2, floats=("float64",))
        for about, N, mu, sigma2 in [  # the first has exponents of -900, in float32 to 0.0001
            ("for wide filters very far outside", 2, [[-3000.0, 3004.0]], [5000.0]),
            ("for a very narrow filter a hair off the middle of two pixels", 1, [[2.5003]], [1e-4]),
        ]
    ),
)


def rows_sum_to_one(bank):
    """Every row."""
    sums = bank(np.array([[0.5, 3.0]]), np.array([2.0]), 5).sum(axis=2)[0]
    assert np.allclose(sums, 1, atol=0.01), (
        f"every row sums to 1; for mu = 0.5 and 3, sigma^2 = 2, A = 5: {sums}"
    )
    assert np.max(1 - sums) <= 1e-12, (
        "every row sums to 1; for mu = 0.5 and 3, sigma^2 = 2, A = 5 they lack "
        f"{1 - sums[0]:.2g} and {1 - sums[1]:.2g}: something is added to Z. With the row's "
        "largest exponent taken away Z is at least 1, and nothing need be added"
    )


def rows_outside_are_not_0(bank):
    """An epsilon too small to be seen inside, or a NaN that was made 0."""
    assert np.any(bank(np.array([[-300.0]]), np.array([1.0]), 5)), (
        "far outside a row is 0 everywhere, for mu = -300 and sigma^2 = 1: 0 / (0 + epsilon), "
        "or a NaN that was made 0. Take each row's own largest exponent away from it"
    )


def wide_filters_stay_wide(bank):
    """However far outside."""
    row = bank(np.array([[-3000.0]]), np.array([5000.0]), 5)[0, 0]
    right = plain.filterbank(np.array([[-3000.0]]), np.array([5000.0]), 5)[0, 0]
    said = [" ".join(f"{v:.3f}" for v in weights) for weights in (right, row)]
    assert np.allclose(row, right, atol=1e-3), (
        "a wide filter shares its weight out, however far outside it is; for mu = -3000 and "
        f"sigma^2 = 5000 F is {said[0]}, and here {said[1]}"
    )


def an_image_mirrored(bank):
    """F(mu)[a] = F(A + 1 - mu)[A + 1 - a]."""
    mu, sigma2 = np.array([[1.2, 3.9]]), np.array([1.5])
    assert np.allclose(bank(mu, sigma2, 6), bank(7 - mu, sigma2, 6)[..., ::-1]), (
        "symmetry: filters at mu and at A + 1 - mu are mirror images of each other"
    )


BANK = Exercise(
    "8.4",
    plain.filterbank,
    cases=BANK_CASES,
    properties=(an_image_mirrored, rows_sum_to_one, rows_outside_are_not_0, wide_filters_stay_wide),
    solution=(plain.filterbank, plain.nearest_pixel),
)

# ---------------------------------------------------------------- 8.5


def normalise_backward(dF, F):
    """de of F_a = exp(e_a) / Z, from dF_a/de_k = F_a (1[a = k] - F_k).

    Summed over the entries of a row, de_k = F_k dF_k - F_k sum_a F_a dF_a: each exponent moves
    its own entry, and by way of Z all others the other way.
    """
    return F * (dF - np.sum(F * dF, axis=2, keepdims=True))


@sized("for {M:image}, {N:filter} and {A} pixels")
def rows_case(M, N, A):
    """dF and a filterbank."""
    F = plain.filterbank(1 + (A - 1) * rng.random((M, N)), 1 + 2 * rng.random(M), A)
    return normal(M, N, A), F


def no_net_push(backward):
    """Adding a number to all exponents of a row changes nothing."""
    F = np.array([[[0.2, 0.3, 0.5]]])
    total = backward(np.array([[[1.0, 2.0, 4.0]]]), F).sum()
    assert np.isclose(total, 0), (
        "adding one number to all exponents of a row changes nothing, so de sums to 0 over "
        f"a row; for F = 0.2, 0.3, 0.5 and dF = 1, 2, 4 it sums to {total:.4g}"
    )


NORMALISE_BACK = Exercise(
    "8.5",
    normalise_backward,
    cases=rows_case.each((2, 3, 5), (3, 4, 4), (1, 1, 3)),
    properties=(no_net_push,),
)

# ---------------------------------------------------------------- 8.6


def filterbank_backward(dF, F, mu, sigma2):
    """The right answer, with e as it is printed."""
    a = np.arange(1, F.shape[2] + 1, dtype=mu.dtype)
    distance, v = a - mu[:, :, None], sigma2[:, None, None]
    de = normalise_backward(dF, F)
    return (de * distance / v).sum(axis=2), (de * distance**2 / (2 * v * v)).sum(axis=(1, 2))


@sized("for {M:image}, {N:filter} and {A} pixels")
def bank_back_case(M, N, A):
    """Arguments of ``filterbank_backward``."""
    mu, sigma2 = 1 + (A - 1) * rng.random((M, N)), 0.7 + rng.random(M)
    return 3 * normal(M, N, A), plain.filterbank(mu, sigma2, A), mu, sigma2


def back_of_bank(about, dF, mu, sigma2):
    """The same from its parts."""
    M, N, A = dF.shape
    return Case(about, (dF, plain.filterbank(mu, sigma2, A), mu, sigma2), {"M": M, "N": N, "A": A})


BANK_BACK = Exercise(
    "8.6",
    filterbank_backward,
    cases=(
        *bank_back_case.each((2, 3, 5), (3, 2, 4), (1, 1, 6)),
        back_of_bank(
            "for narrow filters between pixels",
            np.linspace(-2, 3, 12).reshape(1, 2, 6),
            np.array([[3.49, 2.3]]),
            np.array([0.02]),
        ),
        back_of_bank(
            "for filters beyond the edges, one of them wide",
            np.linspace(-3, 2, 20).reshape(2, 2, 5),
            np.array([[-1.5, 7.0], [-8.0, 26.0]]),
            np.array([1.5, 30.0]),
        ),
    ),
    solution=(by_hand.filterbank_forward, by_hand.filterbank_backward),
)

# ---------------------------------------------------------------- 8.7


def filter_centres_backward(dmu):
    """The right answer, by the package."""
    N = dmu.shape[1]
    offset = np.arange(1, N + 1, dtype=dmu.dtype) - N / 2 - 0.5
    return by_hand.filter_centres_backward(dmu, offset)


@sized("for {M:image} and {N:filter}")
def centres_back_case(M, N):
    """dmu."""
    return (normal(M, N),)


CENTRES_BACK = Exercise(
    "8.7",
    filter_centres_backward,
    cases=centres_back_case.each((2, 5), (4, 3), (1, 1), (2, 2)),
    solution=(by_hand.filter_centres_forward, by_hand.filter_centres_backward),
)

# ---------------------------------------------------------------- 8.8


def attention_backward(dg_X, dg_Y, ddelta, dsigma2, dgamma, raw, A, B, N):
    """The right answer, by the package."""
    _, cache = by_hand.attention_forward(raw, A, B, N)
    datt = plain.Attention(g_X=dg_X, g_Y=dg_Y, delta=ddelta, sigma2=dsigma2, gamma=dgamma)
    return by_hand.attention_backward(datt, cache)


def head_back_case(M, A, B, N):
    """Arguments of ``attention_backward``."""
    case = head_case(M, A, B, N)
    return case.with_first(*(normal(M) for _ in range(5)))


HEAD_BACK = Exercise(
    "8.8",
    attention_backward,
    cases=(
        head_back_case(2, 7, 4, 3),
        head_back_case(3, 4, 6, 2),
        head_back_case(2, 5, 5, 1),
        head_back_case(2, 7, 4, 3).but("logarithms up to 8", 5, FAR_HEADS),
        head_back_case(2, 9, 6, 4).but("places up to 40 and logarithms up to 21", 5, FARTHER_HEADS),
    ),
    solution=(by_hand.attention_forward, by_hand.attention_backward),
)

# ---------------------------------------------------------------- 8.9, 8.10


def centres_by_linspace(g, delta, N):
    """Right centres, written otherwise."""
    return g[:, None] + delta[:, None] * np.linspace(-(N - 1) / 2, (N - 1) / 2, N)


GRID = Exercise(
    "8.9", plain.filter_centres, cases=CENTRES_CASES, suspect=Suspect(centres_by_linspace)
)


def bank_by_softmax(mu, sigma2, A):
    """A right filterbank, written otherwise."""
    a = np.arange(1, A + 1, dtype=mu.dtype)
    e = -((a - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None])
    e = np.exp(e - e.max(axis=2, keepdims=True))
    return e / e.sum(axis=2, keepdims=True)


WIDTH = Exercise("8.10", plain.filterbank, cases=BANK_CASES, suspect=Suspect(bank_by_softmax))

# ---------------------------------------------------------------- 8.0


def cropped(line, mu):
    """The right answer."""
    return line[np.rint(mu).astype(int) - 1]


CROPPED = Exercise(
    "8.0",
    cropped,
    cases=tuple(
        Case(f"for {about}, {A} pixels", (normal(A), np.array(mu)), {"N": len(mu), "A": A})
        for about, A, mu in [
            ("places in the middle", 7, [2.3, 4.8, 3.0, 5.6]),
            ("one place", 5, [3.4]),
            ("places at both ends", 6, [0.6, 1.4, 6.45]),
            ("the same place twice", 4, [2.2, 2.2, 3.9]),
        ]
    ),
)
