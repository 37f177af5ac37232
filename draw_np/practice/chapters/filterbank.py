"""Exercises of chapter 8: the grid, the filterbank, and the way back to the head."""

import numpy as np

from draw_np import attention as plain
from draw_np.manual import attention as by_hand
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect

rng = np.random.default_rng(8)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


def positive(*shape):
    """Numbers of order 1 above 0."""
    return np.exp(0.5 * normal(*shape))


# ---------------------------------------------------------------- 8.1


def centres_case(M, N):
    """Arguments of ``filter_centres``."""
    return Case(
        f"for {M} image{'s' * (M > 1)} and {N} filter{'s' * (N > 1)}",
        (5 + normal(M), positive(M), N),
        {"M": M, "N": N},
    )


def around_g(centres):
    """The mean of the centres is g."""
    mu = centres(np.array([3.0]), np.array([1.0]), 4)
    if mu.shape == (1, 4) and not np.isclose(mu.mean(), 3):
        return f"the middle of the grid is g; for g = 3, delta = 1, N = 4 it is {mu.mean():.4g}"
    return None


def evenly_spaced(centres):
    """Neighbours are delta apart."""
    steps = np.diff(centres(np.array([3.0]), np.array([2.0]), 4))
    if not np.allclose(steps, 2):
        return f"neighbouring filters are delta apart; for delta = 2 they are {steps[0]} apart"
    return None


CENTRES_CASES = (
    centres_case(2, 3),
    centres_case(4, 2),
    centres_case(1, 1),
    centres_case(2, 5),
    Case(
        "for 3 images and 4 filters, on both sides of the image's edge",
        (np.array([-2.5, 0.25, 40.0]), np.array([0.5, 3.0, 2.0]), 4),
        {"M": 3, "N": 4},
    ),
)

CENTRES = Exercise(
    "8.1",
    "filter_centres",
    plain.filter_centres,
    gives=("mu",),
    cases=CENTRES_CASES,
    properties=(around_g, evenly_spaced),
    solution=(plain.filter_centres,),
)

# ---------------------------------------------------------------- 8.2


#: heads for two images whose logarithms are far from 0
FAR_HEADS = np.array([[0.2, -0.5, 8.0, -8.0, 6.0], [-0.1, 0.4, -8.0, 4.0, -7.0]])


def head_case(M, A, B, N):
    """Arguments of ``attention``."""
    return Case(
        f"for {M} image{'s' * (M > 1)} of width {A} and height {B}, N = {N}",
        (0.7 * normal(M, 5), A, B, N),
        {"M": M, "A": A, "B": B, "N": N},
    )


def five(raw, A, B, N):
    """The right answer as a tuple."""
    return tuple(plain.attention(raw, A, B, N))


def in_the_middle(attention):
    """Rest."""
    g_X, g_Y, delta, *_ = attention(np.zeros((1, 5)), 9, 5, 3)
    if not (np.isclose(g_X[0], 5) and np.isclose(g_Y[0], 3)):
        return (
            "where the head gives 0, the grid is in the middle of the image: (5, 3) for 9 by 5 "
            f"pixels; here it is ({g_X[0]:.4g}, {g_Y[0]:.4g})"
        )
    if not np.isclose(delta[0], 4):
        return (
            "where the head gives 0, the N filters span the longer side: N = 3 on 9 pixels have "
            f"the stride 4; here it is {delta[0]:.4g}"
        )
    return None


HEAD = Exercise(
    "8.2",
    "attention",
    five,
    gives=("g_X", "g_Y", "delta", "sigma2", "gamma"),
    cases=(
        head_case(2, 7, 4, 3),
        head_case(3, 4, 6, 2),
        head_case(2, 5, 5, 1),
        head_case(2, 7, 4, 3).but("logarithms up to 8", 0, FAR_HEADS),
    ),
    properties=(in_the_middle,),
    solution=(plain.default_stride, plain.attention),
)

