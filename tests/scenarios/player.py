"""Plays a transcript: what happens in, the core's effects out, with a world that answers by itself.

A transcript's lines are

    sync KEY=VALUE… [FLAG…]     a sync: source, delay, max, maxdelays, maxdelete, exclude, filter, settle;
                                crontab, tunnel; mounts; flags moves, split22, full, noinit, norepair, top,
                                aslsyncd
    tunnel KEY=VALUE… [FLAG…]   a tunnel: parallel, retry, ready; flags pool, check
    settings KEY=VALUE… [FLAG…] max, interval, verbose, drain, rescan;
                                flags onepass, insist, status, watches, closes
    config                      from now on the next configuration is declared, for `reload`
    lua SYNC POLICY             what the sync's actions do: first, list, discard, miss, nothing, count,
                                parts (four processes for a start-up, the first before the others)
    dir PATH WD [NAME…]         from now on a scan of PATH finds these (a directory's name ends in /)
    entries PATH ENTRY…         from now on a look at PATH finds these: `NAME:MTIME:CTIME`, see `_entry`
    unlistable PATH             from now on a look at PATH finds none
    limit N                     from now on the kernel grants so many watches
    mounts PATH N               from now on so many file systems are mounted on the way there
    error PATH ERRNO            from now on a scan of PATH fails
    wall EPOCH OFFSET           from now on the wall clock is that far ahead of the times of the inputs
    hold                        from now on scans are answered only by the input `answer`
    TIME VERB ARGUMENT…         an input at that time; see `Player._inputs`
    # …                         a remark

and below each input stand the effects that followed, indented. The world answers scans,
actions, spawns and questions for ports and the time at once; processes end only by `exit` and `kill`.
"""

from __future__ import annotations

import errno
import shlex
from collections import deque
from collections.abc import Iterator

from pylsyncd.core import effects as e
from pylsyncd.core import inputs as i
from pylsyncd.core import masks
from pylsyncd.core.machine import Machine
from pylsyncd.core.model import (
    Command,
    Entry,
    EventType,
    Exited,
    Kept,
    Killed,
    Listed,
    Looked,
    Record,
    ScanFailed,
    Settings,
    SyncConfig,
    TunnelConfig,
    Verdict,
)
from pylsyncd.core.queries import Selection

Words = list[str]


