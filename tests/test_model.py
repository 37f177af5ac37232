"""The whole network: one step, the unrolled loss, reconstruction, generation."""

import inspect
import math

import goldens
import numpy as np
import pytest
from autograd import grad
from strategies import CONFIGS, assert_gradient, batch, look, problem

from draw_np import attention as attn
from draw_np import latent, likelihood, lstm, model, nn, parameters
from draw_np.config import Config

LEARNED_STARTS = ["c_0", "h_enc_0", "s_enc_0", "h_dec_0", "s_dec_0"]
FIVE = ["g_X", "g_Y", "log_sigma2", "log_delta", "log_gamma"]


def tiny(size):
    """The tiny network of the golden numbers as arrays."""
    params = {name: np.array(v) for name, v in goldens.tiny_parameters(size).items()}
    x, eps = np.array(goldens.tiny_images(size)), np.array(goldens.tiny_noise(size))
    return Config(**size), params, x, eps


def perturbed(array, seed=0):
    return array + np.random.default_rng(seed).standard_normal(array.shape)


def without_information(params):
    """The same network with its posterior equal to the prior, whatever the encoder says."""
    names = ("mu.W", "mu.b", "log_sigma.W", "log_sigma.b")
    return {**params, **{name: np.zeros_like(params[name]) for name in names}}


# Golden numbers


@pytest.mark.parametrize("size", [goldens.TINY, goldens.TINY_WITHOUT_ATTENTION])
def test_golden_network_by_scalar_loops(size):
    config, params, x, eps = tiny(size)
    assert {name: v.shape for name, v in params.items()} == goldens.tiny_shapes(size)
    slow = goldens.tiny_run(size)
    terms = model.terms(params, x, eps, config)
    c = model.reconstruct(params, x, eps, config).c
    log_weights = model.log_weights(params, x, eps, config)
    for m, (canvas, L_x, kls, log_weight) in enumerate(slow):
        assert c[-1, m] == pytest.approx(np.array(canvas), rel=1e-10)
        assert terms.L_x[m] == pytest.approx(L_x, rel=1e-11)
        assert terms.L_z[:, m] == pytest.approx(kls, rel=1e-10)
        assert log_weights[m] == pytest.approx(log_weight, rel=1e-10)
    assert model.loss(params, x, eps, config) == pytest.approx(goldens.bound(slow), rel=1e-11)


def test_golden_network():
    """The same as printed by ``python tests/goldens.py`` on the day it was written."""
    config, params, x, eps = tiny(goldens.TINY)
    assert model.loss(params, x, eps, config) == pytest.approx(10.516119518422, abs=1e-11)
    each = model.terms(params, x, eps, config)
    assert each.L_x == pytest.approx([11.160353695686, 7.937321681069], abs=1e-11)
    assert each.L_z[:, 0] == pytest.approx([0.454131509171, 0.521419975343], abs=1e-11)
    assert each.L_z[:, 1] == pytest.approx([0.447380010584, 0.511632164990], abs=1e-11)
    log_weights = model.log_weights(params, x, eps, config)
    assert log_weights == pytest.approx([-11.923824862737, -8.747187916548], abs=1e-11)
    c_T = model.reconstruct(params, x, eps, config).c[-1, 0]
    assert c_T.shape == (2, 2, 3)
    assert c_T[0].ravel() == pytest.approx(
        [-0.131336, -0.639261, 0.262171, 0.914813, -0.614557, -0.413604], abs=1e-6
    )

    config, params, x, eps = tiny(goldens.TINY_WITHOUT_ATTENTION)
    assert model.loss(params, x, eps, config) == pytest.approx(11.682562883798, abs=1e-11)


@pytest.mark.parametrize("size", [goldens.TINY, goldens.TINY_WITHOUT_ATTENTION])
def test_golden_generation(size):
    config, params, _, z = tiny(size)
    c = model.generate(params, z, config).c
    for m in range(goldens.IMAGES):
        slow = goldens.draw_from(goldens.tiny_parameters(size), z[:, m].tolist(), size)
        assert c[-1, m] == pytest.approx(np.array(slow), rel=1e-10)


# Gradients of the whole loss


@pytest.mark.parametrize("name", sorted(set(CONFIGS) - {"one pixel"}))
def test_gradient_of_the_loss(name):
    """Every parameter group by itself, at a point where all of them are of order 1."""
    config, params, x, eps = problem(name)
    assert_gradient(lambda p: model.loss(p, x, eps, config), params, entries=6)


