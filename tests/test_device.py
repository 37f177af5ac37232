"""Both engines on an array library that is not NumPy, and what goes over to it and back.

Most of it runs on a stand-in that follows CuPy's rules (``strict_cupy``) and needs no GPU.
The tests marked ``gpu`` repeat it with CuPy where there is one.
"""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import autograd.numpy as anp
import numpy as np
import pytest
import strict_cupy
from autograd import grad
from small_run import CONFIG, RECIPE, begin, dataset, nothing
from strategies import CONFIGS, batch, glimpse_problem, lively, problem

from draw_np import classify, cli, evaluate, figures, glimpse, model, parameters, sample, train
from draw_np.config import Config
from draw_np.fast import driver
from draw_np.machine import autograd_cupy, backend, parallel
from draw_np.manual import model as plain
from draw_np.measuring import bounds
from draw_np.pictures import results
from draw_np.training import checkpoint, engines, loop, tasks

ROOT = Path(__file__).parent.parent


@pytest.fixture
def cupy(monkeypatch):
    """The stand-in in the place of CuPy, ready for both engines."""
    monkeypatch.setitem(sys.modules, "cupy", strict_cupy.module())
    monkeypatch.setattr(driver, "_idle", [])
    xp = backend.library("gpu")
    strict_cupy.TRANSFERS.clear()
    return xp


@pytest.fixture
def gpu():
    """CuPy itself; tests that ask for it are marked and skipped where there is no GPU."""
    driver._idle.clear()
    yield backend.library("gpu")
    driver._idle.clear()


def by_blocks(*problem):
    """The hand-derived blocks, not arranged for speed."""
    terms, cache = plain.loss_forward(*problem)
    return terms, plain.loss_backward(1.0, cache)


DRAW_ENGINES = {
    "blocks": by_blocks,
    **{name: engine.terms_and_gradient for name, engine in engines.ENGINES.items()},
}
every_engine = pytest.mark.parametrize("engine", DRAW_ENGINES)


def assert_agree(xp, engine, config, params, x, beside, rtol, atol):
    """An engine's terms and gradient in the library ``xp`` are those in NumPy."""
    here, gradient = engine(params, x, beside, config)
    moved = backend.to_library(xp, (params, x, beside))
    there, gradient_there = engine(*moved, config)
    for mine in (*there, *gradient_there.values()):
        assert type(mine) is xp.ndarray
    there, gradient_there = backend.to_host((there, gradient_there))
    assert gradient_there.keys() == gradient.keys()
    for name, expected in {**gradient, **here._asdict()}.items():
        mine = {**gradient_there, **there._asdict()}[name]
        assert mine.dtype == expected.dtype and mine.shape == np.shape(expected)
        np.testing.assert_allclose(mine, expected, rtol=rtol, atol=atol, err_msg=name)


# ---------------------------------------------------------------- on the stand-in


@every_engine
@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_terms_and_gradient_there_are_those_here(cupy, engine, name):
    config, params, x, eps = problem(name)
    assert_agree(cupy, DRAW_ENGINES[engine], config, params, x, eps, 1e-10, 1e-12)


@pytest.mark.parametrize("engine", sorted(tasks.GLIMPSE.engines))
def test_a_classifier_learns_there_too(cupy, engine):
    config, params, x, labels = glimpse_problem()
    engine = tasks.GLIMPSE.engines[engine].terms_and_gradient
    assert_agree(cupy, engine, config, params, x, labels, 1e-10, 1e-12)


@every_engine
@pytest.mark.parametrize("N", [2, None])
def test_the_rows_of_labels_are_looked_up_there(cupy, engine, N):
    k = Config(A=5, B=4, T=2, H=4, Z=3, N_read=N, N_write=N, K=3)
    here = lively(k, 5), *batch(k, 4), k, np.array([2, 0, 2, 0])
    terms, gradient = DRAW_ENGINES[engine](*here)
    moved = backend.to_library(cupy, here[:3]), backend.to_library(cupy, here[4])
    there, slopes = DRAW_ENGINES[engine](*moved[0], k, moved[1])
    assert {type(v) for v in (*there, *slopes.values())} == {cupy.ndarray}
    np.testing.assert_allclose(backend.to_host(there.L_x), terms.L_x, rtol=1e-10)
    for name, mine in backend.to_host(slopes).items():
        np.testing.assert_allclose(mine, gradient[name], rtol=1e-10, atol=1e-12, err_msg=name)
    assert not np.any(backend.to_host(slopes["h_dec_0"])[1])


