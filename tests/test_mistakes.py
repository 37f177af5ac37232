"""Every mistake of the catalogue is caught by the test that it names."""

import importlib
import inspect
import itertools
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest
from strategies import problem

from draw_np import latent, mistakes, model

CATALOGUE = mistakes.CATALOGUE | mistakes.PYRAMID


def cases(test):
    """The keyword arguments of every case of a test, as ``parametrize`` gives them."""
    axes = []
    for mark in getattr(test, "pytestmark", []):
        names, values = mark.args
        names = names.replace(" ", "").split(",") if isinstance(names, str) else names
        rows = [value if len(names) > 1 else [value] for value in values]
        axes.append([dict(zip(names, row, strict=True)) for row in rows])
    for parts in itertools.product(*axes):
        yield {name: value for part in parts for name, value in part.items()}


def run(check):
    """Run all cases of the test "tests/test_x.py::test_y", up to the first that fails."""
    path, name = check.split("::")
    test = getattr(importlib.import_module(Path(path).stem), name)
    wants_patches = "monkeypatch" in inspect.signature(test).parameters
    for case in cases(test):
        with pytest.MonkeyPatch.context() as monkeypatch:
            test(**case, **({"monkeypatch": monkeypatch} if wants_patches else {}))


# A check counts as red if it finds a wrong number (AssertionError), if the mistake divides
# by zero, or if NumPy or autograd warn of a NaN or of a gradient that is not there.
RED = (AssertionError, ZeroDivisionError, RuntimeWarning, UserWarning)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_named_check_fails_while_the_mistake_is_in(name):
    with mistakes.made(name), pytest.raises(RED):
        run(CATALOGUE[name].check)


@pytest.mark.parametrize("check", sorted({entry.check for entry in CATALOGUE.values()}))
def test_the_named_check_passes_when_no_mistake_is_in(check):
    run(check)


def test_a_mistake_is_in_everywhere_and_out_again():
    right = latent.kl_to_prior
    with mistakes.made("kl-averaged") as entry:
        assert latent.kl_to_prior is model.kl_to_prior is entry.replacement
    assert latent.kl_to_prior is model.kl_to_prior is right


def test_a_mistake_is_taken_out_after_an_error():
    right = model.step
    with pytest.raises(KeyError), mistakes.made("sigmoid-inverted"):
        raise KeyError
    assert model.step is right


def test_a_module_first_imported_meanwhile_is_put_right_too():
    importlib.import_module("draw_np.latent")
    late = type(sys)("draw_np.late")
    try:
        with mistakes.made("noise-dropped"):
            late.sample = latent.sample
            sys.modules["draw_np.late"] = late
        assert late.sample is latent.sample is not CATALOGUE["noise-dropped"].replacement
    finally:
        del sys.modules["draw_np.late"]


def test_mistakes_can_be_made_together():
    config, params, x, eps = problem("attention")
    right = model.loss(params, x, eps, config)
    with mistakes.made("pixels-from-zero"):
        one = model.loss(params, x, eps, config)
        with mistakes.made("exponent-without-2"):  # the same function
            assert model.loss(params, x, eps, config) not in (one, right)
        with mistakes.made("kl-averaged"):
            assert model.loss(params, x, eps, config) not in (one, right)
        assert model.loss(params, x, eps, config) == one != right
    assert model.loss(params, x, eps, config) == right


def test_an_unknown_mistake_is_named():
    said = r"no mistake is called 'typo'; there are .*zero-based-grid"
    with pytest.raises(ValueError, match=said), mistakes.made("typo"):
        pass


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_entry_reads(name):
    entry = CATALOGUE[name]
    module, function = entry.where.split(".")
    right = getattr(importlib.import_module(f"draw_np.{module}"), function)
    wrong = inspect.signature(entry.replacement).parameters
    assert list(wrong) == list(inspect.signature(right).parameters)
    assert entry.label in mistakes.KINDS
    assert entry.does.endswith(".") and len(entry.symptom) > 15
    lines = str(entry).splitlines()
    assert lines[0].startswith(f"{name} ({entry.label}, ")
    assert [line.split(":")[0].strip() for line in lines[1:5]] == ["does", "symptom", "in", "test"]
    assert all(len(line) < 110 for line in lines[:5])


@pytest.mark.parametrize("name", CATALOGUE)
def test_what_a_mistake_changes_is_shown_in_two_lines_or_few_more(name):
    entry = CATALOGUE[name]
    shown = entry.difference.splitlines()
    gone, come = ([line[2:] for line in shown if line[0] == sign] for sign in "-+")
    right, wrong = inspect.getsource(entry.right), inspect.getsource(entry.replacement)
    assert gone and come and len(shown) == len(gone) + len(come) <= 6
    assert all(line in right and line not in wrong.splitlines() for line in gone)
    assert all(line in wrong and line not in right.splitlines() for line in come)
    assert str(entry).endswith("\n".join(f"  {line}" for line in shown))


def test_most_differences_are_two_lines():
    lines = [len(entry.difference.splitlines()) for entry in CATALOGUE.values()]
    assert sum(n == 2 for n in lines) > 0.75 * len(lines)
    assert CATALOGUE["zero-based-grid"].difference == (
        "-     i = counting(N, g)  # (N,)\n+     i = counting(N, g) - 1  # (N,)"
    )


@pytest.mark.parametrize("right, times", [("np.cosh", 0), ("log_sigma", 2)])
def test_an_edit_whose_words_are_gone_or_not_alone_is_an_error(right, times):
    said = rf"the mistake slip puts `x` .*`{right}`, which stands {times} times in kl_to_prior"
    with pytest.raises(ValueError, match=said):
        mistakes.edited(latent.kl_to_prior, [(right, "x")], "slip")


def test_an_edited_function_shows_its_own_lines():
    name = "stride-of-a-single-filter"
    wrong = CATALOGUE[name].replacement
    assert "(max(A, B) - 1) / (N - 1)" in inspect.getsource(wrong)
    assert inspect.getdoc(wrong) == inspect.getdoc(CATALOGUE[name].right)
    try:
        wrong(5, 5, 1)
    except ZeroDivisionError as e:
        frame = traceback.extract_tb(e.__traceback__)[-1]
    assert name in frame.filename and frame.line == "return (max(A, B) - 1) / (N - 1)"


def test_every_kind_has_a_mistake():
    assert {entry.label for entry in CATALOGUE.values()} == set(mistakes.KINDS)


def test_a_wrong_network_still_runs():
    """No mistake shows at once: with each of them the loss and the pictures are finite."""
    config, params, x, eps = problem("attention")
    right = model.loss(params, x, eps, config)
    z = np.zeros((config.T, 2, config.Z))
    for name in CATALOGUE:
        with mistakes.made(name):
            assert np.isfinite(model.loss(params, x, eps, config)), name
            assert np.all(np.isfinite(model.generate(params, z, config).c)), name
    assert model.loss(params, x, eps, config) == right
