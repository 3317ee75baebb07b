"""What the command line asks of a run, as a value (spec 1.1)."""

from __future__ import annotations

from typing import Final

from attrs import frozen


@frozen
class SyncOption:
    """One `-rsync SOURCE TARGET`, `-rsyncssh SOURCE HOST TARGETDIR` or `-direct SOURCE TARGETDIR`."""

    base: str
    """The option's name, without its dash."""
    words: tuple[bytes, ...]


DEFAULT_RECORD_SIZE: Final = 64 << 20
DEFAULT_RECORD_KEEP: Final = 8


@frozen
class Options:
    """The options of one run; None and False mean "not given", so that `settings{}` decides.

    Paths are as they were typed, relative ones not yet resolved. Exactly one of `config` and
    `syncs` is given.
    """

    config: bytes | None = None
    syncs: tuple[SyncOption, ...] = ()
    """In their order."""
    ssh_extra: tuple[bytes, ...] = ()
    """The words of `-sshopts`, for the ssh of each `-rsyncssh`."""
    delay: float | None = None
    """Seconds; finite, 0 or more."""
    insist: bool = False
    nodaemon: bool = False
    onepass: bool = False
    log: tuple[str, ...] = ()
    """`all`, `scarce` or names of categories, in their order; latin-1, like all text that meets Lua."""
    logfile: bytes | None = None
    pidfile: bytes | None = None
    logformat: str | None = None
    """`plain` or `json`."""
    monitor: str | None = None
    record: bytes | None = None
    """The journal to write."""
    record_size: int = DEFAULT_RECORD_SIZE
    """Bytes of each of its parts."""
    record_keep: int = DEFAULT_RECORD_KEEP
    """As many parts there are at most, 1 or more."""
    record_hash: bool = False
    """Whether names stand in it as meaningless words."""
    scripts: tuple[bytes, ...] = ()
    """Lua files to run before the config, in their order."""
