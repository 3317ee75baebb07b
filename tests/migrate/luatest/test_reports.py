"""The renderings hold whatever titles and messages hold."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.migrate.luatest.reports import account, dot, junit, tap
from pylsyncd.migrate.luatest.results import Case, Outcome, Verdict

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
OUTCOMES = st.lists(
    st.builds(
        Outcome,
        st.builds(Case, st.binary(max_size=8), st.integers(0, 999), TEXTS, st.integers(1, 99)),
        st.sampled_from(Verdict),
        st.binary(max_size=20),
        st.lists(st.binary(max_size=8), max_size=3).map(tuple),
    ),
    max_size=4,
)


@given(OUTCOMES)
def test_junit_can_be_read_and_tells_each_test(outcomes: list[Outcome]) -> None:
    suite = ET.fromstring(junit(outcomes, 1.5))[0]  # noqa: S314 - our own
    kinds = {Verdict.FAILED: "failure", Verdict.PENDING: "skipped"}
    assert [case[0].tag if len(case) else None for case in suite] == [
        kinds.get(one.verdict) for one in outcomes
    ]


@given(OUTCOMES)
def test_tap_has_a_line_for_each_test_and_remarks_only(outcomes: list[Outcome]) -> None:
    head, plan, *rows = tap(outcomes).rstrip("\n").split("\n")
    assert (head, plan) == ("TAP version 13", f"1..{len(outcomes)}")
    results = [row for row in rows if not row.startswith("#")]
    assert [row.startswith("not ok") for row in results] == [
        one.verdict is Verdict.FAILED for one in outcomes
    ]


@given(OUTCOMES)
def test_the_account_ends_with_the_numbers(outcomes: list[Outcome]) -> None:
    failed = sum(one.verdict is Verdict.FAILED for one in outcomes)
    assert f"{failed} failed" in account(outcomes, 0.0).splitlines()[-1]


def test_dots_stand_in_lines_of_eighty() -> None:
    outcome = Outcome(Case(b"a_test.lua", 1, "x", 1), Verdict.PASSED)
    assert "".join(dot(outcome, number) for number in range(1, 83)) == "." * 80 + "\n.."
