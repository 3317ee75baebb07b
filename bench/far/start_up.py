"""How long a start-up takes over a line that is long, by one process of rsync and by several.

Run: PYTHONPATH=engine:tests python bench/far/start_up.py --help
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from attrs import frozen

from e2e.sshd import HOST, Sshd, running_sshd

TOPS = 20
"""Directories at the top, with ten each for the files."""
LINE = Path(__file__).with_name("line.py")


@frozen
class Far:
    """A host at the end of a line."""

    sshd: Sshd
    latency: float
    rate: float

    def shell(self) -> str:
        """The `rsh` of rsync."""
        proxy = f"{sys.executable} {LINE} %h %p {self.latency} {self.rate}"
        options = {**self.sshd.options, "ProxyCommand": proxy}
        words = " ".join(f"-o '{key}={value}'" for key, value in options.items())
        return f"ssh -F none -i {self.sshd.home}/user_key -p {self.sshd.port} {words}"


def fill(source: Path, files: int, size: int) -> None:
    """Files in directories of directories."""
    for number in range(files):
        directory = source / f"top{number % TOPS:02}" / f"below{number // TOPS % 10}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"file{number}").write_bytes(os.urandom(size))


def seconds(far: Far, source: Path, target: Path, parallel: int) -> float:
    """How long a daemon takes from its start to the end of its start-up."""
    config = source.with_name("lsyncd.conf.lua")
    config.write_text(
        f'sync {{ default.rsync, source = "{source}", target = "{HOST}:{target}",'
        f" startup = {{ parallel = {parallel} }}, rsync = {{ rsh = [[{far.shell()}]] }} }}"
    )
    before = time.monotonic()
    command = [sys.executable, "-m", "pylsyncd", "-nodaemon", "-onepass", str(config)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - before


def measure(far: Far, home: Path, processes: list[int], rounds: int) -> None:
    """Prints the medians of rounds that follow each other."""
    took: dict[tuple[str, int], list[float]] = defaultdict(list)
    for number in range(rounds):
        for parallel in processes:
            target = home / f"target-{number}-{parallel}"
            for state in ("empty", "in line"):
                took[state, parallel].append(seconds(far, home / "source", target, parallel))
    for (state, parallel), times in sorted(took.items()):
        low, high = min(times), max(times)
        middle = statistics.median(times)
        sys.stdout.write(f"target {state}, {parallel} processes: {middle:.1f} s ({low:.1f} to {high:.1f})\n")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--size", type=int, default=10_000, help="bytes of each file")
    parser.add_argument("--latency", type=float, default=0.1, help="seconds that a byte takes, one way")
    parser.add_argument("--rate", type=float, default=0, help="bytes a second over one connection; 0: any")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 4])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, running_sshd(Path(name) / "sshd") as sshd:
        fill(Path(name) / "source", given.files, given.size)
        far = Far(sshd, given.latency, given.rate)
        measure(far, Path(name), given.processes, given.rounds)


if __name__ == "__main__":
    main()
