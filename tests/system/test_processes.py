"""Children are started, fed, signalled and reaped (spec 2.6, 6.1; real processes)."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pylsyncd.core.model import Command, Exited, Killed, ProcessEnd
from pylsyncd.system.processes import Processes
from system.children import Children, new_loop, open_descriptors

SHOW_SIGNALS = (b"grep", b"-E", b"Sig(Blk|Ign)", b"/proc/self/status")
NO_SIGNALS = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with new_loop() as loop:
        yield loop


@pytest.fixture
def children(loop: asyncio.AbstractEventLoop) -> Iterator[Children]:
    children = Children(loop)
    yield children
    children.processes.close()


def script(path: Path, text: str) -> bytes:
    path.write_text(text)
    path.chmod(0o755)
    return bytes(path)


@pytest.mark.parametrize("code", [0, 1, 23, 255])
def test_an_exit_code_is_told_as_it_is(children: Children, code: int) -> None:
    assert children.run(b"sh", b"-c", b"exit %d" % code) == Exited(code)


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGPIPE])
def test_a_death_by_signal_is_not_an_exit_code(children: Children, signum: int) -> None:
    assert children.run(b"sh", b"-c", b"kill -%d $$" % signum) == Killed(signum)


def test_start_returns_the_pid_of_the_child(children: Children, tmp_path: Path) -> None:
    tell = (b"sh", b"-c", b'echo $$ >"$1"', b"sh", bytes(tmp_path / "pid"))
    pid = children.processes.start(1, Command(tell))
    children.until(lambda: children.processes.running == 0)
    assert int((tmp_path / "pid").read_text()) == pid


def test_running_counts_children_until_their_end_is_told(children: Children) -> None:
    assert children.processes.running == 0
    children.processes.start(1, Command((b"cat", b"/proc/self/comm"), None))
    children.processes.start(2, Command((b"sleep", b"60")))
    assert children.processes.running == 2
    children.until(lambda: 1 in children.ends)
    assert children.processes.running == 1
    children.processes.signal(2, signal.SIGTERM)
    children.until(lambda: 2 in children.ends)
    assert children.processes.running == 0


def test_a_child_that_ended_before_anybody_looked_is_told_once_the_loop_runs(children: Children) -> None:
    pid = children.processes.start(1, Command((b"true",)))
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays a zombie
    assert children.ends == {}
    children.until(lambda: children.ends == {1: Exited(0)})


def test_many_children_at_once_each_get_their_own_end(children: Children) -> None:
    for number in range(100):
        children.processes.start(number, Command((b"sh", b"-c", b"exit %d" % number)))
    children.until(lambda: children.processes.running == 0)
    assert children.ends == {number: Exited(number) for number in range(100)}


def test_children_that_others_wait_for_are_left_to_them(children: Children) -> None:
    with subprocess.Popen(["sh", "-c", "exit 7"]) as stranger:
        assert children.run(b"true") == Exited(0)
        assert stranger.wait() == 7


def test_nothing_is_left_open_after_children_ended(children: Children) -> None:
    children.run(b"true")
    before = open_descriptors()
    children.run(b"cat", stdin=b"x")
    assert open_descriptors() == before


def test_the_binary_is_looked_up_in_the_path_of_the_daemon(
    children: Children,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script(tmp_path / "only-here", "#!/bin/sh\nexit 9\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert children.run(b"only-here") == Exited(9)


def test_argv_0_is_the_binary_as_given(children: Children, tmp_path: Path) -> None:
    children.run(b"sh", b"-c", b'tr "\\0" "|" </proc/$$/cmdline >"$1"', b"sh", bytes(tmp_path / "o"))
    assert (tmp_path / "o").read_text().startswith("sh|-c|")


@pytest.mark.parametrize(
    "argument",
    [b"\xff\xfe\x80", b"", b" \n\t'\"$(id)`*?[]\\", b"-rf", "ünï".encode(), b"x" * 100_000],
    ids=["not utf-8", "empty", "shell characters", "a dash", "utf-8", "long"],
)
def test_arguments_arrive_byte_for_byte(children: Children, tmp_path: Path, argument: bytes) -> None:
    children.run(b"sh", b"-c", b'printf %s "$2" >"$1"', b"sh", bytes(tmp_path / "o"), argument)
    assert (tmp_path / "o").read_bytes() == argument


@pytest.mark.parametrize(
    "content",
    [b"one line\n", b"\0a\0\0b\xff\n", bytes(range(256)) * 40_000],
    ids=["text", "NULs and no utf-8", "ten megabytes"],
)
def test_a_child_reads_its_input_as_it_is(children: Children, tmp_path: Path, content: bytes) -> None:
    children.run(b"sh", b"-c", b'cat >"$1"', b"sh", bytes(tmp_path / "o"), stdin=content)
    assert (tmp_path / "o").read_bytes() == content


@pytest.mark.parametrize("content", [None, b""])
def test_without_content_a_child_reads_the_null_device(children: Children, content: bytes | None) -> None:
    same = b'test "$(stat -Lc %t:%T /proc/self/fd/0)" = "$(stat -c %t:%T /dev/null)"'
    assert children.run(b"sh", b"-c", same, stdin=content) == Exited(0)


def test_a_child_that_never_reads_its_megabytes_ends_by_itself(children: Children) -> None:
    assert children.run(b"sh", b"-c", b"exit 3", stdin=b"x" * 8_000_000) == Exited(3)


def test_a_child_may_close_its_standard_input_and_go_on(children: Children) -> None:
    assert children.run(b"sh", b"-c", b"head -c 1; exec <&-; exit 4", stdin=b"\n" * 8_000_000) == Exited(4)


def test_starting_does_not_wait_for_a_child_to_read(children: Children) -> None:
    children.processes.start(1, Command((b"sleep", b"60"), b"x" * 8_000_000))
    assert children.processes.running == 1
    children.processes.signal(1, signal.SIGKILL)
    children.until(lambda: children.ends == {1: Killed(signal.SIGKILL)})


def test_rsync_takes_its_file_list_from_the_standard_input(children: Children, tmp_path: Path) -> None:
    source, target = tmp_path / "s", tmp_path / "t"
    source.mkdir()
    target.mkdir()
    (source / "a").write_text("a")
    (source / "b").write_text("b")
    argv = (b"rsync", b"-r", b"--from0", b"--files-from=-", bytes(source), bytes(target))
    assert children.run(*argv, stdin=b"a\0") == Exited(0)
    assert [path.name for path in target.iterdir()] == ["a"]


def test_a_child_cannot_change_the_memory_that_it_reads_from(children: Children) -> None:
    assert children.run(b"sh", b"-c", b"echo changed 2>/dev/null 1<>/proc/self/fd/0", stdin=b"x") == Exited(1)


def test_children_inherit_no_descriptor_but_the_standard_streams(children: Children, tmp_path: Path) -> None:
    with (tmp_path / "open").open("wb") as file:
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003 - positional-only
        show = (b"sh", b"-c", b'readlink /proc/self/fd/* >"$1"', b"sh", bytes(tmp_path / "o"))
        children.run(*show, stdin=b"x")
    links = (tmp_path / "o").read_text().splitlines()
    assert str(tmp_path / "open") not in links
    assert [link for link in links if "memfd" in link] == ["/memfd:stdin (deleted)"]


def test_children_write_to_our_streams(children: Children, capfd: pytest.CaptureFixture[str]) -> None:
    children.run(b"sh", b"-c", b"echo out; echo err >&2")
    assert capfd.readouterr() == ("out\n", "err\n")


def test_children_of_a_daemon_append_both_streams_to_its_log_file(
    loop: asyncio.AbstractEventLoop,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    log = tmp_path / b"l\xffg".decode("utf-8", "surrogateescape")
    log.write_text("before\n")
    children = Children(loop, bytes(log))
    children.run(b"sh", b"-c", b"echo out; echo err >&2")
    children.run(b"echo", b"again")
    assert log.read_text() == "before\nout\nerr\nagain\n"
    assert capfd.readouterr() == ("", "")


def test_each_child_opens_the_log_file_anew_so_that_it_can_be_rotated(
    loop: asyncio.AbstractEventLoop,
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    children = Children(loop, bytes(log))
    children.run(b"echo", b"first")
    log.rename(tmp_path / "log.1")
    children.run(b"echo", b"second")
    assert log.read_text() == "second\n"
    assert stat.S_IMODE(log.stat().st_mode) & ~0o644 == 0


def test_a_log_file_that_cannot_be_opened_does_not_keep_a_child_from_running(
    loop: asyncio.AbstractEventLoop,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    children = Children(loop, bytes(tmp_path / "gone" / "log"))
    assert children.run(b"echo", b"still here") == Exited(0)
    assert capfd.readouterr().out == "still here\n"


def test_a_signal_reaches_the_child(children: Children) -> None:
    children.processes.start(1, Command((b"sleep", b"60")))
    assert children.processes.signal(1, signal.SIGTERM)
    children.until(lambda: children.ends == {1: Killed(signal.SIGTERM)})


def test_a_signal_to_a_child_that_has_ended_is_no_error(children: Children) -> None:
    children.run(b"true")
    assert not children.processes.signal(1, signal.SIGTERM)


def test_a_signal_to_a_child_that_has_ended_but_was_not_told_yet_changes_nothing(children: Children) -> None:
    pid = children.processes.start(1, Command((b"true",)))
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    children.processes.signal(1, signal.SIGKILL)
    children.until(lambda: children.ends == {1: Exited(0)})


def test_children_have_default_signals_though_python_ignores_some(children: Children, tmp_path: Path) -> None:
    children.run(b"sh", b"-c", b'"$@" >%s' % bytes(tmp_path / "o"), b"sh", *SHOW_SIGNALS)
    assert (tmp_path / "o").read_text() == NO_SIGNALS


def test_a_process_number_runs_once_at_a_time(children: Children) -> None:
    children.processes.start(1, Command((b"sleep", b"60")))
    with pytest.raises(ValueError, match="process 1 runs already"):
        children.processes.start(1, Command((b"true",)))
    children.processes.signal(1, signal.SIGKILL)
    children.until(lambda: 1 in children.ends)


def test_a_new_child_may_be_started_from_within_the_callback(loop: asyncio.AbstractEventLoop) -> None:
    ends: list[tuple[int, ProcessEnd]] = []

    def again(process: int, end: ProcessEnd) -> None:
        ends.append((process, end))
        assert processes.running == 0
        if process < 3:
            processes.start(process + 1, Command((b"true",)))
        else:
            loop.stop()

    processes = Processes(loop, again)
    processes.start(1, Command((b"true",)))
    loop.run_forever()
    assert ends == [(number, Exited(0)) for number in (1, 2, 3)]


def test_close_leaves_running_children_alone_and_tells_of_none(children: Children) -> None:
    before = open_descriptors()
    pid = children.processes.start(1, Command((b"sleep", b"60")))
    children.processes.close()
    children.processes.close()
    assert children.processes.running == 0
    assert open_descriptors() == before
    os.kill(pid, 0)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    children.loop.run_until_complete(asyncio.sleep(0))
    assert children.ends == {}


def test_a_child_is_reaped_by_nobody_but_us_however_often_others_spawn(children: Children) -> None:
    children.processes.start(1, Command((b"sh", b"-c", b"exit 5")))
    for _ in range(20):  # each Popen reaps the unfinished children of forgotten Popen objects
        subprocess.run(["true"], check=True)
    children.until(lambda: children.ends == {1: Exited(5)})


def test_nothing_is_asked_of_popen_that_makes_it_fork(
    children: Children,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a preexec_fn, say, a daemon of 577 MB needs ten milliseconds a child (notes, pitfall 16)."""
    asked: set[str] = set()

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, argv: tuple[bytes, ...], **options: int | None) -> None:
            asked.update(options)
            super().__init__(argv, stdin=options["stdin"])

    monkeypatch.setattr(subprocess, "Popen", Watched)
    assert children.run(b"true") == Exited(0)
    assert asked == {"executable", "stdin", "stdout", "stderr"}
    assert subprocess._USE_VFORK


