"""Where programs are: looked up once, for each directory of PATH that is tried in vain costs every start."""

from __future__ import annotations

import os
import stat

from attrs import define, field


@define(eq=False)
class Programs:
    """What the names of programs without a slash stand for, as execvp(3) finds them.

    A program that comes later into a directory nearer to the front of PATH is seen after `forget`.
    """

    _found: dict[bytes, bytes] = field(factory=dict)

    def find(self, name: bytes) -> bytes:
        """Where it is; its name if it is nowhere, or is a path itself."""
        if b"/" in name:
            return name
        if name not in self._found:
            self._found[name] = _search(name)
        return self._found[name]

    def forget(self) -> None:
        """Look up all of them anew."""
        self._found.clear()


def _search(name: bytes) -> bytes:
    for directory in os.get_exec_path():
        path = os.path.join(os.fsencode(directory), name)
        try:
            is_file = stat.S_ISREG(os.stat(path).st_mode)
        except OSError:
            continue
        if is_file and os.access(path, os.X_OK):
            return path
    return name
