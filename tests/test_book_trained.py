"""Chapter 10, the trained network: every claim of its text, and what its figures show."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest

import draw_np
from draw_np import data, model, parameters
from draw_np.attention import Attention
from draw_np.book import first, trained
from draw_np.config import Config
from draw_np.measuring import bounds
from draw_np.training import loop, optim

pytestmark = pytest.mark.usefixtures("in_style")

ROOT = Path(__file__).parent.parent
CONFIG = Config(A=7, B=6, C=2, T=3, H=5, Z=2, N_read=2, N_write=3)


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


def test_10_0_windows_become_small_and_sharp(small):
    _, writing = trained.of_a_seed(small)
    stride, sigma = (np.median(v, axis=1) for v in (writing.delta, writing.sigma2**0.5))
    assert [f"{v:.1f}" for v in (*stride[[0, -1]], *sigma[[0, -1]])] == ["8.1", "2.9", "3.9", "1.3"]
    reach = 2 * writing.delta[0] + 0.5
    beyond = [
        writing.g_X[0] - reach < 0.5,
        writing.g_X[0] + reach > 28.5,
        writing.g_Y[0] - reach < 0.5,
        writing.g_Y[0] + reach > 28.5,
    ]
    assert np.any(beyond, axis=0).all()  # all frames of the first step are cut


def test_10_1_the_arrays(small, without):
    total = sum(v.size for v in small.params.values())
    assert total == parameters.count(small.config) == 241_363
    assert parameters.count(without.config) == 1_115_200
    c = small.config
    assert (c.T, c.H, c.Z, c.N_read, c.N_write) == (12, 128, 16, 5, 5)
    assert small.params["enc.W"].shape == (2 * 5 * 5 + 2 * c.H, 4 * c.H)
    names = {f"{part}.{k}" for part in trained.USES for k in "Wb"}
    assert {n for n in small.params if not n.endswith("_0")} == names  # the table leaves none out
    grown = parameters.shapes(replace(c, A=56, B=56))
    assert [n for n in grown if grown[n] != small.params[n].shape] == ["c_0"]


# ---------------------------------------------------------------- 10.2


@pytest.fixture(scope="module")
def chapter():
    """The chapter's own Adam, and what its training loop leaves."""
    stored = nbformat.read(ROOT / "chapters" / "10_trained.ipynb", as_version=4)
    cells = {cell.get("id"): cell.source for cell in stored.cells}
    names = {}
    for cell in ("imports", "load", "adam", "loop-code"):
        exec(compile(cells[cell], cell, "exec"), names)
    return names


def test_10_2_the_loop_of_the_chapter_is_the_packages_to_the_last_bit(chapter, small, digits):
    run = loop.begin("small", small.config, small.recipe, digits, small.seed)
    for _ in range(4):
        measured = loop.advance(run, digits)
    for name, theta in chapter["ours"].items():
        assert np.array_equal(theta, run.params[name]), name
    last = chapter["terms"].L_x + chapter["terms"].L_z.sum()
    assert np.isclose(measured.objective, last, rtol=1e-6)
    assert chapter["M"] == 64


def test_10_2_clipping_by_hand():
    half, length = optim.clip_by_global_norm(
        {"a": np.array([3.0, 4.0]), "b": np.array([12.0])}, 6.5
    )
    assert length == 13 and half["a"].tolist() == [1.5, 2] and half["b"].tolist() == [6]


def test_10_2_adam_by_hand(chapter):
    adam = chapter["adam"]
    theta, m, v = adam(np.array([0.0]), 4.0, 0.0, 0.0, 1, 0.1)
    assert np.isclose(theta[0], -0.1) and np.isclose([m, v], [0.4, 0.016]).all()
    again, m, v = adam(theta, -1.0, m, v, 2, 0.1)
    assert np.isclose(m, 0.26) and np.isclose(v, 0.016984)
    assert np.isclose(m / 0.19, 1.3684, atol=5e-5) and np.isclose(v / 0.001999, 8.4962, atol=5e-5)
    assert round(float(again[0] - theta[0]), 4) == -0.0469
    theta, m, v = adam(np.array([0.0]), 4000.0, 0.0, 0.0, 1, 0.1)  # a thousand times as large
    theta, _, _ = adam(theta, -1000.0, m, v, 2, 0.1)
    assert np.isclose(theta[0], again[0])


def longest(n):
    """The largest possible step of Adam after n updates, in units of alpha."""
    q = 0.9**2 / 0.999
    return 0.1 / (1 - 0.9**n) * np.sqrt((1 - 0.999**n) / 0.001 * (1 - q**n) / (1 - q))


