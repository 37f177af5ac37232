"""Damaged and hostile files: a few of those that ``hostile.py`` makes by the thousand."""

import subprocess
import sys

import hostile
import pytest


def assert_no_faults(name, n, first=0):
    counts, found = hostile.faults(name, n, first)
    assert found == []
    assert counts["refused"] > n // 20  # changes matter: not everything may be read


@pytest.mark.parametrize("name", ["mnist", "own-npz"])
def test_a_few_changed_files_are_read_or_refused(name):
    assert_no_faults(name, 20)


@pytest.mark.slow
@pytest.mark.parametrize("name", hostile.KINDS)
def test_changed_files_of_every_kind_are_read_or_refused(name):
    assert_no_faults(name, 40, first=1000)


@pytest.mark.long
@pytest.mark.parametrize("name", hostile.KINDS)
def test_a_thousand_changed_files_of_every_kind_are_read_or_refused(name):
    assert_no_faults(name, 1000, first=10_000)


# ---------------------------------------------------------------- would it notice?


def raising(error):
    def read(folder):
        raise error

    return hostile.Kind(None, read)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("mine.npz is damaged or not an .npz file: get it again"), "refused"),
        (ValueError("bad magic"), "no sentence"),
        (ValueError("one line\nand another that nobody asked for"), "no sentence"),
        (ValueError("Object arrays cannot be loaded when allow_pickle=False"), "else's words"),
        (KeyError("images"), "Traceback"),
        (RecursionError(), "Traceback"),
        (MemoryError(), "Traceback"),
        (TimeoutError("it takes too long"), "it takes too long"),
    ],
)
def test_what_is_no_sentence_is_a_fault(error, said):
    assert said in hostile.judge_one(raising(error), None, [])


def test_what_is_read_in_another_form_is_a_fault(tmp_path):
    assert hostile.judge_one(hostile.Kind(None, lambda folder: None), tmp_path, []) == "read"
    wrong = hostile.Kind(None, lambda folder: hostile.look_at(None))
    assert "Traceback" in hostile.judge_one(wrong, tmp_path, [])


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("import subprocess; subprocess.run(['true'])", "subprocess.Popen"),
        ("import os; os.system('true')", "os.system"),
        ("import pickle; pickle.loads(b'cos\\ngetpid\\n.')", "pickle.find_class"),
        ("open('/etc/hostname', 'rb')", "open /etc/hostname"),
        ("import os; os.fork() or os._exit(0)", "os.fork"),
        ("open('{home}/fine', 'wb')", "[]"),
    ],
)
def test_what_a_reader_has_no_business_with_is_noticed(tmp_path, code, seen):
    program = (
        "import sys; sys.path[:0] = ['tests', '.']; import hostile, pickle, subprocess; seen = []\n"
        f"hostile.watch(({str(tmp_path)!r}, sys.prefix, sys.base_prefix), seen)\n"
        "try:\n    " + code.format(home=tmp_path) + "\nexcept OSError: pass\nprint(seen)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=hostile.ROOT, capture_output=True, text=True
    )
    assert seen in done.stdout, done.stderr
