"""Chapter 15: what it counts, measures and works out."""

import numpy as np
import pytest

import draw_np
from draw_np import parameters
from draw_np.book import elsewhere
from draw_np.fast import driver, elementwise
from draw_np.machine import backend
from draw_np.training import optim, presets


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


# ---------------------------------------------------------------- what the chapter says


def test_chapter_15_section_1_counting_changes_no_bit_and_depends_on_no_batch():
    gradient, counts = elsewhere.counted(M=8)
    expected = driver.terms_and_gradient(*elsewhere.minibatch(M=8))[1]
    assert all(np.array_equal(gradient[name], expected[name]) for name in expected)
    assert counts == elsewhere.counted(M=3)[1]


def test_chapter_15_section_1_four_fifths_are_element_wise_and_most_can_be_fused():
    counts = elsewhere.counted(M=2)[1]
    assert sum(counts.values()) == pytest.approx(1977, rel=0.02)  # NumPy's version may matter
    assert counts["elementwise"] / 1977 == pytest.approx(0.8, abs=0.02)
    gradient, merged = elsewhere.counted(fuses=True, M=2)
    assert (
        sum(merged.values()) == pytest.approx(721, rel=0.02)
        and merged["product"] == counts["product"]
    )
    assert merged["elementwise"] < counts["elementwise"] / 3
    expected = driver.terms_and_gradient(*elsewhere.minibatch(M=2))[1]
    assert all(np.allclose(gradient[name], expected[name], atol=1e-5) for name in expected)


def test_chapter_15_section_1_a_cell_has_thirteen_operations():
    xp = elsewhere.Counting()
    gates = [xp.ones((2, 3)) for _ in range(12)]
    elementwise.cell_forward.__wrapped__(xp, *gates)
    assert xp.counts["elementwise"] == 13


def test_chapter_15_section_2_the_law_holds_for_what_was_measured():
    """3.7 ms and 0.365 ms an image, within 11 per cent; 1.9 us an operation, equal at M = 10."""
    fixed, each = elsewhere.fitted()
    assert (round(fixed, 1), round(each, 3)) == (3.7, 0.365)
    M, t = np.array(list(elsewhere.MEASURED.items())).T
    off = np.abs((fixed + each * M) / t - 1)
    assert 0.10 < off.max() < 0.115 and (M.min(), M.max()) == (1, 512)
    assert round(1e3 * fixed / 1977, 1) == 1.9 and round(fixed / each) == 10
    assert fixed / (fixed + 16 * each) == pytest.approx(2 / 5, abs=0.02)
    assert (fixed + 64 * each) / (fixed + 16 * each) == pytest.approx(2.8, abs=0.05)  # 15.4


def test_a_law_is_found_again():
    assert np.allclose(elsewhere.fitted({M: 3 + 0.5 * M for M in (1, 4, 64)}), [3, 0.5])


def test_chapter_15_section_2_the_models_numbers():
    """17.2 million operations; 9.9 and 3.6 ms of launches, 0.11 ms of arithmetic; M = 2,100."""
    f = presets.step_flops(presets.PRESETS["small"].config, 1)
    launch, rate = elsewhere.DEVICE["launch"], elsewhere.DEVICE["rate"]
    assert round(f / 1e6, 1) == 17.2 and round(64e3 * f / rate, 2) == 0.11
    assert [round(1e3 * n * launch, 1) for n in (1977, 721)] == [9.9, 3.6]
    assert round(721 * launch * rate / f, -2) == 2100


def test_chapter_15_section_2_what_travels():
    mnist, M = presets.PRESETS["mnist"].config, presets.PRESETS["mnist"].recipe.batch_size
    assert M == 100 and M * mnist.pixels * mnist.C * 4 == 313_600
    assert mnist.T * M * mnist.Z * 4 == 2_560_000 and (1 + mnist.T) * 4 == 260
    assert parameters.count(mnist) * 4 == 3_845_100 == elsewhere.G_MNIST


def test_chapter_15_section_3_shares_add_up():
    params, x, eps, config = elsewhere.minibatch(M=16)
    whole, total = driver.terms_and_gradient(params, x, eps, config)[1], {}
    for rows in backend.cut(16, 3):
        part = driver.terms_and_gradient(params, x[rows], eps[:, rows], config)[1]
        for name, g in part.items():
            total[name] = total.get(name, 0) + (rows.stop - rows.start) / 16 * g
    difference = optim.global_norm({name: total[name] - whole[name] for name in whole})
    assert difference < 1e-5 * optim.global_norm(whole)
    assert [rows.stop - rows.start for rows in backend.cut(64, 3)] == [21, 21, 22]


def test_chapter_15_section_5_the_middle_row_is_the_packaged_network():
    network = draw_np.load("small")
    assert round(network.result["bound"], 1) == 80.1 and round(network.result["error"], 1) == 1.2
    assert (network.recipe.batch_size, network.step, network.recipe.lr) == (64, 3000, 0.003)
    assert 16 * 12_000 == 64 * 3_000 == 256 * 750 == 192_000


def test_chapter_15_question_3_the_gradient_grows_by_more_than_the_time():
    G = [4e-6 * parameters.count(presets.PRESETS[n].config) for n in ("mnist", "mnist-noattention")]
    assert [round(v, 1) for v in G] == [3.8, 11.0]
    assert round(100 * (1 - 0.94 / G[1] / (0.54 / G[0]))) == 39
    flops = [
        presets.step_flops(presets.PRESETS[n].config, 1) for n in ("mnist", "mnist-noattention")
    ]
    assert flops[1] / flops[0] == pytest.approx(G[1] / G[0], rel=0.01)


# ---------------------------------------------------------------- its figures


def test_measured_points_and_the_model_are_in_two_panels():
    left, right = elsewhere.launch_bound.__wrapped__().axes
    assert np.allclose(left.lines[0].get_ydata()[0], 1e3 / elsewhere.MEASURED[1])
    fixed, each = elsewhere.fitted()
    assert np.allclose(
        left.lines[1].get_ydata()[[0, -1]], [1e3 / (fixed + each), 512e3 / (fixed + 512 * each)]
    )
    assert "Measured" in left.get_title(loc="left") and "not measured" in right.get_title(
        loc="left"
    )
    for ax in (left, right):
        words = [t.get_text() for t in ax.get_legend().get_texts()]
        assert words[-2:] == ["launches or calls alone", "arithmetic alone"]
    left.figure.canvas.draw()
    bend = left.transData.transform((fixed / each, 1e3))[0]  # no line runs through the legend
    assert left.get_legend().get_window_extent().x0 > bend


def test_a_ring_ends_with_all_sums():
    texts = [[t.get_text() for t in ax.texts] for ax in elsewhere.ring.__wrapped__(3).axes]
    assert texts[0] == ["1"] * 9 and texts[-1] == ["3"] * 9 and texts[-2].count("3") == 3


def test_speed_ups_have_a_line_a_link():
    lines = elsewhere.speed_ups.__wrapped__().axes[0].lines
    assert len(lines) == 1 + len(elsewhere.LINKS)
    assert lines[1].get_ydata()[0] == 1 and lines[1].get_ydata()[-1] < 5 < lines[3].get_ydata()[-1]
