"""The same steps give the same spawn log in the simulation and with a live daemon, for every example."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from pathlib import Path

import pytest
from attrs import frozen

from e2e.daemon import PYLSYNCD, Daemon, running
from e2e.stage import EXAMPLES
from e2e.standins import StandIns
from migrate.real_files import happen
from pylsyncd.migrate import steps as s
from pylsyncd.migrate.simulate import Playbill, simulate
from pylsyncd.migrate.spawnlog import Said, Spawned
from pylsyncd.migrate.world.daemon import Circumstances
from pylsyncd.options import Options

DELAY = 0.2
PAUSE = 30
"""Seconds between the bursts in the simulation, where they cost nothing."""

BURSTS = (
    "start",
    "create {new}/report.odt 5\nwrite {old}/file 20\ncreate {new}/dir/\ncreate {new}/dir/inner 3",
    "move {new}/report.odt {new}/dir/moved.odt\ntouch {old}/file\ndelete {old}/gone.odt",
    'link {new}/link file\ncreate "{new}/sp ace" 1\ndelete {new}/dir/\nmove {old}/file {old}/other',
    "create {old}/x.tmp\ncreate {new}/.hidden\nmove {old}/sub/ {new}/sub2/\nwrite {new}/sub2/deep/file 7",
    "signal TERM",
)

FURNITURE = """\
have {old}/file 10
have {old}/gone.odt 3
have {old}/sub/deep/file 4
have {new}/
"""

ORDER_IS_LUAS = frozenset({"pdf"})
"""Examples that build a command with `pairs`, whose order is another one in each Lua state."""


@frozen
class Scene:
    """Where an example runs: the simulation and the live daemon see the same paths."""

    home: Path

    @property
    def source(self) -> Path:
        """Without the link that `config` may put there: the simulated world has none."""
        return (self.home / "source").resolve()

    def environment(self) -> dict[str, str]:
        return {
            "SYNC_SOURCE": str(self.source),
            "SYNC_ROOT": str(self.source),
            "SYNC_TARGET": str(self.home / "target"),
            "SYNC_TARGETS": f"{self.home}/one\n{self.home}/two",
            "SYNC_EXCLUDES": str(self.write("excludes", "*.tmp\n/alpha/.hidden\n")),
            "SYNC_OWNERS": str(self.write("owners", 'return { alpha = "alice:staff" }\n')),
            "SYNC_READY_DELAY": "0.1",
            "SYNC_INTERVAL": "1000000",
            "SYNC_CRON": "0 0 0 29 2 0",
        }

    def write(self, name: str, text: str) -> Path:
        (self.home / name).write_text(text)
        return self.home / name

    def steps(self, text: str) -> str:
        return text.format(old=self.source / "alpha", new=self.source / "beta")

    def config(self, example: str) -> Path:
        if example != "quickstart":
            return EXAMPLES / f"{example}.lua"
        (self.home / "quickstart-demo").mkdir()
        (self.home / "quickstart-demo" / "target").mkdir()
        self.source.rename(self.home / "quickstart-demo" / "source")
        (self.home / "source").symlink_to(self.home / "quickstart-demo" / "source")
        return EXAMPLES / "quickstart.lua"


Call = tuple[str, tuple[bytes, ...], bytes]
"""Program, arguments, standard input."""


def simulated_calls(config: Path, scene: Scene) -> list[list[Call]]:
    """What the simulation starts in each burst."""
    text = scene.steps(FURNITURE) + "".join(scene.steps(f"{burst}\nwait {PAUSE}\n") for burst in BURSTS)
    options = Options(config=bytes(config), delay=DELAY)
    entries = simulate(Playbill(Circumstances(options, 1e9), s.parse(text, "steps"), "steps"))
    assert [entry for entry in entries if isinstance(entry, Said)] == []
    bursts: list[list[Call]] = [[] for _ in BURSTS]
    for entry in entries:
        if isinstance(entry, Spawned):
            program = os.fsdecode(os.path.basename(entry.argv[0]))
            bursts[int(entry.at // PAUSE)].append((program, entry.argv[1:], entry.stdin or b""))
    return bursts


def live_calls(config: Path, scene: Scene, expected: list[list[Call]]) -> list[Call]:
    """What the live daemon starts in all of them."""
    stand_ins = StandIns(scene.home)
    for program in {call[0] for burst in expected for call in burst}:
        stand_ins.install(program, 'case "$*" in *-N*) exec sleep 1000;; esac\n' if program == "ssh" else "")
    stand_ins.path.mkdir(exist_ok=True)
    happen(s.parse(scene.steps(FURNITURE), "steps"))
    environment = scene.environment() | {"PATH": f"{stand_ins.path}:{os.environ['PATH']}"}
    arguments = ["-delay", str(DELAY), str(config)]

    def calls() -> list[Call]:
        return [(one.program, one.arguments, one.stdin) for one in stand_ins._all_calls()]

    with (
        silent_pipe() as stdin,
        running(PYLSYNCD, arguments, home=scene.home, environment=environment, stdin=stdin) as daemon,
    ):
        daemon.wait_until(lambda: daemon.watches() >= watched(scene), what="the watches")
        _play(daemon, scene, expected, lambda: len(calls()))
    return calls()


@contextmanager
def silent_pipe() -> Iterator[int]:
    """A standard input that says nothing, and does not end."""
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(reading)
        os.close(writing)


def watched(scene: Scene) -> int:
    return sum(1 for _ in os.walk(scene.source.resolve())) - 1  # `sites` does not watch the root


def _play(daemon: Daemon, scene: Scene, expected: list[list[Call]], count: Callable[[], int]) -> None:
    """Go on as soon as the calls of a burst have ended; one too many is seen at the end."""
    *bursts, _end = zip(BURSTS, accumulate(map(len, expected)), strict=True)
    for burst, goal in bursts:
        if burst != "start":
            with daemon.paused():
                happen(s.parse(scene.steps(burst), "steps"))
        daemon.wait_until(partial(_has_come_to, count, goal), what=f"call {goal}, in {burst}")
        # The simulated ones take no time: a Move would split on what a process still works on.
        daemon.wait_until(partial(_rests, daemon.process.pid), what=f"the end of call {goal}, in {burst}")


def _has_come_to(count: Callable[[], int], goal: int) -> bool:
    return count() >= goal


def _rests(pid: int) -> bool:
    """Whether no child of the daemon is left, but for those of tunnels."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return all(Path(f"/proc/{child}/comm").read_text() == "sleep\n" for child in children)
    except FileNotFoundError:  # one has ended meanwhile
        return False


