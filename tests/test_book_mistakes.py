"""What chapter 14 says of twenty mistakes, measured: the sections are those of the chapter."""

import numpy as np
import pytest
from autograd import grad
from matplotlib.text import Text
from strategies import problem

import draw_np
from draw_np import attention, mistakes, model
from draw_np.book import mistakes_gallery as gallery
from draw_np.book import mistakes_symptoms as symptoms
from draw_np.book.attention import digit
from draw_np.fast import driver
from draw_np.pictures import plot
from draw_np.training import optim
from draw_np.training.engines import ENGINES


@pytest.fixture(scope="module")
def network():
    return draw_np.load("small")


@pytest.fixture(scope="module")
def scene(network):
    return gallery.scene(network, M=20)


@pytest.fixture
def said(monkeypatch):
    """What is displayed as words and tables."""
    found = []
    monkeypatch.setattr(symptoms, "say", found.append)
    monkeypatch.setattr(gallery, "say", found.append)
    for module in (symptoms, gallery):
        monkeypatch.setattr(module, "table", lambda header, rows: found.append([header, *rows]))
    return found


def drawn(figure, *args):
    """What a function of the book draws, and its alternative text."""
    with plot.style():
        made = figure.__wrapped__(*args)
    return made if isinstance(made, tuple) else (made, None)


# ---------------------------------------------------------------- the catalogue


def test_twenty_mistakes_are_shown_and_all_are_of_the_catalogue():
    assert len(set(gallery.TWENTY)) == 20
    assert set(gallery.TWENTY) <= set(mistakes.CATALOGUE)


def test_the_lines_of_a_mistake_are_those_of_its_edit_and_name_its_test(said):
    for number, name in enumerate(gallery.TWENTY, 1):
        gallery.lines(number)
        entry = mistakes.CATALOGUE[name]
        assert entry.difference in said[-1]
        assert f"`{entry.where}`" in said[-1] and f"`{entry.check}`" in said[-1]


def test_the_opening_moves_a_grid_by_one_stride_and_puts_it_back():
    g, delta = np.array([14.5]), np.array([6.75])
    right = attention.filter_centres(g, delta, 5)
    with mistakes.made("zero-based-grid"):
        np.testing.assert_allclose(attention.filter_centres(g, delta, 5), right - 6.75)
    np.testing.assert_array_equal(attention.filter_centres(g, delta, 5), right)


def test_every_one_of_the_twenty_is_found_by_one_kind_of_question(said):
    numbers = [n for found in gallery.QUESTIONS.values() for n in found]
    assert sorted(numbers) == list(range(1, 21))
    gallery.questions()
    assert len(said[0]) == 1 + len(gallery.QUESTIONS)


def test_the_catalogue_is_folded_and_whole(said):
    gallery.all_of_them(dict.fromkeys(mistakes.CATALOGUE, 1.5))
    (text,) = said
    assert text.startswith("<details>") and text.endswith("</details>")
    assert text.count("| +1.50 |") == len(mistakes.CATALOGUE)


# ---------------------------------------------------------------- 14.1 what the bound says


@pytest.mark.slow
def test_five_mistakes_make_the_number_better_and_nine_leave_it_alone(network):
    scene = gallery.scene(network)
    changes = gallery.changes_of_the_bound(scene)
    kinds = {name: gallery.verdict(change) for name, change in changes.items()}
    assert len(kinds) == 52
    assert sum(kind == "better" for kind in kinds.values()) == 5
    assert sum(kind == "same" for kind in kinds.values()) == 9
    assert round(sum(gallery.terms_with(None, *scene)), 2) == 76.69
    for number in (6, 5, 8, 13, 19, 20):
        assert kinds[gallery.TWENTY[number - 1]] == "same", number
    # answer 2
    fall = [round(-changes[gallery.TWENTY[n - 1]]) for n in (3, 4, 1)]
    assert fall == [17, 21, 4]


