"""The journal: any input survives the way to text and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.core import effects as e
from pylsyncd.core import inputs as i
from pylsyncd.core.journal import (
    FORMAT,
    Head,
    JournalError,
    RecordedEffect,
    decode,
    decode_effect,
    encode_effect,
    encode_head,
    encode_input,
    read_inputs,
)
from pylsyncd.core.model import (
    Command,
    Exited,
    Killed,
    Listed,
    Record,
    ScanFailed,
    Settings,
    SyncConfig,
    TunnelConfig,
    Verdict,
)
from pylsyncd.core.report import StatusReport

NAMES = st.binary(max_size=20)
TIMES = st.floats(0, 1e9)
NUMBERS = st.integers(0, 2**31)

RECORDS = st.builds(Record, NUMBERS, NUMBERS, NUMBERS, NAMES)
RESULTS = st.one_of(
    st.builds(Listed, NAMES, NUMBERS, st.tuples(NAMES), st.tuples(NAMES, NAMES)),
    st.builds(ScanFailed, NAMES, NUMBERS),
)
ENDS = st.one_of(st.builds(Exited, NUMBERS), st.builds(Killed, NUMBERS))
COMMANDS = st.builds(Command, st.tuples(NAMES, NAMES), st.none() | NAMES, st.booleans())
CONFIGS = st.builds(
    SyncConfig,
    id=NUMBERS,
    name=NAMES,
    source=NAMES,
    excludes=st.tuples(NAMES),
    crontab=st.tuples(NAMES),
    tunnel=st.none() | NUMBERS,
)
TUNNELS = st.builds(
    TunnelConfig,
    NUMBERS,
    NAMES,
    st.tuples(NAMES, NAMES),
    st.booleans(),
    check_exit_codes=st.frozensets(NUMBERS),
)
VERBOSE = st.frozensets(st.sampled_from("ABC"))
SETTINGS = st.builds(Settings, max_processes=st.none() | NUMBERS, verbose=VERBOSE)
VERDICTS = st.sampled_from(Verdict)

INPUTS = st.one_of(
    st.builds(i.Started, TIMES, SETTINGS, st.tuples(CONFIGS, CONFIGS), st.tuples(TUNNELS)),
    st.builds(i.WatchRecords, TIMES, st.tuples(RECORDS, RECORDS)),
    st.builds(i.DirectoriesScanned, TIMES, NUMBERS, st.tuples(RESULTS, RESULTS)),
    st.builds(i.SpawnRequested, TIMES, NUMBERS, st.tuples(NUMBERS), st.booleans(), COMMANDS),
    st.builds(i.ProcessEnded, TIMES, NUMBERS, ENDS),
    st.builds(i.Collected, TIMES, NUMBERS, VERDICTS, st.tuples(st.tuples(NUMBERS, VERDICTS))),
    st.builds(i.ScriptFailed, TIMES, NAMES),
    st.builds(i.Tick, TIMES),
    st.builds(i.PortFound, TIMES, NUMBERS, st.none() | NUMBERS),
    st.builds(i.WallClockRead, TIMES, TIMES, st.integers(-50400, 50400)),
)


@given(INPUTS)
def test_what_is_written_is_read_back_unchanged(happened: i.Input) -> None:
    assert list(read_inputs([encode_input(happened)])) == [happened]


def test_each_input_is_one_line_of_ascii() -> None:
    line = encode_input(i.ScriptFailed(1.5, b"\xff\n\0"))
    assert line == b'{"in":{"now":1.5,"message":"\\u00ff\\n\\u0000","_type":"ScriptFailed"}}\n'


@pytest.mark.parametrize("end", [Exited(1, answer=b"1 moved\n\xff"), Killed(9, answer=b"")])
def test_what_a_process_has_answered_is_read_back(end: Exited | Killed) -> None:
    [back] = read_inputs([encode_input(i.ProcessEnded(1.0, 2, end))])
    assert isinstance(back, i.ProcessEnded)
    assert (back.end, back.end.answer) == (end, end.answer)


def test_what_older_versions_did_not_know_is_written_only_where_it_says_something() -> None:
    asked = i.SpawnRequested(1.0, 0, (1,), is_list=False, command=Command((b"x",)))
    line = encode_input(asked)
    assert b'"command":{"argv":["x"],"stdin":null}' in line
    assert encode_input(i.ProcessEnded(1.0, 2, Exited(0))) == (
        b'{"in":{"now":1.0,"process":2,"end":{"code":0,"_type":"Exited"},"_type":"ProcessEnded"}}\n'
    )
    assert encode_input(i.Collected(1.0, 2, Verdict.DONE)) == (
        b'{"in":{"now":1.0,"process":2,"verdict":"ok","_type":"Collected"}}\n'
    )


STRANGE = [b"no json", b"[]", b'{"in":{}}', b'{"in":{"_type":"Tick"}}', b'{"in":5}', b"3", b'{"up":{}}']


@pytest.mark.parametrize("line", STRANGE)
def test_a_line_that_is_none_is_refused_by_its_number(line: bytes) -> None:
    good = encode_input(i.Tick(1.0))
    with pytest.raises(JournalError, match="line 2 of the journal is not readable"):
        list(read_inputs([good, line]))


HEADS = st.builds(
    Head,
    format=st.just(FORMAT),
    run=st.text("0123456789abcdef"),
    session=NUMBERS,
    part=NUMBERS,
    pylsyncd=st.just("1.0"),
    now=TIMES,
    epoch=TIMES,
    offset=st.integers(-50400, 50400),
    config=st.none() | NAMES,
    digest=st.text("0123456789abcdef"),
    is_hashed=st.booleans(),
)


@given(HEADS)
def test_a_head_is_read_back_unchanged_and_is_no_input(head: Head) -> None:
    assert decode(encode_head(head)) == head
    assert list(read_inputs([encode_head(head)])) == []


def test_a_head_of_another_format_names_the_version_that_knows_it() -> None:
    head = Head(FORMAT + 1, "r", 1, 1, "9.9", 0.0, 0.0, 0)
    with pytest.raises(JournalError, match=r"written in format 2 by another version of pylsyncd, 9\.9"):
        decode(encode_head(head))


@pytest.mark.parametrize(
    "effect",
    [
        e.Spawn(1, 2, Command((b"\xff",), b"\0")),
        e.Log("Warn", b"\xfe"),
        e.Exit(3),
        e.SetTimer(None),
        e.Reset(),
    ],
)
def test_an_effect_is_read_back_unchanged(effect: e.Effect) -> None:
    assert decode_effect(RecordedEffect(encode_effect(effect))) == effect


def test_of_a_status_the_journal_holds_a_digest() -> None:
    before, after = (encode_effect(e.WriteStatus(StatusReport((), watches))) for watches in (1, 2))
    assert before != after
    assert before == encode_effect(e.WriteStatus(StatusReport((), 1)))
    assert len(before) < 70


@pytest.mark.parametrize("line", [b'{"out":5}\n', b'{"out":', b'{"out":{"_type":"Nothing"}}\n'])
def test_a_line_that_is_no_effect_is_refused(line: bytes) -> None:
    with pytest.raises(JournalError, match="not readable"):
        decode_effect(RecordedEffect(line))
