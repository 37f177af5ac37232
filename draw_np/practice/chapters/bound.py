"""Exercises of chapter 5: the cost of a picture, and tighter bounds."""

import numpy as np

from draw_np import latent, likelihood, nn
from draw_np.manual import likelihood as by_hand
from draw_np.manual import nn as blocks
from draw_np.measuring.bounds import Bound
from draw_np.model import log_weights_along
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect, catalogued

rng = np.random.default_rng(5)
LARGE = np.array([-1000.0, -50.0, -1.0, 0.0, 1.0, 50.0, 1000.0])
# Row and column 0 hold both 17 and -17, so that what is wrong beyond a threshold is wrong there.
MIDDLE = np.array([[17.0, -17, 5, -8, 12, -30], [-17, 30, -5, 8, -12, 17]])


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


def softplus(v):
    """The right answer, by the package."""
    return nn.softplus(v)


def curved_everywhere(f):
    """Neither softplus(v) - v nor softplus(-v) is 0 yet, where float64 sees them."""
    for v in (3.0, 5.0, 8.0, 12.0, 17.0):
        more = np.log1p(np.exp(-v))
        above, below = f(np.array([v]))[0] - v, f(np.array([-v]))[0]
        if abs(above) < more / 2:
            return f"it is linear too soon: at {v:g} it is v, and should be {more:.2g} more"
        if abs(below) < more / 2:
            return f"it is 0 too soon: at {-v:g} it should still be {more:.2g}"
    return None


SOFTPLUS = Exercise(
    "5.1",
    "softplus",
    softplus,
    gives=("y",),
    cases=(
        Case("for ordinary numbers", (2 * normal(3, 4),)),
        Case("for numbers between -30 and 30", (MIDDLE,)),
        Case("for numbers between -1000 and 1000", (LARGE,)),
        Case("for an image's logits", (normal(2, 1, 3, 2),)),
    ),
    known=(
        Known("rectified", "max(v, 0) is only the outline: at v = 0 the softplus is log 2.",
              lambda v: np.maximum(v, 0)),
        Known("sigmoid-for-softplus", "This is the sigmoid, the softplus's derivative.",
              nn.sigmoid),
        Known("clipped", "The argument is clipped, so that large results are wrong.",
              lambda v: np.log1p(np.exp(np.clip(v, -30, 30)))),
        Known("softplus-of-minus-v", "This is softplus(-v).", lambda v: nn.softplus(-v)),
        Known("overflow", "exp(v) overflows before the logarithm could bring it back.",
              lambda v: np.log(1 + np.exp(v))),
        Known("half-mended", "exp(-|v|) cannot overflow, which is right, but max(v, 0) must be "
              "added.", lambda v: np.log1p(np.exp(-np.abs(v)))),
    ),
    properties=(curved_everywhere,),
    hints=("log(1 + exp(v)) = v + log(1 + exp(-v)): one of the two forms is safe for v > 0, the "
           "other for v < 0.",
           "Both at once: max(v, 0) + log(1 + exp(-|v|)).",
           "NumPy has the logarithm of a sum of exponentials of two numbers, np.logaddexp; and "
           "1 = exp(0)."),
    solution=(nn.softplus,),
)  # fmt: skip


def softplus_backward(dy, v):
    """The right answer, by the package."""
    return blocks.softplus_backward(dy, v)


def steps_nowhere(backward):
    """The slope is neither 1 nor 0 yet, where float64 sees what is missing."""
    for v in (3.0, 5.0, 8.0, 12.0, 17.0):
        rest = np.exp(-v) / (1 + np.exp(-v))
        up, down = backward(np.ones(2), np.array([v, -v]))
        if abs(1 - up) < rest / 2:
            return f"the slope is 1 too soon: at {v:g} it should be {rest:.2g} less"
        if abs(down) < rest / 2:
            return f"the slope is 0 too soon: at {-v:g} it should still be {rest:.2g}"
    return None


