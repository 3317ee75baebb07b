"""Which categories are wanted, and how each place writes a line (spec 1.2)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.system.logtext import (
    DEBUG_CATEGORIES,
    Categories,
    Formatter,
    Line,
    as_json,
    for_syslog,
    plain,
    readable,
    with_date,
    with_time_of_day,
)

NOVEMBER_1 = 1793520303.25
"""2026-11-01 08:05:03.250 UTC."""

LINE = Line(NOVEMBER_1, "Normal", b"--- Startup ---")

LINES = st.builds(
    Line,
    wall=st.floats(0, 4e9),
    category=st.text(min_size=1),
    message=st.binary(),
    sync=st.none() | st.binary(),
    pid=st.none() | st.integers(1, 1 << 22),
)


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("choices", "wanted", "silent"),
    [
        ([], {"Normal", "Warn", "Error"}, {"Exec", "Debug", "Mine"}),
        (["Exec"], {"Normal", "Warn", "Error", "Exec"}, {"Debug", "Mine"}),
        (["Exec", "Mine"], {"Normal", "Exec", "Mine"}, {"Debug"}),
        (["all"], {"Normal", "Warn", "Error", "Exec", "Mine"}, set()),
        (["scarce"], {"Warn", "Error"}, {"Normal", "Exec", "Mine"}),
        (["scarce", "Exec"], {"Warn", "Error", "Exec"}, {"Normal", "Debug"}),
        (["Exec", "scarce"], {"Warn", "Error"}, {"Normal", "Exec"}),
        (["all", "scarce"], {"Warn", "Error"}, {"Normal", "Exec", "Mine"}),
        (["scarce", "all"], {"Normal", "Warn", "Error", "Exec", "Mine"}, set()),
        (["all", "Mine"], {"Normal", "Exec", "Mine", "Other"}, set()),
    ],
)
def test_each_choice_adds_to_those_before_it_and_scarce_takes_back(
    choices: list[str],
    wanted: set[str],
    silent: set[str],
) -> None:
    categories = Categories.of(choices)
    assert {name for name in wanted | silent if categories.wants(name)} == wanted


@pytest.mark.parametrize("choice", ["", "lower", "1st", "-x", "ÄrgER", "ALL "[3:], "Scarce"[1:], "[", "@"])
def test_a_name_that_does_not_begin_with_a_capital_is_refused(choice: str) -> None:
    with pytest.raises(ValueError, match="is not a valid logging category") as caught:
        Categories.of([choice])
    assert str(caught.value).startswith(f"'{choice}' is not")


@pytest.mark.parametrize("choice", ["A", "Z", "Exec", "Überall"[1:].title(), "X y"])
def test_any_name_that_begins_with_a_capital_is_taken(choice: str) -> None:
    assert Categories.of([choice]).wants(choice)


@pytest.mark.parametrize(
    ("choices", "verbose"),
    [
        ([], set()),
        (["scarce"], set()),
        (["Normal"], set()),
        (["Exec", "Mine"], {"Exec", "Mine"}),
        (["all"], DEBUG_CATEGORIES),
        (["Mine", "all"], DEBUG_CATEGORIES | {"Mine"}),
    ],
)
def test_verbose_names_what_is_wanted_beyond_the_default(choices: list[str], verbose: set[str]) -> None:
    assert Categories.of(choices).verbose() == verbose


def test_the_debug_categories_are_those_of_lsyncd() -> None:
    assert " ".join(sorted(DEBUG_CATEGORIES)) == (
        "Alarm Call Debug Delay Exclude Exec FWrite Filter Function Info Inotify Masterloop Statusfile Tunnel"
    )


@pytest.mark.usefixtures("utc")
@pytest.mark.parametrize(
    ("formatter", "text"),
    [
        (plain, b"Normal: --- Startup ---"),
        (with_time_of_day, b"08:05:03 Normal: --- Startup ---"),
        (with_date, b"Sun Nov  1 08:05:03 2026 Normal: --- Startup ---"),
        (for_syslog, b"Normal, --- Startup ---"),
        (
            as_json,
            b'{"time": "2026-11-01T08:05:03.250+00:00", "category": "Normal", "message": "--- Startup ---"}',
        ),
    ],
)
def test_each_place_has_its_own_form(formatter: Formatter, text: bytes) -> None:
    assert formatter(LINE) == text


@pytest.mark.parametrize("formatter", [plain, with_time_of_day, with_date, for_syslog])
@given(line=LINES)
def test_a_message_stands_at_the_end_byte_for_byte(formatter: Formatter, line: Line) -> None:
    assert formatter(line).endswith(line.message)


def test_json_names_the_sync_and_the_process_where_they_are_known() -> None:
    entry = json.loads(as_json(Line(0.0, "Exec", b"rsync", sync=b"Sync1", pid=77)))
    assert (entry["sync"], entry["pid"]) == ("Sync1", 77)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (b"a\nb\n", "a\nb\n"),
        (b'"quoted" \\ \0 \x1b', '"quoted" \\ \0 \x1b'),
        ("größe €".encode(), "größe €"),
        (b"caf\xe9 \xff", "caf\\xe9 \\xff"),
        (b"\xed\xb3\xbf", "\\xed\\xb3\\xbf"),  # a surrogate in UTF-8's clothes
    ],
)
def test_json_keeps_text_and_escapes_bytes_that_are_none(message: bytes, shown: str) -> None:
    assert json.loads(as_json(Line(0.0, "Exec", message)))["message"] == shown


@given(LINES)
def test_json_is_one_line_of_utf_8_whatever_the_bytes(line: Line) -> None:
    text = as_json(line).decode("utf-8")
    assert not set(text) & {"\n", "\r", "\0"}
    assert set(json.loads(text)) >= {"time", "category", "message"}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_utf_8_is_readable_as_it_is(text: str) -> None:
    assert readable(text.encode()) == text


@pytest.mark.parametrize("formatter", [plain, as_json])
def test_a_category_that_came_from_lua_as_latin_1_is_written_as_it_was(formatter: Formatter) -> None:
    assert "Größe".encode() in formatter(Line(0.0, "Größe".encode().decode("latin-1"), b""))


@pytest.mark.parametrize("formatter", [plain, as_json])
def test_a_category_may_be_any_string(formatter: Formatter) -> None:
    assert b"\\ud800" in formatter(Line(0.0, "X\ud800", b""))
