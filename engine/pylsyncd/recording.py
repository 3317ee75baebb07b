"""`-record`: writes the journal of the running daemon, which it never disturbs."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from attrs import define, field, frozen

from pylsyncd import __version__
from pylsyncd.core.effects import Effect
from pylsyncd.core.inputs import Input
from pylsyncd.core.journal import (
    FORMAT,
    Head,
    JournalError,
    decode,
    encode_effect,
    encode_head,
    encode_input,
)
from pylsyncd.options import Options
from pylsyncd.system.clock import Clock
from pylsyncd.system.journalfile import JournalFile, JournalFileError

_KEY_BYTES: Final = 32
_FLUSH_AFTER: Final = 1.0
"""Seconds that a line waits at most until it is written."""

Log = Callable[[str, bytes], None]


class Loop(Protocol):
    """As much of asyncio's event loop as is used here."""

    def call_later(self, delay: float, callback: Callable[[], object]) -> object: ...  # noqa: D102 - as asyncio has it


class Scribe(Protocol):
    """Makes lines of an input and what the core answers. Raises JournalFileError where it cannot go on."""

    def lines(self, happened: Input, effects: Sequence[Effect]) -> bytes: ...  # noqa: D102 - see above


class PlainScribe:
    """Everything as it is."""

    def lines(self, happened: Input, effects: Sequence[Effect]) -> bytes:
        """The input's line and those of its effects."""
        return encode_input(happened) + b"".join(map(encode_effect, effects))


class HashingScribe:
    """With words that mean nothing in the place of names."""

    def __init__(self, key: bytes) -> None:
        from pylsyncd.core.shadow import Shadow  # noqa: PLC0415 - nobody else pays for it

        self._shadow = Shadow(key)

    def lines(self, happened: Input, effects: Sequence[Effect]) -> bytes:
        """As above, for a daemon that would have seen the other names."""
        seen = self._shadow.follow(happened, effects)
        if seen is None:
            message = "with hashed names something else would have happened, so they cannot be hidden"
            raise JournalFileError(message)
        return PlainScribe().lines(*seen)


@frozen
class Origin:
    """What a head says of the run; paths are absolute."""

    config: bytes | None
    is_hashed: bool
    run: str = field(factory=lambda: secrets.token_hex(4))


@define(eq=False)
class Recording:
    """One for the daemon's life. Whatever goes wrong is one line in the log, and the end of the recording."""

    clock: Clock
    log: Log
    file: JournalFile
    origin: Origin
    loop: Loop | None = field(init=False, default=None)
    _key: bytes = field(init=False, repr=False, factory=lambda: secrets.token_bytes(_KEY_BYTES))
    """For the words of names; the same after HUP, so that a name keeps its word."""
    _session: int = field(init=False, default=0)
    _scribe: Scribe | None = field(init=False, default=None)
    """None: nothing is recorded now."""

    @classmethod
    def of(cls, options: Options, started_in: bytes, clock: Clock, log: Log) -> Recording | None:
        """The recording that the options ask for, if they do."""
        if options.record is None:
            return None
        path = os.path.normpath(os.path.join(started_in, options.record))
        file = JournalFile(path, options.record_size, options.record_keep, _is_ours)
        config = None if options.config is None else os.path.join(started_in, options.config)
        return cls(clock, log, file, Origin(config, options.record_hash))

    def open(self, sources: Iterable[bytes]) -> None:
        """Open the journal, if it lies in none of these sources. Raises JournalFileError."""
        place = os.path.join(os.path.realpath(os.path.dirname(self.file.path)), b"")
        for source in sources:
            if place.startswith(source):
                names = f"{os.fsdecode(self.file.path)} lies in the source {os.fsdecode(source)}"
                message = f"{names}, where each line of it would be a change: record elsewhere"
                raise JournalFileError(message)
        self.file.open()

    def begin(self, loop: Loop) -> None:
        """A configuration is about to run, with a fresh machine."""
        self.loop = loop
        self._session += 1
        digest = _digest(self.origin.config)
        try:
            self.file.begin(lambda part: encode_head(self._head(part, digest)))
            self._scribe = HashingScribe(self._key) if self.origin.is_hashed else PlainScribe()
            self._flush_soon()
        except JournalFileError as error:
            self._end(error)

    def needs_start(self) -> bool:
        """Whether HUP is to begin with a fresh machine, so that a new recording can begin with it.

        That is so if nothing is recorded any more, or soon will not be: the room is half used up.
        """
        return self._scribe is None or self.file.is_half_full

    def take(self, happened: Input, effects: Sequence[Effect]) -> None:
        """Record an input and what the core answers."""
        if self._scribe is None:
            return
        try:
            if self.file.write(self._scribe.lines(happened, effects)):
                self._flush_soon()
        except JournalFileError as error:
            self._end(error)

    def close(self) -> None:
        """Write what waits: the daemon ends."""
        if self._scribe is not None:
            self._try(self.file.close)
            self._scribe = None

    def _flush_soon(self) -> None:
        if self.loop is not None:
            self.loop.call_later(_FLUSH_AFTER, self._flush)

    def _flush(self) -> None:
        if self._scribe is not None:
            self._try(self.file.flush)

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except JournalFileError as error:
            self._end(error)

    def _end(self, error: JournalFileError) -> None:
        self._scribe = None
        self.file.abandon()
        reason = str(error).encode(errors="surrogateescape")
        self.log("Error", b"Nothing is recorded any more, until HUP begins a new recording: " + reason)

    def _head(self, part: int, digest: str) -> Head:
        epoch, offset = self.clock.wall_and_offset()
        return Head(
            format=FORMAT,
            run=self.origin.run,
            session=self._session,
            part=part,
            pylsyncd=__version__,
            now=self.clock.monotonic(),
            epoch=epoch,
            offset=offset,
            config=self.origin.config,
            digest=digest,
            is_hashed=self.origin.is_hashed,
        )


def _is_ours(first: bytes) -> bool:
    try:
        return isinstance(decode(first), Head)
    except JournalError:
        return False


def _digest(config: bytes | None) -> str:
    """SHA-256 of the config; empty for a pipe, which can be read only once."""
    if config is None:
        return ""
    try:
        if not stat.S_ISREG(os.stat(config).st_mode):
            return ""
        with open(config, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:  # it has gone since it was loaded
        return ""
