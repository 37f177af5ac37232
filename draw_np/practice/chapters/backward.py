"""Exercises of chapter 11: the gradient by hand."""

import numpy as np

from draw_np import nn
from draw_np.config import Config
from draw_np.fast import packing
from draw_np.manual import latent, lstm
from draw_np.manual import model as by_hand
from draw_np.manual.likelihood import bernoulli_backward
from draw_np.model import State
from draw_np.practice.exercise import Case, Exercise, Known

rng = np.random.default_rng(11)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


# ---------------------------------------------------------------- 11.1


def weight_gradient(x, dy):
    """The right answer: steps and images are one axis, and dW = x^T dy over all of it."""
    x, dy = (v.reshape(-1, v.shape[-1]) for v in (x, dy))
    return x.T @ dy, dy.sum(axis=0)


def weights_case(about, T, M, D, K):
    """Arguments of ``weight_gradient``."""
    return Case(about, (normal(T, M, D), normal(T, M, K)), {"T": T, "M": M, "D": D, "K": K})


ONE_PRODUCT = Exercise(
    "11.1",
    "weight_gradient",
    weight_gradient,
    gives=("dW", "db"),
    gradient=True,
    cases=(
        weights_case("for 4 steps of 3 images", 4, 3, 5, 2),
        weights_case("for one step of 2 images", 1, 2, 3, 4),
        weights_case("for 5 steps of one image", 5, 1, 2, 3),
    ),
    known=(
        Known("last-step-only", "Only the last step's inputs and derivatives are used; the same "
              "weights work in all steps.", lambda x, dy: weight_gradient(x[-1:], dy[-1:])),
        Known("first-step-only", "Only the first step's inputs and derivatives are used; the same "
              "weights work in all steps.", lambda x, dy: weight_gradient(x[:1], dy[:1])),
        Known("averaged-over-steps", "The steps are averaged; what they contribute is added.",
              lambda x, dy: tuple(v / len(x) for v in weight_gradient(x, dy))),
        Known("averaged-over-images", "The images are averaged. The mean belongs to the loss: dy "
              "already holds its 1/M.",
              lambda x, dy: tuple(v / x.shape[1] for v in weight_gradient(x, dy))),
        Known("steps-mixed", "The inputs of one step meet the derivatives of another: the sums "
              "over the steps are taken before the product, and not by it.",
              lambda x, dy: weight_gradient(x.sum(axis=0), dy.sum(axis=0))),
        Known("steps-turned-round", "The derivatives are taken from the last step to the first, "
              "the inputs from the first to the last.",
              lambda x, dy: weight_gradient(x, dy[::-1])),
    ),
    hints=(
        "dW_dk is a sum over steps and over images of x_tmd dy_tmk. Nothing tells steps from "
        "images.",
        "v.reshape(-1, v.shape[-1]) puts the steps behind one another: (T M, D) and (T M, K).",
        "dW = x^T dy of these two, and db sums the rows of dy.",
    ),
    solution=(weight_gradient, packing.Map.weigh),
)  # fmt: skip

# ---------------------------------------------------------------- 11.2


def given_back(dc_t, dh_decoder, dv, c):
    """The right answer: c and h are each used twice, and get the sum of two.

    v = [x, x_hat, h], so dv is cut into three; the part of x is not asked for. x_hat is
    x - p with p = sigmoid(c), whose slope is p (1 - p): hence the minus. The canvas goes
    into c_t unchanged, so dc_t passes on.
    """
    P, p = c.shape[1], nn.sigmoid(c)
    return dc_t - dv[:, P : 2 * P] * p * (1 - p), dh_decoder + dv[:, 2 * P :]


def back_case(about, M, P, H):
    """Arguments of ``given_back``."""
    arguments = (normal(M, P), normal(M, H), normal(M, 2 * P + H), 2 * normal(M, P))
    return Case(about, arguments, {"M": M, "P": P, "H": H})


def slope(c):
    """p (1 - p)."""
    return nn.sigmoid(c) * (1 - nn.sigmoid(c))


