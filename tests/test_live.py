"""The mathematics that lives on the pages, held to the package's: in Node and in Chromium.

Node is asked wherever it is there; Chromium with ``-m slow``.
"""

import json
import shutil
import subprocess
from pathlib import Path

import bundle
import numpy as np
import pytest
from scipy import stats

from draw_np import attention, glimpse, latent, likelihood, lstm, model, nn, parameters
from draw_np.config import Config
from draw_np.data import digits

ROOT = Path(__file__).parent.parent
SITE = ROOT / "chapters" / "site"
NODE = shutil.which("node")
TOLERANCE = {"rtol": 1e-9, "atol": 1e-10}  # both compute in double precision

# ---------------------------------------------------------------- goldens by the package


def one(*values):
    return attention.Attention(*(np.array([v]) for v in values))


def golden_functions():
    """Names of functions of draw.js, arguments, and what the package says."""
    rng = np.random.default_rng(20)
    x, W, b = rng.standard_normal(3), rng.standard_normal((3, 4)), rng.standard_normal(4)
    cases = [("affine", [x, W.ravel(), b], nn.affine(x[None], W, b)[0])]
    for logits in (W[0], W[0] + 900, np.zeros(3)):
        cases.append(("softmax", [logits], np.exp(glimpse.log_softmax(logits[None]))[0]))
    for v in (-800.0, -3.5, 0.0, 1.25, 800.0):
        cases += [("sigmoid", [v], nn.sigmoid(v)), ("softplus", [v], nn.softplus(v))]
    h, s = rng.standard_normal((2, 1, 4))
    W, b = rng.standard_normal((7, 16)), rng.standard_normal(16)
    new = lstm.lstm(x[None], h, s, W, b)
    cases.append(("lstm", [x, h[0], s[0], W.ravel(), b], {"h": new[0][0], "s": new[1][0]}))
    for A, B, N in ((28, 28, 5), (7, 4, 3), (4, 9, 2), (6, 6, 1)):
        raw = rng.standard_normal(5)
        cases.append(("attention", [raw, A, B, N], grid(attention.attention(raw[None], A, B, N))))
    return cases + golden_filters(rng) + golden_glimpses(rng) + golden_costs(rng)


def grid(att):
    return {name: float(value[0]) for name, value in att._asdict().items()}


def golden_filters(rng):
    cases = []
    for g, delta, N in ((14.5, 2.6, 9), (-5.0, 0.8, 4), (3.0, 7.0, 1)):
        mu = attention.filter_centres(np.array([g]), np.array([delta]), N)
        cases.append(("filterCentres", [g, delta, N], mu[0]))
        for sigma2 in (1e-5, 0.1, 1.7, 4e4):
            F = attention.filterbank(mu, np.array([sigma2]), 28)
            cases.append(("filterbank", [mu[0], sigma2, 28], F.ravel()))
    far = np.array([[-4e5, 2e5, 0.5, 28.5]])
    F = attention.filterbank(far, np.array([0.3]), 28)
    return [*cases, ("filterbank", [far[0], 0.3, 28], F.ravel())]


def golden_glimpses(rng):
    cases = []
    for C, B, A, N in ((1, 6, 6, 3), (3, 4, 7, 2), (2, 9, 5, 1)):
        x, x_hat = rng.random((2, 1, C, B, A))
        w = rng.standard_normal((1, C, N, N))
        att = one(2.8, 3.3, 1.4, 0.9, 1.7)
        tail = [grid(att), A, B, N]
        cases += [
            ("glimpse", [x.ravel(), *tail], attention.glimpse(x, att, N).ravel()),
            ("read", [x.ravel(), x_hat.ravel(), *tail], attention.read(x, x_hat, att, N)[0]),
            ("write", [w.ravel(), *tail], attention.write(w, att, A, B).ravel()),
            ("readAll", [x.ravel(), x_hat.ravel()], attention.read_all(x, x_hat)[0]),
        ]
    return cases


