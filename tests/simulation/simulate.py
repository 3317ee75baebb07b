"""Plays the plans of many seeds, or that of one with all that happens; `make simulate` calls it.

The first seed that fails is cut down to a short transcript.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor

from pylsyncd.core import inputs as i
from pylsyncd.core.effects import Effect, SetTimer
from simulation import plan as p
from simulation.generate import generate
from simulation.polling import polled_failing
from simulation.run import failing, shortest, trouble
from simulation.world import World

_CHUNK = 50
"""Seeds that a process is given at once."""
_MOST_SHOWN = 20


def main(argv: Sequence[str]) -> int:
    """Exit code 1 if a seed fails."""
    arguments = ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=int, default=2000, help="how many")
    arguments.add_argument("--first", type=int, default=0, help="the first of them")
    arguments.add_argument("--seed", type=int, help="only this one, and tell all that happens")
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--polled", action="store_true", help="in worlds that are watched by looking")
    given = arguments.parse_args(argv)
    if given.seed is not None:
        return replay(generate(given.seed))
    seeds = range(given.first, given.first + given.seeds)
    return play_polled(seeds, given.processes) if given.polled else play(seeds, given.processes)


def play(seeds: Iterable[int], processes: int) -> int:
    """All seeds; the first that fails is shown at its shortest."""
    with ProcessPoolExecutor(processes) as pool:
        failures = [one for one in pool.map(failing, seeds, chunksize=_CHUNK) if one]
    for line in failures[:_MOST_SHOWN]:
        _say(line)
    _say(f"{len(failures)} seeds failed")
    if failures:
        first = int(failures[0].split()[1].rstrip(":"))
        shorter = shortest(generate(first))
        _say(f"\nseed {first}, cut down:\n\n{p.show(shorter)}\n{trouble(shorter)}")
    return bool(failures)


def play_polled(seeds: Iterable[int], processes: int) -> int:
    """All seeds, in worlds that are watched by looking."""
    with ProcessPoolExecutor(processes) as pool:
        failures = [one for one in pool.map(polled_failing, seeds, chunksize=_CHUNK) if one]
    for line in (*failures[:_MOST_SHOWN], f"{len(failures)} seeds failed"):
        _say(line)
    return bool(failures)


def replay(plan: p.Plan) -> int:
    """One run, step by step."""
    _say(p.show(plan))
    error = trouble(plan, _listen)
    _say("all is well" if error is None else f"{type(error).__name__}: {error}")
    return error is not None


def _listen(world: World) -> None:
    world.on_step = _tell
    world.on_act = lambda now, act: _say(f"{now:.3f} ## {p.shown(act)}")


def _tell(world: World, happened: i.Input, effects: list[Effect]) -> None:
    _say(f"{world.loop.now:.3f} {happened}")
    for effect in effects:
        if not isinstance(effect, SetTimer):
            _say(f"      {effect}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
