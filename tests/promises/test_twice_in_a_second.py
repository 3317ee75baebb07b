"""A file that changes twice within a second, with rsync in between: its size and time tell rsync nothing."""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, running
from e2e.place import Place

pytestmark = pytest.mark.timeout(90)


def write_in(second: int, file: Path, content: str) -> None:
    """Write a file as if in that second."""
    file.write_text(content)
    os.utime(file, (second, second))


def holds(file: Path, content: str) -> bool:
    return file.exists() and file.read_text() == content


@pytest.mark.parametrize("form", ["files", "filter"])
def test_a_change_of_the_same_size_within_a_second_arrives(place: Place, form: str) -> None:
    config = place.write_config(f'rsync = {{ transfer = "{form}" }}', delay=0)
    source, target = place.home / "source" / "counter", place.home / "target" / "counter"
    with running(PYLSYNCD, [str(config)], home=place.home / "run") as daemon:
        daemon.wait_for_startup()
        second = int(time.time()) + 60  # whatever the clock shows, both changes fall into it
        for content in ("001", "002", "003"):
            write_in(second, source, content)
            daemon.wait_until(partial(holds, target, content), what=f"the content {content}")
