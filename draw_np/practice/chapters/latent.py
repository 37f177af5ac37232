"""Exercises of chapter 4: drawing a latent, and what a draw costs."""

import numpy as np

from draw_np import latent as plain
from draw_np.manual import latent as by_hand
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect, catalogued

rng = np.random.default_rng(4)
SIZES = ((2, 3), (4, 1), (1, 5), (3, 2))  # M, Z


def about(M, Z):
    """The sizes in words."""
    return f"for {M} image{'s' * (M > 1)} and {Z} component{'s' * (Z > 1)}"


def cases(kinds):
    """A case for each of ``SIZES``, with arguments of these kinds."""
    return tuple(
        Case(about(M, Z), tuple(argument(kind, M, Z) for kind in kinds), {"M": M, "Z": Z})
        for M, Z in SIZES
    )


def argument(kind, M, Z):
    """Normal numbers: "n" for every component, "s" log sigma, "m" one an image."""
    shape = (M,) if kind == "m" else (M, Z)
    return (0.6 if kind == "s" else 1.0) * rng.standard_normal(shape)


def extremes(kinds):
    """Two cases with a very narrow and a very wide Q, where a guard on sigma would show."""
    return tuple(
        Case(
            f"for log sigma of about {middle}",
            tuple(argument(kind, 2, 3) + (middle if kind == "s" else 0) for kind in kinds),
            {"M": 2, "Z": 3},
        )
        for middle in (-8, 8)
    )


def at_the_prior(kinds):
    """A case with one image at Q = P, mu = 0 and log sigma = 0, and one close to it."""
    factors = np.array([[0.0], [0.01]])
    arguments = (argument(kind, 2, 3) for kind in kinds)
    return Case(
        "for Q = P and for a Q close to it",
        tuple(a if a.ndim == 1 else factors * a for a in arguments),
        {"M": 2, "Z": 3},
    )


DRAW = Exercise(
    "4.1",
    "sample",
    plain.sample,
    gives=("z",),
    cases=(*cases("nsn"), *extremes("nsn")),
    known=(
        catalogued("noise-dropped"),
        catalogued("sample-by-log-variance"),
        catalogued("noise-shared-by-the-images"),
        Known("log-for-sigma", "log_sigma multiplies the noise; sigma is exp(log_sigma).",
              lambda mu, log_sigma, eps: mu + log_sigma * eps),
        Known("variance-for-deviation", "The noise is multiplied by the variance sigma^2, not by "
              "the standard deviation sigma.",
              lambda mu, log_sigma, eps: mu + np.exp(2 * log_sigma) * eps),
    ),
    hints=("The argument is the logarithm of sigma; which function undoes a logarithm?",
           "sigma = np.exp(log_sigma), then it stands in the equation."),
    solution=(plain.sample,),
)  # fmt: skip


def sample_backward(dz, log_sigma, eps):
    """The right answer, by the package."""
    return by_hand.sample_backward(dz, np.exp(log_sigma) * eps)


DRAW_BACK = Exercise(
    "4.2",
    "sample_backward",
    sample_backward,
    gives=("dmu", "dlog_sigma"),
    gradient=True,
    cases=(*cases("nsn"), *extremes("nsn")),
    known=(
        Known("derivative-to-sigma", "dz eps is the derivative with respect to sigma; that with "
              "respect to log sigma has another factor of sigma.",
              lambda dz, log_sigma, eps: (dz, dz * eps)),
        Known("noise-forgotten", "The noise is missing: z depends on log sigma through "
              "sigma eps.", lambda dz, log_sigma, eps: (dz, dz * np.exp(log_sigma))),
        Known("variance-for-deviation", "sigma^2 stands where sigma should.",
              lambda dz, log_sigma, eps: (dz, dz * eps * np.exp(2 * log_sigma))),
        Known("half-the-exponent", "It takes log_sigma for the logarithm of the variance.",
              lambda dz, log_sigma, eps: (dz, 0.5 * dz * eps * np.exp(0.5 * log_sigma))),
        Known("log-for-sigma", "log_sigma stands where sigma should.",
              lambda dz, log_sigma, eps: (dz, dz * eps * log_sigma)),
        Known("dz-left-out", "These are slopes of z, 1 and sigma eps: the loss's have a factor "
              "of dz more.",
              lambda dz, log_sigma, eps: (np.ones_like(dz), eps * np.exp(log_sigma))),
    ),
    hints=("dz/dmu = 1. For the other, write z = mu + exp(l) eps with l = log_sigma.",
           "The derivative of exp(l) is exp(l) = sigma: dz/dl = sigma eps.",
           "Each entry of the answer is that slope times dz."),
    solution=(by_hand.sample_forward, by_hand.sample_backward),
)  # fmt: skip


def zero_at_the_prior(kl):
    """KL(P || P) = 0."""
    cost = kl(np.zeros((1, 3)), np.zeros((1, 3)))[0]
    if abs(cost) > 1e-9:
        return f"where Q is the prior the cost is 0, for every Z; with Z = 3 it is {cost:.4g}"
    return None


