"""Exercises of chapter 15: launches, shares of a minibatch, and a sum over a ring."""

import numpy as np

from draw_np.machine import backend, parallel
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Suspect, numbers, sized

rng, normal = numbers(15)


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
    said = ", ".join(f"{v:.4g}" for v in found)
    assert np.allclose(found, [0.5, 0.5, 0, 0.5]), (
        f"for a = 0 the gates i, f, g, o are 0.5, 0.5, 0, 0.5; here they are {said}"
    )


@sized("for {M:image} and {H:unit}")
def gates_case(M, H):
    """A kernel, and what comes before the gates."""
    return Kernel(), 2 * normal(M, 4 * H)


GATES = Exercise(
    "15.1",
    solutions.gates,
    cases=(
        *gates_case.each((2, 3), (3, 1), (1, 4)),
        Case(
            "for one image and 2 units, pre-activations from 6 to 300",
            (Kernel(), np.array([[6.0, -8.0, 30.0, -7.0, 6.5, -9.0, -300.0, 12.0]])),
            {"M": 1, "H": 2},
        ),
    ),
    properties=(middle_of_a_gate,),
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
    listed = ", ".join(f"{a:g} up to {b:g}" for a, b in zip(first, last, strict=True))
    assert [*first, 11] == [0, *last], (
        f"the shares of 11 images are, one after the other, rows 0 up to 11; here {listed}"
    )


@sized("for {M} images in {K:share}")
def cut_case(M, K):
    """The sizes themselves."""
    return M, K


CUT = Exercise(
    "15.2",
    cut,
    cases=cut_case.each((64, 3), (10, 4), (7, 7), (5, 1), (103, 8), (22, 22), (45, 33)),
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
    assert np.isclose(found, 1), (
        f"where every share has the mean 1, all together have; here it is {found:.4g}"
    )


MEANS = Exercise(
    "15.3",
    mean_of_means,
    cases=(
        shares_case(4, 21, 21, 22),
        shares_case(2, 1, 5),
        shares_case(3, 2, 7, 4, 3),
        shares_case(2, 6),
        Case(
            "for shares of 1 and 3 images, numbers of some hundred",
            (np.array([[300.0, -500.0], [-20.0, 700.0]]), np.array([1, 3])),
            {"K": 2, "D": 2},
        ),
    ),
    properties=(leaves_equal_means_alone,),
    suspect=Suspect(mean_of_all),
    solution=(parallel.World.mean,),
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
        assert np.allclose(f(0, 2, 5, 3, start, stop), whole[:, start:stop]), (
            f"images {start} up to {stop} of 5 have other noise in a share than where one "
            "process has all 5"
        )


@sized("for images {start} up to {stop} of {M}, {T} steps")
def noise_case(seed, T, M, Z, start, stop):
    """The numbers themselves."""
    return seed, T, M, Z, start, stop


NOISE = Exercise(
    "15.4",
    share_of_noise,
    cases=noise_case.each(
        (3, 2, 6, 4, 2, 5), (0, 3, 5, 2, 0, 2), (8, 1, 7, 3, 4, 7), (5, 3, 4, 2, 0, 4)
    ),
    properties=(shares_are_of_the_whole,),
    suspect=Suspect(noise_step_by_step),
)

# ---------------------------------------------------------------- 15.5


def least_share_is_met(f):
    """With K it holds, with K + 1 no more."""
    tau, G, share = np.float64(0.5), np.float64(4e6), np.float64(0.8)
    (K,) = np.asarray(f(tau, G, np.array([1e9]), share))

    def earned(K):
        return tau / (tau + 2 * (K - 1) * G / 1e9)

    assert earned(K) >= share > earned(K + 1), (
        f"for tau = 0.5, G = 4e6, b = 1e9, share = 0.8 it says K = {K:.4g}; S(K)/K is "
        f"{earned(K):.3g} there and {earned(K + 1):.3g} with one more"
    )


LINKS = [1.25e8, 1.25e9, 1.25e10]


def links_case(about, tau, G, links, share):
    """Arguments of ``most_processes``."""
    tau, G, share = map(np.float64, (tau, G, share))
    return Case(about, (tau, G, np.array(links), share), {"L": len(links)})


MOST = Exercise(
    "15.5",
    solutions.most_processes,
    cases=(
        links_case("for mnist and a share of one half", 0.32, 3_845_100, LINKS, 0.5),
        links_case("for mnist and a share of three quarters", 0.32, 3_845_100, LINKS[:2], 0.75),
        links_case("for a slow link", 0.02, 1e6, [3e6, 1.7e9], 0.9),
        links_case("for a share of a fifth", 0.1, 2e6, [2.36e8], 0.2),
        links_case("for steps of five minutes", 300, 1.1e8, [3e8, 2e10], 0.95),
        links_case("for tau = 3, G = 1, b = 2 and a share of one half", 3, 1, [2.0], 0.5),
    ),
    properties=(least_share_is_met,),
)

# ---------------------------------------------------------------- 15.6


def all_hold_all_sums(f):
    """In the end."""
    held = np.arange(9.0).reshape(3, 3, 1)
    last, sums = np.asarray(f(held))[-1, :, :, 0], held.sum(axis=(0, 2))
    rank, piece = np.unravel_index(np.argmin(np.isclose(last, sums)), last.shape)
    assert np.allclose(last, sums), (
        f"in the end every rank holds the sum of every piece; of 3 ranks, rank {rank} holds "
        f"{last[rank, piece]:g} as piece {piece}, where the sum is {sums[piece]:g}"
    )


@sized("for {K:rank} and pieces of {n}")
def ring_case(K, n):
    """What all ranks hold."""
    return (normal(K, K, n),)


RING = Exercise(
    "15.6",
    solutions.ring,
    cases=(
        *ring_case.each((3, 2), (4, 3), (2, 1), (1, 2), (5, 1)),
        Case("for 2 ranks and numbers of some hundred", (300 * normal(2, 2, 3),), {"K": 2, "n": 3}),
    ),
    properties=(all_hold_all_sums,),
)

# ---------------------------------------------------------------- 15.0


def together(gradients):
    """The right answer."""
    return np.mean(gradients, axis=0)


@sized("for {K:process} and {D} numbers")
def gradients_case(K, D):
    """A gradient of every process."""
    return (normal(K, D),)


TOGETHER = Exercise(
    "15.0",
    together,
    cases=(
        *gradients_case.each((3, 4), (4, 2), (3, 3), (1, 5)),
        Case("for 2 processes, numbers of some hundred", (300 * normal(2, 3),), {"K": 2, "D": 3}),
    ),
)