@pytest.mark.parametrize("name", ["attention", "three channels", "one filter", "one step"])
def test_gradient_of_all_five_parameters_of_both_heads(name):
    config, params, x, eps = problem(name)

    def loss(heads):
        return model.loss({**params, **heads}, x, eps, config)

    heads = {head: params[head] for head in ("read.b", "write.b")}
    assert_gradient(loss, heads)
    for head, slope in grad(loss)(heads).items():
        for place, field in enumerate(FIVE):
            if name == "one filter" and field == "log_delta":
                assert slope[place] == 0
            else:
                assert abs(slope[place]) > 0.05, (head, field)


def test_gradient_of_an_image_of_one_pixel():
    """Nothing to look for: all but gamma of both heads is still, and nothing is NaN."""
    config, params, x, eps = problem("one pixel")
    slopes = grad(lambda p: model.loss(p, x, eps, config))(params)
    assert all(np.all(np.isfinite(slope)) for slope in slopes.values())
    for head in ("read", "write"):
        assert not slopes[f"{head}.b"][:4].any()
        assert slopes[f"{head}.b"][4] != 0


# One step: who sees what


@pytest.mark.parametrize("name", ["attention", "three channels", "one filter"])
def test_read_looks_where_the_previous_decoder_says(name):
    config, params, x, eps = problem(name)
    states, looks = model.unroll(params, x, eps, config)
    for before, seen in zip(states[:-1], looks, strict=True):
        raw = before.h_dec @ params["read.W"] + params["read.b"]
        expected = attn.attention(raw, config.A, config.B, config.N_read)
        for field, value in zip(seen.reading._fields, expected, strict=True):
            assert getattr(seen.reading, field) == pytest.approx(value, rel=1e-12)
    moved = states[1]._replace(h_enc=perturbed(states[1].h_enc), s_enc=perturbed(states[1].s_enc))
    _, again = model.step(params, x, eps[1], moved, config)
    assert np.array_equal(again.reading, looks[1].reading)


@pytest.mark.parametrize("name", ["attention", "three channels", "one filter", "write only"])
def test_write_draws_where_the_new_decoder_says(name):
    config, params, x, eps = problem(name)
    states, looks = model.unroll(params, x, eps, config)
    N, shape = config.N_write, (x.shape[0], config.C, config.N_write, config.N_write)
    for before, after, seen in zip(states[:-1], states[1:], looks, strict=True):
        raw = after.h_dec @ params["write.W"] + params["write.b"]
        expected = attn.attention(raw, config.A, config.B, N)
        for field, value in zip(seen.writing._fields, expected, strict=True):
            assert getattr(seen.writing, field) == pytest.approx(value, rel=1e-12)
        w = (after.h_dec @ params["patch.W"] + params["patch.b"]).reshape(shape)
        stroke = attn.write(w, expected, config.A, config.B)
        assert after.c - before.c == pytest.approx(stroke, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", ["attention", "no attention"])
def test_write_answers_to_the_new_decoder_only(name):
    """A decoder of nothing but biases: then no older state may show in the stroke."""
    config, params, x, eps = problem(name)
    params = {**params, "dec.W": np.zeros_like(params["dec.W"])}
    state = model.initial_state(params, 2)
    older = state._replace(h_dec=perturbed(state.h_dec), h_enc=perturbed(state.h_enc, 1))
    c = [model.step(params, x, eps[0], s, config)[0].c for s in (state, older)]
    assert np.array_equal(c[0], c[1])


def test_encoder_sees_the_previous_decoder():
    """Without attention r does not depend on h_dec: what reaches h_enc came straight."""
    config, params, x, eps = problem("no attention")
    state = model.initial_state(params, 2)
    moved = state._replace(h_dec=perturbed(state.h_dec))
    here, there = (model.step(params, x, eps[0], s, config)[0].h_enc for s in (state, moved))
    assert np.min(np.abs(here - there)) > 1e-6
    r = attn.read_all(x, x - nn.sigmoid(state.c))
    v = np.concatenate([r, moved.h_dec], axis=1)
    expected, _ = lstm.lstm(v, state.h_enc, state.s_enc, params["enc.W"], params["enc.b"])
    assert there == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["attention", "no attention"])
