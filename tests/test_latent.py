"""Reparameterised sampling, the exact KL, and the log densities of a drawn z."""

import math
from statistics import NormalDist

import goldens
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import numbers, random_images, seeds

from draw_np import gradcheck, latent


def test_sample_by_pencil():
    # z = mu + sigma eps: 1 + 2 * 3 and -1 + (1/2) * 3
    mu, log_sigma = np.array([[1.0, -1.0]]), np.log([[2.0, 0.5]])
    z = latent.sample(mu, log_sigma, np.array([[3.0, 3.0]]))
    assert z[0] == pytest.approx([7, 0.5], rel=1e-14)


def test_sample_has_mean_mu_and_standard_deviation_sigma():
    eps = np.random.default_rng(0).standard_normal((40_000, 2))
    mu, sigma = np.array([[0.5, -2.0]]), np.array([[0.3, 2.0]])
    z = latent.sample(
        np.broadcast_to(mu, eps.shape), np.broadcast_to(np.log(sigma), eps.shape), eps
    )
    assert np.all(np.abs(z.mean(0) - mu) < 5 * sigma / 200)
    assert z.std(0) == pytest.approx(sigma[0], rel=0.02)


def test_sample_uses_each_image_its_own_noise():
    same = np.zeros((3, 2))
    z = latent.sample(same, same, np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    assert z.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_kl_is_zero_at_the_prior():
    for Z in (1, 2, 7, 100):
        assert latent.kl_to_prior(np.zeros((3, Z)), np.zeros((3, Z))).tolist() == [0, 0, 0]


def test_kl_by_pencil():
    # mu = 3, sigma = 1: 9/2.  mu = 0, sigma = e: (e^2 - 2 - 1)/2.  Components add up.
    mu, log_sigma = np.array([[3.0, 0.0]]), np.array([[0.0, 1.0]])
    assert latent.kl_to_prior(mu[:, :1], log_sigma[:, :1])[0] == pytest.approx(4.5, rel=1e-14)
    assert latent.kl_to_prior(mu, log_sigma)[0] == pytest.approx(4.5 + (math.e**2 - 3) / 2)


@given(M=st.integers(1, 3), Z=st.integers(1, 5), seed=seeds)
@example(M=1, Z=1, seed=0)
def test_kl_is_its_closed_form(M, Z, seed):
    mu, log_sigma = random_images(seed, 2, M, Z)
    kl = latent.kl_to_prior(mu, log_sigma)
    assert kl.shape == (M,)
    assert np.all(kl >= 0)
    for m in range(M):
        slow = goldens.kl(mu[m].tolist(), log_sigma[m].tolist())
        assert kl[m] == pytest.approx(slow, rel=1e-10, abs=1e-12)


def test_kl_is_the_mean_of_the_log_ratio():
    """Monte-Carlo: mean of log q(z) - log p(z) over z from ``sample``; pi cancels."""
    K, mu, sigma = 20_000, np.array([0.7, -1.1, 0.2]), np.array([0.5, 1.4, 1.0])
    eps = np.random.default_rng(0).standard_normal((K, 3))
    many = [np.broadcast_to(v, (K, 3)) for v in (mu, np.log(sigma))]
    z = latent.sample(*many, eps)
    ratio = np.sum(-(((z - mu) / sigma) ** 2) / 2 - np.log(sigma) + z**2 / 2, axis=1)
    error = ratio.std() / math.sqrt(K)
    assert error < 0.02
    assert abs(ratio.mean() - latent.kl_to_prior(*many)[0]) < 4 * error


@given(z=numbers(-5, 5), mu=numbers(-3, 3), log_sigma=numbers(-2, 2))
@example(z=0.0, mu=0.0, log_sigma=0.0)
def test_log_densities_are_the_normal_distributions(z, mu, log_sigma):
    def one(value):
        return np.array([[value, 0.5]])

    log_q = latent.log_posterior(one(z), one(mu), one(log_sigma))
    standard = goldens.log_normal(z, mu, math.exp(log_sigma))
    second = goldens.log_normal(0.5, 0.5, math.exp(0.5))
    assert log_q == pytest.approx([standard + second], rel=1e-12, abs=1e-12)
    prior = math.log(NormalDist().pdf(z)) + math.log(NormalDist().pdf(0.5))
    assert latent.log_prior(one(z)) == pytest.approx([prior], rel=1e-12)


def test_gradients():
    point = {"mu": random_images(1, 2, 3), "log_sigma": random_images(2, 2, 3) / 2}
    eps, weight = random_images(3, 2, 3), random_images(4, 2, 3)

    def z(p):
        return latent.sample(p["mu"], p["log_sigma"], eps)

    scalars = [
        lambda p: (weight * z(p)).sum(),
        lambda p: (weight[:, 0] * latent.kl_to_prior(p["mu"], p["log_sigma"])).sum(),
        lambda p: (weight[:, 0] * latent.log_prior(z(p))).sum(),
        lambda p: (weight[:, 0] * latent.log_posterior(eps, p["mu"], p["log_sigma"])).sum(),
    ]
    for scalar in scalars:
        verdict = gradcheck.check(scalar, point)
        assert verdict.ok, verdict


def test_latents_stay_float32():
    a, b, c = random_images(0, 3, 2, 4).astype(np.float32)
    outs = [latent.sample(a, b, c), latent.kl_to_prior(a, b), latent.log_prior(a)]
    assert all(out.dtype == np.float32 for out in [*outs, latent.log_posterior(a, b, c)])
