"""Answers to all exercises: right ones pass, wrong ones fail for the stated reason."""

import numpy as np
from exercise_helpers import EXERCISES, RIGHT, WRONG, every_exercise, verdict

WEAK = {"shape", "not finite", "type", "raises"}  # kinds that any run would show


@every_exercise
def test_right_answers_pass(number):
    assert len(RIGHT[number]) >= 2
    for functions in RIGHT[number]:
        found = verdict(number, *functions)
        assert found.status == "passed", found


@every_exercise
def test_wrong_answers_fail_for_the_stated_reason(number):
    assert len(WRONG[number]) >= 4
    assert sum(kind in WEAK for kind, *_ in WRONG[number]) <= 1
    for kind, words, functions in WRONG[number]:
        found = verdict(number, *functions)
        assert found.status in ("wrong", "error") and found.kind == kind, found
        assert words in str(found), found


def test_right_and_wrong_are_tried_in_both_dtypes():
    for exercise in EXERCISES.values():
        assert all("float32" in case.floats for case in exercise.cases[:1])

    def right_in_double_only(mu, log_sigma, eps):
        return mu + np.exp(log_sigma) * eps * (1 + 0.01 * (mu.dtype == np.float32))

    found = verdict("4.1", right_in_double_only)
    assert found.kind == "value" and "in float32" in found.says
    assert not found.mistake  # the known mistakes are compared in float64, where it is right
