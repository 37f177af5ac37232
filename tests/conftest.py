"""Settings of the whole test run."""

import os
from pathlib import Path

from hypothesis import settings

# Numerics take their time on a busy machine: no deadline. The same examples on
# every run, so that a green run is a fact about the code and not about luck.
settings.register_profile("draw", max_examples=200, deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "draw"))


def pytest_terminal_summary(terminalreporter):
    """Say how many exercises wait for the reader; nothing of theirs is run for it."""
    from draw_np.practice import catalogue, files

    folder = Path(__file__).parent.parent / files.PLACE
    waiting, total = files.count_waiting(folder), len(catalogue.EXERCISES)
    terminalreporter.write_line(
        f"{waiting} of {total} exercises wait for their reader in {files.PLACE.as_posix()} "
        "(python -m draw_np.exercises)"
    )
