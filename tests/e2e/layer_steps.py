"""What happens in a source under configs of all layers: no step leaves the order of events to chance.

lsyncd reports the entries of a directory that it lists in a random order, so what is copied or moved
here has one entry in each directory. Each step ends with the beacon, as in `steps`.
"""

from __future__ import annotations

from e2e.steps import BEACON, Step
from e2e.trees import Tree

HOSTILE = b"a b'\";`id`$(id)*\\\n^path\xff"
"""A name that hurts whoever quotes it wrongly."""

EXCLUDED = "'*.tmp', '/x/'"
"""What the configs with excludes do not want to see, in Lua."""


def seed(tree: Tree) -> None:
    """Make what is there before the daemon starts."""
    for directory in (b"d/e", b"old/in", b"gone/a", b"x", b"sub"):
        tree.mkdirs(directory)
    tree.write(BEACON, b"d/one", b"d/e/two", b"old/in/q", b"gone/a/b", b"top", b"x/y", b"chain", b"over")


def _write_often(tree: Tree) -> None:
    tree.write(b"d/new", b"top", b"d/new")
    tree.chmod(b"top", 0o600)


def _mkdir_p_and_write(tree: Tree) -> None:
    tree.mkdirs(b"p/q")
    tree.write(b"p/q/f")


def _remove_tree(tree: Tree) -> None:
    tree.remove(b"gone/a/b")
    tree.rmdir(b"gone/a", b"gone")


def _rename_twice(tree: Tree) -> None:
    tree.rename(b"chain", b"chain2")
    tree.rename(b"chain2", b"chain3")


def _write_and_rename(tree: Tree) -> None:
    tree.write(b"fresh")
    tree.rename(b"fresh", b"d/fresh")


def _create_and_remove(tree: Tree) -> None:
    tree.write(b"brief")
    tree.remove(b"brief")


def _remove_and_create(tree: Tree) -> None:
    tree.remove(b"top")
    tree.write(b"top")


def _rename_hostile(tree: Tree) -> None:
    tree.rename(b"d/" + HOSTILE, b"sub/" + HOSTILE)


def _write_excluded(tree: Tree) -> None:
    tree.write(b"junk.tmp", b"x/new", b"fine")


def _move_across(tree: Tree) -> None:
    tree.rename(b"junk.tmp", b"kept")
    tree.rename(b"fine", b"x/fine")


QUIET_STEPS: tuple[Step, ...] = (
    Step("a file is created", lambda tree: tree.write(b"d/new")),
    Step("files are rewritten again and again", _write_often),
    Step("the mode of a directory changes", lambda tree: tree.chmod(b"d/e", 0o711)),
    Step("a file is deleted", lambda tree: tree.remove(b"d/e/two")),
    Step("a tree is removed", _remove_tree),
    Step("a file is renamed", lambda tree: tree.rename(b"d/one", b"d/uno")),
    Step("a file moves to another directory", lambda tree: tree.rename(b"d/uno", b"sub/uno")),
    Step("a file is renamed onto another", lambda tree: tree.rename(b"over", b"sub/uno")),
    Step("a file is renamed twice", _rename_twice),
    Step("a new file is renamed", _write_and_rename),
    Step("a file is created and deleted at once", _create_and_remove),
    Step("a file is deleted and created at once", _remove_and_create),
    Step("files that some exclude are written", _write_excluded),
    Step("files move across the border of the excludes", _move_across),
)
"""No directory is listed."""

DIRECTORY_STEPS: tuple[Step, ...] = (
    Step("directories are made and written to at once", _mkdir_p_and_write, order_is_fixed=False),
    Step("a directory is renamed", lambda tree: tree.rename(b"old", b"renamed"), order_is_fixed=False),
    Step("a directory moves out of the tree", lambda tree: tree.move_out(b"renamed")),
    Step("a directory moves into the tree", lambda tree: tree.move_in(b"d/inside"), order_is_fixed=False),
)
"""Where a directory is listed lsyncd does so between two events, pylsyncd after those it has read."""

HOSTILE_STEPS: tuple[Step, ...] = (
    Step("a file with a hostile name is created", lambda tree: tree.write(b"d/" + HOSTILE)),
    Step("a file with a hostile name moves", _rename_hostile),
)

LAYER_STEPS: tuple[Step, ...] = (*QUIET_STEPS, *DIRECTORY_STEPS, *HOSTILE_STEPS)