class Player:
    """One machine and the world around it."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.syncs: list[SyncConfig] = []
        self.tunnels: list[TunnelConfig] = []
        self.settings = Settings()
        self.wall = (0.0, 0)
        self.last_port = 4000
        self.policies: dict[int, str] = {}
        self.tree: dict[bytes, Listed | ScanFailed] = {}
        self.entries: dict[bytes, tuple[Entry, ...]] = {}
        self.limit: int | None = None
        self.mounts: dict[bytes, int] = {}
        self.verdict = Verdict.DONE
        self.each: tuple[tuple[int, Verdict], ...] = ()
        self.spawn_errno = 0
        self.kept: tuple[Kept, ...] = ()
        self.inputs: list[i.Input] = []
        self.is_holding = False
        self.held: list[e.Scan | e.Look] = []

    def play(self, text: str) -> Iterator[str]:
        """The transcript again, with the effects that the core gives today."""
        for line in text.splitlines():
            if line.startswith("    "):
                continue
            yield line
            words = shlex.split(line, comments=True)
            if words and words[0][0].isdigit():
                yield from self._happen(float(words[0]), words[1], words[2:])
            elif words:
                self._declare(words[0], words[1:])

    def _declare(self, word: str, rest: Words) -> None:  # noqa: C901, PLR0912 - the language
        match word:
            case "sync":
                self.syncs.append(_sync_config(len(self.syncs) + 1, rest))
            case "tunnel":
                self.tunnels.append(_tunnel_config(len(self.tunnels) + 1, rest))
            case "wall":
                self.wall = (float(rest[0]), int(rest[1]))
            case "config":
                self.syncs, self.tunnels = [], []
            case "settings":
                self.settings = _settings(rest)
            case "lua":
                self.policies[int(rest[0])] = rest[1]
            case "dir":
                self.tree[_bytes(rest[0])] = _listed(rest)
            case "entries":
                self.entries[_bytes(rest[0])] = tuple(_entry(word) for word in rest[1:])
            case "unlistable":
                del self.entries[_bytes(rest[0])]
            case "limit":
                self.limit = int(rest[0])
            case "mounts":
                self.mounts[_bytes(rest[0])] = int(rest[1])
            case "hold":
                self.is_holding = True
            case "error":
                number = getattr(errno, rest[1])
                self.tree[_bytes(rest[0])] = ScanFailed(_bytes(rest[0]), number)
            case _:
                raise AssertionError(word)

    def _happen(self, now: float, verb: str, rest: Words) -> Iterator[str]:
        pending = deque(self._inputs(now, verb, rest))
        while pending:
            happened = pending.popleft()
            self.inputs.append(happened)
            for effect in self.machine.handle(happened):
                yield "    " + show(effect)
                pending.extend(self._answers(now, effect))

    def _inputs(self, now: float, verb: str, rest: Words) -> list[i.Input]:  # noqa: C901, PLR0911, PLR0912, PLR0915 - the language
        sync = 1
        match verb, rest:
            case "start", []:
                return [i.Started(now, self.settings, tuple(self.syncs), tuple(self.tunnels))]
            case "records", words:
                return [i.WatchRecords(now, tuple(_record(word) for word in words))]
            case "tick", []:
                return [i.Tick(now)]
            case "answer", []:
                held, self.held = self.held, []
                return [answer for scan in held for answer in self._scan_answers(now, scan)]
            case "exit", [process, verdict, *each]:
                self.verdict = Verdict(verdict)
                self.each = tuple(map(_verdict_on_one, each))
                return [i.ProcessEnded(now, int(process), Exited(0 if verdict == "ok" else 1))]
            case "kill", [process, signal, verdict]:
                self.verdict = Verdict(verdict)
                self.each = ()
                return [i.ProcessEnded(now, int(process), Killed(int(signal)))]
            case "code", [process, code, *verdict]:
                self.verdict = Verdict(verdict[0]) if verdict else self.verdict
                return [i.ProcessEnded(now, int(process), Exited(int(code)))]
            case "allow", []:
                return [i.DeletionsAllowed(now)]
            case "unspawnable", [name]:
                self.spawn_errno = getattr(errno, name)
                return []
            case "spawn", [number]:
                return [i.SpawnRequested(now, sync, (int(number),), is_list=False, command=_COMMAND)]
            case "discard" | "miss" as word, [number]:
                return [i.DiscardRequested(now, sync, int(number), word == "miss")]
            case "blanket", []:
                return [i.BlanketRequested(now, sync)]
            case "doubt", []:
                return [i.SourcesDoubted(now)]
            case "full", [path]:
                return [i.FullRequested(now, sync, _bytes(path))]
            case "exclude", [pattern]:
                return [i.ExcludeAdded(now, sync, _bytes(pattern))]
            case "unexclude", [pattern]:
                return [i.ExcludeRemoved(now, sync, _bytes(pattern))]
            case "filter", [rule]:
                return [i.FilterAppended(now, sync, _bytes(rule))]
            case "limits", [delay, max_delays, max_processes]:
                return [i.LimitsChanged(now, sync, float(delay), int(max_delays), int(max_processes))]
            case "alarm", [number, at]:
                return [i.AlarmRequested(now, int(number), float(at))]
            case "fade", [signal]:
                return [i.FadeRequested(now, int(signal))]
            case "reset", []:
                return [i.ResetRequested(now)]
            case "reload", words:
                self.kept = tuple(map(_kept, words))
                return [i.ReloadRequested(now, self.kept)]
            case "terminate", [code]:
                return [i.TerminateRequested(now, int(code))]
            case "luafails", [message]:
                return [i.ScriptFailed(now, _bytes(message))]
            case _:
                raise AssertionError((verb, rest))

    def _answers(self, now: float, effect: e.Effect) -> list[i.Input]:  # noqa: C901, PLR0911 - one answer an effect
        match effect:
            case e.Scan() | e.Look() if self.is_holding:
                self.held.append(effect)
                return []
            case e.Scan() | e.Look():
                return self._scan_answers(now, effect)
            case e.RunAction(sync, _, delay):
                return [*self._act(now, sync, delay), i.ActionDone(now, sync)]
            case e.LookForSource(path):
                is_there = isinstance(self.tree.get(path), Listed)
                return [i.SourceSeen(now, path, self.mounts.get(path, 0) if is_there else None)]
            case e.FindPort(process):
                self.last_port += 1
                return [i.PortFound(now, process, self.last_port)]
            case e.ReadWallClock():
                ahead, offset = self.wall
                return [i.WallClockRead(now, now + ahead, offset)]
            case e.Spawn(process) | e.SpawnTunnel(process):
                if self.spawn_errno:
                    number, self.spawn_errno = self.spawn_errno, 0
                    return [i.SpawnFailed(now, process, number)]
                return [i.ProcessStarted(now, process, 1000 + process)]
            case e.Reload():
                syncs, tunnels = tuple(self.syncs), tuple(self.tunnels)
                return [i.Reloaded(now, self.settings, syncs, tunnels, self.kept)]
            case e.Collect(process):
                return [i.Collected(now, process, self.verdict, self.each)]
            case _:
                return []

    def _scan_answers(self, now: float, scan: e.Scan | e.Look) -> list[i.Input]:
        if isinstance(scan, e.Scan):
            return [self._scanned(now, scan)]
        results = tuple(self._look(path, watch=scan.watch) for path in scan.paths)
        return [i.DirectoriesLooked(now, scan.ticket, results, self.limit)]

    def _scanned(self, now: float, scan: e.Scan) -> i.Input:
        results = tuple(self._scan(path, files=scan.files) for path in scan.paths)
        return i.DirectoriesScanned(now, scan.ticket, results)

    def _scan(self, path: bytes, *, files: bool) -> Listed | ScanFailed:
        found = self.tree.get(path, ScanFailed(path, errno.ENOENT))
        if isinstance(found, ScanFailed) or files:
            return found
        return Listed(path, found.wd, found.directories)

    def _look(self, path: bytes, *, watch: bool) -> Looked:
        found = self.tree.get(path, ScanFailed(path, errno.ENOENT))
        entries = self.entries.get(path)
        if isinstance(found, ScanFailed):
            return Looked(path, None, found.errno if watch or entries is None else 0, entries)
        return Looked(path, found.wd if watch else None, 0, entries or ())

    def _act(self, now: float, sync: int, delay: int) -> list[i.Input]:
        match self.policies.get(sync, "first"):
            case "nothing":
                return []
            case "discard" | "miss" as word:
                return [i.DiscardRequested(now, sync, delay, word == "miss")]
            case "list" if not self._is_init(sync, delay):
                chosen = tuple(one.id for one in self.machine.select(sync, lambda _: Selection.TAKE))
                return [i.SpawnRequested(now, sync, chosen, is_list=True, command=_COMMAND)]
            case "parts" if self._is_init(sync, delay):
                rest = (_COMMAND,) * 3
                return [i.SpawnRequested(now, sync, (delay,), is_list=False, command=_COMMAND, rest=rest)]
            case policy:
                is_count = policy == "count" and not self._clearance(sync, delay)
                return [
                    i.SpawnRequested(now, sync, (delay,), is_list=False, command=_COMMAND, is_count=is_count)
                ]

    def _clearance(self, sync: int, number: int) -> int:
        delay = self.machine.delay(sync, number)
        return 0 if delay is None else max(0, delay.clearance.value - 1)

    def _is_init(self, sync: int, number: int) -> bool:
        delay = self.machine.delay(sync, number)
        return delay is not None and delay.etype is EventType.INIT


_COMMAND = Command((b"cmd",))


def _verdict_on_one(word: str) -> tuple[int, Verdict]:
    """`3=ok` is what has become of delay 3."""
    number, _, verdict = word.partition("=")
    return int(number), Verdict(verdict)


def show(effect: e.Effect) -> str:  # noqa: C901, PLR0911 - one line an effect
    """An effect in one readable line."""
    match effect:
        case e.Log(category, message):
            return f"{category}: {message.decode('latin-1')}"
        case e.WriteStatus(report):
            syncs = " ".join(f"{one.name.decode()}={one.state},{len(one.delays)}" for one in report.syncs)
            tunnels = "".join(f" {one.name.decode()}={one.status}" for one in report.tunnels)
            unwatched = "".join(f" !{line.decode()}" for one in report.syncs for line in one.unwatched.lines)
            setting_up = "" if report.watches_per_second is None else f"+{report.watches_per_second:g}/s"
            return f"status {syncs} watches={report.watches}{setting_up}{tunnels}{unwatched}"
        case e.Scan(ticket, paths, files):
            return f"scan #{ticket} {_text(paths)}{' with files' if files else ''}"
        case e.Look(ticket, paths, watch):
            return f"look #{ticket} {_text(paths)}{' and watch' if watch else ''}"
        case e.Spawn(process, sync, _):
            return f"spawn process={process} sync={sync}"
        case e.SpawnTunnel(process, tunnel, command):
            return f"spawn process={process} tunnel={tunnel}: {_text(command.argv)}"
        case e.Collect(process, sync, delays, is_list, exitcode):
            return f"collect process={process} sync={sync} delays={delays} list={is_list} code={exitcode}"
        case e.RunAction(sync, kind, delay):
            return f"call {kind.value} sync={sync} delay={delay}"
        case e.SetTimer(at):
            return f"timer {at}"
        case _:
            return str(effect)


def _text(paths: tuple[bytes, ...]) -> str:
    return " ".join(path.decode("latin-1") for path in paths)


def _bytes(word: str) -> bytes:
    return word.encode("latin-1")


def _split(words: Words) -> tuple[dict[str, str], set[str]]:
    pairs = dict(word.split("=", 1) for word in words if "=" in word)
    return pairs, {word for word in words if "=" not in word}


def _sync_config(number: int, words: Words) -> SyncConfig:
    pairs, flags = _split(words)
    return SyncConfig(
        id=number,
        name=b"Sync%d" % number,
        source=_bytes(pairs["source"]),
        delay=float(pairs.get("delay", "0")),
        max_delays=int(pairs.get("maxdelays", "1000")),
        max_processes=int(pairs.get("max", "1")),
        crontab=(_bytes(pairs["crontab"]),) if "crontab" in pairs else (),
        tunnel=int(pairs["tunnel"]) if "tunnel" in pairs else None,
        keeps_moves="moves" in flags,
        as_lsyncd="aslsyncd" in flags,
        settle=float(pairs.get("settle", "0")),
        max_delete=int(pairs["maxdelete"]) if "maxdelete" in pairs else None,
        repairs="norepair" not in flags,
        mounts=int(pairs.get("mounts", "0")),
        has_init="noinit" not in flags,
        has_full="full" in flags,
        subdirs="top" not in flags,
        collapse="split22" not in flags,
        excludes=tuple(_bytes(word) for word in pairs.get("exclude", "").split(",") if word),
        filters=tuple(_bytes(word) for word in pairs.get("filter", "").split(",") if word),
    )


def _kept(word: str) -> Kept:
    """`OLD=NEW`, with a `!` behind it if functions of the config belong to that sync."""
    old, new = word.rstrip("!").split("=")
    return Kept(int(old), int(new), word.endswith("!"))


def _tunnel_config(number: int, words: Words) -> TunnelConfig:
    pairs, flags = _split(words)
    return TunnelConfig(
        id=number,
        name=b"Tunnel%d" % number,
        command=(b"forward", b"^localport"),
        is_pool="pool" in flags,
        parallel=int(pairs.get("parallel", "1")),
        retry_delay=float(pairs.get("retry", "10")),
        ready_delay=float(pairs.get("ready", "5")),
        check_command=(b"check", b"^localport") if "check" in flags else (),
    )


def _settings(words: Words) -> Settings:
    pairs, flags = _split(words)
    return Settings(
        max_processes=int(pairs["max"]) if "max" in pairs else None,
        status_interval=float(pairs.get("interval", "10")),
        has_status_file="status" in flags,
        status_watches="watches" in flags,
        onepass="onepass" in flags,
        insist="insist" in flags,
        counts_writes="closes" not in flags,
        rescan_interval=float(pairs.get("rescan", "60")),
        drain_timeout=float(pairs.get("drain", "10")),
        verbose=frozenset(pairs.get("verbose", "").split(",")),
    )


def _listed(words: Words) -> Listed:
    path, wd, *names = words
    directories = tuple(_bytes(name[:-1]) for name in names if name.endswith("/"))
    files = tuple(_bytes(name) for name in names if not name.endswith("/"))
    return Listed(_bytes(path), int(wd), directories, files)


def _entry(word: str) -> Entry:
    """`NAME`, `NAME:MTIME` or `NAME:MTIME:CTIME`; a directory's name ends in /, a fresh one begins with !."""
    name, mtime, ctime = [*word.split(":"), "0", "0"][:3]
    bare = _bytes(name.strip("/!"))
    return Entry(bare, name.endswith("/"), sum(bare), 0, int(mtime), int(ctime), name.startswith("!"))


def _record(word: str) -> Record:
    """`WD:BITS:NAME` or `WD:BITS:NAME:COOKIE`, where BITS are joined by `+`."""
    wd, bits, name, cookie = [*word.split(":"), "0"][:4]
    mask = 0
    for bit in bits.split("+"):
        mask |= getattr(masks, bit)
    return Record(int(wd), mask, int(cookie), _bytes(name))
