"""The status file's text (spec 1.5), as monitoring scripts read it."""

from __future__ import annotations

from pylsyncd.core.report import (
    DelayReport,
    FailureReport,
    ProcessReport,
    StatusReport,
    SyncReport,
    TunnelReport,
    UnwatchedReport,
    render_text,
)

DATE = b"Sun Nov 22 17:21:59 2026"


def sync_report(**changes: object) -> SyncReport:
    values: dict[str, object] = {
        "name": b"Sync1",
        "source": b"/s/",
        "state": "running",
        "delays": (),
        "rules": (),
        "processes": (),
    }
    return SyncReport(**{**values, **changes})  # type: ignore[arg-type]  # one default for all tests


def test_a_sync_at_rest() -> None:
    text = render_text(StatusReport((sync_report(),), watches=2), DATE)
    assert text.decode() == (
        "Lsyncd status report at Sun Nov 22 17:21:59 2026\n"
        "\n"
        "Sync1 source=/s/\n"
        "There are 0 delays\n"
        "Filtering:\n"
        "  nothing.\n"
        "State: running\n"
        "Processes: none\n"
        "\n"
        "\n"
        "Inotify watching 2 directories\n"
    )


def test_delays_rules_processes_and_failures_are_listed() -> None:
    busy = sync_report(
        state="degraded",
        delays=(
            DelayReport("active", "Init", b"", None),
            DelayReport("block", "Move", b"/a\xff", b"/b"),
            DelayReport("wait", "Delete", b"/q", None),
        ),
        rules=(b"+ /x", b"- *.o"),
        processes=(ProcessReport(12, 1.0), ProcessReport(13, 2.5)),
        failures=(FailureReport(b"/bad", b"given up", 23, 6),),
    )
    text = render_text(StatusReport((busy,), watches=1, watch_lines=((1, b"/s/"),)), DATE)
    assert text == (
        b"Lsyncd status report at " + DATE + b"\n"
        b"\n"
        b"Sync1 source=/s/\n"
        b"There are 3 delays\n"
        b"active Init \n"
        b"block  Move /a\xff -> /b\n"
        b"wait   Delete /q\n"
        b"Filtering:\n"
        b"  + /x\n"
        b"  - *.o\n"
        b"State: degraded\n"
        b"Processes: 12 13\n"
        b"Failed: /bad: given up\n"
        b"\n"
        b"\n"
        b"Inotify watching 1 directories\n"
        b"  1: /s/\n"
    )


def test_tunnels_stand_behind_the_syncs_with_their_processes_and_ports() -> None:
    tunnels = (
        TunnelReport(b"web", "UP", ((77, 4001, "up"), (78, 4002, "ending"))),
        TunnelReport(b"old", "DISABLED", ()),
    )
    text = render_text(StatusReport((sync_report(),), watches=1, tunnels=tunnels), DATE)
    assert text.decode().split("Processes: none\n")[1] == (
        "\n"
        "Tunnel: name=web status=UP\n"
        "  process=77 port=4001 state=up\n"
        "  process=78 port=4002 state=ending\n"
        "Tunnel: name=old status=DISABLED\n"
        "\n"
        "Inotify watching 1 directories\n"
    )


def test_directories_without_a_watch_are_named_in_the_status() -> None:
    sync = sync_report(unwatched=UnwatchedReport(8, ((b"/s/d/", "ENOSPC"),)))
    text = render_text(StatusReport((sync,), watches=1), b"today")
    assert b"\nUnwatched: /s/d/ (ENOSPC)\nUnwatched: and 7 more\n" in text


def test_while_watches_are_being_set_the_status_tells_how_fast() -> None:
    text = render_text(StatusReport((), watches=900, watches_per_second=123.4), b"today")
    assert text.endswith(b"\nSetting up watches: 123 per second\n\nInotify watching 900 directories\n")


def test_a_log_that_cannot_be_written_is_told_in_the_status() -> None:
    text = render_text(StatusReport((), watches=1, log_trouble=b"/log: No space left on device"), b"today")
    assert b"\n\nLog: /log: No space left on device\n\nInotify watching 1 directories\n" in text
