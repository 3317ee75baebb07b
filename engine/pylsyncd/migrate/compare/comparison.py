"""A whole comparison: both daemons, or one against what the other has done elsewhere."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from attrs import field, frozen

from pylsyncd import __version__
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.compare.generate import generate
from pylsyncd.migrate.compare.judge import Verdict, failed_by_itself, judge
from pylsyncd.migrate.compare.launch import SHORT_DELAY, CannotRunError, Daemon, Launch, Setting
from pylsyncd.migrate.compare.log import SideLog
from pylsyncd.migrate.compare.plan import Plan, plan
from pylsyncd.migrate.compare.session import Scratch, Session, find_sources, side_of
from pylsyncd.migrate.compare.world import tree_as_steps

PYLSYNCD: Final = (os.fsencode(sys.executable), b"-m", b"pylsyncd")
_VERSION_TIME: Final = 20
"""Seconds for a program to tell its version."""
_LONGEST_DELAY: Final = 3600.0


def _own_environment() -> tuple[tuple[bytes, bytes], ...]:
    """The pylsyncd that runs now is the one that is started."""
    engine = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    path = os.pathsep.join([engine, *filter(None, [os.environ.get("PYTHONPATH")])])
    return ((b"PYTHONPATH", os.fsencode(path)),)


@frozen
class Given:
    """Steps that somebody has written."""

    text: str
    name: str


@frozen
class Seed:
    """Steps that are made up."""

    number: int
    length: int


@frozen
class Recorded:
    """What an Lsyncd has done with these steps, here or elsewhere, as a file."""

    log: SideLog
    steps: str
    config: str
    """Digest of the config that it ran."""


@frozen
class Wish:
    """What an operator wants compared."""

    setting: Setting
    score: Given | Seed
    lsyncd: tuple[bytes, ...] | None
    """The command; None: `recorded` stands in for it."""
    recorded: Recorded | None = None
    tree: bytes | None = None
    collapses: bool = True
    """False: pylsyncd runs with `collapse = false`."""
    pylsyncd: tuple[bytes, ...] = PYLSYNCD
    environment: tuple[tuple[bytes, bytes], ...] = field(factory=_own_environment)


@frozen
class Outcome:
    """What came of it."""

    plan: Plan
    steps: str
    name: str
    lsyncd: SideLog
    pylsyncd: SideLog
    witness: SideLog | None
    """pylsyncd with `collapse = false`, where the other one combines."""
    verdict: Verdict
    config: str


def compare(wish: Wish, kept: bytes | None) -> Outcome:
    """Run it in a scratch directory, which stays if it is `kept`. Raises CannotRunError, StepsError."""
    scratch = Scratch.make(kept)
    try:
        return _compare(wish, scratch)
    finally:
        scratch.remove(is_kept=kept is not None)


def digest(config: bytes) -> str:
    """What tells configs apart."""
    with open(config, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def version_of(command: Sequence[bytes]) -> str:
    """What a daemon says of itself. Raises CannotRunError."""
    try:
        told = subprocess.run(  # noqa: S603 - the program that the operator names
            [*command, b"-version"], capture_output=True, check=False, timeout=_VERSION_TIME
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or "it does not answer"
        message = f"cannot run {os.fsdecode(command[0])}: {reason}"
        raise CannotRunError(message) from None
    found = re.search(rb"Version: (\S+)", told.stdout + told.stderr)
    return found[1].decode("ascii", "replace") if found else "unknown"


def _compare(wish: Wish, scratch: Scratch) -> Outcome:
    daemons = _daemons(wish)
    launches = [scratch.launch(daemon, wish.setting) for daemon in daemons]
    text, name = _score(wish, launches)
    the_plan = plan(s.parse(text, name))
    delay = _delay(wish.setting, launches[0])
    versions = [version_of(wish.lsyncd)] if wish.lsyncd else []
    versions += [__version__] * (len(launches) - len(versions))
    sides = [side_of(launch, delay) for launch in launches]
    session = Session(sides, the_plan, name, has_real_time=wish.setting.has_real_delay)
    logs = session.run(versions)
    if wish.recorded is not None:
        logs.insert(0, wish.recorded.log)
    theirs, ours, *others = logs
    if failed_by_itself(theirs, the_plan.groups):
        message = f"Lsyncd gives up{_place(theirs, the_plan)}: {theirs.last_words}"
        raise CannotRunError(message)
    witness = others[0] if others else None
    verdict = judge(theirs, ours, witness, the_plan.groups)
    return Outcome(the_plan, text, name, theirs, ours, witness, verdict, digest(wish.setting.config))


def _daemons(wish: Wish) -> list[Daemon]:
    daemons = []
    if wish.lsyncd is not None:
        daemons.append(Daemon("Lsyncd", wish.lsyncd))
    name, ours = "pylsyncd", wish.pylsyncd
    if wish.collapses:
        daemons.append(Daemon(name, ours, environment=wish.environment, tells_status=True))
    return [*daemons, Daemon(name, ours, collapse=False, environment=wish.environment, tells_status=True)]


def _score(wish: Wish, launches: Sequence[Launch]) -> tuple[str, str]:
    """The text of all steps, those that lay out the tree among them, and its name."""
    text, name = _written_score(wish)
    for launch in launches:
        for one in s.parse(text, name):
            if isinstance(one.step, s.Have) and one.step.path.startswith(b"/"):
                launch.world.do(one, name)  # a config may look for its sources
    sources = find_sources(launches[0])
    for launch in launches:
        launch.world.lay_out(sources)
    if wish.recorded is not None:
        return text, name
    if isinstance(wish.score, Seed):
        made_up = generate(wish.score.number, _outermost(sources), wish.score.length, launches[0].rules())
        text = s.show_all(made_up)
    tree = [one for source in sources for one in tree_as_steps(wish.tree, source)] if wish.tree else []
    return s.show_all(tree) + text, name


def _written_score(wish: Wish) -> tuple[str, str]:
    """Steps that are there before the config is read."""
    if wish.recorded is not None:
        return wish.recorded.steps, "recorded steps"
    if isinstance(wish.score, Given):
        return wish.score.text, wish.score.name
    return "", f"seed {wish.score.number}"


def _outermost(sources: Sequence[bytes]) -> list[bytes]:
    """Sources that lie in no other."""

    def lies_in(inner: bytes, outer: bytes) -> bool:
        return inner != outer and inner.startswith(os.path.join(outer, b""))

    return [one for one in sources if not any(lies_in(one, other) for other in sources)]


def _place(log: SideLog, the_plan: Plan) -> str:
    line = the_plan.groups[log.ended[0]].line if log.ended else 0
    return f" after the steps of line {line}" if line else " at the start"


def _delay(setting: Setting, launch: Launch) -> float:
    if not setting.has_real_delay:
        return SHORT_DELAY
    return min(max(map(float, launch.world.notes("delays")), default=SHORT_DELAY), _LONGEST_DELAY)
