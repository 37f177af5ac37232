"""What twenty mistakes look like: a picture or a few numbers for each, in their order.

A ``Scene`` is that of ``draw_np.book.mistakes_gallery``. What is drawn or said is computed with
a mistake in place and without, from the same weights, images and noise.
"""

import numpy as np
from autograd import grad

from draw_np import attention, data, latent, likelihood, mistakes, model, parameters
from draw_np.book.attention import bare, digit, heading, one, show_image, show_matrix
from draw_np.book.mistakes_gallery import terms_with
from draw_np.book.notebook import picture, say, table
from draw_np.config import Config
from draw_np.fast import driver, step
from draw_np.measuring import bounds
from draw_np.pictures import plot
from draw_np.pictures.plot import INK, LINES, READ, WRITE
from draw_np.training import optim

WITH, WITHOUT = "with the mistake", "right"


def both(name, measure):
    """What ``measure()`` gives: without a mistake, and with it."""
    right = measure()
    with mistakes.made(name):
        return right, measure()


# ---------------------------------------------------------------- 1 to 5: latent and bound


def log_ratio(looks):
    """log Q(z) - log P(z) of the z that were sampled, in every step: (T, M)."""
    log_q = [latent.log_posterior(k.z, k.mu, k.log_sigma) for k in looks]
    log_p = [latent.log_prior(k.z) for k in looks]
    return np.array(log_q) - np.array(log_p)


def measured_kl(scene, samples=20):
    """The KL of every step by samples, in closed form, and by mistake 1: (3, samples, T)."""
    params, x, eps, config = scene
    rng, rows = np.random.default_rng(1), []
    for _ in range(samples):
        _, looks = model.unroll(params, x, rng.standard_normal(eps.shape), config)
        right, wrong = both("kl-by-log-variance", lambda looks=looks: model.step_kl(looks))
        rows.append([v.mean(axis=1) for v in (log_ratio(looks), right, wrong)])
    return np.swapaxes(rows, 0, 1)


@picture()
def kl_by_log_variance(scene):
    """The KL of every step three ways."""
    by_samples, closed, wrong = measured_kl(scene)
    apart = by_samples - closed  # of the same samples
    errors = [v.std(axis=0, ddof=1) / len(v) ** 0.5 for v in (apart, apart.sum(axis=1))]
    sums = [v.sum(axis=1).mean() for v in (by_samples, closed, wrong)]
    t = np.arange(1, closed.shape[1] + 1)
    fig = plot.figure(8.2, 2.9)
    ax = fig.subplots()
    said = f"mean of log Q − log P over samples: {sums[0]:.2f} ± {errors[1]:.2f} in all"
    points = {"fmt": "o", "ms": 4, "color": INK, "linewidth": 1, "label": said}
    ax.errorbar(t, by_samples.mean(axis=0), 2 * errors[0], **points)
    label = f"closed form: {sums[1]:.2f}"
    ax.plot(t, closed.mean(axis=0), color=LINES[0], label=label)
    label = f"closed form {WITH}: {sums[2]:.2f}"
    ax.plot(t, wrong.mean(axis=0), "--", color=WRITE, label=label)
    ax.set(xlabel="drawing step t", ylabel="KL, nats", ylim=(0, None), xticks=t)
    ax.set_title("The samples lie on the right line")
    ax.legend(fontsize=8)
    return fig, (
        "KL of each drawing step. Points measured by samples lie on the line of the right closed "
        "form; the dashed line of the wrong one runs below it at most steps."
    )


def kl_constant_once_a_step(scene):
    """Three numbers, right and wrong."""
    name, Z = "kl-constant-once-a-step", scene.config.Z
    prior = np.zeros((1, Z))
    mu, log_sigma = np.random.default_rng(2).standard_normal((2, 3, Z))
    costs = both(name, lambda: latent.kl_to_prior(prior, prior)[0])
    slopes = both(name, lambda: grad(lambda m: np.sum(latent.kl_to_prior(m, log_sigma)))(mu))
    loss = [sum(terms_with(n, *scene)) for n in (None, name)]
    apart = np.abs(slopes[0] - slopes[1]).max()
    table(
        ["", WITHOUT, WITH],
        [
            ("KL of a step at the prior", *(f"{v:g}" for v in costs)),
            ("bound of the network", *(f"{v:.2f}" for v in loss)),
            ("gradient of the KL", "", f"differs by {apart:g}"),
        ],
    )


