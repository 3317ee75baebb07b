"""How often the daemon does what costs time: counts, since times are those of the machine."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from bench import changes, configs
from bench.cases.blocked import blocked
from bench.cases.idle import idle
from bench.cases.spawn import spawn
from bench.contenders import OURS, Contender
from bench.record import Record
from bench.stage import Live, Stage
from e2e.daemon import CANDIDATE
from pylsyncd.core import inputs as i
from pylsyncd.core.machine import Machine
from pylsyncd.core.masks import CLOSE_WRITE, CREATE
from pylsyncd.core.model import Listed, Settings, SyncConfig
from pylsyncd.core.model import Record as WatchRecord

_DELAY = 0.2
_FEW = 100
"""Wake-ups. One for each change would be thousands. Where two threads want to go on, each turn is one."""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return prepared(tmp_path)


def prepared(home: Path) -> Stage:
    return Stage.prepared(Contender(OURS, CANDIDATE), home / "place", home)


def processes(live: Live) -> int:
    return live.daemon.log().count("Finished a list")


def test_a_burst_takes_a_few_wake_ups_and_one_process(stage: Stage) -> None:
    files = 2000
    changes.directories(stage.places.source, files)
    record = Record(stage.places.record)
    with stage.running(configs.recording(stage.places, delay=_DELAY)) as live:
        before = live.figures()
        with live.daemon.paused():
            changes.create(stage.places.source, changes.names(files))
        live.hand_over([record], delay=_DELAY)
        assert record.misses(set(changes.names(files))) == 0
        assert record.lines == files, "what was written after it was created is told of once"
        assert processes(live) == 1
        assert live.figures().wakeups - before.wakeups < _FEW


def test_files_that_are_written_again_and_again_are_handed_over_once(stage: Stage) -> None:
    files, times = 10, 100
    changes.directories(stage.places.source, files)
    changes.make(stage.places.source, files)
    record = Record(stage.places.record)
    with stage.running(configs.recording(stage.places, delay=_DELAY)) as live:
        with live.daemon.paused():
            changes.rewrite_all(stage.places.source, files, times)
        live.hand_over([record], delay=_DELAY)
        assert record.paths == set(changes.names(files))
        assert (record.lines, processes(live)) == (files, 1)


def test_a_process_for_each_event_and_a_few_wake_ups_for_each_process(stage: Stage) -> None:
    measured = spawn(stage, 50)
    assert measured["missed"] == 0
    assert measured["wake-ups"] < 5 * 50


def test_who_has_nothing_to_do_is_not_woken(stage: Stage) -> None:
    measured = idle(stage, 1, directories=100)
    assert (measured["wake-ups"], measured["cpu ticks"]) == (0, 0)


def test_an_event_costs_no_more_where_many_wait(tmp_path: Path) -> None:
    few, many = 500, 6000  # twice as many events; 16,384 fit into the queue of the kernel
    costs = [blocked(prepared(tmp_path / str(size)), size) for size in (few, many)]
    assert [cost["missed"] for cost in costs] == [0, 0]
    assert costs[1]["cpu per event"] < 3 * costs[0]["cpu per event"], "twelve times, if each looked at all"


def calls_of_a_burst(files: int) -> int:
    """How many functions the core calls to take in so many new files."""
    machine = Machine()
    sync = SyncConfig(1, b"Sync1", b"/s/", has_init=False, delay=60.0)
    machine.handle(i.Started(0.0, Settings(), (sync,)))
    machine.handle(i.DirectoriesScanned(0.0, 1, (Listed(b"/s/", 1, ()),)))
    batches = [
        i.WatchRecords(1.0, (WatchRecord(1, CREATE, 0, name), WatchRecord(1, CLOSE_WRITE, 0, name)))
        for name in (b"f%06d" % number for number in range(files))
    ]
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    gc.disable()  # what it calls is no work of the core, and there may be much to collect
    sys.setprofile(count)
    try:
        for batch in batches:
            machine.handle(batch)
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls


def test_the_core_does_the_same_for_each_event_however_many_wait() -> None:
    few, many = 200, 2000  # more than `maxDelays`, with which all are due at once
    assert calls_of_a_burst(many) / many < 1.2 * calls_of_a_burst(few) / few
