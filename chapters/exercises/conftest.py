"""``pytest chapters/exercises``: one test an exercise; not started is skipped, not failed."""

from pathlib import Path

import pytest

from draw_np.practice import contents, files, runner


def pytest_terminal_summary(terminalreporter):
    """Where there is nothing to check yet, what to do."""
    if not files.begun(Path(__file__).parent):
        terminalreporter.write_line("no exercises are here yet: python -m draw_np.exercises start")


def pytest_collect_file(file_path, parent):
    """Every file of a chapter."""
    if file_path.name in contents.FILES.values():
        return Chapter.from_parent(parent, path=file_path)
    return None


class Chapter(pytest.File):
    """The exercises of one file, checked together when the first of them is asked for."""

    def collect(self):
        self.checked, chapter = None, int(self.path.name[:2])
        for number in contents.of_chapter(chapter):
            name = f"{number} {contents.EXERCISES[number].function}"
            yield One.from_parent(self, name=name, number=number)

    def verdict(self, number):
        if self.checked is None:
            numbers = [item.number for item in self.session.items if item.parent is self]
            self.checked = runner.check(self.path.parent, numbers)
            for note in self.checked.notes:
                print(note)
        return self.checked.verdicts[number]


class One(pytest.Item):
    """One exercise."""

    def __init__(self, number, **rest):
        super().__init__(**rest)
        self.number = number

    def runtest(self):
        verdict = self.parent.verdict(self.number)
        if verdict.status == "waits":
            pytest.skip(f"exercise {self.number} is not started")
        if verdict.status == "absent":
            pytest.skip(f"exercise {self.number} is not handed out")
        if verdict.status != "passed":
            raise Wrong(verdict)

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, Wrong):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, f"exercise {self.name}"


class Wrong(Exception):
    """A verdict that is no pass."""
