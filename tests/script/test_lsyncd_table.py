"""The services in the table `lsyncd` (spec 2.1)."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from script.daemon import Daemon, refusal, running_action, said_while_loading


def test_readdir_tells_directories_from_everything_else(tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "link").symlink_to("dir")
    os.mkfifo(tmp_path / "fifo")
    (Path(os.fsdecode(bytes(tmp_path) + b"/\xff\nf"))).touch()
    code = f"""local names = {{}}
    for name, is_directory in pairs(readdir("{tmp_path}")) do
        names[#names + 1] = name .. tostring(is_directory)
    end
    table.sort(names) log("Test", table.concat(names, ","))"""
    assert said_while_loading(code) == [b"dirtrue,fifofalse,linkfalse,\xff\nffalse"]


def test_readdir_of_an_empty_directory_is_an_empty_table(tmp_path: Path) -> None:
    assert said_while_loading(f'log("Test", next(lsyncd.readdir("{tmp_path}")))') == [b"(nil)"]


def test_readdir_of_what_cannot_be_read_logs_an_error_and_gives_nil(tmp_path: Path) -> None:
    daemon = Daemon()
    daemon.load(f'log("Test", readdir("{tmp_path}/none")) sync{{ source = "/", onCreate = print }}')
    assert daemon.lines() == [b"(nil)"]
    assert daemon.lines("Error") == [
        b"cannot open dir [%s/none]: No such file or directory." % bytes(tmp_path)
    ]


def test_realdir_resolves_a_directory(tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "link").symlink_to("dir")
    (tmp_path / "file").touch()
    code = f"""local d = "{tmp_path}/"
    local function real(path) return (lsyncd.realdir(path)) end
    log("Test", real(d .. "link"), real(d .. "file"), real(d .. "none"), real("/"))"""
    assert said_while_loading(code) == [b"%s/dir/(nil)(nil)/" % bytes(tmp_path)]


def test_file_sizes_are_bytes_or_nil(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    code = f'log("Test", lsyncd.get_file_size("{tmp_path}/f"), lsyncd.get_file_size("{tmp_path}/none"))'
    assert said_while_loading(code) == [b"5(nil)"]


def test_kill_gives_0_or_minus_1() -> None:
    code = f'log("Test", lsyncd.kill({os.getpid()}, 0), lsyncd.kill(2^30, 0), lsyncd.kill(1 << 60, 0))'
    assert said_while_loading(code) == [b"0-1-1"]


def test_a_free_port_can_be_bound() -> None:
    (port,) = said_while_loading('log("Test", lsyncd.get_free_port())')
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", int(port)))


def test_process_info_is_the_number_of_processes_and_the_limit(tmp_path: Path) -> None:
    assert said_while_loading('settings{ maxProcesses = 7 } log("Test", lsyncd.get_process_info())') == [
        b"07"
    ]
    daemon = running_action('log("Test", lsyncd.get_process_info())', tmp_path)
    daemon.core.syncs[0].processes = 3
    daemon.act()
    assert daemon.lines() == [b"3(nil)"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b", "a|b"),
        ("  a   b  ", "a|b"),
        ("a 'b c' d", "a|b c|d"),
        ('a \\"b c\\"d', "a|b cd"),
        ("''", ""),
        ("'a\\\"b'", 'a\\"b'),
        ("", None),
    ],
)
def test_quoted_strings_are_split_into_words(text: str, words: str | None) -> None:
    code = f'local w = lsyncd.splitQuotedString("{text}") log("Test", w[1] and table.concat(w, "|"))'
    assert said_while_loading(code) == [b"(nil)" if words is None else words.encode().replace(b"\\", b"")]


def test_jiffies_are_hundredths_of_a_second() -> None:
    assert said_while_loading('log("Test", lsyncd.jiffies_from_seconds(1.5))') == [b"150"]


def test_stackdump_prints_where_a_script_is(capfd: pytest.CaptureFixture[str]) -> None:
    said_while_loading("\nlsyncd.stackdump()")
    assert "/etc/lsyncd.conf.lua:2: in" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("readdir(5)", "readdir takes a string, not a number"),
        ('readdir("a\\0b")', "a path cannot hold a NUL"),
        ("lsyncd.realdir()", "lsyncd.realdir takes a string, not a nil"),
        ("lsyncd.get_file_size()", "lsyncd.get_file_size takes a string, not a nil"),
        ('lsyncd.kill("x", 9)', "lsyncd.kill takes a number, not a string"),
        ("lsyncd.kill(1.5, 9)", "lsyncd.kill takes whole numbers"),
        ("lsyncd.jiffies_from_seconds()", "lsyncd.jiffies_from_seconds takes a number, not a nil"),
        ("lsyncd.splitQuotedString()", "lsyncd.splitQuotedString takes a string, not a nil"),
    ],
)
def test_a_wrong_call_is_an_error_at_the_users_line(call: str, message: str) -> None:
    assert refusal(call) == f"/etc/lsyncd.conf.lua:1: {message}"


def version_of(program: str) -> bytes:
    return said_while_loading(f'log("Test", lsyncd.internal.version_of("{program}"))')[0]


def test_a_program_is_asked_its_version(tmp_path: Path) -> None:
    program = tmp_path / "rsync"
    program.write_text('#!/bin/sh\necho "rsync  version 3.2.7 ($*)"\necho more\n')
    program.chmod(0o755)
    assert version_of(str(program)) == b"rsync  version 3.2.7 (--version)"


def test_a_program_that_is_not_there_has_no_version(tmp_path: Path) -> None:
    assert version_of(f"{tmp_path}/rsync") == b"(nil)"