def golden_costs(rng):
    mu, log_sigma, eps = rng.standard_normal((3, 1, 5))
    x, c = rng.random((1, 2, 3, 4)), rng.standard_normal((1, 2, 3, 4))
    return [
        ("sample", [mu[0], log_sigma[0], eps[0]], latent.sample(mu, log_sigma, eps)[0]),
        ("klToPrior", [mu[0], log_sigma[0]], latent.kl_to_prior(mu, log_sigma)[0]),
        ("bernoulliNll", [x.ravel(), c.ravel()], likelihood.bernoulli_nll(x, c)[0]),
    ]


NETWORKS = {
    "small": None,
    "small-noattention": None,
    "small-labelled": None,
    "by label": Config(A=5, B=6, C=2, T=3, H=4, Z=3, N_read=2, N_write=3, K=4),
    "by label, no attention": Config(A=4, B=3, T=2, H=5, Z=2, N_read=None, N_write=None, K=3),
    "wide": Config(A=9, B=5, T=3, H=6, Z=4, N_read=3, N_write=2),
    "high, one filter": Config(A=4, B=8, T=3, H=5, Z=3, N_read=1, N_write=1),
    "colour": Config(A=6, B=7, C=3, T=2, H=7, Z=2, N_read=2, N_write=4),
    "reads with attention, writes without": Config(A=5, B=6, T=3, H=4, Z=3, N_read=2, N_write=None),
    "writes with attention, reads without": Config(A=6, B=5, T=2, H=4, Z=3, N_read=None, N_write=3),
    "two channels, no attention": Config(A=3, B=4, C=2, T=4, H=3, Z=2, N_read=None, N_write=None),
}


def golden_parameters(rng, name, config, shapes):
    """Parameters in float32 (of half precision) and sizes; a packaged network's by its name."""
    if config is None:
        network = bundle.network(name)
        return network.params, network.config
    params = {n: rng.normal(0, 0.6, shape) for n, shape in shapes(config).items()}
    return {n: v.astype(np.float16).astype(np.float32) for n, v in params.items()}, config


def golden_network(name):
    """Parameters, sizes, images and noise."""
    rng = np.random.default_rng(sorted(NETWORKS).index(name))
    params, config = golden_parameters(rng, name, NETWORKS[name], parameters.shapes)
    x = (rng.random((2, *config.image_shape)) < 0.3).astype(float)
    return params, config, x, rng.standard_normal((config.T, 2, config.Z))


def labels_of(config):
    """Of the two images of a golden: neither the first class nor the same one."""
    return None if config.K is None else np.array([config.K - 1, 1])


def by_package(params, config, x, eps):
    """What reconstruct and generate give, in the dtype of the parameters, for every image."""
    given = eps, config, labels_of(config)
    states, looks = model.unroll(params, x, *given)
    terms, drawn = model.terms(params, x, *given), model.generate(params, *given)
    return [
        {
            "c": np.array([state.c[m].ravel() for state in states]),
            "reading": [look.reading and grid_of(look.reading, m) for look in looks],
            "writing": [look.writing and grid_of(look.writing, m) for look in looks],
            "L_x": terms.L_x[m],
            "L_z": terms.L_z[:, m],
            "z": np.array([look.z[m] for look in looks]),
            "bound": terms.L_x[m] + terms.L_z[:, m].sum(),
            "drawn": np.array([c[m].ravel() for c in drawn.c]),
        }
        for m in range(len(x))
    ]


def grid_of(att, m):
    return grid(attention.Attention(*(field[m : m + 1] for field in att)))


# ---------------------------------------------------------------- the classifier, and the parts

CLASSIFIERS = {
    "cluttered-small": None,
    "wide": glimpse.GlimpseConfig(A=9, B=7, T=3, H=6, N=2, K=4),
    "one filter, colour": glimpse.GlimpseConfig(A=5, B=8, C=3, T=2, H=5, N=1, K=3),
}


def golden_classifier(name):
    rng = np.random.default_rng(sorted(CLASSIFIERS).index(name))
    params, config = golden_parameters(rng, name, CLASSIFIERS[name], glimpse.shapes)
    return params, config, rng.random((2, *config.image_shape))