@picture()
def noise_dropped(scene, n=12):
    """Two reconstructions by two noises, and their difference, right and wrong."""
    few = scene.first(n)
    noises = np.random.default_rng(3).standard_normal((2, *few.eps.shape))

    def pictures():
        a, b = (model.reconstruct(few.params, few.x, e, few.config).means[-1] for e in noises)
        return {"one noise": a, "another noise": b, "difference": np.abs(a - b)}

    right, wrong = both("noise-dropped", pictures)
    rows = right | {f"{name}, {WITH}": v for name, v in wrong.items() if name == "difference"}
    largest = [np.max(v["difference"]) for v in (right, wrong)]
    title = f"Two samples of z: pixels differ by up to {largest[0]:.2f}; {WITH} by {largest[1]:g}"
    return drawn(rows, title), (
        "Rows of twelve digits: reconstructions by one noise, by another, and their difference, "
        "bright along the strokes; with the mistake the difference is black."
    )


def weighted_bounds(scene, K=(1, 2, 5, 10, 25, 50), images=40):
    """The importance-weighted bound for several K, right and by mistake 5; and mistake 4's claim.

    Returns
    -------
    dict
        ``K``; ``right`` and ``wrong``, lists in nats; ``claimed``, a number.
    """
    params, x, _, config = scene.first(images)
    rng = np.random.default_rng(5)
    noises = [rng.standard_normal((config.T, images, config.Z)) for _ in range(max(K))]

    def weighted():
        log_w = np.array([model.log_weights(params, x, e, config) for e in noises])
        return [-np.mean(log_mean_exp(log_w.reshape(-1, k, images))) for k in K]

    right, wrong = both("weights-by-closed-form", weighted)
    with mistakes.made("kl-averaged-over-steps"):
        claimed = float(np.mean([model.loss(params, x, e, config) for e in noises]))
    return {"K": K, "right": right, "wrong": wrong, "claimed": claimed}


def log_mean_exp(v):
    """log of the mean of exp(v) along axis 1."""
    top = v.max(axis=1, keepdims=True)
    return top[:, 0] + np.log(np.mean(np.exp(v - top), axis=1))


def kl_averaged_over_steps(found):
    """What mistake 4 claims, in a sentence."""
    right = found["right"]
    say(
        f"On forty test digits it claims {found['claimed']:.1f} nats. The bound there is "
        f"{right[0]:.1f}; with {found['K'][-1]} samples, weighted by importance, {right[-1]:.1f}."
    )


@picture()
def weights_by_closed_form(found):
    """The importance-weighted bound against the number of samples, right and wrong."""
    K, right, wrong = found["K"], found["right"], found["wrong"]
    fig = plot.figure(8.2, 2.9)
    ax = fig.subplots()
    ax.plot(K, right, "o-", color=LINES[0], ms=4, label="weights of the z that was sampled")
    ax.plot(K, wrong, "s--", color=WRITE, ms=4, label="weights by the closed-form KL")
    ax.set_xscale("log")
    ax.set_xticks(K, [f"{k}" for k in K])
    ax.minorticks_off()
    first = (K[0], max(right[0], wrong[0]), f"{right[0]:.1f} and {wrong[0]:.1f}")
    for k, v, words in (first, *((K[-1], row[-1], f"{row[-1]:.1f}") for row in (right, wrong))):
        ax.annotate(words, (k, v), (0, 6), textcoords="offset points", fontsize=8)
    ax.set(xlabel="samples K", ylabel="nats an image", ylim=(None, max(right) + 1.2))
    ax.set_title("Alike at K = 1; from then on one of them is no bound")
    ax.legend(fontsize=8, loc="lower left")
    return fig, (
        "The importance-weighted bound against the number of samples. Both curves start together "
        "and fall; the wrong one falls several nats further."
    )


# ---------------------------------------------------------------- 6 to 8: training

