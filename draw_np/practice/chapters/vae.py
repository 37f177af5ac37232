"""Exercises of chapter 6: constants in the bias, a linear VAE and its gradient, the KL."""

import numpy as np

from draw_np import latent, nn
from draw_np.manual import likelihood as pixel_cost
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Exercise, Suspect, numbers, sized

rng, normal = numbers(6)


# ---------------------------------------------------------------- 6.1


def gives_the_same(fold):
    """On a picture, before and after."""
    W, b = np.arange(1.0, 7.0).reshape(3, 2), np.array([0.5, -0.5])
    m, s, h = np.array([0.25, 0.5]), np.array([0.5, 2.0]), np.array([-1.0])
    V, v = (np.asarray(part) for part in fold(W.copy(), b.copy(), m.copy(), s.copy(), h.copy()))
    for about, x in [("a picture of zeros", np.zeros(2)), ("the picture m", m)]:
        want = np.concatenate([(x - m) / s, h]) @ W + b
        got = x @ V + v
        found, a = (", ".join(f"{v:.4g}" for v in np.ravel(w)) for w in (got, want))
        assert np.allclose(got, want), (
            f"x W_new + b_new must be a for every picture; for {about} it is {found} and not {a}"
        )


def small_scales_count(fold):
    """A pixel that hardly varies is divided by its s as any other."""
    W, s = np.ones((2, 1)), np.array([1e-6])
    row = float(np.ravel(fold(W, np.zeros(1), np.zeros(1), s, np.zeros(1))[0])[0])
    by = f"{row:.4g}" if abs(row - 1e6) > 1e3 else f"{row:.10g}"
    assert np.isclose(row, 1e6, rtol=1e-9), (
        f"where s is 1e-6, the row of W is multiplied by 1e+06; here it is by {by}: is s "
        "bounded, or is something added to s?"
    )


@sized("for {D:pixel}, {H:number} of a state, {K:output}")
def fold_case(D, H, K):
    """A layer of D pixels, a state of H and K outputs."""
    return normal(D + H, K), normal(K), normal(D), rng.uniform(0.3, 3, D), normal(H)


FOLD = Exercise(
    "6.1",
    solutions.folded,
    cases=(
        *fold_case.each((3, 3, 3), (4, 2, 5), (2, 3, 1), (1, 1, 2)),
        fold_case(3, 2, 4).but("s = 0.001, 1.5, 1e-06", 3, np.array([1e-3, 1.5, 1e-6])),
    ),
    properties=(gives_the_same, small_scales_count),
)

# ---------------------------------------------------------------- 6.2


def blind(f):
    """An encoder that answers the prior, and a decoder that ignores z."""
    x, eps = np.array([[1.0, 0.0]]), np.array([[0.7, -0.2, 1.5]])
    D_by_Z, none = np.zeros((2, 3)), np.zeros(3)
    L_x, L_z = f(x, eps, D_by_Z, none, D_by_Z, none, np.zeros((3, 2)), np.zeros(2))
    L_x, L_z = float(np.ravel(L_x)[0]), float(np.ravel(L_z)[0])
    assert np.allclose([L_x, L_z], [2 * np.log(2), 0]), (
        "with all parameters 0, two pixels cost 2 log 2 = 1.3863 nats and the latent nothing; "
        f"it says {L_x:.5g} and {L_z:.5g}"
    )


@sized("for {M:image}, {D:pixel}, {Z:component}{about}")
def network(M, D, Z, loud=1.0, about=""):
    """Pixels, noise and parameters; ``loud`` makes the logits large."""
    x = (rng.random((M, D)) < 0.5).astype(float)
    encoder = (0.7 * normal(D, Z), normal(Z), 0.4 * normal(D, Z), 0.5 * normal(Z))
    return x, normal(M, Z), *encoder, loud * normal(Z, D), loud * normal(D)


NETWORKS = (
    *network.each((3, 4, 2), (2, 5, 3), (4, 3, 1), (1, 3, 3)),
    network(3, 4, 2, loud=400.0, about=", logits of hundreds"),
)

