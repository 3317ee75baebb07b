"""The nouns of the core: what an event, a delay, a command, a sync's configuration are."""

from __future__ import annotations

import enum
from typing import Final

from attrs import define, field, frozen

DEFAULT_MAX_DELAYS: Final = 1000
"""Delays a sync holds before all of them are ready at once (spec 1.4)."""


class EventType(enum.Enum):
    """What happened to a path (spec 2.3); the values are the names that Lua sees."""

    ATTRIB = "Attrib"
    CREATE = "Create"
    MODIFY = "Modify"
    DELETE = "Delete"
    MOVE = "Move"
    INIT = "Init"
    BLANKET = "Blanket"
    FULL = "Full"

    __hash__ = object.__hash__  # that of `Enum` is written in Python, and asked for with each event


class Content(enum.Enum):
    """What a change says of the content of a file, for those who wait until nobody writes to it."""

    UNKNOWN = "unknown"
    WRITTEN = "written"
    """Somebody writes to it, and has not closed it yet."""
    CLOSED = "closed"
    """Whoever may have written to it has closed it."""
    MOVED = "moved"
    """It came along with what it lies in, or under another name; nothing else is new about it."""


class DelayStatus(enum.Enum):
    """Where a delay stands; the values are the names that Lua and the status file show."""

    WAIT = "wait"
    ACTIVE = "active"
    BLOCK = "block"
    DONE = "done"


class Clearance(enum.Enum):
    """Whether more may be deleted for an event than `maxDelete` says (spec 6.3); Lua sees the numbers."""

    DOUBTFUL = 0
    """What it would delete has to be counted."""
    NONE = 1
    """The same, unless it cannot be much."""
    COUNTED = 2
    """It was counted a moment ago, and is not too much."""
    ALLOWED = 3
    """It may be any number: the operator has said so."""


class Verdict(enum.Enum):
    """What a sync's `collect` says of a finished process (spec 2.9, 6.1)."""

    DONE = "ok"
    AGAIN = "again"
    PARTIAL = "partial"
    """Try again with back-off, but at most `retries` times (spec 6.1, rsync code 23)."""
    APART = "apart"
    """Try again with back-off, while all else of the sync goes on (spec 6.1: a file that does not fit)."""
    SPLIT = "split"
    """A Move that did not happen on the target: its ends go on as a Delete and a Create (spec 6.1)."""
    COUNTED = "counted"
    """The process has only counted what it would delete: that is not too much."""
    HALT = "halt"
    """It would delete more than `maxDelete`: it is counted again until somebody allows it (spec 6.3)."""
    DIE = "die"


@frozen
class Judgement:
    """What `collect` says: one verdict for all that the process worked on, but for some."""

    verdict: Verdict
    each: tuple[tuple[int, Verdict], ...] = ()
    """Delays, by number, that fared otherwise."""


@define(eq=False)
class Delay:
    """One queued event of one sync.

    `path` is relative to the source and begins with `/`; a directory's ends with `/`; it is
    empty for Init and Blanket. `alarm` is in seconds on the monotonic clock. `position` is the
    rank in the queue and passes on to a delay that replaces this one; the one before a Move's is
    kept free for the Delete that it may be split into. `id` is never used again.
    """

    id: int
    position: int
    etype: EventType
    path: bytes
    path2: bytes | None
    alarm: float
    status: DelayStatus = DelayStatus.WAIT
    swallowed: frozenset[EventType] = frozenset()
    tries: int = 0
    company: int = 0
    """Delays of a list that failed are tried again in companies of their own; 0: it is in none."""
    exitcode: int = 0
    """What the last process that worked on it ended with."""
    clearance: Clearance = Clearance.NONE
    blocked_by: Delay | None = field(default=None, repr=lambda d: f"#{d.id}" if d else "-")
    blocks: dict[int, Delay] = field(factory=dict, repr=False)
    before: Delay | None = field(default=None, repr=False)
    after: Delay | None = field(default=None, repr=False)

    def doubt(self) -> None:
        """A run has failed, maybe for the limit: what it would delete has to be counted anew."""
        if self.clearance is not Clearance.ALLOWED:
            self.clearance = Clearance.DOUBTFUL

    @property
    def is_directory(self) -> bool:
        """Whether the event concerns a directory."""
        return self.path.endswith(b"/")


@frozen
class Exited:
    """A process ended by itself."""

    code: int
    answer: bytes | None = field(default=None, eq=False)
    """What it wrote, if its command wanted to know; how it ended is another question."""


@frozen
class Killed:
    """A process was ended by a signal; not an exit code (house rule 3)."""

    signal: int
    answer: bytes | None = field(default=None, eq=False)
    """As of one that exited."""


ProcessEnd = Exited | Killed


def shell_exit_code(end: ProcessEnd) -> int:
    """The one number that Lua's `collect` sees: a death by signal N counts as 128+N (spec 6.1)."""
    match end:
        case Exited(code):
            return code
        case Killed(signal):
            return 128 + signal


@frozen
class Command:
    """A program to start: `argv[0]` is the name as given and looked up in PATH (spec 2.6)."""

    argv: tuple[bytes, ...]
    stdin: bytes | None = None
    """What the child reads; None gives it the daemon's own (null) standard input."""
    wants_answer: bool = False
    """Whether `collect` is to see what the child writes to its standard output."""


@define(unsafe_hash=True)  # never changed; not frozen, since to make one would take four times as long
class Record:
    """One inotify record as the kernel wrote it (inotify(7)); `name` is without padding."""

    wd: int
    mask: int
    cookie: int
    name: bytes


