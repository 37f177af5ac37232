"""The reader's files: what stands in them, whatever that is, costs only itself."""

import ast
import re
import sys
import time
from pathlib import Path

import exercise_helpers
import pytest
from exercise_helpers import (
    EXERCISES,
    SAMPLE,
    write_answers,
)

from draw_np.practice import contents, files, runner

folder = exercise_helpers.folder


@pytest.mark.slow
def test_each_strange_thing_costs_its_own_exercise_only(folder):
    write_answers(
        folder,
        "04_latent.py",
        sample=SAMPLE,
        sample_backward="while True: print('again')",
        kl_to_prior="import os; os._exit(7)",
        kl_backward="import sys; sys.exit('bye')",
        log_posterior="return undefined",
    )
    path = folder / "04_latent.py"
    path.write_text(path.read_text() + "\n\nimport package_that_is_missing\n\nx = 1 / 0\n")
    checked = runner.check(folder, [n for n in EXERCISES if n.startswith("4.")], seconds=3)
    v = checked.verdicts
    assert v["4.1"].status == "passed" and v["4.6"].status == "waits"
    assert v["4.2"].kind == "time" and "longer than 3 seconds" in v["4.2"].says
    assert v["4.3"].kind == "crash" and "exit code 7" in v["4.3"].says
    assert v["4.4"].kind == "exit"
    assert "NameError" in v["4.5"].says and "`return undefined`" in v["4.5"].says
    assert len(checked.notes) == 2 and "package_that_is_missing" in checked.notes[0].says
    assert "ZeroDivisionError" in checked.notes[1].says
    assert checked.exit_code == 1


def test_a_syntax_error_costs_one_exercise(folder):
    write_answers(
        folder,
        "04_latent.py",
        sample="return (mu +",
        kl_to_prior="return mu mu",
        sample_backward="return dz, dz * np.exp(log_sigma) * eps",
    )
    v = runner.check(folder, ["4.1", "4.2", "4.3", "4.4"]).verdicts
    assert v["4.1"].kind == v["4.3"].kind == "syntax" and re.search(r"line \d+: ", v["4.1"].says)
    assert v["4.2"].status == "passed" and v["4.4"].status == "waits"


@pytest.mark.slow
def test_a_file_that_hangs_or_ends_at_its_top_is_checked_without_that_line(folder):
    write_answers(folder, "04_latent.py", sample=SAMPLE)
    path = folder / "04_latent.py"
    more = "\nimport sys\nsys.exit(3)\nwhile True:\n    pass\n"
    path.write_text(path.read_text() + more)
    checked = runner.check(folder, ["4.1"], seconds=3)
    assert checked.verdicts["4.1"].status == "passed"
    assert [n.says.split(":")[0].split(";")[0] for n in checked.notes] == [
        "it ends the program",
        "it takes longer than 3 seconds",
    ]


def test_an_empty_file_has_nothing_to_be_wrong(folder):
    (folder / "04_latent.py").write_bytes(b"")
    assert runner.check(folder, ["4.1"]).verdicts["4.1"].status == "absent"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"def sample(:\x00\n", b"x = (((((\n"])
def test_a_file_that_is_no_python_at_all(folder, content):
    (folder / "04_latent.py").write_bytes(content)
    checked = runner.check(folder, ["4.1", "5.1"])
    assert checked.verdicts["4.1"].status == "error" and checked.verdicts["5.1"].status == "waits"
    assert "\n" not in checked.verdicts["4.1"].says and "zip" not in checked.verdicts["4.1"].says
    files.reset(folder, EXERCISES["4.1"])
    assert files.waiting((folder / "04_latent.py").read_text())[0] == "4.1"


def test_a_missing_file_and_a_missing_function(folder):
    (folder / "05_bound.py").unlink()
    path = folder / "04_latent.py"
    path.write_text(path.read_text().replace("def sample(", "def renamed("))
    v = runner.check(folder, ["4.1", "5.1"]).verdicts
    assert v["4.1"].status == v["5.1"].status == "absent"
    assert "no function sample" in v["4.1"].says and "reset 4.1" in v["4.1"].says
    assert "05_bound.py is missing: start 5" in v["5.1"].says


