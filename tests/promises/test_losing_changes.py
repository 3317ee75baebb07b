"""Each row of "losing changes", in the order of the table: what Lsyncd's users lose arrives here.

A docstring names the thread in Lsyncd's issue tracker, or the finding (R), that the row comes from. That each
test fails without what it is about is shown by `test_undone.py`.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from promises.playing import AT_REST, FULL, Played, at_any_moment, config, converge, play, story
from pylsyncd.core import inputs as i
from pylsyncd.core.delays import DelayQueue
from pylsyncd.core.model import Command, DelayStatus, EventType, Exited, ProcessEnd
from pylsyncd.system.processes import Processes
from scenarios.player import Player
from simulation import plan as p

DRAWN: dict[str, Any] = {
    "database": None,
    "deadline": None,
    "derandomize": True,
    "phases": [Phase.explicit, Phase.generate],
}
OPERATIONS = st.lists(st.tuples(st.sampled_from(("add", "add", "take", "end", "fail")), st.integers(0, 99)))


@given(operations=OPERATIONS)
@settings(max_examples=100, **DRAWN)
def test_the_queue_is_what_a_list_is_whatever_leaves_from_its_middle(
    operations: list[tuple[str, int]],
) -> None:
    """#725, R: removing from the middle of the queue makes it look empty."""
    queue, plain = DelayQueue(), list[bytes]()
    for number, (operation, drawn) in enumerate(operations):
        path = plain[drawn % len(plain)] if plain else b""
        delay = next((one for one in queue if one.path == path), None)
        if operation == "add":
            queue.add(EventType.CREATE, b"/%d" % number, None, 0.0)
            plain.append(b"/%d" % number)
        elif delay is not None and operation == "take":
            queue.activate(delay)
        elif delay is not None and operation == "end":
            queue.remove(delay)
            plain.remove(path)
        elif delay is not None and delay.status is DelayStatus.ACTIVE:
            queue.retry(delay, 0.0)
        assert [one.path for one in queue] == plain
        ready = [one.path for one in queue if one.status is DelayStatus.WAIT]
        first = queue.first_ready(0.0)
        assert (first.path if first else None) == (ready[0] if ready else None)


@pytest.mark.parametrize("kind", ["rsync", "rsyncssh", "direct"])
def test_what_a_process_was_for_that_a_signal_killed_is_tried_again(kind: str) -> None:
    """R: a child killed by a signal counts as exit code 0."""
    doom = p.Doom(1, signal=signal.SIGKILL)
    played = converge(config(kind), story(AT_REST, doom, p.Write(b"/src/a"), p.Wait(60)))
    assert played.exit_codes == [0, 128 + signal.SIGKILL, 0]


def test_a_target_is_never_the_root_by_accident_nor_mixed_up_with_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R #668: a relative target lets `rsync --delete` run on `/`."""
    monkeypatch.chdir(tmp_path)
    text = config(settings="onepass = true").replace('target = "/tgt"', 'target = "backup"')
    [(_, words, _)] = play(text, []).started
    assert words[-1] == bytes(tmp_path) + b"/backup/"
    for target in ("/", "/src", "/src/in/it", "//src/.."):
        dangerous = config().replace('target = "/tgt"', f'target = "{target}"')
        assert "allowDangerousTarget" in str(play(dangerous, []).wrong)
        allowed = dangerous.replace("delay = 1", "allowDangerousTarget = true")
        assert "allowDangerousTarget" not in str(play(allowed, []).wrong)


def test_what_failed_in_part_is_tried_again_then_named_until_a_later_run_brings_it() -> None:
    """R #475 #678: rsync's codes 23 and 24 are "ok"; rsyncssh ignores `exitcodes`."""
    vanished = play(config(), story(AT_REST, p.Doom(0, code=24), p.Write(b"/src/a"), AT_REST))
    assert vanished.exit_codes == [0, 24]
    once = converge(config(), story(AT_REST, p.Doom(0, code=23), p.Write(b"/src/a"), AT_REST))
    assert once.exit_codes == [0, 23, 0]
    for_good = story(AT_REST, *[p.Doom(0, code=23)] * 6, p.Write(b"/src/a"), p.Wait(600))
    failed = play(config(), for_good)
    assert (failed.state, failed.failures, failed.is_in_line) == ("degraded", (b"/a",), False)
    assert b"Sync1: gave up on 1 paths: /a" in failed.lines
    assert failed.pauses(b"/a") == sorted(failed.pauses(b"/a"))
    repaired = converge(config(), story(*for_good, p.Write(b"/src/a"), AT_REST))
    assert (repaired.state, repaired.failures) == ("running", ())
    for kind in ("rsync", "rsyncssh"):
        wished = config(kind, 'delay = 1, exitcodes = { [0] = "ok", [23] = "ok" }')
        assert play(wished, for_good[:2] + for_good[-2:]).exit_codes == [0, 23]


