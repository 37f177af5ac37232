"""Hostile data, case by case: each is refused in a sentence, in little memory, and nothing runs."""

import functools
import gzip
import io
import os
import struct
import tracemalloc
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path

import h5py
import hostile
import numpy as np
import pytest
from data_files import idx_bytes, png_bytes, rng, tar_gz, write_mnist
from PIL import Image
from scipy.io import savemat
from scipy.sparse import csc_matrix
from test_data_colour import write_boxes, write_numbers

from draw_np import data
from draw_np.data import binarized_mnist, cifar10, files, own_images, svhn, svhn_cropped

TRAIN_IMAGES = "train-images-idx3-ubyte"


@pytest.fixture(autouse=True)
def little(tmp_path, monkeypatch):
    """A cache of its own, and ten megabytes for the data of a file."""
    monkeypatch.setenv("DRAW_NP_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("DRAW_NP_DATA_GB", "0.01")


@contextmanager
def refused(words, times=4):
    """A sentence with these words comes, and no more memory is taken than is promised."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=words) as found:
            yield
        assert "\n" not in str(found.value)
        assert tracemalloc.get_traced_memory()[1] < times * files.largest() + (4 << 20)
    finally:
        tracemalloc.stop()


# ---------------------------------------------------------------- no plain files


def put(path, what):
    """A pipe, a device, a folder or a link that leads nowhere in the place of a file."""
    path.unlink()
    {
        "pipe": os.mkfifo,
        "device": lambda p: p.symlink_to("/dev/zero"),
        "folder": os.mkdir,
        "nowhere": lambda p: p.symlink_to("nowhere"),
        "itself": lambda p: p.symlink_to(p.name),
    }[what](path)


SETS = {
    "mnist": hostile.write_mnist,
    "cifar10": hostile.write_cifar_archive,
    "binarized-mnist": hostile.write_packed,
    "svhn-cropped": hostile.write_cropped,
    "svhn": hostile.write_numbers,
}


@pytest.mark.parametrize("what", ["pipe", "device", "folder", "nowhere", "itself"])
@pytest.mark.parametrize("name", [*SETS, "svhn-archive", "own-npz", "own-pngs"])
def test_what_is_no_plain_file_is_refused_and_never_waited_for(tmp_path, monkeypatch, name, what):
    monkeypatch.setattr(cifar10, "RECORDS", 3)
    place = tmp_path / "place"
    place.mkdir()
    kind = hostile.KINDS.get(name) or hostile.Kind(SETS[name], None)
    kind.write(place, rng())
    paths = sorted(p for p in place.rglob("*") if p.is_file())
    put(paths[0] if name != "own-pngs" else paths[1], what)
    words = (
        r"is a pipe or a device|cannot read|not found in|there is no|has no PNG|is damaged or not"
    )
    with refused(words):
        if name.startswith("own"):
            data.load(place / "mine.npz" if name == "own-npz" else place / "mine")
        else:
            data.load(name.removesuffix("-archive"), data_dir=place)


@pytest.mark.parametrize(
    "name", ["x" * 5000, "a/" * 3000 + "x", "x" * 5000 + ".npz", "a\0/b", "a\0.npz", "~/\udcff.npz"]
)
def test_names_that_no_file_can_have_are_unknown(name):
    with refused("there is no"):
        data.load(name)
    with refused("there is no folder"):
        data.load("mnist", data_dir=name)


# ---------------------------------------------------------------- more than is needed

LARGE = 30_000_000  # bytes, three times what is allowed


@pytest.mark.parametrize("promise", [12, LARGE // 784, 2**32 - 1])
@pytest.mark.parametrize("packed", [True, False])
def test_an_idx_file_is_read_as_far_as_it_promises_and_no_further(tmp_path, promise, packed):
    write_mnist(tmp_path, gzipped=False)
    raw = bytes([0, 0, 8, 3]) + struct.pack(">III", promise, 28, 28) + bytes(LARGE)
    path = tmp_path / TRAIN_IMAGES
    path.write_bytes(gzip.compress(raw) if packed else raw)
    words = "holds more than|more follow" if promise == 12 else "0.01 GB is the most"
    with refused(rf"{TRAIN_IMAGES}.*({words})"):
        data.load("mnist", data_dir=tmp_path)


def test_a_file_with_holes_takes_no_memory(tmp_path):
    write_mnist(tmp_path, gzipped=False)
    os.truncate(tmp_path / TRAIN_IMAGES, 3 << 30)
    with refused(rf"{TRAIN_IMAGES} holds more than .* bytes that were expected"):
        data.load("mnist", data_dir=tmp_path)
    for split in binarized_mnist.ROWS:
        (tmp_path / f"binarized_mnist_{split}.amat").write_bytes(b"0")
    os.truncate(tmp_path / "binarized_mnist_train.amat", 3 << 30)
    with refused(r"binarized_mnist_train\.amat unpacks to 0\.1 GB"):
        data.load("binarized-mnist", data_dir=tmp_path)


def test_zeros_after_a_gzip_are_not_read_one_by_one(tmp_path):
    write_mnist(tmp_path)
    path = tmp_path / f"{TRAIN_IMAGES}.gz"
    os.truncate(path, path.stat().st_size + 600)
    with refused(rf"{TRAIN_IMAGES}\.gz is damaged or not"):
        data.load("mnist", data_dir=tmp_path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_are_counted_before_they_are_read(tmp_path, save):
    one = np.zeros((LARGE // 1000 // 4, 10, 100), np.uint8)
    save(tmp_path / "one.npz", images=one)
    assert len(data.load(tmp_path / "one.npz").train)
    save(tmp_path / "four.npz", train=one, valid=one, test=one, other=one)
    with refused(r"four\.npz unpacks to 0\.0 GB, and 0\.01 GB is the most that is read"):
        data.load(tmp_path / "four.npz")


def npy(header, body=b"", version=1):
    head, width = header.encode(), 2 if version == 1 else 4
    return b"\x93NUMPY" + bytes([version, 0]) + len(head).to_bytes(width, "little") + head + body


def zipped(path, members, kind=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)


SHAPE = "{{'descr': '|u1', 'fortran_order': False, 'shape': {}}}"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (npy(SHAPE.format((3_000_000_000, 1, 1)), bytes(100)), r"unpacks to 3\.0 GB"),
        (npy(SHAPE.format((10**30, 1, 1))), "unpacks to"),
        (npy(SHAPE.format((-5, 4, 4))), "is damaged or not"),
        (npy(SHAPE.format((9, 4, 4)), bytes(100)), "is damaged or not"),
        (npy(" " * LARGE, version=2), "is damaged or not"),
        (npy(SHAPE.format((9, 4, 4)), bytes(144), version=3), "is damaged or not"),
        (npy(SHAPE.format((9, 4, 4)), bytes(144), version=9), "is damaged or not"),
        (npy("{'descr': '|O', 'fortran_order': False, 'shape': (9,)}"), "is damaged or not"),
        (npy("(" * 5000), "is damaged or not"),
        (npy("'''" + "x" * 50), "is damaged or not"),
        (npy("[" * 60 + "]" * 60), "is damaged or not"),
        (npy("{'descr': ('|u1', (10**9,)), 'fortran_order': False, 'shape': (9,)}"), "is damaged"),
        (b"no array at all", "is damaged or not"),
        (b"", "is damaged or not"),
    ],
)
def test_an_array_that_lies_about_itself_is_refused(tmp_path, raw, words):
    zipped(tmp_path / "mine.npz", {"images.npy": raw})
    with refused(rf"mine\.npz {words}"):
        data.load(tmp_path / "mine.npz")


@pytest.mark.parametrize("kind", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_packing_that_numpy_does_not_use_is_refused(tmp_path, kind):
    zipped(tmp_path / "mine.npz", {"images.npy": npy(SHAPE.format((9, 4, 4)), bytes(144))}, kind)
    with refused("is damaged or not an .npz file of plain arrays"):
        data.load(tmp_path / "mine.npz")


def test_a_locked_archive_is_refused(tmp_path):
    path = tmp_path / "mine.npz"
    zipped(path, {"images.npy": npy(SHAPE.format((9, 4, 4)), bytes(144))})
    raw = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.find(mark) + at] |= 1
    path.write_bytes(raw)
    with refused("is damaged or not an .npz file of plain arrays"):
        data.load(path)


def test_every_bit_of_an_archives_headers_may_be_flipped(tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, images=np.zeros((9, 4, 4), np.uint8))
    whole, spoilt = path.read_bytes(), 0
    for at in range(170):  # headers of the archive and of the array
        for bit in range(8):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            try:
                data.load(path)
            except ValueError as error:
                spoilt += 1
                assert "\n" not in str(error) and "mine.npz" in str(error)
    assert spoilt > 1000


def test_what_is_read_may_be_set(tmp_path, monkeypatch):
    np.savez(tmp_path / "a.npz", images=np.zeros((12_000, 10, 100), np.uint8))
    with refused("set DRAW_NP_DATA_GB to more"):
        data.load(tmp_path / "a.npz")
    monkeypatch.setenv("DRAW_NP_DATA_GB", "0.02")
    assert len(data.load(tmp_path / "a.npz").train) == 9600
    for bad in ("much", "-1", "0", "nan", "inf"):
        monkeypatch.setenv("DRAW_NP_DATA_GB", bad)
        with pytest.raises(ValueError, match=rf"DRAW_NP_DATA_GB is '{bad}' and should be a number"):
            data.load(tmp_path / "a.npz")
    monkeypatch.delenv("DRAW_NP_DATA_GB")
    assert files.largest() == 1_000_000_000


@pytest.mark.parametrize("where", ["files", "images"])
def test_too_little_memory_names_the_file_or_the_data(tmp_path, monkeypatch, where):
    def none(*_, **__):
        raise MemoryError("Unable to allocate 9 GiB")

    np.savez(tmp_path / "a.npz", images=np.zeros((12, 4, 4), np.uint8))
    if where == "files":
        monkeypatch.setattr(np.lib.format, "read_array", none)
    else:
        monkeypatch.setattr(own_images, "with_all_splits", none)
    with pytest.raises(ValueError, match=r"a\.npz.* memory|memory .*a\.npz"):
        data.load(tmp_path / "a.npz")


def test_what_the_system_refuses_is_a_sentence(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(own_images, "from_folder", refuse)
    with refused(f"cannot read {tmp_path}: Permission denied"):
        data.load(tmp_path)


# ---------------------------------------------------------------- pictures


def png(width=5, height=6, chunks=(), colour=2, depth=8, pixels=None):
    """A PNG made by hand."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    rows = bytes(height * (1 + 3 * width)) if pixels is None else pixels
    body = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(raw)) + kind + raw + struct.pack(">I", zlib.crc32(kind + raw))
        for kind, raw in body
    )


