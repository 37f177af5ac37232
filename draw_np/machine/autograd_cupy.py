"""autograd on CuPy's arrays: what has to be added to autograd, and nothing of this project.

    import cupy
    import autograd_cupy
    autograd_cupy.register(cupy)

    autograd.grad(f)(x)  # with x a cupy.ndarray, and f written with autograd.numpy

It works because NumPy hands a call with a CuPy array in it over to CuPy (``__array_ufunc__``,
``__array_function__``), and ``autograd.numpy`` calls NumPy. So nearly every function and
derivative of autograd's runs on the device as it is. What does not falls into three parts,
which ``register`` mends:

1. autograd does not know the type: it needs a ``Box`` to trace it with and a vector space
   whose zeros are made on the device.
2. Two functions make a NumPy array of what they are given, ``concatenate`` and ``array``
   (with it ``stack``). They are replaced by ones that let CuPy do so.
3. Some derivatives touch the host: ``sum``, ``mean``, ``max``, ``min`` add NumPy's zeros,
   ``where`` too; ``dot`` ends in ``numpy.asarray``, indexing in ``numpy.add.at``; ``reshape``
   and ``ravel`` pass ``order=None``, which CuPy refuses; ``broadcast_to`` may sum over no axis.
   They get others for answers on the device.

Arrays of NumPy's are treated as before, by autograd's own derivatives. Real arrays only.
Not covered: ``einsum``, ``tensordot``, ``dot`` of more than two axes (use ``matmul``), ``prod``,
``var``, ``std``, ``cumsum``, ``linalg``. Constants are yours to put on the device: an array of
NumPy's among CuPy's is refused, so write ``numpy.arange(n, like=x)``.

Needs autograd 1.9.1, NumPy 2 and CuPy 13, or later.
"""

import math
from functools import partial

import autograd.numpy.numpy_wrapper as anp
import numpy
from autograd.core import defvjp_argnums, primitive_vjps
from autograd.extend import SparseObject, VSpace, defvjp, primitive, vspace
from autograd.numpy.numpy_boxes import ArrayBox
from autograd.numpy.numpy_vjps import unbroadcast_f
from autograd.tracer import getval
from autograd.util import func

take = func(ArrayBox.__getitem__)
# autograd.numpy.where is a wrapper around the function that has a derivative
where = next(f for f in primitive_vjps if getattr(f, "fun", None) is numpy.where)


def register(cupy):
    """Teach autograd CuPy's arrays; a second call does nothing.

    Parameters
    ----------
    cupy : module
    """
    if cupy.ndarray in VSpace.mappings:
        return
    ArrayBox.register(cupy.ndarray)
    VSpace.register(cupy.ndarray, partial(DeviceVSpace, cupy))
    replace_functions(cupy)
    for function, makers in DERIVATIVES.items():
        on_device(cupy, function, makers)


class DeviceVSpace(VSpace):
    """The vector space of arrays of one shape and dtype, whose members are made on the device."""

    def __init__(self, cupy, value):
        self.cupy, self.shape, self.dtype = cupy, value.shape, value.dtype

    @property
    def size(self):
        """Number of entries."""
        return math.prod(self.shape)

    @property
    def ndim(self):
        """Number of axes."""
        return len(self.shape)

    def zeros(self):
        """The zero."""
        return self.cupy.zeros(self.shape, self.dtype)

    def ones(self):
        """All ones; for a loss the cotangent that the backward pass begins with."""
        return self.cupy.ones(self.shape, self.dtype)

    def standard_basis(self):
        """Every array with a single 1."""
        for index in numpy.ndindex(*self.shape):
            one = self.zeros()
            one[index] = 1
            yield one

    def randn(self):
        """A normal draw of NumPy's, moved to the device: for checks of gradients."""
        return self.cupy.asarray(numpy.random.standard_normal(self.shape).astype(self.dtype))  # noqa: NPY002

    def _inner_prod(self, x, y):
        return self.cupy.vdot(x, y)


# ---------------------------------------------------------------- functions


def replace_functions(cupy):
    """Replace autograd's ``concatenate`` and ``array``, so that CuPy's arrays stay CuPy's."""
    joined, copied = anp.concatenate_args, anp._array_from_scalar_or_array

    @primitive
    def concatenate_args(axis, *arrays):
        if any(isinstance(v, cupy.ndarray) for v in arrays):
            return cupy.concatenate(arrays, axis)
        return joined.fun(axis, *arrays)

    @primitive
    def array_from_scalar_or_array(args, kwargs, value):
        if isinstance(value, cupy.ndarray):
            return cupy.array(value, *args, **kwargs)
        return copied.fun(args, kwargs, value)

    for old, new in ((joined, concatenate_args), (copied, array_from_scalar_or_array)):
        defvjp_argnums(new, primitive_vjps[old])
    anp.concatenate_args = concatenate_args
    anp._array_from_scalar_or_array = array_from_scalar_or_array


