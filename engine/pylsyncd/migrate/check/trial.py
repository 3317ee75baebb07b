"""Loads a configuration once, on trial: what it says, does and comes to is taken down."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define, evolve, field, frozen

from pylsyncd.loading import Loader
from pylsyncd.options import Options
from pylsyncd.script.callbacks import Script
from pylsyncd.script.errors import ConfigError
from pylsyncd.script.link import Ports
from pylsyncd.script.permission import Deed, DeedKind, Permission
from pylsyncd.script.place import Place
from pylsyncd.script.survey import Survey
from pylsyncd.system.clock import Clock

_HEARD = frozenset({"Warn", "Error"})


@frozen
class Said:
    """A line that was logged."""

    category: str
    message: bytes
    place: Place | None


@frozen
class Trial:
    """What came of one load."""

    survey: Survey
    refusal: ConfigError | None
    """Why it would not start."""
    has_ended: bool
    """It asked for the end itself."""
    said: tuple[Said, ...]
    deeds: tuple[Deed, ...]


@define(eq=False)
class _Listener:
    """Stands where the daemon would: takes the log, and is asked for permission."""

    may_run: bool
    said: list[Said] = field(factory=list)
    deeds: list[Deed] = field(factory=list)
    ports: Ports = field(init=False)
    script: Script = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.ports = Ports(Clock().monotonic, self.log, self.wants, permit=self.permit)
        self.script = Script(self.ports)

    def log(self, category: str, message: bytes) -> None:
        self.said.append(Said(category, message, self.script.position()))

    def wants(self, category: str) -> bool:
        return category in _HEARD

    def permit(self, deed: Deed) -> Permission:
        self.deeds.append(deed)
        if deed.kind is DeedKind.KILL:  # it might be the running daemon
            return Permission.PRETEND
        return Permission.RUN if self.may_run else Permission.REFUSE


@frozen
class Terms:
    """Under which a configuration is tried."""

    may_run: bool = True
    """Whether it may start programs and write files, as it does when the daemon loads it."""
    is_foreign: bool = False
    """It is for another machine, whose files are not here."""
    scripts: tuple[bytes, ...] = ()
    """Lua files to run before it."""


def try_out(config: bytes, terms: Terms) -> Trial:
    """Load a config in the working directory; what it prints goes to standard error.

    Where it is refused it is loaded once more, to find all that is refused in one go; but not where it
    would start programs or write files a second time. Raises OSError if the directory is of no use.
    """
    first = _load(config, terms, is_forgiving=False)
    if first.refusal is None or first.deeds:
        return first
    second = _load(config, terms, is_forgiving=True)
    return evolve(first, survey=second.survey, said=first.said + second.said)


def _load(config: bytes, terms: Terms, *, is_forgiving: bool) -> Trial:
    listener = _Listener(terms.may_run)
    loader = Loader(Options(config=config, scripts=terms.scripts), listener.ports, os.getcwdb())
    listener.script.begin_survey(is_foreign=terms.is_foreign, is_forgiving=is_forgiving)
    refusal, has_ended = None, False
    with _standard_output_kept(repeated=is_forgiving):
        try:
            loader.load_into(listener.script, insist=False)
        except ConfigError as error:
            refusal = error
        except SystemExit:
            has_ended = True
        survey = listener.script.survey()
    return Trial(survey, refusal, has_ended, tuple(listener.said), tuple(listener.deeds))


@contextmanager
def _standard_output_kept(*, repeated: bool) -> Iterator[None]:
    """Lead what a config and its programs print elsewhere: standard output is for the report."""
    before, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere if repeated else 2, 1)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(before, 1)
        os.close(before)