def test_a_png_made_by_hand_is_read(tmp_path):
    for k in range(4):
        (tmp_path / f"{k}.png").write_bytes(png())
    assert data.load(tmp_path).image_shape == (3, 6, 5)


OTHERS = {form: io.BytesIO() for form in ("JPEG", "GIF", "BMP", "TIFF", "WEBP", "EPS", "PPM")}
for form, file in OTHERS.items():
    Image.fromarray(np.zeros((6, 5, 3), np.uint8)).save(file, form)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (png(2**31 - 1, 2**31 - 1, pixels=b""), "is damaged or not a PNG|pixels, more than"),
        (png(20_000, 20_000, pixels=bytes(20_000)), "pixels, more than 16,777|is damaged or not"),
        (png(5000, 5000, pixels=bytes(20_000)), r"is 5000 x 5000 pixels, more than 16,777"),
        (png(0, 6, pixels=b""), "is damaged or not a PNG"),
        (
            png(chunks=[(b"zTXt", b"x\0\0" + zlib.compress(bytes(LARGE)))]),
            "is damaged or not a PNG",
        ),
        (png(colour=3, pixels=bytes(36)), "is damaged or not a PNG"),  # and no palette
        (png(colour=3, chunks=[(b"PLTE", b"\1")], pixels=bytes(36)), "is damaged or not a PNG"),
        (png(pixels=bytes(30)), "is damaged or not a PNG"),
        *[(file.getvalue(), "is damaged or not a PNG") for file in OTHERS.values()],
    ],
)
def test_bad_pngs_are_refused_and_no_other_format_is_tried(tmp_path, monkeypatch, raw, words):
    monkeypatch.setattr("subprocess.Popen", lambda *a, **k: pytest.fail("a program was started"))
    for k in range(4):
        (tmp_path / f"{k}.png").write_bytes(png())
    (tmp_path / "2.png").write_bytes(raw)
    with pytest.raises(ValueError, match=rf"2\.png.*({words})"):
        data.load(tmp_path)


