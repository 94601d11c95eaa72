"""Names and comments in Python."""

from __future__ import annotations

import keyword
import re
import textwrap

_WIDTH = 110


def pascal(name: str) -> str:
    """Return the name of a class: ``task-types`` is ``TaskTypes``, ``NOT_FOUND`` is ``NotFound``."""
    parts = re.split(r"[_-]", name.lower() if name.isupper() else name)
    return "".join(part[:1].upper() + part[1:] for part in parts)


def snake(name: str) -> str:
    """Return the name of a variable."""
    found = name.replace("-", "_")
    return f"{found}_" if keyword.iskeyword(found) else found


def singular(name: str) -> str:
    """Return what one of several is called: ``notes`` is ``note``, ``history`` is the same."""
    return name if name.endswith("ss") else name.removesuffix("s")


def comment(text: str, indent: str) -> str:
    """Return a comment above a field."""
    begin = f"{indent}#: "
    lines = textwrap.wrap(" ".join(text.split()), _WIDTH - len(begin), break_long_words=False)
    return "".join(f"{begin}{line}\n" for line in lines)


def paragraph(text: str, indent: str, hang: str = "") -> str:
    """Return a paragraph of a docstring, whose further lines begin with ``hang`` besides."""
    words = " ".join(text.replace("\\", "\\\\").replace('"""', "'''").split())
    return textwrap.fill(
        words,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
