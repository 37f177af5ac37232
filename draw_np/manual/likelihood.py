"""The reconstruction term and its derivative."""

from draw_np.manual.nn import sigmoid_forward, softplus_forward


def bernoulli_forward(x, c):
    """-log D(x | c) = sum (softplus(c) - x c): shapes (M, C, B, A) to (M,) (Eq. 9)."""
    return (softplus_forward(c)[0] - x * c).sum(axis=(1, 2, 3)), (x, c)


def bernoulli_backward(dnll, cache):
    """dc from dnll, shape (M,): the derivative of softplus(c) - x c is sigmoid(c) - x.

    It is the error image with its sign turned: mean minus pixel.
    """
    x, c = cache
    return dnll[:, None, None, None] * (sigmoid_forward(c)[0] - x)
