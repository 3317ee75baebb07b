"""default.rsyncssh and default.direct as configs and the command line use them, on the real library."""

from __future__ import annotations

import os
from pathlib import Path

from pylsyncd.core import inputs as i
from pylsyncd.core.model import EventType, Verdict
from pylsyncd.script.configuration import CommandLineSync, CommandLineSyncs, Overrides
from script.daemon import Daemon, running

SHARED = (
    *(b"-o", b"ControlMaster=auto", b"-o", b"ControlPersist=60", b"-o", b"ServerAliveInterval=15"),
    *(b"-o", b"ControlPath=${PYLSYNCD_SOCKETS}/1"),
)
"""What lets the calls of a way to a host share one connection."""


def commands(daemon: Daemon) -> list[tuple[bytes, ...]]:
    return [one.command.argv for one in daemon.core.inputs if isinstance(one, i.SpawnRequested)]


def test_a_move_through_ssh_that_did_not_happen_is_split(tmp_path: Path) -> None:
    daemon = running(f'sync{{ default.rsyncssh, source = "{tmp_path}", host = "h", targetdir = "/t" }}')
    move = daemon.core.add(EventType.MOVE, b"/a'\n\xff", b"/b")
    daemon.act()
    origin = b"'/t/a'\"'\"'\n\xff'"
    assert commands(daemon) == [
        (
            *(b"ssh", *SHARED, b"h", b"[", b"-d", b"'/t/b'", b"]", b"&&", b"exit", b"1", b"||"),
            *(b"mv", origin, b"'/t/b'", b"||", b"rm", b"-rf", origin, b"|", b"false"),
        )
    ]
    assert daemon.collect(move, exitcode=1) is Verdict.SPLIT


def test_exit_codes_of_ssh_are_keys_in_a_config_too(tmp_path: Path) -> None:
    daemon = running(
        f'sync{{ default.rsyncssh, source = "{tmp_path}", host = "h", targetdir = "/t",\n'
        'sshExitCodes = { [0] = "ok", [1] = "again", [7] = "die" } }'
    )
    move = daemon.core.add(EventType.MOVE, b"/a", b"/b")
    assert daemon.collect(move, exitcode=7) is Verdict.DIE
    assert daemon.collect(move, exitcode=1) is Verdict.AGAIN


def test_the_words_of_sshopts_go_to_ssh_and_to_the_ssh_of_rsync(tmp_path: Path) -> None:
    daemon = Daemon()
    keys = {b"source": bytes(tmp_path), b"host": b"h", b"targetdir": b"/t"}
    syncs = CommandLineSyncs((CommandLineSync(b"rsyncssh", keys, (b"-o", b"A=b c")),))
    daemon.loaded = daemon.script.load(syncs, Overrides())
    daemon.start()
    daemon.core.add(EventType.MOVE, b"/a", b"/b")
    daemon.act()
    daemon.init(daemon.core.add(EventType.INIT, b""))
    ssh, rsync = commands(daemon)
    assert ssh[: 4 + len(SHARED)] == (b"ssh", b"-o", b"A=b c", *SHARED, b"h")
    assert b"--rsh=ssh -o 'A=b c' " + b" ".join(SHARED) in rsync


def test_compat_in_settings_holds_for_every_sync_and_does_not_collapse(tmp_path: Path) -> None:
    daemon = running(
        'settings{ compat = "2.3" }\n'
        f'sync{{ default.direct, source = "{tmp_path}", target = "/t" }}\n'
        f'sync{{ default.direct, source = "{tmp_path}", target = "/t", compat = false }}'
    )
    assert [one.collapse for one in daemon.loaded.syncs] == [False, True]
    for sync in (0, 1):
        daemon.core.add(EventType.CREATE, b"/gone", sync=sync)
        daemon.act(sync)
    assert commands(daemon) == [(b"cp", b"-p", b"--", bytes(tmp_path) + b"//gone", b"/t//")]


def test_a_pipe_is_made_and_never_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    daemon = running(f'sync{{ default.direct, source = "{tmp_path}", target = "/t" }}')
    daemon.core.add(EventType.CREATE, b"/pipe")
    daemon.act()
    assert commands(daemon) == [(b"cp", b"-pPR", b"--", bytes(tmp_path) + b"//pipe", b"/t//")]


def test_a_directory_whose_mode_the_umask_gives_is_simply_made(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "private").mkdir(mode=0o700)
    daemon = running(f'sync{{ default.direct, source = "{tmp_path}", target = "/t" }}')
    for name in (b"/plain/", b"/private/"):
        daemon.core.add(EventType.CREATE, name)
        daemon.act()
    plain, private = commands(daemon)
    assert plain == (b"mkdir", b"--", b"/t//plain/")
    assert private[0] == b"sh"


def test_a_user_may_build_on_both(tmp_path: Path) -> None:
    daemon = running(
        f"""sync{{ default.direct, source = "{tmp_path}", target = "/t", prepare = function(config, level)
            default.direct.prepare(config, level)
            log("Test", config.target)
        end }}"""
    )
    assert daemon.lines() == [b"/t/"]
