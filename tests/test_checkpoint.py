"""Checkpoints: whole, ours, without pickle, and the same after a round trip."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_run import RECIPE, assert_same, begin, dataset

from draw_np.training import checkpoint, loop


@pytest.fixture
def trained():
    k, data = begin(), dataset()
    for _ in range(3):
        loop.advance(k, data)
    k.best = 12.5
    return k


def test_round_trip_is_bit_for_bit(trained, tmp_path):
    checkpoint.save(tmp_path / "a.npz", trained)
    loaded = checkpoint.load(tmp_path / "a.npz")
    assert_same(loaded, trained)
    assert loaded.seconds == trained.seconds and loaded.variant == trained.variant
    for name, stream in trained.streams.items():
        assert stream.random() == loaded.streams[name].random()


def test_a_folder_stands_for_its_checkpoint(trained, tmp_path):
    checkpoint.save(tmp_path / "checkpoint.npz", trained)
    assert_same(checkpoint.load(tmp_path), trained)


def test_nothing_in_the_file_needs_pickle(trained, tmp_path):
    checkpoint.save(tmp_path / "a.npz", trained)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_failed_write_leaves_the_old_file_and_no_rubbish(trained, tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    checkpoint.save(path, trained)
    before = path.read_bytes()

    def half(file, **arrays):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(OSError):
        checkpoint.save(path, trained)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def changed_meta(k, **changes):
    """The arrays of a checkpoint with some of its JSON changed."""
    arrays = checkpoint.packed(k)
    meta = json.loads(arrays["meta"].tobytes()) | changes
    return arrays | {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}


def test_files_that_cannot_be_used_are_one_sentence(trained, tmp_path):
    good = tmp_path / "good.npz"
    checkpoint.save(good, trained)
    whole = good.read_bytes()
    bad = {
        "short": whole[: len(whole) // 2],
        "flipped": whole[:3000] + b"\xff" * 40 + whole[3040:],
        "empty": b"",
        "text": b"hello",
        "header": whole[:10],
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(checkpoint.CheckpointError, match="not a whole checkpoint"):
            checkpoint.load(tmp_path / name)
    with pytest.raises(checkpoint.CheckpointError, match=r"there is no checkpoint .*nowhere"):
        checkpoint.load(tmp_path / "nowhere")
    with pytest.raises(checkpoint.CheckpointError, match="there is no checkpoint"):
        checkpoint.load(tmp_path)  # a folder without one
    np.save(tmp_path / "array.npy", np.zeros(3))
    np.savez(tmp_path / "other.npz", weights=np.zeros(3))
    for other in ("array.npy", "other.npz"):
        with pytest.raises(checkpoint.CheckpointError, match="not a"):
            checkpoint.load(tmp_path / other)


@pytest.mark.parametrize("part", ["params/enc.W", "adam_m/enc.W", "adam_v/c_0"])
def test_missing_or_misshapen_arrays_are_found(trained, tmp_path, part):
    arrays = checkpoint.packed(trained)
    for changed in (
        {k: v for k, v in arrays.items() if k != part},
        arrays | {part: np.zeros(3, np.float32)},
    ):
        np.savez(tmp_path / "a.npz", **changed)
        with pytest.raises(checkpoint.CheckpointError, match="not have the shapes"):
            checkpoint.load(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "change",
    [{"format": "draw-np checkpoint 0"}, {"config": {"T": 0}}, {"recipe": {}}, {"streams": 3}],
)
def test_meta_of_another_kind_is_found(trained, tmp_path, change):
    np.savez(tmp_path / "a.npz", **changed_meta(trained, **change))
    with pytest.raises(checkpoint.CheckpointError, match=r"a\.npz is not a checkpoint of this"):
        checkpoint.load(tmp_path / "a.npz")


def test_recipe_survives(trained, tmp_path):
    trained.recipe = replace(RECIPE, lr=0.123, schedule="constant")
    checkpoint.save(tmp_path / "a.npz", trained)
    assert checkpoint.load(tmp_path / "a.npz").recipe == trained.recipe
