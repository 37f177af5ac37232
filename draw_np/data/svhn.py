"""Street View House Numbers, whole numbers (Netzer et al. 2011; section 4.4 of the paper).

Prepared as in Goodfellow et al. 2013 ("Multi-digit Number Recognition from Street View
Imagery using Deep Convolutional Neural Networks"): the box round all digits of a number,
30 % wider and higher, is cut out and brought to 64 x 64. Training sees 54 x 54 pixels of
that at random places, validation and test those in the middle. Their contrast
normalisation is left out: DRAW needs intensities in [0, 1].
"""

import hashlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image
from tqdm import tqdm

from draw_np.data.dataset import (
    BINARISATIONS,
    Dataset,
    bernoulli,
    check_binarisation,
    intensities,
)
from draw_np.data.download import Remote, cache, fetch
from draw_np.data.files import (
    LARGEST_PICTURE,
    check_size,
    find,
    largest,
    need,
    optional,
    picture,
    reading,
    tar_members,
)

PREPARED, CROP = 64, 54  # width and height before and after cropping
WIDER = 0.3
N_ALL, N_VALID = 235_754, 4_701  # training and validation images of the paper together
SPLIT_SEED = 7
BOXES = "digitStruct.mat"
MOST, MOST_DIGITS = 1_000_000, 100  # images that it may name, and digits of one
LONGEST_NAME = 100
MIRROR = "http://ufldl.stanford.edu/housenumbers/"

# SHA-256: docTR (mindee/doctr), doctr/datasets/svhn.py. For extra.tar.gz, 202,353 more
# images that the paper trains on, no published hash was found: it is not downloaded.
ARCHIVES = {
    "train": Remote(
        "train.tar.gz",
        "4b17bb33b6cd8f963493168f80143da956f28ec406cc12f8e5745a9f91a51898",
        (MIRROR + "train.tar.gz",),
    ),
    "test": Remote(
        "test.tar.gz",
        "57ac9ceb530e4aa85b55d991be8fc49c695b3d71c6f6a88afea86549efde7fb5",
        (MIRROR + "test.tar.gz",),
    ),
}


