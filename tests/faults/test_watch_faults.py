"""What can go wrong with watching, and what becomes of it: every errno that we name."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.book_driver import Driver
from pylsyncd.core import masks
from pylsyncd.core.model import Listed, Looked, Record
from pylsyncd.core.watchbook import Overflowed, WatchBook
from pylsyncd.system.watch import inotify
from pylsyncd.system.watch.inotify import InotifyMonitor

NOBODY = 65534


@pytest.fixture
def monitor() -> Iterator[InotifyMonitor]:
    made = InotifyMonitor()
    yield made
    made.close()


def spelt(directory: Path) -> bytes:
    return os.fsencode(directory) + b"/"


def scan(monitor: InotifyMonitor, *paths: bytes, files: bool = False) -> list[int]:
    """For each path the watch descriptor, or the errno with its sign turned."""
    results = monitor.scan(paths, files=files)
    assert tuple(result.path for result in results) == paths
    return [result.wd if isinstance(result, Listed) else -result.errno for result in results]


# one path that cannot be watched


def test_a_directory_that_is_gone_is_no_entry(monitor: InotifyMonitor, tmp_path: Path) -> None:
    assert scan(monitor, spelt(tmp_path / "gone")) == [-errno.ENOENT]


def test_a_file_in_its_place_is_no_directory(monitor: InotifyMonitor, tmp_path: Path) -> None:
    (tmp_path / "f").touch()

    assert scan(monitor, spelt(tmp_path / "f"), spelt(tmp_path / "f" / "x")) == [-errno.ENOTDIR] * 2


def test_a_link_in_its_place_is_not_followed(monitor: InotifyMonitor, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "link").symlink_to("d")

    assert scan(monitor, spelt(tmp_path / "link")) == [-errno.ENOTDIR]


def test_links_that_go_round_in_circles_end(monitor: InotifyMonitor, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")

    assert scan(monitor, spelt(tmp_path / "loop" / "d")) == [-errno.ELOOP]


def test_a_path_that_is_too_long_for_the_kernel_is_reported(monitor: InotifyMonitor) -> None:
    assert scan(monitor, b"/d" * 2048 + b"/", b"/" + b"n" * 256 + b"/") == [-errno.ENAMETOOLONG] * 2


def test_a_directory_that_may_not_be_read_is_reported(monitor: InotifyMonitor) -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "closed").mkdir(mode=0o000)
        home.chmod(0o755)
        privileged = os.geteuid() == 0
        try:
            if privileged:
                os.seteuid(NOBODY)
            closed, below = scan(monitor, spelt(home / "closed"), spelt(home / "closed" / "d"))
        finally:
            if privileged:
                os.seteuid(0)

    assert (closed, below) == (-errno.EACCES, -errno.EACCES)


def test_one_failure_leaves_the_other_paths_alone(monitor: InotifyMonitor, tmp_path: Path) -> None:
    gone, there = scan(monitor, spelt(tmp_path / "gone"), spelt(tmp_path))

    assert gone == -errno.ENOENT
    assert there > 0


# watched, but not listed


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOENT, errno.EIO, errno.ENOMEM])
def test_a_directory_that_cannot_be_listed_keeps_no_watch(
    number: int, monitor: InotifyMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: bytes) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "scandir", fail)

    assert scan(monitor, spelt(tmp_path), files=True) == [-number]
    (tmp_path / "f").touch()
    assert [record.mask for record in monitor.drain()] == [masks.IGNORED]


@pytest.mark.parametrize("how", ["scan", "look"])
def test_a_directory_that_was_watched_before_keeps_its_watch_when_it_moves_before_it_is_listed(
    how: str, monitor: InotifyMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d").mkdir()
    assert scan(monitor, spelt(tmp_path / "d")) == [1]
    real = os.scandir

    def move_first(path: bytes) -> object:
        Path(os.fsdecode(path)).rename(tmp_path / "e")
        return real(path)

    monkeypatch.setattr(os, "scandir", move_first)
    if how == "look":
        assert [one.wd for one in monitor.look((spelt(tmp_path / "d"),), watch=True)] == [None]
    else:
        assert scan(monitor, spelt(tmp_path / "d"), files=True) == [-errno.ENOENT]
    (tmp_path / "e" / "f").touch()
    assert masks.CREATE in [record.mask for record in monitor.drain()]


def test_a_directory_removed_before_it_was_listed_is_gone(
    monitor: InotifyMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.scandir

    def remove_first(path: bytes) -> object:
        Path(os.fsdecode(path)).rmdir()
        return real(path)

    (tmp_path / "d").mkdir()
    monkeypatch.setattr(os, "scandir", remove_first)

    assert scan(monitor, spelt(tmp_path / "d"), files=True) == [-errno.ENOENT]
    assert [record.mask for record in monitor.drain()] == [masks.DELETE_SELF, masks.IGNORED]


@pytest.mark.parametrize("counts", [True, False])
def test_a_directory_without_others_is_not_listed_where_its_links_say_so(
    counts: bool,  # noqa: FBT001 - a column
    monitor: InotifyMonitor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: bytes) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    leaf = SimpleNamespace(st_mode=stat.S_IFDIR, st_nlink=2, st_dev=0)
    monkeypatch.setattr(inotify, "counts_directories", lambda _device, _mounts: counts)
    monkeypatch.setattr(os, "lstat", lambda _: leaf)
    monkeypatch.setattr(os, "scandir", fail)

    assert scan(monitor, spelt(tmp_path)) == [1 if counts else -errno.EIO]
    leaf.st_nlink = 3
    assert scan(monitor, spelt(tmp_path)) == [-errno.EIO]
    leaf.st_nlink, leaf.st_mode = 2, stat.S_IFREG
    assert scan(monitor, spelt(tmp_path)) == [-errno.EIO]


def test_a_directory_removed_before_its_links_were_counted_is_gone(
    monitor: InotifyMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.lstat

    def remove_first(path: bytes) -> os.stat_result:
        Path(os.fsdecode(path)).rmdir()
        return real(path)

    (tmp_path / "d").mkdir()
    monkeypatch.setattr(os, "lstat", remove_first)

    assert scan(monitor, spelt(tmp_path / "d")) == [-errno.ENOENT]


# limits

IN_OWN_NAMESPACE = ["unshare", "--user", "--map-root-user", sys.executable, "-c"]
"""A user namespace has limits of its own (namespaces(7)), which its root may lower."""

LOWER = """
import sys
from pathlib import Path
from types import SimpleNamespace
from pylsyncd.system.watch.inotify import InotifyMonitor
Path("/proc/sys/user/max_inotify_{}").write_text("{}")
"""


def in_own_namespace(limit: str, value: int, program: str) -> list[str]:
    script = LOWER.format(limit, value) + program
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        subprocess.run([*IN_OWN_NAMESPACE, "pass"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no user namespace to be had here: {error}")
    done = subprocess.run(
        [*IN_OWN_NAMESPACE, script], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def test_out_of_watches_is_told_from_all_other_failures(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
    paths = tuple(spelt(tmp_path / name) for name in "abc")
    program = f"""
