"""Where the recorders of one daemon report: a socket, the processes that run, and how they end."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress
from typing import Final

from attrs import define, field, frozen

from pylsyncd.core.model import Exited, Killed, ProcessEnd
from pylsyncd.migrate.compare.conduct import Conduct, Order, Verdict
from pylsyncd.migrate.compare.log import Call

_LENGTH: Final = 4
_CREDENTIALS: Final = struct.Struct("iII")  # struct ucred: unix(7)


@define
class _Visitor:
    """A recorder that has called."""

    link: socket.socket
    number: int
    pid: int
    received: bytearray = field(factory=bytearray)
    call: Call | None = None

    @property
    def is_tunnel(self) -> bool:
        """Whether it stands for a tunnel: that runs until its daemon ends it."""
        return self.call is not None and self.call.origin == b"tunnel"


@frozen
class Failure:
    """A process that ended otherwise than with 0."""

    origin: bytes
    at: float
    in_a_row: int


@define
class Gate:
    """One daemon's end of the sockets. Nothing here waits."""

    path: bytes
    conduct: Conduct = field(factory=Conduct)
    calls: list[Call] = field(factory=list)
    """All calls so far, in the order in which they came in."""
    failures: dict[bytes, Failure] = field(factory=dict)
    """The latest of each sync since its last success."""
    came: int = 0
    """How many recorders have called, heard out or not."""
    _socket: socket.socket = field(init=False)
    _visitors: dict[int, _Visitor] = field(factory=dict)
    _leaving: set[int] = field(factory=set)
    """Process ids of what was told to end."""

    def __attrs_post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(0.0)
        self._socket.bind(self.path)
        self._socket.listen(1024)

    def close(self) -> None:
        """Let all go: what still waits ends with 0."""
        for visitor in self._visitors.values():
            visitor.link.close()
        self._visitors.clear()
        self._socket.close()

    def pump(self, now: float) -> None:
        """Take in what has come, and end what has run its time."""
        with suppress(BlockingIOError):
            while True:
                self._welcome(self._socket.accept()[0])
        for visitor in list(self._visitors.values()):
            self._hear(visitor, now)
        for verdict in self.conduct.due(now):
            self._pass(verdict, now)

    def order(self, step: Order, now: float) -> None:
        """A step that concerns processes."""
        for verdict in self.conduct.order(step):
            self._pass(verdict, now)

    def is_at_rest(self, *, held_too: bool = False) -> bool:
        """Whether nothing runs but what is held, and the daemon knows of the end of the others."""
        self._leaving = {pid for pid in self._leaving if os.path.exists(f"/proc/{pid}")}
        working = (one for one in self._visitors.values() if not one.is_tunnel)
        running = any(held_too or not self.conduct.is_held(one.number) for one in working)
        return not running and not self._leaving

    def _welcome(self, link: socket.socket) -> None:
        link.settimeout(0.0)
        peer = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        self.came += 1
        self._visitors[self.came] = _Visitor(link, self.came, _CREDENTIALS.unpack(peer)[0])

    def _hear(self, visitor: _Visitor, now: float) -> None:
        try:
            while piece := visitor.link.recv(1 << 20):
                visitor.received += piece
        except BlockingIOError:
            self._understand(visitor, now)
            return
        except ConnectionResetError:
            pass  # as the end of the stream: it was killed
        self._forget(visitor)

    def _understand(self, visitor: _Visitor, now: float) -> None:
        """Write the call down once all of it is there."""
        size = int.from_bytes(visitor.received[:_LENGTH], "big")
        if visitor.call is not None or len(visitor.received) < _LENGTH + size:
            return
        visitor.call = call_of(bytes(visitor.received[_LENGTH:]))
        self.calls.append(visitor.call)
        if visitor.is_tunnel:
            return
        verdict = self.conduct.begin(visitor.number, visitor.call.argv[0], now)
        if verdict is not None:
            self._pass(verdict, now)

    def _pass(self, verdict: Verdict, now: float) -> None:
        visitor = self._visitors[verdict.process]
        word = _word(verdict.end)
        self._remember(visitor, word, now)
        with suppress(ConnectionError):
            visitor.link.send(b"%d" % word)
        self._forget(visitor)

    def _remember(self, visitor: _Visitor, word: int, now: float) -> None:
        origin = visitor.call.origin if visitor.call else b""
        before = self.failures.pop(origin, None)
        if word:
            self.failures[origin] = Failure(origin, now, before.in_a_row + 1 if before else 1)

    def _forget(self, visitor: _Visitor) -> None:
        visitor.link.close()
        self._leaving.add(visitor.pid)
        self.conduct.gone(visitor.number)
        del self._visitors[visitor.number]


def _word(end: ProcessEnd) -> int:
    """What the recorder is told."""
    match end:
        case Exited(code):
            return code
        case Killed(signal):
            return -signal


def call_of(content: bytes) -> Call:
    """What a recorder says: see there."""
    words = []
    position = 0
    while position < len(content):
        size = int.from_bytes(content[position : position + _LENGTH], "big")
        position += _LENGTH
        words.append(content[position : position + size])
        position += size
    origin, lanes, fed, *rest = words
    stdin, argv = (rest[0], rest[1:]) if int(fed) else (None, rest)
    return Call(origin, tuple(argv), stdin, int(float(lanes)))
