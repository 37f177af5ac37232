"""The sizes of a network, and what is said of sizes that cannot be."""

from dataclasses import FrozenInstanceError, asdict

import pytest

from draw_np.config import Config


def test_the_default_is_the_paper_s_mnist_model():
    expected = {"A": 28, "B": 28, "C": 1, "T": 64, "H": 256, "Z": 100, "N_read": 2, "N_write": 5}
    assert asdict(Config()) == expected | {"K": None}


def test_sizes_that_follow():
    config = Config(A=5, B=4, C=3, N_read=2, N_write=3)
    assert config.image_shape == (3, 4, 5)
    assert (config.pixels, config.read_size, config.write_size) == (60, 2 * 3 * 4, 3 * 9)
    whole = Config(A=5, B=4, C=3, N_read=None, N_write=None)
    assert (whole.read_size, whole.write_size) == (2 * 60, 60)


def test_a_configuration_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Config().T = 3


@pytest.mark.parametrize("name", ["A", "B", "C", "T", "H", "Z", "N_read", "N_write"])
@pytest.mark.parametrize("size", [0, -1, 2.0, 1.5, "3", True])
def test_a_size_that_cannot_be_is_named_in_one_sentence(name, size):
    with pytest.raises(ValueError) as raised:
        Config(**{name: size})
    said = str(raised.value)
    assert said.startswith(f"{name} = {size!r} ")
    assert "whole number of at least 1" in said and "\n" not in said


def test_only_the_attention_may_be_left_out():
    assert Config(N_read=None, N_write=None).N_write is None
    with pytest.raises(ValueError, match="Z = None"):
        Config(Z=None)
    with pytest.raises(ValueError, match="None for no attention"):
        Config(N_read=0)
