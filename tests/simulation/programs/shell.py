"""Models of cp, mkdir, mv, rm and of the scripts that default.direct and default.rsyncssh build of them."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Sequence
from typing import Final

from attrs import define, field

from pylsyncd.core.model import Command
from pylsyncd.migrate.world.files import Files, Kind, Node
from simulation.programs.rsync import Run

_FAILED: Final = 1
_TORN: Final = -1
"""The size of a file that is half copied: no version has it."""
_REMOVE_FIRST: Final = b'rm -rf -- "$1" && shift && exec "$@"'
_MAKE_WITH_ATTRIBUTES: Final = b'mkdir -- "$2" && { chown '
_SET_ATTRIBUTES: Final = b'chown -h --reference="$1"'
_MOVE: Final = b'mv -- "$1" "$2"'
_MOVE_OVER: Final = b'rm -rf -- "$2" && mv -T -- "$1" "$2"'
_OR_REMOVE: Final = b' || rm -rf -- "$1"'
READER: Final = (b"sh", b"-c", b"'read -r line && exec sh'")
SEVERAL_BEGIN: Final = b"""\
:
{
code=0
move() {
if [ -d "$3" ]; then echo "$1 blocked"
elif mv -- "$2" "$3" </dev/null; then echo "$1 moved"; return
elif [ -e "$2" ] || [ -h "$2" ]; then echo "$1 failed"
else echo "$1 missing"
fi
code=1
}
echo
"""
SEVERAL_END: Final = b"""
exit $code
}
"""


@define(eq=False)
class Shell:
    """Runs commands on files; all paths are absolute. `stuck` holds the pipes that copies wait for."""

    files: Files
    stuck: dict[int, Node]
    answer: list[bytes] = field(factory=list)
    """What has been written to the standard output."""

    def run(self, argv: Sequence[bytes], pid: int) -> Run:
        match list(argv):
            case [b"cp", flags, b"--", source, target]:
                return (yield from self._copy(source, target, flags, pid))
            case [b"mkdir", b"--", path]:
                yield
                return self._make(path)
            case [b"rm", b"-rf", b"--", path]:
                return (yield from self._remove(path))
            case [b"sh", b"-c", script, b"sh", *arguments]:
                return (yield from self._script(script, arguments, pid))
            case _:
                raise AssertionError(argv)

    def _script(self, script: bytes, arguments: list[bytes], pid: int) -> Run:
        if script == _REMOVE_FIRST:
            code = yield from self._remove(arguments[0])
            return code or (yield from self.run(arguments[1:], pid))
        if script.startswith(_MAKE_WITH_ATTRIBUTES):
            yield
            return self._make(arguments[1]) or self._set_attributes(*arguments)
        if script.startswith(_SET_ATTRIBUTES):
            yield
            return self._set_attributes(*arguments)
        return (yield from self._move_script(script, *arguments))

    def _move_script(self, script: bytes, origin: bytes, destination: bytes) -> Run:
        script, is_removing = script.removesuffix(_OR_REMOVE), script.endswith(_OR_REMOVE)
        if script == _MOVE_OVER:
            yield from self._remove(destination)
        elif script != _MOVE:
            raise AssertionError(script)
        yield
        code = self.move(origin, destination, is_plain=script == _MOVE_OVER)
        return (yield from self._remove(origin)) if code and is_removing else code

    # -- over ssh --------------------------------------------------------------------------------

    def remote(self, command: Command) -> Run:
        """What stands behind the host, as the shell there reads it."""
        argv = command.argv[command.argv.index(b"h") + 1 :]
        if argv == READER:
            return (yield from self._move_several(command.stdin or b""))
        return (yield from self._move_one(_words(b" ".join(argv))))

    def _move_one(self, words: list[bytes]) -> Run:
        """`[ -d DESTINATION ] && exit 1 || mv ORIGIN DESTINATION || rm -rf ORIGIN | false`."""
        destination, origin = words[2], words[9]
        guarded = [
            b"[",
            b"-d",
            destination,
            b"]",
            b"&&",
            b"exit",
            b"1",
            b"||",
            b"mv",
            origin,
            destination,
            b"||",
        ]
        is_removing = words == [*guarded, b"rm", b"-rf", origin, b"|", b"false"]
        if not is_removing and words != [*guarded, b"false"]:
            raise AssertionError(words)
        yield
        if self._is_directory(destination):
            return _FAILED
        if not self.move(origin, destination):
            return 0
        if is_removing:
            yield from self._remove(origin)
        return _FAILED

    def _move_several(self, script: bytes) -> Run:
        if not (script.startswith(SEVERAL_BEGIN) and script.endswith(SEVERAL_END)):
            raise AssertionError(script)
        words = iter(_words(script[len(SEVERAL_BEGIN) : -len(SEVERAL_END)]))
        code = 0
        for name, number, origin, destination in zip(words, words, words, words, strict=True):
            if name != b"move":
                raise AssertionError(script)
            yield
            word = self._attempt(origin, destination)
            code = code if word == b"moved" else _FAILED
            self.answer.append(number + b" " + word + b"\n")
        return code

    def _attempt(self, origin: bytes, destination: bytes) -> bytes:
        if self._is_directory(destination):
            return b"blocked"
        if not self.move(origin, destination):
            return b"moved"
        parent, name = self._place(origin)
        node = parent.entries.get(name) if parent is not None else None
        is_there = node is not None and (node.is_directory or not origin.endswith(b"/"))
        return b"failed" if is_there else b"missing"

    def _is_directory(self, path: bytes) -> bool:
        node = self.files.find(path)
        return node is not None and node.is_directory

    # -- the commands ----------------------------------------------------------------------------

    def _copy(self, path: bytes, target: bytes, flags: bytes, pid: int) -> Run:
        """It reads what it has opened, whatever becomes of its name; the time is the one it had then."""
        node, directory = self.files.find(path), self.files.find(target)
        if node is None or directory is None or not directory.is_directory:
            return _FAILED
        name = path.rpartition(b"/")[2]
        found = directory.entries.get(name)
        if node.is_directory and b"R" in flags:
            yield
            return _copy_tree(node, directory, name)
        if node.is_directory or (found is not None and found.is_directory):
            return _FAILED
        if b"R" in flags and node.kind is not Kind.FILE:
            directory.entries[name] = Node(node.kind, node.size, node.mtime)
            yield
            return 0
        return (yield from self._read(node, directory, name, pid))

    def _read(self, node: Node, directory: Node, name: bytes, pid: int) -> Run:
        found = directory.entries.get(name)
        if node.kind is Kind.LINK or (found is not None and found.kind is Kind.LINK):
            return _FAILED  # links lead nowhere here
        mtime = node.mtime
        if node.kind is Kind.PIPE:
            self.stuck[pid] = node
            while pid in self.stuck:
                yield
        copy = found if found is not None and found.kind is Kind.FILE else Node(Kind.FILE)
        directory.entries[name] = copy
        copy.size, copy.mtime = _TORN, 0
        yield
        copy.size, copy.mtime = node.size, mtime
        return 0

    def _make(self, path: bytes) -> int:
        parent, name = self._place(path)
        if parent is None or name in parent.entries:
            return _FAILED
        parent.entries[name] = Node(Kind.DIRECTORY)
        return 0

    def _remove(self, path: bytes) -> Run:
        parent, name = self._place(path)
        node = parent.entries.get(name) if parent else None
        if parent is None or node is None:
            yield
            return 0
        if path.endswith(b"/") and not node.is_directory:
            yield
            return 0  # ENOTDIR, which -f passes over
        yield from _empty(node)
        if parent.entries.get(name) is node and not node.entries:
            del parent.entries[name]
        return 0

    def _set_attributes(self, path: bytes, path2: bytes) -> int:
        node, copy = self.files.find(path), self.files.find(path2)
        if node is None or copy is None or Kind.LINK in (node.kind, copy.kind):
            return _FAILED
        copy.mtime = node.mtime
        return 0

    def move(self, path: bytes, path2: bytes, *, is_plain: bool = False) -> int:
        """As mv(1): what is a directory is moved into, unless it is `is_plain` (-T)."""
        parent, name = self._place(path)
        parent2, name2 = self._place(path2)
        node = parent.entries.get(name) if parent else None
        if (
            parent is None
            or parent2 is None
            or node is None
            or (path.endswith(b"/") and not node.is_directory)
        ):
            return _FAILED
        found = parent2.entries.get(name2)
        if found is not None and found.is_directory and not is_plain:
            parent2, name2, found = found, name, found.entries.get(name)
        elif path2.endswith(b"/") and not node.is_directory:
            return _FAILED
        return _rename(parent, name, parent2, name2)

    def _place(self, path: bytes) -> tuple[Node | None, bytes]:
        above, _, name = path.rstrip(b"/").rpartition(b"/")
        parent = self.files.find(above)
        return (parent if parent is not None and parent.is_directory else None), name


def _words(text: bytes) -> list[bytes]:
    return [word.encode("latin-1") for word in shlex.split(text.decode("latin-1"))]


def _copy_tree(node: Node, directory: Node, name: bytes) -> int:
    """A directory with all that is in it, merged with what is there."""
    copy = directory.entries.setdefault(name, Node(Kind.DIRECTORY))
    if not copy.is_directory:
        return _FAILED
    code = 0
    for inner, child in node.entries.items():
        found = copy.entries.get(inner)
        if child.is_directory:
            code |= _copy_tree(child, copy, inner)
        elif found is not None and found.is_directory:
            code = _FAILED
        else:
            copy.entries[inner] = Node(child.kind, child.size, child.mtime)
    return code


def _rename(parent: Node, name: bytes, parent2: Node, name2: bytes) -> int:
    """rename(2) on the target, where nobody watches."""
    node, found = parent.entries[name], parent2.entries.get(name2)
    if found is node or (node.is_directory and _lies_in(parent2, node)):
        return _FAILED
    if found is not None and (found.is_directory != node.is_directory or found.entries):
        return _FAILED
    del parent.entries[name]
    parent2.entries[name2] = node
    return 0


def _lies_in(node: Node, above: Node) -> bool:
    return node is above or any(_lies_in(node, inner) for inner in above.entries.values())


def _empty(node: Node) -> Generator[None]:
    """Remove what a directory holds, bit by bit."""
    yield
    for name, inner in list(node.entries.items()):
        if inner.entries:
            yield from _empty(inner)
        if not inner.entries:
            node.entries.pop(name, None)
