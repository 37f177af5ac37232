"""What an image costs in nats: the bound on a whole split, and what to hold it against."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from draw_np import model
from draw_np.arrays import Array, Generator, Params
from draw_np.config import Config
from draw_np.data.dataset import Split
from draw_np.machine import backend, parallel
from draw_np.measuring import classification

MEAN_MARGIN = 1e-3  # the means of independent pixels stay this far from 0 and 1


@dataclass(frozen=True)
class Bound:
    """The bound of every image of a split, from K draws of the noise, in nats."""

    L_x: np.ndarray  #: reconstruction, mean over the draws, (n,)
    L_z: np.ndarray  #: KL of every step, mean over the draws, (T, n)
    log_w: np.ndarray  #: log importance weight of every draw, (K, n)

    @property
    def each(self) -> Array:
        """The bound L^x + L^z of every image, (n,)."""
        return self.L_x + self.L_z.sum(axis=0)

    @property
    def mean(self) -> float:
        """The bound: its mean over the images."""
        return float(self.each.mean())

    @property
    def error(self) -> float:
        """Standard error of the mean over images; 0 for one image."""
        return standard_error(self.each)

    @property
    def importance_weighted_each(self) -> Array:
        """-log (1/K) sum_k w_k of every image, (n,) (Burda et al. 2016)."""
        top = self.log_w.max(axis=0)
        return -(top + np.log(np.mean(np.exp(self.log_w - top), axis=0)))

    @property
    def importance_weighted(self) -> float:
        """The importance-weighted bound at K: its mean over the images."""
        return float(self.importance_weighted_each.mean())


def standard_error(each: Array) -> float:
    """Standard error of the mean of the values ``each``; 0 for a single one."""
    return float(each.std(ddof=1) / len(each) ** 0.5) if len(each) > 1 else 0.0


def bound(
    params: Params, config: Config, split: Split, K: int = 1, seed: int = 0, batch_size: int = 100
) -> Bound:
    """The bound on every image of a split.

    Parameters
    ----------
    params : dict of arrays
    config : Config
    split : a split of a data set
        With labels, where the network has classes: then the bound is on -log p(x | y).
    K : int
        Draws of the noise an image.
    seed : int
        Of the noise and, where the data is random, of the data: the same seed judges
        every network on the same images.
    batch_size : int
        Images at a time; it does not change the images, only the noise they get.

    Returns
    -------
    Bound

    Raises
    ------
    ValueError
        If the split has no images.
    """
    if not len(split):
        raise ValueError("the split has no images: give it at least one")
    parts = parallel.world().mapped(
        lambda batch: batch_bound(params, config, *batch),
        draws(config, split, K, seed, batch_size),
    )
    return Bound(*(np.concatenate(field, axis=-1) for field in zip(*parts, strict=True)))


def draws(
    config: Config, split: Split, K: int = 1, seed: int = 0, batch_size: int = 100
) -> Iterator[tuple[Array, list[Array], dict[str, Any]]]:
    """What ``bound`` judges by: each batch's images, K noises (T, M, Z), and what goes beside."""
    data_rng, noise_rng = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    for start in range(0, len(split), batch_size):
        indices = np.arange(start, min(start + batch_size, len(split)))
        x = split.batch(indices, data_rng)
        shape = (config.T, len(x), config.Z)
        noises = [noise_rng.standard_normal(shape, dtype=np.float32) for _ in range(K)]
        yield x, noises, classification.beside(split, indices, config.K)


def batch_bound(
    params: Params, config: Config, x: Array, draws: list[Array], beside: dict[str, Any]
) -> tuple[Array, Array, Array]:
    """The fields of ``Bound`` for one batch, from a list of K noises (T, M, Z)."""
    x, draws, beside = backend.alongside(params, (x, draws, beside))
    L_x, L_z, log_w = [], [], []
    for eps in draws:
        states, looks = model.unroll(params, x, eps, config, **beside)
        L_x.append(model.reconstruction(x, states))
        L_z.append(model.step_kl(looks))
        log_w.append(model.log_weights_along(x, states, looks))
    L_x, L_z, log_w = backend.to_host((L_x, L_z, log_w))
    return np.mean(L_x, axis=0), np.mean(L_z, axis=0), np.stack(log_w)


def independent_pixels(train_mean: Array, split: Split, seed: int = 0) -> Array:
    """Nats an image if every pixel is a coin with the training mean: what to beat.

    Parameters
    ----------
    train_mean : array, shape (C, B, A)
    split : a split of a data set

    Returns
    -------
    array, shape (n,)
    """
    p = np.clip(train_mean, MEAN_MARGIN, 1 - MEAN_MARGIN)
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    x = split.batch(np.arange(len(split)), rng)
    return -np.sum(x * np.log(p) + (1 - x) * np.log(1 - p), axis=(1, 2, 3))


def chosen(split: Split, n: int | None, seed: int) -> Split:
    """The split itself, or a random ``n`` of its images; never simply the first ones.

    Test sets can be sorted by class, so the first rows are no fair sample.
    """
    if n is None:
        return split
    if n > len(split):
        raise ValueError(f"the split has {len(split)} images: {n} is more than that, ask for fewer")
    picked = np.random.default_rng(seed).permutation(len(split))[:n]
    return Part(split, np.sort(picked))


class Part:
    """Some images of a split, as a split."""

    def __init__(self, split: Split, indices: Array) -> None:
        self.split, self.indices = split, indices

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def labels(self) -> Array | None:
        """Those of these images, or None."""
        known = getattr(self.split, "labels", None)
        return None if known is None else known[self.indices]

    def batch(self, indices: Array, rng: Generator) -> Array:
        """Images by their place in this part."""
        return self.split.batch(self.indices[indices], rng)
