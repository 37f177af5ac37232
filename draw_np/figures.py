"""The paper's figures, and more, of trained networks: ``python -m draw_np.figures 1 RUN``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from draw_np import classify, cli, data, model, networks
from draw_np.data import digits, files
from draw_np.machine import backend
from draw_np.measuring import classification, studies
from draw_np.nn import sigmoid
from draw_np.pictures import diagram, layouts, plot, results
from draw_np.training import logbook

PROG = "python -m draw_np.figures"
MNIST, SVHN, CIFAR = ("mnist", "binarized-mnist"), ("svhn", "svhn-cropped"), ("cifar10",)
TWO_DIGITS = ("two-digits", "two-digits-small")
PHOTOGRAPH = (100, 75)  # width and height in Figure 4
HOPPER = (0, 30, 512, 414)  # the landscape part of Matplotlib's portrait of Grace Hopper


# ---------------------------------------------------------------- what figures are made from


@dataclass
class Run:
    """A trained network and where it lies; its data is loaded when it is first wanted."""

    path: Path
    k: networks.Network
    data_dir: str | None = None
    loaded: dict = field(default_factory=dict)

    @property
    def folder(self):
        """The run's folder."""
        return self.path if self.path.is_dir() else self.path.parent

    @property
    def data(self):
        """What its data set is called; of a file or a folder, the last part."""
        return Path(self.k.recipe.data).name

    def split(self, name, binarise=None):
        """A split of the data that it was trained on, binarised as then or otherwise."""
        recipe, folder = self.k.recipe, self.data_dir or self.k.recipe.data_dir
        if recipe.binarise not in self.loaded:  # first of all: it is held to what it was then
            self.loaded[recipe.binarise] = self.k.dataset(folder)
        how = binarise or recipe.binarise
        if how not in self.loaded:
            self.loaded[how] = data.load(recipe.data, how, folder)
        return self.loaded[how].split(name)

    def log(self):
        """The log of its training, as arrays; a packaged network brings it along."""
        return self.k.log or logbook.read(self.folder / "log.csv")

    def generated(self, n, seed):
        """n generated images being drawn: ``results.generated``. No image is looked at."""
        rng = np.random.default_rng(seed)
        return results.generated(self.k.params, self.k.config, n, rng)

    def described(self):
        """What it is, in a few words."""
        c = self.k.config
        if self.k.kind is not networks.DRAW:
            return f"{self.k.kind.about}, preset {self.k.preset}"
        written = "without a write window" if c.N_write is None else "with a write window"
        colours = "grey" if c.C == 1 else f"{c.C} channels"
        return (
            f"preset {self.k.preset} on {self.data}: {colours}, {c.T} "
            f"{'step' if c.T == 1 else 'steps'}, {written}"
        )


class Options(NamedTuple):
    """What the user may say of a figure beside the checkpoints."""

    seed: int = 0
    image: Path | None = None


class Need(NamedTuple):
    """Something that a checkpoint must have for a figure."""

    words: str  #: "a network that ..."
    holds: object  #: Run -> bool


DRAWS = Need("a network that draws", lambda r: r.k.kind is networks.DRAW)
CLASSIFIES = Need("a classifier", lambda r: r.k.kind is networks.GLIMPSE)
GREY = Need("one channel", lambda r: r.k.config.C == 1)
COLOUR = Need("three channels", lambda r: r.k.config.C == 3)
WRITES = Need("a write window", lambda r: r.k.config.N_write is not None)
NO_WINDOW = Need("no write window", lambda r: r.k.config.N_write is None)
WINDOW = Need(
    "a read or a write window", lambda r: (r.k.config.N_read or r.k.config.N_write) is not None
)
STEPS = Need("more than one step", lambda r: r.k.config.T > 1)
TWO = Need("two digits in an image", lambda r: r.k.recipe.data in TWO_DIGITS)
LOG = Need(
    "its log.csv beside it",
    lambda r: len(r.log()["step"]) > 0 and r.log().keys() >= {"bound", "kl", "valid_step"},
)


