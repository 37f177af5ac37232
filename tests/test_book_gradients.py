"""Autograd in a page, and the figures of the chapter on gradients."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from draw_np import nn
from draw_np.book import gradients as book
from draw_np.book import tape


def arrays(*shapes):
    rng = np.random.default_rng(2)
    return [rng.standard_normal(shape) for shape in shapes]


def test_the_page_differentiates_a_network_as_autograd_does():
    shapes = (5, 3), (3, 4), (4,), (4, 2), (1, 2)
    values = arrays(*shapes)

    def by_autograd(x, W1, b1, W2, b2):
        y = anp.dot(anp.tanh(anp.dot(x, W1) + b1), W2) + b2
        return anp.sum(y * y * y)

    x, W1, b1, W2, b2 = nodes = [tape.Node(v) for v in values]
    y = tape.tanh(x @ W1 + b1) @ W2 + b2
    last = tape.total(y * y * y)
    assert last.value == pytest.approx(by_autograd(*values))
    d = tape.backward(last)
    for k, node in enumerate(nodes):
        assert d[node].shape == shapes[k]
        assert np.allclose(d[node], grad(by_autograd, k)(*values), rtol=1e-12)


def test_shares_of_a_node_that_is_used_often_add_up():
    """a = v v, then a + a a: the derivative is 2v + 4v^3, and a waits for both its shares."""
    v = tape.Node(np.array([0.5, -2.0]))
    a = v * v
    d = tape.backward(tape.total(a + a * a))
    assert np.allclose(d[v], 2 * v.value + 4 * v.value**3)


@pytest.mark.parametrize("shape", [(3, 4), (4,), (1, 4), (3, 1), (1, 1), ()])
def test_fold_is_the_derivative_of_a_broadcast(shape):
    a, d = arrays(shape, (3, 4))
    folded = tape.fold(d, shape)
    assert folded.shape == shape
    expected = grad(lambda a: anp.sum(d * (a + anp.zeros((3, 4)))))(a)
    assert np.allclose(folded, expected)


def test_the_formulas_have_the_orders_that_taylor_says():
    for (formula, _), k in zip(book.FORMULAS.values(), (1, 2, 4), strict=True):
        large, small = book.errors(formula, "float64", [0.1, 0.05])
        assert np.log2(large / small) == pytest.approx(k, abs=0.1)
    f = book.five_points(nn.softplus, np.float32(1), np.float32(0.05))
    assert f == pytest.approx(nn.sigmoid(1.0), rel=1e-4)


def test_single_precision_is_used_where_it_is_asked_for():
    double, single = (book.errors(book.central_difference, t, [1e-5])[0]
                      for t in ("float64", "float32"))  # fmt: skip
    assert double < 1e-9 and single > 1e-5
