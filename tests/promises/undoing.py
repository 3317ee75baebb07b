"""Takes out of the running program, one by one, what each row is about: then its test has to fail."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from attrs import field, frozen

from promises import test_losing_changes as losing
from promises import test_watching as watching
from pylsyncd import watches
from pylsyncd.core import finished, holding, observing, progress
from pylsyncd.core.delays import Absorbed, DelayQueue, Outcome
from pylsyncd.core.job import Job
from pylsyncd.core.jobs import Jobs
from pylsyncd.core.machine import Machine
from pylsyncd.core.missed import Missed
from pylsyncd.core.model import Command, Delay, DelayStatus, EventType, Record
from pylsyncd.core.rescans import Rescans
from pylsyncd.core.sources import Sources
from pylsyncd.core.sync import Sync, SyncState
from pylsyncd.core.watchbook import WatchBook
from pylsyncd.core.watching import Watching
from pylsyncd.loop import Trampoline
from pylsyncd.script import config_primitives
from pylsyncd.script.hard_links import HardLinks
from pylsyncd.script.target import check_target
from pylsyncd.system import processes
from pylsyncd.system.watch.snapshot import Comparison
from simulation.bugs import BUGS

Patch = Callable[[pytest.MonkeyPatch], None]


@frozen
class Undone:
    """A test, the values for its parameters, and a patch that it has to notice."""

    test: Callable[..., None]
    what: str
    patch: Patch
    values: Mapping[str, object] = field(factory=dict)

    @property
    def name(self) -> str:
        """For a report."""
        return f"{self.test.__name__.removeprefix('test_')}: {self.what}"


def lua(file: str, old: str, new: str) -> Patch:
    """Replace a piece of the Lua library when it is loaded."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        library = config_primitives._library
        if old.encode() not in library(file):
            message = f"{file}.lua does not hold {old}"
            raise LookupError(message)

        def load(name: str) -> bytes:
            text = library(name)
            return text.replace(old.encode(), new.encode()) if name == file else text

        patch.setattr(config_primitives, "_library", load)

    return plant


def put(owner: object, name: str, value: object) -> Patch:
    """Put something else in the place of an attribute."""
    return lambda patch: patch.setattr(owner, name, value)


def bug(words: str) -> Patch:
    """One of the bugs that the simulation is tried with."""
    [found] = [one for one in BUGS if words in one.name]
    return found.plant


# -- what takes more than a value ----------------------------------------------------------------------


def _end_where_something_leaves(queue: DelayQueue, delay: Delay) -> None:
    before, delay.before, delay.after = delay.before, None, None
    queue._join(before, None)


def _absorb_while_active(patch: pytest.MonkeyPatch) -> None:
    add = DelayQueue.add

    def wrong(
        queue: DelayQueue, etype: EventType, path: bytes, path2: bytes | None, alarm: float
    ) -> list[Outcome]:
        active = [one for one in queue if one.status is DelayStatus.ACTIVE and one.path == path]
        return [Absorbed(etype, path, active[0])] if active else add(queue, etype, path, path2, alarm)

    patch.setattr(DelayQueue, "add", wrong)


def _target_as_it_is(_source: bytes, target: bytes, **_: bool) -> bytes:
    return target


def _allowing(patch: pytest.MonkeyPatch) -> None:
    def check(source: bytes, target: bytes, **_: bool) -> bytes:
        return check_target(source, target, allow=True)

    patch.setattr(config_primitives, "check_target", check)


def _forgotten_moves(one: Sync, job: Job, now: float) -> tuple[Delay, ...]:
    return finished._settle(one, job, now)


def _deaf_while_busy(patch: pytest.MonkeyPatch) -> None:
    read = Trampoline._on_readable

    def wrong(trampoline: Trampoline) -> None:
        if not trampoline.machine.processes_running():
            read(trampoline)

    patch.setattr(Trampoline, "_on_readable", wrong)


def _end_with_the_first(machine: Machine) -> None:
    states = {one.state(onepass=True) for one in machine._state.syncs.values()}
    if SyncState.FINISHED in states:
        machine._life.end(0)


def _unforgiving(_jobs: Jobs, _sync: Sync) -> bool:
    return False


def _forget_who_waits(patch: pytest.MonkeyPatch) -> None:
    remove = DelayQueue.remove

    def wrong(queue: DelayQueue, delay: Delay) -> None:
        waiting = list(delay.blocks.values())
        remove(queue, delay)
        for one in waiting:
            one.status = DelayStatus.BLOCK

    patch.setattr(DelayQueue, "remove", wrong)


def _fed_by_hand(_program: bytes, command: Command, *_: object) -> int:
    with subprocess.Popen(command.argv, stdin=subprocess.PIPE, bufsize=0) as child:
        if child.stdin is not None:
            child.stdin.write(command.stdin or b"")
        return child.pid


def _dead_watches(patch: pytest.MonkeyPatch) -> None:
    for way in ("_end", "_uproot_child"):
        patch.setattr(WatchBook, way, _nothing)


