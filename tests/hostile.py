"""Damaged and hostile files of every kind that the project reads, tried by the thousand.

    python tests/hostile.py --n 1000             # so many of every kind
    python tests/hostile.py --n 300 own-npz mnist # of some kinds

A file is written whole, changed, and read again in a process of its own with little address
space. It may be read, or be refused in one sentence; it may not end in a traceback, run a
program, open what lies elsewhere, take much memory or much time.

To try files of another kind, write a ``Kind`` and put it into ``KINDS``: how to write whole
ones into a folder, and how to read that folder.
"""

import argparse
import functools
import gzip
import io
import json
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import tempfile
import traceback
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
ADDRESSES = 4 << 30  # bytes of address space that a reading process has
LARGEST = 0.05  # gigabytes that a data file may take here (DRAW_NP_DATA_GB)
TIMES = 4  # as many times that much memory may be taken while it is read
SECONDS = 20  # that one file may take
BLOCK = 100  # files that one process reads


class Kind(NamedTuple):
    """A kind of files, and who reads them."""

    write: object  #: (folder, rng) -> None: whole files
    read: object  #: (folder) -> None: reads them; a fault is any exception but ``refusals``
    refusals: tuple = (ValueError,)  #: what may be raised, with one sentence


# ---------------------------------------------------------------- the data sets


def look_at(dataset):
    """What is read must be images in [0, 1] and classes: anything else is a wrong number."""
    for name in ("train", "valid", "test"):
        split = dataset.split(name)
        x = split.batch(np.arange(min(3, len(split))), np.random.default_rng(0))
        assert x.dtype == np.float32 and x.shape[1:] == dataset.image_shape and x.size
        assert ((x >= 0) & (x <= 1)).all()
        if split.labels is not None:
            assert len(split.labels) == len(split) and split.labels.dtype.kind in "iu"
            assert split.labels.min() >= 0
        assert "\n" not in dataset.variant


def data_set(name, write, folder=True):
    """The kind of files of a data set: of ``--data-dir``, or else of one's own."""

    def read(place):
        from draw_np import data
        from draw_np.data import binarized_mnist, cifar10

        binarized_mnist.ROWS = {"train": 6, "valid": 2, "test": 2}  # sizes of the files below
        binarized_mnist.LONGEST = 3 * 784 * 6
        cifar10.RECORDS = 3
        look_at(data.load(name, data_dir=place) if folder else data.load(place / name))

    return Kind(write, read)


def write_mnist(folder, rng):
    import data_files

    data_files.write_mnist(folder, gzipped=bool(rng.integers(2)), size=12)


def write_texts(folder, rng):
    for split, n in (("train", 6), ("valid", 2), ("test", 2)):
        rows = [" ".join(map(str, row)) for row in rng.integers(2, size=(n, 784))]
        (folder / f"binarized_mnist_{split}.amat").write_text("\n".join(rows) + "\n")


def write_packed(folder, rng):
    rows = {
        s: rng.integers(256, size=(n, 98), dtype=np.uint8)
        for s, n in (("train", 6), ("valid", 2), ("test", 2))
    }
    np.savez_compressed(folder / "binarized_mnist.npz", **rows)


