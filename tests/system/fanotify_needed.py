"""Tests of fanotify run where this process may use it; elsewhere they are skipped, with the reason."""

from __future__ import annotations

import os
import tempfile
from typing import Final

import pytest

from pylsyncd.system.watch.fanotify_group import why_not

_REASON: Final = why_not([os.fsencode(tempfile.gettempdir()) + b"/"])

NEEDED: Final = pytest.mark.skipif(_REASON is not None, reason=str(_REASON))
