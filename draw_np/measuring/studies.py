"""What a trained network can be asked beside drawing: numbers for figures, no pictures.

Nearest training images (Figures 6, 9 and 12), images between two latents, and the
completion of images of which a part is hidden.
"""

import numpy as np

from draw_np import model
from draw_np.data.dataset import bernoulli
from draw_np.machine import backend
from draw_np.nn import sigmoid


def nearest(images, split, seed=0, block=1000):
    """For each image, the one of *all* images of a split that is nearest pixel by pixel (L2).

    Parameters
    ----------
    images : array, shape (n, C, B, A)
    split : a split of a data set
        The training split, as intensities. Where its images are random (crops, composed
        digits), each is drawn once, by ``seed``.
    seed : int
    block : int
        Images of the split at a time.

    Returns
    -------
    index : array of int, shape (n,)
        Where they are in the split.
    found : array, shape (n, C, B, A)
    """
    rng, wanted = np.random.default_rng(seed), images.reshape(len(images), -1).astype(float)
    index, found = np.zeros(len(images), int), np.zeros_like(images)
    best = np.full(len(images), np.inf)  # squared distances, without the image's own square
    for start in range(0, len(split), block):
        x = split.batch(np.arange(start, min(start + block, len(split))), rng)  # (m, C, B, A)
        flat = x.reshape(len(x), -1).astype(float)
        distance = np.sum(flat**2, axis=1) - 2 * wanted @ flat.T  # (n, m)
        i = distance.argmin(axis=1)
        closer = distance.min(axis=1) < best
        best[closer] = distance.min(axis=1)[closer]
        index[closer], found[closer] = start + i[closer], x[i[closer]]
    return index, found


def between(z_0, z_1, share):
    """The latent at ``share`` of the way along the arc from one latent to another.

    Draws of a normal distribution in many dimensions lie near a sphere. A straight line
    between two of them leaves it (half way, the length is down by sqrt(2)); the arc does
    not, so that every latent on the way is a likely one (Shoemake 1985, "slerp").

    Parameters
    ----------
    z_0, z_1 : array, of one shape
    share : float
        0 gives ``z_0`` and 1 gives ``z_1``.

    Returns
    -------
    array
    """
    cosine = np.vdot(z_0, z_1) / (np.linalg.norm(z_0) * np.linalg.norm(z_1))
    angle = np.arccos(np.clip(cosine, -1, 1))
    if np.sin(angle) < 1e-6:
        return (1 - share) * z_0 + share * z_1
    return (np.sin((1 - share) * angle) * z_0 + np.sin(share * angle) * z_1) / np.sin(angle)


def interpolate(params, config, pairs, columns, rng):
    """Images on the way from one draw of the latents to another.

    Parameters
    ----------
    params : dict of arrays
    config : Config
    pairs, columns : int
        How many ways, and how many images on each, both ends among them.
    rng : numpy.random.Generator

    Returns
    -------
    array, shape (pairs, columns, C, B, A)
        Means sigmoid(c_T). Of a network with classes, a class a pair, in turn.
    """
    ends = rng.standard_normal((pairs, 2, config.T, config.Z), dtype=np.float32)
    shares = np.linspace(0, 1, columns)
    z = np.stack([between(z_0, z_1, s) for z_0, z_1 in ends for s in shares], axis=1)  # (T, M, Z)
    labels = None if config.K is None else np.repeat(np.arange(pairs) % config.K, columns)
    z, labels = backend.alongside(params, (z, labels))
    c = model.generate(params, z, config, labels).c[-1]
    means = sigmoid(backend.to_host(c))
    return means.reshape(pairs, columns, *config.image_shape)


def complete(params, config, x, known, rounds, rng, labels=None):
    """Fill in what is hidden of images by repeated reconstruction (Rezende et al. 2014).

    The hidden pixels start as fair coins. In every round the network reconstructs the
    image, the hidden pixels are drawn from what it says, and the known ones are put back.
    This is a Markov chain on the hidden part; the closer the posterior is to the true one,
    the closer its limit is to p(hidden | known) (their appendix on missing data).

    Parameters
    ----------
    params : dict of arrays
    config : Config
    x : array, shape (M, C, B, A)
    known : array of bool, broadcast to ``x``
    rounds : int
    rng : numpy.random.Generator
    labels : array of int, shape (M,), optional
        Of the images, where the network has classes.

    Returns
    -------
    array, shape (rounds + 1, M, C, B, A)
        What was looked at in the first round, then after each round the known pixels with
        the means of the others.
    """
    binary = bool(np.all((x == 0) | (x == 1)))
    coins = bernoulli(np.full(x.shape, 0.5), rng)
    looked_at = np.where(known, x, coins)
    shown = [looked_at]
    for _ in range(rounds):
        eps = rng.standard_normal((config.T, len(x), config.Z), dtype=np.float32)
        seen, eps, y = backend.alongside(params, (looked_at, eps, labels))
        means = sigmoid(backend.to_host(model.reconstruct(params, seen, eps, config, y).c[-1]))
        shown.append(np.where(known, x, means))
        looked_at = np.where(known, x, bernoulli(means, rng) if binary else means)
    return np.stack(shown)
