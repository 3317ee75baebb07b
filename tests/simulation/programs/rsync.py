"""A model of rsync: copies from one part of the simulated files to another, taking its time."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Final

from attrs import define, evolve, field, frozen

from pylsyncd.core.model import Command
from pylsyncd.migrate.world.files import Files, Kind, Node
from simulation.programs.rules import Rule, Rules, read

Run = Generator[None, None, int]
"""A program: passes on where time goes by, and returns its exit code."""

_INCOMPATIBLE: Final = 2
_PARTIAL: Final = 23
_VANISHED: Final = 24
_TOO_MUCH: Final = 25
_OTHERS: Final = b"--filter=-sr "
_NONE: Final = Rules(())
Listing = dict[bytes, Node]


class _AbortedError(Exception):
    """It ends at once."""


@frozen
class Call:
    """What the arguments and the standard input say."""

    source: bytes
    target: bytes
    rules: Rules
    letters: bytes
    is_deleting: bool
    is_forcing: bool
    deletes_excluded: bool
    listed: tuple[bytes, ...] | None = None
    """What `--files-from` names, each with a `/` before it; all else is none of its business."""
    deletes_missing: bool = False
    """Whether what is listed but gone is deleted; else it is passed over."""
    limit: float = math.inf
    """So many may be deleted."""
    is_dry: bool = False
    others: Rules = _NONE
    """What other processes have to do with: it is neither sent nor deleted."""
    is_shallow: bool = False
    """Whether of directories nothing is brought but themselves."""

    @property
    def copies_pipes(self) -> bool:
        return b"D" in self.letters


def call_of(command: Command) -> Call:
    """Read a command line that the daemon builds."""
    flags, (source, target) = command.argv[1:-2], command.argv[-2:]
    separator = b"\0" if b"--from0" in flags else b"\n"
    lines = (command.stdin or b"").split(separator)
    rules: tuple[Rule, ...] = ()
    if b"--include-from=-" in flags:
        rules = read(lines, is_include=True) + read([b"*"], is_include=False)
    elif b"--exclude-from=-" in flags or b"--filter=. -" in flags:
        rules = read(lines, is_include=False)
    listed = tuple(line for line in lines if line) if b"--files-from=-" in flags else None
    return Call(
        source=source,
        target=target.partition(b":")[2] if b":" in target else target,
        rules=Rules(rules),
        letters=next((flag for flag in flags if flag.startswith(b"-") and flag[1:2] != b"-"), b""),
        is_deleting=b"--delete" in flags,
        is_forcing=b"--force" in flags,
        deletes_excluded=b"--delete-excluded" in flags,
        listed=listed,
        deletes_missing=b"--delete-missing-args" in flags,
        limit=next((int(flag[13:]) for flag in flags if flag.startswith(b"--max-delete=")), math.inf),
        is_dry=b"--dry-run" in flags,
        others=Rules(read((flag[13:] for flag in flags if flag.startswith(_OTHERS)), is_include=False)),
        is_shallow=flags[-2:] == (b"--no-r", b"-d"),
    )


def rsync(files: Files, command: Command, *, is_eager: bool) -> Run:
    """`is_eager`: all of the source is listed before anything is brought; else directory by directory."""
    run = _Run(files, call_of(command))
    if run.call.listed is not None:
        try:
            yield from run.bring_listed(run.call.listed)
        except _AbortedError:
            return _INCOMPATIBLE
    else:
        if is_eager and not run.call.is_shallow:
            yield from run.list_all(b"")
        yield from run.bring(b"")
    return run.code or (_TOO_MUCH if run.skipped else 0)


def counting(files: Files, command: Command) -> Run:
    """The script of `maxDelete`: a dry run whose deletions are counted."""
    limit, *argv = command.argv[4:]
    run = _Run(files, call_of(Command(tuple(argv), command.stdin)))
    assert run.call.is_dry
    try:
        yield from run.bring(b"") if run.call.listed is None else run.bring_listed(run.call.listed)
    except _AbortedError:
        return _INCOMPATIBLE
    return _TOO_MUCH if run.deleted > int(limit) else run.code


@define(eq=False)
class _Run:
    files: Files
    call: Call
    code: int = 0
    deleted: int = 0
    skipped: int = 0
    """What may not be deleted, since it would be too much."""
    _listings: dict[bytes, Listing] = field(factory=dict)

    # -- the sender ------------------------------------------------------------------------------

    def list_all(self, path: bytes) -> Generator[None]:
        listing = self._listings[path] = self._list(path)
        yield
        for name, entry in listing.items():
            if entry.is_directory:
                yield from self.list_all(path + b"/" + name)

    def _list(self, path: bytes) -> Listing:
        node = self.files.find(self.call.source + path)
        if node is None or not node.is_directory:
            self._fail(_VANISHED if node is None else _PARTIAL)
            return {}
        return {
            name: evolve(inner, entries={}, wd=None)
            for name, inner in sorted(node.entries.items())
            if not self._hides(path + b"/" + name, inner) and not self._leaves(path + b"/" + name, inner)
        }

    def _hides(self, path: bytes, node: Node) -> bool:
        return self.call.rules.hide(path, is_directory=node.is_directory)

    def _leaves(self, path: bytes, node: Node) -> bool:
        return self.call.others.hide(path, is_directory=node.is_directory)

    def _fail(self, code: int) -> None:
        self.code = _PARTIAL if _PARTIAL in (self.code, code) else code

    # -- a list of paths -------------------------------------------------------------------------

    def bring_listed(self, listed: tuple[bytes, ...]) -> Generator[None]:
        """Look at each path and those above it; then bring them, or delete what is gone, in rsync's order."""
        named: dict[bytes, Node | None] = {}
        for path in listed:
            self._name(named, path)
            yield
        for path in sorted(named, key=lambda path: _place(path, named[path])):
            above, _, name = path.rpartition(b"/")
            entry = named[path]
            if entry is not None:
                yield from self._bring_entry(above, name, entry)
                continue
            directory = self._target(above)
            found = None if directory is None else directory.entries.get(name)
            if directory is not None and found is not None:
                self._delete(directory, above, name, found)
            yield

    def _name(self, named: dict[bytes, Node | None], path: bytes) -> None:
        words = path.split(b"/")[1:]
        above = [b"/" + b"/".join(words[:length]) for length in range(1, len(words))]
        way = [self.files.find(self.call.source + one) for one in above]
        blocks = next((node for node in way if node is None or not node.is_directory), None)
        if blocks is not None and blocks.kind is not Kind.LINK:  # not a directory
            self._fail(_PARTIAL)
            return
        node = self.files.find(self.call.source + path)
        if node is None and not self.call.deletes_missing:
            return
        for one, found in zip(above, way, strict=True):
            if found is None:
                self._fail(_VANISHED)
            elif found.kind is Kind.LINK:  # to nowhere, as all links here: rsync gives up
                raise _AbortedError
            else:
                named[one] = evolve(found, entries={}, wd=None)
        if node is None or named.get(path) is None:
            named.setdefault(path, node and evolve(node, entries={}, wd=None))

    # -- the receiver ----------------------------------------------------------------------------

    def bring(self, path: bytes) -> Generator[None]:
        """Bring a directory that is there already in line."""
        listing = self._listings[path] if path in self._listings else self._list(path)
        yield
        if self.call.is_deleting:
            self._delete_extraneous(path, listing)
            yield
        for name, entry in listing.items():
            yield from self._bring_entry(path, name, entry)
        for name, entry in listing.items() if not self.call.is_shallow else ():
            if entry.is_directory and not (self.call.is_dry and self._target(path + b"/" + name) is None):
                yield from self.bring(path + b"/" + name)

    def _target(self, path: bytes) -> Node | None:
        node = self.files.find(self.call.target + path)
        return node if node is not None and node.is_directory else None

    def _delete_extraneous(self, path: bytes, listing: Listing) -> None:
        directory = self._target(path)
        for name, node in list(directory.entries.items()) if directory else ():
            if directory is not None and name not in listing:
                self._delete(directory, path, name, node)

    def _delete(self, directory: Node, path: bytes, name: bytes, node: Node) -> bool:
        """Delete what no rule protects, or only count it; whether all of it is gone."""
        path = path + b"/" + name
        is_hidden = self._hides(path, node) and not self.call.deletes_excluded
        if is_hidden or self._leaves(path, node):
            return False
        gone = [self._delete(node, path, inner, child) for inner, child in list(node.entries.items())]
        if not all(gone):
            return False
        if self.deleted >= self.call.limit:
            self.skipped += 1
            return False
        self.deleted += 1
        if not self.call.is_dry:
            del directory.entries[name]
        return True

    def _bring_entry(self, path: bytes, name: bytes, entry: Node) -> Generator[None]:
        if entry.kind is Kind.PIPE and not self.call.copies_pipes:
            return
        directory = self._target(path)
        if directory is None and self.call.is_dry:
            return  # it would have been made by now
        if directory is None:
            self._fail(_PARTIAL)
            return
        found = directory.entries.get(name)
        if found is not None and _is_alike(found, entry):
            return
        if (
            found is not None
            and found.kind is not entry.kind
            and not self._clear(directory, path, name, found)
        ):
            self._fail(_PARTIAL)
            return
        if self.call.is_dry:
            return
        if entry.kind is not Kind.FILE:
            directory.entries[name] = evolve(entry, entries={})
        else:
            yield
            self._transfer(directory, path, name, entry)

    def _clear(self, directory: Node, path: bytes, name: bytes, found: Node) -> bool:
        """Make way for something of another kind; that counts as no deletion, but what it holds does."""
        if found.entries and not (self.call.is_deleting or self.call.is_forcing):
            return False
        inside = path + b"/" + name
        gone = [self._delete(found, inside, inner, child) for inner, child in list(found.entries.items())]
        if all(gone) and not self.call.is_dry:
            del directory.entries[name]
        return all(gone)

    def _transfer(self, directory: Node, path: bytes, name: bytes, entry: Node) -> None:
        """What the file holds now goes over, with the time that it had when it was listed."""
        now = self.files.find(self.call.source + path + b"/" + name)
        if now is None:
            self._fail(_VANISHED)
        elif now.kind is not Kind.FILE or self._target(path) is not directory:
            self._fail(_PARTIAL)
        else:
            directory.entries[name] = Node(Kind.FILE, now.size, entry.mtime)


def _place(path: bytes, entry: Node | None) -> list[tuple[bool, bytes]]:
    """By which rsync sorts a list: in each directory, directories come last."""
    *above, name = path.split(b"/")[1:]
    return [*((True, one) for one in above), (entry is not None and entry.is_directory, name)]


def _is_alike(found: Node, entry: Node) -> bool:
    """The quick check; the text of a link stands in its size here, times of directories do not count."""
    if found.kind is not entry.kind:
        return False
    if entry.kind is Kind.FILE:
        return (found.size, found.mtime) == (entry.size, entry.mtime)
    return entry.is_directory or found.size == entry.size
