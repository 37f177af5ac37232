"""Processes that help with a gradient: the same numbers, whoever computes them, and none left."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from multiprocessing import connection
from pathlib import Path

import numpy as np
import pytest
import small_run
from strategies import batch, lively
from test_labels import CONFIGS as LABELLED
from test_labels import problem as labelled
from test_manual_loss import WHOLE, assert_equal, assert_same_terms

from draw_np import train
from draw_np.fast import driver, helpers
from draw_np.machine import backend, parallel
from draw_np.training import checkpoint, loop

ROOT = Path(__file__).parent.parent
CONFIG = WHOLE["attention"]
TWO, THREE = [slice(0, 4), slice(4, 7)], [slice(0, 3), slice(3, 5), slice(5, 7)]

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="needs Linux")


def problem(config=CONFIG, dtype=np.float64, M=7):
    return lively(config, 1, dtype), *batch(config, M), config


def hired(given, monkeypatch, rows=TWO, segments=1):
    """Helpers for such a problem, whose minibatch is cut like this."""
    monkeypatch.setattr(helpers, "rows_of_processes", lambda xp, M, H: rows)
    return helpers.hired(given[0], len(given[1]), given[3], segments)


def process():
    """The only helper's."""
    (helper,) = helpers._hired
    return helper.process


def has_ended(pid, patience=20):
    """Whether no process of this number is left, not even as a zombie, within some seconds."""
    until = time.monotonic() + patience
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < until:
        time.sleep(0.01)
    return not os.path.exists(f"/proc/{pid}")


def same(found, others):
    """Whether terms and gradient are the same to the bit."""
    (terms, gradient), (other_terms, other) = found, others
    return all(map(np.array_equal, terms, other_terms)) and all(
        np.array_equal(gradient[name], other[name]) for name in gradient
    )


# ---------------------------------------------------------------- the same numbers


