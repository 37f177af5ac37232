"""What the commands share: one clear sentence for a mistake, and exit code 2."""

import argparse
import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from draw_np.machine import backend, parallel

MOST = 10**9  # of anything that is counted; more is a slip of the finger


COMMANDS = {
    "train": "train a network that draws",
    "sample": "draw new images with a trained network",
    "evaluate": "measure its bound",
    "figures": "make the paper's figures, and more",
    "classify": "train and judge the classifier that looks at clutter",
    "exercises": "the book's exercises: what is asked, hints, checks",
}


class UserError(Exception):
    """A mistake of the user's, told in one sentence that says what to do."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, and whose help keeps its line breaks."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options
        )

    def error(self, message: str) -> NoReturn:
        """Leave with the message and where there is help."""
        self.exit(2, f"{self.prog}: {message}; --help tells more\n")


class Once(argparse.Action):
    """An option, or one of several for the same thing, that may be said with one value only."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Keep the value; argparse's error where another was given before."""
        value, before = self.const or values, getattr(namespace, self.dest, ...)
        if before not in (..., None, value):
            parser.error(f"{option_string} asks for {value}, and before for {before}: choose one")
        setattr(namespace, self.dest, value)


def run(main: Callable[[], int], prog: str) -> NoReturn:
    """Run a command's ``main`` and leave with its exit code.

    A UserError becomes one line on standard error and exit code 2. Of several processes
    (``parallel``) the first one speaks, and one that fails ends all.
    """
    for name in ("stdout", "stderr"):  # a parent may have closed either
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115, until the process ends
    parallel.only_first_speaks()
    sys.exit(exit_code(main, prog))


def exit_code(main: Callable[[], int], prog: str) -> int:
    """The exit code of ``main``, after a sentence on whatever went wrong in it."""
    try:
        code = main()
        sys.stdout.flush()
        return code
    except (UserError, parallel.NoMPI) as e:
        return parallel.failed(f"{prog}: {e}", 2)
    except MemoryError as e:
        return parallel.failed(f"{prog}: {too_little_memory(e)}", 2)
    except KeyboardInterrupt:
        return parallel.failed(f"{prog}: stopped", 130)
    except BrokenPipeError:  # whoever read our output has gone
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, until the process ends
        return 128 + 13  # as a shell tells of SIGPIPE
    except OSError as e:
        if e.filename is None and e.errno in (errno.ENOSPC, errno.EIO):  # of print, not of a file
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115, until the process ends
            return parallel.failed(
                f"{prog}: what is printed cannot be written ({e.strerror}): send it elsewhere", 2
            )
        return parallel.failed(traceback.format_exc(), 1)
    except Exception:
        return parallel.failed(traceback.format_exc(), 1)


def too_little_memory(e: MemoryError) -> str:
    """What to do about a MemoryError, where nothing more is known."""
    said = str(e).splitlines()[0].rstrip(".") if str(e) else "out of memory"
    return f"there is too little memory ({said}): ask for fewer images at once or a smaller network"


def add_device_option(p: argparse.ArgumentParser) -> None:
    """``--device``."""
    p.add_argument(
        "--device",
        choices=backend.DEVICES,
        default=None,
        help="where to compute: NumPy on the cpu, CuPy on the gpu (DRAW_NP_DEVICE, or cpu)",
    )


def add_json_option(p: argparse.ArgumentParser) -> None:
    """``--json``, for ``present``."""
    p.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write the numbers there too; -: nothing else, to standard output",
    )


def array_library(args: argparse.Namespace) -> Any:
    """The array library of ``--device``, else of DRAW_NP_DEVICE, else NumPy."""
    with user_errors(backend.NoDevice, ValueError):
        return backend.library(args.device or os.environ.get("DRAW_NP_DEVICE") or "cpu")


@contextmanager
def user_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Turn exceptions of these kinds into a UserError with the same sentence."""
    try:
        yield
    except kinds as e:
        raise UserError(str(e)) from e


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn a failure to write ``path`` into a UserError."""
    try:
        yield
    except BrokenPipeError:  # not of a file: whoever read our output has gone
        raise
    except OSError as e:
        raise UserError(
            f"{path} cannot be written ({e.strerror or e}): choose another place with --out"
        ) from e


def size(text: str) -> int:
    """An argument that is a whole number of at least 1."""
    return whole_number(text, 1)


def count(text: str) -> int:
    """An argument that is a whole number of at least 0."""
    return whole_number(text, 0)


def whole_number(text: str, least: int, most: int = MOST) -> int:
    """``text`` as a whole number of at least ``least``, or an argparse error."""
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least:
        raise argparse.ArgumentTypeError(
            f"{shortened(text)!r} is not a whole number of at least {least}"
        )
    if number > most:
        raise argparse.ArgumentTypeError(f"{shortened(text)} is more than {most:,}")
    return number


def shortened(text: str, most: int = 40) -> str:
    """A text that is fit to be quoted."""
    return text if len(text) <= most else text[:most] + "..."


def positive(text: str) -> float:
    """An argument that is a positive number."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{shortened(text)!r} is not a positive number")
    return number


def rate(text: str) -> float:
    """An argument for a learning rate: about the length of Adam's steps, so at most 1."""
    number = positive(text)
    if number > 1:
        raise argparse.ArgumentTypeError(f"{text} is more than 1, and rates are about 0.001")
    return number


def present(said: str, report: Any, path: Path | None) -> None:
    """Print what is said of a report, and write it for other programs to ``path``, if any.

    With ``-`` it alone goes to standard output, so that they can read that.
    """
    text = json.dumps(report, indent=2)
    print(text if str(path) == "-" else said)
    if path is not None and str(path) != "-" and parallel.writes():
        with writing(path):
            path.write_text(text + "\n", encoding="utf-8")


def filters(text: str) -> int | None:
    """An argument for N_read or N_write: a size, or ``none`` for no attention."""
    return None if text == "none" else size(text)


# ---------------------------------------------------------------- all commands under one name


def draw_np(arguments: Sequence[str] | None = None) -> NoReturn:
    """``draw-np train --small`` is ``python -m draw_np.train --small``."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    if name in COMMANDS:
        command = import_module(f"draw_np.{name}")
        run(partial(command.main, rest), command.PROG)
    run(partial(usage, name), "draw-np")


def usage(name: str) -> int:
    """Say what there is; a UserError for a command that there is not."""
    if name not in ("-h", "--help"):
        raise UserError(f"there is no command {name!r}: choose one of {', '.join(COMMANDS)}")
    for command, does in COMMANDS.items():
        print(f"  draw-np {command:<11}{does}")
    print("\ndraw-np COMMAND --help tells what a command can do.")
    return 0
