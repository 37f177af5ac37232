"""What a right answer makes: a picture for each exercise in which one says something.

``shows_8_2`` takes the reader's function of exercise 8.2 and gives a figure, and its docstring is
the title. What is drawn comes out of the reader's function. ``SHOWS`` maps "8.2" to it.
"""

from functools import cache

import numpy as np
from matplotlib.ticker import MaxNLocator

from draw_np import data, networks, pyramid
from draw_np.nn import sigmoid
from draw_np.pictures import plot
from draw_np.practice import own
from draw_np.practice.chapters.backward import ORDER


def save(number, answer, path):
    """Write the picture of an answer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plot.save(figure_of(number, answer), path)


def figure_of(number, answer):
    """The picture of an answer, under its title."""
    with np.errstate(all="ignore"), plot.style():
        fig = SHOWS[number](answer)
        fig.suptitle(title(number), x=0.01, ha="left", fontsize=10)
    return fig


def title(number):
    """What the picture of an exercise shows."""
    return SHOWS[number].__doc__.rstrip(".")


# ---------------------------------------------------------------- ways to draw


def lines(x, ys, across, up):
    """Curves: ``ys`` maps a label to numbers over ``x``; one without a label has no legend."""
    fig = plot.figure(5.5, 3.2)
    ax = fig.subplots()
    for label, y in ys.items():
        ax.plot(x, y, label=label)
    ax.set(xlabel=across, ylabel=up)
    if len(ys) > 1:
        ax.legend()
    return fig


def falling(losses):
    """A loss over steps."""
    steps = np.arange(1, len(losses) + 1)
    return lines(steps, {"": np.ravel(losses)}, "step", "loss")


def heat(table, across, up, extent=None):
    """A table of numbers in colours: blue below 0, red above, where there are both."""
    low, high = float(np.min(table)), float(np.max(table))
    signed = low < 0 < high
    limits = {"vmin": -max(-low, high), "vmax": max(-low, high)} if signed else {}
    fig = plot.figure(5.5, 3.2)
    ax = fig.subplots()
    colours = plot.shades("RdBu_r" if signed else "viridis")
    shown = ax.imshow(
        table, cmap=colours, aspect="auto", extent=extent, interpolation="nearest", **limits
    )
    fig.colorbar(shown)
    ax.set(xlabel=across, ylabel=up)
    ax.grid(False)
    if extent is None:
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True))
    return fig


def sheet(rows, labels=(), windows=()):
    """Rows of images of one size, (C, B, A) each, intensities."""
    images = np.stack([np.stack([np.asarray(v, float) for v in row]) for row in rows])
    return plot.mosaic_figure(images, "", windows, labels, scale=0.035)


def enlarged(patch, side=28):
    """A patch as an image of about the side of a digit, each of its numbers a square."""
    times = max(1, side // patch.shape[-1])
    big = np.repeat(np.repeat(patch, times, axis=-2), times, axis=-1)
    room = side - big.shape[-1]
    return np.pad(big, [(0, 0), (room // 2, room - room // 2), (room // 2, room - room // 2)])


@cache
def digits(split="test"):
    """Some embedded digits, intensities, (100, 1, 28, 28)."""
    found = data.load("digits", binarise="none").split(split)
    return found.batch(np.arange(100), np.random.default_rng(0)).astype(float)


@cache
def labels_of(split):
    """The classes of these digits."""
    return data.load("digits").split(split).labels[:100]


def trained(pieces):
    """The packaged network, with the reader's functions among its own."""
    small = networks.load("small")
    params = {name: value.astype(float) for name, value in small.params.items()}
    return own.Network(own.Pieces(pieces), params, small.config)


def half_drawn():
    """Six digits, black and white, and what a trained network has on its canvas after 4 steps."""
    network, x = trained({}), np.round(digits()[:6])
    c, _ = network.redraw(x, noise(network.config.T, 6, network.config.Z))
    return x, c[4]


def noise(*shape):
    """Standard normal numbers, always the same."""
    return np.random.default_rng(0).standard_normal(shape)


def scaled(v):
    """Numbers of both signs as grey: 0 is the middle."""
    return 0.5 + v / (2 * np.max(np.abs(v)))


