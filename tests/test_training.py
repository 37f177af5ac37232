"""The loop: it learns, repeats itself, resumes bit for bit, and loses nothing."""

import json
import os
import signal
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from small_run import CONFIG, RECIPE, assert_same, begin, dataset, nothing

from draw_np import cli, model
from draw_np.fast import driver
from draw_np.machine import backend, parallel
from draw_np.training import checkpoint, engines, estimate, logbook, loop, progress, record


def run(folder, k=None, last_step=8, report=nothing):
    """A tiny run in ``folder`` up to ``last_step``; returns its state."""
    folder.mkdir(exist_ok=True)
    k = k or begin()
    loop.train(k, dataset(), folder, last_step, report)
    return k


def test_a_run_is_a_function_of_its_seed(tmp_path):
    assert_same(run(tmp_path / "a"), run(tmp_path / "b"))
    other = run(tmp_path / "c", begin(seed=1))
    assert np.any(other.params["enc.W"] != run(tmp_path / "d").params["enc.W"])


@pytest.mark.parametrize("stop", [1, 3, 4, 7])
def test_stopped_and_resumed_equals_never_stopped(tmp_path, stop):
    whole = run(tmp_path / "whole")
    run(tmp_path / "parts", last_step=stop)
    resumed = run(tmp_path / "parts", checkpoint.load(tmp_path / "parts"))
    assert_same(resumed, whole)
    assert_same(checkpoint.load(tmp_path / "parts"), checkpoint.load(tmp_path / "whole"))
    a, b = (logbook.read(tmp_path / n / "log.csv") for n in ("whole", "parts"))
    for name in ("step", "bound", "L_x", "L_z", "kl"):
        np.testing.assert_array_equal(a[name], b[name])


def test_a_signal_ends_the_run_after_the_step_in_hand(tmp_path):
    def interrupt(measured, valid):
        if measured.step == 4:
            os.kill(os.getpid(), signal.SIGINT)

    stopped = run(tmp_path / "a", report=interrupt)
    assert stopped.step == 4
    assert_same(run(tmp_path / "a", checkpoint.load(tmp_path / "a")), run(tmp_path / "b"))


def test_the_log_has_what_was_trained(tmp_path):
    seen = []
    run(tmp_path / "a", report=lambda m, valid: seen.append((m, valid)))
    log = logbook.read(tmp_path / "a" / "log.csv")
    assert log["step"].tolist() == list(range(1, 9))
    assert log["valid_step"].tolist() == [3, 6, 8]
    np.testing.assert_allclose(log["bound"], [m.objective for m, _ in seen], rtol=1e-5)
    np.testing.assert_allclose(log["bound"], log["L_x"] + log["L_z"], rtol=1e-5)
    kl = [[m.numbers[f"kl_{t}"] for t in (1, 2, 3)] for m, _ in seen]
    np.testing.assert_allclose(log["kl"], kl, rtol=1e-4)
    np.testing.assert_allclose(log["kl"].sum(axis=1), log["L_z"], rtol=1e-4)


def test_the_record_says_which_blas_and_processor():
    """The same seed with another of them gives other last bits."""
    said = json.loads(json.dumps(record.record(begin())))
    assert said["processor"] and "cupy" not in said["versions"]
    info = backend.blas()[0].info()
    assert [b["version"] for b in said["blas"]] == [library["version"] for library in info]
    assert all(b["internal_api"] for b in said["blas"])


def test_rows_after_the_checkpoint_and_torn_rows_are_dropped(tmp_path):
    run(tmp_path / "a", last_step=3)
    log = tmp_path / "a" / "log.csv"
    rows = log.read_text().splitlines()
    log.write_text("\n".join([*rows, rows[-1].replace("3,", "4,", 1), "5,0.1,0."]))
    run(tmp_path / "a", checkpoint.load(tmp_path / "a"))
    assert logbook.read(log)["step"].tolist() == list(range(1, 9))


def test_best_is_the_lowest_validation_bound(tmp_path):
    run(tmp_path / "a", begin(recipe=replace(RECIPE, lr=0.5)))
    log = logbook.read(tmp_path / "a" / "log.csv")
    best = checkpoint.load(tmp_path / "a" / "best.npz")
    assert best.step == log["valid_step"][np.argmin(log["valid_bound"])]
    assert best.best == pytest.approx(log["valid_bound"].min(), rel=1e-5)


