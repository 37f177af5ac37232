"""Exercises of chapter 6: constants in the bias, a linear VAE and its gradient, prices."""

import numpy as np

from draw_np import latent, nn
from draw_np.manual import likelihood as pixel_cost
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect

rng = np.random.default_rng(6)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


def counted(n, thing):
    """A number of things: "1 image", "2 images"."""
    return f"{n} {thing}{'s' * (n != 1)}"


# ---------------------------------------------------------------- 6.1


def folded_by(cut=lambda W, D, H: (W[:D], W[D:]), scale=lambda W_x, s: W_x / s[:, None],
              bias=lambda b, m, s, W_x, V: b - m @ V,
              state=lambda h, W_h: h @ W_h):  # fmt: skip
    """The folding with some of its parts exchanged."""

    def fold(W, b, m, s, h):
        W_x, W_h = cut(W, len(m), len(h))
        V = scale(W_x, s)
        return V, bias(b, m, s, W_x, V) + state(h, W_h)

    return fold


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
    cases=(fold_case(3, 3, 3), fold_case(4, 2, 5), fold_case(2, 3, 1), fold_case(1, 1, 2),
           fold_case(3, 2, 4, 1e-3, 1.5, 1e-6)),
    known=(
        Known("shift-added", "The shift is taken away from every picture, x - m: what it gives is "
              "to be subtracted from the bias.",
              folded_by(bias=lambda b, m, s, W_x, V: b + m @ V)),
        Known("shift-not-scaled", "m is divided by s, too: (x - m) / s = x / s - m / s.",
              folded_by(bias=lambda b, m, s, W_x, V: b - m @ W_x)),
        Known("shift-scaled-twice", "m is divided by s once: the rows of W_new have that in "
              "them already.", folded_by(bias=lambda b, m, s, W_x, V: b - (m / s) @ V)),
        Known("shift-forgotten", "m is missing: a picture of zeros has x_hat = -m / s, and not 0.",
              folded_by(bias=lambda b, m, s, W_x, V: b)),
        Known("scale-in-the-bias-only", "The scale is missing in W_new: each row is to be divided "
              "by its pixel's s.",
              folded_by(scale=lambda W_x, s: W_x,
                        bias=lambda b, m, s, W_x, V: b - (m / s) @ W_x)),
        Known("no-scale", "The scale is nowhere: x_hat is (x - m) / s.",
              folded_by(scale=lambda W_x, s: W_x)),
        Known("multiplied-by-the-scale", "The pixels are divided by s, and here the rows are "
              "multiplied by it.", folded_by(scale=lambda W_x, s: W_x * s[:, None])),
        Known("columns-scaled", "s belongs to the pixels, that is, to the rows of W: s[:, None] "
              "divides rows, s alone divides columns.",
              folded_by(scale=lambda W_x, s: W_x / s)),
        Known("state-forgotten", "h gives a constant as well, h W_h.",
              folded_by(state=lambda h, W_h: 0)),
        Known("state-subtracted", "h W_h is added to the bias.",
              folded_by(state=lambda h, W_h: -h @ W_h)),
        Known("rows-exchanged", "The first D rows of W are those of the picture, and the last H "
              "those of the state.", folded_by(cut=lambda W, D, H: (W[H:], W[:H]))),
        Known("bias-forgotten", "b itself stays in the bias.",
              folded_by(bias=lambda b, m, s, W_x, V: -m @ V)),
    ),
    properties=(gives_the_same, small_scales_count),
    hints=(
        "Cut W into the rows of x_hat and those of h, and write a out as in Section 6.3. Which "
        "terms have x in them?",
        "((x - m) / s) W_x = x (W_x / s) - m (W_x / s), where every row of W_x is divided by its "
        "own s. The second term and h W_h are constants.",
        "W_new = W[:D] / s[:, None], and b_new = b - m @ W_new + h @ W[D:], with D = len(m).",
    ),
    solution=(solutions.folded,),
)  # fmt: skip

