"""Named configurations: which network, on which data, trained how.

The paper gives the sizes of its networks (Table 3) and says that Adam was used
throughout. Learning rate, batch size, clipping, schedule, initialisation and the
number of steps are ours.
"""

import math
from dataclasses import dataclass, replace

from draw_np.config import Config
from draw_np.glimpse import GlimpseConfig
from draw_np.networks import Recipe
from draw_np.networks.network import kind_of
from draw_np.pyramid import PyramidConfig


@dataclass(frozen=True)
class Recorded:
    """A result that was measured once, with the command that measures it again."""

    bound: float  #: on the test split, nats per image
    error: float  #: standard error over images
    variant: str  #: on which data exactly
    command: str  #: what to run to get it


@dataclass(frozen=True)
class Preset:
    """A name for a network and its training."""

    about: str  #: one line for a list
    config: object  #: Config; GlimpseConfig among ``CLASSIFIERS``, PyramidConfig among ``PYRAMIDS``
    recipe: Recipe
    good: str = ""  #: what a good result looks like, for the start of a run
    recorded: Recorded | None = None  #: what this preset gave when it was measured


MNIST = Recipe(
    data="binarized-mnist",
    steps=150_000,
    batch_size=100,
    lr=1e-3,
    schedule="stable",  # so that a network can be finished long before, on a branch
    check_every=2500,
)

PRESETS = {
    "small": Preset(
        about="DRAW with attention on the embedded digits",
        config=Config(T=12, H=128, Z=16, N_read=5, N_write=5),
        recipe=Recipe(),
        good="a good result: a bound of about 80 nats on the test images, and legible digits",
    ),
    "small-noattention": Preset(
        about="DRAW without attention on the embedded digits",
        config=Config(T=12, H=128, Z=16, N_read=None, N_write=None),
        recipe=Recipe(lr=1e-3),
        good="a good result: a bound of about 81 nats on the test images",
    ),
    "small-labelled": Preset(
        about="the embedded digits by label: one can ask for a 7",
        config=Config(T=12, H=128, Z=16, N_read=5, N_write=5, K=10),
        recipe=Recipe(),
        good="a good result: a bound of about 80 nats given the label, and every digit is the one "
        "that was asked for",
    ),
    "small-two-digit": Preset(
        about="two embedded digits on 30 x 30",
        config=Config(A=30, B=30, T=16, H=128, Z=16, N_read=5, N_write=5),
        recipe=Recipe(data="two-digits-small"),
        good="a good result: a bound of about 98 nats on the test images, digits still blurred; 74 "
        "and digits that can be read with --steps 20000 --schedule stable",
    ),
    "small-colour": Preset(
        about="coloured digits, three channels",
        config=Config(C=3, T=12, H=128, Z=16, N_read=5, N_write=5),
        recipe=Recipe(data="colour-small"),
        good="a good result: a bound of about 1219 nats on the test images (not a code length)",
    ),
    "vae": Preset(
        about="one step without attention: a VAE on the embedded digits",
        config=Config(T=1, H=256, Z=32, N_read=None, N_write=None),
        recipe=Recipe(lr=1e-3),
        good="a good result: a bound of about 88 nats on the test images",
        recorded=Recorded(
            bound=87.8,
            error=1.2,
            variant="embedded digits, binarised afresh for every batch, pixel by pixel with its "
            "intensity as probability",
            command="python -m draw_np.train --preset vae",
        ),
    ),
    "mnist": Preset(
        about="the paper's MNIST model (Table 3) on the fixed binarised set",
        config=Config(T=64, H=256, Z=100, N_read=2, N_write=5),
        recipe=replace(MNIST, lr=3e-3),
    ),
    "mnist-noattention": Preset(
        about="DRAW without attention (Section 4.2) on the fixed binarised set",
        config=Config(T=64, H=256, Z=100, N_read=None, N_write=None),
        recipe=MNIST,
    ),
    "two-digit": Preset(
        about="two MNIST digits on 60 x 60 (Section 4.3; sizes ours)",
        config=Config(A=60, B=60, T=64, H=256, Z=100, N_read=5, N_write=5),
        recipe=replace(MNIST, data="two-digits"),
    ),
    "svhn": Preset(
        about="the paper's SVHN model (Table 3), 54 x 54 crops",
        config=Config(A=54, B=54, C=3, T=32, H=800, Z=100, N_read=12, N_write=12),
        recipe=replace(MNIST, data="svhn", steps=350_000),
    ),
    "cifar": Preset(
        about="the paper's CIFAR-10 model (Table 3)",
        config=Config(A=32, B=32, C=3, T=64, H=400, Z=200, N_read=5, N_write=5),
        recipe=replace(MNIST, data="cifar10"),
    ),
}


