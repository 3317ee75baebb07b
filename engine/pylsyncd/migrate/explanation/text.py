"""What was found out, as text for an operator at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from pylsyncd.migrate import words as w
from pylsyncd.migrate.explanation.model import Account, Event, Reaction, Standing, Start, SyncAccount, View
from pylsyncd.migrate.explanation.places import Origin
from pylsyncd.migrate.explanation.rsyncrules import Verdict
from pylsyncd.migrate.explanation.rules import Decision, Rule
from pylsyncd.script.place import Place

_LABEL: Final = 11
"""Columns that labels and times take, the margin not counted."""
_MOST_LINES: Final = 12
"""Of a standard input, or of syncs that have nothing to do with the path."""
_LIBRARY: Final = (b"\t<pylsyncd>", b"\t[C]", b"\t(...tail calls")
"""How frames of a traceback begin that help nobody."""

_STANDINGS: Final = {
    Standing.TOO_DEEP: "not seen, it is in a sub-directory, and subdirs = false",
    Standing.SOURCE: "the source itself: what happens to it is no event",
    Standing.LINKED_AWAY: "not seen, it is behind a symbolic link that leads out of the source",
    Standing.OUTSIDE: "not seen, it is not in the source",
}


def render(account: Account, here: bytes) -> str:
    """The whole account; files in the directory `here` are shown by their names only."""
    return "".join(f"{line}".rstrip() + "\n" for line in _Page(account, here).lines())


@frozen
class _Page:
    account: Account
    here: bytes

    def lines(self) -> Iterator[str]:
        account = self.account
        yield " -> ".join(_shown(path) for path in (account.path, account.destination) if path is not None)
        if account.real != account.path:
            yield f"is known as {_shown(account.real)}"
        for message in account.said:
            yield from _message(message, "")
        if account.exit_code is not None:
            yield f"The daemon ends by itself with exit code {account.exit_code} before anything can happen."
        for sync in account.syncs:
            if sync.is_concerned:
                yield ""
                yield from self.sync(sync)
        yield from self.others([sync for sync in account.syncs if not sync.is_concerned])

    def others(self, syncs: list[SyncAccount]) -> Iterator[str]:
        """Those whose source is elsewhere."""
        if syncs:
            yield ""
            yield "It is not in the source of"
        for sync in syncs[:_MOST_LINES]:
            yield "  " + self.head(sync)
        if len(syncs) > _MOST_LINES:
            yield f"  and {len(syncs) - _MOST_LINES} more"

    # -- a sync ----------------------------------------------------------------------------------

    def head(self, sync: SyncAccount) -> str:
        target = "" if sync.target is None else f" -> {_shown(sync.target)}"
        position = "" if sync.place is None else f"  ({self.place(sync.place)})"
        return f"{_shown(sync.name)}: {_shown(sync.source)}{target}{position}"

    def sync(self, sync: SyncAccount) -> Iterator[str]:
        yield self.head(sync)
        yield from self.view(sync.view, "path")
        if sync.destination is not None:
            yield from self.view(sync.destination, "to")
        if sync.rsync is not None:
            yield from _rsync(sync.rsync, sync.view)
        for events, reaction in sync.reactions:
            yield from self.reaction(events, reaction, sync)
        if sync.collapsing:
            yield _row("together", sync.collapsing)
        for number, line in enumerate(sync.failures):
            yield _row("failures" if number == 0 else "", line)

    def view(self, view: View, label: str) -> Iterator[str]:
        subject = f"{_shown(view.path)}: " if len(view.path) > 1 else ""
        if view.decision is None:
            yield _row(label, subject + _STANDINGS[view.standing])
            return
        yield _row(label, subject + self.decision(view.decision, view.origin, view))
        if view.otherwise is not None:
            then = self.decision(view.otherwise, view.next_origin, view)
            yield _row("", f"without that rule: {then}")

    def decision(self, decision: Decision, origin: Origin | None, view: View) -> str:
        rule = decision.rule
        if rule is None:
            return "taken, no rule speaks of it"
        text = self.rule(rule, origin)
        if not decision.hides:
            return f"taken by {text}"
        if decision.level != view.path:
            return f"left out, as {_shown(decision.level)} is not watched: {text}"
        return f"left out by {text}"

    def rule(self, rule: Rule, origin: Origin | None) -> str:
        return f"{rule.kind.value} {_quoted(rule.text)}{self.origin(origin)}"

    def origin(self, origin: Origin | None) -> str:
        if origin is None or origin.place is None:
            return ", added by Lua"
        if origin.is_exact:
            return f" at {self.place(origin.place)}"
        return f", from Lua: sync at {self.place(origin.place)}"

    def place(self, place: Place) -> str:
        """As compilers have it, so that editors find it."""
        file = place.file.removeprefix(self.here.rstrip(b"/") + b"/")
        column = f":{place.column}" if place.column else ""
        return f"{_shown(file)}:{place.line}{column}"

    # -- reactions -------------------------------------------------------------------------------

    def reaction(self, events: tuple[Event, ...], reaction: Reaction, sync: SyncAccount) -> Iterator[str]:
        names = ", ".join(_name(event, sync) for event in events)
        called = " and ".join(f"{one.name} at {self.place(one.place)}" for one in reaction.functions)
        names += f", by {called}" if called else ""
        if not reaction.starts:
            yield f"  {names}"
            yield _row("nothing", reaction.why)
        else:
            yield f"  {names}{f'  ({reaction.why})' if reaction.why else ''}"
            for start in reaction.starts:
                yield from _start(start)
        for message in reaction.said:
            yield from _message(message, "    ")


def _name(event: Event, sync: SyncAccount) -> str:
    if event is Event.FULL and sync.crontab:
        return f"Full (crontab {'; '.join(_quoted(rule) for rule in sync.crontab)})"
    return event.value


def _start(start: Start) -> Iterator[str]:
    after = round(start.after, 1)
    origin = f"{_shown(start.origin)}: " if start.origin else ""
    yield _row(f"{after:g} s" if after else "at once", origin + w.join(start.argv))
    items = _items(start.stdin)
    for item in items[:_MOST_LINES]:
        yield _row("", f"< {item}")
    if len(items) > _MOST_LINES:
        yield _row("", f"< and {len(items) - _MOST_LINES} more")


def _items(stdin: bytes | None) -> list[str]:
    """What a process reads, an item a line."""
    if not stdin:
        return []
    end = b"\0" if b"\0" in stdin else b"\n"
    return [w.quote(item) for item in stdin.removesuffix(end).split(end)]


def _rsync(verdict: Verdict, view: View) -> Iterator[str]:
    """What rsync reads, where it has anything to read or sees more than the sync does."""
    is_seen = view.standing is Standing.TAKEN
    if verdict.rule is None and is_seen:
        return
    if verdict.is_misread:
        yield _row("rsync", f"cannot read filter {_quoted(verdict.rule or b'')} as it is meant, and fails")
        return
    by = f', by "{_shown(verdict.rule)}"' if verdict.rule is not None else ""
    action = "takes it" if verdict.takes else "leaves it out"
    differs = "" if verdict.takes == is_seen else ", unlike the events"
    yield _row("rsync", f"at the start-up {action}{by}{differs}")


def _row(label: str, text: str) -> str:
    return f"    {label:<{_LABEL}}{text}"


def _message(message: bytes, margin: str) -> Iterator[str]:
    """A line of the log; of a traceback only what is the user's."""
    for line in message.rstrip(b"\n").split(b"\n"):
        if not line.startswith(_LIBRARY):
            yield margin + _shown(line.replace(b"\t", b"  "))


def _quoted(text: bytes) -> str:
    quoted = w.quote(text)
    return quoted if quoted.startswith('"') else f'"{quoted}"'


def _shown(text: bytes) -> str:
    r"""Text for a terminal: what cannot be shown as `\xHH` or the like."""
    readable = text.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in readable)
