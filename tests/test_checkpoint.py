"""Checkpoints: whole, ours, without pickle, and the same after a round trip."""

import json
from dataclasses import replace

import numpy as np
import pytest
from small_run import RECIPE, assert_same, begin, dataset

from draw_np import networks
from draw_np.networks import NetworkError, file
from draw_np.training import checkpoint, loop


@pytest.fixture
def trained():
    k, data = begin(), dataset()
    for _ in range(3):
        loop.advance(k, data)
    k.best = 12.5
    return k


def test_round_trip_is_bit_for_bit(trained, tmp_path):
    trained.save(tmp_path / "a.npz")
    loaded = checkpoint.load(tmp_path / "a.npz")
    assert_same(loaded, trained)
    assert loaded.seconds == trained.seconds and loaded.variant == trained.variant
    for name, stream in trained.streams.items():
        assert stream.random() == loaded.streams[name].random()


def test_a_folder_stands_for_its_checkpoint(trained, tmp_path):
    trained.save(tmp_path / "checkpoint.npz")
    assert_same(checkpoint.load(tmp_path), trained)


def test_nothing_in_the_file_needs_pickle(trained, tmp_path):
    trained.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_failed_write_leaves_the_old_file_and_no_rubbish(trained, tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    trained.save(path)
    before = path.read_bytes()

    def half(file, **arrays):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(OSError):
        trained.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def arrays_of(path, **changes):
    """The arrays of a file, with some of its JSON changed."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = dict(stored)
    meta = json.loads(arrays["meta"].tobytes()) | changes
    return arrays | {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}


def test_files_that_cannot_be_used_are_one_sentence(trained, tmp_path):
    good = tmp_path / "good.npz"
    trained.save(good)
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
        with pytest.raises(NetworkError, match="not a whole network file"):
            checkpoint.load(tmp_path / name)
    with pytest.raises(NetworkError, match=r"there is no network .*nowhere.*small"):
        checkpoint.load(tmp_path / "nowhere")
    with pytest.raises(NetworkError, match="there is no file"):
        checkpoint.load(tmp_path)  # a folder without one
    np.save(tmp_path / "array.npy", np.zeros(3))
    np.savez(tmp_path / "other.npz", weights=np.zeros(3))
    for other, said in (("array.npy", "not a whole"), ("other.npz", "holds no network")):
        with pytest.raises(NetworkError, match=said):
            checkpoint.load(tmp_path / other)


@pytest.mark.parametrize("part", ["params/enc.W", "adam_m/enc.W", "adam_v/c_0"])
def test_missing_or_misshapen_arrays_are_found(trained, tmp_path, part):
    path = tmp_path / "a.npz"
    trained.save(path)
    arrays = arrays_of(path)
    for changed in (
        {k: v for k, v in arrays.items() if k != part},
        arrays | {part: np.zeros(3, np.float32)},
    ):
        np.savez(path, **changed)
        with pytest.raises(NetworkError, match="not have the shapes"):
            checkpoint.load(path)


def spoiled(value):
    """An array with its first number replaced."""

    def change(array):
        array = array.copy()
        array.flat[0] = value
        return array

    return change


@pytest.mark.parametrize(
    "part, change, said",
    [
        ("params/enc.W", spoiled(np.nan), "not finite"),
        ("adam_v/enc.W", spoiled(np.inf), "not finite"),
        ("params/enc.W", lambda a: a.astype(complex), "not a whole"),
        ("params/c_0", lambda a: a > 0, "not a whole"),
        ("params/c_0", lambda a: a.astype("U8"), "not a whole"),
        ("order/waiting", lambda a: a.reshape(-1, 1), "not a whole"),
        ("order/waiting", lambda a: a.astype(float), "not a whole"),
        ("order/waiting", lambda a: -1 - a, "not a whole"),
    ],
)
def test_contents_are_looked_at(trained, tmp_path, part, change, said):
    path = tmp_path / "a.npz"
    trained.save(path)
    arrays = arrays_of(path)
    np.savez(path, **arrays | {part: change(arrays[part])})
    with pytest.raises(NetworkError, match=said):
        checkpoint.load(path)


@pytest.mark.parametrize(
    "change, said",
    [
        ({"format": "draw-np network 9"}, r"has the format 'draw-np network 9', and this version"),
        ({"config": {"T": 0}}, "not a whole network file"),
        ({"config": {"T": 10**30}}, "not have the shapes"),
        ({"recipe": {}}, "not a whole network file"),
        ({"streams": 3}, "not a whole network file"),
        ({"streams": {"noise": {"bit_generator": "PCG64"}}}, "not a whole network file"),
        ({"step": -1}, "not a whole network file"),
        ({"step": "many"}, "not a whole network file"),
        ({"seconds": None}, "not a whole network file"),
        ({"task": "paint"}, "not a whole network file"),
        ({"past": [{"first": 0}]}, "not a whole network file"),
    ],
)
def test_meta_of_another_kind_is_found(trained, tmp_path, change, said):
    path = tmp_path / "a.npz"
    trained.save(path)
    np.savez(path, **arrays_of(path, **change))
    with pytest.raises(NetworkError, match=said):
        checkpoint.load(path)


@pytest.mark.parametrize(
    "columns",
    [
        {"step": np.arange(4), "bound": np.arange(3)},  # not one row a step
        {"step": np.arange(4000), "bound": np.arange(4000)},  # more than there were steps
        {"kl": np.zeros((4, 2, 2))},
    ],
)
def test_a_log_that_cannot_be_the_network_s_is_found(trained, tmp_path, columns):
    path = tmp_path / "a.npz"
    trained.log = {"step": np.arange(4), "bound": np.arange(4), "valid_bound": np.arange(2)}
    networks.Network.save(trained, path)
    assert networks.load(path).log["bound"].tolist() == [0, 1, 2, 3]
    trained.log = columns
    networks.Network.save(trained, path)
    with pytest.raises(NetworkError, match="not a whole network file"):
        networks.load(path)


def test_a_log_may_have_a_number_for_every_drawing_step_of_every_training_step(trained, tmp_path):
    """Of 3 steps made and 8 to be made, T = 3: 11 rows of 4 numbers at most."""
    path = tmp_path / "a.npz"
    for rows in (11, 12):
        trained.log = {"kl": np.zeros((rows, 4))}
        networks.Network.save(trained, path)
        if rows == 11:
            assert networks.load(path).log["kl"].shape == (11, 4)
    with pytest.raises(NetworkError, match="not a whole network file"):
        networks.load(path)


@pytest.mark.parametrize("name", ["preset", "variant", "command", "fingerprint"])
def test_a_text_is_a_text(trained, tmp_path, name):
    path = tmp_path / "a.npz"
    trained.save(path)
    np.savez(path, **arrays_of(path, **{name: 7}))
    with pytest.raises(NetworkError, match="not a whole network file"):
        checkpoint.load(path)


def test_an_array_is_not_unpacked_before_its_size_is_known(trained, tmp_path, monkeypatch):
    """A file of a few kB can hold a gigabyte of zeros."""
    path = tmp_path / "a.npz"
    trained.save(path)
    np.savez_compressed(path, **arrays_of(path) | {"params/enc.W": np.zeros(50_000_000)})
    monkeypatch.setattr(np.lib.format, "read_array", refuse_large(np.lib.format.read_array))
    with pytest.raises(NetworkError, match="not have the shapes"):
        checkpoint.load(path)


def refuse_large(read):
    def guarded(f, **options):
        array = read(f, **options)
        assert array.nbytes < 1_000_000
        return array

    return guarded


def test_the_first_edition_s_checkpoints_still_load(trained, tmp_path):
    path = tmp_path / "a.npz"
    trained.save(path)
    new = ("past", "first", "weights", "fingerprint", "command", "result")
    arrays = arrays_of(path, format=file.FIRST)
    meta = {k: v for k, v in json.loads(arrays["meta"].tobytes()).items() if k not in new}
    np.savez(path, **arrays | {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)})
    old = checkpoint.load(path)
    assert_same(old, trained)
    assert old.fingerprint is None and old.past == () and old.first == 0


def test_a_network_alone_cannot_be_resumed():
    with pytest.raises(NetworkError, match=r"small holds a network without .* --from small"):
        checkpoint.load("small")


def test_recipe_survives(trained, tmp_path):
    trained.recipe = replace(RECIPE, lr=0.123, schedule="constant")
    trained.save(tmp_path / "a.npz")
    assert checkpoint.load(tmp_path / "a.npz").recipe == trained.recipe
