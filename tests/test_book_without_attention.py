"""Chapter 7: DRAW without attention, what the chapter says and what its figures show."""

from functools import cache

import numpy as np
import pytest
from autograd import grad

import draw_np
from draw_np import data, likelihood, model, parameters
from draw_np.book import loop
from draw_np.book import without_attention as figures
from draw_np.config import Config
from draw_np.nn import sigmoid, softplus
from draw_np.pictures import plot


@pytest.fixture(autouse=True)
def styled():
    """Figures are drawn in the project's style, as ``notebook.picture`` has them drawn."""
    with plot.style():
        yield


RNG = np.random.default_rng(0)


@cache
def trained():
    """The chapter's network on its 200 images: parameters, sizes, images, noise, states, looks."""
    network, test = draw_np.load("small-noattention"), data.load("digits").test
    x = test.batch(np.arange(200), np.random.default_rng(7))
    shape = (network.config.T, 200, network.config.Z)
    eps = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    states, looks = model.unroll(network.params, x, eps, network.config)
    return network.params, network.config, x, eps, states, looks


def canvases():
    return np.stack([state.c for state in trained()[4]])


# ---------------------------------------------------------------- what the chapter says


def test_adding_a_stroke_multiplies_the_odds():
    """Chapter 7, Section 7.1: three strokes of log 9."""
    p = sigmoid(np.log(1 / 9) + np.log(9) * np.arange(4))
    assert np.allclose(p[:3], [0.1, 0.5, 0.9]) and round(p[3], 3) == 0.988
    assert np.allclose(p / (1 - p), 9.0 ** (np.arange(4) - 1)) and round(np.log(9), 3) == 2.197


def test_a_finished_picture_is_a_mixture_of_masks():
    """Chapter 7, Section 7.1, with its 0.96 and 10.06."""
    params, config, _, _, states, _ = trained()
    h_sum = sum(state.h_dec for state in states[1:])
    mixed = params["c_0"].ravel() + config.T * params["patch.b"] + h_sum @ params["patch.W"]
    assert np.allclose(mixed, states[-1].c.reshape(200, -1), atol=1e-3)
    largest = max(np.abs(state.h_dec).max() for state in states)
    assert round(float(largest), 2) == 0.96 and round(float(np.abs(h_sum).max()), 2) == 10.06


def test_the_error_image_is_the_negative_gradient():
    """Chapter 7, Section 7.2; and a step of 4 always lowers the cost."""
    _, _, x, _, _, _ = trained()
    one = x[[list(data.load("digits").test.labels).index(3)]]
    c = canvases()[3][[list(data.load("digits").test.labels).index(3)]]

    def cost(c):
        return likelihood.bernoulli_nll(one, c).sum()

    assert np.allclose(grad(cost)(c), sigmoid(c) - one, atol=1e-6)
    painted, costs = canvases()[0][:1], []
    for _ in range(13):
        costs.append(float(cost(painted)))
        painted = painted + 4 * (one - sigmoid(painted))
    assert np.all(np.diff(costs) < 0) and costs[12] < 20
    logits = np.linspace(-9, 9, 9001)
    slope = sigmoid(logits)
    assert np.max(np.diff(slope) / np.diff(logits)) == pytest.approx(0.25, abs=1e-6)


def test_reading_needs_no_decoder_and_writing_adds():
    """Chapter 7, Section 7.3."""
    params, config, x, _, states, _ = trained()
    r, nothing = model.read(params, x, x - sigmoid(states[3].c), None, config)
    assert r.shape == (200, 2 * 784) and nothing is None
    assert np.array_equal(r[:, :784], x.reshape(200, -1))
    add, _ = model.write(params, states[4].h_dec, config)
    assert add.shape == (200, 1, 28, 28) and np.allclose(states[4].c, states[3].c + add)


def test_shapes_of_a_step():
    """Chapter 7, Section 7.4: the table."""
    params, config, x, eps, states, _ = trained()
    s, M, H, Z = states[3], 200, config.H, config.Z
    r, _ = model.read(params, x, x - sigmoid(s.c), s.h_dec, config)
    h_enc, s_enc = model.encode(params, r, s)
    mu, log_sigma = model.posterior(params, h_enc)
    z = mu + np.exp(log_sigma) * eps[3]
    new, _ = model.decode(params, z, s, config)
    assert (h_enc.shape, s_enc.shape, new.h_dec.shape) == ((M, H), (M, H), (M, H))
    assert mu.shape == log_sigma.shape == z.shape == (M, Z)
    stepped, look = model.step(params, x, eps[3], s, config)
    assert np.allclose(stepped.c, new.c) and np.allclose(look.z, z) and look.reading is None
    assert np.allclose(stepped.c, states[4].c)