SMALL = Config(A=28, B=28, C=1, T=6, H=64, Z=16, N_read=5, N_write=5)
HEADS = ("read.W", "read.b", "write.W", "write.b")


def detached():
    """Work with mistake 6 in the fast engine: no derivative goes into a window's numbers."""

    def cut(part, after):
        for numbers in (after.centres, after.scales, *after.gamma.values()):
            numbers[...] = 0

    return mistakes.swapped(step.windows_backward, cut)


def trained(digits, steps, M=50, seed=6):
    """The loss of every training step, and how far the heads' weights are from the start."""
    rng = np.random.default_rng(seed)
    params = parameters.initialise(rng, SMALL, mean_image=digits.train.mean())
    start = {name: params[name].copy() for name in HEADS}
    adam, losses, moved = optim.Adam.for_parameters(params), [], []
    for _ in range(steps):
        x = digits.train.batch(rng.integers(0, len(digits.train), M), rng)
        eps = rng.standard_normal((SMALL.T, M, SMALL.Z))
        terms, gradient = driver.terms_and_gradient(params, x, eps, SMALL)
        adam.update(params, optim.clip_by_global_norm(gradient, 10.0)[0], lr=0.004)
        losses.append(terms.L_x + terms.L_z.sum())
        moved.append(optim.global_norm({n: params[n] - start[n] for n in HEADS}))
    return np.array(losses), np.array(moved)


@picture()
def attention_detached(digits, steps=600):
    """Two trainings from one start, with the same images and noise: losses and heads."""
    runs = {WITHOUT: trained(digits, steps)}
    with detached():
        runs[WITH] = trained(digits, steps)
    coins = bounds.independent_pixels(digits.train.mean(), digits.test).mean()
    fig = plot.figure(8.2, 2.9)
    left, right = fig.subplots(1, 2)
    for (name, (losses, moved)), colour, dash in zip(
        runs.items(), LINES, ("-", "--"), strict=False
    ):
        smooth = losses.reshape(-1, 25).mean(axis=1)
        at = np.arange(25, steps + 1, 25)
        left.plot(at, smooth, dash, color=colour, linewidth=1.5, label=f"{name}: {smooth[-1]:.0f}")
        right.plot(moved, dash, color=colour, linewidth=1.6)
    left.axhline(coins, color=INK, linewidth=0.8, linestyle=":")
    left.text(steps, coins + 2, f"independent pixels: {coins:.1f}", ha="right", fontsize=8)
    left.set(xlabel="training step", ylabel="nats an image, mean of 25 steps", ylim=(None, 212))
    left.set_title("The loss")
    left.legend(fontsize=8, loc="lower left")
    right.set(xlabel="training step", ylabel="distance from their start")
    right.set_title("The weights of the two heads")
    return fig, (
        "Left, the losses of two trainings. Both begin at the height of independent pixels and "
        "fall, the right one to 104 nats, the one with the mistake to 166. Right, how far the "
        "weights of their heads have moved: further and further, and not at all."
    )


def sum_over_images(scene, clip=10.0):
    """How long the gradient is for three minibatches, and what clipping makes of it."""
    rows = []
    for M in (5, 20, 80):
        few = scene.first(M)
        found = both("sum-over-images", lambda few=few: grad(model.loss)(*few))
        lengths = [f"{optim.global_norm(g):.0f}" for g in found]
        a, b = (optim.clip_by_global_norm(g, clip)[0] for g in found)
        apart = max(np.abs(a[name] - b[name]).max() for name in a)
        rows.append((M, *lengths, "none" if apart < 1e-9 else f"{apart:.1e}"))
    table(["images", "length of the gradient", WITH, f"difference once cut to {clip:g}"], rows)


def sure_and_wrong(c):
    """What pixels x = 1 cost at the logits ``c``, and the slope of that."""
    white = np.ones((len(c), 1, 1, 1))

    def cost(c):
        return likelihood.bernoulli_nll(white, c[:, None, None, None])

    return cost(c), grad(lambda c: np.sum(cost(c)))(c)


