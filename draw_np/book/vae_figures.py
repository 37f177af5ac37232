"""The figures of chapter 6: an autoencoder, a VAE, and DRAW with one step and with two."""

import numpy as np
from matplotlib.patches import Circle, FancyBboxPatch
from matplotlib.ticker import MaxNLocator

from draw_np.book import alive, notebook, vae
from draw_np.measuring import bounds
from draw_np.pictures import diagram, plot
from draw_np.pictures.plot import INK, LINES, figure, show_mosaic

PART_X, PART_Z, QUIET = LINES[0], LINES[4], "#777777"
NEWS = LINES[1]  # what is constant in the first step and says something in the second
TEN = [*LINES, "#882255", "#444444", "#117733", "#6699CC"]  # one colour for each digit
DISC = 2  # the radius of the disc that holds most samples of a prior with two components
COLOURS = {"enc": diagram.NETWORK, "dec": diagram.NETWORK, "Q": diagram.RANDOM}

# ---------------------------------------------------------------- what goes through the latent


@notebook.picture(
    "Three rows, for a 2, a 4 and a 6. Left the picture, right the reconstruction, a little "
    "blurred. Between them 32 means with error bars: about a dozen narrow ones at various places, "
    "then twenty that nearly fill the band of the prior."
)
def bottleneck(params, x, chosen):
    """Pictures, what the encoder says of them component by component, and the reconstructions.

    Parameters
    ----------
    params : dict of arrays
        As ``vae.folded`` gives them.
    x : array, shape (M, 1, 28, 28)
    chosen : sequence of int
        Which of them are shown; the order of the components is that of their mean KL over all.
    """
    mu, log_sigma = vae.encoder(params, x)
    order, again = costliest_first(mu, log_sigma), vae.images(params, mu)
    fig = figure(9.5, 1.1 + 1.05 * len(chosen))
    axes = fig.subplots(len(chosen), 3, width_ratios=[1, 6.2, 1], squeeze=False)
    for m, (left, middle, right) in zip(chosen, axes, strict=True):
        show_mosaic(left, x[m][None, None])
        intervals(middle, mu[m, order], np.exp(log_sigma[m, order]))
        show_mosaic(right, again[m][None, None])
        middle.set(xticklabels=[])
    axes[0, 0].set_title("picture $x$")
    axes[0, 1].set_title(r"its latent: $\mu_k \pm \sigma_k$ of every component, prior shaded")
    axes[0, 2].set_title("reconstruction")
    axes[-1, 1].set_xticklabels(order + 1, fontsize=7)
    axes[-1, 1].set(xlabel="component $k$, by what it costs")
    return fig


def costliest_first(mu, log_sigma):
    """The components in the order of their mean KL, the largest first, (Z,)."""
    return np.argsort(-vae.cost(mu, log_sigma).mean(axis=0))


def intervals(ax, mu, sigma):
    """mu and one sigma to either side of every component, over the prior's -1 .. 1."""
    k = np.arange(len(mu))
    ax.axhspan(-1, 1, color="#DDDDDD", alpha=0.7, linewidth=0)
    ax.errorbar(k, mu, sigma, fmt="o", ms=2.4, color=PART_X, elinewidth=1.8)
    ax.set(ylim=(-3.6, 3.6), xlim=(-0.8, len(mu) - 0.2), xticks=k, yticks=[-2, 0, 2])
    ax.grid(False, axis="x")


# ---------------------------------------------------------------- autoencoder and VAE