def test_a_digit_is_asked_for_there(cupy):
    config = replace(CONFIG, K=3)
    k = begin(config=config)
    here = k.draw(4, labels=[2, 0, 1, 2]), k.redraw(np.ones((2, 5, 6)), labels=[1, 2])
    bound = k.bound(np.ones((2, 5, 6)), labels=[1, 2]).mean
    k.on(cupy)
    np.testing.assert_allclose(k.draw(4, labels=[2, 0, 1, 2]).c, here[0].c, 1e-4, 1e-5)
    again = k.redraw(np.ones((2, 5, 6)), labels=[1, 2])
    np.testing.assert_allclose(again.c, here[1].c, 1e-4, 1e-5)
    assert k.bound(np.ones((2, 5, 6)), labels=[1, 2]).mean == pytest.approx(bound, rel=1e-5)
    measured = loop.advance(k, dataset(config=config))
    assert np.isfinite(measured.objective)


def test_what_a_network_is_asked_for_is_computed_there(cupy):
    config, params, x, eps = problem("attention")
    p_there, x_there, eps_there = backend.to_library(cupy, (params, x, eps))
    drawn = model.reconstruct(p_there, x_there, eps_there, config)
    dreamt = model.generate(p_there, eps_there, config)
    for here, there in (
        (model.reconstruct(params, x, eps, config), drawn),
        (model.generate(params, eps, config), dreamt),
    ):
        np.testing.assert_allclose(backend.to_host(there.c), here.c, 1e-10)
        for a, b in zip(backend.to_host(there.writing), here.writing, strict=True):
            np.testing.assert_allclose(a, b, 1e-10)
    config, params, x, _ = glimpse_problem()
    p, _ = glimpse.classify(*backend.to_library(cupy, (params, x)), config)
    np.testing.assert_allclose(backend.to_host(p), glimpse.classify(params, x, config)[0], 1e-10)


# ---------------------------------------------------------------- what is moved


def moved_by(k, data):
    """What one training step moves: shapes that went in, shapes that came out."""
    strict_cupy.TRANSFERS.clear()
    loop.advance(k, data)
    ways = {"in": [], "out": []}
    for way, shape, _ in strict_cupy.TRANSFERS:
        ways[way].append(shape)
    return ways["in"], ways["out"]


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_a_training_step_moves_the_batch_in_and_what_is_logged_out(cupy, engine):
    data, M = dataset(), RECIPE.batch_size
    k = begin(recipe=replace(RECIPE, engine=engine)).on(cupy)
    moved_by(k, data)  # the first one also makes the constants of the grids
    given, taken = moved_by(k, data)
    assert given == [(M, *CONFIG.image_shape), (CONFIG.T, M, CONFIG.Z)]
    # L_x, the KL of every step, and the squared norms of the gradient's arrays
    assert taken == [(), (CONFIG.T,), (len(k.params),)]


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_noise_of_the_device_is_not_moved(cupy, engine):
    data = dataset()
    k = begin(recipe=replace(RECIPE, engine=engine)).on(cupy)
    k.streams["noise"] = backend.DeviceStream(k.streams["noise"], cupy)
    moved_by(k, data)
    assert moved_by(k, data)[0] == [(RECIPE.batch_size, *CONFIG.image_shape)]


