"""Exercises of chapter 8: the grid, the filterbank, and the way back to the head."""

import numpy as np

from draw_np import attention as plain
from draw_np.manual import attention as by_hand
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect, catalogued

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
    return Case(f"for {M} image{'s' * (M > 1)} and {N} filter{'s' * (N > 1)}",
                (5 + normal(M), positive(M), N), {"M": M, "N": N})  # fmt: skip


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


CENTRES_MISTAKES = (
    catalogued("zero-based-grid"),
    Known("half-forgotten", "The offset is i - N/2 - 0.5; without the half the grid is half a "
          "stride too far to the right.",
          lambda g, d, N: plain.filter_centres(g, d, N) + 0.5 * d[:, None]),
    Known("half-with-the-wrong-sign", "+ 0.5 stands where - 0.5 does: counted from 1, the grid "
          "is a stride too far to the right.",
          lambda g, d, N: plain.filter_centres(g, d, N) + d[:, None]),
    Known("whole-division", "N // 2 stands where N / 2 does: right for even N only.",
          lambda g, d, N: plain.filter_centres(g, d, N) + d[:, None] * (N / 2 - N // 2)),
    Known("not-centred", "The grid begins at g; g is its middle.",
          lambda g, d, N: g[:, None] + d[:, None] * np.arange(N)),
    Known("images-counted-for-filters", "Half of the number of images, len(g), stands where N/2 "
          "should: N is the number of filters.",
          lambda g, d, N: plain.filter_centres(g, d, N) + d[:, None] * (N - len(g)) / 2),
    Known("stride-left-out", "delta multiplies the offsets.",
          lambda g, d, N: plain.filter_centres(g, 0 * d + 1, N)),
    Known("stride-divided", "The offsets are divided by delta, where they are multiplied.",
          lambda g, d, N: plain.filter_centres(g, 1 / d, N)),
)  # fmt: skip
CENTRES_CASES = (centres_case(2, 3), centres_case(4, 2), centres_case(1, 1), centres_case(2, 5))

CENTRES = Exercise(
    "8.1",
    "filter_centres",
    plain.filter_centres,
    gives=("mu",),
    cases=CENTRES_CASES,
    known=CENTRES_MISTAKES,
    properties=(around_g, evenly_spaced),
    hints=("Filters count from 1: i = 1, ..., N is np.arange(1, N + 1). Its dtype follows g.",
           "g and delta have one number an image, i one a filter: g[:, None] gives (M, 1), and "
           "NumPy spreads it over the filters.",
           "g[:, None] + delta[:, None] * (i - N / 2 - 0.5)"),
    solution=(plain.filter_centres,),
)  # fmt: skip

# ---------------------------------------------------------------- 8.2


#: heads for two images whose logarithms are far from 0
FAR_HEADS = np.array([[0.2, -0.5, 8.0, -8.0, 6.0], [-0.1, 0.4, -8.0, 4.0, -7.0]])


def head_case(M, A, B, N):
    """Arguments of ``attention``."""
    return Case(f"for {M} image{'s' * (M > 1)} of width {A} and height {B}, N = {N}",
                (0.7 * normal(M, 5), A, B, N), {"M": M, "A": A, "B": B, "N": N})  # fmt: skip


def five(raw, A, B, N):
    """The right answer as a tuple."""
    return tuple(plain.attention(raw, A, B, N))


def of_the_catalogue(name):
    """A mistake of ``attention`` or of ``default_stride`` with a tuple as result."""

    def adapt(replacement):
        if replacement.__name__.startswith("stride_") and replacement.__code__.co_argcount == 3:

            def wrong(raw, A, B, N):
                right = plain.attention(raw, A, B, N)
                return tuple(right._replace(delta=replacement(A, B, N) * np.exp(raw[:, 3])))

            return wrong
        return lambda *arguments: tuple(replacement(*arguments))

    return catalogued(name, adapt)


def columns_as_returned(raw, A, B, N):
    """Columns 3 and 4 exchanged."""
    return five(raw[:, [0, 1, 3, 2, 4]], A, B, N)


def with_field(**change):
    """``attention`` with one field computed otherwise."""

    def wrong(raw, A, B, N):
        ((name, f),) = change.items()
        return tuple(plain.attention(raw, A, B, N)._replace(**{name: f(raw, A, B, N)}))

    return wrong


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
    cases=(head_case(2, 7, 4, 3), head_case(3, 4, 6, 2), head_case(2, 5, 5, 1),
           head_case(2, 7, 4, 3).but("logarithms up to 8", 0, FAR_HEADS)),
    known=(
        of_the_catalogue("centre-at-half-the-width"),
        of_the_catalogue("stride-divided"),
        of_the_catalogue("stride-by-precedence"),
        of_the_catalogue("stride-over-n-filters"),
        of_the_catalogue("stride-of-a-single-filter"),
        Known("columns-in-the-order-of-the-results", "Column 3 of raw is log sigma^2 and column 4 "
              "is log delta~; the results have them the other way round.", columns_as_returned),
        Known("width-and-height-swapped", "A is the width, along x, and B the height, along y.",
              lambda raw, A, B, N: five(raw, B, A, N)),
        Known("deviation-for-variance", "The head gives log sigma^2: exp of it is the variance "
              "already.", with_field(sigma2=lambda raw, A, B, N: np.exp(2 * raw[:, 2]))),
        Known("root-of-the-variance", "The head gives log sigma^2, and sigma2 is asked for.",
              with_field(sigma2=lambda raw, A, B, N: np.exp(0.5 * raw[:, 2]))),
        Known("stride-by-the-shorter-side", "Eq. 24 takes the longer side, max(A, B).",
              with_field(delta=lambda raw, A, B, N: (min(A, B) - 1) / max(N - 1, 1)
                         * np.exp(raw[:, 3]))),
        Known("stride-by-the-width", "Eq. 24 takes the longer side, max(A, B), not the width.",
              with_field(delta=lambda raw, A, B, N: (A - 1) / max(N - 1, 1) * np.exp(raw[:, 3]))),
        Known("stride-without-exp", "The fourth column is log delta~: take its exponential.",
              with_field(delta=lambda raw, A, B, N: plain.default_stride(A, B, N) * raw[:, 3])),
    ),
    properties=(in_the_middle,),
    hints=("raw.T has five rows, one for each number: five names on the left of one =.",
           "Three of the five are logarithms; their exponentials are positive whatever the head "
           "gives. Mind the order: variance before stride in raw, after it in the result.",
           "For N = 1, max(N - 1, 1) divides by 1."),
    solution=(plain.default_stride, plain.attention),
)  # fmt: skip

# ---------------------------------------------------------------- 8.3


def row(mu, sigma2, A):
    """The right answer: one row of the package's filterbank."""
    return plain.filterbank(np.reshape(mu, (1, 1)), np.reshape(sigma2, 1), A)[0, 0]


def row_case(about, mu, sigma2, A):
    """Arguments of ``filter_row``."""
    return Case(about, (np.float64(mu), np.float64(sigma2), A), {"A": A})


def row_of(name):
    """A mistake of ``filterbank`` on one row."""
    return catalogued(
        name,
        lambda wrong: (
            lambda mu, sigma2, A: wrong(np.reshape(mu, (1, 1)), np.reshape(sigma2, 1), A)[0, 0]
        ),
    )


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


WRONG_SPREADS = (  # what stands in the place of sigma^2
    ("root-of-the-variance", "The exponent is divided by 2 sigma, by a root of sigma2. sigma2 is "
     "the square already.", np.sqrt),
    ("multiplied-by-the-variance", "It is multiplied by sigma^2: x / 2 * sigma2 is (x / 2) * "
     "sigma2. Write x / (2 * sigma2).", lambda v: 1 / v),
)  # fmt: skip
ROW_MISTAKES = tuple(
    Known(name, says, lambda mu, v, A, spread=spread: naive_row(mu, spread(v), A))
    for name, says, spread in WRONG_SPREADS
)

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
    known=(
        row_of("pixels-from-zero"),
        row_of("exponent-without-2"),
        row_of("whole-fraction-squared"),
        row_of("variance-as-deviation"),
        row_of("rows-not-normalised"),
        row_of("rows-normalised-on-paper"),
        row_of("epsilon-added-to-the-sum"),
        Known("normalised-by-the-largest", "It is divided by its largest entry; it should be by "
              "the sum.", lambda mu, v, A: row(mu, v, A) / row(mu, v, A).max()),
        Known("normalised-by-length", "It has length 1 as a vector; its sum should be 1.",
              lambda mu, v, A: row(mu, v, A) / np.sqrt(np.sum(row(mu, v, A) ** 2))),
        *ROW_MISTAKES,
        Known("minus-forgotten", "The exponent is negative: exp(-(a - mu)^2 / (2 sigma^2)).",
              lambda mu, v, A: row(mu, -v, A)),
        Known("not-squared", "(a - mu) is not squared: exp(-|a - mu| / (2 sigma^2)).",
              lambda mu, v, A: two_sided(mu, v, A)),
    ),
    properties=(row_sums_to_one, row_is_symmetric),
    hints=("The pixels are a = 1, ..., A: np.arange(1, A + 1, dtype=mu.dtype).",
           "The numerators are np.exp(-((a - mu) ** 2) / (2 * sigma2)).",
           "Z is their sum: divide by it."),
    solution=(plain.filterbank,),
)  # fmt: skip


