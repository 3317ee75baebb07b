"""TERM, INT and HUP are told on; everything else is as daemon(7) asks (spec 1.3, 6.1)."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pylsyncd.core.model import Exited
from pylsyncd.system.signals import HANDLED, Signals
from system.children import PATIENCE, Children, new_loop


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with new_loop() as loop:
        yield loop


@pytest.fixture(autouse=True)
def as_found() -> Iterator[None]:
    """Fail a test that leaves a signal otherwise than it found it."""
    before = dispositions()
    yield
    after = dispositions()
    for signum, disposition in before.items():
        if after[signum] != disposition:
            signal.signal(signum, disposition)  # type: ignore[arg-type]  # what getsignal gave
    assert after == before


def dispositions() -> dict[signal.Signals, object]:
    return {signum: signal.getsignal(signum) for signum in signal.Signals}


@pytest.mark.parametrize("signum", HANDLED)
def test_a_signal_is_told_by_its_number_from_the_loop(loop: asyncio.AbstractEventLoop, signum: int) -> None:
    told = asyncio.Queue[int]()
    signals = Signals(loop, told.put_nowait)
    os.kill(os.getpid(), signum)
    assert told.empty(), "nothing happens while no loop runs"
    assert loop.run_until_complete(asyncio.wait_for(told.get(), PATIENCE)) == signum
    signals.close()


def test_a_second_signal_is_told_again(loop: asyncio.AbstractEventLoop) -> None:
    told = asyncio.Queue[int]()
    signals = Signals(loop, told.put_nowait)
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGTERM)
        assert loop.run_until_complete(asyncio.wait_for(told.get(), PATIENCE)) == signal.SIGTERM
    signals.close()


def test_a_broken_pipe_is_an_error_and_no_death(loop: asyncio.AbstractEventLoop) -> None:
    old = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signals = Signals(loop, print)
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        os.write(writer, b"x")
    os.close(writer)
    signals.close()
    assert signal.getsignal(signal.SIGPIPE) == signal.SIG_DFL
    signal.signal(signal.SIGPIPE, old)


def test_everything_is_restored_on_close_which_may_be_repeated(loop: asyncio.AbstractEventLoop) -> None:
    before = dispositions()
    signals = Signals(loop, print)
    assert dispositions() != before
    signals.close()
    signals.close()
    assert dispositions() == before


@pytest.mark.parametrize("signum", HANDLED)
def test_a_signal_that_was_ignored_at_the_start_is_told_all_the_same(
    loop: asyncio.AbstractEventLoop,
    signum: signal.Signals,
) -> None:
    old = signal.signal(signum, signal.SIG_IGN)  # as nohup does, or a shell for `command &`
    told = asyncio.Queue[int]()
    signals = Signals(loop, told.put_nowait)
    os.kill(os.getpid(), signum)
    assert loop.run_until_complete(asyncio.wait_for(told.get(), PATIENCE)) == signum
    signals.close()
    assert signal.getsignal(signum) == signal.SIG_IGN
    signal.signal(signum, old)


def test_exit_codes_arrive_though_sigchld_was_ignored_at_the_start(loop: asyncio.AbstractEventLoop) -> None:
    old = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signals = Signals(loop, print)
    children = Children(loop)
    assert children.run(b"sh", b"-c", b"exit 6") == Exited(6)
    signals.close()
    signal.signal(signal.SIGCHLD, old)


def test_children_have_nothing_ignored_or_blocked_although_we_were_started_so(
    loop: asyncio.AbstractEventLoop,
    tmp_path: Path,
) -> None:
    old = signal.signal(signal.SIGQUIT, signal.SIG_IGN)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})
    signals = Signals(loop, print)
    children = Children(loop, bytes(tmp_path / "o"))
    children.run(b"grep", b"-E", b"Sig(Blk|Ign)", b"/proc/self/status")
    signals.close()
    assert signal.pthread_sigmask(signal.SIG_SETMASK, mask) == mask | {signal.SIGTERM, signal.SIGUSR1}
    signal.signal(signal.SIGQUIT, old)
    assert (tmp_path / "o").read_text() == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"


def test_a_handler_that_python_did_not_install_gives_way_to_the_default(
    loop: asyncio.AbstractEventLoop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = signal.getsignal
    with monkeypatch.context() as patch:
        patch.setattr(signal, "getsignal", lambda signum: None if signum == signal.SIGHUP else real(signum))
        signals = Signals(loop, print)
    signals.close()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL


def test_a_signal_that_came_while_it_was_blocked_is_told(loop: asyncio.AbstractEventLoop) -> None:
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)  # not to a test runner's thread
    told = asyncio.Queue[int]()
    signals = Signals(loop, told.put_nowait)
    assert loop.run_until_complete(asyncio.wait_for(told.get(), PATIENCE)) == signal.SIGTERM
    signals.close()
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
