"""A network of the reader's own: its gradient, whose its pieces are, and what breaks it."""

import numpy as np
import pytest
from exercise_helpers import EXERCISES, write_answers
from own_answers import ANSWERS

from draw_np import exercises, model, networks, parameters
from draw_np.config import Config
from draw_np.manual import model as by_hand
from draw_np.measuring import bounds
from draw_np.practice import contents, files, own

SMALL = Config(A=7, B=6, C=2, T=3, H=5, Z=4, N_read=3, N_write=2)


def answers(**others):
    """The pieces as a reader's file has them, by number."""
    found = {}
    for name, bodies in ANSWERS.items():
        chapter, names = int(name[:2]), {}
        text = files.stub_text(chapter)
        for function, body in bodies.items():
            text = files.replaced(
                text, function, written(text, function, others.get(function, body))
            )
        exec(compile(text, name, "exec"), names)
        for number in own.PIECES:
            if contents.chapter_of(number) == chapter:
                found[number] = names[EXERCISES[number].functions[-1]]
    return found


def written(text, function, body):
    """A function's head from its stub, and a body."""
    first, _ = files.span(text, function)
    lines = text.splitlines()
    head = next(k for k in range(first, len(lines)) if lines[k].startswith(f"def {function}("))
    return f"{lines[head]}\n    {body.strip()}\n"


def inputs():
    rng = np.random.default_rng(0)
    params = parameters.initialise(rng, SMALL, dtype=np.float64)
    params = {name: v + 0.3 * rng.standard_normal(v.shape) for name, v in params.items()}
    x = (rng.random((4, *SMALL.image_shape)) < 0.5).astype(float)
    return params, x, rng.standard_normal((SMALL.T, 4, SMALL.Z))


@pytest.mark.parametrize("mine", ["none", "all", "half"])
def test_the_gradient_is_the_packages_whoever_wrote_the_pieces(mine):
    params, x, eps = inputs()
    numbers = {"none": [], "all": own.PIECES, "half": own.PIECES[::2]}[mine]
    pieces = own.Pieces({n: f for n, f in answers().items() if n in numbers})
    with pieces.in_place():
        loss, gradient = own.Network(pieces, params, SMALL).loss_and_gradient(x, eps)
    _, cache = by_hand.loss_forward(params, x, eps, SMALL)
    right = by_hand.loss_backward(1.0, cache)
    assert np.isclose(loss, model.loss(params, x, eps, SMALL), rtol=1e-12)
    assert gradient.keys() == right.keys()
    for name, value in right.items():
        assert np.allclose(gradient[name], value, rtol=0, atol=1e-10), name


def test_its_loops_draw_what_the_packages_do():
    params, x, eps = inputs()
    pieces = own.Pieces(answers())
    network = own.Network(pieces, params, SMALL)
    c, each = network.redraw(x, eps)
    drawing = model.reconstruct(params, x, eps, SMALL)
    assert np.allclose(c, drawing.c) and np.isclose(each.mean(), model.loss(params, x, eps, SMALL))
    means, grids = network.draw(eps)
    drawing = model.generate(params, eps, SMALL)
    assert np.allclose(means, drawing.means[1:])
    assert np.allclose(np.swapaxes(grids, 0, 1), drawing.writing)


def test_every_piece_is_called():
    """With the others the package's: else a piece could be anything."""
    params, x, eps = inputs()
    for number in own.PIECES:
        called = []

        def counted(*arguments, right=EXERCISES[number].right, called=called):
            called.append(1)
            return right(*arguments)

        pieces = own.Pieces({number: counted})
        with pieces.in_place():
            network = own.Network(pieces, params, SMALL)
            network.loss_and_gradient(x, eps)
            network.redraw(x, eps)
            network.draw(eps)
            pieces["10.3"](lambda theta: theta, np.ones(3), np.zeros(3), np.zeros(3), 0, 0.1, 1.0)
        assert called, number


def test_the_package_is_left_as_it_was():
    before = EXERCISES["8.4"].right, model.lstm
    with own.Pieces(answers()).in_place():
        assert model.lstm is before[1]
    assert EXERCISES["8.4"].right is before[0]


