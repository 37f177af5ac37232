"""The variational autoencoder that DRAW is at T = 1, and the figures of its chapter."""

import autograd.numpy as np
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle
from matplotlib.ticker import MaxNLocator

from draw_np.latent import kl_to_prior, sample
from draw_np.likelihood import bernoulli_nll
from draw_np.model import Terms
from draw_np.nn import affine, sigmoid
from draw_np.pictures import diagram, plot
from draw_np.pictures.plot import INK, LINES, figure, show_mosaic, style

PART_X, PART_Z, QUIET = LINES[0], LINES[4], "#999999"

# ---------------------------------------------------------------- the network


def gated(v, W, b, s_0):
    """A layer with gates: the LSTM cell where the state before is the constant ``s_0``.

    Parameters
    ----------
    v : array, shape (M, D)
    W, b : array, shapes (D, 4 H) and (4 H,)
        The columns give i, f, g and o.
    s_0 : array, shape (H,)

    Returns
    -------
    array, shape (M, H)
    """
    a_i, a_f, a_g, a_o = np.split(affine(v, W, b), 4, axis=1)
    s = sigmoid(a_f) * s_0 + sigmoid(a_i) * np.tanh(a_g)
    return sigmoid(a_o) * np.tanh(s)


def encoder(params, x):
    """mu and log sigma of Q(Z | x), each (M, Z), from images (M, C, B, A)."""
    v = np.reshape(x, (len(x), -1))  # (M, C B A)
    h = gated(v, params["enc.W"], params["enc.b"], params["enc.s_0"])
    mu = affine(h, params["mu.W"], params["mu.b"])
    return mu, affine(h, params["log_sigma.W"], params["log_sigma.b"])


def decoder(params, z):
    """Logits of every pixel, (M, C B A), from latents (M, Z)."""
    h = gated(z, params["dec.W"], params["dec.b"], params["dec.s_0"])
    return affine(h, params["patch.W"], params["patch.b"])


def terms(params, x, eps):
    """L^x and L^z of every image: encoder, latent, decoder.

    Parameters
    ----------
    params : dict of arrays
        As ``folded`` gives them.
    x : array, shape (M, C, B, A)
    eps : array, shape (M, Z)

    Returns
    -------
    Terms
        Two arrays of shape (M,), in nats.
    """
    mu, log_sigma = encoder(params, x)
    z = sample(mu, log_sigma, eps)
    logits = np.reshape(decoder(params, z), x.shape)
    return Terms(bernoulli_nll(x, logits), kl_to_prior(mu, log_sigma))


def loss(params, x, eps):
    """The bound, in nats per image: the mean of L^x + L^z over the minibatch."""
    L_x, L_z = terms(params, x, eps)
    return np.mean(L_x + L_z)


def folded(params, config):
    """The parameters of the VAE that DRAW without attention is for T = 1.

    Parameters
    ----------
    params : dict of arrays
        Of DRAW.
    config : Config
        With T = 1 and without attention.

    Returns
    -------
    dict of arrays
        ``enc``, ``mu``, ``log_sigma``, ``dec`` and ``patch``, each with ``.W`` and ``.b``,
        and the constant states ``enc.s_0`` and ``dec.s_0``.

    Raises
    ------
    ValueError
        If the network draws in more steps than one, or with attention.
    """
    if (config.T, config.N_read, config.N_write) != (1, None, None):
        raise ValueError(
            f"T = {config.T}, N_read = {config.N_read}, N_write = {config.N_write}: this is a VAE "
            "only for T = 1 and without attention, where both N are None"
        )
    p, n, H = params, config.pixels, config.H
    W_x, W_error, W_dec, W_enc = np.split(p["enc.W"], [n, 2 * n, 2 * n + H])
    W_z, W_state = np.split(p["dec.W"], [config.Z])
    c_0 = np.reshape(p["c_0"], -1)
    from_enc = np.dot(p["h_dec_0"], W_dec) + np.dot(p["h_enc_0"], W_enc)
    return {
        "enc.W": W_x + W_error,
        "enc.b": p["enc.b"] - np.dot(sigmoid(c_0), W_error) + from_enc,
        "enc.s_0": p["s_enc_0"],
        **{name: p[name] for name in ("mu.W", "mu.b", "log_sigma.W", "log_sigma.b")},
        "dec.W": W_z,
        "dec.b": p["dec.b"] + np.dot(p["h_dec_0"], W_state),
        "dec.s_0": p["s_dec_0"],
        "patch.W": p["patch.W"],
        "patch.b": p["patch.b"] + c_0,
    }


