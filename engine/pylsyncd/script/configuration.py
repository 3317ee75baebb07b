"""What a configuration is read from, and what comes out of it: plain frozen data."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from attrs import frozen

from pylsyncd.core.model import SyncConfig, TunnelConfig


@frozen
class ConfigFile:
    """A Lua file; `content` stands in for what is on the disk."""

    path: bytes
    content: bytes | None = None


@frozen
class CommandLineSync:
    """One `-rsync SOURCE TARGET` or the like: `sync{ default.BASE, key = value, … }` (spec 1.1)."""

    base: bytes
    """The name in `default`, which is that of the option too."""
    options: Mapping[bytes, bytes]
    ssh_extra: tuple[bytes, ...] = ()
    """What `-sshopts` gave, word by word."""

    @property
    def origin(self) -> bytes:
        """The option as it was typed, for messages."""
        return b" ".join([b"-" + self.base, *self.options.values()])


@frozen
class CommandLineSyncs:
    """The syncs of a command line, instead of a file."""

    syncs: tuple[CommandLineSync, ...]


Source = ConfigFile | CommandLineSyncs


@frozen
class Overrides:
    """Values of the command line: above `settings{}` and what a sync says (spec 1.1).

    None means "not given". `delay` in seconds. Paths may be relative to the working directory.
    """

    delay: float | None = None
    insist: bool | None = None
    nodaemon: bool | None = None
    onepass: bool | None = None
    logfile: bytes | None = None
    pidfile: bytes | None = None
    status_file: bytes | None = None
    logformat: str | None = None
    monitor: str | None = None


class InotifyMode(enum.Enum):
    """Which writes count as Modify (spec 1.4); the values are those of `settings{}`."""

    MODIFY = "Modify"
    CLOSE_WRITE = "CloseWrite"
    BOTH = "CloseWrite or Modify"

    @property
    def counts_writes(self) -> bool:
        """Whether each write is a change, not only the end of all."""
        return self is not InotifyMode.CLOSE_WRITE


class LogFormat(enum.Enum):
    """How a log line is written (spec 1.2); the values are those of `settings{}`."""

    PLAIN = "plain"
    JSON = "json"


@frozen
class DaemonSettings:
    """The settings in force: command line, then `settings{}`, then defaults (spec 1.4).

    Paths are absolute. Times are in seconds.
    """

    logfile: bytes | None = None
    pidfile: bytes | None = None
    status_file: bytes | None = None
    status_interval: float = 10.0
    status_watches: bool = False
    logfacility: str | int = "user"
    logident: bytes = b"lsyncd"
    logformat: LogFormat = LogFormat.PLAIN
    nodaemon: bool = False
    onepass: bool = False
    insist: bool = False
    rescan_interval: float = 60.0
    poll_interval: float = 10.0
    drain_timeout: float = 10.0
    """How long what waits is still sent after TERM."""
    inotify_mode: InotifyMode = InotifyMode.CLOSE_WRITE
    max_processes: int | None = None
    """The limit over all syncs."""


@frozen
class LoadedConfig:
    """All that the engine needs of a configuration; functions and tables stay in Lua."""

    settings: DaemonSettings
    syncs: tuple[SyncConfig, ...]
    tunnels: tuple[TunnelConfig, ...] = ()

    @property
    def hears_writes(self) -> bool:
        """Whether some sync wants to know of each write, since its files are to settle."""
        return any(sync.settle for sync in self.syncs)
