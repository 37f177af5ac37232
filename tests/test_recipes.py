"""The comparison of recipes: what a training measures, and how the table is made of them."""

import numpy as np
import pytest

from benchmarks import recipes
from draw_np import data
from draw_np.measuring import bounds
from draw_np.training import loop


def test_a_running_average_goes_its_share_of_the_way():
    mean = {"W": np.array([0.0, 8.0])}
    for _ in range(2):
        recipes.average(mean, {"W": np.array([4.0, 0.0])}, 0.25)
    np.testing.assert_allclose(mean["W"], [1.75, 4.5])  # 4 (1 - 0.75^2), 8 * 0.75^2


def test_a_training_is_measured_before_and_after_the_rate_falls(monkeypatch):
    """A bias is set to the number of the step, and the bound is that bias."""
    monkeypatch.setattr(recipes, "T", 2)
    monkeypatch.setattr(bounds, "bound", lambda params, config, split: Told(params))
    steps = []

    def advance(run, dataset):
        run.step += 1
        steps.append(run.recipe)
        run.params["dec.b"] = np.full_like(run.params["dec.b"], float(run.step))

    class Told:
        def __init__(self, params):
            self.mean = float(params["dec.b"].flat[0])

    monkeypatch.setattr(loop, "advance", advance)
    row = recipes.trained(data.load("digits"), 0.006, 50, seed=3, images=2000)
    assert (row.lr, row.batch, row.seed) == (0.006, 50, 3)
    assert len(steps) == 40 and {(r.lr, r.batch_size, r.schedule) for r in steps} == {
        (0.006, 50, "stable")
    }
    assert (row.before, row.after) == (36, 40)  # a tenth of the steps is the fall
    weights = 0.5 * 0.5 ** np.arange(40)  # of the last step, the one before it, ...
    assert row.before_average == pytest.approx(weights[:36] @ np.arange(36, 0, -1), abs=0.01)
    assert row.after_average == pytest.approx(weights @ np.arange(40, 0, -1), abs=0.01)


def test_the_table_has_means_and_ranges_over_seeds():
    made = [
        recipes.Row(0.003, 100, seed, 1.0, *np.array([160.0, 159, 150, 151]) + 2 * seed)
        for seed in (0, 1, 2)
    ]
    assert list(recipes.table(made))[2:] == [
        "| 100 | 0.003 | 3 | 162.0 (4.0) | 161.0 (4.0) | 152.0 (4.0) | 153.0 (4.0) |"
    ]


def test_what_stands_in_the_file_is_not_trained_again(tmp_path, monkeypatch, capsys):
    asked = []

    def trained(dataset, lr, batch, seed):
        asked.append((lr, batch, seed))
        return recipes.Row(lr, batch, seed, 2.0, 4.0, 3.0, 2.0, 1.0)

    monkeypatch.setattr(recipes, "trained", trained)
    monkeypatch.setattr(recipes.data, "load", lambda name, data_dir: name)
    out = tmp_path / "recipes.csv"
    assert recipes.main(["--out", str(out)]) == 0
    assert len(set(asked)) == len(asked) == 18
    out.write_text("\n".join(out.read_text().splitlines()[:-1]))
    assert recipes.main(["--out", str(out)]) == 0
    assert asked[18:] == asked[17:18]
    assert "| 50 | 0.001 | 3 | 4.0 (0.0) | 3.0 (0.0) | 2.0 (0.0) | 1.0 (0.0) |" in (
        capsys.readouterr().out
    )
