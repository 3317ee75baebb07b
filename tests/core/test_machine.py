"""The machine's answers to questions, and what its transcripts do not show."""

from __future__ import annotations

import errno

from pylsyncd.core import inputs as i
from pylsyncd.core import masks
from pylsyncd.core.effects import (
    ActionKind,
    Exit,
    Log,
    Look,
    RemoveWatches,
    RunAction,
    Scan,
    SignalProcesses,
    Spawn,
    SpawnTunnel,
)
from pylsyncd.core.machine import Machine
from pylsyncd.core.masks import BARE, CREATE, ISDIR, MEET
from pylsyncd.core.model import (
    Command,
    EventType,
    Listed,
    Looked,
    Record,
    ScanFailed,
    Settings,
    SyncConfig,
    TunnelConfig,
)
from pylsyncd.core.queries import Selection
from pylsyncd.core.report import ProcessReport
from pylsyncd.core.watchbook import Change
from scenarios.player import Player

COMMAND = Command((b"cmd",))


def running_machine(*, settings: Settings | None = None, **config: object) -> Machine:
    """A machine with one sync on /s/, watched, and two files just created."""
    machine = Machine()
    sync = SyncConfig(1, b"Sync1", b"/s/", has_init=False, **config)  # type: ignore[arg-type]  # one default for all
    machine.handle(i.Started(0.0, settings or Settings(), (sync,)))
    machine.handle(i.DirectoriesScanned(0.0, 1, (Listed(b"/s/", 1, ()),)))
    machine.handle(i.WatchRecords(1.0, (Record(1, CREATE, 0, b"a"), Record(1, CREATE, 0, b"b"))))
    return machine


def test_lua_sees_the_first_ready_delay_and_all_that_are_free() -> None:
    machine = running_machine()
    first = machine.first_ready(1)
    assert first is not None
    assert (first.etype, first.path) == (EventType.CREATE, b"/a")
    assert [one.path for one in machine.select(1, lambda _: Selection.TAKE)] == [b"/a", b"/b"]
    assert machine.delay(1, first.id) is first
    assert machine.delay(1, 99) is None
    assert len(machine.queue(1)) == len(list(machine.queue(1))) == 2


def test_a_spawned_delay_is_active_at_once_and_its_process_counts() -> None:
    machine = running_machine()
    first = machine.first_ready(1)
    assert first is not None
    effects = machine.handle(i.SpawnRequested(1.0, 1, (first.id,), is_list=False, command=COMMAND))
    assert effects == [Spawn(1, 1, COMMAND)]
    assert first.status.value == "active"
    assert (machine.processes_of(1), machine.processes_running()) == (1, 1)


def test_the_pid_of_a_delay_is_known_from_the_start_of_its_process_on() -> None:
    machine = running_machine()
    first = machine.first_ready(1)
    assert first is not None
    machine.handle(i.SpawnRequested(1.0, 1, (first.id,), is_list=False, command=COMMAND))
    assert machine.pid_of(1, first.id) is None
    machine.handle(i.ProcessStarted(1.0, 1, 4711))
    assert (machine.pid_of(1, first.id), machine.pid_of(1, first.id + 1)) == (4711, None)


def test_spawning_twice_for_one_event_starts_one_process_and_says_so() -> None:
    machine = running_machine()
    first = machine.first_ready(1)
    assert first is not None
    request = i.SpawnRequested(1.0, 1, (first.id,), is_list=False, command=COMMAND)
    machine.handle(request)
    [complaint] = machine.handle(request)
    assert isinstance(complaint, Log)
    assert complaint.message.startswith(b"spawn() called for an event that is not waiting")
    assert machine.processes_running() == 1


def test_lua_sees_the_patterns_in_force() -> None:
    machine = running_machine(excludes=(b"*.o",), filters=(b"+ /keep",))
    machine.handle(i.ExcludeAdded(2.0, 1, b"*.a"))
    machine.handle(i.FilterAppended(2.0, 1, b"- /z"))
    assert machine.excludes(1) == (b"*.o", b"*.a")
    assert machine.filters(1) == (b"+ /keep", b"- /z")


def test_the_report_lists_watches_only_where_it_is_asked_for() -> None:
    assert running_machine().report().watch_lines == ()
    report = running_machine(settings=Settings(status_watches=True)).report()
    assert report.watch_lines == ((1, b"/s/"),)
    assert report.watches == 1


def test_lua_sees_the_ports_of_a_tunnel_that_are_up() -> None:
    machine = Machine()
    sync = SyncConfig(1, b"Sync1", b"/s/", tunnel=1)
    tunnel = TunnelConfig(1, b"T", (b"forward",), ready_delay=0.0)
    machine.handle(i.Started(0.0, Settings(), (sync,), (tunnel,)))
    machine.handle(i.PortFound(0.0, 1, 4001))
    assert machine.tunnel_ports(1) == ()
    machine.handle(i.ProcessStarted(0.0, 1, 1001))
    assert machine.tunnel_ports(1) == (4001,)


def test_a_port_that_is_found_while_the_daemon_closes_is_of_no_use() -> None:
    machine = Machine()
    syncs = (SyncConfig(1, b"Sync1", b"/s/", tunnel=1),)
    machine.handle(i.Started(0.0, Settings(), syncs, (TunnelConfig(1, b"T", (b"forward",), parallel=2),)))
    machine.handle(i.PortFound(0.0, 1, 4001))
    machine.handle(i.FadeRequested(1.0, 15))
    assert not any(isinstance(effect, SpawnTunnel) for effect in machine.handle(i.PortFound(1.0, 2, 4002)))


