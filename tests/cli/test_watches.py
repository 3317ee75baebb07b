"""Which monitor a configuration gets, and when HUP has to begin with another one."""

from __future__ import annotations

import pytest
from attrs import evolve

from pylsyncd.core.model import MonitorName, SyncConfig
from pylsyncd.script.configuration import DaemonSettings, InotifyMode, LoadedConfig
from pylsyncd.watches import needs_other_monitor


def config(interval: float = 10.0, **monitors: str) -> LoadedConfig:
    syncs = tuple(
        SyncConfig(number, b"S", f"/{source}/".encode(), monitor=MonitorName(name))
        for number, (source, name) in enumerate(monitors.items())
    )
    return LoadedConfig(DaemonSettings(poll_interval=interval), syncs)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (config(a="inotify"), config(a="inotify", b="inotify")),
        (config(a="poll"), config(b="poll")),
        (config(a="poll", b="inotify"), config(b="inotify", a="poll")),
    ],
    ids=["one more source", "another source", "another order"],
)
def test_the_monitor_goes_on(before: LoadedConfig, after: LoadedConfig) -> None:
    assert not needs_other_monitor(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (config(a="inotify"), config(a="poll")),
        (config(a="poll", b="inotify"), config(a="poll", b="inotify", c="poll")),
        (config(a="poll", b="inotify"), config(b="inotify")),
        (config(a="poll"), config(a="poll", interval=5.0)),
    ],
    ids=["another monitor", "one more source of two kinds", "one kind less", "another interval"],
)
def test_another_monitor_is_needed(before: LoadedConfig, after: LoadedConfig) -> None:
    assert needs_other_monitor(before, after)


def test_another_inotify_mode_needs_another_monitor() -> None:
    before = config(a="inotify")
    settings = evolve(before.settings, inotify_mode=InotifyMode.BOTH)
    assert needs_other_monitor(before, evolve(before, settings=settings))
