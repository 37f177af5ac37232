"""Figures of the chapter on the bound."""

import numpy as np

from draw_np.likelihood import bernoulli_nll
from draw_np.nn import sigmoid
from draw_np.pictures.plot import INK, LINES, figure, show_mosaic, style

EXACT, PART_X, PART_Z = "#777777", LINES[0], LINES[4]


def what_pictures_cost(names, nats):
    """Horizontal bars: what one picture costs in nats and in bits, coded in several ways."""
    with style():
        fig = figure(9.5, 0.8 + 0.4 * len(names))
        ax = fig.subplots()
        ax.barh(names, nats, color=PART_X, height=0.6)
        ax.set_axisbelow(True)
        for row, value in enumerate(nats):
            text = f" {value:.1f} nats = {value / np.log(2):.1f} bits"
            ax.text(value, row, text, va="center", fontsize=9)
        ax.invert_yaxis()
        ax.grid(False, axis="y")
        ax.set(xlabel="nats per image", xlim=(0, 1.25 * max(nats)))
        ax.set_title("The length of a code for one image")
    return fig


def pixel_cost(naive, patched):
    """What a pixel costs against its logit, how that changes, and what naive formulas give.

    Parameters
    ----------
    naive, patched : callable
        Cost of a pixel x = 0 in float32, given its logits, by other formulas.
    """
    c = np.linspace(-6, 6, 241)
    with style():
        fig = figure(9.5, 2.9)
        left, middle, right = fig.subplots(1, 3)
        for x, line, colour in ((1, "-", LINES[0]), (0, "--", LINES[1])):
            cost = bernoulli_nll(np.full((len(c), 1, 1, 1), x), c.reshape(-1, 1, 1, 1))
            left.plot(c, cost, line, color=colour, label=f"$x = {x}$")
            middle.plot(c, sigmoid(c) - x, line, color=colour, label=f"$x = {x}$")
        left.set(xlabel="logit $c$", ylabel="nats")
        left.set_title("What the pixel costs")
        middle.set(xlabel="logit $c$", ylabel=r"$\mathrm{sigmoid}(c) - x$")
        middle.set_title("Its slope never exceeds 1")
        rounding(right, naive, patched)
        for ax in (left, middle, right):
            ax.legend()
    return fig


def rounding(ax, naive, patched):
    """The cost of a pixel that is sure and wrong, in float32, by three formulas."""
    c = np.linspace(0, 40, 321, dtype=np.float32)
    exact = bernoulli_nll(np.zeros((len(c), 1, 1, 1), np.float32), c.reshape(-1, 1, 1, 1))
    ax.plot(c, exact, color=LINES[1], linewidth=3, alpha=0.5, label="from the logit")
    ax.plot(c, patched(c), ":", color=INK, label=r"$p$ plus $10^{-8}$")
    rounded = naive(c)
    ax.plot(
        c[np.isfinite(rounded)], rounded[np.isfinite(rounded)], "--", color=INK, label="from $p$"
    )
    last = c[np.isfinite(rounded)][-1]
    ax.plot(last, rounded[np.isfinite(rounded)][-1], "x", ms=8, mew=2, color=INK)
    ax.set(xlabel="logit $c$ of a pixel $x = 0$", ylabel="nats", ylim=(0, 41))
    ax.set_title("float32: from $p$, it breaks off")


def jensen(w, q):
    """The logarithm to base 2 of a weight that takes two values, and where the averages lie.

    Parameters
    ----------
    w, q : array, shape (2,)
        The values and their probabilities.
    """
    mean, mean_log = w @ q, np.log2(w) @ q
    with style():
        fig = figure(6.5, 3.2)
        ax = fig.subplots()
        u = np.linspace(0.05, 0.65, 301)
        ax.plot(u, np.log2(u), color=INK, label=r"$\log_2 w$")
        tangent = np.log2(mean) + (u - mean) / (mean * np.log(2))
        ax.plot(u, tangent, ":", color=LINES[2], label="tangent at the mean")
        ax.plot(w, np.log2(w), "o-", color=PART_X, label="chord between the two values")
        ax.plot(mean, np.log2(mean), "s", color=LINES[1], ms=7)
        ax.plot(mean, mean_log, "D", color=LINES[1], ms=7)
        ax.plot([mean, mean], [mean_log, np.log2(mean)], color=LINES[1], linewidth=2.5)
        gap = np.log2(mean) - mean_log
        ax.text(mean + 0.008, mean_log - 0.2, f"gap {gap:.3f} bits", color=LINES[1], va="center")
        ax.set(xlabel="weight $w$", ylabel="bits", ylim=(-3.7, -0.2), xlim=(0.05, 0.65))
        ax.set_title("The mean of the logarithms lies below the logarithm of the mean")
        ax.legend(loc="lower right")
    return fig