def adds_over_components(kl):
    """Components are independent."""
    mu, log_sigma = np.array([[0.3, -1.0]]), np.array([[0.5, -0.4]])
    both = kl(mu, log_sigma)[0]
    parts = kl(mu[:, :1], log_sigma[:, :1])[0] + kl(mu[:, 1:], log_sigma[:, 1:])[0]
    if abs(both - parts) > 1e-9:
        return (
            "the cost of two components is the sum of their costs; "
            f"it is {both:.4g} against {parts:.4g}"
        )
    return None


KL_CASES = (*cases("ns"), *extremes("ns"), at_the_prior("ns"))
KL_MISTAKES = (
    catalogued("kl-constant-once-a-step"),
    catalogued("kl-without-constant"),
    catalogued("kl-averaged"),
    catalogued("kl-by-log-variance"),
    Known("variance-for-deviation", "sigma^2 stands for sigma: the terms are exp(4 log_sigma) and "
          "4 log_sigma.", lambda mu, s: plain.kl_to_prior(mu, 2 * s)),
    Known("deviation-for-variance", "The term sigma^2 is exp(2 log_sigma), and not "
          "exp(log_sigma).",
          lambda mu, s: 0.5 * np.sum(mu**2 + np.exp(s) - 2 * s - 1, axis=1)),
    Known("log-sigma-once", "The logarithm of the variance is 2 log_sigma, and not log_sigma.",
          lambda mu, s: 0.5 * np.sum(mu**2 + np.exp(2 * s) - s - 1, axis=1)),
    Known("kl-the-other-way", "This is KL(P || Q), the other way round.",
          lambda mu, s: 0.5 * np.sum((mu**2 + 1) * np.exp(-2 * s) + 2 * s - 1, axis=1)),
    Known("log-sigma-with-the-wrong-sign", "2 log sigma is subtracted: a narrow Q must cost more.",
          lambda mu, s: 0.5 * np.sum(mu**2 + np.exp(2 * s) + 2 * s - 1, axis=1)),
)  # fmt: skip

COST = Exercise(
    "4.3",
    "kl_to_prior",
    plain.kl_to_prior,
    gives=("KL",),
    cases=KL_CASES,
    known=KL_MISTAKES,
    properties=(zero_at_the_prior, adds_over_components),
    hints=("sigma^2 = exp(log_sigma)^2. Can that be one exponential?",
           "Every component has its own -1: keep it inside the sum.",
           "0.5 * np.sum(..., axis=1), where axis 1 holds the components."),
    solution=(plain.kl_to_prior,),
)  # fmt: skip


def kl_backward(dkl, mu, log_sigma):
    """The right answer, by the package."""
    return by_hand.kl_backward(dkl, (mu, np.exp(2 * log_sigma)))


def rests_at_the_prior(backward):
    """Both derivatives are 0 where the KL is lowest."""
    _, slope = backward(np.ones(1), np.zeros((1, 2)), np.zeros((1, 2)))
    if np.max(np.abs(slope)) > 1e-9:
        return f"at the prior the KL is lowest, and both derivatives are 0; dlog_sigma is {slope}"
    return None


COST_BACK = Exercise(
    "4.4",
    "kl_backward",
    kl_backward,
    gives=("dmu", "dlog_sigma"),
    gradient=True,
    cases=(*cases("mns"), *extremes("mns"), at_the_prior("mns")),
    known=(
        Known("derivative-to-sigma", "dlog_sigma is the derivative with respect to sigma, "
              "sigma - 1/sigma; with respect to log sigma it has another factor of sigma.",
              lambda d, mu, s: (d[:, None] * mu, d[:, None] * (np.exp(s) - np.exp(-s)))),
        Known("minus-one-lost", "The term -2 log_sigma / 2 has the derivative -1, which is "
              "missing.", lambda d, mu, s: (d[:, None] * mu, d[:, None] * np.exp(2 * s))),
        Known("half-not-cancelled", "The 1/2 in front meets a 2 from the derivative: both go.",
              lambda d, mu, s: (d[:, None] * mu / 2, d[:, None] * (np.exp(2 * s) - 1) / 2)),
        Known("half-not-cancelled-in-sigma", "The 1/2 in front meets the 2 of exp(2 log_sigma) "
              "and of 2 log_sigma: it goes.",
              lambda d, mu, s: (d[:, None] * mu, d[:, None] * (np.exp(2 * s) - 1) / 2)),
        Known("half-forgotten", "The 1/2 in front of the KL is missing.",
              lambda d, mu, s: (d[:, None] * 2 * mu, d[:, None] * 2 * (np.exp(2 * s) - 1))),
        Known("deviation-for-variance", "sigma - 1 stands where sigma^2 - 1 should.",
              lambda d, mu, s: (d[:, None] * mu, d[:, None] * (np.exp(s) - 1))),
        Known("dkl-ignored", "dkl, what the loss makes of each image's KL, must multiply both.",
              lambda d, mu, s: (mu + 0 * d[:, None], np.exp(2 * s) - 1)),
    ),
    properties=(rests_at_the_prior,),
    hints=("One component's cost is 1/2 (mu^2 + exp(2 l) - 2 l - 1) with l = log_sigma.",
           "Its derivatives are mu, and 1/2 (2 exp(2 l) - 2) = sigma^2 - 1.",
           "dkl has one number an image: dkl[:, None] multiplies all components of an image."),
    solution=(by_hand.kl_forward, by_hand.kl_backward),
)  # fmt: skip

