"""Settings of the whole test run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest
from browser import BROWSER, Browser
from hypothesis import settings
from matplotlib.artist import Artist

from draw_np.machine import backend
from draw_np.pictures import plot

# Numerics take their time on a busy machine: no deadline. The same examples on
# every run, so that a green run is a fact about the code and not about luck.
settings.register_profile(
    "draw", max_examples=200, deadline=None, derandomize=True, report_multiple_bugs=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "draw"))


MOST = 8  # processes, however many cores there are: each takes some memory


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Share a run of all tests between the cores, a file of tests as a whole (pytest-xdist).

    What names files or tests runs in this process, and so does -n 0.
    """
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    may = hasattr(config.option, "numprocesses") and not config.option.usepdb
    if not (everything and may) or hasattr(config, "workerinput"):
        return
    if config.option.numprocesses is None:
        config.option.numprocesses, config.option.maxprocesses = "auto", MOST
        config.option.dist = "loadfile"
        for library in ("OPENBLAS", "MKL", "OMP"):  # threads of theirs would wait for each other
            os.environ.setdefault(f"{library}_NUM_THREADS", "1")


SITE = Path(__file__).parent.parent / "chapters" / "site"
sys.path.insert(0, str(SITE))  # bundle.py lies there, beside build.py which imports it


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The site of the book, built once for all tests that look at it."""
    out = tmp_path_factory.mktemp("site") / "pages"
    command = [sys.executable, SITE / "build.py", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and "not installed here" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A headless Chromium for all tests that look at pages."""
    if BROWSER is None:
        pytest.skip("no Chromium here")
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


GPU = pytest.StashKey()  # what became of the tests marked gpu, in a line


def pytest_collection_modifyitems(config, items):
    """Skip the tests marked gpu where none can be used, and keep the reason for the summary."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    try:
        where = backend.described(backend.library("gpu"))
        config.stash[GPU] = f"{len(marked)} tests marked gpu were run on the {where}"
    except backend.NoDevice as e:
        config.stash[GPU] = f"{len(marked)} tests marked gpu were skipped: {e}"
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=str(e)))


def pytest_sessionfinish(session):
    """Hand the line on the GPU to the process that writes the summary."""
    if hasattr(session.config, "workeroutput") and GPU in session.config.stash:
        session.config.workeroutput["gpu"] = session.config.stash[GPU]


@pytest.hookimpl(optionalhook=True)  # there is none without pytest-xdist
def pytest_testnodedown(node):
    """Take that line over."""
    if said := getattr(node, "workeroutput", {}).get("gpu"):
        node.config.stash[GPU] = said


def pytest_terminal_summary(terminalreporter, config):
    """Say what was not run: tests that need a GPU, Node or Chromium, the reader's exercises."""
    if GPU in config.stash:
        terminalreporter.write_line(config.stash[GPU])
    say_what_pages_lack(terminalreporter)
    count_exercises(terminalreporter)


def say_what_pages_lack(terminalreporter):
    """Say which programs of the system were missing for the tests of the pages that live."""
    found = {"Node": shutil.which("node"), "Chromium": BROWSER}
    if lacking := [name for name, place in found.items() if place is None]:
        terminalreporter.write_line(
            f"tests of the site that need {' and '.join(lacking)} were skipped "
            "(on Debian or Ubuntu: apt install nodejs chromium)"
        )


def count_exercises(terminalreporter):
    """Say how many exercises wait for the reader; nothing of theirs is run for it."""
    from draw_np.practice import contents, files

    folder = Path(__file__).parent.parent / files.PLACE
    waiting, total = files.count_waiting(folder), len(contents.EXERCISES)
    terminalreporter.write_line(
        f"{waiting} of {total} exercises wait for their reader in {files.PLACE.as_posix()} "
        "(python -m draw_np.exercises)"
    )


@pytest.fixture(scope="module")
def in_style():
    """The book's style, as ``notebook.picture`` sets it, for tests that call what it wraps."""
    with plot.style():
        yield


@pytest.fixture(autouse=True, scope="session")
def nothing_of_a_picture_is_made_outside_the_style():
    """In every test: what the package draws outside ``plot.style`` looks as the reader's rc has it.

    One of the style's own parameters says whether a block of it is open.
    """
    make, package = Artist.__init__, str(Path(plot.__file__).parent.parent)

    def checked(self):
        if matplotlib.rcParams["axes.edgecolor"] != plot.INK:
            frame = sys._getframe(1)
            while frame and not frame.f_code.co_filename.startswith(package):
                frame = frame.f_back
            assert frame is None, f"{frame.f_code.co_qualname} draws outside plot.style()"
        make(self)

    Artist.__init__ = checked
    yield
    Artist.__init__ = make
