"""The pyramid: taking apart and putting together, two players a level, and each one's gradient."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from autograd import grad
from hypothesis import given
from hypothesis import strategies as st
from strategies import pyramid_problem

from draw_np import gradcheck, pyramid
from draw_np.pyramid import PyramidConfig


def pictures(rows=(2, 4, 6, 10), columns=(2, 4, 8)):
    """Pictures of even sides, (2, 1, B, A), by a seed."""
    sides = st.tuples(st.integers(0, 2**32 - 1), st.sampled_from(rows), st.sampled_from(columns))
    return sides.map(lambda s: np.random.default_rng(s[0]).standard_normal((2, 1, *s[1:])))


# ---------------------------------------------------------------- taking apart, putting together


def test_halving_by_pencil():
    """Triangles of 1/8, 3/8, 3/8, 1/8; what would lie outside is the border's."""
    R = pyramid.halving(6, np.zeros(1))
    eighths = [[4, 3, 1, 0, 0, 0], [0, 1, 3, 3, 1, 0], [0, 0, 0, 1, 3, 4]]
    np.testing.assert_array_equal(8 * R, eighths)
    np.testing.assert_array_equal(pyramid.halving(2, np.zeros(1)), [[0.5, 0.5]])
    assert pyramid.halving(4, np.zeros(1, np.float32)).dtype == np.float32


def test_one_bright_pixel_by_pencil():
    picture = np.zeros((1, 1, 4, 4))
    picture[..., 1, 0] = 64  # row 2, column 1: 3/8 and 1/8 of it along y, 1/2 and 0 along x
    np.testing.assert_array_equal(pyramid.reduce(picture)[0, 0], [[12, 0], [4, 0]])
    small = np.zeros((1, 1, 2, 2))
    small[..., 0, 1] = 16
    large = [[0, 4, 12, 16], [0, 3, 9, 12], [0, 1, 3, 4], [0, 0, 0, 0]]
    np.testing.assert_array_equal(pyramid.expand(small)[0, 0], large)


@given(pictures(), st.integers(0, 2**32 - 1))
def test_reducing_and_enlarging_are_adjoint_up_to_a_factor(picture, seed):
    """<d(I), J> = <I, u(J)> / 4."""
    smaller = pyramid.reduce(picture)
    other = np.random.default_rng(seed).standard_normal(smaller.shape)
    left, right = np.sum(smaller * other), np.sum(picture * pyramid.expand(other))
    assert 4 * left == pytest.approx(right, abs=1e-10)


@given(pictures())
def test_reducing_keeps_grey_and_brightness(picture):
    assert pyramid.reduce(picture).mean() == pytest.approx(picture.mean(), abs=1e-12)
    assert pyramid.expand(picture).mean() == pytest.approx(picture.mean(), abs=1e-12)
    grey = np.full_like(picture, 0.3)
    np.testing.assert_allclose(pyramid.reduce(grey), 0.3, rtol=1e-14)
    np.testing.assert_allclose(pyramid.expand(grey), 0.3, rtol=1e-14)


