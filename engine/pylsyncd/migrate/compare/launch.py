"""How a daemon is started on a config in its scratch directory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from attrs import frozen

from pylsyncd.migrate.compare.world import World

_HERE: Final = os.fsencode(os.path.dirname(__file__))
SHORT_DELAY: Final = 1.0
"""Seconds that every sync waits, unless the config's own delays are wanted."""

_NOT_OURS: Final = re.compile(
    r"^(\d\d:\d\d:\d\d )?(Error: )?(error (preparing|loading) \S+/(probe|compare)\.lua: )?"
)
"""What a message begins with before it comes to the config."""
_PROBE_TIME: Final = 60
"""Seconds; a config that is read for longer hangs."""


class CannotRunError(Exception):
    """A daemon does not run the config; the text is for the operator."""


@frozen
class Daemon:
    """Which program, and what is special about it."""

    name: str
    """What reports call it."""
    command: tuple[bytes, ...]
    collapse: bool | None = None
    """What every sync's `collapse` is set to; None: nothing, for Lsyncd knows no such key."""
    environment: tuple[tuple[bytes, bytes], ...] = ()
    tells_status: bool = False
    """Whether its status file is up to date at any moment; Lsyncd's is not."""

    @property
    def folder(self) -> bytes:
        """Where it is in the scratch directory."""
        return self.name.lower().encode() + (b"" if self.collapse is None else b"-apart")


@frozen
class Setting:
    """What both daemons have in common."""

    config: bytes
    """Its absolute path."""
    directory: bytes
    """Where an operator would start them."""
    has_real_delay: bool = False


@frozen
class Launch:
    """One daemon in its scratch directory."""

    daemon: Daemon
    setting: Setting
    world: World
    socket: bytes
    stdin: int
    """A socket that says nothing: a config may wait for it, and the recorder can tell it from a pipe."""

    def probe(self) -> None:
        """Read the config, and have the world's sources noted. Raises CannotRunError."""
        with self._start(is_probe=True) as process:
            try:
                process.wait(_PROBE_TIME)
            except subprocess.TimeoutExpired:
                process.kill()
        if not self.world.count_noted("probed"):
            message = f"{self.daemon.name} does not run this config: {self.complaint()}"
            raise CannotRunError(message)

    def start(self) -> subprocess.Popen[bytes]:
        """Run it in the foreground."""
        return self._start(is_probe=False)

    def complaint(self) -> str:
        """What the daemon said last, in the config's own paths."""
        lines = [line for name in ("stderr", "stdout") for line in self._output(name).splitlines() if line]
        errors = [line for line in lines if "rror" in line] or lines[-1:] or ["it says nothing"]
        return _NOT_OURS.sub("", errors[0])

    @property
    def status(self) -> bytes:
        """The status file."""
        return os.path.join(self.world.state, b"status")

    def has_waiting(self) -> bool:
        """Whether events wait in a queue, as far as the daemon tells."""
        try:
            with open(self.status, "rb") as file:
                return re.search(rb"^There are [1-9]\d* delays", file.read(), re.MULTILINE) is not None
        except FileNotFoundError:
            return False

    def rules(self) -> list[bytes]:
        """Excludes and filters of the config, as far as the probe saw them."""
        return self.world.notes("rules")

    def _output(self, name: str) -> str:
        with open(os.path.join(self.world.home, name.encode()), "rb") as file:
            return file.read().replace(self.world.root, b"").decode("utf-8", "backslashreplace")

    def _start(self, *, is_probe: bool) -> subprocess.Popen[bytes]:
        delay = [] if self.setting.has_real_delay else [b"-delay", b"%g" % SHORT_DELAY]
        words = [*self.daemon.command, *delay, b"-nodaemon", self._write_config(is_probe=is_probe)]
        fence = [os.fsencode(sys.executable), b"-IS", os.path.join(_HERE, b"fence.py")]
        outputs = [open(os.path.join(self.world.home, name), "wb") for name in (b"stdout", b"stderr")]  # noqa: SIM115 - the process takes them over
        try:
            return subprocess.Popen(  # noqa: S603 - the two daemons that were asked for
                [*fence, self.world.home, *words],
                stdin=self.stdin,
                stdout=outputs[0],
                stderr=outputs[1],
                cwd=self.world.at(self.setting.directory),
                env={**os.environb, **dict(self.daemon.environment)},
            )
        finally:
            for output in outputs:
                output.close()

    def _write_config(self, *, is_probe: bool) -> bytes:
        path = os.path.join(self.world.home, b"probe.lua" if is_probe else b"compare.lua")
        values: Mapping[str, bytes | bool | None] = {
            "root": self.world.root,
            "state": self.world.state,
            "beacon": self.world.beacon,
            "directory": self.setting.directory,
            "config": self.setting.config,
            "python": os.fsencode(sys.executable),
            "recorder": os.path.join(_HERE, b"recorder.py"),
            "socket": self.socket,
            "collapse": self.daemon.collapse,
            "status": self.status if self.daemon.tells_status else None,
            "is_probe": is_probe,
        }
        fields = b"".join(b"    %s = %s,\n" % (key.encode(), _lua(value)) for key, value in values.items())
        prelude = _lua(os.path.join(_HERE, b"prelude.lua"))
        with open(path, "wb") as file:
            file.write(b"assert(loadfile(%s))({\n%s})\n" % (prelude, fields))
        return path


def _lua(value: bytes | bool | None) -> bytes:  # noqa: FBT001 - any value, and one of them is that
    """A value as Lua writes it."""
    if isinstance(value, bytes):
        return b'"' + b"".join(b"\\%03d" % byte for byte in value) + b'"'
    return {None: b"nil", True: b"true", False: b"false"}[value]
