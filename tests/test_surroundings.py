"""Where commands run: signals, pipes, closed streams, threads, spoiled logs. No run is lost."""

import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from small_run import begin, dataset, nothing

from draw_np import cli, train
from draw_np.machine import parallel
from draw_np.training import checkpoint, logbook, loop

TINY = ["--T", "2", "--H", "6", "--Z", "2", "--batch-size", "8"]
posix = pytest.mark.skipif(os.name == "nt", reason="signals and shells as POSIX has them")


def command(module, *args):
    return [sys.executable, "-m", f"draw_np.{module}", *map(str, args)]


def shell(line, cwd):
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHON": sys.executable},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


# ---------------------------------------------------------------- signals


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_in_training_saves_a_checkpoint(tmp_path, name):
    process = subprocess.Popen(
        command("train", "--small", *TINY, "--steps", 100_000, "--out", "run"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if line.startswith("step      1/"):
            break
    time.sleep(0.2)
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "--resume run" in out and not err
    assert checkpoint.load(tmp_path / "run").step > 0


@posix
@pytest.mark.parametrize("module", ["train", "sample", "evaluate", "figures", "exercises"])
def test_ctrl_c_anywhere_is_one_word(module, monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    assert cli.exit_code(interrupted, module) == 130
    assert capsys.readouterr().err == f"{module}: stopped\n"


@posix
def test_a_run_killed_before_its_first_step_can_be_resumed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def killed(*rest):
        raise SystemExit(137)

    monkeypatch.setattr(loop, "train", killed)
    with pytest.raises(SystemExit):
        train.main(["--small", *TINY, "--steps", "3", "--out", "run"])
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert train.main(["--resume", "run"]) == 0
    assert checkpoint.load("run").step == 3


def test_training_in_a_thread(tmp_path):
    """A notebook's server may run its cells in one; there Python allows no signal handlers."""
    k = begin()
    thread = threading.Thread(target=loop.train, args=(k, dataset(), tmp_path, 4, nothing))
    thread.start()
    thread.join()
    assert k.step == 4


# ---------------------------------------------------------------- pipes and streams


@posix
def test_a_reader_that_goes_away_is_no_fault_of_the_place(tmp_path):
    line = f"$PYTHON -m draw_np.train --small {' '.join(TINY)} --steps 40 --out run"
    done = shell(f"{line} | true; echo ${{PIPESTATUS[0]}}", tmp_path)
    assert done.stdout.strip() == "141" and "cannot be written" not in done.stderr
    assert checkpoint.load(tmp_path / "run").step < 40  # what there is can be resumed


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("words", ["-m draw_np.train --list", "-m draw_np.evaluate small"])
def test_a_full_device_is_one_sentence(tmp_path, words):
    done = shell(f"$PYTHON {words} > /dev/full", tmp_path)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr and done.stderr.count("\n") == 1


@posix
def test_closed_streams(tmp_path):
    line = f"$PYTHON -m draw_np.train --small {' '.join(TINY)} --steps 3"
    assert shell(f"{line} --out a 2>&-", tmp_path).returncode == 0
    assert shell(f"{line} --out b >&-", tmp_path).returncode == 0
    assert checkpoint.load(tmp_path / "a").step == checkpoint.load(tmp_path / "b").step == 3


@posix
def test_optimised_python_runs_too(tmp_path):
    for flags in ("-O", "-OO"):
        assert (
            shell(
                f"$PYTHON {flags} -m draw_np.sample small --n 2 --rows 1 --moving 1 --out x{flags}",
                tmp_path,
            ).returncode
            == 0
        )


def test_numbers_go_to_standard_output_if_asked(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli.present("a table", {"bound": 1.5}, cli.Path("-"))
    assert capsys.readouterr().out == '{\n  "bound": 1.5\n}\n'
    assert not list(tmp_path.iterdir())
    cli.present("a table", {"bound": 1.5}, None)
    assert capsys.readouterr().out == "a table\n"


# ---------------------------------------------------------------- spoiled logs


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A run of six steps, stopped after four; it is copied and not touched."""
    run = tmp_path_factory.mktemp("stopped") / "run"
    steps = ["--steps", "6", "--stop-after", "4"]
    assert train.main(["--small", *TINY, *steps, "--out", str(run)]) == 0
    return run


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(b"\n2,", b"\nx,", 1),
        lambda text: text.replace(b"\n2,", b"\n\xff\xfe,", 1),
        lambda text: text.replace(b"\n2,", b"\n2,0.5,many,", 1),
        lambda text: text.replace(b"\n2,", b"\n\x00\x00,", 1),
        lambda text: text + b"\xff\xff\xff",
        lambda text: text[:40],
        lambda text: b"",
        lambda text: b"hello",
        lambda text: None,
    ],
)
def test_a_spoiled_log_does_not_stop_a_whole_checkpoint(stopped, tmp_path, monkeypatch, spoil):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(stopped, "run")
    text = spoil((tmp_path / "run" / "log.csv").read_bytes())
    if text is None:
        (tmp_path / "run" / "log.csv").unlink()
    else:
        (tmp_path / "run" / "log.csv").write_bytes(text)
    assert train.main(["--resume", "run"]) == 0
    log = logbook.read(tmp_path / "run" / "log.csv")
    assert log["step"][-2:].tolist() == [5, 6] and np.all(np.diff(log["step"]) > 0)
    assert log["valid_step"][-1] == 6


def test_a_finished_run_without_a_log_is_finished_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert train.main(["--small", *TINY, "--steps", "3", "--out", "run"]) == 0
    log = tmp_path / "run" / "log.csv"
    text = log.read_bytes()
    for spoilt in (text.replace(b"bound", b"bond", 1), None):
        log.unlink() if spoilt is None else log.write_bytes(spoilt)
        assert train.main(["--resume", "run"]) == 0


LOG = "step,bound,kl_1,kl_2,valid\n" + "".join(f"{n},{9 - n},1,2,\n" for n in range(1, 5))


@pytest.mark.parametrize("spoil", [os.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_log_that_is_no_file_is_as_good_as_none(tmp_path, spoil):
    spoil(tmp_path / "log.csv")
    assert logbook.read_rows(tmp_path / "log.csv") == []
    (tmp_path / "branch").mkdir()
    logbook.copy(tmp_path, tmp_path / "branch")
    assert list((tmp_path / "branch").iterdir()) == []


def test_a_log_of_gigabytes_is_not_read(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    os.truncate(tmp_path / "log.csv", 3 << 30)
    assert logbook.read_rows(tmp_path / "log.csv") == []


def test_steps_count_from_one(tmp_path):
    (tmp_path / "log.csv").write_text(LOG.replace("\n2,", "\n0,").replace("\n3,", "\n-3,"))
    assert logbook.read(tmp_path / "log.csv")["step"].tolist() == [1, 4]


@pytest.mark.parametrize("columns", [("bound",), ("bound", "kl"), ("valid_step",)])
def test_a_log_without_a_column_is_as_good_as_none_where_it_is_needed(tmp_path, columns):
    path = tmp_path / "log.csv"
    path.write_text(LOG)
    assert logbook.read(path, columns)["step"].tolist() == [1, 2, 3, 4]
    path.write_text(LOG.replace("bound", "bond").replace("kl_", "k_").replace("valid", "void"))
    assert len(logbook.read(path, columns)["step"]) == 0
    path.write_text(LOG.replace("valid", "valid,L_x").replace("bound", "bond"))
    assert len(logbook.read(path, ("bound",))["step"]) == 0


@pytest.mark.parametrize("stray", ['"', "'", '"\r', "x" * 200_000, "\0" * 200_000])
def test_what_is_stray_in_a_log_costs_one_row(tmp_path, stray):
    """An open quotation mark does not swallow all that follows, nor does a long line end it all."""
    path = tmp_path / "log.csv"
    path.write_text(LOG.replace("2,7", f"2{stray},7"), newline="")
    assert logbook.read(path)["step"].tolist() == [1, 3, 4]


# ---------------------------------------------------------------- several processes


def test_a_process_that_fails_alone_says_why(monkeypatch, capfd):
    monkeypatch.setattr(parallel, "PATIENCE", 0.0)
    monkeypatch.setenv("PMI_RANK", "1")
    monkeypatch.setenv("PMI_SIZE", "2")
    monkeypatch.setattr(sys, "stderr", io.StringIO())

    def main():
        raise cli.UserError("the disk of this machine is full")

    assert cli.exit_code(main, "train") == 2
    assert "process 1: train: the disk of this machine is full" in capfd.readouterr().err


@pytest.mark.parametrize("rank, size", [("", "2"), ("0", ""), ("one", "two"), ("-1", "2")])
def test_odd_words_of_a_launcher_are_none(monkeypatch, rank, size):
    for names in parallel.LAUNCHERS:
        for name in names:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PMI_RANK", rank)
    monkeypatch.setenv("PMI_SIZE", size)
    assert parallel.launched() == (0, 1)
