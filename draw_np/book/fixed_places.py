"""Four looks at fixed places: what is left of chapter 12's classifier if it may not choose.

    python -m draw_np.book.fixed_places    # trains both, and stores their answers

Four glimpses differ from one look at the whole image in two ways at once: they choose a place,
and they come closer. These two look at the four quarters of the image, one after the other:
``fixed-coarse`` through the filters of one look of 16 x 16, cut in four, and ``fixed-fine``
through those of 24 x 24, which stand as close as the glimpses' last ones.

The LSTM, the data, the recipe and the choice by validation are those of the preset
``cluttered-small``. Answers for the 200 test images are in ``fixed_places.json``.
"""

import json
from pathlib import Path

import numpy as np

from draw_np import attention, data, glimpse
from draw_np.attention import Attention
from draw_np.manual import glimpse as manual
from draw_np.manual.lstm import lstm_backward, lstm_forward
from draw_np.manual.model import accumulate, named_backward, named_forward
from draw_np.measuring import classification
from draw_np.training import optim, presets, schedules

FILE = Path(__file__).with_suffix(".json")
SMALL = presets.CLASSIFIERS["cluttered-small"]
COARSE, FINE = 16, 24  #: filters along one side of the whole image


def stride(filters, A=SMALL.config.A):
    """The stride of a grid of so many filters from the first pixel to the last."""
    return (A - 1) / (filters - 1)


# ---------------------------------------------------------------- fixed places


def quarters(filters, A=SMALL.config.A):
    """Four windows that part a grid of ``filters`` x ``filters`` over the whole image.

    Parameters
    ----------
    filters : int
        Even; each window has half as many along one side. sigma is half a stride.
    A : int
        Width and height of the image.

    Returns
    -------
    Attention
        Fields of shape (4,); gamma is 1.
    """
    middle, d = (A + 1) / 2, stride(filters, A)
    away = d * filters / 4
    g_X, g_Y = middle + away * np.array([[-1, 1, -1, 1], [-1, -1, 1, 1]])
    return Attention(g_X, g_Y, *(np.full(4, v) for v in (d, (d / 2) ** 2, 1.0)))


def patches(x, filters):
    """What is seen in the four quarters, (4, M, C n n) for n = filters / 2."""
    every = quarters(filters, x.shape[-1])
    windows = [Attention(*(v[t : t + 1] for v in every)) for t in range(4)]
    return np.stack([attention.glimpse(x, w, filters // 2).reshape(len(x), -1) for w in windows])


def fixed_parameters(rng, filters):
    """Those of a classifier, but for the read head; and log gamma of every glimpse."""
    config = glimpse.GlimpseConfig(**{**vars(SMALL.config), "N": filters // 2})
    params = glimpse.initialise(rng, config)
    kept = {name: v for name, v in params.items() if not name.startswith("read.")}
    return kept | {"log_gamma": np.zeros(4, np.float32)}


def fixed_forward(params, seen):
    """Logits (M, K) from patches (T, M, D), and what the way back needs."""
    M, H = seen.shape[1], len(params["h_0"])
    h, s = (np.broadcast_to(params[name], (M, H)) for name in ("h_0", "s_0"))
    caches = []
    for x_t, log_gamma in zip(seen, params["log_gamma"], strict=True):
        loud = np.exp(log_gamma) * x_t
        (h, s), cache = lstm_forward(loud, h, s, params["rnn.W"], params["rnn.b"])
        caches.append((loud, cache))
    logits, linear = named_forward(params, "classes", h)
    return logits, (caches, linear)


def fixed_backward(dlogits, cache):
    """The derivatives of all parameters."""
    caches, linear = cache
    dh, gradient = named_backward("classes", dlogits, linear)
    ds, dlog_gamma = np.zeros_like(dh), np.zeros(len(caches), dh.dtype)
    for t, (loud, rnn) in reversed(list(enumerate(caches))):
        dloud, dh, ds, dW, db = lstm_backward(dh, ds, rnn)
        dlog_gamma[t] = np.sum(dloud * loud)
        accumulate(gradient, {"rnn.W": dW, "rnn.b": db})
    return gradient | {"h_0": dh.sum(axis=0), "s_0": ds.sum(axis=0), "log_gamma": dlog_gamma}


class Fixed:
    """A classifier that looks at the quarters of the image, one after the other."""

    def __init__(self, filters, rng):
        self.filters, self.params = filters, fixed_parameters(rng, filters)

    def gradient(self, x, y):
        """Of the mean cross-entropy."""
        seen = patches(x, self.filters).astype(np.float32)
        logits, cache = fixed_forward(self.params, seen)
        _, softmax = manual.cross_entropy_forward(logits, y)
        share = np.full(len(y), 1 / len(y), np.float32)
        return fixed_backward(manual.cross_entropy_backward(share, softmax), cache)

    def logits(self, x):
        """(M, K), without gradient."""
        return fixed_forward(self.params, patches(x, self.filters).astype(np.float32))[0]


# ---------------------------------------------------------------- training, as the preset does

NETWORKS = {"fixed-coarse": COARSE, "fixed-fine": FINE}  #: filters along one side


def batches(split, steps, rng, M=SMALL.recipe.batch_size):
    """Images and classes for every training step."""
    for _ in range(steps):
        indices = rng.integers(len(split), size=M)
        yield split.batch(indices, rng), classification.labels(split, indices)


def trained(name, dataset, seed=0, steps=SMALL.recipe.steps):
    """Train one; its parameters are those of the lowest cross-entropy of the validation split.

    Returns
    -------
    Fixed
    log : list of (step, cross-entropy of the validation split, error)
    """
    recipe, rng = SMALL.recipe, np.random.default_rng(seed)
    network, log, best = Fixed(NETWORKS[name], rng), [], np.inf
    adam = optim.Adam.for_parameters(network.params)
    for step, (x, y) in enumerate(batches(dataset.train, steps, rng)):
        gradient, _ = optim.clip_by_global_norm(network.gradient(x, y), recipe.clip)
        adam.update(network.params, gradient, lr=schedules.cosine(step, steps, recipe.lr))
        if (step + 1) % recipe.check_every == 0:
            found = judged(network, dataset.valid)
            log.append((step + 1, *(float(np.mean(v)) for v in found)))
            if log[-1][1] < best:
                best, kept = log[-1][1], {n: v.copy() for n, v in network.params.items()}
    network.params = kept
    return network, log


def judged(network, split):
    """``glimpse.Terms`` of every image of a split."""
    x = split.batch(np.arange(len(split)), np.random.default_rng(0))
    return glimpse.judged(network.logits(x), classification.labels(split, slice(None)))


def measure(name, dataset, seed=0):
    """Train one, and say what is worth storing of it."""
    network, log = trained(name, dataset, seed)
    error = judged(network, dataset.test).error
    found = {
        "seed": seed,
        "step": min(log, key=lambda row: row[1])[0],
        "parameters": sum(v.size for v in network.params.values()),
        "wrong": np.flatnonzero(error).tolist(),
    }
    print(f"{name}: kept after step {found['step']}, {len(found['wrong'])} of {len(error)} wrong")
    return found


def stored():
    """What was measured: by name, the seed, the step, parameters, and the images named wrongly."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def main():
    """Train all and store their answers."""
    dataset = data.load(SMALL.recipe.data)
    found = {name: measure(name, dataset) for name in NETWORKS}
    FILE.write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
