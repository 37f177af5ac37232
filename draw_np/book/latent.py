"""Figures of the chapter on drawing a latent, and what they show."""

import numpy as np

import draw_np
from draw_np import data, latent, mistakes
from draw_np.book import alive, notebook, vae
from draw_np.pictures.plot import INK, LINES, figure, show_mosaic

Q_COLOUR, P_COLOUR = LINES[0], "#777777"


def kl_map(ax):
    """Contours of the KL of one component over mu and log sigma, and its downhill arrows."""
    mu, log_sigma = np.meshgrid(np.linspace(-3, 3, 121), np.linspace(-3, 1.5, 121))
    kl = latent.kl_to_prior(mu.reshape(-1, 1), log_sigma.reshape(-1, 1)).reshape(mu.shape)
    levels = [0.05, 0.25, 0.5, 1, 2, 3, 4, 6]
    lines = ax.contour(mu, log_sigma, kl, levels, colors=P_COLOUR, linewidths=0.9)
    ax.clabel(lines, fmt="%g", fontsize=7)
    at = np.meshgrid(np.linspace(-2.5, 2.5, 7), np.linspace(-2.5, 1.0, 6))
    down = -at[0], 1 - np.exp(2 * at[1])
    length = np.hypot(*down) + 1e-12
    shown = np.tanh(length) / length
    ax.quiver(*at, down[0] * shown, down[1] * shown, color=LINES[1], width=0.006, scale=14)
    ax.plot(0, 0, "o", ms=5, color=P_COLOUR)
    ax.set(xlabel=r"$\mu$", ylabel=r"$\log\,\sigma$", xlim=(-3, 3), ylim=(-3, 1.5))


def densities(ax, mu, log_sigma, eps):
    """P and Q with the draws that the noise ``eps`` gives."""
    z = np.linspace(-5, 5, 601)[:, None]
    p, q = np.exp(latent.log_prior(z)), np.exp(latent.log_posterior(z, mu, log_sigma))
    ax.fill_between(z[:, 0], q, color=Q_COLOUR, alpha=0.2, linewidth=0)
    ax.plot(z, q, color=Q_COLOUR, label="posterior $Q$")
    ax.plot(z, p, "--", color=P_COLOUR, label="prior $P$")
    draws = latent.sample(mu, log_sigma, eps)
    floor = -0.06 * max(q.max(), p.max())
    ax.plot(draws, np.full_like(draws, floor), "|", ms=9, mew=1.2, color=Q_COLOUR)
    ax.set(xlabel="$z$", ylabel="density", xlim=(-5, 5), ylim=(2 * floor, None))
    ax.legend(loc="upper left")


def cost_density(ax, mu, log_sigma):
    """q(z) log(q(z)/p(z)): its area, counted with its sign, is the KL."""
    z = np.linspace(-5, 5, 1201)[:, None]
    log_q = latent.log_posterior(z, mu, log_sigma)
    y, z = np.exp(log_q) * (log_q - latent.log_prior(z)), z[:, 0]
    ax.fill_between(z, y, where=y > 0, color=LINES[1], alpha=0.55, linewidth=0, label="costs")
    ax.fill_between(
        z, y, where=y < 0, color=LINES[5], alpha=0.55, linewidth=0, hatch="///", label="gives back"
    )
    ax.plot(z, y, color=INK, linewidth=0.8)
    ax.set(xlabel="$z$", ylabel="nats per unit of $z$", xlim=(-5, 5))
    ax.legend(loc="upper left")


@notebook.picture(
    "Three panels. Left: the posterior, a narrow bell at 1.5, beside the wide prior at 0, with the "
    "samples as ticks. Middle: the cost density, mostly positive, a little negative on the left. "
    "Right: contours of the KL over mu and log sigma, lowest at the prior, with arrows downhill."
)
def one_component(mu=1.5, log_sigma=np.log(0.5), draws=40):
    """One component of the latent: its samples, what they cost, and where on the KL's map it is."""
    where = np.array([[mu]]), np.array([[log_sigma]])
    eps = np.random.default_rng(4).standard_normal((draws, 1))
    kl = latent.kl_to_prior(*where)[0]
    fig = figure(9.5, 3.1)
    left, middle, right = fig.subplots(1, 3)
    densities(left, *where, eps)
    left.set_title("The samples follow $Q$")
    cost_density(middle, *where)
    middle.set_title(f"Area, with its sign: KL = {kl:.3f} nats")
    kl_map(right)
    right.plot(mu, log_sigma, "*", ms=13, color=Q_COLOUR, mec="white")
    right.set_title("KL in nats; arrows: downhill")
    return fig


