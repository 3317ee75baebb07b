"""Without what a row is about, its test fails; and no row is without such a proof."""

from __future__ import annotations

import inspect

import pytest

from promises import test_losing_changes, test_watching
from promises.undoing import UNDONE, Undone

ROWS = [
    test
    for module in (test_losing_changes, test_watching)
    for name, test in inspect.getmembers(module, inspect.isfunction)
    if name.startswith("test_")
]


@pytest.mark.parametrize("undone", UNDONE, ids=lambda undone: undone.name)
def test_the_test_fails_without(
    undone: Undone, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    names = inspect.signature(undone.test).parameters.keys() - undone.values.keys()
    fixtures = {name: request.getfixturevalue(name) for name in names}
    undone.patch(monkeypatch)
    with pytest.raises((AssertionError, BrokenPipeError, KeyError)):
        undone.test(**fixtures, **undone.values)


@pytest.mark.parametrize("test", ROWS, ids=lambda test: test.__name__)
def test_each_row_has_a_proof(test: object) -> None:
    assert any(undone.test is test for undone in UNDONE)
