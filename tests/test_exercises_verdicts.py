"""What is said of a wrong answer, and whether it is true."""

import copy
import dataclasses
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
from exercise_helpers import EXERCISES, RIGHT, changed, not_knowing, right_of, verdict

from draw_np.practice import compare, diagnose, judge, relations
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Known


@pytest.mark.parametrize(
    "axis, name", [(None, "one-maximum-for-all"), (2, None), ("none", "nothing-against-0-over-0")]
)
def test_one_maximum_for_all_rows_is_told_from_none(axis, name):
    def bank(mu, sigma2, A):
        e = -((np.arange(1, A + 1) - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None])
        most = 0 if axis == "none" else e.max(axis=axis, keepdims=True)
        F = np.exp(e - most)
        return (F / F.sum(axis=2, keepdims=True)).astype(mu.dtype)

    found = verdict("8.4", bank)
    assert found.status == ("wrong" if name else "passed")
    assert f"known mistake {name}" in str(found) or name is None


def test_a_number_of_numpys_in_float32_is_told_how_to_mend_it():
    def log_posterior(number):
        def answer(z, mu, log_sigma):
            standardised = (z - mu) * np.exp(-log_sigma)
            return np.sum(-0.5 * standardised**2 - log_sigma - number / 2, axis=1)

        return answer

    found = verdict("4.5", log_posterior(np.log(2 * np.pi)))
    assert found.kind == "dtype" and "np.log(2 * np.pi)" in str(found) and "float(" in str(found)
    assert verdict("4.5", log_posterior(float(np.log(2 * np.pi)))).status == "passed"


def test_a_verdict_shows_entries_the_largest_error_and_what_is_right():
    said = str(verdict("3.1", lambda dy, x, W: (dy @ W.T, x.T @ dy, 3 * dy.sum(0))))
    assert "gradient: db is wrong, for 2 images, 3 inputs and 4 outputs; correct: dx and dW" in said
    assert re.search(r"db\[0:4\]   got( +-?[\d.]+){4}\n", said)
    assert "expected" in said and "largest relative error 2, at db[0]" in said
    assert "db is 3 times what is expected, everywhere" in said


@pytest.mark.parametrize(
    "answer, words",
    [
        (lambda g, d, N: None, "returns None where the array mu is expected; is a `return`"),
        (lambda g, d, N: [[1.0]], "returns a list of 1"),
        (lambda g, d, N: "text", "returns a str"),
        (lambda g, d, N: np.zeros((2, 3), dtype=int), "mu is int64 for float64"),
        (lambda g, d, N: np.full((len(g), N), np.nan), "6 of 6 entries of mu are NaN"),
        (lambda g, d, N: np.full((len(g), N), np.inf), "6 of 6 entries of mu are infinite"),
        (lambda g, d, N: np.zeros((len(g), N), dtype=object), "mu is object"),
        (lambda g, d, N: np.zeros((len(g), N), dtype=complex), "mu is complex128"),
        (lambda g: g, "raises TypeError"),
        (lambda g, d, N: sys.exit(0), "ends the program"),
        (lambda g, d, N: g[99], "raises IndexError: index 99"),
        (lambda g, d, N: np.array(["a"] * N * len(g)).reshape(-1, N), "mu is <U1"),
        ("no function", "a str and not a function"),
    ],
)
def test_whatever_is_returned_gets_one_clear_line(answer, words):
    found = verdict("8.1", answer)
    assert found.status != "passed" and words in found.says and "\n" not in found.says


def test_a_property_may_answer_by_an_array_of_one():
    found = verdict("4.6", lambda f: f(np.zeros((1, 3)), np.zeros((1, 3))) == 0, RIGHT["4.6"][0][1])
    assert found.status == "passed"
    found = verdict("4.6", lambda f: f(np.zeros((2, 3)), np.zeros((2, 3))) == 0, RIGHT["4.6"][0][1])
    assert "where True or False is expected" in found.says


def test_the_reader_s_own_property_is_asked_of_the_reader_s_own_function():
    right = EXERCISES["4.6"].right

    def fixed(mu, log_sigma):
        return np.where(mu[:, 0] == 0.123, 7, right(mu, log_sigma))  # which no case shows

    def holds(f):
        zeros = f(np.zeros((1, 3)), np.zeros((1, 3)))
        return abs(zeros[0]) < 1e-9 and f(np.full((1, 3), 0.123), np.zeros((1, 3)))[0] < 1

    assert verdict("4.6", holds, right).status == "passed"
    found = verdict("4.6", holds, fixed)
    assert found.kind == "property" and "own property costs_what_it_should does not" in found.says