# ---------------------------------------------------------------- figures


def boxes():
    """A VAE beside DRAW with one step and without attention, part beside part."""
    rows, top = diagram.ROWS, diagram.ROWS["c"] + 1
    draw = {"image": "$x$", "read": "read", "enc": "encoder RNN", "Q": "$Q(z_1|x)$", "z": "$z_1$",
            "dec": "decoder RNN", "write": "write", "c": "$c_1$"}  # fmt: skip
    plain = {"image": "$x$", "Q": "$Q(z|x)$", "z": "$z$"}
    with style():
        fig = figure(8.2, 6.4)
        ax = fig.subplots()
        ax.set(xlim=(-1.4, 9.3), ylim=(-0.6, 8.9), aspect="equal")
        ax.axis("off")
        for x, name, texts in ((0, "a VAE", plain), (5, "DRAW, $T = 1$", draw)):
            for row, text in texts.items():
                diagram.box(ax, x, rows[row], text, COLOURS.get(row, diagram.PLAIN))
            diagram.box(ax, x, top, f"$P(x|{texts['z'].strip('$')})$", diagram.RANDOM)
            ax.text(x, top + 0.6, name, ha="center", fontsize=10, weight="bold")
        spanning(ax, 0, rows["read"], rows["enc"], "encoder,\nfeed-forward")
        spanning(ax, 0, rows["dec"], rows["c"], "decoder,\nfeed-forward")
        for x, gaps in ((0, (0, 2, 3, 4, 7)), (5, range(8))):
            for y in gaps:
                word = {3: "sample", 7: "sigmoid"}.get(y)
                diagram.arrow(ax, (x, y + 0.31), (x, y + 0.69), label=word)
        for y in range(9):
            ax.plot([0.85, 4.15], [y, y], ":", color=QUIET, lw=1.2, zorder=0)
        constants(ax, 5)
    return fig


COLOURS = {"enc": diagram.NETWORK, "dec": diagram.NETWORK, "Q": diagram.RANDOM}


def spanning(ax, x, low, high, text):
    """A box as tall as those of several rows together."""
    bottom, height = low - diagram.HEIGHT / 2, high - low + diagram.HEIGHT
    shape = FancyBboxPatch(
        (x - diagram.WIDTH / 2, bottom),
        diagram.WIDTH,
        height,
        boxstyle="round,pad=0,rounding_size=0.12",
        facecolor=diagram.NETWORK,
        edgecolor=INK,
    )
    ax.add_patch(shape)
    ax.text(x, (low + high) / 2, text, ha="center", va="center", fontsize=9)


def constants(ax, x):
    """What the step before hands over where there was none: constants, in the column beside."""
    handed = {
        "read": "$\\mathrm{sigmoid}(c_0)$",
        "enc": "$h_0^{enc},\\; s_0^{enc},\\; h_0^{dec}$",
        "dec": "$h_0^{dec},\\; s_0^{dec}$",
        "c": "$c_0$",
    }
    for row, text in handed.items():
        y = diagram.ROWS[row]
        ax.text(x + 2.0, y, text, va="center", fontsize=9)
        diagram.arrow(ax, (x + 1.9, y), (x + diagram.WIDTH / 2, y), LINES[1])
    note = "constants: learned,\nthe same for every image"
    ax.text(x + 1.6, -0.3, note, color=LINES[1], va="bottom", fontsize=8)


