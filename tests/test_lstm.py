"""The LSTM cell with forget gates."""

import math

import goldens
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import random_images, seeds

from draw_np import gradcheck
from draw_np import lstm as cell


def random_cell(seed, M, D, H):
    rng = np.random.default_rng(seed)
    shapes = {"x": (M, D), "h": (M, H), "s": (M, H), "W": (D + H, 4 * H), "b": (4 * H,)}
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


@given(M=st.integers(1, 3), D=st.integers(1, 4), H=st.integers(1, 4), seed=seeds)
@example(M=1, D=1, H=1, seed=0)
@example(M=2, D=3, H=4, seed=1)
def test_lstm_is_a_slow_loop_over_units(M, D, H, seed):
    p = random_cell(seed, M, D, H)
    h, s = cell.lstm(**p)
    assert h.shape == s.shape == (M, H)
    for m in range(M):
        slow = goldens.lstm(*(p[k][m].tolist() for k in "xhs"), p["W"].tolist(), p["b"].tolist())
        assert h[m] == pytest.approx(slow[0], rel=1e-12, abs=1e-13)
        assert s[m] == pytest.approx(slow[1], rel=1e-12, abs=1e-13)


def test_lstm_by_pencil():
    # No weights, so that each gate is its bias: i = 1/2, f = 3/4, g = 4/5 (tanh log 3),
    # o = 1/4. From s = 0.8: s' = 3/4 * 0.8 + 1/2 * 4/5 = 1, h' = tanh(1) / 4.
    biases = [0.0, math.log(3), math.log(3), -math.log(3)]
    h, s = cell.lstm(
        np.ones((1, 1)), np.ones((1, 1)), np.full((1, 1), 0.8), np.zeros((2, 4)), np.array(biases)
    )
    assert s[0, 0] == pytest.approx(1, rel=1e-14)
    assert h[0, 0] == pytest.approx(math.tanh(1) / 4, rel=1e-14)


def test_an_open_forget_gate_keeps_and_a_shut_one_forgets():
    s = np.array([[2.0, -3.0]])
    shut_input = np.array([-100.0, -100])
    for f, kept in [(100.0, s), (-100.0, np.zeros_like(s))]:
        b = np.concatenate([shut_input, [f, f], [0, 0], [0, 0]])
        _, new = cell.lstm(np.zeros((1, 1)), np.zeros((1, 2)), s, np.zeros((3, 8)), b)
        assert new == pytest.approx(kept, abs=1e-12)


def test_lstm_gradients():
    weight_h, weight_s = random_images(1, 2, 4), random_images(2, 2, 4)

    def scalar(p):
        h, s = cell.lstm(p["x"], p["h"], p["s"], p["W"], p["b"])
        return (weight_h * h + weight_s * s).sum()

    verdict = gradcheck.check(scalar, random_cell(0, M=2, D=3, H=4), entries=1000)
    assert verdict.ok, verdict
    assert all(abs(entry.analytic) < 10 for entry in verdict.entries)


def test_lstm_stays_float32():
    p = {name: v.astype(np.float32) for name, v in random_cell(0, 2, 3, 4).items()}
    assert [out.dtype for out in cell.lstm(**p)] == [np.float32, np.float32]


def test_only_the_forget_gates_start_open():
    new = cell.lstm_parameters(np.random.default_rng(0), "enc", D=3, H=2, forget_bias=1.5)
    assert new["enc.W"].shape == (5, 8)
    assert new["enc.b"].tolist() == [0, 0, 1.5, 1.5, 0, 0, 0, 0]
