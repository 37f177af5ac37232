"""Exercises of chapter 14: properties that expose mistakes, and weights that hide them."""

import numpy as np

from draw_np import attention, latent, model
from draw_np.practice.chapters import bound, solutions
from draw_np.practice.exercise import Case, Exercise, Known, Suspect

rng = np.random.default_rng(14)


def normal(*shape):
    """Standard normal numbers."""
    return rng.standard_normal(shape)


# ---------------------------------------------------------------- 14.1


def measured_by(
    draw=latent.sample,
    log_q=latent.log_posterior,
    log_p=latent.log_prior,
    ratio=lambda q, p: q - p,
    mean=lambda ratios: np.mean(ratios, axis=0),
    error=lambda ratios: np.std(ratios, axis=0, ddof=1) / len(ratios) ** 0.5,
):
    """The measured cost with some of its parts exchanged."""

    def measured(mu, log_sigma, eps):
        ratios = []
        for e in eps:
            z = draw(mu, log_sigma, e)
            ratios.append(ratio(log_q(z, mu, log_sigma), log_p(z)))
        return mean(np.array(ratios)), error(np.array(ratios))

    return measured


def closed_form(mu, log_sigma, eps):
    """The right error, of the number that should have been checked."""
    return latent.kl_to_prior(mu, log_sigma), solutions.measured_kl(mu, log_sigma, eps)[1]


def without_log_sigma(z, mu, log_sigma):
    """A density without its height."""
    return latent.log_posterior(z, mu, log_sigma) + np.sum(log_sigma, axis=1)


def averaged_over_components(mu, log_sigma, eps):
    """The mean is taken over Z as well."""
    return tuple(v / mu.shape[1] for v in solutions.measured_kl(mu, log_sigma, eps))


def error_of(ratio):
    """The right KL, and the error of the mean of something else."""
    spread = measured_by(ratio=ratio)
    return lambda *a: (solutions.measured_kl(*a)[0], spread(*a)[1])


def divided_by_sigma(z, mu, log_sigma):
    """A density whose square is divided by sigma once."""
    return latent.log_posterior((z - mu) * np.exp(log_sigma / 2), 0 * mu, log_sigma)


def drawn_by_variance(mu, log_sigma, eps):
    """z has sigma^2 for sigma, and its log Q is that of the right z."""
    z = [latent.sample(mu, 2 * log_sigma, e) for e in eps]
    right = [latent.sample(mu, log_sigma, e) for e in eps]
    log_q = [latent.log_posterior(v, mu, log_sigma) for v in right]
    ratios = np.array(log_q) - [latent.log_prior(v) for v in z]
    return np.mean(ratios, axis=0), np.std(ratios, axis=0, ddof=1) / len(eps) ** 0.5


def log_of_products(z, mu, log_sigma):
    """The logarithm of a product of densities."""
    squares = ((z - mu) * np.exp(-log_sigma)) ** 2
    return np.log(np.prod(np.exp(-0.5 * (squares + latent.LOG_2PI) - log_sigma), axis=1))


def error_by_images(mu, log_sigma, eps):
    """M stands where K should."""
    kl, error = solutions.measured_kl(mu, log_sigma, eps)
    return kl, error * (len(eps) / len(mu)) ** 0.5


def nothing_at_the_prior(f):
    """Where Q is P, every draw has the ratio 1."""
    zero, eps = np.zeros((1, 2)), np.array([[[0.5, -1.0]], [[2.0, 0.3]], [[-0.7, 1.1]]])
    kl, error = (float(np.squeeze(v)) for v in f(zero, zero, eps))
    if not np.allclose([kl, error], 0):
        return (
            "where Q is the prior each draw gives log Q - log P = 0, so that KL and error are 0; "
            f"here they are {kl:.4g} and {error:.4g}"
        )
    return None


def measured_case(K, M, Z):
    """Arguments of a measured cost."""
    return Case(f"for {K} draws, {M} image{'s' * (M > 1)} and {Z} component{'s' * (Z > 1)}",
                (normal(M, Z), 0.5 * normal(M, Z), normal(K, M, Z)),
                {"K": K, "M": M, "Z": Z})  # fmt: skip


