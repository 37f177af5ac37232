"""Chapter 5: the bound, the bars that know the truth, and the figures."""

from functools import cache
from math import comb

import numpy as np
import pytest
from autograd import elementwise_grad

import draw_np
from draw_np import data, gradcheck, latent, likelihood, model, nn
from draw_np.book import bars
from draw_np.book import bound as figures
from draw_np.manual import likelihood as manual
from draw_np.measuring import bounds
from draw_np.pictures import plot


@pytest.fixture(autouse=True)
def styled():
    """Figures are drawn in the project's style, as ``notebook.picture`` has them drawn."""
    with plot.style():
        yield


COIN_W, COIN_Q = np.array([1 / 8, 1 / 2]), np.array([1 / 2, 1 / 2])
TRUTH = np.log2(3.2)  # of the coin and the pixel, in bits


@cache
def exact():
    return -np.log(bars.probability())


def test_letters_and_their_codewords():
    """Chapter 5, Section 5.1."""
    f, g = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8]), np.full(4, 1 / 4)
    assert (-(f @ np.log2(f)), -(f @ np.log2(g)), f @ np.log2(f / g)) == (1.75, 2.0, 0.25)
    assert round(np.log(2), 4) == 0.6931 and round(1 / np.log(2), 4) == 1.4427


def test_yardsticks_are_of_the_test_digits():
    """Chapter 5, Section 5.1: the bars."""
    fair, coins, drawn = figures.yardsticks().values()
    assert (
        np.isclose(fair / np.log(2), 784) and round(coins, 1) == 194.1 and round(drawn, 1) == 80.1
    )


def test_a_pixel_by_hand():
    """Chapter 5, Section 5.2: the logit 2."""
    c, pixel = np.full((2, 1, 1, 1), 2.0), np.array([1.0, 0.0]).reshape(2, 1, 1, 1)
    cost, cache_ = manual.bernoulli_forward(pixel, c)
    slope = manual.bernoulli_backward(np.ones(2), cache_)
    assert cost.round(4).tolist() == [0.1269, 2.1269]
    assert slope.ravel().round(4).tolist() == [-0.1192, 0.8808]
    assert np.allclose(cost, likelihood.bernoulli_nll(pixel, c))
    assert np.allclose(np.exp(-cost), [nn.sigmoid(2.0), 1 - nn.sigmoid(2.0)])
    assert np.allclose(slope, elementwise_grad(likelihood.bernoulli_nll, 1)(pixel, c))
    total = lambda p: likelihood.bernoulli_nll(pixel, p["c"]).sum()  # noqa: E731
    assert gradcheck.check(total, {"c": c}, {"c": slope}).ok


def test_why_not_p_first():
    """Chapter 5, Section 5.2: float32."""
    assert nn.sigmoid(np.float32(17.5)) == 1
    assert np.isclose(1 - np.nextafter(np.float32(1), np.float32(0)), 6e-8, rtol=0.01)
    high = np.full((1, 1, 1, 1), 40, np.float32)
    assert (
        np.isinf(figures.from_p(high).item())
        and round(figures.with_epsilon(high).item(), 1) == 18.4
    )
    assert likelihood.bernoulli_nll(np.zeros((1, 1, 1, 1), np.float32), high)[0] == 40


def test_the_best_logit_of_a_grey_pixel_is_its_own():
    """Chapter 5, Section 5.2: and it still costs something."""
    logits = np.log(0.3 / 0.7) + np.linspace(-1, 1, 201).reshape(-1, 1, 1, 1)
    costs = likelihood.bernoulli_nll(np.full((1, 1, 1, 1), 0.3), logits)
    assert costs.argmin() == 100
    assert np.isclose(costs[100], -0.3 * np.log(0.3) - 0.7 * np.log(0.7)) and costs[100] > 0.6


def test_the_sum_over_the_grid_is_exact():
    """Chapter 5, Section 5.3: with half the points the same."""
    half = np.sum((bars.prior * np.exp(-bars.nll()))[::2]) * 2 * bars.dz
    assert abs(np.log(bars.probability()) - np.log(half)) < 1e-12
    assert round(exact(), 4) == 9.8283 and np.isclose(np.sum(bars.posterior()) * bars.dz, 1)


