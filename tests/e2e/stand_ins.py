"""Stand-ins for any program: they write down how they were called, and lie in one folder for each sync.

A config under test names them by their absolute path, `BIN/SYNC/NAME`; where a daemon insists on the
shell, the stand-ins stand in the shell's script. They are shell scripts, since a session starts hundreds.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import evolve, field, frozen

_SCRIPT = """\
#!/bin/sh
[ "$1" = --version ] && { echo "rsync  version 3.1.0  protocol version 31"; exit 0; }
home=@HOME@  # process ids come again, so a call goes by its id and its rank
name=${0#"$home"/}
rank=$(grep -c "^began " "$home/log")
id=$$-$rank
printf 'began %s %s\\n' $id "$name" >> "$home/log"
printf '%s\\0' $# "$@" > "$home/argv.$id"
cat > "$home/fed.$id"
printf 'was-fed %s\\n' $id >> "$home/log"
code=$(head -n 1 "$0.codes" 2> /dev/null)
[ -n "$code" ] && sed -i 1d "$0.codes"
if [ -e "$home/linger" ]; then
    sleep 0.2
    while [ "$(grep -c "^ends " "$home/log")" -lt "$rank" ]; do sleep 0.01; done
fi
printf 'ends %s\\n' $id >> "$home/log"
exit ${code:-0}
"""

_CHANGES: Final = {"began": 1, "was-fed": 0, "ends": -1}
"""What a line of the log says of the number of calls that run."""


@frozen
class Call:
    """One call of a stand-in. Text is bytes decoded as latin-1, hence lossless."""

    sync: str
    name: str
    argv: tuple[str, ...]
    stdin: str
    beside: int = field(default=0, eq=False)
    """How many others ran when it began."""

    def without(self, home: Path) -> Call:
        """The same with the scratch directory as `~`."""
        argv = tuple(word.replace(str(home), "~") for word in self.argv)
        return evolve(self, argv=argv, stdin=self.stdin.replace(str(home), "~"))


@frozen
class StandIns:
    """The folders of stand-ins and their log, all below `home`."""

    home: Path
    _known: dict[str, Call] = field(factory=dict, init=False, eq=False)

    @classmethod
    def install(
        cls,
        home: Path,
        names: Mapping[str, tuple[str, ...]],
        *,
        exit_codes: Mapping[str, tuple[int, ...]] | None = None,
        linger: bool = False,
    ) -> StandIns:
        """Write the stand-ins of each sync. `exit_codes` are those of the first calls of `SYNC/NAME`.

        With `linger` a call takes 0.2 s, and those that run together end in the order of their beginning.
        """
        home.mkdir(parents=True)
        (home / "log").touch()
        if linger:
            (home / "linger").touch()
        for sync, programs in names.items():
            (home / sync).mkdir()
            for name in programs:
                program = home / sync / name
                program.write_text(_SCRIPT.replace("@HOME@", str(home)))
                program.chmod(0o755)
        for path, codes in (exit_codes or {}).items():
            (home / f"{path}.codes").write_text("".join(f"{code}\n" for code in codes))
        return cls(home)

    def calls(self) -> list[Call]:
        """All calls that were fed completely so far, in the order in which they began."""
        lines = [line.split(" ") for line in (self.home / "log").read_text().splitlines()]
        fed = {number for what, number, *_ in lines if what == "was-fed"}
        begun: list[tuple[str, str, int]] = []
        running = 0
        for what, number, *path in lines:
            if what == "began":
                begun.append((number, path[0], running))
            running += _CHANGES[what]
        return [self._call(*one) for one in begun if one[0] in fed]

    def _call(self, number: str, path: str, beside: int) -> Call:
        """Read a call once: tests ask for all of them again and again."""
        if number not in self._known:
            self._known[number] = self._read(number, path, beside)
        return self._known[number]

    def _read(self, number: str, path: str, beside: int) -> Call:
        sync, name = path.split("/")
        words = (self.home / f"argv.{number}").read_bytes().decode("latin-1").split("\0")[:-1]
        stdin = (self.home / f"fed.{number}").read_bytes().decode("latin-1")
        return Call(sync, name, tuple(words[1:]), stdin, beside)
