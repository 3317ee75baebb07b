"""An error inside a user's function ends the daemon, with its file, its line and a Lua traceback."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD, running
from e2e.waiting import until

MODULE = """\
local module = {}
function module.deep(value)
    return value.missing.field
end
return module
"""

CONFIG = """\
local module = require "module"
local function boom()
    return 1 + module.deep({})
end
sync{ source = "@HOME@/source", target = "/t", delay = 0.1, @KEYS@ }
"""

PLACES: dict[str, str] = {
    "a function of layer 2": "onCreate = function(event) boom() end",
    "an action": "action = function(inlet) boom() end",
    "an init": "init = function(event) boom() end",
    "a test of events": "action = function(inlet) inlet.getEvents(function() boom() end) end",
    "a mutator": "action = function(inlet) inlet.getEvents().getPaths(boom) end",
    "a collect": "collect = boom, onCreate = '/bin/true'",
    "an alarm": "onCreate = function() alarm(now(), boom) end",
}


@pytest.mark.parametrize("keys", PLACES.values(), ids=list(PLACES))
def test_an_error_names_file_line_and_callers_and_ends_with_255(keys: str, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "module.lua").write_text(MODULE)
    config = tmp_path / "lsyncd.conf.lua"
    config.write_text(CONFIG.replace("@HOME@", str(tmp_path)).replace("@KEYS@", keys))
    with running(PYLSYNCD, [str(config)], home=tmp_path / "run") as daemon:
        names = (tmp_path / "source" / f"f{number}" for number in count())

        def poke() -> bool:
            """Nothing tells when it watches, so make files until it sees one."""
            next(names).touch()
            return not daemon.is_alive()

        until(poke, what="the daemon to end")
        assert daemon.process.returncode == 255
        complaint = daemon.complaints()
    assert f"{tmp_path}/module.lua:3: attempt to index a nil value (field 'missing')" in complaint
    assert "stack traceback:" in complaint
    assert f"{config}:3: in" in complaint
    assert complaint.count("Error: ") == 1
    assert ".py" not in complaint