def test_terms_with_a_mistake_and_without():
    config, params, x, eps = problem("attention")
    L_x, L_z = gallery.terms_with(None, params, x, eps, config)
    assert np.isclose(L_x + L_z, model.loss(params, x, eps, config))
    wrong_x, wrong_z = gallery.terms_with("kl-averaged-over-steps", params, x, eps, config)
    assert wrong_x == L_x and np.isclose(wrong_z, L_z / config.T)


@pytest.mark.parametrize(
    "change, said", [(-4, "better"), (0.01, "same"), (-0.01, "same"), (5, "near"), (80, "worse")]
)
def test_verdict(change, said):
    assert gallery.verdict(change) == said


def test_verdicts_are_sorted_counted_and_numbered():
    fig, alt = drawn(gallery.verdicts, {"c": 500.0, "a": -3.0, "zero-based-grid": 0.0, "d": 4.0})
    ax = fig.axes[0]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["a", "zero-based-grid  (9)", "d", "c"]
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [w.rpartition(": ")[2] for w in words] == ["1", "1", "1", "1"]
    assert "overlooks 2" in fig.get_suptitle() and "each of 4 mistakes" in alt


# ---------------------------------------------------------------- 14.2 latent and bound


def test_mistake_1_disagrees_with_samples_and_the_closed_form_does_not(scene):
    by_samples, closed, wrong = symptoms.measured_kl(scene)
    apart = (by_samples - closed).sum(axis=1)
    error = apart.std(ddof=1) / len(apart) ** 0.5
    assert abs(apart.mean()) < 4 * error < (closed - wrong).sum(axis=1).mean()


def test_mistake_1_costs_nothing_at_the_prior():
    prior = np.zeros((1, 16))
    right, wrong = symptoms.both("kl-by-log-variance", lambda: model.kl_to_prior(prior, prior)[0])
    assert right == wrong == 0


def test_mistake_2_moves_the_number_and_no_gradient(scene, said):
    symptoms.kl_constant_once_a_step(scene)
    T, Z = scene.config.T, scene.config.Z
    ((_, prior, bound, gradient),) = said
    assert prior[1:] == ("0", f"{(Z - 1) / 2:g}")
    assert np.isclose(float(bound[2]) - float(bound[1]), T * (Z - 1) / 2)
    assert gradient[2] == "differs by 0"


def test_mistake_3_makes_two_noises_alike(scene):
    fig, _ = drawn(symptoms.noise_dropped, scene, 3)
    title = fig.get_suptitle()
    assert title.endswith("with the mistake by 0")
    assert float(title.split("up to ")[1].split(";")[0]) > 0.3
    assert gallery.terms_with("noise-dropped", *scene)[0] < gallery.terms_with(None, *scene)[0]


def test_mistakes_4_and_5_fall_below_the_weighted_bound(scene, said):
    found = symptoms.weighted_bounds(scene, K=(1, 5, 10), images=20)
    right, wrong = found["right"], found["wrong"]
    assert right == sorted(right, reverse=True)
    assert abs(right[0] - wrong[0]) < 0.6 < 1 < right[-1] - wrong[-1]
    assert right[-1] - found["claimed"] > 2 * (right[0] - right[-1])
    symptoms.kl_averaged_over_steps(found)
    assert f"with 10 samples, weighted by importance, {right[-1]:.1f}" in said[0]
    ax = drawn(symptoms.weights_by_closed_form, found)[0].axes[0]
    assert ax.get_xscale() == "log"
    assert ax.texts[0].get_text() == f"{right[0]:.1f} and {wrong[0]:.1f}" and len(ax.texts) == 3


# ---------------------------------------------------------------- 14.3 training and data


def test_mistake_6_is_the_same_in_both_engines():
    config, params, x, eps = problem("attention")
    with mistakes.made("attention-detached"):
        _, by_autograd = ENGINES["autograd"].terms_and_gradient(params, x, eps, config)
    with symptoms.detached():
        _, fast = driver.terms_and_gradient(params, x, eps, config)
    for name, slope in by_autograd.items():
        np.testing.assert_allclose(fast[name], slope, rtol=1e-9, atol=1e-12)
    assert not any(np.any(fast[name]) for name in symptoms.HEADS)


