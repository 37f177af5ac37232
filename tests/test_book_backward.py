"""What the chapter on the gradient by hand measures, counts and draws."""

import numpy as np
import pytest
from autograd import numpy as anp

from draw_np import parameters
from draw_np.book import backward
from draw_np.config import Config
from draw_np.manual import model as manual

SMALL = Config(A=6, B=5, C=2, T=3, H=4, Z=2, N_read=3, N_write=2)


@pytest.fixture(scope="module")
def network():
    """Parameters of which none is 0 by accident, images, noise, and the forward pass."""
    rng = np.random.default_rng(0)
    params = parameters.initialise(rng, SMALL, dtype=np.float64)
    params = {name: v + 0.3 * rng.standard_normal(v.shape) for name, v in params.items()}
    x, eps = rng.random((3, *SMALL.image_shape)), rng.standard_normal((SMALL.T, 3, SMALL.Z))
    return params, x, eps, manual.loss_forward(params, x, eps, SMALL)[1]


def test_distances_tell_a_right_derivative_from_a_wrong_one():
    point = {"a": np.array([1.0, 2.0]), "b": np.array([3.0])}
    ours = {"a": 2 * point["a"], "b": np.array([1.1])}
    found = backward.distances(lambda p: anp.sum(p["a"] ** 2) + p["b"][0], point, ours)
    assert found["a"] == 0 and np.isclose(found["b"], 0.1)
    with pytest.raises(ValueError, match="shapes"):
        backward.distance(np.ones((1, 2)), np.ones(2))


def test_the_ways_together_are_the_gradient(network):
    cache = network[-1]
    gradient, ways, states = backward.by_ways(cache)
    assert backward.apart(gradient, manual.loss_backward(1.0, cache)) < 1e-13
    assert len(ways) == SMALL.T and len(states) == SMALL.T + 1
    for found, state in zip(ways, states, strict=False):
        assert np.allclose(sum(found.values()), state.h_dec)


@pytest.mark.parametrize("way", backward.WAYS)
def test_a_forgotten_way_is_missed_and_only_at_the_decoder(network, way):
    cache = network[-1]
    right, ways, _ = backward.by_ways(cache)
    wrong, fewer, _ = backward.by_ways(cache, without=(way,))
    assert backward.apart(wrong, right) > 1e-4
    assert all(not found[way].any() for found in fewer)
    assert np.allclose(fewer[0]["patch"], ways[0]["patch"]) or way == "patch"


def test_one_product_is_the_weight_gradient(network):
    cache = network[-1]
    inputs, douts = backward.linear_inputs(cache)
    assert inputs.shape == (SMALL.T, 3, SMALL.Z + SMALL.H)
    whole = np.einsum("tmd,tmk->dk", inputs, douts)
    assert np.allclose(whole, manual.loss_backward(1.0, cache)["dec.W"], rtol=1e-12)


def test_a_tally_counts_what_is_done():
    tally = backward.Tally()
    a = np.ones((2, 3)).view(backward.counting(tally))
    b = a @ np.ones((3, 4))
    c = np.ones((5, 2, 3)) @ a.T  # a stack
    np.add(b, 1, out=b)
    b *= 2
    d = np.concatenate([a, a])
    views = np.split(a, 3, axis=1)
    assert tally.dense == [(2, 3, 4)] and tally.stacked == 1 and tally.others == 4
    assert tally.arrays == 3 and tally.numbers == b.size + c.size + d.size
    assert all(type(v) is type(a) for v in (b, c, d, *views)) and np.allclose(b, 8)


def test_the_unrolled_engine_does_less(network):
    params, x, eps, _ = network
    before = {name: v.copy() for name, v in params.items()}
    blocks = backward.cost_of_blocks(params, x, eps, SMALL)
    quick, kept = backward.cost_of_unrolled(params, x, eps, SMALL)
    assert len(blocks.dense) == 3 * 7 * SMALL.T
    assert quick.others < blocks.others and quick.arrays < blocks.arrays / 4 and kept > 1000
    assert all(np.array_equal(params[name], before[name]) for name in params)


def test_a_count_leaves_no_counting_workspace_behind(network):
    params, x, eps, cache = network
    backward.cost_of_unrolled(params, x, eps, SMALL)
    _, gradient = backward.driver.terms_and_gradient(params, x, eps, SMALL)
    assert all(type(v) is np.ndarray for v in gradient.values())
    assert backward.apart(gradient, manual.loss_backward(1.0, cache)) < 1e-12


def test_the_figures_are_drawn(network):
    _, ways, states = backward.by_ways(network[-1])
    for fig in (backward.way_back(), backward.one_product(), backward.lengths(ways, states)):
        fig.canvas.draw()
        assert fig.axes