LOG_2PI = plain.LOG_2PI


def squares(z, mu, s):
    """((z - mu) / sigma)^2."""
    return ((z - mu) * np.exp(-s)) ** 2


def density(z, mu, s):
    """The normal density of every component."""
    return np.exp(-squares(z, mu, s) / 2 - s - LOG_2PI / 2)


def draw_cases():
    """z, mu and log sigma with z drawn from a narrow and a wide Q, and far outside of Q."""
    found = []
    for about, middle, sigmas in (
        ("for log sigma of about -8", -8, rng.standard_normal((2, 3))),
        ("for log sigma of about 8", 8, rng.standard_normal((2, 3))),
        ("for z 40 sigmas from mu", 0, np.array([[40.0, -40, 40], [-40, 40, -40]])),
    ):
        mu, s = argument("n", 2, 3), middle + argument("s", 2, 3)
        found.append(Case(about, (mu + np.exp(s) * sigmas, mu, s), {"M": 2, "Z": 3}))
    return tuple(found)


DENSITY = Exercise(
    "4.5",
    "log_posterior",
    plain.log_posterior,
    gives=("log Q",),
    cases=(*cases("nns"), *draw_cases()),
    known=(
        Known("two-pi-forgotten", "The log(2 pi) of every component is missing.",
              lambda z, mu, s: -0.5 * np.sum(squares(z, mu, s) + 2 * s, axis=1)),
        Known("two-pi-once", "log(2 pi) is there once an image; every component has its own.",
              lambda z, mu, s: -0.5 * (np.sum(squares(z, mu, s) + 2 * s, axis=1) + LOG_2PI)),
        Known("log-sigma-once", "log sigma^2 = 2 log_sigma: a factor of 2 is missing.",
              lambda z, mu, s: -0.5 * np.sum(squares(z, mu, s) + s + LOG_2PI, axis=1)),
        Known("log-sigma-left-out", "A narrow Gaussian is high: log(2 pi sigma^2) contains sigma.",
              lambda z, mu, s: -0.5 * np.sum(squares(z, mu, s) + LOG_2PI, axis=1)),
        Known("deviation-for-variance", "(z - mu)^2 is divided by sigma and not by sigma^2.",
              lambda z, mu, s: plain.log_posterior((z - mu) * np.exp(s / 2), 0 * mu, s)),
        Known("prior-for-posterior", "This is the standard normal's log density of z.",
              lambda z, mu, s: plain.log_prior(z)),
        Known("sigma-multiplied", "(z - mu) is multiplied by sigma, where it is divided.",
              lambda z, mu, s: plain.log_posterior((z - mu) * np.exp(2 * s), 0 * mu, s)),
        Known("log-variance-for-log-sigma", "log_sigma is taken for log sigma^2: the square is "
              "divided by exp(2 log_sigma), and log sigma^2 is 2 log_sigma.",
              lambda z, mu, s: plain.log_posterior(z, mu, s / 2)),
        Known("density-rounded-to-0", "Far from mu the density itself is rounded to 0 (and a "
              "product of many sooner), and its logarithm is -infinity: take the logarithm on "
              "paper.", lambda z, mu, s: np.log(np.prod(density(z, mu, s), axis=1))),
    ),
    hints=("log(2 pi sigma^2) = log(2 pi) + 2 log sigma. No logarithm of sigma is needed.",
           "(z - mu) / sigma is (z - mu) * np.exp(-log_sigma).",
           "Everything stands inside the sum over axis 1, log(2 pi) too."),
    solution=(plain.log_posterior, plain.log_prior),
)  # fmt: skip


def kl_by_loop(mu, log_sigma):
    """A right KL, written otherwise."""
    terms = [m * m + np.exp(2 * v) - 2 * v - 1 for m, v in zip(mu.T, log_sigma.T, strict=True)]
    return sum(terms) / 2


PRINTED = Exercise(
    "4.6",
    "costs_what_it_should",
    plain.kl_to_prior,
    gives=("KL",),
    cases=KL_CASES,
    known=KL_MISTAKES,
    properties=(zero_at_the_prior, adds_over_components),
    suspect=Suspect("suspect_kl", KL_MISTAKES[0].function, (plain.kl_to_prior, kl_by_loop)),
    hints=("Call kl with an array of zeros for mu and one for log_sigma. What is Q then?",
           "The KL of the prior from itself is 0, for every number of components. Try Z = 3.",
           "return np.allclose(kl(np.zeros((1, 3)), np.zeros((1, 3))), 0)"),
    solution=(solutions.costs_what_it_should, plain.kl_to_prior),
)  # fmt: skip

EXERCISES = (DRAW, DRAW_BACK, COST, COST_BACK, DENSITY, PRINTED)