# ---------------------------------------------------------------- chapters 1 to 6


def shows_1_1(f):
    """Digits of the test, and below the nearest of 100 others, by your search."""
    images, train = (np.round(255 * v).astype(np.uint8) for v in (digits(), digits("train")))
    index, distance = f(images[:8], train)
    return sheet([images[:8] / 255, train[index] / 255], [f"{d:.2f}" for d in distance])


def shows_1_3(f):
    """The shortest and the longest pictures, and their bits."""
    x = np.round(digits())
    cost = f(x, np.clip(x.mean(axis=0), 0.02, 0.98))
    order = np.argsort(cost)
    chosen = np.concatenate([order[:5], order[-5:]])
    return sheet([x[chosen]], [f"{cost[k]:.0f}" for k in chosen])


def shows_1_4(f):
    """How far the steps of a trained network reach."""
    means = networks.load("small").draw(100, seed=0).means.astype(float)
    share = 100 * f(means).mean(axis=1)
    return lines(np.arange(1, len(share) + 1), {"": share}, "step", "% of the pixels")


def shows_1_5(f):
    """Digits, coarse pictures of them, and what these lack."""
    coarse, detail = f(digits()[:6])
    big = np.repeat(np.repeat(coarse, 2, axis=-2), 2, axis=-1)
    return sheet([digits()[:6], big, scaled(detail)])


def shows_2_1(f):
    """The slope of the sine, by your differences."""
    x = np.linspace(-3, 3, 61)
    found = {f"h = {h:g}": f(lambda v: np.sum(np.sin(v)), x, np.float64(h)) for h in (0.001, 1.5)}
    return lines(x, found, "x", "slope")


def shows_2_5(f):
    """A network learns where two signs agree, by your gradient."""
    x, rng = noise(64, 2), np.random.default_rng(1)
    target = np.sign(x[:, :1] * x[:, 1:])
    theta = [0.5 * rng.standard_normal(s) for s in ((2, 8), (8,), (8, 1), (1,))]
    losses = []
    for _ in range(400):
        y = np.tanh(x @ theta[0] + theta[1]) @ theta[2] + theta[3]
        losses.append(np.mean((y - target) ** 2) / 2)
        theta = [v - 0.3 * d for v, d in zip(theta, f(x, target, *theta), strict=True)]
    return falling(losses)


def shows_3_0(f):
    """How fast a simple network forgets, by your slope."""
    ys = {}
    for w in (0.5, 0.9, 1.5):
        h = [np.float64(0.1)]
        for _ in range(40):
            h.append(np.tanh(w * h[-1]))
        slopes = [f(np.float64(w), np.array(h[1 : T + 1])) for T in range(1, 41)]
        ys[f"w = {w:g}"] = np.log10(np.abs(slopes))
    return lines(np.arange(1, 41), ys, "T", "log10 |dh_T / dh_0|")


def shows_3_2(f):
    """The state of 8 units: it keeps what came at steps 2 and 22."""
    W, b = 0.1 * noise(9, 32), np.repeat([0.0, 3.0, 0.0, 0.0], 8)
    h, s, kept = np.zeros((1, 8)), np.zeros((1, 8)), []
    for t in range(40):
        h, s = f(np.full((1, 1), 30.0 * (t % 20 == 2)), h, s, W, b)
        kept.append(s[0])
    return heat(np.transpose(kept), "step", "unit")


def shows_3_5(f):
    """How much of a gradient reaches the state T steps before."""
    lengths = np.arange(1, 31)
    ys = {}
    for bias in (0.0, 1.0, 3.0):
        b, norms = np.repeat([0.0, bias, 0.0, 0.0], 6), []
        for T in lengths:
            dh = np.zeros((T, 1, 6))
            dh[-1] = 1
            arguments = noise(T, 1, 2), np.zeros((1, 6)), np.zeros((1, 6)), 0.1 * noise(8, 24), b
            norms.append(np.log10(np.linalg.norm(f(dh, *arguments)[1])))
        ys[f"forget bias {bias:g}"] = norms
    return lines(lengths, ys, "T", "log10 |ds_0|")


