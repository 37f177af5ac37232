"""The exercises and the chapters that they belong to."""

import json

from exercise_helpers import EXERCISES, READERS, ROOT

from draw_np.practice import contents


def test_every_chapter_has_exercises_and_the_readme_their_number():
    chapters = {int(path.name[:2]) for path in (ROOT / "chapters").glob("[0-9][0-9]_*.ipynb")}
    assert {e.chapter for e in EXERCISES.values()} == chapters == set(contents.FILES)
    text = (READERS / "README.md").read_text(encoding="utf-8")
    assert f"There are {len(EXERCISES)} exercises" in text


def test_exercises_are_named_in_their_chapters():
    for chapter in contents.FILES:
        (path,) = (ROOT / "chapters").glob(f"{chapter:02d}_*.ipynb")
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        for exercise in EXERCISES.values():
            if exercise.chapter == chapter:
                title = contents.LABELS[exercise.number].title
                assert f"| {exercise.number} | {title} |" in text, exercise.number