@notebook.picture(
    "Seven rows of twelve pictures. Test digits; the autoencoder's reconstructions, close to them; "
    "the VAE's, smoother; two rows of the autoencoder's samples, ragged pieces of strokes of which "
    "hardly one is a digit; two rows of the VAE's samples, many of them digits, others smears."
)
def side_by_side(x, plain, variational, chosen):
    """What an autoencoder and a VAE make of the same pictures and of the same samples.

    Parameters
    ----------
    x : array, shape (M, 1, 28, 28)
    plain, variational : vae.Tried
    chosen : sequence of int
        Which pictures are shown; of the samples the first are, two rows of them.
    """
    n = len(chosen)
    rows = [x[chosen], plain.again[chosen], variational.again[chosen]]
    rows += [t.samples[k : k + n] for t in (plain, variational) for k in (0, n)]
    words = [
        "test digit",
        "reconstruction,\nautoencoder",
        "reconstruction,\nVAE",
        "samples,\nautoencoder",
        "",
        "samples,\nVAE",
        "",
    ]
    fig = figure(9.0, 5.0)
    ax = fig.subplots()
    show_mosaic(ax, np.stack(rows))
    name_rows(ax, words, x.shape[-2])
    ax.set_xlim(-75, None)
    ax.set_title(f"The same {n} digits, and the same {2 * n} samples of the prior")
    return fig


def judged(grey, labels, both):
    """A table of what the systems do, and what the judge says of it; test digits first.

    Parameters
    ----------
    grey : array, shape (M, 1, 28, 28)
        Test digits as they are, in [0, 1].
    labels : array of int, shape (M,)
    both : dict of vae.Tried
    """
    header = [
        "",
        r"reconstruction cost, $L^x$ at $z = \mu$",
        "reconstructions named rightly",
        "samples of which the judge is sure",
        "distance of samples from the nearest training digit",
    ]
    judge = vae.recogniser()
    real = [
        "grey test digits",
        "",
        f"{np.mean(judge.named(grey) == labels):.0%}",
        f"{np.mean(vae.sureness(grey) > vae.SURE):.0%}",
        f"{vae.away(grey).mean():.1f}",
    ]
    rows = [
        [name, f"{t.L_x.mean():.1f} nats", f"{t.right:.0%}", f"{t.sure:.0%}", f"{t.away:.1f}"]
        for name, t in both.items()
    ]
    notebook.table(header, [real, *rows])


def name_rows(ax, names, B):
    """Words to the left of the rows of a mosaic."""
    for row, name in enumerate(names):
        y = row * (B + plot.GAP) + B / 2
        ax.text(-4, y, name, ha="right", va="center", fontsize=9)


@notebook.picture(
    "Two halves. Left the autoencoder: the means of 200 test pictures, written as their digits, "
    "are spread widely, most of them far outside a small grey disc; beside them 24 pictures "
    "sampled from the prior, most of them the same few blurred shapes. Right the VAE: the means "
    "lie on the disc and close around it; the 24 pictures differ, and many resemble digits."
)
def two_codes(plain, variational, x, labels, z):
    """Where encoders with two components put pictures, and what decoders make of samples.

    Parameters
    ----------
    plain, variational : dict of arrays
        As ``vae.folded`` gives them, with Z = 2.
    x : array, shape (M, 1, 28, 28)
    labels : array of int, shape (M,)
    z : array, shape (24, 2)
    """
    fig = figure(9.5, 3.9)
    for part, title, params in zip(
        fig.subfigures(1, 2, wspace=0.04),
        ("Autoencoder", "VAE"),
        (plain, variational),
        strict=True,
    ):
        ax, beside = part.subplots(1, 2, width_ratios=[1.7, 1])
        codes(ax, vae.encoder(params, x)[0], labels)
        cost = vae.autoencoder_costs(params, x).mean()
        ax.set_title(
            f"{title}: {inside(params, x):.0%} within {DISC} of the middle,\n"
            f"$L^x$ = {cost:.1f} nats at $z = \\mu$"
        )
        show_mosaic(beside, vae.images(params, z).reshape(6, 4, 1, 28, 28))
        beside.set_title("samples", fontsize=9)
    return fig


def inside(params, x, radius=DISC):
    """The share of pictures that an encoder puts so near to the middle."""
    return np.mean(np.sum(vae.encoder(params, x)[0] ** 2, axis=1) < radius**2)


def codes(ax, mu, labels):
    """A digit at the place of every picture's mean, and the disc with most of the prior."""
    reach = 1.08 * max(3.2, np.abs(mu).max())
    ax.add_patch(Circle((0, 0), DISC, color="#D5D5D5", zorder=0))
    for place, label in zip(mu, labels, strict=True):
        ax.text(*place, str(label), fontsize=8.5, ha="center", va="center", color=TEN[label])
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set(xlabel=r"$\mu_1$", ylabel=r"$\mu_2$")


