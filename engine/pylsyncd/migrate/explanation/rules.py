"""Which rule of a sync decides about a path, and which would have come next; as the core decides."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

from attrs import frozen

from pylsyncd.core.patterns import matches, parse_rule


class RuleKind(enum.Enum):
    """Which list a rule stands in; filters are asked first."""

    FILTER = "filter"
    EXCLUDE = "exclude"


@frozen
class Rule:
    """One exclude pattern or filter rule, as it was given."""

    kind: RuleKind
    text: bytes

    @property
    def pattern(self) -> bytes:
        """What paths are matched with."""
        return self.text if self.kind is RuleKind.EXCLUDE else parse_rule(self.text)[1]

    @property
    def hides(self) -> bool:
        """Whether it leaves out what it matches."""
        return self.kind is RuleKind.EXCLUDE or parse_rule(self.text)[0]


@frozen
class Decision:
    """What the rules make of a path."""

    hides: bool
    level: bytes
    """The path that is decided about, or the first hidden directory above it."""
    rule: Rule | None = None
    """The one that decides; None: no rule speaks of it."""


def rules_of(excludes: Sequence[bytes], filters: Sequence[bytes]) -> tuple[Rule, ...]:
    """All rules in the order in which they are asked."""
    asked = [Rule(RuleKind.FILTER, text) for text in filters]
    return (*asked, *(Rule(RuleKind.EXCLUDE, text) for text in excludes))


def decide(rules: Sequence[Rule], path: bytes) -> Decision:
    """Ask the rules about each directory above the path, then about itself.

    The path begins with `/`, and ends with `/` for a directory; the source itself is never hidden.
    """
    decision = Decision(hides=False, level=path)
    for level in levels(path):
        rule = next((rule for rule in rules if matches(rule.pattern, level)), None)
        decision = Decision(rule is not None and rule.hides, level, rule)
        if decision.hides:
            break
    return decision


def decide_without(rule: Rule, rules: Sequence[Rule], path: bytes) -> Decision:
    """What would be decided if that rule were not there."""
    return decide([one for one in rules if one != rule], path)


def levels(path: bytes) -> Iterator[bytes]:
    """The directories above a path from the top on, without the root, then the path."""
    slash = path.find(b"/", 1)
    while slash not in {-1, len(path) - 1}:
        yield path[: slash + 1]
        slash = path.find(b"/", slash + 1)
    if len(path) > 1:
        yield path
