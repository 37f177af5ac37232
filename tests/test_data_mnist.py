"""MNIST from IDX files, and its fixed binarisation from text and packed."""

import gzip
import shutil

import numpy as np
import pytest
from data_files import idx_bytes, mnist_arrays, rng, sha256, write_mnist

from draw_np import data
from draw_np.data import binarized_mnist, mnist
from draw_np.data.dataset import BINARISATIONS

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.mark.parametrize("gzipped", [True, False])
def test_idx_files_gzipped_or_not(tmp_path, gzipped):
    arrays = write_mnist(tmp_path, gzipped=gzipped)
    d = data.load("mnist", "none", tmp_path)
    images, labels = arrays[TRAIN_IMAGES][:, None], arrays[TRAIN_LABELS]
    assert (d.train.images == images[:50]).all() and (d.valid.images == images[50:]).all()
    assert (d.train.labels == labels[:50]).all() and (d.valid.labels == labels[50:]).all()
    assert (d.test.labels == arrays["t10k-labels-idx1-ubyte"]).all()
    x = d.test.batch(np.array([3, 1]), rng())
    assert x.dtype == np.float32 and x.shape == (2, 1, 28, 28)
    np.testing.assert_allclose(x[:, 0], arrays["t10k-images-idx3-ubyte"][[3, 1]] / 255, atol=1e-7)


def test_names_with_a_dot_are_found_too(tmp_path):
    write_mnist(tmp_path)
    for path in list(tmp_path.iterdir()):
        path.rename(tmp_path / path.name.replace("-idx", ".idx"))
    assert len(data.load("mnist", data_dir=tmp_path).train) == 50


def test_the_published_numbers_part_into_50000_and_10000(monkeypatch):
    def pair(part, data_dir):
        n = {"train": 60_000, "t10k": 10_000}[part]
        return np.zeros((n, 1, 1, 1), np.uint8), np.arange(n), True

    monkeypatch.setattr(mnist, "pair", pair)
    splits, what = mnist.parts()
    assert {s: len(labels) for s, (_, labels) in splits.items()} == {
        "train": 50_000,
        "valid": 10_000,
        "test": 10_000,
    }
    assert splits["valid"][1][0] == 50_000 and what == "MNIST"


def test_the_variant_says_mnist_only_of_the_published_files(tmp_path, monkeypatch):
    arrays = write_mnist(tmp_path)
    assert data.load("mnist", "once", tmp_path).variant.startswith("IDX files other than MNIST's")
    hashes = {name: ("", sha256(idx_bytes(a))) for name, a in arrays.items()}
    monkeypatch.setattr(mnist, "HASHES", hashes)
    assert data.load("mnist", "once", tmp_path).variant == f"MNIST, {BINARISATIONS['once']}"


@pytest.mark.parametrize("how", ["fresh", "once", "threshold"])
def test_binarised_pixels_are_exactly_0_and_1(tmp_path, how):
    """M16: a Bernoulli likelihood is a code length for binary pixels only."""
    write_mnist(tmp_path)
    d = data.load("mnist", how, tmp_path)
    for split in (d.train, d.valid, d.test):
        assert set(np.unique(split.batch(np.arange(len(split)), rng()))) == {0.0, 1.0}


def spoil(folder, name, raw):
    (folder / f"{name}.gz").write_bytes(raw)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"hello", "is not an IDX file of bytes with 3 dimensions"),
        (b"", "is not an IDX file"),
        (gzip.compress(idx_bytes(np.zeros((4, 4))), mtime=0), "is not an IDX file"),
        (gzip.compress(idx_bytes(np.zeros((60, 28, 28))), mtime=0)[:-20], "is damaged or not the"),
        (
            gzip.compress(idx_bytes(np.zeros((60, 28, 28)))[:-1], mtime=0),
            "promises 47040 values and 47039",
        ),
        (
            gzip.compress(idx_bytes(np.zeros((60, 28, 28))) + b"1", mtime=0),
            "promises 47040 values and more follow",
        ),
        (gzip.compress(idx_bytes(np.zeros((59, 28, 28))), mtime=0), "59 images and .* 60 labels"),
        (
            gzip.compress(idx_bytes(np.zeros((60, 20, 20))), mtime=0),
            r"\(60, 1, 20, 20\) .*of one size",
        ),
    ],
)
def test_bad_image_files_are_one_sentence(tmp_path, raw, words):
    write_mnist(tmp_path)
    spoil(tmp_path, TRAIN_IMAGES, raw)
    with pytest.raises(ValueError, match=words):
        data.load("mnist", data_dir=tmp_path)


def test_a_gzip_with_a_flipped_bit_is_damaged(tmp_path):
    write_mnist(tmp_path)
    path = tmp_path / f"{TRAIN_IMAGES}.gz"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ValueError, match="is damaged or not the original file: get it again"):
        data.load("mnist", data_dir=tmp_path)


def test_labels_in_place_of_images_and_missing_files(tmp_path):
    write_mnist(tmp_path)
    shutil.copy(tmp_path / f"{TRAIN_LABELS}.gz", tmp_path / f"{TRAIN_IMAGES}.gz")
    with pytest.raises(ValueError, match="is not an IDX file of bytes with 3 dimensions"):
        data.load("mnist", data_dir=tmp_path)
    (tmp_path / f"{TRAIN_IMAGES}.gz").unlink()
    with pytest.raises(ValueError, match=rf"not found in .*: it should hold {TRAIN_IMAGES}\.gz or"):
        data.load("mnist", data_dir=tmp_path)
    with pytest.raises(ValueError, match=r"there is no folder .*nowhere"):
        data.load("mnist", data_dir=tmp_path / "nowhere")
    with pytest.raises(ValueError, match="digits reads no folder: leave --data-dir out"):
        data.load("digits", data_dir=tmp_path)


