"""The embedded digits, the binarisations and the order of images."""

import hashlib

import numpy as np
import pytest

from draw_np import data
from draw_np.data import digits, fingerprint
from draw_np.data.dataset import BINARISATIONS, Dataset, Images, binarised
from draw_np.training import streams

IMAGES_SHA256 = "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
TEST_SHA256 = "8cb58b60eb23308c1a662ab0b65c92029dad5b2a563c48df3f54729347b5cd11"


def rng(seed=0):
    return np.random.default_rng(seed)


def test_originals_are_scikit_learns():
    # of load_digits in scikit-learn 1.9.1, images and labels as bytes
    images, labels = digits.originals()
    assert images.shape == (1797, 8, 8) and images.max() == 16
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert hashlib.sha256(images.tobytes()).hexdigest() == IMAGES_SHA256
    # the first row of the first digit, a zero, as UCI prints it
    assert images[0, 0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0] and labels[0] == 0


def test_enlarged_digit_keeps_its_place():
    image = np.zeros((8, 8))
    image[2, 5] = 16  # row 2, column 5 of 8: in 28 pixels, centre (col + 1.5) * 2.8
    big = digits.enlarge(image)
    assert big.shape == (28, 28) and big.min() == 0 and big.max() == 1
    rows, columns = np.nonzero(big > 0.5)
    assert abs(rows.mean() + 0.5 - 3.5 * 2.8) < 0.5
    assert abs(columns.mean() + 0.5 - 6.5 * 2.8) < 0.5


def test_splits_are_fixed_and_disjoint():
    d = data.load("digits", "none")
    assert (len(d.train), len(d.valid), len(d.test)) == (1397, 200, 200)
    seen = np.concatenate([d.train.images, d.valid.images, d.test.images])
    assert sorted(i.tobytes() for i in seen) == sorted(i.tobytes() for i in digits.enlarged())
    assert d.image_shape == (1, 28, 28)
    assert hashlib.sha256(d.test.labels.astype(np.uint8).tobytes()).hexdigest() == TEST_SHA256


@pytest.mark.parametrize("how", ["fresh", "once", "threshold"])
def test_binarised_images_are_exactly_0_and_1(how):
    """M16: a Bernoulli likelihood is a code length for binary pixels only."""
    for split in (data.load("digits", how).train, data.load("digits", how).test):
        x = split.batch(np.arange(50), rng())
        assert x.dtype == np.float32
        assert set(np.unique(x)) == {0.0, 1.0}


def test_variant_names_the_binarisation():
    variants = {data.load("digits", how).variant for how in BINARISATIONS}
    assert len(variants) == len(BINARISATIONS)


def test_fresh_differs_from_batch_to_batch_and_once_does_not():
    fresh, once = data.load("digits", "fresh").train, data.load("digits", "once").train
    stream = rng()
    i = np.arange(20)
    assert np.any(fresh.batch(i, stream) != fresh.batch(i, stream))
    assert np.all(once.batch(i, stream) == once.batch(i, stream))
    assert np.all(once.batch(i, rng()) == data.load("digits", "once").train.batch(i, rng(1)))


def test_fresh_binarisation_has_the_intensity_as_mean():
    grey = Images(np.full((20000, 1, 1, 1), 51, np.uint8), fresh=True)  # 51 / 255 = 0.2
    mean = grey.batch(np.arange(20000), rng()).mean()
    assert abs(mean - 0.2) < 4 * np.sqrt(0.2 * 0.8 / 20000)


def test_mean_image_is_the_mean_of_intensities():
    images = np.array([0, 255, 255, 51], np.uint8).reshape(2, 1, 1, 2)
    np.testing.assert_allclose(Images(images).mean(), [[[0.5, 0.6]]])
    floats = Images(images / 255.0)
    np.testing.assert_allclose(floats.mean(), [[[0.5, 0.6]]])


def test_unknown_names_are_one_sentence():
    with pytest.raises(ValueError, match=r"no data set 'faces'.*: choose one of digits"):
        data.load("faces")
    with pytest.raises(ValueError, match=r"no binarisation 'half'.*: choose one of fresh"):
        data.load("digits", "half")
    with pytest.raises(ValueError, match="no binarisation 'half'"):
        binarised(np.zeros((1, 1, 1, 1)), None, "half", rng())
    with pytest.raises(ValueError, match="no split 'dev': choose train, valid or test"):
        data.load("digits").split("dev")


def test_order_shuffles_every_epoch_and_uses_all_images():
    order = streams.Order(10, rng())
    taken = np.concatenate([order.take(4) for _ in range(5)])  # two epochs of 10
    assert sorted(taken[:10]) == sorted(taken[10:]) == list(range(10))
    assert taken[:10].tolist() != taken[10:].tolist() != list(range(10))


