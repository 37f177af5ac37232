"""A stand-in for CuPy that needs no GPU and forgives less than NumPy: CuPy's own rules.

Its arrays keep their numbers in NumPy's, out of reach. What may be done with them follows
CuPy; every rule names the place in CuPy where it can be read: "guide" is the user guide's
"Differences between CuPy and NumPy" (docs.cupy.dev/en/stable/user_guide/difference.html),
file names are those of github.com/cupy/cupy.

 1. No implicit conversion: ``__array__`` raises TypeError, so ``numpy.asarray`` does.
    cupy/_core/core.pyx, ``_ndarray_base.__array__``.
 2. Functions and operators take CuPy's arrays and numbers (NumPy's scalars among them),
    not NumPy's arrays, not even of no axes: TypeError "Unsupported type".
    guide, "Universal Functions only work with CuPy array or scalar";
    cupy/_core/_kernel.pyx, ``_preprocess_args``.
 3. NumPy's ufuncs and their methods hand over to the ufunc of the same name
    (``__array_ufunc__``); an operand of an unknown type gives NotImplemented.
    cupy/_core/core.pyx, ``_ndarray_base.__array_ufunc__``.
 4. NumPy's functions hand over to the function of the same name (``__array_function__``),
    among arrays of CuPy's and NumPy's only. What CuPy lacks, or this stand-in (it has a part of
    CuPy's documented functions and no other), is a TypeError.
    cupy/_core/core.pyx, ``_ndarray_base.__array_function__``; docs, "Comparison Table".
 5. Reductions give arrays of no axes, never scalars. guide, "Reduction methods".
 6. ``float``, ``int``, ``bool``, ``item`` copy to the host, as ``get`` does.
    cupy/_core/core.pyx, ``__float__``, ``__bool__``, ``item``.
 7. Only arrays of CuPy's are joined, and none of no axes.
    cupy/_core/_routines_manipulation.pyx, ``concatenate_method``.
 8. ``order`` is a letter; None is not. cupy/_core/internal.pyx, ``_normalize_order``.
 9. Data are numbers: no objects, no text. guide, "Data types"; cupy/_core/_dtype.pyx.
10. ``array`` and ``asarray`` copy what is on the host to the device, ``get`` and ``asnumpy``
    back; nothing else does. cupy/_creation/from_data.py; cupy/__init__.py, ``asnumpy``.
11. Too little memory raises OutOfMemoryError, which is a MemoryError.
    cupy/cuda/memory.pyx, ``OutOfMemoryError``.
12. Errors of CUDA are a CUDARuntimeError, a RuntimeError with a ``status``.
    cupy_backends/cuda/api/runtime.pyx, ``CUDARuntimeError``.
13. An array iterates over its first axis, and one of no axes does not.
    cupy/_core/core.pyx, ``__iter__``, ``__len__``.
14. An element-wise function is one kernel, and so are a reduction, an assignment and a copy.
    What is read and overlaps what is written, without being the same array, is copied first.
    cupy/_core/_kernel.pyx, ``_copy_in_args_if_needed``.
15. A product of two matrices is one call of cuBLAS. Before it, an operand that is contiguous
    along neither axis is copied; a result that is not contiguous is computed elsewhere and
    copied. cupy/_core/_routines_linalg.pyx, ``dot``, ``tensordot_core``, ``matmul``.
16. A product of more axes is one call, too, if both operands have all leading axes; if one of
    them is spread, a kernel for each operand, the result and each leading axis first makes
    pointers. Both are copied unless their last axis is the contiguous one (C order).
    The same file, ``matmul``, ``_mat_ptrs``.
17. ``fuse`` makes one kernel of a function of element-wise functions. Inside it there are
    operators, ufuncs and ``v[...] =``, and nothing else; what is written has as many axes as
    what is read. cupy/_core/fusion.pyx, ``_FusionHistory.call_ufunc``, ``Fusion.__call__``.

Where CuPy allows more than this project should use, or may, the stand-in is stricter: indices
are numbers, slices, None and Ellipsis only, or one array of whole numbers on the device (one
kernel), nothing is reduced over no axis, ufuncs have no method but ``at``,
``view(numpy.ndarray)``, of which CuPy makes objects, is refused, and what a fused
function is given either is the same array or has memory of its own.

``TRANSFERS`` has an entry (direction, shape, bytes) for every copy between host and device,
``LAUNCHES`` the name of every kernel and of every call of cuBLAS (rules 14 to 17).
"""

import functools
import sys
import types
import weakref

import numpy as np

NUMBERS = (bool, int, float, complex, np.bool_, np.number)
TRANSFERS, LAUNCHES = [], []


