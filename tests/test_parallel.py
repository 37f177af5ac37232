"""Several processes: their sums and shares here with threads in their place; ``mpiexec`` below."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Barrier, Thread
from types import SimpleNamespace

import numpy as np
import pytest

from draw_np.machine import parallel
from draw_np.training import checkpoint

ROOT = Path(__file__).parent.parent
MPIEXEC = shutil.which("mpiexec") or shutil.which("mpiexec", path=str(Path(sys.executable).parent))


# ---------------------------------------------------------------- threads in place of processes


class Ring:
    """What ``MPI.COMM_WORLD`` does, between threads."""

    def __init__(self, size):
        self.size, self.meeting, self.given = size, Barrier(size), [None] * size

    def exchange(self, rank, value):
        self.given[rank] = value
        self.meeting.wait(timeout=30)
        every = list(self.given)
        self.meeting.wait(timeout=30)
        return every

    def world(self, rank):
        def Allreduce(place, flat):
            assert place == "in place" and flat.flags.c_contiguous
            flat[...] = sum(v.copy() for v in self.exchange(rank, flat.copy()))

        comm = SimpleNamespace(
            rank=rank,
            size=self.size,
            Allreduce=Allreduce,
            allgather=lambda v: self.exchange(rank, v),
            allreduce=lambda v, op: op(self.exchange(rank, v)),
            bcast=lambda v: self.exchange(rank, v)[0],
        )
        return parallel.World(SimpleNamespace(COMM_WORLD=comm, IN_PLACE="in place", LOR=any))


def together(size, work):
    """``work(world)`` in ``size`` threads at once; what each gave, by rank."""
    ring, found = Ring(size), [None] * size

    def one(rank):
        found[rank] = work(ring.world(rank))

    threads = [Thread(target=one, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_shares_cover_the_minibatch_in_order(size):
    rows = together(size, lambda world: np.arange(17)[world.share(17)])
    assert np.concatenate(rows).tolist() == list(range(17))
    assert max(map(len, rows)) - min(map(len, rows)) <= 1


def test_more_processes_than_images_are_refused():
    world = Ring(3).world(0)
    with pytest.raises(ValueError, match=r"3 processes share a minibatch of 2 images.*at most 2"):
        world.share(2)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_mean_over_unequal_shares_is_the_mean_over_all(size, dtype):
    rng = np.random.default_rng(0)
    each = {"a": rng.standard_normal((7, 2, 3)), "b": rng.standard_normal((7, 4))}
    each = {name: v.astype(dtype) for name, v in each.items()}

    def work(world):
        rows = world.share(7)
        part = {name: v[rows].mean(axis=0) for name, v in each.items()}
        return world.mean({"loss": float(part["b"].sum())}, part, len(each["a"][rows]) / 7)

    for numbers, gradient in together(size, work):
        assert np.isclose(numbers["loss"], each["b"].mean(axis=0).sum(), rtol=1e-5)
        for name, v in each.items():
            assert gradient[name].dtype == dtype
            assert np.allclose(gradient[name], v.mean(axis=0), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_what_is_mapped_comes_back_in_order_and_each_is_done_once(size):
    done = []

    def square(n):
        done.append(n)
        return n * n

    for found in together(size, lambda world: world.mapped(square, iter(range(8)))):
        assert found == [n * n for n in range(8)]
    assert sorted(done) == list(range(8))


def test_one_flag_is_enough_and_the_first_decides():
    assert together(3, lambda world: world.any(world.rank == 1)) == [True] * 3
    assert together(3, lambda world: world.any([])) == [False] * 3
    assert together(3, lambda world: world.same(world.rank)) == [0] * 3


def test_one_process_alone_is_the_same_in_small():
    alone = parallel.Alone()
    gradient = {"a": np.ones(2)}
    assert alone.mean({"n": 1.0}, gradient, 1.0) == ({"n": 1.0}, gradient)
    assert alone.mapped(abs, [-1, 2]) == [1, 2] and alone.share(3) == slice(0, 3)
    assert alone.any([1]) is True and alone.any([]) is False and alone.same(4) == 4


# ---------------------------------------------------------------- how it is started


def test_without_a_launcher_nothing_is_imported(monkeypatch):
    for names in parallel.LAUNCHERS:
        for name in names:
            monkeypatch.delenv(name, raising=False)
    assert parallel.launched() == (0, 1)
    code = "import sys, draw_np.train; from draw_np.machine import parallel; parallel.world(); "
    subprocess.run(
        [sys.executable, "-c", code + "assert 'mpi4py' not in sys.modules"], check=True, cwd=ROOT
    )


@pytest.mark.parametrize("rank, size", parallel.LAUNCHERS)
def test_every_launcher_is_known(monkeypatch, rank, size):
    for name in sum(parallel.LAUNCHERS, ()):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(rank, "2")
    monkeypatch.setenv(size, "4")
    assert parallel.launched() == (2, 4)


def test_without_mpi4py_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PMI_RANK", "0")
    monkeypatch.setenv("PMI_SIZE", "2")
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(parallel.NoMPI, match=r"2 processes were started.*pip install -e .*\[mpi\]"):
        parallel.world.__wrapped__()


# ---------------------------------------------------------------- one of several, seen alone


@pytest.fixture
def one_of(monkeypatch):
    """This process as rank ``rank`` of ``size``, with a stand-in for mpi4py; its communicator."""

    def be(rank, size, **more):
        for name in sum(parallel.LAUNCHERS, ()):
            monkeypatch.delenv(name, raising=False)
        if size > 1:
            monkeypatch.setenv("PMI_RANK", str(rank))
            monkeypatch.setenv("PMI_SIZE", str(size))
        comm = SimpleNamespace(rank=rank, size=size, **more)
        module = SimpleNamespace(MPI=SimpleNamespace(COMM_WORLD=comm))
        monkeypatch.setitem(sys.modules, "mpi4py", module)
        monkeypatch.setitem(sys.modules, "mpi4py.MPI", module.MPI)
        parallel.world.cache_clear()
        return comm

    yield be
    parallel.world.cache_clear()


def test_the_world_is_as_large_as_the_launcher_made_it(one_of):
    comm = one_of(2, 3)
    world = parallel.world()
    assert isinstance(world, parallel.World) and world.all is comm
    assert (world.rank, world.size) == (2, 3) and parallel.world() is world
    one_of(0, 1)
    assert isinstance(parallel.world(), parallel.Alone)
    assert (parallel.world().rank, parallel.world().size) == (0, 1)


def test_half_of_what_a_launcher_says_is_nothing(one_of, monkeypatch):
    one_of(0, 1)
    monkeypatch.setenv("PMI_RANK", "3")
    monkeypatch.setenv("SLURM_NTASKS", "8")
    assert parallel.launched() == (0, 1)


@pytest.mark.parametrize(("rank", "said"), [(0, "hello\n"), (1, ""), (2, "")])
def test_only_the_first_is_heard(one_of, monkeypatch, capsys, rank, said):
    one_of(rank, 3)
    monkeypatch.setattr(sys, "stdout", sys.stdout)  # both are put back
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    parallel.only_first_speaks()
    print("hello")
    print("hello", file=sys.stderr)
    if rank:
        sys.stdout.close()
    heard = capsys.readouterr()
    assert (heard.out, heard.err) == (said, said)


@pytest.mark.parametrize(
    ("rank", "size", "waits", "ends"), [(0, 1, 0, []), (0, 2, 0, [3]), (1, 2, 1, [3])]
)
def test_who_fails_says_why_and_ends_all(one_of, monkeypatch, capfd, rank, size, waits, ends):
    order = []
    one_of(rank, size, Abort=lambda code: order.append(("ended", code)))
    monkeypatch.setattr(parallel.time, "sleep", lambda seconds: order.append(("waited", seconds)))
    monkeypatch.setattr(sys, "__stderr__", sys.stderr)
    assert parallel.failed("the disk is full", 3) == 3
    told = capfd.readouterr().err
    assert told == (f"process {rank}: " if rank else "") + "the disk is full\n"
    expected = [("waited", parallel.PATIENCE)] * waits + [("ended", code) for code in ends]
    assert order == expected and parallel.PATIENCE > 1


def test_nobody_is_ended_before_mpi_is_there(one_of, monkeypatch):
    one_of(1, 2, Abort=lambda code: pytest.fail("ended"))
    monkeypatch.delitem(sys.modules, "mpi4py.MPI")
    parallel.leave(1)


@pytest.mark.parametrize("size", [1, 2])
def test_last_words_are_said_when_a_signal_comes_to_one_of_several(one_of, monkeypatch, size):
    one_of(0, size)
    said, before = [], signal.set_wakeup_fd(-1)
    monkeypatch.setattr("builtins.print", lambda text, **_: said.append(text))
    monkeypatch.setattr(signal, "default_int_handler", lambda *_: None)
    usual = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with parallel.last_words(lambda: "go on from step 7"):
            os.kill(os.getpid(), signal.SIGUSR1)
            for _ in range(500):
                if said or size == 1:
                    break
                time.sleep(0.01)
        assert signal.set_wakeup_fd(-1) == -1  # as it was
    finally:
        signal.signal(signal.SIGUSR1, usual)
        signal.set_wakeup_fd(before)
    assert said == ["go on from step 7"] * (size - 1)


def test_without_a_signal_nothing_is_said(one_of, monkeypatch):
    one_of(1, 2)
    said = []
    monkeypatch.setattr("builtins.print", lambda text, **_: said.append(text))
    before = signal.set_wakeup_fd(-1)
    try:
        with pytest.raises(KeyError), parallel.last_words(lambda: "go on"):
            raise KeyError
    finally:
        signal.set_wakeup_fd(before)
    time.sleep(0.05)
    assert said == []


def test_sums_are_of_every_kind_of_number_and_in_their_places():
    """Two numbers and two arrays of other sizes: exchanged, or one left out, something is wrong."""

    def work(world):
        r = world.rank + 1.0
        gradient = {"b": np.full((2, 2), r), "a": np.array([10 * r, 20 * r, 30 * r])}
        part = {1: 0.25, 2: 0.75}[int(r)]
        return world.mean({"x": r, "y": 100 * r}, gradient, part)

    for numbers, gradient in together(2, work):
        assert numbers == {"x": 1.75, "y": 175} and list(gradient) == ["b", "a"]
        assert all(type(v) is float for v in numbers.values())
        assert (gradient["b"] == 1.75).all() and gradient["b"].shape == (2, 2)
        assert gradient["a"].tolist() == [17.5, 35, 52.5]


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7])
def test_fewer_items_than_processes_are_mapped_too(n):
    for found in together(3, lambda world: world.mapped(lambda v: (world.rank, v), range(n))):
        assert found == [(k % 3, k) for k in range(n)]


def test_as_many_processes_as_images_each_take_one():
    assert together(3, lambda world: world.share(3)) == [slice(k, k + 1) for k in range(3)]


# ---------------------------------------------------------------- real processes


def has_mpi():
    if MPIEXEC is None:
        return False
    probe = [sys.executable, "-c", "from mpi4py import MPI"]
    return subprocess.run(probe, capture_output=True).returncode == 0


with_mpi = pytest.mark.skipif(not has_mpi(), reason="needs mpiexec and mpi4py (extra mpi)")
ENVIRONMENT = {  # Open MPI asks twice before it runs as root, as containers do
    **os.environ,
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OPENBLAS_NUM_THREADS": "1",
}
PROGRAM = """
import sys
from pathlib import Path
import numpy as np
sys.path.insert(0, "tests")
from small_run import RECIPE, begin, dataset, nothing
from draw_np import cli
from draw_np.machine import parallel
from draw_np.training import loop

