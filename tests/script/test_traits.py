"""What is known of a sync for those who explain it."""

from __future__ import annotations

import pytest

from pylsyncd.script.place import Place
from pylsyncd.script.traits import Judge, Kind, Traits
from script.daemon import CONFIG, Daemon


def traits(config: str, sync: int = 0) -> Traits:
    daemon = Daemon()
    daemon.load(config)
    return daemon.script.traits(sync)


def test_a_sync_knows_where_it_was_called() -> None:
    config = '\nlocal s = { source = "/tmp", onCreate = "/bin/true" }\nfor _ = 1, 2 do\n  sync(s)\nend'
    assert traits(config, 1).place == Place(CONFIG, 4)


@pytest.mark.parametrize(
    ("options", "kind", "judge"),
    [
        ('default.rsync, target = "/nowhere"', Kind.RSYNC, Judge.DEFAULT),
        ('default.rsyncssh, host = "h", targetdir = "/t"', Kind.RSYNCSSH, Judge.RSYNCSSH),
        ('default.direct, target = "/nowhere"', Kind.DIRECT, Judge.DIRECT),
        ('onCreate = "/bin/true"', Kind.HANDLERS, Judge.DEFAULT),
        ("action = function() end, collect = function() end", Kind.OWN, Judge.OWN),
    ],
)
def test_whose_functions_a_sync_has_is_known(options: str, kind: Kind, judge: Judge) -> None:
    found = traits(f'sync {{ {options}, source = "/tmp" }}')
    assert (found.kind, found.judge) == (kind, judge)


def test_functions_are_known_by_their_place() -> None:
    config = """sync {
        source = "/tmp",
        onCreate = "/bin/true",
        onModify = function()
        end,
    }"""
    functions = traits(config).functions
    assert functions["onModify"] == Place(CONFIG, 4)
    assert functions["onCreate"] is None
    assert "onDelete" not in functions


def test_rules_are_known_as_the_config_lists_them(tmp_path: object) -> None:
    config = f"""
        local file = io.open("{tmp_path}/rules", "w")
        file:write("from a file")
        file:close()
        sync {{
            default.rsync,
            source = "/tmp",
            target = "/nowhere",
            exclude = {{ "a", "", "b" }},
            filter = "- c",
            excludeFrom = "{tmp_path}/rules",
        }}.addExclude("d")"""
    found = traits(config)
    assert found.listed_excludes == (b"a", b"b")
    assert found.listed_filters == (b"- c",)
    assert found.exclude_file == f"{tmp_path}/rules".encode()
    assert found.filter_file is None


def test_exit_codes_come_in_their_order() -> None:
    config = (
        'sync { source = "/tmp", onCreate = "x", exitcodes = { [9] = "die", [0] = "ok", [3] = "again" } }'
    )
    assert list((traits(config).exitcodes or {}).items()) == [(0, "ok"), (3, "again"), (9, "die")]


@pytest.mark.parametrize(
    ("options", "target"),
    [
        ('default.rsync, target = "h:/t"', b"h:/t/"),
        ('default.rsyncssh, host = "h", targetdir = "/t"', b"h:/t/"),
        ('onCreate = "x"', None),
    ],
)
def test_the_target_is_that_which_actions_get(options: str, target: bytes | None) -> None:
    assert traits(f'sync {{ {options}, source = "/tmp" }}').target == target


@pytest.mark.parametrize(("delete", "deletes"), [("true", True), ('"running"', True), ('"startup"', False)])
def test_whether_deletions_go_through_while_the_daemon_runs_is_known(delete: str, *, deletes: bool) -> None:
    config = f'sync {{ default.rsync, source = "/tmp", target = "/nowhere", delete = {delete} }}'
    assert traits(config).deletes is deletes