@given(pictures(rows=(4, 8, 12), columns=(4, 8)), st.integers(1, 3))
def test_put_together_is_what_was_taken_apart(picture, T):
    levels = pyramid.take_apart(picture, T)
    assert [h.shape[-1] for _, h in levels] == [picture.shape[-1] // 2**k for k in range(T)]
    again = pyramid.put_together([h for _, h in levels])
    np.testing.assert_allclose(again, picture, atol=1e-12)
    assert not np.any(levels[-1][0])
    for (l_k, h_k), (l_below, h_below) in itertools.pairwise(levels):
        np.testing.assert_allclose(l_k, pyramid.expand(l_below + h_below), atol=1e-12)
        assert l_k.shape == h_k.shape


# ---------------------------------------------------------------- the networks, by pencil

ONE = PyramidConfig(A=1, B=1, T=1, H=1, Z=1)  # one level, one pixel, one unit


def one_unit():
    """Weights of ``ONE`` in small numbers."""
    params = {name: np.zeros(shape) for name, shape in pyramid.shapes(ONE).items()}
    params["G_0.1.W"][:] = [[0.5], [-0.5]]
    params["G_0.2.W"][:] = -1
    params["G_0.3.W"][:] = 10
    params["D_0.1.W"][:] = [[1, -1]]
    params["D_0.2.W"][:] = [[1, 0], [0, 5]]
    params["D_0.3.W"][:] = [[2], [3]]
    params["D_0.3.b"][:] = 0.25
    return params


def test_a_generator_by_pencil():
    """z = 2 and its sign 1: 1 - 0.5 = 0.5, then -0.5, of which -0.1 leaks, then -1.

    z = -3 and its sign -1: -1.5 + 0.5 = -1, of which -0.2 leaks, then 0.2, then 2.
    """
    h = pyramid.generate_details(one_unit(), 0, np.array([[2.0]]), np.zeros((1, 1, 1, 1)), ONE)
    np.testing.assert_allclose(h, 1 / (1 + np.e), rtol=1e-12)
    h = pyramid.generate_details(one_unit(), 0, np.array([[-3.0]]), np.zeros((1, 1, 1, 1)), ONE)
    np.testing.assert_allclose(h, 1 / (1 + np.exp(-2)), rtol=1e-12)


def test_a_discriminator_by_pencil():
    """A pixel of 0.75 is 4 (0.75 - 0.5) = 1: units 1 and -0.2, then 1 and -0.2; 2 - 0.6 + 0.25."""
    black = np.zeros((1, 1, 1, 1))
    logit = pyramid.discriminate(one_unit(), 0, black + 0.75, black, ONE)
    np.testing.assert_allclose(logit, [1.65], rtol=1e-12)


def test_costs_by_pencil():
    """D says 3/4 of the real one, and 1/4 of the invented one; and 1/2 of both."""
    ln3 = np.log(3)
    told = pyramid.cost_of_telling(np.array([ln3, 0]), np.array([-ln3, 0]))
    right = np.log(4) - 0.9 * ln3 + np.log(4 / 3)
    np.testing.assert_allclose(told, [right, 2 * np.log(2)], rtol=1e-12)
    found = pyramid.cost_of_being_found_out(np.array([-ln3, 0]))
    np.testing.assert_allclose(found, [np.log(4), np.log(2)], rtol=1e-12)


def test_a_real_thing_is_to_be_named_nine_times_in_ten():
    """The least cost is at a probability of 0.9, not at 1."""
    logits = np.linspace(-6, 6, 12001)
    cheapest = logits[pyramid.cost_of_telling(logits, 0 * logits).argmin()]
    assert 1 / (1 + np.exp(-cheapest)) == pytest.approx(0.9, abs=1e-3)


def test_a_discriminator_has_twice_its_generator_s_units():
    """And at every finer level, where a coarse picture is given, there are half as many."""
    shapes = pyramid.shapes(PyramidConfig(A=8, B=4, T=3, H=12, Z=5))
    for k, pixels, coarse, H in [(0, 32, 32, 3), (1, 8, 8, 6), (2, 2, 0, 12)]:
        layers = [[shapes[f"{player}_{k}.{j}.W"] for j in (1, 2, 3)] for player in "GD"]
        assert layers[0] == [(2 * 5 + coarse, H), (H, H), (H, pixels)]
        assert layers[1] == [(pixels + coarse, 2 * H), (2 * H, 2 * H), (2 * H, 1)]
    assert PyramidConfig(A=8, B=8, T=4, H=3).units(0) == 1  # at least


def test_black_and_white_have_finite_logits():
    """Those of 1 in 100 and of 99."""
    found = pyramid.logit(np.array([0, 0.001, 0.25, 0.5, 1]))
    np.testing.assert_allclose(found, np.log([1 / 99, 1 / 99, 1 / 3, 1, 99]), rtol=1e-12)


# ---------------------------------------------------------------- the game


def players(config):
    """Every player: its letter and its level."""
    return [(name, k) for name in "GD" for k in range(config.T)]


@pytest.mark.parametrize("T", [1, 2, 3])
def test_the_gradient_of_every_player_is_that_of_its_own_cost(T):
    """By finite differences of one cost, with all the other players' parameters held."""
    config, params, x, z = pyramid_problem(T)
    gradient = grad(pyramid.loss)(params, x, z, config)
    for player, k in players(config):
        own = {n: v for n, v in params.items() if n.startswith(f"{player}_{k}.")}

        def cost(changed, player=player, k=k):
            mean = pyramid.mean_terms(pyramid.terms({**params, **changed}, x, z, config))
            return getattr(mean, player)[k]

        verdict = gradcheck.check(cost, own, {n: gradient[n] for n in own}, h=1e-4)
        assert verdict.ok, str(verdict)
        assert all(e.analytic != 0 for e in verdict.entries), str(verdict)


def test_reducing_and_enlarging_have_their_gradients():
    rng = np.random.default_rng(2)
    weight = rng.standard_normal((1, 1, 4, 2)), rng.standard_normal((1, 1, 16, 8))
    for f, w in ((pyramid.reduce, weight[0]), (pyramid.expand, weight[1])):
        verdict = gradcheck.check(
            lambda p, f=f, w=w: np.sum(w * f(p["picture"])),
            {"picture": rng.standard_normal((1, 1, 8, 4))},
            analytic={
                "picture": grad(lambda v, f=f, w=w: pyramid.np.sum(w * f(v)))(
                    rng.standard_normal((1, 1, 8, 4))
                )
            },
        )
        assert verdict.ok, str(verdict)


def test_terms_level_by_level():
    """Every cost once more, from the pictures."""
    config, params, x, z = pyramid_problem()
    found = pyramid.terms(params, x, z, config)
    assert found.D.shape == found.G.shape == (3, len(x))
    I_k = x
    for k in range(3):
        smaller = pyramid.reduce(I_k) if k < 2 else None
        l_k = pyramid.expand(smaller) if k < 2 else 0 * I_k
        invented = pyramid.generate_details(params, k, z[k], l_k, config)
        real, false = (
            pyramid.discriminate(params, k, h, l_k, config) for h in (I_k - l_k, invented)
        )
        p, q = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-false))
        told = -0.9 * np.log(p) - 0.1 * np.log(1 - p) - np.log(1 - q)
        np.testing.assert_allclose(found.D[k], told, rtol=1e-9)
        np.testing.assert_allclose(found.G[k], -np.log(q), rtol=1e-9)
        I_k = smaller
    mean = pyramid.mean_terms(found)
    np.testing.assert_allclose(mean.D, found.D.mean(axis=1))
    loss = pyramid.loss(params, x, z, config)
    assert loss == pytest.approx(found.D.mean(axis=1).sum() + found.G.mean(axis=1).sum())


