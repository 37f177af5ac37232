"""Trained networks: packaged ones are as good as they say; files, names and folders all load."""

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from small_run import CONFIG, RECIPE, begin, dataset, nothing

import draw_np
from draw_np import model, networks
from draw_np.networks import cards, network
from draw_np.pictures import results
from draw_np.training import loop, publish

MEGABYTE = 1_000_000


@pytest.mark.parametrize("name", networks.names())
def test_a_packaged_network_says_how_it_was_made(name):
    trained = draw_np.load(name)
    assert trained.command.startswith("python -m draw_np.") and trained.name == name
    shapes = trained.kind.needed(trained.config)
    assert {n: v.shape for n, v in trained.params.items()} == shapes
    assert all(v.dtype == np.float32 and np.isfinite(v).all() for v in trained.params.values())
    assert 0 < trained.step <= trained.recipe.steps
    assert trained.log["step"][-1] <= trained.recipe.steps
    assert trained.step in trained.log["valid_step"]
    assert trained.recipe.data_dir is None
    assert trained.seen() > 0


@pytest.mark.parametrize("name", networks.names())
def test_its_card_and_the_table_say_what_is_stored(name):
    trained = draw_np.load(name)
    card = (network.FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert card == cards.card(trained)
    r = trained.result
    if "energy_distance" in r:
        said = f"energy distance {r['energy_distance']:.2f}"
    else:
        bound = "bound" in r
        said = f"bound {r['bound']:.1f} ({r['error']:.1f})" if bound else f"error {r['error']:.1%}"
    text = (network.FOLDER / "README.md").read_text(encoding="utf-8").replace(" %", "%")
    command = trained.command.removeprefix("python -m draw_np.")
    assert f"| [`{name}`]({name}.md) | `{command}` | {said} |" in text


def test_all_of_them_take_a_few_megabytes():
    sizes = [path.stat().st_size for path in network.FOLDER.glob("*.npz")]
    assert len(sizes) >= 9 and sum(sizes) < 16 * MEGABYTE and max(sizes) < 6 * MEGABYTE


def test_a_packaged_network_reaches_what_it_says():
    trained = draw_np.load("small")
    found = publish.measure(trained, trained.dataset().test)
    assert found["images"] == trained.result["images"] == 200
    assert np.isclose(found["bound"], trained.result["bound"], rtol=1e-4)
    assert np.isclose(found["error"], trained.result["error"], rtol=1e-3)
    weighted = (found["importance_weighted"], trained.result["importance_weighted"])
    assert np.isclose(*(w["bound"] for w in weighted), rtol=1e-4)


def test_an_unknown_name_is_told_what_there_is():
    with pytest.raises(draw_np.NetworkError, match=r"no network 'smal': give .* one of .*small"):
        draw_np.load("smal")


def test_a_file_a_folder_and_its_best_are_loaded(tmp_path):
    k = begin()
    loop.train(k, dataset(), tmp_path, 8, nothing)
    k.params["c_0"][:] = 7
    k.save(tmp_path / "best.npz")
    for which in (tmp_path, str(tmp_path), tmp_path / "best.npz"):
        assert np.all(draw_np.load(which).params["c_0"] == 7)
    last = draw_np.load(tmp_path / "checkpoint.npz")
    assert last.step == 8 and np.any(last.params["c_0"] != 7)
    (tmp_path / "best.npz").unlink()
    assert np.any(draw_np.load(tmp_path).params["c_0"] != 7)


def test_a_file_in_the_way_goes_before_a_packaged_network(tmp_path, monkeypatch):
    begin().save(tmp_path / "small")
    monkeypatch.chdir(tmp_path)
    assert draw_np.load("small").config == CONFIG


def test_a_classifier_does_not_draw():
    classifier = draw_np.load("cluttered-small-1")
    for use in (lambda: classifier.draw(2), lambda: classifier.bound(np.zeros((1, 60, 60)))):
        with pytest.raises(ValueError, match="this is a classifier, and does not draw"):
            use()
    with pytest.raises(draw_np.NetworkError, match="holds a classifier, and a network that draws"):
        networks.load("cluttered-small-1", networks.DRAW)


# ---------------------------------------------------------------- drawing


@pytest.fixture(scope="module")
def tiny():
    return begin()


def test_draw_is_what_the_commands_draw(tiny):
    drawing = tiny.draw(3, seed=5)
    means, writing = results.generated(tiny.params, CONFIG, 3, np.random.default_rng(5))
    np.testing.assert_array_equal(drawing.means, means)
    np.testing.assert_array_equal(drawing.writing.g_X, writing.g_X)
    assert drawing.c.shape == (4, 3, 1, 5, 6) and drawing.reading is None
    np.testing.assert_array_equal(tiny.draw(2, seed=5).c, drawing.c[:, :2])
    assert np.any(tiny.draw(3, seed=6).c != drawing.c)


def test_redraw_is_the_model_s_reconstruction(tiny):
    x = np.random.default_rng(1).random((2, 5, 6))
    again = tiny.redraw(x, seed=4)
    eps = network.latents(2, CONFIG, np.random.default_rng(4))
    expected = model.reconstruct(tiny.params, x[:, None].astype(np.float32), eps, CONFIG)
    np.testing.assert_array_equal(again.c, expected.c)
    assert again.L_z.shape == (3, 2) and again.reading.g_X.shape == (3, 2)


def test_bound_is_the_mean_of_the_loss_over_samples(tiny):
    x = (np.random.default_rng(1).random((4, 1, 5, 6)) < 0.5).astype(np.float32)
    found = tiny.bound(x, samples=40, seed=3)
    rng = np.random.default_rng(9)
    losses = [model.loss(tiny.params, x, rng.standard_normal((3, 4, 2)), CONFIG) for _ in range(40)]
    assert found.each.shape == (4,) and found.log_w.shape == (40, 4)
    assert abs(found.mean - np.mean(losses)) < 5 * np.std(losses) / np.sqrt(20)
    assert found.mean != tiny.bound(x, samples=40, seed=4).mean


def test_a_bound_takes_a_draw_an_image_at_least(tiny):
    assert tiny.bound(np.zeros((2, 5, 6)), samples=1).log_w.shape == (1, 2)  # of the seed 0
    with pytest.raises(ValueError, match="samples = 0: it must be at least 1"):
        tiny.bound(np.zeros((2, 5, 6)), samples=0)


@pytest.mark.parametrize(
    "images, said",
    [
        (
            np.zeros((2, 5, 7)),
            r"images have the shape \(2, 5, 7\): expected \(number of images, 1, 5",
        ),
        (np.zeros((2, 6, 5)), "images have the shape"),
        (np.zeros(()), "images have the shape"),
        (np.full((1, 5, 6), 255), "values from 255 to 255: they must lie in .0, 1.; divide bytes"),
        (np.full((1, 5, 6), -0.1), "values from -0.1"),
        (np.full((1, 5, 6), np.nan), "values from nan"),
        (np.full((1, 5, 6), "ink"), "are of the type"),
        (np.zeros((1, 5, 6), complex), "are of the type"),
    ],
)
def test_images_that_do_not_fit_are_one_sentence(tiny, images, said):
    with pytest.raises(ValueError, match=said):
        tiny.redraw(images)


@pytest.mark.parametrize(
    "channels, fit, others",
    [
        (
            1,
            [(2, 1, 5, 6), (1, 5, 6), (4, 5, 6), (5, 6)],
            [(2, 3, 5, 6), (5, 6, 1), (2, 2, 1, 5, 6)],
        ),
        (3, [(2, 3, 5, 6), (3, 5, 6)], [(3, 1, 5, 6), (6, 5, 6), (5, 6), (2, 3, 3, 5, 6)]),
    ],
)
def test_images_of_another_form_are_not_cut_into_some_that_fit(channels, fit, others):
    network = begin(config=replace(CONFIG, C=channels))
    for shape in fit:
        M = 1 if len(shape) == 2 or shape == (channels, 5, 6) else shape[0]
        assert network.redraw(np.zeros(shape)).c.shape == (4, M, channels, 5, 6)
    for shape in others:
        with pytest.raises(ValueError, match=rf"number of images, {channels}, 5, 6\)"):
            network.redraw(np.zeros(shape))


@pytest.mark.parametrize("seed", [None, -1, 1.5, "3", True])
def test_a_seed_is_a_whole_number(tiny, seed):
    with pytest.raises(ValueError, match="seed = "):
        tiny.draw(1, seed=seed)
    with pytest.raises(ValueError, match="seed = "):
        begin(seed=seed)


def test_numbers_of_numpy_will_do(tmp_path):
    recipe = networks.Recipe(
        steps=np.int64(8),
        batch_size=np.int32(4),
        check_every=3,
        lr=np.float32(0.01),
        clip=np.float64(2),
        data=tmp_path / "digits.npz",
    )
    config = replace(CONFIG, T=np.int64(3), N_read=np.uint8(2))
    k = loop.begin("tiny", config, recipe, dataset(), np.int64(0))
    loop.train(k, dataset(), tmp_path, 3, nothing)
    again = draw_np.load(tmp_path)
    assert again.recipe == recipe and again.config == CONFIG
    assert {type(v) for v in (recipe.steps, recipe.batch_size, config.T, config.N_read)} == {int}
    assert k.draw(np.int64(2), seed=np.int64(1)).c.shape[1] == 2


def test_a_folder_hides_a_packaged_network_only_if_it_is_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vae").mkdir()
    assert draw_np.load("vae").name == "vae"
    begin().save("vae/checkpoint.npz")
    assert draw_np.load("vae").preset == "tiny"
    (tmp_path / "mine").mkdir()
    with pytest.raises(networks.NetworkError, match="there is no file mine"):
        draw_np.load("mine")


# ---------------------------------------------------------------- stored


def test_a_run_is_stored_rounded_with_its_log_and_a_card(tmp_path, monkeypatch):
    k, data = begin(), dataset()
    run = tmp_path / "run"
    run.mkdir()
    loop.train(k, data, run, 8, nothing)
    monkeypatch.setattr(networks.Network, "dataset", lambda k, folder=None: data)
    stored = publish.publish(run, "tiny", "python -m draw_np.train", tmp_path)
    best = networks.load(run)
    assert stored.step == best.step and stored.config == k.config and stored.recipe == k.recipe
    for name, value in best.params.items():
        assert np.array_equal(stored.params[name], value.astype(np.float16).astype(np.float32))
    again = networks.load(tmp_path / "tiny.npz")
    assert again.log["step"].tolist() == [1]
    assert again.log["valid_step"].tolist() == [3, 6, 8]
    assert again.result == publish.measure(again, data.test)
    card = (tmp_path / "tiny.md").read_text(encoding="utf-8")
    assert "| images seen | " + f"{best.step * 4} |" in card


def test_what_is_recognised_is_counted_class_by_class(monkeypatch):
    """Three drawings a class, in turn: a judge names two wrongly, and both should be a 7."""
    trained, asked = draw_np.load("small-labelled"), np.tile(np.arange(10), 3)

    def named(drawn):
        np.testing.assert_array_equal(drawn, trained.draw(30, 5, asked).means[-1])
        return np.where(np.isin(np.arange(30), (7, 27)), 1, asked)

    monkeypatch.setattr(publish.recognise, "recogniser", lambda: SimpleNamespace(named=named))
    found = publish.recognised(trained, each=3, seed=5)
    assert found["share"] == pytest.approx(28 / 30) and found["worst_share"] == pytest.approx(1 / 3)
    assert (found["worst"], found["images"], found["seed"]) == (7, 30, 5)


def test_images_seen_are_counted_stretch_by_stretch():
    k = begin()
    k.past = (
        networks.Stretch(0, 3, replace(RECIPE, batch_size=10)),
        networks.Stretch(20, 5, replace(RECIPE, batch_size=2), weights="other"),
    )
    k.first, k.step = 50, 60
    assert k.seen() == 20 * 10 + 30 * 2 + 10 * 4
    assert k.seen(lambda stretch: stretch.T) == 20 * 10 * 3 + 30 * 2 * 5 + 10 * 4 * 3
    assert k.given_weights and k.origin == 20


# ---------------------------------------------------------------- the public face


def test_every_public_name_is_there_and_hides_no_module():
    modules = {p.stem for p in network.FOLDER.parent.iterdir()}
    for name in draw_np.__all__:
        assert getattr(draw_np, name) and name in dir(draw_np)
        assert name not in modules
    with pytest.raises(AttributeError, match="its public names are load"):
        draw_np.lode  # noqa: B018


def test_importing_draw_np_imports_little():
    code = (
        "import sys, draw_np; assert not {'numpy', 'autograd', 'matplotlib'} & set(sys.modules); "
        "draw_np.load('small').draw(1); "
        "assert not {'matplotlib', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_labels_the_classes_come_in_turn():
    assert network.in_turn(5, replace(CONFIG, K=3)).tolist() == [0, 1, 2, 0, 1]
    assert network.in_turn(5, CONFIG) is None
