"""For the chapter on other machines: counted operations, a model of time, sums over a ring."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from draw_np.pictures.plot import INK, LINES, figure, shades, style

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


# ---------------------------------------------------------------- a model of a step's time


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


def launch_bound(flops_per_image, launches, rate, launch):
    """Images a second against the batch, by the model of ``seconds``; its limits dashed, dotted.

    ``launches`` maps a name to the number of launches in a step: a curve for each.
    """
    M = 2.0 ** np.arange(3, 15)
    limit = rate / flops_per_image
    with style():
        fig = figure(6.4, 3.6)
        ax = fig.subplots()
        for colour, (name, n) in zip((INK, LINES[0]), launches.items(), strict=False):
            ax.loglog(
                M, M / seconds(flops_per_image * M, n, rate, launch), color=colour, label=name
            )
            ax.loglog(M, M / (n * launch), "--", color=colour, linewidth=0.9)
            crossing = n * launch * limit
            ax.axvline(crossing, color=GREY, linewidth=0.8)
            ax.annotate(f"M = {crossing:.0f}", (crossing, 2e3), (4, 0), fontsize=8,
                        textcoords="offset points")  # fmt: skip
        ax.axhline(limit, ls=":", color=LINES[1], label="arithmetic alone")
        ax.set(xlabel="images in a minibatch, $M$", ylabel="images a second", ylim=(1e3, None),
               title="Below some batch size a device waits for its orders")  # fmt: skip
        ax.legend()
        return fig


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
                    ax.text(r, p, state[r][p], ha="center", va="center", fontsize=9,
                            color="white" if state[r][p] == K else INK)  # fmt: skip
            ax.set(xticks=range(K), yticks=range(K), title=title, xlabel="rank")
            ax.tick_params(length=0)
            ax.grid(False)
        axes[0].set_ylabel("piece of the gradient")
        return fig


def speed_ups(compute, bytes_, links):
    """Speed-up against the number of processes, for links of several speeds."""
    K = np.arange(1, 33)
    with style():
        fig = figure(6.4, 3.6)
        ax = fig.subplots()
        ax.plot(K, K, ":", color=GREY, label="no cost of communication")
        for (name, link), style_ in zip(links.items(), ("-", "--", "-."), strict=False):
            ax.plot(K, speed_up(K, compute, bytes_, link), style_, label=name)
        ax.set(xlabel="processes, $K$", ylabel="times faster than one", xlim=(1, 32), ylim=(0, 32),
               title="A slow link caps what more processes bring")  # fmt: skip
        ax.legend()
        return fig
