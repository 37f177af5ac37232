import numpy as np

from exercise_corpus import right, wrong

# 3.0 ------------------------------------------------------------------


def by_factors(w, h):
    slope = 1.0
    for h_t in h[::-1]:
        slope = slope * w * (1 + h_t) * (1 - h_t)
    return slope


right("3.0", by_factors)
right("3.0", lambda w, h: w ** len(h) * np.multiply.reduce(1 - h**2))
right("3.0", lambda w, h: np.cumprod(w - w * h * h)[-1])
wrong("3.0", "value", "factors-added", lambda w, h: sum(w - w * h**2))
wrong("3.0", "value", "w-once", lambda w, h: w * np.prod(1 - h**2))
wrong("3.0", "value", "slopes-forgotten", lambda w, h: w ** len(h))
wrong("3.0", "value", "not-squared", lambda w, h: np.prod(w * (1 - h)))
wrong("3.0", "value", "first-step-left-out", lambda w, h: by_factors(w, h[1:]))
wrong("3.0", "value", "slope is wrong", lambda w, h: np.prod(np.abs(w) * (1 - h**2)))
wrong("3.0", "value", "slope is wrong", lambda w, h: np.prod(w * np.maximum(1 - h**2, 0.01)))
wrong("3.0", "value", "has its sign turned", lambda w, h: -np.prod(w * (1 - h**2)))
wrong("3.0", "value", "slope is wrong", lambda w, h: np.exp(np.sum(np.log(abs(w) * (1 - h**2)))))
wrong("3.0", "shape", "slope has (3,)", lambda w, h: np.cumprod(w * (1 - h**2)))

# 3.1 ------------------------------------------------------------------


def affine_by_einsum(dy, x, W):
    return np.einsum("mk,dk->md", dy, W), np.einsum("md,mk->dk", x, dy), np.einsum("mk->k", dy)


def affine_by_loop(dy, x, W):
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros(W.shape[1], dtype=W.dtype)
    for m in range(len(x)):
        dx[m] = W @ dy[m]
        dW += np.outer(x[m], dy[m])
        db += dy[m]
    return dx, dW, db


right("3.1", affine_by_einsum)
right("3.1", affine_by_loop)
right("3.1", lambda dy, x, W: ((W @ dy.T).T, (dy.T @ x).T, np.ones(len(dy), dy.dtype) @ dy))
wrong("3.1", "gradient", "mean-over-images", lambda dy, x, W: (dy @ W.T, x.T @ dy, dy.mean(0)))
wrong(
    "3.1",
    "gradient",
    "gradient-averaged",
    lambda dy, x, W: (dy @ W.T, np.einsum("md,mk->dk", x, dy) / len(x), dy.mean(0)),
)
wrong(
    "3.1",
    "gradient",
    "divided by their number",
    lambda dy, x, W: (dy @ W.T, x.T @ dy / len(dy), dy.sum(0)),
)
wrong(
    "3.1", "gradient", "dW has its sign turned", lambda dy, x, W: (dy @ W.T, -x.T @ dy, dy.sum(0))
)
wrong("3.1", "gradient", "db is wrong", lambda dy, x, W: (dy @ W.T, x.T @ dy, dy[0]))
wrong("3.1", "gradient", "correct: dx and dW", lambda dy, x, W: (dy @ W.T, x.T @ dy, 0 * dy[0]))
wrong("3.1", "shape", "in another order", lambda dy, x, W: (dy @ W.T, dy.T @ x, dy.sum(0)))

# 3.2, 3.6 -------------------------------------------------------------


def logistic(v):
    return (np.tanh(v / 2) + 1) / 2


def cell(x, h, s, W, b, order="ifgo", squash=np.tanh, show="new"):
    D, H = x.shape[1], h.shape[1]
    a = x @ W[:D] + h @ W[D:] + b
    at = {letter: a[:, k * H : (k + 1) * H] for k, letter in enumerate(order)}
    s_new = logistic(at["f"]) * s + logistic(at["i"]) * squash(at["g"])
    shown = {"new": np.tanh(s_new), "old": np.tanh(s), "raw": s_new}[show]
    return logistic(at["o"]) * shown, s_new


