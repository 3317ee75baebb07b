"""`startup = { parallel = N }`: what several processes of the real rsync bring is what one would have brought."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from e2e.trees import Entry, Kept, detailed_snapshot
from pylsyncd.core.inputs import SpawnRequested
from pylsyncd.core.model import Command, EventType
from script.daemon import Daemon, running

_SAME_TIME = 1_700_000_000
_CODES = {0, 23}
"""rsync's; 23: a directory that a rule protects stands in the way of a file, with one process as with many."""

NAMES = (
    *(b"a", b"b", b"c", b"ab", b"abc", b"a.b", b"a-b", b".a", b".b", b"..a", b".ab", b"z", b"A", b"0"),
    *(b"[", b"]", b"*", b"?", b"\\", b"a\\", b"[a]", b"a*", b"\n", b"a\nb", b" ", b"#", b"!", b"-", b"+ a", b"\xff"),
    *(b"\x80a", b"\x01", b"~", b"a~", b"\xc3\xa4", b".a.AbCdEf", b"x.tmp", b"keep"),
)
names = st.sampled_from(NAMES)
paths = st.lists(names, min_size=1, max_size=3).map(b"/".join)
kinds = st.sampled_from(["file", "longer file", "link", "directory"])
Tree = dict[bytes, str]
RULES = ("a", "/a", "a/", "b*", "*.tmp", "/[a-c]", "/a/b", "**/c", "keep", "/ab*/")


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Kinds by path; what holds something is a directory."""
    tree: Tree = {}
    for path in draw(st.lists(paths, max_size=14)):
        above = [path[:end] for end, byte in enumerate(path) if byte == ord("/")]
        if all(tree.get(one, "directory") == "directory" for one in above):
            tree.update(dict.fromkeys(above, "directory"))
            tree.setdefault(path, draw(kinds))
    return tree


@frozen
class Case:
    """Two trees and how one is to be brought in line with the other."""

    source: Tree
    target: Tree | None
    options: str
    parallel: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    source = draw(trees())
    target = draw(st.none() | trees() | st.just(source))
    rules = draw(st.lists(st.sampled_from(RULES), max_size=2))
    signs = draw(st.lists(st.sampled_from("+-"), min_size=2, max_size=2))
    options = [
        draw(st.sampled_from(["", "delete = false", "delete = 'running'"])),
        draw(
            st.sampled_from(
                [
                    "",
                    f"exclude = {{ {', '.join(map(repr, rules))} }}",
                    "filter = { %s }" % ", ".join(f"'{s} {r}'" for s, r in zip(signs, rules, strict=False)),
                ]
            )
        ),
        "rsync = { archive = %s, delete_excluded = %s, _extra = { %s } }"
        % (
            draw(st.sampled_from(["true", "false"])),
            draw(st.sampled_from(["true", "false"])),
            draw(st.sampled_from(["", "'--filter=H /a'", "'--filter=P b'", "'--exclude=/c/*'", "'-a'", "'--delete-after'"])),
        ),
    ]
    return Case(source, target, ", ".join(filter(None, options)), draw(st.integers(2, 5)))


def write(root: bytes, tree: Mapping[bytes, str]) -> None:
    os.mkdir(root)
    for path, kind in tree.items():
        place = os.path.join(root, path)
        if kind == "directory":
            os.makedirs(place, exist_ok=True)
        elif kind == "link":
            os.symlink(b"nowhere", place)
        else:
            with open(place, "wb") as file:
                file.write(kind.encode())
            os.utime(place, (_SAME_TIME, _SAME_TIME))


def requests(source: Path, target: Path, options: str) -> SpawnRequested:
    daemon = running(f'sync{{ default.rsync, source = "{source}", target = "{target}/", {options} }}')
    return start_up(daemon)


def start_up(daemon: Daemon) -> SpawnRequested:
    daemon.init(daemon.core.add(EventType.INIT, b""))
    [request] = [one for one in daemon.core.inputs if isinstance(one, SpawnRequested)]
    return request


def run(commands: Sequence[Command]) -> None:
    """All of them at the same time."""
    running = []
    for one in commands:
        process = subprocess.Popen(one.argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(one.stdin or b"")
        process.stdin.close()
        running.append(process)
    for process in running:
        assert process.stderr is not None
        said = process.stderr.read()
        process.stderr.close()
        assert process.wait() in _CODES, said


def snapshot(root: Path) -> dict[bytes, Entry]:
    return detailed_snapshot(os.fsencode(root), Kept(modes=True, times="-d"))


@settings(max_examples=int(os.environ.get("EX", "25")))
@given(case=cases())
def test_what_several_processes_bring_is_what_one_brings(case: Case) -> None:
    with tempfile.TemporaryDirectory() as home:
        source, one, several = (Path(home) / name for name in ("source", "one", "several"))
        write(os.fsencode(source), case.source)
        if case.target is not None:
            write(os.fsencode(one), case.target)
            shutil.copytree(one, several, symlinks=True)
        alone = requests(source, one, case.options)
        assert not alone.rest
        run([alone.command])
        divided = requests(source, several, f"startup = {{ parallel = {case.parallel} }}, {case.options}")
        run([divided.command])
        run(divided.rest)
        assert snapshot(several) == snapshot(one)
