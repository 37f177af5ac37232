"""What the chapter on the gradient by hand measures, counts and draws."""

import re
from pathlib import Path

import numpy as np
import pytest
from autograd import numpy as anp

import draw_np
from draw_np import attention, nn, parameters
from draw_np.book import backward
from draw_np.config import Config
from draw_np.fast import ladder
from draw_np.manual import attention as by_hand
from draw_np.manual import likelihood as manual_likelihood
from draw_np.manual import model as manual
from draw_np.pictures import plot

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


def test_the_figures_are_drawn(network, monkeypatch):
    params, x, eps, _ = network
    problem = backward.Problem(params, x, eps, SMALL)
    with plot.style():
        for draw in (
            backward.way_back,
            backward.one_product,
            backward.one_row,
            backward.pushed,
            backward.climbed,
        ):
            assert draw.__wrapped__()
        fig = backward.lengths.__wrapped__(problem)
        cut, alt = backward.forgotten.__wrapped__(problem)
    assert len(fig.axes) == 2
    texts = [text.get_text() for text in cut.axes[0].texts]
    assert sum("cut: " in text for text in texts) == len(backward.WAYS) == alt.count("cut: ")


# ---------------------------------------------------------------- what chapter 11 says


def close(loss, point, ours):
    """All of our derivatives are within 1e-10 of autograd's."""
    found = backward.distances(loss, point, ours)
    assert found and all(d < 1e-10 for d in found.values()), found


def test_11_2_a_row_by_pencil():
    F, cache = by_hand.filterbank_forward(np.array([[2.0]]), np.array([0.5 / np.log(2)]), 3)
    dmu, dsigma2 = by_hand.filterbank_backward(np.array([[[1.0, 0.0, 0.0]]]), cache)
    assert np.allclose(F, [0.25, 0.5, 0.25])
    assert np.allclose(dmu, -np.log(2) / 2) and np.allclose(dsigma2, np.log(2) ** 2 / 4)


def test_11_2_a_row_is_autograds_and_a_covariance():
    rng = np.random.default_rng(11)
    point = {"mu": rng.uniform(-2, 12, (2, 3)), "sigma2": rng.uniform(0.5, 4, 2)}
    u = rng.standard_normal((2, 3, 9))
    F, cache = by_hand.filterbank_forward(point["mu"], point["sigma2"], 9)
    dmu, dsigma2 = by_hand.filterbank_backward(u, cache)
    close(
        lambda p: anp.sum(u * attention.filterbank(p["mu"], p["sigma2"], 9)),
        point,
        {"mu": dmu, "sigma2": dsigma2},
    )
    a = np.arange(1, 10)

    def cov(v, w):
        mean = [np.sum(F * f, axis=2) for f in (v * w, v, w)]
        return mean[0] - mean[1] * mean[2]

    assert np.allclose(dmu, cov(u, a) / point["sigma2"][:, None])
    squares = (a - point["mu"][..., None]) ** 2
    assert np.allclose(dsigma2, cov(u, squares).sum(axis=1) / (2 * point["sigma2"] ** 2))


def test_11_2_the_nearest_pixel_saves_single_precision():
    plainly, nearest = backward.errors_from_far_away()
    assert plainly > 20 * nearest


def test_11_3_five_parameters_by_pencil_and_by_autograd():
    dg, ddelta = by_hand.filter_centres_backward(np.array([[0.3, -0.1]]), np.array([-0.5, 0.5]))
    zero, stride = np.zeros(1), np.array([1.5])
    found = attention.Attention(dg, zero, ddelta, zero, zero)
    grid = attention.Attention(zero, zero, stride, zero, zero)
    assert np.allclose(
        by_hand.attention_backward(found, (grid, 5, 4, True)), [[0.6, 0, 0, -0.3, 0]]
    )
    rng, (A, B, N) = np.random.default_rng(11), (7, 5, 3)
    raw, u_X, u_Y = (rng.standard_normal(s) for s in ((2, 5), (2, N, A), (2, N, B)))

    def loss(p):
        F_X, F_Y = attention.filterbanks(attention.attention(p["raw"], A, B, N), A, B, N)
        return anp.sum(u_X * F_X) + anp.sum(u_Y * F_Y)

    att, heading = by_hand.attention_forward(raw, A, B, N)
    _, banks = by_hand.filterbanks_forward(att, A, B, N)
    datt = by_hand.filterbanks_backward(u_X, u_Y, banks)
    close(loss, {"raw": raw}, {"raw": by_hand.attention_backward(datt, heading)})


