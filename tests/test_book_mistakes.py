"""What the chapter on mistakes measures and draws."""

import numpy as np
import pytest
from strategies import problem

from draw_np import attention, mistakes, model
from draw_np.book import mistakes_gallery as gallery
from draw_np.book.attention import digit, one


def test_every_mistake_names_a_test_that_exists():
    for entry in mistakes.CATALOGUE.values():
        assert gallery.has_test(entry.check), entry.check


@pytest.mark.parametrize(
    "check",
    [
        "tests/test_latent.py::test_no_such",
        "tests/test_none.py::test_mirror",
        "tests/test_latent.py",
    ],
)
def test_a_test_that_does_not_exist_is_not_found(check):
    assert not gallery.has_test(check)


@pytest.mark.parametrize("name", gallery.REMEDIES)
def test_other_weights_make_up_for_a_change_of_coordinates(name):
    config, params, x, eps = problem("attention")
    before = {n: v.copy() for n, v in params.items()}
    right = model.terms(params, x, eps, config)
    other = gallery.made_up_for(params, name, config)
    with mistakes.made(name):
        spoilt = model.terms(params, x, eps, config)
        again = model.terms(other, x, eps, config)
    assert not np.allclose(spoilt.L_x, right.L_x)
    np.testing.assert_allclose(again.L_x, right.L_x, rtol=1e-9)
    np.testing.assert_allclose(again.L_z, right.L_z, rtol=1e-9)
    for n, v in before.items():
        np.testing.assert_array_equal(params[n], v)


def test_terms_with_a_mistake_and_without():
    config, params, x, eps = problem("attention")
    L_x, L_z = gallery.terms_with(None, params, x, eps, config)
    assert np.isclose(L_x + L_z, model.loss(params, x, eps, config))
    wrong_x, wrong_z = gallery.terms_with("kl-averaged-over-steps", params, x, eps, config)
    assert wrong_x == L_x and np.isclose(wrong_z, L_z / config.T)


@pytest.mark.parametrize(
    "change, said", [(-4, "better"), (0.01, "same"), (-0.01, "same"), (5, "near"), (80, "worse")]
)
def test_verdict(change, said):
    assert gallery.verdict(change) == said


def test_verdicts_are_sorted_and_counted():
    fig = gallery.verdicts({"c": 500.0, "a": -3.0, "b": 0.0, "d": 4.0})
    ax = fig.axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "d", "c"]
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [w.rpartition(": ")[2] for w in words] == ["1", "1", "1", "1"]
    assert "overlooks 2" in fig.get_suptitle()


def test_a_label_has_the_symptom_and_the_test():
    text = gallery.label(9, "zero-based-grid")
    entry = mistakes.CATALOGUE["zero-based-grid"]
    assert text.startswith("**9. `zero-based-grid`**") and f"`{entry.check}`" in text
    assert entry.symptom[1:] in text


def test_first_grids_lie_inside_their_axes():
    x, centres = digit(25), np.array([-26.0, 1.0])
    patch = attention.glimpse(x, one(14.5, 14.5, 27, 9), 2)[0]
    fig = gallery.at_rest(x, (2,), {"right": [(centres, centres, patch)]})
    image = fig.axes[0]
    assert image.get_xlim()[0] < -26 and image.get_ylim()[1] < -26
    np.testing.assert_array_equal(np.unique(image.collections[0].get_offsets()), centres)


def test_windows_of_a_row_stand_in_its_columns():
    config, params, x, eps = problem("attention")
    drawing = model.reconstruct(params, x, eps, config)
    marks = gallery.window_marks(2, drawing.writing, 1, config.N_write, config, [1, config.T])
    assert [(row, k) for row, k, *_ in marks] == [(2, 0), (2, 1)]
    assert [thickness for *_, thickness, _ in marks] == pytest.approx(
        [max(0.3, drawing.writing.sigma2[t, 1] ** 0.5) for t in (0, config.T - 1)]
    )
