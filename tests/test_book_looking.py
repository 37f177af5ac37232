"""The chapter on looking: its images are the package's, its questions the network's own."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from autograd import grad

import draw_np
from draw_np import glimpse
from draw_np.book import fixed_places, looking
from draw_np.data import cluttered, digits
from draw_np.manual import glimpse as manual
from draw_np.measuring import classification, paper_tables
from draw_np.pictures import plot


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


# ---------------------------------------------------------------- what chapter 12 says


@pytest.fixture(scope="module")
def trained():
    """The packaged classifier and what it makes of the 200 test images."""
    return looking.ask(draw_np.load("cluttered-small"))


@pytest.fixture(scope="module")
def whole():
    return looking.ask(draw_np.load("cluttered-small-whole"))


@pytest.fixture(scope="module")
def made():
    return looking.composed()


def drawn(figure, *args):
    with plot.style():
        found = figure.__wrapped__(*args)
    return found[0] if isinstance(found, tuple) else found


def test_12_0_the_page_shows_an_image_that_is_named_rightly(trained):
    assert trained.p[-1, 7].argmax() == trained.y[7] == 0 and trained.p[-1, 7].max() > 0.99
    assert "A 0 among" in drawn(looking.page, trained, 7).get_suptitle()


def test_12_1_clutter_in_numbers(made):
    share = made.digit.sum() / made.canvases[-1].astype(float).sum()
    assert round(share, 2) == 0.66
    assert np.array_equal(made.canvases[3, 0], made.canvases[4, 0])  # the fourth piece is black
    assert 33 == 60 - 28 + 1


def test_12_2_sizes(trained):
    assert looking.count(trained.config) == sum(v.size for v in trained.params.values()) == 101_007
    assert looking.count(looking.PAPER) == 414_991
    assert np.ptp(trained.att.g_X[0]) == np.ptp(trained.att.g_Y[0]) == 0
    assert np.ptp(trained.att.g_X[1]) > 20  # pixels
    twice = replace(trained.config, A=120, B=120)  # answer 6
    assert glimpse.shapes(trained.config) == glimpse.shapes(twice)


def test_12_3_the_cross_entropy_by_pencil():
    logits, right = np.array([[2.0, 1.0, 0.0]]), np.array([1])
    cost = glimpse.judged(logits, right).cross_entropy[0]
    (forward, _), cache = manual.cross_entropy_forward(logits, right)
    slope = manual.cross_entropy_backward(np.ones(1), cache)[0]
    assert round(cost, 4) == round(forward[0], 4) == 1.4076
    assert slope.round(4).tolist() == [0.6652, -0.7553, 0.09] and abs(slope.sum()) < 1e-12
    by_autograd = grad(lambda v: glimpse.judged(v, right).cross_entropy[0])(logits)[0]
    assert np.allclose(slope, by_autograd)
    assert np.isclose(glimpse.judged(logits + 7, right).cross_entropy[0], cost)  # answer 2
    far = np.float32([[1000.0, 0.0, -1000.0]])
    assert glimpse.judged(far, right).cross_entropy[0] == 1000


def test_12_3_where_to_look_has_a_gradient():
    verdict = looking.gradient_check()
    assert verdict.ok and "read.W" in str(verdict)


def test_12_4_one_plan_for_the_zoom_and_a_place_for_every_image(trained):
    att = trained.att
    assert np.all(np.diff(att.delta.mean(axis=1)) < 0)
    assert np.all(np.diff(att.sigma2.mean(axis=1)) < 0)
    assert np.all(att.delta.std(axis=1) < 0.1 * att.delta.mean(axis=1))
    assert np.hypot(att.g_X[3].std(), att.g_Y[3].std()) > 10


def test_12_4_thirteen_of_two_hundred_are_named_wrongly(trained):
    network = draw_np.load("cluttered-small")
    terms = glimpse.terms(trained.params, trained.x, trained.y, trained.config)
    assert np.array_equal(trained.wrong, terms.error == 1) and trained.wrong.sum() == 13
    assert np.isclose(trained.wrong.mean(), network.result["error"])
    assert trained.wrong[list(looking.WRONG)].all()
    assert trained.wrong[list(looking.SIX)].tolist() == [False] * 5 + [True]
    falls = np.convolve(network.log["cross_entropy"], np.ones(5) / 5, "valid") < 1
    assert network.log["cross_entropy"][:5].min() > 1.8
    assert 0 < network.log["step"][np.flatnonzero(falls)[0]] < 1500


def test_12_4_most_errors_are_not_for_want_of_finding_the_digit(trained, made):
    off, wrong = looking.distances(trained, made)
    assert np.median(off[0]) > 3 * np.median(off[3]) and np.median(off[3]) < 3
    usual = np.quantile(off[3, ~wrong], 0.95)
    assert (wrong.sum(), np.sum(off[3, wrong] <= usual)) == (16, 13)


def test_12_4_no_displacement_is_better(trained):
    at = np.array([-6, -2, 0, 2, 6])
    cost = looking.costs_beside(trained, at)
    assert cost.argmin() == cost.size // 2
    beside = [cost[2, 1], cost[2, 3], cost[1, 2], cost[3, 2]]
    far = [cost[2, 0], cost[2, 4], cost[0, 2], cost[4, 2]]
    assert np.mean(beside) > 1.5 * cost[2, 2] and np.mean(far) > np.log(10)
    assert min(far) > np.log(10) - 0.05 and max(far) > 3  # as bad as knowing nothing, or worse


def test_12_5_both_intervals():
    z2 = classification.Z_95**2
    assert looking.wald(0, 200) == (0, 0)
    assert np.isclose(classification.wilson(0, 200)[1], z2 / (200 + z2))
    for end in classification.wilson(0.065, 200):  # the ends solve the inequality as it stood
        assert np.isclose(abs(0.065 - end), classification.Z_95 * np.sqrt(end * (1 - end) / 200))
    p = np.linspace(0.012, 0.3, 100)
    held = [[looking.coverage(f, 200, q) for q in p] for f in (classification.wilson, looking.wald)]
    assert min(held[0]) > 0.92 > 0.9 > min(held[1])
    assert abs(np.mean(held[0]) - 0.95) < 0.01


def test_12_6_the_rivals_see_as_many_numbers_and_each_respect_counts(trained, whole):
    assert trained.config.T * trained.config.N**2 == whole.config.N**2 == 256
    assert abs(looking.count(whole.config) / looking.count(trained.config) - 1) < 0.02
    coarse, fine = (looking.of_fixed(name) for name in fixed_places.NETWORKS)
    assert (whole.wrong.sum(), coarse.sum(), fine.sum()) == (70, 83, 51)
    closer, error = looking.paired(coarse, fine)
    assert round(closer) == 16 and closer > 4 * error
    chosen, error = looking.paired(fine, trained.wrong)
    assert round(chosen) == 19 and chosen > 4 * error
    gain, _ = looking.paired(whole.wrong, coarse)
    assert gain < 0
    assert 4 * (fixed_places.FINE // 2) ** 2 > 2 * 256


def test_12_6_a_paired_difference_by_hand():
    a, b = np.array([True, True, False, False]), np.array([True, False, False, False])
    mean, error = looking.paired(a, b)
    assert mean == 25 and error == pytest.approx(25)


def test_12_7_a_network_does_what_it_was_trained_for(trained):
    stopped = [share for share, *_ in looking.stopped(trained, range(1, 9))]
    found = {T: share for T, (share, *_) in looking.trained_for(trained).items()}
    assert min(stopped) == stopped[3] == pytest.approx(found[4])
    assert stopped[7] > 4 * stopped[3]
    assert (found[1], found[2]) == pytest.approx((0.43, 0.12)) and stopped[0] > 0.8


def test_12_8_the_papers_table_and_the_answers():
    assert [error for _, error in paper_tables.TABLE_1] == [14.35, 9.41, 8.11, 4.18, 3.36]
    assert "MNIST" not in draw_np.load("cluttered-small").dataset().variant
    assert round(100 * classification.wilson(0, 100)[1], 1) == 3.7
    eight, four = (classification.wilson(e, 10_000) for e in (0.0336, 0.0418))
    assert [round(100 * v, 2) for v in (*eight, *four)] == [3.02, 3.73, 3.81, 4.59]
    assert int(np.prod(glimpse.shapes(looking.PAPER)["rnn.W"])) == (144 + 256) * 1024 == 409_600


def test_the_other_figures_are_drawn(trained, whole, made):
    network = draw_np.load("cluttered-small")
    for figure, *args in (
        (looking.composing, made),
        (looking.learned, network),
        (looking.figure_5, trained),
        (looking.windows_over_images, trained),
        (looking.named_wrongly, trained),
        (looking.one_look, trained, whole),
        (looking.rivals, trained),
    ):
        assert drawn(figure, *args).axes
