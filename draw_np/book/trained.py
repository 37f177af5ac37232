"""The trained network taken in hand: its loop with parts prescribed, and its chapter's figures."""

from typing import NamedTuple

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from draw_np import attention as attn
from draw_np import data, likelihood, model, parameters
from draw_np.attention import Attention
from draw_np.book import alive, notebook
from draw_np.book.attention import show_image
from draw_np.book.without_attention import signed
from draw_np.latent import sample
from draw_np.lstm import lstm
from draw_np.measuring import bounds, studies
from draw_np.nn import affine, sigmoid
from draw_np.pictures import layouts, plot, results
from draw_np.pictures.plot import LINES, READ, WRITE, figure, style
from draw_np.training import loop

PART_X, PART_Z = LINES[0], LINES[4]

# ---------------------------------------------------------------- the loop, taken in hand


class Redrawn(NamedTuple):
    """A network, images, and all that it computes while it draws them again."""

    params: dict
    config: object
    x: np.ndarray  #: images, (M, C, B, A)
    labels: np.ndarray  #: what digits they are, (M,)
    eps: np.ndarray  #: noise, (T, M, Z)
    states: list  #: of every step, from the first state
    z: np.ndarray  #: latents, (T, M, Z)
    drawing: object  #: canvases, windows, KL of every step
    L_x: float  #: nats, mean over the images


def redrawn(network, digits, M=200):
    """The first M test images drawn again by a network; the images do not depend on M."""
    x = digits.test.batch(np.arange(200), np.random.default_rng(10))[:M]
    config, params = network.config, network.params
    eps = np.random.default_rng(0).standard_normal((config.T, 200, config.Z))[:, :M]
    drawing = model.reconstruct(params, x, eps, config)
    states, looks = model.unroll(params, x, eps, config)
    z = np.stack([look.z for look in looks])
    L_x = float(likelihood.bernoulli_nll(x, drawing.c[-1]).mean())
    return Redrawn(params, config, x, digits.test.labels[:M], eps, states, z, drawing, L_x)


def bound_of(terms):
    """The mean bound over images of L^x (M,) and KL (T, M), in nats."""
    return float(terms.L_x.mean() + terms.L_z.sum(axis=0).mean())


def of(att, images):
    """The windows of some images: fields (T, M) to (T, images)."""
    return type(att)(*(field[:, images] for field in att))


def prescribed(params, x, eps, config, z=None, reading=None, writing=None):
    """The loop of Eqs. 3-8 with attention, where some of its choices are made for it.

    Parameters
    ----------
    params : dict of arrays
    x : array, shape (M, C, B, A)
    eps : array, shape (T, M, Z)
    config : Config
        With attention.
    z : dict of arrays, optional
        Step, from 1, to the latents (M, Z) that it has to take.
    reading, writing : Attention, optional
        Windows that it has to use, fields of shape (T, M).

    Returns
    -------
    model.Terms
        L^x, (M,), and the KL of the posterior of every step, (T, M), whether its latents
        were taken or not; in nats.
    """
    dtype, N_read, N_write = params["c_0"].dtype, config.N_read, config.N_write
    x, eps, z = x.astype(dtype), eps.astype(dtype), z or {}
    state, looks = model.initial_state(params, len(x)), []
    for t, eps_t in enumerate(eps, start=1):
        x_hat = x - sigmoid(state.c)  # (3)
        look = window_of(reading, t) or model.head(params, "read", state.h_dec, config, N_read)
        h_enc, s_enc = model.encode(params, attn.read(x, x_hat, look, N_read), state)  # (4), (5)
        mu, log_sigma = model.posterior(params, h_enc)  # (1), (2)
        z_t = z.get(t, sample(mu, log_sigma, eps_t)).astype(dtype)  # (6)
        h_dec, s_dec = lstm(z_t, state.h_dec, state.s_dec, params["dec.W"], params["dec.b"])  # (7)
        pen = window_of(writing, t) or model.head(params, "write", h_dec, config, N_write)
        c = state.c + stroke(params, h_dec, pen, config)  # (8)
        state = model.State(c, h_enc, s_enc, h_dec, s_dec)
        looks.append(model.Looked(mu, log_sigma, z_t, look, pen))
    return model.Terms(model.reconstruction(x, [state]), model.step_kl(looks))


def stroke(params, h_dec, pen, config):
    """What the decoder writes through a given window, (M, C, B, A) (Eqs. 28, 29)."""
    w = affine(h_dec, params["patch.W"], params["patch.b"])
    patch = np.reshape(w, (len(h_dec), config.C, config.N_write, config.N_write))
    return attn.write(patch, pen, config.A, config.B)


