"""The data sets, by name."""

import os
from functools import partial

from draw_np.data import (
    binarized_mnist,
    cifar10,
    cluttered,
    colour,
    digits,
    mnist,
    own_images,
    svhn,
    svhn_cropped,
    two_digits,
)
from draw_np.data.dataset import check_binarisation

EMBEDDED = {  # made of the digits in the package: no files, no network
    "digits": digits.load,
    "two-digits-small": two_digits.load_small,
    "cluttered-small": cluttered.load_small,
    "colour-small": colour.load_small,
}
FROM_FILES = {  # downloaded once, or read from a folder
    "mnist": mnist.load,
    "two-digits": two_digits.load,
    "cluttered": cluttered.load,
    "cluttered-60": partial(cluttered.load, name="cluttered-60"),
    "cifar10": cifar10.load,
    "svhn": svhn.load,
    "svhn-cropped": svhn_cropped.load,
}
BINARY = {"binarized-mnist": binarized_mnist.load}  # nothing left to binarise
LOADERS = EMBEDDED | FROM_FILES | BINARY


def load(name, binarise=None, data_dir=None):
    """The data set called ``name``.

    Parameters
    ----------
    name : str or path
        One of ``LOADERS``; or an .npz file or a folder of PNGs, as ``own_images.load`` has it.
    binarise : str, optional
        One of ``dataset.BINARISATIONS``; by default what suits the set: "fresh" for grey
        digits and drawings, "none" for colour and for cluttered digits. It changes
        nothing for "binarized-mnist", whose pixels are 0 and 1 as they come.
    data_dir : path, optional
        A folder with the set's original files, in place of a download.

    Returns
    -------
    dataset.Dataset

    Raises
    ------
    ValueError
        If there is no such data set or binarisation, or its files are missing or damaged.
    """
    try:
        return loaded(name, binarise, data_dir)
    except MemoryError as error:
        raise ValueError(
            f"there is too little memory for the images of {name}: use fewer or smaller ones"
        ) from error
    except OSError as error:
        where = error.filename or f"the files of {name}"
        raise ValueError(f"cannot read {where}: {error.strerror or error}") from error


def loaded(name, binarise, data_dir):
    """As ``load``, but the system's own errors go on."""
    if binarise is not None:
        check_binarisation(binarise)
    if data_dir is not None and not os.path.isdir(data_dir):
        raise ValueError(f"there is no folder {data_dir}: name one with the files of {name}")
    if data_dir is not None and name not in FROM_FILES and name not in BINARY:
        raise ValueError(f"the data set {name} reads no folder: leave --data-dir out")
    chosen = {} if binarise is None else {"binarise": binarise}
    if name in BINARY:
        return BINARY[name](data_dir)
    if name in FROM_FILES:
        return FROM_FILES[name](**chosen, data_dir=data_dir)
    if name in EMBEDDED:
        return EMBEDDED[name](**chosen)
    if own_images.is_own(name):
        return own_images.load(name, binarise)
    raise ValueError(
        f"there is no data set {str(name)!r}: choose one of {', '.join(LOADERS)}, "
        "or give an .npz file or a folder of PNGs"
    )
