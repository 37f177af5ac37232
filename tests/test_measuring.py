"""The numbers that are reported, each once more by hand: seeds, draws, splits, errors."""

import math

import numpy as np
import pytest
from strategies import glimpse_problem

from draw_np import data, glimpse, model, parameters
from draw_np.config import Config
from draw_np.data.dataset import Images
from draw_np.manual import glimpse as by_hand
from draw_np.measuring import bounds, classification, studies

CONFIG = Config(A=5, B=4, T=3, H=6, Z=2, N_read=2, N_write=3)


def network(seed=0):
    """A network whose answers differ much from image to image and from draw to draw."""
    params = parameters.initialise(np.random.default_rng(seed), CONFIG, dtype=np.float64)
    rng = np.random.default_rng(seed + 1)
    return {name: v + 0.3 * rng.standard_normal(v.shape) for name, v in params.items()}


def split(n=7, seed=0, fresh=True):
    """Grey images that are binarised afresh, so that the seed of the data matters."""
    images = np.random.default_rng(seed).integers(256, size=(n, 1, 4, 5), dtype=np.uint8)
    return Images(images, fresh=fresh)


def by_definition(params, images, K, seed, batch_size):
    """L_x, L_z and log w of every draw, image and batch, with nothing shared but the model."""
    data_rng, noise_rng = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    found = []
    for start in range(0, len(images), batch_size):
        x = images.batch(np.arange(start, min(start + batch_size, len(images))), data_rng)
        draws = []
        for _ in range(K):
            eps = noise_rng.standard_normal((CONFIG.T, len(x), CONFIG.Z), dtype=np.float32)
            terms = model.terms(params, x, eps, CONFIG)
            draws.append((terms.L_x, terms.L_z, model.log_weights(params, x, eps, CONFIG)))
        found.append([np.stack(field) for field in zip(*draws, strict=True)])
    return [np.concatenate(field, axis=-1) for field in zip(*found, strict=True)]


@pytest.mark.parametrize("seed", [0, 3, 11])
@pytest.mark.parametrize(("K", "batch_size"), [(1, 100), (4, 100), (3, 2)])
def test_the_bound_is_the_mean_over_its_draws_and_nothing_else(seed, K, batch_size):
    params, images = network(), split()
    found = bounds.bound(params, CONFIG, images, K, seed, batch_size)
    L_x, L_z, log_w = by_definition(params, images, K, seed, batch_size)
    assert found.log_w.shape == (K, 7) and found.L_z.shape == (CONFIG.T, 7)
    np.testing.assert_allclose(found.L_x, L_x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.L_z, L_z.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.log_w, log_w, rtol=1e-12)
    each = L_x.mean(axis=0) + L_z.mean(axis=0).sum(axis=0)
    assert found.mean == pytest.approx(each.mean(), rel=1e-12)
    assert found.error == pytest.approx(np.sqrt(each.var(ddof=1) / 7), rel=1e-12)
    iw = -np.log(np.exp(log_w).mean(axis=0))
    np.testing.assert_allclose(found.importance_weighted_each, iw, rtol=1e-10)
    assert found.importance_weighted == pytest.approx(iw.mean(), rel=1e-10)
    if K > 1:  # no draw by itself gives the same
        assert np.ptp(L_x, axis=0).min() > 1e-3 and np.ptp(log_w, axis=0).min() > 1e-3


def test_another_seed_gives_other_images_and_other_noise():
    params, images, still = network(), split(), split(fresh=False)
    one, other = (bounds.bound(params, CONFIG, images, seed=s) for s in (1, 2))
    assert np.min(np.abs(one.L_x - other.L_x)) > 1e-6
    one, other = (bounds.bound(params, CONFIG, still, seed=s) for s in (1, 2))
    assert np.min(np.abs(one.L_x - other.L_x)) > 1e-6
    again = bounds.bound(params, CONFIG, still, seed=2)
    assert np.array_equal(other.L_x, again.L_x)


def test_what_is_likely_by_far_does_not_overflow():
    """log-mean-exp counts from the largest weight: from the smallest, e^1400 is infinite."""
    log_w = np.array([[-2000.0, -5.0, 700.0], [-600.0, -5.0, -700.0]])
    found = bounds.Bound(np.zeros(3), np.zeros((1, 3)), log_w)
    expected = [600 + math.log(2), 5, -700 + math.log(2)]
    np.testing.assert_allclose(found.importance_weighted_each, expected, rtol=1e-12)


class Noted:
    """A split that remembers what it was asked for."""

    def __init__(self, images):
        self.images, self.given = images, []

    def __len__(self):
        return len(self.images)

    def batch(self, indices, rng):
        self.given.append(self.images.batch(indices, rng))
        return self.given[-1]


