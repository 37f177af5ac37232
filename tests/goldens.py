"""Golden numbers: the paper's equations by scalar loops, with ``math`` and nothing else.

No array library and nothing of the package: the tests hold the package against this
file, so this file may not lean on it. Everything is a list of lists of floats. An image
is ``image[channel][row][column]``; pixel a of the paper is place a - 1 of a row.

    python tests/goldens.py

prints the numbers that stand in the tests.
"""

import math

# The tiny network: two channels, three pixels wide, two high, two steps, two images.
TINY = {"A": 3, "B": 2, "C": 2, "T": 2, "H": 2, "Z": 2, "N_read": 2, "N_write": 3}
TINY_WITHOUT_ATTENTION = {**TINY, "N_read": None, "N_write": None}
IMAGES = 2


def wave(shape, phase):
    """Numbers to compute with: 0.6 sin(1.7 k + phase) at the k-th place, counted from 0."""
    count = math.prod(shape)
    flat = [0.6 * math.sin(1.7 * k + phase) for k in range(count)]
    for size in reversed(shape[1:]):
        flat = [flat[at : at + size] for at in range(0, len(flat), size)]
    return flat


def tiny_shapes(size):
    """The shape of every parameter of a network of these sizes, as Section 3 needs it."""
    A, B, C, H, Z = (size[name] for name in "ABCHZ")
    read = C * B * A if size["N_read"] is None else C * size["N_read"] ** 2
    written = C * B * A if size["N_write"] is None else C * size["N_write"] ** 2
    shapes = {
        "enc.W": (2 * read + H + H, 4 * H),
        "enc.b": (4 * H,),
        "mu.W": (H, Z),
        "mu.b": (Z,),
        "log_sigma.W": (H, Z),
        "log_sigma.b": (Z,),
        "dec.W": (Z + H, 4 * H),
        "dec.b": (4 * H,),
        "patch.W": (H, written),
        "patch.b": (written,),
        "c_0": (C, B, A),
        "h_enc_0": (H,),
        "s_enc_0": (H,),
        "h_dec_0": (H,),
        "s_dec_0": (H,),
    }
    for head in ("read", "write"):
        if size[f"N_{head}"] is not None:
            shapes |= {f"{head}.W": (H, 5), f"{head}.b": (5,)}
    return shapes


def tiny_parameters(size):
    return {name: wave(s, float(p)) for p, (name, s) in enumerate(tiny_shapes(size).items())}


def tiny_images(size):
    """Pixels 0 and 1, by the sign of a wave."""
    values = wave((IMAGES * size["C"] * size["B"] * size["A"],), 0.3)
    bits = [1.0 if v > 0 else 0.0 for v in values]
    for length in (size["A"], size["B"], size["C"]):
        bits = [bits[at : at + length] for at in range(0, len(bits), length)]
    return bits


def tiny_noise(size):
    return wave((size["T"], IMAGES, size["Z"]), 0.9)


# Blocks


def sigmoid(v):
    return 1 / (1 + math.exp(-v))


def affine(x, W, b):
    return [b[k] + sum(x[d] * W[d][k] for d in range(len(x))) for k in range(len(b))]


def lstm(x, h, s, W, b):
    """Unit by unit; the columns of W are the gates i, f, g, o, each H wide."""
    H, v = len(h), x + h
    new_h, new_s = [], []
    for unit in range(H):
        a_i, a_f, a_g, a_o = (
            b[gate * H + unit] + sum(v[d] * W[d][gate * H + unit] for d in range(len(v)))
            for gate in range(4)
        )
        cell = sigmoid(a_f) * s[unit] + sigmoid(a_i) * math.tanh(a_g)
        new_s.append(cell)
        new_h.append(sigmoid(a_o) * math.tanh(cell))
    return new_h, new_s


