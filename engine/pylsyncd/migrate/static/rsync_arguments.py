"""rsync's arguments as the keys of `rsync = { … }`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import Factory, define

from pylsyncd.migrate.static.rewriting import lua_list, lua_text
from pylsyncd.script.names import KnownNames

TAKING_VALUES: Final = frozenset("BTfeM@")
"""Letters behind which a value follows, in the same word or the next (rsync(1), "OPTION SUMMARY")."""

_LEFT_OUT: Final = frozenset({"--recursive", "--delete"})
"""What the defaults do by themselves."""


@define
class _Options:
    """Arguments sorted into keys and others."""

    known: KnownNames
    keys: dict[str, str] = Factory(dict)
    extra: list[bytes] = Factory(list)
    is_complete: bool = True
    """Whether all of them can be said so."""

    def take(self, word: bytes, value: bytes | None) -> None:
        """Take an argument, and the value that stands behind it as a word of its own."""
        text = word.decode("utf-8", "surrogateescape")
        name = "rsh" if text == "-e" else self._key("value", f"{text}=")
        if value is not None and name:
            self._set(name, value)
        elif value is not None and self._may_take_value(text):
            self.extra += [word, value]
        elif value is not None or not text.startswith("-"):
            self.is_complete = False
        elif text.startswith("--"):
            self._take_long(text)
        else:
            self._take_letters(text[1:])

    def _take_long(self, text: str) -> None:
        head, equals, value = text.partition("=")
        name = self._key("value", head + equals) if equals else self._key("flag", text)
        plain = text[2:].replace("-", "_")
        is_plain = plain in self.known.rsync_options and self.known.rsync_options[plain].how != "value"
        if name and equals:
            self._set(name, value.encode("utf-8", "surrogateescape"))
        elif name or is_plain:
            self.keys[name or plain] = "true"
        elif text.startswith("--delete-") or text == "--relative":
            self.is_complete = False
        elif text not in _LEFT_OUT:
            self.extra.append(text.encode("utf-8", "surrogateescape"))

    def _take_letters(self, letters: str) -> None:
        if not TAKING_VALUES.isdisjoint(letters):
            self.extra.append(b"-" + letters.encode("utf-8", "surrogateescape"))
            return
        unknown = "".join(letter for letter in letters if not self._take_letter(letter))
        self.is_complete = self.is_complete and "R" not in unknown
        if unknown:
            self.extra.append(b"-" + unknown.encode("utf-8", "surrogateescape"))

    def _take_letter(self, letter: str) -> bool:
        plain = {"a": ["archive"], "D": ["devices", "specials"], "r": []}
        name = self._key("letter", letter)
        names = [name] if name else plain.get(letter)
        self.keys.update(dict.fromkeys(names or [], "true"))
        return names is not None

    def _may_take_value(self, text: str) -> bool:
        if not text.startswith("--"):
            return text[-1] in TAKING_VALUES
        is_known = text[2:].replace("-", "_") in self.known.rsync_options
        return not is_known and text not in _LEFT_OUT and not text.startswith("--delete")

    def _key(self, how: str, argument: str) -> str | None:
        options = self.known.rsync_options.items()
        return next((name for name, one in options if (one.how, one.argument) == (how, argument)), None)

    def _set(self, name: str, value: bytes) -> None:
        self.keys[name] = value.decode() if value.isdigit() and value[:1] != b"0" else lua_text(value)


def as_options(words: Sequence[bytes], known: KnownNames) -> str | None:
    """The Lua table that says the same; None if it takes a human to say it."""
    options = _Options(known)
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        has_value = word.startswith(b"-") and waiting and not waiting[0].startswith(b"-")
        options.take(word, waiting.pop(0) if has_value else None)
    extra = [f"_extra = {lua_list(options.extra)}"] if options.extra else []
    entries = [*(f"{name} = {value}" for name, value in sorted(options.keys.items())), *extra]
    if not options.is_complete:
        return None
    return "{ " + ", ".join(entries) + " }" if entries else "{}"