def window_of(att, t):
    """The windows of step t, from 1, of an Attention over time; None of None."""
    return None if att is None else Attention(*(field[t - 1] for field in att))


def middle(att):
    """Every image's window replaced by the median of all: fields (T, M) stay (T, M)."""
    return Attention(*(np.broadcast_to(np.median(f, axis=1, keepdims=True), f.shape) for f in att))


def exchanged(att):
    """Every image's window replaced by that of the image before it."""
    return Attention(*(np.roll(field, 1, axis=1) for field in att))


# ---------------------------------------------------------------- 10.1: all of it


@notebook.picture(
    "Ten rows, a new digit each, and twelve columns, a step each, with a vermilion frame on every "
    "image. In the first steps the frame is larger than the image and thick; it becomes smaller "
    "and thinner from step to step and ends in the lower half. The digits are blurred at first and "
    "legible at the end in most rows."
)
def figure_1(network):
    """The paper's Figure 1: ten new digits being drawn, unselected."""
    new, writing = of_a_seed(network)
    return plot.drawing(new, writing, network.config.N_write, "New digits being drawn", 10, 12)


def of_a_seed(network, n=100):
    """The first n new digits of one random generator: canvases over time, and windows."""
    return results.generated(network.params, network.config, n, np.random.default_rng(0))


USES = {
    "enc": "encoder, (5)",
    "mu": "$\\mu_t$, (1)",
    "log_sigma": "$\\log\\sigma_t$, (2)",
    "dec": "decoder, (7)",
    "read": "head of the read, (21)",
    "write": "head of the write, (21)",
    "patch": "$w_t$, (28)",
}


def arrays(network):
    """A table of all that is learned: what for, the shapes, how many numbers."""
    params, rows = network.params, []
    for part, use in USES.items():
        W, b = params[f"{part}.W"], params[f"{part}.b"]
        shapes = f"{W.shape[0]} × {W.shape[1]}, {b.size}"
        rows.append([use, f"`{part}.W`, `{part}.b`", shapes, f"{W.size + b.size:,}"])
    first = [name for name in params if name.endswith("_0")]
    numbers = sum(params[name].size for name in first)
    rows.append(["first canvas and states", "`c_0`, `h_enc_0` ..", "", f"{numbers:,}"])
    rows.append(["**together**", "", "", f"**{sum(v.size for v in params.values()):,}**"])
    notebook.table(["what for", "arrays", "shapes", "numbers"], rows)


# ---------------------------------------------------------------- 10.2, 10.3: training

STAGES = (30, 70, 150)  # training steps after which digits are drawn


def trained_so_far(network, digits, stages=STAGES):
    """What is drawn from the same ten latents after some steps of the network's training.

    Returns
    -------
    dict of arrays, shape (10, C, B, A)
        Steps made to means; the last is the stored network.
    list of float
        The bound of every batch.
    """
    config = network.config
    z = np.random.default_rng(3).standard_normal((config.T, 10, config.Z))

    def drawn(params):
        return sigmoid(model.generate(params, z, config).c[-1])

    run = loop.begin("small", config, network.recipe, digits, network.seed)
    found, measured = {0: drawn(run.params)}, []
    for step in range(1, stages[-1] + 1):
        measured.append(float(loop.advance(run, digits).objective))
        if step in stages:
            found[step] = drawn(run.params)
    return found | {network.step: drawn(network.params)}, measured


@notebook.picture(
    "Five rows of ten images. After 0 and after 30 steps all are the same grey mean digit; after "
    "70 steps blurred blobs that begin to differ; after 150 steps blobs of different shapes; after "
    "the whole training mostly legible digits."
)
def learning_to_draw(network, digits):
    """The first 150 steps of training, run again; beside each row the bound of its batch.

    The last row has the mean over 20 late batches, every tenth of the last 200.
    """
    found, measured = trained_so_far(network, digits)
    bound = {0: measured[0], **{n: measured[n - 1] for n in STAGES}}
    bound[network.step] = network.log["bound"][-20:].mean()
    labels = [f"step {n}\n{bound[n]:.0f} nats" for n in found]
    return growing(np.stack(list(found.values())), labels)


