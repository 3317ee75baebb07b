"""The fanotify monitor on the real kernel: what no other one does, and what is said where it is refused."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pylsyncd.core import masks
from pylsyncd.core.model import Listed, Looked, Record
from pylsyncd.system.watch import fanotify, fanotify_calls
from pylsyncd.system.watch.fanotify import FanotifyMonitor
from pylsyncd.system.watch.fanotify_group import open_group, why_not
from system.fanotify_needed import NEEDED
from system.test_monitors import DIR, gather, has, spelt

pytestmark = NEEDED


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "s" / "a" / "b").mkdir(parents=True)
    return tmp_path / "s"


@pytest.fixture
def monitor(source: Path) -> Iterator[FanotifyMonitor]:
    made = FanotifyMonitor(sources=(spelt(source),))
    made.scan((spelt(source),), files=False)
    made.drain()
    yield made
    made.close()


def said(records: tuple[Record, ...] | list[Record]) -> list[tuple[int, bytes]]:
    return [(record.mask, record.name) for record in records]


def test_one_scan_is_enough_however_many_directories_there_are(source: Path) -> None:
    monitor = FanotifyMonitor(sources=(spelt(source),))
    assert monitor.scan((spelt(source),), files=False) == (Listed(spelt(source), 1, (), (), is_whole=True),)
    assert monitor.scan((spelt(source / "a"),), files=True) == (
        Listed(spelt(source / "a"), 0, (b"b",), (), is_whole=True),
    )
    monitor.close()


def test_a_directory_is_introduced_when_something_happens_in_it_and_only_then(
    monitor: FanotifyMonitor, source: Path
) -> None:
    (source / "a" / "b" / "f").touch()
    first, created, *_ = monitor.drain()
    assert first == Record(2, masks.MEET, 1, b"a/b")
    assert created == Record(2, masks.CREATE, 0, b"f")
    (source / "a" / "b" / "f").unlink()
    assert monitor.drain() == (Record(2, masks.DELETE, 0, b"f"),)


def test_it_has_the_path_that_it_had_then_whatever_was_moved_since(
    monitor: FanotifyMonitor, source: Path
) -> None:
    (source / "a" / "b" / "f").touch()
    (source / "a").rename(source / "c")
    (source / "c" / "b").rename(source / "c" / "d")
    introduced = [record.name for record in monitor.drain() if record.mask == masks.MEET]
    assert introduced == [b"a/b", b"a", b"c"][: len(introduced)]


def test_a_new_directory_needs_no_scan(monitor: FanotifyMonitor, source: Path) -> None:
    (source / "new" / "deep").mkdir(parents=True)
    made = masks.CREATE | masks.BARE | DIR
    assert said(monitor.drain()) == [
        (made, b"new"),
        (masks.MEET, b"new"),
        (made, b"deep"),
        (masks.MEET, b"deep"),
    ]


def test_what_happens_elsewhere_is_not_told(monitor: FanotifyMonitor, tmp_path: Path) -> None:
    for _ in range(2):  # at the second time it is known to be elsewhere
        (tmp_path / "f").touch()
        (tmp_path / "d").mkdir(exist_ok=True)
        assert monitor.drain() == ()


def test_a_directory_from_elsewhere_is_told_of_like_a_new_one_and_so_is_what_follows(
    monitor: FanotifyMonitor, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "e" / "known to be elsewhere").touch()
    monitor.drain()
    (tmp_path / "d").rename(source / "d")
    assert said(monitor.drain()) == [(masks.MOVED_TO | DIR, b"d")]
    (source / "d" / "e" / "f").touch()
    assert said(monitor.drain())[:2] == [(masks.MEET, b"d/e"), (masks.CREATE, b"f")]
    (source / "d").rename(tmp_path / "d")
    assert said(monitor.drain())[-1] == (masks.DELETE | DIR, b"d")


def test_of_what_was_created_and_deleted_again_and_again_the_last_word_is_true(
    monitor: FanotifyMonitor, source: Path
) -> None:
    """The second link is merged with the first, which stands before the deletion."""
    (source / "f").touch()
    monitor.drain()
    for _ in range(2):
        (source / "g").hardlink_to(source / "f")
        (source / "g").unlink()
    (source / "g").hardlink_to(source / "f")
    told = [record for record in monitor.drain() if record.name == b"g"]
    assert told[-1].mask == masks.MOVED_TO, "it is there"


def test_of_what_was_moved_to_and_fro_the_last_word_is_true(monitor: FanotifyMonitor, source: Path) -> None:
    for name in "fh":
        (source / name).touch()
    monitor.drain()
    (source / "f").rename(source / "g")
    (source / "g").rename(source / "f")
    (source / "h").rename(source / "g")
    (source / "f").rename(source / "g")  # this one is merged with the first
    last = {record.name: record.mask for record in monitor.drain()}
    assert (last[b"f"], last[b"g"]) == (masks.DELETE, masks.MOVED_TO)


def test_an_overflow_is_told(source: Path) -> None:
    monitor = FanotifyMonitor(sources=(spelt(source),), queue=0)
    limit = int(Path("/proc/sys/fs/fanotify/max_queued_events").read_text(encoding="ascii"))
    for number in range(limit // 2 + 10):
        (source / str(number)).touch()
        (source / str(number)).unlink()
    lost = Record(-1, masks.Q_OVERFLOW, 0, b"")
    assert lost in gather(monitor, lambda records: lost in records)
    monitor.close()


@pytest.mark.parametrize("number", [errno.ENOMEM, errno.EPERM])
def test_where_the_kernel_does_not_say_what_a_handle_means_all_counts_as_lost(
    number: int, monitor: FanotifyMonitor, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    (source / "a" / "f").touch()
    monkeypatch.setattr(fanotify_calls, "open_handle", refuse)
    assert monitor.drain() == (Record(-1, masks.Q_OVERFLOW, 0, b""),)


def test_the_kernel_is_asked_again_when_it_has_no_memory_for_a_moment(
    monitor: FanotifyMonitor, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tries = fanotify_calls.open_handle, iter([errno.ENOMEM, errno.ENOMEM])

    def hesitate(beside: int, handle: bytes) -> int:
        for number in tries:
            raise OSError(number, os.strerror(number))
        return real(beside, handle)

    (source / "a" / "f").touch()
    monkeypatch.setattr(fanotify_calls, "open_handle", hesitate)
    assert said(monitor.drain())[:2] == [(masks.MEET, b"a"), (masks.CREATE, b"f")]


def test_while_directories_move_faster_than_they_are_found_their_moves_are_told_in_pieces(
    monitor: FanotifyMonitor, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanotify, "_MOST_READS", 1)
    (source / "a" / "f").touch()
    (source / "a").rename(source / "c")
    assert [mask for mask, name in said(monitor.drain()) if name == b"c"] == [masks.MOVED_TO | DIR]


def test_looking_needs_no_watch(monitor: FanotifyMonitor, source: Path) -> None:
    inside, gone = monitor.look((spelt(source / "a"), spelt(source / "gone")), watch=True)
    assert (inside.wd, [one.name for one in inside.entries or ()]) == (0, [b"b"])
    assert gone == Looked(spelt(source / "gone"), None, errno.ENOENT)
    (itself,) = monitor.look((spelt(source),), watch=True)
    assert itself.wd == 1
    assert monitor.watch_limit() is None


@pytest.mark.parametrize("end", ["removed", "moved"])
def test_a_source_that_goes_says_so(end: str, monitor: FanotifyMonitor, source: Path) -> None:
    if end == "moved":
        source.rename(source.parent / "t")
        gather(monitor, lambda records: Record(1, masks.MOVE_SELF, 0, b"") in records)
        return
    for path in (source / "a" / "b", source / "a", source):
        path.rmdir()
    gather(monitor, lambda records: Record(1, masks.IGNORED, 0, b"") in records)


def test_another_directory_in_the_place_of_the_source_is_not_the_source(
    monitor: FanotifyMonitor, source: Path
) -> None:
    source.rename(source.parent / "t")
    source.mkdir()
    (source / "f").touch()
    assert not has(masks.CREATE, b"f")(list(monitor.drain()))


# where it is refused


@pytest.mark.parametrize(
    ("number", "part"),
    [
        (errno.EPERM, "needs root, or the capabilities CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH"),
        (errno.EINVAL, "needs Linux 5.9 or later"),
        (errno.ENOSYS, "needs Linux 5.9 or later"),
        (errno.EMFILE, "sysctl fs.fanotify.max_user_groups=1024"),
        (errno.ENOMEM, "cannot be used (Cannot allocate memory)"),
    ],
)
def test_one_line_says_what_is_missing_and_what_helps(
    number: int, part: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fanotify_calls, "new_group", refuse)
    reason = why_not([spelt(source)]) or ""
    assert part in reason
    assert "\n" not in reason
    with pytest.raises(OSError, match="fanotify"):
        FanotifyMonitor(sources=(spelt(source),))


def test_a_kernel_that_knows_no_renames_is_asked_for_less(monkeypatch: pytest.MonkeyPatch) -> None:
    real = fanotify_calls.new_group

    def old(flags: int) -> int:
        if flags & fanotify_calls.REPORT_TARGET:
            raise OSError(errno.EINVAL, "no")
        return real(flags)

    monkeypatch.setattr(fanotify_calls, "new_group", old)
    group = open_group()
    assert not group.has_renames
    os.close(group.descriptor)


def test_a_file_system_that_does_not_tell_is_named() -> None:
    assert "cannot watch the file system of /proc/ " in (why_not([b"/proc/"]) or "")
    with pytest.raises(OSError, match="/proc/"):
        FanotifyMonitor(sources=(b"/proc/",))


def test_a_source_that_is_away_is_no_reason_against_it(source: Path) -> None:
    assert why_not([spelt(source / "away")]) is None


def test_nobody_else_than_root_is_told_what_is_needed(tmp_path: Path) -> None:
    script = (
        "import os\n"
        "from pylsyncd.system.watch.fanotify_group import why_not\n"
        "os.setgid(65534); os.setuid(65534)\n"
        'print(why_not([b"/tmp/"]))\n'
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith('monitor = "fanotify" needs root, or the capabilities'), done.stderr


MOUNTING = """
import ctypes, os, sys
from churn.mounts import enter_namespace, small_disk
reason = enter_namespace()
if reason:
    print("skip", reason)
    sys.exit()
