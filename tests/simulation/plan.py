"""What happens in one run of the simulation, as data: made from a seed, shown as text, cut down."""

from __future__ import annotations

from attrs import astuple, frozen

# -- changes of files; paths are absolute ------------------------------------------------------------


@frozen
class MakeDirectory:
    path: bytes


@frozen
class Write:
    """A file gets other content and is closed; one that is not there is created."""

    path: bytes


@frozen
class Open:
    """A file is created and not closed yet."""

    path: bytes


@frozen
class Append:
    """A file is written to, and stays open."""

    path: bytes


@frozen
class Link:
    """A symbolic link that leads nowhere."""

    path: bytes


@frozen
class Name:
    """link(2): one more name for a file."""

    path: bytes
    path2: bytes


@frozen
class Pipe:
    path: bytes


@frozen
class Touch:
    path: bytes


@frozen
class Move:
    path: bytes
    path2: bytes


@frozen
class Exchange:
    path: bytes
    path2: bytes


@frozen
class Delete:
    path: bytes


Change = MakeDirectory | Write | Open | Append | Link | Name | Pipe | Touch | Move | Exchange | Delete

# -- when ------------------------------------------------------------------------------------------------


@frozen
class Wait:
    """What follows happens so many seconds later."""

    seconds: float


@frozen
class Turns:
    """What follows happens so many turns of the event loop later: in the middle of the daemon's work."""

    count: int


@frozen
class InScan:
    """What follows happens in the next scan of a directory, between the watch and the listing."""


Pause = Wait | Turns | InScan

# -- the kernel's queue --------------------------------------------------------------------------------


@frozen
class Overflow:
    """The queue is full: whatever is recorded until the daemon reads next is lost."""


@frozen
class Late:
    """For so long nobody tells the daemon that there is something to read."""

    seconds: float


@frozen
class Cut:
    """The next read comes so early that the last records of the change under way are missing."""

    count: int


# -- processes ---------------------------------------------------------------------------------------


@frozen
class Pace:
    """Every step of a process that starts from now on takes so long."""

    seconds: float


@frozen
class Doom:
    """The next process that starts ends after so many steps: with an exit code, or killed by a signal."""

    steps: int
    code: int = 0
    signal: int = 0


@frozen
class Hang:
    """The next process that starts stands still after so many steps, until it is killed."""

    steps: int


@frozen
class Kill:
    """All processes that run die of a signal."""

    signal: int


@frozen
class Refuse:
    """The next process cannot be started for want of something (EAGAIN)."""


@frozen
class Down:
    """For so long nothing reaches the target."""

    seconds: float


# -- the daemon ----------------------------------------------------------------------------------------


@frozen
class Reload:
    """The config is changed in this way, and the daemon gets HUP; see `reconfigure.py`."""

    change: str


@frozen
class Signal:
    """After TERM has ended the daemon, it is started again."""

    number: int


@frozen
class Crash:
    """The daemon is killed with all its processes, and started again so many seconds later."""

    seconds: float


Fault = Overflow | Late | Cut | Pace | Doom | Hang | Kill | Refuse | Down | Reload | Signal | Crash
Act = Change | Pause | Fault


@frozen
class Plan:
    """A configuration and what happens to it."""

    config: str
    """Lua; the source is /src/, the target /tgt/."""
    given: tuple[Change, ...]
    """What is there before the daemon starts for the first time, in source and target."""
    acts: tuple[Act, ...]


def show(plan: Plan) -> str:
    """The plan as a transcript: config, what is given, what happens line by line."""
    lines = [*plan.config.strip().splitlines(), ""]
    lines += [f"given {shown(one)}" for one in plan.given]
    lines += ["start", *(shown(one) for one in plan.acts)]
    return "\n".join(lines) + "\n"


def shown(act: Act) -> str:
    """One act in one line."""
    values = astuple(act)
    return " ".join([type(act).__name__.lower(), *map(_word, values)])


def _word(value: bytes | str | float) -> str:
    match value:
        case bytes():
            return value.decode("latin-1")
        case str():
            return value
        case _:
            return f"{value:g}"