def test_a_property_decides_where_no_case_shows_it():
    exercise = EXERCISES["10.2"]

    def of_three(gradient, limit):
        a, b, c = gradient
        (*clipped,), norm = exercise.right((a, b, c), limit)
        return tuple(clipped), norm

    found = verdict("10.2", of_three)
    assert found.kind == "property" and "any number of arrays; for 1 it raises" in found.says


def test_a_property_that_tests_nothing_is_told_so():
    right = EXERCISES["4.6"].right
    for holds in (lambda kl: True, lambda kl: right(np.zeros((1, 3)), np.zeros((1, 3)))[0] == 0):
        found = verdict("4.6", holds, right)
        assert found.kind == "property" and "never calls what it is given" in found.details[0]
        assert "and not suspect_kl by that name" in found.details[0]


def test_whole_numbers_may_have_any_dtype_and_are_told_from_others():
    cut = right_of("15.2")
    narrow = verdict("15.2", lambda M, K: tuple(v.astype(np.int32) for v in cut(M, K)))
    assert narrow.status == "passed"
    found = verdict("15.2", lambda M, K: tuple(v.astype(float) for v in cut(M, K)))
    assert "is float64 where whole numbers are expected" in found.says
    assert "np.arange" not in str(found)


def test_results_in_another_order_are_told_by_their_values_where_only_the_dtype_differs():
    found = verdict("1.1", lambda images, train: right_of("1.1")(images, train)[::-1])
    assert "is the order wrong?" in str(found) and "arguments" not in found.says


def test_a_mistake_in_one_result_is_named_where_it_is():
    right = right_of("3.1")
    both = Known(
        "both-doubled",
        "W and b move twice as far.",
        lambda *a: (right(*a)[0], 2 * right(*a)[1], 2 * right(*a)[2]),
    )
    exercise = dataclasses.replace(EXERCISES["3.1"], known=(both,))
    said = str(judge.verdict(exercise, changed("3.1", 2, lambda v, *a: 2 * v)))
    assert "where it is wrong, it behaves like the known mistake both-doubled" in said
    assert "    it behaves like the known mistake" in str(judge.verdict(exercise, both.function))


def test_not_implemented_elsewhere_is_an_error():
    def answer(*_):
        raise NotImplementedError("later")

    assert verdict("8.1", answer).kind == "raises"


def test_relations_that_no_catalogue_knows():
    want = [np.array([[1.0, 2.0, 4.0]]), np.array([[3.0, 5.0, -9.0], [1.0, 2.0, 2.5]])]
    sizes = [{"M": 1}, {"M": 2}]

    def said(change):
        got = [change(w, s) for w, s in zip(want, sizes, strict=True)]
        settings = [relations.Setting(s, {}) for s in sizes]
        return relations.relation(got, want, settings)

    assert said(lambda w, s: w * s["M"]).startswith("is M times too large")
    assert said(lambda w, s: -w) == "has its sign turned"
    assert said(lambda w, s: w + 0.5) == "is +0.5 off, everywhere alike"
    assert said(lambda w, s: 0 * w) == "is 0 everywhere"
    assert said(lambda w, s: np.roll(w, 1, axis=1)).startswith("has the right entries one place")
    assert said(lambda w, s: w**2) == "is the square of what is expected"
    assert said(lambda w, s: np.concatenate([w[:1], 0 * w[1:]])).startswith("is right at index 0")
    assert said(lambda w, s: w[:, :1] + 0 * w).startswith("is the same along its second axis")
    assert said(lambda w, s: w[:, ::-1]) == "is turned round along its last axis"
    assert said(lambda w, s: np.sin(w)) is None


def test_the_wrong_part_and_the_right_cases_are_named():
    right = EXERCISES["8.8"].right
    said = str(verdict("8.8", lambda *a: right(*a) * np.array([1, 1, 1, 1, 0.5])))
    assert "in draw the part of log gamma is wrong; correct: g~_X, g~_Y, log sigma^2" in said
    assert "the part of log gamma is 0.5 times what is expected" in said
    said = str(verdict("4.3", lambda mu, s: 1.0 * (EXERCISES["4.3"].right(mu, s) > 0)))
    assert "it is right" not in said
    read = EXERCISES["9.1"].right
    said = str(verdict("9.1", lambda x, *a: read(x + 0.1 * (x.shape[1] > 1), *a)))
    assert "it is right for 3 images, 1 channel, A = 2, B = 3, N = 2; for 2 images" in said


