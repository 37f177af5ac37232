"""The figures: each shows what its network did, and refuses in one sentence what it cannot."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.patches import PathPatch
from PIL import Image

from draw_np import cli, data, figures, glimpse, model, networks
from draw_np.config import Config
from draw_np.glimpse import GlimpseConfig
from draw_np.nn import sigmoid
from draw_np.pictures import layouts, plot
from draw_np.training import checkpoint, logbook, loop
from draw_np.training.presets import Recipe

RUNS = {
    "grey": (Config(T=3, H=6, Z=2, N_read=2, N_write=3), "digits"),
    "plain": (Config(T=3, H=6, Z=2, N_read=None, N_write=None), "digits"),
    "one-step": (Config(T=1, H=6, Z=2, N_read=None, N_write=None), "digits"),
    "two": (Config(A=30, B=30, T=2, H=6, Z=2, N_read=2, N_write=2), "two-digits-small"),
    "colour": (Config(C=3, T=2, H=6, Z=2, N_read=2, N_write=3), "colour-small"),
    "looks": (GlimpseConfig(A=60, B=60, T=5, H=6, N=3), "cluttered-small"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a hardly trained run of every kind, and some files that are none."""
    folder = tmp_path_factory.mktemp("figures")
    for name, (config, of) in RUNS.items():
        (folder / name).mkdir()
        recipe = Recipe(data=of, steps=3, batch_size=4, check_every=2)
        k = loop.begin(name, config, recipe, data.load(of), seed=0)
        for key, v in k.params.items():  # a new network's windows hardly move
            if key in ("read.W", "write.W"):
                v *= 20
        k.save(folder / name / "checkpoint.npz")
    for name in ("grey", "looks"):
        k = checkpoint.load(folder / name)
        loop.train(k, data.load(k.recipe.data), folder / name, 3, lambda *_: None)
    rng = np.random.default_rng(0)
    for mode, bands in (("L", ()), ("RGBA", (4,)), ("RGB", (3,))):
        pixels = rng.integers(0, 256, (40, 90, *bands)).astype(np.uint8)
        Image.fromarray(pixels, mode=None).save(folder / f"{mode}.png")
    (folder / "text.png").write_text("hello")
    return folder


def make(folder, *args):
    """Run the command in this process; the exit code, or the UserError's sentence."""
    places = {"-": "", **{name: folder / name for name in RUNS}}
    return figures.main([str(places.get(a, a)) for a in args])


def run_of(folder, name):
    """A run as the command sees it."""
    return figures.Run(folder / name, networks.load(folder / name))


@pytest.fixture(scope="module")
def everything(folder):
    """All figures of all runs, and what was printed of those that are not made: nothing."""
    make(folder, "all", *RUNS, "--out", folder / "all")
    return folder / "all"


@pytest.mark.parametrize("name", figures.FIGURES)
def test_every_figure_opens_and_shows_something(everything, name):
    path = everything / f"{'figure-' if name.isdigit() else ''}{name}.png"
    with Image.open(path) as image:
        image.load()
        assert min(image.size) > 300 and max(image.size) < 2500
        assert len(np.unique(np.asarray(image.convert("L")))) > 10


def test_a_figure_is_a_function_of_its_seed(everything, folder):
    """M23: nothing is left over from a figure made before."""
    for name, run in (("1", "grey"), ("5", "looks"), ("completion", "grey")):
        file = f"{'figure-' if name.isdigit() else ''}{name}.png"
        make(folder, name, run, "--out", folder / "again")
        assert (folder / "again" / file).read_bytes() == (everything / file).read_bytes()
        make(folder, name, run, "--seed", "1", "--out", folder / "other")
        other = (folder / "other" / file).read_bytes()
        assert name == "5" or other != (everything / file).read_bytes()


@pytest.mark.slow
def test_all_says_what_the_others_need(folder, capsys):
    make(folder, "all", "one-step", "--out", folder / "some")
    out = capsys.readouterr().out
    made = {line for line in out.splitlines() if not line.startswith("not made")}
    expected = [*(f"figure-{n}" for n in (2, 3, 4, 6)), "interpolation", "completion"]
    assert made == {str(folder / "some" / f"{n}.png") for n in expected}
    assert "figure 8 needs a network that draws with two digits in an image" in out
    assert "python -m draw_np.classify train --preset cluttered-small trains one" in out