from pathlib import Path
from pylsyncd.system.watch.fanotify import FanotifyMonitor
from pylsyncd.system.watch.fanotify_group import deaf_mounts
home = Path(sys.argv[1])
source = bytes(home) + b"/"
(home / "disk").mkdir()
(home / "proc").mkdir()
with small_disk(home / "disk"):
    libc = ctypes.CDLL(None)
    assert libc.mount(b"proc", bytes(home / "proc"), b"proc", 0, None) == 0
    monitor = FanotifyMonitor(sources=(source,))
    monitor.scan((source,), False)
    (home / "disk" / "d").mkdir()
    (home / "disk" / "d" / "f").touch()
    print(sorted({record.name for record in monitor.drain()} & {b"disk", b"d", b"f"}))
    print(deaf_mounts(source) == (source + b"proc/",))
    monitor.close()
    monitor = FanotifyMonitor(sources=(source + b"disk/",))
    (found,) = monitor.scan((source + b"disk/",), False)
    libc.umount2(bytes(home / "proc"), 2)
    assert libc.umount2(bytes(home / "disk"), 0) == 0, "nothing is kept open in it"
    records = monitor.drain()
    print([hex(record.mask) for record in records if record.wd == found.wd])
    assert libc.mount(b"tmpfs", bytes(home / "disk"), b"tmpfs", 0, None) == 0
    monitor.close()
"""


def test_what_is_mounted_in_a_source_is_watched_or_named_and_can_be_unmounted(tmp_path: Path) -> None:
    paths = f"{Path(__file__).parents[1]}:{os.environ.get('PYTHONPATH', '')}"
    done = subprocess.run(
        [sys.executable, "-c", MOUNTING, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0, done.stderr
    if done.stdout.startswith("skip"):
        pytest.skip(done.stdout)
    assert done.stdout.splitlines() == ["[b'd', b'disk', b'f']", "True", "['0x40002000', '0x8000']"]
