"""What a comparison has found, as text and as JSON. Pure."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Final

from pylsyncd import __version__
from pylsyncd.migrate import words as w
from pylsyncd.migrate.compare.comparison import Outcome
from pylsyncd.migrate.compare.judge import Difference, Kind
from pylsyncd.migrate.compare.log import Call
from pylsyncd.migrate.compare.plan import Group
from pylsyncd.migrate.compare.rows import Row
from pylsyncd.migrate.steps import show

_LONGEST: Final = 12
"""Lines of a standard input that are shown."""


def text(outcome: Outcome) -> str:
    """For people: what is unexplained in full, what is documented once with a count."""
    lines = [_head(outcome)]
    for difference in outcome.verdict.unexplained:
        lines += ["", *_difference(outcome, difference), "  UNEXPLAINED"]
    lines += _documented(outcome)
    lines += _unrun(outcome)
    return "\n".join([*lines, "", _summary(outcome)]) + "\n"


def as_json(outcome: Outcome) -> str:
    """For machines: each difference."""
    verdict = outcome.verdict
    content = {
        "lsyncd": outcome.lsyncd.version,
        "pylsyncd": __version__,
        "steps": outcome.steps,
        "alike": verdict.alike,
        "documented": len(verdict.differences) - len(verdict.unexplained),
        "unexplained": len(verdict.unexplained),
        "differences": [_entry(outcome, one) for one in verdict.differences],
        "unrun": [command.decode("utf-8", "backslashreplace") for command in outcome.lsyncd.unrun],
    }
    return json.dumps(content, indent=1) + "\n"


def _head(outcome: Outcome) -> str:
    count = sum(len(group.steps) for group in outcome.plan.groups)
    return (
        f"Lsyncd {outcome.lsyncd.version} and pylsyncd {__version__}: "
        f"{_plural(count, 'step')} ({outcome.name}) in {_plural(len(outcome.plan.groups) - 1, 'group')}"
    )


def _summary(outcome: Outcome) -> str:
    verdict = outcome.verdict
    documented = len(verdict.differences) - len(verdict.unexplained)
    return (
        f"{_plural(verdict.alike, 'process', 'processes')} alike, "
        f"{_plural(documented, 'documented difference')}, {len(verdict.unexplained)} unexplained"
    )


def _documented(outcome: Outcome) -> Iterator[str]:
    by_rows: dict[tuple[Row, ...], list[Difference]] = {}
    for difference in outcome.verdict.differences:
        if difference.rows:
            by_rows.setdefault(difference.rows, []).append(difference)
    for rows, differences in by_rows.items():
        yield ""
        yield from _difference(outcome, differences[0])
        for row in rows:
            yield f"  documented: {row.reason} ({row.link})"
        if len(differences) > 1:
            yield f"  and {len(differences) - 1} more like it"


def _unrun(outcome: Outcome) -> Iterator[str]:
    for command in outcome.lsyncd.unrun:
        shown = command.decode("utf-8", "backslashreplace")
        yield f"\nnot run, for it could do anything, and answered with nothing: {shown}"


def _difference(outcome: Outcome, difference: Difference) -> Iterator[str]:
    group = outcome.plan.groups[difference.group]
    sync = difference.origin.decode("utf-8", "backslashreplace")
    yield f"{_place(group)}{sync + ', ' if sync else ''}{difference.kind.value}:"
    if difference.note:
        yield f"  {difference.note}"
    for name, calls in (("Lsyncd  ", difference.theirs), ("pylsyncd", difference.ours)):
        for call in calls or ():
            yield from _call(name, call)
        if not calls and difference.kind is not Kind.END:
            yield f"  {name}  nothing"


def _place(group: Group) -> str:
    if not group.steps:
        return "at the start, "
    first, last = group.steps[0].line, group.steps[-1].line
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    steps = "; ".join(show(one.step) for one in group.steps)
    return f"{lines} ({textwrap.shorten(steps, 100, placeholder=' ...')}), "


def _call(name: str, call: Call) -> Iterator[str]:
    yield f"  {name}  {w.join(call.argv)}"
    items = _items(call.stdin)
    for item in items[:_LONGEST]:
        yield f"            < {item}"
    if len(items) > _LONGEST:
        yield f"            < and {len(items) - _LONGEST} more"


def _items(stdin: bytes | None) -> list[str]:
    if stdin is None:
        return []
    end = b"\0" if b"\0" in stdin else b"\n"
    return [w.quote(item) for item in stdin.removesuffix(end).split(end)]


def _entry(outcome: Outcome, difference: Difference) -> dict[str, object]:
    group = outcome.plan.groups[difference.group]
    return {
        "line": group.line,
        "steps": [show(one.step) for one in group.steps],
        "sync": difference.origin.decode("utf-8", "backslashreplace"),
        "kind": difference.kind.value,
        "lsyncd": [_shown(call) for call in difference.theirs],
        "pylsyncd": [_shown(call) for call in difference.ours],
        "rows": [row.anchor for row in difference.rows],
        "reasons": [row.reason for row in difference.rows],
        "note": difference.note,
    }


def _shown(call: Call) -> dict[str, object]:
    return {"argv": [w.quote(word) for word in call.argv], "stdin": _items(call.stdin)}


def _plural(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