def test_two_steps_by_hand():
    """Chapter 7, Section 7.5, and the numbers of the figure in Section 7.4."""
    first, second = loop.numbers(1), loop.numbers(2)
    assert first["x_hat"].tolist() == [0.5, -0.5]
    names = ("s_enc", "h_enc", "mu", "z", "s_dec", "h_dec")
    by_hand = [0.3808, 0.1817, 1.0902, 0.8402, 0.3430, 0.1651]
    assert [round(float(first[name][0]), 4) for name in names] == by_hand
    assert first["c"].round(3).tolist() == [1.651, -1.651]
    assert first["means"].round(3).tolist() == [0.839, 0.161]
    assert round(float(first["kl"][0]), 4) == 0.9124 and round(float(first["L_x"][0]), 4) == 0.3512
    assert np.isclose(2 * softplus(-first["c"][0]), 0.3512, atol=5e-5)
    assert second["x_hat"].round(3).tolist() == [0.161, -0.161]
    assert second["means"].round(3)[0] == 0.985
    assert round(float(second["kl"][0]), 3) == 0.817
    assert round(float(first["L_x"][0] - second["L_x"][0]), 3) == 0.320


def test_the_first_step_says_most_and_the_second_to_fourth_save_most():
    """Chapter 7, Section 7.6."""
    params, config, x, eps, _, looks = trained()
    L_x = np.array([likelihood.bernoulli_nll(x, c).mean() for c in canvases()])
    kl = model.step_kl(looks).mean(axis=1)
    total = L_x + np.concatenate([[0], np.cumsum(kl)])
    assert np.isclose(total[-1], model.loss(params, x, eps, config), rtol=1e-5)
    assert np.all(np.diff(total) < 0) and np.all(np.diff(kl) < 0) and round(float(kl[0]), 1) == 3.2
    assert set(np.argsort(np.diff(L_x))[:3] + 1) == {2, 3, 4}


def test_the_latents_of_the_encoder_draw_the_reconstructions():
    """Chapter 7, Section 7.7."""
    params, config, _, _, _, looks = trained()
    again = model.generate(params, np.stack([look.z for look in looks]), config)
    assert np.allclose(again.c, canvases(), atol=1e-3)


def test_strokes_follow_the_error_first_and_the_canvas_last():
    """Chapter 7, Section 7.7: blurred first, sharp at last; the last stroke is everywhere."""
    params, config, x, _, _, _ = trained()
    to_error, to_canvas = figures.resembles(x, canvases())
    assert to_error[0] > 0.3 > 0.1 > to_error[-1] and to_canvas[-1] > 0.8
    bits = figures.undecided(figures.sampled(params, config)).mean(axis=1)
    assert np.all(np.diff(bits) < 0) and bits[-1] < bits[0] / 2.5
    last = np.abs(np.diff(canvases(), axis=0)[-1])
    assert round(float(np.mean(last > 0.1)), 2) == 0.94
    seen = np.abs(np.diff(sigmoid(canvases()), axis=0)[-1])
    assert round(100 * float(np.mean(seen > 0.1)), 1) == 0.7


def test_latents_that_are_kept_decide():
    """Chapter 7, Section 7.7: when is it decided?"""
    params, config, _, _, _, _ = trained()
    own, anew = figures.one_and_twelve(config)
    whole = sigmoid(model.generate(params, own, config).c[-1, 0])
    spread = {
        k: np.abs(figures.with_kept(params, config, own, anew, k) - whole).mean()
        for k in (0, 6, 10, 12)
    }
    assert spread[0] > 2 * spread[6] > 4 * spread[10] and spread[12] < 1e-6


def test_most_parameters_look_at_pixels():
    """Chapter 7, Section 7.8."""
    params, config, *_ = trained()
    grand, from_pixels = parameters.count(config), 2 * config.pixels * 4 * config.H
    to_pixels = params["patch.W"].size + params["patch.b"].size
    assert (grand, from_pixels, to_pixels) == (1_115_200, 802_816, 101_136)
    assert round((from_pixels + to_pixels) / grand, 2) == 0.81


def test_answers_of_the_questions():
    """Chapter 7, questions 1, 2 and 5."""
    params = trained()[0]
    assert round(float(sigmoid(np.array(-2.0))), 3) == 0.119
    assert round(1 - float(sigmoid(np.array(3.0))), 3) == 0.047
    reach = np.abs(params["patch.W"]).sum(axis=0) + np.abs(params["patch.b"])
    strokes = np.diff(canvases(), axis=0)
    assert np.all(np.abs(strokes).max(axis=(0, 1)).ravel() < reach)


# ---------------------------------------------------------------- measurements and figures


def test_undecided_is_one_for_fair_coins_and_zero_for_certain_pixels():
    fair, sure = np.full((1, 2, 3), 0.5), np.array([[[0.0, 1.0]]])
    assert figures.undecided(fair) == 1 and figures.undecided(sure.astype(np.float32)) < 1e-5
    one_in_four = figures.undecided(np.full((5, 1, 2, 2), 0.25))
    assert one_in_four.shape == (5,) and np.allclose(one_in_four, 2 - 0.75 * np.log2(3))