@picture(
    "Cost and slope of a white pixel against its logit. From the logit the cost grows without end "
    "and the slope stays -1; with the epsilon the cost stops at 18.4 and the slope is 0."
)
def probability_plus_epsilon():
    """Cost and slope of a white pixel, right and wrong."""
    c = np.linspace(-50, 5, 111)
    found = both("probability-plus-epsilon", lambda: sure_and_wrong(c))
    fig = plot.figure(8.2, 2.6)
    axes = fig.subplots(1, 2)
    names = ("from the logit", "from sigmoid(c) + 1e-8")
    for ax, curves, words in zip(
        axes, zip(*found, strict=True), ("cost, nats", "slope"), strict=True
    ):
        for k, (y, name) in enumerate(zip(curves, names, strict=True)):
            ax.plot(c, y, ("-", "--")[k], color=LINES[k], linewidth=1.6, label=name)
        ax.set(xlabel="logit $c$ of a pixel that should be white", ylabel=words)
    axes[0].set_title("What it costs")
    axes[1].set_title("How hard the loss pulls at its logit")
    axes[0].legend(fontsize=8)
    return fig


def grey_pixels(scene):
    """The number that comes out for grey pixels, in a sentence."""
    rng = np.random.default_rng(8)
    grey = data.load("digits", binarise="none").test.batch(np.arange(len(scene.x)), rng)
    right = sum(terms_with(None, *scene))
    wrong = sum(terms_with(None, *scene._replace(x=grey.astype(np.float64))))
    say(
        f"Bound on the binarised digits: {right:.1f} nats. On the same digits in grey: {wrong:.1f}."
    )


# ---------------------------------------------------------------- 9 to 13: filterbank


def first_grid(N, A=28):
    """The window of a head whose outputs are 0, with sigma half a stride, and its centres."""
    log_sigma2 = 2 * np.log(attention.default_stride(A, A, N) / 2)
    att = attention.attention(np.array([[0, 0, log_sigma2, 0, 0]]), A, A, N)
    return att, attention.filter_centres(att.g_X, att.delta, N)[0]


@picture()
def first_grids(name):
    """Where the filters begin, right and wrong, and what they read."""
    x = digit(25)
    fig = plot.figure(8.2, 3.5)
    axes = fig.subplots(1, 4, width_ratios=[1.35, 1.35, 1, 1])
    for ax, N in zip(axes, (2, 5), strict=False):
        right, wrong = both(name, lambda N=N: first_grid(N)[1])
        show_image(ax, 0.75 * x[0])
        dots(ax, right, "o", READ, WITHOUT)
        dots(ax, wrong, "x", WRITE, WITH)
        low, high = min(right[0], wrong[0]) - 2, max(right[-1], wrong[-1]) + 2
        ax.set(xlim=(low, high), ylim=(high, low))
        ends = [f"{mu[0]:g} to {mu[-1]:g}".replace("-", "\N{MINUS SIGN}") for mu in (right, wrong)]
        heading(ax, f"centres, N = {N}: {ends[0]}\n{WITH}: {ends[1]}", 8)
    seen = both(name, lambda: attention.glimpse(x, first_grid(5)[0], 5)[0])
    for ax, patch, words in zip(axes[2:], seen, (WITHOUT, WITH), strict=True):
        show_image(ax, patch)
        heading(ax, f"patch of 5 × 5\n{words}", 8)
    fig.legend(*axes[0].get_legend_handles_labels(), fontsize=8, loc="outside lower left", ncols=2)
    return fig, (
        "Centres of 2 by 2 and of 5 by 5 filters on a digit, right and with the mistake, and the "
        "patches of 5 by 5 that are read. The right ones frame the image."
    )


def dots(ax, mu, mark, colour, label):
    """The centres of a square grid of filters."""
    u, v = (w.ravel() for w in np.meshgrid(mu, mu))
    edge = {"edgecolor": "black", "linewidth": 0.5} if mark == "o" else {"linewidth": 1.4}
    ax.scatter(u, v, 22, color=colour, marker=mark, label=label, zorder=3, **edge)


def asymmetry(x, raw, N):
    """By how much a mirrored image, read with -g~_X, does not give the mirrored patch."""
    B, A = x.shape[-2:]
    turned = raw * np.array([-1, 1, 1, 1, 1])
    seen = attention.glimpse(x, attention.attention(raw, A, B, N), N)
    mirrored = attention.glimpse(x[..., ::-1], attention.attention(turned, A, B, N), N)
    return np.abs(mirrored - seen[..., ::-1]).max()


