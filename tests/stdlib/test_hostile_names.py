"""Whatever bytes a name holds, a batch brings the target in line: our rules and lists, the real rsync."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from stdlib.lua import load_fakes, new_state

Tree = dict[bytes, bytes]
"""Files by relative path, with their content; directories are implied, so all hold something."""

Event = tuple[str, bytes]
"""Type and path as the engine has it: beginning with `/`, a directory's ending with `/`."""

HOSTILE = b"*?[]\\\n '\"-#!\xff\x80a+"
names = st.binary(min_size=1, max_size=4).map(lambda raw: bytes(HOSTILE[byte % len(HOSTILE)] for byte in raw))
paths = st.lists(names, min_size=1, max_size=3).map(b"/".join)


def holds(top: bytes, path: bytes) -> bool:
    """Whether they are the same, or `path` lies below `top`."""
    return path == top or path.startswith(top + b"/")


def clashes(path: bytes, tree: Mapping[bytes, bytes]) -> bool:
    """Whether one of the tree's files would have to be a directory too, or the path a directory."""
    return any(
        path == other or path.startswith(other + b"/") or other.startswith(path + b"/") for other in tree
    )


def as_tree(files: list[tuple[bytes, bytes]]) -> Tree:
    tree: Tree = {}
    for path, content in files:
        if not clashes(path, tree):
            tree[path] = content
    return tree


@frozen
class Change:
    """A tree before and after, and files of the source that no event speaks of."""

    before: Tree
    after: Tree
    unannounced: Tree


@st.composite
def changes(draw: st.DrawFn) -> Change:
    pool = draw(st.lists(paths, min_size=1, max_size=6, unique=True))
    files = st.lists(st.tuples(st.sampled_from(pool), st.sampled_from([b"1", b"22"])), max_size=6)
    before, after = as_tree(draw(files)), as_tree(draw(files))
    hidden = as_tree([(path, b"333") for path in draw(st.lists(paths, max_size=3))])
    return Change(
        before,
        after,
        {path: text for path, text in hidden.items() if not clashes(path, before | after)},
    )


def directories(tree: Tree) -> set[bytes]:
    """All directories of a tree, as `a/b/`."""
    parts = [path.split(b"/") for path in tree]
    return {b"/".join(part[:depth]) + b"/" for part in parts for depth in range(1, len(part))}


def events_of(change: Change) -> list[Event]:
    """What is announced, deletions first: of a directory that is gone itself, but nothing in it."""
    before, after = directories(change.before), directories(change.after | change.unannounced)
    gone = (change.before.keys() | before) - (change.after.keys() | after)
    new = (change.after.keys() | after) - (change.before.keys() | before)
    changed = [p for p in change.after if p in change.before and change.before[p] != change.after[p]]
    tops = [path for path in gone if path.endswith(b"/")]
    inside = {path for path in gone for top in tops if path != top and path.startswith(top)}
    events = [("Delete", path) for path in sorted(gone - inside)]
    events += [("Create", path) for path in sorted(new)]
    events += [("Modify", path) for path in sorted(changed)]
    return [(etype, b"/" + path) for etype, path in events]


