"""What lies round the reader changes no picture: settings, backend, language, folders."""

import os
import subprocess
import sys
from pathlib import Path

import all_pictures
import matplotlib
import pytest
from PIL import Image

from draw_np.pictures import plot

ROOT = Path(__file__).parent.parent
VALUES = [
    "True",
    "False",
    "magenta",
    "lower",
    "tight",
    "right",
    "bottom",
    "serif",
    "stix",
    "x",
    "--",
    "5.5",
    "17",
    "bold",
    "italic",
    "log",
    "nearest",
    "hot",
    "svg",
    "both",
    "round",
    "auto",
    "minor",
    "out",
    "line",
    "all",
    "large",
    "path",
    "no_autohint",
    "0.3, 0.7",
    "figure",
    "UTC",
    "symbol",
    "full",
    "none",
    "cycler('color', ['m', 'c'])",
    "a, b",
]


def hostile_settings():
    """A matplotlibrc in which every parameter differs from the default, as far as one is known."""
    lines = {}
    for name, default in matplotlib.rcParamsDefault.items():
        for value in VALUES:
            try:
                taken = matplotlib.RcParams({name: value})[name]
            except Exception:
                continue
            if taken != default:
                lines[name] = value.strip("'")
                break
    lines |= {
        "image.origin": "lower",
        "text.usetex": "True",
        "text.color": "white",
        "savefig.bbox": "tight",
        "savefig.dpi": "40",
        "figure.facecolor": "black",
        "savefig.transparent": "True",
        "savefig.format": "svg",
        "axes.axisbelow": "False",
        "font.family": "cursive",
        "text.parse_math": "False",
    }
    return lines


def pictures(folder, **surroundings):
    """The bytes of all pictures, by name, as another process makes them."""
    folder.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MPL", "MATPLOTLIB"))}
    environment |= {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", **surroundings}
    program = [sys.executable, all_pictures.__file__, str(folder)]
    done = subprocess.run(program, env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The pictures where a reader has no settings."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "rc").write_text("")
    return pictures(folder / "pictures", MATPLOTLIBRC=str(folder / "rc"))


def test_no_setting_of_the_readers_changes_a_picture(plain, tmp_path):
    settings = hostile_settings()
    assert len(settings) > 0.8 * len(matplotlib.rcParamsDefault)
    (tmp_path / "rc").write_text("".join(f"{k}: {v}\n" for k, v in settings.items()))
    found = pictures(tmp_path / "pictures", MATPLOTLIBRC=str(tmp_path / "rc"))
    assert found.keys() == plain.keys() and len(plain) == 31
    assert [name for name in plain if found[name] != plain[name]] == []


def test_nothing_else_round_the_reader_does(plain, tmp_path):
    """An unknown backend, a settings file that is no text, another language, no home."""
    (tmp_path / "rc").write_bytes(b"\xff\xfe\x00image.origin: lower\n")
    found = pictures(
        tmp_path / "pictures",
        MATPLOTLIBRC=str(tmp_path / "rc"),
        MPLBACKEND="nonsense",
        LC_ALL="C",
        LANG="tr_TR",
        PYTHONUTF8="0",
        HOME="/nowhere",
        TZ="Asia/Tokyo",
        COLUMNS="1",
    )
    assert [name for name in plain if found[name] != plain[name]] == []


def test_the_pictures_show_something(plain, tmp_path):
    """A picture of one colour would be the same everywhere, too."""
    for name, raw in plain.items():
        (tmp_path / name).write_bytes(raw)
        with Image.open(tmp_path / name) as image:
            assert len(image.convert("L").getcolors()) > 10, name


def test_a_backend_that_is_known_stays_the_readers(tmp_path):
    code = "import draw_np.pictures.plot, matplotlib; print(matplotlib.rcParams['backend'])"
    for asked, said in (("svg", "svg"), ("module://matplotlib_inline.backend_inline", "module:")):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "MPLBACKEND": asked},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.stdout.startswith(said), done.stderr


def test_the_style_leaves_the_readers_settings_as_they_were():
    before = dict(matplotlib.rcParams)
    with plot.style():
        assert matplotlib.rcParams["axes.edgecolor"] == plot.INK
    assert dict(matplotlib.rcParams) == before


@pytest.fixture(scope="module")
def stripped(tmp_path_factory):
    """Where what was compiled without docstrings lies, for the next command and for no reader."""
    return str(tmp_path_factory.mktemp("stripped"))


@pytest.mark.parametrize(
    "command",
    [
        "-m draw_np.train",
        "-m draw_np.sample",
        "-m draw_np.figures",
        "chapters/run.py",
        "chapters/site/build.py",
    ],
)
def test_without_docstrings_and_backend_the_commands_still_start(command, stripped):
    """``python -OO`` strips them; and the backend that is asked for is one that nobody has."""
    program = [sys.executable, "-OO", *command.split(), "--help"]
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": stripped, "MPLBACKEND": "nonsense"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert done.returncode == 0 and "usage:" in done.stdout, done.stderr
