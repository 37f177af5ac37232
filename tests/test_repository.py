"""What people expect of a repository is there, and says the same everywhere."""

import importlib
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace

import conftest
import pytest

import draw_np
from draw_np import cli

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_version_is_said_once():
    assert PROJECT["project"]["dynamic"] == ["version"] and "version" not in PROJECT["project"]
    assert f"\nversion: {draw_np.__version__}\n" in text("CITATION.cff")


def test_the_citation_names_the_paper_and_no_address():
    cff = text("CITATION.cff")
    assert "DRAW: A Recurrent Neural Network For Image Generation" in cff
    assert not re.search(r"https?:|doi", cff)


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CHANGELOG.md"])
def test_files_and_modules_named_exist(name):
    for path in re.findall(r"`((?:draw_np|tests|chapters|benchmarks|\.ci)/[\w./]*)`", text(name)):
        assert (ROOT / path).exists(), path
    for kind in ("data set", "preset", "network", "figure", "exercise", "mistake"):
        assert f"{kind}." in text("CONTRIBUTING.md")


def test_the_workflow_calls_what_proves_everything():
    assert "bash .ci/run" in text(".github/workflows/ci.yml")
    assert "untested" in text(".github/workflows/ci.yml")


def test_one_name_for_all_commands():
    assert PROJECT["project"]["scripts"] == {"draw-np": "draw_np.cli:draw_np"}
    commands = {p.stem for p in (ROOT / "draw_np").glob("*.py") if "\nPROG = " in p.read_text()}
    assert commands == set(cli.COMMANDS)


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["--help"], 0, "draw-np sample"),
        ([], 0, "draw-np COMMAND --help"),
        (["trian"], 2, "there is no command 'trian': choose one of train, sample"),
        (["train"], 2, "say what to train: --small"),
        (["sample", "nowhere"], 2, "there is no network 'nowhere'"),
        (["evaluate", "--help"], 0, "python -m draw_np.evaluate"),
    ],
)
def test_the_commands_are_subcommands(words, code, said, capsys):
    with pytest.raises(SystemExit) as left:
        cli.draw_np(words)
    assert left.value.code == code
    assert said in "".join(capsys.readouterr())


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_help_of_a_subcommand_is_that_of_its_command(name, capsys):
    command = importlib.import_module(f"draw_np.{name}")
    for call in (lambda: cli.draw_np([name, "--help"]), lambda: command.main(["--help"])):
        with pytest.raises(SystemExit) as left:
            call()
        assert left.value.code == 0
    one, two = capsys.readouterr().out.split("usage: ")[1:]
    assert one == two and one.startswith(f"{command.PROG} ")


def test_the_list_of_subcommands_has_each_with_its_words(capsys):
    with pytest.raises(SystemExit):
        cli.draw_np(["-h"])
    said = capsys.readouterr().out
    for name, does in cli.COMMANDS.items():
        assert re.search(rf"^  draw-np {name} +{re.escape(does)}$", said, re.MULTILINE)


@pytest.mark.parametrize(
    "words", [["train", "--smal"], ["sample", "small", "--m", "3"], ["figures"]]
)
def test_a_wrong_word_after_a_subcommand_is_a_line_and_exit_code_2(words, capsys):
    with pytest.raises(SystemExit) as left:
        cli.draw_np(words)
    assert left.value.code == 2
    assert re.fullmatch(
        rf"python -m draw_np.{words[0]}: .*--help tells more\n", capsys.readouterr().err
    )


def test_what_is_published_is_looked_at():
    """The wheel has the types and the weights; the sdist none of the executed chapters."""
    run = text(".ci/run")
    for tool in ("validate-pyproject", "twine check --strict", "check-wheel-contents"):
        assert f"\n{tool} " in run
    excluded = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["exclude"]
    assert {"chapters/*.ipynb", "chapters/pictures"} <= set(excluded)


SOURCES = pytest.Config.ArgsSource


@pytest.mark.parametrize(
    "source, asked, debugged, taken",
    [
        (SOURCES.TESTPATHS, None, False, "auto"),
        (SOURCES.TESTPATHS, 0, False, 0),
        (SOURCES.TESTPATHS, 3, False, 3),
        (SOURCES.TESTPATHS, None, True, None),
        (SOURCES.ARGS, None, False, None),
    ],
)
def test_all_tests_are_shared_between_cores_and_some_are_not(
    monkeypatch, source, asked, debugged, taken
):
    for library in ("OPENBLAS", "MKL", "OMP"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")
    option = SimpleNamespace(numprocesses=asked, usepdb=debugged)
    conftest.pytest_cmdline_main(SimpleNamespace(args_source=source, option=option))
    assert option.numprocesses == taken
    assert getattr(option, "dist", None) == ("loadfile" if taken == "auto" else None)


def test_without_pytest_xdist_tests_run_all_the_same():
    conftest.pytest_cmdline_main(
        SimpleNamespace(args_source=SOURCES.TESTPATHS, option=SimpleNamespace(usepdb=False))
    )
