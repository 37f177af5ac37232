"""CIFAR-10 and the two forms of SVHN, from small files of the same formats."""

import h5py
import numpy as np
import pytest
from data_files import png_bytes, rng, tar_gz
from scipy.io import savemat

from draw_np import data
from draw_np.data import cifar10, svhn

# ------------------------------------------------ CIFAR-10

RECORDS = 10


@pytest.fixture
def batches(monkeypatch):
    """Images and labels of small files, by file name."""
    monkeypatch.setattr(cifar10, "RECORDS", RECORDS)
    r = rng()
    return {
        name: (
            r.integers(256, size=(RECORDS, 3, 32, 32), dtype=np.uint8),
            r.integers(10, size=RECORDS, dtype=np.uint8),
        )
        for name in (
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
            "test_batch.bin",
        )
    }


def record_bytes(images, labels):
    """As the set's page has it: a label, 1024 red, 1024 green, 1024 blue, row by row."""
    return b"".join(
        bytes([label]) + image[0].tobytes() + image[1].tobytes() + image[2].tobytes()
        for image, label in zip(images, labels, strict=True)
    )


def write_bins(folder, batches):
    folder.mkdir(exist_ok=True)
    for name, part in batches.items():
        (folder / name).write_bytes(record_bytes(*part))


def write_inside(folder, batches):
    write_bins(folder / "cifar-10-batches-bin", batches)


def write_archive(folder, batches):
    files = {f"cifar-10-batches-bin/{n}": record_bytes(*part) for n, part in batches.items()}
    tar_gz(folder / "cifar-10-binary.tar.gz", files)


@pytest.mark.parametrize("write", [write_bins, write_inside, write_archive])
def test_cifar10_from_files_or_archive(tmp_path, batches, write):
    write(tmp_path, batches)
    d = data.load("cifar10", data_dir=tmp_path)
    images = np.concatenate([batches[f"data_batch_{k}.bin"][0] for k in range(1, 6)])
    labels = np.concatenate([batches[f"data_batch_{k}.bin"][1] for k in range(1, 6)])
    assert (len(d.train), len(d.valid), len(d.test)) == (45, 5, 10)
    assert (d.train.images == images[:45]).all() and (d.valid.labels == labels[45:]).all()
    assert (d.test.images == batches["test_batch.bin"][0]).all()
    x = d.valid.batch(np.array([4, 0]), rng())
    assert x.shape == (2, 3, 32, 32) and x.dtype == np.float32
    np.testing.assert_allclose(x, images[[49, 45]] / 255, atol=1e-7)  # intensities as they are
    assert d.variant.startswith("CIFAR-10, intensities as they are")


def test_bad_cifar10_files_are_one_sentence(tmp_path, batches):
    write_bins(tmp_path, batches)
    path = tmp_path / "data_batch_3.bin"
    raw = path.read_bytes()
    for bad in (raw[:-1], raw[: -32 * 32 * 3 - 1], b""):
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=rf"{len(bad)} bytes and should have {len(raw)}:"):
            data.load("cifar10", data_dir=tmp_path)
    path.write_bytes(b"\x0a" + raw[1:])
    with pytest.raises(ValueError, match="labels above 9"):
        data.load("cifar10", data_dir=tmp_path)
    path.unlink()
    with pytest.raises(ValueError, match=r"file not found in .*: it should hold data_batch_3\.bin"):
        data.load("cifar10", data_dir=tmp_path)


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-4000], lambda raw: b"no archive at all"])
def test_a_bad_cifar10_archive_is_one_sentence(tmp_path, batches, spoil):
    write_archive(tmp_path, batches)
    path = tmp_path / "cifar-10-binary.tar.gz"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ValueError, match="is damaged or not the archive"):
        data.load("cifar10", data_dir=tmp_path)


# ------------------------------------------------ SVHN, cropped digits


def write_mats(folder, n_train=40, n_test=7):
    read = {}
    for part, n in (("train", n_train), ("test", n_test)):
        X = rng(n).integers(256, size=(32, 32, 3, n), dtype=np.uint8)
        y = rng(n).integers(1, 11, size=(n, 1)).astype(np.uint8)  # 10 is the digit 0
        savemat(folder / f"{part}_32x32.mat", {"X": X, "y": y}, do_compression=True)
        read[part] = X, y
    return read


