"""Chapter 10, the trained network: every claim of its text, and what its figures show."""

from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest

import draw_np
from draw_np import data, model, parameters
from draw_np.attention import Attention
from draw_np.book import trained
from draw_np.config import Config
from draw_np.measuring import bounds
from draw_np.pictures import plot
from draw_np.training import loop, optim

ROOT = Path(__file__).parent.parent
CONFIG = Config(A=7, B=6, C=2, T=3, H=5, Z=2, N_read=2, N_write=3)


@pytest.fixture(autouse=True)
def style():
    """As ``notebook.picture`` draws."""
    with plot.style():
        yield


@pytest.fixture(scope="module")
def network():
    """Parameters of which none is 0 by accident, images and noise."""
    rng = np.random.default_rng(0)
    params = parameters.initialise(rng, CONFIG, dtype=np.float64)
    params = {name: v + 0.3 * rng.standard_normal(v.shape) for name, v in params.items()}
    x = (rng.random((4, *CONFIG.image_shape)) < 0.5).astype(float)
    return params, x, rng.standard_normal((CONFIG.T, 4, CONFIG.Z))


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


@pytest.fixture(scope="module")
def small():
    return draw_np.load("small")


@pytest.fixture(scope="module")
def without():
    return draw_np.load("small-noattention")


@pytest.fixture(scope="module")
def again(small, digits):
    return trained.redrawn(small, digits)


# ---------------------------------------------------------------- the loop, taken in hand


def test_with_nothing_prescribed_it_is_the_model(network):
    ours, theirs = trained.prescribed(*network, CONFIG), model.terms(*network, CONFIG)
    assert np.allclose(ours.L_x, theirs.L_x) and np.allclose(ours.L_z, theirs.L_z)


def test_its_own_windows_and_latents_change_nothing(network):
    _, looks = model.unroll(*network, CONFIG)
    drawn, theirs = model.reconstruct(*network, CONFIG), model.terms(*network, CONFIG)
    z = {t: look.z for t, look in enumerate(looks, start=1)}
    ours = trained.prescribed(*network, CONFIG, z, drawn.reading, drawn.writing)
    assert np.allclose(ours.L_x, theirs.L_x) and np.allclose(ours.L_z, theirs.L_z)


def test_what_is_prescribed_counts_from_its_step_on(network):
    theirs = model.terms(*network, CONFIG)
    ours = trained.prescribed(*network, CONFIG, z={2: np.ones((4, CONFIG.Z))})
    assert np.allclose(ours.L_z[:2], theirs.L_z[:2])
    assert not np.allclose(ours.L_z[2], theirs.L_z[2]) and not np.allclose(ours.L_x, theirs.L_x)
    drawn = model.reconstruct(*network, CONFIG)
    seen = trained.prescribed(*network, CONFIG, reading=trained.exchanged(drawn.reading))
    written = trained.prescribed(*network, CONFIG, writing=trained.exchanged(drawn.writing))
    assert not np.allclose(seen.L_z, theirs.L_z) and not np.allclose(written.L_x, theirs.L_x)
    assert np.allclose(written.L_z[0], theirs.L_z[0])  # its first look is before its first stroke


def attention(T=3, M=2):
    """An Attention over time, of images that differ."""
    of_first = np.linspace(2, 4, T)[:, None] + np.arange(M)
    return Attention(of_first, of_first, of_first / 3, of_first, of_first)


def test_middle_and_exchanged_windows():
    att = attention(M=3)
    assert np.array_equal(trained.middle(att).g_X, np.repeat(att.g_X[:, 1:2], 3, axis=1))
    assert np.array_equal(trained.exchanged(att).delta[:, 1], att.delta[:, 0])


# ---------------------------------------------------------------- 10.1


def test_closely_shows_windows_where_they_are_and_says_the_price():
    image, att = np.full((1, 1, 8, 9), 0.5), Attention(*(np.array([3.0]) for _ in range(5)))
    fig = trained.closely(
        4, image, image, image, image, att, att, np.ones((2, 1, 3, 3)), -np.ones((1, 3, 3)), 1.234
    )
    assert "= 4" in fig.get_suptitle() and "1.23 nats" in fig.get_suptitle()
    assert [len(ax.patches) for ax in fig.axes] == [1, 1, 0, 0, 0, 0, 1, 1]
    shades = [ax.images[0].get_array()[0, 0, 0] for ax in fig.axes]
    assert shades == [0.5, 0.5, 1, 1, 0.5, 0, 1, 0.5]


def test_bars_and_lines_are_what_was_given():
    left, right = trained.answers([30.0, 4], [1.0, 2], [5.0, -1]).axes
    assert [bar.get_height() for bar in left.patches] == [30, 4]
    assert [bar.get_height() for bar in right.patches] == [1, 2, 5, -1]
    left, right = trained.pens({"a": [1, 2], "b": [3, 1]}, {"a": [1, 0.5], "b": [0.2, 1]}).axes
    assert [list(line.get_ydata()) for line in left.lines] == [[1, 2], [3, 1]]
    assert [list(line.get_ydata()) for line in right.lines] == [[1, 0.5], [0.2, 1]]
    fig = trained.growing(np.zeros((2, 3, 1, 4, 4)), ["first", "last"])
    assert [t.get_text() for t in fig.axes[0].texts] == ["first", "last"]
