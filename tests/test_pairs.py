"""Pairs of digits drawn again: where they stand, and how many can be read."""

import numpy as np
import pytest

from benchmarks import pairs
from draw_np.data import digits
from draw_np.data.dataset import intensities


@pytest.fixture(scope="module")
def made():
    return pairs.pairs(np.random.default_rng(1))


def test_digits_of_a_pair_lie_whole_and_apart(made):
    canvases, places = made
    assert canvases.shape == (100, 1, 30, 30) and len(places) == 200
    images, labels = digits.parts(14)["test"]
    for where, label in places:
        found = np.abs(intensities(images[:, 0]) - canvases[where]).sum(axis=(1, 2)).argmin()
        np.testing.assert_array_equal(canvases[where], intensities(images[found, 0]))
        assert labels[found] == label
    ink = sum(canvases[where].sum() for where, _ in places)
    assert ink == pytest.approx(canvases.sum())  # none lies under another, and none was added


def test_the_share_falls_with_what_can_be_seen(made):
    canvases, places = made
    assert pairs.share_read(canvases, places) > 0.95
    half = canvases.copy()
    half[50:] = 0
    assert pairs.share_read(half, places) == pytest.approx(
        pairs.share_read(canvases[:50], places[:100]) / 2, abs=0.1
    )


def test_the_packaged_network_draws_both_digits_again(capsys):
    """Chapter 13 says 91.5 %. A network of 3,000 steps had 33 %: its digits were blobs."""
    assert pairs.main(["small-two-digit"]) == 0
    lines = dict(line.split(": ") for line in capsys.readouterr().out.splitlines())
    assert float(lines["drawn again by small-two-digit"].rstrip("%")) == pytest.approx(91.5, abs=1)
