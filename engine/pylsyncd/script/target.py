"""Where a sync's target leads, and whether `rsync --delete` may be let loose there (spec 6.1)."""

from __future__ import annotations

import os

from pylsyncd.script.errors import RefusalError

_FORCE = b"; if that is meant, set allowDangerousTarget = true"


def is_remote(target: bytes) -> bool:
    """Whether rsync takes it for another host: a colon before any slash (rsync(1), "GENERAL")."""
    return b":" in target.split(b"/", 1)[0]


def check_target(source: bytes, target: bytes, *, allow: bool) -> bytes:
    """The target to use: a relative path is resolved against the working directory.

    Raises RefusalError for the root, and for a directory that holds the source or lies in it.
    """
    if not target:
        message = b"the target is empty"
        raise RefusalError(message)
    if is_remote(target):
        return target
    resolved = os.path.join(os.getcwdb(), target)
    if not allow:
        _refuse_danger(os.path.realpath(source), os.path.realpath(resolved), target)
    return resolved


def _refuse_danger(source: bytes, target: bytes, given: bytes) -> None:
    """Both are real paths; `given` is the target as the config has it."""
    if target == b"/":
        raise RefusalError(b'target "%s" is the root directory%s' % (given, _FORCE))
    if target == source:
        raise RefusalError(b'target "%s" is the source itself%s' % (given, _FORCE))
    if _holds(target, source):
        raise RefusalError(b'target "%s" holds the source "%s"%s' % (given, source, _FORCE))
    if _holds(source, target):
        raise RefusalError(b'target "%s" lies in the source "%s"%s' % (given, source, _FORCE))


def _holds(outer: bytes, inner: bytes) -> bool:
    return inner.startswith(os.path.join(outer, b""))