MEASURED = Exercise(
    "14.1",
    "measured_kl",
    solutions.measured_kl,
    gives=("KL", "error"),
    cases=(
        measured_case(5, 2, 3),
        measured_case(2, 3, 1),
        measured_case(40, 1, 4),
        Case("where Q is the prior", (np.zeros((2, 3)), np.zeros((2, 3)), normal(4, 2, 3))),
        measured_case(5, 2, 3).but("log sigma from -4 to 3", 1,
                                   np.array([[-4.0, 0.5, 3.0], [0.2, -3.0, 2.5]])),
        Case("for 100 components with mu of about 4",
             (4 + 0.5 * normal(2, 100), 0.2 * normal(2, 100), normal(3, 2, 100)),
             {"K": 3, "M": 2, "Z": 100}),
    ),
    known=(
        Known("noise-dropped", "z = mu in every draw: the mean of the posterior where a sample "
              "should be.", measured_by(draw=lambda mu, s, e: latent.sample(mu, s, 0 * e))),
        Known("sample-by-log-variance", "z is drawn as if log_sigma were log sigma^2: sigma is "
              "exp(log_sigma).", measured_by(draw=lambda mu, s, e: latent.sample(mu, s / 2, e))),
        Known("density-by-log-variance", "log Q takes log_sigma for log sigma^2: sigma^2 is "
              "exp(2 log_sigma).",
              measured_by(log_q=lambda z, mu, s: latent.log_posterior(z, mu, s / 2))),
        Known("deviation-for-variance", "(z - mu)^2 is divided by sigma. Divide it by sigma^2, "
              "exp(2 log_sigma).", measured_by(log_q=divided_by_sigma)),
        Known("sample-by-variance", "z is drawn with sigma^2, exp(2 log_sigma), in the place of "
              "sigma, exp(log_sigma).",
              measured_by(draw=lambda mu, s, e: latent.sample(mu, 2 * s, e))),
        Known("sample-by-variance-alone", "z is drawn with sigma^2, exp(2 log_sigma), in the place "
              "of sigma, exp(log_sigma), which is right in log Q.", drawn_by_variance),
        Known("density-rounded-to-0", "A product of many densities is rounded to 0, and its "
              "logarithm is -infinity: take each logarithm on paper, and add them.",
              measured_by(log_q=log_of_products,
                          log_p=lambda z: log_of_products(z, 0 * z, 0 * z))),
        Known("log-variance-throughout", "log_sigma is taken for log sigma^2 in the draw and in "
              "log Q: a right KL of another Q. sigma is exp(log_sigma).",
              lambda mu, s, eps: solutions.measured_kl(mu, s / 2, eps)),
        Known("closed-form", "This is the closed form of the KL, which was to be checked: take "
              "the mean of log Q(z) - log P(z) over the draws.", closed_form),
        Known("drawn-from-the-prior", "z = eps is a draw from P. It must be one from Q, mu + sigma "
              "eps: the mean in a KL is over its first distribution.",
              measured_by(draw=lambda mu, s, e: e)),
        Known("ratio-turned", "It is the mean of log Q - log P, and not of log P - log Q.",
              measured_by(ratio=lambda q, p: p - q)),
        Known("prior-forgotten", "log P(z) is missing.", measured_by(ratio=lambda q, p: q)),
        Known("log-sigma-left-out", "A narrow Q is high: log Q contains -log sigma, from the "
              "log(2 pi sigma^2).", measured_by(log_q=without_log_sigma)),
        Known("log-sigma-once", "log(sigma^2) is 2 log_sigma: with the 1/2 before it one log_sigma "
              "is left, and here it is half of one.",
              measured_by(log_q=lambda z, mu, s:
                          latent.log_posterior(z, mu, s) + 0.5 * np.sum(s, axis=1))),
        Known("averaged-over-components", "Log densities of the components are summed, and not "
              "averaged.", averaged_over_components),
        Known("spread-of-one-draw", "This is how far one draw is off. The mean of K draws is off "
              "by sqrt(K) times less.",
              measured_by(error=lambda r: np.std(r, axis=0, ddof=1))),
        Known("spread-of-log-q", "The KL is right. The error is that of the mean of log Q - log P: "
              "take the standard deviation of this difference, and not of log Q.",
              error_of(lambda q, p: q)),
        Known("spread-of-log-p", "The KL is right. The error is that of the mean of log Q - log P: "
              "take the standard deviation of this difference, and not of log P.",
              error_of(lambda q, p: p)),
        Known("divided-by-K", "The error falls like one over the root of K, and not like 1/K.",
              measured_by(error=lambda r: np.std(r, axis=0, ddof=1) / len(r))),
        Known("K-in-the-denominator", "The standard deviation has K - 1 in its denominator, "
              "ddof=1 in NumPy: the draws lie about their own mean.",
              measured_by(error=lambda r: np.std(r, axis=0) / len(r) ** 0.5)),
        Known("root-of-K-1", "K - 1 belongs into the standard deviation (ddof=1 in NumPy); that "
              "is then divided by the root of K.",
              measured_by(error=lambda r: np.std(r, axis=0, ddof=1) / (len(r) - 1) ** 0.5)),
        Known("root-of-M", "The error is divided by the root of the number of images; it is the "
              "number of draws, K, that makes it small.", error_by_images),
        Known("variance-for-deviation", "This is the error's square: the root is missing.",
              measured_by(error=lambda r: np.var(r, axis=0, ddof=1) / len(r))),
        Known("summed-over-draws", "Over draws one takes the mean, and not the sum.",
              measured_by(mean=lambda r: np.sum(r, axis=0))),
    ),
    properties=(nothing_at_the_prior,),
    hints=(
        "mu + np.exp(log_sigma) * eps makes all draws at once, (K, M, Z). Axis 2 are the "
        "components, axis 0 the draws.",
        "log P is log Q with mean 0 and sigma 1. Sum log Q - log P over the components: (K, M). "
        "The log(2 pi) of both cancel.",
        "(z - mu) / sigma is eps: ratio = np.sum((z**2 - eps**2) / 2 - log_sigma, axis=2). Then "
        "its mean over axis 0, and np.std(ratio, axis=0, ddof=1) / len(eps) ** 0.5.",
    ),
    solution=(solutions.measured_kl, latent.log_posterior, latent.log_prior),
)  # fmt: skip