@dataclass(frozen=True)
class Crops:
    """A split of square crops of larger images.

    Parameters
    ----------
    images : array of uint8, shape (n_all, C, B, A)
        May lie on disk.
    rows : array of int, shape (n,)
        Which of them belong to the split.
    anywhere : bool
        Whether crops are at random places; otherwise in the middle.
    fresh : bool
        Whether every batch is binarised anew.
    size : int
        Width and height of a crop.
    """

    images: np.ndarray
    rows: np.ndarray
    anywhere: bool
    fresh: bool = False
    size: int = CROP
    labels = None

    def __len__(self):
        return len(self.rows)

    def batch(self, indices, rng):
        """Crops of images ``indices``, float32 of shape (M, C, size, size)."""
        windows = sliding_window_view(self.images[self.rows[indices]], (self.size,) * 2, (2, 3))
        M, _, rows, columns = windows.shape[:4]
        y, x = np.full(M, rows // 2), np.full(M, columns // 2)
        if self.anywhere:
            y, x = rng.integers(rows, size=M), rng.integers(columns, size=M)
        crops = intensities(windows[np.arange(M), :, y, x])
        return bernoulli(crops, rng) if self.fresh else crops

    def mean(self):
        """The expectation of a crop, (C, size, size), over images and places."""
        blocks = np.array_split(self.rows, -(-len(self) // 1000))
        total = sum(self.images[block].sum(0, dtype=np.float64) for block in blocks)
        windows = sliding_window_view(total / len(self) / 255, (self.size,) * 2, (1, 2))
        rows, columns = windows.shape[1:3]
        return windows.mean((1, 2)) if self.anywhere else windows[:, rows // 2, columns // 2]


def read_boxes(raw, source):
    """The box round each number, from the bytes of its HDF5 file.

    Parameters
    ----------
    raw : bytes
        Of ``digitStruct.mat``: for each image a name, and for each digit in it ``left``,
        ``top``, ``width`` and ``height`` in pixels counted from 1.
    source : path
        For messages.

    Returns
    -------
    dict
        By file name (left, top, right, bottom), edges counted from 0.

    Raises
    ------
    ValueError
        If h5py is missing, or the file is damaged or holds something else.
    """
    h5py = optional("h5py", BOXES)
    try:
        with h5py.File(io.BytesIO(raw), "r") as file:
            entries = part(file, "digitStruct")
            names, boxes = (values(part(entries, n), MOST)[:, 0] for n in ("name", "bbox"))
            both = tqdm(zip(names, boxes, strict=True), "boxes", len(names), leave=False)
            found = {file_name(file[name]): around(file, file[box]) for name, box in both}
    except Exception as error:  # damaged bytes lead this reader to errors of any type
        raise ValueError(
            f"{BOXES} in {source} is damaged or not the original HDF5 file: get it again"
        ) from error
    if not found:
        raise ValueError(f"{BOXES} in {source} names no images: get it again")
    return found


def part(group, name):
    """What ``group`` holds under ``name``, in this file: an HDF5 file can refer to others."""
    if type(group.get(name, getlink=True)).__name__ != "HardLink":
        raise ValueError(f"{name} is not in the file")
    return group[name]


def values(stored, most):
    """The values of an HDF5 data set that lie in its own file, an array; never above ``most``."""
    if stored.size > most or stored.external or stored.is_virtual:
        raise ValueError("no data set of this file")
    return stored[:]


def file_name(stored):
    """What an image is called: the name of a file beside the boxes, and no path."""
    name = bytes(values(stored, LONGEST_NAME).astype(np.uint8)).decode("ascii")
    if not name.isprintable() or set(name) & set("/\\:") or not name.strip("."):
        raise ValueError("no file name")
    return name


def around(file, box):
    """(left, top, right, bottom) of the smallest box round the digits of one number."""
    left, top, width, height = (
        numbers(file, part(box, side)) for side in ("left", "top", "width", "height")
    )
    edges = (
        float(left.min()) - 1,
        float(top.min()) - 1,
        float((left + width).max()) - 1,
        float((top + height).max()) - 1,
    )
    if not np.isfinite(edges).all():
        raise ValueError("no box")
    return edges


def numbers(file, stored):
    """The values of one side: MATLAB stores one as itself and several as references."""
    found = values(stored, MOST_DIGITS)
    if found.dtype.kind == "O":
        return np.array([values(file[reference], 1)[0, 0] for reference in found[:, 0]], float)
    return found[:, 0].astype(float)


def widened(box, width, height):
    """A box ``WIDER`` about its centre, cut off at the edges of the image."""
    left, top, right, bottom = box
    more_x, more_y = WIDER * (right - left) / 2, WIDER * (bottom - top) / 2
    return (
        max(left - more_x, 0),
        max(top - more_y, 0),
        min(right + more_x, width),
        min(bottom + more_y, height),
    )


def cut_out(raw, box, name):
    """The number in ``box`` out of the bytes of an image: uint8, (3, 64, 64)."""
    with picture(name, raw) as image:
        image = image.convert("RGB")
    box = widened(box, *image.size)
    if box[2] <= box[0] or box[3] <= box[1]:
        raise ValueError(
            f"the box of {name} in {BOXES} lies outside the image: get both files from one place"
        )
    small = image.resize((PREPARED, PREPARED), Image.Resampling.BILINEAR, box)
    return np.asarray(small).transpose(2, 0, 1)


def members(source, wanted, most=4 * LARGEST_PICTURE):
    """Names and bytes of the files in ``wanted`` that a folder, or a .tar.gz of one, has.

    None may have more than ``most`` bytes.
    """
    if not os.path.isdir(source):
        yield from tar_members(source, wanted, most, "the archive of SVHN's full numbers")
        return
    for path in (path for name in wanted if os.path.lexists(path := Path(source, name))):
        with reading(path, "a file of SVHN's full numbers") as file:
            check_size(os.fstat(file.fileno()).st_size, path, most)
            raw = file.read()
        yield path.name, raw


def boxes_of(source):
    """By image name, the box round its number, from the ``digitStruct.mat`` of a source."""
    for _, raw in members(source, (BOXES,), largest()):
        return read_boxes(raw, source)
    raise ValueError(f"{BOXES} not found in {source}: get the whole of SVHN's full numbers")


def fingerprint(sources):
    """A name for what was prepared from ``sources``: another one when they change."""
    files = [source / BOXES if os.path.isdir(source) else source for source in sources]
    facts = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def prepared(sources):
    """All numbers of some sources, uint8 of shape (n, 3, 64, 64), on disk in the cache.

    The first time takes minutes.

    Parameters
    ----------
    sources : list of Path
        Folders with PNGs and ``digitStruct.mat``, or .tar.gz files of such.

    Raises
    ------
    ValueError
        If something is missing or damaged, or the cache cannot be written.
    """
    for source in filter(os.path.isdir, sources):
        need(source, (BOXES,), "SVHN's boxes")
    path = cache() / "svhn" / f"numbers-{PREPARED}-{fingerprint(sources)}.npy"
    if not is_whole(path):
        boxes = [boxes_of(source) for source in sources]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                write(Path(folder, path.name), sources, boxes)
                os.replace(Path(folder, path.name), path)
        except OSError as error:
            raise ValueError(
                f"cannot keep prepared images in {path.parent} ({error.strerror}): set "
                "DRAW_NP_DATA to a folder that can be written and has room"
            ) from error
    return np.lib.format.open_memmap(path, "r")


def is_whole(path):
    """Whether prepared images are there, and not damaged so that it can be seen."""
    try:
        images = np.lib.format.open_memmap(path, "r") if path.is_file() else None
        whole = images.offset + images.nbytes == path.stat().st_size
        return whole and images.dtype == np.uint8 and images.shape[1:] == (3, PREPARED, PREPARED)
    except Exception:  # damaged bytes lead to errors of any type
        return False


def write(path, sources, boxes):
    """Prepare the images of all sources, in the order of their boxes, into one file."""
    shape = (sum(map(len, boxes)), 3, PREPARED, PREPARED)
    images = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
    first = 0
    for source, box in zip(sources, boxes, strict=True):
        row = {name: first + k for k, name in enumerate(box)}
        missing = set(box)
        for name, raw in tqdm(members(source, box), source.name, len(box), leave=False):
            images[row[name]] = cut_out(raw, box[name], f"{name} in {source}")
            missing.discard(name)
        if missing:
            raise ValueError(
                f"{min(missing)} is named in {BOXES} and not found in {source}, nor are "
                f"{len(missing) - 1} others: get the whole of SVHN's full numbers"
            )
        first += len(box)
    images.flush()


def source(part, data_dir):
    """Where a part is: a folder, or its archive, in ``data_dir``; or the download."""
    if data_dir is None:
        return fetch(ARCHIVES[part], "svhn")
    return need(data_dir, (part, f"{part}.tar.gz"), "SVHN's full numbers")


def load(binarise="none", data_dir=None):
    """The data set "svhn": whole house numbers, 54 x 54 crops of 64 x 64.

    With "extra", 231,053 or so training and 4,701 validation images, as in the paper;
    without, as many for validation in proportion. Which ones the paper took is not
    known: here they are drawn by a fixed seed.

    Parameters
    ----------
    binarise : str
        "none" or "fresh"; see ``dataset.BINARISATIONS``.
    data_dir : path, optional
        A folder with ``train``, ``test`` and, if wanted, ``extra``, each as a folder of
        PNGs with ``digitStruct.mat`` or as a .tar.gz. Without it the first two are
        downloaded.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If something is missing or damaged, or h5py is missing.
    """
    check_binarisation(binarise, ("none", "fresh"))
    sources = [source("train", data_dir)]
    extra = find(data_dir, ("extra", "extra.tar.gz")) if data_dir is not None else None
    images = prepared([*sources, extra] if extra else sources)
    rows = np.random.default_rng(SPLIT_SEED).permutation(len(images))
    n_valid = max(1, round(len(rows) * N_VALID / N_ALL))
    test = prepared([source("test", data_dir)])
    fresh = binarise == "fresh"
    variant = (
        f"SVHN, full numbers {'with' if extra else 'without'} the extra part, {CROP} x {CROP} "
        f"of {PREPARED} x {PREPARED}, random crops for training, {BINARISATIONS[binarise]}"
    )
    return Dataset(
        "svhn",
        variant,
        Crops(images, np.sort(rows[n_valid:]), True, fresh),
        Crops(images, np.sort(rows[:n_valid]), False, fresh),
        Crops(test, np.arange(len(test)), False, fresh),
    )