def test_mistake_6_leaves_the_heads_where_they_began(network):
    losses, moved = symptoms.trained(network.dataset(), 5)
    with symptoms.detached():
        others, stay = symptoms.trained(network.dataset(), 5)
    assert losses[0] == others[0] and losses[-1] < losses[0] and others[-1] < others[0]
    assert moved[-1] > 0 and not np.any(stay)


@pytest.mark.slow
def test_mistake_6_lets_the_loss_fall_all_the_same_and_the_heads_never_move(network):
    fig, alt = drawn(symptoms.attention_detached, network.dataset())
    right, wrong, coins = (line.get_ydata() for line in fig.axes[0].lines)
    assert round(coins[0], 1) == 194.1 and abs(right[0] - 195) < 1 and abs(wrong[0] - 195) < 1
    assert abs(right[-1] - 104) < 3 and abs(wrong[-1] - 166) < 3  # as the text and its figure say
    assert "to 104 nats" in alt and "to 166" in alt
    learned, stay = (line.get_ydata() for line in fig.axes[1].lines)
    assert learned[-1] > 1 and not np.any(stay)


def test_mistake_7_makes_the_gradient_longer_and_clipping_hides_it(scene, said):
    for M in (5, 20):
        few = scene.first(M)
        right, wrong = symptoms.both("sum-over-images", lambda few=few: grad(model.loss)(*few))
        lengths = [optim.global_norm(g) for g in (right, wrong)]
        assert np.isclose(lengths[1], M * lengths[0]) and lengths[0] < 300 < lengths[1]
    symptoms.sum_over_images(scene.first(5))
    assert [row[3] for row in said[0][1:]] == ["none"] * 3


def test_mistake_8_stops_at_18_nats_and_lets_go():
    c = np.array([-50.0, 2.0])
    (cost, slope), (cost_eps, slope_eps) = symptoms.both(
        "probability-plus-epsilon", lambda: symptoms.sure_and_wrong(c)
    )
    assert cost[0] == pytest.approx(50) and cost_eps[0] == pytest.approx(-np.log(1e-8))
    assert slope[0] == pytest.approx(-1) and abs(slope_eps[0]) < 1e-12


def test_grey_pixels_give_another_number(scene, said):
    assert set(np.unique(scene.x)) == {0.0, 1.0}
    symptoms.grey_pixels(scene)
    right, wrong = (
        float(part.split(": ")[1].split(" nats")[0].rstrip("."))
        for part in said[0].split(" On the")
    )
    assert right == pytest.approx(sum(gallery.terms_with(None, *scene)), abs=0.06)
    assert wrong > right + 2  # answer 2: grey images raise it


# ---------------------------------------------------------------- 14.4 the filterbank


@pytest.mark.parametrize(
    "name, N, low, high",
    [
        ("zero-based-grid", 2, -26, 1),
        ("zero-based-grid", 5, -5.75, 21.25),
        ("stride-over-n-filters", 2, 7.75, 21.25),
        ("stride-over-n-filters", 5, 3.7, 25.3),
    ],
)
def test_first_grids_of_mistakes_9_and_10(name, N, low, high):
    right, wrong = symptoms.both(name, lambda: symptoms.first_grid(N)[1])
    assert (right[0], right[-1]) == pytest.approx((1, 28))
    assert (wrong[0], wrong[-1]) == pytest.approx((low, high))
    fig, _ = drawn(symptoms.first_grids, name)
    ax = fig.axes[(2, 5).index(N)]
    assert ax.get_xlim()[0] < min(low, 1) and ax.get_xlim()[1] > max(high, 28)
    assert_headings_clear_of_the_edge(fig)


def assert_headings_clear_of_the_edge(fig):
    fig.canvas.draw()
    words = [text for text in fig.findobj(Text) if text.get_text()]
    assert max(text.get_window_extent().y1 for text in words) < fig.bbox.y1 - 0.05 * fig.dpi


