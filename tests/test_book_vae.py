"""Chapter 6: the VAE that DRAW is at T = 1, the plain autoencoder, and their figures."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from autograd import value_and_grad

import draw_np
from draw_np import data, latent, likelihood, lstm, model, parameters
from draw_np.book import autoencoder, vae
from draw_np.book import vae_figures as figures
from draw_np.config import Config
from draw_np.gradcheck import check
from draw_np.measuring import bounds
from draw_np.pictures import diagram, plot
from draw_np.training import loop


@pytest.fixture(autouse=True)
def styled():
    """Figures are drawn in the project's style, as ``notebook.picture`` has them drawn."""
    with plot.style():
        yield


COLOUR = Config(A=5, B=4, C=2, T=1, H=7, Z=3, N_read=None, N_write=None)


def network(config, seed=0):
    """Parameters of which none is 0 by accident, images and noise."""
    rng = np.random.default_rng(seed)
    params = parameters.initialise(rng, config, dtype=np.float64)
    params = {name: v + 0.3 * rng.standard_normal(v.shape) for name, v in params.items()}
    x = (rng.random((6, *config.image_shape)) < 0.5).astype(float)
    return params, x, rng.standard_normal((config.T, 6, config.Z))


def test_draw_with_one_step_is_the_vae():
    params, x, eps = network(COLOUR)
    ours, gradient = value_and_grad(model.loss)(params, x, eps, COLOUR)
    folded, back = value_and_grad(lambda p: vae.loss(vae.folded(p, COLOUR), x, eps[0]))(params)
    assert np.isclose(ours, folded, rtol=1e-13)
    for name in params:
        assert np.allclose(gradient[name], back[name], atol=1e-13), name


def test_both_parts_of_every_image_are_draws():
    params, x, eps = network(COLOUR)
    L_x, L_z = vae.terms(vae.folded(params, COLOUR), x, eps[0])
    theirs = model.terms(params, x, eps, COLOUR)
    assert np.allclose(L_x, theirs.L_x) and np.allclose(L_z, theirs.L_z[0])


def test_gated_is_the_cell_after_a_constant_state():
    rng = np.random.default_rng(1)
    v, W, b, s_0 = (rng.standard_normal(s) for s in ((4, 5), (5, 12), (12,), (3,)))
    with_h = np.concatenate([W, np.zeros((3, 12))])  # the cell also takes an output before
    before = np.zeros((4, 3)), np.broadcast_to(s_0, (4, 3))
    assert np.allclose(vae.gated(v, W, b, s_0), lstm.lstm(v, *before, with_h, b)[0])


@pytest.mark.parametrize("change", [{"T": 2}, {"N_read": 3}, {"N_write": 3}])
def test_more_than_a_vae_is_refused(change):
    sizes = {"A": 5, "B": 4, "T": 1, "H": 4, "Z": 2, "N_read": None, "N_write": None, **change}
    with pytest.raises(ValueError, match="a VAE only for T = 1 and without attention"):
        vae.folded({}, Config(**sizes))


# ---------------------------------------------------------------- the plain autoencoder


@cache
def at_hand():
    """The stored autoencoder, the VAE in the same form, test digits and their labels."""
    digits, trained = data.load("digits").test, draw_np.load("vae")
    x = digits.batch(np.arange(200), np.random.default_rng(6))
    return autoencoder.load()[0], vae.folded(trained.params, trained.config), x, digits.labels


def both_tried():
    plain, variational, x, labels = at_hand()
    z = np.random.default_rng(1).standard_normal((1000, 32))
    return [vae.tried(params, x, labels, z) for params in (plain, variational)]


def test_the_autoencoder_is_the_vae_without_noise_and_without_kl():
    params, x, eps = network(COLOUR)
    params = vae.folded(params, COLOUR)
    L_x, _ = vae.terms(params, x, 0 * eps[0])
    assert np.allclose(vae.autoencoder_costs(params, x), L_x)
    slopes = value_and_grad(vae.autoencoder_loss)(params, x)[1]
    assert not np.any(slopes["log_sigma.W"])  # it has no second answer
    assert check(lambda p: vae.autoencoder_loss(p, x), params, slopes).ok


