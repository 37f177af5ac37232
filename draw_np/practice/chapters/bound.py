"""Exercises of chapter 5: the cost of a picture, and tighter bounds."""

import numpy as np

from draw_np import latent, likelihood, nn
from draw_np.manual import likelihood as by_hand
from draw_np.manual import nn as blocks
from draw_np.measuring.bounds import Bound
from draw_np.model import log_weights_along
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers, sized

rng, normal = numbers(5)
LARGE = np.array([-1000.0, -50.0, -1.0, 0.0, 1.0, 50.0, 1000.0])
# Row and column 0 hold both 17 and -17, so that what is wrong beyond a threshold is wrong there.
MIDDLE = np.array([[17.0, -17, 5, -8, 12, -30], [-17, 30, -5, 8, -12, 17]])


def softplus(v):
    """The right answer, by the package."""
    return nn.softplus(v)


def curved_everywhere(f):
    """Neither softplus(v) - v nor softplus(-v) is 0 yet, where float64 sees them."""
    for v in (3.0, 5.0, 8.0, 12.0, 17.0):
        more = np.log1p(np.exp(-v))
        above, below = f(np.array([v]))[0] - v, f(np.array([-v]))[0]
        assert not abs(above) < more / 2, (
            f"it is linear too soon: at {v:g} it is v, and should be {more:.2g} more"
        )
        assert not abs(below) < more / 2, (
            f"it is 0 too soon: at {-v:g} it should still be {more:.2g}"
        )


SOFTPLUS = Exercise(
    "5.1",
    softplus,
    cases=(
        Case("for ordinary numbers", (2 * normal(3, 4),)),
        Case("for numbers between -30 and 30", (MIDDLE,)),
        Case("for numbers between -1000 and 1000", (LARGE,)),
        Case("for an image's logits", (normal(2, 1, 3, 2),)),
    ),
    properties=(curved_everywhere,),
    solution=(nn.softplus,),
)


def softplus_backward(dy, v):
    """The right answer, by the package."""
    return blocks.softplus_backward(dy, v)


def steps_nowhere(backward):
    """The slope is neither 1 nor 0 yet, where float64 sees what is missing."""
    for v in (3.0, 5.0, 8.0, 12.0, 17.0):
        rest = np.exp(-v) / (1 + np.exp(-v))
        up, down = backward(np.ones(2), np.array([v, -v]))
        assert not abs(1 - up) < rest / 2, (
            f"the slope is 1 too soon: at {v:g} it should be {rest:.2g} less"
        )
        assert not abs(down) < rest / 2, (
            f"the slope is 0 too soon: at {-v:g} it should still be {rest:.2g}"
        )


SOFTPLUS_BACK = Exercise(
    "5.2",
    softplus_backward,
    cases=(
        Case("for ordinary numbers", (normal(3, 4), 2 * normal(3, 4))),
        Case("for numbers between -30 and 30", (normal(2, 6), MIDDLE)),
        Case("for numbers between -1000 and 1000", (np.arange(1.0, 8.0), LARGE)),
    ),
    properties=(steps_nowhere,),
    solution=(blocks.softplus_forward, blocks.softplus_backward, blocks.sigmoid_forward),
)


@sized("{about}", pixels="BA")
def picture_case(about, M, C, B, A, sure=None, grey=False):
    """x and c: binary pixels, and ordinary logits or sure ones."""
    x = rng.random((M, C, B, A)) if grey else (rng.random((M, C, B, A)) < 0.5).astype(float)
    c = 2 * normal(M, C, B, A) if sure is None else sure * (2 * (normal(M, C, B, A) > 0) - 1.0)
    return x, c


PICTURES = (
    picture_case("for 2 pictures of 3 by 4 pixels", 2, 1, 3, 4),
    picture_case("for 3 pictures of 2 channels", 3, 2, 2, 3),
    picture_case("for grey pixels", 2, 1, 2, 2, grey=True),
    picture_case("for logits of +-50", 2, 1, 2, 3, sure=50.0),
    picture_case("for one picture with logits of +-1000", 1, 2, 2, 2, sure=1000.0),
    Case(
        "for one picture with logits of -1000",
        (np.array([[[[0.0, 1, 1], [1, 0, 0]]]]), np.full((1, 1, 2, 3), -1000.0)),
        {"M": 1, "C": 1, "B": 2, "A": 3, "pixels": 6},
    ),
    picture_case("for logits of 0", 2, 1, 2, 3, sure=0.0),
    picture_case("for logits of +-8", 2, 1, 2, 3, sure=8.0),
    picture_case("for logits of +-20", 2, 1, 2, 5, sure=20.0),
    picture_case("for logits of +-40", 2, 1, 2, 5, sure=40.0),
    picture_case("for grey pixels with logits of +-50", 2, 1, 2, 2, sure=50.0, grey=True),
)
PIXEL_AXES = (1, 2, 3)


def a_coin_costs_log_2(nll):
    """c = 0 is a fair coin."""
    cost = nll(np.ones((1, 1, 2, 2)), np.zeros((1, 1, 2, 2)))[0]
    assert np.isclose(cost, 4 * np.log(2)), (
        f"at c = 0 a pixel costs log 2 nats, so four cost 2.773; they cost {cost:.4g}"
    )


