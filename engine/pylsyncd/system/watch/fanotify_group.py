"""Opens a fanotify group; says what is missing where that is refused, and what helps."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from typing import Final

from attrs import frozen

from pylsyncd.core import masks
from pylsyncd.system.watch import fanotify_calls as calls
from pylsyncd.system.watch.mounts import DIRECTORY, MarkedMounts

_ALWAYS: Final = masks.ATTRIB | masks.CREATE | masks.DELETE | masks.ISDIR
"""FAN_ONDIR is the number of IN_ISDIR, as the events of both have the same numbers."""

_INSTEAD: Final = 'or set monitor = "inotify", or "auto"'


@frozen
class Group:
    """A descriptor, and what it can tell."""

    descriptor: int
    has_renames: bool
    """Both names of a rename come in one event, and handles of what has a name come too."""

    def mask(self, content: int) -> int:
        """What to ask for."""
        moves = calls.RENAME if self.has_renames else masks.MOVED_FROM | masks.MOVED_TO
        return _ALWAYS | content | moves


def open_group(queue: int = calls.UNLIMITED_QUEUE, *, has_renames: bool = True) -> Group:
    """Raises OSError with the remedy in its text."""
    flags = calls.NONBLOCKING | calls.REPORT_DFID_NAME | queue
    try:
        if has_renames:
            try:
                return Group(calls.new_group(flags | calls.REPORT_TARGET), has_renames=True)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
        return Group(calls.new_group(flags), has_renames=False)
    except OSError as error:
        raise OSError(error.errno, _why_no_group(error)) from error


def mark_source(mounts: MarkedMounts, source: bytes) -> tuple[bytes, ...]:
    """Listen to a source, and make sure that what is told can be resolved; the mounts in it that do not tell.

    Raises OSError with the remedy in its text; one that is not there has nothing to tell.
    """
    try:
        deaf = mounts.mark_all(source)
        _resolve(mounts, source)
    except OSError as error:
        if error.errno in _AWAY:
            return ()
        raise OSError(error.errno, _why_no_mark(error, source)) from error
    finally:
        mounts.rest()
    return deaf


def why_not(sources: Iterable[bytes]) -> str | None:
    """What keeps these sources from being watched so; None: nothing."""
    try:
        group = open_group()
    except OSError as error:
        return error.strerror
    try:
        for source in sources:
            mark_source(MarkedMounts(group.descriptor, group.mask(0)), source)
    except OSError as error:
        return error.strerror
    finally:
        os.close(group.descriptor)
    return None


def deaf_mounts(source: bytes) -> tuple[bytes, ...]:
    """The mounts in a source that do not tell of changes; raises OSError as `mark_source` does."""
    group = open_group()
    try:
        return mark_source(MarkedMounts(group.descriptor, group.mask(0)), source)
    finally:
        os.close(group.descriptor)


_AWAY: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


def _resolve(mounts: MarkedMounts, source: bytes) -> None:
    descriptor = os.open(source.rstrip(b"/") or b"/", DIRECTORY)
    try:
        handle = calls.handle_of(descriptor)
    finally:
        os.close(descriptor)
    for _ in mounts.opened(handle):
        break


def _why_no_group(error: OSError) -> str:
    match error.errno:
        case errno.EPERM:
            return _PERMISSION
        case errno.EINVAL | errno.ENOSYS:
            release = os.uname().release
            return (
                f'monitor = "fanotify" needs Linux 5.9 or later, with fanotify; this is {release}: {_UPDATE}'
            )
        case errno.EMFILE:
            return (
                "no fanotify group left for this user: raise the limit with "
                "`sysctl fs.fanotify.max_user_groups=1024`, or that of open files with `ulimit -n`"
            )
        case _:
            return f'monitor = "fanotify" cannot be used ({error.strerror}): {_OTHER}'


def _why_no_mark(error: OSError, source: bytes) -> str:
    if error.errno == errno.EPERM:
        return _PERMISSION
    name = source.decode(errors="surrogateescape")
    return (
        f'monitor = "fanotify" cannot watch the file system of {name} ({error.strerror}): '
        'set monitor = "inotify" for this sync, or "auto"'
    )


_PERMISSION: Final = (
    'monitor = "fanotify" needs root, or the capabilities CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH '
    f"(those of the host, in a container): start pylsyncd with them, {_INSTEAD}"
)
_UPDATE: Final = f"update the kernel, {_INSTEAD}"
_OTHER: Final = _INSTEAD.removeprefix("or ")