def write(root: Path, tree: Tree) -> None:
    for path, content in tree.items():
        place = os.path.join(os.fsencode(root), path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(content)
        os.utime(place, (len(content), len(content)))


def read(root: Path) -> Tree:
    tree: Tree = {}
    for folder, _, files in os.walk(os.fsencode(root)):
        for name in files:
            place = os.path.join(folder, name)
            with open(place, "rb") as file:
                tree[os.path.relpath(place, os.fsencode(root))] = file.read()
    return tree


class Library:
    """default.rsync in a state of its own, with a stand-in for `spawn`."""

    def __init__(self) -> None:
        state = new_state()
        self._table = state.table_from
        self._batch: Any = state.eval(
            """function(fakes, source, target, changes, transfer)
                 local world = fakes.world()
                 local rsync = { transfer = transfer }
                 local config = fakes.rsync_config(world, { source = source, target = target, rsync = rsync })
                 world.default.rsync.prepare(config, 1)
                 world.default.rsync.action(fakes.inlet(world, config, changes))
                 local spawned = world.spawned[1]
                 return spawned and spawned.args, spawned and spawned.stdin
               end"""
        )
        self._fakes = load_fakes(state)

    def batch(self, source: Path, target: Path, events: list[Event], form: str) -> tuple[list[bytes], bytes]:
        """The arguments and the standard input of the run that brings these events over."""
        rows = [self._table([etype, path]) for etype, path in events]
        arguments, stdin = self._batch(self._fakes, f"{source}/", str(target), self._table(rows), form)
        return [arg.encode("latin-1") for arg in arguments.values()], stdin.encode("latin-1")


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


FORMS = pytest.mark.parametrize("form", ["filter", "files"])


def transfer(library: Library, change: Change, home: Path, form: str) -> Tree:
    """Mirror `before`, let the change happen in the source, run the batch; gives the target."""
    source, target = home / "source", home / "target"
    source.mkdir()
    target.mkdir()
    write(source, change.after | change.unannounced)
    write(target, change.before)
    events = events_of(change)
    if events:
        arguments, stdin = library.batch(source, target, events, form)
        ran = subprocess.run(["rsync", *arguments], input=stdin, capture_output=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, b"")
    return read(target)


@FORMS
@given(change=changes())
@settings(max_examples=60, deadline=None)
def test_a_batch_brings_exactly_the_announced_paths_in_line(
    library: Library, form: str, change: Change
) -> None:
    with tempfile.TemporaryDirectory() as home:
        assert transfer(library, change, Path(home), form) == change.after


@FORMS
@pytest.mark.parametrize(
    "name",
    [
        b"]", b"a]", b"[", b"[a]", b"[!a]", b"\\", b"\\\\", b"a\\", b"\\*", b"\\[a]", b"*", b"**", b"***",
        b"?", b"a?*[]\\", b"\n", b"a\nb", b" ", b" a ", b"-rf", b"--delete", b"#c", b";c", b"!", b"+ a",
        b"- a", b"'", b'"', b"$(x)", b"`x`", b"\xff\xfe", b"\xc3", b"^o.path", b"~", b"{a,b}", b"%s",
        b"*" * 255, b"\\" * 255, b"[" * 255,
    ],
    ids=ascii,
)  # fmt: skip
def test_hostile_names_arrive_and_leave(library: Library, tmp_path: Path, name: bytes, form: str) -> None:
    before = {
        b"changed/" + name: b"1",
        b"deleted/" + name: b"1",
        b"deleted/other": b"1",
        b"deleted directory/" + name + b"/d/" + name: b"1",
        b"deleted directory/other/f": b"1",
        b"file made directory/" + name: b"1",
        b"directory made file/" + name + b"/f": b"1",
    }
    after = {
        b"new/" + name: b"1",
        b"new directory/" + name + b"/f": b"1",
        b"changed/" + name: b"22",
        b"deleted/other": b"1",
        b"deleted directory/other/f": b"1",
        b"file made directory/" + name + b"/f": b"1",
        b"directory made file/" + name: b"1",
    }
    change = Change(before, after, {b"new/unannounced": b"333"})
    assert transfer(library, change, tmp_path, form) == after


def test_a_list_of_hostile_names_is_taken_as_they_are(library: Library, tmp_path: Path) -> None:
    names = [b"#c", b";c", b" a ", b"a\nb", b"a\r", b"-rf", b"**", b"\\", b"[a]", b"\xff\xfe", b"..."]
    before = {b"deleted/" + name: b"1" for name in names} | {b"changed/" + name: b"1" for name in names}
    kept = {b"deleted/kept": b"1"}
    after = {b"changed/" + name: b"22" for name in names} | {b"new/" + name: b"1" for name in names}
    arguments, stdin = library.batch(tmp_path, tmp_path, [("Delete", b"/#c")], "files")
    assert b"--files-from=-" in arguments
    assert stdin == b"/#c"
    change = Change(before | kept, after | kept, {})
    assert transfer(library, change, tmp_path, "files") == after | kept


@FORMS
def test_the_rules_of_a_hundred_thousand_paths_take_about_a_second(
    library: Library, tmp_path: Path, form: str
) -> None:
    events = [("Create", b"/d%d/e%d/f%d [x]" % (n % 10, n % 1000, n)) for n in range(100_000)]
    start = time.process_time()
    _, stdin = library.batch(tmp_path, tmp_path / "t", events, form)
    assert time.process_time() - start < 3
    parents = 1_000 + 10 + 1 if form == "filter" else 0
    assert stdin.count(b"\0") == 100_000 + parents - 1