def test_a_palette_that_is_there_is_used(tmp_path):
    colours = rng().integers(256, size=(6, 5, 3), dtype=np.uint8)
    for k in range(4):
        image = Image.fromarray(colours).quantize(7)
        image.save(tmp_path / f"{k}.png")
    expected = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
    assert (data.load(tmp_path).train.images[0] == expected).all()


def test_many_pictures_are_counted_before_they_are_read(tmp_path):
    raw = png_bytes(np.zeros((1000, 1000), np.uint8))
    for k in range(20):
        (tmp_path / f"{k:02}.png").write_bytes(raw)
    with refused(r"the folder .* unpacks to 0\.1 GB, and 0\.01 GB is the most"):
        data.load(tmp_path)


# ---------------------------------------------------------------- archives


def archive(folder, monkeypatch, change):
    """CIFAR-10's archive with one member changed."""
    import tarfile

    monkeypatch.setattr(cifar10, "RECORDS", 3)
    made = hostile.cifar_files(rng())
    path = folder / "cifar-10-binary.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, raw in made.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            if name == "data_batch_3.bin":
                raw = change(member, raw)
            member.size = len(raw)
            tar.addfile(member, io.BytesIO(raw))


def other_type(kind, link, member, raw):
    member.type, member.linkname = kind, link
    return b""