def growing(images, labels):
    """What a network draws from the same latents as it learns, a row a training step.

    Parameters
    ----------
    images : array, shape (rows, columns, C, B, A)
    labels : sequence of str
    """
    title = "The same latents, drawn by a network that learns"
    fig = plot.mosaic_figure(images, title, scale=0.026)
    return layouts.label_rows(fig, labels, *images.shape[:-3:-1])


@notebook.picture(
    "Over training steps on a logarithmic axis: the bound starts near the cost of independent "
    "pixels, a grey line at 194 nats, and falls to about 80; L^x falls to about 57. L^z starts "
    "from 1.4 nats, falls at first, rises to 23 and then stays. The bound on validation images, "
    "as dots, follows that of the batches."
)
def bound(network, digits):
    """The bound and its parts over training, and what independent pixels cost."""
    coins = bounds.independent_pixels(digits.train.mean(), digits.test).mean()
    with style():
        fig = figure(8.2, 3.2)
        ax = fig.subplots()
        ax.axhline(coins, color="#999999", lw=1.2)
        ax.text(2500, coins + 4, f"independent pixels: {coins:.1f}", ha="right", fontsize=8)
        plot.parts(ax, network.log)
        ax.set(xscale="log", ylim=(0, 215))
        ax.legend(loc="center left")
    return fig


def milestones(network, steps=(1, 51, 201, 501, 1001, 2001)):
    """A table of the bound of the batch and its parts at some training steps."""
    log = network.log
    at = [int(np.flatnonzero(log["step"] == n)[0]) for n in steps]
    rows = [
        [n, *(f"{log[k][i]:.1f}" for k in ("bound", "L_x", "L_z"))]
        for n, i in zip(steps, at, strict=True)
    ]
    notebook.table(["training step", "bound of the batch", "$L^x$", "$L^z$"], rows)


# ---------------------------------------------------------------- 10.4: what a step is good for


@notebook.picture(
    "Left, a heat map: training steps from left to right, the twelve drawing steps from bottom to "
    "top. Dark at first; all drawing steps light up within the first few hundred training steps, "
    "the first of them most. Right, bars for the end of training: the first step costs most, "
    "nearly 3 nats, the others between 1.5 and 2.2."
)
def kl(network):
    """The KL of every drawing step over training, and at its end."""
    return layouts.kl_of_steps(network.log, "Measured on the training batches")


def disturbances(again):
    """What it costs to take one step's latent from the prior, for every step.

    Returns
    -------
    lost : array, shape (T,)
        By which L^x rises if all other latents stay.
    answered, paid : array, shape (T,)
        By which L^x, and the KL of the other steps, rise if the encoder sees what came of it.
    """
    params, config, x = again.params, again.config, again.x
    other = np.random.default_rng(5).standard_normal((config.T, 200, config.Z))[:, : len(x)]
    kl_own = again.drawing.L_z.mean(axis=1)
    lost, answered, paid = np.zeros((3, config.T))
    for t in range(config.T):
        z = again.z.copy()
        z[t] = other[t]
        c_T = model.generate(params, z, config).c[-1]  # the others stay
        lost[t] = likelihood.bernoulli_nll(x, c_T).mean() - again.L_x
        spoiled = prescribed(params, x, again.eps, config, z={t + 1: other[t]})  # the loop answers
        answered[t] = spoiled.L_x.mean() - again.L_x
        paid[t] = np.delete(spoiled.L_z.mean(axis=1) - kl_own, t).sum()
    return lost, answered, paid


@notebook.picture(
    "Left: if the others stay, L^x rises by 363 nats for the first step, by about a hundred for "
    "the second, and by less and less to 4 for the last. Right, on a much smaller scale: if the "
    "loop answers, L^x rises by 1 to 4 nats for every step, and the other steps cost about 9 nats "
    "more for the first step, 5 for the second, falling to 0 for the last."
)
def disturbed(again):
    """One latent from the prior: what it costs if the others stay, and if the loop answers."""
    return answers(*disturbances(again))


def answers(lost, answered, paid):
    """Bars of what ``disturbances`` gives."""
    t = np.arange(1, len(lost) + 1)
    with style():
        fig = figure(9.5, 3.2)
        left, right = fig.subplots(1, 2)
        left.bar(t, lost, color=PART_X, width=0.7)
        for step in (0, len(lost) - 1):
            left.text(t[step], lost[step] + 5, f"{lost[step]:.0f}", ha="center", fontsize=9)
        left.set_title("The others stay: $L^x$ rises")
        right.bar(t - 0.2, answered, color=PART_X, width=0.4, label="$L^x$")
        right.bar(t + 0.2, paid, color=PART_Z, width=0.4, hatch="//", label="KL of the others")
        right.axhline(0, color=plot.INK, lw=0.8)
        right.set_title("The loop answers (another scale)")
        right.legend()
        for ax in (left, right):
            ax.set(xlabel="the step $t$ whose latent is from the prior", ylabel="change, nats")
            ax.set_axisbelow(True)
            ax.grid(False, axis="x")
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return fig


