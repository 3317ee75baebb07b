"""The other names of a file are found by one walk, and kept by what batches bring (spec 6.1, issue 404)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define, field

from pylsyncd.script.hard_links import Entry, HardLinks, Identity, RealTree


@define
class CountedTree(RealTree):
    """Counts how often the top is listed: once in each walk."""

    top: bytes
    walks: int = field(default=0, init=False)

    def entries(self, directory: bytes) -> Iterator[Entry]:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        self.walks += directory == self.top
        return super().entries(directory)


@define
class Place:
    source: Path
    links: HardLinks
    tree: CountedTree

    def make(self, *names: str) -> None:
        """One file of all these names."""
        for name in names:
            (self.source / name).parent.mkdir(parents=True, exist_ok=True)
        (self.source / names[0]).touch()
        for name in names[1:]:
            os.link(self.source / names[0], self.source / name)

    def others(self, *paths: str, excludes: tuple[bytes, ...] = ()) -> list[str]:
        found = self.links.others([os.fsencode("/" + path) for path in paths], excludes, ())
        return [os.fsdecode(path)[1:] for path in found]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "s").mkdir()
    return placed(tmp_path / "s")


def placed(source: Path, *, is_deep: bool = True) -> Place:
    top = os.fsencode(source) + b"/"
    tree = CountedTree(top)
    return Place(source, HardLinks(top, is_deep, tree), tree)


def test_with_hard_links_the_known_names_of_an_inode_go_with_it(place: Place) -> None:
    place.make("a", "d/b", "d/e/c")
    place.make("single")
    assert place.others("a", "single") == ["d/b", "d/e/c"]
    assert place.others("d/b") == ["a", "d/e/c"]
    assert place.tree.walks == 1


def test_nothing_is_looked_for_where_each_file_has_one_name(place: Place) -> None:
    place.make("a")
    (place.source / "d").mkdir()
    assert place.others("a", "d/", "gone") == []
    assert place.tree.walks == 0


def test_a_name_that_a_batch_has_brought_is_known(place: Place) -> None:
    place.make("a", "b")
    place.others("a")
    os.link(place.source / "a", place.source / "c")
    assert place.others("c") == ["a", "b"]
    assert place.others("a") == ["b", "c"]
    assert place.tree.walks == 1


def test_names_that_no_batch_has_brought_are_found_by_another_walk(place: Place) -> None:
    place.make("a", "d/b")
    place.others("a")
    (place.source / "d").rename(place.source / "moved")
    assert place.others("a") == ["moved/b"]
    assert place.tree.walks == 2


def test_a_name_of_another_file_is_none_any_more(place: Place) -> None:
    place.make("a", "b", "c")
    place.others("a")
    (place.source / "b").unlink()
    (place.source / "b").touch()
    assert place.others("a") == ["c"]
    assert place.tree.walks == 1


def test_names_outside_of_the_source_are_looked_for_once(place: Place) -> None:
    place.make("a", "b")
    os.link(place.source / "a", place.source.parent / "outside")
    for _ in range(3):
        assert place.others("a") == ["b"]
    assert place.tree.walks == 1


def test_excluded_names_stay_out_and_excluded_directories_are_not_looked_into(place: Place) -> None:
    place.make("a", "skip/b", "c.tmp", "d")
    assert place.others("a", excludes=(b"skip", b"*.tmp")) == ["d"]
    assert place.others("a", excludes=(b"skip", b"*.tmp")) == ["d"]
    assert place.tree.walks == 1


def test_a_rule_that_changes_counts_at_once(place: Place) -> None:
    place.make("a", "b", "c")
    assert place.others("a", excludes=(b"b",)) == ["c"]
    assert place.others("a") == ["b", "c"]
    assert place.others("a", excludes=(b"c",)) == ["b"]


def test_without_subdirectories_only_the_top_counts(tmp_path: Path) -> None:
    place = placed(tmp_path, is_deep=False)
    place.make("a", "b", "d/c")
    assert place.others("a") == ["b"]


def test_what_cannot_be_read_has_no_names(tmp_path: Path) -> None:
    tree = RealTree()
    assert list(tree.entries(os.fsencode(tmp_path / "gone"))) == []
    assert tree.identity(os.fsencode(tmp_path)) is None
    (tmp_path / "f").touch()
    [entry] = tree.entries(os.fsencode(tmp_path))
    assert entry == Entry(b"f", tree.identity(os.fsencode(tmp_path / "f")))
    assert isinstance(entry.identity, Identity)