BELOW = (
    'sync { source = "/src/sub", delay = 0, onCreate = function(event) spawn(event, "rsync", "x", "/x") end }'
)


def test_an_exit_code_that_nobody_provided_for_ends_at_most_its_own_sync() -> None:
    """R #209 #97 #719: an exit code that the table does not list ends the whole daemon."""
    unlisted = converge(config(), story(AT_REST, p.Doom(0, code=77), p.Write(b"/src/a"), AT_REST))
    assert unlisted.exit_codes == [0, 77, 0]
    acts = story(AT_REST, p.Doom(0, code=25), p.Write(b"/src/sub/a"), AT_REST, p.Write(b"/src/b"), AT_REST)
    given_tree = story(p.MakeDirectory(b"/src/sub"), p.MakeDirectory(b"/out/x"))
    without_a_table = converge(config() + BELOW, acts, given_tree)
    assert without_a_table.exit_codes == [0, 25, 0, 0]
    other = config(more="delay = 0").replace("/src", "/src/sub").replace("/tgt", "/out/x")
    critical = converge(config() + other, acts, given_tree)
    assert critical.world is not None
    assert [one.state for one in critical.world.daemon.machine.report().syncs] == ["running", "failed"]


def test_a_target_that_is_down_is_tried_ever_more_rarely_until_it_is_back() -> None:
    """R #250: a target that is down is hammered every `max(delay, 1)` s."""
    acts = story(
        AT_REST, p.Down(600), p.Write(b"/src/a"), p.Wait(1000), p.Down(3), p.Write(b"/src/b"), AT_REST
    )
    played = converge(config(more="delay = 1, retryMax = 100"), acts)
    wanted = [1, 2, 4, 8, 16, 32, 64, 100, 100]
    pauses = played.pauses(b"/a")
    assert len(pauses) <= 12
    for pause, least in zip(pauses, wanted, strict=False):
        assert least <= pause <= 1.1 * least + 0.1
    assert 1 <= played.pauses(b"/b")[0] <= 1.1, "a success makes it forget"


def test_a_move_that_cannot_be_made_is_replaced_and_blocks_nothing_else() -> None:
    """R #738: moves ignore `rsync.rsh`; one that fails is tried for ever, with all else blocked behind it."""
    text = config("rsyncssh", 'delay = 1, rsync = { rsh = "ssh -p 2222" }')
    acts = story(
        *(p.Write(b"/src/a"), AT_REST),
        *(p.Doom(0, code=255), p.Doom(99), p.Doom(0, code=255), p.Doom(0, code=255)),
        *(p.Move(b"/src/a", b"/src/b"), p.Wait(0.2), p.Write(b"/src/other"), p.Wait(300)),
    )
    played = converge(text, acts)
    moves = [argv for _, argv, _ in played.started if b"mv" in b" ".join(argv).split()]
    assert len(moves) == 3
    assert all(argv[:3] == (b"ssh", b"-p", b"2222") for argv in moves)
    assert played.times(b"mv") == [pytest.approx(at, rel=0.1) for at in (6, 7.05, 9.15)]
    assert played.times(b"/other") == [6.2], "it does not wait for the next try"
    assert b"/b" in played.started[-1][2], "its ends are brought over instead"


def test_the_destination_of_a_move_that_did_not_happen_is_sent() -> None:
    """R #371: `mv a b || rm -rf a` when `a` is missing on the target: `b` never arrives."""
    for kind in ("rsyncssh", "direct"):
        acts = story(p.Write(b"/src/a"), AT_REST, p.Delete(b"/tgt/a"), p.Move(b"/src/a", b"/src/b"), AT_REST)
        converge(config(kind), acts)


def test_what_happens_in_a_directory_that_was_moved_away_concerns_nobody() -> None:
    """R: directory moved out: only its top watch goes, later events in it delete the wrong things."""
    inside, outside = b"/src/d/e/", b"/out/d/e/"
    tree = story(p.MakeDirectory(b"/src/d"), p.MakeDirectory(inside), p.Write(inside + b"f"))
    acts = story(
        AT_REST, p.Move(b"/src/d", b"/out/d"), AT_REST, p.Write(outside + b"g"), p.Delete(outside + b"g")
    )
    for kind in ("rsync", "rsyncssh", "direct"):
        away = converge(config(kind), story(*acts, AT_REST), tree)
        assert not any(at > 10 for at, _, _ in away.started), "nothing is started for what is outside"
        converge(config(kind), story(*acts, AT_REST, *tree, AT_REST, p.Delete(outside + b"f"), AT_REST), tree)