def test_noise_of_the_device_is_a_function_of_the_seed_and_resumes(cupy, tmp_path):
    def drawn(k, n):
        k.streams["noise"] = backend.DeviceStream(k.streams["noise"], cupy)
        shape = (CONFIG.T, 2, CONFIG.Z)
        return [k.streams["noise"].standard_normal(shape, np.float32).get() for _ in range(n)]

    k = begin()
    first, second = drawn(k, 2)
    assert first.dtype == np.float32 and np.any(first != second)
    k.save(tmp_path / "checkpoint.npz")
    third = drawn(checkpoint.load(tmp_path), 1)
    np.testing.assert_array_equal(third, drawn(begin(), 3)[2:])


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_a_run_goes_on_on_another_device(cupy, tmp_path, engine):
    """Half on each, in either order: to rounding what one device gives, and all on the host."""
    data, recipe = dataset(), replace(RECIPE, engine=engine)
    whole = begin(recipe=recipe)
    loop.train(whole, data, tmp_path, 8, nothing)
    for one, other in ((np, cupy), (cupy, np)):
        folder = tmp_path / one.__name__
        folder.mkdir()
        loop.train(begin(recipe=recipe).on(one), data, folder, 4, nothing)
        saved = checkpoint.load(folder)
        assert all(type(v) is np.ndarray for v in (*saved.params.values(), *saved.adam.m.values()))
        k = saved.on(other)
        loop.train(k, data, folder, 8, nothing)
        assert k.best == pytest.approx(whole.best, rel=1e-4)
        for name, expected in whole.params.items():
            mine = backend.to_host(k.params)[name]
            np.testing.assert_allclose(mine, expected, rtol=1e-3, atol=1e-4, err_msg=name)


def test_a_bound_there_is_the_bound_here(cupy):
    k, split = begin(), dataset().test
    here = bounds.bound(k.params, k.config, split, K=2)
    there = bounds.bound(k.on(cupy).params, k.config, split, K=2)
    np.testing.assert_allclose(there.log_w, here.log_w, rtol=1e-5)
    assert there.mean == pytest.approx(here.mean, rel=1e-5)


# ---------------------------------------------------------------- the stand-in


def assert_rules(cupy):
    """What CuPy refuses, and what it gives, by the numbers of ``strict_cupy``."""
    v, host = cupy.ones((2, 3)), np.ones((2, 3))
    assert backend.array_module(v) is cupy and backend.array_module(host) is np
    refused = {
        "rule 1": lambda: np.asarray(v),
        "rule 2, an operator": lambda: v + host,
        "rule 2, from the left": lambda: host * v,
        "rule 2, no axes": lambda: v ** np.array(2),
        "rule 2, a function": lambda: cupy.exp(host),
        "rule 2, in place": lambda: np.add(host, 1, out=v) and np.add(v, 1, out=host),
        "rule 3, a type": lambda: np.add(v, object()),
        "rule 4, not there": lambda: np.datetime_as_string(v),
        "rule 7, hosts": lambda: np.concatenate([v, host]),
        "rule 7, no axes": lambda: cupy.concatenate([v.sum(), v.sum()]),
        "rule 8": lambda: cupy.reshape(v, (3, 2), order=None),
        "rule 9": lambda: v.astype(object),
        "rule 13": lambda: list(v.sum()),
    }
    for rule, attempt in refused.items():
        try:
            attempt()
        except (TypeError, ValueError):
            continue
        pytest.fail(f"{rule} is not kept")
    assert type(v.sum()) is type(np.sum(v)) is type(v[0, 0]) is cupy.ndarray  # rule 5
    assert type(v * np.float32(2)) is cupy.ndarray  # rule 2: NumPy's scalars are numbers


def test_the_stand_in_keeps_to_the_rules(cupy):
    """Were it to let everything pass, the tests above would show nothing."""
    assert_rules(cupy)
    v, host = cupy.ones((2, 3)), np.ones((2, 3))
    with pytest.raises(TypeError):
        v[0] = host[0]
    with pytest.raises(TypeError):
        v.view(np.ndarray)
    with pytest.raises(TypeError):
        np.add.reduce(v)
    np.add.at(v, 0, 1)  # rule 3
    assert v.get().tolist() == [[2, 2, 2], [1, 1, 1]]
    v = cupy.ones((2, 3))
    strict_cupy.TRANSFERS.clear()
    assert float(v.sum()) == 6 and cupy.asarray(host).shape == (2, 3)  # rules 6 and 10
    assert strict_cupy.TRANSFERS == [("out", (), 8), ("in", (2, 3), 48)]


# ---------------------------------------------------------------- what is launched


def launched(f):
    """What the stand-in launches while f runs."""
    strict_cupy.LAUNCHES.clear()
    f()
    return list(strict_cupy.LAUNCHES)