def shows_4_1(f):
    """600 draws with mu = (1, -0.5) and sigma = (0.8, 0.2)."""
    z = f(np.tile([[1.0, -0.5]], (600, 1)), np.tile(np.log([[0.8, 0.2]]), (600, 1)), noise(600, 2))
    fig = plot.figure(4.2, 3.6)
    ax = fig.subplots()
    ax.plot(*z.T, ".", markersize=3)
    ax.set(xlabel="z_1", ylabel="z_2", xlim=(-2, 4), ylim=(-3.5, 2.5))
    return fig


def shows_4_3(f):
    """The cost in nats: 0 at the prior."""
    mu, s = np.meshgrid(np.linspace(-3, 3, 61), np.linspace(1, -2, 61))
    cost = f(mu.reshape(-1, 1), s.reshape(-1, 1)).reshape(mu.shape)
    return heat(cost, "mu", "log sigma", (-3, 3, -2, 1))


def shows_4_4(f):
    """Downhill by your derivatives: to the prior."""
    theta, path = [np.array([[2.5]]), np.array([[1.0]])], []
    for _ in range(60):
        path.append([float(v[0, 0]) for v in theta])
        theta = [v - 0.1 * d for v, d in zip(theta, f(np.ones(1), *theta), strict=True)]
    mu, s = np.transpose(path)
    return lines(np.arange(60), {"mu": mu, "log sigma": s}, "step", "")


def shows_4_5(f):
    """The logarithm of a bell is a parabola."""
    z = np.linspace(-4, 4, 161)
    column = z[:, None]
    ys = {f"sigma = {v:g}": f(column, 0 * column, 0 * column + np.log(v)) for v in (0.5, 1.0, 2.0)}
    return lines(z, ys, "z", "log Q(z)")


def shows_5_0(f):
    """Bits for a coin, over what one believes of it: least at the truth."""
    g = np.linspace(0.02, 0.98, 97)
    ys = {
        f"{100 * p:.0f} % heads": [f(np.array([p, 1 - p]), np.array([q, 1 - q])) for q in g]
        for p in (0.5, 0.8, 0.95)
    }
    return lines(g, ys, "believed probability of heads", "bits")


def shows_5_1(f):
    """Softplus, and the two lines that it follows."""
    v = np.linspace(-6, 6, 121)
    return lines(v, {"softplus": f(v), "max(0, v)": np.maximum(0, v)}, "v", "")


def shows_5_2(f):
    """The slope of softplus."""
    v = np.linspace(-6, 6, 121)
    return lines(v, {"": f(np.ones_like(v), v)}, "v", "")


def shows_5_3(f):
    """What a pixel costs, in nats."""
    c = np.linspace(-6, 6, 121)
    image = c[:, None, None, None]
    ys = {f"x = {x}": f(np.full_like(image, x), image) for x in (0, 1)}
    return lines(c, ys, "logit c", "nats")


def shows_5_4(f):
    """Six digits, half drawn, and where their canvases should go: light up, dark down."""
    x, c = half_drawn()
    return sheet([x, sigmoid(c), scaled(-f(np.ones(6), x, c))])


def shows_5_6(f):
    """More draws, a tighter bound (weights with a spread of 3 nats)."""
    K = 2 ** np.arange(0, 11)
    log_w = -80 + 3 * noise(K[-1], 200)
    found = [np.mean(f(log_w[:k])) for k in K]
    return lines(np.log2(K), {"": found}, "log2 K", "nats")


def shows_6_3(f):
    """A linear VAE learns 100 digits, by your gradient (nats)."""
    from draw_np.practice.chapters import solutions

    x = np.round(digits("train").reshape(100, -1))
    shapes = ((784, 8), (8,), (784, 8), (8,), (8, 784), (784,))
    theta, losses = [0.01 * noise(*s) for s in shapes], []
    for n in range(200):
        eps = np.random.default_rng(n).standard_normal((100, 8))
        losses.append(np.mean(np.add(*solutions.linear_vae(x, eps, *theta))))
        gradient = f(x, eps, *theta)
        norm = np.sqrt(sum(np.sum(g * g) for g in gradient))
        theta = [v - 0.5 * g / norm for v, g in zip(theta, gradient, strict=True)]
    return falling(losses)