class OutOfMemoryError(MemoryError):
    """Rule 11."""


class CUDARuntimeError(RuntimeError):
    """Rule 12."""

    def __init__(self, status):
        super().__init__(f"error {status}")
        self.status = status


class Memory:
    """The device's: what is in use, and how much there is."""

    limit, used = float("inf"), 0

    def take(self, array):
        owner = array
        while owner.base is not None:
            owner = owner.base
        if owner is not array:
            return
        self.used += array.nbytes
        weakref.finalize(array, self.give, array.nbytes)
        if self.used > self.limit:
            raise OutOfMemoryError(f"Out of memory allocating {array.nbytes:,} bytes")

    def give(self, nbytes):
        self.used -= nbytes


MEMORY = Memory()


def there(values):
    """A device's array around NumPy's; a scalar becomes an array of no axes (rule 5)."""
    values = np.asarray(values)
    if values.dtype.kind not in "biufc":  # rule 9
        raise ValueError(f"Unsupported dtype {values.dtype}")
    MEMORY.take(values)
    new = object.__new__(ndarray)
    new._values = values
    return new


def inside(v):
    """The numbers of a device's array or a number itself; rule 2."""
    if isinstance(v, ndarray):
        return v._values
    if isinstance(v, NUMBERS):
        return v
    raise TypeError(f"Unsupported type {type(v)}")


def array_inside(v):
    """The numbers of a device's array, and nothing else."""
    if not isinstance(v, ndarray):
        raise TypeError(f"Argument has incorrect type (expected cupy.ndarray, got {type(v)})")
    return v._values


def launched(name, times=1):
    """Note kernels or calls of cuBLAS (rules 14 to 17)."""
    LAUNCHES.extend([name] * times)


def launched_if(condition, name):
    """A copy that some operands need."""
    launched(name, int(bool(condition)))


def overlap(read, written):
    """Rule 14, by the bounds of their memory, as CuPy looks at it."""
    if not isinstance(read, ndarray) or read is written:
        return False
    return np.may_share_memory(read._values, written._values)


def looked_up(index):
    """Whether an index is an array of whole numbers, whose entries are looked up by one kernel."""
    if not isinstance(index, ndarray):
        return False
    if index.dtype.kind not in "iu":
        raise IndexError("arrays used as indices must be of integer or boolean type")
    launched("take")
    return True


def basic(index):
    """Basic indices only."""
    for part in index if isinstance(index, tuple) else (index,):
        if not (part is None or part is ... or isinstance(part, int | np.integer | slice)):
            raise IndexError(f"the stand-in has no indices of {type(part)}")
    return index


def letter(order):
    """Rule 8."""
    if len(order) and order[0] not in "CFAK":
        raise ValueError("order not understood")
    return order


class ufunc:
    """An element-wise function, or matmul."""

    def __init__(self, function):
        self.function, self.__name__ = function, function.__name__

    def __call__(self, *inputs, out=None, dtype=None):
        if any(isinstance(v, Fused) for v in inputs):
            return self.inside_fuse(inputs, out)
        if self.function is np.matmul:
            launch_product(*map(array_like, inputs), out)
        else:
            for v in inputs if out is not None else ():
                launched_if(overlap(v, out), "copy")
            launched(self.__name__)
        options = {} if dtype is None else {"dtype": dtype}
        found = self.function(*map(inside, inputs), **options)
        if out is None:
            return there(np.asarray(found, order="C"))
        np.copyto(array_inside(out), found, casting="same_kind")
        return out

    def inside_fuse(self, inputs, out):
        """Rule 17."""
        if self.function is np.matmul:
            raise NotImplementedError("a product cannot be fused")
        found = self.function(*map(inside_fused, inputs))
        if out is None:
            return Fused(found, None)
        if not isinstance(out, Fused) or out.shape is None:
            raise TypeError("return arrays must be of ArrayType")
        if out.shape != out.values.shape:
            raise ValueError("non-broadcastable output operand")
        np.copyto(out.values, found, casting="same_kind")
        return out

    def at(self, array, index, values):
        launched("add.at")
        index = index._values if isinstance(index, ndarray) else index
        self.function.at(array_inside(array), index, inside(values))


def array_like(v):
    """An operand of a product, which CuPy does not take from numbers."""
    array_inside(v)
    return v


