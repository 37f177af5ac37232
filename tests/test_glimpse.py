"""The attentive classifier: where it looks, what it names in the end, and that it learns."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from strategies import glimpse_problem

from draw_np import attention, glimpse, gradcheck, lstm, nn, parameters
from draw_np.data.dataset import Dataset, Images
from draw_np.glimpse import GlimpseConfig
from draw_np.manual import glimpse as by_hand
from draw_np.measuring import classification
from draw_np.training import optim


def test_the_default_is_the_paper_s_classifier():
    """Table 3: 8 glimpses of 12 x 12 filters at 100 x 100 pixels, 256 units, ten digits."""
    expected = {"A": 100, "B": 100, "C": 1, "T": 8, "H": 256, "N": 12, "K": 10}
    assert asdict(GlimpseConfig()) == expected


def test_classifier_by_one_glimpse_at_a_time():
    """Every equation once more, with nothing shared between steps but h and s."""
    config, p, x, labels = glimpse_problem()
    h = np.tile(p["h_0"], (len(x), 1))
    s = np.tile(p["s_0"], (len(x), 1))
    for _ in range(config.T):
        raw = nn.affine(h, p["read.W"], p["read.b"])
        att = attention.attention(raw, config.A, config.B, config.N)
        g = attention.glimpse(x, att, config.N).reshape(len(x), -1)
        h, s = lstm.lstm(g, h, s, p["rnn.W"], p["rnn.b"])
    logits = nn.affine(h, p["classes.W"], p["classes.b"])
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(probability[np.arange(len(x)), labels])
    found = glimpse.terms(p, x, labels, config)
    np.testing.assert_allclose(found.cross_entropy, expected, rtol=1e-12)
    np.testing.assert_array_equal(found.error, probability.argmax(axis=1) != labels)
    assert glimpse.loss(p, x, labels, config) == pytest.approx(expected.mean(), rel=1e-12)


def test_the_place_of_a_glimpse_is_that_of_the_output_before():
    config, p, x, _ = glimpse_problem()
    _, att = glimpse.classify(p, x, config)
    assert att.g_X.shape == (config.T, len(x))
    np.testing.assert_allclose(att.g_X[0], att.g_X[0, 0])  # from h_0, the same for all images
    assert np.ptp(att.g_X[1]) > 1e-3  # what was seen moves the next
    first = nn.affine(p["h_0"][None], p["read.W"], p["read.b"])[0]
    assert att.g_X[0, 0] == pytest.approx((config.A + 1) / 2 * (first[0] + 1))
    assert att.sigma2[0, 0] == pytest.approx(np.exp(first[2]))


def test_a_class_is_named_after_the_last_glimpse_only():
    config, p, x, labels = glimpse_problem()
    longer = replace(config, T=config.T + 1)
    a, b = (glimpse.classify(p, x, c)[0] for c in (config, longer))
    assert np.max(np.abs(a - b)) > 1e-4
    p["rnn.W"][:], p["rnn.b"][:] = 0, 0
    p["s_0"][:] = 0  # h is 0 after any glimpse
    expected = np.exp(p["classes.b"]) / np.exp(p["classes.b"]).sum()
    named = glimpse.classify(p, x, config)[0]
    np.testing.assert_allclose(named, np.tile(expected, (len(x), 1)))
    loss = glimpse.loss(p, x, labels, config)
    assert loss == pytest.approx(-np.log(expected[labels]).mean())


def test_gradient_by_finite_differences():
    config, p, x, labels = glimpse_problem()
    verdict = gradcheck.check(lambda q: glimpse.loss(q, x, labels, config), p)
    assert verdict.ok, str(verdict)
    assert all(e.analytic != 0 for e in verdict.entries), str(verdict)


def test_cross_entropy_is_finite_far_out():
    logits = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 0.0]], np.float32)
    found = glimpse.judged(logits, np.array([0, 0]))
    np.testing.assert_array_equal(found.cross_entropy, [0, 2e4])
    np.testing.assert_array_equal(found.error, [0, 1])


def test_shapes_are_those_of_new_parameters():
    for config in (GlimpseConfig(), GlimpseConfig(A=7, B=5, C=3, T=1, H=4, N=1, K=2)):
        p = glimpse.initialise(np.random.default_rng(0), config)
        assert {name: value.shape for name, value in p.items()} == glimpse.shapes(config)
        assert {value.dtype for value in p.values()} == {np.dtype(np.float32)}


def test_the_first_glimpse_covers_the_image():
    config = GlimpseConfig(A=60, B=60)
    p = glimpse.initialise(np.random.default_rng(0), config, parameters.Start(sigma_per_stride=0.7))
    _, att = glimpse.classify(p, np.zeros((1, 1, 60, 60), np.float32), config)
    assert (att.g_X[0, 0], att.g_Y[0, 0], att.gamma[0, 0]) == (30.5, 30.5, 1)
    assert att.delta[0, 0] == pytest.approx(59 / 11)
    assert att.sigma2[0, 0] ** 0.5 == pytest.approx(0.7 * 59 / 11)


def test_float32_stays():
    config, p, x, labels = glimpse_problem(dtype=np.float32)
    assert glimpse.loss(p, x, labels, config).dtype == np.float32
    assert glimpse.classify(p, x, config)[0].dtype == np.float32


@pytest.mark.parametrize("size", [0, -1, 2.0, True, None])
def test_sizes_are_whole_numbers(size):
    with pytest.raises(ValueError, match=r"N = .* is not a size"):
        GlimpseConfig(N=size)


PATTERNS = np.kron(
    [[[1, 1], [0, 0]], [[1, 0], [1, 0]], [[1, 0], [0, 1]], [[0, 1], [1, 0]]], np.ones((3, 3))
)


def patterns_anywhere(rng, M, size=16):
    """One of four patterns of 6 x 6 at a random place, and which."""
    x, labels = np.zeros((M, 1, size, size), np.float32), rng.integers(4, size=M)
    for image, label, (y, a) in zip(x, labels, rng.integers(size - 5, size=(M, 2)), strict=True):
        image[0, y : y + 6, a : a + 6] = PATTERNS[label]
    return x, labels


def test_it_learns_to_look():
    """The error goes from three in four to almost none, and the windows differ by image."""
    config, rng, errors = (
        GlimpseConfig(A=16, B=16, T=2, H=32, N=4, K=4),
        np.random.default_rng(0),
        [],
    )
    p = glimpse.initialise(rng, config)
    adam = optim.Adam.for_parameters(p)
    for _ in range(220):
        x, labels = patterns_anywhere(rng, 64)
        terms, gradient = by_hand.terms_and_gradient(p, x, labels, config)
        adam.update(p, optim.clip_by_global_norm(gradient, 10)[0], 5e-3)
        errors.append(float(terms.error))
    assert np.mean(errors[:5]) > 0.6 and np.mean(errors[-20:]) < 0.1
    _, att = glimpse.classify(p, x, config)
    assert np.std(att.g_X[1]) > 0.5 or np.std(att.g_Y[1]) > 0.5


def engine_calls():
    """What takes labels: (params, x, labels, config) -> anything."""
    return [glimpse.terms, glimpse.loss, by_hand.terms_and_gradient]


@pytest.mark.parametrize("call", engine_calls(), ids=lambda f: f"{f.__module__}.{f.__name__}")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda y, K: np.where(np.arange(len(y)) == 1, -1, y), "go from -1 to"),
        (lambda y, K: np.where(np.arange(len(y)) == 1, K, y), "expected classes from 0 to"),
        (lambda y, K: np.where(np.arange(len(y)) == len(y) - 1, 255, y).astype(np.uint8), "to 255"),
        (lambda y, K: y.astype(float), "labels are float64"),
        (lambda y, K: np.where(y == y, np.nan, y), "labels are float64"),
        (lambda y, K: y.astype(str), "labels are <U"),
        (lambda y, K: y > 0, "labels are bool"),
        (lambda y, K: y[:, None], "of shape"),
        (lambda y, K: y[:-1], "of shape"),
    ],
)
def test_both_engines_refuse_labels_that_are_no_classes(call, change, words):
    config, p, x, labels = glimpse_problem()
    with pytest.raises(ValueError, match=words):
        call(p, x, change(labels, config.K), config)
    for extreme in (0, config.K - 1):  # and take the outermost of those that are
        call(p, x, np.full(len(x), extreme), config)


@pytest.mark.parametrize(
    "call",
    [*engine_calls(), lambda p, x, labels, config: glimpse.classify(p, x, config)],
    ids=["terms", "loss", "by hand", "classify"],
)
def test_images_that_do_not_fit_are_refused(call):
    """Without a look at them they are read, and give probabilities like any others."""
    config, p, x, labels = glimpse_problem()
    call(p, x, labels, config)
    for bad, said in (
        (x[:, :, :3, :3], "x has the shape"),
        (x[:, :1], "x has the shape"),
        (x[0], "x has the shape"),
        (x * 255, "x has pixels from .* to 2"),
        (x * np.nan, "x has pixels from nan"),
        (x.tolist(), "x is a list"),
    ):
        with pytest.raises(ValueError, match=said):
            call(p, bad, labels, config)


@pytest.mark.parametrize("split", ["train", "valid", "test"])
@pytest.mark.parametrize("wrong", [-1, 3, np.nan, 1.5, 200])
def test_a_split_with_another_class_than_the_networks_is_not_judged(split, wrong):
    config, p, x, _ = glimpse_problem()
    config = replace(config, K=3)
    p = glimpse.initialise(np.random.default_rng(0), config)
    labels = np.zeros(len(x), type(wrong))
    dataset = Dataset("d", "v", **{s: Images(x, labels.copy()) for s in ("train", "valid", "test")})
    found = classification.judge(p, config, dataset.split(split))
    assert len(found.error) == len(x)
    dataset.split(split).labels[-1] = wrong
    with pytest.raises(ValueError, match=r"no class|and the network only 0 to 2: choose"):
        classification.judge(p, config, dataset.split(split), batch_size=1)
