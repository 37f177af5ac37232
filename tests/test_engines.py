"""Ways to the bound and its gradient: autograd's, and what all of them refuse."""

import numpy as np
import pytest
from autograd import value_and_grad
from strategies import CONFIGS, problem

from draw_np import model
from draw_np.fast import driver
from draw_np.manual import model as manual
from draw_np.training import engines

WAYS = [model.loss, manual.loss_forward, driver.terms_and_gradient]
every_way = pytest.mark.parametrize("way", WAYS, ids=["readable", "by hand", "fast"])


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


@every_way
@pytest.mark.parametrize(
    "change, said",
    [
        (lambda x, eps: (x, eps[:, :1]), "eps has the shape"),  # one noise for all images
        (lambda x, eps: (x, np.concatenate([eps, eps])), "eps has the shape"),
        (lambda x, eps: (x, eps[:1]), "eps has the shape"),
        (lambda x, eps: (x, eps[0]), "eps has the shape"),
        (lambda x, eps: (x[:, :, :1], eps), "x has the shape"),
        (lambda x, eps: (x[..., :1], eps), "x has the shape"),
        (lambda x, eps: (x[0], eps), "x has the shape"),
        (lambda x, eps: (255 * x, eps), "x has pixels from 0.0 to 255.0"),
        (lambda x, eps: (x * np.nan, eps), "x has pixels from nan"),
    ],
)
def test_every_way_refuses_what_would_give_a_plausible_number(way, change, said):
    config, params, x, eps = problem("attention", M=3)
    x[0, 0, 0, 0] = 1
    way(params, x, eps, config)
    with pytest.raises(ValueError, match=said):
        way(params, *change(x, eps), config)


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda p: p | {"extra": np.zeros(3)}, "the parameters have extra besides: give"),
        (lambda p: {n: v for n, v in p.items() if n != "dec.b"}, "the parameters lack dec.b: give"),
        (lambda p: p | {"c_0": p["c_0"][0]}, r"c_0 has the shape \(5, 6\), and .* \(1, 5, 6\)"),
        (lambda p: p | {"mu.b": p["mu.b"][:, None]}, r"mu.b has the shape \(3, 1\)"),
        (
            lambda p: {n: np.stack([v] * 3) if n.endswith("_0") else v for n, v in p.items()},
            r"c_0 has the shape \(3, 1, 5, 6\), and .* \(1, 5, 6\): give its own configuration",
        ),
    ],
)
def test_parameters_of_another_network_get_no_gradient(change, said):
    """A table of K rows, K images and no classes: all would broadcast."""
    config, params, x, eps = problem("attention", M=3)
    _, gradient = driver.terms_and_gradient(params, x, eps, config)
    assert {n: v.shape for n, v in gradient.items()} == {n: v.shape for n, v in params.items()}
    with pytest.raises(ValueError, match=said):
        driver.terms_and_gradient(change(params), x, eps, config)


@pytest.mark.parametrize("width", [-40.0, 40.0])
def test_at_the_limit_of_a_width_no_way_has_a_derivative(width):
    config, params, x, eps = problem("attention")
    for head in ("read", "write"):
        params[f"{head}.W"][:, 2], params[f"{head}.b"][2] = 0, width
    _, cache = manual.loss_forward(params, x, eps, config)
    for gradient in (
        engines.ENGINES["autograd"].terms_and_gradient(params, x, eps, config)[1],
        manual.loss_backward(1.0, cache),
        driver.terms_and_gradient(params, x, eps, config)[1],
    ):
        for head in ("read", "write"):
            assert gradient[f"{head}.b"][2] == 0
            assert not gradient[f"{head}.W"][:, 2].any()
