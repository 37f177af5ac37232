"""What pictures show of the numbers: which window on which image, which line of which column."""

import all_pictures
import numpy as np
import pytest
from PIL import Image

from draw_np import model, parameters
from draw_np.attention import Attention
from draw_np.config import Config
from draw_np.pictures import layouts, plot, results

A, B = 9, 10


@pytest.fixture
def mosaics(monkeypatch):
    """The images, windows and labels of every mosaic that is drawn."""
    caught, draw = [], plot.show_mosaic

    def noted(ax, images, windows=(), labels=()):
        caught.append((np.array(images), list(windows), list(labels)))
        draw(ax, images, windows, labels)

    monkeypatch.setattr(plot, "show_mosaic", noted)
    return caught


def grids(T, M):
    """Grids that are all at other places, so that no two can be exchanged unnoticed."""
    places = np.arange(T * M, dtype=float).reshape(T, M)
    return Attention(
        2 + places / (T * M) * 5,
        8 - places / (T * M) * 5,
        1 + places / 100,
        0.5 + places / 50,
        np.ones((T, M)),
    )


def box(att, at, N):
    return plot.window(att.g_X[at], att.g_Y[at], att.delta[at], N, A, B), plot.border(
        att.sigma2[at]
    )


def test_a_frame_of_the_animation_has_each_window_on_its_own_image(mosaics):
    images, att = np.random.default_rng(0).random((5, 1, B, A)), grids(4, 5)
    plot.frame(images, att, 3, "", 2, columns=3)
    ((shown, windows, _),) = mosaics
    assert shown.shape == (2, 3, 1, B, A)
    for m in range(5):
        assert np.array_equal(shown[m // 3, m % 3], images[m])
    assert (shown[1, 2] == 0.5).all()  # nothing is there
    assert windows == [(m // 3, m % 3, *box(att, (1, m), 3), plot.WRITE) for m in range(5)]


def test_the_animation_goes_from_nothing_to_the_last_canvas(tmp_path, mosaics):
    canvases, att = np.random.default_rng(0).random((4, 2, 1, B, A)), grids(3, 2)
    plot.animation(tmp_path / "a.gif", canvases, att, 3, "Drawing", seconds=0.3)
    assert [len(windows) for _, windows, _ in mosaics] == [0, 2, 2, 2]
    for t, (shown, windows, _) in enumerate(mosaics):
        assert np.array_equal(shown[0], canvases[t])
        assert windows == [(0, m, *box(att, (t - 1, m), 3), plot.WRITE) for m in range(2) if t]
    with Image.open(tmp_path / "a.gif") as gif:
        times = []
        for k in range(gif.n_frames):
            gif.seek(k)
            times.append(gif.info["duration"])
    assert times == [100, 100, 100, 1500] and gif.info["loop"] == 0


def test_a_drawing_has_a_row_an_image_and_a_column_a_step(mosaics):
    canvases, att = np.random.default_rng(0).random((5, 3, 1, B, A)), grids(4, 3)
    plot.drawing(canvases, att, 3, "", rows=2, columns=3)
    ((shown, windows, labels),) = mosaics
    assert labels == ["t = 1", "t = 2", "t = 4"] and shown.shape[:2] == (2, 3)
    for m in range(2):
        for k, t in enumerate((1, 2, 4)):
            assert np.array_equal(shown[m, k], canvases[t, m])
            assert (m, k, *box(att, (t - 1, m), 3), plot.WRITE) in windows
    assert len(windows) == 6


def test_a_grid_is_read_like_text(mosaics):
    images = np.random.default_rng(0).random((12, 1, B, A))
    plot.grid(images, "")
    ((shown, _, _),) = mosaics
    assert shown.shape[:2] == (2, 10)
    assert np.array_equal(shown.reshape(20, 1, B, A)[:12], images)


def test_the_hidden_half_is_the_hidden_one(mosaics):
    rng = np.random.default_rng(0)
    x, rounds, known = (
        rng.random((2, 1, B, A)),
        rng.random((6, 2, 1, B, A)),
        np.zeros((1, B, A), bool),
    )
    known[:, :, :3] = True
    layouts.completion(x, known[None], rounds, "", shown=(1, 5, 20))
    ((shown, _, labels),) = mosaics
    assert labels == ["image", "known", "round 1", "round 5"]
    assert np.array_equal(shown[:, 0], x)
    assert np.array_equal(shown[:, 1, :, :, :3], x[..., :3])
    assert (shown[:, 1, :, :, 3:] == 0.5).all()
    assert np.array_equal(shown[:, 2], rounds[1]) and np.array_equal(shown[:, 3], rounds[5])


def test_each_row_has_its_own_neighbour(mosaics):
    rng = np.random.default_rng(0)
    images, neighbours = rng.random((3, 4, 1, 9, 9)), rng.random((3, 1, 9, 9))
    layouts.with_neighbours(images, neighbours, "")
    (left, _, labels), (right, _, said) = mosaics
    assert np.array_equal(left, images) and labels == ["", "", "", "generated"]
    assert np.array_equal(right, neighbours[:, None]) and said == ["nearest in training"]


def test_ends_of_a_way_are_framed_and_shares_named(mosaics):
    images = np.random.default_rng(0).random((2, 5, 1, 9, 9))
    layouts.interpolation(images, "")
    ((shown, windows, labels),) = mosaics
    assert np.array_equal(shown, images) and labels == ["0%", "25%", "50%", "75%", "100%"]
    assert [(r, k) for r, k, *_ in windows] == [(0, 0), (0, 4), (1, 0), (1, 4)]


# ---------------------------------------------------------------- curves

LOG = all_pictures.log(np.random.default_rng(0), 200, 3)


def line(ax, label):
    (found,) = (v for v in ax.lines if v.get_label() == label)
    return found.get_xydata()


def test_curves_show_the_column_that_they_name():
    left, right = plot.curves(LOG, "").axes[:2]
    for label, name in (
        ("bound", "bound"),
        ("$L^x$ reconstruction", "L_x"),
        ("$L^z$ latents", "L_z"),
    ):
        assert np.array_equal(line(left, label), np.transpose([LOG["step"], LOG[name]]))
    valid = line(left, "bound, validation")
    assert np.array_equal(valid, np.transpose([LOG["valid_step"], LOG["valid_bound"]]))
    (heat,) = right.images
    assert heat.origin == "lower" and np.array_equal(heat.get_array(), LOG["kl"].T)
    assert heat.get_extent() == [0.5, 200.5, 0.5, 3.5]  # step 1 at the left, t = 1 at the bottom


def test_the_heat_map_has_its_first_step_at_the_bottom():
    """Painted: the second of two drawing steps spends all, so that the upper half is bright."""
    with plot.style():
        fig = plot.figure(4, 3)
        ax = fig.subplots()
        plot.kl_over_training(ax, {"kl": np.array([[0.0, 1.0]] * 4), "step": np.arange(1, 5)}, fig)
        fig.canvas.draw()
        x, y = ax.transData.transform((2.5, 2))
        low = ax.transData.transform((2.5, 1))[1]
    pixels = np.asarray(fig.canvas.buffer_rgba())
    height = len(pixels)
    bright, dark = (int(pixels[round(height - v), round(x), 0]) for v in (y, low))
    assert bright > 200 > 50 > dark and y > low


def test_costs_of_training_and_validation_are_not_exchanged():
    log = LOG | {"valid_bound": np.array([70.0, 60.0])}
    (ax,) = layouts.cost(log, "").axes
    assert np.array_equal(line(ax, "validation"), [[20, 70], [40, 60]])
    smooth = line(ax, "training, running mean")
    assert smooth[0] == pytest.approx([2.5, LOG["bound"][:4].mean()])  # a fiftieth is four
    assert np.array_equal(ax.lines[0].get_ydata(), LOG["bound"])


def test_learning_shows_nats_left_and_percent_right():
    left, right = layouts.learning(LOG, "").axes
    assert np.array_equal(left.lines[0].get_ydata(), LOG["cross_entropy"])
    assert np.array_equal(right.lines[0].get_ydata(), 100 * LOG["error"])
    assert np.array_equal(line(left, "validation"), [[20, 54], [40, 53]])
    assert len(right.lines) == 2


def test_bars_show_what_each_step_spends_in_the_end():
    _, right, _ = layouts.kl_of_steps(LOG, "").axes
    spent = LOG["kl"][-10:].mean(axis=0)
    assert [bar.get_width() for bar in right.patches] == pytest.approx(spent)
    assert [bar.get_y() + bar.get_height() / 2 for bar in right.patches] == [1, 2, 3]
    assert f"{spent.sum():.1f} nats" in right.get_title(loc="left")


def test_trajectories_show_sigma_and_not_its_square():
    reading, writing = grids(4, 3), grids(4, 3)._replace(sigma2=np.full((4, 3), 9.0))
    axes = layouts.trajectories(reading, writing, "").axes
    assert np.array_equal(axes[3].lines[-1].get_ydata(), np.full(4, 3.0))
    assert np.array_equal(axes[0].lines[0].get_ydata(), reading.g_X[:, 0])
    assert np.array_equal(axes[1].lines[1].get_ydata(), reading.g_Y[:, 1])
    assert axes[4].get_yscale() == "log" and axes[3].get_yscale() == "linear"


# ---------------------------------------------------------------- a network's own


def test_generated_images_are_the_first_of_the_generator():
    config = Config(A=5, B=4, T=3, H=4, Z=2, N_read=2, N_write=2)
    params = parameters.initialise(np.random.default_rng(0), config)
    few, many = (results.generated(params, config, n, np.random.default_rng(6)) for n in (2, 5))
    np.testing.assert_allclose(few[0], many[0][:, :2], atol=1e-6)
    z = np.random.default_rng(6).standard_normal((5, 3, 2), dtype=np.float32).swapaxes(0, 1)
    c = model.generate(params, z, config).c
    np.testing.assert_allclose(many[0], 1 / (1 + np.exp(-c)), atol=1e-6)
    assert many[1].g_X.shape == (3, 5)


def test_saved_pictures_show_so_many_images(tmp_path, mosaics):
    config = Config(A=5, B=4, T=3, H=4, Z=2, N_read=2, N_write=2)
    params = parameters.initialise(np.random.default_rng(0), config)
    written = results.save_generated(params, config, tmp_path, np.random.default_rng(1), 12, 4, 3)
    assert [p.name for p in written] == ["samples.png", "drawing.png", "drawing.gif"]
    sizes = [shown.shape[:2] for shown, _, _ in mosaics]
    assert sizes == [(2, 10), (4, 3)] + [(1, 3)] * 4
    assert np.array_equal(mosaics[0][0][0, 3], mosaics[1][0][3, -1])  # the same image in both
    assert np.array_equal(mosaics[1][0][2, -1], mosaics[-1][0][0, 2])
