"""Answers to all exercises that are pieces of the reader's own network, in plain NumPy.

``ANSWERS`` maps the name of a file to names of functions and their bodies.
"""

LSTM = {
    "affine_backward": "return dy @ W.T, x.T @ dy, dy.sum(axis=0)",
    "lstm": """
    a = np.concatenate([x, h], axis=1) @ W + b
    i, f, g, o = np.split(a, 4, axis=1)
    i, f, o = ((1 + np.tanh(v / 2)) / 2 for v in (i, f, o))
    s = f * s + i * np.tanh(g)
    return o * np.tanh(s), s""",
    "cell_backward": """
    shown = np.tanh(s_new)
    ds = ds_new + dh_new * o * (1 - shown**2)
    parts = ds * g * i * (1 - i), ds * s * f * (1 - f), ds * i * (1 - g**2)
    return np.concatenate([*parts, dh_new * shown * o * (1 - o)], axis=1), ds * f""",
    "lstm_backward": """
    xh = np.concatenate([x, h], axis=1)
    i, f, g, o = np.split(xh @ W + b, 4, axis=1)
    i, f, o = ((1 + np.tanh(v / 2)) / 2 for v in (i, f, o))
    g = np.tanh(g)
    da, ds = cell_backward(dh_new, ds_new, i, f, g, o, s, f * s + i * g)
    dxh, dW, db = affine_backward(da, xh, W)
    return dxh[:, :x.shape[1]], dxh[:, x.shape[1]:], ds, dW, db""",
}

LATENT = {
    "sample": "return mu + np.exp(log_sigma) * eps",
    "sample_backward": "return dz, dz * np.exp(log_sigma) * eps",
    "kl_to_prior": "return np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=1) / 2",
    "kl_backward": "return dkl[:, None] * mu, dkl[:, None] * (np.exp(2 * log_sigma) - 1)",
}

BOUND = {
    "bernoulli_nll": "return np.sum(np.logaddexp(0, c) - x * c, axis=(1, 2, 3)).astype(c.dtype)",
    "bernoulli_backward": "return dnll[:, None, None, None] * ((1 + np.tanh(c / 2)) / 2 - x)",
}

CANVAS = {
    "leads_downhill": """
    x, c = np.ones((1, 1, 1, 1)), np.full((1, 1, 1, 1), -20.0)
    return bool(np.allclose(error(x, c), 1) and np.allclose(error(0 * x, -c), -1))""",
    "suspect_error": "return x - (1 + np.tanh(c / 2)) / 2",
    "draw_again": """
    c, cost = [c_0], 0
    for e in eps:
        x_hat = x - (1 + np.tanh(c[-1] / 2)) / 2
        r = np.concatenate([x.reshape(len(x), -1), x_hat.reshape(len(x), -1)], axis=1)
        h_enc = rnn_enc(h_enc, np.concatenate([r, h_dec], axis=1))
        mu, log_sigma = posterior(h_enc)
        h_dec = rnn_dec(h_dec, mu + np.exp(log_sigma) * e)
        c.append(c[-1] + write(h_dec))
        cost = cost + np.sum(mu**2 + np.exp(2 * log_sigma) - 2 * log_sigma - 1, axis=1) / 2
    return np.stack(c), cost""",
    "draw_new": """
    c = c_0
    for z_t in z:
        h_dec = rnn_dec(h_dec, z_t)
        c = c + write(h_dec)
    return (1 + np.tanh(c / 2)) / 2""",
}

