"""`python -m churn`: seeds on the real kernel, pylsyncd's outcome beside that of Debian's Lsyncd."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from churn.draw import KINDS, Draw, draw
from churn.faults import FAULTS, missing
from churn.mounts import enter_namespace
from churn.play import LSYNCD_223, PYLSYNCD, Contender, Outcome, play
from e2e.daemon import lsyncd_is_installed
from e2e.sshd import sshd_path
from e2e.waiting import Impatient

_MOST_LINES = 40
"""Of what differs in one run."""


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(words: Sequence[str]) -> int:
    """Play all that was asked for; 1: a target was not equal in the end."""
    options = _options(words)
    why_no_mounts = enter_namespace()
    draws = _draws(options, why_no_mounts)
    contenders = (PYLSYNCD, LSYNCD_223) if options.lsyncd and lsyncd_is_installed() else (PYLSYNCD,)
    with tempfile.TemporaryDirectory(prefix="churn-") as home, ThreadPoolExecutor(options.jobs) as pool:
        played = {
            (drawn, one): pool.submit(_play, Path(home), drawn, one, mounts=not why_no_mounts)
            for drawn in draws
            for one in contenders
        }
        return _tell(draws, contenders, played, details=options.seed is not None)


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="churn", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="this one alone; all that differs is printed")
    parser.add_argument("--kind", choices=KINDS, action="append", help="this default alone; can be repeated")
    parser.add_argument("--jobs", type=int, default=3, help="runs at a time; they mostly wait")
    parser.add_argument("--no-lsyncd", dest="lsyncd", action="store_false", help="pylsyncd alone")
    return parser.parse_args(words)


def _draws(options: argparse.Namespace, why_no_mounts: str) -> list[Draw]:
    first, count = (options.first, options.seeds) if options.seed is None else (options.seed, 1)
    seeds = range(first, first + count)
    kinds = [kind for kind in options.kind or KINDS if kind != "rsyncssh" or sshd_path() is not None]
    if kinds != (options.kind or list(KINDS)):
        say("rsyncssh: left out, there is no sshd")
    draws = []
    for kind in kinds:
        lacking = missing(kind, why_no_mounts)
        for name, why in lacking.items():
            say(f"{kind}: no fault {name}: {why}")
        draws += [draw(kind, seed, FAULTS.keys() - lacking.keys()) for seed in seeds]
    return draws


def _play(home: Path, drawn: Draw, contender: Contender, *, mounts: bool) -> Outcome:
    own = home / f"{drawn.kind}-{drawn.seed}-{contender.name}"
    try:
        outcome = play(own, drawn, contender, mounts=mounts)
    except (Impatient, OSError) as trouble:  # the others go on; it counts as not right
        outcome = Outcome("could not be played", 0, str(trouble).splitlines())
    if contender is PYLSYNCD and outcome.verdict != "equal":
        kept = Path(tempfile.gettempdir()) / f"churn-of-{own.name}"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for name in ("stdout", "stderr", "status", "lsyncd.conf.lua"):
            if (own / name).exists():
                shutil.copy(own / name, kept)
        say(f"its logs are in {kept}")
    shutil.rmtree(own, ignore_errors=True)
    return outcome


def _tell(
    draws: Sequence[Draw],
    contenders: Sequence[Contender],
    played: dict[tuple[Draw, Contender], Future[Outcome]],
    *,
    details: bool,
) -> int:
    say(f"{'default':9} {'seed':>5}  " + "".join(f"{one.name:36}" for one in contenders) + "faults")
    right = dict.fromkeys(contenders, 0)
    for drawn in draws:
        outcomes = [played[drawn, one].result() for one in contenders]
        cells = "".join(f"{f'{o.verdict} ({o.seconds:.0f} s)':36}" for o in outcomes)
        say(f"{drawn.kind:9} {drawn.seed:5}  {cells}{' '.join(drawn.faults)}")
        for one, outcome in zip(contenders, outcomes, strict=True):
            right[one] += outcome.is_right
            if one is PYLSYNCD and (details or not outcome.is_right):
                say("".join(f"    {line}\n" for line in outcome.lines[:_MOST_LINES]).rstrip("\n"))
    for one, count in right.items():
        say(f"{one.name}: {count} of {len(draws)} runs end with a target that is as promised")
    return 0 if right[PYLSYNCD] == len(draws) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
