"""Where a rule stands: the literal in the configuration, or the line of a file of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from attrs import define, field, frozen

from pylsyncd.core.patterns import parse_exclude_file, parse_filter_file
from pylsyncd.migrate.explanation.rules import Rule, RuleKind
from pylsyncd.migrate.luanodes import Assignment, Call, Index, Local, Name, Node, String, Table
from pylsyncd.migrate.luasyntax import Chunk, parse
from pylsyncd.script.place import Place
from pylsyncd.script.traits import Traits

_KEYS: Final = {RuleKind.EXCLUDE: "exclude", RuleKind.FILTER: "filter"}
_ADDERS: Final = {RuleKind.EXCLUDE: b"addExclude", RuleKind.FILTER: b"appendFilter"}
_DEEPEST: Final = 10
"""Names that lead to names that lead to names; more is a circle."""


@frozen
class Origin:
    """Where a rule comes from."""

    place: Place | None
    """None: from no file, but from the command line or a script that is not known."""
    is_exact: bool = True
    """Whether the rule itself stands there; otherwise it is only the `sync{}` that got it from Lua."""


@define(eq=False)
class Library:
    """Texts of files, each read and parsed once."""

    read: Callable[[bytes], bytes | None]
    """The content of a file, or None."""
    _texts: dict[bytes, bytes | None] = field(factory=dict)
    _chunks: dict[bytes, Chunk] = field(factory=dict)

    def text(self, name: bytes) -> bytes | None:
        """What is in a file; None: it cannot be read."""
        if name not in self._texts:
            self._texts[name] = self.read(name)
        return self._texts[name]

    def chunk(self, name: bytes) -> Chunk:
        """A Lua file; what cannot be read is empty."""
        if name not in self._chunks:
            self._chunks[name] = parse(self.text(name) or b"")
        return self._chunks[name]


def origin_of(rule: Rule, traits: Traits, library: Library) -> Origin:
    """Where the rule stands that this sync goes by."""
    is_exclude = rule.kind is RuleKind.EXCLUDE
    listed = traits.listed_excludes if is_exclude else traits.listed_filters
    file = traits.exclude_file if is_exclude else traits.filter_file
    if rule.text not in listed and file is not None:
        line = _line_of(rule, library.text(file) or b"")
        if line:
            return Origin(Place(file, line))
    return _literal(rule, traits.place, library, is_listed=rule.text in listed)


def _line_of(rule: Rule, content: bytes) -> int:
    """The line of a file of rules that gives this one; 0: none does."""
    read = parse_exclude_file if rule.kind is RuleKind.EXCLUDE else parse_filter_file
    lines = enumerate(content.split(b"\n"), 1)
    return next((number for number, line in lines if read(line) == (rule.text,)), 0)


def _literal(rule: Rule, call: Place | None, library: Library, *, is_listed: bool) -> Origin:
    if call is None:
        return Origin(None, is_exact=False)
    chunk = library.chunk(call.file)
    search = _in_lists if is_listed else _added
    for node in search(chunk, rule, call.line):
        return Origin(Place(call.file, *chunk.position(node.start)))
    return Origin(call, is_exact=False)


def _in_lists(chunk: Chunk, rule: Rule, line: int) -> Iterator[Node]:
    """Where the text stands in what the call in that line is given."""
    names = dict(_assigned(chunk))
    for table in _tables(chunk, line):
        for value in _values(table, _KEYS[rule.kind], names, 0):
            yield from _strings(value, rule.text, names, 0)


def _tables(chunk: Chunk, line: int) -> Iterator[Table]:
    """What calls that stand in this line are given, `sync{}` among them."""
    for node in chunk.nodes:
        if not isinstance(node, Call):
            continue
        first, last = chunk.position(node.start)[0], chunk.position(max(node.start, node.end - 1))[0]
        if first <= line <= last and _is_sync(node.function):
            yield from (argument for argument in node.arguments if isinstance(argument, Table))


def _is_sync(function: Node) -> bool:
    return isinstance(function, Name) and function.name == "sync"


def _assigned(chunk: Chunk) -> Iterator[tuple[str, Node]]:
    """What each variable is given last, wherever that is."""
    for node in chunk.nodes:
        targets: Iterable[Node] = ()
        match node:
            case Local(_, _, targets, values) | Assignment(_, _, targets, values):
                pairs = zip(targets, values, strict=False)
                yield from ((target.name, value) for target, value in pairs if isinstance(target, Name))
            case _:  # gives nothing a name
                continue


def _values(table: Table, key: str, names: dict[str, Node], depth: int) -> Iterator[Node]:
    """What a table has under a key, then what it inherits."""
    own = table.get(key)
    if own is not None:
        yield own.value
    for entry in table.fields:
        base = _resolved(entry.value, names) if entry.key is None else None
        if isinstance(base, Table) and depth < _DEEPEST:
            yield from _values(base, key, names, depth + 1)


def _strings(value: Node, text: bytes, names: dict[str, Node], depth: int) -> Iterator[Node]:
    """The literals of that text in a value: itself, in a list, or behind a name."""
    value = _resolved(value, names)
    if isinstance(value, String) and value.value == text:
        yield value
    elif isinstance(value, Table) and depth < _DEEPEST:
        for entry in value.fields:
            yield from _strings(entry.value, text, names, depth + 1)


def _resolved(value: Node, names: dict[str, Node]) -> Node:
    for _ in range(_DEEPEST):
        if not isinstance(value, Name) or value.name not in names:
            break
        value = names[value.name]
    return value


def _added(chunk: Chunk, rule: Rule, _line: int) -> Iterator[Node]:
    """Where the text is handed to `addExclude` or `appendFilter`."""
    for node in chunk.nodes:
        if isinstance(node, Call) and _is_adder(node.function, _ADDERS[rule.kind]):
            texts = [one.value for one in node.arguments if isinstance(one, String)]
            if len(texts) == len(node.arguments) and b" ".join(texts) == rule.text:
                yield node.arguments[0]


def _is_adder(function: Node, name: bytes) -> bool:
    return isinstance(function, Index) and isinstance(function.key, String) and function.key.value == name