# ---------------------------------------------------------------- what is shown


@pytest.fixture
def mosaics(monkeypatch):
    """Every mosaic that is drawn from here on: (images, windows)."""
    drawn, real = [], plot.show_mosaic

    def show(ax, images, windows=(), labels=()):
        drawn.append((images, list(windows)))
        return real(ax, images, windows, labels)

    monkeypatch.setattr(plot, "show_mosaic", show)
    return drawn


def latents(config, n, seed=0):
    """The draws of the prior that ``results.generated`` makes."""
    z = np.random.default_rng(seed).standard_normal((n, config.T, config.Z), dtype=np.float32)
    return np.swapaxes(z, 0, 1)


@pytest.mark.parametrize("number, name", [("1", "grey"), ("7", "plain"), ("10", "colour")])
def test_sequences_show_each_step_and_end_with_the_last_canvas(folder, mosaics, number, name):
    """M19: the last column is sigmoid(c_T); M21: the windows are those of the write."""
    run = run_of(folder, name)
    figures.FIGURES[number].make(run, figures.Options())
    (images, windows), c = mosaics[0], run.k.config
    rows = 13 if number == "7" else 10
    drawing = model.generate(run.k.params, latents(c, rows), c)
    assert images.shape == (rows, c.T, *c.image_shape)
    for t in range(c.T):
        np.testing.assert_allclose(images[:, t], sigmoid(drawing.c[t + 1]), rtol=1e-5)
    if c.N_write is None:
        assert windows == []
        return
    assert len(windows) == rows * c.T
    for r, t, box, width, colour in windows:
        g_X, g_Y, delta, sigma2, _ = (field[t, r] for field in drawing.writing)
        reach = delta * (c.N_write - 1) / 2 + 0.5
        expected = g_X - reach, g_Y - reach, g_X + reach, g_Y + reach  # inside or not
        assert box == pytest.approx(expected, rel=1e-5)
        assert width == pytest.approx(max(0.3, sigma2**0.5), rel=1e-5)
        assert colour == plot.WRITE


def test_what_is_called_generated_never_saw_an_image(folder):
    """M17: without encoder, read and posterior the same images come out."""
    run = run_of(folder, "grey")
    whole, _ = run.generated(5, seed=0)
    for name, value in run.k.params.items():
        if name.split(".")[0] in ("enc", "mu", "log_sigma", "read"):
            value[...] = np.nan
    blind, _ = run.generated(5, seed=0)
    np.testing.assert_array_equal(blind, whole)


def test_figure_5_shows_first_to_last_glimpse_with_their_windows(folder, mosaics):
    run = run_of(folder, "looks")
    figures.FIGURES["5"].make(run, figures.Options())
    (images, windows), c = mosaics[0], run.k.config
    assert images.shape == (6, 4, 1, 60, 60)
    x = data.load("cluttered-small").test.batch(np.arange(6), np.random.default_rng(0))
    _, att = glimpse.classify(run.k.params, x, c)
    np.testing.assert_array_equal(images, np.repeat(x[:, None], 4, axis=1))
    assert len(windows) == 24
    for r, k, box, width, colour in windows:
        t = [0, 1, 3, 4][k]
        expected = plot.window(att.g_X[t, r], att.g_Y[t, r], att.delta[t, r], c.N, 60, 60)
        assert box == pytest.approx(expected)
        assert width == pytest.approx(max(0.3, att.sigma2[t, r] ** 0.5))
        assert colour == layouts.GLIMPSE
    assert len({box for r, _, box, *_ in windows if r == 0}) == 4


