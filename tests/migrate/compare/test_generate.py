"""Steps made up from a seed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.migrate import steps as s
from pylsyncd.migrate.compare.generate import examples_of, generate

SEEDS = st.integers(0, 10**6)


def play(steps: Sequence[s.Step]) -> None:
    """Make each step in a world of two sets; a step that cannot be made fails."""
    directories, files = {b"/", b"/srv/"}, set[bytes]()
    for step in steps:
        match step:
            case s.Have(path):
                parts = path.strip(b"/").split(b"/")
                directories |= {b"/" + b"/".join(parts[:i]) + b"/" for i in range(1, len(parts))}
                (directories if path.endswith(b"/") else files).add(path)
            case s.Create(path):
                assert os.path.join(os.path.dirname(path.rstrip(b"/")), b"") in directories
                assert not {path.rstrip(b"/"), path.rstrip(b"/") + b"/"} & (directories | files)
                (directories if path.endswith(b"/") else files).add(path)
            case s.Write(path) | s.Touch(path):
                assert path in files
            case s.Delete(path):
                assert path in files | directories
                gone = {one for one in files | directories if path.endswith(b"/") and one.startswith(path)}
                directories, files = directories - gone, files - gone - {path}
            case s.Move(old, new):
                assert old in files | directories
                assert old.endswith(b"/") == new.endswith(b"/")
                assert os.path.join(os.path.dirname(new.rstrip(b"/")), b"") in directories
                assert not {new.rstrip(b"/"), new.rstrip(b"/") + b"/"} & (directories | files)
                inner = {one for one in files | directories if old.endswith(b"/") and one.startswith(old)}
                there = {one: new + one[len(old) :] for one in inner | {old}}
                directories = {there.get(one, one) for one in directories}
                files = {there.get(one, one) for one in files}
            case s.Start() | s.Wait():
                pass
            case _:
                raise AssertionError(step)


@given(SEEDS, st.integers(0, 60))
def test_every_step_is_possible_in_the_tree_that_those_before_it_leave(seed: int, length: int) -> None:
    play(generate(seed, [b"/srv/a", b"/srv/b"], length))


@given(SEEDS, st.integers(0, 60))
def test_there_are_as_many_as_were_asked_for(seed: int, length: int) -> None:
    made = generate(seed, [b"/srv/a"], length)

    assert sum(not isinstance(one, s.Have | s.Start | s.Wait) for one in made) == length


@given(SEEDS)
def test_the_same_seed_makes_the_same_steps(seed: int) -> None:
    assert generate(seed, [b"/srv/a"], 20, [b"*.tmp"]) == generate(seed, [b"/srv/a"], 20, [b"*.tmp"])


@given(SEEDS)
def test_they_can_be_written_down_and_read_back(seed: int) -> None:
    made = generate(seed, [b"/srv/a"], 20)

    assert [one.step for one in s.parse(s.show_all(made), "f")] == made


@given(SEEDS)
def test_nothing_is_touched_below_a_directory_that_its_group_has_changed(seed: int) -> None:
    changed: list[bytes] = []
    for step in generate(seed, [b"/srv/a"], 40):
        if isinstance(step, s.Wait):
            changed = []
        paths = [getattr(step, name) for name in ("path", "path2") if hasattr(step, name)]
        assert not [path for path in paths for one in changed if path.startswith(one)]
        if not isinstance(step, s.Have):
            changed += [path for path in paths if path.endswith(b"/")]


def test_names_that_the_excludes_speak_of_come_up() -> None:
    made = s.show_all(generate(1, [b"/srv/a"], 60, [b"*.tmp", b"/cache/"]))

    assert "x.tmp" in made
    assert "cache" in made


def test_a_rule_gives_a_name_that_it_matches() -> None:
    assert examples_of([b"*.o", b"/cache/", b"+ /a/**", b"- ?z", b"..", b""]) == [
        b"a/xx",
        b"cache",
        b"x.o",
        b"yz",
    ]


def test_a_config_without_sources_has_no_steps() -> None:
    assert generate(1, [], 10) == [s.Start()]


def test_real_trees_become_what_is_there_before_the_start(tmp_path: Path) -> None:
    from pylsyncd.migrate.compare.world import tree_as_steps  # noqa: PLC0415 - the only one that needs it

    (tmp_path / "d" / "empty").mkdir(parents=True)
    (tmp_path / "d" / "file").write_text("12345")
    (tmp_path / "link").symlink_to("d")

    assert tree_as_steps(bytes(tmp_path), b"/srv/data") == [
        s.Have(b"/srv/data/d/"),
        s.Have(b"/srv/data/d/empty/"),
        s.Have(b"/srv/data/d/file", 5),
    ]