def test_kernels_are_counted_as_cupy_makes_them(cupy):
    v, w, out = cupy.ones((4, 4)), cupy.ones((4, 4)), cupy.empty((4, 4))
    x, y, few = cupy.ones((2, 3, 4)), cupy.ones((2, 4, 5)), cupy.ones((1, 4, 5))
    rows = cupy.asarray(np.array([0, 2, 0]))
    parts = {
        # rule 14
        "one": (lambda: cupy.exp(v, out=out), ["exp"]),
        "in place": (lambda: np.add(v, w, out=v), ["add"]),
        "overlap": (lambda: cupy.add(v[1:], w[1:], out=v[:-1]), ["copy", "add"]),
        "columns overlap, too": (lambda: cupy.exp(v[:, :2], out=v[:, 2:]), ["copy", "exp"]),
        "reduced": (lambda: v.sum(axis=1, out=w[:, 0]), ["sum"]),
        "assigned": (lambda: v.__setitem__(..., w), ["copy"]),
        "looked up": (lambda: v[rows], ["take"]),
        "a view": (lambda: v.reshape(2, 8)[:, None].swapaxes(0, 1), []),
        "no view": (lambda: v.T.reshape(16), ["copy"]),
        # rule 15
        "a product": (lambda: cupy.matmul(v, w, out=out), ["product"]),
        "one of a transpose": (lambda: cupy.matmul(v.T, w, out=out), ["product"]),
        "one of columns": (
            lambda: cupy.matmul(v[:, :2], w[:2], out=out),
            ["copy for a product", "product"],
        ),
        "one into columns": (
            lambda: cupy.matmul(v, w[0], out=out[:, 1]),
            ["product", "copy of a product"],
        ),
        # rule 16
        "products": (lambda: cupy.matmul(x, y), ["product"]),
        "products of transposes": (
            lambda: cupy.matmul(y.swapaxes(1, 2), x.swapaxes(1, 2)),
            2 * ["copy for a product"] + ["product"],
        ),
        "products with one": (lambda: cupy.matmul(x, few), 3 * ["pointers"] + ["product"]),
    }
    for name, (f, expected) in parts.items():
        assert launched(f) == expected, name


def test_a_fused_function_is_one_kernel_and_refuses_what_cupy_cannot_fuse(cupy):
    """Rule 17."""

    @backend.fused
    def half_of_the_sum(xp, a, b, out):
        xp.add(a, b, out=out)
        out *= 0.5

    def refused(error, f, *arguments):
        with pytest.raises(error):
            backend.fused(f)(cupy, *arguments)

    a, row, out = cupy.ones((2, 3)), 3 * cupy.ones(3), cupy.empty((2, 3))
    assert launched(lambda: half_of_the_sum(cupy, a, row, out)) == ["fused half_of_the_sum"]
    assert np.all(out.get() == 2) and np.all(a.get() == 1)
    here = np.empty((2, 3))
    half_of_the_sum(np, np.ones((2, 3)), 3.0, here)
    assert np.all(here == 2)
    refused(ValueError, lambda xp, v, w: xp.exp(v, out=w), a, row)  # w would be written twice
    refused(AttributeError, lambda xp, v: v.sum(), a)
    refused(TypeError, lambda xp, v: v[0], a)
    refused(ValueError, lambda xp, v: v.__setitem__(0, 1), a)
    refused(NotImplementedError, lambda xp, v: xp.matmul(v, v), a)
    refused(TypeError, lambda xp, v: xp.exp(v) if v else None, a)
    refused(TypeError, lambda xp, v, w: xp.exp(v, out=v), a, np.ones(3))
    refused(ValueError, lambda xp, v, w: xp.exp(v, out=w), out[:, :2], out[:, 1:])


FEWEST = {  # kernels of a drawing step, forward and backward; it was 226 and 102 unfused
    "attention": (Config(T=1, H=4, Z=3, N_read=5, N_write=5), 78),
    "no attention": (Config(T=1, H=4, Z=3, N_read=None, N_write=None), 22),
}