def test_a_second_signal_ends_the_wait_for_tunnels() -> None:
    machine = Machine()
    syncs = (SyncConfig(1, b"Sync1", b"/s/", tunnel=1),)
    machine.handle(i.Started(0.0, Settings(), syncs, (TunnelConfig(1, b"T", (b"forward",)),)))
    machine.handle(i.PortFound(0.0, 1, 4001))
    machine.handle(i.ProcessStarted(0.0, 1, 1001))
    machine.handle(i.FadeRequested(1.0, 15))
    assert machine.handle(i.FadeRequested(2.0, 2)) == [SignalProcesses((1,), 9), Exit(130)]


def test_what_was_due_stays_due_though_the_timer_went_off_a_little_early() -> None:
    machine = running_machine(delay=5.0)
    machine.handle(i.Tick(6.0))
    machine.handle(i.WatchRecords(5.999, ()))
    first = machine.first_ready(1)
    assert first is not None
    assert first.path == b"/a"


def test_the_report_names_a_process_once_it_has_a_pid() -> None:
    machine = running_machine()
    first = machine.first_ready(1)
    assert first is not None
    machine.handle(i.SpawnRequested(1.0, 1, (first.id,), is_list=False, command=COMMAND))
    assert machine.report().syncs[0].processes == ()
    machine.handle(i.ProcessStarted(1.0, 1, 1234))
    assert machine.report().syncs[0].processes == (ProcessReport(1234, 0.0),)


def test_directories_that_a_filter_hides_after_a_move_are_forgotten_in_the_order_of_the_listing() -> None:
    player = Player()
    shown = player.play(
        "sync source=/s/ noinit delay=60 exclude=/y/?/\n"
        "dir /s/ 1 x/\ndir /s/x/ 2 s/ p/ r/ q/\ndir /s/x/s/ 6\ndir /s/x/p/ 3\ndir /s/x/r/ 5\ndir /s/x/q/ 4\n"
        "0 start\n0.1 records\n0.2 records\n0.3 records\n"
        "dir /s/y/ 2 s/ p/ r/ q/\n"
        "1 records 1:MOVED_FROM+ISDIR:x:7 1:MOVED_TO+ISDIR:y:7\n"
    )
    assert "    RemoveWatches(wds=(6, 3, 5, 4))" in list(shown)


def test_who_overhears_a_machine_is_told_of_each_change_for_each_sync() -> None:
    heard: list[Change] = []
    machine = Machine(heard.append)
    syncs = (SyncConfig(1, b"A", b"/s/", has_init=False), SyncConfig(2, b"B", b"/s/", has_init=False))
    machine.handle(i.Started(0.0, Settings(), syncs))
    machine.handle(i.DirectoriesScanned(0.0, 1, (Listed(b"/s/", 1, ()),)))
    machine.handle(i.WatchRecords(1.0, (Record(1, CREATE, 0, b"a"),)))
    assert heard == [Change(EventType.CREATE, b"/s/a")] * 2


def test_a_source_that_is_looked_for_already_is_not_looked_for_again() -> None:
    machine = running_machine()
    assert [type(effect).__name__ for effect in machine.handle(i.SourcesDoubted(2.0))] == ["Scan"]
    assert machine.handle(i.SourcesDoubted(3.0)) == []


def test_a_directory_made_in_a_whole_source_is_not_scanned_since_all_in_it_is_told() -> None:
    machine = running_machine()
    made = Record(1, CREATE | ISDIR | BARE, 0, b"d")
    effects = machine.handle(
        i.WatchRecords(2.0, (made, Record(2, MEET, 1, b"d"), Record(2, CREATE, 0, b"f")))
    )
    assert not [one for one in effects if isinstance(one, Scan | RemoveWatches)]
    assert [one.path for one in machine.queue(1)] == [b"/a", b"/b", b"/d/", b"/d/f"]


def test_what_moves_into_a_whole_source_is_scanned() -> None:
    machine = running_machine()
    moved = Record(1, masks.MOVED_TO | ISDIR, 7, b"d")
    (scan,) = [one for one in machine.handle(i.WatchRecords(2.0, (moved,))) if isinstance(one, Scan)]
    found = Listed(b"/s/d/", 0, (), (b"f",), is_whole=True)
    effects = machine.handle(i.DirectoriesScanned(2.0, scan.ticket, (found,)))
    assert not [one for one in effects if isinstance(one, Scan | RemoveWatches)]
    assert [one.path for one in machine.queue(1)] == [b"/a", b"/b", b"/d/", b"/d/f"]


def test_a_directory_that_could_not_be_watched_may_turn_out_to_need_no_watch() -> None:
    machine = running_machine()
    moved = Record(1, masks.MOVED_TO | ISDIR, 7, b"d")
    (scan,) = [one for one in machine.handle(i.WatchRecords(2.0, (moved,))) if isinstance(one, Scan)]
    effects = machine.handle(i.DirectoriesScanned(2.0, scan.ticket, (ScanFailed(b"/s/d/", errno.EACCES),)))
    (look,) = [one for one in effects if isinstance(one, Look)]
    machine.handle(i.DirectoriesLooked(2.0, look.ticket, (Looked(b"/s/d/", 0, 0, ()),), None))
    assert machine.report().syncs[0].unwatched.count == 0


def test_nothing_is_acted_on_before_all_that_was_read_is_told() -> None:
    machine = running_machine(delay=1.0)
    more = i.WatchRecords(2.5, (Record(1, CREATE, 0, b"c"),), is_part=True)
    assert not any(isinstance(effect, RunAction) for effect in machine.handle(more))
    assert machine.handle(i.WatchRecords(2.5, ()))[0] == RunAction(1, ActionKind.ACTION, 1)
