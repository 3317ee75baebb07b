"""Steps on the files of a scratch directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pylsyncd.migrate import steps as s
from pylsyncd.migrate.compare.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(bytes(tmp_path / "scratch"))
    world.set_up(b"/home/u")
    world.lay_out((b"/srv/data", b"/srv/other"))
    return world


def play(world: World, text: str) -> Path:
    for one in s.parse(text, "f"):
        world.do(one, "f")
    return Path(os.fsdecode(world.root)) / "srv" / "data"


def test_paths_are_below_the_first_source_or_as_the_config_has_them(world: World) -> None:
    source = play(world, "have d/a 3\nhave /srv/other/b\nhave e/\n")

    assert (source / "d" / "a").stat().st_size == 3
    assert (source.parent / "other" / "b").exists()
    assert (source / "e").is_dir()


def test_each_step_does_what_it_says(world: World) -> None:
    source = play(
        world,
        "create d/\ncreate d/a 5\nwrite d/a 7\nlink l d/a\ncreate b\nmove b c\nmove d/ e/\n"
        "create f\ndelete f\n"
        "create g/\ncreate g/h\ncreate g/i/\ndelete g/\n",
    )

    assert sorted(path.name for path in source.iterdir()) == ["c", "e", "l"]
    assert (source / "e" / "a").stat().st_size == 7
    assert os.readlink(source / "l") == "d/a"


def test_a_file_is_written_anew_with_another_content(world: World) -> None:
    source = play(world, "create a\n")
    before = (source / "a").read_bytes()
    play(world, "write a\n")

    assert (source / "a").read_bytes() != before


def test_a_large_file_takes_no_room(world: World) -> None:
    source = play(world, "create a 10000000000\n")

    assert (source / "a").stat().st_size == 10_000_000_000
    assert (source / "a").stat().st_blocks * 512 < 10_000_000


def test_touching_changes_the_time(world: World) -> None:
    source = play(world, "create a\n")
    os.utime(source / "a", (0, 0))
    play(world, "touch a\n")

    assert (source / "a").stat().st_mtime > 0


def test_an_absolute_link_leads_to_the_scratch_directory(world: World) -> None:
    source = play(world, "link l /etc/passwd\n")

    assert os.readlink(source / "l") == f"{os.fsdecode(world.root)}/etc/passwd"


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("create ../a", "leads? out"),
        ("create /srv/../../a", "lead out"),
        ("link l ../../../../../etc", "lead out"),
        ("delete nothing", "No such file"),
        ("create d/a", "No such file"),
        ("move a b", "No such file"),
    ],
)
def test_a_step_that_cannot_be_done_is_refused_with_its_line(world: World, step: str, reason: str) -> None:
    with pytest.raises(s.StepsError, match=f"^f:2: .*{reason.replace('leads?', 'lead')}"):
        play(world, f"\n{step}\n")


def test_without_a_source_paths_have_to_be_absolute(tmp_path: Path) -> None:
    world = World(bytes(tmp_path))
    world.set_up(b"/")

    with pytest.raises(s.StepsError, match=r"f:1: .*no source"):
        play(world, "have a")


def test_a_step_that_concerns_no_file_is_somebody_elses(world: World) -> None:
    with pytest.raises(TypeError):
        world.do(s.Placed(1, s.Hold()), "f")
