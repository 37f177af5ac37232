"""Exercises of chapter 17: rows that are looked up, their gradient, and what a label is worth."""

import numpy as np

from draw_np.manual.model import one_hot, rows_backward
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, numbers, sized

rng, normal = numbers(17)


# ---------------------------------------------------------------- 17.1


def table_case(labels, K, H):
    """A table of K rows, and who takes which."""
    labels = np.array(labels)
    about = f"for {len(labels)} images of the classes {', '.join(map(str, labels))}, K = {K}"
    return Case(about, (normal(K, H), labels), {"M": len(labels), "K": K, "H": H})


BEGUN = Exercise(
    "17.1",
    solutions.begun,
    cases=(
        table_case([2, 0, 2, 1], 3, 5),
        table_case([4, 1], 6, 3),
        table_case([1, 1, 0, 1, 3], 4, 2),
        table_case([2], 3, 2),
        Case(
            "for 2 images, numbers of some hundred",
            (300 * normal(3, 2), np.array([2, 1])),
            {"M": 2, "K": 3, "H": 2},
        ),
    ),
)

# ---------------------------------------------------------------- 17.2


def back_case(labels, K, H):
    """Derivatives of the rows that were taken."""
    labels = np.array(labels)
    about = f"for {len(labels)} images of the classes {', '.join(map(str, labels))}, K = {K}"
    return Case(about, (normal(len(labels), H), labels, K), {"M": len(labels), "K": K, "H": H})


def nobody_s_row_is_0(f):
    """A class without an image gets exactly 0."""
    d = np.asarray(f(np.ones((3, 2)), np.array([0, 2, 0]), 4))
    assert np.all(d[[1, 3]] == 0), (
        f"no image is of class 1: its row is 0, exactly; here it is {d[1, 0]:.4g}"
    )


TABLE_BACK = Exercise(
    "17.2",
    solutions.table_backward,
    cases=(
        back_case([2, 0, 2, 1, 2], 4, 3),
        back_case([1, 1], 3, 4),
        back_case([0, 3, 1, 0], 5, 2),
        back_case([2], 3, 2),
    ),
    properties=(nobody_s_row_is_0,),
    solution=(solutions.table_backward, one_hot, rows_backward),
)

# ---------------------------------------------------------------- 17.3


@sized("for M = {M} images and K = {K} classes{about}")
def nats_case(M, K, about="", level=-80.0, spread=3.0):
    """log p(x | y) of M images under K classes, and their labels."""
    log_p = level + spread * normal(M, K)
    return log_p, rng.integers(K, size=M)


def no_more_than_log_K(f):
    """One class alone is likely: its label is worth log K. All alike: 0."""
    log_p = np.array([[-5.0, -60.0, -70.0], [-9.0, -9.0, -9.0]])
    found, _ = (np.asarray(v) for v in f(log_p, np.array([0, 1])))
    assert np.isclose(found[0], np.log(3)), (
        "if no other class could have made the image, its label is worth log K = "
        f"{np.log(3):.4f}; here it is {found[0]:.4f}"
    )
    assert np.isclose(found[1], 0), (
        f"if all classes make it equally well, a label is worth 0; here {found[1]:.4f}"
    )


WORTH = Exercise(
    "17.3",
    solutions.label_worth,
    cases=(
        nats_case(4, 3),
        nats_case(2, 5, ", nearly alike", spread=0.5),
        nats_case(3, 10, ", of -1000 nats", level=-1000.0),
        nats_case(3, 4, ", some of them hopeless", level=-900.0, spread=300.0),
        nats_case(1, 2, ", above 0", level=150.0),
    ),
    properties=(no_more_than_log_K,),
)
