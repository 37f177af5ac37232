"""Selective attention and its derivative (Eqs. 19-29).

Axes: ``M`` images, ``C`` channels, ``B`` rows (height, y), ``A`` columns (width, x),
``N`` filters along one side of the patch. Pixels and filters count from 1.
"""

from draw_np.attention import WIDTHS, Attention, default_stride
from draw_np.machine.backend import array_module


def transpose(F):
    """Swap the last two axes: a filterbank of shape (..., N, A) to (..., A, N)."""
    return F.swapaxes(-1, -2)


def attention_forward(raw, A, B, N):
    """The five parameters of the grid from the five outputs of a head (Eqs. 21-24).

    Parameters
    ----------
    raw : array, shape (M, 5)
        g~_X, g~_Y, log sigma^2, log delta~, log gamma; log sigma^2 is held within +-``WIDTHS``.
    A, B, N : int

    Returns
    -------
    Attention
    cache : tuple
    """
    xp = array_module(raw)
    g_X, g_Y, log_sigma2, log_delta, log_gamma = raw.T  # five of (M,)
    att = Attention(
        g_X=(A + 1) / 2 * (g_X + 1),  # (22)
        g_Y=(B + 1) / 2 * (g_Y + 1),  # (23)
        delta=default_stride(A, B, N) * xp.exp(log_delta),  # (24)
        sigma2=xp.exp(xp.clip(log_sigma2, -WIDTHS, WIDTHS)),
        gamma=xp.exp(log_gamma),
    )
    return att, (att, A, B, abs(log_sigma2) < WIDTHS)


def attention_backward(datt, cache):
    """draw, shape (M, 5), from an ``Attention`` of derivatives.

    The centres are linear in the outputs, with slopes (A+1)/2 and (B+1)/2. The other
    three are of the form v = k exp(u), so that dv/du = v and du = dv v. A log sigma^2 that
    is held moves nothing: its derivative is 0, and at the limit itself, too.
    """
    att, A, B, free = cache
    columns = [
        datt.g_X * ((A + 1) / 2),
        datt.g_Y * ((B + 1) / 2),
        datt.sigma2 * att.sigma2 * free,
        datt.delta * att.delta,
        datt.gamma * att.gamma,
    ]
    return array_module(datt.g_X).stack(columns, axis=1)


def filter_centres_forward(g, delta, N):
    """mu^i = g + delta (i - N/2 - 0.5): shapes (M,) to (M, N) (Eqs. 19, 20)."""
    i = array_module(g).arange(1, N + 1, dtype=g.dtype)  # (N,)
    offset = i - N / 2 - 0.5
    return g[:, None] + delta[:, None] * offset, offset


def filter_centres_backward(dmu, cache):
    """dg and ddelta from dmu, shape (M, N).

    Every filter moves with the centre, and by its offset with the stride:
    dg = sum_i dmu^i and ddelta = sum_i dmu^i (i - N/2 - 0.5).
    """
    offset = cache
    return dmu.sum(axis=1), dmu @ offset


def filterbank_forward(mu, sigma2, A):
    """F[i, a] = exp(-(a - mu_i)^2 / (2 sigma^2)) / Z_i, row sums 1 (Eqs. 25, 26).

    The exponent is measured from the nearest pixel a*, which changes nothing but
    keeps Z >= 1: (a - mu)^2 - (a* - mu)^2 = (a - a*) (a + a* - 2 mu).

    Parameters
    ----------
    mu : array, shape (M, N)
    sigma2 : array, shape (M,)
    A : int

    Returns
    -------
    F : array, shape (M, N, A)
    cache : tuple
    """
    xp = array_module(mu)
    a = xp.arange(1, A + 1, dtype=mu.dtype)  # (A,)
    mu, sigma2 = mu[:, :, None], sigma2[:, None, None]  # (M, N, 1), (M, 1, 1)
    nearest = xp.clip(xp.round(mu), 1, A)  # (M, N, 1)
    distance = a - nearest  # (M, N, A)
    exponent = distance * (a + nearest - 2 * mu) / (2 * sigma2)
    numerator = xp.exp(-exponent)
    F = numerator / numerator.sum(axis=2, keepdims=True)
    return F, (F, distance, exponent, sigma2)


def filterbank_backward(dF, cache):
    """dmu, shape (M, N), and dsigma2, shape (M,), from dF, shape (M, N, A).

    A row is a softmax F_a = exp(e_a) / sum_k exp(e_k) of e_a = -(a - mu)^2 / (2 sigma^2).
    From dF_k/de_a = F_k (1[k = a] - F_a) follows

        de_a = F_a (dF_a - sum_k F_k dF_k)

    and with de_a/dmu = (a - mu) / sigma^2 and de_a/dsigma^2 = -e_a / sigma^2

        dmu = sum_a de_a (a - mu) / sigma^2      dsigma^2 = -sum_a de_a e_a / sigma^2

    Each row of de sums to 0, so a number that is the same for all pixels may be taken
    from a - mu and from -e_a. We take that of the nearest pixel a*, as in ``forward``:
    with mu far outside the image what is left stays small, and so does its rounding.
    """
    F, distance, exponent, sigma2 = cache
    de = F * (dF - (F * dF).sum(axis=2, keepdims=True))  # (M, N, A)
    dmu = (de * distance / sigma2).sum(axis=2)
    dsigma2 = (de * exponent / sigma2).sum(axis=(1, 2))
    return dmu, dsigma2


