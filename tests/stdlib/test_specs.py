"""Runs every `*_spec.lua` beside this file, each example in a Lua state of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from stdlib.lua import load_spec

SPECS = sorted(Path(__file__).parent.glob("*_spec.lua"))


def examples() -> list[tuple[Path, int, str]]:
    return [
        (spec, number, title)
        for spec in SPECS
        for number, title in enumerate(load_spec(spec).titles(), start=1)
    ]


@pytest.mark.parametrize(
    ("spec", "number"),
    [pytest.param(spec, number, id=f"{spec.stem}: {title}") for spec, number, title in examples()],
)
def test_the_library_does_as_its_spec_says(spec: Path, number: int) -> None:
    trouble = load_spec(spec).run(number)
    assert trouble is None, trouble
