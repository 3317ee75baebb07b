"""Whatever happens, and whenever it is read and scanned: at rest the book equals the tree."""

from __future__ import annotations

from functools import partial

from attrs import frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.book_driver import Driver
from core.simulated_kernel import SimulatedKernel
from pylsyncd.core.holding import HOLD
from pylsyncd.core.watchbook import WatchBook

ROOTS = (b"/s/", b"/t/")
"""Two sources; what lies in `/o/` is watched by nobody, nor is what is called `x`."""

TOPS = (b"/s/", b"/t/", b"/o/")
KINDS = ("mkdir",) * 5 + ("touch", "remove") + ("rename",) * 6 + ("exchange",)


@frozen
class Operation:
    """Something done to the entries `one` and `two` of those that exist, or beside them as `name`."""

    kind: str
    one: int
    two: int
    name: bytes
    beside: bool

    def apply(self, kernel: SimulatedKernel) -> None:
        there = [path for top in TOPS for path in kernel.entries(top)]
        directories = [path for path in there if path.endswith(b"/")]
        new = directories[self.two % len(directories)] + self.name
        entries = [path for path in there if path not in TOPS] or [new]
        old = entries[self.one % len(entries)]
        match self.kind:
            case "mkdir" | "touch":
                getattr(kernel, self.kind)(new)
            case "remove":
                kernel.remove(old)
            case "rename":
                kernel.rename(old, new if self.beside else entries[self.two % len(entries)])
            case _:
                kernel.exchange(old, entries[self.two % len(entries)])


operations = st.builds(
    Operation,
    st.sampled_from(KINDS),
    st.integers(0, 63),
    st.integers(0, 63),
    st.sampled_from([b"a", b"b", b"a", b"b", b"x"]),
    st.booleans(),
)


def hidden(path: bytes) -> bool:
    return b"/x/" in path or path.endswith(b"/x")


class BookFollowsKernel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.kernel = SimulatedKernel()
        for top in TOPS:
            self.kernel.mkdir(top)
        self.book = WatchBook(ROOTS)
        self.driver = Driver(self.book, self.kernel.scan, self.kernel.remove_watches, hidden)

    @initialize(before=st.lists(operations, max_size=12))
    def begin(self, before: list[Operation]) -> None:
        for operation in before:
            operation.apply(self.kernel)
        self.driver.start(ROOTS)

    @rule(them=st.lists(operations, min_size=1, max_size=4))
    def things_happen(self, them: list[Operation]) -> None:
        for operation in them:
            operation.apply(self.kernel)

    @rule(operation=operations)
    def something_will_happen_within_a_scan(self, operation: Operation) -> None:
        self.kernel.meddling.append(partial(operation.apply, self.kernel))

    @rule()
    def removed_directories_stay_open(self) -> None:
        self.kernel.lingers = True

    @rule()
    def removed_directories_are_closed(self) -> None:
        self.kernel.lingers = False
        self.kernel.let_go()

    @rule(but=st.sampled_from([0, 0, 0, 1, 2, 3]))
    def the_queue_is_drained(self, but: int) -> None:
        self.driver.inputs.append(self.kernel.drain(but))

    @precondition(lambda self: self.driver.inputs)
    @rule(steps=st.integers(1, 4))
    def inputs_are_handled(self, steps: int) -> None:
        for _ in range(min(steps, len(self.driver.inputs))):
            self.driver.step(self.now)

    @rule()
    def time_passes(self) -> None:
        """The second half of a move is never this late; so all is read first."""
        self.driver.inputs.append(self.kernel.drain())
        self._handle_all()
        self.now += HOLD
        self.driver.expire(self.now)

    @invariant()
    def every_watch_is_found_both_ways(self) -> None:
        watches = list(self.book.watches())
        assert len(watches) == len(self.book)
        assert len({path for _, path in watches}) == len(watches)
        assert all(self.book.is_watched(path) and self.book.path_of(wd) == path for wd, path in watches)

    def teardown(self) -> None:  # type: ignore[explicit-override]  # `typing.override` comes with 3.12
        self.kernel.meddling.clear()
        self.kernel.lingers = False
        self.kernel.let_go()
        while True:
            records = self.kernel.drain()
            if not records and not self.driver.inputs and self.book.deadline is None:
                break
            self.driver.inputs.append(records)
            self.time_passes()
        tree = {
            path: directory
            for root in ROOTS
            for path, directory in self.kernel.entries(root).items()
            if directory is not None and not hidden(path)
        }
        book = {path: self.kernel.watches.get(wd) for wd, path in self.book.watches()}
        assert book == tree
        assert len(self.kernel.watches) == len(tree), "watches are left that nobody knows of"

    def _handle_all(self) -> None:
        while self.driver.inputs:
            self.driver.step(self.now)


TestBookFollowsKernel = BookFollowsKernel.TestCase
TestBookFollowsKernel.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