# ---------------------------------------------------------------- 14.2


def costs(nll, kl):
    """Both as arrays of floats; a property may give lists, or whole numbers.

    Raises
    ------
    ValueError
        If they are not of as many images.
    """
    nll, kl = np.asarray(nll), np.asarray(kl)
    if (nll.ndim, kl.ndim) != (1, 2):
        raise ValueError(
            f"loss was given nll {nll.shape} and kl {kl.shape} where (M,) and (T, M) are expected"
        )
    if len(nll) != kl.shape[1]:
        raise ValueError(f"loss was given nll of {len(nll)} images and kl of {kl.shape[1]}")
    dtype = np.result_type(nll, kl, np.float32)
    return nll.astype(dtype), kl.astype(dtype)


def minibatch_loss(nll, kl):
    """The right answer, by the package."""
    return model.total(model.mean_terms(model.Terms(*costs(nll, kl))))


def loss_by_images(nll, kl):
    """A right one, written otherwise."""
    nll, kl = costs(nll, kl)
    return np.mean([n + np.sum(k) for n, k in zip(nll, kl.T, strict=True)], dtype=nll.dtype)


def loss_case(M, T):
    """The costs of a minibatch."""
    return Case(f"for {M} image{'s' * (M > 1)} and {T} steps",
                (80 + 10 * normal(M), 3 + rng.random((T, M))), {"M": M, "T": T})  # fmt: skip


MINIBATCH = Exercise(
    "14.2",
    "knows_no_batch_size",
    minibatch_loss,
    gives=("L",),
    cases=(loss_case(5, 3), loss_case(2, 6), loss_case(1, 4)),
    known=(
        Known("kl-averaged-over-steps", "Over the steps one sums, in every image: each has its own "
              "latent, and all are paid for. Of kl take the mean over the images only.",
              lambda nll, kl: np.mean(nll) + np.mean(kl)),
        Known("divided-by-the-steps", "It is divided by T, the number of steps. The images are "
              "axis 1 of kl.", lambda nll, kl: (np.sum(nll) + np.sum(kl)) / len(kl)),
        Known("kl-divided-by-the-steps", "nll is divided by the number of images, and kl by that "
              "of the steps, its axis 0. Both are means over the images.",
              lambda nll, kl: np.mean(nll) + np.sum(kl) / len(kl)),
        Known("only-L^x-is-a-mean", "nll is averaged over the images, and kl still is summed over "
              "them.", lambda nll, kl: np.mean(nll) + np.sum(kl)),
        Known("only-L^z-is-a-mean", "kl is averaged over the images, and nll still is summed over "
              "them.", lambda nll, kl: np.sum(nll) + np.sum(kl) / len(nll)),
        Known("last-step-only", "The KL of all steps counts, and not of the last alone.",
              lambda nll, kl: np.mean(nll + kl[-1])),
        Known("L^z-forgotten", "The bound is L^x + L^z: the KL is missing.",
              lambda nll, kl: np.mean(nll)),
    ),
    suspect=Suspect("suspect_loss", lambda nll, kl: np.sum(nll) + np.sum(kl),
                    (minibatch_loss, loss_by_images)),
    hints=(
        "Nats per image do not depend on how many images there are. Try it with two images, and "
        "with the same two twice.",
        "np.concatenate([nll, nll]), and np.concatenate([kl, kl], axis=1): the loss must be what "
        "it was, by np.isclose. Any mean over the images passes; look at suspect_loss for the "
        "steps, which stay a sum.",
        "Mended: np.mean(nll + np.sum(kl, axis=0)).",
    ),
    solution=(solutions.knows_no_batch_size, model.mean_terms, model.total),
)  # fmt: skip