# ---------------------------------------------------------------- chapters 7 to 9


def shows_7_0(f):
    """A trained network's strokes, added up by you."""
    network, x = trained({}), np.round(digits()[[3, 1, 7]])
    c, _ = network.redraw(x, noise(network.config.T, 3, network.config.Z))
    rows = [sigmoid(f(c[0, m, 0], np.diff(c[:, m, 0], axis=0)))[:, None] for m in range(3)]
    return sheet(rows, [f"t = {t}" for t in range(1, len(c))])


def shows_7_1(f):
    """A pixel after a stroke w."""
    w = np.linspace(-6, 6, 121)
    ys = {f"p = {p}": f(np.full_like(w, p), w) for p in (0.05, 0.5, 0.95)}
    return lines(w, ys, "w", "p")


def shows_7_3(f):
    """Six digits, half drawn, and your error images: light is missing, dark is too much."""
    x, c = half_drawn()
    return sheet([x, sigmoid(c), scaled(f(x, c))])


def shows_7_4(f):
    """Your loop, with a trained network in it, draws three digits again."""
    network, x = trained({"7.4": f}), np.round(digits()[[0, 3, 5]])
    c, _ = network.redraw(x, noise(network.config.T, 3, network.config.Z))
    labels = ["digit", *(f"t = {t}" for t in range(len(c)))]
    rows = [[x[m], *sigmoid(c[:, m])] for m in range(3)]
    return sheet(rows, labels)


def shows_7_5(f):
    """Your loop, with a trained network in it, draws something new."""
    network = trained({"7.5": f})
    means, _ = network.draw(noise(network.config.T, 4, network.config.Z))
    labels = [f"t = {t}" for t in range(1, len(means) + 1)]
    return sheet(np.swapaxes(means, 0, 1), labels)


def shows_8_0(f):
    """What a crop reads of a row of a digit: stairs, without a slope."""
    mu = np.linspace(0.6, 28.4, 700)
    line = digits()[6, 0, 17]
    ys = {"nearest pixel": f(line, mu), "the row": np.interp(mu, np.arange(1, 29), line)}
    return lines(mu, ys, "place", "what is read")


def shows_8_1(f):
    """Where your filters stand on a digit, for three grids."""
    fig = plot.figure(7.5, 2.9)
    for ax, (g, delta, N) in zip(
        fig.subplots(1, 3), ((14.5, 3.0, 5), (8.0, 1.5, 5), (20.0, 6.0, 4)), strict=True
    ):
        mu = f(np.array([g]), np.array([delta]), N)[0]
        ax.imshow(digits()[3, 0], cmap="gray", extent=(0.5, 28.5, 28.5, 0.5))
        ax.plot(*np.meshgrid(mu, mu), "o", color=plot.READ, markersize=3)
        ax.set(title=f"g = {g:g}, delta = {delta:g}", xlim=(0.5, 28.5), ylim=(28.5, 0.5))
        ax.axis("off")
    return fig


def shows_8_2(f):
    """Three outputs of a head, and where they look."""
    raw = np.array([[0, 0, 0, 0, 0], [-0.4, -0.4, 0, -1, 0], [0.3, 0.2, 2, -0.5, 0.0]])
    g_X, g_Y, delta, sigma2, _ = f(raw, 28, 28, 5)
    boxes = [plot.window(g_X[m], g_Y[m], delta[m], 5, 28, 28) for m in range(3)]
    frames = [(0, m, box, plot.border(sigma2[m]), plot.READ) for m, box in enumerate(boxes)]
    return sheet([digits()[[3] * 3]], windows=frames)


def shows_8_3(f):
    """A filter at 10.3, in three widths."""
    rows = {f"sigma^2 = {v:g}": f(np.float64(10.3), np.float64(v), 28) for v in (0.3, 4.0, 25.0)}
    return lines(np.arange(1, 29), rows, "pixel", "weight")


