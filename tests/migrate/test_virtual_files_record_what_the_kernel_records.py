"""The simulated file system queues the same inotify records as the real one, for random changes."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from attrs import define, evolve, field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.real_files import change
from pylsyncd.core import masks
from pylsyncd.core.model import Listed, Record
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.world.files import FileError, Files
from pylsyncd.migrate.world.monitor import VirtualMonitor
from pylsyncd.migrate.world.player import change_files
from pylsyncd.system.watch.inotify import INOTIFY_MODES, InotifyMonitor
from pylsyncd.system.watch.monitor import Monitor

NAMES = (b"a", b"b", b"c")
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(b"/".join)

CHANGES = st.one_of(
    st.builds(s.Create, PATHS.map(lambda path: path + b"/")),
    st.builds(s.Write, PATHS, st.integers(0, 3)),
    st.builds(s.Link, PATHS, st.just(b"nowhere")),
    st.builds(s.Touch, PATHS),
    st.builds(s.Delete, PATHS),
    st.builds(s.Move, PATHS, PATHS),
)
BURSTS = st.lists(st.lists(CHANGES, min_size=1, max_size=4), min_size=1, max_size=8)

Seen = tuple[bytes, int, int, bytes]
"""The watched directory's path when it was scanned, mask, cookie (renumbered), name."""


@define(eq=False)
class Watcher:
    """A monitor, and what it was told, in terms that do not depend on its numbers."""

    monitor: Monitor
    root: bytes
    _paths: dict[int, bytes] = field(factory=dict)
    _cookies: dict[int, int] = field(factory=lambda: {0: 0})

    def scan_all(self) -> None:
        waiting = [self.root]
        while waiting:
            path = waiting.pop()
            [found] = self.monitor.scan((path,), True)  # noqa: FBT003 - as the protocol has it
            assert isinstance(found, Listed)
            self._paths.setdefault(found.wd, path.removeprefix(self.root))
            waiting += sorted(path + name + b"/" for name in found.directories)

    def drain(self) -> list[Seen]:
        return [self._seen(record) for record in self.monitor.drain()]

    def _seen(self, record: Record) -> Seen:
        cookie = self._cookies.setdefault(record.cookie, len(self._cookies))
        return self._paths[record.wd], record.mask, cookie, record.name


def is_done_virtually(files: Files, root: bytes, step: s.Step) -> bool:
    try:
        return change_files(files, step, lambda path: root + path)
    except FileError:
        return False


def is_done_really(root: bytes, step: s.Step) -> bool:
    paths = {name: root + getattr(step, name) for name in ("path", "path2") if hasattr(step, name)}
    try:
        change(evolve(step, **paths))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("mode", sorted(INOTIFY_MODES))
def test_both_record_the_same(mode: str, tmp_path: Path) -> None:
    numbers = count()

    @settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(BURSTS)
    def play(bursts: list[list[s.Step]]) -> None:
        root = bytes(tmp_path / str(next(numbers))) + b"/"
        os.mkdir(root)
        compare(root, mode, bursts)
        shutil.rmtree(root)

    play()


def compare(root: bytes, mode: str, bursts: list[list[s.Step]]) -> None:
    files = Files()
    files.have(root, 0)
    nobody: Callable[[int], object] = lambda _: None  # noqa: E731 - who drains without being told
    virtual = Watcher(VirtualMonitor(files, INOTIFY_MODES[mode], nobody), root)
    with closing(InotifyMonitor(mode)) as monitor:
        real = Watcher(monitor, root)
        for burst in bursts:
            virtual.scan_all()
            real.scan_all()
            done = [(is_done_virtually(files, root, one), is_done_really(root, one)) for one in burst]
            assert [one for one, _ in done] == [other for _, other in done], burst
            assert parts(virtual.drain()) == parts(real.drain()), burst


def parts(seen: list[Seen]) -> tuple[list[Seen], list[Seen]]:
    """What happened in directories, and what to them: kernels differ in which comes first."""
    ends = masks.DELETE_SELF | masks.IGNORED
    return [one for one in seen if not one[1] & ends], sorted(one for one in seen if one[1] & ends)


def test_what_is_excluded_by_the_mode_is_not_recorded() -> None:
    files = Files()
    files.have(b"/s/", 0)
    watcher = Watcher(VirtualMonitor(files, masks.CLOSE_WRITE, lambda _: None), b"/s/")
    watcher.scan_all()
    files.write(b"/s/f", 3, is_new=True)
    assert [mask for _, mask, _, _ in watcher.drain()] == [masks.CREATE, masks.CLOSE_WRITE]


def test_a_look_at_a_simulated_directory_watches_and_lists_it() -> None:
    files = Files()
    files.have(b"/s/d/", 0)
    files.have(b"/s/f", 4)
    monitor = VirtualMonitor(files, masks.CLOSE_WRITE, lambda _: None)
    there, gone = monitor.look((b"/s/", b"/gone/"), watch=True)
    assert {(one.name, one.is_directory, one.size) for one in there.entries or ()} == {
        (b"d", True, 0),
        (b"f", False, 4),
    }
    (again,) = monitor.look((b"/s/",), watch=False)
    assert (there.wd, again.wd, gone.wd, gone.errno) == (1, None, None, errno.ENOENT)
    assert monitor.watch_limit() is None
