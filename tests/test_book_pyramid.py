"""What chapter 16 says: the sections are those of the chapter."""

import numpy as np
import pytest
from autograd import grad

import draw_np
from draw_np import gradcheck, nn, pyramid
from draw_np.book import pyramid as book
from draw_np.measuring import samples
from draw_np.measuring.recognise import recogniser
from draw_np.pictures import plot


@pytest.fixture(scope="module")
def network():
    return draw_np.load("small-pyramid")


@pytest.fixture(scope="module")
def real():
    return book.digits("test")


def drawn(figure, *given):
    """What a function of the book draws."""
    with plot.style():
        return figure.__wrapped__(*given)


# ---------------------------------------------------------------- 16.1


def test_enlarging_what_was_reduced_does_not_give_a_digit_back(real):
    again = pyramid.expand(pyramid.reduce(real))
    assert np.mean(np.abs(again - real)) > 0.01
    details = [h for _, h in pyramid.take_apart(real, 3)]
    np.testing.assert_allclose(pyramid.put_together(details), real, atol=1e-5)


def test_whatever_halving_is_nothing_is_lost(monkeypatch, real):
    """Answer 1."""
    monkeypatch.setattr(pyramid, "reduce", lambda picture: picture[..., ::2, ::2])
    details = [h for _, h in pyramid.take_apart(real, 3)]
    np.testing.assert_allclose(pyramid.put_together(details), real, atol=1e-5)


def test_a_grey_image_has_no_details():
    """Answer 3."""
    grey = np.full((1, 1, 8, 8), 0.3)
    (l_0, h_0), *_ = pyramid.take_apart(grey, 2)
    np.testing.assert_allclose(l_0, 0.3)
    np.testing.assert_allclose(h_0, 0, atol=1e-15)


# ---------------------------------------------------------------- 16.2


def test_196_numbers_say_which_digit_it_is_and_49_mostly(network, real):
    labels = network.dataset().test.labels
    right = [(recogniser().named(book.only_coarse(real, k)) == labels).mean() for k in (0, 1, 2)]
    assert right[0] > 0.97 and right[1] > 0.95 and 0.7 < right[2] < 0.8


def test_without_finer_details_an_image_is_its_coarse_picture_enlarged(real):
    small = pyramid.reduce(pyramid.reduce(real))
    twice = np.clip(pyramid.expand(pyramid.expand(small)), 0, 1)
    np.testing.assert_allclose(book.only_coarse(real, 2), twice, atol=1e-6)
    np.testing.assert_allclose(book.only_coarse(real, 0), real, atol=1e-6)


def test_the_middle_level_loses_most_and_the_coarsest_nothing_that_one_can_see(network, real):
    z = np.random.default_rng(2).standard_normal((3, len(real), network.config.Z))
    z = z.astype(np.float32)
    images = [book.detailed(network.params, real, z, k, network.config) for k in (1, 2)]
    images = [real, *images, network.draw(1000, seed=1).means[-1]]
    edges, middle, coarsest = -np.diff(
        [samples.named(recogniser().probabilities(x)).sure for x in images]
    )
    assert middle > 0.1 and 0 < edges < 0.06 and abs(coarsest) < 0.06  # of 200 digits: +- 0.03


# ---------------------------------------------------------------- 16.3


def test_slopes_by_finite_differences_of_each_players_cost():
    rng = np.random.default_rng(4)
    point = {name: rng.standard_normal(1) for name in ("w", "b", "psi", "chi")}
    x, z = rng.standard_normal((2, 5))

    def logits(p):
        return p["psi"] * x + p["chi"], p["psi"] * (p["w"] * z + p["b"]) + p["chi"]

    def D(p):
        real, made = logits(p)
        return np.mean(nn.softplus(-real)) + np.mean(nn.softplus(made))

    def G(p):
        return np.mean(nn.softplus(-logits(p)[1]))

    found = dict(zip(point, book.slopes(**point, x=x, z=z), strict=True))
    for cost, names in ((G, ("w", "b")), (D, ("psi", "chi"))):
        own = {n: point[n] for n in names}
        verdict = gradcheck.check(
            lambda q, cost=cost: cost({**point, **q}), own, {n: found[n] for n in names}
        )
        assert verdict.ok, str(verdict)


def test_the_steps_by_hand():
    path = book.orbit(b=1.0, psi=0.0, rate=1.0, steps=2)
    np.testing.assert_allclose(path, [[1, 0], [1, -0.5], [0.689, -0.878]], atol=5e-4)
    long = book.orbit(b=1.0, psi=0.0, rate=1.0, steps=5)
    assert long[:, 0].min() < 0  # past the middle


def test_who_is_always_found_out_has_a_slope_all_the_same():
    sure = np.array([-30.0])
    flat = grad(lambda a: -np.sum(nn.softplus(a)))(sure)
    steep = grad(lambda a: np.sum(pyramid.cost_of_being_found_out(a)))(sure)
    assert abs(flat[0]) < 1e-12 and steep[0] == pytest.approx(-1)


