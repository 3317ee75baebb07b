"""`--fix`: the mechanical rewrites of all files that were checked, as a diff or in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from pylsyncd.migrate.check.checker import Checked, Text
from pylsyncd.migrate.check.reading import Read
from pylsyncd.migrate.findings import Finding
from pylsyncd.migrate.fix import difference, repaired, write


@frozen
class Mended:
    """A file that changes."""

    text: Text
    better: bytes

    def as_diff(self) -> bytes:
        """A unified diff."""
        return difference(self.text.file, self.text.content, self.better)

    def write(self) -> bytes:
        """Change the file; returns the name under which the old one stays. Raises OSError."""
        return write(self.text.file, self.better)


def mended(checked: Sequence[Checked], read: Read) -> Iterator[Mended]:
    """All files in which something can be rewritten, each once."""
    texts = {text.file: text for one in checked for text in one.texts}
    for text in texts.values():
        better = repaired(text.content, _Look(text, read))
        if better != text.content:
            yield Mended(text, better)


@frozen
class _Look:
    """Finds what is wrong with another text in the place of a file's."""

    text: Text
    read: Read

    def __call__(self, content: bytes) -> Iterable[Finding]:
        return self.read(self.text.file, content, self.text.globals)
