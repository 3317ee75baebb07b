"""How recorded processes behave."""

from __future__ import annotations

from pylsyncd.core.model import Exited, Killed
from pylsyncd.migrate.compare.conduct import Conduct, Verdict
from pylsyncd.migrate.steps import Exit, Hold, Kill, Release, Take


def test_a_process_ends_well_at_once() -> None:
    assert Conduct().begin(1, b"/usr/bin/rsync", 0.0) == Verdict(1, Exited(0))


def test_an_exit_code_waits_for_the_next_process() -> None:
    conduct = Conduct()

    assert conduct.order(Exit(23)) == ()
    assert conduct.begin(1, b"rsync", 0.0) == Verdict(1, Exited(23))
    assert conduct.begin(2, b"rsync", 0.0) == Verdict(2, Exited(0))


def test_an_exit_code_of_a_program_waits_for_that_program() -> None:
    conduct = Conduct()
    conduct.order(Exit(23, b"rsync"))

    assert conduct.begin(1, b"/usr/bin/ssh", 0.0) == Verdict(1, Exited(0))
    assert conduct.begin(2, b"/usr/bin/rsync", 0.0) == Verdict(2, Exited(23))


def test_what_is_held_runs_until_a_step_ends_the_oldest() -> None:
    conduct = Conduct()
    conduct.order(Hold())

    assert conduct.begin(1, b"cp", 0.0) is None
    assert conduct.begin(2, b"cp", 0.0) is None
    assert conduct.is_held(1)
    assert conduct.order(Kill(9)) == (Verdict(1, Killed(9)),)
    assert not conduct.is_held(1)
    assert conduct.is_held(2)


def test_a_release_ends_what_is_held_and_holds_no_more() -> None:
    conduct = Conduct()
    conduct.order(Hold(b"cp"))
    conduct.begin(1, b"cp", 0.0)

    assert conduct.begin(2, b"rm", 0.0) == Verdict(2, Exited(0))
    assert conduct.order(Release(b"cp")) == [Verdict(1, Exited(0))]
    assert conduct.begin(3, b"cp", 0.0) == Verdict(3, Exited(0))


def test_a_release_of_all_forgets_what_was_held_by_name() -> None:
    conduct = Conduct()
    conduct.order(Hold(b"cp"))
    conduct.order(Release())

    assert conduct.begin(1, b"cp", 0.0) == Verdict(1, Exited(0))


def test_a_process_takes_its_time() -> None:
    conduct = Conduct()
    conduct.order(Take(3.0, b"rsync"))

    assert conduct.begin(1, b"rsync", 10.0) is None
    assert not conduct.is_held(1)
    assert conduct.due(12.9) == []
    assert conduct.due(13.0) == [Verdict(1, Exited(0))]


def test_what_has_gone_by_itself_is_forgotten() -> None:
    conduct = Conduct()
    conduct.order(Hold())
    conduct.begin(1, b"cp", 0.0)
    conduct.gone(1)

    assert conduct.order(Release()) == []