def anatomy(x, means, z, prior, posterior, choices, exact):
    """A tiny model and its bound: picture, decoder, densities, and bars of what each q pays.

    Parameters
    ----------
    x : array, shape (1, 1, B, A)
    means : array, shape (n, 1, B, A)
        The decoder's pictures for n latents, evenly spread.
    z, prior, posterior : array, shape (grid,)
    choices : list of (name, density on the grid, L^x, L^z)
    exact : float
        -log p(x).
    """
    with style():
        fig = figure(9.5, 3.3)
        left, middle, right = fig.subplots(1, 3, width_ratios=[0.5, 1, 1.1])
        sheet = np.concatenate([x, means])[:, None]
        show_mosaic(left, sheet)
        labels = ["the picture $x$", *(f"$z = {v:.0f}$" for v in np.linspace(-2, 2, len(means)))]
        B, A = x.shape[-2:]
        for row, label in enumerate(labels):
            left.text(A + 1.5, row * (B + 2) + B / 2, label, va="center", fontsize=8)
        left.set_title("What is drawn")
        middle.plot(z, prior, "--", color=EXACT, label="prior")
        middle.fill_between(z, posterior, color=EXACT, alpha=0.3, linewidth=0)
        middle.plot(z, posterior, color=INK, label="exact posterior")
        for (name, q, _, _), line, colour in zip(choices, ("-", "--", ":"), LINES, strict=False):
            middle.plot(z, q, line, color=colour, label=name)
        middle.set(xlabel="$z$", ylabel="density", xlim=(-2.5, 3.5))
        middle.set_title("Three guesses at the posterior")
        middle.legend(loc="upper left", fontsize=8)
        stacked(right, choices, exact)
    return fig


def stacked(ax, choices, exact):
    """Bars of L^x and L^z for every choice of q, and the line of -log p(x)."""
    rows = np.arange(len(choices))
    names, _, L_x, L_z = zip(*choices, strict=True)
    total, paper = np.add(L_x, L_z), {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    ax.barh(rows, L_x, color=PART_X, height=0.55)
    ax.barh(rows, L_z, left=L_x, color=PART_Z, height=0.55, hatch="//")
    ax.axvline(exact, color=INK, linewidth=1.6)
    ax.text(exact, -0.6, f"$-\\log p(x) = {exact:.2f}$", ha="center", fontsize=8, bbox=paper)
    for row in rows:
        ax.text(total[row] + 0.15, row, f"{total[row]:.2f}", va="center", fontsize=8)
        ax.text(L_x[row] / 2, row, "$L^x$", color="white", ha="center", va="center")
        ax.text(
            total[row] - L_z[row] / 2,
            row + 0.43,
            "$L^z$",
            ha="center",
            va="center",
            fontsize=8,
            bbox=paper,
        )
    ax.set(yticks=rows, yticklabels=names, xlabel="nats", ylim=(len(rows) - 0.4, -0.85))
    ax.set_xlim(0, 1.2 * max(total))
    ax.set_axisbelow(True)
    ax.grid(False, axis="y")
    ax.set_title("What each pays: never less than the line")


def gap_map(mu, log_sigma, gap, title):
    """Contours of the bound's looseness over the parameters of q, and its lowest point.

    Parameters
    ----------
    mu, log_sigma : array, shape (n,), (m,)
    gap : array, shape (m, n)
        In nats.
    """
    with style():
        fig = figure(5.6, 3.6)
        ax = fig.subplots()
        levels = [0.1, 0.5, 1, 2, 4, 8, 16]
        lines = ax.contour(mu, log_sigma, gap, levels, colors=EXACT, linewidths=0.9)
        ax.clabel(lines, fmt="%g", fontsize=8)
        row, column = np.unravel_index(gap.argmin(), gap.shape)
        ax.plot(mu[column], log_sigma[row], "*", ms=13, color=LINES[1], mec="white")
        ax.set(xlabel=r"$\mu$ of $q$", ylabel=r"$\log\,\sigma$ of $q$")
        ax.set_title(title)
    return fig


def two_humps(z, posterior, q, gap):
    """A posterior with two humps, and the best normal distribution for it, which takes one."""
    with style():
        fig = figure(6.5, 2.7)
        ax = fig.subplots()
        ax.fill_between(z, posterior, color=EXACT, alpha=0.3, linewidth=0)
        ax.plot(z, posterior, color=INK, label="exact posterior")
        ax.plot(z, q, "--", color=LINES[0], label="best normal $q$")
        ax.set(xlabel="$z$", ylabel="density", xlim=(-2.5, 2.5), ylim=(0, None))
        ax.set_title(f"One hump taken of two: {gap:.3f} nats = {gap / np.log(2):.2f} bits lost")
        ax.legend(loc="upper center")
    return fig


def tightening(K, curves, draws, exact, ylim):
    """The importance-weighted bound against K, for several q, above the line of -log p(x).

    Parameters
    ----------
    K : array of int
    curves : dict of arrays
        Name of q to the exact bound at every K.
    draws : dict of (array of int, means, standard errors)
        The same by drawing, at a few K.
    exact : float
        -log p(x).
    """
    with style():
        fig = figure(6.5, 3.2)
        ax = fig.subplots()
        looks = zip(("-", "--", ":"), (3, 1.5, 1.5), LINES, strict=False)
        for (name, curve), (line, width, colour) in zip(curves.items(), looks, strict=True):
            ax.plot(K, curve, line, color=colour, linewidth=width, label=name)
            if name in draws:
                at, means, errors = draws[name]
                ax.errorbar(at, means, 2 * np.array(errors), fmt="o", ms=3.5, color=colour)
        ax.axhline(exact, color=INK, linewidth=0.9)
        ax.text(K[-1], exact - 0.08, r"$-\log p(x)$ ", ha="right", va="top", fontsize=8)
        ax.set(xscale="log", xlabel="draws $K$", ylabel="nats", ylim=ylim, xlim=(0.9, K[-1] * 1.1))
        ax.set_title("More draws tighten the bound, at a rate that depends on $q$")
        ax.legend(loc="upper right")
    return fig