def main():
    k, folder = begin(recipe=RECIPE), Path(sys.argv[1])
    k.params = {name: v.astype(np.float64) for name, v in k.params.items()}
    for moment in (k.adam.m, k.adam.v):
        moment.update((name, v.astype(np.float64)) for name, v in moment.items())
    loop.train(k, dataset(), folder, 8, nothing)
    every = parallel.world().mapped(lambda _: k.params, range(parallel.world().size))
    for params in every:  # all ranks hold the same bits
        assert all(np.array_equal(params[name], v) for name, v in k.params.items())
    return 0

cli.run(main, "tiny")
"""


def mpiexec(n, *command, **options):
    return subprocess.run(
        [MPIEXEC, "-n", str(n), sys.executable, *map(str, command)],
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        **options,
    )


@pytest.mark.slow
@with_mpi
def test_any_number_of_processes_trains_the_same_network(tmp_path):
    found = {}
    for n in (1, 2, 3):
        folder = tmp_path / str(n)
        folder.mkdir()
        done = mpiexec(n, "-c", PROGRAM, folder)
        assert done.returncode == 0, done.stderr
        found[n] = checkpoint.load(folder)
    one = found[1]
    for n in (2, 3):
        for name, value in one.params.items():
            assert np.allclose(found[n].params[name], value, rtol=1e-9, atol=1e-12), (n, name)
        assert np.isclose(found[n].best, one.best, rtol=1e-9)
        assert found[n].waiting.tolist() == one.waiting.tolist()
    log = (tmp_path / "3" / "log.csv").read_text().splitlines()
    assert len(log) == 9  # one header, one row a step: one process wrote it


@pytest.mark.slow
@with_mpi
def test_the_command_splits_training_and_evaluation_and_resumes_with_another_number(tmp_path):
    runs = {n: tmp_path / str(n) for n in (1, 2)}
    options = ["--T", "2", "--H", "8", "--batch-size", "8", "--steps", "6"]
    for n, run in runs.items():
        train = ["-m", "draw_np.train", "--small", *options, "--out", run]
        first = mpiexec(n, *train, "--stop-after", 3)
        assert first.returncode == 0 and first.stdout.count("to go on:") == 1, first.stderr
        rest = mpiexec(3 - n, "-m", "draw_np.train", "--resume", run)
        assert rest.returncode == 0 and rest.stdout.count("this run") == 1, rest.stderr
    a, b = (checkpoint.load(run) for run in runs.values())
    assert a.step == b.step == 6
    assert np.isclose(a.best, b.best, rtol=1e-5)
    told = [mpiexec(n, "-m", "draw_np.evaluate", runs[1]).stdout for n in (1, 2)]
    assert told[0] == told[1] and "nats" in told[0]


@pytest.mark.slow
@with_mpi
def test_a_mistake_is_told_once(tmp_path):
    done = mpiexec(
        2, "-m", "draw_np.train", "--small", "--batch-size", "1", "--out", tmp_path / "r"
    )
    assert done.returncode == 2
    assert done.stderr.count("2 processes share a minibatch of 1 images") == 1
    assert "Traceback" not in done.stderr and not (tmp_path / "r").exists()


def children(pid):
    """Processes below ``pid``, of Linux."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found += [int(stat.parent.name), *children(int(stat.parent.name))]
    return found