# ------------------------------------------------ the fixed binarisation

FEW = {"train": 30, "valid": 7, "test": 8}


@pytest.fixture
def rows(monkeypatch):
    monkeypatch.setattr(binarized_mnist, "ROWS", FEW)
    return {s: rng(n).integers(2, size=(n, 784), dtype=np.uint8) for s, n in FEW.items()}


def write_text(folder, rows):
    for split, r in rows.items():
        lines = "".join(" ".join(str(v) for v in row) + "\n" for row in r)
        (folder / f"binarized_mnist_{split}.amat").write_text(lines)


def write_packed(folder, rows):
    packed = {split: np.packbits(r, axis=1) for split, r in rows.items()}
    np.savez_compressed(folder / "binarized_mnist.npz", **packed)


@pytest.mark.parametrize("write", [write_text, write_packed])
def test_both_forms_of_the_fixed_set(tmp_path, rows, write):
    write(tmp_path, rows)
    d = data.load("binarized-mnist", data_dir=tmp_path)
    for split in FEW:
        x = d.split(split).batch(np.arange(FEW[split]), rng())
        assert x.dtype == np.float32 and (x.reshape(-1, 784) == rows[split]).all()
        np.testing.assert_allclose(d.split(split).mean().ravel(), rows[split].mean(0))


@pytest.mark.parametrize("how", [*BINARISATIONS, None])
def test_no_binarisation_changes_the_fixed_set(tmp_path, rows, how):
    write_packed(tmp_path, rows)
    split = data.load("binarized-mnist", how, tmp_path).train
    assert (split.batch(np.arange(30), rng()).reshape(-1, 784) == rows["train"]).all()


def test_text_is_rewritten_as_the_original(tmp_path, rows):
    write_text(tmp_path, rows)
    text = (tmp_path / "binarized_mnist_test.amat").read_bytes()
    assert binarized_mnist.as_text(rows["test"]) == text
    # 28 x 28 values and as many spaces or ends of line: the published 15,680,000 bytes
    assert len(text) * 10_000 // len(rows["test"]) == 15_680_000


def test_the_variant_names_the_fixed_set_only_if_it_is_that(tmp_path, rows, monkeypatch):
    write_packed(tmp_path, rows)
    assert "other than" in data.load("binarized-mnist", data_dir=tmp_path).variant
    hashes = {s: sha256(binarized_mnist.as_text(r)) for s, r in rows.items()}
    monkeypatch.setattr(binarized_mnist, "HASHES", hashes)
    assert data.load("binarized-mnist", data_dir=tmp_path).variant == (
        "MNIST, fixed binarisation of Salakhutdinov and Murray (Larochelle's files)"
    )


@pytest.mark.parametrize(
    ("spoiled", "words"),
    [
        (lambda text: text[:-1568], "valid split .* has 6 images and should have 7"),
        (lambda text: text[:-2], "is not a text file of 784 values 0 or 1 a line"),
        (lambda text: text.replace("1", "0.5"), "is not a text file"),
        (lambda text: text.replace("1", "2"), "is not a text file"),
        (lambda text: text.replace("0", "/"), "is not a text file"),
        (lambda text: "", "has 0 images and should have 7"),
    ],
)
def test_bad_text_is_one_sentence(tmp_path, rows, spoiled, words):
    write_text(tmp_path, rows)
    path = tmp_path / "binarized_mnist_valid.amat"
    path.write_text(spoiled(path.read_text()))
    with pytest.raises(ValueError, match=words):
        data.load("binarized-mnist", data_dir=tmp_path)


def test_bad_packed_files_are_one_sentence(tmp_path, rows):
    path = tmp_path / "binarized_mnist.npz"
    with pytest.raises(ValueError, match=r"binarised MNIST not found in .*\.amat or .*\.npz"):
        data.load("binarized-mnist", data_dir=tmp_path)
    np.savez(path, **rows)  # not packed
    with pytest.raises(ValueError, match=r"should be uint8 of shape \(n, 98\)"):
        data.load("binarized-mnist", data_dir=tmp_path)
    np.savez(path, train=rows["train"])
    with pytest.raises(ValueError, match="has arrays train: it should have train, valid, test"):
        data.load("binarized-mnist", data_dir=tmp_path)
    write_packed(tmp_path, rows)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ValueError, match=r"damaged or not an \.npz file"):
        data.load("binarized-mnist", data_dir=tmp_path)


def test_a_folder_of_small_mnist_serves_two_digits_and_clutter(tmp_path):
    write_mnist(tmp_path)
    for name, size in (("two-digits", 60), ("cluttered", 100), ("cluttered-60", 60)):
        d = data.load(name, data_dir=tmp_path)
        assert d.image_shape == (1, size, size) and d.name == name
        assert (len(d.train), len(d.valid), len(d.test)) == (50, 10, 12)
    assert (d.test.labels == mnist_arrays()["t10k-labels-idx1-ubyte"]).all()