def answers_of_classifier(params, x, config):
    """Of every image and look: grid, patch, and the answer after it."""
    h, s = (np.repeat(params[name][None], len(x), axis=0) for name in ("h_0", "s_0"))
    looks = []
    for _ in range(config.T):
        patch, att = glimpse.look(params, x, h, config)
        h, s, _ = glimpse.step(params, x, h, s, config)
        p = np.exp(glimpse.log_softmax(nn.affine(h, params["classes.W"], params["classes.b"])))
        looks.append([(grid_of(att, m), patch[m], p[m]) for m in range(len(x))])
    return [[dict(zip(("att", "patch", "p"), v[m], strict=True)) for v in looks] for m in (0, 1)]


def golden_parts():
    """Cases for what the parts compute themselves."""
    rng = np.random.default_rng(22)
    inputs = rng.choice([0.0, 3.0, -3.0], size=12)
    image, (g_X, g_Y) = rng.random(784), rng.uniform(5, 20, 2)
    F_X, F_Y = rng.random((2, 4, 28))
    vae = bundle.network("vae")
    ten = digits.parts()["test"][0][:3].reshape(3, -1) / 255
    clutter = {"digits": ten.tolist(), "digit": ten[1].tolist(), "size": 60, "left": 5, "top": 30}
    return {
        "times": [{"inputs": inputs.tolist(), "i": 0.3, "f": 1.5, "o": -0.4}],
        "moves": [
            {
                "state": {"image": image.tolist(), "N": 4, "gamma": 1.7, "g_X": g_X, "g_Y": g_Y},
                "banks": {"F_X": F_X.ravel().tolist(), "F_Y": F_Y.ravel().tolist()},
            }
        ],
        "latents": [{"network": bundle.packed(vae.params, vae.config), "x": (ten[0] > 0.5) * 1.0}],
        "clutter": [{**clutter, "seed": seed} for seed in range(5)],
        "games": [
            {"start": [b, psi], "rate": rate, "spread": spread, "inTurn": in_turn, "steps": 7}
            for b, psi, rate, spread, in_turn in (
                (1, 0, 0.2, 0, False),
                (0.7, -1.3, 0.4, 0.8, False),
                (-1.5, 0.6, 0.1, 2, True),
            )
        ],
    }


def double(params):
    return {name: value.astype(np.float64) for name, value in params.items()}


# ---------------------------------------------------------------- asking JavaScript

SEEDS = [(0,), (1,), (0, 1), (1, 0), (20, 3, 7)]


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """The cases as JSON, in a folder with the modules and with answers.js beside them."""
    folder = tmp_path_factory.mktemp("live")
    shutil.copytree(SITE / "live", folder, dirs_exist_ok=True)
    shutil.copy(ROOT / "tests" / "live" / "answers.js", folder)
    goldens = [golden_network(name) for name in NETWORKS]
    said = {
        "functions": [
            {"name": n, "args": [listed(a) for a in args]} for n, args, _ in golden_functions()
        ],
        "networks": [
            {
                "network": bundle.packed(params, config),
                "x": x.reshape(len(x), -1).tolist(),
                "eps": np.swapaxes(eps, 0, 1).reshape(len(x), -1).tolist(),
                "labels": labels_of(config),
            }
            for params, config, x, eps in goldens
        ],
        "seeds": SEEDS,
        "classifiers": [
            {"network": bundle.packed(params, config), "x": x.reshape(len(x), -1).tolist()}
            for params, config, x in map(golden_classifier, CLASSIFIERS)
        ],
        **golden_parts(),
    }
    (folder / "cases.json").write_text(json.dumps(said, default=np.ndarray.tolist))
    return folder


def listed(argument):
    return argument.tolist() if isinstance(argument, np.ndarray) else argument