def test_the_error_image_is_what_the_canvas_still_lacks(name, monkeypatch):
    config, params, x, eps = problem(name)
    seen, read = [], model.read

    def spy(params, x, x_hat, h_dec, config):
        seen.append((x, x_hat))
        return read(params, x, x_hat, h_dec, config)

    monkeypatch.setattr(model, "read", spy)
    states, _ = model.unroll(params, x, eps, config)
    assert len(seen) == config.T
    for before, (image, x_hat) in zip(states[:-1], seen, strict=True):
        assert np.array_equal(image, x)
        assert x_hat == pytest.approx(x - 1 / (1 + np.exp(-before.c)), rel=1e-12)
    assert seen[0][1] == pytest.approx(x - 1 / (1 + np.exp(-params["c_0"])), rel=1e-12)


def test_each_head_moves_its_own_window_only():
    config, params, x, eps = problem("attention")
    _, looks = model.unroll(params, x, eps, config)
    z = eps
    drawn = model.generate(params, z, config)
    for name in ("read.W", "read.b"):
        other = {**params, name: perturbed(params[name])}
        assert np.array_equal(model.generate(other, z, config).writing, drawn.writing)
        _, moved = model.unroll(other, x, eps, config)
        assert np.min(np.abs(np.array(moved[0].reading) - np.array(looks[0].reading))) > 1e-4
    for name in ("write.W", "write.b"):
        other = {**params, name: perturbed(params[name])}
        assert np.all(np.array(model.generate(other, z, config).writing) != drawn.writing)
        _, same = model.unroll(other, x, eps, config)
        assert np.array_equal(same[0].reading, looks[0].reading)


def test_every_start_is_learned():
    """c_0, h_0 and the cells are used as they stand, for every image, and get a gradient."""
    for name in ("attention", "no attention", "one step"):
        config, params, x, eps = problem(name)
        state = model.initial_state(params, 3)
        for field, learned in zip(model.State._fields, LEARNED_STARTS, strict=True):
            value = getattr(state, field)
            assert value.shape == (3, *params[learned].shape)
            assert all(np.array_equal(row, params[learned]) for row in value)
        slopes = grad(lambda p, x=x, eps=eps, config=config: model.loss(p, x, eps, config))(params)
        assert all(np.max(np.abs(slopes[learned])) > 1e-3 for learned in LEARNED_STARTS)


# The noise


@pytest.mark.parametrize("name", ["attention", "no attention"])
def test_noise_is_fresh_for_every_step_and_image(name):
    """z - mu = sigma eps, each step and image with its own eps and no other."""
    config, params, x, _ = problem(name, M=3)
    eps = np.random.default_rng(5).standard_normal((config.T, 3, config.Z))
    _, looks = model.unroll(params, x, eps, config)
    for seen, eps_t in zip(looks, eps, strict=True):
        assert seen.z - seen.mu == pytest.approx(np.exp(seen.log_sigma) * eps_t, rel=1e-9)


def test_equal_posteriors_give_unequal_latents():
    config, params, x, _ = problem("attention", M=40)
    config = Config(**{**config.__dict__, "T": 5})
    x, eps = batch(config, M=40)
    _, looks = model.unroll(without_information(params), x, eps, config)
    z = np.stack([seen.z for seen in looks])  # (T, M, Z), standard normal
    assert np.unique(z).size == z.size
    assert z.std() == pytest.approx(1, abs=0.15)
    between_steps = np.corrcoef(z[:-1].ravel(), z[1:].ravel())[0, 1]
    between_images = np.corrcoef(z[:, :-1].ravel(), z[:, 1:].ravel())[0, 1]
    assert max(abs(between_steps), abs(between_images)) < 0.2


def test_noise_moves_its_own_image_from_its_own_step_on():
    config, params, x, eps = problem("attention", M=3)
    c = model.reconstruct(params, x, eps, config).c
    for t in range(config.T):
        for m in range(3):
            other = eps.copy()
            other[t, m] += 1
            moved = model.reconstruct(params, x, other, config).c
            changed = np.any(moved != c, axis=(2, 3, 4))  # (T + 1, M)
            expected = np.zeros_like(changed)
            expected[t + 1 :, m] = True
            assert np.array_equal(changed, expected)