# ---------------------------------------------------------------- 14.3


def about_the_middle(A, raw_g):
    """Eq. 22."""
    return (A + 1) / 2 * (raw_g + 1)


def read_by(centre=about_the_middle, centres=attention.filter_centres, pixel=0.0):
    """A line read with its centre, or its pixels, placed otherwise."""

    def read(line, raw_g, delta, sigma2, N):
        A = line.shape[1]
        mu = centres(centre(A, raw_g), delta, N) - pixel
        return np.sum(attention.filterbank(mu, sigma2, A) * line[:, None], axis=2)

    return read


read_line = read_by()


def read_from_zero(line, raw_g, delta, sigma2, N):
    """A right one, in which pixels and filters count from 0."""
    A = line.shape[1]
    a, i = np.arange(A), np.arange(N)
    mu = ((A + 1) * (raw_g + 1) / 2 - 1)[:, None] + delta[:, None] * (i - (N - 1) / 2)
    F = np.exp(-((a - mu[:, :, None]) ** 2) / (2 * sigma2[:, None, None]))
    return np.matmul(F / F.sum(axis=2, keepdims=True), line[:, :, None])[:, :, 0]


def says_where_it_reads(f):
    """Pixels that are called 1, 2, ... tell a filter's place."""
    line, one = np.arange(1.0, 42.0)[None], np.ones(1)
    found = [np.asarray(f(line, g * one, one, one, 1)).item() for g in (0, 0.5)]
    if not np.allclose(found, [21, 31.5]):
        return (
            "on pixels with the values 1, 2, ..., 41 a filter reads its own place: 21 for g~ = 0 "
            f"and 31.5 for g~ = 0.5; here {found[0]:.4g} and {found[1]:.4g}"
        )
    return None


def line_case(M, A, N):
    """Lines, and filters that stand well inside of them."""
    return Case(f"for {M} line{'s' * (M > 1)} of {A} pixels and {N} filters",
                (rng.random((M, A)), 0.4 * (rng.random(M) - 0.5), 1 + rng.random(M),
                 0.5 + rng.random(M), N), {"M": M, "A": A, "N": N})  # fmt: skip


MIRROR = Exercise(
    "14.3",
    "sees_mirrors",
    read_line,
    gives=("patch",),
    cases=(line_case(2, 9, 3), line_case(3, 12, 4), line_case(1, 7, 2)),
    known=(
        Known("half-the-pixels-less-one", "(A - 1)/2 is the middle if pixels count from 0. Here "
              "they count from 1.", read_by(lambda A, g: (A - 1) / 2 * (g + 1))),
        Known("range-of-the-pixels", "g~ = -1 and 1 are taken for the first and the last pixel. "
              "That is symmetric too; but by Eq. 22 they lie a pixel further out, at 0 and A + 1.",
              read_by(lambda A, g: 1 + (A - 1) / 2 * (g + 1))),
        Known("half-a-pixel-added", "The middle is right now, and g~ still moves by A/2 pixels; by "
              "Eq. 22 it moves by (A + 1)/2.", read_by(lambda A, g: A / 2 * (g + 1) + 0.5)),
        Known("half-a-pixel-to-the-other-side", "It is half a pixel off to the other side now: one "
              "pixel too many was added to the centre, or the pixels count from 0 as well.",
              read_by(lambda A, g: A / 2 * (g + 1) + 1)),
        Known("plus-one-forgotten", "g~ = 0 is the middle of the line, (A + 1)/2; here it is pixel "
              "0: the 1 in g~ + 1 is missing.", read_by(lambda A, g: (A + 1) / 2 * g)),
        Known("sign-of-g", "The middle is right, and g~ moves the other way.",
              read_by(lambda A, g: (A + 1) / 2 * (1 - g))),
        Known("zero-based-grid", "The grid of filters was right: they count from 1, i = 1 ... N.",
              read_by(centres=lambda g, d, N: attention.filter_centres(g - d, d, N))),
        Known("pixels-from-zero", "Pixels count from 1 in Eq. 22, and were counted so: the centre "
              "is what is wrong.", read_by(pixel=-1.0)),
    ),
    properties=(says_where_it_reads,),
    suspect=Suspect("suspect_read", read_by(lambda A, g: A / 2 * (g + 1)),
                    (read_line, read_from_zero)),
    hints=(
        "A line turned round, line[:, ::-1], is the line in a mirror. Where must the filters go "
        "then, and in which order does the patch come?",
        "Read the turned line with -raw_g; delta and sigma2 stay. The patch must be that of the "
        "line, turned round. One line and N = 3 will do, but not a symmetric one.",
        "np.allclose(read(line[:, ::-1], -g, delta, sigma2, N), read(line, g, delta, sigma2, N)"
        "[:, ::-1]). Mended: g = (A + 1) / 2 * (raw_g + 1), since pixels count from 1.",
    ),
    solution=(solutions.sees_mirrors, attention.attention, attention.filter_centres),
)  # fmt: skip

