"""Whether a sync in another Lua state is the same one (HUP): what counts, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.core.model import Kept
from pylsyncd.loading import Loaded, still_unchanged, unchanged
from script.daemon import Daemon, running

MIRROR = 'sync{ default.rsync, source = "/srv", target = "/backup" }\n'
"""A sync of the library."""
HANDLER = """
local count = 0
prefix = "x"
local function name(event) return prefix .. event.path end
sync{ source = "/srv", name = "own", onCreate = function(event)
    count = count + 1
    spawn(event, "touch", name(event))
end }
"""
"""A sync of functions, which remember something."""


@pytest.fixture(autouse=True)
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configs below name directories; these are there."""
    (tmp_path / "srv").mkdir()
    monkeypatch.chdir(tmp_path)


def load(config: str) -> Daemon:
    return running(config.replace('"/srv"', '"srv"'))


def kept(before: str | Daemon, after: str) -> tuple[Kept, ...]:
    old, new = (load(one) if isinstance(one, str) else one for one in (before, after))
    return unchanged(Loaded(old.script, old.loaded), Loaded(new.script, new.loaded))


LAYER_3 = 'sync{ source = "/srv", onCreate = "cp ^sourcePath /x" }\n'


@pytest.mark.parametrize("config", [MIRROR, LAYER_3, MIRROR.replace("rsync,", "direct,")])
def test_the_same_config_gives_the_same_sync(config: str) -> None:
    assert kept(config, config) == (Kept(0, 0),)


def test_to_functions_of_the_config_the_sync_is_bound() -> None:
    assert kept(HANDLER, HANDLER) == (Kept(0, 0, is_bound=True),)


@pytest.mark.parametrize(
    ("config", "old", "new"),
    [
        (MIRROR, '"/backup"', '"/other"'),
        (MIRROR, "}", ", delay = 3 }"),
        (MIRROR, "}", ', exclude = "x" }'),
        (MIRROR, "}", ", rsync = { compress = true } }"),
        (MIRROR, "sync{", "settings{ delay = 3 } sync{"),
        (MIRROR, "sync{", 'settings{ compat = "2.3" } sync{'),
        (MIRROR, "sync{", "default.rsyncExitCodes[24] = 'again' sync{"),
        (MIRROR, "sync{", "function default.rsyncBatch() end sync{"),
        (MIRROR, "sync{", "local f = spawn; spawn = function(...) f(...) end sync{"),
        (MIRROR, "}", ', name = "own" }'),
        (LAYER_3, "/x", "/y"),
        (HANDLER, "touch", "stat"),
        (HANDLER, "count + 1", "count + 2"),
        (HANDLER, "count = 0", "count = 1"),
        (HANDLER, '"x"', '"y"'),
        (HANDLER, "event.path", "event.name"),
        (HANDLER, "prefix =", "other = 1 prefix ="),
        (HANDLER, "sync{", "settings{ statusInterval = 3 } sync{"),
        (HANDLER, "sync{", "alarm(now() + 9, function() end) sync{"),
        (HANDLER, '"own"', '"other"'),
    ],
)
def test_what_counts(config: str, old: str, new: str) -> None:
    assert kept(config, config.replace(old, new, 1)) == ()


@pytest.mark.parametrize(
    ("config", "old", "new"),
    [
        (MIRROR, "sync{", "-- a remark\nsync{"),
        (MIRROR, "sync{", "x = 1 y = function() end sync{"),
        (MIRROR, "sync{", "settings{ statusInterval = 3 } sync{"),
        (HANDLER, "local count", "-- a remark\n\nlocal count"),
        (HANDLER, "    spawn(", "\n    spawn("),
    ],
)
def test_what_does_not_count(config: str, old: str, new: str) -> None:
    assert len(kept(config, config.replace(old, new, 1))) == 1


def test_syncs_are_known_wherever_they_stand_and_whatever_their_number() -> None:
    other = MIRROR.replace("/backup", "/other")
    found = kept(MIRROR + other, MIRROR.replace("/backup", "/new") + other + MIRROR)
    assert found == (Kept(1, 1), Kept(0, 2))