def test_a_validation_that_is_no_number_is_not_the_best(tmp_path, monkeypatch):
    for folder, found in (("first", [np.nan, 90.0, 80.0]), ("later", [80.0, np.nan, 90.0])):
        coming = iter(found)
        monkeypatch.setattr(loop, "validation", lambda k, data, coming=coming: next(coming))
        assert run(tmp_path / folder).best == 80
        best = checkpoint.load(tmp_path / folder / "best.npz")
        assert (best.best, best.step) == (80, {"first": 8, "later": 3}[folder])
    k = begin()
    k.best = np.nan  # as an earlier version could leave it
    monkeypatch.setattr(loop, "validation", lambda k, data: 70.0)
    assert run(tmp_path / "old", k).best == 70


def test_a_step_moves_down_the_gradient_it_measured():
    k, data = begin(recipe=replace(RECIPE, lr=1e-4)), dataset()
    same, before = begin(recipe=k.recipe), begin(recipe=k.recipe)
    x, beside = loop.draw_batch(same, data)
    measured = loop.advance(k, data)
    old = float(model.loss(before.params, x, beside["eps"], CONFIG))
    assert measured.objective == pytest.approx(old, rel=1e-5)
    assert float(model.loss(k.params, x, beside["eps"], CONFIG)) < old


def test_noise_is_fresh_for_every_step_image_and_batch():
    """M10: one noise shared over time or over the batch makes the bound too low."""
    k, data = begin(recipe=replace(RECIPE, batch_size=8)), dataset()
    eps = np.stack([loop.draw_batch(k, data)[1]["eps"] for _ in range(50)])  # (50, T, M, Z)
    assert len(np.unique(eps)) == eps.size
    for axis in range(3):
        a, b = np.take(eps, 0, axis), np.take(eps, 1, axis)
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5 / np.sqrt(a.size)
    assert abs(eps.mean()) < 5 / np.sqrt(eps.size) and abs(eps.std() - 1) < 5 / np.sqrt(eps.size)


def test_nan_stops_before_the_update_and_names_the_group(tmp_path, monkeypatch):
    real = engines.ENGINES[RECIPE.engine]
    good = run(tmp_path / "good", last_step=4)

    def sick(params, x, eps, config):
        terms, gradient = real.terms_and_gradient(params, x, eps, config)
        if calls.pop():
            gradient["write.W"] = gradient["write.W"] * np.float32(np.nan)
        return terms, gradient

    calls = [True, False, False, False, False]
    engine = real._replace(terms_and_gradient=sick)
    monkeypatch.setitem(engines.ENGINES, RECIPE.engine, engine)
    with pytest.raises(loop.NotFinite, match=r"step 5: .* the gradient of write\.W"):
        run(tmp_path / "a")
    saved = checkpoint.load(tmp_path / "a")
    good.best = saved.best  # validated at step 4 because it ended there
    assert_same(saved, good)


@pytest.mark.parametrize(
    "part, name, calls, kept",
    [
        (loop, "mean_gradient", 5, 4),
        (loop.optim, "clip_by_global_norm", 5, 4),
        (loop.optim, "adam_step", 4 * 19 + 3, 3),  # between two parameters: that of step 3 is left
    ],
)
def test_whatever_ends_a_run_it_goes_on_bit_for_bit(tmp_path, monkeypatch, part, name, calls, kept):
    real, left = getattr(part, name), [calls]
    whole = run(tmp_path / "whole")
    assert len(whole.params) == 19

    def failing(*given):
        left[0] -= 1
        if not left[0]:
            raise MemoryError
        return real(*given)

    with monkeypatch.context() as patched, pytest.raises(MemoryError):
        patched.setattr(part, name, failing)
        run(tmp_path / "a")
    saved = checkpoint.load(tmp_path / "a")
    assert saved.step == saved.adam.t == kept
    assert_same(run(tmp_path / "a", saved), whole)


def test_what_is_not_finite_is_named_and_the_rest_counted():
    ok, bad = np.ones(2), np.array([1.0, np.inf])
    for gradient, words in (
        ({"a": ok}, "first not finite: the bound itself"),
        ({"a": ok, "b": bad}, "first not finite: the gradient of b"),
        ({"b": bad, "a": ok, "c": bad}, "first not finite: the gradient of b (and of 1 more)"),
    ):
        error = loop.NotFinite(7, {"bound": np.nan, "L_x": 3.0}, gradient)
        assert str(error) == f"step 7: the bound is nan, {words}"
        assert error.step == 7


