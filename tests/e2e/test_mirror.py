"""After each step the target is a mirror of the source, whatever the names are."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from e2e.daemon import CANDIDATE
from e2e.mirroring import Mirror, Mirroring, differences, mirror_steps
from e2e.session import new_source
from e2e.steps import STEPS, Step
from e2e.trees import snapshot

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.xdist_group("many daemons"),  # played once for all tests of this module, one module at a time
]


def neither_a_nor_b_nor_tmp(path: bytes) -> bool:
    segments = path.split(b"/")
    junk = any(segment == b"a" or segment.endswith(b".tmp") for segment in segments)
    return not junk and not path.startswith(b"/b/")


def all_of_x_but_elsewhere_no_backups(path: bytes) -> bool:
    if path.startswith(b"/x/"):
        return True
    segments = path.split(b"/")
    return not any(segment == b"a" or segment.endswith(b".bak") for segment in segments)


MIRRORS: tuple[Mirror, ...] = (
    Mirror("the command line"),
    Mirror(
        "filter rules",
        sync='sync{ default.rsync, source = "@SOURCE@", target = "@TARGET@", delay = 1,\n'
        "  rsync = { transfer = 'filter' } }\n",
    ),
    Mirror(
        "excludes",
        sync='sync{ default.rsync, source = "@SOURCE@", target = "@TARGET@", delay = 1,\n'
        "  exclude = { 'a', '/b/', '*.tmp' } }\n",
        keeps=neither_a_nor_b_nor_tmp,
    ),
    Mirror(
        "filters and archive",
        sync='sync{ default.rsync, source = "@SOURCE@", target = "@TARGET@", delay = 1,\n'
        "  filter = { '+ /x/**', '- *.bak' }, exclude = 'a',\n"
        "  rsync = { archive = true, compress = true, _extra = { '--bwlimit=100000', '--partial' } } }\n",
        keeps=all_of_x_but_elsewhere_no_backups,
        modes=True,
        kinds="d-lp",
    ),
)


@pytest.fixture(scope="module")
def mirrorings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Future[Mirroring]]]:
    home = tmp_path_factory.mktemp("mirror")
    with ThreadPoolExecutor(len(MIRRORS)) as pool:
        yield {
            mirror.name: pool.submit(mirror_steps, CANDIDATE, mirror, STEPS, home=home / f"{number}")
            for number, mirror in enumerate(MIRRORS)
        }


def by_name(case: Mirror | Step) -> str:
    return case.name


@pytest.mark.parametrize("mirror", MIRRORS, ids=by_name)
def test_the_startup_makes_the_target_equal(
    mirrorings: Mapping[str, Future[Mirroring]], mirror: Mirror
) -> None:
    assert mirrorings[mirror.name].result().verdict("start-up") == ""


@pytest.mark.parametrize("step", STEPS, ids=by_name)
@pytest.mark.parametrize("mirror", MIRRORS, ids=by_name)
def test_after_a_step_the_target_becomes_equal(
    mirrorings: Mapping[str, Future[Mirroring]], mirror: Mirror, step: Step
) -> None:
    assert mirrorings[mirror.name].result().verdict(step.name) == ""


def test_with_onepass_the_daemon_ends_when_the_target_is_equal(tmp_path: Path) -> None:
    new_source(tmp_path)
    source, target = tmp_path / "source", tmp_path / "target"

    end = subprocess.run(
        [*CANDIDATE, "-nodaemon", "-onepass", "-rsync", str(source), str(target)],
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )

    assert end.returncode == 0
    assert differences(snapshot(bytes(source)), snapshot(bytes(target))) == differences({}, {})