# ---------------------------------------------------------------- one step, and the second


@notebook.picture(
    "Two columns of boxes, from bottom to top. Left, a VAE: x, encoder, Q, z, decoder, P(x|z). "
    "Right, DRAW with one step: x, read, encoder RNN, Q, z_1, decoder RNN, write, c_1, P(x|z_1). "
    "Dotted lines join the equal parts. From the right, constants enter read, encoder, decoder and "
    "canvas: sigmoid(c_0), the states with index 0, and c_0."
)
def boxes():
    """A VAE beside DRAW with one step and without attention, part beside part."""
    rows, top = diagram.ROWS, diagram.ROWS["c"] + 1
    plain = {"image": "$x$", "Q": "$Q(z|x)$", "z": "$z$"}
    fig = figure(8.2, 6.4)
    ax = blank(fig, (-1.4, 9.3))
    for row, text in plain.items():
        diagram.box(ax, 0, rows[row], text, COLOURS.get(row, diagram.PLAIN))
    diagram.box(ax, 0, top, "$P(x|z)$", diagram.RANDOM)
    spanning(ax, 0, rows["read"], rows["enc"], "encoder,\nfeed-forward")
    spanning(ax, 0, rows["dec"], rows["c"], "decoder,\nfeed-forward")
    arrows_up(ax, 0, (0, 2, 3, 4, 7))
    one_step(ax, 5, 1)
    ends(ax, 5, "z_1")
    for x, name in ((0, "a VAE"), (5, "DRAW, $T = 1$")):
        ax.text(x, top + 0.6, name, ha="center", fontsize=10, weight="bold")
    for y in range(9):
        ax.plot([0.85, 4.15], [y, y], ":", color=QUIET, lw=1.2, zorder=0)
    for row, text in CONSTANT.items():
        y = rows[row]
        ax.text(7.0, y, text, va="center", fontsize=9)
        diagram.arrow(ax, (6.9, y), (5 + diagram.WIDTH / 2, y), NEWS)
    note = "constants: learned,\nthe same for every picture"
    ax.text(6.6, -0.3, note, color=NEWS, va="bottom", fontsize=8)
    return fig


@notebook.picture(
    "Two diagrams. Left, DRAW with one step: constants enter read, encoder, decoder and canvas "
    "from the left. Right, two steps: the same constants enter the first, and into the same places "
    "of the second come the canvas and the states of the first, drawn in the same colour."
)
def second_step():
    """DRAW with one step beside DRAW with two: what was constant says something now."""
    fig = figure(9.8, 6.4)
    ax = blank(fig, (-3.1, 12.4))
    for x, name in ((0, "$T = 1$"), (9.0, "$T = 2$: the same weights once more")):
        ax.text(x, 9.0, name, ha="center", fontsize=10, weight="bold")
    one_step(ax, 0, 1)
    ends(ax, 0, "z_1")
    one_step(ax, 6.8, 1)
    one_step(ax, 11.2, 2)
    ends(ax, 11.2, "z_1, z_2")
    for x in (0, 6.8):
        for row, text in CONSTANT.items():
            y = diagram.ROWS[row]
            ax.text(x - 1.35, y, text, ha="right", va="center", fontsize=8, color=QUIET)
            diagram.arrow(ax, (x - 1.3, y), (x - diagram.WIDTH / 2, y), QUIET)
    news(ax, 6.8, 11.2)
    ax.text(0.0, -0.8, "grey: constants", color=QUIET, ha="center", fontsize=9)
    ax.text(9.0, -0.8, "what the first step has done", color=NEWS, ha="center", fontsize=9)
    return fig


CONSTANT = {
    "read": r"$\mathrm{sigmoid}(c_0)$",
    "enc": r"$h_0^{enc},\; s_0^{enc},\; h_0^{dec}$",
    "dec": r"$h_0^{dec},\; s_0^{dec}$",
    "c": "$c_0$",
}


