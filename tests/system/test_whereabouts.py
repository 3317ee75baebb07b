"""When a path may lead to another directory than before, on the real kernel."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define, field

from pylsyncd.system import whereabouts
from pylsyncd.system.whereabouts import Whereabouts

MOST_SECONDS = 10


@define
class Listener:
    """Follows one source."""

    source: Path
    heard: int = 0
    loop: asyncio.AbstractEventLoop = field(factory=asyncio.new_event_loop)
    follower: Whereabouts = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.follower = Whereabouts(self.loop, self._hear)
        self.follow()

    def _hear(self) -> None:
        self.heard += 1
        self.loop.stop()

    def follow(self) -> None:
        self.follower.follow([os.fsencode(self.source) + b"/"])

    def hears_something(self) -> bool:
        """Whether it hears something before somebody else says that it is time."""
        before = self.heard
        deadline = self.loop.call_later(MOST_SECONDS, self.loop.stop)
        self.loop.run_forever()
        deadline.cancel()
        return self.heard > before

    def hears_nothing(self) -> bool:
        """Whether there is nothing to be heard now."""
        before = self.heard
        for _ in range(3):
            self.loop.call_soon(self.loop.stop)
            self.loop.run_forever()
        return self.heard == before


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    source = tmp_path / "upper" / "parent" / "source"
    source.mkdir(parents=True)
    made = Listener(source)
    yield made
    made.follower.close()
    made.loop.close()


def test_a_source_is_followed(listener: Listener) -> None:
    assert not listener.follower.is_blind
    assert listener.hears_nothing()


@pytest.mark.parametrize("above", [0, 1])
def test_a_directory_above_the_source_that_is_renamed_is_heard(listener: Listener, above: int) -> None:
    directory = listener.source.parents[above]
    directory.rename(directory.with_name("other"))

    assert listener.hears_something()


def test_a_source_that_is_removed_while_somebody_works_in_it_is_heard(listener: Listener) -> None:
    held = os.open(listener.source, os.O_RDONLY)
    listener.source.rmdir()

    assert listener.hears_something()
    os.close(held)


def test_what_happens_to_others_in_directories_above_is_not_heard(listener: Listener) -> None:
    for directory in listener.source.parents[:2]:
        (directory / "file").touch()
        (directory / "file").unlink()
        (directory / "other").mkdir()
        (directory / "other").rename(directory / "another")
        (directory / "another").rmdir()
    (listener.source / "f").touch()

    assert listener.hears_nothing()


def test_what_is_followed_no_longer_is_not_heard(listener: Listener) -> None:
    listener.follower.follow([])
    listener.source.parent.rename(listener.source.parent.with_name("other"))

    assert listener.hears_nothing()


def test_a_source_that_is_not_there_cannot_be_followed_until_it_is(listener: Listener) -> None:
    listener.source.parent.rename(listener.source.parent.with_name("other"))
    assert listener.hears_something()
    listener.follow()
    assert listener.follower.is_blind
    assert listener.hears_nothing()

    listener.source.mkdir(parents=True)
    listener.follow()
    assert not listener.follower.is_blind
    listener.source.rmdir()
    assert listener.hears_something()


def test_where_the_kernel_tells_nothing_of_mounts_nothing_is_followed(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whereabouts, "MOUNTS", "/nowhere/mountinfo")
    listener.follow()

    assert listener.follower.is_blind


MOUNTING = """
import subprocess, sys
from system.test_whereabouts import Listener, Path
listener = Listener(Path(sys.argv[1]))
assert not listener.follower.is_blind
for command in (["mount", "-t", "tmpfs", "none", sys.argv[1]], ["umount", sys.argv[1]]):
    subprocess.run(command, check=True)
    assert listener.hears_something(), command
    assert listener.hears_nothing(), command
"""


def test_a_mount_that_comes_or_goes_is_heard(tmp_path: Path) -> None:
    own_mounts = ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-c", MOUNTING]
    paths = [str(Path(__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    subprocess.run(
        [*own_mounts, str(tmp_path)], check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    )