def test_the_coin_and_the_pixel():
    """Chapter 5, Sections 5.4, 5.5 and 5.6."""
    posterior = np.array([1 / 5, 4 / 5])
    assert (
        COIN_W @ COIN_Q == 5 / 16 and -(np.log2(COIN_W) @ COIN_Q) == 2 and round(TRUTH, 3) == 1.678
    )
    gap = COIN_Q @ np.log2(COIN_Q / posterior)
    assert np.isclose(gap, 2 - TRUTH) and round(gap, 3) == 0.322
    for q, total in ((COIN_Q, 2), (posterior, TRUTH)):
        back, send_x = -(q @ np.log2(q)), q @ np.array([3.0, 1.0])
        assert np.isclose(1 - back + send_x, total)


@pytest.mark.parametrize("name", bars.GUESSES)
def test_the_gap_is_the_kl_from_the_exact_posterior(name):
    """Chapter 5, Section 5.5: the table of the bars."""
    q = bars.GUESSES[name]
    gap = sum(bars.two_parts(*q)) - exact()
    assert gap > 0 and abs(gap - bars.kl_to_posterior(*q)) < 1e-9


def test_the_good_guess_is_the_best():
    """Chapter 5, Section 5.5: within a hundredth of a nat."""
    around = bars.gaps(np.linspace(0.9, 0.96, 7), np.linspace(-1.6, -1.4, 11))
    good = bars.kl_to_posterior(*bars.GUESSES["good"])
    assert 0 < around.min() < good + 1e-6 < 0.01


def test_one_of_two_humps_costs_a_bit():
    """Chapter 5, Section 5.5."""
    gap, mu, _ = bars.best_of_two_humps()
    assert np.log(2) < gap < np.log(2) + 0.1 and mu > 1


def test_a_trained_network_costs_less_under_every_canvas():
    """Chapter 5, Section 5.7: stacked bars; 0.7 to 3.5 nats a step, up to 36 saved."""
    network, test = draw_np.load("small"), data.load("digits").test
    five = int(np.flatnonzero(test.labels == 5)[0])
    x = test.batch(np.array([five]), np.random.default_rng(5))
    canvases, L_x, kl = figures.account(network, x)
    total = L_x + np.concatenate([[0], np.cumsum(kl)])
    assert canvases.shape == (13, 1, 1, 28, 28) and np.all(np.diff(total) < 0)
    assert (round(float(kl.min()), 1), round(float(kl.max()), 1)) == (0.7, 3.5)
    assert round(float(-np.diff(L_x).min())) == 36
    eps = np.random.default_rng(0).standard_normal((12, 1, 16))
    assert np.isclose(total[-1], model.loss(network.params, x, eps, network.config), rtol=1e-5)
    fig, words = figures.redrawn.__wrapped__(network, x)
    assert f"from {total[0]:.0f} to {total[-1]:.0f}" in words
    assert [t.get_text() for t in fig.axes[1].texts[:13]] == [f"{v:.0f}" for v in total]


def test_closed_and_sampled_kl_agree_on_average():
    """Chapter 5, Section 5.7."""
    network, test = draw_np.load("small"), data.load("digits").test
    five = int(np.flatnonzero(test.labels == 5)[0])
    x = np.repeat(test.batch(np.array([five]), np.random.default_rng(5)), 200, axis=0)
    noise = np.random.default_rng(5).standard_normal((12, 200, 16))
    states, looks = model.unroll(network.params, x, noise, network.config)
    closed = model.reconstruction(x, states) + model.step_kl(looks).sum(axis=0)
    sampled = -model.log_weights_along(x, states, looks)
    error = (sampled - closed).std() / 200**0.5
    assert abs((sampled - closed).mean()) < 4 * error and error > 0
    assert np.isclose(model.loss(network.params, x, noise, network.config), closed.mean())


def coin_bound(K):
    return -sum(comb(K, j) / 2**K * np.log2((j / 2 + (K - j) / 8) / K) for j in range(K + 1))