@pytest.mark.parametrize("number, name", [("6", "grey"), ("9", "colour"), ("12", "colour")])
def test_neighbours_are_the_nearest_of_the_whole_training_set(folder, mosaics, number, name):
    """M22, on the real data: intensities, not a binarised draw of them."""
    run = run_of(folder, name)
    figures.FIGURES[number].make(run, figures.Options())
    (images, _), (found, _) = mosaics
    c = run.k.config
    assert images.shape == (10, 10, *c.image_shape) and found.shape == (10, 1, *c.image_shape)
    means = sigmoid(model.generate(run.k.params, latents(c, 100), c).c[-1])
    np.testing.assert_allclose(images.reshape(means.shape), means, rtol=1e-5)
    train = data.load(run.k.recipe.data, "none").train
    rng, n = np.random.default_rng(0), len(train)  # colours are drawn once, block by block
    blocks = [np.arange(i, min(i + 1000, n)) for i in range(0, n, 1000)]
    whole = np.concatenate([train.batch(block, rng) for block in blocks])
    for image, neighbour in zip(images[:, -1], found[:, 0], strict=True):
        nearest = np.sum((whole - image) ** 2, axis=(1, 2, 3), dtype=np.float64).min()
        assert np.sum((neighbour - image) ** 2, dtype=np.float64) == pytest.approx(nearest)


@pytest.mark.parametrize("name", ["6", "windows"])
def test_other_data_is_not_taken_for_the_run_s(tmp_path, name, rng=np.random.default_rng(0)):
    file, pixels = tmp_path / "own.npz", rng.integers(0, 256, (120, 8, 8)).astype(np.uint8)
    np.savez(file, images=pixels)
    config, recipe = replace(RUNS["grey"][0], A=8, B=8), Recipe(data=file, steps=1, batch_size=4)
    loop.begin("own", config, recipe, data.load(file), seed=0).save(tmp_path / "k.npz")
    args = [name, str(tmp_path / "k.npz"), "--out", str(tmp_path / "out")]
    assert figures.main(args) == 0
    np.savez(file, images=255 - pixels[::-1])
    with pytest.raises(cli.UserError, match="the network was trained on other images"):
        figures.main(args)


