"""What happens in a source while the daemons watch: a tree to begin with, and a series of steps.

A step is done at once, well within the delay of a sync, so that all of it goes into one batch. It
ends by rewriting the beacon, a file that no configuration excludes: thus every step makes at least
one call, and the call that names the beacon is the last one of its step.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from e2e.trees import Tree

BEACON = b"zz beacon"

HOSTILE_NAMES: tuple[bytes, ...] = (
    b"sp ace",
    b" leading blank",
    b"trailing blank ",
    b"-dash",
    b"--delete",
    b"new\nline",
    b"tab\there",
    b"carriage\r",
    b'quo"te',
    b"apo'strophe",
    b"star*",
    b"***",
    b"quest?ion",
    b"[open",
    b"[x]",
    b"# no comment",
    b"; semicolon",
    b"+ plus",
    b"- minus",
    b"$HOME `id` $(id)",
    b"^path",
    b"%s%d",
    b"back\\slash",
    b"trailing\\",
    b"\xff\xfe",
    b"\xc3\xa4 valid, \xe4 not",
    b"\x01\x7f\x80",
    b"...",
    b"n" * 255,
)

HOSTILE_DIRECTORIES: tuple[bytes, ...] = tuple(name for name in HOSTILE_NAMES if b"\\" not in name)
"""A rule for a deleted directory has stars, hence its backslashes need escapes, which lsyncd forgets."""


@frozen
class Step:
    """One change of the source by a user."""

    name: str
    act: Callable[[Tree], None]
    order_is_fixed: bool = True
    """False where the daemon lists a new directory: lsyncd reports its entries in a random order."""

    def happen(self, tree: Tree) -> None:
        """Do it, the beacon last."""
        self.act(tree)
        tree.write(BEACON)


def seed(tree: Tree) -> None:
    """Make what is there before the daemon starts."""
    for directory in (b"d/e/f", b"tree/s/t", b"old/in", b"gone/a/b", b"2/3", b"b", b"x", b"hostile"):
        tree.mkdirs(directory)
    tree.write(b"d/one", b"d/e/two", b"d/e/f/three", b"d/four", b"tree/x", b"tree/s/y", b"tree/s/t/z")
    tree.write(b"old/in/q", b"old/r", b"gone/a/b/c", b"gone/d", b"top", b"b/inside", b"x/y", b"keep.bak")
    tree.write(b"left", b"right", b"chain", b"over", b"under", b"churn")


def _create_in_nested_directories(tree: Tree) -> None:
    tree.write(b"d/e/f/n1", b"d/n2", b"n3", b"d/e/n4", b"2/3/n5")


def _remove_a_tree_bottom_up(tree: Tree) -> None:
    tree.remove(b"gone/a/b/c")
    tree.rmdir(b"gone/a/b", b"gone/a")
    tree.remove(b"gone/d")
    tree.rmdir(b"gone")


def _change_modes(tree: Tree) -> None:
    tree.chmod(b"d/four", 0o600)
    tree.chmod(b"d/e", 0o711)


def _mkdir_p_and_write(tree: Tree) -> None:
    tree.mkdir(b"p", b"p/q", b"p/q/r")
    tree.write(b"p/q/r/f")


def _create_and_remove(tree: Tree) -> None:
    tree.write(b"brief")
    tree.remove(b"brief")


def _remove_and_create(tree: Tree) -> None:
    tree.remove(b"churn")
    tree.write(b"churn")


def _write_and_remove(tree: Tree) -> None:
    tree.write(b"d/n2")
    tree.remove(b"d/n2")


def _write_many_times(tree: Tree) -> None:
    tree.write(b"churn", b"n3", b"churn", b"n3", b"churn")
    tree.chmod(b"n3", 0o640)


def _file_becomes_directory(tree: Tree) -> None:
    tree.remove(b"top")
    tree.mkdir(b"top")
    tree.write(b"top/in")


def _directory_becomes_file(tree: Tree) -> None:
    tree.remove(b"top/in")
    tree.rmdir(b"top")
    tree.write(b"top")


def _file_becomes_symlink(tree: Tree) -> None:
    tree.remove(b"top")
    tree.symlink(b"left", b"top")


def _rename_twice(tree: Tree) -> None:
    tree.rename(b"chain", b"chain2")
    tree.rename(b"chain2", b"chain3")


def _swap(tree: Tree) -> None:
    tree.rename(b"left", b"between")
    tree.rename(b"right", b"left")
    tree.rename(b"between", b"right")


def _links_and_pipes(tree: Tree) -> None:
    tree.symlink(b"nowhere", b"dangling")
    tree.symlink(b"d", b"to a directory")
    tree.link(b"n3", b"n3 again")
    tree.fifo(b"pipe")


def _touch_what_some_exclude(tree: Tree) -> None:
    tree.write(b"a", b"b/inside", b"d/a", b"d/junk.tmp", b"x/a")
    tree.write(b"x/new.bak", b"other.bak", b"plain", b"kept")


def _move_across_excludes(tree: Tree) -> None:
    tree.rename(b"kept", b"now.tmp")
    tree.rename(b"d/junk.tmp", b"d/fine")
    tree.rename(b"a", b"d/e/a")


def _move_an_excluded_directory(tree: Tree) -> None:
    tree.rename(b"b", b"seen")


def _create_hostile(tree: Tree) -> None:
    tree.write(*(b"hostile/" + name for name in HOSTILE_NAMES))


def _rename_hostile(tree: Tree) -> None:
    for name in HOSTILE_NAMES:
        tree.rename(b"hostile/" + name, b"d/" + name)


def _remove_hostile(tree: Tree) -> None:
    tree.remove(*(b"d/" + name for name in HOSTILE_NAMES))


def _create_hostile_directories(tree: Tree) -> None:
    for name in HOSTILE_DIRECTORIES:
        tree.mkdir(b"hostile/" + name)
        tree.write(b"hostile/" + name + b"/in")


def _remove_hostile_directories(tree: Tree) -> None:
    for name in HOSTILE_DIRECTORIES:
        tree.remove(b"hostile/" + name + b"/in")
        tree.rmdir(b"hostile/" + name)


STEPS: tuple[Step, ...] = (
    Step("files in nested directories are created", _create_in_nested_directories),
    Step("a file is rewritten", lambda tree: tree.write(b"d/e/f/three")),
    Step("the modes of a file and of a directory change", _change_modes),
    Step("files are rewritten again and again", _write_many_times),
    Step("a file is deleted", lambda tree: tree.remove(b"d/e/two")),
    Step("an empty directory is made", lambda tree: tree.mkdir(b"empty")),
    Step("an empty directory is removed", lambda tree: tree.rmdir(b"empty")),
    Step("a tree is removed", _remove_a_tree_bottom_up),
    Step("a file is renamed", lambda tree: tree.rename(b"d/one", b"d/uno")),
    Step("a file moves to another directory", lambda tree: tree.rename(b"d/uno", b"tree/s/uno")),
    Step("a file is renamed onto another", lambda tree: tree.rename(b"over", b"under")),
    Step("a directory is renamed", lambda tree: tree.rename(b"old", b"new"), order_is_fixed=False),
    Step("a directory moves deeper", lambda tree: tree.rename(b"new", b"d/e/f/new"), order_is_fixed=False),
    Step("a tree is copied", lambda tree: tree.copy(b"tree", b"copy"), order_is_fixed=False),
    Step("directories are made and written to at once", _mkdir_p_and_write, order_is_fixed=False),
    Step("new directories are written to later", lambda tree: tree.write(b"p/q/g", b"p/q/r/f")),
    Step("a file is created and deleted at once", _create_and_remove),
    Step("a file is deleted and created at once", _remove_and_create),
    Step("a file is rewritten and deleted at once", _write_and_remove),
    Step("a file becomes a directory", _file_becomes_directory, order_is_fixed=False),
    Step("a directory becomes a file", _directory_becomes_file),
    Step("a file becomes a symbolic link", _file_becomes_symlink),
    Step("a file is renamed twice", _rename_twice),
    Step("two files are swapped", _swap),
    Step("a directory moves out of the tree", lambda tree: tree.move_out(b"p")),
    Step("a directory moves into the tree", lambda tree: tree.move_in(b"inside"), order_is_fixed=False),
    Step("links and pipes are made", _links_and_pipes),
    Step("files that some exclude are written", _touch_what_some_exclude),
    Step("files move across the border of the excludes", _move_across_excludes),
    Step("an excluded directory moves into sight", _move_an_excluded_directory, order_is_fixed=False),
    Step("files with hostile names are created", _create_hostile),
    Step("files with hostile names move", _rename_hostile),
    Step("files with hostile names are deleted", _remove_hostile),
    Step("directories with hostile names are made", _create_hostile_directories, order_is_fixed=False),
    Step("directories with hostile names are removed", _remove_hostile_directories),
    Step("a name with a closing bracket appears", lambda tree: tree.write(b"b]c")),
    Step("a name with a closing bracket goes", lambda tree: tree.remove(b"b]c")),
    Step("a directory with a backslash appears", lambda tree: tree.mkdir(b"back\\dir")),
    Step("a directory with a backslash goes", lambda tree: tree.rmdir(b"back\\dir")),
    Step("a name with a star and a backslash appears", lambda tree: tree.write(b"w*\\z")),
    Step("a name with a star and a backslash goes", lambda tree: tree.remove(b"w*\\z")),
)