# ---------------------------------------------------------------- 6.2


def cost_of_pixels(x, c):
    """L^x of every image."""
    return np.sum(nn.softplus(c) - x * c, axis=1)


def vae_by(draw=latent.sample, pixels=cost_of_pixels, price=latent.kl_to_prior,
           heads=lambda mu, log_sigma: (mu, log_sigma), biases=(1, 1)):  # fmt: skip
    """The VAE with some of its parts exchanged; ``biases``: 0 for those that are forgotten."""

    def forward(x, eps, W_mu, b_mu, W_s, b_s, W, b):
        mu, log_sigma = heads(x @ W_mu + biases[0] * b_mu, x @ W_s + biases[1] * b_s)
        c = draw(mu, log_sigma, eps) @ W + b
        return pixels(x, c), price(mu, log_sigma)

    return forward


def priced_by_the_draw(x, eps, *parameters):
    """L_z by way of the z that was drawn."""
    W_mu, b_mu, W_s, b_s, *_ = parameters
    mu, log_sigma = x @ W_mu + b_mu, x @ W_s + b_s
    z = latent.sample(mu, log_sigma, eps)
    L_z = latent.log_posterior(z, mu, log_sigma) - latent.log_prior(z)
    return solutions.linear_vae(x, eps, *parameters)[0], L_z


def reversed_price(mu, log_sigma):
    """KL(P || Q)."""
    return np.sum((1 + mu**2) * np.exp(-2 * log_sigma) / 2 + log_sigma - 0.5, axis=1)


def by_probabilities(x, c, epsilon=0.0):
    """The cost by way of sigmoid(c), which may round to 1."""
    p = nn.sigmoid(c)
    cost = x * np.log(p + epsilon) + (1 - x) * np.log(1 - p + epsilon)
    return -np.sum(cost, axis=1)


def with_overflow(x, c):
    """softplus as it is written."""
    return np.sum(np.log(1 + np.exp(c)) - x * c, axis=1)


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


NETWORKS = (network(3, 4, 2), network(2, 5, 3), network(4, 3, 1), network(1, 3, 3),
            network(3, 4, 2, loud=400.0))  # fmt: skip

