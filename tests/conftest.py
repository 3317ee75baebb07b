"""What all tests share: the hypothesis profiles."""

from __future__ import annotations

import os

from hypothesis import settings

# Where a CI runs the tests, a red result has to come back when they are run again.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
# No deadline either: two workers on a busy machine make any single example slow now and then.
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
