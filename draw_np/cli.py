"""What the commands share: one clear sentence for a mistake, and exit code 2."""

import argparse
import os
import sys
import traceback
from contextlib import contextmanager

from draw_np.machine import backend, parallel


class UserError(Exception):
    """A mistake of the user's, told in one sentence that says what to do."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, and whose help keeps its line breaks."""

    def __init__(self, **options):
        super().__init__(
            formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options
        )

    def error(self, message):
        """Leave with the message and where help is to be had."""
        self.exit(2, f"{self.prog}: {message}; --help tells more\n")


def run(main, prog):
    """Run a command's ``main`` and leave with its exit code.

    A UserError becomes one line on standard error and exit code 2. Of several processes
    (``parallel``) the first one speaks, and one that fails ends all.
    """
    parallel.only_first_speaks()
    try:
        sys.exit(main())
    except (UserError, parallel.NoMPI) as e:
        print(f"{prog}: {e}", file=sys.stderr)
        parallel.leave(2)
        sys.exit(2)
    except MemoryError as e:
        print(f"{prog}: {too_little_memory(e)}", file=sys.stderr)
        parallel.leave(2)
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output has gone
        sys.stderr.close()
        sys.exit(0)
    except Exception:
        traceback.print_exc()
        parallel.leave(1)
        sys.exit(1)


def too_little_memory(e):
    """What to do about a MemoryError, where nothing more is known."""
    said = str(e).splitlines()[0].rstrip(".") if str(e) else "out of memory"
    return f"there is too little memory ({said}): ask for fewer images at once or a smaller network"


def add_device_option(p):
    """``--device``."""
    p.add_argument("--device", choices=backend.DEVICES, default=None,
                   help="where to compute: NumPy on the cpu, CuPy on the gpu (DRAW_NP_DEVICE, or "
                   "cpu)")  # fmt: skip


def array_library(args):
    """The array library of ``--device``, else of DRAW_NP_DEVICE, else NumPy."""
    with user_errors(backend.NoDevice, ValueError):
        return backend.library(args.device or os.environ.get("DRAW_NP_DEVICE") or "cpu")


@contextmanager
def user_errors(*kinds):
    """Turn exceptions of these kinds into a UserError with the same sentence."""
    try:
        yield
    except kinds as e:
        raise UserError(str(e)) from e


@contextmanager
def writing(path):
    """Turn a failure to write ``path`` into a UserError."""
    try:
        yield
    except OSError as e:
        raise UserError(
            f"{path} cannot be written ({e.strerror or e}): choose another place with --out"
        ) from e


def size(text):
    """An argument that is a whole number of at least 1."""
    return whole_number(text, 1)


def count(text):
    """An argument that is a whole number of at least 0."""
    return whole_number(text, 0)


def whole_number(text, least):
    """``text`` as a whole number of at least ``least``, or an argparse error."""
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
    return number


def positive(text):
    """An argument that is a positive number."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return number


def filters(text):
    """An argument for N_read or N_write: a size, or ``none`` for no attention."""
    return None if text == "none" else size(text)