def blank(fig, xlim):
    """Axes without a frame, for a drawing."""
    ax = fig.subplots()
    ax.set(xlim=xlim, ylim=(-1.0, 9.3), aspect="equal")
    ax.axis("off")
    return ax


def one_step(ax, x, t):
    """The boxes of step t of DRAW without attention in the column ``x``."""
    given = "x" if t == 1 else "x, z_1"
    words = {
        "image": "$x$",
        "read": "read",
        "enc": "encoder\nRNN",
        "Q": f"$Q(z_{t}|{given})$",
        "z": f"$z_{t}$",
        "dec": "decoder\nRNN",
        "write": "write",
        "c": f"$c_{t}$",
    }
    for row, text in words.items():
        diagram.box(ax, x, diagram.ROWS[row], text, COLOURS.get(row, diagram.PLAIN))
    arrows_up(ax, x, range(7))


def ends(ax, x, given):
    """The distribution of the picture over the last canvas."""
    diagram.box(ax, x, diagram.ROWS["c"] + 1, f"$P(x|{given})$", diagram.RANDOM)
    arrows_up(ax, x, (7,))


def arrows_up(ax, x, rows):
    """Arrows from each of these rows to the next, in the column ``x``."""
    for y in rows:
        word = {3: "sample", 7: "sigmoid"}.get(y)
        diagram.arrow(ax, (x, y + 0.31), (x, y + 0.69), label=word)


def news(ax, x, to):
    """What the step in column ``x`` hands to that in column ``to``."""
    left, right = x + diagram.WIDTH / 2, to - diagram.WIDTH / 2
    rows = diagram.ROWS
    for row, text in (
        ("enc", r"$h_1^{enc},\; s_1^{enc}$"),
        ("dec", r"$h_1^{dec},\; s_1^{dec}$"),
        ("c", "$c_1$"),
    ):
        diagram.arrow(ax, (left, rows[row]), (right, rows[row]), NEWS)
        ax.text(
            (left + right) / 2,
            rows[row] + 0.1,
            text,
            ha="center",
            va="bottom",
            fontsize=8,
            color=NEWS,
        )
    for source, lane, goal, text in (
        ("dec", right - 0.9, rows["enc"] - 0.16, "$h_1^{dec}$"),
        ("c", right - 0.45, rows["read"], r"$\mathrm{sigmoid}(c_1)$"),
    ):
        ax.plot(lane, rows[source], "o", ms=4, color=NEWS)
        ax.plot([lane, lane], [rows[source], goal], "--", color=NEWS, lw=1.2)
        diagram.arrow(ax, (lane, goal), (right, goal), NEWS)
        ax.text(lane - 0.1, goal - 0.1, text, ha="right", va="top", fontsize=8, color=NEWS)


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


# ---------------------------------------------------------------- learning


@notebook.picture(
    "Two panels against the training step, logarithmic. Left: L^x and the bound begin near the "
    "line of independent pixels and fall to less than half of it. Right: L^z begins near 0 and "
    "rises to nearly 20 nats."
)
def learning(log, coins):
    """The bound and its two parts over training, and what independent pixels cost.

    Parameters
    ----------
    log : dict of arrays
        As ``training.logbook.read`` gives it.
    coins : float
        In nats per image.
    """
    fig = figure(9.5, 3.1)
    left, right = fig.subplots(1, 2)
    left.plot(log["step"], log["L_x"], "--", color=PART_X, label="$L^x$")
    left.plot(log["step"], log["bound"], color=INK, label="$L = L^x + L^z$")
    left.axhline(coins, color=QUIET, lw=1, ls=":", label=f"independent pixels, {coins:.1f}")
    left.set(ylim=(0, None), ylabel="nats per image")
    left.set_title("What the picture costs once $z$ is known falls")
    right.plot(log["step"], log["L_z"], color=PART_Z)
    right.set(ylim=(0, None), ylabel="nats per image")
    right.set_title("What $z$ costs, $L^z$, rises")
    for ax in (left, right):
        ax.set(xscale="log", xlabel="training step")
    left.legend(loc="lower left")
    return fig


