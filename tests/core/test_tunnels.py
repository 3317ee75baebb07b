"""The states of a tunnel and of its processes (spec 5.1)."""

from __future__ import annotations

import errno
from collections.abc import Iterable

from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from pylsyncd.core import effects as e
from pylsyncd.core import inputs as i
from pylsyncd.core.model import Exited, Killed, TunnelConfig
from pylsyncd.core.tunnels import GRACE, SIGKILL, SIGTERM, Tunnel, Tunnels


@define
class World:
    """Tunnels, and what they have asked for; ports and processes are handed out by the tests."""

    tunnels: Tunnels = field(init=False)
    effects: list[e.Effect] = field(factory=list)
    now: float = 0.0
    last: int = 0
    has_news: bool = False
    """Whether the last step changed what the status file shows."""

    @classmethod
    def of(cls, *configs: TunnelConfig, used: Iterable[int] = (1, 2)) -> World:
        world = cls()
        tunnels = tuple(Tunnel(config, is_used=config.id in used) for config in configs)
        world.tunnels = Tunnels(tunnels, world.effects.append, world.number)
        world.at(0.0)
        return world

    def number(self) -> int:
        self.last += 1
        return self.last

    def at(self, now: float) -> list[e.Effect]:
        """Let time pass; what is asked for, without the log."""
        before, self.now = len(self.effects), now
        self.has_news = self.tunnels.advance(now)
        return self._since(before)

    def give(
        self, happened: i.PortFound | i.ProcessStarted | i.SpawnFailed | i.ProcessEnded
    ) -> list[e.Effect]:
        before = len(self.effects)
        self.tunnels.take(happened)
        self.has_news = self.tunnels.advance(self.now)
        return self._since(before)

    def port(self, process: int, port: int | None) -> list[e.Effect]:
        return self.give(i.PortFound(self.now, process, port))

    def started(self, process: int) -> list[e.Effect]:
        return self.give(i.ProcessStarted(self.now, process, 1000 + process))

    def ended(self, process: int, code: int) -> list[e.Effect]:
        return self.give(i.ProcessEnded(self.now, process, Exited(code)))

    def run(self, process: int, port: int) -> None:
        """A port is found and the process is started."""
        self.port(process, port)
        self.started(process)

    def _since(self, before: int) -> list[e.Effect]:
        return [effect for effect in self.effects[before:] if not isinstance(effect, e.Log)]

    def status(self, tunnel: int = 0) -> str:
        return self.tunnels.reports()[tunnel].status

    def log(self, category: str) -> list[bytes]:
        return [one.message for one in self.effects if isinstance(one, e.Log) and one.category == category]


def config(**changes: object) -> TunnelConfig:
    values: dict[str, object] = {
        "id": 1,
        "name": b"T",
        "command": (b"ssh", b"-L", b"^localhost:^localport:h:22"),
        "ready_delay": 5.0,
        "retry_delay": 10.0,
        "is_pool": True,
    }
    return TunnelConfig(**{**values, **changes})  # type: ignore[arg-type]  # one default for all tests


def argv(effect: e.Effect) -> tuple[bytes, ...]:
    assert isinstance(effect, e.SpawnTunnel)
    return effect.command.argv


def test_a_process_gets_a_free_port_and_is_up_after_the_ready_delay() -> None:
    world = World.of(config())
    assert world.effects[:1] == [e.FindPort(1)]
    assert world.status() == "CONNECTING"
    [spawn] = world.port(1, 4000)
    assert argv(spawn) == (b"ssh", b"-L", b"localhost:4000:h:22")
    world.now = 1.0
    world.started(1)
    assert world.tunnels.next_wakeup() == 6.0
    world.at(5.9)
    assert (world.status(), world.tunnels.ports(1)) == ("CONNECTING", ())
    world.at(6.0)
    assert (world.status(), world.tunnels.ports(1), world.tunnels.is_up(1)) == ("UP", (4000,), True)


def test_without_a_ready_delay_it_is_up_at_once() -> None:
    world = World.of(config(ready_delay=0.0))
    world.run(1, 4000)
    assert world.status() == "UP"


def test_a_tunnel_that_no_sync_uses_is_disabled_and_starts_nothing() -> None:
    world = World.of(config(), used=())
    assert world.status() == "DISABLED"
    assert [one for one in world.effects if not isinstance(one, e.Log)] == []


def test_a_process_that_dies_while_connecting_is_started_again_after_the_retry_delay() -> None:
    world = World.of(config())
    world.run(1, 4000)
    world.now = 2.0
    assert world.ended(1, 255) == []
    assert world.status() == "RETRY_TIMEOUT"
    assert world.at(11.9) == []
    assert world.at(12.0) == [e.FindPort(2)]
    assert world.log("Warn") == [b"Tunnel T: process 1001 ended (exit code 255); next try in 10 s"]


