"""What one daemon did, group of steps by group of steps, as data."""

from __future__ import annotations

from attrs import field, frozen


@frozen
class Call:
    """A process that was started."""

    origin: bytes
    """The name of its sync; empty: it belongs to none."""
    argv: tuple[bytes, ...]
    stdin: bytes | None = None
    lanes: int = field(default=1, eq=False)
    """How many processes the sync may run at a time; above 1 their order means nothing."""


@frozen
class SideLog:
    """All of one daemon's calls."""

    version: str
    """What the daemon calls itself."""
    groups: tuple[tuple[Call, ...], ...]
    """The calls of each group of steps; the first is the start-up."""
    ended: tuple[int, int] | None = None
    """In which group the daemon ended, and with which exit code; None: it ran to the end."""
    last_words: str = ""
    """What it complained of when it ended."""
    unrun: tuple[bytes, ...] = ()
    """Commands of the config (os.execute, io.popen) that were not run."""

    def is_over(self, group: int) -> bool:
        """Whether the daemon had ended before this group."""
        return self.ended is not None and self.ended[0] < group