# ---------------------------------------------------------------- 10.5: where it looks and writes


@notebook.picture(
    "Three digits, a 0, a 4 and a 7, each with two rows of twelve images. Upper rows: the image "
    "with a blue frame, first large and thick, then smaller and thinner, moving from the upper "
    "middle to the lower part. Lower rows: the canvas with a vermilion frame that does the same, "
    "while a blur becomes the digit."
)
def windows(again, digits=(0, 4, 7)):
    """Where the network reads, and where it writes, for the first test image of some digits."""
    m, drawing = [first(again, d) for d in digits], again.drawing
    return layouts.both_windows(
        again.x[m],
        sigmoid(drawing.c[:, m]),
        of(drawing.reading, m),
        of(drawing.writing, m),
        again.config.N_read,
        again.config.N_write,
        "What is read (upper rows) and written (lower)",
    )


def first(again, label):
    """The first image with this label."""
    return int(np.flatnonzero(again.labels == label)[0])


@notebook.picture(
    "Five panels over the steps 1 to 12, with thin lines in blue for reading and vermilion for "
    "writing, in narrow bundles. g_X swings from 15 to 16 and back to 13, g_Y falls slightly and "
    "then grows from 12 to 21, delta and sigma fall, and gamma is between 3 and 6 for reading and "
    "between 0.015 and 0.03 for writing."
)
def trajectories(again, n=20):
    """The five numbers of both windows over the steps, for the first n images."""
    both = (of(att, range(n)) for att in (again.drawing.reading, again.drawing.writing))
    return layouts.trajectories(*both, f"Windows while {n} test images are drawn")


def spreads(again):
    """A table: how far windows move from step to step, and differ from image to image."""
    rows = []
    for name, att in (("read", again.drawing.reading), ("write", again.drawing.writing)):
        found = [(g.mean(axis=1).std(), g.std(axis=1).mean()) for g in (att.g_X, att.g_Y)]
        rows.append([name, *(f"{v:.2f}" for pair in found for v in pair)])
    notebook.table(
        ["window", "$g_X$: between steps", "among images", "$g_Y$: between steps", "among images"],
        rows,
    )


@notebook.picture(
    "Two copies of the mean test image, a dim upright blot, with twelve frames each, pale for the "
    "first step and bright for the last. The centres go from the middle slightly up and to the "
    "right, then down to the lower part. The first writing frames reach beyond the image on all "
    "sides, and the last is a quarter of it; the reading frames begin a little smaller."
)
def paths(again):
    """The median window of every step, over the mean image: reading, and writing."""
    with style():
        fig = figure(9.0, 4.7)
        left, right = fig.subplots(1, 2)
        mean, config = again.x.mean(axis=0), again.config
        nested(left, mean, again.drawing.reading, config.N_read, READ, "reads")
        nested(right, mean, again.drawing.writing, config.N_write, WRITE, "writes")
    return fig


def nested(ax, image, att, N, colour, does, around=4):
    """Median windows over an image, pale for the first step, bright for the last; centres."""
    B, A = image.shape[-2:]
    show_image(ax, 0.45 * image, around=around)
    g_X, g_Y, delta = (np.median(getattr(att, name), axis=1) for name in ("g_X", "g_Y", "delta"))
    T = len(g_X)
    for t in range(T):
        left, top, right, bottom = plot.window(g_X[t], g_Y[t], delta[t], N, A, B)
        size = right - left, bottom - top
        shade = 0.25 + 0.75 * t / max(1, T - 1)
        ax.add_patch(Rectangle((left, top), *size, fill=False, ec=colour, lw=1.3, alpha=shade))
    ax.plot(g_X, g_Y, "-", color="white", lw=1)
    ax.scatter(g_X, g_Y, s=14, color="white", zorder=3)
    for t, shift in ((0, (-11, -3)), (T - 1, (5, -3))):
        ax.annotate(
            f"{t + 1}",
            (g_X[t], g_Y[t]),
            shift,
            textcoords="offset points",
            color="white",
            fontsize=9,
        )
    ax.set_title(f"Where it {does}, $t = 1 \\dots {T}$ (medians)")


