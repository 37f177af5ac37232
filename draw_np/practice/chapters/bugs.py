"""Exercises of chapter 14: properties that expose mistakes, and weights that hide them."""

import numpy as np

from draw_np import attention, latent, model
from draw_np.practice.chapters import bound, solutions
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers, sized

rng, normal = numbers(14)


# ---------------------------------------------------------------- 14.1


def nothing_at_the_prior(f):
    """Where Q is P, every sample has the ratio 1."""
    zero, eps = np.zeros((1, 2)), np.array([[[0.5, -1.0]], [[2.0, 0.3]], [[-0.7, 1.1]]])
    kl, error = (float(np.squeeze(v)) for v in f(zero, zero, eps))
    assert np.allclose([kl, error], 0), (
        "where Q is the prior each sample gives log Q - log P = 0, so that KL and error are 0; "
        f"here they are {kl:.4g} and {error:.4g}"
    )


@sized("for {K:sample}, {M:image} and {Z:component}")
def measured_case(K, M, Z):
    """Arguments of a measured cost."""
    return normal(M, Z), 0.5 * normal(M, Z), normal(K, M, Z)


MEASURED = Exercise(
    "14.1",
    solutions.measured_kl,
    cases=(
        *measured_case.each((5, 2, 3), (2, 3, 1), (40, 1, 4)),
        Case("where Q is the prior", (np.zeros((2, 3)), np.zeros((2, 3)), normal(4, 2, 3))),
        measured_case(5, 2, 3).but(
            "log sigma from -4 to 3", 1, np.array([[-4.0, 0.5, 3.0], [0.2, -3.0, 2.5]])
        ),
        Case(
            "for 100 components with mu of about 4",
            (4 + 0.5 * normal(2, 100), 0.2 * normal(2, 100), normal(3, 2, 100)),
            {"K": 3, "M": 2, "Z": 100},
        ),
        Case(
            "for log sigma from -11 to 11",
            (normal(2, 2), np.array([[-11.0, 11.0], [6.0, -6.0]]), normal(4, 2, 2)),
            {"K": 4, "M": 2, "Z": 2},
            ("float64",),  # in float32 mu + sigma eps keeps little of an eps times exp(-11)
        ),
    ),
    properties=(nothing_at_the_prior,),
    solution=(solutions.measured_kl, latent.log_posterior, latent.log_prior),
)

# ---------------------------------------------------------------- 14.2


def costs(nll, kl):
    """Both as arrays of floats; a property may give lists, or whole numbers.

    Raises
    ------
    ValueError
        If they are not of as many images.
    """
    nll, kl = np.asarray(nll), np.asarray(kl)
    if (nll.ndim, kl.ndim) != (1, 2):
        raise ValueError(
            f"loss was given nll {nll.shape} and kl {kl.shape} where (M,) and (T, M) are expected"
        )
    if len(nll) != kl.shape[1]:
        raise ValueError(f"loss was given nll of {len(nll)} images and kl of {kl.shape[1]}")
    dtype = np.result_type(nll, kl, np.float32)
    return nll.astype(dtype), kl.astype(dtype)


def minibatch_loss(nll, kl):
    """The right answer: a sum over the steps, a mean over the images."""
    nll, kl = costs(nll, kl)
    return np.mean(nll + np.sum(kl, axis=0))


def loss_by_images(nll, kl):
    """A right one, written otherwise."""
    nll, kl = costs(nll, kl)
    return np.mean([n + np.sum(k) for n, k in zip(nll, kl.T, strict=True)], dtype=nll.dtype)


@sized("for {M:image} and {T} steps")
def loss_case(M, T):
    """The costs of a minibatch."""
    return 80 + 10 * normal(M), 3 + rng.random((T, M))