def test_a_level_is_judged_by_its_own_pictures():
    """Another coarse picture changes D's answer; at the coarsest level nothing is given."""
    config, params, x, _ = pyramid_problem()
    (l_0, h_0), *_, (l_2, h_2) = pyramid.take_apart(x, 3)
    a = pyramid.discriminate(params, 0, h_0, l_0, config)
    b = pyramid.discriminate(params, 0, h_0 - 0.1, l_0 + 0.1, config)  # the same sum
    assert np.min(np.abs(a - b)) > 1e-4
    assert params["D_2.1.W"].shape[0] == h_2[0].size == l_2[0].size


# ---------------------------------------------------------------- drawing


def test_drawing_goes_from_coarse_to_fine_and_stays_between_0_and_1():
    config, params, _, z = pyramid_problem()
    drawn = pyramid.generate(params, z, config)
    assert [p.shape[1:] for p in drawn.means] == [config.shape_at(k) for k in (2, 1, 0)]
    assert not np.any(drawn.coarse[0])
    for l_k, before in zip(drawn.coarse[1:], drawn.means, strict=False):
        np.testing.assert_array_equal(l_k, pyramid.expand(before))
    for picture in drawn.means:
        assert picture.min() >= 0 and picture.max() <= 1
    again = pyramid.put_together(drawn.details[::-1])
    np.testing.assert_allclose(again, drawn.means[-1], atol=1e-12)


