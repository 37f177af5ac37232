"""DRAW and its training step in JAX: one ``jit``, the steps t by ``lax.scan``.

Everything from the forward pass to Adam is one compiled call whose weights and moments
are donated, so that they are updated where they lie. Maps that share an input are joined
before the scan. Tried besides, and slower or no faster on two cores: unrolling the scan
by 2 or 4; einsum, or stacking both images, for the filters; the filters as sums of
element-wise products; the LSTM's input and recurrent product apart.

Images have one channel, as in all configurations of the benchmark: (M, B, A).
"""

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.problem import BETA1, BETA2, CLIP, EPSILON, LR, Contender


def filterbank(g, delta, sigma2, N, A):
    mu = g[:, None] + delta[:, None] * (jnp.arange(1, N + 1) - N / 2 - 0.5)  # (M, N)
    distance2 = (jnp.arange(1, A + 1) - mu[:, :, None]) ** 2  # (M, N, A)
    return jax.nn.softmax(-distance2 / (2 * sigma2[:, None, None]))


def attention(raw, config, N):
    """F_X (M, N, A), F_Y (M, N, B) and gamma (M, 1) from the head's outputs (M, 5)."""
    A, B = config.A, config.B
    g_X, g_Y, log_sigma2, log_delta, log_gamma = raw.T
    delta = (max(A, B) - 1) / max(N - 1, 1) * jnp.exp(log_delta)
    sigma2 = jnp.exp(log_sigma2)
    F_X = filterbank((A + 1) / 2 * (g_X + 1), delta, sigma2, N, A)
    F_Y = filterbank((B + 1) / 2 * (g_Y + 1), delta, sigma2, N, B)
    return F_X, F_Y, jnp.exp(log_gamma)[:, None]


def read(x, x_hat, raw, config):
    F_X, F_Y, gamma = attention(raw, config, config.N_read)
    patches = [F_Y @ image @ F_X.mT for image in (x, x_hat)]
    return gamma * jnp.concatenate(patches, 1).reshape(x.shape[0], -1)  # (M, 2NN)


def write(w, raw, config):
    N = config.N_write
    F_X, F_Y, gamma = attention(raw, config, N)
    return F_Y.mT @ ((w / gamma).reshape(-1, N, N) @ F_X)  # (M, B, A)


def lstm(x, h, s, W, b):
    i, f, g, o = jnp.split(jnp.concatenate([*x, h], 1) @ W + b, 4, 1)  # (M, H) each
    s = jax.nn.sigmoid(f) * s + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(s), s


def join(p, names):
    """Weight and bias of maps of the same input, side by side."""
    W = jnp.concatenate([p[f"{name}.W"] for name in names], 1)
    return W, jnp.concatenate([p[f"{name}.b"] for name in names])


def loss(p, x, eps, config):
    M = x.shape[0]
    W_q, b_q = join(p, ("mu", "log_sigma"))
    W_out, b_out = join(p, ("patch", "write", "read"))
    cuts = [config.write_size, config.write_size + 5]

    def step(state, eps):
        c, h_enc, s_enc, h_dec, s_dec, raw_read = state
        r = read(x, x - jax.nn.sigmoid(c), raw_read, config)
        h_enc, s_enc = lstm((r, h_dec), h_enc, s_enc, p["enc.W"], p["enc.b"])
        mu, log_sigma = jnp.split(h_enc @ W_q + b_q, 2, 1)  # (M, Z) each
        z = mu + jnp.exp(log_sigma) * eps
        h_dec, s_dec = lstm((z,), h_dec, s_dec, p["dec.W"], p["dec.b"])
        w, raw_write, raw_read = jnp.split(h_dec @ W_out + b_out, cuts, 1)
        c = c + write(w, raw_write, config)
        L_z = 0.5 * jnp.sum(mu**2 + jnp.exp(2 * log_sigma) - 2 * log_sigma - 1)
        return (c, h_enc, s_enc, h_dec, s_dec, raw_read), L_z

    names = ("c_0", "h_enc_0", "s_enc_0", "h_dec_0", "s_dec_0")
    c, *hidden = (jnp.broadcast_to(p[name], (M, *p[name].shape)) for name in names)
    start = (c[:, 0], *hidden, hidden[2] @ p["read.W"] + p["read.b"])
    (c, *_), L_z = jax.lax.scan(step, start, eps)
    return (jnp.sum(jax.nn.softplus(c) - x * c) + jnp.sum(L_z)) / M


def update(params, m, v, t, g, lr, clip):
    """Clip the gradient ``g`` and take step ``t`` of Adam."""
    norm = jnp.sqrt(sum(jnp.vdot(w, w) for w in g.values()))
    g = jax.tree.map(lambda g: g * jnp.minimum(1, clip / norm), g)
    m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, g)
    v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g**2, v, g)
    bias1, bias2 = 1 - BETA1**t, 1 - BETA2**t

    def moved(p, m, v):
        return p - lr * (m / bias1) / (jnp.sqrt(v / bias2) + EPSILON)

    return jax.tree.map(moved, params, m, v), m, v


def start(params):
    """Weights, both of Adam's moments, and the number of steps so far."""
    zeros = {name: jnp.zeros(v.shape, v.dtype) for name, v in params.items()}
    weights = {name: jnp.array(v) for name, v in params.items()}
    return weights, zeros, {name: jnp.zeros_like(v) for name, v in zeros.items()}, jnp.array(0.0)


def compiled(config, clip, state, x, eps):
    """The training step (state, x, eps, lr) -> (state, loss), compiled, its state donated."""

    def train(state, x, eps, lr):
        params, m, v, t = state
        value, g = jax.value_and_grad(loss)(params, x, eps, config)
        return (*update(params, m, v, t + 1, g, lr, clip), t + 1), value

    return jax.jit(train, donate_argnums=0).lower(state, x, eps, jnp.asarray(LR, x.dtype)).compile()


def build(problem):
    """The step of a problem, always with the same images and noise."""
    config = problem.config
    jax.config.update("jax_enable_x64", problem.x.dtype == np.float64)
    x, eps = jnp.array(problem.x[:, 0]), jnp.array(problem.eps)
    state, lr = start(problem.params), jnp.asarray(LR, x.dtype)
    train = compiled(config, CLIP, state, x, eps)
    m = train.memory_analysis()
    buffers = m.argument_size_in_bytes + m.output_size_in_bytes + m.temp_size_in_bytes
    buffers -= m.alias_size_in_bytes  # outputs that lie where an argument was
    value_and_gradient = jax.jit(jax.value_and_grad(loss), static_argnums=3)

    def step():
        nonlocal state
        state, value = jax.block_until_ready(train(state, x, eps, lr))
        return float(value)

    def gradient():
        weights = {name: jnp.array(v) for name, v in problem.params.items()}
        value, g = value_and_gradient(weights, x, eps, config)
        return float(value), {name: np.asarray(v) for name, v in g.items()}

    return Contender(gradient, step, buffers)


def pupil(config, params, clip):
    """For ``result``: a step as a function of NumPy's (x, eps, lr), and the weights so far."""
    state, train = start(params), None

    def step(x, eps, lr):
        nonlocal state, train
        x, eps = jnp.array(x[:, 0]), jnp.array(eps)
        train = train or compiled(config, clip, state, x, eps)
        state, value = jax.block_until_ready(train(state, x, eps, jnp.asarray(lr, x.dtype)))
        return float(value)

    return step, lambda: {name: np.asarray(v) for name, v in state[0].items()}
