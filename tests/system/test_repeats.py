"""Lines that repeat themselves are counted instead of written."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.system.logsink import Logger
from pylsyncd.system.logtext import Categories, Line
from pylsyncd.system.repeats import WINDOW, Repeats
from system.test_logsink import Memory


def warning(message: str = "gone", wall: float = 0.0) -> Line:
    return Line(wall, "Warn", message.encode())


def written(*lines: Line) -> list[str]:
    repeats = Repeats()
    taken = [one for line in lines for one in repeats.take(line)]
    return [line.message.decode() for line in (*taken, *repeats.release(0.0))]


def test_a_warning_is_written_twice_and_then_counted() -> None:
    assert written(*[warning()] * 5) == ["gone", "gone", "last line repeated 3 times"]


def test_the_count_comes_before_the_next_other_line() -> None:
    lines = [warning()] * 3 + [warning("other")]
    assert written(*lines) == ["gone", "gone", "last line repeated 1 times", "other"]


def test_lines_that_take_turns_are_all_written() -> None:
    assert written(*[warning("a"), warning("b")] * 3) == ["a", "b"] * 3


def test_lines_of_a_healthy_run_are_all_written() -> None:
    assert written(*[Line(0.0, "Normal", b"tick")] * 4) == ["tick"] * 4
    assert written(*[Line(0.0, "Mine", b"tick")] * 4) == ["tick"] * 4


def test_the_same_text_of_another_category_or_sync_is_another_line() -> None:
    lines = [Line(0.0, "Warn", b"x"), Line(0.0, "Error", b"x"), Line(0.0, "Warn", b"x", b"a")]
    assert written(*lines, Line(0.0, "Warn", b"x", b"b")) == ["x"] * 4


def test_a_line_that_comes_again_after_a_while_is_news() -> None:
    lines = [warning(wall=at * (WINDOW + 1)) for at in range(4)]
    assert written(*lines) == ["gone"] * 4


def test_while_it_goes_on_the_count_is_told_once_a_minute() -> None:
    lines = [warning(wall=float(at)) for at in range(150)]
    told = written(*lines)
    assert told[:2] == ["gone", "gone"]
    assert told[2:] == [f"last line repeated {times} times" for times in (61, 61, 26)]


words = st.sampled_from(["a", "b"])
lines = st.lists(
    st.builds(Line, st.floats(0, 1000), st.sampled_from(["Warn", "Error", "Normal"]), words.map(str.encode)),
    max_size=40,
)


@given(lines)
def test_no_line_is_lost(given_lines: list[Line]) -> None:
    repeats = Repeats()
    told = [one for line in given_lines for one in repeats.take(line)] + list(repeats.release(0.0))
    counted: list[tuple[str, bytes]] = []
    for line in told:
        if line.message.startswith(b"last line repeated "):
            counted += [counted[-1]] * int(line.message.split()[3])
        else:
            counted.append((line.category, line.message))
    assert counted == [(line.category, line.message) for line in given_lines]
    assert not repeats.is_holding


def test_the_logger_tells_the_count_when_nothing_else_comes_for_a_minute() -> None:
    sink, timers = Memory(), list[tuple[float, Callable[[], object]]]()
    logger = Logger(lambda: 5.0, Categories(), (sink,))
    logger.call_later = lambda seconds, callback: timers.append((seconds, callback))
    for _ in range(6):
        logger.log("Error", b"no room")
    assert [line.message for line in sink.lines] == [b"no room", b"no room"]
    ((seconds, callback),) = timers
    assert seconds == WINDOW
    callback()
    assert sink.lines[2] == Line(5.0, "Error", b"last line repeated 4 times")
    logger.log("Error", b"no room")
    assert len(timers) == 2


def test_at_the_end_the_count_is_told() -> None:
    sink = Memory()
    logger = Logger(lambda: 5.0, Categories(), (sink,))
    for _ in range(3):
        logger.log("Warn", b"x")
    logger.flush()
    logger.flush()
    assert [line.message for line in sink.lines] == [b"x", b"x", b"last line repeated 1 times"]
