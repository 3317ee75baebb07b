"""`python -m bench.profiled FILE WORDS...`: pylsyncd with these words, and its profile (pstats) in FILE.

For the option `--pylsyncd` of the bench. What a profiler adds is a multiple of small functions: read it for
shares, and measure without it.
"""

from __future__ import annotations

import cProfile
import sys

from pylsyncd.cli import main


def run() -> int:
    """Run as the console script does; the profile of the last daemon stays."""
    file = sys.argv.pop(1)
    profile = cProfile.Profile()
    try:
        return profile.runcall(main)
    finally:
        profile.dump_stats(file)


if __name__ == "__main__":
    sys.exit(run())