def test_11_4_reading_and_writing_are_autograds_and_opposite_in_log_gamma():
    rng, (M, C, A, B, N) = np.random.default_rng(11), (2, 2, 7, 5, 3)
    values = (rng.uniform(2, 6, M), rng.uniform(2, 4, M), *rng.uniform(0.6, 2, (3, M)))
    att = attention.Attention(*values)
    x, w = rng.standard_normal((M, C, B, A)), rng.standard_normal((M, C, N, N))
    u, v = rng.standard_normal((M, C, N, N)), rng.standard_normal((M, C, B, A))

    def grid_of(p):
        return attention.Attention(*(p[name] for name in att._fields))

    out, cache = by_hand.glimpse_forward(x, att, N)
    dx, datt = by_hand.glimpse_backward(u, cache)
    close(
        lambda p: anp.sum(u * attention.glimpse(p["x"], grid_of(p), N)),
        {"x": x} | att._asdict(),
        {"x": dx} | datt._asdict(),
    )
    assert np.allclose(datt.gamma * att.gamma, np.sum(u * out, axis=(1, 2, 3)))
    out, cache = by_hand.write_forward(w, att, A, B)
    dw, datt = by_hand.write_backward(v, cache)
    close(
        lambda p: anp.sum(v * attention.write(p["w"], grid_of(p), A, B)),
        {"w": w} | att._asdict(),
        {"w": dw} | datt._asdict(),
    )
    assert np.allclose(datt.gamma * att.gamma, -np.sum(v * out, axis=(1, 2, 3)))


def test_11_4_five_derivatives_bring_a_window_home():
    place = np.array([[-0.1, -0.15, 1.2, -0.7, 0.0]])
    x = backward.digit(25)
    target = attention.glimpse(x, attention.attention(place, 28, 28, 9), 9)
    start = place + np.array([[0.25, -0.2, 0.6, 0.35, -0.3]])
    end, losses = backward.descent(start, x, target, 9)
    assert losses[-1] < 1e-2 * losses[0] and np.abs(end - place).max() < np.abs(start - place).max()


def test_11_5_the_likelihoods_gradient_is_the_error_image_turned():
    rng = np.random.default_rng(11)
    c, image = rng.standard_normal((2, 1, 4, 4)), rng.integers(0, 2, (2, 1, 4, 4)).astype(float)
    dc = manual_likelihood.bernoulli_backward(np.ones(2), (image, c))
    assert np.allclose(dc, -(image - nn.sigmoid(c)), rtol=1e-12)


@pytest.mark.parametrize("config", [backward.ATTENTION, backward.PLAIN], ids=["attention", "plain"])
def test_11_7_the_whole_gradient_is_autograds(config):
    gradient, found = backward.by_pencil(*backward.random_problem(config))
    assert set(found) == set(gradient) == set(parameters.shapes(config))
    assert all(d < 1e-10 for d in found.values())