HOSTILE = [b"%c" % byte for byte in b"*?[]\\\n '\"-#!;\xff\x80a+$`^~{%"]
NAMES = st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=6).map(b"".join)


@pytest.mark.parametrize("transfer", ["files", "filter"])
@pytest.mark.parametrize("kind", ["rsync", "rsyncssh", "direct"])
@given(names=st.lists(NAMES, min_size=2, max_size=4, unique=True))
@example(names=[b"[a]", b"\\*", b"*]"])
@settings(max_examples=10, **DRAWN)
def test_every_name_that_a_file_system_allows_works(transfer: str, kind: str, names: list[bytes]) -> None:
    """R #386: names with `]` or `\\` are neither sent nor deleted."""
    first, second, *others = [b"/src/" + name for name in names]
    acts = story(
        *map(p.Write, (first, *others)),
        *(AT_REST, p.Write(first), AT_REST),
        *(p.Move(first, second), AT_REST),
        *(p.MakeDirectory(first), p.Move(second, first + b"/" + names[1]), AT_REST),
        *map(p.Delete, (first, *others)),
        AT_REST,
    )
    text = config(kind, f'delay = 1, rsync = {{ transfer = "{transfer}" }}')
    played = converge(text, acts, story(p.Write(b"/tgt/" + names[0])))
    assert played.failures == ()


def test_what_waits_when_the_daemon_is_told_to_end_is_still_sent() -> None:
    """R #239 #633: on TERM queued changes are thrown away."""
    in_line_at_start: list[bool] = []

    def look(played: Played, happened: i.Input) -> None:
        if isinstance(happened, i.Started):
            in_line_at_start.append(played.is_in_line)

    acts = story(AT_REST, p.Write(b"/src/a"), p.Turns(9), p.Signal(signal.SIGTERM), p.Wait(60))
    for kind in ("rsync", "rsyncssh", "direct"):
        assert play(config(kind, "delay = 15"), acts, [], look).wrong is None
    assert in_line_at_start == [True] * 6, "before each daemon begins, its predecessor has sent all"
    left = play(config(more="delay = 15", settings="insist = true, drainTimeout = 0"), acts, [], look)
    assert left.wrong is None
    assert in_line_at_start[-1] is False, "with drainTimeout = 0 nothing is"


def test_an_overflow_costs_one_full_run_and_at_most_one_a_minute() -> None:
    """R #343: overflow of the kernel's queue resets everything, can loop."""
    lost = story(p.Overflow(), p.Write(b"/src/a"), p.Wait(7))
    storm = converge(config(), story(AT_REST, *lost * 20, p.Wait(200)))
    fulls = [at for at, argv, _ in storm.started if argv[-3:] == FULL and not _is_batch(argv)]
    assert len(fulls) <= 1 + 1 + 140 / 60 + 1
    assert all(later - earlier >= 60 for earlier, later in pairwise(fulls[1:]))
    heard: list[float] = []

    def look(played: Played, happened: i.Input) -> None:
        if isinstance(happened, i.WatchRecords) and happened.records and played.world is not None:
            heard.extend([happened.now] * bool(played.world.processes.at_work))

    slow = story(AT_REST, p.Pace(5), p.Write(b"/src/a"), p.Wait(3), p.Write(b"/src/b"), p.Wait(100))
    assert play(config(), slow, [], look).wrong is None
    assert heard == [8.0], "the queue is emptied while a process runs"


def _is_batch(argv: tuple[bytes, ...]) -> bool:
    return b"--include-from=-" in argv


def test_the_halves_of_a_move_find_each_other_across_reads_within_50_ms() -> None:
    """R: a move whose two halves are not neighbours in the buffer becomes delete and copy."""
    for kind in ("rsyncssh", "direct"):
        torn = story(p.Write(b"/src/a"), AT_REST, p.Cut(1), p.Move(b"/src/a", b"/src/b"), AT_REST)
        assert converge(config(kind), torn).times(b"mv")
    away = story(p.Write(b"/src/a"), AT_REST, p.Move(b"/src/a", b"/out/a"), AT_REST)
    [start_up, *_, deleted] = converge(config("direct", "delay = 0"), away).started
    assert start_up[1][0] == b"rsync"
    assert deleted[1][0] == b"rm"
    assert 5.0 <= deleted[0] <= 5.0 + 0.0501


TWO_SYNCS = """
settings onepass
sync source=/a/
sync source=/b/
dir /a/ 1
dir /b/ 2
0 start
1 exit 1 {first}
2 exit 2 {second}
"""


