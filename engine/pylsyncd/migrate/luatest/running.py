"""Finds test files and runs them one after the other, each in its own directory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from attrs import frozen

from pylsyncd.migrate.luatest.results import Case, Outcome, Verdict
from pylsyncd.migrate.luatest.suite import LoadError, Suite

SUFFIX: Final = b"_test.lua"


class NoFileError(Exception):
    """There is no such file, or no test file in that directory; the text is one line."""


@frozen
class Run:
    """What is to be run, and how."""

    files: Sequence[bytes]
    start: float
    """What the clock on the wall shows when a test begins, in seconds since 1970."""
    clock: Callable[[], float]
    """Real seconds."""
    wants: Callable[[str], bool] = lambda _title: True
    """Whether a test of that title is to be run."""

    def cases(self) -> Iterator[Case | Outcome]:
        """All tests, without running them; what cannot be loaded is an outcome."""
        for file in self.files:
            with in_directory_of(file):
                _, found = self._load(file)
            yield from (one for one in found if isinstance(one, Outcome) or self.wants(one.title))

    def outcomes(self) -> Iterator[Outcome]:
        """Run all tests, in order."""
        for file in self.files:
            with in_directory_of(file):
                suite, found = self._load(file)
                for one in found:
                    if isinstance(one, Outcome):
                        yield one
                    elif self.wants(one.title):
                        yield suite.run(one)

    def _load(self, file: bytes) -> tuple[Suite, Sequence[Case | Outcome]]:
        suite = Suite(file, self.start, self.clock)
        try:
            return suite, suite.load()
        except LoadError as error:
            case = Case(file, 0, "can be loaded", 0)
            return suite, (Outcome(case, Verdict.FAILED, error.message, error.traceback),)


def find(paths: Sequence[bytes]) -> tuple[bytes, ...]:
    """The files that are named, and all test files below directories, by name. Raises NoFileError."""
    return tuple(file for path in paths for file in _files_of(path))


def _files_of(path: bytes) -> list[bytes]:
    if not os.path.isdir(path):
        if not os.path.exists(path):
            message = f"there is no file {os.fsdecode(path)}"
            raise NoFileError(message)
        return [path]
    found = sorted(
        os.path.join(directory, name)
        for directory, _, names in os.walk(path)
        for name in names
        if name.endswith(SUFFIX)
    )
    if not found:
        message = f"there is no file *{os.fsdecode(SUFFIX)} below {os.fsdecode(path)}"
        raise NoFileError(message)
    return found


@contextmanager
def in_directory_of(file: bytes) -> Iterator[None]:
    """What a test names is relative to its file."""
    before = os.open(b".", os.O_PATH | os.O_CLOEXEC)
    try:
        os.chdir(os.path.dirname(os.path.abspath(file)))
        yield
    finally:
        os.fchdir(before)
        os.close(before)
