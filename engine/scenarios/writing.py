"""A scenario as the text of a file, in the form that an author would write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.catalog.layout import editor_line

#: What is text without quotes, wherever it stands: no word or number that YAML would read as another kind.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./+ -]*[A-Za-z0-9_./]|[A-Za-z]")
_OTHER_KINDS = frozenset({"null", "true", "false"})
_MOMENT = re.compile(r"anchor(?: [+-] \d+)?(?: \d{2}:\d{2})?")


def text_of(path: str, scenario: Mapping[str, Any]) -> str:
    """Return the file at ``path`` with one scenario in it; ``scenario`` has its fields in their order."""
    lines = [editor_line(path, "scenario"), "scenarios:"]
    steps = scenario.get("steps", [])
    fields = [line for name, value in scenario.items() if name != "steps" for line in _field(name, value)]
    lines += [f"{'  - ' if number == 0 else '    '}{line}" for number, line in enumerate(fields)]
    if steps:
        lines.append("    steps:")
    for step in steps:
        inner = [line for name, value in step.items() for line in _field(name, value)]
        lines += [f"{'      - ' if number == 0 else '        '}{line}" for number, line in enumerate(inner)]
    return "\n".join(lines) + "\n"


def _field(name: str, value: Any) -> Iterator[str]:
    """Yield the lines of a field: what is nested stands one below the other, down to the last level."""
    if isinstance(value, Mapping) and value and any(isinstance(one, Mapping) for one in value.values()):
        yield f"{_scalar(name)}:"
        for key, inner in value.items():
            yield from (f"  {line}" for line in _field(key, inner))
    elif value is None:
        yield f"{_scalar(name)}:"
    else:
        yield f"{_scalar(name)}: {_flow(value)}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and value not in _OTHER_KINDS
        return value if is_plain or _MOMENT.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
