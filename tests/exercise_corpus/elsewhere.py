import math

import numpy as np

from draw_np.practice.contents import EXERCISES
from exercise_corpus import kept_near, right, wrong

# 15.0 ------------------------------------------------------------------

right("15.0", lambda v: v.sum(axis=0) / len(v))
right("15.0", lambda v: np.ones(len(v), v.dtype) @ v / len(v))
wrong("15.0", "value", "summed", lambda v: v.sum(axis=0))
wrong("15.0", "value", "divided-twice", lambda v: v.mean(axis=0) / len(v))
wrong("15.0", "value", "first-process-alone", lambda v: 1 * v[0])
wrong("15.0", "value", "summed", lambda v: sum(v))

# 15.1 -----------------------------------------------------------------


def gates(squash, a):
    H = a.shape[1] // 4
    half = a / 2
    half[:, 2 * H : 3 * H] *= 2
    y = squash(half)
    out = (1 + y) / 2
    out[:, 2 * H : 3 * H] = y[:, 2 * H : 3 * H]
    return out


def gates_in_blocks(squash, a):
    blocks = a.reshape(len(a), 4, -1)
    factor = np.array([0.5, 0.5, 1.0, 0.5], a.dtype)[None, :, None]
    return (squash(blocks * factor) * factor + (1 - factor)).reshape(a.shape)


def gates_one_by_one(squash, a):
    i, f, g, o = np.split(a, 4, axis=1)
    i, f, o = ((1 + squash(v / 2)) / 2 for v in (i, f, o))
    return np.concatenate([i, f, squash(g), o], axis=1)


def gates_by_exp(squash, a):
    i, f, g, o = np.split(a, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-v)) for v in (i, f, o))
    return np.concatenate([i, f, np.tanh(g), o], axis=1)


def sigmoid_by_exp(squash, a):
    i, f, g, o = np.split(a, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-v)) for v in (i, f, o))
    return np.concatenate([i, f, squash(g), o], axis=1)


