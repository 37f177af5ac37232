"""Figures of the chapter on drawing a latent; a chapter shows each with its words."""

import numpy as np

from draw_np import latent
from draw_np.pictures.plot import INK, LINES, figure, style

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


def latent_explorer(mu, log_sigma, eps):
    """One component of the latent: its draws, what they cost, and where on the KL's map it is.

    Parameters
    ----------
    mu, log_sigma : float
    eps : array, shape (K, 1)
        Noise, the same whatever the posterior, so that a moved slider moves the draws.
    """
    where = np.array([[mu]]), np.array([[log_sigma]])
    kl = latent.kl_to_prior(*where)[0]
    with style():
        fig = figure(9.5, 3.1)
        left, middle, right = fig.subplots(1, 3)
        densities(left, *where, eps)
        left.set_title("The draws follow $Q$")
        cost_density(middle, *where)
        middle.set_title(f"Area, with its sign: KL = {kl:.3f} nats")
        kl_map(right)
        right.plot(mu, log_sigma, "*", ms=13, color=Q_COLOUR, mec="white")
        right.set_title("KL in nats; arrows: downhill")
    return fig


def carried_noise(settings, eps):
    """The same noise, carried to z by each (mu, sigma) in turn.

    Parameters
    ----------
    settings : list of (title, mu, sigma)
    eps : array, shape (K,)
    """
    with style():
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


def two_estimators(path, score, exact):
    """Histograms of two unbiased estimates of one derivative, from one draw each."""
    with style():
        fig = figure(9.5, 2.6)
        bins = np.linspace(-6, 20, 105)
        named = [(path, "through the sample"), (score, "by the score")]
        for ax, (values, name) in zip(fig.subplots(1, 2, sharex=True), named, strict=True):
            ax.hist(values, bins, density=True, color=Q_COLOUR, alpha=0.8)
            ax.axvline(exact, color=LINES[1], linewidth=1.5, label=f"exact: {exact:g}")
            ax.set_title(f"One draw, {name}: standard deviation {values.std():.2f}")
            ax.set(xlabel=r"estimate of $d/d\mu$", ylabel="density")
            ax.legend()
    return fig


def running_mean(values, exact, title):
    """The mean of the first K values against K, with the exact one and two standard errors."""
    K = np.arange(1, len(values) + 1)
    spread = 2 * values.std() / np.sqrt(K)
    with style():
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
            label="mean of the first $K$ draws",
        )
        ax.axhline(exact, color=LINES[1], linewidth=1.3, linestyle="--", label="closed form")
        ax.set(xscale="log", xlabel="draws $K$", ylabel="nats", xlim=(10, len(values)))
        ax.set_ylim(exact - 1.1 * spread[9], exact + 1.1 * spread[9])
        ax.set_title(title)
        ax.legend(loc="upper right")
    return fig


def kl_against_log_sigma():
    """The KL of one component at mu = 0, with its two limits."""
    with style():
        fig = figure(6.5, 2.9)
        ax = fig.subplots()
        t = np.linspace(-4, 1.4, 301)[:, None]
        ax.plot(
            t, latent.kl_to_prior(np.zeros_like(t), t), color=Q_COLOUR, label=r"KL at $\mu = 0$"
        )
        ax.plot(t, -t - 0.5, "--", color=P_COLOUR, label=r"$-\log\,\sigma - 1/2$")
        near = t[np.abs(t) < 1.1]
        ax.plot(near, near**2, ":", color=INK, label=r"$(\log\,\sigma)^2$")
        ax.set(xlabel=r"$\log\,\sigma$", ylabel="nats", xlim=(-4, 1.5), ylim=(-0.15, 4))
        ax.set_title("Narrow costs a nat per factor of $e$; wide costs exponentially")
        ax.legend(loc="upper center")
    return fig


def tug(mu, sigma, exact):
    """mu and sigma over the steps of training, and the exact values where they balance."""
    with style():
        fig = figure(6.5, 2.9)
        ax = fig.subplots()
        steps = np.arange(1, len(mu) + 1)
        named = [(mu, r"$\mu$", LINES[0]), (sigma, r"$\sigma$", LINES[1])]
        for (values, name, colour), goal in zip(named, exact, strict=True):
            ax.plot(steps, values, color=colour, linewidth=1)
            ax.axhline(goal, color=INK, linestyle="--", linewidth=0.9)
            ax.text(len(mu) * 1.05, goal, f"exact {name} = {goal:.3f}", va="center", fontsize=8)
            ax.text(1.1, values[0] + 0.06, name, color=colour, fontsize=11)
        ax.set(xlabel="gradient steps, one draw each", ylabel="value", xscale="log")
        ax.set(xlim=(1, len(mu)), ylim=(-0.05, 1.9))
        ax.set_title("Single throws of the dice find the balance")
    return fig


def wrong_kl(log_sigma, means, errors):
    """Right and wrong KL of a component at mu = 0, and the mean log ratio of real draws."""
    with style():
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
            label="draws, 4 standard errors",
        )
        ax.set(xlabel=r"$\log\,\sigma$ of the sampler", ylabel="nats", ylim=(-0.15, 3.6))
        ax.set_title("They agree at the prior only; the draws know which is right")
        ax.legend(loc="upper center")
    return fig
