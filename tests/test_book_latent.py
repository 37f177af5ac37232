"""Chapter 4: what it says of drawing a latent, and its figures."""

from functools import cache

import numpy as np
import pytest
from autograd import grad

import draw_np
from draw_np import data, gradcheck, latent, mistakes
from draw_np.book import latent as figures
from draw_np.book import vae
from draw_np.manual import latent as manual
from draw_np.pictures import plot


@pytest.fixture(autouse=True)
def styled():
    """Figures are drawn in the project's style, as ``notebook.picture`` has them drawn."""
    with plot.style():
        yield


def kl(mu, log_sigma):
    return latent.kl_to_prior(np.array([[mu]]), np.array([[log_sigma]]))[0]


def test_a_sample_by_hand():
    """Chapter 4, Section 4.2: mu = 1.5, sigma = 0.5, eps = -0.8."""
    one = np.array([[1.5]]), np.log([[0.5]]), np.array([[-0.8]])

    def z(mu, log_sigma, eps):
        return latent.sample(mu, log_sigma, eps)[0, 0]

    found = [z(*one), grad(z, 0)(*one)[0, 0], grad(z, 1)(*one)[0, 0]]
    assert np.allclose(found, [1.1, 1, -0.4])


def test_both_estimates_are_unbiased_and_one_is_noisier():
    """Chapter 4, Section 4.2 and its appendix: variances 1 and 21.75, by an exact integral."""
    u = np.linspace(-12, 12, 4001)
    weight = np.exp(latent.log_prior(u[:, None])) * (u[1] - u[0])
    sampled = figures.estimates(np.random.default_rng(4).standard_normal(20_000))
    for exact, draws, variance in zip(figures.estimates(u), sampled, (1.0, 21.75), strict=True):
        mean = weight @ exact
        assert np.isclose(mean, 2) and np.isclose(weight @ (exact - mean) ** 2, variance)
        assert abs(draws.mean() - 2) < 4 * (variance / len(draws)) ** 0.5
    assert round(21.75**0.5, 2) == 4.66


def test_shared_noise_cancels():
    """Chapter 4, Section 4.2: two steps with one noise tell a difference exactly."""
    mu, log_sigma = np.array([[0.3], [1.1]]), np.full((2, 1), -0.5)
    one = np.full((2, 1), np.random.default_rng(0).standard_normal())
    z = latent.sample(mu, log_sigma, one)
    assert np.isclose(z[0, 0] - z[1, 0], mu[0, 0] - mu[1, 0])


def test_the_kl_by_hand_by_an_integral_and_by_samples():
    """Chapter 4, Section 4.4."""
    by_hand = (2.25 + 0.25 + 2 * np.log(2) - 1) / 2
    assert np.isclose(kl(1.5, np.log(0.5)), by_hand) and round(by_hand, 4) == 1.4431
    z = np.linspace(-4.5, 7.5, 4001)[:, None]
    log_q = latent.log_posterior(z, np.array([[1.5]]), np.log([[0.5]]))
    integral = np.sum(np.exp(log_q) * (log_q - latent.log_prior(z))) * (z[1, 0] - z[0, 0])
    assert abs(integral - by_hand) < 1e-12
    ratio = figures.log_ratios(1.5, np.log(0.5))
    assert abs(ratio.mean() - by_hand) < 4 * ratio.std() / len(ratio) ** 0.5


def test_the_shape_of_the_cost():
    """Chapter 4, Section 4.5."""
    assert np.isclose(kl(0.0, -4.0), 4 - 0.5, atol=2e-4)  # -log sigma - 1/2
    assert np.isclose(kl(0.0, 0.01), 0.01**2, rtol=1e-2)  # (log sigma)^2
    assert np.isclose(kl(0.0, -4.0 - np.log(2)) - kl(0.0, -4.0), np.log(2), atol=2e-4)


def test_the_whole_gradient_by_hand():
    """Chapter 4, Section 4.6: -2.1 and 0.69."""
    point, noise = {"mu": np.array([[1.5]]), "log_sigma": np.log([[0.5]])}, np.array([[-0.8]])

    def loss(p):
        z = latent.sample(p["mu"], p["log_sigma"], noise)
        return (2 * (z - 2) ** 2).sum() + latent.kl_to_prior(p["mu"], p["log_sigma"]).sum()

    z, z_cache = manual.sample_forward(point["mu"], point["log_sigma"], noise)
    _, kl_cache = manual.kl_forward(point["mu"], point["log_sigma"])
    through = manual.sample_backward(4 * (z - 2), z_cache), manual.kl_backward(np.ones(1), kl_cache)
    slope = {name: a + b for name, a, b in zip(point, *through, strict=True)}
    assert np.allclose([slope["mu"][0, 0], slope["log_sigma"][0, 0]], [-2.1, 0.69])
    assert gradcheck.check(loss, point, slope).ok