def grid(raw, A, B, N):
    """Eqs. 21-24: five outputs of a head to g_X, g_Y, delta, sigma^2, gamma."""
    g_X = (A + 1) / 2 * (raw[0] + 1)
    g_Y = (B + 1) / 2 * (raw[1] + 1)
    delta = 0.0 if N == 1 else (max(A, B) - 1) / (N - 1) * math.exp(raw[3])
    return g_X, g_Y, delta, math.exp(raw[2]), math.exp(raw[4])


def filterbank(g, delta, sigma2, A, N):
    """Eqs. 19 and 25, or 20 and 26, as printed."""
    rows = []
    for i in range(1, N + 1):
        mu = g + delta * (i - N / 2 - 0.5)
        row = [math.exp(-((a - mu) ** 2) / (2 * sigma2)) for a in range(1, A + 1)]
        rows.append([value / sum(row) for value in row])
    return rows


def read(plane, raw, N):
    """Eq. 27 for one plane: patch[j][i], filter i along x and j along y."""
    B, A = len(plane), len(plane[0])
    g_X, g_Y, delta, sigma2, gamma = grid(raw, A, B, N)
    F_X, F_Y = filterbank(g_X, delta, sigma2, A, N), filterbank(g_Y, delta, sigma2, B, N)
    patch = [[0.0] * N for _ in range(N)]
    for j in range(N):
        for i in range(N):
            for b in range(B):
                for a in range(A):
                    patch[j][i] += gamma * F_Y[j][b] * plane[b][a] * F_X[i][a]
    return patch


def write(w, raw, A, B):
    """Eq. 29 for one plane: what the patch w[j][i] adds to the canvas."""
    N = len(w)
    g_X, g_Y, delta, sigma2, gamma = grid(raw, A, B, N)
    F_X, F_Y = filterbank(g_X, delta, sigma2, A, N), filterbank(g_Y, delta, sigma2, B, N)
    stroke = [[0.0] * A for _ in range(B)]
    for b in range(B):
        for a in range(A):
            for j in range(N):
                for i in range(N):
                    stroke[b][a] += F_Y[j][b] * w[j][i] * F_X[i][a] / gamma
    return stroke


def kl(mu, log_sigma):
    """One step of Eq. 11 with its exact constant."""
    parts = [
        (m**2 + math.exp(v) ** 2 - math.log(math.exp(v) ** 2) - 1) / 2
        for m, v in zip(mu, log_sigma, strict=True)
    ]
    return sum(parts)


def log_normal(z, mu, sigma):
    """log N(z | mu, sigma^2) of one number."""
    return -((z - mu) ** 2) / (2 * sigma**2) - math.log(sigma * math.sqrt(2 * math.pi))


def bernoulli(image, canvas):
    """Eq. 9: -log D(x | c), pixel by pixel, from the probabilities."""
    nats = 0.0
    for x, c in zip(flat(image), flat(canvas), strict=True):
        p = sigmoid(c)
        nats -= x * math.log(p) + (1 - x) * math.log(1 - p)
    return nats


def flat(nested):
    if isinstance(nested, list):
        return [value for part in nested for value in flat(part)]
    return [nested]


# The whole network


def blocks_of(values, N):
    """A flat vector as C planes of N rows."""
    rows = [values[at : at + N] for at in range(0, len(values), N)]
    return [rows[at : at + N] for at in range(0, len(rows), N)]


def stroke_of(p, h_dec, size):
    """write(h_dec): Eqs. 28 and 29, or 18."""
    A, B, C, N = (size[name] for name in ("A", "B", "C", "N_write"))
    w = affine(h_dec, p["patch.W"], p["patch.b"])
    if N is None:
        rows = [w[at : at + A] for at in range(0, len(w), A)]
        return [rows[at : at + B] for at in range(0, len(rows), B)]
    raw = affine(h_dec, p["write.W"], p["write.b"])
    return [write(blocks_of(w, N)[channel], raw, A, B) for channel in range(C)]


