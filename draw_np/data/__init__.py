"""The data sets, by name."""

from draw_np.data import digits

LOADERS = {"digits": digits.load}


def load(name, binarise="fresh"):
    """The data set called ``name``.

    Parameters
    ----------
    name : str
        One of ``LOADERS``.
    binarise : str
        One of ``dataset.BINARISATIONS``.

    Returns
    -------
    dataset.Dataset

    Raises
    ------
    ValueError
        If there is no such data set or binarisation.
    """
    if name not in LOADERS:
        raise ValueError(f"there is no data set {name!r}: choose one of {', '.join(LOADERS)}")
    return LOADERS[name](binarise)