FORWARD = Exercise(
    "6.2",
    "linear_vae",
    solutions.linear_vae,
    gives=("L_x", "L_z"),
    cases=NETWORKS,
    known=(
        Known("noise-dropped", "z is the mean of Q, and should be a draw: + sigma eps.",
              vae_by(draw=lambda mu, s, eps: mu)),
        Known("log-variance", "log_sigma is taken for log sigma^2, in the draw and in the KL (see "
              "Section 4.9): sigma is exp(log_sigma).", vae_by(heads=lambda mu, s: (mu, s / 2))),
        Known("mean-without-bias", "b_mu is missing in mu.", vae_by(biases=(0, 1))),
        Known("log-sigma-without-bias", "b_s is missing in log_sigma.", vae_by(biases=(1, 0))),
        Known("encoder-without-biases", "b_mu is missing in mu, and b_s in log_sigma.",
              vae_by(biases=(0, 0))),
        Known("log-for-sigma", "log_sigma multiplies the noise; sigma is exp(log_sigma).",
              vae_by(draw=lambda mu, s, eps: mu + s * eps)),
        Known("variance-for-deviation", "The noise is multiplied by the variance sigma^2, and not "
              "by sigma.", vae_by(draw=lambda mu, s, eps: latent.sample(mu, 2 * s, eps))),
        Known("drawn-by-log-variance", "The noise is multiplied by exp(log_sigma / 2), as if "
              "log_sigma were the logarithm of the variance.",
              vae_by(draw=lambda mu, s, eps: latent.sample(mu, s / 2, eps))),
        Known("drawn-from-the-prior", "z is the noise itself, as when a new picture is drawn; here "
              "it comes from Q.", vae_by(draw=lambda mu, s, eps: eps)),
        Known("noise-shared-by-the-images", "All images have the noise of the first.",
              vae_by(draw=lambda mu, s, eps: latent.sample(mu, s, eps[:1]))),
        Known("heads-exchanged", "W_mu and b_mu give mu, W_s and b_s give log_sigma.",
              vae_by(heads=lambda mu, s: (s, mu))),
        Known("kl-constant-once-a-step", "1/2 is subtracted once, and not for every component.",
              vae_by(price=lambda mu, s: latent.kl_to_prior(mu, s) + (mu.shape[1] - 1) / 2)),
        Known("kl-without-constant", "The -1 of every component is missing in the KL.",
              vae_by(price=lambda mu, s: latent.kl_to_prior(mu, s) + mu.shape[1] / 2)),
        Known("minus-one-not-halved", "The -1 stands inside the bracket, and is halved with the "
              "rest.", vae_by(price=lambda mu, s: latent.kl_to_prior(mu, s) - mu.shape[1] / 2)),
        Known("log-sigma-added", "2 log_sigma is subtracted in the KL: a narrow Q tells more, and "
              "costs more.",
              vae_by(price=lambda mu, s: latent.kl_to_prior(mu, s) + 2 * np.sum(s, axis=1))),
        Known("kl-reversed", "This is KL(P || Q). In KL(Q || P) the draws come from Q, and nothing "
              "is divided by sigma^2.", vae_by(price=reversed_price)),
        Known("kl-averaged", "The KL is the mean over the components, where it is their sum.",
              vae_by(price=lambda mu, s: latent.kl_to_prior(mu, s) / mu.shape[1])),
        Known("kl-by-log-variance", "The KL takes log_sigma for the logarithm of the variance.",
              vae_by(price=lambda mu, s: latent.kl_to_prior(mu, s / 2))),
        Known("mean-over-pixels", "The pixels' costs are averaged; they are to be summed.",
              vae_by(pixels=lambda x, c: cost_of_pixels(x, c) / x.shape[1])),
        Known("logit-turned", "x c is subtracted: a light pixel is cheap where c is large.",
              vae_by(pixels=lambda x, c: cost_of_pixels(1 - x, c))),
        Known("logit-added", "x c is subtracted, and here it is added.",
              vae_by(pixels=lambda x, c: cost_of_pixels(x, c) + 2 * np.sum(x * c, axis=1))),
        Known("relu-for-softplus", "max(0, c) is softplus(c) for large logits only: softplus(0) is "
              "log 2.", vae_by(pixels=lambda x, c: np.sum(np.maximum(c, 0) - x * c, axis=1))),
        Known("squared-error", "This is the squared error of the means; the cost of a pixel is "
              "softplus(c) - x c.",
              vae_by(pixels=lambda x, c: np.sum((x - nn.sigmoid(c)) ** 2, axis=1))),
        Known("price-of-one-draw", "log Q(z) - log P(z) at the z that was drawn is the KL on "
              "average only; exercise 4.3 has it exactly.", priced_by_the_draw),
        Known("decoder-without-bias", "b is missing in the logits.",
              lambda *a: solutions.linear_vae(*a[:-1], 0 * a[-1])),
        Known("probability-of-0", "By way of sigmoid(c), the logarithm of 0 comes up: use "
              "softplus(c) - x c.", vae_by(pixels=by_probabilities)),
        Known("probability-plus-epsilon", "A small number in the logarithm changes every cost, and "
              "bounds that of a sure mistake: use softplus(c) - x c.",
              vae_by(pixels=lambda x, c: by_probabilities(x, c, 1e-8))),
        Known("overflow", "exp(1000) is no number: np.logaddexp(0, c) is a softplus that does "
              "not overflow.", vae_by(pixels=with_overflow)),
    ),
    properties=(blind,),
    hints=(
        "Every line of it is there, in chapters 4 and 5 or in this one: exercise 4.1 for z, 4.3 "
        "for L_z, 5.1 and 5.3 for L_x. Only sums over one axis remain.",
        "sigma = np.exp(log_sigma), and a softplus that does not overflow is np.logaddexp(0, c).",
        "L_x = np.sum(np.logaddexp(0, c) - x * c, axis=1), and L_z = 0.5 * np.sum(mu**2 + "
        "sigma**2 - 2 * log_sigma - 1, axis=1).",
    ),
    solution=(solutions.linear_vae, latent.sample, latent.kl_to_prior),
)  # fmt: skip

