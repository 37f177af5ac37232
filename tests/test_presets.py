"""The presets: the paper's sizes, and every one of them can be started."""

import re
from dataclasses import replace

import numpy as np
import pytest
from small_run import dataset

from draw_np import data, glimpse, networks, parameters, train
from draw_np.config import Config
from draw_np.training import listing, loop, presets


@pytest.mark.parametrize(
    "name, T, H, Z, read, write",
    [
        ("mnist", 64, 256, 100, 2, 5),
        ("svhn", 32, 800, 100, 12, 12),
        ("cifar", 64, 400, 200, 5, 5),
        ("mnist-noattention", 64, 256, 100, None, None),
    ],
)
def test_table_3(name, T, H, Z, read, write):
    c = presets.find(name).config
    assert (c.T, c.H, c.Z, c.N_read, c.N_write) == (T, H, Z, read, write)


ALL = presets.DRAWING | presets.CLASSIFIERS


@pytest.mark.parametrize("name", networks.names())
def test_the_command_of_a_packaged_network_says_in_what_it_differs_from_its_preset(name):
    """Sizes, data, batch and clipping: who runs the command trains that network."""
    network = networks.load(name)
    preset, said = ALL[network.preset], dict(re.findall(r"--(\S+) (\S+)", network.command))
    sizes = {n: int(said[n]) for n in ("T", "H", "Z", "N") if n in said}
    assert network.config == replace(preset.config, **sizes)
    had, wanted = network.recipe, preset.recipe
    assert (had.data, had.binarise, had.engine) == (wanted.data, wanted.binarise, wanted.engine)
    assert had.batch_size == int(said.get("batch-size", wanted.batch_size))
    assert had.clip == float(said.get("clip", wanted.clip))


@pytest.mark.parametrize(
    ("whole", "looking"),
    [("cluttered-small-whole", "cluttered-small"), ("cluttered-whole", "cluttered")],
)
def test_the_baseline_of_a_classifier_has_as_many_parameters(whole, looking):
    """Table 1 compares networks of one size, so that what differs is the looking."""
    a, b = (sum(map(np.prod, glimpse.shapes(ALL[n].config).values())) for n in (whole, looking))
    assert a == pytest.approx(b, rel=0.005)


def test_the_paper_s_classifiers_look_at_100_x_100_pixels_through_12_filters():
    c = ALL["cluttered"].config
    assert (c.A, c.B, c.T, c.H, c.N) == (100, 100, 8, 256, 12) and ALL["cluttered-4"].config.T == 4


def test_what_a_run_takes_by_default():
    """The README's times and results are of these numbers."""
    r, steps = ALL["small"].recipe, {}
    assert (r.steps, r.batch_size, r.lr, r.clip, r.schedule) == (3000, 64, 3e-3, 10.0, "cosine")
    assert r.check_every == 250 and r.segments == 1 and r.engine == "manual"
    for name in ("mnist", "cifar", "svhn"):
        large = ALL[name].recipe
        assert (large.batch_size, large.schedule, large.check_every) == (100, "stable", 2500)
        steps[name] = large.steps
    assert steps == {"mnist": 150_000, "cifar": 150_000, "svhn": 350_000}
    assert ALL["mnist"].recipe.lr == 3e-3 and ALL["cifar"].recipe.lr == 1e-3
    for name, (steps, clip, check_every) in CLASSIFIERS.items():
        r = ALL[name].recipe
        assert (r.steps, r.clip, r.check_every) == (steps, clip, check_every)
        assert (r.batch_size, r.lr) == (100, 1e-3)


CLASSIFIERS = {
    **dict.fromkeys(("cluttered-small", "cluttered-small-whole"), (5000, 10, 250)),
    **dict.fromkeys(("cluttered", "cluttered-4", "cluttered-whole"), (50_000, 1, 2000)),
}


