"""Affine maps and three nonlinearities, with their derivatives.

Axes: ``M`` images in a minibatch, ``D`` inputs, ``K`` outputs.
"""

from draw_np.machine.backend import array_module


def affine_forward(x, W, b):
    """y = x W + b: shapes (M, D), (D, K), (K,) to (M, K)."""
    return x @ W + b, (x, W)


def affine_backward(dy, cache):
    """dx, dW and db from dy, shape (M, K).

    y_mk = sum_d x_md W_dk + b_k, so that

        dx_md = sum_k dy_mk W_dk      dx = dy W^T
        dW_dk = sum_m x_md dy_mk      dW = x^T dy
        db_k  = sum_m dy_mk
    """
    x, W = cache
    return dy @ W.T, x.T @ dy, dy.sum(axis=0)


def sigmoid_forward(x):
    """y = 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2, of any shape."""
    y = 0.5 * array_module(x).tanh(0.5 * x) + 0.5
    return y, y


def sigmoid_backward(dy, cache):
    """dx from dy: exp(-x) / (1 + exp(-x))^2 = y (1 - y), so dx = dy y (1 - y)."""
    y = cache
    return dy * y * (1 - y)


def tanh_forward(x):
    """y = tanh(x), of any shape."""
    y = array_module(x).tanh(x)
    return y, y


def tanh_backward(dy, cache):
    """dx from dy: the derivative of tanh is 1 - tanh^2, so dx = dy (1 - y^2)."""
    y = cache
    return dy * (1 - y * y)


def softplus_forward(x):
    """y = log(1 + exp(x)), of any shape."""
    zero = x.dtype.type(0)
    return array_module(x).logaddexp(zero, x), x


def softplus_backward(dy, cache):
    """dx from dy: exp(x) / (1 + exp(x)) is the sigmoid, so dx = dy sigmoid(x)."""
    x = cache
    return dy * sigmoid_forward(x)[0]
