"""What an operator reads when pylsyncd itself is at fault: one line, a traceback only if asked for."""

from __future__ import annotations

import os


def account_of(error: BaseException) -> str:
    """One line without a line feed; with PYLSYNCD_DEBUG=1 in the environment the traceback before it."""
    what = " ".join(f"{type(error).__name__}: {error}".split())
    line = (
        f"internal error: {what} (a bug in pylsyncd; please report it, "
        "with what it prints when PYLSYNCD_DEBUG=1 is set)"
    )
    if os.environ.get("PYLSYNCD_DEBUG") != "1":
        return line
    import traceback  # noqa: PLC0415 - only here, and slow to load

    return "".join(traceback.format_exception(error)) + line