# ---------------------------------------------------------------- 14.4


def drawn_up_to_now(eps):
    """A canvas: every result is a sum of the strokes so far."""
    return np.cumsum(np.tanh(eps), axis=0)


def first_noise_everywhere(eps):
    """Mistake: the noise of the first step at every step."""
    return np.tile(3 * eps[:1], (len(eps), 1)) + 1


def a_step_late(eps):
    """Mistake: each stroke shows in the next result; the last is never seen."""
    return np.concatenate([np.ones_like(eps[:1]), np.exp(eps[:-1])])


def now_and_before(eps):
    """Two steps each, of which the one before goes into the last column only."""
    before = np.concatenate([np.zeros_like(eps[:1]), eps[:-1]])
    return np.concatenate([2 * eps[:, :1], np.ones_like(eps), before[:, 1:2]], axis=1)


def apart(eps):
    """Nothing but its own noise, and of that not all: one component is made of nothing."""
    return np.concatenate([np.zeros_like(eps[:, :1]), eps], axis=1)


def noise_to_come(eps):
    """Sums from the end: every result uses its own noise and all that is to come."""
    return np.cumsum(eps[::-1], axis=0)[::-1]


def rounded_to_0(eps):
    """What its noise makes is less than a half, and is rounded: no number leaves a trace."""
    return np.round(np.tanh(eps) / 3)


def answers_by(
    begin=np.copy,
    touched=lambda out: np.any(np.isnan(out), axis=1),
    rows=lambda t: t,
    columns=slice(None),
    end=lambda table: table,
):
    """The table, with some of its parts exchanged."""

    def table(f, eps):
        found = []
        for t in range(len(eps)):
            noise = begin(eps)
            noise[rows(t), columns] = np.nan
            found.append(touched(f(noise)))
        return end(np.array(found, dtype=eps.dtype))

    return table


def never_put_back(f, eps):
    """The NaN of earlier steps is left in."""
    noise = eps.copy()
    return answers_by(begin=lambda _: noise)(f, eps)


def no_nan_found(f, eps):
    """A NaN that f does not get, or that is looked for by ==."""
    return np.zeros((len(eps), len(eps)), eps.dtype)


def values_compared(f, eps):
    """A result that another number leaves as it is counts as one that does not use it."""
    found = []
    for t in range(len(eps)):
        noise = eps.copy()
        noise[t] += 1
        found.append(np.any(f(noise) != f(eps), axis=1))
    return np.array(found, dtype=eps.dtype)


def by_components(f, eps):
    """NaN is put into a component of all steps, and not into a step."""
    found = []
    for t in range(len(eps)):
        noise = eps.copy()
        noise[:, t % eps.shape[1]] = np.nan
        found.append(np.any(np.isnan(f(noise)), axis=1))
    return np.array(found, dtype=eps.dtype)


def knows_its_own_step(f):
    """A function that returns its noise uses nothing else."""
    table = np.asarray(f(lambda eps: 2 * eps, np.ones((3, 2))))
    if not np.array_equal(table, np.eye(3)):
        said = " / ".join(" ".join(f"{v:g}" for v in row) for row in table)
        return (
            "where every result is twice its own noise the table has 1 on its diagonal and 0 "
            f"elsewhere; here its rows are {said}"
        )
    return None


