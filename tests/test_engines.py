"""The engine on autograd: terms and gradient from one forward pass."""

import numpy as np
import pytest
from autograd import value_and_grad
from strategies import CONFIGS, problem

from draw_np import model
from draw_np.training import engines


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_terms_and_gradient_are_those_of_the_loss(name):
    config, params, x, eps = problem(name)
    terms, gradient = engines.ENGINES["autograd"].terms_and_gradient(params, x, eps, config)
    loss, slopes = value_and_grad(lambda p: model.loss(p, x, eps, config))(params)
    assert terms.L_x.shape == () and terms.L_z.shape == (config.T,)
    assert terms.L_x + terms.L_z.sum() == pytest.approx(loss, rel=1e-12)
    mean = model.mean_terms(model.terms(params, x, eps, config))
    assert terms.L_x == pytest.approx(mean.L_x, rel=1e-12)
    assert terms.L_z == pytest.approx(mean.L_z, rel=1e-12)
    assert gradient.keys() == params.keys()
    for key, slope in gradient.items():
        assert slope.shape == params[key].shape
        assert slope == pytest.approx(slopes[key], rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_float32_stays_float32(name):
    config, params, x, eps = problem(name)
    params = {key: value.astype(np.float32) for key, value in params.items()}
    terms, gradient = engines.ENGINES["autograd"].terms_and_gradient(params, x, eps, config)
    outs = {"L_x": terms.L_x, "L_z": terms.L_z, **gradient}
    assert {key for key, out in outs.items() if out.dtype != np.float32} == set()


def test_float32_gradient_is_close_to_float64():
    config, params, x, eps = problem("attention")
    single = {key: value.astype(np.float32) for key, value in params.items()}
    engine = engines.ENGINES["autograd"].terms_and_gradient
    _, rough = engine(single, x, eps, config)
    _, fine = engine(params, x, eps, config)
    for key, slope in fine.items():
        assert rough[key] == pytest.approx(slope, abs=1e-3 * np.abs(slope).max()), key
