"""The checker itself: what it must catch, and what it must let pass."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from draw_np import gradcheck


def scalar(p):
    """A value of order 1 with slopes from 1 down to 1e-5, in two groups."""
    return anp.sum(p["scale"] * anp.sin(p["angle"])) + anp.sum(p["steady"] ** 3)


def point():
    return {
        "angle": np.linspace(0.1, 0.9, 6).reshape(2, 3),
        "scale": np.array([[1.0, 0.5, 1e-2], [1e-3, 1e-5, 1e-5]]),
        "steady": np.array(0.7),
    }


def test_a_right_gradient_passes():
    verdict = gradcheck.check(scalar, point())
    assert verdict.ok
    assert max(entry.error for entry in verdict.entries) < 1e-8
    assert [entry.name for entry in verdict.entries] == ["angle", "scale", "steady"]
    assert [entry.checked for entry in verdict.entries] == [6, 6, 1]


@pytest.mark.parametrize("entry", list(np.ndindex(2, 3)))
def test_one_small_component_wrong_by_a_per_cent_is_caught(entry):
    """Down to a slope of 1e-5 beside slopes of 1: no entry hides behind another."""
    wrong = grad(scalar)(point())
    wrong["angle"][entry] *= 1.01
    verdict = gradcheck.check(scalar, point(), wrong)
    assert not verdict.ok
    bad = [e for e in verdict.entries if e.error > verdict.tolerance]
    assert [(e.name, e.index) for e in bad] == [("angle", entry)]
    assert bad[0].error == pytest.approx(0.01, rel=0.02)


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0])
def test_a_group_that_is_wrong_as_a_whole_is_caught(factor):
    for name in ("angle", "scale", "steady"):
        wrong = grad(scalar)(point())
        wrong[name] = wrong[name] * factor
        verdict = gradcheck.check(scalar, point(), wrong)
        assert [e.name for e in verdict.entries if e.error > verdict.tolerance] == [name]


def test_a_derivative_that_should_be_zero_is_caught():
    def only_the_first(p):
        return anp.sum(p["w"][:1] ** 2)

    w = {"w": np.array([0.5, 0.5])}
    assert not gradcheck.check(only_the_first, w, {"w": np.array([1.0, 1e-9])}).ok


def test_zero_against_zero_is_equal():
    verdict = gradcheck.check(lambda p: anp.sum(p["w"] * 0) + 1.0, {"w": np.ones(3)})
    assert verdict.ok
    assert (verdict.entries[0].analytic, verdict.entries[0].numeric) == (0, 0)


def test_float32_is_refused():
    single = {**point(), "scale": np.ones((2, 3), np.float32)}
    with pytest.raises(ValueError, match="scale is float32: finite differences need float64"):
        gradcheck.check(scalar, single)


def test_a_gradient_that_lacks_a_group_or_has_another_shape_is_refused():
    right = grad(scalar)(point())
    lacking = {name: slope for name, slope in right.items() if name != "steady"}
    with pytest.raises(ValueError, match="no entry steady"):
        gradcheck.check(scalar, point(), lacking)
    with pytest.raises(ValueError, match=r"no entry angle of shape \(2, 3\)"):
        gradcheck.check(scalar, point(), {**right, "angle": right["angle"].T})


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_nan_is_an_error(poison):
    wrong = grad(scalar)(point())
    wrong["scale"][1, 1] = poison
    verdict = gradcheck.check(scalar, point(), wrong)
    assert not verdict.ok
    assert str(verdict).endswith("WRONG: scale")


def test_a_loss_that_is_nan_is_an_error():
    right = grad(scalar)(point())
    assert not gradcheck.check(lambda p: scalar(p) * np.nan, point(), right).ok


def test_the_verdict_reads():
    """Which parameter, analytic, numeric, relative error."""
    wrong = grad(scalar)(point())
    assert str(gradcheck.check(scalar, point(), wrong)).endswith("all gradients agree")
    wrong["scale"][0, 1] *= 1.01
    lines = str(gradcheck.check(scalar, point(), wrong)).splitlines()
    assert lines[0].split() == ["parameter", "analytic", "numeric", "rel.", "error"]
    assert [line.split()[-1] for line in lines[1:4]] == ["ok", "WRONG", "ok"]
    numeric = np.sin(np.linspace(0.1, 0.9, 6)[1])
    assert f"scale[0, 1]{1.01 * numeric:>27.6g}{numeric:>14.6g}" in lines[2]
    assert "9.9e-03" in lines[2]
    assert lines[-1] == "WRONG: scale"


def test_the_point_is_left_as_it_was():
    p, before = point(), point()
    gradcheck.check(scalar, p)
    assert all(np.array_equal(p[name], before[name]) for name in p)


def test_the_largest_entries_of_a_large_group_are_checked():
    big = {"w": np.linspace(0.1, 1, 1000)}
    slope = 2 * big["w"]
    slope[-1] *= 1.01
    verdict = gradcheck.check(lambda p: anp.sum(p["w"] ** 2), big, {"w": slope})
    assert verdict.entries[0].index == (999,) and not verdict.ok
    assert verdict.entries[0].checked == 12


def test_an_array_is_put_back_whatever_is_raised():
    x = np.array([0.5, 2.0])

    def f():
        raise OverflowError

    with pytest.raises(OverflowError):
        gradcheck.derivative(f, x, (1,), h=0.1)
    assert x.tolist() == [0.5, 2.0]


@pytest.mark.parametrize("extra, entries", [({"none": np.zeros((0, 3))}, 12), ({}, 0)])
def test_nothing_to_check_is_one_sentence(extra, entries):
    with pytest.raises(ValueError, match="there is nothing to check; ask for at least 1"):
        gradcheck.check(scalar, point() | extra, entries=entries)


def test_derivative_is_exact_for_a_quartic():
    x = np.array([0.5, 2.0])
    slope = gradcheck.derivative(lambda: x[0] + x[1] ** 4, x, (1,), h=0.1)
    assert slope == pytest.approx(4 * 2.0**3, rel=1e-11)
    assert x.tolist() == [0.5, 2.0]
