"""Settings of the whole test run."""

import os

from hypothesis import settings

# Numerics take their time on a busy machine: no deadline. The same examples on
# every run, so that a green run is a fact about the code and not about luck.
settings.register_profile("draw", max_examples=200, deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "draw"))
