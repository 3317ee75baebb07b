"""How the log tells what became of an event (category `Delay`, spec 3.3)."""

from __future__ import annotations

from pylsyncd.core.delays import Absorbed, Appended, Held, Outcome, Replaced, SplitUp, Stacked, Turned
from pylsyncd.core.model import Delay


def narrate(outcome: Outcome) -> bytes:  # noqa: PLR0911 - one line an outcome
    """One line: `New T: P`, `T: P absorbed by T2: P2`, and so on."""
    match outcome:
        case Appended(delay):
            return b"New " + _name(delay)
        case Absorbed(etype, path, by):
            return b"%s: %s absorbed by %s" % (etype.value.encode(), path, _name(by))
        case Replaced(delay, old):
            return b"%s replaces %s" % (_name(delay), _name(old))
        case Stacked(delay, on):
            return b"%s blocked by %s" % (_name(delay), _name(on))
        case Turned(delay, move, on):
            return b"%s turns %s into %s" % (_name(delay), _name(move), _name(on))
        case Held(etype, path):
            return b"%s: %s waits until it has settled" % (etype.value.encode(), path)
        case SplitUp(path, path2, on):
            return b"Move: %s -> %s splits on %s" % (path, path2, _name(on))


def _name(delay: Delay) -> bytes:
    name = b"%s: %s" % (delay.etype.value.encode(), delay.path)
    return name if delay.path2 is None else name + b" -> " + delay.path2