SOFTPLUS_BACK = Exercise(
    "5.2",
    "softplus_backward",
    softplus_backward,
    gives=("dv",),
    gradient=True,
    cases=(
        Case("for ordinary numbers", (normal(3, 4), 2 * normal(3, 4))),
        Case("for numbers between -30 and 30", (normal(2, 6), MIDDLE)),
        Case("for numbers between -1000 and 1000", (np.arange(1.0, 8.0), LARGE)),
    ),
    known=(
        Known("dy-ignored", "The slope must be multiplied by dy.",
              lambda dy, v: nn.sigmoid(v)),
        Known("slope-of-the-sigmoid", "p (1 - p) is the slope of the sigmoid; the slope of the "
              "softplus is the sigmoid itself.",
              lambda dy, v: dy * nn.sigmoid(v) * (1 - nn.sigmoid(v))),
        Known("sigmoid-of-minus-v", "exp(v) / (1 + exp(v)) is sigmoid(v) and not sigmoid(-v).",
              lambda dy, v: dy * nn.sigmoid(-v)),
        Known("overflow", "exp(v) / (1 + exp(v)) is infinity over infinity for large v.",
              lambda dy, v: dy * np.exp(v) / (1 + np.exp(v))),
        Known("slope-of-max", "1 where v > 0, else 0: that is the slope of max(v, 0).",
              lambda dy, v: dy * (v > 0)),
        Known("tanh-for-sigmoid", "This is tanh(v / 2): the sigmoid is (1 + tanh(v / 2)) / 2.",
              lambda dy, v: dy * np.tanh(v / 2)),
    ),
    properties=(steps_nowhere,),
    hints=("The chain rule on log(1 + exp(v)): one over 1 + exp(v), times exp(v).",
           "That is the sigmoid. Which way of writing it cannot overflow?",
           "sigmoid(v) = 1 / (1 + exp(-v)) = (1 + tanh(v / 2)) / 2."),
    solution=(blocks.softplus_forward, blocks.softplus_backward, blocks.sigmoid_forward),
)  # fmt: skip


def picture_case(about, M, C, B, A, sure=None, grey=False):
    """x and c: binary pixels, and ordinary logits or sure ones."""
    x = rng.random((M, C, B, A)) if grey else (rng.random((M, C, B, A)) < 0.5).astype(float)
    c = 2 * normal(M, C, B, A) if sure is None else sure * (2 * (normal(M, C, B, A) > 0) - 1.0)
    return Case(about, (x, c), {"M": M, "C": C, "B": B, "A": A, "pixels": B * A})