def bottleneck(x, mu, log_sigma, means, order):
    """Images, what the encoder says of them component by component, and the images again.

    Parameters
    ----------
    x, means : array, shape (M, C, B, A)
    mu, log_sigma : array, shape (M, Z)
    order : array of int, shape (Z,)
        In which order the components stand.
    """
    with style():
        fig = figure(9.5, 1.1 + 1.05 * len(x))
        axes = fig.subplots(len(x), 3, width_ratios=[1, 6.2, 1], squeeze=False)
        for row, (left, middle, right) in enumerate(axes):
            show_mosaic(left, x[row][None, None])
            intervals(middle, mu[row, order], np.exp(log_sigma[row, order]))
            show_mosaic(right, means[row][None, None])
            middle.set(xticklabels=[])
        axes[0, 0].set_title("image $x$")
        axes[0, 1].set_title(r"its latent: $\mu_k \pm \sigma_k$ of every component, prior shaded")
        axes[0, 2].set_title("drawn again")
        axes[-1, 1].set_xticklabels(order + 1, fontsize=7)
        axes[-1, 1].set(xlabel="component $k$")
    return fig


def intervals(ax, mu, sigma):
    """mu and one sigma to either side of every component, over the prior's -1 .. 1."""
    k = np.arange(len(mu))
    ax.axhspan(-1, 1, color="#DDDDDD", alpha=0.7, linewidth=0)
    ax.errorbar(k, mu, sigma, fmt="o", ms=2.4, color=PART_X, elinewidth=1.8)
    ax.set(ylim=(-3.6, 3.6), xlim=(-0.8, len(mu) - 0.2), xticks=k, yticks=[-2, 0, 2])
    ax.grid(False, axis="x")


def two_codes(named, labels):
    """Where encoders with two components put images, and what the prior then draws.

    Parameters
    ----------
    named : list of (str, array of shape (M, 2), array of shape (R, K, C, B, A))
        Title, means of the posterior, images drawn from the prior.
    labels : array of int, shape (M,)
    """
    with style():
        fig = figure(9.5, 3.3)
        left, right = fig.subfigures(1, 2, wspace=0.04)
        for part, (title, mu, images) in zip((left, right), named, strict=True):
            ax, beside = part.subplots(1, 2, width_ratios=[1.45, 1])
            codes(ax, mu, labels)
            ax.set_title(title)
            show_mosaic(beside, images)
            beside.set_title("drawn from the prior", fontsize=9)
    return fig


def codes(ax, mu, labels):
    """A digit at the place of every image's mean, and the circle where the prior's draws are."""
    reach = 1.08 * max(3.2, np.abs(mu).max())
    ax.add_patch(Circle((0, 0), 2, color="#DDDDDD", zorder=0))
    for place, label in zip(mu, labels, strict=True):
        ax.text(*place, str(label), fontsize=6.5, ha="center", va="center",
                color=LINES[label % len(LINES)])  # fmt: skip
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set(xlabel=r"$\mu_1$", ylabel=r"$\mu_2$")


def learning(log, coins):
    """The bound and its two parts over training, and what independent pixels cost.

    Parameters
    ----------
    log : dict of arrays
        As ``training.logbook.read`` gives it.
    coins : float
        In nats per image.
    """
    with style():
        fig = figure(9.5, 3.1)
        left, right = fig.subplots(1, 2)
        left.plot(log["step"], log["L_x"], "--", color=PART_X, label="$L^x$")
        left.plot(log["step"], log["bound"], color=INK, label="$L = L^x + L^z$")
        left.axhline(coins, color=QUIET, lw=1, ls=":", label="independent pixels")
        left.set(ylim=(0, None), ylabel="nats per image")
        left.set_title("What the picture costs once $z$ is known falls")
        right.plot(log["step"], log["L_z"], color=PART_Z)
        right.set(ylim=(0, None), ylabel="nats per image")
        right.set_title("What $z$ costs, $L^z$, rises")
        for ax in (left, right):
            ax.set(xscale="log", xlabel="training step")
        left.legend(loc="lower left")
    return fig