def test_the_stored_autoencoder_has_the_sizes_of_the_vae():
    plain, variational, _, _ = at_hand()
    assert {k: v.shape for k, v in plain.items()} == {k: v.shape for k, v in variational.items()}
    assert autoencoder.load()[1] == 7750 and autoencoder.FILE.stat().st_size < 500_000
    assert np.isclose(autoencoder.cost(plain, data.load("digits").test).mean(), 45.6, atol=0.05)


def test_it_reconstructs_better_and_its_samples_are_no_digits():
    """Chapter 6, Section 6.1: the table."""
    plain, variational = both_tried()
    assert plain.L_x.mean() < variational.L_x.mean() - 15
    assert min(plain.right, variational.right) > 0.95
    assert variational.sure > plain.sure + 0.05  # three standard errors of a share of 1,000
    grey = data.load("digits").test.images / 255
    real = vae.away(grey).mean()
    assert real < variational.away < 1.6 * real and plain.away > 2.5 * real
    assert np.mean(vae.sureness(grey) > vae.SURE) > 0.9
    assert np.isclose(plain.L_x.mean(), 45.4, atol=0.05)
    assert np.isclose(variational.L_x.mean(), 64.1, atol=0.05)


def test_a_normal_distribution_of_its_own_codes_does_not_mend_it():
    """Chapter 6, Section 6.1: the distance falls to 32."""
    plain, _, _, _ = at_hand()
    train = data.load("digits").train
    x = train.batch(np.arange(len(train)), np.random.default_rng(0))
    mu, _ = vae.encoder(plain, x)
    z = np.random.default_rng(1).multivariate_normal(mu.mean(axis=0), np.cov(mu.T), 1000)
    assert np.isclose(vae.away(vae.images(plain, z)).mean(), 32, atol=1)


def test_away_is_nothing_for_a_training_digit_and_counts_squares():
    digit = data.load("digits").train.images[:1] / 255
    assert np.allclose(vae.away(digit), 0, atol=1e-3)
    blank = vae.away(np.zeros((1, 1, 28, 28)))
    squares = (data.load("digits").train.images / 255.0) ** 2
    assert np.isclose(blank[0], squares.sum(axis=(1, 2, 3)).min(), rtol=1e-4)


def test_training_lowers_the_loss_and_keeps_the_best():
    tiny = Config(T=1, H=8, Z=2, N_read=None, N_write=None)
    recipe = replace(draw_np.load("vae").recipe, steps=120, lr=1e-2, check_every=30)
    valid = data.load("digits").valid
    seen = []

    def judge(params):
        seen.append(float(autoencoder.cost(params, valid).mean()) if len(seen) < 2 else 1e9)
        return seen[-1]

    kept, step = autoencoder.train(vae.autoencoder_loss, tiny, recipe, judge=judge)
    assert len(seen) == 4 and step == (30, 60)[int(np.argmin(seen[:2]))]
    assert np.isclose(autoencoder.cost(kept, valid).mean(), min(seen))
    last, step = autoencoder.train(vae.autoencoder_loss, tiny, recipe)
    assert step == 120 and autoencoder.cost(last, valid).mean() < seen[0] - 1


@pytest.mark.slow
def test_two_components_spread_out_without_the_kl():
    """Chapter 6, Section 6.1: the map."""
    _, _, x, _ = at_hand()
    two = Config(T=1, H=64, Z=2, N_read=None, N_write=None)
    short = replace(draw_np.load("vae").recipe, steps=600, batch_size=32, lr=6e-3)
    plain, variational = (
        autoencoder.train(loss, two, short)[0] for loss in (vae.autoencoder_loss, vae.loss)
    )
    assert figures.inside(plain, x, 3) < 0.2 < 0.7 < figures.inside(variational, x, 3)
    # "many times as many": 11 on one thread and 16 on two, as six or eight images are so few
    assert figures.inside(variational, x) > 6 * figures.inside(plain, x)
    costs = [vae.autoencoder_costs(params, x).mean() for params in (plain, variational)]
    assert costs[0] < costs[1] - 5
    z = np.random.default_rng(1).standard_normal((1000, 2))
    spread = [vae.images(params, z).std(axis=0).mean() for params in (plain, variational)]
    assert spread[1] > 2 * spread[0]
    assert np.isclose(np.mean(np.sum(z**2, axis=1) < 9), 0.99, atol=0.01)


