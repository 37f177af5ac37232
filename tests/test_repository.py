"""What people expect of a repository is there, and says the same everywhere."""

import re
import tomllib
from pathlib import Path

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
