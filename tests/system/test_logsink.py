"""Where lines go, and that trouble there harms nobody (spec 1.2)."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import syslog
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define, field

from pylsyncd.system.logsink import (
    FACILITIES,
    Console,
    LogFile,
    Logger,
    LogSettings,
    Sink,
    Syslog,
    facility_code,
    sinks_in_foreground,
    sinks_of_daemon,
    sinks_while_configuring,
)
from pylsyncd.system.logtext import DEBUG_CATEGORIES, Categories, Line, as_json, plain


@define
class Memory:
    """A sink that remembers."""

    lines: list[Line] = field(factory=list)
    trouble: bytes | None = None

    def write(self, line: Line) -> None:
        self.lines.append(line)


def line(message: bytes, category: str = "Normal") -> Line:
    return Line(0.0, category, message)


def say(sinks: tuple[Sink, ...], category: str, message: bytes) -> None:
    Logger(lambda: 0.0, Categories.of(["all"]), sinks).log(category, message)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for descriptor in (reader, writer):
        try:
            os.close(descriptor)
        except OSError as error:
            assert error.errno == errno.EBADF  # noqa: PT017 - closed by the test already


@pytest.fixture
def system_log(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Record what the C library's syslog is asked to do."""
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(syslog, "openlog", lambda *arguments: asked.append(arguments))
    monkeypatch.setattr(syslog, "syslog", lambda *arguments: asked.append(arguments))
    return asked


@pytest.mark.parametrize("category", ["Normal", "Warn", "Exec", "Mine"])
def test_the_console_writes_to_standard_output(capfd: pytest.CaptureFixture[str], category: str) -> None:
    Console(plain).write(line(b"text", category))
    assert capfd.readouterr() == (f"{category}: text\n", "")


def test_the_console_writes_errors_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    Console(plain).write(line(b"text", "Error"))
    assert capfd.readouterr() == ("", "Error: text\n")


def test_the_console_writes_bytes_and_several_lines_as_they_are(pipe: tuple[int, int]) -> None:
    Console(plain, out=pipe[1]).write(line(b"a\n\xff\0b\n"))
    assert os.read(pipe[0], 100) == b"Normal: a\n\xff\0b\n\n"