PICTURES = (
    picture_case("for 2 pictures of 3 by 4 pixels", 2, 1, 3, 4),
    picture_case("for 3 pictures of 2 channels", 3, 2, 2, 3),
    picture_case("for grey pixels", 2, 1, 2, 2, grey=True),
    picture_case("for logits of +-50", 2, 1, 2, 3, sure=50.0),
    picture_case("for one picture with logits of +-1000", 1, 2, 2, 2, sure=1000.0),
    Case("for one picture with logits of -1000",
         (np.array([[[[0.0, 1, 1], [1, 0, 0]]]]), np.full((1, 1, 2, 3), -1000.0)),
         {"M": 1, "C": 1, "B": 2, "A": 3, "pixels": 6}),
    picture_case("for logits of 0", 2, 1, 2, 3, sure=0.0),
    picture_case("for logits of +-8", 2, 1, 2, 3, sure=8.0),
    picture_case("for logits of +-20", 2, 1, 2, 5, sure=20.0),
    picture_case("for logits of +-40", 2, 1, 2, 5, sure=40.0),
    picture_case("for grey pixels with logits of +-50", 2, 1, 2, 2, sure=50.0, grey=True),
)  # fmt: skip
PIXEL_AXES = (1, 2, 3)
NLL_MISTAKES = (
    catalogued("mean-over-pixels"),
    catalogued("probability-plus-epsilon"),
    Known("logit-turned", "The sign of c is turned: this is what a pixel of mean sigmoid(-c) "
          "costs.", lambda x, c: likelihood.bernoulli_nll(x, -c)),
    Known("log-likelihood", "This is log D, the likelihood; its cost is minus that.",
          lambda x, c: -likelihood.bernoulli_nll(x, c)),
    Known("white-pixels-only", "Only pixels with x = 1 cost something here; black ones must pay "
          "for a mean above 0 too.",
          lambda x, c: np.sum(x * nn.softplus(-c), axis=PIXEL_AXES)),
    Known("black-term-forgotten", "softplus(c) without - x c: what the picture would cost if all "
          "pixels were black.", lambda x, c: np.sum(nn.softplus(c), axis=PIXEL_AXES)),
    Known("squared-error", "This is a squared error, which is no code length in nats.",
          lambda x, c: np.sum((x - nn.sigmoid(c)) ** 2, axis=PIXEL_AXES)),
    Known("plus-for-minus", "x c is added to softplus(c) where it is taken away.",
          lambda x, c: np.sum(nn.softplus(c) + x * c, axis=PIXEL_AXES)),
    Known("overflow", "exp(c) overflows: use a softplus that does not (5.1).",
          lambda x, c: np.sum(np.log(1 + np.exp(c)) - x * c, axis=PIXEL_AXES)),
    Known("overflow-on-both-sides", "exp(c) and exp(-c) overflow, and 0 times infinity is NaN: use "
          "a softplus that does not overflow (5.1).",
          lambda x, c: np.sum(x * np.log(1 + np.exp(-c)) + (1 - x) * np.log(1 + np.exp(c)),
                              axis=PIXEL_AXES)),
    Known("log-of-a-rounded-0", "The logarithm of sigmoid(c) is -infinity once that is rounded "
          "to 0, and 0 times infinity is NaN.",
          lambda x, c: -np.sum(x * np.log(nn.sigmoid(c)) + (1 - x) * np.log(1 - nn.sigmoid(c)),
                               axis=PIXEL_AXES)),
    Known("sigmoid-twice", "c holds logits, and is taken for a mean here.",
          lambda x, c: likelihood.bernoulli_nll(x, nn.sigmoid(c))),
)  # fmt: skip


def a_coin_costs_log_2(nll):
    """c = 0 is a fair coin."""
    cost = nll(np.ones((1, 1, 2, 2)), np.zeros((1, 1, 2, 2)))[0]
    if not np.isclose(cost, 4 * np.log(2)):
        return f"at c = 0 a pixel costs log 2 nats, so four cost 2.773; they cost {cost:.4g}"
    return None


PICTURE = Exercise(
    "5.3",
    "bernoulli_nll",
    likelihood.bernoulli_nll,
    gives=("nll",),
    cases=PICTURES,
    known=NLL_MISTAKES,
    properties=(a_coin_costs_log_2,),
    hints=("-log p = softplus(-c) and -log(1 - p) = softplus(c). Put both in.",
           "softplus(-c) = softplus(c) - c. What is left of x softplus(-c) + (1 - x) softplus(c)?",
           "softplus(c) - x c, with np.logaddexp(0, c) for the softplus, summed over the axes "
           "(1, 2, 3)."),
    solution=(likelihood.bernoulli_nll, nn.softplus),
)  # fmt: skip


def bernoulli_backward(dnll, x, c):
    """The right answer, by the package."""
    return by_hand.bernoulli_backward(dnll, (x, c))


def picture_back_case(case):
    """A picture with a derivative for every image."""
    x, c = case.arguments
    return Case(case.about, (normal(len(x)), x, c), case.sizes)


def wide(d):
    """One number an image, ready to multiply images."""
    return d[:, None, None, None]