def naive_row(mu, sigma2, A):
    """Eq. 25 as printed, for one row."""
    e = np.exp(-((np.arange(1, A + 1) - mu) ** 2) / (2 * sigma2))
    return e / e.sum()


def two_sided(mu, sigma2, A):
    """A Laplace distribution's row."""
    e = np.exp(-np.abs(np.arange(1, A + 1) - mu) / (2 * sigma2))
    return e / e.sum()


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
    bank_case("for wide filters very far outside", 1, 2, 5, [[-3000.0, 3004.0]], [5000.0],
              ("float64",)),  # exponents of -900, which float32 has to 0.0001
    bank_case("for a very narrow filter a hair off the middle of two pixels", 1, 1, 5, [[2.5003]],
              [0.0001], ("float64",)),
)  # fmt: skip


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


def measured_from(mu, sigma2, A, origin):
    """A filterbank with ``origin`` of the exponents taken away from them."""
    e = -((np.arange(1, A + 1) - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None])
    bell = np.exp(e - origin(e))
    return bell / bell.sum(axis=2, keepdims=True)


def from_round_mu(mu, sigma2, A):
    """The exponent at the whole number nearest to mu taken away, pixel or not."""
    nearest = -((np.round(mu) - mu) ** 2) / (2 * sigma2[:, None])
    return measured_from(mu, sigma2, A, lambda e: nearest[:, :, None])


