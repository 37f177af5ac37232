"""DRAW and its training step in PyTorch, eager and with torch.compile.

Written for speed as a user of PyTorch would: one ``addmm`` for the gates, maps that
share an input joined once a training step, constants made once, bmm for the filters,
the softmax for the filterbank, fused Adam. Tried besides, and no faster in eager mode
on two cores (differences within 5%): both images of a read stacked into one product;
both filterbanks of a head as one softmax; ``F.linear`` for ``addmm``. Slower:
``torch.einsum`` for the filters (by 12%), ``torch.lstm_cell`` (by 7 to 10%), the LSTM's
input and recurrent product apart (by 7 to 25%).

Images have one channel, as in all configurations of the benchmark: (M, B, A). The same
code runs on a GPU, with float32 products in full precision, which is PyTorch's default.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F

from benchmarks.problem import BETA1, BETA2, CLIP, EPSILON, LR, Contender


class Grid(NamedTuple):
    """Constants of one attention head."""

    A: int
    B: int
    stride: float  #: delta at delta~ = 1
    offsets: torch.Tensor  #: i - N/2 - 0.5, (N,)
    a: torch.Tensor  #: pixel centres along x, (A,)
    b: torch.Tensor  #: pixel centres along y, (B,)


def grid(config, N, like):
    A, B = config.A, config.B
    kind = {"dtype": like.dtype, "device": like.device}
    i, a, b = (torch.arange(1, n + 1, **kind) for n in (N, A, B))
    return Grid(A, B, (max(A, B) - 1) / max(N - 1, 1), i - N / 2 - 0.5, a, b)


def filterbank(g, delta, sigma2, offsets, a):
    mu = g[:, None] + delta[:, None] * offsets  # (M, N)
    return torch.softmax(-((a - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None]), 2)


def attention(raw, grid):
    """F_X (M, N, A), F_Y (M, N, B) and gamma (M, 1) from the head's outputs (M, 5)."""
    g_X, g_Y, log_sigma2, log_delta, log_gamma = raw.unbind(1)
    delta, sigma2 = grid.stride * log_delta.exp(), log_sigma2.exp()
    F_X = filterbank((grid.A + 1) / 2 * (g_X + 1), delta, sigma2, grid.offsets, grid.a)
    F_Y = filterbank((grid.B + 1) / 2 * (g_Y + 1), delta, sigma2, grid.offsets, grid.b)
    return F_X, F_Y, log_gamma.exp()[:, None]


def read(x, x_hat, raw, grid):
    F_X, F_Y, gamma = attention(raw, grid)
    patches = [torch.bmm(torch.bmm(F_Y, image), F_X.mT) for image in (x, x_hat)]
    return gamma * torch.cat(patches, 1).flatten(1)  # (M, 2NN)


def write(w, raw, grid):
    F_X, F_Y, gamma = attention(raw, grid)
    w = (w / gamma).view(F_X.shape[0], F_X.shape[1], -1)  # (M, N, N)
    return torch.bmm(F_Y.mT, torch.bmm(w, F_X))  # (M, B, A)


def lstm(x, h, s, W, b):
    i, f, g, o = torch.addmm(b, torch.cat([*x, h], 1), W).chunk(4, 1)  # (M, H) each
    s = torch.sigmoid(f) * s + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(s), s


def step(joined, x, eps, state, grids, sizes):
    c, h_enc, s_enc, h_dec, s_dec, raw_read = state
    W_enc, b_enc, W_q, b_q, W_dec, b_dec, W_out, b_out = joined
    r = read(x, x - torch.sigmoid(c), raw_read, grids[0])
    h_enc, s_enc = lstm((r, h_dec), h_enc, s_enc, W_enc, b_enc)
    mu, log_sigma = torch.addmm(b_q, h_enc, W_q).chunk(2, 1)  # (M, Z) each
    h_dec, s_dec = lstm((mu + log_sigma.exp() * eps,), h_dec, s_dec, W_dec, b_dec)
    w, raw_write, raw_read = torch.addmm(b_out, h_dec, W_out).split(sizes, 1)
    c = c + write(w, raw_write, grids[1])
    return (c, h_enc, s_enc, h_dec, s_dec, raw_read), mu, log_sigma