def answers_case(about, f, T, Z):
    """A function to be asked."""
    return Case(f"for {about}, T = {T}, Z = {Z}", (f, normal(T, Z)), {"T": T})


ANSWERS = Exercise(
    "14.4",
    "answers",
    solutions.answers,
    gives=("table",),
    cases=(
        answers_case("results that sum up all noise so far", drawn_up_to_now, 4, 2),
        answers_case("results that all use the first noise", first_noise_everywhere, 3, 2),
        answers_case("results that are a step late", a_step_late, 5, 3),
        answers_case("results that use two steps", now_and_before, 4, 3),
        answers_case("results that use their own noise", apart, 3, 1),
        answers_case("results that use their own noise and are rounded", rounded_to_0, 3, 2),
        Case("for results that use all noise to come, T = 4, Z = 2",
             (noise_to_come, np.linspace(-1, 1, 8).reshape(4, 2)), {"T": 4}),
    ),
    known=(
        Known("earlier-results-not-looked-at", "A result may use noise of a later step, which is "
              "a bug worth finding: look at all results, and not at those from t on.",
              answers_by(end=np.triu)),
        Known("transposed", "Rows are the steps whose noise is NaN, and columns the results: it "
              "is the other way round.", answers_by(end=np.transpose)),
        Known("nan-left-in", "The noise of the steps before is NaN as well: begin each step with a "
              "fresh copy, and put NaN into row t alone, and not into all rows up to t.",
              never_put_back),
        Known("later-noise-too", "The noise of the steps after t is NaN as well: put NaN into row "
              "t alone.", answers_by(rows=lambda t: slice(t, None))),
        Known("no-nan-found", "No NaN is found anywhere: is f called after the NaN is put in, with "
              "the array that has it? And is it found by np.isnan? NaN is equal to nothing.",
              no_nan_found),
        Known("values-compared", "Results with other noise are compared. A result that is rounded "
              "may use the noise and be the same: put NaN in, which passes through.",
              values_compared),
        Known("all-components", "One NaN among the components of a result is enough: any, and not "
              "all.", answers_by(touched=lambda out: np.all(np.isnan(out), axis=1))),
        Known("first-component-only", "It looks at the first component of each result only.",
              answers_by(touched=lambda out: np.isnan(out[:, 0]))),
        Known("last-component-only", "It looks at the last component of each result only.",
              answers_by(touched=lambda out: np.isnan(out[:, -1]))),
        Known("one-component-of-the-noise", "All noise of the step is to be NaN, and not its last "
              "component only.", answers_by(columns=-1)),
        Known("finite-for-nan", "It has 1 where a result is still a number: that one does not use "
              "the noise.", answers_by(end=lambda table: 1 - table)),
        Known("own-step-only", "A result may use the noise of other steps than its own: look at "
              "all T results after each step's NaN.",
              answers_by(end=lambda table: table * np.eye(len(table), dtype=table.dtype))),
        Known("nan-in-a-component", "NaN goes into a row of the noise, which is a step, and not "
              "into a column.", by_components),
    ),
    properties=(knows_its_own_step,),
    hints=(
        "A loop over the steps t. Copy eps, put NaN into row t of the copy, and call f.",
        "np.isnan(result) is (T, D), and np.any(..., axis=1) says which of the T results have a "
        "NaN. That is row t of the table.",
        "noise = eps.copy(); noise[t] = np.nan; rows.append(np.isnan(f(noise)).any(axis=1)); in "
        "the end np.array(rows, dtype=eps.dtype), since True becomes 1.",
    ),
    solution=(solutions.answers,),
)  # fmt: skip

# ---------------------------------------------------------------- 14.5


def log_weight_by_pencil(nll, z, mu, log_sigma):
    """A right one, with the log(2 pi) left out of both."""
    standardised = (z - mu) / np.exp(log_sigma)
    return np.sum((standardised**2 - z**2) / 2 + log_sigma, axis=1) - nll


def divided_by_sigma_once(nll, z, mu, s):
    """A weight whose log q has sigma for sigma^2 below the square."""
    return latent.log_prior(z) - divided_by_sigma(z, mu, s) - nll


def log_weight_by(square=0.5, log_sigma_by=1):
    """A weight with other factors in log q."""

    def log_w(nll, z, mu, s):
        eps = (z - mu) * np.exp(-s)
        return np.sum(square * eps**2 - z**2 / 2 + log_sigma_by * s, axis=1) - nll

    return log_w


