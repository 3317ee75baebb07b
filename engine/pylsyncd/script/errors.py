"""What can go wrong in Lua, as the rest of the engine sees it."""

from __future__ import annotations


class ConfigError(Exception):
    """The configuration is refused: one message with file, line, key and remedy (exit code 255)."""

    def __init__(self, message: bytes, traceback: bytes = b"") -> None:
        super().__init__(message.decode(errors="replace"))
        self.message = message
        self.traceback = traceback
        """The Lua call stack, for those who debug a configuration; may be empty."""


class ScriptError(Exception):
    """A user's Lua function raised an error: its text and the Lua traceback, in several lines."""

    def __init__(self, message: bytes) -> None:
        super().__init__(message.decode(errors="replace"))
        self.message = message


class RefusalError(Exception):
    """A primitive declines what a script asks; becomes an error at the script's line."""

    def __init__(self, message: bytes) -> None:
        super().__init__(message.decode(errors="replace"))
        self.message = message