def launch_product(a, b, out):
    """The calls and copies of a product; rules 15 and 16."""
    a, b = a._values, b._values
    ndim = max(a.ndim, b.ndim)
    of_out = None if out is None else out._values
    elsewhere = out is not None and (
        not of_out.flags.c_contiguous
        or np.may_share_memory(a, of_out)
        or np.may_share_memory(b, of_out)
    )
    if ndim <= 2:
        for v in (a, b):
            launched_if(not (v.flags.c_contiguous or v.flags.f_contiguous), "copy for a product")
        if a.ndim == b.ndim == 1:
            launched("multiply")
    else:
        for v in (a, b):
            launched_if(not v.flags.c_contiguous, "copy for a product")
        leading = [(1,) * (ndim - max(v.ndim, 2)) + v.shape[:-2] for v in (a, b)]
        if leading[0] != leading[1]:
            launched("pointers", 3 * (ndim - 2))
    launched("product")
    launched_if(elsewhere, "copy of a product")


def operator(name, swapped=False, inplace=False):
    """The method of an operator; rule 2, and rule 3 for what others may take."""
    ours = ufunc(getattr(np, name))

    def method(self, other):
        if inplace:
            return ours(self, other, out=self)
        pair = (other, self) if swapped else (self, other)
        return getattr(np, name)(*pair)

    return method


class ndarray:
    """An array of the device."""

    __array_priority__ = 100
    __cuda_array_interface__ = property(lambda self: {"shape": self.shape})
    shape = property(lambda self: self._values.shape)
    dtype = property(lambda self: self._values.dtype)
    ndim = property(lambda self: self._values.ndim)
    size = property(lambda self: self._values.size)
    nbytes = property(lambda self: self._values.nbytes)
    itemsize = property(lambda self: self._values.itemsize)
    T = property(lambda self: there(self._values.T))
    __hash__ = None

    # -- protocols

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")  # rule 1

    def __array_ufunc__(self, function, method, *inputs, **options):
        ours = getattr(sys.modules["cupy"], function.__name__, None)
        if method not in ("__call__", "at") or ours is None:  # rule 3
            return NotImplemented
        if "out" in options:
            (options["out"],) = options["out"]
        for v in inputs:
            if not isinstance(v, (ndarray, np.ndarray, *NUMBERS)):
                return NotImplemented
        return (ours if method == "__call__" else ours.at)(*inputs, **options)

    def __array_function__(self, function, kinds, args, options):
        module = sys.modules["cupy"]
        try:  # rule 4
            module = functools.reduce(getattr, function.__module__.split(".")[1:], module)
            ours = getattr(module, function.__name__)
        except AttributeError:
            return NotImplemented
        if not all(issubclass(kind, ndarray | np.ndarray) for kind in kinds):
            return NotImplemented
        return ours(*args, **options)

    # -- to the host

    def get(self):
        TRANSFERS.append(("out", self.shape, self.nbytes))
        return np.array(self._values)

    def item(self):
        return self.get().item()

    def __float__(self):
        return float(self.get())

    def __int__(self):
        return int(self.get())

    def __bool__(self):
        return bool(self.get())

    def __repr__(self):
        return repr(self.get())

    # -- as NumPy's

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[n] for n in range(len(self)))  # rule 13

    def __getitem__(self, index):
        if looked_up(index):
            return there(self._values[index._values])
        # the index ... keeps a view of no axes where NumPy would make a scalar
        found = self._values[basic(index)]
        if not isinstance(found, np.ndarray):
            found = self._values[(*(index if isinstance(index, tuple) else (index,)), ...)]
        return there(found)

    def __setitem__(self, index, value):
        view = self._values[basic(index)]
        if isinstance(value, ndarray):
            launched_if(np.may_share_memory(value._values, view), "copy")
        launched("copy" if isinstance(value, ndarray) else "fill")
        self._values[index] = inside(value)

    def astype(self, dtype, copy=True):
        launched_if(copy or self.dtype != dtype, "copy")
        return there(self._values.astype(dtype, copy=copy))

    def copy(self):
        launched("copy")
        return there(self._values.copy())

    def view(self, dtype=None):
        return there(self._values.view(np.dtype(dtype or self.dtype)))

    def reshape(self, *shape, order="C"):
        shape = shape[0] if len(shape) == 1 else shape
        return self.rearranged(self._values.reshape(shape, order=letter(order)))

    def ravel(self, order="C"):
        return self.rearranged(self._values.ravel(letter(order)))

    def rearranged(self, values):
        """The same memory where that is possible, else a copy."""
        launched_if(not np.may_share_memory(values, self._values), "copy")
        return there(values)

    def swapaxes(self, one, other):
        return there(self._values.swapaxes(one, other))

    def __neg__(self):
        return np.negative(self)

    def __abs__(self):
        return np.absolute(self)


