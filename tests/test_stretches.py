"""A run that goes on otherwise: resumed with another rate, branched, begun with weights alone."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from small_run import CONFIG, RECIPE, assert_same, begin, dataset, nothing

import draw_np
from draw_np import cli, networks, train
from draw_np.measuring import bounds
from draw_np.training import checkpoint, folder, logbook, loop, resuming, schedules

TINY = ["--T", "2", "--H", "6", "--Z", "2", "--batch-size", "8"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def go(*args, code=0):
    """``draw_np.train`` in this process."""
    assert train.main(list(map(str, args))) == code


@pytest.fixture(scope="module")
def six_steps(tmp_path_factory):
    """A run of six steps of twelve, to be copied."""
    run = tmp_path_factory.mktemp("stretches") / "run"
    go("--small", *TINY, "--steps", 12, "--stop-after", 6, "--out", run, "--seed", 3,
       "--schedule", "constant")  # fmt: skip
    return run


@pytest.fixture
def run(six_steps, here):
    """A copy of it, in the folder where the test is."""
    return shutil.copytree(six_steps, here / "run")


def rates(folder):
    return logbook.read(folder / "log.csv")["lr"]


# ---------------------------------------------------------------- resumed otherwise


def test_a_resumed_run_takes_another_rate_and_says_so(run, capsys):
    go("--resume", run, "--lr", 0.001, "--steps", 10, "--clip", 5, "--schedule", "stable")
    out = capsys.readouterr().out
    assert "from step 7 on: steps 12 -> 10, lr 0.003 -> 0.001, schedule constant -> stable" in out
    assert "clip 10.0 -> 5.0" in out
    found = rates(run)
    np.testing.assert_allclose(found[:6], 0.003)
    np.testing.assert_allclose(found[6:], [schedules.stable(s, 10, 0.001) for s in range(6, 10)])
    k = checkpoint.load(run)
    assert [s.first for s in k.stretches] == [0, 6]
    assert [s.recipe.lr for s in k.stretches] == [0.003, 0.001]
    assert (k.recipe.clip, k.recipe.steps, k.past[0].recipe.clip) == (5, 10, 10)
    said = json.loads((run / "config.json").read_text())["stretches"]
    assert [s["first"] for s in said] == [0, 6] and said[1]["recipe"]["schedule"] == "stable"


def test_a_resumed_run_that_changes_nothing_is_one_stretch(run, capsys):
    go("--resume", run, "--lr", 0.003, "--stop-after", 2)
    assert "the rate goes from" not in capsys.readouterr().out
    assert len(checkpoint.load(run).stretches) == 1
    go("--resume", run, "--lr", 0.002, "--stop-after", 1)
    go("--resume", run, "--lr", 0.001, "--stop-after", 1)
    assert [s.first for s in checkpoint.load(run).stretches] == [0, 8, 9]


def test_another_clip_is_the_one_that_is_used(run, monkeypatch):
    limits = []
    real = loop.optim.clip_by_global_norm
    monkeypatch.setattr(
        loop.optim, "clip_by_global_norm", lambda g, limit: limits.append(limit) or real(g, limit)
    )
    go("--resume", run, "--clip", 0.25, "--stop-after", 2)
    assert limits == [0.25, 0.25]


def test_a_branch_leaves_the_run_as_it_was(run):
    before = {p.name: p.read_bytes() for p in run.iterdir()}
    go("--resume", run, "--out", "branch", "--steps", 8, "--schedule", "stable")
    assert {p.name: p.read_bytes() for p in run.iterdir()} == before
    branch = run.parent / "branch"
    assert logbook.read(branch / "log.csv")["step"].tolist() == list(range(1, 9))
    k = checkpoint.load(branch)
    assert k.step == 8 and [s.first for s in k.stretches] == [0, 6]
    assert networks.load(branch).step == 8  # best.npz is its own
    go("--resume", run)
    assert checkpoint.load(run).step == 12


def test_a_branch_that_changes_nothing_is_the_run_itself(run):
    go("--resume", run, "--out", "branch")
    go("--resume", run)
    assert_same(checkpoint.load(run.parent / "branch"), checkpoint.load(run))


def test_a_lone_checkpoint_goes_on_to_the_end(run):
    (run.parent / "alone").mkdir()
    (run / "checkpoint.npz").rename(run.parent / "alone" / "checkpoint.npz")
    go("--resume", run.parent / "alone")
    assert networks.load(run.parent / "alone").step == 12
    assert (run.parent / "alone" / "samples.png").exists()


def test_other_data_is_not_taken_for_the_run_s(here, rng=np.random.default_rng(0)):
    for name in ("mine", "other"):
        np.savez(f"{name}.npz", images=rng.integers(0, 256, (40, 8, 8), dtype=np.uint8))
    go("--small", *TINY, "--data", "mine.npz", "--steps", 4, "--stop-after", 2, "--out", "run")
    os.rename("mine.npz", "moved.npz")
    with pytest.raises(cli.UserError, match=r"mine\.npz"):
        go("--resume", "run")
    with pytest.raises(cli.UserError, match="trained on other images"):
        go("--resume", "run", "--data", "other.npz")
    with pytest.raises(cli.UserError, match=r"has data = mine\.npz and you ask for dig"):
        go("--resume", "run", "--data", "digits")
    go("--resume", "run", "--data", "moved.npz")
    assert draw_np.load("run").recipe.data == "moved.npz"


def test_the_advice_after_a_number_that_is_not_finite_can_be_followed(run, capsys, monkeypatch):
    def sick(k, dataset, clock=None):
        if k.step == 8:
            raise loop.NotFinite(9, {"bound": np.nan}, {})
        return advance(k, dataset, clock)

    advance = loop.advance
    monkeypatch.setattr(loop, "advance", sick)
    go("--resume", run, code=1)
    err = capsys.readouterr().err
    assert "step 9: the bound is nan" in err
    line = err.strip().splitlines()[-1].split()
    assert line == [
        *["python", "-m", "draw_np.train", "--resume"],
        str(run / "best.npz"),
        *["--lr", "0.001"],
    ]
    monkeypatch.setattr(loop, "advance", advance)
    go(*line[3:])
    k = checkpoint.load(run)
    assert k.step == 12 and [s.first for s in k.stretches] == [0, 6]
    assert logbook.read(run / "log.csv")["step"].tolist() == list(range(1, 13))


# ---------------------------------------------------------------- weights alone


def test_weights_alone_begin_a_stretch_with_a_fresh_adam(tmp_path):
    data, old = dataset(), begin(seed=1)
    loop.train(old, data, tmp_path, 8, nothing)
    source = networks.load(tmp_path)
    recipe = replace(RECIPE, steps=300, schedule="constant")
    k = loop.begin_with(source, "tiny", replace(CONFIG, T=5), recipe, data, 7)
    for name, value in source.params.items():
        np.testing.assert_array_equal(k.params[name], value)
    assert (k.step, k.first, k.seed, k.adam.t) == (source.step, source.step, 7, 0)
    assert not any(np.any(m) for m in (*k.adam.m.values(), *k.adam.v.values()))
    assert [s.T for s in k.stretches] == [3, 5] and k.stretches[1].weights == "tiny, seed 1"
    assert k.params["enc.W"] is not source.params["enc.W"]
    seen = [loop.advance(k, data).lr for _ in range(120)]
    np.testing.assert_allclose(seen, [0.01 * min((s + 1) / 100, 1) for s in range(120)])
    folder_of = tmp_path / "b"
    folder_of.mkdir()
    k.save(folder_of / "checkpoint.npz")
    assert checkpoint.load(folder_of).stretches == k.stretches
    assert schedules.rate(checkpoint.load(folder_of)) == schedules.rate(k)


def test_a_schedule_counts_from_where_the_weights_were_given(tmp_path):
    source = begin()
    source.step = 500
    recipe = replace(RECIPE, steps=1500, schedule="cosine")
    k = loop.begin_with(source, "tiny", CONFIG, recipe, dataset(), 0)
    k.step = 1000
    assert schedules.rate(k) == pytest.approx(0.01 / 2)


def test_weights_of_other_sizes_or_without_steps_left_begin_no_run():
    source = begin()
    source.step = 6

    def begun(steps, **sizes):
        recipe = replace(RECIPE, steps=steps)
        return loop.begin_with(source, "tiny", replace(CONFIG, **sizes), recipe, dataset(), 0)

    said = "a network with H = 4 and not 5, Z = 2 and not 3: only T may be another"
    with pytest.raises(ValueError, match=said):
        begun(7, T=2, H=5, Z=3)
    for steps in (5, 6):
        with pytest.raises(ValueError, match=f"6 steps, .* more than that, and not {steps}"):
            begun(steps)
    assert begun(7, T=2).first == 6


def test_from_a_packaged_network_by_the_command(here, capsys):
    vae = draw_np.load("vae")
    go("--from", "vae", "--steps", vae.step + 3, "--out", "a", "--lr", 1e-4)
    k = checkpoint.load("a")
    assert k.step == vae.step + 3 and k.first == vae.step and k.weights == "vae"
    assert k.config == vae.config and k.preset == "vae"
    assert np.abs(k.params["dec.W"] - vae.params["dec.W"]).max() < 1e-4
    assert f"steps {vae.step + 1} to {vae.step + 3} of" in capsys.readouterr().out


def test_a_run_that_has_made_no_step_gets_another_rate_without_a_stretch_of_none(capsys):
    k = begin()
    resuming.change(k, {"lr": 0.5})
    assert (k.recipe.lr, k.past, k.first) == (0.5, (), 0)
    loop.advance(k, dataset())
    resuming.change(k, {"lr": 0.25})
    assert [s.recipe.lr for s in k.stretches] == [0.5, 0.25] and k.first == 1
    resuming.change(k, {"lr": 0.125})
    assert [s.recipe.lr for s in k.stretches] == [0.5, 0.125]


@pytest.mark.slow
def test_the_bound_is_back_within_a_few_hundred_steps(tmp_path):
    """Adam's averages are gone, and half precision rounds: neither costs more than this."""
    small = draw_np.load("small")
    data = small.dataset()
    recipe = replace(small.recipe, schedule="stable", lr=1e-3, steps=small.step + 300)
    k = loop.begin_with(small, "small", small.config, recipe, data, 5)
    loop.train(k, data, tmp_path, recipe.steps, nothing)
    before, after = (bounds.bound(n.params, n.config, data.valid).mean for n in (small, k))
    assert after < before + 0.5