class Wanted(NamedTuple):
    """A figure that can be asked for."""

    about: str  #: one line for a list
    make: object  #: (Run, Options) -> Figure; (Options) -> Figure where nothing is needed
    needs: tuple = ()  #: all of them; none: it needs no checkpoint
    preset: str = ""  #: one that trains a network that will do
    data: tuple = ()  #: the data sets of the paper's figure, preferred to others


# ---------------------------------------------------------------- the paper's


def sequence(number, what, rows, columns, run, options):
    """Figures 1, 7 and 10: images being drawn, with the write window if there is one."""
    canvases, writing = run.generated(rows, options.seed)
    window = "without attention" if writing is None else "and the window that is written to"
    title = f"Figure {number}. Drawing {what}, {window} (data: {run.data})"
    return plot.drawing(canvases, writing, run.k.config.N_write, title, rows, columns)


def autoencoder(options):
    """Figure 2."""
    return diagram.figure_2("Figure 2. A variational autoencoder (left) and DRAW (right)")


def filters(options):
    """Figure 3: a grid of filters, and three patches of 12 x 12, on an embedded digit."""
    image = digits.enlarge(digits.originals()[0][15])[None]
    whole, centre = (digits.SIZE - 1) / 11, (digits.SIZE + 1) / 2
    patches = [
        (r"small $\delta$, large $\sigma$", layouts.grid_of(14, 9, 0.9, 1.2)),
        (r"large $\delta$, small $\sigma$", layouts.grid_of(centre, centre, whole, 0.3)),
        ("both large", layouts.grid_of(centre, centre, whole, 2.4)),
    ]
    title = "Figure 3. A 3 x 3 grid of filters (left); three patches of 12 x 12 (right)"
    return layouts.filter_grid(image, patches, title)


def zoom(options):
    """Figure 4: zooming on a photograph."""
    if options.image is None:
        photograph = landscape(plot.portrait().crop(HOPPER))
        credit = " (Grace Hopper; U.S. Navy, public domain)"
    else:
        photograph, credit = landscape(opened(options.image)), ""
    grid = layouts.grid_of(50, 33, 3.2, 1.6)
    return layouts.zooming(photograph, grid, 12, f"Figure 4. Zooming with 144 filters{credit}")


def opened(path):
    """A Pillow image of three channels from a file, or one sentence on what is wrong."""
    if not path.exists():
        raise cli.UserError(f"there is no image {path}: give --image another file")
    with cli.user_errors(ValueError), files.picture(path, formats=("PNG", "JPEG")) as image:
        image.load()
    if image.mode != "RGB":
        bands = "".join(image.getbands())
        raise cli.UserError(
            f"{path} has the channels {bands}, and Figure 4 wants the three of a photograph, RGB: "
            "convert it and try again"
        )
    return image


def landscape(image):
    """The middle of an image in the form of Figure 4, (3, 75, 100) in [0, 1]."""
    (A, B), (w, h) = PHOTOGRAPH, image.size
    share = min(w / A, h / B)
    left, top = (w - share * A) / 2, (h - share * B) / 2
    box = (left, top, left + share * A, top + share * B)
    small = image.resize((A, B), Image.Resampling.LANCZOS, box=box)
    return np.moveaxis(np.asarray(small) / 255, -1, 0)


def cluttered(run, options):
    """Figure 5: where a classifier looks."""
    return classify.glimpses(run.k, run.split("test"), options.seed)


def neighbours(number, run, options):
    """Figures 6, 9 and 12: generated images, and the nearest training image of each row's last."""
    canvases, _ = run.generated(100, options.seed)
    images = canvases[-1].reshape(10, 10, *run.k.config.image_shape)
    split = run.split("train", "none")
    _, nearest = studies.nearest(images[:, -1], split, options.seed)
    title = (
        f"Figure {number}. Generated images (data: {run.data}) and, of the last column, "
        f"the nearest of\nall {len(split):,} training images"
    )
    return layouts.with_neighbours(images, nearest, title)


def two_digits(run, options):
    """Figure 8: generated images with two digits."""
    canvases, _ = run.generated(100, options.seed)
    return plot.grid(canvases[-1], f"Figure 8. Generated images of two digits (data: {run.data})")


def cost(run, options):
    """Figure 11: training and validation cost."""
    title = f"Figure 11. Cost in training ({run.k.preset}; data: {run.data})"
    return layouts.cost(run.log(), title)


