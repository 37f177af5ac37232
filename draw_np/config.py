"""The sizes of a DRAW network: one frozen record, saved with every checkpoint."""

import operator
from dataclasses import asdict, dataclass
from typing import Any

from draw_np.arrays import Shape

WITHOUT = {"N_read": "no attention", "N_write": "no attention", "K": "no labels"}


@dataclass(frozen=True)
class Config:
    """Sizes of a DRAW network, in the paper's letters.

    Parameters
    ----------
    A, B : int
        Width and height of the images, in pixels.
    C : int
        Channels: 1 for grey, 3 for colour.
    T : int
        Steps: the paper's number of glimpses.
    H : int
        Units of the encoder's and of the decoder's LSTM.
    Z : int
        Components of the latent of one step.
    N_read, N_write : int or None
        Filters along one side of the patch that is read or written; None reads or
        writes the whole image at once, without attention (Eqs. 17, 18).
    K : int or None
        Classes, where a label says what is to be drawn: each class has learned initial
        states of its own. None, as in the paper: no labels.

    Raises
    ------
    ValueError
        If a size is not a whole number of at least 1.
    """

    A: int = 28
    B: int = 28
    C: int = 1
    T: int = 64
    H: int = 256
    Z: int = 100
    N_read: int | None = 2
    N_write: int | None = 5
    K: int | None = None

    def __post_init__(self) -> None:
        settle_sizes(self, optional=("N_read", "N_write", "K"))

    @property
    def image_shape(self) -> Shape:
        """Shape (C, B, A) of one image: channels, rows, columns."""
        return (self.C, self.B, self.A)

    @property
    def pixels(self) -> int:
        """Number of values in one image, C B A."""
        return self.C * self.B * self.A

    @property
    def read_size(self) -> int:
        """Length of the vector r_t that is read at every step."""
        return 2 * (self.pixels if self.N_read is None else self.C * self.N_read**2)

    @property
    def write_size(self) -> int:
        """Length of the vector w_t that is written at every step."""
        return self.pixels if self.N_write is None else self.C * self.N_write**2


def settle_sizes(config: Any, optional: tuple[str, ...] = ()) -> None:
    """Hold all fields of a record of sizes to whole numbers of at least 1, as Python's int.

    Those named in ``optional`` may be None, for what ``WITHOUT`` says. NumPy's integers become
    Python's, which JSON can hold.

    Raises
    ------
    ValueError
        If a field is something else.
    """
    for name, size in asdict(config).items():
        if size is None and name in optional:
            continue
        try:
            number = 0 if isinstance(size, bool) else operator.index(size)
        except TypeError:
            number = 0
        if number < 1:
            raise ValueError(
                f"{name} = {size!r} is not a size: it must be a whole number of at least 1"
                + (f", or None for {WITHOUT[name]}" if name in optional else "")
            )
        object.__setattr__(config, name, number)  # the record is frozen once it is made
