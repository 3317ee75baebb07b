"""What was missed a moment ago: Moves of it are split, where there are any."""

from __future__ import annotations

import pytest

from pylsyncd.core.model import SyncConfig
from pylsyncd.core.sync import Sync


@pytest.mark.parametrize(("keeps_moves", "as_lsyncd"), [(True, False), (False, False), (True, True)])
def test_what_is_missed_concerns_those_who_make_moves_and_not_as_lsyncd(
    *, keeps_moves: bool, as_lsyncd: bool
) -> None:
    sync = Sync(SyncConfig(1, b"Sync1", b"/s/", keeps_moves=keeps_moves, as_lsyncd=as_lsyncd))
    sync.miss(b"/f", 0.0)
    assert sync._missed.concerns(b"/f", 1.0) == (keeps_moves and not as_lsyncd)
    assert not sync._missed.concerns(b"/f", 3.0)