def test_every_level_has_noise_of_its_own():
    config, params, _, z = pyramid_problem()
    first = pyramid.generate(params, z, config).means
    other = z.copy()
    other[0] += 1  # the finest
    second = pyramid.generate(params, other, config).means
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert np.min(np.abs(first[2] - second[2]).max(axis=(1, 2, 3))) > 1e-4


def test_at_first_no_player_says_much():
    """But the first pictures differ, and what is handed on in a player keeps its size."""
    p = pyramid.initialise(np.random.default_rng(0), PyramidConfig(H=200))
    for player, k in players(PyramidConfig()):
        for j in (1, 2, 3):
            W = p[f"{player}_{k}.{j}.W"]
            scale = 2**0.5 if j < 3 else 1 if (player, k) == ("G", 2) else 0.1
            close = 4 / (2 * W.size) ** 0.5  # standard errors
            assert W.std() * len(W) ** 0.5 == pytest.approx(scale, rel=close), (player, k, j)


def test_new_pictures_begin_near_the_mean_and_differ():
    config = PyramidConfig()
    mean = np.random.default_rng(0).random(config.image_shape)
    p = pyramid.initialise(np.random.default_rng(1), config, mean)
    z = np.random.default_rng(2).standard_normal((3, 300, config.Z))
    coarsest = pyramid.generate(p, z, config).means[0]
    small = pyramid.reduce(pyramid.reduce(mean))
    assert np.mean(np.abs(coarsest.mean(axis=0) - small)) < 0.1
    assert np.min(coarsest.std(axis=0)) > 0.05


def test_shapes_are_those_of_new_parameters():
    for config in (PyramidConfig(), PyramidConfig(A=8, B=4, C=3, T=2, H=3, Z=2)):
        p = pyramid.initialise(np.random.default_rng(0), config)
        assert {name: value.shape for name, value in p.items()} == pyramid.shapes(config)
        assert {value.dtype for value in p.values()} == {np.dtype(np.float32)}
    needed = set(pyramid.drawing_shapes(PyramidConfig()))
    assert needed == {n for n in pyramid.shapes(PyramidConfig()) if n[0] == "G"}


def test_float32_stays():
    config, params, x, z = pyramid_problem(dtype=np.float32)
    assert pyramid.loss(params, x, z, config).dtype == np.float32
    assert {p.dtype for p in pyramid.generate(params, z, config).means} == {np.dtype(np.float32)}


def test_costs_are_finite_far_out():
    far = np.array([1e4, -1e4], np.float32)
    assert np.all(np.isfinite(pyramid.cost_of_telling(far, far)))
    np.testing.assert_array_equal(pyramid.cost_of_being_found_out(far), [0, 1e4])


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("sides", [{"A": 30}, {"B": 26}, {"A": 2, "B": 2}, {"A": 7, "B": 7}])
def test_sides_must_be_halved_twice(sides):
    with pytest.raises(ValueError, match=r"sides are multiples of 4, and these are \d+ x \d+"):
        PyramidConfig(**sides)
    PyramidConfig(A=30, B=26, T=2)
    PyramidConfig(A=7, B=7, T=1)


@pytest.mark.parametrize("size", [0, -1, 2.0, True, None])
def test_sizes_are_whole_numbers(size):
    with pytest.raises(ValueError, match=r"Z = .* is not a size"):
        PyramidConfig(Z=size)


def test_wrong_arguments_are_refused():
    config, params, x, z = pyramid_problem()
    for bad_x, bad_z, words in (
        (x[..., :4], z, "x has the shape"),
        (255 * x, z, "pixels from"),
        (x, z[:1], "z has the shape"),
        (x, z[:, :1], "z has the shape"),
    ):
        with pytest.raises(ValueError, match=words):
            pyramid.terms(params, bad_x, bad_z, config)
    with pytest.raises(ValueError, match="z has the shape"):
        pyramid.generate(params, z[:2], replace(config, T=3))
