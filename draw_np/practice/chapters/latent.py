"""Exercises of chapter 4: sampling a latent, and what it costs."""

import numpy as np

from draw_np import latent as plain
from draw_np.manual import latent as by_hand
from draw_np.practice.exercise import Exercise, Suspect, sized

rng = np.random.default_rng(4)
SIZES = ((2, 3), (4, 1), (1, 5), (3, 2))  # M, Z


@sized("for {M:image} and {Z:component}")
def case(kinds, M, Z):
    """Arguments of these kinds."""
    return tuple(argument(kind, M, Z) for kind in kinds)


def cases(kinds):
    """A case for each of ``SIZES``, with arguments of these kinds."""
    return case.each(*((kinds, M, Z) for M, Z in SIZES))


def argument(kind, M, Z):
    """Normal numbers: "n" for every component, "s" log sigma, "m" one an image."""
    shape = (M,) if kind == "m" else (M, Z)
    return (0.6 if kind == "s" else 1.0) * rng.standard_normal(shape)


@sized("for log sigma of about {middle}")
def extreme(kinds, middle, M=2, Z=3):
    """A very narrow or a very wide Q, where a guard on sigma would show."""
    return tuple(argument(kind, M, Z) + (middle if kind == "s" else 0) for kind in kinds)


def extremes(kinds):
    """One of each."""
    return extreme.each((kinds, -8), (kinds, 8))


def far(found, place):
    """Cases, and the first twice more, where a clamp would show.

    Once with log sigma at 25 and -25, and once with what stands before it, mu or dz, at 40 and
    -40.
    """
    before, s = found[0].arguments[place - 1 : place + 1]
    return (
        *found,
        found[0].but("log sigma of 25 and -25", place, 25 * np.sign(s)),
        found[0].but("numbers of 40 and -40", place - 1, 40 * np.sign(before)),
    )


@sized("for Q = P and for a Q close to it")
def at_the_prior(kinds, M=2, Z=3):
    """A case with one image at Q = P, mu = 0 and log sigma = 0, and one close to it."""
    factors = np.array([[0.0], [0.01]])
    arguments = (argument(kind, M, Z) for kind in kinds)
    return tuple(a if a.ndim == 1 else factors * a for a in arguments)


DRAW = Exercise("4.1", plain.sample, cases=far((*cases("nsn"), *extremes("nsn")), 1))


def sample_backward(dz, log_sigma, eps):
    """The right answer, by the package."""
    return by_hand.sample_backward(dz, np.exp(log_sigma) * eps)


DRAW_BACK = Exercise(
    "4.2",
    sample_backward,
    cases=far((*cases("nsn"), *extremes("nsn")), 1),
    solution=(by_hand.sample_forward, by_hand.sample_backward),
)


def zero_at_the_prior(kl):
    """KL(P || P) = 0."""
    cost = kl(np.zeros((1, 3)), np.zeros((1, 3)))[0]
    assert abs(cost) <= 1e-9, (
        f"where Q is the prior the cost is 0, for every Z; with Z = 3 it is {cost:.4g}"
    )


def adds_over_components(kl):
    """Components are independent."""
    mu, log_sigma = np.array([[0.3, -1.0]]), np.array([[0.5, -0.4]])
    both = kl(mu, log_sigma)[0]
    parts = kl(mu[:, :1], log_sigma[:, :1])[0] + kl(mu[:, 1:], log_sigma[:, 1:])[0]
    assert abs(both - parts) <= 1e-9, (
        "the cost of two components is the sum of their costs; "
        f"it is {both:.4g} against {parts:.4g}"
    )


KL_CASES = far((*cases("ns"), *extremes("ns"), at_the_prior("ns")), 1)
COST = Exercise(
    "4.3", plain.kl_to_prior, cases=KL_CASES, properties=(zero_at_the_prior, adds_over_components)
)


def kl_backward(dkl, mu, log_sigma):
    """The right answer, by the package."""
    return by_hand.kl_backward(dkl, (mu, np.exp(2 * log_sigma)))


def rests_at_the_prior(backward):
    """Both derivatives are 0 where the KL is lowest."""
    _, slope = backward(np.ones(1), np.zeros((1, 2)), np.zeros((1, 2)))
    assert np.max(np.abs(slope)) <= 1e-9, (
        f"at the prior the KL is lowest, and both derivatives are 0; dlog_sigma is {slope}"
    )


COST_BACK = Exercise(
    "4.4",
    kl_backward,
    cases=far((*cases("mns"), *extremes("mns"), at_the_prior("mns")), 2),
    properties=(rests_at_the_prior,),
    solution=(by_hand.kl_forward, by_hand.kl_backward),
)

LOG_2PI = plain.LOG_2PI


@sized("{about}")
def drawn(about, middle, sigmas, M=2, Z=3):
    """z, mu and log sigma, with z so many sigmas from mu."""
    mu, s = argument("n", M, Z), middle + argument("s", M, Z)
    return mu + np.exp(s) * sigmas, mu, s


DENSITY = Exercise(
    "4.5",
    plain.log_posterior,
    cases=far(
        (
            *cases("nns"),
            *drawn.each(
                ("for log sigma of about -8", -8, argument("n", 2, 3)),
                ("for log sigma of about 8", 8, argument("n", 2, 3)),
                ("for z 40 sigmas from mu", 0, np.array([[40.0, -40, 40], [-40, 40, -40]])),
            ),
        ),
        2,
    ),
    solution=(plain.log_posterior, plain.log_prior),
)


def kl_by_loop(mu, log_sigma):
    """A right KL, written otherwise."""
    terms = [m * m + np.exp(2 * v) - 2 * v - 1 for m, v in zip(mu.T, log_sigma.T, strict=True)]
    return sum(terms) / 2


PRINTED = Exercise(
    "4.6",
    plain.kl_to_prior,
    cases=KL_CASES,
    properties=(zero_at_the_prior, adds_over_components),
    suspect=Suspect(kl_by_loop),
)