def test_alike_knows_only_direction():
    a = RNG.standard_normal((3, 4))
    assert np.isclose(figures.alike(a, 5 * a + 2), 1) and np.isclose(figures.alike(a, -a), -1)


def test_signed_numbers_have_their_zero_in_the_middle():
    grey = figures.signed(np.array([-2.0, 0.0, 1.0]))
    assert grey.tolist() == [0, 0.5, 0.75]
    assert figures.signed(np.array([0.5]), reach=1.0).tolist() == [0.75]


def test_a_column_goes_from_canvas_to_canvas():
    logits = RNG.standard_normal((5, 1, 1, 4, 6))
    canvas, x = 1 / (1 + np.exp(-logits)), np.ones((1, 1, 4, 6))
    fig = figures.at_work.__wrapped__(x, logits, [2, 4])
    sheet = fig.axes[0].images[0].get_array()[..., 0]
    before, error, stroke, after = (sheet[6 * r : 6 * r + 4, :6] for r in range(4))
    assert np.allclose(before, canvas[1, 0, 0]) and np.allclose(after, canvas[2, 0, 0])
    assert np.allclose(error, 0.5 + 0.5 * (1 - canvas[1, 0, 0]))
    shown = np.diff(logits, axis=0)[[1, 3]]
    assert np.allclose(stroke, 0.5 + 0.5 * shown[0, 0, 0] / np.abs(shown).max())


def test_masks_that_count_most_come_first_and_all_of_them_make_the_picture():
    W, h_sum = np.array([[1.0, 0], [0, 4], [2, 0], [0, -3]]), np.array([8.0, 1, 3, 1])
    parts, order = figures.weighted_masks({"patch.W": W}, h_sum)
    assert order.tolist() == [0, 2, 1, 3] and parts[2].tolist() == [6, 0]
    params, _, _, _, states, _ = trained()
    h_sum = sum(state.h_dec[0] for state in states[1:])
    with plot.style():
        fig = figures.out_of_masks.__wrapped__(params, states[-1].c[0], h_sum)
    sheet = fig.axes[1].images[0].get_array()[..., 0]
    assert np.allclose(sheet[:, -28:], sigmoid(states[-1].c[0, 0]), atol=1e-4)
    assert np.allclose(
        sheet[:, :28],
        sigmoid(states[-1].c[0, 0] - (h_sum @ params["patch.W"]).reshape(28, 28)),
        atol=1e-4,
    )


def test_a_drawing_that_ends_early_pays_for_what_was_said():
    fig = figures.stopping.__wrapped__(np.array([20.0, 12, 9]), np.array([3.0, 1]))
    left, right = fig.axes
    tops = [bar.get_y() + bar.get_height() for bar in left.patches[3:]]
    assert tops == [20, 15, 13] and [t.get_text() for t in left.texts] == ["20", "13"]
    assert [bar.get_height() for bar in right.patches] == [3, 1]


def test_wrong_errors_are_compared_image_by_image(monkeypatch):
    """Chapter 7, Section 7.6."""
    shown = {}
    monkeypatch.setattr(figures.notebook, "table", lambda header, rows: shown.update(rows=rows))
    true = np.array([50.0, 90]), np.array([20.0, 30])
    figures.tampered({"true": true, "wrong": (true[0] + 10, true[1] + 2)})
    assert shown["rows"] == [
        ["true", "70.0", "25.0", "95.0", ""],
        ["wrong", "80.0", "27.0", "107.0", "+12 ± 0"],
    ]


def test_a_frozen_error_is_said_again():
    """Chapter 7, Section 7.6: what the cell finds, by the stored table's own numbers."""
    params, config, x, eps, _, _ = trained()
    x, eps = x[:60], eps[:, :60]

    def bound(shown):
        state, L_z = model.initial_state(params, len(x)), 0
        first = x - sigmoid(state.c)
        for eps_t in eps:
            r, _ = model.read(params, x, shown(x - sigmoid(state.c), first), state.h_dec, config)
            h_enc, s_enc = model.encode(params, r, state)
            mu, log_sigma = model.posterior(params, h_enc)
            state = state._replace(h_enc=h_enc, s_enc=s_enc)
            state, _ = model.decode(params, mu + np.exp(log_sigma) * eps_t, state, config)
            L_z = L_z + 0.5 * np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=1)
        return likelihood.bernoulli_nll(x, state.c).mean(), L_z.mean()

    true, frozen, blank = (bound(f) for f in (lambda e, f: e, lambda e, f: f, lambda e, f: 0 * e))
    assert np.isclose(sum(true), model.loss(params, x, eps, config), rtol=1e-5)
    assert sum(frozen) > sum(true) + 30 and sum(blank) > sum(true) + 30
    assert frozen[1] > true[1] > blank[1]


def test_sizes_of_the_paper():
    assert parameters.count(Config(N_read=None, N_write=None)) == 2_751_208
