"""The variational autoencoder that DRAW is at T = 1, and the plain one that it is not."""

from typing import NamedTuple

import autograd.numpy as np

from draw_np.data.dataset import intensities
from draw_np.data.digits import parts
from draw_np.latent import kl_to_prior, sample
from draw_np.likelihood import bernoulli_nll
from draw_np.measuring.recognise import recogniser
from draw_np.model import Terms
from draw_np.nn import affine, sigmoid

SURE = 0.9  #: the probability above which the judge counts as sure
USED = 0.1  #: nats, on average: a component that costs less counts as unused

# ---------------------------------------------------------------- the network


def gated(v, W, b, s_0):
    """A layer with gates: the LSTM cell where the state before is the constant ``s_0``.

    Parameters
    ----------
    v : array, shape (M, D)
    W, b : array, shapes (D, 4 H) and (4 H,)
        The columns give i, f, g and o.
    s_0 : array, shape (H,)

    Returns
    -------
    array, shape (M, H)
    """
    a_i, a_f, a_g, a_o = np.split(affine(v, W, b), 4, axis=1)
    s = sigmoid(a_f) * s_0 + sigmoid(a_i) * np.tanh(a_g)
    return sigmoid(a_o) * np.tanh(s)


def encoder(params, x):
    """mu and log sigma of Q(Z | x), each (M, Z), from images (M, C, B, A)."""
    v = np.reshape(x, (len(x), -1))  # (M, C B A)
    h = gated(v, params["enc.W"], params["enc.b"], params["enc.s_0"])
    mu = affine(h, params["mu.W"], params["mu.b"])
    return mu, affine(h, params["log_sigma.W"], params["log_sigma.b"])


def decoder(params, z):
    """Logits of every pixel, (M, C B A), from latents (M, Z)."""
    h = gated(z, params["dec.W"], params["dec.b"], params["dec.s_0"])
    return affine(h, params["patch.W"], params["patch.b"])


def terms(params, x, eps):
    """L^x and L^z of every image: encoder, latent, decoder.

    Parameters
    ----------
    params : dict of arrays
        As ``folded`` gives them.
    x : array, shape (M, C, B, A)
    eps : array, shape (M, Z)

    Returns
    -------
    Terms
        Two arrays of shape (M,), in nats.
    """
    mu, log_sigma = encoder(params, x)
    z = sample(mu, log_sigma, eps)
    logits = np.reshape(decoder(params, z), x.shape)
    return Terms(bernoulli_nll(x, logits), kl_to_prior(mu, log_sigma))


def loss(params, x, eps):
    """The bound, in nats per image: the mean of L^x + L^z over the minibatch."""
    L_x, L_z = terms(params, x, eps)
    return np.mean(L_x + L_z)


def autoencoder_costs(params, x):
    """L^x of every image with z = mu, (M,), in nats: no noise, no KL."""
    mu, _ = encoder(params, x)
    return bernoulli_nll(x, np.reshape(decoder(params, mu), x.shape))


def autoencoder_loss(params, x, eps=None):
    """What a plain autoencoder minimises: L^x alone, in nats per image; eps is not used."""
    return np.mean(autoencoder_costs(params, x))