def test_a_run_with_others_weights_has_a_step_of_its_own(here):
    step = draw_np.load("vae").step
    go("--from", "vae", "--steps", step + 3, "--out", "a", "--stop-after", 1)
    k = checkpoint.load("a")
    k.step = k.origin  # as a run that is stopped before its first step
    k.save("a/checkpoint.npz")
    said = f"is at step {step} already: --steps must be at least {step + 1}"
    with pytest.raises(cli.UserError, match=said):
        go("--resume", "a", "--steps", step)
    go("--resume", "a", "--steps", step + 1)


# ---------------------------------------------------------------- folders


def test_two_processes_do_not_share_a_folder(run):
    with folder.held(run), pytest.raises(cli.UserError, match="another process is training in"):
        go("--resume", run)
    go("--resume", run, "--stop-after", 1)
    assert checkpoint.load(run).step == 7


OURS = ("checkpoint.npz.123.unfinished", "best.npz.4.unfinished", "log.csv.unfinished")
NOT_OURS = ("novel.unfinished", "novel.npz.7.unfinished", "checkpoint.npz.mine.unfinished")


@pytest.mark.parametrize("asked, left", [("checkpoint.npz", NOT_OURS), ("x.npz", OURS + NOT_OURS)])
def test_only_what_a_killed_run_left_is_deleted_and_only_where_a_run_is(run, asked, left):
    for name in OURS + NOT_OURS:
        (run / name).write_text("half of it")
    if asked == "checkpoint.npz":
        go("--resume", run / asked, "--stop-after", 1)
    else:
        with pytest.raises(cli.UserError, match="there is no network"):
            go("--resume", run / asked)
    assert {p.name for p in run.glob("*.unfinished")} == set(left)