def test_a_shape_is_told_in_letters():
    said = str(verdict("4.3", lambda mu, log_sigma: (mu**2).sum(axis=0)))
    assert "KL has (3,) where (2,) is expected" in said
    assert "that looks like (Z,) in the place of (M,)" in said


def test_two_results_that_are_nan_are_no_known_mistake():
    def by_the_norm(gradient, limit):
        norm = np.sqrt(sum(np.sum(g * g) for g in gradient))
        return tuple(g / norm * min(norm, limit) for g in gradient), norm

    def overflowing(logits, labels):
        with_loss = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(labels)), labels]
        return with_loss.mean(), right_of("12.2")(logits, labels)[1]

    for number, answer in (("10.2", by_the_norm), ("12.2", overflowing)):
        exercise = not_knowing(number, "norm-of-0-divided-by")
        found = judge.verdict(exercise, answer)
        assert found.kind == "not finite" and not found.mistake, found


def test_nan_and_infinity_are_two_things():
    nan, inf = np.array([1.0, np.nan]), np.array([1.0, np.inf])
    assert compare.close(nan, nan) and compare.close(inf, inf)
    assert not compare.close(nan, inf) and not compare.close(inf, -inf)


def test_a_known_mistake_is_wrong_where_the_answer_is_and_right_where_it_is_right():
    """M = N - 1 in the first case, where this fails; the half is not forgotten."""

    def of_the_images(dmu):
        offset = np.arange(1, dmu.shape[1] + 1, dtype=dmu.dtype) - len(dmu) / 2 - 0.5
        return dmu.sum(axis=1), dmu @ offset

    def centres_of_the_images(g, d, N):
        return g[:, None] + d[:, None] * (np.arange(1, N + 1, dtype=g.dtype) - len(g) / 2 - 0.5)

    for number, answer in (("8.7", of_the_images), ("8.1", centres_of_the_images)):
        found = judge.verdict(not_knowing(number, "images-counted-for-filters"), answer)
        assert not found.mistake and "it is right for" in str(found), found
    half = changed("8.7", 1, lambda v, dmu: v + dmu.sum(axis=1) / 2)
    assert verdict("8.7", half).mistake == "half-forgotten"


@pytest.mark.parametrize(
    "number, answer",
    [
        ("8.3", lambda mu, v, A: right_of("8.3")(mu, v, A) * (1 - 3e-7)),
        ("8.4", lambda mu, v, A: right_of("8.4")(*map(np.float32, (mu, v)), A).astype(mu.dtype)),
        ("9.2", lambda w, F_X, F_Y, g: right_of("9.2")(w, F_X, F_Y, g + 1e-8)),
        ("10.1", changed("10.1", 0, lambda v, theta, g, *_: v + 1e-8 * (np.abs(g) > 0.01))),
    ],
)
def test_what_differs_little_is_printed_so_and_asks_for_an_epsilon(number, answer):
    found = verdict(number, answer)
    got, expected = (re.split("got|expected", line)[1] for line in found.details[:2])
    assert got.split() != expected.split()
    assert "is there an epsilon, a rounded constant or float32 in it?" in str(found), found
    assert "1 times" not in str(found) and "second axis" not in str(found)


def test_a_factor_near_1_is_told_by_how_much():
    found = verdict("8.3", lambda mu, v, A: right_of("8.3")(mu, v, A) * (1 - 3e-7))
    assert "F is too small by a factor of 1 - 3e-07:" in str(found)
    found = verdict("8.3", lambda mu, v, A: right_of("8.3")(mu, v, A) * (1 + 2e-5))
    assert "F is too large by a factor of 1 + 2e-05:" in str(found)


@pytest.mark.parametrize(
    "number, order, names",
    [
        ("8.6", (1, 0), "dsigma2, dmu"),
        ("9.4", (1, 2, 0, 3), "dF_X, dF_Y, dx, dgamma"),
        ("11.1", (1, 0), "db, dW"),
        ("11.2", (1, 0), "dh, dc"),
    ],
)
def test_results_in_another_order_are_told_by_their_shapes(number, order, names):
    found = verdict(number, lambda *a: tuple(right_of(number)(*a)[k] for k in order))
    assert found.kind == "shape"
    assert found.details == (f"the results have the shapes of {names}: is the order wrong?",)


