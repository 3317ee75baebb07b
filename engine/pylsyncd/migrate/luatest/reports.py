"""Renderings of outcomes: for people while they wait and afterwards, as TAP, as JUnit's XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from attrs import frozen

from pylsyncd.migrate.luatest.results import Case, Outcome, Verdict

_DOTS: Final = {Verdict.PASSED: ".", Verdict.FAILED: "F", Verdict.PENDING: "P"}
_WORDS: Final = {Verdict.PASSED: "ok", Verdict.FAILED: "FAILED", Verdict.PENDING: "pending"}
_WIDTH: Final = 80
"""Dots in a line."""
_UNPRINTABLE: Final = {
    code: f"\\x{code:02x}" for code in (*range(32), 0xFFFE, 0xFFFF) if chr(code) not in "\t\n\r"
}
"""What XML 1.0 has no way to write."""


@frozen
class Summary:
    """All of it in numbers."""

    passed: int
    failed: int
    pending: int
    seconds: float

    @classmethod
    def of(cls, outcomes: Iterable[Outcome], seconds: float) -> Summary:
        """Count."""
        counts = Counter(one.verdict for one in outcomes)
        return cls(counts[Verdict.PASSED], counts[Verdict.FAILED], counts[Verdict.PENDING], seconds)

    @property
    def total(self) -> int:
        """How many there were."""
        return self.passed + self.failed + self.pending


def dot(outcome: Outcome, number: int) -> str:
    """One character a test, `number` from 1."""
    return _DOTS[outcome.verdict] + ("\n" if number % _WIDTH == 0 else "")


def line(outcome: Outcome) -> str:
    """One line a test."""
    title = outcome.case.title or "(without a title)"
    return f"{_WORDS[outcome.verdict]:>7}  {title}\n"


def listed(case: Case) -> str:
    """One line a test that is not run."""
    return f"{place(case)}: {case.title}\n"


def place(case: Case) -> str:
    """Where the test stands."""
    file = shown(case.file)
    return f"{file}:{case.line}" if case.line else file


def account(outcomes: Sequence[Outcome], seconds: float) -> str:
    """What failed and why, what is pending, and the numbers."""
    failed = [one for one in outcomes if one.verdict is Verdict.FAILED]
    pending = [one for one in outcomes if one.verdict is Verdict.PENDING]
    parts = [_failure(number, one) for number, one in enumerate(failed, start=1)]
    parts += [_waiting(one) for one in pending]
    return "".join(parts) + _numbers(Summary.of(outcomes, seconds))


def tap(outcomes: Sequence[Outcome]) -> str:
    """The Test Anything Protocol, version 13."""
    lines = ["TAP version 13", f"1..{len(outcomes)}"]
    for number, one in enumerate(outcomes, start=1):
        title = one.case.title.replace("#", "\\#")
        state = "not ok" if one.verdict is Verdict.FAILED else "ok"
        directive = f" # SKIP {shown(one.message)}".rstrip() if one.verdict is Verdict.PENDING else ""
        lines.append(f"{state} {number} - {shown(one.case.file)}: {title}{directive}")
        if one.verdict is Verdict.FAILED:
            lines += [f"# {text}" for text in _explanation(one)]
    return "".join(text.replace("\n", " ") + "\n" for text in lines)  # names may hold line feeds


def junit(outcomes: Sequence[Outcome], seconds: float) -> str:
    """The XML that most CI servers read."""
    numbers = Summary.of(outcomes, seconds)
    head = (
        f'<testsuites><testsuite name="pylsyncd test" tests="{numbers.total}" failures="{numbers.failed}"'
        f' errors="0" skipped="{numbers.pending}" time="{seconds:.3f}">'
    )
    rows = "".join(_element(one) for one in outcomes)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{rows}</testsuite></testsuites>\n'


def shown(text: bytes) -> str:
    """Text for people; what is no UTF-8 byte by byte."""
    return text.decode("utf-8", "backslashreplace")


def _failure(number: int, one: Outcome) -> str:
    text = "".join(f"   {row}\n" if row else "\n" for row in _explanation(one))
    return f"\n{number}) {place(one.case)}: {one.case.title}\n{text}"


def _explanation(one: Outcome) -> list[str]:
    frames = [f"    {shown(frame)}" for frame in one.traceback]
    return [*shown(one.message).splitlines(), *(["called by:", *frames] if len(frames) > 1 else [])]


def _waiting(one: Outcome) -> str:
    reason = f" ({shown(one.message)})" if one.message else ""
    return f"\npending: {place(one.case)}: {one.case.title}{reason}\n"


def _numbers(summary: Summary) -> str:
    tests = "1 test" if summary.total == 1 else f"{summary.total} tests"
    pending = f", {summary.pending} pending" if summary.pending else ""
    return f"\n{tests}: {summary.passed} passed, {summary.failed} failed{pending} ({summary.seconds:.2f} s)\n"


def _element(one: Outcome) -> str:
    case = one.case
    head = (
        f"<testcase classname={_attribute(shown(case.file))} name={_attribute(case.title)}"
        f' line="{case.line}" time="{one.seconds:.3f}"'
    )
    if one.verdict is Verdict.PASSED:
        return f"{head}/>\n"
    if one.verdict is Verdict.PENDING:
        return f"{head}><skipped message={_attribute(shown(one.message))}/></testcase>\n"
    text = _explanation(one) or [""]
    body = escape("\n".join(text).translate(_UNPRINTABLE))
    return f"{head}><failure message={_attribute(text[0])}>{body}</failure></testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(text.translate(_UNPRINTABLE))