def centre_at_half_the_width():
    """The two numbers of the mirror, in a sentence."""
    raw = np.array([[0.2, -0.1, 0.5, -0.4, 0.1]])
    right, wrong = both("centre-at-half-the-width", lambda: asymmetry(digit(25), raw, 5))
    say(f"`asymmetry` of a digit's patch: {right:.0e}. With the mistake: {wrong:.2f}.")


def banks(logs, A=101):
    """Five filters on a line of ``A`` pixels for each log sigma^2."""
    mu = np.linspace(0, A + 1, 7)[None, 1:-1]
    return [attention.filterbank(mu, np.exp(np.array([v])), A)[0] for v in logs]


def variance(F):
    """The variance of the filter in the middle of a filterbank (N, A)."""
    a, row = np.arange(1, F.shape[1] + 1), F[len(F) // 2]
    return np.sum(row * (a - np.sum(row * a)) ** 2)


@picture(
    "Five filters on a line of 101 pixels at four values of log sigma squared. With the mistake "
    "they widen twice as fast and at log sigma squared 2 run into each other."
)
def whole_fraction_squared():
    """Filters of four widths as heat maps, right and wrong, and their measured variances."""
    logs = (-1.0, 0.0, 1.0, 2.0)
    found = both("whole-fraction-squared", lambda: banks(logs))
    fig = plot.figure(8.2, 2.6)
    axes = fig.subplots(2, len(logs), sharex=True)
    for k, pair in enumerate(zip(*found, strict=True)):
        high = max(F.max() for F in pair)
        for row, F in enumerate(pair):
            show_matrix(axes[row, k], F, high=high)
            axes[row, k].set_xticks([1, F.shape[1]])
            heading(axes[row, k], f"variance {variance(F):.2f}", 8)
        axes[1, k].set_xlabel(
            f"$\\log\\sigma^2$ = {logs[k]:g}, $\\sigma^2$ = {np.exp(logs[k]):.2f}", fontsize=8
        )
    for row, words in enumerate((WITHOUT, WITH)):
        axes[row, 0].set_ylabel(words, fontsize=8)
    return fig


def on_the_way_out(places, A=28):
    """What a filter of width 1 reads of ones, and its slope where only the last pixel is white."""
    edge = np.where(np.arange(1, A + 1) == A, 1.0, 0.3)

    def reading(m, line):
        return np.sum(attention.filterbank(m[:, None], np.ones(len(m)), A) * line)

    ones = np.array([reading(np.array([m]), np.ones(A)) for m in places])
    return ones, np.abs(grad(reading)(places, edge))


@picture(
    "A filter of width 1 moves off the right edge of an image of 28 pixels. Right, it goes on "
    "reading the edge. With the epsilon it reads 0 from some five pixels outside, and its slope, "
    "on a logarithmic scale, drops ever more steeply."
)
def epsilon_added_to_the_sum(A=28):
    """A filter on its way out: what it reads, and the slope that calls it back."""
    places = np.linspace(24, 38, 141)
    found = both("epsilon-added-to-the-sum", lambda: on_the_way_out(places))
    titles = ("What it reads of an image of ones", "Its slope in a picture with a white edge")
    fig = plot.figure(8.2, 2.8)
    axes = fig.subplots(1, 2)
    for ax, curves, title in zip(axes, zip(*found, strict=True), titles, strict=True):
        for k, (y, name) in enumerate(zip(curves, (WITHOUT, "with the epsilon"), strict=True)):
            ax.plot(places, y, ("-", "--")[k], color=LINES[k], linewidth=1.7, label=name)
        ax.axvspan(A + 0.5, places[-1], color="#EEEEEE", zorder=0)
        ax.set(
            xlabel=f"centre of the filter; the image ends at {A + 0.5:g}",
            xlim=(places[0], places[-1]),
            title=title,
        )
    axes[0].set_ylabel("sum of the row")
    axes[1].set(yscale="log", ylim=(1e-18, 10), ylabel="change for each pixel moved")
    axes[0].legend(fontsize=8, loc="lower left")
    return fig


# ---------------------------------------------------------------- 14 to 16: read and write


@picture()
def write_with_gamma(scene, n=12):
    """Generated digits, right and with gamma in the place of 1/gamma."""
    drawings = both("write-with-gamma", lambda: generated(scene, n))
    rows = {name: d.means[-1] for name, d in zip((WITHOUT, WITH), drawings, strict=True)}
    middle = np.median(drawings[0].writing.gamma)
    title = (
        f"New digits. The median of γ is {middle:.3f}: its strokes were meant to be divided by it"
    )
    return drawn(rows, title), (
        "Twelve generated digits, and below them what comes out with the mistake: the starting "
        "canvas, as good as untouched."
    )


@picture(
    "A handwritten 2, its patch of 11 by 11, the patch with the mistake, lying on its side, and "
    "the patch of the digit lying on its side, which is the same."
)
def patch_transposed():
    """An image, its patch, the patch that the mistake makes of it, and that of the image lying."""
    x, grid = digit(25), one(14.5, 14.5, 2.2, 1.2)
    right, wrong = both("patch-transposed", lambda: attention.glimpse(x, grid, 11))
    lying = attention.glimpse(np.swapaxes(x, 2, 3), grid, 11)
    titles = ("the image", "its patch", WITH, "patch of the image lying down")
    fig = plot.figure(8.2, 2.5)
    for ax, image, title in zip(fig.subplots(1, 4), (x, right, wrong, lying), titles, strict=True):
        show_image(ax, image[0])
        bare(ax)
        heading(ax, title)
    return fig


@picture()
def one_head_for_both(scene, m=3):
    """Where one digit is written in step t, and where step t + 1 reads: right and wrong."""
    few = scene.first(m + 1)
    drawings = both("one-head-for-both", lambda: model.reconstruct(*few))
    with mistakes.made("one-head-for-both"):
        slopes = grad(model.loss)(*few)
    idle = sum(slopes[name].size for name in HEADS[2:] if not np.any(slopes[name]))
    fig = plot.figure(8.2, 2.6)
    t = np.arange(1, few.config.T)
    for ax, d, words in zip(
        fig.subplots(1, 2, sharey=True), drawings, (WITHOUT, WITH), strict=True
    ):
        ax.plot(t, d.writing.g_X[:-1, m], "o-", color=WRITE, ms=5, label="written in step t")
        ax.plot(t, d.reading.g_X[1:, m], "s--", color=READ, ms=3, label="read in step t + 1")
        ax.set(xlabel="drawing step t", ylabel="centre $g_X$, pixels", xticks=t)
        ax.set_title(words)
    fig.axes[0].legend(fontsize=8)
    fig.suptitle(
        f"With the mistake, {idle} weights of the write head have the gradient 0",
        x=0.01,
        ha="left",
        fontsize=10,
    )
    return fig, (
        "Centres of the windows of one digit against the step. Right, writing and the next "
        "reading go different ways; with the mistake they are one curve."
    )


# ---------------------------------------------------------------- 17 to 20: time and pictures


def generated(scene, n, seed=20):
    """New drawings, from latents of the prior."""
    config = scene.config
    z = np.random.default_rng(seed).standard_normal((config.T, n, config.Z))
    return model.generate(scene.params, z, config)


@picture()
def canvases(scene, name, m=3, steps=(0, 1, 2, 3, 4, 6, 8, 10, 12)):
    """One digit drawn by the same weights, right and with a mistake, with the writing windows."""
    few = only(scene, m)
    rows, windows = {}, []
    for r, (words, d) in enumerate(
        zip((WITHOUT, WITH), both(name, lambda: model.reconstruct(*few)), strict=True)
    ):
        rows[words] = d.means[list(steps), 0]
        marks = window_marks(r, d.writing, 0, few.config.N_write, few.config, steps[1:])
        windows += [(row, k + 1, *rest) for row, k, *rest in marks]
    change = sum(terms_with(name, *scene)) - sum(terms_with(None, *scene))
    title = f"One digit, drawn twice by the same weights; the bound changes by {change:+.0f} nats"
    return drawn(rows, title, [f"t = {t}" for t in steps], windows), (
        "Two rows of canvases from the start to the last step: right, and with the mistake."
    )


def only(scene, m):
    """The scene with image ``m`` alone."""
    return scene._replace(x=scene.x[m : m + 1], eps=scene.eps[:, m : m + 1])


def last_latent_matters(scene, n=5):
    """By how much another z_T changes the last canvas, in a logit."""
    params, config = scene.params, scene.config
    z, other = np.random.default_rng(17).standard_normal((2, config.T, n, config.Z))
    changed = np.concatenate([z[:-1], other[-1:]])
    ends = [model.generate(params, latents, config).c[-1] for latents in (z, changed)]
    return np.abs(ends[0] - ends[1]).max()


def write_from_the_state_before(scene):
    """Whether the last latent reaches the canvas, in a sentence."""
    right, wrong = both("write-from-the-state-before", lambda: last_latent_matters(scene))
    say(
        f"Another $z_T$ changes the last canvas by up to {right:.1f} in a logit; "
        f"with the mistake by {wrong:g}."
    )


@picture()
def last_canvas_lost(scene, n=12):
    """Generated digits with and without their last stroke, and the difference."""
    right, wrong = (d.means[-1] for d in both("last-canvas-lost", lambda: generated(scene, n)))
    apart = np.abs(right - wrong)
    mean, most = apart.mean(), apart.max()
    title = f"The last stroke changes a pixel by {mean:.4f} in the mean, by {most:.2f} at most"
    return drawn({WITHOUT: right, WITH: wrong, "difference": apart}, title), (
        "Twelve generated digits, the same without their last stroke, nearly alike, and the "
        "difference, a few spots."
    )


@picture()
def reconstruction_as_generation(scene, n=12):
    """Test images, their reconstructions, new digits, and what the mistake calls new."""
    few = scene.first(n)
    again = model.reconstruct(*few)
    right, wrong = both("reconstruction-as-generation", lambda: generated(scene, n))
    rows = {
        "test images": few.x,
        "reconstructed": again.means[-1],
        "generated": right.means[-1],
        WITH: wrong.means[-1],
    }
    told = again.L_z.sum(axis=0).mean()
    title = (
        f"The encoder tells {told:.0f} nats about each reconstructed image, and 0 about a new one"
    )
    return drawn(rows, title), (
        "Rows of twelve: test images, reconstructions close to them, generated digits, and what "
        "the mistake makes of a blank image, which is nearly blank."
    )


def knows_no_encoder(generate, params, z, config):
    """Whether new pictures can do without the encoder: its weights may be NaN."""
    spoilt = params | {"enc.W": np.full_like(params["enc.W"], np.nan)}
    return bool(np.all(np.isfinite(generate(spoilt, z, config).c)))


# ---------------------------------------------------------------- rows of pictures


def drawn(rows, title, labels=(), windows=()):
    """Rows of pictures, each with its name at the left.

    Parameters
    ----------
    rows : dict of arrays, shape (columns, C, B, A)
        Intensities.
    title : str
    labels : sequence of str
        One a column, or none.
    windows : sequence
        As for ``plot.show_mosaic``.
    """
    images = np.stack(list(rows.values()))
    R, K, _, B, A = images.shape
    side = (8.2 - 1.75) / K
    fig = plot.figure(8.2, R * side * B / A + 0.62)
    ax = fig.subplots()
    plot.show_mosaic(ax, images, windows, labels)
    for r, name in enumerate(rows):
        middle = r * (B + plot.GAP) + B / 2
        ax.text(-3, middle, name.replace(", ", ",\n"), ha="right", va="center", fontsize=8)
    fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    return fig


def window_marks(row, att, m, N, config, steps, colour=WRITE):
    """Windows of one image over time, for a row of ``drawn`` with a column for each step."""
    fields = [np.asarray(f)[:, m : m + 1] for f in (att.g_X, att.g_Y, att.delta, att.sigma2)]
    found = plot.attention_windows(
        attention.Attention(*fields, gamma=None), N, config.A, config.B, colour, steps, [0]
    )
    return [(row, *rest) for _, *rest in found]
