"""A process that adopts what a command leaves behind, so that the exit code of a daemon can be known.

usage: reaper.py EXITS COMMAND…   runs the command; for each descendant that ends and is its to reap it
appends `PID EXITCODE` to the file EXITS; it ends with the last of them.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def main() -> None:
    exits, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = subprocess.Popen(command)
    with Path(exits).open("a") as file:
        file.write(f"{child.pid} started\n")
        file.flush()
        while True:
            try:
                pid, status = os.waitpid(-1, 0)
            except ChildProcessError:
                return
            file.write(f"{pid} {os.waitstatus_to_exitcode(status)}\n")
            file.flush()


if __name__ == "__main__":
    main()
