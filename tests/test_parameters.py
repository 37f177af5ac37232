"""A new network's parameters: how many, which, and where they start."""

import math

import numpy as np
import pytest
from strategies import CONFIGS

from draw_np import attention as attn
from draw_np import nn, parameters, pyramid
from draw_np.config import Config

MNIST = Config(A=28, B=28, C=1, T=64, H=256, Z=100, N_read=2, N_write=5)
NO_ATTENTION = Config(A=28, B=28, C=1, T=64, H=256, Z=100, N_read=None, N_write=None)
SVHN = Config(A=54, B=54, C=3, T=32, H=800, Z=100, N_read=12, N_write=12)
CIFAR = Config(A=32, B=32, C=3, T=64, H=400, Z=200, N_read=5, N_write=5)


def new(config, seed=0, **options):
    return parameters.initialise(np.random.default_rng(seed), config, **options)


@pytest.mark.parametrize(
    ("config", "number"),
    [(MNIST, 961_275), (NO_ATTENTION, 2_751_208), (SVHN, 11_297_390), (CIFAR, 2_682_357)],
)
def test_the_paper_s_networks_have_this_many_parameters(config, number):
    assert parameters.count(config) == number
    assert sum(value.size for value in new(config).values()) == number


def test_shapes_are_known_before_there_is_a_network():
    for config in (MNIST, *CONFIGS.values()):
        made = {name: value.shape for name, value in new(config).items()}
        assert parameters.shapes(config) == made


def test_the_parts_of_the_mnist_network():
    sizes = {name: value.size for name, value in new(MNIST).items()}
    assert sizes["enc.W"] + sizes["enc.b"] == 4 * 256 * (2 * 4 + 256 + 256 + 1) == 533_504
    assert sizes["dec.W"] + sizes["dec.b"] == 4 * 256 * (100 + 256 + 1) == 365_568
    posterior = ("mu.W", "mu.b", "log_sigma.W", "log_sigma.b")
    assert sum(sizes[name] for name in posterior) == 2 * 100 * 257 == 51_400
    assert sizes["patch.W"] + sizes["patch.b"] == 25 * 257 == 6_425
    starts = ("c_0", "h_enc_0", "s_enc_0", "h_dec_0", "s_dec_0")
    assert sum(sizes[name] for name in starts) == 784 + 4 * 256 == 1_808


def test_read_and_write_have_a_head_each():
    for config in (MNIST, *CONFIGS.values()):
        params = new(config)
        for head, N in [("read", config.N_read), ("write", config.N_write)]:
            if N is None:
                assert not any(name.startswith(f"{head}.") for name in params)
            else:
                assert params[f"{head}.W"].shape == (config.H, 5)
                assert params[f"{head}.b"].shape == (5,)
    params = new(MNIST)
    assert params["read.W"] is not params["write.W"]
    assert np.all(params["read.W"] != params["write.W"])


def test_c_0_is_the_logit_of_the_training_mean():
    config = CONFIGS["three channels"]
    mean = np.random.default_rng(0).uniform(0.1, 0.9, config.image_shape)
    c_0 = new(config, mean_image=mean, dtype=np.float64)["c_0"]
    assert c_0.shape == config.image_shape
    assert nn.sigmoid(c_0) == pytest.approx(mean, rel=1e-12)
    # a pixel that was never or always white is not believed to the last
    sure = np.broadcast_to([0.0, 0.5, 1.0], config.image_shape)
    limits = math.log(0.01 / 0.99), 0, math.log(0.99 / 0.01)
    assert new(config, mean_image=sure)["c_0"][0, 0] == pytest.approx(limits, abs=1e-5)
    assert not new(config)["c_0"].any()


@pytest.mark.parametrize("network", ["draws", "pyramid"])
@pytest.mark.parametrize(
    "mean, said",
    [
        (0.13, r"mean_image has the shape \(\): expected \(1, 4, 8\)"),
        (np.full((4, 8), 0.1), r"mean_image has the shape \(4, 8\): expected \(1, 4, 8\)"),
        (np.full((3, 4, 8), 0.1), "mean_image has the shape"),
        (np.full((1, 4, 8), 33.0), "mean_image has pixels from 33.0 to 33.0: expected intensities"),
        (np.linspace(-0.01, 1, 32).reshape(1, 4, 8), "mean_image has pixels from -0.01 to 1.0"),
        (np.linspace(0, 1.01, 32).reshape(1, 4, 8), "mean_image has pixels from 0.0 to 1.01"),
        (np.full((1, 4, 8), np.nan), "mean_image has pixels from nan"),
    ],
)
def test_a_mean_image_is_one_of_the_network_s_images(network, mean, said):
    config = Config(A=8, B=4) if network == "draws" else pyramid.PyramidConfig(A=8, B=4, T=2)
    begin = parameters if network == "draws" else pyramid
    begin.initialise(np.random.default_rng(0), config, mean_image=np.full((1, 4, 8), 0.1))
    with pytest.raises(ValueError, match=said):
        begin.initialise(np.random.default_rng(0), config, mean_image=mean)