def test_of_two_that_are_alike_each_goes_on_once() -> None:
    assert kept(MIRROR + MIRROR, MIRROR) == (Kept(0, 0),)
    assert kept(MIRROR, MIRROR + MIRROR) == (Kept(0, 0),)


def test_a_function_that_has_remembered_something_makes_another_sync() -> None:
    config = 'local n = 0 sync{ source = "/srv", action = function() n = n + 1 end }'
    before = load(config)
    assert len(kept(before, config)) == 1
    before.act()
    assert kept(before, config) == ()


def test_what_a_function_leaves_behind_counts_at_the_last_moment_too() -> None:
    config = 'seen = {} sync{ source = "/srv", action = function() seen[#seen + 1] = "a" end }'
    before, after = load(config), load(config)
    old, new = Loaded(before.script, before.loaded), Loaded(after.script, after.loaded)
    found = unchanged(old, new)
    assert still_unchanged(found, old, new) == found == (Kept(0, 0, is_bound=True),)
    before.act()
    assert still_unchanged(found, old, new) == ()
    assert still_unchanged((Kept(0, 0),), old, new) == (Kept(0, 0),)


def test_alarms_that_set_themselves_again_change_nothing() -> None:
    config = "local function beat() alarm(now() + 9, beat) end beat()\n" + HANDLER
    before = load(config)
    before.script.run_alarm(1)
    assert len(kept(before, config)) == 1


def test_the_same_table_in_two_places_is_not_two_tables() -> None:
    shared = "local t = {} a, b = t, t\n" + HANDLER
    assert len(kept(shared, shared)) == 1
    assert kept(shared, shared.replace("= t, t", "= t, {}")) == ()


def test_tables_that_hold_themselves_can_be_compared() -> None:
    config = "ring = {} ring.ring = ring; setmetatable(ring, { __index = ring })\n" + HANDLER
    assert len(kept(config, config)) == 1


def test_two_functions_that_share_a_variable_are_not_two_with_one_each() -> None:
    config = """
local a, b = 0, 0
local f, g = function() a = a + 1 end, function() %s = %s + 1 end
sync{ source = "/srv", onCreate = function() f() g() end }
"""
    shared, apart = config % ("a", "a"), config % ("b", "b")
    assert len(kept(shared, shared)) == 1
    assert kept(shared, apart) == ()


def test_the_inlets_of_two_syncs_are_not_alike() -> None:
    config = """
local one = sync{ default.rsync, source = "/srv", target = "/backup" }
local two = sync{ default.rsync, source = "/srv", target = "/other" }
sync{ source = "/srv", onCreate = function() one.getConfig() end }
"""
    assert len(kept(config, config)) == 3
    assert len(kept(config, config.replace("one.get", "two.get"))) == 2


@pytest.mark.parametrize(
    "first",
    [
        "keep = coroutine.create(function() end)\n",
        "keep = io.open('srv/../file', 'w')\n",
        "keep = { [{}] = 1 }\n",
        "keep = 0/0\n",
    ],
)
def test_what_cannot_be_compared_belongs_to_one_sync_alone(first: str) -> None:
    is_number = "0/0" in first
    assert bool(kept(first + HANDLER, first + HANDLER)) is is_number
    assert len(kept(first + MIRROR, first + MIRROR)) == 1


def test_every_kind_of_constant_in_a_function_counts() -> None:
    longer = "x" * 300
    config = f"""
sync{{ source = "/srv", action = function()
    local a, b, c, d = 1, 2.5, "{longer}", true
    local f = function() return nil, false, "short", 3.25, 70000 end
end }}
"""
    assert len(kept(config, config)) == 1
    for old, new in ((longer, longer[1:] + "y"), ("2.5", "2.75"), ("short", "other"), ("70000", "70001")):
        assert kept(config, config.replace(old, new)) == ()


def test_a_sync_behind_a_tunnel_always_begins_anew() -> None:
    config = 'local t = tunnel{ command = "true" }\n' + MIRROR.replace("}", ", tunnel = t }")
    assert kept(config, config) == ()
