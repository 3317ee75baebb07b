"""`pylsyncd compare` with the real Lsyncd: the examples, a planted bug, and what must stay as it is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import evolve

import pylsyncd
from e2e.daemon import lsyncd_is_installed
from e2e.stage import EXAMPLES
from pylsyncd.migrate.compare.comparison import Given, Outcome, Seed, Wish, compare
from pylsyncd.migrate.compare.judge import judge
from pylsyncd.migrate.compare.launch import CannotRunError, Setting
from pylsyncd.migrate.compare.report import text
from pylsyncd.migrate.compare.rows import Row

AT_ONCE = 6  # comparisons of three daemons each; they sleep most of the time

pytestmark = [
    pytest.mark.skipif(not lsyncd_is_installed(), reason="there is no lsyncd to compare with"),
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("many daemons"),  # played once for all tests of this module, one module at a time
]

RUN: Mapping[str, str] = {
    "control-socket": "",
    "direct": "",
    "exclude-from": "create x.tmp\ncreate d/x.swp\nwait 5\n",
    "heartbeat": "",
    "keep-deleted": "",
    "lftp": "",
    "post-command": "",
    "quickstart": "",
    "rsync-daemon": "",
    "s3": "",
    "shell-actions": "",
    "ssh-options": "",
}
"""The examples that Lsyncd 2.2.3 can run, and steps of their own."""

CANNOT_RUN: Mapping[str, str] = {
    "audit-log": 'Parameter "collapse" unknown',
    "big-files": 'Parameter "batchSizeLimit" unknown',
    "cron-full": 'Parameter "crontab" unknown',
    "delete-guard": 'event list does not have function "inlet"',
    "fan-out": 'Parameter "name" unknown',
    "git-commit": 'Parameter "exclude" unknown',
    "owners": "bad argument #12 to 'exec'",  # a table in a table among the arguments of spawn
    "pdf": 'Parameter "exclude" unknown',
    "permissions": "invalid value (nil) at index",  # getPaths(mutator) with nil
    "sites": 'Parameter "name" unknown',
    "tunnel-pool": "attempt to call a nil value (global 'tunnel')",
    "watch-only": 'Parameter "collapse" unknown',
    "webhook": 'event list does not have function "inlet"',
}
"""Those that it cannot run, and what it says."""

STEPS = """\
have d/e/f/three
have d/one
have gone/a
have top
have /srv/www/site/page
start
create new
write d/one
move top d/e/top
wait 20
create p/
create p/q
delete gone/
touch d/e/top
wait 20
move d/e/ "moved here/"
wait 20
create "w*\\\\z"
create brief
delete brief
wait 20
"""


def wish(config: Path, home: Path, steps: str = STEPS, **more: object) -> Wish:
    setting = Setting(bytes(config), bytes(home))
    return evolve(Wish(setting, Given(steps, "steps"), (b"lsyncd",)), **more)  # type: ignore[arg-type]


COMBINED = 'sync{ source = "/srv/data", onCreate = "cp ^pathname", onModify = "touch ^pathname" }'
MIRROR = 'sync{ default.rsync, source = "/srv/data", target = "/mnt/copy" }'
TUNNEL = """
sync{ default.rsync, source = "/srv/data", target = "rsync://^localhost:^localport/x/", tunnel = tunnel{
    mode = "pool", readyDelay = 0.1, command = { "ssh", "-N", "host" } } }