# ---------------------------------------------------------------- 6.3


def both(by_draw, by_price):
    """Two ways, added."""
    return by_draw + by_price


def gradient_by(dc=lambda x, c: nn.sigmoid(c) - x, dmu=both, dlog_sigma=both,
                noise=lambda s, eps, mu: np.exp(s) * eps, price=lambda s: np.exp(2 * s) - 1,
                weights=(1, 1), decoder=lambda z, mu: z, passed=lambda dz, dmu: dz):  # fmt: skip
    """The gradient with some of its parts exchanged.

    ``weights`` are those of L_x and L_z: 1 for a mean over the images, 0 for a sum.
    """

    def backward(x, eps, W_mu, b_mu, W_s, b_s, W, b):
        M, (wx, wz) = len(x), weights
        mu, s = x @ W_mu + b_mu, x @ W_s + b_s
        z = mu + np.exp(s) * eps
        dc_ = dc(x, z @ W + b) * (wx or M) / M
        dz = dc_ @ W.T
        dmu_ = dmu(dz, mu * (wz or M) / M)
        ds_ = dlog_sigma(passed(dz, dmu_) * noise(s, eps, mu), price(s) * (wz or M) / M)
        return (x.T @ dmu_, np.sum(dmu_, axis=0), x.T @ ds_, np.sum(ds_, axis=0),
                decoder(z, mu).T @ dc_, np.sum(dc_, axis=0))  # fmt: skip

    return backward


def first_only(by_draw, by_price):
    """Through z alone."""
    return by_draw


def second_only(by_draw, by_price):
    """Through the price alone."""
    return by_price


def bias_means(*arguments):
    """Biases as means over the images."""
    found = list(solutions.linear_vae_backward(*arguments))
    for k in (1, 3, 5):
        found[k] = found[k] / len(arguments[0])
    return tuple(found)


def each_pair_exchanged(*arguments):
    """dW_s, db_s before dW_mu, db_mu."""
    found = solutions.linear_vae_backward(*arguments)
    return (*found[2:4], *found[:2], *found[4:])


