"""Exit codes of the command line (spec 1.1)."""

from __future__ import annotations

from typing import Final

EXIT_FAILURE: Final = 255
"""What every error ends with."""