PICTURE_BACK = Exercise(
    "5.4",
    "bernoulli_backward",
    bernoulli_backward,
    gives=("dc",),
    gradient=True,
    cases=tuple(picture_back_case(case) for case in PICTURES),
    known=(
        Known("error-image", "This is pixel minus mean, the error image; the derivative of the "
              "cost is mean minus pixel.", lambda d, x, c: wide(d) * (x - nn.sigmoid(c))),
        Known("dnll-ignored", "dnll, one number an image, must multiply it.",
              lambda d, x, c: nn.sigmoid(c) - x),
        Known("slope-of-the-sigmoid-too", "A factor of p (1 - p) too many: it has cancelled "
              "already.", lambda d, x, c: wide(d) * (nn.sigmoid(c) - x) * nn.sigmoid(c)
              * (1 - nn.sigmoid(c))),
        Known("logit-for-mean", "c - x: a logit is compared with a pixel, without the sigmoid.",
              lambda d, x, c: wide(d) * (c - x)),
        Known("mean-over-pixels", "Divided by the number of pixels: the cost is a sum.",
              lambda d, x, c: wide(d) * (nn.sigmoid(c) - x) / x[0].size),
        Known("derivative-to-the-mean", "This is the derivative with respect to the mean p; "
              "the logits are one step further back.",
              lambda d, x, c: wide(d) * (nn.sigmoid(c) - x)
              / (nn.sigmoid(c) * (1 - nn.sigmoid(c)))),
        Known("overflow", "exp(c) / (1 + exp(c)) is infinity over infinity for large c: use a "
              "sigmoid that does not overflow (5.2).",
              lambda d, x, c: wide(d) * (np.exp(c) / (1 + np.exp(c)) - x)),
    ),
    hints=("Differentiate softplus(c) - x c with respect to c.",
           "The slope of softplus is the sigmoid: sigmoid(c) - x.",
           "dnll[:, None, None, None] gives every pixel its image's number."),
    solution=(by_hand.bernoulli_forward, by_hand.bernoulli_backward),
)  # fmt: skip


def log_weight(nll, z, mu, log_sigma):
    """The right answer: one step of ``model.log_weights_along``."""
    return latent.log_prior(z) - latent.log_posterior(z, mu, log_sigma) - nll


def weight_case(about, M, Z):
    """Arguments of ``log_weight``."""
    return Case(about, (100 + normal(M), normal(M, Z), normal(M, Z), 0.5 * normal(M, Z)),
                {"M": M, "Z": Z})  # fmt: skip


def draw_case(about, middle, sigmas):
    """z is so many sigmas from mu, and log sigma near the middle."""
    mu, log_sigma = normal(2, 3), middle + 0.5 * normal(2, 3)
    z = mu + np.exp(log_sigma) * sigmas
    return Case(about, (100 + normal(2), z, mu, log_sigma), {"M": 2, "Z": 3})


def two_pi(z):
    """1/2 log(2 pi) for every component."""
    return 0.5 * latent.LOG_2PI * z.shape[1]


def normal_density(z):
    """The standard normal density of every component."""
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def quotient_of_densities(nll, z, mu, s):
    """log(p / q) where log p - log q should be."""
    p, q = normal_density(z), normal_density((z - mu) * np.exp(-s)) * np.exp(-s)
    return -nll + np.log(np.prod(p, axis=1) / np.prod(q, axis=1))


def without_log_sigma(nll, z, mu, s):
    """The density without its height."""
    return 0.5 * np.sum(((z - mu) * np.exp(-s)) ** 2 - z**2, axis=1) - nll


