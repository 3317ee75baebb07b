"""`startup = { parallel = N }`: how a start-up is split over several processes of rsync.

What they bring together, with the real rsync, is what one would have brought.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from e2e.trees import Entry, Kept, detailed_snapshot
from pylsyncd.core.inputs import SpawnRequested
from pylsyncd.core.model import Command, EventType
from script.daemon import Daemon, refusal, running
from simulation.programs.rules import Rules, read

EXAMPLES = 20
_SAME_TIME = 1_700_000_000
HERE = b"env -u"
"""A remote shell whose hosts are all this one: the host's name is that of a variable to be left out."""
_CODES = frozenset({0, 23})
"""rsync's; 23: what a rule protects stands in the way of a file, with one process as with many."""

NAMES = (
    *(b"a", b"b", b"c", b"ab", b"abc", b"a.b", b"a-b", b".a", b".b", b"..a", b".ab", b"z", b"A", b"0"),
    *(b"[", b"]", b"*", b"?", b"\\", b"a\\", b"[a]", b"a*", b"\n", b"a\nb", b" ", b"#", b"!", b"-", b"+ a"),
    *(b"\xff", b"\x80a", b"\x01", b"~", b"a~", b"\xc3\xa4", b".a.AbCdEf", b"x.tmp", b"keep"),
)
RULES = ("a", "/a", "a/", "b*", "*.tmp", "/[a-c]", "/a/b", "**/c", "keep", "/ab*/")
EXTRA = ("", '"--filter=H /a"', '"--filter=P b"', '"--exclude=/c/*"', '"-a"', '"--delete-after"')

Tree = dict[bytes, str]
"""Kinds by path; what holds something is a directory."""


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    tree: Tree = {}
    paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(b"/".join)
    for path in draw(st.lists(paths, max_size=14)):
        above = [path[:end] for end, byte in enumerate(path) if byte == ord("/")]
        if all(tree.get(one, "directory") == "directory" for one in above):
            tree.update(dict.fromkeys(above, "directory"))
            tree.setdefault(path, draw(st.sampled_from(["file", "longer file", "link", "directory"])))
    return tree


@st.composite
def options(draw: st.DrawFn) -> str:
    """Keys of a sync that have a say in what is brought and what is deleted."""
    rules = draw(st.lists(st.tuples(st.sampled_from("+-"), st.sampled_from(RULES)), max_size=2))
    excludes = ", ".join(f'"{rule}"' for _, rule in rules)
    filters = ", ".join(f'"{sign} {rule}"' for sign, rule in rules)
    deletes = draw(st.sampled_from(["true", "false", '"running"']))
    archive, excluded = (draw(st.sampled_from(["true", "false"])) for _ in range(2))
    hidden = draw(st.sampled_from([f"exclude = {{ {excludes} }}", f"filter = {{ {filters} }}"]))
    extra = draw(st.sampled_from(EXTRA))
    of_rsync = f"archive = {archive}, delete_excluded = {excluded}, _extra = {{ {extra} }}"
    return f"delete = {deletes}, {hidden}, rsync = {{ {of_rsync} }}"


@frozen
class Case:
    """Two trees, and how the one is to be brought in line with the other."""

    source: Tree
    target: Tree | None
    options: str
    parallel: int
    is_far: bool
    """Whether another rsync serves the target, which has to be told the rules."""


@st.composite
def cases(draw: st.DrawFn) -> Case:
    source = draw(trees())
    target = draw(st.none() | trees() | st.just(source))
    return Case(source, target, draw(options()), draw(st.integers(2, 5)), draw(st.booleans()))


def write(root: Path, tree: Mapping[bytes, str]) -> None:
    root.mkdir()
    for path, kind in tree.items():
        place = os.path.join(bytes(root), path)
        if kind == "directory":
            os.makedirs(place, exist_ok=True)
        elif kind == "link":
            os.symlink(b"nowhere", place)
        else:
            with open(place, "wb") as file:
                file.write(kind.encode())
            os.utime(place, (_SAME_TIME, _SAME_TIME))


def daemon_of(source: Path, target: Path, more: str) -> Daemon:
    return running(f'sync{{ default.rsync, source = "{source}", target = "{target}/", {more} }}')


def start_up(daemon: Daemon) -> SpawnRequested:
    daemon.init(daemon.core.add(EventType.INIT, b""))
    [request] = [one for one in daemon.core.inputs if isinstance(one, SpawnRequested)]
    return request


def run(*commands: Command, is_far: bool) -> None:
    """All of them at the same time."""
    processes = []
    for one in commands:
        *words, target = one.argv
        argv = [*words, b"--rsh=" + HERE, b"here:" + target] if is_far else one.argv
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(one.stdin or b"")
        process.stdin.close()
        process.stdin = None
        processes.append(process)
    said = [process.communicate()[1] for process in processes]
    assert {process.returncode for process in processes} <= _CODES, said