def other_name(name, member, raw):
    member.name = name
    return raw


@pytest.mark.parametrize(
    ("change", "words"),
    [
        *[
            (functools.partial(other_type, kind, link), r"holds no data_batch_3\.bin")
            for kind, link in (
                (b"5", ""),
                (b"2", "nowhere"),
                (b"2", "data_batch_2.bin"),
                (b"1", "cifar-10-batches-bin/data_batch_2.bin"),
                (b"6", ""),
                (b"3", ""),
            )
        ],
        (functools.partial(other_name, "data_batch_33.bin"), r"holds no data_batch_3\.bin"),
        (lambda member, raw: raw + b"1", r"data_batch_3\.bin in .* holds more than the 9,219"),
        (lambda member, raw: bytes(LARGE), r"data_batch_3\.bin in .* holds more than the 9,219"),
        (lambda member, raw: raw[:-1], r"data_batch_3\.bin has 9218 bytes and should have 9219"),
        (lambda member, raw: b"", r"data_batch_3\.bin has 0 bytes"),
    ],
)
def test_members_of_an_archive_that_are_no_files_of_that_size_are_refused(
    tmp_path, monkeypatch, change, words
):
    archive(tmp_path, monkeypatch, change)
    with refused(words):
        data.load("cifar10", data_dir=tmp_path)


def test_a_whole_archive_is_read_wherever_its_files_lie(tmp_path, monkeypatch):
    archive(tmp_path, monkeypatch, functools.partial(other_name, "./a/b/../data_batch_3.bin"))
    assert len(data.load("cifar10", data_dir=tmp_path).train) == 14
    assert not (tmp_path / "a").exists()


