"""pylsyncd and Debian's lsyncd, side by side, call rsync alike.

To try the harness itself, let both sides be lsyncd: PYLSYNCD_E2E_COMMAND=lsyncd pytest tests/e2e
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import frozen

from e2e.comparison import PlainCall, plain, plain_argv
from e2e.configs import CONFIGS, DELAY, Config
from e2e.daemon import CANDIDATE, LSYNCD, lsyncd_is_installed, running
from e2e.recorder import Recorder
from e2e.session import STARTUP, Session, new_source, play
from e2e.steps import BEACON, STEPS, Step

AT_ONCE = 12  # sessions; they sleep nearly all of the time

pytestmark = [
    pytest.mark.skipif(not lsyncd_is_installed(), reason="there is no lsyncd to compare with"),
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("many daemons"),  # played once for all tests of this module, one module at a time
]


@frozen
class Difference:
    """Rules that differ on purpose: the first ones of the step's batch on either side."""

    lsyncd: tuple[str, ...]
    pylsyncd: tuple[str, ...]
    why: str


_NO_WILDCARD = "issue 386: rsync takes a backslash literally in a rule that has none of * ? ["
_WILDCARD = "issue 386: a rule with a wildcard needs its backslashes doubled"

DIFFERENCES: Mapping[str, Difference] = {
    "a name with a closing bracket appears": Difference(("/b\\]c", "/"), ("/b]c", "/"), _NO_WILDCARD),
    "a name with a closing bracket goes": Difference(("/b\\]c", "/"), ("/b]c", "/"), _NO_WILDCARD),
    "a name with a star and a backslash appears": Difference(
        ("/w\\*\\z", "/"), ("/w\\*\\\\z", "/"), _WILDCARD
    ),
    "a name with a star and a backslash goes": Difference(("/w\\*\\z", "/"), ("/w\\*\\\\z", "/"), _WILDCARD),
    "a directory with a backslash goes": Difference(
        ("/back\\dir/***", "/back\\dir/", "/"), ("/back\\\\dir/***", "/back\\dir/", "/"), _WILDCARD
    ),
}


@frozen
class Pair:
    """The two sessions of one configuration."""

    lsyncd: Future[Session]
    pylsyncd: Future[Session]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Pair]]:
    home = tmp_path_factory.mktemp("parity")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            config.name: Pair(
                pool.submit(play, LSYNCD, config, STEPS, home=home / f"{number}" / "lsyncd"),
                pool.submit(play, CANDIDATE, config, STEPS, home=home / f"{number}" / "pylsyncd"),
            )
            for number, config in enumerate(CONFIGS)
        }


def by_name(case: Config | Step) -> str:
    return case.name


def calls_in(session: Session, step: Step) -> list[PlainCall]:
    return plain(session.calls_of(step.name), session.home, keep_order=step.order_is_fixed)


def replace_first_rules(
    calls: list[PlainCall], old: tuple[str, ...], new: tuple[str, ...]
) -> list[PlainCall]:
    first, *others = calls
    assert first.rules[: len(old)] == old
    return [PlainCall(first.argv, new + first.rules[len(old) :]), *others]


@pytest.mark.parametrize("config", CONFIGS, ids=by_name)
def test_the_startup_calls_what_lsyncd_calls(pairs: Mapping[str, Pair], config: Config) -> None:
    theirs, ours = pairs[config.name].lsyncd.result(), pairs[config.name].pylsyncd.result()

    expected = plain(theirs.calls_of(STARTUP), theirs.home, filters=config.filters)

    assert plain(ours.calls_of(STARTUP), ours.home, filters=config.filters) == expected


@pytest.mark.parametrize("step", STEPS, ids=by_name)
@pytest.mark.parametrize("config", CONFIGS, ids=by_name)
def test_a_step_calls_what_lsyncd_calls(pairs: Mapping[str, Pair], config: Config, step: Step) -> None:
    theirs, ours = pairs[config.name].lsyncd.result(), pairs[config.name].pylsyncd.result()

    expected = calls_in(theirs, step)
    difference = DIFFERENCES.get(step.name)
    if difference is not None and CANDIDATE != LSYNCD and not config.has_compat:
        expected = replace_first_rules(expected, difference.lsyncd, difference.pylsyncd)

    assert calls_in(ours, step) == expected


@pytest.mark.parametrize("config", CONFIGS, ids=by_name)
def test_after_a_term_signal_the_exit_code_is_that_of_lsyncd(
    pairs: Mapping[str, Pair], config: Config
) -> None:
    assert pairs[config.name].pylsyncd.result().exit_code == 143
    assert pairs[config.name].lsyncd.result().exit_code in {143, -9}  # lsyncd can lose the signal


@pytest.mark.parametrize("config", CONFIGS, ids=by_name)
def test_a_healthy_run_complains_of_nothing(pairs: Mapping[str, Pair], config: Config) -> None:
    assert pairs[config.name].pylsyncd.result().complaints == ""


