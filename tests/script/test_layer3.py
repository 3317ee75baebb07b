"""Command lines in the on... keys (spec 2.8)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pylsyncd.core.inputs import SpawnRequested
from pylsyncd.core.model import EventType
from script.daemon import Daemon, refusal, running


def spawned(
    command: str, source: Path, path: bytes = b"/d/f", path2: bytes | None = None
) -> tuple[Daemon, tuple[bytes, ...]]:
    """The daemon, and the words of the process that a command line spawns for one event."""
    key = "onMove" if path2 else "onCreate"
    daemon = running(
        f'sync{{ source = "{source}", target = "/t/", init = false, {key} = [==[{command}]==] }}'
    )
    daemon.core.add(EventType.MOVE if path2 else EventType.CREATE, path, path2)
    daemon.act()
    (request,) = daemon.core.inputs
    assert isinstance(request, SpawnRequested)
    return daemon, request.command.argv


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        (" /bin/true ", [b"/bin/true"]),
        ("/bin/cp ^path --x=^targetPathdir", [b"/bin/cp", b"d/f", b"--x=/t//d/"]),
        ('/bin/echo "a ^path" b"c d"e', [b"/bin/echo", b'"a d/f"', b'b"c d"e']),
        ("/bin/echo ^unknown ^o.pathname ^", [b"/bin/echo", b"^unknown", b"d/f", b"^"]),
        ("/bin/echo ^pathname^pathdir^paths", [b"/bin/echo", b"d/fd/d/fs"]),
    ],
)
def test_a_command_that_begins_with_a_slash_is_a_binary_with_arguments(
    command: str, argv: list[bytes], tmp_path: Path
) -> None:
    daemon, words = spawned(command, tmp_path)
    assert list(words) == argv
    assert daemon.lines("Normal") == [b'Event Create spawns action "%s"' % command.strip().encode()]


@pytest.mark.parametrize(
    ("command", "script", "arguments"),
    [
        ("echo hi", b"echo hi", []),
        ("cp ^sourcePath ^targetPath", b'cp "$1" "$2"', [b"S/d/f", b"/t//d/f"]),
        ("^/bin/chgrp x ^path", b'/bin/chgrp x "$1"', [b"d/f"]),
        ("^path --run ^path", b'"$1" --run "$1"', [b"d/f"]),
        ('echo "^path" \'^path\' \\"^path', b'echo "${1}" \'\'"$1"\'\' \\""$1"', [b"d/f"]),
        (
            (
                "echo ^path ^pathname ^pathdir ^source ^sourcePath ^sourcePathname ^sourcePathdir "
                "^target ^targetPath ^targetPathname ^targetPathdir"
            ),
            b'echo "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "${10}" "${11}"',
            [
                b"d/f",
                b"d/f",
                b"d/",
                b"S",
                b"S/d/f",
                b"S/d/f",
                b"S/d/",
                b"/t/",
                b"/t//d/f",
                b"/t//d/f",
                b"/t//d/",
            ],
        ),
    ],
)
def test_any_other_command_is_a_shells_with_the_variables_as_quoted_parameters(
    command: str, script: bytes, arguments: list[bytes], tmp_path: Path
) -> None:
    _, words = spawned(command, tmp_path)
    source = bytes(tmp_path) + b"/"
    wanted = [source + one.removeprefix(b"S") if one[:1] == b"S" else one for one in arguments]
    assert list(words) == [b"sh", b"-c", script, b"sh", *wanted]


def test_a_shell_command_is_logged_with_its_values(tmp_path: Path) -> None:
    daemon, _ = spawned("echo ^path to ^target", tmp_path)
    assert daemon.lines("Normal") == [b'Event Create spawns shell "echo d/f to /t/"']


def test_the_ends_of_a_move_have_variables_of_their_own(tmp_path: Path) -> None:
    _, words = spawned("mv ^o.targetPath ^d.targetPathname ^path", tmp_path, b"/a/", b"/b/")
    assert words == (b"sh", b"-c", b'mv "$1" "$2" "$3"', b"sh", b"/t//a/", b"/t//b", b"a/")


def test_the_ends_of_a_move_have_their_directories_too(tmp_path: Path) -> None:
    _, words = spawned("/bin/mv ^o.pathdir ^d.pathdir", tmp_path, b"/a/b/c", b"/d/e")
    assert words == (b"/bin/mv", b"a/b/", b"d/")


@pytest.mark.parametrize(
    "command",
    [
        "printf %s ^path",
        'printf %s "^path"',
        "printf %s '^path'",
        'printf %s "$(printf %s ^path)"',
        'printf %s "$(printf %s "^path")"',
        'printf %s "`printf %s ^path`"',
        "(printf %s ^path)",
        'x=\\"a; printf %s ^path',
    ],
)
def test_no_file_name_can_inject_shell_code(command: str, tmp_path: Path) -> None:
    name = b"a b;'\"`touch INJECTED`$(touch INJECTED)*\\\n\xff"
    _, words = spawned(command, tmp_path, b"/" + name)
    done = subprocess.run(words, capture_output=True, check=True, cwd=tmp_path)
    assert done.stdout == name
    assert list(tmp_path.iterdir()) == []


def test_the_function_that_was_generated_can_be_read_in_the_log(tmp_path: Path) -> None:
    daemon = Daemon()
    daemon.wanted.add("FWrite")
    daemon.load(f'sync{{ source = "{tmp_path}", onCreate = "/bin/cp ^path x" }}')
    assert daemon.lines("FWrite") == [
        (
            b'translated "/bin/cp ^path x" to \n'
            b"""function(event)
    log("Normal", "Event ", event.etype, " spawns action \\"/bin/cp ^path x\\"")
    spawn(event,
        "/bin/cp",
        event.path,
        "x")
end"""
        )
    ]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('onCreate = " "', "onCreate is an empty command line."),
        ('onCreate = "cp ^d.path x"', "onCreate: ^d.path is known in onMove only."),
    ],
)
def test_a_wrong_command_line_is_refused_with_the_line(keys: str, message: str) -> None:
    assert refusal(f'sync{{ source = "/", {keys} }}') == f"/etc/lsyncd.conf.lua:1: {message}"


def test_an_error_in_a_generated_function_names_what_is_missing(tmp_path: Path) -> None:
    daemon = running(f'sync{{ source = "{tmp_path}", init = false, onCreate = "cp ^path ^targetPath" }}')
    daemon.core.add(EventType.CREATE, b"/a")
    with pytest.raises(Exception, match="this event has no target path: its sync has no target"):
        daemon.act()