@pytest.mark.parametrize("name", FEWEST)
def test_a_step_launches_few_kernels_however_many_images(cupy, name):
    config, per_step = FEWEST[name]

    def count(T, M):
        k = replace(config, T=T)
        params = parameters.initialise(np.random.default_rng(0), k)
        x, eps = batch(k, M)
        arguments = backend.to_library(cupy, (params, np.float32(x), np.float32(eps)))
        driver.terms_and_gradient(*arguments, k)  # the first one also makes the workspace
        return len(launched(lambda: driver.terms_and_gradient(*arguments, k)))

    assert count(3, 2) == count(3, 20)
    assert count(4, 2) - count(3, 2) == per_step
    assert count(3, 2) - 3 * per_step < 130  # laying out weights, likelihood, weight gradients


def test_readme_and_chapter_15_say_how_many():
    with_attention, without = (per_step for _, per_step in FEWEST.values())
    readme = " ".join((ROOT / "chapters" / "machines.md").read_text(encoding="utf-8").split())
    said = f"launches {with_attention} kernels and products with attention and {without} without"
    assert said in readme
    chapter = (ROOT / "chapters" / "15_elsewhere.ipynb").read_text(encoding="utf-8")
    assert f"with attention has {with_attention} launches" in chapter
    assert f"it has {without}, and had" in chapter


def test_a_training_step_updates_each_parameter_by_one_kernel(cupy):
    k = begin().on(cupy)
    adam, gradient = k.adam, {name: v + 1 for name, v in k.params.items()}
    found = launched(lambda: adam.update(k.params, gradient, 0.1))
    assert found == ["fused adam_step"] * len(k.params)


# ---------------------------------------------------------------- autograd on the device


FUNCTIONS = {
    "sum": lambda x: anp.sum(anp.sum(x, axis=-1, keepdims=True) ** 2),
    "mean": lambda x: anp.sum(anp.mean(x, axis=0) ** 3),
    "max": lambda x: anp.sum(anp.max(x, axis=1) * anp.min(x, axis=1, keepdims=True)),
    "power": lambda x: anp.sum(x**3 + 2.0**x + (x**2 + 1) ** x + x**0 + x**1),
    "dot": lambda x: anp.sum(anp.dot(anp.dot(x, x.T), x[:, 0]) * anp.dot(x[:, 1], x)[0]),
    "inner": lambda x: anp.dot(x[0], x[1]),
    "take": lambda x: anp.sum(x[1] * x[0, 1:2] * x[..., None][:, 0] ** 2),
    "reshape": lambda x: anp.sum(anp.reshape(x, -1) ** 2 * anp.ravel(x)),
    "broadcast": lambda x: anp.sum(anp.broadcast_to(x[None], (4, *x.shape)) ** 2),
    "no broadcast": lambda x: anp.sum(anp.broadcast_to(x, x.shape) ** 2),
    "where": lambda x: anp.sum(anp.where(x > 0, x, x**2)),
    "stack": lambda x: anp.sum(anp.stack([x[0], x[1] * 2, x[0] * x[1]]) ** 2),
    "concatenate": lambda x: anp.sum(anp.concatenate([x, x**2], axis=1) ** 2),
    "split": lambda x: anp.sum(anp.split(x, 3, axis=1)[1] ** 2),
    "matmul": lambda x: anp.sum(anp.matmul(x[None], anp.swapaxes(x[None], 1, 2)) ** 2),
}


def point(seed=5):
    """A matrix without zeros and ties."""
    return np.random.default_rng(seed).standard_normal((3, 3)) + 0.01


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_there_are_autograd_s_here(cupy, name):
    x = point()
    expected = grad(FUNCTIONS[name])(x)
    mine = grad(FUNCTIONS[name])(cupy.asarray(x))
    assert type(mine) is cupy.ndarray
    np.testing.assert_allclose(mine.get(), expected, rtol=1e-12, atol=1e-14)
    assert type(grad(FUNCTIONS[name])(x)) is np.ndarray  # and here nothing has changed


@pytest.mark.parametrize("name", sorted({*FUNCTIONS} - {"max", "where", "power", "take"}))
def test_second_derivatives_there_are_autograd_s_here(cupy, name):
    def again(x):
        return anp.sum(grad(FUNCTIONS[name])(x) ** 2)

    np.testing.assert_allclose(
        grad(again)(cupy.asarray(point())).get(), grad(again)(point()), 1e-10
    )


def test_an_entry_taken_twice_is_counted_twice(cupy):
    there = cupy.zeros(3)
    autograd_cupy.put(cupy.ones(2), [1, 1], autograd_cupy.DeviceVSpace(cupy, there)).mut_add(there)
    assert there.get().tolist() == [0, 2, 0]