@notebook.picture(
    "The same five noises, carried to z in three panels: unchanged for mu 0 and sigma 1; all moved "
    "to the right by 1.5 for mu 1.5; and gathered around 1.5 for sigma 0.4."
)
def carried_noise():
    """The same five noises, carried to z by each (mu, sigma) in turn."""
    settings = [("As sampled", 0, 1), ("All moved alike", 1.5, 1), ("Gathered", 1.5, 0.4)]
    eps = np.array([-1.5, -0.6, 0.2, 1.0, 1.7])
    fig = figure(9.5, 2.7)
    axes = fig.subplots(1, len(settings), sharey=True)
    for ax, (title, mu, sigma) in zip(axes, settings, strict=True):
        z = mu + sigma * eps
        for e, to in zip(eps, z, strict=True):
            ax.plot([e, to], [1, 0], color=P_COLOUR, linewidth=0.8)
        ax.plot(eps, np.ones_like(eps), "o", ms=5, color=P_COLOUR)
        ax.plot(z, np.zeros_like(z), "o", ms=5, color=Q_COLOUR)
        ax.set(xlim=(-3.6, 3.6), ylim=(-0.25, 1.25), yticks=[0, 1])
        ax.set_yticklabels(["$z$", r"$\epsilon$"], fontsize=12)
        ax.grid(False, axis="y")
        ax.set_title(rf"{title}: $\mu = {mu:g}$, $\sigma = {sigma:g}$")
    return fig


def estimates(eps, mu=1.0, sigma=0.5):
    """The derivative of the mean of z^2 with respect to mu, from one noise each: by two ways."""
    z = mu + sigma * eps
    return 2 * z, z**2 * eps / sigma


@notebook.picture(
    "Two histograms of 20,000 single-sample estimates, on the same axes. Through the sample: a "
    "narrow bell around the exact value 2. By the score: a spike near 0 with a long tail to the "
    "right, far wider."
)
def two_estimators(exact=2.0):
    """Histograms of two unbiased estimates of one derivative, from one sample each."""
    path, score = estimates(np.random.default_rng(4).standard_normal(20_000))
    fig = figure(9.5, 2.6)
    bins = np.linspace(-6, 20, 105)
    named = [(path, "through the sample"), (score, "by the score")]
    for ax, (values, name) in zip(fig.subplots(1, 2, sharex=True, sharey=True), named, strict=True):
        ax.hist(values, bins, density=True, color=Q_COLOUR, alpha=0.8)
        ax.axvline(exact, color=LINES[1], linewidth=1.5, label=f"exact: {exact:g}")
        ax.set_title(f"One sample, {name}: standard deviation {values.std():.2f}")
        ax.set(xlabel=r"estimate of $d/d\mu$", ylabel="density")
        ax.legend()
    return fig


def log_ratios(mu, log_sigma, K=20_000):
    """log q(z) - log p(z) of K samples of one normal q, (K,)."""
    q = np.array([[mu]]), np.array([[log_sigma]])
    z = latent.sample(*q, np.random.default_rng(40).standard_normal((K, 1)))
    return latent.log_posterior(z, *q) - latent.log_prior(z)


@notebook.picture(
    "The mean of the first K log ratios against K on a logarithmic axis. It stays near or in a "
    "funnel of two standard errors that closes on the closed form, a dashed horizontal line."
)
def running_mean(mu=1.5, log_sigma=np.log(0.5)):
    """The mean of the first K log ratios against K, with the exact KL and two standard errors."""
    values = log_ratios(mu, log_sigma)
    exact = latent.kl_to_prior(np.array([[mu]]), np.array([[log_sigma]]))[0]
    K = np.arange(1, len(values) + 1)
    spread = 2 * values.std() / np.sqrt(K)
    fig = figure(6.5, 2.8)
    ax = fig.subplots()
    ax.fill_between(
        K,
        exact - spread,
        exact + spread,
        color=Q_COLOUR,
        alpha=0.18,
        linewidth=0,
        label="exact, two standard errors either side",
    )
    ax.plot(
        K,
        np.cumsum(values) / K,
        color=Q_COLOUR,
        linewidth=1.1,
        label="mean of the first $K$ samples",
    )
    ax.axhline(exact, color=LINES[1], linewidth=1.3, linestyle="--", label="closed form")
    ax.set(xscale="log", xlabel="samples $K$", ylabel="nats", xlim=(10, len(values)))
    ax.set_ylim(exact - 1.1 * spread[9], exact + 1.1 * spread[9])
    ax.set_title("The samples find the closed form, slowly")
    ax.legend(loc="upper right")
    return fig


