"""The pyramid on its way through the training room: trained, resumed, drawn with, and refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from small_run import assert_same, dataset

import draw_np
from draw_np import classify, cli, data, evaluate, figures, networks, pyramid, sample, train
from draw_np.data.dataset import Images
from draw_np.pyramid import PyramidConfig
from draw_np.training import checkpoint, logbook, loop, presets, publish, tasks

TINY = ["--preset", "small-pyramid", "--H", "8", "--Z", "2", "--batch-size", "8"]
CONFIG = PyramidConfig(A=8, B=4, T=2, H=4, Z=2)
RECIPE = presets.Recipe(steps=6, batch_size=4, check_every=2, lr=0.01, engine="autograd")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a finished run ``a`` of four steps."""
    folder = tmp_path_factory.mktemp("pyramid")
    assert run(*TINY, "--steps", 4, "--out", folder / "a") == 0
    return folder


def run(*args):
    """The command in this process; its exit code."""
    return train.main(list(map(str, args)))


def begin(seed=0, config=CONFIG, recipe=RECIPE):
    """The state of a tiny run before its first step, and its data."""
    small = dataset(config=config, fresh=False)
    return loop.begin("tiny", config, recipe, small, seed), small


def nothing(measured, valid):
    """A report that reports nothing."""


# ---------------------------------------------------------------- the command


def test_train_says_what_it_does_and_writes_what_it_says(tmp_path, capsys):
    run(*TINY, "--steps", 2, "--out", tmp_path / "b")
    out = capsys.readouterr().out
    for said in (
        "pyramid of adversarial networks: 7 x 7, 14 x 14, 28 x 28; H = 8, Z = 2",
        "intensities as they are",
        "step      2/2  cost of D 1.",
        "an adversarial network has no bound",
        "energy distance to the test images",
    ):
        assert said in out
    written = [line.strip() for line in out.split("wrote\n")[1].splitlines()]
    assert len(written) == 6
    for path in written:
        if path.endswith(".png"):
            with Image.open(path) as image:
                image.load()
    config = json.loads((tmp_path / "b" / "config.json").read_text())
    assert config["task"] == "pyramid" and config["config"]["T"] == 3


def test_the_log_has_every_players_cost(trained):
    log = logbook.read(trained / "a" / "log.csv")
    costs = [log[f"{player}_{k}"] for player in "DG" for k in range(3)]
    np.testing.assert_allclose(np.sum(costs, axis=0), log["costs"], rtol=1e-4)
    assert len(log["valid_bound"]) == 1 and log["valid_bound"][0] > 0


def test_a_resumed_run_is_the_same_bit_for_bit(trained):
    run(*TINY, "--steps", 4, "--stop-after", 2, "--out", trained / "c")
    run("--resume", trained / "c")
    whole, parts = (checkpoint.load(trained / n, networks.PYRAMID) for n in "ac")
    assert parts.adam.beta1 == 0.5 and parts.adam.pace("G_0.1.W") < parts.adam.pace("D_0.1.W")
    assert_same(whole, parts)


def test_another_seed_is_another_run(trained):
    run(*TINY, "--steps", 4, "--seed", 1, "--out", trained / "d")
    a, d = (checkpoint.load(trained / n).params for n in "ad")
    assert np.max(np.abs(a["G_0.1.W"] - d["G_0.1.W"])) > 1e-3


def test_it_goes_on_from_a_networks_weights(trained, tmp_path, capsys):
    run("--from", trained / "a", "--steps", 6, "--out", tmp_path / "e")
    assert checkpoint.load(tmp_path / "e").step == 6
    with pytest.raises(cli.UserError, match="no size may be another"):
        run("--from", trained / "a", "--steps", 8, "--T", 2, "--out", tmp_path / "f")


def test_sample_draws_with_it(trained, tmp_path, capsys):
    sample.main([str(trained / "a"), "--n", "7", "--rows", "3", "--out", str(tmp_path / "s")])
    paths = capsys.readouterr().out.split()
    assert [p.rsplit("/", 1)[1] for p in paths] == ["samples.png", "pyramid.png"]
    for path in paths:
        with Image.open(path) as image:
            image.load()


# ---------------------------------------------------------------- the network