for result in InotifyMonitor().scan({paths!r}, files=False):
    print(getattr(result, "errno", 0))
"""

    assert in_own_namespace("watches", 2, program) == ["0", "0", str(errno.ENOSPC)]


def test_out_of_instances_says_what_to_do() -> None:
    program = """
kept = InotifyMonitor()
try:
    InotifyMonitor()
except OSError as error:
    print(error.errno, error)
"""
    (line,) = in_own_namespace("instances", 1, program)

    assert line.startswith(f"{errno.EMFILE} ")
    assert "sysctl fs.inotify.max_user_instances=" in line


def test_out_of_open_files_says_what_to_do_even_without_proc() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        with pytest.raises(OSError, match=r"limit unknown.*ulimit -n") as refusal:
            InotifyMonitor()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert refusal.value.errno == errno.EMFILE


def test_any_other_refusal_comes_through_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("inotifyrecursive.INotify.__init__", refuse)

    with pytest.raises(OSError, match="Function not implemented"):
        InotifyMonitor()


def test_a_watch_that_cannot_be_removed_for_another_reason_is_an_error(
    monitor: InotifyMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object, __: int) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(InotifyMonitor, "rm_watch", refuse)

    with pytest.raises(OSError, match="Bad file descriptor"):
        monitor.remove((1,))


# looked at instead


def look(monitor: InotifyMonitor, path: Path, *, watch: bool = True) -> Looked:
    (result,) = monitor.look((spelt(path),), watch)
    return result


def test_a_look_lists_what_is_known_of_each_entry_and_watches(
    monitor: InotifyMonitor, tmp_path: Path
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "f").write_text("four")
    (tmp_path / "dangling").symlink_to("nowhere")

    looked = look(monitor, tmp_path)

    entries = {entry.name: entry for entry in looked.entries or ()}
    assert {name: entry.is_directory for name, entry in entries.items()} == {
        b"d": True,
        b"f": False,
        b"dangling": False,
    }
    assert (entries[b"f"].size, entries[b"f"].inode) == (4, (tmp_path / "f").stat().st_ino)
    assert entries[b"f"].is_fresh
    assert looked.wd == scan(monitor, spelt(tmp_path))[0]
    assert look(monitor, tmp_path, watch=False).wd is None


def test_an_entry_that_leaves_while_it_is_looked_at_is_not_told(
    monitor: InotifyMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Leaving:
        name = b"gone"

        def stat(self, *, follow_symlinks: bool) -> None:
            raise FileNotFoundError(errno.ENOENT, follow_symlinks)

    monkeypatch.setattr(os, "scandir", lambda _: nullcontext([Leaving()]))
    assert look(monitor, tmp_path).entries == ()


def test_what_is_gone_or_no_directory_any_more_cannot_be_looked_at(
    monitor: InotifyMonitor, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    assert look(monitor, tmp_path / "gone") == Looked(spelt(tmp_path / "gone"), errno=errno.ENOENT)
    assert look(monitor, tmp_path / "link", watch=False) == Looked(
        spelt(tmp_path / "link"), errno=errno.ENOTDIR
    )


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EIO])
def test_a_look_that_fails_leaves_no_watch(
    number: int, monitor: InotifyMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: bytes) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "scandir", fail)
    assert look(monitor, tmp_path) == Looked(spelt(tmp_path), errno=number)
    assert [record.mask for record in monitor.drain()] == [masks.IGNORED]


def test_out_of_watches_a_directory_is_looked_at_all_the_same(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name / "inner").mkdir(parents=True)
    paths = tuple(spelt(tmp_path / name) for name in "abc")
    program = f"""
