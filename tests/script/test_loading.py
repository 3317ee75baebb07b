"""Reading a config: bytes, first lines, other files, `-script` files (spec 1.1, 2)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pylsyncd.script.configuration import ConfigFile, Overrides
from pylsyncd.script.errors import ConfigError
from script.daemon import Daemon, refusal, said_while_loading

SYNC = b'sync{ source = "/", target = "/t", onCreate = print }\n'


def lines_of(path: Path, *scripts: Path) -> list[bytes]:
    daemon = Daemon()
    files = tuple(ConfigFile(bytes(script)) for script in scripts)
    daemon.script.load(ConfigFile(bytes(path)), Overrides(), files)
    return daemon.lines()


@pytest.mark.parametrize(
    "start", [b"\xef\xbb\xbf", b"#!/usr/bin/lsyncd\n", b"\xef\xbb\xbf#!/usr/bin/lsyncd\n"]
)
def test_a_byte_order_mark_and_a_shebang_line_are_passed_over(start: bytes) -> None:
    assert len(Daemon().load(start + SYNC).syncs) == 1


def test_lines_are_counted_with_the_shebang() -> None:
    assert refusal("#!/usr/bin/lsyncd\nerror('x')") == "/etc/lsyncd.conf.lua:2: x"


def test_a_config_may_end_with_its_shebang() -> None:
    assert refusal("#!/usr/bin/lsyncd").startswith("Nothing to watch!")


def test_a_config_is_bytes_not_text() -> None:
    assert said_while_loading('log("Test", #"ä", "ä")') == [b"2\xc3\xa4"]
    daemon = Daemon()
    daemon.load(b'log("Test", "\xff\xfe\\0") ' + SYNC)
    assert daemon.lines() == [b"\xff\xfe\0"]


def test_windows_line_ends_do_no_harm() -> None:
    assert len(Daemon().load(b"-- remark\r\n" + SYNC.replace(b"\n", b"\r\n")).syncs) == 1


def test_require_finds_what_lies_beside_the_config(tmp_path: Path) -> None:
    (tmp_path / "mine.lua").write_text('log("Test", "mine") return { source = "/" }')
    (tmp_path / "c.lua").write_text('sync{ require "mine", onCreate = print }')
    assert lines_of(tmp_path / "c.lua") == [b"mine"]


def test_dofile_runs_another_file_whose_errors_name_it(tmp_path: Path) -> None:
    (tmp_path / "other.lua").write_text("\nsync{ nonsense = 1 }")
    (tmp_path / "c.lua").write_text(f'dofile("{tmp_path}/other.lua")')
    with pytest.raises(ConfigError) as refused:
        lines_of(tmp_path / "c.lua")
    assert refused.value.message.startswith(b"%s/other.lua:2: " % bytes(tmp_path))


def test_scripts_run_before_the_config_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text('NAME = "a" log("Test", "a")')
    (tmp_path / "b.lua").write_text('log("Test", "b")')
    (tmp_path / "c.lua").write_text('log("Test", "c", NAME) sync{ source = "/", onCreate = print }')
    assert lines_of(tmp_path / "c.lua", tmp_path / "a.lua", tmp_path / "b.lua") == [b"a", b"b", b"ca"]


def test_two_configs_in_one_process_do_not_meet() -> None:
    Daemon().load(b"SHARED = 1 " + SYNC)
    daemon = Daemon()
    daemon.load(b'log("Test", SHARED) ' + SYNC)
    assert daemon.lines() == [b"(nil)"]


def test_the_bridge_to_python_is_out_of_reach() -> None:
    assert said_while_loading('log("Test", python, package.loaded.python)') == [b"(nil)(nil)"]


def test_not_even_the_debug_library_leads_from_a_primitive_into_python() -> None:
    code = """
    local function upvalue(func, wanted)
        for i = 1, 20 do
            local name, value = debug.getupvalue(func, i)
            if name == wanted then return value end
        end
    end
    local primitive = upvalue(upvalue(readdir, "host").readdir, "primitive")
    log("Test", type(primitive), pcall(function() return primitive.__globals__ end))"""
    (line,) = said_while_loading(code)
    assert line.startswith(b"userdata(false)")
    assert b"out of reach for scripts" in line or b"AttributeError" in line


def test_what_a_config_prints_is_there_at_once_and_once(tmp_path: Path) -> None:
    """The daemon forks after loading: buffered output would be lost or doubled."""
    program = f"""
import os, sys
from pylsyncd.script.callbacks import Script
from pylsyncd.script.configuration import ConfigFile, Overrides
from pylsyncd.script.link import Ports
script = Script(Ports(lambda: 0.0, lambda *_: None, lambda _: False))
script.load(ConfigFile(b"/c", b'io.write("half a line") {SYNC.decode().strip()}'), Overrides())
os.write(1, b"|after")
os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, cwd=tmp_path, env=os.environ
    )
    assert done.stdout == b"half a line|after", done.stderr


def test_modules_written_in_c_load_where_the_system_has_them(tmp_path: Path) -> None:
    found = sorted(Path("/usr/lib").glob("*/lua/5.3/lfs.so"))
    if not found:
        pytest.skip("no lua-filesystem on this machine")
    program = f"""
from pylsyncd.script.callbacks import Script
from pylsyncd.script.configuration import ConfigFile, Overrides
from pylsyncd.script.link import Ports
script = Script(Ports(lambda: 0.0, lambda *_: None, lambda _: False))
text = b'print(require("lfs").attributes("/").mode) {SYNC.decode().strip()}'
script.load(ConfigFile(b"/c", text), Overrides())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, cwd=tmp_path, env=os.environ
    )
    assert done.stdout == b"directory\n", done.stderr