def cifar_files(rng):
    records = rng.integers(256, size=(6, 3, 3073), dtype=np.uint8)
    records[:, :, 0] %= 10
    names = [*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"]
    return {name: r.tobytes() for name, r in zip(names, records, strict=True)}


def write_cifar(folder, rng):
    for name, raw in cifar_files(rng).items():
        (folder / name).write_bytes(raw)


def write_cifar_archive(folder, rng):
    import data_files

    files = {f"cifar-10-batches-bin/{name}": raw for name, raw in cifar_files(rng).items()}
    data_files.tar_gz(folder / "cifar-10-binary.tar.gz", files)


def write_cropped(folder, rng):
    from scipy.io import savemat

    for part, n in (("train", 11), ("test", 2)):
        X = rng.integers(256, size=(32, 32, 3, n), dtype=np.uint8)
        y = rng.integers(1, 11, size=(n, 1)).astype(np.uint8)
        path = folder / f"{part}_32x32.mat"
        savemat(path, {"X": X, "y": y}, do_compression=bool(rng.integers(2)))


def write_numbers(folder, rng, archive=False):
    from test_data_colour import write_numbers

    for part, n in (("train", 4), ("test", 2)):
        write_numbers(folder / part, n, archive)


def write_prepared(folder, rng):
    """What is kept of numbers that were prepared once; their pictures are gone."""
    from draw_np.data import load

    write_numbers(folder, rng)
    os.environ["DRAW_NP_DATA"] = str(folder / "cache")
    load("svhn", data_dir=folder)
    for path in folder.rglob("*.png"):
        path.unlink()


def read_prepared(folder):
    os.environ["DRAW_NP_DATA"] = str(folder / "cache")
    KINDS["svhn"].read(folder)


def write_own(folder, rng):
    images, labels = rng.integers(256, size=(12, 5, 4), dtype=np.uint8), rng.integers(3, size=12)
    save = np.savez_compressed if rng.integers(2) else np.savez
    if rng.integers(2):
        save(folder / "mine.npz", images=images / 255, labels=labels)
    else:
        save(folder / "mine.npz", train=images, y_train=labels.astype(np.uint8), test=images[:2])


def write_pngs(folder, rng):
    from PIL import Image

    (folder / "mine").mkdir()
    for k in range(4):
        image = Image.fromarray(rng.integers(256, size=(6, 5, 3), dtype=np.uint8))
        mode = ("RGB", "L", "P", "1")[rng.integers(4)]
        image.convert(mode).save(folder / "mine" / f"{k}.png")


def write_networks(folder, rng):
    import small_run

    from draw_np import networks
    from draw_np.glimpse import GlimpseConfig
    from draw_np.pyramid import PyramidConfig

    kinds = (
        small_run.CONFIG,
        replace(small_run.CONFIG, K=3),
        GlimpseConfig(A=6, B=5, T=2, H=3, N=2, K=3),
        PyramidConfig(A=8, B=4, C=1, T=2, H=3, Z=2),
    )
    config = kinds[rng.integers(len(kinds))]
    recipe = replace(small_run.RECIPE, engine="autograd")  # which all kinds have
    run = small_run.begin(int(rng.integers(9)), config, recipe)
    run.save(folder / "checkpoint.npz")
    run.log = {"step": np.arange(4), "bound": np.ones(4), "valid_step": np.arange(2)}
    networks.Network.save(run, folder / "alone.npz")


def read_networks(folder):
    """A network is what its file says it is, or there is one sentence."""
    from draw_np import networks
    from draw_np.training import checkpoint

    for load, name in ((networks.load, "alone.npz"), (checkpoint.load, "checkpoint.npz")):
        found = load(folder / name)
        shapes = {n: v.shape for n, v in found.params.items()}
        assert shapes in (found.kind.shapes(found.config), found.kind.needed(found.config))
        assert all(np.isfinite(v).all() for v in found.params.values())


def write_log(folder, rng):
    """A checkpoint, and the log beside it."""
    import small_run

    from draw_np.training import logbook, loop

    run = small_run.begin(int(rng.integers(9)))
    run.save(folder / "checkpoint.npz")
    names = ["bound", "L_x", "L_z", *(f"kl_{t}" for t in range(1, 4))]
    with logbook.Log(folder / "log.csv", run) as log:
        for step in range(1, int(rng.integers(2, 9))):
            numbers = dict(zip(names, 100 * rng.random(6), strict=True))
            log.write(
                loop.Measured(step, 0.1 * step, 0.01, 3.0, numbers), 7.0 if step % 3 else None
            )


def read_log(folder):
    """A run goes on whatever its log is; what is left of that can be drawn."""
    from draw_np.training import checkpoint, logbook

    run = checkpoint.load(folder)
    for steps in (0, 5):
        run.step = steps
        log = logbook.Log(folder / "log.csv", run)
        assert all(0 < int(row["step"]) <= steps for row in log.kept)
    found = logbook.read(folder / "log.csv", needed := ("bound", "L_x", "L_z", "kl"))
    if len(found["step"]):
        assert {len(found[name]) for name in needed} == {len(found["step"])}
        assert found["kl"].ndim == 2 and len(found["valid_step"]) == len(found["valid_bound"])


def write_photograph(folder, rng):
    from PIL import Image

    image = Image.fromarray(rng.integers(256, size=(75, 100, 3), dtype=np.uint8))
    image.save(folder / "photograph", ("PNG", "JPEG")[rng.integers(2)])


def read_photograph(folder):
    from draw_np import cli, figures

    try:
        image = figures.landscape(figures.opened(folder / "photograph"))
    except cli.UserError as e:
        raise ValueError(str(e)) from e
    assert image.shape == (3, 75, 100) and ((image >= 0) & (image <= 1)).all()


KINDS = {
    "log": Kind(write_log, read_log),
    "photograph": Kind(write_photograph, read_photograph),
    "network": Kind(write_networks, read_networks),
    "mnist": data_set("mnist", write_mnist),
    "binarized-text": data_set("binarized-mnist", write_texts),
    "binarized-packed": data_set("binarized-mnist", write_packed),
    "cifar10": data_set("cifar10", write_cifar),
    "cifar10-archive": data_set("cifar10", write_cifar_archive),
    "svhn-cropped": data_set("svhn-cropped", write_cropped),
    "svhn": data_set("svhn", write_numbers),
    "svhn-archive": data_set("svhn", functools.partial(write_numbers, archive=True)),
    "svhn-prepared": Kind(write_prepared, read_prepared),
    "own-npz": data_set("mine.npz", write_own, folder=False),
    "own-pngs": data_set("mine", write_pngs, folder=False),
}


# ---------------------------------------------------------------- changes of bytes

NUMBERS = [0, 1, 2, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000,
           0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF]  # fmt: skip


def place(raw, rng):
    """A place in the bytes; half of the time near the start, where headers are."""
    return int(rng.integers(min(len(raw), 300 if rng.integers(2) else len(raw)) or 1))


def flip(raw, rng):
    i = place(raw, rng)
    return raw[:i] + bytes([raw[i] ^ 1 << rng.integers(8)]) + raw[i + 1 :]


def scatter(raw, rng):
    spoilt = bytearray(raw)
    for _ in range(rng.integers(2, 40)):
        spoilt[place(raw, rng)] = rng.integers(256)
    return bytes(spoilt)


def cut(raw, rng):
    return raw[: place(raw, rng)]


def lengthen(raw, rng):
    return raw + rng.bytes(rng.integers(1, 5000))


def lose(raw, rng):
    i = place(raw, rng)
    return raw[:i] + raw[i + rng.integers(1, 100) :]


def double(raw, rng):
    i = place(raw, rng)
    return raw[: i + rng.integers(1, 400)] + raw[i:]


def blank(raw, rng):
    i, n = place(raw, rng), int(rng.integers(1, 200))
    return raw[:i] + bytes([rng.choice([0, 32, 255])]) * min(n, len(raw) - i) + raw[i + n :]


def number(raw, rng):
    """A size or an offset that lies."""
    i, width, order = place(raw, rng), int(rng.choice([1, 2, 4, 8])), rng.choice(["big", "little"])
    value = NUMBERS[rng.integers(len(NUMBERS))] % (1 << 8 * width)
    return raw[:i] + value.to_bytes(width, order) + raw[i + width :]


def digits(raw, rng):
    """A number written out, as in headers of .npy and in JSON, that lies."""
    found = list(re.finditer(rb"\d+", raw))
    if not found:
        return flip(raw, rng)
    m = found[rng.integers(len(found))]
    other = [b"0", b"-1", b"1e400", b"9" * 30, b"3000000000", b"nan", b"''", b"[" * 300, b"1, 1"]
    return raw[: m.start()] + other[rng.integers(len(other))] + raw[m.end() :]


def something_else(raw, rng):
    others = [
        b"",
        b"\n",
        b"hello",
        bytes(4096),
        rng.bytes(3000),
        b"\x80\x04cos\nsystem\n(S'true'",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
        b"GIF89a" + bytes(99),
        b"PK\x05\x06" + bytes(18),
        gzip.compress(b""),
        zlib.compress(bytes(999)),
    ]
    return others[rng.integers(len(others))]


BYTES = [flip, flip, flip, scatter, cut, lengthen, lose, double, blank, number, number, digits,
         something_else]  # fmt: skip


def change(raw, rng):
    """Some bytes, changed somehow."""
    return BYTES[rng.integers(len(BYTES))](raw, rng) if raw else something_else(raw, rng)


# ---------------------------------------------------------------- changes beneath the packing


def bomb(rng):
    """Much that packs small."""
    return bytes(int(rng.choice([60, 300])) << 20)


def in_gzip(raw, rng):
    inner = bomb(rng) if rng.random() < 0.02 else change(gzip.decompress(raw), rng)
    return gzip.compress(inner, 1)


def in_zip(raw, rng):
    """A member changed, with the right checksum; or packed, named, locked in another way."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = [[m.filename, archive.read(m)] for m in archive.infolist()]
    m = members[rng.integers(len(members))]
    how, kind = rng.integers(8), zipfile.ZIP_DEFLATED
    if how == 0:
        m[0] = rng.choice(["../x.npy", "/etc/x.npy", "x", "", "x" * 300, "CON", "\x00.npy", "é"])
    elif how == 1:
        kind = int(rng.choice([zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED]))
    elif how == 2 and rng.random() < 0.1:
        m[1] += bomb(rng)
    elif how == 3:
        members.append(list(m))
    else:
        m[1] = array(m[1], rng) if rng.integers(2) else change(m[1], rng)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(str(name)), content, kind)
    made = bytearray(out.getvalue())
    if rng.random() < 0.1:  # locked, says the flag
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            made[made.find(mark) + at] |= 1
    return bytes(made)


def array(raw, rng):
    """Another array in place of one that was whole."""
    kinds = [np.float16, np.complex64, bool, np.int64, "U3", "S2", "M8[s]", object, ">f8",
             np.uint8, [("a", "u1"), ("b", "f4")]]  # fmt: skip
    shape = tuple(rng.choice([0, 1, 2, 3, 12], size=rng.integers(5)))
    kind = kinds[rng.integers(len(kinds))]
    value = np.zeros(shape, kind)
    if value.dtype.kind == "f" and value.size:
        value.flat[0] = rng.choice([np.nan, np.inf, -1, 0.5, 6e4])
    out = io.BytesIO()
    np.lib.format.write_array(out, value)
    return out.getvalue()


def in_tar(raw, rng):
    """An archive with a member of another kind, name or size; its checksums are right."""
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        members = [[m, archive.extractfile(m).read()] for m in archive.getmembers()]
    info, content = m = members[rng.integers(len(members))]
    how = rng.integers(7)
    if how == 0:
        info.type = rng.choice(
            [
                tarfile.DIRTYPE,
                tarfile.SYMTYPE,
                tarfile.LNKTYPE,
                tarfile.FIFOTYPE,
                tarfile.CHRTYPE,
                b"Z",
            ]
        )
        info.linkname = str(rng.choice(["nowhere", "/etc/passwd", "../../x", info.name]))
    elif how == 1:
        others = f"../../{info.name}", f"/{info.name}", "x" * 300, info.name[:9]
        info.name = others[rng.integers(4)]
    elif how == 2 and rng.random() < 0.1:
        m[1] = bomb(rng)
    elif how == 3:
        info.pax_headers = {"comment": "x" * int(rng.choice([10, 10**7])), "size": "9" * 12}
    else:
        m[1] = change(content, rng)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info, content in members:
            info.size = len(content) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(content) if info.size else None)
    made = out.getvalue()
    return gzip.compress(number(made, rng) if rng.random() < 0.2 else made, 1)


def in_png(raw, rng):
    """A chunk lost, doubled, moved or changed, with the right checksum."""
    chunks, at = [], 8
    while at + 8 <= len(raw):
        n = struct.unpack(">I", raw[at : at + 4])[0]
        chunks.append([raw[at + 4 : at + 8], raw[at + 8 : at + 8 + n]])
        at += 12 + n
    i = int(rng.integers(len(chunks)))
    how, chunk = rng.integers(7), chunks[i]
    if how == 0:
        del chunks[i]
    elif how == 1:
        chunks.insert(int(rng.integers(len(chunks))), list(chunk))
    elif how == 2:
        size = rng.choice([0, 1, 5, 10**5, 2**31 - 1], size=2)
        depth, colour = rng.choice([1, 8, 16]), rng.choice([0, 2, 3, 4, 6])
        chunks[0][1] = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, rng.integers(2))
    elif how == 3:
        kind = [b"tRNS", b"PLTE", b"iCCP", b"zTXt", b"acTL", b"fcTL", b"eXIf"][rng.integers(7)]
        chunks.insert(1, [kind, rng.bytes(rng.integers(40))])
    elif how == 4 and rng.random() < 0.1:
        chunks.insert(1, [b"zTXt", b"x\0\0" + zlib.compress(bomb(rng), 1)])
    else:
        chunk[1] = change(chunk[1], rng)
    return raw[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def in_hdf5(raw, rng):
    """Names and boxes of ``digitStruct.mat`` that lie: bytes after their own headers."""
    names = [b"../1.png", b"/etc/xx", b"../../x"]
    spelt = b"".join(bytes([letter, 0]) for letter in b"1.png")  # letters of two bytes
    if rng.integers(2) and (i := raw.find(spelt)) >= 0:
        new = names[rng.integers(len(names))][:5]
        return raw[:i] + b"".join(bytes([v, 0]) for v in new) + raw[i + 10 :]
    value = struct.pack("<d", rng.choice([np.nan, np.inf, -np.inf, 1e300, -5, 0]))
    i = raw.find(struct.pack("<d", 31.0))
    return raw[:i] + value + raw[i + 8 :] if i >= 0 else number(raw, rng)


def beneath(path):
    """How to change what is packed in a file, or None."""
    name = path.name
    if name.endswith(".tar.gz"):
        return in_tar
    if name == "digitStruct.mat":
        return in_hdf5
    return {".gz": in_gzip, ".npz": in_zip, ".png": in_png}.get(path.suffix)


# ---------------------------------------------------------------- changes of a folder


def gone(path, rng):
    path.unlink()


def folder_instead(path, rng):
    path.unlink()
    path.mkdir()


def pipe_instead(path, rng):
    path.unlink()
    os.mkfifo(path)


def link_instead(path, rng):
    path.unlink()
    path.symlink_to(str(rng.choice(["nowhere", "/dev/zero", path.name, ".", "/dev/tty"])))


def sparse(path, rng):
    with open(path, "r+b") as file:
        file.truncate(3 << 30)


def another(path, rng):
    """Another file of the same folder in this one's place."""
    files = [p for p in path.parent.iterdir() if p.is_file()]
    path.write_bytes(files[rng.integers(len(files))].read_bytes())


FOLDERS = [gone, folder_instead, pipe_instead, link_instead, sparse, another]


def spoil(folder, rng):
    """Change one file, or two, of a folder; says which and how."""
    said = []
    for _ in range(rng.integers(1, 3)):
        files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
        if not files:
            break
        path = files[rng.integers(len(files))]
        way = rng.random()
        if way < 0.08:
            how = FOLDERS[rng.integers(len(FOLDERS))]
            how(path, rng)
        elif path.stat().st_size > 1 << 26:
            continue
        else:
            how = beneath(path) if way < 0.6 and beneath(path) else change
            try:
                path.write_bytes(how(path.read_bytes(), rng))
            except Exception:  # the second change meets what the first left
                how = change
                path.write_bytes(change(path.read_bytes(), rng))
        said.append(f"{how.__name__} {path.relative_to(folder)}")
    return ", ".join(said)


# ---------------------------------------------------------------- reading in a process of its own


def watch(allowed, seen):
    """Note everything that a reader of data has no business with."""
    forbidden = (
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.fork",
        "pickle.find_class",
        "socket.connect",
    )

    def hook(event, args):
        if event in forbidden:
            seen.append(event)
        if event == "open" and isinstance(args[0], (str, bytes, os.PathLike)):
            where = os.path.abspath(os.fsdecode(args[0]))
            if not where.startswith(allowed):
                seen.append(f"open {where}")

    sys.addaudithook(hook)


def sentence(error):
    """What is wrong with the sentence of a refusal, or None."""
    text = str(error)
    if not 20 < len(text) < 600 or "\n" in text.strip():
        return f"no sentence: {text[:200]!r}"
    if re.search(r"allow_pickle|Traceback|object at 0x|Errno", text):
        return f"somebody else's words: {text[:200]!r}"
    return None


def too_long(*_):
    raise TimeoutError("it takes too long")


def judge_one(kind, folder, seen):
    """``"read"``, ``"refused"``, or what went wrong in the reading of a folder."""
    seen.clear()
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        kind.read(folder)
        verdict = "read"
    except kind.refusals as error:
        if "Timeout" in repr(error) or isinstance(error.__cause__, TimeoutError):
            verdict = "it takes too long"
        else:
            verdict = sentence(error) or "refused"
    except BaseException:
        verdict = traceback.format_exc()
    finally:
        signal.alarm(0)
    return f"{sorted(set(seen))}" if seen else verdict


def peak():
    """The most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def work(name, first, n):
    """Read changed files number ``first`` to ``first + n - 1`` of a kind; a line of JSON each."""
    seen, home = [], Path(tempfile.mkdtemp(prefix="hostile-"))
    os.environ["DRAW_NP_DATA"], os.environ["DRAW_NP_DATA_GB"] = str(home / "cache"), str(LARGEST)
    import matplotlib  # noqa: F401  what imports later would open files, too

    kind = KINDS[name]
    kind.write(whole := fresh(home / "whole"), np.random.default_rng(0))
    kind.read(whole)
    places = (home, sys.prefix, sys.base_prefix, ROOT, "/proc", "/sys", "/dev/null", "/usr/lib")
    watch(tuple(map(str, places)), seen)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    for i in range(first, first + n):
        rng = np.random.default_rng([i, *name.encode()])
        folder = fresh(home / "folder")
        kind.write(folder, rng)
        how, before = spoil(folder, rng), peak()
        verdict = judge_one(kind, folder, seen)
        if peak() - before > TIMES * LARGEST * 1e9:
            verdict = f"{(peak() - before) / 1e6:.0f} MB of memory"
        print(json.dumps([name, i, how, verdict]), flush=True)
        shutil.rmtree(folder)
        shutil.rmtree(home / "cache", ignore_errors=True)
    shutil.rmtree(home)


def fresh(folder):
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def tried(name, first, n):
    """The lines of ``work`` in another process; one that dies is a fault of the file it read."""
    command = [sys.executable, __file__, "--work", name, str(first), str(n)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        lines.append([name, first + len(lines), "?", f"died ({done.returncode}): {done.stderr}"])
        left = n - len(lines)
        lines += tried(name, first + len(lines), left) if left > 0 and len(lines) > 1 else []
    return lines


def faults(name, n, first=0):
    """Try ``n`` files of a kind: how many were read and refused, and every fault."""
    lines = [line for k in range(0, n, BLOCK) for line in tried(name, first + k, min(BLOCK, n - k))]
    counts = {word: sum(v == word for *_, v in lines) for word in ("read", "refused")}
    return counts, [line for line in lines if line[3] not in counts]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        name, first, n = args.work
        work(name, int(first), int(n))
        return 0
    bad = 0
    for name in args.kinds:
        counts, found = faults(name, args.n, args.first)
        bad += len(found)
        read, refused = counts.values()
        print(f"{name:<18}{read:6} read{refused:6} refused{len(found):6} faults", flush=True)
        for _, i, how, verdict in found:
            print(f"  {i}: {how}\n    " + verdict.strip().replace("\n", "\n    "), flush=True)
    return bool(bad)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
