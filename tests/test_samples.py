"""What is measured of drawn images: by pencil, and what it must not miss."""

import numpy as np
import pytest

from draw_np.measuring import samples


def test_energy_distance_by_pencil():
    """0 and 2 against 1 and 5: 2 (1 + 5 + 1 + 3) / 4 - 2 - 4 = -1; one-dimensional images."""
    x, y = np.array([[0.0], [2.0]]), np.array([[1.0], [5.0]])
    assert samples.apart(x) == 2 and samples.apart(y) == 4
    assert samples.energy_distance(x, y) == pytest.approx(-1)


def test_energy_distance_is_near_0_for_one_distribution_and_not_for_two():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 400, 1, 3, 3))
    assert abs(samples.energy_distance(a, b)) < 0.03
    assert samples.energy_distance(a, b + 0.5) > 0.2  # moved
    assert samples.energy_distance(a, 0.5 * b) > 0.2  # alike
    assert samples.energy_distance(a, 0 * b[:2]) > 1  # collapsed


def test_spread_of_what_is_all_alike_is_0():
    real = np.random.default_rng(1).random((50, 1, 4, 4))
    assert samples.spread(np.ones((9, 1, 4, 4)), real) == 0
    assert samples.spread(real, real) == pytest.approx(1)


def test_a_copy_is_found():
    training = np.random.default_rng(2).random((30, 1, 4, 4))
    which, d = samples.nearest(np.stack([training[7], training[3] + 0.25]), training)
    assert which.tolist() == [7, 3]
    np.testing.assert_allclose(d, [0, 1], atol=1e-6)


def test_named():
    p = np.array([[0.95, 0.05, 0], [0.2, 0.8, 0], [0, 0.09, 0.91], [0.9, 0.1, 0]])
    found = samples.named(p)
    assert found.sure == 0.5
    assert found.shares.tolist() == [0.5, 0.25, 0.25]
