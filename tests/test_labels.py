"""The digit that one asks for: a class has initial states of its own, and nothing else changes."""

import math
import re
from dataclasses import replace

import goldens
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from small_run import RECIPE, assert_same, nothing
from strategies import assert_gradient, batch, lively, seeds

from draw_np import cli, evaluate, figures, model, networks, parameters, sample, train
from draw_np.config import Config
from draw_np.data.dataset import Dataset, Images
from draw_np.fast import driver, ladder, workspace
from draw_np.manual import model as plain
from draw_np.measuring import bounds, studies
from draw_np.networks.network import in_turn
from draw_np.pictures import results
from draw_np.training import checkpoint, engines, loop, tasks
from draw_np.training.presets import PRESETS

STARTS = ("c_0", *parameters.STATES)
CONFIGS = {
    "attention": Config(A=6, B=5, C=1, T=2, H=4, Z=3, N_read=2, N_write=3, K=4),
    "no attention": Config(A=4, B=3, C=1, T=2, H=4, Z=3, N_read=None, N_write=None, K=4),
    "three channels": Config(A=3, B=5, C=3, T=3, H=3, Z=2, N_read=2, N_write=2, K=4),
    "one step": Config(A=5, B=4, C=1, T=1, H=4, Z=3, N_read=3, N_write=2, K=4),
}
LABELS = np.array([2, 0, 2, 1, 1])  # nobody is of class 3
every_config = pytest.mark.parametrize("name", CONFIGS)


def by_blocks(*problem):
    terms, cache = plain.loss_forward(*problem)
    return terms, plain.loss_backward(1.0, cache)


ENGINES = {
    "blocks": by_blocks,
    **{name: engine.terms_and_gradient for name, engine in engines.ENGINES.items()},
}
every_engine = pytest.mark.parametrize("engine", ENGINES)


def problem(name, seed=3):
    """Parameters, images, noise, sizes and labels: what every engine takes, in that order."""
    k = CONFIGS[name]
    return lively(k, seed), *batch(k, len(LABELS)), k, LABELS


def of_class(params, k, config):
    """The ordinary network that class k has: its own rows, all else as it is."""
    own = {name: v[k] if name in STARTS else v for name, v in params.items()}
    return own, replace(config, K=None)


# ---------------------------------------------------------------- sizes


def test_without_labels_nothing_has_changed():
    for preset in PRESETS.values():
        if preset.config.K is None:
            shapes = parameters.shapes(preset.config)
            assert shapes["c_0"] == preset.config.image_shape
            assert {shapes[name] for name in parameters.STATES} == {(preset.config.H,)}
    assert parameters.count(PRESETS["mnist"].config) == 961_275


def test_every_class_has_its_row_and_all_begin_alike():
    config = CONFIGS["three channels"]
    ordinary = parameters.initialise(
        np.random.default_rng(5), replace(config, K=None), mean_image=np.full((3, 5, 3), 0.2)
    )
    params = parameters.initialise(
        np.random.default_rng(5), config, mean_image=np.full((3, 5, 3), 0.2)
    )
    assert {n: v.shape for n, v in params.items()} == parameters.shapes(config)
    for name, value in ordinary.items():
        if name in STARTS:
            value = np.stack([value] * 4)
        np.testing.assert_array_equal(params[name], value)
    assert parameters.count(config) - parameters.count(replace(config, K=None)) == 3 * (45 + 12)


@pytest.mark.parametrize("K", [0, -1, 2.5, "ten", True])
def test_classes_are_counted(K):
    with pytest.raises(ValueError, match=r"K = .* is not a size.* or None for no labels"):
        Config(K=K)


# ---------------------------------------------------------------- the model


