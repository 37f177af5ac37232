"""The commands as a user runs them: what they print, write, refuse and survive."""

import contextlib
import importlib
import io
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image
from small_run import assert_same

from draw_np import cli, evaluate
from draw_np.training import checkpoint, logbook

TINY = ["--T", "2", "--H", "6", "--Z", "2", "--batch-size", "8"]


def run(*args, cwd, module="train", code=0):
    """Run a command in this process; returns what it said on standard output and standard error."""
    command = importlib.import_module(f"draw_np.{module}")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            left = cli.exit_code(lambda: command.main([*map(str, args)]), command.PROG)
        except SystemExit as e:
            left = e.code
    return checked(left, out.getvalue(), err.getvalue(), code)


def start(*args, cwd, module="train", code=0):
    """The same in a process of its own, as a user's shell does it."""
    done = subprocess.run(
        [sys.executable, "-m", f"draw_np.{module}", *map(str, args)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return checked(done.returncode, done.stdout, done.stderr, code)


def checked(left, out, err, code):
    assert left == code, out + err
    assert "Traceback" not in err
    return out, err


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a finished run ``a`` of four steps, and what it printed."""
    folder = tmp_path_factory.mktemp("commands")
    out, _ = start("--small", *TINY, "--steps", 4, "--out", "a", "--profile", cwd=folder)
    return folder, out


def test_train_says_what_it_does_and_writes_what_it_says(trained):
    folder, out = trained
    for said in (
        "T = 2 steps, H = 6, Z = 2, read 5 x 5, write 5 x 5",
        "embedded digits, binarised afresh",
        "1,397 training, 200 validation and 200 test images",
        "about ",
        "images/s",
        "bound on the 200 test images",
        "independent pixels at the training means",
        "this run",
        "s of the training steps went:\n",
        "  Adam ",
    ):
        assert said in out
    assert "processes" not in out  # one is no news
    written = [line.strip() for line in out.split("wrote\n")[1].splitlines()]
    assert len(written) == 7 and all((folder / path).is_file() for path in written)
    for path in written:
        if path.endswith((".png", ".gif")):
            with Image.open(folder / path) as image:
                image.load()


def test_config_says_how_to_repeat_the_run(trained):
    config = json.loads((trained[0] / "a" / "config.json").read_text())
    assert config["config"] == {
        "A": 28,
        "B": 28,
        "C": 1,
        "T": 2,
        "H": 6,
        "Z": 2,
        "N_read": 5,
        "N_write": 5,
        "K": None,
    }
    assert config["recipe"]["steps"] == 4 and config["seed"] == 0
    assert (config["task"], config["preset"], config["parameters"]) == ("draw", "small", 2809)
    assert (config["noise"], config["processes"], len(config["stretches"])) == ("host", 1, 1)
    assert {"python", "numpy", "autograd", "draw-np"} <= config["versions"].keys()


def test_stop_and_resume_equals_a_run_in_one_go(trained):
    folder, _ = trained
    out, _ = run("--small", *TINY, "--steps", 4, "--stop-after", 2, "--out", "b", cwd=folder)
    assert "stopped after step 2 of 4" in out
    line = out.strip().splitlines()[-1].strip()
    assert line == "python -m draw_np.train --resume b"
    run("--resume", "b", cwd=folder)
    assert_same(checkpoint.load(folder / "a"), checkpoint.load(folder / "b"))
    logs = [logbook.read(folder / n / "log.csv")["bound"] for n in "ab"]
    np.testing.assert_array_equal(*logs)
    pictures = ("samples.png", "drawing.png", "drawing.gif")
    for name in pictures:
        assert (folder / "a" / name).read_bytes() == (folder / "b" / name).read_bytes()


def test_interrupt_saves_and_says_how_to_go_on(trained):
    folder, _ = trained
    process = subprocess.Popen(
        [sys.executable, "-m", "draw_np.train", "--small", *TINY, "--out", "c"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if line.startswith("step      1/"):
            break
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "python -m draw_np.train --resume c" in out
    step = checkpoint.load(folder / "c").step
    assert f"stopped after step {step} of 3000" in out
    run("--resume", "c", "--stop-after", 1, cwd=folder)
    assert checkpoint.load(folder / "c").step == step + 1


def test_sample_writes_and_repeats(trained):
    folder, _ = trained
    names = ("samples.png", "drawing.png", "drawing.gif")
    for out, call in (("x", start), ("y", run)):
        printed, _ = call("a", "--n", 5, "--seed", 3, "--out", out, cwd=folder, module="sample")
        assert printed.split() == [f"{out}/{name}" for name in names]
    for name in names:
        assert (folder / "x" / name).read_bytes() == (folder / "y" / name).read_bytes()
    run("a", "--n", 5, "--seed", 4, cwd=folder, module="sample")
    other = (folder / "a" / "samples-4" / "samples.png").read_bytes()
    assert other != (folder / "x" / "samples.png").read_bytes()


def test_numbers_alone_go_to_standard_output(capsys):
    assert evaluate.main(["vae", "--images", "2", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 2


def test_evaluate_prints_and_writes_the_same(trained):
    folder, _ = trained
    args = ("a", "--samples", 3, "--split", "valid", "--json", "e.json")
    out, _ = start(*args, cwd=folder, module="evaluate")
    r = json.loads((folder / "e.json").read_text())
    assert r["bound"] == pytest.approx(r["L_x"] + r["L_z"], rel=1e-6)
    assert sum(r["L_z_of_every_step"]) == pytest.approx(r["L_z"], rel=1e-5)
    assert (r["images"], r["samples"], r["split"], r["step"]) == (200, 3, "valid", 4)
    assert r["importance_weighted"] <= r["bound"] + 3 * r["bound_error"]
    for number in (r["bound"], r["L_x"], r["L_z"], r["importance_weighted"]):
        assert f"{number:.2f}" in out
    assert "embedded digits, binarised afresh" in out


def test_evaluate_on_some_images_takes_a_fair_sample(trained):
    folder, _ = trained
    run("a", "--images", 20, "--json", "some.json", cwd=folder, module="evaluate")
    assert json.loads((folder / "some.json").read_text())["images"] == 20
    _, err = run("a", "--images", 201, cwd=folder, module="evaluate", code=2)
    assert "the split has 200 images" in err


@pytest.mark.parametrize("module", ["train", "sample", "evaluate"])
def test_help_teaches(module, tmp_path):
    out, _ = run("--help", cwd=tmp_path, module=module)
    assert f"python -m draw_np.{module} " in out and "runs/NAME" in out


REFUSED = [
    (["--preset", "smal"], "no preset 'smal': choose one of small"),
    ([], "say what to train: --small"),
    (["--small", "--T", "0"], "argument --T: '0' is not a whole number of at least 1"),
    (["--small", "--N-read", "0"], "'0' is not a whole number of at least 1"),
    (["--small", "--Z", "2.5"], "'2.5' is not a whole number"),
    (["--small", "--lr", "-1"], "'-1' is not a positive number"),
    (["--small", "--batch-size", "1398"], "larger than the 1397 training images"),
    (["--small", "--data", "faces"], "no data set 'faces'"),
    (["--small", "--out", "file/run"], "file/run cannot be written"),
    (["--small", "--out", "file"], "file is not an empty folder"),
    (["--small", "--out", "a"], "a is not an empty folder: nothing is overwritten"),
    (["--resume", "nowhere"], "there is no network 'nowhere'"),
    (["--resume", "file"], "file is not a whole network file"),
    (["--resume", "cut.npz"], "cut.npz is not a whole network file"),
    (["--resume", "other.npz"], "other.npz holds no network"),
    (["--resume", "a", "--T", "3"], "the checkpoint has T = 2 and you ask for 3"),
    (["--resume", "a", "--preset", "vae"], "has preset = small and you ask for vae"),
    (["--resume", "a", "--steps", "3"], "at step 4 already: --steps must be at least"),
    (["--resume", "a", "--out", "file"], "file is not an empty folder"),
    (["--resume", "a", "--seed", "5"], "the checkpoint has seed = 0 and you ask for 5"),
    (["--resume", "a", "--from", "small"], "--from begins a new run and --resume goes on"),
    (["--resume", "small"], "small holds a network without its optimiser"),
    (["--from", "smal"], "there is no network 'smal': give"),
    (["--from", "cluttered-small"], "holds a classifier, and a network that draws is wanted"),
    (["--from", "small", "--H", "7"], "of a network with H = 128 and not 7: only T may"),
    (["--small", "--from", "vae"], "the weights are of a network with"),
    (["--from", "small", "--steps", "3000"], "--steps must be more than that, and not 3000"),
    (["--small", "--seed", "-1"], "'-1' is not a whole number of at least 0"),
    (["--small", "--profile", "--engine", "autograd"], "has no --profile"),
    (["--small", "--segments", "2", "--engine", "autograd"], "has no --segments"),
    (["--small", "--preset", "mnist"], "--preset asks for mnist, and before for small: choose one"),
    (["--preset", "vae", "--small"], "--small asks for small, and before for vae: choose one"),
    (["--small", "--T", "1" + 26 * "0"], "1000000000000000000000000"),
    (["--small", "--T", "2000000000"], "2000000000 is more than 1,000,000,000"),
    (["--small", "--T", "9" * 5000], "is not a whole number"),
    (["--small", "--H", "1000000"], "parameters, and training it takes"),
    (["--small", "--N-write", "1000"], "N_write = 1000: more filters along a side than the 28"),
    (["--small", "--N-read", "29"], "N_read = 29: more filters along a side"),
    (["--small", "--T", "2", "--segments", "3"], "--segments 3 asks for more pieces than there"),
    (["--small", "--segments", "1000000000"], "give at most T = 12"),
    (["--small", "--lr", "1e300"], "1e300 is more than 1"),
    (["--small", "--lr", "1.01"], "1.01 is more than 1"),
    (["--small", "--lr", "nan"], "'nan' is not a positive number"),
    (["--small", "--unknown"], "unrecognized arguments: --unknown"),
]


@pytest.fixture(scope="module")
def spoiled(trained):
    """The same folder with files that are not what they should be."""
    folder, _ = trained
    (folder / "file").write_text("hello")
    whole = (folder / "a" / "checkpoint.npz").read_bytes()
    (folder / "cut.npz").write_bytes(whole[: len(whole) // 2])
    np.savez(folder / "other.npz", weights=np.zeros(3))
    return folder


def test_mistakes_are_one_sentence_and_change_nothing(spoiled):
    before = {p: p.read_bytes() for p in sorted(spoiled.rglob("*")) if p.is_file()}
    for args, sentence in REFUSED:
        _, err = run(*args, cwd=spoiled, code=2)
        assert sentence in err, args
        assert len(err.strip().splitlines()) == 1, args
    assert before == {p: p.read_bytes() for p in sorted(spoiled.rglob("*")) if p.is_file()}


def test_a_refusal_leaves_with_2(spoiled):
    _, err = run("--resume", "file", cwd=spoiled, code=2)
    assert err.startswith("python -m draw_np.train: file is not")
    _, err = start("nowhere", cwd=spoiled, module="sample", code=2)
    assert "there is no network 'nowhere': give a run folder" in err
    _, err = run("a", "--out", "file/x", cwd=spoiled, module="sample", code=2)
    assert "file/x cannot be written" in err
    _, err = run("cut.npz", cwd=spoiled, module="evaluate", code=2)
    assert "not a whole network file" in err


def test_nan_stops_with_the_step_the_group_and_the_checkpoint(trained):
    folder, _ = trained
    _, err = run(
        "--small", *TINY, "--steps", 3000, "--lr", 1, "--clip", "1e30",
        "--schedule", "constant", "--out", "nan", cwd=folder, code=1,
    )  # fmt: skip
    saved = checkpoint.load(folder / "nan")
    assert f"step {saved.step + 1}: the bound is" in err
    assert "first not finite" in err and "Warning" not in err
    assert "Begin again with a lower rate, --lr 0.3" in err  # nothing was validated yet
