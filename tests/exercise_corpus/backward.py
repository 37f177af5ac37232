import numpy as np
from autograd import grad

from draw_np import model
from draw_np.manual import latent, lstm, nn, unrolled
from draw_np.practice.backward import ORDER, named
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

# 11.3 -----------------------------------------------------------------


def whole_by_autograd(params, x, eps):
    given, images, config = named(params, x, eps)
    gradient = grad(model.loss)(given, images.astype(eps.dtype), eps, config)
    return tuple(gradient[n].reshape(v.shape) for n, v in zip(ORDER, params, strict=True))


def whole_by_engine(params, x, eps):
    given, images, config = named(params, x, eps)
    _, gradient = unrolled.terms_and_gradient(given, images, eps, config)
    return tuple(gradient[n].reshape(v.shape) for n, v in zip(ORDER, params, strict=True))


def whole_in_one_piece(params, x, eps, flaw=None):
    """Written out, with the blocks of ``draw_np.manual``."""
    enc_W, enc_b, mu_W, mu_b, ls_W, ls_b, dec_W, dec_b, patch_W, patch_b = params[:10]
    M, P = x.shape
    c, h_enc, s_enc, h_dec, s_dec = (np.tile(v, (M, 1)) for v in params[10:])
    kept = []
    for e in eps:
        p = 1 / (1 + np.exp(-c))
        v = np.concatenate([x, x - p, h_dec], axis=1)
        (h_enc, s_enc), enc = lstm.lstm_forward(v, h_enc, s_enc, enc_W, enc_b)
        mu, mu_cache = nn.affine_forward(h_enc, mu_W, mu_b)
        ls, ls_cache = nn.affine_forward(h_enc, ls_W, ls_b)
        z, drawn = latent.sample_forward(mu, ls, e)
        (h_dec, s_dec), dec = lstm.lstm_forward(z, h_dec, s_dec, dec_W, dec_b)
        stroke, patch = nn.affine_forward(h_dec, patch_W, patch_b)
        c = c + stroke
        kept.append((p, enc, mu, mu_cache, ls, ls_cache, drawn, dec, patch))
    total = [np.zeros_like(v) for v in params]
    dc = (1 / (1 + np.exp(-c)) - x) / M
    dh_enc, ds_enc, dh_dec, ds_dec = (0 * h_dec for _ in range(4))
    for p, enc, mu, mu_cache, ls, ls_cache, drawn, dec, patch in reversed(kept):
        dh, dW, db = nn.affine_backward(dc, patch)
        total[8] += dW
        total[9] += db
        dz, dh_dec, ds_dec, dW, db = lstm.lstm_backward(dh_dec + dh, ds_dec, dec)
        total[6] += dW
        total[7] += db
        dmu, dls = latent.sample_backward(dz, drawn)
        if flaw != "no kl of mu":
            dmu = dmu + mu / M
        sigma2 = np.exp(ls) if flaw == "sigma" else np.exp(2 * ls)
        dls = dls + (sigma2 - 1) / M
        for at, d, cache in ((2, dmu, mu_cache), (4, dls, ls_cache)):
            dh, dW, db = nn.affine_backward(d, cache)
            dh_enc = dh_enc + dh
            total[at] += dW
            total[at + 1] += db
        dv, dh_enc, ds_enc, dW, db = lstm.lstm_backward(dh_enc, ds_enc, enc)
        total[0] += dW
        total[1] += db
        if flaw != "encoder forgotten":
            dh_dec = dh_dec + dv[:, 2 * P :]
        dc = dc - dv[:, P : 2 * P] * (1 if flaw == "slope" else p * (1 - p))
    for at, d in enumerate((dc, dh_enc, ds_enc, dh_dec, ds_dec), start=10):
        total[at] += d.mean(axis=0) if flaw == "mean" else d.sum(axis=0)
    return tuple(total)


def whole_but(flaw):
    return lambda *a: whole_in_one_piece(*a, flaw=flaw)


right("11.3", whole_by_autograd)
right("11.3", whole_by_engine)
right("11.3", whole_in_one_piece)
wrong("11.3", "gradient", "wrong", whole_but("encoder forgotten"))
wrong("11.3", "gradient", "wrong", whole_but("slope"))
wrong("11.3", "gradient", "wrong", whole_but("no kl of mu"))
wrong("11.3", "gradient", "wrong", whole_but("sigma"))
wrong("11.3", "gradient", "initial-state-averaged", whole_but("mean"))
wrong("11.3", "gradient", "summed-over-images",
      lambda p, x, e: tuple(len(x) * v for v in whole_in_one_piece(p, x, e)))  # fmt: skip
wrong("11.3", "shape", "dc_0",
      lambda p, x, e: (*whole_in_one_piece(p, x, e)[:10],
                       *(np.tile(v, (len(x), 1)) for v in p[10:])))  # fmt: skip
