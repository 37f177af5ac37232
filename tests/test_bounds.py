"""Bounds on a split: what they average over, and the importance-weighted one."""

import math

import numpy as np
import pytest
from small_run import CONFIG, begin, dataset

from draw_np import model
from draw_np.data.dataset import Images
from draw_np.measuring import bounds


@pytest.fixture
def trained():
    k = begin()
    rng = np.random.default_rng(5)
    return {
        n: p + 0.3 * rng.standard_normal(p.shape).astype(np.float32) for n, p in k.params.items()
    }


SPLIT = dataset(fresh=False).train


def test_bound_is_the_loss_on_the_split(trained):
    found = bounds.bound(trained, CONFIG, SPLIT, seed=4)
    noise = np.random.default_rng(np.random.SeedSequence(4).spawn(2)[1])
    eps = noise.standard_normal((CONFIG.T, len(SPLIT), CONFIG.Z), dtype=np.float32)
    x = SPLIT.batch(np.arange(len(SPLIT)), None)
    assert found.mean == pytest.approx(float(model.loss(trained, x, eps, CONFIG)), rel=1e-6)
    assert found.L_z.shape == (CONFIG.T, len(SPLIT))
    assert found.error == pytest.approx(np.std(found.each, ddof=1) / math.sqrt(len(SPLIT)))


def test_every_image_is_judged_whatever_the_batch(trained):
    found = bounds.bound(trained, CONFIG, SPLIT, K=2, batch_size=3)
    assert found.each.shape == (10,) and found.log_w.shape == (2, 10)
    whole = bounds.bound(trained, CONFIG, SPLIT, K=100, batch_size=10).each
    parts = bounds.bound(trained, CONFIG, SPLIT, K=100, batch_size=3, seed=1).each
    np.testing.assert_allclose(whole, parts, rtol=0.1)


def test_without_a_word_a_hundred_images_get_their_noise_at_a_time(trained):
    """Which noise an image gets goes by the batch: a number that was reported is of these."""
    split = dataset(101, fresh=False).train
    assert [len(x) for x, _, _ in bounds.draws(CONFIG, split)] == [100, 1]
    found = bounds.bound(trained, CONFIG, split)
    expected = bounds.bound(trained, CONFIG, split, batch_size=100)
    np.testing.assert_array_equal(found.each, expected.each)


def test_some_images_are_those_that_a_seed_picks():
    some = bounds.chosen(SPLIT, 4, seed=3)
    rows = some.indices
    assert len(some) == 4 and sorted(set(rows.tolist())) == rows.tolist() != [0, 1, 2, 3]
    np.testing.assert_array_equal(
        some.batch(np.array([2, 0]), None), SPLIT.batch(rows[[2, 0]], None)
    )
    assert bounds.chosen(SPLIT, 4, seed=4).indices.tolist() != rows.tolist()
    assert bounds.chosen(SPLIT, None, seed=3) is SPLIT
    with pytest.raises(ValueError, match="the split has 10 images: 11 is more than that, ask for"):
        bounds.chosen(SPLIT, 11, seed=3)


def test_same_seed_same_images(trained):
    fresh = dataset(fresh=True).train
    a, b = (bounds.bound(trained, CONFIG, fresh, seed=3, batch_size=m) for m in (10, 4))
    assert bounds.bound(trained, CONFIG, fresh, seed=3).mean == a.mean
    assert bounds.bound(trained, CONFIG, fresh, seed=4).mean != a.mean
    assert a.each.shape == b.each.shape


def test_importance_weights_by_hand():
    found = bounds.Bound(
        L_x=np.zeros(2), L_z=np.zeros((1, 2)), log_w=np.log([[1.0, 8.0], [3.0, 2.0]])
    )
    np.testing.assert_allclose(found.importance_weighted_each, [-math.log(2), -math.log(5)])
    far = bounds.Bound(np.zeros(1), np.zeros((1, 1)), np.array([[-5000.0], [-5000.0]]))
    assert far.importance_weighted == pytest.approx(5000.0)


def test_importance_weighted_bound_at_1_is_the_bound_within_error(trained):
    found = bounds.bound(trained, CONFIG, SPLIT, K=500)
    one_draw = -found.log_w.mean(axis=0)  # mean over 500 estimates at K = 1
    error = found.log_w.std(axis=0) / math.sqrt(500)
    assert np.all(np.abs(one_draw - found.each) < 5 * error + 1e-3)


def test_importance_weighted_bound_does_not_rise_with_K(trained):
    log_w = bounds.bound(trained, CONFIG, SPLIT, K=500).log_w
    empty = np.zeros(10), np.zeros((1, 10))

    def at(K):
        runs = [
            bounds.Bound(*empty, log_w[i : i + K]).importance_weighted_each
            for i in range(0, 500, K)
        ]
        return np.mean(runs, axis=0)

    one, ten, hundred = at(1), at(10), at(100)
    assert np.all(ten < one) and np.all(hundred < ten + 0.02)


def test_the_importance_weighted_bound_stays_above_the_truth():
    """A linear-Gaussian check is not to be had here; a latent that says nothing is.

    With a decoder that ignores z, log p(x) is -L^x exactly, and every bound with
    q = prior equals it for any K.
    """
    k = begin()
    params = {n: np.zeros_like(p) for n, p in k.params.items()}
    found = bounds.bound(params, CONFIG, SPLIT, K=5)
    coins = 30 * math.log(2)  # c_T = 0: 30 fair pixels
    np.testing.assert_allclose(found.each, coins, rtol=1e-5)
    np.testing.assert_allclose(found.importance_weighted_each, coins, rtol=1e-5)


def test_independent_pixels_by_hand():
    split = Images(np.array([[[[0.0, 1.0]]], [[[1.0, 1.0]]]]))
    each = bounds.independent_pixels(np.array([[[0.25, 0.5]]]), split)
    np.testing.assert_allclose(each, [math.log(4 / 3) + math.log(2), math.log(4) + math.log(2)])


def test_a_split_of_no_images_has_no_bound(trained):
    with pytest.raises(ValueError, match="the split has no images: give it at least one"):
        bounds.bound(trained, CONFIG, Images(SPLIT.images[:0]))


def test_one_image_has_no_standard_error():
    assert bounds.standard_error(np.array([3.0])) == 0.0
