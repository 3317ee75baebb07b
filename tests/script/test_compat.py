"""Configs written for Lua 5.1 and 5.2, and what the embedded Lua lacks (spec 2.1, notes 1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from script.daemon import refusal, said_while_loading


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        # as Debian's Lsyncd, which links 5.3
        ("_VERSION", b"Lua 5.3"),
        ("5/1", b"5.0"),
        ('"10" + 1', b"11.0"),
        ("2^53", b"9.007199254741e+15"),
        ("7 // 2", b"3"),
        ('(("abc"):gsub(".*", "x"))', b"x"),
        # 5.1
        ("unpack({ 1, 2, 3 })", b"123"),
        ("unpack({ 1, 2, 3 }, 2)", b"23"),
        ('loadstring("return 5")()', b"5"),
        ('select("#", loadstring("= 5"))', b"2"),
        ("table.getn({ 1, 2 })", b"2"),
        ("table.maxn({ 1, [7] = 2, x = 3 })", b"7"),
        ("table.maxn({})", b"0"),
        ("table.foreach({ x = 1 }, function(key, value) return key .. value end)", b"x1"),
        ("table.foreach({}, print)", b"(nil)"),
        ("table.foreachi({ 5, 6 }, function(i, value) if value == 6 then return i end end)", b"2"),
        ("table.foreachi({}, print)", b"(nil)"),
        ('string.gfind("a1", "%d")()', b"1"),
        ('("%d|%5.1f|%%d|%s|%x"):format(3.7, 1.25, 2.5, 255.9)', b"3|  1.2|%d|2.5|ff"),
        ('string.format("%d", -3.7)', b"-3"),
        ('string.format("%d", "3.7")', b"3"),
        ('string.format("%d %s", 3, nil)', b"3 nil"),
        ("math.mod(7, 4)", b"3"),
        ("math.pow(2, 3)", b"8.0"),
        ("math.log10(1000)", b"3.0"),
        ("math.ldexp(0.5, 3)", b"4.0"),
        ("math.frexp(8)", b"0.54"),
        ("math.frexp(0)", b"00"),
        ("math.frexp(-0.3)", b"-0.6-1"),
        ("math.cosh(0)", b"1.0"),
        ("math.sinh(0)", b"0.0"),
        ("math.tanh(0)", b"0.0"),
        ("math.tanh(1000)", b"1.0"),
        ("math.tanh(-1000)", b"-1.0"),
        ("package.loaders == package.searchers", b"(true)"),
        ("getfenv() == _G", b"(true)"),
        ("getfenv(0) == _G", b"(true)"),
        ("setfenv(function() return x end, { x = 5 })()", b"5"),
        ("(function() setfenv(1, { y = 7 }) return y end)()", b"7"),
        ("getfenv(setfenv(function() return x end, { z = 9 })).z", b"9"),
        ("getfenv(print) == _G", b"(true)"),
        # 5.2
        ("bit32.band(0xff, 0x0f, 7)", b"7"),
        ("bit32.band()", b"4294967295"),
        ("bit32.bor(1, 2, 4)", b"7"),
        ("bit32.bxor(5, 1)", b"4"),
        ("bit32.bnot(0)", b"4294967295"),
        ("bit32.btest(6, 1)", b"(false)"),
        ("bit32.lshift(1, 31)", b"2147483648"),
        ("bit32.lshift(1, 32)", b"0"),
        ("bit32.lshift(4, -1)", b"2"),
        ("bit32.rshift(-1, 28)", b"15"),
        ("bit32.rshift(1, 40)", b"0"),
        ("bit32.rshift(1, -2)", b"4"),
        ("bit32.arshift(0x80000000, 4)", b"4160749568"),
        ("bit32.arshift(0x80000000, 40)", b"4294967295"),
        ("bit32.arshift(8, 1)", b"4"),
        ("bit32.lrotate(0x80000001, 1)", b"3"),
        ("bit32.rrotate(1, 1)", b"2147483648"),
        ("bit32.lrotate(5, 0)", b"5"),
        ("bit32.extract(0xf0, 4, 4)", b"15"),
        ("bit32.extract(8, 3)", b"1"),
        ("bit32.replace(0, 5, 4, 4)", b"80"),
        # extensions
        ('string.starts("abc", "ab")', b"(true)"),
        ('("abc"):starts("bc")', b"(false)"),
        ('string.ends("abc", "bc")', b"(true)"),
        ('string.ends("c", "bc")', b"(false)"),
        ('string.ends("abc", "")', b"(true)"),
        ("table.contains({ 1, 2 }, 2)", b"(true)"),
        ("table.contains({ 1, 2 }, 3)", b"(false)"),
    ],
)
def test_expressions_have_the_value_that_configs_count_on(expression: str, value: bytes) -> None:
    assert said_while_loading(f'log("Test", {expression})') == [value]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('string.format("%d", {})', "bad argument #2 to 'format' (number expected, got table)"),
        ("string.format({})", "bad argument #1 to 'format' (string expected, got table)"),
        ('("%d"):format(1 / 0)', "bad argument #2 to 'format' (number has no integer representation)"),
    ],
)
def test_what_cannot_be_formatted_is_an_error_at_the_users_line(call: str, message: str) -> None:
    assert refusal(call) == f"/etc/lsyncd.conf.lua:1: {message}"


def test_bits_that_do_not_exist_are_an_error() -> None:
    assert refusal("bit32.extract(1, 30, 4)") == "/etc/lsyncd.conf.lua:1: trying to access non-existent bits"


def test_an_environment_of_no_level_is_an_error() -> None:
    assert refusal("getfenv(500)") == "/etc/lsyncd.conf.lua:1: getfenv: invalid level"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            'local p = io.popen("echo a; echo b") log("Test", p:read("*a")) log("Test", p:close())',
            [b"a\nb\n", b"(true)exit0"],
        ),
        ('for line in io.popen("printf \'a\\\\nb\'"):lines() do log("Test", line) end', [b"a", b"b"]),
        ('local p = io.popen("exit 3") p:read("*a") log("Test", p:close())', [b"(nil)exit3"]),
        ('local p = io.popen("kill -9 $$") p:read("*a") log("Test", p:close())', [b"(nil)signal9"]),
        (
            'local p = io.popen("true") log("Test", io.type(p), io.close(p), io.type(p))',
            [b"file(true)closed file"],
        ),
        ('log("Test", io.popen("printf \'\\\\377\\\\000x\'"):read("*a"))', [b"\xff\0x"]),
        ('log("Test", os.execute("exit 3"))', [b"(nil)exit3"]),
        ('log("Test", os.execute("true"))', [b"(true)exit0"]),
        ('log("Test", os.execute("kill -9 $$"))', [b"(nil)signal9"]),
        ('log("Test", os.execute())', [b"(true)"]),
    ],
)
def test_programs_run_as_in_debians_lua(code: str, said: list[bytes]) -> None:
    assert said_while_loading(code) == said


def test_popen_writes_to_a_program(tmp_path: Path) -> None:
    said_while_loading(f'local p = io.popen("cat > {tmp_path}/out", "w") p:write("\\xff\\0") p:close()')
    assert (tmp_path / "out").read_bytes() == b"\xff\0"


def test_popen_streams(tmp_path: Path) -> None:
    os_pipe = tmp_path / "gate"
    code = f"""os.execute("mkfifo {os_pipe}")
    local p = io.popen("echo first; cat {os_pipe}")
    log("Test", p:read())
    local gate = io.open("{os_pipe}", "w") gate:write("second") gate:close()
    log("Test", p:read())"""
    assert said_while_loading(code) == [b"first", b"second"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("io.popen(5)", "io.popen takes a command, not a number"),
        ('io.popen("true", "rw")', 'io.popen: the mode must be "r" or "w"'),
        ('io.popen("a\\0b")', "io.popen: embedded null byte"),
    ],
)
def test_a_wrong_popen_is_an_error_at_the_users_line(call: str, message: str) -> None:
    assert refusal(call) == f"/etc/lsyncd.conf.lua:1: {message}"