def glimpse_of(p, planes, h_dec, size):
    """read(x, x_hat, h_dec) of a list of planes: Eq. 27, or 17."""
    if size["N_read"] is None:
        return flat(planes)
    raw = affine(h_dec, p["read.W"], p["read.b"])
    return flat([read(plane, raw, size["N_read"]) for plane in planes])


def added(canvas, stroke):
    return [
        [[c + w for c, w in zip(*rows, strict=True)] for rows in zip(*planes, strict=True)]
        for planes in zip(canvas, stroke, strict=True)
    ]


def error_image(image, canvas):
    return [
        [[x - sigmoid(c) for x, c in zip(*rows, strict=True)] for rows in zip(*planes, strict=True)]
        for planes in zip(image, canvas, strict=True)
    ]


def draw(p, image, noise, size):
    """Eqs. 1-11 for one image. Returns c_T, L_x, the KL of every step and the log weight."""
    canvas, h_enc, s_enc = p["c_0"], p["h_enc_0"], p["s_enc_0"]
    h_dec, s_dec = p["h_dec_0"], p["s_dec_0"]
    kls, log_ratio = [], 0.0
    for t in range(size["T"]):
        r = glimpse_of(p, image + error_image(image, canvas), h_dec, size)
        h_enc, s_enc = lstm(r + h_dec, h_enc, s_enc, p["enc.W"], p["enc.b"])
        mu = affine(h_enc, p["mu.W"], p["mu.b"])
        log_sigma = affine(h_enc, p["log_sigma.W"], p["log_sigma.b"])
        z = [m + math.exp(v) * e for m, v, e in zip(mu, log_sigma, noise[t], strict=True)]
        h_dec, s_dec = lstm(z, h_dec, s_dec, p["dec.W"], p["dec.b"])
        canvas = added(canvas, stroke_of(p, h_dec, size))
        kls.append(kl(mu, log_sigma))
        for k in range(size["Z"]):
            log_ratio += log_normal(z[k], 0.0, 1.0)
            log_ratio -= log_normal(z[k], mu[k], math.exp(log_sigma[k]))
    L_x = bernoulli(image, canvas)
    return canvas, L_x, kls, log_ratio - L_x


def draw_from(p, latents, size):
    """Eqs. 14 and 15: c_T from latents alone."""
    canvas, h_dec, s_dec = p["c_0"], p["h_dec_0"], p["s_dec_0"]
    for z in latents:
        h_dec, s_dec = lstm(z, h_dec, s_dec, p["dec.W"], p["dec.b"])
        canvas = added(canvas, stroke_of(p, h_dec, size))
    return canvas


def tiny_run(size):
    """The tiny network on all its images: a list of what ``draw`` returns."""
    p, x, eps = tiny_parameters(size), tiny_images(size), tiny_noise(size)
    return [draw(p, x[m], [eps_t[m] for eps_t in eps], size) for m in range(IMAGES)]


def bound(runs):
    """Eq. 12: the mean over the images of L_x plus the KL of all steps."""
    return sum(L_x + sum(kls) for _, L_x, kls, _ in runs) / len(runs)


if __name__ == "__main__":
    five, plane = [0.3, -0.4, 0.2, -0.5, 0.6], wave((3, 5), 0.5)
    print("A = 5, B = 3, N = 2: the upper left of what is read and of what is written")
    print(f"  {read(plane, five, 2)[0][0]:.12f}  {write(wave((2, 2), 0.1), five, 5, 3)[0][0]:.12f}")
    for name, size in [("with", TINY), ("without", TINY_WITHOUT_ATTENTION)]:
        runs = tiny_run(size)
        print(f"tiny network {name} attention")
        print(f"  loss          {bound(runs):.12f}")
        for m, (canvas, L_x, kls, log_weight) in enumerate(runs):
            print(f"  image {m}: L_x {L_x:.12f}  KL {', '.join(f'{v:.12f}' for v in kls)}")
            print(f"           log weight {log_weight:.12f}")
            print("           c_T " + " ".join(f"{c:.6f}" for c in flat(canvas)))