def test_11_7_and_11_8_on_the_trained_network(monkeypatch):
    said = []
    monkeypatch.setattr(backward, "say", said.append)
    problem = backward.problem(draw_np.load("small"), M=8)
    found = list(backward.errors_of_the_forgetful(problem.cache()))
    assert all(error > 0.05 and cosine > 0 for _, error, cosine in found)
    _, ways, states = backward.by_ways(problem.cache())
    canvas = [backward.norm(state.c) for state in states]
    assert max(canvas) / min(canvas) < 1.2
    assert all(backward.norm(ways[0][w]) == 0 for w in ("decoder", "encoder", "read grid"))
    backward.of_the_fast_engine(problem)
    assert "less than $10^{-12}$" in said[0]
    one = backward.all_steps_at_once(*backward.linear_inputs(problem.cache()))
    right = manual.loss_backward(1.0, problem.cache())["dec.W"]
    assert np.allclose(one, right, rtol=1e-10, atol=1e-14)


@pytest.mark.slow
def test_11_8_every_rung_does_less():
    problem = backward.problem(draw_np.load("small"))
    T, M = problem.eps.shape[:2]
    (ground, wait, share, tanh, banks, engine), _ = backward.tallies(problem)
    maps = 7  # read, enc, mu, log_sigma, dec, patch, write: forward, to the input, to the weights
    gradients = [len(backward.weight_gradients(t, T, M)) for t in (ground, wait, engine)]
    assert len(ground.dense) == 3 * maps * T and gradients == [maps * T, maps, 4]
    assert len(share.dense) < len(wait.dense) and tanh.others < share.others
    assert banks.others < tanh.others
    assert engine.others < ground.others / 2 and engine.arrays < ground.arrays / 10


def test_11_8_shared_products_biases_halves_and_patches_are_identities():
    rng = np.random.default_rng(11)
    h, W_1, W_2, b = (rng.standard_normal(s) for s in ((3, 5), (5, 4), (5, 2), 4))
    dy_1, dy_2 = rng.standard_normal((3, 4)), rng.standard_normal((3, 2))
    together = np.hstack([dy_1, dy_2]) @ np.hstack([W_1, W_2]).T
    assert np.allclose(together, dy_1 @ W_1.T + dy_2 @ W_2.T)
    h_1 = np.hstack([h, np.ones((3, 1))])
    assert np.allclose(h_1 @ np.vstack([W_1, b]), h @ W_1 + b)
    assert np.allclose(h_1.T @ dy_1, np.vstack([h.T @ dy_1, dy_1.sum(axis=0)]))
    assert np.array_equal(W_1 * 0.5 * 2, W_1)
    assert np.allclose(0.5 + 0.5 * np.tanh(h @ (W_1 * 0.5)), nn.sigmoid(h @ W_1))


def test_11_8_the_times_are_those_of_the_benchmarks():
    text = (Path(__file__).parent.parent / "benchmarks" / "README.md").read_text(encoding="utf-8")
    rows = [
        re.split(r" *\| *", line.strip("| ")) for line in text.splitlines() if line.startswith("| ")
    ]
    measured = {
        row[0]: [float(cell.split()[0]) for cell in row[1:4]]
        for row in rows
        if row[0] in {rung.name for rung in ladder.RUNGS} and len(row) == 4
    }
    names = [rung.name for rung in ladder.RUNGS]
    assert list(measured) == names
    for column, times in enumerate(backward.MEASURED.values()):
        assert [measured[name][column] for name in names] == list(times)
    (together,) = [row for row in rows if row[0] == "all together"]
    assert [round(float(cell.split()[0]), 1) for cell in together[1:4]] == [2.1, 1.5, 1.7]


def test_11_answers():
    _, cache = by_hand.filterbank_forward(np.array([[4.2]]), np.array([1.5]), 9)
    flat = by_hand.filterbank_backward(np.full((1, 1, 9), 0.7), cache)
    assert np.allclose(flat[0], 0) and np.allclose(flat[1], 0)
    _, offset = by_hand.filter_centres_forward(np.ones(1), np.ones(1), 1)
    assert offset == 0
    params, x, eps, config = backward.random_problem(backward.ATTENTION)
    _, cache = manual.loss_forward(params, x, eps, config)
    once, twice = (manual.loss_backward(w, cache) for w in (1.0, 2.0))
    assert all(np.allclose(twice[n], 2 * once[n]) for n in once)