# ---------------------------------------------------------------- what the chapter says


def two_pixel_logits(z):
    return np.concatenate([2 * z, -2 * z], axis=1)[:, None, None, :]


def test_two_pixels_by_hand():
    """Chapter 6, Section 6.2."""
    x = np.reshape([1.0, 0.0], (1, 1, 1, 2))
    mu, log_sigma, eps = np.array([[1.0]]), np.log([[0.5]]), np.array([[1.0]])
    z = latent.sample(mu, log_sigma, eps)
    L_x = likelihood.bernoulli_nll(x, two_pixel_logits(z))[0]
    L_z = latent.kl_to_prior(mu, log_sigma)[0]
    assert z[0, 0] == 1.5
    assert [round(v, 4) for v in (L_x, L_z, L_x + L_z)] == [0.0972, 0.8181, 0.9153]
    assert round(2 * np.log(2), 4) == 1.3863 and round(float(np.logaddexp(0, -3)), 4) == 0.0486


def test_a_latent_is_how_two_pixels_come_to_agree():
    """Chapter 6, Section 6.2: the probabilities on a grid."""
    grid = np.linspace(-9, 9, 6001)[:, None]
    dz = grid[1, 0] - grid[0, 0]
    prior = np.exp(latent.log_prior(grid)) * dz
    Q = np.exp(latent.log_posterior(grid, np.array([[1.0]]), np.log([[0.5]]))) * dz

    def cost(picture):
        picture = np.reshape(picture, (1, 1, 1, 2))
        return likelihood.bernoulli_nll(picture, two_pixel_logits(grid))

    p = {picture: prior @ np.exp(-cost(picture)) for picture in [(1, 0), (0, 1), (0, 0), (1, 1)]}
    assert np.isclose(sum(p.values()), 1) and np.isclose(p[1, 0] + p[1, 1], 0.5)
    assert round(p[1, 0], 4) == 0.3486 and round(p[1, 1], 4) == 0.1514
    bound = Q @ cost((1, 0)) + 0.8181
    assert round(bound, 4) == 1.1836 and round(-np.log(p[1, 0]), 4) == 1.0539


def test_folding_leaves_what_the_chapter_says():
    """Chapter 6, Section 6.3; the trained network too is the same before and after."""
    trained = draw_np.load("vae")
    _, params, x, _ = at_hand()
    assert sum(v.size for v in params.values()) == 264_656
    assert parameters.count(trained.config) == 515_424 == 264_656 + 250_768
    eps = np.random.default_rng(6).standard_normal((1, len(x), 32)).astype(np.float32)
    ours = model.loss(trained.params, x, eps, trained.config)
    assert np.isclose(ours, vae.loss(params, x, eps[0]), rtol=1e-5)


def test_the_latent_saves_what_the_chapter_says():
    """Chapter 6, Sections 6.4 and 6.6."""
    trained, digits = draw_np.load("vae"), data.load("digits")
    log = trained.log
    coins = bounds.independent_pixels(digits.train.mean(), digits.test).mean()
    found = bounds.bound(trained.params, trained.config, digits.test, K=10)
    assert round(coins, 1) == 194.1
    assert np.isclose(coins - found.L_x.mean(), 124.5, atol=0.3)
    early = np.searchsorted(log["step"], 20)
    assert log["L_z"][early] < 3 and abs(log["bound"][early] - coins) < 30  # nothing is told yet
    assert log["L_z"][-20:].mean() > 14 and log["L_x"][-20:].mean() < 100
    assert (trained.recipe.steps, trained.recipe.batch_size) == (8000, 64)