def test_that_the_first_axis_is_gone_is_told_apart():
    found = verdict("7.4", changed("7.4", 0, lambda c, *a: c[-1]))
    assert "the first axis is gone: is one of several returned" in str(found)
    assert "keepdims" not in str(found)


@pytest.mark.parametrize("more, words", [(-1, "small: one entry too few"), (1, "large: one entry")])
def test_one_filter_too_few_is_no_other_letter(more, words):
    found = verdict("8.1", lambda g, d, N: right_of("8.1")(g, d, N + more))
    assert f"N is one too {words}" in str(found) and "looks like" not in str(found), found


def test_a_grid_that_is_wrong_is_not_blamed_on_an_epsilon():
    def bank(mu, sigma2, A):
        e = np.exp(-((np.arange(A) - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None]))
        return (e / (e.sum(axis=2, keepdims=True) + 1e-8)).astype(mu.dtype)

    assert "symmetry" in str(verdict("8.4", bank)) and "added to Z" not in str(verdict("8.4", bank))


def test_numpys_settings_of_a_notebook_do_not_reach_the_check():
    answers = {
        "5.1": right_of("5.1"),
        "5.3": lambda x, c: nll_of(exp_of_minus(c), x),
        "3.1": changed("3.1", 1, lambda v, *a: np.sin(v)),
        "8.4": lambda mu, v, A: 2 * right_of("8.4")(mu, v, A),
    }
    for number, answer in answers.items():
        before = str(verdict(number, answer))
        with np.errstate(all="raise"), warnings.catch_warnings():
            warnings.simplefilter("error")
            assert str(verdict(number, answer)) == before


def test_identities_of_tanh_hold_for_the_kernel_of_15_1():
    def by_double_angle(squash, a):
        t = squash(a / 2)
        i, f, g, o = np.split(t, 4, axis=1)
        return np.concatenate([(1 + i) / 2, (1 + f) / 2, 2 * g / (1 + g * g), (1 + o) / 2], axis=1)

    assert verdict("15.1", by_double_angle).status == "passed"
    assert verdict("15.1", lambda squash, a: by_double_angle(np.tanh, a)).status == "wrong"


@pytest.mark.parametrize(
    "number, answer",
    [
        ("8.1", lambda g, d, N: np.maximum(right_of("8.1")(g, d, N), 1)),
        ("8.1", lambda g, d, N: np.abs(right_of("8.1")(g, d, N))),
        ("7.2", lambda *a: np.clip(right_of("7.2")(*a), -20, 20)),
        ("4.1", lambda mu, s, eps: right_of("4.1")(mu, np.clip(s, -10, 10), eps)),
        ("4.2", lambda dz, s, eps: right_of("4.2")(dz, np.clip(s, -10, 10), eps)),
        ("4.3", lambda mu, s: right_of("4.3")(mu, np.clip(s, -10, 10))),
        ("4.4", lambda d, mu, s: right_of("4.4")(d, mu, np.clip(s, -10, 10))),
        ("4.5", lambda z, mu, s: right_of("4.5")(z, mu, np.clip(s, -10, 10))),
        ("5.5", lambda nll, z, mu, s: right_of("5.5")(nll, z, mu, np.clip(s, -10, 10))),
    ],
)
def test_a_clamp_where_none_belongs_is_wrong(number, answer):
    assert verdict(number, answer).kind in ("value", "gradient")


def exp_of_minus(c):
    return 1 / (1 + np.exp(-c))


def nll_of(p, x):
    return -np.sum(x * np.log(p) + (1 - x) * np.log(1 - p), axis=(1, 2, 3))


@pytest.mark.parametrize(
    "number, answer, name",
    [
        ("5.3", lambda x, c: nll_of(exp_of_minus(c), x), "probability-by-exp"),
        (
            "5.3",
            lambda x, c: nll_of(np.clip(exp_of_minus(c), 1e-7, 1 - 1e-7), x),
            "probability-clipped",
        ),
        ("9.1", lambda x, F_X, F_Y, g: right_of("9.1")(x, F_Y, F_X, g), "filterbanks-exchanged"),
    ],
)
def test_what_many_write_has_a_name(number, answer, name):
    assert verdict(number, answer).mistake == name