def test_windows_pair_the_image_read_with_the_canvas_written(folder, mosaics):
    run = run_of(folder, "grey")
    figures.FIGURES["windows"].make(run, figures.Options())
    (images, windows), c = mosaics[0], run.k.config
    x, drawn = figures.reconstructed(run, figures.Options(), 5)
    assert images.shape == (10, c.T, *c.image_shape)
    for t in range(c.T):
        np.testing.assert_array_equal(images[0::2, t], x)
        np.testing.assert_allclose(images[1::2, t], sigmoid(drawn.c[t + 1]), rtol=1e-5)
    for r, t, box, width, colour in windows:
        att, N = (drawn.writing, 3) if r % 2 else (drawn.reading, 2)
        g_X, g_Y, delta, sigma2, _ = (field[t, r // 2] for field in att)
        assert colour == (plot.WRITE if r % 2 else plot.READ)
        assert box == pytest.approx(plot.window(g_X, g_Y, delta, N, c.A, c.B))
        assert width == pytest.approx(max(0.3, sigma2**0.5))
    assert len(windows) == 2 * 5 * c.T


def lines(fig, panel):
    """The data of the lines on one panel of a figure."""
    return [line.get_ydata() for line in fig.axes[panel].lines]


def test_trajectories_are_the_five_numbers_of_both_windows(folder):
    run = run_of(folder, "grey")
    fig = figures.FIGURES["trajectories"].make(run, figures.Options())
    _, drawn = figures.reconstructed(run, figures.Options(), 20)
    for panel, name in enumerate(("g_X", "g_Y", "delta", "sigma2", "gamma")):
        read, write = (getattr(a, name) for a in (drawn.reading, drawn.writing))
        read, write = (np.sqrt(v) if name == "sigma2" else v for v in (read, write))
        expected = [*read.T, np.median(read, axis=1), *write.T, np.median(write, axis=1)]
        np.testing.assert_allclose(lines(fig, panel), expected, rtol=1e-6)


def test_figure_11_shows_what_was_logged(folder):
    run = run_of(folder, "grey")
    fig = figures.FIGURES["11"].make(run, figures.Options())
    log = logbook.read(folder / "grey" / "log.csv")
    every, smooth, valid = lines(fig, 0)
    np.testing.assert_array_equal(every, log["bound"])
    np.testing.assert_array_equal(smooth, log["bound"])  # 3 steps: a mean of one
    np.testing.assert_array_equal(valid, log["valid_bound"])
    assert len(valid) == 2


def test_the_running_mean_stands_in_the_middle_of_what_it_is_of():
    log = {"step": np.arange(1, 301), "bound": np.arange(1, 301) * 2.0}
    log |= {"valid_step": np.array([300]), "valid_bound": np.array([600.0])}
    smooth = layouts.cost(log, "").axes[0].lines[1]
    np.testing.assert_allclose(smooth.get_ydata(), 2 * smooth.get_xdata())
    assert len(smooth.get_xdata()) == 295


def test_kl_heat_map_has_a_row_a_step_and_a_column_a_block():
    kl = np.arange(1000.0)[:, None] + np.array([0, 5000, 10000])
    fig = layouts.kl_of_steps({"step": np.arange(1, 1001), "kl": kl}, "")
    shown = fig.axes[0].images[0].get_array()
    assert shown.shape == (3, 200)
    np.testing.assert_allclose(shown[1], 5000 + 5 * np.arange(200) + 2)
    widths = [bar.get_width() for bar in fig.axes[1].patches]
    np.testing.assert_allclose(widths, [974.5, 5974.5, 10974.5])


# ---------------------------------------------------------------- Figures 3 and 4


def test_zooming_gives_back_the_brightness_that_it_read(mosaics):
    grey = np.full((3, 75, 100), 0.7) * np.array([1, 0.5, 0.2])[:, None, None]
    layouts.zooming(grey, layouts.grid_of(50, 33, 3, 1.5), 12, "")
    shown = [images[0, 0] for images, _ in mosaics]
    assert [image.shape for image in shown] == [
        (3, 75, 100),
        (3, 12, 12),
        (3, 75, 100),
        (1, 75, 100),
        (1, 75, 100),
    ]
    np.testing.assert_allclose(shown[1], np.broadcast_to(grey[:, :1, :1], (3, 12, 12)))
    middle = shown[2][:, 25:41, 42:58]
    np.testing.assert_allclose(middle, grey[:, 25:41, 42:58], rtol=0.04)
    assert shown[2][:, :5].max() < 1e-6  # nothing far from the window
    places = [np.unravel_index(image[0].argmax(), (75, 100)) for image in shown[3:]]
    first, last = 33 - 16.5 - 1, 33 + 16.5 - 1  # rows from 0
    assert abs(places[0][0] - first) <= 0.5 and abs(places[1][0] - last) <= 0.5
    assert abs(places[0][1] - (50 - 17.5)) <= 0.5 and abs(places[1][1] - (50 + 15.5)) <= 0.5


def test_the_photograph_may_have_any_form(folder):
    wide = figures.landscape(Image.open(folder / "RGB.png"))
    assert wide.shape == (3, 75, 100) and wide.min() >= 0 and wide.max() <= 1
    left, right = Image.new("RGB", (200, 75), "red"), Image.new("RGB", (100, 75), "blue")
    left.paste(right, (50, 0))  # the middle is blue
    np.testing.assert_array_equal(figures.landscape(left)[:, 20, 50], [0, 0, 1])
    assert figures.landscape(left)[0].max() < 0.6


def test_a_green_frame_lies_round_each_patch_of_figure_3(mosaics):
    fig = figures.FIGURES["3"].make(figures.Options())
    frames = [a for ax in fig.axes for a in ax.patches if isinstance(a, PathPatch)]
    assert len(frames) == 3
    widths = [abs(f.get_path().vertices[5, 0] - f.get_path().vertices[0, 0]) for f in frames]
    assert widths == pytest.approx([1.2, 0.3, 2.4])  # sigma of each, Figure 3's border
    patches = [images[0, 0, 0] for images, _ in mosaics if images.shape[-1] == 12]
    contrast = [np.abs(np.diff(patch, axis=1)).max() for patch in patches]
    assert contrast[1] > 2 * contrast[0] and contrast[1] > 2 * contrast[2]  # narrow: sharp


# ---------------------------------------------------------------- refusals

REFUSED = [
    (["1"], "figure 1 needs a network that draws with one channel and a write window"),
    (["1", "plain"], "grey, 3 steps, without a write window"),
    (["1", "looks"], "looks is a classifier"),
    (["1", "colour"], "3 channels"),
    (["5", "grey"], "figure 5 needs a classifier (python -m draw_np.classify train"),
    (["7", "grey"], "no write window"),
    (["7", "one-step"], "more than one step"),
    (["8", "grey"], "two digits in an image"),
    (["9", "grey"], "three channels"),
    (["11", "plain"], "its log.csv beside it"),
    (["6", "looks"], "a network that draws"),
    (["1", "nowhere"], "there is no network 'nowhere'"),
    (["4", "--image", "L.png"], "L.png has the channels L, and Figure 4 wants the three"),
    (["4", "--image", "RGBA.png"], "RGBA.png has the channels RGBA"),
    (["4", "--image", "none.png"], "there is no image"),
    (["4", "--image", "text.png"], "damaged or not a PNG or JPEG image"),
    (["1", "grey", "--image", "RGB.png"], "--image is for figure 4"),
    (["2", "--out", "text.png"], "text.png cannot be written"),
    (["2", "--out", "text.png/x"], "cannot be written"),
    (["6", "grey", "--data-dir", "nowhere"], "there is no folder nowhere"),
]


@pytest.mark.parametrize("args, sentence", REFUSED)
def test_what_cannot_be_made_is_one_sentence(folder, monkeypatch, args, sentence):
    monkeypatch.chdir(folder)
    with pytest.raises(cli.UserError) as e:
        figures.main(args)
    assert sentence in str(e.value) and len(str(e.value).splitlines()) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:60],
        lambda raw: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
        lambda raw: raw.replace(b"IDAT", b"IDAX", 1),
        lambda raw: raw[:16] + bytes([0, 1, 0, 0]) * 2 + raw[24:],  # 65,536 pixels wide and high
        lambda raw: b"GIF89a" + bytes(99),
    ],
)
def test_a_photograph_that_is_none_is_one_sentence_and_starts_nothing(tmp_path, monkeypatch, spoil):
    monkeypatch.setattr("subprocess.Popen", None)
    path = tmp_path / "photograph"
    Image.new("RGB", (100, 75)).save(path, "PNG")
    assert figures.opened(path).size == (100, 75)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(cli.UserError, match="photograph is damaged or not a PNG or JPEG image"):
        figures.opened(path)


