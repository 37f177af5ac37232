"""What the chapter on the LSTM cell trains and measures, and its figures."""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from draw_np import gradcheck, lstm, nn
from draw_np.book import alive, notebook
from draw_np.manual.lstm import lstm_backward, lstm_forward
from draw_np.pictures.plot import INK, LINES, WRITE, figure, shades, style
from draw_np.training import optim

GATE, MAP, PALE = "#CDE4F2", "#EEEEEE", "#777777"
DASHES = ["-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1))]


# ---------------------------------------------------------------- one step


def checked(forget_rule_3=False):
    """The verdict on ``lstm_backward``, every entry; or on one that lacks a share of the state."""
    rng = np.random.default_rng(3)
    shapes = {"x": (2, 3), "h": (2, 4), "s": (2, 4), "W": (7, 16), "b": (16,)}
    point = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    weight_h, weight_s = rng.standard_normal((2, 2, 4))

    def loss(p):
        h, s = lstm.lstm(p["x"], p["h"], p["s"], p["W"], p["b"])
        return (weight_h * h).sum() + (weight_s * s).sum()

    _, cache = lstm_forward(**point)
    ours = dict(zip(point, lstm_backward(weight_h, weight_s, cache), strict=True))
    if forget_rule_3:
        ours["s"] = weight_s * cache[2]  # times f, without the way through h
    return gradcheck.check(loss, point, ours, entries=1000)


# ---------------------------------------------------------------- many steps


def simple_slope(w, T=64, h=0.1):
    """dh_T / dh_0 of h_t = tanh(w h_{t-1}), with no input."""
    slope = 1.0
    for _ in range(T):
        h = np.tanh(w * h)
        slope *= w * (1 - h**2)
    return slope


def run(p, X):
    """All steps over X, (T, M, D), from zeros: the last h and s, and what each step keeps."""
    h = s = np.zeros((X.shape[1], len(p["cell.b"]) // 4))
    caches = []
    for x in X:
        (h, s), cache = lstm_forward(x, h, s, p["cell.W"], p["cell.b"])
        caches.append(cache)
    return h, s, caches


def gates_of(caches):
    """The forget gates of every step, (T, M, H)."""
    return np.array([cache[2] for cache in caches])


def gradient_norms(bias, T=64, M=20, H=64):
    """Norm of the gradient of the last state, step by step on its way back.

    The cell is new, with this forget bias, and sees random inputs.

    Returns
    -------
    direct, whole : array, shape (T + 1,)
        Along the state alone, and by all paths, h and s together; both begin at 1.
    gate : float
        The mean of the forget gates.
    """
    rng = np.random.default_rng(3)
    X, last = rng.standard_normal((T, M, H)), rng.standard_normal((M, H))
    p = lstm.lstm_parameters(np.random.default_rng(0), "cell", H, H, forget_bias=bias)
    _, _, caches = run(p, X)
    gates = gates_of(caches)
    products = np.cumprod(np.concatenate([last[None], gates[::-1]]), axis=0)
    direct = np.sqrt(np.sum(products**2, axis=(1, 2)))
    ds, dh, whole = last, np.zeros((M, H)), [direct[0]]
    for cache in reversed(caches):
        _, dh, ds, _, _ = lstm_backward(dh, ds, cache)
        whole.append(np.sqrt(np.sum(ds**2) + np.sum(dh**2)))
    return direct / direct[0], np.array(whole) / whole[0], gates.mean()


# ---------------------------------------------------------------- one bit


def bits_and_noise(rng, M, T=64):
    """M bits, -1 or 1, (M, 1), and inputs (T, M, 2): a bit at the first step, then noise."""
    bit = rng.choice([-1.0, 1.0], size=(M, 1))
    X = np.zeros((T, M, 2))
    X[0, :, :1], X[1:, :, 1] = bit, rng.standard_normal((T - 1, M))
    return bit, X


def new_cell(rng, bias, H=16):
    """A cell with this forget bias, and the weights from its last output to the number v."""
    p = lstm.lstm_parameters(rng, "cell", 2, H, forget_bias=bias)
    return p | {"out": nn.scaled_normal(rng, H, 1)}


def bit_gradient(p, bit, X):
    """The bits lost, a mean over the minibatch, and the gradient by hand (in nats)."""
    h, s, caches = run(p, X)
    margin = bit * (h @ p["out"])  # positive where the answer is right
    dv = -bit * nn.sigmoid(-margin) / len(bit)
    dW, db, dh, ds = 0, 0, dv @ p["out"].T, np.zeros_like(s)
    for cache in reversed(caches):
        _, dh, ds, dW_t, db_t = lstm_backward(dh, ds, cache)
        dW, db = dW + dW_t, db + db_t
    lost = np.mean(nn.softplus(-margin)) / np.log(2)
    return lost, {"cell.W": dW, "cell.b": db, "out": h.T @ dv}


def train(bias, steps=120, M=32):
    """Bits lost at every training step, the cell before training, and the cell after."""
    rng = np.random.default_rng(1)
    p = new_cell(rng, bias)
    before, lost = {name: value.copy() for name, value in p.items()}, []
    adam = optim.Adam.for_parameters(p)
    for _ in range(steps):
        bits, gradient = bit_gradient(p, *bits_and_noise(rng, M))
        gradient, _ = optim.clip_by_global_norm(gradient, 1.0)
        adam.update(p, gradient, lr=0.01)
        lost.append(bits)
    return np.array(lost), before, p


def states(p, X):
    """The state of every unit after every step, (T, M, H)."""
    h = s = np.zeros((X.shape[1], len(p["cell.b"]) // 4))
    found = []
    for x in X:
        h, s = lstm.lstm(x, h, s, p["cell.W"], p["cell.b"])
        found.append(s)
    return np.array(found)


def told(s, bit):
    """How often the sign of one unit's state tells the bit, (T, H), 0.5 to 1.

    Parameters
    ----------
    s : array, shape (T, M, H)
    bit : array, shape (M, 1)
    """
    agrees = np.mean((s > 0) == (bit > 0), axis=1)
    return np.maximum(agrees, 1 - agrees)


# ---------------------------------------------------------------- figures


@notebook.picture(
    "A drawing of the LSTM cell. The state s runs along a thick line from left to right; it is "
    "multiplied by the forget gate f, and the product of the input gate i and the new content g is "
    "added. Below, one linear map of the input x and the last output h feeds the four gates. On "
    "the right the state passes a tanh and is multiplied by the output gate o to give h. A dashed "
    "arrow on top runs back from right to left: the gradient, times f at each step."
)
def cell_diagram():
    """The LSTM cell as a drawing: the state on its line, the four gates, the way back."""
    with style():
        fig = figure(9.5, 3.8)
        ax = fig.subplots()
        ax.set(xlim=(0, 10), ylim=(0.1, 4.1), aspect="equal")
        ax.axis("off")
        flow(ax, [(0.5, 3.2), (9.5, 3.2)], width=3)
        flow(ax, [(3.0, 1.37), (3.0, 3.08)])  # f
        flow(ax, [(4.2, 1.37), (4.2, 2.2), (4.68, 2.2)])  # i
        flow(ax, [(5.4, 1.37), (5.4, 2.2), (4.92, 2.2)])  # g
        flow(ax, [(4.8, 2.32), (4.8, 3.08)])
        flow(ax, [(7.8, 3.2), (7.8, 2.12)])
        flow(ax, [(6.7, 1.37), (6.7, 2.0), (7.68, 2.0)])  # o
        flow(ax, [(7.92, 2.0), (9.5, 2.0)])
        flow(ax, [(0.9, 0.5), (2.3, 0.5)])
        for x in (3.0, 4.2, 5.4, 6.7):
            flow(ax, [(x, 0.74), (x, 1.1)])
        gates(ax)
        back = {"arrowstyle": "->", "color": WRITE, "linestyle": "--", "linewidth": 1.8}
        ax.annotate("", (0.6, 3.62), (9.4, 3.62), arrowprops=back)
        ax.text(
            5,
            3.72,
            "the gradient of the state goes back this way, times $f$ at each step",
            color=WRITE,
            ha="center",
            va="bottom",
        )
    return fig


def flow(ax, points, width=1.3):
    """A line through some points, with an arrow at its end."""
    x, y = zip(*points, strict=True)
    ax.plot(x[:-1], y[:-1], color=INK, linewidth=width, solid_capstyle="butt")
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", points[-1], points[-2], arrowprops=arrow)


def gates(ax):
    """The labels of the diagram: gates, products, the sum, inputs and outputs."""
    box = {"boxstyle": "round,pad=0.32", "facecolor": GATE, "edgecolor": INK}
    wide = {"boxstyle": "round,pad=0.3", "facecolor": MAP, "edgecolor": INK}
    dot = {"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": INK}
    centred = {"ha": "center", "va": "center"}
    for x, name in ((3.0, "$f$: forget"), (4.2, "$i$: input"), (6.7, "$o$: output")):
        ax.text(x, 1.24, name, bbox=box, fontsize=8.5, **centred)
    ax.text(5.4, 1.24, "$g$: new", bbox=box | {"facecolor": "#FBE3D0"}, fontsize=8.5, **centred)
    products = [(3.0, 3.2), (4.8, 2.2), (7.8, 2.0)]
    for x, y in products:
        ax.text(x, y, "×", bbox=dot, fontsize=11, **centred)
    ax.text(4.8, 3.2, "+", bbox=dot, fontsize=11, **centred)
    ax.text(7.8, 2.65, "tanh", bbox=wide, fontsize=8.5, **centred)
    ax.add_patch(Rectangle((2.3, 0.26), 5.1, 0.48, facecolor=MAP, edgecolor=INK))
    ax.text(4.85, 0.5, "$a = [x, h]\\,W + b$,  cut into four parts ($i$, $f$, $g$, $o$)", **centred)
    for x, y, name in (
        (0.3, 3.2, "$s_{t-1}$"),
        (9.75, 3.2, "$s_t$"),
        (9.75, 2.0, "$h_t$"),
        (0.35, 0.5, "$x_t,\\,h_{t-1}$"),
    ):
        ax.text(x, y, name, fontsize=12, **centred)


BIASES = (0.0, 1.0, 2.0, 4.0, 6.0)


@notebook.picture(
    "What is left of one write over 64 steps, for gates of 0.5, 0.73, 0.88, 0.98 and 0.998, on "
    "a linear and on a logarithmic axis. The first two are gone within ten steps; the last keeps "
    "most of it.",
    alive.Part("memory"),
)
def what_is_left(steps=64):
    """What 64 steps leave of one write, for constant forget gates of several biases."""
    t = np.arange(steps + 1)
    with style():
        fig = figure(9.5, 3.0)
        left, right = fig.subplots(1, 2)
        for bias, line, colour in zip(BIASES, DASHES, LINES, strict=False):
            f = nn.sigmoid(bias)
            label = f"bias {bias:g}: $f = {f:.3f}$"
            for ax in (left, right):
                ax.plot(t, f**t, color=colour, linestyle=line, label=label)
        left.set(xlabel="steps", ylabel="share that is left", ylim=(-0.03, 1.05), xlim=(0, steps))
        left.set_title("What is left of one write")
        right.set(xlabel="steps", yscale="log", ylim=(1e-20, 10), xlim=(0, steps))
        right.set_title("The same on a logarithmic axis")
        right.legend(loc="lower left")
    return fig


@notebook.picture(
    "Norm of the gradient over 64 steps back, logarithmic, for forget biases 0, 1, 2, 4, 6. "
    "Left, along the state alone: straight lines, falling to 1e-19 for bias 0 and staying near 1 "
    "for bias 6. Right, all paths: higher everywhere, still below 1e-12 for bias 0, and growing "
    "above 1 for 4 and 6."
)
def gradient_back():
    """The norm of the gradient of the last state, step by step on its way back."""
    found = {bias: gradient_norms(bias) for bias in BIASES}
    titles = "Along the state alone: the product of the gates", "All paths, by lstm_backward"
    with style():
        fig = figure(9.5, 3.2)
        axes = fig.subplots(1, 2, sharey=True)
        for k, (ax, title) in enumerate(zip(axes, titles, strict=True)):
            for (bias, curves), line, colour in zip(found.items(), DASHES, LINES, strict=False):
                label = f"bias {bias:g} (mean $f$ = {curves[2]:.3f})"
                ax.plot(curves[k], color=colour, linestyle=line, label=label)
            ax.set(xlabel="steps back", yscale="log", ylim=(1e-20, 1e3), xlim=(0, 64))
            ax.set_title(title)
        axes[0].set_ylabel("norm of the gradient")
        axes[0].legend(loc="lower left", fontsize=8)
    return fig


@notebook.picture(
    "Bits lost against training steps. With forget biases 0 and 1 the curves lie on one another "
    "at 1, guessing. With bias 4 the curve starts above 1 and falls to nearly 0 within about 30 "
    "steps."
)
def bit_losses(losses):
    """Bits lost on the remembered bit against training steps, for several biases.

    Parameters
    ----------
    losses : dict of arrays
        By the forget gates' bias.
    """
    looks = [("-", 4.5, 0.35), ("--", 1.3, 1), ("-", 1.6, 1)]  # the first lies under the second
    with style():
        fig = figure(6.5, 2.9)
        ax = fig.subplots()
        for (bias, loss), (line, width, alpha), colour in zip(
            losses.items(), looks, LINES, strict=False
        ):
            ax.plot(
                np.arange(1, len(loss) + 1),
                loss,
                color=colour,
                linestyle=line,
                lw=width,
                alpha=alpha,
                label=f"forget bias {bias:g}",
            )
        ax.text(len(loss), 1.08, "guessing: 1 bit ", ha="right", fontsize=8, color=PALE)
        ax.set(xlabel="training step", ylabel="bits lost", ylim=(-0.05, 1.4), xlim=(0, len(loss)))
        ax.set_title("Remembering one bit for 64 steps")
        ax.legend(loc="center right")
    return fig


@notebook.picture(
    "Six heat maps, 16 units against 64 steps, before training above and after it below. Columns: "
    "the state after the bit +1; the state after the bit -1, with the same noise; how often the "
    "sign of one unit tells the bit. Before, the two states end in much the same colours, and the "
    "third map falls to a half. After, most units have one colour for +1 and the opposite one for "
    "-1, to the last step, and their rows of the third map end near 100 per cent."
)
def held(before, after, limit=5):
    """The state of every unit over the steps, before and after training: the bit being held.

    Parameters
    ----------
    before, after : dict of arrays
        Two cells, as ``train`` gives them.
    limit : float
        Size of a state that is shown at full strength.
    """
    rng = np.random.default_rng(5)
    bit, X = bits_and_noise(rng, 500)
    X[1:, 1] = X[1:, 0]  # two sequences of the same noise, and of both bits
    X[0, :2, 0], bit[:2, 0] = (1, -1), (1, -1)
    runs = [states(p, X) for p in (before, after)]
    order = np.argsort(runs[1][-1, 1] - runs[1][-1, 0])  # a unit has the same row in all maps
    with style():
        fig = figure(9.5, 4.4)
        axes = fig.subplots(2, 3, sharex=True, sharey=True)
        for row, s, name in zip(axes, runs, ("before training", "after training"), strict=True):
            look = {"aspect": "auto", "interpolation": "nearest", "extent": (0.5, 64.5, 16.5, 0.5)}
            maps = [
                ax.imshow(s[:, m, order].T, cmap=shades("RdBu_r"), vmin=-limit, vmax=limit, **look)
                for m, ax in enumerate(row[:2])
            ]
            shares = told(s, bit)[:, order].T
            maps.append(row[2].imshow(shares, cmap=shades("cividis"), vmin=0.5, vmax=1, **look))
            row[0].set_ylabel(f"{name}\nunit")
            fig.colorbar(maps[1], ax=row[1], extend="both")
            fig.colorbar(maps[2], ax=row[2], format=PercentFormatter(1))
        for ax, title in zip(
            axes[0],
            ("state $s$, bit +1", "bit −1, same noise", "one unit tells the bit"),
            strict=True,
        ):
            ax.set_title(title)
        for ax in axes.flat:
            ax.grid(False)
            ax.set(xticks=[1, 16, 32, 48, 64], yticks=[1, 8, 16])
        for ax in axes[1]:
            ax.set_xlabel("step")
    return fig
