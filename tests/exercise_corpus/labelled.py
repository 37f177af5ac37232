import numpy as np

from exercise_corpus import right, wrong

# 17.1 -----------------------------------------------------------------


def by_take(table, labels):
    return np.take(table, labels, axis=0)


def one_by_one(table, labels):
    return np.stack([table[int(y)] for y in labels])


def by_product(table, labels):
    return (labels[:, None] == np.arange(len(table))).astype(table.dtype) @ table


right("17.1", by_take)
right("17.1", one_by_one)
right("17.1", by_product)
wrong("17.1", "value", "off-by-one", lambda t, y: t[y - 1])
wrong("17.1", "value", "by-place", lambda t, y: t[np.arange(len(y)) % len(t)])
wrong("17.1", "value", "sorted", lambda t, y: t[np.sort(y)])
wrong("17.1", "value", "mean-row", lambda t, y: np.repeat(t.mean(axis=0)[None], len(y), axis=0))
wrong("17.1", "value", "first-label-for-all", lambda t, y: np.repeat(t[y[0]][None], len(y), axis=0))
wrong("17.1", "shape", "the first axis is gone", lambda t, y: t[y[0]])

# 17.2 -----------------------------------------------------------------


def by_loop(dv, labels, K):
    d = np.zeros((K, dv.shape[1]), dv.dtype)
    for m, y in enumerate(labels):
        d[y] += dv[m]
    return d


def by_add_at(dv, labels, K):
    d = np.zeros((K, dv.shape[1]), dv.dtype)
    np.add.at(d, labels, dv)
    return d


def class_by_class(dv, labels, K):
    return np.stack([dv[labels == k].sum(axis=0) for k in range(K)])


def overwritten(dv, labels, K):
    d = np.zeros((K, dv.shape[1]), dv.dtype)
    d[labels] += dv
    return d


def first_of_a_class(dv, labels, K):
    return overwritten(dv[::-1], labels[::-1], K)


def averaged(dv, labels, K):
    d, n = by_loop(dv, labels, K), np.bincount(labels, minlength=K)
    return (d / np.maximum(n, 1)[:, None]).astype(dv.dtype)


def shared(dv, labels, K):
    return np.repeat(dv.sum(axis=0)[None], K, axis=0)


def counted_from_1(dv, labels, K):
    return np.append(by_loop(dv, labels, K)[1:], np.zeros_like(dv[:1]), axis=0)


def shared_a_little(dv, labels, K):
    d = by_loop(dv, labels, K)
    d[np.bincount(labels, minlength=K) == 0] = 1e-3
    return d


right("17.2", by_loop)
right("17.2", by_add_at)
right("17.2", class_by_class)
wrong("17.2", "gradient", "one-image-of-a-class", overwritten)
wrong("17.2", "gradient", "for 5 images", first_of_a_class)
wrong("17.2", "gradient", "mean-of-a-class", averaged)
wrong("17.2", "gradient", "divided-by-all-images", lambda dv, y, K: by_loop(dv, y, K) / len(y))
wrong("17.2", "gradient", "every-row-gets-all", shared)
wrong("17.2", "gradient", "off-by-one", counted_from_1)
wrong("17.2", "gradient", "for 5 images", shared_a_little)

# 17.3 -----------------------------------------------------------------


def by_logaddexp(log_p, labels):
    log_K = np.log(log_p.shape[1]).astype(log_p.dtype)
    log_x = np.logaddexp.reduce(log_p, axis=1) - log_K
    own = np.take_along_axis(log_p, labels[:, None], axis=1)[:, 0]
    return own - log_x, np.exp(log_p - log_x[:, None] - log_K)


def image_by_image(log_p, labels):
    worth, p = [], []
    for row, y in zip(log_p, labels, strict=True):
        w = np.exp(row - row.max())
        worth.append(row[y] - row.max() - np.log(w.mean()))
        p.append(w / w.sum())
    return np.array(worth), np.array(p)


def sum_for_mean(log_p, labels):
    worth, p = by_logaddexp(log_p, labels)
    return worth - np.log(log_p.shape[1]).astype(log_p.dtype), p


def of_the_best(log_p, labels):
    return by_logaddexp(log_p, log_p.argmax(axis=1))


def jensen(log_p, labels):
    own = log_p[np.arange(len(labels)), labels]
    return own - log_p.mean(axis=1), by_logaddexp(log_p, labels)[1]


def naive(log_p, labels):
    p = np.exp(log_p)
    own = log_p[np.arange(len(labels)), labels]
    return own - np.log(p.mean(axis=1)), p / p.sum(axis=1, keepdims=True)


def by_share(log_p, labels):
    _, p = by_logaddexp(log_p, labels)
    return np.log(log_p.shape[1] * p[np.arange(len(labels)), labels]).astype(log_p.dtype), p


def in_bits(log_p, labels):
    worth, p = by_logaddexp(log_p, labels)
    return worth / np.log(2).astype(log_p.dtype), p


right("17.3", by_logaddexp)
right("17.3", image_by_image)
wrong("17.3", "value", "log-K-forgotten", sum_for_mean)
wrong("17.3", "value", "best-label", of_the_best)
wrong("17.3", "value", "mean-of-logarithms", jensen)
wrong("17.3", "value", "bits-for-nats", in_bits)
wrong(
    "17.3", "value", "sign-exchanged", lambda p, y: (-by_logaddexp(p, y)[0], by_logaddexp(p, y)[1])
)
wrong("17.3", "not finite", "underflow", naive)

# cut off, kept from 0, or kept inside ---------------------------------

wrong("17.1", "value", "numbers of some hundred", lambda table, y: np.clip(table[y], -20, 20))
