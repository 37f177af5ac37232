"""The benchmark: that all compute the same, and that what it reports is what was measured."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import strict_cupy
from PIL import Image

from benchmarks import __main__ as command
from benchmarks import contenders, floor, memory, ours, report, run
from benchmarks.problem import CONFIGURATIONS, problem
from draw_np import cli, parameters
from draw_np.config import Config
from draw_np.fast import driver

ROOT = Path(__file__).parent.parent
TINY = Config(A=6, B=7, T=3, H=5, Z=2, N_read=2, N_write=3)
M = 4


def computed(build, dtype):
    """Losses of four training steps, and loss and gradient at the first weights."""
    contender = build(problem(TINY, M, np.dtype(dtype)))
    return [contender.step() for _ in range(4)], contender.gradient()


@pytest.fixture(scope="module")
def expected():
    """What all are compared with."""
    return computed(lambda p: ours.build(p, "autograd"), "float64")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["manual", "autograd", "torch", "jax"])
def test_all_compute_the_same(name, dtype, expected):
    if name in contenders.PEERS:
        pytest.importorskip(contenders.PEERS[name])
    build = contenders.load(name, threads=1)
    found = run.distance(computed(build, dtype), expected)
    assert run.checked(name, found, dtype) == found


def test_float64_holds_the_same_numbers_as_float32():
    narrow, wide = problem(TINY, M), problem(TINY, M, np.float64)
    assert narrow.x.dtype == np.float32 and wide.x.dtype == np.float64
    for a, b in zip(
        [narrow.x, narrow.eps, *narrow.params.values()],
        [wide.x, wide.eps, *wide.params.values()],
        strict=True,
    ):
        assert np.array_equal(a, b)


def test_a_small_parameter_is_compared_for_itself(expected):
    losses, (loss, gradient) = expected
    assert run.distance(expected, expected).gradient == 0
    smallest = min(gradient, key=lambda n: np.linalg.norm(gradient[n]))
    wrong = dict(gradient, **{smallest: 1.01 * gradient[smallest]})
    found = run.distance((losses, (loss, wrong)), expected)
    assert found.worst == smallest and found.parameter == pytest.approx(0.01, rel=1e-3)
    with pytest.raises(run.Disagreement, match=f"somebody disagrees.*{smallest}"):
        run.checked("somebody", found, "float32")


def test_what_is_not_a_number_disagrees(expected):
    losses, (loss, gradient) = expected
    wrong = dict(gradient, **{"mu.b": np.full_like(gradient["mu.b"], np.nan)})
    found = run.distance((losses, (loss, wrong)), expected)
    assert found.worst == "mu.b"
    with pytest.raises(run.Disagreement):
        run.checked("somebody", found, "float32")


def test_a_missing_parameter_disagrees(expected):
    losses, (loss, gradient) = expected
    less = {name: g for name, g in gradient.items() if name != "c_0"}
    with pytest.raises(run.Disagreement, match="entries"):
        run.distance((losses, (loss, less)), expected)


def test_another_learning_rate_disagrees(expected, monkeypatch):
    monkeypatch.setattr(ours, "LR", 2e-3)
    found = run.distance(computed(lambda p: ours.build(p, "manual"), "float64"), expected)
    assert found.gradient < 1e-11 and not found.within(run.TOLERANCE["float32"])


@pytest.mark.parametrize("engine", ["manual", "autograd"])
def test_on_a_device_it_is_the_same(engine, expected, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", strict_cupy.module())
    monkeypatch.setattr(driver, "_idle", [])
    found = computed(lambda p: ours.build(p, engine, "gpu"), "float64")
    assert run.checked(engine, run.distance(found, expected), "float64")


def test_the_floor_on_a_device_launches_the_products_and_nothing_else(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", strict_cupy.module())
    step = floor.build(problem(TINY, M), device="gpu").step
    strict_cupy.LAUNCHES.clear()
    step()
    n = len(floor.sizes(TINY))
    assert len(strict_cupy.LAUNCHES) == 2 * TINY.T * n + n
    assert set(strict_cupy.LAUNCHES) == {"product"}


@pytest.mark.parametrize("config", [c for c, _ in CONFIGURATIONS.values()] + [TINY])
def test_the_floor_multiplies_every_weight(config):
    weights = sum(
        np.prod(s) for name, s in parameters.shapes(config).items() if name.endswith(".W")
    )
    assert sum(D * K for D, K in floor.sizes(config)) == weights


def test_the_floors_are_the_same_products(monkeypatch):
    monkeypatch.setattr(floor, "shares", lambda xp, M: [slice(0, 1), slice(1, M)])
    whole, split = (floor.products(TINY, M, np.dtype("float64")) for _ in range(2))
    given = [m.a.copy() for m in whole]
    floor.forward_and_input_gradients(whole, slice(None))
    for rows in floor.shares(np, M):
        floor.forward_and_input_gradients(split, rows)
    for m, s, before in zip(whole, split, given, strict=True):
        floor.weight_gradients([m, s])
        assert np.allclose(m.a, m.x @ m.W) and not np.allclose(m.a, before)
        assert np.allclose(m.dx, m.a[0] @ m.W.T)
        assert np.allclose(m.dW, np.einsum("tmd,tmk->dk", m.x, m.a))
        for one, other in zip(m, s, strict=True):
            assert np.allclose(one, other)


def test_peak_memory_is_counted_anew():
    if not memory.forget_peak():
        pytest.skip("this system can't reset a peak")
    before = memory.peak()
    block = np.ones(10_000_000)
    assert memory.peak() - before == pytest.approx(block.nbytes, rel=0.2)
    del block
    assert memory.forget_peak() and memory.peak() < before + 20e6
    assert memory.resident() <= memory.peak()


def contender(seconds, **more):
    """A record as ``run.measure`` gives it."""
    record = {"seconds": seconds, "compiled": None, "versions": {"numpy": "2"}, "buffers": None}
    return record | {"imported": 10e6, "peak": 90e6, "steps": 60e6} | more


@pytest.fixture
def results():
    """Made-up times in which the ratio of medians is not the median of the ratios."""
    found = {
        "manual": contender([0.1, 0.2, 0.4], float32={"gradient": 1e-7, "parameter": 2e-7}),
        "torch-compile": contender([0.5, 0.2, 0.8], compiled="step", steps=None),
        "jax": contender([0.2, 0.3, 0.4], buffers=7e6, peak=None, steps=None),
        "floor": contender([0.1, 0.1, 0.1]),
    }
    found["manual"]["float32"]["worst"] = "mu.b"
    return {"tiny": {"config": vars(TINY) | {"M": M}, "contenders": found}}


def test_ratios_are_of_single_rounds(results):
    manual, compiled, jax, _ = report.rows(results["tiny"]["contenders"], M)
    assert manual.images == pytest.approx(M / 0.2)
    assert manual.ms == pytest.approx((200, 150, 300)) and manual.ratio == (1, 1, 1)
    assert compiled.label == "torch-compile (per step t)"
    assert compiled.ratio == pytest.approx((2, 1.5, 3.5))  # 5, 1, 2
    assert jax.ratio.median == pytest.approx(1.5)  # 2, 1.5, 1


def test_memory_is_that_beyond_the_imports(results):
    contenders = results["tiny"]["contenders"]
    contenders["manual-gpu"] = contender([0.1, 0.1, 0.1])
    manual, compiled, jax, _, gpu = report.rows(contenders, M)
    assert gpu.memory is None and manual.memory == 50  # of the steps, without what building took
    assert compiled.memory == 80  # where the peak can't be reset
    assert jax.memory is None


def test_the_yardstick_is_the_manual_engine_if_it_ran():
    assert report.yardstick(["autograd", "manual", "floor"]) == "manual"
    assert report.yardstick(["torch", "jax"]) == "torch"


def test_the_table_says_it_all(results):
    text = report.table("tiny", results["tiny"])
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert "T = 3, H = 5, Z = 2, read 2 x 2, write 3 x 3, 4 images of 6 x 7" in text
    assert "manual 200.0 150.0 - 300.0 20 1.00 1.00 - 1.00 50" in rows
    assert "jax 300.0 250.0 - 350.0 13 1.50 1.25 - 1.75" in rows
    assert "its arrays take 7 MB" in text and "within 1.0e-07 (manual)" in text


def test_json_and_plot_are_written(results, tmp_path):
    machine = {"processor": "P", "processors": 2, "threads": 2, "system": "S", "python": "3"}
    paths = report.write(tmp_path, machine, results, {"quick": True})
    saved = json.loads(paths[0].read_text())
    assert saved["machine"] == machine and saved["options"] == {"quick": True}
    assert saved["results"]["tiny"]["contenders"]["jax"]["seconds"] == [0.2, 0.3, 0.4]
    assert saved["summary"]["tiny"]["jax"]["ratio"]["median"] == pytest.approx(1.5)
    assert saved["summary"]["tiny"]["manual"]["MB"] == 50
    with Image.open(paths[1]) as image:
        image.load()
    axes = report.plot(machine, results).axes[0]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([200, 500, 300, 100])
    assert "300.0 ms   1.50 x manual" in [text.get_text() for text in axes.texts]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--only", "nobody"], "nobody"),
        (["--config", "huge"], "huge"),
        (["--threads", "0"], "'0' is not a whole number of at least 1"),
        (["--threads", "100000"], "this machine has"),
        (["--rounds", "many"], "'many' is not a whole number"),
        (["--slow"], "unrecognized arguments: --slow"),
        (["--out", "pyproject.toml"], "pyproject.toml cannot be written"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(args, said):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *args], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2 and done.stdout == ""
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_a_peer_that_is_not_installed_is_left_out_with_one_line(monkeypatch, capsys):
    monkeypatch.setattr(contenders, "find_spec", lambda package: None)
    names = command.chosen(command.arguments(["--quick"]))
    assert names == ["manual", "autograd", "floor", "floor-split"]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["torch", "jax"]
    assert all("the bench extra" in line for line in lines)
    with pytest.raises(cli.UserError, match="none of"):
        command.chosen(command.arguments(["--only", "jax"]))


def test_a_gpu_is_asked_for_and_what_finds_none_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr(contenders, "find_spec", lambda package: package)
    assert not set(contenders.ON_GPU) & set(command.chosen(command.arguments([])))
    monkeypatch.setattr(contenders, "without_gpu", lambda package: None)
    asked = command.arguments(["--gpu", "--images", "100", "800"])
    assert command.chosen(asked) == ["manual", "manual-gpu", "torch-gpu", "floor-gpu"]
    assert command.wanted(asked) == [("paper", 100), ("paper", 800)]
    assert command.wanted(command.arguments(["--config", "small"])) == [("small", 64)]
    monkeypatch.setattr(contenders, "without_gpu", lambda package: f"no GPU for {package}")
    capsys.readouterr()
    assert command.chosen(asked) == ["manual"]
    lines = capsys.readouterr().out.splitlines()
    assert "torch-gpu is left out: no GPU for torch" in lines


def test_compiling_is_asked_for_or_takes_no_quick_run(monkeypatch):
    monkeypatch.setattr(contenders, "find_spec", lambda package: package)
    assert "torch-compile" in command.chosen(command.arguments([]))
    assert "torch-compile" not in command.chosen(command.arguments(["--quick"]))
    asked = ["--quick", "--only", "torch-compile", "manual"]
    assert command.chosen(command.arguments(asked)) == ["manual", "torch-compile"]


class FakeWorker:
    """A worker that answers ``start``, or raises."""

    def __init__(self, name, answer, compiled=None):
        self.name, self.given, self.compiled, self.ended = name, answer, compiled, False

    def ask(self, request, limit=None):
        if isinstance(self.given, Exception):
            raise self.given
        return self.given

    def end(self):
        self.ended = True


@pytest.mark.parametrize("trouble", [TimeoutError(), run.Failed("no graph")])
def test_what_does_not_compile_whole_is_compiled_step_by_step(trouble):
    said, whole = [], FakeWorker("torch-compile", trouble, "whole")
    workers = {"torch-compile": whole}
    start = run.begin(
        workers, lambda n, c: FakeWorker(n, "begun", c), lambda line, **_: said.append(line)
    )
    assert start == {"torch-compile": "begun"} and whole.ended
    assert workers["torch-compile"].compiled == "step"
    assert "one step t instead" in said[-1]


def test_a_peer_that_fails_is_left_out_but_not_one_of_ours():
    said, broken = [], FakeWorker("jax", run.Failed("no such device"))
    workers = {"manual": FakeWorker("manual", "begun"), "jax": broken}
    start = run.begin(workers, None, lambda line, **_: said.append(line))
    assert list(workers) == list(start) == ["manual"] and broken.ended
    assert "jax is left out: no such device" in said
    with pytest.raises(run.Failed):
        run.begin({"manual": FakeWorker("manual", run.Failed("a bug"))}, None, lambda *_, **__: 0)


@pytest.mark.slow
def test_workers_are_compared_and_timed(monkeypatch):
    monkeypatch.setitem(run.CONFIGURATIONS, "tiny", (TINY, M))
    monkeypatch.setattr(run, "TURN", 0.0)
    said = []
    result = run.measure(
        "tiny", M, ["manual", "floor"], 1, 2, True, lambda line, **_: said.append(line)
    )
    manual, products = result["contenders"]["manual"], result["contenders"]["floor"]
    assert result["config"]["M"] == M and said[-1] == "round 2 of 2"
    assert all(len(c["seconds"]) == 2 and min(c["seconds"]) > 0 for c in (manual, products))
    assert manual["float64"]["gradient"] < 1e-11 and manual["float32"]["gradient"] < 1e-5
    assert "float32" not in products and manual["idle"] < 0.1
    assert manual["losses"][0] > manual["losses"][-1]
    assert "manual" in report.table("tiny", result)


def test_a_worker_that_fails_says_why():
    w = run.Worker("autograd", "no config", M, "float32", 1)
    try:
        with pytest.raises(run.Failed, match="AttributeError"):
            w.ask("start")
    finally:
        w.end()


@pytest.mark.parametrize("when", ["before it is asked", "while it works"])
def test_a_worker_that_dies_is_told_of(when):
    w = run.Worker("autograd", TINY, M, "float32", 1).ready()
    try:
        w.ask("start")
        if when == "while it works":
            w.connection.send(("turn", 10**9))
        w.process.kill()
        w.process.join()
        with pytest.raises(run.Failed, match="died"):
            w.ask("start") if when == "before it is asked" else w.answer()
    finally:
        w.end()
