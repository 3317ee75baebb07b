"""crontab in a sync (spec 5.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from script.daemon import Daemon, refusal

SYNC = '\nsync{{ source = "{source}", onFull = print, name = "web", crontab = {rules} }}'


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ('{ "0 0 3 * * *", "*/5 * * * * MON" }', (b"0 0 3 * * *", b"*/5 * * * * MON")),
        ('"0 0 3 * * *"', (b"0 0 3 * * *",)),
        ("{}", ()),
        ("nil", ()),
    ],
)
def test_the_rules_reach_the_engine_as_they_stand(
    rules: str, expected: tuple[bytes, ...], tmp_path: Path
) -> None:
    [sync] = Daemon().load(SYNC.format(source=tmp_path, rules=rules)).syncs
    assert sync.crontab == expected


def test_a_rule_that_cannot_be_read_is_named_with_its_sync_its_number_and_its_line(tmp_path: Path) -> None:
    rules = '{ "0 0 3 * * *", "0 0 24 * * *" }'
    assert refusal(SYNC.format(source=tmp_path, rules=rules)) == (
        '/etc/lsyncd.conf.lua:2: sync "web": crontab rule 2, "0 0 24 * * *": the hour 24 is not in 0-23'
    )


def test_what_is_no_list_of_rules_is_refused(tmp_path: Path) -> None:
    assert refusal(SYNC.format(source=tmp_path, rules="5")) == (
        "/etc/lsyncd.conf.lua:2: crontab must be a string or a list of strings, not 5."
    )


def test_rules_of_a_base_table_are_added(tmp_path: Path) -> None:
    base = f'{{ source = "{tmp_path}", onFull = print, crontab = {{ "1 * * * * *" }} }}'
    [sync] = Daemon().load(f'sync{{ {base}, crontab = {{ "2 * * * * *" }} }}').syncs
    assert sync.crontab == (b"2 * * * * *", b"1 * * * * *")
