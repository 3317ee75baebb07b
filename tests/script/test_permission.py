"""Who asks before a script does something to the outside, and what the answer does."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.script.errors import ConfigError
from pylsyncd.script.permission import Deed, DeedKind, Permission
from script.daemon import CONFIG, Daemon, refusal, said_while_loading


def refuse(_deed: Deed) -> Permission:
    return Permission.REFUSE


def pretend(_deed: Deed) -> Permission:
    return Permission.PRETEND


def run(_deed: Deed) -> Permission:
    return Permission.RUN


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def everything_below(place: Path) -> set[str]:
    return {path.name for path in place.iterdir()}


DEEDS = {
    'os.execute("touch a")': Deed(DeedKind.EXECUTE, b"touch a", CONFIG, 1),
    'io.popen("touch a"):close()': Deed(DeedKind.POPEN, b"touch a", CONFIG, 1),
    'lsyncd.exec("touch", "a b")': Deed(DeedKind.EXEC, b"touch\0a b", CONFIG, 1),
    "lsyncd.kill(4194999, 15)": Deed(DeedKind.KILL, b"4194999\00015", CONFIG, 1),
    'io.open("a", "w"):close()': Deed(DeedKind.OPEN, b"a", CONFIG, 1),
    'io.open("a", "a+b"):close()': Deed(DeedKind.OPEN, b"a", CONFIG, 1),
    'io.output("a")': Deed(DeedKind.OUTPUT, b"a", CONFIG, 1),
    'os.remove("a")': Deed(DeedKind.REMOVE, b"a", CONFIG, 1),
    'os.rename("a", "b")': Deed(DeedKind.RENAME, b"a\0b", CONFIG, 1),
    "os.remove(os.tmpname())": Deed(DeedKind.TMPNAME, b"", CONFIG, 1),
}


@pytest.mark.parametrize(("call", "deed"), DEEDS.items())
def test_who_is_asked_hears_what_is_done_and_from_which_line(call: str, deed: Deed, place: Path) -> None:
    asked: list[Deed] = []

    def note(deed: Deed) -> Permission:
        asked.append(deed)
        return Permission.PRETEND

    said_while_loading(call, note)
    assert asked[0] == deed
    assert not everything_below(place)


def test_the_line_is_that_of_the_users_function_that_calls() -> None:
    asked: list[Deed] = []

    def note(deed: Deed) -> Permission:
        asked.append(deed)
        return Permission.REFUSE

    said_while_loading('\nlocal function f()\n  return pcall(os.execute, "x \xff")\nend\nf()', note)
    assert asked == [Deed(DeedKind.EXECUTE, "x \xff".encode(), CONFIG, 3)]


def test_words_are_shown_with_blanks_between_them() -> None:
    assert Deed(DeedKind.EXEC, b"touch\0a").shown == b"touch a"


@pytest.mark.parametrize(
    "call",
    [
        "os.execute()",
        'io.open("a")',
        'io.open("a", "r")',
        'io.open("a", "rb")',
        "io.output()",
        "io.output(io.stdout)",
        'loadfile("a")',
        'readdir(".")',
    ],
)
def test_what_changes_nothing_is_not_asked_for(call: str, place: Path) -> None:
    def fail(deed: Deed) -> Permission:
        raise AssertionError(deed)

    said_while_loading(call, fail)
    assert not everything_below(place)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ('os.execute("touch a")', b"(nil)exit126"),
        ('io.popen("touch a")', b"(nil)touch a: Permission denied13"),
        ("lsyncd.kill(4194999, 0)", b"-1"),
        ('io.open("a", "w")', b"(nil)a: Permission denied13"),
        (
            'pcall(io.output, "a")',
            b"(false)cannot open file 'a' (Permission denied)",
        ),
        ('os.remove("a")', b"(nil)a: Permission denied13"),
        ('os.rename("a", "b")', b"(nil)Permission denied13"),
        ("pcall(os.tmpname)", b"(false)unable to generate a unique filename"),
    ],
)
def test_what_is_refused_has_failed_in_luas_own_way(call: str, said: bytes, place: Path) -> None:
    assert said_while_loading(f'log("Test", {call})', refuse) == [said]
    assert not everything_below(place)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('lsyncd.exec("touch", "a")', 'lsyncd.exec: cannot execute "touch": Permission denied'),
        ('io.output("a")', "cannot open file 'a' (Permission denied)"),
        ("os.tmpname()", "unable to generate a unique filename"),
    ],
)
def test_a_refusal_that_is_an_error_stands_at_the_users_line(call: str, message: str, place: Path) -> None:
    assert refusal("\n" + call, permit=refuse) == f"/etc/lsyncd.conf.lua:2: {message}"
    assert not everything_below(place)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('log("Test", os.execute("touch a"))', [b"(true)exit0"]),
        (
            'local p = io.popen("echo x") log("Test", io.type(p), p:read("*a"), p:read(), p:close())',
            [b"file(nil)(true)exit0"],
        ),
        ('for line in io.popen("echo x"):lines() do log("Test", line) end', []),
        ('local p = io.popen("cat > a", "w") p:write("x") log("Test", p:close())', [b"(true)exit0"]),
        ('log("Test", io.close(io.popen("x")))', [b"(true)exit0"]),
        ('local f = io.open("a", "w") f:write("x") log("Test", f:close())', [b"(true)"]),
        ('io.output("a") io.write("x") log("Test", io.close())', [b"(true)"]),
        ('log("Test", os.remove("a"), os.rename("a", "b"))', [b"(true)(true)"]),
        ('log("Test", os.tmpname() ~= os.tmpname(), io.open(os.tmpname()))', None),
        ('log("Test", lsyncd.kill(lsyncd.exec("touch", "a"), 0))', [b"0"]),
    ],
)
def test_what_is_pretended_has_succeeded_with_nothing_to_show(
    code: str, said: list[bytes] | None, place: Path
) -> None:
    lines = said_while_loading(code, pretend)
    if said is None:  # the made-up name varies
        (line,) = lines
        assert line.startswith(b"(true)(nil)/tmp/lua_")
        assert line.endswith(b": No such file or directory2")
    else:
        assert lines == said
    assert not everything_below(place)


def test_the_pid_of_a_pretended_program_is_nobodys() -> None:
    def only_exec(deed: Deed) -> Permission:
        return Permission.PRETEND if deed.kind is DeedKind.EXEC else Permission.RUN

    code = (
        'local a, b = lsyncd.exec("x"), lsyncd.exec("x") log("Test", a ~= b, lsyncd.kill(a, 0), math.type(a))'
    )
    assert said_while_loading(code, only_exec) == [b"(true)-1integer"]


def test_a_pretended_program_is_logged_as_one_that_runs() -> None:
    daemon = Daemon(permit=pretend)
    with pytest.raises(ConfigError, match="Nothing to watch"):
        daemon.load('lsyncd.exec("touch", "a")')
    assert daemon.lines("Exec") == [b"touch [a]"]


SAME = [
    'io.open("a", "w"):write("x"):close() log("Test", io.open("a"):read("*a"))',
    'log("Test", io.open("/none/such", "w"))',
    'log("Test", pcall(io.open))',
    'log("Test", pcall(io.open, "a", "x"))',
    'log("Test", pcall(function() io.open({}) end))',
    'log("Test", pcall(function() io.open("a", "x") end))',
    'local o = io.open log("Test", pcall(function() o({}, "w") end))',
    'log("Test", io.type(io.output("a"))) io.write("x") io.output():close()',
    'log("Test", pcall(function() io.output("/none/such") end))',
    'log("Test", pcall(function() io.output({}) end))',
    'log("Test", os.remove("none"))',
    'log("Test", os.rename("none", "such"))',
    'log("Test", pcall(function() os.remove() end))',
    'log("Test", pcall(function() os.rename("a") end))',
    'io.open("b", "w"):close() log("Test", os.rename("b", "c"), os.remove("c"))',
    'local name = os.tmpname() os.remove(name) log("Test", name:find("^/tmp/") ~= nil)',
    'log("Test", os.execute())',
    'log("Test", os.execute("exit 3"))',
    'log("Test", pcall(os.execute, {}))',
    'log("Test", pcall(io.popen, 5))',
    'log("Test", pcall(io.popen, "x", "q"))',
    'local p = io.popen("exit 3") log("Test", p:read("*a"), p:close())',
    'log("Test", pcall(lsyncd.exec))',
    'log("Test", lsyncd.exec("true") > 0)',
    'log("Test", pcall(lsyncd.kill, "x", 1))',
    'log("Test", lsyncd.kill(4194999, 0))',
]


@pytest.mark.parametrize("code", SAME)
@pytest.mark.usefixtures("place")
def test_what_is_permitted_is_as_if_nobody_had_been_asked(code: str) -> None:
    assert said_while_loading(code, run) == said_while_loading(code)


@pytest.mark.parametrize(
    "call",
    [
        "io.open()",
        'io.open("a", "x")',
        'io.output("/none/such")',
        "os.remove()",
        "os.rename({})",
        "os.execute({})",
        "io.popen()",
        "lsyncd.exec(print)",
        'lsyncd.kill("x")',
    ],
)
def test_a_mistake_in_a_permitted_call_is_an_error_at_the_same_place(call: str) -> None:
    assert refusal(f"\n{call}", permit=run) == refusal(f"\n{call}")


def test_where_nobody_wants_to_be_asked_the_functions_are_luas_own() -> None:
    code = "for _, f in ipairs{ io.open, io.output, os.remove, os.rename, os.tmpname } do\n"
    code += 'log("Test", debug.getinfo(f, "S").what) end'
    assert said_while_loading(code) == [b"C"] * 5
