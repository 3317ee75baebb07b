"""`python -m bench`: runs, prints what was found, and writes it as JSON."""

from __future__ import annotations

import sys

from bench.archive import Daemon, Run, write
from bench.arguments import Plan, plan
from bench.contenders import OURS
from bench.goals import judged
from bench.machine import this_machine
from bench.rounds import Sample, play
from bench.summary import summary_of
from bench.table import heading, line_of, results, verdicts


def main() -> None:
    """Run what the command line asks for."""
    asked = plan(sys.argv[1:])
    run = _run(asked)
    write(run, asked.json)
    print(heading(run.machine, run.command))
    print(results(run.summary))
    print(verdicts(run.judged, _peer(asked)))
    print(f"Every number: {asked.json}")


def _run(asked: Plan) -> Run:
    machine = this_machine()
    daemons = [Daemon.of(one) for one in asked.contenders]
    samples = play(asked.series, asked.contenders, asked.home, _tell)
    summary = summary_of(samples)
    command = ["python", "-m", "bench", *sys.argv[1:]]
    return Run(command, machine, daemons, samples, summary, judged(summary, _peer(asked)))


def _peer(asked: Plan) -> str:
    """Whom the limits compare with: Lsyncd, or else the first."""
    others = [one.name for one in asked.contenders if one.name != OURS]
    return others[0] if others else "none"


def _tell(sample: Sample) -> None:
    sys.stderr.write(line_of(sample))
    sys.stderr.flush()


if __name__ == "__main__":
    main()
