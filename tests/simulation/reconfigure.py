"""How a config is changed before the daemon gets HUP."""

from __future__ import annotations

import re
from typing import Final

from simulation.changes import SECOND_TARGET

CHANGES: Final = ("nothing", "lines", "delay", "exclude", "second", "order")
"""Nothing at all; where in the file things stand; the sync itself; its filter; another sync for the same
source; which of both comes first."""


def _second(config: str) -> str:
    """The other sync. Where the first hears writes to files that nobody closes, so does this one."""
    settle = "settle = 1, " if "settle" in config else ""
    return (
        f'sync {{ default.rsync, source = "/src", target = "{SECOND_TARGET.decode()}", delay = 2, '
        f"{settle}rsync = {{ archive = true }} }}\n"
    )


def reconfigured(config: str, change: str) -> str:
    """The config with that change; some changes are the way back of themselves."""
    second = _second(config)
    match change:
        case "lines":
            return "-- one more line\n" + config
        case "delay":
            found = re.search(r"delay = (\d)", config)
            delay = 0 if found is None else int(found[1])
            return config.replace(f"delay = {delay}", f"delay = {(delay + 1) % 3}", 1)
        case "exclude":
            return re.sub(r"exclude = \{[^}]*\}, |, exclude = \{[^}]*\}", "", config)
        case "second":
            return config.replace(second, "") if has_second(config) else config + second
        case "order" if has_second(config):
            settings, first = config.replace(second, "").split("\n", maxsplit=1)
            is_ahead = config.startswith(f"{settings}\n{second}")
            return f"{settings}\n" + (first + second if is_ahead else second + first)
        case _:
            return config


def has_second(config: str) -> bool:
    """Whether there is another sync beside the first one."""
    return _second(config) in config


def has_excludes(config: str) -> bool:
    """Whether the first sync hides anything."""
    return "exclude" in config
