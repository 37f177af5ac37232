import numpy as np
from autograd import grad

from draw_np import model
from draw_np.fast import driver
from draw_np.manual import latent, lstm, nn
from draw_np.practice.chapters.backward import ORDER, named
from draw_np.practice.contents import EXERCISES
from exercise_corpus import kept_near, right, wrong

# 11.0 -----------------------------------------------------------------


def by_autograd(dy, dz, u, v):
    return grad(lambda u: (dy * u * v + dz * (u + v)).sum())(u), dz + u * dy


right("11.0", by_autograd)
right("11.0", lambda dy, dz, u, v: tuple(dz + dy * other for other in (v, u)))
wrong("11.0", "gradient", "by-the-product-alone", lambda dy, dz, u, v: (dy * v, dy * u))
wrong("11.0", "gradient", "own-factor", lambda dy, dz, u, v: (dy * u + dz, dy * v + dz))
wrong(
    "11.0", "gradient", "factor-on-both-ways", lambda dy, dz, u, v: ((dy + dz) * v, (dy + dz) * u)
)
wrong("11.0", "gradient", "correct: du", lambda dy, dz, u, v: (dy * v + dz, dy * u - dz))
wrong("11.0", "gradient", "of 0", lambda dy, dz, u, v: (dy * v + dz, dy * np.clip(u, -20, 20) + dz))
wrong("11.0", "type", "a tuple of 2", lambda dy, dz, u, v: (dy * v + dz) + (dy * u + dz))

# 11.1 -----------------------------------------------------------------


def weights_by_loop(x, dy):
    dW, db = np.zeros((x.shape[2], dy.shape[2]), x.dtype), np.zeros(dy.shape[2], x.dtype)
    for x_t, dy_t in zip(x[::-1], dy[::-1], strict=True):
        dW, db = dW + x_t.T @ dy_t, db + dy_t.sum(0)
    return dW, db


right("11.1", weights_by_loop)
right("11.1", lambda x, dy: (np.einsum("tmd,tmk->dk", x, dy), np.einsum("tmk->k", dy)))
wrong("11.1", "gradient", "last-step-only", lambda x, dy: (x[-1].T @ dy[-1], dy[-1].sum(0)))
wrong(
    "11.1",
    "gradient",
    "averaged-over-steps",
    lambda x, dy: tuple(v / x.shape[0] for v in weights_by_loop(x, dy)),
)
wrong(
    "11.1",
    "gradient",
    "averaged-over-images",
    lambda x, dy: tuple(v / x.shape[1] for v in weights_by_loop(x, dy)),
)
wrong("11.1", "gradient", "steps-mixed", lambda x, dy: (x.sum(0).T @ dy.sum(0), dy.sum((0, 1))))
wrong(
    "11.1",
    "gradient",
    "dW is wrong",
    lambda x, dy: (x.reshape(x.shape[2], -1) @ dy.reshape(-1, dy.shape[2]), dy.sum((0, 1))),
)
wrong("11.1", "gradient", "db is wrong", lambda x, dy: (weights_by_loop(x, dy)[0], dy[-1].sum(0)))
wrong(
    "11.1",
    "gradient",
    "a-step-too-late",
    lambda x, dy: weights_by_loop(x[1:], dy[:-1]),
)
wrong(
    "11.1",
    "gradient",
    "a-step-too-early",
    lambda x, dy: (np.einsum("tmd,tmk->dk", x[:-1], dy[1:]), dy[1:].sum(axis=(0, 1))),
)
wrong("11.1", "shape", "transposed", lambda x, dy: (weights_by_loop(x, dy)[0].T, dy.sum((0, 1))))

# 11.2 -----------------------------------------------------------------


def back(dc_t, dh_decoder, dv, c, flaw=None):
    P, p = c.shape[1], (1 + np.tanh(c / 2)) / 2
    _, dx_hat, dh_encoder = np.split(dv, [P, 2 * P], axis=1)
    slope = p * (1 - p)
    if flaw == "exp":
        slope = np.exp(-c) / (1 + np.exp(-c)) ** 2
    if flaw == "plus":
        slope = -slope
    if flaw == "p":
        slope = p
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
wrong("11.2", "not finite", "the known mistake overflow", flawed("exp"))
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
    _, gradient = driver.terms_and_gradient(given, images, eps, config)
    return tuple(gradient[n].reshape(v.shape) for n, v in zip(ORDER, params, strict=True))


def given_too(cell, v, h, W, b):
    """What a cell keeps, if its weights meet this input and this output."""
    return nn.affine_forward(np.concatenate([v, h], axis=1), W, b)[1], *cell[1:]


def forward(params, x, eps, flaw=None):
    """The last canvas, and of every step what the way back wants."""
    enc_W, enc_b, mu_W, mu_b, ls_W, ls_b, dec_W, dec_b, patch_W, patch_b = params[:10]
    c, h_enc, s_enc, h_dec, s_dec = (np.tile(v, (len(x), 1)) for v in params[10:])
    kept = []
    for e in eps:
        p = 1 / (1 + np.exp(-c))
        v = np.concatenate([x, x - p, h_dec], axis=1)
        (h_enc, s_new), enc = lstm.lstm_forward(v, h_enc, s_enc, enc_W, enc_b)
        if flaw == "enc after":
            enc = given_too(enc, v, h_enc, enc_W, enc_b)
        if flaw == "s after":
            enc = *enc[:5], s_new, *enc[6:]
        s_enc = s_new
        mu, mu_cache = nn.affine_forward(h_enc, mu_W, mu_b)
        ls, ls_cache = nn.affine_forward(h_enc, ls_W, ls_b)
        ls = np.clip(ls, -5, 5) if flaw == "log sigma cut" else ls
        z, drawn = latent.sample_forward(mu, ls, e)
        (h_dec, s_new), dec = lstm.lstm_forward(z, h_dec, s_dec, dec_W, dec_b)
        if flaw == "dec after":
            dec = given_too(dec, z, h_dec, dec_W, dec_b)
        if flaw == "s after":
            dec = *dec[:5], s_new, *dec[6:]
        s_dec = s_new
        stroke, patch = nn.affine_forward(h_dec, patch_W, patch_b)
        c = c + stroke
        p = 1 / (1 + np.exp(-c)) if flaw == "c after" else p
        kept.append((p, enc, mu, mu_cache, ls, ls_cache, drawn, dec, patch))
    return c, kept


