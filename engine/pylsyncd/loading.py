"""From the options to a configuration that is ready to run, in its own Lua state."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import evolve, frozen

from pylsyncd.core.model import Kept
from pylsyncd.options import Options, SyncOption
from pylsyncd.script.callbacks import Script
from pylsyncd.script.configuration import (
    CommandLineSync,
    CommandLineSyncs,
    ConfigFile,
    DaemonSettings,
    LoadedConfig,
    LogFormat,
    Overrides,
    Source,
)
from pylsyncd.script.errors import ConfigError
from pylsyncd.script.link import Ports
from pylsyncd.system.logsink import LogSettings, facility_code


@frozen
class Loaded:
    """A configuration that is ready to run, with the Lua state that its functions live in."""

    script: Script
    config: LoadedConfig

    @property
    def settings(self) -> DaemonSettings:
        """What holds for the whole daemon."""
        return self.config.settings

    @property
    def log(self) -> LogSettings:
        """Where the log goes, and in which form."""
        settings = self.settings
        facility = facility_code(settings.logfacility)
        is_json = settings.logformat is LogFormat.JSON
        return LogSettings(settings.logfile, settings.logident, facility, is_json)


@frozen
class Loader:
    """Loads the same configuration at the start and on HUP, though a daemon then is in `/` (spec 1.3)."""

    options: Options
    ports: Ports
    started_in: bytes
    """Absolute; what relative paths, of the command line and in the configuration, are relative to."""

    def load(self, *, insist: bool) -> Loaded:
        """Read the configuration into a fresh Lua state. Raises ConfigError."""
        return self.load_into(Script(self.ports), insist=insist)

    def load_into(self, script: Script, *, insist: bool) -> Loaded:
        """Read the configuration into this Lua state, which was not used before. Raises ConfigError."""
        with _in_directory(self.started_in):
            options = _absolute(self.options)
            scripts = tuple(ConfigFile(path) for path in options.scripts)
            config = script.load(_source(options), _overrides(options, insist=insist), scripts)
        return Loaded(script, config)


def unchanged(before: Loaded, after: Loaded) -> tuple[Kept, ...]:
    """The syncs of `after` that are in all as one of `before` is now, whatever their places in the config."""
    numbers: dict[bytes, list[int]] = {}
    for sync in before.config.syncs:
        found = before.script.fingerprint(sync.id)
        if found is not None:
            numbers.setdefault(found.text, []).append(sync.id)
    kept = []
    for sync in after.config.syncs:
        found = after.script.fingerprint(sync.id)
        same = [] if found is None else numbers.get(found.text, [])
        if found is not None and same:
            kept.append(Kept(same.pop(0), sync.id, found.is_bound))
    return tuple(kept)


def still_unchanged(kept: tuple[Kept, ...], before: Loaded, after: Loaded) -> tuple[Kept, ...]:
    """Those of `kept` that are so still: what functions of the config remember may have changed meanwhile."""
    if not any(one.is_bound for one in kept):
        return kept
    same = unchanged(before, after)
    return tuple(one for one in kept if not one.is_bound or one in same)


def hand_over(kept: tuple[Kept, ...], before: Loaded, after: Loaded) -> None:
    """Let the next Lua state know what the one before has known of the syncs that go on."""
    for one in kept:
        after.script.remember(one.new, before.script.memory(one.old))


def _absolute(options: Options) -> Options:
    """Resolve what is relative to the working directory."""
    return evolve(
        options,
        config=None if options.config is None else os.path.abspath(options.config),
        scripts=tuple(os.path.abspath(path) for path in options.scripts),
        logfile=None if options.logfile is None else os.path.abspath(options.logfile),
        pidfile=None if options.pidfile is None else os.path.abspath(options.pidfile),
    )


def _source(options: Options) -> Source:
    if options.config is not None:
        return ConfigFile(options.config)
    return CommandLineSyncs(tuple(_command_line_sync(one, options.ssh_extra) for one in options.syncs))


def _command_line_sync(one: SyncOption, ssh_extra: tuple[bytes, ...]) -> CommandLineSync:
    if one.base == "rsyncssh":
        keys: tuple[bytes, ...] = (b"source", b"host", b"targetdir")
        return CommandLineSync(b"rsyncssh", dict(zip(keys, one.words, strict=True)), ssh_extra)
    keys = (b"source", b"target")
    return CommandLineSync(one.base.encode(), dict(zip(keys, one.words, strict=True)))


def _overrides(options: Options, *, insist: bool) -> Overrides:
    return Overrides(
        delay=options.delay,
        insist=insist or None,
        nodaemon=options.nodaemon or None,
        onepass=options.onepass or None,
        logfile=options.logfile,
        pidfile=options.pidfile,
        logformat=options.logformat,
        monitor=options.monitor,
    )


@contextmanager
def _in_directory(path: bytes) -> Iterator[None]:
    """Let relative paths of a configuration mean the same on HUP, in `/`, as at the start.

    Where that directory is gone they mean nothing; taken from `/` they might let rsync loose on it.
    """
    before = os.open(b".", os.O_PATH | os.O_CLOEXEC)
    try:
        try:
            os.chdir(path)
        except OSError as error:
            reason = os.strerror(error.errno or 0).encode()
            message = b"cannot go to %s, where the daemon was started: %s" % (path, reason)
            raise ConfigError(message) from error
        yield
    finally:
        os.fchdir(before)
        os.close(before)
