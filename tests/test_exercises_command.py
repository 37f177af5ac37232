"""The command, and pytest, on a reader's folder."""

import json
import os
import re
import shutil
import subprocess
import sys

import exercise_helpers
import numpy as np
import pytest
from exercise_helpers import EXERCISES, READERS, ROOT, SAMPLE, WRONG, write_answers

from draw_np import exercises
from draw_np.practice import contents, files, runner

CHAPTERS = ", ".join(map(str, contents.FILES))

folder = exercise_helpers.folder


def run(*arguments, cwd=None):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "draw_np.exercises", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
    )


def test_outside_a_checkout_one_sentence_and_exit_code_2(tmp_path):
    done = run(cwd=tmp_path)
    assert done.returncode == 2 and not done.stdout
    assert len(done.stderr.splitlines()) == 1 and "go into a checkout" in done.stderr


@pytest.mark.parametrize("place", [".", "chapters", "chapters/exercises"])
def test_the_list_from_anywhere_in_the_checkout(folder, place, capsys, monkeypatch):
    write_answers(
        folder,
        "03_lstm.py",
        affine_backward="return dy @ W.T, x.T @ dy, dy.sum(0)",
        lstm="return h, s",
    )
    monkeypatch.chdir(folder.parent.parent / place)
    assert exercises.main([]) == 0
    text = capsys.readouterr().out
    assert re.search(r"done +3.1 +the derivative", text) and re.search(r"WRONG +3.2 ", text)
    waiting, first = len(EXERCISES) - 2, next(iter(EXERCISES))
    assert f"1 of {len(EXERCISES)} done, 1 wrong, {waiting} not started." in text
    assert f"Next: {first}, {contents.LABELS[first].title}." in text


def main(folder, *arguments):
    return exercises.main([arguments[0], "--folder", str(folder), *arguments[1:]])


