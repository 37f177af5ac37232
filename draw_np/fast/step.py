"""One step of DRAW, forward and backward: the equations, on arrays that are given.

Read ``manual.model.step_forward`` and ``step_backward`` first: each function here names the
one there whose mathematics it is. What the arrays hold is in the table of ``workspace``; the
element-wise work between the products is in ``elementwise``, one kernel a function on a GPU.
"""

from draw_np.fast import elementwise


def product(part, x, V, out):
    """x V: a product large enough to let the thread beside this one have its turn.

    Python runs one thread at a time, and two threads that do short operations side by
    side wait for it 2800 times in a training step. If one does them while the other
    multiplies, it is 300 times (measured at the paper's sizes).
    """
    part.turn.release()
    try:
        return part.xp.matmul(x, V, out=out)
    finally:
        part.turn.acquire()


def sum_rows(part, F, out):
    """The sum of every row of (M, G, L), as one product with a vector of ones."""
    part.xp.matmul(F.reshape(-1, F.shape[2]), part.ws.ones, out=out.reshape(-1))


def merge_channels(v):
    """(M, C, N, K) as (M, C N, K): one matrix an image, all of whose rows a product takes."""
    return v.reshape(v.shape[0], -1, v.shape[3])


# --- Forward -------------------------------------------------------------------------


def step_forward(part, t, eps):
    """Step t + 1 of the segment (``manual.model.step_forward``)."""
    step, before, after = part.steps[t], part.decided[t], part.decided[t + 1]
    read_forward(part, step, before)
    part.lap("read")
    lstm_forward(part, step.enc, part.ws.enc.V)
    part.lap("encoder")
    latent_forward(part, step, eps)
    part.lap("latent")
    lstm_forward(part, step.dec, part.ws.dec.V)
    part.lap("decoder")
    heads_forward(part, after)
    part.lap("filterbanks")
    write_forward(part, step, after)
    part.lap("write")


def read_forward(part, step, before):
    """r_t from x, c_{t-1} and the window of h_{t-1}^dec (``manual.attention.read_forward``).

    With x_hat = x - 1/2 - tanh(c/2) / 2 and rows of F that sum to 1, the patch of x_hat is
    that of x, less 1/2, less half that of tanh(c/2).
    """
    xp, k = part.xp, part.config
    if k.N_read is None:  # manual.attention.read_all_forward
        elementwise.read_whole(xp, part.c, part.x_less_half, step.tanh_c, step.r)
        return
    xp.tanh(part.c, out=step.tanh_c)
    bank, C = before.banks["read"], k.C
    xp.matmul(bank.Y_all, part.x, out=step.rows_read[:, :C])  # (M, C, N, A)
    xp.matmul(bank.Y_all, step.tanh_c, out=step.rows_read[:, C:])
    patches = xp.matmul(merge_channels(step.rows_read), bank.X_T)
    patches = patches.reshape(step.r.shape)  # (M, 2C, N, N)
    gamma = before.gamma_all["read"]
    elementwise.read_patches(xp, patches[:, :C], patches[:, C:], gamma, step.r_x, step.r_x_hat)


def lstm_forward(part, cell, V):
    """``manual.lstm.lstm_forward``."""
    product(part, cell.x, V, out=part.a)
    if cell.a_of_image is not None:
        part.a += cell.a_of_image
    elementwise.cell_forward(
        part.xp, *part.a_by_gate, *cell.gates,
        cell.s_before, cell.s, part.spare_h[0], cell.h, *cell.copies,
    )  # fmt: skip


def latent_forward(part, step, eps):
    """z_t (``manual.model.latent_forward``); its cost is taken for all steps in ``kl``."""
    product(part, step.x_latent, part.ws.latent.V, out=step.mu_log_sigma)
    elementwise.draw(part.xp, step.mu, step.log_sigma, eps, step.sigma, step.noise, step.z)


def heads_forward(part, after):
    """All that h_t^dec decides: patch, windows, filterbanks.

    ``manual.model.head_forward`` for both windows, with ``manual.attention.filterbanks_forward``.
    """
    xp, ws = part.xp, part.ws
    product(part, after.x_heads, ws.heads.V, out=after.y)
    if not ws.windows:
        return
    elementwise.hold(xp, after.logarithms, *ws.limits, after.free, part.spare_logarithms)
    xp.matmul(after.numbers, ws.place, out=after.mu_and_scale)
    elementwise.locate(xp, after.mu, ws.last, after.nearest, after.shift)
    elementwise.exponential(
        xp, ws.pixels, after.nearest[..., None], after.shift[..., None], after.scale[..., None],
        ws.beyond, part.spare_F, after.F,
    )  # fmt: skip
    sum_rows(part, after.F, out=part.row_sum)
    after.F /= part.row_sum[..., None]