def test_a_process_that_was_up_is_started_again_at_once() -> None:
    world = World.of(config())
    world.run(1, 4000)
    world.at(5.0)
    assert world.status() == "UP"
    world.now = 7.0
    assert world.give(i.ProcessEnded(7.0, 1, Killed(9))) == [e.FindPort(2)]
    assert world.status() == "CONNECTING"
    assert world.log("Warn") == [b"Tunnel T: process 1001 ended (signal 9); it is started anew"]


def test_a_process_that_is_up_and_dies_at_once_does_so_once_a_second_at_most() -> None:
    world = World.of(config(ready_delay=0.0))
    world.run(1, 4000)
    assert world.ended(1, 1) == []
    assert world.at(1.0) == [e.FindPort(2)]


def test_with_one_of_two_up_the_tunnel_is_up_and_without_the_last_it_is_not() -> None:
    world = World.of(config(parallel=2))
    world.run(1, 4000)
    world.run(2, 4001)
    world.now = 4.0
    world.ended(2, 1)
    world.at(5.0)
    assert (world.status(), world.tunnels.ports(1)) == ("UP_RETRY_TIMEOUT", (4000,))
    world.ended(1, 1)
    assert (world.status(), world.tunnels.is_up(1)) == ("CONNECTING", False)


def test_in_a_pool_no_two_processes_get_the_same_port() -> None:
    world = World.of(config(parallel=2))
    world.port(1, 4000)
    assert world.port(2, 4000) == [e.FindPort(3)]
    assert argv(world.port(3, 4001)[0])[2] == b"localhost:4001:h:22"


def test_a_command_tunnel_keeps_one_port_for_all_its_processes() -> None:
    world = World.of(config(is_pool=False, parallel=2))
    world.run(1, 4000)
    assert argv(world.port(2, 4001)[0])[2] == b"localhost:4000:h:22"
    world.started(2)
    world.at(5.0)
    [again] = world.ended(1, 0)
    assert argv(again)[2] == b"localhost:4000:h:22"
    assert world.tunnels.ports(1) == (4000,)


def test_without_a_free_port_it_tries_later() -> None:
    world = World.of(config())
    assert world.port(1, None) == []
    assert world.status() == "RETRY_TIMEOUT"
    assert world.log("Warn") == [b"Tunnel T: its process found no free local port; next try in 10 s"]
    assert world.at(10.0) == [e.FindPort(2)]


def test_a_command_that_cannot_be_started_is_tried_later() -> None:
    world = World.of(config())
    world.port(1, 4000)
    world.give(i.SpawnFailed(0.0, 1, errno.ENOENT))
    assert world.status() == "RETRY_TIMEOUT"
    assert not world.tunnels.owns(1)


def test_running_processes_are_reported_with_their_ports() -> None:
    world = World.of(config(parallel=2))
    world.run(1, 4000)
    [report] = world.tunnels.reports()
    assert (report.name, report.processes) == (b"T", ((1001, 4000, "connecting"),))


def test_it_is_news_that_another_process_is_up_although_the_tunnel_was_up_before() -> None:
    world = World.of(config(parallel=2))
    world.run(1, 4000)
    world.now = 1.0
    world.run(2, 4001)
    for now, has_news in [(4.0, False), (5.0, True), (5.5, False), (6.0, True)]:
        world.at(now)
        assert (now, world.has_news) == (now, has_news)
    assert world.status() == "UP"


# -- the check command -----------------------------------------------------------------------------

CHECK = (b"nc", b"-z", b"^localhost", b"^localport")


def checked(**changes: object) -> World:
    """A process that has run for the ready delay, so that its first check runs as process 2."""
    world = World.of(config(check_command=CHECK, check_max_failed=2, **changes))
    world.run(1, 4000)
    [check] = world.at(5.0)
    assert argv(check) == (b"nc", b"-z", b"localhost", b"4000")
    return world


def test_with_a_check_command_a_process_is_up_when_it_passes() -> None:
    world = checked()
    world.started(2)
    assert world.status() == "CONNECTING"
    assert world.tunnels.owns(2)
    world.ended(2, 0)
    assert world.status() == "UP"


def test_the_exit_codes_that_pass_can_be_named() -> None:
    world = checked(check_exit_codes=frozenset({7}))
    world.ended(2, 0)
    assert world.status() == "CONNECTING"
    world.at(15.0)
    world.ended(3, 7)
    assert world.status() == "UP"


def test_it_is_checked_again_every_retry_delay() -> None:
    world = checked()
    world.ended(2, 0)
    assert world.at(14.9) == []
    assert len(world.at(15.0)) == 1


def test_a_failed_check_of_a_process_that_is_up_is_forgiven() -> None:
    world = checked()
    world.ended(2, 0)
    world.at(15.0)
    world.ended(3, 1)
    assert world.status() == "UP"
    world.at(25.0)
    world.ended(4, 0)
    world.at(35.0)
    assert world.ended(5, 1) == []
    assert world.log("Tunnel").count(b"T failed check 1 of 2") == 2


def test_after_too_many_failed_checks_the_process_is_replaced() -> None:
    world = checked()
    world.ended(2, 1)
    world.at(15.0)
    assert world.ended(3, 1) == [e.SignalProcesses((1,), SIGTERM)]
    assert world.at(15.0 + GRACE) == [e.SignalProcesses((1,), SIGKILL)]
    world.give(i.ProcessEnded(world.now, 1, Killed(SIGKILL)))
    assert world.status() == "RETRY_TIMEOUT"


