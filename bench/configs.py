"""The Lua configs of the cases: what is spawned costs as little as a process can, and leaves a trace.

They keep to what both daemons understand: Lsyncd's `getPaths` takes no delimiter.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen


@frozen
class Places:
    """The files that a config names."""

    home: Path

    @property
    def source(self) -> Path:
        """What is watched."""
        return self.home / "source"

    @property
    def target(self) -> Path:
        """Where copies and marks go."""
        return self.home / "target"

    @property
    def ready(self) -> Path:
        """Made by the start-up of a sync: its watches are set then."""
        return self.home / "ready"

    @property
    def record(self) -> Path:
        """All paths that the daemon has handed to an action, one a line."""
        return self.home / "record"

    @property
    def gate(self) -> Path:
        """A pipe. The process that holds the slot ends when it is opened."""
        return self.home / "gate"


_INIT = 'init = function(event) spawn(event, "/usr/bin/touch", "{places.ready}") end,'
_RECORD = """\
        spawn(list, "/usr/bin/dd", "<", table.concat(list.getPaths(), "\\n") .. "\\n", "of={record}",
            "oflag=append", "conv=notrunc", "bs=64k", "status=none")
"""


def recording(places: Places, *, delay: float, source: Path | None = None) -> str:
    """All events that there are, in one process after another, each of which notes their paths."""
    return _recording(source or places.source, places.record, delay, _init(places))


def fan_out(places: Places, *, delay: float, syncs: int) -> str:
    """So many syncs on one source; each has a record of its own. The last one makes `ready`."""
    *others, last = records(places, syncs)
    return "".join(
        [
            *(_recording(places.source, record, delay, "init = false,") for record in others),
            _recording(places.source, last, delay, _init(places)),
        ]
    )


def records(places: Places, syncs: int) -> list[Path]:
    """Where the syncs of `fan_out` note their paths."""
    return [places.home / f"record{number}" for number in range(syncs)]


def held(places: Places, *, delay: float) -> str:
    """As `recording`, but the first process waits at the gate and holds the only slot."""
    return f"""\
local holds = false
sync {{
    source = "{places.source}",
    delay = {delay},
    {_init(places)}
    action = function(inlet)
        local list = inlet.getEvents()
        if not holds then
            holds = true
            spawn(list, "/usr/bin/cat", "{places.gate}")
            return
        end
{_RECORD.format(record=places.record)}    end,
}}
"""


def marking(places: Places) -> str:
    """One process an event: it makes a file of the same name in the target."""
    return f"""\
sync {{
    source = "{places.source}",
    delay = 0,
    maxDelays = 1,
    {_init(places)}
    onCreate = function(event)
        spawn(event, "/usr/bin/touch", "{places.target}/" .. event.path)
    end,
}}
"""


def direct(places: Places, *, delay: float) -> str:
    """What most small mirrors run."""
    return f"""\
sync {{ default.direct, source = "{places.source}", target = "{places.target}", delay = {delay} }}
"""


def command(places: Places, *, delay: float) -> str:
    """A layer 3 action."""
    return f"""\
sync {{
    source = "{places.source}",
    target = "{places.target}",
    delay = {delay},
    onStartup = "/usr/bin/touch {places.ready}",
    onModify = "/usr/bin/cp ^sourcePathname ^targetPathname",
}}
"""


def _init(places: Places) -> str:
    return _INIT.format(places=places)


def _recording(source: Path, record: Path, delay: float, init: str) -> str:
    return f"""\
sync {{
    source = "{source}",
    delay = {delay},
    {init}
    action = function(inlet)
        local list = inlet.getEvents()
{_RECORD.format(record=record)}    end,
}}
"""
