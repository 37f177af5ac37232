"""One's own images: an .npz file of arrays, or a folder of PNGs of one size."""

import os
from math import prod
from pathlib import Path

import numpy as np

from draw_np.data.dataset import BINARISATIONS, ONCE_SEED, Dataset, binarised, classes
from draw_np.data.files import check_size, picture, read_npz

SPLIT_SEED = 8
TENTH = 10  # validation and test are a tenth each where nothing else is said
NAMES = {  # of arrays in an .npz, of images and of labels, in small letters
    "all": (("images", "x"), ("labels", "y")),
    "train": (("train", "x_train"), ("train_labels", "y_train")),
    "valid": (("valid", "x_valid"), ("valid_labels", "y_valid")),
    "test": (("test", "x_test"), ("test_labels", "y_test")),
}


def is_own(name):
    """Whether ``name`` asks for a file or a folder, and not for a data set by name."""
    return str(name).endswith(".npz") or os.path.isdir(name) or len(Path(name).parts) > 1


def load(path, binarise=None):
    """A data set out of one's own images.

    An .npz holds either one array, ``images`` (or ``x``), of which a tenth drawn by a fixed
    seed is for validation and a tenth for test; or ``train`` (or ``x_train``) and, if
    wanted, ``valid`` and ``test``: what is missing is drawn from ``train``. Labels may
    stand beside them, as ``labels``, ``train_labels`` or ``y_train``, and so on; nothing else
    may. Bytes that are all 0 or 1, in all splits, are black and white. PNGs are taken in the
    order of their names, and divided like one array.

    Parameters
    ----------
    path : path
        Of an .npz file or of a folder.
    binarise : str, optional
        One of ``dataset.BINARISATIONS``; by default "fresh" for grey images and "none"
        for colour.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If there are no images there, or not such as can be used.
    """
    path = Path(path)
    found = from_folder(path) if os.path.isdir(path) else from_npz(path)
    parts = with_all_splits(found, path)
    grey = parts["train"][0].shape[1] == 1
    binarise = binarise or ("fresh" if grey else "none")
    rng = np.random.default_rng(ONCE_SEED)
    splits = {name: binarised(*part, binarise, rng) for name, part in parts.items()}
    return Dataset(str(path), f"images of {path.name}, {BINARISATIONS[binarise]}", **splits)


