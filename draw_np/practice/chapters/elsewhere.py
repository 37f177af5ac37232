"""Exercises of chapter 15: launches, shares of a minibatch, and a sum over a ring."""

import numpy as np

from draw_np.machine import backend, parallel
from draw_np.practice.chapters import solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect

rng = np.random.default_rng(15)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


# ---------------------------------------------------------------- 15.1


class Kernel:
    """A device's tanh, which may be launched once; a copy counts for itself.

    It is a fraction that looks like a tanh, wrong by up to 0.03, so that a result tells
    whether it took part.
    """

    launched = False

    def __call__(self, v):
        """The tanh of every entry."""
        if self.launched:
            raise RuntimeError("the kernel squash was launched a second time")
        self.launched = True
        return np.clip(v * (27 + v * v) / (27 + 9 * v * v), -1, 1)


def gates_by(before=(0.5, 0.5, 1, 0.5), after=(0.5, 0.5, 1, 0.5), added=(0.5, 0.5, 0, 0.5),
             kernel=lambda squash: squash):  # fmt: skip
    """One launch, with factors before and after it and numbers added to its four parts."""

    def gates(squash, a):
        H = a.shape[1] // 4
        first, second, third = (np.repeat(np.array(v, a.dtype), H) for v in (before, after, added))
        return kernel(squash)(a * first) * second + third

    return gates


def four_launches(squash, a):
    """Each gate by itself."""
    return np.concatenate([squash(v) for v in np.split(a, 4, axis=1)], axis=1)


def numpy_for(*others):
    """The right gates, some of them (0 to 3) by NumPy's tanh."""

    def gates(squash, a):
        parts = np.split(solutions.gates(squash, a), 4, axis=1)
        by_numpy = np.split(solutions.gates(np.tanh, a), 4, axis=1)
        return np.concatenate([(by_numpy if k in others else parts)[k] for k in range(4)], axis=1)

    return gates


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
        Case(f"for {M} image{'s' * (M > 1)} and {H} unit{'s' * (H > 1)}",
             (Kernel(), 2 * normal(M, 4 * H)), {"M": M, "H": H})
        for M, H in [(2, 3), (3, 1), (1, 4)]
    ),
    known=(
        Known("launched-again", "Four gates, and more than one launch. Bring all that needs a tanh "
              "into one array first.", four_launches),
        Known("another-kernel", "The right gates, and not by the kernel: this is NumPy's tanh or "
              "exp, which the device has not.", gates_by(kernel=lambda squash: np.tanh)),
        Known("another-kernel-for-i-f-o", "i, f and o are sigmoids, and not by the kernel: use no "
              "other function than squash, not np.exp either.", numpy_for(0, 1, 3)),
        Known("another-kernel-for-g", "g is a tanh, and not by the kernel: use no other function "
              "than squash, whose one launch takes a_g too.", numpy_for(2)),
        Known("not-halved-before", "sigmoid(v) has the tanh of v / 2: halve a_i, a_f and a_o "
              "first.", gates_by(before=(1, 1, 1, 1))),
        Known("not-halved-after", "A sigmoid is half of 1 + tanh.",
              gates_by(after=(1, 1, 1, 1), added=(1, 1, 0, 1))),
        Known("no-1-added", "A sigmoid is half of 1 + tanh; the 1 is missing.",
              gates_by(added=(0, 0, 0, 0))),
        Known("tanh-everywhere", "All four are a tanh; i, f and o are to be sigmoids.",
              gates_by((1, 1, 1, 1), (1, 1, 1, 1), (0, 0, 0, 0))),
        Known("sigmoid-everywhere", "All four are a sigmoid; g is to be a tanh.",
              gates_by((0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5))),
        Known("order-i-f-o-g", "The order is i, f, g, o: the third part is to be a tanh, and not "
              "the last.", gates_by((0.5, 0.5, 0.5, 1), (0.5, 0.5, 0.5, 1), (0.5, 0.5, 0.5, 0))),
        Known("g-halved-too", "a_g is halved before the tanh, as if it were a gate: its part stays "
              "as it is.", gates_by(before=(0.5, 0.5, 0.5, 0.5))),
    ),
    properties=(middle_of_a_gate,),
    hints=(
        "A sigmoid is a tanh of half the argument, halved, plus a half. So all four parts need a "
        "tanh of something: make that something for all of them first.",
        "np.split(a, 4, axis=1) cuts a in four; np.concatenate([...], axis=1) puts four side by "
        "side. Halve three of them, launch, cut again, and finish the same three.",
        "squash(np.concatenate([i / 2, f / 2, g, o / 2], axis=1)); then (1 + i) / 2, (1 + f) / 2, "
        "g, (1 + o) / 2 of its four parts.",
    ),
    solution=(solutions.gates,),
)  # fmt: skip

