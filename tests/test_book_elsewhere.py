"""What chapter 15 counts and reckons."""

import numpy as np
import pytest

from draw_np.book import elsewhere


def test_operations_are_counted_by_kind():
    xp = elsewhere.Counting()
    a, b = xp.ones((2, 3)), xp.ones((3, 2))
    c = xp.matmul(a, b)
    c += 1
    xp.exp(c, out=c)
    c[:, 0].sum()
    assert xp.counts == {"product": 1, "elementwise": 2, "sum": 1}
    assert np.allclose(c, np.exp(4))


def test_counts_begin_anew():
    elsewhere.Counting().ones(2) + 1
    assert sum(elsewhere.Counting().counts.values()) == 0


@pytest.mark.parametrize("K", [2, 3, 8])
def test_a_ring_of_sums_sends_this_many_bytes(K):
    """By doing it: K pieces, K - 1 exchanges to add and K - 1 to spread."""
    rng = np.random.default_rng(0)
    given = rng.standard_normal((K, K))  # process, piece of one number
    held, sent = given.copy(), np.zeros(K)
    for step in range(2 * (K - 1)):
        moving = [(r, (r - step) % K) for r in range(K)]
        values = [held[r, p] for r, p in moving]
        for (r, p), value in zip(moving, values, strict=True):
            to = (r + 1) % K
            held[to, p] = held[to, p] + value if step < K - 1 else value
            sent[r] += 8
    assert np.allclose(held, given.sum(axis=0))
    assert np.allclose(sent, elsewhere.ring_bytes(K, 8 * K))


def test_speed_up_has_its_two_limits():
    assert elsewhere.speed_up(1, 0.3, 4e6, 1e8) == 1
    assert np.isclose(elsewhere.speed_up(16, 0.3, 4e6, 1e30), 16)
    assert np.isclose(elsewhere.speed_up(10**9, 0.3, 4e6, 1e8), 0.3 * 1e8 / (2 * 4e6))


def test_time_is_launches_and_arithmetic():
    assert np.isclose(elsewhere.seconds(2e9, 1000, 1e12, 5e-6), 5e-3 + 2e-3)