def last_step(adam, gradients, n=100_000):
    """The length of the last step, in units of alpha, after very many zeros."""
    theta, m, v = 0.0, 0.0, 0.0
    for k, g in enumerate(gradients, start=n):
        before = theta
        theta, m, v = adam(theta, g, m, v, k, 1.0)
    return abs(theta - before)


def test_10_2_how_long_a_step_can_be(chapter):
    adam = chapter["adam"]
    assert round(last_step(adam, [1.0] * 11), 1) == 6.6
    growing = [(0.999 / 0.9) ** k for k in range(60)]
    assert last_step(adam, growing) == pytest.approx(7.27, abs=0.005)
    lengths = longest(np.arange(1, 30_000))
    assert lengths[0] == pytest.approx(1) and np.all(np.diff(lengths) > -1e-9)  # fewer: shorter
    assert lengths.max() == pytest.approx(7.27, abs=0.005) and lengths.max() < 7.3
    rng = np.random.default_rng(0)
    for _ in range(200):
        wild = rng.standard_normal(40) * np.exp(rng.normal(0, 3, 40))
        assert last_step(adam, wild) < 7.3
    assert abs(last_step(adam, [1.0] * 20_000) - 1) < 1e-2  # sign and size are kept


def test_10_2_the_gradients_are_clipped(small):
    norms = small.log["norm"]
    assert small.recipe.clip == 10 and round(float(np.median(norms))) == 143
    assert f"{np.mean(norms > 10):.0%}" == "99%"


@pytest.mark.slow
def test_10_2_the_first_150_steps_are_those_of_the_stored_training(small, digits):
    found, measured = trained.trained_so_far(small, digits)
    assert list(found) == [0, 30, 70, 150, small.step]
    kept = small.log["step"] <= 100  # of the stored training every tenth step was kept
    again = np.array([measured[int(n) - 1] for n in small.log["step"][kept]])
    assert np.allclose(again, small.log["bound"][kept], rtol=0.02)  # machines round differently
    assert [round(measured[n - 1]) for n in (1, 30, 70, 150)] == [198, 195, 173, 146]
    assert np.ptp(found[0], axis=0).max() < 0.2 < np.ptp(found[small.step], axis=0).max()


# ---------------------------------------------------------------- 10.3


def test_10_3_the_bound_and_its_parts(small, digits):
    log = small.log
    assert np.allclose(log["bound"], log["L_x"] + log["L_z"], rtol=1e-4)
    assert round(float(log["L_z"][:5].min()), 1) == 0.1
    means = []
    for n in (1000, 2000):
        near = np.abs(log["step"] - n) <= 100
        assert near.sum() == 20
        means.append([log[k][near].mean() for k in ("L_x", "L_z")])
    assert [f"{v:.1f}" for v in np.subtract(*means)] == ["6.4", "-0.2"]
    assert small.step == log["valid_step"][log["valid_bound"].argmin()]
    assert round(float(log["valid_bound"].min()), 1) == 80.4
    assert f"{small.result['bound']:.1f}, {small.result['error']:.1f}" == "80.1, 1.2"
    assert round(small.result["bound"] / np.log(2)) == 116
    coins = bounds.independent_pixels(digits.train.mean(), digits.test).mean()
    assert round(coins, 1) == 194.1
    fig = trained.bound.__wrapped__(small, digits)
    assert "194.1" in fig.axes[0].texts[0].get_text()
    assert np.allclose(fig.axes[0].lines[0].get_ydata(), coins)


# ---------------------------------------------------------------- 10.4


def test_10_4_the_kl_of_every_step(again, without, digits):
    kl = again.drawing.L_z.mean(axis=1)
    assert kl.argmax() == 0 and f"{kl[0]:.1f}" == "2.9"
    assert (f"{kl[1:].min():.1f}", f"{kl[1:].max():.1f}") == ("1.5", "2.1")
    plain = trained.redrawn(without, digits).drawing.L_z.mean(axis=1)
    assert np.all(np.diff(plain) < 0) and [f"{v:.1f}" for v in plain[[0, -1]]] == ["3.2", "0.7"]


@pytest.mark.slow
def test_10_4_the_loop_answers(again):
    lost, answered, paid = trained.disturbances(again)
    assert f"{lost[0]:.0f}, {answered[0]:.1f}, {paid[0]:.1f}" == "363, 2.3, 9.4"
    assert f"{lost[-1]:.1f}, {answered[-1]:.1f}" == "4.2, 4.2"
    assert np.isclose(lost[-1], answered[-1], rtol=1e-3) and abs(paid[-1]) < 1e-3
    assert np.all(np.diff(lost) < 0) and paid[0] == paid.max()


