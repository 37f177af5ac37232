"""The catalogue of mistakes as its chapter shows it: lines, verdicts of the bound, remedies.

The mistakes themselves are those of ``draw_np.mistakes``. What each of them looks like is in
``draw_np.book.mistakes_symptoms``.
"""

from functools import wraps
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import FuncFormatter

from draw_np import mistakes, model
from draw_np.book.notebook import picture, say, table
from draw_np.config import Config
from draw_np.pictures import plot
from draw_np.pictures.plot import INK, LINES

TWENTY = (  #: of the chapter, by their numbers from 1 on
    "kl-by-log-variance",
    "kl-constant-once-a-step",
    "noise-dropped",
    "kl-averaged-over-steps",
    "weights-by-closed-form",
    "attention-detached",
    "sum-over-images",
    "probability-plus-epsilon",
    "zero-based-grid",
    "stride-over-n-filters",
    "centre-at-half-the-width",
    "whole-fraction-squared",
    "epsilon-added-to-the-sum",
    "write-with-gamma",
    "patch-transposed",
    "one-head-for-both",
    "write-from-the-state-before",
    "starts-at-zero",
    "last-canvas-lost",
    "reconstruction-as-generation",
)
QUESTIONS = {  #: which kind of question the named test asks, to the mistakes that it finds
    "Which number can be had by pencil?": (2, 3, 8, 9, 10, 11, 12, 13, 14, 15),
    "Does a second way give the same number?": (1, 4, 5, 6, 19),
    "What may change and must change nothing?": (7,),
    "Who must answer to whom, and who must not?": (16, 17, 18, 20),
}
EXAMPLES = (
    "the first grid spans pixels 1 to 28; rows sum to 1",
    "a closed form and samples; a derivative and a finite difference",
    "every image twice: the same loss; a mirrored image: the mirrored patch",
    "each head moves its own window; what is generated knows no encoder",
)
SAME = 0.05  # nats: what rounding does to a bound of 80 is far less
NOTICED = 10.0  # nats above the right bound that nobody overlooks
VERDICTS = {
    "better": "the number looks better",
    "same": "no change at all",
    "near": f"worse by less than {NOTICED:g} nats",
    "worse": "worse, for all to see",
}
COLOURS = {"better": LINES[1], "same": LINES[4], "near": LINES[5], "worse": "#999999"}
TICKS = (-100, -10, -1, 0, 1, 10, 100, 1000, 10_000, 1_000_000)
MARKS = {"better": "<", "same": "D", "near": ">", "worse": "o"}


class Scene(NamedTuple):
    """A trained network, test digits, and one noise for all comparisons."""

    params: dict  #: in float64
    x: np.ndarray  #: (M, C, B, A)
    eps: np.ndarray  #: (T, M, Z)
    config: Config

    def first(self, n):
        """The scene with its first ``n`` images only."""
        return self._replace(x=self.x[:n], eps=self.eps[:, :n])


def scene(network, M=100, seed=14):
    """The first ``M`` test digits of a network's data, and noise for them."""
    rng, config = np.random.default_rng(seed), network.config
    x = network.dataset().test.batch(np.arange(M), rng).astype(np.float64)
    params = {name: v.astype(np.float64) for name, v in network.params.items()}
    return Scene(params, x, rng.standard_normal((config.T, M, config.Z)), config)


# ---------------------------------------------------------------- the catalogue


def lines(number):
    """Display what a mistake of the twenty changes: the right line, the wrong one, the test."""
    entry = mistakes.CATALOGUE[TWENTY[number - 1]]
    say(f"```diff\n{entry.difference}\n```\n\nIn `{entry.where}`. Found by `{entry.check}`.")