def test_half_of_a_pair_is_not_handed_out_in_part_but_missing(folder):
    path = folder / "04_latent.py"
    path.write_text(path.read_text().replace("def suspect_kl(", "def renamed("))
    found = runner.check(folder, ["4.6"]).verdicts["4.6"]
    assert found.status == "error" and "no function suspect_kl" in found.says


def test_an_answer_that_needs_another_says_so(folder):
    calls = "da, ds = cell_backward(dh_new, ds_new, *[s] * 6); return da, da, ds, da, da"
    write_answers(folder, "03_lstm.py", lstm_backward=calls)
    v = runner.check(folder, ["3.3", "3.4"]).verdicts
    assert v["3.3"].status == "waits" and v["3.4"].status == "error"
    assert v["3.4"].details[0].startswith("it calls cell_backward (exercise 3.3), which does not")


def test_a_flood_of_prints_is_cut_short_and_numpy_may_be_damaged(folder):
    write_answers(
        folder,
        "04_latent.py",
        sample="print('x' * 100_000_000); np.exp = None; return mu",
        sample_backward="np.seterr(all='raise'); print('here'); return dz, dz",
    )
    checked = runner.check(folder, ["4.1", "4.2", "8.1"], seconds=60)
    v = checked.verdicts
    assert v["4.1"].kind == "damage" and "np.exp" in v["4.1"].says
    assert len(v["4.1"].printed) == 1000
    assert v["4.2"].printed.startswith("here\n") and v["8.1"].status == "waits"


def test_an_answer_by_the_package_is_told_apart(folder):
    write_answers(
        folder,
        "04_latent.py",
        sample="from draw_np.latent import sample as s; return s(mu, log_sigma, eps)",
        kl_to_prior="return latent.kl_to_prior(mu, log_sigma)",
    )
    path = folder / "04_latent.py"
    path.write_text("from draw_np import latent\n" + path.read_text())
    v = runner.check(folder, ["4.1", "4.3"]).verdicts
    assert v["4.3"].status == "passed" and v["4.3"].says == "with the package's own latent"


def test_an_import_inside_an_answer_or_under_its_name_is_told_too(folder):
    write_answers(
        folder,
        "04_latent.py",
        sample="from draw_np.latent import sample as s; return s(mu, log_sigma, eps)",
        log_posterior="import importlib as i; return i.import_module('draw_np.latent')"
        ".log_posterior(z, mu, log_sigma)",
    )
    path = folder / "04_latent.py"
    first, last = files.span(path.read_text(), "kl_to_prior")
    lines = path.read_text().splitlines()
    lines[first:last] = ["from draw_np.latent import kl_to_prior"]
    path.write_text("\n".join(lines) + "\n")
    v = runner.check(folder, ["4.1", "4.3", "4.5"]).verdicts
    assert v["4.3"].says == "with the package's own kl_to_prior"
    assert v["4.1"].says == v["4.5"].says == "with the package's own draw_np.latent"


def test_a_byte_order_mark_is_passed_over(folder):
    write_answers(folder, "04_latent.py", sample=SAMPLE)
    path = folder / "04_latent.py"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    v = runner.check(folder, ["4.1", "4.2"]).verdicts
    assert v["4.1"].status == "passed" and v["4.2"].status == "waits"


def test_numpys_settings_in_a_file_do_not_reach_the_check(folder):
    write_answers(folder, "05_bound.py", softplus="return np.logaddexp(0, v)")
    path = folder / "05_bound.py"
    settings = "np.seterr(all='raise')\nimport warnings\nwarnings.simplefilter('error')\n"
    path.write_text(
        path.read_text().replace("import numpy as np\n", f"import numpy as np\n{settings}")
    )
    checked = runner.check(folder, ["5.1"])
    assert checked.verdicts["5.1"].status == "passed" and not checked.notes


def test_code_above_a_raise_that_still_stands_is_begun(folder):
    write_answers(
        folder,
        "04_latent.py",
        sample="z = mu + np.exp(log_sigma) * eps\n"
        "    raise NotImplementedError('Exercise 4.1: drawing a latent')",
    )
    found = runner.check(folder, ["4.1"]).verdicts["4.1"]
    assert found.status == "error" and "take that line out" in found.says