def test_gradients_of_single_samples_find_the_balance():
    """Chapter 4, Section 4.6: 1.6 and 0.447; at once they miss it."""
    mu, log_sigma = figures.descent()[-1]
    assert np.allclose([mu, np.exp(log_sigma)], [1.6, 0.2**0.5], atol=0.05)
    assert figures.descent().shape == (4001, 2)
    assert not np.allclose(figures.descent(steps=20)[-1], [1.6, np.log(0.2) / 2], atol=0.05)


@cache
def in_hand():
    """The VAE and the 3 of Section 4.7, what each component costs, and the costliest."""
    network, test = draw_np.load("vae"), data.load("digits").test
    x = test.batch(np.flatnonzero(test.labels == 3)[:1], np.random.default_rng(6))
    _, mu, log_sigma = figures.told(network, x)
    cost = vae.cost(mu, log_sigma)[0]
    return network, x, mu, log_sigma, cost, int(cost.argmax())


def test_a_real_digits_q():
    """Chapter 4, Section 4.7: a dozen components say something, sigma is 0.13."""
    _, _, mu, log_sigma, cost, k = in_hand()
    assert np.isclose(cost.sum(), latent.kl_to_prior(mu, log_sigma)[0], rtol=1e-5)
    assert np.sum(cost > 0.2) == 12 and np.sum(cost[cost < 0.2]) < 1
    assert round(float(np.exp(log_sigma[0, k])), 2) == 0.13


def test_pushing_a_mean_costs_a_parabola_and_changes_the_picture():
    """Chapter 4, Section 4.7."""
    network, x, mu, _, cost, k = in_hand()
    images, costs = figures.pushed(network, x, k, (-4, -1, 0, 1, 4))
    assert np.isclose(costs[2], cost.sum(), rtol=1e-5)
    assert np.isclose(costs[3] - costs[1], 2 * mu[0, k], rtol=1e-4)  # a parabola in mu
    assert costs[1] < costs[2] < costs[3] < costs[4]
    assert np.abs(images[0] - images[2]).mean() > 0.05
    idle = int(cost.argmin())
    images, _ = figures.pushed(network, x, idle, (-4, 4))
    assert np.abs(images[0] - images[1]).mean() < 0.05


def test_widening_a_sigma_costs_less_and_spreads_the_samples():
    """Chapter 4, Section 4.7: 1.5 nats less."""
    network, x, _, log_sigma, _, k = in_hand()
    sheets, costs = figures.widened(network, x, k, (float(np.exp(log_sigma[0, k])), 1.0))
    assert round(float(costs[0] - costs[1]), 1) == 1.5
    assert sheets[1].std(axis=0).mean() > 1.5 * sheets[0].std(axis=0).mean()


def test_constants_of_equation_11():
    """Chapter 4, Section 4.8."""
    found, T, Z = figures.constants(), 64, 100
    exact = found["exact"]
    assert exact[0] == 0 < exact[1]
    assert np.allclose(np.subtract(found["kl-constant-once-a-step"], exact), T * (Z - 1) / 2)
    assert np.allclose(np.subtract(found["kl-without-constant"], exact), T * Z / 2)
    assert np.allclose(found["kl-averaged"], np.divide(exact, Z)) and T * (Z - 1) / 2 == 3168


def test_log_sigma_taken_for_its_double():
    """Chapter 4, Section 4.9: 1.8076 and 0.7013, and samples know which is right."""
    assert round(kl(0.0, np.log(0.1)), 4) == 1.8076
    with mistakes.made("kl-by-log-variance"):
        assert round(kl(0.0, np.log(0.1)), 4) == 0.7013 and kl(0.0, 0.0) == 0
        wrong = kl(0.0, -3.0)
    for log_sigma in np.linspace(-3, 1, 9):
        ratio = figures.log_ratios(0.0, log_sigma, 4000)
        error = ratio.std() / 4000**0.5 + 1e-12  # at the prior every log ratio is 0
        assert abs(ratio.mean() - kl(0.0, log_sigma)) < 4 * error
        if log_sigma == -3:
            assert abs(ratio.mean() - wrong) > 40 * error


def test_answers_of_the_questions():
    """Chapter 4, questions 1, 3 and 4."""
    steps = np.diff([kl(0.0, -v) for v in range(4)])
    assert [round(steps[0], 2), round(steps[2], 2)] == [0.57, 0.99]
    assert kl(2.0, 0.0) == 2 and np.isclose(kl(0.0, -2.4966), 2, atol=1e-4)
    assert round(np.exp(-2.4966), 4) == 0.0824
    assert 64 * 100 / 2 - 1152 == 64**2 / 2


def test_figures_show_what_they_say():
    left, right = figures.two_estimators.__wrapped__().axes
    assert left.get_ylim() == right.get_ylim()  # comparable at a glance
    _, words = figures.in_hand.__wrapped__()
    assert "32 bars" in words and f"{in_hand()[4].sum():.1f} nats together" in words
    titles = [t.get_title(loc="left") for t in figures.one_component.__wrapped__().axes]
    assert "KL = 1.443 nats" in titles[1]