def test_a_console_that_nobody_reads_any_more_harms_nobody(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    with pytest.raises(BrokenPipeError):
        os.write(pipe[1], b"x")
    Console(plain, out=pipe[1]).write(line(b"text"))


def test_a_console_made_non_blocking_by_a_child_still_gets_every_line(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.set_blocking(writer, False)
    os.write(writer, b"x" * fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ))
    with pytest.raises(BlockingIOError):
        os.write(writer, b"x")
    console = Console(plain, out=writer)

    def talk() -> None:
        console.write(line(b"y" * 200_000))
        os.close(writer)

    talker = threading.Thread(target=talk)
    talker.start()
    received = b"".join(iter(lambda: os.read(reader, 65536), b""))
    talker.join()
    assert received.lstrip(b"x") == b"Normal: " + b"y" * 200_000 + b"\n"


def test_the_log_file_gets_lines_appended(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("before\n")
    log = LogFile(bytes(tmp_path / "log"), plain, Memory())
    log.write(line(b"one"))
    log.write(line(b"t\xffwo", "Error"))
    assert (tmp_path / "log").read_bytes() == b"before\nNormal: one\nError: t\xffwo\n"


def test_the_log_file_may_be_rotated_at_any_time_without_a_signal(tmp_path: Path) -> None:
    log = LogFile(bytes(tmp_path / "log"), plain, Memory())
    log.write(line(b"one"))
    (tmp_path / "log").rename(tmp_path / "log.1")
    log.write(line(b"two"))
    assert (tmp_path / "log").read_text() == "Normal: two\n"


def test_a_full_disk_under_the_log_file_is_told_once_elsewhere() -> None:
    fallback = Memory()
    log = LogFile(b"/dev/full", plain, fallback)
    for _ in range(3):
        log.write(line(b"text"))
    assert fallback.lines == [line(b'Cannot write log file "/dev/full": No space left on device', "Error")]


def test_a_log_file_that_works_again_says_how_much_it_missed(tmp_path: Path) -> None:
    fallback = Memory()
    path = tmp_path / "directory" / "log"
    log = LogFile(bytes(path), plain, fallback)
    log.write(line(b"one"))
    log.write(line(b"two"))
    path.parent.mkdir()
    log.write(line(b"three"))
    log.write(line(b"four"))
    note = b'Log file "%s" works again, 2 lines lost' % bytes(path)
    assert path.read_bytes() == b"Warn: " + note + b"\nNormal: three\nNormal: four\n"
    assert [entry.category for entry in fallback.lines] == ["Error", "Warn"]
    assert fallback.lines[1].message == note


def test_a_line_that_a_full_disk_took_half_of_does_not_swallow_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = LogFile(bytes(path), plain, Memory())
    log.write(line(b"one"))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 5, before[1]))
    try:
        log.write(line(b"two"))  # Python ignores SIGXFSZ, so this is EFBIG after five bytes
        assert log.trouble == b"%s: File too large, 1 lines lost" % bytes(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    log.write(line(b"three"))
    assert log.trouble is None
    note = f'Warn: Log file "{path}" works again, 1 lines lost'
    assert path.read_text().splitlines() == ["Normal: one", "Norma", note, "Normal: three"]


def test_a_pipe_that_nobody_reads_is_known_to_be_broken_until_it_works_again() -> None:
    reading, writing = os.pipe()
    console = Console(plain, out=writing, err=writing)
    os.close(reading)
    console.write(line(b"lost"))
    assert console.trouble == b"the terminal or pipe: Broken pipe"
    null = os.open("/dev/null", os.O_WRONLY)
    os.dup2(null, writing)
    console.write(line(b"heard"))
    assert console.trouble is None
    os.close(null)
    os.close(writing)


def test_the_logger_knows_what_its_sinks_lose() -> None:
    fine, full, broken = Memory(), Memory(trouble=b"full"), Memory(trouble=b"broken")
    assert Logger(lambda: 0.0, Categories(), (fine,)).trouble is None
    assert Logger(lambda: 0.0, Categories(), (fine, full, broken)).trouble == b"full; broken"


def test_a_log_file_that_fails_a_second_time_is_told_again(tmp_path: Path) -> None:
    fallback = Memory()
    path = tmp_path / "log"
    log = LogFile(bytes(path), plain, fallback)
    for blocked in (True, False, True):
        if blocked:
            path.unlink(missing_ok=True)
            path.mkdir()
        else:
            path.rmdir()
        log.write(line(b"text"))
    assert [entry.category for entry in fallback.lines] == ["Error", "Warn", "Error"]


def test_the_whole_message_goes_to_the_log_file_on_one_line_as_json(tmp_path: Path) -> None:
    LogFile(bytes(tmp_path / "log"), as_json, Memory()).write(line(b"a\nb"))
    assert (tmp_path / "log").read_text().count("\n") == 1


@pytest.mark.parametrize(
    ("category", "priority"),
    [
        ("Normal", syslog.LOG_NOTICE),
        ("Warn", syslog.LOG_WARNING),
        ("Error", syslog.LOG_ERR),
        ("Mine", syslog.LOG_NOTICE),
        *((name, syslog.LOG_DEBUG) for name in sorted(DEBUG_CATEGORIES)),
    ],
)
def test_syslog_gets_a_priority_for_each_category(
    system_log: list[tuple[object, ...]],
    category: str,
    priority: int,
) -> None:
    Syslog(b"lsyncd", FACILITIES["user"]).write(line(b"text", category))
    assert system_log[1:] == [(priority, f"{category}, text")]


@pytest.mark.parametrize(
    ("facility", "code"),
    [
        ("user", syslog.LOG_USER),
        ("daemon", syslog.LOG_DAEMON),
        ("local0", syslog.LOG_LOCAL0),
        ("local7", syslog.LOG_LOCAL7),
        ("authpriv", syslog.LOG_AUTHPRIV),
        ("cron", syslog.LOG_CRON),
        (3, syslog.LOG_DAEMON),
        ("16", syslog.LOG_LOCAL0),
        (0, syslog.LOG_KERN),
    ],
)
def test_syslog_is_opened_with_ident_and_facility_by_name_or_number(
    system_log: list[tuple[object, ...]],
    facility: str | int,
    code: int,
) -> None:
    Syslog(b"my\xff\0daemon", facility_code(facility))
    assert system_log == [("my\\xff\\x00daemon", 0, code)]


@pytest.mark.parametrize("facility", ["", "nope", "USER", 24, -1, "local8", "1.5"])
def test_a_facility_that_does_not_exist_is_refused_by_name(facility: str | int) -> None:
    with pytest.raises(ValueError, match="unknown") as caught:
        facility_code(facility)
    assert str(caught.value).startswith(f"Logging facility '{facility}' unknown")


def test_every_facility_of_the_c_library_has_its_name() -> None:
    for name, code in FACILITIES.items():
        if name != "ftp":  # Python does not name that one
            assert getattr(syslog, f"LOG_{name.upper()}") == code << 3


def test_syslog_gets_nul_and_bytes_that_are_not_utf_8_escaped(system_log: list[tuple[object, ...]]) -> None:
    Syslog(b"lsyncd", 1).write(line("ü".encode() + b"\xff\0%s\nb"))
    assert system_log[-1] == (syslog.LOG_NOTICE, "Normal, ü\\xff\\x00%s\nb")


@pytest.mark.parametrize("message", [bytes(range(256)), b"\xed\xb3\xbf", b""])
def test_the_real_syslog_takes_any_bytes(message: bytes) -> None:
    Syslog(b"pylsyncd-test\0\xff", FACILITIES["user"]).write(line(message, "Debug"))  # raises nothing


def test_the_logger_hands_a_wanted_line_with_its_time_to_every_sink() -> None:
    first, second = Memory(), Memory()
    logger = Logger(lambda: 77.5, Categories(), (first, second))
    logger.log("Warn", b"text", b"Sync1", 9)
    assert first.lines == second.lines == [Line(77.5, "Warn", b"text", b"Sync1", 9)]


def test_the_logger_reads_no_clock_for_a_line_that_nobody_wants() -> None:
    def unread() -> float:
        pytest.fail("the clock was read")

    Logger(unread, Categories(), (Memory(),)).log("Exec", b"text")


def test_the_logger_changes_its_ways_while_it_runs() -> None:
    before, after = Memory(), Memory()
    logger = Logger(lambda: 0.0, Categories(), (before,))
    logger.log("Exec", b"unwanted")
    logger.categories = logger.categories.also("Exec")
    logger.sinks = (after,)
    logger.log("Exec", b"wanted")
    assert (before.lines, after.lines) == ([], [line(b"wanted", "Exec")])


def test_while_configuring_lines_go_to_the_console_without_a_time(capfd: pytest.CaptureFixture[str]) -> None:
    sinks = sinks_while_configuring(LogSettings(logfile=b"/gone/log"))
    say(sinks, "Warn", b"odd")
    say(sinks, "Error", b"bad")
    assert capfd.readouterr() == ("Warn: odd\n", "Error: bad\n")


def test_in_the_foreground_lines_have_the_time_and_go_to_the_log_file_too(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    sinks = sinks_in_foreground(LogSettings(logfile=bytes(tmp_path / "log")))
    say(sinks, "Normal", b"good")
    say(sinks, "Error", b"bad")
    out, err = capfd.readouterr()
    assert (out[2:3], out[8:], err[8:]) == (":", " Normal: good\n", " Error: bad\n")
    assert [entry[24:] for entry in (tmp_path / "log").read_text().splitlines()] == [
        " Normal: good",
        " Error: bad",
    ]


def test_in_the_foreground_a_failing_log_file_is_told_on_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    say(sinks_in_foreground(LogSettings(logfile=b"/dev/full")), "Normal", b"good")
    out, err = capfd.readouterr()
    assert out.endswith("Normal: good\n")
    assert err.endswith('Error: Cannot write log file "/dev/full": No space left on device\n')


def test_in_the_foreground_without_a_log_file_there_is_the_console_alone() -> None:
    assert [type(sink) for sink in sinks_in_foreground(LogSettings())] == [Console]


def test_a_daemon_with_a_log_file_writes_there_alone(
    tmp_path: Path,
    system_log: list[tuple[object, ...]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    say(sinks_of_daemon(LogSettings(logfile=bytes(tmp_path / "log"))), "Error", b"bad")
    assert (tmp_path / "log").read_text().endswith(" Error: bad\n")
    assert [entry for entry in system_log if "bad" in str(entry)] == []
    assert capfd.readouterr() == ("", "")


def test_a_daemon_whose_log_file_fails_says_so_to_syslog(system_log: list[tuple[object, ...]]) -> None:
    say(sinks_of_daemon(LogSettings(logfile=b"/dev/full")), "Normal", b"good")
    message = 'Error, Cannot write log file "/dev/full": No space left on device'
    assert system_log[-1] == (syslog.LOG_ERR, message)


def test_a_daemon_without_a_log_file_writes_to_syslog(system_log: list[tuple[object, ...]]) -> None:
    say(sinks_of_daemon(LogSettings(ident=b"mine", facility=facility_code("local3"))), "Normal", b"good")
    assert system_log == [("mine", 0, syslog.LOG_LOCAL3), (syslog.LOG_NOTICE, "Normal, good")]


def test_json_is_written_in_every_place_when_it_is_asked_for(
    tmp_path: Path,
    system_log: list[tuple[object, ...]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    settings = LogSettings(logfile=bytes(tmp_path / "log"), json=True)
    say(sinks_while_configuring(settings), "Normal", b"one")
    say(sinks_in_foreground(settings), "Normal", b"two")
    say(sinks_of_daemon(LogSettings(json=True)), "Normal", b"three")
    lines = capfd.readouterr().out.splitlines() + (tmp_path / "log").read_text().splitlines()
    lines.append(str(system_log[-1][1]))
    assert [text[text.index('"message"') :] for text in lines] == [
        f'"message": "{word}"}}' for word in ("one", "two", "two", "three")
    ]
