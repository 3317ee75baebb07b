"""A stand-in for rsync that writes down how it was called.

The daemon under test is given the path of an executable script. Every call of the script takes a
number (the order of starting), reads its whole standard input, appends one JSON line to a log, and
then ends with a scripted exit code, waits at a gate, or becomes the real rsync with the same input.

Asked for its version it answers without being recorded, as a release too old for `--files-from` with
`--delete-missing-args`: so pylsyncd, which prefers that form, has to use lsyncd's filter list.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from attrs import frozen

_SCRIPT = """\
#!{python} -IS
import fcntl, json, os, sys

HOME = {home!r}
REAL = {real!r}

if sys.argv[1:] and sys.argv[1] in ("--version", "-V"):
    if REAL:
        os.execv(REAL, [REAL, "--version"])
    print({version!r})
    sys.exit(0)

with open(HOME + "/order", "a") as counter:
    fcntl.lockf(counter, fcntl.LOCK_EX)
    order = counter.tell()
    counter.write(".")

fed = sys.stdin.buffer.read()
text = lambda raw: raw.decode("latin-1")
line = json.dumps({{
    "order": order,
    "argv": [text(os.fsencode(arg)) for arg in sys.argv[1:]],
    "stdin": text(fed),
}}) + "\\n"
log = os.open(HOME + "/calls", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
os.write(log, line.encode())
os.close(log)

try:
    with open(HOME + "/gate") as gate:
        gate.read()
except FileNotFoundError:
    pass

codes = json.load(open(HOME + "/exitcodes"))
if order < len(codes) and codes[order]:
    if codes[order] < 0:
        os.kill(os.getpid(), -codes[order])
    sys.exit(codes[order])

if REAL:
    memory = os.memfd_create("stdin")
    os.write(memory, fed)
    os.lseek(memory, 0, os.SEEK_SET)
    os.dup2(memory, 0)
    os.execv(REAL, [REAL] + sys.argv[1:])
"""


@frozen
class Call:
    """One call of the stand-in. Text is bytes decoded as latin-1, hence lossless."""

    order: int
    argv: tuple[str, ...]
    stdin: str


@frozen
class Recorder:
    """The stand-in and its log, both below `home`."""

    home: Path

    @classmethod
    def install(
        cls,
        home: Path,
        *,
        exit_codes: tuple[int, ...] = (),
        real: str | None = None,
        version: str = "rsync  version 3.1.0  protocol version 31",
    ) -> Recorder:
        """Write the executable; a negative exit code means death by that signal."""
        home.mkdir(parents=True)
        (home / "exitcodes").write_text(json.dumps(exit_codes))
        (home / "calls").touch()
        executable = home / "rsync"
        executable.write_text(
            _SCRIPT.format(python=sys.executable, home=str(home), real=real, version=version)
        )
        executable.chmod(0o755)
        return cls(home)

    @property
    def executable(self) -> Path:
        """What the daemon is to run in place of rsync."""
        return self.home / "rsync"

    def calls(self) -> list[Call]:
        """All calls that were fed completely so far, in the order in which they were started."""
        *lines, _unfinished = (self.home / "calls").read_text().split("\n")
        entries = [json.loads(line) for line in lines]
        calls = [Call(entry["order"], tuple(entry["argv"]), entry["stdin"]) for entry in entries]
        return sorted(calls, key=lambda call: call.order)

    def close_gate(self) -> None:
        """Let every call from now on hang, after it was written down, until the gate opens."""
        os.mkfifo(self.home / "gate")

    def open_gate(self) -> None:
        """Let the hanging call end, and later ones pass."""
        gate = self.home / "gate"
        descriptor = os.open(gate, os.O_RDWR | os.O_NONBLOCK)
        gate.unlink()
        os.close(descriptor)