def join(params):
    """Weights and biases, with maps of the same input side by side."""
    p = params
    q, out = ("mu", "log_sigma"), ("patch", "write", "read")
    W_q, W_out = (torch.cat([p[f"{n}.W"] for n in names], 1) for names in (q, out))
    b_q, b_out = (torch.cat([p[f"{n}.b"] for n in names]) for names in (q, out))
    return p["enc.W"], p["enc.b"], W_q, b_q, p["dec.W"], p["dec.b"], W_out, b_out


def loss(p, x, eps, grids, sizes, step=step):
    M = x.shape[0]
    names = ("c_0", "h_enc_0", "s_enc_0", "h_dec_0", "s_dec_0")
    c, *hidden = (p[name].expand(M, *p[name].shape) for name in names)
    raw_read = torch.addmm(p["read.b"], hidden[2], p["read.W"])
    state, joined = (c[:, 0], *hidden, raw_read), join(p)
    looks = []
    for eps_t in eps.unbind(0):
        state, *look = step(joined, x, eps_t, state, grids, sizes)
        looks.append(look)
    mu, log_sigma = (torch.stack(v) for v in zip(*looks, strict=True))  # (T, M, Z)
    L_x = F.binary_cross_entropy_with_logits(state[0], x, reduction="sum")
    L_z = 0.5 * (mu**2 + (2 * log_sigma).exp() - 2 * log_sigma - 1).sum()
    return (L_x + L_z) / M


def bound_of(config, like, compiled=None):
    """The loss of (params, x, eps), eager or with ``compiled``: "whole" or "step" (one t)."""
    grids = [grid(config, N, like) for N in (config.N_read, config.N_write)]
    sizes, body, whole = [config.write_size, 5, 5], step, loss
    if compiled == "step":
        body = torch.compile(step, fullgraph=True, dynamic=False)
    if compiled == "whole":
        whole = torch.compile(loss, fullgraph=True, dynamic=False)
    return lambda params, x, eps: whole(params, x, eps, grids, sizes, body)


def weights(params, device="cpu"):
    """The parameters as leaves that gather gradients."""
    return {n: torch.tensor(v, device=device).requires_grad_() for n, v in params.items()}


def learner(bound, params, clip):
    """One training step as a function of (x, eps, lr); changes ``params`` in place.

    ``item`` of the loss waits for a GPU to be done.
    """
    adam = torch.optim.Adam(params.values(), LR, (BETA1, BETA2), EPSILON, fused=True)

    def learn(x, eps, lr):
        adam.param_groups[0]["lr"] = lr
        adam.zero_grad(set_to_none=True)
        value = bound(params, x, eps)
        value.backward()
        torch.nn.utils.clip_grad_norm_(params.values(), clip)
        adam.step()
        return value.item()

    return learn


def build(problem, compiled=None, device="cpu"):
    """The step of a problem, always with the same images and noise."""
    x, eps = (torch.tensor(v, device=device) for v in (problem.x[:, 0], problem.eps))
    bound = bound_of(problem.config, x, compiled)
    learn = learner(bound, weights(problem.params, device), CLIP)

    def gradient():
        p = weights(problem.params, device)
        value = bound(p, x, eps)
        value.backward()
        return value.item(), {name: v.grad.cpu().numpy() for name, v in p.items()}

    return Contender(gradient, lambda: learn(x, eps, LR))


def pupil(config, params, clip, compiled=None):
    """For ``result``: a step as a function of NumPy's (x, eps, lr), and the weights so far."""
    params = weights(params)
    bound = bound_of(config, next(iter(params.values())), compiled)
    learn = learner(bound, params, clip)

    def step(x, eps, lr):
        return learn(torch.from_numpy(x[:, 0]), torch.from_numpy(eps), lr)

    return step, lambda: {name: v.detach().numpy() for name, v in params.items()}
