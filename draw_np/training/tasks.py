"""What the training loop must know of a network: it draws, classifies, or is a pyramid.

All are trained by the same loop (``loop``) and kept in the same checkpoints. What differs
stands here: a task is asked for new parameters, for what a step takes beside its images,
and for the numbers that a step is told by.
"""

import numpy as np

from draw_np import glimpse, parameters, pyramid
from draw_np.machine import backend
from draw_np.manual import glimpse as manual_glimpse
from draw_np.measuring import bounds, classification, samples
from draw_np.networks import network
from draw_np.training import engines


class Task:
    """What all tasks share."""

    def adam(self, config):
        """Constants of Adam that are not its defaults, by name."""
        return {}

    def engine(self, name):
        """The engine of that name; ValueError if this task has none."""
        if name not in self.engines:
            raise ValueError(
                f"{self.kind.about} has no engine {name}: give --engine {' or '.join(self.engines)}"
            )
        return self.engines[name]


class Drawing(Task):
    """To draw: the bound falls (``model``)."""

    kind = network.DRAW
    engines = engines.ENGINES  #: by name, ways to the gradient
    decimals = 1  #: worth showing of what is minimised

    def expect(self, dataset, config):
        """ValueError unless every split has labels, where the network has classes."""
        if config.K is not None:
            expect_labels(dataset, config.K)

    def initialise(self, rng, config, start, split):
        """New parameters; the canvas starts at the training mean."""
        return parameters.initialise(rng, config, start, split.mean())

    def beside(self, split, indices, config, rng):
        """``eps``, standard normal noise for every step and image, (T, M, Z), float32.

        And ``labels``, (M,), where the network has classes.
        """
        eps = rng.standard_normal((config.T, len(indices), config.Z), dtype=np.float32)
        return {"eps": eps, **classification.beside(split, indices, config.K)}

    def rows(self, beside, rows):
        """The noise and the labels of some images of a minibatch, a slice."""
        return {name: v[:, rows] if name == "eps" else v[rows] for name, v in beside.items()}

    def numbers(self, terms):
        """The bound, its two parts and the KL of every step, in nats per image."""
        L_x, kl = float(terms.L_x), np.asarray(terms.L_z)
        steps = {f"kl_{t}": float(v) for t, v in enumerate(kl, start=1)}
        return {"bound": L_x + float(kl.sum()), "L_x": L_x, "L_z": float(kl.sum()), **steps}

    def text(self, numbers):
        """Those numbers in words."""
        L, L_x, L_z = (numbers[name] for name in ("bound", "L_x", "L_z"))
        return f"bound {L:6.1f} = Lx {L_x:6.1f} + Lz {L_z:5.1f} nats"

    def validate(self, params, config, split):
        """The bound on a split, in nats per image."""
        return bounds.bound(params, config, split).mean


class Classifying(Task):
    """To name the digit: the cross-entropy falls (``glimpse``)."""

    kind = network.GLIMPSE
    engines = {  # noqa: RUF012, as a constant of the class
        "manual": engines.Engine(manual_glimpse.terms_and_gradient),
        "autograd": engines.Engine(engines.by_autograd(glimpse)),
    }
    decimals = 3

    def expect(self, dataset, config):
        """ValueError unless every split has labels, each one of the network's classes."""
        expect_labels(dataset, config.K)

    def initialise(self, rng, config, start, split):
        """New parameters."""
        return glimpse.initialise(rng, config, start)

    def beside(self, split, indices, config, rng):
        """``labels``, the classes of the images, (M,)."""
        return {"labels": classification.labels(split, indices)}

    def rows(self, beside, rows):
        """The classes of some images of a minibatch, a slice."""
        return {"labels": beside["labels"][rows]}

    def numbers(self, terms):
        """Cross-entropy, in nats per image, and error, a share."""
        return {"cross_entropy": float(terms.cross_entropy), "error": float(terms.error)}

    def text(self, numbers):
        """Those numbers in words."""
        return f"cross-entropy {numbers['cross_entropy']:.3f} nats, error {numbers['error']:6.1%}"

    def validate(self, params, config, split):
        """The cross-entropy on a split, in nats per image."""
        return classification.judge(params, config, split).cross_entropy.mean()