# The loss


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_loss_is_a_sum_over_everything_but_the_images(name):
    config, params, x, eps = problem(name, M=3)
    states, looks = look(params, x, eps, config)
    total = 0.0
    for m in range(3):
        c, image = states[-1].c[m].ravel(), x[m].ravel()
        total += np.sum(np.log1p(np.exp(c)) - image * c)  # (9), of the last canvas only
        for seen in looks:
            mu, sigma = seen.mu[m], np.exp(seen.log_sigma[m])
            total += np.sum(mu**2 + sigma**2 - np.log(sigma**2) - 1) / 2  # (11)
    assert model.loss(params, x, eps, config) == pytest.approx(total / 3, rel=1e-10)


def test_loss_is_a_mean_over_the_images():
    config, params, x, eps = problem("attention", M=4)
    alone = [model.loss(params, x[m : m + 1], eps[:, m : m + 1], config) for m in range(4)]
    assert model.loss(params, x, eps, config) == pytest.approx(np.mean(alone), rel=1e-12)
    twice = model.loss(params, np.tile(x, (2, 1, 1, 1)), np.tile(eps, (1, 2, 1)), config)
    assert twice == pytest.approx(np.mean(alone), rel=1e-12)


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_terms_keep_the_kl_of_every_step(name):
    config, params, x, eps = problem(name, M=3)
    states, looks = look(params, x, eps, config)
    each = model.terms(params, x, eps, config)
    assert each.L_x.shape == (3,) and each.L_z.shape == (config.T, 3)
    assert each.L_x == pytest.approx(likelihood.bernoulli_nll(x, states[-1].c), rel=1e-12)
    for t, seen in enumerate(looks):
        assert each.L_z[t] == pytest.approx(latent.kl_to_prior(seen.mu, seen.log_sigma), rel=1e-12)
    mean = model.mean_terms(each)
    assert mean.L_x == pytest.approx(each.L_x.mean(), rel=1e-12)
    assert mean.L_z == pytest.approx(each.L_z.mean(axis=1), rel=1e-12)
    loss = model.loss(params, x, eps, config)
    assert model.total(mean) == pytest.approx(loss, rel=1e-12)
    assert loss == pytest.approx(each.L_x.mean() + each.L_z.sum(axis=0).mean(), rel=1e-12)


def test_a_posterior_that_is_the_prior_costs_nothing():
    for name in sorted(CONFIGS):
        config, params, x, eps = problem(name)
        each = model.terms(without_information(params), x, eps, config)
        assert not each.L_z.any()


def test_a_new_blank_network_pays_log_2_a_pixel():
    # all parameters 0: canvas 0, p = 1/2, posterior = prior
    config, params, x, eps = problem("three channels")
    blank = {name: np.zeros_like(value) for name, value in params.items()}
    assert model.loss(blank, x, eps, config) == pytest.approx(45 * math.log(2), rel=1e-12)


def test_log_weight_is_minus_the_bound_in_the_mean():
    """At K = 1 the importance-weighted bound is the bound, within its error."""
    config, params, x, _ = problem("one step", M=1)
    K = 4000
    eps = np.random.default_rng(0).standard_normal((config.T, K, config.Z))
    many = np.repeat(x, K, axis=0)
    log_weights = model.log_weights(params, many, eps, config)
    each = model.terms(params, many, eps, config)
    assert log_weights.shape == (K,)
    # with closed-form KL and drawn log ratio on the same z, the difference has mean 0
    difference = log_weights + each.L_x + each.L_z.sum(axis=0)
    error = difference.std() / math.sqrt(K)
    assert 0.001 < error < 0.1
    assert abs(difference.mean()) < 4 * error


def test_importance_weights_tighten_the_bound():
    config, params, x, _ = problem("attention", M=1)
    eps = np.random.default_rng(0).standard_normal((config.T, 2000, config.Z))
    log_weights = model.log_weights(params, np.repeat(x, 2000, axis=0), eps, config)
    bounds = []
    for K in (1, 10, 100):
        groups = log_weights.reshape(-1, K)
        bounds.append(-np.mean(np.log(np.mean(np.exp(groups), axis=1))))
    assert bounds[0] > bounds[1] > bounds[2]