def shows_8_4(f):
    """A bank of seven filters, two of them outside of the image."""
    F = f(np.array([[-4.0, 2.0, 8.0, 14.5, 21.0, 27.0, 33.0]]), np.array([3.0]), 28)[0]
    return heat(F, "pixel", "filter", (0.5, 28.5, 7.5, 0.5))


def banks(centre, delta, sigma2, M, N=5):
    """F_X and F_Y of a grid on digits."""
    from draw_np.attention import filter_centres, filterbank

    each = (np.full(M, float(v)) for v in (centre, delta, sigma2))
    g, delta, sigma2 = each
    F = filterbank(filter_centres(g, delta, N), sigma2, 28)
    return F, F


def shows_9_1(f):
    """Six digits; what a wide grid reads of them; what a narrow one reads."""
    x, rows = digits()[:6], [digits()[:6]]
    for delta, sigma2 in ((6.0, 6.0), (2.0, 0.5)):
        patch = f(x, *banks(14.5, delta, sigma2, 6), np.ones(6))
        rows.append([enlarged(v) for v in patch])
    return sheet(rows)


def shows_9_2(f):
    """A patch of 5 x 5, written by four grids, each as light as it can be."""
    w = np.tile(np.abs(np.eye(5) - np.eye(5)[::-1])[None, None], (4, 1, 1, 1))
    row = [
        f(w[:1], *banks(14.5, d, s, 1), np.ones(1))[0]
        for d, s in ((1.0, 0.5), (3.0, 1.0), (5.0, 1.0), (5.0, 6.0))
    ]
    row = [v / v.max() for v in row]
    return sheet([[enlarged(w[0]), *row]])


def shows_9_3(f):
    """One number of a patch, and the pixels that it came from."""
    p = np.zeros((4, 1, 5, 5))
    p[np.arange(4), 0, [0, 2, 4, 1], [0, 2, 1, 4]] = 1
    seen = f(p, *banks(14.5, 5.0, 4.0, 4), np.ones(4))
    return sheet([[enlarged(v) for v in p], [v / v.max() for v in seen]])


# ---------------------------------------------------------------- chapters 10 to 15


def down(step, gradient_of, steps=150):
    """The values of a bowl of very different slopes, walked down by steps."""
    theta, m, v, values = np.array([2.0, -1.5]), np.zeros(2), np.zeros(2), []
    for n in range(1, steps + 1):
        values.append(0.5 * float(np.sum(np.array([1.0, 100.0]) * theta**2)))
        theta, m, v = step(theta, gradient_of(theta), m, v, n)
    return np.log10(values)


def bowl(theta):
    """Its gradient."""
    return np.array([1.0, 100.0]) * theta


def shows_10_1(f):
    """Down a valley, 100 times as steep across as along."""
    ys = {
        "your Adam, lr 0.05": down(lambda t, g, m, v, n: f(t, g, m, v, n, 0.05), bowl),
        "plain descent, lr 0.019": down(lambda t, g, m, v, n: (t - 0.019 * g, m, v), bowl),
    }
    return lines(np.arange(1, 151), ys, "step", "log10 of the height")


def shows_10_3(f):
    """Your training step down a valley, clipped and not."""
    ys = {
        f"limit {limit:g}": down(
            lambda t, g, m, v, n, limit=limit: f(bowl, t, m, v, n - 1, 0.05, limit), bowl
        )
        for limit in (1.0, 1000.0)
    }
    return lines(np.arange(1, 151), ys, "step", "log10 of the height")


def shows_11_3(f):
    """A DRAW of 4 steps learns 50 digits, by your gradient (nats)."""
    from draw_np.config import Config
    from draw_np.model import loss
    from draw_np.parameters import initialise
    from draw_np.practice.chapters.backward import named

    config = Config(A=784, B=1, T=4, H=24, Z=4, N_read=None, N_write=None)
    flat = np.round(digits("train")[:50].reshape(50, -1))
    x, losses = flat[:, None, None], []
    start = initialise(np.random.default_rng(0), config, mean_image=x.mean(axis=0), dtype=float)
    theta = [start[name].ravel() if name == "c_0" else start[name] for name in ORDER]
    for n in range(40):
        eps = np.random.default_rng(n).standard_normal((4, 50, 4))
        losses.append(loss(named(theta, flat, eps)[0], x, eps, config))
        gradient = f(tuple(theta), flat, eps)
        norm = np.sqrt(sum(np.sum(g * g) for g in gradient))
        theta = [v - 0.4 * g / norm for v, g in zip(theta, gradient, strict=True)]
    return falling(losses)


