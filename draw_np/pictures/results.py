"""The pictures of a network and of a run: from parameters to files."""

from pathlib import Path

from draw_np import model
from draw_np.machine import backend
from draw_np.networks.network import latents
from draw_np.pictures import plot


def generated(params, config, n, rng):
    """n new images being drawn, the first n of the generator ``rng``, unselected.

    Image m is made of latents that depend on m and not on n, so that asking for more
    images keeps those one has.

    Returns
    -------
    array, shape (T + 1, n, C, B, A)
        Means sigmoid(c_0) .. sigmoid(c_T).
    Attention or None
        Of the write, fields of shape (T, n).
    """
    z = backend.alongside(params, latents(n, config, rng))
    drawing = backend.to_host(model.generate(params, z, config))
    return drawing.means, drawing.writing


def save_generated(params, config, folder, rng, n=100, rows=10, moving=10):
    """``samples.png``, ``drawing.png`` and ``drawing.gif`` in ``folder``.

    Parameters
    ----------
    params : dict of arrays
    config : Config
    folder : path
    rng : numpy.random.Generator
    n, rows, moving : int
        Images in the grid, in the sequence and in the animation.

    Returns
    -------
    list of Path
    """
    means, writing = generated(params, config, max(n, rows, moving), rng)
    N, folder = config.N_write, Path(folder)
    window = "" if N is None else ", with the window that was written to"
    title = f"{config.T} steps from noise to image{window}"
    return [
        plot.save(
            plot.grid(means[-1, :n], f"{n} generated images (means, unselected)"),
            folder / "samples.png",
        ),
        plot.save(plot.drawing(means, writing, N, title, rows), folder / "drawing.png"),
        plot.animation(folder / "drawing.gif", means[:, :moving], writing, N, "Drawing"),
    ]


def save_curves(log, folder, title):
    """``curves.png`` in ``folder`` from ``training.logbook.read``; returns the path."""
    return plot.save(plot.curves(log, title), Path(folder) / "curves.png")
