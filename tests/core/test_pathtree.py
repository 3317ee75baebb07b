"""The tree of path components."""

from __future__ import annotations

import pytest

from pylsyncd.core import pathtree
from pylsyncd.core.pathtree import Node, PathTree, walk


def test_a_path_leads_to_its_node_and_back() -> None:
    tree = PathTree()
    node = tree.make(b"/a/b/")

    assert tree.find(b"/a/b/") is node
    assert tree.find(b"/a/b") is node
    assert tree.find(b"/a/c/") is None
    assert tree.find(b"/x/b/") is None
    assert tree.path(node) == b"/a/b/"


def test_the_top_is_the_root_directory() -> None:
    tree = PathTree()

    assert tree.find(b"/") is tree.top
    assert tree.path(tree.top) == b"/"
    tree.detach(tree.top)
    tree.prune(tree.top)
    assert tree.find(b"/") is tree.top


def test_a_moved_subtree_is_found_at_its_new_place_only() -> None:
    tree = PathTree()
    inner = tree.make(b"/a/b/c/")
    other = tree.make(b"/x/")
    assert tree.path(inner) == b"/a/b/c/"
    moved = tree.make(b"/a/b/")
    tree.detach(moved)
    tree.attach(moved, other, b"y")

    assert tree.path(inner) == b"/x/y/c/"
    assert tree.find(b"/x/y/c/") is inner
    assert tree.find(b"/a/b/") is None


def test_pruning_takes_away_all_that_says_nothing() -> None:
    tree = PathTree()
    leaf = tree.make(b"/a/b/c/d/")
    watched = tree.make(b"/a/")
    watched.wd = 1
    claimed = tree.make(b"/a/b/x/")
    tree.prune(leaf, {claimed})

    assert [tree.path(node) for node in walk(tree.top)] == [b"/", b"/a/", b"/a/b/", b"/a/b/x/"]


def test_only_so_many_paths_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pathtree, "_MOST_PATHS", 3)
    tree = PathTree()
    nodes = [tree.make(b"/a/%d/" % number) for number in range(5)]

    assert [tree.path(node) for node in nodes] == [b"/a/%d/" % number for number in range(5)]
    assert len(tree._paths) <= 3


def test_a_node_lies_in_itself_and_in_all_above_it() -> None:
    tree = PathTree()
    node = tree.make(b"/a/b/")

    assert node.lies_in(node)
    assert node.lies_in(tree.make(b"/a/"))
    assert not node.lies_in(tree.make(b"/b/"))
    assert not tree.top.lies_in(node)


def test_depth_is_no_limit() -> None:
    tree = PathTree()
    path = b"/d" * 5000 + b"/"
    node = tree.make(path)

    assert tree.path(node) == path
    assert len(list(walk(tree.top))) == 5001
    tree.prune(node)
    assert not tree.top.children
    assert repr(Node(b"x", node)) == "Node(name=b'x', wd=None)"