def all_of_them(changes):
    """Display the catalogue, folded, with the change of the bound that each mistake makes."""
    head = ["mistake", "what it does", "what one sees", "bound, nats", "the test that finds it"]
    rows = [head, ["---"] * len(head)]
    for e in mistakes.CATALOGUE.values():
        said = [text.replace("|", "\\|").replace("~", "\\~") for text in (e.does, e.symptom)]
        test = e.check.split("::")[1]
        rows.append([f"`{e.name}`", *said, f"{changes[e.name]:+.2f}", f"`{test}`"])
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    title = f"All {len(changes)} mistakes of the catalogue"
    say(f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>")


def questions():
    """Display the four kinds of questions that find the twenty, and which finds which."""
    rows = zip(QUESTIONS, EXAMPLES, QUESTIONS.values(), strict=True)
    table(
        ["the question", "for example", "finds mistakes"],
        [(q, example, ", ".join(map(str, found))) for q, example, found in rows],
    )


# ---------------------------------------------------------------- the bound's verdict


def terms_with(name, params, x, eps, config):
    """L^x and L^z, means over the images, with a mistake put in (None: with none)."""
    if name is None:
        mean = model.mean_terms(model.terms(params, x, eps, config))
        return float(mean.L_x), float(np.sum(mean.L_z))
    with mistakes.made(name):
        return terms_with(None, params, x, eps, config)


def changes_of_the_bound(scene):
    """By how many nats each mistake of the catalogue moves the bound: a dict by name."""
    right = sum(terms_with(None, *scene))
    return {name: sum(terms_with(name, *scene)) - right for name in mistakes.CATALOGUE}


def verdict(change):
    """What somebody who looks at the bound alone would say: a key of ``VERDICTS``."""
    if abs(change) < SAME:
        return "same"
    if change < 0:
        return "better"
    return "near" if change < NOTICED else "worse"


@picture()
def verdicts(changes):
    """By how much each mistake moves the bound of one trained network.

    Parameters
    ----------
    changes : dict of float
        The name of a mistake to the bound with it minus the bound without, in nats.
    """
    order = sorted(changes, key=lambda name: (changes[name], name))
    fig = plot.figure(8.2, 0.9 + 0.142 * len(order))
    ax = fig.subplots()
    ax.axvspan(-SAME, SAME, color="#EEEEEE", zorder=0)
    for row, name in enumerate(order):
        kind = verdict(changes[name])
        ax.plot([0, changes[name]], [row, row], color=COLOURS[kind], linewidth=0.9)
        marker(ax, kind, changes[name], row)
    count = {kind: sum(verdict(v) == kind for v in changes.values()) for kind in VERDICTS}
    for kind, words in VERDICTS.items():
        marker(ax, kind, [], [], label=f"{words}: {count[kind]}")
    long_axis(ax, changes)
    ax.set_yticks(range(len(order)), [numbered(name) for name in order], fontsize=6.8)
    ax.set(ylim=(len(order) - 0.3, -0.7))
    ax.legend(loc="upper right", fontsize=8.5)
    ax.grid(axis="y", visible=False)
    best = count["better"] + count["same"]
    title = f"{len(order)} mistakes in one trained network: the bound likes or overlooks {best}"
    fig.suptitle(title, x=0.01, ha="left", fontsize=10)
    return fig, (
        f"A row for each of {len(order)} mistakes, sorted by the change of the bound. "
        f"{count['better']} stand left of zero, where the number looks better, {count['same']} at "
        f"zero, {count['near']} up to {NOTICED:g} nats to the right, the others far to the right."
    )


def marker(ax, kind, x, y, **options):
    """The mark of a verdict."""
    ax.plot(x, y, MARKS[kind], color=COLOURS[kind], mec=INK, mew=0.5, ms=5, **options)


def long_axis(ax, changes):
    """An axis in nats: even between -1 and 1, logarithmic beyond."""
    ax.set_xscale("symlog", linthresh=1, linscale=0.6)
    ax.set_xticks([v for v in TICKS if v <= 10 * max(changes.values())])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:+,.0f}" if v else "0"))
    words = "change of the bound, nats an image (even from -1 to 1, logarithmic beyond)"
    ax.set_xlabel(words.replace("-1", "\N{MINUS SIGN}1"))


def numbered(name):
    """The name of a mistake, and its number if it is one of the twenty."""
    return f"{name}  ({TWENTY.index(name) + 1})" if name in TWENTY else name


# ---------------------------------------------------------------- undone by other weights


def made_up_for(params, name, config):
    """Weights with which a network that makes a mistake does what it did without.

    For mistakes that only change the coordinates in which a head speaks: the same
    function is there, under other weights.

    Parameters
    ----------
    params : dict of arrays
    name : str
        A key of ``REMEDIES``.
    config : Config
        With attention.

    Returns
    -------
    dict of arrays
    """
    changed = {n: v.copy() for n, v in params.items()}
    REMEDIES[name](changed, config)
    return changed


def both_heads(change):
    """A remedy that does the same to the affine maps of both heads."""

    @wraps(change)  # so that a chapter can show its source
    def remedy(params, config):
        for head, N in (("read", config.N_read), ("write", config.N_write)):
            change(params[f"{head}.W"], params[f"{head}.b"], config, N)

    return remedy


@both_heads
def move_centres(W, b, config, N):
    """A/2 (g' + 1) = (A + 1)/2 (g + 1), and so along y."""
    for k, size in ((0, config.A), (1, config.B)):
        W[:, k] *= (size + 1) / size
        b[k] = (size + 1) / size * (b[k] + 1) - 1


@both_heads
def stretch_stride(W, b, config, N):
    """Add log(N / (N - 1)) to log delta~."""
    b[3] += np.log(N / (N - 1))


@both_heads
def halve_log_variance(W, b, config, N):
    """2 (sigma'^2)^2 = sigma^2, so log sigma'^2 = (log sigma^2 - log 2) / 2."""
    W[:, 2] /= 2
    b[2] = (b[2] - np.log(2)) / 2


def turn_log_gamma(params, config):
    """Change the sign of the write head's log gamma."""
    params["write.W"][:, 4] *= -1
    params["write.b"][4] *= -1


def turn_encoder(params, config):
    """Let the encoder's weights take the entries of a patch column by column."""
    N, size = config.N_read, config.read_size
    order = np.arange(size).reshape(-1, N, N).swapaxes(1, 2).ravel()
    params["enc.W"][:size] = params["enc.W"][:size][order]


REMEDIES = {
    "centre-at-half-the-width": move_centres,
    "stride-over-n-filters": stretch_stride,
    "whole-fraction-squared": halve_log_variance,
    "write-with-gamma": turn_log_gamma,
    "patch-transposed": turn_encoder,
}


def made_up(scene):
    """Display the bound of a wrong program with the weights as they are, and with others."""
    rows = []
    for name in REMEDIES:
        params = made_up_for(scene.params, name, scene.config)
        bounds = [sum(terms_with(name, p, *scene[1:])) for p in (scene.params, params)]
        number = TWENTY.index(name) + 1
        rows.append((number, f"`{name}`", *(f"{bound:.2f}" for bound in bounds)))
    header = ["", "mistake", "bound, the same weights", "bound, other weights"]
    table(header, rows)