BACKWARD = Exercise(
    "6.3",
    "linear_vae_backward",
    solutions.linear_vae_backward,
    gives=("dW_mu", "db_mu", "dW_s", "db_s", "dW", "db"),
    gradient=True,
    cases=NETWORKS,
    known=(
        Known("sum-over-images", "The loss is a mean over the images: every gradient is M times "
              "too large.", gradient_by(weights=(0, 0))),
        Known("mean-in-the-pixels-only", "1/M belongs to L_z as well: its derivatives by mu and "
              "log_sigma are divided by M, too.", gradient_by(weights=(1, 0))),
        Known("mean-in-the-price-only", "1/M belongs to L_x as well: dc is divided by M.",
              gradient_by(weights=(0, 1))),
        Known("price-forgotten", "L_z has no gradient here: mu and log_sigma act on the price, "
              "too.", gradient_by(dmu=first_only, dlog_sigma=first_only)),
        Known("price-of-mu-forgotten", "mu acts on the price, too: + mu / M.",
              gradient_by(dmu=first_only)),
        Known("price-of-sigma-forgotten", "log_sigma acts on the price, too: + (sigma^2 - 1) / M.",
              gradient_by(dlog_sigma=first_only)),
        Known("draw-cut-off", "Only the price reaches the encoder: z depends on mu and log_sigma, "
              "and the pixels on z.", gradient_by(dmu=second_only, dlog_sigma=second_only)),
        Known("draw-of-sigma-cut-off", "z depends on log_sigma as well: + dz sigma eps.",
              gradient_by(dlog_sigma=second_only)),
        Known("derivative-to-sigma", "dz eps is the derivative by sigma; by log_sigma it has "
              "another factor of sigma.", gradient_by(noise=lambda s, eps, mu: eps)),
        Known("noise-forgotten", "dz/dlog_sigma is sigma eps: the noise is missing.",
              gradient_by(noise=lambda s, eps, mu: np.exp(s))),
        Known("draw-for-noise", "dz is multiplied by z; dz/dlog_sigma is sigma eps, which is "
              "z - mu.", gradient_by(noise=lambda s, eps, mu: mu + np.exp(s) * eps)),
        Known("price-through-the-draw", "Only dz goes through the draw to log_sigma, and not "
              "dmu, which has the price of mu in it.",
              gradient_by(passed=lambda dz, dmu: dmu)),
        Known("price-by-sigma", "sigma - 1/sigma is the price's derivative by sigma; by log_sigma "
              "it is sigma^2 - 1.", gradient_by(price=lambda s: np.exp(s) - np.exp(-s))),
        Known("all-by-sigma", "These are derivatives by sigma; those by log_sigma have another "
              "factor of sigma, both of the terms.",
              gradient_by(noise=lambda s, eps, mu: eps, price=lambda s: np.exp(s) - np.exp(-s))),
        Known("price-turned", "The price rises with sigma where sigma is above 1: its derivative "
              "is sigma^2 - 1, and not 1 - sigma^2.",
              gradient_by(price=lambda s: 1 - np.exp(2 * s))),
        Known("price-without-minus-one", "The derivative of -log_sigma is -1: the price's is "
              "sigma^2 - 1.", gradient_by(price=lambda s: np.exp(2 * s))),
        Known("deviation-for-variance", "The price's derivative by log_sigma is sigma^2 - 1, with "
              "the square.", gradient_by(price=lambda s: np.exp(s) - 1)),
        Known("half-forgotten", "The 1/2 before the bracket is missing in the price's derivative: "
              "it is sigma^2 - 1, and not 2 sigma^2 - 2.",
              gradient_by(price=lambda s: 2 * np.exp(2 * s) - 2)),
        Known("half-left-over", "1/2 exp(2 l) has the derivative exp(2 l): the 2 and the 1/2 "
              "cancel.", gradient_by(price=lambda s: (np.exp(2 * s) - 1) / 2)),
        Known("climbs", "dc is sigmoid(c) - x; this is the error image x - sigmoid(c).",
              gradient_by(dc=lambda x, c: x - nn.sigmoid(c))),
        Known("one-slope-too-many", "softplus(c) - x c is taken by the logit already: its slope is "
              "sigmoid(c) - x, without p (1 - p).",
              gradient_by(dc=lambda x, c: (nn.sigmoid(c) - x) * nn.sigmoid(c)
                          * (1 - nn.sigmoid(c)))),
        Known("error-from-logits", "dc is sigmoid(c) - x, and not c - x.",
              gradient_by(dc=lambda x, c: c - x)),
        Known("decoder-at-the-mean", "What the decoder saw is z, and not mu: dW = z^T dc.",
              gradient_by(decoder=lambda z, mu: mu)),
        Known("bias-averaged", "A bias acts on every image: its derivative is a sum over them. 1/M "
              "is in dc already.", bias_means),
        Known("heads-exchanged", "The order is dW_mu, db_mu, dW_s, db_s, dW, db.",
              each_pair_exchanged),
        Known("overflow", "exp(c) / (1 + exp(c)) is infinity over infinity for large c: write "
              "1 / (1 + exp(-c)).",
              gradient_by(dc=lambda x, c: np.exp(c) / (1 + np.exp(c)) - x)),
    ),
    hints=(
        "Write the forward pass first, and keep mu, log_sigma, z and c. Then go back from c: an "
        "image's cost has the weight 1/M in the mean.",
        "dc = (sigmoid(c) - x) / M. Its linear map gives dW = z^T dc, db = the sum of dc over the "
        "images, and dz = dc W^T, as in exercise 3.1.",
        "Each of mu and log_sigma gets two terms: dmu = dz + mu / M, and dlog_sigma = dz sigma eps "
        "+ (sigma^2 - 1) / M, from exercises 4.2 and 4.4.",
        "Then two more linear maps, whose input is x: dW_mu = x.T @ dmu, db_mu = dmu.sum(axis=0), "
        "and the same with dlog_sigma.",
    ),
    solution=(solutions.linear_vae_backward, pixel_cost.bernoulli_backward),
)  # fmt: skip

