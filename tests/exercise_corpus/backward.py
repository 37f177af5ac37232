import numpy as np

from exercise_corpus import right, wrong

# 11.1 -----------------------------------------------------------------


def weights_by_loop(x, dy):
    dW, db = np.zeros((x.shape[2], dy.shape[2]), x.dtype), np.zeros(dy.shape[2], x.dtype)
    for x_t, dy_t in zip(x[::-1], dy[::-1], strict=True):
        dW, db = dW + x_t.T @ dy_t, db + dy_t.sum(0)
    return dW, db


right("11.1", weights_by_loop)
right("11.1", lambda x, dy: (np.einsum("tmd,tmk->dk", x, dy), np.einsum("tmk->k", dy)))
wrong("11.1", "gradient", "last-step-only", lambda x, dy: (x[-1].T @ dy[-1], dy[-1].sum(0)))
wrong("11.1", "gradient", "averaged-over-steps",
      lambda x, dy: tuple(v / x.shape[0] for v in weights_by_loop(x, dy)))  # fmt: skip
wrong("11.1", "gradient", "averaged-over-images",
      lambda x, dy: tuple(v / x.shape[1] for v in weights_by_loop(x, dy)))  # fmt: skip
wrong("11.1", "gradient", "steps-mixed", lambda x, dy: (x.sum(0).T @ dy.sum(0), dy.sum((0, 1))))
wrong("11.1", "gradient", "dW is wrong",
      lambda x, dy: (x.reshape(x.shape[2], -1) @ dy.reshape(-1, dy.shape[2]),
                     dy.sum((0, 1))))  # fmt: skip
wrong("11.1", "gradient", "db is wrong", lambda x, dy: (weights_by_loop(x, dy)[0], dy[-1].sum(0)))
wrong("11.1", "shape", "transposed",
      lambda x, dy: (weights_by_loop(x, dy)[0].T, dy.sum((0, 1))))  # fmt: skip

# 11.2 -----------------------------------------------------------------


def back(dc_t, dh_decoder, dv, c, flaw=None):
    P, e = c.shape[1], np.exp(-c)
    _, dx_hat, dh_encoder = np.split(dv, [P, 2 * P], axis=1)
    slope = e / (1 + e) ** 2
    if flaw == "plus":
        slope = -slope
    if flaw == "p":
        slope = 1 / (1 + e)
    if flaw == "one":
        slope = 1
    if flaw == "swapped":
        dx_hat = dv[:, :P]
    if flaw == "both":
        dx_hat = dx_hat + dv[:, :P]
    dh = dh_decoder + (0 if flaw == "encoder" else dh_encoder)
    if flaw == "h first":
        dh = dh_decoder + dv[:, : dh_decoder.shape[1]]
    return (0 if flaw == "cut" else dc_t) - dx_hat * slope, dh


def back_by_loop(dc_t, dh_decoder, dv, c):
    dc, dh, P = dc_t.copy(), dh_decoder.copy(), c.shape[1]
    for m in range(len(c)):
        for a in range(P):
            p = (1 + np.tanh(c[m, a] / 2)) / 2
            dc[m, a] -= dv[m, P + a] * p * (1 - p)
        for k in range(dh.shape[1]):
            dh[m, k] += dv[m, 2 * P + k]
    return dc, dh


def flawed(flaw):
    return lambda *a: back(*a, flaw=flaw)


right("11.2", back)
right("11.2", back_by_loop)
wrong("11.2", "gradient", "sign-of-the-error-image", flawed("plus"))
wrong("11.2", "gradient", "slope-of-the-sigmoid-missing", flawed("one"))
wrong("11.2", "gradient", "dc is wrong", flawed("p"))
wrong("11.2", "gradient", "image-for-error-image", flawed("swapped"))
wrong("11.2", "gradient", "dc is wrong", flawed("both"))
wrong("11.2", "gradient", "encoder-forgotten", flawed("encoder"))
wrong("11.2", "gradient", "dh is wrong", flawed("h first"))
wrong("11.2", "gradient", "canvas-not-passed-on", flawed("cut"))