@pytest.mark.parametrize("side", [(28, 28, 2, 5), (28, 20, 5, 12), (60, 60, 12, 3)])
def test_the_first_windows_roughly_cover_the_image(side):
    A, B, N_read, N_write = side
    config = Config(A=A, B=B, H=8, N_read=N_read, N_write=N_write)
    params = new(config, start=parameters.Start(sigma_per_stride=0.4), dtype=np.float64)
    for head, N in [("read", N_read), ("write", N_write)]:
        att = attn.attention(params[f"{head}.b"][None], A, B, N)
        stride = (max(A, B) - 1) / (N - 1)
        assert (att.g_X[0], att.g_Y[0]) == ((A + 1) / 2, (B + 1) / 2)
        assert (att.delta[0], att.gamma[0]) == pytest.approx((stride, 1))
        assert math.sqrt(att.sigma2[0]) == pytest.approx(0.4 * stride)


def test_an_image_of_one_pixel_has_filters_measured_in_pixels():
    """There is no stride to measure them by."""
    one = Config(A=1, B=1, H=8, N_read=3, N_write=3)
    params = new(one, start=parameters.Start(sigma_per_stride=0.4), dtype=np.float64)
    for head in ("read", "write"):
        assert math.exp(params[f"{head}.b"][2] / 2) == pytest.approx(0.4)


def test_weights_of_the_heads_are_scaled_and_others_are_not():
    config = Config(A=4, B=4, H=400, Z=10, N_read=2, N_write=2)
    params = new(config, start=parameters.Start(head_scale=0.1))
    for name, scale in [("read.W", 0.1), ("write.W", 0.1), ("patch.W", 1), ("mu.W", 1)]:
        assert params[name].std() == pytest.approx(scale / math.sqrt(400), rel=0.1)


def test_forget_gates_start_at_the_given_bias():
    params = new(CONFIGS["attention"], start=parameters.Start(forget_bias=0.7), dtype=np.float64)
    for name in ("enc.b", "dec.b"):
        assert params[name].reshape(4, 4).tolist() == [[0] * 4, [0.7] * 4, [0] * 4, [0] * 4]


def test_by_default_cells_remember_and_windows_are_wide_and_hardly_differ():
    """Forget gates at 1, filters half a stride wide, and a twentieth of other maps' weights."""
    params = new(MNIST)
    for name in ("enc.b", "dec.b"):
        assert params[name].reshape(4, 256).mean(axis=1).tolist() == [0, 1, 0, 0]
    for head, stride in [("read", 27), ("write", 27 / 4)]:
        assert params[f"{head}.b"][2] == pytest.approx(2 * math.log(stride / 2), rel=1e-6)
        assert params[f"{head}.W"].std() == pytest.approx(0.05 / math.sqrt(256), rel=0.1)


def test_a_network_is_a_function_of_its_seed():
    config = CONFIGS["attention"]
    first, again, other = new(config, 0), new(config, 0), new(config, 1)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert all(np.all(first[name] != other[name]) for name in first if name.endswith(".W"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_the_one_asked_for(dtype):
    for config in CONFIGS.values():
        mean = np.full(config.image_shape, 0.5)
        params = new(config, mean_image=mean, dtype=dtype)
        assert {value.dtype for value in params.values()} == {np.dtype(dtype)}
        assert all(np.all(np.isfinite(value)) for value in params.values())
    assert {value.dtype for value in new(config).values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("value", [0, -0.5, math.nan])
def test_a_start_that_cannot_be_is_named(value):
    with pytest.raises(ValueError, match=r"sigma_per_stride = .*must be positive"):
        parameters.Start(sigma_per_stride=value)
    if value != 0:
        with pytest.raises(ValueError, match=r"head_scale = .*must not be negative"):
            parameters.Start(head_scale=value)