def test_cropped_digits(tmp_path):
    X, y = write_mats(tmp_path)["train"]
    d = data.load("svhn-cropped", data_dir=tmp_path)
    assert (len(d.train), len(d.valid), len(d.test)) == (36, 4, 7)
    assert d.image_shape == (3, 32, 32)
    assert (d.train.images[5, 1] == X[:, :, 1, 5]).all()  # (channel, row, column)
    assert (d.valid.images[3, 2] == X[:, :, 2, 39]).all()
    assert set(y[:, 0]) == set(range(1, 11))
    assert d.train.labels.max() == 9
    assert (d.train.labels == np.where(y[:36, 0] == 10, 0, y[:36, 0])).all()


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (b"hello", "is damaged or not a MATLAB file with X and y"),
        (b"", "is damaged or not a MATLAB file"),
        ({"y": np.zeros((4, 1))}, "is damaged or not a MATLAB file with X and y"),
        ({"X": np.zeros((4, 32, 32, 3), np.uint8), "y": np.zeros((4, 1))}, r"\(4, 32, 32, 3\)"),
        ({"X": np.zeros((32, 32, 3, 4)), "y": np.zeros((4, 1))}, "is float64 of shape"),
        ({"X": np.zeros((32, 32, 3, 4), np.uint8), "y": np.zeros((5, 1))}, "4 images and 5 labels"),
    ],
)
def test_bad_cropped_files_are_one_sentence(tmp_path, stored, words):
    write_mats(tmp_path)
    path = tmp_path / "train_32x32.mat"
    if isinstance(stored, bytes):
        path.write_bytes(stored)
    else:
        savemat(path, stored)
    with pytest.raises(ValueError, match=words):
        data.load("svhn-cropped", data_dir=tmp_path)


def test_a_cut_mat_file_is_one_sentence(tmp_path):
    write_mats(tmp_path)
    path = tmp_path / "test_32x32.mat"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ValueError, match=r"test_32x32\.mat is damaged"):
        data.load("svhn-cropped", data_dir=tmp_path)


# ------------------------------------------------ SVHN, full numbers


def write_boxes(path, boxes):
    """An HDF5 file as MATLAB writes it: names and boxes by reference, several values too."""
    with h5py.File(path, "w") as file:
        names = file.create_dataset("digitStruct/name", (len(boxes), 1), h5py.ref_dtype)
        rows = file.create_dataset("digitStruct/bbox", (len(boxes), 1), h5py.ref_dtype)
        for k, (name, digits) in enumerate(boxes.items()):
            letters = np.array([[ord(letter)] for letter in name], np.uint16)
            names[k, 0] = file.create_dataset(f"#refs#/name{k}", data=letters).ref
            group = file.create_group(f"#refs#/box{k}")
            rows[k, 0] = group.ref
            for side, values in zip(
                ("left", "top", "width", "height"), zip(*digits, strict=True), strict=True
            ):
                if len(values) == 1:
                    group[side] = np.array([values], float)
                    continue
                stored = group.create_dataset(side, (len(values), 1), h5py.ref_dtype)
                for i, value in enumerate(values):
                    at = f"#refs#/{side}{k}_{i}"
                    stored[i, 0] = file.create_dataset(at, data=np.array([[float(value)]])).ref


def photo(width, height, box, seed):
    """Noise below 100 with an even bright patch over ``box``, edges from 0."""
    pixels = rng(seed).integers(100, size=(height, width, 3), dtype=np.uint8)
    left, top, right, bottom = box
    pixels[top:bottom, left:right] = (250, 200, 150)
    return pixels


def write_numbers(folder, n, archive=False):
    """``n`` photographs of numbers: 1.png has two digits, all others one."""
    boxes, photos = {}, {}
    for k in range(1, n + 1):
        photos[f"{k}.png"] = photo(120, 60, (30, 10, 70, 50), seed=n * 100 + k)
        # (left, top, width, height), pixels from 1; together the patch
        boxes[f"{k}.png"] = [(31, 11, 20, 40), (51, 15, 20, 30)] if k == 1 else [(31, 11, 40, 40)]
    folder.mkdir(parents=True)
    write_boxes(folder / "digitStruct.mat", boxes)
    for name, pixels in photos.items():
        (folder / name).write_bytes(png_bytes(pixels))
    (folder / "see_bboxes.m").write_text("% of the original set")
    if archive:
        files = {f"{folder.name}/{p.name}": p.read_bytes() for p in sorted(folder.iterdir())}
        tar_gz(folder.with_suffix(".tar.gz"), files)
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


