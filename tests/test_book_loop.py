"""The loop, drawn: the numbers of chapter 7's two pixels, and what is lit."""

import matplotlib.colors
import numpy as np
import pytest

from draw_np.book import loop
from draw_np.pictures import plot


def drawn(*args):
    with plot.style():
        return loop.unrolled.__wrapped__(*args)


def test_the_first_step_by_hand():
    """Section 7.5, with a calculator: gates of one half, tanh 1 at the start."""
    found = loop.numbers(1)
    assert np.array_equal(found["x_hat"], [0.5, -0.5])
    s_enc = np.tanh(1) / 2
    mu = 3 * np.tanh(s_enc)
    s_dec = np.tanh(mu - 0.25) / 2
    stroke = 5 * np.tanh(s_dec)
    by_hand = {"s_enc": s_enc, "h_enc": mu / 6, "mu": mu, "z": mu - 0.25, "s_dec": s_dec}
    by_hand |= {"h_dec": stroke / 10, "kl": (mu**2 + 1 / 4 + 2 * np.log(2) - 1) / 2}
    for name, value in by_hand.items():
        assert found[name] == pytest.approx([value], abs=1e-12), name
    assert np.allclose(found["stroke"], [stroke, -stroke]) and np.allclose(
        found["c"], found["stroke"]
    )
    assert found["L_x"] == pytest.approx([2 * np.log1p(np.exp(-stroke))])
    rounded = [round(found[n][0], 4) for n in ("s_enc", "h_enc", "mu", "z", "s_dec", "h_dec")]
    assert rounded == [0.3808, 0.1817, 1.0902, 0.8402, 0.3430, 0.1651]
    assert (round(found["kl"][0], 4), round(found["L_x"][0], 4)) == (0.9124, 0.3512)


def test_the_second_step_goes_on_from_the_first():
    first, second = loop.numbers(1), loop.numbers(2)
    assert np.allclose(second["x_hat"], [1 - first["means"][0], -first["means"][1]])
    s_enc = first["s_enc"] / 2 + np.tanh(2 * second["x_hat"][0]) / 2
    assert np.allclose(second["s_enc"], s_enc) and np.allclose(second["z"], 3 * np.tanh(s_enc))
    assert np.allclose(second["c"], first["c"] + second["stroke"])
    assert np.round(second["means"], 3).tolist() == [0.985, 0.015]
    assert second["kl"] > 2 * (first["L_x"] - second["L_x"])  # 7.5: its latent costs more


def test_the_numbers_stand_on_the_wires():
    fig, alt = drawn()
    said = [t.get_text().replace("\N{MINUS SIGN}", "-") for t in fig.axes[0].texts]
    for text in ("0.5, -0.5", "0.182", "0.840", "0.165", "+ (1.651, -1.651)", "0.839, 0.161"):
        assert text in said
    assert "0.999" in said and "+ (2.510, -2.510)" in said and alt.endswith("Lit: all parts.")


@pytest.mark.parametrize("part", loop.PARTS)
def test_one_part_is_lit_and_the_others_are_pale(part):
    fig, alt = drawn((part,))
    assert alt.endswith(f"Lit: {part}.")
    boxes = [p for p in fig.axes[0].patches if hasattr(p, "get_boxstyle")]
    lit = [b for b in boxes if b.get_facecolor()[:3] != (1, 1, 1)]
    assert len(boxes) == 12 and len(lit) == (0 if part == "canvas" else 2)
    pale = matplotlib.colors.to_rgba(loop.PALE)
    texts = [t for t in fig.axes[0].texts if t.get_color() != loop.PALE]
    assert any(b.get_edgecolor() == pale for b in boxes) and 0 < len(texts) < 30


def test_a_part_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no part 'reed': choose among error, read"):
        drawn(("reed",))