def test_used_components_fill_the_prior_together():
    """Chapter 6, Section 6.6."""
    _, params, x, _ = at_hand()
    mu, log_sigma = vae.encoder(params, x)
    kl = vae.cost(mu, log_sigma)
    assert np.allclose(kl.sum(axis=1), latent.kl_to_prior(mu, log_sigma), atol=1e-4)
    kl = kl.mean(axis=0)
    assert np.sum(kl > vae.USED) == 13 and kl[kl > vae.USED].sum() > 0.95 * kl.sum()
    unused = kl.argmin()
    assert np.abs(mu[:, unused]).mean() < 0.2
    assert np.allclose(np.exp(log_sigma[:, unused]), 1, atol=0.2)
    assert round(np.log(8), 2) == 2.08 and round(np.log(2), 2) == 0.69


def test_a_component_of_the_prior_misleads():
    """Chapter 6, Section 6.6: the lower bars add up to more than the latent saves."""
    _, params, x, _ = at_hand()
    kl = vae.cost(*vae.encoder(params, x)).mean(axis=0)
    rise = vae.worth(params, x[:50], np.random.default_rng(2), draws=1)
    assert rise.sum() > 300 > 2 * 124.5
    assert np.abs(rise[kl < vae.USED]).max() < 0.5


def test_noise_is_best_ignored():
    """Chapter 6, appendix of Section 6.6: 93.0 and 61.0 nats, and 56.8 twice."""
    _, params, x, labels = at_hand()
    mu, log_sigma = vae.encoder(params, x)
    order, two = figures.costliest_first(mu, log_sigma), list(labels).index(2)
    grid = np.linspace(-6, 6, 241)
    weight = np.exp(latent.log_prior(grid[:, None]))
    weight /= weight.sum()
    found = []
    for k in (order[0], order[-1]):
        z = np.repeat(mu[two][None], len(grid), axis=0)
        z[:, k] = grid
        c = vae.decoder(params, z).reshape(-1, 1, 28, 28)
        averaged = weight @ likelihood.bernoulli_nll(x[[two]], c)
        at_average = likelihood.bernoulli_nll(x[[two]], np.tensordot(weight, c, 1)[None])[0]
        assert averaged >= at_average
        found += [round(float(averaged), 1), round(float(at_average), 1)]
    assert found == [93.0, 61.0, 56.8, 56.8]


@pytest.mark.slow
def test_four_steps_are_ahead_at_equal_time_and_behind_at_equal_turns():
    """Chapter 6, Section 6.7: T = 1 less T = 4, image by image, two standard errors and more."""
    digits, recipe, found = data.load("digits"), draw_np.load("vae").recipe, {}
    for T, steps in {(T, s) for runs in figures.COMPARISONS.values() for T, s in runs.items()}:
        config = Config(T=T, H=64, Z=32, N_read=None, N_write=None)
        run = loop.begin("vae", config, replace(recipe, steps=steps), digits, seed=0)
        for _ in range(steps):
            loop.advance(run, digits)
        found[T, steps] = bounds.bound(run.params, config, digits.valid)
    for title, above in {
        "equal training steps": 1,
        "equal time": 1,
        "equal turns of the loop": -1,
    }.items():
        runs = figures.COMPARISONS[title]
        mean, error = figures.paired(found, (1, runs[1]), (4, runs[4]))
        assert above * mean > 4 * error, title


def test_answers_of_the_questions():
    """Chapter 6, questions 1, 2 and 5."""
    fell = np.random.default_rng(3).standard_normal((200_000, 2))
    assert round(1 - np.exp(-2), 3) == 0.865
    assert abs(np.mean(np.sum(fell**2, axis=1) < 4) - 0.865) < 0.004
    assert round(latent.kl_to_prior(np.zeros((1, 1)), np.log([[0.5]]))[0], 3) == 0.318
    params, x, eps = network(COLOUR)
    slope = value_and_grad(model.loss)(params, x, eps, COLOUR)[1]
    assert all(np.any(g != 0) for g in slope.values())
    reached = slope["dec.b"] @ params["dec.W"][COLOUR.Z :].T  # by h_dec_0 in the decoder
    rows = slice(2 * COLOUR.pixels, 2 * COLOUR.pixels + COLOUR.H)
    reached = reached + slope["enc.b"] @ params["enc.W"][rows].T
    assert np.allclose(reached, slope["h_dec_0"])