# ---------------------------------------------------------------- 6.4


def average_price(mu, log_sigma):
    """<KL> of every component."""
    return np.mean((mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1) / 2, axis=0)


def parts_by(m=lambda mu: np.mean(mu, axis=0),
             v=lambda mu, s, m: np.mean(mu**2 + np.exp(2 * s), axis=0) - m**2,
             waste=lambda m, v: (m**2 + v - np.log(v) - 1) / 2,
             told=lambda mu, s, wasted: average_price(mu, s) - wasted,
             order=(0, 1)):  # fmt: skip
    """The two parts with something exchanged."""

    def parts(mu, log_sigma):
        centre = m(mu)
        wasted = waste(centre, v(mu, log_sigma, centre))
        found = told(mu, log_sigma, wasted), wasted
        return found[order[0]], found[order[1]]

    return parts


def adds_up(f):
    """To the average price; and with the same answer for all, nothing is told."""
    mu, log_sigma = np.array([[1.0], [-2.0], [0.5]]), np.array([[-1.0], [0.25], [-0.5]])
    parts = [float(np.ravel(part)[0]) for part in f(mu, log_sigma)]
    price = average_price(mu, log_sigma)[0]
    if not np.isclose(sum(parts), price):
        return (
            "told + wasted is the average price; for mu = 1, -2, 0.5 and log_sigma = -1, 0.25, "
            f"-0.5 it is {sum(parts):.5g}, and the price {price:.5g}"
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
    solutions.told_and_wasted,
    gives=("told", "wasted"),
    cases=(answers(5, 3), answers(4, 2, "the same for all images"),
           answers(3, 4, "far from the prior"), answers(1, 2)),
    known=(
        Known("spread-of-the-means-only", "v is the variance of the draws, and not that of mu: "
              "every draw has its noise as well, + <sigma^2>.",
              parts_by(v=lambda mu, s, m: np.mean(mu**2, axis=0) - m**2)),
        Known("noise-only", "The means differ from image to image, and v contains their "
              "spread as well, <mu^2> - m^2.",
              parts_by(v=lambda mu, s, m: np.mean(np.exp(2 * s), axis=0))),
        Known("mean-not-subtracted", "<mu^2> + <sigma^2> is the mean square; the variance is that "
              "minus m^2.", parts_by(v=lambda mu, s, m: np.mean(mu**2 + np.exp(2 * s), axis=0))),
        Known("m-not-squared", "The variance is the mean square minus m^2, and not minus m.",
              parts_by(v=lambda mu, s, m: np.mean(mu**2 + np.exp(2 * s), axis=0) - m)),
        Known("divided-by-M-minus-1", "<...> is the mean over the M images: divide by M, and not "
              "by M - 1.",
              parts_by(v=lambda mu, s, m: np.sum((mu - m) ** 2, axis=0) / max(len(mu) - 1, 1)
                       + np.mean(np.exp(2 * s), axis=0))),
        Known("divided-by-M-minus-1-in-var", "<...> is the mean over the M images: divide by M, "
              "and not by M - 1; so ddof is 0.",
              parts_by(v=lambda mu, s, m: np.var(mu, axis=0, ddof=1)
                       + np.mean(np.exp(2 * s), axis=0))),
        Known("log-variance", "log_sigma is taken for log sigma^2 (see Section 4.9): sigma^2 is "
              "exp(2 log_sigma).", lambda mu, s: solutions.told_and_wasted(mu, s / 2)),
        Known("price-by-log-variance", "v is right, but the price takes log_sigma for log sigma^2 "
              "(see Section 4.9).",
              parts_by(told=lambda mu, s, wasted: average_price(mu, s / 2) - wasted)),
        Known("square-of-the-mean-sigma", "<sigma^2> is the mean of the squares, and not the "
              "square of <sigma>.",
              parts_by(v=lambda mu, s, m: np.mean(mu**2, axis=0) - m**2
                       + np.mean(np.exp(s), axis=0) ** 2)),
        Known("sigma-of-the-mean", "<sigma^2> is the mean of the squares, and not the square of "
              "exp(<log_sigma>).",
              parts_by(v=lambda mu, s, m: np.mean(mu**2, axis=0) - m**2
                       + np.exp(2 * np.mean(s, axis=0)))),
        Known("deviation-for-variance", "<sigma^2> is wanted in v, and this is <sigma>.",
              parts_by(v=lambda mu, s, m: np.mean(mu**2 + np.exp(s), axis=0) - m**2)),
        Known("variance-taken-for-deviation", "v is a variance already: the KL has v and log v in "
              "it, and not v^2 and log v^2.",
              parts_by(waste=lambda m, v: (m**2 + v**2 - 2 * np.log(v) - 1) / 2)),
        Known("log-of-the-variance-twice", "2 log sigma is log v, and not 2 log v.",
              parts_by(waste=lambda m, v: (m**2 + v - 2 * np.log(v) - 1) / 2)),
        Known("mean-forgotten-in-the-waste", "N(m, v) is away from the prior by m, too.",
              parts_by(waste=lambda m, v: (v - np.log(v) - 1) / 2)),
        Known("told-is-the-price", "told is what is left of the price when the waste is taken "
              "away.", parts_by(told=lambda mu, s, wasted: average_price(mu, s))),
        Known("told-by-sigma-alone", "-<log sigma> is what is told if the draws together fill the "
              "prior, v = 1. In general v is another.",
              parts_by(told=lambda mu, s, wasted: -np.mean(s, axis=0))),
        Known("log-of-the-mean", "<log sigma> is the mean of the logarithms, and not half the "
              "logarithm of <sigma^2>.",
              parts_by(told=lambda mu, s, wasted: average_price(mu, s) - wasted + np.mean(s, axis=0)
                       - np.log(np.mean(np.exp(2 * s), axis=0)) / 2)),
        Known("sums-over-the-images", "The price is a mean over the images, and not a sum.",
              parts_by(told=lambda mu, s, wasted: len(mu) * average_price(mu, s) - wasted)),
        Known("parts-exchanged", "told comes first, and then wasted.", parts_by(order=(1, 0))),
    ),
    properties=(adds_up,),
    hints=(
        "m and v are two lines of means along axis 0. wasted is the KL of exercise 4.3 with m for "
        "mu and v for sigma^2, so log v for 2 log sigma.",
        "told need not be found by itself: it is the average of that KL over the images, for each "
        "component, minus wasted.",
        "wasted = 0.5 * (m**2 + v - np.log(v) - 1), and told = price - wasted, with price = 0.5 * "
        "np.mean(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=0).",
    ),
    solution=(solutions.told_and_wasted,),
)  # fmt: skip