def asked_of_node(folder, script):
    """What a module script prints as JSON, run beside the modules in ``folder``."""
    if NODE is None:
        pytest.skip("no Node here")
    command = [NODE, "--input-type=module", "-e", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


ASK = """
import {{ readFileSync }} from "node:fs";
import {{ answers }} from "{folder}/answers.js";
console.log(JSON.stringify(answers(JSON.parse(readFileSync("cases.json")))));
"""


@pytest.fixture(scope="module", params=["node", pytest.param("chromium", marks=pytest.mark.slow)])
def answers(cases, request):
    if request.param == "node":
        return asked_of_node(cases, ASK.format(folder=cases))
    browser = request.getfixturevalue("browser")
    script = bundle.joined("answers.js", folder=cases)
    said = (cases / "cases.json").read_text()
    page = cases / "page.html"
    page.write_text(
        f"<!doctype html><script>{script}</script>"
        f"<script>const cases = {said}; const found = JSON.stringify(answers(cases));</script>"
    )
    browser.open(page.as_uri())
    return json.loads(browser.run("found"))


def test_what_can_be_asked_for(cases):
    script = f"""
        import {{ refused }} from "{cases}/asked.js";
        const texts = ["7", "2026", "", "7a", "-1", "12345678901", "²", "4"];
        console.log(JSON.stringify(texts.map((text) => refused(text, text === "4" ? 4 : 10))));
    """
    said = asked_of_node(cases, script)
    assert [bool(words) for words in said] == [False, False, True, True, True, True, True, True]
    assert said[-1] == "The network knows the digits 0 to 3, and nothing else."


@pytest.mark.parametrize(
    "label, said",
    [
        ("4, 10", "expected a class from 0 to 3"),
        ("4, -1", "the label -1"),
        ("4, 1.5", "the label 1.5"),
        ("4, null", "the label null"),
        ("null, 2", "a label, and a network without classes"),
    ],
)
def test_a_label_that_does_not_fit_is_refused(cases, label, said):
    script = f"""
        import {{ initialState }} from "{cases}/draw.js";
        const names = ["c_0", "h_enc_0", "s_enc_0", "h_dec_0", "s_dec_0"];
        const params = Object.fromEntries(names.map((name) => [name, new Float64Array(8)]));
        const [K, label] = [{label}];
        try {{ initialState(params, {{ K }}, label); console.log('"taken"'); }}
        catch (e) {{ console.log(JSON.stringify(e.message)); }}
    """
    assert said in asked_of_node(cases, script)


# ---------------------------------------------------------------- comparing


def close(found, wanted, where):
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), where
        for key in wanted:
            close(found[key], wanted[key], f"{where} {key}")
    elif wanted is None:
        assert found is None, where
    else:
        found = np.array(found, dtype=float)  # JSON has no NaN: None becomes one
        np.testing.assert_allclose(found, wanted, err_msg=where, **TOLERANCE)


def test_every_function_computes_what_the_package_does(answers):
    for found, (name, args, wanted) in zip(answers["functions"], golden_functions(), strict=True):
        close(found, wanted, f"{name}{tuple(args)}")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_draws_what_the_package_draws(answers, name):
    params, config, x, eps = golden_network(name)
    answer = answers["networks"][list(NETWORKS).index(name)]
    for found, wanted in zip(answer, by_package(double(params), config, x, eps), strict=True):
        drawn = found.pop("drawn")
        close(drawn["c"], wanted.pop("drawn"), "drawn from the prior")
        looks = found.pop("looks")
        for part in ("reading", "writing"):
            for t, grid_t in enumerate(wanted.pop(part)):
                close(looks[t][part], grid_t, f"{part} {t}")
        close([look["z"] for look in looks], wanted.pop("z"), "z")
        close(found, wanted, name)