def expect_labels(dataset, K):
    """ValueError unless every split has labels, each one of K classes."""
    for name in ("train", "valid", "test"):
        classification.labels(dataset.split(name), slice(None), K)


class Collapsed(ArithmeticError):
    """The generators of a pyramid draw one image for all noise."""


COLLAPSED = 0.05  #: a spread of drawn images below this is called a collapse; of real ones it is 1
COMPARED = 1000  #: images of a split that drawn ones are compared with, at most
COARSEST, FINER = 0.7, 0.2  #: rates of generators, where a discriminator's is 1


class Playing(Task):
    """To draw from coarse to fine: every level's two players each lower their own (``pyramid``)."""

    kind = network.PYRAMID
    engines = {"autograd": engines.Engine(engines.by_autograd(pyramid))}  # noqa: RUF012
    decimals = 2

    def adam(self, config):
        """A short memory, since the other player moves; generators are the slower ones.

        The coarsest has the most to invent, and the finer ones much to follow.
        """
        paces = {f"G_{k}": FINER for k in range(config.T - 1)} | {f"G_{config.T - 1}": COARSEST}
        return {"beta1": 0.5, "pace": lambda name: paces.get(name.partition(".")[0], 1)}

    def expect(self, dataset, config):
        """ValueError where a split is too small to be compared with."""
        for name in ("train", "valid", "test"):
            if len(dataset.split(name)) < 2:
                raise ValueError(f"the {name} split has fewer than 2 images: give it more")

    def initialise(self, rng, config, start, split):
        """New parameters; the first coarse pictures are near the training mean."""
        return pyramid.initialise(rng, config, split.mean())

    def beside(self, split, indices, config, rng):
        """``z``, standard normal noise for every level and image, (T, M, Z), float32."""
        return {"z": rng.standard_normal((config.T, len(indices), config.Z), dtype=np.float32)}

    def rows(self, beside, rows):
        """The noise of some images of a minibatch, a slice."""
        return {"z": beside["z"][:, rows]}

    def numbers(self, terms):
        """All costs together, and every player's own, in nats per image."""
        D, G = np.asarray(terms.D), np.asarray(terms.G)
        levels = {
            f"{name}_{k}": float(v)
            for name, costs in (("D", D), ("G", G))
            for k, v in enumerate(costs)
        }
        return {"costs": float(D.sum() + G.sum()), **levels}

    def text(self, numbers):
        """Those numbers in words: from the coarsest level to the finest."""
        levels = range(len(numbers) // 2 - 1, -1, -1)
        D, G = ([f"{numbers[f'{name}_{k}']:.2f}" for k in levels] for name in "DG")
        return f"cost of D {' '.join(D)}, of G {' '.join(G)} nats"

    def validate(self, params, config, split):
        """The energy distance of a split to as many drawn images, the same noise every time.

        Of a large split a random ``COMPARED`` images, for time and memory go with the square.

        Raises
        ------
        Collapsed
            If the drawn images are all alike.
        """
        some = bounds.chosen(split, min(len(split), COMPARED), 0)
        x = some.batch(np.arange(len(some)), np.random.default_rng(0))
        z = network.latents(len(x), config, np.random.default_rng(0))
        drawn = backend.to_host(pyramid.generate(params, backend.alongside(params, z), config))
        if samples.spread(drawn.means[-1], x) < COLLAPSED:
            raise Collapsed("the generators have collapsed: they draw the same for all noise")
        return samples.energy_distance(drawn.means[-1], x)


TASKS = DRAW, GLIMPSE, PYRAMID = Drawing(), Classifying(), Playing()


def of(config):
    """The task of a network with sizes of this type."""
    return next(task for task in TASKS if isinstance(config, task.kind.config))