def naive(mu, sigma2, A):
    """Eq. 25 as printed."""
    return measured_from(mu, sigma2, A, lambda e: 0)


def one_pixel(mu, A):
    """Rows with all weight on the pixel nearest to mu."""
    return 1.0 * (np.arange(1, A + 1) == plain.nearest_pixel(mu, A)[:, :, None])


OF_THE_CATALOGUE = (
    "pixels-from-zero",
    "exponent-without-2",
    "whole-fraction-squared",
    "variance-as-deviation",
    "rows-not-normalised",
    "rows-normalised-on-paper",
    "one-sum-for-all-rows",
    "normalised-over-filters",
    "epsilon-added-to-the-sum",
    "sum-kept-above-epsilon",
    "nothing-against-0-over-0",
)
BANK_MISTAKES = (
    *map(catalogued, OF_THE_CATALOGUE),
    *(Known(name, says, lambda mu, v, A, spread=spread: plain.filterbank(mu, spread(v), A))
      for name, says, spread in WRONG_SPREADS),
    Known("one-maximum-for-all", "One maximum is taken away from all exponents, and not each row's "
          "own: rows far below it are 0/0.",
          lambda mu, v, A: measured_from(mu, v, A, np.max)),
    Known("dead-outside", "Rows far outside are set to 0 instead of NaN: such a filter reads "
          "nothing, gets no gradient and never comes back.",
          lambda mu, v, A: np.nan_to_num(naive(mu, v, A))),
    Known("centres-clipped", "The centres are clipped to the image: then no gradient tells a "
          "filter outside to come back, and just outside the edge the row is wrong.",
          lambda mu, v, A: plain.filterbank(np.clip(mu, 1, A), v, A)),
    Known("centres-clipped-to-a-band", "The centres are clipped, to at most 100 pixels outside. A "
          "filter that is wide enough notices, and no gradient calls one beyond back.",
          lambda mu, v, A: plain.filterbank(np.clip(mu, -100, A + 100), v, A)),
    Known("one-pixel-outside", "Where Z is 0, all weight goes to the nearest pixel. That is right "
          "for narrow filters only, and gives no gradient: nothing calls such a filter back.",
          lambda mu, v, A: np.where(np.isnan(naive(mu, v, A)), one_pixel(mu, A),
                                    naive(mu, v, A))),
    Known("maximum-over-the-filters", "What is taken away is the largest over the filters, axis 1, "
          "another number for every pixel: take each row's, over its pixels, axis 2.",
          lambda mu, v, A: measured_from(mu, v, A, lambda e: e.max(axis=1, keepdims=True))),
    Known("smallest-taken-away", "The smallest exponent of each row is taken away: then exp "
          "overflows. Take the largest away.",
          lambda mu, v, A: measured_from(mu, v, A, lambda e: e.min(axis=2, keepdims=True))),
    Known("smallest-of-all-taken-away", "The smallest exponent of all rows is taken away: then exp "
          "overflows. Take each row's largest away.",
          lambda mu, v, A: measured_from(mu, v, A, np.min)),
    Known("nearest-pixel-not-clipped", "What is taken away is the exponent at round(mu). Outside "
          "the image that is no pixel: clip it, the nearest pixel lies in 1..A.", from_round_mu),
    Known("spread-of-the-first-image", "All images have the first one's sigma^2.",
          lambda mu, v, A: plain.filterbank(mu, 0 * v + v[0], A)),
)  # fmt: skip