def test_one_number_may_be_a_sum_or_one_image():
    for answer in (lambda v: v[0], np.sum):
        found = verdict("8.2", lambda *a, f=answer: tuple(map(f, right_of("8.2")(*a))))
        assert "a sum without an axis, or the index of one image, in it?" in str(found)


def test_a_property_that_a_right_function_lacks_is_told_how():
    fixed = right_of("8.9")

    def said(holds, number="8.9", f=fixed):
        found = verdict(number, holds, f)
        assert found.kind == "property" and "does not hold for a right" in found.says, found
        return str(found)

    turned = said(lambda f: not solutions.grid_is_sound(f))
    assert "and does for suspect_centres" in turned and "the other way round" in turned
    never = said(lambda f: f(np.ones(1), np.ones(1), 2) is None)
    assert "False for both" in never and "your filter_centres, once 8.1 is done" in never
    assert "rounding" not in turned + never
    exactly = said(lambda f: all(v == 0.3 for v in f(np.ones(1), np.ones(1), 2)[0]))
    assert "==" in exactly and "rounding" in exactly
    copied = said(lambda f: f(np.arange(40.0), np.arange(40))[0][0] == 40, "13.5", right_of("13.5"))
    assert "rounding" not in copied and "suspect_split as you have fixed it" in copied
    read, x, F = right_of("9.8"), np.sin(np.arange(432.0)).reshape(3, 4, 6, 6), np.ones((3, 5, 6))
    many = x, F / 7, F / 9, np.array([0.1, 0.2, 0.3])
    by_bits = said(lambda f: np.array_equal(f(*many), read(*many)), "9.8", read)
    assert "for another that is written otherwise" in by_bits and "rounding" in by_bits
    assert "a right pair" in said(lambda read, write: False, "9.9", right_of("9.9"))


def test_a_suspect_may_give_advice():
    exercise = EXERCISES["8.10"]
    suspect = dataclasses.replace(exercise.suspect, advice="mind the edges")
    rows = np.ones((1, 2)), np.ones(1), 4
    found = judge.verdict(
        dataclasses.replace(exercise, suspect=suspect), lambda f: f(*rows) is None, print
    )
    assert found.details[-1] == "mind the edges"


def test_a_mean_over_several_axes_is_told_by_their_product():
    def said(number, axes):
        share = changed(number, 3, lambda v, d, *a: v / np.prod([d.shape[k] for k in axes]))
        return str(verdict(number, share))

    assert "dgamma is C N N times too small" in said("9.4", (1, 2, 3))
    assert "dgamma is C A B times too small" in said("9.5", (1, 2, 3))
    assert "dgamma is N N times too small" in said("9.4", (2, 3))


@pytest.mark.parametrize(
    "number, place, change, words",
    [
        ("8.6", 0, lambda v, dF, F, mu, s: v * s[:, None], "dmu is sigma2 times"),
        ("8.6", 1, lambda v, dF, F, mu, s: v * s**2 / 2, "dsigma2 is sigma2^2/2 times"),
        ("8.6", 1, lambda v, dF, F, mu, s: -v / (2 * s), "dsigma2 is -1/(2 sigma2) times"),
        ("9.4", 0, lambda v, *a: v * a[4][:, None, None, None], "dx is gamma times"),
        ("9.5", 3, lambda v, *a: v * a[4] ** 2, "dgamma is gamma^2 times"),
        ("9.5", 1, lambda v, *a: v * a[4][:, None, None] ** 0.5, "dF_X is sqrt(gamma) times"),
    ],
)
def test_a_power_of_an_argument_is_told(number, place, change, words):
    found = verdict(number, changed(number, place, change))
    assert f"{words} what is expected, in every case" in str(found), found


def test_a_power_of_an_argument_inside_a_tuple_is_told():
    def answer(dout, w, att):
        dw, datt = right_of("9.7")(dout, w, att)
        return dw, datt._replace(sigma2=-datt.sigma2 * att.sigma2)

    assert "dsigma2 is -att.sigma2 times what is expected" in str(verdict("9.7", answer))