# ---------------------------------------------------------------- figures


def test_components_are_counted_by_their_cost():
    kl = np.array([0.02, 1.5, 0.3])
    fig, words = figures.components.__wrapped__(kl, 10 * kl)
    top = fig.axes[0]
    assert "2 of 3 components are used, 1.8 nats" in top.get_title(loc="left")
    span, *bars = top.patches
    assert [bar.get_height() for bar in bars] == [1.5, 0.3, 0.02]
    assert (span.get_x(), span.get_width()) == (1.5, 1.0)  # behind the third bar only
    assert "Upper: 2 components cost up to 1.5 nats" in words


def test_a_walk_moves_two_components_from_corner_to_corner():
    """Chapter 6, Section 6.6: an unused component changes next to nothing."""
    _, params, x, _ = at_hand()
    mu, log_sigma = vae.encoder(params, x)
    first, second, *_, unused = figures.costliest_first(mu, log_sigma)
    map_ = figures.walk(params, mu[0], first, second)
    z = mu[0].copy()
    z[first], z[second] = -3, 3  # upper left
    assert np.allclose(map_[0, 0], vae.images(params, z[None])[0])
    corners = [map_[0, 0], map_[0, -1], map_[-1, 0], map_[-1, -1]]
    assert all(np.abs(a - b).mean() > 0.02 for i, a in enumerate(corners) for b in corners[:i])
    still = figures.walk(params, mu[0], first, unused)
    assert np.abs(still[0] - still[-1]).mean() < 0.05


def test_codes_are_written_at_the_means():
    with plot.style():
        ax = plot.figure(3, 3).subplots()
        figures.codes(ax, np.array([[0.0, 1.0], [-9.0, 2.0]]), np.array([3, 7]))
    texts = [(t.get_text(), t.get_position()) for t in ax.texts]
    assert texts == [("3", (0.0, 1.0)), ("7", (-9.0, 2.0))] and ax.get_xlim()[0] < -9
    assert len(set(figures.TEN)) == 10


def test_boxes_name_what_is_constant_and_the_second_step_what_is_news():
    words = " ".join(t.get_text() for t in figures.boxes.__wrapped__().axes[0].texts)
    for part in ("c_0", "h_0^{enc}", "s_0^{enc}", "h_0^{dec}", "s_0^{dec}", "P(x|z_1)", "P(x|z)"):
        assert part in words, part
    ax = figures.second_step.__wrapped__().axes[0]
    news = " ".join(t.get_text() for t in ax.texts if t.get_color() == figures.NEWS)
    for part in ("c_1", "h_1^{enc}", "s_1^{enc}", "h_1^{dec}", "s_1^{dec}", "sigmoid"):
        assert part in news, part
    assert diagram.ROWS["c"] == 7


def test_comparisons_are_in_pairs():
    def judged(shift):
        each = np.linspace(90, 130, 20) + shift
        return bounds.Bound(each, np.zeros((1, 20)), np.zeros((1, 20)))

    runs = {(T, s) for runs in figures.COMPARISONS.values() for T, s in runs.items()}
    found = {(T, s): judged(3.0 * (T == 1)) for T, s in runs}
    assert figures.paired(found, (1, 300), (4, 300)) == (pytest.approx(3), pytest.approx(0))
    fig, words = figures.equal.__wrapped__(found)
    assert "$T = 1$ less $T = 4$: 3.0 ± 0.0" in fig.axes[1].get_title(loc="left")
    assert "equal time: T = 1 113.0, T = 4 110.0" in words


def test_samples_stand_in_the_order_of_how_sure_the_judge_is():
    _, params, _, _ = at_hand()
    samples = vae.images(params, np.random.default_rng(1).standard_normal((60, 32)))
    fig, _ = figures.by_sureness.__wrapped__(samples)
    shown = [float(t.get_text()) for ax in fig.axes for t in ax.texts]
    assert shown == sorted(shown, reverse=True) and len(shown) == 24