def kl_back(mu, ls, M, flaw):
    """What the KL gives to mu and to log sigma."""
    of_mu, of_ls = mu / M, (np.exp(ls if flaw == "sigma" else 2 * ls) - 1) / M
    k = M if flaw == "kl summed" else 1
    return k * of_mu * (flaw != "no kl of mu"), k * of_ls * (flaw != "no kl of log sigma")


def whole_in_one_piece(params, x, eps, flaw=None):
    """Written out, with the blocks of ``draw_np.manual``."""
    M, P = x.shape
    c, kept = forward(params, x, eps, flaw)
    total = [np.zeros_like(v) for v in params]

    def add(at, dW, db):
        over = flaw == "overwritten"
        total[at], total[at + 1] = (dW, db) if over else (total[at] + dW, total[at + 1] + db)

    dc = (1 / (1 + np.exp(-c)) - x) / (1 if flaw == "pixels summed" else M)
    none = np.zeros_like(kept[0][2] @ params[2].T)
    dh_enc = ds_enc = dh_dec = ds_dec = none
    for p, enc, mu, mu_cache, ls, ls_cache, drawn, dec, patch in (
        kept if flaw == "order" else kept[::-1]
    ):
        dh, *weights = nn.affine_backward(dc, patch)
        add(8, *weights)
        dh = dh_dec + dh * (flaw != "patch") if flaw != "h_dec" else dh
        dz, dh_dec, ds_dec, *weights = lstm.lstm_backward(dh, ds_dec, dec)
        add(6, *weights)
        if flaw == "decoder":
            dh_dec = none
        d_mu_ls = latent.sample_backward(dz * (flaw != "z"), drawn)
        for at, d, more, cache in zip(
            (2, 4), d_mu_ls, kl_back(mu, ls, M, flaw), (mu_cache, ls_cache), strict=True
        ):
            dh, *weights = nn.affine_backward(d + more, cache)
            dh_enc = dh_enc + dh
            add(at, *weights)
        dv, dh_enc, ds_enc, *weights = lstm.lstm_backward(dh_enc, ds_enc, enc)
        add(0, *weights)
        if flaw == "h_enc":
            dh_enc = none
        if flaw != "encoder":
            dh_dec = dh_dec + dv[:, 2 * P :]
        dc = dc - dv[:, P : 2 * P] * (1 if flaw == "slope" else p * (1 - p)) * (
            -1 if flaw == "plus" else 1
        )
    for at, d in enumerate((dc, dh_enc, ds_enc, dh_dec, ds_dec), start=10):
        total[at] += d.mean(axis=0) if flaw == "mean" else d.sum(axis=0)
    return tuple(total)


def whole_but(flaw):
    return lambda *a: whole_in_one_piece(*a, flaw=flaw)


right("11.3", whole_by_autograd)
right("11.3", whole_by_engine)
right("11.3", whole_in_one_piece)
for flaw, name in {
    "patch": "patch-forgotten",
    "h_dec": "next-step-forgotten",
    "decoder": "decoder-forgotten",
    "encoder": "encoder-forgotten",
    "h_enc": "next-encoder-forgotten",
    "z": "way-through-z-forgotten",
    "plus": "sign-of-the-error-image",
    "slope": "slope-of-the-sigmoid-missing",
    "no kl of mu": "kl-of-mu-forgotten",
    "no kl of log sigma": "kl-of-log-sigma-forgotten",
    "sigma": "sigma-for-its-square",
    "kl summed": "kl-summed-over-images",
    "pixels summed": "pixels-summed-over-images",
    "order": "from-the-first-step",
    "overwritten": "overwritten",
    "enc after": "encoder-output-after-the-step",
    "dec after": "decoder-output-after-the-step",
    "s after": "both-states-after-the-step",
    "c after": "canvas-after-the-step",
}.items():
    wrong("11.3", "gradient", name, whole_but(flaw))
wrong("11.3", "gradient", "for one step of one image", whole_but("h_enc"))
wrong("11.3", "gradient", "for one step of 3 images", whole_but("kl summed"))
wrong("11.3", "gradient", "initial-state-averaged", whole_but("mean"))
wrong(
    "11.3",
    "gradient",
    "summed-over-images",
    lambda p, x, e: tuple(len(x) * v for v in whole_in_one_piece(p, x, e)),
)
wrong(
    "11.3",
    "shape",
    "dc_0",
    lambda p, x, e: (*whole_in_one_piece(p, x, e)[:10], *(np.tile(v, (len(x), 1)) for v in p[10:])),
)

wrong(
    "11.2",
    "gradient",
    "logits up to 8",
    lambda dc, dh, dv, c: EXERCISES["11.2"].right(dc, dh, dv, np.clip(c, -5, 5)),
)

# cut off, kept from 0, or kept inside ---------------------------------

wrong("11.1", "gradient", "inputs of some hundred", kept_near("11.1", 0, -20, 20))
wrong("11.3", "gradient", "log sigma and logits large", whole_but("log sigma cut"))
