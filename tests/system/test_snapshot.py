"""What a look at a tree tells: the records that inotify would have written."""

from __future__ import annotations

import stat

import pytest
from attrs import define, field

from pylsyncd.core import masks
from pylsyncd.core.model import Record
from pylsyncd.system.watch.snapshot import Comparison, Folder, Folders, Seen, Sight

NAMES = {
    masks.CREATE: "CREATE",
    masks.DELETE: "DELETE",
    masks.MODIFY: "MODIFY",
    masks.CLOSE_WRITE: "CLOSE_WRITE",
    masks.ATTRIB: "ATTRIB",
    masks.MOVED_FROM: "MOVED_FROM",
    masks.MOVED_TO: "MOVED_TO",
    masks.DELETE_SELF: "DELETE_SELF",
    masks.UNMOUNT: "UNMOUNT",
    masks.IGNORED: "IGNORED",
}


def file(inode: int, **other: object) -> Seen:
    values = {
        "kind": stat.S_IFREG,
        "device": 1,
        "size": 1,
        "mtime": 10,
        "ctime": 10,
        "permissions": (0o100644, 0, 0),
        "links": 1,
        "is_fresh": False,
    }
    return Seen(inode=inode, **{**values, **other})  # type: ignore[arg-type]  # one default for all tests


def directory(inode: int, **other: object) -> Seen:
    return file(inode, **{"kind": stat.S_IFDIR, "size": 0, "permissions": (0o40755, 0, 0), **other})


@define
class Tree:
    """Directories by path, each with its inode (and device) and entries; looked at when told to."""

    directories: dict[bytes, tuple[int, dict[bytes, Seen]]]
    comparison: Comparison = field(factory=lambda: Comparison(Folders(), masks.CLOSE_WRITE))
    device: dict[bytes, int] = field(factory=dict)
    mtime: dict[bytes, int] = field(factory=dict)
    since: float = 0.0

    def __attrs_post_init__(self) -> None:
        for number, path in enumerate(self.directories, start=1):
            self.comparison.folders.put(number, self.folder(path))

    def folder(self, path: bytes) -> Folder:
        inode, entries = self.directories[path]
        device, mtime = self.device.get(path, 1), self.mtime.get(path, 0)
        return Folder(path, device, inode, dict(entries), mtime, self.since)

    def look(self, *torn: bytes) -> list[str]:
        """Look at all directories, but for those that are not reached in this look."""
        sights = []
        for wd, folder in tuple(self.comparison.folders.by_wd.items()):
            after = self.folder(folder.path) if folder.path in self.directories else None
            if after != folder and folder.path not in torn:
                sights.append(Sight(wd, folder, after))
        return [shown(record) for record in self.comparison.take(sights, 0.0, 0.0)]


def shown(record: Record) -> str:
    if record.mask == masks.RESTLESS and not record.name:
        return f"{record.wd} RESTLESS"
    bits = NAMES[record.mask & ~masks.ISDIR]
    name = record.name.decode() + "/" * bool(record.mask & masks.ISDIR)
    return f"{record.wd} {bits} {name}".rstrip()


def flat(**entries: Seen) -> Tree:
    """One directory."""
    return Tree({b"/s/": (2, {name.encode(): seen for name, seen in entries.items()})})


def change(tree: Tree, path: bytes = b"/s/", **entries: Seen | None) -> None:
    held = tree.directories[path][1]
    for name, seen in entries.items():
        if seen is None:
            del held[name.encode()]
        else:
            held[name.encode()] = seen


def test_what_has_not_changed_is_not_told() -> None:
    assert flat(a=file(5), d=directory(6)).look() == []


def test_a_new_file_is_created_and_closed() -> None:
    tree = flat()
    change(tree, a=file(5))
    assert tree.look() == ["1 CREATE a", "1 CLOSE_WRITE a"]
    assert tree.look() == []


def test_a_new_directory_link_or_pipe_is_created() -> None:
    tree = flat()
    change(tree, d=directory(5), ln=file(6, kind=stat.S_IFLNK), p=file(7, kind=stat.S_IFIFO))
    assert tree.look() == ["1 CREATE d/", "1 CREATE ln", "1 CREATE p"]


