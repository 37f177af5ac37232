"""Exercises of chapter 15: launches, shares of a minibatch, and a sum over a ring."""

import numpy as np

from draw_np.machine import backend, parallel
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect

rng = np.random.default_rng(15)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


# ---------------------------------------------------------------- 15.1


class Kernel:
    """A device's tanh, which may be launched once; a copy counts for itself.

    It is the tanh of a number that is 2 % larger, so that a result tells whether it took part.
    All that holds for tanh, such as tanh 2v = 2 tanh v / (1 + tanh^2 v), holds for it too.
    """

    launched = False

    def __call__(self, v):
        """The tanh of every entry."""
        if self.launched:
            raise RuntimeError("the kernel squash was launched a second time")
        self.launched = True
        return np.tanh(v.dtype.type(1.02) * v)


def middle_of_a_gate(f):
    """At 0 a gate is half open, and g is 0."""
    found = np.asarray(f(Kernel(), np.zeros((1, 4)))).ravel()
    if not np.allclose(found, [0.5, 0.5, 0, 0.5]):
        said = ", ".join(f"{v:.4g}" for v in found)
        return f"for a = 0 the gates i, f, g, o are 0.5, 0.5, 0, 0.5; here they are {said}"
    return None


GATES = Exercise(
    "15.1",
    "gates",
    solutions.gates,
    gives=("gates",),
    parts={"gates": ("i", "f", "g", "o")},
    cases=tuple(
        Case(
            f"for {M} image{'s' * (M > 1)} and {H} unit{'s' * (H > 1)}",
            (Kernel(), 2 * normal(M, 4 * H)),
            {"M": M, "H": H},
        )
        for M, H in [(2, 3), (3, 1), (1, 4)]
    ),
    properties=(middle_of_a_gate,),
    solution=(solutions.gates,),
)

# ---------------------------------------------------------------- 15.2


def cut(M, K):
    """The right answer: where shares begin, and how many rows each has."""
    ends = M * np.arange(K + 1) // K
    return ends[:-1], np.diff(ends)


def all_images_once(f):
    """One share after the other."""
    first, rows = (np.asarray(v) for v in f(11, 4))
    last = (first + rows).tolist()
    if first.tolist() != [0, *last[:-1]] or last[-1] != 11:
        listed = ", ".join(f"{a:g} up to {b:g}" for a, b in zip(first, last, strict=True))
        return f"the shares of 11 images are, one after the other, rows 0 up to 11; here {listed}"
    return None


CUT = Exercise(
    "15.2",
    "cut",
    cut,
    gives=("first", "rows"),
    cases=tuple(
        Case(f"for {M} images in {K} share{'s' * (K > 1)}", (M, K), {"M": M, "K": K})
        for M, K in [(64, 3), (10, 4), (7, 7), (5, 1), (103, 8), (22, 22), (45, 33)]
    ),
    properties=(all_images_once,),
    solution=(backend.cut,),
)

# ---------------------------------------------------------------- 15.3


def shares_of(means, sizes):
    """Both as arrays, of floats and of whole numbers, whatever a property gives.

    Raises
    ------
    ValueError
        If they are not of as many shares, or a size is no whole number.
    """
    means, sizes = np.asarray(means), np.asarray(sizes)
    if sizes.ndim != 1 or not means.ndim:
        raise ValueError(
            f"mean was given means {means.shape} and sizes {sizes.shape} where (K, D) and (K,) are "
            "expected"
        )
    if len(means) != len(sizes):
        raise ValueError(f"mean was given means of {len(means)} shares and sizes of {len(sizes)}")
    if np.any(sizes % 1):
        raise ValueError(f"mean was given sizes {sizes.tolist()}, which are no whole numbers")
    return means.astype(np.result_type(means, np.float32)), sizes.astype(np.int64)


def mean_of_means(means, sizes):
    """The right answer: every share has its images' weight."""
    means, sizes = shares_of(means, sizes)
    weights = sizes / sizes.sum()
    return weights.astype(means.dtype) @ means


def mean_of_all(means, sizes):
    """A right one, written otherwise: every image as if it had its share's mean."""
    means, sizes = shares_of(means, sizes)
    return np.mean(np.repeat(means, sizes, axis=0), axis=0)


def shares_case(D, *sizes):
    """Means over shares of these sizes."""
    K = len(sizes)
    about = f"for shares of {', '.join(map(str, sizes))} images, {D} numbers"
    return Case(about, (normal(K, D), np.array(sizes)), {"K": K, "D": D})


def leaves_equal_means_alone(f):
    """Weights sum to 1."""
    found = np.asarray(f(np.ones((3, 1)), np.array([2, 3, 5]))).item()
    if not np.isclose(found, 1):
        return f"where every share has the mean 1, all together have; here it is {found:.4g}"
    return None


MEANS = Exercise(
    "15.3",
    "is_that_of_one",
    mean_of_means,
    gives=("gradient",),
    cases=(
        shares_case(4, 21, 21, 22),
        shares_case(2, 1, 5),
        shares_case(3, 2, 7, 4, 3),
        shares_case(2, 6),
    ),
    properties=(leaves_equal_means_alone,),
    suspect=Suspect(
        "suspect_mean",
        ("sizes / sizes.sum()", "sizes**0 / len(sizes)"),
        (mean_of_means, mean_of_all),
    ),
    solution=(solutions.is_that_of_one, parallel.World.mean),
)

# ---------------------------------------------------------------- 15.4


