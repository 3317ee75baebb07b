"""`check --fix`: the mechanical rewrites that findings propose, as another text, a diff or a changed file."""

from __future__ import annotations

import contextlib
import difflib
import itertools
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pylsyncd.migrate.findings import Edit, Finding

_ROUNDS: Final = 100
"""Each makes at least one of the rewrites that got into another's way before."""


def fixed(text: bytes, findings: Iterable[Finding]) -> bytes:
    """The text with the edits of these findings.

    All edits of a finding are made, or none: of two findings that change the same place the one that
    begins first wins, then the one that reaches further.
    """
    pieces, position = [], 0
    for edit in sorted(_accepted(findings), key=_place):
        pieces += [text[position : edit.start], edit.text]
        position = edit.end
    return b"".join([*pieces, text[position:]])


def repaired(text: bytes, look: Callable[[bytes], Iterable[Finding]]) -> bytes:
    """The text with all that can be fixed, also what comes to light by a fix; `look` finds it."""
    for _ in range(_ROUNDS):
        better = fixed(text, look(text))
        if better == text:
            break
        text = better
    return text


def _place(edit: Edit) -> tuple[int, int]:
    return edit.start, -edit.end


def _accepted(findings: Iterable[Finding]) -> list[Edit]:
    """The edits that do not get into each other's way."""
    with_edits = (one for one in findings if one.edits)
    taken: list[Edit] = []
    for finding in sorted(with_edits, key=lambda one: (min(map(_place, one.edits)), one.code)):
        if not any(_overlap(edit, other) for edit in finding.edits for other in taken):
            taken += finding.edits
    return taken


def _overlap(one: Edit, other: Edit) -> bool:
    """Whether both change the same place; two that insert at one place do."""
    return one.start < _reach(other) and other.start < _reach(one)


def _reach(edit: Edit) -> int:
    return max(edit.end, edit.start + 1)


# For operators -------------------------------------------------------------------------------------


def difference(file: bytes, old: bytes, new: bytes) -> bytes:
    """A unified diff that `patch -p1` takes; empty if nothing changes."""
    name = file.lstrip(b"/")
    lines = (old.splitlines(keepends=True), new.splitlines(keepends=True))
    found = difflib.diff_bytes(difflib.unified_diff, *lines, b"a/" + name, b"b/" + name)
    return b"".join(
        line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n" for line in found
    )


def write(path: bytes, text: bytes) -> bytes:
    """Put the text in the place of a file, in one step; what was there stays under the name returned.

    Mode and owner stay, and a symbolic link leads to the new file. Raises OSError.
    """
    real = os.path.realpath(path)
    new = _beside(real, text)
    try:
        backup = _backed_up(real)
        os.replace(new, real)
    finally:
        with contextlib.suppress(FileNotFoundError):  # it has taken its place
            os.unlink(new)
    return backup


def _beside(path: bytes, text: bytes) -> bytes:
    """A new file in the same directory, with the text, and with mode and owner of the old one."""
    descriptor, new = tempfile.mkstemp(dir=os.path.dirname(path), prefix=b".pylsyncd-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            like = os.stat(path)
            with contextlib.suppress(PermissionError):  # only root may give files away
                os.fchown(file.fileno(), like.st_uid, like.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))
            os.fsync(file.fileno())
    except OSError:
        os.unlink(new)
        raise
    return new


def _backed_up(path: bytes) -> bytes:
    """Keep the file under the first name that is free."""
    for backup in _backup_names(path):
        try:
            _copy(path, backup)
        except FileExistsError:
            continue
        return backup
    raise AssertionError  # the names never end


def _backup_names(path: bytes) -> Iterator[bytes]:
    yield path + b".bak"
    yield from (b"%s.bak.%d" % (path, number) for number in itertools.count(1))


def _copy(path: bytes, backup: bytes) -> None:
    """Copy a file with mode and times. Raises FileExistsError rather than write over another."""
    descriptor = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as to, open(path, "rb") as origin:
        shutil.copyfileobj(origin, to)
    shutil.copystat(path, backup)