def write_forward(part, step, after):
    """Add the stroke of h_t^dec to the canvas (``manual.attention.write_forward``)."""
    xp = part.xp
    if part.config.N_write is None:
        part.c += after.patch
        return
    bank = after.banks["write"]
    elementwise.scale_patch(xp, after.patch, after.gamma_all["write"])
    rows = step.rows_written  # (M, C, N, A)
    xp.matmul(merge_channels(after.patch), bank.X, out=merge_channels(rows))
    xp.matmul(bank.Y_T_all, rows, out=part.spare_image)
    part.c += part.spare_image


# --- The two terms of the bound ------------------------------------------------------


def kl(part, n, L_z):
    """``manual.latent.kl_forward`` and ``kl_backward`` of n steps, each image with weight 1/M.

    Twice the cost, summed over the images, goes to ``L_z``; the derivatives mu / M and
    (sigma^2 - 1) / M are left in the place of mu and log sigma.
    """
    ws, Z, weight, costs = part.ws, part.config.Z, 1 / part.ws.M, part.costs[:n]
    mu, log_sigma = ws.mu_log_sigma[:n, part.rows, :Z], ws.mu_log_sigma[:n, part.rows, Z:]
    sigma2 = ws.sigma[:n, part.rows]
    sigma2 *= sigma2
    part.xp.multiply(mu, mu, out=costs)
    costs -= log_sigma
    costs -= log_sigma
    part.xp.subtract(sigma2, 1, out=log_sigma)
    costs += log_sigma
    costs.sum(axis=(1, 2), out=L_z)
    log_sigma *= weight
    mu *= weight


def likelihood(part):
    """``manual.likelihood.bernoulli_forward`` and ``bernoulli_backward``: L_x and dc.

    L_x is summed over the images; dc, that of c/2, has the weight 1/M.
    """
    costs, weight = part.pixel_costs, 1 / part.ws.M
    elementwise.likelihood(part.xp, part.x, part.c, weight, costs, part.dc, part.spare_image)
    return costs.sum()


# --- Backward ------------------------------------------------------------------------


def step_backward(part, t):
    """``step_forward``, from its last line to its first (``manual.model.step_backward``)."""
    ws, k = part.ws, part.config
    step, before, after = part.steps[t], part.decided[t], part.decided[t + 1]
    R, H, Z = ws.R, k.H, k.Z
    write_backward(part, step, after)
    part.lap("write backward")
    heads_backward(part, after)
    part.lap("filterbanks backward")
    lstm_backward(part, step.dec, part.dh_dec, part.ds_dec, ws.dec.V_T, part.dx_dec)
    part.lap("decoder backward")
    latent_backward(part, step, part.dx_dec[:, :Z])
    part.lap("latent backward")
    lstm_backward(part, step.enc, part.dh_enc, part.ds_enc, ws.enc.V_T, part.dx_enc)
    if k.N_read is None:
        part.da_of_image += step.enc.da
    dr, dh_dec, dh_enc = part.dx_enc[:, :R], part.dx_enc[:, R : R + H], part.dx_enc[:, R + H :]
    elementwise.pass_back(part.xp, dh_enc, dh_dec, part.dx_dec[:, Z:], part.dh_enc, part.dh_dec)
    part.lap("encoder backward")
    read_backward(part, step, before, dr.reshape(step.r.shape))
    part.lap("read backward")


def write_backward(part, step, after):
    """``manual.attention.write_backward``: leaves the derivatives of patch, window and banks.

    That of the canvas passes on unchanged.
    """
    xp = part.xp
    if part.config.N_write is None:
        after.patch[...] = part.dc
        return
    bank, dbank = after.banks["write"], part.dbanks["write"]
    drows = merge_channels(xp.matmul(bank.Y_all, part.dc))  # (M, C N, A)
    sum_over_channels(part, step.rows_written, part.dc.swapaxes(2, 3), dbank.Y)
    xp.matmul(merge_channels(after.patch).swapaxes(1, 2), drows, out=dbank.X)
    dpatch = xp.matmul(drows, bank.X_T).reshape(after.patch.shape)  # (M, C, N, N)
    dlog_gamma = xp.empty(dpatch.shape, dpatch.dtype)  # entry by entry
    elementwise.write_patch_backward(xp, dpatch, after.gamma_all["write"], after.patch, dlog_gamma)
    dlog_gamma.reshape(part.M, -1).sum(axis=1, out=after.gamma["write"])