def test_that_index_0_is_right_is_said_where_it_says_something():
    def one(got, want):
        return relations.one_image(list(zip(got, want, strict=True)), None)

    right = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0]])]
    wrong = [np.array([[1.0, 2.5], [3.0, 5.0]]), np.array([[5.0, 7.0]])]
    assert (
        one(wrong, right) == "is right at index 0 of its second axis, wrong at some of the others"
    )
    flat = np.array([5.0, 6.0])
    assert one([wrong[0], flat], [right[0], flat]) is None  # not every case has a second axis
    black = [w * [0, 1] for w in right]
    assert one([w * [0, 1] for w in wrong], black) is None  # that 0 is 0 says nothing


def test_what_is_correct_is_not_called_right():
    found = verdict("12.3", changed("12.3", 0, lambda v, *a: v + 1))
    assert "left is wrong" in found.says and "; correct: top, right and bottom" in found.says


def test_a_structure_is_told_briefly_and_names_as_they_are_nested():
    found = verdict("12.1", lambda *a: right_of("12.1")(*a).tolist())
    assert re.search(r"returns a list of \d+ lists where the array image is", found.says), found
    found = verdict("10.2", lambda *a: right_of("10.2")(*a)[0])
    assert "a tuple of 2 (tuple of 3 arrays, array): (g1, g2, g3), norm is" in found.says
    assert compare.structure((1.0, None, [])) == "a tuple of 3 (float, None, list of nothing)"


def test_an_argument_that_was_changed_is_named():
    def into(place):
        def answer(*arguments):
            found = copy.deepcopy(right_of("9.7")(*arguments))
            compare.flat(arguments)[place][:] = 0
            return found

        return answer

    assert "its argument w was changed" in verdict("9.7", into(1)).says
    assert "its argument att.g_Y was changed" in verdict("9.7", into(3)).says


def test_a_list_of_many_names_is_cut():
    found = verdict("11.3", lambda *a: tuple(v + 0.1 for v in right_of("11.3")(*a)))
    assert "gradient: all 15 are wrong" in found.says
    assert "each of denc.W, denc.b, dmu.W, dmu.b, dlog_sigma.W and 10 more is +0.1" in str(found)
    assert compare.listed("abcdef") == "a, b, c, d, e and f"


def helper_that_fails(gradient):
    return gradient.shape


def test_an_error_elsewhere_is_told_with_the_line_that_led_there():
    def answer(gradient_of, theta, *rest):
        return helper_that_fails(
            (gradient_of(theta),),
        )

    found = verdict("10.3", answer)
    assert "(`return gradient.shape`) raises AttributeError" in found.says
    assert "it was called from line" in found.says and "(`return helper_that_fails(`)" in found.says


def test_entries_of_truths_can_be_shown():
    lines = compare.entries("y", np.array([True, False]), np.array([True, True]), "float64")
    assert "1 of 2 entries are wrong" in lines[-1]


def test_a_wrong_dtype_is_told_without_a_name_of_another_exercise():
    found = verdict("4.3", lambda mu, s: right_of("4.3")(mu, s).astype(np.float64))
    assert found.kind == "dtype" and "np.arange(n, dtype=x.dtype)" in str(found)


def test_a_property_is_what_a_chapter_asserts_and_not_the_reader():
    def is_even(f):
        assert f(1.0) == f(-1.0), f"it is {f(1.0):g} at 1, and {f(-1.0):g} at -1"

    def of_the_reader(x):
        assert x == 1, "not for me"
        return x

    assert diagnose.broken((is_even,), abs) is None
    assert diagnose.broken((is_even,), lambda x: x).startswith("it is 1 at 1, and -1 at -1")
    assert diagnose.broken((is_even,), of_the_reader) is None


def test_properties_need_assertions():
    line = "from draw_np.practice import diagnose; diagnose.broken((), abs)"
    said = subprocess.run([sys.executable, "-O", "-c", line], capture_output=True, text=True)
    assert "properties are assertions: run Python without -O" in said.stderr


def test_what_stays_from_call_to_call_is_told():
    kept = {}

    def adds_up(c_0, strokes):
        key = strokes.shape, strokes.dtype
        kept[key] = kept.get(key, 0) + right_of("7.0")(c_0, strokes)
        return 1 * kept[key]

    found = verdict("7.0", adds_up)
    assert found.kind == "state" and "when it is called again" in found.says
    assert "from call to call" in found.details[0]


def test_an_empty_slice_is_told():
    found = verdict("12.0", lambda image, row, column, h, w: image[row:h, column:w])
    assert found.kind == "shape" and "a slice end before it begins" in found.details[0]