def on_device(cupy, function, makers):
    """Give ``function`` these derivatives where its answer is CuPy's, and leave the others."""
    stock = primitive_vjps[function]

    def maker(argnums, ans, args, kwargs):
        if not isinstance(getval(ans), cupy.ndarray):
            return stock(argnums, ans, args, kwargs)
        vjps = [makers[n](ans, *args, **kwargs) for n in argnums]
        return lambda g: tuple(vjp(g) for vjp in vjps)

    defvjp_argnums(function, maker)


# ---------------------------------------------------------------- derivatives


def spread(g, shape, axis):
    """A sum's cotangent for every summand: ``g`` repeated along ``axis`` (None: all)."""
    summed = range(len(shape)) if axis is None else numpy.atleast_1d(axis) % len(shape)
    kept = tuple(1 if n in summed else size for n, size in enumerate(shape))
    return anp.broadcast_to(anp.reshape(g, kept), shape)


def sum_vjp(ans, x, axis=None, keepdims=False, dtype=None):
    """Every summand has the sum's cotangent."""
    shape = anp.shape(x)
    return lambda g: spread(g, shape, axis)


def mean_vjp(ans, x, axis=None, keepdims=False):
    """As for the sum, divided by the number of summands."""
    shape = anp.shape(x)
    n = math.prod(shape) // max(math.prod(anp.shape(ans)), 1)
    return lambda g: spread(g, shape, axis) / n


def extreme_vjp(ans, x, axis=None, keepdims=False):
    """Of max and min: shared evenly by the entries that are the extreme."""
    shape = anp.shape(x)

    def vjp(g):
        at = x == spread(ans, shape, axis)
        return spread(g, shape, axis) * at / anp.sum(at, axis=axis, keepdims=True)

    return vjp


def dot_vjp_0(ans, A, B):
    """Of A B by A: g B^T."""
    few_axes(A, B)
    if anp.ndim(B) == 2:
        return lambda g: anp.dot(g, anp.transpose(B))
    return lambda g: anp.expand_dims(g, anp.ndim(g)) * B  # B is a vector


def dot_vjp_1(ans, A, B):
    """Of A B by B: A^T g."""
    few_axes(A, B)
    if anp.ndim(A) == 2:
        return lambda g: anp.dot(anp.transpose(A), g)
    if anp.ndim(B) == 1:
        return lambda g: g * A
    return lambda g: anp.expand_dims(A, 1) * g


def few_axes(A, B):
    """NotImplementedError unless both are vectors or matrices."""
    if not {anp.ndim(A), anp.ndim(B)} <= {1, 2}:
        raise NotImplementedError("dot on a device is of vectors and matrices: use matmul")


def reshape_vjp(ans, x, *shape, **order):
    """The same entries in the old shape; in rows, which is all that is supported."""
    if {v for v in order.values() if isinstance(v, str)} - {"C"}:
        raise NotImplementedError("reshape and ravel on a device: in order 'C' only")
    old = anp.shape(x)
    return lambda g: anp.reshape(g, old)


def broadcast_to_vjp(ans, x, shape):
    """A sum over the axes along which there was one entry and now are several."""
    old, extra = anp.shape(x), anp.ndim(ans) - anp.ndim(x)
    new = anp.shape(ans)
    axes = tuple(n for n, size in enumerate(new) if n < extra or size != old[n - extra])
    return lambda g: anp.reshape(anp.sum(g, axis=axes) if axes else g, old)


def where_vjp(chosen):
    """Of where(c, x, y): the cotangent where x (y) was chosen, else 0."""

    def maker(ans, c, x, y):
        other = (x, y)[chosen]

        def vjp(g):
            nothing = anp.zeros_like(g)
            return anp.where(c, *((nothing, g) if chosen else (g, nothing)))

        return unbroadcast_f(other, vjp)

    return maker


@primitive
def put(g, index, space):
    """An array of zeros with ``g`` at ``index``: the derivative of taking what is there."""

    def add(array):
        if is_basic(index):
            array[index] += g
        else:  # the same entry may have been taken twice
            space.cupy.add.at(array, index, g)
        return array

    return SparseObject(space, add)


defvjp(put, lambda ans, g, index, space: lambda G: G[index])


def is_basic(index):
    """Whether an index takes every entry at most once: no arrays or lists in it."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(p is None or p is ... or isinstance(p, int | numpy.integer | slice) for p in parts)


DERIVATIVES = {
    anp.sum: [sum_vjp],
    anp._primitive_mean: [mean_vjp],
    **{function: [extreme_vjp] for function in (anp.max, anp.min, anp.amax, anp.amin)},
    anp.dot: [dot_vjp_0, dot_vjp_1],
    anp.reshape: [reshape_vjp],
    anp.ravel: [reshape_vjp],
    anp.broadcast_to: [broadcast_to_vjp],
    where: [None, where_vjp(0), where_vjp(1)],
    take: [lambda ans, x, index: lambda g: put(g, index, vspace(x))],
}