# Drawing


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_drawings_keep_the_whole_sequence(name):
    config, params, x, eps = problem(name, M=3)
    T, M = config.T, 3
    states, looks = look(params, x, eps, config)
    again, new = model.reconstruct(params, x, eps, config), model.generate(params, eps, config)
    for drawing in (again, new):
        assert drawing.c.shape == (T + 1, M, config.C, config.B, config.A)
        assert np.array_equal(drawing.c[0], np.broadcast_to(params["c_0"], drawing.c[0].shape))
        if config.N_write is None:
            assert drawing.writing is None
        else:
            assert np.array(drawing.writing).shape == (5, T, M)
    assert new.reading is None and new.L_z is None
    assert np.array_equal(again.c, [state.c for state in states])
    assert np.array_equal(again.L_z, model.terms(params, x, eps, config).L_z)
    if config.N_read is None:
        assert again.reading is None
    else:
        assert np.array_equal(
            np.array(again.reading), np.stack([seen.reading for seen in looks], axis=1)
        )


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_generate_ends_with_the_last_canvas(name):
    """c_T is c_0 and all T strokes, drawn by nothing but the decoder and write."""
    config, params, _, z = problem(name)
    h, s = (np.broadcast_to(params[v], (2, config.H)) for v in ("h_dec_0", "s_dec_0"))
    c = np.broadcast_to(params["c_0"], (2, *config.image_shape))
    canvases = [c]
    for z_t in z:
        h, s = lstm.lstm(z_t, h, s, params["dec.W"], params["dec.b"])
        stroke, _ = model.write(params, h, config)
        canvases.append(canvases[-1] + stroke)
    drawing = model.generate(params, z, config)
    assert drawing.c == pytest.approx(np.array(canvases), rel=1e-12)
    assert np.all(np.any(np.diff(drawing.c, axis=0) != 0, axis=(1, 2, 3, 4)))


def test_canvas_is_the_start_and_the_sum_of_the_strokes():
    for name in sorted(CONFIGS):
        config, params, x, eps = problem(name)
        states, _ = model.unroll(params, x, eps, config)
        strokes = [model.write(params, state.h_dec, config)[0] for state in states[1:]]
        drawing = model.reconstruct(params, x, eps, config)
        assert drawing.c[-1] - params["c_0"] == pytest.approx(sum(strokes), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_generate_takes_no_image_and_no_encoder(name):
    given = list(inspect.signature(model.generate).parameters)
    assert given == ["params", "z", "config", "labels"]  # what is asked for, and no image
    config, params, _, z = problem(name)
    drawing = model.generate(params, z, config)
    inference = ("enc.", "mu.", "log_sigma.", "read.", "h_enc_0", "s_enc_0")
    spoilt = {
        name: np.full_like(value, np.nan) if name.startswith(inference) else value
        for name, value in params.items()
    }
    assert np.array_equal(model.generate(spoilt, z, config).c, drawing.c)


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_with_the_prior_as_posterior_reconstructing_is_generating(name):
    config, params, x, eps = problem(name)
    blind = without_information(params)
    again, new = model.reconstruct(blind, x, eps, config), model.generate(blind, eps, config)
    assert again.c == pytest.approx(new.c, rel=1e-12)


def test_one_step_without_attention_is_a_vae():
    """Encoder, decoder: an LSTM step each. Written here once more without the loop."""
    config, p, x, eps = problem("one step, no attention")
    M = x.shape[0]

    def start(name):
        return np.tile(p[name], (M, 1))

    x_hat = x - 1 / (1 + np.exp(-p["c_0"]))
    seen = np.concatenate([x.reshape(M, -1), x_hat.reshape(M, -1), start("h_dec_0")], axis=1)
    h_enc, _ = lstm.lstm(seen, start("h_enc_0"), start("s_enc_0"), p["enc.W"], p["enc.b"])
    mu, log_sigma = h_enc @ p["mu.W"] + p["mu.b"], h_enc @ p["log_sigma.W"] + p["log_sigma.b"]
    z = mu + np.exp(log_sigma) * eps[0]
    h_dec, _ = lstm.lstm(z, start("h_dec_0"), start("s_dec_0"), p["dec.W"], p["dec.b"])
    c = p["c_0"] + (h_dec @ p["patch.W"] + p["patch.b"]).reshape(x.shape)
    L_x = np.sum(np.log1p(np.exp(c)) - x * c) / M
    L_z = np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1) / 2 / M
    assert model.loss(p, x, eps, config) == pytest.approx(L_x + L_z, rel=1e-12)
    assert model.reconstruct(p, x, eps, config).c[-1] == pytest.approx(c, rel=1e-12)