@pytest.mark.parametrize("figure", ["11", "kl"])
def test_a_network_with_an_empty_log_has_no_curves(tmp_path, figure):
    trained = networks.load("small")
    trained.log = {name: v[:0] for name, v in trained.log.items()}
    trained.save(tmp_path / "k.npz")
    with pytest.raises(cli.UserError, match=r"with its log\.csv beside it"):
        figures.main([figure, str(tmp_path / "k.npz"), "--out", str(tmp_path)])


def test_a_user_error_leaves_with_2(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as e:
        cli.run(lambda: figures.main(["5", "grey"]), figures.PROG)
    assert e.value.code == 2
    assert capsys.readouterr().err.startswith("python -m draw_np.figures: figure 5 needs")
    with pytest.raises(SystemExit) as e:
        figures.main(["13"])
    assert e.value.code == 2


def test_the_paper_s_data_is_preferred(folder):
    runs = [run_of(folder, "colour"), run_of(folder, "colour")]
    runs[1].k.recipe = replace(runs[1].k.recipe, data="svhn")
    chosen = [figures.chosen(n, figures.FIGURES[n], runs) for n in ("9", "10", "12")]
    assert [runs.index(run) for run in chosen] == [1, 1, 0]


def test_help_teaches(capsys):
    with pytest.raises(SystemExit) as e:
        figures.main(["--help"])
    out = capsys.readouterr().out
    assert e.value.code == 0
    assert all(f"  {name} " in out and f.about in out for name, f in figures.FIGURES.items())
    assert networks.DRAW.command not in out  # it makes figures, it does not train