@notebook.picture(
    "KL at mu 0 against log sigma: nearly a straight line of slope minus 1 on the left, zero at "
    "log sigma 0, where it touches a dotted parabola, and steep on the right."
)
def kl_against_log_sigma():
    """The KL of one component at mu = 0, with its two limits."""
    fig = figure(6.5, 2.9)
    ax = fig.subplots()
    t = np.linspace(-4, 1.4, 301)[:, None]
    ax.plot(t, latent.kl_to_prior(np.zeros_like(t), t), color=Q_COLOUR, label=r"KL at $\mu = 0$")
    ax.plot(t, -t - 0.5, "--", color=P_COLOUR, label=r"$-\log\,\sigma - 1/2$")
    near = t[np.abs(t) < 1.1]
    ax.plot(near, near**2, ":", color=INK, label=r"$(\log\,\sigma)^2$")
    ax.set(xlabel=r"$\log\,\sigma$", ylabel="nats", xlim=(-4, 1.5), ylim=(-0.15, 4))
    ax.set_title("Narrow costs a nat per factor of $e$; wide costs exponentially")
    ax.legend(loc="upper center")
    return fig


def descent(y=2.0, tau=0.5, steps=4000, lr=0.03):
    """mu and log sigma on the way down by one-sample gradients, from the prior, (steps + 1, 2).

    The rate is ``lr`` at first and falls like one over the step after 200 steps: the noise of
    the gradients then averages out.
    """
    at = np.zeros(2)
    track = [at.copy()]
    for step, eps in enumerate(np.random.default_rng(4).standard_normal(steps)):
        mu, sigma = at[0], np.exp(at[1])
        dz = (mu + sigma * eps - y) / tau**2
        slope = np.array([dz + mu, dz * sigma * eps + sigma**2 - 1])
        at = at - lr / (1 + step / 200) * slope
        track.append(at)
    return np.array(track)


@notebook.picture(
    "Two curves against training steps: mu climbs from 0 to 1.6 and sigma falls from 1 to 0.45, "
    "both jittery at first and then settling on the dashed exact values."
)
def tug(y=2.0, tau=0.5):
    """mu and sigma over the steps of training, and the exact values where they balance."""
    track = descent(y, tau)
    mu, sigma = track[:, 0], np.exp(track[:, 1])
    exact = y / (1 + tau**2), (tau**2 / (1 + tau**2)) ** 0.5
    fig = figure(6.5, 2.9)
    ax = fig.subplots()
    steps = np.arange(1, len(mu) + 1)
    named = [(mu, r"$\mu$", LINES[0], 0.2), (sigma, r"$\sigma$", LINES[1], 0.06)]
    for (values, name, colour, above), goal in zip(named, exact, strict=True):
        ax.plot(steps, values, color=colour, linewidth=1)
        ax.axhline(goal, color=INK, linestyle="--", linewidth=0.9)
        ax.text(len(mu) * 1.05, goal, f"exact {name} = {goal:.3f}", va="center", fontsize=8)
        ax.text(1.1, values[0] + above, name, color=colour, fontsize=11)
    ax.set(xlabel="gradient steps, one sample each", ylabel="value", xscale="log")
    ax.set(xlim=(1, len(mu)), ylim=(-0.05, 1.9))
    ax.set_title("Gradients from single samples find the balance")
    return fig


@notebook.picture(
    "Right and wrong KL against log sigma. Both are 0 at 0. To the left the right one grows with "
    "slope minus 1, the wrong one with half of that. Monte-Carlo points lie on the right one."
)
def wrong_kl():
    """Right and wrong KL of a component at mu = 0, and the mean log ratio of real samples."""
    log_sigma = np.linspace(-3, 1, 9)
    ratios = [log_ratios(0.0, v, 4000) for v in log_sigma]
    means, errors = np.mean(ratios, axis=1), np.std(ratios, axis=1) / 4000**0.5
    fig = figure(6.5, 2.9)
    ax = fig.subplots()
    t = np.linspace(-3.2, 1.2, 201)
    zero = np.zeros((len(t), 1))
    ax.plot(t, latent.kl_to_prior(zero, t[:, None]), color=Q_COLOUR, label="KL of Eq. 11")
    mixed = 0.5 * (np.exp(t) - t - 1)
    ax.plot(t, mixed, "--", color=LINES[1], label=r"$\log\,\sigma$ taken for $\log\,\sigma^2$")
    ax.errorbar(
        log_sigma,
        means,
        4 * np.array(errors),
        fmt="o",
        ms=4,
        color=INK,
        label="samples, 4 standard errors",
    )
    ax.set(xlabel=r"$\log\,\sigma$ of the sampler", ylabel="nats", ylim=(-0.15, 3.6))
    ax.set_title("They agree at the prior only; the samples know which is right")
    ax.legend(loc="upper center")
    return fig