def shows_12_0(f):
    """Digits, and a scrap of 8 x 8 pixels of each: in row 9 and column 12."""
    scraps = [enlarged(f(x[0], 9, 12, 8, 8)[None]) for x in digits()[:8]]
    frames = [(0, m, (11.5, 8.5, 19.5, 16.5), 1.0, plot.READ) for m in range(8)]
    return sheet([digits()[:8], scraps], windows=frames)


def shows_12_1(f):
    """A digit among pieces of others."""
    rng, x = np.random.default_rng(4), digits()
    pieces = [x[k, 0, 8:16, 8:16] for k in range(20, 28)] + [x[3, 0]]
    places = [tuple(rng.integers(1, 60 - len(p), 2)) for p in pieces]
    return sheet([[f(np.zeros((60, 60)), pieces, places)[None]]])


def shows_13_0(f):
    """Two digits on each image, one moved to the left and one to the right."""
    x = digits()[:16, 0]
    left, right = (np.roll(v, by, axis=2) for v, by in ((x[:8], -4), (x[8:], 4)))
    return sheet([f(left, right)[:, None]])


def shows_13_1(f):
    """Digits in colour."""
    rng = np.random.default_rng(0)
    return sheet([f(digits()[:8, 0], *rng.random((2, 8, 3)))])


def shows_13_3(f):
    """Densities of a grey value."""
    x = np.linspace(0, 1, 101)
    image = x[:, None, None, None]
    ys = {f"c = {c:g}": np.exp(-f(image, np.full_like(image, c))) for c in (-4.0, 0.0, 1.0, 8.0)}
    return lines(x, ys, "x", "density")


def shows_14_4(f):
    """Which canvas of a trained network uses the noise of which step."""
    network = trained({})
    k = network.config

    def canvases(eps):
        c, _ = network.redraw(np.round(digits()[:1]), eps[:, None])
        return c[1:].reshape(k.T, -1)

    table = f(canvases, noise(k.T, k.Z))
    return heat(table, "canvas", "noise of step", (0.5, k.T + 0.5, k.T + 0.5, 0.5))


def shows_15_1(f):
    """A gate and the candidate, by one tanh."""
    v = np.linspace(-5, 5, 101)
    found = f(np.tanh, np.tile(v, (4, 1)).T)
    ys = {name: found[:, k] for k, name in enumerate(("i", "f and o", "g")) if k != 1}
    return lines(v, ys, "a", "")


def shows_15_6(f):
    """What ranks (rows) hold of pieces (columns): your sums on their way around."""
    states = f(np.ones((4, 4, 1)))[..., 0]
    labels = [f"after {s}" for s in range(len(states))]
    images = np.repeat(np.repeat(states[:, None] / states.max(), 7, axis=-1), 7, axis=-2)
    return sheet([images], labels)


# ---------------------------------------------------------------- chapters 16 and 17


def shows_16_1(f):
    """Digits, halved once and twice along both axes by your rows."""
    rows = [digits()[:8]]
    for _ in range(2):
        for axis in (2, 3):
            rows.append(np.apply_along_axis(f, axis, rows.pop() if axis == 3 else rows[-1]))
    return sheet([[enlarged(v) for v in row] for row in rows])


def shows_16_2(f):
    """From coarse to fine: in every row the details of one level more."""
    R = tuple(pyramid.halving(n, np.zeros(1)) for n in (28, 14))
    details = [h for _, h in pyramid.take_apart(digits()[:8], 3)]
    rows = []
    for kept in ((0, 0), (0, 1), (1, 1)):
        levels = [share * h for share, h in zip((*kept, 1), details, strict=True)]
        rows.append([f(tuple(level[m, 0] for level in levels), R)[None] for m in range(8)])
    return sheet(rows)


