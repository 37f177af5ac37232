"""The ladder from the blocks to the fast engine: each rung is the one below and a trick more."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from strategies import CONFIGS, batch, lively
from test_manual_loss import WHOLE, assert_equal, assert_same_terms

from draw_np.book import backward
from draw_np.book.backward import Tally, counting
from draw_np.fast import driver, ladder
from draw_np.manual import model
from draw_np.training.engines import ENGINES

NAMES = [rung.name for rung in ladder.RUNGS]
PAIRS = list(pairwise(NAMES))
NETWORKS = {**CONFIGS, **WHOLE}


def problem(name, M=5, dtype=np.float64):
    config = NETWORKS[name]
    return lively(config, 3, dtype), *batch(config, M), config


@pytest.mark.parametrize("name", NETWORKS)
def test_the_lowest_rung_is_autograd_s(name):
    terms, gradient = ladder.gradient(NAMES[0])(*problem(name))
    theirs, slopes = ENGINES["autograd"].terms_and_gradient(*problem(name))
    assert_same_terms(terms, theirs)
    assert_equal(gradient, slopes)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("below, rung", PAIRS)
def test_each_rung_computes_what_the_one_below_computes(below, rung, name):
    given = problem(name)
    terms, gradient = ladder.gradient(rung)(*given)
    lower_terms, lower = ladder.gradient(below)(*given)
    assert_same_terms(terms, lower_terms)
    assert_equal(gradient, lower)


@pytest.mark.parametrize("rung", NAMES)
def test_a_rung_stays_float32(rung):
    terms, gradient = ladder.gradient(rung)(*problem("attention", dtype=np.float32))
    assert {v.dtype for v in (*terms, *gradient.values())} == {np.dtype("float32")}


def tally(rung):
    """What a rung of blocks does for one gradient."""
    found = Tally()
    Counted = counting(found)
    params, x, eps, config = problem("attention")
    params = {name: v.view(Counted) for name, v in params.items()}
    ladder.gradient(rung)(params, x.view(Counted), eps.view(Counted), config)
    return found


def test_every_trick_on_the_blocks_does_less():
    ground, wait, share, tanh, banks = map(tally, NAMES[:5])
    T = NETWORKS["attention"].T
    maps = 7  # read, enc, mu, log_sigma, dec, patch, write
    assert len(ground.dense) == 3 * maps * T
    assert len(wait.dense) == 2 * maps * T + maps
    assert len(share.dense) == 2 * (maps - 2) * T + maps - 2
    assert len(tanh.dense) == len(banks.dense) == len(share.dense)
    assert tanh.others < share.others and banks.others < tanh.others


def laid_out(rung, monkeypatch):
    """The workspace of a rung of the engine: rows apart, gates without gaps, parts."""
    monkeypatch.setattr(ladder.workspace, "shares", lambda xp, M: [slice(0, 2), slice(2, M)])
    monkeypatch.setattr(ladder.workspace, "LEAST_SHARE", 0)
    kept, fill = [], driver.Workspace
    monkeypatch.setattr(driver, "Workspace", lambda *sizes: kept.append(fill(*sizes)) or kept[0])
    ladder.gradient(rung)(*problem("mnist filters"))
    (ws,) = kept
    gate = ws.parts[0].steps[0].enc.gates[0]
    return ws.x_enc.strides[1] % 128 == 64, gate.flags.c_contiguous, len(ws.parts)


def test_the_engine_s_rungs_have_what_they_say(monkeypatch):
    found = []
    for rung in NAMES[5:]:
        with monkeypatch.context() as m:
            found.append(laid_out(rung, m))
    assert [gaps for _, gaps, _ in found] == [False, False, True, True]
    assert [parts for *_, parts in found] == [1, 1, 1, 2]
    assert [apart for apart, *_ in found] == [False, True, True, True]


def test_a_rung_leaves_everything_as_it_was():
    before = [
        getattr(module, name)
        for rung in ladder.RUNGS
        for module, name, _ in (*rung.functions, *rung.without)
    ]
    for rung in NAMES:
        ladder.gradient(rung)(*problem("attention"))
    after = [
        getattr(module, name)
        for rung in ladder.RUNGS
        for module, name, _ in (*rung.functions, *rung.without)
    ]
    assert before == after and model.lstm_forward.__module__ == "draw_np.manual.lstm"


def test_the_chapter_s_table_is_the_benchmark_s():
    root = Path(__file__).parent.parent
    readme = (root / "benchmarks" / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in readme if line.startswith(tuple(f"| {name} |" for name in NAMES))]
    assert [row.split(" | ")[0][2:] for row in rows] == NAMES
    told = [[float(cell.split()[0]) for cell in row.split("|")[2:-1]] for row in rows]
    assert told == [list(ms) for ms in zip(*backward.MEASURED.values(), strict=True)]


def test_a_rung_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"there is no rung 'magic': choose one of manual.model"):
        ladder.gradient("magic")