# ---------------------------------------------------------------- 15.2


def as_arrays(ends):
    """First rows and numbers of rows, from where shares begin and the last one ends."""
    ends = np.asarray(ends, np.int64)
    return ends[:-1], np.diff(ends)


def cut(M, K):
    """The right answer, by the package."""
    return as_arrays([0, *(rows.stop for rows in backend.cut(M, K))])


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
    known=(
        Known("larger-shares-first", "Just as equal, but cut elsewhere: the images that are left "
              "over go to the first shares here. Share k is to begin at M k / K, rounded down.",
              lambda M, K: as_arrays([0, *np.cumsum([len(v) for v in
                                                     np.array_split(range(M), K)])])),
        Known("the-last-takes-the-rest", "Every share has M // K images and the last one all that "
              "are left over: the others wait for it. Multiply first: M * k // K.",
              lambda M, K: as_arrays([*(M // K * k for k in range(K)), M])),
        Known("shares-rounded-up", "Every share has M / K images, rounded up, so that fewer are "
              "left for the last.",
              lambda M, K: as_arrays(np.minimum(-(-M // K) * np.arange(K + 1), M))),
        Known("rounded-up", "Where a share begins is to be rounded down, and not up.",
              lambda M, K: as_arrays(-(-M * np.arange(K + 1) // K))),
        Known("rounded-to-the-nearest", "Where a share begins is to be rounded down, and not to "
              "the nearest row.", lambda M, K: as_arrays(np.round(M * np.arange(K + 1) / K))),
        Known("quotient-first", "M / K is rounded, and times k it may fall just below a whole "
              "number: multiply first, then divide with //.",
              lambda M, K: as_arrays([*(int(M / K * k) for k in range(K)), M])),
        Known("fraction-first", "k / K is rounded, and times M it may fall just below a whole "
              "number: multiply first, then divide with //.",
              lambda M, K: as_arrays([int(k / K * M) for k in range(K + 1)])),
        Known("ends-for-numbers", "The second is how many rows a share has, and not where it "
              "ends.", lambda M, K: (cut(M, K)[0], sum(cut(M, K)))),
        Known("counted-from-1", "Rows count from 0: the first share begins at row 0.",
              lambda M, K: (cut(M, K)[0] + 1, cut(M, K)[1])),
        Known("next-share", "This is where share k ends, and where the next one begins: share 0 "
              "begins at row 0.",
              lambda M, K: as_arrays([*(rows.stop for rows in backend.cut(M, K)), M])),
        Known("images-lost", "Every share has M // K images, and the last of the images have "
              "none.", lambda M, K: as_arrays(M // K * np.arange(K + 1))),
    ),
    properties=(all_images_once,),
    hints=(
        "Where does share k + 1 begin? There, share k ends. M itself is where a share number K "
        "would begin.",
        "M * np.arange(K + 1) // K are all the ends, K + 1 of them: whole numbers, rounded down.",
        "ends[:-1] are the first rows, and np.diff(ends) the numbers of rows.",
    ),
    solution=(backend.cut,),
)  # fmt: skip

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


def mean_by(weights=lambda sizes: sizes / sizes.sum()):
    """A mean of means with these weights."""

    def mean(means, sizes):
        means, sizes = shares_of(means, sizes)
        return weights(sizes).astype(means.dtype) @ means

    return mean


mean_of_means = mean_by()


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
    cases=(shares_case(4, 21, 21, 22), shares_case(2, 1, 5), shares_case(3, 2, 7, 4, 3),
           shares_case(2, 6)),
    known=(
        Known("sum-of-means", "The means are added, without weights.",
              mean_by(lambda sizes: sizes**0)),
        Known("sum-over-images", "This is the sum of all images' gradients: divide by their "
              "number.", mean_by(lambda sizes: sizes)),
        Known("divided-by-K", "Each mean is multiplied by its share's size, and the sum must be "
              "divided by the number of images, and not by that of shares.",
              mean_by(lambda sizes: sizes / len(sizes))),
        Known("weights-turned", "A share with more images must count for more, and not for less.",
              mean_by(lambda sizes: (1 / sizes) / np.sum(1 / sizes))),
        Known("weights-and-mean", "The weights M_k / M sum to 1 already: add, and do not divide by "
              "K again.", mean_by(lambda sizes: sizes / sizes.sum() / len(sizes))),
        Known("by-the-largest", "The sizes are to be divided by their sum, and not by the "
              "largest.", mean_by(lambda sizes: sizes / np.max(sizes))),
    ),
    properties=(leaves_equal_means_alone,),
    suspect=Suspect("suspect_mean", mean_by(lambda sizes: sizes**0 / len(sizes)),
                    (mean_of_means, mean_of_all)),
    hints=(
        "Make up the gradients of five images. Their mean is what one process computes. Now cut "
        "them into two shares of unequal size.",
        "mean(np.array([each[:1].mean(axis=0), each[1:].mean(axis=0)]), np.array([1, 4])) must be "
        "each.mean(axis=0).",
        "Mended: np.sum(means * w[:, None], axis=0) with w = sizes / sizes.sum(), in the dtype of "
        "means: (...).astype(means.dtype).",
    ),
    solution=(solutions.is_that_of_one, parallel.World.mean),
)  # fmt: skip

# ---------------------------------------------------------------- 15.4


def share_of_noise(seed, T, M, Z, start, stop):
    """The right answer: all of it, and then the rows."""
    return np.random.default_rng(seed).standard_normal((T, M, Z))[:, start:stop]


def noise_step_by_step(seed, T, M, Z, start, stop):
    """A right one, written otherwise."""
    stream = np.random.default_rng(seed)
    return np.stack([stream.standard_normal((M, Z))[start:stop] for _ in range(T)])


def noise_of(seed, *shape):
    """The first draw of a new generator."""
    return np.random.default_rng(seed).standard_normal(shape)


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
        Case(f"for images {start} up to {stop} of {M}, {T} steps", (seed, T, M, Z, start, stop),
             {"T": T, "M": M, "Z": Z})
        for seed, T, M, Z, start, stop in [(3, 2, 6, 4, 2, 5), (0, 3, 5, 2, 0, 2),
                                           (8, 1, 7, 3, 4, 7), (5, 3, 4, 2, 0, 4)]
    ),
    known=(
        Known("seed-of-its-own", "Each process has a seed of its own: the shares' noise differs, "
              "but not as that of one process, and depends on how many there are.",
              lambda seed, T, M, Z, start, stop: noise_of(seed + start, T, stop - start, Z)),
        Known("drawn-up-to-stop", "Only the images up to this share are drawn. Step 2 then begins "
              "at another place in the stream than with all M.",
              lambda seed, T, M, Z, start, stop: noise_of(seed, T, stop, Z)[:, start:]),
        Known("drawn-and-thrown-away", "The numbers of the images before this share are drawn "
              "first, for all steps, and thrown away. The stream has all images of step 1, then "
              "all of step 2: draw (T, M, Z) at once.",
              lambda seed, T, M, Z, start, stop: np.reshape(
                  noise_of(seed, T * stop * Z)[T * start * Z:], (T, stop - start, Z))),
        Known("images-first", "The stream gives the noise of all images for one step after the "
              "other, (T, M, Z), and not image after image.",
              lambda seed, T, M, Z, start, stop:
                  np.swapaxes(noise_of(seed, M, T, Z), 0, 1)[:, start:stop]),
        Known("first-images", "These are the first images' numbers for every share: take the rows "
              "start to stop.",
              lambda seed, T, M, Z, start, stop: noise_of(seed, T, M, Z)[:, :stop - start]),
        Known("counted-from-1", "Images count from 0: this is one image too early.",
              lambda seed, T, M, Z, start, stop:
                  np.roll(noise_of(seed, T, M, Z), 1, axis=1)[:, start:stop]),
    ),
    properties=(shares_are_of_the_whole,),
    suspect=Suspect("suspect_noise",
                    lambda seed, T, M, Z, start, stop: noise_of(seed, T, stop - start, Z),
                    (share_of_noise, noise_step_by_step),
                    advice="what it demands must not be what the bug does: the noise of a share "
                    "depends on M, since all M images of a step come before the next step"),
    hints=(
        "Call noise for two shares of a minibatch, and once for all of it, with the same seed. "
        "What must the three have to do with each other?",
        "The shares side by side, np.concatenate([...], axis=1), must be the whole. Let T be 2 or "
        "more and no share begin at 0 alone.",
        "np.allclose(np.concatenate([noise(0, 2, 5, 3, 0, 2), noise(0, 2, 5, 3, 2, 5)], axis=1), "
        "noise(0, 2, 5, 3, 0, 5)). Mended: draw (T, M, Z) and return [:, start:stop].",
    ),
    solution=(solutions.draws_what_one_draws, share_of_noise),
)  # fmt: skip

# ---------------------------------------------------------------- 15.5


def most_by(most):
    """A largest number from x = tau b / (2 G) and the share."""
    return lambda tau, G, b, share: most(tau * b / (2 * G), share)


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
        Case("for mnist and a share of one half",
             (np.float64(0.32), np.float64(3_845_100), LINKS, np.float64(0.5)), {"L": 3}),
        Case("for mnist and a share of three quarters",
             (np.float64(0.32), np.float64(3_845_100), LINKS[:2], np.float64(0.75)), {"L": 2}),
        Case("for a slow link", (np.float64(0.02), np.float64(1e6), np.array([3e6, 1.7e9]),
                                 np.float64(0.9)), {"L": 2}),
        Case("for a share of a fifth",
             (np.float64(0.1), np.float64(2e6), np.array([2.36e8]), np.float64(0.2)), {"L": 1}),
        Case("for tau = 3, G = 1, b = 2 and a share of one half",
             (np.float64(3), np.float64(1), np.array([2.0]), np.float64(0.5)), {"L": 1}),
    ),
    known=(
        Known("one-forgotten", "2 (K - 1) pieces are sent, and not 2 K: for K - 1 solved, 1 is to "
              "be added.", most_by(lambda x, e: np.floor(x * (1 / e - 1)))),
        Known("one-too-many", "For K - 1 solved, 1 is to be added once; this is one more.",
              most_by(lambda x, e: np.floor(2 + x * (1 / e - 1)))),
        Known("2-forgotten", "Every piece goes around twice: the 2 of 2 (K - 1) G / (K b) is "
              "missing.", most_by(lambda x, e: np.floor(1 + 2 * x * (1 / e - 1)))),
        Known("half-whatever-the-share", "This is where sending takes as long as computing, right "
              "for a share of one half only.", most_by(lambda x, e: np.floor(1 + x))),
        Known("loss-for-ratio", "1/share - 1 is wanted, from tau / (tau + ...) = share; here it is "
              "1 - share.", most_by(lambda x, e: np.floor(1 + x * (1 - e)))),
        Known("share-upside-down", "share / (1 - share) is upside down: who asks for a larger "
              "share gets fewer processes.", most_by(lambda x, e: np.floor(1 + x * e / (1 - e)))),
        Known("rounded-up", "One more than still meets the share: round down.",
              most_by(lambda x, e: np.ceil(1 + x * (1 / e - 1)))),
        Known("at-least-for-more-than", "With tau = 3, G = 1, b = 2 and a share of one half the "
              "share is met exactly at K = 4, and 'at least' includes it.",
              most_by(lambda x, e: np.ceil(x * (1 / e - 1)))),
        Known("rounded-to-the-nearest", "The largest whole number that still meets the share is "
              "below: round down.", most_by(lambda x, e: np.round(1 + x * (1 / e - 1)))),
        Known("not-rounded", "K is a whole number: round down.",
              most_by(lambda x, e: 1 + x * (1 / e - 1))),
        Known("share-of-the-limit", "This has the given share of the largest speed-up that there "
              "can be; asked for is S(K) / K.",
              most_by(lambda x, e: np.floor(np.maximum(1, e * x)))),
    ),
    properties=(least_share_is_met,),
    hints=(
        "Divide S(K) by K. The K in tau / K and the one in (K - 1) / K cancel, and one K is left.",
        "S(K) / K = tau / (tau + 2 (K - 1) G / b). Put this equal to the share, and solve for "
        "K - 1.",
        "K - 1 = tau b (1/share - 1) / (2 G). Add 1 and round down, by np.floor.",
    ),
    solution=(solutions.most_processes,),
)  # fmt: skip

# ---------------------------------------------------------------- 15.6


def ring_by(
    to=lambda r, K: (r + 1) % K,
    piece=lambda r, s, K: (r - s) % K,
    adds=lambda s, K: s < K - 1,
    sender_keeps=1,
):
    """A ring with some of its parts exchanged."""

    def ring(held):
        K, states = len(held), [held]
        for s in range(2 * (K - 1)):
            before, after = states[-1], states[-1].copy()
            for r in range(K):
                after[r, piece(r, s, K)] *= sender_keeps
            for r in range(K):
                at = to(r, K), piece(r, s, K)
                after[at] = before[r, piece(r, s, K)] + (before[at] if adds(s, K) else 0)
            states.append(after)
        return np.array(states)

    return ring


def not_copied(held):
    """One array, listed after each exchange: all entries are its last state."""
    states = solutions.ring(held)
    return np.repeat(states[-1:], len(states), axis=0)


def pieces_by_ranks(held):
    """Rows and columns exchanged."""
    return np.swapaxes(solutions.ring(np.swapaxes(held, 0, 1)), 1, 2)


def sums_at_once(held):
    """What all hold in the end, from the first exchange on."""
    states = solutions.ring(held)
    return np.concatenate([states[:1], np.repeat(states[-1:], len(states) - 1, axis=0)])


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
        Case(f"for {K} rank{'s' * (K > 1)} and pieces of {n}", (normal(K, K, n),),
             {"K": K, "n": n})
        for K, n in [(3, 2), (4, 3), (2, 1), (1, 2), (5, 1)]
    ),
    known=(
        Known("wrong-neighbour", "Rank r sends to rank r + 1, and not to rank r - 1.",
              ring_by(to=lambda r, K: (r - 1) % K)),
        Known("wrong-piece", "In exchange s rank r sends piece (r - s) mod K, the one that arrived "
              "just before; this is (r + s) mod K.", ring_by(piece=lambda r, s, K: (r + s) % K)),
        Known("begins-with-the-next-piece", "In exchange 0 rank r sends piece r, and not piece "
              "r + 1; the later ones are then one off as well.",
              ring_by(piece=lambda r, s, K: (r - s + 1) % K)),
        Known("begins-with-the-last-piece", "In exchange 0 rank r sends piece r, and not piece "
              "r - 1: s counts from 0.", ring_by(piece=lambda r, s, K: (r - s - 1) % K)),
        Known("same-piece-always", "Rank r sends piece r in every exchange. It is to pass on what "
              "arrived just before: (r - s) mod K.", ring_by(piece=lambda r, s, K: r)),
        Known("added-throughout", "From exchange K - 1 on what arrives is complete: it takes the "
              "place of the old piece, and is added to nothing.", ring_by(adds=lambda s, K: True)),
        Known("replaced-throughout", "In the first K - 1 exchanges what arrives is to be added to "
              "the piece that is there.", ring_by(adds=lambda s, K: False)),
        Known("added-once-too-often", "K - 1 exchanges add, s = 0 to K - 2; here s = K - 1 does as "
              "well, and counts a rank twice.", ring_by(adds=lambda s, K: s < K)),
        Known("added-once-too-little", "K - 1 exchanges add, s = 0 to K - 2; here the last of them "
              "does not, and a rank is missing from every sum.",
              ring_by(adds=lambda s, K: s < K - 2)),
        Known("second-round-from-its-own", "After K - 1 exchanges rank r's complete piece is "
              "number r + 1, and not r: go on counting s.",
              ring_by(piece=lambda r, s, K: (r - s % max(K - 1, 1)) % K)),
        Known("sender-loses-it", "A piece that is sent stays with its sender too.",
              ring_by(sender_keeps=0)),
        Known("states-not-copied", "All states are the last one: the same array was listed after "
              "every exchange (list a copy), or the sums alone were computed (asked for is also "
              "what happens on the way).", not_copied),
        Known("ranks-and-pieces-exchanged", "held[r, p]: the rank comes first, the piece second.",
              pieces_by_ranks),
        Known("sums-at-once", "All states but the first are the last one: the sums were computed "
              "at once (asked for is also what happens on the way), or the same array was listed "
              "after every exchange (list a copy).", sums_at_once),
    ),
    properties=(all_hold_all_sums,),
    hints=(
        "A list of states, beginning with held. Each exchange makes a copy of the last state, and "
        "writes into the copy what K messages change.",
        "For r in range(K): p = (r - s) % K, and the receiver is (r + 1) % K. What arrives is "
        "before[r, p], from the last state.",
        "after[to, p] += before[r, p] while s < K - 1, and after[to, p] = before[r, p] later. In "
        "the end np.array(states).",
    ),
    solution=(solutions.ring,),
)  # fmt: skip

EXERCISES = (GATES, CUT, MEANS, NOISE, MOST, RING)