def test_the_headings_of_mistake_15_are_clear_of_the_edge():
    assert_headings_clear_of_the_edge(drawn(symptoms.patch_transposed)[0])


def test_three_filters_of_four_miss_the_image_with_mistake_9():
    _, wrong = symptoms.both("zero-based-grid", lambda: symptoms.first_grid(2)[1])
    inside = [(x > 0.5) & (y > 0.5) for x in wrong for y in wrong]
    assert sum(inside) == 1


def test_mistake_11_breaks_the_mirror():
    raw = np.array([[0.2, -0.1, 0.5, -0.4, 0.1]])
    right, wrong = symptoms.both(
        "centre-at-half-the-width", lambda: symptoms.asymmetry(digit(25), raw, 5)
    )
    assert right < 1e-12 and wrong > 0.01


def test_mistake_12_squares_the_variance():
    logs = np.array([0.0, 1.0, 2.0])
    right, wrong = symptoms.both("whole-fraction-squared", lambda: symptoms.banks(logs))
    np.testing.assert_allclose([symptoms.variance(F) for F in right], np.exp(logs), rtol=1e-6)
    np.testing.assert_allclose(
        [symptoms.variance(F) for F in wrong], 2 * np.exp(logs) ** 2, rtol=2e-3
    )
    (narrow,) = symptoms.banks([-1.0])
    assert symptoms.variance(narrow) < np.exp(-1)


def test_mistake_13_reads_nothing_outside_and_lets_go():
    (reading, pull), (reading_eps, pull_eps) = symptoms.both(
        "epsilon-added-to-the-sum", lambda: symptoms.on_the_way_out(np.array([20.0, 36.0]))
    )
    np.testing.assert_allclose(reading, 1)
    assert reading_eps[1] < 1e-8 and pull_eps[1] < 1e-4 * pull[1]


# ---------------------------------------------------------------- 14.5 and 14.6


def test_mistake_14_leaves_the_start_as_it_is(scene):
    right, wrong = symptoms.both("write-with-gamma", lambda: symptoms.generated(scene, 4))
    assert np.abs(wrong.means[-1] - wrong.means[0]).max() < 0.1
    assert np.abs(right.means[-1] - right.means[0]).max() > 0.9
    assert np.median(right.writing.gamma) < 0.03


def test_mistake_15_lays_the_image_down():
    x, grid = digit(25), symptoms.one(14.5, 14.5, 2.2, 1.2)
    right, wrong = symptoms.both("patch-transposed", lambda: attention.glimpse(x, grid, 11))
    np.testing.assert_allclose(wrong, attention.glimpse(np.swapaxes(x, 2, 3), grid, 11))
    assert not np.allclose(wrong, right)


def test_mistake_16_leaves_one_head_idle(scene):
    fig, _ = drawn(symptoms.one_head_for_both, scene)
    assert f"{5 * (scene.config.H + 1)} weights" in fig.get_suptitle()
    right, wrong = ([line.get_ydata() for line in ax.lines] for ax in fig.axes)
    np.testing.assert_array_equal(*wrong)
    assert np.abs(right[0] - right[1]).max() > 0.5


def test_mistake_17_keeps_the_last_latent_from_the_canvas(scene):
    right, wrong = symptoms.both(
        "write-from-the-state-before", lambda: symptoms.last_latent_matters(scene)
    )
    assert wrong == 0 < right


def test_mistake_18_begins_grey_and_stays_grey_at_the_border(scene):
    _, wrong = symptoms.both("starts-at-zero", lambda: model.reconstruct(*scene.first(4)))
    assert np.all(wrong.means[0] == 0.5)
    border = [wrong.means[-1][..., side, :] for side in (0, -1)]
    assert np.median(border) > 0.3


def test_mistake_19_lacks_one_canvas(scene):
    right, wrong = symptoms.both("last-canvas-lost", lambda: symptoms.generated(scene, 3))
    np.testing.assert_array_equal(wrong.c, right.c[:-1])


