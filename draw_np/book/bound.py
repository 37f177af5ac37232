"""Figures of the chapter on the bound."""

import numpy as np

import draw_np
from draw_np import data, mistakes, model
from draw_np.book import bars, notebook
from draw_np.likelihood import bernoulli_nll
from draw_np.measuring import bounds
from draw_np.nn import sigmoid
from draw_np.pictures import plot
from draw_np.pictures.plot import INK, LINES, figure, show_mosaic

EXACT, PART_X, PART_Z = "#777777", LINES[0], LINES[4]


def yardsticks():
    """What a test digit of the embedded set costs in three ways, in nats: name to mean."""
    digits = data.load("digits")
    coins = bounds.independent_pixels(digits.train.mean(), digits.test)
    return {
        "fair coins": 784 * np.log(2),
        "a coin with its own bias for each pixel": coins.mean(),
        "DRAW, trained (small)": draw_np.load("small").result["bound"],
    }


@notebook.picture()
def what_pictures_cost():
    """Horizontal bars: what one picture costs in nats and in bits, coded in several ways."""
    names, nats = zip(*yardsticks().items(), strict=True)
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
    ax.set_title("The length of a code for one test digit")
    return fig, "Bars: " + ", ".join(f"{n} {v:.1f} nats" for n, v in zip(names, nats, strict=True))


def from_p(c):
    """The cost of a pixel x = 0 as one would write it down first, -log(1 - sigmoid(c))."""
    with np.errstate(divide="ignore"):
        return -np.log(1 - sigmoid(c))


def with_epsilon(c):
    """The same by the catalogue's mistake: 1e-8 inside the logarithm."""
    with mistakes.made("probability-plus-epsilon"):
        return bernoulli_nll(np.zeros((1, 1, 1, 1), np.float32), c.reshape(-1, 1, 1, 1))


@notebook.picture(
    "Three panels against the logit. Left: the cost of a pixel, falling if it is 1, rising if it "
    "is 0. Middle: the slopes, between -1 and 1. Right, in float32: from the logit a straight line "
    "up to 40; with an epsilon it flattens at 18.4; from p it stops at a cross near 17."
)
def pixel_cost():
    """What a pixel costs against its logit, how that changes, and what naive formulas give."""
    c = np.linspace(-6, 6, 241)
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
    rounding(right, from_p, with_epsilon)
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


@notebook.picture(
    "The curve of log2 w with two points on it, at 1/8 and 1/2, joined by a chord. At the mean, "
    "5/16, the chord lies 0.322 bits below the curve, and the curve below its tangent."
)
def jensen(w=np.array([1 / 8, 1 / 2]), q=np.array([1 / 2, 1 / 2])):
    """The logarithm to base 2 of a weight that takes two values, and where the averages lie.

    Parameters
    ----------
    w, q : array, shape (2,)
        The values and their probabilities; those of the coin and the pixel.
    """
    mean, mean_log = w @ q, np.log2(w) @ q
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


@notebook.picture(
    "Three panels. Left: a small noisy picture of a bar, and five pictures by the decoder with the "
    "bar moving from left to right. Middle: the prior, the exact posterior, a narrow bump near "
    "0.9, and three normal guesses: one on the bump, one too wide, one too narrow and beside it. "
    "Right: what each costs in L^x and L^z; the good one just touches the line of -log p(x), the "
    "others are longer."
)
def anatomy():
    """A tiny model and its bound: picture, decoder, densities, and bars of what each q costs."""
    x, z, exact = bars.x, bars.z[:, 0], -np.log(bars.probability())
    means = sigmoid(bars.decoder(np.linspace(-2, 2, 5)[:, None]))
    choices = [(n, bars.density(*q), *bars.two_parts(*q)) for n, q in bars.GUESSES.items()]
    fig = figure(9.5, 3.3)
    left, middle, right = fig.subplots(1, 3, width_ratios=[0.5, 1, 1.1])
    sheet = np.concatenate([x, means])[:, None]
    show_mosaic(left, sheet)
    labels = ["the picture $x$", *(f"$z = {v:.0f}$" for v in np.linspace(-2, 2, len(means)))]
    B, A = x.shape[-2:]
    for row, label in enumerate(labels):
        left.text(A + 1.5, row * (B + 2) + B / 2, label, va="center", fontsize=8)
    left.set_title("What is drawn")
    middle.plot(z, bars.prior, "--", color=EXACT, label="prior")
    grey = {"color": EXACT, "alpha": 0.3, "label": "exact posterior"}
    middle.fill_between(z, bars.posterior(), linewidth=0, **grey)
    middle.plot(z, bars.posterior(), color=INK)
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
    ax.set_title("What each costs: never less than the line")


