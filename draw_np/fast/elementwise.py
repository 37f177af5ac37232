"""The element-wise work of ``unrolled``: what lies between its products.

Each function is one equation or a few, written into arrays that are given, and nothing
else: ufuncs, operators and ``v[...] =``. So each can become one kernel on a GPU
(``backend.fused``); on NumPy they are what they say. Numbers are kept as in ``unrolled``:
``h`` is 2h, ``c`` is c/2, ``p`` is tanh(c/2), the gates i, f, o lie in (0, 2).

What is written has the shape of the whole. ``spare`` is memory whose content is of no use
before or after.
"""

from draw_np.machine.backend import fused

# --- The cell ------------------------------------------------------------------------


@fused
def cell_forward(xp, a_i, a_f, a_g, a_o, i, f, g, o, s_old, s, spare, h, *copies):
    """``manual.lstm``, with p = 2 sigmoid in the place of i, f, o and 2h in that of h."""
    xp.tanh(a_i, out=i)
    xp.tanh(a_f, out=f)
    xp.tanh(a_g, out=g)
    xp.tanh(a_o, out=o)
    i += 1
    f += 1
    o += 1
    xp.multiply(f, s_old, out=s)
    xp.multiply(i, g, out=spare)
    s += spare
    s *= 0.5
    xp.tanh(s, out=spare)
    xp.multiply(o, spare, out=h)
    for copy in copies:
        copy[...] = h


@fused
def cell_backward(xp, dh, more, ds, i, f, g, o, s_old, s, tanh_s, dho, spare):
    """``manual.lstm``: da in the place of the gates, ds of the step before in that of ds.

    dh comes in two parts, dh and ``more``. With p = 1 + tanh(a) for i, f, o:
    dp/da = 1 - tanh^2 = p (2 - p). And as 2h = o tanh(s) and 2s = f s_old + i g, both with
    p for sigmoid,

        ds += dh o (1 - tanh(s)^2)           e = ds / 2
        da_o = dh o tanh(s) (2 - o)          da_f = e f s_old (2 - f)
        da_i = e i g (2 - i)                 da_g = e i (1 - g^2)           ds_old = e f
    """
    dh += more
    xp.tanh(s, out=tanh_s)
    xp.multiply(dh, o, out=dho)
    xp.multiply(tanh_s, tanh_s, out=spare)
    xp.subtract(1, spare, out=spare)
    spare *= dho
    ds += spare
    ds *= 0.5
    dho *= tanh_s
    ei = xp.multiply(ds, i, out=tanh_s)
    ds *= f
    xp.subtract(2, i, out=i)
    xp.subtract(2, f, out=f)
    xp.subtract(2, o, out=o)
    o *= dho
    xp.multiply(ds, s_old, out=spare)
    f *= spare
    xp.multiply(ei, g, out=spare)
    i *= spare
    xp.multiply(g, g, out=spare)
    xp.subtract(1, spare, out=spare)
    xp.multiply(ei, spare, out=g)


@fused
def pass_back(xp, dx_h_enc, dx_enc_h_dec, dx_dec_h_dec, dh_enc, dh_dec):
    """What the inputs of both cells give back to the h of the step before."""
    dh_enc[...] = dx_h_enc
    xp.add(dx_dec_h_dec, dx_enc_h_dec, out=dh_dec)


# --- The latent ----------------------------------------------------------------------


@fused
def draw(xp, mu, log_sigma, eps, sigma, noise, z):
    """z_t (Eqs. 2, 6)."""
    xp.exp(log_sigma, out=sigma)
    xp.multiply(sigma, eps, out=noise)
    xp.add(mu, noise, out=z)


@fused
def draw_backward(xp, dz, noise, mu, log_sigma, spare):
    """dmu += dz, dlog_sigma += dz sigma eps."""
    mu += dz
    xp.multiply(dz, noise, out=spare)
    log_sigma += spare


# --- The filterbanks -----------------------------------------------------------------


@fused
def locate(xp, mu, last, nearest, shift):
    """The pixel a* that is nearest to mu, and 2 (a* - mu)."""
    xp.rint(mu, out=nearest)
    xp.maximum(nearest, 1, out=nearest)
    xp.minimum(nearest, last, out=nearest)
    xp.subtract(nearest, mu, out=shift)
    shift *= 2