GIVEN_BACK = Exercise(
    "11.2",
    "given_back",
    given_back,
    gives=("dc", "dh"),
    gradient=True,
    cases=(
        back_case("for 2 images, 3 pixels and 4 units", 2, 3, 4),
        back_case("for 3 images, 4 pixels and 2 units", 3, 4, 2),
        back_case("for one image, one pixel and one unit", 1, 1, 1),
        back_case("for 2 images, 3 pixels and 4 units", 2, 3, 4).but(
            "logits up to 8", 3, np.array([[8.0, -8.0, 6.0], [-7.0, 0.5, 7.5]])),
    ),
    known=(
        Known("error-image-forgotten", "c is also used by x_hat = x - sigmoid(c), and that way is "
              "left out.", lambda dc, dh, dv, c: (dc, given_back(dc, dh, dv, c)[1])),
        Known("canvas-not-passed-on", "c also goes into c_t = c + stroke, and dc_t, which comes "
              "back that way, is left out.",
              lambda dc, dh, dv, c: given_back(0 * dc, dh, dv, c)),
        Known("sign-of-the-error-image", "x_hat = x - sigmoid(c) falls as c rises: the way through "
              "x_hat has a minus.",
              lambda dc, dh, dv, c: (2 * dc - given_back(dc, dh, dv, c)[0], dh
                                     + dv[:, 2 * c.shape[1] :])),
        Known("slope-of-the-sigmoid-missing", "The derivative of x - sigmoid(c) is -p (1 - p), and "
              "not -1.",
              lambda dc, dh, dv, c: (dc - dv[:, c.shape[1] : 2 * c.shape[1]],
                                     dh + dv[:, 2 * c.shape[1] :])),
        Known("image-for-error-image", "dv begins with the part of x, which is given; the part of "
              "x_hat comes after it.",
              lambda dc, dh, dv, c: (dc - dv[:, : c.shape[1]] * slope(c),
                                     dh + dv[:, 2 * c.shape[1] :])),
        Known("encoder-forgotten", "h also goes into the encoder, at the end of v, and that way is "
              "left out.", lambda dc, dh, dv, c: (given_back(dc, dh, dv, c)[0], dh)),
        Known("decoder-forgotten", "h also goes into the decoder, and dh_decoder is left out.",
              lambda dc, dh, dv, c: given_back(dc, 0 * dh, dv, c)),
    ),
    hints=(
        "c is used twice, and so is h. What comes back by each way is added.",
        "Cut dv as v is put together: P entries for x, P for x_hat, H for h.",
        "dx_hat reaches c with the slope -p (1 - p), p = sigmoid(c); dc_t reaches it unchanged.",
    ),
    solution=(given_back, by_hand.step_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 11.3

WEIGHTS = tuple(f"{name}.{v}" for name in ("enc", "mu", "log_sigma", "dec", "patch") for v in "Wb")
ORDER = (*WEIGHTS, *(f"{name}_0" for name in State._fields))


def named(params, x, eps):
    """Parameters by name, images and sizes, from the exercise's flat ones."""
    (T, M, Z), P, H = eps.shape, x.shape[1], len(params[ORDER.index("h_dec_0")])
    config = Config(A=P, B=1, T=T, H=H, Z=Z, N_read=None, N_write=None)
    given = dict(zip(ORDER, params, strict=True))
    given["c_0"] = given["c_0"].reshape(config.image_shape)
    return given, x.reshape(M, *config.image_shape), config


def whole_gradient(params, x, eps):
    """The right answer: forward with all caches kept, then ``loss_backward``."""
    given, images, config = named(params, x, eps)
    _, cache = by_hand.loss_forward(given, images, eps, config)
    gradient = by_hand.loss_backward(1.0, cache)
    return tuple(gradient[name].reshape(v.shape) for name, v in zip(ORDER, params, strict=True))


def step_back(dstate, dL_z, cache, but=(), slope=None):
    """``step_backward`` of the package laid open, so that ways in it can be forgotten.

    ``but`` are names of ways whose derivative is taken for 0. ``slope`` is that of x_hat in c
    as a function of p = sigmoid(c), if it is not -p (1 - p).
    """

    def by(way, value):
        return 0 * value if way in but else value

    p, R, _, enc, (to_mu, to_log_sigma, sample, kl), dec, drawing = cache
    dh_stroke, dparams = by_hand.draw_backward(dstate.c, drawing)
    dh = by("next step", dstate.h_dec) + by("patch", dh_stroke)
    dz, dh_dec, ds_dec, *weights = lstm.lstm_backward(dh, dstate.s_dec, dec)
    dparams |= dict(zip(("dec.W", "dec.b"), weights, strict=True))
    drawn, cost = latent.sample_backward(by("z", dz), sample), latent.kl_backward(dL_z, kl)
    dh_enc = dstate.h_enc
    for k, (name, linear) in enumerate({"mu": to_mu, "log_sigma": to_log_sigma}.items()):
        more, d = by_hand.named_backward(name, drawn[k] + by(f"KL of {name}", cost[k]), linear)
        dh_enc, dparams = dh_enc + by(name, more), dparams | d
    dv, dh_enc, ds_enc, *weights = lstm.lstm_backward(dh_enc, dstate.s_enc, enc)
    dparams |= dict(zip(("enc.W", "enc.b"), weights, strict=True))
    dx_hat = dv[:, R // 2 : R].reshape(p.shape)
    dc = by("canvas", dstate.c) + dx_hat * (slope or (lambda p: -p * (1 - p)))(p)
    dh_dec = by("decoder", dh_dec) + by("encoder", dv[:, R:])
    cells = by("cells", ds_enc), by("cells", ds_dec)
    return State(dc, by("next encoder", dh_enc), cells[0], dh_dec, cells[1]), dparams


def by_steps(params, x, eps, pixels=lambda dL: dL, cost=lambda t, dL: dL, order=reversed,
             keep=by_hand.accumulate, **step):  # fmt: skip
    """``whole_gradient`` laid open, so that something in it can be wrong.

    ``pixels`` and ``cost`` give every image's weight in L^x and in the KL of a step, from 1/M
    and the place of the step in the loop; ``order`` the loop's; ``keep`` adds up parameters.
    """
    given, images, config = named(params, x, eps)
    _, (steps, likelihood, last) = by_hand.loss_forward(given, images, eps, config)
    dL = np.full(len(x), 1 / len(x), dtype=last.c.dtype)
    none, gradient = np.zeros_like(last.h_dec), {}
    dstate = State(bernoulli_backward(pixels(dL), likelihood), none, none, none, none)
    for t, cache in enumerate(order(steps)):
        dstate, dparams = step_back(dstate, cost(t, dL), cache, **step)
        gradient = keep(gradient, dparams)
    gradient |= {f"{name}_0": v.sum(axis=0) for name, v in dstate._asdict().items()}
    return tuple(gradient[name].reshape(v.shape) for name, v in zip(ORDER, params, strict=True))


def changed(name, says, **changes):
    """A known mistake: ``by_steps`` with something changed."""
    return Known(name, says, lambda params, x, eps: by_steps(params, x, eps, **changes))


def first_state(change):
    """A wrong answer in which only the derivatives of the initial state are changed."""
    n = len(WEIGHTS)

    def answer(params, x, eps):
        found = whole_gradient(params, x, eps)
        return (*found[:n], *(change(v, len(x)) for v in found[n:]))

    return answer


def network_case(about, T, M, P, H, Z):
    """Arguments of ``whole_gradient``: weights of a size that keeps all gates open."""
    shapes = {
        "enc": (2 * P + 2 * H, 4 * H), "mu": (H, Z), "log_sigma": (H, Z),
        "dec": (Z + H, 4 * H), "patch": (H, P),
    }  # fmt: skip
    params = [0.5 * normal(*s) for shape in shapes.values() for s in (shape, shape[1:])]
    params += [0.5 * normal(n) for n in (P, H, H, H, H)]
    x = (rng.random((M, P)) < 0.5).astype(float)
    return Case(about, (tuple(params), x, normal(T, M, Z)), {"T": T, "M": M})


FORGOTTEN_WAYS = (
    changed("patch-forgotten", "h_t^dec makes the stroke, and what comes back by the patch is left "
            "out: add it to what the next step gives back to h_t^dec.", but=("patch",)),
    changed("next-step-forgotten", "h_t^dec goes into the next step as well as into the stroke, "
            "and only the stroke's way back is there.", but=("next step",)),
    changed("decoder-forgotten", "h_{t-1}^dec goes into the decoder of step t, and what comes back "
            "that way is left out.", but=("decoder",)),
    changed("encoder-forgotten", "h_{t-1}^dec goes into the encoder of step t, at the end of its "
            "input, and what comes back that way is left out.", but=("encoder",)),
    changed("next-encoder-forgotten", "h_{t-1}^enc goes into the encoder of step t, and what comes "
            "back that way is left out.", but=("next encoder",)),
    changed("way-through-z-forgotten", "mu and log sigma make z, and what comes back from the "
            "decoder by z is left out.", but=("z",)),
    changed("mu-gives-nothing-back", "h_t^enc makes mu and log sigma, and only what comes back by "
            "log sigma is there.", but=("mu",)),
    changed("log-sigma-gives-nothing-back", "h_t^enc makes mu and log sigma, and only what comes "
            "back by mu is there.", but=("log_sigma",)),
    changed("kl-of-mu-forgotten", "The KL has the slope mu in mu, beside what comes through z.",
            but=("KL of mu",)),
    changed("kl-of-log-sigma-forgotten", "The KL has the slope sigma^2 - 1 in log sigma, beside "
            "what comes through z.", but=("KL of log_sigma",)),
    changed("kl-forgotten", "The KL of every step is part of the loss, and reaches mu and log "
            "sigma beside what comes through z.", but=("KL of mu", "KL of log_sigma")),
    changed("canvas-not-passed-on", "c_{t-1} also goes into c_t = c_{t-1} + stroke, and what comes "
            "back that way is left out.", but=("canvas",)),
    changed("error-image-forgotten", "c_{t-1} is also used by x_hat = x - sigmoid(c_{t-1}), and "
            "that way is left out.", slope=np.zeros_like),
    changed("cell-states-cut", "The cell states carry derivatives from step to step, and theirs "
            "are thrown away.", but=("cells",)),
)  # fmt: skip


def sigma_for_its_square(params, x, eps):
    """The KL's slope in log sigma as sigma - 1."""
    given, images, config = named(params, x, eps)
    _, (steps, *_) = by_hand.loss_forward(given, images, eps, config)
    with_roots = []
    for p, R, looking, enc, (*maps, (mu, sigma2)), dec, drawing in steps:
        with_roots.append((p, R, looking, enc, (*maps, (mu, np.sqrt(sigma2))), dec, drawing))
    return by_steps(params, x, eps, order=lambda _: with_roots[::-1])


WRONG_LOOPS = (
    changed("sign-of-the-error-image", "x_hat = x - sigmoid(c) falls as c rises: its slope is "
            "-p (1 - p), with a minus.", slope=lambda p: p * (1 - p)),
    changed("slope-of-the-sigmoid-missing", "The derivative of x - sigmoid(c) is -p (1 - p), and "
            "not -1.", slope=lambda p: -np.ones_like(p)),
    Known("sigma-for-its-square", "The KL's slope in log sigma is sigma^2 - 1, and not sigma - 1: "
          "sigma^2 = exp(2 log sigma).", sigma_for_its_square),
    changed("kl-summed-over-images", "The loss is a mean over the images: in the KL, too, every "
            "image has the weight 1/M.", cost=lambda t, dL: np.ones_like(dL)),
    changed("pixels-summed-over-images", "The loss is a mean over the images: in the pixels' cost, "
            "too, every image has the weight 1/M.", pixels=np.ones_like),
    changed("kl-of-the-last-step-only", "Every step's KL is part of the loss; only that of the "
            "last step is seen.", cost=lambda t, dL: (t == 0) * dL),
    changed("from-the-first-step", "The way back goes from the last step to the first: reversed is "
            "missing.", order=list),
    changed("last-step-only", "The weights work in all steps, and only the last step's "
            "contribution is there.", keep=lambda total, new: total or new),
    changed("overwritten", "The weights work in all steps, and only the first step's contribution "
            "is there, which the loop finds last: add with +=.", keep=lambda total, new: new),
)  # fmt: skip

WHOLE = Exercise(
    "11.3",
    "whole_gradient",
    whole_gradient,
    gives=tuple(f"d{name}" for name in ORDER),
    gradient=True,
    cases=(
        network_case("for one step of one image", 1, 1, 4, 3, 2),  # judged first
        network_case("for one step of 3 images", 1, 3, 4, 2, 5),
        network_case("for 2 steps of one image", 2, 1, 5, 3, 4),
        network_case("for 3 steps of 2 images", 3, 2, 4, 3, 5),
        network_case("for 4 steps of 3 images", 4, 3, 2, 2, 3),
    ),
    known=(
        *FORGOTTEN_WAYS,
        *WRONG_LOOPS,
        Known("summed-over-images", "The loss is a mean over the images; every image has the "
              "weight 1/M.",
              lambda p, x, e: tuple(len(x) * v for v in whole_gradient(p, x, e))),
        Known("initial-state-averaged", "The initial state was repeated for M images: its "
              "derivatives are summed over them. The mean belongs to the loss.",
              first_state(lambda v, M: v / M)),
    ),
    hints=(
        "Run the loop forward and keep, for every step, what its backward pass will want. Then "
        "go from t = T to 1 with the derivatives of five things: c, and h and s of both cells.",
        "In a step, from its last line to its first: the stroke; the decoder; z, mu and log "
        "sigma, and their KL; the encoder; the error image. A value that was used twice gets a "
        "sum of two.",
        "h_{t-1}^dec is used by the decoder and by the encoder, c_{t-1} by c_t and by x_hat. dL/dc "
        "of the last canvas is (sigmoid(c_T) - x) / M, and every step's KL has the weight 1/M.",
    ),
    solution=(by_hand.step_backward, by_hand.loss_backward),
)  # fmt: skip

EXERCISES = (ONE_PRODUCT, GIVEN_BACK, WHOLE)
