"""What a refused configuration means: from the one message of a ConfigError to a finding."""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from pylsyncd.migrate.check import rules
from pylsyncd.migrate.check.rules import Rule
from pylsyncd.migrate.findings import Finding
from pylsyncd.script.errors import ConfigError
from pylsyncd.script.place import Place

_PLACE: Final = re.compile(rb"(?P<file>[^\n]*?):(?P<line>\d+): (?P<text>.*)", re.DOTALL)

_FRAME: Final = re.compile(rb"^\t(?P<file>[^\n<\[][^\n]*?):(?P<line>\d+): in ", re.MULTILINE)
"""A frame of the user's in a traceback: C has `[C]`, the library `<pylsyncd>` for a file."""

_KINDS: Final[tuple[tuple[str, Rule], ...]] = (
    (r"Do not use settings = ", rules.SETTINGS_ASSIGNED),
    (r"Do not use settings\.\w+ = ", rules.SETTING_ASSIGNED),
    (r"Do not use settings\.", rules.SETTING_READ),
    (r'setting ".*" unknown\.(?: Did you mean "(?P<near>.*?)")?', rules.UNKNOWN_SETTING),
    (r'Parameter ".*" of a tunnel unknown\.(?: Did you mean "(?P<near>.*?)")?', rules.UNKNOWN_TUNNEL_KEY),
    (r'Parameter ".*" unknown\.(?: \( did you mean (?P<near>.*?)\? )?', rules.UNKNOWN_KEY),
    (r"Nothing to watch!", rules.NOTHING_TO_WATCH),
    (r"Cannot access source directory", rules.SOURCE_NOT_THERE),
    (r"if that is meant, set allowDangerousTarget", rules.DANGEROUS_TARGET),
    (r"Cannot (?:read|find) config file", rules.UNREADABLE_CONFIG),
    (r"Cannot open \w+ file|^cannot (?:open|read) ", rules.UNREADABLE_FILE),
    (r"Unknown filter rule", rules.FILTER_RULE),
    (r"crontab rule \d", rules.CRONTAB_RULE),
    (r"module '.*' not found", rules.MISSING_MODULE),
    (r'(?:source|command) missing|needs "\w+" configured|needs a value|target is empty', rules.MISSING_KEY),
    (r"attempt to ", rules.LUA_ERROR),
    (r" (?:must|takes) |is an empty command|in onMove only|needs a directory|cannot hold", rules.WRONG_VALUE),
    (r" near |unfinished |malformed |<goto |no visible label|too many ", rules.SYNTAX_ERROR),
)  # fmt: skip
"""The first that is found in the text decides; the texts are those of `stdlib_lua` and of Lua."""


def readable(text: bytes) -> str:
    """One line of text, whatever it held."""
    return " ".join(text.decode("utf-8", "backslashreplace").replace("\0", "\\x00").split())


_SEARCHED: Final = re.compile(r": no field package\.preload.*")
"""All places where `require` has looked."""

_AFTER_REFUSAL: Final = frozenset({rules.LUA_ERROR, rules.NOTHING_TO_WATCH})
"""What may come of something that a config was not permitted to do."""
_ELSEWHERE: Final = frozenset({rules.UNREADABLE_FILE, rules.MISSING_MODULE})
"""What may be well on another machine."""


@frozen
class Circumstances:
    """What a refusal may be due to."""

    was_denied: bool = False
    """Something that the config wanted to do was not permitted."""
    is_foreign: bool = False
    """It is for another machine."""
    missed: bool = False
    """It has looked for a directory that is not here."""


def finding_of(error: ConfigError, config: bytes, circumstances: Circumstances) -> Finding:
    """Say what kind of refusal that is, and where."""
    place, text = _taken_apart(error, config)
    text = _SEARCHED.sub("", text)
    rule, near = _kind_of(text)
    if circumstances.was_denied and rule in _AFTER_REFUSAL:
        rule = rules.NEEDS_PROGRAMS
    elif circumstances.is_foreign and (
        rule in _ELSEWHERE or (circumstances.missed and rule in _AFTER_REFUSAL)
    ):
        rule = rules.NEEDS_MACHINE
    return rule.at(place, text, f"write {near}" if near else "")


def _taken_apart(error: ConfigError, config: bytes) -> tuple[Place, str]:
    found = _PLACE.match(error.message)
    if found is not None:
        return Place(found["file"], int(found["line"])), readable(found["text"])
    text = readable(error.message.removeprefix(config + b": "))
    frame = _FRAME.search(error.traceback)
    return (Place(config, 1) if frame is None else Place(frame["file"], int(frame["line"]))), text


def _kind_of(text: str) -> tuple[Rule, str]:
    for pattern, rule in _KINDS:
        if found := re.search(pattern, text):
            return rule, found.groupdict().get("near") or ""
    return rules.LUA_ERROR, ""
