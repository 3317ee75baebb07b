"""Starts children, sends them signals and tells of their end."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from attrs import evolve, frozen

from pylsyncd.core.model import Command, Exited, Killed, ProcessEnd
from pylsyncd.system.files import open_for_append
from pylsyncd.system.programs import Programs

END_UNKNOWN: Final = Exited(255)
"""Told when somebody else has reaped the child: as little is known as after a failed exec (spec 2.6)."""

_MFD_NOEXEC_SEAL: Final = 0x0008
"""linux/memfd.h, Linux 6.3; demanded where vm.memfd_noexec = 2, unknown (EINVAL) to older kernels."""

_SEALS: Final = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


_LONGEST_ANSWER: Final = 1 << 20
"""Bytes of an answer that are read; that of a thousand moves has 20,000."""


def _unchanged(argv: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return argv


@frozen
class _Child:
    pid: int
    pidfd: int | None
    """None: the kernel gave no pidfd, a thread waits for the end instead."""
    answer: int | None = None
    """A file in memory that it writes its answer to."""


class Processes:
    """The children of the daemon, by the core's process number.

    `on_end(process, end)` is called once for each, from the event loop and never from within `start`.
    Children inherit standard output and error, or append to the file `output` (spec 1.3); when that cannot
    be opened they inherit all the same, for trouble with the log is no reason not to sync. To be used from
    the loop's thread only. `fill_in` puts what is known at the last moment only into a command's words.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_end: Callable[[int, ProcessEnd], None],
        output: bytes | None = None,
        fill_in: Callable[[tuple[bytes, ...]], tuple[bytes, ...]] = _unchanged,
    ) -> None:
        self._fill_in: Final = fill_in
        self._loop: Final = loop
        self._on_end: Final = on_end
        self._output = output
        self._children: dict[int, _Child] = {}
        self._programs: Final = Programs()

    @property
    def running(self) -> int:
        """How many children have been started and not been reported as ended."""
        return len(self._children)

    def start(self, process: int, command: Command) -> int:
        """Start a child and return its pid.

        Raises OSError when there is no child: ENOENT and EACCES (not in PATH, not executable), ENOEXEC,
        E2BIG, EMFILE, EAGAIN, ENOMEM …, and EINVAL for an empty command or a NUL in an argument, which
        execve(2) cannot carry.
        """
        if process in self._children:
            message = f"process {process} runs already"
            raise ValueError(message)
        command = evolve(command, argv=self._fill_in(command.argv))
        answer = _memory_file("answer") if command.wants_answer else None
        try:
            pid = self._spawn(command, answer)
            self._children[process] = _Child(pid, self._watch(process, pid), answer)
        except OSError:
            if answer is not None:
                os.close(answer)
            raise
        return pid

    def _spawn(self, command: Command, answer: int | None) -> int:
        if not command.argv or any(b"\0" in argument for argument in command.argv):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        program = self._programs.find(command.argv[0])
        try:
            return _spawn(program, command, self._output, answer)
        except (FileNotFoundError, PermissionError):
            if program == command.argv[0]:
                raise
            self._programs.forget()  # it may be somewhere else by now
            return _spawn(command.argv[0], command, self._output, answer)

    def signal(self, process: int, signum: int) -> bool:
        """Send a signal to a child, not to its own children; says whether it was sent.

        False: it has ended already, or has become another user (sudo) and may not be signalled.
        """
        child = self._children.get(process)
        if child is None:
            return False
        try:
            if child.pidfd is None:
                os.kill(child.pid, signum)  # cannot hit a stranger: the pid is ours until `_reap`
            else:
                signal.pidfd_send_signal(child.pidfd, signum)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def renew(self, output: bytes | None) -> None:
        """From now on children append to this file, and programs are looked up anew."""
        self._output = output
        self._programs.forget()

    def close(self) -> None:
        """Forget all children: those that still run go on, their end is not told."""
        for child in self._children.values():
            self._forget(child)
        self._children = {}

    def _watch(self, process: int, pid: int) -> int | None:
        """Have the end of this child told; returns its pidfd, if one could be had.

        EMFILE hardly comes here, since the spawn itself just needed more descriptors; ENFILE, ENOMEM, and
        EPERM or ENOSYS under a container's system call filter do. Then a thread waits: the child runs already
        and may have changed the target, so it must be neither lost nor killed.
        """
        pidfd = None
        try:
            pidfd = os.pidfd_open(pid)  # works on a child that has ended, since it is not reaped yet
            self._loop.add_reader(pidfd, self._look, process)
        except OSError:
            if pidfd is not None:
                os.close(pidfd)
            self._wait_in_thread(process, pid)
            return None
        return pidfd

    def _wait_in_thread(self, process: int, pid: int) -> None:
        waiter = threading.Thread(target=self._wait, args=(process, pid), name=f"wait-{pid}", daemon=True)
        try:
            waiter.start()
        except RuntimeError as error:  # not even a thread: a child that nobody can watch must not run
            os.kill(pid, signal.SIGKILL)
            _reap(_Child(pid, None), os.WEXITED)
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error

    def _wait(self, process: int, pid: int) -> None:
        """Wait in the thread, but leave the child unreaped: its pid stays its own until the loop looks."""
        with suppress(ChildProcessError):  # reaped by somebody else: `_look` finds that too
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        with suppress(RuntimeError):  # the loop is closed: nobody asks any more
            self._loop.call_soon_threadsafe(self._look, process)

    def _look(self, process: int) -> None:
        child = self._children.get(process)
        if child is None:  # closed while the thread's word was under way
            return
        end = _reap(child, os.WEXITED | os.WNOHANG)
        if end is not None:
            if child.answer is not None:
                end = evolve(end, answer=os.pread(child.answer, _LONGEST_ANSWER, 0))
            self._forget(child)
            del self._children[process]
            self._on_end(process, end)

    def _forget(self, child: _Child) -> None:
        if child.answer is not None:
            os.close(child.answer)
        if child.pidfd is not None:
            self._loop.remove_reader(child.pidfd)
            os.close(child.pidfd)