@pytest.fixture
def numbers(tmp_path, monkeypatch):
    """A folder with small "train" and "test", and a cache of its own."""
    monkeypatch.setenv("DRAW_NP_DATA", str(tmp_path / "cache"))
    write_numbers(tmp_path / "svhn" / "train", 60)
    write_numbers(tmp_path / "svhn" / "test", 5)
    return tmp_path / "svhn"


def test_numbers_are_cut_out_a_third_wider_and_brought_to_64(numbers):
    images = svhn.prepared([numbers / "test"])
    assert images.shape == (5, 3, 64, 64) and images.dtype == np.uint8
    # the patch is 1 / 1.3 of the side, in the middle: from 7.4 to 56.6 of 64
    for image in images:  # two digits or one: the box round all is the same
        for channel, level in zip(image, (250, 200, 150), strict=True):
            assert (channel[9:55, 9:55] == level).all()
            assert channel[:6].max() < 110 and channel[:, :6].max() < 110
            assert channel[58:].max() < 110 and channel[:, 58:].max() < 110


def test_boxes_go_round_all_digits_and_count_from_0(numbers):
    boxes = svhn.read_boxes((numbers / "test" / "digitStruct.mat").read_bytes(), "here")
    assert boxes == {f"{k}.png": (30, 10, 70, 50) for k in range(1, 6)}


def test_a_box_at_the_edge_stays_inside():
    assert svhn.widened((30, 10, 70, 50), 120, 60) == (24, 4, 76, 56)
    assert svhn.widened((0, 10, 40, 50), 45, 55) == (0, 4, 45, 55)
    assert svhn.widened((-1, -2, 40, 50), 120, 60)[:2] == (0, 0)