def folded(params, config):
    """The parameters of the VAE that DRAW without attention is for T = 1.

    Parameters
    ----------
    params : dict of arrays
        Of DRAW.
    config : Config
        With T = 1 and without attention.

    Returns
    -------
    dict of arrays
        ``enc``, ``mu``, ``log_sigma``, ``dec`` and ``patch``, each with ``.W`` and ``.b``,
        and the constant states ``enc.s_0`` and ``dec.s_0``.

    Raises
    ------
    ValueError
        If the network draws in more steps than one, or with attention.
    """
    if (config.T, config.N_read, config.N_write) != (1, None, None):
        raise ValueError(
            f"T = {config.T}, N_read = {config.N_read}, N_write = {config.N_write}: this is a VAE "
            "only for T = 1 and without attention, where both N are None"
        )
    p, n, H = params, config.pixels, config.H
    W_x, W_error, W_dec, W_enc = np.split(p["enc.W"], [n, 2 * n, 2 * n + H])
    W_z, W_state = np.split(p["dec.W"], [config.Z])
    c_0 = np.reshape(p["c_0"], -1)
    from_enc = np.dot(p["h_dec_0"], W_dec) + np.dot(p["h_enc_0"], W_enc)
    return {
        "enc.W": W_x + W_error,
        "enc.b": p["enc.b"] - np.dot(sigmoid(c_0), W_error) + from_enc,
        "enc.s_0": p["s_enc_0"],
        **{name: p[name] for name in ("mu.W", "mu.b", "log_sigma.W", "log_sigma.b")},
        "dec.W": W_z,
        "dec.b": p["dec.b"] + np.dot(p["h_dec_0"], W_state),
        "dec.s_0": p["s_dec_0"],
        "patch.W": p["patch.W"],
        "patch.b": p["patch.b"] + c_0,
    }


# ---------------------------------------------------------------- what they are asked


def images(params, z):
    """What the decoder makes of latents (M, Z): probabilities of the pixels, (M, 1, 28, 28)."""
    return np.reshape(sigmoid(decoder(params, z)), (-1, 1, 28, 28))


class Tried(NamedTuple):
    """What an autoencoder does with images, and with samples of the prior."""

    L_x: object  #: reconstruction cost at z = mu, (M,), in nats
    again: object  #: the reconstructions, (M, 1, 28, 28)
    right: float  #: the share of them that the judge names as their label
    samples: object  #: what the decoder makes of the prior's samples, (n, 1, 28, 28)
    sure: float  #: the share of them of which the judge is sure
    away: float  #: how far they are from the nearest training digit, on average


def tried(params, x, labels, z):
    """Reconstruct images, decode samples, and ask the judge what it sees.

    Parameters
    ----------
    params : dict of arrays
        As ``folded`` gives them.
    x : array, shape (M, 1, 28, 28)
    labels : array of int, shape (M,)
    z : array, shape (n, Z)

    Returns
    -------
    Tried
    """
    again, samples = images(params, encoder(params, x)[0]), images(params, z)
    right = float(np.mean(recogniser().named(again) == labels))
    sure = float(np.mean(sureness(samples) > SURE))
    return Tried(autoencoder_costs(params, x), again, right, samples, sure, away(samples).mean())


def sureness(pictures):
    """The judge's probability of the class that it names, (M,)."""
    return recogniser().probabilities(pictures).max(axis=1)


def away(pictures):
    """The summed squared difference of pictures to the nearest embedded training digit, (M,)."""
    digits = np.reshape(intensities(parts()["train"][0]), (-1, 784))
    flat = np.reshape(pictures, (len(pictures), -1))
    squares = np.sum(flat**2, axis=1)[:, None] + np.sum(digits**2, axis=1) - 2 * flat @ digits.T
    return np.min(squares, axis=1)


# ---------------------------------------------------------------- component by component


def cost(mu, log_sigma):
    """The KL of every component by itself, (M, Z), in nats."""
    return 0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1)


def mean_cost(params, x, z):
    """L^x in nats, averaged over images and draws z, (K, M, Z)."""
    return np.mean([bernoulli_nll(x, np.reshape(decoder(params, d), x.shape)) for d in z])


def worth(params, x, rng, draws=4):
    """By how much L^x rises, in nats, if one component is sampled from the prior instead, (Z,)."""
    mu, log_sigma = encoder(params, x)
    z = np.stack([sample(mu, log_sigma, rng.standard_normal(mu.shape)) for _ in range(draws)])
    other, as_it_is = rng.standard_normal(z.shape), mean_cost(params, x, z)
    swapped = [np.where(np.arange(z.shape[-1]) == k, other, z) for k in range(z.shape[-1])]
    return np.array([mean_cost(params, x, s) - as_it_is for s in swapped])
