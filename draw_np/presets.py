"""Named configurations: which network, on which data, trained how.

The paper gives the sizes of its networks (Table 3) and says that Adam was used
throughout. Learning rate, batch size, clipping, schedule, initialisation and the
number of steps are ours.
"""

from dataclasses import dataclass, field

from draw_np.config import Config
from draw_np.optim import SCHEDULES
from draw_np.parameters import Start


@dataclass(frozen=True)
class Recipe:
    """How a network is trained.

    Parameters
    ----------
    data, binarise : str
        The data set and its binarisation, as ``draw_np.data.load`` takes them.
    steps : int
        Training steps of the whole run; the schedule ends there.
    batch_size : int
        Images a step.
    lr : float
        Largest learning rate.
    schedule : str
        One of ``optim.SCHEDULES``.
    clip : float
        Largest global norm of a gradient.
    start : parameters.Start
        Where learning starts.
    check_every : int
        Steps between two checkpoints, each with a validation.
    engine : str
        Which way to the gradient, one of ``engines.ENGINES``.

    Raises
    ------
    ValueError
        If a number makes no sense or a schedule does not exist.
    """

    data: str = "digits"
    binarise: str = "fresh"
    steps: int = 2000
    batch_size: int = 64
    lr: float = 3e-3
    schedule: str = "cosine"
    clip: float = 10.0
    start: Start = field(default_factory=Start)
    check_every: int = 250
    engine: str = "autograd"

    def __post_init__(self):
        for name in ("steps", "batch_size", "check_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: it must be at least 1")
        for name in ("lr", "clip"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} = {getattr(self, name)}: it must be positive")
        if self.schedule not in SCHEDULES:
            raise ValueError(
                f"there is no schedule {self.schedule!r}: choose one of {', '.join(SCHEDULES)}"
            )

    @classmethod
    def from_json(cls, saved):
        """The recipe from its ``dataclasses.asdict`` form."""
        return cls(**{**saved, "start": Start(**saved["start"])})


@dataclass(frozen=True)
class Recorded:
    """A result that was measured once, with the command that measures it again."""

    bound: float  #: on the test split, nats per image
    error: float  #: standard error over images
    command: str  #: what to run to get it


@dataclass(frozen=True)
class Preset:
    """A name for a network and its training."""

    about: str  #: one line for a list
    config: Config
    recipe: Recipe
    good: str = ""  #: what a good result looks like, for the start of a run
    recorded: Recorded | None = None  #: what this preset gave when it was measured


PRESETS = {
    "small": Preset(
        about="DRAW with attention on the embedded digits, in a few minutes",
        config=Config(T=12, H=128, Z=16, N_read=5, N_write=5),
        recipe=Recipe(),
    ),
    "vae": Preset(
        about="one step without attention: a VAE, on the embedded digits",
        config=Config(T=1, H=256, Z=32, N_read=None, N_write=None),
        recipe=Recipe(steps=3000, lr=1e-3),
    ),
}


def find(name):
    """The preset called ``name``; ValueError if there is none."""
    if name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}: choose one of {', '.join(PRESETS)}")
    return PRESETS[name]
