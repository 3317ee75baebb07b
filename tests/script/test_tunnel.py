"""tunnel{} and what syncs get from it (spec 5.1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylsyncd.core.model import EventType, TunnelConfig
from script.daemon import Daemon, refusal, running

SYNC = 'sync{{ source = "{source}", onCreate = print, {more} }}'


def tunnels(config: str, source: Path) -> tuple[TunnelConfig, ...]:
    return Daemon().load(config + SYNC.format(source=source, more="")).tunnels


def test_it_has_the_defaults_of_lsyncd(tmp_path: Path) -> None:
    assert tunnels('tunnel{ command = { "ssh", "-N" } }', tmp_path) == (
        TunnelConfig(
            id=1,
            name=b"Tunnel1",
            command=(b"ssh", b"-N"),
            is_pool=False,
            parallel=1,
            retry_delay=10.0,
            ready_delay=5.0,
            localhost=b"localhost",
        ),
    )


def test_every_key_is_taken(tmp_path: Path) -> None:
    config = """tunnel{
        name = "web", mode = "pool", parallel = 3, retryDelay = 1.5, readyDelay = 0, localhost = "127.0.0.1",
        distribution = "rr", command = "ssh -L ^localport:h:22 'a b'",
        checkCommand = "nc -z ^localhost ^localport", checkExitCodes = { 0, 3 }, checkMaxFailed = 2,
    }"""
    assert tunnels(config, tmp_path) == (
        TunnelConfig(
            id=1,
            name=b"web",
            command=(b"ssh", b"-L", b"^localport:h:22", b"a b"),
            is_pool=True,
            parallel=3,
            retry_delay=1.5,
            ready_delay=0,
            localhost=b"127.0.0.1",
            check_command=(b"nc", b"-z", b"^localhost", b"^localport"),
            check_exit_codes=frozenset({0, 3}),
            check_max_failed=2,
        ),
    )


@pytest.mark.parametrize("codes", ['{ [0] = "ok", [3] = "ok", [4] = "again" }', "{ [0] = true, [3] = true }"])
def test_exit_codes_may_be_a_table_of_verdicts(codes: str, tmp_path: Path) -> None:
    [one] = tunnels(f'tunnel{{ command = "x", checkExitCodes = {codes} }}', tmp_path)
    assert one.check_exit_codes == frozenset({0, 3})


def test_the_constructor_is_a_global_too(tmp_path: Path) -> None:
    assert tunnels('Tunnel.new{ command = "a", name = "x" }', tmp_path)[0].name == b"x"


def test_several_syncs_share_one_tunnel(tmp_path: Path) -> None:
    config = 'local one = tunnel{ command = "a" } local two = tunnel{ command = "b" }'
    for name in ("two", "two", "false", "one"):
        config += SYNC.format(source=tmp_path, more=f"tunnel = {name}")
    loaded = Daemon().load(config)
    assert [one.tunnel for one in loaded.syncs] == [2, 2, None, 1]
    assert [one.command for one in loaded.tunnels] == [(b"a",), (b"b",)]


REFUSED = [
    ("tunnel()", "tunnel takes a table, tunnel{ ... }, not a nil"),
    ("tunnel{}", "command missing from tunnel."),
    ('tunnel{ comand = "x" }', 'Parameter "comand" of a tunnel unknown. Did you mean "command"?'),
    (
        "tunnel{ command = {} }",
        "command of a tunnel must be a command line or a list of words, not a table.",
    ),
    (
        'tunnel{ command = "a\\0b" }',
        'command of a tunnel must be a command line or a list of words, not the string "a\\0b".',
    ),
    (
        'tunnel{ command = "x", mode = "pol" }',
        'mode of a tunnel must be one of "command", "pool", not the string "pol".',
    ),
    (
        'tunnel{ command = "x", distribution = "best" }',
        'distribution of a tunnel must be one of "rr", not the string "best".',
    ),
    (
        'tunnel{ command = "x", parallel = 0 }',
        "parallel of a tunnel must be a whole number, 1 or more, not 0.",
    ),
    (
        'tunnel{ command = "x", checkExitCodes = {} }',
        "checkExitCodes of a tunnel must be a list of exit codes that mean success, not a table.",
    ),
    (
        'sync{ source = "/", tunnel = { command = "x" } }',
        "tunnel must be what tunnel{ ... } returns, or false for none, not a table.",
    ),
]


@pytest.mark.parametrize(("use", "message"), REFUSED)
def test_a_wrong_use_is_an_error_at_the_users_line(use: str, message: str) -> None:
    assert refusal("\n" + use) == f"/etc/lsyncd.conf.lua:2: {message}"


def test_no_tunnel_can_be_made_later(tmp_path: Path) -> None:
    more = "action = function() log('Test', pcall(tunnel, { command = 'x' })) end"
    daemon = running(SYNC.format(source=tmp_path, more=more))
    daemon.act()
    assert daemon.lines()[0].endswith(b"Tunnel can only be created during initialization.")


ACTION = """tunnel = tunnel{ command = "x", localhost = "127.0.0.1" }, action = function(inlet)
    local text = "rsync://^localhost:^localport/m/"
    log("Test", substitudeCommands(text, inlet.getSubstitutionData(inlet.getEvent(), { other = 1 })))
end"""


def test_transfers_take_the_processes_that_are_up_in_turn(tmp_path: Path) -> None:
    daemon = running(SYNC.format(source=tmp_path, more=ACTION))
    daemon.core.ports[1] = (4001, 4002)
    for _ in range(3):
        daemon.act()
    daemon.core.ports[1] = (4002,)
    daemon.act()
    ports = [line.split(b":")[2].split(b"/")[0] for line in daemon.lines()]
    assert daemon.lines()[0] == b"rsync://127.0.0.1:4001/m/"
    assert ports == [b"4001", b"4002", b"4001", b"4002"]


def test_without_a_process_that_is_up_there_is_no_port(tmp_path: Path) -> None:
    daemon = running(SYNC.format(source=tmp_path, more=ACTION))
    daemon.act()
    assert daemon.lines() == [b"rsync://127.0.0.1:^localport/m/"]


def test_without_a_tunnel_the_data_stay_as_they_are(tmp_path: Path) -> None:
    more = """action = function(inlet)
        log("Test", inlet.getSubstitutionData(inlet.getEvent(), { x = 5 }).x)
        log("Test", next(inlet.getSubstitutionData(inlet.getEvent())))
    end"""
    daemon = running(SYNC.format(source=tmp_path, more=more))
    daemon.act()
    assert daemon.lines() == [b"5", b"(nil)"]


def test_default_rsync_fills_the_tunnels_variables_into_its_target(tmp_path: Path) -> None:
    daemon = running(f"""sync{{ default.rsync, source = "{tmp_path}",
        target = "rsync://^localhost:^localport/module/",
        tunnel = tunnel{{ command = "x", mode = "pool" }} }}""")
    daemon.core.ports[1] = (4001, 4002)
    init = daemon.core.add(EventType.INIT, b"")
    daemon.init(init)
    daemon.core.remove(init)
    daemon.core.add(EventType.CREATE, b"/f")
    daemon.act()
    commands = [one.command.argv[-1] for one in daemon.core.inputs]  # type: ignore[union-attr]  # all are spawns
    assert commands == [b"rsync://localhost:4001/module/", b"rsync://localhost:4002/module/"]