@pytest.mark.parametrize("output", [None, "log"])
def test_what_a_child_is_asked_to_answer_comes_with_its_end(
    loop: asyncio.AbstractEventLoop, tmp_path: Path, output: str | None
) -> None:
    children = Children(loop, output=None if output is None else bytes(tmp_path / output))
    asking = Command((b"sh", b"-c", b"cat; printf said >&2; exit 3"), b"a\n\xff", wants_answer=True)
    children.processes.start(1, asking)
    children.until(lambda: children.processes.running == 0)
    end = children.ends[1]
    assert (end, end.answer) == (Exited(3), b"a\n\xff")
    assert output is None or (tmp_path / output).read_bytes() == b"said"


def test_a_child_that_is_killed_has_answered_so_far(children: Children) -> None:
    asking = Command((b"sh", b"-c", b"echo so far; kill -9 $$"), wants_answer=True)
    children.processes.start(1, asking)
    children.until(lambda: children.processes.running == 0)
    end = children.ends[1]
    assert (end, end.answer) == (Killed(9), b"so far\n")


def test_asking_for_answers_keeps_no_descriptors(children: Children) -> None:
    before = open_descriptors()
    with pytest.raises(FileNotFoundError):
        children.processes.start(1, Command((b"/nowhere",), wants_answer=True))
    children.processes.start(2, Command((b"true",), wants_answer=True))
    children.until(lambda: children.processes.running == 0)
    assert open_descriptors() == before


def test_words_are_filled_in_when_a_child_starts(loop: asyncio.AbstractEventLoop) -> None:
    children = Children(loop)
    children.processes = Processes(
        loop, children.ends.__setitem__, fill_in=lambda argv: tuple(word.replace(b"@", b"3") for word in argv)
    )
    children.processes.start(1, Command((b"sh", b"-c", b"exit @")))
    while not children.ends:
        loop.run_until_complete(asyncio.sleep(0))
    assert children.ends == {1: Exited(3)}


def test_a_program_that_has_moved_along_path_is_found_where_it_is(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for directory in ("first", "second"):
        (tmp_path / directory).mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}/first:{tmp_path}/second:{os.environ['PATH']}")
    script(tmp_path / "first" / "tool", "#!/bin/sh\nexit 1\n")
    assert children.run(b"tool") == Exited(1)

    (tmp_path / "first" / "tool").unlink()
    script(tmp_path / "second" / "tool", "#!/bin/sh\nexit 2\n")
    assert children.run(b"tool") == Exited(2)
    (tmp_path / "second" / "tool").unlink()
    with pytest.raises(FileNotFoundError):
        children.run(b"tool")