def test_the_inotify_mode_says_how_writes_are_told() -> None:
    tree = flat(a=file(5))
    tree.comparison.content = masks.CLOSE_WRITE | masks.MODIFY
    change(tree, a=file(5, size=2))
    assert tree.look() == ["1 MODIFY a", "1 CLOSE_WRITE a"]


@pytest.mark.parametrize(
    "after",
    [file(5, size=2), file(5, mtime=11), file(6), file(5, ctime=11)],
    ids=["size", "time", "replaced", "time set back"],
)
def test_a_file_that_may_have_other_content_was_written(after: Seen) -> None:
    tree = flat(a=file(5))
    change(tree, a=after)
    assert tree.look() == ["1 CLOSE_WRITE a"]


@pytest.mark.parametrize(
    "after",
    [
        file(5, ctime=11, permissions=(0o100600, 0, 0)),
        file(5, ctime=11, permissions=(0o100644, 7, 0)),
        file(5, ctime=11, links=2),
    ],
    ids=["mode", "owner", "links"],
)
def test_a_file_with_other_attributes_only_is_told_as_such(after: Seen) -> None:
    tree = flat(a=file(5))
    change(tree, a=after)
    assert tree.look() == ["1 ATTRIB a"]


def test_a_directory_whose_entries_came_and_went_has_not_changed_itself() -> None:
    tree = flat(d=directory(5))
    change(tree, d=directory(5, mtime=11, ctime=11))
    assert tree.look() == []
    change(tree, d=directory(5, mtime=11, ctime=12))
    assert tree.look() == ["1 ATTRIB d/"]
    change(tree, d=directory(5, mtime=11, ctime=12, permissions=(0o40700, 0, 0)))
    assert tree.look() == ["1 ATTRIB d/"]


def test_what_a_directory_holds_that_may_have_been_away_is_told_again() -> None:
    """Who looked for it then has not found it; a rename, there and back, sets its time and that above."""
    tree = nested()
    tree.mtime[b"/s/"] = 12
    change(tree, d=directory(3, ctime=12))
    assert tree.look() == ["1 RESTLESS", "1 ATTRIB d/"]
    assert tree.look() == ["2 ATTRIB e/", "2 CREATE g", "2 CLOSE_WRITE g", "3 CREATE h", "3 CLOSE_WRITE h"]
    assert tree.look() == []


def test_what_was_fresh_is_told_again_once_it_is_not() -> None:
    tree = flat(a=file(5, is_fresh=True))
    assert tree.look() == []
    change(tree, a=file(5))
    assert tree.look() == ["1 CLOSE_WRITE a"]
    change(tree, a=file(5, is_fresh=True))
    assert tree.look() == [], "a clock that was set back is no news"


def test_what_has_gone_is_deleted() -> None:
    tree = flat(a=file(5), d=directory(6))
    change(tree, a=None, d=None)
    assert tree.look() == ["1 DELETE a", "1 DELETE d/"]


def test_something_of_another_kind_is_deleted_and_created() -> None:
    tree = flat(a=file(5), d=directory(6))
    change(tree, a=directory(7), d=file(8, kind=stat.S_IFLNK))
    assert tree.look() == ["1 DELETE a", "1 DELETE d/", "1 CREATE a/", "1 CREATE d"]


def test_a_renamed_file_has_moved() -> None:
    tree = flat(a=file(5))
    change(tree, a=None, b=file(5, ctime=11))
    records = tree.look()
    assert records == ["1 MOVED_FROM a", "1 MOVED_TO b", "1 CLOSE_WRITE b"]


def test_a_number_that_is_used_again_is_no_move() -> None:
    tree = flat(a=file(5))
    change(tree, a=None, b=file(5, mtime=99))
    assert tree.look() == ["1 DELETE a", "1 CREATE b", "1 CLOSE_WRITE b"]