def test_draw_np_loads_it_and_it_draws(trained):
    k = draw_np.load(trained / "a")
    drawn = k.draw(5, seed=3)
    assert [p.shape for p in drawn.means] == [(5, 1, 7, 7), (5, 1, 14, 14), (5, 1, 28, 28)]
    np.testing.assert_allclose(k.draw(3, seed=3).means[-1], drawn.means[-1][:3], atol=1e-6)
    for call in (lambda: k.redraw(drawn.means[-1]), lambda: k.bound(drawn.means[-1])):
        with pytest.raises(ValueError, match="no bound and cannot redraw: load a network that"):
            call()


def test_a_packaged_one_keeps_what_draws(trained, tmp_path):
    stored = publish.publish(trained / "a", "tiny", "a command", folder=tmp_path)
    again = networks.load(tmp_path / "tiny.npz", networks.PYRAMID)
    assert set(again.params) == set(pyramid.drawing_shapes(again.config))
    assert stored.result["energy_distance"] > 0 and stored.result["images"] == 200
    first, rounded = (n.draw(2).means[-1] for n in (networks.load(trained / "a"), again))
    assert 0 < np.max(np.abs(first - rounded)) < 0.02
    card = (tmp_path / "tiny.md").read_text()
    assert "energy distance" in card and "a pyramid of adversarial networks" in card
    with pytest.raises(cli.UserError, match="begin a new run without --from"):
        run("--from", tmp_path / "tiny.npz", "--steps", 9, "--out", tmp_path / "g")


# ---------------------------------------------------------------- one step


def test_a_step_is_adam_with_slower_generators():
    k, small = begin()
    before = {n: v.copy() for n, v in k.params.items()}
    loop.advance(k, small)
    moved = {n: np.max(np.abs(v - before[n])) for n, v in k.params.items()}
    for name in ("D_0.1.W", "D_1.3.W"):  # Adam's first step is the rate itself
        assert moved[name] == pytest.approx(0.01, rel=1e-3)
    for name, pace in (("G_0.1.W", tasks.FINER), ("G_1.3.W", tasks.COARSEST)):
        assert moved[name] == pytest.approx(0.01 * pace, rel=1e-3)


def test_it_learns_a_grey():
    """Both players on one pixel: what is drawn comes to lie where the images are."""
    config = PyramidConfig(A=1, B=1, T=1, H=8, Z=2)
    grey = np.random.default_rng(0).normal(0.7, 0.05, (200, 1, 1, 1)).clip(0, 1)
    small = replace(dataset(config=config), **{s: Images(grey) for s in ("train", "valid", "test")})
    k = loop.begin("tiny", config, replace(RECIPE, steps=800, batch_size=32, lr=0.003), small, 0)
    k.params["G_0.3.b"][:] = -2
    first = tasks.PYRAMID.validate({**k.params}, config, small.valid)
    for _ in range(800):
        loop.advance(k, small)
    drawn = k.draw(500).means[-1]
    assert drawn.mean() == pytest.approx(0.7, abs=0.05)  # from 0.12; large rates circle round it
    assert tasks.PYRAMID.validate(k.params, config, small.valid) < 0.2 * first


def test_a_large_split_is_compared_in_part(monkeypatch):
    """Ten thousand images against ten thousand would take gigabytes."""
    seen, config = [], PyramidConfig(A=4, B=4, T=2, H=4, Z=2)
    params = pyramid.initialise(np.random.default_rng(0), config)
    distance = tasks.samples.energy_distance
    monkeypatch.setattr(
        tasks.samples, "energy_distance", lambda a, b: seen.append((a, b)) or distance(a, b)
    )
    pixels = np.random.default_rng(0).integers(0, 256, (1200, 1, 4, 4), dtype=np.uint8)
    monkeypatch.setattr(tasks, "COLLAPSED", 0)
    for n in (1200, 30):
        tasks.PYRAMID.validate(params, config, Images(pixels[:n]))
        drawn, x = seen.pop()
        assert len(drawn) == len(x) == min(n, 1000)
        rows = {image.tobytes() for image in pixels[:n].astype(np.float32) / np.float32(255)}
        assert len({image.tobytes() for image in x} & rows) == len(x)
    assert [*map(len, (x, drawn))] == [30, 30]
    np.testing.assert_array_equal(x, pixels[:30] / np.float32(255))


# ---------------------------------------------------------------- what goes wrong


def test_nan_is_said_and_the_last_good_state_kept(tmp_path):
    k, small = begin()
    loop.train(k, small, tmp_path, 2, nothing)
    k.params["D_1.2.W"][0, 0] = np.inf
    with pytest.raises(loop.NotFinite, match=r"step 3: the costs is nan, first not finite"):
        loop.train(k, small, tmp_path, 6, nothing)
    assert (tmp_path / "best.npz").exists() and k.step == 2