def test_a_check_that_hangs_until_the_next_one_has_failed() -> None:
    world = checked()
    world.started(2)
    assert world.at(15.0) == [e.SignalProcesses((2,), SIGKILL)]
    world.give(i.ProcessEnded(15.0, 2, Killed(SIGKILL)))
    assert world.log("Tunnel")[-1] == b"T failed check 1 of 2"


def test_a_check_that_cannot_be_started_has_failed() -> None:
    world = checked()
    world.give(i.SpawnFailed(5.0, 2, errno.ENOENT))
    assert world.log("Tunnel")[-1] == b"T failed check 1 of 2"


def test_the_check_of_a_process_that_has_ended_is_ended_and_says_nothing() -> None:
    world = checked()
    world.started(2)
    assert world.ended(1, 1) == [e.SignalProcesses((2,), SIGKILL)]
    world.ended(2, 0)
    assert world.status() == "RETRY_TIMEOUT"


# -- the end ---------------------------------------------------------------------------------------


def closing(world: World) -> list[e.Effect]:
    before = len(world.effects)
    world.tunnels.close(world.now)
    return world.effects[before:]


def test_at_the_end_processes_and_checks_get_term_and_after_the_grace_kill() -> None:
    world = checked()
    world.started(2)
    assert closing(world) == [e.SignalProcesses((1, 2), SIGTERM)]
    assert world.tunnels.next_wakeup() == 5.0 + GRACE
    assert world.ended(2, 0) == []
    assert not world.tunnels.is_gone
    assert world.at(5.0 + GRACE) == [e.SignalProcesses((1,), SIGKILL)]
    assert world.ended(1, 0) == []
    assert world.tunnels.is_gone
    assert world.status() == "DOWN"


def test_nothing_is_started_any_more() -> None:
    world = World.of(config(parallel=2))
    world.port(1, 4000)
    assert closing(world) == [e.SignalProcesses((1,), SIGTERM)]
    assert world.port(2, 4001) == []
    assert world.started(1) == [e.SignalProcesses((1,), SIGTERM)]
    assert world.ended(1, 0) == []
    assert world.at(100.0) == []


def test_without_processes_there_is_nothing_to_end() -> None:
    world = World.of(config(), used=())
    assert closing(world) == []
    assert world.tunnels.is_gone


# -- whatever happens ------------------------------------------------------------------------------

STEPS = st.lists(st.tuples(st.sampled_from(["port", "start", "fail", "end", "time"]), st.integers(0, 9)))


@given(STEPS, st.booleans(), st.booleans())
def test_there_are_never_more_processes_than_wanted_and_always_a_next_step(
    steps: list[tuple[str, int]],
    is_pool: bool,  # noqa: FBT001 - hypothesis gives them by position
    has_check: bool,  # noqa: FBT001 - as above
) -> None:
    check = CHECK if has_check else ()
    world = World.of(config(parallel=2, is_pool=is_pool, check_command=check, check_max_failed=1))
    kernel = Kernel(world)
    for step, number in steps:
        kernel.do(step, number)
        [report] = world.tunnels.reports()
        assert len(report.processes) <= 2
        assert len(set(world.tunnels.ports(1))) == len(world.tunnels.ports(1)) or not is_pool
        assert world.tunnels.is_up(1) == report.status.startswith("UP")
        waits_for_kernel = kernel.asked or kernel.wanted or kernel.alive
        assert waits_for_kernel or world.tunnels.next_wakeup() < float("inf")
        assert world.tunnels.is_gone == (not kernel.wanted and not kernel.alive)
    world.tunnels.kill()
    for process in [*kernel.wanted, *kernel.alive]:
        world.ended(process, 1)
    assert world.tunnels.is_gone


@define
class Kernel:
    """Answers in any order what the tunnels ask for."""

    world: World
    asked: list[int] = field(factory=list)
    wanted: list[int] = field(factory=list)
    alive: list[int] = field(factory=list)
    read: int = 0

    def do(self, step: str, number: int) -> None:
        self._look()
        match step:
            case "port" if self.asked:
                self.world.port(self.asked.pop(0), 4000 + number if number else None)
            case "start" if self.wanted:
                self.alive.append(self.wanted[0])
                self.world.started(self.wanted.pop(0))
            case "fail" if self.wanted:
                self.world.give(i.SpawnFailed(self.world.now, self.wanted.pop(0), errno.ENOENT))
            case "end" if self.alive:
                self.world.ended(self.alive.pop(number % len(self.alive)), number % 2)
            case _:
                self.world.at(self.world.now + number)
        self._look()

    def _look(self) -> None:
        for effect in self.world.effects[self.read :]:
            match effect:
                case e.FindPort(process):
                    self.asked.append(process)
                case e.SpawnTunnel(process):
                    self.wanted.append(process)
                case _:
                    continue
        self.read = len(self.world.effects)