def _reap(child: _Child, options: int) -> ProcessEnd | None:
    """Say how this very child ended; os.execute and io.popen wait for theirs (notes, pitfall 18)."""
    try:
        if child.pidfd is None:
            result = os.waitid(os.P_PID, child.pid, options)
        else:
            result = os.waitid(os.P_PIDFD, child.pidfd, options)
    except ChildProcessError:
        return END_UNKNOWN
    if result is None:  # WNOHANG: it still runs
        return None
    return Exited(result.si_status) if result.si_code == os.CLD_EXITED else Killed(result.si_status)


def _spawn(program: bytes, command: Command, output: bytes | None, answer: int | None) -> int:
    with _standard_input(command.stdin) as stdin, _standard_output(output) as stderr:
        stdout = stderr if answer is None else answer
        # plain Popen takes the vfork path and restores SIGPIPE (notes, pitfalls 16 and 17)
        child = subprocess.Popen(  # noqa: S603 - the user's own command is what we are for
            command.argv, executable=program, stdin=stdin, stdout=stdout, stderr=stderr
        )
    # else its destructor warns, and a later Popen reaps our child (pitfall 18)
    child.returncode = 0
    return child.pid


@contextmanager
def _standard_input(content: bytes | None) -> Iterator[int]:
    """Give what the child reads as a file in memory: nobody has to feed it, and it need not read."""
    if not content:
        yield subprocess.DEVNULL
        return
    with os.fdopen(_memory_file("stdin"), "w+b") as file:
        file.write(content)
        file.seek(0)
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
        yield file.fileno()


def _memory_file(name: str) -> int:
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        return os.memfd_create(name, flags | _MFD_NOEXEC_SEAL)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return os.memfd_create(name, flags)


@contextmanager
def _standard_output(path: bytes | None) -> Iterator[int | None]:
    descriptor = None
    if path is not None:
        with suppress(OSError):  # the log sink tells of it; the child inherits ours
            descriptor = open_for_append(path)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)
