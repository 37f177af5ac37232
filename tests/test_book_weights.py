"""The trained networks of the book: stored whole, small, and as good as they say."""

import numpy as np
import pytest
from small_run import begin, dataset, nothing

from draw_np.book import weights
from draw_np.training import checkpoint, loop

MEGABYTE = 1_000_000


@pytest.mark.parametrize("name", weights.names())
def test_a_stored_network_says_how_it_was_made(name):
    trained = weights.load(name)
    assert trained.command.startswith("python -m draw_np.")
    assert {n: v.shape for n, v in trained.params.items()} == trained.task.shapes(trained.config)
    assert all(v.dtype == np.float32 and np.isfinite(v).all() for v in trained.params.values())
    assert 0 < trained.step <= trained.recipe.steps
    assert trained.log["step"][-1] <= trained.recipe.steps
    assert trained.step in trained.log["valid_step"]


def test_all_of_them_take_a_few_megabytes():
    sizes = [path.stat().st_size for path in weights.FOLDER.glob("*.npz")]
    assert len(sizes) >= 3 and sum(sizes) < 8 * MEGABYTE


def test_a_stored_network_reaches_what_it_says():
    trained = weights.load("small")
    found = weights.measure(trained.params, trained.config, weights.dataset(trained).test)
    assert found["images"] == trained.result["images"] == 200
    assert np.isclose(found["bound"], trained.result["bound"], rtol=1e-4)
    assert np.isclose(found["error"], trained.result["error"], rtol=1e-3)


def test_an_unknown_name_is_told_what_there_is():
    with pytest.raises(ValueError, match=r"no network 'smal' is stored: choose one of .*small"):
        weights.load("smal")


def test_a_run_is_stored_rounded_with_every_tenth_row_of_its_log(tmp_path, monkeypatch):
    k, data = begin(), dataset()
    run = tmp_path / "run"
    run.mkdir()
    loop.train(k, data, run, 8, nothing)
    monkeypatch.setattr(weights, "dataset", lambda k: data)
    weights.store(run, "tiny", "python -m draw_np.train", tmp_path)
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    again, best = weights.load("tiny"), checkpoint.load_best(run)
    assert again.step == best.step and again.config == k.config and again.recipe == k.recipe
    for name, value in best.params.items():
        assert np.array_equal(again.params[name], value.astype(np.float16).astype(np.float32))
    assert again.log["step"].tolist() == [1]
    assert again.result == weights.measure(again.params, again.config, data.test)


@pytest.mark.parametrize("name", weights.names())
def test_the_readme_says_what_is_stored(name):
    trained = weights.load(name)
    r = trained.result
    said = (
        f"bound {r['bound']:.1f} ({r['error']:.1f})" if "bound" in r else f"error {r['error']:.1%}"
    )
    text = (weights.FOLDER / "README.md").read_text(encoding="utf-8").replace(" %", "%")
    command = trained.command.removeprefix("python -m draw_np.")
    assert f"| `{name}` | `{command}` | {said} |" in text