BANK = Exercise(
    "8.4",
    "filterbank",
    plain.filterbank,
    gives=("F",),
    cases=BANK_CASES,
    known=BANK_MISTAKES,
    properties=(rows_sum_to_one, an_image_mirrored, rows_outside_are_not_0, wide_filters_stay_wide),
    hints=("mu[:, :, None] is (M, N, 1) and the pixels are (A,): their difference is (M, N, A). "
           "sigma2 needs two new axes.",
           "Compute the exponents e first, and then e - e.max(axis=2, keepdims=True), before "
           "np.exp. Numerators and Z shrink by the same factor.",
           "Divide by the sum over pixels of each row: sum(axis=2, keepdims=True). The largest "
           "numerator is 1, so that Z is at least 1."),
    solution=(plain.filterbank, plain.nearest_pixel),
)  # fmt: skip

# ---------------------------------------------------------------- 8.5


def normalise_backward(dF, F):
    """The right answer: a line of the package's ``filterbank_backward``."""
    return F * (dF - np.sum(F * dF, axis=2, keepdims=True))


def rows_case(M, N, A):
    """dF and a filterbank."""
    F = plain.filterbank(1 + (A - 1) * rng.random((M, N)), 1 + 2 * rng.random(M), A)
    return Case(f"for {M} image{'s' * (M > 1)}, {N} filter{'s' * (N > 1)} and {A} pixels",
                (normal(M, N, A), F), {"M": M, "N": N, "A": A})  # fmt: skip


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


