"""Makes a plan from a seed."""

from __future__ import annotations

import signal
from random import Random
from typing import Final

from attrs import define, field

from simulation import plan as p
from simulation.changes import OUTSIDE, SOURCE, TARGET, Changer
from simulation.reconfigure import CHANGES

NAMES: Final = (b"a", b"b", b"c")
_HIDDEN: Final = (b"skip", b"x.tmp")
_FRESH: Final = (b"k", b"l", b"m", b"n'o", b"p q")
"""Names that nothing has before it is renamed."""
_HOSTILE: Final = (b"-f", b"w *", b"\xff'\n", b"[\\]")
_DEPTH: Final = 3
_MOST_ACTS: Final = 45
_MINUTE: Final = 60.0
_NEVER: Final = 10**6
"""More steps than any process takes."""
_WEIGHTS: Final = (20, 25, 6, 6, 25, 18, 6, 8, 2, 3)
"""How often each kind of change comes, see `_change`."""

_CONFIGS: Final = {
    "rsync": 'default.rsync, source = "/src", target = "/tgt"',
    "rsyncssh": 'default.rsyncssh, source = "/src", host = "h", targetdir = "/tgt"',
    "direct": 'default.direct, source = "/src", target = "/tgt"',
}


def generate(seed: int) -> p.Plan:
    """The plan of a seed."""
    transfer = Random(f"transfer {seed}").choice(("files", "filter"))  # noqa: S311 - no secret
    split = Random(f"parallel {seed}")  # noqa: S311 - as above
    more = Random(f"more of {seed}")  # noqa: S311 - as above
    return _Generator(Random(seed), more, transfer=transfer, split=split).make()  # noqa: S311 - as above


def churn(seed: int) -> tuple[p.Act, ...]:
    """A minute of changes and faults, through which the daemon lives on; in the end the source is empty."""
    generator = _Generator(Random(seed), Random(f"more of {seed}"))  # noqa: S311 - no secret
    acts: list[p.Act] = []
    while sum(act.seconds for act in acts if isinstance(act, p.Wait)) < _MINUTE:
        acts += generator.act(faults=True)
    lasting = [act for act in acts if not isinstance(act, p.Reload | p.Signal | p.Crash)]
    return (*lasting, *(p.Delete(SOURCE + name) for name in generator.names))