def snapshot(root: Path) -> dict[bytes, Entry]:
    return detailed_snapshot(os.fsencode(root), Kept(modes=True, times="-d"))


@settings(max_examples=EXAMPLES)
@given(case=cases())
def test_what_several_processes_bring_is_what_one_brings(case: Case) -> None:
    with tempfile.TemporaryDirectory() as home:
        source, one, several = (Path(home) / name for name in ("source", "one", "several"))
        write(source, case.source)
        if case.target is not None:
            write(one, case.target)
            shutil.copytree(one, several, symlinks=True)
        alone = start_up(daemon_of(source, one, case.options))
        assert not alone.rest
        run(alone.command, is_far=case.is_far)
        in_parts = f"startup = {{ parallel = {case.parallel} }}, {case.options}"
        divided = start_up(daemon_of(source, several, in_parts))
        run(divided.command, is_far=case.is_far)
        run(*divided.rest, is_far=case.is_far)
        assert snapshot(several) == snapshot(one)


# Whose business a name is ---------------------------------------------------------------------------

letters = st.sampled_from(
    [bytes([byte]) for byte in b"ab.-/\\[]*?!^~ \n\x01\x7f\x80\xff" if byte != ord("/")]
)
names = (st.sampled_from(NAMES) | st.lists(letters, min_size=1, max_size=4).map(b"".join)).filter(
    lambda name: name not in {b".", b".."}
)
tops = st.dictionaries(names, st.none() | st.lists(names, max_size=6), min_size=2, max_size=8)
"""Names at the top: files, or directories with what they hold."""


def others_of(command: Command) -> Rules:
    """What a process keeps away from."""
    words = [word.removeprefix(b"--filter=-sr ") for word in command.argv if word.startswith(b"--filter=")]
    return Rules(read(words, is_include=False))


def parts_of(top: Mapping[bytes, list[bytes] | None], parallel: int) -> list[Rules]:
    """First what the process before all others keeps away from, then each of those; empty: it is one run."""
    with tempfile.TemporaryDirectory() as home:
        write(Path(home) / "source", dict(as_tree(top)))
        request = start_up(
            daemon_of(Path(home) / "source", Path("/t"), f"startup = {{ parallel = {parallel} }}")
        )
        return [others_of(one) for one in (request.command, *request.rest)] if request.rest else []


def as_tree(top: Mapping[bytes, list[bytes] | None]) -> Iterable[tuple[bytes, str]]:
    for name, inner in top.items():
        yield name, "file" if inner is None else "directory"
        yield from ((name + b"/" + one, "file") for one in inner or ())


def owners(parts: Sequence[Rules], path: bytes) -> set[int]:
    """The processes that have to do with a path."""
    above = path.rpartition(b"/")[0]
    return {
        number
        for number, others in enumerate(parts)
        if not others.hide(path, is_directory=True) and not (above and others.hide(above, is_directory=True))
    }


def temporary(name: bytes) -> bytes:
    """What rsync writes a file to before that has its name."""
    return b"." + name.removeprefix(b".") + b".AbCdEf"


@settings(max_examples=EXAMPLES)
@given(top=tops, parallel=st.integers(2, 4), more=st.lists(names, max_size=8))
def test_each_name_is_the_business_of_one_process(
    top: dict[bytes, list[bytes] | None], parallel: int, more: list[bytes]
) -> None:
    parts = parts_of(top, parallel)
    if not parts:
        return
    before, parts = parts[0], parts[1:]
    shared = {name for name in {*top, *more} if not before.hide(b"/" + name, is_directory=True)}
    assert {name for name in shared if top.get(name) is None} == set()
    for name in {*top, *more} - shared:
        assert len(owners(parts, b"/" + name)) == 1
    for name in shared:
        assert len(owners(parts, b"/" + name)) > 1
        for inner in {*(top[name] or ()), *more}:
            assert len(owners(parts, b"/" + name + b"/" + inner)) == 1


@settings(max_examples=EXAMPLES)
@given(top=tops, parallel=st.integers(2, 4))
def test_what_rsync_writes_a_file_to_is_the_business_of_whoever_brings_the_file(
    top: dict[bytes, list[bytes] | None], parallel: int
) -> None:
    parts = parts_of(top, parallel)[1:]
    for path, kind in as_tree(top):
        above, slash, name = (b"/" + path).rpartition(b"/")
        if kind == "file":
            assert owners(parts, above + slash + temporary(name)) == owners(parts, b"/" + path)


# What is spawned --------------------------------------------------------------------------------------


def test_one_process_goes_before_the_parts_for_what_several_work_in(tmp_path: Path) -> None:
    for name in (b"a", b"b", b"c", b"d"):
        os.makedirs(os.path.join(bytes(tmp_path), b"data", name))
    daemon = daemon_of(tmp_path, Path("/t"), 'startup = { parallel = 2 }, exclude = "*.tmp"')
    request = start_up(daemon)
    assert request.command.argv[-4:-2] == (b"--no-r", b"-d")
    assert b"--filter=-sr /[!d]*" in request.command.argv
    assert [one.argv[1] for one in request.rest] == [b"--filter=-sr /data?*", b"--filter=-sr /[\x01-\\-0-c]*"]
    assert {one.stdin for one in (request.command, *request.rest)} == {b"*.tmp"}
    assert daemon.lines("Normal")[-1] == b"The start-up is split over 2 processes of rsync."