MINIBATCH = Exercise(
    "14.2",
    minibatch_loss,
    cases=(
        *loss_case.each((5, 3), (2, 6), (1, 4)),
        Case(
            "for images that cost from next to nothing to some hundred nats",
            (np.array([0.01, 900.0, 40.0]), np.array([[0.0, 60.0, 0.5], [0.2, 0.001, 0.1]])),
            {"M": 3, "T": 2},
        ),
    ),
    suspect=Suspect(loss_by_images),
    solution=(model.mean_terms, model.total),
)

# ---------------------------------------------------------------- 14.3


def read_line(line, raw_g, delta, sigma2, N):
    """The right answer."""
    A = line.shape[1]
    g = (A + 1) / 2 * (raw_g + 1)  # (22)
    F = attention.filterbank(attention.filter_centres(g, delta, N), sigma2, A)
    return np.sum(F * line[:, None], axis=2)


def read_from_zero(line, raw_g, delta, sigma2, N):
    """A right one, in which pixels and filters count from 0."""
    A = line.shape[1]
    a, i = np.arange(A), np.arange(N)
    mu = ((A + 1) * (raw_g + 1) / 2 - 1)[:, None] + delta[:, None] * (i - (N - 1) / 2)
    F = np.exp(-((a - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None]))
    return np.matmul(F / F.sum(axis=2, keepdims=True), line[:, :, None])[:, :, 0]


def says_where_it_reads(f):
    """Pixels that are called 1, 2, ... tell a filter's place."""
    line, one = np.arange(1.0, 42.0)[None], np.ones(1)
    found = [np.asarray(f(line, g * one, one, one, 1)).item() for g in (0, 0.5)]
    assert np.allclose(found, [21, 31.5]), (
        "on pixels with the values 1, 2, ..., 41 a filter reads its own place: 21 for g~ = 0 "
        f"and 31.5 for g~ = 0.5; here {found[0]:.4g} and {found[1]:.4g}"
    )


@sized("for {M:line} of {A} pixels and {N} filters")
def line_case(M, A, N):
    """Lines, and filters that stand well inside of them."""
    line, raw_g = rng.random((M, A)), 0.4 * (rng.random(M) - 0.5)
    return line, raw_g, 1 + rng.random(M), 0.5 + rng.random(M), N


@sized("for 2 lines of large numbers, and filters at both ends")
def far_line_case(M=2, A=9, N=3):
    """The same, with numbers that were chosen."""
    raw_g, delta, sigma2 = np.array([1.3, -1.2]), np.array([6.0, 0.2]), np.array([12.0, 0.3])
    return 300 * normal(M, A), raw_g, delta, sigma2, N


MIRROR = Exercise(
    "14.3",
    read_line,
    cases=(*line_case.each((2, 9, 3), (3, 12, 4), (1, 7, 2)), far_line_case()),
    properties=(says_where_it_reads,),
    suspect=Suspect(read_from_zero),
    solution=(attention.attention, attention.filter_centres),
)

# ---------------------------------------------------------------- 14.4


def drawn_up_to_now(eps):
    """A canvas: every result is a sum of the strokes so far."""
    return np.cumsum(np.tanh(eps), axis=0)


def first_noise_everywhere(eps):
    """Mistake: the noise of the first step at every step."""
    return np.tile(3 * eps[:1], (len(eps), 1)) + 1


def a_step_late(eps):
    """Mistake: each stroke shows in the next result; the last is never seen."""
    return np.concatenate([np.ones_like(eps[:1]), np.exp(eps[:-1])])


def now_and_before(eps):
    """Two steps each, of which the one before goes into the last column only."""
    before = np.concatenate([np.zeros_like(eps[:1]), eps[:-1]])
    return np.concatenate([2 * eps[:, :1], np.ones_like(eps), before[:, 1:2]], axis=1)


def apart(eps):
    """Nothing but its own noise, and of that not all: one component is made of nothing."""
    return np.concatenate([np.zeros_like(eps[:, :1]), eps], axis=1)


def noise_to_come(eps):
    """Sums from the end: every result uses its own noise and all that is to come."""
    return np.cumsum(eps[::-1], axis=0)[::-1]


