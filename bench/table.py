"""A run as text: each number of each case, then what had to be shown."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from bench.catalogue import case_named
from bench.contenders import OURS
from bench.goals import Judged
from bench.machine import Machine
from bench.measurement import rounded, written
from bench.rounds import Sample
from bench.summary import Row, Summary

_MISSING = "-"


def heading(machine: Machine, command: Sequence[str]) -> str:
    """What was run, and where."""
    return (
        f"`{shlex.join(command)}`\n\n"
        f"{machine.cores} cores of {machine.processor}, {machine.memory} memory, Linux {machine.kernel}, "
        f"Python {machine.python}, load {machine.load:.1f} when it began.\n"
    )


def line_of(sample: Sample) -> str:
    """One sample, as it comes."""
    told = sample.failure or ", ".join(
        f"{name} {written(name, value)}" for name, value in sample.measurement.items()
    )
    return f"{sample.case} {sample.size:,} {sample.contender}: {told}\n"


def results(summary: Summary) -> str:
    """A table in Markdown: a row for each daemon."""
    heads = ("case", "size", "daemon", "median", "ratio", "rounds", "and")
    return _markdown(heads, [_cells(summary, row) for row in summary.rows])


def _cells(summary: Summary, row: Row) -> tuple[str, ...]:
    case = case_named(row.case)
    told = {name: f"{name} {written(name, value)}" for name, value in row.medians.items()}
    median = told.pop(case.headline, _MISSING)
    failed = f"{len(row.failures)} failed: {_first_line(row.failures[0])}" if row.failures else ""
    return (
        row.case,
        f"{row.size:,} {case.of}",
        row.contender,
        median,
        _ratio(summary, row, case.headline),
        str(row.rounds),
        "; ".join(part for part in (", ".join(told.values()), failed) if part),
    )


def _ratio(summary: Summary, row: Row, headline: str) -> str:
    """Of ours to that peer, at the peer's row."""
    if row.contender == OURS:
        return ""
    ratio = summary.ratio(row.case, row.size, headline, row.contender)
    return _MISSING if ratio is None else rounded(ratio)


def verdicts(all_judged: Sequence[Judged], peer: str) -> str:
    """A table in Markdown: what had to be shown, and what was. No unit: a ratio, or a count."""
    heads = ("what must be shown", f"this run (peer: {peer})", "limit", "aim", "verdict")
    return _markdown(heads, [_verdict(one) for one in all_judged])


def _verdict(one: Judged) -> tuple[str, ...]:
    value = _MISSING if one.value is None else f"{rounded(one.value)} {one.goal.unit}".rstrip()
    return one.goal.about, value, f"{one.goal.limit:g}", f"{one.goal.aim:g}", one.verdict


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0]


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    ruled = ["-" * width for width in widths]
    return "".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |\n"
        for row in (heads, ruled, *rows)
    )
