"""Exercises of chapter 16: halving, putting together, and two players."""

import numpy as np

from draw_np import pyramid
from draw_np.book.pyramid import slopes
from draw_np.measuring import samples
from draw_np.nn import sigmoid, softplus
from draw_np.practice.exercise import Case, Exercise, numbers, sized

rng, normal = numbers(16)


# ---------------------------------------------------------------- 16.1


def halved_row(row):
    """The right answer: the row with its ends copied, and four weights."""
    longer = np.concatenate([row[:1], row, row[-1:]])
    near = longer[1:-1:2] + longer[2::2]
    far = longer[:-3:2] + longer[3::2]
    return 3 / 8 * near + 1 / 8 * far


def grey_stays(f):
    """Weights sum to 1, at the ends as well."""
    found = np.asarray(f(np.full(6, 0.5)))
    assert np.allclose(found, 0.5), (
        f"a row of 0.5 everywhere should stay 0.5, and becomes {np.round(found, 3)}"
    )


HALVED = Exercise(
    "16.1",
    halved_row,
    cases=(
        *(Case(f"for {n} pixels", (normal(n),), {"n": n}) for n in (2, 4, 6, 10)),
        Case("for 8 numbers of some hundred", (300 * normal(8),), {"n": 8}),
    ),
    properties=(grey_stays,),
    solution=(halved_row, pyramid.halving, pyramid.reduce),
)

# ---------------------------------------------------------------- 16.2


def put_together(details, halvings):
    """The right answer: enlarge and add, level by level."""
    picture = details[-1]
    for h, R in zip(details[-2::-1], halvings[::-1], strict=True):
        picture = 4 * R.T @ picture @ R + h
    return picture


def levels(n, T):
    """Details and matrices of T levels of n x n."""
    R = tuple(pyramid.halving(n // 2**k, np.zeros(1)) for k in range(T - 1))
    return Case(
        f"for {T} level{'' if T == 1 else 's'} of {n} x {n}",
        (tuple(normal(n // 2**k, n // 2**k) for k in range(T)), R),
        {"T": T},
    )


TOGETHER = Exercise(
    "16.2",
    put_together,
    cases=(
        *(levels(n, T) for n, T in [(8, 3), (4, 2), (8, 4), (6, 1)]),
        levels(4, 2).but("numbers of some hundred", 0, (300 * normal(4, 4), 300 * normal(2, 2))),
    ),
    solution=(put_together, pyramid.put_together, pyramid.expand),
)

# ---------------------------------------------------------------- 16.3


def energy_distance(x, y):
    """The right answer: three mean distances."""
    between = distances(x, y).mean()
    return 2 * between - apart(x) - apart(y)


def distances(x, y):
    """Between all rows of x and all of y."""
    return np.sqrt(np.sum((x[:, None] - y) ** 2, axis=2))


def apart(x):
    """The mean over pairs of different rows."""
    n = len(x)
    return distances(x, x).sum() / (n * (n - 1))


def both_ways(f):
    """Which set comes first does not matter."""
    x, y = np.array([[0.0], [2.0]]), np.array([[1.0], [5.0], [4.0]])
    assert np.isclose(f(x, y), f(y, x)), (
        "the distance of y from x must be that of x from y, and is not"
    )


@sized("for {n} and {m} images of {D} pixels")
def sets_case(n, m, D):
    """Two sets of images."""
    return normal(n, D), 1 + normal(m, D)


def moved_together(f):
    """Differences do not mind where both sets are."""
    x, y = np.array([[0.5, 0.1], [0.2, 0.9]]), np.array([[0.3, 0.4], [0.8, 0.6]])
    here, there = float(f(x, y)), float(f(x + 1e4, y + 1e4))
    assert np.isclose(here, there, rtol=1e-6), (
        "with 10,000 added to all numbers of both sets the distance stays; it goes from "
        f"{here:.4g} to {there:.4g}: |x|^2 + |y|^2 - 2 x y loses digits, x - y does not"
    )


ENERGY = Exercise(
    "16.3",
    energy_distance,
    cases=(
        *sets_case.each((2, 3, 1), (4, 3, 5), (3, 5, 2)),
        Case(
            "for images that are equal, in a set and across, and others far apart",
            (
                np.array([[1.0, 2.0], [1.0, 2.0], [300.0, -400.0]]),
                np.array([[1.0, 2.0], [0.0, -50.0]]),
            ),
            {"n": 3, "m": 2, "D": 2},
        ),
    ),
    properties=(both_ways, moved_together),
    source=(distances, apart),
    solution=(energy_distance, samples.energy_distance),
)

# ---------------------------------------------------------------- 16.4


def costs(real, invented):
    """The right answer: two costs and three slopes."""
    M = len(real)
    D = np.mean(softplus(real) - 0.9 * real) + np.mean(softplus(invented))
    G = np.mean(softplus(-invented))
    d_real = (sigmoid(real) - 0.9) / M
    d_invented = sigmoid(invented) / M
    return D, G, d_real, d_invented, (sigmoid(invented) - 1) / M


COSTS = Exercise(
    "16.4",
    costs,
    cases=(
        *(Case(f"for {M} logits", (normal(M), normal(M)), {"M": M}) for M in (3, 5)),
        Case("for logits far out", (np.array([900.0, -900.0]), np.array([800.0, -950.0]))),
    ),
    solution=(costs, pyramid.cost_of_telling, pyramid.cost_of_being_found_out),
)

# ---------------------------------------------------------------- 16.5


@sized("for {M} numbers")
def game(M):
    """Four numbers, M real ones and M noises."""
    return *(normal(1) for _ in range(4)), normal(M), normal(M)


GAME = Exercise(
    "16.5",
    slopes,
    cases=(
        *game.each((3,), (5,), (1,)),
        Case(
            "for 4 numbers, logits up to 60",
            (
                *(np.array([v]) for v in (3.0, -8.0, 6.0, -9.0)),
                np.array([9.5, -8.0, 6.0, 1.8]),
                np.array([3.2, -0.5, 4.5, 3.0]),
            ),
            {"M": 4},
        ),
    ),
)
