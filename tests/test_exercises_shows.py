"""What right answers make: pictures, drawn by the reader's function."""

import subprocess
import sys
from pathlib import Path

import exercise_helpers
import numpy as np
import pytest
from exercise_helpers import EXERCISES, ROOT, SAMPLE, write_answers
from PIL import Image

from draw_np import exercises
from draw_np.practice import contents, files, runner, shows

folder = exercise_helpers.folder


@pytest.mark.parametrize("number", shows.SHOWS)
def test_a_picture_is_made_by_the_answer_and_shows_another_for_another(number, tmp_path):
    right, calls = EXERCISES[number].right, []

    def counted(*arguments):
        calls.append(1)
        return right(*arguments)

    def turned(*arguments):
        found = right(*arguments)
        return tuple(-3 * v for v in found) if isinstance(found, tuple) else -3 * found

    for name, answer in (("right", counted), ("again", counted), ("wrong", turned)):
        if number not in ("1.1", "8.2") or name != "wrong":  # no places in an array, no widths
            shows.save(number, answer, tmp_path / f"{name}.png")
    assert calls
    found = {path.stem: np.asarray(Image.open(path)) for path in tmp_path.glob("*.png")}
    assert np.array_equal(found["right"], found["again"])
    if "wrong" in found:
        same = found["right"].shape == found["wrong"].shape
        assert not (same and np.array_equal(found["right"], found["wrong"]))


def test_about_half_of_the_exercises_show_something_and_say_what():
    assert len(shows.SHOWS) >= 30 and set(shows.SHOWS) == contents.SHOWN <= set(EXERCISES)
    readme = (ROOT / "chapters" / "exercises" / "README.md").read_text(encoding="utf-8")
    assert f"For {len(shows.SHOWS)} of the exercises" in readme
    titles = [shows.title(number) for number in shows.SHOWS]
    assert len(set(titles)) == len(titles) and all(10 < len(title) < 90 for title in titles)


def test_a_pass_says_where_its_picture_is(folder, capsys):
    write_answers(folder, "04_latent.py", sample=SAMPLE, kl_to_prior="return mu.sum(1)")
    picture = folder / "pictures" / "4.1.png"
    patient = ["--folder", str(folder), "--seconds", "60"]
    assert exercises.main(["check", "4.1", "4.3", *patient]) == 1
    assert f"see {picture}: {shows.title('4.1')}" in " ".join(capsys.readouterr().out.split())
    assert [p.name for p in picture.parent.iterdir()] == ["4.1.png"]  # and none of what is wrong
    picture.unlink()
    exercises.main(["check", "4.1", "--folder", str(folder), "--no-pictures"])
    exercises.main(["check", "--folder", str(folder)])
    assert not picture.exists()


@pytest.mark.slow
def test_an_answer_that_hangs_in_its_picture_has_passed_all_the_same(folder):
    body = f"while len(mu) > 500: pass\n    {SAMPLE}"  # as many as the picture asks for
    write_answers(folder, "04_latent.py", sample=body, sample_backward="return dz, dz * 0")
    pictures = files.pictures(folder, ["4.1", "4.2"])
    v = runner.check(folder, ["4.1", "4.2"], seconds=4, pictures=pictures).verdicts
    assert v["4.1"].status == "passed" and not v["4.1"].picture
    assert v["4.2"].status == "wrong"


@pytest.mark.slow
def test_in_a_notebook_the_picture_stands_below_the_cell():
    code = """
from IPython.testing.globalipapp import start_ipython
shell = start_ipython()
from IPython.utils.capture import capture_output
with capture_output() as caught:
    shell.run_cell("import numpy as np; from draw_np import exercises\\n"
                   "exercises.check('4.1', lambda mu, s, eps: mu + np.exp(s) * eps)\\n"
                   "exercises.check('4.1', lambda mu, s, eps: mu)")
print(sum("image/png" in output.data for output in caught.outputs), "pictures")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parent
    )
    assert done.stdout.splitlines()[-1] == "1 pictures", done.stdout + done.stderr