@fused
def exponential(xp, pixels, nearest, shift, scale, beyond, d, F):
    """Rows that are not yet divided by their sum (Eqs. 25, 26).

    With d = a - a*: exp(d (d + 2 (a* - mu)) scale), where scale is -1 / (2 sigma^2); and 0
    beyond the end of a shorter side, if there is one.
    """
    xp.subtract(pixels, nearest, out=d)
    xp.add(d, shift, out=F)  # a + a* - 2 mu
    F *= d
    F *= scale
    if beyond is not None:
        F += beyond
    xp.exp(F, out=F)


@fused
def weighted(xp, F, moment, pixels, nearest, de, d):
    """de d in the place of de F, and de d^2 in that of d.

    ``moment`` is the sum of de F over a row; de = F (dF - moment), d = a - a*.
    """
    xp.multiply(F, moment, out=d)
    de -= d
    xp.subtract(pixels, nearest, out=d)
    de *= d
    xp.multiply(de, d, out=d)


@fused
def moments(xp, sum_d, sum_d2, shift, scale, of_mu, of_scale):
    """-dmu / 2, and the derivative of scale, from the sums of de d and de d^2 over a row."""
    xp.multiply(sum_d, scale, out=of_mu)
    xp.multiply(sum_d, shift, out=of_scale)
    of_scale += sum_d2


@fused
def numbers_backward(xp, of_centre, of_scales, centre, scales):
    """From [g~ + 1] and [1 / sigma^2, delta~] to what the heads put out, in their place."""
    centre[...] = of_centre
    scales *= of_scales


# --- Reading and writing -------------------------------------------------------------


@fused
def read_whole(xp, c, x_half, p, r):
    """x_hat = x - 1/2 - p/2 (Eqs. 3, 17)."""
    xp.tanh(c, out=p)
    xp.multiply(p, -0.5, out=r)
    r += x_half


@fused
def read_patches(xp, of_x, of_p, gamma, r_x, r_x_hat):
    """Both patches (Eq. 27): that of x_hat is that of x, less 1/2, less half that of p."""
    of_p *= -0.5
    of_p -= 0.5
    of_p += of_x
    xp.multiply(of_x, gamma, out=r_x)
    xp.multiply(of_p, gamma, out=r_x_hat)


@fused
def scale_patch(xp, patch, gamma):
    """The patch that is written, times 1 / gamma (Eq. 29)."""
    patch *= gamma


@fused
def read_patches_backward(xp, dr_x, dr_x_hat, r_x, r_x_hat, gamma, of_x, of_p, of_gamma):
    """Derivatives of the patches of x and of p, and of log gamma, entry by entry."""
    xp.multiply(dr_x, r_x, out=of_gamma)
    xp.multiply(dr_x_hat, r_x_hat, out=of_x)
    of_gamma += of_x
    xp.multiply(dr_x_hat, gamma, out=of_p)
    xp.multiply(dr_x, gamma, out=of_x)
    of_x += of_p
    of_p *= -0.5


@fused
def error_backward(xp, dp, p, dc):
    """From p = tanh(c) to c: dp/dc = 1 - p^2. Spoils dp."""
    dc += dp
    dp *= p
    dp *= p
    dc -= dp


@fused
def write_patch_backward(xp, dpatch, gamma, patch, of_gamma):
    """The derivative of the written patch in its place; of log gamma, entry by entry."""
    xp.multiply(dpatch, patch, out=of_gamma)
    xp.multiply(dpatch, gamma, out=patch)


# --- The likelihood ------------------------------------------------------------------


@fused
def likelihood(xp, x, c, weight, nll, dc, spare):
    """Every pixel's cost, and dc (of c/2), times ``weight`` (Eq. 9).

    softplus(c) = max(c, 0) - log sigmoid(|c|), and sigmoid(|c|) = (1 + |p|) / 2.
    """
    xp.tanh(c, out=dc)
    xp.abs(dc, out=spare)
    spare += 1
    spare *= 0.5
    xp.log(spare, out=spare)
    xp.maximum(c, 0, out=nll)
    nll *= 2
    nll -= spare
    xp.multiply(x, c, out=spare)
    spare *= 2
    nll -= spare
    dc += 1  # 2 sigmoid(c)
    dc -= x
    dc -= x
    dc *= weight
