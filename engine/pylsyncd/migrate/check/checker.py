"""Checks one configuration: loads it on trial, reads its files, looks at the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Final

from attrs import evolve, frozen

from pylsyncd.migrate.check import rules
from pylsyncd.migrate.check.environment import Environment
from pylsyncd.migrate.check.extents import extents
from pylsyncd.migrate.check.merging import merged
from pylsyncd.migrate.check.outcome import outcome_findings
from pylsyncd.migrate.check.reading import Read
from pylsyncd.migrate.check.surroundings import surroundings_findings
from pylsyncd.migrate.check.targets import target_findings
from pylsyncd.migrate.check.trial import Terms, Trial, try_out
from pylsyncd.migrate.findings import Finding, Severity
from pylsyncd.script.place import Place

_INSTALLED: Final = (b"/usr/share/", b"/usr/local/share/", b"/usr/lib/", b"/usr/local/lib/")
"""Modules from there are somebody else's to mend."""


@frozen
class Text:
    """A file of a configuration, named as the findings name it."""

    file: bytes
    content: bytes
    globals: frozenset[str]
    """All that the configuration had defined when it was loaded."""


@frozen
class Checked:
    """What was found about one configuration."""

    config: bytes
    """As it was named."""
    findings: tuple[Finding, ...]
    texts: tuple[Text, ...]
    """The files that were read."""

    @property
    def starts(self) -> bool:
        """Whether pylsyncd would start with it."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


@frozen
class Checker:
    """How configurations are checked."""

    read: Read
    environment: Environment | None
    """None: nothing that depends on this machine."""
    terms: Terms

    def check(self, config: bytes) -> Checked:
        """Check one. Raises OSError if the working directory is of no use."""
        path, here = os.path.abspath(config), os.getcwdb()
        trial = try_out(path, self.terms)
        texts = _texts([path, *self.terms.scripts, *trial.survey.files])
        lengths = {file: extents(text) for file, text in texts.items()}
        findings = merged(
            [one for file, text in texts.items() for one in self.read(file, text, trial.survey.globals)],
            self._shown(trial, path),
            lambda file, line: lengths.get(file, {}).get(line, line),
        )
        name = _namer(config, path, here)
        renamed = tuple(evolve(finding, file=name(finding.file)) for finding in findings)
        read = tuple(Text(name(file), text, trial.survey.globals) for file, text in texts.items())
        return Checked(config, renamed, read)

    def _shown(self, trial: Trial, path: bytes) -> Iterator[Finding]:
        yield from outcome_findings(trial, path, self.terms)
        yield from target_findings(trial.survey, path)
        if self.environment is not None:
            yield from surroundings_findings(trial.survey, self.environment, path)


def unusable_directory(config: bytes, error: OSError) -> Checked:
    """What is said where relative paths mean nothing."""
    message = f"the working directory cannot be used: {error.strerror}"
    remedy = "go to another directory first"
    return Checked(config, (rules.UNREADABLE_CONFIG.at(Place(config, 1), message, remedy),), ())


def _texts(files: list[bytes]) -> dict[bytes, bytes]:
    """The files' texts; what cannot be read again, such as a pipe, is left out."""
    texts = {}
    for file in dict.fromkeys(map(os.path.abspath, files)):
        if os.path.isfile(file) and not file.startswith(_INSTALLED):
            try:
                with open(file, "rb") as opened:
                    texts[file] = opened.read()
            except OSError:  # the load says why
                continue
    return texts


def _namer(config: bytes, path: bytes, here: bytes) -> Callable[[bytes], bytes]:
    """Name files as they were named on the command line, or at least in the same way."""
    start = os.path.join(here, b"")

    def name(file: bytes) -> bytes:
        absolute = os.path.abspath(file)
        if absolute == path:
            return config
        is_relative = not config.startswith(b"/") and absolute.startswith(start)
        return absolute.removeprefix(start) if is_relative else absolute

    return name
