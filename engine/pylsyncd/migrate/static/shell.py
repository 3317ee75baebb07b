"""Rules about shells: file names as code, and command lines that run without a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from attrs import define

from pylsyncd.migrate.luanodes import (
    Assignment,
    Binary,
    Call,
    Function,
    Index,
    Local,
    Name,
    Node,
    String,
    Table,
)
from pylsyncd.migrate.luascope import Variable
from pylsyncd.migrate.static.config import Config
from pylsyncd.migrate.static.rewriting import lua_text, source
from pylsyncd.migrate.static.rule import Found

_NAMES: Final = frozenset(
    {
        b"name", b"basename", b"path", b"pathname", b"pathdir",
        b"sourcePath", b"sourcePathname", b"sourcePathdir",
        b"targetPath", b"targetPathname", b"targetPathdir",
    }
)  # fmt: skip
"""Fields of an event that hold what users call their files."""
_HANDLERS: Final = frozenset(
    {"onAttrib", "onCreate", "onDelete", "onFull", "onModify", "onMove", "onStartup", "init", "full"}
)
_SHELLS: Final = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
_KEEPING: Final = frozenset({b"lower", b"upper", b"sub", b"rep", b"reverse", b"format"})
"""Functions of `string` that do not make a name harmless; others may well be there for that."""
_DEEPEST: Final = 30
_QUOTED: Final = re.compile(r"""(["']?)\0(\d+)\0\1""")


@define(eq=False, slots=False)
class _Flow:
    """Where file names get to in a config."""

    config: Config

    @cached_property
    def events(self) -> frozenset[Variable]:
        """The variables that hold events."""
        return frozenset((*self._parameters(), *self._taken(), *self._agents()))

    def is_name(self, node: Node, depth: int = 0) -> bool:
        """Whether a name that a user gave to a file is part of the text."""
        if depth > _DEEPEST:
            return False
        match node:
            case Index(table=Name() as owner, key=String(value=key)):
                return key in _NAMES and self.config.scopes.variable(owner) in self.events
            case Name():
                return self._is_held(self.config.scopes.variable(node), depth)
            case Binary(operator=".." | "and" | "or", left=left, right=right):
                return self.is_name(left, depth + 1) or self.is_name(right, depth + 1)
            case Call():
                return any(self.is_name(one, depth + 1) for one in self._passed_on(node))
            case _:
                return False

    def _is_held(self, variable: Variable, depth: int) -> bool:
        """Whether a variable holds a name, and has not been given to a function that may quote it."""
        known = [value for value in variable.values if value is not None]
        are_names = [self.is_name(value, depth + 1) for value in known]
        calls = (name for value, name in zip(known, are_names, strict=True) if isinstance(value, Call))
        return any(are_names) and all(calls)

    def _passed_on(self, call: Call) -> list[Node]:
        """What of a call's arguments is in its result."""
        function = call.function
        if isinstance(function, Index) and isinstance(function.key, String):
            owner, key = function.table, function.key.value
            if key in _KEEPING:
                return [owner, *call.arguments] if call.is_method else list(call.arguments)
            if key == b"concat" and self.config.is_api(owner, "table") and call.arguments:
                joined = self.config.scopes.resolved(call.arguments[0])
                return [field.value for field in joined.fields] if isinstance(joined, Table) else []
        is_text = self.config.is_api(function, "tostring")
        return list(call.arguments) if is_text else []

    def _parameters(self) -> Iterator[Variable]:
        """Parameters of functions in `on…` keys, also of those that stand there by name."""
        for table in self.config.tables:
            for field in table.fields if not _HANDLERS.isdisjoint(_names(table)) else ():
                value = self.config.scopes.resolved(field.value)
                if field.name in _HANDLERS and isinstance(value, Function):
                    yield from map(self.config.scopes.variable, value.parameters)

    def _taken(self) -> Iterator[Variable]:
        """Locals that take what `getEvent()` gives."""
        for node in self.config.chunk.nodes:
            if isinstance(node, Local | Assignment) and any(map(_is_get_event, node.values)):
                names = node.names if isinstance(node, Local) else node.targets
                yield from (self.config.scopes.variable(name) for name in names if isinstance(name, Name))

    def _agents(self) -> Iterator[Variable]:
        """What is given to `spawn` in the first place."""
        for name in ("spawn", "spawnShell"):
            for call in self.config.api_calls(name):
                if call.arguments and isinstance(call.arguments[0], Name):
                    yield self.config.scopes.variable(call.arguments[0])


def _names(table: Table) -> set[str | None]:
    return {field.name for field in table.fields}


def _is_get_event(node: Node) -> bool:
    function = node.function if isinstance(node, Call) else None
    return (
        isinstance(function, Index) and isinstance(function.key, String) and function.key.value == b"getEvent"
    )


def injection(config: Config) -> Iterator[Found]:
    """A file name as part of a command that a shell reads."""
    flow = _Flow(config)
    for call, command in _commands(config):
        if flow.is_name(command):
            text = source(config.chunk, command)
            message = f"a shell takes file names for code here: {text}"
            yield Found(command.start, message, _remedy(config, flow, call, command))


def _commands(config: Config) -> Iterator[tuple[Call, Node]]:
    """Arguments that a shell reads as code."""
    for call in config.calls:
        arguments = call.arguments
        if call.is_method:
            continue
        if config.is_api(call.function, "spawnShell"):
            yield from ((call, one) for one in arguments[1:2])
        elif config.is_api(call.function, "spawn"):
            yield from ((call, one) for one in _of_spawn(config, arguments))
        elif _is_library(config, call.function, "os", b"execute") or _is_library(
            config, call.function, "io", b"popen"
        ):
            yield from ((call, one) for one in arguments[:1])


def _is_library(config: Config, node: Node, table: str, key: bytes) -> bool:
    found = config.scopes.resolved(node)
    is_key = isinstance(found, Index) and isinstance(found.key, String) and found.key.value == key
    return isinstance(found, Index) and is_key and config.is_api(found.table, table)


def _of_spawn(config: Config, arguments: tuple[Node, ...]) -> tuple[Node, ...]:
    """Of `spawn(event, "sh", "-c", …)` the script; of ssh all that its other side reads."""
    binary = config.scopes.resolved(arguments[1]) if len(arguments) > 1 else None
    program = binary.value.decode("latin-1").rpartition("/")[2] if isinstance(binary, String) else ""
    words = arguments[2:]
    if words and isinstance(words[0], String) and words[0].value == b"<":
        words = words[2:]
    if program == "ssh":
        return words
    for number, word in enumerate(words[:-1]) if program in _SHELLS else ():
        if isinstance(word, String) and re.fullmatch(rb"-\w*c", word.value):
            return words[number + 1 : number + 2]
    return ()


# The remedy ----------------------------------------------------------------------------------------


def _remedy(config: Config, flow: _Flow, call: Call, command: Node) -> str:
    binary = config.scopes.resolved(call.arguments[1]) if len(call.arguments) > 1 else command
    if isinstance(binary, String) and binary.value.rpartition(b"/")[2] == b"ssh":
        return "quote it for the shell of the host, or send names by standard input"
    script = _with_parameters(config, flow, command)
    if script is None or call.arguments[-1] is not command:
        return "pass names as parameters: spawnShell(event, 'command \"$1\"', event.sourcePathname)"
    return f"write: spawnShell({_agent(config, flow, call)}, {script})"


def _agent(config: Config, flow: _Flow, call: Call) -> str:
    """The event to spawn for: that of the call, or of the function around it."""
    if config.is_api(call.function, "spawn") or config.is_api(call.function, "spawnShell"):
        return source(config.chunk, call.arguments[0])
    around = [one for one in config.functions if one.start <= call.start and call.end <= one.end]
    names = [name for one in around for name in one.parameters if config.scopes.variable(name) in flow.events]
    return names[0].name if names else "event"


def _with_parameters(config: Config, flow: _Flow, command: Node) -> str | None:
    """`'cp "$1" /b', event.path` for `"cp " .. event.path .. " /b"`; None if it is no such chain."""
    script, parameters = "", []
    pieces = list(_pieces(config.scopes.resolved(command)))
    for piece in pieces:
        if isinstance(piece, String):
            script += piece.value.decode("utf-8", "surrogateescape").replace("\0", "")
        elif flow.is_name(piece) and not isinstance(piece, Call):
            parameters.append(source(config.chunk, piece))
            script += f"\0{len(parameters)}\0"
        else:
            return None
    text = _QUOTED.sub(_parameter, script)
    return (
        None if "\0" in text else ", ".join([lua_text(text.encode("utf-8", "surrogateescape")), *parameters])
    )


def _parameter(found: re.Match[str]) -> str:
    number = found[2]
    return f'"${number}"' if len(number) == 1 else f'"${{{number}}}"'


def _pieces(node: Node) -> Iterator[Node]:
    """What a chain of `..`, or a call of `format` with `%s`, puts together."""
    if isinstance(node, Binary) and node.operator == "..":
        yield from _pieces(node.left)
        yield from _pieces(node.right)
        return
    layout, values = _formatted(node)
    between = re.split(rb"%[sq]", layout.value) if layout else []
    if layout and len(between) == len(values) + 1 and not any(b"%" in text for text in between):
        for text, value in zip(between, (*values, None), strict=True):
            yield String(layout.start, layout.end, text)
            yield from (value,) if value else ()
    else:
        yield node


def _formatted(node: Node) -> tuple[String | None, tuple[Node, ...]]:
    """The layout and the values of `layout:format(…)` or `string.format(layout, …)`."""
    match node:
        case Call(function=Index(key=String(value=b"format"), table=String() as layout), is_method=True):
            return layout, node.arguments
        case Call(function=Index(key=String(value=b"format")), arguments=(String() as layout, *values)):
            return (None, ()) if node.is_method else (layout, tuple(values))
        case _:
            return None, ()


# Command lines of layer 3 --------------------------------------------------------------------------

_FOR_A_SHELL: Final = re.compile(rb"(?:^|\s)(?:[|&;<>]|\d?>|&&|\|\|)|;\s|[^\\]\$[({\w]|`")


def _reactions(config: Config) -> Iterator[tuple[str, String]]:
    """All command lines in `on…` keys."""
    for sync in config.syncs:
        for field in sync.effective(""):
            value = config.scopes.resolved(field.value)
            if field.name in _HANDLERS - {"init", "full"} and isinstance(value, String):
                yield field.name or "", value


def command_without_shell(config: Config) -> Iterator[Found]:
    """`onCreate = "/bin/cat ^path > /log"`: what begins with a slash runs without a shell."""
    for _, text in _reactions(config):
        command = text.value.strip()
        if command.startswith(b"/") and _FOR_A_SHELL.search(command):
            message = (
                "a command line that begins with / runs without a shell: |, >, ; and $ are plain text in it"
            )
            yield Found(text.start, message, f"write: {lua_text(b'^' + command)}")


def empty_command(config: Config) -> Iterator[Found]:
    """`onCreate = ""`."""
    for name, text in _reactions(config):
        if not text.value.strip():
            yield Found(text.start, f"{name} is an empty command line", f"leave {name} out")


def destination_elsewhere(config: Config) -> Iterator[Found]:
    """`^d.path` outside of `onMove`."""
    for name, text in _reactions(config):
        found = re.search(rb"\^d\.(?:path|sourcePath|targetPath)\w*", text.value)
        if name != "onMove" and found:
            variable = found[0].decode()
            message = f"{variable} is known in onMove only, not in {name}"
            yield Found(text.start, message, f"write ^{variable[3:]}")