@pytest.mark.parametrize("seed", [0, 5])
def test_independent_pixels_are_judged_on_the_images_that_the_network_is(seed):
    mean = np.random.default_rng(4).random((1, 4, 5))
    mean[0, 0, :2] = 0, 1  # as sure as one can be, and held a thousandth from it
    one, other = Noted(split()), Noted(split())
    bounds.bound(network(), CONFIG, one, seed=seed, batch_size=100)
    found = bounds.independent_pixels(mean, other, seed)
    x, p = other.given[0], np.clip(mean, 0.001, 0.999)
    assert np.array_equal(x, one.given[0])
    expected = [
        -sum(math.log(q if v else 1 - q) for v, q in zip(i.ravel(), p.ravel(), strict=True))
        for i in x
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(("values", "error"), [([3.0], 0), ([1.0, 2.0, 4.0], math.sqrt(7) / 3)])
def test_standard_error_by_hand(values, error):
    """1, 2, 4: mean 7/3, squares 16/9 + 1/9 + 25/9 = 14/3 over 2 is 7/3, over 3 images 7/9."""
    assert bounds.standard_error(np.array(values)) == pytest.approx(error)


# ---------------------------------------------------------------- a classifier's numbers


@pytest.mark.parametrize(
    ("wrong", "n", "low", "high"),
    [
        (0, 100, 0.0, 0.0369935),
        (100, 100, 0.9630065, 1.0),
        (10, 100, 0.0552291, 0.1743656),
        (1, 3, 0.0614920, 0.7923404),
    ],
)
def test_wilsons_interval_against_his_formula(wrong, n, low, high):
    """Worked with a calculator from (p + z^2/2n -+ z sqrt(p q/n + z^2/4n^2)) / (1 + z^2/n)."""
    assert classification.wilson(wrong / n, n) == pytest.approx((low, high), abs=1e-6)


def test_a_summary_counts_what_is_wrong():
    found = glimpse.Terms(np.array([0.5, 2.0, 0.1, 3.4]), np.array([0.0, 1.0, 0.0, 1.0]))
    said = classification.summary(found)
    assert (said["images"], said["wrong"], said["error"]) == (4, 2, 0.5)
    assert said["cross_entropy"] == pytest.approx(1.5)
    assert said["interval"] == classification.wilson(0.5, 4)


@pytest.mark.parametrize(("seed", "batch_size"), [(0, 100), (7, 100), (7, 2)])
def test_every_image_is_judged_with_its_own_class_and_the_seed(seed, batch_size):
    config, params, _, _ = glimpse_problem()
    shape = (5, *config.image_shape)
    images = np.random.default_rng(2).integers(256, size=shape, dtype=np.uint8)
    labels = np.arange(5) % config.K
    found = classification.judge(
        params, config, Images(images, labels, fresh=True), seed, batch_size
    )
    rng, expected = np.random.default_rng(seed), []
    for start in range(0, 5, batch_size):
        rows = np.arange(start, min(start + batch_size, 5))
        x = Images(images, labels, fresh=True).batch(rows, rng)
        expected.append(glimpse.terms(params, x, labels[rows], config))
    for field, parts in zip(found, zip(*expected, strict=True), strict=True):
        np.testing.assert_allclose(field, np.concatenate(parts), rtol=1e-12)


def test_fresh_surroundings_are_those_that_the_generator_draws():
    test = data.load("cluttered-small").test
    fresh = classification.Fresh(test)
    rows = np.array([3, 1])
    found = fresh.batch(rows, np.random.default_rng(8))
    assert np.array_equal(found, test.drawn(rows, np.random.default_rng(8)))
    assert not np.array_equal(found, test.batch(rows, np.random.default_rng(8)))
    assert len(fresh) == len(test) and fresh.labels is test.labels
    with pytest.raises(ValueError, match="these images are not composed"):
        classification.Fresh(data.load("digits").test)


@pytest.mark.parametrize("module", [glimpse, by_hand], ids=["autograd", "manual"])
def test_the_largest_logit_is_that_of_each_image_and_not_of_the_batch(module):
    """exp(-2000) is 0 and its logarithm infinite, where the maximum is another image's."""
    logits, labels = np.array([[2000.0, 1999.0], [-2000.0, -1998.0]]), np.array([0, 1])
    if module is glimpse:
        found = glimpse.judged(logits, labels).cross_entropy
    else:
        (found, _), _ = by_hand.cross_entropy_forward(logits, labels)
    np.testing.assert_allclose(found, np.log1p(np.exp([-1.0, -2.0])), rtol=1e-12)


def test_a_new_classifier_has_seen_nothing():
    """Its first output and cell are zeros, its classes and its glance start from there."""
    params = glimpse.initialise(np.random.default_rng(0), glimpse.GlimpseConfig(A=8, B=8, H=5))
    for name in ("h_0", "s_0", "classes.b"):
        assert not params[name].any(), name
    assert params["classes.W"].any()


# ---------------------------------------------------------------- what a network can be asked


@pytest.mark.parametrize("block", [1, 3, 1000])
def test_the_nearest_is_the_first_of_several_and_found_in_any_block(block):
    images = np.zeros((8, 1, 2, 2))
    images[2] = images[6] = 0.5
    images[7] = 0.9
    wanted = np.stack([np.full((1, 2, 2), 0.55), np.full((1, 2, 2), 0.95), np.zeros((1, 2, 2))])
    index, found = studies.nearest(wanted, Images(images), block=block)
    assert index.tolist() == [2, 7, 0]
    np.testing.assert_allclose(found[:, 0, 0, 0], [0.5, 0.9, 0], atol=1e-6)


@pytest.mark.parametrize("seed", [0, 4])
def test_random_images_are_searched_as_their_seed_draws_them(seed):
    drawn = split(6).batch(np.arange(6), np.random.default_rng(seed))
    index, found = studies.nearest(drawn, split(6), seed=seed)
    assert index.tolist() == list(range(6)) and np.array_equal(found, drawn)
    if seed:
        assert not np.array_equal(studies.nearest(drawn, split(6))[1], drawn)