def _no_swap(_book: WatchBook, _record: Record, _arrival: Record | None) -> None:
    """Whatever moves back moves back."""


def _nothing(*_: Any, **__: Any) -> None:  # noqa: ANN401 - stands in for anything
    """Not done."""


UNDONE: Final = (
    Undone(
        losing.test_the_queue_is_what_a_list_is_whatever_leaves_from_its_middle,
        "the list ends where something leaves it",
        put(DelayQueue, "_unlink", _end_where_something_leaves),
    ),
    Undone(
        losing.test_what_a_process_was_for_that_a_signal_killed_is_tried_again,
        "a death by signal is success",
        bug("death by signal"),
        {"kind": "rsync"},
    ),
    Undone(
        losing.test_a_target_is_never_the_root_by_accident_nor_mixed_up_with_the_source,
        "a relative target stays relative",
        put(config_primitives, "check_target", _target_as_it_is),
    ),
    Undone(
        losing.test_a_target_is_never_the_root_by_accident_nor_mixed_up_with_the_source,
        "any target is allowed",
        _allowing,
    ),
    Undone(
        losing.test_what_failed_in_part_is_tried_again_then_named_until_a_later_run_brings_it,
        "23 is ok",
        lua("default/base", '[23] = "partial"', '[23] = "ok"'),
    ),
    Undone(
        losing.test_what_failed_in_part_is_tried_again_then_named_until_a_later_run_brings_it,
        "24 is a failure",
        lua("default/base", '[24] = "ok"', '[24] = "again"'),
    ),
    Undone(
        losing.test_what_failed_in_part_is_tried_again_then_named_until_a_later_run_brings_it,
        "what is given up is not named",
        put(finished, "_remember", _nothing),
    ),
    Undone(
        losing.test_what_failed_in_part_is_tried_again_then_named_until_a_later_run_brings_it,
        "rsyncssh ignores exitcodes",
        lua("default/rsyncssh", 'if type(config.exitcodes) == "table" then', "if false then"),
    ),
    Undone(
        losing.test_an_exit_code_that_nobody_provided_for_ends_at_most_its_own_sync,
        "what is not listed is fatal",
        lua(
            "default/base",
            "local is_fatal = default.is_compatible",
            "local function is_fatal() return true end",
        ),
    ),
    Undone(
        losing.test_an_exit_code_that_nobody_provided_for_ends_at_most_its_own_sync,
        "a sync that fails takes the daemon along",
        put(Jobs, "_goes_on_without", _unforgiving),
    ),
    Undone(
        losing.test_a_target_that_is_down_is_tried_ever_more_rarely_until_it_is_back,
        "all pauses are alike",
        put(finished, "pause", lambda _tries, *, delay, **_: max(delay, 1.0)),
    ),
    Undone(
        losing.test_a_move_that_cannot_be_made_is_replaced_and_blocks_nothing_else,
        "it is tried for ever",
        lua("default/rsyncssh", "local TRIES = 3", "local TRIES = math.huge"),
    ),
    Undone(
        losing.test_a_move_that_cannot_be_made_is_replaced_and_blocks_nothing_else,
        "rsync.rsh is for rsync",
        lua("default/rsyncssh", "return is_text(config.rsync.rsh) and", "return false and"),
    ),
    Undone(
        losing.test_a_move_that_cannot_be_made_is_replaced_and_blocks_nothing_else,
        "one failure holds up all",
        put(Job, "carries_all", property(lambda _job: True)),
    ),
    Undone(
        losing.test_the_destination_of_a_move_that_did_not_happen_is_sent,
        "a move that did not happen is done",
        put(finished, "_split_moves", _forgotten_moves),
    ),
    Undone(
        losing.test_what_happens_in_a_directory_that_was_moved_away_concerns_nobody,
        "the watches below it stay",
        bug("moves out of the tree"),
    ),
    Undone(
        losing.test_every_name_that_a_file_system_allows_works,
        "names are rules as they are",
        lua("default/rsync", r'"\\%0") .. suffix', '"%0") .. suffix'),
        {"kind": "rsync", "transfer": "filter"},
    ),
    Undone(
        losing.test_what_waits_when_the_daemon_is_told_to_end_is_still_sent,
        "nothing is hurried",
        put(Sync, "drain", _nothing),
    ),
    Undone(
        losing.test_an_overflow_costs_one_full_run_and_at_most_one_a_minute,
        "an overflow is ignored",
        bug("an overflow"),
    ),
    Undone(
        losing.test_an_overflow_costs_one_full_run_and_at_most_one_a_minute,
        "each has its own run",
        put(observing, "_CHECK_PAUSE", 0.0),
    ),
    Undone(
        losing.test_an_overflow_costs_one_full_run_and_at_most_one_a_minute,
        "nothing is read while a process runs",
        _deaf_while_busy,
    ),
    Undone(
        losing.test_the_halves_of_a_move_find_each_other_across_reads_within_50_ms,
        "no half waits",
        put(holding, "HOLD", 0.0),
    ),
    Undone(
        losing.test_the_halves_of_a_move_find_each_other_across_reads_within_50_ms,
        "it waits for longer",
        put(holding, "HOLD", 0.5),
    ),
    Undone(
        losing.test_a_single_pass_waits_for_all_syncs_and_succeeds_only_if_all_do,
        "the first success ends it",
        put(Machine, "_end_if_finished", _end_with_the_first),
        {"first": "ok", "second": "ok", "code": 0},
    ),
    Undone(
        losing.test_it_comes_right_when,
        "what a command did not find moves as if nothing was",
        put(Missed, "concerns", lambda *_: False),
        {"case": "a directory is renamed right before its files are copied", "kind": "direct"},
    ),
    Undone(
        losing.test_it_comes_right_when,
        "a swap is two moves",
        put(WatchBook, "_swap_begun", _no_swap),
        {"case": "two directories are swapped while a transfer runs", "kind": "rsyncssh"},
    ),
    Undone(
        losing.test_it_comes_right_when,
        "a move of what waits is forgotten",
        put(DelayQueue, "_split", lambda *_: []),
        {"case": "mail is made, moved and deleted within one delay", "kind": "rsyncssh"},
    ),
    Undone(
        losing.test_it_comes_right_when,
        "what was in it stays",
        bug("leaves what is in it"),
        {"case": "a directory becomes a link, then a file, then a directory again", "kind": "rsync"},
    ),
    Undone(
        losing.test_it_comes_right_when,
        "what is deleted stays in the book",
        _dead_watches,
        {"case": "a deep tree is deleted", "kind": "rsync"},
    ),
    Undone(
        losing.test_what_is_deleted_as_soon_as_it_is_created_leaves_no_copy,
        "the Delete of what is being copied is dropped",
        _absorb_while_active,
        {"kind": "direct"},
    ),
    Undone(
        losing.test_a_source_that_goes_takes_nothing_with_it_and_is_mirrored_when_it_is_back,
        "nobody notices",
        put(Sources, "left", _nothing),
    ),
    Undone(
        losing.test_a_source_that_goes_takes_nothing_with_it_and_is_mirrored_when_it_is_back,
        "nothing is run when it is back",
        put(Sync, "needs_repair", lambda _: False),
    ),
    Undone(
        losing.test_a_child_that_does_not_read_its_input_is_judged_by_its_exit_code,
        "its input comes through a pipe",
        put(processes, "_spawn", _fed_by_hand),
    ),
    Undone(
        losing.test_no_change_waits_for_what_is_not_there_any_more,
        "who waits is forgotten",
        _forget_who_waits,
        {},
    ),
    *(
        Undone(losing.test_direct_comes_right_with, what, lua("default/direct", old, new), {"case": case})
        for case, what, old, new in (
            ("a dangling link", "cp follows", '"-p" or "-pPR"', '"-p" or "-p"'),
            (
                "touched files and directories",
                "ignored",
                "return not is_done and set_attributes(event) or nil",
                "",
            ),
            (
                "a directory renamed onto one",
                "nests",
                'return kind ~= "file" or origin_kind',
                "return false and",
            ),
            (
                "two files swapped",
                "rm",
                "if source and not is_directory_again then",
                "if false then",
            ),
            ("a command that fails", "forgotten", "if code == 0 or is_over then", "if true then"),
            ("a command that keeps failing", "no rsync", "local TRIES = 3", "local TRIES = math.huge"),
            ("a pipe", "cp reads", '"-p" or "-pPR"', '"-p" or "-p"'),
        )
    ),
    Undone(
        watching.test_without_watches_the_remedy_is_said_and_directories_are_looked_through_until_they_have_one,
        "what cannot be watched is left alone",
        put(Rescans, "add", _nothing),
    ),
    Undone(
        watching.test_setting_up_watches_is_told_of_and_the_start_up_begins_behind_it_however_deep_the_tree,
        "not a word",
        put(progress.Progress, "advance", _nothing),
    ),
    Undone(
        watching.test_setting_up_watches_is_told_of_and_the_start_up_begins_behind_it_however_deep_the_tree,
        "the start-up does not wait",
        put(Watching, "is_sweeping", property(lambda _: False)),
    ),
    Undone(
        losing.test_what_changes_under_one_name_of_a_file_arrives_under_its_others,
        "the other names are not known",
        put(HardLinks, "others", lambda *_: []),
    ),
    Undone(
        watching.test_file_systems_that_send_no_events_are_warned_of_and_can_be_polled,
        "no mount is suspicious",
        put(watches, "silent_mounts", lambda *_: ()),
        {"kind": "nfs4"},
    ),
    Undone(
        watching.test_file_systems_that_send_no_events_are_warned_of_and_can_be_polled,
        "what a look finds is not told",
        put(Comparison, "take", lambda *_: ()),
        {"kind": "nfs4"},
    ),
    Undone(
        watching.test_a_file_that_is_being_written_is_sent_when_it_is_closed_or_has_not_changed_for_so_long,
        "nothing is held",
        put(Sync, "_settles", property(lambda _: False)),
    ),
)
