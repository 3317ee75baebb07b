"""The names that a churn gives: few, so that they meet; plain ones, or such as break careless programs."""

from __future__ import annotations

import os

PLAIN = ("a", "b", "c", "d", "e", "f", "g.txt", "h")
HOSTILE = (
    *("a", "b", "c", "d", "it's", "-x", "new\nline", "bra[ck]et", "st*r?", "back\\slash", " sp ace "),
    os.fsdecode(b"\xff\xfe not UTF-8"),
)