@pytest.mark.parametrize("more", ["startup = {}", "startup = { parallel = 1 }", "startup = { parallel = 4 }"])
def test_what_cannot_be_split_is_brought_by_one_process(more: str, tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    daemon = daemon_of(tmp_path, Path("/t"), more)
    request = start_up(daemon)
    assert (request.rest, request.command.argv[1:4]) == ((), (b"--delete", b"--ignore-errors", b"-lts"))
    assert len(daemon.lines("Normal")) == 1


def test_a_directory_that_may_not_be_written_to_is_not_shared(tmp_path: Path) -> None:
    for name in (b"a", b"b"):
        os.makedirs(os.path.join(bytes(tmp_path), b"data", name))
    (tmp_path / "data").chmod(0o555)
    assert start_up(daemon_of(tmp_path, Path("/t"), "startup = { parallel = 2 }")).rest == ()


def test_a_full_transfer_is_one_process(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    daemon = daemon_of(tmp_path, Path("/t"), "startup = { parallel = 2 }")
    daemon.full(daemon.core.add(EventType.FULL, b"/"))
    assert [one.rest for one in daemon.core.inputs if isinstance(one, SpawnRequested)] == [()]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("startup = 4", 'Parameter "startup" must be a table.'),
        ("startup = 4, checkgauge = false", "startup must be a table, such as { parallel = 4 }"),
        (
            "startup = { paralel = 4 }",
            'Parameter "startup.paralel" unknown. ( did you mean startup.parallel?',
        ),
        ("parallel = 4", 'Parameter "parallel" unknown. ( did you mean startup.parallel?'),
        *(
            (f"startup = {{ parallel = {value} }}", "startup.parallel must be a whole number, 1 or more")
            for value in ("0", "-1", "1.5", "'4'", "true", "false", "1/0", "0/0")
        ),
        (
            "startup = { parallel = 2 }, maxDelete = 5",
            "does not go with maxDelete: each process would have a limit of its own; leave one out",
        ),
        ("startup = { parallel = 2 }, rsync = { hard_links = true }", "does not go with rsync.hard_links"),
        ("startup = { parallel = 2 }, rsync = { prune_empty_dirs = true }", "go with rsync.prune_empty_dirs"),
        *(
            (
                f"startup = {{ parallel = 2 }}, rsync = {{ _extra = {{ '-x', {{ '{word}' }} }} }}",
                f'does not go with "{word}" in rsync._extra: it is about the whole tree; leave one out',
            )
            for word in (
                *("-avH", "--relative", "--files-from=x", "-R", "--max-delete=3", "-m"),
                *("!", "--filter=!", "--exclude=!", "-f!"),
            )
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(more: str, message: str, tmp_path: Path) -> None:
    said = refusal(f'sync{{ default.rsync, source = "{tmp_path}", target = "/t/", {more} }}')
    assert said.startswith("/etc/lsyncd.conf.lua:1: ")
    assert message in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "more", ["maxDelete = 5", "rsync = { hard_links = true }", "rsync = { _extra = { '-H' } }"]
)
def test_one_process_goes_with_everything(more: str, tmp_path: Path) -> None:
    assert daemon_of(tmp_path, Path("/t"), f"startup = {{ parallel = 1 }}, {more}").loaded.syncs


@pytest.mark.parametrize(
    "words", ["'-vz', '-e', 'ssh -oHost=Rm'", "'-essh -R'", "'-f- /Rm'", "'--exclude=-R', '--filter=- !'"]
)
def test_other_arguments_do_not_stand_in_the_way(words: str, tmp_path: Path) -> None:
    more = f"startup = {{ parallel = 2 }}, rsync = {{ _extra = {{ {words} }} }}"
    assert daemon_of(tmp_path, Path("/t"), more).loaded.syncs


def test_default_direct_does_not_take_it(tmp_path: Path) -> None:
    said = refusal(
        f'sync{{ default.direct, source = "{tmp_path}", target = "/t", startup = {{ parallel = 2 }} }}'
    )
    assert said == "/etc/lsyncd.conf.lua:1: default.direct does not take startup: use default.rsync"


def test_default_rsyncssh_splits_its_start_up_too(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    way = f'source = "{tmp_path}", host = "h", targetdir = "/t"'
    daemon = running(f"sync{{ default.rsyncssh, {way}, startup = {{ parallel = 2 }} }}")
    request = start_up(daemon)
    assert {one.argv[-1] for one in (request.command, *request.rest)} == {b"h:/t/"}
    assert len(request.rest) == 2