def rounded_to_0(eps):
    """What its noise makes is less than a half, and is rounded: no number leaves a trace."""
    return np.round(np.tanh(eps) / 3)


def knows_its_own_step(f):
    """A function that returns its noise uses nothing else."""
    table = np.asarray(f(lambda eps: 2 * eps, np.ones((3, 2))))
    said = " / ".join(" ".join(f"{v:g}" for v in row) for row in table)
    assert np.array_equal(table, np.eye(3)), (
        "where every result is twice its own noise the table has 1 on its diagonal and 0 "
        f"elsewhere; here its rows are {said}"
    )


def answers_case(about, f, T, Z):
    """A function to be asked."""
    return Case(f"for {about}, T = {T}, Z = {Z}", (f, normal(T, Z)), {"T": T})


ANSWERS = Exercise(
    "14.4",
    solutions.answers,
    cases=(
        answers_case("results that sum up all noise so far", drawn_up_to_now, 4, 2),
        answers_case("results that all use the first noise", first_noise_everywhere, 3, 2),
        answers_case("results that are a step late", a_step_late, 5, 3),
        answers_case("results that use two steps", now_and_before, 4, 3),
        answers_case("results that use their own noise", apart, 3, 1),
        answers_case("results that use their own noise and are rounded", rounded_to_0, 3, 2),
        Case(
            "for results that use all noise to come, T = 4, Z = 2",
            (noise_to_come, np.linspace(-1, 1, 8).reshape(4, 2)),
            {"T": 4},
        ),
    ),
    properties=(knows_its_own_step,),
)

# ---------------------------------------------------------------- 14.5


def log_weight_by_pencil(nll, z, mu, log_sigma):
    """A right one, with the log(2 pi) left out of both."""
    standardised = (z - mu) / np.exp(log_sigma)
    return np.sum((standardised**2 - z**2) / 2 + log_sigma, axis=1) - nll


def nothing_where_q_is_the_prior(f):
    """p(z)/q(z) is 1 there."""
    zero = np.zeros((1, 2))
    log_w = np.asarray(f(np.array([3.0]), np.array([[0.5, -2.0]]), zero, zero)).item()
    assert np.isclose(log_w, -3), (
        "where q is the prior p(z) / q(z) is 1, so that log w = -nll; for nll = 3 it is "
        f"{log_w:.4g}"
    )


WEIGHT = Exercise(
    "14.5",
    bound.log_weight,
    cases=bound.WEIGHT.cases,
    properties=(nothing_where_q_is_the_prior,),
    suspect=Suspect(log_weight_by_pencil),
    solution=(bound.log_weight, latent.log_prior, latent.log_posterior),
)

# ---------------------------------------------------------------- 14.6


@sized("for {H} units, width {A} and height {B}{about}")
def weights_case(H, A, B, scale=1.0, about=""):
    """A head's weights."""
    return scale * normal(H, 5), scale * normal(5), A, B


MADE_UP = Exercise(
    "14.6",
    solutions.made_up_for,
    cases=weights_case.each(
        (3, 9, 14), (6, 28, 20), (1, 7, 7), (2, 5, 4, 200.0, ", weights of about 200")
    ),
)

# ---------------------------------------------------------------- 14.0


def off_by(F):
    """The right answer."""
    return np.abs(np.sum(F, axis=2) - 1)


@sized("for {M:image}, {N:filter} and {A} pixels")
def rows_case(M, N, A):
    """Rows that sum to anything."""
    return (0.4 * rng.random((M, N, A)),)


SUMS = Exercise(
    "14.0",
    off_by,
    cases=(
        *rows_case.each((2, 3, 5), (3, 2, 4), (1, 1, 3), (3, 3, 3)),
        Case(
            "for rows with the sums 0, 1, 0.98 and 70",
            (np.array([[[0.0, 0.0], [0.25, 0.75]], [[0.9, 0.08], [20.0, 50.0]]]),),
            {"M": 2, "N": 2, "A": 2},
        ),
    ),
)
