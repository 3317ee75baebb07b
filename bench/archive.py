"""A run as JSON: the machine, who was measured, every sample, the medians, and what was judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from attrs import asdict, frozen

from bench.contenders import Contender
from bench.goals import Judged
from bench.machine import Machine
from bench.rounds import Sample
from bench.summary import Summary


@frozen
class Daemon:
    """Who was measured."""

    name: str
    command: Sequence[str]
    version: str

    @classmethod
    def of(cls, contender: Contender) -> Daemon:
        """Ask it."""
        return cls(contender.name, contender.command, contender.version())


@frozen
class Run:
    """All that is known of it."""

    command: Sequence[str]
    machine: Machine
    daemons: Sequence[Daemon]
    samples: Sequence[Sample]
    summary: Summary
    judged: Sequence[Judged]


def write(run: Run, file: Path) -> None:
    """Write it, and the directory if need be."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(_data(run), indent=1) + "\n")


def _data(run: Run) -> dict[str, object]:
    return {
        "command": list(run.command),
        "machine": asdict(run.machine),
        "daemons": [asdict(one) for one in run.daemons],
        "samples": [asdict(sample) for sample in run.samples],
        "medians": [asdict(row) for row in run.summary.rows],
        "goals": [
            {
                "about": one.goal.about,
                "value": one.value,
                "limit": one.goal.limit,
                "aim": one.goal.aim,
                "verdict": one.verdict,
            }
            for one in run.judged
        ],
    }
