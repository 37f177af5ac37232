"""Watching a folder: a file that is saved is checked at once, whatever it is by then."""

import os
import signal
import subprocess
import sys
import time

import exercise_helpers
import pytest
from exercise_helpers import EXERCISES, ROOT, SAMPLE, write_answers

from draw_np.practice import files, runner, watching

folder = exercise_helpers.folder
WRONG = "return mu + log_sigma * eps"


def looked(watch):
    """What is said of all files that were saved."""
    return [said for c, before in watch.saved().items() for said in watch.check(c, before)]


def test_a_file_that_is_saved_is_checked_and_no_other(folder):
    write_answers(folder, "04_latent.py", sample=WRONG, kl_to_prior="return mu.sum(1)")
    watch = watching.Watch(folder, seconds=10)
    assert watch.saved() == {} and watch.begun() == 4
    write_answers(folder, "04_latent.py", sample=SAMPLE)
    (said,) = looked(watch)
    assert said.number == "4.1" and said.status == "passed" and "4.1.png" in said.picture
    assert watch.saved() == {}
    bars, following = watch.what_is_next(4)
    assert (
        "1 of 6" in bars
        and f"1 of {len(EXERCISES)}" in bars
        and following.startswith("Next: 4.2, ")
    )


def test_the_same_mistake_in_other_words_is_told_again(folder):
    watch = watching.Watch(folder, seconds=10, pictures=False)
    for body in (WRONG, "return mu + eps * log_sigma"):
        write_answers(folder, "04_latent.py", sample=body)
        (said,) = looked(watch)
        assert said.number == "4.1" and said.mistake == "log-for-sigma"


def test_what_calls_a_function_that_has_changed_is_told_too(folder):
    calls = "da, ds = cell_backward(dh_new, ds_new, *[s] * 6); return da, da, ds, da, da"
    write_answers(folder, "03_lstm.py", lstm_backward=calls)
    watch = watching.Watch(folder, seconds=10, pictures=False)
    path = folder / "03_lstm.py"
    path.write_text(path.read_text() + "\nLATER = 1\n")
    (said,) = looked(watch)  # no function has changed: all that do not pass
    assert said.number == "3.4"


def test_a_file_costs_only_itself(folder):
    write_answers(folder, "04_latent.py", sample=SAMPLE)
    watch = watching.Watch(folder, seconds=2, pictures=False)
    path = folder / "04_latent.py"
    whole = path.read_bytes()
    path.unlink()
    assert looked(watch) == ["04_latent.py is missing: start 4 makes it"]
    assert watch.verdicts["4.1"].status == "absent"
    path.write_bytes(whole[: len(whole) // 2])
    assert watch.check(4, None) is not None  # half of it, whatever that is
    path.write_bytes(b"\xff\xfe\x00")
    assert looked(watch) == ["04_latent.py is not text in UTF-8"]
    path.write_bytes(whole.replace(SAMPLE.encode(), b"return ("))
    assert next(said.kind for said in looked(watch)) == "syntax"
    path.write_bytes(whole.replace(SAMPLE.encode(), b"while True: pass"))
    assert [(said.number, said.kind) for said in looked(watch)] == [("4.1", "time")]
    path.write_bytes(whole)
    assert [(said.number, said.status) for said in looked(watch)] == [("4.1", "passed")]
    assert path.read_bytes() == whole


def test_a_file_that_goes_while_it_is_checked_is_judged_as_it_was(folder):
    write_answers(folder, "04_latent.py", sample=SAMPLE)
    path, numbers = folder / "04_latent.py", ["4.1"]
    real = runner.start

    def late(*how):
        path.unlink(missing_ok=True)
        return real(*how)

    runner.start = late
    try:
        verdicts, _ = runner.check_file(path, numbers, 10)
    finally:
        runner.start = real
    assert verdicts["4.1"].status == "passed" and not path.exists()


def test_when_a_chapter_is_done_the_next_one_comes(folder):
    watch = watching.Watch(folder, seconds=10)
    passed = {n: v for n, v in watch.verdicts.items() if n.startswith("4.")}
    watch.verdicts |= {n: runner.Verdict(n, "passed") for n in passed}
    assert watch.what_is_next(4)[1].startswith("Next: 5.0, ")
    assert watch.what_is_next(15)[1].startswith("Next: 15.0, ")
    watch.verdicts = {n: runner.Verdict(n, "passed") for n in watch.verdicts}
    assert watch.what_is_next(4)[1] == "All done."


def test_the_functions_that_differ_name_their_exercises():
    text = files.stub_text(8)
    assert files.touched(8, text, text) == []
    assert files.touched(8, text, text.replace("wrong in one respect: fix it (8.9)", "")) == []
    assert files.touched(8, text, text.replace("fix it (exercise 8.9)", "fixed")) == ["8.9"]
    assert files.touched(8, "", text) == [f"8.{k}" for k in range(11)]


def test_a_worker_that_is_started_ahead_is_used_and_ended(folder):
    write_answers(folder, "04_latent.py", sample=SAMPLE)
    with runner.warm() as ahead:
        ahead()
        ahead()
        (process,) = runner.SPARE
        assert runner.check(folder, ["4.1"]).verdicts["4.1"].status == "passed"
        assert process.poll() is not None and not runner.SPARE
        ahead()
        (process,) = runner.SPARE
    assert process.poll() is not None and not runner.SPARE


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent otherwise")
def test_the_command_until_ctrl_c(folder, tmp_path):
    log = tmp_path / "said.txt"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "draw_np.exercises", "watch", "--folder", str(folder)],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        )
        try:
            wait_for(log, "Next: ")
            write_answers(folder, "04_latent.py", sample=SAMPLE)
            wait_for(log, "Exercise 4.1: passed")
            wait_for(log, "Next: 4.2")
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
    assert log.read_text().endswith("The watch is over. Your files are as you saved them.\n")
    assert "Traceback" not in log.read_text()


def wait_for(log, words):
    """Wait until a file has these words."""
    for _ in range(1200):
        if words in log.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(f"no {words!r} in:\n{log.read_text()}")