@pytest.mark.parametrize("rows", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize("segments", [1, 3])
@pytest.mark.parametrize("name", WHOLE)
def test_any_number_of_processes_gives_the_same(name, segments, rows, monkeypatch):
    given = problem(WHOLE[name])
    terms, gradient = driver.terms_and_gradient(*given, segments=segments)
    with hired(given, monkeypatch, rows, segments):
        assert helpers.processes() == len(rows)
        shared = helpers.terms_and_gradient(*given, segments=segments)
        again = helpers.terms_and_gradient(*given, segments=segments)
    assert_same_terms(shared[0], terms, 1e-12)
    assert_equal(shared[1], gradient, 1e-12)
    assert same(shared, again) and not same(shared, (terms, gradient))


@pytest.mark.parametrize("name", LABELLED)
def test_labels_go_where_their_images_go(name, monkeypatch, capfd):
    given = labelled(name)
    M = len(given[1])
    with hired(given, monkeypatch, [slice(0, 1), slice(1, M)]):
        terms, gradient = helpers.terms_and_gradient(*given)
        with pytest.raises(ValueError, match="label"):
            helpers.terms_and_gradient(*given[:4], np.arange(M) // (M - 1) * given[3].K)
        again = helpers.terms_and_gradient(*given)
    assert capfd.readouterr().err == ""  # the helper has not met the wrong label, and lives
    alone, slopes = driver.terms_and_gradient(*given)
    assert_same_terms(terms, alone, 1e-12)
    assert_equal(gradient, slopes, 1e-12)
    assert same((terms, gradient), again)


def test_what_does_not_fit_is_refused_before_it_is_shared(monkeypatch, capfd):
    """Into the memory that is shared it would broadcast."""
    params, x, eps, config = given = problem()
    with hired(given, monkeypatch):
        terms = helpers.terms_and_gradient(*given)[0]
        for bad in (
            (params, x, eps[:, :1], config),
            (params, x[:, :, :1], eps, config),
            (params, 255 * x, eps, config),
            ({**params, "c_0": params["c_0"][0]}, x, eps, config),
        ):
            with pytest.raises(ValueError, match=r"has the shape|has pixels"):
                helpers.terms_and_gradient(*bad)
        assert not any(helper.owes for helper in helpers._hired)
        assert_same_terms(helpers.terms_and_gradient(*given)[0], terms)
    assert capfd.readouterr().err == ""


def test_the_weights_of_every_call_are_taken_and_float32_stays(monkeypatch):
    given = problem(dtype=np.float32)
    with hired(given, monkeypatch):
        first = helpers.terms_and_gradient(*given)
        kept = {name: v.copy() for name, v in first[1].items()}
        others = {name: 2 * v for name, v in given[0].items()}
        terms, gradient = helpers.terms_and_gradient(others, *given[1:])
    alone, slopes = driver.terms_and_gradient(others, *given[1:])
    assert_same_terms(terms, alone, 1e-5)
    assert_equal(gradient, slopes, 1e-5)
    assert all(np.array_equal(first[1][name], kept[name]) for name in kept)
    assert {v.dtype for v in (*terms, *gradient.values())} == {np.dtype("float32")}


def test_calls_of_another_kind_are_made_alone(monkeypatch):
    given, more = problem(), problem(M=5)
    with hired(given, monkeypatch):
        process().send_signal(signal.SIGSTOP)  # whoever asked it would wait
        assert same(helpers.terms_and_gradient(*more), driver.terms_and_gradient(*more))
        segments = helpers.terms_and_gradient(*given, segments=2)
        assert same(segments, driver.terms_and_gradient(*given, segments=2))


def test_a_call_that_was_broken_off_leaves_no_answer_to_the_next(monkeypatch):
    given, clock = problem(), driver.Clock()
    others = {name: 2 * v for name, v in given[0].items()}
    with hired(given, monkeypatch):
        expected = helpers.terms_and_gradient(*given)
        with monkeypatch.context() as m:
            m.setattr(driver, "run", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                helpers.terms_and_gradient(others, *given[1:])
        assert connection.wait([process().stdout], 60)
        assert same(helpers.terms_and_gradient(*given, clock=clock), expected)
    assert {"encoder", "other processes"} <= clock.seconds.keys()


# ---------------------------------------------------------------- a helper that ends


@pytest.mark.parametrize("rows", [TWO, THREE], ids=["two", "three"])
def test_a_helper_that_is_killed_costs_time_and_one_sentence(rows, monkeypatch, capfd):
    given = problem(dtype=np.float32)
    with hired(given, monkeypatch, rows):
        before = helpers.terms_and_gradient(*given)
        helpers._hired[-1].process.kill()
        after = [helpers.terms_and_gradient(*given) for _ in range(3)]
    assert all(same(found, before) for found in after)
    assert capfd.readouterr() == ("", helpers.LOST + "\n")


def test_a_helper_that_stands_still_is_given_up(monkeypatch, capfd):
    given = problem()
    with hired(given, monkeypatch):
        before = helpers.terms_and_gradient(*given)
        monkeypatch.setattr(helpers, "PATIENCE", 0.5)
        process().send_signal(signal.SIGSTOP)
        after = helpers.terms_and_gradient(*given)
        pid = process().pid
    assert same(after, before) and has_ended(pid)
    assert capfd.readouterr().err == helpers.LOST + "\n"


def test_none_is_left_after_the_block_and_blas_has_its_threads_back(monkeypatch):
    given = problem()

    def threads():
        return [library["num_threads"] for library in backend.blas()[0].info()]

    with backend.blas()[0].limit(limits=2):
        before = threads()
        with pytest.raises(ZeroDivisionError), hired(given, monkeypatch, THREE):
            pids = [helper.process.pid for helper in helpers._hired]
            assert set(threads()) <= {1}
            raise ZeroDivisionError
        assert helpers.processes() == 1 and threads() == before
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids)


ORPHAN = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" has it ignored
sys.path.insert(0, "tests")
from test_helpers import TWO, problem
from draw_np.fast import helpers
helpers.rows_of_processes = lambda xp, M, H: TWO
given = problem()
with helpers.hired(given[0], 7, given[3]):
    helpers.terms_and_gradient(*given)
    print(helpers._hired[0].process.pid, flush=True)
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))
"""


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_none_outlives_the_first_process(name):
    done = subprocess.run(
        [sys.executable, "-c", ORPHAN, name],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == -getattr(signal, name), done.stderr
    assert has_ended(int(done.stdout))


def test_ctrl_c_is_for_the_first_process(monkeypatch):
    given = problem()
    with hired(given, monkeypatch):
        assert os.getpgid(process().pid) != os.getpgid(0)


# ---------------------------------------------------------------- where there is none


def no_memory(name):
    raise PermissionError("not here")


@pytest.mark.parametrize("missing", ["memory", "Python", "answers"])
def test_where_no_process_can_be_had_one_works_alone(missing, monkeypatch, capfd):
    given = problem()
    with monkeypatch.context() as m:
        if missing == "memory":
            m.setattr(os, "memfd_create", no_memory)
        else:
            path = "/nowhere/python" if missing == "Python" else "/bin/false"
            m.setattr(sys, "executable", path)
        with hired(given, m):
            assert helpers.processes() == 1
            found = helpers.terms_and_gradient(*given)
    assert same(found, driver.terms_and_gradient(*given)) and capfd.readouterr() == ("", "")


def cut(M, H, threads, monkeypatch):
    monkeypatch.setattr(backend, "blas", lambda: (None, threads))
    rows = helpers.rows_of_processes(np, M, H)
    assert np.concatenate([np.arange(M)[r] for r in rows]).tolist() == list(range(M))
    return len(rows)


def test_a_process_for_every_thread_of_blas_where_that_pays(monkeypatch):
    assert cut(64, 128, 2, monkeypatch) == 2  # the preset small
    assert cut(64, 128, 1, monkeypatch) == 1  # OPENBLAS_NUM_THREADS=1
    assert cut(64, 128, 16, monkeypatch) == 4  # of 16 images
    assert cut(100, 256, 2, monkeypatch) == 1  # the paper's: there threads pay
    assert cut(400, 256, 2, monkeypatch) == 1
    assert cut(8, 6, 2, monkeypatch) == cut(64, 16, 2, monkeypatch) == 1  # too little work
    with monkeypatch.context() as m:
        m.delattr(os, "memfd_create")
        assert cut(64, 128, 2, m) == 1


class Several(parallel.Alone):
    size = 2


def test_only_the_fast_engine_of_one_process_is_helped(monkeypatch):
    run = small_run.begin()
    monkeypatch.setattr(helpers, "rows_of_processes", lambda xp, M, H: [slice(0, 2), slice(2, M)])

    def count(run):
        with loop.helped(run):
            return helpers.processes()

    assert count(run) == 2
    with monkeypatch.context() as m:
        m.setattr(parallel, "world", Several)
        assert count(run) == 1
    run.recipe = replace(run.recipe, engine="autograd")
    assert count(run) == 1


# ---------------------------------------------------------------- training

OPTIONS = "--small --T 2 --H 6 --Z 2 --batch-size 8 --steps 12".split()


def trained(folder, *more):
    assert train.main([*OPTIONS, *more, "--out", str(folder)]) == 0
    return checkpoint.load(folder / "checkpoint.npz")


def test_a_run_that_is_helped_resumes_to_the_bit_and_survives_its_helper(
    tmp_path, monkeypatch, capsys
):
    rows = lambda xp, M, H: [slice(0, 4), slice(4, M)]  # noqa: E731
    alone = trained(tmp_path / "alone")
    monkeypatch.setattr(helpers, "rows_of_processes", rows)
    whole = trained(tmp_path / "whole")
    assert "2 processes, each with its share of every minibatch" in capsys.readouterr().out
    trained(tmp_path / "parts", "--stop-after", "5")
    assert train.main(["--resume", str(tmp_path / "parts")]) == 0
    parts = checkpoint.load(tmp_path / "parts" / "checkpoint.npz")
    advance, seen = loop.advance, []

    def killing(run, *given):
        seen.append(process().pid)
        if len(seen) == 4:
            process().kill()
        return advance(run, *given)

    monkeypatch.setattr(loop, "advance", killing)
    lost = trained(tmp_path / "lost")
    assert capsys.readouterr().err.count(helpers.LOST) == 1
    for run in (parts, lost):
        small_run.assert_same(run, whole)
    for name, value in alone.params.items():
        np.testing.assert_allclose(whole.params[name], value, rtol=1e-3, atol=1e-5)
    assert has_ended(seen[0]) and helpers.processes() == 1