def constants():
    """L^z of T = 64 steps and Z = 100 components by the right constant and by three others.

    Returns
    -------
    dict
        Name to L^z at Q = P, and at a Q a little away from it, in nats.
    """
    rng, shape = np.random.default_rng(4), (64, 100)  # rows stand for steps
    there = np.zeros(shape), np.zeros(shape)
    near = 0.2 * rng.standard_normal(shape), -0.1 * np.ones(shape)

    def both():
        return latent.kl_to_prior(*there).sum(), latent.kl_to_prior(*near).sum()

    found = {"exact": both()}
    for name in ("kl-constant-once-a-step", "kl-without-constant", "kl-averaged"):
        with mistakes.made(name):
            found[name] = both()
    return found


# ---------------------------------------------------------------- a latent in hand

PUSHES = (-4, -2, -1, 0, 1, 2, 4)


def told(network, x):
    """A VAE's answer for one image: its parameters in the form of ``vae``, mu and log sigma."""
    params = vae.folded(network.params, network.config)
    return params, *vae.encoder(params, x)


def pushed(network, x, k, pushes=PUSHES):
    """Images drawn from the means with component k pushed, and what the latent then costs.

    Parameters
    ----------
    network : networks.Network
        A VAE: T = 1 and without attention.
    x : array, shape (1, C, B, A)
    k : int
    pushes : sequence of float

    Returns
    -------
    array, shape (n, C, B, A), and array, shape (n,), in nats
    """
    params, mu, log_sigma = told(network, x)
    z = np.repeat(mu, len(pushes), axis=0)
    z[:, k] += np.array(pushes)
    kl = latent.kl_to_prior(z, np.repeat(log_sigma, len(pushes), axis=0))
    return vae.images(params, z), kl


def widened(network, x, k, sigmas, n=7):
    """Samples of Q with component k as wide as each of ``sigmas``: (len, n, C, B, A), and KLs."""
    params, mu, log_sigma = told(network, x)
    eps, sheets, costs = np.random.default_rng(4).standard_normal((n, mu.shape[1])), [], []
    for sigma in sigmas:
        wide = log_sigma.copy()
        wide[0, k] = np.log(sigma)
        sheets.append(vae.images(params, latent.sample(mu, wide, eps)))
        costs.append(latent.kl_to_prior(mu, wide)[0])
    return np.array(sheets), np.array(costs)


@notebook.picture(part=alive.Part("latent", "vae"))
def in_hand():
    """A real digit's Q in a trained VAE: what each component costs, one pushed, one widened."""
    network, test = draw_np.load("vae"), data.load("digits").test
    x = test.batch(np.flatnonzero(test.labels == 3)[:1], np.random.default_rng(6))
    params, mu, log_sigma = told(network, x)
    kl = vae.cost(mu, log_sigma)[0]
    k = int(kl.argmax())
    images, costs = pushed(network, x, k)
    sigma = float(np.exp(log_sigma[0, k]))
    sheets, wide = widened(network, x, k, (sigma, 1.0))
    fig = figure(9.5, 4.4)
    axes = fig.subplot_mosaic(
        [["x", "bars", "bars"], ["mean", "push", "push"], [".", "narrow", "wide"]],
        width_ratios=(1, 3.5, 3.5),
        height_ratios=(1.2, 1.2, 0.6),
    )
    show_mosaic(axes["x"], x[None])
    axes["x"].set_title("a digit $x$")
    show_mosaic(axes["mean"], vae.images(params, mu)[None])
    axes["mean"].set_title(r"drawn from $\mu$")
    place = np.arange(len(kl))
    axes["bars"].bar(place, kl, color=[LINES[1] if j == k else Q_COLOUR for j in place])
    axes["bars"].set(xticks=place, ylabel="nats", xlim=(-0.7, len(kl) - 0.3))
    axes["bars"].set_xticklabels(place + 1, fontsize=6)
    axes["bars"].grid(False, axis="x")
    axes["bars"].set_title(f"What each component of its $Q$ costs: {kl.sum():.1f} nats together")
    labels = [f"{p:+d}: {c:.1f} nats" for p, c in zip(PUSHES, costs, strict=True)]
    show_mosaic(axes["push"], images[None], labels=labels)
    axes["push"].set_title(rf"Component {k + 1}: $\mu$ moved by this much: the KL", pad=16)
    for name, sheet, value, cost in zip(
        ("narrow", "wide"), sheets, (sigma, 1.0), wide, strict=True
    ):
        show_mosaic(axes[name], sheet[None])
        axes[name].set_title(rf"Samples, its $\sigma = {value:.2f}$: {cost:.1f} nats")
    return fig, (
        f"A 3, what a VAE draws from its means, and 32 bars of what each component costs, "
        f"{kl.sum():.1f} nats together. Below, one component's mean pushed from -4 to 4: the 3 "
        f"turns into other shapes, and the KL rises on both sides. Last, seven samples of Q, all "
        f"nearly the same 3, and seven with that component's sigma at 1: they differ."
    )