def filterbanks_forward(att, A, B, N):
    """Both filterbanks of a grid: F_X, shape (M, N, A), and F_Y, shape (M, N, B)."""
    mu_X, offset = filter_centres_forward(att.g_X, att.delta, N)
    mu_Y, _ = filter_centres_forward(att.g_Y, att.delta, N)
    F_X, cache_X = filterbank_forward(mu_X, att.sigma2, A)
    F_Y, cache_Y = filterbank_forward(mu_Y, att.sigma2, B)
    return (F_X, F_Y), (cache_X, cache_Y, offset)


def filterbanks_backward(dF_X, dF_Y, cache):
    """An ``Attention`` of derivatives from dF_X and dF_Y; that of gamma is 0.

    Stride and variance are shared by both filterbanks: their derivatives are sums.
    """
    cache_X, cache_Y, offset = cache
    dmu_X, dsigma2_X = filterbank_backward(dF_X, cache_X)
    dmu_Y, dsigma2_Y = filterbank_backward(dF_Y, cache_Y)
    dg_X, ddelta_X = filter_centres_backward(dmu_X, offset)
    dg_Y, ddelta_Y = filter_centres_backward(dmu_Y, offset)
    none = array_module(dg_X).zeros_like(dg_X)
    return Attention(dg_X, dg_Y, ddelta_X + ddelta_Y, dsigma2_X + dsigma2_Y, none)


def glimpse_forward(x, att, N):
    """The patch gamma F_Y x F_X^T: shapes (M, C, B, A) to (M, C, N, N) (Eq. 27)."""
    B, A = x.shape[2:]
    (F_X, F_Y), banks = filterbanks_forward(att, A, B, N)
    F_X, F_Y = F_X[:, None], F_Y[:, None]  # the same for all channels
    rows = F_Y @ x  # (M, C, N, A)
    patch = rows @ transpose(F_X)  # (M, C, N, N)
    gamma = att.gamma[:, None, None, None]
    return gamma * patch, (x, F_X, F_Y, rows, patch, gamma, banks)


def glimpse_backward(dout, cache):
    """dx, shape (M, C, B, A), and an ``Attention`` of derivatives from dout.

    With R = F_Y x, P = R F_X^T and out = gamma P, one product at a time:

        dgamma = sum dout P      dP = gamma dout
        dR = dP F_X              dF_X = sum_c dP^T R
        dx = F_Y^T dR            dF_Y = sum_c dR x^T
    """
    x, F_X, F_Y, rows, patch, gamma, banks = cache
    dpatch = gamma * dout
    drows = dpatch @ F_X  # (M, C, N, A)
    dF_X = (transpose(dpatch) @ rows).sum(axis=1)  # (M, N, A)
    dF_Y = (drows @ transpose(x)).sum(axis=1)  # (M, N, B)
    datt = filterbanks_backward(dF_X, dF_Y, banks)
    datt = datt._replace(gamma=(dout * patch).sum(axis=(1, 2, 3)))
    return transpose(F_Y) @ drows, datt


def read_forward(x, x_hat, att, N):
    """[patch of x, patch of x_hat], flat: shape (M, 2 C N N) (Eq. 27)."""
    both = array_module(x).concatenate([x, x_hat], axis=1)  # (M, 2C, B, A)
    patch, cache = glimpse_forward(both, att, N)
    return patch.reshape(x.shape[0], -1), (cache, patch.shape)


def read_backward(dr, cache):
    """dx, dx_hat and an ``Attention`` of derivatives from dr, shape (M, 2 C N N)."""
    cache, shape = cache
    dboth, datt = glimpse_backward(dr.reshape(shape), cache)
    C = shape[1] // 2
    return dboth[:, :C], dboth[:, C:], datt


def read_all_forward(x, x_hat):
    """[x, x_hat], flat: shape (M, 2 C B A) (Eq. 17)."""
    both = array_module(x).concatenate([x, x_hat], axis=1)  # (M, 2C, B, A)
    return both.reshape(x.shape[0], -1), both.shape


def read_all_backward(dr, cache):
    """dx and dx_hat, shape (M, C, B, A), from dr: the two halves."""
    dboth, C = dr.reshape(cache), cache[1] // 2
    return dboth[:, :C], dboth[:, C:]


def write_forward(w, att, A, B):
    """(1/gamma) F_Y^T w F_X: shapes (M, C, N, N) to (M, C, B, A) (Eq. 29)."""
    (F_X, F_Y), banks = filterbanks_forward(att, A, B, w.shape[-1])
    F_X, F_Y = F_X[:, None], F_Y[:, None]  # the same for all channels
    columns = transpose(F_Y) @ w  # (M, C, B, N)
    gamma = att.gamma[:, None, None, None]
    out = columns @ F_X / gamma  # (M, C, B, A)
    return out, (w, F_X, F_Y, columns, out, gamma, banks)


def write_backward(dout, cache):
    """dw, shape (M, C, N, N), and an ``Attention`` of derivatives from dout.

    With Q = F_Y^T w, S = Q F_X and out = S / gamma, one product at a time:

        dgamma = -sum dout out / gamma      dS = dout / gamma
        dQ = dS F_X^T                       dF_X = sum_c Q^T dS
        dw = F_Y dQ                         dF_Y = sum_c w dQ^T
    """
    w, F_X, F_Y, columns, out, gamma, banks = cache
    dstroke = dout / gamma  # (M, C, B, A)
    dcolumns = dstroke @ transpose(F_X)  # (M, C, B, N)
    dF_X = (transpose(columns) @ dstroke).sum(axis=1)  # (M, N, A)
    dF_Y = (w @ transpose(dcolumns)).sum(axis=1)  # (M, N, B)
    datt = filterbanks_backward(dF_X, dF_Y, banks)
    datt = datt._replace(gamma=-(dstroke * out).sum(axis=(1, 2, 3)))
    return F_Y @ dcolumns, datt