def test_10_4_a_spoiled_latent_costs_more_if_the_others_stay(small, digits):
    """The same with a few images, quickly."""
    few = trained.redrawn(small, digits, M=8)
    lost, answered, paid = trained.disturbances(few)
    assert lost[0] > 20 * (answered[0] + paid[0]) and np.isclose(lost[-1], answered[-1], rtol=1e-3)


# ---------------------------------------------------------------- 10.5


def test_10_5_most_of_the_path_is_the_same_for_all(again):
    for att in (again.drawing.reading, again.drawing.writing):
        for g, factor in ((att.g_Y, 2.5), (att.g_X, 1.4)):
            assert g.mean(axis=1).std() > factor * g.std(axis=1).mean()
    assert np.ptp(again.drawing.reading.g_X[0]) < 1e-4  # from h_dec_0, the same for all images
    assert again.drawing.writing.g_X[0].std() > 0.1  # question 5
    gamma = np.median(again.drawing.writing.gamma, axis=1)
    assert gamma.min() > 0.014 and gamma.max() < 0.03 and 1 / np.median(gamma) > 50


@pytest.mark.slow
def test_10_5_the_place_is_worth_most(again):
    found = trained.medians_instead(again)
    own = again.L_x + again.drawing.L_z.sum(axis=0).mean()
    wanted = {"centre": (91.2, 140.8), "stride": (81.3, 84.7), "all five": (91.8, 147.3)}
    for part, pair in wanted.items():
        assert found[part] == pytest.approx(pair, abs=0.1)
    assert found["stride"][1] - own == pytest.approx(4.4, abs=0.1)
    for part in ("variance", "intensity"):
        assert all(own < bound < own + 1.45 for bound in found[part])
    for which, k in (("reading", 0), ("writing", 1)):
        others = trained.bound_of(trained.instead(again, which, trained.exchanged))
        assert others > found["all five"][k] > own + 8
    same = trained.bound_of(trained.instead(again, "writing", lambda att: att))
    assert same == pytest.approx(own, rel=1e-4)


def test_10_5_paths_show_every_median_window_also_outside(again):
    left, right = trained.paths.__wrapped__(again).axes
    writing = again.drawing.writing
    assert len(left.patches) == len(right.patches) == 12
    g_X, delta = (np.median(v, axis=1)[0] for v in (writing.g_X, writing.delta))
    box = right.patches[0]
    assert box.get_x() == pytest.approx(g_X - 2 * delta - 0.5) and box.get_x() < 0.5
    assert right.get_xlim()[0] < box.get_x()
    shades = [patch.get_alpha() for patch in left.patches]
    assert shades == sorted(shades) and len({patch.get_linewidth() for patch in left.patches}) == 1


def test_10_5_every_step_from_near_with_one_scale(again):
    m = trained.first(again, 4)
    rows = list(trained.of_each_step(again, m).values())
    image, error, seen, written, stroke, canvas = rows
    drawing = again.drawing
    assert np.array_equal(image[3], again.x[m])
    assert np.allclose(canvas, 1 / (1 + np.exp(-drawing.c[1:, m])), atol=1e-6)
    assert np.allclose((stroke - 0.5) * 16, np.diff(drawing.c[:, m], axis=0), atol=1e-5)
    # what is drawn of the patch is what the encoder has read, without gamma
    t = 5
    x_hat = (error[t] - 0.5) * 2
    r, att = model.read(
        again.params, again.x[[m]], x_hat[None], again.states[t].h_dec[[m]], again.config
    )
    patch = np.reshape(r, (2, 5, 5))[1] / att.gamma[0]
    assert np.allclose(np.unique((seen[t] - 0.5) * 0.8), np.unique(patch), atol=1e-5)
    sizes = [np.abs(v - 0.5).mean(axis=(1, 2, 3)) for v in (seen, written, stroke)]
    for size in sizes:  # all fade, none to nothing
        assert 0 < size[-1] < 0.5 * size[0]
    fig = trained.twelve_steps.__wrapped__(again)
    assert [len(ax.patches) for ax in fig.axes] == [12, 12, 0, 0, 0, 12]


def test_10_5_the_figure_of_all_steps_lives():
    stored = nbformat.read(ROOT / "chapters" / "10_trained.ipynb", as_version=4)
    (cell,) = (cell for cell in stored.cells if cell.get("id") == "twelve")
    live = cell.outputs[0].metadata["draw_np"]["live"]
    assert (live["name"], live["network"]) == ("unrolled", "small")