def cell_by_units(x, h, s, W, b):
    H, v = h.shape[1], np.concatenate([x, h], axis=1)
    h_new, s_new = np.empty_like(h), np.empty_like(s)
    for k in range(H):
        i, f, g, o = (v @ W[:, q * H + k] + b[q * H + k] for q in range(4))
        s_new[:, k] = logistic(f) * s[:, k] + logistic(i) * np.tanh(g)
        h_new[:, k] = logistic(o) * np.tanh(s_new[:, k])
    return h_new, s_new


def cell_coupled(x, h, s, W, b):
    f = logistic((np.concatenate([x, h], 1) @ W + b)[:, h.shape[1] : 2 * h.shape[1]])
    g = np.tanh((np.concatenate([x, h], 1) @ W + b)[:, 2 * h.shape[1] : 3 * h.shape[1]])
    o = logistic((np.concatenate([x, h], 1) @ W + b)[:, 3 * h.shape[1] :])
    s = f * s + (1 - f) * g
    return o * np.tanh(s), s


def cell_interleaved(x, h, s, W, b):
    a = (np.concatenate([x, h], 1) @ W + b).reshape(len(x), -1, 4)
    i, f, g, o = (a[:, :, k] for k in range(4))
    s = logistic(f) * s + logistic(i) * np.tanh(g)
    return logistic(o) * np.tanh(s), s


def cell_without_bias(x, h, s, W, b):
    return cell(x, h, s, W, 0 * b)


def cell_in_place(x, h, s, W, b):
    h_new, s[...] = cell(x, h, s, W, b)
    return h_new, s


def cell_raw_far_outside(x, h, s, W, b):
    h_new, s_new = cell(x, h, s, W, b)
    return np.where(np.abs(s_new) > 4, s_new, h_new), s_new


def cell_overflowing(x, h, s, W, b):
    a = np.concatenate([x, h], 1) @ W + b
    i, f, g, o = np.split(a, 4, axis=1)
    s = np.exp(f) / (1 + np.exp(f)) * s + np.exp(i) / (1 + np.exp(i)) * np.tanh(g)
    return np.exp(o) / (1 + np.exp(o)) * np.tanh(s), s


right("3.2", cell)
right("3.2", cell_by_units)
wrong("3.2", "value", "gates-in-another-order", lambda *a: cell(*a, order="ifog"))
wrong("3.2", "value", "input-and-forget-swapped", lambda *a: cell(*a, order="figo"))
wrong("3.2", "value", "old-state-shown", lambda *a: cell(*a, show="old"))
wrong("3.2", "value", "candidate-by-sigmoid", lambda *a: cell(*a, squash=logistic))
wrong("3.2", "value", "h' and s' are wrong", lambda *a: cell(*a, squash=lambda v: v))
wrong("3.2", "value", "h' and s' are wrong", cell_coupled)
wrong("3.2", "value", "h' and s' are wrong", cell_interleaved)
wrong("3.2", "value", "bias-left-out", cell_without_bias)
wrong(
    "3.2",
    "value",
    "cell-shown-raw: The mistake is to show the cell without its tanh",
    lambda *a: cell(*a, show="raw"),
)
wrong("3.2", "value", "for states of 3 to 12 and open gates", cell_raw_far_outside)
wrong("3.2", "damage", "its argument s was changed", cell_in_place)
wrong("3.2", "not finite", "pre-activations of some hundred", cell_overflowing)


def shows_its_state(f):
    """Whatever the gates, h' / tanh(s') is o, between 0 and 1."""
    rng = np.random.default_rng(0)
    x, h, s = rng.standard_normal((3, 2)), rng.standard_normal((3, 4)), rng.standard_normal((3, 4))
    W, b = rng.standard_normal((6, 16)), np.zeros(16)
    b[12:] = 100.0
    h_new, s_new = f(x, h, s, W, b)
    return np.allclose(h_new, np.tanh(s_new))


def forgets(f):
    """All gates closed but o: the new state is 0, and so is what is shown."""
    b = np.repeat([-99.0, -99.0, 0.0, 99.0], 2)
    h_new, _ = f(np.zeros((1, 1)), np.zeros((1, 2)), np.ones((1, 2)), np.zeros((3, 8)), b)
    return bool(np.all(np.abs(h_new) < 1e-6))


def state_only(f):
    b = np.repeat([-99.0, 99.0, 0.0, 99.0], 2)
    _, s_new = f(np.zeros((1, 1)), np.zeros((1, 2)), np.ones((1, 2)), np.zeros((3, 8)), b)
    return np.allclose(s_new, 1)


