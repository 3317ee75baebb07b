"""The configurations under which lsyncd and pylsyncd have to call rsync alike."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

DELAY = 1  # seconds; a step takes some milliseconds, so it never spans two batches


@frozen
class Config:
    """One sync, as Lua with placeholders: @SOURCE@, @TARGET@, @HOME@ and @RSYNC@ (the stand-in)."""

    name: str
    base: str = "default.rsync"
    target: str = 'target = "@TARGET@"'
    keys: str = ""
    rsync: str = ""
    filters: int = 0
    """How many rules come before the excludes in the input of the start-up rsync."""
    files: tuple[tuple[str, str], ...] = ()
    has_compat: bool = False
    """Whether pylsyncd is to do as lsyncd does, its mistakes too."""
    has_its_own_log: bool = False
    """Whether release 2.2.3 words the end of a run otherwise than later ones do."""

    def write(self, home: Path, *, source: Path, rsync: Path, for_pylsyncd: bool) -> Path:
        """Write the file, and those it reads, for one daemon."""
        for name, text in self.files:
            (home / name).write_text(text)
        text = self.lua(for_pylsyncd=for_pylsyncd)
        places = {
            "@SOURCE@": source,
            "@TARGET@": home / "target",
            "@HOME@": home,
            "@RSYNC@": rsync,
        }
        for place, value in places.items():
            text = text.replace(place, str(value))
        file = home / "lsyncd.conf.lua"
        file.write_text(text)
        return file

    def lua(self, *, for_pylsyncd: bool) -> str:
        """Return the config with its placeholders."""
        head = 'settings{ compat = "2.3" }\n' if for_pylsyncd and self.has_compat else ""
        return (
            f'{head}sync{{ {self.base}, source = "@SOURCE@", {self.target}, delay = {DELAY},\n'
            f"  {self.keys}\n"
            f'  rsync = {{ binary = "@RSYNC@", {self.rsync} }} }}\n'
        )


_EXCLUDE_FILE = """\
# comment
a
- /b/
*.tmp

+ kept
"""

_RSYNCSSH_TARGET = (
    'host = "backup.example", targetdir = "/srv/copy", ssh = { binary = "@RSYNC@", port = 2222 }'
)

CONFIGS: tuple[Config, ...] = (
    Config("plain"),
    Config("excludes", keys="exclude = { 'a', '/b/', '*.tmp' },"),
    Config(
        "filters and excludes",
        keys="filter = { '+ /x/**', '- *.bak' }, exclude = { 'a', '/b/' },",
        filters=2,
    ),
    Config("an exclude file", keys='excludeFrom = "@HOME@/excluded",', files=(("excluded", _EXCLUDE_FILE),)),
    Config(
        "archive, compressed, with extra arguments",
        rsync="archive = true, compress = true, _extra = { '--bwlimit=1000', '--partial' }",
    ),
    Config(
        "options with values",
        rsync="perms = true, owner = true, acls = true, chmod = 'u+r', bwlimit = 50, timeout = 9, "
        "temp_dir = '/var/tmp', backup = true, backup_dir = '/var/old', suffix = '.old', "
        "rsh = 'ssh -p 2222', rsync_path = '/opt/rsync', password_file = '/etc/secret', _extra = { '--one' }",
    ),
    Config("archive without owners", rsync="archive = true, owner = false, group = false, inplace = true"),
    Config("never deleting", keys="delete = false,"),
    Config("deleting at the start-up only", keys="delete = 'startup',"),
    Config("deleting while running only", keys="delete = 'running',"),
    Config("compat", keys="exclude = { '#a', 'b' },", has_compat=True),
    Config("a remote target", target='target = "backup.example::module/copy"'),
    Config(
        "rsyncssh",
        base="default.rsyncssh",
        target=_RSYNCSSH_TARGET,
        # else a move ends with "| false", by which its failure is told (spec 6.1, issue 371)
        has_compat=True,
        has_its_own_log=True,
    ),
)