@notebook.picture(
    "Contours of the gap over mu and log sigma: a bowl with its lowest point near mu 0.93 and log "
    "sigma -1.5, where the good guess is; the one that is too wide lies above it, the one that is "
    "too narrow below it and to the right."
)
def gap_map():
    """Contours of the bound's looseness over the parameters of q, and the three guesses."""
    mu, log_sigma = np.linspace(-0.5, 2.5, 76), np.linspace(-4, 0.5, 58)
    gap = bars.gaps(mu, log_sigma)
    fig = figure(5.6, 3.6)
    ax = fig.subplots()
    levels = [0.1, 0.5, 1, 2, 4, 8, 16]
    lines = ax.contour(mu, log_sigma, gap, levels, colors=EXACT, linewidths=0.9)
    ax.clabel(lines, fmt="%g", fontsize=8)
    for (name, at), mark, colour in zip(bars.GUESSES.items(), "*sD", LINES, strict=False):
        ax.plot(*at, mark, ms=13 if mark == "*" else 7, color=colour, mec="white")
        ax.annotate(
            name,
            at,
            (9, 5),
            textcoords="offset points",
            color=colour,
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    ax.set(xlabel=r"$\mu$ of $q$", ylabel=r"$\log\,\sigma$ of $q$")
    ax.set_title("Nats by which the bound is too large, for every normal $q$")
    return fig


@notebook.picture(
    "A posterior with two equal humps at -1.4 and 1.4. The best normal distribution covers the "
    "right one only and is twice as high."
)
def two_humps():
    """A posterior with two humps, and the best normal distribution for it, which takes one."""
    gap, *best = bars.best_of_two_humps()
    z, posterior, q = bars.z[:, 0], bars.posterior(bars.two_bars), bars.density(*best)
    fig = figure(6.5, 2.7)
    ax = fig.subplots()
    ax.fill_between(z, posterior, color=EXACT, alpha=0.3, linewidth=0)
    ax.plot(z, posterior, color=INK, label="exact posterior")
    ax.plot(z, q, "--", color=LINES[0], label="best normal $q$")
    ax.set(xlabel="$z$", ylabel="density", xlim=(-2.5, 2.5), ylim=(0, None))
    ax.set_title(f"One hump taken of two: {gap:.3f} nats = {gap / np.log(2):.2f} bits lost")
    ax.legend(loc="upper center")
    return fig


KS = 2 ** np.arange(11)  # 1 .. 1024
DRAWN = (1, 8, 64)


@notebook.picture(
    "L_K against K for three q. The good one lies on the line of -log p(x) from the start; the "
    "wide one joins it within about a hundred draws; the narrow, displaced one creeps and is still "
    "above the line at 1024."
)
def tightening():
    """The importance-weighted bound against K, for the three guesses, exact and from draws."""
    exact, rng = -np.log(bars.probability()), np.random.default_rng(5)
    curves = {n: exact + [bars.exact_gap_of(*q, K) for K in KS] for n, q in bars.GUESSES.items()}
    draws = {n: [bars.drawn_gap(*q, K, rng) for K in DRAWN] for n, q in bars.GUESSES.items()}
    fig = figure(6.5, 3.2)
    ax = fig.subplots()
    looks = zip(("-", "--", ":"), (3, 1.5, 1.5), LINES, strict=False)
    for (name, curve), (line, width, colour) in zip(curves.items(), looks, strict=True):
        ax.plot(KS, curve, line, color=colour, linewidth=width, label=name)
        means, errors = np.transpose(draws[name])
        ax.errorbar(DRAWN, exact + means, 2 * errors, fmt="o", ms=3.5, color=colour)
    ax.axhline(exact, color=INK, linewidth=0.9)
    ax.text(KS[-1], exact - 0.08, r"$-\log p(x)$ ", ha="right", va="top", fontsize=8)
    ax.set(
        xscale="log",
        xlabel="samples $K$",
        ylabel="nats",
        ylim=(9.5, 12.6),
        xlim=(0.9, KS[-1] * 1.1),
    )
    ax.set_title("More samples tighten the bound, at a rate that depends on $q$")
    ax.legend(loc="upper right")
    return fig


# ---------------------------------------------------------------- a trained network


def account(network, x, seed=0):
    """A network draws one image again: canvases, and what each would cost as the last.

    Parameters
    ----------
    network : networks.Network
    x : array, shape (1, C, B, A)
    seed : int
        Of the noise.

    Returns
    -------
    canvases : array, shape (T + 1, 1, C, B, A)
        Intensities.
    L_x : array, shape (T + 1,)
        What the image costs with canvas c_0 .. c_T, in nats.
    kl : array, shape (T,)
        What the latent of every step costs.
    """
    T, Z = network.config.T, network.config.Z
    eps = np.random.default_rng(seed).standard_normal((T, 1, Z))
    drawn = model.reconstruct(network.params, x, eps, network.config)
    L_x = np.array([bernoulli_nll(x, c)[0] for c in drawn.c])
    return sigmoid(drawn.c), L_x, drawn.L_z[:, 0]


@notebook.picture()
def redrawn(network, x):
    """A digit being drawn again, and under each canvas what was paid and what is left to pay."""
    canvases, L_x, kl = account(network, x)
    paid, T = np.concatenate([[0], np.cumsum(kl)]), len(kl)
    total = L_x + paid
    fig = figure(9.8, 4.3)
    top, ax = fig.subplots(2, 1, height_ratios=[1, 3.2])
    sheet = np.concatenate([canvases[:, 0], x])[None]
    show_mosaic(top, sheet, labels=[*(f"$c_{{{t}}}$" for t in range(T + 1)), "$x$"])
    t = (np.arange(T + 1) + 0.5) * (28 + plot.GAP) - 0.5  # under its canvas
    width = 0.7 * (28 + plot.GAP)
    ax.bar(t, L_x, width, color=PART_X, label="$L^x$ if the drawing ended here")
    ax.bar(t, paid, width, L_x, color=PART_Z, hatch="//", label="KL of the steps so far")
    for at, value in zip(t, total, strict=True):
        ax.text(at, value + 3, f"{value:.0f}", ha="center", fontsize=8)
    for at, step in zip(t[1:], kl, strict=True):
        ax.text(at, -9, f"+{step:.1f}", ha="center", va="top", fontsize=8, color="#8A6A00")
    ax.text(t[0], -9, "KL:", ha="center", va="top", fontsize=8, color="#8A6A00")
    ax.set(xticks=[], ylabel="nats", xlim=(0, sheet.shape[1] * (28 + plot.GAP)))
    ax.set_ylim(0, 1.12 * total.max())
    ax.grid(False, axis="x")
    ax.set_axisbelow(True)
    ax.legend(loc="upper right")
    return fig, (
        f"Upper row: the canvases c_0 to c_{T} of a digit, from a grey blur to the digit, and the "
        f"digit. Below each a bar: the picture's cost falls from {L_x[0]:.0f} to {L_x[-1]:.0f} "
        f"nats, the KL grows to {paid[-1]:.0f}, and their sum falls from {total[0]:.0f} to "
        f"{total[-1]:.0f}."
    )
