"""Where a rule stands: the literal, the line of a file, or the `sync{}` that got it from Lua."""

from __future__ import annotations

import pytest

from pylsyncd.migrate.explanation.places import Library, Origin, origin_of
from pylsyncd.migrate.explanation.rules import Rule, RuleKind
from pylsyncd.script.place import Place
from pylsyncd.script.traits import Judge, Kind, Traits

CONFIG = b"/etc/lsyncd.conf.lua"


def origin(config: str, rule: str, *, line: int = 1, listed: bool = True, file: str | None = None) -> Origin:
    """Of an exclude, or of a filter if it begins with a sign."""
    is_filter = rule[:2] in {"+ ", "- "}
    text = rule.encode("latin-1")
    texts = (text,) if listed else ()
    traits = Traits(
        kind=Kind.RSYNC,
        judge=Judge.DEFAULT,
        source_given=b"/srv/data",
        place=Place(CONFIG, line),
        listed_excludes=() if is_filter else texts,
        listed_filters=texts if is_filter else (),
        exclude_file=None if file is None else b"/etc/excludes",
        filter_file=None if file is None else b"/etc/filters",
    )
    contents = {CONFIG: config.encode()} | dict.fromkeys(
        (b"/etc/excludes", b"/etc/filters"), (file or "").encode()
    )
    kind = RuleKind.FILTER if is_filter else RuleKind.EXCLUDE
    return origin_of(Rule(kind, text), traits, Library(contents.get))


@pytest.mark.parametrize(
    ("config", "rule", "line", "column"),
    [
        ('sync { exclude = "*.o" }', "*.o", 1, 18),
        ('sync { exclude = { "a", "*.o" } }', "*.o", 1, 25),
        ('sync{{ exclude = { "*.o" } }}', "*.o", 1, 20),
        ('sync { ["exclude"] = { [[*.o]] } }', "*.o", 1, 24),
        ("sync { exclude = '\\255' }", "\xff", 1, 18),
        ('sync { filter = { "+ a", "- b" } }', "- b", 1, 26),
        ('sync { -- "*.o"\n name = "*.o",\n exclude = { "*.o", "*.o" } }', "*.o", 3, 14),
    ],
)
def test_a_literal_in_the_sync_is_found(config: str, rule: str, line: int, column: int) -> None:
    assert origin(config, rule) == Origin(Place(CONFIG, line, column))


def test_a_literal_behind_names_is_found() -> None:
    config = 'local all = { "*.o" }\nbase = { exclude = all }\nlocal mine = base\nsync { mine, delay = 1 }'
    assert origin(config, "*.o", line=4) == Origin(Place(CONFIG, 1, 15))


def test_the_literal_is_that_of_the_sync_which_goes_by_it() -> None:
    config = 'sync { exclude = "*.o" }\nsync { exclude = "*.o" }'
    assert origin(config, "*.o", line=2) == Origin(Place(CONFIG, 2, 18))


def test_what_a_sync_says_itself_comes_before_what_it_inherits() -> None:
    config = 'base = { exclude = "*.o" }\nsync { base, exclude = { "*.o" } }'
    assert origin(config, "*.o", line=2) == Origin(Place(CONFIG, 2, 26))


@pytest.mark.parametrize(
    "config", ['sync { exclude = "*." .. "o" }', "sync(read())", "sync { exclude = names() }", ""]
)
def test_what_lua_has_computed_is_laid_to_the_sync(config: str) -> None:
    assert origin(config, "*.o") == Origin(Place(CONFIG, 1), is_exact=False)


def test_tables_that_hold_each_other_are_no_circle() -> None:
    config = "a = { exclude = b, b }\nb = { a, b }\nsync { a, exclude = a }"
    assert origin(config, "*.o", line=3) == Origin(Place(CONFIG, 3), is_exact=False)


@pytest.mark.parametrize(
    ("config", "rule"),
    [
        ('sync {}\ninlet.addExclude("*.o")', "*.o"),
        ('sync {}\ninlet.addExclude "*.o"', "*.o"),
        ('sync {}\ninlet.appendFilter("-", "*.o")', "- *.o"),
        ('sync {}\ninlet.appendFilter("- *.o")', "- *.o"),
    ],
)
def test_a_rule_added_as_a_literal_is_found(config: str, rule: str) -> None:
    found = origin(config, rule, listed=False)
    assert found.is_exact
    assert found.place is not None
    assert found.place.line == 2


def test_a_rule_added_as_a_value_is_laid_to_the_sync() -> None:
    found = origin("sync {}\ninlet.addExclude(name)", "*.o", listed=False)
    assert found == Origin(Place(CONFIG, 1), is_exact=False)


@pytest.mark.parametrize(
    ("file", "rule", "line"),
    [
        ("# *.o\n\n*.o\n*.o", "*.o", 3),
        ("a\r\n  - *.o\r\n", "*.o", 2),
        ("+ a\n- *.o", "- *.o", 2),
    ],
)
def test_a_line_of_a_file_of_rules_is_found(file: str, rule: str, line: int) -> None:
    name = b"/etc/filters" if rule.startswith("- ") else b"/etc/excludes"
    assert origin("sync {}", rule, listed=False, file=file) == Origin(Place(name, line))


def test_the_config_is_asked_before_the_file() -> None:
    assert origin('sync { exclude = "*.o" }', "*.o", file="*.o").place == Place(CONFIG, 1, 18)


def test_a_rule_that_is_in_neither_is_laid_to_the_sync() -> None:
    found = origin("sync {}", "*.o", listed=False, file="*.c")
    assert found == Origin(Place(CONFIG, 1), is_exact=False)


def test_a_sync_of_no_file_has_no_place() -> None:
    traits = Traits(kind=Kind.RSYNC, judge=Judge.DEFAULT, source_given=b"/srv/data")
    found = origin_of(Rule(RuleKind.EXCLUDE, b"*.o"), traits, Library(lambda _: None))
    assert found == Origin(None, is_exact=False)