PARTS_OF_A_WINDOW = {
    "centre": ("g_X", "g_Y"),
    "stride": ("delta",),
    "variance": ("sigma2",),
    "intensity": ("gamma",),
    "all five": Attention._fields,
}


def medians_instead(again):
    """The bound if parts of every window are the medians of all images.

    Returns
    -------
    dict of (float, float)
        Name of the part to the bounds with such reading and such writing windows.
    """
    found = {}
    for part, names in PARTS_OF_A_WINDOW.items():
        found[part] = tuple(
            bound_of(instead(again, which, middle, names)) for which in ("reading", "writing")
        )
    return found


def instead(again, which, way, names=Attention._fields):
    """The terms of the loop with the fields ``names`` of one window replaced by a ``way``."""
    own = getattr(again.drawing, which)
    other = way(own)
    att = own._replace(**{name: getattr(other, name) for name in names})
    return prescribed(again.params, again.x, again.eps, again.config, **{which: att})


def whose_windows(again):
    """A table of bounds, if the network has to use other windows than its own."""
    own = f"{again.L_x + again.drawing.L_z.sum(axis=0).mean():.1f}"
    rows = [["its own", own, own]]
    for part, pair in medians_instead(again).items():
        rows.append([f"median {part}" if part != "all five" else part, *(f"{b:.1f}" for b in pair)])
    others = (bound_of(instead(again, w, exchanged)) for w in ("reading", "writing"))
    rows.append(["another image's window", *(f"{b:.1f}" for b in others)])
    rows[-2][0] = "the median of all five"
    notebook.table(["window", "when reading", "when writing"], rows)


REACH = {"patch": 0.4, "written": 150.0, "stroke": 8.0}  # what is drawn white; minus it is black


def magnified(patches, size):
    """Patches (..., N, N) with every entry a rectangle of pixels: (..., size, size)."""
    index = np.arange(size) * patches.shape[-1] // size
    return patches[..., index[:, None], index]


def of_each_step(again, m):
    """What step t reads, writes and leaves of image m, a row of 28 x 28 images each, (T, C, B, A).

    Returns
    -------
    dict of arrays
        In greys: the images as they are, patches and strokes with one scale for all steps.
    """
    config, drawing, size = again.config, again.drawing, again.config.A
    c = drawing.c[:, m]
    x_hat = again.x[m] - sigmoid(c[:-1])
    grids = Attention(*(field[:, m] for field in drawing.reading))
    seen = attn.glimpse(x_hat, grids._replace(gamma=np.ones(config.T)), config.N_read)
    w = [s.h_dec[m] @ again.params["patch.W"] + again.params["patch.b"] for s in again.states[1:]]
    w = np.reshape(w, (config.T, config.C, config.N_write, config.N_write))
    w = w / drawing.writing.gamma[:, m, None, None, None]
    return {
        "image $x$": np.repeat(again.x[m][None], config.T, axis=0),
        r"error image $\hat x_t$": signed(x_hat, 1.0),
        r"patch of $\hat x_t$": signed(magnified(seen, size), REACH["patch"]),
        r"patch written, $w_t / \hat\gamma$": signed(magnified(w, size), REACH["written"]),
        "stroke": signed(np.diff(c, axis=0), REACH["stroke"]),
        "canvas after": sigmoid(c[1:]),
    }


@notebook.picture(
    "Six rows of twelve pictures, a step each, for a 4. The image and the error image with the "
    "blue reading window, which shrinks and moves down; the patch of the error image, strong at "
    "first, fainter from step to step, with single bright pixels in steps 8 and 9 and still uneven "
    "at the end; the patch that is written, the stroke that it becomes, bold at first and faint at "
    "the end; and the canvas with the vermilion writing window, a blur that becomes the 4.",
    alive.Part("unrolled", "small"),
)
def twelve_steps(again, label=4):
    """All steps of one image from near, with one scale of greys for every row."""
    m, config = first(again, label), again.config
    steps = np.arange(1, config.T + 1)
    with style():
        fig = figure(9.6, 5.0)
        for r, (ax, (name, images)) in enumerate(
            zip(fig.subplots(6, 1), of_each_step(again, m).items(), strict=True)
        ):
            drawing, N, colour = again.drawing, config.N_read, READ
            att = {0: drawing.reading, 1: drawing.reading, 5: drawing.writing}.get(r)
            if r == 5:
                N, colour = config.N_write, WRITE
            frames = plot.attention_windows(att, N, config.A, config.B, colour, steps, [m])
            labels = [f"t = {t}" for t in steps] if r == 0 else ()
            plot.show_mosaic(ax, images[None], frames, labels)
            ax.text(-2, config.B / 2, name, ha="right", va="center", fontsize=8)
    return layouts.titled(fig, f"Every step of a {label}; one scale of greys a row")


