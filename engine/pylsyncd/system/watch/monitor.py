"""What every monitor can do, whatever kernel interface it watches directories with."""

from __future__ import annotations

from typing import Protocol

from pylsyncd.core.model import Looked, Record, ScanResult


class Monitor(Protocol):
    """Watches directories and reports what happens in them, as inotify records."""

    def fileno(self) -> int:
        """Give the descriptor that is readable when there is something to drain."""
        ...

    @property
    def pending(self) -> bool:
        """Whether a drain is due although the descriptor may not be readable.

        Scanning and removing empty the kernel's queue in passing, lest it overflow. So after either
        this is to be asked.
        """
        ...

    def drain(self) -> tuple[Record, ...]:
        """Take all records that there are, in the kernel's order; never wait."""
        ...

    def fetch(self) -> bool:
        """Take what there is off the kernel's queue, for the next drain; says whether that has anything.

        The only one that another thread may call. Leaves it to the main thread if that has read something
        since it was called last.
        """
        ...

    def scan(self, paths: tuple[bytes, ...], files: bool) -> tuple[ScanResult, ...]:  # noqa: FBT001  # the effect `Scan` has these fields
        """Watch each directory, then list it; one result per path, in order.

        `paths` are absolute and end with `/`. No symbolic link is followed at a path's end. With
        `files` false only sub-directories are listed, and none where they need no watch (`is_whole`).
        """
        ...

    def look(self, paths: tuple[bytes, ...], watch: bool) -> tuple[Looked, ...]:  # noqa: FBT001  # as above
        """List each directory with what is known of its entries; with `watch`, watch it before that.

        One result per path, in order; a directory that cannot be watched is listed all the same.
        """
        ...

    def watch_limit(self) -> int | None:
        """How many directories the kernel lets this user watch; None if that is not known."""
        ...

    def remove(self, wds: tuple[int, ...]) -> None:
        """Stop these watches; those that the kernel has ended already are passed over."""
        ...

    def close(self) -> None:
        """Stop all watches and free the descriptor."""
        ...
