"""pylsyncd and Debian's lsyncd, side by side, run the same programs for configs of all layers.

With `collapse = false` for pylsyncd, since the combining of events is what sets 2.2 apart (spec 3.3).
Where lsyncd leaves something to chance, or where a difference is meant (docs/differences.md), the
configs and steps stay away from it, or say at their place what they take out of the comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from attrs import frozen

from e2e.command_configs import COMMANDS
from e2e.daemon import CANDIDATE, LSYNCD, lsyncd_is_installed
from e2e.engine_configs import ENGINE, PARALLEL
from e2e.function_configs import FUNCTIONS
from e2e.inheritance_configs import INHERITANCE
from e2e.layer_session import STARTUP, LayerConfig, LayerSession, play_layers
from e2e.steps import Step

AT_ONCE = 14  # sessions; they sleep nearly all of the time

CONFIGS: tuple[LayerConfig, ...] = (*COMMANDS, *FUNCTIONS, *ENGINE, *PARALLEL, *INHERITANCE)
STEPS: tuple[tuple[LayerConfig, Step], ...] = tuple(
    (config, step) for config in CONFIGS for step in config.steps
)

pytestmark = [
    pytest.mark.skipif(not lsyncd_is_installed(), reason="there is no lsyncd to compare with"),
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("many daemons"),  # played once for all tests of this module, one module at a time
]


@frozen
class Pair:
    """The two sessions of one config."""

    lsyncd: Future[LayerSession]
    pylsyncd: Future[LayerSession]


Pairs = Mapping[str, Pair]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pairs]:
    home = tmp_path_factory.mktemp("layers")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            config.name: Pair(
                pool.submit(play_layers, LSYNCD, config, home=home / f"{number}" / "lsyncd"),
                pool.submit(play_layers, CANDIDATE, config, home=home / f"{number}" / "pylsyncd"),
            )
            for number, config in enumerate(CONFIGS)
        }


def both(pairs: Pairs, config: LayerConfig) -> tuple[LayerSession, LayerSession]:
    return pairs[config.name].lsyncd.result(), pairs[config.name].pylsyncd.result()


def by_name(case: LayerConfig | Step) -> str:
    return case.name


@pytest.mark.parametrize("config", CONFIGS, ids=by_name)
def test_the_startup_runs_what_lsyncd_runs(pairs: Pairs, config: LayerConfig) -> None:
    theirs, ours = both(pairs, config)

    assert ours.calls_of(STARTUP) == theirs.calls_of(STARTUP)


@pytest.mark.parametrize(("config", "step"), STEPS, ids=by_name)
def test_a_step_runs_what_lsyncd_runs(pairs: Pairs, config: LayerConfig, step: Step) -> None:
    theirs, ours = both(pairs, config)

    expected = theirs.calls_of(step.name, order_is_fixed=step.order_is_fixed)

    assert ours.calls_of(step.name, order_is_fixed=step.order_is_fixed) == expected


@pytest.mark.parametrize("config", CONFIGS, ids=by_name)
def test_there_is_one_watch_for_each_directory_whatever_the_syncs(pairs: Pairs, config: LayerConfig) -> None:
    theirs, ours = both(pairs, config)

    assert ours.watches == theirs.watches > 0


@pytest.mark.parametrize("config", CONFIGS, ids=by_name)
def test_after_a_term_signal_the_exit_code_is_that_of_lsyncd(pairs: Pairs, config: LayerConfig) -> None:
    theirs, ours = both(pairs, config)

    assert ours.exit_code == 143
    assert theirs.exit_code in {143, -9}  # lsyncd can lose the signal


@pytest.mark.parametrize("config", CONFIGS, ids=by_name)
def test_a_healthy_run_complains_of_nothing(pairs: Pairs, config: LayerConfig) -> None:
    _, ours = both(pairs, config)

    assert ours.complaints == ""


@pytest.mark.parametrize("config", CONFIGS, ids=by_name)
def test_the_log_of_a_healthy_run_has_the_lines_of_lsyncds(pairs: Pairs, config: LayerConfig) -> None:
    theirs, ours = both(pairs, config)

    assert headlines(ours) == headlines(theirs)


ONLY_LSYNCDS = ("Normal: Removing not excluded exclude", "Normal: Transformed Move to ")
"""Lines about what is no news to anybody; pylsyncd does without (docs/differences.md)."""


def headlines(session: LayerSession) -> list[str]:
    """The log's lines with a time, without it; sorted, as a new directory is listed at another moment."""
    lines = (line.replace(str(session.home), "~") for line in session.log.splitlines())
    times = (re.fullmatch(r"\d\d:\d\d:\d\d (\w+: .*)", line) for line in lines)
    words = [match[1] for match in times if match and not match[1].startswith(ONLY_LSYNCDS)]
    # release 2.2.3 says startup where 2.3.1 says full
    return sorted(word.replace("recursive startup rsync:", "recursive full rsync:") for word in words)


@pytest.mark.parametrize(
    ("config", "limit"), list(zip(PARALLEL, (3, 2), strict=True)), ids=("one sync", "all")
)
def test_as_many_processes_run_at_a_time_as_the_limit_says(
    pairs: Pairs, config: LayerConfig, limit: int
) -> None:
    for session in both(pairs, config):
        assert max(call.beside + 1 for calls in session.calls.values() for call in calls) == limit
