"""Every kind of picture that the package makes, of made-up numbers, into a folder.

python tests/all_pictures.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np


def attentions(rng, T, M):
    from draw_np.attention import Attention

    g = rng.uniform(2, 9, size=(2, T, M))
    return Attention(*g, *rng.uniform(0.5, 2, size=(3, T, M)))


def log(rng, n=60, T=4):
    kl = rng.random((n, T))
    return {
        "step": np.arange(1, n + 1),
        "kl": kl,
        "L_z": kl.sum(axis=1),
        "L_x": 50 + rng.random(n),
        "bound": 50 + kl.sum(axis=1),
        "valid_step": np.array([20, 40]),
        "error": rng.random(n),
        "valid_bound": np.array([54.0, 53.0]),
        "cross_entropy": 2 + rng.random(n),
    }


def figures(rng):
    """By name, a figure of each kind."""
    from draw_np.attention import Attention
    from draw_np.pictures import diagram, layouts, plot

    T, M = 4, 3
    canvases, att = rng.random((T + 1, M, 1, 10, 9)), attentions(rng, T, M)
    images, one = rng.random((M, 1, 10, 9)), Attention(*(v[0, :1] for v in att))
    known = np.arange(9)[None, None, None] < 5
    return {
        "grid": plot.grid(images, "A grid", 2),
        "drawing": plot.drawing(canvases, att, 3, "A drawing"),
        "curves": plot.curves(log(rng), "Curves"),
        "figure_2": diagram.figure_2("Figure 2"),
        "figure_3": layouts.filter_grid(images[0], [("near", one)], "Figure 3"),
        "figure_4": layouts.zooming(rng.random((3, 10, 9)), one, 3, "Figure 4"),
        "figure_5": layouts.glimpses(images, att, 3, "Figure 5", ["a 3\nnamed 8"] * M),
        "figure_6": layouts.with_neighbours(rng.random((2, 3, 1, 9, 9)), images[:2, :, :9], "6"),
        "figure_11": layouts.cost(log(rng), "Figure 11"),
        "learning": layouts.learning(log(rng), "Learning"),
        "trajectories": layouts.trajectories(att, att, "Trajectories"),
        "windows": layouts.both_windows(images, canvases, att, att, 2, 3, "Both windows"),
        "kl": layouts.kl_of_steps(log(rng), "KL"),
        "interpolation": layouts.interpolation(rng.random((2, 5, 1, 9, 9)), "Interpolation"),
        "completion": layouts.completion(images, known, rng.random((4, M, 1, 10, 9)), "Completion"),
    }


def draw(folder):
    """Write all of them, as files, as in a notebook and as an animation."""
    from draw_np.book import notebook
    from draw_np.pictures import plot

    rng = np.random.default_rng(0)
    for name, fig in figures(rng).items():
        plot.save(fig, folder / f"{name}.png")
        (folder / f"{name}-notebook.png").write_bytes(notebook.png(fig))
    canvases = rng.random((5, 3, 1, 10, 9))
    plot.animation(folder / "moving.gif", canvases, attentions(rng, 4, 3), 3, "Moving")


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
