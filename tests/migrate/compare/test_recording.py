"""Lsyncd's side as a file."""

from __future__ import annotations

import json

import pytest

from pylsyncd.migrate.compare.comparison import Outcome
from pylsyncd.migrate.compare.judge import Verdict
from pylsyncd.migrate.compare.log import Call, SideLog
from pylsyncd.migrate.compare.plan import plan
from pylsyncd.migrate.compare.recording import RecordError, dump, load

LOG = SideLog(
    "2.2.3",
    ((Call(b"Sync1", (b"rsync", b"\xff"), b"a\0b", 2),), (Call(b"Sync1", (b"cp",)),)),
    (1, 255),
    "it hurts",
    (b"touch x",),
)


def outcome() -> Outcome:
    return Outcome(plan([]), "create a\n", "f", LOG, LOG, None, Verdict(0, ()), "abc")


def test_what_is_written_is_read_back() -> None:
    found = load(dump(outcome()))

    assert found.log == LOG
    assert found.log.groups[0][0].lanes == 2
    assert (found.steps, found.config) == ("create a\n", "abc")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}'])
def test_another_file_is_no_record(text: str) -> None:
    with pytest.raises(RecordError, match="no record"):
        load(text)


def test_a_record_of_another_version_has_to_be_made_anew() -> None:
    content = json.loads(dump(outcome())) | {"version": 99}

    with pytest.raises(RecordError, match=r"version 99.*record it anew"):
        load(json.dumps(content))


@pytest.mark.parametrize(("key", "value"), [("groups", 1), ("groups", [[1]]), ("ended", [1]), ("unrun", {})])
def test_a_damaged_record_is_refused(key: str, value: object) -> None:
    content = json.loads(dump(outcome())) | {key: value}

    with pytest.raises(RecordError, match="damaged"):
        load(json.dumps(content))
