"""Four looks at fixed places, the rivals of chapter 12 (section 12.6)."""

from dataclasses import replace

import numpy as np
import pytest

from draw_np import data, glimpse
from draw_np.book import fixed_places as book
from draw_np.glimpse import GlimpseConfig
from draw_np.manual import glimpse as manual


def test_four_quarters_are_the_whole_grid_cut_in_four():
    x = np.random.default_rng(0).random((2, 1, 60, 60))
    d = book.stride(16)
    whole = book.Attention(*(np.array([v]) for v in (30.5, 30.5, d, (d / 2) ** 2, 1.0)))
    seen = book.attention.glimpse(x, whole, 16)[:, 0]  # (2, 16, 16)
    parts = book.patches(x, 16).reshape(4, 2, 8, 8)
    np.testing.assert_allclose(np.block([[parts[0], parts[1]], [parts[2], parts[3]]]), seen)


def test_the_fine_filters_stand_as_close_as_the_glimpses_last():
    assert book.stride(book.FINE) < 2.76 < book.stride(book.COARSE)


@pytest.fixture
def small(monkeypatch):
    """A tiny network, images and classes."""
    config = GlimpseConfig(A=12, B=12, T=4, H=5, N=2, K=3)
    monkeypatch.setattr(book, "SMALL", replace(book.SMALL, config=config))
    rng, network = np.random.default_rng(2), book.Fixed(4, np.random.default_rng(1))
    network.params = {n: v + 0.3 * rng.standard_normal(v.shape) for n, v in network.params.items()}
    return network, rng.random((6, 1, 12, 12)), np.array([0, 2, 1, 1, 0, 2])


def test_the_gradient_is_a_finite_difference(small):
    network, x, y = small
    seen = book.patches(x, 4)
    gradient = gradient_at(network.params, seen, y)
    rng = np.random.default_rng(3)
    assert set(gradient) == set(network.params)
    for name, slope in gradient.items():
        way = rng.standard_normal(slope.shape)

        def loss(h, name=name, way=way):
            moved = network.params | {name: network.params[name] + h * way}
            return glimpse.judged(book.fixed_forward(moved, seen)[0], y).cross_entropy.mean()

        numeric = (loss(1e-5) - loss(-1e-5)) / 2e-5
        assert np.sum(slope * way) == pytest.approx(numeric, rel=1e-6, abs=1e-10), name


def gradient_at(params, seen, y):
    logits, cache = book.fixed_forward(params, seen)
    _, softmax = manual.cross_entropy_forward(logits, y)
    dlogits = manual.cross_entropy_backward(np.full(len(y), 1 / len(y)), softmax)
    return book.fixed_backward(dlogits, cache)


@pytest.mark.slow
def test_a_short_training_learns_and_keeps_the_best():
    dataset = data.load(book.SMALL.recipe.data)
    network, log = book.trained("fixed-fine", dataset, steps=1000)
    costs = [cost for _, cost, _ in log]
    assert len(log) == 4 and min(costs) < 2.1 < np.log(10)
    found = book.judged(network, dataset.valid).cross_entropy.mean()
    assert found == pytest.approx(min(costs), rel=1e-5)


def test_what_is_stored_is_of_these_networks():
    found = book.stored()
    assert list(found) == list(book.NETWORKS)
    for name, filters in book.NETWORKS.items():
        fresh = book.fixed_parameters(np.random.default_rng(0), filters)
        assert found[name]["parameters"] == sum(v.size for v in fresh.values())
        assert 0 < found[name]["step"] <= book.SMALL.recipe.steps
        wrong = found[name]["wrong"]
        assert wrong == sorted(set(wrong)) and min(wrong) >= 0 and max(wrong) < 200