def test_a_header_of_an_archive_that_is_a_bomb_is_refused(tmp_path):
    """A comment of 30 MB, and a header that says so truly: tarfile would read it whole."""
    block = bytearray(512)
    block[0:4], block[124:136], block[156:157] = b"xxxx", f"{LARGE:011o}\0".encode(), b"x"
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    path = tmp_path / "cifar-10-binary.tar.gz"
    path.write_bytes(gzip.compress(bytes(block) + b"a" * LARGE))
    with refused("is damaged or not the archive of CIFAR-10", times=0.2):
        data.load("cifar10", data_dir=tmp_path)


# ---------------------------------------------------------------- SVHN, cropped


def write_mats(folder, n_train=12, n_test=2, y=None, **options):
    for part, n in (("train", n_train), ("test", n_test)):
        labels = np.ones((n, 1), np.uint8) if y is None else y(n)
        X = np.zeros((32, 32, 3, n), np.uint8)
        savemat(folder / f"{part}_32x32.mat", {"X": X, "y": labels}, **options)


def last(value, dtype=float):
    def y(n):
        labels = np.ones((n, 1), dtype)
        labels[-1] = value
        return labels

    return y


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (last(0), "go from 0 to 1 and should go from 1 to 10"),
        (last(11), "go from 1 to 11 and should go from 1 to 10"),
        (last(-1), "hold -1"),
        (last(1.5), "hold 1.5, which is no class"),
        (last(np.nan), "hold nan, which is no class"),
        (last(np.inf), "hold inf"),
        (last(1 + 1j, complex), "are complex128 and should be whole numbers"),
        (lambda n: np.array(["a"] * n), "are <U1"),
        (lambda n: np.array([[1]] * n, object), "are object"),
        (lambda n: {"a": 1}, "1 labels"),
        # SciPy 1.18 warns when it reads a sparse matrix, and in tests a warning is an error
        (lambda n: csc_matrix(np.ones((n, 1))), "1 labels|not a MATLAB file with X and y"),
        (lambda n: np.ones((n, 2)), "24 labels: they should be as many"),
        (lambda n: 3, "1 labels"),
        (lambda n: np.zeros((0, 0)), "0 labels"),
    ],
)
def test_labels_of_any_other_kind_are_refused(tmp_path, y, words):
    write_mats(tmp_path, y=y)
    with refused(words):
        data.load("svhn-cropped", data_dir=tmp_path)


@pytest.mark.parametrize("sizes", [(0, 2), (1, 2), (9, 2), (12, 0)])
def test_too_few_cropped_digits_are_refused(tmp_path, sizes):
    write_mats(tmp_path, *sizes)
    words = rf"holds {sizes[0]} images and test_32x32\.mat {sizes[1]}: at least 10 and 1|should be"
    with refused(words):
        data.load("svhn-cropped", data_dir=tmp_path)


def test_ten_cropped_digits_are_enough(tmp_path):
    write_mats(tmp_path, 10, 1, y=last(10.0))
    d = data.load("svhn-cropped", data_dir=tmp_path)
    assert (len(d.train), len(d.valid), len(d.test)) == (9, 1, 1)
    assert d.valid.labels.tolist() == [0]


def test_another_version_of_matlab_is_refused(tmp_path):
    write_mats(tmp_path)
    savemat(tmp_path / "train_32x32.mat", {"X": np.zeros((2, 2)), "y": np.ones(2)}, format="4")
    with refused("is damaged or not a MATLAB file with X and y"):
        data.load("svhn-cropped", data_dir=tmp_path)