SOFTMAX_MISTAKES = {
    "own-entry-only": ("Only dF_a/de_a is used; e_a also changes all other entries of its row.",
                       lambda dF, F: F * (1 - F) * dF),
    "normalisation-ignored": ("Z depends on all exponents as well: this is the derivative as if "
                              "Z were a constant.", lambda dF, F: F * dF),
    "mean-not-weighted": ("What is taken away is the plain sum of dF; it is the sum of F dF.",
                          lambda dF, F: F * (dF - dF.sum(axis=2, keepdims=True))),
    "mean-for-sum": ("What is taken away is the mean of F dF over the pixels; it is the sum.",
                     lambda dF, F: F * (dF - (F * dF).mean(axis=2, keepdims=True))),
    "summed-over-filters": ("The sum runs over the filters; a row's own pixels are meant.",
                            lambda dF, F: F * (dF - (F * dF).sum(axis=1, keepdims=True))),
    "summed-over-everything": ("The sum runs over all images, filters and pixels; a row has its "
                               "own: axis=2 with keepdims=True.",
                               lambda dF, F: F * (dF - np.sum(F * dF))),
    "sum-not-weighted-by-the-row": ("The sum that is taken away must be multiplied by F_a too.",
                                    lambda dF, F: F * dF - (F * dF).sum(axis=2, keepdims=True)),
    "sum-added": ("The sum of F dF is added where it is taken away.",
                  lambda dF, F: F * (dF + (F * dF).sum(axis=2, keepdims=True))),
}  # fmt: skip

NORMALISE_BACK = Exercise(
    "8.5",
    "normalise_backward",
    normalise_backward,
    gives=("de",),
    gradient=True,
    cases=(rows_case(2, 3, 5), rows_case(3, 4, 4), rows_case(1, 1, 3)),
    known=tuple(Known(name, *rest) for name, rest in SOFTMAX_MISTAKES.items()),
    properties=(no_net_push,),
    hints=("de_a = sum_k dF_k dF_k/de_a. Put the given derivative in and split the sum in two.",
           "The first part keeps only k = a: dF_a F_a. The second is F_a sum_k F_k dF_k.",
           "F * (dF - S), where S is the sum of F dF over a row's pixels, with keepdims=True."),
    solution=(by_hand.filterbank_backward,),
)  # fmt: skip

# ---------------------------------------------------------------- 8.6


def filterbank_backward(dF, F, mu, sigma2, softmax=normalise_backward):
    """The right answer, with e as it is printed."""
    a = np.arange(1, F.shape[2] + 1, dtype=mu.dtype)
    distance, v = a - mu[:, :, None], sigma2[:, None, None]
    de = softmax(dF, F)
    return (de * distance / v).sum(axis=2), (de * distance**2 / (2 * v * v)).sum(axis=(1, 2))


def bank_back_case(M, N, A):
    """Arguments of ``filterbank_backward``."""
    mu, sigma2 = 1 + (A - 1) * rng.random((M, N)), 0.7 + rng.random(M)
    return back_of_bank(f"for {M} image{'s' * (M > 1)}, {N} filter{'s' * (N > 1)} and {A} pixels",
                     3 * normal(M, N, A), mu, sigma2)  # fmt: skip


def back_of_bank(about, dF, mu, sigma2):
    """The same from its parts."""
    M, N, A = dF.shape
    return Case(about, (dF, plain.filterbank(mu, sigma2, A), mu, sigma2), {"M": M, "N": N, "A": A})


def bank_back(change):
    """``filterbank_backward`` with its two results changed."""

    def wrong(dF, F, mu, sigma2):
        return change(*filterbank_backward(dF, F, mu, sigma2), sigma2)

    return wrong