def test_full_numbers_split_and_crop(numbers, monkeypatch):
    monkeypatch.setattr(svhn, "N_VALID", svhn.N_ALL // 6)
    d = data.load("svhn", data_dir=numbers)
    assert (len(d.train), len(d.valid), len(d.test)) == (50, 10, 5)
    assert sorted([*d.train.rows, *d.valid.rows]) == list(range(60))
    assert d.image_shape == (3, 54, 54)
    images = svhn.prepared([numbers / "train"])
    i = np.arange(10)
    centre = images[d.valid.rows][:, :, 5:59, 5:59] / np.float32(255)
    assert (d.valid.batch(i, rng(0)) == centre).all() and centre.dtype == np.float32
    np.testing.assert_allclose(d.valid.mean(), centre.mean(0), atol=1e-6)
    assert "without the extra part, 54 x 54 of 64 x 64" in d.variant
    assert (data.load("svhn", data_dir=numbers).train.rows == d.train.rows).all()
    assert np.any(d.train.batch(i, rng(0)) != d.train.batch(i, rng(1)))  # anywhere, each time


def test_the_extra_part_joins_training(numbers):
    write_numbers(numbers / "extra", 20)
    d = data.load("svhn", data_dir=numbers)
    assert len(d.train) + len(d.valid) == 80
    assert (d.train.images[:60] == svhn.prepared([numbers / "train"])).all()
    assert (d.train.images[60:] == svhn.prepared([numbers / "extra"])).all()
    assert "with the extra part" in d.variant


def test_the_papers_numbers_of_images():
    n = 33_402 + 202_353  # training and extra images of the set
    assert round(n * svhn.N_VALID / svhn.N_ALL) == 4_701


def test_training_crops_lie_anywhere():
    rows, columns = np.broadcast_arrays(np.arange(64)[:, None], np.arange(64)[None, :])
    images = np.stack([rows, columns, 0 * rows])[None].astype(np.uint8)
    split = svhn.Crops(images, np.zeros(11_000, int), anywhere=True)
    r = rng()
    corners = [split.batch(np.arange(500), r)[:, :2, 0, 0] for _ in range(22)]
    y, x = np.rint(255 * np.concatenate(corners)).astype(int).T
    for offset in (y, x):  # 0..10, both ends included
        counts = np.bincount(offset)
        assert len(counts) == 11
        assert ((counts - 1000) ** 2 / 1000).sum() < 10 + 5 * np.sqrt(20)
    assert abs(np.corrcoef(y, x)[0, 1]) < 5 / np.sqrt(11_000)
    # the mean of crops: of rows 0..10 at the top left, of rows 53..63 at the bottom
    mean = 255 * split.mean()
    assert mean.shape == (3, 54, 54)
    np.testing.assert_allclose(mean[0, [0, 53], 7], [5, 58])
    np.testing.assert_allclose(mean[1, 7, [0, 53]], [5, 58])


def test_crops_can_be_binarised_afresh_only(numbers):
    x = data.load("svhn", "fresh", numbers).train.batch(np.arange(20), rng())
    assert set(np.unique(x)) == {0.0, 1.0}
    with pytest.raises(ValueError, match="no binarisation 'once' here: choose one of none, fresh"):
        data.load("svhn", "once", numbers)


def test_archives_give_the_same_as_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("DRAW_NP_DATA", str(tmp_path / "cache"))
    for kind in ("folders", "archives"):
        for part, n in (("train", 8), ("test", 3)):
            write_numbers(tmp_path / kind / part, n, archive=kind == "archives")
    a = data.load("svhn", data_dir=tmp_path / "folders")
    b = data.load("svhn", data_dir=tmp_path / "archives")
    assert (a.train.images == b.train.images).all() and (a.test.images == b.test.images).all()


def test_numbers_are_prepared_once(numbers, monkeypatch):
    first = svhn.prepared([numbers / "test"])

    def never(*args):
        raise AssertionError("prepared again")

    with monkeypatch.context() as m:
        m.setattr(svhn, "write", never)
        assert (svhn.prepared([numbers / "test"]) == first).all()
    boxes = numbers / "test" / "digitStruct.mat"
    boxes.unlink()
    write_boxes(boxes, {"2.png": [(31, 11, 40, 40)]})
    assert len(svhn.prepared([numbers / "test"])) == 1  # another file: prepared anew


def remove_boxes(folder):
    (folder / "digitStruct.mat").unlink()


def cut_boxes(folder):
    path = folder / "digitStruct.mat"
    path.write_bytes(path.read_bytes()[:2000])


def other_hdf5(folder):
    with h5py.File(folder / "digitStruct.mat", "w") as file:
        file["something"] = np.zeros(3)


def remove_images(folder):
    (folder / "3.png").unlink()
    (folder / "4.png").unlink()


def no_image(folder):
    (folder / "2.png").write_text("no image")


def cut_image(folder):
    path = folder / "2.png"
    path.write_bytes(path.read_bytes()[:-400])


def box_outside(folder):
    write_boxes(folder / "digitStruct.mat", {"1.png": [(500, 11, 40, 40)]})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (remove_boxes, r"boxes not found in .*: it should hold digitStruct\.mat"),
        (cut_boxes, r"digitStruct\.mat in .* is damaged or not the original HDF5 file"),
        (other_hdf5, r"digitStruct\.mat in .* is damaged or not the original HDF5 file"),
        (remove_images, r"3\.png is named in .* not found in .*, nor are 1 others"),
        (no_image, r"2\.png in .* is damaged or not a PNG image"),
        (cut_image, r"2\.png in .* is damaged or not a PNG image"),
        (box_outside, r"the box of 1\.png .* lies outside the image"),
    ],
)
def test_bad_numbers_are_one_sentence_and_leave_nothing(numbers, tmp_path, spoil, words):
    spoil(numbers / "test")
    with pytest.raises(ValueError, match=words):
        svhn.prepared([numbers / "test"])
    assert [p for p in (tmp_path / "cache").rglob("*") if p.is_file()] == []


def test_a_cut_archive_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("DRAW_NP_DATA", str(tmp_path / "cache"))
    write_numbers(tmp_path / "train", 4, archive=True)
    path = tmp_path / "train.tar.gz"
    raw = path.read_bytes()
    cuts = range(50, len(raw) - 30, len(raw) // 9)  # wherever: between files and in one
    for bad in [b"no archive", *(raw[:cut] for cut in cuts)]:
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=r"train\.tar\.gz is damaged or not the"):
            svhn.prepared([path])
    tar_gz(path, {"train/1.png": b""})
    with pytest.raises(ValueError, match=r"digitStruct\.mat not found in .*train\.tar\.gz"):
        svhn.prepared([path])


def test_missing_parts_are_one_sentence(numbers):
    with pytest.raises(ValueError, match=r"numbers not found in .* train or train\.tar\.gz"):
        data.load("svhn", data_dir=numbers / "test")


@pytest.mark.parametrize(
    ("name", "module", "called"),
    [("svhn", "h5py", "h5py"), ("svhn-cropped", "scipy.io", "SciPy")],
)
def test_a_missing_library_is_one_sentence(numbers, monkeypatch, name, module, called):
    write_mats(numbers)
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(
        ValueError, match=rf"needs {called}: install it with pip install 'draw-np\[data\]'"
    ):
        data.load(name, data_dir=numbers)