# ---------------------------------------------------------------- the commands

TINY = ["--steps", "2", "--T", "2", "--H", "4", "--batch-size", "4"]


def said(main, arguments, capsys, code=2):
    """What a command says on standard error where it leaves with ``code``."""
    with pytest.raises(SystemExit) as left:
        cli.run(lambda: main(arguments), "prog")
    captured = capsys.readouterr()
    assert left.value.code == code, captured.err
    return captured.err


def test_every_command_runs_there(cupy, tmp_path, capsys, monkeypatch):
    run, named = str(tmp_path / "run"), str(tmp_path / "named")
    monkeypatch.setenv("DRAW_NP_DEVICE", "gpu")
    assert train.main(["--small", *TINY, "--noise", "device", "--out", run]) == 0
    assert "on the gpu, stand-in, noise drawn there" in capsys.readouterr().out
    assert json.loads((tmp_path / "run" / "config.json").read_text())["device"] == "gpu, stand-in"
    assert sample.main([run, "--n", "2", "--rows", "2", "--moving", "1"]) == 0
    assert evaluate.main([run, "--images", "5"]) == 0
    assert "device: gpu, stand-in" in capsys.readouterr().out
    for name in ("1", "trajectories", "interpolation", "completion"):
        assert figures.main([name, run, "--out", str(tmp_path / "figures")]) == 0
    assert classify.main(["train", "--small", *TINY, "--out", named]) == 0
    assert figures.main(["5", named, "--out", str(tmp_path / "figures")]) == 0
    assert train.main(["--resume", run, "--steps", "3", "--device", "cpu"]) == 0


def test_generated_images_are_the_same_there(cupy):
    k = begin()
    here, att = results.generated(k.params, k.config, 3, np.random.default_rng(0))
    there = results.generated(k.on(cupy).params, k.config, 3, np.random.default_rng(0))
    np.testing.assert_allclose(there[0], here, rtol=1e-5)
    np.testing.assert_allclose(there[1], att, rtol=1e-5)


# ---------------------------------------------------------------- what may be missing


def test_without_cupy(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "cupy", None)
    text = said(train.main, ["--small", "--device", "gpu"], capsys)
    assert "CuPy, which is not installed" in text and ".[cuda12]" in text and ".[cuda13]" in text
    assert text.count("\n") == 1


def test_with_an_autograd_that_is_too_old(cupy, monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "draw_np.machine.autograd_cupy")
    monkeypatch.delattr("draw_np.machine.autograd_cupy")
    monkeypatch.delattr("autograd.numpy.numpy_wrapper._primitive_mean")
    assert "newer autograd" in said(train.main, ["--small", "--device", "gpu"], capsys)


def test_with_a_cupy_that_cannot_be_loaded(monkeypatch, capsys, tmp_path):
    (tmp_path / "cupy.py").write_text("raise ImportError('libcudart.so.12: no such file')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    assert "cannot be loaded" in said(train.main, ["--small", "--device", "gpu"], capsys)


@pytest.mark.parametrize(
    ("status", "words"),
    [(35, "no NVIDIA driver"), (100, "finds no GPU"), (999, "CUDA's error 999")],
)
def test_without_a_driver_or_a_gpu(cupy, monkeypatch, capsys, status, words):
    def fail():
        raise strict_cupy.CUDARuntimeError(status)

    monkeypatch.setattr(cupy.cuda.runtime, "getDeviceCount", fail)
    text = said(train.main, ["--small", "--device", "gpu"], capsys)
    assert words in text and text.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ImportError('Failure finding "libcublas.so"'), "not the libraries of CUDA"),
        (RuntimeError("CuPy failed to load libnvrtc.so.12"), "not the libraries of CUDA"),
        (strict_cupy.CUDARuntimeError(209), "CUDA's error 209"),
    ],
)
def test_without_the_libraries_of_cuda(cupy, monkeypatch, capsys, error, words):
    def fail(*_):
        raise error

    monkeypatch.setattr(cupy, "matmul", fail)
    text = said(train.main, ["--small", "--device", "gpu"], capsys)
    assert words in text and text.count("\n") == 1