BANK_BACK = Exercise(
    "8.6",
    "filterbank_backward",
    filterbank_backward,
    gives=("dmu", "dsigma2"),
    gradient=True,
    cases=(bank_back_case(2, 3, 5), bank_back_case(3, 2, 4), bank_back_case(1, 1, 6),
           back_of_bank("for narrow filters between pixels",
                        np.linspace(-2, 3, 12).reshape(1, 2, 6), np.array([[3.49, 2.3]]),
                        np.array([0.02]))),
    known=(
        *(Known(name, says, lambda dF, F, mu, v, s=softmax: filterbank_backward(dF, F, mu, v, s))
          for name, (says, softmax) in SOFTMAX_MISTAKES.items()),
        Known("normalisation-skipped", "dF stands where de should: go back through the "
              "normalisation first, by 8.5.",
              lambda dF, F, mu, v: filterbank_backward(dF, F, mu, v, lambda dF, F: dF)),
        Known("derivative-to-log-sigma2", "dsigma2 is the derivative with respect to log sigma^2: "
              "a factor of sigma^2 too much.", bank_back(lambda dm, dv, v: (dm, dv * v))),
        Known("derivative-to-sigma", "dsigma2 is the derivative with respect to sigma, not to "
              "sigma^2.", bank_back(lambda dm, dv, v: (dm, dv * 2 * np.sqrt(v)))),
        Known("two-forgotten-in-sigma2", "e_a = -(a - mu)^2 / (2 sigma^2): a factor of 2 is lost "
              "in dsigma2.", bank_back(lambda dm, dv, v: (dm, 2 * dv))),
        Known("two-forgotten-in-mu", "The square's 2 cancels that of 2 sigma^2: dmu is half of "
              "what it should be.", bank_back(lambda dm, dv, v: (dm / 2, dv))),
        Known("mu-turned", "The inner derivative of (a - mu) is -1: de_a/dmu is "
              "+(a - mu) / sigma^2.", bank_back(lambda dm, dv, v: (-dm, dv))),
        Known("sigma2-turned", "e_a grows with sigma^2: de_a/dsigma^2 = -e_a / sigma^2 is "
              "positive.", bank_back(lambda dm, dv, v: (dm, -dv))),
        Known("sigma2-averaged-over-filters", "The filters' contributions to the sigma^2 that "
              "they share are added, not averaged.",
              lambda dF, F, mu, v: bank_back(lambda dm, dv, _: (dm, dv / F.shape[1]))
              (dF, F, mu, v)),
        Known("pixels-from-zero", "The pixels are counted from 0: a - mu is one too small.",
              lambda dF, F, mu, v: filterbank_backward(dF, F, mu + 1, v)),
    ),
    hints=("First de by 8.5. Then dmu_i = sum_a de_a de_a/dmu, and the same for sigma^2.",
           "de_a/dmu = (a - mu) / sigma^2 and de_a/dsigma^2 = (a - mu)^2 / (2 sigma^4).",
           "dmu sums over the pixels, axis 2; sigma^2 is shared by the filters too, so dsigma2 "
           "sums over the axes (1, 2)."),
    solution=(by_hand.filterbank_forward, by_hand.filterbank_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 8.7


def filter_centres_backward(dmu):
    """The right answer, by the package."""
    N = dmu.shape[1]
    offset = np.arange(1, N + 1, dtype=dmu.dtype) - N / 2 - 0.5
    return by_hand.filter_centres_backward(dmu, offset)


def with_offset(offset):
    """``filter_centres_backward`` with other offsets."""
    return lambda dmu: (dmu.sum(axis=1), dmu @ offset(dmu.shape[1]))


CENTRES_BACK = Exercise(
    "8.7",
    "filter_centres_backward",
    filter_centres_backward,
    gives=("dg", "ddelta"),
    gradient=True,
    cases=tuple(
        Case(f"for {M} image{'s' * (M > 1)} and {N} filter{'s' * (N > 1)}", (normal(M, N),),
             {"M": M, "N": N})
        for M, N in [(2, 5), (4, 3), (1, 1), (2, 2)]
    ),
    known=(
        Known("zero-based-grid", "The offsets count the filters from 0.",
              with_offset(lambda N: np.arange(N) - N / 2 - 0.5)),
        Known("half-forgotten", "The offset is i - N/2 - 0.5, and the half is missing.",
              with_offset(lambda N: np.arange(1, N + 1) - N / 2)),
        Known("whole-division", "N // 2 stands where N / 2 does: right for even N only.",
              with_offset(lambda N: np.arange(1, N + 1) - N // 2 - 0.5)),
        Known("images-counted-for-filters", "Half of the number of images, len(dmu), stands where "
              "N/2 should: N is dmu.shape[1].",
              lambda dmu: (dmu.sum(axis=1), dmu @ (np.arange(1, dmu.shape[1] + 1) - len(dmu) / 2
                                                   - 0.5))),
        Known("mean-for-sum", "The filters' contributions are added, not averaged.",
              lambda dmu: tuple(v / dmu.shape[1] for v in filter_centres_backward(dmu))),
        Known("centre-averaged", "dg is a mean over the filters, where every filter adds its own.",
              lambda dmu: (dmu.mean(axis=1), filter_centres_backward(dmu)[1])),
        Known("index-for-offset", "delta is multiplied by i - N/2 - 0.5, and not by i.",
              with_offset(lambda N: np.arange(1.0, N + 1))),
        Known("offsets-left-out", "Every filter moves by its own offset with delta.",
              lambda dmu: (dmu.sum(axis=1), dmu.sum(axis=1))),
        Known("offsets-turned", "The offsets are i - N/2 - 0.5: the first filter's is negative.",
              with_offset(lambda N: N / 2 + 0.5 - np.arange(1, N + 1))),
    ),
    hints=("dmu^i/dg = 1, and dmu^i/ddelta is the offset i - N/2 - 0.5. N is dmu.shape[1].",
           "dg = sum_i dmu^i and ddelta = sum_i dmu^i (i - N/2 - 0.5), for every image.",
           "dmu.sum(axis=1), and a matrix times a vector: dmu @ offset, with an offset of dmu's "
           "dtype."),
    solution=(by_hand.filter_centres_forward, by_hand.filter_centres_backward),
)  # fmt: skip

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


def slopes_of(change):
    """``attention_backward`` with every column multiplied by another factor."""

    def wrong(*arguments):
        raw, A, B, N = arguments[5:]
        factors = change(raw, A, B, N)
        return attention_backward(*arguments) * np.stack(factors, axis=1)

    return wrong


def ones_but(column, value):
    """Factors of 1, but in one column."""
    return lambda raw, A, B, N: [
        np.ones(len(raw)) if k != column else value(raw, A, B, N) * np.ones(len(raw))
        for k in range(5)
    ]


HEAD_BACK = Exercise(
    "8.8",
    "attention_backward",
    attention_backward,
    gives=("draw",),
    gradient=True,
    parts={"draw": ("g~_X", "g~_Y", "log sigma^2", "log delta~", "log gamma")},
    cases=(head_back_case(2, 7, 4, 3), head_back_case(3, 4, 6, 2), head_back_case(2, 5, 5, 1),
           head_back_case(2, 7, 4, 3).but("logarithms up to 8", 5, FAR_HEADS)),
    known=(
        Known("columns-in-the-order-of-the-results", "Column 3 of raw is log sigma^2 and column 4 "
              "is log delta~; here they stand the other way round.",
              lambda *a: attention_backward(*a)[:, [0, 1, 3, 2, 4]]),
        Known("logarithms-forgotten", "The last three columns are logarithms: v = exp(u) has the "
              "slope v.",
              lambda *a: np.stack([attention_backward(*a)[:, 0], attention_backward(*a)[:, 1],
                                   a[3], a[2], a[4]], axis=1)),
        Known("default-stride-forgotten", "delta is (max(A, B) - 1) / (N - 1) delta~; its slope "
              "is that, and not delta~.",
              slopes_of(ones_but(3, lambda r, A, B, N: 1 / plain.default_stride(A, B, N)))),
        Known("stride-without-delta", "The slope of delta to log delta~ is delta; this is "
              "(max(A, B) - 1) / (N - 1) alone.",
              slopes_of(ones_but(3, lambda r, A, B, N: np.exp(-r[:, 3])))),
        Known("slopes-of-the-centres-forgotten", "g_X moves by (A+1)/2 pixels for each unit of "
              "g~_X, and g_Y by (B+1)/2.",
              slopes_of(lambda r, A, B, N: [np.full(len(r), 2 / (A + 1)),
                                            np.full(len(r), 2 / (B + 1)),
                                            *np.ones((3, len(r)))])),
        Known("width-and-height-swapped", "A is the width, along x, and B the height, along y.",
              lambda *a: attention_backward(*a[:6], a[7], a[6], a[8])),
        Known("half-the-width", "The slope is (A+1)/2, and not A/2.",
              slopes_of(lambda r, A, B, N: [np.full(len(r), A / (A + 1)),
                                            np.full(len(r), B / (B + 1)),
                                            *np.ones((3, len(r)))])),
        Known("deviation-for-variance", "The third column is log sigma^2: the slope of sigma^2 is "
              "sigma^2, and not twice that.", slopes_of(ones_but(2, lambda r, A, B, N: 2.0))),
    ),
    hints=("g_X = (A+1)/2 (g~_X + 1) is a straight line: its slope is (A+1)/2.",
           "sigma2, delta and gamma are exponentials of a column (times a constant): their slope "
           "is their own value. You need the values of 8.2 again.",
           "np.stack([...], axis=1) with the columns in the order of raw: g~_X, g~_Y, log "
           "sigma^2, log delta~, log gamma."),
    solution=(by_hand.attention_forward, by_hand.attention_backward),
)  # fmt: skip

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
    known=CENTRES_MISTAKES,
    suspect=Suspect("suspect_centres", CENTRES_MISTAKES[0].function,
                    (plain.filter_centres, centres_by_linspace),
                    advice="the middle is g for every N, odd or even; a place counts from 1 and "
                    "need not be a whole number"),
    hints=("Try it on paper: N = 2, g = 10, delta = 4. Where should the two filters stand?",
           "They should stand at 8 and 12, around g. In general: the mean of the centres is g.",
           "np.allclose(centres(g, delta, N).mean(axis=1), g), for one N or several."),
    solution=(solutions.grid_is_sound, plain.filter_centres),
)  # fmt: skip


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
    known=BANK_MISTAKES,
    suspect=Suspect("suspect_bank", lambda mu, sigma2, A: bank_by_softmax(mu, sigma2**2, A),
                    (plain.filterbank, bank_by_softmax),
                    advice="does it also hold for a filter near an edge, or narrower than a "
                    "pixel? Stay well inside, with sigma >= 1, and compare the variance"),
    hints=("Take one filter in the middle of a long line, say mu = 50 on 100 pixels, and "
           "sigma^2 = 4, so that it is wide but does not reach the edges.",
           "Its weights F_a are a distribution over pixels. The variance of that is the sum over "
           "a of F_a (a - mu)^2.",
           "It must be sigma^2 = 4, up to a small error: np.allclose(..., 4, rtol=1e-3)."),
    solution=(solutions.width_is_sound, plain.filterbank),
)  # fmt: skip

EXERCISES = (CENTRES, HEAD, ROW, BANK, NORMALISE_BACK, BANK_BACK, CENTRES_BACK, HEAD_BACK, GRID,
             WIDTH)  # fmt: skip
