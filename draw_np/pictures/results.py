"""The pictures of a network and of a run: from parameters to files."""

from pathlib import Path

from draw_np import model, pyramid
from draw_np.machine import backend
from draw_np.networks.network import in_turn, latents
from draw_np.pictures import layouts, plot

COLUMNS = 10  # digits of a number side by side, before the next row begins


def generated(params, config, n, rng, labels=None):
    """n new images being drawn, the first n of the generator ``rng``, unselected.

    Image m is made of latents that depend on m and not on n, so that asking for more
    images keeps those one has. A network with classes draws what ``labels``, (n,), ask for;
    without, its classes in turn.

    Returns
    -------
    array, shape (T + 1, n, C, B, A)
        Means sigmoid(c_0) .. sigmoid(c_T).
    Attention or None
        Of the write, fields of shape (T, n).
    """
    given = latents(n, config, rng), in_turn(n, config) if labels is None else labels
    z, labels = backend.alongside(params, given)
    drawing = backend.to_host(model.generate(params, z, config, labels))
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


def save_written(params, config, folder, rng, labels):
    """The classes that were asked for, side by side, as they are drawn.

    Parameters
    ----------
    params : dict of arrays
    config : Config
        With classes.
    folder : path
        ``written.png``, ``drawing.png`` and ``drawing.gif`` go there.
    rng : numpy.random.Generator
    labels : array of int, shape (n,)

    Returns
    -------
    list of Path
    """
    means, writing = generated(params, config, len(labels), rng, labels)
    N, folder, number = config.N_write, Path(folder), "".join(map(str, labels))
    columns = min(len(labels), COLUMNS)
    title = f"{number}, in {config.T} steps from noise to image"
    return [
        plot.save(plot.grid(means[-1], f"{number} was asked for", columns), folder / "written.png"),
        plot.save(plot.drawing(means, writing, N, title, len(labels)), folder / "drawing.png"),
        plot.animation(folder / "drawing.gif", means, writing, N, number, columns),
    ]


def save_pyramid(params, config, folder, rng, n=100, rows=10):
    """``samples.png`` and ``pyramid.png`` in ``folder``: new images, and how some came about.

    Parameters
    ----------
    params : dict of arrays
    config : PyramidConfig
    folder : path
    rng : numpy.random.Generator
    n, rows : int
        Images in the grid, and from coarse to fine.

    Returns
    -------
    list of Path
    """
    z, folder = backend.alongside(params, latents(max(n, rows), config, rng)), Path(folder)
    drawn = backend.to_host(pyramid.generate(params, z, config))
    coarse, details = ([p[:rows] for p in pictures] for pictures in drawn)
    figures = {
        "samples.png": plot.grid(drawn.means[-1][:n], f"{n} generated images (unselected)"),
        "pyramid.png": layouts.from_coarse(coarse, details, "From coarse to fine"),
    }
    return [plot.save(figure, folder / name) for name, figure in figures.items()]


def save_curves(log, folder, title):
    """``curves.png`` in ``folder`` from ``training.logbook.read``; returns the path."""
    return plot.save(plot.curves(log, title), Path(folder) / "curves.png")
