"""Exercises of chapter 6: constants in the bias, a linear VAE and its gradient, the KL."""

import numpy as np

from draw_np import latent, nn
from draw_np.manual import likelihood as pixel_cost
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect

rng = np.random.default_rng(6)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


def counted(n, thing):
    """A number of things: "1 image", "2 images"."""
    return f"{n} {thing}{'s' * (n != 1)}"


# ---------------------------------------------------------------- 6.1


def gives_the_same(fold):
    """On a picture, before and after."""
    W, b = np.arange(1.0, 7.0).reshape(3, 2), np.array([0.5, -0.5])
    m, s, h = np.array([0.25, 0.5]), np.array([0.5, 2.0]), np.array([-1.0])
    V, v = (np.asarray(part) for part in fold(W.copy(), b.copy(), m.copy(), s.copy(), h.copy()))
    for about, x in [("a picture of zeros", np.zeros(2)), ("the picture m", m)]:
        want = np.concatenate([(x - m) / s, h]) @ W + b
        got = x @ V + v
        if not np.allclose(got, want):
            found, a = (", ".join(f"{v:.4g}" for v in np.ravel(w)) for w in (got, want))
            return (
                "x W_new + b_new must be a for every picture; "
                f"for {about} it is {found} and not {a}"
            )
    return None


def small_scales_count(fold):
    """A pixel that hardly varies is divided by its s as any other."""
    W, s = np.ones((2, 1)), np.array([1e-6])
    row = float(np.ravel(fold(W, np.zeros(1), np.zeros(1), s, np.zeros(1))[0])[0])
    if not np.isclose(row, 1e6, rtol=1e-9):
        by = f"{row:.4g}" if abs(row - 1e6) > 1e3 else f"{row:.10g}"
        return (
            f"where s is 1e-6, the row of W is multiplied by 1e+06; here it is by {by}: is s "
            "bounded, or is something added to s?"
        )
    return None


def fold_case(D, H, K, *s):
    """A layer of D pixels, a state of H and K outputs; ``s`` if they are not at random."""
    W, b, m, scales, h = normal(D + H, K), normal(K), normal(D), rng.uniform(0.3, 3, D), normal(H)
    about = f"for {counted(D, 'pixel')}, {counted(H, 'number')} of a state, {counted(K, 'output')}"
    about += f", s = {', '.join(f'{v:g}' for v in s)}" if s else ""
    return Case(about, (W, b, m, np.array(s) if s else scales, h), {"D": D, "H": H, "K": K})


FOLD = Exercise(
    "6.1",
    "folded",
    solutions.folded,
    gives=("W_new", "b_new"),
    cases=(
        fold_case(3, 3, 3),
        fold_case(4, 2, 5),
        fold_case(2, 3, 1),
        fold_case(1, 1, 2),
        fold_case(3, 2, 4, 1e-3, 1.5, 1e-6),
    ),
    properties=(gives_the_same, small_scales_count),
    solution=(solutions.folded,),
)

# ---------------------------------------------------------------- 6.2


def blind(f):
    """An encoder that answers the prior, and a decoder that ignores z."""
    x, eps = np.array([[1.0, 0.0]]), np.array([[0.7, -0.2, 1.5]])
    D_by_Z, none = np.zeros((2, 3)), np.zeros(3)
    L_x, L_z = f(x, eps, D_by_Z, none, D_by_Z, none, np.zeros((3, 2)), np.zeros(2))
    L_x, L_z = float(np.ravel(L_x)[0]), float(np.ravel(L_z)[0])
    if not np.allclose([L_x, L_z], [2 * np.log(2), 0]):
        return (
            "with all parameters 0, two pixels cost 2 log 2 = 1.3863 nats and the latent nothing; "
            f"it says {L_x:.5g} and {L_z:.5g}"
        )
    return None


def network(M, D, Z, loud=1.0):
    """Pixels, noise and parameters; ``loud`` makes the logits large."""
    x = (rng.random((M, D)) < 0.5).astype(float)
    encoder = (0.7 * normal(D, Z), normal(Z), 0.4 * normal(D, Z), 0.5 * normal(Z))
    arguments = (x, normal(M, Z), *encoder, loud * normal(Z, D), loud * normal(D))
    about = f"for {counted(M, 'image')}, {counted(D, 'pixel')}, {counted(Z, 'component')}"
    about += ", logits of hundreds" if loud > 1 else ""
    return Case(about, arguments, {"M": M, "D": D, "Z": Z})