def test_of_two_names_of_one_file_nobody_knows_which_has_moved() -> None:
    tree = flat(a=file(5, links=2), b=file(5, links=2))
    change(tree, a=None, b=None, c=file(5, links=2), d=file(5, links=2))
    told = tree.look()
    assert told[:2] == ["1 DELETE a", "1 DELETE b"]
    assert "1 CREATE c" in told
    assert "1 CREATE d" in told


def test_swapped_files_have_both_been_written() -> None:
    tree = flat(a=file(5), b=file(6))
    change(tree, a=file(6), b=file(5))
    assert tree.look() == ["1 CLOSE_WRITE a", "1 CLOSE_WRITE b"]


def nested() -> Tree:
    return Tree(
        {
            b"/s/": (2, {b"d": directory(3), b"f": file(9)}),
            b"/s/d/": (3, {b"e": directory(4), b"g": file(8)}),
            b"/s/d/e/": (4, {b"h": file(7)}),
        }
    )


def move(tree: Tree, origin: bytes, place: bytes) -> None:
    for path in [path for path in tree.directories if path.startswith(origin)]:
        tree.directories[place + path[len(origin) :]] = tree.directories.pop(path)


def test_a_renamed_directory_takes_what_is_watched_in_it_along() -> None:
    tree = nested()
    move(tree, b"/s/d/", b"/s/x/")
    change(tree, d=None, x=directory(3, ctime=11))
    assert tree.look() == ["1 MOVED_FROM d/", "1 MOVED_TO x/", "1 ATTRIB x/"]
    assert tree.comparison.has_moved, "the next look comes at once"
    change(tree, b"/s/x/e/", h=None)
    assert tree.look() == ["3 DELETE h", "2 ATTRIB e/", "2 CREATE g", "2 CLOSE_WRITE g"]
    assert not tree.comparison.has_moved
    assert tree.look() == []


def test_a_removed_directory_ends_the_watches_in_it_first() -> None:
    tree = nested()
    del tree.directories[b"/s/d/"], tree.directories[b"/s/d/e/"]
    change(tree, d=None)
    assert tree.look() == ["3 IGNORED", "2 IGNORED", "1 DELETE d/"]


def test_what_is_seen_in_a_directory_that_has_left_its_place_is_of_another_time() -> None:
    tree = nested()
    change(tree, d=None)
    change(tree, b"/s/d/", g=None)
    assert tree.look() == ["3 IGNORED", "2 IGNORED", "1 DELETE d/"]


def test_what_was_moved_out_of_a_removed_directory_is_created() -> None:
    tree = nested()
    del tree.directories[b"/s/d/"], tree.directories[b"/s/d/e/"]
    change(tree, d=None, h=file(7))
    assert tree.look()[-3:] == ["1 DELETE d/", "1 CREATE h", "1 CLOSE_WRITE h"]


def test_a_directory_in_the_place_of_another_one_is_compared_by_what_it_holds() -> None:
    tree = nested()
    tree.directories[b"/s/d/"] = (33, {b"e": directory(44), b"new": file(55)})
    tree.directories[b"/s/d/e/"] = (44, {})
    change(tree, d=directory(33))
    assert tree.look() == ["2 DELETE g", "3 DELETE h", "2 CREATE new", "2 CLOSE_WRITE new"]


def test_a_source_that_has_gone_ends_with_all_that_is_watched_in_it() -> None:
    tree = nested()
    tree.directories.clear()
    assert tree.look() == ["3 IGNORED", "2 IGNORED", "1 DELETE_SELF", "1 IGNORED"]
    assert tree.comparison.folders == Folders()


def test_another_directory_in_the_place_of_a_source_is_not_the_source() -> None:
    tree = flat(a=file(5))
    tree.directories[b"/s/"] = (99, {})
    assert tree.look() == ["1 DELETE_SELF", "1 IGNORED"]


def test_a_directory_that_cannot_be_found_is_told_of_by_the_one_above() -> None:
    tree = nested()
    del tree.directories[b"/s/d/"], tree.directories[b"/s/d/e/"]
    assert tree.look() == []