def test_exit_codes_and_json_of_a_check(folder, capsys):
    assert main(folder, "check", "4.1") == 3
    write_answers(folder, "04_latent.py", sample=SAMPLE, kl_to_prior="return mu.sum(1)")
    assert main(folder, "check", "4.1") == 0
    assert "Exercise 4.1: passed" in capsys.readouterr().out
    assert main(folder, "check", "4", "--json", str(folder / "out.json")) == 1
    said = capsys.readouterr().out
    assert "4.3: wrong: value" in said and "4.2" not in said
    found = json.loads((folder / "out.json").read_text())
    assert found["counts"] == {"passed": 1, "wrong": 1, "error": 0, "waits": 4, "absent": 0}
    assert found["exercises"][2]["number"] == "4.3" and found["exercises"][2]["kind"] == "value"
    assert main(folder, "check", "4.1", "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["exit_code"] == 0


def test_hints_and_solutions(folder, capsys):
    assert main(folder, "hint", "8.4") == 0
    first = capsys.readouterr().out
    assert "hint 1 of 3" in first and "hint 8.4 2" in first
    main(folder, "hint", "8.4", "3")
    assert "--anyway" in capsys.readouterr().out
    assert main(folder, "solution", "4.1") == 1
    assert "--anyway" in capsys.readouterr().out
    assert main(folder, "solution", "4.1", "--anyway") == 0
    assert "def sample(" in capsys.readouterr().out
    write_answers(folder, "04_latent.py", sample=SAMPLE)
    assert main(folder, "solution", "4.1") == 0
    main(folder, "solution", "9.6", "--anyway")
    said = capsys.readouterr().out
    assert "def read_backward" in said and "one product at a time" in said


def test_reset_by_the_command(folder, capsys):
    write_answers(folder, "04_latent.py", sample=SAMPLE)
    assert main(folder, "reset", "4") == 0
    assert (folder / "04_latent.py").read_text() == files.stub_text(4)
    assert len(list((folder / "old").iterdir())) == 6
    assert "old/04_latent.before-reset-of-4.1.1.txt" in capsys.readouterr().out


def test_a_table_of_many_readers(folder, tmp_path, capsys):
    write_answers(folder, "04_latent.py", sample=SAMPLE, kl_to_prior="return (")
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("a stray file")
    report = tmp_path / "all.json"
    code = exercises.main(
        [
            "collect",
            str(folder.parent.parent),
            str(folder),
            str(tmp_path / "empty"),
            str(tmp_path / "notes.txt"),
            "--json",
            str(report),
        ]
    )
    assert code == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["reader", "ch.", str(min(contents.FILES))]
    lengths = [sum(e.chapter == chapter for e in EXERCISES.values()) for chapter in contents.FILES]
    assert sum(lengths) == len(EXERCISES)
    for line in lines[1:3]:
        signs, at = ["." * n for n in lengths], list(contents.FILES).index(4)
        signs[at] = "+.!" + "." * (lengths[at] - 3)
        assert line.split()[1:] == [*signs, "1", "1", str(len(EXERCISES) - 2), "0"], line
    absent = ["-" * n for n in lengths]
    assert lines[3].split()[1:] == [*absent, "0", "0", "0", str(len(EXERCISES))]
    assert lines[-1] == f"left out: {tmp_path / 'notes.txt'} is no folder"
    found = json.loads(report.read_text())
    assert found[str(folder)]["counts"]["passed"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments, words",
    [
        (["check", "8.11"], "there is no exercise 8.11: this chapter has 8.0 to 8.10"),
        (["check", "99"], f"there are exercises for the chapters {CHAPTERS}"),
        (["hint", "8"], "there is no exercise 8"),
        (["hint", "8.1", "9"], "exercise 8.1 has 3 hints"),
        (["list", "--folder", "nowhere"], "nowhere is no folder"),
        (["collect", "nowhere"], "nowhere is no folder"),
        (["solve"], "invalid choice"),
        (["hint"], "required: NUMBER"),
    ],
)
def test_a_wrong_command_is_told_in_a_sentence(arguments, words, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and words in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_in_a_notebook_the_same_check(capsys):
    exercises.check("4.1", lambda mu, log_sigma, eps: mu + np.exp(log_sigma) * eps)
    assert capsys.readouterr().out == "Exercise 4.1: passed\n"
    exercises.check("8.9", *WRONG["8.9"][0][2])
    exercises.check("4.3", WRONG["4.3"][0][2][0])
    assert all(len(line) <= 100 for line in capsys.readouterr().out.splitlines())
    exercises.check("8.9", *WRONG["8.9"][0][2])
    assert "Exercise 8.9: wrong: the property grid_is_sound" in capsys.readouterr().out
    called = re.escape('check("8.9", grid_is_sound, suspect_centres)')
    with pytest.raises(ValueError, match=f"checks grid_is_sound and suspect_centres: {called}"):
        exercises.check("8.9", print)
    with pytest.raises(ValueError, match=r"no exercise 8\.12"):
        exercises.check("8.12", print)
    exercises.show("8.9")
    said = capsys.readouterr().out
    assert "def grid_is_sound(centres):" in said and "def suspect_centres(g, delta, N):" in said


def test_a_number_that_is_no_text_may_mean_two():
    with pytest.raises(ValueError, match=r'8.1 may be "8.1" or "8.10": write it as text'):
        exercises.check(8.10, print)
    exercises.check(4.1, lambda mu, log_sigma, eps: mu)


def test_start_by_the_command(tmp_path, capsys, monkeypatch):
    (tmp_path / "chapters" / "exercises").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "chapters")
    assert exercises.main([]) == 0
    assert "Begin with: python -m draw_np.exercises start" in capsys.readouterr().out
    assert exercises.main(["start", "3", "8.2"]) == 0
    said = capsys.readouterr().out
    assert said.count(".py\n") == 2 and "03_lstm.py" in said and "08_filterbank.py" in said
    assert exercises.main(["start", "8"]) == 0
    assert "stays as it is" in capsys.readouterr().out
    assert exercises.main(["check", "8"]) == 3
    said = capsys.readouterr().out
    assert said == "0 of 11 done, 0 wrong, 1 not started, 10 not handed out.\n"
    assert exercises.main(["check", "3", "5.1"]) == 3
    said = capsys.readouterr().out
    assert "Exercise 5.1: not handed out: 05_bound.py is missing: start 5 makes it" in said
    assert "7 not started, 1 not handed out (5.1)." in said


def test_a_file_that_is_not_begun_starts_no_process(folder, monkeypatch):
    monkeypatch.setattr(runner, "start", None)
    assert runner.check(folder).having("waits") == list(EXERCISES)


@pytest.mark.slow
def test_by_pytest_not_started_is_skipped_and_wrong_is_told(folder):
    shutil.copy(READERS / "conftest.py", folder)
    write_answers(folder, "04_latent.py", sample=SAMPLE, kl_to_prior="return (mu**2).sum(1)")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", str(folder)],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1
    assert f"1 failed, 1 passed, {len(EXERCISES) - 2} skipped" in done.stdout
    assert "Exercise 4.3: wrong: value: KL is wrong" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.slow
def test_the_whole_run_says_how_many_wait():
    collect = ["pytest", "-p", "no:cacheprovider", "--collect-only", "tests/test_config.py"]
    done = subprocess.run(
        [sys.executable, "-m", *collect],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    waiting = files.count_waiting(READERS)
    assert f"{waiting} of {len(EXERCISES)} exercises wait" in done.stdout