def test_mistake_20_needs_the_encoder_and_what_is_right_does_not(scene):
    z = np.random.default_rng(1).standard_normal((scene.config.T, 2, scene.config.Z))
    assert symptoms.knows_no_encoder(model.generate, scene.params, z, scene.config)
    with mistakes.made("reconstruction-as-generation"), np.errstate(all="ignore"):
        assert not symptoms.knows_no_encoder(model.generate, scene.params, z, scene.config)


def test_windows_of_a_row_stand_in_its_columns():
    config, params, x, eps = problem("attention")
    drawing = model.reconstruct(params, x, eps, config)
    marks = symptoms.window_marks(2, drawing.writing, 1, config.N_write, config, [1, config.T])
    assert [(row, k) for row, k, *_ in marks] == [(2, 0), (2, 1)]
    assert [thickness for *_, thickness, _ in marks] == pytest.approx(
        [max(0.3, drawing.writing.sigma2[t, 1] ** 0.5) for t in (0, config.T - 1)]
    )


# ---------------------------------------------------------------- 14.7 and the answers


@pytest.mark.parametrize("name", gallery.REMEDIES)
def test_other_weights_make_up_for_a_change_of_coordinates(name):
    config, params, x, eps = problem("attention")
    before = {n: v.copy() for n, v in params.items()}
    right = model.terms(params, x, eps, config)
    other = gallery.made_up_for(params, name, config)
    with mistakes.made(name):
        spoilt = model.terms(params, x, eps, config)
        again = model.terms(other, x, eps, config)
    assert not np.allclose(spoilt.L_x, right.L_x)
    np.testing.assert_allclose(again.L_x, right.L_x, rtol=1e-9)
    np.testing.assert_allclose(again.L_z, right.L_z, rtol=1e-9)
    for n, v in before.items():
        np.testing.assert_array_equal(params[n], v)


def test_made_up_for_gives_the_right_bound_five_times(scene, said):
    gallery.made_up(scene)
    right = f"{sum(gallery.terms_with(None, *scene)):.2f}"
    assert [row[3] for row in said[0][1:]] == [right] * 5
    assert right not in [row[2] for row in said[0][1:]]


@pytest.mark.parametrize(
    "name, shift",
    [
        ("exponent-without-2", lambda A, B: [0, 0, np.log(2), 0, 0]),
        ("pixels-from-zero", lambda A, B: [-2 / (A + 1), -2 / (B + 1), 0, 0, 0]),
    ],
)
def test_answers_3_and_4_make_up_by_the_biases(scene, name, shift):
    moved = np.array(shift(scene.config.A, scene.config.B))
    other = {**scene.params, **{b: scene.params[b] + moved for b in ("read.b", "write.b")}}
    right = sum(gallery.terms_with(None, *scene))
    again = sum(gallery.terms_with(name, other, *scene[1:]))
    assert np.isclose(again, right, rtol=1e-10)
    assert sum(gallery.terms_with(name, *scene)) > right + 1


def test_answer_1_four_mistakes_leave_the_gradient_as_it_is():
    config, params, x, eps = problem("attention")
    right = grad(model.loss)(params, x, eps, config)
    same = []
    for number, name in enumerate(gallery.TWENTY, 1):
        with mistakes.made(name), np.errstate(all="ignore"):
            wrong = grad(model.loss)(params, x, eps, config)
        if all(np.array_equal(wrong[n], right[n]) for n in right):
            same.append(number)
    assert same == [2, 5, 19, 20]


def test_answer_6_a_finite_difference_sees_mistake_6_alone():
    config, params, x, eps = problem("attention")
    rng = np.random.default_rng(3)
    way = {n: rng.standard_normal(v.shape) for n, v in params.items()}

    def loss(h):
        return model.loss({n: v + h * way[n] for n, v in params.items()}, x, eps, config)

    seen = []
    for number, name in enumerate(gallery.TWENTY, 1):
        with mistakes.made(name):
            slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
            gradient = grad(model.loss)(params, x, eps, config)
        along = sum(np.sum(gradient[n] * way[n]) for n in way)
        if not np.isclose(along, slope, rtol=1e-5):
            seen.append(number)
    assert seen == [6]