"""
HOSTILE = 'create "w*\\\\z"\ndelete d/\nwait 1\n'

FAILING = """
have a
start
exit 23
write a
wait 20
signal HUP
wait 5
kill 9
create c
wait 30
signal TERM
"""
HOLDING = """
have a
hold rsync
release
hold rsync
release rsync
start
hold rsync
write a
wait 20
create b
wait 20
release
wait 20
"""

BUGS: Mapping[str, tuple[str, str]] = {
    "an option is dropped": ('        "-r",\n        deletes', "        deletes"),
    "a rule is escaped wrongly": ('"[*?%[%]\\\\]", "\\\\%0"', '"[?%[%]\\\\]", "\\\\%0"'),
    "deletes are left out": ('return whole and path:find("/$") and "***"', 'return false and "***"'),
}
"""What stands in default/rsync.lua, and what stands there instead."""


PAGE = Path(__file__).parents[2] / "docs" / "manual" / "compare.md"
MANUAL = re.findall(r"^```(?:lua|text)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
"""The example of the manual: config, steps, and what is printed."""

CONFIGS: Mapping[str, str] = {"combined": COMBINED, "mirror": MIRROR, "tunnel": TUNNEL, "manual": MANUAL[0]}


def with_bug(bug: str, home: Path) -> tuple[tuple[bytes, bytes], ...]:
    """An environment in which pylsyncd has it."""
    good, bad = BUGS[bug]
    shutil.copytree(Path(pylsyncd.__file__).parent, home / "pylsyncd")
    library = home / "pylsyncd" / "stdlib_lua" / "default" / "rsync.lua"
    assert library.read_text().count(good) == 1
    library.write_text(library.read_text().replace(good, bad))
    return ((b"PYTHONPATH", bytes(home)),)


def itself(home: Path) -> tuple[bytes, ...]:
    """A program that is pylsyncd."""
    program = home / "lsyncd"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pylsyncd "$@"\n')
    program.chmod(0o755)
    return (bytes(program),)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Future[Outcome]]]:
    home = tmp_path_factory.mktemp("compare")
    (home / "excludes").write_text("*.tmp\n*.swp\n")
    (home / "owners.lua").write_text('return { d = "one:two", gone = "three", new = "four" }\n')
    for name, lua in CONFIGS.items():
        (home / f"{name}.lua").write_text(lua)
    combined, mirror, tunnel, manual = (home / f"{name}.lua" for name in CONFIGS)
    wishes = {
        name: wish(EXAMPLES / f"{name}.lua", home, STEPS + RUN.get(name, "")) for name in (*RUN, *CANNOT_RUN)
    }
    wishes |= {
        "manual": wish(manual, home, MANUAL[1]),
        "combined": wish(combined, home, "create a\nwait 1\n"),
        "apart": wish(combined, home, "create a\nwait 1\n", collapses=False),
        "failing": wish(mirror, home, FAILING),
        "holding": wish(mirror, home, HOLDING),
        "itself": wish(tunnel, home, lsyncd=itself(home), score=Seed(1, 3)),
        **{
            bug: wish(mirror, home, f"have d/e\n{HOSTILE}", environment=with_bug(bug, home / str(number)))
            for number, bug in enumerate(BUGS)
        },
    }
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(AT_ONCE) as pool:
        patch.setenv("SYNC_EXCLUDES", str(home / "excludes"))
        patch.setenv("SYNC_OWNERS", str(home / "owners.lua"))
        yield {name: pool.submit(compare, one, None) for name, one in wishes.items()}


def test_the_manual_shows_what_it_prints(outcomes: Mapping[str, Future[Outcome]]) -> None:
    *_, shown = MANUAL

    assert text(outcomes["manual"].result()) == shown


def test_each_example_is_in_one_of_the_tables() -> None:
    assert sorted([*RUN, *CANNOT_RUN]) == sorted(file.stem for file in EXAMPLES.glob("*.lua"))


@pytest.mark.parametrize("name", RUN)
def test_an_example_differs_by_what_is_documented_only_combining_or_not(
    outcomes: Mapping[str, Future[Outcome]], name: str
) -> None:
    outcome = outcomes[name].result()

    assert not outcome.verdict.unexplained, text(outcome)
    assert any(outcome.lsyncd.groups)
    assert outcome.witness is not None
    apart = judge(outcome.lsyncd, outcome.witness, None, outcome.plan.groups)
    assert not apart.unexplained, apart.unexplained
    assert [bool(calls) for calls in outcome.pylsyncd.groups] == [
        bool(calls) for calls in outcome.lsyncd.groups
    ]


@pytest.mark.parametrize("name", CANNOT_RUN)
def test_what_lsyncd_cannot_run_is_said_with_its_own_words(
    outcomes: Mapping[str, Future[Outcome]], name: str
) -> None:
    with pytest.raises(CannotRunError) as refusal:
        outcomes[name].result()

    assert CANNOT_RUN[name] in str(refusal.value)
    assert str(refusal.value).startswith("Lsyncd ")


def rows_of(outcome: Outcome) -> set[Row]:
    return {row for one in outcome.verdict.differences for row in one.rows}


def test_combining_is_a_difference_unless_it_is_switched_off(outcomes: Mapping[str, Future[Outcome]]) -> None:
    assert rows_of(outcomes["combined"].result()) == {Row.COMBINING, Row.SHELL}
    assert rows_of(outcomes["apart"].result()) == {Row.SHELL}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_in_our_own_default_rsync_is_found(outcomes: Mapping[str, Future[Outcome]], bug: str) -> None:
    assert outcomes[bug].result().verdict.unexplained


def test_pylsyncd_is_like_itself(outcomes: Mapping[str, Future[Outcome]]) -> None:
    outcome = outcomes["itself"].result()

    assert outcome.verdict.differences == ()
    assert {call.argv[0] for call in outcome.lsyncd.groups[0]} == {b"ssh", b"rsync"}


def test_failures_and_signals_reach_both_daemons(outcomes: Mapping[str, Future[Outcome]]) -> None:
    outcome = outcomes["failing"].result()

    assert rows_of(outcome) == {Row.BINARY, Row.HUP, Row.PARTIAL_FAILURE, Row.KILLED}
    assert not outcome.verdict.unexplained, text(outcome)
    startups = [
        [call for call in calls if b"--include-from=-" not in call.argv] for calls in outcome.lsyncd.groups
    ]
    assert [len(calls) for calls in startups] == [1, 0, 1, 0, 0]  # HUP begins anew
    assert outcome.lsyncd.ended == outcome.pylsyncd.ended == (4, 143)


def test_what_is_held_runs_until_it_is_released(outcomes: Mapping[str, Future[Outcome]]) -> None:
    outcome = outcomes["holding"].result()

    assert rows_of(outcome) == {Row.BINARY}
    assert [len(calls) for calls in outcome.lsyncd.groups] == [1, 1, 0, 1]


GREEDY = """
settings{ logfile = "@/log", pidfile = "@/pid", statusFile = "@/status", statusInterval = 1 }
os.execute("touch @/executed")
io.popen("touch @/piped; echo x"):read("a")
io.open("@/written", "w"):write("x"):close()
io.open("../../../../../..@/written", "w"):close()
os.remove("@/precious")
os.rename("@/precious", "@/renamed")
local file = io.open("@/precious", "a") file:write("x") file:close()
io.open(os.tmpname(), "w"):close()
assert(not pcall(package.loadlib, "libc.so.6", "*"))
sync{ default.rsync, source = "@", target = "/" , delete = true }
sync{ default.direct, source = "@/source", target = "@" }
sync{ source = "@/source", onCreate = "rm -rf @; touch @/shell", onModify = function(event)
    spawn(event, "/bin/touch", "@/spawned")
    os.execute("touch @/executed")
    io.open("@/written", "w"):close()
end }
"""


def snapshot(directory: Path) -> dict[str, str | None]:
    return {str(path): path.read_text() if path.is_file() else None for path in directory.rglob("*")}


def test_nothing_outside_the_scratch_directory_is_written(tmp_path: Path) -> None:
    guarded = tmp_path / "guarded"
    (guarded / "source").mkdir(parents=True)
    (guarded / "precious").write_text("precious")
    config = tmp_path / "config.lua"
    config.write_text(GREEDY.replace("@", str(guarded)))
    before = snapshot(tmp_path)

    with pytest.raises(CannotRunError, match="target"):  # pylsyncd refuses such a target
        compare(wish(config, guarded, "create source/x\nwait 1\n"), None)
    config.write_text(
        config.read_text()
        .replace('target = "/"', 'target = "/srv/t"')
        .replace(f'target = "{guarded}"', 'target = "/srv/u"')
    )
    found = compare(wish(config, guarded, f"have {guarded}/source/\ncreate source/x\nwait 1\n"), None)

    assert {os.path.basename(call.argv[0]) for call in found.lsyncd.groups[1]} >= {b"rsync", b"sh", b"touch"}
    before[str(config)] = config.read_text()
    assert snapshot(tmp_path) == before


def test_what_is_kept_is_where_one_wants_it(tmp_path: Path) -> None:
    config = tmp_path / "config.lua"
    config.write_text('sync{ default.rsync, source = "/srv/data", target = "/mnt/copy" }')
    compare(wish(config, tmp_path, "create a 7\n"), bytes(tmp_path / "kept"))

    sizes = [path.stat().st_size for path in (tmp_path / "kept").glob("*/root/srv/data/a")]
    assert sizes == [7, 7, 7]
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"lsyncd", "pylsyncd", "pylsyncd-apart"}


def pylsyncd_compare(*words: str, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "pylsyncd", "compare", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        **more,
    )


def test_a_recorded_lsyncd_stands_in_for_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "config.lua").write_text('sync{ default.rsync, source = "/srv/data", target = "/mnt/copy" }')
    (tmp_path / "other.lua").write_text('sync{ default.rsync, source = "/srv/data", target = "/mnt/other" }')
    made = pylsyncd_compare(
        "config.lua", "--with", "lsyncd", "--record", "record", "--length", "2", cwd=tmp_path
    )
    again = pylsyncd_compare("config.lua", "--against", "record", "--json", cwd=tmp_path)
    other = pylsyncd_compare("other.lua", "--against", "record", cwd=tmp_path)

    assert (made.returncode, again.returncode, other.returncode) == (0, 0, 1)
    assert made.stdout.splitlines()[-1] == (
        f"0 processes alike, {json.loads(again.stdout)['documented']} documented differences, 0 unexplained"
    )
    assert other.stderr == "Warn: record was recorded with another config\n"


@pytest.mark.parametrize(
    ("text_of_config", "message"),
    [
        (
            "x = = 1",
            r"Error: Lsyncd does not run this config: \S+config.lua:1: unexpected symbol near '='\n$",
        ),
        (
            "\nsync{ default.rsync, target = '/t' }",
            r"Error: Lsyncd does not run this config: \S+config.lua:2: source missing",
        ),
        ("", r"Error: Lsyncd does not run this config: Nothing to watch!\n$"),
        (
            "\nsync{ default.rsync, source = '/srv', target = '/' }",
            r"Error: pylsyncd ended at once: \S+config.lua:2: ",
        ),
    ],
)
def test_a_config_that_cannot_run_is_reported_in_its_own_words(
    tmp_path: Path, text_of_config: str, message: str
) -> None:
    config = tmp_path / "config.lua"
    config.write_text(text_of_config)
    ended = pylsyncd_compare("config.lua", "--with", "lsyncd", cwd=tmp_path)

    assert ended.returncode == 2
    assert re.match(message, ended.stderr)  # Lua cuts long names of files
    assert ended.stdout == ""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no program that gives privileges up")
def test_it_needs_no_privileges(tmp_path: Path) -> None:
    (tmp_path / "config.lua").write_text('sync{ default.rsync, source = "/srv/data", target = "/mnt/copy" }')
    given_up = (
        ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs") if os.getuid() == 0 else ()
    )
    words = ("config.lua", "--with", "lsyncd", "--length", "3")
    ended = subprocess.run(
        [*given_up, sys.executable, "-m", "pylsyncd", "compare", *words],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )

    assert (ended.returncode, ended.stderr) == (0, b"")