# ---------------------------------------------------------------- 6.5


def prices(mu, log_sigma):
    """KL of every image and component."""
    return 0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1)


def loss_by(pixels=cost_of_pixels, price=lambda kl: np.sum(kl, axis=1), mean=np.mean):
    """A loss with some of its parts exchanged."""

    def loss(x, c, mu, log_sigma):
        return mean(pixels(x, c)) + mean(price(prices(mu, log_sigma)))

    return loss


def loss_case(M, D, Z):
    """Pixels, logits and answers of an encoder."""
    x = (rng.random((M, D)) < 0.5).astype(float)
    about = f"for {counted(M, 'image')}, {counted(D, 'pixel')}, {counted(Z, 'component')}"
    return Case(about, (x, 2 * normal(M, D), normal(M, Z), 0.6 * normal(M, Z)),
                {"M": M, "D": D, "Z": Z})  # fmt: skip


WRONG_AXIS = Exercise(
    "6.5",
    "minds_no_copies",
    solutions.minibatch_loss,
    gives=("loss",),
    cases=(loss_case(3, 4, 2), loss_case(2, 3, 4), loss_case(5, 2, 1), loss_case(1, 3, 3),
           loss_case(3, 5, 3)),
    known=(
        Known("kl-averaged", "The prices of the components are averaged, and should be summed: a "
              "component that is not used would make the others cheaper.",
              loss_by(price=lambda kl: np.mean(kl, axis=1))),
        Known("kl-summed-over-all", "Now the prices of all images are summed: take the mean over "
              "the images.", loss_by(price=np.sum)),
        Known("sum-over-images", "The bound is per image: a mean over the images, and not a sum.",
              loss_by(mean=np.sum)),
        Known("mean-over-pixels", "L_x is to stay a sum over the pixels.",
              loss_by(pixels=lambda x, c: cost_of_pixels(x, c) / x.shape[1])),
        Known("pixels-summed-over-images", "L_x is the sum over the pixels of an image, axis 1, "
              "and was right as it stood.",
              loss_by(pixels=lambda x, c: np.sum(nn.softplus(c) - x * c, axis=0))),
        Known("price-divided-by-M-twice", "The sum over components is to be divided by M once.",
              loss_by(price=lambda kl: np.sum(kl, axis=1) / len(kl))),
        Known("kl-constant-once-a-step", "1/2 is subtracted once for an image, and not for every "
              "component.",
              loss_by(price=lambda kl: np.sum(kl, axis=1) + (kl.shape[1] - 1) / 2)),
        Known("price-forgotten", "L_z is missing.", loss_by(price=lambda kl: 0 * kl[:, 0])),
        Known("price-subtracted", "L_z is a cost, as L_x is: it is added.",
              loss_by(price=lambda kl: -np.sum(kl, axis=1))),
    ),
    suspect=Suspect("suspect_loss", loss_by(price=lambda kl: np.sum(kl, axis=0)),
                    (solutions.minibatch_loss, loss_by()),
                    advice="double the images (axis 0), not the columns: more pixels or components "
                    "do change the loss. Both of its parts are means over the images"),
    hints=(
        "Which axis of kl are the images, which the components? Over one there is to be a sum, "
        "over the other a mean.",
        "np.concatenate([x, x]) has every image twice. A mean over images does not notice that; a "
        "sum does. Do it with all four arguments, and compare.",
        "np.allclose(loss(x, c, mu, s), loss(twice(x), twice(c), twice(mu), twice(s))), with mu "
        "and s other than 0, so that there is a price. Then, in the last line, sum kl over axis 1.",
    ),
    solution=(solutions.minds_no_copies, solutions.minibatch_loss),
)  # fmt: skip

EXERCISES = (FOLD, FORWARD, BACKWARD, PARTS, WRONG_AXIS)