def test_a_length_of_time_is_said_as_a_person_would():
    said = {0.2: "1 seconds", 89: "89 seconds", 90: "1.5 minutes", 5399: "90.0 minutes"}
    said |= {5400: "1.5 hours", 36_000: "10.0 hours"}
    assert {s: progress.duration(s) for s in said} == said


def test_a_profile_begins_with_what_took_longest_and_says_shares_of_all():
    text = progress.profile(SimpleNamespace(seconds={"read": 1.0, "write": 6.0, "latent": 3.0}))
    assert [line.split() for line in text.splitlines()[2:]] == [
        ["write", "6.00", "s", "60.0", "%"],
        ["latent", "3.00", "s", "30.0", "%"],
        ["read", "1.00", "s", "10.0", "%"],
    ]
    assert "where the 10.0 s of the training steps went" in text


def test_lines_come_at_once_where_there_is_no_terminal(monkeypatch):
    """Through a pipe Python keeps what is printed until there is much of it: each line is flushed.

    Of 40 steps every second is told, the first, and the last.
    """
    run = begin(recipe=replace(RECIPE, steps=41))
    told, flushed = [], []
    out = SimpleNamespace(write=told.append, flush=lambda: flushed.append(len(told)))
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", SimpleNamespace(isatty=lambda: False))
    numbers = {"bound": 9.0, "L_x": 6.0, "L_z": 3.0}
    with progress.Progress(run, 41) as show:
        for step in range(1, 42):
            show(loop.Measured(step, 0.1, 0.01, 1.0, numbers), 8.5 if step == 40 else None)
    lines = "".join(told).splitlines()
    steps = [int(line.split()[1].split("/")[0]) for line in lines]
    assert steps == [1, *range(2, 42, 2), 41] and len(flushed) == len(lines)
    assert ["valid" in line for line in lines] == [step >= 40 for step in steps]


def test_a_bound_that_is_not_finite_stops_too():
    k = begin()
    k.params["c_0"][:] = np.inf
    with (
        pytest.raises(loop.NotFinite, match="step 1: the bound is nan"),
        np.errstate(all="ignore"),
    ):
        loop.advance(k, dataset())
    assert k.step == 0


def test_what_cannot_be_trained_is_one_sentence():
    with pytest.raises(ValueError, match=r"a batch of 11 is larger than the 10 training images"):
        begin(recipe=replace(RECIPE, batch_size=11), data=dataset())
    with pytest.raises(ValueError, match=r"images of shape \(1, 5, 6\).*made for \(1, 5, 7\)"):
        begin(config=replace(CONFIG, A=7), data=dataset())
    with pytest.raises(ValueError, match="has no engine fast: give --engine manual or autograd"):
        begin(recipe=replace(RECIPE, engine="fast"))


@pytest.mark.parametrize(
    "processes, room, said",
    [
        (1, 3, "a batch of 8 does not fit into the memory, --batch-size 2 fits"),
        (1, 1, "--batch-size 1 fits"),
        (1, 0, "a batch of 8 does not fit into the memory, not even one image does"),
        (3, 4, "--batch-size 4 fits"),
        (3, 3, "not even one image in each process does"),  # 2 images are too few for three
    ],
)
def test_a_batch_too_large_for_the_memory_is_one_sentence(monkeypatch, processes, room, said):
    def gradient(k, x, beside):
        assert len(x) >= processes
        if len(x) > room:
            raise MemoryError

    world = SimpleNamespace(size=processes)
    monkeypatch.setattr(parallel, "world", lambda: world)
    monkeypatch.setattr(loop, "mean_gradient", gradient)
    with pytest.raises(cli.UserError, match=said):
        estimate.step_seconds(begin(recipe=replace(RECIPE, batch_size=8)), dataset())


def test_segments_change_memory_and_nothing_else(tmp_path):
    whole = run(tmp_path / "a")
    pieces = run(tmp_path / "b", begin(recipe=replace(RECIPE, segments=2)))
    for name in whole.params:
        np.testing.assert_allclose(pieces.params[name], whole.params[name], rtol=1e-4, atol=1e-5)


def test_a_profile_adds_up_to_the_time_of_the_steps(tmp_path):
    clock, k = driver.Clock(), begin()
    (tmp_path / "a").mkdir()
    loop.train(k, dataset(), tmp_path / "a", 8, nothing, clock)
    assert {"batch and noise", "clipping", "Adam", "weight gradients"} < clock.seconds.keys()
    assert 0.5 * k.seconds < sum(clock.seconds.values()) <= k.seconds
    text = progress.profile(clock)
    assert "100" not in text and "Adam" in text and text.count("%") == len(clock.seconds)
