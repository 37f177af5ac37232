"""The element-wise work of ``step``: what lies between its products.

Each function is one equation or a few, written into arrays that are given, and nothing
else: ufuncs, operators and ``v[...] =``. So each can become one kernel on a GPU
(``backend.fused``); on NumPy they are what they say. What the arrays hold is in the table
of ``workspace``: ``h`` is 2h, ``c`` is c/2, the gates i, f, o lie in (0, 2).

What is written has the shape of the whole. ``spare`` is memory whose content is of no use
before or after.
"""

from draw_np.machine.backend import fused

# --- The cell ------------------------------------------------------------------------


@fused
def cell_forward(xp, a_i, a_f, a_g, a_o, i, f, g, o, s_before, s, spare, h, *copies):
    """``manual.lstm.lstm_forward``, with 2 sigmoid in the place of i, f, o and 2h in that of h."""
    xp.tanh(a_i, out=i)
    xp.tanh(a_f, out=f)
    xp.tanh(a_g, out=g)
    xp.tanh(a_o, out=o)
    i += 1
    f += 1
    o += 1
    xp.multiply(f, s_before, out=s)
    xp.multiply(i, g, out=spare)
    s += spare
    s *= 0.5
    xp.tanh(s, out=spare)
    xp.multiply(o, spare, out=h)
    for copy in copies:
        copy[...] = h


@fused
def cell_backward(
    xp, dh, dh_more, ds, i, f, g, o, s_before, s, da_i, da_f, da_g, da_o, tanh_s, dho, spare
):
    """``manual.lstm.lstm_backward``: da, and ds of the step before in that of ds. Spoils the gates.

    dh comes in two parts, dh and ``dh_more``. With i = 1 + tanh(a), and so f and o:
    di/da = 1 - tanh^2 = i (2 - i). And as 2h = o tanh(s) and 2s = f s_before + i g,

        ds += dh o (1 - tanh(s)^2)           e = ds / 2
        da_o = dh o tanh(s) (2 - o)          da_f = e f s_before (2 - f)
        da_i = e i g (2 - i)                 da_g = e i (1 - g^2)           ds_before = e f
    """
    dh += dh_more
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
    xp.multiply(o, dho, out=da_o)
    xp.multiply(ds, s_before, out=spare)
    xp.multiply(f, spare, out=da_f)
    xp.multiply(ei, g, out=spare)
    xp.multiply(i, spare, out=da_i)
    xp.multiply(g, g, out=spare)
    xp.subtract(1, spare, out=spare)
    xp.multiply(ei, spare, out=da_g)


@fused
def pass_back(xp, dx_h_enc, dx_enc_h_dec, dx_dec_h_dec, dh_enc, dh_dec):
    """``manual.model.step_backward``: what both cells' inputs give back to the h before them."""
    dh_enc[...] = dx_h_enc
    xp.add(dx_dec_h_dec, dx_enc_h_dec, out=dh_dec)


# --- The latent ----------------------------------------------------------------------


@fused
def draw(xp, mu, log_sigma, eps, sigma, noise, z):
    """``manual.latent.sample_forward``: z_t (Eqs. 2, 6)."""
    xp.exp(log_sigma, out=sigma)
    xp.multiply(sigma, eps, out=noise)
    xp.add(mu, noise, out=z)


@fused
def draw_backward(xp, dz, noise, mu, log_sigma, spare):
    """``manual.latent.sample_backward``: dmu += dz, dlog_sigma += dz sigma eps."""
    mu += dz
    xp.multiply(dz, noise, out=spare)
    log_sigma += spare


# --- The filterbanks -----------------------------------------------------------------


@fused
def hold(xp, logarithms, low, high, free, spare):
    """``manual.attention.attention_forward``: 1 / sigma^2, delta~, gamma from their logarithms.

    In their place, after each is held within its limits (only log sigma^2 has any). ``free``
    says which are within them, and not at one: only these have a derivative.
    """
    xp.absolute(logarithms, out=spare)
    xp.less(spare, high, out=free)
    xp.maximum(logarithms, low, out=spare)
    xp.minimum(spare, high, out=spare)
    xp.exp(spare, out=logarithms)


@fused
def locate(xp, mu, last, nearest, shift):
    """``manual.attention.filterbank_forward``: the pixel a* nearest to mu, and 2 (a* - mu)."""
    xp.rint(mu, out=nearest)
    xp.maximum(nearest, 1, out=nearest)
    xp.minimum(nearest, last, out=nearest)
    xp.subtract(nearest, mu, out=shift)
    shift *= 2