def test_10_5_the_eye_is_where_the_pen_was(again):
    reading, writing = again.drawing.reading, again.drawing.writing
    together = np.abs(reading.g_Y[1:] - writing.g_Y[:-1]).mean()
    assert f"{together:.1f}" == "0.8"
    assert together < np.abs(reading.g_Y - reading.g_Y.mean()).mean() / 2


def test_10_5_bold_first_or_faint_first(again, without, digits):
    both = {"with": again, "without": trained.redrawn(without, digits)}
    sizes, shares = trained.strokes(both)
    assert np.all(np.diff(sizes["with"]) < 0) and np.all(np.diff(sizes["without"]) > 0)
    assert shares["with"][-1] < 0.4 < 0.9 < shares["without"][-1]


# ---------------------------------------------------------------- 10.6, 10.7, questions


def test_10_6_new_digits_are_farther_from_training_images_than_test_images(small):
    new, test = trained.distances(small).values()
    assert np.median(new) > np.median(test) and new.min() > test.min()
    batches = small.log["bound"][small.log["step"] > 2750].mean()
    assert round(batches, 1) == 78.9


def test_10_7_with_attention_and_without_on_the_same_images_and_noise(again, without, digits):
    difference, error = trained.paired(again, trained.redrawn(without, digits))
    assert f"{difference.mean():.1f}, {error:.1f}" == "1.7, 0.7"
    assert (without.config.T, without.config.H, without.config.Z) == (12, 128, 16)


def test_the_answers_of_chapter_10(chapter):
    def changed(n_read, n_write):
        low, high = (
            parameters.shapes(Config(A=a, B=a, T=12, H=8, Z=4, N_read=n_read, N_write=n_write))
            for a in (28, 56)
        )
        return {name for name in low if low[name] != high[name]}

    assert changed(5, 5) == {"c_0"}
    assert changed(None, None) == {"c_0", "enc.W", "patch.W", "patch.b"}
    two, _ = optim.clip_by_global_norm({"a": np.array([6.0]), "b": np.array([8.0])}, 5)
    assert two["a"][0] == 3 and two["b"][0] == 4
    theta, m, v = 0.0, 0.0, 0.0
    for n in range(1, 101):
        theta, m, v = chapter["adam"](theta, 1e-4, m, v, n, 0.001)
    assert np.isclose(-theta, 0.1 * (1 - 1e-4), rtol=1e-6)


# ---------------------------------------------------------------- figures


def test_bars_and_lines_are_what_was_given():
    left, right = trained.answers([30.0, 4], [1.0, 2], [5.0, -1]).axes
    assert [bar.get_height() for bar in left.patches] == [30, 4]
    assert [bar.get_height() for bar in right.patches] == [1, 2, 5, -1]
    left, right = trained.pens({"a": [1, 2], "b": [3, 1]}, {"a": [1, 0.5], "b": [0.2, 1]}).axes
    assert [list(line.get_ydata()) for line in left.lines] == [[1, 2], [3, 1]]
    assert [list(line.get_ydata()) for line in right.lines] == [[1, 0.5], [0.2, 1]]
    fig = trained.growing(np.zeros((2, 3, 1, 4, 4)), ["first", "last"])
    assert [t.get_text() for t in fig.axes[0].texts] == ["first", "last"]


def test_attention_has_the_colour_that_it_has_in_chapter_1():
    canvases = np.arange(8.0).reshape(2, 1, 1, 2, 2)
    reach = first.reach_of_steps.__wrapped__({"with": canvases, "without": canvases}).axes[0]
    ours, _ = trained.pens({"with": [1], "without": [2]}, {"with": [1], "without": [2]}).axes
    assert [line.get_color() for line in ours.lines] == [line.get_color() for line in reach.lines]


def test_every_row_of_the_training_has_its_nats(monkeypatch):
    found = {n: np.zeros((2, 1, 4, 4)) for n in (0, *trained.STAGES, 300)}
    measured = np.arange(1000.0, 1000 + trained.STAGES[-1])
    monkeypatch.setattr(trained, "trained_so_far", lambda *_: (found, measured))
    network = SimpleNamespace(step=300, log={"bound": np.array([999.0] * 10 + [7.0, 9.0] * 10)})
    said = [t.get_text() for t in trained.learning_to_draw.__wrapped__(network, None).axes[0].texts]
    nats = [1000, *(999 + n for n in trained.STAGES), 8]
    assert said == [f"step {n}\n{v} nats" for n, v in zip(found, nats, strict=True)]