@pytest.mark.parametrize(
    ("first", "second", "code"), [("ok", "ok", 0), ("ok", "die", 255), ("die", "ok", 255)]
)
def test_a_single_pass_waits_for_all_syncs_and_succeeds_only_if_all_do(
    first: str, second: str, code: int
) -> None:
    """R PR #541: `-onepass` exits 0 when the first of several syncs is done."""
    lines = [*Player().play(TWO_SYNCS.format(first=first, second=second))]
    ends = [line.strip() for line in lines if "Exit(" in line]
    assert ends == [f"Exit(code={code})"]
    assert lines.index("    " + ends[0]) > next(
        n for n, line in enumerate(lines) if line.startswith("2 exit")
    )


A, B = b"/src/a", b"/src/b"
TREE = (p.MakeDirectory(A), p.Write(A + b"/f"), p.Write(A + b"/g"), p.MakeDirectory(B), p.Write(B + b"/f"))
DEEP = tuple(p.MakeDirectory(b"/src" + b"/d" * depth) for depth in range(1, 20))

CASES: dict[str, tuple[tuple[p.Change, ...], tuple[p.Act, ...]]] = {
    "a directory is renamed while its files are copied": (
        TREE,
        (p.Write(A + b"/f"), p.Write(A + b"/h"), p.Wait(1), p.Move(A, b"/src/c"), p.Write(b"/src/c/f")),
    ),
    "a directory is renamed right before its files are copied": (
        TREE,
        (p.Write(A + b"/f"), p.Wait(0.98), p.Late(0.4), p.Move(A, b"/src/c")),
    ),
    "two directories are swapped while a transfer runs": (
        TREE,
        (p.Write(A + b"/f"), p.Wait(1), p.Exchange(A, B), p.Write(A + b"/n"), p.Write(B + b"/m")),
    ),
    "mail is made, moved and deleted within one delay": (
        (p.MakeDirectory(A), p.MakeDirectory(B)),
        (
            *(p.Write(A + b"/m"), p.Move(A + b"/m", B + b"/m"), p.Delete(B + b"/m")),
            *(p.Write(A + b"/n"), p.Move(A + b"/n", B + b"/n"), p.Move(B + b"/n", B + b"/n:seen")),
            *(p.Write(A + b"/o"), p.Move(A + b"/o", B + b"/o")),
        ),
    ),
    "a directory becomes a link, then a file, then a directory again": (
        TREE,
        (
            *(p.Move(A, b"/out/a"), p.Link(A), p.Delete(A), p.Write(A), p.Delete(A)),
            *(p.MakeDirectory(A), p.Write(A + b"/f")),
        ),
    ),
    "a deep tree is deleted": ((*DEEP, p.Write(b"/src" + b"/d" * 19 + b"/f")), (p.Delete(b"/src/d"),)),
}


@pytest.mark.parametrize("kind", ["rsync", "rsyncssh", "direct"])
@pytest.mark.parametrize("case", CASES)
def test_it_comes_right_when(case: str, kind: str) -> None:
    """#285 #249 #290 #660: what lets Lsyncd's targets differ from their sources."""
    tree, acts = CASES[case]
    for timed in (acts, *at_any_moment(acts, 5)):
        converge(config(kind), story(p.Pace(0.4), p.Wait(30), *timed, p.Wait(60)), tree)


@pytest.mark.parametrize("kind", ["rsync", "rsyncssh", "direct"])
def test_what_is_deleted_as_soon_as_it_is_created_leaves_no_copy(kind: str) -> None:
    """#630: created and deleted at once, the copy stays on the target."""
    for delay in (0, 1):
        for timed in at_any_moment((p.Write(b"/src/a"), p.Delete(b"/src/a"))):
            played = converge(config(kind, f"delay = {delay}"), story(AT_REST, *timed, AT_REST))
            assert played.failures == ()
            assert played.world is not None
            assert played.world.files.find(b"/tgt/a") is None


def test_a_source_that_goes_takes_nothing_with_it_and_is_mirrored_when_it_is_back() -> None:
    """R: source directory removed and made again (or moved away): the daemon runs on, blind."""
    missed: list[bytes] = []

    def look(played: Played, _happened: i.Input) -> None:
        world = played.world
        is_away = world is not None and played.state == "waiting for its source"
        if world is not None and is_away and not world.files.find(b"/tgt/a"):
            missed.append(b"/a")

    for kind in ("rsync", "rsyncssh", "direct"):
        for gone, back in (
            (story(p.Delete(b"/src")), story(p.MakeDirectory(b"/src"), p.Write(b"/src/b"))),
            (story(p.Move(b"/src", b"/out/s"), p.Write(b"/out/s/b")), story(p.Move(b"/out/s", b"/src"))),
        ):
            acts = story(AT_REST, *gone, p.Wait(5), *back, p.Wait(5), p.Write(b"/src/c"), AT_REST)
            played = play(config(kind, "delay = 2"), acts, story(p.Write(b"/src/a")), look)
            assert played.wrong is None
            assert b"The source /src/ is there." in played.lines
    assert missed == []


