"""Exercises for chapter 14: twenty ways to get it wrong.

M images, Z latent components, T steps; sigma is a standard deviation of a latent, sigma2
the variance of a filter. Results have the dtype of the arguments, and arguments stay as
they are. Check your answers with `python -m draw_np.exercises check 14`.
"""

import numpy as np


def off_by(F):
    """Exercise 14.0: rows that should sum to 1 (easy, 5 minutes, about 1 line).

    A test that finds many of this chapter's mistakes: the rows of a filterbank sum to 1. How
    far from 1 is the sum of each row, up or down?

    F: (M, N, A), a row for each filter.    Returns the distances: (M, N), 0 or more.
    """
    raise NotImplementedError("Exercise 14.0: rows that should sum to 1")


def measured_kl(mu, log_sigma, eps):
    """Exercise 14.1: a cost, measured (easy, 15 minutes, about 5 lines).

    The KL of Q = N(mu, sigma^2) to P = N(0, 1), without its closed form: sample z = mu +
    sigma eps, K times, and take the mean of log Q(z) - log P(z) over the samples. log Q(z)
    is a sum over components of -1/2 ((z - mu)^2 / sigma^2 + log(2 pi sigma^2)). The error
    of the mean is s / sqrt(K), where s is the standard deviation over the samples, with
    K - 1 in its denominator.

    mu, log_sigma: (M, Z); eps: (K, M, Z), K > 1.
    Returns the measured KL and its error, in nats: (M,) each.
    """
    raise NotImplementedError("Exercise 14.1: a cost, measured")


def knows_no_batch_size(loss):
    """Exercise 14.2: find the bug in a minibatch (easy, 10 minutes, about 4 lines).

    `suspect_loss` below claims to be the loss of a minibatch, in nats per image. Adam hides
    what is wrong with it. First write here a property that every right loss has and this
    one lacks: return True if the function `loss`, with the arguments of suspect_loss, has
    it, else False. (What happens to the loss if every image comes twice?) Then fix
    suspect_loss.
    """
    raise NotImplementedError("Exercise 14.2: a property that suspect_loss lacks")


def suspect_loss(nll, kl):
    """L of images that cost nll, (M,), and in every step kl, (T, M): one number, wrong in
    one respect: fix it (exercise 14.2)."""
    return np.sum(nll) + np.sum(kl)


def sees_mirrors(read):
    """Exercise 14.3: find the bug in a place (medium, 20 minutes, about 6 lines).

    `suspect_read` below reads a line of pixels as a read head does: raw_g is the head's
    output g~, its place, and 0 is the middle. It is half a pixel off there, and no picture
    shows it. First write here a property that every right read has and this one lacks:
    return True if the function `read`, with the arguments of suspect_read, has it, else
    False. (What must a line seen in a mirror give?) Then fix suspect_read, by Eq. 22.
    """
    raise NotImplementedError("Exercise 14.3: a property that suspect_read lacks")


def suspect_read(line, raw_g, delta, sigma2, N):
    """A patch of N numbers, (M, N), of lines of A pixels, (M, A), from raw_g, delta and
    sigma2, (M,) each: wrong in one respect, fix it (exercise 14.3)."""
    A = line.shape[1]
    i, a = np.arange(1, N + 1, dtype=line.dtype), np.arange(1, A + 1, dtype=line.dtype)
    g = A / 2 * (raw_g + 1)
    mu = g[:, None] + delta[:, None] * (i - N / 2 - 0.5)  # (M, N)
    F = np.exp(-((a - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None]))  # (M, N, A)
    F = F / np.sum(F, axis=2, keepdims=True)
    return np.sum(F * line[:, None, :], axis=2)


def answers(f, eps):
    """Exercise 14.4: who answers to whom (medium, 15 minutes, about 6 lines).

    What must not be used may be NaN, since arithmetic with a NaN gives a NaN again.
    f makes T results from the noise of T steps. Find out which result uses the noise of
    which step: put NaN into all noise of one step, see which results have a NaN anywhere,
    and go on to the next step with the first one's noise put back.

    f: a function, gives (T, D) for (T, Z).    eps: (T, Z), without any NaN.
    Returns a table in the dtype of eps, such as np.zeros((T, T), dtype=eps.dtype). Row t,
    column k: 1 if result k uses the noise of step t, else 0.
    """
    raise NotImplementedError("Exercise 14.4: who answers to whom")


def is_a_weight(log_weight):
    """Exercise 14.5: find the bug in a weight (medium, 20 minutes, about 6 lines).

    `suspect_log_weight` below claims to be log p(x, z) - log q(z | x) for the z that was
    sampled from q. In the mean over z it is right. First write here a property that every
    right one has and this one lacks: return True if the function `log_weight`, with the
    arguments of suspect_log_weight, has it, else False. (Take nll = 0: the weight is
    p(z) / q(z). What is the mean of that over many samples from a q about as wide as p?) Then
    fix suspect_log_weight.
    """
    raise NotImplementedError("Exercise 14.5: a property that suspect_log_weight lacks")


def suspect_log_weight(nll, z, mu, log_sigma):
    """log w, (M,), from nll = -log p(x | z), (M,), z and the mu and log_sigma that it was
    sampled by, (M, Z) each: wrong in one respect, fix it (exercise 14.5)."""
    kl = 0.5 * np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=1)
    return -nll - kl


def made_up_for(W, b, A, B):
    """Exercise 14.6: weights that make up for three mistakes (medium, 25 minutes, about 7 lines).

    A head puts out h W + b: g~_X, g~_Y, log sigma^2, log delta~ and log gamma, in this
    order. Its weights were learned by right code. Another program makes three mistakes: it
    counts pixels from 0 along x and y, though the centres of Eqs. 22 and 23 count from 1;
    it has 2 (sigma^2)^2 for 2 sigma^2 in the exponent; and it divides the stride by delta~,
    where Eq. 24 multiplies. Find the weights with which it reads and writes as the right one
    does, for every h.

    W: (H, 5), b: (5,); A, B: whole numbers, the image's width and height.
    Returns W', b' for the other program: (H, 5), (5,).
    """
    raise NotImplementedError("Exercise 14.6: weights that make up for three mistakes")