@pytest.mark.parametrize(
    "number, wrong, words",
    [
        ("3.2", lambda *a: 1 / 0, "raises ZeroDivisionError"),
        ("8.4", lambda mu, sigma2, A: np.full((*mu.shape, A), np.nan), "makes NaN"),
        ("3.1", lambda dy, x, W: (np.full_like(x, np.inf), W, W[0]), "makes NaN or infinity"),
        ("10.3", lambda f, *a: f(a[0]) + None, "raises TypeError"),
    ],
)
def test_a_piece_that_breaks_is_named(number, wrong, words, tmp_path):
    said = []
    request = {"steps": 1, "seed": 0, "out": str(tmp_path / "own.npz")}
    own.train(answers() | {number: wrong}, request, said.append)
    assert said[-1]["broken"] == number and words in said[-1]["says"]
    assert not (tmp_path / "own.npz").exists()


@pytest.mark.parametrize("mine", [[], own.PIECES])
def test_a_loss_that_is_no_number_is_no_pieces_fault(mine):
    training = own.Training(own.Pieces({n: f for n, f in answers().items() if n in mine}), 3, 0)
    training.theta[:] = 1e38
    with np.errstate(all="ignore"), pytest.raises(own.Broken, match="its loss is") as broken:
        training.advance()
    assert broken.value.number is None


def start(folder, **others):
    files.start(folder, [*own.PIECES, "4.5"])
    for name, bodies in ANSWERS.items():
        wanted = {f: others.get(f, body).strip() for f, body in bodies.items()}
        write_answers(folder, name, **wanted)


@pytest.mark.slow
def test_from_an_empty_folder_to_digits(tmp_path, capsys):
    start(tmp_path)
    assert exercises.main(["draw", "--folder", str(tmp_path), "--steps", "8"]) == 0
    said = capsys.readouterr().out
    assert "28 of them are yours" in said and "All 28 pieces are yours" in said
    place = tmp_path / "pictures"
    assert all((place / f"draw.{kind}").stat().st_size > 10_000 for kind in ("png", "gif", "npz"))
    found = networks.load(place / "draw.npz")
    run, dataset = own.begin(8)
    mine = bounds.bound(found.params, found.config, dataset.test).mean
    assert f"your bound      {mine:.1f} +-" in said and f"the package's   {mine:.1f} +-" in said
    assert found.step == 8 and np.isfinite(mine)
    assert mine < bounds.bound(run.params, run.config, dataset.test).mean


@pytest.mark.slow
def test_wrong_pieces_are_refused_by_number(tmp_path, capsys):
    start(
        tmp_path,
        sample="return mu + log_sigma * eps",
        glimpse="return (",
        lstm="from draw_np.lstm import lstm as f; return f(x, h, s, W, b)",
    )
    (tmp_path / "10_trained.py").unlink()
    assert exercises.main(["draw", "--folder", str(tmp_path), "--steps", "2"]) == 0
    said = capsys.readouterr().out
    assert "yours 3.1, 3.3, 3.4; the package's 3.2 (yours calls it)" in said
    assert "the package's 4.1 (wrong)" in said and "9.1 (wrong)" in said
    assert "10.1 (not handed out)" in said
    assert "22 of 28 pieces are yours. The next: 3.2, one step of the cell." in said


@pytest.mark.slow
def test_a_piece_that_passes_and_fails_later_is_named_without_a_traceback(tmp_path, capsys):
    count = "write_count = []\n"
    start(
        tmp_path,
        write="""
    write_count.append(1)
    F_X, F_Y = F_X[:, None], F_Y[:, None]
    out = np.swapaxes(F_Y, 2, 3) @ w @ F_X / gamma[:, None, None, None]
    return out if out.shape[2] < 28 or len(write_count) < 30 else out * np.inf""",
    )
    path = tmp_path / "09_read_write.py"
    path.write_text(path.read_text() + count)
    assert exercises.main(["draw", "--folder", str(tmp_path), "--steps", "9"]) == 1
    said = capsys.readouterr().out
    assert "after 2 steps: exercise 9.2, write, passes its check, and yet here it makes NaN" in said


def test_without_a_piece_nothing_is_trained(tmp_path, capsys):
    files.start(tmp_path, list(own.PIECES))
    assert exercises.main(["draw", "--folder", str(tmp_path), "--steps", "9"]) == 1
    assert "None passes yet. The first is 3.1." in capsys.readouterr().out
