"""What is read in the text and what the trial shows, made one list."""

from __future__ import annotations

from attrs import evolve

from pylsyncd.migrate.check.extents import extents
from pylsyncd.migrate.check.merging import merged
from pylsyncd.migrate.findings import Finding, Severity

ERROR = Finding(
    b"c.lua", 2, Severity.ERROR, "unknown-key", 'Parameter "rsync.compres" unknown.', "Write it well."
)


def same_line(_file: bytes, line: int) -> int:
    return line


def until_five(_file: bytes, _line: int) -> int:
    return 5


def test_equal_findings_of_both_halves_appear_once_as_they_were_read() -> None:
    read = evolve(ERROR, column=7, message="read")
    assert merged([read], [ERROR], same_line) == (read,)


def test_equal_codes_on_different_lines_or_in_different_files_are_different() -> None:
    others = [evolve(ERROR, line=3, message="another"), evolve(ERROR, file=b"d.lua")]
    assert merged([ERROR], others, same_line) == (ERROR, *others)


def test_where_the_load_stops_at_an_error_that_was_read_only_that_is_shown() -> None:
    read = evolve(ERROR, code="misspelt-key")
    assert merged([read], [ERROR], same_line) == (read,)


def test_the_line_inside_the_call_stands_for_the_line_of_the_call() -> None:
    read = evolve(ERROR, line=4, code="misspelt-key", message="there is no compres in rsync")
    assert merged([read], [ERROR], until_five) == (read,)


def test_an_error_that_was_read_does_not_explain_that_a_source_is_not_there() -> None:
    read = evolve(ERROR, line=4)
    shown = evolve(ERROR, code="source-not-there", message="Cannot access source directory: /x")
    assert merged([read], [shown], until_five) == (shown, read)


def test_an_error_outside_the_call_is_another_one() -> None:
    read = evolve(ERROR, line=6, message="another name", code="wrong-value")
    assert merged([read], [ERROR], until_five) == (ERROR, read)


def test_an_error_in_a_table_that_several_syncs_inherit_from_is_shown_once() -> None:
    read = evolve(ERROR, line=1, message='the key "compres" is unknown')
    assert merged([read], [ERROR, evolve(ERROR, line=9)], same_line) == (read,)


def test_an_assignment_of_several_lines_fails_at_its_last_one() -> None:
    read = evolve(ERROR, line=1, code="settings-assigned", message="the old style")
    shown = evolve(ERROR, line=5, code="settings-assigned", message="Do not use settings = { ... }")
    assert merged([read], [shown], until_five) == (read,)
    assert merged([read], [evolve(shown, line=6)], until_five) == (read, evolve(shown, line=6))


def test_a_line_of_the_log_about_a_key_that_was_read_is_not_repeated() -> None:
    logged = evolve(
        ERROR, severity=Severity.WARNING, code="logged-warning", message="rsync._extra is no list"
    )
    read = evolve(logged, line=3, code="extra-text", message="rsync._extra has to be a list")
    assert merged([read], [logged], until_five) == (read,)
    assert len(merged([evolve(read, message="delete is a text")], [logged], until_five)) == 2


def test_what_the_load_has_proved_to_be_an_error_is_one_where_it_was_read() -> None:
    shown = evolve(ERROR, code="wrong-value", message="ssh._extra must be a list of arguments")
    read = evolve(shown, severity=Severity.WARNING, line=4, code="extra-text", message="ssh._extra is a text")
    assert merged([read], [shown], until_five) == (evolve(read, severity=Severity.ERROR),)


def test_a_sync_has_no_action_because_its_base_was_misspelt() -> None:
    shown = evolve(ERROR, severity=Severity.WARNING, code="no-action", message="has no action")
    read = evolve(shown, line=3, code="unknown-default", message="there is no default.rsnyc")
    assert merged([read], [shown], until_five) == (read,)


def test_the_same_code_inside_the_call_is_the_same() -> None:
    warning = evolve(ERROR, severity=Severity.WARNING, code="relative-target", message="a")
    read = evolve(warning, line=4, message="b")
    assert merged([read], [warning], until_five) == (read,)


def test_warnings_hide_no_error() -> None:
    read = evolve(ERROR, severity=Severity.WARNING, code="delete-never", message="no deletes")
    assert set(merged([read], [ERROR], same_line)) == {read, ERROR}


def test_findings_are_sorted_by_place_and_then_the_worst_first() -> None:
    note = evolve(ERROR, severity=Severity.NOTE, code="a-note")
    late = evolve(ERROR, line=9, code="late")
    column = evolve(ERROR, column=3, code="column")
    first = evolve(ERROR, line=1, message="another")
    assert merged([late, column, note, ERROR], [first], same_line) == (first, ERROR, note, column, late)


def test_calls_and_assignments_extend_to_their_last_brackets() -> None:
    text = b'f{\n  g(1,\n  2),\n}\nh "x"\nlocal a = { f{ 1,\n 2 },\n}\nreturn f{\n}\n'
    assert extents(text) == {1: 4, 2: 3, 5: 5, 6: 8, 9: 10}


def test_a_text_that_is_no_lua_has_extents_as_far_as_it_goes() -> None:
    assert extents(b"f{\n}\n= = =\n")[1] == 2
