"""Plays a row in the simulated world, and says what was started there and whether all came right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from attrs import define, field

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Collect, Effect, Log, Spawn
from simulation import plan as p
from simulation.run import trouble
from simulation.verdict import differences, told
from simulation.world import World

OF_KIND: Final = {
    "rsync": 'default.rsync, source = "/src", target = "/tgt"',
    "rsyncssh": 'default.rsyncssh, source = "/src", host = "h", targetdir = "/tgt"',
    "direct": 'default.direct, source = "/src", target = "/tgt"',
}
AT_REST: Final = p.Wait(5)
"""Long enough for the start-up, and for a change that nothing disturbs."""

FULL: Final = (b"-r", b"/src/", b"/tgt/")
"""How the words of a run over the whole tree end."""


def config(kind: str = "rsync", more: str = "delay = 1", settings: str = "insist = true") -> str:
    """One sync from /src to /tgt."""
    return f"settings {{ {settings} }}\nsync {{ {OF_KIND[kind]}, {more} }}\n"


def story(*acts: p.Act) -> list[p.Act]:
    """Acts, one after the other."""
    return [*acts]


@define(eq=False)
class Played:
    """What came of a plan."""

    wrong: Exception | None = None
    """What is wrong in the end, or was on the way; None: nothing."""
    world: World | None = None
    started: list[tuple[float, tuple[bytes, ...], bytes]] = field(factory=list)
    """Time, words and standard input of each process."""
    exit_codes: list[int] = field(factory=list)
    """As `collect` was told of them."""
    lines: list[bytes] = field(factory=list)
    """What the core has said to the log."""

    @property
    def is_in_line(self) -> bool:
        """Whether the target is equal to the source at this moment."""
        return self.world is not None and not any(differences(self.world))

    @property
    def failures(self) -> tuple[bytes, ...]:
        """The paths that the status says have failed."""
        return told(self.world) if self.world is not None else ()

    @property
    def state(self) -> str:
        """How the first sync fares."""
        return self.world.daemon.machine.report().syncs[0].state if self.world is not None else ""

    def times(self, word: bytes) -> list[float]:
        """When processes were started that have this among their words or in their input."""
        return [at for at, argv, stdin in self.started if word in b" ".join(argv) or word in stdin]

    def pauses(self, word: bytes) -> list[float]:
        """The seconds between those."""
        times = self.times(word)
        return [later - earlier for earlier, later in pairwise(times)]

    def _see(self, world: World, _happened: i.Input, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Spawn(command=command):
                    self.started.append((world.loop.now, command.argv, command.stdin or b""))
                case Collect(exitcode=code):
                    self.exit_codes.append(code)
                case Log(message=message):
                    self.lines.append(message)
                case _:  # of no interest here
                    continue


def play(
    text: str,
    acts: Sequence[p.Act],
    given: Sequence[p.Act] = (),
    on_step: Callable[[Played, i.Input], None] = lambda _played, _happened: None,
) -> Played:
    """Play acts until all is at rest; `on_step` looks at each step."""
    played = Played()

    def see(world: World, happened: i.Input, effects: list[Effect]) -> None:
        played._see(world, happened, effects)
        on_step(played, happened)

    def prepare(world: World) -> None:
        played.world, world.on_step = world, see

    played.wrong = trouble(
        p.Plan(text, tuple(one for one in given if isinstance(one, p.Change)), tuple(acts)), prepare
    )
    return played


def converge(text: str, acts: Sequence[p.Act], given: Sequence[p.Act] = ()) -> Played:
    """Play acts, in the end of which the target has to equal the source."""
    played = play(text, acts, given)
    if played.wrong is not None:
        raise AssertionError(str(played.wrong)) from played.wrong
    return played


def at_any_moment(acts: Sequence[p.Act], turns: int = 12) -> Iterator[list[p.Act]]:
    """The same acts with so many turns of the event loop, or so much time, between any two of them."""
    pauses = story(*map(p.Turns, range(1, turns)), p.Wait(0.06), p.Wait(1.02), p.Wait(3))
    for pause in pauses:
        yield [one for act in acts for one in story(act, pause)]