def stale(*a):
    return cell(*a, show="old")


right("3.6", shows_its_state, cell)
right("3.6", forgets, cell_by_units)
wrong("3.6", "property", "as handed out", state_only, cell)
wrong("3.6", "property", "does not hold for a right", lambda f: not shows_its_state(f), cell)
wrong("3.6", "property", "as handed out", lambda f: True, cell)
wrong("3.6", "unfixed", "Now fix suspect_cell", forgets, stale)
wrong(
    "3.6",
    "value",
    "cell-shown-raw",
    shows_its_state,
    lambda *a: (
        logistic(np.split(np.concatenate(a[:2], 1) @ a[3] + a[4], 4, 1)[3]) * cell(*a)[1],
        cell(*a)[1],
    ),
)
wrong("3.6", "raises", "NameError", lambda f: undefined(f), cell)  # noqa: F821

# 3.3 ------------------------------------------------------------------


def gates_back(dh, ds, i, f, g, o, s, s_new, flaw=None):
    t = np.tanh(s_new)
    through_h = dh * o / np.cosh(s_new) ** 2
    if flaw == "tanh twice":
        through_h = dh * o * (1 - np.tanh(t) ** 2)
    if flaw == "no o":
        through_h = dh * (1 - t**2)
    if flaw == "slope of s":
        through_h = dh * o * (1 - s_new**2)
    if flaw == "old tanh":
        t = np.tanh(s)
        through_h = dh * o * (1 - t**2)
    total = ds + (0 if flaw == "direct only" else through_h)
    if flaw == "minus":
        total = ds - through_h
    parts = [
        total * g * i * (1 - i),
        total * s * f * (1 - f),
        total * i * (1 - g**2),
        dh * t * o * (1 - o),
    ]
    if flaw == "order":
        parts = [parts[k] for k in (0, 1, 3, 2)]
    if flaw == "g for tanh":
        parts[2] = total * i * g * (1 - g)
    if flaw == "forget by g":
        parts[1] = total * g * f * (1 - f)
    if flaw == "interleaved":
        return np.stack(parts, axis=2).reshape(len(i), -1), total * f
    return np.concatenate(parts, axis=1), total * (1 if flaw == "f left out" else f)


def gates_back_by_loop(dh, ds, i, f, g, o, s, s_new):
    M, H = i.shape
    da, old = np.zeros((M, 4 * H), dtype=i.dtype), np.zeros_like(s)
    for m in range(M):
        for k in range(H):
            t = np.tanh(s_new[m, k])
            d = ds[m, k] + dh[m, k] * o[m, k] * (1 - t * t)
            da[m, k] = d * g[m, k] * i[m, k] * (1 - i[m, k])
            da[m, H + k] = d * s[m, k] * f[m, k] * (1 - f[m, k])
            da[m, 2 * H + k] = d * i[m, k] * (1 - g[m, k] ** 2)
            da[m, 3 * H + k] = dh[m, k] * t * o[m, k] * (1 - o[m, k])
            old[m, k] = d * f[m, k]
    return da, old


def flawed(function, flaw):
    return lambda *a: function(*a, flaw=flaw)


def gates_back_without_slope(dh_new, ds_new, i, f, g, o, s, s_new):
    total = ds_new + dh_new * o
    do = dh_new * np.tanh(s_new)
    slopes = total * g * i * (1 - i), total * s * f * (1 - f), total * i * (1 - g**2)
    return np.concatenate([*slopes, do * o * (1 - o)], axis=1), total * f


right("3.3", gates_back)
right("3.3", gates_back_by_loop)
wrong("3.3", "gradient", "only-the-direct-way", flawed(gates_back, "direct only"))
wrong("3.3", "gradient", "da and ds are wrong", flawed(gates_back, "tanh twice"))
wrong("3.3", "gradient", "slope-of-the-state-missing", gates_back_without_slope)
wrong("3.3", "gradient", "da and ds are wrong", flawed(gates_back, "no o"))
wrong("3.3", "gradient", "state-for-its-tanh", flawed(gates_back, "slope of s"))
wrong("3.3", "gradient", "old-state-in-the-tanh", flawed(gates_back, "old tanh"))
wrong("3.3", "gradient", "dh-and-ds-exchanged", lambda dh, ds, *rest: gates_back(ds, dh, *rest))
wrong("3.3", "gradient", "da and ds are wrong", flawed(gates_back, "minus"))
wrong(
    "3.3", "gradient", "the part of g is what the part of o should be", flawed(gates_back, "order")
)
wrong("3.3", "gradient", "sigmoid-slope-for-g", flawed(gates_back, "g for tanh"))
wrong("3.3", "gradient", "correct: ds", flawed(gates_back, "forget by g"))
wrong("3.3", "gradient", "wrong places", flawed(gates_back, "interleaved"))
wrong("3.3", "gradient", "forget-gate-left-out-of-ds", flawed(gates_back, "f left out"))