def test_an_answer_starts_no_process(folder):
    write_answers(
        folder,
        "04_latent.py",
        sample="import os; os.fork(); return mu",
        sample_backward="import subprocess; subprocess.Popen(['sleep', '60']); return dz, dz",
        kl_to_prior="import os; os.system('sleep 60'); return mu.sum(1)",
        kl_backward="import multiprocessing as m; m.Process(target=print).start(); return dkl, dkl",
    )
    v = runner.check(folder, ["4.1", "4.2", "4.3", "4.4"]).verdicts
    assert all("an answer starts no other process" in v[n].says for n in v), v


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_a_process_that_is_started_all_the_same_is_ended_with_the_worker(folder, tmp_path):
    """The C library's fork is seen by nobody: its child holds the worker's pipe."""
    note = tmp_path / "child"
    write_answers(
        folder,
        "04_latent.py",
        sample="import ctypes, time, pathlib; child = ctypes.CDLL(None).fork(); "
        f"child or time.sleep(600); pathlib.Path({str(note)!r}).write_text(str(child))\n"
        "    return mu + np.exp(log_sigma) * eps",
    )
    found = runner.check(folder, ["4.1"], seconds=5).verdicts["4.1"]
    assert found.status in ("passed", "error")
    child = int(note.read_text())
    for _ in range(200):
        if not alive(child):
            break
        time.sleep(0.05)
    assert not alive(child)


def alive(process):
    """Whether a process is there and no corpse."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


# ---------------------------------------------------------------- start


def test_start_hands_all_out_as_it_stands(tmp_path):
    place = tmp_path / "new"
    written = files.start(place, list(EXERCISES))
    assert written == list(contents.FILES.values()) == sorted(p.name for p in place.iterdir())
    assert all((place / n).read_text() == files.stub_text(int(n[:2])) for n in written)
    assert files.count_waiting(place) == len(EXERCISES)


def test_start_hands_a_part_out(tmp_path):
    assert files.start(tmp_path, ["8.2", "8.9", "4.1"]) == ["04_latent.py", "08_filterbank.py"]
    names = re.findall(r"^def (\w+)", (tmp_path / "08_filterbank.py").read_text(), re.MULTILINE)
    assert names == ["attention", "grid_is_sound", "suspect_centres"]
    checked = runner.check(tmp_path)
    assert checked.having("waits") == ["4.1", "8.2", "8.9"]
    assert len(checked.having("absent")) == len(EXERCISES) - 3 and checked.exit_code == 3


def test_start_never_touches_what_is_there(folder):
    path = folder / "04_latent.py"
    path.write_text("mine")
    (folder / "05_bound.py").unlink()
    assert files.start(folder, list(EXERCISES)) == ["05_bound.py"]
    assert path.read_text() == "mine"


def test_what_is_waiting_is_counted_without_running_anything(folder):
    assert files.count_waiting(folder) == len(EXERCISES)
    write_answers(folder, "04_latent.py", sample="while True: pass", kl_to_prior="return (")
    assert files.count_waiting(folder) == len(EXERCISES) - 2
    (folder / "05_bound.py").unlink()
    assert files.count_waiting(folder) == len(EXERCISES) - 2 - len(contents.of_chapter(5))


@pytest.mark.parametrize("body", [SAMPLE, "return (", "return '''"])
def test_reset_brings_one_stub_back_and_keeps_the_old_text(folder, body):
    write_answers(folder, "04_latent.py", sample=body, log_posterior="return 1")
    path = folder / "04_latent.py"
    old = path.read_text()
    first = files.reset(folder, EXERCISES["4.1"])
    assert first.read_text() == old
    second = files.reset(folder, EXERCISES["4.5"])
    assert second != first and first.read_text() == old
    assert path.read_text() == files.stub_text(4)
    assert files.reset(folder, EXERCISES["4.1"]).name.endswith("4.1.2.txt")


def test_reset_puts_a_deleted_function_and_a_deleted_file_back(folder):
    path = folder / "08_filterbank.py"
    text = path.read_text()
    first, _ = files.span(text, "suspect_bank")
    path.write_text("\n".join(text.splitlines()[:first]) + "\n")
    files.reset(folder, EXERCISES["8.10"])
    assert ast.unparse(ast.parse(path.read_text())) == ast.unparse(ast.parse(text))
    path.unlink()
    assert files.reset(folder, EXERCISES["8.1"]) is None
    assert path.read_text() == text