def shows_16_3(f):
    """How far sets of 100 images are from 100 digits of the test, by your distance."""
    rng, x, other = np.random.default_rng(0), digits(), digits("train")
    printed = rng.random(x.shape) < other.mean(axis=0)
    sets = {
        "other digits": other,
        "drawn by a network": networks.load("small").draw(100, seed=0).means[-1],
        "two pixels lower": np.roll(other, 2, axis=2),
        "pixels sampled one by one": printed,
    }
    found = [f(x.reshape(100, -1), v.reshape(100, -1).astype(float)) for v in sets.values()]
    fig = plot.figure(5.5, 2.2)
    ax = fig.subplots()
    ax.barh(list(sets), found, color=plot.LINES[0], height=0.6)
    ax.set(xlabel="energy distance")
    ax.invert_yaxis()
    ax.set_axisbelow(True)
    ax.grid(axis="y", visible=False)
    return fig


def shows_16_4(f):
    """How strongly the two players pull at a logit: the slopes of their costs."""
    v = np.linspace(-6, 6, 121)
    found = [f(np.array([a]), np.array([a]))[2:] for a in v]
    names = "D, at a real image", "D, at an invented one", "G, at an invented one"
    ys = {name: np.ravel(y) for name, y in zip(names, zip(*found, strict=True), strict=True)}
    return lines(v, ys, "logit of the discriminator", "slope")


def shows_16_5(f):
    """Two players, step by step down your slopes: round and round, or to rest."""
    fig = plot.figure(6.5, 3.2)
    zero = np.zeros(1)
    for ax, spread in zip(fig.subplots(1, 2, sharex=True, sharey=True), (0.0, 1.0), strict=True):
        b, psi, path = np.array([1.0]), np.array([0.3]), []
        for _ in range(600):
            path.append((b[0], psi[0]))
            _, db, dpsi, _ = f(zero, b, psi, zero, np.array([-spread, spread]), zero)
            b, psi = b - 0.1 * db, psi - 0.1 * dpsi
        ax.plot(*np.transpose(path), color=plot.LINES[0], lw=0.9)
        ax.plot(*path[0], "o", color=plot.INK, ms=4)
        ax.set_title("real numbers at 0" if not spread else "real numbers at -1 and 1")
        ax.set(xlabel="b, of the generator")
    fig.axes[0].set(ylabel="psi, of the discriminator")
    return fig


def shows_17_1(f):
    """The first canvases of a number, each that of its digit."""
    labels = np.array([2, 0, 1, 5, 0, 3, 1, 4])
    table = networks.load("small-labelled").params["c_0"].astype(float)
    c_0 = f(table.reshape(len(table), -1), labels)
    return sheet([sigmoid(c_0.reshape(-1, 1, 28, 28))], labels.astype(str))


def shows_17_2(f):
    """Ten starts, and where each should become lighter (white) or darker (black)."""
    dv = 0.5 - digits("train").reshape(100, -1)
    moves = -f(dv, labels_of("train"), 10).reshape(10, 1, 28, 28)
    return sheet([[scaled(v) for v in moves]], [str(k) for k in range(10)])


DOUBTFUL = [120, 64, 71, 172, 139, 2, 95, 161]  # of the test, for the network small-labelled


def shows_17_3(f):
    """Digits that a network doubts: what the label is worth, and the likeliest class."""
    network, test = networks.load("small-labelled"), data.load("digits").test
    x, y = test.batch(np.array(DOUBTFUL), np.random.default_rng(0)), test.labels[DOUBTFUL]
    costs = [network.bound(x, 1, 0, k).importance_weighted_each for k in range(10)]
    found = f(-np.stack(costs, axis=1).astype(float), y)
    captions = [
        f"a {label}: {worth:.1f} nats\n{np.argmax(p)}: {100 * np.max(p):.0f} %"
        for label, worth, p in zip(y, *found, strict=True)
    ]
    return sheet([x], captions)


SHOWS = {
    name.removeprefix("shows_").replace("_", "."): function
    for name, function in list(globals().items())
    if name.startswith("shows_")
}