def test_who_cannot_tell_has_a_cost_of_two_log_two():
    undecided = pyramid.cost_of_telling(np.zeros(1), np.zeros(1))
    assert undecided[0] == pytest.approx(1.386, abs=5e-4)


# ---------------------------------------------------------------- 16.4


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.4])
def test_a_step_near_the_middle_turns_and_lengthens(rate):
    here = np.array([1e-4, 2e-4])
    after = book.orbit(*here, rate=rate, steps=1)[1]
    np.testing.assert_allclose(after, np.array([[1, rate / 2], [-rate / 2, 1]]) @ here, rtol=1e-3)
    longer = np.linalg.norm(after) / np.linalg.norm(here)
    assert longer == pytest.approx(np.sqrt(1 + rate**2 / 4), rel=1e-4)


def test_both_ways_lead_to_one_ring_and_spread_to_the_middle():
    inner, outer = (book.orbit(b=b, psi=0, rate=0.4, steps=2000)[-40:] for b in (0.1, 1.6))
    radii = [np.linalg.norm(path, axis=1).mean() for path in (inner, outer)]
    assert radii[0] == pytest.approx(radii[1], rel=0.02) and radii[0] > 0.5
    spread = book.orbit(b=1.6, psi=0, rate=0.4, steps=300, spread=1)
    assert np.linalg.norm(spread[-1]) < 0.01


def test_doubled_after_36_steps():
    """Answer 5."""
    longer = np.sqrt(1 + 0.4**2 / 4)
    assert longer**35 < 2 < longer**36 and longer == pytest.approx(1.0198, abs=1e-4)


# ---------------------------------------------------------------- 16.5


def test_a_fast_generator_draws_one_grey_and_jumps_a_slow_one_draws_both():
    _, fast = book.one_pixel({"beta1": 0.5, "pace": book.much_faster})
    _, slow = book.one_pixel({})
    assert np.median(fast.std(axis=1)) < 0.12 and np.ptp(np.median(fast, axis=1)) > 0.4
    last = slow[-10:]
    dark, bright = np.abs(last - 0.25) < 0.12, np.abs(last - 0.75) < 0.12
    assert dark.mean() > 0.25 and bright.mean() > 0.25 and (dark | bright).mean() > 0.9


# ---------------------------------------------------------------- 16.7


def test_what_comes_with_the_package_draws_digits(network, real):
    """The bar: 70 % of 1,000 named with p > 0.9, 4 to 20 % of each class, no copies."""
    m = book.measured(
        network.draw(1000, seed=5).means[-1], recogniser(), book.digits("train"), real
    )
    assert m["sure"] == pytest.approx(0.785, abs=0.01)
    assert m["shares"].min() >= 0.04 and m["shares"].max() <= 0.2
    between = samples.nearest(real, book.digits("train"))[1]
    assert m["nearest"] > between.min()  # no nearer than a real test digit comes


def test_three_ways_had_the_same_time_and_the_pyramid_is_the_packaged_one(network, real):
    reached = book.EQUAL_TIME
    seconds = [r.seconds for r in reached.values()]
    assert max(seconds) < 1.2 * min(seconds)
    m = book.measured(
        network.draw(1000, seed=5).means[-1], recogniser(), book.digits("train"), real
    )
    stored = reached["coarse, then detail"]
    assert stored.sure == pytest.approx(m["sure"], abs=0.01)
    assert stored.energy == pytest.approx(m["energy"], abs=0.01)
    assert stored.nearest == pytest.approx(m["nearest"], abs=0.05)
    assert [stored.smallest, stored.largest] == pytest.approx(
        [m["shares"].min(), m["shares"].max()], abs=0.01
    )


def test_what_real_test_digits_reach_beside_them(real):
    training = book.digits("train")
    m = book.measured(real, recogniser(), training, real)
    assert m["sure"] == pytest.approx(0.945, abs=0.003) and m["nearest"] == pytest.approx(
        1.75, abs=0.01
    )
    assert all(r.nearest > m["nearest"] for r in book.EQUAL_TIME.values())  # none is a copy


def test_copies_are_found_by_the_nearest_image_alone(real):
    """Answer 7."""
    training = book.digits("train")
    m = book.measured(training[:300], recogniser(), training, real)
    assert m["sure"] > 0.9 and m["energy"] < 0.1 and m["nearest"] < 1e-3


def test_figures_are_drawn(network, real):
    pictures = network.draw(8, seed=0)
    figures = [
        drawn(book.drawn, pictures),
        drawn(book.taken_apart, real[:3]),
        drawn(book.orbits, {"a": book.orbit(1, 0, 0.4, 5)} | {"b": book.orbit(1, 0, 0.4, 5)}),
        drawn(book.side_by_side, dict.fromkeys("abc", real[:30])),
    ]
    assert all(fig.axes for fig in figures)