PYRAMIDS = {
    "small-pyramid": Preset(
        about="a pyramid of adversarial networks on the embedded digits: coarse to fine",
        config=PyramidConfig(),
        recipe=Recipe(
            binarise="none",  # what a generator draws has grey edges: binary ones give it away
            steps=4000,
            lr=2e-3,
            clip=100.0,
            check_every=500,
            engine="autograd",
        ),
        good="a good result: an energy distance of 0.06 to 0.09 to the test images, and legible "
        "digits",
    ),
}
DRAWING = PRESETS | PYRAMIDS  # what ``draw_np.train`` trains

# Eight glimpses feed back on where to look, and now and then a gradient is 10^5 times as
# long as usual: with clip=10 one such step undid 2600 steps of learning, so they count as 1
CLUTTERED = Recipe(
    data="cluttered", steps=50_000, batch_size=100, lr=1e-3, clip=1.0, check_every=2000
)
CLUTTERED_SMALL = Recipe(
    data="cluttered-small", steps=5000, batch_size=100, lr=1e-3, check_every=250
)

CLASSIFIERS = {
    "cluttered-small": Preset(
        about="4 glimpses at embedded digits in clutter, 60 x 60",
        config=GlimpseConfig(A=60, B=60, T=4, H=128, N=8),
        recipe=CLUTTERED_SMALL,
        good="good: an error below 10 % (8 % measured; cluttered-small-whole, the baseline: 40 %)",
    ),
    "cluttered-small-whole": Preset(
        about="the baseline: as many parameters, one look at the whole image, 16 x 16",
        config=GlimpseConfig(A=60, B=60, T=1, H=75, N=16),
        recipe=CLUTTERED_SMALL,
    ),
    "cluttered": Preset(
        about="the paper's classifier (Tables 1, 3): 8 glimpses at MNIST in clutter, 100 x 100",
        config=GlimpseConfig(T=8),
        recipe=CLUTTERED,
    ),
    "cluttered-4": Preset(
        about="the same with 4 glimpses",
        config=GlimpseConfig(T=4),
        recipe=CLUTTERED,
    ),
    "cluttered-whole": Preset(
        about="the baseline: as many parameters, one look at the whole image, 24 x 24",
        config=GlimpseConfig(T=1, H=143, N=24),
        recipe=CLUTTERED,
    ),
}


def find(name, among=DRAWING):
    """The preset called ``name``; ValueError if there is none."""
    if name not in among:
        raise ValueError(f"there is no preset {name!r}: choose one of {', '.join(among)}")
    return among[name]


def step_flops(config, M):
    """Floating-point operations of one training step on M images: dense products only.

    Two for every weight, image and drawing step forward, and twice that backward; of a pyramid,
    in which a discriminator is asked three times, about twice in the mean. The filterbanks,
    the attention's own products and everything element-wise come on top.
    """
    shapes = kind_of(config).shapes(config)
    weights = sum(math.prod(s) for name, s in shapes.items() if name.endswith(".W"))
    return 6 * weights * (2 if isinstance(config, PyramidConfig) else config.T) * M
