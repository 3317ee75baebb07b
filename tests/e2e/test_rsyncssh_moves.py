"""default.rsyncssh with many moves, a real sshd, and connections that are shared, cut, and closed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.daemon import CANDIDATE, Daemon, running
from e2e.mirroring import Mirror
from e2e.sshd import HOST, Sshd, running_sshd, sshd_path
from e2e.steps import HOSTILE_NAMES
from e2e.trees import snapshot

pytestmark = [
    pytest.mark.skipif(sshd_path() is None, reason="there is no sshd; scripts/setup says why"),
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.xdist_group("sshd"),
]

EVERY_BYTE = tuple(b"%c" % byte for byte in range(1, 256) if byte not in b"/.")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("sshd") / "home") as started:
        yield started


@pytest.fixture
def runtime() -> Iterator[Path]:
    """The runtime directory of the user that the daemon runs as."""
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp") as path:
        yield Path(path)


class Scene:
    """Source, target and the words for a daemon between them."""

    def __init__(self, sshd: Sshd, home: Path, keys: str = "", ssh: str = "") -> None:
        self.home, self.source, self.target = home, home / "source", home / "target"
        for directory in (self.source, self.target):
            directory.mkdir()
        sync = (
            f'sync{{ default.rsyncssh, source = "@SOURCE@", host = "{HOST}", targetdir = "@TARGET@",\n'
            f"  delay = 1, {sshd.lua().replace('ssh = {', 'ssh = { ' + ssh)}, {keys} }}\n"
        )
        self.arguments = ["-log", "Exec", *Mirror("rsyncssh", sync).arguments(home)]

    def is_mirrored(self) -> bool:
        return snapshot(bytes(self.source)) == snapshot(bytes(self.target))

    def inodes(self) -> dict[bytes, int]:
        """What the target holds, by name."""
        return {entry.name: entry.inode() for entry in os.scandir(bytes(self.target))}

    def wait(self, daemon: Daemon) -> None:
        daemon.wait_until(
            lambda: self.is_mirrored() and daemon.has_finished_all(), what="the trees to be equal", seconds=40
        )


def calls_of_ssh(log: str) -> int:
    return len(re.findall(r" Exec: ssh ", log))


def rename_all(scene: Scene, names: list[bytes], suffix: bytes = b"~") -> None:
    for name in names:
        os.rename(bytes(scene.source) + b"/" + name, bytes(scene.source) + b"/" + name + suffix)


def with_files(scene: Scene, names: list[bytes]) -> list[bytes]:
    for name in names:
        Path(os.fsdecode(bytes(scene.source) + b"/" + name)).write_bytes(name)
    return names


def numbered(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


def test_two_hundred_renames_take_one_call_and_all_calls_one_login(
    sshd: Sshd, tmp_path: Path, runtime: Path
) -> None:
    scene = Scene(sshd, tmp_path)
    names = with_files(scene, numbered(200))
    before = sshd.logins()
    with running(
        CANDIDATE, scene.arguments, home=tmp_path, environment={"XDG_RUNTIME_DIR": str(runtime)}
    ) as daemon:
        daemon.wait_for_startup()
        inodes = scene.inodes()
        [sockets] = runtime.iterdir()
        assert sockets.stat().st_mode & 0o777 == 0o700
        with daemon.paused():
            rename_all(scene, names)
        scene.wait(daemon)
        assert calls_of_ssh(daemon.log()) == 1
        assert scene.inodes() == {name + b"~": inode for name, inode in inodes.items()}
        assert sshd.logins() - before == 1
    assert list(runtime.iterdir()) == []
    assert daemon.process.returncode == 143


def test_without_sharing_each_call_logs_in(sshd: Sshd, tmp_path: Path, runtime: Path) -> None:
    scene = Scene(sshd, tmp_path, ssh="multiplex = false, ")
    names = with_files(scene, numbered(3))
    before = sshd.logins()
    with running(
        CANDIDATE, scene.arguments, home=tmp_path, environment={"XDG_RUNTIME_DIR": str(runtime)}
    ) as daemon:
        daemon.wait_for_startup()
        assert list(runtime.iterdir()) == []
        with daemon.paused():
            rename_all(scene, names)
        scene.wait(daemon)
    assert sshd.logins() - before == 2


def test_names_of_all_bytes_are_moved_in_one_call(sshd: Sshd, tmp_path: Path) -> None:
    scene = Scene(sshd, tmp_path)
    names = with_files(scene, sorted({*EVERY_BYTE, *(name[:200] for name in HOSTILE_NAMES), b"%s\x81\n'"}))
    with running(CANDIDATE, scene.arguments, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        inodes = scene.inodes()
        with daemon.paused():
            rename_all(scene, names, b" '$(x)\\\n\x88\xff")
        scene.wait(daemon)
        assert calls_of_ssh(daemon.log()) == 1
        assert sorted(scene.inodes().values()) == sorted(inodes.values())


def test_each_move_of_a_call_has_its_own_fate(sshd: Sshd, tmp_path: Path) -> None:
    scene = Scene(sshd, tmp_path)
    names = with_files(scene, numbered(5))
    with running(CANDIDATE, scene.arguments, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        inodes = scene.inodes()
        (scene.target / "1").unlink()
        (scene.target / "3~").mkdir()
        with daemon.paused():
            rename_all(scene, names)
        scene.wait(daemon)
        after = scene.inodes()
        assert [after[name + b"~"] for name in (b"0", b"2", b"4")] == [
            inodes[name] for name in (b"0", b"2", b"4")
        ]
        assert calls_of_ssh(daemon.log()) == 1
        assert re.findall(r"Move of \S+/(\d) did not happen, the host does not have it", daemon.log()) == [
            "1"
        ]
        assert re.findall(r"Move of \S+/(\d) did not happen, there is a directory", daemon.log()) == ["3"]


def test_a_move_onto_a_directory_that_something_excluded_keeps_alive_does_not_nest(
    sshd: Sshd, tmp_path: Path
) -> None:
    scene = Scene(sshd, tmp_path, keys='exclude = "*.keep",')
    (scene.source / "a").mkdir()
    (scene.source / "a" / "inside").write_text("inside")
    (scene.target / "b").mkdir()
    (scene.target / "b" / "of-the-host.keep").write_text("kept")
    with running(CANDIDATE, scene.arguments, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        (scene.source / "a").rename(scene.source / "b")
        daemon.wait_until((scene.target / "b" / "inside").exists, what="the file to be where it belongs")
        daemon.wait_until(daemon.has_finished_all, what="the end of it")
    found = sorted(path.relative_to(scene.target).as_posix() for path in scene.target.rglob("*"))
    assert found == ["b", "b/inside", "b/of-the-host.keep"]


def test_moves_whose_connection_breaks_half_way_arrive_all_the_same(sshd: Sshd, tmp_path: Path) -> None:
    scene = Scene(sshd, tmp_path)
    names = with_files(scene, numbered(800))
    with running(CANDIDATE, scene.arguments, home=tmp_path) as daemon:
        daemon.wait_for_startup()
        with daemon.paused():
            rename_all(scene, names)
        daemon.wait_until((scene.target / "0~").exists, what="the first of the moves")
        sshd.cut_connections()
        scene.wait(daemon)
        assert "Retrying a list after exitcode = 255" in daemon.log()


@contextmanager
def connected(scene: Scene, runtime: Path) -> Iterator[Daemon]:
    """A daemon behind its start-up, whose connections have their sockets below that directory."""
    environment = {"XDG_RUNTIME_DIR": str(runtime)}
    with running(CANDIDATE, scene.arguments, home=scene.home, environment=environment) as daemon:
        daemon.wait_for_startup()
        yield daemon


def test_a_connection_whose_process_dies_is_followed_by_another(
    sshd: Sshd, tmp_path: Path, runtime: Path
) -> None:
    scene = Scene(sshd, tmp_path)
    with connected(scene, runtime) as daemon:
        [socket] = runtime.glob("*/*")
        os.kill(pid_of_connection(socket), signal.SIGKILL)
        before = sshd.logins()
        with_files(scene, [b"later"])
        scene.wait(daemon)
        assert socket.exists()
        assert "Retrying" not in daemon.log()
        assert sshd.logins() - before == 1


def test_behind_hup_there_are_other_connections_and_in_the_end_none(
    sshd: Sshd, tmp_path: Path, runtime: Path
) -> None:
    scene = Scene(sshd, tmp_path)
    with connected(scene, runtime) as daemon:
        [before] = runtime.iterdir()
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_until(lambda: daemon.log().count("--- Startup ---") == 2, what="the new configuration")
        logins = sshd.logins()
        with_files(scene, [b"later"])
        scene.wait(daemon)
        assert [one for one in runtime.iterdir() if one != before] != []
        assert sshd.logins() - logins == 1
    assert list(runtime.iterdir()) == []


def pid_of_connection(socket: Path) -> int:
    """The process that holds it, as it says itself."""
    said = subprocess.run(
        ["ssh", "-F", "none", "-S", str(socket), "-O", "check", "host"],
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    ).stderr
    found = re.search(r"pid=(\d+)", said)
    assert found
    return int(found[1])