def nothing_where_q_is_the_prior(f):
    """p(z)/q(z) is 1 there."""
    zero = np.zeros((1, 2))
    log_w = np.asarray(f(np.array([3.0]), np.array([[0.5, -2.0]]), zero, zero)).item()
    if not np.isclose(log_w, -3):
        return (
            "where q is the prior p(z) / q(z) is 1, so that log w = -nll; for nll = 3 it is "
            f"{log_w:.4g}"
        )
    return None


CLOSED_FORM = bound.WEIGHT.known[0]
assert CLOSED_FORM.name == "weights-by-closed-form"

WEIGHT = Exercise(
    "14.5",
    "is_a_weight",
    bound.log_weight,
    gives=("log w",),
    cases=bound.WEIGHT.cases,
    known=(
        *bound.WEIGHT.known[1:],
        Known("deviation-for-variance", "(z - mu)^2 is divided by sigma. Divide it by sigma^2, "
              "exp(2 log_sigma).", divided_by_sigma_once),
        Known("log-sigma-turned", "log q contains -log sigma, and log w has log q taken away: + "
              "log sigma.", log_weight_by(log_sigma_by=-1)),
        Known("half-forgotten", "The square in log q has a factor 1/2.", log_weight_by(square=1)),
        Known("log-sigma-twice", "log(sigma^2) is 2 log_sigma, and the 1/2 before it leaves one.",
              log_weight_by(log_sigma_by=2)),
    ),
    properties=(nothing_where_q_is_the_prior,),
    suspect=Suspect("suspect_log_weight", CLOSED_FORM.function,
                    (bound.log_weight, log_weight_by_pencil),
                    advice="the mean of K draws is off by about s / sqrt(K): allow for that; and "
                    "the weights of a q much narrower than p (sigma below 0.7) have no finite "
                    "variance"),
    hints=(
        "The mean of p(z)/q(z) over draws from q is the integral of q(z) p(z)/q(z), that is of "
        "p(z). What is that?",
        "It is 1. Give M = 20,000 images the same mu and sigma, draw a z for each, take nll = 0, "
        "and see whether np.mean(np.exp(log_weight(...))) is near 1. Choose sigma > 1: then no "
        "single weight is large.",
        "Another way: the weight of a z must depend on z. With the same mu and log_sigma, two "
        "different z must not have the same log weight.",
        "Mended, as in exercise 5.5: -nll + np.sum(((z - mu) / sigma)**2 / 2 + log_sigma - "
        "z**2 / 2, axis=1), with sigma = np.exp(log_sigma).",
    ),
    solution=(solutions.is_a_weight, bound.log_weight, latent.log_prior, latent.log_posterior),
)  # fmt: skip

# ---------------------------------------------------------------- 14.6

FIVE = ("g~_X", "g~_Y", "log sigma^2", "log delta~", "log gamma")


def remedy(turned=(1, 1, 0.5, -1, 1), moved=lambda A, B: (2 / (A + 1), 2 / (B + 1)),
           of_W=None, of_b=None, log_2=0):  # fmt: skip
    """Weights with other factors, which W and b may have of their own, or other shifts."""

    def made_up(W, b, A, B):
        shift = np.array([*moved(A, B), -log_2 * np.log(2), 0, 0], W.dtype)
        factors = (np.array(turned if own is None else own, W.dtype) for own in (of_W, of_b))
        for_W, for_b = factors
        return W * for_W, b * for_b - shift

    return made_up


def shift_in_W_too(W, b, A, B):
    """The shift is taken from every row of W as well."""
    new_W, new_b = solutions.made_up_for(W, b, A, B)
    return new_W + (new_b - b * np.array([1, 1, 0.5, -1, 1], b.dtype)), new_b


def weights_case(H, A, B):
    """A head's weights."""
    return Case(f"for {H} units, width {A} and height {B}", (normal(H, 5), normal(5), A, B),
                {"H": H, "A": A, "B": B})  # fmt: skip


