"""Findings about the machine that a configuration meets: file systems, watches, programs, directories."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

from pylsyncd.core.model import MonitorName
from pylsyncd.core.patterns import Patterns
from pylsyncd.migrate.check import rules
from pylsyncd.migrate.check.environment import Environment, Tree
from pylsyncd.migrate.check.refusals import readable
from pylsyncd.migrate.check.rules import Rule
from pylsyncd.migrate.findings import Finding
from pylsyncd.script.place import Place
from pylsyncd.script.survey import Survey, SyncSurvey
from pylsyncd.system.filesystems import Mount

_VERSION: Final = re.compile(rb"rsync +version v?(\d+)\.(\d+)")
_OLDEST: Final = (3, 1)
"""`--chown`, `--usermap` and `--groupmap` came with it (rsync's NEWS)."""

_OF_DIRECT: Final = (b"cp", b"mv", b"rm", b"mkdir", b"sh")

_FILES: Final = (
    ("pidfile", "pidfile", rules.UNWRITABLE_PIDFILE),
    ("logfile", "logfile", rules.UNWRITABLE_LOGFILE),
    ("statusFile", "status_file", rules.UNWRITABLE_STATUS_FILE),
)


def surroundings_findings(survey: Survey, environment: Environment, config: bytes) -> Iterator[Finding]:
    """Say what of the machine does not suit the configuration."""
    for sync in survey.syncs:
        yield from _about_source(sync, environment, config)
    yield from _about_watches(survey.syncs, environment, config)
    yield from _about_programs(survey.syncs, environment, config)
    yield from _about_files(survey, environment, config)


def place_of(sync: SyncSurvey, config: bytes) -> Place:
    """Where the sync is called."""
    return sync.place or Place(config, 1)


_BY_EVENTS: Final = (MonitorName.INOTIFY, MonitorName.AUTO)
"""fanotify refuses to watch file systems of that kind."""


def _about_source(sync: SyncSurvey, environment: Environment, config: bytes) -> Iterator[Finding]:
    place, source = place_of(sync, config), readable(sync.source)
    kind = environment.file_system(sync.source)
    is_quiet = kind is not None and Mount(sync.source, kind).is_changed_elsewhere
    if kind is not None and is_quiet and sync.monitor in _BY_EVENTS:
        message = f"source {source} is on a file system of type {readable(kind)}: inotify does not tell"
        yield rules.NETWORK_SOURCE.at(place, f"{message} what other machines change there")
    if not environment.can_read(sync.source):
        yield rules.UNREADABLE_SOURCE.at(place, f"source {source} cannot be read by this user")


# -- watches --------------------------------------------------------------------------------------


def _about_watches(
    syncs: tuple[SyncSurvey, ...], environment: Environment, config: bytes
) -> Iterator[Finding]:
    limit = environment.watch_limit()
    watched = [sync for sync in syncs if sync.monitor is MonitorName.INOTIFY]
    if limit is None or not watched:
        return
    count = environment.count_directories([_tree(sync) for sync in watched], limit)
    if count.directories > limit:
        found = f"more than {limit} directories below the sources, and so many inotify watches are allowed"
        yield rules.TOO_MANY_DIRECTORIES.at(place_of(watched[0], config), found)
    elif not count.is_complete:
        found = f"{count.directories} directories were counted below the sources before time was up;"
        message = f"{found} {limit} inotify watches are allowed"
        yield rules.UNCOUNTED_DIRECTORIES.at(place_of(watched[0], config), message)


def _tree(sync: SyncSurvey) -> Tree:
    if not sync.subdirs:
        return Tree(sync.source, lambda _: True)
    return Tree(sync.source, Patterns(sync.excludes, sync.filters).hides)


# -- programs -------------------------------------------------------------------------------------


def _about_programs(
    syncs: tuple[SyncSurvey, ...], environment: Environment, config: bytes
) -> Iterator[Finding]:
    versions: dict[bytes, bytes | None] = {}
    for sync in syncs:
        place = place_of(sync, config)
        for name in _programs_of(sync):
            path = environment.find_program(name)
            if path is None:
                where = "" if b"/" in name else " in PATH"
                yield rules.MISSING_PROGRAM.at(place, f"there is no program {readable(name)}{where}")
            elif name == sync.rsync:
                if path not in versions:
                    versions[path] = environment.version(path)
                yield from _about_version(path, versions[path], place)


def _programs_of(sync: SyncSurvey) -> list[bytes]:
    called = [name for name in (sync.rsync, sync.ssh) if name is not None]
    return [*called, *_OF_DIRECT] if sync.is_direct else called


def _about_version(path: bytes, said: bytes | None, place: Place) -> Iterator[Finding]:
    if said is None:
        return
    found = _VERSION.search(said)
    if found is None:
        yield rules.UNKNOWN_VERSION.at(place, f"{readable(path)} --version does not say what rsync it is")
    elif (int(found[1]), int(found[2])) < _OLDEST:
        version = f"{int(found[1])}.{int(found[2])}"
        yield rules.OLD_PROGRAM.at(place, f"{readable(path)} is rsync {version}; 3.1 or later is needed")


# -- files of the daemon --------------------------------------------------------------------------


def _about_files(survey: Survey, environment: Environment, config: bytes) -> Iterator[Finding]:
    for key, attribute, rule in _FILES:
        path: bytes | None = getattr(survey.settings, attribute)
        if path is not None:
            place = survey.places.get(key, Place(config, 1))
            yield from _about_file(path, key, rule, environment, place)


def _about_file(
    path: bytes, key: str, rule: Rule, environment: Environment, place: Place
) -> Iterator[Finding]:
    directory = os.path.dirname(path)
    if not environment.can_write_in(directory):
        message = f"{key}: {readable(directory)} is no directory that this user can write to"
        yield rule.at(place, message)
