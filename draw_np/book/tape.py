"""Autograd in a page: arrays that know what they were made from, and the walk back."""

import numpy as np


class Node:
    """An array that knows what it was made from: pairs (parent, function from d to its share)."""

    def __init__(self, value, parents=()):
        self.value, self.parents = np.asarray(value, float), parents

    def __add__(self, other):
        a, b = self.value, other.value
        shares = (lambda d: fold(d, a.shape)), (lambda d: fold(d, b.shape))
        return Node(a + b, list(zip((self, other), shares, strict=True)))

    def __mul__(self, other):
        a, b = self.value, other.value
        shares = (lambda d: fold(d * b, a.shape)), (lambda d: fold(d * a, b.shape))
        return Node(a * b, list(zip((self, other), shares, strict=True)))

    def __matmul__(self, other):
        a, b = self.value, other.value
        return Node(a @ b, [(self, lambda d: d @ b.T), (other, lambda d: a.T @ d)])


def tanh(a):
    """tanh of a Node, entry by entry."""
    y = np.tanh(a.value)
    return Node(y, [(a, lambda d: d * (1 - y * y))])


def total(a):
    """The sum of all entries of a Node."""
    return Node(a.value.sum(), [(a, lambda d: d * np.ones_like(a.value))])


def fold(d, shape):
    """Undo a broadcast: sum d over the axes that repeated an array of ``shape``."""
    d = d.sum(axis=tuple(range(d.ndim - len(shape))))
    stretched = tuple(k for k, n in enumerate(shape) if n == 1 and d.shape[k] > 1)
    return d.sum(axis=stretched, keepdims=True)


def in_order(node, seen=None):
    """All nodes that ``node`` was made from and itself, each after its parents."""
    seen = {} if seen is None else seen
    if node not in seen:
        for parent, _ in node.parents:
            in_order(parent, seen)
        seen[node] = True
    return list(seen)


def backward(last):
    """The derivative of ``last``, a single number, with respect to every node before it."""
    d = {last: np.ones_like(last.value)}
    for node in reversed(in_order(last)):
        for parent, share in node.parents:
            d[parent] = d.get(parent, 0) + share(d[node])
    return d