MADE_UP = Exercise(
    "14.6",
    "made_up_for",
    solutions.made_up_for,
    gives=("W'", "b'"),
    cases=(weights_case(3, 9, 14), weights_case(6, 28, 20), weights_case(1, 7, 7)),
    parts={"W'": FIVE, "b'": FIVE},
    known=(
        Known("shift-turned", "Pixels are called by numbers that are 1 smaller there, so that the "
              "centre must be 1 less, and not 1 more.",
              remedy(moved=lambda A, B: (-2 / (A + 1), -2 / (B + 1)))),
        Known("width-and-height-exchanged", "Along x an image has A pixels, along y B.",
              remedy(moved=lambda A, B: (2 / (B + 1), 2 / (A + 1)))),
        Known("half-the-width", "g~ moves the centre by (A + 1)/2 pixels, and not by A/2.",
              remedy(moved=lambda A, B: (2 / A, 2 / B))),
        Known("shift-in-pixels", "The centre is to move by one pixel. What is that in g~, which "
              "moves it by (A + 1)/2?", remedy(moved=lambda A, B: (1, 1))),
        Known("shift-along-x-only", "Pixels count from 0 along y as well.",
              remedy(moved=lambda A, B: (2 / (A + 1), 0))),
        Known("shift-in-W-too", "A shift is the same for every h, so that it stands in b alone.",
              shift_in_W_too),
        Known("no-shift", "Nothing makes up for the pixels that count from 0.",
              remedy(moved=lambda A, B: (0, 0))),
        Known("W-forgotten", "Only b is changed. A factor must hold for h W as well.",
              remedy(of_W=(1, 1, 1, 1, 1))),
        Known("b-forgotten", "A factor changes h W + b as a whole: b too.",
              remedy(of_b=(1, 1, 1, 1, 1))),
        Known("half-of-b-only", "b[2] is halved, and W[:, 2] is not. The same map acts on W and on "
              "b.", remedy(of_W=(1, 1, 1, -1, 1))),
        Known("half-of-W-only", "W[:, 2] is halved, and b[2] is not. The same map acts on W and on "
              "b.", remedy(of_b=(1, 1, 1, -1, 1))),
        Known("sign-of-b-only", "b[3] is turned, and W[:, 3] is not. The same map acts on W and on "
              "b.", remedy(of_W=(1, 1, 0.5, 1, 1))),
        Known("sign-of-W-only", "W[:, 3] is turned, and b[3] is not. The same map acts on W and on "
              "b.", remedy(of_b=(1, 1, 0.5, 1, 1))),
        Known("log-2-with-the-half", "That log 2 belongs to whole-fraction-squared, where the 2 is "
              "squared too. Here it is 2 (sigma^2)^2: halve the logarithm, and no more.",
              remedy(log_2=-0.5)),
        Known("variance-not-halved", "Nothing makes up for the square of sigma^2.",
              remedy((1, 1, 1, -1, 1))),
        Known("variance-doubled", "(sigma'^2)^2 = sigma^2 asks for half the logarithm, and not for "
              "twice.", remedy((1, 1, 2, -1, 1))),
        Known("variance-turned", "(sigma'^2)^2 = sigma^2: the logarithm is halved, and keeps its "
              "sign.", remedy((1, 1, -0.5, -1, 1))),
        Known("columns-exchanged", "Column 3 of 5 is log sigma^2 and column 4 is log delta~; they "
              "have changed places.", remedy((1, 1, -1, 0.5, 1))),
        Known("gamma-turned", "gamma was right in that program: its column stays.",
              remedy((1, 1, 0.5, 1, -1))),
        Known("stride-not-turned", "Nothing makes up for the stride that is divided by delta~.",
              remedy((1, 1, 0.5, 1, 1))),
        Known("log-2-taken", "A 2 too few in the exponent would ask for log 2. Here sigma^2 is "
              "squared: halve the logarithm.",
              remedy((1, 1, 1, -1, 1), log_2=1)),
    ),
    hints=(
        "Take one mistake after the other. Which output u' must the other program get, so that it "
        "does what the right one does with u? Then, what of W and b gives u' for every h?",
        "The stride: 1/exp(u') = exp(u), so u' = -u. The width: (exp(u'))^2 = exp(u), so u' is "
        "half of u. The centre must be 1 less: (A + 1)/2 (u' + 1) = (A + 1)/2 (u + 1) - 1.",
        "u' = k u multiplies the column of W and the entry of b by k. u' = u - c changes the entry "
        "of b only. c is 2 / (A + 1) along x and 2 / (B + 1) along y.",
        "W' = W * [1, 1, 0.5, -1, 1], b' = b * [1, 1, 0.5, -1, 1] - [2/(A+1), 2/(B+1), 0, 0, 0], "
        "as arrays in the dtype of W.",
    ),
    solution=(solutions.made_up_for,),
)  # fmt: skip

EXERCISES = (MEASURED, MINIBATCH, MIRROR, ANSWERS, WEIGHT, MADE_UP)