@pytest.mark.parametrize("name", ["train", "valid", "test"])
def test_two_images_can_be_compared_and_one_cannot(name):
    pixels = np.random.default_rng(0).integers(0, 256, (2, *CONFIG.image_shape), dtype=np.uint8)
    splits = dict.fromkeys(("train", "valid", "test"), Images(pixels))
    small, recipe = replace(dataset(config=CONFIG), **splits), replace(RECIPE, batch_size=1)
    assert loop.begin("tiny", CONFIG, recipe, small, 0).step == 0
    with pytest.raises(ValueError, match=f"the {name} split has fewer than 2 images: give it more"):
        loop.begin("tiny", CONFIG, recipe, replace(small, **{name: Images(pixels[:1])}), 0)


def collapsed(k):
    """Generators that draw the same for all noise."""
    for name, value in k.params.items():
        if name.startswith("G_1.1"):
            value[...] = 0


def test_a_collapse_is_said_and_the_best_state_kept(tmp_path):
    k, small = begin()
    k.params["G_1.3.W"] *= 5  # far from a collapse
    loop.train(k, small, tmp_path, 2, nothing)
    kept = (tmp_path / "best.npz").read_bytes()
    collapsed(k)
    k.recipe = replace(k.recipe, lr=1e-9)
    with pytest.raises(tasks.Collapsed, match="collapsed"):
        loop.train(k, small, tmp_path, 4, nothing)
    assert (tmp_path / "best.npz").read_bytes() == kept


def test_the_command_tells_of_a_collapse_and_how_to_go_on(tmp_path, capsys, monkeypatch):
    def always(*_):
        raise tasks.Collapsed("the generators have collapsed: they draw the same for all noise")

    monkeypatch.setattr(tasks.PYRAMID, "validate", always)
    assert run(*TINY, "--steps", 2, "--out", tmp_path / "x") == 1
    assert "have collapsed" in (said := capsys.readouterr().err) and "lower rate" in said


@pytest.mark.parametrize("side", [30, 27])
def test_images_whose_sides_are_no_multiples_of_four(tmp_path, side):
    images = np.zeros((20, side, side), np.uint8)
    np.savez(tmp_path / "own.npz", train=images, test=images[:5])
    with pytest.raises(cli.UserError, match=rf"multiples of 4, and these are {side} x {side}"):
        run(*TINY, "--data", tmp_path / "own.npz", "--out", tmp_path / "y")


@pytest.mark.parametrize(
    "options, words",
    [
        (["--N-read", "5"], "--N-read is a size of DRAW, and a pyramid has none"),
        (["--K", "10"], "--K is a size of DRAW"),
        (["--engine", "manual"], "has no engine manual: give --engine autograd"),
        (["--profile"], "has no --profile: leave it out"),
        (["--T", "4"], "multiples of 8, and these are 28 x 28"),
    ],
)
def test_what_a_pyramid_has_not_is_refused(tmp_path, options, words):
    with pytest.raises(cli.UserError, match=words):
        run(*TINY, *options, "--out", tmp_path / "z")


def test_who_needs_another_network_says_so(trained):
    with pytest.raises(cli.UserError, match="holds a pyramid of adversarial networks, and a netw"):
        evaluate.main([str(trained / "a")])
    with pytest.raises(cli.UserError, match="and a classifier is wanted here"):
        classify.main(["evaluate", str(trained / "a")])
    with pytest.raises(cli.UserError, match="and a classifier is wanted here"):
        classify.main(["train", "--resume", str(trained / "a")])
    with pytest.raises(figures.NotMade, match="is a pyramid of adversarial networks, preset"):
        figures.main(["7", str(trained / "a"), "--out", str(trained / "figures")])


def test_a_pyramid_has_no_classes_to_ask_for(trained):
    with pytest.raises(cli.UserError, match="has no classes to ask for: give small-labelled"):
        sample.main([str(trained / "a"), "--write", "7"])
    with pytest.raises(ValueError, match="leave labels out"):
        draw_np.load(trained / "a").draw(2, labels=7)


def test_the_preset_can_begin_and_fits_its_data():
    p = presets.find("small-pyramid")
    d = data.load(p.recipe.data, p.recipe.binarise)
    k = loop.begin("small-pyramid", p.config, p.recipe, d, 0)
    x = d.valid.batch(np.arange(len(d.valid)), np.random.default_rng(0))
    assert draw_np.measuring.samples.spread(k.draw(200).means[-1], x) > tasks.COLLAPSED
