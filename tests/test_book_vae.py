"""The VAE that DRAW is at T = 1, and the figures of its chapter."""

import numpy as np
import pytest
from autograd import value_and_grad

from draw_np import lstm, model, parameters
from draw_np.book import vae
from draw_np.config import Config

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


def test_components_are_counted_by_their_price():
    kl = np.array([0.02, 1.5, 0.3])
    fig = vae.components(kl, 10 * kl, np.argsort(-kl), 0.1)
    top = fig.axes[0]
    assert "2 of 3 components are used, 1 are not" in top.get_title(loc="left")
    span, *bars = top.patches
    assert [bar.get_height() for bar in bars] == [1.5, 0.3, 0.02]
    assert (span.get_x(), span.get_width()) == (1.5, 1.0)  # behind the third bar only


def test_the_frame_of_the_walk_stands_where_the_sliders_stand():
    at = np.array([-2.0, 0.0, 2.0])
    images = np.zeros((3, 3, 1, 4, 5))
    images[0, 2] = 1  # top right: high on both axes
    fig = vae.walk(images, at, ("one", "two"), images[0, 2], (2.0, 2.0))
    left = fig.axes[0]
    (frame,) = left.patches
    assert (frame.get_xy(), frame.get_width()) == ((1.0, 1.0), 2.0)
    picture = left.images[0]
    west, east, south, north = picture.get_extent()
    assert (west, east, south, north) == (-3, 3, -3, 3) and picture.origin == "upper"
    assert picture.get_array()[0, -1].max() == 1  # the first row of pixels is drawn on top


def test_two_codes_writes_every_label_at_its_mean():
    mu = np.array([[0.0, 1.0], [-9.0, 2.0]])
    fig = vae.two_codes([("a", mu, np.zeros((2, 2, 1, 4, 4)))] * 2, np.array([3, 7]))
    texts = [(t.get_text(), t.get_position()) for t in fig.axes[0].texts]
    assert texts == [("3", (0.0, 1.0)), ("7", (-9.0, 2.0))]
    assert fig.axes[0].get_xlim()[0] < -9


def test_boxes_name_what_is_constant():
    words = " ".join(t.get_text() for t in vae.boxes().axes[0].texts)
    for part in ("c_0", "h_0^{enc}", "s_0^{enc}", "h_0^{dec}", "s_0^{dec}", "P(x|z_1)", "P(x|z)"):
        assert part in words, part


def test_steps_are_compared_by_their_validation():
    bound = np.linspace(200, 100, 40)
    curves = {1: (bound, 120.0, 1.0), 2: (bound - 5, 100.0, 2.0)}
    fig = vae.against_steps(curves, {1: 1234, 2: 1234})
    right = fig.axes[1]
    assert [t.get_text() for t in right.texts] == ["120.0", "100.0"]
    assert [t.get_text() for t in right.get_yticklabels()] == ["$T = 1$\n1,234", "$T = 2$\n1,234"]
    assert fig.axes[0].lines[0].get_ydata()[0] == pytest.approx(bound[:15].mean())
