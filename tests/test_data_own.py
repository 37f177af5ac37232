"""One's own images, from an .npz file or a folder of PNGs."""

import numpy as np
import pytest
from data_files import png_bytes, rng
from PIL import Image

from draw_np import data
from draw_np.data.dataset import classes


def grey(n, seed=0, size=(9, 7)):
    return rng(seed).integers(256, size=(n, *size), dtype=np.uint8)


def rows_of(split):
    return {image.tobytes() for image in split.images}


def test_one_array_is_parted_into_tenths_that_share_nothing(tmp_path):
    images = grey(50)
    np.savez(tmp_path / "mine.npz", images=images, labels=np.arange(50))
    d = data.load(tmp_path / "mine.npz")
    assert (len(d.train), len(d.valid), len(d.test)) == (40, 5, 5)
    assert d.image_shape == (1, 9, 7)
    assert len(rows_of(d.train) | rows_of(d.valid) | rows_of(d.test)) == 50
    for split in (d.train, d.valid, d.test):
        assert (split.images[:, 0] == images[split.labels]).all()
    again = data.load(str(tmp_path / "mine.npz"))
    assert (again.test.labels == d.test.labels).all()
    assert d.variant.startswith("images of mine.npz, binarised afresh")


def test_given_splits_are_kept_and_missing_ones_drawn(tmp_path):
    np.savez(tmp_path / "a.npz", train=grey(30), valid=grey(4, 1), test=grey(5, 2))
    d = data.load(tmp_path / "a.npz", "none")
    assert (d.train.images[:, 0] == grey(30)).all()  # in the order given
    assert (d.valid.images[:, 0] == grey(4, 1)).all()
    assert (d.test.images[:, 0] == grey(5, 2)).all()
    np.savez(tmp_path / "b.npz", x_train=grey(30), y_train=np.arange(30), x_test=grey(5, 2))
    d = data.load(tmp_path / "b.npz", "none")
    assert (len(d.train), len(d.valid), len(d.test)) == (27, 3, 5)
    assert sorted([*d.train.labels, *d.valid.labels]) == list(range(30))
    assert d.test.labels is None


@pytest.mark.parametrize(
    "images",
    [
        rng().integers(256, size=(20, 6, 5, 3), dtype=np.uint8),
        rng().integers(256, size=(20, 6, 5, 3), dtype=np.uint8).transpose(0, 3, 1, 2),
    ],
)
def test_colour_channels_may_stand_first_or_last(tmp_path, images):
    np.savez(tmp_path / "c.npz", train=images, valid=images[:1], test=images[:1])
    d = data.load(tmp_path / "c.npz")
    assert d.image_shape == (3, 6, 5)
    first = images if images.shape[1] == 3 else images.transpose(0, 3, 1, 2)
    np.testing.assert_allclose(d.train.batch(np.arange(20), rng()), first / 255, atol=1e-7)
    assert "intensities as they are" in d.variant  # the default for colour


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float64, np.float16])
def test_zeros_and_ones_of_any_type_are_black_and_white(tmp_path, dtype):
    bits = rng().integers(2, size=(10, 4, 4))
    np.savez(
        tmp_path / "b.npz",
        train=bits.astype(dtype),
        valid=bits[:1].astype(dtype),
        test=bits[:1].astype(dtype),
    )
    x = data.load(tmp_path / "b.npz").train.batch(np.arange(10), rng())
    assert x.dtype == np.float32 and (x[:, 0] == bits).all()


@pytest.mark.parametrize("dtype, white", [(np.uint8, 1 / 255), (bool, 1.0)])
def test_one_dark_split_is_not_black_and_white(tmp_path, dtype, white):
    dark = np.zeros((4, 4, 4), dtype)
    dark[0, 0, 0] = 1
    train = np.full((20, 4, 4), 200, np.uint8)
    np.savez(tmp_path / "d.npz", train=train, valid=train[:1], test=dark)
    d = data.load(tmp_path / "d.npz", "none")
    assert d.test.batch(np.arange(4), rng()).max() == np.float32(white)
    assert d.train.batch(np.arange(1), rng()).max() == np.float32(200 / 255)