@pytest.mark.parametrize("name", ["small", "small-noattention", "small-labelled"])
def test_a_network_draws_what_the_package_draws_in_single_precision(answers, name):
    """What people see of the package is float32: the two differ by its rounding alone."""
    params, config, x, eps = golden_network(name)
    answer = answers["networks"][list(NETWORKS).index(name)]
    for found, wanted in zip(answer, by_package(params, config, x, eps), strict=True):
        np.testing.assert_allclose(found["c"], wanted["c"], rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(found["bound"], wanted["bound"], rtol=1e-5)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_looks_and_answers_as_the_package_does(answers, name):
    params, config, x = golden_classifier(name)
    answer = answers["classifiers"][list(CLASSIFIERS).index(name)]
    wanted = answers_of_classifier(double(params), x, config)
    for found, image in zip(answer, wanted, strict=True):
        for t, (look, right) in enumerate(zip(found, image, strict=True)):
            close(look, right, f"{name}, look {t + 1}")
    last, _ = glimpse.classify(double(params), x, config)
    close([found[-1]["p"] for found in answer], last, name)


def test_a_unit_remembers_as_the_packages_cell_does(answers):
    """Chapter 3's live part: one unit, a candidate tanh(x), gates that are biases alone."""
    (case,), (found,) = golden_parts()["times"], answers["parts"]["times"]
    W, b = np.zeros((2, 4)), np.array([case["i"], case["f"], 0, case["o"]])
    W[0, 2] = 1
    h = s = np.zeros((1, 1))
    for x, said in zip(case["inputs"], found, strict=True):
        h, s = lstm.lstm(np.full((1, 1), x), h, s, W, b)
        close(said, {"h": h[0, 0], "s": s[0, 0]}, "a step")


def test_reading_and_writing_in_two_moves_are_the_packages(answers):
    """Chapter 9's live part: the products one after the other."""
    (case,), (found,) = golden_parts()["moves"], answers["parts"]["moves"]
    x = np.reshape(case["state"]["image"], (28, 28))
    F_X, F_Y = (np.reshape(case["banks"][name], (4, 28)) for name in ("F_X", "F_Y"))
    gamma = case["state"]["gamma"]
    patch = gamma * F_Y @ x @ F_X.T
    wanted = [F_Y @ x, patch, F_Y.T @ patch / gamma, F_Y.T @ patch @ F_X / gamma]
    for values, right in zip(found, wanted, strict=True):
        close(values, right.ravel(), "a move")


def test_a_latent_says_and_makes_what_the_packages_does(answers):
    """The live part of chapters 4 and 6, at the posterior's means."""
    (case,), (found,) = golden_parts()["latents"], answers["parts"]["latents"]
    vae = bundle.network("vae")
    x = case["x"].reshape(1, 1, 28, 28)
    eps = np.zeros((1, 1, vae.config.Z))
    _, (look,) = model.unroll(double(vae.params), x, eps, vae.config)
    drawn = model.reconstruct(double(vae.params), x, eps, vae.config)
    wanted = {"mu": look.mu[0], "log_sigma": look.log_sigma[0], "p": drawn.means[-1].ravel()}
    close(found, wanted, "a latent")


def costs(b, psi, spread):
    """What the generator's number costs it, and the discriminator's it (chapter 16)."""
    real = (nn.softplus(-psi * spread) + nn.softplus(psi * spread)) / 2
    return nn.softplus(-psi * b), real + nn.softplus(psi * b)


def downhill(b, psi, spread, e=1e-6):
    """The slopes of both costs, each in its player's own number, by finite differences."""
    db = (costs(b + e, psi, spread)[0] - costs(b - e, psi, spread)[0]) / (2 * e)
    dpsi = (costs(b, psi + e, spread)[1] - costs(b, psi - e, spread)[1]) / (2 * e)
    return db, dpsi


def test_the_game_goes_down_the_slopes_of_both_costs(answers):
    """Chapter 16's live part: two players who step at the same time, or in turn."""
    for case, found in zip(golden_parts()["games"], answers["parts"]["games"], strict=True):
        b, psi = case["start"]
        said = found["slopes"]["b"], found["slopes"]["psi"]
        np.testing.assert_allclose(said, downhill(b, psi, case["spread"]), atol=1e-8)
        path = [(b, psi)]
        for _ in range(7):
            new = psi - case["rate"] * downhill(b, psi, case["spread"])[1]
            b -= case["rate"] * downhill(b, new if case["inTurn"] else psi, case["spread"])[0]
            psi = new
            path.append((b, psi))
        np.testing.assert_allclose(found["path"], path, atol=1e-7)


def test_clutter_is_pieces_of_digits_and_the_digit_lies_on_it(answers):
    """Chapter 12's live part: four pieces of 8 x 8 cut out of digits; all of it cut off at 1."""
    seen = set()
    for case, (around, whole) in zip(
        golden_parts()["clutter"], answers["parts"]["clutter"], strict=True
    ):
        around, whole = np.reshape(around, (60, 60)), np.reshape(whole, (60, 60))
        assert 0 < np.count_nonzero(around) <= 4 * 64 and around.min() == 0
        on = np.zeros((60, 60))
        on[30:58, 5:33] = np.reshape(case["digit"], (28, 28))
        np.testing.assert_allclose(whole, np.minimum(around + on, 1), atol=1e-12)
        seen.add(around.tobytes())
    assert len(seen) == 5  # another seed, other pieces


def test_noise_is_standard_normal(answers):
    for values in map(np.array, answers["normals"]):
        assert stats.kstest(values, "norm").pvalue > 1e-3
        for lag in (1, 2, 3, 16, 192):
            assert abs(np.mean(values[lag:] * values[:-lag])) < 4 / len(values) ** 0.5
    for values in map(np.array, answers["uniforms"]):
        assert stats.kstest(values, "uniform").pvalue > 1e-3
        assert values.min() > 0 and values.max() < 1 and len(set(values)) > 19_000


def test_streams_are_functions_of_their_seeds_and_independent(answers):
    values = np.array(answers["normals"])
    off = np.corrcoef(values) - np.eye(len(SEEDS))
    assert np.abs(off).max() < 4 / values.shape[1] ** 0.5


# ---------------------------------------------------------------- a mistake is found

MISTAKES = [  # right text, wrong text: each must make a comparison above fail
    ("all.slice((label ?? 0) * size, ((label ?? 0) + 1) * size)", "all.slice(0, size)"),
    (
        "all.slice((label ?? 0) * size, ((label ?? 0) + 1) * size)",
        "all.slice(((label ?? 1) - 1) * size, (label ?? 1) * size)",
    ),
    (
        "generate(params, z, config, label = null) {",
        "generate(params, z, config, label = null) {\n  label = label && 0;",
    ),
    ("(n + 1 - N / 2 - 0.5)", "(n - N / 2 - 0.5)"),
    ("filterbanks(att, A, B, N), att.gamma, A", "filterbanks(att, A, B, N), 1, A"),
    ("v / gamma", "v"),
    ("v / gamma", "v * gamma"),
    ("(2 * sigma2))", "sigma2)"),
    ("row[a - 1] /= Z", "row[a - 1] /= Z + 1e-4"),
    ("Math.min(Math.max(Math.round(mu), 1), A)", "0"),
    (
        "F_XT, N, A, N).map((v) => gamma * v)",
        "F_XT, N, A, N).map((v, k, all) =>\n      gamma * all[(k % N) * N + Math.floor(k / N)])",
    ),
    ("out.s[k] = f * s[k] + i * g", "out.s[k] = i * s[k] + f * g"),
    ("out.h[k] = o * Math.tanh(out.s[k])", "out.h[k] = o * out.s[k]"),
    ("v - sigmoid(before.c[k])", "v - before.c[k]"),
    ("m + Math.exp(log_sigma[k]) * eps[k]", "m + Math.exp(0.5 * log_sigma[k]) * eps[k]"),
    ("(m * m + Math.exp(2 * s) - 2 * s - 1)", "(m * m + Math.exp(2 * s) - 2 * s) - 1 / mu.length"),
    ("softplus(c[k]) - v * c[k]", "softplus(c[k]) + v * c[k]"),
    ("x_hat, before.h_dec, config)", "x_hat, before.h_enc, config)"),
    ("writeStep(params, h, config)", "writeStep(params, state.h_dec, config)"),
    ('head(params, "write", h_dec, config, N)', 'head(params, "read", h_dec, config, N)'),
    ("v + stroke[k]", "stroke[k]"),
    ("((B + 1) / 2) * (g_Y + 1)", "((A + 1) / 2) * (g_Y + 1)"),
    ("(Math.max(A, B) - 1) / Math.max(N - 1, 1)", "(A - 1) / Math.max(N - 1, 1)"),
    ("const y = Float64Array.from(b)", "const y = new Float64Array(K)"),
    ("y[k] += x[d] * W[at]", "y[k] -= x[d] * W[at]"),
    ("0.5 * Math.tanh(0.5 * v) + 0.5", "0.5 * Math.tanh(v) + 0.5"),
    ("Math.log1p(Math.exp(-Math.abs(v)))", "Math.log1p(Math.exp(-v))"),
    ("affine(concatenate(x, h), W, b)", "affine(concatenate(h, x), W, b)"),
    ("const f = sigmoid(a[H + k])", "const f = sigmoid(a[3 * H + k])"),
    ("Math.tanh(a[2 * H + k])", "sigmoid(a[2 * H + k])"),
    ("Math.tanh(out.s[k])", "Math.tanh(s[k])"),
    ("((A + 1) / 2) * (g_X + 1)", "((A - 1) / 2) * (g_X + 1)"),
    ("B, N) * Math.exp(log_delta)", "B, N) * Math.exp(0.5 * log_delta)"),
    ("gamma: Math.exp(log_gamma)", "gamma: Math.exp(-log_gamma)"),
    ("(a - nearest) * (a + nearest - 2 * centre)", "(a - centre) * (a - nearest)"),
    ("filterCentres(att.g_X, att.delta, N)", "filterCentres(att.g_Y, att.delta, N)"),
    ("out[c * n + r] = F[r * m + c]", "out[c * n + r] = F[c * n + r]"),
    (
        "product(product(F_Y, each, N, B, A), F_XT, N, A, N)",
        "product(product(F_Y, each, N, B, A), F_X, N, A, N)",
    ),
    ("concatenate(x, x_hat), att", "concatenate(x_hat, x), att"),
    ('["c", "h_enc", "s_enc", "h_dec", "s_dec"]', '["c", "s_enc", "h_enc", "h_dec", "s_dec"]'),
    ('["c", "h_enc", "s_enc", "h_dec", "s_dec"]', '["c", "h_enc", "s_enc", "h_dec", "s_enc"]'),
    ("concatenate(r, state.h_dec)", "concatenate(state.h_dec, r)"),
    ("lstm(z, state.h_dec, state.s_dec", "lstm(z, state.h_dec, state.s_enc"),
    ("L_x: bernoulliNll(x, state.c)", "L_x: bernoulliNll(x, canvases[0])"),
    ("let [h, s] = [params.h_0, params.s_0]", "let [s, h] = [params.h_0, params.s_0]"),
    ("const e = logits.map((v) => Math.exp(v - most))", "const e = logits.map((v) => Math.exp(v))"),
    ('p: softmax(linear(params, "classes", h))', 'p: softmax(linear(params, "classes", s))'),
    ("(sum, v) => sum + v, L_x)", "(sum, v) => sum + v, 0)"),
]


@pytest.mark.slow
@pytest.mark.parametrize("right, wrong", MISTAKES)
def test_a_mistake_in_draw_js_is_found(cases, tmp_path, right, wrong):
    shutil.copytree(cases, tmp_path / "wrong")
    path = tmp_path / "wrong" / "draw.js"
    source = path.read_text()
    assert right in source
    path.write_text(source.replace(right, wrong))
    with pytest.raises(AssertionError) as e:  # a number that is wrong, or no number at all
        found = asked_of_node(path.parent, ASK.format(folder=path.parent))
        test_every_function_computes_what_the_package_does(found)
        for name in NETWORKS:
            test_a_network_draws_what_the_package_draws(found, name)
        for name in CLASSIFIERS:
            test_a_classifier_looks_and_answers_as_the_package_does(found, name)
    assert "SyntaxError" not in str(e.value)


# ---------------------------------------------------------------- weights

READ = """
import {{ readFileSync }} from "node:fs";
import {{ fromNpz }} from "{folder}/weights.js";
const bytes = readFileSync("{path}");
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
let said;
try {{
  const {{ config, params }} = await fromNpz(buffer);
  const listed = Object.entries(params).map(([name, v]) => [name, Array.from(v)]);
  said = {{ config, params: Object.fromEntries(listed) }};
}} catch (e) {{
  said = e.message;
}}
console.log(JSON.stringify(said));
"""


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_network_is_read_from_its_file(cases, tmp_path, save, dtype):
    values = {"a.W": [[1.5, -2.0], [6e-8, 65504.0]], "a.b": [0.0, -0.333]}
    values = {name: np.array(v, dtype) for name, v in values.items()}
    meta = np.frombuffer(json.dumps({"config": {"Z": 2, "T": 1}}).encode(), np.uint8)
    more = {"meta": meta, **{f"params/{n}": v for n, v in values.items()}, "log/step": np.arange(9)}
    path = tmp_path / "network.npz"
    save(path, **more)
    found = asked_of_node(cases, READ.format(folder=cases, path=path))
    assert found["config"] == {"Z": 2, "T": 1}
    for name, v in values.items():
        assert np.array_equal(found["params"][name], v.ravel().astype(np.float64))


@pytest.mark.parametrize(
    "arrays, said",
    [
        (None, "this is no .npz file"),
        ({"a": np.zeros(3)}, "this .npz has no network of draw_np in it"),
        ({"meta": {"config": {"T": 4}}}, "this network does not draw: it classifies"),
        (
            {"meta": {"config": {"Z": 4}}, "params/a": np.zeros(2, int)},
            "params/a.npy holds numbers of the type <i8, which this page cannot read",
        ),
    ],
)
def test_what_is_no_network_is_said(cases, tmp_path, arrays, said):
    path = tmp_path / "other.npz"
    if arrays is None:
        path.write_bytes(b"something else" * 9)
    else:
        arrays = {
            n: np.frombuffer(json.dumps(v).encode(), np.uint8) if n == "meta" else v
            for n, v in arrays.items()
        }
        np.savez(path, **arrays)
    assert asked_of_node(cases, READ.format(folder=cases, path=path)) == said


def test_weights_too_large_for_half_precision_are_refused():
    params, config, *_ = golden_network("wide")
    params["mu.W"] = params["mu.W"] * 1e6
    with pytest.raises(ValueError, match=r"too large, in half precision: mu\.W"):
        bundle.packed(params, config)


# ---------------------------------------------------------------- joining modules


def joined(folder, **modules):
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source)
    return bundle.joined("main.js", folder=folder)