@pytest.mark.parametrize("name", presets.PRESETS)
def test_every_preset_can_begin(name):
    p = presets.find(name)
    assert p.recipe.data in data.LOADERS
    config = replace(p.config, H=2, T=2)  # its pixels and patches, a small rest
    k = loop.begin(name, config, replace(p.recipe, batch_size=2), dataset(4, config), 0)
    assert {n: v.shape for n, v in k.params.items()} == parameters.shapes(config)


@pytest.mark.parametrize(
    "name", [n for n, p in presets.PRESETS.items() if p.recipe.data in data.EMBEDDED]
)
def test_offline_presets_fit_their_data(name):
    p = presets.find(name)
    d = data.load(p.recipe.data, p.recipe.binarise)
    assert d.image_shape == p.config.image_shape
    assert len(d.train) >= p.recipe.batch_size


def test_flops_of_the_papers_networks():
    """368 MFLOP forward and backward for an image of MNIST, in the paper's restatement."""
    assert presets.step_flops(Config(), 1) / 1e6 == pytest.approx(368, abs=1)
    plain = Config(N_read=None, N_write=None)
    assert presets.step_flops(plain, 1) / 1e6 == pytest.approx(1056, abs=2)


def test_listing_has_a_row_for_each_and_calls_the_time_an_estimate(monkeypatch):
    monkeypatch.setattr(listing, "products_per_second", lambda: 1e11)
    text = listing.listed()
    for name, p in presets.PRESETS.items():
        row = next(line for line in text.splitlines() if line.startswith(name + " "))
        assert f"{parameters.count(p.config):,}" in row
    assert "estimate" in text and "100 GFLOP/s" in text


def test_the_estimate_is_twice_what_the_products_of_all_steps_take(monkeypatch):
    p = presets.find("vae")
    flops = presets.step_flops(p.config, p.recipe.batch_size) * p.recipe.steps
    monkeypatch.setattr(listing, "products_per_second", lambda: flops / 1000)
    row = next(line for line in listing.listed().splitlines() if line.startswith("vae "))
    assert row.endswith("  33.3 minutes")  # 2000 seconds


def test_the_speed_of_a_product_is_that_of_the_fastest_of_ten(monkeypatch):
    """The eleventh would be the fastest of all."""
    taken = [9, 8, 7, 6, 5, 4, 3, 5, 6, 2, 1]
    clock = (t for k, s in enumerate(taken) for t in (100 * k, 100 * k + s))
    monkeypatch.setattr(listing.time, "perf_counter", lambda: next(clock))
    assert listing.products_per_second(20, 30, 40) == 2 * 20 * 30 * 40 / 2


def test_a_product_takes_time():
    assert 1e8 < listing.products_per_second(20, 64, 64) < 1e14


def test_a_recipe_that_cannot_be_is_one_sentence():
    for bad, sentence in (
        ({"steps": 0}, "steps = 0: it must be at least 1"),
        ({"batch_size": -3}, "batch_size = -3: it must be at least 1"),
        ({"lr": 0.0}, "lr = 0.0: it must be positive"),
        ({"clip": np.nan}, "clip = nan: it must be positive"),
        ({"steps": 2.5}, "steps = 2.5: it must be a whole number"),
        ({"lr": "fast"}, "lr = fast: it must be positive, and a number"),
        ({"lr": np.inf}, "lr = inf: it must be positive"),
    ):
        with pytest.raises(ValueError, match=sentence):
            presets.Recipe(**bad)
    odd = presets.Recipe(schedule="linear")
    with pytest.raises(ValueError, match="no schedule 'linear': choose one of constant, cosine"):
        loop.begin("small", Config(H=2, T=2), odd, data.load("digits"), 0)
    with pytest.raises(ValueError, match="no preset 'tiny': choose one of small"):
        presets.find("tiny")


def test_the_recorded_vae_stands_beside_a_run_on_the_same_data_only():
    k = loop.begin("small", Config(H=2, T=2), presets.Recipe(), data.load("digits"), 0)
    ((name, _, _, remark),) = train.recorded_rows(k)
    assert "VAE" in name and "recorded: python -m draw_np.train --preset vae" in remark
    k.variant = "other pixels"
    assert train.recorded_rows(k) == []