def test_floats_keep_their_values(tmp_path):
    x = rng().random((20, 4, 4))
    np.savez(tmp_path / "f.npz", train=x, valid=x[:1], test=x[:1])
    split = data.load(tmp_path / "f.npz", "none").train
    np.testing.assert_allclose(split.batch(np.arange(20), rng())[:, 0], x, atol=1e-7)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"pictures": grey(9)}, "has arrays pictures: it should have one called images"),
        ({}, "has arrays none"),
        ({"images": grey(9), "train": grey(9)}, "has arrays images, train: it should have one"),
        ({"images": grey(9), "test": grey(9)}, "has arrays test that are not used beside images"),
        ({"train": grey(9), "labels": np.zeros(9)}, "arrays labels that are not used beside train"),
        ({"train": grey(9), "valid_labels": np.zeros(9)}, "arrays valid_labels that are not used"),
        ({"images": grey(9), "x": grey(9), "Images": grey(9)}, "that are not used beside images"),
        ({"images": grey(9), "names": np.array(["a"])}, "arrays names that are not used"),
        ({"images": grey(9).reshape(9, 63)}, r"have shape \(9, 63\): it should be \(n, height"),
        ({"images": np.zeros((9, 4, 4, 2), np.uint8)}, r"\(9, 4, 4, 2\)"),
        ({"images": grey(9), "labels": np.zeros(8)}, "9 images of .* stand beside 8 labels"),
        ({"train": grey(9), "test": grey(9, 0, (7, 9))}, r"different shapes .*\(1, 7, 9\) and"),
        ({"images": grey(2)}, "leaves no images for train: at least 3 are needed"),
        ({"train": grey(9), "test": grey(0)}, "leaves no images for test"),
        ({"images": grey(9).astype(int)}, "are int64: make them uint8 in 0..255 or float in 0..1"),
        ({"images": grey(9).astype(float)}, "floats from .* to 255: they should be in 0..1"),
        ({"images": grey(9) / 255 - 0.5}, "floats from -0.5 to"),
        ({"images": np.full((9, 4, 4), np.nan)}, "floats from nan"),
        ({"images": np.array([None, 1, 2])}, r"is damaged or not an \.npz file of plain arrays"),
    ],
)
def test_bad_arrays_are_one_sentence(tmp_path, arrays, words):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(ValueError, match=words):
        data.load(tmp_path / "bad.npz")


def test_bad_files_are_one_sentence(tmp_path):
    path = tmp_path / "mine.npz"
    with pytest.raises(ValueError, match=r"there is no .*mine\.npz: give an \.npz file"):
        data.load(path)
    np.savez(path, images=grey(200))
    raw = path.read_bytes()
    for bad in (b"", b"hello", raw[: len(raw) // 2], raw[:3000] + b"?" + raw[3001:]):
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=r"is damaged or not an \.npz file"):
            data.load(path)
    np.save(tmp_path / "one.npy", grey(9))
    (tmp_path / "one.npy").rename(path)
    with pytest.raises(ValueError, match=r"is damaged or not an \.npz file"):
        data.load(path)


def test_unknown_names_are_told_of_files_and_folders():
    with pytest.raises(ValueError, match=r"no data set 'mnits': .* or give an \.npz file or a fol"):
        data.load("mnits")
    with pytest.raises(ValueError, match="there is no nowhere/pictures: give"):
        data.load("nowhere/pictures")


# ------------------------------------------------ folders of PNGs


def write_pngs(folder, images):
    for k, pixels in enumerate(images):
        (folder / f"{k:03}.png").write_bytes(png_bytes(pixels))


def test_a_folder_of_grey_pngs(tmp_path):
    write_pngs(tmp_path, grey(30))
    (tmp_path / "notes.txt").write_text("not an image, and left alone")
    d = data.load(tmp_path, "none")
    assert (len(d.train), len(d.valid), len(d.test)) == (24, 3, 3)
    assert d.image_shape == (1, 9, 7)
    everything = rows_of(d.train) | rows_of(d.valid) | rows_of(d.test)
    assert everything == {image.tobytes() for image in grey(30)}


def test_colour_pngs_and_a_grey_one_among_them(tmp_path):
    colour = rng().integers(256, size=(9, 5, 4, 3), dtype=np.uint8)
    write_pngs(tmp_path, colour)
    (tmp_path / "grey.PNG").write_bytes(png_bytes(grey(1, 0, (5, 4))[0]))
    d = data.load(tmp_path)
    assert d.image_shape == (3, 5, 4)
    everything = rows_of(d.train) | rows_of(d.valid) | rows_of(d.test)
    assert {image.transpose(2, 0, 1).tobytes() for image in colour} < everything
    assert np.repeat(grey(1, 0, (5, 4)), 3, axis=0).tobytes() in everything


def test_pngs_of_one_bit_and_with_a_palette(tmp_path):
    bits = rng().integers(2, size=(8, 5, 4)).astype(bool)
    write_pngs(tmp_path, bits)
    d = data.load(tmp_path)
    assert d.image_shape == (1, 5, 4)
    assert set(np.unique(d.train.batch(np.arange(6), rng()))) == {0.0, 1.0}
    palette = Image.fromarray(grey(1, 3, (5, 4))[0]).convert("P")
    palette.putpalette([0, 128, 255] * 256)
    palette.save(tmp_path / "008.png")
    d = data.load(tmp_path, "none")
    assert d.image_shape == (3, 5, 4)
    everything = rows_of(d.train) | rows_of(d.valid) | rows_of(d.test)
    colour = np.repeat(np.array([0, 128, 255], np.uint8), 20).tobytes()
    assert colour in everything


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("x.png", b"no image", r"x\.png is damaged or not a PNG image: get it again"),
        ("x.png", png_bytes(grey(1)[0])[:-30], r"x\.png is damaged or not a PNG image"),
        ("x.png", png_bytes(grey(1, 0, (7, 9))[0]), r"x\.png is 9 x 7 pixels and 000\.png 7 x 9"),
        ("x.png", png_bytes(np.zeros((9, 7, 4), np.uint8)), r"x\.png has transparent pixels: save"),
        ("x.png", png_bytes(np.zeros((9, 7), np.uint16)), r"x\.png has pixels of mode I;16: save"),
    ],
)
def test_bad_pngs_are_one_sentence(tmp_path, name, raw, words):
    write_pngs(tmp_path, grey(5))
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(ValueError, match=words):
        data.load(tmp_path)


