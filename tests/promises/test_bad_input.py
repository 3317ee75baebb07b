"""Bad input harms nobody: a daemon that runs goes on, and one that cannot start says in one line why.

A source that is removed and made again, or unmounted and mounted again: `e2e/test_source_goes.py`.
"""

from __future__ import annotations

import os
import signal
from functools import partial

import pytest

from e2e.daemon import PYLSYNCD, running
from e2e.place import Place
from promises.test_targets_in_trouble import WITHOUT_PRIVILEGES

pytestmark = pytest.mark.timeout(90)

BROKEN = {
    "no Lua": ("sync{", "sync{{", "expected (to close"),
    "an unknown key": ("source =", "sauce =", 'Parameter "sauce" unknown'),
    "an error when it runs": ("sync{", "error('planted') sync{", "planted"),
    "a target that is the source": ("/target", "/source", "allowDangerousTarget"),
    "an exclude file that is not there": ("delay =", 'excludeFrom = "@/gone", delay =', "No such file"),
    "an exclude file that may not be read": (
        "delay =",
        'excludeFrom = "@/locked", delay =',
        "Permission denied",
    ),
    "an exclude file that is a directory": ("delay =", 'excludeFrom = "@/target", delay =', "Is a directory"),
    "an exclude file that is no text": ("delay =", 'excludeFrom = "@/binary", delay =', "is it a text?"),
}
"""What is replaced in the config, by what, and what the refusal says."""


def lock_and_fill(place: Place) -> list[str]:
    """Make the files that the configs name; what the daemon has to be started with so that modes count."""
    (place.home / "binary").write_bytes(b"a\0b")
    (place.home / "locked").touch(0)
    return WITHOUT_PRIVILEGES if os.geteuid() == 0 else []


def break_config(place: Place, good: str, case: str) -> str:
    """Write such a config; what its refusal says."""
    old, new, said = BROKEN[case]
    text = good.replace(old, new.replace("@", str(place.home)), 1)
    assert text != good
    (place.home / "lsyncd.conf.lua").write_text(text)
    return said


def has_refused(place: Place, times: int) -> bool:
    return place.log().count("refused") == times


def test_a_config_that_cannot_be_used_is_refused_on_hup_and_the_old_one_goes_on(place: Place) -> None:
    before = lock_and_fill(place)
    config = place.write_config(delay=0)
    good = config.read_text()
    with running([*before, *PYLSYNCD], [str(config)], home=place.home / "run") as daemon:
        daemon.wait_for_startup()
        for number, case in enumerate(BROKEN, 1):
            said = break_config(place, good, case)
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_until(partial(has_refused, place, number), what=f"the refusal of {case}")
            [line] = [one for one in place.log().splitlines() if "refused" in one][number - 1 :]
            assert said in line
            (place.home / "source" / f"{number}").write_text(case)
            daemon.wait_until(place.is_in_line, what="a change that the old config brings over")
        assert "Traceback" not in place.log() + daemon.complaints()


@pytest.mark.parametrize("case", BROKEN)
def test_a_config_that_cannot_be_used_ends_the_start_with_one_line(place: Place, case: str) -> None:
    before = lock_and_fill(place)
    config = place.write_config()
    said = break_config(place, config.read_text(), case)
    finished = place.start(str(config), "-nodaemon", command=[*before, *PYLSYNCD])
    assert finished.returncode == 255
    lines = finished.stderr.decode().splitlines()
    assert said in lines[0]
    assert "Traceback" not in lines
    assert list((place.home / "target").iterdir()) == []
