"""From a configuration to what watches its sources, and to what has to be said about that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import evolve

from pylsyncd.core.model import MonitorName, SyncConfig
from pylsyncd.script.configuration import LoadedConfig
from pylsyncd.system.files import has_more_directories
from pylsyncd.system.filesystems import Mount, silent_mounts
from pylsyncd.system.watch.monitor import Monitor
from pylsyncd.system.watch.monitors import MonitorSettings, make_monitor

_WARNING: Final = (
    b"%s: %s is a file system of type %s: what is changed in it by others, other machines for one, sends no "
    b'events. monitor = "poll" in this sync finds it.'
)


_DEAF: Final = (
    b"%s: fanotify does not tell of changes in %s, whose file systems it cannot watch: "
    b'give them syncs of their own, or this one monitor = "inotify".'
)

LARGE: Final = 5000
"""Directories; to set so many inotify watches took 0.1 s on two busy cores in November 2026 where the kernel
had them at hand, and to count them takes no longer."""


def decided(config: LoadedConfig, before: LoadedConfig | None = None) -> LoadedConfig:
    """The same configuration, with a decision for sources that are watched as it is best (`auto`).

    It is one for all, as sources may lie in each other. `before`: one that is in force; what was decided
    there stays, since another monitor means a new start.
    """
    sources = sorted({sync.source for sync in config.syncs if sync.monitor is MonitorName.AUTO})
    if not sources:
        return config
    known = {} if before is None else _choices(before)
    kept = [known[source] for source in sources if known.get(source) in _DECISIONS]
    decision = kept[0] if kept else _decide(sources)
    syncs = (
        evolve(sync, monitor=decision) if sync.monitor is MonitorName.AUTO else sync for sync in config.syncs
    )
    return evolve(config, syncs=tuple(syncs))


_DECISIONS: Final = (MonitorName.INOTIFY, MonitorName.FANOTIFY)


def _decide(sources: Sequence[bytes]) -> MonitorName:
    from pylsyncd.system.watch.fanotify_group import why_not  # noqa: PLC0415 - most daemons have no use for it

    is_better = why_not(sources) is None and has_more_directories(sources, LARGE)
    return MonitorName.FANOTIFY if is_better else MonitorName.INOTIFY


def refusal(config: LoadedConfig) -> str | None:
    """Why there can be no monitor for a configuration that HUP brings; None: it can be tried."""
    sources = [sync.source for sync in config.syncs if sync.monitor is MonitorName.FANOTIFY]
    if not sources:
        return None
    from pylsyncd.system.watch.fanotify_group import why_not  # noqa: PLC0415 - as above

    return why_not(sources)


def monitor_for(config: LoadedConfig) -> Monitor:
    """Make it. Raises OSError with the remedy in its text."""
    return make_monitor(_choices(config), _settings(config))


def needs_other_monitor(before: LoadedConfig, after: LoadedConfig) -> bool:
    """Whether one that was made for a configuration is of no use for another one.

    One that watches directory by directory takes any source if it is the only one there is; else each has
    its own sources.
    """
    names = {*_choices(before).values(), *_choices(after).values()}
    is_for_any = len(names) == 1 and MonitorName.FANOTIFY not in names
    is_for_all = is_for_any or _choices(before) == _choices(after)
    return not is_for_all or _settings(before) != _settings(after)


def warnings_of(config: LoadedConfig, mounts: Sequence[Mount]) -> Iterator[bytes]:
    """Where changes will be missed: those of others by inotify, those in some file systems by fanotify."""
    for sync in config.syncs:
        if sync.monitor is MonitorName.FANOTIFY:
            yield from _warnings_of_mounts_in(sync, mounts)
        if sync.monitor is MonitorName.INOTIFY:
            for mount in silent_mounts(sync.source, mounts):
                yield _WARNING % (sync.name, mount.point, mount.kind)


def _warnings_of_mounts_in(sync: SyncConfig, mounts: Sequence[Mount]) -> Iterator[bytes]:
    if not any(mount.point.startswith(sync.source) and mount.point != sync.source for mount in mounts):
        return
    from pylsyncd.system.watch.fanotify_group import deaf_mounts  # noqa: PLC0415 - as above

    deaf = deaf_mounts(sync.source)
    if deaf:
        yield _DEAF % (sync.name, b", ".join(deaf))


def _choices(config: LoadedConfig) -> dict[bytes, MonitorName]:
    return {sync.source: sync.monitor for sync in config.syncs}


def _settings(config: LoadedConfig) -> MonitorSettings:
    settings = config.settings
    return MonitorSettings(settings.inotify_mode.value, settings.poll_interval, config.hears_writes)
