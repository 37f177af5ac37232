"""``log.csv``: a row a training step, in step with the checkpoint, and read back as arrays."""

import csv
import os
from functools import partial
from pathlib import Path

import numpy as np

from draw_np.machine import parallel

LONGEST = 1 << 16  # letters of a line; what is longer is none of ours
LARGEST = 1 << 29  # bytes of a log, twice those of the paper's longest run


class Log:
    """``log.csv``: a row a training step, kept in step with the checkpoint on resume.

    A step's own columns, then ``valid`` (empty where nothing was validated), then the
    numbers of the task. Which they are is known at the first row.
    """

    def __init__(self, path, run):
        self.path, self.rows = path, None
        self.kept = [row for row in read_rows(path) if int(row["step"]) <= run.step]
        self.file = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.file is not None:
            self.file.close()

    def begin(self, names):
        """Write the header and what is kept of the log before, then stay open for more."""
        rewritten = self.path.with_name(self.path.name + ".unfinished")
        with open(rewritten, "w", newline="") as f:
            rows = csv.DictWriter(f, names, restval="", extrasaction="ignore")
            rows.writeheader()
            rows.writerows(self.kept)
        os.replace(rewritten, self.path)
        self.file = open(self.path, "a", newline="")  # noqa: SIM115, closed by __exit__
        self.rows = csv.DictWriter(self.file, names)

    def write(self, m, valid):
        """Add the row of one step; of several processes one does so."""
        if not parallel.writes():
            return
        own = {"seconds": m.seconds, "lr": m.lr, "norm": m.norm, **m.numbers}
        row = {"step": m.step, **{name: f"{v:.6g}" for name, v in own.items()}}
        row["valid"] = "" if valid is None else f"{valid:.6g}"
        if self.rows is None:
            self.begin(list(row))
        self.rows.writerow(row)
        if valid is not None:  # a checkpoint will be written: the log is to be no older
            self.file.flush()


def copy(run, folder):
    """Give a run that goes on in another folder the log that it has so far."""
    log = (run if run.is_dir() else run.parent) / "log.csv"
    if log.is_file():
        (folder / "log.csv").write_bytes(log.read_bytes())


def read_rows(path):
    """The whole rows of a log, dicts by column; what a crash or an editor spoiled is left out."""
    if not Path(path).is_file() or os.stat(path).st_size > LARGEST:  # a pipe would be waited for
        return []
    with open(path, newline="", encoding="utf-8", errors="replace") as f:
        lines = (line.replace("\0", "") for line in iter(partial(f.readline, LONGEST), ""))
        return [row for row in csv.DictReader(lines, quoting=csv.QUOTE_NONE) if is_whole(row)]


NONE = {name: np.zeros(0) for name in ("step", "valid_step", "valid_bound")}


def is_whole(row):
    """Whether a row of a log has a number in every column, but for ``valid``, and none besides."""
    try:
        numbers = [float(v) for name, v in row.items() if name != "valid" or v]
        return "valid" in row and int(row["step"]) > 0 and len(numbers) > 0
    except (TypeError, ValueError, KeyError):
        return False


def read(path, needed=()):
    """A log as arrays, in the form that ``plot.curves`` takes.

    Parameters
    ----------
    path : path
    needed : sequence of str
        Names that must be in what is returned: a log without one of them is as good as none.

    Returns
    -------
    dict
        Its columns by name, of shape (n,): for DRAW among others ``step``, ``seconds``,
        ``bound``, ``L_x``, ``L_z``; ``kl`` of shape (n, T); and ``valid_step``,
        ``valid_bound`` of the validated steps.
    """
    rows = read_rows(path)
    columns = {
        name: np.array([float(row[name]) if row[name] else np.nan for row in rows])
        for name in (rows[0] if rows else ())
    }
    if not rows:  # it was deleted, or never written
        return NONE
    valid = columns.pop("valid")
    seen = ~np.isnan(valid)
    kl = [columns.pop(name) for name in list(columns) if name.startswith("kl_")]
    found = {
        **columns,
        **({"kl": np.stack(kl, axis=1)} if kl else {}),
        "valid_step": columns["step"][seen],
        "valid_bound": valid[seen],
    }
    return found if found.keys() >= set(needed) else NONE