def bill(found, coins):
    """A table of the bound and its parts, and what the latent saves, in words.

    Parameters
    ----------
    found : bounds.Bound
        Of test images, from 50 draws of the noise.
    coins : float
        What independent pixels cost, in nats per image.
    """
    L_x, L_z = found.L_x.mean(), found.L_z.sum(axis=0).mean()
    notebook.table(
        ["", "nats per image"],
        [
            ["independent pixels", f"{coins:.1f}"],
            ["$L^x$: the picture, once $z$ is known", f"{L_x:.1f}"],
            ["$L^z$: the latent", f"{L_z:.1f}"],
            ["the bound $L = L^x + L^z$", f"**{found.mean:.1f}** ± {found.error:.1f}"],
        ],
    )
    notebook.say(
        f"So {L_z:.1f} nats spent on the latent save {coins - L_x:.1f} nats of pixels: "
        f"{(coins - L_x) / L_z:.1f} for one."
    )


@notebook.picture()
def by_sureness(samples):
    """Samples from those of which the judge is surest to those of which it is least sure.

    Parameters
    ----------
    samples : array, shape (n, 1, 28, 28)
    """
    sure = vae.sureness(samples)
    order = np.argsort(-sure)[np.linspace(0, len(sure) - 1, 24).round().astype(int)]
    fig = figure(9.5, 2.4)
    for n, ax in enumerate(fig.subplots(2, 1)):
        row = order[12 * n : 12 * n + 12]
        show_mosaic(ax, samples[row][None], labels=[f"{p:.2f}" for p in sure[row]])
    fig.suptitle(
        "24 of 1,000 samples, evenly spaced from the surest to the least sure, with the "
        "judge's probability",
        x=0.01,
        ha="left",
        fontsize=10,
    )
    return fig, (
        "Two rows of twelve samples, from clear digits at the upper left to smears between digits "
        f"at the lower right; the judge's probabilities fall from {sure.max():.2f} to "
        f"{sure.min():.2f}."
    )


# ---------------------------------------------------------------- components


@notebook.picture()
def components(kl, rise):
    """What every component costs on average, and how L^x rises if it is sampled from the prior.

    Parameters
    ----------
    kl, rise : array, shape (Z,)
        In nats per image.
    """
    order, place = np.argsort(-kl), np.arange(len(kl))
    used, words = kl[order] > vae.USED, {"color": QUIET, "ha": "center"}
    fig = figure(9.5, 4.3)
    top, bottom = fig.subplots(2, 1, sharex=True)
    for ax, values, colour in ((top, kl, PART_Z), (bottom, rise, PART_X)):
        ax.axvspan(used.sum() - 0.5, len(order) - 0.5, color="#EEEEEE", zorder=0)
        ax.bar(place, values[order], color=colour)
        ax.set_axisbelow(True)
        ax.grid(False, axis="x")
    top.text((used.sum() + len(order)) / 2 - 0.5, 0.5 * kl.max(), "not used", **words)
    top.set(ylabel="KL, nats")
    bottom.set(ylabel="rise of $L^x$, nats")
    bottom.set(xticks=place, xlabel="component $k$", xlim=(-0.7, len(order) - 0.3))
    bottom.set_xticklabels(order + 1, fontsize=7)
    top.set_title(
        f"What each costs: {used.sum()} of {len(order)} components are used, "
        f"{kl[kl > vae.USED].sum():.1f} nats; the others together "
        f"{kl[kl <= vae.USED].sum():.1f}"
    )
    bottom.set_title(
        "How $L^x$ rises if the component is sampled from the prior instead of $Q$; "
        f"all bars: {rise.sum():.0f} nats"
    )
    return fig, (
        f"Two rows of {len(kl)} bars. Upper: {used.sum()} components cost up to {kl.max():.1f} "
        "nats each, the others, shaded, next to nothing. Lower: sampled from the prior, most of "
        f"the used ones raise the cost by tens of nats, at most {rise.max():.0f}; the others by "
        "nothing that could be seen."
    )


