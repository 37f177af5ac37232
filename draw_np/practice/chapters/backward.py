"""Exercises of chapter 11: the gradient by hand."""

import numpy as np

from draw_np import nn
from draw_np.config import Config
from draw_np.fast import packing
from draw_np.manual import model as by_hand
from draw_np.model import State
from draw_np.practice.exercise import Case, Exercise, numbers, sized

rng, normal = numbers(11)


# ---------------------------------------------------------------- 11.1


def weight_gradient(x, dy):
    """The right answer: steps and images are one axis, and dW = x^T dy over all of it."""
    x, dy = (v.reshape(-1, v.shape[-1]) for v in (x, dy))
    return x.T @ dy, dy.sum(axis=0)


@sized("{about}")
def weights_case(about, T, M, D, K):
    """Arguments of ``weight_gradient``."""
    return normal(T, M, D), normal(T, M, K)


ONE_PRODUCT = Exercise(
    "11.1",
    weight_gradient,
    cases=(
        weights_case("for 4 steps of 3 images", 4, 3, 5, 2),
        weights_case("for one step of 2 images", 1, 2, 3, 4),
        weights_case("for 5 steps of one image", 5, 1, 2, 3),
        Case(
            "for 2 steps of 2 images, inputs of some hundred",
            (300 * normal(2, 2, 3), normal(2, 2, 4)),
            {"T": 2, "M": 2, "D": 3, "K": 4},
        ),
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


@sized("{about}")
def back_case(about, M, P, H):
    """Arguments of ``given_back``."""
    return normal(M, P), normal(M, H), normal(M, 2 * P + H), 2 * normal(M, P)


GIVEN_BACK = Exercise(
    "11.2",
    given_back,
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


def output_after(cell):
    """What a cell keeps, with the output that it gave in the place of the one that it was given."""
    (xh, W), i, f, g, o, s, tanh_s, D = cell
    return (np.concatenate([xh[:, :D], o * tanh_s], axis=1), W), i, f, g, o, s, tanh_s, D


def state_after(cell):
    """The same with the states."""
    product, i, f, g, o, s, tanh_s, D = cell
    return product, i, f, g, o, f * s + i * g, tanh_s, D


def heard_after(encoder, decoder):
    """The same with the decoder's output, which ends what the encoder is given."""
    ((v, W), *gates, D), (*_, o, _, tanh_s, _) = encoder, decoder
    H = o.shape[1]
    return ((np.concatenate([v[:, : D - H], o * tanh_s, v[:, D:]], axis=1), W), *gates, D)


def canvas_after(steps, last, eps):
    """The mean of each step is that of the canvas after it."""
    means = [*(p for p, *_ in steps[1:]), nn.sigmoid(last.c)]
    return [(p, *rest) for p, (_, *rest) in zip(means, steps, strict=True)]


def noise_in_order(steps, last, eps):
    """The noise is gone through from the first step to the last, and the steps are not."""
    found = []
    for e, (*before, latent, dec, drawing) in zip(eps[::-1], steps, strict=True):
        *linear, _, (mu, sigma2) = latent
        found.append((*before, (*linear, np.sqrt(sigma2) * e, (mu, sigma2)), dec, drawing))
    return found


def in_every_step(place, keeps):
    """A slip in one of the things that a step keeps, a function of all of them."""
    return lambda steps, *_: [(*s[:place], keeps(s), *s[place + 1 :]) for s in steps]


def slipped(*slips):
    """The right answer but for what its steps have kept."""

    def answer(params, x, eps):
        given, images, config = named(params, x, eps)
        _, (steps, likelihood, last, _) = by_hand.loss_forward(given, images, eps, config)
        for slip in slips:
            steps = slip(steps, last, eps)
        gradient = by_hand.loss_backward(1.0, (steps, likelihood, last, None))
        return tuple(gradient[name].reshape(v.shape) for name, v in zip(ORDER, params, strict=True))

    return answer


ENC, DEC = 3, 5  # where a step keeps what its cells keep
OUTPUTS = (
    in_every_step(ENC, lambda step: output_after(step[ENC])),
    in_every_step(DEC, lambda step: output_after(step[DEC])),
    in_every_step(ENC, lambda step: heard_after(step[ENC], step[DEC])),
)
STATES = (
    in_every_step(ENC, lambda step: state_after(step[ENC])),
    in_every_step(DEC, lambda step: state_after(step[DEC])),
)
AFTER_THE_STEP = {  # h_t and s_t for h_{t-1} and s_{t-1}
    "encoder-output-after-the-step": slipped(OUTPUTS[0]),
    "decoder-output-after-the-step": slipped(OUTPUTS[1]),
    "decoder-heard-after-the-step": slipped(OUTPUTS[2]),
    "both-outputs-after-the-step": slipped(*OUTPUTS[:2]),
    "all-outputs-after-the-step": slipped(*OUTPUTS),
    "encoder-state-after-the-step": slipped(STATES[0]),
    "decoder-state-after-the-step": slipped(STATES[1]),
    "both-states-after-the-step": slipped(*STATES),
    "canvas-after-the-step": slipped(canvas_after),
    "noise-in-order": slipped(noise_in_order),
}


def network_case(about, T, M, P, H, Z, reach=1.0):
    """Arguments of ``whole_gradient``: weights of a size that keeps all gates open.

    ``reach`` multiplies those that make log sigma and the strokes.
    """
    shapes = {
        "enc": (2 * P + 2 * H, 4 * H),
        "mu": (H, Z),
        "log_sigma": (H, Z),
        "dec": (Z + H, 4 * H),
        "patch": (H, P),
    }
    scales = {"log_sigma": reach, "patch": 3 * reach if reach > 1 else 1}
    params = [
        0.5 * scales.get(name, 1) * normal(*s)
        for name, shape in shapes.items()
        for s in (shape, shape[1:])
    ]
    params += [0.5 * normal(n) for n in (P, H, H, H, H)]
    x = (rng.random((M, P)) < 0.5).astype(float)
    return Case(about, (tuple(params), x, normal(T, M, Z)), {"T": T, "M": M})


WHOLE = Exercise(
    "11.3",
    whole_gradient,
    cases=(
        network_case("for one step of one image", 1, 1, 4, 3, 2),  # judged first
        network_case("for one step of 3 images", 1, 3, 4, 2, 5),
        network_case("for 2 steps of one image", 2, 1, 5, 3, 4),
        network_case("for 3 steps of 2 images", 3, 2, 4, 3, 5),
        network_case("for 4 steps of 3 images", 4, 3, 2, 2, 3),
        network_case("for 2 steps of 2 images, log sigma and logits large", 2, 2, 4, 3, 2, 14.0),
    ),
    solution=(by_hand.step_backward, by_hand.loss_backward),
    source=(by_hand.latent_backward,),
    otherwise=AFTER_THE_STEP,
)

# ---------------------------------------------------------------- 11.0


def used_twice(dy, dz, u, v):
    """The right answer."""
    return dy * v + dz, dy * u + dz


TWICE = Exercise(
    "11.0",
    used_twice,
    cases=(
        *(
            Case(f"for arrays of {' x '.join(map(str, s))}", tuple(normal(*s) for _ in range(4)))
            for s in ((4,), (2, 3), (1,))
        ),
        Case(
            "for factors of 0 and of some hundred",
            (
                np.ones(3),
                np.array([0.0, 2.0, -1.0]),
                np.array([0.0, 500.0, -2.0]),
                np.array([3.0, -300.0, 0.0]),
            ),
        ),
    ),
)