# 3.4 ------------------------------------------------------------------


def cell_back(dh, ds, x, h, s, W, b, flaw=None):
    D = x.shape[1]
    a_i, a_f, a_g, a_o = np.split(x @ W[:D] + h @ W[D:] + b, 4, axis=1)
    i, f, g, o = logistic(a_i), logistic(a_f), np.tanh(a_g), logistic(a_o)
    da, ds_old = gates_back(dh, ds, i, f, g, o, s, f * s + i * g, flaw)
    dW = np.concatenate([x.T @ da, h.T @ da])
    if flaw == "x only":
        dW = np.concatenate([x.T @ da, 0 * (h.T @ da)])
    if flaw == "h first":
        dW = np.concatenate([h.T @ da, x.T @ da])
    if flaw == "dh passes":
        return da @ W[:D].T, dh + da @ W[D:].T, ds_old, dW, da.sum(0)
    return da @ W[:D].T, da @ W[D:].T, ds_old, dW, da.mean(0) if flaw == "mean" else da.sum(0)


def cell_back_h_first(dh, ds, x, h, s, W, b):
    D, H = x.shape[1], h.shape[1]
    i, f, g, o = np.split(np.concatenate([h, x], axis=1) @ W + b, 4, axis=1)
    i, f, g, o = logistic(i), logistic(f), np.tanh(g), logistic(o)
    da, ds_old = gates_back(dh, ds, i, f, g, o, s, f * s + i * g)
    back = da @ W.T
    return back[:, H : H + D], back[:, :H], ds_old, np.concatenate([h.T @ da, x.T @ da]), da.sum(0)


def cell_back_by_gates(dh, ds, x, h, s, W, b):
    """Every gate's matrix by itself."""
    H, v = h.shape[1], np.concatenate([x, h], axis=1)
    W4 = [W[:, k * H : (k + 1) * H] for k in range(4)]
    a = [v @ w + b[k * H : (k + 1) * H] for k, w in enumerate(W4)]
    i, f, g, o = logistic(a[0]), logistic(a[1]), np.tanh(a[2]), logistic(a[3])
    t = np.tanh(f * s + i * g)
    d = ds + dh * o * (1 - t * t)
    da = [d * g * i * (1 - i), d * s * f * (1 - f), d * i * (1 - g * g), dh * t * o * (1 - o)]
    dv = sum(q @ w.T for q, w in zip(da, W4, strict=True))
    dW = np.concatenate([v.T @ q for q in da], axis=1)
    db = np.concatenate([q.sum(0) for q in da])
    return dv[:, : x.shape[1]], dv[:, x.shape[1] :], d * f, dW, db


right("3.4", cell_back)
right("3.4", cell_back_by_gates)
wrong("3.4", "gradient", "only-the-direct-way", flawed(cell_back, "direct only"))
wrong("3.4", "gradient", "sigmoid-slope-for-g", flawed(cell_back, "g for tanh"))
wrong("3.4", "gradient", "bias-averaged", flawed(cell_back, "mean"))
wrong("3.4", "gradient", "h-joined-before-x", cell_back_h_first)
wrong("3.4", "gradient", "dh-and-ds-exchanged", lambda dh, ds, *rest: cell_back(ds, dh, *rest))
wrong("3.4", "gradient", "bias-left-out", lambda *a: cell_back(*a[:-1], 0 * a[-1]))
wrong("3.4", "gradient", "forget-gate-left-out-of-ds", flawed(cell_back, "f left out"))
wrong("3.4", "gradient", "dW is wrong", flawed(cell_back, "x only"))
wrong("3.4", "gradient", "dW is wrong", flawed(cell_back, "h first"))
wrong("3.4", "gradient", "dh is wrong", flawed(cell_back, "dh passes"))
wrong("3.4", "gradient", "dx, dh, dW and db are wrong", flawed(cell_back, "forget by g"))
wrong("3.4", "type", "tuple of 5", lambda *a: cell_back(*a)[:4])

