"""Nearest neighbours, images between latents, completion: numbers, no pictures."""

import numpy as np
import pytest
from strategies import CONFIGS, lively

from draw_np import model
from draw_np.data.dataset import Images
from draw_np.measuring import studies
from draw_np.nn import sigmoid

CONFIG = CONFIGS["attention"]


def test_nearest_searches_every_training_image_for_each_image():
    """M22: not the first batch, not the first image for all."""
    rng = np.random.default_rng(0)
    train = Images(rng.integers(0, 256, (257, 3, 4, 5)).astype(np.uint8))
    images = rng.random((9, 3, 4, 5))
    whole = train.batch(np.arange(257), rng).astype(float)
    slow = [np.argmin([np.sum((x - t) ** 2) for t in whole]) for x in images]
    for block in (1, 16, 100, 1000):
        index, found = studies.nearest(images, train, block=block)
        assert index.tolist() == slow
        np.testing.assert_allclose(found, whole[slow], rtol=1e-6)
    assert len(set(slow)) > 5


@pytest.mark.parametrize("where", [0, 128, 256])
def test_nearest_finds_the_image_itself_wherever_it_is(where):
    rng = np.random.default_rng(1)
    train = Images(rng.integers(0, 256, (257, 1, 4, 5)).astype(np.uint8))
    x = train.batch(np.array([where]), rng)
    assert studies.nearest(x, train, block=50)[0].tolist() == [where]


def test_nearest_looks_at_images_that_are_composed_anew_once_by_its_seed():
    class Fresh:
        def __len__(self):
            return 20

        def batch(self, indices, rng):
            return rng.random((len(indices), 1, 2, 2), dtype=np.float32)

    x = np.full((1, 1, 2, 2), 0.5)
    a, b, c = (studies.nearest(x, Fresh(), seed)[1] for seed in (0, 0, 1))
    np.testing.assert_array_equal(a, b)
    assert np.any(a != c)


def test_nearest_asks_for_a_thousand_images_at_a_time():
    """All of a large split would not fit; which random ones come goes by the parts, too."""
    asked = []

    class Large:
        def __len__(self):
            return 2001

        def batch(self, indices, rng):
            asked.append(indices)
            return np.zeros((len(indices), 1, 2, 2), np.float32)

    studies.nearest(np.zeros((1, 1, 2, 2)), Large())
    assert [len(indices) for indices in asked] == [1000, 1000, 1]
    assert np.concatenate(asked).tolist() == list(range(2001))


def test_the_arc_keeps_the_ends_and_the_length():
    rng = np.random.default_rng(0)
    z_0, z_1 = rng.standard_normal((2, 12, 16))
    np.testing.assert_allclose(studies.between(z_0, z_1, 0), z_0)
    np.testing.assert_allclose(studies.between(z_0, z_1, 1), z_1, atol=1e-12)
    lengths = [np.linalg.norm(studies.between(z_0, z_1, s)) for s in np.linspace(0, 1, 11)]
    low, high = sorted((np.linalg.norm(z_0), np.linalg.norm(z_1)))
    assert 0.97 * low < min(lengths) and max(lengths) < 1.03 * high
    unit = np.eye(2)
    half = studies.between(unit[0], unit[1], 0.5)
    np.testing.assert_allclose(half, np.sqrt(0.5) * np.ones(2))
    np.testing.assert_allclose(studies.between(unit[0], 2 * unit[0], 0.5), 1.5 * unit[0])


def test_interpolation_starts_and_ends_with_the_generated_images():
    params = lively(CONFIG, 0, np.float32)
    images = studies.interpolate(params, CONFIG, 3, 5, np.random.default_rng(7))
    assert images.shape == (3, 5, *CONFIG.image_shape)
    z = np.random.default_rng(7).standard_normal((3, 2, CONFIG.T, CONFIG.Z), dtype=np.float32)
    for column, end in ((0, 0), (4, 1)):
        c_T = model.generate(params, np.swapaxes(z[:, end], 0, 1), CONFIG).c[-1]
        np.testing.assert_allclose(images[:, column], sigmoid(c_T), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("binary", [True, False])
def test_completion_holds_what_is_known_and_never_looks_at_the_rest(binary):
    params, rng = lively(CONFIG, 0, np.float32), np.random.default_rng(0)
    x = rng.random((4, *CONFIG.image_shape)).astype(np.float32)
    x = (x > 0.5).astype(np.float32) if binary else x
    known = np.ones((4, 1, CONFIG.B, CONFIG.A), bool)
    known[:, :, 2:] = False
    rounds = studies.complete(params, CONFIG, x, known, 5, np.random.default_rng(1))
    assert rounds.shape == (6, *x.shape)
    for shown in rounds:
        np.testing.assert_array_equal(shown[known], x[known])
    other = np.where(known, x, 1 - x)
    again = studies.complete(params, CONFIG, other, known, 5, np.random.default_rng(1))
    np.testing.assert_array_equal(rounds, again)
    assert np.std(rounds[1:], axis=0)[~known].min() > 0  # every round looks at another


def test_every_round_looks_at_the_known_part_and_a_draw_of_the_last(monkeypatch):
    params, rng = lively(CONFIG, 0, np.float32), np.random.default_rng(0)
    x = (rng.random((3, *CONFIG.image_shape)) > 0.5).astype(np.float32)
    known = rng.random((3, 1, CONFIG.B, CONFIG.A)) < 0.5
    seen, real = [], model.reconstruct

    def reconstruct(params, x, eps, config, labels=None):
        seen.append((x, eps))
        return real(params, x, eps, config)

    monkeypatch.setattr(model, "reconstruct", reconstruct)
    studies.complete(params, CONFIG, x, known, 4, np.random.default_rng(1))
    assert len(seen) == 4
    for looked_at, _ in seen:
        np.testing.assert_array_equal(looked_at[known], x[known])
        assert set(np.unique(looked_at)) <= {0, 1}
    assert len({eps.tobytes() for _, eps in seen}) == 4
    assert len({looked_at.tobytes() for looked_at, _ in seen}) == 4


def test_completion_of_nothing_hidden_is_the_image_and_does_not_change_its_input():
    """M23: what is given stays as it was."""
    params, rng = lively(CONFIG, 0, np.float32), np.random.default_rng(0)
    x = (rng.random((2, *CONFIG.image_shape)) > 0.5).astype(np.float32)
    before = x.copy()
    rounds = studies.complete(params, CONFIG, x, np.ones_like(x, bool), 3, rng)
    np.testing.assert_array_equal(rounds, np.stack([x] * 4))
    np.testing.assert_array_equal(x, before)