def with_all_splits(found, path):
    """Training, validation and test parts, drawn from what there is."""
    shapes = {images.shape[1:] for images, _ in found.values()}
    if len(shapes) > 1:
        raise ValueError(
            f"the splits in {path} have images of different shapes (C, B, A), "
            f"{' and '.join(map(str, sorted(shapes)))}: bring them to one"
        )
    kept = {name: part for name, part in found.items() if name != "all"}
    missing = [name for name in ("train", "valid", "test") if name not in kept]
    images, labels = found["all"] if "all" in found else kept["train"]
    order = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    size = max(1, len(images) // TENTH)
    for name in (name for name in missing if name != "train"):
        kept[name], order = taken(images, labels, order[:size]), order[size:]
    kept["train"] = taken(images, labels, np.sort(order))
    empty = [name for name, (images, _) in kept.items() if not len(images)]
    if empty:
        raise ValueError(
            f"{path} leaves no images for {empty[0]}: at least 3 are needed, 1 for each of "
            "training, validation and test"
        )
    return kept


def taken(images, labels, rows):
    """Some rows of images and of labels, if there are any."""
    return images[rows], None if labels is None else labels[rows]


def from_npz(path):
    """Images (n, C, B, A) and labels by what the arrays of an .npz are called."""
    if not os.path.exists(path):
        raise ValueError(f"there is no {path}: give an .npz file, or a folder of PNGs")
    stored = read_npz(path)
    arrays = {name.lower(): array for name, array in stored.items()}
    named = parts_named(arrays)
    if ("all" in named) == ("train" in named):
        raise ValueError(
            f"{path} has arrays {', '.join(arrays) or 'none'}: it should have one called "
            "images, or one called train and perhaps valid and test"
        )
    parts = ["all"] if "all" in named else list(named)
    expect_all_used(path, stored, [name for part in parts for name in named[part]])
    found = {}
    for part in parts:
        what = f"images of {path}" if part == "all" else f"{part} images of {path}"
        found[part] = checked(*(arrays.get(name) for name in named[part]), what)
    return black_and_white(found)


def parts_named(arrays):
    """What the images and the labels of every part are called, where there are images."""
    named = {
        part: [next((name for name in names if name in arrays), None) for names in both]
        for part, both in NAMES.items()
    }
    return {part: both for part, both in named.items() if both[0]}


def expect_all_used(path, stored, used):
    """ValueError if an array of a file has another name than those in use, in small letters."""
    spelled = {name.lower(): name for name in stored}
    unused = sorted(stored.keys() - {spelled.get(name) for name in used})
    if unused:
        beside = ", ".join(name for name in used if name)
        raise ValueError(
            f"{path} has arrays {', '.join(unused)} that are not used beside {beside}: leave them "
            "out, or name them train, train_labels, valid, valid_labels, test and test_labels"
        )


def black_and_white(found):
    """The same parts, and 255 for 1 where 0 and 1 are black and white.

    That is, in booleans, and in bytes if no part has any larger: one dark part alone would
    not be so.
    """
    bytes_of = [images for images, _ in found.values() if images.dtype == np.uint8]
    brightest = max((images.max(initial=0) for images in bytes_of), default=0)
    wide = [bool, np.uint8] if brightest == 1 else [bool]
    return {
        part: (255 * images.astype(np.uint8) if images.dtype in wide else images, labels)
        for part, (images, labels) in found.items()
    }


def checked(images, labels, what):
    """Images as (n, C, B, A), booleans, bytes or floats in [0, 1], with as many labels."""
    images = channels_first(images, what)
    if labels is not None:
        labels = classes(one_each(labels, images, what), what)
    if images.dtype in (bool, np.uint8):
        return images, labels
    if images.dtype.kind != "f":
        raise ValueError(f"{what} are {images.dtype}: make them uint8 in 0..255 or float in 0..1")
    if not ((images >= 0) & (images <= 1)).all():  # false for NaN, too
        raise ValueError(
            f"{what} are floats from {images.min():.4g} to {images.max():.4g}: "
            "they should be in 0..1, such as bytes divided by 255"
        )
    return images.astype(np.float32), labels


def one_each(labels, images, what):
    """Labels of shape (n,) from (n,), (n, 1) or (1, n); ValueError if they are not one an image."""
    if labels.size != len(images) or (labels.ndim > 1 and labels.size not in labels.shape):
        shape = "" if labels.ndim == 1 else f", an array of shape {labels.shape}"
        raise ValueError(
            f"{len(images)} {what} stand beside {labels.size} labels{shape}: there should be one "
            "number an image, its class"
        )
    return labels.reshape(-1)


def channels_first(images, what):
    """(n, C, B, A) from (n, B, A), (n, B, A, C) or itself, with C either 1 or 3."""
    if images.ndim == 3:
        images = images[:, None]
    elif images.ndim == 4 and images.shape[1] not in (1, 3) and images.shape[3] in (1, 3):
        images = images.transpose(0, 3, 1, 2)
    if images.ndim != 4 or images.shape[1] not in (1, 3) or 0 in images.shape[2:]:
        raise ValueError(
            f"{what} have shape {images.shape}: it should be (n, height, width) for grey, or "
            "(n, height, width, 3) or (n, 3, height, width) for colour"
        )
    return images


def from_folder(folder):
    """The PNGs of a folder in the order of their names: images (n, C, B, A), no labels."""
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() == ".png")
    if not paths:
        raise ValueError(f"{folder} has no PNG files: give a folder that holds some, of one size")
    images = read_pngs(paths)
    if any(image.ndim == 3 for image in images):  # one in colour makes all so
        images = [i if i.ndim == 3 else np.repeat(i[:, :, None], 3, axis=2) for i in images]
    return {"all": (channels_first(np.stack(images), f"images of {folder}"), None)}


def read_pngs(paths):
    """All images as bytes; ValueError where their sizes differ, or they are too many."""
    images = []
    for path in paths:
        images.append(read_png(path))
        last, first = images[-1].shape[:2], images[0].shape[:2]
        if last != first:
            raise ValueError(
                f"{path} is {last[1]} x {last[0]} pixels and {paths[0].name} {first[1]} x "
                f"{first[0]}: bring all to one size"
            )
        check_size(3 * prod(first) * len(paths), f"the folder {path.parent}")
    return images


def read_png(path):
    """One image as bytes, (B, A) if it is grey and (B, A, 3) if it is in colour."""
    with picture(path) as image:
        see_through = image.has_transparency_data
        deep = image.mode not in ("1", "L", "P", "RGB", "LA", "PA", "RGBA")
        if image.mode == "P" and np.max(image) >= len(image.getpalette()) // 3:
            raise ValueError("a colour that its palette does not have")
        pixels = np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB"))
    if see_through or deep:
        fault = "has transparent pixels" if see_through else f"has pixels of mode {image.mode}"
        raise ValueError(f"{path} {fault}: save it as grey or RGB with 8 bits a channel")
    return pixels