FILTERBANK = {
    "filter_centres": """
    i = np.arange(1, N + 1, dtype=g.dtype)
    return g[:, None] + delta[:, None] * (i - N / 2 - 0.5)""",
    "attention": """
    g_X, g_Y, log_sigma2, log_delta, log_gamma = raw.T
    delta = (max(A, B) - 1) / max(N - 1, 1) * np.exp(log_delta)
    middle = (A + 1) / 2 * (g_X + 1), (B + 1) / 2 * (g_Y + 1)
    return *middle, delta, np.exp(log_sigma2), np.exp(log_gamma)""",
    "filterbank": """
    a = np.arange(1, A + 1, dtype=mu.dtype)
    e = -((a - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None])
    F = np.exp(e - e.max(axis=2, keepdims=True))
    return F / F.sum(axis=2, keepdims=True)""",
    "normalise_backward": "return F * (dF - np.sum(F * dF, axis=2, keepdims=True))",
    "filterbank_backward": """
    de = normalise_backward(dF, F)
    away = np.arange(1, F.shape[2] + 1, dtype=mu.dtype) - mu[:, :, None]
    v = sigma2[:, None, None]
    return (de * away / v).sum(axis=2), (de * away**2 / (2 * v**2)).sum(axis=(1, 2))""",
    "filter_centres_backward": """
    N = dmu.shape[1]
    return dmu.sum(axis=1), dmu @ (np.arange(1, N + 1, dtype=dmu.dtype) - N / 2 - 0.5)""",
    "attention_backward": """
    _, _, delta, sigma2, gamma = attention(raw, A, B, N)
    centre = dg_X * (A + 1) / 2, dg_Y * (B + 1) / 2
    return np.stack([*centre, dsigma2 * sigma2, ddelta * delta, dgamma * gamma], axis=1)""",
}

READ_WRITE = {
    "glimpse": """
    F_X, F_Y = F_X[:, None], F_Y[:, None]
    return gamma[:, None, None, None] * (F_Y @ x @ np.swapaxes(F_X, 2, 3))""",
    "write": """
    F_X, F_Y = F_X[:, None], F_Y[:, None]
    return np.swapaxes(F_Y, 2, 3) @ w @ F_X / gamma[:, None, None, None]""",
    "glimpse_backward": """
    X, Y, g = F_X[:, None], F_Y[:, None], gamma[:, None, None, None]
    R = Y @ x
    dP = g * dpatch
    dR = dP @ X
    dX = (np.swapaxes(dP, 2, 3) @ R).sum(axis=1)
    dY = (dR @ np.swapaxes(x, 2, 3)).sum(axis=1)
    dgamma = (dpatch * (R @ np.swapaxes(X, 2, 3))).sum(axis=(1, 2, 3))
    return np.swapaxes(Y, 2, 3) @ dR, dX, dY, dgamma""",
    "write_backward": """
    X, Y, g = F_X[:, None], F_Y[:, None], gamma[:, None, None, None]
    Q = np.swapaxes(Y, 2, 3) @ w
    dS = dout / g
    dQ = dS @ np.swapaxes(X, 2, 3)
    dX = (np.swapaxes(Q, 2, 3) @ dS).sum(axis=1)
    dY = (w @ np.swapaxes(dQ, 2, 3)).sum(axis=1)
    return Y @ dQ, dX, dY, -(dout * (Q @ X)).sum(axis=(1, 2, 3)) / gamma**2""",
}

TRAINED = {
    "adam": """
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    return theta - lr * (m / (1 - 0.9**n)) / (np.sqrt(v / (1 - 0.999**n)) + 1e-8), m, v""",
    "clip_by_global_norm": """
    norm = np.sqrt(sum(np.sum(g * g) for g in gradient))
    return tuple(g * (limit / norm) if norm > limit else g for g in gradient), norm""",
    "training_step": """
    (g,), _ = clip_by_global_norm((gradient_of(theta),), limit)
    return adam(theta, g, m, v, n + 1, lr)""",
}

BY_HAND = {
    "given_back": """
    p, P = (1 + np.tanh(c / 2)) / 2, c.shape[1]
    return dc_t - dv[:, P:2 * P] * p * (1 - p), dh_decoder + dv[:, 2 * P:]""",
}

ANSWERS = {
    "03_lstm.py": LSTM,
    "04_latent.py": LATENT,
    "05_bound.py": BOUND,
    "07_without_attention.py": CANVAS,
    "08_filterbank.py": FILTERBANK,
    "09_read_write.py": READ_WRITE,
    "10_trained.py": TRAINED,
    "11_gradient_by_hand.py": BY_HAND,
}