def components(kl, rise, order, threshold):
    """What every component costs on average, and how L^x rises if it is thrown anew.

    Parameters
    ----------
    kl, rise : array, shape (Z,)
        In nats per image.
    order : array of int, shape (Z,)
        The dearest component first.
    threshold : float
        Components that cost less count as unused.
    """
    used, place = kl[order] > threshold, np.arange(len(order))
    with style():
        fig = figure(9.5, 4.3)
        top, bottom = fig.subplots(2, 1, sharex=True)
        for ax, values, colour in ((top, kl, PART_Z), (bottom, rise, PART_X)):
            ax.axvspan(used.sum() - 0.5, len(order) - 0.5, color="#EEEEEE", zorder=0)
            ax.bar(place, values[order], color=colour)
            ax.set_axisbelow(True)
            ax.grid(False, axis="x")
        top.text((used.sum() + len(order)) / 2 - 0.5, 0.5 * kl.max(), "not used", ha="center")
        top.set(ylabel="KL, nats")
        bottom.set(ylabel="rise of $L^x$, nats")
        bottom.set(xticks=place, xlabel="component $k$", xlim=(-0.7, len(order) - 0.3))
        bottom.set_xticklabels(order + 1, fontsize=7)
        top.set_title(f"What each costs: {used.sum()} of {len(order)} components are used, "
                      f"{(~used).sum()} are not")  # fmt: skip
        bottom.set_title("What it is good for: $L^x$ rises so much if the component is thrown anew")
    return fig


def walk(images, at, names, here, tick):
    """Pictures over two components of the latent, and the one where the sliders stand.

    Parameters
    ----------
    images : array, shape (n, n, C, B, A)
        Rows from the top down over the second component, from high to low; columns over
        the first.
    at : array, shape (n,)
        The values on both axes, rising.
    names : (str, str)
    here : array, shape (C, B, A)
    tick : (float, float)
        Where the sliders stand.
    """
    step = at[1] - at[0]
    edge = (at[0] - step / 2, at[-1] + step / 2)
    with style():
        fig = figure(9.2, 5.4)
        left, right = fig.subplots(1, 2, width_ratios=[1.55, 1])
        left.imshow(plot.mosaic(images), extent=(*edge, *edge), interpolation="nearest")
        corner = np.subtract(tick, step / 2)
        left.add_patch(Rectangle(corner, step, step, fill=False, ec=LINES[1], lw=2.6))
        left.set(xlabel=names[0], ylabel=names[1], xticks=at, yticks=at)
        left.grid(False)
        left.set_title("Two components moved, the others held")
        show_mosaic(right, here[None, None])
        right.set_title(f"here: ({tick[0]:g}, {tick[1]:g})")
    return fig


def against_steps(curves, counts):
    """Training and validation of networks that differ in the number of steps alone.

    Parameters
    ----------
    curves : dict of (array, float, float)
        Number of steps T to the bound over training, the validation bound and its error.
    counts : dict
        Number of steps to the number of parameters.
    """
    with style():
        fig = figure(9.5, 3.1)
        left, right = fig.subplots(1, 2, width_ratios=[1.5, 1])
        for (T, (bound, _, _)), line, colour in zip(
            curves.items(), (":", "--", "-"), LINES, strict=False
        ):
            smooth = np.convolve(bound, np.ones(15) / 15, mode="valid")
            left.plot(np.arange(8, 8 + len(smooth)), smooth, line, color=colour, label=f"$T = {T}$")
        left.set(xlabel="training step", ylabel="nats per image", ylim=(None, 200))
        left.set_title("The bound while they learn (mean of 15 steps)")
        left.legend()
        rows = np.arange(len(curves))
        _, valid, error = zip(*curves.values(), strict=True)
        right.barh(rows, valid, xerr=2 * np.array(error), height=0.6, color=LINES[: len(rows)])
        for row, (value, e) in enumerate(zip(valid, error, strict=True)):
            right.text(value + 2 * e + 2, row, f"{value:.1f}", va="center", fontsize=9)
        names = [f"$T = {T}$\n{counts[T]:,}" for T in curves]
        right.set(
            yticks=rows, yticklabels=names, xlabel="nats per image", ylim=(rows[-1] + 0.6, -0.6)
        )
        right.set_xlim(0, 1.25 * max(valid))
        right.set_axisbelow(True)
        right.grid(False, axis="y")
        right.set_title("Validation; below $T$: parameters")
    return fig