@pytest.mark.parametrize("example", sorted(file.stem for file in EXAMPLES.glob("*.lua")))
def test_simulation_and_live_daemon_start_the_same(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path)
    scene.source.mkdir()
    (scene.source / "alpha").mkdir()
    (scene.source / "beta").mkdir()
    monkeypatch.chdir(tmp_path)
    for name, value in scene.environment().items():
        monkeypatch.setenv(name, value)
    config = scene.config(example)
    expected = simulated_calls(config, scene)
    for directory in ("alpha", "beta"):
        (scene.source / directory).rmdir()

    live = live_calls(config, scene, expected)

    simulated = [call for burst in expected for call in burst]
    is_random = example in ORDER_IS_LUAS
    assert comparable(live, is_random=is_random) == comparable(simulated, is_random=is_random)


def comparable(calls: list[Call], *, is_random: bool) -> Counter[Call]:
    """All calls, whatever their order (those of a burst run together), without what is random."""
    return Counter(
        (program, tuple(sorted(map(settled, words)) if is_random else map(settled, words)), stdin)
        for program, words, stdin in calls
    )


def settled(word: bytes) -> bytes:
    """Without the numbers of free ports, and the place of a daemon's sockets."""
    word = re.sub(rb"(?<=ControlPath=)/.*/pylsyncd-[0-9a-f]{12}(?=/)", b"${PYLSYNCD_SOCKETS}", word)
    return re.sub(rb"(?<=127\.0\.0\.1:)\d+", b"PORT", word)
