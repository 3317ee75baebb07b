"""What another config would have done with what was recorded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from pylsyncd.core.journal import Head
from pylsyncd.migrate import spawnlog as log
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.simulate import Playbill, StepError, simulate
from pylsyncd.migrate.world.daemon import Circumstances
from pylsyncd.options import Options
from pylsyncd.script.errors import ConfigError
from pylsyncd.script.permission import PROGRAMS
from pylsyncd.system.logtext import Categories

_NOTHING_SAID: Final = Categories(frozenset())
"""What Lua logs is in no recording."""
_DEEDS: Final = frozenset(deed.value.encode() for deed in PROGRAMS)


class AnotherError(Exception):
    """The config cannot be tried; the text is one line."""


def play(
    config: str, scripts: Sequence[str], head: Head, steps: Sequence[s.Step], *, runs_programs: bool
) -> list[log.Entry]:
    """The spawn log of this config for those steps. Raises AnotherError."""
    options = Options(config=os.fsencode(config), scripts=tuple(map(os.fsencode, scripts)))
    playbill = Playbill(
        circumstances=Circumstances(options, head.epoch, _NOTHING_SAID, runs_programs),
        steps=[s.Placed(number, step) for number, step in enumerate(steps, start=1)],
        name="the recording",
        patience=0.0,
    )
    try:
        entries = simulate(playbill)
    except ConfigError as error:
        raise AnotherError(error.message.decode("utf-8", "backslashreplace")) from None
    except StepError as error:
        raise AnotherError(str(error)) from None
    return [entry for entry in entries if not _is_of_a_script(entry)]


def _is_of_a_script(entry: log.Entry) -> bool:
    """What Lua starts by itself, `os.execute` for one, is in no recording either."""
    return isinstance(entry, log.Spawned) and entry.origin in _DEEDS
