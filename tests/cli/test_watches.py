"""Which monitor a configuration gets, and when HUP has to begin with another one."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from attrs import evolve

from pylsyncd import watches
from pylsyncd.core.model import MonitorName, SyncConfig
from pylsyncd.script.configuration import DaemonSettings, InotifyMode, LoadedConfig
from pylsyncd.system.watch import fanotify_calls
from pylsyncd.watches import decided, needs_other_monitor
from system.fanotify_needed import NEEDED


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
        (config(a="fanotify"), config(a="fanotify", b="fanotify")),
    ],
    ids=[
        "another monitor",
        "one more source of two kinds",
        "one kind less",
        "another interval",
        "one more whole source",
    ],
)
def test_another_monitor_is_needed(before: LoadedConfig, after: LoadedConfig) -> None:
    assert needs_other_monitor(before, after)


def test_another_inotify_mode_needs_another_monitor() -> None:
    before = config(a="inotify")
    settings = evolve(before.settings, inotify_mode=InotifyMode.BOTH)
    assert needs_other_monitor(before, evolve(before, settings=settings))


def planted(home: Path, number: int) -> LoadedConfig:
    """A source with so many directories, itself included, that is to be watched as it is best."""
    for one in range(number - 1):
        (home / str(one)).mkdir()
    sync = SyncConfig(0, b"S", bytes(home) + b"/", monitor=MonitorName.AUTO)
    return LoadedConfig(DaemonSettings(), (sync, evolve(sync, id=1, monitor=MonitorName.POLL)))


def decision(config: LoadedConfig, before: LoadedConfig | None = None) -> MonitorName:
    return decided(config, before).syncs[0].monitor


@pytest.fixture
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watches, "LARGE", 3)


@NEEDED
@pytest.mark.usefixtures("few_are_many")
@pytest.mark.parametrize(("number", "expected"), [(3, MonitorName.INOTIFY), (4, MonitorName.FANOTIFY)])
def test_large_trees_are_watched_as_wholes(number: int, expected: MonitorName, tmp_path: Path) -> None:
    assert decision(planted(tmp_path, number)) is expected


@pytest.mark.usefixtures("few_are_many")
def test_what_must_not_use_fanotify_uses_inotify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> int:
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(fanotify_calls, "new_group", refuse)
    assert decision(planted(tmp_path, 4)) is MonitorName.INOTIFY


def test_what_was_decided_once_stays_over_hup(tmp_path: Path) -> None:
    config = planted(tmp_path, 1)
    before = evolve(config, syncs=(evolve(config.syncs[0], monitor=MonitorName.FANOTIFY),))
    assert decision(config, before) is MonitorName.FANOTIFY
    assert decided(config, before).syncs[1].monitor is MonitorName.POLL, "what was chosen is no question"
