"""The status as JSON, whose keys stay as they are: programs read them."""

from __future__ import annotations

import json
import math

from pylsyncd.core.report import (
    DelayReport,
    FailureReport,
    ProcessReport,
    SettlingReport,
    StatusReport,
    SyncReport,
    TunnelReport,
    UnwatchedReport,
)
from pylsyncd.core.statusjson import render_json

BUSY = SyncReport(
    name=b"data",
    source=b"/s/",
    state="degraded",
    delays=(
        DelayReport("active", "Move", b"/a\xff", b"/b", 0, 0, -1.5),
        DelayReport("wait", "Create", b"/c", None, 2, 23, 12.34567),
    ),
    rules=(b"- *.o",),
    processes=(ProcessReport(77, 3.25),),
    failures=(FailureReport(b"/locked", b"given up after 6 tries", 23, 6),),
    unwatched=UnwatchedReport(21, ((b"/s/d/", "ENOSPC"),)),
    monitor="poll",
    halted=b"it would delete too much",
    settling=SettlingReport(22, (b"/long",)),
)


def test_every_key_of_the_status() -> None:
    report = StatusReport(
        (BUSY,),
        watches=2,
        watch_lines=((1, b"/s/"),),
        tunnels=(TunnelReport(b"web", "UP", ((78, 4001, "up"),)),),
        watches_per_second=100.12345,
        is_surveying=True,
        next_rescan=59.5,
        log_trouble=b"/log: No space left on device, 3 lines lost",
    )
    assert json.loads(render_json(report, 1_793_624_703.2504, "2026-11-01T09:05:03.250+01:00")) == {
        "time": "2026-11-01T09:05:03.250+01:00",
        "epoch": 1_793_624_703.25,
        "syncs": [
            {
                "name": "data",
                "source": "/s/",
                "monitor": "poll",
                "state": "degraded",
                "halted": "it would delete too much",
                "counts": {
                    "queue": 2,
                    "retrying": 1,
                    "failed": 1,
                    "processes": 1,
                    "unwatched": 21,
                    "settling": 22,
                },
                "queue": [
                    {
                        "status": "active",
                        "type": "Move",
                        "path": "/a\\xff",
                        "path2": "/b",
                        "tries": 0,
                        "code": None,
                        "due": -1.5,
                    },
                    {
                        "status": "wait",
                        "type": "Create",
                        "path": "/c",
                        "path2": None,
                        "tries": 2,
                        "code": 23,
                        "due": 12.346,
                    },
                ],
                "failed": [{"path": "/locked", "why": "given up after 6 tries", "code": 23, "tries": 6}],
                "processes": [{"pid": 77, "age": 3.25}],
                "unwatched": [{"path": "/s/d/", "error": "ENOSPC"}],
                "settling": ["/long"],
                "rules": ["- *.o"],
            }
        ],
        "tunnels": [{"name": "web", "status": "UP", "processes": [{"pid": 78, "port": 4001, "state": "up"}]}],
        "watches": {"count": 2, "complete": False, "per_second": 100.123, "paths": ["/s/"]},
        "rescans": {"unwatched": 21, "next": 59.5},
        "log": {"trouble": "/log: No space left on device, 3 lines lost"},
    }


def test_a_status_at_rest() -> None:
    status = json.loads(render_json(StatusReport((), watches=0), 0.0, ""))
    assert status["watches"] == {"count": 0, "complete": True, "per_second": None, "paths": []}
    assert status["rescans"] == {"unwatched": 0, "next": None}
    assert status["log"] == {"trouble": None}


def test_what_is_never_due_is_null() -> None:
    report = StatusReport((), watches=0, next_rescan=math.inf)
    assert json.loads(render_json(report, 0.0, ""))["rescans"]["next"] is None


def test_it_is_one_text_that_ends_with_its_line() -> None:
    text = render_json(StatusReport((BUSY,), watches=0), 0.0, "")
    assert text.endswith(b"}\n")
    text.decode("utf-8")
