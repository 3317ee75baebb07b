"""The closed union of everything that can happen to the core; each carries its time."""

from __future__ import annotations

from attrs import frozen

from pylsyncd.core.model import (
    Command,
    Kept,
    Looked,
    ProcessEnd,
    Record,
    ScanResult,
    Settings,
    SyncConfig,
    TunnelConfig,
    Verdict,
)


@frozen
class Started:
    """The configuration is loaded; watching begins, then the start-up events run."""

    now: float
    settings: Settings
    syncs: tuple[SyncConfig, ...]
    tunnels: tuple[TunnelConfig, ...] = ()


@frozen
class WatchRecords:
    """All that one drain of the watch descriptor gave, or a part of it, in the kernel's order."""

    now: float
    records: tuple[Record, ...]
    is_part: bool = False
    """Whether more of the same drain is still to be told; nothing is acted on before that."""


@frozen
class DirectoriesScanned:
    """The answer to a `Scan` effect, one result for each of its paths, in order."""

    now: float
    ticket: int
    results: tuple[ScanResult, ...]


@frozen
class DirectoriesLooked:
    """The answer to a `Look`, one result for each of its paths, in order.

    `limit` is how many watches the kernel grants to the user; None if nobody knows.
    """

    now: float
    ticket: int
    results: tuple[Looked, ...]
    limit: int | None


@frozen
class SourceSeen:
    """The answer to `LookForSource`.

    `mounts` says how many file systems lie mounted one in another on the way to it; None: it is not there.
    """

    now: float
    path: bytes
    mounts: int | None


@frozen
class SourcesDoubted:
    """Once in a while: the sources may be gone without a record."""

    now: float


@frozen
class SpawnRequested:
    """A user's action called `spawn` for one delay or for a list of them."""

    now: float
    sync: int
    delays: tuple[int, ...]
    is_list: bool
    command: Command
    is_count: bool = False
    """Whether it only counts what would be deleted: exit code 25 says that it is too much (rsync(1))."""
    rest: tuple[Command, ...] = ()
    """What runs for them too, side by side, once `command` has ended; the work is done when all have."""


@frozen
class DiscardRequested:
    """An action gave up a waiting event (`inlet.discardEvent`)."""

    now: float
    sync: int
    delay: int
    is_missed: bool = False
    """What it should have brought was not found and may have moved; else nobody wanted it brought."""


@frozen
class BlanketRequested:
    """A user's action called `inlet.createBlanketEvent`."""

    now: float
    sync: int


@frozen
class FullRequested:
    """A full transfer is to be queued (`inlet.createFullEvent`, crontab)."""

    now: float
    sync: int
    path: bytes


@frozen
class ExcludeAdded:
    """A user's code called `inlet.addExclude`."""

    now: float
    sync: int
    pattern: bytes


@frozen
class ExcludeRemoved:
    """A user's code called `inlet.rmExclude`."""

    now: float
    sync: int
    pattern: bytes


@frozen
class FilterAppended:
    """A user's code called `inlet.appendFilter`."""

    now: float
    sync: int
    rule: bytes


@frozen
class LimitsChanged:
    """A user's code set numbers in a sync's config while it ran; `delay` is in seconds."""

    now: float
    sync: int
    delay: float
    max_delays: int
    max_processes: int


@frozen
class ActionDone:
    """The Lua call asked for by `RunAction` has returned."""

    now: float
    sync: int


@frozen
class PortFound:
    """The answer to `FindPort`: a local TCP port that was free, or None if there was none to be had."""

    now: float
    process: int
    port: int | None


@frozen
class ProcessStarted:
    """A `Spawn` or `SpawnTunnel` succeeded."""

    now: float
    process: int
    pid: int


@frozen
class SpawnFailed:
    """A `Spawn` or `SpawnTunnel` failed with this errno; no process exists."""

    now: float
    process: int
    errno: int


@frozen
class ProcessEnded:
    """A process has ended."""

    now: float
    process: int
    end: ProcessEnd


@frozen
class Collected:
    """The sync's `collect` has judged a finished process."""

    now: float
    process: int
    verdict: Verdict
    each: tuple[tuple[int, Verdict], ...] = ()
    """Delays, by number, for which another verdict holds."""


@frozen
class AlarmRequested:
    """A user's code called `alarm`; `at` is a time on the monotonic clock."""

    now: float
    alarm: int
    at: float


@frozen
class Tick:
    """The timer asked for by `SetTimer` went off."""

    now: float


@frozen
class WallClockRead:
    """The answer to `ReadWallClock`.

    `epoch` is in seconds since 1970 in UTC; local time is `offset` seconds ahead of UTC.
    """

    now: float
    epoch: float
    offset: int


@frozen
class FadeRequested:
    """TERM or INT: stop spawning, wait for running children, exit with 128 + signal."""

    now: float
    signal: int


@frozen
class ResetRequested:
    """HUP, and nothing is to go on: finish running children, then start over with a fresh machine."""

    now: float


@frozen
class ReloadRequested:
    """HUP, with a new configuration that loads: end what has changed, and ask for the rest by `Reload`."""

    now: float
    kept: tuple[Kept, ...]


@frozen
class Reloaded:
    """The answer to `Reload`: from now on the new configuration counts, and its functions are called."""

    now: float
    settings: Settings
    syncs: tuple[SyncConfig, ...]
    tunnels: tuple[TunnelConfig, ...]
    kept: tuple[Kept, ...]


@frozen
class DeletionsAllowed:
    """USR1: whatever syncs that are halted would delete is meant to go."""

    now: float


@frozen
class TerminateRequested:
    """A user's code called `terminate`; the daemon ends at once."""

    now: float
    code: int


@frozen
class ScriptFailed:
    """A user's Lua code raised an error; `message` holds its text and Lua traceback."""

    now: float
    message: bytes


Input = (
    Started
    | WatchRecords
    | DirectoriesScanned
    | DirectoriesLooked
    | SourceSeen
    | SourcesDoubted
    | SpawnRequested
    | DiscardRequested
    | BlanketRequested
    | FullRequested
    | ExcludeAdded
    | ExcludeRemoved
    | FilterAppended
    | LimitsChanged
    | ActionDone
    | PortFound
    | ProcessStarted
    | SpawnFailed
    | ProcessEnded
    | Collected
    | AlarmRequested
    | Tick
    | WallClockRead
    | FadeRequested
    | ResetRequested
    | ReloadRequested
    | Reloaded
    | DeletionsAllowed
    | TerminateRequested
    | ScriptFailed
)