def test_folders_with_nothing_or_too_little_in_them(tmp_path):
    with pytest.raises(ValueError, match="has no PNG files: give a folder that holds some"):
        data.load(tmp_path)
    write_pngs(tmp_path, grey(2))
    with pytest.raises(ValueError, match="at least 3 are needed"):
        data.load(tmp_path)
    write_pngs(tmp_path, grey(3))
    d = data.load(tmp_path)
    assert (len(d.train), len(d.valid), len(d.test)) == (1, 1, 1)


# ---------------------------------------------------------------- labels


@pytest.mark.parametrize("part", ["labels", "train_labels", "y_valid", "test_labels"])
@pytest.mark.parametrize(
    ("label", "words"),
    [
        (-1, "hold -1, which is no class"),
        (np.nan, "hold nan, which is no class"),
        (np.inf, "hold inf, which is no class"),
        (0.5, "hold 0.5, which is no class"),
        (2**40, "which is no class: they should be whole numbers from 0 to"),
        ("three", "are <U.* and should be whole numbers: number the classes 0, 1, 2"),
        (b"3", "are .S.* and should be whole numbers"),
        (1j, "are complex128 and should be whole numbers"),
        (True, "are bool and should be whole numbers"),
        (np.datetime64(3, "s"), "are datetime64.* and should be whole numbers"),
    ],
)
def test_labels_that_are_no_classes_are_refused_in_every_part(tmp_path, part, label, words):
    labels = np.array([label] * 9) if isinstance(label, (str, bytes, bool)) else np.arange(9) + 0
    if not isinstance(label, (str, bytes, bool)):
        labels = labels.astype(np.result_type(np.asarray(label)))
        labels[4] = label  # one among good ones is enough
    names = {"labels": "images"}
    images = {names.get(part) or part.replace("_labels", "").replace("y_", "x_"): grey(9)}
    if "images" not in images:
        images["train"] = grey(20) if part != "train_labels" else images["train"]
    np.savez(tmp_path / "bad.npz", **images, **{part: labels})
    with pytest.raises(ValueError, match=words):
        data.load(tmp_path / "bad.npz")


@pytest.mark.parametrize("shape", [(9, 1), (1, 9), (9,)])
@pytest.mark.parametrize("dtype", [np.int8, np.uint64, ">i4", np.float16, np.float64])
def test_whole_numbers_of_any_type_and_as_a_column_are_classes(tmp_path, shape, dtype):
    labels = (np.arange(9) % 4).astype(dtype).reshape(shape)
    np.savez(tmp_path / "a.npz", train=grey(9), y_train=labels, valid=grey(2), test=grey(2))
    found = data.load(tmp_path / "a.npz").train.labels
    assert found.dtype == np.int64 and found.tolist() == (np.arange(9) % 4).tolist()


@pytest.mark.parametrize("shape", [(3, 3), (9, 10), (9, 2), ()])
def test_labels_of_another_form_are_refused(tmp_path, shape):
    np.savez(tmp_path / "a.npz", images=grey(9), labels=np.zeros(shape, int))
    with pytest.raises(ValueError, match=r"9 images of .* stand beside .* one number an image"):
        data.load(tmp_path / "a.npz")


def test_no_labels_are_no_classes_but_no_fault():
    assert classes(np.zeros(0), "nothing").shape == (0,)