NETWORKS = (
    network(3, 4, 2),
    network(2, 5, 3),
    network(4, 3, 1),
    network(1, 3, 3),
    network(3, 4, 2, loud=400.0),
)

FORWARD = Exercise(
    "6.2",
    "linear_vae",
    solutions.linear_vae,
    gives=("L_x", "L_z"),
    cases=NETWORKS,
    properties=(blind,),
    solution=(solutions.linear_vae, latent.sample, latent.kl_to_prior),
)

# ---------------------------------------------------------------- 6.3


BACKWARD = Exercise(
    "6.3",
    "linear_vae_backward",
    solutions.linear_vae_backward,
    gives=("dW_mu", "db_mu", "dW_s", "db_s", "dW", "db"),
    gradient=True,
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
    if not np.isclose(sum(parts), price):
        return (
            "told + wasted is the average KL; for mu = 1, -2, 0.5 and log_sigma = -1, 0.25, "
            f"-0.5 it is {sum(parts):.5g}, and the KL {price:.5g}"
        )
    same = f(np.full((4, 1), 0.5), np.full((4, 1), -1.0))
    told = float(np.ravel(same[0])[0])
    if not np.isclose(told, 0, atol=1e-9):
        return f"who answers the same to every image tells nothing; told comes out as {told:.4g}"
    return None


def answers(M, Z, how=""):
    """What an encoder says: usual components, or such as say the same to all."""
    mu, log_sigma = normal(M, Z), 0.5 * normal(M, Z) - 0.7
    if how == "the same for all images":
        mu, log_sigma = (np.repeat(v[:1], M, axis=0) for v in (mu, log_sigma))
    if how == "far from the prior":
        mu = mu + 2.0
    about = f"for {counted(M, 'image')} and {counted(Z, 'component')}" + (f", {how}" if how else "")
    return Case(about, (mu, log_sigma), {"M": M, "Z": Z})


PARTS = Exercise(
    "6.4",
    "told_and_wasted",
    told_and_wasted,
    gives=("told", "wasted"),
    cases=(
        answers(5, 3),
        answers(4, 2, "the same for all images"),
        answers(3, 4, "far from the prior"),
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


def loss_case(M, D, Z):
    """Pixels, logits and answers of an encoder."""
    x = (rng.random((M, D)) < 0.5).astype(float)
    about = f"for {counted(M, 'image')}, {counted(D, 'pixel')}, {counted(Z, 'component')}"
    return Case(
        about, (x, 2 * normal(M, D), normal(M, Z), 0.6 * normal(M, Z)), {"M": M, "D": D, "Z": Z}
    )


#: summed over the images, axis 0, and averaged over the components
WRONG_PRICE = "np.mean(np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=0)) / 2"

WRONG_AXIS = Exercise(
    "6.5",
    "minds_no_copies",
    solutions.minibatch_loss,
    gives=("loss",),
    cases=(
        loss_case(3, 4, 2),
        loss_case(2, 3, 4),
        loss_case(5, 2, 1),
        loss_case(1, 3, 3),
        loss_case(3, 5, 3),
    ),
    suspect=Suspect(
        "suspect_loss",
        ("latent.kl_to_prior(mu, log_sigma)", WRONG_PRICE),
        (solutions.minibatch_loss, loss_by_parts),
        advice="double the images (axis 0), not the columns: more pixels or components "
        "do change the loss. Both of its parts are means over the images",
    ),
    solution=(solutions.minds_no_copies, solutions.minibatch_loss),
)

# ---------------------------------------------------------------- 6.0


def standardised(x, m, s):
    """The right answer."""
    return (x - m) / s


STANDARDISED = Exercise(
    "6.0",
    "standardised",
    standardised,
    gives=("x_hat",),
    cases=tuple(
        Case(
            f"for {M} picture{'s' * (M > 1)} of {D} pixels",
            (normal(M, D), normal(D), np.exp(normal(D))),
            {"M": M, "D": D},
        )
        for M, D in [(3, 4), (4, 2), (3, 3), (1, 5)]
    ),
    solution=(standardised,),
)

EXERCISES = (STANDARDISED, FOLD, FORWARD, BACKWARD, PARTS, WRONG_AXIS)
