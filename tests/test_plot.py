"""Pictures: windows where the attention is, sequences in order, files that open."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from draw_np import attention, model, parameters
from draw_np.config import Config
from draw_np.pictures import plot, results


def centres(g, delta, N):
    """The filters' centres by the model's own function."""
    return attention.filter_centres(np.array([float(g)]), np.array([float(delta)]), N)[0]


@given(
    st.floats(-20, 40),
    st.floats(-20, 40),
    st.floats(0, 30),
    st.integers(1, 7),
    st.integers(1, 30),
    st.integers(1, 30),
)
@example(14.5, 14.5, 27.0, 2, 28, 28)
@example(1.0, 3.0, 1.0, 1, 1, 5)
def test_window_spans_the_outermost_filters_also_outside(g_X, g_Y, delta, N, A, B):
    """M21: x with the width, y with the height; cut only where nothing is seen of it."""
    left, top, right, bottom = plot.window(g_X, g_Y, delta, N, A, B)
    x, y = centres(g_X, delta, N), centres(g_Y, delta, N)
    assert left == pytest.approx(np.clip(x[0] - 0.5, 0.5 - A, 2 * A + 0.5))
    assert right == pytest.approx(np.clip(x[-1] + 0.5, 0.5 - A, 2 * A + 0.5))
    assert top == pytest.approx(np.clip(y[0] - 0.5, 0.5 - B, 2 * B + 0.5))
    assert bottom == pytest.approx(np.clip(y[-1] + 0.5, 0.5 - B, 2 * B + 0.5))


def test_the_default_grid_frames_the_longer_side_and_leaves_the_shorter():
    assert plot.window(14.5, 14.5, 27 / 4, 5, 28, 28) == (0.5, 0.5, 28.5, 28.5)
    assert plot.window(14.5, 10.5, 27 / 4, 5, 28, 20) == (0.5, -3.5, 28.5, 24.5)


@given(st.floats(1e-4, 1e4), st.floats(1e-4, 1e4))
def test_border_grows_with_sigma(a, b):
    """M21: a blurred window has the thicker border."""
    assert plot.border(max(a, b)) >= plot.border(min(a, b))
    if a > 0.09:
        assert plot.border(a) == pytest.approx(a**0.5)


@plot.style()
def test_frame_is_as_wide_as_asked_and_inside_the_box():
    """Painted at ten points a pixel, and the red points counted."""
    fig = plot.figure(2, 1)
    fig.set_layout_engine("none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 20), ylim=(10, 0))
    ax.axis("off")
    ax.add_patch(plot.window_patch((2, 3, 12, 9), 1.5, "red", shift=(4, 1)))
    fig.set_dpi(100)
    fig.canvas.draw()
    red = np.asarray(fig.canvas.buffer_rgba())[:, :, 1] < 128  # (100, 200), y downwards
    expected = np.zeros_like(red)
    expected[40:100, 60:160] = True
    expected[55:85, 75:145] = False
    assert np.mean(red != expected) < 0.01


@plot.style()
def test_a_window_that_leaves_its_image_is_cut_there_and_not_closed():
    """On the first of two images: a frame from 3 pixels left of it to its middle column."""
    fig = plot.figure(2.2, 1)
    fig.set_layout_engine("none")
    ax = fig.add_axes((0, 0, 1, 1))
    images, box = np.zeros((1, 2, 1, 10, 10)), (-2.5, 2.5, 5.5, 8.5)
    plot.show_mosaic(ax, images, [(0, 1, box, 1.0, "red")])
    fig.set_dpi(100)
    fig.canvas.draw()
    red = np.asarray(fig.canvas.buffer_rgba())[:, :, 0] > 150  # ten points a pixel
    assert not red[:, :119].any()  # nothing on the image before, nor in the gap
    assert red[25, 125] and red[75, 125] and not red[45:55, 120:155].any()  # open at the left
    assert red[50, 165] and not red[:, 172:].any()


def test_mosaic_puts_rows_columns_and_channels_where_they_belong():
    images = np.zeros((2, 3, 3, 4, 5))
    images[1, 2, 0, 3, 1] = 1.0  # row 1, column 2: red in its row 3, column 1
    sheet = plot.mosaic(images)
    assert sheet.shape == (2 * 6 - 2, 3 * 7 - 2, 3)
    assert sheet[6 + 3, 14 + 1].tolist() == [1, 0, 0]
    assert sheet[4, 0].tolist() == [0.5, 0.5, 0.5]  # the gap
    grey = plot.mosaic(np.full((1, 1, 1, 2, 2), 0.3))
    np.testing.assert_allclose(grey, 0.3)


def test_shown_steps_begin_and_end_with_the_first_and_last():
    assert plot.shown_steps(64, 11)[[0, -1]].tolist() == [1, 64]
    assert len(plot.shown_steps(64, 11)) == 11
    assert plot.shown_steps(3, 11).tolist() == [1, 2, 3]
    assert plot.shown_steps(1, 11).tolist() == [1]


def attention_of(T, M):
    """Distinct windows for every step and image."""
    at = np.arange(T * M, dtype=float).reshape(T, M)
    return attention.Attention(10 + at / 10, 12 + at / 20, 1 + at / 50, 1 + at, np.ones((T, M)))


def test_windows_belong_to_their_step_and_image():
    att = attention_of(4, 3)
    windows = plot.attention_windows(att, 5, 28, 28, plot.WRITE, [1, 4], [0, 2])
    assert [(r, k) for r, k, *_ in windows] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    _, _, box, width, _ = windows[3]  # image 2 at step 4
    assert box == plot.window(att.g_X[3, 2], att.g_Y[3, 2], att.delta[3, 2], 5, 28, 28)
    assert width == pytest.approx(att.sigma2[3, 2] ** 0.5)
    assert plot.attention_windows(None, None, 28, 28, plot.WRITE, [1], [0]) == []


@pytest.mark.parametrize(
    "config",
    [
        Config(A=9, B=7, C=3, T=4, H=3, Z=2, N_read=2, N_write=3),
        Config(A=8, B=8, T=1, H=3, Z=2, N_read=None, N_write=None),
    ],
)
def test_files_open_and_move(config, tmp_path):
    params = parameters.initialise(np.random.default_rng(0), config)
    rng = np.random.default_rng(1)
    paths = results.save_generated(params, config, tmp_path, rng, n=7, rows=2, moving=3)
    assert [p.name for p in paths] == ["samples.png", "drawing.png", "drawing.gif"]
    for path in paths:
        with Image.open(path) as image:
            image.load()
            assert min(image.size) > 80
            assert len(set(image.convert("L").resize((32, 32)).get_flattened_data())) > 2
    with Image.open(paths[2]) as gif:
        assert gif.n_frames == config.T + 1


def test_generated_images_do_not_depend_on_how_many_are_asked_for():
    config = Config(A=9, B=7, T=3, H=3, Z=2)
    params = parameters.initialise(np.random.default_rng(0), config)
    few, _ = results.generated(params, config, 2, np.random.default_rng(1))
    many, _ = results.generated(params, config, 6, np.random.default_rng(1))
    np.testing.assert_allclose(few, many[:, :2], rtol=1e-6)
    assert many.shape == (4, 6, 1, 7, 9)


def test_the_last_picture_is_the_last_canvas():
    """M19: not the canvas of the step before."""
    config = Config(A=9, B=7, T=3, H=3, Z=2)
    params = parameters.initialise(np.random.default_rng(0), config)
    means, _ = results.generated(params, config, 2, np.random.default_rng(1))
    z = np.random.default_rng(1).standard_normal((2, 3, 2), dtype=np.float32).swapaxes(0, 1)
    c_T = model.generate(params, z, config).c[-1]
    np.testing.assert_allclose(means[-1], 1 / (1 + np.exp(-c_T)), rtol=1e-5)


def test_curves_take_a_log_of_any_length(tmp_path):
    for n in (1, 2, 300):
        log = {name: np.linspace(200, 80, n) for name in ("bound", "L_x", "L_z")}
        log |= {"step": np.arange(1, n + 1), "kl": np.ones((n, 3))}
        log |= {"valid_step": np.array([n]), "valid_bound": np.array([90.0])}
        path = plot.save(plot.curves(log, "title"), tmp_path / f"{n}.png")
        with Image.open(path) as image:
            assert image.size[0] > 600