WEIGHT = Exercise(
    "5.5",
    "log_weight",
    log_weight,
    gives=("log w",),
    cases=(
        weight_case("for 2 images and 3 components", 2, 3),
        weight_case("for 3 images and 1 component", 3, 1),
        weight_case("for one image and 4 components", 1, 4),
        draw_case("for log sigma of about -8", -8, normal(2, 3)),
        draw_case("for log sigma of about 8", 8, normal(2, 3)),
        draw_case("for z 40 sigmas from mu", 0, np.array([[40.0, -40, 40], [-40, 40, -40]])),
    ),
    known=(
        Known("weights-by-closed-form", "The closed-form KL stands where the log densities of "
              "this z belong: right in the mean, but no weight of the z that was drawn.",
              lambda nll, z, mu, log_sigma: -nll - latent.kl_to_prior(mu, log_sigma)),
        Known("log-weight-turned", "This is -log w.",
              lambda nll, z, mu, s: -log_weight(nll, z, mu, s)),
        Known("prior-forgotten", "log p(z) is missing.",
              lambda nll, z, mu, s: -nll - latent.log_posterior(z, mu, s)),
        Known("posterior-forgotten", "log q(z | x) is missing.",
              lambda nll, z, mu, s: -nll + latent.log_prior(z)),
        Known("ratio-turned", "log p(z) and log q(z | x) have changed places.",
              lambda nll, z, mu, s: -nll - latent.log_prior(z) + latent.log_posterior(z, mu, s)),
        Known("nll-added", "nll is -log p(x | z): it must be subtracted.",
              lambda nll, z, mu, s: log_weight(-nll, z, mu, s)),
        Known("log-sigma-left-out", "A narrow q is high: its log density contains -log sigma.",
              without_log_sigma),
        Known("log-variance-for-log-sigma", "log_sigma is taken for log sigma^2: the square is "
              "divided by exp(2 log_sigma), and log sigma^2 is 2 log_sigma.",
              lambda nll, z, mu, s: log_weight(nll, z, mu, s / 2)),
        Known("log-sigma-once", "log sigma^2 = 2 log_sigma: a factor of 2 is missing.",
              lambda nll, z, mu, s: log_weight(nll, z, mu, s) - 0.5 * np.sum(s, axis=1)),
        Known("two-pi-in-q-only", "log(2 pi) of every component stands in log q(z | x), and is "
              "missing in log p(z): it is in both, and cancels.",
              lambda nll, z, mu, s: log_weight(nll - two_pi(z), z, mu, s)),
        Known("two-pi-in-p-only", "log(2 pi) of every component stands in log p(z), and is "
              "missing in log q(z | x): it is in both, and cancels.",
              lambda nll, z, mu, s: log_weight(nll + two_pi(z), z, mu, s)),
        Known("posterior-added", "log q(z | x) is added: w = p(x | z) p(z) / q(z | x) divides by "
              "it.", lambda nll, z, mu, s: log_weight(nll, z, mu, s)
              + 2 * latent.log_posterior(z, mu, s)),
        Known("density-rounded-to-0", "Far from its mean a density is rounded to 0: take both "
              "logarithms on paper, and subtract them.", quotient_of_densities),
    ),
    hints=("Both densities are Gaussians: 4.5 is log q, and log p is the same with mean 0 and "
           "sigma 1.",
           "The log(2 pi) of both cancel. What is left is a sum over components.",
           "-nll + sum over axis 1 of 1/2 ((z - mu)^2 / sigma^2 - z^2) + log sigma."),
    solution=(log_weight, latent.log_prior, latent.log_posterior, log_weights_along),
)  # fmt: skip


def importance_weighted(log_w):
    """The right answer, by the package."""
    return Bound(None, None, log_w).importance_weighted_each


def grows_not_with_copies(f):
    """K equal weights are one."""
    log_w = -np.ones((4, 1))
    value = f(log_w)[0]
    if not np.isclose(value, 1):
        return f"four equal weights of log w = -1 give the bound 1, as one does; here {value:.4g}"
    return None