def sum_over_channels(part, rows, images_T, dY, add=False):
    """dF_Y = sum_c rows_c image_c^T, (M, N, B): ``manual.attention.glimpse_backward``.

    Added to what is there, if ``add``.
    """
    for c in range(rows.shape[1]):
        if add or c:
            dY += part.xp.matmul(rows[:, c], images_T[:, c])
        else:
            part.xp.matmul(rows[:, c], images_T[:, c], out=dY)


def heads_backward(part, after):
    """From dF, and what ``read_backward`` and ``write_backward`` left: dh_dec.

    ``manual.attention.filterbank_backward`` and ``attention_backward``, of both windows. With
    d = a - a* and q = d (d + 2 (a* - mu)), a row is the softmax of -q / (2 sigma^2).
    Sums of de over a row are 0, so with dmu = sum de (a - mu) / sigma^2 any
    pixel may be the origin, and q changes with mu by the same for all pixels.
    """
    if part.ws.windows:
        windows_backward(part, after)
    product(part, after.y, part.ws.heads.V_T, out=part.dh_by_maps)


def windows_backward(part, after):
    """``manual.attention.filterbanks_backward``: from dF to the windows' numbers, in place."""
    xp, ws, dF = part.xp, part.ws, part.dF
    dF *= after.F
    sum_rows(part, dF, out=part.row_sum)
    elementwise.weighted(
        xp, after.F, part.row_sum[..., None], ws.pixels, after.nearest[..., None], dF, part.spare_F
    )
    sum_rows(part, dF, out=part.row_sum)  # sum de d
    sum_rows(part, part.spare_F, out=part.row_sum_2)  # sum de d^2
    elementwise.moments(
        xp, part.row_sum, part.row_sum_2, after.shift, after.scale, part.dmu, part.dscale
    )
    xp.matmul(part.dmu_and_dscale, ws.place_T, out=part.dnumbers)
    elementwise.numbers_backward(
        xp, part.dcentres, part.dscales, after.free_scales, after.centres, after.scales
    )


def lstm_backward(part, cell, dh, ds, V_T, dx):
    """``manual.lstm.lstm_backward``: da, and ds of the step before in the place of ds.

    To dh comes what the maps after the cell have left in ``part.dh_by_maps``.
    """
    elementwise.cell_backward(
        part.xp, dh, part.dh_by_maps, ds, *cell.gates,
        cell.s_before, cell.s, *cell.da_by_gate, *part.spare_h,
    )  # fmt: skip
    product(part, cell.da, V_T, out=dx)


def latent_backward(part, step, dz):
    """``manual.model.latent_backward``; what ``kl`` left is in dmu and dlog sigma already."""
    elementwise.draw_backward(part.xp, dz, step.noise, step.mu, step.log_sigma, part.spare_z)
    product(part, step.mu_log_sigma, part.ws.latent.V_T, out=part.dh_by_maps)


def read_backward(part, step, before, dr):
    """``manual.model.look_backward``: from dr to the canvas, and to the window that read."""
    if part.config.N_read is None:
        part.xp.multiply(dr, -0.5, out=part.spare_image)
    else:
        patches_backward(part, step, before, dr, part.spare_image)
    elementwise.error_backward(part.xp, part.spare_image, step.tanh_c, part.dc)


def patches_backward(part, step, before, dr, dtanh_c):
    """``manual.attention.read_backward``; leaves dtanh_c and the window's derivatives."""
    xp, C = part.xp, part.config.C
    bank, dbank = before.banks["read"], part.dbanks["read"]
    dpatches, dlog_gamma = xp.empty(dr.shape, dr.dtype), xp.empty(step.r_x.shape, dr.dtype)
    elementwise.read_patches_backward(
        xp, dr[:, :C], dr[:, C:], step.r_x, step.r_x_hat, before.gamma_all["read"],
        dpatches[:, :C], dpatches[:, C:], dlog_gamma,
    )  # fmt: skip
    dlog_gamma.reshape(part.M, -1).sum(axis=1, out=before.gamma["read"])
    dpatches = merge_channels(dpatches)  # (M, 2C N, N)
    xp.matmul(dpatches.swapaxes(1, 2), merge_channels(step.rows_read), out=dbank.X)
    drows = xp.matmul(dpatches, bank.X).reshape(step.rows_read.shape)  # (M, 2C, N, A)
    sum_over_channels(part, drows[:, :C], part.x_T, dbank.Y)
    sum_over_channels(part, drows[:, C:], step.tanh_c.swapaxes(2, 3), dbank.Y, add=True)
    xp.matmul(bank.Y_T_all, drows[:, C:], out=dtanh_c)