# ---------------------------------------------------------------- 8.3


def row(mu, sigma2, A):
    """The right answer: one row of the package's filterbank."""
    return plain.filterbank(np.reshape(mu, (1, 1)), np.reshape(sigma2, 1), A)[0, 0]


def row_case(about, mu, sigma2, A):
    """Arguments of ``filter_row``."""
    return Case(about, (np.float64(mu), np.float64(sigma2), A), {"A": A})


def row_sums_to_one(filter_row):
    """The weights of a row, inside and where Z is as small as 1e-26."""
    inside = np.sum(filter_row(np.float64(1.5), np.float64(2.0), 6))
    outside = np.sum(filter_row(np.float64(-59.0), np.float64(30.0), 6))
    if not np.isclose(inside, 1, atol=0.01):
        return f"a row sums to 1; for mu = 1.5, sigma^2 = 2, A = 6 it sums to {inside:.4g}"
    if max(1 - inside, 1 - outside) > 1e-12:
        return (
            f"a row sums to 1; for mu = 1.5, sigma^2 = 2, A = 6 it lacks {1 - inside:.2g}, and for "
            f"mu = -59, sigma^2 = 30, where Z is 1e-26, {1 - outside:.2g}: something is added to Z"
        )
    return None


def row_is_symmetric(filter_row):
    """mu and A + 1 - mu mirror each other."""
    left = filter_row(np.float64(2.2), np.float64(1.5), 7)
    right = filter_row(np.float64(5.8), np.float64(1.5), 7)
    if not np.allclose(left, right[::-1]):
        return (
            "symmetry: a filter at mu and one at A + 1 - mu are mirror images; "
            "for mu = 2.2, A = 7 they are not"
        )
    return None