def test_a_joined_script_does_what_its_modules_do(tmp_path):
    script = joined(
        tmp_path,
        low="const hidden = 2;\nexport const a = hidden;\nexport class K {\n  v = 40;\n}\n",
        mid='import { a, K as Kind } from "./low.js";\n'
        "const hidden = 1;\nexport function f() {\n  return a + new Kind().v * hidden;\n}\n",
        main='import * as low from "./low.js";\nimport {\n  f,\n} from "./mid.js";\n'
        "globalThis.said = [f(), low.a];\n",
    )
    assert asked_of_node(tmp_path, script + "console.log(JSON.stringify(said));") == [42, 2]
    assert script.count("const hidden = 2") == 1


@pytest.mark.parametrize(
    "source, said",
    [
        ('import x from "./low.js";\n', "cannot be joined"),
        ("export default 3;\n", "cannot be joined"),
        ('await import("./low.js");\n', "cannot be joined"),
        ('import { a } from "./absent.js";\n', r"main\.js needs absent\.js"),
        ('import { a } from "./main.js";\n', r"imports itself: main\.js -> main\.js"),
    ],
)
def test_what_cannot_be_joined_is_said(tmp_path, source, said):
    with pytest.raises(ValueError, match=said):
        joined(tmp_path, low="export const a = 1;\n", main=source)
