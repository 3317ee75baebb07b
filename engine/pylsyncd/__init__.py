"""pylsyncd: a drop-in successor of Lsyncd, the live syncing daemon."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"
