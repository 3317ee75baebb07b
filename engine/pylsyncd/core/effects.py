"""The closed union of everything the core can ask the shell to do."""

from __future__ import annotations

import enum

from attrs import frozen

from pylsyncd.core.model import Command
from pylsyncd.core.report import StatusReport


@frozen
class Scan:
    """Watch each of these directories, then list it; answered by `DirectoriesScanned`.

    Paths are absolute and end with `/`. With `files` false only sub-directories are listed.
    """

    ticket: int
    paths: tuple[bytes, ...]
    files: bool


@frozen
class Look:
    """List each of these directories with what is known of each entry; answered by `DirectoriesLooked`.

    With `watch`, watch it before that, if possible.
    """

    ticket: int
    paths: tuple[bytes, ...]
    watch: bool


@frozen
class LookForSource:
    """See whether this directory is there; answered by `SourceSeen`."""

    path: bytes


@frozen
class RemoveWatches:
    """These watch descriptors are of no more use; some may be gone already."""

    wds: tuple[int, ...]


class ActionKind(enum.Enum):
    """Which of a sync's Lua functions `RunAction` calls."""

    INIT = "init"
    FULL = "full"
    ACTION = "action"


@frozen
class RunAction:
    """Call the sync's `init`, `full` (with the event of that delay) or `action` (with its inlet).

    Answered by `ActionDone`.
    """

    sync: int
    kind: ActionKind
    delay: int


@frozen
class Spawn:
    """Start a process; answered by `ProcessStarted` or `SpawnFailed`, later `ProcessEnded`."""

    process: int
    sync: int
    command: Command


@frozen
class FindPort:
    """Find a local TCP port that is free, for this process to be; answered by `PortFound`."""

    process: int


@frozen
class SpawnTunnel:
    """Start a process of a tunnel or its check; answered as `Spawn` is."""

    process: int
    tunnel: int
    command: Command


@frozen
class Collect:
    """Ask the sync's `collect` about a finished process; answered by `Collected`."""

    process: int
    sync: int
    delays: tuple[int, ...]
    is_list: bool
    exitcode: int
    answer: bytes | None = None
    """What the process wrote, where its command wanted to know."""


@frozen
class RunAlarm:
    """Call the Lua function of this alarm."""

    alarm: int


@frozen
class SignalProcesses:
    """Send a signal to these processes (by process number, not pid)."""

    processes: tuple[int, ...]
    signal: int


@frozen
class SetTimer:
    """Give a `Tick` at this time on the monotonic clock; None: no timer. Replaces the last one."""

    at: float | None


@frozen
class ReadWallClock:
    """Read the wall clock; answered by `WallClockRead`."""


@frozen
class Log:
    """A line for the log."""

    category: str
    message: bytes


@frozen
class WriteStatus:
    """Write the status file."""

    report: StatusReport


@frozen
class Exit:
    """End the daemon with this exit code."""

    code: int


@frozen
class Reload:
    """What has changed has come to its end: put the new configuration in place; answered by `Reloaded`."""


@frozen
class Reset:
    """No child runs any more: begin again with the new configuration."""


Effect = (
    Scan
    | Look
    | LookForSource
    | RemoveWatches
    | RunAction
    | Spawn
    | FindPort
    | SpawnTunnel
    | Collect
    | RunAlarm
    | SignalProcesses
    | SetTimer
    | ReadWallClock
    | Log
    | WriteStatus
    | Exit
    | Reload
    | Reset
)