def test_a_driver_that_counts_no_gpu(cupy, monkeypatch, capsys):
    monkeypatch.setattr(cupy.cuda.runtime, "getDeviceCount", lambda: 0)
    assert "finds no GPU" in said(train.main, ["--small", "--device", "gpu"], capsys)


def test_too_little_memory_names_a_batch_that_fits(cupy, monkeypatch, capsys, tmp_path):
    def train_with(M):
        out = ["--out", str(tmp_path / str(M))]
        return ["--small", *TINY[:-1], str(M), "--device", "gpu", "--stop-after", "1", *out]

    backend.release(cupy)
    monkeypatch.setattr(strict_cupy.MEMORY, "limit", strict_cupy.MEMORY.used + 16_000_000)
    text = said(train.main, train_with(1024), capsys)
    assert text.count("\n") == 1 and not (tmp_path / "1024").exists()
    fits = int(re.search(r"--batch-size (\d+) fits", text)[1])
    assert 100 < fits < 1024
    assert train.main(train_with(fits)) == 0
    assert "does not fit" in said(train.main, train_with(2 * fits), capsys)
    monkeypatch.setattr(strict_cupy.MEMORY, "limit", 0)
    assert "too little memory" in said(train.main, train_with(7), capsys)


def test_options_that_need_a_gpu_or_one_process(cupy, monkeypatch, capsys):
    text = said(train.main, ["--small", "--device", "cpu", "--noise", "device"], capsys)
    assert "--noise device needs --device gpu" in text
    monkeypatch.setenv("DRAW_NP_DEVICE", "tpu")
    assert "'tpu' is not known" in said(train.main, ["--small"], capsys)
    monkeypatch.setattr(parallel, "world", lambda: SimpleNamespace(size=2, rank=0))
    text = said(train.main, ["--small", "--device", "gpu"], capsys)
    assert "several processes" in text


# ---------------------------------------------------------------- with a GPU


@pytest.mark.gpu
@every_engine
@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_terms_and_gradient_on_a_gpu(gpu, engine, name):
    config, params, x, eps = problem(name)
    assert_agree(gpu, DRAW_ENGINES[engine], config, params, x, eps, 1e-8, 1e-10)


@pytest.mark.gpu
@pytest.mark.parametrize("engine", sorted(tasks.GLIMPSE.engines))
def test_a_classifier_on_a_gpu(gpu, engine):
    config, params, x, labels = glimpse_problem()
    engine = tasks.GLIMPSE.engines[engine].terms_and_gradient
    assert_agree(gpu, engine, config, params, x, labels, 1e-8, 1e-10)


@pytest.mark.gpu
@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_on_a_gpu(gpu, name):
    mine = grad(FUNCTIONS[name])(gpu.asarray(point()))
    np.testing.assert_allclose(mine.get(), grad(FUNCTIONS[name])(point()), 1e-9, 1e-11)


@pytest.mark.gpu
@pytest.mark.parametrize("engine", engines.ENGINES)
def test_a_run_on_a_gpu_is_the_run_on_the_cpu(gpu, tmp_path, engine):
    data, recipe = dataset(), replace(RECIPE, engine=engine)
    for folder in (tmp_path / "here", tmp_path / "there"):
        folder.mkdir()
    here, there = begin(recipe=recipe), begin(recipe=recipe).on(gpu)
    loop.train(here, data, tmp_path / "here", 8, nothing)
    loop.train(there, data, tmp_path / "there", 8, nothing)
    for name, expected in here.params.items():
        mine = checkpoint.load(tmp_path / "there").params[name]
        np.testing.assert_allclose(mine, expected, rtol=1e-3, atol=1e-4, err_msg=name)


@pytest.mark.gpu
def test_noise_drawn_by_a_gpu(gpu):
    def drawn():
        stream = backend.DeviceStream(np.random.default_rng(1), gpu)
        return stream.standard_normal((50, 100, 20), np.float32).get()

    eps = drawn()
    assert eps.dtype == np.float32
    assert abs(eps.mean()) < 0.02 and abs(eps.std() - 1) < 0.02
    np.testing.assert_array_equal(eps, drawn())


@pytest.mark.gpu
def test_the_rules_of_the_stand_in_are_cupy_s(gpu):
    assert_rules(gpu)