def test_a_child_that_does_not_read_its_input_is_judged_by_its_exit_code() -> None:
    """R: a child that ends without reading its standard input kills the daemon by SIGPIPE."""
    ends: list[ProcessEnd] = []
    loop = asyncio.new_event_loop()

    def ended(_process: int, end: ProcessEnd) -> None:
        ends.append(end)
        if len(ends) == 2:
            loop.stop()

    with closing(loop), closing(Processes(loop, ended)) as processes:
        for number, code in enumerate((b"0", b"7")):
            processes.start(number, Command((b"sh", b"-c", b"exit " + code), b"x" * (8 << 20)))
        loop.run_forever()
    assert sorted(ends, key=str) == [Exited(0), Exited(7)]


def test_no_change_waits_for_what_is_not_there_any_more() -> None:
    """R: swapping two files leaves one of their delays blocked for ever."""
    swap = story(p.Move(A, b"/src/c"), p.Move(B, A), p.Move(b"/src/c", B))
    given_files = story(p.Write(A), p.Write(B))
    for kind in ("rsync", "rsyncssh", "direct"):
        more = "delay = 1" + (", maxProcesses = 2, batchSizeLimit = 1" if kind == "rsync" else "")
        for acts in (swap, story(p.Exchange(A, B)), [*swap, *swap], story(p.Exchange(A, B), *swap)):
            for timed in at_any_moment(acts, 4):
                # What is blocked, and by what, is looked at after each step: simulation/invariants.py.
                converge(config(kind, more), story(AT_REST, *timed, AT_REST, AT_REST), given_files)


DIRECT: dict[str, tuple[tuple[p.Change, ...], tuple[p.Act, ...]]] = {
    "a dangling link": ((), (p.Link(A),)),
    "a link in the place of a directory": (TREE, (p.Delete(A), p.Link(A))),
    "touched files and directories": (TREE, (p.Touch(A + b"/f"), p.Touch(B))),
    "a directory renamed onto one": (
        (*TREE, p.MakeDirectory(b"/src/e")),
        (p.Move(A, b"/src/e"), p.Write(b"/src/e/n")),
    ),
    "two files swapped": (TREE, (p.Exchange(A + b"/f", B + b"/f"),)),
    "a file and a directory swapped": (TREE, (p.Exchange(A, B + b"/f"),)),
    "a command that fails": (TREE, (p.Doom(0, code=1), p.Write(A + b"/f"), p.Wait(60))),
    "a command that keeps failing": (TREE[:2], (p.Delete(b"/tgt/a"), p.Write(A + b"/f"), p.Wait(60))),
    "a pipe": (TREE, (p.Pipe(b"/src/pipe"), p.Wait(1), p.Write(A + b"/f"))),
    "a file that becomes a pipe": (TREE, (p.Write(B + b"/n"), p.Delete(B + b"/n"), p.Pipe(B + b"/n"))),
}


@pytest.mark.parametrize("case", DIRECT)
def test_direct_comes_right_with(case: str) -> None:
    """R: default.direct loses links, attributes, swapped files, failed copies; a FIFO makes it hang."""
    tree, acts = DIRECT[case]
    text = config("direct", "delay = 1, rsync = { archive = true }")
    for timed in ([*acts], *at_any_moment(acts, 4)):
        played = converge(text, story(AT_REST, *timed, p.Wait(60)), tree)
        assert played.failures == ()
        if timed == [*acts] and "fail" not in case:
            assert {*played.exit_codes} == {0}


def test_what_changes_under_one_name_of_a_file_arrives_under_its_others() -> None:
    """#404 R: changing one name of a hard-linked file leaves the other stale with `hard_links=true`."""
    text = config(more="delay = 1, rsync = { hard_links = true }")
    tree = story(p.MakeDirectory(b"/src/d"), p.Write(A), p.Name(A, b"/src/d/b"))
    for transfer in ("files", "filter"):
        more = text.replace("hard_links", f'transfer = "{transfer}", hard_links')
        converge(more, story(AT_REST, p.Write(A), AT_REST, p.Write(b"/src/d/b"), AT_REST), tree)