@pytest.mark.parametrize("config", [one for one in CONFIGS if not one.has_its_own_log], ids=by_name)
def test_the_log_of_a_healthy_run_reads_like_that_of_lsyncd(
    pairs: Mapping[str, Pair], config: Config
) -> None:
    theirs, ours = pairs[config.name].lsyncd.result(), pairs[config.name].pylsyncd.result()

    assert headlines(ours) == headlines(theirs)


def headlines(session: Session) -> list[str]:
    """The log's lines with a time, without it; rules stand on lines of their own, and are left out."""
    lines = (line.replace(str(session.home), "~") for line in session.log.splitlines())
    times = (re.fullmatch(r"\d\d:\d\d:\d\d (\w+: .*)", line) for line in lines)
    words = [match[1] for match in times if match]
    # release 2.2.3 says startup where 2.3.1 says full
    return [word.replace("recursive startup rsync:", "recursive full rsync:") for word in words]


def test_syncs_of_the_command_line_call_what_those_of_lsyncd_call(tmp_path: Path) -> None:
    assert executed(CANDIDATE, tmp_path / "pylsyncd") == executed(LSYNCD, tmp_path / "lsyncd")


def executed(command: tuple[str, ...], home: Path) -> list[tuple[str, ...]]:
    """The arguments of each call, from the log: lsyncd runs /usr/bin/rsync, whatever the path says."""
    tree = new_source(home)
    recorder = Recorder.install(home / "recorder")
    arguments = ["-log", "Exec", "-delay", str(DELAY), "-rsync", str(home / "source"), str(home / "target")]
    path = f"{recorder.executable.parent}:{os.environ['PATH']}"
    with running(command, arguments, home=home, environment={"PATH": path}) as daemon:
        daemon.wait_for_startup()
        tree.write(b"d/one", BEACON)
        daemon.wait_until(lambda: "Finished a list after exitcode: 0" in daemon.log(), what="a batch")
        return [plain_argv(argv, home) for argv in executions(daemon.log())]


def executions(log: str) -> Iterator[tuple[str, ...]]:
    for binary, rest in re.findall(r"Exec: (\S+) (\[.*?\])\n(?=\d\d:\d\d:\d\d |\Z)", log, re.DOTALL):
        words = rest.removeprefix("[").removesuffix("]").split("] [")
        yield (Path(binary).name, *(words[2:] if words[0] == "<" else words))


REFUSED: tuple[tuple[str, ...], ...] = (
    (),
    ("-bogus",),
    ("-rsync", "a"),
    ("-delay",),
    ("a.lua", "b.lua"),
    ("a.lua", "-rsync", "a", "b"),
    ("missing.lua",),
    ("-log", "lower", "-rsync", "a", "b"),
    ("-h",),
    ("-delay=5",),
    ("-rsync", "missing", "b"),
)


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_a_wrong_command_line_ends_with_the_exit_code_of_lsyncd(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    codes = [
        subprocess.run(
            [*command, *arguments], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=False
        ).returncode
        for command in (LSYNCD, CANDIDATE)
    ]

    assert codes == [255, 255]


REFUSED_CONFIGS: Mapping[str, str] = {
    "nothing to watch": "",
    "a syntax error": "x = = 1",
    "an error raised": 'error("boom")',
    "no source": 'sync{ default.rsync, target = "target" }',
    "a missing source": 'sync{ default.rsync, source = "missing", target = "target" }',
    "a source that is a file": 'sync{ default.rsync, source = "refused.lua", target = "target" }',
    "no target": 'sync{ default.rsync, source = "." }',
    "settings assigned": "settings = { nodaemon = true }",
    "an unknown setting": "settings{ foo = 1 }",
    "an unknown key": 'sync{ default.rsync, source = ".", target = "target", foo = 1 }',
    "an unknown rsync option": 'sync{ default.rsync, source = ".", target = "t", rsync = { typo = true } }',
    "rsync options that are no table": 'sync{ default.rsync, source = ".", target = "target", rsync = true }',
    "a delay that is no number": 'sync{ default.rsync, source = ".", target = "target", delay = "x" }',
    "a negative delay": 'sync{ default.rsync, source = ".", target = "target", delay = -1 }',
    "a missing exclude file": 'sync{ default.rsync, source = ".", target = "t", excludeFrom = "missing" }',
    "an unknown filter rule": 'sync{ default.rsync, source = ".", target = "t", filter = { "x" } }',
    "rsyncssh with a target": 'sync{ default.rsyncssh, source=".", host="h", targetdir="d", target="t" }',
    "rsyncssh without a host": 'sync{ default.rsyncssh, source = ".", targetdir = "d" }',
}


@pytest.mark.parametrize("text", REFUSED_CONFIGS.values(), ids=list(REFUSED_CONFIGS))
def test_a_config_that_lsyncd_refuses_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "refused.lua").write_text(text + "\n")

    ends = [
        subprocess.run(
            [*command, "-nodaemon", "refused.lua"],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        for command in (LSYNCD, CANDIDATE)
    ]

    assert [end.returncode for end in ends] == [255, 255]
    assert all(end.stderr for end in ends)
