"""From a configuration to what watches its sources, and to what has to be said about that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pylsyncd.core.model import MonitorName
from pylsyncd.script.configuration import LoadedConfig
from pylsyncd.system.filesystems import Mount, silent_mounts
from pylsyncd.system.watch.monitor import Monitor
from pylsyncd.system.watch.monitors import MonitorSettings, make_monitor

_WARNING: Final = (
    b"%s: %s is a file system of type %s: what is changed in it by others, other machines for one, sends no "
    b'events. monitor = "poll" in this sync finds it.'
)


def monitor_for(config: LoadedConfig) -> Monitor:
    """Make it. Raises OSError with the remedy in its text."""
    return make_monitor(_choices(config), _settings(config))


def needs_other_monitor(before: LoadedConfig, after: LoadedConfig) -> bool:
    """Whether one that was made for a configuration is of no use for another one.

    The only one there is takes any source; of several each has its own sources.
    """
    names = {*_choices(before).values(), *_choices(after).values()}
    is_for_all = len(names) == 1 or _choices(before) == _choices(after)
    return not is_for_all or _settings(before) != _settings(after)


def warnings_of(config: LoadedConfig, mounts: Sequence[Mount]) -> Iterator[bytes]:
    """Where inotify will miss what others change."""
    for sync in config.syncs:
        if sync.monitor is MonitorName.INOTIFY:
            for mount in silent_mounts(sync.source, mounts):
                yield _WARNING % (sync.name, mount.point, mount.kind)


def _choices(config: LoadedConfig) -> dict[bytes, MonitorName]:
    return {sync.source: sync.monitor for sync in config.syncs}


def _settings(config: LoadedConfig) -> MonitorSettings:
    settings = config.settings
    return MonitorSettings(settings.inotify_mode.value, settings.poll_interval, config.hears_writes)
