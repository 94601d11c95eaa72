"""One fault of an export: which rule, which file, which line, what is wrong."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_LONGEST_MESSAGE = 500


@dataclass(frozen=True)
class Violation:
    """One fault; ``line`` is 0 where the whole file is meant.

    File and message may quote a hostile file: they are kept to one printable line.
    """

    rule: str
    file: str
    line: int
    message: str

    def __post_init__(self) -> None:
        """Make every character printable."""
        object.__setattr__(self, "file", _printable(self.file))
        object.__setattr__(self, "message", _printable(self.message))

    def __str__(self) -> str:
        """Return the one line that ``export check`` prints."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.rule}: {self.message}"

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return asdict(self)


def _printable(text: str) -> str:
    if len(text) > _LONGEST_MESSAGE:
        text = f"{text[:_LONGEST_MESSAGE]}..."
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text
    )
