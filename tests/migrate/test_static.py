# ruff: noqa: E501, ISC004 - a config of the tables below stands on one line, or on lines of one text
"""What the text of a config shows: exactly the findings that are in it, at the right lines, and no others."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from lupa import lua53

from docs.manual import PAGES, blocks
from e2e.command_configs import COMMANDS
from e2e.engine_configs import ENGINE, PARALLEL
from e2e.function_configs import FUNCTIONS
from e2e.inheritance_configs import INHERITANCE
from pylsyncd.migrate.findings import Finding, Severity
from pylsyncd.migrate.luanodes import Node, Return
from pylsyncd.migrate.luasyntax import parse
from pylsyncd.migrate.static import RULES, static_findings
from pylsyncd.migrate.static.values import takes
from pylsyncd.script.errors import ConfigError
from pylsyncd.script.names import Kind, read_names
from script.daemon import Daemon
from stdlib.lua import STDLIB, new_state

HERE = Path(__file__).parent
FIXED = sorted((HERE / "legacy" / "fixed").glob("*.lua"))
EXAMPLES = sorted((HERE.parent.parent / "examples").glob("*/*.lua"))
KNOWN = read_names()

_EXPECTED = re.compile(r"--> (.*)$")


def expected_in(text: str) -> Counter[tuple[int, str]]:
    """What the comments `--> CODE` at the ends of lines say."""
    return Counter(
        (number, code)
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := _EXPECTED.search(line))
        for code in found[1].split()
    )


CODES = {rule.code for rule in RULES}
LEGACY = sorted(
    path
    for path in (HERE / "legacy").glob("*.lua")
    if {code for _, code in expected_in(path.read_text("utf-8", "surrogateescape"))} <= CODES
)
"""Those in which the text shows all that is to be found."""


def findings(lua: str) -> tuple[Finding, ...]:
    return static_findings(b"lsyncd.conf.lua", lua.encode(), KNOWN)


def codes(lua: str) -> list[str]:
    return [finding.code for finding in findings(lua)]


def is_news(finding: Finding) -> bool:
    return finding.severity is not Severity.NOTE


@pytest.mark.parametrize("path", LEGACY, ids=lambda path: path.stem)
def test_a_legacy_config_gives_the_findings_that_it_names(path: Path) -> None:
    text = path.read_text()
    assert Counter((one.line, one.code) for one in findings(text)) == expected_in(text)


def test_each_rule_has_a_legacy_config() -> None:
    seen = {code for path in LEGACY for _, code in expected_in(path.read_text())}
    assert seen == {rule.code for rule in RULES}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_example_is_found_fault_with(path: Path) -> None:
    assert [one for one in findings(path.read_text()) if is_news(one)] == []


RIGHT = {
    ("settings", "unknown-setting"),
    ("moving", "exclude-never"),
    ("moving", "rsync-ops"),
    ("moving", "unknown-key"),
    ("moving", "unknown-setting"),
    ("settings", "settings-assigned"),
    ("syncs", "unknown-key"),
    ("syncs", "dangerous-target"),
    ("tunnels-and-crontab", "crontab-rule"),
}
"""Pages of the manual that show how a mistake is refused."""


def test_the_manual_is_found_fault_with_where_it_shows_mistakes() -> None:
    found = {
        (page.stem, one.code)
        for page in PAGES
        if not page.stem.startswith("check")
        for block in blocks(page)
        if block.language == "lua"
        for one in findings(block.text)
        if is_news(one)
    }
    assert found == RIGHT


PARITY = [
    one for one in (*COMMANDS, *ENGINE, *PARALLEL, *FUNCTIONS, *INHERITANCE) if "wrong values" not in one.name
]


@pytest.mark.parametrize("config", PARITY, ids=lambda config: config.name)
def test_no_config_that_both_daemons_run_is_found_fault_with(config: object) -> None:
    lua = str(getattr(config, "lua", ""))
    assert lua
    assert [one for one in findings(lua) if is_news(one)] == []


@pytest.mark.parametrize("path", [*LEGACY, *FIXED], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_error_is_what_ends_a_start(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = path.read_text().replace('"/srv/', f'"{tmp_path}/srv/')
    for directory in re.findall(r'"(/[^"]*/srv/\w+)', text):
        Path(directory).mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("WITH_MAIL", "yes")
    monkeypatch.chdir(tmp_path)
    expected = any(one.severity is Severity.ERROR for one in findings(text))
    assert (refusal(text) is not None) == (expected or path.stem == "clean_parts"), refusal(text)


def refusal(lua: str) -> str | None:
    """What the daemon says to a config that it does not start with."""
    try:
        Daemon().load(lua)
    except ConfigError as error:
        return str(error)
    return None


# The table of rules --------------------------------------------------------------------------------


def test_the_manual_lists_the_rules_that_run() -> None:
    (page,) = (one for one in PAGES if one.stem == "check-findings")
    rows = [line for line in page.read_text().splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{rule.code}` | {rule.severity.value} | {_cell(rule.what)} | {_cell(rule.remedy)} |"
        for rule in RULES
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def test_each_rule_has_a_name_of_its_own() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)


LITERALS = [
    *("true", "false", "0", "1", "-1", "1.5", "23", "24", "5000", "'5'", "''", "'yes'", "'true'", "'no'"),
    *(
        "'2.3'",
        "'local0'",
        "'inotify'",
        "'a\\0b'",
        "function() end",
        "{}",
        "{ 'a' }",
        "{ 1 }",
        "{ [0] = 'ok' }",
    ),
]

TUNNEL = {KNOWN.syncs["tunnel"]}

_LOAD_KINDS = """
    local text = ...
    local kinds = load(text)(function() return { raise = error } end, {})
    kinds.choice, kinds.choice_or_false = kinds.choice("2.3"), kinds.choice_or_false("2.3")
    return kinds"""


@pytest.fixture(scope="module")
def lua() -> lua53.LuaRuntime:
    return new_state()


@pytest.mark.parametrize("literal", LITERALS)
def test_a_kind_takes_what_lua_takes(literal: str, lua: lua53.LuaRuntime) -> None:
    kinds = lua.execute(_LOAD_KINDS, (STDLIB / "kinds.lua").read_bytes())
    value = lua.eval(literal)
    for kind in {*KNOWN.settings.values(), *KNOWN.syncs.values()} - TUNNEL:
        is_choice = kind.name.startswith("choice")
        taken = takes(evolve(kind, allowed=frozenset({"2.3"})) if is_choice else kind, _value(literal))
        is_right = kinds[kind.name].test(value)
        # What is in a table of exit codes is the business of another rule.
        assert taken == is_right or (taken and kind.name == "exitcodes"), (kind.name, literal)


def _value(literal: str) -> Node:
    (statement,) = parse(f"return {literal}".encode()).block.statements
    assert isinstance(statement, Return)
    return statement.values[0]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [("tunnel", "false", "true"), ("command", "'ssh'", "5"), ("codes", "{ 0 }", "0")],
)
def test_the_kinds_of_tunnels_are_known(kind: str, good: str, bad: str) -> None:
    assert takes(Kind(kind, ""), _value(good))
    assert not takes(Kind(kind, ""), _value(bad))


@pytest.mark.parametrize("kind", {*KNOWN.settings.values(), *KNOWN.syncs.values(), *KNOWN.tunnels.values()})
def test_a_value_that_does_not_stand_in_the_text_may_be_right(kind: Kind) -> None:
    assert takes(kind, _value("x"))


# Precision -----------------------------------------------------------------------------------------


def test_a_finding_names_line_and_column() -> None:
    (found,) = findings('sync {\n    default.rsync, source = "/ä", target = "/b", dealy = 1,\n}\n')
    assert (found.file, found.line, found.column) == (b"lsyncd.conf.lua", 2, 50)
    assert found.remedy == 'write: default.rsync, source = "/ä", target = "/b", delay = 1'


def test_what_is_no_lua_is_left_to_lua() -> None:
    assert findings("settings = { sync { default.rsnyc") == ()


CLEAN = {
    "a local of that name": "local settings = { x = 1 }\nsettings.y = settings.x\nlog('Normal', settings.y)",
    "a sync of one's own": "local function sync(options) return options end\nsync { anything = 1 }",
    "another function called so": "sync = function(options) return options end\nsync { anything = 1 }",
    "a base that is a parameter": "local function mirror(base) sync { base, colour = 'red' } end",
    "a base that is chosen": "sync { os.getenv 'X' and default.rsync or default.direct, host = 'x' }",
    "a base that is changed": "local base = { default.rsync }\nbase.source = '/a'\nbase.target = '/b'\nsync(base)",
    "keys that are computed": "local key = 'source'\nsync { default.rsync, [key] = '/a', target = '/b' }",
    "a gauge that is changed in a loop": "for _, n in ipairs { 'x' } do default.rsync.checkgauge[n] = true end\n"
    "sync { default.rsync, source = '/a', target = '/b', x = 1 }",
    "a gauge that is given away": "extend(default.checkgauge)\nsync { default.rsync, source='/a', target='/b', y=1 }",
    "a key that is nil": "sync { default.rsync, source = '/a', target = '/b', host = nil, colour = nil }",
    "a global of a file": "dofile 'x.lua'\nsync { default.rsync, source = ROOT, target = GOAL, archives = {} }",
    "a global that is set in a function": "local function f() ROOT = '/a' end\nf()\n"
    "sync { default.rsync, source = ROOT, target = '/b' }",
    "globals made in a loop": "for k, v in pairs { A = '/a' } do _G[k] = v end\n"
    "sync { default.rsync, source = A, target = '/b' }",
    "a tunnel in a variable": "local t = tunnel { command = 'x' }\n"
    "sync { default.rsync, source = '/a', target = 'rsync://localhost:^localport/x', tunnel = t }",
    "a prepare that makes the target": "sync { default.rsync, source = '/a', prepare = function(c) c.target = '/b' end }",
    "a name that is quoted first": "sync { source = '/a', onCreate = function(event) local p = event.path\n"
    "p = quote(p)\nspawnShell(event, 'cat ' .. p) end }",
    "a name that is checked first": "sync { source = '/a', onCreate = function(event)\n"
    "local p = event.path:match '^%w+$'\nspawnShell(event, 'cat ' .. p) end }",
    "a gauge of which nobody knows": "sync { { checkgauge = gauges() }, default.rsync, source = '/a', target = '/b', x = 1 }",
    "a gauge with computed keys": "sync { default.rsync, checkgauge = { [k()] = true }, source = '/a', target = '/b', x = 1 }",
    "a gauge in another one": "sync { default.rsync, checkgauge = { default.checkgauge, default.direct.checkgauge },\n"
    "source = '/a', target = '/b', rsyncExitCodes = {} }",
    "a gauge of somebody's": "sync { default.rsync, checkgauge = { mine.checkgauge }, source = '/a', target = '/b', x = 1 }",
    "a gauge with lists": "sync { default.rsync, checkgauge = { own = { f() } }, source = '/a', target = '/b', x = 1 }",
    "a name that is only logged": "sync { source = '/a', onCreate = function(event)\n"
    "log('Normal', 'new: ' .. event.path)\nspawn(event, 'touch', '/b/' .. event.path) end }",
    "the name of something else": "for _, site in ipairs { { name = 'x' } } do os.execute('mkdir ' .. site.name) end",
    "settings given by name": "local s = { logfile = '/x' }\nsettings(s)\nlog('Normal', settings 'logfile')",
    "the same table twice": "local s = { default.rsync, source = '/a', target = '/b' }\nsync(s)\nsync(s)",
    "both ways of writing a function": "sync { source = '/a', onCreate = function(e) spawn(e, 'x') end,\n"
    'onModify = function(event) -- the same\n    spawn(event, "x") end }',
    "an rsync daemon": "sync { default.rsync, source = '/a', target = 'backup::a/b' }",
    "tables that hold themselves": "a = { b }\nb = { a, default.rsync, x = 1 }\nsync { a, source = '/a' }",
    "variables in a circle": "local a, b\na = b\nb = a\nsync { a, source = b }",
    "one value for several names": "local a, b = f()\nsync { default.rsync, source = a, target = b }",
}


@pytest.mark.parametrize("name", CLEAN)
def test_nothing_is_said_where_nothing_is_known(name: str) -> None:
    assert findings(CLEAN[name]) == ()


FOUND = {
    "in a branch": (
        "if false then sync { default.rsync, source = '/a', target = '/a/b' } end",
        "dangerous-target",
    ),
    "in a function": ("local function f() settings.x = 1 end", "setting-assigned"),
    "by another name": (
        "local s = sync\ns { default.rsync, source = '/a', target = '/', }",
        "dangerous-target",
    ),
    "in a base by another name": (
        "local r = default.rsync\nsync { r, source = '/a', target = '/b', host = 'c' }",
        "host-without-rsyncssh",
    ),
    "in a base in default": (
        "default.house = { default.rsync, dealy = 1 }\nsync { default.house, source = '/a', target = '/b' }",
        "unknown-key",
    ),
    "in a table of bases": (
        "local bases = { www = { default.rsync, dealy = 1 } }\nsync { bases.www, source = '/a', target = '/b' }",
        "unknown-key",
    ),
    "in a table by name": (
        "local options = { archiv = true }\nsync { default.rsync, source = '/a', target = '/b', rsync = options }",
        "unknown-key",
    ),
    "though a gauge has more keys": (
        "default.checkgauge.mine = true\nsync { default.rsync, source = '/a', target = '/b', mien = 1 }",
        "unknown-key",
    ),
    "though other files are read": (
        "dofile 'x.lua'\nsync { default.rsync, source = '/a', target = '/b', dealy = 1 }",
        "unknown-key",
    ),
    "a base without default": ("sync { rsync, source = '/a', target = '/b' }", "undefined-global"),
    "a number as a key twice": ("local t = { [1] = 'a', [1] = 'b' }", "duplicate-key"),
    "a lone word of a sync": ("sync { default.rsync, 'delete', source = '/a', target = '/b' }", "lone-word"),
    "a lone word that is unknown": ("settings { 'nodemon' }", "lone-setting"),
    "exit codes the wrong way round": (
        "sync { source = '/a', onModify = 'x', exitcodes = { ok = 0 } }",
        "exit-code-verdict",
    ),
    "a concat of names": (
        "sync { source = '/a', onDelete = function(e)\n"
        "spawnShell(e, table.concat({ 'rm', e.path }, ' ')) end }",
        "shell-injection",
    ),
    "a pipe to a program": (
        "sync { source = '/a', onDelete = function(e) local f = io.popen('x ' .. e.path:lower())\nf:close() end }",
        "shell-injection",
    ),
    "a part of a name": (
        "sync { source = '/a', onDelete = function(e) local base = string.match(e.path, '(.*)%.txt$')\n"
        "spawnShell(e, 'rm ' .. base) end }",
        "shell-injection",
    ),
    "several at once": ("settings.nodaemon, insist = true, true", "setting-assigned"),
    "a gauge with one key more": (
        "local b = { default.rsync, checkgauge = { own = { a = true } } }\n"
        "sync { b, source = '/a', target = '/b', own = { a = 1 }, colour = 1 }",
        "unknown-key",
    ),
    "a command built in steps": (
        "sync { source = '/a', onDelete = function(e) local c = 'rm '\nc = c .. e.path\n"
        "spawn(e, 'sh', '<', 'x', '-ec', c) end }",
        "shell-injection",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_it_is_found_wherever_it_stands(name: str) -> None:
    lua, code = FOUND[name]
    assert codes(lua) == [code]


REMEDIES = {
    "default.rsyncssh, source = '/a', target = '/srv/b'": "write host and targetdir, or inherit default.rsync",
    "default.rsyncssh, source = '/a', target = 'h:b'": 'write: host = "h", targetdir = "b"',
    "default.direct, source = '/a', target = '/b', host = 'h'": "inherit default.rsyncssh, or write target",
    "default.rsyncssh, source = '/a', host = 'h', targetdir = 'b', ssh = { options = '-4 -v' }": 'write: _extra = { "-4", "-v" }',
    "default.rsync, source = '/a', target = '/b', settigns = 1": "leave it out",
}


@pytest.mark.parametrize("fields", REMEDIES)
def test_a_remedy_says_what_to_write(fields: str) -> None:
    (found,) = findings(f"sync {{ {fields} }}")
    assert found.remedy == REMEDIES[fields]


def test_a_thing_is_found_once_though_two_syncs_have_it() -> None:
    base = "local b = { default.rsync, dealy = 1 }\n"
    one = "sync { b, source = '/a', target = '/b' }\n"
    assert codes(base + one + one) == ["unknown-key"]


def test_names_that_other_files_define_can_be_made_known() -> None:
    lua = "sync { default.rsync, source = ROOT, target = '/b' }"
    assert codes(lua) == ["undefined-global"]
    known = evolve(KNOWN, globals=KNOWN.globals | {"ROOT"})
    assert static_findings(b"x", lua.encode(), known) == ()


@given(st.sampled_from([path.read_text() for path in LEGACY]), st.data())
def test_a_mutilated_config_breaks_nothing(text: str, data: st.DataObject) -> None:
    words = re.findall(r"\w+|\s+|.", text)
    first = data.draw(st.integers(0, len(words)))
    new = data.draw(
        st.sampled_from(["", "nil", "{}", "event.path", "default.rsync", "sync", "'x'", "function() end"])
    )
    last = data.draw(st.integers(first, min(first + 3, len(words))))
    for one in findings("".join([*words[:first], new, *words[last:]])):
        assert one.line > 0
        assert one.column > 0


@given(st.lists(st.sampled_from([path.read_text() for path in LEGACY]), min_size=1, max_size=3))
def test_configs_below_each_other_do_not_confuse_it(texts: list[str]) -> None:
    for one in findings("\n".join(texts)):
        assert one.column > 0


def test_deep_nesting_is_read() -> None:
    deep = "x = " + "'a' .. " * 190 + "event.path\n" + "do " * 100 + "settings.y = 1 " + "end " * 100
    assert codes(deep) == ["setting-assigned"]


def test_a_config_of_a_thousand_lines_takes_no_time() -> None:
    one = (HERE / "legacy" / "clean_layer_2.lua").read_text()
    two = (HERE / "legacy" / "misplaced_key_in_rsync.lua").read_text()
    text = ""
    while text.count("\n") < 1000:
        text += f"do\n{one}\n{two}\nend\n"
    began = time.process_time()
    assert findings(text)
    assert time.process_time() - began < 0.5  # some 0.1 s where nothing else runs
