"""Bits of an inotify record's mask, by the kernel's numbers (inotify(7), linux/inotify.h)."""

from __future__ import annotations

from typing import Final

MODIFY: Final = 0x0000_0002
ATTRIB: Final = 0x0000_0004
CLOSE_WRITE: Final = 0x0000_0008
MOVED_FROM: Final = 0x0000_0040
MOVED_TO: Final = 0x0000_0080
CREATE: Final = 0x0000_0100
DELETE: Final = 0x0000_0200
DELETE_SELF: Final = 0x0000_0400
MOVE_SELF: Final = 0x0000_0800
UNMOUNT: Final = 0x0000_2000
Q_OVERFLOW: Final = 0x0000_4000
IGNORED: Final = 0x0000_8000
ONLYDIR: Final = 0x0100_0000
DONT_FOLLOW: Final = 0x0200_0000
MASK_ADD: Final = 0x2000_0000
ISDIR: Final = 0x4000_0000

RESTLESS: Final = MODIFY | ISDIR
"""Without a name: names may have come and gone in a directory since so many milliseconds as the cookie says.

No record of the kernel, which tells of each; a monitor that looks every now and then says so."""

MEET: Final = 0x0001_0000
"""The descriptor stands for a directory: the name is its path in the one whose descriptor is the cookie.

No record of the kernel either: a monitor that watches whole sources says so before the first record of it."""

OWN_ATTRIB: Final = 0x0002_0000 | ATTRIB | ISDIR
"""Without a name: the directory itself has other attributes. inotify has its parent tell that, by name."""

BARE: Final = 0x0004_0000
"""With CREATE: a directory was made just now, and all that comes into it is told by itself."""