@define(eq=False)
class _Generator:
    random: Random
    more: Random
    """Draws what came to the plans later, so that a seed stays what it was as far as possible."""
    names: tuple[bytes, ...] = NAMES
    depth: int = _DEPTH
    brings_pipes: bool = False
    transfer: str = "files"
    """How rsync is told what a batch is about; drawn apart, so that it changes nothing else of a plan."""
    split: Random = field(factory=lambda: Random(0))  # noqa: S311 - no secret
    """Draws how a start-up is split over several processes, and what becomes of those; apart too."""
    bursts: bool = False
    """Whether many things are renamed at once, now and then."""
    settings: list[str] = field(factory=list)
    """Further ones; they hold for whatever a reload adds, too."""
    shadow: Changer = field(factory=Changer)
    """The files as they will be, but for what happens to come at another time."""
    weights: tuple[int, ...] = _WEIGHTS

    def make(self) -> p.Plan:
        """Draw everything."""
        random = self.random
        self.names, self.depth = random.choice((NAMES, NAMES, NAMES[:2])), random.randint(1, _DEPTH)
        # Runs that are each of their own kind find more than runs that all have a bit of everything.
        self.weights = tuple(weight * random.choice((0, 1, 1, 3)) + 1 for weight in _WEIGHTS)
        config = self._config()
        given = self._given()
        faults = self.random.random() < 0.75  # a quarter is fair weather
        acts: list[p.Act] = [p.Pace(self.random.choice((0.0, 0.01, 0.05, 0.3)))]
        if faults and "parallel" in config and self.split.random() < 0.5:
            acts += [p.Doom(_NEVER, code=12), p.Doom(self.split.randint(0, 4), code=12)]
        for _ in range(self.random.randint(3, _MOST_ACTS)):
            acts += self.act(faults=faults)
        return p.Plan(config, given, tuple(acts))

    # -- the config ------------------------------------------------------------------------------

    def _config(self) -> str:
        random = self.random
        kind = random.choice(tuple(_CONFIGS))
        delay = random.choice((0, 1, 1, 5))
        lines = [_CONFIGS[kind], f"delay = {delay}"]
        options = [] if kind == "direct" else [f'transfer = "{self.transfer}"']
        if random.random() < 0.3:
            lines.append('exclude = { "skip", "*.tmp" }')
            self.names = (*self.names, *_HIDDEN)
        elif random.random() < 0.2:
            self.names = (*self.names, *_HOSTILE)
        if random.random() < 0.2:
            lines.append(f"maxDelays = {random.choice((1, 3))}")
        if random.random() < 0.2:
            options.append("archive = true")
            self.brings_pipes = True
        more_lines, more_options = self._more_keys(kind, lines)
        lines, options = lines + more_lines, options + more_options
        if kind == "rsync" and random.random() < 0.5:
            lines.append("maxProcesses = 2")
            if random.random() < 0.5:
                lines.append(f"batchSizeLimit = {random.choice((1, 20))}")
        if options:
            lines.append(f"rsync = {{ {', '.join(options)} }}")
        self.bursts = kind == "rsyncssh" and random.random() < 0.7
        settings = ["insist = true", *self.settings]
        return f"settings {{ {', '.join(settings)} }}\nsync {{ {', '.join(lines)} }}\n"

    def _more_keys(self, kind: str, before: list[str]) -> tuple[list[str], list[str]]:
        """Keys of the sync, and options of rsync."""
        more = self.more
        lines, options = [], []
        is_hiding = any("exclude" in line for line in before)
        if kind != "direct" and not is_hiding and more.random() < 0.2:
            options.append("hard_links = true")
        if more.random() < 0.2:
            self.settings.append(f"settle = {more.choice((0.5, 1, 3))}")
        if kind != "direct" and more.random() < 0.2:
            lines.append(f"maxDelete = {more.choice((0, 1, 3))}")
        parallel = self.split.choice((1, 1, 1, 2, 3))
        if kind != "direct" and parallel > 1 and not lines and not options:
            lines.append(f"startup = {{ parallel = {parallel} }}")
        return lines, options

    # -- paths -----------------------------------------------------------------------------------

    def _below(self) -> bytes:
        depth = self.random.randint(1, self.depth)
        return b"/".join(self.random.choice(self.names) for _ in range(depth))

    def _path(self) -> bytes:
        """Mostly of something that is there."""
        there = [path for path, _ in self.shadow.files.walk(SOURCE)]
        if there and self.random.random() < 0.6:
            return self.random.choice(there)
        return SOURCE + self._below()

    def _free(self) -> bytes:
        return SOURCE + self._below()

    def _shallow(self) -> bytes:
        return SOURCE + self.random.choice(self.names)

    def _given(self) -> tuple[p.Change, ...]:
        changes: list[p.Change] = []
        for _ in range(self.random.randint(0, 8)):
            below = self._below()
            for top in self.random.choice(((SOURCE,), (SOURCE, TARGET), (TARGET,), (OUTSIDE,))):
                changes += self._new(top + below)
        if self.bursts and _HIDDEN[0] in self.names:  # what a rename meets at the target, and only there
            for name in self.random.sample(_FRESH, 2):
                changes += self._new(TARGET + name + b"/" + _HIDDEN[0])
        for one in changes:
            self.shadow.make(one)
        return tuple(changes)

    def _new(self, path: bytes) -> list[p.Change]:
        """A new file or directory, with directories for it to be in."""
        top, *names = path.removeprefix(b"/").split(b"/")
        above = [b"/" + b"/".join((top, *names[:length])) for length in range(1, len(names))]
        changes: list[p.Change] = [p.MakeDirectory(one) for one in above]
        return [*changes, self.random.choice((p.MakeDirectory, p.Write, p.Write, p.Link))(path)]

    # -- acts ------------------------------------------------------------------------------------

    def act(self, *, faults: bool) -> list[p.Act]:
        drawn = self.random.random()
        if drawn < 0.3:
            return [self._pause()]
        if drawn < 0.42 and faults:
            return [self._fault()]
        if drawn < 0.55 and self.bursts:
            return self._burst()
        changes = self._change()
        for one in changes:
            self.shadow.make(one)
        return [*changes]

    def _pause(self) -> p.Pause:
        random = self.random
        drawn = random.random()
        if drawn < 0.35:
            return p.Wait(random.choice((0.02, 0.06, 0.3, 1.0, 1.1, 2.0, 6.0, 20.0)))
        if drawn < 0.85:
            return p.Turns(random.randint(1, 12))
        return p.InScan()

    def _change(self) -> list[p.Change]:  # noqa: C901, PLR0911 - one case a kind
        random = self.random
        path = self._path() if random.random() < 0.7 else self._shallow()
        match random.choices(range(10), self.weights)[0]:
            case 0:
                return self._new(path)
            case 1:
                appends = bool(self.settings) and self.more.random() < 0.5
                return [p.Append(path) if appends else p.Write(path)]
            case 2:
                return [p.Open(path)]
            case 3:
                return [p.Touch(path)]
            case 4:
                return [p.Move(path, self._free() if random.random() < 0.6 else self._shallow())]
            case 5:
                anew = self._new(path) if random.random() < 0.4 else []
                return [p.Delete(path), *anew]
            case 6:
                return [p.Exchange(path, self._path())]
            case 7:
                return self._out_and_in(path)
            case 8 if self.brings_pipes:  # else rsync leaves at the target whatever bears the name
                return [p.Pipe(path)]
            case _:
                return [p.Name(path, self._path())]

    def _burst(self) -> list[p.Act]:
        """Renames of what has been at rest, most of them to names that are free."""
        random = self.random
        acts: list[p.Act] = [p.Wait(random.choice((2.0, 8.0, 30.0)))]
        there = [path for path, _ in self.shadow.files.walk(SOURCE)]
        for path in random.sample(there, min(len(there), random.randint(2, 6))):
            name = random.choice((*_FRESH, *self.names))
            move = p.Move(path, path.rstrip(b"/").rpartition(b"/")[0] + b"/" + name)
            self.shadow.make(move)
            acts.append(move)
        return acts

    def _out_and_in(self, path: bytes) -> list[p.Change]:
        outside = OUTSIDE + self.random.choice(self.names)
        changes: list[p.Change] = [p.Move(path, outside), p.Write(outside + b"/a"), p.Move(outside, path)]
        anew: list[p.Change] = [changes[0], *self._new(path + b"/b"), p.Write(outside + b"/c")]
        return self.random.choice((changes, changes[:1], changes[2:], anew))

    def _fault(self) -> p.Fault:  # noqa: C901, PLR0911 - one case a kind
        random = self.random
        match random.choices(range(11), (4, 4, 6, 3, 8, 2, 3, 1, 2, 3, 4))[0]:
            case 0:
                return p.Overflow()
            case 1:
                return p.Late(random.choice((0.01, 0.1, 1.0)))
            case 2:
                return p.Cut(random.randint(1, 3))
            case 3:
                return p.Pace(random.choice((0.0, 0.01, 0.05, 0.3, 2.0)))
            case 4:
                return self._doom()
            case 5:
                return p.Hang(random.randint(0, 12))
            case 6:
                return p.Kill(random.choice((signal.SIGTERM, signal.SIGKILL)))
            case 7:
                return p.Refuse()
            case 8:
                return p.Down(random.choice((0.5, 5.0, 60.0)))
            case 9:
                faults: list[p.Fault] = [*map(p.Reload, CHANGES), p.Signal(signal.SIGTERM)]
                return random.choice(faults)
            case _:
                return p.Crash(random.choice((0.0, 0.1, 3.0)))

    def _doom(self) -> p.Doom:
        random = self.random
        steps = random.randint(0, 12)
        if random.random() < 0.5:
            return p.Doom(steps, signal=random.choice((signal.SIGTERM, signal.SIGKILL)))
        return p.Doom(steps, code=random.choice((12, 23, 11, 255)))
