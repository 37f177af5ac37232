"""Exercises for chapter 6: a VAE.

M images, D pixels in a row (D = C B A), Z latent components, H numbers of a state;
sigma is a standard deviation, and log_sigma its logarithm. Results have the dtype of the
arguments, and arguments stay as they are. Check your answers with
`python -m draw_np.exercises check 6`.
"""

import numpy as np


def standardised(x, m, s):
    """Exercise 6.0: pixels, shifted and scaled (easy, 5 minutes, about 1 line).

    x_hat = (x - m) / s: every pixel of every picture, less the mean of this pixel and
    divided by its scale. Exercise 6.1 puts it into the weights.

    x: (M, D); m, s: (D,), s > 0.    Returns x_hat: (M, D).
    """
    raise NotImplementedError("Exercise 6.0: pixels, shifted and scaled")


def folded(W, b, m, s, h):
    """Exercise 6.1: constants go into the bias (easy, 15 minutes, about 5 lines).

    The first layer of an encoder is a linear map of two inputs, one beside the other:
    a = [x_hat, h] W + b, where x_hat = (x - m) / s is the picture x with every pixel
    shifted and scaled. m, s and h are the same for every picture. Find W_new and b_new such
    that a = x W_new + b_new for every picture.

    W: (D + H, K), the first D rows are those of x_hat; b: (K,); m, s: (D,), s > 0; h: (H,).
    Returns W_new: (D, K), with rows for the pixels alone, and b_new: (K,).
    """
    raise NotImplementedError("Exercise 6.1: constants go into the bias")


def linear_vae(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    """Exercise 6.2: a whole VAE, without layers (easy, 15 minutes, about 7 lines).

    The smallest VAE there is; encoder and decoder are linear maps:

    mu = x W_mu + b_mu,    log_sigma = x W_s + b_s,    z = mu + sigma eps,    c = z W + b

    L_x is the cost of the pixels at the logits c, the sum of softplus(c) - x c over a
    picture, for logits up to 1000 as well, and L_z is KL(Q || P), with Q = N(mu, sigma^2)
    and P = N(0, 1) in every component.

    x: (M, D), 0 or 1, eps: (M, Z), W_mu, W_s: (D, Z), b_mu, b_s: (Z,), W: (Z, D), b: (D,).
    Returns L_x and L_z, in nats: (M,) each.
    """
    raise NotImplementedError("Exercise 6.2: a whole VAE, without layers")


def linear_vae_backward(x, eps, W_mu, b_mu, W_s, b_s, W, b):
    """Exercise 6.3: the same VAE, backwards (hard, 40 minutes, about 15 lines).

    The gradient of the loss, the mean of L_x + L_z of 6.2 over the M images. mu and
    log_sigma each act on it in two ways, by way of z and by way of the KL.

    x: (M, D), 0 or 1, eps: (M, Z), W_mu, W_s: (D, Z), b_mu, b_s: (Z,), W: (Z, D), b: (D,).
    Returns dW_mu, db_mu, dW_s, db_s, dW, db, each of the shape of its parameter.
    """
    raise NotImplementedError("Exercise 6.3: the same VAE, backwards")


def told_and_wasted(mu, log_sigma):
    """Exercise 6.4: the nats that a component wastes (medium, 20 minutes, about 6 lines).

    <...> is the mean over the M images. Over all of them, the samples of a component have
    the mean m = <mu> and the variance v = <mu^2> + <sigma^2> - m^2. Cut its average KL
    into two parts, neither of which can be below 0:

    <KL> = told + wasted,    with wasted = the KL of N(m, v) to the prior N(0, 1)

    That much a component would cost if it answered N(m, v) to every image, and so told
    nothing. What is left, told, is the most that it can tell of which image it is.

    mu, log_sigma: (M, Z).    Returns told and wasted of every component, in nats: (Z,) each.
    """
    raise NotImplementedError("Exercise 6.4: the nats that a component wastes")


def minds_no_copies(loss):
    """Exercise 6.5: find the bug in a bound (medium, 20 minutes, about 6 lines).

    `suspect_loss` below claims to be the bound of a minibatch: the mean over the images of
    what each image costs, L_x + L_z. With as many images as components (M = Z) it is even
    right. First write here a property that every right loss has and this one lacks: return
    True if the function `loss`, with the arguments of suspect_loss, has it, else False. It
    is called with right losses and with this one: choose numbers on which they differ. (Put
    every image of a minibatch into it twice. What becomes of the mean?) Then fix
    suspect_loss. x, c: (M, D), pixels (0 or 1) and logits; mu, log_sigma: (M, Z).
    """
    raise NotImplementedError("Exercise 6.5: a property that suspect_loss lacks")


def suspect_loss(x, c, mu, log_sigma):
    """The bound in nats per image, one number, wrong: fix it (exercise 6.5)."""
    L_x = np.sum(np.logaddexp(0, c) - x * c, axis=1)
    kl = 0.5 * (mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1)
    return np.mean(L_x) + np.mean(np.sum(kl, axis=0))
