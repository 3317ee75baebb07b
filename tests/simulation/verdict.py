"""Whether the target equals the source, as far as the sync's filter and the status have it."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from pylsyncd.migrate.world.files import Files, Kind, Node
from simulation.changes import SECOND_TARGET, SOURCE, TARGET
from simulation.reconfigure import has_excludes, has_second
from simulation.world import World


class DifferenceError(AssertionError):
    """The target is not what it has to be, and nobody says so."""


@frozen
class Difference:
    """A path below the source, what is there, and what the target has."""

    path: bytes
    source: str
    target: str

    @property
    def line(self) -> str:
        """For whoever reads it."""
        return f"{self.path.decode('latin-1')}: source has {self.source}, target has {self.target}"


class WatchError(AssertionError):
    """Something is not watched, or under another path, or for nobody."""


def judge(world: World) -> None:
    """Raises DifferenceError unless the status names all that differs, and WatchError."""
    unsaid = [one for one in differences(world) if not _is_told(one.path, told(world))]
    if unsaid:
        raise DifferenceError("; ".join(one.line for one in unsaid))
    _judge_watches(world)


def _judge_watches(world: World) -> None:
    """The book has each directory of the source, and the kernel watches no other."""
    wanted = {SOURCE: world.files.find(SOURCE), **dict(_directories(world, SOURCE))}
    book = {path: wd for wd, path in world.daemon.machine._watching.book.watches()}
    if wanted.keys() != book.keys():
        message = f"watched are {sorted(book)}, there are {sorted(wanted)}"
        raise WatchError(message)
    if {wd: wanted[path] for path, wd in book.items()} != world.watched:
        message = f"the kernel watches {sorted(world.watched)}, the book says {book}"
        raise WatchError(message)


def _directories(world: World, path: bytes) -> Iterator[tuple[bytes, Node]]:
    hides = has_excludes(world.text) and not has_second(world.text)
    for name, node in _entries(world.files, path).items():
        if node.is_directory and not (hides and is_hidden(name)):
            yield path + name + b"/", node
            yield from _directories(world, path + name + b"/")


def told(world: World) -> tuple[bytes, ...]:
    """The paths that the status says have failed."""
    syncs = world.daemon.machine.report().syncs
    return tuple(failure.path for sync in syncs for failure in sync.failures)


def _is_told(path: bytes, failures: tuple[bytes, ...]) -> bool:
    return any(path == one.rstrip(b"/") or path.startswith(one.rstrip(b"/") + b"/") for one in failures)


def differences(world: World) -> Iterator[Difference]:
    """All that differs, but for what the filter hides."""
    yield from _compare(world.files, b"", TARGET, hides=has_excludes(world.text))
    if has_second(world.text):
        yield from _compare(world.files, b"", SECOND_TARGET, hides=False)


def _compare(files: Files, path: bytes, top: bytes, *, hides: bool) -> Iterator[Difference]:
    source, target = _entries(files, SOURCE + path), _entries(files, top + path)
    for name in sorted(source.keys() | target.keys()):
        one, other, inner = source.get(name), target.get(name), path + b"/" + name
        if hides and is_hidden(name):
            continue
        if one is None and hides and other is not None and _holds_hidden(other):
            continue  # rsync does not delete what holds something that is excluded
        if _shown(one) != _shown(other):
            yield Difference(inner, _shown(one), _shown(other))
        else:
            yield from _compare(files, inner, top, hides=hides)


def is_hidden(name: bytes) -> bool:
    """Whether the excludes of the simulation hide that name, wherever it is."""
    return name == b"skip" or name.endswith(b".tmp")


def _holds_hidden(node: Node) -> bool:
    """Whether something excluded is all that is left in a directory."""
    return bool(node.entries) and all(
        is_hidden(name) or _holds_hidden(inner) for name, inner in node.entries.items()
    )


def _entries(files: Files, path: bytes) -> dict[bytes, Node]:
    node = files.find(path)
    return {} if node is None else node.entries


def _shown(node: Node | None) -> str:
    """What counts: kind, content, and the time of a file."""
    if node is None:
        return "nothing"
    match node.kind:
        case Kind.FILE:
            return f"a file {node.size} of {node.mtime}"
        case Kind.LINK:
            return f"a link {node.size}"
        case kind:
            return f"a {kind.name.lower()}"