def test_a_folder_is_let_go_when_its_process_is_killed(run):
    code = (
        "import sys, time; from draw_np.training import folder\n"
        f"with folder.held({str(run)!r}):\n    print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    with pytest.raises(cli.UserError), folder.held(run):
        pass
    process.kill()
    process.communicate()
    with folder.held(run):
        pass


def test_runs_that_start_at_once_get_a_folder_each(here, monkeypatch):
    monkeypatch.setattr(folder.time, "strftime", lambda form: "20150213-120000")
    names = []
    for _ in range(3):
        path = folder.named("small")
        names.append(folder.made(path, chosen=False).name)
    assert names == [f"20150213-120000-small{n}" for n in ("", "-2", "-3")]
    late = here / "runs" / "20150213-120000-small"  # two looked before either made it
    assert folder.made(late, chosen=False).name == "20150213-120000-small-4"


def test_a_run_that_is_given_no_folder_gets_one_in_runs(here, monkeypatch):
    monkeypatch.setattr(folder.time, "strftime", lambda form: "20150213-120000")
    go("--small", *TINY, "--stop-after", 1)
    assert [path.name for path in here.iterdir()] == ["runs"]
    (run,) = (here / "runs").iterdir()
    assert run.name == "20150213-120000-small" and checkpoint.load(run).step == 1


def test_no_checkpoint_is_ahead_of_its_log(tmp_path, monkeypatch):
    """A process that is killed after a checkpoint leaves a row for every step before it."""
    rows = []

    def keep(path, k):
        rows.append((k.step, len(logbook.read_rows(tmp_path / "log.csv"))))

    monkeypatch.setattr(loop, "keep", keep)
    loop.train(begin(), dataset(), tmp_path, 8, nothing)
    assert {step for step, _ in rows} == {3, 6, 8}
    assert all(written >= step for step, written in rows)
