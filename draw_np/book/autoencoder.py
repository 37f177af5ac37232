"""The plain autoencoder of chapter 6, trained and stored: ``python -m draw_np.book.autoencoder``.

It has the encoder and the decoder of the packaged ``vae`` and is trained as that one was: the
same start, the same images in the same order, the same steps of Adam. Only the loss differs.
The command trains it again, in some minutes, and stores its weights beside this file.
"""

import argparse
from pathlib import Path

import numpy as np
from autograd import value_and_grad

import draw_np
from draw_np import cli, data, parameters
from draw_np.book import vae
from draw_np.measuring import bounds
from draw_np.training import optim, schedules
from draw_np.training.streams import Order, streams

PROG = "python -m draw_np.book.autoencoder"
FILE = Path(__file__).with_suffix(".npz")


def train(loss, config, recipe, seed=0, judge=None):
    """A network of one step, trained on a loss of its folded parameters.

    Parameters
    ----------
    loss : callable
        Of folded parameters, images and noise: ``vae.loss`` or ``vae.autoencoder_loss``.
    config : Config
        With T = 1 and without attention.
    recipe : networks.Recipe
        Steps, batch size, rate and clipping; the data are the embedded digits.
    seed : int
        Of the start, the order, the binarisation and the noise, as in ``draw_np.train``.
    judge : callable, optional
        Of folded parameters, every ``recipe.check_every`` steps: the weights for which it is
        lowest are kept. Without it, the last ones.

    Returns
    -------
    dict of arrays
        As ``vae.folded`` gives them.
    int
        After which step.
    """
    rngs, digits = streams(seed), data.load("digits").train
    start = (rngs["initialisation"], config, recipe.start, digits.mean())
    params, order = parameters.initialise(*start), Order(len(digits), rngs["order"])
    adam = optim.Adam.for_parameters(params)
    slope = value_and_grad(lambda p, x, eps: loss(vae.folded(p, config), x, eps))
    lowest, best, at = np.inf, None, recipe.steps
    for step in range(recipe.steps):
        x = digits.batch(order.take(recipe.batch_size), rngs["binarisation"])
        eps = rngs["noise"].standard_normal((len(x), config.Z), dtype=np.float32)
        with np.errstate(over="ignore"):  # of autograd's tanh far out, where its slope is 0
            gradient = slope(params, x, eps)[1]
        gradient, _ = optim.clip_by_global_norm(gradient, recipe.clip)
        adam.update(params, gradient, schedules.cosine(step, recipe.steps, recipe.lr))
        if judge and (step + 1) % recipe.check_every == 0:
            now = vae.folded(params, config)
            if (judged := judge(now)) < lowest:
                lowest, best, at = judged, {k: v.copy() for k, v in now.items()}, step + 1
    return (best if judge else vae.folded(params, config)), at


def cost(params, split, seed=0):
    """L^x of every image of a split at z = mu, (n,), in nats; the images are ``bounds.bound``'s."""
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    x = split.batch(np.arange(len(split)), rng)
    return vae.autoencoder_costs(params, x)


def load():
    """The stored autoencoder's weights, float32, and after which training step they were kept."""
    with np.load(FILE) as stored:
        return {k: stored[k].astype(np.float32) for k in stored if k != "step"}, int(stored["step"])


def main(argv=None):
    """Train the autoencoder as the packaged VAE was trained, and store it."""
    argparse.ArgumentParser(prog=PROG, description=__doc__.split(":")[0]).parse_args(argv)
    variational, valid = draw_np.load("vae"), data.load("digits").valid
    params, step = train(
        vae.autoencoder_loss,
        variational.config,
        variational.recipe,
        judge=lambda p: cost(p, valid).mean(),
    )
    np.savez_compressed(FILE, step=step, **{k: v.astype(np.float16) for k, v in params.items()})
    test = cost(load()[0], data.load("digits").test)
    print(
        f"kept after step {step}: {test.mean():.1f} nats of L^x on the test images "
        f"(standard error {bounds.standard_error(test):.1f})"
    )
    return 0


if __name__ == "__main__":
    cli.run(main, PROG)
