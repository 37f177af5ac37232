"""The chapter on looking: its images are the package's, its questions the network's own."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from draw_np import glimpse
from draw_np.book import looking
from draw_np.data import cluttered, digits
from draw_np.measuring import classification


@pytest.fixture(scope="module")
def asked():
    """A small classifier in float64, four images and their classes."""
    rng = np.random.default_rng(1)
    config = glimpse.GlimpseConfig(A=12, B=11, T=3, H=6, N=3, K=4)
    params = glimpse.initialise(rng, config, dtype=np.float64)
    params = {name: v + 0.3 * rng.normal(size=v.shape) for name, v in params.items()}
    x, y = rng.random((4, 1, 11, 12)), np.array([0, 3, 1, 1])
    return SimpleNamespace(params=params, x=x, y=y, config=config)


def test_the_last_stage_is_the_packages_image_before_it_is_cut_off():
    source, which = digits.parts()["test"][0][:, 0], np.arange(9)
    stages = looking.stages(source, which, np.random.default_rng(3), 60, 4)
    made = cluttered.compose(source, which, np.random.default_rng(3), 60, 4)
    assert stages.shape == (6, 9, 60, 60) and not stages[0].any()
    assert np.array_equal(np.minimum(stages[-1], 255), made[:, 0])
    ink = (stages[-1] - stages[-2]).sum(axis=(1, 2))  # nothing of the digit is cut off
    assert np.array_equal(ink, source[which].sum(axis=(1, 2)))


def test_the_centre_of_ink_counts_pixels_from_one():
    ink = np.zeros((1, 5, 7))
    ink[0, 1, 2], ink[0, 1, 4] = 1, 3  # row 2, columns 3 and 5
    assert np.allclose(looking.centre_of_ink(ink), [[4.5, 2]])


def test_what_is_looked_at_is_what_the_network_classifies(asked):
    p, att = glimpse.classify(asked.params, asked.x, asked.config)
    again, patches, after_each = looking.looked(asked.params, asked.x, asked.config)
    assert np.allclose(after_each[-1], p) and np.allclose(again, att)
    assert patches.shape == (3, 4, 1, 3, 3) and np.allclose(after_each.sum(axis=2), 1)


def test_moved_by_nothing_the_cost_is_the_networks(asked):
    a = asked
    cost = glimpse.terms(a.params, a.x, a.y, a.config).cross_entropy
    assert np.allclose(looking.beside(a.params, a.x, a.y, a.config, 0, 0), cost)
    assert not np.allclose(looking.beside(a.params, a.x, a.y, a.config, 0, 2), cost)


def test_moving_the_last_glimpse_is_moving_the_image_the_other_way(asked):
    a = asked
    one = replace(a.config, T=1)  # no glimpse before the last
    small = np.array([0, 0, -1.0, -2.0, 0])  # a sharp window in the middle, far from the edge
    params = a.params | {"read.W": 0 * a.params["read.W"], "read.b": small}
    cost = looking.beside(params, a.x, a.y, one, 2, -1)
    there, back = (np.roll(a.x, shift, axis=(2, 3)) for shift in ((1, -2), (-1, 2)))
    assert np.allclose(cost, looking.beside(params, there, a.y, one, 0, 0), atol=1e-3)
    assert not np.allclose(cost, looking.beside(params, back, a.y, one, 0, 0), atol=1e-2)


def test_coverage_is_what_simulation_finds():
    rng, n, p = np.random.default_rng(5), 50, 0.1
    for interval in (classification.wilson, looking.wald):
        shares = rng.binomial(n, p, size=20_000) / n
        held = np.mean([low <= p <= high for low, high in (interval(s, n) for s in shares)])
        assert abs(looking.coverage(interval, n, p) - held) < 0.01


def test_per_cent_reads_as_a_person_writes_it():
    assert looking.per_cent(0.065, *classification.wilson(0.065, 200)) == "6.5 (3.8 to 10.8)"
