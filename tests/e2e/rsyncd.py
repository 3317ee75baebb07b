"""An rsync daemon on the loopback interface, and a program that forwards a port to it as `ssh -L` does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen

from e2e.trees import FORKING
from e2e.waiting import until

MODULE = """use chroot = no
{identity}
[module]
path = {path}
read only = no
"""

FORWARDER = '''
"""forward.py LISTEN TARGET DIRECTORY: makes DIRECTORY/listening-LISTEN when it is ready, notes each
connection in DIRECTORY/PID, and passes nothing on while DIRECTORY/stall is there."""
import asyncio, os, sys

listen, target, directory = sys.argv[1:]

async def copy(reader, writer):
    while block := await reader.read(65536):
        while os.path.exists(os.path.join(directory, "stall")):
            await asyncio.sleep(0.02)
        writer.write(block)
        await writer.drain()
    writer.close()

async def serve(reader, writer):
    with open(os.path.join(directory, str(os.getpid())), "a") as note:
        note.write(listen + "\\n")
    there = await asyncio.open_connection("127.0.0.1", int(target))
    await asyncio.gather(copy(reader, there[1]), copy(there[0], writer), return_exceptions=True)

async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", int(listen)) as server:
        open(os.path.join(directory, "listening-" + listen), "w").close()
        await server.serve_forever()

asyncio.run(main())
'''


@frozen
class Forwarding:
    """What the forwarding processes have noted."""

    directory: Path
    port: int
    """That of the rsync daemon."""

    def command(self) -> str:
        """For `tunnel{ command = … }`, as a Lua table."""
        words = [sys.executable, str(self.directory / "forward.py"), "^localport", str(self.port)]
        return "{ " + ", ".join(f'"{word}"' for word in [*words, str(self.directory)]) + " }"

    @property
    def check(self) -> str:
        """A shell command that says whether a process listens, to be put into single quotes."""
        return f'test -e "{self.directory}/listening-^localport"'

    def connections(self) -> dict[int, int]:
        """How many connections each process has taken, by its pid."""
        notes = (path for path in self.directory.iterdir() if path.name.isdigit())
        return {int(path.name): len(path.read_text().splitlines()) for path in notes}

    @property
    def stall(self) -> Path:
        """While this file is there nothing is passed on."""
        return self.directory / "stall"


@contextmanager
def rsync_daemon(home: Path, module: Path) -> Iterator[Forwarding]:
    """Serve a directory as `module` for the time of the block."""
    directory = home / "forwarding"
    directory.mkdir()
    (directory / "forward.py").write_text(FORWARDER)
    config = home / "rsyncd.conf"
    # as root it would write as nobody; as anybody else it cannot change who it is
    identity = "uid = 0\ngid = 0" if os.geteuid() == 0 else ""
    config.write_text(MODULE.format(path=module, identity=identity))
    port = _free_port()
    command = [
        "rsync",
        "--daemon",
        "--no-detach",
        "--address=127.0.0.1",
        f"--port={port}",
        f"--config={config}",
    ]
    with (home / "rsyncd.log").open("wb") as log, FORKING:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until(lambda: _answers(port), what="the rsync daemon to listen")
        yield Forwarding(directory, port)
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
