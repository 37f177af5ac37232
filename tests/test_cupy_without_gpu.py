"""What CuPy itself says of this project where it is installed, without a GPU.

``cupy.fuse`` makes a kernel's code before it looks for a device. So here every fused
function is handed to it, on arrays as the engine has them, and the code that it writes is
compiled by the C++ compiler and run on the processor: the numbers must be NumPy's. And
CuPy refuses most of what the stand-in refuses (``strict_cupy``) before it looks, too.

``pip install cupy-cuda12x`` is enough; without it, or without a C++ compiler, these skip.
"""

import ctypes
import shutil
import subprocess
from functools import partial

import numpy as np
import pytest
from strategies import CONFIGS, lively

from draw_np.config import Config
from draw_np.fast import driver, elementwise
from draw_np.nn import sigmoid
from draw_np.training import optim

cupy = pytest.importorskip("cupy")
COMPILER = shutil.which("c++") or shutil.which("g++")
NAMES = [name for name, f in vars(elementwise).items() if hasattr(f, "__wrapped__")]
NETWORKS = {
    "attention": Config(A=7, B=5, C=2, T=2, H=4, Z=3, N_read=2, N_write=3),
    "square": Config(A=5, B=5, C=1, T=2, H=4, Z=3, N_read=2, N_write=3),
    "no attention": CONFIGS["no attention"],
}


def there(values):
    """An array of CuPy's around memory that is in fact the host's."""
    values = np.asarray(values)
    memory = cupy.cuda.UnownedMemory(values.ctypes.data, max(values.nbytes, 1), values, 0)
    pointer = cupy.cuda.MemoryPointer(memory, 0)
    return cupy.ndarray(values.shape, values.dtype, pointer, strides=values.strides)


# ---------------------------------------------------------------- what is refused


def test_rules_that_need_no_device():
    """By the numbers of ``strict_cupy``."""
    scalar = pytest.importorskip("cupy._core._scalar").CScalar  # what an operand is, if no array
    v = there(np.ones((2, 3)))
    for rule, error, attempt in (
        (1, TypeError, lambda: np.asarray(v)),
        (2, TypeError, lambda: scalar(np.ones(3))),
        (2, TypeError, lambda: scalar(np.array(2))),
        (4, TypeError, lambda: np.datetime_as_string(v)),
        (8, TypeError, lambda: cupy.reshape(v, (3, 2), order=None)),
        (9, ValueError, lambda: v.astype(object)),
        (13, TypeError, lambda: list(v[0, 0])),
    ):
        with pytest.raises(error):
            attempt()
            pytest.fail(f"rule {rule} is not CuPy's")
    scalar(np.float32(2))  # NumPy's scalars are numbers


# ---------------------------------------------------------------- fused functions


def recorded(monkeypatch):
    """Every fused function's arguments in training steps of NumPy: before, and after."""
    calls = {}

    def record(name, function):
        def call(xp, *arguments):
            before = [v.copy() if isinstance(v, np.ndarray) else v for v in arguments]
            function(xp, *arguments)
            calls.setdefault(name, []).append((before, list(arguments)))
            calls[name][-1][1][:] = [
                v.copy() if isinstance(v, np.ndarray) else v for v in arguments
            ]

        return call

    for name in NAMES:
        monkeypatch.setattr(elementwise, name, record(name, getattr(elementwise, name)))
    monkeypatch.setattr(optim, "adam_step", record("adam_step", optim.adam_step))
    for k in NETWORKS.values():
        params, rng = lively(k, 5, np.float32), np.random.default_rng(1)
        x = sigmoid(rng.standard_normal((3, *k.image_shape))).astype(np.float32)
        eps = rng.standard_normal((k.T, 3, k.Z)).astype(np.float32)
        _, gradient = driver.terms_and_gradient(params, x, eps, k)
        optim.Adam.for_parameters(params).update(params, gradient, 0.01)
    return calls


def written_by_cupy(function, arguments):
    """The kernel that CuPy makes of a function, for such arguments."""
    fusion = cupy.fuse(kernel_name="piece")(partial(function, cupy))
    given = [there(v) if isinstance(v, np.ndarray) else v for v in arguments]
    with pytest.raises(cupy.cuda.runtime.CUDARuntimeError):
        fusion(*given)  # the code is made, and no device is found
    assert fusion.new_fusion is None, "one loop over the elements is not enough for it"
    ((kernel, options),) = fusion._memo.values()
    assert not options and not kernel.nout
    return kernel


def as_program(kernel):
    """A C++ program that runs a kernel's code over flat arrays."""
    parameters, start = ["long n"], []
    for p in kernel.in_params:
        parameters.append(f"{p.ctype} *raw_{p.name}")
        start.append(f"{p.ctype} &{p.name} = raw_{p.name}[i];")
    helpers = kernel.preamble.replace('#include "cupy/float16.cuh"', "")
    return f"""
        #include <algorithm>
        #include <cmath>
        #include <complex>
        #define __device__ static
        using namespace std;
        {helpers}
        extern "C" void run({", ".join(parameters)}) {{
            for (long i = 0; i < n; i++) {{ {" ".join(start)} {kernel.operation} }}
        }}
    """


def run(kernel, arguments, folder):
    """The arguments after the kernel, each in the shape of all together."""
    folder.mkdir()
    source, library = folder / "piece.cpp", folder / "piece.so"
    source.write_text(as_program(kernel))
    subprocess.run(
        [COMPILER, "-O1", "-w", "-shared", "-fPIC", str(source), "-o", str(library)], check=True
    )
    shape = np.broadcast_shapes(*(np.shape(v) for v in arguments))
    flat = [np.array(np.broadcast_to(v, shape), np.asarray(v).dtype, order="C") for v in arguments]
    code = ctypes.CDLL(str(library)).run
    code(ctypes.c_long(flat[0].size), *(ctypes.c_void_p(v.ctypes.data) for v in flat))
    return flat


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
@pytest.mark.parametrize("name", [*NAMES, "adam_step"])
def test_cupy_makes_one_kernel_of_it_that_computes_what_numpy_does(name, monkeypatch, tmp_path):
    function = getattr(optim if name == "adam_step" else elementwise, name).__wrapped__
    calls = recorded(monkeypatch)[name]
    for n in (0, -1):  # of two of the networks
        before, after = calls[n]
        kernel = written_by_cupy(function, before)
        assert "double &" not in kernel.preamble  # float32 stays float32
        given = [v for v in before if v is not None]
        for mine, expected in zip(
            run(kernel, given, tmp_path / str(n)), [v for v in after if v is not None], strict=True
        ):
            expected = np.broadcast_to(expected, mine.shape)
            np.testing.assert_allclose(mine, expected, rtol=2e-5, atol=1e-6)