@notebook.picture(
    "Three maps of seven by seven pictures over two components, each from -3 to 3, the others "
    "held. Left, from a 3, over the two components that cost most: 3 turns smoothly into 5 and "
    "other shapes. Middle, from the same 3, with an unused component upwards: all rows are the "
    "same. Right, from a 7, over the two that cost most: other digits than on the left.",
    alive.Part("latent", "vae"),
)
def walks(params, x, three, seven):
    """Three walks through the latent, each over two components.

    Parameters
    ----------
    params : dict of arrays
        As ``vae.folded`` gives them.
    x : array, shape (M, 1, 28, 28)
    three, seven : int
        Which pictures the latents are of.
    """
    mu, log_sigma = vae.encoder(params, x)
    first, second, *_, unused = costliest_first(mu, log_sigma)
    fig = figure(9.8, 3.9)
    for ax, start, up, title in zip(
        fig.subplots(1, 3),
        (three, three, seven),
        (second, unused, second),
        ("From a 3", "From the 3, with an unused component", "From a 7"),
        strict=True,
    ):
        ax.imshow(plot.mosaic(walk(params, mu[start], first, up)), extent=(-3.5, 3.5, -3.5, 3.5))
        ax.set(xticks=range(-3, 4), yticks=range(-3, 4))
        ax.set(xlabel=f"component {first + 1}", ylabel=f"component {up + 1}")
        ax.grid(False)
        ax.set_title(title)
    return fig


def walk(params, z, across, up, at=np.linspace(-3, 3, 7)):
    """Pictures with two components moved: rows from the top down, (n, n, 1, 28, 28)."""
    grid = np.repeat(z[None], len(at) ** 2, axis=0)
    grid[:, up], grid[:, across] = np.repeat(at[::-1], len(at)), np.tile(at, len(at))
    return vae.images(params, grid).reshape(len(at), len(at), 1, 28, 28)


# ---------------------------------------------------------------- how many steps

COMPARISONS = {  # what is equal: T to training steps
    "equal training steps": {1: 300, 2: 300, 4: 300},
    "equal time": {1: 560, 4: 300},
    "equal turns of the loop": {1: 1200, 4: 300},
}


@notebook.picture()
def equal(found):
    """Validation bounds of short runs, by what was held equal.

    Parameters
    ----------
    found : dict of bounds.Bound
        (T, training steps) to the bound of every validation image.
    """
    fig = figure(9.5, 2.9)
    axes = fig.subplots(1, 3, sharey=True, width_ratios=[3, 2, 2])
    words = []
    for ax, (title, runs) in zip(axes, COMPARISONS.items(), strict=True):
        bars = [found[run] for run in runs.items()]
        ax.bar(
            range(len(bars)),
            [b.mean for b in bars],
            0.6,
            yerr=[2 * b.error for b in bars],
            color=[LINES[T // 2] for T in runs],
        )
        for k, b in enumerate(bars):
            ax.text(k, b.mean + 2 * b.error + 2, f"{b.mean:.1f}", ha="center", fontsize=9)
        names = [f"$T = {T}$\n{steps:,} steps" for T, steps in runs.items()]
        ax.set(xticks=range(len(bars)), xticklabels=names, ylim=(0, 165))
        ax.set_xlim(-0.6, len(bars) - 0.4)
        ax.set_axisbelow(True)
        ax.grid(False, axis="x")
        mean, error = paired(found, (1, runs[1]), (4, runs[4]))
        ax.set_title(f"{title.capitalize()}:\n$T = 1$ less $T = 4$: {mean:.1f} ± {error:.1f}")
        words.append(
            f"{title}: "
            + ", ".join(f"T = {T} {b.mean:.1f}" for T, b in zip(runs, bars, strict=True))
        )
    axes[0].set(ylabel="validation bound, nats")
    return fig, f"Bars of the validation bound in nats per image. {'; '.join(words)}."


def paired(found, first, second):
    """By how much the first run's bound is above the second's, and its standard error, in nats."""
    difference = found[first].each - found[second].each
    return difference.mean(), bounds.standard_error(difference)
