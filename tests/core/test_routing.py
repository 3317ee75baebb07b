"""Which syncs look into a directory."""

from __future__ import annotations

import pytest

from pylsyncd.core import routing
from pylsyncd.core.model import SyncConfig
from pylsyncd.core.routing import Routes
from pylsyncd.core.sync import Sync


def test_a_file_concerns_the_syncs_that_look_into_its_directory() -> None:
    whole = Sync(SyncConfig(1, b"whole", b"/s/"))
    inner = Sync(SyncConfig(2, b"inner", b"/s/a/", excludes=(b"b/",)))
    flat = Sync(SyncConfig(3, b"flat", b"/s/", subdirs=False))
    routes = Routes((whole, inner, flat))
    assert routes.of(b"/s/f") == (whole, flat)
    assert routes.of(b"/s/a/f") == (whole, inner)
    assert routes.of(b"/s/a/b/f") == (whole,)
    assert routes.of(b"/elsewhere/f") == ()


def test_rules_that_have_changed_count_once_the_routes_are_forgotten() -> None:
    sync = Sync(SyncConfig(1, b"sync", b"/s/"))
    routes = Routes((sync,))
    assert routes.of(b"/s/a/f") == (sync,)
    sync.patterns.add_exclude(b"a/")
    routes.forget()
    assert routes.of(b"/s/a/f") == ()


def test_only_so_many_directories_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "_MOST", 10)
    sync = Sync(SyncConfig(1, b"sync", b"/s/"))
    routes = Routes((sync,))
    for number in range(100):
        assert routes.of(b"/s/%d/f" % number) == (sync,)
    assert len(routes._routes) <= 10