def share_of_noise(seed, T, M, Z, start, stop):
    """The right answer: all of it, and then the rows."""
    return np.random.default_rng(seed).standard_normal((T, M, Z))[:, start:stop]


def noise_step_by_step(seed, T, M, Z, start, stop):
    """A right one, written otherwise."""
    stream = np.random.default_rng(seed)
    return np.stack([stream.standard_normal((M, Z))[start:stop] for _ in range(T)])


def shares_are_of_the_whole(f):
    """What the mended function must have too."""
    whole = np.asarray(f(0, 2, 5, 3, 0, 5))
    for start, stop in ((0, 2), (2, 5)):
        if not np.allclose(f(0, 2, 5, 3, start, stop), whole[:, start:stop]):
            return (
                f"images {start} up to {stop} of 5 have other noise in a share than where one "
                "process has all 5"
            )
    return None


NOISE = Exercise(
    "15.4",
    "draws_what_one_draws",
    share_of_noise,
    gives=("eps",),
    cases=tuple(
        Case(
            f"for images {start} up to {stop} of {M}, {T} steps",
            (seed, T, M, Z, start, stop),
            {"T": T, "M": M, "Z": Z},
        )
        for seed, T, M, Z, start, stop in [
            (3, 2, 6, 4, 2, 5),
            (0, 3, 5, 2, 0, 2),
            (8, 1, 7, 3, 4, 7),
            (5, 3, 4, 2, 0, 4),
        ]
    ),
    properties=(shares_are_of_the_whole,),
    suspect=Suspect(
        "suspect_noise",
        ("M, Z))[:, start:stop]", "stop - start, Z))"),
        (share_of_noise, noise_step_by_step),
        advice="what it demands must not be what the bug does: the noise of a share "
        "depends on M, since all M images of a step come before the next step",
    ),
    solution=(solutions.draws_what_one_draws, share_of_noise),
)

# ---------------------------------------------------------------- 15.5


def least_share_is_met(f):
    """With K it holds, with K + 1 no more."""
    tau, G, share = np.float64(0.5), np.float64(4e6), np.float64(0.8)
    (K,) = np.asarray(f(tau, G, np.array([1e9]), share))

    def earned(K):
        return tau / (tau + 2 * (K - 1) * G / 1e9)

    if not (earned(K) >= share > earned(K + 1)):
        return (
            f"for tau = 0.5, G = 4e6, b = 1e9, share = 0.8 it says K = {K:.4g}; S(K)/K is "
            f"{earned(K):.3g} there and {earned(K + 1):.3g} with one more"
        )
    return None


LINKS = np.array([1.25e8, 1.25e9, 1.25e10])

MOST = Exercise(
    "15.5",
    "most_processes",
    solutions.most_processes,
    gives=("K",),
    cases=(
        Case(
            "for mnist and a share of one half",
            (np.float64(0.32), np.float64(3_845_100), LINKS, np.float64(0.5)),
            {"L": 3},
        ),
        Case(
            "for mnist and a share of three quarters",
            (np.float64(0.32), np.float64(3_845_100), LINKS[:2], np.float64(0.75)),
            {"L": 2},
        ),
        Case(
            "for a slow link",
            (np.float64(0.02), np.float64(1e6), np.array([3e6, 1.7e9]), np.float64(0.9)),
            {"L": 2},
        ),
        Case(
            "for a share of a fifth",
            (np.float64(0.1), np.float64(2e6), np.array([2.36e8]), np.float64(0.2)),
            {"L": 1},
        ),
        Case(
            "for tau = 3, G = 1, b = 2 and a share of one half",
            (np.float64(3), np.float64(1), np.array([2.0]), np.float64(0.5)),
            {"L": 1},
        ),
    ),
    properties=(least_share_is_met,),
    solution=(solutions.most_processes,),
)

# ---------------------------------------------------------------- 15.6


def all_hold_all_sums(f):
    """In the end."""
    held = np.arange(9.0).reshape(3, 3, 1)
    last = np.asarray(f(held))[-1, :, :, 0]
    if not np.allclose(last, held.sum(axis=0)[:, 0]):
        wrong = np.argwhere(~np.isclose(last, held.sum(axis=0)[:, 0]))[0]
        return (
            "in the end every rank holds the sum of every piece; of 3 ranks, rank "
            f"{wrong[0]} holds {last[tuple(wrong)]:g} as piece {wrong[1]}, where the sum is "
            f"{held.sum(axis=0)[wrong[1], 0]:g}"
        )
    return None


RING = Exercise(
    "15.6",
    "ring",
    solutions.ring,
    gives=("states",),
    cases=tuple(
        Case(f"for {K} rank{'s' * (K > 1)} and pieces of {n}", (normal(K, K, n),), {"K": K, "n": n})
        for K, n in [(3, 2), (4, 3), (2, 1), (1, 2), (5, 1)]
    ),
    properties=(all_hold_all_sums,),
    solution=(solutions.ring,),
)

# ---------------------------------------------------------------- 15.0


def together(gradients):
    """The right answer."""
    return np.mean(gradients, axis=0)


TOGETHER = Exercise(
    "15.0",
    "together",
    together,
    gives=("gradient",),
    cases=tuple(
        Case(f"for {K} process{'es' * (K > 1)} and {D} numbers", (normal(K, D),), {"K": K, "D": D})
        for K, D in [(3, 4), (4, 2), (3, 3), (1, 5)]
    ),
    solution=(together,),
)

EXERCISES = (TOGETHER, GATES, CUT, MEANS, NOISE, MOST, RING)
