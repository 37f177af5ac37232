"""Exercises of chapter 11: the gradient by hand."""

import numpy as np

from draw_np import nn
from draw_np.config import Config
from draw_np.fast import packing
from draw_np.manual import model as by_hand
from draw_np.model import State
from draw_np.practice.exercise import Case, Exercise

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
    solution=(weight_gradient, packing.Map.weigh),
)

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
            "logits up to 8", 3, np.array([[8.0, -8.0, 6.0], [-7.0, 0.5, 7.5]])
        ),
        Case(
            "for one image, 2 pixels and one unit, logits of 1000 and -1000",
            (np.ones((1, 2)), np.ones((1, 1)), np.arange(1.0, 6)[None], np.array([[1e3, -1e3]])),
            {"M": 1, "P": 2, "H": 1},
        ),
    ),
    solution=(given_back,),
)

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


def network_case(about, T, M, P, H, Z):
    """Arguments of ``whole_gradient``: weights of a size that keeps all gates open."""
    shapes = {
        "enc": (2 * P + 2 * H, 4 * H),
        "mu": (H, Z),
        "log_sigma": (H, Z),
        "dec": (Z + H, 4 * H),
        "patch": (H, P),
    }
    params = [0.5 * normal(*s) for shape in shapes.values() for s in (shape, shape[1:])]
    params += [0.5 * normal(n) for n in (P, H, H, H, H)]
    x = (rng.random((M, P)) < 0.5).astype(float)
    return Case(about, (tuple(params), x, normal(T, M, Z)), {"T": T, "M": M})


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
    solution=(by_hand.step_backward, by_hand.loss_backward),
    source=(by_hand.latent_backward,),
)

EXERCISES = (ONE_PRODUCT, GIVEN_BACK, WHOLE)