@fused
def exponential(xp, pixels, nearest, shift, scale, beyond, d, F):
    """``manual.attention.filterbank_forward``: rows not yet divided by their sum (Eqs. 25, 26).

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
def weighted(xp, F, mean_dF, pixels, nearest, de, d):
    """``manual.attention.filterbank_backward``: de d in the place of de, de d^2 in that of d.

    de comes as F dF; ``mean_dF`` is its sum over a row; de = F (dF - mean_dF), d = a - a*.
    """
    xp.multiply(F, mean_dF, out=d)
    de -= d
    xp.subtract(pixels, nearest, out=d)
    de *= d
    xp.multiply(de, d, out=d)


@fused
def moments(xp, sum_d, sum_d2, shift, scale, dmu, dscale):
    """``manual.attention.filterbank_backward``: -dmu / 2 in the place of dmu, and dscale.

    From the sums of de d and de d^2 over a row.
    """
    xp.multiply(sum_d, scale, out=dmu)
    xp.multiply(sum_d, shift, out=dscale)
    dscale += sum_d2


@fused
def numbers_backward(xp, dcentres, dscales, free, centres, scales):
    """``manual.attention.attention_backward``: dg~ and the logarithms' derivatives, in place."""
    centres[...] = dcentres
    scales *= dscales
    scales *= free


# --- Reading and writing -------------------------------------------------------------


@fused
def read_whole(xp, c, x_less_half, tanh_c, r):
    """``manual.attention.read_all_forward``: x_hat = x - 1/2 - tanh(c/2) / 2 (Eqs. 3, 17)."""
    xp.tanh(c, out=tanh_c)
    xp.multiply(tanh_c, -0.5, out=r)
    r += x_less_half


@fused
def read_patches(xp, of_x, of_tanh_c, gamma, r_x, r_x_hat):
    """``manual.attention.read_forward``: both patches times gamma (Eq. 27).

    That of x_hat is that of x, less 1/2, less half that of tanh(c/2).
    """
    of_tanh_c *= -0.5
    of_tanh_c -= 0.5
    of_tanh_c += of_x
    xp.multiply(of_x, gamma, out=r_x)
    xp.multiply(of_tanh_c, gamma, out=r_x_hat)


@fused
def scale_patch(xp, patch, gamma):
    """``manual.attention.write_forward``: the patch that is written, times 1 / gamma (Eq. 29)."""
    patch *= gamma


@fused
def read_patches_backward(xp, dr_x, dr_x_hat, r_x, r_x_hat, gamma, dof_x, dof_tanh_c, dlog_gamma):
    """``manual.attention.glimpse_backward``: derivatives of both patches, and of log gamma.

    r is gamma times a patch, so that dlog gamma = gamma dgamma is the sum of dr r: here entry
    by entry.
    """
    xp.multiply(dr_x, r_x, out=dlog_gamma)
    xp.multiply(dr_x_hat, r_x_hat, out=dof_x)
    dlog_gamma += dof_x
    xp.multiply(dr_x_hat, gamma, out=dof_tanh_c)
    xp.multiply(dr_x, gamma, out=dof_x)
    dof_x += dof_tanh_c
    dof_tanh_c *= -0.5


@fused
def error_backward(xp, dtanh_c, tanh_c, dc):
    """``manual.nn.tanh_backward``: from tanh(c/2) to c/2, with 1 - tanh^2. Spoils dtanh_c."""
    dc += dtanh_c
    dtanh_c *= tanh_c
    dtanh_c *= tanh_c
    dc -= dtanh_c


@fused
def write_patch_backward(xp, dpatch, gamma, patch, dlog_gamma):
    """``manual.attention.write_backward``: that of the patch in its place, and of -log gamma.

    ``patch`` is already w / (2 gamma), so that the latter is dpatch patch, entry by entry.
    """
    xp.multiply(dpatch, patch, out=dlog_gamma)
    xp.multiply(dpatch, gamma, out=patch)


# --- The likelihood ------------------------------------------------------------------


@fused
def likelihood(xp, x, c, weight, costs, dc, spare):
    """``manual.likelihood.bernoulli_forward`` and ``bernoulli_backward``, pixel by pixel (Eq. 9).

    softplus(c) = max(c, 0) - log sigmoid(|c|), and sigmoid(|c|) = (1 + tanh(|c| / 2)) / 2.
    dc, that of c/2, is 2 (sigmoid(c) - x), times ``weight``.
    """
    xp.tanh(c, out=dc)
    xp.abs(dc, out=spare)
    spare += 1
    spare *= 0.5
    xp.log(spare, out=spare)
    xp.maximum(c, 0, out=costs)
    costs *= 2
    costs -= spare
    xp.multiply(x, c, out=spare)
    spare *= 2
    costs -= spare
    dc += 1  # 2 sigmoid(c)
    dc -= x
    dc -= x
    dc *= weight
