"""Small scripts that stand in for programs: each writes down how it was called, and does what a test says."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from e2e.trees import FORKING

_RECORD = """\
#!/bin/sh
[ "$*" = --version ] && {{ echo "rsync  version 3.2.7  protocol version 31"; exit 0; }}
input=
{keep_input}
printf '%s\\0' "${{0##*/}}" "$input" "$#" "$@" >>{home}/calls
"""

_KEEP_INPUT = """\
input={home}/$$
cat >"$input"
exec <"$input"
"""


@frozen
class Call:
    """One call of a stand-in."""

    program: str
    arguments: tuple[bytes, ...]
    stdin: bytes


@frozen
class StandIns:
    """A directory of stand-ins to be put first in PATH, and the calls of all of them."""

    home: Path

    @property
    def path(self) -> Path:
        """What goes into PATH."""
        return self.home / "bin"

    def install(self, program: str, body: str = "", *, reads_stdin: bool = True) -> None:
        """Write the script. `body` is shell; it sees the arguments and, once more, the standard input.

        Asked for its version it says so, as a recent rsync, and writes nothing down.
        What the daemon gives to a program that talks through its standard input is not to be read away.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        keep_input = _KEEP_INPUT.format(home=self.home) if reads_stdin else ""
        script = self.path / program
        with FORKING:
            script.write_text(_RECORD.format(home=self.home, keep_input=keep_input) + body)
        script.chmod(0o755)

    def calls(self, program: str) -> list[Call]:
        """All calls of one program so far, in the order in which they had read their input."""
        return [call for call in self._all_calls() if call.program == program]

    def _all_calls(self) -> list[Call]:
        try:
            *words, _end = (self.home / "calls").read_bytes().split(b"\0")
        except FileNotFoundError:
            return []
        calls = []
        while len(words) >= 3 and len(words) >= 3 + int(words[2]):  # else the last one is being written
            program, stdin, count = words[0], words[1], int(words[2])
            content = Path(stdin.decode()).read_bytes() if stdin else b""
            calls.append(Call(program.decode(), tuple(words[3 : 3 + count]), content))
            del words[: 3 + count]
        return calls
