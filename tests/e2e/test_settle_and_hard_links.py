"""On the real kernel: files that are written for long, and files that have several names."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.place import Place

pytestmark = pytest.mark.timeout(60)


def test_half_written_files_are_not_sent_where_they_are_to_settle(place: Place) -> None:
    target = place.home / "target"
    with started(place, "settle = 60") as daemon:
        daemon.wait_for_startup()
        with (place.home / "source" / "long").open("w") as long:
            long.write("half")
            long.flush()
            daemon.wait_until(lambda: "Settling: /long" in place.status(), what="the status to name it")
            assert not (target / "long").exists()
            long.write(" and half")
        daemon.wait_until((target / "long").exists, what="the file that was closed")
        assert (target / "long").read_text() == "half and half"


def test_a_file_that_nobody_closes_is_sent_when_it_has_settled(place: Place) -> None:
    target = place.home / "target"
    with started(place, "settle = 0.3") as daemon:
        daemon.wait_for_startup()
        with (place.home / "source" / "open").open("w") as still:
            for text in ("some of it", "all of it."):
                still.write(text)
                still.flush()
                daemon.wait_until(partial(ends, target / "open", text), what=text)


def ends(path: Path, text: str) -> bool:
    return path.exists() and path.read_text().endswith(text)


def test_without_settle_a_file_is_sent_while_it_is_written(place: Place) -> None:
    with started(place, "") as daemon:
        daemon.wait_for_startup()
        with (place.home / "source" / "long").open("w"):
            daemon.wait_until((place.home / "target" / "long").exists, what="the file that is open")


def test_a_change_under_one_name_of_a_file_does_not_leave_the_others_stale(place: Place) -> None:
    source, target = place.home / "source", place.home / "target"
    (source / "d").mkdir()
    os.link(source / "first", source / "d" / "second")
    with started(place, "rsync = { hard_links = true }") as daemon:
        daemon.wait_for_startup()
        (source / "first").write_text("changed")
        daemon.wait_until(lambda: both(target) == ("changed", True), what="both names to be of one new file")
        os.link(source / "d" / "second", source / "third")
        daemon.wait_until(lambda: is_same(target / "first", target / "third"), what="the third name")


def both(target: Path) -> tuple[str, bool]:
    one, other = target / "first", target / "d" / "second"
    return other.read_text(), is_same(one, other)


def is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except FileNotFoundError:
        return False


def started(place: Place, more: str) -> AbstractContextManager[Daemon]:
    return running(PYLSYNCD, [str(place.write_config(more, delay=0))], home=place.home / "run")
