"""An hour of churn, minute by minute: whether anything grows. `python -m simulation.churn 60`."""

from __future__ import annotations

import gc
import resource
import sys
from collections import deque
from collections.abc import Iterable, Sequence

from attrs import define, field

from pylsyncd.core.machine import Machine
from simulation import plan as p
from simulation.generate import churn
from simulation.run import trouble
from simulation.world import World

CONFIG = 'settings {{ insist = true }}\nsync {{ default.{kind}, source = "/src", {target}, delay = 1 }}\n'
_TARGETS = {
    "direct": 'target = "/tgt"',
    "rsync": 'target = "/tgt"',
    "rsyncssh": 'host = "h", targetdir = "/tgt"',
}
KINDS = tuple(_TARGETS)


@define(eq=False)
class Churn:
    """Asked for more whenever all is at rest, it notes how large everything is."""

    minutes: int
    sizes: list[int] = field(factory=list)
    """How much the core's structures hold, before the first minute and after each."""
    memory: list[int] = field(factory=list)
    """The largest that the process has been, in KiB."""

    def go_on(self, world: World) -> Sequence[p.Act]:
        self.sizes.append(size_of(world.daemon.machine))
        gc.collect()
        self.memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        world.daemon.entries.clear()  # the protocol of the run
        return churn(len(self.sizes)) if len(self.sizes) <= self.minutes else ()

    def prepare(self, world: World) -> None:
        world.on_rest = self.go_on


def run(kind: str, minutes: int) -> Churn:
    """So many minutes of churn. Raises what went wrong."""
    watched = Churn(minutes)
    plan = p.Plan(CONFIG.format(kind=kind, target=_TARGETS[kind]), (), ())
    error = trouble(plan, watched.prepare)
    if error is not None:
        raise error
    return watched


def size_of(machine: Machine) -> int:
    """The number of elements of all containers that the core's objects hold."""
    seen: set[int] = set()
    waiting: list[object] = [machine]
    count = 0
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            inner = list(_inner(one))
            count += len(inner)
            waiting += inner
    return count


def _inner(one: object) -> Iterable[object]:
    if isinstance(one, dict):
        return [*one.keys(), *one.values()]
    if isinstance(one, list | tuple | set | frozenset | deque):
        return one
    if not type(one).__module__.startswith("pylsyncd.core"):
        return ()
    slots = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
    return [*getattr(one, "__dict__", {}).values(), *(getattr(one, name, None) for name in slots)]


def main(minutes: int) -> None:
    """One line for every kind of sync."""
    for kind in KINDS:
        found = run(kind, minutes)
        sys.stdout.write(
            f"{kind}: elements {found.sizes[1]} after the first minute, {found.sizes[-1]} after the last, "
            f"at most {max(found.sizes)}; memory {found.memory[1]} KiB, then {found.memory[-1]} KiB\n"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]))