@pytest.mark.slow
@with_mpi
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes as Linux does")
def test_a_process_that_dies_leaves_a_checkpoint_to_go_on_from(tmp_path):
    run = tmp_path / "run"
    options = ["--T", "2", "--H", "8", "--batch-size", "8", "--steps", "1000000"]
    with open(tmp_path / "said", "w") as said:
        started = subprocess.Popen(
            [MPIEXEC, "-n", "2", sys.executable, "-m", "draw_np.train", "--small", *options,
             "--out", str(run)],
            env=ENVIRONMENT, cwd=ROOT, stdout=said, stderr=said,
        )  # fmt: skip
        for _ in range(600):
            if (run / "best.npz").exists():  # some hundred steps were made
                break
            time.sleep(0.1)
        ranks = [
            pid
            for pid in children(started.pid)
            if b"draw_np.train" in Path(f"/proc/{pid}/cmdline").read_bytes()
            and b"mpiexec" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        os.kill(max(ranks), signal.SIGKILL)
        assert started.wait(timeout=120) != 0
    words = (tmp_path / "said").read_text()
    assert f"go on from the last checkpoint in {run}" in words
    k = checkpoint.load(run)
    assert k.step > 0
    more = mpiexec(3, "-m", "draw_np.train", "--resume", run, "--stop-after", 2)
    assert more.returncode == 0, more.stderr
    assert checkpoint.load(run).step == k.step + 2