def test_order_goes_on_from_what_was_waiting():
    a = streams.Order(10, rng())
    a.take(3)
    generators = streams.restored({"order": a.rng.bit_generator.state})
    b = streams.Order(10, generators["order"], a.waiting)
    assert [a.take(4).tolist() for _ in range(6)] == [b.take(4).tolist() for _ in range(6)]


def test_streams_differ_by_purpose_and_follow_the_seed():
    def first(seed):
        return {name: s.random() for name, s in streams.streams(seed).items()}

    assert first(3) == first(3) != first(4)
    assert len(set(first(3).values())) == len(streams.PURPOSES)


SPLITS = {  # SHA-256 of images and of labels as bytes, first eight digits
    "train": ("76902563", "6641e9fc"),
    "valid": ("738d09b1", "7c516e73"),
    "test": ("94e06f54", "8cb58b60"),
}


@pytest.mark.parametrize("name", SPLITS)
def test_every_split_has_its_own_images_and_labels(name):
    """Validation and test are 200 each: exchanged, no count would tell."""
    split = data.load("digits", "none").split(name)
    found = (split.images, split.labels.astype(np.uint8))
    digests = tuple(hashlib.sha256(part.tobytes()).hexdigest()[:8] for part in found)
    assert digests == SPLITS[name]
    images, labels = digits.parts()[name]
    assert np.array_equal(images, split.images) and np.array_equal(labels, split.labels)


def test_a_fingerprint_stays_what_it_was():
    """Runs and packaged networks keep it: with another one for the same images none goes on."""
    assert fingerprint.fingerprint(data.load("digits")) == "5cc1bb1f4f91ed33"


@pytest.mark.parametrize("name", ["train", "valid", "test"])
def test_a_fingerprint_tells_every_pixel_label_and_number_of_a_small_split(name):
    images, labels = rng().integers(1, 256, size=(9, 1, 3, 4), dtype=np.uint8), np.arange(9)
    split, seen = Images(images, labels), set()
    brighter, other = images.copy(), labels.copy()
    brighter[4, 0, 2, 1] -= 1
    other[8] = 3
    for changed in (
        split,
        Images(brighter, labels),
        Images(images, other),
        Images(images),
        Images(images[:8], labels[:8]),
    ):
        parts = dict.fromkeys(("train", "valid", "test"), split) | {name: changed}
        seen.add(fingerprint.fingerprint(Dataset("mine", "pixels", **parts)))
    assert len(seen) == 5 and all(len(text) == 16 for text in seen)


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="there is no split 'tset': choose train, valid or test"):
        data.load("digits").split("tset")


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, np.int8])
def test_integers_that_are_no_bytes_are_refused(dtype):
    """They would come out as intensities of up to 200."""
    images = np.full((2, 1, 3, 3), 100).astype(dtype)
    for how in BINARISATIONS:
        with pytest.raises(ValueError, match=r"make them uint8 in 0\.\.255 or float in 0\.\.1"):
            binarised(images, None, how, rng()).batch(np.arange(2), rng())
    with pytest.raises(ValueError, match="make them uint8"):
        Images(images).mean()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_the_threshold_is_a_half_and_a_half_is_black(dtype):
    levels = [0, 0.25, 0.5, np.nextafter(np.float32(0.5), np.float32(1)), 0.75, 1]
    if dtype == np.uint8:
        levels = [0, 1, 127, 128, 200, 255]
    images = np.array(levels, dtype).reshape(-1, 1, 1, 1)
    x = binarised(images, None, "threshold", rng()).batch(np.arange(6), rng())
    assert x.ravel().tolist() == [0, 0, 0, 1, 1, 1]


def test_once_is_drawn_from_the_generator_that_is_given():
    images = rng().integers(256, size=(5, 1, 4, 4), dtype=np.uint8)
    split = binarised(images, None, "once", rng(3))
    drawn = rng(3).random(images.shape, dtype=np.float32) < images.astype(np.float32) / 255
    assert np.array_equal(split.batch(np.arange(5), rng(9)), drawn)
    other = binarised(images, None, "once", rng(4)).images
    assert np.any(other != split.images) and not split.fresh


@pytest.mark.parametrize("name", ["digits", "two-digits-small", "cluttered-small", "colour-small"])
def test_a_set_is_called_as_it_is_asked_for(name):
    d = data.load(name)
    assert d.name == name
    shapes = {
        "digits": (1, 28, 28),
        "two-digits-small": (1, 30, 30),
        "cluttered-small": (1, 60, 60),
        "colour-small": (3, 28, 28),
    }
    assert d.image_shape == shapes[name]
    defaults = {"colour-small": "none", "cluttered-small": "none"}
    assert d.variant == data.load(name, defaults.get(name, "fresh")).variant