# 3.5 ------------------------------------------------------------------


def through_time(dh_out, x, h_0, s_0, W, b, flaw=None):
    states = [(h_0, s_0)]
    for x_t in x:
        states.append(cell(x_t, *states[-1], W, b))
    dh, ds = np.zeros_like(h_0), np.zeros_like(s_0)
    dW, db = np.zeros_like(W), np.zeros_like(b)
    if flaw == "starts at the last":
        dh = dh_out[-1]
    for t in reversed(range(len(x) - (flaw == "last step left out"))):
        h, s = states[t + 1] if flaw == "state after" else states[t]
        if flaw == "wraps":
            h, s = states[1:][t - 1]
        if flaw == "h after":
            h = states[t + 1][0]
        if flaw == "s after":
            s = states[t + 1][1]
        dh_in = dh if flaw == "direct after" else dh_out[t] + dh
        if flaw == "dh_out in order":
            dh_in = dh_out[len(x) - 1 - t] + dh
        if flaw == "cut":
            dh_in = dh_out[t]
        if flaw == "last only" and t < len(x) - 1:
            dh_in = dh
        if flaw == "shifted":
            dh_in = dh_out[t - 1] + dh
        if flaw == "ds added":
            ds = ds + dh
        carried = np.zeros_like(ds) if flaw == "state cut" else ds
        if flaw == "carried twice":
            dh_in = dh_in + dh
        x_t = x[len(x) - 1 - t] if flaw == "x in order" else x[t]
        _, dh, ds, dW_t, db_t = cell_back(dh_in, carried, x_t, h, s, W, b)
        if flaw == "direct after":
            dh = dh + dh_out[t]
        dW, db = (dW_t, db_t) if flaw == "last weights" else (dW + dW_t, db + db_t)
    if flaw == "mean over steps":
        dW, db = dW / len(x), db / len(x)
    return dh, ds, dW, db


def through_time_recursive(dh_out, x, h, s, W, b):
    if len(x) == 0:
        return np.zeros_like(h), np.zeros_like(s), np.zeros_like(W), np.zeros_like(b)
    h_new, s_new = cell(x[0], h, s, W, b)
    dh, ds, dW, db = through_time_recursive(dh_out[1:], x[1:], h_new, s_new, W, b)
    _, dh, ds, more_W, more_b = cell_back_by_gates(dh + dh_out[0], ds, x[0], h, s, W, b)
    return dh, ds, dW + more_W, db + more_b


right("3.5", through_time)
right("3.5", through_time_recursive)
wrong("3.5", "gradient", "output-not-carried", flawed(through_time, "cut"))
wrong("3.5", "gradient", "state-not-carried", flawed(through_time, "state cut"))
wrong("3.5", "gradient", "last-output-only", flawed(through_time, "last only"))
wrong("3.5", "gradient", "one-step-of-the-weights", flawed(through_time, "last weights"))
wrong("3.5", "gradient", "T times too small", flawed(through_time, "mean over steps"))
wrong("3.5", "gradient", "states-after-the-step", flawed(through_time, "state after"))
wrong("3.5", "gradient", "output-after-the-step", flawed(through_time, "h after"))
wrong("3.5", "gradient", "state-after-the-step", flawed(through_time, "s after"))
wrong("3.5", "gradient", "dh_out-in-order", flawed(through_time, "dh_out in order"))
wrong("3.5", "gradient", "inputs-in-order", flawed(through_time, "x in order"))
wrong("3.5", "gradient", "direct-derivative-too-late", flawed(through_time, "direct after"))
wrong("3.5", "gradient", "last-output-twice", flawed(through_time, "starts at the last"))
wrong("3.5", "gradient", "last-step-left-out", flawed(through_time, "last step left out"))
wrong("3.5", "gradient", "index-minus-one", flawed(through_time, "wraps"))
wrong("3.5", "gradient", "wrong, for 3 steps", flawed(through_time, "shifted"))
wrong("3.5", "gradient", "wrong, for 3 steps", flawed(through_time, "ds added"))
wrong("3.5", "gradient", "wrong, for 3 steps", flawed(through_time, "carried twice"))
