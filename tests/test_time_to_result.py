"""Time to a result: that all train the same network, and that what is timed is the whole."""

import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import contenders, report, result
from draw_np import cli, data
from draw_np.training import loop, presets

SMALL = presets.PRESETS["small"]


def trained(name, steps=3):
    """The weights after some steps of a run that is planned for as many."""
    dataset, recipe = data.load("digits"), replace(SMALL.recipe, steps=steps, batch_size=5)
    k = loop.begin("small", replace(SMALL.config, T=3, H=16), recipe, dataset, result.SEED)
    step, weights = result.pupil(name, k, dataset, threads=1, compiled=None)
    for _ in range(steps):
        step()
    return weights()


@pytest.mark.parametrize("name", ["autograd", "torch", "jax"])
def test_all_train_the_same_network(name):
    """Same weights to begin with, same batches, noise, rates and clipping, by the same Adam."""
    if name in contenders.PEERS:
        pytest.importorskip(contenders.PEERS[name])
    ours, theirs = trained("manual"), trained(name)
    start = trained("manual", steps=1)
    assert ours.keys() == theirs.keys()
    for group, v in ours.items():
        assert theirs[group].dtype == v.dtype
        moved = np.linalg.norm(v - start[group])
        assert np.linalg.norm(theirs[group] - v) < 2e-3 * moved + 1e-7, group


def test_the_learning_rate_falls_along_the_recipe_s_schedule():
    """What the engines do by themselves is asked of a peer's step."""
    dataset, rates = data.load("digits"), []
    k = loop.begin("small", SMALL.config, replace(SMALL.recipe, steps=4), dataset, 0)
    peer = pytest.importorskip("benchmarks.peer_torch", exc_type=ImportError)
    with pytest.MonkeyPatch.context() as m:
        learn = (lambda x, eps, lr: rates.append(lr)), dict
        m.setattr(peer, "pupil", lambda *_: learn)
        step, _ = result.pupil("torch", k, dataset, 1, None)
        for _ in range(4):
            step()
    assert rates == pytest.approx(0.003 * 0.5 * (1 + np.cos(np.pi * np.arange(4) / 4)))


def said(code, limit=None):
    """What is heard of a process that runs this code."""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return result.listened(process, time.perf_counter(), limit), process


def test_words_are_heard_in_order_with_the_time_since_the_start():
    code = "import time; time.sleep(.2); print('first', flush=True); print('trained')"
    times, process = said(code)
    assert list(times) == ["first", "trained"] and process.returncode == 0
    assert 0.2 < times["first"] <= times["trained"]


def test_who_takes_too_long_to_begin_is_ended():
    times, process = said("import time; time.sleep(60); print('first')", limit=0.1)
    assert not times and process.returncode == -9


def test_who_has_begun_may_take_as_long_as_it_needs(monkeypatch):
    timers = []

    class Timer:
        def __init__(self, seconds, *_):
            self.done = []
            timers.append(self)

        def start(self):
            self.done.append("started")

        def cancel(self):
            self.done.append("cancelled")

    monkeypatch.setattr(result.threading, "Timer", Timer)
    times, _ = said("print('first')", limit=5.0)
    assert "first" in times and timers[0].done == ["started", "cancelled", "cancelled"]


def test_why_there_is_no_network():
    assert result.why({}, 5.0, []) == "takes more than 5 s to compile"
    assert result.why({}, 5.0, ["Traceback", "ImportError: no g++"]) == "ImportError: no g++"
    assert result.why({"first": 1.0}, None, []) == "its process ended and did not say why"


def test_a_loop_that_does_not_compile_whole_is_compiled_step_by_step(monkeypatch):
    asked, told = [], []

    def timed(name, steps, threads, compiled=None, limit=None):
        asked.append((name, compiled))
        if name == "jax" or compiled == "whole":
            raise result.Failed("cannot")
        return result.Result(name, 1.0, 2.0, 0.1, 90.0, 1.0)

    monkeypatch.setattr(result, "timed", timed)
    found = result.measure(
        ["manual", "torch-compile", "jax"], 2, 1, lambda line, **_: told.append(line)
    )
    assert [r.label for r in found] == ["manual", "torch-compile"]
    assert asked[1:] == [("torch-compile", "whole"), ("torch-compile", "step"), ("jax", None)]
    assert "jax is left out: cannot" in told


@pytest.mark.slow
def test_a_whole_training_is_timed_and_its_network_judged():
    began = time.perf_counter()
    found = result.timed("manual", 30, 1)
    assert 0 < found.first < found.trained < time.perf_counter() - began
    assert found.step == pytest.approx((found.trained - found.first) / 29)
    untrained = result.timed("manual", 1, 1)
    assert found.bound < untrained.bound - 0.5 and 0 < found.error < 5
    with pytest.raises(result.Failed, match="no engine nobody"):
        result.timed("nobody", 1, 1)


def test_the_table_says_it_all():
    found = [
        result.Result("manual", 0.5, 50.0, 0.0165, 90.1, 1.2),
        result.Result("torch-compile (whole loop)", 90.0, 125.0, 0.0117, 90.2, 1.2),
    ]
    lines = [" ".join(line.split()) for line in report.to_result(found, 3000).splitlines()]
    assert lines[0].startswith("small, 3000 steps")
    assert "manual 0.5 50.0 1.00 16.5 90.1 (1.2)" in lines
    assert "torch-compile (whole loop) 90.0 125.0 2.50 11.7 90.2 (1.2)" in lines


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["--steps", "5"], "--steps counts the steps of --to-result"),
        (["--to-result", "--config", "paper"], "--config does not go with --to-result"),
        (["--to-result", "--only", "floor"], "floor trains no network: choose of manual, autograd"),
        (["--ladder", "--only", "jax"], "--ladder has rungs of its own.*leave --only away"),
        (["--ladder", "--gpu"], "--ladder has rungs of its own.*leave --gpu away"),
    ],
)
def test_options_that_do_not_go_together(args, complaint):
    with pytest.raises(cli.UserError, match=complaint):
        command.main(args)


def test_a_ladder_is_its_rungs():
    names = command.chosen(command.arguments(["--ladder"]))
    assert names[0] == "manual.model" and names[-1] == "threads" and len(names) == 9