FORWARD = Exercise(
    "6.2",
    solutions.linear_vae,
    cases=NETWORKS,
    properties=(blind,),
    solution=(solutions.linear_vae, latent.sample, latent.kl_to_prior),
)

# ---------------------------------------------------------------- 6.3


BACKWARD = Exercise(
    "6.3",
    solutions.linear_vae_backward,
    cases=NETWORKS,
    solution=(solutions.linear_vae_backward, pixel_cost.bernoulli_backward),
)

# ---------------------------------------------------------------- 6.4


def average_price(mu, log_sigma):
    """<KL> of every component."""
    return np.mean((mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1) / 2, axis=0)


def told_and_wasted(mu, log_sigma):
    """The right answer: the waste, and what is left of the KL."""
    price = average_price(mu, log_sigma)
    m = np.mean(mu, axis=0)
    v = np.mean(mu**2 + np.exp(2 * log_sigma), axis=0) - m**2
    wasted = (m**2 + v - np.log(v) - 1) / 2
    return price - wasted, wasted


def adds_up(f):
    """To the average KL; and with the same answer for all, nothing is told."""
    mu, log_sigma = np.array([[1.0], [-2.0], [0.5]]), np.array([[-1.0], [0.25], [-0.5]])
    parts = [float(np.ravel(part)[0]) for part in f(mu, log_sigma)]
    price = average_price(mu, log_sigma)[0]
    assert np.isclose(sum(parts), price), (
        "told + wasted is the average KL; for mu = 1, -2, 0.5 and log_sigma = -1, 0.25, "
        f"-0.5 it is {sum(parts):.5g}, and the KL {price:.5g}"
    )
    same = f(np.full((4, 1), 0.5), np.full((4, 1), -1.0))
    told = float(np.ravel(same[0])[0])
    assert np.isclose(told, 0, atol=1e-9), (
        f"who answers the same to every image tells nothing; told comes out as {told:.4g}"
    )


@sized("for {M:image} and {Z:component}{how}")
def answers(M, Z, how=""):
    """What an encoder says: usual components, or such as say the same to all."""
    mu, log_sigma = normal(M, Z), 0.5 * normal(M, Z) - 0.7
    if how == ", the same for all images":
        mu, log_sigma = (np.repeat(v[:1], M, axis=0) for v in (mu, log_sigma))
    if how == ", far from the prior":
        mu = mu + 2.0
    return mu, log_sigma


PARTS = Exercise(
    "6.4",
    told_and_wasted,
    cases=(
        answers(5, 3),
        answers(4, 2, ", the same for all images"),
        answers(3, 4, ", far from the prior"),
        answers(1, 2),
    ),
    properties=(adds_up,),
    solution=(solutions.told_and_wasted,),
)

# ---------------------------------------------------------------- 6.5


def loss_by_parts(x, c, mu, log_sigma):
    """A right one, written otherwise: the mean of each part."""
    kl = 0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1)
    return np.mean(np.sum(nn.softplus(c) - x * c, axis=1)) + np.mean(np.sum(kl, axis=1))


@sized("for {M:image}, {D:pixel}, {Z:component}")
def loss_case(M, D, Z):
    """Pixels, logits and answers of an encoder."""
    x = (rng.random((M, D)) < 0.5).astype(float)
    return x, 2 * normal(M, D), normal(M, Z), 0.6 * normal(M, Z)


WRONG_AXIS = Exercise(
    "6.5",
    solutions.minibatch_loss,
    cases=loss_case.each((3, 4, 2), (2, 3, 4), (5, 2, 1), (1, 3, 3), (3, 5, 3)),
    suspect=Suspect(loss_by_parts),
)

# ---------------------------------------------------------------- 6.0


def standardised(x, m, s):
    """The right answer."""
    return (x - m) / s


@sized("for {M:picture} of {D} pixels")
def pixels_case(M, D):
    """x, m and s."""
    return normal(M, D), normal(D), np.exp(normal(D))


STANDARDISED = Exercise("6.0", standardised, cases=pixels_case.each((3, 4), (4, 2), (3, 3), (1, 5)))