def reduction(name):
    """A sum, a largest value and the like: as a function and as a method."""
    function = getattr(np, name)

    def reduce(a, axis=None, out=None, keepdims=False):
        if axis == ():
            raise ValueError("the stand-in does not reduce over no axis")
        launched(name)
        found = there(function(array_inside(a), axis=axis, keepdims=keepdims))
        if out is None:
            return found
        array_inside(out)[...] = found._values
        return out

    reduce.__name__ = name
    return reduce


OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "pow": "power",
    "matmul": "matmul",
}
for short, name in OPERATORS.items():
    setattr(ndarray, f"__{short}__", operator(name))
    setattr(ndarray, f"__r{short}__", operator(name, swapped=True))
    setattr(ndarray, f"__i{short}__", operator(name, inplace=True))
for short, name in {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}.items():
    setattr(ndarray, f"__{short}__", operator(name))
REDUCTIONS = {name: reduction(name) for name in ("sum", "mean", "max", "min", "argmax", "all")}
for name, reduce in REDUCTIONS.items():
    setattr(ndarray, name, reduce)
ndarray.__module__ = "cupy"


# ---------------------------------------------------------------- fused functions


class Fused:
    """What stands for an array inside a function that is being fused (rule 17).

    ``shape`` is that of the whole loop for an argument, None for what was made inside.
    """

    dtype = property(lambda self: self.values.dtype)
    ndim = property(lambda self: self.values.ndim)
    __array_ufunc__ = None

    def __init__(self, values, shape):
        self.values, self.shape = values, shape

    def __bool__(self):
        raise TypeError("Can't cast to bool")

    def __setitem__(self, index, value):
        if index is not ...:
            raise ValueError("The fusion supports `[...]` or `[:]`.")
        ufunc(np.positive)(value, out=self)


def inside_fused(v):
    """The numbers of what is inside a fused function."""
    if isinstance(v, Fused):
        return v.values
    if isinstance(v, NUMBERS):
        return v
    raise TypeError(f"Unsupported type {type(v)}")


for short, name in OPERATORS.items():
    if name != "matmul":
        ours = ufunc(getattr(np, name))
        setattr(Fused, f"__{short}__", lambda v, w, f=ours: f(v, w))
        setattr(Fused, f"__r{short}__", lambda v, w, f=ours: f(w, v))
        setattr(Fused, f"__i{short}__", lambda v, w, f=ours: f(v, w, out=v))


class Fusion:
    """A fused function."""

    def __init__(self, function, kernel_name=None):
        self.function, self.__name__ = function, kernel_name or function.__name__

    def __call__(self, *arguments):
        arrays = [v._values for v in arguments if isinstance(v, ndarray)]
        for v in arguments:
            if not isinstance(v, (ndarray, type(None), *NUMBERS)):
                raise TypeError(f"Invalid argument type for {self.__name__!r}: {type(v)}")
        for n, one in enumerate(arrays):
            for other in arrays[:n]:
                same = one.__array_interface__ == other.__array_interface__
                if not same and np.shares_memory(one, other):
                    raise ValueError("the stand-in fuses nothing whose arguments overlap")
        shape = np.broadcast_shapes(*(v.shape for v in arrays))
        given = [Fused(v._values, shape) if isinstance(v, ndarray) else v for v in arguments]
        if self.function(*given) is not None:
            raise TypeError("the stand-in's fused functions return nothing")
        launched(f"fused {self.__name__}")


def fuse(kernel_name):
    return lambda function: Fusion(function, kernel_name)


# ---------------------------------------------------------------- functions

UFUNCS = (
    np.add, np.subtract, np.multiply, np.divide, np.power, np.negative, np.absolute, np.matmul,
    np.tanh, np.cosh, np.exp, np.log, np.logaddexp, np.sqrt, np.rint, np.maximum, np.minimum,
    np.isfinite, np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.logical_and, np.conjugate,
)  # fmt: skip


def copied(a, dtype=None, copy=True):
    """``array`` and ``asarray`` (rule 10)."""
    if isinstance(a, ndarray):
        return a.astype(dtype or a.dtype, copy=copy)
    if isinstance(a, list | tuple) and any(isinstance(v, ndarray) for v in a):
        raise TypeError("the stand-in makes no array of a list of arrays: use stack")
    values = np.array(a, dtype=dtype)
    TRANSFERS.append(("in", values.shape, values.nbytes))
    return there(values)


def made(name):
    """``zeros`` and the like."""

    def make(shape, dtype=float):
        launched_if(name != "empty", name)
        return there(getattr(np, name)(shape, dtype))

    return make