monitor = InotifyMonitor()
print(monitor.watch_limit())
for result in monitor.look({paths!r}, True):
    print(result.errno, result.wd is None, len(result.entries))
"""
    assert in_own_namespace("watches", 2, program) == [
        "2",
        "0 False 1",
        "0 False 1",
        f"{errno.ENOSPC} True 1",
    ]


# the kernel's queue


def queue_limit() -> int:
    return int(Path("/proc/sys/fs/inotify/max_queued_events").read_text(encoding="ascii"))


def test_an_overflow_in_mid_burst_is_reported_behind_what_was_kept(
    monitor: InotifyMonitor, tmp_path: Path
) -> None:
    limit = queue_limit()
    if limit > 100_000:
        pytest.skip("the queue of this machine takes too long to fill")
    book = WatchBook([spelt(tmp_path)])
    (wd,) = scan(monitor, spelt(tmp_path))
    assert book.add(spelt(tmp_path), wd)
    for number in range(limit):  # twice as many records as the queue holds: the latest two always differ
        (tmp_path / str(number % 50)).mkdir(exist_ok=True)
        (tmp_path / str(number % 50)).rmdir()

    records = monitor.drain()

    assert len(records) == limit + 1
    assert records[-1] == Record(-1, masks.Q_OVERFLOW, 0, b"")
    assert [change for change in book.feed(records, 0) if isinstance(change, Overflowed)] == [Overflowed()]


def test_after_an_overflow_a_dropped_root_is_scanned_anew(monitor: InotifyMonitor, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    root = spelt(tmp_path)
    driver = Driver(WatchBook([root]), monitor.scan, monitor.remove)
    driver.start((root,))
    settle(driver, monitor)
    (tmp_path / "a").rename(tmp_path / "c")
    monitor.drain()  # lost
    assert driver.book.feed([Record(-1, masks.Q_OVERFLOW, 0, b"")], 0) == [Overflowed()]

    driver.book.drop(root)
    monitor.remove(driver.book.take_stale())
    driver.start((root,))
    settle(driver, monitor)

    assert {path for _, path in driver.book.watches()} == {root, root + b"c/", root + b"c/b/"}


def settle(driver: Driver, monitor: InotifyMonitor) -> None:
    while driver.inputs:
        driver.step(0)
    driver.inputs += [monitor.drain(), monitor.drain()]
    while driver.inputs:
        driver.step(0)


def test_removing_many_watches_does_not_overflow_the_queue(
    monitor: InotifyMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "_QUEUE_SHARE", 4)
    for number in range(10):
        (tmp_path / str(number)).mkdir()
    wds = scan(monitor, *(spelt(tmp_path / str(number)) for number in range(10)))
    monitor.remove(tuple(wds))

    assert monitor.pending, "read in passing, whatever the descriptor says"
    assert [record.wd for record in monitor.drain()] == wds
    assert not monitor.pending


def test_a_long_scan_empties_the_queue_now_and_then(
    monitor: InotifyMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inotify, "_QUEUE_SHARE", 4)
    scan(monitor, spelt(tmp_path))
    (tmp_path / "d").mkdir()
    scan(monitor, *[spelt(tmp_path)] * 8)

    assert monitor.pending
    assert [record.name for record in monitor.drain()] == [b"d"]


def test_one_drain_ends_even_if_somebody_writes_for_ever(
    monitor: InotifyMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan(monitor, spelt(tmp_path))
    real = inotify.parse_records

    def write_more(data: bytes) -> list[Record]:
        (tmp_path / "f").touch()
        return real(data)

    monkeypatch.setattr(inotify, "parse_records", write_more)
    (tmp_path / "f").touch()

    assert len(monitor.drain()) < 1000
    monkeypatch.undo()
    assert monitor.drain()
    assert monitor.drain() == ()


def test_to_ask_for_nothing_is_no_failure(monitor: InotifyMonitor) -> None:
    assert monitor.scan((), files=True) == ()
    monitor.remove(())
    assert monitor.drain() == ()
