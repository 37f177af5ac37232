"""Exercises of chapter 16: halving, putting together, and two players."""

import numpy as np

from draw_np import pyramid
from draw_np.book.pyramid import slopes
from draw_np.measuring import samples
from draw_np.nn import sigmoid, softplus
from draw_np.practice.exercise import Case, Exercise

rng = np.random.default_rng(16)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


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
    if not np.allclose(found, 0.5):
        return f"a row of 0.5 everywhere should stay 0.5, and becomes {np.round(found, 3)}"
    return None


HALVED = Exercise(
    "16.1",
    "halved_row",
    halved_row,
    gives=("row",),
    cases=tuple(Case(f"for {n} pixels", (normal(n),), {"n": n}) for n in (2, 4, 6, 10)),
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
    "put_together",
    put_together,
    gives=("image",),
    cases=(levels(8, 3), levels(4, 2), levels(8, 4), levels(6, 1)),
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
    if not np.isclose(f(x, y), f(y, x)):
        return "the distance of y from x must be that of x from y, and is not"
    return None


ENERGY = Exercise(
    "16.3",
    "energy_distance",
    energy_distance,
    gives=("distance",),
    cases=tuple(
        Case(
            f"for {n} and {m} images of {D} pixels",
            (normal(n, D), 1 + normal(m, D)),
            {"n": n, "m": m, "D": D},
        )
        for n, m, D in ((2, 3, 1), (4, 3, 5), (3, 5, 2))
    ),
    properties=(both_ways,),
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
    "costs",
    costs,
    gives=("D", "G", "d_real", "d_invented", "g_invented"),
    cases=(
        *(Case(f"for {M} logits", (normal(M), normal(M)), {"M": M}) for M in (3, 5)),
        Case("for logits far out", (np.array([900.0, -900.0]), np.array([800.0, -950.0]))),
    ),
    solution=(costs, pyramid.cost_of_telling, pyramid.cost_of_being_found_out),
    gradient=True,
)

# ---------------------------------------------------------------- 16.5


def game(M):
    """Four numbers, M real ones and M noises."""
    return Case(
        f"for {M} numbers", (*(normal(1) for _ in range(4)), normal(M), normal(M)), {"M": M}
    )


GAME = Exercise(
    "16.5",
    "slopes",
    slopes,
    gives=("dw", "db", "dpsi", "dchi"),
    cases=(game(3), game(5)),
    solution=(slopes,),
    gradient=True,
)

EXERCISES = (HALVED, TOGETHER, ENERGY, COSTS, GAME)
