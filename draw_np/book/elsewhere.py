"""For the chapter on other machines: counted operations, a model of time, sums over a ring."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from draw_np import data, parameters
from draw_np.book import notebook
from draw_np.fast import driver
from draw_np.pictures.plot import INK, LINES, figure, shades, style
from draw_np.training import presets

PALE, GREY = "#EEEEEE", "#777777"


# ---------------------------------------------------------------- counted operations


class Counted(np.ndarray):
    """An array that counts what is done with it; the counts are in ``Counting``."""

    counts = None

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        """Count one operation, and do it on plain arrays."""
        kind = "product" if ufunc is np.matmul else "elementwise"
        Counted.counts[kind if method == "__call__" else "sum"] += 1
        given = [v.view(np.ndarray) if isinstance(v, Counted) else v for v in inputs]
        if out is not None:
            options["out"] = tuple(v.view(np.ndarray) for v in out)
        found = getattr(ufunc, method)(*given, **options)
        if out is not None:
            return out[0]
        return found.view(Counted) if isinstance(found, np.ndarray) else found


class Counting:
    """NumPy, but its new arrays count: the module that an engine is handed in this chapter.

    ``counts`` has the number of matrix products, of element-wise operations and of sums.
    On a GPU each of them is a program of its own that the host has to launch.

    Parameters
    ----------
    fuses : bool
        Whether it makes one element-wise operation of a whole function, as CuPy does.
    """

    def __init__(self, fuses=False):
        self.counts = Counted.counts = dict.fromkeys(("product", "elementwise", "sum"), 0)
        if fuses:
            self.fuse = self.fusing

    def __getattr__(self, name):
        """A function of NumPy's; what it makes, counts."""
        function = getattr(np, name)

        def counting(*inputs, **options):
            found = function(*inputs, **options)
            return found.view(Counted) if type(found) is np.ndarray else found

        return function if isinstance(function, type | np.ufunc) else counting

    def fusing(self, kernel_name):
        """As ``cupy.fuse``: all of a function's ufuncs count as one."""

        def wrap(function):
            def fused(*arguments):
                before = dict(self.counts)
                function(*arguments)
                self.counts.update(before, elementwise=before["elementwise"] + 1)

            return fused

        return wrap


def minibatch(M=64):
    """New parameters of the preset ``small``, M digits, noise, and its configuration."""
    config, rng = presets.PRESETS["small"].config, np.random.default_rng(0)
    params = parameters.initialise(rng, config)
    x = data.load("digits").train.batch(np.arange(M), rng)
    return params, x, rng.standard_normal((config.T, M, config.Z), dtype=np.float32), config


def counted(fuses=False, M=64):
    """One gradient of ``small`` by an engine that was handed the counting module.

    Parameters
    ----------
    fuses : bool
        Whether the module makes one operation of an element-wise function.
    M : int
        Images.

    Returns
    -------
    gradient : dict of arrays
    counts : dict
        Of each kind of operation.
    """
    params, x, eps, config = minibatch(M)
    counting, own = Counting(fuses), driver.array_module
    driver.array_module = lambda _: counting
    try:
        given = {name: v.view(Counted) for name, v in params.items()}
        arrays = x.view(Counted), eps.view(Counted)
        _, gradient = driver.terms_and_gradient(given, *arrays, config)
    finally:
        driver.array_module = own
    return gradient, dict(counting.counts)