# ---------------------------------------------------------------- beyond the paper


def reconstructed(run, options, n):
    """n test images and their ``model.Drawing``."""
    rng, c = np.random.default_rng(options.seed), run.k.config
    split = run.split("test")
    some = np.arange(min(n, len(split)))
    x, beside = split.batch(some, rng), classification.beside(split, some, c.K)
    eps = rng.standard_normal((c.T, len(x), c.Z), dtype=np.float32)
    seen, eps, beside = backend.alongside(run.k.params, (x, eps, beside))
    return x, backend.to_host(model.reconstruct(run.k.params, seen, eps, c, **beside))


def trajectories(run, options):
    """The five numbers of each window over the steps."""
    x, drawn = reconstructed(run, options, 20)
    title = f"Where {run.k.preset} reads and writes while it draws {len(x)} test images"
    return layouts.trajectories(drawn.reading, drawn.writing, title)


def windows(run, options):
    """Read and write windows side by side."""
    x, drawn = reconstructed(run, options, 5)
    c = run.k.config
    title = f"{run.k.preset} draws test images again: what it reads and what it writes"
    return layouts.both_windows(
        x, sigmoid(drawn.c), drawn.reading, drawn.writing, c.N_read, c.N_write, title
    )


def kl(run, options):
    """The KL of every step over training."""
    return layouts.kl_of_steps(run.log(), f"The latents of {run.k.preset} over training")


def interpolation(run, options):
    """Images between two latents."""
    rng = np.random.default_rng(options.seed)
    images = studies.interpolate(run.k.params, run.k.config, 8, 11, rng)
    return layouts.interpolation(images, "From one latent to another, along the arc between them")


