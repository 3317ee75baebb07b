"""A start-up that is split over several rsyncs: nothing else begins meanwhile, and nothing is lost."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager

import pytest

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.place import Place
from e2e.trees import Tree, snapshot

pytestmark = pytest.mark.timeout(60)

GATED = """\
#!/bin/sh
case " $* " in *" --filter=-sr "*" -r "*)
    touch '@HOME@'/began.$$
    until [ -e '@HOME@/go' ]; do sleep 0.01; done
esac
exec rsync "$@"
"""
"""Stands for rsync: the parts wait for the file `go`."""

FAILING_ONCE = """\
#!/bin/sh
case " $* " in *" --filter=-sr "*" -r "*) mkdir '@HOME@/failed' 2>/dev/null && exit 12 ;; esac
exec rsync "$@"
"""


def fill(place: Place) -> Tree:
    """Four directories with something in them, and things at the target that the source has not."""
    source, target = (Tree(bytes(place.home / name), b"") for name in ("source", "target"))
    for name in (b"a", b"b", b"c \n", b"\xff"):
        source.mkdirs(name + b"/below")
        source.write(name + b"/below/file")
        target.mkdirs(name + b"/gone")
    target.mkdirs(b"m/gone")
    target.write(b"m/gone/file", b"z")
    return source


def started(place: Place, program: str) -> AbstractContextManager[Daemon]:
    rsync = place.home / "rsync"
    rsync.write_text(program.replace("@HOME@", str(place.home)))
    rsync.chmod(0o755)
    more = f'startup = {{ parallel = 3 }}, rsync = {{ binary = "{rsync}" }}'
    config = place.write_config(more, delay=0)
    return running(PYLSYNCD, ["-insist", str(config)], home=place.home / "run")


def is_in_line(place: Place) -> bool:
    return snapshot(bytes(place.home / "source")) == snapshot(bytes(place.home / "target"))


def test_what_happens_meanwhile_waits_until_all_parts_are_done(place: Place) -> None:
    source = fill(place)
    with started(place, GATED) as daemon:
        daemon.wait_until(lambda: len([*place.home.glob("began.*")]) == 3, what="three parts at work")
        source.write(b"a/late", b"\xff/late")
        source.remove(b"b/below/file")
        daemon.wait_until(lambda: "There are 4 delays" in place.status(), what="three changes to wait")
        assert re.search(r"^Processes: \d+ \d+ \d+$", place.status(), re.MULTILINE)
        assert "Calling rsync" not in daemon.log()
        (place.home / "go").touch()
        daemon.wait_for_startup()
        daemon.wait_until(lambda: is_in_line(place), what="the target to equal the source")
        assert daemon.log().count("Startup of ") == 1


def test_a_part_that_fails_makes_the_start_up_begin_anew(place: Place) -> None:
    fill(place)
    with started(place, FAILING_ONCE) as daemon:
        daemon.wait_until(lambda: "Retrying startup of " in daemon.log(), what="the failure to be told")
        daemon.wait_for_startup()
        assert is_in_line(place)