def test_the_coin_with_more_weights():
    """Chapter 5, Section 5.8, and the appendix: the gap shrinks like 1/K."""
    found = [coin_bound(K) for K in (1, 2, 4, 8, 16, 64, 256)]
    assert found[0] == 2 and round(found[1], 3) == 1.839 and np.all(np.diff(found) < 0)
    ratio = COIN_W / (5 / 16)
    assert np.isclose(COIN_Q @ (ratio - 1) ** 2, 0.36)
    assert np.isclose(256 * (found[-1] - TRUTH), 0.18 / np.log(2), rtol=5e-3)


@pytest.mark.parametrize("K", [1, 2, 64])
def test_the_single_integral_gives_the_coins_bound(K):
    """Chapter 5, appendix."""
    gap = bars.exact_gap(COIN_W / (5 / 16), COIN_Q, K) / np.log(2)
    assert np.isclose(gap, coin_bound(K) - TRUTH)


@pytest.mark.parametrize("name", bars.GUESSES)
def test_exact_curves_begin_at_the_kl_fall_and_hold_the_draws(name):
    """Chapter 5, Section 5.8 and appendix."""
    q = bars.GUESSES[name]
    gaps = [bars.exact_gap_of(*q, K) for K in (1, 8, 64)]
    assert np.isclose(gaps[0], bars.kl_to_posterior(*q), rtol=1e-6)
    assert np.all(np.diff(gaps) < 0) and gaps[-1] > 0
    mean, error = bars.drawn_gap(*q, 8, np.random.default_rng(5))
    assert abs(mean - gaps[1]) < 4.5 * error


def test_too_wide_is_cured_and_too_narrow_hardly():
    """Chapter 5, Section 5.8: 0.377 and 2.476 nats, 0.041 and 0.0007."""
    wide, narrow = bars.GUESSES["too wide"], (0.93, -2.3)
    found = [bars.exact_gap_of(*q, K) for K in (1, 1024) for q in (narrow, wide)]
    assert np.round(found[:2], 3).tolist() == [0.377, 2.476]
    assert round(found[2], 3) == 0.041 and round(found[3], 4) == 0.0007


def test_the_closed_form_in_the_weights_bounds_nothing():
    """Chapter 5, Section 5.8: 9.67 is below 9.83."""
    assert (
        round(bars.closed_form_limit(*bars.GUESSES["good"]), 2) == 9.67 < round(exact(), 2) == 9.83
    )


def test_the_code_of_the_importance_weighted_bound():
    """Chapter 5, Section 5.8: the two lines."""
    log_w = np.random.default_rng(0).standard_normal((5, 3)) - 1000
    top = log_w.max(axis=0)
    bound = -(top + np.log(np.mean(np.exp(log_w - top), axis=0)))
    assert np.array_equal(bound, bounds.Bound(None, None, log_w).importance_weighted_each)


def test_answers_of_the_questions():
    """Chapter 5, questions 1, 2 and 5."""
    some = (np.random.default_rng(1).random((1, 1, 28, 28)) < 0.3).astype(float)
    nll = likelihood.bernoulli_nll(some, np.zeros((1, 1, 28, 28)))[0]
    assert round(100 / np.log(2), 1) == 144.3 and round(nll, 1) == 543.4 == round(
        784 * np.log(2), 1
    )
    assert [round(np.log(3), 2), round(np.log2(3), 2)] == [1.10, 1.58]


def test_the_map_marks_the_three_guesses():
    fig = figures.gap_map.__wrapped__()
    at = [tuple(line.get_data(orig=False)[k][0] for k in (0, 1)) for line in fig.axes[0].lines]
    assert at == list(bars.GUESSES.values())
    assert [t.get_text() for t in fig.axes[0].texts[-3:]] == list(bars.GUESSES)


def test_the_decoder_moves_its_bar():
    row = bars.decoder(np.array([[0.0], [2.0]]))[:, 0, 0]
    assert (row.argmax(axis=1) + 1).tolist() == [5, 8]
    z = np.array([[1.5]])
    assert np.array_equal(bars.two_bars(z), bars.two_bars(-z))
    assert np.allclose(bars.density(0.0, 0.0), np.exp(latent.log_prior(bars.z)))