def made_like(name):
    function = getattr(np, f"{name}_like")

    def make(a, dtype=None, shape=None):
        launched_if(name != "empty", name)
        return there(function(array_inside(a), dtype, shape=shape))

    return make


def one_kernel(name, function):
    """A function that makes a new array."""

    def call(*arguments, **options):
        launched(name)
        return there(function(*arguments, **options))

    return call


def joined(name):
    """Rule 7."""

    def join(arrays, axis=0):
        for v in arrays:
            if not isinstance(v, ndarray):
                raise TypeError("Only cupy arrays can be concatenated")
            if name == "concatenate" and not v.ndim:
                raise TypeError("zero-dimensional arrays cannot be concatenated")
        launched(name)
        return there(getattr(np, name)([v._values for v in arrays], axis))

    return join


def plain(function):
    """A function of one array and of things that are no arrays."""
    return lambda a, *args: there(function(array_inside(a), *args))


def dot(a, b):
    launch_product(array_like(a), array_like(b), None)
    return there(np.dot(a._values, b._values))


def vdot(a, b):
    """The products of all entries, and their sum."""
    launched("multiply")
    launched("sum")
    return there(np.vdot(array_inside(a), array_inside(b)))


def split(a, sections, axis=0):
    return [there(v) for v in np.split(array_inside(a), sections, axis)]


def module():
    """A new module ``cupy``."""
    cupy = types.ModuleType("cupy")
    cupy.__version__ = "stand-in"
    for function in UFUNCS:
        setattr(cupy, function.__name__, ufunc(function))
    cupy.abs, cupy.true_divide = cupy.absolute, cupy.divide
    vars(cupy).update(REDUCTIONS)
    cupy.amax, cupy.amin = cupy.max, cupy.min
    for name in ("empty", "zeros", "ones"):
        setattr(cupy, name, made(name))
        setattr(cupy, f"{name}_like", made_like(name))
    for name in ("concatenate", "stack"):
        setattr(cupy, name, joined(name))
    for name in ("swapaxes", "expand_dims", "broadcast_to"):
        setattr(cupy, name, plain(getattr(np, name)))
    cupy.ndarray, cupy.ufunc = ndarray, ufunc
    cupy.array = copied
    cupy.asarray = lambda a, dtype=None: copied(a, dtype, copy=False)
    cupy.asnumpy = lambda a: a.get()
    cupy.arange = one_kernel("arange", np.arange)
    cupy.full = one_kernel("full", lambda shape, v, dtype=None: np.full(shape, inside(v), dtype))
    cupy.round = one_kernel("round", lambda a, *digits: np.round(array_inside(a), *digits))
    cupy.clip = one_kernel("clip", lambda a, *ends: np.clip(*map(inside, (a, *ends))))
    cupy.where = one_kernel("where", lambda c, x, y: np.where(*map(inside, (c, x, y))))
    cupy.dot, cupy.vdot, cupy.fuse = dot, vdot, fuse
    cupy.transpose = lambda a, axes=None: there(np.transpose(array_inside(a), axes))
    cupy.reshape = lambda a, shape, order="C": a.reshape(shape, order=order)
    cupy.ravel = lambda a, order="C": a.ravel(order)
    cupy.split = split
    cupy.shape = lambda a: np.shape(inside(a))
    cupy.ndim = lambda a: np.ndim(inside(a))
    cupy.size = lambda a: np.size(inside(a))
    cupy.iscomplexobj = lambda a: np.iscomplexobj(inside(a))
    cupy.result_type = lambda *a: np.result_type(*(getattr(v, "dtype", v) for v in a))
    cupy.get_default_memory_pool = lambda: types.SimpleNamespace(free_all_blocks=lambda: None)
    cupy.cuda, cupy.random = cuda(), random()
    return cupy


def cuda():
    """The part of ``cupy.cuda`` that is needed."""
    return types.SimpleNamespace(
        runtime=types.SimpleNamespace(
            CUDARuntimeError=CUDARuntimeError,
            getDeviceCount=lambda: 1,
            getDeviceProperties=lambda device: {"name": b"stand-in"},
        ),
        memory=types.SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
        Device=lambda: types.SimpleNamespace(id=0, synchronize=lambda: None),
    )


def random():
    """``cupy.random``'s newer half; numbers of NumPy's stand for cuRAND's."""

    class Generator:
        def __init__(self, bits):
            self.rng = bits

        def standard_normal(self, size=None, dtype=float):
            return there(self.rng.standard_normal(size, dtype))

    return types.SimpleNamespace(Generator=Generator, Philox4x3210=np.random.default_rng)
