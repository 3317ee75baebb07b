"""Findings about what came out of the syncs: targets and excludes, however Lua has computed them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Final

from pylsyncd.core.patterns import Patterns
from pylsyncd.migrate.check import rules
from pylsyncd.migrate.check.refusals import readable
from pylsyncd.migrate.check.surroundings import place_of
from pylsyncd.migrate.findings import Finding
from pylsyncd.script.survey import Survey, SyncSurvey
from pylsyncd.script.target import is_remote

_ANYTHING: Final = (b"/a", b"/.b", b"/c/", b"/d/e.f")
"""What hides all of these hides all there is."""


def target_findings(survey: Survey, config: bytes) -> Iterator[Finding]:
    """Say where targets and patterns do something that most probably is not meant."""
    for sync in survey.syncs:
        if not survey.settings.nodaemon:
            yield from _about_relative_target(sync, config)
        yield from _about_own_target(sync, config)
        yield from _about_patterns(sync, config)
    for one, other in itertools.combinations(survey.syncs, 2):
        yield from _about_sharing(one, other, config)


def _is_local(target: bytes | None) -> bool:
    return target is not None and target != b"" and not is_remote(target)


def _about_relative_target(sync: SyncSurvey, config: bytes) -> Iterator[Finding]:
    given = sync.target_given
    if given is not None and _is_local(given) and not given.startswith(b"/"):
        message = f'target "{readable(given)}" is relative to the directory where the daemon is started'
        yield rules.RELATIVE_TARGET.at(place_of(sync, config), message)


def _about_own_target(sync: SyncSurvey, config: bytes) -> Iterator[Finding]:
    """The defaults look at this themselves, and let pass what the config allows."""
    target = sync.target
    if target is None or sync.rsync is not None or not target.startswith(b"/"):
        return
    place, shown = place_of(sync, config), readable(target)
    real = os.path.join(os.path.realpath(target), b"")
    if real == sync.source:
        yield rules.TARGET_IN_SOURCE.at(place, f'target "{shown}" is the source itself')
    elif real.startswith(sync.source) and not _hides(sync, real):
        message = f'target "{shown}" lies in the source {readable(sync.source)}'
        yield rules.TARGET_IN_SOURCE.at(place, message)


def _hides(sync: SyncSurvey, path: bytes) -> bool:
    """Whether the sync leaves a directory below its source alone."""
    return Patterns(sync.excludes, sync.filters).hides(path[len(sync.source) - 1 :])


# -- patterns -------------------------------------------------------------------------------------


def _about_patterns(sync: SyncSurvey, config: bytes) -> Iterator[Finding]:
    place = place_of(sync, config)
    for pattern in sync.excludes:
        if pattern.startswith(sync.source) or pattern + b"/" == sync.source:
            below = readable(pattern[len(sync.source) - 1 :] or b"/")
            message = f'exclude "{readable(pattern)}" matches nothing: patterns begin at the source'
            yield rules.EXCLUDE_NEVER.at(place, message, f'write "{below}"')
        elif not sync.filters and _hides_all((pattern,), ()):
            yield rules.EXCLUDE_EVERYTHING.at(place, f'exclude "{readable(pattern)}" matches everything')
    if sync.filters and _hides_all((), sync.filters):
        yield rules.EXCLUDE_EVERYTHING.at(place, "the filters let nothing through")


def _hides_all(excludes: tuple[bytes, ...], filters: tuple[bytes, ...]) -> bool:
    """An include that names something lets that through, so only what no `+` precedes can hide all."""
    if any(rule.lstrip().startswith(b"+") for rule in filters):
        return False
    patterns = Patterns(excludes, filters)
    return all(map(patterns.hides, _ANYTHING))


# -- two syncs ------------------------------------------------------------------------------------


def _about_sharing(one: SyncSurvey, other: SyncSurvey, config: bytes) -> Iterator[Finding]:
    if one.target is None or other.target is None or one.source == other.source:
        return
    first, second = _as_directory(one.target), _as_directory(other.target)
    if _deletes_below(one, first, second):
        who = one.name
    elif _deletes_below(other, second, first):
        who = other.name
    else:
        return
    names = f'"{readable(one.name)}" and "{readable(other.name)}"'
    message = (
        f'syncs {names} both bring files to {readable(max(first, second))}, and "{readable(who)}" deletes'
    )
    yield rules.SHARED_TARGET.at(place_of(other, config), f"{message} there what its own source has not")


def _as_directory(target: bytes) -> bytes:
    path = target if is_remote(target) else os.path.normpath(target)
    return path.rstrip(b"/") + b"/"


def _deletes_below(sync: SyncSurvey, own: bytes, others: bytes) -> bool:
    """Whether a sync deletes what another brings: its target is that of the other, or holds it."""
    if not sync.deletes or not others.startswith(own):
        return False
    return others == own or not Patterns(sync.excludes, sync.filters).hides(others[len(own) - 1 :])