ROW = Exercise(
    "8.3",
    "filter_row",
    row,
    gives=("F",),
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


def bank_case(about, M, N, A, mu=None, sigma2=None, floats=("float64", "float32")):
    """Arguments of ``filterbank``."""
    mu = 1 + (A - 1) * rng.random((M, N)) if mu is None else np.array(mu)
    sigma2 = 1 + 2 * rng.random(M) if sigma2 is None else np.array(sigma2)
    return Case(about, (mu, sigma2, A), {"M": M, "N": N, "A": A}, floats)


BANK_CASES = (
    bank_case("for 2 images and 3 filters on 5 pixels", 2, 3, 5),
    bank_case("for 3 images and 4 filters on 4 pixels", 3, 4, 4),
    bank_case("for one filter on 6 pixels", 1, 1, 6),
    bank_case("for filters near and beyond the edge", 2, 2, 5, [[-1.3, 0.7], [5.6, 8.2]]),
    bank_case("for filters far outside the image", 2, 2, 5, [[-300.2, 2.2], [4.1, 200.3]]),
    bank_case("for filters all far outside the image", 1, 2, 5, [[-300.2, -70.1]]),
    bank_case("for very narrow filters between pixels", 1, 3, 5, [[2.4, 3.45, 4.6]], [0.0001]),
    bank_case("for wide filters outside the image", 1, 2, 6, [[-40.0, 66.0]], [30.0]),
    bank_case(
        "for wide filters very far outside", 1, 2, 5, [[-3000.0, 3004.0]], [5000.0], ("float64",)
    ),  # exponents of -900, which float32 has to 0.0001
    bank_case(
        "for a very narrow filter a hair off the middle of two pixels",
        1,
        1,
        5,
        [[2.5003]],
        [0.0001],
        ("float64",),
    ),
)


def rows_sum_to_one(bank):
    """Every row."""
    sums = bank(np.array([[0.5, 3.0]]), np.array([2.0]), 5).sum(axis=2)[0]
    if not np.allclose(sums, 1, atol=0.01):
        return f"every row sums to 1; for mu = 0.5 and 3, sigma^2 = 2, A = 5: {sums}"
    if np.max(1 - sums) > 1e-12:
        return (
            "every row sums to 1; for mu = 0.5 and 3, sigma^2 = 2, A = 5 they lack "
            f"{1 - sums[0]:.2g} and {1 - sums[1]:.2g}: something is added to Z. With the row's "
            "largest exponent taken away Z is at least 1, and nothing need be added"
        )
    return None


def rows_outside_are_not_0(bank):
    """An epsilon too small to be seen inside, or a NaN that was made 0."""
    if not np.any(bank(np.array([[-300.0]]), np.array([1.0]), 5)):
        return (
            "far outside a row is 0 everywhere, for mu = -300 and sigma^2 = 1: 0 / (0 + epsilon), "
            "or a NaN that was made 0. Take each row's own largest exponent away from it"
        )
    return None


def wide_filters_stay_wide(bank):
    """However far outside."""
    row = bank(np.array([[-3000.0]]), np.array([5000.0]), 5)[0, 0]
    right = plain.filterbank(np.array([[-3000.0]]), np.array([5000.0]), 5)[0, 0]
    if not np.allclose(row, right, atol=1e-3):
        said = [" ".join(f"{v:.3f}" for v in weights) for weights in (right, row)]
        return (
            "a wide filter shares its weight out, however far outside it is; for mu = -3000 and "
            f"sigma^2 = 5000 F is {said[0]}, and here {said[1]}"
        )
    return None


def an_image_mirrored(bank):
    """F(mu)[a] = F(A + 1 - mu)[A + 1 - a]."""
    mu, sigma2 = np.array([[1.2, 3.9]]), np.array([1.5])
    if not np.allclose(bank(mu, sigma2, 6), bank(7 - mu, sigma2, 6)[..., ::-1]):
        return "symmetry: filters at mu and at A + 1 - mu are mirror images of each other"
    return None


BANK = Exercise(
    "8.4",
    "filterbank",
    plain.filterbank,
    gives=("F",),
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


def rows_case(M, N, A):
    """dF and a filterbank."""
    F = plain.filterbank(1 + (A - 1) * rng.random((M, N)), 1 + 2 * rng.random(M), A)
    return Case(
        f"for {M} image{'s' * (M > 1)}, {N} filter{'s' * (N > 1)} and {A} pixels",
        (normal(M, N, A), F),
        {"M": M, "N": N, "A": A},
    )


def no_net_push(backward):
    """Adding a number to all exponents of a row changes nothing."""
    F = np.array([[[0.2, 0.3, 0.5]]])
    total = backward(np.array([[[1.0, 2.0, 4.0]]]), F).sum()
    if not np.isclose(total, 0):
        return (
            "adding one number to all exponents of a row changes nothing, so de sums to 0 over "
            f"a row; for F = 0.2, 0.3, 0.5 and dF = 1, 2, 4 it sums to {total:.4g}"
        )
    return None


NORMALISE_BACK = Exercise(
    "8.5",
    "normalise_backward",
    normalise_backward,
    gives=("de",),
    gradient=True,
    cases=(rows_case(2, 3, 5), rows_case(3, 4, 4), rows_case(1, 1, 3)),
    properties=(no_net_push,),
    solution=(normalise_backward,),
)

# ---------------------------------------------------------------- 8.6


def filterbank_backward(dF, F, mu, sigma2):
    """The right answer, with e as it is printed."""
    a = np.arange(1, F.shape[2] + 1, dtype=mu.dtype)
    distance, v = a - mu[:, :, None], sigma2[:, None, None]
    de = normalise_backward(dF, F)
    return (de * distance / v).sum(axis=2), (de * distance**2 / (2 * v * v)).sum(axis=(1, 2))


def bank_back_case(M, N, A):
    """Arguments of ``filterbank_backward``."""
    mu, sigma2 = 1 + (A - 1) * rng.random((M, N)), 0.7 + rng.random(M)
    return back_of_bank(
        f"for {M} image{'s' * (M > 1)}, {N} filter{'s' * (N > 1)} and {A} pixels",
        3 * normal(M, N, A),
        mu,
        sigma2,
    )


def back_of_bank(about, dF, mu, sigma2):
    """The same from its parts."""
    M, N, A = dF.shape
    return Case(about, (dF, plain.filterbank(mu, sigma2, A), mu, sigma2), {"M": M, "N": N, "A": A})


BANK_BACK = Exercise(
    "8.6",
    "filterbank_backward",
    filterbank_backward,
    gives=("dmu", "dsigma2"),
    gradient=True,
    cases=(
        bank_back_case(2, 3, 5),
        bank_back_case(3, 2, 4),
        bank_back_case(1, 1, 6),
        back_of_bank(
            "for narrow filters between pixels",
            np.linspace(-2, 3, 12).reshape(1, 2, 6),
            np.array([[3.49, 2.3]]),
            np.array([0.02]),
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


CENTRES_BACK = Exercise(
    "8.7",
    "filter_centres_backward",
    filter_centres_backward,
    gives=("dg", "ddelta"),
    gradient=True,
    cases=tuple(
        Case(
            f"for {M} image{'s' * (M > 1)} and {N} filter{'s' * (N > 1)}",
            (normal(M, N),),
            {"M": M, "N": N},
        )
        for M, N in [(2, 5), (4, 3), (1, 1), (2, 2)]
    ),
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
    return Case(case.about, (*(normal(M) for _ in range(5)), *case.arguments), case.sizes)


HEAD_BACK = Exercise(
    "8.8",
    "attention_backward",
    attention_backward,
    gives=("draw",),
    gradient=True,
    parts={"draw": ("g~_X", "g~_Y", "log sigma^2", "log delta~", "log gamma")},
    cases=(
        head_back_case(2, 7, 4, 3),
        head_back_case(3, 4, 6, 2),
        head_back_case(2, 5, 5, 1),
        head_back_case(2, 7, 4, 3).but("logarithms up to 8", 5, FAR_HEADS),
    ),
    solution=(by_hand.attention_forward, by_hand.attention_backward),
)

# ---------------------------------------------------------------- 8.9, 8.10


def centres_by_linspace(g, delta, N):
    """Right centres, written otherwise."""
    return g[:, None] + delta[:, None] * np.linspace(-(N - 1) / 2, (N - 1) / 2, N)


GRID = Exercise(
    "8.9",
    "grid_is_sound",
    plain.filter_centres,
    gives=("mu",),
    cases=CENTRES_CASES,
    suspect=Suspect(
        "suspect_centres",
        "zero-based-grid",
        (plain.filter_centres, centres_by_linspace),
        advice="the middle is g for every N, odd or even; a place counts from 1 and "
        "need not be a whole number",
    ),
    solution=(solutions.grid_is_sound, plain.filter_centres),
)


def bank_by_softmax(mu, sigma2, A):
    """A right filterbank, written otherwise."""
    a = np.arange(1, A + 1, dtype=mu.dtype)
    e = -((a - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None])
    e = np.exp(e - e.max(axis=2, keepdims=True))
    return e / e.sum(axis=2, keepdims=True)


WIDTH = Exercise(
    "8.10",
    "width_is_sound",
    plain.filterbank,
    gives=("F",),
    cases=BANK_CASES,
    suspect=Suspect(
        "suspect_bank",
        "variance-as-deviation",
        (plain.filterbank, bank_by_softmax),
        advice="does it also hold for a filter near an edge, or narrower than a "
        "pixel? Stay well inside, with sigma >= 1, and compare the variance",
    ),
    solution=(solutions.width_is_sound, plain.filterbank),
)

EXERCISES = (
    CENTRES,
    HEAD,
    ROW,
    BANK,
    NORMALISE_BACK,
    BANK_BACK,
    CENTRES_BACK,
    HEAD_BACK,
    GRID,
    WIDTH,
)
