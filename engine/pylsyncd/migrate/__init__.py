"""Tools for moving from Lsyncd: check, explain, simulate, record, replay, compare, test."""