def table_of_counts():
    """A table: the operations of one gradient of ``small``, one by one and fused."""
    T, kinds, rows = presets.PRESETS["small"].config.T, ("product", "elementwise", "sum"), []
    for name, fuses in (("one by one", False), ("element-wise functions fused", True)):
        counts = counted(fuses)[1]
        total = sum(counts.values())
        rows.append([name, *(f"{counts[kind]:,}" for kind in kinds), f"{total:,}", total // T])
    notebook.table(["", "products", "element-wise", "sums", "in all", "for a step t"], rows)


# ---------------------------------------------------------------- a model of a step's time

# Milliseconds of one thread's processor time (time.process_time, a median of 8 to 25) for one
# gradient of ``small`` on so many images by ``driver.terms_and_gradient``: NumPy 2.4 with
# OpenBLAS 0.3.31, AMD EPYC, OPENBLAS_NUM_THREADS=1, while other work ran beside it.
MEASURED = {
    1: 3.77,
    2: 4.38,
    4: 5.08,
    8: 7.19,
    16: 10.7,
    32: 15.9,
    64: 26.6,
    128: 49.4,
    256: 94.0,
    512: 182.4,
}


def fitted(times=None):
    """Fixed time and time an image that fit measured times best, relatively; of ``MEASURED``."""
    M, t = np.array(list((times or MEASURED).items()), float).T
    return np.linalg.lstsq(np.stack([1 / t, M / t], axis=1), np.ones(len(t)), rcond=None)[0]


def seconds(flops, launches, rate, launch):
    """A step's time if launching and computing do not overlap: launches each, plus arithmetic."""
    return launches * launch + flops / rate


def speed_up(K, compute, bytes_, link):
    """How many times faster K processes are, the batch fixed: compute shared, a ring of sums.

    Parameters
    ----------
    K : int or array
    compute : float
        Seconds of one process's step.
    bytes_ : float
        Bytes of the gradient.
    link : float
        Bytes a second that a process sends and receives.
    """
    return compute / (compute / K + ring_bytes(K, bytes_) / link)


def ring_bytes(K, bytes_):
    """Bytes that each of K processes sends to sum one array: every piece twice around."""
    return 2 * (K - 1) / K * bytes_


# ---------------------------------------------------------------- figures


@notebook.picture(
    "Left: a host with the batch, the noise, the log and the checkpoint, and a device with the "
    "weights, the forward and backward pass and Adam; images and noise go to the device, a few "
    "numbers come back. Right: three ranks, each with all weights and four of twelve images; "
    "their gradients meet in one sum, the same for all."
)
def two_ways(rows=12, ranks=3):
    """A network elsewhere: its arrays on another device, and its minibatch over processes."""
    with style():
        fig = figure(9.5, 3.3)
        left, right = fig.subplots(1, 2)
        for ax in (left, right):
            ax.set(xlim=(0, 10), ylim=(0, 7), aspect="equal")
            ax.axis("off")
        left.set_title("another array library: the same step, on a device")
        box(left, 0.2, 1.2, 3.4, 4.4, "host\n(NumPy)\n\nbatch\nnoise\nlog\ncheckpoint")
        box(left, 6.2, 1.2, 3.6, 4.4, "device\n(CuPy)\n\nweights\nforward\nbackward\nAdam")
        arrow(left, (3.7, 4.4), (6.1, 4.4), "images, noise")
        arrow(left, (6.1, 2.4), (3.7, 2.4), "a few numbers")
        right.set_title("several processes: the same network, part of the batch")
        for rank in range(ranks):
            x = 0.2 + 3.3 * rank
            box(right, x, 2.9, 2.8, 2.0, f"rank {rank}\nall weights")
            draw_rows(right, x, 5.3, rows // ranks, rank)
            arrow(right, (x + 1.4, 2.8), (x + 1.4, 1.75), "")
        box(right, 0.2, 0.5, 9.4, 1.2, "Allreduce: one sum of gradients, the same for all")
    return fig


def box(ax, x, y, width, height, text):
    """A box with words in it."""
    ax.add_patch(Rectangle((x, y), width, height, facecolor=PALE, edgecolor=INK, linewidth=0.9))
    ax.text(x + width / 2, y + height / 2, text, ha="center", va="center", fontsize=8.5)


def draw_rows(ax, x, y, n, rank):
    """A rank's images of the minibatch, as a row of tiles."""
    for i in range(n):
        ax.add_patch(Rectangle((x + 0.7 * i, y), 0.6, 0.6, facecolor=LINES[rank], edgecolor=INK))
    ax.text(x + 1.4, y + 0.95, f"images {rank * n + 1}-{rank * n + n}", ha="center", fontsize=8)


def arrow(ax, start, end, text):
    """An arrow with words above it."""
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=12, color=INK))
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + 0.25
    ax.text(*middle, text, ha="center", fontsize=8)


DEVICE = {"launch": 5e-6, "rate": 1e13}  # seconds, operations a second: chosen, not measured


@notebook.picture(
    "Images a second against the size of the minibatch, both axes logarithmic, in two panels. "
    "Left, measured with NumPy on a processor: ten points from 265 images a second at one image to "
    "2,800 at 512, close to a curve that bends at ten images. Right, a model of a device, not "
    "measured: a curve for operations one by one and, nearly three times as high at the left, one "
    "for fused ones, which bend at about 5,700 and 2,100 images."
)
def launch_bound():
    """Images a second against the batch: measured on a processor, and a model of a device."""
    with style():
        fig = figure(9.5, 3.4)
        left, right = fig.subplots(1, 2)
        fixed, each = fitted()
        M = 2.0 ** np.arange(0, 10)
        left.loglog(
            list(MEASURED),
            [1e3 * m / t for m, t in MEASURED.items()],
            "o",
            color=INK,
            label="measured",
        )
        bend(left, M, "$a + b M$", LINES[0], fixed * 1e-3, each * 1e-3)
        left.set(ylim=(1e2, 3e4))
        left.set_title("Measured: NumPy, one thread of a processor")
        M = 2.0 ** np.arange(3, 15)
        each = presets.step_flops(presets.PRESETS["small"].config, 1) / DEVICE["rate"]
        for colour, name, fuses in ((INK, "one by one", False), (LINES[0], "fused", True)):
            launches = sum(counted(fuses)[1].values())
            bend(right, M, name, colour, launches * DEVICE["launch"], each, 0.03 + 0.07 * fuses)
        right.set(ylim=(5e2, 1e7))
        right.set_title("A model, not measured: a device")
        for ax, corner in ((left, "lower right"), (right, "upper left")):
            ax.axhline(np.nan, ls="--", color=GREY, lw=0.9, label="launches or calls alone")
            ax.axhline(np.nan, ls=":", color=LINES[1], label="arithmetic alone")
            ax.set(xlabel="images in a minibatch, $M$", ylabel="images a second")
            ax.legend(loc=corner, fontsize=8)
    return fig


def bend(ax, M, name, colour, fixed, each, height=0.03):
    """Images a second if a step takes ``fixed + each M`` seconds, and the two limits."""
    ax.loglog(M, M / (fixed + each * M), color=colour, label=name)
    ax.loglog(M, M / fixed, "--", color=colour, linewidth=0.9)
    ax.axhline(1 / each, ls=":", color=LINES[1])
    ax.axvline(fixed / each, color=GREY, linewidth=0.8)
    ax.text(
        fixed / each,
        height,
        f" M = {fixed / each:,.0f}",
        fontsize=8,
        transform=ax.get_xaxis_transform(),
    )


@notebook.picture(
    "Five grids of four ranks by four pieces with the number of processes that are summed in each. "
    "At first all are 1; after each exchange one piece of every rank has grown by one; after three "
    "each rank has one complete piece, a 4; after six all are 4."
)
def ring(K=4):
    """A sum over a ring: what each of K processes holds and passes on, step by step."""
    with style():
        fig = figure(9.5, 2.9)
        axes = fig.subplots(1, K - 1 + 2)
        held = [[{(r, p)} for p in range(K)] for r in range(K)]
        states = [[[len(v) for v in row] for row in held]]
        for step in range(K - 1):
            sent = [(r, (r - step) % K) for r in range(K)]
            moving = [set(held[r][p]) for r, p in sent]
            for (r, p), what in zip(sent, moving, strict=True):
                held[(r + 1) % K][p] |= what
            states.append([[len(v) for v in row] for row in held])
        states.append([[K] * K for _ in range(K)])
        after = *range(2, K), 2 * (K - 1)
        titles = ["at first", "after 1 exchange", *(f"after {s} exchanges" for s in after)]
        for ax, state, title in zip(axes, states, titles, strict=True):
            ax.imshow(np.array(state).T, cmap=shades("Greys"), vmin=0, vmax=1.6 * K)
            for r in range(K):
                for p in range(K):
                    ax.text(
                        r,
                        p,
                        state[r][p],
                        ha="center",
                        va="center",
                        fontsize=9,
                        color="white" if state[r][p] == K else INK,
                    )
            ax.set(xticks=range(K), yticks=range(K), title=title, xlabel="rank")
            ax.tick_params(length=0)
            ax.grid(False)
        axes[0].set_ylabel("piece of the gradient")
    return fig


G_MNIST, TAU_MNIST = 4 * parameters.count(presets.PRESETS["mnist"].config), 0.32
LINKS = {"1 Gbit/s": 1e9 / 8, "10 Gbit/s": 1e10 / 8, "100 Gbit/s": 1e11 / 8}  # bytes a second


def table_of_links(K=8):
    """A table: what K processes gain over links of three speeds, for ``mnist``."""
    rows = []
    for name, b in LINKS.items():
        sending, most = ring_bytes(K, G_MNIST) / b, TAU_MNIST * b / (2 * G_MNIST)
        gain = speed_up(K, TAU_MNIST, G_MNIST, b)
        rows.append([name, f"{sending * 1e3:.1f} ms", f"{gain:.1f}", f"{most:.0f}"])
    header = ["link", f"sending, K = {K}", f"times faster, K = {K}", "at most, however many"]
    notebook.table(header, rows)


@notebook.picture(
    "Times faster than one process against the number of processes, up to 32. With 100 Gbit/s the "
    "curve stays near the diagonal; with 10 it bends to about 20; with 1 it levels off below 5."
)
def speed_ups():
    """Speed-up of ``mnist`` against the number of processes, for links of three speeds."""
    K = np.arange(1, 33)
    with style():
        fig = figure(6.4, 3.4)
        ax = fig.subplots()
        ax.plot(K, K, ":", color=GREY, label="no cost of communication")
        for (name, link), line in zip(LINKS.items(), ("-", "--", "-."), strict=False):
            ax.plot(K, speed_up(K, TAU_MNIST, G_MNIST, link), line, label=name)
        ax.set(
            xlabel="processes, $K$",
            ylabel="times faster than one",
            xlim=(1, 32),
            ylim=(0, 32),
            title="By the model: a slow link caps what more processes bring",
        )
        ax.legend()
    return fig