@notebook.picture(
    "Left: with attention the mean size of a stroke falls from 2.3 to 0.25 logits a pixel; without "
    "it rises from 0.2 to 0.8. Right: with attention the share of pixels that are moved falls from "
    "more than 0.9 to 0.3; without it stays above 0.9 from the third step on."
)
def bold_or_faint(again, plain):
    """Strokes with windows and without: their mean size, and the pixels that they move."""
    return pens(*strokes({"with attention": again, "without": plain}))


def strokes(both):
    """Mean size of the strokes of every step, and share of pixels moved by more than 0.1."""
    added = {name: np.abs(np.diff(one.drawing.c, axis=0)) for name, one in both.items()}
    sizes = {name: s.mean(axis=(1, 2, 3, 4)) for name, s in added.items()}
    return sizes, {name: (s > 0.1).mean(axis=(1, 2, 3, 4)) for name, s in added.items()}


def pens(sizes, shares):
    """How strokes change over the steps, of several networks.

    Parameters
    ----------
    sizes, shares : dict of arrays, shape (T,)
        Name of a network to the mean size of its strokes, in logits, and to the share of
        pixels that they move.
    """
    with style():
        fig = figure(9.5, 3.0)
        left, right = fig.subplots(1, 2)
        for ax, values in ((left, sizes), (right, shares)):
            for (name, v), line, colour in zip(values.items(), ("o-", "s--"), LINES, strict=False):
                ax.plot(np.arange(1, len(v) + 1), v, line, color=colour, ms=4, label=name)
            ax.set(xlabel="step $t$", ylim=(0, None))
            ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        left.set(ylabel="logits a pixel")
        left.set_title("Mean size of a stroke")
        right.set(ylabel="share of pixels", ylim=(0, 1.05))
        right.set_title("Pixels that it moves by more than 0.1")
        left.legend()
    return fig


# ---------------------------------------------------------------- 10.6, 10.7: new, and compared


@notebook.picture(
    "A grid of ten by ten new digits, of which about three quarters can be read, and on the right "
    "a column of ten training images, similar in shape to the last digit of their row but "
    "different in stroke."
)
def figure_6(network):
    """The paper's Figure 6: new digits and the nearest training image to the last of each row."""
    train = data.load("digits", "none").train  # intensities, not binarised
    images = of_a_seed(network)[0][-1].reshape(10, 10, *network.config.image_shape)
    _, nearest = studies.nearest(images[:, -1], train)
    return layouts.with_neighbours(
        images,
        nearest,
        f"New digits, and the nearest of all {len(train):,} training images to "
        "the last of each row",
    )


def distances(network):
    """Distances to the nearest training image, of 100 new digits and of 100 test images."""
    shades = data.load("digits", "none")
    test = shades.test.batch(np.arange(100), np.random.default_rng(0))
    found = {}
    for name, images in (("new digits", of_a_seed(network)[0][-1]), ("test images", test)):
        _, nearest = studies.nearest(images, shades.train)
        found[name] = np.sqrt(np.sum((images - nearest) ** 2, axis=(1, 2, 3)))
    return found


def how_far(network):
    """A table of ``distances``."""
    rows = [
        [f"100 {name}", *(f"{v:.2f}" for v in (d.min(), np.median(d), d.max()))]
        for name, d in distances(network).items()
    ]
    header = ["distance to the nearest training image", "smallest", "median", "largest"]
    notebook.table(header, rows)


def paired(again, plain):
    """By how many nats attention is better on the same images and noise: mean, standard error."""
    each = [model.terms(r.params, r.x, again.eps, r.config) for r in (plain, again)]
    L = [t.L_x + t.L_z.sum(axis=0) for t in each]
    difference = L[0] - L[1]
    return difference, difference.std() / len(difference) ** 0.5


def with_and_without(network, without):
    """A table of the two networks."""
    rows = [
        [
            name,
            f"{parameters.count(n.config):,}",
            n.recipe.lr,
            f"{n.result['bound']:.1f} ({n.result['error']:.1f})",
        ]
        for name, n in (("without attention", without), ("with attention", network))
    ]
    header = ["network", "parameters", "learning rate", "test bound (standard error)"]
    notebook.table(header, rows)
