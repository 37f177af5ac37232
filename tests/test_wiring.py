"""Which split, which checkpoint, which seed, how many draws, which gradient: nothing is crossed.

Values differ from the defaults and from each other, so that two that are exchanged are seen.
"""

import json
from dataclasses import replace

import autograd
import numpy as np
import pytest
from PIL import Image
from small_run import CONFIG, RECIPE, begin, dataset, nothing

from draw_np import classify, data, evaluate, figures, glimpse, model, networks, sample, train
from draw_np.measuring import bounds, classification
from draw_np.pictures import results
from draw_np.training import checkpoint, engines, logbook, loop, tasks

TINY = ["--T", "2", "--H", "6", "--Z", "2", "--batch-size", "8"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose best checkpoint is not its last: the last one was made worse by hand."""
    folder = tmp_path_factory.mktemp("wiring") / "run"
    args = ["--small", *TINY, "--steps", "4", "--seed", "5", "--out", str(folder)]
    assert train.main(args) == 0
    k = checkpoint.load(folder)
    k.step = 5
    k.params["c_0"] = k.params["c_0"] + 0.7
    k.save(folder / "checkpoint.npz")
    return folder


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def reported(run, *args):
    """What ``evaluate`` writes with these options."""
    path = run.parent / "report.json"
    assert evaluate.main([str(run), "--json", str(path), *map(str, args)]) == 0
    return json.loads(path.read_text())


# ---------------------------------------------------------------- which split


def test_validation_is_the_bound_on_the_validation_split(tmp_path):
    k, tiny = begin(), dataset()  # 10 training, 5 validation and 6 test images
    loop.train(k, tiny, tmp_path, 8, nothing)
    log = logbook.read(tmp_path / "log.csv")
    of = {s: bounds.bound(k.params, CONFIG, tiny.split(s)).mean for s in ("train", "valid", "test")}
    assert log["valid_bound"][-1] == pytest.approx(of["valid"], rel=1e-5)
    assert abs(of["valid"] - of["test"]) > 1e-3 < abs(of["valid"] - of["train"])


@pytest.mark.parametrize("split, n", [("train", 1397), ("valid", 200), ("test", 200)])
def test_evaluate_judges_the_split_that_is_asked_for(run, digits, split, n):
    best = networks.load(run)
    r = reported(run, "--split", split)
    expected = bounds.bound(best.params, best.config, digits.split(split))
    assert (r["images"], r["split"], r["step"]) == (n, split, 4)
    assert r["bound"] == pytest.approx(expected.mean, rel=1e-6)
    assert r["bound_error"] == pytest.approx(expected.error, rel=1e-6)
    coins = bounds.independent_pixels(digits.train.mean(), digits.split(split))
    assert r["independent_pixels"] == pytest.approx(coins.mean())
    assert r["L_x"] == pytest.approx(expected.L_x.mean(), rel=1e-6)
    assert r["L_z"] == pytest.approx(expected.L_z.sum(axis=0).mean(), rel=1e-5)


def test_the_splits_have_different_bounds(run):
    found = [reported(run, "--split", s)["bound"] for s in ("train", "valid", "test")]
    assert min(abs(np.diff([*found, found[0]]))) > 0.05


def test_the_headline_is_the_best_network_on_the_test_split(run, digits, capsys):
    k = checkpoint.load(run)
    train.finish(k, digits, run)
    said = next(line for line in capsys.readouterr().out.splitlines() if "this run" in line)
    best = networks.load(run)
    found = bounds.bound(best.params, best.config, digits.test)
    assert f"{found.mean:7.1f} ({found.error:.1f})" in said
    assert f"Lx {found.L_x.mean():.1f} + Lz {found.L_z.sum(axis=0).mean():.1f}" in said
    others = [
        bounds.bound(n.params, n.config, split).mean
        for n, split in ((k, digits.test), (best, digits.valid))
    ]
    assert all(f"{other:7.1f}" not in said for other in others)


# ---------------------------------------------------------------- which seed, how many draws


def test_evaluate_draws_as_often_and_from_the_seed_that_is_asked_for(run, digits):
    best = networks.load(run)
    r = reported(run, "--samples", 3, "--seed", 7, "--split", "valid")
    expected = bounds.bound(best.params, best.config, digits.valid, 3, 7)
    assert r["bound"] == pytest.approx(expected.mean, rel=1e-6)
    assert r["importance_weighted"] == pytest.approx(expected.importance_weighted, rel=1e-6)
    error = bounds.standard_error(expected.importance_weighted_each)
    assert r["importance_weighted_error"] == pytest.approx(error, rel=1e-6)
    each = expected.log_w  # the mean over draws, not one of them
    assert not np.isclose(expected.mean, -each[0].mean()) and each.shape == (3, 200)
    for other in ((3, 0), (1, 7)):
        assert r["bound"] != bounds.bound(best.params, best.config, digits.valid, *other).mean


def test_evaluate_on_some_images_takes_those_of_the_seed(run, digits):
    best = networks.load(run)
    r = reported(run, "--images", 20, "--seed", 7)
    some = bounds.chosen(digits.test, 20, 7)
    assert r["images"] == 20 and r["images_of_split"] == 200
    assert r["bound"] == pytest.approx(bounds.bound(best.params, best.config, some, 1, 7).mean)
    assert some.indices.tolist() != list(range(20))
    assert some.indices.tolist() != bounds.chosen(digits.test, 20, 0).indices.tolist()


def test_sample_draws_with_the_best_network_from_the_seed(run, tmp_path):
    options = ["--n", "6", "--rows", "2", "--moving", "1", "--seed", "9"]
    assert sample.main([str(run), *options, "--out", str(tmp_path / "a")]) == 0
    for name, k, seed in (
        ("b", networks.load(run), 9),
        ("c", networks.load(run), 0),
        ("d", checkpoint.load(run), 9),
    ):
        (tmp_path / name).mkdir()
        rng = np.random.default_rng(seed)
        results.save_generated(k.params, k.config, tmp_path / name, rng, 6, 2, 1)
    a, b, c, d = (np.asarray(Image.open(tmp_path / n / "samples.png")) for n in "abcd")
    assert np.array_equal(a, b) and np.any(a != c) and np.any(a != d)


def test_figures_take_the_best_network_and_the_seed(run):
    found = figures.Run(run, networks.load(run))
    assert found.k.step == 4
    assert np.array_equal(found.generated(3, 8)[0], found.k.draw(3, seed=8).means)


def test_the_pictures_of_a_run_come_from_its_sampling_stream(run, tmp_path):
    best = networks.load(run)
    rng = loop.streams.streams(5)["sampling"]
    results.save_generated(best.params, best.config, tmp_path, rng)
    for name in ("samples.png", "drawing.png", "drawing.gif"):
        assert (tmp_path / name).read_bytes() == (run / name).read_bytes()


def test_every_stream_is_saved(tmp_path):
    k = begin(seed=3)
    for n, rng in enumerate(k.streams.values()):
        rng.random(n + 1)
    k.save(tmp_path / "a.npz")
    again = checkpoint.load(tmp_path / "a.npz")
    for name, rng in k.streams.items():
        assert rng.random() == again.streams[name].random(), name


# ---------------------------------------------------------------- a step


def test_a_step_is_adam_on_the_clipped_gradient_at_this_step_s_rate():
    recipe = replace(RECIPE, lr=0.02, clip=0.5, schedule="cosine", steps=5)
    k, again, tiny = begin(recipe=recipe), begin(recipe=recipe), dataset()
    theta = {n: v.astype(np.float64) for n, v in again.params.items()}
    m = {n: np.zeros_like(v) for n, v in theta.items()}
    v = {n: np.zeros_like(w) for n, w in theta.items()}
    for t in range(1, 4):
        x, beside = loop.draw_batch(again, tiny)
        g = autograd.grad(model.loss)(theta, x, beside["eps"], CONFIG)
        norm = np.sqrt(sum(np.sum(a**2) for a in g.values()))
        assert norm > 1  # twice the limit, so it is clipped
        lr = 0.02 * 0.5 * (1 + np.cos(np.pi * (t - 1) / 5))
        for n in theta:
            clipped = g[n] * 0.5 / norm
            m[n] = 0.9 * m[n] + 0.1 * clipped
            v[n] = 0.999 * v[n] + 0.001 * clipped**2
            theta[n] -= lr * m[n] / (1 - 0.9**t) / (np.sqrt(v[n] / (1 - 0.999**t)) + 1e-8)
        measured = loop.advance(k, tiny)
        assert measured.lr == pytest.approx(lr) and measured.norm == pytest.approx(norm, rel=1e-4)
    for n in theta:  # Adam divides small gradients by small roots, which float32 rounds
        np.testing.assert_allclose(k.params[n], theta[n], atol=5e-4)


def test_the_engines_are_two(monkeypatch):
    """If one were the other, their agreement would prove nothing."""
    for found in (engines.ENGINES, tasks.GLIMPSE.engines):
        manual, by_autograd = found["manual"], found["autograd"]
        assert manual.terms_and_gradient is not by_autograd.terms_and_gradient

    def never(*rest, **options):
        raise AssertionError("the manual engine was asked")

    monkeypatch.setattr(tasks.manual_glimpse, "terms_and_gradient", never)
    config = glimpse.GlimpseConfig(A=9, B=8, T=2, H=3, N=2)
    params = glimpse.initialise(np.random.default_rng(0), config)
    x, y = np.random.default_rng(1).random((4, 1, 8, 9)), np.arange(4)
    terms, gradient = tasks.GLIMPSE.engines["autograd"].terms_and_gradient(params, x, y, config)
    assert np.isfinite(terms.cross_entropy) and gradient.keys() == params.keys()


# ---------------------------------------------------------------- the classifier


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wiring") / "classifier"
    args = ["train", "--small", "--T", "1", "--H", "6", "--N", "3", "--batch-size", "16",
            "--steps", "3", "--seed", "2", "--out", str(folder)]  # fmt: skip
    assert classify.main(args) == 0
    k = checkpoint.load(folder)
    k.step = 4
    k.params["classes.b"] = k.params["classes.b"] + np.arange(10, dtype=np.float32)
    k.save(folder / "checkpoint.npz")
    return folder


@pytest.mark.parametrize("split, fresh", [("train", None), ("valid", None), ("test", 7)])
def test_classify_judges_the_split_and_the_clutter_that_are_asked_for(classifier, split, fresh):
    options = ["--split", split, *([] if fresh is None else ["--fresh", str(fresh)])]
    path = classifier.parent / "report.json"
    assert classify.main(["evaluate", str(classifier), *options, "--json", str(path)]) == 0
    (r,) = json.loads(path.read_text())
    best = networks.load(classifier)
    images = best.dataset().split(split)
    images = images if fresh is None else classification.Fresh(images)
    found = classification.judge(best.params, best.config, images, fresh or 0)
    assert r["wrong"] == int(found.error.sum()) and r["images"] == len(images)
    assert r["cross_entropy"] == pytest.approx(found.cross_entropy.mean(), rel=1e-6)
    assert r["step"] == 3 and r["interval"] == list(classification.wilson(r["error"], r["images"]))
