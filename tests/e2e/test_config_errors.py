"""Each kind of mistake in a config: one message with file and line, exit code 255, no traceback."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from e2e.daemon import PYLSYNCD
from e2e.trees import FORKING

MISTAKES: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "syntax": ("\nsync{ default.rsync, source = = }\n", 2, ("unexpected symbol near '='",)),
    "unknown key with a suggestion": (
        '\n\nsync{ default.rsync, source = "@S@", target = "@T@",\n  rsync = { compres = true } }\n',
        3,
        ('"rsync.compres"', "rsync.compress"),
    ),
    "unknown key of a sync": (
        'sync{ default.rsync, source = "@S@", traget = "@T@" }\n',
        1,
        ('"traget"', "target"),
    ),
    "unknown setting": ("settings{ statusIntervall = 1 }\n", 1, ("statusIntervall", "statusInterval")),
    "missing source": ('\nsync{ default.rsync, target = "@T@" }\n', 2, ("source missing from sync",)),
    "source that is not there": (
        'sync{ default.rsync, source = "@S@/no", target = "@T@" }\n',
        1,
        ("Cannot access source directory", "/no"),
    ),
    "missing target": ('sync{ default.rsync, source = "@S@" }\n', 1, ("target",)),
    "wrong type of delay": (
        'sync{ default.rsync, source = "@S@", target = "@T@", delay = "x" }\n',
        1,
        ("delay",),
    ),
    "wrong type of source": ('sync{ default.rsync, source = {}, target = "@T@" }\n', 1, ("source",)),
    "wrong type of rsync": (
        'sync{ default.rsync, source = "@S@", target = "@T@", rsync = true }\n',
        1,
        ("rsync",),
    ),
    "settings of 2.0": ("-- old\nsettings = { nodaemon = true }\n", 2, ("settings{",)),
    "a setting of 2.0": ("settings.nodaemon = true\n", 1, ("settings{",)),
    "exclude file": (
        'sync{ default.rsync, source = "@S@", target = "@T@", excludeFrom = "@S@/none" }\n',
        1,
        ("Cannot open exclude file", "/none"),
    ),
    "an error of its own": ('error("no such luck")\n', 1, ("no such luck",)),
    "a nil value": ("local x = nil\nx.y = 1\n", 2, ("attempt to index a nil value",)),
    "target inside the source": (
        'sync{ default.rsync, source = "@S@", target = "@S@/t" }\n',
        1,
        ("allowDangerousTarget",),
    ),
    "target is the root": (
        'sync{ default.rsync, source = "@S@", target = "/" }\n',
        1,
        ("allowDangerousTarget",),
    ),
}


def start(config: Path) -> subprocess.CompletedProcess[bytes]:
    with FORKING:
        return subprocess.run(
            [*PYLSYNCD, "-nodaemon", str(config)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=30,
        )


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_gives_one_message_with_file_and_line(kind: str, tmp_path: Path) -> None:
    text, line, words = MISTAKES[kind]
    (tmp_path / "source").mkdir()
    (tmp_path / "target").mkdir()
    config = tmp_path / "a rather long directory name, longer than Lua's sixty characters" / "lsyncd.conf.lua"
    config.parent.mkdir()
    config.write_text(text.replace("@S@", f"{tmp_path}/source").replace("@T@", f"{tmp_path}/target"))
    ended = start(config)
    errors = ended.stderr.decode()
    assert ended.returncode == 255, errors
    assert errors.startswith("Error: ")
    assert errors.count("Error: ") == 1
    assert f"{config}:{line}: " in errors
    for word in words:
        assert word in errors
    assert "Traceback" not in errors
    assert ".py" not in errors


def test_a_config_without_any_sync_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "empty.lua"
    config.write_text("settings{ nodaemon = true }\n")
    ended = start(config)
    assert ended.returncode == 255
    assert b"Nothing to watch!" in ended.stderr
