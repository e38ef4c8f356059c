"""How Hypothesis runs: without a deadline an example, and in CI the same examples each time."""

from __future__ import annotations

import os

from hypothesis import settings

# An example's time is the machine's, not the code's: what is slow is marked, and pytest's own
# timeout ends what hangs.
settings.register_profile("kalampg", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("kalampg")
