"""Whatever happens, and whenever it is read and scanned: at rest the book equals the tree."""

from __future__ import annotations

from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.book_driver import Driver
from core.simulated_kernel import SimulatedKernel
from pylsyncd.core.watchbook import HOLD, WatchBook

ROOTS = (b"/s/", b"/t/")
"""Two sources; what lies in `/o/` is watched by nobody, nor is what is called `x`."""

names = st.sampled_from([b"a", b"b", b"c", b"x"])
tops = st.sampled_from([b"/s/", b"/s/", b"/s/", b"/t/", b"/o/"])
paths = st.builds(
    lambda top, steps: top + b"/".join(steps),
    tops,
    st.lists(names, min_size=1, max_size=4),
)
operations = st.one_of(
    st.tuples(st.just("mkdir"), paths),
    st.tuples(st.just("mkdir"), paths),
    st.tuples(st.just("touch"), paths),
    st.tuples(st.just("remove"), paths),
    st.tuples(st.just("rename"), paths, paths),
    st.tuples(st.just("rename"), paths, paths),
    st.tuples(st.just("exchange"), paths, paths),
)


def hidden(path: bytes) -> bool:
    return b"/x/" in path or path.endswith(b"/x")


class BookFollowsKernel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.kernel = SimulatedKernel()
        for top in (b"/s", b"/t", b"/o"):
            self.kernel.mkdir(top)
        self.book = WatchBook(ROOTS)
        self.driver = Driver(self.book, self.kernel.scan, self.kernel.remove_watches, hidden)

    @initialize(there=st.lists(paths, max_size=8))
    def begin(self, there: list[bytes]) -> None:
        for path in there:
            self._make_parents(path)
        self.driver.start(ROOTS)

    @rule(operation=operations)
    def something_happens(self, operation: tuple[str, bytes]) -> None:
        self._apply(operation)

    @rule(path=paths)
    def a_tree_is_made_at_once(self, path: bytes) -> None:
        self._make_parents(path)

    @rule(operation=operations)
    def something_will_happen_within_a_scan(self, operation: tuple[str, bytes]) -> None:
        self.kernel.meddling.append(partial(self._apply, operation))

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

    def teardown(self) -> None:
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
            for path, directory in self.kernel.directories(root).items()
            if not hidden(path)
        }
        book = {path: self.kernel.watches.get(wd) for wd, path in self.book.watches()}
        assert book == tree
        assert len(self.kernel.watches) == len(tree), "watches are left that nobody knows of"

    def _handle_all(self) -> None:
        while self.driver.inputs:
            self.driver.step(self.now)

    def _apply(self, operation: tuple[str, bytes]) -> None:
        getattr(self.kernel, operation[0])(*operation[1:])

    def _make_parents(self, path: bytes) -> None:
        steps = path[1:].split(b"/")
        for depth in range(1, len(steps)):
            self.kernel.mkdir(b"/" + b"/".join(steps[: depth + 1]))


TestBookFollowsKernel = BookFollowsKernel.TestCase
TestBookFollowsKernel.settings = settings(
    max_examples=400, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