def test_what_is_unmounted_is_not_deleted() -> None:
    tree = nested()
    tree.device[b"/s/d/"] = 7
    tree.comparison.folders.put(2, tree.folder(b"/s/d/"))
    tree.comparison.folders.put(1, Folder(b"/s/", 1, 2, {b"d": directory(3, device=7), b"f": file(9)}))
    tree.device.clear()
    tree.directories[b"/s/d/"] = (3, {})
    del tree.directories[b"/s/d/e/"]
    assert tree.look() == ["3 IGNORED", "2 UNMOUNT", "2 IGNORED"]
    assert tree.look() == []


def test_what_is_mounted_is_looked_into() -> None:
    tree = nested()
    tree.device[b"/s/d/"] = 7
    change(tree, d=directory(3, device=7))
    assert tree.look() == ["3 IGNORED", "2 UNMOUNT", "2 IGNORED", "1 CREATE d/"]


def test_a_mount_that_only_the_directory_itself_shows_waits_for_the_one_above() -> None:
    tree = nested()
    tree.device[b"/s/d/"] = 7
    assert tree.look() == []


def test_what_somebody_else_has_listed_meanwhile_is_told_even_if_it_has_gone_again() -> None:
    tree = flat(a=file(5))
    change(tree, b=file(6), d=directory(7))
    listed = tree.folder(b"/s/")
    assert tree.comparison.folders.meet(listed) == 1
    assert tree.comparison.folders.meet(listed) == 1
    change(tree, b=None)
    assert tree.look() == ["1 DELETE b", "1 CREATE d/"]


def test_a_directory_that_nobody_knows_is_met_for_the_first_time() -> None:
    assert Folders().meet(Folder(b"/s/", 1, 2, {})) is None


def test_a_sight_of_a_directory_that_has_been_met_meanwhile_is_left_to_the_next_look() -> None:
    tree = flat()
    before = tree.folder(b"/s/")
    change(tree, a=file(5))
    tree.comparison.folders.meet(tree.folder(b"/s/"))
    assert tree.comparison.take([Sight(1, before, tree.folder(b"/s/"))], 0.0, 0.0) == ()


def restless(tree: Tree, now: float, since: float) -> list[float]:
    """For how many seconds names may have come and gone unseen."""
    before = tree.comparison.folders.by_wd[1]
    records = tree.comparison.take([Sight(1, before, tree.folder(b"/s/"))], now, since)
    return [record.cookie / 1000 for record in records if record.mask == masks.RESTLESS]


def test_a_directory_with_another_time_may_have_held_what_nobody_saw() -> None:
    tree = flat()
    tree.mtime[b"/s/"] = 5
    assert restless(tree, now=20.0, since=7.5) == [12.5]
    assert restless(tree, now=30.0, since=20.0) == []


def test_what_came_before_a_directory_was_first_listed_is_known() -> None:
    tree = Tree({b"/s/": (2, {})}, since=15.0)
    tree.mtime[b"/s/"] = 5
    assert restless(tree, now=20.0, since=7.5) == [5.0]


def test_a_directory_that_could_not_be_watched_is_new_if_it_is_there_at_the_next_look() -> None:
    tree = flat(d=directory(5), gone=directory(6))
    for path in (b"/s/d/", b"/s/gone/", b"/s/unknown/", b"/elsewhere/d/"):
        tree.comparison.folders.miss(path)
    change(tree, gone=None)
    assert tree.look() == ["1 DELETE gone/", "1 CREATE d/"]


def test_no_two_moves_look_like_the_halves_of_a_swap() -> None:
    tree = flat(a=directory(5))
    cookies = []
    for origin, place in (("a", "b"), ("b", "a")):
        names: dict[str, Seen | None] = {origin: None, place: directory(5)}
        change(tree, b"/s/", **names)
        sight = Sight(1, tree.comparison.folders.by_wd[1], tree.folder(b"/s/"))
        cookies.append(tree.comparison.take([sight], 0.0, 0.0)[0].cookie)
    assert cookies[1] - cookies[0] > 16, "what core.watchbook allows between two halves"