def completion(run, options, n=10, rounds=50):
    """Half-hidden test images filled in: the lower half of the first five, then the right."""
    rng, c = np.random.default_rng(options.seed), run.k.config
    split = run.split("test")
    some = np.arange(min(n, len(split)))
    x, beside = split.batch(some, rng), classification.beside(split, some, c.K)
    known = np.ones((len(x), 1, c.B, c.A), bool)
    known[: n // 2, :, c.B // 2 :] = False
    known[n // 2 :, :, :, c.A // 2 :] = False
    found = studies.complete(run.k.params, c, x, known, rounds, rng, **beside)
    title = "Half an image is known; the rest is drawn again and again"
    return layouts.completion(x, known, found, title)


# ---------------------------------------------------------------- the command

FIGURES = {
    "1": Wanted("digits being drawn, with the write window",
                partial(sequence, 1, "digits", 10, 11), (DRAWS, GREY, WRITES), "small", MNIST),
    "2": Wanted("a variational autoencoder beside DRAW, as a drawing", autoencoder),
    "3": Wanted("a grid of filters and three patches", filters),
    "4": Wanted("zooming on a photograph (--image for another)", zoom),
    "5": Wanted("where a classifier looks", cluttered, (CLASSIFIES,), "cluttered-small"),
    "6": Wanted("generated digits and their nearest training images",
                partial(neighbours, 6), (DRAWS, GREY), "small", MNIST),
    "7": Wanted("digits being drawn without attention",
                partial(sequence, 7, "digits", 13, 16), (DRAWS, GREY, NO_WINDOW, STEPS),
                "small-noattention", MNIST),
    "8": Wanted("generated images of two digits", two_digits, (DRAWS, TWO), "small-two-digit",
                TWO_DIGITS[:1]),
    "9": Wanted("generated colour images (the paper: SVHN) and their nearest training images",
                partial(neighbours, 9), (DRAWS, COLOUR), "small-colour", SVHN),
    "10": Wanted("colour images (the paper: SVHN) being drawn, with the write window",
                 partial(sequence, 10, "in colour", 10, 11), (DRAWS, COLOUR, WRITES),
                 "small-colour", SVHN),
    "11": Wanted("training and validation cost against minibatches", cost, (DRAWS, LOG), "small",
                 SVHN),
    "12": Wanted("generated colour images (the paper: CIFAR) and their nearest training images",
                 partial(neighbours, 12), (DRAWS, COLOUR), "small-colour", CIFAR),
    "trajectories": Wanted("g_X, g_Y, delta, sigma and gamma over the steps",
                           trajectories, (DRAWS, WINDOW, STEPS), "small"),
    "windows": Wanted("read and write windows during reconstruction",
                      windows, (DRAWS, WINDOW), "small"),
    "kl": Wanted("the KL of every step over training", kl, (DRAWS, LOG), "small"),
    "interpolation": Wanted("images between two latents", interpolation, (DRAWS,), "small"),
    "completion": Wanted("half-hidden images completed", completion, (DRAWS,), "small"),
}  # fmt: skip

ABOUT = f"""\
Make a figure of the paper, or one beyond it, from trained networks.

  {PROG} 1 runs/NAME           the paper's Figure 1 into figures/figure-1.png
  {PROG} 4 --image photo.jpg   Figures 2, 3 and 4 need no network
  {PROG} all runs/A runs/B     all that these networks allow

""" + "\n".join(f"  {name:<14}{figure.about}" for name, figure in FIGURES.items())


def parser() -> cli.Parser:
    """The command line."""
    p = cli.Parser(prog=PROG, description=ABOUT)
    p.add_argument(
        "figure",
        choices=(*FIGURES, "all"),
        metavar="FIGURE",
        help="a number or a name of the above, or all",
    )
    p.add_argument("network", nargs="*", help=networks.HELP)
    p.add_argument("--seed", type=cli.count, default=0, help="of all that is random (0)")
    p.add_argument("--image", type=Path, metavar="FILE", help="a photograph for Figure 4")
    p.add_argument("--data-dir", metavar="DIR", help="a folder with the data's original files")
    p.add_argument("--format", choices=("png", "pdf", "svg"), default="png", help="of files (png)")
    p.add_argument(
        "--out", type=Path, metavar="DIR", default=Path("figures"), help="where to write (figures)"
    )
    cli.add_device_option(p)
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Make the figures that the arguments name; returns the exit code."""
    args = parser().parse_args(argv)
    if args.image and args.figure not in ("4", "all"):
        raise cli.UserError(f"figure {args.figure} takes no image: --image is for figure 4")
    with cli.user_errors(networks.NetworkError):
        runs = [Run(Path(p), networks.load(p), args.data_dir) for p in args.network]
    xp = cli.array_library(args)
    for run in runs:
        run.k.on(xp)
    with cli.writing(args.out):
        args.out.mkdir(parents=True, exist_ok=True)
    if args.figure != "all":
        print(one(args.figure, runs, args))
        return 0
    for name in FIGURES:
        try:
            print(one(name, runs, args), flush=True)
        except NotMade as e:
            print(f"not made: {e}", flush=True)
    return 0


class NotMade(cli.UserError):
    """A figure cannot be made of what was given; others perhaps can."""


def one(name, runs, args):
    """Make one figure of the run that suits it best and write it; returns the path."""
    wanted, options = FIGURES[name], Options(args.seed, args.image)
    inputs = (chosen(name, wanted, runs), options) if wanted.needs else (options,)
    try:
        figure = wanted.make(*inputs)
    except (ValueError, OSError) as e:  # data that is not there
        raise NotMade(f"figure {name} cannot be made: {e}") from e
    path = args.out / f"{'figure-' if name.isdigit() else ''}{name}.{args.format}"
    with cli.writing(path):
        return plot.save(figure, path)


def chosen(name, wanted, runs):
    """A run that has all that a figure needs, on the paper's data if there is one; or NotMade."""
    able = [run for run in runs if all(need.holds(run) for need in wanted.needs)]
    if able:
        return next((run for run in able if run.k.recipe.data in wanted.data), able[0])
    first, *others = (need.words for need in wanted.needs)
    given = "; ".join(f"{run.path} is {run.described()}" for run in runs)
    command = (networks.GLIMPSE if CLASSIFIES in wanted.needs else networks.DRAW).command
    raise NotMade(
        f"figure {name} needs {first}{' with ' if others else ''}{' and '.join(others)} "
        f"({command} --preset {wanted.preset} trains one)"
        + (f", and {given}" if len(runs) == 1 else "")
    )


if __name__ == "__main__":
    cli.run(main, PROG)
