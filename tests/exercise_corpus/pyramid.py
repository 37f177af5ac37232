import numpy as np

from draw_np.practice.contents import EXERCISES
from exercise_corpus import kept_near, right, wrong

# 16.1 -----------------------------------------------------------------


def halved_row(row):
    p = np.concatenate([row[:1], row, row[-1:]])
    return np.array(
        [
            (p[2 * i] + 3 * p[2 * i + 1] + 3 * p[2 * i + 2] + p[2 * i + 3]) / 8
            for i in range(len(row) // 2)
        ],
        dtype=row.dtype,
    )


def by_a_matrix(row):
    n = len(row)
    i, a = np.arange(1, n // 2 + 1)[:, None], np.arange(1, n + 1)
    R = np.maximum(0, 2 - np.abs(a - (2 * i - 0.5))) / 4
    R[0, 0] += 1 / 8
    R[-1, -1] += 1 / 8
    return R.astype(row.dtype) @ row


def black_ends(row):
    p = np.pad(row, 1)
    return halved_from(p)


def halved_from(p):
    return (p[:-3:2] + 3 * p[1:-2:2] + 3 * p[2:-1:2] + p[3::2]) / 8


right("16.1", halved_row)
right("16.1", by_a_matrix)
right("16.1", lambda row: halved_from(np.pad(row, 1, mode="edge")))
wrong("16.1", "value", "ends-are-black", black_ends)
wrong("16.1", "value", "ends-go-round", lambda row: halved_from(np.pad(row, 1, mode="wrap")))
wrong("16.1", "value", "mean-of-two", lambda row: (row[::2] + row[1::2]) / 2)
wrong("16.1", "value", "sum-not-mean", lambda row: 2 * halved_row(row))

# 16.2 -----------------------------------------------------------------


def put_together(details, halvings):
    if len(details) == 1:
        return details[0].copy()
    R = halvings[0]
    return details[0] + 4 * R.T @ put_together(details[1:], halvings[1:]) @ R


def with_factor(factor):
    def answer(details, halvings):
        picture = details[-1]
        for k in range(len(details) - 2, -1, -1):
            picture = factor * halvings[k].T @ picture @ halvings[k] + details[k]
        return picture

    return answer


def without_details(details, halvings):
    return put_together((*(0 * h for h in details[:-1]), details[-1]), halvings)


right("16.2", put_together)
right("16.2", with_factor(4))
wrong("16.2", "value", "four-forgotten", with_factor(1))
wrong("16.2", "value", "factor-two", with_factor(2))
wrong("16.2", "value", "details-left-out", without_details)
wrong(
    "16.2",
    "value",
    "coarsest-left-out",
    lambda details, halvings: put_together((*details[:-1], 0 * details[-1]), halvings),
)

# 16.3 -----------------------------------------------------------------


def energy_distance(x, y):
    def mean(a, b, pairs):
        return sum(np.linalg.norm(v - w) for v in a for w in b) / pairs

    n, m = len(x), len(y)
    return 2 * mean(x, y, n * m) - mean(x, x, n * (n - 1)) - mean(y, y, m * (m - 1))


def with_itself(x, y):
    def mean(a, b):
        return np.linalg.norm(a[:, None] - b, axis=2).mean()

    return 2 * mean(x, y) - mean(x, x) - mean(y, y)


def all_at_once(x, y):
    def distances(a, b):
        return np.linalg.norm(a[:, None] - b, axis=2)

    n, m = len(x), len(y)
    within = distances(x, x).sum() / (n * n - n) + distances(y, y).sum() / (m * m - m)
    return 2 * distances(x, y).mean() - within


def squared(x, y):
    def mean(a, b, pairs):
        return np.sum((a[:, None] - b) ** 2) / pairs

    n, m = len(x), len(y)
    return 2 * mean(x, y, n * m) - mean(x, x, n * (n - 1)) - mean(y, y, m * (m - 1))


def city_blocks(x, y):
    def mean(a, b, pairs):
        return np.sum(np.abs(a[:, None] - b)) / pairs

    n, m = len(x), len(y)
    return 2 * mean(x, y, n * m) - mean(x, x, n * (n - 1)) - mean(y, y, m * (m - 1))


def between_once(x, y):
    return all_at_once(x, y) - np.linalg.norm(x[:, None] - y, axis=2).mean()


right("16.3", energy_distance)
right("16.3", all_at_once)
wrong("16.3", "value", "squared-distances", squared)
wrong("16.3", "value", "sum-of-differences", city_blocks)
wrong("16.3", "value", "between-once", between_once)
wrong("16.3", "value", "with-itself", with_itself)

# 16.4 -----------------------------------------------------------------


def logistic(a):
    return 0.5 * np.tanh(0.5 * a) + 0.5


def costs(real, invented, target=0.9, M=None):
    M = M or len(real)
    D = np.mean(np.logaddexp(0, real) - target * real + np.logaddexp(0, invented))
    G = np.mean(np.logaddexp(0, -invented))
    p, q = logistic(real), logistic(invented)
    return D, G, (p - target) / M, q / M, (q - 1) / M


def saturating(real, invented):
    *rest, _ = costs(real, invented)
    return *rest, -logistic(invented) / len(real)


def climbing(real, invented):
    *rest, slope = costs(real, invented)
    return *rest, -slope


def overflowing(real, invented):
    _, G, *slopes = costs(real, invented)
    return np.mean(np.log(1 + np.exp(real)) - 0.9 * real + np.log(1 + np.exp(invented))), G, *slopes


def image_by_image(real, invented):
    M = len(real)
    D = (
        sum(
            np.logaddexp(0, a) - 0.9 * a + np.logaddexp(0, f)
            for a, f in zip(real, invented, strict=True)
        )
        / M
    )
    G = sum(np.logaddexp(0, -f) for f in invented) / M
    slopes = ((logistic(a) - t) / M for a, t in ((real, 0.9), (invented, 0), (invented, 1)))
    return D, G, *slopes


right("16.4", costs)
right("16.4", image_by_image)
wrong("16.4", "gradient", "asked-for-certainty", lambda r, i: costs(r, i, 1.0))
wrong("16.4", "gradient", "mean-forgotten-on-the-way-back", lambda r, i: costs(r, i, M=1))
wrong("16.4", "gradient", "slope-of-log-1-minus-D", saturating)
wrong("16.4", "gradient", "generator-runs-into-it", climbing)
wrong("16.4", "not finite", "entries of D are infinite", overflowing)

# 16.5 -----------------------------------------------------------------


def slopes(w, b, psi, chi, x, z):
    M = len(x)
    dw, db, dpsi, dchi = (np.zeros_like(w) for _ in range(4))
    for number, noise in zip(x, z, strict=True):
        g = w * noise + b
        r, f = psi * number + chi, psi * g + chi
        db += (logistic(f) - 1) * psi / M
        dw += (logistic(f) - 1) * psi * noise / M
        dpsi += ((logistic(r) - 1) * number + logistic(f) * g) / M
        dchi += (logistic(r) - 1 + logistic(f)) / M
    return dw, db, dpsi, dchi


def one_cost(w, b, psi, chi, x, z):
    _, _, dpsi, dchi = slopes(w, b, psi, chi, x, z)
    f = psi * (w * z + b) + chi
    db = np.mean(-logistic(f) * psi)
    return np.full_like(w, np.mean(-logistic(f) * psi * z)), np.full_like(w, db), dpsi, dchi


def running_into_it(*given):
    dw, db, dpsi, dchi = slopes(*given)
    return -dw, -db, dpsi, dchi


def in_arrays(w, b, psi, chi, x, z):
    g = w * z + b
    p, q = logistic(psi * x + chi), logistic(psi * g + chi)
    numbers = (
        np.mean((q - 1) * psi * z),
        np.mean((q - 1) * psi),
        np.mean((p - 1) * x + q * g),
        np.mean(p - 1 + q),
    )
    return tuple(np.full_like(w, v) for v in numbers)


def without_psi(w, b, psi, chi, x, z):
    dw, db, *rest = in_arrays(w, b, psi, chi, x, z)
    return dw / psi, db / psi, *rest


def without_noise(*given):
    _, db, *rest = in_arrays(*given)
    return db.copy(), db, *rest


def noise_judged(w, b, psi, chi, x, z):
    dw, db, dpsi, dchi = in_arrays(w, b, psi, chi, x, z)
    g = w * z + b
    q = logistic(psi * g + chi)
    return dw, db, dpsi + np.mean(q * (z - g)), dchi


right("16.5", slopes)
right("16.5", in_arrays)
wrong("16.5", "gradient", "psi-forgotten", without_psi)
wrong("16.5", "gradient", "noise-forgotten", without_noise)
wrong("16.5", "gradient", "noise-for-what-was-made", noise_judged)
wrong("16.5", "gradient", "one-cost-for-both", one_cost)
wrong("16.5", "gradient", "generator-climbs", running_into_it)

# cut off, kept from 0, or kept inside ---------------------------------

wrong("16.1", "value", "8 numbers", lambda row: np.clip(EXERCISES["16.1"].right(row), -5, 5))
wrong("16.3", "value", "images that are equal", kept_near("16.3", 0, -10, 10))


def squares_multiplied_out(x, y):
    def mean(a, b, pairs):
        squares = np.sum(a * a, axis=1)[:, None] + np.sum(b * b, axis=1) - 2 * a @ b.T
        return np.sqrt(np.maximum(squares, 0)).sum() / pairs

    n, m = len(x), len(y)
    return 2 * mean(x, y, n * m) - mean(x, x, n * (n - 1)) - mean(y, y, m * (m - 1))


wrong("16.3", "value", "loses digits, x - y does not", squares_multiplied_out)


wrong("16.5", "gradient", "logits up to 60", kept_near("16.5", 2, -5, 5))