TIGHTER = Exercise(
    "5.6",
    "importance_weighted",
    importance_weighted,
    gives=("bound",),
    cases=(
        Case("for 3 draws and 2 images", (normal(3, 2),), {"K": 3, "M": 2}),
        Case("for one draw", (normal(1, 3),), {"K": 1, "M": 3}),
        Case("for log weights of about -1000", (normal(5, 2) - 1000,), {"K": 5, "M": 2}),
        Case("for images of about -100 and -1000", (2 * normal(4, 2) - [100, 1000],),
             {"K": 4, "M": 2}),
        Case("for draws that differ by hundreds", (np.array([[-900.0, -10.0], [-100.0, -700.0]]),),
             {"K": 2, "M": 2}),
        Case("for 4 draws of equal weight", (np.full((4, 2), [-1.0, -100.0]),),
             {"K": 4, "M": 2}),
    ),
    known=(
        Known("mean-of-the-logarithms", "This is the mean of -log w, the plain bound; the mean "
              "stands inside the logarithm.", lambda w: -np.mean(w, axis=0)),
        Known("sum-for-mean", "The 1/K is missing: log K nats too good.",
              lambda w: importance_weighted(w) - np.log(len(w))),
        Known("sign-forgotten", "This is log p(x), estimated; the bound is minus that.",
              lambda w: -importance_weighted(w)),
        Known("one-maximum-for-all", "One maximum is taken away for all images, so that those far "
              "below it are 0 in floating point.",
              lambda w: -(w.max() + np.log(np.mean(np.exp(w - w.max()), axis=0)))),
        Known("maximum-not-given-back", "The maximum that was taken away inside must be added "
              "again outside.",
              lambda w: -np.log(np.mean(np.exp(w - w.max(axis=0)), axis=0))),
        Known("maximum-given-back-with-the-wrong-sign", "log of the mean is top + log mean "
              "exp(log w - top), and the bound is minus all of that, the maximum included.",
              lambda w: w.max(axis=0) - np.log(np.mean(np.exp(w - w.max(axis=0)), axis=0))),
        Known("best-draw-only", "This is the best draw alone.", lambda w: -w.max(axis=0)),
        Known("underflow", "exp(log w) is 0 for log w = -1000, and its logarithm -infinity.",
              lambda w: -np.log(np.mean(np.exp(w), axis=0))),
    ),
    properties=(grows_not_with_copies,),
    hints=("Take each image's largest log weight out: w = exp(top) exp(log w - top).",
           "log of the mean is then top + log mean exp(log w - top), where no exponential "
           "overflows and one of them is 1.",
           "Axis 0 holds the draws: log_w.max(axis=0), np.mean(..., axis=0). Mind the sign."),
    solution=(Bound.importance_weighted_each.fget,),
)  # fmt: skip


def nll_by_cases(x, c):
    """A right cost, written otherwise."""
    return np.sum(x * nn.softplus(-c) + (1 - x) * nn.softplus(c), axis=PIXEL_AXES)


EPSILON = Exercise(
    "5.7",
    "charges_for_errors",
    likelihood.bernoulli_nll,
    gives=("nll",),
    cases=PICTURES,
    known=NLL_MISTAKES,
    properties=(a_coin_costs_log_2,),
    suspect=Suspect("suspect_nll", NLL_MISTAKES[1].function,
                    (likelihood.bernoulli_nll, nll_by_cases)),
    hints=("Call nll with one pixel x = 0 and logits 10, 20, 30, 40. What should it cost?",
           "softplus(c) is about c for a large c: a black pixel that the network is sure is "
           "white costs about c nats.",
           "return np.allclose(nll(np.zeros((1, 1, 1, 1)), np.full((1, 1, 1, 1), 40.0)), 40)"),
    solution=(solutions.charges_for_errors, likelihood.bernoulli_nll),
)  # fmt: skip

EXERCISES = (SOFTPLUS, SOFTPLUS_BACK, PICTURE, PICTURE_BACK, WEIGHT, TIGHTER, EPSILON)