def tanh_of_g(squash, a):
    g = slice(2 * a.shape[1] // 4, 3 * a.shape[1] // 4)
    out = (1 + squash(a / 2)) / 2
    out[:, g] = np.tanh(a[:, g])
    return out


def g_last(squash, a):
    i, f, o, g = np.split(a, 4, axis=1)
    y = squash(np.concatenate([i / 2, f / 2, o / 2, g], axis=1))
    i, f, o, g = np.split(y, 4, axis=1)
    return np.concatenate([(1 + i) / 2, (1 + f) / 2, (1 + o) / 2, g], axis=1)


def halves_in_place(squash, a):
    H = a.shape[1] // 4
    a[:, : 2 * H] /= 2
    a[:, 3 * H :] /= 2
    y = squash(a)
    i, f, g, o = np.split(y, 4, axis=1)
    return np.concatenate([(1 + i) / 2, (1 + f) / 2, g, (1 + o) / 2], axis=1)


def not_finished(squash, a):
    i, f, g, o = np.split(a, 4, axis=1)
    return squash(np.concatenate([i / 2, f / 2, g, o / 2], axis=1))


right("15.1", gates)
right("15.1", gates_in_blocks)
wrong("15.1", "value", "known mistake another-kernel", gates_by_exp)
wrong("15.1", "value", "known mistake another-kernel-for-i-f-o", sigmoid_by_exp)
wrong("15.1", "value", "known mistake another-kernel-for-g", tanh_of_g)
wrong(
    "15.1",
    "value",
    "in gates the part of i, f and o is wrong; correct: g",
    lambda squash, a: (
        gates(squash, a) ** np.repeat(np.array([2, 2, 1, 2], a.dtype), a.shape[1] // 4)
    ),
)
wrong("15.1", "value", "known mistake order-i-f-o-g", g_last)
wrong("15.1", "value", "known mistake tanh-everywhere", lambda squash, a: squash(a))
wrong(
    "15.1", "value", "known mistake sigmoid-everywhere", lambda squash, a: (1 + squash(a / 2)) / 2
)
wrong("15.1", "value", "for a = 0 the gates i, f, g, o are 0.5, 0.5, 0, 0.5", not_finished)
wrong("15.1", "damage", "its argument a was changed", halves_in_place)
wrong("15.1", "raises", "known mistake launched-again", gates_one_by_one)

# 15.2 -----------------------------------------------------------------


def cut(M, K):
    ends = M * np.arange(K + 1) // K
    return ends[:-1], np.diff(ends)


def cut_by_loop(M, K):
    first, rows = [], []
    for k in range(K):
        begin, end = math.floor(M * k / K), math.floor(M * (k + 1) / K)
        first.append(begin)
        rows.append(end - begin)
    return np.array(first), np.array(rows)


def cut_by_owner(M, K):
    owner = (np.arange(M) * K + K - 1) // M  # the last share that begins at a row or before
    return np.searchsorted(owner, np.arange(K)), np.bincount(owner, minlength=K)


def as_numpy_cuts(M, K):
    rows = np.array([len(v) for v in np.array_split(np.zeros(M), K)])
    return np.concatenate([[0], np.cumsum(rows)[:-1]]), rows


def rest_to_the_last(M, K):
    first = np.arange(K) * (M // K)
    return first, np.diff(np.append(first, M))


def up(M, K):
    first = np.ceil(M * np.arange(K) / K).astype(int)
    return first, np.diff(np.append(first, M))


def between(ends):
    def answer(M, K):
        found = np.asarray(ends(M, K)).astype(int)
        return found[:-1], np.diff(found)

    return answer


right("15.2", cut)
right("15.2", cut_by_loop)
right("15.2", cut_by_owner)
wrong("15.2", "value", "known mistake larger-shares-first", as_numpy_cuts)
wrong("15.2", "value", "known mistake the-last-takes-the-rest", rest_to_the_last)
wrong("15.2", "value", "known mistake rounded-up", up)
wrong(
    "15.2", "value", "known mistake ends-for-numbers", lambda M, K: (cut(M, K)[0], sum(cut(M, K)))
)
for ends in (
    lambda M, K: M / K * np.arange(K + 1),
    lambda M, K: np.linspace(0, M, K + 1),
    lambda M, K: np.append(np.arange(0, M, M / K), M),
    lambda M, K: [k * (M / K) for k in range(K)] + [M],
):
    wrong("15.2", "value", "known mistake quotient-first", between(ends))
wrong(
    "15.2", "value", "known mistake fraction-first", between(lambda M, K: np.arange(K + 1) / K * M)
)
wrong("15.2", "value", "first is what rows should be", lambda M, K: cut(M, K)[::-1])
wrong(
    "15.2",
    "value",
    "known mistake images-lost",
    lambda M, K: (np.arange(K) * (M // K), np.full(K, M // K)),
)
wrong(
    "15.2", "dtype", "first is float64", lambda M, K: (np.floor(M * np.arange(K) / K), cut(M, K)[1])
)
wrong(
    "15.2",
    "type",
    "returns a list of 3",
    lambda M, K: [range(a, a + n) for a, n in zip(*cut(M, K), strict=True)],
)

# 15.3 -----------------------------------------------------------------


def mean(means, sizes):
    parts = (sizes / sizes.sum()).astype(means.dtype)
    return np.sum(parts[:, None] * means, axis=0)


def mean_by_loop(means, sizes):
    total, images = np.zeros_like(means[0]), 0
    for share, n in zip(means, sizes.tolist(), strict=True):
        total, images = total + n * share, images + n
    return total / images


def plain_mean(means, sizes):
    return means.mean(axis=0)


def one_and_four(f):
    each = np.random.default_rng(0).standard_normal((5, 3))
    shares = np.stack([each[:1].mean(axis=0), each[1:].mean(axis=0)])
    return np.allclose(f(shares, np.array([1, 4])), each.mean(axis=0))


def larger_counts_more(f):
    assert f(np.array([[0.0], [1.0]]), np.array([1, 3]))[0] > 0.5
    return True


def equal_shares(f):
    each = np.arange(6.0)[:, None]
    shares = each.reshape(2, 3, 1).mean(axis=1)
    return np.allclose(f(shares, np.array([3, 3])), each.mean(axis=0))


def sums(f):
    return np.allclose(f(np.array([[1.0], [2.0]]), np.array([1, 3])), 7.0)


def of_lists(f):
    return bool(np.isclose(f([[1], [2]], [1, 3])[0], 1.75))


def counts_as_floats(f):
    return np.allclose(f(np.array([1.0, 2.0]), np.array([1.0, 3.0])), 1.75)


def sizes_of_three(f):
    return f(np.ones((2, 4)), np.array([1, 2, 3]))[0] == 1


right("15.3", one_and_four, mean)
right("15.3", counts_as_floats, mean_by_loop)
right("15.3", of_lists, lambda means, sizes: mean(np.asarray(means) / 1, np.array(sizes)))
right("15.3", larger_counts_more, mean_by_loop)
wrong("15.3", "property", "holds for suspect_mean as handed out", equal_shares, mean)
wrong("15.3", "property", "does not hold for a right function", sums, mean)
wrong("15.3", "unfixed", "Now fix suspect_mean", one_and_four, plain_mean)
wrong(
    "15.3",
    "value",
    "known mistake sum-over-images",
    one_and_four,
    lambda means, sizes: np.einsum("kd,k->d", means, sizes.astype(means.dtype)),
)
wrong(
    "15.3",
    "value",
    "known mistake weights-and-mean",
    one_and_four,
    lambda means, sizes: mean(means, sizes) / len(sizes),
)
wrong(
    "15.3",
    "value",
    "known mistake divided-by-K",
    larger_counts_more,
    lambda means, sizes: np.mean(means * sizes[:, None].astype(means.dtype), axis=0),
)
wrong(
    "15.3",
    "dtype",
    "right in float64, but gradient is float64",
    one_and_four,
    lambda means, sizes: np.average(means, axis=0, weights=sizes),
)
wrong(
    "15.3",
    "raises",
    "raises ValueError: mean was given means of 2 shares and sizes of 3",
    sizes_of_three,
    mean,
)

# 15.4 -----------------------------------------------------------------


def noise(seed, T, M, Z, start, stop):
    whole = np.random.default_rng(seed).standard_normal((T, M, Z))
    return whole[:, start:stop]


def noise_by_number(seed, T, M, Z, start, stop):
    stream = np.random.default_rng(seed)
    eps = np.empty((T, stop - start, Z))
    for t in range(T):
        for m in range(M):
            z = stream.standard_normal(Z)
            if start <= m < stop:
                eps[t, m - start] = z
    return eps


def share_alone(seed, T, M, Z, start, stop):
    return np.random.default_rng(seed).standard_normal((T, stop - start, Z))


def seed_by_rank(seed, T, M, Z, start, stop):
    return np.random.default_rng(seed + start).standard_normal((T, stop - start, Z))


def seed_of_share(seed, T, M, Z, start, stop):
    return np.random.default_rng([seed, start]).standard_normal((T, stop - start, Z))


def unseeded(seed, T, M, Z, start, stop):
    return np.random.default_rng().standard_normal((T, M, Z))[:, start:stop]


def thrown_away(seed, T, M, Z, start, stop):
    stream = np.random.default_rng(seed)
    stream.standard_normal((T, start, Z))
    return stream.standard_normal((T, stop - start, Z))


def image_by_image(seed, T, M, Z, start, stop):
    stream = np.random.default_rng(seed)
    return np.stack([stream.standard_normal((T, Z)) for _ in range(M)], axis=1)[:, start:stop]


def rows_of_steps(seed, T, M, Z, start, stop):
    return np.random.default_rng(seed).standard_normal((T, M, Z))[start:stop]


def side_by_side(f):
    parts = [f(1, 3, 4, 2, k, k + 1) for k in range(4)]
    return np.allclose(np.concatenate(parts, axis=1), f(1, 3, 4, 2, 0, 4))


def shares_differ(f):
    return not np.allclose(f(1, 3, 4, 2, 0, 2), f(1, 3, 4, 2, 2, 4))


def first_share_of_one_step(f):
    return np.allclose(f(1, 1, 4, 2, 0, 2), f(1, 1, 4, 2, 0, 4)[:, :2])


def minds_not_how_many(f):
    return np.allclose(f(1, 3, 4, 2, 0, 2), f(1, 3, 6, 2, 0, 2))


def shares_are_equal(f):
    return np.allclose(f(1, 3, 4, 2, 0, 2), f(1, 3, 4, 2, 2, 4))


right("15.4", side_by_side, noise)
right("15.4", shares_differ, noise_by_number)
wrong("15.4", "property", "holds for suspect_noise as handed out", first_share_of_one_step, noise)
wrong("15.4", "property", "does not hold for a right function", shares_are_equal, noise)
wrong("15.4", "property", "the noise of a share depends on M", minds_not_how_many, noise)
wrong("15.4", "unfixed", "Now fix suspect_noise", side_by_side, share_alone)
wrong("15.4", "value", "known mistake seed-of-its-own", shares_differ, seed_by_rank)
wrong("15.4", "value", "known mistake images-first", side_by_side, image_by_image)
wrong("15.4", "value", "eps is wrong", shares_differ, seed_of_share)
wrong(
    "15.4",
    "value",
    "two calls with the same arguments give different results",
    shares_differ,
    unseeded,
)
wrong("15.4", "value", "known mistake drawn-and-thrown-away", shares_differ, thrown_away)
wrong(
    "15.4",
    "value",
    "known mistake drawn-up-to-stop",
    side_by_side,
    lambda seed, T, M, Z, start, stop: share_alone(seed, T, M, Z, 0, stop)[:, start:],
)
wrong("15.4", "shape", "eps has (0, 6, 4)", side_by_side, rows_of_steps)

# 15.5 -----------------------------------------------------------------


def most(tau, G, b, share):
    return 1 + np.floor(tau * b * (1 - share) / (2 * G * share))


def most_by_trying(tau, G, b, share):
    found = np.ones_like(b)
    for n, link in enumerate(b):
        K = np.arange(1, 2000)
        speed_up = tau / (tau / K + 2 * (K - 1) / K * G / link)
        found[n] = np.sum(speed_up / K >= share)
    return found


def most_by_counting(tau, G, b, share):
    found = []
    for link in b:
        K = 1
        while tau / (tau + 2 * K * G / link) >= share:  # with K + 1
            K += 1
        found.append(K)
    return np.array(found, b.dtype)


def most_by_more_than(tau, G, b, share):
    found = np.ones_like(b)
    for n, link in enumerate(b):
        while tau / (tau + 2 * found[n] * G / link) > share:  # with one more
            found[n] += 1
    return found


def speed_up_of(tau, G, b, share):
    K = np.arange(1, 2000)[:, None]
    return np.sum(tau / (tau / K + 2 * (K - 1) / K * G / b) >= share, axis=0).astype(b.dtype)


right("15.5", most)
right("15.5", most_by_trying)
right("15.5", most_by_counting)
wrong("15.5", "value", "known mistake one-forgotten", lambda *a: most(*a) - 1)
wrong("15.5", "value", "known mistake one-too-many", lambda *a: most(*a) + 1)
wrong(
    "15.5",
    "value",
    "known mistake rounded-up",
    lambda tau, G, b, share: np.ceil(1 + tau * b * (1 / share - 1) / (2 * G)),
)
wrong(
    "15.5",
    "value",
    "known mistake half-whatever-the-share",
    lambda tau, G, b, share: np.floor(1 + tau * b / (2 * G)),
)
wrong(
    "15.5",
    "value",
    "known mistake loss-for-ratio",
    lambda tau, G, b, share: np.floor(1 + tau * b * (1 - share) / (2 * G)),
)
wrong(
    "15.5",
    "value",
    "known mistake 2-forgotten",
    lambda tau, G, b, share: most(tau, G / 2, b, share),
)
wrong(
    "15.5",
    "value",
    "known mistake at-least-for-more-than",
    lambda tau, G, b, share: np.ceil(tau * b * (1 - share) / (2 * G * share)),
)
wrong(
    "15.5",
    "value",
    "known mistake at-least-for-more-than",
    lambda tau, G, b, share: np.ceil(1 + tau * b * (1 / share - 1) / (2 * G)) - 1,
)
wrong("15.5", "value", "the share is met exactly at K = 4", most_by_more_than)
wrong("15.5", "value", "S(K)/K is", speed_up_of)
wrong(
    "15.5",
    "value",
    "for tau = 0.5, G = 4e6, b = 1e9, share = 0.8 it says K = 1;",
    lambda tau, G, b, share: np.ones_like(b),
)
wrong("15.5", "dtype", "K is int64", lambda *a: most(*a).astype(int))

# 15.6 -----------------------------------------------------------------


def ring(held):
    K, now = len(held), held.copy()
    states = [held.copy()]
    for s in range(2 * K - 2):
        messages = [(r, (r - s) % K, now[r, (r - s) % K].copy()) for r in range(K)]
        for r, p, piece in messages:
            if s < K - 1:
                now[(r + 1) % K, p] += piece
            else:
                now[(r + 1) % K, p] = piece
        states.append(now.copy())
    return np.stack(states)


def ring_by_indices(held):
    K = held.shape[0]
    states = np.empty((2 * K - 1, *held.shape), held.dtype)
    states[0], r = held, np.arange(K)
    for s in range(2 * (K - 1)):
        states[s + 1] = states[s]
        old = states[s, (r + 1) % K, (r - s) % K] * (s < K - 1)
        states[s + 1, (r + 1) % K, (r - s) % K] = states[s, r, (r - s) % K] + old
    return states


def ring_by_sums(held):
    """What a rank holds is a sum over ranks p, p + 1, ..., as far as the piece has come."""
    K = len(held)
    states = np.array([held] * (2 * K - 1))
    for s in range(1, 2 * K - 1):
        for r in range(K):
            for p in range(K):
                came = (r - p) % K  # exchanges until the piece is here
                if s >= came + K:
                    came += K
                if s >= came and came:
                    states[s, r, p] = sum(held[(p + k) % K, p] for k in range(min(came, K - 1) + 1))
    return states


def one_array(held):
    now, states = held.copy(), []
    for state in ring(held):
        now[...] = state
        states.append(now)
    return np.array(states)


def one_new_array(held):
    states, now = [held], held.copy()
    for state in ring(held)[1:]:
        new = now
        new[...] = state
        states.append(new)
    return np.array(states)


def adds_always(held):
    K, states = len(held), [held]
    for s in range(2 * K - 2):
        now = states[-1].copy()
        for r in range(K):
            now[(r + 1) % K, (r - s) % K] += states[-1][r, (r - s) % K]
        states.append(now)
    return np.array(states)


def all_pieces_at_once(held):
    states = [held]
    for _ in range(2 * len(held) - 2):
        states.append(states[-1] + np.roll(states[-1], 1, axis=0))
    return np.array(states)


def with_counts(held):
    states = ring(held)
    return states / np.arange(1, len(states) + 1, dtype=held.dtype)[:, None, None, None]


def into_held(held):
    K, states = len(held), [held.copy()]
    for s in range(2 * K - 2):
        for r in range(K):
            to = (r + 1) % K, (r - s) % K
            held[to] = held[r, to[1]] + (held[to] if s < K - 1 else 0)
        states.append(held.copy())
    return np.array(states)


right("15.6", ring)
right("15.6", ring_by_indices)
right("15.6", ring_by_sums)
for answer in (one_array, lambda held: np.array([held * 0 + held.sum(axis=0)] * len(ring(held)))):
    wrong("15.6", "value", "or the sums alone were computed", answer)
    wrong("15.6", "value", "the same array was listed after every exchange", answer)
wrong("15.6", "value", "known mistake added-throughout", adds_always)
wrong(
    "15.6",
    "value",
    "known mistake ranks-and-pieces-exchanged",
    lambda held: ring(held.swapaxes(0, 1)).swapaxes(1, 2),
)
wrong("15.6", "value", "in the end every rank holds the sum of every piece", all_pieces_at_once)
wrong("15.6", "value", "of 3 ranks, rank 0 holds", with_counts)
wrong(
    "15.6",
    "value",
    "asked for is also what happens on the way",
    lambda held: np.array(
        [held] + [np.broadcast_to(held.sum(axis=0), held.shape)] * (2 * len(held) - 2)
    ),
)
wrong("15.6", "value", "the same array was listed after every exchange", one_new_array)
wrong("15.6", "damage", "its argument held was changed", into_held)
wrong("15.6", "shape", "states has (4, 3, 3, 2)", lambda held: ring(held)[1:])

# cut off, kept from 0, or kept inside ---------------------------------

wrong("15.0", "value", "numbers of some hundred", lambda v: np.clip(v, -20, 20).mean(axis=0))
wrong("15.1", "value", "pre-activations from 6 to 300", kept_near("15.1", 1, -5, 5))
wrong(
    "15.5",
    "value",
    "five minutes",
    lambda *a: np.minimum(EXERCISES["15.5"].right(*a), 1000),
)
