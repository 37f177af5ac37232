"""The classifier's command: it trains, resumes bit for bit, judges, and refuses in a sentence."""

import json

import numpy as np
import pytest
from PIL import Image
from small_run import assert_same

from draw_np import classify, cli, data, evaluate, glimpse, networks, sample, train
from draw_np.data.dataset import Dataset, Images
from draw_np.measuring import classification
from draw_np.training import checkpoint, logbook, loop, presets

TINY = ["--T", "2", "--H", "8", "--N", "3", "--batch-size", "8"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a finished run ``a`` of four steps."""
    folder = tmp_path_factory.mktemp("classify")
    assert run("train", "--small", *TINY, "--steps", 4, "--out", folder / "a") == 0
    return folder


def run(*args):
    """The command in this process; its exit code."""
    return classify.main(list(map(str, args)))


def test_train_says_what_it_does_and_writes_what_it_says(tmp_path, capsys):
    run("train", "--small", *TINY, "--steps", 2, "--out", tmp_path / "b")
    out = capsys.readouterr().out
    for said in (
        "attentive classifier: images 60 x 60, 2 glimpses of 3 x 3, H = 8",
        "a digit of the embedded set among 4 pieces of 8 x 8 on 60 x 60",
        "step      2/2  cross-entropy 2.",
        "95 % interval",
        "Table 1",
        "this run, cluttered-small, 2 x 3 x 3, step 2",
    ):
        assert said in out
    written = [line.strip() for line in out.split("wrote\n")[1].splitlines()]
    assert len(written) == 5
    for path in written:
        if path.endswith(".png"):
            with Image.open(path) as image:
                image.load()
    config = json.loads((tmp_path / "b" / "config.json").read_text())
    assert config["task"] == "glimpse" and config["config"]["N"] == 3


def test_a_batch_has_the_labels_of_its_images():
    def split(n):
        images = np.arange(n, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 4, 4), np.uint8)
        return Images(images, np.arange(n) % 10)

    dataset = Dataset("numbered", "image i is i everywhere", split(50), split(5), split(5))
    config = glimpse.GlimpseConfig(A=4, B=4, T=1, H=2, N=2)
    k = loop.begin("tiny", config, presets.Recipe(batch_size=8), dataset, 0)
    seen = []
    for _ in range(10):
        x, beside = loop.draw_batch(k, dataset)
        number = np.round(255 * x[:, 0, 0, 0]).astype(int)
        np.testing.assert_array_equal(beside["labels"], number % 10)
        seen += number.tolist()
    assert sorted(seen[:50]) == list(range(50))  # every image once an epoch


def test_stop_and_resume_equals_a_run_in_one_go(trained, capsys):
    a, b = trained / "a", trained / "b"
    run("train", "--small", *TINY, "--steps", 4, "--stop-after", 2, "--out", b)
    line = capsys.readouterr().out.strip().splitlines()[-1].strip()
    assert line == f"python -m draw_np.classify train --resume {b}"
    assert run("train", "--resume", b) == 0
    whole, parts = (checkpoint.load(folder, networks.GLIMPSE) for folder in (a, b))
    assert parts.best <= whole.best  # it was validated once more, where it stopped
    parts.best = whole.best
    assert_same(whole, parts)
    logs = [logbook.read(folder / "log.csv") for folder in (a, b)]
    for name in ("step", "cross_entropy", "error"):
        np.testing.assert_array_equal(logs[0][name], logs[1][name])


def test_engines_agree_over_a_run(trained):
    run("train", "--small", *TINY, "--steps", 4, "--engine", "autograd", "--out", trained / "c")
    a, c = (checkpoint.load(trained / n, networks.GLIMPSE).params for n in "ac")
    for name, value in a.items():
        np.testing.assert_allclose(c[name], value, atol=1e-4)


def test_the_error_is_the_share_of_wrong_names(trained, capsys):
    run("evaluate", trained / "a", "--split", "valid", "--json", trained / "r.json")
    (r,) = json.loads((trained / "r.json").read_text())
    k = networks.load(trained / "a", networks.GLIMPSE)
    split = data.load("cluttered-small").valid
    wrong = 0
    for i in range(len(split)):
        x = split.batch(np.array([i]), np.random.default_rng(0))
        wrong += glimpse.classify(k.params, x, k.config)[0].argmax() != split.labels[i]
    assert (r["wrong"], r["images"], r["split"]) == (wrong, 200, "valid")
    assert r["error"] == wrong / 200
    assert r["interval"][0] < r["error"] < r["interval"][1]
    out = capsys.readouterr().out
    assert f"error {wrong / 200:.2%} ({wrong} wrong)" in out
    assert "Not like with like: the table is on the test split, this run on valid." in out


def test_numbers_alone_go_to_standard_output(trained, capsys):
    run("evaluate", trained / "a", "--split", "valid", "--json", "-")
    (r,) = json.loads(capsys.readouterr().out)
    assert r["split"] == "valid" and 0 <= r["error"] <= 1


def test_fresh_clutter_is_other_clutter_round_the_same_digits():
    split = data.load("cluttered-small").test
    fresh, some = classification.Fresh(split), np.arange(5)
    np.testing.assert_array_equal(fresh.labels, split.labels)
    assert len(fresh) == len(split)
    fixed = split.batch(some, np.random.default_rng(3))
    new, same, other = (fresh.batch(some, np.random.default_rng(s)) for s in (3, 3, 4))
    np.testing.assert_array_equal(new, same)
    assert np.any(new != fixed) and np.any(new != other)


@pytest.mark.parametrize(
    "wrong, n, low, high",
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (1, 10, 0.0179, 0.4042), (10, 10, 0.7225, 1)],
)
def test_wilson_s_interval(wrong, n, low, high):
    assert classification.wilson(wrong / n, n) == pytest.approx((low, high), abs=1e-4)


def test_wilson_s_interval_holds_the_truth_95_times_in_100():
    rng, n, truth = np.random.default_rng(0), 200, 0.06
    found = rng.binomial(n, truth, 4000) / n
    held = [low <= truth <= high for low, high in (classification.wilson(p, n) for p in found)]
    assert 0.93 < np.mean(held) < 0.97


def test_the_baselines_are_of_about_the_same_size():
    for name in ("cluttered", "cluttered-small"):
        sizes = [
            sum(int(np.prod(s)) for s in glimpse.shapes(presets.CLASSIFIERS[n].config).values())
            for n in (name, f"{name}-whole")
        ]
        assert sizes[1] == pytest.approx(sizes[0], rel=0.05)
        assert presets.CLASSIFIERS[f"{name}-whole"].config.T == 1
    paper = presets.CLASSIFIERS["cluttered"].config
    assert (paper.T, paper.H, paper.N, paper.A, paper.B) == (8, 256, 12, 100, 100)  # Table 3
    assert presets.CLASSIFIERS["cluttered-4"].config.T == 4


REFUSED = [
    (["train"], "say what to train: --small, or --preset with one of cluttered-small"),
    (["train", "--preset", "small"], "there is no preset 'small'"),
    (["train", "--small", "--data", "two-digits-small"], "has no labels to learn from"),
    (["train", "--small", "--batch-size", "2000"], "larger than the 1397 training images"),
    (["train", "--resume", "a", "--N", "4"], "the checkpoint has N = 3 and you ask for 4"),
    (["train", "--small", "--out", "a"], "a is not an empty folder"),
    (["evaluate", "nowhere"], "there is no network 'nowhere'"),
    (["evaluate", "a", "--json", "no/where"], "no/where cannot be written"),
]


@pytest.mark.parametrize("args, sentence", REFUSED)
def test_bad_input_is_one_sentence(trained, monkeypatch, args, sentence):
    monkeypatch.chdir(trained)
    with pytest.raises(cli.UserError) as e:
        run(*args)
    assert sentence in str(e.value) and len(str(e.value).splitlines()) == 1


@pytest.mark.parametrize(
    "command, args",
    [(train, ["--resume", "a"]), (sample, ["a"]), (evaluate, ["a"])],
)
def test_the_other_commands_name_the_right_one_for_a_classifier(
    trained, monkeypatch, command, args
):
    monkeypatch.chdir(trained)
    with pytest.raises(cli.UserError, match="holds a classifier, and a network that draws is"):
        command.main(args)


def test_a_network_that_draws_is_refused(trained, monkeypatch):
    monkeypatch.chdir(trained)
    sizes = ["--T", "1", "--H", "4", "--Z", "1", "--batch-size", "4", "--steps", "1"]
    train.main(["--small", *sizes, "--out", "drawing"])
    with pytest.raises(cli.UserError, match="holds a network that draws, and a classifier is"):
        run("evaluate", "drawing")


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_too_many_classes_are_refused_before_the_first_step(split):
    config, blank = glimpse.GlimpseConfig(A=4, B=4, T=1, H=2, N=2, K=9), np.zeros((5, 1, 4, 4))
    labels = {name: np.arange(5) + 5 * (name == split) for name in ("train", "valid", "test")}
    parts = (Images(blank, labels[name]) for name in labels)
    dataset = Dataset("blank", "blank", *parts)
    with pytest.raises(ValueError, match="a class 9, and the network only 0 to 8"):
        loop.begin("tiny", config, presets.Recipe(batch_size=2), dataset, 0)


@pytest.mark.parametrize("what", [[], ["train"], ["evaluate"]])
def test_help_teaches(capsys, what):
    with pytest.raises(SystemExit) as e:
        run(*what, "--help")
    assert e.value.code == 0 and "runs/NAME" in capsys.readouterr().out