PICTURE = Exercise(
    "5.3",
    likelihood.bernoulli_nll,
    cases=PICTURES,
    properties=(a_coin_costs_log_2,),
    solution=(likelihood.bernoulli_nll, nn.softplus),
)


def bernoulli_backward(dnll, x, c):
    """The right answer, by the package."""
    return by_hand.bernoulli_backward(dnll, (x, c))


PICTURE_BACK = Exercise(
    "5.4",
    bernoulli_backward,
    cases=tuple(case.with_first(normal(case.sizes["M"])) for case in PICTURES),
    solution=(by_hand.bernoulli_forward, by_hand.bernoulli_backward),
)


def log_weight(nll, z, mu, log_sigma):
    """The right answer: one step of ``model.log_weights_along``."""
    return latent.log_prior(z) - latent.log_posterior(z, mu, log_sigma) - nll


@sized("{about}")
def weight_case(about, M, Z):
    """Arguments of ``log_weight``."""
    return 100 + normal(M), normal(M, Z), normal(M, Z), 0.5 * normal(M, Z)


@sized("{about}")
def draw_case(about, middle, sigmas, M=2, Z=3):
    """z is so many sigmas from mu, and log sigma near the middle."""
    mu, log_sigma = normal(M, Z), middle + 0.5 * normal(M, Z)
    return 100 + normal(M), mu + np.exp(log_sigma) * sigmas, mu, log_sigma


WEIGHT = Exercise(
    "5.5",
    log_weight,
    cases=(
        weight_case("for 2 images and 3 components", 2, 3),
        weight_case("for 3 images and 1 component", 3, 1),
        weight_case("for one image and 4 components", 1, 4),
        Case(
            "for z and mu of about 30",
            (100 + normal(2), 30 + normal(2, 3), 30 + normal(2, 3), 0.5 * normal(2, 3)),
            {"M": 2, "Z": 3},
        ),
        draw_case("for log sigma of about -8", -8, normal(2, 3)),
        draw_case("for log sigma of about 8", 8, normal(2, 3)),
        draw_case("for z 40 sigmas from mu", 0, np.array([[40.0, -40, 40], [-40, 40, -40]])),
        Case(
            "for log sigma of -25",
            (
                np.array([100.0, 90.0]),
                np.exp(-25) * np.array([[0.5], [-1]]),
                np.zeros((2, 1)),
                np.full((2, 1), -25.0),
            ),
            {"M": 2, "Z": 1},
        ),
    ),
    solution=(log_weight, latent.log_prior, latent.log_posterior, log_weights_along),
)


def importance_weighted(log_w):
    """The right answer: log-mean-exp with the largest taken out, as ``Bound`` has it."""
    top = log_w.max(axis=0)
    return -(top + np.log(np.mean(np.exp(log_w - top), axis=0)))


def grows_not_with_copies(f):
    """K equal weights are one."""
    log_w = -np.ones((4, 1))
    value = f(log_w)[0]
    assert np.isclose(value, 1), (
        f"four equal weights of log w = -1 give the bound 1, as one does; here {value:.4g}"
    )


TIGHTER = Exercise(
    "5.6",
    importance_weighted,
    cases=(
        Case("for 3 samples and 2 images", (normal(3, 2),), {"K": 3, "M": 2}),
        Case("for one sample", (normal(1, 3),), {"K": 1, "M": 3}),
        Case("for log weights of about -1000", (normal(5, 2) - 1000,), {"K": 5, "M": 2}),
        Case(
            "for images of about -100 and -1000",
            (2 * normal(4, 2) - [100, 1000],),
            {"K": 4, "M": 2},
        ),
        Case(
            "for samples that differ by hundreds",
            (np.array([[-900.0, -10.0], [-100.0, -700.0]]),),
            {"K": 2, "M": 2},
        ),
        Case("for weights above 1", (50 + 20 * normal(3, 2),), {"K": 3, "M": 2}),
        Case("for 4 samples of equal weight", (np.full((4, 2), [-1.0, -100.0]),), {"K": 4, "M": 2}),
    ),
    properties=(grows_not_with_copies,),
    solution=(Bound.importance_weighted_each.fget,),
)


def nll_by_cases(x, c):
    """A right cost, written otherwise."""
    return np.sum(x * nn.softplus(-c) + (1 - x) * nn.softplus(c), axis=PIXEL_AXES)


EPSILON = Exercise(
    "5.7",
    likelihood.bernoulli_nll,
    cases=PICTURES,
    properties=(a_coin_costs_log_2,),
    suspect=Suspect(nll_by_cases),
)

# ---------------------------------------------------------------- 5.0


def spent(f, g):
    """The right answer."""
    return -np.sum(f * np.log2(g))


SPENT = Exercise(
    "5.0",
    spent,
    cases=tuple(
        Case(f"for {about}", (np.array(f), np.array(g)), {"K": len(f)})
        for about, f, g in [
            ("3 letters", [0.6, 0.3, 0.1], [0.2, 0.3, 0.5]),
            ("the four letters of Section 5.1", [0.5, 0.25, 0.125, 0.125], [0.25] * 4),
            ("the four letters and their own code", *[[0.5, 0.25, 0.125, 0.125]] * 2),
            ("a letter that never comes, and is not expected", [0.7, 0.0, 0.3], [0.5, 1e-30, 0.5]),
            ("a letter that is hardly expected", [0.25, 0.75], [1e-9, 1 - 1e-9]),
        ]
    ),
)