@every_config
def test_an_image_is_drawn_by_the_network_of_its_class(name):
    """One by one, each with its class's ordinary network: the same states, terms and weights."""
    params, x, eps, k, labels = problem(name)
    states, _ = model.unroll(params, x, eps, k, labels)
    terms = model.terms(params, x, eps, k, labels)
    weights = model.log_weights(params, x, eps, k, labels)
    again = model.reconstruct(params, x, eps, k, labels)
    dreamt = model.generate(params, eps, k, labels)
    for m, y in enumerate(labels):
        own, ordinary = of_class(params, y, k)
        one = x[m : m + 1], eps[:, m : m + 1], ordinary
        alone, _ = model.unroll(own, *one)
        for mine, theirs in zip(states, alone, strict=True):
            for v, w in zip(mine, theirs, strict=True):
                np.testing.assert_allclose(v[m], w[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(terms.L_x[m], model.terms(own, *one).L_x[0], rtol=1e-12)
        np.testing.assert_allclose(terms.L_z[:, m], model.terms(own, *one).L_z[:, 0], rtol=1e-12)
        np.testing.assert_allclose(weights[m], model.log_weights(own, *one)[0], rtol=1e-12)
        np.testing.assert_allclose(again.c[:, m], model.reconstruct(own, *one).c[:, 0], rtol=1e-9)
        np.testing.assert_allclose(dreamt.c[:, m], model.generate(own, *one[1:]).c[:, 0], rtol=1e-9)


@pytest.mark.parametrize("size", [goldens.TINY, goldens.TINY_WITHOUT_ATTENTION])
def test_golden_network_with_classes(size):
    """By scalar loops: image 0 is of class 2, image 1 of class 0, and every row is another wave."""
    shared = goldens.tiny_parameters(size)
    tables = {
        name: [goldens.wave(np.shape(shared[name]), 20.0 * i + y) for y in range(3)]
        for i, name in enumerate(STARTS)
    }
    x, eps, labels = goldens.tiny_images(size), goldens.tiny_noise(size), [2, 0]
    runs = [
        goldens.draw(
            shared | {name: rows[y] for name, rows in tables.items()},
            x[m],
            [eps_t[m] for eps_t in eps],
            size,
        )
        for m, y in enumerate(labels)
    ]
    params = {name: np.array(v) for name, v in (shared | tables).items()}
    found = model.loss(params, np.array(x), np.array(eps), Config(**size, K=3), np.array(labels))
    assert found == pytest.approx(goldens.bound(runs), rel=1e-11)
    printed = 9.921826992798 if size["N_read"] else 11.489402726993
    assert found == pytest.approx(printed, abs=1e-12)


@every_config
def test_labels_are_whose_they_are(name):
    """Handed to other images they give another bound, and so does a label that is off by one."""
    params, x, eps, k, labels = problem(name)
    right = model.loss(params, x, eps, k, labels)
    turned = np.array([1, 4, 0, 3, 2])
    same = model.loss(params, x[turned], eps[:, turned], k, labels[turned])
    assert same == pytest.approx(right, rel=1e-12)
    for wrong in (labels[turned], labels + 1, labels * 0, labels[::-1]):
        assert abs(model.loss(params, x, eps, k, wrong) - right) > 1e-3


# ---------------------------------------------------------------- gradients


@every_config
def test_the_gradient_of_every_group_by_finite_differences(name):
    params, x, eps, k, labels = problem(name)
    assert_gradient(lambda p: model.loss(p, x, eps, k, labels), params, entries=40)


@every_engine
@every_config
def test_engines_agree_and_rows_of_absent_labels_get_exactly_0(name, engine):
    args = problem(name)
    terms, gradient = ENGINES[engine](*args)
    theirs, expected = ENGINES["autograd"](*args)
    np.testing.assert_allclose(terms.L_x, theirs.L_x, rtol=1e-12)
    np.testing.assert_allclose(terms.L_z, theirs.L_z, rtol=1e-12)
    for key, slope in expected.items():
        assert gradient[key].shape == slope.shape
        np.testing.assert_allclose(gradient[key], slope, rtol=1e-10, atol=1e-12, err_msg=key)
    for key in STARTS:
        assert np.all(gradient[key][3] == 0)
        assert np.all(np.any(gradient[key][:3] != 0, axis=tuple(range(1, slope_axes(key)))))


def slope_axes(key):
    return 4 if key == "c_0" else 2


@every_engine
def test_a_row_learns_from_the_images_of_its_class_alone(engine):
    """As the start of its ordinary network does, on these images, in their part of the batch."""
    params, x, eps, k, labels = problem("attention")
    _, gradient = ENGINES[engine](params, x, eps, k, labels)
    for y in (0, 1, 2):
        own, ordinary = of_class(params, y, k)
        mine = labels == y
        _, alone = ENGINES[engine](own, x[mine], eps[:, mine], ordinary)
        for key in STARTS:
            np.testing.assert_allclose(
                gradient[key][y], alone[key] * mine.mean(), rtol=1e-9, atol=1e-12
            )


@settings(max_examples=40)
@given(data=st.data(), name=st.sampled_from(sorted(CONFIGS)), seed=seeds, M=st.integers(1, 6))
def test_by_hand_and_fast_are_autograd_s_for_any_labels(data, name, seed, M):
    k = CONFIGS[name]
    labels = np.array(data.draw(st.lists(st.integers(0, 3), min_size=M, max_size=M)))
    args = (lively(k, seed), *batch(k, M, seed), k, labels)
    _, expected = ENGINES["autograd"](*args)
    whole = math.sqrt(sum(np.sum(v**2) for v in expected.values()))
    for engine in ("blocks", "manual"):
        _, gradient = ENGINES[engine](*args)
        for key, slope in expected.items():
            far = np.linalg.norm(gradient[key] - slope)
            assert far <= 1e-10 * np.linalg.norm(slope) + 1e-13 * whole, key
            if key in STARTS:
                assert not np.any(gradient[key][~np.isin(np.arange(4), labels)])


@pytest.mark.parametrize("name", ["attention", "three channels"])
@pytest.mark.parametrize("segments", [1, 2])
def test_threads_and_segments_take_the_labels_of_their_images(monkeypatch, name, segments):
    args = problem(name)
    _, expected = ENGINES["autograd"](*args)
    for cut in ([slice(0, 5)], [slice(0, 2), slice(2, 5)], [slice(0, 1), slice(1, 4), slice(4, 5)]):
        monkeypatch.setattr(driver, "_idle", [])
        monkeypatch.setattr(workspace, "rows_of_parts", lambda xp, M, H, cut=cut: cut)
        _, gradient = driver.terms_and_gradient(*args, segments=segments)
        for key, slope in expected.items():
            np.testing.assert_allclose(gradient[key], slope, rtol=1e-10, atol=1e-12, err_msg=key)
    monkeypatch.setattr(driver, "_idle", [])


@pytest.mark.parametrize("rung", [rung.name for rung in ladder.RUNGS])
def test_every_rung_of_the_ladder_knows_labels(rung):
    args = problem("attention")
    _, expected = ENGINES["autograd"](*args)
    _, gradient = ladder.gradient(rung)(*args)
    for key, slope in expected.items():
        np.testing.assert_allclose(gradient[key], slope, rtol=1e-9, atol=1e-12, err_msg=key)


@every_engine
def test_single_precision_stays_single(engine):
    params, x, eps, k, labels = problem("attention")
    params = {name: v.astype(np.float32) for name, v in params.items()}
    terms, gradient = ENGINES[engine](params, x, eps, k, labels)
    assert {v.dtype for v in (*terms, *gradient.values())} == {np.dtype(np.float32)}


# ---------------------------------------------------------------- training


def numbered(n=50, known=True):
    """Image i is i everywhere and of class i mod 4."""

    def split(n):
        images = np.arange(n, dtype=np.uint8)[:, None, None, None] * np.ones((1, 5, 6), np.uint8)
        return Images(images, np.arange(n) % 4 if known else None)

    return Dataset("numbered", "image i is i everywhere", split(n), split(9), split(7))


def begin(config=CONFIGS["attention"], seed=0, data=None, **recipe):
    return loop.begin("tiny", config, replace(RECIPE, **recipe), data or numbered(), seed)


def test_labels_follow_their_images_through_every_shuffle():
    k, data, seen = begin(batch_size=8), numbered(), []
    for _ in range(13):
        x, beside = loop.draw_batch(k, data)
        number = np.round(255 * x[:, 0, 0, 0]).astype(int)
        np.testing.assert_array_equal(beside["labels"], number % 4)
        seen += number.tolist()
    assert sorted(seen[:50]) == list(range(50)) and seen[:50] != seen[50:100]


def test_labels_take_nothing_from_the_streams():
    labelled, ordinary = begin(), begin(replace(CONFIGS["attention"], K=None))
    for _ in range(3):
        (x, beside), (also_x, also) = (loop.draw_batch(k, numbered()) for k in (labelled, ordinary))
        np.testing.assert_array_equal(x, also_x)
        np.testing.assert_array_equal(beside["eps"], also["eps"])
        assert "labels" in beside and "labels" not in also


@pytest.mark.parametrize(
    "cut", [[slice(0, 3), slice(3, 7)], [slice(0, 1), slice(1, 2), slice(2, 7)]]
)
def test_shares_of_a_batch_take_their_labels(cut):
    """What several processes do (``loop.mean_gradient``), one after the other."""
    k, data = begin(batch_size=7), numbered()
    x, beside = loop.draw_batch(k, data)
    numbers, whole = loop.mean_gradient(k, x, beside)
    parts = []
    for rows in cut:
        mine = k.task.rows(beside, rows)
        parts.append(loop.mean_gradient(k, x[rows], mine))
    shares = [(rows.stop - rows.start) / 7 for rows in cut]
    bound = sum(s * p[0]["bound"] for s, p in zip(shares, parts, strict=True))
    assert bound == pytest.approx(numbers["bound"], rel=1e-5)
    for key, slope in whole.items():
        mean = sum(s * p[1][key] for s, p in zip(shares, parts, strict=True))
        np.testing.assert_allclose(mean, slope, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_a_run_that_stopped_goes_on_bit_for_bit(tmp_path, engine):
    data = numbered()
    whole, halves = begin(engine=engine), begin(engine=engine)
    for name in ("whole", "halves"):
        (tmp_path / name).mkdir()
    loop.train(whole, data, tmp_path / "whole", 6, nothing)
    loop.train(halves, data, tmp_path / "halves", 3, nothing)
    halves = checkpoint.load(tmp_path / "halves")
    loop.train(halves, data, tmp_path / "halves", 6, nothing)
    assert_same(whole, halves)
    assert whole.params["c_0"].shape == (4, 1, 5, 6)
    assert len(np.unique(whole.params["h_dec_0"], axis=0)) == 4  # they began alike


def test_validation_is_the_bound_given_the_labels(tmp_path):
    k, data = begin(), numbered()
    loop.train(k, data, tmp_path, 3, nothing)
    valid = loop.validation(k, data)
    assert valid == bounds.bound(k.params, k.config, data.valid).mean
    wrong = replace(data.valid, labels=(data.valid.labels + 1) % 4)
    assert valid != bounds.bound(k.params, k.config, wrong).mean


@pytest.mark.parametrize(
    "data",
    [numbered(known=False), replace(numbered(), test=Images(np.zeros((3, 1, 5, 6), np.uint8)))],
)
def test_data_without_labels_are_refused(data):
    with pytest.raises(ValueError, match="the data set has no labels to learn from"):
        begin(data=data)


def test_a_class_too_many_is_refused_before_the_first_step():
    data = numbered()
    data = replace(data, valid=replace(data.valid, labels=data.valid.labels + 1))
    with pytest.raises(ValueError, match="has a class 4, and the network only 0 to 3"):
        begin(data=data)
    assert tasks.DRAW.expect(data, replace(CONFIGS["attention"], K=None)) is None


# ---------------------------------------------------------------- measuring


def test_a_bound_of_some_images_takes_their_labels():
    """In batches, and of images that were picked out: against each image by itself."""
    params, data = lively(CONFIGS["attention"], 3, np.float32), numbered()
    k = CONFIGS["attention"]
    some = bounds.chosen(data.train, 7, seed=2)
    np.testing.assert_array_equal(some.labels, some.indices % 4)
    found = bounds.bound(params, k, some, K=2, seed=1, batch_size=3)
    rng = np.random.default_rng(np.random.SeedSequence(1).spawn(2)[1])
    expected = []
    for rows in (slice(0, 3), slice(3, 6), slice(6, 7)):
        x = data.train.batch(some.indices[rows], None)
        y = some.indices[rows] % 4
        draws = [rng.standard_normal((k.T, len(x), k.Z), dtype=np.float32) for _ in range(2)]
        expected.append(
            np.mean(
                [
                    model.terms(params, x, e, k, y).L_x
                    + model.terms(params, x, e, k, y).L_z.sum(axis=0)
                    for e in draws
                ],
                axis=0,
            )
        )
    np.testing.assert_allclose(found.each, np.concatenate(expected), rtol=1e-5)


def test_without_labels_parts_of_a_split_have_none():
    assert bounds.chosen(numbered(known=False).train, 3, 0).labels is None


def test_pictures_draw_the_classes_in_turn_or_those_that_are_asked_for():
    k = begin()
    k.params = lively(k.config, 3, np.float32)
    np.testing.assert_array_equal(in_turn(9, k.config), [0, 1, 2, 3, 0, 1, 2, 3, 0])
    assert in_turn(9, replace(k.config, K=None)) is None
    means, _ = results.generated(k.params, k.config, 6, np.random.default_rng(4))
    np.testing.assert_array_equal(means, k.draw(6, seed=4).means)
    np.testing.assert_array_equal(means, k.draw(6, seed=4, labels=[0, 1, 2, 3, 0, 1]).means)
    asked, _ = results.generated(k.params, k.config, 2, np.random.default_rng(4), np.array([3, 1]))
    np.testing.assert_array_equal(asked, k.draw(2, seed=4, labels=(3, 1)).means)
    np.testing.assert_array_equal(asked[:, 1], means[:, 1])
    assert np.any(asked[:, 0] != means[:, 0])


def test_studies_draw_a_class_a_row_and_complete_by_label():
    k = begin()
    k.params = lively(k.config, 3, np.float32)
    rows = studies.interpolate(k.params, k.config, 5, 3, np.random.default_rng(0))
    z = np.random.default_rng(0).standard_normal((5, 2, 2, 3), dtype=np.float32)
    for pair in range(5):
        ends = np.swapaxes(z[pair], 0, 1)
        c = model.generate(k.params, ends, k.config, np.full(2, pair % 4)).means[-1]
        np.testing.assert_allclose(rows[pair, [0, -1]], c, rtol=1e-4, atol=1e-5)
    x, y = numbered().train.batch(np.arange(4), None), np.arange(4)
    known = np.arange(6) < 3
    found = [
        studies.complete(k.params, k.config, x, known, 1, np.random.default_rng(1), labels)
        for labels in (y, y[::-1].copy())
    ]
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert np.any(found[0][1] != found[1][1])


# ---------------------------------------------------------------- a network that is asked


@pytest.fixture(scope="module")
def asked():
    k = begin()
    k.params = lively(k.config, 3, np.float32)
    return k


def test_one_label_is_for_all_images(asked):
    x = np.random.default_rng(0).random((3, 5, 6))
    np.testing.assert_array_equal(asked.draw(3, labels=2).c, asked.draw(3, labels=[2, 2, 2]).c)
    np.testing.assert_array_equal(asked.redraw(x, labels=2).c, asked.redraw(x, labels=[2] * 3).c)
    assert asked.bound(x, 2, labels=1).mean == asked.bound(x, 2, labels=np.ones(3, int)).mean
    assert asked.bound(x, 2, labels=1).mean != asked.bound(x, 2, labels=2).mean


def test_redraw_and_bound_take_each_image_with_its_label(asked):
    x, y = np.random.default_rng(0).random((3, 5, 6)), [3, 0, 1]
    again = asked.redraw(x, seed=6, labels=y)
    for m in range(3):  # the noise of image m does not depend on how many there are
        first = asked.redraw(x[: m + 1], seed=6, labels=y[: m + 1])
        np.testing.assert_allclose(first.c[:, m], again.c[:, m], rtol=1e-4, atol=1e-5)
    each = asked.bound(x, 4, seed=1, labels=y).each
    assert np.all(np.abs(each - asked.bound(x, 4, seed=1, labels=[0, 1, 3]).each) > 1e-4)


UNFIT = [
    (None, "the network draws by class: give labels, for every image one from 0 to 3"),
    (4, "labels go from 4 to 4: expected classes from 0 to 3"),
    ([0, -1, 2], "labels go from -1 to 2"),
    ([0, 1], r"labels are int64 of shape \(2,\): expected whole numbers, \(3,\)"),
    ([[0, 1, 2]], "of shape"),
    (2.0, "labels are float64"),
    ("7", "labels are <U1"),
    (True, "labels are bool"),
]


@pytest.mark.parametrize("labels, said", UNFIT)
def test_labels_that_do_not_fit_are_one_sentence(asked, labels, said):
    x = np.zeros((3, 5, 6))
    with pytest.raises(ValueError, match=said):
        asked.redraw(x, labels=labels)
    with pytest.raises(ValueError, match=said):
        asked.bound(x, labels=labels)
    if labels is not None:
        with pytest.raises(ValueError, match=said):
            asked.draw(3, labels=labels)


def test_a_network_without_classes_is_asked_for_none():
    ordinary, x = begin(replace(CONFIGS["attention"], K=None)), np.zeros((3, 5, 6))
    said = "the network has no classes and was given labels: leave them out, or use a network"
    for use in (
        lambda: ordinary.draw(3, labels=1),
        lambda: ordinary.redraw(x, labels=1),
        lambda: ordinary.bound(x, labels=1),
    ):
        with pytest.raises(ValueError, match=said):
            use()


@every_engine
@pytest.mark.parametrize("labels", [None, LABELS - 1, LABELS + 2, LABELS[:4], LABELS.astype(float)])
def test_engines_refuse_what_does_not_fit(engine, labels):
    params, x, eps, k, _ = problem("attention")
    with pytest.raises(ValueError, match="labels"):
        ENGINES[engine](params, x, eps, k, labels)
    own, ordinary = of_class(params, 0, k)
    if labels is not None:
        with pytest.raises(ValueError, match=re.escape("the network has no classes")):
            ENGINES[engine](own, x, eps, ordinary, labels)
    with pytest.raises(ValueError, match="labels"):
        model.generate(params, eps, k, labels)


# ---------------------------------------------------------------- the commands

TINY = ["--T", "2", "--H", "6", "--Z", "2", "--batch-size", "8", "--steps", "2"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels") / "run"
    assert train.main(["--preset", "small-labelled", *TINY, "--out", str(folder)]) == 0
    return folder


def refused(said, main, *arguments):
    """A command leaves with code 2 and one sentence."""
    with pytest.raises((cli.UserError, SystemExit)) as e:
        main([str(a) for a in arguments])
    if e.type is SystemExit:
        assert e.value.code == 2
    else:
        assert re.search(said, str(e.value)), str(e.value)
        assert "\n" not in str(e.value)


def test_train_says_how_many_classes_and_what_the_bound_is_of(tmp_path, capsys):
    train.main(["--preset", "small-labelled", *TINY, "--out", str(tmp_path / "a")])
    said = capsys.readouterr().out
    assert "write 5 x 5, 10 classes" in said
    assert "bound on the 200 test images given their labels, nats per image" in said
    train.main(["--small", "--K", "10", *TINY, "--out", str(tmp_path / "b")])
    a, b = (networks.load(tmp_path / name) for name in "ab")
    assert b.config == a.config
    np.testing.assert_array_equal(b.params["c_0"], a.params["c_0"])


def test_train_refuses_data_without_labels(tmp_path):
    said = "the data set has no labels to learn from: choose another with --data"
    refused(
        said,
        train.main,
        "--preset",
        "small-labelled",
        "--data",
        "two-digits-small",
        *TINY,
        "--out",
        tmp_path / "run",
    )
    refused(
        "data set has a class 9, and the network only 0 to 4",
        train.main,
        "--small",
        "--K",
        5,
        *TINY,
        "--out",
        tmp_path / "run",
    )
    assert not (tmp_path / "run").exists()


def test_what_was_trained_without_labels_cannot_go_on_with_them(run, tmp_path):
    refused(
        "the checkpoint has K = 10 and you ask for None", train.main, "--resume", run, "--K", "none"
    )
    refused(
        "with K = None and not 10",
        train.main,
        "--from",
        "small",
        "--preset",
        "small-labelled",
        "--steps",
        4000,
        "--out",
        tmp_path / "x",
    )


def test_write_draws_the_digits_that_were_asked_for_in_their_order(run, tmp_path, capsys):
    assert sample.main([str(run), "--write", "2026", "--seed", "3"]) == 0
    folder = run / "2026-3"
    names = ["written.png", "drawing.png", "drawing.gif"]
    assert capsys.readouterr().out.split() == [str(folder / name) for name in names]
    k = networks.load(run)
    (tmp_path / "again").mkdir()
    results.save_written(
        k.params, k.config, tmp_path / "again", np.random.default_rng(3), np.array([2, 0, 2, 6])
    )
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    with Image.open(folder / "drawing.gif") as moving:
        assert moving.n_frames == k.config.T + 1
    sample.main([str(run), "--write", "2062", "--seed", "3", "--out", str(tmp_path / "other")])
    pictures = [np.asarray(Image.open(f / "written.png")) for f in (folder, tmp_path / "other")]
    assert pictures[0].shape == pictures[1].shape and np.any(pictures[0] != pictures[1])


def test_a_long_number_goes_over_several_rows(run, tmp_path):
    wide, high = (tmp_path / name for name in ("wide", "high"))
    sample.main([str(run), "--write", "0123456789", "--out", str(wide)])
    sample.main([str(run), "--write", "0123456789" * 4, "--out", str(high)])
    a, b = (np.asarray(Image.open(f / "written.png")).shape for f in (wide, high))
    assert a[1] == b[1] and b[0] > 2 * a[0]


@pytest.mark.parametrize("text", ["", "20a6", "-1", "2 0", "٢٠٢٦", "1.5", "²", "7" * 41])
def test_write_takes_digits_and_not_too_many(run, text, capsys):
    refused("", sample.main, run, f"--write={text}")
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "argument --write:" in said
    assert ("has 41 digits: ask for at most 40" if len(text) > 40 else "is not made of") in said


def test_write_needs_a_network_that_knows_the_digits(run, tmp_path):
    refused(
        "small has no classes to ask for: give small-labelled",
        sample.main,
        "small",
        "--write",
        7,
        "--out",
        tmp_path / "x",
    )
    refused("leave out --n, --rows and --moving", sample.main, run, "--write", 7, "--n", 3)
    k = begin()
    k.save(tmp_path / "four.npz")
    refused(
        r"--write asks for 7, and .*four.npz knows the classes 0 to 3 only",
        sample.main,
        tmp_path / "four.npz",
        "--write",
        71,
    )


def test_evaluate_says_that_the_bound_is_given_the_label(run, tmp_path, capsys):
    evaluate.main([str(run), "--images", "10"])
    said = capsys.readouterr().out
    assert "bound L = Lx + Lz, given y" in said
    assert "y itself costs log 10 = 2.30 more" in said
    evaluate.main(["small", "--images", "10"])
    assert "given" not in capsys.readouterr().out


@pytest.mark.parametrize("figure", ["1", "6", "windows", "interpolation", "completion"])
def test_figures_are_made_of_a_network_with_classes(run, tmp_path, figure):
    assert figures.main([figure, str(run), "--out", str(tmp_path)]) == 0


def test_figures_look_at_images_with_their_labels(run):
    found = figures.Run(run, networks.load(run))
    drawn = figures.reconstructed(found, figures.Options(seed=2), 6)[1]
    k, split = found.k, found.split("test")
    rng = np.random.default_rng(2)
    again = split.batch(np.arange(6), rng)
    eps = rng.standard_normal((k.config.T, 6, k.config.Z), dtype=np.float32)
    expected = model.reconstruct(k.params, again, eps, k.config, split.labels[:6])
    np.testing.assert_array_equal(drawn.c, expected.c)