@pytest.mark.parametrize("other", ["X", "y", "z"])
def test_a_packed_part_is_unpacked_as_far_as_is_read(tmp_path, other):
    write_mats(tmp_path)
    parts = {"X": np.zeros((32, 32, 3, 12), np.uint8), "y": np.ones((12, 1))}
    large = np.zeros((32, 32, 3, LARGE // 3072), np.uint8)
    path = tmp_path / "train_32x32.mat"
    savemat(path, parts | {other: large}, do_compression=True)
    assert path.stat().st_size < 200_000
    with refused(r"train_32x32\.mat unpacks to 0\.0 GB, and 0\.01 GB is the most"):
        svhn_cropped.read_mat(path)


# ---------------------------------------------------------------- SVHN, full numbers


@pytest.mark.parametrize(
    "name",
    ["../1.png", "/etc/hostname", "a/1.png", "a\\1.png", "C:1.png", "..", ".", "", "1\0.png", "\n",
     "1" * 300 + ".png"],
)  # fmt: skip
def test_names_outside_the_folder_are_not_followed(tmp_path, monkeypatch, name):
    write_numbers(tmp_path / "test", 2)
    (tmp_path / "1.png").write_bytes((tmp_path / "test" / "1.png").read_bytes())
    (tmp_path / "test" / "a").mkdir()
    for folder in (tmp_path, tmp_path / "test" / "a"):
        (folder / "1.png").write_bytes((tmp_path / "test" / "1.png").read_bytes())
    box = tmp_path / "test" / "digitStruct.mat"
    box.unlink()
    write_boxes(box, {name or "": [(31, 11, 40, 40)]} if name else {"": [(31, 11, 40, 40)]})
    with refused(r"digitStruct\.mat in .* is damaged or not the original HDF5 file"):
        svhn.prepared([tmp_path / "test"])


def elsewhere(path):
    """A whole ``digitStruct`` in another file, which this one refers to."""
    write_boxes(path.with_name("other.h5"), {"1.png": [(31, 11, 40, 40)]})
    with h5py.File(path, "w") as file:
        file["digitStruct"] = h5py.ExternalLink("other.h5", "digitStruct")


def soft(path):
    write_boxes(path, {"1.png": [(31, 11, 40, 40)]})
    with h5py.File(path, "a") as file:
        file.move("digitStruct", "other")
        file["digitStruct"] = h5py.SoftLink("/other")


def raw_elsewhere(path):
    """Letters that lie in another file: HDF5 lets a data set name any."""
    path.with_name("letters").write_bytes(b"".join(bytes([c, 0]) for c in b"1.png"))
    write_boxes(path, {"1.png": [(31, 11, 40, 40)]})
    with h5py.File(path, "a") as file:
        outside = [(str(path.with_name("letters")), 0, 10)]
        made = file.create_dataset("e", (5, 1), np.uint16, external=outside)
        file["digitStruct/name"][0, 0] = made.ref


def virtual(path):
    write_boxes(path, {"1.png": [(31, 11, 40, 40)]})
    with h5py.File(path, "a") as file:
        layout = h5py.VirtualLayout((5, 1), np.uint16)
        layout[:] = h5py.VirtualSource("other.h5", "letters", (5, 1))
        file["digitStruct/name"][0, 0] = file.create_virtual_dataset("v", layout).ref


def endless(path):
    """More names than there is memory for, which take no room in the file."""
    with h5py.File(path, "w") as file:
        for name in ("name", "bbox"):
            file.create_dataset(f"digitStruct/{name}", (10**9, 1), h5py.ref_dtype, chunks=(10, 1))


def long_side(path):
    write_boxes(path, {"1.png": [(31, 11, 40, 40)]})
    with h5py.File(path, "a") as file:
        del file["#refs#/box0/left"]
        file.create_dataset("#refs#/box0/left", (10**9, 1), float, chunks=(10, 1))


def folder_for_name(path):
    write_boxes(path, {"1.png": [(31, 11, 40, 40)]})
    with h5py.File(path, "a") as file:
        file["digitStruct/name"][0, 0] = file["#refs#/box0"].ref


def no_reference(path):
    write_boxes(path, {"1.png": [(31, 11, 40, 40)]})
    with h5py.File(path, "a") as file:
        file["digitStruct/bbox"][0, 0] = h5py.Reference()


def side(value):
    return lambda path: write_boxes(path, {"1.png": [(value, 11, 40, 40)]})


def nobody(path):
    with h5py.File(path, "w") as file:
        for name in ("name", "bbox"):
            file.create_dataset(f"digitStruct/{name}", (0, 1), h5py.ref_dtype)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        *[(f, "is damaged or not the original HDF5 file")
          for f in (elsewhere, soft, raw_elsewhere, virtual, endless, long_side, folder_for_name,
                    no_reference, side(np.nan), side(np.inf))],
        (nobody, "names no images"),
        (side(-1e30), "lies outside the image"),
        (side(1e30), "lies outside the image"),
    ],
)  # fmt: skip
def test_boxes_of_any_other_kind_are_refused(tmp_path, write, words):
    write_numbers(tmp_path / "test", 1)
    path = tmp_path / "test" / "digitStruct.mat"
    path.unlink()
    write(path)
    with refused(words):
        svhn.prepared([tmp_path / "test"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: b"",
        lambda raw: b"hello",
        lambda raw: raw[:-1],
        lambda raw: raw[:60],
        lambda raw: raw.replace(b"|u1", b"|O8"),
        lambda raw: raw.replace(b"|u1", b"<f4"),
        lambda raw: raw.replace(b"64, 64", b"32,128"),
        lambda raw: raw.replace(b"{", b"("),
        lambda raw: raw.replace(b"'descr'", b"'''scr'"),
        lambda raw: b"\x80\x04cos\ngetpid\n.",
        lambda raw: b"PK\x03\x04" + bytes(99),
        lambda raw: raw.replace(b"(2, 3", b"(1, 3"),
    ],
)
def test_damaged_prepared_images_are_prepared_again(tmp_path, spoil):
    write_numbers(tmp_path / "test", 2)
    first = np.array(svhn.prepared([tmp_path / "test"]))
    (path,) = (tmp_path / "cache").rglob("*.npy")
    path.write_bytes(spoil(path.read_bytes()))
    assert (svhn.prepared([tmp_path / "test"]) == first).all()