# Manners


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_nothing_is_remembered_and_no_argument_is_touched(name):
    config, params, x, eps = problem(name)
    before = {key: value.copy() for key, value in params.items()}, x.copy(), eps.copy()
    first = [f(params, x, eps, config) for f in (model.loss, model.log_weights)]
    c = model.reconstruct(params, x, eps, config).c, model.generate(params, eps, config).c
    assert model.loss(params, x, eps, config) == first[0]
    assert np.array_equal(model.log_weights(params, x, eps, config), first[1])
    assert np.array_equal(model.generate(params, eps, config).c, c[1])
    assert np.array_equal(model.reconstruct(params, x, eps, config).c, c[0])
    assert np.array_equal(before[1], x) and np.array_equal(before[2], eps)
    assert all(np.array_equal(before[0][key], params[key]) for key in params)


def test_images_of_a_minibatch_do_not_see_each_other():
    for name in ("attention", "no attention"):
        config, params, x, eps = problem(name, M=3)
        together = model.reconstruct(params, x, eps, config).c
        for m in range(3):
            alone = model.reconstruct(params, x[m : m + 1], eps[:, m : m + 1], config).c
            assert alone[:, 0] == pytest.approx(together[:, m], rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_everything_follows_the_dtype_of_the_parameters(name):
    config, params, x, eps = problem(name)
    for dtype in (np.float32, np.float64):
        p = {key: value.astype(dtype) for key, value in params.items()}
        drawings = model.reconstruct(p, x, eps, config), model.generate(p, eps, config)
        outs = [drawing.c for drawing in drawings]
        outs += [v for d in drawings for att in (d.reading, d.writing) if att for v in att]
        outs += [*model.terms(p, x, eps, config), model.log_weights(p, x, eps, config)]
        outs += [model.loss(p, x, eps, config)]
        assert {out.dtype for out in outs} == {np.dtype(dtype)}
        whole = model.loss(p, x.astype(np.uint8), eps, config)  # images may come as bytes
        assert whole == model.loss(p, x, eps, config)


def test_arguments_of_the_wrong_shape_are_named():
    """Noise of shape (T, 1, Z) would broadcast: M10 by accident."""
    config = Config(A=4, B=3, T=2, H=3, Z=2, N_read=2, N_write=2)
    params = parameters.initialise(np.random.default_rng(0), config)
    x, eps = np.zeros((5, 1, 3, 4)), np.zeros((2, 5, 2))
    for bad in (eps[:, :1], eps[:1], eps[..., :1]):
        with pytest.raises(ValueError, match=r"eps has the shape .*: expected \(2, 5, 2\)"):
            model.loss(params, x, bad, config)
    with pytest.raises(ValueError, match=r"x has the shape .*: expected \(M, 1, 3, 4\)"):
        model.loss(params, np.zeros((5, 1, 4, 3)), eps, config)
    for bad in (eps[:1], eps[0, 0], eps[..., :1]):
        with pytest.raises(ValueError, match=r"z has the shape .*: expected \(2, M, 2\)"):
            model.generate(params, bad, config)


def test_a_list_in_place_of_an_array_is_one_sentence():
    config, params, x, eps = problem("attention")
    for call, name in (
        (lambda: model.loss(params, x.tolist(), eps, config), "x"),
        (lambda: model.loss(params, x, eps.tolist(), config), "eps"),
        (lambda: model.generate(params, eps.tolist(), config), "z"),
        (lambda: model.expect_classes([0, 1], 2, 3), "labels"),
    ):
        with pytest.raises(ValueError, match=rf"{name} is a list: give an array, np.asarray"):
            call()


@pytest.mark.parametrize("call", [model.loss, model.terms, model.log_weights, model.reconstruct])
@pytest.mark.parametrize(
    "change",
    [
        lambda x: (255 * x).astype(np.uint8),
        lambda x: 255 * x,
        lambda x: x - 0.1,
        lambda x: np.where(np.arange(x.size).reshape(x.shape) == x.size - 1, 1.01, x),
        lambda x: np.where(np.arange(x.size).reshape(x.shape) == 3, np.nan, x),
        lambda x: 2 * x - 1,
    ],
)
def test_pixels_that_are_no_intensities_are_refused(call, change):
    """Bytes up to 255 give 521 where 543 is right: nothing about the number tells."""
    config, params, x, eps = problem("attention")
    x = (x > 0.5).astype(float)  # 0 and 1 are in reach
    with pytest.raises(ValueError, match=r"x has pixels from .* expected intensities from 0 to 1"):
        call(params, change(x), eps, config)
    for dtype in (bool, np.uint8, np.float32, np.float64):
        call(params, x.astype(dtype), eps, config)