@frozen
class Listed:
    """A directory that is now watched by `wd`, and what it held right after.

    `path` is absolute and ends with `/`. Names are bare (no slash). `files` is empty when
    only directories were asked for. `walk` holds all names in the order in which they are to be
    told of; empty: the order of the names.
    """

    path: bytes
    wd: int
    directories: tuple[bytes, ...]
    files: tuple[bytes, ...] = ()
    walk: tuple[bytes, ...] = ()
    is_whole: bool = False
    """Its source is watched as a whole: no directory in it needs a watch, and `wd` may be 0."""


@frozen
class ScanFailed:
    """A directory that could not be watched or listed, and the errno why."""

    path: bytes
    errno: int


ScanResult = Listed | ScanFailed


@frozen
class Entry:
    """What is known of one name in a directory (lstat(2)); times in nanoseconds since 1970."""

    name: bytes
    is_directory: bool
    inode: int
    size: int
    mtime: int
    ctime: int
    is_fresh: bool = False
    """Changed so shortly before that another change might leave the same times."""


@frozen
class Looked:
    """A directory that was looked at, and watched if that was asked for and possible."""

    path: bytes
    wd: int | None = None
    """0: it needs none, see `Listed.is_whole`."""
    errno: int = 0
    """Why it is not watched, or could not be listed; 0: it was not to be watched, or is."""
    entries: tuple[Entry, ...] | None = None
    """None: it could not be listed."""


class MonitorName(enum.Enum):
    """The ways to watch; the values are those of `settings{}`, of a sync and of `-monitor`."""

    INOTIFY = "inotify"
    FANOTIFY = "fanotify"
    POLL = "poll"
    AUTO = "auto"
    """One of the first two, as `watches` finds it best; the core never sees this one."""


@frozen
class SyncConfig:
    """What the core has to know of one `sync{}`; the rest of the config stays in Lua.

    `source` is absolute, real, and ends with `/`. Times are in seconds.
    """

    id: int
    name: bytes
    source: bytes
    delay: float = 0.0
    max_delays: int = DEFAULT_MAX_DELAYS
    max_processes: int = 1
    keeps_moves: bool = False
    """Whether Moves stay whole (the sync has an `onMove`) or are split by the core (spec 2.7)."""
    has_init: bool = True
    has_full: bool = False
    subdirs: bool = True
    collapse: bool = True
    """False gives the combining of Lsyncd 2.2.0 to 2.3.1 (spec 3.3)."""
    excludes: tuple[bytes, ...] = ()
    filters: tuple[bytes, ...] = ()
    """Rules `+ pattern` or `- pattern`, in order."""
    settle: float = 0.0
    """A file is sent when it was closed, or has not changed for so long (spec 6.2); 0: at any time."""
    max_delete: int | None = None
    """More than so many entries are deleted in one go only if that is allowed (spec 6.3)."""
    retries: int = 5
    retry_max: float = 300.0
    crontab: tuple[bytes, ...] = ()
    """Rules that say when a Full is queued (spec 5.2)."""
    as_lsyncd: bool = False
    """`compat`: what follows from failures and from moves is done as Lsyncd does it, its mistakes too."""
    repairs: bool = True
    """Whether its Full or its Init brings the whole tree in line; an Init that starts nothing does not."""
    mounts: int = 0
    """How many file systems lay mounted one in another on the way to the source when the daemon started."""
    tunnel: int | None = None
    """The number of the tunnel that the target is reached through."""
    monitor: MonitorName = MonitorName.INOTIFY
    """What watches the source."""


@frozen
class Kept:
    """A sync that goes on over HUP, since its configuration has not changed."""

    old: int
    """Its number until then."""
    new: int
    """Its number in the new configuration."""
    is_bound: bool = False
    """Functions of the config are called for it: Lua may remember something about each process of it."""


@frozen
class TunnelConfig:
    """What the core has to know of one `tunnel{}` (spec 5.1). Times are in seconds.

    In the words of both commands `^localport` and `^localhost` stand for the port and the host.
    """

    id: int
    name: bytes
    command: tuple[bytes, ...]
    is_pool: bool = False
    """Whether each process has a port of its own; otherwise one port serves all, for good."""
    parallel: int = 1
    retry_delay: float = 10.0
    ready_delay: float = 5.0
    localhost: bytes = b"localhost"
    check_command: tuple[bytes, ...] = ()
    """Tells by its exit code whether a process is of use; empty: who runs long enough is."""
    check_exit_codes: frozenset[int] = frozenset({0})
    check_max_failed: int = 5
    """As many checks in a row fail before a process is replaced."""


@frozen
class Settings:
    """What the core has to know of `settings{}` and the command line."""

    max_processes: int | None = None
    status_interval: float = 10.0
    has_status_file: bool = False
    status_watches: bool = False
    """Whether the status lists every watch (spec 6.3: grows with the tree)."""
    onepass: bool = False
    drain_timeout: float = 10.0
    """For so many seconds what waits is still sent after TERM; 0: it is not sent, and children get all the
    time they want."""
    rescan_interval: float = 60.0
    """Directories that cannot be watched are looked at once in so many seconds."""
    insist: bool = False
    """A source that is not there at the start is waited for."""
    pid: int = 0
    """Whom to send a signal; 0: nobody."""
    counts_writes: bool = True
    """Whether a write counts as a change before the file is closed (`inotifyMode`, spec 1.4)."""
    verbose: frozenset[str] = frozenset()
    """Debug categories that somebody listens to; the core builds no line for any other."""
