"""`python -m pylsyncd`."""

from __future__ import annotations

import sys

from pylsyncd.cli import main

sys.exit(main())
