"""An independent judge of drawn digits: a small net that was taught the embedded ones only.

It never sees an image that a network drew, and is the same for all of them: its training is
a function of nothing but the embedded training images and a fixed seed. It takes some
seconds, once in a process.

Axes: ``M`` images, ``K`` classes.
"""

from functools import cache

import numpy as np

from draw_np.data import digits
from draw_np.data.compose import random_crops
from draw_np.data.dataset import bernoulli, intensities
from draw_np.glimpse import log_softmax, one_hot
from draw_np.manual.nn import affine_backward, affine_forward

SEED = 20260104  # of the judge: fixed before any network was judged
K = 10
HIDDEN = 256
SHIFT = 2  # pixels, in either direction, by which a training image may be moved
MARGIN = ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT))
STEPS, BATCH = 2000, 100
RATE, MOMENTUM, DECAY = 0.1, 0.9, 1e-4


class Recogniser:
    """A net of two layers, softmax(max(0, x W + b) V + c).

    Parameters
    ----------
    params : dict of arrays
        ``hidden`` and ``classes``, each with ``.W`` and ``.b``.
    """

    def __init__(self, params):
        self.params = params

    def probabilities(self, images):
        """How sure the judge is of every class.

        Parameters
        ----------
        images : array, shape (M, 1, 28, 28) or (M, 28, 28)
            Intensities in [0, 1], such as the means of a drawing's last canvas.

        Returns
        -------
        array, shape (M, K)
            Rows sum to 1.

        Raises
        ------
        ValueError
            If the images have another size, or values outside [0, 1].
        """
        x = np.asarray(images)
        if x.shape[1:] not in ((1, digits.SIZE, digits.SIZE), (digits.SIZE, digits.SIZE)):
            raise ValueError(
                f"images have the shape {x.shape}: expected (M, 1, {digits.SIZE}, {digits.SIZE}), "
                "the size of the embedded digits"
            )
        if x.size and not (x.min() >= 0 and x.max() <= 1):
            raise ValueError(f"images go from {x.min()} to {x.max()}: expected values in [0, 1]")
        return np.exp(log_softmax(forward(self.params, flat(x))[0]))

    def named(self, images):
        """The likeliest class of every image, (M,)."""
        return self.probabilities(images).argmax(axis=1)


@cache
def recogniser():
    """The judge: trained at the first call, the same in every process on the same machine."""
    images, labels = digits.parts()["train"]
    rng = np.random.default_rng(SEED)
    return Recogniser(trained(intensities(images), labels, rng, STEPS))


def trained(images, labels, rng, steps):
    """Parameters after so many steps of gradient descent with momentum on the cross-entropy.

    Parameters
    ----------
    images : array, shape (n, 1, B, A), in [0, 1]
    labels : array of int, shape (n,)
    rng : numpy.random.Generator
    steps : int

    Returns
    -------
    dict of arrays, float32
    """
    params = initialise(rng, flat(images[:1]).size)
    speed = {name: np.zeros_like(value) for name, value in params.items()}
    for step in range(steps):
        chosen = rng.integers(len(images), size=BATCH)
        gradient = slope(params, seen(images[chosen], rng), labels[chosen])
        rate = RATE * (1 - step / steps)
        for name, value in params.items():
            speed[name] = MOMENTUM * speed[name] - rate * (gradient[name] + DECAY * value)
            value += speed[name]
    return params


def initialise(rng, D):
    """New parameters: weights that keep the size of what goes through them, and no bias."""
    weights = {"hidden": (D, HIDDEN), "classes": (HIDDEN, K)}
    return {
        f"{name}.{part}": value.astype(np.float32)
        for name, shape in weights.items()
        for part, value in (
            ("W", rng.standard_normal(shape) * (2 / shape[0]) ** 0.5),
            ("b", np.zeros(shape[1])),
        )
    }


def seen(images, rng):
    """A batch as the judge is taught it: moved by some pixels, and half of it made binary."""
    moved = random_crops(np.pad(images[:, 0], MARGIN), images.shape[-1], rng)
    binary = rng.random(len(images)) < 0.5
    moved[binary] = bernoulli(moved[binary], rng)
    return flat(moved)


def flat(images):
    """One row an image: means of 2 x 2 pixels about zero, float32, (M, B A / 4).

    The digits had 8 x 8 pixels before they were enlarged, so that nothing is lost.
    """
    M, (B, A) = len(images), images.shape[-2:]
    means = images.reshape(M, B // 2, 2, A // 2, 2).mean(axis=(2, 4))
    return (means.reshape(M, -1) - 0.5).astype(np.float32)


def forward(params, x):
    """The logits of the classes, (M, K), and what ``slope`` needs of the way."""
    a, first = affine_forward(x, params["hidden.W"], params["hidden.b"])
    logits, second = affine_forward(np.maximum(a, 0), params["classes.W"], params["classes.b"])
    return logits, (a, first, second)


def slope(params, x, labels):
    """The gradient of the mean cross-entropy: of the logits it is (p - one hot) / M."""
    logits, (a, first, second) = forward(params, x)
    dlogits = (np.exp(log_softmax(logits)) - one_hot(labels, logits)) / len(x)
    dh, dV, dc = affine_backward(dlogits, second)
    _, dW, db = affine_backward(dh * (a > 0), first)
    return {"hidden.W": dW, "hidden.b": db, "classes.W": dV, "classes.b": dc}