def test_an_image_that_is_too_large_to_be_one_is_refused(tmp_path):
    write_numbers(tmp_path / "test", 1)
    os.truncate(tmp_path / "test" / "1.png", 1 << 30)
    with refused(r"1\.png holds more than the .* bytes that were expected"):
        svhn.prepared([tmp_path / "test"])
    tar_gz(tmp_path / "test.tar.gz", {"digitStruct.mat": bytes(LARGE)})
    with refused(r"digitStruct\.mat in .* holds more than|0\.01 GB is the most"):
        svhn.prepared([tmp_path / "test.tar.gz"])


# ---------------------------------------------------------------- sizes that do not fit


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("two-digits", 61, "are 61 x 61 pixels: to be composed .* at most 60"),
        ("cluttered-60", 61, "are 61 x 61 pixels: .* at least 8 and at most 60"),
        ("cluttered", 7, "are 7 x 7 pixels: .* at least 8 and at most 100"),
        ("cluttered", 101, "are 101 x 101 pixels"),
    ],
)
def test_digits_that_do_not_fit_a_canvas_are_refused(tmp_path, name, size, words):
    write_mnist(tmp_path, size=size)
    with refused(words):
        data.load(name, data_dir=tmp_path)
    write_mnist(tmp_path, size=60 if size == 61 else 100 if size == 101 else 8)
    assert data.load(name, data_dir=tmp_path).image_shape[0] == 1


def test_images_without_pixels_are_refused(tmp_path):
    write_mnist(tmp_path, gzipped=False)
    for part, n in (("train", 60), ("t10k", 12)):
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((n, 0, 28))))
    with refused(r"have shape \(60, 1, 0, 28\)"):
        data.load("mnist", data_dir=tmp_path)


def test_the_cache_may_hold_no_pipe(tmp_path, monkeypatch):
    from draw_np.data import download

    folder = tmp_path / "cache" / "mnist"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "x")
    with refused("x is a pipe or a folder and not a file: move it away"):
        download.fetch(download.Remote("x", "0" * 64, ("http://127.0.0.1:9/x",)), "mnist")
    assert Path(folder, "x").exists()
